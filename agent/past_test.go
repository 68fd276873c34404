package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// witness is a policy that writes down what it was asked and what it answered.
type witness struct {
	agent.Policy
	seen []string
}

func (w *witness) saw(point string, in, out any) {
	w.seen = append(w.seen, told(point, in, out))
}

func told(point string, in, out any) string {
	a, _ := json.Marshal(in)
	b, _ := json.Marshal(out)
	return strings.ReplaceAll(point+" "+string(a)+" "+string(b), ":[]", ":null") // rules cannot tell nil from empty
}

func (w *witness) Collect(ctx context.Context, in *agent.CollectInput) agent.Decision {
	d := w.Policy.Collect(ctx, in)
	w.saw(agent.PointCollect, in, d)
	return d
}

func (w *witness) Use(ctx context.Context, in *agent.UseInput) agent.Decision {
	d := w.Policy.Use(ctx, in)
	if in.Purpose != agent.PurposeOversight {
		w.saw(agent.PointUse, in, d)
	}
	return d
}

func (w *witness) Judge(ctx context.Context, in *agent.JudgeInput) agent.Judgement {
	d := w.Policy.Judge(ctx, in)
	w.saw(agent.PointJudge, in, d)
	return d
}

func (w *witness) Disclose(ctx context.Context, in *agent.DiscloseInput) agent.Disclosure {
	d := w.Policy.Disclose(ctx, in)
	w.saw(agent.PointDisclose, in, d)
	return d
}

func (b *bench) watch(t *testing.T) *witness {
	t.Helper()
	w := &witness{Policy: b.rules}
	b.policy(t, w)
	return w
}

// same compares what was recorded of an answer with what the witness saw.
func same(t *testing.T, r *agent.Recorded, seen []string) {
	t.Helper()
	if r.Err != nil {
		t.Fatalf("%s/%d: %v", r.Case, r.Version, r.Err)
	}
	var got []string
	for _, d := range r.Decisions {
		got = append(got, told(d.Point, d.Input, d.Outcome))
	}
	if !slices.Equal(got, seen) {
		t.Errorf("recorded\n%s\nasked\n%s", strings.Join(got, "\n"), strings.Join(seen, "\n"))
	}
}

func TestHistory_questionsComeBackWordForWord(t *testing.T) {
	for name, spoil := range map[string]func(*rules){
		"all allow": func(*rules) {},
		"collect denies": func(r *rules) {
			r.collect = func(*agent.CollectInput) agent.Decision { return deny("consent.missing") }
		},
		"use denies": func(r *rules) { r.use = notOversight(deny("use.retention_over")) },
		"judge denies": func(r *rules) {
			r.judge = func(*agent.JudgeInput) agent.Judgement { return agent.Judgement{Decision: deny("judge.x")} }
		},
		"disclose denies": func(r *rules) {
			r.disclose = func(*agent.DiscloseInput) agent.Disclosure { return agent.Disclosure{Decision: deny("disclose.x")} }
		},
		"obligations by name": func(r *rules) {
			r.collect = func(*agent.CollectInput) agent.Decision {
				return agent.Decision{Allow: true, Obligations: []agent.Code{"collect.a", "collect.b"}}
			}
			r.use = notOversight(agent.Decision{Allow: true, Obligations: []agent.Code{"use.a"}})
		},
		"obligations of several": func(r *rules) {
			both := agent.Decision{Allow: true, Obligations: []agent.Code{"policy.stale"}}
			r.collect = func(*agent.CollectInput) agent.Decision { return both }
			r.use = notOversight(both)
			r.disclose = func(*agent.DiscloseInput) agent.Disclosure {
				return agent.Disclosure{Decision: deny("disclose.x")}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			w := b.watch(t)
			spoil(b.rules)
			b.must(t, file("case", numberA, 1))
			first := len(w.seen)
			b.must(t, file("case", numberA, 2)) // supersedes, and opens what is stored
			all, err := b.History(ctx, "case")
			if err != nil || len(all) != 2 {
				t.Fatalf("History = %d answers, %v, want 2", len(all), err)
			}
			same(t, all[0], w.seen[:first])
			same(t, all[1], w.seen[first:])
			if e := b.store.Entries(); e[len(e)-1].Kind != "open" {
				t.Error("that the history was opened is not on the record")
			}
			for i, r := range all {
				if r.Version != uint64(i+1) || r.At != b.now.Unix() || r.Purpose != agent.PurposeOverdue || r.Undecided {
					t.Errorf("answer %d is %d of %d for %s", i, r.Version, r.At, r.Purpose)
				}
				for _, d := range r.Decisions {
					if d.ID != fmt.Sprintf("case/%d/%s", i+1, d.Point) {
						t.Errorf("id %s", d.ID)
					}
				}
				// Asked again, the same policy answers the same.
				again, open := r.Replay(ctx, b.rules)
				if open || len(again) != len(r.Decisions) {
					t.Fatalf("Replay = %d decisions, open %v", len(again), open)
				}
				for i, d := range again {
					was := r.Decisions[i]
					if told(d.Point, d.Input, d.Outcome) != told(was.Point, was.Input, was.Outcome) {
						t.Errorf("Replay asks or answers otherwise at %s", d.ID)
					}
				}
			}
		})
	}
}

