package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/yanmen/yanmen/agent"
)

// The door out. An answer that is not exactly of its form is no answer: every
// reader returns false, and the caller denies.

// reader reads an object; bad sticks once anything was not of its form.
type reader struct {
	object ast.Object
	bad    bool
}

func (r *reader) value(name *ast.Term) ast.Value {
	if t := r.object.Get(name); t != nil {
		return t.Value
	}
	r.bad = true
	return nil
}

func (r *reader) boolean(name *ast.Term) bool {
	b, ok := r.value(name).(ast.Boolean)
	r.bad = r.bad || !ok
	return bool(b)
}

func (r *reader) text(name *ast.Term) string {
	s, ok := r.value(name).(ast.String)
	r.bad = r.bad || !ok
	return string(s)
}

func (r *reader) oneOf(name *ast.Term, allowed []string) string {
	s := r.text(name)
	r.bad = r.bad || !slices.Contains(allowed, s)
	return s
}

func (r *reader) number(name *ast.Term) int64 {
	n, _ := r.value(name).(ast.Number)
	v, ok := n.Int64()
	r.bad = r.bad || !ok
	return v
}

func (r *reader) maybe(name *ast.Term) agent.Int {
	if _, null := r.value(name).(ast.Null); null {
		return agent.Int{}
	}
	return agent.Known(r.number(name))
}

// codes reads a set of texts, sorted; nil when it is empty.
func codes[S ~string](r *reader, name *ast.Term) []S {
	set, ok := r.value(name).(ast.Set)
	if !ok {
		r.bad = true
		return nil
	}
	if set.Len() == 0 {
		return nil
	}
	out := make([]S, 0, set.Len())
	set.Foreach(func(t *ast.Term) {
		s, ok := t.Value.(ast.String)
		r.bad = r.bad || !ok || s == ""
		out = append(out, S(s))
	})
	slices.Sort(out)
	return out
}

func key(name string) *ast.Term {
	ast.InternStringTerm(name)
	return ast.InternedTerm(name)
}

// Keys are terms made once; terms are immutable and may be shared.
var (
	kClaims      = key("claims")
	kOutcome     = key("outcome")
	kReasons     = key("reasons")
	kAllow       = key("allow")
	kDenials     = key("denials")
	kDuties      = key("obligations")
	kClass       = key("overdue_class")
	kBand        = key("band")
	kDisposition = key("disposition")
	kOffer       = key("offer")
	kProposal    = key("proposal")
	kRow         = key("row")
	kImprove     = key("improve")
	kValidFor    = key("valid_for")
	kRetraction  = key("retraction")
	kAction      = key("action")
	kUntil       = key("until")
	kDueAt       = key("due_at")
	kNotBefore   = key("not_before")
)

// decision reads the part that all points share. Allow and denials must agree.
func (r *reader) decision() agent.Decision {
	d := agent.Decision{
		Allow:       r.boolean(kAllow),
		Denials:     codes[agent.Code](r, kDenials),
		Obligations: codes[agent.Code](r, kDuties),
	}
	r.bad = r.bad || d.Allow != (len(d.Denials) == 0)
	return d
}

func open(v ast.Value) (*reader, bool) {
	o, ok := v.(ast.Object)
	return &reader{object: o}, ok
}

func readDecision(v ast.Value) (agent.Decision, bool) {
	r, ok := open(v)
	if !ok {
		return agent.Decision{}, false
	}
	d := r.decision()
	return d, !r.bad
}

func readDisclosure(v ast.Value, wanted []string) (agent.Disclosure, bool) {
	r, ok := open(v)
	if !ok {
		return agent.Disclosure{}, false
	}
	d := agent.Disclosure{
		Decision:   r.decision(),
		Claims:     codes[string](r, kClaims),
		ValidFor:   r.number(kValidFor),
		Retraction: r.boolean(kRetraction),
	}
	for _, c := range d.Claims {
		r.bad = r.bad || !slices.Contains(wanted, c)
	}
	// What leaves, leaves allowed, with a claim or to take back, and not for ever.
	r.bad = r.bad || d.Allow != (len(d.Claims) > 0 || d.Retraction) || d.Retraction && len(d.Claims) > 0 || d.Allow != (d.ValidFor > 0)
	return d, !r.bad
}

func (l *loaded) readJudgement(v ast.Value) (agent.Judgement, bool) {
	r, ok := open(v)
	if !ok {
		return agent.Judgement{}, false
	}
	j := agent.Judgement{
		Decision:     r.decision(),
		Row:          agent.Code(r.text(kRow)),
		Outcome:      r.oneOf(kOutcome, agent.Outcomes),
		OverdueClass: r.oneOf(kClass, agent.Classes),
		Band:         r.oneOf(kBand, agent.Bands),
		Disposition:  r.oneOf(kDisposition, agent.Dispositions),
		Proposal:     r.text(kProposal),
		Offer:        r.maybe(kOffer),
		Reasons:      codes[agent.Code](r, kReasons),
		Improve:      codes[agent.Code](r, kImprove),
	}
	r.bad = r.bad || j.Proposal != "" && !slices.Contains(agent.Classes, j.Proposal) && !slices.Contains(agent.Dispositions, j.Proposal)
	for _, c := range j.Reasons {
		r.bad = r.bad || !slices.Contains(agent.ReasonCodes, c)
	}
	l.byWeight(j.Reasons)
	l.byWeight(j.Improve)
	if !j.Allow {
		// Nothing may be concluded from a judgement that was denied.
		j = agent.Judgement{Decision: j.Decision}
	}
	return j, !r.bad
}

// byWeight sorts codes as the data list them, most important first; what the
// data do not list comes last, by name.
func (l *loaded) byWeight(cs []agent.Code) {
	weight := func(c agent.Code) int {
		if n, ok := l.order[c]; ok {
			return n
		}
		return len(l.order) + 1
	}
	slices.SortStableFunc(cs, func(a, b agent.Code) int { return weight(a) - weight(b) })
}
