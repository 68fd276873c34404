package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/cmd/internal/history"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/policy"
)

func (c *command) policyExplainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain CASE[/VERSION][/POINT]",
		Short: "说明一项决定由哪些规则得出（打开会记入日志）· show which rules led to a decision; that it was opened is journalled",
		Long: "逐条说明决定：每个代码的含义、依据的条文、规则所在的文件和行号，以及哪些条件成立（+）、哪些不成立（-）。只显示规则，不显示借款人的数据。\n" +
			"编号为 案件号/版本/决策点，例如 demo-03/1/judge；省略版本即最新一次，省略决策点即全部。\n" +
			"Each code in words, with its articles, the file and line of its rule, and which conditions held (+) or did not (-). Rules are shown, never data.\n" +
			"Without a version the newest answer is meant, without a point all of them.",
		Args: cobra.ExactArgs(1),
	}
	rules := cmd.Flags().String("rules", "", "当时的规则（目录或规则包）；现行、内置和曾安装的规则会自动查找 · the bundle that decided; those in force, built in or installed before are found without")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, version, point, err := parseDecision(args[0])
		if err != nil {
			return usage(err)
		}
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			all, err := h.Agent.History(ctx, id)
			if err != nil {
				return err
			}
			at := len(all) - 1
			if version != 0 {
				at = slices.IndexFunc(all, func(r *agent.Recorded) bool { return r.Version == version })
			}
			if at < 0 {
				return fail(exitUnknown, errors.New("explain: the case has no answer of this version"))
			}
			r := all[at]
			if r.Err != nil {
				return r.Err
			}
			var e *policy.Engine
			if *rules == "" {
				e, err = h.RulesBy(r.Rules)
			} else if e, err = policy.Open(*rules); err != nil {
				err = fail(exitInput, err)
			}
			if err != nil {
				return err
			}
			then := e != nil
			if !then {
				e = h.Policy
			} else if fmt.Sprintf("%x", e.Digest()) != r.Rules {
				return fail(exitInput, errors.New("explain: these are not the rules that decided; their digest differs"))
			}
			w := new(strings.Builder)
			n := 0
			for i := range r.Decisions {
				if d := &r.Decisions[i]; point == "" || d.Point == point {
					n++
					if err := c.explain(ctx, w, e, then, r, d); err != nil {
						return err
					}
				}
			}
			if n == 0 {
				return fail(exitUnknown, errors.New("explain: this point was not asked"))
			}
			_, err = io.WriteString(c.out, w.String())
			return err
		})
	}
	return cmd
}

// parseDecision reads case[/version][/point]. Version 0 is the newest, "" every
// point.
func parseDecision(s string) (id string, version uint64, point string, err error) {
	parts := strings.Split(s, "/")
	id, parts = parts[0], parts[1:]
	if len(parts) > 0 && parts[0] != "" && parts[0][0] >= '0' && parts[0][0] <= '9' {
		if version, err = strconv.ParseUint(parts[0], 10, 64); err != nil || version == 0 {
			return "", 0, "", errors.New("explain: want a version from 1")
		}
		parts = parts[1:]
	}
	if len(parts) > 0 {
		if point = parts[0]; !slices.Contains([]string{agent.PointCollect, agent.PointUse, agent.PointJudge, agent.PointDisclose}, point) {
			return "", 0, "", errors.New("explain: want a point of collect, use, judge, disclose")
		}
		parts = parts[1:]
	}
	if id == "" || len(parts) > 0 {
		return "", 0, "", errors.New("explain: want CASE, CASE/VERSION or CASE/VERSION/POINT")
	}
	return id, version, point, nil
}

// explain writes one decision: codes in words, and the path of rules to each. then
// says that e has the rules that decided; by others no path is told.
func (c *command) explain(ctx context.Context, w *strings.Builder, e *policy.Engine, then bool, r *agent.Recorded, d *agent.Decided) error {
	dec := d.Decision()
	verdict := c.say("允许", "allowed")
	if !dec.Allow {
		verdict = c.say("不允许", "denied")
	}
	fmt.Fprintf(w, "%s · %s · %s · %s %.12s\n", d.ID, time.Unix(r.At, 0).In(agent.Zone).Format("2006-01-02 15:04:05"), verdict, c.say("规则", "rules"), r.Rules)
	var paths []policy.Path
	if then && !slices.Contains(dec.Denials, agent.CodeUndecided) {
		var err error
		if paths, err = e.Paths(ctx, d.Input, c.lang); err != nil {
			return err
		}
	} else if !then {
		fmt.Fprintln(w, "  "+c.say("当时的规则已不在本机：只列代码，不列规则路径；用 --rules 给出当时的规则", "the rules of that time are not on this machine any more: codes without their paths; give them with --rules"))
	}
	codes := []struct {
		field, zh, en string
		codes         []agent.Code
	}{
		{"denials", "不允许的原因", "Denials", dec.Denials},
		{"obligations", "须同时做到", "Obligations", dec.Obligations},
	}
	if j, ok := d.Outcome.(agent.Judgement); ok {
		codes = append(codes, []struct {
			field, zh, en string
			codes         []agent.Code
		}{{"reasons", "理由", "Reasons", j.Reasons}, {"improve", "怎样能改变结果", "What would change the answer", j.Improve}}...)
	}
	told := map[string]bool{} // what a rule rests on is told once a decision
	for _, l := range codes {
		if len(l.codes) == 0 {
			continue
		}
		fmt.Fprintf(w, "  %s\n", c.say(l.zh, l.en))
		for _, code := range l.codes {
			text, cites, _ := house.Words(e, code, c.lang)
			fmt.Fprintf(w, "    %s  %s\n", code, cmp.Or(text, string(code)))
			for _, cite := range cites {
				fmt.Fprintf(w, "      %s\n", cite)
			}
			for _, p := range paths {
				if p.Field == l.field && p.Code == code {
					c.path(w, p, told)
				}
			}
		}
	}
	fields := c.fields(d.Outcome)
	for _, p := range paths {
		if v, ok := fields[p.Field]; ok && p.Code == "" && v[1] != "" {
			fmt.Fprintf(w, "  %s: %s\n", v[0], v[1])
			c.path(w, p, told)
		}
	}
	return nil
}

