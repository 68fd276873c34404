package explanation

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/yanmen/yanmen/agent"
)

// Units of a [Fact].
const (
	UnitCode   = "code"
	UnitCodes  = "codes"
	UnitFen    = "fen"
	UnitBP     = "bp" // basis points
	UnitDays   = "days"
	UnitMonths = "months"
	UnitYears  = "years"
	UnitCount  = "count"
	UnitYesNo  = "yes/no"
	UnitDate   = "date"
	UnitMonth  = "month" // calendar months, 2006-01
	UnitList   = "list"  // of [agent.ReasonFacts] or [agent.StreamFacts]
)

// Why a fact is unknown.
const (
	// WhyMissing: none of the categories on which it rests was used.
	WhyMissing = "missing"
	// WhyNotEnough: some were, and what they hold does not carry it: too short,
	// too old, of another kind, or not said.
	WhyNotEnough = "not_enough"
	// WhyUntold: the question does not come up for this purpose.
	WhyUntold = "not_asked"
)

// A Fact is one fact with what it rests on.
type Fact struct {
	Path string `json:"path"` // the members of [agent.Facts] on the way to it
	// Value is what the answer holds, as its JSON has it: a number in Unit, a
	// code, a list. Nil if it is unknown.
	Value any    `json:"value"`
	Unit  string `json:"unit"`
	// From lists the categories that can carry it; Used those of them that were
	// used for the answer.
	From []agent.Category `json:"from"`
	Used []agent.Category `json:"used"`
	Why  string           `json:"why,omitempty"` // why it is unknown
}

// A line of the table says of a member of the facts what it is.
type line struct {
	path, unit string
	from       []agent.Category
}

