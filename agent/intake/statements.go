package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/yanmen/yanmen/agent/statement"
)

// A statementPart is one statement as the file names it. It is read after the
// rest of the case: its owner may be named further down.
type statementPart struct {
	source  string
	at      int64
	format  string
	columns *statement.Map // nil: none is declared
	account string
	file    string // path, when the file names one
	inline  []byte // the JSON string as written, aliasing the case's bytes
	hasFile bool
	hasText bool
}

var formats = newEnum("alipay", "wechat", "icbc", "cmb")

const (
	maxPath = 255 // bytes

	// maxRows bounds the rows of all statements of a case together. A small archive
	// holds many: without it a case of 32 MiB could bring forty million.
	maxRows = 1_000_000
)

var statementObject = object[statementPart]{
	{"source", required, func(d *decoder, s *statementPart) { s.source = d.key() }},
	{"collected_at", required, func(d *decoder, s *statementPart) { s.at = d.past() }},
	{"account", required, func(d *decoder, s *statementPart) { s.account = d.key() }},
	{"format", optional, func(d *decoder, s *statementPart) { s.format = d.word(formats) }},
	{"map", optional, readMap},
	{"file", optional, func(d *decoder, s *statementPart) {
		s.hasFile = true
		s.file = d.localPath()
	}},
	{"inline", optional, func(d *decoder, s *statementPart) {
		s.hasText = true
		s.inline = d.quoted()
	}},
}

// check holds a statement to exactly one place of its content.
func (s *statementPart) check(d *decoder) {
	if s.hasFile == s.hasText && !d.dead {
		d.fail(ruleContent, "want exactly one of file and inline")
	}
	if s.format != "" && s.columns != nil {
		d.fail(ruleContent, "want format or map, not both")
	}
}

// localPath reads a path that stays below the folder of the case file, as far
// as its text tells; os.Root sees to links.
func (d *decoder) localPath() string {
	b, ok := d.text()
	if !ok {
		return ""
	}
	if len(b) == 0 || len(b) > maxPath {
		d.fail(ruleLength, "want 1 to 255 bytes")
		return ""
	}
	odd := func(c byte) bool { return c < ' ' || c == 0x7f || c == '\\' }
	if slices.ContainsFunc(b, odd) || !filepath.IsLocal(string(b)) {
		d.fail(ruleFilePath, "want a path with / below the folder of the case file")
		return ""
	}
	return string(b)
}

// quoted reads a string and gives it as written, quotes and escapes included.
// The result aliases the case's bytes, which outlive the decoder's buffer.
func (d *decoder) quoted() []byte {
	raw := d.raw()
	if raw == nil {
		return nil
	}
	if raw[0] != '"' {
		d.fail(ruleType, "want a string")
		return nil
	}
	end := d.dec.InputOffset()
	return d.src[end-int64(len(raw)) : end]
}

// readStatements reads the content of each statement and adds its record.
// sums collects the digests of the files that were read, in the order of the
// list; see digest.
func (f *document) readStatements(o *Options) (sums []byte, errs Errors) {
	left := int64(maxRows)
	for i := range f.statements {
		sum, rows, err := f.readStatement(&f.statements[i], o, left)
		left -= rows
		if err != nil {
			err.Pointer = fmt.Sprintf("/evidence/statements/%d%s", i, err.Pointer)
			errs = append(errs, err)
			continue
		}
		sums = append(sums, sum...)
	}
	return sums, errs
}

