package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// clock is the reader's clock in all tests: two days after the fixtures' cases.
var clock = time.Date(2026, 3, 3, 12, 0, 0, 0, agent.Zone)

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// options are those of a command in testdata/good.
func options(t testing.TB) Options {
	t.Helper()
	root, err := os.OpenRoot("testdata/good")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return Options{Now: clock, Files: root}
}

func goodFiles(t testing.TB) []string {
	t.Helper()
	good, _ := filepath.Glob("testdata/good/*.json")
	examples, _ := filepath.Glob("../../docs/schema/example.*.json")
	if len(good) < 3 || len(examples) < 2 {
		t.Fatalf("found %d good files and %d examples", len(good), len(examples))
	}
	return append(good, examples...)
}

// tree is a JSON text as Go values, numbers as they are written.
func tree(t testing.TB, b []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// at returns the container of a pointer's last token, and that token.
func at(t testing.TB, v any, pointer string) (any, string) {
	t.Helper()
	tokens := strings.Split(pointer, "/")[1:]
	for _, tok := range tokens[:len(tokens)-1] {
		switch c := v.(type) {
		case map[string]any:
			v = c[tok]
		case []any:
			i, err := strconv.Atoi(tok)
			if err != nil || i >= len(c) {
				t.Fatalf("no such element: %s", pointer)
			}
			v = c[i]
		default:
			t.Fatalf("no such value: %s", pointer)
		}
	}
	return v, tokens[len(tokens)-1]
}

func set(t testing.TB, v any, pointer string, to any) {
	t.Helper()
	switch c, tok := at(t, v, pointer); c := c.(type) {
	case map[string]any:
		c[tok] = to
	case []any:
		i, _ := strconv.Atoi(tok)
		c[i] = to
	default:
		t.Fatalf("nothing to set at %s", pointer)
	}
}

func remove(t testing.TB, v any, pointer string) {
	t.Helper()
	c, tok := at(t, v, pointer)
	m, ok := c.(map[string]any)
	if _, there := m[tok]; !ok || !there {
		t.Fatalf("nothing to remove at %s", pointer)
	}
	delete(m, tok)
}

// faults lists pointer and rule of each fault, sorted.
func faults(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var list Errors
	if !errors.As(err, &list) {
		t.Fatalf("error of type %T, want Errors", err)
	}
	var out []string
	for _, e := range list {
		if e.Hint == "" {
			t.Errorf("%s %s: no hint", e.Pointer, e.Rule)
		}
		out = append(out, e.Pointer+" "+e.Rule)
	}
	slices.Sort(out)
	return out
}

func TestParse_readsWhatIsGood(t *testing.T) {
	for _, name := range goodFiles(t) {
		if _, err := Parse(readFile(t, name), options(t)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParse_namesPointerAndRuleOfWhatIsBad(t *testing.T) {
	o := options(t)
	nameWhatIsBad(t, caseSchema, "testdata/bad.json", "testdata/good/full.json", func(b []byte) (bool, error) {
		f, err := Parse(b, o)
		return f != nil, err
	})
}

// nameWhatIsBad changes a good file as the cases in a file say, and holds that
// the reader finds the faults that they want and that the schema agrees.
func nameWhatIsBad(t *testing.T, schemaName, file, good string, parse func([]byte) (took bool, err error)) {
	t.Helper()
	var cases []struct {
		Why    string
		Set    map[string]any
		Remove []string
		Schema string
		Want   []string
	}
	d := json.NewDecoder(bytes.NewReader(readFile(t, file)))
	d.UseNumber()
	if err := d.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	schema := compileSchema(t, schemaName)
	for _, c := range cases {
		t.Run(c.Why, func(t *testing.T) {
			v := tree(t, readFile(t, good))
			for p, to := range c.Set {
				set(t, v, p, to)
			}
			for _, p := range c.Remove {
				remove(t, v, p)
			}
			took, err := parse(marshal(t, v))
			if took {
				t.Error("a file came with the error")
			}
			slices.Sort(c.Want)
			if got := faults(t, err); !slices.Equal(got, c.Want) {
				t.Errorf("faults are %q, want %q", got, c.Want)
			}
			if valid := schema.Validate(v) == nil; valid != (c.Schema == "cannot") {
				t.Errorf("the schema says valid = %v", valid)
			}
		})
	}
}

// What JSON libraries do differently is written out here: the text itself is bad.
func TestParse_namesFaultsOfTheText(t *testing.T) {
	full := string(readFile(t, "testdata/good/full.json"))
	deep := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	tests := []struct {
		why, old, new string
		want          string
	}{
		{"member twice", `"purpose": "overdue"`, `"purpose": "overdue", "purpose": "application"`, "/case/purpose duplicate"},
		{"member twice, once escaped", `"purpose": "overdue"`, `"purpose": "overdue", "p\u0075rpose": "overdue"`, "/case/purpose duplicate"},
		{"object twice", `"legal": {`, `"legal": {}, "legal": {`, "/legal duplicate"},
		{"number with a point", `"rate_bp": 1440`, `"rate_bp": 1440.0`, "/loan/rate_bp type"},
		{"number with an exponent", `"rate_bp": 1440`, `"rate_bp": 144e1`, "/loan/rate_bp type"},
		{"number with a leading zero", `"rate_bp": 1440`, `"rate_bp": 01440`, "/loan syntax"},
		{"bytes that are not UTF-8", `验门甲`, "\xd1\xe9", "/subject/name encoding"},
		{"half a surrogate", `"name": "验门甲"`, `"name": "\ud83d"`, "/subject/name syntax"},
		{"byte order mark", "{\n", "\xef\xbb\xbf{\n", " encoding"},
		{"comment", `"version": 1`, `/* 1 */ "version": 1`, " syntax"},
		{"trailing comma", `"recipient": "platform"`, `"recipient": "platform",`, "/case syntax"},
		{"single quotes", `"recipient"`, `'recipient'`, "/case syntax"},
		{"deep nesting in an unknown member", `"version": 1`, `"version": 1, "x": ` + deep, " depth; unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			s := strings.Replace(full, tt.old, tt.new, 1)
			if s == full {
				t.Fatal("nothing replaced")
			}
			_, err := Parse([]byte(s), options(t))
			if got := strings.Join(faults(t, err), ";"); got != tt.want {
				t.Errorf("faults are %q, want %q", got, tt.want)
			}
		})
	}
	for why, s := range map[string]string{"nothing": "", "white space": " \n", "half a case": full[:len(full)/2], "an open string": `{"version": "`} {
		if _, err := Parse([]byte(s), options(t)); len(faults(t, err)) == 0 || !strings.HasSuffix(faults(t, err)[0], " syntax") {
			t.Errorf("%s: faults are %q, want rule syntax", why, faults(t, err))
		}
	}
	for why, s := range map[string]string{"two cases": full + full, "something behind": full + "x", "a number": "1 2"} {
		if _, err := Parse([]byte(s), options(t)); err == nil {
			t.Errorf("%s: no error", why)
		}
	}
}

// walk calls f for every object of a tree, but for those from the fifth on of a
// list: they have nothing new.
func walk(v any, pointer string, f func(pointer string, o map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(pointer, v)
		for k, x := range v {
			walk(x, pointer+"/"+k, f)
		}
	case []any:
		for i, x := range v[:min(4, len(v))] {
			walk(x, pointer+"/"+strconv.Itoa(i), f)
		}
	}
}

// Each member of a file that has every member: absent, null, of another type,
// and beside an unknown one. Reader and schema must agree on each.
func TestParse_agreesWithTheSchemaOnEveryMember(t *testing.T) {
	o := options(t)
	removed, objects := agreeOnEveryMember(t, caseSchema, "testdata/good/full.json", func(b []byte) error {
		_, err := Parse(b, o)
		return err
	})
	if removed < 50 {
		t.Errorf("only %d members are required", removed)
	}
	if objects < 37 {
		t.Errorf("only %d objects", objects)
	}
}

// agreeOnEveryMember holds that reader and schema agree, and tells how many
// members of the file are required and how many objects it has.
func agreeOnEveryMember(t *testing.T, schemaName, file string, parse func([]byte) error) (removed, objects int) {
	t.Helper()
	schema := compileSchema(t, schemaName)
	full := readFile(t, file)
	v := tree(t, full)
	type place struct{ object, name string }
	var places []place
	walk(v, "", func(p string, m map[string]any) {
		for k := range m {
			places = append(places, place{p, k})
		}
	})
	agree := func(what, pointer string) (faulty []string) {
		t.Helper()
		err := parse(marshal(t, v))
		valid := schema.Validate(v) == nil
		if valid != (err == nil) {
			t.Errorf("%s %s: schema says valid = %v, reader says %v", what, pointer, valid, err)
		}
		return faults(t, err)
	}
	for _, p := range places {
		pointer := p.object + "/" + p.name
		c, _ := at(t, v, pointer)
		m := c.(map[string]any)
		old := m[p.name]
		delete(m, p.name)
		// Without its map a table is not known, which no schema can see.
		if p.name == "map" {
			m[p.name] = old
			continue
		}
		if got := agree("without", pointer); got != nil {
			removed++
			want := []string{pointer + " required"}
			if p.name == "file" || p.name == "inline" {
				want = []string{p.object + " statement.content"}
			}
			if _, part, ok := strings.Cut(pointer, "/map/"); ok && part != "columns" && part != "columns/time" {
				want = got[:1] // which of the members that go together is told of, bad.json says
				if !strings.HasSuffix(got[0], " statement.map.invalid") {
					want = nil
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("without %s: faults are %q", pointer, got)
			}
		}
		for _, wrong := range []any{nil, true, json.Number("-1"), "\x01", []any{}, []any{[]any{}}, map[string]any{}, map[string]any{"x": "y"}} {
			m[p.name] = wrong
			agree("wrong", pointer)
		}
		m[p.name] = old
	}
	walk(tree(t, full), "", func(p string, _ map[string]any) {
		objects++
		set(t, v, p+"/unbekannt", "x")
		if got := agree("unknown in", p); !slices.Equal(got, []string{p + " unknown"}) {
			t.Errorf("unknown member in %q: faults are %q", p, got)
		}
		remove(t, v, p+"/unbekannt")
	})
	return removed, objects
}

func TestParse_mapsEveryMember(t *testing.T) {
	f, err := Parse(readFile(t, "testdata/good/full.json"), options(t))
	if err != nil {
		t.Fatal(err)
	}
	if want := (agent.Case{ID: "FULL-1", Reference: "P-7f3a91", AsOf: clock.Unix() - 26*3600, Purpose: agent.PurposeOverdue, Recipient: "platform"}); f.Case != want {
		t.Errorf("case is %+v, want %+v", f.Case, want)
	}
	if f.Subject.Name.Reveal() != "验门甲" || f.Subject.Number.Reveal() != "990101198804121017" ||
		f.Subject.Phone.Reveal() != "19900000001" || len(f.Subject.Cards) != 1 || f.Subject.Cards[0].Reveal() != "6299990000000000012" {
		t.Error("the subject is not the file's")
	}
	l := f.Legal
	if l.Basis != agent.BasisConsent || l.BasisRef != "HT-2025-000117" || l.Notice != "notice-2025-1" || l.Assessment != "pia-2025-01" ||
		l.NoticeAt != time.Date(2025, 3, 1, 10, 0, 0, 0, agent.Zone).Unix() ||
		l.Consent.ID != "C-2025-000117" || l.Consent.State != "given" || l.Consent.Form != "separate" || l.Consent.Notice != "notice-2025-1" ||
		l.Consent.GivenAt != l.NoticeAt+300 || l.Consent.ExpiresAt != time.Date(2027, 3, 1, 0, 0, 0, 0, agent.Zone).Unix() ||
		!slices.Equal(l.Consent.Purposes, []string{"overdue"}) || len(l.Consent.Categories) != 16 ||
		!slices.Equal(l.Consent.Recipients, []string{"platform"}) || !slices.Equal(l.Consent.Reasons, []string{"platform"}) {
		t.Errorf("legal is %+v", l)
	}
	got := map[agent.Category]int{}
	for _, r := range f.Collected {
		got[r.Category]++
		if r.Data.Category() != r.Category {
			t.Errorf("a record of %s has data of %s", r.Category, r.Data.Category())
		}
		if r.Source == "" || r.CollectedAt != time.Date(2026, 3, 2, 9, 30, 0, 0, agent.Zone).Unix() {
			t.Errorf("record %s has source %q, time %d", r.Category, r.Source, r.CollectedAt)
		}
		// Every field of the content came from the file: none is zero.
		notZero(t, string(r.Category), reflect.ValueOf(r.Data).Elem())
	}
	want := map[agent.Category]int{agent.CatIdentity: 1, agent.CatPhone: 1, agent.CatCard: 1, agent.CatLoan: 1, agent.CatClaim: 1,
		agent.CatProof: 1, agent.CatEmployment: 1, agent.CatSocialInsurance: 1, agent.CatIncome: 1, agent.CatLiabilities: 1,
		agent.CatCreditReport: 1, agent.CatStatement: 4, agent.CatContactLog: 1, agent.CatDeviceLog: 1, agent.CatAnswer: 1,
		agent.CatHistory: 1}
	if !maps.Equal(got, want) {
		t.Errorf("records are %v, want %v", got, want)
	}
}

// notZero holds that fields of a struct, and of the first element of each list
// in it, were set.
func notZero(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	if _, isStatement := v.Addr().Interface().(*agent.Statement); isStatement {
		s := v.Addr().Interface().(*agent.Statement)
		if s.Account == "" || s.Format == "" || len(s.Transactions) == 0 {
			t.Errorf("%s was not read", path)
		}
		return
	}
	for i := range v.NumField() {
		name := path + "." + v.Type().Field(i).Name
		f := v.Field(i)
		switch {
		case f.Kind() == reflect.Slice && f.Len() > 0 && f.Index(0).Kind() == reflect.Struct && f.Index(0).NumField() > 1 && f.Index(0).Type() != reflect.TypeFor[agent.Personal]():
			notZero(t, name+"[0]", f.Index(0))
		case f.Kind() == reflect.Int64 && strings.HasSuffix(name, ".Fee"):
			// full.json has instalments without a fee
		case f.IsZero():
			t.Errorf("%s is not set", name)
		}
	}
}

func TestParse_putsListsInOrder(t *testing.T) {
	v := tree(t, readFile(t, "testdata/good/full.json"))
	for _, p := range []string{"/loan/schedule", "/loan/payments", "/evidence/income/months", "/evidence/social_insurance/months"} {
		c, name := at(t, v, p)
		slices.Reverse(c.(map[string]any)[name].([]any))
	}
	o := options(t)
	want, err := Parse(readFile(t, "testdata/good/full.json"), o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(marshal(t, v), o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(byCategory(got), byCategory(want)) {
		t.Error("the order in the file changes the records")
	}
}

func byCategory(f *agent.File) map[agent.Category]agent.Record {
	m := map[agent.Category]agent.Record{}
	for _, r := range f.Collected {
		m[r.Category] = r
	}
	return m
}

// A subject without a document has no identity record: nothing would be
// compared but the declaration with itself.
func TestParse_makesNoDocumentOfADeclaration(t *testing.T) {
	f, err := Parse(readFile(t, "testdata/good/minimal.json"), Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Collected) != 0 || f.Legal.Basis != "" || f.Legal.NoticeAt != 0 {
		t.Errorf("a minimal file gives %d records and a ground", len(f.Collected))
	}
}

func TestParse_withoutNumbersLeavesThemUnknown(t *testing.T) {
	v := tree(t, readFile(t, "testdata/good/full.json"))
	for _, p := range []string{"/loan/principal_fen", "/loan/rate_bp", "/loan/term_months", "/loan/requested_fen", "/evidence/credit_report/lenders",
		"/evidence/liabilities/assets_fen", "/evidence/liabilities/household", "/evidence/income/verified", "/evidence/income/declared_monthly_fen"} {
		remove(t, v, p)
	}
	f, err := Parse(marshal(t, v), options(t))
	if err != nil {
		t.Fatal(err)
	}
	r := byCategory(f)
	loan, income := r[agent.CatLoan].Data.(*agent.Loan), r[agent.CatIncome].Data.(*agent.Income)
	debts, report := r[agent.CatLiabilities].Data.(*agent.Liabilities), r[agent.CatCreditReport].Data.(*agent.CreditReport)
	for name, n := range map[string]agent.Int{"principal": loan.Principal, "rate": loan.RateBP, "term": loan.TermMonths, "requested": loan.Requested,
		"lenders": report.Lenders, "assets": debts.Assets, "household": debts.Household, "income": income.DeclaredMonthly} {
		if n.IsKnown() {
			t.Errorf("%s is known", name)
		}
	}
	if income.Verified != agent.Unknown {
		t.Error("verified is not unknown")
	}
}

func TestParse_stopsAfterMaxErrors(t *testing.T) {
	v := tree(t, readFile(t, "testdata/good/full.json"))
	for i := range 12 {
		set(t, v, fmt.Sprintf("/loan/schedule/%d/due_on", i), "x")
		set(t, v, fmt.Sprintf("/loan/schedule/%d/fee_fen", i), -1)
	}
	_, err := Parse(marshal(t, v), options(t))
	if n := len(faults(t, err)); n != MaxErrors {
		t.Errorf("%d faults, want %d", n, MaxErrors)
	}
}

func TestParse_boundsSize(t *testing.T) {
	b := readFile(t, "testdata/good/minimal.json")
	if _, err := Parse(b, Options{Now: clock, MaxBytes: int64(len(b))}); err != nil {
		t.Error(err)
	}
	o := Options{Now: clock, MaxBytes: int64(len(b)) - 1}
	if _, err := Parse(b, o); !slices.Equal(faults(t, err), []string{" size"}) {
		t.Errorf("Parse of too much: %v", err)
	}
	for _, err := range Read(bytes.NewReader(b), o) {
		if !slices.Equal(faults(t, err), []string{" size"}) {
			t.Errorf("Read of too much: %v", err)
		}
	}
	o = options(t)
	o.MaxBytes = int64(len(readFile(t, "testdata/good/full.json")))
	big := filepath.Join(t.TempDir(), "big.csv")
	if err := os.WriteFile(big, make([]byte, o.MaxBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Files, _ = os.OpenRoot(filepath.Dir(big))
	defer o.Files.Close()
	if _, fault := openStatement("big.csv", &o); fault == nil || fault.Rule != ruleSize {
		t.Errorf("a statement of too much: %v", fault)
	}
}

func TestParse_withoutCaseOnlyForImport(t *testing.T) {
	v := tree(t, readFile(t, "testdata/good/full.json"))
	remove(t, v, "/case")
	o := options(t)
	o.NoCase = true
	f, err := Parse(marshal(t, v), o)
	if err != nil {
		t.Fatal(err)
	}
	if f.Case != (agent.Case{}) || len(f.Collected) != 19 {
		t.Errorf("case %+v, %d records", f.Case, len(f.Collected))
	}
	if _, err := Parse(readFile(t, "testdata/good/full.json"), o); err != nil {
		t.Errorf("with a case: %v", err)
	}
}

func TestParse_digestsTheExactBytesAndTheFiles(t *testing.T) {
	b := readFile(t, "testdata/good/minimal.json")
	f, err := Parse(b, Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	if f.Digest != sha256.Sum256(b) {
		t.Error("the digest is not that of the bytes")
	}
	// With a file: digest of the case, then of each file.
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/good")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	b = readFile(t, "testdata/good/full.json")
	csv := readFile(t, "testdata/good/statements/wechat.csv")
	first, err := Parse(b, Options{Now: clock, Files: root})
	if err != nil {
		t.Fatal(err)
	}
	one, two := sha256.Sum256(b), sha256.Sum256(csv)
	if first.Digest != sha256.Sum256(append(one[:], two[:]...)) {
		t.Error("the digest does not cover the statement file")
	}
	if err := os.WriteFile(filepath.Join(dir, "statements/wechat.csv"), append(csv, "\r\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	second, err := Parse(b, Options{Now: clock, Files: root})
	if err != nil {
		t.Fatal(err)
	}
	if second.Digest == first.Digest {
		t.Error("other bytes at the end of a statement give the same digest")
	}
}

func TestParse_staysBelowTheFolder(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(outside, readFile(t, "testdata/good/statements/wechat.csv"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "link.csv")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Dir(outside), filepath.Join(dir, "folder")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	v := tree(t, readFile(t, "testdata/good/full.json"))
	for _, path := range []string{"link.csv", "folder/secret.csv"} {
		set(t, v, "/evidence/statements/1/file", path)
		_, err := Parse(marshal(t, v), Options{Now: clock, Files: root})
		if got := faults(t, err); !slices.Equal(got, []string{"/evidence/statements/1/file file.unreadable"}) {
			t.Errorf("%s: faults are %q", path, got)
		}
		if strings.Contains(err.Error(), path) {
			t.Errorf("the error tells the path")
		}
	}
	_, err = Parse(readFile(t, "testdata/good/full.json"), Options{Now: clock})
	if got := faults(t, err); !slices.Equal(got, []string{"/evidence/statements/1/file file.refused"}) {
		t.Errorf("without a folder: faults are %q", got)
	}
}

func TestParse_readsEscapedBase64(t *testing.T) {
	full := string(readFile(t, "testdata/good/full.json"))
	const key = `"inline": "`
	i := strings.Index(full, key) + len(key)
	s := full[:i] + fmt.Sprintf(`\u%04x`, full[i]) + full[i+1:]
	got, err := Parse([]byte(s), options(t))
	if err != nil {
		t.Fatal(err)
	}
	want, err := Parse([]byte(full), options(t))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(byCategory(got), byCategory(want)) {
		t.Error("an escape changes the statement")
	}
}

func TestParse_keepsNothingOfTheInput(t *testing.T) {
	b := readFile(t, "testdata/good/full.json")
	o := options(t)
	f, err := Parse(b, o)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := Parse(bytes.Clone(b), o)
	clear(b)
	if !reflect.DeepEqual(f, want) {
		t.Error("clearing the input changes the file")
	}
}

func TestRead_goesOnAfterABadLine(t *testing.T) {
	line := func(id string) string {
		v := tree(t, readFile(t, "testdata/good/minimal.json"))
		set(t, v, "/case/id", id)
		return string(marshal(t, v))
	}
	long := `{"version":1,"x":"` + strings.Repeat("a", 200<<10) + `"}`
	in := line("one") + "\n\n" + `{"version":` + "\r\n" + line("two") + "\r\n" + long + "\n" + line("199-0000-0001") + "\n" + `{"version":1} {}` + "\n" + line("three")
	var got []string
	for f, err := range Read(strings.NewReader(in), Options{Lines: true, Now: clock, MaxBytes: 100 << 10}) {
		if err == nil {
			got = append(got, f.Case.ID)
			continue
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(e.Line, " ", e.Rule))
	}
	want := []string{"one", "3 syntax", "two", "5 size", "6 id.personal", "7 required", "three"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for range Read(strings.NewReader(in), Options{Lines: true, Now: clock}) {
		break // the sequence stops when asked to
	}
}

type failing struct{ r io.Reader }

func (f failing) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err == io.EOF {
		err = &os.PathError{Op: "read", Path: "/home/验门甲.json", Err: os.ErrPermission}
	}
	return n, err
}

func TestRead_endsWithAnErrorOfTheReaderThatNamesNoPath(t *testing.T) {
	for _, lines := range []bool{false, true} {
		n := 0
		for f, err := range Read(failing{strings.NewReader(`{"version":1}`)}, Options{Lines: lines, Now: clock}) {
			n++
			if f != nil || !errors.Is(err, os.ErrPermission) || strings.Contains(err.Error(), "验门甲") {
				t.Errorf("lines %v: error %v", lines, err)
			}
		}
		if n != 1 {
			t.Errorf("lines %v: %d items, want 1", lines, n)
		}
	}
}

func TestIsPersonal_tellsNumbersFromReferences(t *testing.T) {
	for _, s := range []string{"990101198804121017", "99010119880412101X", "99010119880412101x", "990101880412101", "990101_19880412_1017",
		"A-990101198804121017", "19900000001", "8619900000001", "199.0000.0001", "x-19900000001", "6299990000000000012", "6299-9900-0000-0000-012"} {
		if !isPersonal(s) {
			t.Errorf("isPersonal(%q) = false", s)
		}
	}
	for _, s := range []string{"", "a", "OD-2026-000117", "20260302-000000001", "12900000001", "1990000000", "990101198813121017", "6299990000000000013",
		"0199e4a2-7c1b-7def-8a3b-1d2c3b4a5968", "HT-2025-000117", "L01", "2026030210000000001", strings.Repeat("1", 64)} {
		if isPersonal(s) {
			t.Errorf("isPersonal(%q) = true", s)
		}
	}
}

// The time package is the judge of our reading of instants.
func TestRFC3339_agreesWithTheTimePackage(t *testing.T) {
	for at := time.Date(1989, 12, 31, 0, 0, 0, 0, time.UTC); at.Year() < 2102; at = at.Add(37*time.Hour + 11*time.Minute + 7*time.Second) {
		for _, zone := range []*time.Location{time.UTC, agent.Zone, time.FixedZone("", -(9*3600 + 30*60))} {
			s := at.In(zone).Format(time.RFC3339)
			if got, _, ok := rfc3339([]byte(s)); !ok || got != at.Unix() {
				t.Fatalf("rfc3339(%s) = %d, %v, want %d", s, got, ok, at.Unix())
			}
		}
	}
}

// All statements of a case have a million rows together at most.
func TestParse_rowsOfAllStatementsAreBounded(t *testing.T) {
	v := tree(t, readFile(t, "testdata/good/full.json"))
	c, _ := at(t, v, "/evidence/statements/0")
	one := c.([]any)[0].(map[string]any)
	statements := func(rows ...int) []byte {
		var list []any
		for i, n := range rows {
			s := map[string]any{"source": one["source"], "collected_at": one["collected_at"], "account": fmt.Sprint("a", i),
				"map":    map[string]any{"columns": map[string]any{"time": 1, "amount": 2}},
				"inline": base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("20250102,-1\n"), n))}
			list = append(list, s)
		}
		set(t, v, "/evidence/statements", list)
		return marshal(t, v)
	}
	if _, err := Parse(statements(maxRows-1, 1), options(t)); err != nil {
		t.Errorf("a million rows: %v", err)
	}
	_, err := Parse(statements(maxRows/2, maxRows/2, 2), options(t))
	var errs Errors
	if !errors.As(err, &errs) || len(errs) != 1 || errs[0].Pointer != "/evidence/statements/2/inline" || errs[0].Rule != "statement.rows.many" {
		t.Errorf("two more: %v", err)
	}
}
