package goldencases

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/loan"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// A goldenCase is one case of the files.
type goldenCase struct {
	ID      string        `json:"id"`
	Base    string        `json:"base"`
	ZH      string        `json:"zh"`
	EN      string        `json:"en"`
	Purpose agent.Purpose `json:"purpose"`
	Lender  string        `json:"lender"` // class; a bank if left out
	// With changes members of the base, With.loan.rate say; a list and a null
	// stand for what was there. Without takes whole parts away.
	With    map[string]any `json:"with"`
	Without []string       `json:"without"`
	// Undeclared: nobody said who the person is.
	Undeclared bool `json:"undeclared"`
	Want       want `json:"want"`
	// Finding says why the answer is not yet what an officer would give, which is
	// what Want says. A case with one fails once it is: then the line goes.
	Finding string `json:"finding"`

	asOf     int64
	person   agent.Person
	evidence *agent.Evidence
}

// want is what comes out. All of it but facts, row and offer is exact: what is
// left out is empty.
type want struct {
	Facts       map[string]any `json:"facts"`
	Row         string         `json:"row"`
	Outcome     string         `json:"outcome"`
	Class       string         `json:"class"`
	Band        string         `json:"band"`
	Disposition string         `json:"disposition"`
	Proposal    string         `json:"proposal"`
	Offer       *yuan          `json:"offer"`
	Reasons     []agent.Code   `json:"reasons"`
	Improve     []agent.Code   `json:"improve"`
	// People is how many have to decide before anything follows.
	People int          `json:"people"`
	Denied []agent.Code `json:"denied"` // no judgement is made
}

// parts is the compact form of evidence. All amounts are yuan, all rates per cent
// a year.
type parts struct {
	Identity *struct {
		Name    string `json:"name"`   // same as the declared one if left out, or: other
		Number  string `json:"number"` // likewise
		Expires day    `json:"expires"`
	} `json:"identity"`
	// The card that a draw is paid out to: own, other (in another name), plain (no name
	// on it), or unnamed (a card, and nobody says that it is the one). It is the one
	// card of the case but with: of two.
	Card string `json:"card"`
	// KIND yes|no|unknown [NUMBERd] [by PROVIDER] [live|lifeless]; the age is a
	// day if left out.
	Answers []string `json:"answers"`
	Loan    *struct {
		Principal agentInt `json:"principal"`
		Requested agentInt `json:"requested"`
		Rate      percent  `json:"rate"`
		Method    string   `json:"method"`
		Term      agentNum `json:"term"`
		Starts    day      `json:"starts"`
		Rounding  string   `json:"rounding"`
		Penalty   percent  `json:"penalty"`
		// DATE PRINCIPAL+INTEREST+FEE
		Due []string `json:"due"`
		// LINES from DATE PRINCIPAL+INTEREST+FEE: one on that day of each month
		Monthly string `json:"monthly"`
		// DATE AMOUNT [RESULT]
		Paid []string `json:"paid"`
		// PaidUntil: every line that fell due until then was paid on its day.
		PaidUntil day             `json:"paid_until"`
		Fees      map[string]yuan `json:"fees"`
		Early     string          `json:"early"` // yes, no, unknown: may it be repaid early
		Limit     *struct {
			Kind  string   `json:"kind"`
			Total agentInt `json:"total"`
			Drawn agentInt `json:"drawn"`
			Draws agentNum `json:"draws"`
			Until day      `json:"until"`
		} `json:"limit"`
	} `json:"loan"`
	Claim *struct {
		Reason string   `json:"reason"`
		Since  day      `json:"since"`
		Also   []string `json:"also"`
	} `json:"claim"`
	Proofs []string `json:"proofs"` // KIND DATE [unseen]
	Work   *struct {
		Status string `json:"status"`
		Since  day    `json:"since"`
	} `json:"work"`
	Insurance *insuredPart `json:"insurance"`
	Income    *struct {
		Declared agentInt `json:"declared"`
		Verified string   `json:"verified"` // yes, no, unknown
		Months   string   `json:"months"`   // AMOUNT MONTH..MONTH
	} `json:"income"`
	Debts *struct {
		Household agentNum `json:"household"`
		Region    string   `json:"region"`
		Assets    agentInt `json:"assets"`
		List      []string `json:"list"` // KIND LENDER MONTHLY BALANCE
		Many      string   `json:"many"` // NUMBER MONTHLY BALANCE: so many lenders, each so much
	} `json:"debts"`
	Credit *creditPart `json:"credit"`
	// Before is what was told so many days ago of insurance and credit: by the source
	// that tells what stands above, or by another one.
	Before []struct {
		Days      int          `json:"days"`
		By        string       `json:"by"`
		Insurance *insuredPart `json:"insurance"`
		Credit    *creditPart  `json:"credit"`
	} `json:"before"`
	Statements []sheet `json:"statements"`
	Contact    *struct {
		Attempts []string `json:"attempts"` // DATE CHANNEL reached|unreached
		Promises []string `json:"promises"` // DATE AMOUNT on DATE
	} `json:"contact"`
	Devices []string `json:"devices"` // DATE TIME KIND [AMOUNT] [new_device] [new_place], or NUMBER daily KIND AMOUNT until DATE
	History []string `json:"history"` // DATE OUTCOME [requested AMOUNT] [income AMOUNT] [household N] [work STATUS]
}

