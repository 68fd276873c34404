package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
)

// An asked entry is the public part of an entry about a source.
type askedEntry struct {
	kind           string
	sealed         bool
	Points         map[string][]string
	Source         string
	Ask            string
	Outcome, Cause string
	Asks           []string
}

func (b *askBench) entries(t *testing.T, kinds ...string) (list []askedEntry) {
	t.Helper()
	for _, e := range b.store.Entries() {
		if slices.Contains(kinds, e.Kind) {
			l := askedEntry{kind: e.Kind, sealed: e.Body != nil}
			if err := json.Unmarshal(e.Public, &l); err != nil {
				t.Fatalf("%s: %v", e.Public, err)
			}
			list = append(list, l)
		}
	}
	return list
}

func yesOrNo(match agent.Tri) *agent.Answers {
	return &agent.Answers{Items: []agent.Answer{{Match: match}}}
}

func TestVerifyAsking_journalsWhatBecameOfEachQuestion(t *testing.T) {
	s := twoFactor(t, "realname")
	var d agent.Datum
	var err error
	s.Answer = func(context.Context, agent.Inquiry) (agent.Datum, error) { return d, err }
	b := newAskBench(t, s)
	f := b.file("case-1")
	for i, tc := range []struct {
		d              agent.Datum
		err            error
		outcome, cause string
	}{
		{yesOrNo(agent.Yes), nil, "answered", ""},
		{nil, &agent.Inconclusive{Code: "source.body_malformed"}, "inconclusive", "source.body_malformed"},
		{nil, &agent.Inconclusive{Code: "source.status_refused"}, "refused", "source.status_refused"},
		{nil, &agent.Inconclusive{Code: "source.zzcanary_birdwoman"}, "inconclusive", "source.ask_failed"},
		{nil, &agent.Inconclusive{Code: "source.answer_contradicted"}, "inconclusive", "source.ask_failed"},
		{nil, errors.New("验样甲 19900000001"), "inconclusive", "source.ask_failed"},
		{yesOrNo(agent.No), nil, "contradicted", "source.answer_contradicted"},
	} {
		b.now = b.now.Add(time.Second)
		d, err = tc.d, tc.err
		b.ask(t, f, agent.AskAlways)
		all := b.entries(t, "answer")
		if len(all) != i+1 {
			t.Fatalf("%d outcomes are on the record, want %d", len(all), i+1)
		}
		last := all[i]
		if last.Source != "realname" || last.Outcome != tc.outcome || last.Cause != tc.cause {
			t.Errorf("%d: on the record is %+v, want %s %s", i, last, tc.outcome, tc.cause)
		}
		// The first time nobody knew the person: nothing of the case is sealed.
		if last.sealed != (i > 0) {
			t.Errorf("%d: the case is in the sealed part: %v", i, last.sealed)
		}
		provided := b.entries(t, "provide")
		if q := provided[len(provided)-1]; q.Ask == "" || q.Ask != last.Ask || q.Source != "realname" {
			t.Errorf("%d: the question is %+v, and its outcome is of %q", i, q, last.Ask)
		}
	}
	if v := b.entries(t, "verify"); v[0].Asks == nil || v[0].Asks[0] != b.entries(t, "answer")[0].Ask {
		t.Errorf("the answer to the case names the questions %v", v[0].Asks)
	}
	for _, v := range []string{"验样甲", "19900000001", numberA, "case-1"} {
		if strings.Contains(b.journal(), v) {
			t.Error("the journal holds a value")
		}
	}
}

// What is sent has an outcome on the record before anything is made of it: if
// that cannot be written, there is no answer.
func TestVerifyAsking_withoutARecordOfTheOutcomeThereIsNoAnswer(t *testing.T) {
	s := twoFactor(t, "realname")
	b := newAskBench(t, s)
	s.Answer = func(context.Context, agent.Inquiry) (agent.Datum, error) {
		b.store.SetFull(true)
		return yesOrNo(agent.Yes), nil
	}
	r, asked, err := b.VerifyAsking(ctx, b.file("case-1"), agent.AskAlways)
	if r != nil || !errors.Is(err, agent.ErrDiskFull) || states(asked) != "realname answered" {
		t.Errorf("VerifyAsking = %v, %s, %v", r, states(asked), err)
	}
	if q := b.entries(t, "provide", "answer", "verify"); len(q) != 1 || q[0].Ask == "" {
		t.Errorf("on the record is %+v, want a question without an outcome", q)
	}
	if b.ev != nil {
		t.Error("the answer was used")
	}
}

func TestVerifyAsking_whoGoesAwayLeavesAnOutcome(t *testing.T) {
	s := twoFactor(t, "realname")
	b := newAskBench(t, s)
	gone, leave := context.WithCancel(ctx)
	s.Answer = func(ctx context.Context, _ agent.Inquiry) (agent.Datum, error) {
		leave()
		<-ctx.Done()
		return nil, &agent.Inconclusive{Code: "source.answer_late"}
	}
	if _, _, err := b.VerifyAsking(gone, b.file("case-1"), agent.AskAlways); !errors.Is(err, context.Canceled) {
		t.Errorf("VerifyAsking = %v", err)
	}
	if all := b.entries(t, "answer"); len(all) != 1 || all[0].Cause != "source.ask_abandoned" {
		t.Errorf("on the record is %+v", all)
	}
}

