// Package handbook writes the rule book that a compliance officer reads: which
// article is enforced by which rule, what each rule asks, which scenarios prove
// it, which figures it rests on, and how to change one and see what follows.
//
// It promises that everything in it comes from the bundle, its annotations, its
// registers and the scenarios; a test holds that the committed handbook is the
// one that this package writes. What the rules decide is package policy's
// business.
package handbook

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/policy"
)

// A Scenario is what the handbook tells of one: see package scenario.
type Scenario struct {
	ID, Point string
	Title     policy.Words
	Situation policy.Words
	Allow     bool
	Proves    []string // codes
	Spares    []string
}

// Markdown writes the handbook in a language, "zh" or "en".
func Markdown(b *policy.Book, digest [32]byte, scenarios []Scenario, lang string) []byte {
	return compose(b, digest, scenarios, lang).markdown()
}

// HTML writes the same as one page without anything from elsewhere.
func HTML(b *policy.Book, digest [32]byte, scenarios []Scenario, lang string) []byte {
	return compose(b, digest, scenarios, lang).html()
}

type writer struct {
	*document
	b         *policy.Book
	scenarios []Scenario
	proves    map[string][]string // code to scenario ids
	spares    map[string][]string
	codes     map[string][]string // article to codes
}

// say picks the words of the language.
func (w *writer) say(zh, en string) string { return policy.Words{ZH: zh, EN: en}.In(w.lang) }

func compose(b *policy.Book, digest [32]byte, scenarios []Scenario, lang string) *document {
	w := &writer{document: &document{lang: lang}, b: b, scenarios: scenarios,
		proves: map[string][]string{}, spares: map[string][]string{}, codes: map[string][]string{}}
	for _, s := range scenarios {
		for _, c := range s.Proves {
			w.proves[c] = append(w.proves[c], s.ID)
		}
		for _, c := range s.Spares {
			w.spares[c] = append(w.spares[c], s.ID)
		}
	}
	for _, p := range b.Points {
		for _, c := range p.Codes {
			for _, id := range c.Cites {
				w.codes[id] = append(w.codes[id], c.Code)
			}
		}
	}
	w.title = w.say("验门规则手册", "The rule book of Yanmen")
	w.p(w.say("本手册由规则包自动生成，请勿手工修改。规则包摘要（SHA-256）：", "This handbook is generated from the bundle of rules; do not edit it. Digest of the bundle (SHA-256): ") + hex.EncodeToString(digest[:]))
	w.reading()
	w.matrix()
	w.points()
	w.registers()
	w.figures()
	w.audit()
	w.change()
	w.list()
	return w.document
}

func (w *writer) reading() {
	w.h2(w.say("怎样读这本手册", "How to read it"))
	w.p(w.say("每条规则都写成“证明成立才允许”：缺少任何一项证明，就按对应代码拒绝；规则出错、超时或没有答案，一律按 policy.undecided 拒绝。",
		"Every rule asks for a proof and denies, by its code, where the proof is missing. Rules that err, time out or give no answer deny with policy.undecided."))
	w.p(w.say("依据状态：V 为已核对法规全文；VS 为据可靠的二手来源；M 为待确认，发布前须由律师核对；P 为本产品或市场惯例，不是法律。本手册不构成法律意见。",
		"Status of a source: V was read in the full primary text; VS is from a secondary source; M is to be confirmed by a lawyer before release; P is a rule of this product or market practice, not law. Nothing here is legal advice."))
	w.p(w.say(fmt.Sprintf("规则包自带的测试覆盖了 %d 行判断语句中的 %d 行；手册所列情景共 %d 个。", w.b.Lines, w.b.Covered, len(w.scenarios)),
		fmt.Sprintf("The bundle's own tests reach %d of the %d lines that decide something. There are %d scenarios.", w.b.Covered, w.b.Lines, len(w.scenarios))))
}

// status says M in words: nobody should take it for settled.
func (w *writer) status(s string) string {
	if s == "M" {
		return w.say("M（待确认）", "M (to confirm)")
	}
	return s
}

