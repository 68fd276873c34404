package house

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
	"github.com/yanmen/yanmen/sync/wire"
)

type object = map[string]any

// asker puts variants of a case to an agent, each as a case of its own about a
// person of its own: nothing that was said before counts.
type asker struct {
	h   *House
	n   int
	now time.Time
}

func newAsker(t testing.TB) *asker {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ConfigFile), []byte(synthetic.Config("agent-1", "lender-1", "127.0.0.1:0", "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Init(dir, "agent-1", "lender-1", false); err != nil {
		t.Fatal(err)
	}
	h, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return &asker{h: h, now: time.Now()}
}

// with returns an agent on the same rooms with other registers.
func (a *asker) with(t *testing.T, c *Config) *agent.Agent {
	t.Helper()
	ag, err := agent.New(agent.Config{Name: c.Agent, Store: a.h.Store, Policy: a.h.Policy, Registers: newRegisters(c), Now: time.Now,
		Checks:  Checks(a.h.Policy),
		Payload: wire.Verdict,
		Notice:  func(string, string, string, [16]byte, int64, uint64, [32]byte) []byte { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return ag
}

// ask puts a situation's case, after an edit. refused holds if the reader turns
// the file away.
func (a *asker) ask(t *testing.T, ag *agent.Agent, s synthetic.Situation, edit func(object)) (r *agent.Result, refused bool) {
	t.Helper()
	var doc object
	if err := json.Unmarshal(s.File, &doc); err != nil {
		t.Fatal(err)
	}
	a.n++
	number := synthetic.NewPerson(500+a.n, 19800101).Number
	doc["case"].(object)["id"] = fmt.Sprint("absence-", a.n)
	doc["subject"].(object)["number"] = number
	doc["evidence"].(object)["identity"].(object)["number"] = number
	edit(doc)
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	f, err := intake.Parse(b, intake.Options{Now: a.now.Add(time.Minute)})
	var faults intake.Errors
	if errors.As(err, &faults) {
		return nil, true
	}
	r, err = ag.Verify(t.Context(), f)
	if err != nil {
		t.Fatalf("Verify = %v: what is absent is no error of the agent", err)
	}
	return r, false
}

// more reports whether one answer gives something that the other does not.
func more(a, than *agent.Result) string {
	if a.Facts != nil && than.Facts == nil {
		return "opens"
	}
	if a.Judgement != nil && (than.Judgement == nil || a.Judgement.Outcome == "pass" && than.Judgement.Outcome != "pass" ||
		a.Judgement.Offer.Or(0) > than.Judgement.Offer.Or(0)) {
		return "judges better"
	}
	if a.Leaves == nil {
		return ""
	}
	if than.Leaves == nil {
		return "lets a verdict leave"
	}
	x, y := a.Leaves.Claims, than.Leaves.Claims
	for _, c := range [][2]string{{x.Outcome, y.Outcome}, {x.Assurance, y.Assurance}, {x.Class, y.Class}, {x.Band, y.Band}, {x.Disposition, y.Disposition}} {
		if c[0] != c[1] && c[0] != agent.NotAvailable {
			return "says another thing"
		}
	}
	if len(x.Reasons) > len(y.Reasons) {
		return "says more reasons"
	}
	return ""
}

// members lists the members of an object and of the objects in it.
func members(o object, at []string) (all [][]string) {
	for _, k := range slices.Sorted(maps.Keys(o)) {
		p := append(slices.Clone(at), k)
		all = append(all, p)
		if in, ok := o[k].(object); ok {
			all = append(all, members(in, p)...)
		}
	}
	return all
}

// dispensable names the members of a legal ground, and lines of the registers,
// whose absence takes nothing away, by the role of the recipient, and why.
// Whatever is not here must deny.
var dispensable = map[string]map[string]string{
	"entrusted_processor": {
		"basis_ref":          "consent is its own evidence",
		"consent.recipients": "who works for the lender is nobody else (PIPL 21)",
		"notices recipients": "likewise",
	},
	"other_handler": {
		"basis_ref":          "consent is its own evidence",
		"notices recipients": "the consent names the recipient, which is more (PIPL 23)",
		"recipients sub":     "who decides for itself is nobody's processor (PIPL 21)",
	},
}

// From cases that are answered, every member of the legal ground is taken away,
// and emptied, one at a time: the case is denied, nothing is opened or nothing
// leaves, and nothing is an error. The same holds for each line of the registers.
func TestPolicy_absenceDenies(t *testing.T) {
	a := newAsker(t)
	situations := synthetic.Situations(a.now)
	for role := range dispensable {
		text := strings.Replace(synthetic.Config("agent-1", "lender-1", "127.0.0.1:0", ""), "role: entrusted_processor", "role: "+role, 1)
		for _, i := range []int{1, 2, 5} { // an application, an overdue case, one with a sensitive reason
			a.withoutAMember(t, role, text, situations[i])
			a.withoutALine(t, role, text, situations[i])
		}
	}
}

func (a *asker) good(t *testing.T, text string, s synthetic.Situation) (*agent.Agent, *agent.Result) {
	t.Helper()
	c, err := ParseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	ag := a.with(t, c)
	good, refused := a.ask(t, ag, s, func(object) {})
	if refused || good.Leaves == nil {
		t.Fatalf("%s: the case to begin with is not answered: %+v", s.ID, good)
	}
	return ag, good
}

func (a *asker) withoutAMember(t *testing.T, role, text string, s synthetic.Situation) {
	t.Helper()
	ag, good := a.good(t, text, s)
	var doc object
	if err := json.Unmarshal(s.File, &doc); err != nil {
		t.Fatal(err)
	}
	edits := map[string]func(object){
		"legal removed": func(o object) { delete(o, "legal") },
		"legal emptied": func(o object) { o["legal"] = object{} },
	}
	for _, p := range members(doc["legal"].(object), nil) {
		find := func(o object) (parent object) {
			parent = o["legal"].(object)
			for _, k := range p[:len(p)-1] {
				parent = parent[k].(object)
			}
			return parent
		}
		name, last := strings.Join(p, "."), p[len(p)-1]
		edits[name+" removed"] = func(o object) { delete(find(o), last) }
		edits[name+" emptied"] = func(o object) {
			switch in := find(o); in[last].(type) {
			case string:
				in[last] = ""
			case []any:
				in[last] = []any{}
			case object:
				in[last] = object{}
			}
		}
	}
	for _, what := range slices.Sorted(maps.Keys(edits)) {
		r, refused := a.ask(t, ag, s, edits[what])
		if refused {
			continue
		}
		if m := more(r, good); m != "" {
			t.Errorf("%s to %s, %s: the answer %s", s.ID, role, what, m)
		}
		name, _, _ := strings.Cut(what, " ")
		if r.Leaves != nil && dispensable[role][name] == "" {
			t.Errorf("%s to %s, %s: a verdict leaves", s.ID, role, what)
		}
		if r.Leaves == nil && len(r.Denials) == 0 {
			t.Errorf("%s to %s, %s: nothing leaves and no code says why", s.ID, role, what)
		}
	}
}

func (a *asker) withoutALine(t *testing.T, role, text string, s synthetic.Situation) {
	t.Helper()
	_, good := a.good(t, text, s)
	lines := strings.SplitAfter(text, "\n")
	asked, register := 0, ""
	for i, line := range lines {
		key, _, ok := strings.Cut(strings.TrimSpace(line), ":")
		if ok && line[0] != ' ' {
			register = key
		}
		if !ok || line[0] != ' ' {
			continue
		}
		c, err := ParseConfig([]byte(strings.Join(slices.Delete(slices.Clone(lines), i, i+1), "")))
		if err != nil {
			continue // the agent does not start
		}
		asked++
		r, _ := a.ask(t, a.with(t, c), s, func(object) {})
		if m := more(r, good); m != "" {
			t.Errorf("%s to %s, %s without %s: the answer %s", s.ID, role, register, key, m)
		}
		if r.Leaves != nil && dispensable[role][register+" "+key] == "" {
			t.Errorf("%s to %s, %s without %s: a verdict leaves", s.ID, role, register, key)
		}
	}
	if asked < 10 {
		t.Errorf("%d variants of the registers were asked, want 10 at least", asked)
	}
}
