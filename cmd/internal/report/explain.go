package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/explanation"
)

// Contacts are where a borrower turns to, in the lender's own words. What is empty
// is said to be missing.
type Contacts struct{ Objections, Complaints, Authority string }

// codes that head the parts of an explanation: their articles are what a part
// rests on.
const (
	codeExplained agent.Code = "rights.rules_explained"
	codeReview    agent.Code = "judge.review_offered"
	codeRemedy    agent.Code = "rights.remedy_told"
)

// WriteSheet prints what a borrower is told: what was answered, at most four
// reasons with their rule and what would change each, and what the borrower can do
// about it.
func WriteSheet(w io.Writer, lang Lang, s *explanation.Sheet, c Contacts, explain Explainer) error {
	t := texts{lang}
	var b strings.Builder
	say := func(code agent.Code) string {
		title, _, ok := explain(code, string(lang))
		if !ok {
			return string(code)
		}
		return title
	}
	cites := func(indent string, code agent.Code) {
		_, cites, _ := explain(code, string(lang))
		for _, cite := range cites {
			fmt.Fprintf(&b, "%s%s\n", indent, cite)
		}
	}
	fmt.Fprintf(&b, "%s · %s %s\n\n", t.s("explain.title"), t.s("case"), s.Case)
	switch {
	case s.Outcome == "":
		label := "explain.unjudged"
		if s.Seen {
			label = "explain.undecided"
		}
		fmt.Fprintf(&b, "%s\n", t.s(label))
		for _, code := range s.Denials {
			fmt.Fprintf(&b, "  - %s\n", say(code))
			cites("      ", code)
		}
	default:
		answer := s.Disposition
		if s.Outcome == "inconclusive" && answer == "none" {
			answer = "pending"
		}
		if s.Outcome == "fail" && answer == "decline" { // no document changes that
			answer = "refused"
		}
		fmt.Fprintf(&b, "%s\n", t.s("explain.answer."+answer))
		if n := yuan(s.Offer); n != "" {
			fmt.Fprintf(&b, "%s: %s\n", t.s("offer"), n)
		}
		if s.Unwilling {
			fmt.Fprintf(&b, "%s\n", t.s("explain.unwilling"))
		}
		if s.Person != "" {
			fmt.Fprintf(&b, "%s\n", t.s("explain.person."+s.Person))
		}
	}
	told := map[agent.Code]bool{}
	remedies := func(list []agent.Code) {
		again := false
		for _, code := range list {
			if told[code] { // once is enough
				again = true
				continue
			}
			told[code] = true
			fmt.Fprintf(&b, "     · %s\n", say(code))
			if code == explanation.CodeStatements && s.Months != nil {
				for _, line := range t.months(s.Months) {
					fmt.Fprintf(&b, "       %s\n", line)
				}
			}
		}
		if again {
			fmt.Fprintf(&b, "     · %s\n", t.s("explain.again"))
		}
	}
	if len(s.Reasons) > 0 {
		fmt.Fprintf(&b, "\n%s\n", t.s("explain.why"))
	}
	for i, r := range s.Reasons {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, say(r.Code))
		cites("     ", r.Code)
		if len(r.Improve) > 0 {
			fmt.Fprintf(&b, "     %s\n", t.s("explain.change"))
			remedies(r.Improve)
		} else if s.Outcome != "pass" {
			fmt.Fprintf(&b, "     %s\n", t.s("explain.person"))
		}
	}
	if len(s.More) > 0 {
		fmt.Fprintf(&b, "\n%s\n", t.s("explain.more"))
		remedies(s.More)
	}
	for _, kind := range s.Withheld {
		fmt.Fprintf(&b, "\n%s\n", t.s("explain.withheld."+kind))
	}
	part := func(key string, code agent.Code, lines ...string) {
		fmt.Fprintf(&b, "\n%s\n", t.s(key))
		for _, l := range lines {
			fmt.Fprintf(&b, "  %s\n", l)
		}
		cites("  ", code)
	}
	channel := func(key, text string) string {
		if text == "" {
			text = t.s("explain.missing")
		}
		return t.s(key) + ": " + text
	}
	part("explain.review", codeReview, channel("explain.objections", c.Objections))
	part("explain.complain", codeRemedy, channel("explain.complaints", c.Complaints), channel("explain.authority", c.Authority), t.s("explain.court"))
	part("explain.right", codeExplained)
	_, err := io.WriteString(w, b.String())
	return err
}

