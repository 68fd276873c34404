package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/explanation"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/report"
)

func (c *command) whatifCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "whatif CASE",
		Short: "假如材料不同，结果会怎样；或者查找最小的改变 · what another state of affairs would be answered; or the smallest change that helps",
		Long: "以该案件现有的材料重新计算事实并询问判断规则，不记录答复。打开材料须经策略允许，并记入日志。\n" +
			"--set 键=值（金额为分）：income.salary、income.declared、debt.monthly、debt.lenders、loan.amount、loan.term、loan.paid、\n" +
			"  overdue.accounts、credit.inquiries_30、credit.new_loans_90、wait.days；fact.路径=值 只改一项事实。\n" +
			"--add：statements=6m（假定流水显示自述的收入）、credit_report（假定与所述负债相符）、proof=种类、contract；\n" +
			"  identity（姓名和证件号码核验一致）、document（证件已更新）、phone（本人实名手机号）、card（本人名下银行卡），身份随之重新核对。\n" +
			"--find：在借款人做得到的范围内查找最小的改变：先单项，再两项，再三项；最多问 1000 次。\n" +
			"Computes the facts anew from the records of a case and asks judgement, recording no answer. Policy decides the opening, which is\n" +
			"journalled. --set KEY=VALUE (amounts in fen) changes what records say, fact.PATH=VALUE one fact alone; --add supposes a document,\n" +
			"or that identity is checked (identity, document, phone, card). --find looks for the smallest change within what the borrower can do:\n" +
			"single ones, then two, then three at once, in at most 1,000 questions. What each level means is printed.",
		Args: cobra.ExactArgs(1),
	}
	sets := cmd.Flags().StringArray("set", nil, "键=值 · KEY=VALUE")
	adds := cmd.Flags().StringArray("add", nil, "statements=6m | credit_report | proof=KIND | contract | identity | document | phone | card")
	find := cmd.Flags().Bool("find", false, "查找最小的改变 · find the smallest change that helps")
	cmd.Flags().BoolVar(&c.json, "json", false, "JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var changes []explanation.Change
		for _, list := range []struct {
			args []string
			read func(string) (explanation.Change, error)
		}{{*sets, explanation.Set}, {*adds, explanation.Add}} {
			for _, a := range list.args {
				change, err := list.read(a)
				if err != nil {
					return usage(err)
				}
				changes = append(changes, change)
			}
		}
		if *find == (len(changes) > 0) {
			return usage(errors.New("whatif: give changes with --set and --add, or --find"))
		}
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			s, err := h.Agent.Suppose(ctx, args[0])
			if err != nil {
				return err
			}
			w := world{ctx, s}
			now := explanation.After(w, s.AsOf, nil)
			var then []explanation.Outlook
			var search *explanation.Search
			if *find {
				found := explanation.Find(w, s.AsOf)
				search, then = &found, found.Found
			} else {
				then = []explanation.Outlook{explanation.After(w, s.AsOf, changes)}
			}
			if err := ctx.Err(); err != nil {
				return err // what was answered after that is no answer
			}
			if !c.json {
				return report.WriteWhatIf(c.out, report.Lang(c.lang), s.Case, s.Found, now, then, search, h.Explain)
			}
			if then == nil {
				then = []explanation.Outlook{}
			}
			return c.encode(struct {
				Case   string                `json:"case"`
				Before *agent.Judgement      `json:"before"` // as it was answered
				Now    explanation.Outlook   `json:"now"`
				Then   []explanation.Outlook `json:"then"`
				Search *searched             `json:"search"` // null without --find
			}{s.Case, s.Found, now, then, searchedOf(search)})
		})
	}
	return cmd
}

// searched says what a search took.
type searched struct {
	Asked int  `json:"asked"`
	Most  int  `json:"most"`
	Ended bool `json:"ended"` // there was more to try
}

func searchedOf(s *explanation.Search) *searched {
	if s == nil {
		return nil
	}
	return &searched{s.Asked, explanation.MaxAsked, s.Ended}
}

// A world is a scenario that is asked within one command.
type world struct {
	ctx context.Context
	*agent.Scenario
}

func (w world) Judge(f *agent.Facts, asOf int64) agent.Judgement {
	return w.Scenario.Judge(w.ctx, f, asOf)
}
