package policy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/yanmen/yanmen/agent"
)

// probesPer is how many allowing inputs of a point are probes.
const probesPer = 4

// takeProbes takes probes from the golden decisions.
func takeProbes(t *testing.T) []probe {
	e, g := engine(t), golden(t)
	var out []probe
	allowing := map[string]int{}
	missing := slices.Clone(mustDeny)
	for _, c := range g.Cases {
		in := door(g.input(t, c))
		plain, err := ast.JSON(in)
		if err != nil {
			t.Fatal(err)
		}
		p := probe{Point: c.Point, Name: c.Name, Input: plain.(map[string]any)}
		if d, outcome := e.asked(context.Background(), c.Point, p.Input); d.Allow && (c.Point != agent.PointJudge || outcome == "pass") {
			if allowing[c.Point]++; allowing[c.Point] <= probesPer {
				for _, at := range places(p.Input, nil) {
					path := strings.Join(at, ".")
					if e.gives(context.Background(), c.Point, changed(p.Input, at, true)) {
						p.Absent = append(p.Absent, path)
					}
					if e.gives(context.Background(), c.Point, changed(p.Input, at, false)) {
						p.Zero = append(p.Zero, path)
					}
				}
				out = append(out, p)
			}
			continue
		}
		for _, code := range c.Want.Denials {
			if i := slices.Index(missing, code); i >= 0 {
				missing = slices.Delete(missing, i, i+1)
				p.Deny = append(p.Deny, code)
			}
		}
		if len(p.Deny) > 0 {
			out = append(out, p)
		}
	}
	if len(missing) > 0 {
		t.Errorf("no golden decision denies with %v", missing)
	}
	return out
}

