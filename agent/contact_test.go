package agent_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// caller has rules by which the purpose may use the log of contacts.
type caller struct{ *rules }

func (caller) CategoriesFor(agent.Purpose) []agent.Category {
	return []agent.Category{agent.CatContactLog, agent.CatIncome, agent.CatLoan}
}

// tenOClock is ten in the morning in China, on a day after all of the bench's.
const tenOClock = 2_000_001_600 - 2_000_001_600%86400 + 2*3600

func contactBench(t *testing.T, log []agent.ContactAttempt, takenAt int64) *bench {
	t.Helper()
	b := newBench(t, nil)
	b.policy(t, caller{b.rules})
	b.configure(t, func(c *agent.Config) {
		c.Checks.Overdue = func(e *agent.Evidence, at int64) agent.OverdueFacts {
			f := agent.OverdueFacts{Bucket: "M1", Support: agent.ClaimSupported, Claim: agent.ReasonLostCard}
			if e.Loan != nil && e.Claim == nil {
				f.DaysPastDue = agent.Known(at / 86400)
			}
			return f
		}
	})
	f := file("case-1", numberA, 1)
	f.Collected = append(f.Collected, agent.Record{Category: agent.CatLoan, Source: "lender", CollectedAt: 5, Data: &agent.Loan{Product: "p"}})
	if log != nil {
		f.Collected = append(f.Collected, agent.Record{Category: agent.CatContactLog, Source: "lender", CollectedAt: takenAt,
			Data: &agent.ContactLog{Attempts: log}})
	}
	b.must(t, f)
	return b
}

func question() agent.ContactInput {
	return agent.ContactInput{Now: tenOClock, Content: "collection", Channel: "voice", Target: "debtor"}
}

func TestMayContact_countsTheDay(t *testing.T) {
	const midnight = tenOClock - 10*3600
	call := func(at int64, reached agent.Tri) agent.ContactAttempt {
		return agent.ContactAttempt{At: at, Channel: "call", Reached: reached}
	}
	sms := agent.ContactAttempt{At: midnight + 9, Channel: "sms", Reached: agent.No}
	visit := agent.ContactAttempt{At: midnight + 8, Channel: "visit", Reached: agent.No}
	n, unknown := agent.Known, agent.Int{}
	for name, c := range map[string]struct {
		log                   []agent.ContactAttempt
		taken                 int64
		calls, attempts, fail agent.Int
	}{
		"no log":          {nil, 0, unknown, unknown, unknown},
		"an empty log":    {[]agent.ContactAttempt{}, tenOClock, n(0), n(0), n(0)},
		"yesterday's log": {[]agent.ContactAttempt{call(midnight-5, agent.No)}, midnight - 1, unknown, unknown, n(1)},
		"answered":        {[]agent.ContactAttempt{call(midnight, agent.Yes), call(midnight-1, agent.Yes)}, midnight, n(1), n(0), n(0)},
		"unanswered":      {[]agent.ContactAttempt{call(midnight+1, agent.No), sms, visit}, midnight, n(0), n(2), n(2)},
		"nobody noted":    {[]agent.ContactAttempt{call(midnight+1, agent.Unknown)}, midnight, n(1), n(1), n(0)},
		"in a row": {[]agent.ContactAttempt{call(midnight+3, agent.No), call(midnight+1, agent.No), call(midnight+2, agent.Yes)},
			midnight, n(1), n(2), n(1)},
		"still ahead": {[]agent.ContactAttempt{call(tenOClock+1, agent.No), call(tenOClock+1, agent.Yes)}, midnight, n(0), n(0), n(0)},
	} {
		b := contactBench(t, c.log, c.taken)
		got, _, err := b.MayContact(ctx, "case-1", question(), func(context.Context, *agent.ContactInput) agent.ContactAnswer {
			return agent.ContactAnswer{Decision: allow}
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.CallsToday != c.calls || got.AttemptsToday != c.attempts || got.FailedInRow != c.fail {
			t.Errorf("%s: calls %v, attempts %v, failures %v", name, got.CallsToday, got.AttemptsToday, got.FailedInRow)
		}
		if got.DaysPastDue != n(tenOClock/86400) || got.LenderClass != "bank" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// To the rules of contact all days up to the due date are the same.
func TestMayContact_aheadIsNotPastDue(t *testing.T) {
	b := contactBench(t, nil, 0)
	for days, want := range map[agent.Int]agent.Int{
		agent.Known(-3): agent.Known(0), agent.Known(0): agent.Known(0), agent.Known(1): agent.Known(1), {}: {},
	} {
		b.configure(t, func(c *agent.Config) {
			c.Checks.Overdue = func(*agent.Evidence, int64) agent.OverdueFacts {
				return agent.OverdueFacts{DaysPastDue: days, Bucket: "M0", Support: agent.ClaimNone}
			}
		})
		got, _, err := b.MayContact(ctx, "case-1", question(), func(context.Context, *agent.ContactInput) agent.ContactAnswer {
			return agent.ContactAnswer{Decision: allow}
		})
		if err != nil || got.DaysPastDue != want {
			t.Errorf("%v days: asked with %v, want %v (%v)", days, got.DaysPastDue, want, err)
		}
	}
}

func TestMayContact_asksWhatItSays(t *testing.T) {
	b := contactBench(t, []agent.ContactAttempt{}, tenOClock)
	in := question()
	in.Target, in.AttemptsToday, in.CallsToday, in.DaysPastDue = "third_related", agent.Known(4), agent.Known(77), agent.Known(99)
	in.LenderClass, in.Disputed = "pawnshop", true
	var asked agent.ContactInput
	out, a, err := b.MayContact(ctx, "case-1", in, func(_ context.Context, in *agent.ContactInput) agent.ContactAnswer {
		asked = *in
		return agent.ContactAnswer{Decision: deny("contact.hours_quiet"), NotBefore: agent.Known(7)}
	})
	if err != nil || a.Allow || a.NotBefore != agent.Known(7) {
		t.Fatalf("MayContact = %+v, %v", a, err)
	}
	if !reflect.DeepEqual(asked, *out) {
		t.Errorf("asked %+v, says %+v", asked, *out)
	}
	if asked.AttemptsToday != agent.Known(4) || asked.CallsToday != agent.Known(0) || !asked.Disputed || asked.LenderClass != "bank" {
		t.Errorf("asked %+v", asked)
	}
	entries := b.store.Entries()
	last := entries[len(entries)-1]
	if last.Kind != "contact" || !strings.Contains(string(last.Public), `"contact":["deny","contact.hours_quiet"]`) || len(last.Body) == 0 {
		t.Errorf("the journal has %s %s", last.Kind, last.Public)
	}
}

func TestMayContact_opensNothingThatIsDenied(t *testing.T) {
	b := contactBench(t, []agent.ContactAttempt{}, tenOClock)
	b.rules.use = func(in *agent.UseInput) agent.Decision {
		if slices.Contains(in.Categories, "contact_log") {
			return deny("use.consent_withdrawn")
		}
		return allow
	}
	_, a, err := b.MayContact(ctx, "case-1", question(), func(context.Context, *agent.ContactInput) agent.ContactAnswer {
		t.Error("asked without what it rests on")
		return agent.ContactAnswer{Decision: allow}
	})
	var denied *agent.Denied
	if !errors.As(err, &denied) || denied.Point != agent.PointUse || a.Allow {
		t.Errorf("MayContact = %+v, %v", a, err)
	}
	if _, _, err := b.MayContact(ctx, "case-9", question(), nil); !errors.Is(err, agent.ErrUnknownCase) {
		t.Errorf("of an unknown case: %v", err)
	}
}
