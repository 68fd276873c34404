package agent_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
)

// asking is a policy that answers provide too.
type asking struct {
	*rules
	provide func(*agent.ProvideInput) agent.Decision
	asked   []agent.ProvideInput
}

func (p *asking) Provide(_ context.Context, in *agent.ProvideInput) agent.Decision {
	p.asked = append(p.asked, *in)
	if p.provide != nil {
		return p.provide(in)
	}
	return allow
}

func (p *asking) CategoriesFor(agent.Purpose) []agent.Category {
	return []agent.Category{agent.CatIdentity, agent.CatIncome, agent.CatLoan, agent.CatAnswer, agent.CatSocialInsurance, agent.CatCreditReport}
}

// An askBench is a bench with sources, which keeps the evidence of the last case.
type askBench struct {
	*bench
	policy *asking
	ev     *agent.Evidence
}

func newAskBench(t *testing.T, sources ...agent.Source) *askBench {
	b := &askBench{bench: newBench(t, nil)}
	b.policy = &asking{rules: b.rules}
	b.configure(t, func(c *agent.Config) {
		c.Policy, c.Sources = b.policy, sources
		identity := c.Checks.Identity
		c.Checks.Identity = func(e *agent.Evidence, p agent.Person, asOf int64) agent.IdentityFacts {
			b.ev = e
			return identity(e, p, asOf)
		}
	})
	return b
}

func (b *askBench) ask(t *testing.T, f *agent.File, mode agent.AskMode) []agent.Asked {
	t.Helper()
	_, asked, err := b.VerifyAsking(ctx, f, mode)
	if err != nil {
		t.Fatal(err)
	}
	return asked
}

func (b *askBench) journal() (all string) {
	for _, e := range b.store.Entries() {
		all += e.Kind + " " + string(e.Public) + "\n"
	}
	return all
}

func states(asked []agent.Asked) string {
	var l []string
	for _, a := range asked {
		l = append(l, strings.TrimSpace(fmt.Sprint(a.Source, " ", a.State, " ", strings.Trim(fmt.Sprint(a.Codes), "[]"))))
	}
	return strings.Join(l, "; ")
}

func twoFactor(t testing.TB, key string) *agenttest.Source {
	return agenttest.NewSource(t, agent.SourceEntry{Key: key, Kind: agent.AnswerTwoFactor, Recipient: "hub",
		Fields: []string{agent.FieldName, agent.FieldNumber}, MaxAge: 3600})
}

// file is a case of the present.
func (b *askBench) file(id string) *agent.File {
	f := file(id, numberA, 1)
	f.Case.AsOf = b.now.Unix()
	f.Subject.Phone = agent.NewPersonal("13000000001")
	return f
}

func TestVerifyAsking_asksOnceAndTakesTheAnswerIn(t *testing.T) {
	s := twoFactor(t, "realname")
	b := newAskBench(t, s)
	f := b.file("case-1")
	if got := states(b.ask(t, f, agent.AskMissing)); got != "realname answered" {
		t.Fatalf("asked: %s", got)
	}
	if b.ev.Answers == nil || len(b.ev.Answers.Items) != 1 {
		t.Fatal("the answer is not part of the evidence")
	}
	if it := b.ev.Answers.Items[0]; it.Provider != "realname" || it.Kind != agent.AnswerTwoFactor || it.At != b.now.Unix() || it.Match != agent.Yes {
		t.Errorf("the answer is %+v", it)
	}
	if len(f.Collected) != len(file("case-1", numberA, 1).Collected) {
		t.Error("the caller's file was changed")
	}
	first, err := b.Show(ctx, "case-1")
	if err != nil {
		t.Fatal(err)
	}
	if got := states(b.ask(t, f, agent.AskMissing)); got != "realname fresh" {
		t.Errorf("asked again: %s", got)
	}
	if again, _ := b.Show(ctx, "case-1"); again.Result.Leaves.ID != first.Result.Leaves.ID {
		t.Error("nothing was asked, and yet the answer is another")
	}
	b.now = b.now.Add(time.Hour)
	f.Case.AsOf = b.now.Unix()
	if got := states(b.ask(t, f, agent.AskMissing)); got != "realname answered" {
		t.Errorf("asked when the answer is stale: %s", got)
	}
	if again, _ := b.Show(ctx, "case-1"); again.Result.Leaves.ID == first.Result.Leaves.ID || again.AsOf != b.now.Unix() {
		t.Error("more is known, and yet the answer is the old one")
	}
	if len(b.ev.Answers.Items) != 2 || len(s.Sent()) != 2 {
		t.Errorf("%d answers and %d questions, want 2 and 2", len(b.ev.Answers.Items), len(s.Sent()))
	}
}

