package house

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/policy"
)

// What somebody verifies first is a contract that agrees with itself.
func TestExamples_theirSchedulesAreWhatTheirRatesGive(t *testing.T) {
	e, err := policy.New()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("../../../docs/schema/example.*.json")
	planned := 0
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := intake.Parse(b, intake.Options{Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range f.Collected {
			loan, ok := r.Data.(*agent.Loan)
			if !ok || len(loan.Schedule) == 0 {
				continue
			}
			planned++
			if got := Checks(e).Contract(&agent.Evidence{Loan: loan}, f.Case.AsOf); got.Plan != agent.Yes {
				t.Errorf("%s: whether the schedule is what the rate gives is %v, and it is off by %v fen", filepath.Base(name), got.Plan, got.PlanOff)
			}
		}
	}
	if planned == 0 {
		t.Error("no example has a schedule")
	}
}
