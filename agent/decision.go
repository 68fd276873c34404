package agent

import "context"

// Code names a denial, an obligation, a reason or a warning, as noun.state.
type Code string

// CodeUndecided is the denial of a decision that erred, timed out or was
// undefined. The rules' own text is never shown.
const CodeUndecided Code = "policy.undecided"

// Points of decision.
const (
	PointCollect  = "collect"
	PointUse      = "use"
	PointJudge    = "judge"
	PointDisclose = "disclose"
)

// A Decision is one evaluation of policy. The zero Decision denies.
type Decision struct {
	Allow       bool   `json:"allow"`
	Denials     []Code `json:"denials"`     // sorted
	Obligations []Code `json:"obligations"` // sorted
}

// Ground is the legal ground as rules see it: register entries resolved, and no
// field about who the subject is beyond age. All times are seconds; null where
// not known. Every string is "" where absent, and rules deny on it.
type Ground struct {
	Now     int64   `json:"now"`
	Purpose Purpose `json:"purpose"`
	// Mode is "strict" (separate consent for sensitive data on every basis) or
	// "balanced".
	Mode       string          `json:"mode"`
	Basis      Basis           `json:"basis"`
	BasisRef   bool            `json:"basis_ref"`   // evidence of the basis is named
	SubjectAge Int             `json:"subject_age"` // full years, from the number; null if not computable
	Notice     NoticeEntry     `json:"notice"`
	Consent    ConsentInput    `json:"consent"`
	Assessment AssessmentEntry `json:"assessment"`
}

// NoticeEntry is one entry of the register of notices, and when it was shown.
type NoticeEntry struct {
	Found      bool     `json:"found"`
	Version    string   `json:"version"`
	Items      []string `json:"items"` // PIPL 17, 30: handler_name, handler_contact, purpose, method, categories, retention, expiry, rights_procedure, necessity, impact
	Purposes   []string `json:"purposes"`
	Categories []string `json:"categories"`
	Recipients []string `json:"recipients"`
	ShownAt    Int      `json:"shown_at"`
	ValidFrom  Int      `json:"valid_from"`
	ValidUntil Int      `json:"valid_until"` // null: open-ended only if OpenEnded
	OpenEnded  bool     `json:"open_ended"`
}

// ConsentInput is [Consent] as rules see it.
type ConsentInput struct {
	State      string   `json:"state"`
	Form       string   `json:"form"`
	GivenAt    Int      `json:"given_at"`
	ExpiresAt  Int      `json:"expires_at"`
	Notice     string   `json:"notice"`
	Purposes   []string `json:"purposes"`
	Categories []string `json:"categories"`
	Recipients []string `json:"recipients"`
	Reasons    []string `json:"reasons"`
}

// AssessmentEntry is one entry of the register of impact assessments (PIPL 55).
type AssessmentEntry struct {
	Found      bool     `json:"found"`
	DoneAt     Int      `json:"done_at"`
	ValidUntil Int      `json:"valid_until"`
	Purposes   []string `json:"purposes"`
	Categories []string `json:"categories"`
	Recipients []string `json:"recipients"`
	Automated  bool     `json:"automated"` // covers automated decisions
}

// CollectInput asks: may these categories be taken in, for this purpose?
type CollectInput struct {
	Ground
	Categories []string `json:"categories"` // sorted, without duplicates
	Sources    []string `json:"sources"`    // sorted kinds of source: borrower, lender, provider
}

// UseInput asks: may these categories be opened, for this purpose, now?
type UseInput struct {
	Ground
	Categories []string `json:"categories"` // sorted, without duplicates
	// UsableUntil is the earliest end of use over the categories asked for
	// (retention); null when nothing stored is opened.
	UsableUntil Int  `json:"usable_until"`
	Restricted  bool `json:"restricted"` // PIPL 47 paragraph 2
}

// JudgeInput is what judgement sees: facts, the product's figures, nothing else.
type JudgeInput struct {
	AsOf     int64         `json:"as_of"`
	Purpose  Purpose       `json:"purpose"`
	Identity IdentityFacts `json:"identity"`
	Overdue  OverdueFacts  `json:"overdue"`
	Capacity CapacityFacts `json:"capacity"`
	Conduct  ConductFacts  `json:"conduct"`
	Contract ContractFacts `json:"contract"`
	Cost     CostInput     `json:"cost"`
}

// CostInput is [CostFacts] as rules see them, and by whose law they are judged.
type CostInput struct {
	AllInBP     Int    `json:"all_in_bp"`
	ContractOn  string `json:"contract_on"`  // YYYY-MM-DD, so that rules compare it with dates of their data
	LenderClass string `json:"lender_class"` // bank, consumer_finance, microloan, private_lender
}

// JudgeInputOf is what judgement is asked about facts, by a lender of a class.
func JudgeInputOf(asOf int64, p Purpose, f *Facts, class string) *JudgeInput {
	in := &JudgeInput{AsOf: asOf, Purpose: p, Identity: f.Identity, Overdue: f.Overdue, Capacity: f.Capacity,
		Conduct: f.Conduct, Contract: f.Contract, Cost: CostInput{AllInBP: f.Cost.AllInBP, LenderClass: class}}
	if f.Cost.ContractOn != 0 {
		in.Cost.ContractOn = f.Cost.ContractOn.String()
	}
	return in
}