func TestVerifyAsking_sendsNothingThatPolicyDenies(t *testing.T) {
	s := twoFactor(t, "realname")
	b := newAskBench(t, s)
	b.policy.provide = func(*agent.ProvideInput) agent.Decision { return deny("provide.recipient_unconsented") }
	if got := states(b.ask(t, b.file("case-1"), agent.AskAlways)); got != "realname denied provide.recipient_unconsented" {
		t.Errorf("asked: %s", got)
	}
	// An allow with a denial is none.
	b.policy.provide = func(*agent.ProvideInput) agent.Decision {
		return agent.Decision{Allow: true, Denials: []agent.Code{"provide.act_unknown"}}
	}
	b.ask(t, b.file("case-2"), agent.AskAlways)
	if len(s.Sent()) != 0 {
		t.Error("a source was asked against a denial")
	}
}

func TestVerifyAsking_isOnTheRecordFirst(t *testing.T) {
	s := twoFactor(t, "realname")
	b := newAskBench(t, s)
	before := 0
	s.Answer = func(context.Context, agent.Inquiry) (agent.Datum, error) {
		before = strings.Count(b.journal(), `"points":{"provide":["allow"]},"source":"realname"`)
		return nil, &agent.Inconclusive{Code: "source.answer_late"}
	}
	f := b.file("case-1")
	b.ask(t, f, agent.AskAlways)
	if before != 1 {
		t.Errorf("%d decisions were on the record when the source was asked, want 1", before)
	}
	for _, v := range []string{f.Subject.Name.Reveal(), f.Subject.Number.Reveal()} {
		if strings.Contains(b.journal(), v) {
			t.Error("the journal holds a value")
		}
	}
	// Where the decision cannot be recorded nothing is sent.
	b.store.SetFull(true)
	if _, _, err := b.VerifyAsking(ctx, b.file("case-2"), agent.AskAlways); !errors.Is(err, agent.ErrDiskFull) || len(s.Sent()) != 1 {
		t.Errorf("VerifyAsking = %v after %d questions, want a full disk and 1", err, len(s.Sent()))
	}
}

func TestVerifyAsking_whatIsNoAnswerIsNotRecorded(t *testing.T) {
	for name, tc := range map[string]struct {
		d    agent.Datum
		err  error
		want string
	}{
		"late":     {nil, &agent.Inconclusive{Code: "source.answer_late"}, "realname inconclusive source.answer_late"},
		"a value":  {nil, &agent.Inconclusive{Code: "验样甲"}, "realname inconclusive source.ask_failed"},
		"an error": {nil, errors.New("验样甲"), "realname inconclusive source.ask_failed"},
		"nothing":  {nil, nil, "realname inconclusive source.ask_failed"},
		"other":    {&agent.CreditReport{}, nil, "realname inconclusive source.ask_failed"},
		"two":      {&agent.Answers{Items: make([]agent.Answer, 2)}, nil, "realname inconclusive source.ask_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := twoFactor(t, "realname")
			b := newAskBench(t, s)
			s.Answer = func(context.Context, agent.Inquiry) (agent.Datum, error) { return tc.d, tc.err }
			f := b.file("case-1")
			if got := states(b.ask(t, f, agent.AskMissing)); got != tc.want {
				t.Errorf("asked: %s, want %s", got, tc.want)
			}
			if b.ev.Answers != nil {
				t.Error("something was recorded")
			}
			if b.ask(t, f, agent.AskMissing); len(s.Sent()) != 2 {
				t.Error("it was not asked again")
			}
		})
	}
}

func TestVerifyAsking_asksOnlyWhatItCan(t *testing.T) {
	s := twoFactor(t, "realname")
	carrier := agenttest.NewSource(t, agent.SourceEntry{Key: "carrier", Kind: agent.AnswerCarrierThree, Recipient: "hub",
		Fields: []string{agent.FieldName, agent.FieldNumber, agent.FieldPhone}})
	b := newAskBench(t, s, carrier)
	f := b.file("case-1")
	f.Subject.Phone = agent.Personal{}
	if got := states(b.ask(t, f, agent.AskMissing)); got != "realname answered; carrier lacking" {
		t.Errorf("asked: %s", got)
	}
	f = b.file("case-2")
	f.Case.AsOf -= 2 * 86400
	if got := states(b.ask(t, f, agent.AskAlways)); !strings.HasPrefix(got, "realname past") {
		t.Errorf("asked of the past: %s", got)
	}
	if got := b.ask(t, b.file("case-3"), agent.AskNever); got != nil || len(s.Sent()) != 1 {
		t.Errorf("asked against its word: %v", got)
	}
}

func TestVerifyAsking_asksForTheConsentThatAReportTakes(t *testing.T) {
	s := agenttest.NewSource(t, agent.SourceEntry{Key: "bureau", Kind: agent.SourceReport, Recipient: "hub", Fields: []string{agent.FieldName, agent.FieldNumber}, MaxAge: 3600})
	b := newAskBench(t, s)
	f := b.file("case-1")
	b.ask(t, f, agent.AskMissing)
	in := b.policy.asked[0]
	if !slices.Equal(in.Categories, []string{"credit_report", "identity"}) || in.Act != "query" || in.Recipient.ID != "hub" {
		t.Errorf("policy was asked about %v, %s, %s", in.Categories, in.Act, in.Recipient.ID)
	}
	if b.ev.CreditReport == nil {
		t.Fatal("the report is not part of the evidence")
	}
	if got := states(b.ask(t, f, agent.AskMissing)); got != "bureau fresh" {
		t.Errorf("asked again: %s", got)
	}
}

