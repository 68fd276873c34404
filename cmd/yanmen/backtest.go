package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/cmd/internal/backtesting"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/report"
	"github.com/yanmen/yanmen/policy"
)

func (c *command) backtestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backtest HISTORY --outcome COLUMN --map FILE",
		Short: "用本机构有结果的历史数据检验规则 · put the rules to the lender's own labelled history",
		Long: "逐行判断历史数据（CSV，UTF-8 或 GB18030），按等级和处置统计违约率，计算各项指标区分违约的能力和各期稳定性；--against 另给一套规则，比较谁会变动。\n" +
			"映射文件说明哪一列是哪一项事实，写法见 docs/checks/backtest.zh-CN.md。只输出汇总数字，不保存、不显示任何一行数据；什么也不打开，什么也不记录。\n" +
			"Judges each row of a history (CSV in UTF-8 or GB18030): default rates by band and disposition, how well each measure tells defaults, whether that holds over time;\n" +
			"with --against, whom a second rule set would move. The map says which column is which fact: docs/checks/backtest.md. Sums alone come out; no row is kept or shown, nothing is opened and nothing recorded.",
		Args: cobra.ExactArgs(1),
	}
	outcome := cmd.Flags().String("outcome", "", "结果列的列名 · name of the column that says what happened")
	mapping := cmd.Flags().String("map", "", "映射文件（YAML）· the map of the columns (YAML)")
	rules := cmd.Flags().String("rules", "", "规则目录或规则包；不写则为现行规则 · a folder or archive of rules; without, those in force")
	against := cmd.Flags().String("against", "", "与之比较的规则目录或规则包 · a folder or archive of rules to compare with")
	asJSON := cmd.Flags().String("json", "", "结果写入此文件（JSON），- 为标准输出 · write the figures to this file; - is standard output, in place of the text")
	page := cmd.Flags().String("html", "", "带图的网页写入此文件 · write a page with pictures to this file")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *outcome == "" || *mapping == "" {
			return usage(errors.New("backtest: want --outcome and --map"))
		}
		b, err := c.read(*mapping)
		if err != nil {
			return err
		}
		m, err := backtesting.ReadMap(b)
		if err != nil {
			return fail(exitInput, err)
		}
		var sets []backtesting.Rules
		if *rules == "" {
			e, _, err := house.RulesIn(c.dir)
			if err != nil {
				return err
			}
			sets = append(sets, e)
		}
		for _, name := range []string{*rules, *against} {
			if name == "" {
				continue
			}
			e, err := policy.Open(name)
			if err != nil {
				return fail(exitInput, c.refused(err))
			}
			sets = append(sets, e)
		}
		f, err := openInput("history", args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		r, err := backtesting.Run(cmd.Context(), f, m, *outcome, sets...)
		if err != nil {
			return fail(exitInput, err)
		}
		lang := report.Lang(c.lang)
		if *page != "" {
			if err := writeOut(*page, func(w io.Writer) error { return r.WriteHTML(w, lang) }); err != nil {
				return err
			}
		}
		figures := func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(r)
		}
		switch *asJSON {
		case "-":
			return figures(c.out)
		case "":
		default:
			if err := writeOut(*asJSON, figures); err != nil {
				return err
			}
		}
		return r.WriteText(c.out, lang)
	}
	return cmd
}

// writeOut writes a new file that the owner alone may read. It takes no name that
// is there already: that may be the history.
func writeOut(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = errors.Join(write(f), f.Close())
	}
	if err != nil {
		return fail(exitUsage, errors.New("backtest: the report cannot be written; want the name of a file that does not exist, in a folder that does"))
	}
	return nil
}
