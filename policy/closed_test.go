package policy

import (
	"context"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/yanmen/yanmen/agent"
)

// permissive lists the fields whose zero says something true that allows: it
// is for the caller to know, and no absence. Raw input without them denies.
var permissive = map[string]string{
	"usable_until":    "null says that nothing stored is opened",
	"restricted":      "false says that the subject is not restricted",
	"recipient.pools": "false says that the recipient does not pool",
	"recipient.sub":   "false says that the recipient hands nothing on",
	"raw":             "false says that no biometric sample or template is in it",
	"denied":          "false says that no earlier point denied",
	"spent":           "0 says that nothing was disclosed",
	"overdue.support": "only \"supported\" proves a claim; nothing else is read from it",

	"contract.limit_kind": "empty says that the loan is on no limit",

	"refused":          "false says that the person did not refuse",
	"debt_details":     "false says that nothing about the debt is told",
	"plan_runs":        "false says that no plan was agreed",
	"disputed":         "false says that nothing is disputed",
	"not_the_borrower": "false says that no misuse was reported or found",
	"agency.used":      "false says that the lender itself contacts",
	"agency.violent":   "false says that nothing is on record",
	"clear":            "false says that what is shown is masked",
	"prepared":         "false says that somebody else prepared it",
	"decided":          "false says that the actor has not decided it yet",
	"adverse":          "false says that it is not against the person",

	"ended_at":         "null says that the relationship goes on",
	"adverse_ended_at": "null says that it tells of no bad conduct",
	"unlawful":         "false says that it is kept lawfully",
	"confidential":     "false says that no statute commands secrecy",
	"harms_others":     "false says that nobody else is harmed",
	"deceased":         "false says that the person lives",
	"refusal":          "empty says that the lender wants to fulfil",
}

// granted tells how much an answer gives: what may be done, and for judgement
// a pass and the sum offered.
func granted(whole any) int64 {
	switch a := whole.(type) {
	case agent.Decision:
		if a.Allow {
			return 1
		}
	case agent.Disclosure:
		if a.Allow {
			return 1 + int64(len(a.Claims))
		}
	case agent.Judgement:
		if a.Allow && a.Outcome == "pass" {
			return 1 + a.Offer.Or(0)
		}
	case agent.Retention:
		return granted(a.Decision)
	case agent.RightsAnswer:
		return granted(a.Decision)
	case agent.ContactAnswer:
		return granted(a.Decision)
	}
	return 0
}

// full tells an answer that no other could exceed.
func full(whole any) bool {
	switch whole.(type) {
	case agent.Judgement, agent.Disclosure:
		return false
	}
	return granted(whole) > 0
}

// TestZero_neverGivesMore zeroes each field of each golden input: no answer may
// give more than the golden one does, but for the fields named above and the
// lists whose emptiness is a finding.
func TestZero_neverGivesMore(t *testing.T) {
	e, g := engine(t), golden(t)
	for _, c := range g.Cases {
		_, before := ask(e, g.input(t, c))
		if full(before) {
			continue
		}
		leaves(reflect.ValueOf(NewInput(c.Point)).Elem(), "", func(path string, _ reflect.Value) {
			if permissive[path] != "" || excused(c.Point, path) || ofLateCost(g.input(t, c), path) {
				return
			}
			in := g.input(t, c)
			leaves(reflect.ValueOf(in).Elem(), "", func(p string, v reflect.Value) {
				if p == path {
					v.SetZero()
				}
			})
			if _, after := ask(e, in); granted(after) > granted(before) {
				t.Errorf("%s: zeroing %s gives %v, before %v", c.Name, path, after, before)
			}
		})
	}
}

// TestZero_neverProposes zeroes each field of each golden late loan: what is not
// known never brings a proposal that takes two people, but where it takes back
// what protected the borrower.
func TestZero_neverProposes(t *testing.T) {
	e, g := engine(t), golden(t)
	proposes := func(in any) bool {
		_, answer := ask(e, in)
		return slices.Contains(answer.(agent.Judgement).Obligations, "judge.two_persons")
	}
	cases := 0
	for _, c := range g.Cases {
		if c.Point != agent.PointJudge || c.Base != "unwilling" || proposes(g.input(t, c)) {
			continue
		}
		cases++
		leaves(reflect.ValueOf(NewInput(c.Point)).Elem(), "", func(path string, _ reflect.Value) {
			in := g.input(t, c)
			leaves(reflect.ValueOf(in).Elem(), "", func(p string, v reflect.Value) {
				if p == path {
					v.SetZero()
				}
			})
			if proposes(in) && !excused(c.Point, path) && !ofLateCost(in, path) {
				t.Errorf("%s: zeroing %s proposes what takes two people", c.Name, path)
			}
		})
	}
	if cases < 15 {
		t.Errorf("%d cases near a proposal, want all", cases)
	}
}