type insuredPart struct {
	Paid   string   `json:"paid"` // MONTH..MONTH
	Unpaid string   `json:"unpaid"`
	Base   agentInt `json:"base"`
}

type creditPart struct {
	On        day        `json:"on"`
	Lenders   agentNum   `json:"lenders"`
	Balance   agentInt   `json:"balance"`
	Monthly   agentInt   `json:"monthly"`
	Inquiries []agentNum `json:"inquiries"` // in 30, 90, 180 days
	Loans     []agentNum `json:"loans"`     // new ones, likewise
	Overdue   agentNum   `json:"overdue"`
	Worst     agentNum   `json:"worst"`
}

// sheet is a statement. With an opening balance every row has its balance.
type sheet struct {
	Format   string   `json:"format"`
	Account  string   `json:"account"`
	From     day      `json:"from"`
	To       day      `json:"to"`
	Opening  agentInt `json:"opening"`
	Refused  int64    `json:"refused"`
	Warnings []string `json:"warnings"`
	Rows     []string `json:"rows"`    // DATE FLOW KIND AMOUNT [PARTY]
	Monthly  []string `json:"monthly"` // DAY FLOW KIND AMOUNT [PARTY] MONTH..MONTH
	// Edited: DATE AMOUNT, the amount that somebody put into the row of that day
	// afterwards, and left the balances.
	Edited string `json:"edited"`
}

// Scalars of the compact form.
type (
	yuan     int64     // fen
	agentInt agent.Int // fen, written in yuan
	agentNum agent.Int // a count
	percent  agent.Int // basis points
	day      agent.Date
)

func (y *yuan) UnmarshalJSON(b []byte) (err error) {
	n, err := parseHundredths(strings.Trim(string(b), `"`))
	*y = yuan(n)
	return err
}

func (y *agentInt) UnmarshalJSON(b []byte) error { return hundredths((*agent.Int)(y), b) }
func (y *percent) UnmarshalJSON(b []byte) error  { return hundredths((*agent.Int)(y), b) }
func (y *agentNum) UnmarshalJSON(b []byte) error { return (*agent.Int)(y).UnmarshalJSON(b) }
func (d *day) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return errors.New("want a date as YYYY-MM-DD")
	}
	return (*agent.Date)(d).UnmarshalText([]byte(s))
}

func hundredths(n *agent.Int, b []byte) error {
	if string(b) == "null" {
		*n = agent.Int{}
		return nil
	}
	v, err := parseHundredths(strings.Trim(string(b), `"`))
	*n = agent.Known(v)
	return err
}

// parseHundredths reads 12, 12.5, 12.34 and -1 as hundredths.
func parseHundredths(s string) (int64, error) {
	whole, part, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	if err != nil || len(part) > 2 || whole == "" || whole == "-" || strings.ContainsAny(part, "+-") {
		return 0, fmt.Errorf("want a number with at most two decimals, have %q", s)
	}
	return n, nil
}

