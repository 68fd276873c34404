package statement

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"
)

// Bounds of a workbook. A statement needs far less; what needs more was made to
// exhaust the reader.
const (
	maxPacked     = 64 << 20 // bytes of the archive, which is held in memory
	maxParts      = 2048     // files in the archive
	maxSharing    = 64 << 20 // bytes of the shared texts, which are held in memory
	maxShared     = 4 << 20  // how many of them
	maxSheets     = 64
	maxXMLDepth   = 32
	maxXMLToken   = 1 << 20 // bytes of one tag or text
	maxInflation  = 200     // bytes unpacked from one packed, above freeInflation
	freeInflation = 16 << 20
	maxColumn     = 16384
	pieceSize     = 1 << 20
)

var (
	errDamaged = &Error{Rule: "xlsx.damaged"}
	errBomb    = &Error{Rule: "xlsx.bomb"}
)

// pieces is the archive in memory, in pieces: a slice that grows would for a
// moment be there twice.
type pieces struct {
	list [][]byte
	size int64
}

func hold(r io.Reader) (*pieces, error) {
	p := new(pieces)
	for {
		b := make([]byte, pieceSize)
		n, err := io.ReadFull(r, b)
		if p.size += int64(n); p.size > maxPacked {
			return nil, &Error{Rule: "size.large"}
		}
		p.list = append(p.list, b[:n])
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return p, nil
		default:
			return nil, err
		}
	}
}

// ReadAt implements [io.ReaderAt].
func (p *pieces) ReadAt(b []byte, at int64) (n int, err error) {
	if at < 0 {
		return 0, errDamaged
	}
	for n < len(b) && at < p.size {
		k := copy(b[n:], p.list[at/pieceSize][at%pieceSize:])
		n += k
		at += int64(k)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// A workbook is an XLSX file whose sheets are read one row at a time. Nothing
// is unpacked to a file, and of what is unpacked only the shared texts stay.
type workbook struct {
	parts    map[string]*zip.File // by lower-case name
	unpacked int64                // bytes that may yet be unpacked
	pages    [][]byte             // shared texts, each behind its length
	starts   []uint32             // of the texts, all pages counted as full
	dates    []bool               // which cell styles show dates
	from1904 bool
	sheets   []sheetPart
}

type sheetPart struct {
	name   string // of the part
	hidden bool
}

// openWorkbook reads all of the workbook but its sheets. unpacked bounds what
// all parts together may unpack to.
func openWorkbook(r io.Reader, unpacked int64) (*workbook, error) {
	data, err := hold(r)
	if err != nil {
		return nil, err
	}
	// Package zip makes a value of each entry before it can be asked how many
	// there are. Their mark occurs elsewhere only by rare chance.
	n := 0
	for _, p := range data.list {
		n += bytes.Count(p, []byte("PK\x01\x02"))
	}
	if n > maxParts {
		return nil, errBomb
	}
	zr, err := zip.NewReader(data, data.size)
	if err != nil {
		return nil, errDamaged
	}
	w := &workbook{parts: make(map[string]*zip.File, len(zr.File)), unpacked: unpacked}
	for _, f := range zr.File {
		name := strings.ToLower(f.Name)
		if w.parts[name] != nil { // programs differ in which of the two they show
			return nil, errDamaged
		}
		w.parts[name] = f
	}
	main := ""
	err = w.links("_rels/.rels", "", func(id, kind, target string) {
		if kind == "officeDocument" {
			main = target
		}
	})
	if err != nil && w.parts["_rels/.rels"] != nil {
		return nil, err
	}
	if w.parts[main] == nil {
		return nil, &Error{Rule: "xlsx.absent"}
	}
	dir, base := path.Split(main)
	sheetOf := map[string]string{}
	var shared, styles string
	err = w.links(dir+"_rels/"+base+".rels", dir, func(id, kind, target string) {
		switch kind {
		case "worksheet":
			sheetOf[id] = target
		case "sharedStrings":
			shared = target
		case "styles":
			styles = target
		}
	})
	if err != nil {
		return nil, err
	}
	if err := w.readMain(main, sheetOf); err != nil {
		return nil, err
	}
	if styles != "" {
		if err := w.readStyles(styles); err != nil {
			return nil, err
		}
	}
	if shared != "" {
		if err := w.readShared(shared); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// links reads a part of relations. Their targets are given as names of parts.
func (w *workbook) links(name, dir string, each func(id, kind, target string)) error {
	x, err := w.open(name)
	if err != nil {
		return err
	}
	defer x.done()
	return x.each(func(e *token) error {
		if !e.is("Relationship") || string(e.attr("TargetMode")) == "External" {
			return nil
		}
		target := string(e.attr("Target"))
		if rest, ok := strings.CutPrefix(target, "/"); ok {
			target = path.Clean(rest)
		} else {
			target = path.Join(dir, target)
		}
		each(string(e.attr("Id")), path.Base(string(e.attr("Type"))), strings.ToLower(target))
		return nil
	})
}

func (w *workbook) readMain(name string, sheetOf map[string]string) error {
	x, err := w.open(name)
	if err != nil {
		return err
	}
	defer x.done()
	err = x.each(func(e *token) error {
		switch string(e.name) {
		case "workbookPr":
			w.from1904 = isTrue(string(e.attr("date1904")))
		case "sheet":
			target := sheetOf[string(e.attr("id"))]
			if target == "" { // a sheet of charts or macros
				return nil
			}
			if len(w.sheets) == maxSheets || w.parts[target] == nil {
				return errDamaged
			}
			state := string(e.attr("state"))
			w.sheets = append(w.sheets, sheetPart{target, state != "" && state != "visible"})
		}
		return nil
	})
	if err == nil && len(w.sheets) == 0 {
		return errDamaged
	}
	return err
}

// readStyles learns which styles show a number as a date or a time of day.
func (w *workbook) readStyles(name string) error {
	x, err := w.open(name)
	if err != nil {
		return err
	}
	defer x.done()
	custom := map[string]bool{}
	cells := false
	return x.walk(func(e *token) error {
		switch string(e.name) {
		case "numFmt":
			if len(custom) < 4096 {
				custom[string(e.attr("numFmtId"))] = showsDate(string(e.attr("formatCode")))
			}
		case "cellXfs":
			cells = true
		case "xf":
			if cells && len(w.dates) < 1<<16 {
				id := string(e.attr("numFmtId"))
				n, err := strconv.Atoi(id)
				date, known := custom[id]
				// The built-in ones: Western, then Chinese.
				builtIn := err == nil && (n >= 14 && n <= 22 || n >= 45 && n <= 47 || n >= 27 && n <= 36 || n >= 50 && n <= 58)
				w.dates = append(w.dates, known && date || !known && builtIn)
			}
		}
		return nil
	}, func(local string) {
		if local == "cellXfs" {
			cells = false
		}
	})
}

// showsDate reports whether a number format has a letter of dates outside of
// quoted text, colours and conditions.
func showsDate(code string) bool {
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return false
			}
			i += end + 1
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return false
			}
			i += end
		case '\\', '_', '*':
			i++
		case 'y', 'Y', 'm', 'M', 'd', 'D', 'h', 'H', 's', 'S':
			return true
		}
	}
	return false
}

