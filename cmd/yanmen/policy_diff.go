package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/policy"
)

func (c *command) policyDiffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff A [B]",
		Short: "比较两套规则：规则、数据和代码有何变化 · say what changed between two bundles in rules, data and codes",
		Long: "比较两个规则目录或规则包；只给一个时，与内置规则比较。注释和排版不算变化。\n" +
			"Compares two folders or archives of rules; one alone is compared with the rules that are built in. Comments and layout\n" +
			"are no change.",
		Args: cobra.RangeArgs(1, 2),
	}
	cmd.Flags().BoolVar(&c.json, "json", false, "JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		var both [2]fs.FS // the first stays nil where one is named: those that are built in
		for i, name := range args {
			files, err := policy.Files(name)
			if err != nil {
				return c.refused(err)
			}
			both[2-len(args)+i] = files
		}
		changes, err := policy.Compare(both[0], both[1])
		if err != nil {
			return c.refused(err)
		}
		if c.json {
			e := json.NewEncoder(c.out)
			e.SetEscapeHTML(false)
			e.SetIndent("", "  ")
			return e.Encode(changes)
		}
		c.printChanges(changes)
		return nil
	}
	return cmd
}

func (c *command) printChanges(ch *policy.Changes) {
	say := c.say
	kind := func(change string) string {
		return say(map[string]string{"added": "新增", "removed": "删除", "changed": "变更"}[change], change)
	}
	if ch.None() {
		fmt.Fprintln(c.out, say("没有变化", "nothing changed"))
		return
	}
	if len(ch.Codes) > 0 {
		fmt.Fprintln(c.out, say("代码", "Codes"))
	}
	for _, x := range ch.Codes {
		fmt.Fprintf(c.out, "  %s  %s\n", kind(x.Change), x.Code)
		for _, s := range []struct {
			sign string
			said *policy.Said
		}{{"-", x.Before}, {"+", x.After}} {
			if s.said != nil {
				fmt.Fprintf(c.out, "    %s %s  [%s]\n", s.sign, s.said.In(c.lang), strings.Join(s.said.Cites, ", "))
			}
		}
	}
	if len(ch.Rules) > 0 {
		fmt.Fprintln(c.out, say("规则", "Rules"))
	}
	for _, x := range ch.Rules {
		fmt.Fprintf(c.out, "  %s  %s.%s", kind(x.Change), x.Package, x.Rule)
		if x.Code != "" {
			fmt.Fprintf(c.out, "  %s  %s", x.Code, x.Title.In(c.lang))
		}
		fmt.Fprintln(c.out)
		for _, s := range [][2]string{{"-", x.Before}, {"+", x.After}} {
			for line := range strings.Lines(s[1]) {
				fmt.Fprintf(c.out, "    %s %s\n", s[0], strings.TrimSuffix(line, "\n"))
			}
		}
		if x.Code == "" && len(x.Reaches) > 0 {
			fmt.Fprint(c.out, "    ", say("影响：", "reaches:"))
			for _, code := range x.Reaches {
				fmt.Fprint(c.out, " ", code)
			}
			fmt.Fprintln(c.out)
		}
	}
	if len(ch.Data) > 0 {
		fmt.Fprintln(c.out, say("数据", "Data"))
	}
	none := say("（无）", "(none)")
	for _, x := range ch.Data {
		before, after := x.Before, x.After
		if before == "" {
			before = none
		}
		if after == "" {
			after = none
		}
		fmt.Fprintf(c.out, "  %s: %s → %s\n", x.Path, before, after)
	}
}
