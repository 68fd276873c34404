package agent

// Category is a kind of data in the catalogue.
type Category string

// The categories of version 1. A statement may occur several times for one
// subject, and so may answers; of every other category the newest record counts.
const (
	CatIdentity        Category = "identity"         // [Identity]
	CatPhone           Category = "phone"            // [Phone]
	CatCard            Category = "card"             // [Cards]
	CatLoan            Category = "loan"             // [Loan]
	CatClaim           Category = "claim"            // [Claim]
	CatProof           Category = "proof"            // [Proofs]
	CatEmployment      Category = "employment"       // [Employment]
	CatSocialInsurance Category = "social_insurance" // [SocialInsurance]
	CatIncome          Category = "income"           // [Income]
	CatLiabilities     Category = "liabilities"      // [Liabilities]
	CatCreditReport    Category = "credit_report"    // [CreditReport]
	CatStatement       Category = "statement"        // [Statement]
	CatContactLog      Category = "contact_log"      // [ContactLog]
	CatDeviceLog       Category = "device_log"       // [DeviceLog]
	CatAnswer          Category = "source_answer"    // [Answers]
	CatHistory         Category = "history"          // [History]
)

// A Record is one category of one subject's data, from one source, at one time.
type Record struct {
	Category    Category
	Source      string // who gave it: borrower, lender, or a provider's key
	CollectedAt int64  // seconds
	// Loan is the [Loan.Key] of the loan that the record is about; "" for one that is
	// about the person, or of which nobody said which loan it belongs to.
	Loan string
	Data Datum
}

// A Datum is the content of a record: one of the types named at the categories.
type Datum interface{ Category() Category }

// Evidence is what a grant opened for one verification: the newest record of
// each category and all statements. A nil field was not there or not granted;
// checks treat both as unknown.
type Evidence struct {
	Identity        *Identity
	Phone           *Phone
	Cards           *Cards
	Loan            *Loan
	Claim           *Claim
	Proofs          *Proofs
	Employment      *Employment
	SocialInsurance *SocialInsurance
	Income          *Income
	Liabilities     *Liabilities
	CreditReport    *CreditReport
	Statements      []*Statement
	ContactLog      *ContactLog
	DeviceLog       *DeviceLog
	Answers         *Answers
	History         *History
	// Told is every record in which a provider told of months of insurance or gave a
	// report, the newest among them, so that each can be held against the others.
	Told []Record
}

// Kinds of an [Identity] document.
const (
	DocumentCitizen   = "citizen_id"          // 居民身份证
	DocumentPermit    = "residence_permit"    // 港澳台居民居住证
	DocumentForeigner = "permanent_residence" // 外国人永久居留身份证
	DocumentHKMacao   = "travel_permit_hkm"   // 港澳居民来往内地通行证
	DocumentTaiwan    = "travel_permit_tw"    // 台湾居民来往大陆通行证
	DocumentPassport  = "passport"            // 护照
)

// Identity is what a document says of the subject.
type Identity struct {
	Kind      string // one of the Document constants; "" is a citizen identity card
	Name      Personal
	Number    Personal // as given: 15 or 18 characters
	IssuedOn  Date
	ExpiresOn Date // zero: unknown; 99991231: long-term
	BornOn    Date // as it is printed; zero: not given
}

// Phone is the subject's mobile number.
type Phone struct{ Number Personal }

// Cards are the subject's bank cards, and the account that a loan is paid out to.
type Cards struct {
	Numbers      []Personal
	Payout       Personal // its number; may be absent
	PayoutHolder Personal // the name on it; may be absent
}

// Methods of repayment of a [Loan].
const (
	MethodEqualInstalment = "equal_instalment" // 等额本息
	MethodEqualPrincipal  = "equal_principal"  // 等额本金
	MethodInterestOnly    = "interest_only"    // 先息后本
	MethodBullet          = "bullet"           // 一次还本付息
)

// Loan is the contract in question, or the one applied for.
type Loan struct {
	Product    string // the lender's product code
	Principal  Int    // fen
	RateBP     Int    // annual nominal rate, basis points
	Method     string
	TermMonths Int
	StartsOn   Date
	Schedule   []Instalment // by due date
	Payments   []Payment    // by date
	Fees       []Fee
	Requested  Int // fen; applications
	PenaltyBP  Int // annual rate on what is past due, basis points
	// Accrual is monthly or daily; "" is monthly. Rounding is how the lender
	// rounds a line to the fen: half_up, half_even, up or down; "" does not say.
	Accrual  string
	Rounding string
	Limit    Limit
	// Early says whether the contract lets the borrower repay before the due dates.
	// Where nothing is said the law lets it (Civil Code article 677).
	Early Tri
}

