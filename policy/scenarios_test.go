package policy_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/policy"
	"github.com/yanmen/yanmen/policy/scenario"
)

func scenarios(t testing.TB) []*scenario.Scenario {
	t.Helper()
	all, err := scenario.ReadAll(os.DirFS("scenarios"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestScenarios_holdForTheRules(t *testing.T) {
	e := policy.NewForTest(t)
	results, err := scenario.Run(context.Background(), e, scenarios(t))
	if err != nil {
		t.Fatal(err)
	}
	cites := func(c agent.Code) (ids []string) {
		_, of, ok := e.Explain(c, "en")
		if !ok {
			t.Errorf("%s is no code of the rules", c)
		}
		for _, c := range of {
			ids = append(ids, c.Rule)
		}
		return ids
	}
	for _, r := range results {
		t.Run(r.Scenario.Point+"/"+r.Scenario.ID, func(t *testing.T) {
			for _, d := range r.Differences {
				t.Errorf("%s is %s, want %s", d.Field, d.Got, d.Want)
			}
			for _, c := range r.Scenario.Codes() {
				cites(c)
			}
			if surplus, missing := r.Scenario.Miscited(cites); surplus != nil || missing != nil {
				t.Errorf("cites %v, which its codes do not; lacks %v", surplus, missing)
			}
		})
	}
}

// For each denial there is a scenario that proves it and one that spares it, and
// for each field that its rule reads one without that field.
func TestScenarios_coverEachDenialAndWhatItReads(t *testing.T) {
	e, all := policy.NewForTest(t), scenarios(t)
	if len(all) < 200 {
		t.Errorf("%d scenarios, want 200 at least", len(all))
	}
	proves, spares, without := map[agent.Code]bool{}, map[agent.Code]bool{}, map[agent.Code]map[string]bool{}
	for _, s := range all {
		for _, c := range s.Proves {
			proves[c] = true
		}
		for _, c := range s.Spares {
			spares[c] = true
		}
		for _, c := range s.Codes() {
			for _, field := range s.Absent {
				if without[c] == nil {
					without[c] = map[string]bool{}
				}
				without[c][field] = true
			}
		}
	}
	for _, code := range policy.CodesForTest(e) {
		if e.Kind(code) == "" {
			continue
		}
		if !proves[code] {
			t.Errorf("no scenario proves %s", code)
		}
		if !spares[code] {
			t.Errorf("no scenario spares %s", code)
		}
		for _, field := range e.Reads(code) {
			if !without[code][field] {
				t.Errorf("no scenario about %s has %s absent", code, field)
			}
		}
	}
}

// For each row of judgement there is a scenario that names it, and so a case that
// an officer can read.
func TestScenarios_reachEachRowOfJudgement(t *testing.T) {
	e, reached := policy.NewForTest(t), map[agent.Code]bool{}
	for _, s := range scenarios(t) {
		if s.Point == agent.PointJudge && slices.Contains(s.Holds(), "row") {
			_, answer := e.Ask(context.Background(), s.Input())
			reached[answer.(agent.Judgement).Row] = true
		}
	}
	for _, code := range policy.RowsForTest(t) {
		if !reached[code] {
			t.Errorf("no scenario names %s", code)
		}
	}
}

func TestReads_followRulesThatRulesUse(t *testing.T) {
	e := policy.NewForTest(t)
	for code, want := range map[agent.Code][]string{
		"use.retention_over":       {"now", "usable_until"},
		"use.consent_lapsed":       {"basis", "consent.expires_at", "now", "purpose"},
		"collect.category_missing": {"categories"},
		"use.nothing_known":        nil,
	} {
		if got := e.Reads(code); !slices.Equal(got, want) {
			t.Errorf("Reads(%s) = %v, want %v", code, got, want)
		}
	}
	for _, code := range policy.CodesForTest(e) {
		point, _, _ := strings.Cut(string(code), ".")
		for _, field := range e.Reads(code) {
			if !slices.Contains(scenario.Fields(point), field) {
				t.Errorf("%s reads %s, which is no field of the input", code, field)
			}
		}
	}
}

// Who asks rules without the engine must ask the same question.
func TestDocument_isWhatTheEngineShows(t *testing.T) {
	for _, s := range scenarios(t) {
		if !policy.SeenForTest(t, s.Input(), s.Document()) {
			t.Errorf("%s: the document is not what rules see", s.ID)
		}
	}
}
