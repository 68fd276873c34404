// Package synthetic makes borrowers that nobody can be: for the demonstration,
// the benchmark and the tests of the commands. Identity numbers carry an area
// that was never assigned (99…), phone numbers a block 0000 and cards the
// prefix 629999, with right check digits, so that they go through every check
// and belong to no one.
package synthetic

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// A Person is a borrower that does not exist.
type Person struct{ Name, Number, Phone, Card string }

const (
	family = "测验样例演练仿设"
	given  = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
)

// NewPerson returns the n-th person, born on the given day. Persons of
// different n differ in every field.
func NewPerson(n int, born agent.Date) Person {
	f, g := []rune(family), []rune(given)
	name := string([]rune{f[n%len(f)], f[n/8%len(f)], g[n/64%len(g)], g[n/1408%len(g)]})
	digits := fmt.Sprintf("99%04d%08d%03d", n/999%10000, int(born), n%999+1)
	return Person{
		Name:   name,
		Number: digits + string(agent.CheckCharacter([]byte(digits))),
		Phone:  fmt.Sprintf("1%d%d0000%04d", 3+n/100000%7, n/10000%10, n%10000),
		Card:   luhn(fmt.Sprintf("629999%09d", n)),
	}
}

// Values returns what identifies the person: what must be found nowhere in clear.
func (p Person) Values() []string { return []string{p.Name, p.Number, p.Phone, p.Card} }

func luhn(s string) string {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return s + string(byte('0'+(10-sum%10)%10))
}

// object is a JSON object under construction.
type object = map[string]any

// A file is a case file under construction: everything in order, to be spoilt
// by the situation that it shows.
type file struct {
	now    time.Time
	person Person
	top    object
	legal  object
	ev     object
}

// Registers that the files refer to; see [Config].
const (
	noticeKey     = "privacy-2026-05"
	assessmentKey = "pia-2026-05"
	// Recipient is the key, and the platform's id, of the recipient in every file.
	Recipient = "central"
)

var categories = []string{"identity", "phone", "card", "loan", "claim", "proof", "employment", "social_insurance", "income",
	"liabilities", "credit_report", "statement", "contact_log", "device_log", "source_answer", "history"}

func newFile(now time.Time, id string, purpose agent.Purpose, p Person) *file {
	f := &file{now: now, person: p}
	shown := f.instant(-40)
	f.legal = object{
		"basis": "consent", "basis_ref": "contract-" + id, "notice": noticeKey, "notice_shown_at": shown, "assessment": assessmentKey,
		"consent": object{
			"id": "consent-" + id, "state": "given", "form": "written", "given_at": f.instant(-39), "expires_at": f.instant(300),
			"notice": noticeKey, "purposes": []string{string(purpose)}, "categories": categories, "recipients": []string{Recipient},
		},
	}
	f.ev = object{
		"identity": f.part("lender", object{"name": p.Name, "number": p.Number, "issued_on": "2020-03-01", "expires_on": "2040-03-01"}),
	}
	f.top = object{
		"version": 1,
		"case":    object{"id": id, "as_of": now.In(agent.Zone).Format(time.RFC3339), "purpose": purpose, "recipient": Recipient},
		"subject": object{"source": "borrower", "collected_at": f.instant(-38), "name": p.Name, "number": p.Number, "phone": p.Phone},
		"legal":   f.legal,
		"answers": f.part("realname", object{"items": []object{
			{"kind": agent.AnswerTwoFactor, "provider": "realname", "at": f.instant(-1), "match": "yes"},
			{"kind": agent.AnswerCarrierThree, "provider": "realname", "at": f.instant(-1), "match": "yes"},
		}}),
		"evidence": f.ev,
	}
	if purpose != agent.PurposeApplication { // who applies is asked for no card
		f.top["subject"].(object)["cards"] = []string{p.Card}
	}
	return f
}

func (f *file) part(source string, o object) object {
	o["source"], o["collected_at"] = source, f.instant(-2)
	return o
}

func (f *file) instant(days int) string {
	return f.now.AddDate(0, 0, days).In(agent.Zone).Format(time.RFC3339)
}

func (f *file) day(days int) agent.Date { return agent.DateOf(f.now.AddDate(0, 0, days)) }

func (f *file) date(days int) string { return f.day(days).String() }

// month returns the month n months from now.
func (f *file) month(n int) string {
	y, m, _ := f.now.In(agent.Zone).Date()
	return time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, agent.Zone).Format("2006-01")
}

func (f *file) bytes() []byte {
	b, err := json.Marshal(f.top)
	if err != nil {
		panic("synthetic: " + err.Error()) // cannot happen: maps of texts and numbers
	}
	return b
}

