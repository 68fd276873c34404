package scenario

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/yanmen/yanmen/agent"
)

const sound = `
point: use
bases:
  plain:
    now: 2026-06-01T09:30
    purpose: application
    consent: {state: given, given_at: 2026-05-31, form: general}
    consent.form: separate
    categories: [income]
scenarios:
  - id: use-one
    title: {zh: 标题, en: Title}
    situation: {zh: 情况, en: Situation}
    base: plain
    set: {restricted: true, subject_age: 30}
    absent: [consent.given_at, notice]
    expect: {allow: false, denials: [use.subject_restricted, use.age_low], obligations: [use.decision_explained]}
    proves: [use.subject_restricted]
    spares: [use.retention_over]
    cites: [PIPL-47-2, PIPL-19-1]
`

func TestRead_buildsTheInput(t *testing.T) {
	all, err := Read("dir/one.yaml", []byte(sound))
	if err != nil {
		t.Fatal(err)
	}
	s := all[0]
	in := s.Input().(*agent.UseInput)
	if want := time.Date(2026, 6, 1, 1, 30, 0, 0, time.UTC).Unix(); in.Now != want {
		t.Errorf("now = %d, want %d", in.Now, want)
	}
	if in.Consent.State != "given" || in.Consent.Form != "separate" || !slices.Equal(in.Categories, []string{"income"}) {
		t.Errorf("the base is not there: %+v", in)
	}
	if !in.Restricted || in.SubjectAge.Or(0) != 30 || in.Consent.GivenAt != (agent.Int{}) {
		t.Errorf("set and absent did not work: %+v", in)
	}
	in.Restricted = false
	if !s.Input().(*agent.UseInput).Restricted {
		t.Error("an input that was changed changes the scenario")
	}
	if s.File != "one.yaml" || s.ID != "use-one" || s.Title.In("zh") != "标题" || s.Title.In("fr") != "Title" {
		t.Errorf("%+v", s)
	}
	if got := s.Codes(); !slices.Equal(got, []agent.Code{"use.retention_over", "use.subject_restricted"}) {
		t.Errorf("codes = %v", got)
	}
}