// excused names the fields of judgement whose zero takes back what spoke
// against the subject: an empty list, no claim, or no refutation. The checks
// set them; an unknown there is no proof of anything. Of rights it names those
// whose false founds a refusal; TestRights_zeroNeverFulfils takes none of them for
// an excuse to fulfil.
func excused(point, path string) bool {
	if point == agent.PointRights {
		return path == "verified" || path == "mandate" || path == "feasible"
	}
	if point != agent.PointJudge {
		return false
	}
	switch path {
	case "capacity.statement_warnings", "conduct.codes", "identity.codes", "overdue.claim", "overdue.salary_after", "identity.refuted",
		"identity.name_match", "identity.number_match", "identity.document_expired", "overdue.reasons", "conduct.forgery":
		return true
	}
	return false
}

// ofLateCost tells the parts of what a late loan costs. A cost over the cap
// speaks for the borrower, whose default is a dispute then; where it is not
// known, nothing follows from it, and the late loan is judged as if it cost what
// it may. Of an application nothing is excused.
func ofLateCost(in any, path string) bool {
	j, ok := in.(*agent.JudgeInput)
	return ok && j.Purpose == agent.PurposeOverdue && (path == "cost" || strings.HasPrefix(path, "cost."))
}

// TestAbsence_neverGivesMore removes each field from what rules see: no answer
// may give more than with it. Here nothing is excused but what takes back a
// contradiction, which the typed door cannot do.
func TestAbsence_neverGivesMore(t *testing.T) {
	e, g := engine(t), golden(t)
	for _, c := range g.Cases {
		in := g.input(t, c)
		_, before := ask(e, in)
		if full(before) {
			continue
		}
		seen := door(in)
		for path := range flatten(seen) {
			if c.Point == agent.PointJudge && strings.HasPrefix(path, "overdue.") {
				continue // a claim that is not made contradicts nothing
			}
			if ofLateCost(in, path) {
				continue
			}
			after := raw(e, c.Point, without(seen.(ast.Object), strings.Split(path, ".")))
			if granted(after) > granted(before) {
				t.Errorf("%s: without %s the answer is %v, before %v", c.Name, path, after, before)
			}
		}
		for _, group := range []string{"notice", "consent", "assessment", "recipient", "identity", "capacity", "cost", "agency"} {
			if ofLateCost(in, group) {
				continue
			}
			after := raw(e, c.Point, without(seen.(ast.Object), []string{group}))
			if granted(after) > granted(before) {
				t.Errorf("%s: without %s the answer is %v, before %v", c.Name, group, after, before)
			}
		}
	}
}

// raw asks with what rules see, past the typed door.
func raw(e *Engine, point string, in ast.Value) any {
	v := e.evaluate(context.Background(), point, in)
	switch point {
	case agent.PointJudge:
		if j, ok := e.bundle.readJudgement(v); ok {
			return j
		}
	case agent.PointDisclose:
		if d, ok := readDisclosure(v, []string{"capacity_band", "disposition", "identity_assurance", "outcome", "overdue_class", "reasons"}); ok {
			return d
		}
	case agent.PointRetain:
		if r, ok := open(v); ok {
			a := agent.Retention{Decision: r.decision(), Action: r.text(kAction), Until: r.maybe(kUntil)}
			if !r.bad {
				return a
			}
		}
	case agent.PointRights:
		if r, ok := open(v); ok {
			a := agent.RightsAnswer{Decision: r.decision(), Action: r.text(kAction), DueAt: r.maybe(kDueAt)}
			if !r.bad {
				return a
			}
		}
	case agent.PointContact:
		if r, ok := open(v); ok {
			a := agent.ContactAnswer{Decision: r.decision(), NotBefore: r.maybe(kNotBefore)}
			if !r.bad {
				return a
			}
		}
	default:
		if d, ok := readDecision(v); ok {
			return d
		}
	}
	return undecided()
}

func without(o ast.Object, path []string) ast.Object {
	out := ast.NewObject()
	o.Foreach(func(k, v *ast.Term) {
		switch {
		case string(k.Value.(ast.String)) != path[0]:
			out.Insert(k, v)
		case len(path) > 1:
			out.Insert(k, ast.NewTerm(without(v.Value.(ast.Object), path[1:])))
		}
	})
	return out
}