// overdueLoan adds a loan of six instalments, the last of which was due the
// given number of days ago and has not been paid; its schedule is what its rate
// gives, so that what it costs is known; result is what the bank returned, if anything.
func (f *file) overdueLoan(days int, result string) {
	t := loan.Terms{Principal: 1_116_000, RateBP: 1200, Method: agent.MethodEqualInstalment, Months: 6}
	lines, err := loan.Schedule(t, f.day(-days-180))
	if err != nil {
		panic("synthetic: " + err.Error()) // cannot happen: the terms are ours
	}
	schedule, payments := []object{}, []object{}
	for i, line := range lines {
		due, amount, last := -days-30*(len(lines)-1-i), line.Principal+line.Interest, i == len(lines)-1
		schedule = append(schedule, object{"due_on": f.date(due), "principal_fen": line.Principal, "interest_fen": line.Interest, "fee_fen": 0})
		switch {
		case !last:
			payments = append(payments, object{"on": f.date(due), "amount_fen": amount, "result": "settled"})
		case result != "":
			payments = append(payments, object{"on": f.date(due), "amount_fen": amount, "result": result})
		}
	}
	f.top["loan"] = f.part("lender", object{"product": "cash-6", "principal_fen": t.Principal, "rate_bp": t.RateBP, "method": t.Method,
		"term_months": t.Months, "starts_on": f.date(-days - 180), "schedule": schedule, "payments": payments})
}

func (f *file) application(fen, months int) {
	f.top["loan"] = f.part("borrower", object{"product": "cash-24", "rate_bp": 1200, "method": "equal_instalment", "term_months": months, "requested_fen": fen})
}

func (f *file) claim(reason string, since int) {
	f.top["claim"] = f.part("borrower", object{"reason": reason, "stated_on": f.date(-1), "since": f.date(since)})
}

type seen struct {
	kind string
	days int
}

func (f *file) proofs(items ...seen) {
	l := []object{}
	for _, p := range items {
		l = append(l, object{"kind": p.kind, "seen": "yes", "on": f.date(p.days)})
	}
	f.top["proofs"] = f.part("borrower", object{"items": l})
}

func (f *file) insurance(months, stoppedFor int) {
	l := []object{}
	for i := -months; i < 0; i++ {
		paid := "yes"
		if i >= -stoppedFor {
			paid = "no"
		}
		l = append(l, object{"month": f.month(i), "paid": paid, "base_fen": 900_000})
	}
	f.ev["social_insurance"] = f.part("bureau", object{"months": l})
}

func (f *file) income(fen, months int, verified string) {
	l := []object{}
	for i := -months; i < 0; i++ {
		l = append(l, object{"month": f.month(i), "amount_fen": fen + (i*37)%1000})
	}
	f.ev["income"] = f.part("employer", object{"declared_monthly_fen": fen, "verified": verified, "months": l})
}

func (f *file) liabilities(n, monthly int) {
	l := []object{}
	kinds := []string{"card", "consumer_loan", "car_loan", "other"}
	for i := range n {
		l = append(l, object{"kind": kinds[i%len(kinds)], "lender": fmt.Sprintf("L%02d", i), "balance_fen": monthly * 10, "monthly_fen": monthly, "since": f.date(-300 + 20*i)})
	}
	f.ev["liabilities"] = f.part("borrower", object{"obligations": l, "assets_fen": 8_000_000, "household": 1, "region": "990100"})
}

func (f *file) credit(lenders, inquiries, fresh, monthly int) {
	f.ev["credit_report"] = f.part("bureau", object{"on": f.date(-3), "lenders": lenders, "balance_fen": monthly * 12, "monthly_fen": monthly,
		"inquiries_30": inquiries, "inquiries_90": inquiries * 2, "new_loans_90": fresh, "overdue": 0, "worst_late_24m": 0})
}

// contact adds attempts to reach the borrower, on the given days; of the last
// two, one was answered.
func (f *file) contact(days ...int) {
	l := []object{}
	for i, n := range days {
		reached := "no"
		if i == len(days)-2 {
			reached = "yes"
		}
		l = append(l, object{"at": f.instant(n), "channel": "call", "reached": reached})
	}
	f.ev["contact_log"] = f.part("lender", object{"attempts": l})
}

// devices adds logins on a device and at a place that are known.
func (f *file) devices(days ...int) {
	l := []object{}
	for _, n := range days {
		l = append(l, object{"at": f.day(n).Time().Add(10 * time.Hour).Format(time.RFC3339), "kind": "login", "new_device": "no", "new_place": "no"})
	}
	f.ev["device_log"] = f.part("lender", object{"events": l})
}

// earlier says that a piece of evidence was collected before the others.
func (f *file) earlier(part string, days int) { f.ev[part].(object)["collected_at"] = f.instant(days) }

func (f *file) employment(status string, days int) {
	f.ev["employment"] = f.part("borrower", object{"status": status, "since": f.date(days)})
}