// reader turns the texts of a case into evidence; the first fault stays.
type reader struct {
	asOf int64
	err  error
}

func (r *reader) fail(format string, a ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, a...)
	}
}

func (r *reader) fen(s string) int64 {
	n, err := parseHundredths(s)
	if err != nil {
		r.fail("%w", err)
	}
	return n
}

func (r *reader) count(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		r.fail("want a whole number, have %q", s)
	}
	return n
}

func (r *reader) date(s string) agent.Date {
	d, err := agent.ParseDate(s)
	if err != nil {
		r.fail("%w, have %q", err, s)
	}
	return d
}

func (r *reader) tri(s string) (t agent.Tri) {
	if err := t.UnmarshalText([]byte(s)); err != nil {
		r.fail("%w, have %q", err, s)
	}
	return t
}

// months reads MONTH..MONTH, both included.
func (r *reader) months(s string) (list []agent.Date) {
	from, to, ok := strings.Cut(s, "..")
	if !ok {
		r.fail("want MONTH..MONTH, have %q", s)
		return nil
	}
	for d, last := r.date(from+"-01"), r.date(to+"-01"); d <= last && r.err == nil && len(list) < 60; d = loan.AddMonths(d, 1) {
		list = append(list, d)
	}
	return list
}

// words splits a text of at least n words.
func (r *reader) words(s string, n int) []string {
	w := strings.Fields(s)
	if len(w) < n {
		r.fail("%q: want %d words at least", s, n)
		return make([]string, n)
	}
	return w
}

// line reads PRINCIPAL+INTEREST+FEE.
func (r *reader) line(due agent.Date, s string) agent.Instalment {
	p := append(strings.Split(s, "+"), "0", "0")
	return agent.Instalment{DueOn: due, Principal: r.fen(p[0]), Interest: r.fen(p[1]), Fee: r.fen(p[2])}
}

func (r *reader) insured(i *insuredPart) *agent.SocialInsurance {
	if i == nil {
		return nil
	}
	si := &agent.SocialInsurance{}
	for _, span := range []struct {
		months string
		paid   agent.Tri
	}{{i.Paid, agent.Yes}, {i.Unpaid, agent.No}} {
		if span.months != "" {
			for _, m := range r.months(span.months) {
				si.Months = append(si.Months, agent.InsuredMonth{Month: m, Paid: span.paid, Base: agent.Int(i.Base)})
			}
		}
	}
	return si
}

func (c *creditPart) report() *agent.CreditReport {
	if c == nil {
		return nil
	}
	in, nl := append(slices.Clone(c.Inquiries), make([]agentNum, 3)...), append(slices.Clone(c.Loans), make([]agentNum, 3)...)
	return &agent.CreditReport{On: agent.Date(c.On), Lenders: agent.Int(c.Lenders), Balance: agent.Int(c.Balance), Monthly: agent.Int(c.Monthly),
		Inquiries30: agent.Int(in[0]), Inquiries90: agent.Int(in[1]), Inquiries180: agent.Int(in[2]),
		NewLoans30: agent.Int(nl[0]), NewLoans90: agent.Int(nl[1]), NewLoans180: agent.Int(nl[2]), Overdue: agent.Int(c.Overdue), WorstLate24M: agent.Int(c.Worst)}
}