// readShared keeps the texts that cells share.
func (w *workbook) readShared(name string) error {
	x, err := w.open(name)
	if err != nil {
		return err
	}
	defer x.done()
	var text []byte
	for {
		t, _, err := x.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if t.kind == begins && t.is("si") {
			var long bool
			if text, long, err = x.text(text[:0], maxLine); err != nil {
				return err
			}
			if long { // whoever shares it is refused for its length
				text = append(text, make([]byte, maxLine+1)...)
			}
			if !w.keep(text) {
				return &Error{Rule: "size.large"}
			}
		}
	}
}

// keep adds a shared text. Pages and not one slice: see [pieces].
func (w *workbook) keep(text []byte) bool {
	n := len(w.pages)
	if n == 0 || len(w.pages[n-1])+binary.MaxVarintLen32+len(text) > pieceSize {
		if n == maxSharing/pieceSize {
			return false
		}
		w.pages = append(w.pages, make([]byte, 0, pieceSize))
		n++
	}
	if len(w.starts) == maxShared {
		return false
	}
	page := w.pages[n-1]
	w.starts = append(w.starts, uint32((n-1)*pieceSize+len(page)))
	w.pages[n-1] = append(binary.AppendUvarint(page, uint64(len(text))), text...)
	return true
}

func (w *workbook) shared(i int) (text []byte, ok bool) {
	if i < 0 || i >= len(w.starts) {
		return nil, false
	}
	page := w.pages[w.starts[i]/pieceSize][w.starts[i]%pieceSize:]
	n, head := binary.Uvarint(page)
	return page[head:][:n], true
}