// Probes say something about the rules that are built in: these allow or deny
// them, each point that has rules is probed, and so is each denial that stays.
func TestProbes_areDecidedAsTheySay(t *testing.T) {
	if *update {
		b, err := json.MarshalIndent(takeProbes(t), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("probes.json", append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		probeFile = b
	}
	probes, err := readProbes()
	if err != nil {
		t.Fatal(err)
	}
	e := engine(t)
	denied, allowed := map[agent.Code]bool{}, map[string]bool{}
	for _, p := range probes {
		if len(p.Deny) == 0 {
			allowed[p.Point] = true
			if !e.gives(context.Background(), p.Point, p.Input) {
				t.Errorf("%s is not allowed; run go test ./policy -run Probes -update", p.Name)
			}
			for _, at := range places(p.Input, nil) {
				path := strings.Join(at, ".")
				if slices.Contains(p.Absent, path) && !e.gives(context.Background(), p.Point, changed(p.Input, at, true)) ||
					slices.Contains(p.Zero, path) && !e.gives(context.Background(), p.Point, changed(p.Input, at, false)) {
					t.Errorf("%s: denied for want of %s; run go test ./policy -run Probes -update", p.Name, path)
				}
			}
		}
		for _, c := range p.Deny {
			denied[c] = true
		}
	}
	for _, c := range mustDeny {
		if !denied[c] {
			t.Errorf("nothing probes %s", c)
		}
	}
	for _, point := range points {
		if !allowed[point] {
			t.Errorf("%s has no allowing probe", point)
		}
	}
	if err := checkInvariants(context.Background(), e); err != nil {
		t.Errorf("the rules that are built in: %v", err)
	}
}

func fileNames(t testing.TB) fileTree {
	t.Helper()
	files, err := filesOf(embedded())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// keys are made once: tests sign much.
func keys(t testing.TB) (private []byte, public *PublicKey) {
	t.Helper()
	private, pub, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	if public, err = ParsePublicKey(pub); err != nil {
		t.Fatal(err)
	}
	return private, public
}

// bundleWith returns the archive of the rules that are built in, with files
// changed; a change to "" removes the file.
func bundleWith(t testing.TB, change map[string]func(string) string) []byte {
	t.Helper()
	files := maps.Clone(fileNames(t))
	for name, f := range change {
		if s := f(string(files[name])); s == "" {
			delete(files, name)
		} else {
			files[name] = []byte(s)
		}
	}
	b, err := files.pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sign(t testing.TB, archive, private []byte) []byte {
	t.Helper()
	b, err := Sign(archive, private)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wantRefusal(t *testing.T, what string, err error, code agent.Code) {
	t.Helper()
	var r *Refusal
	if !errors.As(err, &r) || r.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func TestCheck_takesWhatIsInOrder(t *testing.T) {
	private, public := keys(t)
	archive := sign(t, bundleWith(t, nil), private)
	r, err := Check(context.Background(), archive, public)
	if err != nil {
		t.Fatal(err)
	}
	if r.Digest != engine(t).Digest() || r.Revision != engine(t).Revision() || r.Tests < 30 || r.Denials < 50 || r.Rules < 200 {
		t.Errorf("Check = %+v", r)
	}
	e, err := Installed(archive, public)
	if err != nil {
		t.Fatal(err)
	}
	own, g := engine(t), golden(t)
	for _, c := range g.Cases {
		in := g.input(t, c)
		d, _ := ask(e, in)
		want, _ := ask(own, in)
		if d.Allow != want.Allow || !slices.Equal(d.Denials, want.Denials) {
			t.Errorf("%s: installed rules say %v, those built in %v", c.Name, d, want)
		}
	}
}

func TestSign_sameFolderSameBytes(t *testing.T) {
	if a, b := bundleWith(t, nil), bundleWith(t, nil); !bytes.Equal(a, b) {
		t.Error("two archives of the same files differ")
	}
	dir := t.TempDir() + "/rules"
	if err := Export(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/yanmen/use/use.rego~", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := Build(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, bundleWith(t, nil)) {
		t.Error("what was exported builds to something else")
	}
	if Export(dir) == nil {
		t.Error("an export overwrites a folder")
	}
}

func TestCheck_refusesWhatTheKeyDidNotSign(t *testing.T) {
	private, public := keys(t)
	other, _ := keys(t)
	plain := bundleWith(t, nil)
	archive := sign(t, plain, private)
	check := func(archive []byte) error {
		_, err := Installed(archive, public)
		return err
	}
	if err := check(archive); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, "unsigned", check(plain), codeUnsigned)
	wantRefusal(t, "signed by another key", check(sign(t, plain, other)), codeKey)
	wantRefusal(t, "signed again by another key", check(sign(t, archive, other)), codeKey)
	edit := func(f func(fileTree)) []byte {
		files, err := unpack(archive)
		if err != nil {
			t.Fatal(err)
		}
		f(files)
		b, err := files.pack()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for what, f := range map[string]func(fileTree){
		"a rule changed": func(files fileTree) { files["yanmen/use/use.rego"] = append(files["yanmen/use/use.rego"], '\n') },
		"a figure changed": func(files fileTree) {
			files["yanmen/judge/data.yaml"] = append(files["yanmen/judge/data.yaml"], "x: 1\n"...)
		},
		"a test removed": func(files fileTree) { delete(files, "yanmen/use/use_test.rego") },
		"a file added":   func(files fileTree) { files["yanmen/use/more.rego"] = []byte("package yanmen.use\n") },
		"the revision changed": func(files fileTree) {
			files[manifestFile] = bytes.Replace(files[manifestFile], []byte("2026"), []byte("2027"), 1)
		},
		"two signatures": func(files fileTree) {
			files[signaturesFile] = bytes.Replace(files[signaturesFile], []byte(`["`), []byte(`["x","`), 1)
		},
		"no signature in the list": func(files fileTree) { files[signaturesFile] = []byte(`{"signatures":[]}`) },
		"a plugin":                 func(files fileTree) { files[signaturesFile] = []byte(`{"signatures":["a.b.c"],"plugin":"p"}`) },
		"another payload": func(files fileTree) {
			files[signaturesFile] = bytes.Replace(files[signaturesFile], []byte("."), []byte(".e"), 1)
		},
		"no token": func(files fileTree) { files[signaturesFile] = []byte(`{"signatures":["abc"]}`) },
	} {
		wantRefusal(t, what, check(edit(f)), codeSignature)
	}
	// White space in data says nothing, and the library does not sign it.
	if err := check(edit(func(files fileTree) {
		files["yanmen/judge/data.yaml"] = append(files["yanmen/judge/data.yaml"], "\n# a remark\n"...)
	})); err != nil {
		t.Errorf("a remark in the data: %v", err)
	}
	for _, text := range []string{"", "x", string(private), "-----BEGIN PUBLIC KEY-----\nMFk=\n-----END PUBLIC KEY-----\n"} {
		if _, err := ParsePublicKey([]byte(text)); err == nil {
			t.Error("what is no public key is read as one")
		}
	}
	if _, err := Sign(plain, []byte(public.pem)); err == nil {
		t.Error("a public key signs")
	}
}

func replace(old, new string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, old) {
			panic("no " + old)
		}
		return strings.Replace(s, old, new, 1)
	}
}

func gone(string) string { return "" }

func TestCheck_refusesByReason(t *testing.T) {
	use := "yanmen/use/use.rego"
	for _, c := range []struct {
		name   string
		change map[string]func(string) string
		want   agent.Code
	}{
		{"no manifest", map[string]func(string) string{manifestFile: gone}, codeManifest},
		{"no revision", map[string]func(string) string{manifestFile: func(string) string { return `{"roots": ["yanmen"], "rego_version": 1}` }}, codeRevision},
		{"a revision that is no date", map[string]func(string) string{manifestFile: func(string) string { return `{"revision": "v7", "roots": ["yanmen"], "rego_version": 1}` }}, codeRevision},
		{"everything as its root", map[string]func(string) string{manifestFile: func(string) string { return `{"revision": "2026-01-01", "roots": [""], "rego_version": 1}` }}, codeManifest},
		{"two roots", map[string]func(string) string{manifestFile: func(string) string {
			return `{"revision": "2026-01-01", "roots": ["yanmen", "system"], "rego_version": 1}`
		}}, codeManifest},
		{"old Rego", map[string]func(string) string{manifestFile: func(string) string { return `{"revision": "2026-01-01", "roots": ["yanmen"], "rego_version": 0}` }}, codeManifest},
		{"old Rego in a file", map[string]func(string) string{manifestFile: func(string) string {
			return `{"revision": "2026-01-01", "roots": ["yanmen"], "rego_version": 1, "file_rego_versions": {"/yanmen/use/use.rego": 0}}`
		}}, codeManifest},
		{"data outside its root", map[string]func(string) string{"data.json": func(string) string { return `{"system": {"authz": true}}` }}, codeRules},
		{"rules outside its root", map[string]func(string) string{"other/x.rego": func(string) string { return "package system.authz\n\nallow := true\n" }}, codeRules},
		{"rules that are none", map[string]func(string) string{use: func(string) string { return "package" }}, codeRules},
		{"the network", map[string]func(string) string{use: func(s string) string { return s + "\n_x if http.send({})\n" }}, codeRules},
		{"recursion", map[string]func(string) string{use: func(s string) string { return s + "\n_x if _y\n\n_y if _x\n" }}, codeRules},
		{"a section missing", map[string]func(string) string{"yanmen/regulation/data.yaml": gone}, codeRules},
		{"a citation unknown", map[string]func(string) string{use: replace("PIPL-15-1", "PIPL-15-99")}, codeText},
		{"a text missing", map[string]func(string) string{use: replace("code: use.consent_withdrawn", "code: use.withdrawn")}, codeText},
		{"a field misspelt", map[string]func(string) string{use: replace("input.restricted", "input.restrcted")}, codeSchema},
		{"a package without schema", map[string]func(string) string{use: replace("# schemas:\n#   - input: schema.use\n", "")}, codeSchema},
		{"a schema of its own", map[string]func(string) string{use: replace("#   - input: schema.use\n", "#   - input: {type: object}\n")}, codeSchema},
		{"rules without tests", map[string]func(string) string{"yanmen/use/use_test.rego": gone}, codeUntested},
		{"tests that test nothing", map[string]func(string) string{"yanmen/use/use_test.rego": func(string) string { return "package yanmen.use_test\n" }}, codeUntested},
		{"a test that fails", map[string]func(string) string{"yanmen/use/use_test.rego": func(s string) string { return s + "\ntest_of_this if false\n" }}, codeTests},
		{"a test that is skipped", map[string]func(string) string{"yanmen/use/use_test.rego": func(s string) string { return s + "\ntodo_test_of_this if true\n" }}, codeTests},
		{"a test among its rules", map[string]func(string) string{"yanmen/use/more_test.rego": func(string) string { return "package yanmen.use\n\ntest_x if true\n" }}, codeTests},
		{"a denial renamed", map[string]func(string) string{
			use:                        replace("code: use.subject_restricted", "code: use.subject_restrained"),
			"yanmen/use/use_test.rego": func(s string) string { return "package yanmen.use_test\n\ntest_x if true\n" },
		}, codeDenial},
		{"a denial that denies nothing", map[string]func(string) string{
			use:                        replace("if not _unrestricted", "if {\n\tnot _unrestricted\n\t1 == 2\n}"),
			"yanmen/use/use_test.rego": func(s string) string { return "package yanmen.use_test\n\ntest_x if true\n" },
		}, codeDenial},
	} {
		_, err := Check(context.Background(), bundleWith(t, c.change), nil)
		wantRefusal(t, c.name, err, c.want)
		if err != nil && (strings.Contains(err.Error(), "http") || strings.Contains(err.Error(), "15-99")) {
			t.Errorf("%s: the error quotes the file: %v", c.name, err)
		}
	}
}

// A rule that fails open on absence passes tests that know nothing of it.
func TestCheck_refusesWhatAllowsOnAbsence(t *testing.T) {
	for name, change := range map[string]struct {
		file     string
		old, new string
	}{
		"a restriction": {"use", "_unrestricted if input.restricted == false", "_unrestricted if not input.restricted == true"},
	} {
		_, err := Check(context.Background(), bundleWith(t, map[string]func(string) string{
			"yanmen/" + change.file + "/" + change.file + ".rego":      replace(change.old, change.new),
			"yanmen/" + change.file + "/" + change.file + "_test.rego": func(string) string { return "package yanmen." + change.file + "_test\n\ntest_x if true\n" },
		}), nil)
		wantRefusal(t, name, err, codeAbsence)
	}
}

// What goes against somebody takes a person, whether a table or a rule says otherwise.
func TestCheck_refusesAnAdverseAnswerWithoutAPerson(t *testing.T) {
	const tables, rules, tests = "yanmen/judge/data.yaml", "yanmen/judge/judge.rego", "yanmen/judge/judge_test.rego"
	untested := func(string) string { return "package yanmen.judge_test\n\ntest_x if true\n" }
	for row, change := range map[string]map[string]func(string) string{
		"application.evidence_missing": {tables: unattended("application.evidence_missing")},
		"application.income_short":     {tables: unattended("application.income_short")},
		"account.taken_over":           {tables: unattended("account.taken_over")},
		"legal.for_decision":           {tables: unattended("legal.for_decision"), tests: untested},
		"debts.over_means":             {tables: unattended("debts.over_means"), tests: untested},
		// The table is in order, and the rules do not heed it.
		"application.limit_unknown": {rules: replace("\tallow\n\tnot _unattended\n", "\tallow\n\tnot _unattended\n\tinput.contract.limit_kind == \"\"\n"), tests: untested},
	} {
		_, err := Check(context.Background(), bundleWith(t, change), nil)
		wantRefusal(t, row, err, codePerson)
		if r := new(Refusal); errors.As(err, &r) && r.Place != row {
			t.Errorf("%s: refused at %q", row, r.Place)
		}
	}
}

// unattended lets a row of judgement's tables do without a person.
func unattended(row string) func(string) string {
	return func(s string) string {
		head, tail, ok := strings.Cut(s, "code: "+row+"\n")
		if !ok {
			panic("no " + row)
		}
		return head + "code: " + row + "\n" + replace("human_review: true", "human_review: false")(tail)
	}
}

func TestUnpack_isBounded(t *testing.T) {
	archive := func(write func(*tar.Writer)) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		w := tar.NewWriter(z)
		write(w)
		w.Close()
		z.Close()
		return b.Bytes()
	}
	file := func(w *tar.Writer, name string, content []byte) {
		w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content)), Mode: 0o600})
		w.Write(content)
	}
	for name, c := range map[string]struct {
		archive []byte
		want    agent.Code
	}{
		"no archive":       {[]byte("not gzip"), codeArchive},
		"cut":              {bundleWith(t, nil)[:5000], codeArchive},
		"too large packed": {make([]byte, mostPacked+1), codeSize},
		"a bomb":           {archive(func(w *tar.Writer) { file(w, "data.json", make([]byte, mostBytes+1)) }), codeSize},
		"a bomb of many files": {archive(func(w *tar.Writer) {
			for i := range 20 {
				file(w, strings.Repeat("a/", i)+"data.json", make([]byte, 1<<20))
			}
		}), codeSize},
		"many files": {archive(func(w *tar.Writer) {
			for i := range mostFiles + 1 {
				file(w, strings.Repeat("a", i%100+1)+"/"+strings.Repeat("b", i/100+1)+".rego", nil)
			}
		}), codeSize},
		"a long name":      {archive(func(w *tar.Writer) { file(w, strings.Repeat("a", 300)+".rego", nil) }), codeSize},
		"a file twice":     {archive(func(w *tar.Writer) { file(w, "a.rego", nil); file(w, "/a.rego", nil) }), codeArchive},
		"out of its place": {archive(func(w *tar.Writer) { file(w, "../../a.rego", nil) }), codeArchive},
		"a link": {archive(func(w *tar.Writer) {
			w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "a.rego", Linkname: "/etc/passwd"})
		}), codeFile},
		"machine code":     {archive(func(w *tar.Writer) { file(w, "policy.wasm", nil) }), codeFile},
		"a plan":           {archive(func(w *tar.Writer) { file(w, "plan.json", nil) }), codeFile},
		"a patch":          {archive(func(w *tar.Writer) { file(w, "patch.json", nil) }), codeFile},
		"another manifest": {archive(func(w *tar.Writer) { file(w, "yanmen/.manifest", nil) }), codeFile},
	} {
		_, err := unpack(c.archive)
		wantRefusal(t, name, err, c.want)
	}
}

