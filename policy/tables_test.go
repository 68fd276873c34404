package policy

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yanmen/yanmen/agent"
)

// decode reads a section of the bundle's data.
func decode[T any](t testing.TB, name string) (out T) {
	t.Helper()
	if err := section(bundleData(t), name, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCatalogue_knowsEveryCategory(t *testing.T) {
	e := engine(t)
	all := []agent.Category{agent.CatIdentity, agent.CatPhone, agent.CatCard, agent.CatLoan, agent.CatClaim, agent.CatProof,
		agent.CatEmployment, agent.CatSocialInsurance, agent.CatIncome, agent.CatLiabilities, agent.CatCreditReport,
		agent.CatStatement, agent.CatContactLog, agent.CatDeviceLog, agent.CatAnswer}
	for _, c := range all {
		if _, ok := e.bundle.catalogue.Categories[c]; !ok {
			t.Errorf("the catalogue does not know %s", c)
		}
		kept := false
		for _, p := range []agent.Purpose{agent.PurposeApplication, agent.PurposeOverdue} {
			if n, ok := e.RetainFor(c, p); ok {
				kept = true
				if n < 86400 || n > 10*366*86400 {
					t.Errorf("RetainFor(%s, %s) = %d s", c, p, n)
				}
				if !slices.Contains(e.CategoriesFor(p), c) {
					t.Errorf("CategoriesFor(%s) lacks %s", p, c)
				}
			}
		}
		if !kept {
			t.Errorf("%s is kept for no purpose", c)
		}
		if _, ok := e.RetainFor(c, agent.PurposeOversight); ok {
			t.Errorf("%s may be collected for oversight", c)
		}
	}
	if n, ok := e.RetainFor("finding", agent.PurposeOversight); ok {
		t.Errorf("a finding may be collected, for %d s", n)
	}
	if n, ok := e.RetainFor("shoe_size", agent.PurposeApplication); ok || n != 0 {
		t.Errorf("RetainFor of an unknown category = %d, %v", n, ok)
	}
	if got := e.CategoriesFor(agent.PurposeOversight); !slices.Equal(got, []agent.Category{"consent", "finding"}) {
		t.Errorf("CategoriesFor(oversight) = %v", got)
	}
	if got := e.CategoriesFor("marketing"); len(got) > 0 {
		t.Errorf("CategoriesFor(marketing) = %v", got)
	}
	for _, p := range []agent.Purpose{agent.PurposeApplication, agent.PurposeOverdue} {
		if !slices.IsSorted(e.CategoriesFor(p)) {
			t.Errorf("CategoriesFor(%s) is not sorted", p)
		}
	}
	if e.Sensitive(agent.CatPhone) || !e.Sensitive(agent.CatProof) || !e.Sensitive("shoe_size") {
		t.Error("Sensitive differs from the catalogue, or takes the unknown for ordinary")
	}
}

func TestTables_bitsAreTheAgents(t *testing.T) {
	d := decode[struct {
		Bits     map[string]int64
		Purposes map[string]struct {
			Claims  []string
			Verdict int64 `json:"verdict_bits"`
			Month   int64 `json:"month_bits"`
			Valid   int64 `json:"valid_seconds"`
		}
		Outcomes map[string][]string
		Roles    map[string][]string
	}](t, "disclose")
	claims := []string{agent.ClaimOutcome, agent.ClaimAssurance, agent.ClaimClass, agent.ClaimBand, agent.ClaimDisposition, agent.ClaimReasons}
	var sum int64
	for _, c := range claims {
		if got, want := d.Bits[c], agent.Bits([]string{c}); got != want {
			t.Errorf("bits of %s = %d, want %d", c, got, want)
		}
		sum += d.Bits[c]
	}
	if len(d.Bits) != len(claims) {
		t.Errorf("bits of %d claims, want %d", len(d.Bits), len(claims))
	}
	// The caller's figure is rounded once, the table's once a claim: the rules
	// ask that the caller's is no smaller for what may leave.
	for p, limits := range d.Purposes {
		var own int64
		for _, c := range limits.Claims {
			own += d.Bits[c]
		}
		if own > agent.Bits(claims) || own > limits.Verdict || limits.Verdict > limits.Month || limits.Valid <= 0 {
			t.Errorf("%s: %d bits of the agent's %d, limits %+v", p, own, agent.Bits(claims), limits)
		}
	}
	for _, o := range agent.Outcomes {
		if d.Outcomes[o] == nil {
			t.Errorf("no claims for outcome %s", o)
		}
	}
}

// A judgementRow is one row of the tables of judgement.
type judgementRow struct {
	sentence
	When map[string][]string
	Days struct{ From, To *int64 }
	Then struct{ Outcome, Disposition, Class, Proposal string }
	// Human is nil where the row leaves it to be taken for true.
	Human                         *bool `json:"human_review"`
	Reasons, Improve, Obligations []agent.Code
}

type judgementTables struct {
	Application map[string]judgementRow
	Overdue     []judgementRow
	Claims      map[string]struct {
		Tier, Place int
		Proof       agent.Code
		Instead     agent.Code
		Sensitive   *bool
	}
	Signs      map[string]judgementRow
	Identity   map[string]judgementRow
	Support    map[string]judgementRow
	Precedence struct{ Support, Strength map[string]int }
	Alone      []string   `json:"one_person"`
	Texts      []sentence `json:"improve_texts"`
	Duties     []sentence `json:"obligation_texts"`
}

func (j judgementTables) rows() []judgementRow {
	return append(slices.Collect(maps.Values(j.Application)), j.Overdue...)
}

// dimensions are the words of each dimension of the rows for late loans.
var dimensions = func() map[string][]string {
	tri := []string{"yes", "no", "unknown"}
	suspicion := []string{"none", "some", "strong", "unknown"}
	grades := []string{"none", "weak", "fair", "good"}
	return map[string][]string{
		"identity": {"sound", "expired", "refuted", "unmatched", "another_face", "not_live", "unverified"}, "takeover": suspicion, "forgery": append([]string{"cut"}, suspicion...),
		"source": {"consistent", "contradicted"},
		"late":   {"unknown", "ahead", "due", "late"}, "dispute": {"no", "claimed", "cost"}, "reason": append(slices.Clone(claimed), "other", "none"),
		"support": {"supported", "unproven", "contradicted", "none"}, "strength": grades, "evidence": grades, "band": agent.Bands,
		"heard": {"yes", "no"}, "able": tri, "technical": tri, "spending": tri, "others": tri, "inconsistent": tri, "schedule": tri,
		"lenders": {"many", "few", "unknown"}, "contact": {"reached", "tried", "few", "none", "unknown"},
		"promises": {"broken", "kept", "none", "unknown"}, "cure": {"likely", "possible", "unlikely", "unknown"}, "plan": {"yes", "unknown"},
	}
}()

var claimed = []string{agent.ReasonLostCard, agent.ReasonSystemFault, agent.ReasonJobLoss, agent.ReasonIllness, agent.ReasonFamily,
	agent.ReasonBusinessFailure, agent.ReasonDisaster, agent.ReasonStolenIdentity, agent.ReasonDispute, agent.ReasonOverIndebted}

func TestTables_speakTheVocabulary(t *testing.T) {
	j := decode[judgementTables](t, "judge")
	known := func(ss []sentence, c agent.Code) bool {
		return slices.ContainsFunc(ss, func(s sentence) bool { return s.Code == c })
	}
	check := func(where string, r judgementRow) {
		for _, c := range r.Reasons {
			if !slices.Contains(agent.ReasonCodes, c) {
				t.Errorf("%s: %s is no reason", where, c)
			}
		}
		for _, c := range r.Improve {
			if !known(j.Texts, c) {
				t.Errorf("%s: %s has no text", where, c)
			}
		}
	}
	for _, r := range j.rows() {
		where := string(r.Code)
		then := r.Then
		if !codeForm.MatchString(where) || r.ZH == "" || r.EN == "" || len(r.Cites) == 0 {
			t.Errorf("%s lacks its code, a text or a citation", where)
		}
		if !slices.Contains(agent.Outcomes, then.Outcome) || !slices.Contains(agent.Dispositions, then.Disposition) || !slices.Contains(agent.Classes, then.Class) {
			t.Errorf("%s says %+v", where, then)
		}
		// Only people find that somebody could pay and will not, and only people go
		// to law: it takes a proposal, on which two of them decide.
		if then.Class == "able_unwilling" || then.Disposition == "legal" || then.Disposition == "secure" {
			t.Errorf("%s is for people to say", where)
		}
		switch then.Proposal {
		case "", "not_the_borrower":
		case "able_unwilling", "legal", "secure":
			if slices.Contains(j.Alone, then.Proposal) || then.Class != "unproven" || then.Outcome != "review" {
				t.Errorf("%s says %+v before two people have", where, then)
			}
			for name, least := range map[string][]string{"able": {"yes"}, "band": {"A", "B", "C"}, "evidence": {"fair", "good"},
				"heard": {"yes"}, "support": {"none", "contradicted"}, "takeover": {"none"}, "contact": {"tried", "reached"}, "identity": {"sound", "expired"}} {
				if len(r.When[name]) == 0 || slices.ContainsFunc(r.When[name], func(w string) bool { return !slices.Contains(least, w) }) {
					t.Errorf("%s asks for %s %v", where, name, r.When[name])
				}
			}
			if r.Days.From == nil || *r.Days.From <= 30 {
				t.Errorf("%s does not ask for days", where)
			}
		default:
			t.Errorf("%s proposes %s", where, then.Proposal)
		}
		// What is a person's next step, or goes against somebody, takes a person.
		adverse := (&agent.Judgement{Outcome: then.Outcome, OverdueClass: then.Class, Disposition: then.Disposition, Proposal: then.Proposal}).WantsPerson()
		if r.Human == nil || *r.Human != adverse {
			t.Errorf("%s: human_review must be %v", where, adverse)
		}
		check(where, r)
	}
	for i, r := range j.Overdue {
		if last := i == len(j.Overdue)-1; last != (len(r.When) == 0 && r.Days.From == nil && r.Days.To == nil) {
			t.Errorf("%s: only the last row asks for nothing", r.Code)
		}
		for name, words := range r.When {
			if len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(dimensions[name], w) }) {
				t.Errorf("%s asks for %s %v", r.Code, name, words)
			}
			// What is not known speaks against nobody.
			if slices.Contains(words, "unknown") && r.Then.Disposition != "review" {
				t.Errorf("%s rests on %s that is not known", r.Code, name)
			}
		}
	}
	for _, m := range []map[string]judgementRow{j.Signs, j.Identity, j.Support} {
		for name, r := range m {
			check(name, r)
		}
	}
	places := map[int]string{}
	for name, c := range j.Claims {
		if c.Sensitive == nil {
			t.Errorf("claim %s does not say whether it is sensitive", name)
		}
		if name == "" || name == agent.ReasonNoneGiven {
			continue
		}
		if c.Instead != "" && !known(j.Texts, c.Instead) {
			t.Errorf("claim %s asks for %s instead, which has no text", name, c.Instead)
		}
		if !known(j.Texts, c.Proof) {
			t.Errorf("claim %s asks for %s, which has no text", name, c.Proof)
		}
		if places[c.Place] != "" || c.Tier != 0 && c.Tier != 1 {
			t.Errorf("claim %s stands at %d of tier %d, where %q stands", name, c.Place, c.Tier, places[c.Place])
		}
		places[c.Place] = name
	}
	for _, r := range claimed {
		if _, ok := j.Claims[r]; !ok {
			t.Errorf("no line for claim %s", r)
		}
	}
	for _, s := range []string{agent.ClaimSupported, agent.ClaimUnproven, agent.ClaimContradicted} {
		if _, ok := j.Precedence.Support[s]; !ok {
			t.Errorf("no place for what is %s", s)
		}
	}
	for _, s := range []string{agent.EvidenceNone, agent.EvidenceWeak, agent.EvidenceFair, agent.EvidenceGood} {
		if _, ok := j.Precedence.Strength[s]; !ok {
			t.Errorf("no place for evidence that is %s", s)
		}
	}
}