// readStatement reads one statement of no more than left rows, or of one.
func (f *document) readStatement(s *statementPart, o *Options, left int64) (sum []byte, rows int64, fault *Error) {
	var in source
	if s.hasFile {
		file, fault := openStatement(s.file, o)
		if fault != nil {
			return nil, 0, fault
		}
		defer file.Close() // read only: nothing is lost with its error
		in = source{r: file, pointer: "/file", fault: Error{Rule: ruleFileReadable, Hint: "the file cannot be read"}, sum: sha256.New()}
	} else {
		in = source{r: inlineReader(s.inline), pointer: "/inline", fault: Error{Rule: ruleBase64, Hint: "want the bytes of the statement in padded base64"}}
	}
	st, err := statement.Read(&in, statement.Options{
		Format: s.format, Map: s.columns, Account: s.account, Owner: f.file.Subject.Name.Reveal(), MaxBytes: o.maxBytes(), MaxRows: max(left, 1),
	})
	if err == nil && in.err == nil {
		// A reader may stop before the end; the digest is over all bytes.
		io.Copy(io.Discard, &in)
	}
	if in.err != nil {
		in.fault.Pointer = in.pointer
		return nil, 0, &in.fault
	}
	if err != nil {
		return nil, 0, statementFault(err, in.pointer)
	}
	f.add(s.source, s.at, st)
	if in.sum != nil {
		sum = in.sum.Sum(nil)
	}
	return sum, st.Rows, nil
}

// statementFault says in our terms why a statement was not read. Texts of the
// errors are dropped; the rules of package statement are words.
func statementFault(err error, pointer string) *Error {
	var e *statement.Error
	if !errors.As(err, &e) {
		return &Error{Pointer: pointer, Rule: "statement.unreadable", Hint: "the statement cannot be read"}
	}
	hint := e.Remedy()
	if hint == "" {
		hint = "the statement cannot be read as its format says"
	}
	if e.Line > 0 {
		hint = fmt.Sprintf("from line or row %d of the statement on: %s", e.Line, hint)
	}
	return &Error{Pointer: pointer, Rule: "statement." + e.Rule, Hint: hint}
}

// openStatement opens a regular file below the folder of the case file.
func openStatement(name string, o *Options) (*os.File, *Error) {
	if o.Files == nil {
		return nil, &Error{Pointer: "/file", Rule: ruleFileOff, Hint: "files are read by the command only; send the statement inline"}
	}
	name = filepath.FromSlash(name)
	// Looked at before it is opened: opening a pipe would wait for a writer.
	info, err := o.Files.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Error{Pointer: "/file", Rule: ruleFileMissing, Hint: "there is no such file below the folder of the case file"}
	case err != nil:
		return nil, &Error{Pointer: "/file", Rule: ruleFileReadable, Hint: "the file cannot be read, or a link leads out of the folder of the case file"}
	case !info.Mode().IsRegular():
		return nil, &Error{Pointer: "/file", Rule: ruleFileReadable, Hint: "want a regular file"}
	case info.Size() > o.maxBytes():
		return nil, &Error{Pointer: "/file", Rule: ruleSize, Hint: fmt.Sprintf("at most %d bytes", o.maxBytes())}
	}
	file, err := o.Files.Open(name)
	if err != nil {
		return nil, &Error{Pointer: "/file", Rule: ruleFileReadable, Hint: "the file cannot be read"}
	}
	return file, nil
}

// inlineReader decodes a JSON string of base64. Some encoders escape the slash
// that base64 uses, so escapes are undone first.
func inlineReader(quoted []byte) io.Reader {
	text := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		text, _ = jsontext.AppendUnquote(nil, quoted) // the library accepted the string before
	}
	if bytes.ContainsAny(text, "\r\n") {
		return badBase64{} // which the standard decoder would pass over
	}
	return base64.NewDecoder(base64.StdEncoding.Strict(), bytes.NewReader(text))
}

type badBase64 struct{}

func (badBase64) Read([]byte) (int, error) { return 0, base64.CorruptInputError(0) }

// A source keeps an error of reading apart from one of the content, and sums
// the bytes that pass if sum is set.
type source struct {
	r       io.Reader
	sum     hash.Hash
	err     error
	pointer string
	fault   Error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if s.sum != nil {
		s.sum.Write(p[:n])
	}
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// digest is SHA-256 over the bytes of the case. If it names files, it is
// SHA-256 over that digest and the digests of the files, in their order.
func digest(src, sums []byte) [sha256.Size]byte {
	sum := sha256.Sum256(src)
	if len(sums) == 0 {
		return sum
	}
	return sha256.Sum256(append(sum[:], sums...))
}
