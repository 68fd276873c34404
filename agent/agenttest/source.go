package agenttest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// A Source is an [agent.Source] in memory that answers as it is told. It accuses
// whoever sends it more or less than its entry lists.
type Source struct {
	About agent.SourceEntry
	// Answer gives the answer to a question; nil answers that all match.
	Answer func(context.Context, agent.Inquiry) (agent.Datum, error)

	t    testing.TB
	mu   sync.Mutex
	sent []agent.Inquiry
}

// NewSource returns a source that answers yes.
func NewSource(t testing.TB, e agent.SourceEntry) *Source { return &Source{About: e, t: t} }

// Entry implements [agent.Source].
func (s *Source) Entry() agent.SourceEntry { return s.About }

// Ask implements [agent.Source].
func (s *Source) Ask(ctx context.Context, about agent.Inquiry) (agent.Datum, error) {
	for name, v := range about {
		if !slices.Contains(s.About.Fields, name) || v.IsZero() {
			s.t.Errorf("source %s was sent the field %s", s.About.Key, name)
		}
	}
	if len(about) != len(s.About.Fields) {
		s.t.Errorf("source %s was sent %d fields, want %d", s.About.Key, len(about), len(s.About.Fields))
	}
	s.mu.Lock()
	s.sent = append(s.sent, about)
	s.mu.Unlock()
	if s.Answer != nil {
		return s.Answer(ctx, about)
	}
	switch s.About.Kind {
	case agent.SourceInsurance:
		return &agent.SocialInsurance{Months: []agent.InsuredMonth{{Month: 20260101, Paid: agent.Yes}}}, nil
	case agent.SourceReport:
		return &agent.CreditReport{On: 20260101}, nil
	}
	return &agent.Answers{Items: []agent.Answer{{Match: agent.Yes}}}, nil
}

// Sent lists what was sent.
func (s *Source) Sent() []agent.Inquiry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// A SourceRig is a source of which a test knows what the other side does.
type SourceRig struct {
	agent.Source
	// Say makes the other side answer yes, no or unknown from now on; Spoil
	// makes it answer with something that is no answer, Hang not at all.
	Say   func(agent.Tri)
	Spoil func()
	Hang  func()
	// Received is all that came to the other side, as one text.
	Received func() string
}

// TestSource holds a source that compares factors to the contract of
// [agent.Source].
func TestSource(t *testing.T, open func(testing.TB) *SourceRig) {
	all := map[string]string{agent.FieldName: "仿测甲", agent.FieldNumber: "990001199001010011", agent.FieldPhone: "13000000001", agent.FieldCard: "6299990000000016"}
	about := func(e agent.SourceEntry) agent.Inquiry {
		q := agent.Inquiry{}
		for _, f := range e.Fields {
			q[f] = agent.NewPersonal(all[f])
		}
		return q
	}
	form := regexp.MustCompile(`^[a-z]+\.[a-z]+(_[a-z]+)+$`)
	refused := func(t *testing.T, d agent.Datum, err error) {
		t.Helper()
		var why *agent.Inconclusive
		if d != nil || !errors.As(err, &why) || !form.MatchString(string(why.Code)) {
			t.Fatalf("Ask = %v, %v, want no answer and a code", d, err)
		}
		for f, v := range all {
			if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), v) {
				t.Errorf("the error holds the %s", f)
			}
		}
	}
	t.Run("answers", func(t *testing.T) {
		r := open(t)
		for _, want := range []agent.Tri{agent.Yes, agent.No, agent.Unknown} {
			r.Say(want)
			d, err := r.Ask(context.Background(), about(r.Entry()))
			if l, ok := d.(*agent.Answers); err != nil || !ok || len(l.Items) != 1 || l.Items[0].Match != want {
				t.Errorf("Ask = %v, %v, want %v", d, err, want)
			}
		}
		for f, v := range all {
			if got, want := strings.Contains(r.Received(), v), slices.Contains(r.Entry().Fields, f); got != want {
				t.Errorf("the %s was received: %v, want %v", f, got, want)
			}
		}
	})
	t.Run("inconclusive", func(t *testing.T) {
		r := open(t)
		r.Spoil()
		d, err := r.Ask(context.Background(), about(r.Entry()))
		refused(t, d, err)
	})
	t.Run("gives up", func(t *testing.T) {
		r := open(t)
		r.Hang()
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		began := time.Now()
		d, err := r.Ask(ctx, about(r.Entry()))
		refused(t, d, err)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("Ask returned %v after its context had ended", took)
		}
	})
	t.Run("concurrent", func(t *testing.T) {
		r := open(t)
		r.Say(agent.Yes)
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if _, err := r.Ask(context.Background(), about(r.Entry())); err != nil {
					t.Errorf("Ask: %v", err)
				}
			})
		}
		wg.Wait()
	})
}
