package explanation

import (
	"slices"
	"strings"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// A World answers what would be if something were otherwise. [agent.Scenario] is
// one.
type World interface {
	Evidence() *agent.Evidence
	Facts(e *agent.Evidence, asOf int64) *agent.Facts
	Judge(f *agent.Facts, asOf int64) agent.Judgement
}

// An Outlook is the state of a case after changes.
type Outlook struct {
	Changes   []Change        `json:"changes"`
	Facts     *agent.Facts    `json:"facts"`
	Judgement agent.Judgement `json:"judgement"`
}

// After asks a world what it answers after changes, made in their order: of evidence
// first, then of facts.
func After(w World, asOf int64, changes []Change) Outlook {
	e := w.Evidence()
	today := agent.DateOf(time.Unix(asOf, 0))
	for _, c := range changes {
		if c.apply != nil {
			c.apply(e, today)
		}
	}
	f := w.Facts(e, asOf)
	for _, c := range changes {
		if c.fix != nil {
			c.fix(f)
		}
	}
	return Outlook{append([]Change{}, changes...), f, w.Judge(f, asOf)}
}

// better reports whether an answer is better for the borrower: that it passes, then
// the sum that is offered, then the band. Bands are compared only where the outcome
// does not turn into a refusal.
func better(a, b *agent.Judgement) bool {
	pass := func(j *agent.Judgement) bool { return j.Allow && j.Outcome == "pass" }
	switch {
	case !a.Allow || a.Outcome == "fail" && b.Outcome != "fail":
		return false
	case pass(a) != pass(b):
		return pass(a)
	}
	if x, y := a.Offer.Or(0), b.Offer.Or(0); x != y {
		return x > y
	}
	return rank(a.Band) > rank(b.Band)
}

// rank orders the bands; U says nothing and is below all of them.
func rank(band string) int { return slices.Index([]string{"U", "E", "D", "C", "B", "A"}, band) }

// A lever is one kind of thing that a borrower can do: a document, or an amount
// between a most and a least change, found to the unit.
type lever struct {
	doc         *Change
	key         string
	from, until int64 // the value now, and the last that can be asked of anybody
	unit        int64
}

// MaxAsked is how many questions a search may ask. One that would ask more ends, with
// what was found so far; single changes are always tried. A question is the checks and
// judgement once, a fraction of a millisecond, or a few with years of statements.
const MaxAsked = 1000

// Bounds of a search.
const (
	maxFound = 3
	maxSteps = 3
	unitFen  = 100_000 // amounts are told in whole thousands of yuan
)

// proofOf says which document a remedy asks for.
var proofOf = map[agent.Code]string{
	"provide.card_loss_report": agent.ProofCardLoss, "provide.bank_notice": agent.ProofBankNotice,
	"provide.termination_notice": agent.ProofTermination, "provide.medical_bill": agent.ProofDiagnosis,
	"provide.family_proof": agent.ProofFamily, "provide.deregistration": agent.ProofDeregistration,
	"provide.area_notice": agent.ProofAreaNotice, "provide.police_receipt": agent.ProofPoliceReceipt,
	"provide.complaint": agent.ProofComplaint,
}

// levers lists what this borrower can do, the least first. Documents come up only
// where the answer names them, or where there is none of the kind: nobody is told
// to bring proof of what they did not say. Nothing about the person, no other
// statement, and nothing of the lender's is among them.
//
// Statements are not suggested of months before the work began: they could not show
// its income.
func levers(now *Outlook, e *agent.Evidence, today agent.Date) (all []lever) {
	doc := func(arg string) {
		if c, err := Add(arg); err == nil {
			all = append(all, lever{doc: &c})
		}
	}
	j, f := &now.Judgement, &now.Facts.Capacity
	if slices.Contains(j.Improve, CodeStatements) && f.DeclaredIncome.IsKnown() &&
		(e.Employment == nil || e.Employment.Since <= monthBefore(today, wanted)) {
		doc("statements=6m")
	}
	if e.CreditReport == nil && slices.Contains(j.Improve, "provide.credit_report") {
		doc("credit_report")
	}
	if slices.Contains(j.Improve, "renew.document") || slices.Contains(j.Improve, "provide.document") {
		doc("document")
	}
	if slices.Contains(j.Improve, "provide.identity") {
		doc("identity")
		doc("phone")
		if !strings.HasPrefix(string(j.Row), "application.") { // which takes in no card
			doc("card")
		}
	} else if slices.Contains(j.Improve, "provide.card") || slices.Contains(j.Improve, "confirm.card") {
		doc("card")
	}
	for _, c := range j.Improve {
		if kind := proofOf[c]; kind != "" {
			doc("proof=" + kind)
		}
	}
	amount := func(key string, now agent.Int, until, unit int64) {
		if v, ok := now.Value(); ok && v > until {
			all = append(all, lever{key: key, from: v, until: until, unit: unit})
		}
	}
	if f.Inquiries30.Or(0) > 0 || f.NewLoans90.Or(0) > 0 {
		for _, days := range []int64{30, 90} {
			c := number("wait.days", days)
			all = append(all, lever{doc: &c})
		}
	}
	if n, ok := now.Facts.Overdue.AmountPastDue.Value(); ok && n > 0 {
		c := number("loan.paid", n)
		all = append(all, lever{doc: &c})
	}
	if f.OverdueAccounts.Or(0) > 0 {
		c := number("overdue.accounts", 0)
		all = append(all, lever{doc: &c})
	}
	amount("loan.amount", f.Requested, unitFen, unitFen)
	amount("debt.monthly", f.Obligations, 0, 100)
	amount("debt.lenders", f.Lenders, 0, 1)
	return all
}

// A Search is what was found, and what it took.
type Search struct {
	Found []Outlook // at most three, those that pass first
	Asked int       // questions, at most MaxAsked
	// Ended holds if there was more to try when MaxAsked was reached.
	Ended bool
}

// Find looks for the smallest changes after which the answer is better: single ones
// first, and only if none makes it pass, two at once, and then three. At most one of
// them is an amount: two amounts at once have no single smallest change. It is the one
// nearest to what it is now: what is owed and what is asked for are halved until it is
// found, since less of either never makes an answer worse.
func Find(w World, asOf int64) Search { return find(w, asOf, MaxAsked) }

func find(w World, asOf int64, most int) Search {
	now := After(w, asOf, nil)
	s := search{w: w, asOf: asOf, now: &now.Judgement, most: most}
	all := levers(&now, w.Evidence(), agent.DateOf(time.Unix(asOf, 0)))
	passed := passes(s.now)
	turns := func(o *Outlook) bool { return better(&o.Judgement, s.now) && (passes(&o.Judgement) || passed) }
	// The singles come first and last: none of them costs more than fifty questions.
	var near []Outlook
	for _, l := range all {
		if o, ok := s.try(l, turns); ok {
			s.add(o)
		}
	}
	if len(s.Found) == 0 {
		for _, l := range all {
			if o, ok := s.try(l, func(o *Outlook) bool { return better(&o.Judgement, s.now) }); ok {
				near = append(near, o)
			}
		}
	}
	for steps := 2; steps <= maxSteps && len(s.Found) == 0; steps++ {
		s.several(all, steps, turns)
	}
	if len(s.Found) == 0 { // nothing passes: what comes nearest
		for _, o := range near {
			s.add(o)
		}
	}
	return s.Search
}

func passes(j *agent.Judgement) bool { return j.Allow && j.Outcome == "pass" }

// A search asks a world.
type search struct {
	Search
	w    World
	asOf int64
	now  *agent.Judgement
	most int // questions
}

func (s *search) add(o Outlook) {
	if len(s.Found) < maxFound {
		s.Found = append(s.Found, o)
	}
}

// ask is After within the bound. Beyond it nothing is allowed, and so nothing better.
func (s *search) ask(changes ...Change) Outlook {
	if s.Asked >= s.most {
		s.Ended = true
		return Outlook{}
	}
	s.Asked++
	return After(s.w, s.asOf, changes)
}

// try moves one lever beside other changes, as far as it takes for good to hold.
func (s *search) try(l lever, good func(*Outlook) bool, with ...Change) (Outlook, bool) {
	at := func(n int64) Outlook { return s.ask(append(slices.Clone(with), number(l.key, n))...) }
	if l.doc != nil {
		o := s.ask(append(slices.Clone(with), *l.doc)...)
		return o, good(&o)
	}
	best := at(l.until)
	if !good(&best) {
		return best, false
	}
	lo, hi := l.until/l.unit, (l.from-1)/l.unit // good at lo; units below the value now
	for lo < hi {
		mid := lo + (hi-lo+1)/2
		if o := at(mid * l.unit); good(&o) {
			best, lo = o, mid
		} else {
			hi = mid - 1
		}
	}
	return best, true
}

// several tries so many levers at once, all but the last of them documents and waits,
// in the order of the levers.
func (s *search) several(all []lever, steps int, good func(*Outlook) bool) {
	var with []Change
	var from func(i int)
	from = func(i int) {
		for ; i < len(all) && !s.Ended && len(s.Found) < maxFound; i++ {
			l := all[i]
			if l.doc != nil && slices.ContainsFunc(with, func(c Change) bool { return c.Key == l.doc.Key }) {
				continue
			}
			if len(with) == steps-1 {
				if o, ok := s.try(l, good, with...); ok {
					s.add(o)
				}
			} else if l.doc != nil {
				with = append(with, *l.doc)
				from(i + 1)
				with = with[:len(with)-1]
			}
		}
	}
	from(0)
}
