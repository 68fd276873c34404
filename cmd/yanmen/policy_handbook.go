package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/policy"
	"github.com/yanmen/yanmen/policy/handbook"
	"github.com/yanmen/yanmen/policy/scenario"
)

func (c *command) policyHandbookCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "handbook",
		Short: "由规则、登记表和情景生成规则手册（--lang zh|en）· write the rule book from rules, registers and scenarios",
		Long: "目录中有代理时写现行规则的手册，否则写内置规则的。规则包不含情景，要列出情景须用 --scenarios 给出目录。\n" +
			"The handbook is of the rules in force where --dir holds an agent, else of those that are built in. A bundle holds no scenarios:\n" +
			"--scenarios names their folder.",
		Args: cobra.NoArgs,
	}
	format := cmd.Flags().String("format", "md", "md | html")
	scenarios := cmd.Flags().String("scenarios", "", "情景目录 · folder of scenarios (default: none are listed)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *format != "md" && *format != "html" {
			return usage(errors.New("handbook: want --format md or html"))
		}
		var dir fs.FS
		if *scenarios != "" {
			dir = os.DirFS(*scenarios)
		}
		_, status, err := house.RulesIn(c.dir)
		if err != nil {
			return err
		}
		rules, err := house.RulesFiles(c.dir, status)
		if err != nil {
			return err
		}
		page, err := handbookPage(cmd.Context(), rules, status.Digest, dir, c.lang, *format)
		if err != nil {
			return err
		}
		_, err = c.out.Write(page)
		return err
	}
	return cmd
}

// handbookPage writes the handbook of rules; nil are those that are built in.
func handbookPage(ctx context.Context, rules fs.FS, digest [32]byte, scenarios fs.FS, lang, format string) ([]byte, error) {
	book, err := policy.ReadBook(ctx, rules)
	if err != nil {
		return nil, err
	}
	var told []handbook.Scenario
	if scenarios != nil {
		all, err := scenario.ReadAll(scenarios)
		if err != nil {
			return nil, fail(exitInput, err)
		}
		for _, s := range all {
			t := handbook.Scenario{ID: s.ID, Point: s.Point, Title: s.Title, Situation: s.Situation, Allow: len(s.Denials()) == 0}
			for _, code := range s.Proves {
				t.Proves = append(t.Proves, string(code))
			}
			for _, code := range s.Spares {
				t.Spares = append(t.Spares, string(code))
			}
			told = append(told, t)
		}
	}
	if format == "html" {
		return handbook.HTML(book, digest, told, lang), nil
	}
	return handbook.Markdown(book, digest, told, lang), nil
}
