package agent

import (
	"encoding/hex"
	"slices"
)

// A Finding is what stays of a case: the ground and facts that were judged and
// the answer. It is stored under the subject's key and opened under a grant.
type Finding struct {
	Case      string
	AsOf      int64 // seconds
	Purpose   Purpose
	Recipient string
	// Loan is the [Loan.Key] of the loan that the answer is about; "" if there was none.
	Loan   string
	Digest [32]byte // of the case file
	// Legal is the ground as the file named it. What its references stood for
	// is in the registers, whose digest is kept beside it.
	Legal     Legal
	Registers [32]byte
	// Trail is what the questions held besides. Nil in a finding that was made
	// before trails were kept.
	Trail  *Trail
	Result Result
}

// undecided reports whether a point of decision failed: that is no answer to
// keep, and the same file is asked about anew.
func (f *Finding) undecided() bool {
	return slices.ContainsFunc(f.Result.Denials, func(d Denied) bool { return slices.Contains(d.Codes, CodeUndecided) })
}

// outside returns what a platform has of the case: what left with this finding,
// or what left before it and was not superseded. Nil if there is no such thing,
// nor a finding.
func (f *Finding) outside() *Leaving {
	if f == nil {
		return nil
	}
	if f.Result.Leaves != nil {
		return f.Result.Leaves
	}
	return f.Result.Recalled
}

// A finding is coded as records are (see EncodeDatum): it is written with every
// case and seldom read, so its size counts more than its looks.
//
// Its first byte is its own version. Version 2 has a trail and the facts of cost,
// tells times by their distance from each other, and leaves out of the result what the finding says.
// A finding without a trail is of version 1. Versions 3 and 4 are 1 and 2 with
// what people are asked for, or have decided, at the end; 5 to 8 are 1 to 4 with
// the facts that are younger than those versions after it; 9 to 16 are 1 to 8 with
// the months that are missing after that, and 17 to 32 are 1 to 16 with the reasons
// that people gave of each decision after that.
const (
	findingVersion  = 2
	findingReviewed = 2  // more, where there is a review
	findingLater    = 4  // more, where a later fact is known
	findingMonths   = 8  // more, where months are missing
	findingGrounds  = 16 // more, where people gave reasons that can be told
)

func encodeFinding(f *Finding) []byte {
	c := coder{b: append(make([]byte, 0, 1024), codecVersion)}
	if f.Trail != nil {
		c.b[0] = findingVersion
	}
	if f.Result.Review != nil {
		c.b[0] += findingReviewed
	}
	if f.later() {
		c.b[0] += findingLater
	}
	missing := f.Result.Facts != nil && len(f.Result.Facts.Terms.MonthsMissing) > 0
	if missing {
		c.b[0] += findingMonths
	}
	c.finding(f)
	if f.later() {
		c.later(f)
	}
	if missing {
		list(&c, &f.Result.Facts.Terms.MonthsMissing, (*coder).date)
	}
	if f.Result.Review.grounded() {
		c.b[0] += findingGrounds
		c.grounds(f.Result.Review)
	}
	return c.b
}

func decodeFinding(b []byte) (*Finding, bool) {
	if len(b) == 0 || b[0] < codecVersion || b[0] > findingVersion+findingReviewed+findingLater+findingMonths+findingGrounds {
		return nil, false
	}
	c, f := coder{b: b[1:], decoding: true}, new(Finding)
	version, grounds := b[0], b[0] > findingGrounds
	if grounds {
		version -= findingGrounds
	}
	missing := version > findingMonths
	if missing {
		version -= findingMonths
	}
	later := version > findingLater
	if later {
		version -= findingLater
	}
	if version%2 == 0 {
		f.Trail = new(Trail)
	}
	if version > findingVersion {
		f.Result.Review = new(Review)
	}
	c.finding(f)
	if later {
		if f.Result.Facts == nil {
			return nil, false
		}
		c.later(f)
		c.bad = c.bad || !f.later() // else there are two forms of it
	}
	if missing {
		if f.Result.Facts == nil {
			return nil, false
		}
		m := &f.Result.Facts.Terms.MonthsMissing
		list(&c, m, (*coder).date)
		c.bad = c.bad || len(*m) == 0
	}
	if grounds {
		if f.Result.Review == nil {
			return nil, false
		}
		c.grounds(f.Result.Review)
		c.bad = c.bad || !f.Result.Review.grounded() // as above
	}
	f.Result.Plan = planOf(&f.Result)
	return f, !c.bad && len(c.b) == 0
}

