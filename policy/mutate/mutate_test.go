package mutate

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/yanmen/yanmen/policy/scenario"
)

// toy is a bundle with a rule that is tested well but for its edge.
func toy(change ...string) fstest.MapFS {
	m := fstest.MapFS{
		".manifest": {Data: []byte(`{"roots": ["yanmen"], "rego_version": 1}`)},
		"yanmen/door/door.rego": {Data: []byte(`# METADATA
# title: Door
package yanmen.door

import data.yanmen.hinge

default allow := false

allow if {
	hinge.sound
	input.age >= data.yanmen.door.least
}

decision := {"allow": allow, "word": _word}

default _word := "no"

_word := "yes" if not input.name in {"mallory"}
`)},
		"yanmen/door/data.yaml":        {Data: []byte("least: 18\n")},
		"yanmen/hinge/hinge.rego":      {Data: []byte("package yanmen.hinge\n\nsound if input.oil == true\n")},
		"yanmen/hinge/hinge_test.rego": {Data: []byte("package yanmen.hinge_test\n\nimport data.yanmen.hinge\n\ntest_oil if hinge.sound with input as {\"oil\": true}\n")},
		"yanmen/door/door_test.rego": {Data: []byte(`package yanmen.door_test

import data.yanmen.door

test_open if door.allow with input as {"age": 30, "oil": true}

test_young if not door.allow with input as {"age": 3, "oil": true}
`)},
	}
	for i := 0; i+1 < len(change); i += 2 {
		f := m[change[i]]
		m[change[i]] = &fstest.MapFile{Data: append(slices.Clone(f.Data), change[i+1]...)}
	}
	return m
}

