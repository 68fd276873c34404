package statement

import (
	"github.com/yanmen/yanmen/agent"
)

// A Map says what the columns of a table mean that is in no format known here:
// another bank's CSV or spreadsheet. It is declared by who brings the statement;
// nothing in it is guessed from the rows. A Map is not changed by reading, and
// may be used by several readers at a time.
type Map struct {
	Columns Columns
	// HeaderRow is the line of a text, or the row of a sheet, that names the
	// columns, from 1. 0: the first one near the top that has all the names. If
	// Columns has no name there is no header, and rows begin at the top.
	HeaderRow int
	// Sheet is which sheet of a workbook to read, from 1, hidden ones counted.
	// 0: the first visible one that has the header.
	Sheet int
	// Date is the order of day, month and year: "ymd" (as does ""), "dmy" or
	// "mdy". Between them may stand - / . or 年月日; ymd may have none.
	Date string
	// Encoding is "utf-8", "gb18030", or "" to be told from the bytes. Of a
	// workbook it says nothing.
	Encoding string
	// Delimiter stands between the cells of a text: "comma" (as does ""),
	// "semicolon" or "tab".
	Delimiter string
	// Positive is the direction of an amount without a minus sign where no
	// column tells it: "in" (as does "") or "out".
	Positive string
	// Directions are the words of Columns.Direction. Another word is
	// agent.FlowUnknown.
	Directions map[string]agent.Flow
	// States are the words of Columns.State. Another word is
	// agent.StateUnknown, which moves no money. Without that column every row
	// was booked.
	States map[string]agent.State
	// Kinds are words of Columns.Summary that are the whole cell, in addition
	// to those that banks are known to use. They come first, but cannot make
	// income of money going out, or a salary of what a person or the holder
	// pays.
	Kinds map[string]agent.Kind
}

// Columns says where things stand. Time is required, and either Amount or both
// of In and Out. An amount has the sign of its direction, or Direction tells it.
// Without Currency all is renminbi.
type Columns struct {
	Time      Column // date, or date and time of day
	Clock     Column // time of day, if Time is the date alone
	Amount    Column
	In, Out   Column
	Direction Column
	Balance   Column // after the row
	Party     Column // the other side's name, as the bank knows it
	// Summary is the institution's own word for what the row is (摘要), the
	// ground of every kind. A note that a payer writes must not be put here.
	Summary  Column
	Note     Column
	Currency Column
	State    Column
	Serial   Column // a number that no two rows of the statement share
}

// A Column is told by its name in the header, or by its number from 1. The zero
// Column is not there.
type Column struct {
	Name   string
	Number int
}

func (c Column) is() bool { return c != Column{} }

// maxName bounds the name of a column, in bytes.
const maxName = 192

var separators = map[string]byte{"": ',', "comma": ',', "semicolon": ';', "tab": '\t'}

// fields gives the columns in the order of the reader's fields.
func (c *Columns) fields() [numFields]Column {
	return [numFields]Column{fTime: c.Time, fClock: c.Clock, fClass: c.Summary, fParty: c.Party, fItem: c.Note, fFlow: c.Direction,
		fAmount: c.Amount, fIn: c.In, fOut: c.Out, fBalance: c.Balance, fCurrency: c.Currency, fState: c.State, fSerial: c.Serial}
}

// Check returns the first member that is wrong, as the path in a case file
// ("columns/time"), and what would be right; "" and "" of a good map.
func (m *Map) Check() (member, remedy string) {
	c := &m.Columns
	switch {
	case !c.Time.is():
		return "columns/time", "say which column has the date"
	case c.Amount.is() && (c.In.is() || c.Out.is()), !c.Amount.is() && (!c.In.is() || !c.Out.is()):
		return "columns", "want amount, or both in and out"
	case c.Direction.is() && !c.Amount.is():
		return "columns/direction", "want it with amount only: in and out tell the direction themselves"
	case c.Direction.is() != (len(m.Directions) > 0):
		return "directions", "want the words of the column direction, and none without it"
	case c.State.is() != (len(m.States) > 0):
		return "states", "want the words of the column state, and none without it"
	case len(m.Kinds) > 0 && !c.Summary.is():
		return "kinds", "want words only with the column summary"
	case m.Positive != "" && (!c.Amount.is() || c.Direction.is()):
		return "positive", "want it only with amount and without direction"
	case m.Positive != "" && m.Positive != "in" && m.Positive != "out":
		return "positive", "want in or out"
	case m.Date != "" && m.Date != "ymd" && m.Date != "dmy" && m.Date != "mdy":
		return "date", "want ymd, dmy or mdy"
	case m.Encoding != "" && m.Encoding != "utf-8" && m.Encoding != "gb18030":
		return "encoding", "want utf-8 or gb18030"
	case separators[m.Delimiter] == 0:
		return "delimiter", "want comma, semicolon or tab"
	case m.HeaderRow < 0 || m.HeaderRow > maxBanner:
		return "header_row", "want 1 to 200"
	case m.Sheet < 0 || m.Sheet > maxSheets:
		return "sheet", "want 1 to 64"
	}
	seen := map[Column]bool{}
	for _, col := range c.fields() {
		if !col.is() {
			continue
		}
		if col.Number < 0 || col.Number > maxCells || len(col.Name) > maxName || (col.Number == 0) == (narrow.Replace(col.Name) == "") {
			return "columns", "want a name of at most 64 characters, or a number from 1 to 64"
		}
		col.Name = narrow.Replace(col.Name)
		if seen[col] {
			return "columns", "want each column for one thing"
		}
		seen[col] = true
	}
	return "", ""
}

// format makes of the map what the known formats are.
func (m *Map) format() *format {
	f := &format{name: "map", realNames: true, mapped: m}
	for fd, col := range m.Columns.fields() {
		if col.Name != "" {
			f.columns[fd] = []string{narrow.Replace(col.Name)}
			f.named = true
		}
	}
	words := make(map[agent.Kind][]string)
	for w, k := range m.Kinds {
		words[k] = append(words[k], w)
	}
	// By kind and not by word: the order of a map's members changes nothing, for
	// a word is of one kind.
	for k := range words {
		u := rule{class: match{exact, words[k]}, kind: k}
		switch k {
		case agent.KindSalary:
			u.flow, u.not, u.who = agent.FlowIn, self|person|platform, agent.PartyEmployer
		case agent.KindBenefit, agent.KindHousingFund:
			u.flow, u.not, u.who = agent.FlowIn, self|person|platform, agent.PartyPublic
		case agent.KindReceipt:
			u.flow, u.not = agent.FlowIn, self
		case agent.KindTransferIn, agent.KindLoanIn, agent.KindInterest:
			u.flow = agent.FlowIn
		case agent.KindTransferOut, agent.KindPurchase, agent.KindRepayment, agent.KindFee, agent.KindMedical:
			u.flow = agent.FlowOut
		}
		f.rules = append(f.rules, u)
	}
	f.rules = append(f.rules, bankRules...)
	for w, s := range m.States {
		f.states = append(f.states, stateRule{match{exact, []string{w}}, s})
	}
	return f
}

// place puts the columns that are told by number, and says whether the layout
// has all of them, each in a column of its own.
func (m *Map) place(lay *layout) bool {
	var taken [maxCells]bool
	for fd, col := range m.Columns.fields() {
		if col.Number > 0 {
			lay.at[fd] = col.Number - 1
			lay.need = max(lay.need, col.Number)
		}
		if at := lay.at[fd]; at >= 0 {
			if taken[at] {
				return false
			}
			taken[at] = true
		}
	}
	return true
}