// Every row has a golden decision that reaches it, so none is hidden behind those
// before it.
func TestTables_everyRowIsReached(t *testing.T) {
	e, g := engine(t), golden(t)
	reached := map[agent.Code]bool{}
	for _, c := range g.Cases {
		if c.Point == agent.PointJudge {
			_, answer := ask(e, g.input(t, c))
			reached[answer.(agent.Judgement).Row] = true
		}
	}
	for _, r := range decode[judgementTables](t, "judge").rows() {
		if !reached[r.Code] {
			t.Errorf("no golden decision reaches %s", r.Code)
		}
	}
}

// Any facts that the checks may report give a judgement of the vocabulary, and
// an offer never exceeds what was asked for or is affordable.
func TestJudge_alwaysAnswersInTheVocabulary(t *testing.T) {
	e := engine(t)
	amount := rapid.Custom(func(r *rapid.T) agent.Int {
		if rapid.IntRange(0, 5).Draw(r, "unknown") == 0 {
			return agent.Int{}
		}
		return agent.Known(rapid.Int64Range(0, 1_000_000_000_00).Draw(r, "amount"))
	})
	few := rapid.Custom(func(r *rapid.T) agent.Int {
		if rapid.IntRange(0, 5).Draw(r, "unknown") == 0 {
			return agent.Int{}
		}
		return agent.Known(rapid.Int64Range(0, 12).Draw(r, "few"))
	})
	tri := rapid.SampledFrom([]agent.Tri{agent.Unknown, agent.No, agent.Yes})
	suspicion := rapid.SampledFrom([]string{agent.SuspicionUnknown, agent.SuspicionNone, agent.SuspicionSome, agent.SuspicionStrong})
	grade := rapid.SampledFrom([]string{agent.EvidenceNone, agent.EvidenceWeak, agent.EvidenceFair, agent.EvidenceGood})
	support := rapid.SampledFrom([]string{agent.ClaimNone, agent.ClaimSupported, agent.ClaimContradicted, agent.ClaimUnproven})
	reason := rapid.Custom(func(r *rapid.T) agent.ReasonFacts {
		return agent.ReasonFacts{Reason: rapid.SampledFrom(append(claimed, "fate")).Draw(r, "reason"), Support: support.Draw(r, "of it"), Strength: grade.Draw(r, "strength")}
	})
	rapid.Check(t, func(r *rapid.T) {
		in := &agent.JudgeInput{AsOf: 1, Purpose: rapid.SampledFrom([]agent.Purpose{agent.PurposeApplication, agent.PurposeOverdue}).Draw(r, "purpose")}
		in.Identity = agent.IdentityFacts{
			Assurance: rapid.SampledFrom(agent.Assurances).Draw(r, "assurance"), Refuted: tri.Draw(r, "refuted"),
			Takeover:  suspicion.Draw(r, "takeover"),
			NameMatch: tri.Draw(r, "name"), NumberMatch: tri.Draw(r, "number"), DocumentExpired: tri.Draw(r, "expired"),
		}
		in.Overdue = agent.OverdueFacts{
			DaysPastDue: amountOfDays(r), TechnicalLapse: tri.Draw(r, "lapse"), SalaryAfter: tri.Draw(r, "salary"),
			Claim:   rapid.SampledFrom([]string{"", "lost_card", "job_loss", "illness", "stolen_identity", "dispute", "over_indebted"}).Draw(r, "claim"),
			Support: support.Draw(r, "support"), Able: tri.Draw(r, "able"), Attempts30: few.Draw(r, "attempts"), Reached30: few.Draw(r, "reached"),
			Reasons: rapid.SliceOfN(reason, 0, 3).Draw(r, "reasons"), Spending: tri.Draw(r, "spending"),
		}
		in.Capacity = agent.CapacityFacts{
			Evidence: grade.Draw(r, "evidence"), Shock20: amount.Draw(r, "shock"), PlanMonths: few.Draw(r, "plan"),
			CureChance:     rapid.SampledFrom([]string{agent.ChanceUnknown, agent.ChanceUnlikely, agent.ChancePossible, agent.ChanceLikely}).Draw(r, "cure"),
			VerifiedIncome: amount.Draw(r, "income"), IncomeMonths: few.Draw(r, "months"), Obligations: amount.Draw(r, "obligations"),
			NewInstalment: amount.Draw(r, "instalment"), DebtServiceBP: amount.Draw(r, "service"), Residual: amount.Draw(r, "residual"),
			Affordable: amount.Draw(r, "affordable"), Requested: amount.Draw(r, "requested"), Lenders: few.Draw(r, "lenders"),
			Inquiries30: few.Draw(r, "inquiries"), NewLoans90: few.Draw(r, "loans"), OverdueAccounts: few.Draw(r, "late"),
		}
		in.Conduct = agent.ConductFacts{PromisesBroken: few.Draw(r, "broken"), Applications30: few.Draw(r, "applications"),
			Inconsistent: tri.Draw(r, "inconsistent"), Forgery: suspicion.Draw(r, "forgery")}
		in.Contract = agent.ContractFacts{LimitKind: rapid.SampledFrom([]string{"", agent.LimitRevolving, agent.LimitSingleDraw}).Draw(r, "limit"),
			LimitOpen: tri.Draw(r, "open"), LimitLeft: amount.Draw(r, "left"), Plan: tri.Draw(r, "schedule")}
		in.Cost = agent.CostInput{
			AllInBP:     rapid.SampledFrom([]agent.Int{{}, agent.Known(0), agent.Known(1200), agent.Known(1201), agent.Known(2400), agent.Known(2401)}).Draw(r, "cost"),
			ContractOn:  rapid.SampledFrom([]string{"", "2020-01-01", "2025-09-30", "2026-01-05", "2026-10-20"}).Draw(r, "contract"),
			LenderClass: rapid.SampledFrom([]string{"", "bank", "consumer_finance", "microloan", "private_lender"}).Draw(r, "class"),
		}
		j := e.Judge(context.Background(), in)
		if !j.Allow {
			if cost, known := in.Cost.AllInBP.Value(); in.Purpose != agent.PurposeApplication || !known || cost <= 1200 ||
				!slices.Equal(j.Denials, []agent.Code{"judge.cost_over_cap"}) {
				r.Fatalf("denied: %+v", j)
			}
			return
		}
		if cost, known := in.Cost.AllInBP.Value(); in.Purpose == agent.PurposeApplication && j.Outcome == "pass" &&
			(!known || cost > 2400 || in.Cost.ContractOn == "" || in.Cost.LenderClass == "") {
			r.Fatalf("passed at %+v", in.Cost)
		}
		if j.OverdueClass == "able_unwilling" || j.Disposition == "legal" || j.Disposition == "secure" || j.Outcome == "" || j.Row == "" {
			r.Fatalf("judged %+v", j)
		}
		two := slices.Contains([]string{"able_unwilling", "legal", "secure"}, j.Proposal)
		if two != slices.Contains(j.Obligations, "judge.two_persons") || two && (!slices.Contains(j.Obligations, "judge.human_review") ||
			in.Overdue.Able != agent.Yes || in.Identity.Takeover != agent.SuspicionNone || in.Overdue.DaysPastDue.Or(0) <= 30) {
			r.Fatalf("proposed %+v", j)
		}
		if (j.Outcome != "pass") != slices.Contains(j.Obligations, "judge.reasons_given") || (j.Disposition == "freeze") != slices.Contains(j.Obligations, "judge.collection_stopped") {
			r.Fatalf("obliged %+v", j)
		}
		offer, offered := j.Offer.Value()
		if accepted := j.Disposition == "accept" || j.Disposition == "accept_less"; offered != accepted {
			r.Fatalf("offer %v with %s", j.Offer, j.Disposition)
		}
		if offered && (offer <= 0 || offer > in.Capacity.Requested.Or(0) || offer > in.Capacity.Affordable.Or(0)) {
			r.Fatalf("offer %d of %v requested, %v affordable", offer, in.Capacity.Requested, in.Capacity.Affordable)
		}
		// Adverse findings about who it is never turn into a decline.
		if in.Identity.Refuted == agent.Yes && (j.Outcome != "review" && j.Outcome != "inconclusive") {
			r.Fatalf("refuted identity judged %+v", j)
		}
	})
}

