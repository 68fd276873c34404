package backtesting

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/yanmen/yanmen/cmd/internal/report"
)

// A sheet is what text and page both show: sections of prose and tables.
type sheet struct {
	title    string
	sections []section
}

type section struct {
	head  string
	lines []string
	table [][]string // the first row is its head; nil: none
	draw  func(*drawing)
}

// sheet lays the report out.
func (r *Report) sheet(lang report.Lang) *sheet {
	t := texts{lang}
	s := &sheet{title: t.s("title")}
	add := func(x section) { s.sections = append(s.sections, x) }

	first := section{head: t.s("rows", r.Rows.Read, r.Rows.Used)}
	first.lines = append(first.lines, fmt.Sprintf("%s  %s", t.s("all"), t.rate(r.All)))
	for i, j := range r.Judged {
		first.lines = append(first.lines, fmt.Sprintf("%s  %s %s", t.set(r, i), j.Revision, j.Rules))
	}
	add(first)
	if len(r.Rows.LeftOut) > 0 {
		x := section{head: t.s("left")}
		for _, code := range slices.Sorted(maps.Keys(r.Rows.LeftOut)) {
			cause, _, _ := strings.Cut(code, " ") // behind it, which fact
			x.table = append(x.table, []string{code, t.pick(causes[cause]), fmt.Sprint(r.Rows.LeftOut[code])})
		}
		x.table = slices.Insert(x.table, 0, []string{"", "", t.s("n")})
		add(x)
	}
	for i := range r.Judged {
		r.judged(t, i, add)
	}
	x := section{head: t.s("ranking"), table: [][]string{{t.s("measure"), "", t.s("known"), t.s("defaults"), "AUC", "KS"}}}
	var rankings []Ranking
	for i, j := range r.Judged {
		k := j.Ranking
		k.Name = t.pick(names[k.Name])
		if len(r.Judged) > 1 {
			k.Name = t.set(r, i) + " · " + k.Name
		}
		rankings = append(rankings, k)
	}
	for _, k := range r.Measures {
		k.Name = t.pick(names[k.Name])
		rankings = append(rankings, k)
	}
	kinds := map[string]bool{}
	few := false
	for _, k := range rankings {
		few = few || k.AUC == nil
		x.table = append(x.table, []string{k.Name, t.s("kind." + k.Kind), fmt.Sprint(k.Known), fmt.Sprint(k.Defaults), k.AUC.String(), k.KS.String()})
		kinds[k.Kind] = true
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		x.lines = append(x.lines, t.s("kind."+kind)+t.pick([2]string{"：", ": "})+t.s(kind))
	}
	if few {
		x.lines = append(x.lines, "–  "+t.s("few", fewest))
	}
	x.draw = func(d *drawing) { d.rankings(rankings) }
	add(x)
	if r.Stability != nil {
		head := "stability.1"
		if len(r.Judged) > 1 {
			head = "stability"
		}
		x := section{head: t.s(head), table: [][]string{{t.s("period"), t.s("n"), t.s("defaults"), t.s("rate"), t.s("interval"), "PSI", t.s("chance"), "AUC"}},
			draw: func(d *drawing) { d.periods(r.Stability.Periods) }}
		for _, p := range r.Stability.Periods {
			x.table = append(x.table, append(append([]string{p.Name}, t.rateCells(p.Rate)...), optional(p.PSI), optional(p.Chance), p.AUC.String()))
		}
		add(x)
	}
	if r.Change != nil {
		r.changed(t, add)
	}
	x = section{head: t.s("coverage")}
	for _, f := range r.Facts {
		how := ""
		if f.Fixed {
			how = t.s("fixed")
		}
		x.table = append(x.table, []string{f.Path, how, fmt.Sprint(f.Known)})
	}
	x.table = slices.Insert(x.table, 0, []string{"", "", t.s("n")})
	if len(r.Lacking) > 0 {
		x.lines = append(x.lines, t.s("lacking", strings.Join(r.Lacking, t.pick([2]string{"、", ", "}))))
	}
	add(x)
	x = section{head: t.s("limits"), lines: []string{t.s("note.granted"), t.s("note.after"), t.s("note.interval", resamples), t.s("note.unknown")}}
	if r.Stability != nil {
		x.lines = append(x.lines, t.s("note.psi"))
	}
	add(x)
	return s
}

// set names a rule set of the report.
func (t texts) set(r *Report, i int) string {
	if len(r.Judged) == 1 {
		return t.s("rules")
	}
	return t.s(fmt.Sprintf("rules.%d", i))
}

func (t texts) rate(x Rate) string {
	if x.N == 0 {
		return t.s("none")
	}
	return fmt.Sprintf("%d · %s %d · %s %s (%s)", x.N, t.s("defaults"), x.Defaults, t.s("rate"), t.percent(x.Rate), t.interval(x))
}

func (t texts) rateCells(x Rate) []string {
	if x.N == 0 {
		return []string{"0", "0", "–", "–"}
	}
	return []string{fmt.Sprint(x.N), fmt.Sprint(x.Defaults), t.percent(x.Rate), t.interval(x)}
}

