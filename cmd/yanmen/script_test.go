package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/sandbox"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"yanmen": main})
}

// The scripts say what a person sees who types these commands. Beside the
// commands of testscript they have:
//
//	code N COMMAND…             run, and want exit code N
//	case FILE NAME [EDIT…]      write the case file of a borrower of the
//	                            demonstration; a line more of a .ndjson file.
//	                            EDIT is /pointer=JSON, or -/pointer to remove;
//	                            the first may be days=-N: as of so many days ago
//	registers [DIR]             the configuration that those files refer to
//	capture NAME REGEXP         set $NAME to what the first group matches in stdout
//	want NAME VALUE             compare $NAME
//	mode FILE BITS              compare permission bits
//	rows N                      the report's kinds of rows add up to N
//	damage FILE                 change bytes in the middle of a file
//	rules DIR                   copy the rules that are built in
//	edit FILE OLD NEW           replace a text that stands in the file once
//	sandbox [FILE]              run the sandbox of sources by a script, and put it
//	                            into the configuration; what it says is in the file said
//	carried FILE whole|less     what explain --json said to an officer of the case in
//	                            the file: the offer is carried, computed anew
//	months TO FROM [N]          the case file FROM with statements of the months that
//	                            explain --json just said to be missing, of the first N
//	clean                       neither stdout nor stderr holds a value of a
//	                            borrower of the demonstration
func TestYanmen_doesWhatItsScriptsSay(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("YANMEN_DIR", filepath.Join(e.WorkDir, "agent"))
			e.Setenv("LANG", "C")
			e.Setenv("TRAINED", scriptNow.AddDate(0, 0, -1).Format(time.DateOnly))
			statements, err := filepath.Abs(filepath.Join("..", "..", "agent", "statement", "testdata"))
			e.Setenv("STATEMENTS", statements)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": scriptCode, "case": scriptCase, "registers": scriptRegisters, "capture": scriptCapture,
			"want": scriptWant, "mode": scriptMode, "damage": scriptDamage, "rows": scriptRows, "clean": scriptClean,
			"rules": scriptRules, "edit": scriptEdit, "sandbox": scriptSandbox, "carried": scriptCarried,
			"months": scriptMonths,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// situations names the borrowers of the demonstration, in its order.
var situations = []string{"freelancer", "freelancer_with_statements", "lost_card", "system_fault", "job_loss", "illness",
	"stolen_identity", "salary_goes_on", "many_lenders", "consent_withdrawn", "minor", "disaster", "over_indebted", "able_unwilling",
	"edited_statement", "consent_general", "consent_expired", "thin_file", "disputed_cost", "limit_drawn", "trader", "trader_with_proof"}

// scriptNow is the moment of all case files of a run.
var scriptNow = time.Now()

func scriptCase(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || !slices.Contains(situations, args[1]) {
		ts.Fatalf("usage: case FILE NAME [EDIT…]")
	}
	var doc any
	edits, now := args[2:], scriptNow
	if len(edits) > 0 && strings.HasPrefix(edits[0], "days=-") {
		n, err := strconv.Atoi(edits[0][len("days=-"):])
		ts.Check(err)
		edits, now = edits[1:], scriptNow.AddDate(0, 0, -n)
	}
	ts.Check(json.Unmarshal(synthetic.Situations(now)[slices.Index(situations, args[1])].File, &doc))
	for _, edit := range edits {
		if pointer, ok := strings.CutPrefix(edit, "-"); ok {
			ts.Check(set(doc, pointer, nil, true))
			continue
		}
		pointer, text, _ := strings.Cut(edit, "=")
		var v any
		ts.Check(json.Unmarshal([]byte(text), &v))
		ts.Check(set(doc, pointer, v, false))
	}
	path := ts.MkAbs(args[0])
	if strings.HasSuffix(path, ".ndjson") {
		b, err := json.Marshal(doc)
		ts.Check(err)
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		ts.Check(err)
		_, err = f.Write(append(b, '\n'))
		ts.Check(errors.Join(err, f.Close()))
		return
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	ts.Check(err)
	ts.Check(os.WriteFile(path, append(b, '\n'), 0o600))
}

// set sets, or removes, the member of an object that a JSON pointer names.
func set(doc any, pointer string, v any, remove bool) error {
	steps := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, s := range steps {
		switch d := doc.(type) {
		case map[string]any:
			if i < len(steps)-1 {
				doc = d[s]
			} else if remove {
				delete(d, s)
			} else {
				d[s] = v
			}
		case []any:
			n, err := strconv.Atoi(s)
			if err != nil || n >= len(d) {
				return fmt.Errorf("no element %s in %s", s, pointer)
			}
			if i < len(steps)-1 {
				doc = d[n]
			} else {
				d[n] = v
			}
		default:
			return fmt.Errorf("nothing at %s", pointer)
		}
	}
	return nil
}

func scriptRegisters(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.Getenv("YANMEN_DIR")
	if len(args) == 1 {
		dir = ts.MkAbs(args[0])
	}
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(os.WriteFile(filepath.Join(dir, house.ConfigFile), []byte(synthetic.Config("agent-1", "lender-1", "127.0.0.1:0", "")), 0o600))
}

func scriptCapture(ts *testscript.TestScript, neg bool, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) < 2 {
		ts.Fatalf("no match for %s", args[1])
	}
	ts.Setenv(args[0], m[1])
}

func scriptWant(ts *testscript.TestScript, neg bool, args []string) {
	if got := ts.Getenv(args[0]); (got == args[1]) == neg {
		ts.Fatalf("%s is %s", args[0], got)
	}
}

func scriptMode(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("mode of %s is %s, want %s", args[0], got, args[1])
	}
}

