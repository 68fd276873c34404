package agent

// Facts are what the checks computed from evidence. They stay. Rules see them
// as numbers and codes; no field can hold a name, a number of a document or
// free text.
type Facts struct {
	Identity IdentityFacts
	Overdue  OverdueFacts
	Capacity CapacityFacts
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
	Assurance string // one of the Assurance constants; "" never leaves the check
	// NumberForm is valid, legacy (15 digits), invalid or unknown.
	NumberForm      string
	Age             Int    // full years at the as-of date
	Sex             string // male, female, unknown
	DocumentExpired Tri
	NameMatch       Tri // the declared name against the document's
	NumberMatch     Tri // the declared number against the document's
	CardForm        Tri // every card passes Luhn (No is a warning only)
	PhoneForm       Tri
	// Refuted is Yes if an authority's fresh answer says that the factors do
	// not belong together.
	Refuted Tri
	// Codes are warnings and mismatches, noun.state, sorted.
	Codes []string
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
	DaysPastDue    Int
	Bucket         string // M0 … M6, M7+, unknown
	AmountPastDue  Int    // fen
	TechnicalLapse Tri    // late by no more than the seven days of a technical lapse
	Claim          string // the claimed reason, "" if none
	Support        string // one of the Claim constants
	// For and Against are evidence codes, noun.state, sorted.
	For         []string
	Against     []string
	BankReturn  string // class of the bank's return nearest the due date, "" if none
	Attempts30  Int    // contact attempts in the last 30 days
	FundsAtDue  Tri    // balance on the due date covered the instalment
	SalaryAfter Tri    // a salary came in after the claimed loss
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
	Evidence          string // one of the Evidence constants
	DeclaredIncome    Int
	VerifiedIncome    Int // lower of the sources that stand behind it
	IncomeMonths      Int // months with verified income in the last twelve
	LastIncomeOn      Date
	Obligations       Int
	NewInstalment     Int // of the loan applied for, or the current instalment
	DebtServiceBP     Int // (obligations + new instalment) / verified income
	LivingFloor       Int
	Residual          Int // verified income − obligations − living floor, before the new instalment; may be negative
	Affordable        Int // largest principal, fen, whose instalment fits Residual at the loan's rate and term
	Requested         Int // fen
	Assets            Int // fen
	Debts             Int // fen
	AssetLiabilityBP  Int // debts / assets
	Lenders           Int
	Inquiries30       Int
	NewLoans90        Int
	OverdueAccounts   Int
	StatementRows     Int
	StatementUnknown  Int // rows whose kind is unknown
	StatementWarnings []string
}
