package agent

import (
	"slices"
	"time"
)

// What a provider tells of months of insurance and in reports is about the past, so
// that two of its records can be held against each other. Only what cannot both be
// so is a contradiction: what is unusual is not, nor what it says no more of, nor
// what two providers tell.

const (
	// windowSlack is by how many days the windows of a report may be off: some count
	// three months as 90 days, and not all count the first day.
	windowSlack = 3
	// worstDays are days that certainly lie within 24 months.
	worstDays = 700
	// baseShare is the share of a base, one in so many, by which it may fall when the
	// limits of bases are published late or an entry is mended.
	baseShare = 4
)

// told reports whether a record is one that is held against others of its source: of
// insurance or a report, from a provider. What a borrower or a lender brings may come
// from anywhere.
func (r *Record) told() bool {
	return (r.Category == CatSocialInsurance || r.Category == CatCreditReport) && sourceKind(r.Source) == "provider"
}

// Contradicts reports whether what a provider tells of months of insurance, or in a
// report, cannot stand beside what the same provider told at the same time or before.
// It is false of all other records.
//
//   - A month that was over when it was told as paid is told as unpaid, or the base of
//     a month that was paid fell by more than a quarter. A month that was unpaid and is
//     paid is none: contributions are booked late, and made up for after years. Nor is
//     a base that rose: employers have to make up the difference.
//   - Inquiries or new loans of the days up to an earlier report are more than those of
//     a longer time up to a later report, which holds all of those days; or accounts
//     that were overdue, with days late to show for it, and within 24 months no day
//     late. Counts of windows that do not hold each other may fall, and so may the worst
//     lateness: what was late leaves the 24 months.
func (r *Record) Contradicts(old *Record) bool {
	if !r.told() || r.Source != old.Source || r.Category != old.Category || old.CollectedAt <= 0 || old.CollectedAt > r.CollectedAt {
		return false
	}
	switch now := r.Data.(type) {
	case *SocialInsurance:
		before, ok := old.Data.(*SocialInsurance)
		return ok && now.contradicts(before, DateOf(time.Unix(old.CollectedAt, 0)))
	case *CreditReport:
		before, ok := old.Data.(*CreditReport)
		// One that bears a day to come when it was collected has no day to go by.
		undated := func(c *CreditReport, at int64) bool { return c.On <= 0 || c.On > DateOf(time.Unix(at+askWindow, 0)) }
		if !ok || undated(now, r.CollectedAt) || undated(before, old.CollectedAt) {
			return false
		}
		return now.follows(before) || before.follows(now)
	}
	return false
}

// contradicts compares months with those that were told on a day.
func (s *SocialInsurance) contradicts(before *SocialInsurance, told Date) bool {
	if slices.Equal(s.Months, before.Months) {
		return false // the same answer once more, as it mostly is
	}
	was := before.paid()
	for month, m := range s.paid() {
		b, ok := was[month]
		switch {
		case !ok || b.Paid != Yes || month >= told/100:
		case m.Paid == No:
			return true
		case m.Paid == Yes:
			base, known := m.Base.Value()
			old, also := b.Base.Value()
			if known && also && base > 0 && base < old-old/baseShare {
				return true
			}
		}
	}
	return false
}

// paid lists months by year and month. One that is told twice is left out: with two
// employers nobody can say which of them is meant.
func (s *SocialInsurance) paid() map[Date]InsuredMonth {
	all := make(map[Date]InsuredMonth, len(s.Months))
	for _, m := range s.Months {
		if _, twice := all[m.Month/100]; twice {
			m.Paid = Unknown
		}
		if m.Month > 0 {
			all[m.Month/100] = m
		}
	}
	return all
}

// follows reports whether a report, not of an earlier day than another one, says what
// cannot follow from that.
func (r *CreditReport) follows(earlier *CreditReport) bool {
	if r.On < earlier.On {
		return false
	}
	apart := r.On.Days(earlier.On)
	days := [...]int64{30, 90, 180}
	for _, counts := range [...][2][3]Int{
		{{earlier.Inquiries30, earlier.Inquiries90, earlier.Inquiries180}, {r.Inquiries30, r.Inquiries90, r.Inquiries180}},
		{{earlier.NewLoans30, earlier.NewLoans90, earlier.NewLoans180}, {r.NewLoans30, r.NewLoans90, r.NewLoans180}},
	} {
		for short, n := range counts[0][:2] {
			for long := short + 1; long < len(days); long++ {
				// A report that does not agree with itself is another matter.
				if apart <= days[long]-days[short]-windowSlack && fewer(counts[1][long], n) && !fewer(counts[0][long], n) {
					return true
				}
			}
		}
	}
	overdue, worst := earlier.Overdue.Or(0), earlier.WorstLate24M.Or(0)
	now, ok := r.WorstLate24M.Value()
	return apart <= worstDays && overdue > 0 && worst > 0 && ok && now == 0
}

// fewer reports whether two counts are known and the first is below the second.
func fewer(a, b Int) bool {
	x, ok := a.Value()
	y, also := b.Value()
	return ok && also && x >= 0 && x < y
}