// Ways of accrual and of rounding of a [Loan].
const (
	AccrualMonthly   = "monthly"
	AccrualDaily     = "daily"
	RoundingHalfUp   = "half_up"
	RoundingHalfEven = "half_even"
	RoundingUp       = "up"
	RoundingDown     = "down"
)

// Kinds of a [Limit].
const (
	LimitRevolving  = "revolving"   // 循环额度
	LimitSingleDraw = "single_draw" // 单次额度
)

// Limit is a line of credit on which the loan is, or would be, drawn. The zero
// Limit is none.
type Limit struct {
	Kind       string
	Total      Int // fen
	Drawn      Int // fen, drawn and not paid back
	Draws      Int // how often it was drawn on
	ValidUntil Date
}

// Instalment is one line of a repayment schedule; amounts in fen.
type Instalment struct {
	DueOn     Date
	Principal int64
	Interest  int64
	Fee       int64
}

// Payment is one attempt to pay: what arrived, or what the bank returned.
type Payment struct {
	On     Date
	Amount int64 // fen
	// Result is "settled" or a bank's return class: "card_lost",
	// "card_invalid", "system_fault", "insufficient_funds",
	// "account_frozen", "other".
	Result string
}

// Fee is a charge beside interest.
type Fee struct {
	Kind   string
	Amount int64 // fen
}

// Reasons that a borrower may claim for being late.
const (
	ReasonLostCard        = "lost_card"
	ReasonSystemFault     = "system_fault"
	ReasonJobLoss         = "job_loss"
	ReasonIllness         = "illness"
	ReasonFamily          = "family"
	ReasonBusinessFailure = "business_failure"
	ReasonDisaster        = "disaster"
	ReasonStolenIdentity  = "stolen_identity"
	ReasonDispute         = "dispute"
	ReasonOverIndebted    = "over_indebted"

	// ReasonNoneGiven is no reason: the borrower was asked and named none. Without
	// a claim on record nobody knows whether there is one.
	ReasonNoneGiven = "none_given"
)

// Claim is what the borrower says about being late.
type Claim struct {
	Reason   string // the one named first, or that none was given
	StatedOn Date
	Since    Date     // when the reason began, by the borrower's account
	Also     []string // further reasons that the borrower gave
}

// Proofs are documents that somebody saw: that they were seen and their date,
// never the document.
type Proofs struct{ Items []Proof }

// Kinds of [Proof].
const (
	ProofTermination    = "termination_notice"
	ProofUnemployment   = "unemployment_benefit"
	ProofDiagnosis      = "diagnosis"
	ProofMedicalBill    = "medical_bill"
	ProofPoliceReceipt  = "police_receipt"
	ProofCardLoss       = "card_loss_report"
	ProofBankNotice     = "bank_fault_notice"
	ProofIncome         = "income_certificate"
	ProofContract       = "work_contract"
	ProofDeregistration = "business_deregistration"
	ProofAreaNotice     = "area_notice"
	ProofTaxZero        = "tax_zero_return"
	ProofFamily         = "family_certificate" // bereavement, divorce or care
	ProofComplaint      = "complaint_receipt"
)

// Proof is one such document.
type Proof struct {
	Kind string
	Seen Tri
	On   Date // the document's own date
}

// Employment is where the subject works.
type Employment struct {
	Status string // employed, self_employed, unemployed, retired, student
	Since  Date
}

// SocialInsurance lists months by whether contributions were paid.
type SocialInsurance struct{ Months []InsuredMonth }

// InsuredMonth is one month; Month is the first of it.
type InsuredMonth struct {
	Month Date
	Paid  Tri
	Base  Int // contribution base, fen
}

// Income is what the borrower or employer declares, month by month.
type Income struct {
	DeclaredMonthly Int // fen, as the borrower states it
	Months          []MonthAmount
	Verified        Tri // whether a source other than the borrower stands behind Months
}

// MonthAmount is the amount of one month; Month is the first of it.
type MonthAmount struct {
	Month  Date
	Amount int64 // fen
}

// Liabilities are what the subject owes and owns.
type Liabilities struct {
	Obligations []Obligation
	Assets      Int // fen
	Household   Int // persons who live on the subject's income, the subject included
	Region      string
}

