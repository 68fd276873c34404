package statement

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

const (
	maxLine  = 64 << 10 // bytes of UTF-8; a longer line is skipped, not held
	maxCells = 64       // the widest format has 16
	maxJoin  = 16       // lines that one quoted cell may span
	headSize = 4 << 10  // what the encoding is told by
)

// An input gives the rows of a statement: the lines of a text, or of a sheet.
type input interface {
	// record returns the next row; see the two that implement it.
	record(join bool) (line []byte, cells [][]byte, rule string, err error)
	// place is the number of the line or row read last, from 1.
	place() int
}

// lines gives the lines of a statement as UTF-8 and splits them into cells.
type lines struct {
	br    *bufio.Reader
	gb    bool // decoded from GB18030, whose decoder marks bad bytes by U+FFFD
	sep   byte // between cells
	n     int  // lines begun so far
	cells [][]byte
	joint []byte // a record that spans lines
}

func (l *lines) place() int { return l.n }

// open tells what the input is by its head: text, or a workbook, which is the
// one of the two results that is not nil.
func open(r io.Reader, o *Options) (*lines, *workbook, error) {
	br := bufio.NewReaderSize(&capped{r: r, left: o.MaxBytes}, maxLine)
	head, err := br.Peek(headSize)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		w, err := openWorkbook(br, 2*o.MaxBytes)
		return nil, w, err
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")): // what programs before XLSX wrote, and what a password makes of XLSX
		return nil, nil, &Error{Rule: "xlsx.encrypted"}
	}
	encoding, sep := "", byte(',')
	if o.Map != nil {
		encoding, sep = o.Map.Encoding, separators[o.Map.Delimiter]
	}
	l, err := text(br, head, encoding)
	if l != nil {
		l.sep = sep
	}
	return l, nil, err
}

// text tells the encoding from the head of the input if it is not said. It looks
// at no more than that, so that a wrong byte further on costs its row and not
// the statement.
func text(br *bufio.Reader, head []byte, encoding string) (*lines, error) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")): // UTF-16
		return nil, &Error{Rule: "encoding.unsupported"}
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) && encoding != "gb18030":
		br.Discard(3)
		return &lines{br: br}, nil
	case encoding == "utf-8":
		return &lines{br: br}, nil
	case encoding == "gb18030":
	case bytes.Contains(head, []byte("交易")), bytes.Contains(head, []byte("记账")): // in every header
		return &lines{br: br}, nil
	case bytes.IndexByte(head, 0) >= 0: // not text
		return nil, &Error{Rule: "encoding.unsupported"}
	case validHead(head):
		return &lines{br: br}, nil
	}
	dec := transform.NewReader(br, simplifiedchinese.GB18030.NewDecoder())
	return &lines{br: bufio.NewReaderSize(dec, maxLine), gb: true}, nil
}

// validHead reports whether head is UTF-8 but for a rune cut off at its end.
func validHead(head []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(head); cut++ {
		if utf8.Valid(head[:len(head)-cut]) {
			return true
		}
	}
	return false
}

// capped gives an error, not an end, where the input is longer than allowed.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, &Error{Rule: "size.large"}
	}
	return n, err
}

// line returns the next line without its end. The slice holds until the next
// call. A line over maxLine is passed over and reported by long.
func (l *lines) line() (line []byte, long bool, err error) {
	line, err = l.br.ReadSlice('\n')
	if err == io.EOF && len(line) == 0 {
		return nil, false, io.EOF
	}
	l.n++
	for err == bufio.ErrBufferFull {
		long = true
		_, err = l.br.ReadSlice('\n')
	}
	if err != nil && err != io.EOF {
		return nil, false, err
	}
	if long {
		return nil, true, nil
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), false, nil
}