func TestHistory_retractionComesBackWordForWord(t *testing.T) {
	b := newBench(t, nil)
	w := b.watch(t)
	b.rules.disclose = retracting
	b.must(t, file("case", numberA, 1))
	first := len(w.seen)
	b.rules.collect = func(*agent.CollectInput) agent.Decision { return deny("collect.x") }
	b.must(t, file("case", numberA, 2))
	second := len(w.seen)
	b.must(t, file("case", numberA, 3)) // nothing more to take back
	all, err := b.History(ctx, "case")
	if err != nil || len(all) != 3 {
		t.Fatalf("History = %d answers, %v, want 3", len(all), err)
	}
	same(t, all[0], w.seen[:first])
	same(t, all[1], w.seen[first:second])
	same(t, all[2], w.seen[second:])
	recalls := func(i int) (bool, bool) {
		d := all[i].Decisions[len(all[i].Decisions)-1]
		return d.Input.(*agent.DiscloseInput).Recall, d.Outcome.(agent.Disclosure).Retraction
	}
	for i, want := range []bool{false, true, false} {
		if recall, retraction := recalls(i); recall != want || retraction != want {
			t.Errorf("answer %d: recall %v, retraction %v, want %v", i+1, recall, retraction, want)
		}
	}
}

func notOversight(d agent.Decision) func(*agent.UseInput) agent.Decision {
	return func(in *agent.UseInput) agent.Decision {
		if in.Purpose == agent.PurposeOversight {
			return allow
		}
		return d
	}
}

func TestReplay_followsTheOtherRules(t *testing.T) {
	b := newBench(t, nil)
	b.must(t, file("case", numberA, 1))
	all, err := b.History(ctx, "case")
	if err != nil {
		t.Fatal(err)
	}
	points := func(ds []agent.Decided) (ps []string) {
		for _, d := range ds {
			ps = append(ps, d.Point)
		}
		return ps
	}
	// What is denied now ends the questions; disclose hears of it.
	stricter := &rules{collect: func(*agent.CollectInput) agent.Decision { return deny("collect.x") }}
	got, open := all[0].Replay(ctx, stricter)
	if want := []string{agent.PointCollect, agent.PointDisclose}; open || !slices.Equal(points(got), want) {
		t.Errorf("Replay asks %v, open %v, want %v", points(got), open, want)
	}
	if in := got[1].Input.(*agent.DiscloseInput); !in.Denied || in.Outcome != "" {
		t.Error("disclose is not told that collect denied")
	}
	// Another judgement changes what disclose is asked.
	milder := &rules{judge: func(*agent.JudgeInput) agent.Judgement {
		return agent.Judgement{Decision: agent.Decision{Allow: true, Obligations: []agent.Code{"judge.reason_sensitive"}}, Outcome: "fail"}
	}}
	got, open = all[0].Replay(ctx, milder)
	if in := got[len(got)-1].Input.(*agent.DiscloseInput); open || in.Outcome != "fail" || !in.Sensitive || in.Denied {
		t.Error("disclose is not asked about the other judgement")
	}
	if in := all[0].Decisions[3].Input.(*agent.DiscloseInput); in.Outcome != "pass" || in.Sensitive {
		t.Error("the recorded question was changed")
	}

	// What was denied then and is allowed now leaves the rest open.
	b.rules.use = notOversight(deny("use.x"))
	b.must(t, file("denied", numberA, 2))
	all, err = b.History(ctx, "denied")
	if err != nil {
		t.Fatal(err)
	}
	got, open = all[0].Replay(ctx, &rules{})
	if want := []string{agent.PointCollect, agent.PointUse}; !open || !slices.Equal(points(got), want) {
		t.Errorf("Replay asks %v, open %v, want %v and no more", points(got), open, want)
	}
}