func read(t *testing.T, root fstest.MapFS) *Rules {
	t.Helper()
	r, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMutants_areEachSmallStep(t *testing.T) {
	var got []string
	for _, m := range read(t, toy()).Mutants("yanmen/door/door.rego") {
		got = append(got, m.String())
	}
	want := []string{
		`yanmen/door/door.rego:7: allow: default allow := false => default allow := true`,
		`yanmen/door/door.rego:10: allow: hinge.sound => true`,
		`yanmen/door/door.rego:10: allow: hinge.sound => not hinge.sound`,
		`yanmen/door/door.rego:11: allow: input.age >= data.yanmen.door.least => true`,
		`yanmen/door/door.rego:11: allow: input.age >= data.yanmen.door.least => not input.age >= data.yanmen.door.least`,
		`yanmen/door/door.rego:11: allow: input.age >= data.yanmen.door.least => input.age > data.yanmen.door.least`,
		`yanmen/door/door.rego:18: _word: not input.name in {"mallory"} => true`,
		`yanmen/door/door.rego:18: _word: not input.name in {"mallory"} => input.name in {"mallory"}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("mutants:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if read(t, toy()).Mutants("yanmen/door/door_test.rego") != nil {
		t.Error("tests are mutated")
	}
}

func TestComparison_isFoundOutsideOfBracketsAndTexts(t *testing.T) {
	for text, want := range map[string]string{
		`f(a < b) >= 3`:    ">=",
		`"a<b" != x`:       "!=",
		"`<` == x":         "==",
		`[x | x > 1][0]`:   "",
		`x == "a"`:         "==",
		`input.a <= input`: "<=",
		`x = 3`:            "",
	} {
		at, op, ok := comparison(text)
		if ok != (want != "") || ok && (op != want || text[at:at+len(op)] != op) {
			t.Errorf("comparison(%s) = %d, %s, %v", text, at, op, ok)
		}
	}
}

func survivors(outcomes []Outcome) []string {
	var out []string
	for _, o := range outcomes {
		for _, m := range o.Survived {
			out = append(out, fmt.Sprintf("%s => %s", m.Before, m.After))
		}
	}
	return out
}

func TestRun_tellsWhatNobodyNotices(t *testing.T) {
	r := read(t, toy())
	out, err := r.Run(context.Background(), r.Modules(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"hinge.sound => true",
		"default allow := false => default allow := true",
		"input.age >= data.yanmen.door.least => input.age > data.yanmen.door.least",
		`not input.name in {"mallory"} => true`,
		`not input.name in {"mallory"} => input.name in {"mallory"}`,
		"input.oil == true => true",
	}
	got := survivors(out)
	slices.Sort(got)
	slices.Sort(want)
	// The default is noticed by the test that is young: it denies by default.
	want = slices.DeleteFunc(want, func(s string) bool { return strings.HasPrefix(s, "default") })
	if !slices.Equal(got, want) {
		t.Errorf("survivors %q, want %q", got, want)
	}
	// Cases notice what tests do not, in the fields that they hold.
	cases := []Case{
		{"door", map[string]any{"age": 18, "oil": true, "name": "mallory"}, []string{"allow"}},
		{"door", map[string]any{"age": 30, "oil": false}, []string{"allow"}},
	}
	out, err = r.Run(context.Background(), r.Modules(), cases, nil)
	if err != nil {
		t.Fatal(err)
	}
	got = survivors(out)
	slices.Sort(got)
	if want := want[len(want)-2:]; !slices.Equal(got, want) {
		t.Errorf("survivors with cases %q, want %q", got, want)
	}
}

func TestRun_needsRulesThatHold(t *testing.T) {
	r := read(t, toy("yanmen/door/door_test.rego", "\ntest_wrong if door.allow with input as {}\n"))
	if _, err := r.Run(context.Background(), r.Modules(), nil, nil); err == nil || !strings.Contains(err.Error(), "door_test.rego") {
		t.Errorf("error %v, want the failing test's file", err)
	}
	if _, err := r.Run(context.Background(), r.Modules(), []Case{{Point: "window"}}, nil); err == nil {
		t.Error("cases of a point without rules run")
	}
}

func TestStale_isWhatAChangeReaches(t *testing.T) {
	known, err := ReadResults(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := read(t, toy())
	cases := []Case{{"door", map[string]any{"age": 18}, []string{"allow"}}}
	if got := r.Stale(known, cases); len(got) != 2 {
		t.Errorf("stale at first: %v", got)
	}
	r.Update(known, []Outcome{{File: "yanmen/door/door.rego"}, {File: "yanmen/hinge/hinge.rego"}}, cases)
	again, err := ReadResults(known.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Stale(again, cases); got != nil {
		t.Errorf("stale at once: %v", got)
	}
	door, hinge := "yanmen/door/door.rego", "yanmen/hinge/hinge.rego"
	for change, want := range map[string][]string{
		"yanmen/door/door.rego":        {door, hinge}, // the door's cases reach the hinge
		"yanmen/door/door_test.rego":   {door, hinge}, // so do its tests
		"yanmen/door/data.yaml":        {door, hinge},
		"yanmen/hinge/hinge_test.rego": {hinge},
	} {
		if got := read(t, toy(change, "# another word\n")).Stale(again, cases); !slices.Equal(got, want) {
			t.Errorf("a change of %s makes %v stale, want %v", change, got, want)
		}
	}
	cases[0].Holds = []string{"word"}
	if got := r.Stale(again, cases); len(got) != 2 {
		t.Errorf("another case makes %v stale", got)
	}
}

const why = `survivors:
  - {file: yanmen/door/door.rego, rule: allow, before: hinge.sound, after: "true", why: {zh: 理由, en: reason}}
`

func TestScore_leavesOutWhatIsExplained(t *testing.T) {
	r := read(t, toy())
	known := Results{map[string]Result{"yanmen/door/door.rego": {Killed: 3, Survived: []Name{
		{"allow", "hinge.sound", "true", 0}, {"allow", "hinge.sound", "not hinge.sound", 0}}}}}
	explained, err := ReadSurvivors([]byte(why))
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Score(known, explained)
	if err != nil || s.Killed != 3 || s.Explained != 1 || len(s.Survived) != 1 || s.Survived[0].Row != 10 || s.BasisPoints() != 7500 {
		t.Errorf("score = %+v, %v", s, err)
	}
	known.Modules["yanmen/door/door.rego"] = Result{Killed: 5}
	if _, err := r.Score(known, explained); err == nil || !strings.Contains(err.Error(), "take the entry out") {
		t.Errorf("an explanation of nothing: %v", err)
	}
}

func TestReadSurvivors_wantsAReasonInBothLanguages(t *testing.T) {
	for name, text := range map[string]string{
		"no Chinese": strings.Replace(why, "zh: 理由", `zh: ""`, 1),
		"twice":      why + strings.TrimPrefix(why, "survivors:\n"),
		"other key":  strings.Replace(why, "rule:", "role:", 1),
	} {
		if _, err := ReadSurvivors([]byte(text)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

// What is committed is of the rules as they are, and good enough.
func TestResults_areOfTheseRulesAndGoodEnough(t *testing.T) {
	r, err := Read(os.DirFS("../rego"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := scenario.ReadAll(os.DirFS("../scenarios"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []Case
	for _, s := range all {
		cases = append(cases, Case{s.Point, s.Document(), s.Holds()})
	}
	content := func(name string) []byte {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	known, err := ReadResults(content("results.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if stale := r.Stale(known, cases); stale != nil {
		t.Errorf("rules, tests or scenarios of %v changed: run yanmen policy mutate", stale)
	}
	why, err := ReadSurvivors(content("survivors.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	score, err := r.Score(known, why)
	if err != nil {
		t.Fatal(err)
	}
	if score.Killed < 1000 || score.BasisPoints() < 9700 {
		t.Errorf("%d mutants were noticed of %d", score.Killed, score.Killed+len(score.Survived))
	}
}
