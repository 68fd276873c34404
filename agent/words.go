package agent

// words is the vocabulary of what is stored: the codes of the catalogue, of facts,
// judgements and rules. A word's place is its number on the disk, so the list
// only ever grows at its end. What is not in it is stored in full.
var words = []string{
	"",
	// Categories, purposes, grounds, consent.
	"identity", "phone", "card", "loan", "claim", "proof", "employment", "social_insurance", "income", "liabilities",
	"credit_report", "statement", "contact_log", "device_log", "source_answer",
	"application", "overdue", "oversight",
	"consent", "contract", "legal_duty", "emergency", "public_interest", "lawfully_public", "other_statute",
	"given", "renewed", "withdrawn", "refused", "expired", "requested", "deferred", "revoked", "invalidated", "unknown",
	"general", "separate", "written",
	"borrower", "lender", "provider", "collect", "use", "judge", "disclose",
	// Loans, claims, proofs, evidence.
	"equal_instalment", "equal_principal", "interest_only", "bullet",
	"settled", "card_lost", "card_invalid", "system_fault", "insufficient_funds", "account_frozen", "other",
	"lost_card", "job_loss", "illness", "family", "business_failure", "disaster", "stolen_identity", "dispute", "over_indebted",
	"termination_notice", "unemployment_benefit", "diagnosis", "medical_bill", "police_receipt", "card_loss_report",
	"bank_fault_notice", "income_certificate", "work_contract", "business_deregistration", "area_notice",
	"employed", "self_employed", "unemployed", "retired", "student",
	"mortgage", "car_loan", "consumer_loan", "guarantee",
	"call", "sms", "app", "visit", "letter", "login", "transaction", "phone_changed", "card_changed",
	"two_factor", "carrier", "bank_card", "face", "bank_account",
	"alipay", "wechat", "icbc", "cmb",
	// Facts.
	"none", "format", "authority-2", "authority-3", "authority-4", "biometric", "valid", "legacy", "invalid", "male", "female",
	"M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7+", "supported", "contradicted", "unproven", "weak", "fair", "good",
	// Judgements and claims.
	"pass", "fail", "review", "inconclusive", "technical", "hardship", "not_the_borrower", "able_unwilling",
	"A", "B", "C", "D", "E", "U",
	"remind", "grace", "instalments", "restructure", "freeze", "secure", "legal", "accept", "accept_less", "decline", "not_available",
	"amount.reduced", "claim.contradicted", "claim.supported", "claim.unproven", "debt_service.high", "document.expired",
	"employment.unstable", "evidence.conflicting", "evidence.missing", "evidence.stale", "face.unmatched", "history.short",
	"identity.unmatched", "identity.unverified", "income.insufficient", "income.unverified", "inquiries.many", "lenders.many",
	"overdue.current", "overdue.recent", "review.needed",
	"collect.decision_explained", "use.decision_explained", "judge.reasons_given", "judge.review_offered",
	"judge.reason_sensitive", "judge.collection_stopped", "disclose.claims_reduced", "disclose.reason_coarse",
	"provide.statements_6m", "provide.contract", "provide.credit_report", "provide.termination_notice", "provide.medical_bill",
	"provide.card_loss_report", "provide.bank_notice", "reduce.debt", "reduce.amount", "fewer.applications", "renew.document",
	"judge.cost_disclosed", "judge.cost_disputed", "judge.cost_stated", "judge.lender_classed", "judge.cap_determined", "judge.plan_limited",
	"history",
	"citizen_id", "residence_permit", "permanent_residence", "travel_permit_hkm", "travel_permit_tw", "passport",
	"monthly", "daily", "half_up", "half_even", "up", "down", "revolving", "single_draw",
	"tax_zero_return", "family_certificate", "complaint_receipt", "password_changed",
	"accepted", "declined", "open",
	"some", "strong", "wage", "benefit", "receipts", "housing_fund", "family_support", "unlikely", "possible", "likely",
	// Rows of judgement, and what came with them.
	"application.accepted_whole", "application.accepted_less", "application.identity_refuted", "application.identity_unmatched",
	"application.document_expired", "application.identity_unverified", "application.account_taken",
	"application.evidence_conflicting", "application.draw_overdue", "application.limit_used", "application.limit_closed",
	"application.late_elsewhere", "application.over_indebted", "application.limit_unknown", "application.evidence_missing",
	"application.income_short", "application.borrowing_fast", "application.cost_unknown", "days.not_known",
	"identity.stolen_proven", "identity.refuted_by_source", "identity.stolen_reported", "account.taken_over",
	"account.perhaps_taken", "identity.not_matched", "identity.not_verified", "due.coming_soon", "due.not_past", "cost.over_cap",
	"debt.in_dispute", "statement.looks_forged", "technical.borne_out", "technical.too_long", "hardship.no_room",
	"hardship.too_long", "income.loss_borne_out", "hardship.borne_out", "debts.borne_out", "conduct.not_consistent",
	"schedule.not_matched", "legal.for_decision", "assets.for_decision", "unwilling.for_decision", "claim.against_data",
	"debts.over_means", "lapse.technical_days", "promise.not_kept", "claim.half_proven", "arrears.in_first_days",
	"arrears.soon_cured", "arrears.plan_carried", "arrears.not_explained", "provide.identity", "provide.family_proof",
	"provide.deregistration", "provide.area_notice", "provide.police_receipt", "provide.complaint", "settle.overdue",
	"keep.promise", "renew.limit", "judge.human_review", "judge.two_persons",
	// Draws on a limit.
	"drawdown", "limit.used", "provide.card", "confirm.card", "drawdown.accepted_whole", "drawdown.identity_refuted",
	"drawdown.identity_unmatched", "drawdown.document_expired", "drawdown.identity_unverified", "drawdown.account_taken",
	"drawdown.payment_late", "drawdown.limit_used", "drawdown.limit_closed", "drawdown.limit_unknown", "drawdown.limit_exceeded",
	"drawdown.payout_foreign", "drawdown.payout_unmatched", "drawdown.card_missing", "drawdown.card_unconfirmed",
	"drawdown.cost_unknown", "drawdown.document_missing",
	// What the rules ask for, lest leaving it out help.
	"provide.document", "state.reason", "none_given",
	"application.document_missing", "unwilling.not_heard", "debts.claim_open",
	"statement.not_joined", "provide.statement_whole",
	"verify.without_face", "application.face_unmatched", "application.face_lifeless", "identity.face_unmatched",
	"identity.face_lifeless", "drawdown.face_unmatched", "drawdown.face_lifeless", "application.name_unclear",
}

var wordIndex = func() map[string]int64 {
	m := make(map[string]int64, len(words))
	for i, w := range words {
		if _, twice := m[w]; twice {
			panic("agent: a word stands twice in the vocabulary: " + w)
		}
		m[w] = int64(i)
	}
	return m
}()
