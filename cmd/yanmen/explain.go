package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/explanation"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/report"
	"github.com/yanmen/yanmen/policy"
)

func (c *command) explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain CASE",
		Short: "向借款人或经办人员说明结果的理由 · why a case was answered as it was, for the borrower or for an officer",
		Long: "说明一个案件的结果。--for borrower：最多四条理由、依据的规则、怎样能改变结果、怎样提出异议和投诉，用于交给借款人；\n" +
			"--for officer：逐项事实、单位、依据的记录（类别、来源、日期，不含内容）以及不明的原因。\n" +
			"交给借款人之前须核实对方身份：写 --verified 表示已经核实。没有写，或者规则不允许告知，打印的是草稿，退出码为 4。\n" +
			"涉及健康、家庭的内容只向核实过的本人说明；可能被冒用的账户不显示任何迹象。打开和告知均记入日志。\n" +
			"Explains the answer to a case. For the borrower: at most four reasons, the rule behind each, what would change it, how to object\n" +
			"and where to complain. For an officer: every fact with its unit, the records behind it (category, source, date, never what they\n" +
			"say), and why what is unknown is unknown.\n" +
			"Who asks is verified before anything is handed over: --verified says that it was done. Without it, or where the rules say no, what\n" +
			"is printed is a draft and the exit code is 4. Health and family are told to the verified person alone; of an account that may be in\n" +
			"other hands no sign is shown. Opening and telling are journalled.",
		Args: cobra.ExactArgs(1),
	}
	f := cmd.Flags()
	reader := f.String("for", "borrower", "borrower | officer")
	in := agent.RightsInput{}
	f.StringVar(&in.Requester, "requester", "subject", "谁在请求 · who asks: subject | guardian | relative | agent")
	f.BoolVar(&in.Verified, "verified", false, "请求人身份已核实 · who asks was verified")
	f.BoolVar(&in.Mandate, "mandate", false, "已查看监护、亲属或委托证明 · proof of guardianship, kinship or mandate was seen")
	f.BoolVar(&in.Deceased, "deceased", false, "借款人已去世 · the borrower has died")
	f.BoolVar(&in.Confidential, "confidential", false, "法律要求保密 · a statute forbids telling")
	received := f.String("received", "", "收到请求的日期 2006-01-02；默认现在 · day of the request; default now")
	f.BoolVar(&c.json, "json", false, "JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *reader != "borrower" && *reader != "officer" {
			return usage(errors.New("explain: want --for borrower or officer"))
		}
		if *received != "" {
			day, err := time.ParseInLocation(time.DateOnly, *received, agent.Zone)
			if err != nil {
				return usage(errors.New("explain: want --received YYYY-MM-DD"))
			}
			in.ReceivedAt = agent.Known(day.Unix())
		}
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			if *reader == "officer" {
				return c.explainOfficer(ctx, h, args[0])
			}
			return c.explainBorrower(ctx, h, args[0], in)
		})
	}
	return cmd
}

func (c *command) explainBorrower(ctx context.Context, h *house.House, id string, in agent.RightsInput) error {
	fd, asked, answer, err := h.Agent.ExplainTo(ctx, id, in, h.Policy.Rights)
	if err != nil {
		return err
	}
	rules, err := rulesOf(h, fd)
	if err != nil {
		return err
	}
	explain := func(code agent.Code, lang string) (string, []string, bool) {
		if title, cites, ok := house.Told(rules, code, lang); ok {
			return title, cites, ok
		}
		return house.Told(h.Policy, code, lang)
	}
	self := answer.Allow && asked.Requester == "subject"
	sheet := explanation.Tell(fd, asked.Now, rules.Remedies, self)
	to := h.Config.Contact
	if c.json {
		codes := []agent.Code{}
		for _, r := range sheet.Reasons {
			codes = append(append(codes, r.Code), r.Improve...)
		}
		codes = append(append(codes, sheet.More...), sheet.Denials...)
		texts := []said{}
		for _, code := range codes {
			text, cites, _ := explain(code, c.lang)
			texts = append(texts, said{code, cmp.Or(text, string(code)), cites})
		}
		err = c.encode(struct {
			*explanation.Sheet
			MayBeTold bool               `json:"may_be_told"`
			Rights    agent.RightsAnswer `json:"rights"`
			Contact   house.Contact      `json:"contact"`
			Rules     string             `json:"rules"`
			Texts     []said             `json:"texts"`
		}{sheet, answer.Allow, answer, to, fd.Result.Rules, texts})
	} else {
		if !answer.Allow {
			fmt.Fprintf(c.out, "%s\n", report.Label(report.Lang(c.lang), "explain.untold"))
			for _, s := range c.inWords(h, answer.Denials) {
				fmt.Fprintf(c.out, "  %s  %s\n", s.Code, s.Text)
			}
			if !asked.Verified {
				fmt.Fprintf(c.out, "  %s: --verified\n", c.say("核实之后写", "once that is done, say"))
			}
			fmt.Fprintln(c.out)
		}
		err = report.WriteSheet(c.out, report.Lang(c.lang), sheet, report.Contacts(to), explain)
	}
	if err == nil && !answer.Allow {
		err = silently(exitDenied)
	}
	return err
}

func (c *command) explainOfficer(ctx context.Context, h *house.House, id string) error {
	fd, behind, denials, err := h.Agent.ExplainBehind(ctx, id)
	if err != nil {
		return err
	}
	rules, err := rulesOf(h, fd)
	if err != nil {
		return err
	}
	if c.json {
		return c.encode(struct {
			Case      string             `json:"case"`
			Purpose   agent.Purpose      `json:"purpose"`
			AsOf      int64              `json:"as_of"`
			Judgement *agent.Judgement   `json:"judgement"`
			Denials   []agent.Denied     `json:"denials"`
			Facts     []explanation.Fact `json:"facts"`
			Behind    []agent.Behind     `json:"behind"`
			Closed    []agent.Code       `json:"closed"` // why the records were not opened
			Rules     string             `json:"rules"`
		}{fd.Case, fd.Purpose, fd.AsOf, fd.Result.Judgement, fd.Result.Denials, explanation.Facts(fd), behind, denials, fd.Result.Rules})
	}
	return report.WriteFacts(c.out, report.Lang(c.lang), fd, behind, denials, func(code agent.Code, lang string) (string, []string, bool) {
		return house.Words(rules, code, lang)
	})
}

// rulesOf finds the rules that made a finding: their words explain it. Where they
// are not there any more, those in force do.
func rulesOf(h *house.House, fd *agent.Finding) (*policy.Engine, error) {
	e, err := h.RulesBy(fd.Result.Rules)
	if e == nil && err == nil {
		e = h.Policy
	}
	return e, err
}

// encode writes one line of JSON.
func (c *command) encode(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return errors.New("encode answer")
	}
	_, err = c.out.Write(append(b, '\n'))
	return err
}