func TestFiles_areAFolder(t *testing.T) {
	files := fileNames(t)
	var seen int
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, rerr := fs.ReadFile(files, name)
			if rerr != nil || !bytes.Equal(b, files[name]) {
				t.Errorf("%s reads otherwise", name)
			}
			seen++
		}
		return err
	})
	if err != nil || seen != len(files) {
		t.Errorf("%d files walked of %d: %v", seen, len(files), err)
	}
	for _, name := range []string{"nothing", "../x", "yanmen/us"} {
		if f, err := files.Open(name); err == nil {
			f.Close()
			t.Errorf("%s opens", name)
		}
	}
}

func TestFollows_revisionsGoForward(t *testing.T) {
	for _, c := range []struct {
		next, before string
		want         agent.Code
	}{
		{"2026-01-02", "2026-01-01", ""}, {"2026-01-01.2", "2026-01-01", ""}, {"2026-01-01.10", "2026-01-01.9", ""}, {"2026-01-01", "", ""},
		{"2026-01-01", "2026-01-01", CodeReused}, {"2026-01-01", "2026-01-01.2", CodeBack}, {"2025-12-31.5", "2026-01-01", CodeBack},
		{"", "2026-01-01", codeRevision}, {"2026-13-01", "2026-01-01", codeRevision}, {"2026-01-01.1", "", codeRevision},
		{"2026-01-01.02", "", codeRevision}, {"2026-01-01.x", "", codeRevision}, {"7", "", codeRevision},
	} {
		err := Follows(c.next, c.before)
		if c.want == "" && err != nil {
			t.Errorf("%s after %s: %v", c.next, c.before, err)
		} else if c.want != "" {
			wantRefusal(t, c.next+" after "+c.before, err, c.want)
		}
	}
}

