package statement

import (
	"bytes"
	"cmp"
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
	in     input
	book   *workbook // which has several, or nil
	sparse bool      // blank cells at a row's end may be left out
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
	serials       []uint64
	clock         []byte
	timed         bool // the row's time could be read: at, on
	at            int64
	on            agent.Date
}

// formats are those that the table may be in.
func (t *table) formats() []*format {
	if t.o.Map != nil {
		return []*format{t.o.Map.format()}
	}
	return formats[:]
}

// findHeader reads up to the header of the table.
func (t *table) findHeader() error {
	t.warnings = make(map[string]bool)
	fs := t.formats()
	if t.book != nil {
		return t.findSheet(fs)
	}
	found, err := t.header(fs)
	if err == nil && !found {
		err = &Error{Rule: "header.missing"}
	}
	return err
}

// findSheet reads up to the header of the one sheet that is read.
func (t *table) findSheet(fs []*format) error {
	t.sparse = true
	asked := 0
	if t.o.Map != nil {
		asked = t.o.Map.Sheet
	}
	if asked > len(t.book.sheets) || asked > 0 && t.book.sheets[asked-1].hidden {
		return &Error{Rule: "xlsx.sheet"}
	}
	var (
		chosen *table
		many   bool  // tables
		fault  error // of one that is not as asked for
	)
	for i, part := range t.book.sheets {
		if part.hidden {
			t.warnings["sheet.hidden"] = true
		}
		if part.hidden || asked > 0 && i != asked-1 {
			continue
		}
		s, err := t.book.begin(i)
		if err != nil {
			return err
		}
		try := *t
		try.in = s
		found, err := try.header(fs)
		if found && chosen == nil {
			chosen = &try
			continue
		}
		s.x.done()
		switch {
		case found:
			many = true
		case isFormatError(err):
			many, fault = true, cmp.Or(fault, err)
		case err != nil:
			return err
		}
	}
	if chosen == nil {
		return cmp.Or(fault, error(&Error{Rule: "header.missing"}))
	}
	if many {
		t.warnings["sheet.many"] = true
	}
	*t = *chosen
	header := t.in.place()
	t.in.(*sheet).merged = func(last int) {
		if last > header {
			t.warnings["cells.merged"] = true
		}
	}
	return nil
}

// isFormatError tells a sheet that is not of the format from one that is broken.
func isFormatError(err error) bool {
	e, ok := err.(*Error)
	return ok && (e.Rule == "format.differs" || e.Rule == "header.duplicate")
}

// header reads the banner up to the header of the table, if there is one.
func (t *table) header(fs []*format) (found bool, err error) {
	asked := 0
	if m := t.o.Map; m != nil {
		if asked = m.HeaderRow; asked == 0 && !fs[0].named {
			lay, ok, err := fs[0].header(nil)
			if err != nil || !ok {
				return false, &Error{Rule: "header.duplicate"}
			}
			t.begin(fs[0], lay)
			return true, nil
		}
	}
	for range maxBanner {
		line, cells, rule, err := t.in.record(false)
		if err == io.EOF || asked > 0 && t.in.place() > asked {
			break
		}
		if err != nil {
			return false, err
		}
		if rule != "" || asked > 0 && t.in.place() < asked {
			if rule == "" {
				t.banner.read(line)
			}
			continue // prose with a stray mark; a header is never so
		}
		for _, f := range fs {
			lay, ok, err := f.header(cells)
			if err != nil {
				return false, &Error{Line: t.in.place(), Rule: "header.duplicate"}
			}
			if !ok {
				continue
			}
			if t.o.Format != "" && t.o.Format != f.name {
				return false, &Error{Line: t.in.place(), Rule: "format.differs"}
			}
			t.begin(f, lay)
			return true, nil
		}
		t.banner.read(line)
	}
	return false, nil
}

func (t *table) begin(f *format, lay layout) {
	t.f, t.lay = f, lay
	if f.mapped != nil && !f.named { // no header says how wide the table is
		t.lay.width = maxCells
	}
	t.class = newClassifier(f, t.o.Owner)
}

