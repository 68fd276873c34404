package intake

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// ourWords returns a check that an error is faults, and that a fault consists of
// our own words: names that the schema knows, indices and rules.
func ourWords(t testing.TB, schema string) func(t *testing.T, err error, lines bool) {
	names := map[string]bool{}
	s := loadSchema(t, schema)
	for _, n := range append(ordered[node]{{Name: "", node: s.node}}, s.Defs...) {
		for _, p := range n.node.Properties {
			names[p.Name] = true
		}
	}
	index := regexp.MustCompile(`^[0-9]{1,5}$`)
	rule := regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)*$`)
	return func(t *testing.T, err error, lines bool) {
		t.Helper()
		var list Errors
		if !errors.As(err, &list) || len(list) == 0 || len(list) > MaxErrors {
			t.Fatalf("error of type %T", err)
		}
		for _, e := range list {
			if !rule.MatchString(e.Rule) || e.Hint == "" || (e.Line > 0) != lines {
				t.Fatalf("fault %+v", e)
			}
			if e.Pointer == "" {
				continue
			}
			for _, tok := range strings.Split(e.Pointer, "/")[1:] {
				if !names[tok] && !index.MatchString(tok) {
					t.Fatalf("pointer %q has a name that version 1 does not know", e.Pointer)
				}
			}
		}
	}
}

// FuzzRead holds that any bytes give a file or faults, never both, always the
// same, and that a fault consists of our own words: a value in it could only
// come from the input.
func FuzzRead(f *testing.F) {
	for _, name := range goodFiles(f) {
		f.Add(readFile(f, name), false, false)
	}
	f.Add([]byte(`{"version":1,"version":[{"a":1e9}]}`), true, false)
	f.Add([]byte("{}\n\n{\"version\":1}\n\xff"), true, true)
	f.Add([]byte(`{"evidence":{"statements":[{"inline":"aGk\/"}]}}`), false, true)
	check := ourWords(f, caseSchema)
	root := options(f).Files
	f.Fuzz(func(t *testing.T, b []byte, lines, noCase bool) {
		o := Options{Lines: lines, NoCase: noCase, Now: clock, Files: root, MaxBytes: 1 << 20}
		var first []*agent.File
		n := 0
		for file, err := range Read(strings.NewReader(string(b)), o) {
			n++
			if (file == nil) == (err == nil) {
				t.Fatal("want a file or an error")
			}
			first = append(first, file)
			if err == nil {
				if file.Case.ID == "" && !noCase || file.Subject.Number.IsZero() || file.Subject.Name.IsZero() {
					t.Fatal("a required member is not there")
				}
				for _, r := range file.Collected {
					if r.Source == "" || r.CollectedAt == 0 {
						t.Fatal("a record has no source or time")
					}
				}
				continue
			}
			check(t, err, lines)
		}
		if n == 0 && !lines {
			t.Fatal("nothing came")
		}
		i := 0
		for file := range Read(strings.NewReader(string(b)), o) {
			if !reflect.DeepEqual(file, first[i]) {
				t.Fatal("the second reading differs")
			}
			i++
		}
	})
}