func (c *coder) finding(f *Finding) {
	c.text(&f.Case)
	c.int(&f.AsOf)
	c.text((*string)(&f.Purpose))
	c.text(&f.Recipient)
	c.digest(&f.Digest)
	c.legal(&f.Legal)
	c.digest(&f.Registers)
	if f.Trail == nil {
		c.text(&f.Result.Case)
		c.hex(&f.Result.Subject)
		c.text((*string)(&f.Result.Purpose))
	} else {
		c.trail(f.Trail, f.AsOf)
		c.hex(&f.Result.Subject)
		if c.decoding {
			f.Result.Case, f.Result.Purpose = f.Case, f.Purpose
		}
	}
	c.result(&f.Result, f.Trail)
	if f.Result.Review != nil {
		c.review(f.Result.Review)
	}
}

func (c *coder) review(r *Review) {
	c.int(&r.Since)
	c.codes(&r.Why)
	c.text(&r.By)
	c.int(&r.TakenAt)
	list(c, &r.Decisions, func(c *coder, d *ReviewDecision) {
		c.text(&d.By)
		c.text(&d.Role)
		c.int(&d.At)
		c.text(&d.Outcome)
		c.text(&d.Class)
		c.text(&d.Disposition)
		c.text((*string)(&d.Reason))
	})
	c.bool(&r.Half)
	c.int(&r.DoneAt)
	optional(c, &r.Ruled, (*coder).judgement)
	c.bool(&r.Note)
}

func (c *coder) grounds(r *Review) {
	for i := range r.Decisions {
		c.codes(&r.Decisions[i].Because)
	}
}

// grounded reports whether anybody gave reasons that can be told.
func (r *Review) grounded() bool {
	return r != nil && slices.ContainsFunc(r.Decisions, func(d ReviewDecision) bool { return len(d.Because) > 0 })
}

func (c *coder) trail(t *Trail, asOf int64) {
	c.since(&t.Now, asOf)
	c.num(&t.Age)
	c.set(&t.Collected, trailCategories)
	c.set(&t.Sources, trailSources)
	c.set(&t.Used, trailCategories)
	until := t.UsableUntil
	until.v -= t.Now
	c.num(&until)
	if until.known {
		t.UsableUntil = Known(until.v + t.Now)
	}
	c.set(&t.Claims, trailClaims)
	c.text(&t.Outcome)
	c.int(&t.Bits)
	c.int(&t.Spent)
	said := [...]*bool{&t.Restricted, &t.Sensitive, &t.Denied, &t.Recall}
	var flags byte
	for i, f := range said {
		if *f {
			flags |= 1 << i
		}
	}
	c.byte(&flags, 1<<len(said)-1)
	for i, f := range said {
		*f = flags>>i&1 == 1
	}
	c.set(&t.Disclosed, trailClaims)
	c.int(&t.ValidFor)
	list(c, &t.Said, func(c *coder, b *byte) { c.byte(b, 1<<len(asked)-1) })
}

// since codes an instant by its distance from another.
func (c *coder) since(at *int64, from int64) {
	d := *at - from
	c.int(&d)
	*at = from + d
}

// set codes words by the bits of their places in a vocabulary that holds all of
// them. It comes back in the vocabulary's order, nil where it is empty.
func (c *coder) set(s *[]string, of []string) {
	var bits int64
	if !c.decoding {
		for _, w := range *s {
			bits |= 1 << slices.Index(of, w) // a word that is not there is a mistake of ours, and panics
		}
	}
	c.int(&bits)
	if !c.decoding {
		return
	}
	if bits>>len(of) != 0 {
		c.bad, bits = true, 0
	}
	*s = nil
	for i, w := range of {
		if bits>>i&1 == 1 {
			*s = append(*s, w)
		}
	}
}

func (c *coder) legal(l *Legal) {
	c.text((*string)(&l.Basis))
	c.text(&l.BasisRef)
	c.text(&l.Notice)
	c.int(&l.NoticeAt)
	s := &l.Consent
	c.text(&s.ID)
	c.text(&s.State)
	c.text(&s.Form)
	c.int(&s.GivenAt)
	c.int(&s.ExpiresAt)
	c.text(&s.Notice)
	for _, l := range []*[]string{&s.Purposes, &s.Categories, &s.Recipients, &s.Reasons} {
		list(c, l, (*coder).text)
	}
	c.text(&l.Assessment)
}

