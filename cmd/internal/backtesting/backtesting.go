// Package backtesting puts a lender's own labelled history to the rules and counts
// how the answers stand to what happened: default rates by band and disposition,
// how well bands and measures rank, whether that holds over time, and whom another
// rule set would have moved.
//
// It promises that a history is read in bounded memory, that the same history,
// map and rules give the same figures, and that nothing of a row is kept, shown or
// told in an error but its place in the sums. What a history cannot say, it does
// not: loans that were never granted are not in it.
package backtesting

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"github.com/yanmen/yanmen/agent"
)

// Bounds of a history.
const (
	mostLine    = 64 << 10 // bytes of a line
	mostColumns = 4096
	// mostRatio and mostCount are where measures end: what is above counts as that.
	// They bound what is kept of a history by values, not by rows; no ranking of
	// loans turns on a ratio of more than 1,000 %.
	mostRatio   = 100_000
	mostCount   = 10_000
	batch       = 64 // rows handed to a worker at a time
	mostWorkers = 4  // each keeps counts of its own
)

// mostRows bounds what is kept to know a row that stands twice.
var mostRows int64 = 2_000_000

// Rules judge. A [policy.Engine] does.
type Rules interface {
	Judge(context.Context, *agent.JudgeInput) agent.Judgement
	Digest() [32]byte
	Revision() string
}

// Why rows are left out.
const (
	leftText     = "text.malformed"   // not of the encoding
	leftLong     = "line.long"        // more than 64 KiB
	leftQuotes   = "quotes.malformed" // quotes do not match within the line
	leftColumns  = "columns.differ"   // more or fewer cells than the header
	leftOpen     = "outcome.open"     // the cell is empty, or unknown
	leftOutcome  = "outcome.malformed"
	leftDate     = "date.malformed"
	leftID       = "id.missing"
	leftRepeated = "id.repeated" // an earlier row has the id
	leftFact     = "fact.malformed"
)

// bands in their order; U is none of them.
var bands = []string{"A", "B", "C", "D", "E", "U"}

const (
	unbanded = 5        // place of U
	denied   = "denied" // in place of an outcome or a disposition: nothing was judged
)

// codeCapUnknown is what the rules oblige to where no cap is known for a contract's day.
const codeCapUnknown agent.Code = "judge.cap_determined"

// A row is what is read of a line.
type row struct {
	in      agent.JudgeInput
	outcome int
	period  int // months or quarters since the year 0; -1 where all are of one day
}

