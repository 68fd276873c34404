package agent

// Points of decision beside those of a case.
const (
	PointProvide = "provide"
	PointRetain  = "retain"
	PointRights  = "rights"
	PointContact = "contact"
	PointAccess  = "access"
)

// ProvideInput asks: may these categories be handed to this recipient, in the
// clear, for this purpose? A verdict is not provided but disclosed; this point is
// for sources that are asked about a person, and for whoever else wants data.
type ProvideInput struct {
	Ground
	Recipient  RecipientEntry `json:"recipient"`
	Categories []string       `json:"categories"` // sorted, without duplicates
	// Act is "query" (ask a source about the person), "supply" (hand over),
	// "transfer" (with the business itself: merger, bankruptcy) or "publish".
	Act        string `json:"act"`
	Raw        bool   `json:"raw"`        // holds biometric samples or templates
	Adverse    bool   `json:"adverse"`    // holds adverse credit information
	Told       bool   `json:"told"`       // the person was told of this recipient before
	Restricted bool   `json:"restricted"` // PIPL 47 paragraph 2
}

// RetainInput asks: what becomes of this kind of data of one subject now?
type RetainInput struct {
	Now     int64   `json:"now"`
	Purpose Purpose `json:"purpose"`
	// Category is one of the catalogue, or "finding", "consent", "assessment",
	// "processing_record", "contact_record".
	Category string `json:"category"`
	Basis    Basis  `json:"basis"`
	Consent  string `json:"consent"` // state of the consent it rests on; "" if on none
	// LenderClass is bank, consumer_finance, microloan or private_lender.
	LenderClass string `json:"lender_class"`
	CollectedAt Int    `json:"collected_at"`
	// EndedAt is when the relationship or purpose ended; null while it goes on.
	EndedAt Int `json:"ended_at"`
	// AdverseEndedAt is when the bad conduct that it tells of ended (CRR 16);
	// null when it tells of none.
	AdverseEndedAt Int  `json:"adverse_ended_at"`
	Unlawful       bool `json:"unlawful"` // collected or kept in breach of law or contract
	Hold           bool `json:"hold"`     // a court or authority has ordered that it be kept
}

// A Retention is the answer of the retain point. The zero Retention allows no
// use; what it does not allow to be used is not thereby deleted.
type Retention struct {
	Decision
	// Action is "keep", "restrict" (storage and protection alone, PIPL 47
	// paragraph 2), "anonymise" or "delete". "" when the point did not decide:
	// then nothing is used and nothing is deleted.
	Action string `json:"action"`
	// Until is when to ask again: the end of use or of the statutory period,
	// seconds; null when there is none.
	Until Int `json:"until"`
}

// RightsInput asks what is owed to somebody who exercises a right of PIPL 44-50.
type RightsInput struct {
	Now int64 `json:"now"`
	// Request is access, copy, transfer, correct, delete, restrict, explain,
	// withdraw, human_review, dispute or report.
	Request    string `json:"request"`
	ReceivedAt Int    `json:"received_at"`
	// Requester is subject, guardian, relative (of a deceased person) or agent.
	Requester string `json:"requester"`
	Verified  bool   `json:"verified"` // who asks was verified
	Mandate   bool   `json:"mandate"`  // proof of guardianship, kinship or mandate was seen
	Deceased  bool   `json:"deceased"`
	Basis     Basis  `json:"basis"` // what the data in question rests on
	// StatuteUntil is the end of the longest statutory period on the data,
	// seconds; null when no statute keeps them.
	StatuteUntil  Int  `json:"statute_until"`
	Confidential  bool `json:"confidential"`    // a statute forbids telling (PIPL 18 paragraph 1)
	Feasible      bool `json:"feasible"`        // a transfer is technically possible
	HarmsOthers   bool `json:"harms_others"`    // it would harm the rights of others
	Automated     bool `json:"automated"`       // a decision was made by automation alone
	ReportsInYear Int  `json:"reports_in_year"` // free reports given in the last year
	Needed        bool `json:"needed"`          // the contract or duty that the data serve goes on
	Checked       bool `json:"checked"`         // what is disputed was checked against its source and found right
	// Refusal is the code of the reason for which the lender wants to refuse;
	// "" when it wants to fulfil.
	Refusal Code `json:"refusal"`
}

