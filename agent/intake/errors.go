package intake

import (
	"cmp"
	"fmt"
	"strings"
)

// An Error is one fault of a case file. It names the place, the rule and the
// remedy, and never a value: neither what was found, nor the text of a member
// that version 1 does not know. It is safe to log and to send back.
type Error struct {
	// Line is the line of an NDJSON file, from 1; 0 for a file of one case.
	Line int
	// Pointer is the JSON pointer (RFC 6901) of the fault, "" for the whole
	// file. It holds names that version 1 knows and indices, nothing else: an
	// unknown member is reported at the object that holds it.
	Pointer string
	// Rule is the name of the rule that is broken: a word or noun.state, from
	// the list in the package comment. Programs test it.
	Rule string
	// Hint says in a sentence what would be right. People read it; it may
	// change.
	Hint string

	of string // what was read, "" for a case file
}

// Error returns line, pointer, rule and hint.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(cmp.Or(e.of, "case file"))
	b.WriteString(": ")
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	if e.Pointer != "" {
		b.WriteString(e.Pointer)
		b.WriteString(": ")
	}
	b.WriteString(e.Rule)
	if e.Hint != "" {
		b.WriteString(": ")
		b.WriteString(e.Hint)
	}
	return b.String()
}

// Errors are the faults of one case, at most [MaxErrors], in the order of the
// file; members that are missing come after what the object holds. There is at
// least one. errors.As with an *Error gives the first.
type Errors []*Error

// MaxErrors is how many faults of one case are collected before reading stops.
const MaxErrors = 20

// Error returns one line for each fault.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, x := range e {
		lines[i] = x.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the faults, for errors.Is and errors.As.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, x := range e {
		list[i] = x
	}
	return list
}

// The rules. The package comment and the pages in docs/schema list them.
const (
	ruleSyntax       = "syntax"
	ruleEncoding     = "encoding"
	ruleDepth        = "depth"
	ruleSize         = "size"
	ruleVersion      = "version"
	ruleUnknown      = "unknown"
	ruleDuplicate    = "duplicate"
	ruleRequired     = "required"
	ruleType         = "type"
	ruleEnum         = "enum"
	ruleRange        = "range"
	ruleLength       = "length"
	ruleMany         = "many"
	ruleForm         = "form"
	rulePersonal     = "id.personal"
	ruleFuture       = "time.future"
	ruleBase64       = "base64"
	ruleContent      = "statement.content"
	ruleFileOff      = "file.refused"
	ruleFilePath     = "file.path"
	ruleFileMissing  = "file.missing"
	ruleFileReadable = "file.unreadable"
)