// record returns the trimmed cells of the next record, which the row code rule
// refuses if it is not empty. A quoted cell may hold line breaks; but where the
// next line begins as a row does, the quotation mark was never closed, and only
// this line is lost. Before the table there are no rows to tell by, and join is
// false: no cell goes on. The cells hold until the next call.
func (l *lines) record(join bool) (line []byte, cells [][]byte, rule string, err error) {
	line, long, err := l.line()
	if err != nil {
		return nil, nil, "", err
	}
	if long {
		return nil, nil, "row.long", nil
	}
	if !l.valid(line) {
		return line, nil, "row.encoding", nil
	}
	cells, rule = split(line, l.sep, l.cells[:0])
	if rule == "row.quote" && join {
		l.joint = append(l.joint[:0], line...)
		for i := 1; i < maxJoin && rule == "row.quote"; i++ {
			if next, _ := l.br.Peek(16); len(next) == 0 || beginsRow(next) {
				break
			}
			more, long, err := l.line()
			if err != nil {
				return nil, nil, "", err
			}
			if long || len(l.joint)+len(more) > maxLine {
				rule = "row.long"
				break
			}
			if !l.valid(more) {
				rule = "row.encoding"
				break
			}
			l.joint = append(append(l.joint, '\n'), more...)
			cells, rule = split(l.joint, l.sep, l.cells[:0])
		}
		line = l.joint
	}
	l.cells = cells
	return line, cells, rule, nil
}

func (l *lines) valid(line []byte) bool {
	if bytes.IndexByte(line, 0) >= 0 {
		return false
	}
	if l.gb {
		return !bytes.Contains(line, []byte("\uFFFD"))
	}
	return utf8.Valid(line)
}

// beginsRow reports whether a line begins with a date, as every row does.
func beginsRow(line []byte) bool {
	line = bytes.TrimLeft(line, " \t\"")
	if len(line) < 5 {
		return false
	}
	for _, c := range line[:4] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return line[4] == '-' || line[4] == '/' || line[4] >= '0' && line[4] <= '9'
}

// split appends the trimmed cells of a line. Exports quote carelessly: a mark
// inside a cell that does not open with one is text, and so is one inside a
// quoted cell that no comma follows.
func split(line []byte, sep byte, cells [][]byte) ([][]byte, string) {
	for i := 0; ; i++ {
		if len(cells) == maxCells {
			return cells, "row.cells"
		}
		start := i
		for start < len(line) && line[start] != sep && (line[start] == ' ' || line[start] == '\t') {
			start++
		}
		if start < len(line) && line[start] == '"' {
			cell, next, ok := quoted(line, sep, start+1)
			if !ok {
				return cells, "row.quote"
			}
			cells = append(cells, trim(cell))
			i = next
		} else {
			end := bytes.IndexByte(line[i:], sep)
			if end < 0 {
				end = len(line) - i
			}
			cells = append(cells, trim(line[i:i+end]))
			i += end
		}
		if i >= len(line) {
			return cells, ""
		}
	}
}

// quoted returns the cell that opens before line[from], and the index of the
// separator or the end after it.
func quoted(line []byte, sep byte, from int) (cell []byte, next int, ok bool) {
	doubled := false
	for k := from; ; {
		q := bytes.IndexByte(line[k:], '"')
		if q < 0 {
			return nil, 0, false
		}
		q += k
		if q+1 < len(line) && line[q+1] == '"' {
			doubled = true
			k = q + 2
			continue
		}
		end := q + 1
		for end < len(line) && line[end] != sep && (line[end] == ' ' || line[end] == '\t') {
			end++
		}
		if end < len(line) && line[end] != sep {
			k = q + 1
			continue
		}
		cell = line[from:q]
		if doubled { // a copy: the line may yet be joined to the next and split again
			cell = bytes.ReplaceAll(cell, []byte(`""`), []byte(`"`))
		}
		return cell, end, true
	}
}

// trim cuts the padding that exports put around a cell: spaces and tabs, and
// the ideographic and the no-break space.
func trim(b []byte) []byte {
	for {
		n := len(b)
		for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\r' || b[0] == '\n') {
			b = b[1:]
		}
		for len(b) > 0 {
			if c := b[len(b)-1]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
				break
			}
			b = b[:len(b)-1]
		}
		// Most cells end here: with what begins or ends neither of the two.
		if len(b) == 0 || b[0] != '\xe3' && b[0] != '\xc2' && b[len(b)-1] != '\x80' && b[len(b)-1] != '\xa0' {
			return b
		}
		for _, wide := range [...]string{"\u3000", "\u00a0"} {
			b = bytes.TrimPrefix(b, []byte(wide))
			b = bytes.TrimSuffix(b, []byte(wide))
		}
		if len(b) == n {
			return b
		}
	}
}
