package intake

import (
	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/statement"
)

// The map of a statement's columns, as the case file declares it.

const (
	maxWords     = 32
	maxWord      = 64 // characters
	maxHeaderRow = 200
	maxSheet     = 64
	maxColumnNo  = 64
)

var (
	dateOrders = newEnum("ymd", "dmy", "mdy")
	encodings  = newEnum("utf-8", "gb18030")
	delimiters = newEnum("comma", "semicolon", "tab")
	ways       = newEnum("in", "out")
)

var mapObject = object[statement.Map]{
	{"columns", required, func(d *decoder, m *statement.Map) { columnsObject.read(d, &m.Columns) }},
	{"header_row", optional, func(d *decoder, m *statement.Map) { m.HeaderRow = d.ordinal(maxHeaderRow) }},
	{"sheet", optional, func(d *decoder, m *statement.Map) { m.Sheet = d.ordinal(maxSheet) }},
	{"date", optional, func(d *decoder, m *statement.Map) { m.Date = d.word(dateOrders) }},
	{"encoding", optional, func(d *decoder, m *statement.Map) { m.Encoding = d.word(encodings) }},
	{"delimiter", optional, func(d *decoder, m *statement.Map) { m.Delimiter = d.word(delimiters) }},
	{"positive", optional, func(d *decoder, m *statement.Map) { m.Positive = d.word(ways) }},
	{"directions", optional, func(d *decoder, m *statement.Map) {
		m.Directions = make(map[string]agent.Flow)
		directionsObject.read(d, &m.Directions)
	}},
	{"states", optional, func(d *decoder, m *statement.Map) {
		m.States = make(map[string]agent.State)
		statesObject.read(d, &m.States)
	}},
	{"kinds", optional, func(d *decoder, m *statement.Map) {
		m.Kinds = make(map[string]agent.Kind)
		kindsObject.read(d, &m.Kinds)
	}},
}

var columnsObject = object[statement.Columns]{
	{"time", required, func(d *decoder, c *statement.Columns) { c.Time = d.column() }},
	{"clock", optional, func(d *decoder, c *statement.Columns) { c.Clock = d.column() }},
	{"amount", optional, func(d *decoder, c *statement.Columns) { c.Amount = d.column() }},
	{"in", optional, func(d *decoder, c *statement.Columns) { c.In = d.column() }},
	{"out", optional, func(d *decoder, c *statement.Columns) { c.Out = d.column() }},
	{"direction", optional, func(d *decoder, c *statement.Columns) { c.Direction = d.column() }},
	{"balance", optional, func(d *decoder, c *statement.Columns) { c.Balance = d.column() }},
	{"counterparty", optional, func(d *decoder, c *statement.Columns) { c.Party = d.column() }},
	{"summary", optional, func(d *decoder, c *statement.Columns) { c.Summary = d.column() }},
	{"note", optional, func(d *decoder, c *statement.Columns) { c.Note = d.column() }},
	{"currency", optional, func(d *decoder, c *statement.Columns) { c.Currency = d.column() }},
	{"state", optional, func(d *decoder, c *statement.Columns) { c.State = d.column() }},
	{"serial", optional, func(d *decoder, c *statement.Columns) { c.Serial = d.column() }},
}

var directionsObject = object[map[string]agent.Flow]{
	wordsFor("in", agent.FlowIn), wordsFor("out", agent.FlowOut), wordsFor("neutral", agent.FlowNeutral),
}

var statesObject = object[map[string]agent.State]{
	wordsFor("settled", agent.StateSettled), wordsFor("pending", agent.StatePending), wordsFor("failed", agent.StateFailed),
	wordsFor("closed", agent.StateClosed), wordsFor("refunded", agent.StateRefunded),
}

// kindsObject has every kind but unknown, by its own name.
var kindsObject = func() (o object[map[string]agent.Kind]) {
	for k := agent.KindUnknown + 1; k.String() != agent.KindUnknown.String(); k++ {
		o = append(o, wordsFor(k.String(), k))
	}
	return o
}()

// wordsFor is a member that lists the words of one meaning.
func wordsFor[M comparable](name string, m M) field[map[string]M] {
	return field[map[string]M]{name, optional, func(d *decoder, words *map[string]M) {
		list(d, maxWords, func(d *decoder, _ *struct{}) {
			w := d.words(maxWord)
			if _, again := (*words)[w]; again && w != "" {
				d.fail(ruleDuplicate, "want each word in one list, once")
			}
			(*words)[w] = m
		})
	}}
}

// readMap reads a map, and if nothing in it is wrong by itself, whether its
// members go together.
func readMap(d *decoder, s *statementPart) {
	before := len(d.errs)
	s.columns = new(statement.Map)
	mapObject.read(d, s.columns)
	if len(d.errs) > before || d.dead {
		return
	}
	if member, remedy := s.columns.Check(); member != "" {
		d.failAt(member, "statement.map.invalid", remedy)
	}
}

// column reads the name of a column or its number, from 1.
func (d *decoder) column() (c statement.Column) {
	if d.kind() == '"' {
		c.Name = d.words(maxWord)
	} else {
		c.Number = d.ordinal(maxColumnNo)
	}
	return c
}

// ordinal reads a number from 1 to most, and gives 0 after a fault.
func (d *decoder) ordinal(most int64) int {
	n, _ := d.whole(1, most)
	return int(n)
}