// open opens a part to be read once.
func (w *workbook) open(name string) (*xmlPart, error) {
	f := w.parts[strings.ToLower(name)]
	if f == nil {
		return nil, errDamaged
	}
	if f.Flags&1 != 0 {
		return nil, &Error{Rule: "xlsx.encrypted"}
	}
	r, err := f.Open()
	if err != nil {
		return nil, errDamaged
	}
	return &xmlPart{w: w, r: r, most: max(freeInflation, int64(min(f.CompressedSize64, maxPacked))*maxInflation)}, nil
}

// each calls do for every element.
func (x *xmlPart) each(do func(*token) error) error {
	return x.walk(do, func(string) {})
}

func (x *xmlPart) walk(begin func(*token) error, end func(local string)) error {
	for {
		t, _, err := x.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t.kind {
		case begins:
			if err := begin(&t); err != nil {
				return err
			}
		case ends:
			end(string(t.name))
		}
	}
}

// text appends the characters of the t elements below the open element, which
// it reads to its end. How a text is spoken is left out. Of a text that would
// make dst longer than most, the rest is read and dropped, and long is true.
func (x *xmlPart) text(dst []byte, most int) (_ []byte, long bool, err error) {
	depth := x.depth
	for {
		t, now, err := x.next()
		if err == io.EOF {
			err = errDamaged
		}
		if err != nil {
			return dst, long, err
		}
		switch t.kind {
		case ends:
			if now < depth {
				return dst, long, nil
			}
		case isText:
			if !x.inside(0, "t") || x.inside(1, "rPh") {
				continue
			}
			if len(dst)+len(t.text) > most {
				long = true
				continue
			}
			dst = append(dst, t.text...)
		}
	}
}

func isTrue(s string) bool { return s == "1" || s == "true" }

// A sheet gives the rows of a worksheet as a [lines] gives those of a text.
type sheet struct {
	x     *xmlPart
	w     *workbook
	n     int // number of the row that was read last
	ended bool
	line  []byte // the cells of a row, commas between
	ends  []int
	cells [][]byte
	v     []byte
	kind  []byte // of the open cell
	style []byte
	// merged, if set, is told of cells that were made one, by their last row.
	merged func(lastRow int)
}

// begin opens a sheet up to its first row.
func (w *workbook) begin(i int) (*sheet, error) {
	x, err := w.open(w.sheets[i].name)
	if err != nil {
		return nil, err
	}
	for {
		t, _, err := x.next()
		if err == io.EOF {
			x.done()
			return nil, errDamaged
		}
		if err != nil {
			x.done()
			return nil, err
		}
		if t.kind == begins && t.is("sheetData") {
			return &sheet{x: x, w: w}, nil
		}
	}
}

func (s *sheet) place() int { return s.n }

// record returns the cells of the next row. A row with a formula is refused:
// what a formula gives is not what the institution wrote.
func (s *sheet) record(bool) (line []byte, cells [][]byte, rule string, err error) {
	for !s.ended {
		t, _, err := s.x.next()
		if err == io.EOF {
			err = errDamaged
		}
		if err != nil {
			return nil, nil, "", s.at(err)
		}
		switch t.kind {
		case begins:
			if !t.is("row") {
				return nil, nil, "", s.at(errDamaged)
			}
			n := s.n + 1
			if r := t.attr("r"); len(r) > 0 {
				if n, err = strconv.Atoi(string(r)); err != nil || n <= s.n || n > 1<<20 {
					return nil, nil, "", s.at(errDamaged)
				}
			}
			s.n = n
			rule, err := s.row()
			if err != nil {
				return nil, nil, "", s.at(err)
			}
			return s.line, s.cells, rule, nil
		case ends:
			s.ended = true
			if err := s.rest(); err != nil {
				return nil, nil, "", s.at(err)
			}
		}
	}
	return nil, nil, "", io.EOF
}

func (s *sheet) at(err error) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		return &Error{Line: s.n, Rule: e.Rule}
	}
	return err
}

// rest reads what follows the rows: which cells were made one.
func (s *sheet) rest() error {
	return s.x.walk(func(e *token) error {
		if e.is("mergeCell") && s.merged != nil {
			_, to, _ := strings.Cut(string(e.attr("ref")), ":")
			if n, err := strconv.Atoi(strings.TrimLeft(to, "ABCDEFGHIJKLMNOPQRSTUVWXYZ$")); err == nil {
				s.merged(n)
			}
		}
		return nil
	}, func(string) {})
}

