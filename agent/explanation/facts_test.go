package explanation

import (
	"reflect"
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// Every fact has its line, once, and no line is about a fact that is not there.
func TestFacts_tellEveryFact(t *testing.T) {
	var want []string
	root := reflect.TypeFor[agent.Facts]()
	for i := range root.NumField() {
		part := root.Field(i)
		for k := range part.Type.NumField() {
			f := part.Type.Field(k)
			path := part.Tag.Get("json") + "." + f.Tag.Get("json")
			if f.Type == reflect.TypeFor[agent.PlanFacts]() {
				for n := range f.Type.NumField() {
					want = append(want, path+"."+f.Type.Field(n).Tag.Get("json"))
				}
			} else if path != "identity.sex" {
				want = append(want, path)
			}
		}
	}
	var got []string
	for _, l := range table {
		got = append(got, l.path)
		if len(l.from) == 0 {
			t.Errorf("%s rests on nothing", l.path)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("lines\n%q\nwant\n%q", got, want)
	}
}

func TestFacts_sayWhyOneIsUnknown(t *testing.T) {
	fd := &agent.Finding{Purpose: agent.PurposeApplication, Trail: &agent.Trail{Used: []string{"income", "loan"}},
		Result: agent.Result{Facts: &agent.Facts{Capacity: agent.CapacityFacts{Requested: agent.Known(5)}}}}
	got := map[string]Fact{}
	for _, f := range Facts(fd) {
		got[f.Path] = f
	}
	for path, want := range map[string]string{
		"capacity.requested":       "",
		"capacity.verified_income": WhyNotEnough,
		"capacity.inquiries_30":    WhyMissing,
		"overdue.days_past_due":    WhyUntold,
		"terms.settle":             WhyUntold,
		"terms.restructure.months": WhyUntold,
		"terms.next_limit":         WhyNotEnough,
	} {
		if got[path].Why != want {
			t.Errorf("%s is unknown for %q, want %q", path, got[path].Why, want)
		}
	}
	if f := got["capacity.verified_income"]; f.Value != nil || !slices.Equal(f.Used, of(agent.CatIncome)) {
		t.Errorf("verified income: %+v", f)
	}
	if f := got["capacity.requested"]; f.Value != int64(5) {
		t.Errorf("requested: %+v", f)
	}
	if len(Facts(&agent.Finding{})) != 0 {
		t.Error("facts are told that nobody computed")
	}
}
