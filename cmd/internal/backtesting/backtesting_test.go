package backtesting

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/cmd/internal/report"
	"github.com/yanmen/yanmen/policy"
)

// line judges by the debt service ratio alone: a new band every line basis points,
// and D and E are refused. Without a ratio there is no band, and over 100 % no
// judgement.
type line int64

func (l line) Judge(_ context.Context, in *agent.JudgeInput) agent.Judgement {
	v, ok := in.Capacity.DebtServiceBP.Value()
	j := agent.Judgement{Outcome: "inconclusive", Band: "U", Disposition: "decline"}
	j.Allow = true
	switch {
	case ok && v > 10_000:
		return agent.Judgement{Decision: agent.Decision{Denials: []agent.Code{"judge.out_of_range"}}}
	case ok:
		j.Row = "ratio.was_known"
		grade := min(v/int64(l), 4)
		j.Band, j.Outcome = bands[grade], "fail"
		if grade < 3 {
			j.Outcome, j.Disposition = "pass", "accept"
		}
	}
	return j
}

func (line) Digest() [32]byte { return [32]byte{1} }
func (line) Revision() string { return "2026-06-01.1" }

const mapText = `
purpose: application
id: 合同号
date: 放款日
outcome: {defaulted: [违约, "1"], paid: [正常, "0"]}
unknown: [NA]
facts:
  capacity.debt_service_bp: {column: 偿债比, unit: percent}
  capacity.evidence: {value: fair}
  conduct.times_late: {column: 逾期次数}
  overdue.claim: {column: 原因, words: {生病: illness, 失业: job_loss}}
`