func (r *reader) evidence(p *parts, who synthetic.Person) *agent.Evidence {
	e := &agent.Evidence{}
	ago := func(days int) int64 { return r.asOf - int64(days)*86400 }
	at := func(d agent.Date) int64 { return d.Time().Unix() + 12*3600 }
	if i := p.Identity; i != nil {
		other := synthetic.NewPerson(900, 19850505)
		pick := func(how, same, other string) agent.Personal {
			switch how {
			case "":
				return agent.NewPersonal(same)
			case "other":
				return agent.NewPersonal(other)
			case "traditional":
				return agent.NewPersonal(same + "鍾") // 钟 is what is declared
			}
			r.fail("identity: want other, traditional, or nothing, have %q", how)
			return agent.Personal{}
		}
		e.Identity = &agent.Identity{Name: pick(i.Name, who.Name, other.Name), Number: pick(i.Number, who.Number, other.Number),
			IssuedOn: 20200301, ExpiresOn: agent.Date(i.Expires)}
	}
	if p.Card != "" {
		how, two := strings.CutSuffix(p.Card, " of two")
		number := agent.NewPersonal(who.Card)
		e.Cards = &agent.Cards{Numbers: []agent.Personal{number}, Payout: number}
		switch how {
		case "own":
			e.Cards.PayoutHolder = agent.NewPersonal(who.Name)
		case "other":
			e.Cards.PayoutHolder = agent.NewPersonal("验门丙")
		case "plain":
		case "unnamed":
			e.Cards.Payout = agent.Personal{}
		default:
			r.fail("card: %q is not known", p.Card)
		}
		if two {
			e.Cards.Numbers = append(e.Cards.Numbers, agent.NewPersonal(synthetic.NewPerson(901, 19850505).Card))
		}
	}
	if p.Answers != nil {
		e.Answers = &agent.Answers{}
		for _, s := range p.Answers {
			w := r.words(s, 2)
			a := agent.Answer{Kind: w[0], Provider: "realname", At: ago(1), Match: r.tri(w[1])}
			for i := 2; i < len(w); i++ {
				switch days, isAge := strings.CutSuffix(w[i], "d"); {
				case w[i] == "live", w[i] == "lifeless":
					a.Live = agent.TriOf(w[i] == "live")
				case w[i] == "by" && i+1 < len(w):
					i++
					a.Provider = w[i]
				case isAge:
					a.At = ago(r.count(days))
				default:
					r.fail("answer: %q is not known", w[i])
				}
			}
			e.Answers.Items = append(e.Answers.Items, a)
		}
	}
	if l := p.Loan; l != nil {
		e.Loan = &agent.Loan{Product: "golden", Principal: agent.Int(l.Principal), Requested: agent.Int(l.Requested), RateBP: agent.Int(l.Rate),
			Method: l.Method, TermMonths: agent.Int(l.Term), StartsOn: agent.Date(l.Starts), Rounding: l.Rounding, PenaltyBP: agent.Int(l.Penalty)}
		for _, s := range l.Due {
			w := r.words(s, 2)
			e.Loan.Schedule = append(e.Loan.Schedule, r.line(r.date(w[0]), w[1]))
		}
		if l.Monthly != "" {
			w := r.words(l.Monthly, 4)
			for k := range r.count(w[0]) {
				e.Loan.Schedule = append(e.Loan.Schedule, r.line(loan.AddMonths(r.date(w[2]), k), w[3]))
			}
		}
		for _, n := range e.Loan.Schedule {
			if n.DueOn <= agent.Date(l.PaidUntil) {
				e.Loan.Payments = append(e.Loan.Payments, agent.Payment{On: n.DueOn, Amount: n.Principal + n.Interest + n.Fee, Result: loan.Settled})
			}
		}
		for _, s := range l.Paid {
			w := append(r.words(s, 2), loan.Settled)
			e.Loan.Payments = append(e.Loan.Payments, agent.Payment{On: r.date(w[0]), Amount: r.fen(w[1]), Result: w[2]})
		}
		for _, k := range slices.Sorted(maps.Keys(l.Fees)) {
			e.Loan.Fees = append(e.Loan.Fees, agent.Fee{Kind: k, Amount: int64(l.Fees[k])})
		}
		if l.Early != "" {
			e.Loan.Early = r.tri(l.Early)
		}
		if m := l.Limit; m != nil {
			e.Loan.Limit = agent.Limit{Kind: m.Kind, Total: agent.Int(m.Total), Drawn: agent.Int(m.Drawn), Draws: agent.Int(m.Draws), ValidUntil: agent.Date(m.Until)}
		}
	}
	if c := p.Claim; c != nil {
		e.Claim = &agent.Claim{Reason: c.Reason, StatedOn: agent.DateOf(time.Unix(ago(1), 0)), Since: agent.Date(c.Since), Also: c.Also}
	}
	if p.Proofs != nil {
		e.Proofs = &agent.Proofs{}
		for _, s := range p.Proofs {
			w := r.words(s, 2)
			e.Proofs.Items = append(e.Proofs.Items, agent.Proof{Kind: w[0], On: r.date(w[1]), Seen: agent.TriOf(len(w) == 2)})
		}
	}
	if w := p.Work; w != nil {
		e.Employment = &agent.Employment{Status: w.Status, Since: agent.Date(w.Since)}
	}
	e.SocialInsurance, e.CreditReport = r.insured(p.Insurance), p.Credit.report()
	if i := p.Income; i != nil {
		e.Income = &agent.Income{DeclaredMonthly: agent.Int(i.Declared), Verified: r.tri(i.Verified)}
		if i.Months != "" {
			w := r.words(i.Months, 2)
			for _, m := range r.months(w[1]) {
				e.Income.Months = append(e.Income.Months, agent.MonthAmount{Month: m, Amount: r.fen(w[0])})
			}
		}
	}
	if d := p.Debts; d != nil {
		e.Liabilities = &agent.Liabilities{Assets: agent.Int(d.Assets), Household: agent.Int(d.Household), Region: d.Region}
		list := slices.Clone(d.List)
		if d.Many != "" {
			w := r.words(d.Many, 3)
			for k := range r.count(w[0]) {
				list = append(list, fmt.Sprintf("consumer_loan L%02d %s %s", k, w[1], w[2]))
			}
		}
		for _, s := range list {
			w := r.words(s, 4)
			e.Liabilities.Obligations = append(e.Liabilities.Obligations, agent.Obligation{Kind: w[0], Lender: w[1], Monthly: r.fen(w[2]), Balance: r.fen(w[3]), Since: 20250101})
		}
	}
	if p.Before != nil {
		tell := func(i *agent.SocialInsurance, c *agent.CreditReport, by string, days int) {
			if i != nil {
				e.Told = append(e.Told, agent.Record{Category: agent.CatSocialInsurance, Source: by, CollectedAt: ago(days), Data: i})
			}
			if c != nil {
				e.Told = append(e.Told, agent.Record{Category: agent.CatCreditReport, Source: by, CollectedAt: ago(days), Data: c})
			}
		}
		tell(e.SocialInsurance, e.CreditReport, "teller", 1)
		for _, b := range p.Before {
			if b.By == "" {
				b.By = "teller"
			}
			tell(r.insured(b.Insurance), b.Credit.report(), b.By, b.Days)
		}
	}
	for i := range p.Statements {
		e.Statements = append(e.Statements, r.statement(&p.Statements[i]))
	}
	if c := p.Contact; c != nil {
		e.ContactLog = &agent.ContactLog{}
		for _, s := range c.Attempts {
			w := r.words(s, 3)
			e.ContactLog.Attempts = append(e.ContactLog.Attempts, agent.ContactAttempt{At: at(r.date(w[0])), Channel: w[1], Reached: agent.TriOf(w[2] == "reached")})
		}
		if c.Promises != nil {
			e.ContactLog.Promises = []agent.Promise{} // a list that is there, and perhaps empty
		}
		for _, s := range c.Promises {
			w := r.words(s, 4)
			e.ContactLog.Promises = append(e.ContactLog.Promises, agent.Promise{At: at(r.date(w[0])), Amount: r.fen(w[1]), DueOn: r.date(w[3])})
		}
	}
	if p.Devices != nil {
		e.DeviceLog = &agent.DeviceLog{}
		for _, s := range p.Devices {
			e.DeviceLog.Events = append(e.DeviceLog.Events, r.events(s)...)
		}
	}
	if p.History != nil {
		e.History = &agent.History{Applications: []agent.PastApplication{}}
		for _, s := range p.History {
			w := r.words(s, 2)
			a := agent.PastApplication{At: at(r.date(w[0])), Outcome: w[1]}
			for i := 2; i+1 < len(w); i += 2 {
				switch w[i] {
				case "requested":
					a.Requested = agent.Known(r.fen(w[i+1]))
				case "income":
					a.Income = agent.Known(r.fen(w[i+1]))
				case "household":
					a.Household = agent.Known(int64(r.count(w[i+1])))
				case "work":
					a.Employment = w[i+1]
				default:
					r.fail("history: %q is not known", w[i])
				}
			}
			e.History.Applications = append(e.History.Applications, a)
		}
	}
	return e
}