func TestRead_faultsNamePlaceAndNotValue(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"no YAML":               {"point: use", "point: [use", "one.yaml: not "},
		"a key twice":           {"    base: plain", "    base: plain\n    base: plain", "one.yaml: not YAML, or a key that stands twice, at line"},
		"an alias of nothing":   {"categories: [income]", "categories: *all", "one.yaml: an alias without its anchor at line 9"},
		"no such point":         {"point: use", "point: 机密", "one.yaml: point is none"},
		"key of the file":       {"point: use", "point: use\nother: 1", "one.yaml: unknown key other"},
		"no bases":              {"bases:", "bases: {}\nx:", "one.yaml: unknown key x"},
		"field of a base":       {"purpose: application", "porpoise: 机密", "one.yaml: base plain: there is no field porpoise"},
		"no date":               {"now: 2026-06-01T09:30", "now: 机密", "one.yaml: base plain: now must be a date"},
		"a number for an hour":  {"now: 2026-06-01T09:30", "now: 20000", "one.yaml: base plain: now must be a date"},
		"id":                    {"id: use-one", "id: 机密", "one.yaml: scenario 1: id must be"},
		"key of a scenario":     {"proves:", "prove:", "one.yaml: scenario use-one: unknown key prove"},
		"one language":          {"{zh: 标题, en: Title}", "{zh: 机密}", "scenario use-one: title must have"},
		"no base":               {"base: plain", "base: 机密", "scenario use-one: base is none"},
		"a text for a truth":    {"restricted: true", `restricted: "机密"`, "scenario use-one: restricted must be true or false"},
		"a text for a number":   {"subject_age: 30", `subject_age: "机密"`, "scenario use-one: subject_age must be a whole number, or null"},
		"absent field":          {"consent.given_at, notice", "consent.birthday", "scenario use-one: there is no field consent.birthday"},
		"set and absent":        {"consent.given_at, notice", "restricted", "scenario use-one: restricted is both set and absent"},
		"no expectation":        {"expect:", "x:", "unknown key x"},
		"no allow":              {"allow: false, ", "", "scenario use-one: expect names no allow"},
		"field of the answer":   {"allow: false,", "allow: false, claims: [],", "scenario use-one: expect: there is no field claims"},
		"denied and allowed":    {"allow: false", "allow: true", "scenario use-one: expect: what is allowed has no denials"},
		"proves what is absent": {"proves: [use.subject_restricted]", "proves: [use.clock_missing]", "proves use.clock_missing, which is not among"},
		"spares what denies":    {"spares: [use.retention_over]", "spares: [use.age_low]", "spares use.age_low, which is among"},
		"a code twice":          {"cites: [PIPL-47-2, PIPL-19-1]", "cites: [PIPL-47-2, PIPL-47-2]", "cites must be a list of names, each once"},
	} {
		if !strings.Contains(sound, c.old) {
			t.Fatalf("%s: nothing to replace", name)
		}
		_, err := Read("one.yaml", []byte(strings.Replace(sound, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		} else if strings.Contains(err.Error(), "机密") {
			t.Errorf("%s: the error quotes the value: %v", name, err)
		}
	}
}

func TestReadAll_refusesAnIDThatStandsTwice(t *testing.T) {
	if _, err := ReadAll(fstest.MapFS{}); err == nil {
		t.Error("a folder without scenarios is read")
	}
	if all, err := ReadAll(fstest.MapFS{"a.yaml": {Data: []byte(sound)}, "README.md": {}}); err != nil || len(all) != 1 {
		t.Errorf("ReadAll = %d, %v", len(all), err)
	}
	_, err := ReadAll(fstest.MapFS{"a.yaml": {Data: []byte(sound)}, "b.yaml": {Data: []byte(sound)}})
	if err == nil || !strings.Contains(err.Error(), "b.yaml: scenario use-one: the id stands in a.yaml") {
		t.Errorf("error %v", err)
	}
}

// answers gives one answer to everything.
type answers struct{ answer any }

func (a answers) Ask(context.Context, any) (agent.Decision, any) { return agent.Decision{}, a.answer }

func TestRun_comparesWhatIsExpected(t *testing.T) {
	all, err := Read("one.yaml", []byte(sound))
	if err != nil {
		t.Fatal(err)
	}
	as := agent.Decision{Denials: []agent.Code{"use.age_low", "use.subject_restricted"}, Obligations: []agent.Code{"use.decision_explained"}}
	rs, err := Run(context.Background(), answers{as}, all)
	if err != nil || len(rs) != 1 || rs[0].Differences != nil {
		t.Errorf("as expected: %+v, %v", rs, err)
	}
	as.Obligations = nil
	as.Denials = as.Denials[:1]
	rs, _ = Run(context.Background(), answers{as}, all)
	want := []Difference{
		{"denials", "[use.age_low, use.subject_restricted]", "[use.age_low]"},
		{"obligations", "[use.decision_explained]", "[]"},
	}
	if !slices.Equal(rs[0].Differences, want) {
		t.Errorf("differences = %v", rs[0].Differences)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if rs, err := Run(ctx, answers{as}, all); err == nil || len(rs) != 0 {
		t.Errorf("ended: %v, %v", rs, err)
	}
}

const judged = `
point: judge
bases:
  plain:
    as_of: 2026-06-01
    identity: {refuted: "no", assurance: authority-3}
    capacity: {last_income_on: 2026-05-10, requested: 5000000}
scenarios:
  - id: judge-one
    title: {zh: 标题, en: Title}
    situation: {zh: 情况, en: Situation}
    base: plain
    expect: {allow: true, outcome: pass, offer: null, reasons: [b.first_one, a.second_one]}
`

func TestRun_comparesOwnFieldsThatAreNamed(t *testing.T) {
	all, err := Read("one.yaml", []byte(judged))
	if err != nil {
		t.Fatal(err)
	}
	in := all[0].Input().(*agent.JudgeInput)
	if in.Capacity.LastIncomeOn != 20260510 || in.Identity.Refuted != agent.No || in.Overdue.FundsAtDue != agent.Unknown {
		t.Errorf("input = %+v", in)
	}
	j := agent.Judgement{Decision: agent.Decision{Allow: true}, Outcome: "pass", Band: "C", Reasons: []agent.Code{"b.first_one", "a.second_one"}}
	if rs, _ := Run(context.Background(), answers{j}, all); rs[0].Differences != nil {
		t.Errorf("differences = %v", rs[0].Differences)
	}
	slices.Reverse(j.Reasons) // their order says something
	j.Offer = agent.Known(0)  // and 0 is not null
	rs, _ := Run(context.Background(), answers{j}, all)
	want := []Difference{{"offer", "null", "0"}, {"reasons", "[b.first_one, a.second_one]", "[a.second_one, b.first_one]"}}
	if !slices.Equal(rs[0].Differences, want) {
		t.Errorf("differences = %v", rs[0].Differences)
	}
}

func TestMiscited_comparesWithTheCodes(t *testing.T) {
	all, err := Read("one.yaml", []byte(sound))
	if err != nil {
		t.Fatal(err)
	}
	cites := func(c agent.Code) []string {
		return map[agent.Code][]string{"use.subject_restricted": {"PIPL-47-2"}, "use.retention_over": {"PIPL-19-2"}}[c]
	}
	surplus, missing := all[0].Miscited(cites)
	if !slices.Equal(surplus, []string{"PIPL-19-1"}) || !slices.Equal(missing, []string{"PIPL-19-2"}) {
		t.Errorf("surplus %v, missing %v", surplus, missing)
	}
}

// The library itself makes nothing of an alias inside of an anchor.
func TestRead_aliasesHoldInsideOfAnchors(t *testing.T) {
	nested := strings.Replace(sound, "  plain:\n", "  plain: &plain\n    notice: {categories: &all [income, phone]}\n    assessment.categories: *all\n", 1)
	nested = strings.Replace(nested, "scenarios:", "  other: {<<: *plain, purpose: overdue}\nscenarios:", 1)
	nested = strings.Replace(nested, "base: plain", "base: other", 1)
	all, err := Read("one.yaml", []byte(strings.Replace(nested, ", notice]", "]", 1)))
	if err != nil {
		t.Fatal(err)
	}
	in, want := all[0].Input().(*agent.UseInput), []string{"income", "phone"}
	if !slices.Equal(in.Notice.Categories, want) || !slices.Equal(in.Assessment.Categories, want) || in.Purpose != "overdue" {
		t.Errorf("input = %+v", in)
	}
}
