package repotest

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Traces of one machine or mirror, written in two halves so that this file
// passes its own test.
var traces = regexp.MustCompile(strings.Join([]string{
	"/" + "work/", "/" + "farm/", "/" + "root/", "/" + "home/[a-z]", "/" + "Users/[a-z]", `C:\\` + "Users", "bash" + "_jobs",
	"proxy\\." + "golang", "sum\\." + "golang", "go" + "proxy\\.", "registry\\." + "npmjs", "npm" + "mirror",
	"pythonhosted" + "\\.org", "pypi" + "\\.org",
}, "|"))

func TestText_namesNoMachineAndNoRegistry(t *testing.T) {
	eachText(t, func(name string, text []byte) {
		if at := traces.FindIndex(text); at != nil {
			t.Errorf("%s:%d: %s is of one machine or mirror", name, lineOf(text, at[0]), text[at[0]:at[1]])
		}
	})
}

func TestTraces_areSeen(t *testing.T) {
	for _, s := range []string{"/" + "work/main", "/" + "home/someone/x", "/" + "Users/someone", `C:\` + "Users", "/" + "root/go",
		"https://proxy." + "golang.org", "https://sum." + "golang.org", "registry." + "npmjs.org/jose", "https://go" + "proxy.io"} {
		if !traces.MatchString(s) {
			t.Errorf("%q is not seen", s)
		}
	}
	for _, s := range []string{"homework/", "golang.org/x/mod", "www.npmjs.com", "workflow", "/var/lib/yanmen", "frameworks/"} {
		if traces.MatchString(s) {
			t.Errorf("%q is taken for a trace", s)
		}
	}
}

// What is not done is said in an issue or a design note, not left in the code.
func TestText_leavesNothingToDo(t *testing.T) {
	marks := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|HA` + `CK)\b`)
	eachText(t, func(name string, text []byte) {
		if at := marks.FindIndex(text); at != nil {
			t.Errorf("%s:%d: %s", name, lineOf(text, at[0]), text[at[0]:at[1]])
		}
	})
}

var (
	linkForm  = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	fenceForm = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
	codeForm  = regexp.MustCompile("`[^`\n]*`")
)

func TestMarkdown_linksLeadSomewhere(t *testing.T) {
	eachText(t, func(name string, text []byte) {
		if !strings.HasSuffix(name, ".md") {
			return
		}
		prose := codeForm.ReplaceAll(fenceForm.ReplaceAll(text, nil), nil)
		for _, m := range linkForm.FindAllSubmatch(prose, -1) {
			target, _, _ := strings.Cut(string(m[1]), "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if path.IsAbs(target) {
				t.Errorf("%s links to %s, which is outside of the repository", name, target)
			} else if _, err := os.Stat(filepath.Join(root, path.Dir(name), target)); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, target)
			}
		}
	})
}