func TestRefusals_sayWhatToMend(t *testing.T) {
	for code, w := range refusals {
		if printable(code) == "" || w.ZH == "" || w.EN == "" {
			t.Errorf("%s has no text", code)
		}
	}
	r := refuse(codeTests, "yanmen.use_test.test_x")
	if s := r.Say("zh"); !strings.Contains(s, "测试未通过") || !strings.Contains(s, "test_x") {
		t.Error(s)
	}
}

func TestLimitAge_showsInEveryDecision(t *testing.T) {
	g := golden(t)
	old, young, none := engine(t), engine(t), engine(t)
	day, _, err := parseRevision(old.Revision())
	if err != nil {
		t.Fatal(err)
	}
	old.LimitAge(1)
	young.LimitAge(40_000)
	from := day.Time().Unix() + 86400
	if !old.Stale(from) || old.Stale(from-1) || none.Stale(1<<40) {
		t.Error("a bundle is stale at another instant than the limit says")
	}
	for _, c := range g.Cases {
		in := g.input(t, c)
		want, _ := ask(none, in)
		// The golden times are long before the bundle.
		if got, _ := ask(young, in); !slices.Equal(got.Obligations, want.Obligations) {
			t.Errorf("%s: a young bundle obliges to %v, want %v", c.Name, got.Obligations, want.Obligations)
		}
		old.stale = 1
		for range 2 { // decided, and remembered
			got, _ := ask(old, in)
			if isUndecided(want) || at(in) < 1 {
				continue
			}
			if got.Allow != want.Allow || !slices.Equal(got.Denials, want.Denials) || !slices.Contains(got.Obligations, CodeStale) ||
				len(got.Obligations) != len(want.Obligations)+1 || !slices.IsSorted(got.Obligations) {
				t.Errorf("%s: under an old bundle %+v, want %+v and the obligation", c.Name, got, want)
			}
		}
	}
}