func TestZeroInput_denies(t *testing.T) {
	e := engine(t)
	for _, point := range decisions {
		if d, _ := ask(e, NewInput(point)); d.Allow || len(d.Denials) == 0 {
			t.Errorf("%s of the zero input = %+v", point, d)
		}
		if d := raw(e, point, ast.NewObject()); granted(d) != 0 {
			t.Errorf("%s of nothing = %+v", point, d)
		}
	}
}

func isUndecided(d agent.Decision) bool {
	return !d.Allow && slices.Equal(d.Denials, []agent.Code{agent.CodeUndecided}) && d.Obligations == nil
}

func TestEngine_undecidedDenies(t *testing.T) {
	e, g := engine(t), golden(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	late := engine(t)
	late.limit = 0
	for name, ask := range map[string]func() (agent.Decision, any, any){
		"nil collect": func() (agent.Decision, any, any) {
			d := e.Collect(context.Background(), nil)
			return d, nil, nil
		},
		"nil use": func() (agent.Decision, any, any) { d := e.Use(context.Background(), nil); return d, nil, nil },
		"nil judge": func() (agent.Decision, any, any) {
			d := e.Judge(context.Background(), nil)
			return d.Decision, d, agent.Judgement{Decision: d.Decision}
		},
		"nil disclose": func() (agent.Decision, any, any) {
			d := e.Disclose(context.Background(), nil)
			return d.Decision, d, agent.Disclosure{Decision: d.Decision}
		},
		"cancelled": func() (agent.Decision, any, any) {
			return e.Use(ctx, g.base(t, agent.PointUse, "use").(*agent.UseInput)), nil, nil
		},
		"cancelled judge": func() (agent.Decision, any, any) {
			d := e.Judge(ctx, g.base(t, agent.PointJudge, "application").(*agent.JudgeInput))
			return d.Decision, d, agent.Judgement{Decision: d.Decision}
		},
	} {
		d, got, want := ask()
		if !isUndecided(d) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %+v %+v", name, d, got)
		}
	}
	// A time-out may come after the answer, but it never gives half of one.
	for range 200 {
		d := late.Judge(context.Background(), g.base(t, agent.PointJudge, "application").(*agent.JudgeInput))
		if !isUndecided(d.Decision) && d.Outcome != "pass" {
			t.Fatalf("late judgement = %+v", d)
		}
	}
}

// A cancelled decision is not remembered as the answer.
func TestMemory_forgetsWhatWasNotDecided(t *testing.T) {
	e, g := engine(t), golden(t)
	in := g.base(t, agent.PointUse, "use").(*agent.UseInput)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if d := e.Use(ctx, in); !isUndecided(d) {
		t.Fatalf("cancelled use = %+v", d)
	}
	if d := e.Use(context.Background(), in); !d.Allow {
		t.Errorf("use after a cancelled one = %+v", d)
	}
}

