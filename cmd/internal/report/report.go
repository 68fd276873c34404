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
	id, ov, ca := &r.Facts.Identity, &r.Facts.Overdue, &r.Facts.Capacity
	add("assurance", t.s("assurance."+id.Assurance))
	add("number_form", t.s("form."+id.NumberForm))
	add("age", count(id.Age, ""))
	add("refuted", t.yes(id.Refuted))
	if r.Purpose == agent.PurposeOverdue {
		late, label := count(ov.DaysPastDue, t.s("days")), "late"
		if days := ov.DaysPastDue.Or(0); days < 0 {
			late, label = count(agent.Known(-days), t.s("days")), "ahead"
		}
		if late != "" {
			late += " (" + ov.Bucket + ")"
		}
		add(label, late)
		add("late_amount", yuan(ov.AmountPastDue))
		if ov.Claim != "" {
			add("claim", t.s("reason."+ov.Claim)+" — "+t.s("support."+ov.Support))
		}
		add("for", strings.Join(ov.For, " "))
		add("against", strings.Join(ov.Against, " "))
	}
	add("declared", yuan(ca.DeclaredIncome))
	income := yuan(ca.VerifiedIncome)
	if n, ok := ca.IncomeMonths.Value(); ok && income != "" {
		income += fmt.Sprintf(" (%d %s)", n, t.s("months"))
	}
	add("income", income)
	add("obligations_m", yuan(ca.Obligations))
	add("dsr", percent(ca.DebtServiceBP))
	add("residual", yuan(ca.Residual))
	add("affordable", yuan(ca.Affordable))
	add("requested", yuan(ca.Requested))
	add("lenders", count(ca.Lenders, ""))
	add("evidence", t.s("grade."+ca.Evidence))
	if n, ok := ca.StatementRows.Value(); ok {
		add("rows", fmt.Sprintf("%d (%s %d)", n, t.s("unknown_kind"), ca.StatementUnknown.Or(0)))
	}
	add("warnings", strings.Join(ca.StatementWarnings, " "))
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
			fmt.Fprintf(b, "      %s\n", cite)
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
		fmt.Fprintf(b, "  %s: %s\n", t.s("obligations"), strings.Join(said, "; "))
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
	fmt.Fprintf(b, "  %s %s (%s) %s – %s: %d %s\n", t.s("statement"), st.Account, st.Format, st.From, st.To, st.Rows, t.s("rows_word"))
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", t.s("kind."+k.String()), counts[k]))
	}
	if st.Refused > 0 {
		parts = append(parts, fmt.Sprintf("%s %d", t.s("refused"), st.Refused))
	}
	fmt.Fprintf(b, "    %s", strings.Join(parts, " · "))
	if unsettled > 0 {
		fmt.Fprintf(b, "  (%s %d)", t.s("unsettled"), unsettled)
	}
	b.WriteByte('\n')
	if len(st.Warnings) > 0 {
		fmt.Fprintf(b, "    %s: %s\n", t.s("warnings"), strings.Join(st.Warnings, " "))
	}
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
		fmt.Fprintf(b, "  %s │ %s\n", pad(cell(left, ll, i), w), cell(right, rl, i))
	}
}

// wrap breaks long values, which are lists of codes, at their spaces.
func wrap(rows []Row) (out []Row) {
	const most = 44
	for _, r := range rows {
		line := ""
		for _, word := range strings.Split(r.Value, " ") {
			if line != "" && Width(line)+1+Width(word) > most {
				out = append(out, Row{r.Label, line})
				r.Label, line = "", ""
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
		out = append(out, Row{r.Label, line})
	}
	return out
}

// Width is how many columns of a terminal a text takes: two for each wide rune.
func Width(s string) (n int) {
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

func pad(s string, w int) string {
	if d := w - Width(s); d > 0 {
		return s + strings.Repeat(" ", d)
	}
	return s
}

func (t texts) yes(v agent.Tri) string {
	if v == agent.Unknown {
		return ""
	}
	return t.s(v.String())
}

func (t texts) band(b string) string {
	if b == agent.NotAvailable || b == "" {
		return t.s("outcome." + agent.NotAvailable)
	}
	return b
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
	return fmt.Sprintf("¥%s%s.%02d", sign, whole, v%100)
}

func percent(n agent.Int) string {
	v, ok := n.Value()
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d.%02d %%", v/100, v%100)
}

func count(n agent.Int, unit string) string {
	v, ok := n.Value()
	if !ok {
		return ""
	}
	if unit == "" {
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%d %s", v, unit)
}
