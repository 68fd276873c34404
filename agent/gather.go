package agent

import "slices"

// gather puts the newest record of each category, and every statement, into
// evidence. Of two statements of one account and period the newer counts. Answers
// are of many sources and come one by one: all of them count, each once, and it
// is the check that knows which of them another has taken the place of. What a
// provider tells again and again is kept beside the newest, for a check to compare.
//
// What is about another loan than the one that is named does not count.
func gather(loan string, opened []StoredRecord, collected []Record) *Evidence {
	ev := new(Evidence)
	newest := make(map[Category]int64, 16)
	type period struct {
		format, account string
		from, to        Date
	}
	seen := make(map[period]int)
	add := func(r *Record) {
		if s, ok := r.Data.(*Statement); ok {
			p := period{s.Format, s.Account, s.From, s.To}
			if i, ok := seen[p]; ok {
				ev.Statements[i] = s
				return
			}
			seen[p] = len(ev.Statements)
			ev.Statements = append(ev.Statements, s)
			return
		}
		if l, ok := r.Data.(*Answers); ok {
			if ev.Answers == nil {
				ev.Answers = new(Answers)
			}
			for _, it := range l.Items {
				if !slices.Contains(ev.Answers.Items, it) {
					ev.Answers.Items = append(ev.Answers.Items, it)
				}
			}
			return
		}
		if !r.about(loan) {
			return
		}
		if r.told() {
			ev.Told = append(ev.Told, *r)
		}
		if at, ok := newest[r.Category]; ok && r.CollectedAt < at {
			return
		}
		newest[r.Category] = r.CollectedAt
		ev.set(r.Data)
	}
	for i := range opened {
		add(&opened[i].Record)
	}
	for i := range collected {
		add(&collected[i])
	}
	return ev
}

func (e *Evidence) set(d Datum) {
	switch d := d.(type) {
	case *Identity:
		e.Identity = d
	case *Phone:
		e.Phone = d
	case *Cards:
		e.Cards = d
	case *Loan:
		e.Loan = d
	case *Claim:
		e.Claim = d
	case *Proofs:
		e.Proofs = d
	case *Employment:
		e.Employment = d
	case *SocialInsurance:
		e.SocialInsurance = d
	case *Income:
		e.Income = d
	case *Liabilities:
		e.Liabilities = d
	case *CreditReport:
		e.CreditReport = d
	case *ContactLog:
		e.ContactLog = d
	case *DeviceLog:
		e.DeviceLog = d
	case *History:
		e.History = d
	}
}