// fields names the fields of an outcome and says them, by the rules' names. The
// amount of an offer is not among what is said.
func (c *command) fields(outcome any) map[string][2]string {
	switch o := outcome.(type) {
	case agent.Judgement:
		return map[string][2]string{
			"outcome":       {c.say("结果", "outcome"), o.Outcome},
			"overdue_class": {c.say("逾期类别", "overdue class"), o.OverdueClass},
			"band":          {c.say("还款能力", "capacity band"), o.Band},
			"disposition":   {c.say("处置建议", "disposition"), o.Disposition},
		}
	case agent.Disclosure:
		told := ""
		if o.Retraction {
			told = c.say("此前的判定不再有效", "that the earlier verdict holds no longer")
		}
		return map[string][2]string{
			"claims":     {c.say("可对外提供", "may leave"), strings.Join(o.Claims, ", ")},
			"retraction": {c.say("可告知", "may be told"), told},
		}
	}
	return nil
}

func (c *command) path(w *strings.Builder, p policy.Path, told map[string]bool) {
	fmt.Fprintf(w, "      %s %s\n", c.say("规则", "rule"), places(p.Places))
	c.steps(w, p.Steps, "        ", told)
}

func (c *command) steps(w *strings.Builder, steps []policy.Step, indent string, told map[string]bool) {
	for _, s := range steps {
		mark := "-"
		if s.Held {
			mark = "+"
		}
		title := ""
		if s.Title != "" {
			title = " " + s.Title
		}
		fmt.Fprintf(w, "%s%s %s%s  %s", indent, mark, s.Rule, title, places(s.Places))
		key := fmt.Sprint(s)
		if len(s.Steps) > 0 && told[key] {
			fmt.Fprintf(w, "  (%s)", c.say("见上", "see above"))
		}
		w.WriteByte('\n')
		if !told[key] {
			told[key] = true
			c.steps(w, s.Steps, indent+"  ", told)
		}
	}
}

func places(all []policy.Place) string {
	var out []string
	for _, p := range all {
		out = append(out, fmt.Sprintf("%s:%d", p.File, p.Line))
	}
	return strings.Join(out, " ")
}

func (c *command) policyReplayCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replay --against BUNDLE|DIR",
		Short: "用另一套规则重新决定历史，显示会改变什么（记入日志）· decide the past again by other rules; show what would change; journalled",
		Long: "把当时问过的每个问题原样再问一遍另一套规则，按代码统计差异并举例。事实、已打开的类别、保存期限保持当时的样子；前面的决策点改为拒绝后，后面的不再问。不显示借款人的任何数据。\n" +
			"Puts every recorded question to other rules, word for word, and counts what would change by code, with examples. Facts, opened categories and ends of retention stay as they were; " +
			"after a denial later points are not asked. Nothing of a person is shown.",
		Args: cobra.NoArgs,
	}
	against := cmd.Flags().String("against", "", "规则目录或规则包（必填）· folder or bundle of rules (required)")
	from := cmd.Flags().String("from", "", "自该日起（含）YYYY-MM-DD · from this day on")
	to := cmd.Flags().String("to", "", "至该日止（含）YYYY-MM-DD · to this day, included")
	purpose := cmd.Flags().String("purpose", "", "application | drawdown | overdue")
	examples := cmd.Flags().Int("examples", 5, "每项举例数，0 为全部 · examples of each change; 0: all")
	cmd.Flags().BoolVar(&c.json, "json", false, "JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f := history.Filter{Purpose: agent.Purpose(*purpose)}
		for _, d := range []struct {
			name, text string
			into       *agent.Date
		}{{"--from", *from, &f.From}, {"--to", *to, &f.To}} {
			if d.text == "" {
				continue
			}
			day, err := agent.ParseDate(d.text)
			if err != nil {
				return usage(fmt.Errorf("replay: %s: %w", d.name, err))
			}
			*d.into = day
		}
		switch {
		case *against == "":
			return usage(errors.New("replay: give --against, a folder or a bundle of rules"))
		case f.Purpose != "" && f.Purpose != agent.PurposeApplication && f.Purpose != agent.PurposeDrawdown && f.Purpose != agent.PurposeOverdue:
			return usage(errors.New("replay: --purpose: want application, drawdown or overdue"))
		case *examples < 0:
			return usage(errors.New("replay: --examples: want 0 or more"))
		case f.From != 0 && f.To != 0 && f.To < f.From:
			return usage(errors.New("replay: --to lies before --from"))
		}
		e, err := policy.Open(*against)
		if err != nil {
			return fail(exitInput, err)
		}
		return c.withHouse(cmd.Context(), func(ctx context.Context, h *house.House) error {
			t, err := history.Replay(ctx, h.Agent.Histories, e, f, *examples)
			if err != nil {
				return err
			}
			return c.printTally(e, h.Policy.Digest() == e.Digest(), t, *examples)
		})
	}
	return cmd
}

