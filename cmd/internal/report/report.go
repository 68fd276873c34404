// Package report shows the answer to a case to a person of the lender: in one
// column what stays on the premises, in the other what leaves, and below them
// every reason and every denial in words, with its article. Chinese and
// English. It prints facts about a case to the lender's own terminal; names and
// document numbers are not among them.
package report

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/yanmen/yanmen/agent"
)

// Lang is the language of a report.
type Lang string

// The languages.
const (
	Chinese Lang = "zh"
	English Lang = "en"
)

// ParseLang reads zh or en.
func ParseLang(s string) (Lang, error) {
	if l := Lang(s); l == Chinese || l == English {
		return l, nil
	}
	return "", fmt.Errorf("language: want zh or en")
}

// DefaultLang is the language of the environment: Chinese where the locale is
// Chinese, else English.
func DefaultLang() Lang {
	for _, k := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(k); v != "" {
			if strings.HasPrefix(v, "zh") {
				return Chinese
			}
			return English
		}
	}
	return English
}

// Explainer puts a code of the rules into words, with the articles it rests on.
// ok is false for a code that the rules do not know.
type Explainer func(code agent.Code, lang string) (title string, cites []string, ok bool)

// A Row is one line of a column: a label and a value.
type Row struct{ Label, Value string }