var (
	rowsSaid  = regexp.MustCompile(`(?m)^  statement .*: (\d+) rows\n((?:    .*\n)*)`)
	kindsSaid = regexp.MustCompile(`(?m)[a-z] (\d+)(?: ·|$)`)
)

func scriptRows(ts *testscript.TestScript, neg bool, args []string) {
	m := rowsSaid.FindStringSubmatch(ts.ReadFile("stdout"))
	if m == nil {
		ts.Fatalf("no statement is accounted for")
	}
	sum := 0
	for _, k := range kindsSaid.FindAllStringSubmatch(m[2], -1) {
		n, err := strconv.Atoi(k[1])
		ts.Check(err)
		sum += n
	}
	if m[1] != args[0] || strconv.Itoa(sum) != args[0] {
		ts.Fatalf("%s rows are said and %d are accounted for, want %s", m[1], sum, args[0])
	}
}

func scriptDamage(ts *testscript.TestScript, neg bool, args []string) {
	paths, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(paths) == 0 {
		ts.Fatalf("no file %s", args[0])
	}
	b, err := os.ReadFile(paths[0])
	ts.Check(err)
	end := bytes.LastIndexFunc(b, func(r rune) bool { return r != 0 }) // tables are allocated larger than they are
	for i := end / 2; i < end/2+16 && i < len(b); i++ {
		b[i] ^= 0x55
	}
	ts.Check(os.WriteFile(paths[0], b, 0o600))
}

func scriptClean(ts *testscript.TestScript, neg bool, args []string) {
	said := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	for _, s := range synthetic.Situations(scriptNow) {
		for _, v := range s.Person.Values() {
			if strings.Contains(said, v) {
				ts.Fatalf("a value of the borrower of %s is printed", s.ID)
			}
		}
	}
}

func scriptRules(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: rules DIR")
	}
	source, err := filepath.Abs(filepath.Join("..", "..", "policy", "rego"))
	ts.Check(err)
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), os.DirFS(source)))
}

func scriptSandbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: sandbox [FILE]")
	}
	var script []byte
	if len(args) == 1 {
		script = []byte(ts.ReadFile(args[0]))
	}
	said, err := os.Create(ts.MkAbs("said"))
	ts.Check(err)
	b, err := sandbox.New(script, said)
	ts.Check(err)
	srv := httptest.NewServer(b)
	ts.Defer(func() { srv.CloseClientConnections(); srv.Close(); said.Close() })
	path := filepath.Join(ts.Getenv("YANMEN_DIR"), house.ConfigFile)
	text := sandbox.Join(ts.ReadFile(path), synthetic.Recipient, srv.URL)
	ts.Check(os.WriteFile(path, []byte(text), 0o600))
}

func scriptEdit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if strings.Count(text, args[1]) != 1 {
		ts.Fatalf("%q stands %d times in the file", args[1], strings.Count(text, args[1]))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}
