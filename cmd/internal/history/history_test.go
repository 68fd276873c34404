package history

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
	"github.com/yanmen/yanmen/policy"
)

// demo answers every case of the demonstration, and returns the house.
func demo(t *testing.T) *house.House {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, house.ConfigFile), []byte(synthetic.Config("agent-1", "lender-1", "127.0.0.1:0", "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := house.Init(dir, "agent-1", "lender-1", false); err != nil {
		t.Fatal(err)
	}
	h, err := house.Open(dir, house.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	for _, s := range synthetic.Situations(time.Now()) {
		for f, err := range intake.Read(strings.NewReader(string(s.File)), intake.Options{}) {
			if err == nil {
				_, err = h.Agent.Verify(context.Background(), f)
			}
			if err != nil {
				t.Fatalf("%s: %v", s.ID, err)
			}
		}
	}
	return h
}

// rules copies the rules that are built in, with one text replaced.
func rules(t *testing.T, file, from, to string) *policy.Engine {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "..", "policy", "rego"))); err != nil {
		t.Fatal(err)
	}
	if file != "" {
		path := filepath.Join(dir, "yanmen", filepath.FromSlash(file))
		b, err := os.ReadFile(path)
		if err != nil || strings.Count(string(b), from) != 1 {
			t.Fatalf("%q stands %d times in %s, %v", from, strings.Count(string(b), from), file, err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(b), from, to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, err := policy.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestReplay_sameRulesChangeNothing(t *testing.T) {
	h := demo(t)
	for _, e := range []*policy.Engine{h.Policy, rules(t, "", "", "")} {
		tally, err := Replay(context.Background(), h.Agent.Histories, e, Filter{}, 0)
		if err != nil || tally.Answers != 22 || tally.Same != 22 || len(tally.Changes) != 0 {
			t.Errorf("Replay = %+v, %v, want 22 answers, all the same", tally, err)
		}
	}
	// Not the outcome alone: the questions are those that were put.
	err := h.Agent.Histories(context.Background(), func(r *agent.Recorded) error {
		again, open := r.Replay(context.Background(), h.Policy)
		if open || len(again) != len(r.Decisions) {
			t.Fatalf("%s: %d decisions of %d, open %v", r.Case, len(again), len(r.Decisions), open)
		}
		for i := range again {
			a, _ := json.Marshal(r.Decisions[i])
			b, _ := json.Marshal(again[i])
			if string(a) != string(b) {
				t.Errorf("%s is asked or answered otherwise", again[i].ID)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// The figure is edited in a copy; the answers that change are those of which the
// agent itself, under the copy, would say something else.
func TestReplay_namesExactlyTheCasesThatChange(t *testing.T) {
	h := demo(t)
	for _, c := range []struct {
		file, from, to string
		want           []string
	}{
		{"judge/data.yaml", "debt_service_bp: 5500", "debt_service_bp: 100", []string{"demo-02/1", "demo-15/1", "demo-20/1", "demo-22/1"}},
		{"judge/data.yaml", "many_lenders: 6", "many_lenders: 60", []string{"demo-09/1", "demo-21/1"}},
		{"judge/data.yaml", "business_failure], support: [supported]}\n    days: {from: 91}", "business_failure], support: [supported]}\n    days: {from: 31}", []string{"demo-05/1"}},
	} {
		e := rules(t, c.file, c.from, c.to)
		tally, err := Replay(context.Background(), h.Agent.Histories, e, Filter{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		var differ []string
		err = h.Agent.Histories(context.Background(), func(r *agent.Recorded) error {
			for _, d := range r.Decisions {
				if in, ok := d.Input.(*agent.JudgeInput); ok {
					a, _ := json.Marshal(d.Outcome)
					b, _ := json.Marshal(e.Judge(context.Background(), in))
					if string(a) != string(b) {
						differ = append(differ, r.Case+"/1")
					}
				}
			}
			return nil
		})
		slices.Sort(differ)
		if err != nil || !slices.Equal(tally.Changed, c.want) || !slices.Equal(differ, c.want) {
			t.Errorf("%s: changed %v, judged otherwise %v, want %v", c.to, tally.Changed, differ, c.want)
		}
		for _, ch := range tally.Changes {
			if ch.Count != len(ch.Cases) || ch.Count == 0 || ch.Field == "offer" && strings.ContainsAny(ch.From+ch.To, "0123456789") {
				t.Errorf("%+v", ch)
			}
		}
	}
}

func TestReplay_filtersAndCountsWhatCannotBeCompared(t *testing.T) {
	day := time.Date(2026, 3, 1, 23, 30, 0, 0, agent.Zone).Unix()
	all := []*agent.Recorded{
		{Case: "a", Version: 1, At: day, Purpose: agent.PurposeOverdue, Err: agent.ErrNoTrail},
		{Case: "b", Version: 1, At: day + 3600, Purpose: agent.PurposeApplication, Err: agent.ErrNoRegisters, Registers: "09"},
		{Case: "c", Version: 1, At: day + 86400, Purpose: agent.PurposeApplication, Undecided: true},
	}
	each := func(_ context.Context, visit func(*agent.Recorded) error) error {
		for _, r := range all {
			if err := visit(r); err != nil {
				return err
			}
		}
		return nil
	}
	e, err := policy.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f    Filter
		want [4]int // answers, without a trail, without registers, undecided
	}{
		{Filter{}, [4]int{3, 1, 1, 1}},
		{Filter{Purpose: agent.PurposeApplication}, [4]int{2, 0, 1, 1}},
		{Filter{From: 20260302}, [4]int{2, 0, 1, 1}},
		{Filter{To: 20260301}, [4]int{1, 1, 0, 0}},
		{Filter{From: 20260302, To: 20260302}, [4]int{2, 0, 1, 1}},
		{Filter{From: 20260303}, [4]int{}},
	} {
		got, err := Replay(context.Background(), each, e, c.f, 1)
		if err != nil {
			t.Fatal(err)
		}
		if n := [4]int{got.Answers, got.NoTrail, got.NoRegisters["09"], got.Undecided}; n != c.want || got.Same != 0 || len(got.Changed) != 0 {
			t.Errorf("%+v: %v, want %v", c.f, n, c.want)
		}
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Replay(stopped, each, e, Filter{}, 1); err == nil {
		t.Error("a replay that was stopped gives a tally")
	}
}