// Write prints the report of one answer. statements are those that came with the
// file, if it is at hand: each of their rows is accounted for.
func Write(w io.Writer, lang Lang, r *agent.Result, explain Explainer, statements []*agent.Statement) error {
	t := texts{lang}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s · %s · %s %s\n", t.s("case"), r.Case, t.s("purpose."+string(r.Purpose)), t.s("subject"), r.Subject)
	left, right := wrap(t.stays(r)), wrap(t.leaves(r, explain))
	columns(&b, t.s("stays"), t.s("leaves"), left, right)
	if r.Judgement != nil {
		t.codes(&b, t.s("reasons"), r.Judgement.Reasons, explain)
		t.codes(&b, t.s("improve"), r.Judgement.Improve, explain)
	}
	for i, d := range r.Denials {
		if i > 0 && d.Point == agent.PointDisclose {
			// Nothing leaves because an earlier point denied: that is the reason.
			continue
		}
		t.codes(&b, t.s("denied")+" · "+t.s("point."+d.Point), d.Codes, explain)
	}
	obligations := r.Obligations
	if r.Review != nil && r.Review.DoneAt != 0 { // what asked for people is done
		obligations = slices.DeleteFunc(slices.Clone(obligations), func(c agent.Code) bool { return c == agent.CodeHumanReview || c == agent.CodeTwoPersons })
	}
	t.obligations(&b, obligations, explain)
	if r.Facts != nil {
		for _, st := range statements {
			t.statement(&b, st)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Claims returns what a verdict says, line by line, as the platform sees it.
func Claims(lang Lang, c *agent.Claims) []Row {
	t := texts{lang}
	rows := []Row{
		{t.s("outcome"), t.s("outcome." + c.Outcome)},
		{t.s("assurance"), t.s("assurance." + c.Assurance)},
		{t.s("class"), t.s("class." + c.Class)},
		{t.s("band"), t.band(c.Band)},
		{t.s("disposition"), t.s("disposition." + c.Disposition)},
	}
	var reasons []string
	for _, r := range c.Reasons {
		reasons = append(reasons, string(r))
	}
	v := strings.Join(reasons, " ")
	if v == "" {
		v = "—"
	}
	return append(rows, Row{t.s("reasons"), v})
}

func (t texts) leaves(r *agent.Result, explain Explainer) []Row {
	if r.Leaves == nil {
		rows := []Row{{t.s("nothing"), ""}}
		if r.Recalled != nil {
			rows = append(rows, Row{t.s("recalled"), r.Recalled.ID})
		}
		return rows
	}
	rows := Claims(t.lang, &r.Leaves.Claims)
	if told := r.Leaves.Claims.Reasons; len(told) > 0 {
		// The code is what leaves; who reads this wants to know what it says.
		rows = rows[:len(rows)-1]
		label := t.s("reasons")
		for _, c := range told {
			value := string(c)
			if title, _, ok := explain(c, string(t.lang)); ok {
				value = title + t.aside(value)
			}
			rows = append(rows, Row{label, value})
			label = ""
		}
	}
	if r.Leaves.Retraction() {
		rows = []Row{{t.s("retraction"), ""}}
	}
	rows = append(rows, Row{t.s("to"), r.Leaves.Platform},
		Row{t.s("until"), time.Unix(r.Leaves.ValidUntil, 0).In(agent.Zone).Format("2006-01-02 15:04")},
		Row{t.s("verdict"), r.Leaves.ID})
	if r.Leaves.Supersedes != "" {
		rows = append(rows, Row{t.s("supersedes"), r.Leaves.Supersedes})
	}
	if r.Stands != "" {
		title, _, ok := explain(r.Stands, string(t.lang))
		if !ok {
			title = string(r.Stands)
		}
		rows = append(rows, Row{t.s("stands"), title})
	}
	return rows
}

func (t texts) stays(r *agent.Result) []Row {
	if r.Facts == nil {
		return []Row{{t.s("unopened"), ""}}
	}
	var rows []Row
	add := func(label, value string) {
		if value != "" {
			rows = append(rows, Row{t.s(label), value})
		}
	}
	list := func(label string, codes []string) {
		for _, c := range codes {
			add(label, t.coded(c))
			label = ""
		}
	}
	signs := func(label, suspicion string) {
		if suspicion == agent.SuspicionSome || suspicion == agent.SuspicionStrong {
			add(label, t.s("suspicion."+suspicion))
		}
	}
	id, ov, ca := &r.Facts.Identity, &r.Facts.Overdue, &r.Facts.Capacity
	add("assurance", t.s("assurance."+id.Assurance))
	add("fact.identity.number_form", t.s("form."+id.NumberForm))
	add("fact.identity.age", count(id.Age, t.s("unit.years")))
	if id.Refuted != agent.Unknown {
		add("fact.identity.refuted", t.s("refuted."+id.Refuted.String()))
	}
	signs("fact.identity.takeover", id.Takeover)
	list("fact.identity.codes", id.Codes)
	if r.Purpose == agent.PurposeOverdue {
		late, label := count(ov.DaysPastDue, t.s("days")), "late"
		if days := ov.DaysPastDue.Or(0); days < 0 {
			late, label = count(agent.Known(-days), t.s("days")), "ahead"
		}
		if late != "" {
			late += t.aside(ov.Bucket)
		}
		add(label, late)
		add("fact.overdue.amount_past_due", yuan(ov.AmountPastDue))
		if ov.Claim != "" {
			claim := t.s("reason." + ov.Claim)
			if ov.Support != agent.ClaimNone {
				claim += " — " + t.s("support."+ov.Support)
			}
			add("claim", claim)
		}
		list("fact.overdue.for", ov.For)
		list("fact.overdue.against", ov.Against)
	}
	add("fact.capacity.declared_income", yuan(ca.DeclaredIncome))
	income := yuan(ca.VerifiedIncome)
	if months := count(ca.IncomeMonths, t.s("months")); months != "" && income != "" {
		income += t.aside(months)
	}
	add("fact.capacity.verified_income", income)
	add("fact.capacity.obligations", yuan(ca.Obligations))
	add("fact.capacity.debt_service_bp", percent(ca.DebtServiceBP))
	add("fact.capacity.residual", yuan(ca.Residual))
	add("fact.capacity.affordable", yuan(ca.Affordable))
	add("fact.capacity.requested", yuan(ca.Requested))
	if r.Purpose == agent.PurposeDrawdown {
		add("fact.contract.limit_left", yuan(r.Facts.Contract.LimitLeft))
	}
	add("fact.capacity.lenders", count(ca.Lenders, ""))
	add("fact.capacity.evidence", t.s("grade."+ca.Evidence))
	if n, ok := ca.StatementRows.Value(); ok {
		unknown := ""
		if n := ca.StatementUnknown.Or(0); n > 0 {
			unknown = t.aside(fmt.Sprintf("%s %d", t.s("fact.capacity.statement_unknown"), n))
		}
		add("fact.capacity.statement_rows", fmt.Sprint(n)+unknown)
	}
	list("fact.capacity.statement_warnings", ca.StatementWarnings)
	signs("fact.conduct.forgery", r.Facts.Conduct.Forgery)
	list("fact.conduct.codes", slices.DeleteFunc(slices.Clone(r.Facts.Conduct.Codes), func(c string) bool { return slices.Contains(ca.StatementWarnings, c) }))
	if j := r.Judgement; j != nil {
		add("outcome", t.s("outcome."+j.Outcome))
		if r.Purpose == agent.PurposeOverdue {
			add("class", t.s("class."+j.OverdueClass))
		}
		add("band", t.band(j.Band))
		add("disposition", t.s("disposition."+j.Disposition))
		add("offer", yuan(j.Offer))
	}
	rows = append(rows, t.terms(r)...)
	if r.Review != nil {
		add("review", t.review(r.Review))
	}
	return rows
}

// coded says a code of a check in words, and the code beside them, by which it can
// be looked up. Only a code that has no words stands alone.
func (t texts) coded(code string) string {
	if word, ok := CodeWord(t.lang, code); ok {
		return word + t.aside(code)
	}
	return code
}

// aside puts what is said beside something in brackets.
func (t texts) aside(s string) string {
	if t.lang == Chinese {
		return "（" + s + "）"
	}
	return " (" + s + ")"
}

func (t texts) codes(b *strings.Builder, head string, codes []agent.Code, explain Explainer) {
	if len(codes) == 0 {
		return
	}
	fmt.Fprintf(b, "  %s\n", head)
	for _, c := range codes {
		title, cites, ok := explain(c, string(t.lang))
		if !ok {
			title = t.s("undecided")
		}
		fmt.Fprintf(b, "    %s  %s\n", c, title)
		for _, cite := range cites {
			for i, line := range fold(cite, pageWidth) {
				fmt.Fprintf(b, "      %s%s\n", strings.Repeat("  ", min(i, 1)), line)
			}
		}
	}
}

// obligations prints what must be done besides, once where two points say it.
func (t texts) obligations(b *strings.Builder, codes []agent.Code, explain Explainer) {
	var said []string
	for _, c := range codes {
		if title, _, ok := explain(c, string(t.lang)); ok && !slices.Contains(said, title) {
			said = append(said, title)
		}
	}
	if len(said) > 0 {
		fmt.Fprintf(b, "  %s\n", t.s("obligations"))
	}
	for _, s := range said {
		fmt.Fprintf(b, "    %s\n", s)
	}
}

// statement accounts for every row of a statement: how many of which kind, how
// many moved no money, how many could not be read.
func (t texts) statement(b *strings.Builder, st *agent.Statement) {
	counts := map[agent.Kind]int{}
	unsettled := 0
	for i := range st.Transactions {
		counts[st.Transactions[i].Kind]++
		if st.Transactions[i].State != agent.StateSettled {
			unsettled++
		}
	}
	fmt.Fprintf(b, "  %s %s\n", t.s("statement"), t.account(st.Account, st.Format, st.From, st.To, st.Rows))
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", t.s("kind."+k.String()), counts[k]))
	}
	if st.Refused > 0 {
		parts = append(parts, fmt.Sprintf("%s %d", t.s("refused"), st.Refused))
	}
	line := "   "
	for i, p := range parts {
		if i < len(parts)-1 {
			p += " ·"
		}
		if Width(line)+Width(p) > pageWidth {
			fmt.Fprintln(b, line)
			line = "   "
		}
		line += " " + p
	}
	fmt.Fprintln(b, line)
	if unsettled > 0 {
		fmt.Fprintf(b, "    %s\n", strings.TrimSpace(t.aside(fmt.Sprintf("%s %d", t.s("unsettled"), unsettled))))
	}
	if len(st.Warnings) > 0 {
		fmt.Fprintf(b, "    %s\n", t.s("fact.capacity.statement_warnings"))
	}
	for _, c := range st.Warnings {
		fmt.Fprintf(b, "      %s\n", t.coded(c))
	}
}

// account names a statement: the lender's label, whose format, which days and how
// many rows.
func (t texts) account(label, format string, from, to agent.Date, rows int64) string {
	return fmt.Sprintf("%s%s %s – %s: %s", label, t.aside(t.s("format."+format)), from, to, many(rows, t.s("rows_word")))
}

// columns prints two columns side by side, padded by display width.
func columns(b *strings.Builder, leftHead, rightHead string, left, right []Row) {
	const gap = 2
	cell := func(rows []Row, labelWidth, i int) string {
		if i >= len(rows) {
			return ""
		}
		if rows[i].Value == "" {
			return rows[i].Label
		}
		return pad(rows[i].Label, labelWidth+gap) + rows[i].Value
	}
	labels := func(rows []Row) (n int) {
		for _, r := range rows {
			if r.Value != "" {
				n = max(n, Width(r.Label))
			}
		}
		return n
	}
	ll, rl := labels(left), labels(right)
	n, w := max(len(left), len(right)), Width(leftHead)
	for i := range left {
		w = max(w, Width(cell(left, ll, i)))
	}
	fmt.Fprintf(b, "  %s │ %s\n", pad(leftHead, w), rightHead)
	fmt.Fprintf(b, "  %s─┼─%s\n", strings.Repeat("─", w), strings.Repeat("─", 36))
	for i := range n {
		b.WriteString(strings.TrimRight("  "+pad(cell(left, ll, i), w)+" │ "+cell(right, rl, i), " ") + "\n")
	}
}

// How wide a value in a column, and a line of the page below its indent, may be.
const (
	valueWidth = 40
	pageWidth  = 100
)

// wrap breaks long values.
func wrap(rows []Row) (out []Row) {
	for _, r := range rows {
		for i, line := range fold(r.Value, valueWidth) {
			if i > 0 {
				r.Label, line = "", "  "+line
			}
			out = append(out, Row{r.Label, line})
		}
	}
	return out
}

// fold breaks a text into lines of no more than so many columns: at its spaces, and
// before or after a wide rune. No line begins with a mark that closes or ends with
// one that opens; a word that is longer than a line stays whole. There is one line
// at least.
func fold(s string, most int) (lines []string) {
	const closing, opening = "，。、；：？！）》”", "（《“"
	line, word, prev := "", "", ' '
	flush := func() {
		if line != "" && Width(line)+Width(strings.TrimRight(word, " ")) > most {
			lines, line = append(lines, strings.TrimRight(line, " ")), strings.TrimLeft(word, " ")
		} else {
			line += word
		}
		word = ""
	}
	for _, r := range s {
		wide := runeWidth(r) == 2 || runeWidth(prev) == 2
		if r == ' ' || prev != ' ' && wide && !strings.ContainsRune(closing, r) && !strings.ContainsRune(opening, prev) {
			flush()
		}
		word += string(r)
		prev = r
	}
	flush()
	return append(lines, strings.TrimRight(line, " "))
}

// Width is how many columns of a terminal a text takes: two for each wide rune.
func Width(s string) (n int) {
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

func pad(s string, w int) string {
	if d := w - Width(s); d > 0 {
		return s + strings.Repeat(" ", d)
	}
	return s
}

func (t texts) band(b string) string {
	if b == agent.NotAvailable || b == "" {
		return t.s("outcome." + agent.NotAvailable)
	}
	return b + t.aside(t.s("carried."+b))
}

func yuan(n agent.Int) string {
	v, ok := n.Value()
	if !ok {
		return ""
	}
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	whole := fmt.Sprint(v / 100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s¥%s.%02d", sign, whole, v%100)
}

func percent(n agent.Int) string {
	v, ok := n.Value()
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d.%02d%%", v/100, v%100)
}

func count(n agent.Int, unit string) string {
	v, ok := n.Value()
	if !ok {
		return ""
	}
	if unit == "" {
		return fmt.Sprint(v)
	}
	return many(v, unit)
}

// many counts in a unit; of one, English drops the ending of the plural.
func many(n int64, unit string) string {
	if n == 1 {
		if stem, ok := strings.CutSuffix(unit, "ies"); ok {
			unit = stem + "y"
		}
		unit = strings.TrimSuffix(unit, "s")
	}
	return fmt.Sprintf("%d %s", n, unit)
}
