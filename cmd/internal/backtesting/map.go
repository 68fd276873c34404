package backtesting

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/capacity"
)

// A Map says what the columns of a history mean. See docs/checks/backtest.md. It
// is not changed by use and safe for concurrent use.
type Map struct {
	// Purpose is application or overdue.
	Purpose agent.Purpose `yaml:"purpose"`
	// Encoding is utf-8 or gb18030; "" is told from the bytes.
	Encoding string `yaml:"encoding"`
	// Delimiter is comma (as is ""), semicolon or tab.
	Delimiter string `yaml:"delimiter"`
	// ID is the column by which a loan that stands twice is known. It is compared,
	// and neither kept nor shown. "": every row is a loan of its own.
	ID string `yaml:"id"`
	// Date is the column of the day as of which the facts hold; "" is AsOf for all.
	Date string `yaml:"date"`
	AsOf string `yaml:"as_of"` // YYYY-MM-DD, where there is no Date
	// Period by which stability is shown: month or quarter (as is "").
	Period  string `yaml:"period"`
	Outcome struct {
		Defaulted []string `yaml:"defaulted"`
		Paid      []string `yaml:"paid"`
	} `yaml:"outcome"`
	// Unknown are the words of a cell, beside an empty one, that say that nothing
	// is known.
	Unknown []string        `yaml:"unknown"`
	Facts   map[string]Fact `yaml:"facts"` // by path, as judgement sees them: capacity.debt_service_bp
	// Computed are facts that no column has and that follow from others, by the
	// formula of the check: capacity.debt_service_bp, capacity.residual and
	// capacity.shock_20.
	Computed []string `yaml:"computed"`

	fields  []field
	asOf    agent.Date
	unknown map[string]bool
	outcome map[string]int
}

// A Fact says where one fact comes from: a column, or one value for all rows.
type Fact struct {
	Column string `yaml:"column"`
	Value  string `yaml:"value"`
	// Unit of an amount is fen, yuan or wan (ten thousand yuan); of a ratio bp,
	// percent or ratio (1 is the whole). Other numbers have none.
	Unit  string            `yaml:"unit"`
	Words map[string]string `yaml:"words"` // what a cell says, and which value that is
}

// A field is a fact with its place in the input.
type field struct {
	path string
	Fact
	at []int
}

// amounts are the facts in fen. A ratio ends in _bp; all other numbers are counts.
var amounts = map[string]bool{
	"overdue.amount_past_due":  true,
	"capacity.declared_income": true, "capacity.verified_income": true, "capacity.obligations": true,
	"capacity.new_instalment": true, "capacity.living_floor": true, "capacity.residual": true,
	"capacity.affordable": true, "capacity.requested": true, "capacity.assets": true, "capacity.debts": true,
	"capacity.shock_20": true, "capacity.shock_40": true, "capacity.instalment": true,
	"contract.plan_off": true, "contract.limit_left": true, "contract.penalty": true,
}

// places are the decimal places of the units.
var places = map[string]int{"": 0, "fen": 0, "yuan": 2, "wan": 6, "bp": 0, "percent": 2, "ratio": 4}

func unitsOf(path string) []string {
	switch {
	case amounts[path]:
		return []string{"fen", "yuan", "wan"}
	case strings.HasSuffix(path, "_bp"):
		return []string{"bp", "percent", "ratio"}
	}
	return []string{""}
}

var separators = map[string]byte{"": ',', "comma": ',', "semicolon": ';', "tab": '\t'}