// The table has a line for every member of [agent.Facts], but for the sex, which
// no judgement may rest on and nobody needs to see here. A test holds it to that.
var table = []line{
	{"identity.assurance", UnitCode, of(agent.CatIdentity, agent.CatAnswer)},
	{"identity.number_form", UnitCode, of(agent.CatIdentity)},
	{"identity.age", UnitYears, of(agent.CatIdentity)},
	{"identity.document", UnitCode, of(agent.CatIdentity)},
	{"identity.document_expired", UnitYesNo, of(agent.CatIdentity)},
	{"identity.name_match", UnitYesNo, of(agent.CatIdentity)},
	{"identity.number_match", UnitYesNo, of(agent.CatIdentity)},
	{"identity.card_form", UnitYesNo, of(agent.CatCard)},
	{"identity.phone_form", UnitYesNo, of(agent.CatPhone)},
	{"identity.refuted", UnitYesNo, of(agent.CatAnswer)},
	{"identity.payout", UnitYesNo, of(agent.CatCard)},
	{"identity.payout_bank", UnitYesNo, of(agent.CatCard, agent.CatAnswer)},
	{"identity.live", UnitYesNo, of(agent.CatAnswer)},
	{"identity.takeover", UnitCode, of(agent.CatDeviceLog)},
	{"identity.codes", UnitCodes, of(agent.CatIdentity, agent.CatPhone, agent.CatCard, agent.CatAnswer, agent.CatDeviceLog)},

	{"overdue.days_past_due", UnitDays, of(agent.CatLoan)},
	{"overdue.bucket", UnitCode, of(agent.CatLoan)},
	{"overdue.amount_past_due", UnitFen, of(agent.CatLoan)},
	{"overdue.technical_lapse", UnitYesNo, of(agent.CatLoan)},
	{"overdue.claim", UnitCode, of(agent.CatClaim)},
	{"overdue.support", UnitCode, claimed},
	{"overdue.for", UnitCodes, claimed},
	{"overdue.against", UnitCodes, claimed},
	{"overdue.bank_return", UnitCode, of(agent.CatLoan)},
	{"overdue.attempts_30", UnitCount, of(agent.CatContactLog)},
	{"overdue.reached_30", UnitCount, of(agent.CatContactLog)},
	{"overdue.funds_at_due", UnitYesNo, of(agent.CatLoan, agent.CatStatement)},
	{"overdue.salary_after", UnitYesNo, of(agent.CatClaim, agent.CatStatement, agent.CatSocialInsurance)},
	{"overdue.reasons", UnitList, claimed},
	{"overdue.able", UnitYesNo, of(agent.CatLoan, agent.CatStatement)},
	{"overdue.others_paid", UnitYesNo, of(agent.CatLoan, agent.CatStatement)},
	{"overdue.spending", UnitYesNo, of(agent.CatLoan, agent.CatStatement)},

	{"capacity.evidence", UnitCode, earned},
	{"capacity.declared_income", UnitFen, of(agent.CatIncome)},
	{"capacity.verified_income", UnitFen, earned},
	{"capacity.income_months", UnitMonths, earned},
	{"capacity.last_income_on", UnitDate, earned},
	{"capacity.streams", UnitList, earned},
	{"capacity.obligations", UnitFen, owed},
	{"capacity.new_instalment", UnitFen, of(agent.CatLoan)},
	{"capacity.debt_service_bp", UnitBP, carried},
	{"capacity.living_floor", UnitFen, of(agent.CatLiabilities)},
	{"capacity.residual", UnitFen, carried},
	{"capacity.instalment", UnitFen, carried},
	{"capacity.affordable", UnitFen, carried},
	{"capacity.shock_20", UnitFen, carried},
	{"capacity.shock_40", UnitFen, carried},
	{"capacity.buffer_days", UnitDays, of(agent.CatStatement, agent.CatLiabilities)},
	{"capacity.cure_months", UnitMonths, carried},
	{"capacity.cure_chance", UnitCode, carried},
	{"capacity.plan_months", UnitMonths, carried},
	{"capacity.requested", UnitFen, of(agent.CatLoan)},
	{"capacity.assets", UnitFen, of(agent.CatLiabilities)},
	{"capacity.debts", UnitFen, of(agent.CatLiabilities, agent.CatCreditReport)},
	{"capacity.asset_liability_bp", UnitBP, of(agent.CatLiabilities, agent.CatCreditReport)},
	{"capacity.lenders", UnitCount, of(agent.CatLiabilities, agent.CatCreditReport)},
	{"capacity.inquiries_30", UnitCount, of(agent.CatCreditReport)},
	{"capacity.new_loans_90", UnitCount, of(agent.CatCreditReport)},
	{"capacity.overdue_accounts", UnitCount, of(agent.CatCreditReport)},
	{"capacity.statement_rows", UnitCount, of(agent.CatStatement)},
	{"capacity.statement_unknown", UnitCount, of(agent.CatStatement)},
	{"capacity.statement_warnings", UnitCodes, of(agent.CatStatement)},

	{"conduct.applications_30", UnitCount, of(agent.CatHistory)},
	{"conduct.applications_90", UnitCount, of(agent.CatHistory)},
	{"conduct.applications_180", UnitCount, of(agent.CatHistory)},
	{"conduct.inquiries_90", UnitCount, of(agent.CatCreditReport)},
	{"conduct.inquiries_180", UnitCount, of(agent.CatCreditReport)},
	{"conduct.new_loans_30", UnitCount, of(agent.CatCreditReport)},
	{"conduct.new_loans_180", UnitCount, of(agent.CatCreditReport)},
	{"conduct.promises_kept", UnitCount, of(agent.CatContactLog, agent.CatLoan)},
	{"conduct.promises_broken", UnitCount, of(agent.CatContactLog, agent.CatLoan)},
	{"conduct.promises_open", UnitCount, of(agent.CatContactLog, agent.CatLoan)},
	{"conduct.times_late", UnitCount, of(agent.CatLoan)},
	{"conduct.longest_late", UnitDays, of(agent.CatLoan)},
	{"conduct.inconsistent", UnitYesNo, of(agent.CatHistory, agent.CatIncome, agent.CatEmployment, agent.CatLiabilities)},
	{"conduct.forgery", UnitCode, of(agent.CatStatement)},
	{"conduct.codes", UnitCodes, of(agent.CatHistory, agent.CatStatement, agent.CatSocialInsurance, agent.CatIncome, agent.CatEmployment, agent.CatLiabilities, agent.CatCreditReport)},

	{"contract.plan", UnitYesNo, of(agent.CatLoan)},
	{"contract.plan_off", UnitFen, of(agent.CatLoan)},
	{"contract.limit_kind", UnitCode, of(agent.CatLoan)},
	{"contract.limit_left", UnitFen, of(agent.CatLoan)},
	{"contract.limit_open", UnitYesNo, of(agent.CatLoan)},
	{"contract.penalty_bp", UnitBP, of(agent.CatLoan)},
	{"contract.penalty", UnitFen, of(agent.CatLoan)},

	{"cost.all_in_bp", UnitBP, of(agent.CatLoan)},
	{"cost.contract_on", UnitDate, of(agent.CatLoan)},

	{"terms.next_limit", UnitFen, proposed},
	{"terms.next_why", UnitCodes, proposed},
	{"terms.settle", UnitFen, of(agent.CatLoan)},
	{"terms.restructure.months", UnitMonths, carried},
	{"terms.restructure.instalment", UnitFen, carried},
	{"terms.restructure.last", UnitFen, carried},
	{"terms.restructure.total", UnitFen, carried},
	{"terms.restructure.first_on", UnitDate, carried},
	{"terms.restructure.last_on", UnitDate, carried},
	{"terms.instalments.months", UnitMonths, carried},
	{"terms.instalments.instalment", UnitFen, carried},
	{"terms.instalments.last", UnitFen, carried},
	{"terms.instalments.total", UnitFen, carried},
	{"terms.instalments.first_on", UnitDate, carried},
	{"terms.instalments.last_on", UnitDate, carried},
	{"terms.months_missing", UnitMonth, earned},
}

