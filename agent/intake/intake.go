// Package intake reads case files, from a command or over HTTP, into
// [agent.File], and nothing but well-formed ones. It is the only way in for
// what others wrote.
//
// A case file is JSON in UTF-8, version 1 (draft): one case, or one case a line
// (NDJSON). docs/schema describes each member. The reader is strict: members
// that version 1 does not know, members that occur twice, wrong types and
// values out of bounds are faults. A fault names the JSON pointer, the rule and
// the remedy and never a value, so that an error can be logged and sent back.
// What is absent stays unknown; nothing is guessed. Whether a legal ground
// suffices is not asked here: the rules deny, on the record.
//
// The rules: syntax, encoding, depth, size, version, unknown, duplicate,
// required, type, enum, range, length, many, form, id.personal, time.future,
// base64; statement.content, file.refused, file.path, file.missing,
// file.unreadable for the place of a statement; statement.* with a rule of
// package statement for its content.
//
// Memory is bounded by the size of one case. Deciding, checking and keeping are
// the core's.
package intake

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// Bounds of one case in bytes, for [Options.MaxBytes].
const (
	DefaultMaxBytes = 256 << 20 // from a file
	HTTPMaxBytes    = 32 << 20  // over HTTP
)

// Options say how to read. The zero Options read one complete case and no
// other file.
type Options struct {
	// Lines says that each line is a case (NDJSON). Blank lines are passed over.
	Lines bool
	// NoCase lets the member "case" be absent: evidence to import, without a
	// question. [agent.File.Case] is then zero, its purpose for the caller to set.
	NoCase bool
	// Files is the folder below which a statement's file is looked for. Nil
	// refuses statements that name a file.
	Files *os.Root
	// MaxBytes bounds one case, and each statement that it names. 0 is
	// [DefaultMaxBytes].
	MaxBytes int64
	// Now is the reader's clock, against which instants are in the future. The
	// zero time is the system's clock.
	Now time.Time
}

func (o *Options) maxBytes() int64 {
	if o.MaxBytes <= 0 {
		return DefaultMaxBytes
	}
	return o.MaxBytes
}

func (o *Options) now() int64 {
	if o.Now.IsZero() {
		return time.Now().Unix()
	}
	return o.Now.Unix()
}

// Read gives the cases of r, one, or with [Options.Lines] one for each line that
// is not blank. Each comes with a nil error, or is nil and comes with [Errors]
// that say what is wrong with it; the lines after a faulty one go on. An error
// of r itself ends the sequence.
func Read(r io.Reader, o Options) iter.Seq2[*agent.File, error] {
	if o.Lines {
		return readLines(r, o.maxBytes(), func(line []byte, n int) (*agent.File, error) { return parse(line, &o, n) },
			func(n int) *Error { return sizeFault(&o, n) })
	}
	return func(yield func(*agent.File, error) bool) {
		var buf bytes.Buffer
		if f, ok := r.(interface{ Stat() (fs.FileInfo, error) }); ok {
			// With room for all of it, and for the read that finds the end, the
			// buffer need not grow.
			if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() <= o.maxBytes() {
				buf.Grow(int(info.Size()) + bytes.MinRead)
			}
		}
		_, err := buf.ReadFrom(io.LimitReader(r, o.maxBytes()+1))
		if err != nil {
			yield(nil, unreadable(err))
			return
		}
		yield(Parse(buf.Bytes(), o))
	}
}

// unreadable keeps what programs test an error for, without its text: a path
// may name a person.
func unreadable(err error) error {
	for _, known := range []error{fs.ErrPermission, fs.ErrClosed, io.ErrUnexpectedEOF, os.ErrDeadlineExceeded} {
		if errors.Is(err, known) {
			return fmt.Errorf("read file: %w", known)
		}
	}
	return errors.New("read file: input error")
}

// readLines gives what parse makes of each line that is not blank, and tooLong of
// one that has more than max bytes.
func readLines[T any](r io.Reader, max int64, parse func(line []byte, n int) (*T, error), tooLong func(n int) *Error) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		var buf []byte
		for n := 1; ; n++ {
			line, over, err := nextLine(in, buf[:0], max)
			buf = line
			if err != nil && err != io.EOF {
				yield(nil, unreadable(err))
				return
			}
			switch {
			case over:
				if !yield(nil, Errors{tooLong(n)}) {
					return
				}
			case len(bytes.TrimSpace(line)) > 0:
				if !yield(parse(line, n)) {
					return
				}
			}
			if err == io.EOF {
				return
			}
		}
	}
}

// nextLine appends the next line to buf, without its line feed. A line of more
// than max bytes is passed over. The error is io.EOF with the last line.
func nextLine(in *bufio.Reader, buf []byte, max int64) (line []byte, tooLong bool, err error) {
	for {
		piece, err := in.ReadSlice('\n')
		if err == nil {
			piece = piece[:len(piece)-1]
		}
		if !tooLong && int64(len(buf))+int64(len(piece)) > max {
			tooLong, buf = true, buf[:0]
		}
		if !tooLong {
			buf = append(buf, piece...)
		}
		if err != bufio.ErrBufferFull {
			return buf, tooLong, err
		}
	}
}

func sizeFault(o *Options, line int) *Error {
	return &Error{Line: line, Rule: ruleSize, Hint: fmt.Sprintf("a case has at most %d bytes", o.maxBytes())}
}

// Parse reads the one case that b holds. The error is of type [Errors]. The
// result does not alias b. Safe for concurrent use.
//
// [agent.File.Digest] is SHA-256 over b. If the case names statement files, it
// is SHA-256 over that digest followed by the SHA-256 of each file's bytes, in
// the order of the list: changed evidence is another case.
func Parse(b []byte, o Options) (*agent.File, error) { return parse(b, &o, 0) }

// importRoot is root for [Options.NoCase].
var importRoot = func() object[document] {
	o := slices.Clone(root)
	for i := range o {
		if o[i].name == "case" {
			o[i].required = optional
		}
	}
	return o
}()

func parse(b []byte, o *Options, line int) (*agent.File, error) {
	if int64(len(b)) > o.maxBytes() {
		return nil, Errors{sizeFault(o, line)}
	}
	d := newDecoder(b, o.now())
	defer d.free()
	table := root
	if o.NoCase {
		table = importRoot
	}
	f := new(document)
	f.file.Collected = make([]agent.Record, 0, 16)
	table.read(d, f)
	d.end()
	errs := d.errs
	var sums []byte
	if len(errs) == 0 {
		sums, errs = f.readStatements(o)
	}
	if len(errs) > 0 {
		for _, e := range errs {
			e.Line = line
		}
		return nil, errs
	}
	f.file.Digest = digest(b, sums)
	f.statements = nil // they alias b
	for _, r := range f.file.Collected {
		if i, ok := r.Data.(*agent.Identity); ok {
			f.file.Subject.BornOn = i.Birth(&f.file.Subject)
		}
	}
	return &f.file, nil
}
