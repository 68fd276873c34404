//go:build amd64 || arm64

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// The agent runs under trace while callers ask. For each answer, and for each
// message to the broker, the kernel was asked before to sync the file that
// holds the verdict's journal entry, and had said that it did.
func TestDurability_noAnswerBeforeSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true, 64)
	tr := startTraced(t, filepath.Join(w.agentDir, "store"), "", "yanmen", "run", "--dir", w.agentDir)
	w.agent = tr.process
	w.attend(t)
	const callers, each = 6, 30
	var wg sync.WaitGroup
	var answered atomic.Int64
	all := make([]*caller, callers)
	for i := range all {
		all[i] = newCaller(w, i, time.Now())
		wg.Go(func() {
			asked := 0
			all[i].ask(func() bool { asked++; return asked <= each }, &answered)
		})
	}
	wg.Wait()
	if !testing.Short() {
		w.fillLog(t)
	}
	w.delivered(t)
	tr.stop(t)
	for _, c := range all {
		if c.failed != nil {
			t.Error(c.failed)
		}
	}
	bad, answers, published := unsynced(tr.steps)
	for _, b := range bad {
		t.Error(b)
	}
	logs := map[string]int{}
	for path := range tr.logs {
		logs[filepath.Ext(path)]++
	}
	if (logs[".mem"] < 2 || logs[".vlog"] < 2) && !testing.Short() {
		t.Errorf("%v logs were synced, want 2 of each: what holds for a new one was not seen", logs)
	}
	if want := int(w.answers.Load()); answers != want || published < callers*each {
		t.Errorf("the trace shows %d answers and %d published verdicts, want %d, and %d at least", answers, published, want, callers*each)
	}
	syncs := 0
	for _, s := range tr.steps {
		if s.what == "values" && len(s.ids) > 0 {
			syncs++
		}
	}
	for what, spoil := range map[string]func(s *step){
		"without syncs":          func(s *step) { s.what = "" },
		"with syncs that failed": func(s *step) { s.ok = false },
		"with syncs too early":   func(s *step) { s.ids = nil },
	} {
		spoilt := slices.Clone(tr.steps)
		for i := range spoilt {
			if what := spoilt[i].what; what == "values" || what == "sync" {
				spoil(&spoilt[i])
			}
		}
		if bad, _, _ := unsynced(spoilt); len(bad) < answers {
			t.Errorf("a trace %s passes for %d of %d answers", what, answers-len(bad), answers)
		}
	}
	t.Logf("%d answers, %d published verdicts, %d syncs, %d steps", answers, published, syncs, len(tr.steps))
}

// fillLog asks about new persons with many records until the store has begun
// another log and another value log, and a little more.
func (w *world) fillLog(t *testing.T) {
	t.Helper()
	template := synthetic.NewTemplate(synthetic.Statements, true, false, time.Now())
	var next, after atomic.Int64
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for after.Load() < 20 && !t.Failed() {
				n := int(next.Add(1))
				file := template.Fill(nil, synthetic.NewPerson(1_000_000+n, 19900506), fmt.Sprintf("fill-%d", n))
				if _, err := w.verify(file); err != nil {
					t.Error(err)
				}
				_, err1 := os.Stat(filepath.Join(w.agentDir, "store", "00002.mem"))
				_, err2 := os.Stat(filepath.Join(w.agentDir, "store", "000002.vlog"))
				if err1 == nil && err2 == nil {
					after.Add(1)
				}
			}
		})
	}
	wg.Wait()
}

// What a command prints, it prints after its journal entry was synced.
func TestDurability_noOutputBeforeSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false, 64)
	file := filepath.Join(t.TempDir(), "case.json")
	if err := os.WriteFile(file, light(1, "output-1"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		says string
		args []string
	}{
		{"verdict", []string{"verify", "--json", file}},
		{"open", []string{"verify", "--json", file}}, // asked again
		{"open", []string{"show", "output-1"}},
		{"erase", []string{"erase", "--case", "output-1"}},
	} {
		tr := startTraced(t, filepath.Join(w.agentDir, "store"), c.says, "yanmen", append(c.args, "--dir", w.agentDir)...)
		tr.wait(t)
		bad, outputs, _ := unsynced(tr.steps)
		for _, b := range bad {
			t.Errorf("%s: %s", c.args[0], b)
		}
		if outputs == 0 {
			t.Errorf("%s: the trace shows no output", c.args[0])
		}
		for i := range tr.steps {
			if tr.steps[i].what == "values" {
				tr.steps[i].ids = nil
			}
		}
		if bad, _, _ := unsynced(tr.steps); len(bad) < outputs {
			t.Errorf("%s: a trace whose syncs came too early passes", c.args[0])
		}
	}
}
