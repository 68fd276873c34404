package synthetic

import (
	"bytes"
	"fmt"
	"time"
)

// A Template is a case file in which person and case id can be exchanged at
// little cost, so that a benchmark measures the agent and not the making of
// files.
type Template struct{ parts [][]byte }

// templatePerson is the n of the person in whose name templates are made.
const templatePerson = 77_777_000

// Marks are what a template has in place of a person's values and the case id.
// Each has the length of what replaces it.
const templateID = "template-00000000"

// NewTemplate returns a template of a profile: for persons that come for the
// first time, or again; of either purpose.
func NewTemplate(p Profile, first, application bool, now time.Time) *Template {
	n := templatePerson
	if application {
		n++
	}
	make := p.Again
	if first {
		make = p.First
	}
	text := make(n, templateID, now)
	who := NewPerson(n, born)
	t := &Template{}
	fields := [][]byte{[]byte(templateID), []byte(who.Name), []byte(who.Number), []byte(who.Phone), []byte(who.Card)}
	for len(text) > 0 {
		at, which := len(text), -1
		for i, f := range fields {
			if j := bytes.Index(text, f); j >= 0 && j < at {
				at, which = j, i
			}
		}
		t.parts = append(t.parts, text[:at])
		if which < 0 {
			break
		}
		t.parts = append(t.parts, []byte{byte(which)})
		text = text[at+len(fields[which]):]
	}
	return t
}

// Fill appends the file of a person and a case to b.
func (t *Template) Fill(b []byte, p Person, id string) []byte {
	values := [...]string{id, p.Name, p.Number, p.Phone, p.Card}
	for i, part := range t.parts {
		if i%2 == 1 {
			b = append(b, values[part[0]]...)
			continue
		}
		b = append(b, part...)
	}
	return b
}

// CaseID returns an id for the i-th case of a run.
func CaseID(run string, i int64) string { return fmt.Sprintf("%s-%08d", run, i) }
