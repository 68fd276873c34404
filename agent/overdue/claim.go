package overdue

import (
	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
)

// Evidence is strong or weak. Strong is what a third party put on record about
// the very thing: a bank's return code, a document seen, contributions that an
// employer stopped paying. Weak is what has other explanations as well. One
// strong code carries a side, or two weak ones.
//
// A claim whose other side carries is contradicted, whatever supports it: so a
// conflict shows both sides and reaches a person, and leaving out the support
// changes nothing. Otherwise it is supported if its own side carries, where weak
// codes do so only while nothing speaks against them. Else it is unproven.
//
//	reason            for                                      against
//	lost_card         return.card_lost, return.card_invalid,   account.open*,
//	                  card.loss_reported, account.blocked,     return.insufficient_funds*
//	                  funds.sufficient*
//	system_fault      return.system_fault, bank.fault_noticed, return.insufficient_funds,
//	                  funds.sufficient*                        funds.short*
//	job_loss          employment.terminated,                   salary.continued,
//	                  unemployment.granted,                    salary.seen*,
//	                  insurance.stopped, insurance.paused*,    insurance.continued*,
//	                  salary.stopped*                          salary.resumed°
//	illness           diagnosis.seen, medical.billed,          nothing can
//	                  medical.spent*
//	business_failure  business.deregistered                    nothing yet
//	disaster          area.notified                            nothing yet
//	stolen_identity   police.receipted                         nothing here
//
// The star marks the weak, the ring what is told and decides nothing. No
// evidence is known for the other reasons yet: they are unproven. An empty
// account does not contradict a lost card by itself, for who has lost the card
// may be unable to fill the account.
type claim struct {
	Figures
	e           *agent.Evidence
	today       agent.Date
	asOf        int64
	due         agent.Date // oldest instalment not paid; 0: unknown or none
	since       agent.Date // when the reason began; 0: unknown
	returned    returns
	funds       agent.Tri
	salaryAfter agent.Tri
	pro, contra scale
}

// weigh returns the reason, "" for one that is not on the list, and the support.
func (c *claim) weigh(reason string) (string, string) {
	switch reason {
	case agent.ReasonLostCard:
		c.lostCard()
	case agent.ReasonSystemFault:
		c.systemFault()
	case agent.ReasonJobLoss:
		c.jobLoss()
	case agent.ReasonIllness:
		c.illness()
	case agent.ReasonBusinessFailure:
		c.proof(agent.ProofDeregistration, c.Business, "business.deregistered")
	case agent.ReasonDisaster:
		c.proof(agent.ProofAreaNotice, c.Disaster, "area.notified")
	case agent.ReasonStolenIdentity:
		c.proof(agent.ProofPoliceReceipt, c.Police, "police.receipted")
	case agent.ReasonFamily, agent.ReasonDispute, agent.ReasonOverIndebted:
	default:
		return "", agent.ClaimUnproven
	}
	switch {
	case c.contra.carries():
		return reason, agent.ClaimContradicted
	case c.pro.count[strong] > 0, c.pro.carries() && c.contra.count[weak] == 0:
		return reason, agent.ClaimSupported
	}
	return reason, agent.ClaimUnproven
}

// proof counts a document that somebody saw, dated inside the window.
func (c *claim) proof(kind string, w Window, code string) {
	if c.e.Proofs == nil {
		return
	}
	for _, p := range c.e.Proofs.Items {
		if p.Kind == kind && p.Seen == agent.Yes && c.timely(p.On, w) {
			c.pro.add(code, strong)
		}
	}
}

// timely reports whether a date is known, past and inside the window around the
// due date. Without a due date nothing explains a delay.
func (c *claim) timely(d agent.Date, w Window) bool {
	return d > 0 && d <= c.today && c.due != 0 && w.holds(d.Days(c.due))
}

func (c *claim) lostCard() {
	c.proof(agent.ProofCardLoss, c.CardLoss, "card.loss_reported")
	if c.returned.seen[cardLost] {
		c.pro.add("return.card_lost", strong)
	}
	if c.returned.seen[cardInvalid] {
		c.pro.add("return.card_invalid", strong)
	}
	if c.funds == agent.Yes {
		c.pro.add("funds.sufficient", weak)
	}
	switch c.accountBlocked() {
	case agent.Yes:
		c.pro.add("account.blocked", strong)
	case agent.No:
		c.contra.add("account.open", weak)
	}
	if c.returned.seen[insufficientFunds] {
		c.contra.add("return.insufficient_funds", weak)
	}
}