func (r *Report) judged(t texts, i int, add func(section)) {
	j := &r.Judged[i]
	prefix := ""
	if len(r.Judged) > 1 {
		prefix = t.set(r, i) + " · "
	}
	table := func(kind string, groups []Group) [][]string {
		out := [][]string{{t.s(kind), t.s("n"), t.s("defaults"), t.s("rate"), t.s("interval")}}
		for _, g := range groups {
			out = append(out, append([]string{t.value(kind, g.Name)}, t.rateCells(g.Rate)...))
		}
		return out
	}
	order := "falling"
	switch {
	case j.Order.Bands < 2:
		order = "unordered"
	case j.Order.Rising:
		order = "rising"
	}
	highest := 0.0 // of all rule sets, so that their pictures compare
	for _, k := range r.Judged {
		for _, g := range k.Bands {
			if g.N > 0 {
				highest = max(highest, g.High)
			}
		}
	}
	x := section{head: prefix + t.s("band"), lines: []string{t.s(order)}, table: table("band", j.Bands), draw: func(d *drawing) { d.bands(j.Bands, highest) }}
	if j.Order.Z != nil {
		x.lines = append(x.lines, t.s("trend", *j.Order.Z, pValue(*j.Order.P)))
	} else {
		x.lines = append(x.lines, t.s("untrended"))
	}
	add(x)
	add(section{head: prefix + t.s("disposition"), table: table("disposition", j.Dispositions)})
	x = section{head: prefix + t.s("outcome"), table: table("outcome", j.Outcomes)}
	if j.Accepted != nil {
		x.lines = append(x.lines, t.s("accepted")+"  "+t.rate(*j.Accepted))
	}
	add(x)
	if len(j.Deciding) > 0 {
		x := section{head: prefix + t.s("row"), table: table("row", j.Deciding)}
		if j.Uncapped > 0 {
			x.lines = append(x.lines, t.s("uncapped", j.Uncapped))
		}
		add(x)
	}
	if len(j.Denials) > 0 {
		x := section{head: prefix + t.s("denials"), table: [][]string{{"", t.s("n")}}}
		for _, code := range slices.Sorted(maps.Keys(j.Denials)) {
			x.table = append(x.table, []string{string(code), fmt.Sprint(j.Denials[code])})
		}
		add(x)
	}
}

func (r *Report) changed(t texts, add func(section)) {
	c := r.Change
	x := section{head: t.s("change"), lines: []string{t.s("moved", c.Better, c.Worse, c.Ungraded)}}
	if c.Admitted != nil {
		x.lines = append(x.lines,
			t.s("accepted")+" · "+t.s("rules.0")+"  "+t.rate(*r.Judged[0].Accepted),
			t.s("accepted")+" · "+t.s("rules.1")+"  "+t.rate(*r.Judged[1].Accepted),
			t.s("admitted")+"  "+t.rate(*c.Admitted), t.s("refused")+"  "+t.rate(*c.Refused))
	}
	add(x)
	for _, y := range []struct {
		kind  string
		moves []Move
	}{{"band", c.Bands}, {"outcome", c.Outcomes}, {"disposition", c.Dispositions}} {
		add(section{head: fmt.Sprintf("%s · %s → %s", t.s(y.kind), t.s("rules.0"), t.s("rules.1")), table: t.matrix(y.kind, y.moves)})
	}
}

// matrix shows who moved: rows before, columns after; in each cell how many, and
// how many of them defaulted.
func (t texts) matrix(kind string, moves []Move) [][]string {
	before, after := map[string]bool{}, map[string]bool{}
	at := map[[2]string]Rate{}
	for _, m := range moves {
		before[m.Before], after[m.After] = true, true
		at[[2]string{m.Before, m.After}] = m.Rate
	}
	out := [][]string{{t.s("before") + " \\ " + t.s("after")}}
	columns := slices.Sorted(maps.Keys(after))
	for _, a := range columns {
		out[0] = append(out[0], t.value(kind, a))
	}
	for _, b := range slices.Sorted(maps.Keys(before)) {
		line := []string{t.value(kind, b)}
		for _, a := range columns {
			cell := "–"
			if r, ok := at[[2]string{b, a}]; ok {
				cell = fmt.Sprintf("%d (%s)", r.N, t.percent(r.Rate))
			}
			line = append(line, cell)
		}
		out = append(out, line)
	}
	return out
}

// WriteText prints the report for a terminal.
func (r *Report) WriteText(w io.Writer, lang report.Lang) error {
	s := r.sheet(lang)
	b := new(strings.Builder)
	fmt.Fprintln(b, s.title)
	for _, x := range s.sections {
		fmt.Fprintf(b, "\n%s\n", x.head)
		for _, line := range x.lines {
			fmt.Fprintf(b, "  %s\n", line)
		}
		writeTable(b, x.table)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// textColumns tells the columns that are read from the left: the first, and those
// whose last cell is no figure.
func textColumns(table [][]string) map[int]bool {
	left := map[int]bool{0: true}
	for i, cell := range table[len(table)-1] {
		if !strings.HasPrefix(cell, "–") && (cell == "" || cell[0] < '0' || cell[0] > '9') {
			left[i] = true
		}
	}
	return left
}

// writeTable aligns columns.
func writeTable(b *strings.Builder, table [][]string) {
	if table == nil {
		return
	}
	left := textColumns(table)
	var widths []int
	for _, line := range table {
		for i, cell := range line {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], report.Width(cell))
		}
	}
	for _, line := range table {
		text := ""
		for i, cell := range line {
			space := strings.Repeat(" ", widths[i]-report.Width(cell))
			if left[i] {
				text += "  " + cell + space
			} else {
				text += "  " + space + cell
			}
		}
		fmt.Fprintln(b, strings.TrimRight(text, " "))
	}
}