func (w *writer) matrix() {
	w.h2(w.say("条文对照", "From article to rule"))
	byLaw := map[string][]policy.Article{}
	var laws []string
	for _, a := range w.b.Articles {
		if byLaw[a.Law] == nil {
			laws = append(laws, a.Law)
		}
		byLaw[a.Law] = append(byLaw[a.Law], a)
	}
	// The law this is all about first, the product's own rules last.
	slices.SortStableFunc(laws, func(a, b string) int {
		weight := func(s string) int { return map[string]int{"PIPL": -1, "YM": 1}[s] }
		return cmp.Or(cmp.Compare(weight(a), weight(b)), cmp.Compare(a, b))
	})
	for _, id := range laws {
		l := w.b.Laws[id]
		title := cmp.Or(l.In(w.lang), id)
		if l.Since != "" {
			title += w.say("（自 "+l.Since+" 起施行）", " (in force since "+l.Since+")")
		}
		w.h3(title)
		var rows [][]string
		for _, a := range byLaw[id] {
			codes := slices.Compact(slices.Sorted(slices.Values(w.codes[a.ID])))
			by := strings.Join(codes, ", ")
			if a.Outside != nil {
				by = w.say("不由规则执行：", "not enforced by a rule: ") + a.Outside.In(w.lang)
			}
			n := 0
			for _, s := range w.scenarios {
				if slices.ContainsFunc(codes, func(c string) bool { return slices.Contains(s.Proves, c) }) {
					n++
				}
			}
			rows = append(rows, []string{a.ID, a.Article, w.status(a.Status), a.Text.In(w.lang), by, fmt.Sprint(n)})
		}
		w.table([]string{w.say("编号", "id"), w.say("条款", "article"), w.say("状态", "status"), w.say("要求", "what it requires"),
			w.say("执行的规则", "rules"), w.say("情景数", "scenarios")}, rows)
	}
}

var questions = map[string]policy.Words{
	"collect":  {ZH: "能否为此目的收集这些信息？", EN: "May these categories be taken in?"},
	"use":      {ZH: "现在能否为此目的打开这些信息？", EN: "May these categories be opened, now?"},
	"provide":  {ZH: "能否把这些信息提供给这一接收方？", EN: "May these categories be handed to this recipient?"},
	"judge":    {ZH: "这些事实意味着什么？", EN: "What do the facts mean?"},
	"disclose": {ZH: "哪些结论可以对外提供？", EN: "Which claims may leave?"},
	"retain":   {ZH: "这些信息现在应保留、限制处理、匿名化还是删除？", EN: "Is this kept, restricted, made anonymous or deleted now?"},
	"rights":   {ZH: "对行使权利的人应当怎样答复，何时之前？", EN: "What is owed to who exercises a right, and by when?"},
	"contact":  {ZH: "现在能否以这种方式联系此人？", EN: "May this person be contacted in this way, now?"},
	"access":   {ZH: "机构人员能否进行此操作？", EN: "May one of the staff do this?"},
	"policy":   {ZH: "规则有没有作答，是否已经过期？", EN: "Did the rules answer, and are they young enough?"},
	"consent":  {ZH: "这一事件能否接在此人已有的同意记录之后？", EN: "May this event follow what the ledger has of this person?"},
}

func (w *writer) points() {
	w.h2(w.say("决定点与规则", "Points of decision and their rules"))
	kinds := map[string]policy.Words{"denial": {ZH: "拒绝", EN: "denial"}, "obligation": {ZH: "义务", EN: "obligation"},
		"reason": {ZH: "理由", EN: "reason"}, "remedy": {ZH: "改善途径", EN: "remedy"},
		"row": {ZH: "处置表的行", EN: "row of the table"}}
	for _, p := range w.b.Points {
		w.h3(p.Name + ": " + questions[p.Name].In(w.lang))
		switch p.Name {
		case "policy":
			w.p(w.say("以下代码由运行规则的程序给出，不在规则包中，任何规则包都不能改变。", "The program that runs the rules gives these codes; they are in no bundle, and no bundle can change them."))
		case agent.PointConsent:
			w.p(w.say("以下代码由同意台账给出（yanmen consent record、import、withdraw）：登记一个事件之前，程序逐项核对，不符合的不登记，并以代码记入日志；最后几项说明同意终止后结论为何保留。台账是程序的一部分，由程序自身的测试验证，没有情景，任何规则包都不能改变。字段见 docs/schema/consent.zh-CN.md。",
				"The ledger of consents gives these codes (yanmen consent record, import, withdraw): before an event is recorded the program checks it, and what does not fit is not recorded and goes into the journal as its codes. The last ones say why an answer stays after a consent has ended. The ledger is part of the program and proved by the program's own tests: there are no scenarios, and no bundle can change it. Fields: docs/schema/consent.md."))
		}
		var rows [][]string
		for _, c := range p.Codes {
			kind := kinds[c.Kind].In(w.lang)
			if c.Gap {
				kind += w.say("（登记缺口）", " (gap)")
			}
			place := ""
			if c.File != "" {
				place = fmt.Sprintf("%s:%d", c.File, c.Line)
			}
			rows = append(rows, []string{c.Code, kind, c.Title.In(w.lang), w.cited(c.Cites), some(w.proves[c.Code]), some(w.spares[c.Code]), place})
		}
		w.table([]string{w.say("代码", "code"), w.say("种类", "kind"), w.say("含义", "meaning"), w.say("依据", "rests on"),
			w.say("证明它的情景", "proved by"), w.say("不应触发的最近情景", "spared by"), w.say("规则位置", "place")}, rows)
	}
}

