package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/report"
)

func (c *command) reviewCommand() *cobra.Command {
	p := &cobra.Command{
		Use:   "review",
		Short: "等待人工复核的案件 · cases that wait for a person",
		Long: "等待人工复核的案件。规则要求人工复核的案件随其结论自动排入；借款人要求由人来决定的，用 ask 排入。\n" +
			"领取、放回、决定均先由 access 规则判断该人员可否为之，无论准否均记入日志。人员以工号表示，理由从固定清单中选取，不写任何文字说明。\n" +
			"Cases that wait for a person: those of which the rules say so enter with their finding, and ask enters a case because the borrower wants\n" +
			"a person to decide. Before a case is taken, released or decided, the rules of access say whether this person may; both answers are\n" +
			"journalled. People are named by staff id, reasons come from a list, and there is no free text.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usage(errors.New("review: want list, take, decide, release or ask"))
		},
	}
	p.AddCommand(c.reviewListCommand(), c.reviewTakeCommand(), c.reviewDecideCommand(), c.reviewReleaseCommand(), c.reviewAskCommand())
	return p
}

func (c *command) reviewListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "列出等待复核的案件，等得最久的在前（打开会记入日志）· list them, the longest waiting first; that they were opened is journalled",
		Args:  cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&c.json, "json", false, "每行一个 JSON · one JSON a line")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			all, err := h.Agent.Reviews(ctx)
			if err != nil {
				return err
			}
			if !c.json {
				return report.WriteReviews(c.out, report.Lang(c.lang), all, time.Now())
			}
			e := json.NewEncoder(c.out)
			for i := range all {
				if err := e.Encode(&all[i]); err != nil {
					return errors.New("write list")
				}
			}
			return nil
		})
	}
	return cmd
}

func (c *command) reviewTakeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "take CASE --by ID --role ROLE",
		Short: "领取一个案件并显示其结论；放回之前或 24 小时内只有本人能决定 · take a case and see its finding; only who took it decides it, until it is released or for 24 hours",
		Args:  cobra.ExactArgs(1),
	}
	staff := staffFlags(cmd)
	cmd.Flags().BoolVar(&c.json, "json", false, "JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := staff()
		if err != nil {
			return err
		}
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			fd, err := h.Agent.TakeReview(ctx, args[0], s, h.Policy.Access)
			if err != nil {
				return c.explained(h, err)
			}
			return c.print(h, &fd.Result, nil)
		})
	}
	return cmd
}

func (c *command) reviewReleaseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "release CASE --by ID --role ROLE",
		Short: "放回自己领取的案件 · give a case back that one has taken",
		Args:  cobra.ExactArgs(1),
	}
	staff := staffFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := staff()
		if err != nil {
			return err
		}
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			if err := h.Agent.ReleaseReview(ctx, args[0], s, h.Policy.Access); err != nil {
				return c.explained(h, err)
			}
			_, err := fmt.Fprintln(c.out, c.say("已放回", "released"))
			return err
		})
	}
	return cmd
}

func (c *command) reviewAskCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ask CASE",
		Short: "借款人要求由人来决定：将案件排入复核 · the borrower wants a person to decide: put the case into the queue",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
				if err := h.Agent.AskReview(ctx, args[0]); err != nil {
					return c.explained(h, err)
				}
				_, err := fmt.Fprintln(c.out, c.say("已排入人工复核", "waits for a person"))
				return err
			})
		},
	}
}

