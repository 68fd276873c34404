package synthetic

import (
	"time"

	"github.com/yanmen/yanmen/agent"
)

// born is the birth date of the persons of the profiles.
const born agent.Date = 19900506

// A Profile is a kind of load for the benchmark.
type Profile string

// The profiles: ten records a subject, twelve months of income, ten
// obligations; Statements adds two statements of 300 transactions each.
const (
	Light      Profile = "light"
	Statements Profile = "statements"
)

// First returns the file with which person n comes for the first time: all
// records of the profile, and a question.
func (p Profile) First(n int, id string, now time.Time) []byte {
	f := p.question(n, id, now)
	f.income(1_200_000+n%7*10_000, 12, "yes")
	f.insurance(12, 0)
	f.liabilities(10, 20_000)
	f.credit(4, 1, 0, 200_000)
	f.employment("employed", -900)
	f.ev["device_log"] = f.part("lender", object{"events": []object{
		{"at": f.instant(-9), "kind": "login", "new_device": "no", "new_place": "no"},
		{"at": f.instant(-2), "kind": "login", "new_device": "no", "new_place": "no"},
	}})
	if p == Statements {
		f.ev["statements"] = []object{
			f.statement("cmb", "bank", 300, n),
			f.statement("wechat", "wallet", 300, n),
		}
	}
	return f.bytes()
}

// Again returns a file for person n, whose records are stored: the question and
// the loan, nothing else.
func (p Profile) Again(n int, id string, now time.Time) []byte {
	f := p.question(n, id, now)
	delete(f.top, "evidence")
	delete(f.top, "answers")
	subject := f.top["subject"].(object)
	delete(subject, "phone")
	delete(subject, "cards")
	return f.bytes()
}

// question is half overdue and half applications.
func (p Profile) question(n int, id string, now time.Time) *file {
	person := NewPerson(n, born)
	if n%2 == 0 {
		f := newFile(now, id, agent.PurposeOverdue, person)
		f.overdueLoan(12, "insufficient_funds")
		f.claim(agent.ReasonJobLoss, -40)
		f.both()
		return f
	}
	f := newFile(now, id, agent.PurposeApplication, person)
	f.application(5_000_000, 24)
	f.both()
	return f
}

// both widens the consent to both purposes, since one person may be asked about for either.
func (f *file) both() {
	f.legal["consent"].(object)["purposes"] = []string{string(agent.PurposeApplication), string(agent.PurposeOverdue)}
}
