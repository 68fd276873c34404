package e2e

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// A search looks for many texts at once, each in every form in which a program
// might have written it.
type search struct {
	filter  [1 << 16]bool // of the first bytes of every needle
	needles map[uint64][]needle
	forms   int
}

type needle struct {
	text []byte
	what string // of the mark, to be told in place of the value
	form string
}

// head is how many bytes a needle has at least. Shorter ones would be found by
// chance.
const head = 6

func headOf(b []byte) (h uint64) {
	for _, c := range b[:head] {
		h = h<<8 | uint64(c)
	}
	return h
}

func slotOf(h uint64) uint16 { return uint16(h * 0x9e3779b97f4a7c15 >> 48) }

// add makes the search look for a value in all its forms.
func (s *search) add(what, value string) {
	if s.needles == nil {
		s.needles = map[uint64][]needle{}
	}
	for form, text := range formsOf(value) {
		if len(text) < head {
			continue
		}
		h := headOf(text)
		s.filter[slotOf(h)] = true
		s.needles[h] = append(s.needles[h], needle{text, what, form})
		s.forms++
	}
}

// in returns what it finds, as the names of marks with the form.
func (s *search) in(b []byte) (found []string) {
	for i := 0; i+head <= len(b); i++ {
		h := headOf(b[i:])
		if !s.filter[slotOf(h)] {
			continue
		}
		for _, n := range s.needles[h] {
			if len(b)-i >= len(n.text) && string(b[i:i+len(n.text)]) == string(n.text) {
				found = append(found, n.what+" as "+n.form)
			}
		}
	}
	return found
}

// under searches every file below a folder, its paths too.
func (s *search) under(t testing.TB, dir string) (files int, size int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // a file that went while we looked
		}
		s.absent(t, "a path", []byte(path))
		if !e.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		files, size = files+1, size+int64(len(b))
		rel, _ := filepath.Rel(dir, path)
		s.absent(t, "file "+rel, b)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return files, size
}

// absent wants nothing to be found.
func (s *search) absent(t testing.TB, where string, b []byte) {
	t.Helper()
	if found := s.in(b); len(found) > 0 {
		t.Errorf("%s shows %s (%d in all)", where, found[0], len(found))
	}
}

// formsOf lists the forms of a text by name.
func formsOf(v string) map[string][]byte {
	forms := map[string][]byte{"utf-8": []byte(v)}
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(v)
	if err == nil && gb != v {
		forms["gb18030"] = []byte(gb)
	}
	var le, be []byte
	for _, u := range utf16.Encode([]rune(v)) {
		le, be = append(le, byte(u), byte(u>>8)), append(be, byte(u>>8), byte(u))
	}
	forms["utf-16le"], forms["utf-16be"] = le, be
	forms["lower case"], forms["upper case"] = []byte(strings.ToLower(v)), []byte(strings.ToUpper(v))

	for name, raw := range map[string]string{"utf-8": v, "gb18030": gb} {
		if raw == "" || name != "utf-8" && raw == v {
			continue
		}
		encoded(forms, name, []byte(raw))
		md, s1, s2 := md5.Sum([]byte(raw)), sha1.Sum([]byte(raw)), sha256.Sum256([]byte(raw))
		for digest, sum := range map[string][]byte{"md5": md[:], "sha-1": s1[:], "sha-256": s2[:]} {
			forms[digest+" of "+name] = sum
			forms["hex "+digest+" of "+name] = []byte(hex.EncodeToString(sum))
			forms["base64 "+digest+" of "+name] = []byte(base64.RawStdEncoding.EncodeToString(sum))
			forms["base64url "+digest+" of "+name] = []byte(base64.RawURLEncoding.EncodeToString(sum))
		}
	}
	var escaped, points strings.Builder
	for _, u := range utf16.Encode([]rune(v)) {
		fmt.Fprintf(&escaped, `\u%04x`, u)
		if u < 0x80 {
			points.WriteByte(byte(u))
		} else {
			fmt.Fprintf(&points, `\u%04x`, u)
		}
	}
	forms["json escapes"], forms["JSON ESCAPES"] = []byte(escaped.String()), []byte(strings.ReplaceAll(strings.ToUpper(escaped.String()), `\U`, `\u`))
	forms["json"], forms["JSON"] = []byte(points.String()), []byte(strings.ReplaceAll(strings.ToUpper(points.String()), `\U`, `\u`))

	if isNumber(v) {
		for _, sep := range []string{" ", "-", ".", "_"} {
			for _, groups := range [][]int{{4, 4, 4, 4, 4}, {3, 4, 4, 4, 4}, {6, 8, 4}, {6, 6, 3}, {2, 2, 2, 4, 2, 2, 4}} {
				forms[fmt.Sprint("groups of ", groups, sep)] = []byte(grouped(v, groups, sep))
			}
		}
	}
	// What reads the same is told by one name.
	for name, text := range forms {
		if name != "utf-8" && string(text) == v {
			delete(forms, name)
		}
	}
	return forms
}