// A Judgement is the answer of the judge point. The zero Judgement denies: it
// carries no outcome and nothing may be concluded from it.
type Judgement struct {
	Decision
	Row          Code   `json:"row"`           // which row of the tables decided; stays
	Outcome      string `json:"outcome"`       // pass, fail, review, inconclusive
	OverdueClass string `json:"overdue_class"` // none, technical, hardship, dispute, not_the_borrower, over_indebted, unproven
	Band         string `json:"band"`          // A … E, U
	Disposition  string `json:"disposition"`   // none, remind, grace, instalments, restructure, review, freeze, secure, legal, accept, accept_less, decline
	// Proposal is a class or a disposition on which people may decide, "" if there
	// is none: not_the_borrower for one of them, able_unwilling, secure and legal
	// for two. Until they do it is nobody's, and it stays.
	Proposal string `json:"proposal"`
	Offer    Int    `json:"offer"`   // fen; stays
	Reasons  []Code `json:"reasons"` // all, most important first; stay
	Improve  []Code `json:"improve"` // what would change the answer; stay
}

// Names of the claims that may leave, in the order of the wire.
const (
	ClaimOutcome     = "outcome"
	ClaimAssurance   = "identity_assurance"
	ClaimClass       = "overdue_class"
	ClaimBand        = "capacity_band"
	ClaimDisposition = "disposition"
	ClaimReasons     = "reasons"
)

// DiscloseInput asks: which of these claims may leave, to this recipient?
type DiscloseInput struct {
	Ground
	Recipient RecipientEntry `json:"recipient"`
	Claims    []string       `json:"claims"` // names of claims wanted, sorted
	// Outcome and Class are the values that decide what may be said; Sensitive
	// is set when the overdue reason rests on a sensitive category (health).
	Outcome   string `json:"outcome"`
	Sensitive bool   `json:"sensitive"`
	// Bits is what this verdict could say, Spent what was said to this
	// recipient about this subject in the last 30 days; thousandths of a bit.
	Bits  int64 `json:"bits"`
	Spent int64 `json:"spent"`
	// Denied holds if an earlier point denied: there is nothing but that.
	Denied bool `json:"denied"`
	// Recall holds if the recipient has a verdict of this case that says
	// something, and that holds no longer once this question is answered.
	Recall bool `json:"recall"`
}

// RecipientEntry is one entry of the register of recipients.
type RecipientEntry struct {
	Found    bool     `json:"found"`
	ID       string   `json:"id"`
	Role     string   `json:"role"`    // same_handler, entrusted_processor, joint_handler, other_handler, licensed_credit_agency, authority
	Country  string   `json:"country"` // ISO 3166-1 alpha-2
	Contract bool     `json:"contract"`
	Items    []string `json:"items"` // PIPL 21: purpose, period, method, categories, measures, duties
	Purposes []string `json:"purposes"`
	Pools    bool     `json:"pools"` // compiles judgements of several lenders for others
	// Sub: it hands work on to others; SubApproved: the lender agreed (PIPL 21).
	Sub         bool `json:"sub"`
	SubApproved bool `json:"sub_approved"`
	ValidUntil  Int  `json:"valid_until"`
}

// A Disclosure is the answer of the disclose point: the claims that may leave,
// sorted. The zero Disclosure lets nothing leave.
type Disclosure struct {
	Decision
	Claims []string `json:"claims"`
	// ValidFor is how long the verdict may be relied on, seconds.
	ValidFor int64 `json:"valid_for"`
	// Retraction holds if no claim may leave, and that an earlier verdict holds
	// no longer may.
	Retraction bool `json:"retraction"`
}

// Policy answers the points of decision. Methods are safe for concurrent use,
// pure (same input, same rules, same answer) and fail closed: on error or
// time-out they return a decision that denies with [CodeUndecided].
type Policy interface {
	Collect(context.Context, *CollectInput) Decision
	Use(context.Context, *UseInput) Decision
	Judge(context.Context, *JudgeInput) Judgement
	Disclose(context.Context, *DiscloseInput) Disclosure
	// Digest is SHA-256 over rules and data; a verdict names it.
	Digest() [32]byte
	// RetainFor says how long, in seconds, a category is kept when collected
	// for a purpose; 0 and false if the catalogue does not know.
	RetainFor(Category, Purpose) (int64, bool)
	// CategoriesFor lists the categories that a purpose uses, sorted.
	CategoriesFor(Purpose) []Category
	// Sensitive reports whether the catalogue marks the category as sensitive.
	Sensitive(Category) bool
}

// Registers resolve the references of a case file into what rules see. An
// unknown key gives the zero entry, on which rules deny.
type Registers interface {
	Notice(key string) NoticeEntry
	Assessment(key string) AssessmentEntry
	Recipient(key string) RecipientEntry
	Mode() string
	// LenderClass says whose law caps the cost of a loan, see [CostInput]; ""
	// if nobody said.
	LenderClass() string
	// Digest is SHA-256 over all entries, the mode and the class: a finding keeps it, so
	// that replaying a case can tell whether the registers are still those.
	Digest() [32]byte
}
