package policy

import "github.com/yanmen/yanmen/agent"

// The door in. Each field is named: what is not named here, rules cannot see.

func maybe(n agent.Int) value {
	if v, ok := n.Value(); ok {
		return whole(v)
	}
	return null
}

func day(d agent.Date) value {
	if d == 0 {
		return null
	}
	return whole(int64(d))
}

func reasonFacts(a *arena, r *agent.ReasonFacts) value {
	return a.object(
		field{"reason", text(r.Reason)},
		field{"claimed", boolean(r.Claimed)},
		field{"support", text(r.Support)},
		field{"strength", text(r.Strength)},
		field{"for", list(a, r.For)},
		field{"against", list(a, r.Against)},
		field{"needed", list(a, r.Needed)},
	)
}

func streamFacts(a *arena, s *agent.StreamFacts) value {
	return a.object(
		field{"kind", text(s.Kind)},
		field{"counted", boolean(s.Counted)},
		field{"monthly", maybe(s.Monthly)},
		field{"months", maybe(s.Months)},
		field{"last_on", day(s.LastOn)},
		field{"trend_bp", maybe(s.TrendBP)},
		field{"variation_bp", maybe(s.VariationBP)},
	)
}

// groundFields are the fields that three points share; a point's own follow.
func groundFields(a *arena, g *agent.Ground) [9]field {
	return [...]field{
		{"now", whole(g.Now)},
		{"purpose", text(g.Purpose)},
		{"mode", text(g.Mode)},
		{"basis", text(g.Basis)},
		{"basis_ref", boolean(g.BasisRef)},
		{"subject_age", maybe(g.SubjectAge)},
		{"notice", a.object(
			field{"found", boolean(g.Notice.Found)},
			field{"version", text(g.Notice.Version)},
			field{"items", list(a, g.Notice.Items)},
			field{"purposes", list(a, g.Notice.Purposes)},
			field{"categories", list(a, g.Notice.Categories)},
			field{"recipients", list(a, g.Notice.Recipients)},
			field{"shown_at", maybe(g.Notice.ShownAt)},
			field{"valid_from", maybe(g.Notice.ValidFrom)},
			field{"valid_until", maybe(g.Notice.ValidUntil)},
			field{"open_ended", boolean(g.Notice.OpenEnded)},
		)},
		{"consent", a.object(
			field{"state", text(g.Consent.State)},
			field{"form", text(g.Consent.Form)},
			field{"given_at", maybe(g.Consent.GivenAt)},
			field{"expires_at", maybe(g.Consent.ExpiresAt)},
			field{"notice", text(g.Consent.Notice)},
			field{"purposes", list(a, g.Consent.Purposes)},
			field{"categories", list(a, g.Consent.Categories)},
			field{"recipients", list(a, g.Consent.Recipients)},
			field{"reasons", list(a, g.Consent.Reasons)},
		)},
		{"assessment", a.object(
			field{"found", boolean(g.Assessment.Found)},
			field{"done_at", maybe(g.Assessment.DoneAt)},
			field{"valid_until", maybe(g.Assessment.ValidUntil)},
			field{"purposes", list(a, g.Assessment.Purposes)},
			field{"categories", list(a, g.Assessment.Categories)},
			field{"recipients", list(a, g.Assessment.Recipients)},
			field{"automated", boolean(g.Assessment.Automated)},
		)},
	}
}

func collectInput(a *arena, in *agent.CollectInput) value {
	ground := groundFields(a, &in.Ground)
	return a.object(append(ground[:],
		field{"categories", list(a, in.Categories)},
		field{"sources", list(a, in.Sources)},
	)...)
}

func useInput(a *arena, in *agent.UseInput) value {
	ground := groundFields(a, &in.Ground)
	return a.object(append(ground[:],
		field{"categories", list(a, in.Categories)},
		field{"usable_until", maybe(in.UsableUntil)},
		field{"restricted", boolean(in.Restricted)},
	)...)
}

func discloseInput(a *arena, in *agent.DiscloseInput) value {
	r := &in.Recipient
	ground := groundFields(a, &in.Ground)
	return a.object(append(ground[:],
		field{"recipient", a.object(
			field{"found", boolean(r.Found)},
			field{"id", text(r.ID)},
			field{"role", text(r.Role)},
			field{"country", text(r.Country)},
			field{"contract", boolean(r.Contract)},
			field{"items", list(a, r.Items)},
			field{"purposes", list(a, r.Purposes)},
			field{"pools", boolean(r.Pools)},
			field{"sub", boolean(r.Sub)},
			field{"sub_approved", boolean(r.SubApproved)},
			field{"valid_until", maybe(r.ValidUntil)},
		)},
		field{"claims", list(a, in.Claims)},
		field{"outcome", text(in.Outcome)},
		field{"sensitive", boolean(in.Sensitive)},
		field{"bits", whole(in.Bits)},
		field{"spent", whole(in.Spent)},
		field{"denied", boolean(in.Denied)},
		field{"recall", boolean(in.Recall)},
	)...)
}

