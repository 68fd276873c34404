package policy

import (
	"encoding/json"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/yanmen/yanmen/agent"
)

// The door in. Each field is named: what is not named here, rules cannot see.
// Keys are terms made once; terms are immutable and may be shared.

type field = [2]*ast.Term

func key(name string) *ast.Term {
	ast.InternStringTerm(name)
	return ast.InternedTerm(name)
}

var (
	kNow           = key("now")
	kPurpose       = key("purpose")
	kMode          = key("mode")
	kBasis         = key("basis")
	kBasisRef      = key("basis_ref")
	kSubjectAge    = key("subject_age")
	kNotice        = key("notice")
	kConsent       = key("consent")
	kAssessment    = key("assessment")
	kFound         = key("found")
	kVersion       = key("version")
	kItems         = key("items")
	kPurposes      = key("purposes")
	kCategories    = key("categories")
	kRecipients    = key("recipients")
	kShownAt       = key("shown_at")
	kValidFrom     = key("valid_from")
	kValidUntil    = key("valid_until")
	kOpenEnded     = key("open_ended")
	kState         = key("state")
	kForm          = key("form")
	kGivenAt       = key("given_at")
	kExpiresAt     = key("expires_at")
	kReasons       = key("reasons")
	kDoneAt        = key("done_at")
	kAutomated     = key("automated")
	kSources       = key("sources")
	kUsableUntil   = key("usable_until")
	kRestricted    = key("restricted")
	kRecipient     = key("recipient")
	kClaims        = key("claims")
	kOutcome       = key("outcome")
	kSensitive     = key("sensitive")
	kBits          = key("bits")
	kSpent         = key("spent")
	kDenied        = key("denied")
	kID            = key("id")
	kRole          = key("role")
	kCountry       = key("country")
	kContract      = key("contract")
	kPools         = key("pools")
	kAsOf          = key("as_of")
	kIdentity      = key("identity")
	kOverdue       = key("overdue")
	kCapacity      = key("capacity")
	kAssurance     = key("assurance")
	kNumberForm    = key("number_form")
	kAge           = key("age")
	kSex           = key("sex")
	kExpired       = key("document_expired")
	kNameMatch     = key("name_match")
	kNumberMatch   = key("number_match")
	kCardForm      = key("card_form")
	kPhoneForm     = key("phone_form")
	kRefuted       = key("refuted")
	kCodes         = key("codes")
	kDaysPastDue   = key("days_past_due")
	kBucket        = key("bucket")
	kAmountPastDue = key("amount_past_due")
	kTechnical     = key("technical_lapse")
	kClaim         = key("claim")
	kSupport       = key("support")
	kFor           = key("for")
	kAgainst       = key("against")
	kBankReturn    = key("bank_return")
	kAttempts      = key("attempts_30")
	kFundsAtDue    = key("funds_at_due")
	kSalaryAfter   = key("salary_after")
	kEvidence      = key("evidence")
	kDeclared      = key("declared_income")
	kVerified      = key("verified_income")
	kIncomeMonths  = key("income_months")
	kLastIncomeOn  = key("last_income_on")
	kObligations   = key("obligations")
	kNewInstalment = key("new_instalment")
	kDebtService   = key("debt_service_bp")
	kLivingFloor   = key("living_floor")
	kResidual      = key("residual")
	kAffordable    = key("affordable")
	kRequested     = key("requested")
	kAssets        = key("assets")
	kDebts         = key("debts")
	kAssetLiab     = key("asset_liability_bp")
	kLenders       = key("lenders")
	kInquiries     = key("inquiries_30")
	kNewLoans      = key("new_loans_90")
	kOverdueElse   = key("overdue_accounts")
	kRows          = key("statement_rows")
	kRowsUnknown   = key("statement_unknown")
	kWarnings      = key("statement_warnings")
)

func str[S ~string](s S) *ast.Term { return ast.InternedTerm(string(s)) }

func boolean(b bool) *ast.Term { return ast.InternedTerm(b) }

func whole(n int64) *ast.Term {
	if n >= 0 && n < 512 {
		return ast.InternedTerm(int(n))
	}
	return ast.NumberTerm(json.Number(strconv.FormatInt(n, 10)))
}

func maybe(n agent.Int) *ast.Term {
	if v, ok := n.Value(); ok {
		return whole(v)
	}
	return ast.InternedNullTerm
}

func list[S ~string](ss []S) *ast.Term {
	if len(ss) == 0 {
		return ast.InternedEmptyArray
	}
	terms := make([]*ast.Term, len(ss))
	for i, s := range ss {
		terms[i] = str(s)
	}
	return ast.ArrayTerm(terms...)
}

func object(fields ...field) *ast.Term { return ast.NewTerm(ast.NewObject(fields...)) }

