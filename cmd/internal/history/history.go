// Package history compares recorded answers with what other rules would have
// answered, and counts the differences by code. A tally holds codes, counts and
// case ids, and nothing of a person: amounts are told as higher or lower.
package history

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// Filter says which answers are decided again. The zero Filter takes all.
type Filter struct {
	// From and To are the first and the last day, in China, on which an answer
	// was decided; zero: without an end.
	From, To agent.Date
	Purpose  agent.Purpose // "": every purpose
}

func (f *Filter) takes(r *agent.Recorded) bool {
	day := agent.Date(0)
	if f.From != 0 || f.To != 0 {
		day = agent.DateOf(time.Unix(r.At, 0))
	}
	return (f.Purpose == "" || r.Purpose == f.Purpose) && (f.From == 0 || day >= f.From) && (f.To == 0 || day <= f.To)
}

// A Change is one way in which answers would differ, and how often.
type Change struct {
	Point string `json:"point"`
	// Field is allow, denials, obligations, outcome, overdue_class, band,
	// disposition, offer, reasons, improve, claims, valid_for, or asked: yes is
	// a point that was asked, no one that is not reached any more, unknown one
	// that was not asked then and would be now.
	Field string `json:"field"`
	// From and To are what the field was and would be. Of a set of codes, From
	// alone is a code that goes, To alone one that comes.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`

	Count int `json:"count"`
	// Cases are examples, as case/version, sorted.
	Cases []string `json:"cases"`
}

// A Tally is what a replay found.
type Tally struct {
	Rules   string `json:"rules"` // digest of the bundle that was asked, hexadecimal
	Answers int    `json:"answers"`
	Same    int    `json:"same"`
	// Changed lists all answers of which anything changes, as case/version, sorted.
	Changed []string `json:"changed"`
	Changes []Change `json:"changes"`

	// What could not be compared.
	Undecided int `json:"undecided"` // the rules gave no answer then
	NoTrail   int `json:"no_trail"`  // recorded before questions were kept
	// NoRegisters counts by the digest of the registers that are missing.
	NoRegisters map[string]int `json:"no_registers"`
}