// Obligation is one debt.
type Obligation struct {
	Kind    string // mortgage, car_loan, consumer_loan, card, guarantee, other
	Lender  string // an opaque code of the lender, never a name
	Balance int64  // fen
	Monthly int64  // fen a month
	Since   Date
	Own     Tri // whether it is owed to the lender of the case itself
}

// CreditReport is the summary of a credit report.
type CreditReport struct {
	On           Date
	Lenders      Int // lenders with an open balance
	Balance      Int // fen, all open loans
	Monthly      Int // fen a month, all obligations
	Inquiries30  Int // inquiries by lenders, last 30 days
	Inquiries90  Int
	NewLoans90   Int // loans taken in the last 90 days
	Overdue      Int // accounts overdue now
	WorstLate24M Int // worst days late in 24 months
	Inquiries180 Int
	NewLoans30   Int
	NewLoans180  Int
	// OwnBalance and OwnMonthly are what of Balance and Monthly is owed to the lender
	// of the case itself, so that a loan that is there too is not counted twice.
	OwnBalance Int // fen
	OwnMonthly Int // fen a month
}

// Fresh reports whether what the report counts over the last days may still be
// counted: it bears a day, not a later one than today, and is no older than so many
// days. The windows of a report end with its own day.
func (r *CreditReport) Fresh(today Date, days int64) bool {
	return r.On > 0 && r.On <= today && today.Days(r.On) <= days
}

// ContactLog lists attempts to reach the borrower, and what was promised.
type ContactLog struct {
	Attempts []ContactAttempt
	Promises []Promise
}

// Promise is one promise to pay.
type Promise struct {
	At     int64 // when it was made, seconds
	DueOn  Date
	Amount int64 // fen
}

// ContactAttempt is one attempt.
type ContactAttempt struct {
	At      int64  // seconds
	Channel string // call, sms, app, visit, letter
	Reached Tri
}

// DeviceLog lists logins and device changes.
type DeviceLog struct{ Events []DeviceEvent }

// DeviceEvent is one event.
type DeviceEvent struct {
	At        int64  // seconds
	Kind      string // login, transaction, phone_changed, card_changed, password_changed
	Amount    Int    // fen; transactions
	NewDevice Tri
	NewPlace  Tri
}

// Answers are what outside sources answered.
type Answers struct{ Items []Answer }

// Kinds of [Answer]: which factors a source compared.
const (
	AnswerTwoFactor    = "two_factor"   // name + number
	AnswerCarrierThree = "carrier"      // name + number + phone
	AnswerBankFour     = "bank_card"    // name + number + phone + card
	AnswerFace         = "face"         // liveness and likeness, the vendor's result
	AnswerBankAccount  = "bank_account" // whether an account was blocked or lost on a day
)

// Answer is one answer of one source.
type Answer struct {
	Kind     string
	Provider string
	At       int64 // seconds
	Match    Tri
	Live     Tri // face: a living person was there
	ScoreBP  Int // face: the vendor's likeness, 0 to 10,000
}

// History is what this lender knows of the subject from earlier applications.
type History struct{ Applications []PastApplication }

// PastApplication is one application that was made before, and what was said in it.
type PastApplication struct {
	At         int64 // seconds
	Requested  Int   // fen
	Income     Int   // fen a month, as it was declared
	Employment string
	Household  Int
	Outcome    string // accepted, declined, withdrawn, open
}

// Category implements [Datum].
func (*Identity) Category() Category        { return CatIdentity }
func (*Phone) Category() Category           { return CatPhone }
func (*Cards) Category() Category           { return CatCard }
func (*Loan) Category() Category            { return CatLoan }
func (*Claim) Category() Category           { return CatClaim }
func (*Proofs) Category() Category          { return CatProof }
func (*Employment) Category() Category      { return CatEmployment }
func (*SocialInsurance) Category() Category { return CatSocialInsurance }
func (*Income) Category() Category          { return CatIncome }
func (*Liabilities) Category() Category     { return CatLiabilities }
func (*CreditReport) Category() Category    { return CatCreditReport }
func (*Statement) Category() Category       { return CatStatement }
func (*ContactLog) Category() Category      { return CatContactLog }
func (*DeviceLog) Category() Category       { return CatDeviceLog }
func (*Answers) Category() Category         { return CatAnswer }
func (*History) Category() Category         { return CatHistory }
