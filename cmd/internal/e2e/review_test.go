package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// Each act on the queue of reviews is killed, as near as can be at its commit.
// Afterwards it was done or not, and is never half done; in the end the platform
// has one verdict of two persons in the place of the first.
func TestReview_survivesKill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true, 64)
	w.startAgent(t)
	now := time.Now()
	const id = "review-1"
	first := w.mustVerify(t, synthetic.NewTemplate(synthetic.Light, true, false, now).Fill(nil, synthetic.NewPerson(60, 19900506), id))
	w.delivered(t)
	w.stopAgent(t)

	staff := func(who string, args ...string) []string {
		return append(append([]string{"review"}, args...), "--by", who, "--role", "reviewer", "--verified",
			"--trained", now.AddDate(0, 0, -1).Format(time.DateOnly), "--dir", w.agentDir)
	}
	legal := []string{"decide", id, "--outcome", "fail", "--class", "unproven", "--disposition", "legal", "--reason", "reason.evidence_accepted"}
	waits := `{"case":"` + id + `"`
	acts := []struct {
		args []string
		done func(list string) bool
	}{
		{[]string{"review", "ask", id, "--dir", w.agentDir}, func(list string) bool { return strings.Contains(list, "review.person_asked") }},
		{staff("anna-1", "take", id), func(list string) bool { return strings.Contains(list, `"by":"anna-1","taken_at"`) }},
		{staff("anna-1", "release", id), func(list string) bool { return !strings.Contains(list, "taken_at") }},
		{staff("anna-1", "take", id), func(list string) bool { return strings.Contains(list, `"by":"anna-1","taken_at"`) }},
		{staff("anna-1", legal...), func(list string) bool { return strings.Contains(list, `"half":true`) }},
		{staff("bo-2", "take", id), func(list string) bool { return strings.Contains(list, `"by":"bo-2","taken_at"`) }},
		{staff("bo-2", legal...), func(list string) bool { return !strings.Contains(list, waits) }},
	}
	list := func() string { return mustRun(t, "yanmen", "review", "list", "--json", "--dir", w.agentDir) }
	begun := time.Now()
	before := list()
	wait := time.Since(begun) * 19 / 20
	cutOff := 0
	for _, act := range acts {
		for try := 0; ; try++ {
			cut := false
			if try == 6 { // nobody hit the moment: it runs to its end
				mustRun(t, "yanmen", act.args...)
			} else {
				p := start(t, "yanmen", act.args...)
				time.Sleep(wait)
				if cut = !p.ended(); !cut {
					wait = wait * 9 / 10 // too late
				}
				p.kill()
			}
			after := list()
			switch done := act.done(after); {
			case done && cut:
				cutOff++
			case !done && after != before:
				t.Errorf("%s, killed: the queue is neither as before nor as after:\n%s%s", act.args[1], before, after)
			}
			if act.done(after) {
				before = after
				break
			}
			if try == 6 {
				t.Fatalf("%s is not done:\n%s", act.args[1], after)
			}
			wait = wait * 21 / 20 // too early
		}
	}
	w.startAgent(t)
	w.delivered(t)
	w.stopAgent(t)
	w.hub.stop(t)
	items := w.ledger(t)
	if len(items) != 2 {
		t.Fatalf("the platform has %d verdicts, want the first and the people's", len(items))
	}
	if v := items[1].Verdict; !v.Reviewed || v.Claims.Disposition != "legal" || v.Supersedes != first.Leaves.ID || items[0].Verdict.Reviewed {
		t.Errorf("the platform's last verdict is reviewed %v, says %q and supersedes %q", v.Reviewed, v.Claims.Disposition, v.Supersedes)
	}
	w.sound(t)
	t.Logf("%d of %d acts were durable and their process was cut off", cutOff, len(acts))
}
