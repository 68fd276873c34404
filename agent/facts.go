package agent

// Facts are what the checks computed from evidence. They stay. Rules see them
// as numbers and codes; no field can hold a name, a number of a document or
// free text.
type Facts struct {
	Identity IdentityFacts `json:"identity"`
	Overdue  OverdueFacts  `json:"overdue"`
	Capacity CapacityFacts `json:"capacity"`
	Conduct  ConductFacts  `json:"conduct"`
	Contract ContractFacts `json:"contract"`
	Cost     CostFacts     `json:"cost"`
	// Terms are what may be proposed. Rules do not see them.
	Terms TermsFacts `json:"terms"`
}

// Levels of identity assurance, lowest first. A passed format is not a verified
// identity (regulation: format, authority-matched, face-matched).
const (
	AssuranceNone       = "none"
	AssuranceFormat     = "format"
	AssuranceAuthority2 = "authority-2"
	AssuranceAuthority3 = "authority-3"
	AssuranceAuthority4 = "authority-4"
	AssuranceBiometric  = "biometric"
)

// IdentityFacts say how far the subject is who the file says.
type IdentityFacts struct {
	Assurance string `json:"assurance"` // one of the Assurance constants; "" never leaves the check
	// NumberForm is valid, legacy (15 digits), invalid or unknown.
	NumberForm      string `json:"number_form"`
	Age             Int    `json:"age"` // full years at the as-of date
	Sex             string `json:"sex"` // male, female, unknown
	DocumentExpired Tri    `json:"document_expired"`
	NameMatch       Tri    `json:"name_match"`   // the declared name against the document's
	NumberMatch     Tri    `json:"number_match"` // the declared number against the document's
	CardForm        Tri    `json:"card_form"`    // every card passes Luhn (No is a warning only)
	PhoneForm       Tri    `json:"phone_form"`
	// Refuted is Yes if an authority's fresh answer says that the factors do
	// not belong together.
	Refuted  Tri    `json:"refuted"`
	Document string `json:"document"` // kind of the document seen, see [Identity]; "" if none was seen
	Payout   Tri    `json:"payout"`   // the account that is paid out to is the subject's
	// PayoutBank is what the fresh answers of banks say of that account, name, number
	// and phone together, No if one of them does; unknown unless it is the one card
	// that they were asked about.
	PayoutBank Tri `json:"payout_bank"`
	Live       Tri `json:"live"` // a fresh answer says that a living person was there
	// Takeover says whether the account may be in other hands: one of the
	// Suspicion constants.
	Takeover string `json:"takeover"`
	// Codes are warnings and mismatches, noun.state, sorted.
	Codes []string `json:"codes"`
}

// Degrees of suspicion. SuspicionUnknown is for want of anything to look at;
// none of them is a proof.
const (
	SuspicionUnknown = "unknown"
	SuspicionNone    = "none"   // looked, and nothing was found
	SuspicionSome    = "some"   // one sign
	SuspicionStrong  = "strong" // signs that together are rare among honest people
)

// Strengths of support for a claim.
const (
	ClaimNone         = "none"         // no claim was made, or no reason given
	ClaimSupported    = "supported"    // data bear it out
	ClaimContradicted = "contradicted" // data speak against it
	ClaimUnproven     = "unproven"     // neither
)

// OverdueFacts say how late the loan is and what the data say to the claim.
type OverdueFacts struct {
	// DaysPastDue is minus the days until the next instalment while nothing is
	// past due: 0 on its day, and where every instalment is paid.
	DaysPastDue    Int    `json:"days_past_due"`
	Bucket         string `json:"bucket"`          // M0 … M6, M7+, unknown
	AmountPastDue  Int    `json:"amount_past_due"` // fen
	TechnicalLapse Tri    `json:"technical_lapse"` // late by no more than the seven days of a technical lapse
	Claim          string `json:"claim"`           // the claimed reason, "" if no claim is on record
	Support        string `json:"support"`         // one of the Claim constants
	// For and Against are evidence codes, noun.state, sorted.
	For         []string `json:"for"`
	Against     []string `json:"against"`
	BankReturn  string   `json:"bank_return"`  // class of the bank's return nearest the due date, "" if none
	Attempts30  Int      `json:"attempts_30"`  // contact attempts in the last 30 days
	FundsAtDue  Tri      `json:"funds_at_due"` // balance on the due date covered the instalment
	SalaryAfter Tri      `json:"salary_after"` // a salary came in after the claimed loss
	// Reasons says the same of every reason that was claimed or that the data
	// show, sorted by reason. Claim, Support, For and Against repeat the one
	// that the borrower named first.
	Reasons []ReasonFacts `json:"reasons"`
	// Able is Yes only on positive evidence that the instalment could have been
	// paid when it was due, No on evidence that it could not.
	Able Tri `json:"able"`
	// OthersPaid is Yes if other lenders were paid around the due date, and
	// Spending Yes if more was spent on what can wait than the instalment.
	OthersPaid Tri `json:"others_paid"`
	Spending   Tri `json:"spending"`
	Reached30  Int `json:"reached_30"` // contact attempts in the last 30 days that reached the borrower
}