func readMap(t testing.TB, text string) *Map {
	t.Helper()
	m, err := ReadMap([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func run(t testing.TB, text, history string, rules ...Rules) *Report {
	t.Helper()
	r, err := Run(context.Background(), strings.NewReader(history), readMap(t, text), "结果", rules...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const header = "合同号,放款日,偿债比,逾期次数,原因,结果,备注\n"

// A small history that can be counted by hand.
const small = header +
	"a1,2025-01-05,10%,0,生病,正常,x\n" + // A, paid
	"a2,2025/2/6,12.5,1,,0,\n" + // A, paid
	"a3,20250307,15,NA,失业,1,\"a \"\"quoted\"\", cell\"\n" + // A, defaulted
	"a4,2025年4月8日,55,3,,违约,\n" + // C under 20 %, B under 30 %; defaulted
	"a5,2025-05-09 10:00:00,65,2,,0,\n" + // D, C: paid
	"a6,2025-06-10,,0,,0,\n" + // U, paid
	"a7,2025-06-11,120,0,,1,\n" + // not judged, defaulted
	"a1,2025-06-12,10,0,,0,\n" + // the id stood before
	"a8,2025-06-31,10,0,,0,\n" + // no such date
	"a9,2025-06-30,10,0,别的,0,\n" + // no such word
	"b1,2025-06-30,ten,0,,0,\n" +
	"b2,2025-06-30,10,1.5,,0,\n" +
	"b3,2025-06-30,10,0,,还款中,\n" +
	"b4,2025-06-30,10,0,,,\n" +
	"b5,2025-06-30,10,0,,0\n" +
	"b6,2025-06-30,10,0,,0,\"open\n" +
	",2025-06-30,10,0,,0,\n" +
	"\n" +
	"b7,2025-06-30,10,0,,0,\xff\n"

func TestRun_accountsForEveryRow(t *testing.T) {
	r := run(t, mapText, small, line(2000))
	want := map[string]int64{"id.repeated": 1, "date.malformed": 1, "fact.malformed overdue.claim": 1, "fact.malformed capacity.debt_service_bp": 1,
		"fact.malformed conduct.times_late": 1, "outcome.malformed": 1, "outcome.open": 1, "columns.differ": 1, "quotes.malformed": 1, "id.missing": 1, "text.malformed": 1}
	if !maps.Equal(r.Rows.LeftOut, want) {
		t.Errorf("left out = %v, want %v", r.Rows.LeftOut, want)
	}
	if r.Rows.Read != 18 || r.Rows.Used != 7 {
		t.Errorf("%d rows read and %d used, want 18 and 7", r.Rows.Read, r.Rows.Used)
	}
	for code := range r.Rows.LeftOut {
		cause, _, _ := strings.Cut(code, " ")
		if causes[cause][0] == "" || causes[cause][1] == "" {
			t.Errorf("the cause %s has no words", cause)
		}
	}
	if got, want := r.Facts, []Coverage{{"capacity.debt_service_bp", false, 6}, {"capacity.evidence", true, 7}, {"conduct.times_late", false, 6}, {"overdue.claim", false, 2}}; !slices.Equal(got, want) {
		t.Errorf("facts = %v, want %v", got, want)
	}
}

func counts(groups []Group) string {
	var out []string
	for _, g := range groups {
		out = append(out, fmt.Sprintf("%s %d/%d", g.Name, g.Defaults, g.N))
	}
	return strings.Join(out, ", ")
}

func TestRun_countsWhatTheHandCounts(t *testing.T) {
	r := run(t, mapText, small, line(2000), line(3000))
	for i, want := range []struct{ bands, dispositions, outcomes, accepted string }{
		{"A 1/3, B 0/0, C 1/1, D 0/1, E 0/0, U 1/2", "accept 2/4, decline 0/2, denied 1/1", "denied 1/1, fail 0/1, inconclusive 0/1, pass 2/4", "2/4"},
		{"A 1/3, B 1/1, C 0/1, D 0/0, E 0/0, U 1/2", "accept 2/5, decline 0/1, denied 1/1", "denied 1/1, inconclusive 0/1, pass 2/5", "2/5"},
	} {
		j := r.Judged[i]
		if got := counts(j.Bands); got != want.bands {
			t.Errorf("bands of %d = %s, want %s", i, got, want.bands)
		}
		if got := counts(j.Dispositions); got != want.dispositions {
			t.Errorf("dispositions of %d = %s, want %s", i, got, want.dispositions)
		}
		if got := counts(j.Outcomes); got != want.outcomes {
			t.Errorf("outcomes of %d = %s, want %s", i, got, want.outcomes)
		}
		if got := fmt.Sprintf("%d/%d", j.Accepted.Defaults, j.Accepted.N); got != want.accepted {
			t.Errorf("accepted of %d = %s, want %s", i, got, want.accepted)
		}
		if got := counts(j.Deciding); got != "ratio.was_known 2/5" {
			t.Errorf("rows of %d = %s", i, got)
		}
		if j.Denials["judge.out_of_range"] != 1 || j.Order.Rising {
			t.Errorf("denials of %d = %v, rising %v", i, j.Denials, j.Order.Rising)
		}
		if j.Ranking.AUC != nil {
			t.Errorf("a ranking of seven loans has an AUC")
		}
	}
	c := r.Change
	if c.Better != 2 || c.Worse != 0 || c.Ungraded != 0 || c.Admitted.N != 1 || c.Admitted.Defaults != 0 || c.Refused.N != 0 {
		t.Errorf("change = %+v", c)
	}
	var moves []string
	for _, m := range c.Bands {
		moves = append(moves, fmt.Sprintf("%s%s %d/%d", m.Before, m.After, m.Defaults, m.N))
	}
	if got, want := strings.Join(moves, ", "), "AA 1/3, CB 1/1, DC 0/1, UU 1/2"; got != want {
		t.Errorf("moves = %s, want %s", got, want)
	}
	if got := len(r.Stability.Periods); got != 2 || r.Stability.Periods[0].Name != "2025Q1" || r.Stability.Periods[1].Rate.N != 4 {
		t.Errorf("periods = %+v", r.Stability.Periods)
	}
	r = run(t, strings.Replace(mapText, "purpose: application", "purpose: overdue\nperiod: month", 1), small, line(2000), line(3000))
	if r.Judged[0].Accepted != nil || r.Change.Admitted != nil {
		t.Error("a late loan was accepted")
	}
	if got := r.Stability.Periods; len(got) != 6 || got[5].Name != "2025-06" {
		t.Errorf("months = %+v", got)
	}
}

// long is a history in which the default rate rises with the ratio, and more so
// with the times late; u is the chance that nothing is known of the ratio.
func long(seed uint64, n int) (lines []string, loans []loan) {
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range n {
		ratio, late := r.IntN(10_000), r.IntN(4)
		chance := 0.05 + 0.1*float64(ratio)/10_000 + 0.12*float64(late)
		outcome := paid
		if r.Float64() < chance {
			outcome = defaulted
		}
		lines = append(lines, fmt.Sprintf("c%d,20%02d-%02d-01,%d.%02d,%d,,%d,canary%d", i, 23+i%2, 1+i%12, ratio/100, ratio%100, late, outcome, i))
		loans = append(loans, loan{int64(ratio), outcome})
	}
	return lines, loans
}

func TestRun_findsTheRelationOfASyntheticHistory(t *testing.T) {
	lines, loans := long(7, 6000)
	r := run(t, mapText, header+strings.Join(lines, "\n"), line(2000))
	if o := r.Judged[0].Order; o.Z == nil || *o.Z < 3 || *o.P > 0.01 {
		t.Errorf("order = %+v, want a clear trend", o)
	}
	by := map[string]Ranking{}
	for _, m := range r.Measures {
		by[m.Name] = m
	}
	ratio, late, band := by["capacity.debt_service_bp"], by["conduct.times_late"], r.Judged[0].Ranking
	if len(r.Measures) != 2 || ratio.AUC == nil || late.AUC == nil {
		t.Fatalf("measures = %+v", r.Measures)
	}
	if ratio.AUC.Low <= 0.5 || late.AUC.Low <= ratio.AUC.High || band.AUC.Low <= 0.5 {
		t.Errorf("AUC of ratio %v, times late %v, band %v", ratio.AUC, late.AUC, band.AUC)
	}
	// All that was read arrives as it was written.
	points, all := curveOf(loans).points()
	if want := auc(points, all); *ratio.AUC != want {
		t.Errorf("AUC of the ratio = %+v, want %+v", *ratio.AUC, want)
	}
	if want := ksByDefinition(loans); !near(ratio.KS.Value, want, 1e-12) {
		t.Errorf("KS of the ratio = %v, want %v", ratio.KS.Value, want)
	}
	if got := len(r.Stability.Periods); got != 8 {
		t.Errorf("%d quarters, want 8", got)
	}
	for _, p := range r.Stability.Periods[1:] {
		if p.PSI == nil || *p.PSI > 3**p.Chance {
			t.Errorf("PSI of %s = %v over %v, in a history that does not change", p.Name, optional(p.PSI), optional(p.Chance))
		}
	}
}

// What several workers count is what one would, with bands that are not known and
// rows on which nothing is judged.
func TestTally_partsAddUp(t *testing.T) {
	m := readMap(t, mapText)
	rules := []Rules{line(2000), line(2700)}
	whole := newTally(m, 2)
	parts := []*tally{newTally(m, 2), newTally(m, 2), newTally(m, 2)}
	r := rand.New(rand.NewPCG(11, 1))
	h := &history{m: m, left: map[string]int64{}, known: make([]int64, len(m.fields))}
	unknown, over := int64(0), int64(0)
	inBand := curve{} // of the second quarter, by hand
	for i := range 900 {
		one := row{outcome: r.IntN(2), period: 8100 + i%2}
		v := int64(r.IntN(12_000))
		switch {
		case i%3 == 0:
			unknown++
		default:
			one.in.Capacity.DebtServiceBP = agent.Known(v)
			var p pair
			p[one.outcome] = 1
			if v > 10_000 {
				over++
			} else if i%2 == 1 {
				inBand.add(min(v/2000, 4), p)
			}
		}
		whole.add(context.Background(), &one, rules)
		parts[i%5%3].add(context.Background(), &one, rules)
	}
	parts[0].merge(parts[1])
	parts[0].merge(parts[2])
	got, want := parts[0].report(m, h, rules), whole.report(m, h, rules)
	if asJSON(t, got) != asJSON(t, want) {
		t.Error("three parts differ from the whole")
	}
	if got.Measures[0].Unknown != unknown || got.Judged[0].Denials["judge.out_of_range"] != over || got.Judged[1].Bands[unbanded].N != unknown+over {
		t.Errorf("unknown %d, over %d, and the report says %+v, %v, %+v", unknown, over, got.Measures[0], got.Judged[0].Denials, got.Judged[1].Bands[unbanded])
	}
	if p := got.Stability.Periods[1]; *p.AUC != auc(inBand.points()) {
		t.Errorf("AUC of a period = %v, want %v", p.AUC, auc(inBand.points()))
	}
}

func asJSON(t testing.TB, r *Report) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRun_orderEncodingAndMarksChangeNothing(t *testing.T) {
	lines, _ := long(8, 1500)
	history := header + strings.Join(lines, "\n") + "\n"
	want := asJSON(t, run(t, mapText, history, line(2000), line(2500)))
	shuffled := slices.Clone(lines)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(history)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string][2]string{
		"again":     {mapText, history},
		"shuffled":  {mapText, header + strings.Join(shuffled, "\n")},
		"marked":    {mapText, "\xef\xbb\xbf" + history},
		"windows":   {mapText, strings.ReplaceAll(history, "\n", "\r\n")},
		"gb18030":   {mapText, gb},
		"declared":  {"encoding: gb18030" + mapText, gb},
		"quoted":    {mapText, strings.ReplaceAll(strings.ReplaceAll(`"`+history[:len(history)-1]+`"`, ",", `" ,"`), "\n", "\"\n\"")},
		"semicolon": {"delimiter: semicolon" + mapText, strings.ReplaceAll(history, ",", ";")},
		"tab":       {"delimiter: tab" + mapText, strings.ReplaceAll(history, ",", "\t")},
		"in pieces": {mapText, history},
	} {
		in := io.Reader(strings.NewReader(c[1]))
		if name == "in pieces" {
			in = io.MultiReader(strings.NewReader(c[1][:70]), strings.NewReader(c[1][70:5000]), strings.NewReader(c[1][5000:]))
		}
		r, err := Run(context.Background(), in, readMap(t, c[0]), "结果", line(2000), line(2500))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := asJSON(t, r); got != want {
			t.Errorf("%s: the report differs", name)
		}
	}
	// A file that is given twice in one has every loan once.
	r := run(t, mapText, header+strings.Join(append(lines, lines...), "\n"), line(2000), line(2500))
	if r.Rows.LeftOut[leftRepeated] != int64(len(lines)) {
		t.Errorf("left out = %v", r.Rows.LeftOut)
	}
	r.Rows = run(t, mapText, history, line(2000), line(2500)).Rows
	if asJSON(t, r) != want {
		t.Error("rows that stand twice change the report")
	}
}

func TestRun_nothingOfARowComesOut(t *testing.T) {
	lines, _ := long(9, 400)
	lines = append(lines, "canary-id,canary-date,canary,canary,canary,canary,canary", "canary-id,2025-01-01,1,0,canary,0,canary")
	r := run(t, mapText, header+strings.Join(lines, "\n"), line(2000), line(3000))
	for _, lang := range []report.Lang{report.Chinese, report.English} {
		var text, page bytes.Buffer
		if err := errors.Join(r.WriteText(&text, lang), r.WriteHTML(&page, lang)); err != nil {
			t.Fatal(err)
		}
		for name, out := range map[string]string{"text": text.String(), "page": page.String(), "JSON": asJSON(t, r)} {
			if strings.Contains(out, "canary") || strings.Contains(out, "c399") {
				t.Errorf("%s holds what stands in a row", name)
			}
			if strings.Contains(out, "%!") {
				t.Errorf("%s (%s) has a faulty format", name, lang)
			}
		}
	}
}

func TestWriteHTML_isWholeAndLoadsNothing(t *testing.T) {
	lines, _ := long(10, 3000)
	r := run(t, mapText, header+strings.Join(lines, "\n"), line(2000), line(3000))
	for _, lang := range []report.Lang{report.Chinese, report.English} {
		var page bytes.Buffer
		if err := r.WriteHTML(&page, lang); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<script", "href", "src=", "url(", "@import", "NaN", "Inf"} {
			if strings.Contains(page.String(), bad) {
				t.Errorf("the page (%s) holds %q", lang, bad)
			}
		}
		pictures := 0
		for rest := page.String(); ; pictures++ {
			from, to := strings.Index(rest, "<svg"), strings.Index(rest, "</svg>")
			if from < 0 {
				break
			}
			d := xml.NewDecoder(strings.NewReader(rest[from : to+6]))
			for {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("picture %d: %v", pictures, err)
				}
			}
			rest = rest[to+6:]
		}
		if pictures != 4 {
			t.Errorf("%d pictures, want 4", pictures)
		}
	}
}

func TestReport_aHistoryOfNobodyIsShown(t *testing.T) {
	r := run(t, mapText, header, line(2000), line(3000))
	for _, lang := range []report.Lang{report.Chinese, report.English} {
		var out bytes.Buffer
		if err := errors.Join(r.WriteText(&out, lang), r.WriteHTML(&out, lang)); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "NaN") {
			t.Error("a figure of nobody")
		}
	}
}

func TestReport_saysNoOrderOfOneBand(t *testing.T) {
	for _, c := range []struct{ history, en, zh string }{
		{header + "a1,2025-01-05,90,0,,正常,\na2,2025-01-05,90,0,,违约,\na3,2025-01-05,,0,,正常,\n", "Fewer than two bands (U apart) have loans", "不足两个"},
		{header, "Fewer than two bands (U apart) have loans", "不足两个"},
		{header + "a1,2025-01-05,10,0,,正常,\na2,2025-01-05,90,0,,违约,\n", "the default rate never falls", "逐级上升或持平"},
		{header + "a1,2025-01-05,10,0,,违约,\na2,2025-01-05,90,0,,正常,\n", "the default rate falls somewhere", "低于前一级"},
	} {
		r := run(t, mapText, c.history, line(2000))
		for lang, want := range map[report.Lang]string{"en": c.en, "zh": c.zh} {
			var b strings.Builder
			if err := r.WriteText(&b, lang); err != nil || !strings.Contains(b.String(), want) {
				t.Errorf("of %d loans the report does not say %q: %v", r.Rows.Used, want, err)
			}
		}
	}
}

func TestWords_areThereInBothLanguages(t *testing.T) {
	for _, table := range []map[string][2]string{words, causes, names} {
		for key, p := range table {
			if p[0] == "" || p[1] == "" || strings.Count(p[0], "%d")+strings.Count(p[0], "%.2f")+strings.Count(p[0], "%s") != strings.Count(p[1], "%d")+strings.Count(p[1], "%.2f")+strings.Count(p[1], "%s") {
				t.Errorf("%s lacks a language, or its formats differ", key)
			}
		}
	}
	for _, x := range measures {
		at, typ := place(x.path)
		if at == nil || typ != reflect.TypeFor[agent.Int]() || words[x.kind][0] == "" || words["kind."+x.kind][0] == "" || names[x.path][0] == "" {
			t.Errorf("the measure %s is no number of judgement, or its kind has no words", x.path)
		}
	}
}

func TestRun_theRulesThatAreBuiltInJudge(t *testing.T) {
	e, err := policy.New()
	if err != nil {
		t.Fatal(err)
	}
	history := "dsr,income,owed,due,y\n" +
		"x,20000,2000,3000,0\n" + // 25 %: A
		"x,10000,2000,3200,1\n" + // 52 %: D
		"x,10000,5000,3000,1\n" + // 80 %: E
		"x,,5000,3000,0\n" // U
	m := readMap(t, `
purpose: application
as_of: 2026-06-01
outcome: {defaulted: ["1"], paid: ["0"]}
computed: [capacity.debt_service_bp, capacity.residual, capacity.shock_20]
facts:
  capacity.verified_income: {column: income, unit: yuan}
  capacity.obligations: {column: owed, unit: yuan}
  capacity.new_instalment: {column: due, unit: yuan}
  capacity.living_floor: {value: 1500, unit: yuan}
  capacity.evidence: {value: good}
  capacity.lenders: {value: 1}
  capacity.inquiries_30: {value: 0}
  capacity.new_loans_90: {value: 0}
  capacity.overdue_accounts: {value: 0}
`)
	r, err := Run(context.Background(), strings.NewReader(history), m, "y", e)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := counts(r.Judged[0].Bands), "A 0/1, B 0/0, C 0/0, D 1/1, E 1/1, U 0/1"; got != want {
		t.Errorf("bands = %s, want %s", got, want)
	}
	if r.Stability != nil || len(r.Judged[0].Denials) != 0 {
		t.Errorf("stability = %v, denials = %v", r.Stability, r.Judged[0].Denials)
	}
}

// Where the cost of loans is given, it is judged by the law of the day of each, as
// the check does: a row is not called unknown in its cost for want of a column that
// says when an application became a contract. What was lent before there was a cap
// has none, unless the map puts all under the law of one day.
func TestRun_costThatIsGivenIsKnown(t *testing.T) {
	e, err := policy.New()
	if err != nil {
		t.Fatal(err)
	}
	var history strings.Builder
	history.WriteString("on,cost,y\n")
	for i := range 24 { // months from October 2024 on; the cap is of October 2025
		fmt.Fprintf(&history, "%d-%02d-03,%d,%d\n", 2024+(9+i)/12, 1+(9+i)%12, 18+12*(i%4/3), i%5/4)
	}
	const facts = `
purpose: application
date: on
outcome: {defaulted: ["1"], paid: ["0"]}
facts:
  cost.all_in_bp: {column: cost, unit: percent}
  cost.lender_class: {value: consumer_finance}
  identity.assurance: {value: authority-3}
  identity.document_expired: {value: "no"}
  identity.name_match: {value: "yes"}
  identity.number_match: {value: "yes"}
  identity.takeover: {value: none}
  conduct.forgery: {value: none}
  capacity.evidence: {value: good}
  capacity.verified_income: {value: 20000, unit: yuan}
  capacity.income_months: {value: 6}
  capacity.obligations: {value: 1000, unit: yuan}
  capacity.new_instalment: {value: 1000, unit: yuan}
  capacity.debt_service_bp: {value: 1000, unit: bp}
  capacity.residual: {value: 9000, unit: yuan}
  capacity.shock_20: {value: 5000, unit: yuan}
  capacity.affordable: {value: 90000, unit: yuan}
  capacity.requested: {value: 12000, unit: yuan}
  capacity.lenders: {value: 1}
  capacity.inquiries_30: {value: 0}
  capacity.new_loans_90: {value: 0}
  capacity.overdue_accounts: {value: 0}
`
	rows := func(text string, uncapped int64) map[string]int64 {
		t.Helper()
		r, err := Run(context.Background(), strings.NewReader(history.String()), readMap(t, text), "y", e)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]int64{}
		for _, g := range r.Judged[0].Deciding {
			out[g.Name] = int64(g.N)
		}
		var said strings.Builder
		if err := r.WriteText(&said, "en"); err != nil {
			t.Fatal(err)
		}
		if told := strings.Contains(said.String(), fmt.Sprintf("Of %d loans the cost is given", uncapped)); r.Judged[0].Uncapped != uncapped || told != (uncapped > 0) {
			t.Errorf("%d loans without a cap, want %d; told: %v", r.Judged[0].Uncapped, uncapped, told)
		}
		return out
	}
	// Twelve months have no cap; of the twelve after it every fourth cost more.
	if got := rows(facts, 12); got["application.cost_unknown"] != 12 || got["application.accepted_whole"] != 9 {
		t.Errorf("by the law of each day: %v", got)
	}
	if got := rows(facts+"  cost.contract_on: {column: on}\n", 12); got["application.cost_unknown"] != 12 || got["application.accepted_whole"] != 9 {
		t.Errorf("by the law of a day that a column gives: %v", got)
	}
	if got := rows(facts+"  cost.contract_on: {value: 2026-06-01}\n", 0); got["application.cost_unknown"] != 0 || got["application.accepted_whole"] != 18 {
		t.Errorf("by the law of one day: %v", got)
	}
	if _, err := ReadMap([]byte(strings.Replace(facts, "  cost.lender_class: {value: consumer_finance}\n", "", 1))); err == nil || !strings.Contains(err.Error(), "cost.lender_class") {
		t.Errorf("a cost of nobody's loan: %v", err)
	}
}

func TestRun_refusesWhatItCannotRead(t *testing.T) {
	m := readMap(t, mapText)
	for name, c := range map[string][2]string{
		"empty":    {"", "want a first line"},
		"binary":   {"a\x00b\n", "want a text"},
		"quotes":   {"\"合同号\n", "with quotes that match"},
		"missing":  {"合同号,放款日,偿债比,逾期次数,原因\n", "no column for outcome"},
		"twice":    {"合同号,放款日,偿债比,逾期次数,原因,结果,合同号\n", "the column of id stands twice"},
		"too long": {strings.Repeat("x", 2*mostLine), "want a first line"},
	} {
		_, err := Run(context.Background(), strings.NewReader(c[0]), m, "结果", line(1))
		if err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: error %v, want %s", name, err, c[1])
		}
	}
	if _, err := Run(context.Background(), strings.NewReader(header), m, "结果"); err == nil {
		t.Error("judged without rules")
	}
	broken := io.MultiReader(strings.NewReader(header+"a1,2025-01-05,10,0,,0,\n"), errReader{})
	if _, err := Run(context.Background(), broken, m, "结果", line(1)); err == nil || strings.Contains(err.Error(), "value") {
		t.Errorf("a history that breaks off: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	lines, _ := long(1, 500)
	if _, err := Run(ctx, strings.NewReader(header+strings.Join(lines, "\n")), m, "结果", line(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("a value of the file") }

func TestRun_isBounded(t *testing.T) {
	defer func(n int64) { mostRows = n }(mostRows)
	mostRows = 100
	lines, _ := long(1, 101)
	m := readMap(t, mapText)
	if _, err := Run(context.Background(), strings.NewReader(header+strings.Join(lines, "\n")), m, "结果", line(1)); err == nil || !strings.Contains(err.Error(), "more than 100 rows") {
		t.Errorf("101 rows: %v", err)
	}
	r := run(t, mapText, header+strings.Repeat("x", 3*mostLine)+"\n"+strings.Join(lines[:50], "\n"), line(2000))
	if r.Rows.LeftOut[leftLong] != 1 || r.Rows.Used != 50 {
		t.Errorf("rows = %+v", r.Rows)
	}
	// Far out values count as the last one.
	r = run(t, mapText, header+"a,2025-01-01,99999999,99999999,,1,\nb,2025-01-01,99999998,99999998,,0,\n", line(2000))
	if r.Measures[0].Known != 2 || r.Measures[1].Known != 2 {
		t.Errorf("measures = %+v", r.Measures)
	}
}

func TestReadMap_namesPlaceAndRemedy(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(mapText, old, new, 1) }
	for _, c := range []struct{ text, want string }{
		{replace("purpose: application", "purpose: marketing"), "purpose: want application or overdue"},
		{replace("purpose", "porpose"), "porpose"},
		{"purpose: overdue\n" + mapText, "purpose"},
		{"encoding: big5" + mapText, "encoding: want"},
		{"delimiter: dot" + mapText, "delimiter: want"},
		{"period: year" + mapText, "period: want"},
		{replace("date: 放款日\n", ""), "date, as_of"},
		{"as_of: 2025-01-01" + mapText, "date, as_of"},
		{replace("date: 放款日", "as_of: 2025-02-30"), "as_of: want YYYY-MM-DD"},
		{replace(`paid: [正常, "0"]`, "paid: []"), "outcome: want"},
		{replace(`paid: [正常, "0"]`, "paid: [违约]"), "outcome: want each word once"},
		{replace(`paid: [正常, "0"]`, "paid: [NA]"), "outcome: want each word once"},
		{replace("capacity.evidence", "capacity.evidenc"), "facts.capacity.evidenc: there is no such fact"},
		{replace("capacity.evidence", "capacity"), "facts.capacity: there is no such fact"},
		{replace("capacity.evidence", "as_of"), "facts.as_of: it cannot be mapped"},
		{replace("capacity.evidence", "identity.sex"), "facts.identity.sex: it cannot be mapped"},
		{replace("capacity.evidence", "overdue.reasons"), "facts.overdue.reasons: it cannot be mapped"},
		{replace("{value: fair}", "{value: fair, column: x}"), "facts.capacity.evidence: want column or value"},
		{replace("{value: fair}", "{}"), "facts.capacity.evidence: want column or value"},
		{replace("{value: fair}", "{value: 张三 的}"), "facts.capacity.evidence: a value is not"},
		{replace("unit: percent", "unit: yuan"), "facts.capacity.debt_service_bp: want the unit bp, percent, ratio"},
		{replace(", unit: percent", ""), "facts.capacity.debt_service_bp: want the unit"},
		{replace("{value: fair}", "{value: fair, words: {a: b}}"), "want words only with column"},
		{mapText + "  identity.refuted: {column: x, words: {a: perhaps}}", "facts.identity.refuted: a value is not"},
		{"computed: [capacity.shock_40]" + mapText, "computed: want capacity.debt_service_bp, "},
		{"computed: [capacity.debt_service_bp]" + mapText, "computed: want each fact once"},
		{"computed: [capacity.residual]" + mapText, "computed: capacity.residual wants capacity.verified_income"},
		{"- a", "map:"},
		{"", "map:"},
	} {
		if _, err := ReadMap([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ReadMap error = %v, want %s", err, c.want)
		}
	}
}

// Each number of judgement is an amount, a ratio or a count: a new one is put
// here or among the amounts, for a unit that is left out is a factor of a hundred.
func TestAmounts_areAllAndNoMore(t *testing.T) {
	counted := map[string]bool{}
	for _, p := range strings.Fields(`identity.age overdue.days_past_due overdue.attempts_30 overdue.reached_30
		capacity.income_months capacity.lenders capacity.inquiries_30 capacity.new_loans_90 capacity.overdue_accounts
		capacity.statement_rows capacity.statement_unknown capacity.buffer_days capacity.cure_months capacity.plan_months
		conduct.applications_30 conduct.applications_90 conduct.applications_180 conduct.inquiries_90 conduct.inquiries_180
		conduct.new_loans_30 conduct.new_loans_180 conduct.promises_kept conduct.promises_broken conduct.promises_open
		conduct.times_late conduct.longest_late`) {
		counted[p] = true
	}
	seen := map[string]bool{}
	groups := reflect.TypeFor[agent.JudgeInput]()
	for i := range groups.NumField() {
		group := groups.Field(i)
		if group.Type.Kind() != reflect.Struct {
			continue
		}
		for k := range group.Type.NumField() {
			f := group.Type.Field(k)
			if f.Type != reflect.TypeFor[agent.Int]() {
				continue
			}
			path := group.Tag.Get("json") + "." + f.Tag.Get("json")
			seen[path] = true
			if !strings.HasSuffix(path, "_bp") && amounts[path] == counted[path] {
				t.Errorf("%s: say whether it is an amount or a count", path)
			}
		}
	}
	for path := range amounts {
		if !seen[path] {
			t.Errorf("there is no amount %s", path)
		}
	}
}

func TestNumber_scalesAndRounds(t *testing.T) {
	for _, c := range []struct {
		text, unit string
		want       int64
		ok         bool
	}{
		{"12", "", 12, true}, {"12.0", "", 12, true}, {"-3", "", -3, true}, {"12.5", "", 0, false},
		{"1,234.56", "yuan", 123456, true}, {"1234.565", "yuan", 123457, true}, {"-0.005", "yuan", -1, true}, {"1.5", "wan", 1_500_000, true},
		{"0.4125", "ratio", 4125, true}, {"41.25%", "percent", 4125, true}, {"41.25", "percent", 4125, true}, {"4125", "bp", 4125, true},
		{"41%", "ratio", 0, false}, {"", "yuan", 0, false}, {".5", "yuan", 0, false}, {"1e5", "yuan", 0, false}, {"--1", "", 0, false},
		{"9223372036854775807", "", 0, false}, {"922337203685477579", "", 922337203685477579, true}, {"99999999999999999999", "", 0, false},
		{"1.2x", "", 0, false}, {"1.000x", "yuan", 0, false}, {"１２", "", 0, false},
	} {
		if got, ok := number(c.text, places[c.unit], c.unit); ok != c.ok || ok && got != c.want {
			t.Errorf("number(%q, %s) = %d, %v, want %d, %v", c.text, c.unit, got, ok, c.want, c.ok)
		}
	}
}

func TestDate_readsOneOrderAlone(t *testing.T) {
	for text, want := range map[string]agent.Date{
		"2025-01-05": 20250105, "2025/1/5": 20250105, "2025.1.5 08:30": 20250105, "20250105": 20250105, "20250105083000": 20250105, "2025年1月5日": 20250105,
		"05/01/2025": 0, "2025-02-30": 0, "1925-01-01": 0, "2125-01-01": 0, "": 0, "2025": 0, "x2025-01-05": 0, "2025-001-05": 0, "25-1-5": 0,
	} {
		if got, ok := date(text); got != want || ok != (want != 0) {
			t.Errorf("date(%q) = %v, %v, want %v", text, got, ok, want)
		}
	}
}

func TestFormulas_areThoseOfTheCheck(t *testing.T) {
	k := agent.Known
	for _, c := range []struct{ income, owed, due, floor, ratio, residual, shock agent.Int }{
		{k(800_000), k(230_000), k(100_000), k(150_000), k(4125), k(420_000), k(160_000)}, // the ratio is that of the check's own test
		{k(3), k(1), k(0), k(0), k(3334), k(2), k(1)},
		{k(0), k(1), k(0), k(5), k(1_000_000), k(-6), k(-6)},
		{k(0), k(0), k(0), k(0), agent.Int{}, k(0), k(0)},
		{k(1), k(mostAmount), k(mostAmount), k(0), k(1_000_000), k(1 - mostAmount), k(-2 * mostAmount)},
		{k(1), k(mostAmount + 1), k(0), k(0), agent.Int{}, agent.Int{}, agent.Int{}},
		{k(-1), k(1), k(1), k(1), agent.Int{}, agent.Int{}, agent.Int{}},
		{agent.Int{}, k(1), k(1), k(1), agent.Int{}, agent.Int{}, agent.Int{}},
		{k(5), k(1), agent.Int{}, k(1), agent.Int{}, k(3), agent.Int{}},
	} {
		f := agent.CapacityFacts{VerifiedIncome: c.income, Obligations: c.owed, NewInstalment: c.due, LivingFloor: c.floor}
		for _, x := range formulas {
			x.compute(&f)
		}
		if f.DebtServiceBP != c.ratio || f.Residual != c.residual || f.Shock20 != c.shock {
			t.Errorf("of %v: %v, %v, %v, want %v, %v, %v", c, f.DebtServiceBP, f.Residual, f.Shock20, c.ratio, c.residual, c.shock)
		}
	}
}

func FuzzCells(f *testing.F) {
	f.Add([]byte(`a,"b ""c"", d",,e`))
	f.Add([]byte(`"`))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := len(b)
		out, ok := cells(bytes.Clone(b), ',', nil)
		total := 0
		for _, c := range out {
			total += len(c)
		}
		if total > before || ok && len(out) > bytes.Count(b, []byte(","))+1 {
			t.Errorf("%d cells of %d bytes out of %d", len(out), total, before)
		}
	})
}

// BenchmarkRun reads and counts; what rules take comes on top.
func BenchmarkRun(b *testing.B) {
	lines, _ := long(1, 20_000)
	history := header + strings.Join(lines, "\n")
	m := readMap(b, mapText)
	b.SetBytes(int64(len(history)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Run(context.Background(), strings.NewReader(history), m, "结果", line(2000)); err != nil {
			b.Fatal(err)
		}
	}
}