// groundFields writes the ground first; the point's own fields follow.
func groundFields(g *agent.Ground, own ...field) []field {
	return append([]field{
		{kNow, whole(g.Now)},
		{kPurpose, str(g.Purpose)},
		{kMode, str(g.Mode)},
		{kBasis, str(g.Basis)},
		{kBasisRef, boolean(g.BasisRef)},
		{kSubjectAge, maybe(g.SubjectAge)},
		{kNotice, object(
			field{kFound, boolean(g.Notice.Found)},
			field{kVersion, str(g.Notice.Version)},
			field{kItems, list(g.Notice.Items)},
			field{kPurposes, list(g.Notice.Purposes)},
			field{kCategories, list(g.Notice.Categories)},
			field{kRecipients, list(g.Notice.Recipients)},
			field{kShownAt, maybe(g.Notice.ShownAt)},
			field{kValidFrom, maybe(g.Notice.ValidFrom)},
			field{kValidUntil, maybe(g.Notice.ValidUntil)},
			field{kOpenEnded, boolean(g.Notice.OpenEnded)},
		)},
		{kConsent, object(
			field{kState, str(g.Consent.State)},
			field{kForm, str(g.Consent.Form)},
			field{kGivenAt, maybe(g.Consent.GivenAt)},
			field{kExpiresAt, maybe(g.Consent.ExpiresAt)},
			field{kNotice, str(g.Consent.Notice)},
			field{kPurposes, list(g.Consent.Purposes)},
			field{kCategories, list(g.Consent.Categories)},
			field{kRecipients, list(g.Consent.Recipients)},
			field{kReasons, list(g.Consent.Reasons)},
		)},
		{kAssessment, object(
			field{kFound, boolean(g.Assessment.Found)},
			field{kDoneAt, maybe(g.Assessment.DoneAt)},
			field{kValidUntil, maybe(g.Assessment.ValidUntil)},
			field{kPurposes, list(g.Assessment.Purposes)},
			field{kCategories, list(g.Assessment.Categories)},
			field{kRecipients, list(g.Assessment.Recipients)},
			field{kAutomated, boolean(g.Assessment.Automated)},
		)},
	}, own...)
}

func collectValue(in *agent.CollectInput) ast.Value {
	return ast.NewObject(groundFields(&in.Ground,
		field{kCategories, list(in.Categories)},
		field{kSources, list(in.Sources)},
	)...)
}

func useValue(in *agent.UseInput) ast.Value {
	return ast.NewObject(groundFields(&in.Ground,
		field{kCategories, list(in.Categories)},
		field{kUsableUntil, maybe(in.UsableUntil)},
		field{kRestricted, boolean(in.Restricted)},
	)...)
}

func discloseValue(in *agent.DiscloseInput) ast.Value {
	r := &in.Recipient
	return ast.NewObject(groundFields(&in.Ground,
		field{kRecipient, object(
			field{kFound, boolean(r.Found)},
			field{kID, str(r.ID)},
			field{kRole, str(r.Role)},
			field{kCountry, str(r.Country)},
			field{kContract, boolean(r.Contract)},
			field{kItems, list(r.Items)},
			field{kPurposes, list(r.Purposes)},
			field{kPools, boolean(r.Pools)},
			field{kValidUntil, maybe(r.ValidUntil)},
		)},
		field{kClaims, list(in.Claims)},
		field{kOutcome, str(in.Outcome)},
		field{kSensitive, boolean(in.Sensitive)},
		field{kBits, whole(in.Bits)},
		field{kSpent, whole(in.Spent)},
		field{kDenied, boolean(in.Denied)},
	)...)
}

func judgeValue(in *agent.JudgeInput) ast.Value {
	i, o, c := &in.Identity, &in.Overdue, &in.Capacity
	lastIncome := ast.InternedNullTerm
	if c.LastIncomeOn != 0 {
		lastIncome = whole(int64(c.LastIncomeOn))
	}
	return ast.NewObject(
		field{kAsOf, whole(in.AsOf)},
		field{kPurpose, str(in.Purpose)},
		field{kIdentity, object(
			field{kAssurance, str(i.Assurance)},
			field{kNumberForm, str(i.NumberForm)},
			field{kAge, maybe(i.Age)},
			field{kSex, str(i.Sex)},
			field{kExpired, str(i.DocumentExpired.String())},
			field{kNameMatch, str(i.NameMatch.String())},
			field{kNumberMatch, str(i.NumberMatch.String())},
			field{kCardForm, str(i.CardForm.String())},
			field{kPhoneForm, str(i.PhoneForm.String())},
			field{kRefuted, str(i.Refuted.String())},
			field{kCodes, list(i.Codes)},
		)},
		field{kOverdue, object(
			field{kDaysPastDue, maybe(o.DaysPastDue)},
			field{kBucket, str(o.Bucket)},
			field{kAmountPastDue, maybe(o.AmountPastDue)},
			field{kTechnical, str(o.TechnicalLapse.String())},
			field{kClaim, str(o.Claim)},
			field{kSupport, str(o.Support)},
			field{kFor, list(o.For)},
			field{kAgainst, list(o.Against)},
			field{kBankReturn, str(o.BankReturn)},
			field{kAttempts, maybe(o.Attempts30)},
			field{kFundsAtDue, str(o.FundsAtDue.String())},
			field{kSalaryAfter, str(o.SalaryAfter.String())},
		)},
		field{kCapacity, object(
			field{kEvidence, str(c.Evidence)},
			field{kDeclared, maybe(c.DeclaredIncome)},
			field{kVerified, maybe(c.VerifiedIncome)},
			field{kIncomeMonths, maybe(c.IncomeMonths)},
			field{kLastIncomeOn, lastIncome},
			field{kObligations, maybe(c.Obligations)},
			field{kNewInstalment, maybe(c.NewInstalment)},
			field{kDebtService, maybe(c.DebtServiceBP)},
			field{kLivingFloor, maybe(c.LivingFloor)},
			field{kResidual, maybe(c.Residual)},
			field{kAffordable, maybe(c.Affordable)},
			field{kRequested, maybe(c.Requested)},
			field{kAssets, maybe(c.Assets)},
			field{kDebts, maybe(c.Debts)},
			field{kAssetLiab, maybe(c.AssetLiabilityBP)},
			field{kLenders, maybe(c.Lenders)},
			field{kInquiries, maybe(c.Inquiries30)},
			field{kNewLoans, maybe(c.NewLoans90)},
			field{kOverdueElse, maybe(c.OverdueAccounts)},
			field{kRows, maybe(c.StatementRows)},
			field{kRowsUnknown, maybe(c.StatementUnknown)},
			field{kWarnings, list(c.StatementWarnings)},
		)},
	)
}
