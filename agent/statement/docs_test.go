package statement

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each code that the reader can give is on the pages, in both languages.
func TestDocs_haveEveryCode(t *testing.T) {
	code := regexp.MustCompile(`"(_?[a-z]+(?:_[a-z]+)?\.[a-z_]+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(b), -1) {
			if c := m[1]; strings.HasPrefix(c, "_") {
				for _, of := range []string{"income", "expense", "neutral"} {
					codes[of+c] = true
				}
			} else if c != "golang.org" && !strings.HasPrefix(c, "_rels") {
				codes[c] = true
			}
		}
	}
	if len(codes) < 40 {
		t.Errorf("found only %d codes", len(codes))
	}
	for _, page := range []string{"statements.md", "statements.zh-CN.md"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "docs", "checks", page))
		if err != nil {
			t.Fatal(err)
		}
		on := map[string]bool{}
		for _, m := range regexp.MustCompile("`([a-z_]+\\.[a-z_]+)`").FindAllStringSubmatch(string(b), -1) {
			on[m[1]] = true
		}
		for c := range codes {
			if !on[c] {
				t.Errorf("%s lacks %s", page, c)
			}
		}
		for c := range on {
			if !codes[c] {
				t.Errorf("%s has %s, which is never given", page, c)
			}
		}
	}
}
