package backtesting

import (
	"reflect"

	"github.com/yanmen/yanmen/agent"
)

// A Report is what a history says of one rule set, and what another would have
// changed. It holds sums alone. Rates, AUC and KS are 0 to 1; intervals are at
// 95 %.
type Report struct {
	Purpose agent.Purpose `json:"purpose"`
	Rows    Rows          `json:"rows"`
	All     Rate          `json:"all"`
	Facts   []Coverage    `json:"facts"`
	// Lacking are the facts without which the rules that are built in let no
	// application pass, and which the map does not give.
	Lacking []string `json:"lacking"`
	// Judged is by rule set: the one asked about, and the one it is compared with.
	Judged    []Judged   `json:"judged"`
	Measures  []Ranking  `json:"measures"`
	Stability *Stability `json:"stability"` // of the first rule set; null without dates
	Change    *Change    `json:"change"`    // null without a second rule set
}

// Rows accounts for every row. LeftOut says why, and for a fact which.
type Rows struct {
	Read    int64            `json:"read"`
	Used    int64            `json:"used"`
	LeftOut map[string]int64 `json:"left_out"`
}

// Coverage is how many of the rows used know a fact of the map.
type Coverage struct {
	Path  string `json:"path"`
	Fixed bool   `json:"fixed"` // one value for all rows
	Known int64  `json:"known"`
}

// Judged is what one rule set made of the history.
type Judged struct {
	Rules        string  `json:"rules"` // digest, hexadecimal
	Revision     string  `json:"revision"`
	Bands        []Group `json:"bands"` // A to E, and U
	Dispositions []Group `json:"dispositions"`
	Outcomes     []Group `json:"outcomes"`
	// Deciding is which row of the rules' tables decided, by its code. Rows on which
	// nothing was judged are in none.
	Deciding []Group              `json:"deciding"`
	Denials  map[agent.Code]int64 `json:"denials"` // of rows on which nothing was judged
	// Uncapped counts the rows of which the cost is given, and no cap is known for
	// the day of the contract: none of them is accepted.
	Uncapped int64   `json:"uncapped"`
	Order    Order   `json:"order"`
	Ranking  Ranking `json:"ranking"`  // by band, without U
	Accepted *Rate   `json:"accepted"` // of applications that pass; null for another purpose
}

// A Group is those with one answer.
type Group struct {
	Name string `json:"name"`
	Rate
}

// Order says whether the bands A to E are in the order of their default rates.
type Order struct {
	Bands  int      `json:"bands"`  // how many of A to E have loans; of fewer than two there is no order
	Rising bool     `json:"rising"` // no rate is below that of a better band, and there are two bands at least
	Z      *float64 `json:"z"`      // Cochran-Armitage trend; null where nothing can be compared
	P      *float64 `json:"p"`      // two-sided
}

// A Ranking is how well a measure tells those that defaulted from the others. AUC
// has DeLong's interval, KS a bootstrap's. Both are null with fewer than ten loans
// of either outcome.
type Ranking struct {
	Name     string    `json:"name"`
	Kind     string    `json:"kind"` // affordability, behaviour, borrowing
	Known    int64     `json:"known"`
	Defaults int64     `json:"defaults"` // of those
	Unknown  int64     `json:"unknown"`
	AUC      *Estimate `json:"auc"`
	KS       *Estimate `json:"ks"`
}

// Stability is the bands over time.
type Stability struct {
	Period  string   `json:"period"`
	Periods []Period `json:"periods"`
}

// A Period is one month or quarter. PSI compares its bands with those of the first
// one; Chance is what sampling alone would exceed once in twenty.
type Period struct {
	Name   string    `json:"name"`
	Rate   Rate      `json:"rate"`
	PSI    *float64  `json:"psi"`
	Chance *float64  `json:"chance"`
	AUC    *Estimate `json:"auc"` // of the band
}

// Change is who moves between two rule sets.
type Change struct {
	Bands        []Move `json:"bands"`
	Dispositions []Move `json:"dispositions"`
	Outcomes     []Move `json:"outcomes"`
	Better       int64  `json:"better"` // to a better band
	Worse        int64  `json:"worse"`
	Ungraded     int64  `json:"ungraded"` // to or from U
	// Admitted pass under the second rule set alone, Refused under the first
	// alone. Null for another purpose than application.
	Admitted *Rate `json:"admitted"`
	Refused  *Rate `json:"refused"`
}

// A Move is those with one answer before and one after; they may be the same.
type Move struct {
	Before string `json:"before"`
	After  string `json:"after"`
	Rate
}

// A measure is a fact that may rank loans: more of it is expected to be worse.
type measure struct{ path, kind string }

var measures = []measure{
	{"capacity.debt_service_bp", "affordability"},
	{"capacity.asset_liability_bp", "affordability"},
	{"conduct.times_late", "behaviour"},
	{"conduct.longest_late", "behaviour"},
	{"conduct.promises_broken", "behaviour"},
	{"capacity.overdue_accounts", "behaviour"},
	{"overdue.days_past_due", "behaviour"},
	{"capacity.lenders", "borrowing"},
	{"capacity.new_loans_90", "borrowing"},
	{"conduct.new_loans_30", "borrowing"},
	{"conduct.new_loans_180", "borrowing"},
	{"capacity.inquiries_30", "borrowing"},
	{"conduct.inquiries_90", "borrowing"},
	{"conduct.inquiries_180", "borrowing"},
	{"conduct.applications_30", "borrowing"},
	{"conduct.applications_90", "borrowing"},
	{"conduct.applications_180", "borrowing"},
}

func valueAt(in *agent.JudgeInput, at []int) agent.Int {
	n, _ := reflect.ValueOf(in).Elem().FieldByIndex(at).Interface().(agent.Int)
	return n
}