// Run reads a history and puts each row to one or two rule sets. The first line
// names the columns; outcome names that of the label. rules[1], if it is there, is
// what rules[0] is compared with. Errors name the place in the map or the history
// and never a value.
func Run(ctx context.Context, history io.Reader, m *Map, outcome string, rules ...Rules) (*Report, error) {
	if len(rules) < 1 || len(rules) > 2 {
		return nil, errors.New("backtest: want one or two rule sets")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h, err := openHistory(history, m, outcome)
	if err != nil {
		return nil, err
	}
	rows := make(chan []row)
	workers := min(runtime.NumCPU(), mostWorkers)
	tallies := make([]*tally, workers)
	var wait sync.WaitGroup
	for i := range workers {
		t := newTally(m, len(rules))
		tallies[i] = t
		wait.Go(func() {
			for some := range rows {
				for j := range some {
					t.add(ctx, &some[j], rules)
				}
			}
		})
	}
	err = h.each(ctx, rows)
	close(rows)
	wait.Wait()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	for _, t := range tallies[1:] {
		tallies[0].merge(t)
	}
	return tallies[0].report(m, h, rules), nil
}

// A history is a file being read.
type history struct {
	m         *Map
	in        *bufio.Reader
	gb        bool
	separator byte
	columns   int
	outcome   int
	id, date  int // -1: none
	facts     []int
	base      agent.JudgeInput // what is the same in all rows

	read, used int64
	left       map[string]int64
	known      []int64 // rows that know a field of the map
	seed       maphash.Seed
	seen       map[uint64]struct{}
	cells      [][]byte
}

func openHistory(r io.Reader, m *Map, outcome string) (*history, error) {
	h := &history{m: m, in: bufio.NewReaderSize(r, mostLine), separator: separators[m.Delimiter], id: -1, date: -1,
		left: map[string]int64{}, known: make([]int64, len(m.fields)), seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}}
	head, err := h.in.Peek(mostLine)
	if err != nil && err != io.EOF {
		return nil, errors.New("history: it cannot be read")
	}
	marked := bytes.HasPrefix(head, []byte("\xef\xbb\xbf"))
	if marked {
		h.in.Discard(3)
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, errors.New("history: want a text; save it as CSV in UTF-8 or GB18030")
	}
	if h.gb = m.Encoding == "gb18030" || m.Encoding == "" && !marked && !isUTF8(head); h.gb {
		h.in = bufio.NewReaderSize(transform.NewReader(h.in, simplifiedchinese.GB18030.NewDecoder()), mostLine)
	}
	line, fault, err := h.line()
	if err != nil || fault != "" {
		return nil, errors.New("history: want a first line that names the columns")
	}
	names, ok := cells(line, h.separator, nil)
	if !ok || len(names) > mostColumns {
		return nil, errors.New("history: the first line must name the columns, with quotes that match")
	}
	h.columns = len(names)
	at := map[string]int{}
	columns := m.columns(outcome)
	for _, member := range slices.Sorted(maps.Keys(columns)) {
		column := columns[member]
		at[member] = -1
		for i, name := range names {
			if string(name) != column {
				continue
			}
			if at[member] >= 0 {
				return nil, fmt.Errorf("history: the column of %s stands twice in the first line", member)
			}
			at[member] = i
		}
		if at[member] < 0 {
			return nil, fmt.Errorf("history: the first line has no column for %s; compare the map, and its delimiter and encoding", member)
		}
	}
	h.outcome = at["outcome"]
	if i, ok := at["id"]; ok {
		h.id = i
	}
	if i, ok := at["date"]; ok {
		h.date = i
	}
	h.base.Purpose = m.Purpose
	if m.asOf != 0 {
		h.base.AsOf = m.asOf.Time().Unix()
	}
	for _, f := range m.fields {
		i, ok := at["facts."+f.path]
		if !ok {
			i = -1
			f.set(&h.base, f.Value) // it was tried when the map was read
		}
		h.facts = append(h.facts, i)
	}
	return h, nil
}

// isUTF8 tells the encoding of the beginning of a history: by the first line if it
// has more than ASCII, else by all lines that are whole.
func isUTF8(head []byte) bool {
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		for _, b := range head[:i] {
			if b >= utf8.RuneSelf {
				return utf8.Valid(head[:i])
			}
		}
		head = head[:bytes.LastIndexByte(head, '\n')]
	}
	return utf8.Valid(head)
}

// line reads a line without its end. It is valid until the next call. fault says
// why it is none; at the end of the history the error is io.EOF.
func (h *history) line() (_ []byte, fault string, err error) {
	line, err := h.in.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		fault = leftLong
		_, err = h.in.ReadSlice('\n')
	}
	if err == io.EOF && (len(line) > 0 || fault != "") {
		err = nil
	}
	line = bytes.TrimRight(line, "\r\n")
	if fault == "" && (!utf8.Valid(line) || h.gb && bytes.ContainsRune(line, utf8.RuneError)) {
		fault = leftText
	}
	return line, fault, err
}

