package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/policy"
)

func (c *command) initCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init",
		Short: "新建代理：配置、口令、密钥、令牌；可重复执行 · make an agent's folder; safe to repeat",
		Args:  cobra.NoArgs,
	}
	name := cmd.Flags().String("agent", "agent-1", "代理名称 · the agent's name")
	lender := cmd.Flags().String("lender", "lender-1", "出借机构代码 · the lender's code")
	example := cmd.Flags().Bool("example", false, "写入示例配置及其登记表，供试用 · with the registers of the example configuration, for trying")
	cmd.RunE = func(*cobra.Command, []string) error {
		fp, err := house.Init(c.dir, *name, *lender, *example)
		if err != nil {
			return err
		}
		fmt.Fprintln(c.err, c.say("代理指纹如下，请经可信途径告知平台。请另存口令文件一份于保险柜：丢失后数据永远无法读取。",
			"the agent's fingerprint follows: tell it to the platform by a way you trust. Keep a copy of the passphrase file in a safe: without it nothing can ever be read."))
		_, err = fmt.Fprintln(c.out, fp)
		return err
	}
	return cmd
}

func (c *command) journalCommand() *cobra.Command {
	j := &cobra.Command{
		Use:   "journal",
		Short: "审计日志 · the journal",
		Args:  cobra.NoArgs,
		// Without this, a mistyped subcommand would print the help and end well.
		RunE: func(*cobra.Command, []string) error { return usage(errors.New("journal: want verify")) },
	}
	j.AddCommand(&cobra.Command{
		Use:   "verify",
		Short: "重算全部哈希，与留存的检查点对照 · compute every hash anew and compare with the kept checkpoints",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
				r, err := h.VerifyJournal(ctx)
				if err != nil {
					return err
				}
				fmt.Fprintf(c.out, "%s %d · %s %x\n", c.say("条目", "entries"), r.Head.Size, c.say("根", "root"), r.Head.Root)
				for _, k := range slices.Sorted(maps.Keys(r.Kinds)) {
					fmt.Fprintf(c.out, "  %-8s %d\n", k, r.Kinds[k])
				}
				fmt.Fprintf(c.out, "%s %d\n", c.say("对照的检查点", "checkpoints compared"), r.Kept)
				if r.OK() {
					_, err := fmt.Fprintln(c.out, c.say("完好", "intact"))
					return err
				}
				for _, f := range r.Faults {
					fmt.Fprintf(c.out, "  %s %d\n", f.Code, f.Index)
				}
				return fail(exitCorrupt, errors.New("the journal does not verify"))
			})
		},
	})
	return j
}

func (c *command) fsckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "fsck",
		Short: "检查库中每一个值；只报告数量 · authenticate every stored value; prints counts only",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
				r, err := h.Store.Check(ctx)
				if err != nil {
					return err
				}
				for _, l := range []struct {
					zh, en string
					n      int64
				}{
					{"借款人", "subjects", r.Subjects}, {"数据记录", "records", r.Records}, {"结论", "findings", r.Findings},
					{"索引", "index entries", r.Indexed}, {"日志条目", "journal entries", r.Leaves}, {"密封的日志内容", "sealed bodies", r.Bodies}, {"待送达", "queued", r.Queued},
				} {
					fmt.Fprintf(c.out, "%8d %s\n", l.n, c.say(l.zh, l.en))
				}
				if len(r.Problems) == 0 {
					_, err := fmt.Fprintln(c.out, c.say("完好", "intact"))
					return err
				}
				for _, p := range r.Problems {
					fmt.Fprintf(c.out, "%8d %s %s\n", p.Count, p.Row, p.Code)
				}
				return fail(exitCorrupt, errors.New("the store has values that do not verify"))
			})
		},
	}
}

// Version is set when a release is built.
var Version = "dev"

func (c *command) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "版本，以及内置规则与现行规则的修订号和摘要 · version; revision and digest of the rules built in and in force",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			own, err := policy.New()
			if err != nil {
				return err
			}
			rev := ""
			if b, ok := debug.ReadBuildInfo(); ok {
				for _, s := range b.Settings {
					if s.Key == "vcs.revision" {
						rev = " " + s.Value
					}
				}
			}
			_, err = fmt.Fprintf(c.out, "yanmen %s%s %s %s/%s\n%s\n", Version, rev, runtime.Version(), runtime.GOOS, runtime.GOARCH,
				c.rulesLine(house.RulesStatus{Revision: own.Revision(), Digest: own.Digest()}))
			if err != nil {
				return err
			}
			_, status, err := house.RulesIn(c.dir)
			if err == nil && status.Bundle != "" {
				_, err = fmt.Fprintf(c.out, "%s: %s\n", c.say("现行", "in force"), c.rulesLine(status))
			}
			return err
		},
	}
}

// ago says how long ago a second was, coarsely.
func ago(sec int64) string {
	d := time.Since(time.Unix(sec, 0))
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}