// ReasonFacts say how far the data bear out one reason for being late.
type ReasonFacts struct {
	Reason   string   `json:"reason"`
	Claimed  bool     `json:"claimed"`  // by the borrower; else the data show it
	Support  string   `json:"support"`  // supported, contradicted or unproven
	Strength string   `json:"strength"` // of the side that has more: none, weak, fair, good (the Evidence constants)
	For      []string `json:"for"`      // evidence codes, noun.state, sorted
	Against  []string `json:"against"`
	Needed   []string `json:"needed"` // kinds of proof that would decide it, sorted
}

// Grades of evidence.
const (
	EvidenceNone = "none"
	EvidenceWeak = "weak"
	EvidenceFair = "fair"
	EvidenceGood = "good"
)

// CapacityFacts say what the subject can carry. Amounts are fen a month unless
// said otherwise.
type CapacityFacts struct {
	Evidence          string   `json:"evidence"` // one of the Evidence constants
	DeclaredIncome    Int      `json:"declared_income"`
	VerifiedIncome    Int      `json:"verified_income"` // lower of the sources that stand behind it
	IncomeMonths      Int      `json:"income_months"`   // months with verified income in the last twelve
	LastIncomeOn      Date     `json:"last_income_on"`
	Obligations       Int      `json:"obligations"`
	NewInstalment     Int      `json:"new_instalment"`  // of the loan applied for, or the current instalment
	DebtServiceBP     Int      `json:"debt_service_bp"` // (obligations + new instalment) / verified income
	LivingFloor       Int      `json:"living_floor"`
	Residual          Int      `json:"residual"`           // verified income − obligations − living floor, before the new instalment; may be negative
	Affordable        Int      `json:"affordable"`         // largest principal, fen, whose instalment fits Residual at the loan's rate and term
	Requested         Int      `json:"requested"`          // fen
	Assets            Int      `json:"assets"`             // fen
	Debts             Int      `json:"debts"`              // fen
	AssetLiabilityBP  Int      `json:"asset_liability_bp"` // debts / assets
	Lenders           Int      `json:"lenders"`
	Inquiries30       Int      `json:"inquiries_30"`
	NewLoans90        Int      `json:"new_loans_90"`
	OverdueAccounts   Int      `json:"overdue_accounts"`
	StatementRows     Int      `json:"statement_rows"`
	StatementUnknown  Int      `json:"statement_unknown"` // rows whose kind is unknown
	StatementWarnings []string `json:"statement_warnings"`
	// Streams are the sources of income that were told apart, sorted by kind.
	Streams []StreamFacts `json:"streams"`
	// Shock20 and Shock40 are what is left after obligations, living floor and
	// the new instalment if income falls by 20 or 40 per cent.
	Shock20 Int `json:"shock_20"`
	Shock40 Int `json:"shock_40"`
	// BufferDays is for how many days the newest known balances would carry
	// obligations and living floor without income.
	BufferDays Int `json:"buffer_days"`
	Instalment Int `json:"instalment"` // the largest that the residual carries; 0 if none
	// CureMonths is the smallest number of months, 1 to 60, in which what is left
	// each month pays what is past due; unknown if 60 do not suffice.
	CureMonths Int `json:"cure_months"`
	// CureChance is whether the arrears can be paid within one to three months:
	// likely, possible, unlikely or unknown.
	CureChance string `json:"cure_chance"`
	// PlanMonths is the shortest plan over all that is owed on this loan, 1 to
	// 60 months, whose instalment the residual carries.
	PlanMonths Int `json:"plan_months"`
}

// Chances to cure.
const (
	ChanceUnknown  = "unknown"
	ChanceUnlikely = "unlikely"
	ChancePossible = "possible"
	ChanceLikely   = "likely"
)

// Kinds of [StreamFacts].
const (
	StreamWage     = "wage"
	StreamBenefit  = "benefit"
	StreamReceipts = "receipts"
	StreamFund     = "housing_fund"
	StreamFamily   = "family_support"
)