// each hands over all rows that can be read, in batches, and counts the others.
func (h *history) each(ctx context.Context, to chan<- []row) error {
	some := make([]row, 0, batch)
	hand := func() error {
		if len(some) == 0 {
			return nil
		}
		select {
		case to <- some:
			some = make([]row, 0, batch)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for {
		line, fault, err := h.line()
		if err == io.EOF {
			return hand()
		}
		if err != nil {
			return fmt.Errorf("history: it cannot be read on after line %d", h.read+1)
		}
		if fault == "" && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if h.read++; h.read > mostRows {
			return fmt.Errorf("history: more than %d rows; take a sample, or split it by years", mostRows)
		}
		some = some[:len(some)+1]
		if fault == "" {
			fault = h.row(line, &some[len(some)-1])
		}
		if fault != "" {
			h.left[fault]++
			some = some[:len(some)-1]
			continue
		}
		h.used++
		if len(some) == batch {
			if err := hand(); err != nil {
				return err
			}
		}
	}
}

// row reads one line; fault says why it is left out.
func (h *history) row(line []byte, r *row) (fault string) {
	var ok bool
	h.cells, ok = cells(line, h.separator, h.cells[:0])
	switch {
	case !ok:
		return leftQuotes
	case len(h.cells) != h.columns:
		return leftColumns
	}
	*r = row{in: h.base, period: -1}
	label := h.cells[h.outcome]
	if h.m.unknown[string(label)] {
		return leftOpen
	}
	if r.outcome, ok = h.m.outcome[string(label)]; !ok {
		return leftOutcome
	}
	if h.date >= 0 {
		d, ok := date(string(h.cells[h.date]))
		if !ok {
			return leftDate
		}
		r.in.AsOf = d.Time().Unix()
		r.period = int(d)/10000*12 + int(d)/100%100 - 1
		if h.m.Period != "month" {
			r.period /= 3
		}
	}
	for i, f := range h.m.fields {
		if h.facts[i] < 0 {
			continue
		}
		text := string(h.cells[h.facts[i]])
		if h.m.unknown[text] {
			continue
		}
		if f.Words != nil {
			if text, ok = f.Words[text]; !ok {
				return leftFact + " " + f.path
			}
		}
		if !f.set(&r.in, text) {
			return leftFact + " " + f.path
		}
	}
	for _, path := range h.m.Computed {
		formulas[path].compute(&r.in.Capacity)
	}
	// As in the check: an application would be made into a contract on its day.
	if h.m.Purpose == agent.PurposeApplication && !has(h.m.Facts, "cost.contract_on") {
		r.in.Cost.ContractOn = agent.DateOf(time.Unix(r.in.AsOf, 0)).String()
	}
	// Last, so that a row that could not be read does not stand in the way of the
	// one that mends it.
	if h.id >= 0 {
		id := h.cells[h.id]
		if len(id) == 0 {
			return leftID
		}
		sum := maphash.Bytes(h.seed, id)
		if _, twice := h.seen[sum]; twice {
			return leftRepeated
		}
		h.seen[sum] = struct{}{}
	}
	for i, f := range h.m.fields {
		if h.facts[i] >= 0 && !h.m.unknown[string(h.cells[h.facts[i]])] {
			h.known[i]++
		} else if f.Value != "" {
			h.known[i]++
		}
	}
	return ""
}

// A tally is what one worker counts.
type tally struct {
	measures []*measured
	sets     []*setTally
	periods  map[int]*[6]pair // by band of the first rule set
	moves    map[string]map[[2]string]pair
}

// measured counts outcomes by the value of a fact.
type measured struct {
	measure
	at      []int
	most    int64
	curve   curve
	unknown pair
}

// setTally counts the answers of one rule set.
type setTally struct {
	bands   [6]pair
	groups  map[string]map[string]pair // disposition, outcome, row
	denials map[agent.Code]int64
	// uncapped counts the rows of which the cost is known and no cap for its day.
	uncapped int64
}

func newTally(m *Map, sets int) *tally {
	t := &tally{periods: map[int]*[6]pair{}, moves: map[string]map[[2]string]pair{}}
	for _, x := range measures {
		if m.Facts[x.path].Column != "" || slices.Contains(m.Computed, x.path) {
			at, _ := place(x.path)
			most := int64(mostCount)
			if strings.HasSuffix(x.path, "_bp") {
				most = mostRatio
			}
			t.measures = append(t.measures, &measured{x, at, most, curve{}, pair{}})
		}
	}
	for range sets {
		t.sets = append(t.sets, &setTally{groups: map[string]map[string]pair{}, denials: map[agent.Code]int64{}})
	}
	return t
}

func count[K comparable](groups map[string]map[K]pair, group string, k K, p pair) {
	if groups[group] == nil {
		groups[group] = map[K]pair{}
	}
	q := groups[group][k]
	q.add(p)
	groups[group][k] = q
}

func (t *tally) add(ctx context.Context, r *row, rules []Rules) {
	if ctx.Err() != nil {
		return // what is counted is thrown away
	}
	var one pair
	one[r.outcome] = 1
	for _, m := range t.measures {
		if v, ok := valueAt(&r.in, m.at).Value(); ok {
			m.curve.add(min(max(v, -m.most), m.most), one)
		} else {
			m.unknown.add(one)
		}
	}
	var said [2][3]string
	for i, x := range rules {
		j := x.Judge(ctx, &r.in)
		s := t.sets[i]
		if !j.Allow {
			for _, code := range j.Denials {
				s.denials[code]++
			}
			j = agent.Judgement{Outcome: denied, Band: "U", Disposition: denied}
		}
		if r.in.Cost.AllInBP.IsKnown() && slices.Contains(j.Obligations, codeCapUnknown) {
			s.uncapped++
		}
		band := slices.Index(bands, j.Band)
		if band < 0 {
			band = unbanded
		}
		s.bands[band].add(one)
		count(s.groups, "disposition", j.Disposition, one)
		count(s.groups, "outcome", j.Outcome, one)
		if j.Row != "" {
			count(s.groups, "row", string(j.Row), one)
		}
		said[i] = [3]string{bands[band], j.Disposition, j.Outcome}
		if i == 0 && r.period >= 0 {
			if t.periods[r.period] == nil {
				t.periods[r.period] = new([6]pair)
			}
			t.periods[r.period][band].add(one)
		}
	}
	if len(rules) == 2 {
		for i, kind := range []string{"band", "disposition", "outcome"} {
			count(t.moves, kind, [2]string{said[0][i], said[1][i]}, one)
		}
	}
}

func (t *tally) merge(u *tally) {
	for i, m := range t.measures {
		for v, p := range u.measures[i].curve {
			m.curve.add(v, p)
		}
		m.unknown.add(u.measures[i].unknown)
	}
	for i, s := range t.sets {
		for band, p := range u.sets[i].bands {
			s.bands[band].add(p)
		}
		mergeGroups(s.groups, u.sets[i].groups)
		s.uncapped += u.sets[i].uncapped
		for code, n := range u.sets[i].denials {
			s.denials[code] += n
		}
	}
	for period, groups := range u.periods {
		if t.periods[period] == nil {
			t.periods[period] = new([6]pair)
		}
		for band, p := range groups {
			t.periods[period][band].add(p)
		}
	}
	mergeGroups(t.moves, u.moves)
}

func mergeGroups[K comparable](into, from map[string]map[K]pair) {
	for group, counts := range from {
		for k, p := range counts {
			count(into, group, k, p)
		}
	}
}

// report makes figures of counts.
func (t *tally) report(m *Map, h *history, rules []Rules) *Report {
	r := &Report{Purpose: m.Purpose, Rows: Rows{Read: h.read, Used: h.used, LeftOut: h.left}}
	for i, f := range m.fields {
		r.Facts = append(r.Facts, Coverage{f.path, f.Column == "", h.known[i]})
	}
	r.Lacking = m.lacking()
	for i, s := range t.sets {
		x := Judged{Rules: fmt.Sprintf("%x", rules[i].Digest()), Revision: rules[i].Revision(), Denials: s.denials, Uncapped: s.uncapped}
		for band, p := range s.bands {
			x.Bands = append(x.Bands, Group{bands[band], p.rate()})
		}
		x.Dispositions, x.Outcomes = groupsOf(s.groups["disposition"]), groupsOf(s.groups["outcome"])
		x.Deciding = groupsOf(s.groups["row"])
		x.Order = orderOf(s.bands[:unbanded])
		c := curve{}
		for band, p := range s.bands[:unbanded] {
			if p.n() > 0 {
				c.add(int64(band), p)
			}
		}
		x.Ranking = rankingOf("band", "affordability", c, s.bands[unbanded])
		if m.Purpose == "application" {
			a := s.groups["outcome"]["pass"].rate()
			x.Accepted = &a
		}
		r.Judged = append(r.Judged, x)
	}
	var all pair
	for _, p := range t.sets[0].bands {
		all.add(p)
	}
	r.All = all.rate()
	for _, x := range t.measures {
		r.Measures = append(r.Measures, rankingOf(x.path, x.kind, x.curve, x.unknown))
	}
	r.Stability = t.stability(m)
	if len(t.sets) == 2 {
		r.Change = t.change(m)
	}
	return r
}

func groupsOf(counts map[string]pair) []Group {
	var out []Group
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, Group{name, counts[name].rate()})
	}
	return out
}