func TestReaders_refuseWhatIsNotOfTheForm(t *testing.T) {
	e := engine(t)
	for _, text := range []string{
		`{}`, `[]`, `true`, `null`,
		`{"allow": true}`,
		`{"allow": "true", "denials": set(), "obligations": set()}`,
		`{"allow": true, "denials": {"x.y"}, "obligations": set()}`,
		`{"allow": false, "denials": set(), "obligations": set()}`,
		`{"allow": true, "denials": [], "obligations": set()}`,
		`{"allow": true, "denials": set(), "obligations": {1}}`,
		`{"allow": true, "denials": set(), "obligations": {""}}`,
	} {
		v := ast.MustParseTerm(text).Value
		if d, ok := readDecision(v); ok {
			t.Errorf("readDecision(%s) = %+v", text, d)
		}
		if _, ok := readDisclosure(v, nil); ok {
			t.Errorf("readDisclosure(%s) reads", text)
		}
		if _, ok := e.bundle.readJudgement(v); ok {
			t.Errorf("readJudgement(%s) reads", text)
		}
	}
	for text, want := range map[string]bool{
		`"allow": true, "denials": set(), "claims": {"outcome"}, "valid_for": 5, "retraction": false`:    true,
		`"allow": true, "denials": set(), "claims": {"name"}, "valid_for": 5, "retraction": false`:       false,
		`"allow": true, "denials": set(), "claims": set(), "valid_for": 5, "retraction": false`:          false,
		`"allow": true, "denials": set(), "claims": {"outcome"}, "valid_for": 0, "retraction": false`:    false,
		`"allow": true, "denials": set(), "claims": {"outcome"}, "valid_for": 1.5, "retraction": false`:  false,
		`"allow": false, "denials": {"x.y"}, "claims": {"outcome"}, "valid_for": 0, "retraction": false`: false,
		`"allow": true, "denials": set(), "claims": {"outcome"}, "valid_for": 5`:                         false,
		`"allow": true, "denials": set(), "claims": {"outcome"}, "valid_for": 5, "retraction": "false"`:  false,
		`"allow": true, "denials": set(), "claims": set(), "valid_for": 5, "retraction": true`:           true,
		`"allow": true, "denials": set(), "claims": {"outcome"}, "valid_for": 5, "retraction": true`:     false,
		`"allow": true, "denials": set(), "claims": set(), "valid_for": 0, "retraction": true`:           false,
		`"allow": false, "denials": {"x.y"}, "claims": set(), "valid_for": 0, "retraction": true`:        false,
	} {
		if _, ok := readDisclosure(ast.MustParseTerm(`{"obligations": set(), `+text+`}`).Value, []string{"outcome"}); ok != want {
			t.Errorf("readDisclosure(%s) = %v, want %v", text, ok, want)
		}
	}
	judgement := `{"allow": true, "denials": set(), "obligations": set(), "outcome": "pass", "overdue_class": "none", ` +
		`"band": "A", "disposition": "accept", "row": "application.accepted_whole", "proposal": "", "offer": 5, "reasons": set(), "improve": set()}`
	if _, ok := e.bundle.readJudgement(ast.MustParseTerm(judgement).Value); !ok {
		t.Fatal("a judgement in order does not read")
	}
	for _, change := range [][2]string{
		{`"pass"`, `"perhaps"`}, {`"none"`, `"illness"`}, {`"A"`, `"F"`}, {`"accept"`, `"jail"`}, {`"proposal": ""`, `"proposal": "jail"`}, {`5`, `"5"`},
		{`"reasons": set()`, `"reasons": {"illness.known"}`}, {`"improve": set()`, `"improve": []`},
	} {
		if _, ok := e.bundle.readJudgement(ast.MustParseTerm(strings.Replace(judgement, change[0], change[1], 1)).Value); ok {
			t.Errorf("a judgement with %s reads", change[1])
		}
	}
}

// copyOf returns the bundle with one file changed.
func copyOf(t testing.TB, name string, change func(string) string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(embedded(), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(embedded(), p)
		if p == name {
			b = []byte(change(string(b)))
		}
		out[p] = &fstest.MapFile{Data: b, ModTime: time.Time{}}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLoad_refusesWhatIsNotWhole(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"yanmen/use/use.rego":         func(s string) string { return s + "\n_x if http.send({})\n" },
		"yanmen/judge/judge.rego":     func(string) string { return "package" },
		"yanmen/regulation/data.yaml": func(s string) string { return strings.Replace(s, "PIPL-15-1:", "PIPL-15-9:", 1) },
		"yanmen/catalogue/data.yaml":  func(string) string { return "categories: 5" },
		"yanmen/judge/data.yaml":      func(s string) string { return strings.Replace(s, "zh: 人脸核验未通过", "zh: ''", 1) },
		"yanmen/collect/collect.rego": func(s string) string { return strings.Replace(s, "collect.clock_missing", "use.clock_missing", 1) },
	} {
		if _, err := load(copyOf(t, name, change)); err == nil {
			t.Errorf("a bundle with %s broken loads", name)
		} else if strings.Contains(err.Error(), "http") || strings.Contains(err.Error(), "15-9") {
			t.Errorf("the error quotes the file: %v", err)
		}
	}
}

func TestDigest_isOfRulesAndData(t *testing.T) {
	of := func(root fs.FS) [32]byte {
		l, err := load(root)
		if err != nil {
			t.Fatal(err)
		}
		return l.digest
	}
	same := func(s string) string { return s }
	comment := func(s string) string { return s + "# another word\n" }
	want := engine(t).Digest()
	if got := of(copyOf(t, "", same)); got != want {
		t.Error("the digest of the same files differs")
	}
	if got := of(copyOf(t, "yanmen/use/use_test.rego", comment)); got != want {
		t.Error("a test changes the digest")
	}
	for _, name := range []string{"yanmen/use/use.rego", "yanmen/judge/data.yaml"} {
		if of(copyOf(t, name, comment)) == want {
			t.Errorf("a change of %s leaves the digest", name)
		}
	}
}
