package repotest

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
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

// shown lists every command line that a README shows in a sh block, and the
// test that runs it.
var shown = map[string]string{}

// checkedByHand lists the two commands that cannot run inside a test: the
// second would run itself. make check runs both.
var checkedByHand = []string{"make demo", "make test"}

func TestReadme_showsOnlyCommandsThatATestRuns(t *testing.T) {
	tests := testFunctions(t)
	seen := make(map[string]bool)
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range shellLines(text) {
			seen[line] = true
			switch test := shown[line]; {
			case slices.Contains(checkedByHand, line):
			case test == "":
				t.Errorf("%s shows %q, which no test is said to run", name, line)
			case tests[test] == nil:
				t.Errorf("%s shows %q, but the test %s does not exist", name, line, test)
			}
		}
	}
	for line := range shown {
		if !seen[line] {
			t.Errorf("no README shows %q any more", line)
		}
	}
}

// shellLines returns the command lines in the sh blocks of a page, without
// comments and prompts, lines that end in a backslash joined.
func shellLines(text []byte) (lines []string) {
	for _, block := range fenceForm.FindAllSubmatch(text, -1) {
		if string(block[1]) != "sh" {
			continue
		}
		joined := strings.ReplaceAll(string(block[2]), "\\\n", " ")
		for line := range strings.Lines(joined) {
			line, _, _ = strings.Cut(line, " #")
			line = strings.Join(strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "$ ")), " ")
			if line != "" && line[0] != '#' {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

func TestShellLines_areWhatAReaderTypes(t *testing.T) {
	got := shellLines([]byte("text\n```sh\n# why\nmake  demo # shows it\n\n$ yanmen verify \\\n    a.json\n```\n```json\n{}\n```\n"))
	if want := []string{"make demo", "yanmen verify a.json"}; !slices.Equal(got, want) {
		t.Errorf("shellLines = %q, want %q", got, want)
	}
}
