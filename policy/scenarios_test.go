package policy

import (
	"context"
	"os"
	"testing"

	"github.com/yanmen/yanmen/agent"
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
	e := engine(t)
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