// months tells which months of statements are meant, which of them are missing, and
// where it is too late for these.
func (t texts) months(m *explanation.Months) (lines []string) {
	day, month := "2 January 2006", "January 2006"
	if t.lang == Chinese {
		day, month = "2006年1月2日", "2006年1月"
	}
	in := func(d agent.Date, layout string) string { return d.Time().In(agent.Zone).Format(layout) }
	lines = append(lines, fmt.Sprintf(t.s("explain.months"), in(m.AsOf, day), m.Wanted, in(m.From, month), in(m.To, month)))
	if len(m.Missing) > 0 {
		var names []string
		for _, d := range m.Missing {
			names = append(names, in(d, month))
		}
		lines = append(lines, fmt.Sprintf(t.s("explain.months.missing"), strings.Join(names, t.s("comma")), len(names)))
	}
	lines = append(lines, t.s("explain.months.kinds"))
	if m.Stale {
		lines = append(lines, fmt.Sprintf(t.s("explain.months.stale"), m.Wanted))
	}
	return lines
}

// WriteFacts prints every fact of an answer with what it rests on, and the records
// behind them. denials says why the records were not opened.
func WriteFacts(w io.Writer, lang Lang, fd *agent.Finding, behind []agent.Behind, denials []agent.Code, explain Explainer) error {
	t := texts{lang}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s · %s\n", t.s("case"), fd.Case, t.s("purpose."+string(fd.Purpose)))
	if j := fd.Result.Judgement; j != nil {
		fmt.Fprintf(&b, "%s: %s · %s: %s · %s: %s\n", t.s("outcome"), t.s("outcome."+j.Outcome), t.s("band"), t.band(j.Band),
			t.s("disposition"), t.s("disposition."+j.Disposition))
		t.codes(&b, t.s("reasons"), j.Reasons, explain)
		t.codes(&b, t.s("improve"), j.Improve, explain)
	}
	for _, d := range fd.Result.Denials {
		t.codes(&b, t.s("denied")+" · "+t.s("point."+d.Point), d.Codes, explain)
	}
	part := ""
	for _, f := range explanation.Facts(fd) {
		if p, _, _ := strings.Cut(f.Path, "."); p != part {
			part = p
			fmt.Fprintf(&b, "\n%s\n", t.s("part."+p))
		}
		if f.Why == explanation.WhyUntold {
			continue
		}
		from := f.Used
		if f.Why == explanation.WhyMissing {
			from = f.From
		}
		value := t.fact(f)
		if f.Why != "" {
			value = t.s("why." + f.Why)
		}
		fmt.Fprintf(&b, "  %s%s  ← %s", pad(t.s("fact."+f.Path), 28), value, t.categories(from))
		if lacking := lacking(f); f.Why == explanation.WhyNotEnough && len(lacking) > 0 {
			b.WriteString(t.aside(t.s("why.lacking") + ": " + t.categories(lacking)))
		}
		b.WriteByte('\n')
		if codes, ok := f.Value.([]string); ok && f.Unit == explanation.UnitCodes {
			for _, c := range codes {
				word, _ := CodeWord(lang, c)
				fmt.Fprintf(&b, "    %s%s\n", pad(c, 26), word)
			}
		}
		for _, entry := range t.entries(f.Value) {
			fmt.Fprintf(&b, "    %s\n", entry)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", t.s("behind"))
	if len(denials) > 0 {
		t.codes(&b, t.s("behind.denied"), denials, explain)
	} else if len(behind) == 0 {
		fmt.Fprintf(&b, "  %s\n", t.s("behind.none"))
	}
	for _, r := range behind {
		line := fmt.Sprintf("  %s%s  %s", pad(t.s("category."+string(r.Category)), 18), pad(t.s("source."+r.Source), 12),
			time.Unix(r.CollectedAt, 0).In(agent.Zone).Format("2006-01-02 15:04"))
		if r.Format != "" {
			line += "  " + t.account(r.Account, r.Format, r.From, r.To, r.Rows)
		}
		if r.Later {
			line += "  " + t.s("behind.later")
		}
		fmt.Fprintln(&b, line)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// entries tells each reason that was looked at, and each stream of income, in a line.
func (t texts) entries(value any) (lines []string) {
	words := func(codes []string, of func(string) string) string {
		var out []string
		for _, c := range codes {
			out = append(out, of(c))
		}
		return strings.Join(out, t.s("comma"))
	}
	code := func(c string) string {
		if word, ok := CodeWord(t.lang, c); ok {
			return word
		}
		return c
	}
	line := func(parts ...string) {
		var said []string
		for i := 0; i+1 < len(parts); i += 2 {
			switch label, text := parts[i], parts[i+1]; {
			case text == "":
			case label == "":
				said = append(said, text)
			default:
				said = append(said, t.s(label)+": "+text)
			}
		}
		lines = append(lines, strings.Join(said, " · "))
	}
	switch list := value.(type) {
	case []agent.ReasonFacts:
		for i := range list {
			r := &list[i]
			by := "entry.shown"
			if r.Claimed {
				by = "entry.claimed"
			}
			line("", t.s("reason."+r.Reason)+t.aside(t.s(by)), "", t.s("support."+r.Support), "entry.strength", t.s("grade."+r.Strength),
				"entry.for", words(r.For, code), "entry.against", words(r.Against, code),
				"entry.needed", words(r.Needed, func(kind string) string { return t.s("proof." + kind) }))
		}
	case []agent.StreamFacts:
		for i := range list {
			s := &list[i]
			by := "entry.told"
			if s.Counted {
				by = "entry.counted"
			}
			last := ""
			if s.LastOn != 0 {
				last = s.LastOn.String()
			}
			line("", t.s("stream."+s.Kind)+t.aside(t.s(by)), "entry.monthly", yuan(s.Monthly), "", count(s.Months, t.s("months")),
				"entry.last", last, "entry.trend", percent(s.TrendBP), "entry.variation", percent(s.VariationBP))
		}
	}
	return lines
}

// lacking lists what could carry a fact and was not there.
func lacking(f explanation.Fact) (out []agent.Category) {
	for _, c := range f.From {
		if !slices.Contains(f.Used, c) {
			out = append(out, c)
		}
	}
	return out
}

// fact writes a value with its unit.
func (t texts) fact(f explanation.Fact) string {
	switch v := f.Value.(type) {
	case nil:
		return t.s("why.unsaid")
	case []string:
		if len(v) == 0 {
			return "—"
		}
		if f.Unit == explanation.UnitMonth {
			return strings.Join(v, t.s("comma"))
		}
		return many(int64(len(v)), t.s("unit.list")) // each is told below
	case []agent.ReasonFacts:
		return many(int64(len(v)), t.s("unit.list"))
	case []agent.StreamFacts:
		return many(int64(len(v)), t.s("unit.list"))
	case int64:
		switch f.Unit {
		case explanation.UnitFen:
			return yuan(agent.Known(v))
		case explanation.UnitBP:
			return percent(agent.Known(v))
		case explanation.UnitCount:
			return fmt.Sprint(v)
		}
		return many(v, t.s("unit."+f.Unit))
	case string:
		if group, ok := valueGroup[f.Path]; ok {
			return t.s(group + "." + v)
		}
		return t.s(v)
	}
	return ""
}

// valueGroup names the words for the codes of a fact. A fact without one says yes,
// no, a day, or its code.
var valueGroup = map[string]string{
	"identity.assurance": "assurance", "identity.number_form": "form", "identity.refuted": "refuted", "identity.takeover": "suspicion",
	"identity.document": "document", "overdue.claim": "reason", "overdue.bank_return": "return", "contract.limit_kind": "limit", "overdue.support": "support", "capacity.evidence": "grade", "capacity.cure_chance": "chance", "conduct.forgery": "suspicion",
}

func (t texts) categories(list []agent.Category) string {
	if len(list) == 0 {
		return "—"
	}
	var out []string
	for _, c := range list {
		out = append(out, t.s("category."+string(c)))
	}
	return strings.Join(out, t.s("comma"))
}

// Label returns one label of a report in a language.
func Label(lang Lang, key string) string { return texts{lang}.s(key) }