// Events of a consent, and an erasure, that come at any point on the way are
// waited out, not handed to whoever asks.
func TestVerifyAsking_decidesAnewWhenAnotherWriteComes(t *testing.T) {
	for name, other := range map[string]func(*testing.T, *askBench){
		"a consent is renewed": func(t *testing.T, b *askBench) {
			if _, err := b.RecordConsent(ctx, agent.NewPersonal(numberA), b.event(agent.ConsentRenewed, 9)); err != nil {
				t.Fatal(err)
			}
		},
		"the person is erased": func(t *testing.T, b *askBench) {
			id, _, err := b.Subject(ctx, agent.IndexNumber, agent.NewPersonal(numberA))
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Erase(ctx, id); err != nil {
				t.Fatal(err)
			}
		},
	} {
		for _, when := range []string{"opened", "decided", "answered"} {
			t.Run(name+" when it is "+when, func(t *testing.T) {
				s := twoFactor(t, "realname")
				b := newAskBench(t, s)
				f := b.file("case-1")
				b.ask(t, f, agent.AskAlways)
				b.record(t, agent.ConsentNotice, agent.ConsentRequested, agent.ConsentGiven)
				done, asking := false, true
				once := func(at string) {
					if at == when && asking && !done {
						done = true
						other(t, b)
					}
				}
				b.rules.use = func(in *agent.UseInput) agent.Decision {
					if slices.Contains(in.Categories, string(agent.CatAnswer)) {
						once("opened")
					}
					return allow
				}
				b.policy.provide = func(*agent.ProvideInput) agent.Decision { once("decided"); return allow }
				s.Answer = func(context.Context, agent.Inquiry) (agent.Datum, error) {
					once("answered")
					return yesOrNo(agent.Yes), nil
				}
				b.now = b.now.Add(time.Second)
				if got := states(b.ask(t, f, agent.AskAlways)); got != "realname answered" || !done {
					t.Errorf("asked: %s; the other write came: %v", got, done)
				}
				if len(s.Sent()) != 2 {
					t.Errorf("the source was asked %d times, want 2", len(s.Sent()))
				}
			})
		}
	}
}

// A lender's file ends with the day before. The case stays one as of then, and
// what the sources say now counts for it.
func TestVerifyAsking_theCaseKeepsItsTime(t *testing.T) {
	s := twoFactor(t, "realname")
	bureau := agenttest.NewSource(t, agent.SourceEntry{Key: "bureau", Kind: agent.SourceReport, Recipient: "hub", Fields: []string{agent.FieldName, agent.FieldNumber}, MaxAge: 3600})
	b := newAskBench(t, s, bureau)
	today := agent.DateOf(b.now)
	bureau.Answer = func(context.Context, agent.Inquiry) (agent.Datum, error) { return &agent.CreditReport{On: today}, nil }
	var asOf int64
	b.configure(t, func(c *agent.Config) {
		c.Checks.Overdue = func(_ *agent.Evidence, at int64) agent.OverdueFacts {
			asOf = at
			return agent.OverdueFacts{Bucket: "M1", Support: agent.ClaimSupported, Claim: agent.ReasonLostCard}
		}
	})
	f := b.file("case-1")
	f.Case.AsOf -= 20 * 3600
	b.ask(t, f, agent.AskMissing)
	fd, err := b.Show(ctx, "case-1")
	if err != nil {
		t.Fatal(err)
	}
	if asOf != f.Case.AsOf || fd.AsOf != f.Case.AsOf {
		t.Errorf("the loan was looked at %d s after the time of the case, the finding is of %d s after", asOf-f.Case.AsOf, fd.AsOf-f.Case.AsOf)
	}
	if it := b.ev.Answers.Items[0]; it.At != f.Case.AsOf || b.ev.CreditReport.On != agent.DateOf(time.Unix(f.Case.AsOf, 0)) {
		t.Errorf("for the check the source answered %d s after the case, and the report is of %v", it.At-f.Case.AsOf, b.ev.CreditReport.On)
	}
	// The record keeps its own time, by which the source is not asked again.
	if got := states(b.ask(t, f, agent.AskMissing)); got != "realname fresh; bureau fresh" {
		t.Errorf("asked again: %s", got)
	}
	// To a case of an earlier time it does not belong.
	f = b.file("case-2")
	f.Case.AsOf -= 48 * 3600
	b.ask(t, f, agent.AskNever)
	if it := b.ev.Answers.Items[0]; it.At <= f.Case.AsOf || b.ev.CreditReport.On != today {
		t.Error("an answer of two days later was moved to the time of a case")
	}
}