func (c *command) printTally(e *policy.Engine, inForce bool, t *history.Tally, examples int) error {
	if c.json {
		b, err := json.Marshal(t)
		if err != nil {
			return errors.New("encode replay")
		}
		_, err = c.out.Write(append(b, '\n'))
		return err
	}
	w := new(strings.Builder)
	fmt.Fprintf(w, "%s %.12s", c.say("规则", "rules"), t.Rules)
	if inForce {
		fmt.Fprintf(w, " (%s)", c.say("现行", "in force"))
	}
	fmt.Fprintf(w, "\n%s %d · %s %d · %s %d\n", c.say("答复", "answers"), t.Answers, c.say("不变", "unchanged"), t.Same, c.say("会改变", "would change"), len(t.Changed))
	left := func(n int, zh, en string) {
		if n > 0 {
			fmt.Fprintf(w, "  %d %s\n", n, c.say(zh, en))
		}
	}
	left(t.Undecided, "份当时规则未能作答，未比较", "not compared: the rules gave no answer then")
	left(t.NoTrail, "份记录于保存问题之前，无法重放", "not compared: recorded before the questions were kept")
	for _, d := range slices.Sorted(maps.Keys(t.NoRegisters)) {
		left(t.NoRegisters[d], fmt.Sprintf("份所依据的登记表已不在（%.12s），无法重放", d), fmt.Sprintf("not compared: the registers of that time are missing (%.12s)", d))
	}
	point := ""
	for _, ch := range t.Changes {
		if ch.Point != point {
			point = ch.Point
			fmt.Fprintln(w, point)
		}
		fmt.Fprintf(w, "  %4d  %s", ch.Count, c.change(e, &ch))
		fmt.Fprintf(w, "\n        %s", strings.Join(ch.Cases, " "))
		if ch.Count > len(ch.Cases) {
			fmt.Fprint(w, " …")
		}
		w.WriteByte('\n')
	}
	if n := len(t.Changed); n > 0 {
		shown := t.Changed
		if examples > 0 {
			shown = shown[:min(n, examples)]
		}
		fmt.Fprintf(w, "%s: %s", c.say("会改变的答复", "answers that would change"), strings.Join(shown, " "))
		if n > len(shown) {
			fmt.Fprintf(w, " … (%d)", n)
		}
		w.WriteByte('\n')
	}
	_, err := io.WriteString(c.out, w.String())
	return err
}

// change writes one kind of change. Codes that come are in words of the new rules.
func (c *command) change(e *policy.Engine, ch *history.Change) string {
	field := c.say(map[string]string{"denials": "不允许的原因", "obligations": "须同时做到", "outcome": "结果", "overdue_class": "逾期类别", "band": "还款能力",
		"disposition": "处置建议", "offer": "可批金额", "reasons": "理由", "improve": "怎样能改变结果", "claims": "可对外提供", "valid_for": "有效期（秒）"}[ch.Field], ch.Field)
	switch ch.Field {
	case "allow":
		if ch.To == "true" {
			return c.say("不允许 → 允许", "denied → allowed")
		}
		return c.say("允许 → 不允许", "allowed → denied")
	case "asked":
		if ch.To == "unknown" {
			return c.say("此后如何，当时没有记录，不得而知", "what would follow is not known: nothing of it was recorded")
		}
		return c.say("不再问到", "not asked any more")
	case "offer":
		return field + " " + map[string]string{"offered": c.say("无 → 有", "none → some"), "withdrawn": c.say("有 → 无", "some → none"),
			"higher": c.say("提高", "higher"), "lower": c.say("降低", "lower")}[ch.To]
	case "denials", "obligations", "reasons", "improve", "claims":
		code, sign := ch.To, "+"
		if code == "" {
			code, sign = ch.From, "-"
		}
		text, _, _ := house.Words(e, agent.Code(code), c.lang)
		return strings.TrimSpace(field + " " + sign + code + "  " + text)
	}
	return fmt.Sprintf("%s %s → %s", field, cmp.Or(ch.From, "—"), cmp.Or(ch.To, "—"))
}