// Replay decides recorded answers again under p. each hands every answer to its
// visitor, as [agent.Agent.Histories] does. Of each change at most examples cases
// are named; 0 names all.
func Replay(ctx context.Context, each func(context.Context, func(*agent.Recorded) error) error, p agent.Policy, f Filter, examples int) (*Tally, error) {
	t := &Tally{Changed: []string{}, Changes: []Change{}, NoRegisters: map[string]int{}}
	digest := p.Digest()
	t.Rules = fmt.Sprintf("%x", digest)
	counts := map[kind][]string{}
	err := each(ctx, func(r *agent.Recorded) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !f.takes(r) {
			return nil
		}
		t.Answers++
		switch {
		case r.Err == agent.ErrNoTrail:
			t.NoTrail++
			return nil
		case r.Err != nil:
			t.NoRegisters[r.Registers]++
			return nil
		case r.Undecided:
			t.Undecided++
			return nil
		}
		now, open := r.Replay(ctx, p)
		changes := compare(r.Decisions, now, open)
		if err := ctx.Err(); err != nil {
			return err // and not what a policy says that is told to stop
		}
		id := r.Case + "/" + strconv.FormatUint(r.Version, 10)
		if len(changes) == 0 {
			t.Same++
			return nil
		}
		t.Changed = append(t.Changed, id)
		for _, c := range changes {
			counts[c] = append(counts[c], id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(t.Changed)
	for _, k := range slices.SortedFunc(maps.Keys(counts), order) {
		ids := counts[k]
		slices.Sort(ids)
		n := len(ids)
		if examples > 0 {
			ids = ids[:min(n, examples)]
		}
		t.Changes = append(t.Changes, Change{k.Point, k.Field, k.From, k.To, n, ids})
	}
	return t, nil
}

// A kind is a change without its cases.
type kind struct{ Point, Field, From, To string }

var (
	pointOrder = []string{agent.PointCollect, agent.PointUse, agent.PointJudge, agent.PointDisclose}
	fieldOrder = []string{"allow", "asked", "denials", "outcome", "overdue_class", "band", "disposition", "offer", "reasons", "improve", "claims", "valid_for", "obligations"}
)

func order(a, b kind) int {
	return cmp.Or(slices.Index(pointOrder, a.Point)-slices.Index(pointOrder, b.Point),
		slices.Index(fieldOrder, a.Field)-slices.Index(fieldOrder, b.Field),
		cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
}

// compare lists what differs between the recorded decisions of an answer and
// those of a replay.
func compare(was, now []agent.Decided, open bool) (out []kind) {
	for _, point := range pointOrder {
		a, b := at(was, point), at(now, point)
		switch {
		case a == nil && b == nil:
		case a == nil:
			// Cannot be: a replay asks only what was asked.
			out = append(out, kind{point, "asked", "no", "yes"})
		case b == nil && open:
			out = append(out, kind{point, "asked", "yes", "unknown"})
		case b == nil:
			out = append(out, kind{point, "asked", "yes", "no"})
		default:
			out = append(out, outcomes(point, a, b)...)
		}
	}
	return out
}

func at(all []agent.Decided, point string) *agent.Decided {
	for i := range all {
		if all[i].Point == point {
			return &all[i]
		}
	}
	return nil
}

func outcomes(point string, was, now *agent.Decided) (out []kind) {
	value := func(field, a, b string) {
		if a != b {
			out = append(out, kind{point, field, a, b})
		}
	}
	set := func(field string, a, b []string) {
		for _, c := range a {
			if !slices.Contains(b, c) && !ours(c) {
				out = append(out, kind{point, field, c, ""})
			}
		}
		for _, c := range b {
			if !slices.Contains(a, c) && !ours(c) {
				out = append(out, kind{point, field, "", c})
			}
		}
	}
	a, b := was.Decision(), now.Decision()
	value("allow", strconv.FormatBool(a.Allow), strconv.FormatBool(b.Allow))
	set("denials", texts(a.Denials), texts(b.Denials))
	set("obligations", texts(a.Obligations), texts(b.Obligations))
	switch a := was.Outcome.(type) {
	case agent.Judgement:
		b, _ := now.Outcome.(agent.Judgement)
		value("outcome", a.Outcome, b.Outcome)
		value("overdue_class", a.OverdueClass, b.OverdueClass)
		value("band", a.Band, b.Band)
		value("disposition", a.Disposition, b.Disposition)
		if a.Offer != b.Offer {
			out = append(out, kind{point, "offer", "", direction(a.Offer, b.Offer)})
		}
		set("reasons", texts(a.Reasons), texts(b.Reasons))
		set("improve", texts(a.Improve), texts(b.Improve))
	case agent.Disclosure:
		b, _ := now.Outcome.(agent.Disclosure)
		set("claims", a.Claims, b.Claims)
		value("valid_for", strconv.FormatInt(a.ValidFor, 10), strconv.FormatInt(b.ValidFor, 10))
		value("retraction", strconv.FormatBool(a.Retraction), strconv.FormatBool(b.Retraction))
	}
	return out
}

// ours holds for codes of the engine itself, such as that its bundle is old:
// they say nothing of the rules.
func ours(code string) bool {
	return strings.HasPrefix(code, "policy.") && code != string(agent.CodeUndecided)
}

func texts(codes []agent.Code) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = string(c)
	}
	return out
}

// direction tells how an amount changes without telling the amount.
func direction(a, b agent.Int) string {
	x, known := a.Value()
	y, still := b.Value()
	switch {
	case !known:
		return "offered"
	case !still:
		return "withdrawn"
	case y > x:
		return "higher"
	}
	return "lower"
}