func TestHistories_opensAllUnderOneEntry(t *testing.T) {
	b := newBench(t, nil)
	for i := range 5 {
		b.must(t, file(fmt.Sprintf("case-%d", i), numberA, byte(i)))
	}
	b.must(t, file("other", numberB, 9))
	b.must(t, file("other", numberB, 10))
	before := len(b.store.Entries())
	seen := map[string]int{}
	if err := b.Histories(ctx, func(r *agent.Recorded) error { seen[r.Case]++; return r.Err }); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 6 || seen["other"] != 2 || seen["case-3"] != 1 {
		t.Errorf("Histories visits %v", seen)
	}
	e := b.store.Entries()[before:]
	if len(e) != 1 || e[0].Kind != "replay" || !strings.Contains(string(e[0].Public), `"purpose":"oversight"`) {
		t.Errorf("%d entries, want one that says so", len(e))
	}
	stop := errors.New("enough")
	if err := b.Histories(ctx, func(*agent.Recorded) error { return stop }); err != stop {
		t.Errorf("Histories = %v, want the visitor's error", err)
	}

	b.rules.use = func(*agent.UseInput) agent.Decision { return deny("use.x") }
	var denied *agent.Denied
	err := b.Histories(ctx, func(*agent.Recorded) error { t.Error("opened all the same"); return nil })
	if !errors.As(err, &denied) || denied.Point != agent.PointUse {
		t.Errorf("Histories = %v, want a denial", err)
	}
	if _, err := b.History(ctx, "other"); !errors.As(err, &denied) {
		t.Errorf("History = %v, want a denial", err)
	}
	if e := b.store.Entries()[before:]; !strings.Contains(string(e[len(e)-1].Public), "use.x") || !strings.Contains(string(e[len(e)-2].Public), "use.x") {
		t.Error("the denials are not on the record")
	}
	if _, err := b.History(ctx, "nobody"); !errors.Is(err, agent.ErrUnknownCase) {
		t.Errorf("History = %v, want ErrUnknownCase", err)
	}
}

// otherRegisters are registers that were changed.
type otherRegisters struct{ registers }

func (otherRegisters) Digest() [32]byte { return [32]byte{8} }
func (otherRegisters) Mode() string     { return "balanced" }

func TestHistory_needsTheRegistersOfItsTime(t *testing.T) {
	b := newBench(t, nil)
	w := b.watch(t)
	b.must(t, file("case", numberA, 1))
	seen := w.seen
	past := map[[32]byte]agent.Registers{}
	b.configure(t, func(c *agent.Config) {
		c.Registers = otherRegisters{}
		c.Past = func(d [32]byte) agent.Registers { return past[d] }
	})
	all, err := b.History(ctx, "case")
	if err != nil || all[0].Err != agent.ErrNoRegisters || all[0].Decisions != nil || !strings.HasPrefix(all[0].Registers, "09") {
		t.Fatalf("History without the registers = %+v, %v", all, err)
	}
	if got, open := all[0].Replay(ctx, b.rules); got != nil || !open {
		t.Error("what cannot be put together is replayed")
	}
	past[[32]byte{9}] = registers{}
	if all, err = b.History(ctx, "case"); err != nil {
		t.Fatal(err)
	}
	same(t, all[0], seen)
}
