package agent_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
)

var ctx = context.Background()

// rules is a policy that allows everything until a test says otherwise.
type rules struct {
	collect  func(*agent.CollectInput) agent.Decision
	use      func(*agent.UseInput) agent.Decision
	judge    func(*agent.JudgeInput) agent.Judgement
	disclose func(*agent.DiscloseInput) agent.Disclosure

	mu    sync.Mutex
	spent []int64 // what each disclosure was told
}

var allow = agent.Decision{Allow: true}

func deny(code agent.Code) agent.Decision { return agent.Decision{Denials: []agent.Code{code}} }

func (r *rules) Collect(_ context.Context, in *agent.CollectInput) agent.Decision {
	if r.collect != nil {
		return r.collect(in)
	}
	return allow
}

func (r *rules) Use(_ context.Context, in *agent.UseInput) agent.Decision {
	if r.use != nil {
		return r.use(in)
	}
	return allow
}

func (r *rules) Judge(_ context.Context, in *agent.JudgeInput) agent.Judgement {
	if r.judge != nil {
		return r.judge(in)
	}
	return agent.Judgement{Decision: allow, Outcome: "pass", OverdueClass: "technical", Band: "A", Disposition: "grace", Reasons: []agent.Code{"claim.supported"}}
}

var everyClaim = []string{agent.ClaimBand, agent.ClaimDisposition, agent.ClaimAssurance, agent.ClaimOutcome, agent.ClaimClass, agent.ClaimReasons}

func (r *rules) Disclose(_ context.Context, in *agent.DiscloseInput) agent.Disclosure {
	r.mu.Lock()
	r.spent = append(r.spent, in.Spent)
	r.mu.Unlock()
	if r.disclose != nil {
		return r.disclose(in)
	}
	if in.Denied {
		return agent.Disclosure{Decision: deny("disclose.case_denied")}
	}
	return agent.Disclosure{Decision: allow, Claims: everyClaim, ValidFor: 3600}
}

func (*rules) Digest() [32]byte                                      { return [32]byte{7} }
func (*rules) RetainFor(agent.Category, agent.Purpose) (int64, bool) { return 3600, true }
func (*rules) Sensitive(c agent.Category) bool                       { return c == agent.CatProof }
func (*rules) CategoriesFor(agent.Purpose) []agent.Category {
	return []agent.Category{agent.CatIdentity, agent.CatIncome, agent.CatLoan}
}

// registers know one recipient.
type registers struct{}

func (registers) Notice(string) agent.NoticeEntry         { return agent.NoticeEntry{Found: true} }
func (registers) Assessment(string) agent.AssessmentEntry { return agent.AssessmentEntry{Found: true} }
func (registers) Mode() string                            { return "strict" }
func (registers) LenderClass() string                     { return "bank" }
func (registers) Digest() [32]byte                        { return [32]byte{9} }
func (registers) Recipient(key string) agent.RecipientEntry {
	return agent.RecipientEntry{Found: key == "hub", ID: key}
}

// A bench is an agent on a store in memory, with a clock.
type bench struct {
	*agent.Agent
	store    *agenttest.Memory
	rules    *rules
	now      time.Time
	payloads []*agent.Verdict
	notices  [][16]byte
	config   agent.Config
}

// policy puts another policy in the place of the rules, on the same store.
func (b *bench) policy(t *testing.T, p agent.Policy) {
	t.Helper()
	b.configure(t, func(c *agent.Config) { c.Policy = p })
}

// configure makes the agent anew with another configuration, on the same store.
func (b *bench) configure(t *testing.T, change func(*agent.Config)) {
	t.Helper()
	change(&b.config)
	a, err := agent.New(b.config)
	if err != nil {
		t.Fatal(err)
	}
	b.Agent = a
}

