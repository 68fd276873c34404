package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/policy"
	"github.com/yanmen/yanmen/policy/shelf"
)

func (c *command) policyAskCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ask POINT",
		Short: "向一个决策点提问，显示决定、理由和法条 · ask a point of decision; show the decision, why, and the articles",
		Long: "向一个决策点提问：" + strings.Join(policy.Points(), "、") + "。输入为一个 JSON 对象，字段见 policy/schemas，须写全；不确定的写 null、\"\" 或 false。\n" +
			"目录中有代理时问现行规则，否则问内置规则；答复写明是哪一套。什么也不打开，什么也不记录；退出码 4 表示不允许。\n" +
			"Asks a point of decision: the rules in force where --dir holds an agent, else those that are built in; the answer says which. The input is one JSON object with every field of its schema (policy/schemas); what is not known is\n" +
			"null, \"\" or false. Nothing is opened and nothing recorded; exit code 4 says that the answer is no.",
		Args: cobra.ExactArgs(1),
	}
	input := cmd.Flags().String("input", "-", "输入文件，- 为标准输入 · file of the input; - is standard input")
	cmd.Flags().BoolVar(&c.json, "json", false, "JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(policy.Points(), args[0]) {
			return usage(errors.New("policy ask: want one of " + strings.Join(policy.Points(), ", ")))
		}
		b, err := c.read(*input)
		if err != nil {
			return err
		}
		in, err := policy.ReadInput(args[0], b)
		if err != nil {
			return fail(exitInput, err)
		}
		e, status, err := house.RulesIn(c.dir)
		if err != nil {
			return err
		}
		h := &house.House{Policy: e}
		d, answer := e.Ask(cmd.Context(), in)
		if err := c.printAnswer(h, args[0], d, answer, nil); err != nil {
			return err
		}
		if !c.json {
			fmt.Fprintln(c.out, c.rulesLine(status))
		}
		if !d.Allow {
			return silently(exitDenied)
		}
		return nil
	}
	return cmd
}

// rulesLine names rules: revision, bundle and digest.
func (c *command) rulesLine(s house.RulesStatus) string {
	return fmt.Sprintf("%s %s  %x", c.say("规则", "rules"), c.bundleName(shelf.Act{Bundle: s.Bundle, Revision: s.Revision}), s.Digest)
}

// read reads a file of bounded size. A file's name may name a person, and is not
// repeated in errors.
func (c *command) read(name string) ([]byte, error) {
	const most = 1<<20 + 1
	if name == "-" {
		b, err := io.ReadAll(io.LimitReader(c.in, most))
		if err != nil {
			return nil, fail(exitInput, errors.New("read standard input"))
		}
		return b, nil
	}
	f, err := openInput("input", name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil, fail(exitInput, errors.New("read input"))
	}
	return b, nil
}

// A said is one code in words.
type said struct {
	Code  agent.Code `json:"code"`
	Text  string     `json:"text"`
	Cites []string   `json:"cites"`
}

func (c *command) inWords(h *house.House, codes []agent.Code) []said {
	out := []said{}
	for _, code := range codes {
		text, cites, _ := h.Explain(code, c.lang)
		out = append(out, said{code, cmp.Or(text, string(code)), cites})
	}
	return out
}

// printAnswer prints the answer of a point with every code in words, and what
// the input said, if the caller has put it together itself.
func (c *command) printAnswer(h *house.House, point string, d agent.Decision, answer any, input any) error {
	var more struct {
		Reasons []agent.Code
		Improve []agent.Code
	}
	if j, ok := answer.(agent.Judgement); ok {
		more.Reasons, more.Improve = j.Reasons, j.Improve
	}
	if c.json {
		rules := h.Policy.Digest()
		b, err := json.Marshal(struct {
			Point    string `json:"point"`
			Rules    string `json:"rules"`
			Input    any    `json:"input,omitempty"`
			Answer   any    `json:"answer"`
			Texts    []said `json:"texts"`
			Revision string `json:"revision"`
		}{point, fmt.Sprintf("%x", rules), input, answer,
			c.inWords(h, slices.Concat(d.Denials, d.Obligations, more.Reasons, more.Improve)), h.Policy.Revision()})
		if err != nil {
			return errors.New("encode answer")
		}
		_, err = c.out.Write(append(b, '\n'))
		return err
	}
	w := new(strings.Builder)
	verdict := c.say("允许", "allowed")
	if !d.Allow {
		verdict = c.say("不允许", "denied")
	}
	fmt.Fprintf(w, "%s: %s\n", point, verdict)
	list := func(head string, codes []agent.Code) {
		if len(codes) == 0 {
			return
		}
		fmt.Fprintln(w, head)
		for _, s := range c.inWords(h, codes) {
			fmt.Fprintf(w, "  %s  %s\n", s.Code, s.Text)
			for _, cite := range s.Cites {
				fmt.Fprintf(w, "    %s\n", cite)
			}
		}
	}
	list(c.say("不允许的原因", "Denials"), d.Denials)
	list(c.say("须同时做到", "Obligations"), d.Obligations)
	line := func(zh, en, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s: %s\n", c.say(zh, en), value)
		}
	}
	switch a := answer.(type) {
	case agent.Judgement:
		line("结果", "outcome", a.Outcome)
		line("逾期类别", "overdue class", a.OverdueClass)
		line("还款能力", "capacity band", a.Band)
		line("处置建议", "disposition", a.Disposition)
		if n, ok := a.Offer.Value(); ok {
			line("可批金额（分）", "offer (fen)", fmt.Sprint(n))
		}
		list(c.say("理由", "Reasons"), a.Reasons)
		list(c.say("怎样能改变结果", "What would change the answer"), a.Improve)
	case agent.Disclosure:
		line("可对外提供", "may leave", strings.Join(a.Claims, ", "))
		if a.ValidFor > 0 {
			line("有效期（秒）", "valid for (seconds)", fmt.Sprint(a.ValidFor))
		}
		if a.Retraction {
			line("可告知", "may be told", c.say("此前的判定不再有效", "that the earlier verdict holds no longer"))
		}
	case agent.Retention:
		line("处理", "action", a.Action)
		line("下次复查", "ask again", instant(a.Until))
	case agent.RightsAnswer:
		line("处理", "action", a.Action)
		line("期限", "due", instant(a.DueAt))
	case agent.ContactAnswer:
		line("最早可联系时间", "not before", instant(a.NotBefore))
	}
	_, err := io.WriteString(c.out, w.String())
	return err
}

// instant writes an instant in China's time; "" if there is none.
func instant(n agent.Int) string {
	if v, ok := n.Value(); ok {
		return time.Unix(v, 0).In(agent.Zone).Format("2006-01-02 15:04:05 UTC+8")
	}
	return ""
}