func judgeInput(a *arena, in *agent.JudgeInput) value {
	i, o, c, d, k := &in.Identity, &in.Overdue, &in.Capacity, &in.Conduct, &in.Contract
	return a.object(
		field{"as_of", whole(in.AsOf)},
		field{"purpose", text(in.Purpose)},
		field{"identity", a.object(
			field{"assurance", text(i.Assurance)},
			field{"number_form", text(i.NumberForm)},
			field{"age", maybe(i.Age)},
			field{"sex", text(i.Sex)},
			field{"document_expired", text(i.DocumentExpired.String())},
			field{"name_match", text(i.NameMatch.String())},
			field{"number_match", text(i.NumberMatch.String())},
			field{"card_form", text(i.CardForm.String())},
			field{"phone_form", text(i.PhoneForm.String())},
			field{"refuted", text(i.Refuted.String())},
			field{"document", text(i.Document)},
			field{"payout", text(i.Payout.String())},
			field{"payout_bank", text(i.PayoutBank.String())},
			field{"live", text(i.Live.String())},
			field{"takeover", text(i.Takeover)},
			field{"codes", list(a, i.Codes)},
		)},
		field{"overdue", a.object(
			field{"days_past_due", maybe(o.DaysPastDue)},
			field{"bucket", text(o.Bucket)},
			field{"amount_past_due", maybe(o.AmountPastDue)},
			field{"technical_lapse", text(o.TechnicalLapse.String())},
			field{"claim", text(o.Claim)},
			field{"support", text(o.Support)},
			field{"for", list(a, o.For)},
			field{"against", list(a, o.Against)},
			field{"bank_return", text(o.BankReturn)},
			field{"attempts_30", maybe(o.Attempts30)},
			field{"funds_at_due", text(o.FundsAtDue.String())},
			field{"salary_after", text(o.SalaryAfter.String())},
			field{"reasons", objects(a, o.Reasons, reasonFacts)},
			field{"able", text(o.Able.String())},
			field{"others_paid", text(o.OthersPaid.String())},
			field{"spending", text(o.Spending.String())},
			field{"reached_30", maybe(o.Reached30)},
		)},
		field{"capacity", a.object(
			field{"evidence", text(c.Evidence)},
			field{"declared_income", maybe(c.DeclaredIncome)},
			field{"verified_income", maybe(c.VerifiedIncome)},
			field{"income_months", maybe(c.IncomeMonths)},
			field{"last_income_on", day(c.LastIncomeOn)},
			field{"obligations", maybe(c.Obligations)},
			field{"new_instalment", maybe(c.NewInstalment)},
			field{"debt_service_bp", maybe(c.DebtServiceBP)},
			field{"living_floor", maybe(c.LivingFloor)},
			field{"residual", maybe(c.Residual)},
			field{"affordable", maybe(c.Affordable)},
			field{"requested", maybe(c.Requested)},
			field{"assets", maybe(c.Assets)},
			field{"debts", maybe(c.Debts)},
			field{"asset_liability_bp", maybe(c.AssetLiabilityBP)},
			field{"lenders", maybe(c.Lenders)},
			field{"inquiries_30", maybe(c.Inquiries30)},
			field{"new_loans_90", maybe(c.NewLoans90)},
			field{"overdue_accounts", maybe(c.OverdueAccounts)},
			field{"statement_rows", maybe(c.StatementRows)},
			field{"statement_unknown", maybe(c.StatementUnknown)},
			field{"statement_warnings", list(a, c.StatementWarnings)},
			field{"streams", objects(a, c.Streams, streamFacts)},
			field{"shock_20", maybe(c.Shock20)},
			field{"shock_40", maybe(c.Shock40)},
			field{"buffer_days", maybe(c.BufferDays)},
			field{"instalment", maybe(c.Instalment)},
			field{"cure_months", maybe(c.CureMonths)},
			field{"cure_chance", text(c.CureChance)},
			field{"plan_months", maybe(c.PlanMonths)},
		)},
		field{"conduct", a.object(
			field{"applications_30", maybe(d.Applications30)},
			field{"applications_90", maybe(d.Applications90)},
			field{"applications_180", maybe(d.Applications180)},
			field{"inquiries_90", maybe(d.Inquiries90)},
			field{"inquiries_180", maybe(d.Inquiries180)},
			field{"new_loans_30", maybe(d.NewLoans30)},
			field{"new_loans_180", maybe(d.NewLoans180)},
			field{"promises_kept", maybe(d.PromisesKept)},
			field{"promises_broken", maybe(d.PromisesBroken)},
			field{"promises_open", maybe(d.PromisesOpen)},
			field{"times_late", maybe(d.TimesLate)},
			field{"longest_late", maybe(d.LongestLate)},
			field{"inconsistent", text(d.Inconsistent.String())},
			field{"forgery", text(d.Forgery)},
			field{"codes", list(a, d.Codes)},
		)},
		field{"contract", a.object(
			field{"plan", text(k.Plan.String())},
			field{"plan_off", maybe(k.PlanOff)},
			field{"limit_kind", text(k.LimitKind)},
			field{"limit_left", maybe(k.LimitLeft)},
			field{"limit_open", text(k.LimitOpen.String())},
			field{"penalty_bp", maybe(k.PenaltyBP)},
			field{"penalty", maybe(k.Penalty)},
		)},
		field{"cost", a.object(
			field{"all_in_bp", maybe(in.Cost.AllInBP)},
			field{"contract_on", text(in.Cost.ContractOn)},
			field{"lender_class", text(in.Cost.LenderClass)},
		)},
	)
}