// ReadMap reads a map from YAML. Members that are not known are errors; an error
// names the member and what is wanted there.
func ReadMap(b []byte) (*Map, error) {
	m := new(Map)
	if err := yaml.UnmarshalWithOptions(b, m, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("map: %s", strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	return m, nil
}

func (m *Map) check() error {
	var err error
	switch {
	case m.Purpose != "application" && m.Purpose != "overdue":
		return errors.New("purpose: want application or overdue")
	case m.Encoding != "" && m.Encoding != "utf-8" && m.Encoding != "gb18030":
		return errors.New("encoding: want utf-8 or gb18030")
	case separators[m.Delimiter] == 0:
		return errors.New("delimiter: want comma, semicolon or tab")
	case m.Period != "" && m.Period != "month" && m.Period != "quarter":
		return errors.New("period: want month or quarter")
	case (m.Date == "") == (m.AsOf == ""):
		return errors.New("date, as_of: want the column of the date, or one day for all rows, not both")
	case len(m.Outcome.Defaulted) == 0 || len(m.Outcome.Paid) == 0:
		return errors.New("outcome: want the words that say defaulted, and those that say paid")
	case len(m.Facts) == 0:
		return errors.New("facts: want at least one")
	}
	if m.AsOf != "" {
		if m.asOf, err = agent.ParseDate(m.AsOf); err != nil {
			return errors.New("as_of: want YYYY-MM-DD")
		}
	}
	m.unknown = map[string]bool{"": true}
	for _, w := range m.Unknown {
		m.unknown[w] = true
	}
	m.outcome = map[string]int{}
	for i, words := range [...][]string{paid: m.Outcome.Paid, defaulted: m.Outcome.Defaulted} {
		for _, w := range words {
			if _, twice := m.outcome[w]; twice || m.unknown[w] {
				return errors.New("outcome: want each word once, and none that is unknown")
			}
			m.outcome[w] = i
		}
	}
	column := false
	for _, path := range slices.Sorted(maps.Keys(m.Facts)) {
		f := field{path: path, Fact: m.Facts[path]}
		units := unitsOf(path)
		wrong := func(want string) error { return fmt.Errorf("facts.%s: %s", path, want) }
		var t reflect.Type
		if f.at, t = place(path); f.at == nil {
			return wrong("there is no such fact; policy/schemas lists those of judge")
		}
		switch {
		case path == "as_of" || path == "purpose" || path == "identity.sex" || t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.String:
			return wrong("it cannot be mapped here")
		case (f.Column == "") == (f.Value == ""):
			return wrong("want column or value")
		case !slices.Contains(units, f.Unit):
			return wrong("want the unit " + strings.Join(units, ", ") + ", and none for a count, a word or a date")
		case len(f.Words) > 0 && f.Value != "":
			return wrong("want words only with column")
		}
		var in agent.JudgeInput
		values := slices.Collect(maps.Values(f.Words))
		if f.Value != "" {
			values = append(values, f.Value)
		}
		for _, v := range values {
			if !f.set(&in, v) {
				return wrong("a value is not of the fact's form")
			}
		}
		column = column || f.Column != ""
		m.fields = append(m.fields, f)
	}
	if has(m.Facts, "cost.all_in_bp") && !has(m.Facts, "cost.lender_class") {
		return errors.New("facts.cost.all_in_bp: it wants cost.lender_class in facts, for what a loan may cost depends on who lends")
	}
	for i, path := range m.Computed {
		needs, ok := formulas[path]
		switch {
		case !ok:
			return errors.New("computed: want capacity.debt_service_bp, capacity.residual or capacity.shock_20")
		case has(m.Facts, path) || slices.Contains(m.Computed[:i], path):
			return errors.New("computed: want each fact once, here or in facts")
		}
		for _, need := range needs.of {
			if !has(m.Facts, need) {
				return fmt.Errorf("computed: %s wants %s in facts", path, need)
			}
		}
	}
	if !column {
		return errors.New("facts: want at least one from a column")
	}
	return nil
}

// wanted are the facts without which the rules that are built in let no
// application pass, in the order of their names.
var wanted = []string{
	"capacity.affordable", "capacity.debt_service_bp", "capacity.evidence", "capacity.income_months", "capacity.inquiries_30", "capacity.lenders",
	"capacity.new_loans_90", "capacity.overdue_accounts", "capacity.requested", "capacity.residual", "capacity.verified_income",
	"cost.all_in_bp", "cost.lender_class",
	"identity.assurance", "identity.document_expired", "identity.name_match", "identity.number_match", "identity.takeover",
}

// lacking are those of them that the map does not give; never nil.
func (m *Map) lacking() []string {
	out := []string{}
	for _, path := range wanted {
		if m.Purpose == "application" && !has(m.Facts, path) && !slices.Contains(m.Computed, path) {
			out = append(out, path)
		}
	}
	return out
}

func has(facts map[string]Fact, path string) bool {
	_, ok := facts[path]
	return ok
}

// A formula computes a fact from others.
type formula struct {
	of      []string
	compute func(*agent.CapacityFacts)
}

// mostAmount bounds what formulas take, fen: sums of such amounts cannot overflow.
const mostAmount = 1 << 48 // times two, times 10,000, is below 1 << 63

var formulas = map[string]formula{
	"capacity.debt_service_bp": {[]string{"capacity.verified_income", "capacity.obligations", "capacity.new_instalment"}, func(c *agent.CapacityFacts) {
		v, ok := known(c.VerifiedIncome, c.Obligations, c.NewInstalment)
		switch {
		case !ok || v[0] == 0 && v[1]+v[2] == 0:
		case v[0] == 0:
			c.DebtServiceBP = agent.Known(capacity.MaxRatioBP)
		default:
			c.DebtServiceBP = agent.Known(min(((v[1]+v[2])*10_000+v[0]-1)/v[0], capacity.MaxRatioBP))
		}
	}},
	"capacity.residual": {[]string{"capacity.verified_income", "capacity.obligations", "capacity.living_floor"}, func(c *agent.CapacityFacts) {
		if v, ok := known(c.VerifiedIncome, c.Obligations, c.LivingFloor); ok {
			c.Residual = agent.Known(v[0] - v[1] - v[2])
		}
	}},
	"capacity.shock_20": {[]string{"capacity.verified_income", "capacity.obligations", "capacity.living_floor", "capacity.new_instalment"}, func(c *agent.CapacityFacts) {
		if v, ok := known(c.VerifiedIncome, c.Obligations, c.LivingFloor, c.NewInstalment); ok {
			c.Shock20 = agent.Known(v[0]*8/10 - v[1] - v[2] - v[3])
		}
	}},
}

// known returns amounts if all are known and none is out of bounds.
func known(amounts ...agent.Int) (v []int64, ok bool) {
	for _, n := range amounts {
		x, ok := n.Value()
		if !ok || x < 0 || x > mostAmount {
			return nil, false
		}
		v = append(v, x)
	}
	return v, true
}

// columns are the names of the columns that the map reads, by the member that
// asks for them.
func (m *Map) columns(outcome string) map[string]string {
	out := map[string]string{"outcome": outcome}
	if m.ID != "" {
		out["id"] = m.ID
	}
	if m.Date != "" {
		out["date"] = m.Date
	}
	for _, f := range m.fields {
		if f.Column != "" {
			out["facts."+f.path] = f.Column
		}
	}
	return out
}

// place finds a field of the input of judgement by its path; nil if there is no
// such field, or it is a group.
func place(path string) ([]int, reflect.Type) {
	t := reflect.TypeFor[agent.JudgeInput]()
	var at []int
names:
	for name := range strings.SplitSeq(path, ".") {
		if t.Kind() != reflect.Struct || t == reflect.TypeFor[agent.Int]() {
			return nil, nil
		}
		for i := range t.NumField() {
			if t.Field(i).Tag.Get("json") == name {
				at, t = append(at, i), t.Field(i).Type
				continue names
			}
		}
		return nil, nil
	}
	if t.Kind() == reflect.Struct && t != reflect.TypeFor[agent.Int]() {
		return nil, nil
	}
	return at, t
}

// wordForm is what a word of a fact may be: what people wrote does not get into
// the facts.
var wordForm = regexp.MustCompile(`^[A-Za-z0-9_.+-]{1,64}$`)

// set puts a text into the field; false if it is not of the field's form.
func (f *field) set(in *agent.JudgeInput, text string) bool {
	v := reflect.ValueOf(in).Elem().FieldByIndex(f.at)
	switch p := v.Addr().Interface().(type) {
	case *agent.Int:
		n, ok := number(text, places[f.Unit], f.Unit)
		*p = agent.Known(n)
		return ok
	case *agent.Date:
		d, ok := date(text)
		*p = d
		return ok
	case *agent.Tri:
		return p.UnmarshalText([]byte(text)) == nil
	case *string:
		if strings.HasSuffix(f.path, "_on") {
			d, ok := date(text)
			*p = d.String()
			return ok
		}
		*p = text
		return wordForm.MatchString(text)
	case *[]string:
		*p = slices.Compact(slices.Sorted(strings.FieldsSeq(strings.ReplaceAll(text, ";", " "))))
		return !slices.ContainsFunc(*p, func(s string) bool { return !wordForm.MatchString(s) })
	}
	return false
}

// number reads a decimal number times a power of ten. Halves are rounded away from
// zero; a count is whole.
func number(s string, shift int, unit string) (int64, bool) {
	if unit == "percent" {
		s = strings.TrimSuffix(s, "%")
	}
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	whole, part, _ := strings.Cut(s, ".")
	whole = strings.ReplaceAll(whole, ",", "")
	if whole == "" || len(part) > 30 {
		return 0, false
	}
	for len(part) < shift {
		part += "0"
	}
	var n int64
	for _, c := range whole + part[:shift] {
		if c < '0' || c > '9' || n > (math.MaxInt64-9)/10 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	rest := part[shift:]
	for _, c := range rest {
		if c < '0' || c > '9' || unit == "" && c != '0' {
			return 0, false
		}
	}
	if rest != "" && rest[0] >= '5' {
		n++
	}
	if negative {
		n = -n
	}
	return n, true
}

// date reads year, month and day, with any one mark between them or none; a time
// of day after it is passed over.
func date(s string) (agent.Date, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	groups := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	switch {
	case len(groups[0]) >= 8:
		g := groups[0]
		groups = []string{g[:4], g[4:6], g[6:8]}
	case len(groups) < 3 || len(groups[0]) != 4 || len(groups[1]) > 2 || len(groups[2]) > 2:
		return 0, false
	}
	d, err := agent.ParseDate(fmt.Sprintf("%s-%02s-%02s", groups[0], groups[1], groups[2]))
	if err != nil || d.Time().Year() < 1990 || d.Time().Year() > 2100 {
		return 0, false
	}
	return d, true
}

// cells splits a line. The cells lie in the line, which is changed where quotes
// are doubled. ok is false where quotes do not match.
func cells(line []byte, separator byte, into [][]byte) (_ [][]byte, ok bool) {
	for {
		rest := bytes.TrimLeft(line, " ")
		if len(rest) == 0 || rest[0] != '"' {
			i := bytes.IndexByte(line, separator)
			if i < 0 {
				return append(into, bytes.TrimSpace(line)), true
			}
			into, line = append(into, bytes.TrimSpace(line[:i])), line[i+1:]
			continue
		}
		rest = rest[1:]
		cell := rest[:0]
		for {
			i := bytes.IndexByte(rest, '"')
			if i < 0 {
				return into, false
			}
			cell, rest = append(cell, rest[:i]...), rest[i+1:]
			if len(rest) == 0 || rest[0] != '"' {
				break
			}
			cell, rest = append(cell, '"'), rest[1:]
		}
		into = append(into, bytes.TrimSpace(cell))
		rest = bytes.TrimLeft(rest, " ")
		switch {
		case len(rest) == 0:
			return into, true
		case rest[0] != separator:
			return into, false
		}
		line = rest[1:]
	}
}
