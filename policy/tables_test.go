package policy

import (
	"context"
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

func TestTables_speakTheVocabulary(t *testing.T) {
	type situation struct {
		Outcome, Disposition, Class   string
		Reasons, Improve, Obligations []agent.Code
	}
	j := decode[struct {
		Purposes map[string]struct{ Situations map[string]situation }
		Claims   map[string]struct {
			Class, Early, Late string
			Proof              agent.Code
			Sensitive          *bool
		}
		Signs    map[string]situation
		Identity map[string]situation
		Support  map[string]situation
		Texts    []sentence `json:"improve_texts"`
		Duties   []sentence `json:"obligation_texts"`
	}](t, "judge")
	known := func(ss []sentence, c agent.Code) bool {
		return slices.ContainsFunc(ss, func(s sentence) bool { return s.Code == c })
	}
	check := func(where string, s situation) {
		for _, c := range s.Reasons {
			if !slices.Contains(agent.ReasonCodes, c) {
				t.Errorf("%s: %s is no reason", where, c)
			}
		}
		for _, c := range s.Improve {
			if !known(j.Texts, c) {
				t.Errorf("%s: %s has no text", where, c)
			}
		}
		for _, c := range s.Obligations {
			if !known(j.Duties, c) {
				t.Errorf("%s: %s has no text", where, c)
			}
		}
	}
	for p, own := range j.Purposes {
		for name, s := range own.Situations {
			where := p + "." + name
			if !slices.Contains(agent.Outcomes, s.Outcome) || !slices.Contains(agent.Dispositions, s.Disposition) || !slices.Contains(agent.Classes, s.Class) {
				t.Errorf("%s says %s, %s, %s", where, s.Outcome, s.Disposition, s.Class)
			}
			// Only a person finds that somebody could pay and will not, and
			// only a person goes to law.
			if s.Class == "able_unwilling" || s.Disposition == "legal" || s.Disposition == "secure" {
				t.Errorf("%s is for a person to say", where)
			}
			if s.Outcome != "pass" && !(slices.Contains(s.Obligations, "judge.reasons_given") && slices.Contains(s.Obligations, "judge.review_offered")) {
				t.Errorf("%s does not oblige to reasons and review", where)
			}
			if s.Disposition == "freeze" && !slices.Contains(s.Obligations, "judge.collection_stopped") {
				t.Errorf("%s freezes and collects", where)
			}
			check(where, s)
		}
	}
	for _, m := range []map[string]situation{j.Signs, j.Identity, j.Support} {
		for name, s := range m {
			check(name, s)
		}
	}
	for name, c := range j.Claims {
		if !slices.Contains(agent.Classes, c.Class) || !slices.Contains(agent.Dispositions, c.Early) || !slices.Contains(agent.Dispositions, c.Late) || c.Sensitive == nil {
			t.Errorf("claim %s says %+v", name, c)
		}
		if name != "" && !known(j.Texts, c.Proof) {
			t.Errorf("claim %s asks for %s, which has no text", name, c.Proof)
		}
	}
	for _, r := range []string{agent.ReasonLostCard, agent.ReasonSystemFault, agent.ReasonJobLoss, agent.ReasonIllness, agent.ReasonFamily,
		agent.ReasonBusinessFailure, agent.ReasonDisaster, agent.ReasonStolenIdentity, agent.ReasonDispute, agent.ReasonOverIndebted} {
		if _, ok := j.Claims[r]; !ok {
			t.Errorf("no line for claim %s", r)
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
	rapid.Check(t, func(r *rapid.T) {
		in := &agent.JudgeInput{AsOf: 1, Purpose: rapid.SampledFrom([]agent.Purpose{agent.PurposeApplication, agent.PurposeOverdue}).Draw(r, "purpose")}
		in.Identity = agent.IdentityFacts{
			Assurance: rapid.SampledFrom(agent.Assurances).Draw(r, "assurance"), Refuted: tri.Draw(r, "refuted"),
			NameMatch: tri.Draw(r, "name"), NumberMatch: tri.Draw(r, "number"), DocumentExpired: tri.Draw(r, "expired"),
		}
		in.Overdue = agent.OverdueFacts{
			DaysPastDue: amountOfDays(r), TechnicalLapse: tri.Draw(r, "lapse"), SalaryAfter: tri.Draw(r, "salary"),
			Claim:   rapid.SampledFrom([]string{"", "lost_card", "job_loss", "illness", "stolen_identity", "dispute", "over_indebted"}).Draw(r, "claim"),
			Support: rapid.SampledFrom([]string{agent.ClaimNone, agent.ClaimSupported, agent.ClaimContradicted, agent.ClaimUnproven}).Draw(r, "support"),
		}
		in.Capacity = agent.CapacityFacts{
			Evidence:       rapid.SampledFrom([]string{agent.EvidenceNone, agent.EvidenceWeak, agent.EvidenceFair, agent.EvidenceGood}).Draw(r, "evidence"),
			VerifiedIncome: amount.Draw(r, "income"), IncomeMonths: few.Draw(r, "months"), Obligations: amount.Draw(r, "obligations"),
			NewInstalment: amount.Draw(r, "instalment"), DebtServiceBP: amount.Draw(r, "service"), Residual: amount.Draw(r, "residual"),
			Affordable: amount.Draw(r, "affordable"), Requested: amount.Draw(r, "requested"), Lenders: few.Draw(r, "lenders"),
			Inquiries30: few.Draw(r, "inquiries"), NewLoans90: few.Draw(r, "loans"), OverdueAccounts: few.Draw(r, "late"),
		}
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
		if j.OverdueClass == "able_unwilling" || j.Outcome == "" {
			r.Fatalf("judged %+v", j)
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