func (c *coder) result(r *Result, t *Trail) {
	list(c, &r.Denials, func(c *coder, d *Denied) {
		c.text(&d.Point)
		c.codes(&d.Codes)
	})
	c.codes(&r.Obligations)
	optional(c, &r.Facts, func(c *coder, f *Facts) {
		c.facts(f)
		if t != nil {
			c.num(&f.Cost.AllInBP)
			c.date(&f.Cost.ContractOn)
		}
	})
	optional(c, &r.Judgement, (*coder).judgement)
	optional(c, &r.Leaves, func(c *coder, l *Leaving) {
		c.text(&l.ID)
		c.text(&l.Platform)
		c.claims(&l.Claims)
		if t == nil {
			c.int(&l.IssuedAt)
			c.int(&l.ValidUntil)
		} else {
			c.since(&l.IssuedAt, t.Now)
			c.since(&l.ValidUntil, l.IssuedAt+t.ValidFor)
		}
		c.text(&l.Supersedes)
	})
	c.hex(&r.Rules)
	if t == nil {
		return
	}
	c.text((*string)(&r.Stands))
	optional(c, &r.Recalled, func(c *coder, l *Leaving) {
		c.text(&l.ID)
		c.text(&l.Platform)
		c.claims(&l.Claims)
		c.int(&l.IssuedAt)
		c.int(&l.ValidUntil)
		c.text(&l.Supersedes)
	})
}

func (c *coder) facts(f *Facts) {
	i := &f.Identity
	c.text(&i.Assurance)
	c.text(&i.NumberForm)
	c.num(&i.Age)
	c.text(&i.Sex)
	for _, t := range []*Tri{&i.DocumentExpired, &i.NameMatch, &i.NumberMatch, &i.CardForm, &i.PhoneForm, &i.Refuted} {
		c.tri(t)
	}
	list(c, &i.Codes, (*coder).text)
	c.text(&i.Document)
	c.tri(&i.Payout)
	c.tri(&i.Live)
	c.text(&i.Takeover)

	o := &f.Overdue
	c.num(&o.DaysPastDue)
	c.text(&o.Bucket)
	c.num(&o.AmountPastDue)
	c.tri(&o.TechnicalLapse)
	c.text(&o.Claim)
	c.text(&o.Support)
	list(c, &o.For, (*coder).text)
	list(c, &o.Against, (*coder).text)
	c.text(&o.BankReturn)
	c.num(&o.Attempts30)
	c.tri(&o.FundsAtDue)
	c.tri(&o.SalaryAfter)
	list(c, &o.Reasons, func(c *coder, r *ReasonFacts) {
		c.text(&r.Reason)
		c.bool(&r.Claimed)
		c.text(&r.Support)
		c.text(&r.Strength)
		for _, l := range []*[]string{&r.For, &r.Against, &r.Needed} {
			list(c, l, (*coder).text)
		}
	})
	c.tri(&o.Able)
	c.tri(&o.OthersPaid)
	c.tri(&o.Spending)
	c.num(&o.Reached30)

	p := &f.Capacity
	c.text(&p.Evidence)
	c.num(&p.DeclaredIncome)
	c.num(&p.VerifiedIncome)
	c.num(&p.IncomeMonths)
	c.date(&p.LastIncomeOn)
	for _, n := range []*Int{&p.Obligations, &p.NewInstalment, &p.DebtServiceBP, &p.LivingFloor, &p.Residual, &p.Affordable, &p.Requested,
		&p.Assets, &p.Debts, &p.AssetLiabilityBP, &p.Lenders, &p.Inquiries30, &p.NewLoans90, &p.OverdueAccounts, &p.StatementRows, &p.StatementUnknown} {
		c.num(n)
	}
	list(c, &p.StatementWarnings, (*coder).text)
	list(c, &p.Streams, func(c *coder, s *StreamFacts) {
		c.text(&s.Kind)
		c.bool(&s.Counted)
		c.num(&s.Monthly)
		c.num(&s.Months)
		c.date(&s.LastOn)
		c.num(&s.TrendBP)
		c.num(&s.VariationBP)
	})
	for _, n := range []*Int{&p.Shock20, &p.Shock40, &p.BufferDays, &p.Instalment, &p.CureMonths, &p.PlanMonths} {
		c.num(n)
	}
	c.text(&p.CureChance)

	d := &f.Conduct
	for _, n := range []*Int{&d.Applications30, &d.Applications90, &d.Applications180, &d.Inquiries90, &d.Inquiries180, &d.NewLoans30,
		&d.NewLoans180, &d.PromisesKept, &d.PromisesBroken, &d.PromisesOpen, &d.TimesLate, &d.LongestLate} {
		c.num(n)
	}
	c.tri(&d.Inconsistent)
	c.text(&d.Forgery)
	list(c, &d.Codes, (*coder).text)

	k := &f.Contract
	c.tri(&k.Plan)
	c.num(&k.PlanOff)
	c.text(&k.LimitKind)
	c.num(&k.LimitLeft)
	c.tri(&k.LimitOpen)
	c.num(&k.PenaltyBP)
	c.num(&k.Penalty)
}

