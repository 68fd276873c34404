package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/policy"
	"github.com/yanmen/yanmen/policy/scenario"
)

func (c *command) policyTestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test --scenarios DIR",
		Short: "用情景检验规则，逐条显示是否与预期一致 · put scenarios to the rules and say of each whether it is as expected",
		Long: "用目录中的情景（格式见 policy/scenarios/README.zh-CN.md）检验规则。有不一致时退出码为 1，情景文件有误时为 3。\n" +
			"Puts the scenarios of a folder to the rules (policy/scenarios/README.md is the format). Exit code 1 says that an answer\n" +
			"differs, 3 that a file is faulty.",
		Args: cobra.NoArgs,
	}
	dir := cmd.Flags().String("scenarios", "", "情景目录 · folder of scenarios")
	bundle := cmd.Flags().String("rules", "", "规则目录或规则包，默认为内置规则 · folder or archive of rules (default: those that are built in)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *dir == "" {
			return usage(errors.New("policy test: give --scenarios DIR"))
		}
		e, err := openRules(*bundle)
		if err != nil {
			return c.refused(err)
		}
		all, err := scenario.ReadAll(os.DirFS(*dir))
		if err != nil {
			return fail(exitInput, err)
		}
		results, err := scenario.Run(cmd.Context(), e, all)
		if err != nil {
			return err
		}
		return c.printResults(e, results)
	}
	return cmd
}

// openRules opens the rules that are built in where no others are named.
func openRules(name string) (*policy.Engine, error) {
	if name == "" {
		return policy.New()
	}
	return policy.Open(name)
}

func (c *command) printResults(e *policy.Engine, results []scenario.Result) error {
	say := c.say
	cites := func(code agent.Code) (ids []string) {
		_, all, _ := e.Explain(code, c.lang)
		for _, one := range all {
			ids = append(ids, one.Rule)
		}
		return ids
	}
	bad := 0
	for _, r := range results {
		s := r.Scenario
		surplus, missing := s.Miscited(cites)
		mark := say("一致", "ok")
		if faulty := len(r.Differences)+len(surplus)+len(missing) > 0; faulty {
			mark = say("不符", "differs")
			bad++
		}
		fmt.Fprintf(c.out, "%s  %s  %s\n", mark, s.ID, s.Title.In(c.lang))
		for _, d := range r.Differences {
			fmt.Fprintf(c.out, "      %s: %s %s, %s %s\n", d.Field, say("预期", "want"), d.Want, say("实际", "got"), d.Got)
		}
		if len(surplus)+len(missing) > 0 {
			fmt.Fprintf(c.out, "      cites: %s %v, %s %v\n", say("多出", "surplus"), surplus, say("缺少", "missing"), missing)
		}
	}
	fmt.Fprintf(c.out, say("共 %d 个情景，%d 个不符\n", "%d scenarios, %d differ\n"), len(results), bad)
	if bad > 0 {
		return silently(exitFailure)
	}
	return nil
}