// readRows reads what follows the header: rows, and the lines that close a
// statement.
func (t *table) readRows(yield func(agent.Transaction) error) error {
	for {
		before := t.in.place()
		line, cells, rule, err := t.in.record(t.f.mapped == nil)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if rule == "" {
			if t.aside(line, cells) {
				continue
			}
		}
		if t.sparse { // rows without cells are not there
			before = t.in.place() - 1
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

// aside reports whether a line between the rows is none itself, and takes what
// it says of them.
func (t *table) aside(line []byte, cells [][]byte) bool {
	if isBlank(cells) {
		return true
	}
	if t.f.mapped == nil {
		return !beginsRow(line) && (t.banner.closing(cells, t.lay) || t.banner.read(line))
	}
	// Dates have many forms here, and a name may hold what a banner says: a
	// line of one cell, or one of totals, is all that is passed over.
	if t.at, t.on, t.timed = parseTime(t.time(cells)); t.timed {
		return false
	}
	if t.banner.closing(cells, t.lay) {
		return true
	}
	text := 0
	for _, c := range cells {
		if len(c) > 0 {
			text++
		}
	}
	return text == 1 && t.banner.read(line)
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
	for t.sparse && len(cells) < t.lay.need {
		cells = append(cells, nil)
	}
	if len(cells) < t.lay.need {
		return x, "row.cells"
	}
	for _, c := range cells[min(t.lay.width, len(cells)):] {
		if len(c) > 0 { // a comma inside a cell has shifted the rest
			return x, "row.cells"
		}
	}
	if t.f.mapped == nil { // else it was looked at already
		t.at, t.on, t.timed = parseTime(t.time(cells))
	}
	if !t.timed {
		if c, ok := splitTime(t.time(cells)); ok && !c.exists() {
			t.warnings["time.impossible"] = true
		}
		return x, "row.time"
	}
	x.At = t.at
	if t.lay.at[fCurrency] >= 0 && !isRenminbi(t.cell(cells, fCurrency)) {
		return x, "row.currency"
	}
	var ok bool
	if x.Amount, x.Flow, ok = t.amount(cells); !ok {
		if overlong(t.cell(cells, fAmount)) || overlong(t.cell(cells, fIn)) || overlong(t.cell(cells, fOut)) {
			t.warnings["amount.decimals"] = true
		}
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
	if x.Kind != agent.KindRefund && x.Kind != agent.KindFee { // which bear the number of what they belong to
		t.serial(t.cell(cells, fSerial), stated, t.on)
	}
	if t.banner.exported != 0 && x.At > t.banner.exported {
		t.warnings["time.later"] = true
	}
	if t.first == 0 || t.on < t.first {
		t.first = t.on
	}
	t.last = max(t.last, t.on)
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
		if flow = flowOf(t.cell(cells, fFlow)); t.f.mapped != nil {
			flow = t.f.mapped.Directions[string(t.cell(cells, fFlow))]
		}
		return fen, flow, ok
	}
	fen, ok = parseFen(t.cell(cells, fAmount), true)
	if t.f.mapped != nil && t.f.mapped.Positive == "out" {
		fen = -fen
	}
	switch {
	case fen > 0:
		flow = agent.FlowIn
	case fen < 0:
		fen, flow = -fen, agent.FlowOut
	}
	return fen, flow, ok
}

// time returns the row's time as parseTime reads it.
func (t *table) time(cells [][]byte) []byte {
	when := t.cell(cells, fTime)
	if t.f.mapped == nil {
		return when
	}
	t.clock = plainTime(t.clock[:0], when, t.cell(cells, fClock), t.f.mapped.Date)
	return t.clock
}

// serial remembers the number of a row, and compares the day that it holds.
func (t *table) serial(cell []byte, stated agent.Flow, on agent.Date) {
	h, ok := serialHash(cell, t.f.mapped != nil)
	if !ok {
		return
	}
	// A payment to oneself may be there twice, as in and as out.
	t.serials = append(t.serials, h*8+uint64(stated))
	if t.f.serialDate == nil {
		return
	}
	if made, day, ok := parseTime(t.f.serialDate(cell)); ok && day != on {
		if lag := (on.Time().Unix() - made) / 86400; lag < -1 || lag > int64(t.f.serialLag) {
			t.warnings["serial.date_differs"] = true
		}
	}
}

// serialHash reads a number that names one row. Masked ones, and those that a
// spreadsheet has rounded, name none.
func serialHash(cell []byte, short bool) (h uint64, ok bool) {
	if len(cell) > maxParty || len(cell) < 20 && !short || len(cell) == 0 {
		return 0, false
	}
	h = 14695981039346656037 // FNV-1a
	digits := 0
	for _, c := range cell {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'w', c == '_', c == '-': // x is a mask
		default:
			return 0, false
		}
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h, digits > 0 && (short || digits >= 16)
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
	slices.Sort(t.serials)
	for i := 1; i < len(t.serials); i++ {
		if t.serials[i] == t.serials[i-1] {
			t.warnings["serial.duplicate"] = true
			break
		}
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
