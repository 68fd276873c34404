package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
	"github.com/yanmen/yanmen/agent/store"
)

// careful is a policy that sends every case to a person, or none.
type careful struct{ review bool }

func (careful) Collect(context.Context, *agent.CollectInput) agent.Decision {
	return agent.Decision{Allow: true}
}

func (careful) Use(context.Context, *agent.UseInput) agent.Decision {
	return agent.Decision{Allow: true}
}

func (p careful) Judge(context.Context, *agent.JudgeInput) agent.Judgement {
	j := agent.Judgement{Decision: agent.Decision{Allow: true}, Outcome: "inconclusive", Disposition: "grace", Band: "U", OverdueClass: "unproven"}
	if p.review {
		j.Obligations = []agent.Code{agent.CodeHumanReview}
	}
	return j
}

func (careful) Disclose(context.Context, *agent.DiscloseInput) agent.Disclosure {
	return agent.Disclosure{Decision: agent.Decision{Denials: []agent.Code{"disclose.case_denied"}}}
}

func (careful) Digest() [32]byte                                      { return [32]byte{0xab} }
func (careful) RetainFor(agent.Category, agent.Purpose) (int64, bool) { return 86400, true }
func (careful) Sensitive(agent.Category) bool                         { return false }
func (careful) CategoriesFor(agent.Purpose) []agent.Category          { return nil }

type noRegisters struct{}

func (noRegisters) Notice(string) agent.NoticeEntry         { return agent.NoticeEntry{} }
func (noRegisters) Assessment(string) agent.AssessmentEntry { return agent.AssessmentEntry{} }
func (noRegisters) Recipient(string) agent.RecipientEntry   { return agent.RecipientEntry{} }
func (noRegisters) Mode() string                            { return "strict" }
func (noRegisters) LenderClass() string                     { return "bank" }
func (noRegisters) Digest() [32]byte                        { return [32]byte{0xcd} }

// A case whose mark is lost waits for ever without anybody seeing it; one that is
// marked and does not wait is in the queue for nothing. Check tells both.
func TestCheck_holdsTheQueueOfReviewsAgainstTheFindings(t *testing.T) {
	for name, c := range map[string]struct {
		review bool
		tamper func(key, val []byte) ([]byte, bool)
		want   []store.Problem
	}{
		"waits and is marked": {true, nil, nil},
		"neither":             {false, nil, nil},
		"the mark is lost": {true, func(key, _ []byte) ([]byte, bool) { return nil, key[0] == 'w' },
			[]store.Problem{{Row: "review", Code: "mark.absent", Count: 1}}},
		"marked for nothing": {false, nil, []store.Problem{{Row: "review", Code: "finding.settled", Count: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, t.TempDir(), agenttest.NewKeyring(2), store.Options{MinFree: 1})
			none := func(*agent.Evidence, int64) agent.CapacityFacts { return agent.CapacityFacts{} }
			a, err := agent.New(agent.Config{Name: "agent-1", Store: s, Policy: careful{c.review}, Registers: noRegisters{}, Now: time.Now,
				Checks: agent.Checks{
					Identity: func(*agent.Evidence, agent.Person, int64) agent.IdentityFacts { return agent.IdentityFacts{} },
					Overdue:  func(*agent.Evidence, int64) agent.OverdueFacts { return agent.OverdueFacts{} },
					Capacity: none,
					Conduct:  func(*agent.Evidence, int64) agent.ConductFacts { return agent.ConductFacts{} },
					Contract: func(*agent.Evidence, int64) agent.ContractFacts { return agent.ContractFacts{} },
					Cost:     func(*agent.Evidence, int64) agent.CostFacts { return agent.CostFacts{} },
				},
				Payload: func(*agent.Verdict) ([]byte, error) { return []byte("{}"), nil },
				Notice:  func(_, _, _ string, _ [16]byte, _ int64, _ uint64, _ [32]byte) []byte { return []byte("{}") }})
			if err != nil {
				t.Fatal(err)
			}
			f := &agent.File{Case: agent.Case{ID: "case-1", AsOf: time.Now().Unix(), Purpose: agent.PurposeOverdue, Recipient: "hub"},
				Subject: agent.Person{Number: agent.NewPersonal("990101199003071237")}}
			if _, err := a.Verify(ctx, f); err != nil {
				t.Fatal(err)
			}
			if refs, err := s.Reviews(ctx); err != nil || len(refs) > 0 != c.review {
				t.Fatalf("%d cases wait: %v", len(refs), err)
			}
			if c.want != nil && c.tamper == nil { // the same finding again, with a mark
				ref, _, err := s.Find(ctx, agent.IndexCase, []byte("case-1"))
				if err != nil {
					t.Fatal(err)
				}
				sc, err := s.Case(ctx, agenttest.UnauthorizedGrant(agent.GrantScope{Subject: ref.Subject, Findings: true}), ref.Slot)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.Commit(ctx, &agent.Write{Subject: ref.Subject, Slot: ref.Slot, Version: sc.Version + 1, Finding: sc.Finding, Review: true,
					Entry: agent.Entry{Kind: "test", At: time.Now().UnixMilli(), Public: []byte("{}")}}); err != nil {
					t.Fatal(err)
				}
			}
			if c.tamper != nil {
				if err := s.Tamper(c.tamper); err != nil {
					t.Fatal(err)
				}
			}
			r, err := s.Check(ctx)
			if err != nil || !slices.Equal(r.Problems, c.want) {
				t.Errorf("Check = %v, %v, want %v", r.Problems, err, c.want)
			}
		})
	}
}