// later codes the facts that came after the versions of a finding that lack them.
func (c *coder) later(fd *Finding) {
	c.text(&fd.Loan)
	f := fd.Result.Facts
	c.tri(&f.Identity.PayoutBank)
	t := &f.Terms
	c.num(&t.NextLimit)
	list(c, &t.NextWhy, (*coder).text)
	c.num(&t.Settle)
	for _, p := range []*PlanFacts{&t.Restructure, &t.Instalments} {
		for _, n := range []*Int{&p.Months, &p.Instalment, &p.Last, &p.Total} {
			c.num(n)
		}
		c.date(&p.FirstOn)
		c.date(&p.LastOn)
	}
}

// later reports whether anything is known that [coder.later] codes.
func (fd *Finding) later() bool {
	f := fd.Result.Facts
	if f == nil {
		return false
	}
	t := &f.Terms
	return fd.Loan != "" || f.Identity.PayoutBank != Unknown || t.NextLimit.known || len(t.NextWhy) > 0 || t.Settle.known ||
		t.Restructure != (PlanFacts{}) || t.Instalments != (PlanFacts{})
}

func (c *coder) judgement(j *Judgement) {
	c.bool(&j.Allow)
	c.codes(&j.Denials)
	c.codes(&j.Obligations)
	c.text(&j.Outcome)
	c.text(&j.OverdueClass)
	c.text(&j.Band)
	c.text(&j.Disposition)
	c.text(&j.Proposal)
	c.text((*string)(&j.Row))
	c.num(&j.Offer)
	c.codes(&j.Reasons)
	c.codes(&j.Improve)
}

func (c *coder) claims(l *Claims) {
	c.text(&l.Outcome)
	c.text(&l.Assurance)
	c.text(&l.Class)
	c.text(&l.Band)
	c.text(&l.Disposition)
	c.codes(&l.Reasons)
}

func (c *coder) codes(l *[]Code) { list(c, l, func(c *coder, s *Code) { c.text((*string)(s)) }) }

func (c *coder) bool(v *bool) {
	b := byte(0)
	if *v {
		b = 1
	}
	c.byte(&b, 1)
	*v = b == 1
}

func (c *coder) digest(d *[32]byte) {
	if !c.decoding {
		c.b = append(c.b, d[:]...)
		return
	}
	if len(c.b) < len(d) {
		c.bad, c.b = true, nil
		return
	}
	copy(d[:], c.b)
	c.b = c.b[len(d):]
}

// hex codes hexadecimal digits at half their length.
func (c *coder) hex(s *string) {
	var raw string
	if !c.decoding {
		b, err := hex.DecodeString(*s)
		if err != nil {
			panic("agent: an id is not hexadecimal") // cannot happen: we wrote it
		}
		raw = string(b)
	}
	c.text(&raw)
	if c.decoding {
		*s = hex.EncodeToString([]byte(raw))
	}
}

// optional codes a flag and, if it is set, what the pointer leads to.
func optional[T any](c *coder, p **T, code func(*coder, *T)) {
	there := *p != nil
	c.bool(&there)
	if !there {
		return
	}
	if c.decoding {
		*p = new(T)
	}
	code(c, *p)
}
