package synthetic_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/identity"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// The people pass every check of form, and can be nobody: their area was never
// assigned, their phone is in a block of zeros, their card in none of a bank's.
func TestNewPerson_isValidAndNobody(t *testing.T) {
	now := time.Now()
	seen := map[string]int{}
	for _, n := range slices.Concat(make2(2000), []int{8_388_607, 77_777_000, 77_777_001}) {
		p := synthetic.NewPerson(n, 19900506)
		switch {
		case len(p.Number) != 18 || !strings.HasPrefix(p.Number, "99"):
			t.Errorf("person %d: the number's area may be assigned", n)
		case p.Number[14:17] == "000":
			t.Errorf("person %d: sequence 000 is no number", n)
		case p.Number[17] != agent.CheckCharacter([]byte(p.Number[:17])):
			t.Errorf("person %d: the check character is wrong", n)
		case len(p.Phone) != 11 || p.Phone[0] != '1' || p.Phone[1] < '3' || p.Phone[3:7] != "0000":
			t.Errorf("person %d: the phone may be somebody's, or nobody could have it", n)
		case !strings.HasPrefix(p.Card, "629999") || len(p.Card) < 16:
			t.Errorf("person %d: the card may be a bank's", n)
		case len([]rune(p.Name)) < 3:
			t.Errorf("person %d: the name is short", n)
		}
		ev := &agent.Evidence{
			Identity: &agent.Identity{Name: agent.NewPersonal(p.Name), Number: agent.NewPersonal(p.Number)},
			Phone:    &agent.Phone{Number: agent.NewPersonal(p.Phone)},
			Cards:    &agent.Cards{Numbers: []agent.Personal{agent.NewPersonal(p.Card)}},
		}
		f := identity.Check(ev, agent.Person{Name: agent.NewPersonal(p.Name), Number: agent.NewPersonal(p.Number),
			Phone: agent.NewPersonal(p.Phone), Cards: []agent.Personal{agent.NewPersonal(p.Card)}}, now.Unix())
		if f.NumberForm != "valid" || f.PhoneForm != agent.Yes || f.CardForm != agent.Yes || f.NameMatch != agent.Yes || f.NumberMatch != agent.Yes {
			t.Fatalf("person %d does not pass the checks of form: %+v", n, f)
		}
		if n < 2000 {
			for _, v := range p.Values() {
				if was, ok := seen[v]; ok {
					t.Fatalf("persons %d and %d share a value", was, n)
				}
				seen[v] = n
			}
		}
	}
}

func make2(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

// The demonstration's files are read at any hour, refer to registers that the
// configuration has, and name each person once.
func TestSituations_areWellFormed(t *testing.T) {
	for _, now := range []time.Time{time.Now(), time.Date(2028, 2, 29, 15, 59, 59, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, agent.Zone), time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)} {
		all := synthetic.Situations(now)
		if len(all) != len(decided) {
			t.Fatalf("%d situations, want %d", len(all), len(decided))
		}
		ids := map[string]bool{}
		for _, s := range all {
			f, err := intake.Parse(s.File, intake.Options{Now: now})
			if err != nil {
				t.Errorf("%s at %v: %v", s.ID, now, err)
				continue
			}
			if f.Case.ID != s.ID || ids[s.ID] || s.ZH == "" || s.EN == "" {
				t.Errorf("%s is not told as it is", s.ID)
			}
			ids[s.ID] = true
			if f.Subject.Number.Reveal() != s.Person.Number {
				t.Errorf("%s is about another person", s.ID)
			}
		}
	}
}

// decided is what a careful credit officer would decide of each situation: the
// row of the tables, outcome, disposition, class and band, what people are asked
// for, and what is offered in yuan; or the code that denies.
var decided = []struct {
	id, denied, row, outcome, disposition, class, band, proposal string
	offer                                                        int64
}{
	{id: "demo-01", row: "application.evidence_missing", outcome: "inconclusive", disposition: "decline", class: "none", band: "U"},
	{id: "demo-02", row: "application.accepted_less", outcome: "pass", disposition: "accept_less", class: "none", band: "D", offer: 84_000},
	{id: "demo-03", row: "technical.borne_out", outcome: "pass", disposition: "grace", class: "technical", band: "U"},
	{id: "demo-04", row: "technical.borne_out", outcome: "pass", disposition: "grace", class: "technical", band: "U"},
	{id: "demo-05", row: "income.loss_borne_out", outcome: "pass", disposition: "instalments", class: "hardship", band: "U"},
	{id: "demo-06", row: "hardship.borne_out", outcome: "pass", disposition: "grace", class: "hardship", band: "U"},
	{id: "demo-07", row: "identity.stolen_proven", outcome: "review", disposition: "freeze", class: "not_the_borrower", band: "U"},
	{id: "demo-08", row: "claim.against_data", outcome: "review", disposition: "review", class: "unproven", band: "U"},
	{id: "demo-09", row: "application.over_indebted", outcome: "fail", disposition: "decline", class: "over_indebted", band: "E"},
	{id: "demo-10", denied: "collect.consent_withdrawn"},
	{id: "demo-11", denied: "collect.subject_minor"},
	{id: "demo-12", row: "hardship.borne_out", outcome: "pass", disposition: "grace", class: "hardship", band: "U"},
	{id: "demo-13", row: "debts.borne_out", outcome: "pass", disposition: "restructure", class: "over_indebted", band: "E"},
	{id: "demo-14", row: "unwilling.for_decision", outcome: "review", disposition: "review", class: "unproven", band: "A", proposal: "able_unwilling"},
	{id: "demo-15", row: "application.evidence_conflicting", outcome: "review", disposition: "review", class: "none", band: "A"},
	{id: "demo-16", denied: "collect.sensitive_consent_missing"},
	{id: "demo-17", denied: "collect.consent_lapsed"},
	{id: "demo-18", row: "application.evidence_missing", outcome: "inconclusive", disposition: "decline", class: "none", band: "U"},
	{id: "demo-19", row: "cost.over_cap", outcome: "review", disposition: "review", class: "dispute", band: "U"},
	{id: "demo-20", row: "application.limit_used", outcome: "fail", disposition: "decline", class: "none", band: "A"},
	{id: "demo-21", row: "application.evidence_missing", outcome: "inconclusive", disposition: "decline", class: "none", band: "U"},
	{id: "demo-22", row: "application.accepted_whole", outcome: "pass", disposition: "accept", class: "none", band: "A", offer: 50_000},
}

