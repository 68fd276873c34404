package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
	"github.com/yanmen/yanmen/sync/platform"
	"github.com/yanmen/yanmen/sync/wire"
)

// A consenter is a synthetic person with a consent in the ledger and cases that
// rest on it.
type consenter struct {
	synthetic.Person
	consent  string
	cases    []string
	verdicts map[string]bool
}

// consents records a consent of each person from one number to another: a
// notice, and the consent in writing. The agent does not run.
func (w *world) consents(t *testing.T, from, to, cases int) (all []*consenter) {
	t.Helper()
	var lines strings.Builder
	day := func(n int) string { return time.Now().AddDate(0, 0, n).Format(time.RFC3339) }
	for n := from; n < to; n++ {
		c := &consenter{Person: synthetic.NewPerson(n, 19900506), consent: fmt.Sprintf("consent-%d", n), verdicts: map[string]bool{}}
		for i := range cases {
			c.cases = append(c.cases, fmt.Sprintf("withdrawal-%d-%d", n, i))
		}
		head := fmt.Sprintf(`{"version": 1, "consent": %q, "subject": {"number": %q}, "event": `, c.consent, c.Number)
		party := func(id, kind string) string {
			return fmt.Sprintf(`{"id": %q, "name": "示例", "address": "示例路", "contact": "a@b.example", "type": %q}`, id, kind)
		}
		fmt.Fprintf(&lines, `%s{"kind": "notice_shown", "at": %q, "actor": "lender", "channel": "app"}, `+
			`"header": {"controllers": [%s], "recipients": [%s], "storage_locations": ["CN"], "retention_days": 1095, "expiry_handling": "delete", `+
			`"jurisdiction": "CN", "withdrawal_method": "App"}, `+
			`"notice": {"version": "privacy-2026-05", "language": "zh-CN", "sha256": %q, "necessity": "核验", "impact": "还款安排"}}`+"\n",
			head, day(-40), party("lender", "lender"), party(synthetic.Recipient, "processor"), strings.Repeat("ab", 32))
		fmt.Fprintf(&lines, `%s{"kind": "given", "at": %q, "actor": "subject", "channel": "counter", "evidence": "paper-%d"}, `+
			`"terms": {"form": "written", "purposes": ["overdue"], "methods": ["automated"], "categories": ["identity", "phone", "card", "loan", "claim", `+
			`"proof", "employment", "social_insurance", "income", "liabilities", "credit_report", "statement", "contact_log", "device_log", "source_answer"], `+
			`"recipients": [%q], "expires_at": %q}}`+"\n", head, day(-39), n, synthetic.Recipient, day(300))
		all = append(all, c)
	}
	file := filepath.Join(t.TempDir(), "consents.ndjson")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := w.yanmen(t, "", "consent", "import", file); code != 0 {
		t.Fatalf("consent import: exit %d\n%s", code, errs)
	}
	return all
}

// asked lets each case be answered, on the consent in the ledger.
func (w *world) asked(t *testing.T, all []*consenter) {
	t.Helper()
	now := time.Now()
	for _, c := range all {
		for i, id := range c.cases {
			file := string(synthetic.NewTemplate(synthetic.Light, i == 0, false, now).Fill(nil, c.Person, id))
			own := `"consent-` + id + `"`
			if !strings.Contains(file, own) {
				t.Fatal("the file names no consent")
			}
			r := w.mustVerify(t, []byte(strings.Replace(file, own, `"`+c.consent+`"`, 1)))
			c.verdicts[r.Leaves.ID] = true
		}
	}
}

// takenBack returns the verdicts that the platform has been told to rely on no
// longer, by what took them back, and wants nothing else to supersede.
func takenBack(t *testing.T, items []platform.Received) map[string]string {
	t.Helper()
	back := map[string]string{}
	subjects := map[string][16]byte{}
	for _, r := range items {
		v := r.Verdict
		if r.Kind != wire.KindVerdict || v == nil {
			t.Fatalf("number %d at the platform is no verdict", r.Seq)
		}
		subjects[v.ID] = v.Subject
		if v.Supersedes == "" {
			continue
		}
		l := agent.Leaving{Claims: v.Claims, Supersedes: v.Supersedes}
		if !l.Retraction() || v.Basis != "" || v.Consent != [32]byte{} || v.Subject != subjects[v.Supersedes] {
			t.Errorf("number %d at the platform says more than that a verdict holds no longer", r.Seq)
		}
		if back[v.Supersedes] != "" {
			t.Errorf("number %d at the platform takes back what was taken back", r.Seq)
		}
		back[v.Supersedes] = v.ID
	}
	return back
}