// StreamFacts describe one source of income over the last twelve complete months.
type StreamFacts struct {
	Kind    string `json:"kind"`
	Counted bool   `json:"counted"` // into the verified income
	Monthly Int    `json:"monthly"` // median of the covered months, fen
	Months  Int    `json:"months"`  // months in which it was seen
	LastOn  Date   `json:"last_on"`
	// TrendBP is the median of the last three months over that of the last six,
	// 10,000 for no change; VariationBP the median distance from the median over
	// the median.
	TrendBP     Int `json:"trend_bp"`
	VariationBP Int `json:"variation_bp"`
}

// ConductFacts say how somebody has dealt with lenders so far. They count what
// happened and conclude nothing.
type ConductFacts struct {
	Applications30  Int `json:"applications_30"` // with this lender
	Applications90  Int `json:"applications_90"`
	Applications180 Int `json:"applications_180"`
	Inquiries90     Int `json:"inquiries_90"` // by any lender, from the credit report
	Inquiries180    Int `json:"inquiries_180"`
	NewLoans30      Int `json:"new_loans_30"`
	NewLoans180     Int `json:"new_loans_180"`
	PromisesKept    Int `json:"promises_kept"`
	PromisesBroken  Int `json:"promises_broken"`
	PromisesOpen    Int `json:"promises_open"`
	TimesLate       Int `json:"times_late"`   // instalments of this loan paid late before
	LongestLate     Int `json:"longest_late"` // days
	// Inconsistent is Yes if what the borrower stated over time does not fit
	// together; the codes say where.
	Inconsistent Tri `json:"inconsistent"`
	// Forgery is how far the statements look edited: one of the Suspicion
	// constants.
	Forgery string   `json:"forgery"`
	Codes   []string `json:"codes"` // noun.state, sorted
}

// ContractFacts say whether the contract's own figures hold.
type ContractFacts struct {
	// Plan is Yes if the lender's schedule is what its rate, method and term
	// give, to the fen by its rule of rounding; PlanOff is the largest
	// difference of a line, fen.
	Plan    Tri `json:"plan"`
	PlanOff Int `json:"plan_off"`
	// LimitKind is revolving or single_draw, "" if there is no limit.
	LimitKind string `json:"limit_kind"`
	LimitLeft Int    `json:"limit_left"` // fen
	LimitOpen Tri    `json:"limit_open"` // within its days, something of it left, and nothing past due
	PenaltyBP Int    `json:"penalty_bp"` // annual rate on what is past due, basis points
	Penalty   Int    `json:"penalty"`    // accrued on what is past due as of the case and not paid, fen
}

// CostFacts say what the loan costs the borrower, and by which day's law.
type CostFacts struct {
	// AllInBP is the annual rate at which all that the borrower pays is worth
	// what the borrower receives; basis points, unknown where it cannot be
	// computed.
	AllInBP    Int  `json:"all_in_bp"`
	ContractOn Date `json:"contract_on"` // zero: unknown
}

// TermsFacts are what follows from the facts by arithmetic, for an officer to
// propose: where a limit may move, what settles the loan, and plans that fit what
// the borrower carries. Nothing is decided by them.
type TermsFacts struct {
	// NextLimit is what the limit may be from the day of the case on, fen; NextWhy
	// says why it moves or stays, or what is not known, noun.state, sorted.
	NextLimit Int      `json:"next_limit"`
	NextWhy   []string `json:"next_why"`
	// Settle is what repays the loan on the day of the case, fen, a charge for
	// repaying early not in it; unknown too where the contract does not let it.
	Settle Int `json:"settle"`
	// Restructure repays all that is owed; Instalments what is past due, beside what
	// falls due meanwhile.
	Restructure PlanFacts `json:"restructure"`
	Instalments PlanFacts `json:"instalments"`
	// MonthsMissing are first days of months, the oldest first: those of the last six
	// complete ones before the case in which no source shows an income. Nil where enough
	// is known of it.
	MonthsMissing []Date `json:"months_missing"`
}

// PlanFacts describe a plan of repayment, all unknown if none fits: each instalment
// alike, a month apart, and the last not larger.
type PlanFacts struct {
	Months     Int  `json:"months"`     // 1 to 60
	Instalment Int  `json:"instalment"` // fen
	Last       Int  `json:"last"`       // fen
	Total      Int  `json:"total"`      // fen, of all instalments
	FirstOn    Date `json:"first_on"`
	LastOn     Date `json:"last_on"`
}