// events reads DATE TIME KIND …, or NUMBER daily KIND AMOUNT until DATE: one at noon
// of each of so many days.
func (r *reader) events(s string) (list []agent.DeviceEvent) {
	w := r.words(s, 3)
	if w[1] == "daily" {
		w = r.words(s, 6)
		for k := range r.count(w[0]) {
			list = append(list, agent.DeviceEvent{At: r.date(w[5]).AddDays(-k).Time().Unix() + 12*3600, Kind: w[2], Amount: agent.Known(r.fen(w[3])), NewDevice: agent.No, NewPlace: agent.No})
		}
		return list
	}
	t, err := time.Parse("15:04", w[1])
	if err != nil {
		r.fail("want a time as HH:MM, have %q", w[1])
	}
	ev := agent.DeviceEvent{At: r.date(w[0]).Time().Unix() + int64(t.Hour()*3600+t.Minute()*60), Kind: w[2], NewDevice: agent.No, NewPlace: agent.No}
	for _, x := range w[3:] {
		switch x {
		case "new_device":
			ev.NewDevice = agent.Yes
		case "new_place":
			ev.NewPlace = agent.Yes
		default:
			ev.Amount = agent.Known(r.fen(x))
		}
	}
	return append(list, ev)
}

var (
	flows   = map[string]agent.Flow{"in": agent.FlowIn, "out": agent.FlowOut, "neutral": agent.FlowNeutral}
	parties = map[string]agent.Party{"": agent.PartyUnknown, "self": agent.PartySelf, "person": agent.PartyPerson, "merchant": agent.PartyMerchant,
		"employer": agent.PartyEmployer, "public": agent.PartyPublic, "bank": agent.PartyBank, "platform": agent.PartyPlatform}
	kinds = func() map[string]agent.Kind {
		m := map[string]agent.Kind{}
		for k := agent.KindUnknown; k <= agent.KindMedical; k++ {
			m[k.String()] = k
		}
		return m
	}()
)

