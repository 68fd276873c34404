package intake

import (
	"cmp"
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// A part is an object that becomes one record: content, and who gave it when.
type part[T any] struct {
	source string
	at     int64
	data   T
}

// partOf makes the table of a part: source and collection time, both required,
// then its own members.
func partOf[T any](own ...field[T]) object[part[T]] {
	o := object[part[T]]{
		{"source", required, func(d *decoder, p *part[T]) { p.source = d.key() }},
		{"collected_at", required, func(d *decoder, p *part[T]) { p.at = d.past() }},
	}
	for _, f := range own {
		o = append(o, field[part[T]]{f.name, f.required, func(d *decoder, p *part[T]) { f.read(d, &p.data) }})
	}
	return o
}

// readPart reads a part and adds its record. P is what *T is as a Datum.
func readPart[T any, P interface {
	*T
	agent.Datum
}](o *object[part[T]]) func(*decoder, *document) {
	return func(d *decoder, f *document) {
		p := new(part[T])
		o.read(d, p)
		f.add(p.source, p.at, P(&p.data))
	}
}

// Bounds of the lists.
const (
	maxSchedule   = 600
	maxPayments   = 5000
	maxFees       = 100
	maxProofs     = 200
	maxMonths     = 600
	maxDebts      = 500
	maxAttempts   = 10_000
	maxEvents     = 10_000
	maxAnswers    = 200
	maxTerm       = 600 // months
	maxHousehold  = 50  // persons
	maxStatements = 24
	maxReasons    = 10
	maxPromises   = 1000
	maxHistory    = 1000
)

var evidenceObject = object[document]{
	{"identity", optional, readPart(&identityObject)},
	{"employment", optional, readPart(&employmentObject)},
	{"social_insurance", optional, readPart(&insuranceObject)},
	{"income", optional, readPart(&incomeObject)},
	{"liabilities", optional, readPart(&liabilitiesObject)},
	{"credit_report", optional, readPart(&creditObject)},
	{"statements", optional, func(d *decoder, f *document) {
		f.statements = list(d, maxStatements, func(d *decoder, s *statementPart) { statementObject.read(d, s); s.check(d) })
	}},
	{"contact_log", optional, readPart(&contactObject)},
	{"device_log", optional, readPart(&deviceObject)},
	{"history", optional, readPart(&historyObject)},
}

var documents = newEnum(agent.DocumentCitizen, agent.DocumentPermit, agent.DocumentForeigner, agent.DocumentHKMacao, agent.DocumentTaiwan,
	agent.DocumentPassport)

var identityObject = partOf(
	field[agent.Identity]{"document", optional, func(d *decoder, i *agent.Identity) { i.Kind = d.word(documents) }},
	field[agent.Identity]{"name", required, func(d *decoder, i *agent.Identity) { i.Name = d.personal(maxText) }},
	field[agent.Identity]{"number", required, func(d *decoder, i *agent.Identity) { i.Number = d.personal(maxNumber) }},
	field[agent.Identity]{"issued_on", optional, func(d *decoder, i *agent.Identity) { i.IssuedOn = d.date() }},
	field[agent.Identity]{"expires_on", optional, func(d *decoder, i *agent.Identity) { i.ExpiresOn = d.expiry() }},
	field[agent.Identity]{"born_on", optional, func(d *decoder, i *agent.Identity) { i.BornOn = d.date() }},
)

var (
	methods = newEnum(agent.MethodEqualInstalment, agent.MethodEqualPrincipal, agent.MethodInterestOnly, agent.MethodBullet)
	results = newEnum("settled", "card_lost", "card_invalid", "system_fault", "insufficient_funds", "account_frozen", "other")
)

// byDate puts a list into the order that the core wants; in a file the order
// means nothing. Elements of one day keep the order of the file.
func byDate[T any](l []T, date func(T) agent.Date) []T {
	order := func(a, b T) int { return cmp.Compare(date(a), date(b)) }
	if !slices.IsSortedFunc(l, order) {
		slices.SortStableFunc(l, order)
	}
	return l
}

var loanObject = partOf(
	field[agent.Loan]{"product", optional, func(d *decoder, l *agent.Loan) { l.Product = d.key() }},
	field[agent.Loan]{"principal_fen", optional, func(d *decoder, l *agent.Loan) { l.Principal = d.amount() }},
	field[agent.Loan]{"rate_bp", optional, func(d *decoder, l *agent.Loan) { l.RateBP = d.number(0, maxRate) }},
	field[agent.Loan]{"method", optional, func(d *decoder, l *agent.Loan) { l.Method = d.word(methods) }},
	field[agent.Loan]{"term_months", optional, func(d *decoder, l *agent.Loan) { l.TermMonths = d.number(1, maxTerm) }},
	field[agent.Loan]{"starts_on", optional, func(d *decoder, l *agent.Loan) { l.StartsOn = d.date() }},
	field[agent.Loan]{"requested_fen", optional, func(d *decoder, l *agent.Loan) { l.Requested = d.amount() }},
	field[agent.Loan]{"schedule", optional, func(d *decoder, l *agent.Loan) {
		l.Schedule = byDate(list(d, maxSchedule, instalmentObject.read), func(i agent.Instalment) agent.Date { return i.DueOn })
	}},
	field[agent.Loan]{"payments", optional, func(d *decoder, l *agent.Loan) {
		l.Payments = byDate(list(d, maxPayments, paymentObject.read), func(p agent.Payment) agent.Date { return p.On })
	}},
	field[agent.Loan]{"fees", optional, func(d *decoder, l *agent.Loan) { l.Fees = list(d, maxFees, feeObject.read) }},
	field[agent.Loan]{"penalty_bp", optional, func(d *decoder, l *agent.Loan) { l.PenaltyBP = d.number(0, maxRate) }},
	field[agent.Loan]{"accrual", optional, func(d *decoder, l *agent.Loan) { l.Accrual = d.word(accruals) }},
	field[agent.Loan]{"rounding", optional, func(d *decoder, l *agent.Loan) { l.Rounding = d.word(roundings) }},
	field[agent.Loan]{"limit", optional, func(d *decoder, l *agent.Loan) { limitObject.read(d, &l.Limit) }},
	field[agent.Loan]{"early_repayment", optional, func(d *decoder, l *agent.Loan) { l.Early = d.tri() }},
)

var (
	accruals  = newEnum(agent.AccrualMonthly, agent.AccrualDaily)
	roundings = newEnum(agent.RoundingHalfUp, agent.RoundingHalfEven, agent.RoundingUp, agent.RoundingDown)
	limits    = newEnum(agent.LimitRevolving, agent.LimitSingleDraw)
)

var limitObject = object[agent.Limit]{
	{"kind", required, func(d *decoder, l *agent.Limit) { l.Kind = d.word(limits) }},
	{"total_fen", optional, func(d *decoder, l *agent.Limit) { l.Total = d.amount() }},
	{"drawn_fen", optional, func(d *decoder, l *agent.Limit) { l.Drawn = d.amount() }},
	{"draws", optional, func(d *decoder, l *agent.Limit) { l.Draws = d.count() }},
	{"valid_until", optional, func(d *decoder, l *agent.Limit) { l.ValidUntil = d.expiry() }},
}

// instalmentObject requires its amounts, 0 included: an amount that is not said
// is not known, and an instalment of unknown amount cannot be reckoned with.
var instalmentObject = object[agent.Instalment]{
	{"due_on", required, func(d *decoder, i *agent.Instalment) { i.DueOn = d.date() }},
	{"principal_fen", required, func(d *decoder, i *agent.Instalment) { i.Principal = d.fen() }},
	{"interest_fen", required, func(d *decoder, i *agent.Instalment) { i.Interest = d.fen() }},
	{"fee_fen", required, func(d *decoder, i *agent.Instalment) { i.Fee = d.fen() }},
}

var paymentObject = object[agent.Payment]{
	{"on", required, func(d *decoder, p *agent.Payment) { p.On = d.date() }},
	{"amount_fen", required, func(d *decoder, p *agent.Payment) { p.Amount = d.fen() }},
	{"result", required, func(d *decoder, p *agent.Payment) { p.Result = d.word(results) }},
}

var feeObject = object[agent.Fee]{
	{"kind", required, func(d *decoder, f *agent.Fee) { f.Kind = d.key() }},
	{"amount_fen", required, func(d *decoder, f *agent.Fee) { f.Amount = d.fen() }},
}

var reasons = newEnum(agent.ReasonLostCard, agent.ReasonSystemFault, agent.ReasonJobLoss, agent.ReasonIllness, agent.ReasonFamily,
	agent.ReasonBusinessFailure, agent.ReasonDisaster, agent.ReasonStolenIdentity, agent.ReasonDispute, agent.ReasonOverIndebted)

// What the borrower may have answered, which may be that there is no reason.
var answered = newEnum(append(slices.Clone(reasons.words), agent.ReasonNoneGiven)...)

var claimObject = partOf(
	field[agent.Claim]{"reason", required, func(d *decoder, c *agent.Claim) { c.Reason = d.word(answered) }},
	field[agent.Claim]{"stated_on", optional, func(d *decoder, c *agent.Claim) { c.StatedOn = d.date() }},
	field[agent.Claim]{"since", optional, func(d *decoder, c *agent.Claim) { c.Since = d.date() }},
	field[agent.Claim]{"also", optional, func(d *decoder, c *agent.Claim) {
		c.Also = list(d, maxReasons, func(d *decoder, r *string) { *r = d.word(reasons) })
	}},
)

var proofKinds = newEnum(agent.ProofTermination, agent.ProofUnemployment, agent.ProofDiagnosis, agent.ProofMedicalBill,
	agent.ProofPoliceReceipt, agent.ProofCardLoss, agent.ProofBankNotice, agent.ProofIncome, agent.ProofContract,
	agent.ProofDeregistration, agent.ProofAreaNotice, agent.ProofTaxZero, agent.ProofFamily, agent.ProofComplaint)

var proofsObject = partOf(
	field[agent.Proofs]{"items", required, func(d *decoder, p *agent.Proofs) { p.Items = list(d, maxProofs, proofObject.read) }},
)

var proofObject = object[agent.Proof]{
	{"kind", required, func(d *decoder, p *agent.Proof) { p.Kind = d.word(proofKinds) }},
	{"seen", required, func(d *decoder, p *agent.Proof) { p.Seen = d.tri() }},
	{"on", optional, func(d *decoder, p *agent.Proof) { p.On = d.date() }},
}

var answerKinds = newEnum(agent.AnswerTwoFactor, agent.AnswerCarrierThree, agent.AnswerBankFour, agent.AnswerFace, agent.AnswerBankAccount)

var answersObject = partOf(
	field[agent.Answers]{"items", required, func(d *decoder, a *agent.Answers) { a.Items = list(d, maxAnswers, answerObject.read) }},
)

var answerObject = object[agent.Answer]{
	{"kind", required, func(d *decoder, a *agent.Answer) { a.Kind = d.word(answerKinds) }},
	{"provider", required, func(d *decoder, a *agent.Answer) { a.Provider = d.key() }},
	{"at", required, func(d *decoder, a *agent.Answer) { a.At = d.past() }},
	{"match", required, func(d *decoder, a *agent.Answer) { a.Match = d.tri() }},
	{"live", optional, func(d *decoder, a *agent.Answer) { a.Live = d.tri() }},
	{"score_bp", optional, func(d *decoder, a *agent.Answer) { a.ScoreBP = d.number(0, 10_000) }},
}

var employments = newEnum("employed", "self_employed", "unemployed", "retired", "student")

var employmentObject = partOf(
	field[agent.Employment]{"status", required, func(d *decoder, e *agent.Employment) { e.Status = d.word(employments) }},
	field[agent.Employment]{"since", optional, func(d *decoder, e *agent.Employment) { e.Since = d.date() }},
)

// oneEach reports a month that a list has twice: nobody could say which of the
// two holds. The list is in order.
func oneEach[T any](d *decoder, l []T, month func(T) agent.Date) []T {
	for i := 1; i < len(l); i++ {
		if m := month(l[i]); m != 0 && m == month(l[i-1]) {
			d.fail(ruleDuplicate, "the list has one month twice")
			break
		}
	}
	return l
}

var insuranceObject = partOf(
	field[agent.SocialInsurance]{"months", required, func(d *decoder, s *agent.SocialInsurance) {
		month := func(m agent.InsuredMonth) agent.Date { return m.Month }
		s.Months = oneEach(d, byDate(list(d, maxMonths, insuredMonthObject.read), month), month)
	}},
)

var insuredMonthObject = object[agent.InsuredMonth]{
	{"month", required, func(d *decoder, m *agent.InsuredMonth) { m.Month = d.month() }},
	{"paid", required, func(d *decoder, m *agent.InsuredMonth) { m.Paid = d.tri() }},
	{"base_fen", optional, func(d *decoder, m *agent.InsuredMonth) { m.Base = d.amount() }},
}

var incomeObject = partOf(
	field[agent.Income]{"declared_monthly_fen", optional, func(d *decoder, i *agent.Income) { i.DeclaredMonthly = d.amount() }},
	field[agent.Income]{"verified", optional, func(d *decoder, i *agent.Income) { i.Verified = d.tri() }},
	field[agent.Income]{"months", optional, func(d *decoder, i *agent.Income) {
		month := func(m agent.MonthAmount) agent.Date { return m.Month }
		i.Months = oneEach(d, byDate(list(d, maxMonths, monthAmountObject.read), month), month)
	}},
)

var monthAmountObject = object[agent.MonthAmount]{
	{"month", required, func(d *decoder, m *agent.MonthAmount) { m.Month = d.month() }},
	{"amount_fen", required, func(d *decoder, m *agent.MonthAmount) { m.Amount = d.fen() }},
}

var liabilitiesObject = partOf(
	field[agent.Liabilities]{"obligations", optional, func(d *decoder, l *agent.Liabilities) {
		l.Obligations = list(d, maxDebts, obligationObject.read)
	}},
	field[agent.Liabilities]{"assets_fen", optional, func(d *decoder, l *agent.Liabilities) { l.Assets = d.amount() }},
	field[agent.Liabilities]{"household", optional, func(d *decoder, l *agent.Liabilities) { l.Household = d.number(1, maxHousehold) }},
	field[agent.Liabilities]{"region", optional, func(d *decoder, l *agent.Liabilities) { l.Region = d.key() }},
)

var debtKinds = newEnum("mortgage", "car_loan", "consumer_loan", "card", "guarantee", "other")

var obligationObject = object[agent.Obligation]{
	{"kind", required, func(d *decoder, o *agent.Obligation) { o.Kind = d.word(debtKinds) }},
	{"lender", required, func(d *decoder, o *agent.Obligation) { o.Lender = d.key() }},
	{"balance_fen", required, func(d *decoder, o *agent.Obligation) { o.Balance = d.fen() }},
	{"monthly_fen", required, func(d *decoder, o *agent.Obligation) { o.Monthly = d.fen() }},
	{"since", optional, func(d *decoder, o *agent.Obligation) { o.Since = d.date() }},
	{"own", optional, func(d *decoder, o *agent.Obligation) { o.Own = d.tri() }},
}

var creditObject = partOf(
	field[agent.CreditReport]{"on", required, func(d *decoder, c *agent.CreditReport) { c.On = d.date() }},
	field[agent.CreditReport]{"lenders", optional, func(d *decoder, c *agent.CreditReport) { c.Lenders = d.count() }},
	field[agent.CreditReport]{"balance_fen", optional, func(d *decoder, c *agent.CreditReport) { c.Balance = d.amount() }},
	field[agent.CreditReport]{"monthly_fen", optional, func(d *decoder, c *agent.CreditReport) { c.Monthly = d.amount() }},
	field[agent.CreditReport]{"inquiries_30", optional, func(d *decoder, c *agent.CreditReport) { c.Inquiries30 = d.count() }},
	field[agent.CreditReport]{"inquiries_90", optional, func(d *decoder, c *agent.CreditReport) { c.Inquiries90 = d.count() }},
	field[agent.CreditReport]{"new_loans_90", optional, func(d *decoder, c *agent.CreditReport) { c.NewLoans90 = d.count() }},
	field[agent.CreditReport]{"overdue", optional, func(d *decoder, c *agent.CreditReport) { c.Overdue = d.count() }},
	field[agent.CreditReport]{"worst_late_24m", optional, func(d *decoder, c *agent.CreditReport) { c.WorstLate24M = d.count() }},
	field[agent.CreditReport]{"inquiries_180", optional, func(d *decoder, c *agent.CreditReport) { c.Inquiries180 = d.count() }},
	field[agent.CreditReport]{"new_loans_30", optional, func(d *decoder, c *agent.CreditReport) { c.NewLoans30 = d.count() }},
	field[agent.CreditReport]{"new_loans_180", optional, func(d *decoder, c *agent.CreditReport) { c.NewLoans180 = d.count() }},
	field[agent.CreditReport]{"own_balance_fen", optional, func(d *decoder, c *agent.CreditReport) { c.OwnBalance = d.amount() }},
	field[agent.CreditReport]{"own_monthly_fen", optional, func(d *decoder, c *agent.CreditReport) { c.OwnMonthly = d.amount() }},
)

var channels = newEnum("call", "sms", "app", "visit", "letter")

var contactObject = partOf(
	field[agent.ContactLog]{"attempts", required, func(d *decoder, c *agent.ContactLog) {
		c.Attempts = list(d, maxAttempts, attemptObject.read)
	}},
	field[agent.ContactLog]{"promises", optional, func(d *decoder, c *agent.ContactLog) {
		c.Promises = byDate(list(d, maxPromises, promiseObject.read), func(p agent.Promise) agent.Date { return p.DueOn })
	}},
)

var promiseObject = object[agent.Promise]{
	{"at", required, func(d *decoder, p *agent.Promise) { p.At = d.past() }},
	{"due_on", required, func(d *decoder, p *agent.Promise) { p.DueOn = d.date() }},
	{"amount_fen", required, func(d *decoder, p *agent.Promise) { p.Amount = d.fen() }},
}

var attemptObject = object[agent.ContactAttempt]{
	{"at", required, func(d *decoder, a *agent.ContactAttempt) { a.At = d.past() }},
	{"channel", required, func(d *decoder, a *agent.ContactAttempt) { a.Channel = d.word(channels) }},
	{"reached", required, func(d *decoder, a *agent.ContactAttempt) { a.Reached = d.tri() }},
}

var eventKinds = newEnum("login", "transaction", "phone_changed", "card_changed", "password_changed")

var deviceObject = partOf(
	field[agent.DeviceLog]{"events", required, func(d *decoder, l *agent.DeviceLog) {
		l.Events = list(d, maxEvents, eventObject.read)
	}},
)

var eventObject = object[agent.DeviceEvent]{
	{"at", required, func(d *decoder, e *agent.DeviceEvent) { e.At = d.past() }},
	{"kind", required, func(d *decoder, e *agent.DeviceEvent) { e.Kind = d.word(eventKinds) }},
	{"new_device", optional, func(d *decoder, e *agent.DeviceEvent) { e.NewDevice = d.tri() }},
	{"new_place", optional, func(d *decoder, e *agent.DeviceEvent) { e.NewPlace = d.tri() }},
	{"amount_fen", optional, func(d *decoder, e *agent.DeviceEvent) { e.Amount = d.amount() }},
}

var outcomes = newEnum("accepted", "declined", "withdrawn", "open")

var historyObject = partOf(
	field[agent.History]{"applications", required, func(d *decoder, h *agent.History) {
		h.Applications = list(d, maxHistory, pastObject.read)
	}},
)

var pastObject = object[agent.PastApplication]{
	{"at", required, func(d *decoder, a *agent.PastApplication) { a.At = d.past() }},
	{"requested_fen", optional, func(d *decoder, a *agent.PastApplication) { a.Requested = d.amount() }},
	{"declared_monthly_fen", optional, func(d *decoder, a *agent.PastApplication) { a.Income = d.amount() }},
	{"employment", optional, func(d *decoder, a *agent.PastApplication) { a.Employment = d.word(employments) }},
	{"household", optional, func(d *decoder, a *agent.PastApplication) { a.Household = d.number(1, maxHousehold) }},
	{"outcome", optional, func(d *decoder, a *agent.PastApplication) { a.Outcome = d.word(outcomes) }},
}