// Each borrower of the demonstration gets what the situation asks for, one after
// the other as the demonstration asks them, on whatever day it is run: statements
// are of whole months, and what is late is so by days.
func TestSituations_areDecidedAsACarefulOfficerWould(t *testing.T) {
	today := time.Now().In(agent.Zone)
	y, m, _ := today.Date()
	for _, now := range []time.Time{
		today,
		time.Date(y, m+1, 1, 0, 0, 30, 0, agent.Zone),
		time.Date(y, m+4, 0, 23, 59, 0, 0, agent.Zone), // the last day of a month
		today.AddDate(0, 7, 11),
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, house.ConfigFile), []byte(synthetic.Config("a", "l", "127.0.0.1:0", "")), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := house.Init(dir, "a", "l", false); err != nil {
			t.Fatal(err)
		}
		h, err := house.Open(dir, house.Options{Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range synthetic.Situations(now) {
			f, err := intake.Parse(s.File, intake.Options{Now: now})
			if err != nil {
				t.Fatal(err)
			}
			r, err := h.Verify(t.Context(), f)
			if err != nil {
				t.Fatalf("%s at %v: %v", s.ID, now, err)
			}
			got, want := decided[i], decided[i]
			got.id = s.ID
			if j := r.Judgement; j != nil {
				got.denied, got.row, got.outcome, got.disposition, got.class = "", string(j.Row), j.Outcome, j.Disposition, j.OverdueClass
				got.band, got.proposal, got.offer = j.Band, j.Proposal, j.Offer.Or(0)/100
			} else {
				got.denied, got.row = string(r.Denials[0].Codes[0]), ""
			}
			if got != want {
				t.Errorf("at %v\n %+v, want\n %+v", now, got, want)
			}
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestConfig_isInForce(t *testing.T) {
	c, err := house.ParseConfig([]byte(synthetic.Config("a", "l", "127.0.0.1:0", "")))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range synthetic.Situations(time.Now()) {
		f, err := intake.Parse(s.File, intake.Options{})
		if err != nil {
			t.Fatal(err)
		}
		n, known := c.Notices[f.Legal.Notice]
		from, err := agent.ParseDate(n.ValidFrom)
		if !known || err != nil || f.Legal.NoticeAt < from.Time().Unix() {
			t.Errorf("%s: the notice was shown before it was in force", s.ID)
		}
		if _, ok := c.Assessments[f.Legal.Assessment]; !ok {
			t.Errorf("%s: the assessment is not registered", s.ID)
		}
		if _, ok := c.Recipients[f.Case.Recipient]; !ok {
			t.Errorf("%s: the recipient is not registered", s.ID)
		}
	}
}

// A filled template is what would have been made for the person.
func TestTemplate_fillsAsTheProfileWould(t *testing.T) {
	now := time.Now()
	for _, p := range []synthetic.Profile{synthetic.Light, synthetic.Statements} {
		for _, first := range []bool{true, false} {
			for _, application := range []bool{true, false} {
				tpl := synthetic.NewTemplate(p, first, application, now)
				person := synthetic.NewPerson(4242, 19900506)
				id := synthetic.CaseID("run-x", 7)
				b := tpl.Fill(nil, person, id)
				var doc map[string]any
				if err := json.Unmarshal(b, &doc); err != nil {
					t.Fatal(err)
				}
				f, err := intake.Parse(b, intake.Options{Now: now})
				if err != nil {
					t.Errorf("%s, first %v: %v", p, first, err)
					continue
				}
				want := agent.PurposeOverdue
				if application {
					want = agent.PurposeApplication
				}
				if f.Case.ID != id || f.Case.Purpose != want || f.Subject.Number.Reveal() != person.Number || f.Subject.Name.Reveal() != person.Name {
					t.Errorf("%s, first %v, application %v: the file is about something else", p, first, application)
				}
				for _, other := range []int{77_777_000, 77_777_001} {
					for _, v := range synthetic.NewPerson(other, 19900506).Values() {
						if bytes.Contains(b, []byte(v)) {
							t.Errorf("%s, first %v: the template's own person is left in it", p, first)
						}
					}
				}
				if again := tpl.Fill(nil, person, id); !bytes.Equal(again, b) {
					t.Error("two fillings differ")
				}
			}
		}
	}
	if a, b := synthetic.CaseID("r", 1), synthetic.CaseID("r", 2); a == b || !strings.HasPrefix(a, "r-") {
		t.Error("case ids are not told apart")
	}
}
