package repotest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// byHand lists the commands of a README that cannot run inside a test, for one
// of them would run itself. make check runs both.
var byHand = []string{"make demo", "make test"}

// exits lists the commands that end with another code than 0, as the README
// says of them.
var exits = map[string]int{}

// shown is what the output of a README's commands must hold: a server that did
// not start or a verdict that did not arrive ends no command with an error.
var shown = []string{`"leaves":{`, "central syncing", `"kind":"verdict"`, `"kind":"erased"`}

// TestMain lets the test's own program stand in for curl, so that the tests need
// nothing that a machine with Go may lack.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "curl" {
		os.Exit(curl(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// curl understands what the READMEs use of it: -sS, -H, --data @FILE and a URL.
func curl(args []string) int {
	req, err := http.NewRequest("GET", args[len(args)-1], nil)
	for i := 0; err == nil && i < len(args)-1; i++ {
		switch args[i] {
		case "-sS":
		case "-H":
			i++
			k, v, _ := strings.Cut(args[i], ": ")
			req.Header.Set(k, v)
		case "--data":
			i++
			req.Method = "POST"
			var b []byte
			b, err = os.ReadFile(strings.TrimPrefix(args[i], "@"))
			req.Body = io.NopCloser(bytes.NewReader(b))
		default:
			err = fmt.Errorf("curl: option %s", args[i])
		}
	}
	var res *http.Response
	if err == nil {
		res, err = http.DefaultClient.Do(req)
	}
	if err == nil {
		_, err = io.Copy(os.Stdout, res.Body)
		fmt.Println()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// The commands that a README shows are run as a reader would: one after
// another, in one shell, in a folder that holds what the repository holds.
func TestReadme_commandsDoWhatTheySay(t *testing.T) {
	bin := ""
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		lines := shellLines(text)
		for _, line := range byHand {
			if !slices.Contains(lines, line) {
				t.Errorf("%s does not show %q", name, line)
			}
		}
		lines = slices.DeleteFunc(lines, func(line string) bool { return slices.Contains(byHand, line) })
		if len(lines) == 0 {
			continue
		}
		if bin == "" {
			bin = buildCommands(t)
		}
		t.Run(name, func(t *testing.T) { runLines(t, lines, bin) })
	}
}

// buildCommands does what make build does, into a folder of the test's.
func buildCommands(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	cmd := exec.Command("go", "build", "-o", dir+"/", "./cmd/...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOPROXY=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return dir
}

// runLines runs each line and compares its exit code.
func runLines(t *testing.T, lines []string, bin string) {
	dir := t.TempDir()
	for name, target := range map[string]string{"bin": bin, "docs": "docs", "deploy": "deploy"} {
		if !filepath.IsAbs(target) {
			var err error
			if target, err = filepath.Abs(filepath.Join(root, target)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	var script strings.Builder
	for i, line := range lines {
		if line == "make build" {
			line = "true" // buildCommands did
		}
		fmt.Fprintf(&script, "%s\necho \"%d $?\" >>codes\n", line, i)
	}
	// The servers that the README leaves running end with the test.
	script.WriteString("kill $(jobs -p) && wait\n")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tools := t.TempDir()
	if err := os.Symlink(self, filepath.Join(tools, "curl")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script.String())
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + tools + ":" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("bash: %v", err)
	}
	for _, s := range shown {
		if !strings.Contains(string(out), s) {
			t.Errorf("the output does not show %s", s)
		}
	}
	got, err := os.ReadFile(filepath.Join(dir, "codes"))
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for i, line := range lines {
		fmt.Fprintf(&want, "%d %d\n", i, exits[line])
	}
	if string(got) != want.String() {
		t.Errorf("exit codes by line:\n%swant:\n%sof:\n%s\noutput:\n%s", got, want.String(), strings.Join(lines, "\n"), out)
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
