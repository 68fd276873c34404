package goldencases

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/policy"
)

// A bench answers cases as the agent does: with the checks that a house wires, and
// the rules that are built in.
type bench struct {
	checks agent.Checks
	engine *policy.Engine
}

func newBench(t testing.TB) *bench {
	t.Helper()
	e, err := policy.New()
	if err != nil {
		t.Fatal(err)
	}
	return &bench{house.Checks(e), e}
}

func (b *bench) answer(t testing.TB, c *goldenCase, e *agent.Evidence, who agent.Person) (*agent.Facts, agent.Judgement) {
	f := b.checks.Facts(e, who, c.Purpose, c.asOf)
	return f, b.engine.Judge(t.Context(), agent.JudgeInputOf(c.asOf, c.Purpose, f, c.Lender))
}

func TestCases_areAnsweredAsACreditOfficerWould(t *testing.T) {
	b := newBench(t)
	all := allCases(t)
	for _, c := range all {
		t.Run(c.ID, func(t *testing.T) {
			f, j := b.answer(t, c, c.evidence, c.person)
			list := missed(c, f, &j)
			if c.Finding != "" {
				if len(list) == 0 {
					t.Errorf("the answer is what an officer gives: take the finding away: %s", c.Finding)
				}
				return
			}
			for _, m := range list {
				t.Error(m)
			}
		})
	}
}

// missed lists what differs from what a case wants.
func missed(c *goldenCase, f *agent.Facts, j *agent.Judgement) (list []string) {
	w := &c.Want
	differ := func(what string, got, want any) {
		if x, y := fmt.Sprint(got), fmt.Sprint(want); x != y {
			list = append(list, fmt.Sprintf("%s: have %s, want %s", what, x, y))
		}
	}
	facts := plain(f)
	for path, v := range w.Facts {
		got, ok := facts[path]
		if !ok {
			list = append(list, fmt.Sprintf("%s: no fact has this name", path))
			continue
		}
		differ(path, got, worded(v))
	}
	slices.Sort(list)
	differ("denied", j.Denials, w.Denied)
	if !j.Allow {
		return list
	}
	if w.Row != "" {
		differ("row", j.Row, w.Row)
	}
	differ("outcome", j.Outcome, w.Outcome)
	differ("disposition", j.Disposition, w.Disposition)
	differ("class", j.OverdueClass, w.Class)
	differ("band", j.Band, w.Band)
	differ("proposal", j.Proposal, w.Proposal)
	differ("reasons", j.Reasons, w.Reasons)
	differ("improve", j.Improve, w.Improve)
	if w.Offer != nil {
		differ("offer (fen)", j.Offer.Or(0), int64(*w.Offer))
	}
	people := 0
	if slices.Contains(j.Obligations, "judge.human_review") {
		people++
	}
	if slices.Contains(j.Obligations, "judge.two_persons") {
		people++
	}
	differ("people who decide", people, w.People)
	return list
}

// money names the facts that are amounts, which the files write in yuan.
var money = []string{"overdue.amount_past_due", "capacity.declared_income", "capacity.verified_income", "capacity.obligations",
	"capacity.new_instalment", "capacity.living_floor", "capacity.residual", "capacity.affordable", "capacity.requested", "capacity.assets",
	"capacity.debts", "capacity.shock_20", "capacity.shock_40", "capacity.instalment", "contract.plan_off", "contract.limit_left", "contract.penalty",
	"terms.next_limit", "terms.settle", "terms.restructure.instalment", "terms.restructure.last", "terms.restructure.total",
	"terms.instalments.instalment", "terms.instalments.last", "terms.instalments.total"}

// plain spells facts out by their paths; a reason is reason.NAME, with its support
// and strength.
func plain(f *agent.Facts) map[string]string {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err) // cannot happen: facts are numbers and codes
	}
	var tree map[string]map[string]any
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		panic(err)
	}
	all := map[string]string{}
	var put func(at string, facts map[string]any)
	put = func(at string, facts map[string]any) {
		for name, v := range facts {
			path := at + "." + name
			all[path] = worded(v)
			if n, ok := v.(json.Number); ok && slices.Contains(money, path) {
				fen, _ := n.Int64()
				all[path] = yuanText(fen)
			}
			if deeper, ok := v.(map[string]any); ok {
				put(path, deeper)
			}
		}
	}
	for part, facts := range tree {
		put(part, facts)
	}
	for _, r := range []string{"lost_card", "system_fault", "job_loss", "illness", "family", "business_failure", "disaster", "stolen_identity", "dispute", "over_indebted"} {
		all["reason."+r] = "none"
	}
	for _, r := range f.Overdue.Reasons {
		all["reason."+r.Reason] = r.Support + " " + r.Strength
	}
	return all
}

func yuanText(fen int64) string {
	s := fmt.Sprintf("%d.%02d", fen/100, max(fen%100, -(fen%100)))
	if fen < 0 && fen > -100 {
		s = "-" + s
	}
	return strings.TrimSuffix(strings.TrimSuffix(s, "0"), ".0")
}

// worded spells a value of a file as plain spells facts.
func worded(v any) string {
	switch v := v.(type) {
	case nil:
		return "unknown"
	case []any:
		return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(v)), " "), "[]")
	case float64:
		return strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%.2f", v), "0"), ".0")
	}
	return fmt.Sprint(v)
}
