package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yanmen/yanmen/cmd/internal/synthetic"
	"github.com/yanmen/yanmen/sync/wire"
)

// A caller is one client of the lender. It asks case after case and repeats
// each until it is answered, whatever happens to the agent meanwhile.
type caller struct {
	w     *world
	n     int
	first [2]*synthetic.Template // by parity of the person: overdue, application
	again [2]*synthetic.Template
	other [2]*synthetic.Template // the same question an hour earlier: other bytes

	answered map[string]string // verdict → case
	denied   int
	repeated int // cases asked again on purpose
	failed   error
}

func newCaller(w *world, n int, now time.Time) *caller {
	c := &caller{w: w, n: n, answered: map[string]string{}}
	for i := range 2 {
		c.first[i] = synthetic.NewTemplate(synthetic.Light, true, i == 1, now)
		c.again[i] = synthetic.NewTemplate(synthetic.Light, false, i == 1, now)
		c.other[i] = synthetic.NewTemplate(synthetic.Light, false, i == 1, now.Add(-time.Hour))
	}
	return c
}

// ask asks cases until more says no. Of five steps one brings a new person,
// three ask about the person again, and one asks the last case in other words.
func (c *caller) ask(more func() bool, answered *atomic.Int64) {
	verdict, id := "", ""
	for step := 0; more() && c.failed == nil; step++ {
		n := c.n*100_000 + step/5
		who, parity := synthetic.NewPerson(n, 19900506), step%2
		template, supersedes := c.again[parity], ""
		switch step % 5 {
		case 0:
			template = c.first[parity]
		case 4:
			template, supersedes = c.other[1-parity], verdict
		}
		if step%5 != 4 {
			id = fmt.Sprintf("crash-%d-%d", c.n, step)
		}
		file := template.Fill(nil, who, id)
		r, err := c.w.verify(file)
		if err != nil {
			c.failed = fmt.Errorf("%s: %w", id, err)
			return
		}
		answered.Add(1)
		if r.Leaves == nil {
			c.denied++
			verdict = ""
			continue
		}
		if r.Case != id || r.Leaves.Supersedes != supersedes {
			c.failed = fmt.Errorf("%s: the answer names case %s and supersedes %q, want %q", id, r.Case, r.Leaves.Supersedes, supersedes)
			return
		}
		verdict = r.Leaves.ID
		if of, twice := c.answered[verdict]; twice {
			c.failed = fmt.Errorf("%s: the verdict is that of %s", id, of)
			return
		}
		c.answered[verdict] = id
		if step%3 == 0 {
			c.repeated++
			same, err := c.w.verify(file)
			if err != nil || same.Leaves == nil || same.Leaves.ID != verdict {
				c.failed = fmt.Errorf("%s: asked again with the same bytes, the answer is another one (%v)", id, err)
			}
		}
	}
}

// entries returns how many entries of a kind a journal has, as journal verify
// prints them.
func entries(journal, kind string) int {
	m := regexp.MustCompile(`(?m)^\s+` + kind + `\s+(\d+)$`).FindStringSubmatch(journal)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// Agent and hub are killed again and again under load, at random moments, also
// while they start. Callers repeat what got no answer. In the end the platform
// holds exactly the verdicts that callers were told of, each once and in one
// unbroken chain; the journal holds one verification for each; and every stored
// value and hash verifies.
func TestCrash_eachCaseOneVerdict(t *testing.T) {
	t.Parallel()
	kills, callers := 10, 8
	if testing.Short() {
		kills = 4
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	w := newWorld(t, true, 64)
	w.startAgent(t)

	var stop atomic.Bool
	var answered atomic.Int64
	var wg sync.WaitGroup
	now := time.Now()
	all := make([]*caller, callers)
	for i := range all {
		all[i] = newCaller(w, i, now)
		wg.Go(func() { all[i].ask(func() bool { return !stop.Load() }, &answered) })
	}
	moment := func(most time.Duration) { time.Sleep(time.Duration(random.Int64N(int64(most)))) }
	for round := range kills {
		if round%4 == 1 {
			w.hub.kill()
			moment(200 * time.Millisecond)
			w.startHub(t)
		}
		before := answered.Load()
		eventually(t, "cases are answered", func() bool { return answered.Load() >= before+20 || w.agent.ended() })
		moment(250 * time.Millisecond)
		w.killAgent()
		if round%3 == 2 { // once more while it starts
			w.agent = start(t, "yanmen", "run", "--dir", w.agentDir)
			moment(600 * time.Millisecond)
			w.killAgent()
		}
		w.startAgent(t)
	}
	before := answered.Load()
	eventually(t, "cases are answered", func() bool { return answered.Load() >= before+20 || w.agent.ended() })
	stop.Store(true)
	wg.Wait()
	w.delivered(t)
	w.stopAgent(t)
	w.hub.stop(t)

	told, denied, repeated := map[string]string{}, 0, 0
	for _, c := range all {
		if c.failed != nil {
			t.Error(c.failed)
		}
		denied, repeated = denied+c.denied, repeated+c.repeated
		for id, of := range c.answered {
			told[id] = of
		}
	}
	received := map[string]bool{}
	for _, r := range w.ledger(t) {
		switch {
		case r.Kind != wire.KindVerdict || r.Verdict == nil:
			t.Errorf("number %d at the platform is no verdict", r.Seq)
		case received[r.ID]:
			t.Errorf("number %d at the platform is there twice", r.Seq)
		case told[r.ID] == "":
			t.Errorf("number %d at the platform answers no case that was asked", r.Seq)
		}
		received[r.ID] = true
	}
	for id, of := range told {
		if !received[id] {
			t.Errorf("the verdict on %s never reached the platform", of)
		}
	}
	if denied > 0 {
		t.Errorf("%d cases were denied; this test wants verdicts", denied)
	}
	journal := w.sound(t)
	if n := entries(journal, "verify"); n != len(told)+denied {
		t.Errorf("the journal counts %d verifications, want %d", n, len(told)+denied)
	}
	// A case whose answer a kill swallowed was opened again when it was repeated.
	lost := entries(journal, "open") - repeated
	if lost < 0 {
		t.Errorf("the journal counts %d cases asked again, want %d at least", lost+repeated, repeated)
	}
	t.Logf("%d kills, %d cases answered, %d of them only when asked again; %d verdicts at the platform", kills, answered.Load(), lost, len(received))
}

// A crash may cut the last line of the checkpoints that the agent keeps. The
// rest counts, and the file can be written on.
func TestCrash_cutCheckpointIsPassedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false, 64)
	kept := filepath.Join(w.agentDir, "checkpoints")
	keep := func() {
		t.Helper()
		if code, out, errs := w.yanmen(t, "", "journal", "verify"); code != 0 {
			t.Errorf("journal verify: exit %d\n%s%s", code, out, errs)
		}
	}
	for cut := range int64(3) {
		keep()
		b, err := os.ReadFile(kept)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(b), "\n"); n != 1 || !strings.HasSuffix(string(b), "\n") {
			t.Errorf("%d checkpoints are kept, want the one that was made last", n)
		}
		if err := os.Truncate(kept, int64(len(b))-1-10*cut); err != nil {
			t.Fatal(err)
		}
	}
	keep()
	keep()
}