func isNumber(v string) bool {
	return len(v) >= 11 && strings.Trim(v[:len(v)-1], "0123456789") == ""
}

func grouped(v string, groups []int, sep string) string {
	var parts []string
	for _, n := range groups {
		n = min(n, len(v))
		parts, v = append(parts, v[:n]), v[n:]
		if v == "" {
			break
		}
	}
	if v != "" {
		parts = append(parts, v)
	}
	return strings.Join(parts, sep)
}

// encoded adds the ways in which bytes are written as text.
func encoded(forms map[string][]byte, name string, raw []byte) {
	forms["hex of "+name] = []byte(hex.EncodeToString(raw))
	forms["HEX of "+name] = []byte(strings.ToUpper(hex.EncodeToString(raw)))
	var percent, quoted, decimal strings.Builder
	for i, c := range raw {
		fmt.Fprintf(&percent, "%%%02X", c)
		fmt.Fprintf(&quoted, `\x%02x`, c)
		if i > 0 {
			decimal.WriteByte(' ')
		}
		fmt.Fprint(&decimal, c)
	}
	forms["percent of "+name], forms["percent lower of "+name] = []byte(percent.String()), []byte(strings.ToLower(percent.String()))
	forms["quoted "+name], forms["decimal "+name] = []byte(quoted.String()), []byte(decimal.String())
	for shift := range 3 {
		// Characters at the ends mix with the neighbours' bits.
		b := append(make([]byte, shift), raw...)
		for code, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			e := enc.EncodeToString(b)
			e = e[(shift*8+5)/6:]
			if len(b)%3 != 0 {
				e = e[:len(e)-1]
			}
			if len(e) >= 8 {
				forms[fmt.Sprint(code, " of ", name, " at ", shift)] = []byte(e)
			}
		}
	}
}

// A search that cannot fail proves nothing: it finds each form of each kind of
// value in the midst of noise, and nothing in noise alone.
func TestSearch_findsEveryForm(t *testing.T) {
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	var s search
	for _, v := range []string{"金丝雀测试", "Zzcanary Öther", "990101198804121017", "99010119880412101X", "19900000471", "zzcanary-ref.1"} {
		s.add(v, v)
	}
	if found := s.in(noise); len(found) > 0 {
		t.Errorf("found in noise: %v", found)
	}
	for _, list := range s.needles {
		for _, n := range list {
			at := rand.IntN(len(noise) - 600)
			b := append(append(append([]byte{}, noise[:at]...), n.text...), noise[at:]...)
			if found := s.in(b); len(found) == 0 {
				t.Errorf("%s as %s is not found", n.what, n.form)
			}
		}
	}
	// As other programs write them.
	for what, text := range map[string]string{
		"base64 in the midst": "prefix " + base64.StdEncoding.EncodeToString([]byte("xy金丝雀测试 and more")) + " suffix",
		"json":                `{"name":"\u91d1\u4e1d\u96c0\u6d4b\u8bd5"}`,
		"percent":             "/v1/%E9%87%91%E4%B8%9D%E9%9B%80%E6%B5%8B%E8%AF%95",
		"Go bytes":            fmt.Sprint([]byte("金丝雀测试")),
		"phone with hyphens":  "tel 199-0000-0471",
		"number with spaces":  "no 990101 19880412 1017",
		"hex":                 fmt.Sprintf("%x", "990101198804121017"),
	} {
		if len(s.in([]byte(text))) == 0 {
			t.Errorf("%s is not found", what)
		}
	}
}