func (r *reader) row(d agent.Date, flow, kind, amount, party string) agent.Transaction {
	f, ok := flows[flow]
	k, ok2 := kinds[kind]
	p, ok3 := parties[party]
	if !ok || !ok2 || !ok3 {
		r.fail("row: %s %s %s is not known", flow, kind, party)
	}
	return agent.Transaction{At: d.Time().Unix() + 9*3600, Amount: r.fen(amount), Flow: f, Kind: k, Party: p, Channel: agent.ChannelBank, State: agent.StateSettled}
}

func (r *reader) statement(p *sheet) *agent.Statement {
	s := &agent.Statement{Format: p.Format, Account: p.Account, From: agent.Date(p.From), To: agent.Date(p.To), Refused: p.Refused, Warnings: p.Warnings}
	for _, text := range p.Rows {
		w := append(r.words(text, 4), "")
		s.Transactions = append(s.Transactions, r.row(r.date(w[0]), w[1], w[2], w[3], w[4]))
	}
	for _, text := range p.Monthly {
		w := r.words(text, 5)
		party := ""
		if len(w) > 5 {
			party = w[4]
		}
		for _, m := range r.months(w[len(w)-1]) {
			s.Transactions = append(s.Transactions, r.row(m+agent.Date(r.count(w[0])-1), w[1], w[2], w[3], party))
		}
	}
	slices.SortStableFunc(s.Transactions, func(a, b agent.Transaction) int { return int(a.At - b.At) })
	if balance, ok := agent.Int(p.Opening).Value(); ok {
		for i := range s.Transactions {
			t := &s.Transactions[i]
			switch t.Flow {
			case agent.FlowIn:
				balance += t.Amount
			case agent.FlowOut:
				balance -= t.Amount
			}
			t.Balance = agent.Known(balance)
		}
	}
	if p.Edited != "" {
		w := r.words(p.Edited, 2)
		i := slices.IndexFunc(s.Transactions, func(t agent.Transaction) bool { return agent.DateOf(time.Unix(t.At, 0)) == r.date(w[0]) })
		if i < 0 {
			r.fail("edited: there is no row on %s", w[0])
			return s
		}
		s.Transactions[i].Amount = r.fen(w[1])
	}
	s.Rows = int64(len(s.Transactions)) + s.Refused
	return s
}

