package agent

// Facts are what the checks computed from evidence. They stay. Rules see them
// as numbers and codes; no field can hold a name, a number of a document or
// free text.
type Facts struct {
	Identity IdentityFacts `json:"identity"`
	Overdue  OverdueFacts  `json:"overdue"`
	Capacity CapacityFacts `json:"capacity"`
	Cost     CostFacts     `json:"cost"`
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
	Refuted Tri `json:"refuted"`
	// Codes are warnings and mismatches, noun.state, sorted.
	Codes []string `json:"codes"`
}

// Strengths of support for a claim.
const (
	ClaimNone         = "none"         // no claim was made
	ClaimSupported    = "supported"    // data bear it out
	ClaimContradicted = "contradicted" // data speak against it
	ClaimUnproven     = "unproven"     // neither
)

// OverdueFacts say how late the loan is and what the data say to the claim.
type OverdueFacts struct {
	DaysPastDue    Int    `json:"days_past_due"`
	Bucket         string `json:"bucket"`          // M0 … M6, M7+, unknown
	AmountPastDue  Int    `json:"amount_past_due"` // fen
	TechnicalLapse Tri    `json:"technical_lapse"` // late by no more than the seven days of a technical lapse
	Claim          string `json:"claim"`           // the claimed reason, "" if none
	Support        string `json:"support"`         // one of the Claim constants
	// For and Against are evidence codes, noun.state, sorted.
	For         []string `json:"for"`
	Against     []string `json:"against"`
	BankReturn  string   `json:"bank_return"`  // class of the bank's return nearest the due date, "" if none
	Attempts30  Int      `json:"attempts_30"`  // contact attempts in the last 30 days
	FundsAtDue  Tri      `json:"funds_at_due"` // balance on the due date covered the instalment
	SalaryAfter Tri      `json:"salary_after"` // a salary came in after the claimed loss
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
}

// CostFacts say what the loan costs the borrower, and by which day's law.
type CostFacts struct {
	// AllInBP is the annual rate at which all that the borrower pays is worth
	// what the borrower receives; basis points, unknown where it cannot be
	// computed.
	AllInBP    Int  `json:"all_in_bp"`
	ContractOn Date `json:"contract_on"` // zero: unknown
}