func amountOfDays(r *rapid.T) agent.Int {
	if rapid.IntRange(0, 5).Draw(r, "unknown days") == 0 {
		return agent.Int{}
	}
	return agent.Known(rapid.Int64Range(0, 400).Draw(r, "days"))
}

// Who somebody is by birth changes no judgement.
func TestJudge_readsNothingProtected(t *testing.T) {
	e, g := engine(t), golden(t)
	for _, c := range g.Cases {
		if c.Point != agent.PointJudge {
			continue
		}
		in := g.input(t, c).(*agent.JudgeInput)
		before := e.Judge(context.Background(), in)
		for _, sex := range []string{"male", "female", "unknown"} {
			for _, document := range []string{agent.DocumentCitizen, agent.DocumentTaiwan, agent.DocumentForeigner, ""} {
				in.Identity.Sex, in.Identity.Document, in.Identity.Age = sex, document, agent.Known(61)
				if after := e.Judge(context.Background(), in); !reflect.DeepEqual(before, after) {
					t.Errorf("%s: %s with %q is judged %+v, before %+v", c.Name, sex, document, after, before)
				}
			}
		}
	}
}

// More debt and less income never lead to a better band.
func TestJudge_bandFollowsDebtAndIncome(t *testing.T) {
	e, g := engine(t), golden(t)
	in := g.base(t, agent.PointJudge, "overdue_at").(*agent.JudgeInput)
	worst := 0
	for bp := int64(0); bp <= 12000; bp += 250 {
		for _, shock := range []agent.Int{agent.Known(1), agent.Known(-1), {}} {
			in.Capacity.DebtServiceBP, in.Capacity.Shock20 = agent.Known(bp), shock
			at := slices.Index(agent.Bands, e.Judge(context.Background(), in).Band)
			if at < worst {
				t.Errorf("at %d basis points and %v left the band is %s, before %s", bp, shock, agent.Bands[at], agent.Bands[worst])
			}
			if shock == agent.Known(1) {
				worst = at
			}
		}
	}
	if agent.Bands[worst] != "E" {
		t.Errorf("the last band is %s", agent.Bands[worst])
	}
}