func (c *command) reviewDecideCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "decide CASE --by ID --role ROLE --outcome OUTCOME --reason CODE",
		Short: "决定一个案件；不利的决定须由两人作出 · decide a case; against the borrower it takes two persons",
		Long: "决定本人领取的案件。不写 --class 或 --disposition 的，保持原判断。认定有能力而不还、保全资产、走法律途径，必须由两人先后作出相同决定；\n" +
			"第一人的决定留存并在 list 中显示。两人不一致的，案件重新等待复核，两份决定均在案。生效后按人的决定重新作出判定，取代此前的判定。\n" +
			"规则或者事实不允许的决定不予接受。不利于借款人的决定，须有可以告知借款人的原因：规则已给出的沿用，否则用 --because 写明；写明的取代规则给出的，并写入判定。\n" +
			"Decides a case that one has taken. A class or a disposition that is not given stays as it was judged. That somebody is able and unwilling, securing assets\n" +
			"and the legal way take two persons who decide the same; the first decision is kept and list shows it. If they differ, the case waits\n" +
			"anew with both on record. Once decided, a new verdict says what people decided and supersedes the one before. What the rules or the\n" +
			"facts forbid is not taken. Against the borrower it takes a reason that can be told: what the rules found stands, or --because gives it; what is\n" +
			"given takes the place of what the rules found, and goes into the verdict.\n\n" +
			"--outcome      " + strings.Join(agent.Outcomes, " | ") + "\n" +
			"--class        " + strings.Join(agent.Classes, " | ") + "\n" +
			"--disposition  " + strings.Join(agent.Dispositions, " | ") + "\n" +
			"--reason       " + joined(agent.ReviewReasons) + "\n" +
			"--because      " + joined(agent.AdverseReasons),
		Args: cobra.ExactArgs(1),
	}
	staff := staffFlags(cmd)
	d := agent.ReviewDecision{}
	f := cmd.Flags()
	f.StringVar(&d.Outcome, "outcome", "", "结果 · outcome")
	f.StringVar(&d.Class, "class", "", "逾期类别 · overdue class")
	f.StringVar(&d.Disposition, "disposition", "", "处置 · disposition")
	reason := f.String("reason", "", "理由代码：为何这样决定，只留在本机构 · code of the reason: why this person decides so; it stays")
	because := f.StringSlice("because", nil, "告知借款人和平台的原因代码，最多 4 个，重要的在前 · codes of what the borrower and the platform are told of why, at most 4, most important first")
	f.BoolVar(&c.json, "json", false, "JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := staff()
		if err != nil {
			return err
		}
		if d.Outcome == "" || *reason == "" {
			return usage(errors.New("review decide: give --outcome and --reason"))
		}
		d.Reason = agent.Code(*reason)
		for _, c := range *because {
			d.Because = append(d.Because, agent.Code(c))
		}
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			fd, err := h.Agent.DecideReview(ctx, args[0], s, d, h.Policy.Access)
			if err != nil {
				return c.explained(h, err)
			}
			if c.json {
				return c.print(h, &fd.Result, nil)
			}
			switch r := fd.Result.Review; {
			case r.DoneAt != 0:
				return c.print(h, &fd.Result, nil)
			case r.Half:
				_, err = fmt.Fprintln(c.out, c.say("已记录；须由另一人作出相同决定后生效", "recorded; it takes effect when another person decides the same"))
			default:
				_, err = fmt.Fprintln(c.out, c.say("与第一人的决定不同；两份决定均在案，案件重新等待复核", "not what the first person decided; both are on record and the case waits anew"))
			}
			return err
		})
	}
	return cmd
}

// staffFlags adds the flags by which somebody of the staff acts, and returns what
// reads them. What is not said counts as not so, and the rules deny on it.
func staffFlags(cmd *cobra.Command) func() (agent.Staff, error) {
	f := cmd.Flags()
	s := agent.Staff{}
	f.StringVar(&s.ID, "by", "", "工号（A-Z a-z 0-9 . _ -）· staff id")
	f.StringVar(&s.Role, "role", "", "岗位，见 access 规则，如 reviewer · role of the access rules, such as reviewer")
	f.BoolVar(&s.Verified, "verified", false, "已为此操作重新验证身份 · has authenticated again for this act")
	trained := f.String("trained", "", "最近培训日期 2006-01-02 · day of the last training")
	return func() (agent.Staff, error) {
		if s.ID == "" || s.Role == "" {
			return s, usage(errors.New("review: give --by and --role"))
		}
		if *trained != "" {
			day, err := time.ParseInLocation(time.DateOnly, *trained, agent.Zone)
			if err != nil {
				return s, usage(errors.New("review: want --trained YYYY-MM-DD"))
			}
			s.TrainedAt = agent.Known(day.Unix())
		}
		return s, nil
	}
}

// explained prints what the codes of a denial mean. They are the rules' own or,
// of the queue, those of the report.
func (c *command) explained(h *house.House, err error) error {
	var denied *agent.Denied
	if !errors.As(err, &denied) {
		return err
	}
	for _, code := range denied.Codes {
		text, _, ok := h.Explain(code, c.lang)
		if !ok {
			text = report.ReviewWord(report.Lang(c.lang), code)
		}
		fmt.Fprintf(c.err, "yanmen: %s  %s\n", code, text)
		if code == agent.CodeReviewUntold || code == agent.CodeReviewGrounds {
			for _, reason := range agent.AdverseReasons {
				zh, _, _ := h.Explain(reason, "zh")
				en, _, _ := h.Explain(reason, "en")
				fmt.Fprintf(c.err, "  %s  %s · %s\n", reason, zh, en)
			}
		}
	}
	return silently(exitDenied)
}

func joined(codes []agent.Code) string {
	s := make([]string, len(codes))
	for i := range codes {
		s[i] = string(codes[i])
	}
	return strings.Join(s, " | ")
}
