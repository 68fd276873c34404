package agent

import (
	"slices"
	"time"
)

// settled is evidence as a case as of an instant sees it: what a source said within
// a day after that instant counts as said at it. A case is as of the time up to
// which the lender's data reach, often the close of the day before, and sources are
// asked a little later. Were the case moved to the time of asking instead, a loan
// would be a day later for it with nobody knowing what was paid meanwhile; were the
// answer left after the case, it would not count. What was said still later is of
// another time, and checks pass it over. The stored records keep their own times.
func (e *Evidence) settled(asOf int64) *Evidence {
	if e == nil || asOf <= 0 {
		return e
	}
	after := func(at int64) bool { return at > asOf && at-asOf <= askWindow }
	day := func(at int64) Date { return DateOf(time.Unix(at, 0)) }
	l, r := e.Answers, e.CreditReport
	if l != nil && !slices.ContainsFunc(l.Items, func(it Answer) bool { return after(it.At) }) {
		l = nil
	}
	if r != nil && (r.On <= day(asOf) || r.On > day(asOf+askWindow)) {
		r = nil
	}
	if l == nil && r == nil {
		return e
	}
	settled := *e
	if l != nil {
		settled.Answers = &Answers{Items: slices.Clone(l.Items)}
		for i := range settled.Answers.Items {
			if it := &settled.Answers.Items[i]; after(it.At) {
				it.At = asOf
			}
		}
	}
	if r != nil {
		report := *r
		report.On = day(asOf)
		settled.CreditReport = &report
	}
	return &settled
}
