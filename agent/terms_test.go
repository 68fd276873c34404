package agent

import (
	"bytes"
	"testing"
)

// planned is a finding with a disposition, and with two plans that differ.
func planned(disposition string) *Finding {
	f := new(Finding)
	f.Result.Facts = &Facts{Terms: TermsFacts{
		Restructure: PlanFacts{Months: Known(24), Instalment: Known(500_00), FirstOn: 20260601},
		Instalments: PlanFacts{Months: Known(3), Instalment: Known(100_00), FirstOn: 20260601},
	}}
	f.Result.Judgement = &Judgement{Disposition: disposition}
	return f
}

func TestPlan_isThatOfTheDisposition(t *testing.T) {
	for disposition, want := range map[string]Int{"restructure": Known(24), "instalments": Known(3), "remind": {}, "": {}} {
		f := planned(disposition)
		got := planOf(&f.Result)
		if want.IsKnown() != (got != nil) || got != nil && got.Months != want {
			t.Errorf("disposition %q has the plan %+v, want one of %v months", disposition, got, want)
		}
		back, ok := decodeFinding(encodeFinding(f))
		if !ok || want.IsKnown() != (back.Result.Plan != nil) || back.Result.Plan != nil && *back.Result.Plan != *got {
			t.Errorf("disposition %q: the plan did not come back", disposition)
		}
	}
	f := planned("restructure")
	f.Result.Facts.Terms.Restructure = PlanFacts{}
	if got := planOf(&f.Result); got != nil {
		t.Errorf("where no plan fits there is %+v", got)
	}
	f.Result.Judgement = nil
	if planOf(&f.Result) != nil || planOf(new(Result)) != nil {
		t.Error("a plan of nothing")
	}
}

// A finding without the facts that came later has the form that it always had, and
// there is one form of each.
func TestFinding_laterFactsHaveOneForm(t *testing.T) {
	old := new(Finding)
	old.Result.Facts = new(Facts)
	b := encodeFinding(old)
	if b[0] > findingVersion+findingReviewed {
		t.Fatalf("without later facts a finding is of version %d", b[0])
	}
	f := planned("remind")
	with := encodeFinding(f)
	if with[0] != 1+findingLater {
		t.Fatalf("with later facts a finding is of version %d", with[0])
	}
	if _, ok := decodeFinding(append([]byte{b[0] + findingLater}, b[1:]...)); ok {
		t.Error("a later version without later facts decodes: they are cut")
	}
	none := append([]byte{b[0] + findingLater}, b[1:]...)
	c := coder{b: none}
	c.later(old)
	if _, ok := decodeFinding(c.b); ok {
		t.Error("a later version that says nothing more decodes: there are two forms of it")
	}
	for _, r := range []*Review{nil, {Decisions: make([]ReviewDecision, 1)}} {
		f := new(Finding)
		f.Result.Review = r
		b := encodeFinding(f)
		c := coder{b: append([]byte{b[0] + findingGrounds}, b[1:]...)}
		if r != nil {
			c.grounds(r)
		}
		if _, ok := decodeFinding(c.b); ok || b[0] > findingGrounds {
			t.Errorf("a version with reasons of people that has none decodes, %+v", r)
		}
	}
	back, ok := decodeFinding(with)
	if !ok || !bytes.Equal(encodeFinding(back), with) {
		t.Error("later facts do not come back")
	}
}
