package overdue

import (
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// A weight is the class of a signal.
//
// Strong is what a third party put on record about the very thing: a bank's
// return code, a document seen, contributions that an employer stopped paying.
// Fair is a third party's record that seldom has another explanation. Weak has
// other explanations as well. What is idle is worth telling and decides nothing.
type weight uint8

const (
	idle weight = iota
	weak
	fair
	strong
	numWeights
)

// A signal is one thing that evidence may show for or against a reason. It is
// given by a document somebody saw, dated inside the model's window, or by sees.
type signal struct {
	weight weight
	code   string
	proof  string // a kind of proof, or ""
	sees   func(*claim) bool
}

// A model says how one reason for being late is weighed: the time around the due
// date in which documents belong to it, what supports it, and what contradicts
// it. Look, if there is one, runs before the signals are asked.
//
// A side is good with one strong signal, fair with one that is fair or two that
// are weak, weak with one that is weak. A reason is contradicted if the side
// against it is at least fair, whatever supports it: so a conflict shows both
// sides and reaches a person, and leaving out the support changes nothing. Else
// it is supported if its own side is good, or fair while nothing speaks against
// it. Else it is unproven. Of a code on two lines the first that holds counts.
//
// Nothing here measures whether somebody wants to pay.
type model struct {
	reason      string
	window      func(*Figures) Window
	look        func(*claim)
	supports    []signal
	contradicts []signal
	asks        []string // kinds of proof to ask for that decide nothing by themselves
}

// models, sorted by reason. docs/checks/overdue.md repeats them for people; a
// test holds both together.
var models = [...]model{
	{
		reason: agent.ReasonBusinessFailure,
		window: func(f *Figures) Window { return f.Business },
		look:   (*claim).lookAtReceipts,
		supports: []signal{
			{weight: strong, code: "business.deregistered", proof: agent.ProofDeregistration},
			{weight: fair, code: "tax.zero_returned", proof: agent.ProofTaxZero}, // small firms may file one in good months
			{weight: weak, code: "receipts.fell", sees: func(c *claim) bool { return c.receipts == receiptsFell }},
		},
		contradicts: []signal{
			{weight: strong, code: "receipts.continued", sees: func(c *claim) bool { return c.receipts == receiptsContinued }},
			{weight: idle, code: "others.paid", sees: (*claim).paidOthers},
			{weight: idle, code: "spending.high", sees: (*claim).spentMuch},
		},
	},
	{
		reason: agent.ReasonDisaster,
		window: func(f *Figures) Window { return f.Disaster },
		supports: []signal{
			{weight: strong, code: "area.notified", proof: agent.ProofAreaNotice},
		},
		contradicts: []signal{
			{weight: idle, code: "others.paid", sees: (*claim).paidOthers},
			{weight: idle, code: "spending.high", sees: (*claim).spentMuch},
		},
	},
	{
		reason: agent.ReasonDispute,
		window: func(f *Figures) Window { return f.Dispute },
		supports: []signal{
			{weight: strong, code: "complaint.receipted", proof: agent.ProofComplaint},
		},
	},
	{
		reason: agent.ReasonFamily,
		window: func(f *Figures) Window { return f.Family },
		supports: []signal{
			{weight: strong, code: "family.certified", proof: agent.ProofFamily},
		},
		contradicts: []signal{
			{weight: idle, code: "others.paid", sees: (*claim).paidOthers},
			{weight: idle, code: "spending.high", sees: (*claim).spentMuch},
		},
	},
	{
		reason: agent.ReasonIllness,
		window: func(f *Figures) Window { return f.Illness },
		supports: []signal{
			{weight: strong, code: "diagnosis.seen", proof: agent.ProofDiagnosis},
			{weight: strong, code: "medical.billed", proof: agent.ProofMedicalBill},
			{weight: weak, code: "medical.spent", sees: func(c *claim) bool { return c.due != 0 && c.medicalSpending() }},
			{weight: weak, code: "benefit.began", sees: func(c *claim) bool { return c.due != 0 && c.benefitBegan(c.Illness) }},
		},
		contradicts: []signal{
			{weight: idle, code: "others.paid", sees: (*claim).paidOthers},
			{weight: idle, code: "spending.high", sees: (*claim).spentMuch},
		},
	},
	{
		reason: agent.ReasonJobLoss,
		window: func(f *Figures) Window { return f.JobLoss },
		look:   (*claim).lookAtWork,
		supports: []signal{
			{weight: strong, code: "employment.terminated", proof: agent.ProofTermination},
			{weight: strong, code: "unemployment.granted", proof: agent.ProofUnemployment},
			{weight: strong, code: "insurance.stopped", sees: func(c *claim) bool { return c.insured == insuranceStopped }},
			{weight: fair, code: "salary.reduced", sees: func(c *claim) bool { return c.pay == payReduced && c.timely(c.since, c.JobLoss) }},
			{weight: weak, code: "insurance.paused", sees: func(c *claim) bool { return c.insured == insurancePaused }},
			{weight: weak, code: "salary.stopped", sees: func(c *claim) bool { return c.pay == payStopped && c.timely(c.since, c.JobLoss) }},
			{weight: weak, code: "benefit.began", sees: func(c *claim) bool { return c.due != 0 && c.benefitBegan(c.JobLoss) }},
		},
		contradicts: []signal{
			{weight: strong, code: "salary.continued", sees: func(c *claim) bool { return c.pay == payContinued }},
			{weight: weak, code: "salary.seen", sees: func(c *claim) bool { return c.pay == paySeen }},
			// Who lost a job may insure himself as flexibly employed.
			{weight: weak, code: "insurance.continued", sees: func(c *claim) bool { return c.insuredOn }},
			{weight: idle, code: "salary.resumed", sees: func(c *claim) bool { return c.pay == payResumed }},
			{weight: idle, code: "others.paid", sees: (*claim).paidOthers},
			{weight: idle, code: "spending.high", sees: (*claim).spentMuch},
		},
	},
	{
		reason: agent.ReasonLostCard,
		window: func(f *Figures) Window { return f.CardLoss },
		look:   (*claim).lookAtAccount,
		supports: []signal{
			{weight: strong, code: "card.loss_reported", proof: agent.ProofCardLoss},
			{weight: strong, code: "return.card_lost", sees: func(c *claim) bool { return c.returned.seen[cardLost] }},
			{weight: strong, code: "return.card_invalid", sees: func(c *claim) bool { return c.returned.seen[cardInvalid] }},
			{weight: strong, code: "account.blocked", sees: func(c *claim) bool { return c.blocked == agent.Yes }},
			{weight: fair, code: "police.receipted", proof: agent.ProofPoliceReceipt},
			{weight: weak, code: "card.changed", sees: (*claim).cardChanged},
			{weight: weak, code: "funds.sufficient", sees: func(c *claim) bool { return c.funds == agent.Yes }},
		},
		contradicts: []signal{
			{weight: weak, code: "account.open", sees: func(c *claim) bool { return c.blocked == agent.No }},
			// Weak: who has lost the card may be unable to fill the account.
			{weight: weak, code: "return.insufficient_funds", sees: func(c *claim) bool { return c.returned.seen[insufficientFunds] }},
			{weight: idle, code: "others.paid", sees: (*claim).paidOthers},
		},
	},
	{
		reason: agent.ReasonOverIndebted,
		window: func(f *Figures) Window { return f.Debts },
		supports: []signal{
			// The borrower's own list of debts bears out no more than he says.
			{weight: fair, code: "debts.exceed_income", sees: func(c *claim) bool { return c.report() != nil && c.owesTooMuch() }},
			{weight: idle, code: "debts.exceed_income", sees: (*claim).owesTooMuch},
			{weight: weak, code: "lenders.many", sees: (*claim).manyLenders},
			{weight: weak, code: "accounts.overdue", sees: (*claim).lateElsewhere},
		},
		contradicts: []signal{
			{weight: weak, code: "debts.few", sees: (*claim).fewDebts},
			{weight: weak, code: "funds.ample", sees: func(c *claim) bool { return c.able == agent.Yes }},
			{weight: idle, code: "spending.high", sees: (*claim).spentMuch},
		},
		asks: []string{agent.ProofIncome},
	},
	{
		// Money that came to the borrower's account is told and decides nothing
		// alone: victims of fraud pass it on.
		reason: agent.ReasonStolenIdentity,
		window: func(f *Figures) Window { return f.Police },
		supports: []signal{
			{weight: strong, code: "police.receipted", proof: agent.ProofPoliceReceipt},
		},
		contradicts: []signal{
			{weight: weak, code: "payout.received", sees: (*claim).payoutReceived},
		},
	},
	{
		reason: agent.ReasonSystemFault,
		window: func(f *Figures) Window { return f.BankNotice },
		supports: []signal{
			{weight: strong, code: "bank.fault_noticed", proof: agent.ProofBankNotice},
			{weight: strong, code: "return.system_fault", sees: func(c *claim) bool { return c.returned.seen[systemFault] }},
			{weight: weak, code: "funds.sufficient", sees: func(c *claim) bool { return c.funds == agent.Yes }},
		},
		contradicts: []signal{
			// The bank's own reason for the due date, which runs into the night
			// after it; later it is weak.
			{weight: strong, code: "return.insufficient_funds", sees: (*claim).emptyWhenDue},
			{weight: weak, code: "return.insufficient_funds", sees: func(c *claim) bool { return c.returned.seen[insufficientFunds] }},
			{weight: weak, code: "return.account_frozen", sees: func(c *claim) bool { return c.returned.seen[accountFrozen] }},
			{weight: weak, code: "funds.short", sees: func(c *claim) bool { return c.funds == agent.No }},
			{weight: idle, code: "others.paid", sees: (*claim).paidOthers},
		},
	},
}

// holds reports whether the signal is there.
func (s *signal) holds(c *claim, m *model) bool {
	if s.proof != "" {
		return c.proven(s.proof, m.window(&c.Figures))
	}
	return s.sees(c)
}

// shown reports whether the data bear the reason out by a strong signal, so that
// it is told though nobody claimed it. A proof that serves a reason that was
// claimed was given for that one, and shows no other.
func (m *model) shown(c *claim) bool {
	if m.look != nil {
		m.look(c)
	}
	for i := range m.supports {
		if s := &m.supports[i]; s.weight == strong && !c.given(s.proof) && s.holds(c, m) && !c.belied(s.proof) {
			return true
		}
	}
	return false
}

// weigh returns what the data say to the reason, and leaves Claimed to the caller.
func (m *model) weigh(c *claim) agent.ReasonFacts {
	if m.look != nil {
		m.look(c)
	}
	var pro, contra scale
	pro.fill(m.supports, c, m)
	contra.fill(m.contradicts, c, m)
	facts := agent.ReasonFacts{
		Reason:   m.reason,
		Support:  agent.ClaimUnproven,
		Strength: grades[max(pro.grade(), contra.grade())],
		For:      pro.codes,
		Against:  contra.codes,
	}
	switch g := pro.grade(); {
	case contra.grade() >= fair:
		facts.Support = agent.ClaimContradicted
	case g == strong, g == fair && contra.grade() == idle:
		facts.Support = agent.ClaimSupported
	default:
		facts.Needed = m.needed(contra.grade() == idle)
	}
	return facts
}

// needed lists the proofs that would decide a reason that is unproven: those
// that support it by themselves, the fair ones only while nothing speaks against
// it.
func (m *model) needed(clear bool) []string {
	list := append([]string(nil), m.asks...)
	for i := range m.supports {
		if s := &m.supports[i]; s.proof != "" && (s.weight == strong || s.weight == fair && clear) {
			list = append(list, s.proof)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// A scale holds the codes on one side and how many of each class they are.
type scale struct {
	codes []string
	count [numWeights]int
}

func (s *scale) fill(signals []signal, c *claim, m *model) {
	for i := range signals {
		n := &signals[i]
		if !slices.Contains(s.codes, n.code) && n.holds(c, m) {
			s.codes = append(s.codes, n.code)
			s.count[n.weight]++
		}
	}
	slices.Sort(s.codes)
}

// grade returns how heavy the side is, idle if nothing on it counts.
func (s *scale) grade() weight {
	switch {
	case s.count[strong] > 0:
		return strong
	case s.count[fair] > 0, s.count[weak] > 1:
		return fair
	case s.count[weak] > 0:
		return weak
	}
	return idle
}

var grades = [numWeights]string{agent.EvidenceNone, agent.EvidenceWeak, agent.EvidenceFair, agent.EvidenceGood}
