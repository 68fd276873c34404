package statement

import (
	"bytes"
	"io"
	"maps"
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// maxBanner is how many lines may stand before the header.
const maxBanner = 200

// table reads one statement from top to bottom.
type table struct {
	o      Options
	in     *lines
	f      *format
	lay    layout
	banner banner
	class  *classifier

	rows, refused int64
	warnings      map[string]bool
	first, last   agent.Date // of the rows
	totals        [4]total   // by the flow that the statement states
	balance       continuity
	order         sequence
}

// findHeader reads the banner up to the header of the table.
func (t *table) findHeader() error {
	t.warnings = make(map[string]bool)
	for range maxBanner {
		line, cells, rule, err := t.in.record(false)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if rule != "" {
			continue // prose with a stray mark; a header is never so
		}
		for _, f := range formats {
			lay, ok, err := f.header(cells)
			if err != nil {
				return &Error{Line: t.in.n, Rule: "header.duplicate"}
			}
			if !ok {
				continue
			}
			if t.o.Format != "" && t.o.Format != f.name {
				return &Error{Line: t.in.n, Rule: "format.differs"}
			}
			t.f, t.lay = f, lay
			t.class = newClassifier(f, t.o.Owner)
			return nil
		}
		t.banner.read(line)
	}
	return &Error{Rule: "header.missing"}
}

// readRows reads what follows the header: rows, and the lines that close a
// statement.
func (t *table) readRows(yield func(agent.Transaction) error) error {
	for {
		before := t.in.n
		line, cells, rule, err := t.in.record(true)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if rule == "" {
			if isBlank(cells) || !beginsRow(line) && (t.banner.closing(cells, t.lay) || t.banner.read(line)) {
				continue
			}
		}
		if t.rows++; t.rows > t.o.MaxRows {
			return &Error{Line: before + 1, Rule: "rows.many"}
		}
		var x agent.Transaction
		if rule == "" {
			x, rule = t.row(cells)
		}
		if rule != "" {
			t.refuse(before+1, rule)
			continue
		}
		if err := yield(x); err != nil {
			return &yieldError{err}
		}
	}
}

func (t *table) refuse(line int, rule string) {
	t.refused++
	t.warnings[rule] = true
	t.balance.cut()
	if t.o.Refused != nil {
		t.o.Refused(Error{Line: line, Rule: rule})
	}
}

// row reads one row. Nothing of the table changes before the row is known to be
// good.
func (t *table) row(cells [][]byte) (x agent.Transaction, rule string) {
	if len(cells) < t.lay.need {
		return x, "row.cells"
	}
	for _, c := range cells[min(t.lay.width, len(cells)):] {
		if len(c) > 0 { // a comma inside a cell has shifted the rest
			return x, "row.cells"
		}
	}
	at, on, ok := parseTime(t.cell(cells, fTime))
	if !ok {
		return x, "row.time"
	}
	x.At = at
	if t.lay.at[fCurrency] >= 0 && !isRenminbi(t.cell(cells, fCurrency)) {
		return x, "row.currency"
	}
	if x.Amount, x.Flow, ok = t.amount(cells); !ok {
		return x, "row.amount"
	}
	stated := x.Flow
	t.class.classify(&x, row{
		class: t.cell(cells, fClass), party: t.cell(cells, fParty), item: t.cell(cells, fItem),
		detail: t.cell(cells, fDetail), state: t.cell(cells, fState),
	})
	if b := t.cell(cells, fBalance); len(b) > 0 {
		if fen, ok := parseFen(b, true); ok {
			x.Balance = agent.Known(fen)
		} else {
			t.warnings["balance.unreadable"] = true
		}
	}
	t.balance.add(stated, x)
	t.totals[stated].add(x)
	t.order.add(x.At)
	if t.first == 0 || on < t.first {
		t.first = on
	}
	t.last = max(t.last, on)
	return x, ""
}

// amount reads the amount and the stated flow from whichever columns the format
// has for them.
func (t *table) amount(cells [][]byte) (fen int64, flow agent.Flow, ok bool) {
	if t.lay.at[fAmount] < 0 { // one column each way
		in, out := t.cell(cells, fIn), t.cell(cells, fOut)
		vi, oki := parseFen(in, false)
		vo, oko := parseFen(out, false)
		switch {
		case oki && (none(out) || oko && vo == 0 && vi > 0):
			return vi, agent.FlowIn, true
		case oko && (none(in) || oki && vi == 0 && vo > 0):
			return vo, agent.FlowOut, true
		}
		return 0, 0, false
	}
	if t.lay.at[fFlow] >= 0 {
		fen, ok = parseFen(t.cell(cells, fAmount), false)
		return fen, flowOf(t.cell(cells, fFlow)), ok
	}
	fen, ok = parseFen(t.cell(cells, fAmount), true)
	switch {
	case fen > 0:
		flow = agent.FlowIn
	case fen < 0:
		fen, flow = -fen, agent.FlowOut
	}
	return fen, flow, ok
}

func none(cell []byte) bool { return len(cell) == 0 || bytes.Equal(cell, []byte("-")) }

// cell returns the cell of a field, or nothing where the format has none.
func (t *table) cell(cells [][]byte, f field) []byte {
	if i := t.lay.at[f]; i >= 0 && i < len(cells) {
		return cells[i]
	}
	return nil
}

// statement sums up after the last row.
func (t *table) statement() *agent.Statement {
	st := &agent.Statement{Format: t.f.name, Account: t.o.Account, From: t.banner.from, To: t.banner.to,
		Rows: t.rows, Refused: t.refused}
	if st.From == 0 || st.To == 0 || st.From > st.To {
		if st.From > st.To && st.To != 0 {
			t.warnings["period.differs"] = true
		}
		st.From, st.To = t.first, t.last
	} else if t.first != 0 && (t.first < st.From || t.last > st.To) {
		t.warnings["period.differs"] = true
	}
	if n, ok := t.banner.rows.Value(); ok && n != t.rows {
		t.warnings["count.differs"] = true
	}
	for flow, code := range [...]string{agent.FlowIn: "income", agent.FlowOut: "expense", agent.FlowNeutral: "neutral"} {
		said, got := t.banner.stated[flow], t.totals[flow]
		if n, ok := said.count.Value(); ok && n != got.all && n != got.live {
			t.warnings[code+"_count.differs"] = true
		}
		if n, ok := said.sum.Value(); ok && n != got.allSum && n != got.liveSum {
			t.warnings[code+"_total.differs"] = true
		}
	}
	if t.balance.broken() {
		t.warnings["balance.differs"] = true
	}
	if t.order.mixed() {
		t.warnings["order.mixed"] = true
	}
	if owner := normalName([]byte(t.o.Owner)); owner != "" && t.banner.holder != "" && !sameName(t.banner.holder, owner) {
		t.warnings["owner.differs"] = true
	}
	if t.class.crowded {
		t.warnings["payers.many"] = true
	}
	st.Warnings = slices.Sorted(maps.Keys(t.warnings))
	return st
}

// total sums the rows of one flow, all of them and those that came to something.
// The sums cannot overflow: at most maxRows rows of at most maxFen each.
type total struct{ all, allSum, live, liveSum int64 }

func (s *total) add(x agent.Transaction) {
	s.all++
	s.allSum += x.Amount
	if x.State != agent.StateFailed && x.State != agent.StateClosed {
		s.live++
		s.liveSum += x.Amount
	}
}

// continuity checks that each balance follows from its neighbour's and the
// amount between. Banks list rows oldest first or newest first, so it counts
// the breaks under either reading: one of them must have none.
type continuity struct {
	prev      agent.Int
	prevDelta int64
	forward   int64
	backward  int64
}

// cut ends a run: nothing is known about the row between.
func (c *continuity) cut() { c.prev = agent.Int{} }

func (c *continuity) add(stated agent.Flow, x agent.Transaction) {
	now, ok := x.Balance.Value()
	if !ok {
		c.cut()
		return
	}
	delta := x.Amount
	if stated == agent.FlowOut {
		delta = -delta
	}
	if before, ok := c.prev.Value(); ok {
		if before+delta != now {
			c.forward++
		}
		if now+c.prevDelta != before {
			c.backward++
		}
	}
	c.prev, c.prevDelta = x.Balance, delta
}

func (c *continuity) broken() bool { return c.forward > 0 && c.backward > 0 }

// sequence tells whether times only rise or only fall.
type sequence struct {
	prev       int64
	any        bool
	rose, fell bool
}

func (s *sequence) add(at int64) {
	if s.any {
		s.rose = s.rose || at > s.prev
		s.fell = s.fell || at < s.prev
	}
	s.prev, s.any = at, true
}

func (s *sequence) mixed() bool { return s.rose && s.fell }