func newBench(t *testing.T, store func(*agenttest.Memory) agent.Store) *bench {
	t.Helper()
	b := &bench{store: agenttest.NewMemory(t), rules: &rules{}, now: time.Now()}
	var s agent.Store = b.store
	if store != nil {
		s = store(b.store)
	}
	b.config = agent.Config{
		Name: "agent-1", Store: s, Policy: b.rules, Registers: registers{}, Now: func() time.Time { return b.now }, Ledger: ledger,
		Checks: agent.Checks{
			Identity: func(*agent.Evidence, agent.Person, int64) agent.IdentityFacts {
				return agent.IdentityFacts{Assurance: agent.AssuranceAuthority3, NumberForm: "valid"}
			},
			Overdue: func(e *agent.Evidence, _ int64) agent.OverdueFacts {
				f := agent.OverdueFacts{Bucket: "M1", Support: agent.ClaimSupported, Claim: agent.ReasonLostCard}
				if e.Claim != nil {
					f.Claim = e.Claim.Reason
				}
				return f
			},
			Capacity: func(e *agent.Evidence, _ int64) agent.CapacityFacts {
				f := agent.CapacityFacts{Evidence: agent.EvidenceNone}
				if e.Income != nil {
					f.Evidence, f.DeclaredIncome = agent.EvidenceFair, e.Income.DeclaredMonthly
				}
				return f
			},
			Conduct: func(*agent.Evidence, int64) agent.ConductFacts {
				return agent.ConductFacts{PromisesBroken: agent.Known(3)}
			},
			Contract: func(*agent.Evidence, int64) agent.ContractFacts {
				return agent.ContractFacts{PenaltyBP: agent.Known(2700)}
			},
			Cost: func(*agent.Evidence, int64) agent.CostFacts {
				return agent.CostFacts{AllInBP: agent.Known(1800), ContractOn: 20260105}
			},
		},
		Payload: func(v *agent.Verdict) ([]byte, error) {
			if !slices.Contains(append(agent.Classes, agent.NotAvailable), v.Claims.Class) {
				return nil, errors.New("a claim outside the list")
			}
			c := *v
			b.payloads = append(b.payloads, &c)
			return json.Marshal(c)
		},
		Notice: func(_, platform, id string, sub [16]byte, at int64, seq uint64, prev [32]byte) []byte {
			b.notices = append(b.notices, sub)
			return fmt.Appendf(nil, "%s %s %x %d %x", platform, id, sub, seq, prev)
		},
	}
	b.configure(t, func(*agent.Config) {})
	return b
}

const (
	numberA = "990101199003071237"
	numberB = "990101188001010010"
)

// file is a case about a person, with an income record. Its bytes are told by
// version alone.
func file(id, number string, version byte) *agent.File {
	return &agent.File{
		Digest:  sha256.Sum256([]byte{version}),
		Case:    agent.Case{ID: id, AsOf: 1_700_000_000, Purpose: agent.PurposeOverdue, Recipient: "hub"},
		Subject: agent.Person{Name: agent.NewPersonal("验样甲"), Number: agent.NewPersonal(number)},
		Legal:   agent.Legal{Basis: agent.BasisConsent, BasisRef: "contract-1", Notice: "n", Consent: agent.Consent{ID: "consent-1", State: "given"}},
		Collected: []agent.Record{{Category: agent.CatIncome, Source: "borrower", CollectedAt: 1_700_000_000,
			Data: &agent.Income{DeclaredMonthly: agent.Known(int64(version))}}},
	}
}

func (b *bench) must(t *testing.T, f *agent.File) *agent.Result {
	t.Helper()
	r, err := b.Verify(ctx, f)
	if err != nil {
		t.Fatalf("Verify = %v", err)
	}
	return r
}

