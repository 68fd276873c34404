package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/cmd/internal/house"
)

func (c *command) contactCommand() *cobra.Command {
	p := &cobra.Command{
		Use:   "contact",
		Short: "联系借款人 · contacting a borrower",
		Args:  cobra.NoArgs,
		// Without this, a mistyped subcommand would print the help and end well.
		RunE: func(*cobra.Command, []string) error { return usage(errors.New("contact: want may")) },
	}
	p.AddCommand(c.contactMayCommand())
	return p
}

func (c *command) contactMayCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "may CASE",
		Short: "此时可否以此方式联系该案件的借款人 · may the borrower of a case be contacted at this time, in this way?",
		Long: "此时可否以此方式联系该案件的借款人。当日通话和未接通次数、连续失败次数取自案件的联系记录，逾期天数取自借款信息；打开它们须经策略允许，提问和答复均记入日志。\n" +
			"联系记录须在当日收取，否则次数不明。没有说明的，按不利情形处理：例如不写 --plan none，即视为还款协议正在履行。退出码 4 表示不可以。\n" +
			"May the borrower of a case be contacted at this time, in this way? Calls, attempts and failures are counted in the case's log of\n" +
			"contacts, days past due come from the loan; policy decides their opening, and question and answer are journalled. The log must have\n" +
			"been taken in on that day, or nobody knows the counts. What is not said is taken for the worse: without --plan none a plan runs.\n" +
			"Exit code 4 says that the answer is no.",
		Args: cobra.ExactArgs(1),
	}
	f := cmd.Flags()
	at := f.String("at", "", "时间：15:04（今天）、2006-01-02T15:04（北京时间）或 RFC 3339；默认现在 · time: 15:04 (today), 2006-01-02T15:04 (China) or RFC 3339; default now")
	in := agent.ContactInput{}
	f.StringVar(&in.Content, "content", "collection", "reminder | collection | message | service | marketing")
	f.StringVar(&in.Channel, "channel", "voice", "voice | ai_voice | sms | app | mail | visit")
	f.StringVar(&in.Target, "target", "debtor", "debtor | guarantor | third_related | third_unrelated")
	f.BoolVar(&in.AgreedHours, "agreed-hours", false, "债务人同意在此时段联系 · the debtor agreed to these hours")
	f.BoolVar(&in.AgreedFrequency, "agreed-frequency", false, "债务人同意更多次数 · the debtor agreed to more attempts")
	f.BoolVar(&in.Unreachable, "unreachable", false, "债务人号码失效等，已失联 · the debtor's number is invalid, or worse")
	f.BoolVar(&in.Disputed, "disputed", false, "债务存在争议 · the debt is disputed")
	f.BoolVar(&in.NotTheBorrower, "not-the-borrower", false, "涉嫌冒用身份 · the identity may have been misused")
	discreet := f.Bool("discreet", false, "不提及债务 · nothing is said of the debt")
	refused := f.String("refused", "", "该对象是否已拒绝：no | yes · whether this person refused: no | yes")
	plan := f.String("plan", "", "还款协议：none | running | broken · repayment plan: none | running | broken")
	attempts := f.Int64("attempts", -1, "当日对此人的未接通次数（债务人以外）· unanswered attempts today at this person, if not the debtor")
	f.BoolVar(&in.Agency.Used, "agency", false, "由外部机构联系 · an agency contacts for the lender")
	f.BoolVar(&in.Agency.Contract, "agency-contract", false, "与该机构有合同 · there is a contract with it")
	clean := f.Bool("agency-clean", false, "该机构无违法违规记录 · it has no record of violence")
	rated := f.String("agency-rated", "", "最近评估日期 2006-01-02 · day of its last rating")
	f.BoolVar(&c.json, "json", false, "JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		now, err := parseAt(*at, time.Now())
		if err != nil {
			return usage(err)
		}
		in.Now = now.Unix()
		unsaid := map[agent.Code]string{}
		in.DebtDetails = !*discreet
		switch *refused {
		case "no":
		case "yes":
			in.Refused = true
		case "":
			in.Refused = true
			unsaid["contact.third_refused"], unsaid["contact.marketing_refused"] = "--refused no", "--refused no"
		default:
			return usage(errors.New("contact may: want --refused no or yes"))
		}
		switch *plan {
		case "none":
		case "running":
			in.PlanRuns = true
		case "broken":
			in.PlanRuns, in.PlanBroken = true, true
		case "":
			in.PlanRuns = true
			unsaid["contact.plan_running"] = "--plan none"
		default:
			return usage(errors.New("contact may: want --plan none, running or broken"))
		}
		if *attempts >= 0 {
			in.AttemptsToday = agent.Known(*attempts)
		}
		if in.Agency.Used {
			in.Agency.Found, in.Agency.Violent = in.Agency.Contract, !*clean
			if *rated != "" {
				day, err := time.ParseInLocation(time.DateOnly, *rated, agent.Zone)
				if err != nil {
					return usage(errors.New("contact may: want --agency-rated YYYY-MM-DD"))
				}
				in.Agency.ReviewedAt = agent.Known(day.Unix())
			}
		}
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			asked, a, err := h.Agent.MayContact(ctx, args[0], in, h.Policy.Contact)
			if err != nil {
				return err
			}
			if !c.json {
				c.printContact(asked)
			}
			if err := c.printAnswer(h, agent.PointContact, a.Decision, a, asked); err != nil {
				return err
			}
			if a.Allow {
				return nil
			}
			for _, code := range a.Denials {
				if flag := unsaid[code]; flag != "" && !c.json {
					fmt.Fprintf(c.out, "%s: %s\n", c.say("没有说明，按不利情形处理；属实时可写", "not said, and taken for the worse; where it is so, say"), flag)
				}
			}
			return silently(exitDenied)
		})
	}
	return cmd
}

// printContact prints what the case told about the question.
func (c *command) printContact(in *agent.ContactInput) {
	count := func(n agent.Int) string {
		if v, ok := n.Value(); ok {
			return fmt.Sprint(v)
		}
		return c.say("不明", "unknown")
	}
	fmt.Fprintf(c.out, "%s: %s\n", c.say("时间", "at"), instant(agent.Known(in.Now)))
	fmt.Fprintf(c.out, "%s: %s\n", c.say("当日有效通话", "calls that day"), count(in.CallsToday))
	fmt.Fprintf(c.out, "%s: %s\n", c.say("当日未接通", "unanswered that day"), count(in.AttemptsToday))
	fmt.Fprintf(c.out, "%s: %s\n", c.say("连续失败", "failed in a row"), count(in.FailedInRow))
	fmt.Fprintf(c.out, "%s: %s\n", c.say("逾期天数", "days past due"), count(in.DaysPastDue))
}

// parseAt reads an instant: empty for now, a time of this day, a day and time in
// China, or RFC 3339.
func parseAt(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return now, nil
	}
	if t, err := time.Parse("15:04", s); err == nil {
		y, m, d := now.In(agent.Zone).Date()
		return time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, agent.Zone), nil
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04", s, agent.Zone); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	return time.Time{}, errors.New("--at: want 15:04, 2006-01-02T15:04 or 2006-01-02T15:04:05+08:00")
}
