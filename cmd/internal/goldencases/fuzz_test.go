package goldencases

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzReadCases holds that a file of cases is read or refused, whatever it holds:
// it may be written by who knows lending and not programs.
func FuzzReadCases(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal("there are no files of cases")
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		// The bases and a few cases: of the whole the fuzzer would change little.
		if i := bytes.Index(b, []byte("\ncases:")); i > 0 {
			for list, n := b[i:], 0; n < 3; n++ {
				at := bytes.Index(list[1:], []byte("\n  - "))
				next := bytes.Index(list[at+2:], []byte("\n  - "))
				if at < 0 || next < 0 {
					break
				}
				f.Add(append(append(bytes.Clone(b[:i]), "\ncases:"...), list[at+1:at+2+next]...))
				list = list[at+2:]
			}
		}
	}
	f.Add([]byte("as_of: 2026-06-20T10:00:00+08:00\nbases: {a: {like: a}}\ncases: [{id: x, base: a}]\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		cases, err := readCases(b)
		if err != nil {
			return
		}
		for _, c := range cases {
			if c == nil {
				t.Fatal("a case that is none")
			}
		}
	})
}
