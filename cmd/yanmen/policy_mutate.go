package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/policy/mutate"
	"github.com/yanmen/yanmen/policy/scenario"
)

// leastScore is the share of mutants that tests must notice, in basis points.
const leastScore = 9700

func (c *command) policyMutateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mutate",
		Short: "逐处改动规则，看测试和情景能否发现 · change the rules one small step at a time and see whether tests and scenarios notice",
		Long: "在源代码目录中运行。未变动的模块不再重跑，结果写入 results.yaml；得分低于 97% 时退出码为 1。\n" +
			"Run it in the source tree. Modules that did not change are not run again; what became of the mutants goes to\n" +
			"results.yaml. Exit code 1 says that the score is below 97 %.",
		Args: cobra.NoArgs,
	}
	rules := cmd.Flags().String("rules", "policy/rego", "规则目录 · folder of rules")
	scenarios := cmd.Flags().String("scenarios", "policy/scenarios", "情景目录 · folder of scenarios")
	folder := cmd.Flags().String("results", "policy/mutate", "结果目录：results.yaml、survivors.yaml · folder of results.yaml and survivors.yaml")
	all := cmd.Flags().Bool("all", false, "全部重跑 · run every module again")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		r, err := mutate.Read(os.DirFS(*rules))
		if err != nil {
			return fail(exitInput, err)
		}
		read, err := scenario.ReadAll(os.DirFS(*scenarios))
		if err != nil {
			return fail(exitInput, err)
		}
		var cases []mutate.Case
		for _, s := range read {
			cases = append(cases, mutate.Case{Point: s.Point, Input: s.Document(), Holds: s.Holds()})
		}
		known, why, err := readMutation(*folder)
		if err != nil {
			return fail(exitInput, err)
		}
		modules := r.Modules()
		if !*all {
			modules = r.Stale(known, cases)
		}
		for _, name := range modules {
			fmt.Fprintf(c.err, "%s: %d\n", name, len(r.Mutants(name)))
			outcomes, err := r.Run(cmd.Context(), []string{name}, cases, nil)
			if err != nil {
				return err
			}
			// After each module: a run that is ended goes on where it was.
			r.Update(known, outcomes, cases)
			if err := replaceFile(filepath.Join(*folder, "results.yaml"), known.Bytes(), 0o644); err != nil {
				return err
			}
		}
		score, err := r.Score(known, why)
		if err != nil {
			return fail(exitInput, err)
		}
		for _, m := range score.Survived {
			fmt.Fprintln(c.out, m)
		}
		format := c.say("发现改动 %d 处，共 %d 处，%d.%02d%%；另有 %d 处已说明理由\n",
			"mutants noticed: %d of %d, %d.%02d %%; %d more explained\n")
		bp := score.BasisPoints()
		fmt.Fprintf(c.out, format, score.Killed, score.Killed+len(score.Survived), bp/100, bp%100, score.Explained)
		if bp < leastScore {
			return silently(exitFailure)
		}
		return nil
	}
	return cmd
}

// readMutation reads results and explanations; what is not there is empty.
func readMutation(folder string) (known mutate.Results, why []mutate.Survivor, err error) {
	read := func(name string) ([]byte, error) {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, errors.New("policy mutate: " + name + " cannot be read")
		}
		return b, nil
	}
	b, err := read("results.yaml")
	if err != nil {
		return known, nil, err
	}
	if known, err = mutate.ReadResults(b); err != nil {
		return known, nil, err
	}
	if b, err = read("survivors.yaml"); err != nil {
		return known, nil, err
	}
	why, err = mutate.ReadSurvivors(b)
	return known, why, err
}