func TestVerifyAsking_keepsEveryAnswer(t *testing.T) {
	first, second := twoFactor(t, "one"), twoFactor(t, "two")
	second.Answer = func(context.Context, agent.Inquiry) (agent.Datum, error) {
		return &agent.Answers{Items: []agent.Answer{{Match: agent.No}}}, nil
	}
	b := newAskBench(t, first, second)
	b.ask(t, b.file("case-1"), agent.AskMissing)
	if len(b.ev.Answers.Items) != 2 {
		t.Errorf("%d answers are known, want those of both sources", len(b.ev.Answers.Items))
	}
}

func TestNew_sourcesNeedAPolicyThatDecidesOnThem(t *testing.T) {
	b := newBench(t, nil)
	c := b.config
	c.Sources = []agent.Source{twoFactor(t, "realname")}
	if _, err := agent.New(c); err == nil {
		t.Error("sources were taken without a policy that says whether they may be asked")
	}
}

func TestSource_theFakeKeepsTheContract(t *testing.T) {
	agenttest.TestSource(t, func(t testing.TB) *agenttest.SourceRig {
		s := twoFactor(t, "realname")
		say := agent.Yes
		s.Answer = func(context.Context, agent.Inquiry) (agent.Datum, error) {
			return &agent.Answers{Items: []agent.Answer{{Match: say}}}, nil
		}
		return &agenttest.SourceRig{Source: s, Say: func(v agent.Tri) { say = v },
			Spoil: func() {
				s.Answer = func(context.Context, agent.Inquiry) (agent.Datum, error) {
					return nil, &agent.Inconclusive{Code: "source.body_malformed"}
				}
			},
			Hang: func() {
				s.Answer = func(ctx context.Context, _ agent.Inquiry) (agent.Datum, error) {
					<-ctx.Done()
					return nil, &agent.Inconclusive{Code: "source.answer_late"}
				}
			},
			Received: func() (all string) {
				for _, q := range s.Sent() {
					for _, v := range q {
						all += v.Reveal() + "\n"
					}
				}
				return all
			}}
	})
}

func TestVerifyAsking_aSourceThatContradictsItselfIsFlagged(t *testing.T) {
	s := twoFactor(t, "realname")
	say := agent.Yes
	s.Answer = func(context.Context, agent.Inquiry) (agent.Datum, error) {
		return &agent.Answers{Items: []agent.Answer{{Match: say}}}, nil
	}
	b := newAskBench(t, s)
	for i, tc := range []struct {
		say  agent.Tri
		want string
	}{{agent.Yes, "realname answered"}, {agent.Yes, "realname answered"}, {agent.Unknown, "realname answered"}, {agent.No, "realname answered source.answer_contradicted"}} {
		b.now = b.now.Add(time.Second)
		say = tc.say
		if got := states(b.ask(t, b.file("case-1"), agent.AskAlways)); got != tc.want {
			t.Errorf("%d: asked: %s, want %s", i, got, tc.want)
		}
	}
	if n := len(b.ev.Answers.Items); n != 4 {
		t.Errorf("%d answers are known, want all 4", n)
	}
	b.now = b.now.Add(time.Hour)
	say = agent.Yes
	if got := states(b.ask(t, b.file("case-1"), agent.AskAlways)); got != "realname answered" {
		t.Errorf("asked: %s: what is stale contradicts nothing", got)
	}
}

// A withdrawal that comes between decision and record conflicts: the question is
// decided again, and nothing is sent.
func TestVerifyAsking_aWithdrawalOnTheWayStopsTheQuestion(t *testing.T) {
	s := twoFactor(t, "realname")
	b := newAskBench(t, s)
	f := b.file("case-1")
	b.ask(t, f, agent.AskNever)
	b.record(t, agent.ConsentNotice, agent.ConsentRequested, agent.ConsentGiven)
	tries := 0
	b.policy.provide = func(in *agent.ProvideInput) agent.Decision {
		if tries++; tries == 1 {
			if _, err := b.WithdrawConsent(ctx, b.event(agent.ConsentWithdrawn, 9)); err != nil {
				t.Fatal(err)
			}
		}
		if in.Consent.State == agent.ConsentWithdrawn {
			return deny("provide.consent_withdrawn")
		}
		return allow
	}
	if got := states(b.ask(t, f, agent.AskMissing)); got != "realname denied provide.consent_withdrawn" || tries != 2 {
		t.Errorf("asked: %s after %d decisions", got, tries)
	}
	if len(s.Sent()) != 0 {
		t.Error("a source was asked after the withdrawal")
	}
}