func (b *bench) queue(t *testing.T) []agent.Queued {
	t.Helper()
	q, err := b.store.Next(ctx, "hub", 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// between commits something else before a commit of its own.
type between struct {
	*agenttest.Memory
	before func()
	after  func() error
	calls  atomic.Int64
}

func (s *between) Commit(ctx context.Context, w *agent.Write) (agent.Committed, error) {
	s.calls.Add(1)
	if f := s.before; f != nil {
		s.before = nil
		f()
	}
	if s.after != nil {
		if err := s.after(); err != nil {
			return agent.Committed{}, err
		}
	}
	return s.Memory.Commit(ctx, w)
}

func TestVerify_decidesAgainAfterAConflict(t *testing.T) {
	var s *between
	b := newBench(t, func(m *agenttest.Memory) agent.Store { s = &between{Memory: m}; return s })
	// While the case is under way the same person comes with another case: the
	// person is no longer new, and what was said meanwhile is counted.
	s.before = func() { b.must(t, file("other", numberA, 2)) }
	r := b.must(t, file("case", numberA, 1))
	if got := s.calls.Load(); got != 3 {
		t.Errorf("%d commits were tried, want 3: one that conflicts, two that stand", got)
	}
	id, ok, err := b.Subject(ctx, agent.IndexNumber, agent.NewPersonal(numberA))
	if err != nil || !ok || id.String() != r.Subject {
		t.Errorf("the case stands for another subject: %v", err)
	}
	if spent := b.rules.spent; len(spent) != 3 || spent[2] != agent.Bits(everyClaim) {
		t.Errorf("spent = %v: the second decision knows nothing of the other case", spent)
	}
	if q := b.queue(t); len(q) != 2 {
		t.Errorf("%d verdicts wait, want 2", len(q))
	}

	// Conflicts without an end are an error, and nothing is written.
	s.after = func() error { return agent.ErrConflict }
	if _, err := b.Verify(ctx, file("third", numberA, 3)); !errors.Is(err, agent.ErrConflict) {
		t.Errorf("Verify = %v, want a conflict", err)
	}
	if q := b.queue(t); len(q) != 2 {
		t.Errorf("%d verdicts wait, want 2", len(q))
	}
}

func TestVerify_uncertainPassesThrough(t *testing.T) {
	for _, kept := range []bool{true, false} {
		b := newBench(t, nil)
		b.store.FailNext(kept)
		if r, err := b.Verify(ctx, file("case", numberA, 1)); !errors.Is(err, agent.ErrUncertain) || r != nil {
			t.Errorf("Verify = %v, %v, want no answer and ErrUncertain", r, err)
		}
		// Asked again, there is one verdict, whichever it was.
		r := b.must(t, file("case", numberA, 1))
		if q := b.queue(t); len(q) != 1 || q[0].ID != r.Leaves.ID {
			t.Errorf("kept %v: %d verdicts wait, want the one that was answered", kept, len(q))
		}
	}
	b := newBench(t, nil)
	b.store.SetFull(true)
	if r, err := b.Verify(ctx, file("case", numberA, 1)); !errors.Is(err, agent.ErrDiskFull) || r != nil {
		t.Errorf("Verify = %v, %v, want ErrDiskFull", r, err)
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if r, err := b.Verify(stopped, file("case", numberA, 1)); !errors.Is(err, context.Canceled) || r != nil {
		t.Errorf("Verify = %v, %v, want that it was stopped", r, err)
	}
}

func TestVerify_sameBytesSameAnswer(t *testing.T) {
	b := newBench(t, nil)
	first := b.must(t, file("case", numberA, 1))
	again := b.must(t, file("case", numberA, 1))
	if again.Leaves.ID != first.Leaves.ID || len(b.queue(t)) != 1 {
		t.Error("the same bytes are judged twice")
	}
	if e := b.store.Entries(); e[len(e)-1].Kind != "open" {
		t.Error("that a finding was opened is not on the record")
	}
	next := b.must(t, file("case", numberA, 2))
	if next.Leaves.Supersedes != first.Leaves.ID || next.Subject != first.Subject {
		t.Error("other bytes do not supersede")
	}
	if _, err := b.Verify(ctx, file("case", numberB, 3)); !errors.Is(err, agent.ErrCaseSubject) {
		t.Errorf("Verify for another person = %v, want ErrCaseSubject", err)
	}
}

func TestVerify_refusesWhatNamesNothing(t *testing.T) {
	b := newBench(t, nil)
	for what, spoil := range map[string]func(*agent.File){
		"no subject":          func(f *agent.File) { f.Subject = agent.Person{} },
		"no id":               func(f *agent.File) { f.Case.ID = "" },
		"an id of words":      func(f *agent.File) { f.Case.ID = "a b" },
		"a long id":           func(f *agent.File) { f.Case.ID = strings.Repeat("a", 65) },
		"no purpose":          func(f *agent.File) { f.Case.Purpose = "" },
		"a quote as purpose":  func(f *agent.File) { f.Case.Purpose = `"` },
		"a reference of text": func(f *agent.File) { f.Case.Reference = "验样甲" },
	} {
		f := file("case", numberA, 1)
		spoil(f)
		if r, err := b.Verify(ctx, f); err == nil || r != nil || strings.Contains(err.Error(), "验样甲") {
			t.Errorf("%s: Verify = %v, %v", what, r, err)
		}
	}
	if len(b.store.Entries()) != 0 {
		t.Error("something was written")
	}
}

func TestVerify_refusedCaseKeepsNothingOfThePerson(t *testing.T) {
	b := newBench(t, nil)
	b.rules.collect = func(*agent.CollectInput) agent.Decision { return deny("consent.missing") }
	r := b.must(t, file("case", numberA, 1))
	if len(r.Denials) != 2 || r.Denials[0].Point != agent.PointCollect || r.Facts != nil || r.Judgement != nil || r.Leaves != nil {
		t.Errorf("the answer is %+v", r)
	}
	if _, ok, _ := b.Subject(ctx, agent.IndexNumber, agent.NewPersonal(numberA)); ok {
		t.Error("the refused person can be found by number")
	}
	id, ok, _ := b.Subject(ctx, agent.IndexCase, agent.NewPersonal("case"))
	if !ok {
		t.Fatal("the refused case is not on the record")
	}
	held, err := b.store.Held(ctx, id)
	if err != nil || len(held) != 0 {
		t.Errorf("Held = %v, %v, want nothing", held, err)
	}
	p, err := b.store.Profile(ctx, id)
	if err != nil || !p.Anonymous {
		t.Errorf("Profile = %+v, %v, want an anonymous one", p, err)
	}
	if fd, err := b.Show(ctx, "case"); err != nil || len(fd.Result.Denials) != 2 {
		t.Errorf("Show = %v", err)
	}

	// It comes back with what it lacked: the case moves to a person, and the
	// subject that stood for it is gone.
	b.rules.collect = nil
	r = b.must(t, file("case", numberA, 2))
	if r.Leaves == nil || r.Subject == id.String() {
		t.Errorf("the case still stands alone: %+v", r)
	}
	now, ok, _ := b.Subject(ctx, agent.IndexNumber, agent.NewPersonal(numberA))
	if !ok || now.String() != r.Subject {
		t.Error("the person is not found by number")
	}
	if _, err := b.store.Profile(ctx, id); err == nil {
		t.Error("the anonymous subject is still there")
	}
}

// A refused case comes back when its person has become known by another: the
// person keeps the one name that the platform knows, or an erasure would not
// reach what was said under it before.
func TestVerify_relinkKeepsThePersonsName(t *testing.T) {
	b := newBench(t, nil)
	b.rules.collect = func(*agent.CollectInput) agent.Decision { return deny("consent.missing") }
	b.must(t, file("refused", numberA, 1))
	b.rules.collect = nil
	b.must(t, file("other", numberA, 2))
	r := b.must(t, file("refused", numberA, 3))
	id, err := agent.ParseSubjectID(r.Subject)
	if err != nil || r.Leaves == nil {
		t.Fatalf("the case is not answered: %+v", r)
	}
	if err := b.Erase(ctx, id); err != nil {
		t.Fatal(err)
	}
	told := map[[16]byte]bool{}
	for _, sub := range b.notices {
		told[sub] = true
	}
	for _, v := range b.payloads {
		if !told[v.Subject] {
			t.Errorf("the platform is not told to erase verdict %s", v.ID)
		}
	}
}

func TestVerify_saysOnlyWhatMayLeave(t *testing.T) {
	b := newBench(t, nil)
	b.rules.judge = func(*agent.JudgeInput) agent.Judgement {
		return agent.Judgement{Decision: allow, Outcome: "pass", OverdueClass: "able_unwilling", Band: "Z", Disposition: "legal",
			Reasons: []agent.Code{"evidence.missing", "nobody.knows", "claim.unproven", "evidence.missing", "history.short", "income.unverified", "lenders.many"}}
	}
	c := b.must(t, file("case", numberA, 1)).Leaves.Claims
	if c.Class != "unproven" {
		t.Errorf("class = %s: unwillingness is said without a person's review", c.Class)
	}
	if c.Band != agent.NotAvailable {
		t.Errorf("band = %s, which is in no list", c.Band)
	}
	if want := []agent.Code{"claim.unproven", "evidence.missing", "history.short", "income.unverified"}; !slices.Equal(c.Reasons, want) {
		t.Errorf("reasons = %v, want %v", c.Reasons, want)
	}

	// Withheld claims say the same as unknown ones.
	b.rules.disclose = func(*agent.DiscloseInput) agent.Disclosure {
		return agent.Disclosure{Decision: allow, Claims: []string{agent.ClaimOutcome}, ValidFor: 60}
	}
	c = b.must(t, file("case-2", numberA, 2)).Leaves.Claims
	if c.Outcome != "pass" || c.Assurance != agent.NotAvailable || c.Class != agent.NotAvailable || c.Band != agent.NotAvailable ||
		c.Disposition != agent.NotAvailable || c.Reasons != nil {
		t.Errorf("claims = %+v, want the outcome alone", c)
	}

	// An answer that says nothing about how long it holds lets nothing leave.
	b.rules.disclose = func(*agent.DiscloseInput) agent.Disclosure {
		return agent.Disclosure{Decision: allow, Claims: everyClaim}
	}
	if r := b.must(t, file("case-3", numberA, 3)); r.Leaves != nil {
		t.Error("a verdict without validity leaves")
	}
}

func TestVerify_sensitiveReasonIsSaidToTheRules(t *testing.T) {
	for reason, want := range map[string]bool{agent.ReasonIllness: true, agent.ReasonFamily: true, agent.ReasonLostCard: false} {
		b := newBench(t, nil)
		var got bool
		b.rules.disclose = func(in *agent.DiscloseInput) agent.Disclosure { got = in.Sensitive; return agent.Disclosure{} }
		f := file("case", numberA, 1)
		f.Collected = append(f.Collected, agent.Record{Category: agent.CatClaim, Source: "borrower", Data: &agent.Claim{Reason: reason}})
		b.must(t, f)
		if got != want {
			t.Errorf("%s: sensitive = %v, want %v", reason, got, want)
		}
	}
}

// A decision that errs denies, is on the record, and is no answer to keep: the
// same file is asked about anew.
func TestVerify_undecidedDenies(t *testing.T) {
	undecided := deny(agent.CodeUndecided)
	for point, set := range map[string]func(*rules){
		agent.PointCollect: func(r *rules) { r.collect = func(*agent.CollectInput) agent.Decision { return undecided } },
		agent.PointUse:     func(r *rules) { r.use = onCase(undecided) },
		agent.PointJudge: func(r *rules) {
			r.judge = func(*agent.JudgeInput) agent.Judgement { return agent.Judgement{Decision: undecided} }
		},
		agent.PointDisclose: func(r *rules) {
			r.disclose = func(*agent.DiscloseInput) agent.Disclosure { return agent.Disclosure{Decision: undecided} }
		},
		"zero": func(r *rules) { r.judge = func(*agent.JudgeInput) agent.Judgement { return agent.Judgement{} } },
	} {
		b := newBench(t, nil)
		set(b.rules)
		r := b.must(t, file("case", numberA, 1))
		if r.Leaves != nil || len(r.Denials) == 0 || len(b.queue(t)) != 0 {
			t.Errorf("%s undecided: the answer is %+v", point, r)
		}
		if point == "zero" {
			continue
		}
		if d := r.Denials[0]; d.Point != point || !slices.Contains(d.Codes, agent.CodeUndecided) {
			t.Errorf("%s undecided: denials = %v", point, r.Denials)
		}
		*b.rules = rules{}
		if r = b.must(t, file("case", numberA, 1)); r.Leaves == nil {
			t.Errorf("%s undecided: the same file is not asked about anew", point)
		}
	}
}

// onCase answers for cases and lets oversight pass.
func onCase(d agent.Decision) func(*agent.UseInput) agent.Decision {
	return func(in *agent.UseInput) agent.Decision {
		if in.Purpose == agent.PurposeOversight {
			return allow
		}
		return d
	}
}

func TestVerify_countsWhatWasSaidForThirtyDays(t *testing.T) {
	b := newBench(t, nil)
	one := agent.Bits(everyClaim)
	day := 24 * time.Hour
	start := b.now
	for i, c := range []struct {
		after time.Duration
		want  int64
	}{{0, 0}, {day, one}, {2 * day, 2 * one}, {30*day - time.Second, 3 * one}, {30 * day, 3 * one}, {31*day + time.Second, 3 * one}, {90 * day, 0}} {
		b.now = start.Add(c.after)
		b.must(t, file(fmt.Sprint("case-", i), numberA, byte(i+1)))
		if got := b.rules.spent[i]; got != c.want {
			t.Errorf("after %v: spent = %d, want %d", c.after, got, c.want)
		}
	}
	// Another person's account is another.
	b.must(t, file("other", numberB, 99))
	if got := b.rules.spent[len(b.rules.spent)-1]; got != 0 {
		t.Errorf("spent of another person = %d, want 0", got)
	}
}

func TestShow_journalsTheDecision(t *testing.T) {
	b := newBench(t, nil)
	b.must(t, file("case", numberA, 1))
	if _, err := b.Show(ctx, "case"); err != nil {
		t.Fatal(err)
	}
	b.must(t, file("case", numberA, 1)) // the same bytes: answered from the finding
	for _, e := range b.store.Entries()[1:] {
		if e.Kind != "open" || !strings.Contains(string(e.Public), `"use":["allow"]`) {
			t.Errorf("an opening is journalled as %s %s", e.Kind, e.Public)
		}
	}
}

// Evidence that has not run out is used again: a later case need not bring it.
func TestVerify_usesAgainWhatHasNotRunOut(t *testing.T) {
	b := newBench(t, nil)
	b.must(t, file("case-1", numberA, 7))
	f := file("case-2", numberA, 2)
	f.Collected = nil
	facts := b.must(t, f).Facts
	if facts == nil || facts.Capacity.DeclaredIncome != agent.Known(7) || facts.Contract.PenaltyBP != agent.Known(2700) || facts.Conduct.PromisesBroken != agent.Known(3) {
		t.Errorf("the facts are %+v, want those of the income that is stored, of the contract and of conduct", facts)
	}
}

func TestVerify_leavesOutWhatMayBeKeptNoLonger(t *testing.T) {
	b := newBench(t, nil)
	b.must(t, file("case-1", numberA, 1))
	b.now = b.now.Add(72 * time.Hour)
	asked := false
	b.rules.use = func(in *agent.UseInput) agent.Decision {
		asked = true
		if len(in.Categories) != 0 || in.UsableUntil.IsKnown() {
			t.Errorf("asked for %v until %v, want nothing of what has run out", in.Categories, in.UsableUntil)
		}
		return agent.Decision{Allow: true}
	}
	f := file("case-2", numberA, 2)
	f.Collected = nil
	b.must(t, f)
	if !asked {
		t.Error("the use was not asked for")
	}
}

func TestShow_wantsOversight(t *testing.T) {
	b := newBench(t, nil)
	b.must(t, file("case", numberA, 1))
	b.rules.use = func(in *agent.UseInput) agent.Decision {
		if in.Purpose != agent.PurposeOversight || in.Basis != agent.BasisLegalDuty || !slices.Equal(in.Categories, []string{"finding"}) {
			t.Errorf("oversight is asked for as %+v", in)
		}
		return deny("use.oversight_off")
	}
	var denied *agent.Denied
	if fd, err := b.Show(ctx, "case"); !errors.As(err, &denied) || fd != nil || denied.Point != agent.PointUse {
		t.Errorf("Show = %v, %v, want a denial", fd, err)
	}
	if r, err := b.Verify(ctx, file("case", numberA, 1)); !errors.As(err, &denied) || r != nil {
		t.Errorf("Verify of the same case = %v, %v, want a denial", r, err)
	}
	// That it was refused is on the record, and that nothing was opened.
	e := b.store.Entries()
	if len(e) != 3 {
		t.Fatalf("%d entries, want the case and two refusals", len(e))
	}
	for _, e := range e[1:] {
		if e.Kind != "open" || e.Body != nil || !strings.Contains(string(e.Public), `"use":["deny","use.oversight_off"]`) {
			t.Errorf("a refusal is journalled as %s %s", e.Kind, e.Public)
		}
	}
	if _, err := b.Show(ctx, "unknown"); !errors.Is(err, agent.ErrUnknownCase) {
		t.Errorf("Show of nothing = %v", err)
	}
	// An allow with a denial beside it is a denial.
	b.rules.use = func(*agent.UseInput) agent.Decision {
		return agent.Decision{Allow: true, Denials: []agent.Code{"use.oversight_off"}}
	}
	if fd, err := b.Show(ctx, "case"); !errors.As(err, &denied) || fd != nil {
		t.Errorf("Show = %v, %v, want a denial", fd, err)
	}
}

func TestImport_keepsNothingOfWhatIsDenied(t *testing.T) {
	b := newBench(t, nil)
	b.rules.collect = func(*agent.CollectInput) agent.Decision { return deny("consent.missing") }
	f := file("", numberA, 1)
	var denied *agent.Denied
	if id, err := b.Import(ctx, f); !errors.As(err, &denied) || !id.IsZero() {
		t.Errorf("Import = %v, %v, want a denial", id, err)
	}
	if _, ok, _ := b.Subject(ctx, agent.IndexNumber, agent.NewPersonal(numberA)); ok {
		t.Error("the refused person can be found by number")
	}
	if e := b.store.Entries(); len(e) != 1 || e[0].Kind != "import" || e[0].Body != nil {
		t.Errorf("the journal has %d entries, want one without a body", len(e))
	}
	b.rules.collect = nil
	id, err := b.Import(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	// The question that follows uses what was imported.
	q := file("case", numberA, 2)
	q.Collected = nil
	r := b.must(t, q)
	if got, _ := r.Facts.Capacity.DeclaredIncome.Value(); got != 1 || r.Subject != id.String() {
		t.Errorf("declared income = %d: what was imported is not evidence", got)
	}
}

// The public part of a journal entry holds codes, times and random ids.
func TestEntry_tellsNothingOfThePerson(t *testing.T) {
	b := newBench(t, nil)
	b.rules.judge = func(*agent.JudgeInput) agent.Judgement {
		return agent.Judgement{Decision: deny(`验样甲 "` + numberA)}
	}
	b.must(t, file("case-471", numberA, 1))
	for _, e := range b.store.Entries() {
		for _, v := range []string{"验样甲", numberA, "case-471", "consent-1", "contract-1"} {
			if strings.Contains(string(e.Public), v) {
				t.Errorf("a public entry shows %q", v)
			}
		}
		if !json.Valid(e.Public) {
			t.Error("a public entry is not JSON")
		}
	}
}