func orderOf(groups []pair) Order {
	var o Order
	for _, g := range groups {
		if g.n() > 0 {
			o.Bands++
		}
	}
	o.Rising = o.Bands > 1 && rising(groups)
	if z, ok := trend(groups); ok {
		p := math.Erfc(math.Abs(z) / math.Sqrt2)
		o.Z, o.P = &z, &p
	}
	return o
}

// fewest is how many loans there must be of each outcome before a ranking is
// worth an interval. It is the product's own line.
const fewest = 10

func rankingOf(name, kind string, c curve, unknown pair) Ranking {
	points, all := c.points()
	r := Ranking{Name: name, Kind: kind, Known: all.n(), Defaults: all[defaulted], Unknown: unknown.n()}
	if all[paid] >= fewest && all[defaulted] >= fewest {
		a, k := auc(points, all), ksInterval(points, all)
		r.AUC, r.KS = &a, &k
	}
	return r
}

func (t *tally) stability(m *Map) *Stability {
	if len(t.periods) == 0 {
		return nil
	}
	s := &Stability{Period: cmp.Or(m.Period, "quarter")}
	var first []int64
	for _, at := range slices.Sorted(maps.Keys(t.periods)) {
		p := Period{Name: fmt.Sprintf("%04dQ%d", at/4, at%4+1)}
		if m.Period == "month" {
			p.Name = fmt.Sprintf("%04d-%02d", at/12, at%12+1)
		}
		var all pair
		var sizes []int64
		c := curve{}
		for band, q := range t.periods[at] {
			all.add(q)
			sizes = append(sizes, q.n())
			if band != unbanded && q.n() > 0 {
				c.add(int64(band), q)
			}
		}
		p.Rate = all.rate()
		if first == nil {
			first = sizes
		} else if index, chance, ok := psi(first, sizes); ok {
			p.PSI, p.Chance = &index, &chance
		}
		if points, all := c.points(); all[paid] >= fewest && all[defaulted] >= fewest {
			a := auc(points, all)
			p.AUC = &a
		}
		s.Periods = append(s.Periods, p)
	}
	return s
}

func (t *tally) change(m *Map) *Change {
	c := new(Change)
	list := func(kind string) (out []Move) {
		for k, p := range t.moves[kind] {
			out = append(out, Move{k[0], k[1], p.rate()})
		}
		slices.SortFunc(out, func(a, b Move) int {
			return cmp.Or(strings.Compare(a.Before, b.Before), strings.Compare(a.After, b.After))
		})
		return out
	}
	c.Bands, c.Dispositions, c.Outcomes = list("band"), list("disposition"), list("outcome")
	for k, p := range t.moves["band"] {
		switch {
		case k[0] == k[1]:
		case k[0] == "U" || k[1] == "U":
			c.Ungraded += p.n()
		case k[1] < k[0]:
			c.Better += p.n()
		default:
			c.Worse += p.n()
		}
	}
	if m.Purpose == "application" {
		var in, out pair
		for k, p := range t.moves["outcome"] {
			switch {
			case k[0] != "pass" && k[1] == "pass":
				in.add(p)
			case k[0] == "pass" && k[1] != "pass":
				out.add(p)
			}
		}
		i, o := in.rate(), out.rate()
		c.Admitted, c.Refused = &i, &o
	}
	return c
}