// A RightsAnswer is the answer of the rights point: Allow says that the lender
// may do what it wants to, fulfil or refuse.
type RightsAnswer struct {
	Decision
	// Action is "fulfil", "restrict" (what cannot be deleted yet) or "refuse".
	Action string `json:"action"`
	DueAt  Int    `json:"due_at"` // by when, seconds
}

// ContactInput asks: may this person be contacted now, in this way?
type ContactInput struct {
	Now int64 `json:"now"` // seconds; rules count in China's time
	// Content is reminder, collection, message (to be passed on), service or
	// marketing.
	Content string `json:"content"`
	// Channel is voice, ai_voice, sms, app, mail or visit.
	Channel string `json:"channel"`
	// Target is debtor, guarantor, third_related (for example a spouse who owes
	// as well) or third_unrelated.
	Target      string `json:"target"`
	LenderClass string `json:"lender_class"`
	// AgreedHours and AgreedFrequency: the debtor agreed to other hours, or to
	// more attempts.
	AgreedHours     bool        `json:"agreed_hours"`
	AgreedFrequency bool        `json:"agreed_frequency"`
	CallsToday      Int         `json:"calls_today"`      // effective calls started to the debtor
	AttemptsToday   Int         `json:"attempts_today"`   // unanswered, to this contact point
	FailedInRow     Int         `json:"failed_in_row"`    // attempts to reach the debtor
	Unreachable     bool        `json:"unreachable"`      // the debtor's number is invalid, or worse
	Refused         bool        `json:"refused"`          // this target refused further contact, or marketing
	DebtDetails     bool        `json:"debt_details"`     // what is said tells of the debt
	DaysPastDue     Int         `json:"days_past_due"`    // 0 before the due date
	PlanRuns        bool        `json:"plan_runs"`        // a restructuring plan was agreed
	PlanBroken      bool        `json:"plan_broken"`      // and was broken
	Disputed        bool        `json:"disputed"`         // the debt or who owes it is disputed
	NotTheBorrower  bool        `json:"not_the_borrower"` // identity misuse was reported or found
	Agency          AgencyEntry `json:"agency"`
}

// AgencyEntry is who contacts for the lender. Used is false when it is the lender.
type AgencyEntry struct {
	Used       bool `json:"used"`
	Found      bool `json:"found"`
	Contract   bool `json:"contract"`
	Violent    bool `json:"violent"`     // on record for violence or threats
	ReviewedAt Int  `json:"reviewed_at"` // last rating
}

// A ContactAnswer is the answer of the contact point.
type ContactAnswer struct {
	Decision
	// NotBefore is when the same contact may be asked about again, seconds; null
	// when time alone does not change the answer.
	NotBefore Int `json:"not_before"`
}

// AccessInput asks: may somebody of the lender's staff do this?
type AccessInput struct {
	Now     int64   `json:"now"`
	Role    string  `json:"role"` // of the access matrix in the rules' data
	Act     string  `json:"act"`  // of the same matrix
	Purpose Purpose `json:"purpose"`
	// Categories are what the act would show or hand out, sorted.
	Categories []string `json:"categories"`
	Clear      bool     `json:"clear"`    // unmasked
	Verified   bool     `json:"verified"` // the actor authenticated again for it
	TrainedAt  Int      `json:"trained_at"`
	// Prepared: the same actor prepared what is now to be decided; Decided: has
	// given the first of two decisions.
	Prepared bool `json:"prepared"`
	Decided  bool `json:"decided"`
	Adverse  bool `json:"adverse"` // the decision is against the borrower
	// Subjects is how many persons' data the actor would have taken out within 24
	// hours, this act included.
	Subjects Int `json:"subjects"`
}
