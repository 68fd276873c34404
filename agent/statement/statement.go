// Package statement reads bank, Alipay and WeChat statements, as CSV or XLSX: the
// bytes of an export in, normalised transactions out. Tables of other
// institutions are read by a declared [Map] of their columns. The texts of a statement (names,
// goods, notes, account numbers) are used to tell what a row is and are then
// gone: nothing that this package returns, its errors included, carries one.
//
// Every row is accounted for: Rows = len(Transactions) + Refused. A row that
// cannot be read in full is refused, counted and named by a code; it is never
// mended. What a row is comes from tables (words of a column → kind); a row
// that no table names is [agent.KindUnknown], which is never income. Texts that
// the parties to a payment write themselves never make a row a salary.
//
// It reads as a stream: besides the transactions that it hands on, and eight
// bytes for each row's serial, the memory used does not depend on the length of
// a text. Of a workbook it holds the archive (at most 64 MiB) and the texts that
// cells share (at most 64 MiB); rows are unpacked one at a time. It opens no
// file, not even a temporary one, knows no clock, and leaves months, averages
// and judgement to the checks.
//
// What only a pattern over months can tell is not told here: the support of a
// family is [agent.KindTransferIn] from one [agent.PartyPerson], and a standing
// payment is what it pays for; both bear the number of their other side, by
// which the checks find them again.
package statement

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"

	"github.com/yanmen/yanmen/agent"
)

// The defaults and bounds of [Options].
const (
	DefaultMaxRows  = 2_000_000
	DefaultMaxBytes = 512 << 20

	// maxRows times maxFen is below the largest int64.
	maxRows = 9_000_000
)

// Options says how to read a statement. The zero Options is usable.
type Options struct {
	// Format is "alipay", "wechat", "icbc" or "cmb". Empty: the format is
	// told by the header of the table; otherwise a header of another format is
	// an error.
	Format string
	// Map, if set, says what the columns mean; Format must then be empty, and
	// [agent.Statement.Format] is "map". It must be good by [Map.Check].
	Map *Map
	// Account is the label that the case file gives to the account. It is
	// copied to the result and must not be a number.
	Account string
	// Owner is the name of the account's holder. Without it transfers between
	// the holder's own accounts are told only where the statement says so, and
	// the rest of them stay transfers, which are not income either.
	Owner string
	// MaxRows and MaxBytes bound the table and the input; 0 is the default. A
	// workbook may unpack to twice MaxBytes.
	// More is an error, and no statement: a part of one proves nothing. MaxRows
	// over 9,000,000 counts as that.
	MaxRows  int64
	MaxBytes int64
	// Refused, if set, is told of each refused row. It runs on the caller's
	// goroutine.
	Refused func(Error)
}

// An Error says why a statement, or one row of it, was refused. It never
// carries text of the statement.
type Error struct {
	Line int // first line, or row of a sheet, of the trouble, from 1; 0: the input as a whole
	// Rule is what was broken, one of
	//
	//	encoding.unsupported  not UTF-8 or GB18030 text: UTF-16, binary
	//	format.unknown        Options.Format names no format
	//	format.differs        the header belongs to another format than asked for
	//	header.missing        no known header near the top, or not the map's
	//	header.duplicate      a column occurs twice, or the map uses one twice
	//	map.invalid           Options.Map is wrong; Map.Check says where
	//	size.large            more bytes than Options.MaxBytes, packed or unpacked
	//	rows.many             more rows than Options.MaxRows
	//	xlsx.absent           an archive, but no workbook in it
	//	xlsx.bomb             an archive made to exhaust its reader
	//	xlsx.damaged          a workbook that is not whole, or not well-formed
	//	xlsx.encrypted        a workbook with a password, or one of before XLSX
	//	xlsx.sheet            the map asks for a sheet that is hidden or not there
	//
	// or, for a row, one of the row codes that [Read] lists.
	Rule string
}

// Error names the line and the rule.
func (e *Error) Error() string {
	if e.Line == 0 {
		return "read statement: " + e.Rule
	}
	return "read statement: line " + strconv.Itoa(e.Line) + ": " + e.Rule
}

// Remedy says in a sentence what would help, "" for a row's code.
func (e *Error) Remedy() string { return remedies[e.Rule] }

var remedies = map[string]string{
	"encoding.unsupported": "save the statement as UTF-8 or GB18030 text, or as .xlsx",
	"format.unknown":       "want alipay, wechat, icbc or cmb",
	"format.differs":       "the header is another format's; leave format out to have it told",
	"header.missing":       "no known header in the first 200 lines; for another institution's table add map, which names its columns",
	"header.duplicate":     "a column is there twice; name in map, by number, which one is meant",
	"map.invalid":          "the map of columns is wrong",
	"size.large":           "the statement is too large; export a shorter period",
	"rows.many":            "the statement has too many rows; export a shorter period",
	"xlsx.absent":          "the archive holds no workbook; unpack it, and bring the .xlsx or .csv file itself",
	"xlsx.bomb":            "the workbook unpacks to far more than a statement; bring the file as it was exported",
	"xlsx.damaged":         "the workbook is damaged or was made by hand; bring the file as it was exported",
	"xlsx.encrypted":       "save the workbook as .xlsx without a password",
	"xlsx.sheet":           "the sheet that the map asks for is hidden or not there; show it, or correct its number",
}