// merge lays over on a base: objects member by member, all else whole.
func merge(base, over map[string]any) map[string]any {
	all := maps.Clone(base)
	if all == nil {
		all = map[string]any{}
	}
	for k, v := range over {
		in, ok := v.(map[string]any)
		if was, ok2 := all[k].(map[string]any); ok && ok2 {
			v = merge(was, in)
		}
		all[k] = v
	}
	return all
}

// strict decodes a tree; a member that is not known is an error.
func strict(tree, into any) error {
	b, err := json.Marshal(tree)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// readCases reads the cases of a text.
func readCases(text []byte) ([]*goldenCase, error) {
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	var f struct {
		AsOf  string                    `json:"as_of"`
		Bases map[string]map[string]any `json:"bases"` // like names another one
		Cases []*goldenCase             `json:"cases"`
	}
	if err := strict(tree, &f); err != nil {
		return nil, err
	}
	asOf, err := time.Parse(time.RFC3339, f.AsOf)
	if err != nil {
		return nil, errors.New("as_of: want an instant as 2006-01-02T15:04:05+08:00")
	}
	var base func(name string, deep int) (map[string]any, error)
	base = func(name string, deep int) (map[string]any, error) {
		b, ok := f.Bases[name]
		if !ok || deep > 5 {
			return nil, fmt.Errorf("base %q is not there", name)
		}
		like, ok := b["like"].(string)
		if !ok {
			return b, nil
		}
		under, err := base(like, deep+1)
		b = merge(under, b)
		delete(b, "like")
		return b, err
	}
	for i, c := range f.Cases {
		b := map[string]any{}
		if c.Base != "" {
			if b, err = base(c.Base, 0); err != nil {
				return nil, fmt.Errorf("case %s: %w", c.ID, err)
			}
		}
		b = merge(b, c.With)
		for _, part := range c.Without {
			if _, ok := b[part]; !ok {
				return nil, fmt.Errorf("case %s: without: %q is not there", c.ID, part)
			}
			delete(b, part)
		}
		var p parts
		if err := strict(b, &p); err != nil {
			return nil, fmt.Errorf("case %s: %w", c.ID, err)
		}
		who := synthetic.NewPerson(i, 19880315)
		c.asOf = asOf.Unix()
		r := reader{asOf: c.asOf}
		c.evidence = r.evidence(&p, who)
		if r.err != nil {
			return nil, fmt.Errorf("case %s: %w", c.ID, r.err)
		}
		c.person = agent.Person{Name: agent.NewPersonal(who.Name), Number: agent.NewPersonal(who.Number), Phone: agent.NewPersonal(who.Phone),
			Cards: []agent.Personal{agent.NewPersonal(who.Card)}}
		if p.Identity != nil && p.Identity.Name == "traditional" {
			c.person.Name = agent.NewPersonal(who.Name + "钟")
		}
		if c.Purpose == agent.PurposeDrawdown { // the case brings no other card than its own
			c.person.Cards = nil
		}
		if c.Undeclared {
			c.person = agent.Person{}
		}
		if c.Lender == "" {
			c.Lender = "bank"
		}
	}
	return f.Cases, nil
}

// allCases reads every file.
func allCases(t testing.TB) (all []*goldenCase) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no files of cases")
	}
	seen := map[string]bool{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := readCases(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, c := range cases {
			if c.ID == "" || c.ZH == "" || c.EN == "" || c.Purpose == "" || seen[c.ID] {
				t.Errorf("%s: case %q lacks id, zh, en or purpose, or its id is taken", name, c.ID)
			}
			seen[c.ID] = true
		}
		all = append(all, cases...)
	}
	return all
}