// accountBlocked is what banks answered about the account. Those that disagree
// cancel each other.
func (c *claim) accountBlocked() agent.Tri {
	result := agent.Unknown
	if c.e.Answers == nil {
		return result
	}
	for _, a := range c.e.Answers.Items {
		if a.Kind != agent.AnswerBankAccount || a.At <= 0 || a.At > c.asOf || a.Match != agent.Yes && a.Match != agent.No ||
			c.due == 0 || a.At < c.due.Time().Unix()-c.CardLoss.Before*86400 {
			continue
		}
		if result != agent.Unknown && result != a.Match {
			return agent.Unknown
		}
		result = a.Match
	}
	return result
}

func (c *claim) systemFault() {
	c.proof(agent.ProofBankNotice, c.BankNotice, "bank.fault_noticed")
	if c.returned.seen[systemFault] {
		c.pro.add("return.system_fault", strong)
	}
	switch c.funds {
	case agent.Yes:
		c.pro.add("funds.sufficient", weak)
	case agent.No:
		c.contra.add("funds.short", weak)
	}
	if c.returned.seen[insufficientFunds] {
		// The bank's own reason for the due date, which runs into the night
		// after it. A fault that came first explains a later empty account.
		first := c.returned.first[insufficientFunds]
		w := weak
		if first >= 0 && first <= 1 && !(c.returned.seen[systemFault] && c.returned.first[systemFault] <= first) {
			w = strong
		}
		c.contra.add("return.insufficient_funds", w)
	}
}

func (c *claim) illness() {
	c.proof(agent.ProofDiagnosis, c.Illness, "diagnosis.seen")
	c.proof(agent.ProofMedicalBill, c.Illness, "medical.billed")
	if c.due != 0 && c.medicalSpending() {
		c.pro.add("medical.spent", weak)
	}
}

func (c *claim) jobLoss() {
	c.proof(agent.ProofTermination, c.JobLoss, "employment.terminated")
	c.proof(agent.ProofUnemployment, c.JobLoss, "unemployment.granted")
	c.insurance()
	c.salary()
}

// insurance looks for contributions that stopped after a last paid month, and
// for those that went on. The current month may still be paid. A month nobody
// knows about ends the search.
func (c *claim) insurance() {
	if c.e.SocialInsurance == nil {
		return
	}
	months := c.e.SocialInsurance.Months
	this := monthStart(c.today)
	var last agent.Date           // last month paid
	paidAfter, paused := 0, false // paused: a month after the loss is known to be unpaid
	for i, m := range months {
		month := monthStart(m.Month)
		if m.Month <= 0 || month >= this {
			continue
		}
		if m.Paid == agent.No && c.since != 0 && month >= monthStart(c.since) {
			paused = true
		}
		if m.Paid != agent.Yes {
			continue
		}
		last = max(last, month)
		// Contributions run a month behind; the month of the loss and the
		// next prove nothing.
		if c.since != 0 && month > loan.AddMonths(monthStart(c.since), 1) && !paidBefore(months[:i], month) {
			paidAfter++
		}
	}
	if paidAfter >= 2 && !paused {
		// Weak: who lost a job may insure himself as flexibly employed.
		c.contra.add("insurance.continued", weak)
	}
	if last == 0 {
		return
	}
	stopped := 0
	for month := loan.AddMonths(last, 1); month < this && paid(months, month) == agent.No; month = loan.AddMonths(month, 1) {
		stopped++
	}
	stop := loan.AddMonths(last, 1)
	if stopped == 0 || !c.timely(stop, c.JobLoss) {
		return
	}
	if c.since != 0 && (stop < loan.AddMonths(monthStart(c.since), -1) || stop > loan.AddMonths(monthStart(c.since), 3)) {
		return // another event than the one claimed
	}
	if stopped >= 2 {
		c.pro.add("insurance.stopped", strong)
	} else {
		c.pro.add("insurance.paused", weak)
	}
}

// paid returns the state of a month. Entries that disagree are unknown.
func paid(months []agent.InsuredMonth, month agent.Date) agent.Tri {
	result := agent.Unknown
	for _, m := range months {
		if m.Month <= 0 || monthStart(m.Month) != month || m.Paid == agent.Unknown {
			continue
		}
		if result != agent.Unknown && result != m.Paid {
			return agent.Unknown
		}
		result = m.Paid
	}
	return result
}

func paidBefore(months []agent.InsuredMonth, month agent.Date) bool {
	for _, m := range months {
		if m.Month > 0 && monthStart(m.Month) == month && m.Paid == agent.Yes {
			return true
		}
	}
	return false
}

func monthStart(d agent.Date) agent.Date { return d - d%100 + 1 }