// A borrower withdraws. The command names what takes the place of each verdict,
// and the platform hears of it.
func TestWithdrawal_reachesThePlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true, 64)
	all := w.consents(t, 40, 42, 2)
	w.startAgent(t)
	w.asked(t, all)
	w.delivered(t)
	w.stopAgent(t)
	code, out, errs := w.yanmen(t, "", "consent", "withdraw", all[0].consent, "--channel", "app")
	if code != 0 {
		t.Fatalf("consent withdraw: exit %d\n%s", code, errs)
	}
	told := map[string]string{}
	for _, m := range regexp.MustCompile(`verdict ([0-9a-f-]{36}) is superseded by ([0-9a-f-]{36})`).FindAllStringSubmatch(out, -1) {
		told[m[1]] = m[2]
	}
	w.startAgent(t)
	w.delivered(t)
	w.stopAgent(t)
	w.hub.stop(t)
	back := takenBack(t, w.ledger(t))
	if len(back) != 2 || len(told) != 2 {
		t.Fatalf("%d verdicts are taken back, the command names %d, want 2\n%s", len(back), len(told), out)
	}
	for verdict := range all[0].verdicts {
		if back[verdict] == "" || back[verdict] != told[verdict] {
			t.Errorf("verdict %s is superseded by %q, the command says %q", verdict, back[verdict], told[verdict])
		}
	}
	w.sound(t)
}

// Withdrawals are killed, as near as can be at the moment between the event and
// the end of what follows from it. The next start decides what was left undecided:
// a consent that is withdrawn has none of its verdicts standing, and each was
// taken back once.
func TestWithdrawal_survivesKill(t *testing.T) {
	t.Parallel()
	people := 5
	if testing.Short() {
		people = 3
	}
	w := newWorld(t, true, 64)
	all := w.consents(t, 50, 50+people, 4)
	w.startAgent(t)
	w.asked(t, all)
	w.delivered(t)
	w.stopAgent(t)
	withdraw := func(c *consenter) []string {
		return []string{"consent", "withdraw", c.consent, "--channel", "app", "--dir", w.agentDir}
	}
	gone := func(c *consenter) bool {
		return strings.Contains(mustRun(t, "yanmen", "consent", "show", c.consent, "--dir", w.agentDir), "withdrawn")
	}
	begun := time.Now()
	mustRun(t, "yanmen", withdraw(all[0])...)
	wait := time.Since(begun) * 3 / 4
	half, standing := 0, all[len(all)-1] // nobody tries that one to its end
	for _, c := range all[1:] {
		for range 6 {
			p := start(t, "yanmen", withdraw(c)...)
			time.Sleep(wait)
			cut := !p.ended()
			p.kill()
			if withdrawn := gone(c); withdrawn || c == standing {
				if cut && withdrawn {
					half++
				} else {
					wait = wait * 9 / 10
				}
				break
			}
			wait = wait * 21 / 20 // too early
		}
	}
	settled := func() {
		t.Helper()
		w.startAgent(t)
		w.delivered(t)
		w.stopAgent(t)
		back := takenBack(t, w.ledger(t))
		for _, c := range all {
			n := 0
			for verdict := range c.verdicts {
				if back[verdict] != "" {
					n++
				}
			}
			if withdrawn := gone(c); n != map[bool]int{true: len(c.cases)}[withdrawn] {
				t.Errorf("%s: withdrawn %v, and %d of %d verdicts are taken back", c.consent, withdrawn, n, len(c.cases))
			}
		}
	}
	settled()
	for _, c := range all {
		mustRun(t, "yanmen", withdraw(c)...)
		if !gone(c) {
			t.Errorf("%s stands", c.consent)
		}
	}
	settled()
	w.hub.stop(t)
	w.sound(t)
	t.Logf("%d of %d withdrawals were durable and their process was cut off", half, people-1)
}