func of(c ...agent.Category) []agent.Category { return c }

var (
	earned   = of(agent.CatStatement, agent.CatSocialInsurance, agent.CatIncome)
	owed     = of(agent.CatLiabilities, agent.CatCreditReport, agent.CatStatement)
	carried  = of(agent.CatStatement, agent.CatSocialInsurance, agent.CatIncome, agent.CatLiabilities, agent.CatCreditReport, agent.CatLoan)
	proposed = append(slices.Clone(carried), agent.CatContactLog)
	claimed  = of(agent.CatClaim, agent.CatProof, agent.CatSocialInsurance, agent.CatStatement, agent.CatLoan)
)

// Facts tells every fact of a finding and what it rests on, in the order of the
// table; none if nothing was computed. Where the finding keeps no trail, Used is
// empty and nothing is said of why.
func Facts(fd *agent.Finding) []Fact {
	out := []Fact{}
	if fd.Result.Facts == nil {
		return out
	}
	root := reflect.ValueOf(fd.Result.Facts).Elem()
	for _, l := range table {
		f := Fact{Path: l.path, Unit: l.unit, From: l.from, Used: []agent.Category{}}
		f.Value = known(at(root, l.path))
		if fd.Trail != nil {
			for _, c := range l.from {
				if slices.Contains(fd.Trail.Used, string(c)) {
					f.Used = append(f.Used, c)
				}
			}
		}
		switch {
		case f.Value != nil:
		case fd.Purpose != agent.PurposeOverdue && overdueOnly(l.path):
			f.Why = WhyUntold
		case fd.Trail == nil:
		case len(f.Used) == 0:
			f.Why = WhyMissing
		default:
			f.Why = WhyNotEnough
		}
		out = append(out, f)
	}
	return out
}

// overdueOnly holds for facts that are asked about a loan that is late alone.
func overdueOnly(path string) bool {
	return strings.HasPrefix(path, "overdue.") || strings.HasPrefix(path, "terms.") && !strings.HasPrefix(path, "terms.next_") && path != "terms.months_missing"
}

// at finds a member by the JSON names on the way to it.
func at(v reflect.Value, path string) reflect.Value {
	for name := range strings.SplitSeq(path, ".") {
		i := 0
		for ; i < v.NumField() && v.Type().Field(i).Tag.Get("json") != name; i++ {
		}
		if i == v.NumField() {
			panic("explanation: no fact " + path) // cannot happen: a test walks the table
		}
		v = v.Field(i)
	}
	return v
}

// known returns a value, or nil for one that is unknown.
func known(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case agent.Int:
		if n, ok := x.Value(); ok {
			return n
		}
		return nil
	case agent.Tri:
		if x == agent.Unknown {
			return nil
		}
		return x.String()
	case agent.Date:
		if x == 0 {
			return nil
		}
		return x.String()
	case string:
		if x == "" || x == agent.SuspicionUnknown {
			return nil
		}
		return x
	case []string:
		return append([]string{}, x...)
	case []agent.Date:
		list := []string{}
		for _, d := range x {
			list = append(list, d.String()[:7])
		}
		return list
	}
	if v.Kind() == reflect.Slice {
		return v.Interface() // whose entries are told one by one
	}
	panic(fmt.Sprintf("explanation: a fact of type %s", v.Type())) // cannot happen: a test walks the table
}