// row reads the cells of the open row.
func (s *sheet) row() (rule string, err error) {
	s.line, s.ends = s.line[:0], s.ends[:0]
	column := 0 // of the last cell, from 1
	for {
		t, _, err := s.x.next()
		if err == io.EOF {
			err = errDamaged
		}
		if err != nil {
			return "", err
		}
		switch t.kind {
		case ends:
			s.cells = s.cells[:0]
			from := 0
			for _, end := range s.ends {
				s.cells = append(s.cells, trim(s.line[from:end]))
				from = min(end+1, len(s.line))
			}
			return rule, nil
		case begins:
			if !t.is("c") {
				return "", errDamaged
			}
			at := column + 1
			if ref := t.attr("r"); len(ref) > 0 {
				if at = columnOf(ref); at <= column || at > maxColumn {
					return "", errDamaged
				}
			}
			column = at
			for len(s.ends) < min(at, maxCells+1)-1 {
				s.line = append(s.line, ',')
				s.ends = append(s.ends, len(s.line)-1)
			}
			from := len(s.line)
			wrong, err := s.cell(&t)
			if err != nil {
				return "", err
			}
			if at > maxCells {
				if len(s.line) > from {
					wrong = "row.cells"
				}
				s.line = s.line[:from]
			} else {
				s.ends = append(s.ends, len(s.line))
				s.line = append(s.line, ',')
			}
			if rule == "" {
				rule = wrong
			}
		}
	}
}

// columnOf reads the letters of a cell's name, from 1; 0 if there are none.
func columnOf(ref []byte) (n int) {
	for i := 0; i < len(ref) && i < 4 && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		n = n*26 + int(ref[i]-'A') + 1
	}
	return n
}

// cell appends the open cell's text to the line.
func (s *sheet) cell(c *token) (rule string, err error) {
	s.kind, s.style = append(s.kind[:0], c.attr("t")...), append(s.style[:0], c.attr("s")...)
	depth, from := s.x.depth, len(s.line)
	s.v = s.v[:0]
	for {
		t, now, err := s.x.next()
		if err == io.EOF {
			err = errDamaged
		}
		if err != nil {
			return "", err
		}
		switch t.kind {
		case ends:
			if now < depth {
				if len(s.v) > 0 {
					var ok bool
					if s.line, ok = s.w.value(s.line, s.v, string(s.kind), string(s.style)); !ok {
						return "", errDamaged
					}
				}
				if len(s.line) > maxLine {
					s.line, rule = s.line[:from], "row.long"
				}
				return rule, nil
			}
		case begins:
			switch string(t.name) {
			case "f":
				rule = "row.formula"
			case "is":
				var long bool
				if s.line, long, err = s.x.text(s.line, maxLine); err != nil {
					return "", err
				}
				if long {
					rule = "row.long"
				}
			}
		case isText:
			if s.x.inside(0, "v") {
				s.v = append(s.v, t.text...)
			}
		}
	}
}

// value appends what a cell shows. A number is written as the shortest one that
// is stored the same: 548.58 is stored as 548.58000000000004.
func (w *workbook) value(dst, v []byte, kind, style string) (_ []byte, ok bool) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(string(v))
		if err != nil {
			return dst, false
		}
		text, ok := w.shared(i)
		return append(dst, text...), ok
	case "b": // never a number: true is not one yuan
		if string(v) == "1" {
			return append(dst, "TRUE"...), true
		}
		return append(dst, "FALSE"...), true
	case "d":
		return append(dst, bytes.Replace(v, []byte("T"), []byte(" "), 1)...), true
	case "", "n":
		f, err := strconv.ParseFloat(string(v), 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return append(dst, v...), true
		}
		if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(w.dates) && w.dates[i] {
			return w.date(dst, f), true
		}
		if a := math.Abs(f); a >= 1e15 || a > 0 && a < 1e-6 { // digits are lost already
			return strconv.AppendFloat(dst, f, 'e', -1, 64), true
		}
		return strconv.AppendFloat(dst, f, 'f', -1, 64), true
	}
	return append(dst, v...), true // str, e
}

// date writes the days that a spreadsheet counts as a date, a time of day or
// both, in China's civil time, to the second.
func (w *workbook) date(dst []byte, days float64) []byte {
	if w.from1904 && days >= 1 {
		days += 1462
	}
	if days < 0 || days > 100_000 { // the year 2173
		return append(dst, '?')
	}
	sec := int64(math.Round(days * 86400))
	if sec < 86400 && days < 1 {
		return time.Unix(sec, 0).UTC().AppendFormat(dst, "15:04:05")
	}
	// Day 1 is 1900-01-01; the missing 1900-02-29 was counted, so later ones
	// count from 1899-12-30. Earlier ones no statement has.
	t := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(sec) * time.Second)
	if sec%86400 == 0 {
		return t.AppendFormat(dst, time.DateOnly)
	}
	return t.AppendFormat(dst, time.DateTime)
}