// some names a few of many.
func some(ids []string) string {
	if len(ids) > 3 {
		return strings.Join(ids[:3], ", ") + fmt.Sprintf(" (+%d)", len(ids)-3)
	}
	return strings.Join(ids, ", ")
}

func (w *writer) cited(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id
		if j := slices.IndexFunc(w.b.Articles, func(a policy.Article) bool { return a.ID == id }); j >= 0 && w.b.Articles[j].Status == "M" {
			out[i] += w.say("（待确认）", " (to confirm)")
		}
	}
	return strings.Join(out, ", ")
}

func (w *writer) figures() {
	w.h2(w.say("数值索引", "Index of figures"))
	w.p(w.say("规则中不写数值：以下各值都在规则包的数据文件中，由合规人员修改；以 yanmen.yaml 开头的是代理配置的默认值，由机构在配置中修改。", "No figure stands in a rule: all of these are in the bundle's data and the compliance officer's to change. What begins with yanmen.yaml is a default of the agent's configuration, to be changed there."))
	var rows [][]string
	for _, f := range w.b.Figures {
		rows = append(rows, []string{f.Path, f.Value, f.Since, w.cited(f.Cites)})
	}
	w.table([]string{w.say("位置", "path"), w.say("值", "value"), w.say("自何时起", "since"), w.say("来源", "source")}, rows)
}

func (w *writer) audit() {
	w.h2(w.say("审计证据", "Audit evidence"))
	w.p(w.say("下表把合规审计指引的主题与导出证据的命令对应起来；指引的条目编号多数待确认，因此按主题和条文列出。",
		"Topics of the annex to the compliance-audit measures, and the command that gives the evidence. Most of the annex's numbers are to be confirmed; topics are named by what they are about."))
	audit, _ := w.b.Data["audit"].(map[string]any)
	var rows [][]string
	for _, t := range list(audit["topics"]) {
		m, _ := t.(map[string]any)
		command := text(m["command"])
		if command == "" {
			command = w.say("由机构另行保存", "kept by the lender elsewhere")
		}
		rows = append(rows, []string{text(m[map[bool]string{true: "zh", false: "en"}[w.lang == "zh"]]), w.cited(texts(m["articles"])), command})
	}
	w.table([]string{w.say("主题", "topic"), w.say("条文", "articles"), w.say("命令", "command")}, rows)
}

func (w *writer) change() {
	w.h2(w.say("修改一个数值，看会发生什么", "Change a figure and see what follows"))
	w.p(w.say("以缩短保存期限为例：导出规则包，在副本的 yanmen/catalogue/data.yaml 里改 days，比较两份规则，再用历史决定重放。任何一步都不影响正在运行的规则。",
		"For example a shorter retention: export the bundle, change days in yanmen/catalogue/data.yaml of the copy, compare the two, and decide the past again. None of this touches the rules that run."))
	w.code("yanmen policy export rules-new\n" +
		"vi rules-new/yanmen/catalogue/data.yaml\n" +
		"yanmen policy diff rules-new\n" +
		"yanmen policy test --rules rules-new --scenarios policy/scenarios\n" +
		"yanmen policy replay --against rules-new")
	w.p(w.say("确认之后，构建、签名并安装：", "Once it is right, build, sign and install it:"))
	w.code("yanmen policy build rules-new -o rules-new.tar.gz\n" +
		"yanmen policy sign rules-new.tar.gz --key officer.key\n" +
		"yanmen policy install rules-new.tar.gz --approved-by officer-7\n" +
		"yanmen policy rollback --approved-by officer-7")
}

func (w *writer) list() {
	w.h2(w.say("情景", "Scenarios"))
	if len(w.scenarios) == 0 {
		w.p(w.say("规则包不含情景，生成本手册时也没有给出情景目录，因此未列出；这不表示没有情景检验这些规则。",
			"A bundle holds no scenarios, and no folder of them was given when this was written: none are listed, which does not say that none prove the rules."))
	}
	var rows [][]string
	for _, s := range w.scenarios {
		answer := w.say("拒绝", "denied")
		if s.Allow {
			answer = w.say("允许", "allowed")
		}
		rows = append(rows, []string{s.ID, s.Point, s.Title.In(w.lang), s.Situation.In(w.lang), answer})
	}
	w.table([]string{w.say("编号", "id"), w.say("决定点", "point"), w.say("情景", "scenario"), w.say("情况", "situation"), w.say("结果", "answer")}, rows)
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func texts(v any) (out []string) {
	for _, e := range list(v) {
		out = append(out, text(e))
	}
	return out
}