// Read reads a whole statement. On any error the statement is nil: an [*Error]
// if the input is at fault, else the reader's own error, wrapped. The same bytes
// and options always give the same statement.
//
// Statement.Warnings holds codes of two families. Refused rows:
//
//	row.cells      more or fewer cells than the header has
//	row.quote      a quotation mark is never closed
//	row.long       a line longer than 64 KiB
//	row.encoding   bytes that are not text in the statement's encoding, or NUL
//	row.time       no such date or time, or a year outside 1990–2100
//	row.amount     absent, malformed, ambiguous, negative where the format has
//	               no sign, or more than ten thousand million yuan
//	row.formula    a formula in a cell: its value is not the institution's
//	row.currency   not renminbi
//
// Doubts about the whole:
//
//	count.differs  income_count.differs  expense_count.differs  neutral_count.differs
//	               the banner states another number of rows
//	income_total.differs  expense_total.differs  neutral_total.differs
//	               the banner or the closing row states another sum
//	balance.differs     the running balance does not follow from the amounts
//	balance.unreadable  a balance is not a number; it is unknown in its row
//	period.differs      rows lie outside the period that the banner states
//	order.mixed         rows are in no order of time
//	owner.differs       the banner names another holder than Options.Owner
//	time.impossible     a refused row's time has the form of one that never was: 25:61
//	time.later          a row is later than the banner says the export was made
//	amount.decimals     a refused row's amount has more than two decimals
//	serial.duplicate    two rows of one direction have one serial; refunds and
//	                    fees aside
//	serial.date_differs a serial holds a day after its row's, or one long before
//	sheet.many          another sheet has such a table too; it was not read
//	sheet.hidden        a sheet is hidden; it was not read
//	cells.merged        cells of the table were made one
//	payers.many         more than 65,535 other sides, or one with a name over
//	                    256 bytes: such rows have Payer 0
//
// A banner sum counts as equal if it matches either all rows or all but the
// failed and closed ones: exports differ in this.
func Read(r io.Reader, o Options) (*agent.Statement, error) {
	// Pieces, then one slice of the right size: growing a single slice would
	// leave two and a half times the rows on the heap.
	const piece = 4096
	var full [][]agent.Transaction
	last := make([]agent.Transaction, 0, 64)
	st, err := Rows(r, o, func(t agent.Transaction) error {
		if len(last) == piece {
			full = append(full, last)
			last = make([]agent.Transaction, 0, piece)
		}
		last = append(last, t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(full) == 0 {
		st.Transactions = last
		return st, nil
	}
	if len(full)*piece >= 1<<18 {
		// What was read from, a workbook above all, is rubbish by now and larger
		// than the rows, of which there are two for a moment.
		runtime.GC()
	}
	st.Transactions = make([]agent.Transaction, 0, len(full)*piece+len(last))
	for i, p := range full {
		st.Transactions = append(st.Transactions, p...)
		full[i] = nil
	}
	st.Transactions = append(st.Transactions, last...)
	return st, nil
}

// Rows reads a statement as [Read] does, but hands each transaction to yield, in
// the order of the file, and returns the statement without transactions. An
// error of yield ends the reading and is returned as it is. What yield was given
// before an error must be discarded: the statement was not read.
func Rows(r io.Reader, o Options, yield func(agent.Transaction) error) (*agent.Statement, error) {
	if o.MaxRows <= 0 {
		o.MaxRows = DefaultMaxRows
	}
	o.MaxRows = min(o.MaxRows, maxRows)
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Format != "" && formatNamed(o.Format) == nil {
		return nil, &Error{Rule: "format.unknown"}
	}
	if o.Map != nil {
		if member, _ := o.Map.Check(); member != "" || o.Format != "" {
			return nil, &Error{Rule: "map.invalid"}
		}
	}
	in, book, err := open(r, &o)
	if err != nil {
		return nil, inputError(err)
	}
	t := table{o: o, in: in, book: book}
	if err := t.findHeader(); err != nil {
		return nil, inputError(err)
	}
	if err := t.readRows(yield); err != nil {
		var y *yieldError
		if errors.As(err, &y) {
			return nil, y.err
		}
		return nil, inputError(err)
	}
	return t.statement(), nil
}

// yieldError keeps the caller's own error apart from the input's.
type yieldError struct{ err error }

func (e *yieldError) Error() string { return "yield" }

func inputError(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return fmt.Errorf("read statement: %w", err)
}