// at is the instant that a question is about.
func at(in any) int64 {
	v := reflect.ValueOf(in).Elem()
	if asOf := v.FieldByName("AsOf"); asOf.IsValid() {
		return asOf.Int()
	}
	return v.FieldByName("Now").Int()
}

// alone runs a test in a process of its own, which ends with the test: what cannot
// be stopped runs on and takes memory. It reports whether this is that process.
func alone(t *testing.T) bool {
	t.Helper()
	const mark = "YANMEN_TEST_HOSTILE_ALONE"
	if os.Getenv(mark) != "" {
		// Before anything runs, and for good: what runs on reads them.
		stageWithin, testWithin = 5*time.Second, time.Second
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$")
	cmd.Env = append(os.Environ(), mark+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return false
}

// Bundles that would take all memory, or all time, are refused while the process
// is still small.
func TestCheck_hostileBundlesAreBounded(t *testing.T) {
	const judge, test = "yanmen/judge/judge.rego", "yanmen/judge/judge_test.rego"
	many := "\n_many := [" + strings.TrimSuffix(strings.Repeat("1,", 3000), ",") + "]\n"
	double := "\n_p00 := [1]\n\n_q00 := [1]\n"
	for i := range 40 {
		double += strings.NewReplacer("X", string(digits(i)), "Y", string(digits(i+1))).Replace("\n_pY := [_pX, _pX]\n\n_qY := [_qX, _qX]\n")
	}
	chain := "\n_c0(x) := x\n"
	for i := range 2000 {
		chain += fmt.Sprintf("\n_c%d(x) := _c%d([x])\n", i+1, i)
	}
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	add := func(text string) func(string) string { return func(s string) string { return s + text } }
	decides := func(condition, more string) func(string) string {
		return func(s string) string {
			return replace("allow if count(denials) == 0", "allow if {\n\tcount(denials) == 0\n\t"+condition+"\n}")(s) + more
		}
	}
	for name, c := range map[string]struct {
		file   string
		change func(string) string
		want   []agent.Code
	}{
		"lists in lists": {judge, decides("count(_all) > 0", many+"\n_all := [b |\n\tsome i, _ in _many\n\tb := [c |\n\t\tsome j, _ in _many\n\t\tc := [[i, j, k] | some k, _ in _many]\n\t]\n]\n"),
			[]agent.Code{codeMemory, codeTime}},
		"a huge set":                     {judge, decides("count(_set) > 0", many+"\n_set := {[i, j, k] |\n\tsome i, _ in _many\n\tsome j, _ in _many\n\tsome k, _ in _many\n}\n"), []agent.Code{codeMemory, codeTime}},
		"a value that is huge as a text": {test, add(double + "\ntest_huge := _p40\n"), []agent.Code{codeMemory}},
		"a comparison without end":       {test, add(double + "\ntest_same if _p40 == _q40\n"), []agent.Code{codeTime}},
		"deep calls":                     {judge, decides("_c2000(1)", chain), []agent.Code{codeTime, codeMemory, codeTests}},
		"a long range":                   {judge, decides("count(numbers.range(1, 1000000000)) > 0", ""), []agent.Code{codeRules}},
		"a pattern":                      {judge, decides("regex.match(\"(a+)+$\", input.purpose)", ""), []agent.Code{codeRules}},
		"texts of texts":                 {judge, decides("_t", "\n_t := $`{input.purpose}{input.purpose}`\n"), []agent.Code{codeRules}},
		"texts of texts in a test":       {test, add("\ntest_long if $`{1}{1}` != \"\"\n"), []agent.Code{codeTests}},
		"brackets without end in rules":  {judge, decides("count("+deep+") > 0", ""), []agent.Code{codeRules}},
		"brackets without end in data":   {"yanmen/judge/data.yaml", add("\nx: " + deep + "\n"), []agent.Code{codeRules}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.want[0] != codeRules && c.want[0] != codeTests && !alone(t) {
				return
			}
			start := time.Now()
			_, err := Check(context.Background(), bundleWith(t, map[string]func(string) string{c.file: c.change}), nil)
			took := time.Since(start)
			if r := new(Refusal); !errors.As(err, &r) || !slices.Contains(c.want, r.Code) {
				t.Errorf("%v after %v, want one of %v", err, took, c.want)
			}
			if took > time.Minute {
				t.Errorf("refused after %v", took)
			}
		})
	}
}

// Hostile rules that compile: a decision ends by its deadline all the same, and
// denies. Each is put before the decision of judgement, in the engine that an
// installed bundle gets.
func TestEngine_hostileRulesEndByTheDeadline(t *testing.T) {
	if !alone(t) {
		return
	}
	numbers := "[" + strings.TrimSuffix(strings.Repeat("1,", 3000), ",") + "]"
	squares := "\n_n00 := input.as_of + 123456789\n"
	pairs := "\n_p00 := [input.as_of]\n\n_q00 := [input.as_of]\n"
	for i := range 30 {
		squares += strings.NewReplacer("X", string(digits(i)), "Y", string(digits(i+1))).Replace("\n_nY := _nX * _nX\n")
		pairs += strings.NewReplacer("X", string(digits(i)), "Y", string(digits(i+1))).Replace("\n_pY := [_pX, _pX]\n\n_qY := [_qX, _qX]\n")
	}
	for name, c := range map[string][2]string{
		"a loop in a loop":               {"\n_many := " + numbers + "\n\n_slow if {\n\tsome a in _many\n\tsome b in _many\n\tsome c in _many\n\ta + b + c == input.as_of + 7000000000000\n}\n", "not _slow"},
		"a huge set":                     {"\n_many := " + numbers + "\n\n_set := {[i, j, k] |\n\tsome i, _ in _many\n\tsome j, _ in _many\n\tsome k, _ in _many\n}\n", "count(_set) == 0"},
		"huge numbers":                   {squares, "_n30 > 0"},
		"values in copies of themselves": {pairs, "_p30 != _q30"},
	} {
		for _, interpreted := range []bool{false, true} {
			testOnlyInterpreted = interpreted
			archive := bundleWith(t, map[string]func(string) string{"yanmen/judge/judge.rego": func(s string) string {
				return replace("allow if count(denials) == 0", "allow if {\n\tcount(denials) == 0\n\t"+c[1]+"\n}")(s) + c[0]
			}})
			files, err := unpack(archive)
			if err != nil {
				t.Fatal(err)
			}
			e, err := openTree(files)
			testOnlyInterpreted = false
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			e.limit = 100 * time.Millisecond
			in := golden(t).base(t, agent.PointJudge, "application").(*agent.JudgeInput)
			for range 2 {
				start := time.Now()
				j := e.Judge(context.Background(), in)
				if took := time.Since(start); took > e.limit+grace+2*time.Second {
					t.Errorf("%s (interpreted: %v) took %v", name, interpreted, took)
				}
				if !isUndecided(j.Decision) {
					t.Errorf("%s (interpreted: %v) = %+v", name, interpreted, j)
				}
			}
		}
	}
}

// An evaluation that cannot be stopped costs a core until it ends. A bundle whose
// evaluations do this is soon not asked any more.
func TestWatch_asksNoMoreWhereTooManyWentAstray(t *testing.T) {
	w, end := new(watch), make(chan struct{})
	stuck := func() ast.Value { <-end; return ast.Boolean(true) }
	for range mostAstray {
		if v := w.over(time.Now(), stuck); v != nil {
			t.Fatalf("an answer that came late: %v", v)
		}
	}
	asked := false
	if v := w.over(time.Now().Add(time.Minute), func() ast.Value { asked = true; return ast.Boolean(true) }); v != nil || asked {
		t.Error("a bundle that goes astray is asked again")
	}
	close(end)
	for w.astray.Load() > 0 {
		time.Sleep(time.Millisecond)
	}
	if v := w.over(time.Now().Add(time.Minute), func() ast.Value { return ast.Boolean(true) }); v == nil {
		t.Error("a bundle that came back is not asked")
	}
	if v := w.over(time.Now().Add(time.Minute), func() ast.Value { panic("hostile") }); v != nil {
		t.Error("a panic answers")
	}
}

func digits(n int) []byte { return []byte{byte('0' + n/10), byte('0' + n%10)} }
