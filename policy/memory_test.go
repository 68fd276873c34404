package policy

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/yanmen/yanmen/agent"
)

// drawInput starts from a golden input and changes some fields, times among
// few values so that they meet, stand on either side of zero, or are unknown.
func drawInput(r *rapid.T, g goldenFile, t testing.TB, point string) any {
	var cases []goldenCase
	for _, c := range g.Cases {
		if c.Point == point {
			cases = append(cases, c)
		}
	}
	in := g.input(t, rapid.SampledFrom(cases).Draw(r, "case"))
	instant := rapid.SampledFrom([]int64{-5, 0, 1, 2, 1_700_000_000, 1_700_000_001, 1_800_000_000})
	leaves(reflect.ValueOf(in).Elem(), "", func(path string, v reflect.Value) {
		switch {
		case isTime(path) && rapid.IntRange(0, 2).Draw(r, "move "+path) == 0:
			n := instant.Draw(r, path)
			if v.Kind() == reflect.Int64 {
				v.SetInt(n)
			} else if rapid.Bool().Draw(r, "known "+path) {
				v.Set(reflect.ValueOf(agent.Known(n)))
			} else {
				v.SetZero()
			}
		case v.Kind() == reflect.Bool && rapid.IntRange(0, 9).Draw(r, "turn "+path) == 0:
			v.SetBool(!v.Bool())
		}
	})
	return in
}

// ranked returns the input with every instant replaced by its rank.
func ranked(in any) any {
	var times ranking
	instants := func(visit func(v reflect.Value, n int64)) {
		leaves(reflect.ValueOf(in).Elem(), "", func(path string, v reflect.Value) {
			if !isTime(path) {
				return
			}
			if n, ok := v.Interface().(agent.Int); ok {
				if value, known := n.Value(); known {
					visit(v, value)
				}
			} else {
				visit(v, v.Int())
			}
		})
	}
	instants(func(_ reflect.Value, n int64) { times.add(agent.Known(n)) })
	instants(func(v reflect.Value, n int64) {
		rank := int64(times.rank(n))
		if v.Kind() == reflect.Int64 {
			v.SetInt(rank)
		} else {
			v.Set(reflect.ValueOf(agent.Known(rank)))
		}
	})
	return in
}

// TestRanking_isExact asks the rules, past the memory, with the instants
// themselves and with their ranks.
func TestRanking_isExact(t *testing.T) {
	e, g := engine(t), golden(t)
	for _, point := range []string{agent.PointCollect, agent.PointUse, agent.PointDisclose} {
		rapid.Check(t, func(r *rapid.T) {
			in := drawInput(r, g, t, point)
			before := raw(e, point, door(in))
			if after := raw(e, point, door(ranked(in))); !reflect.DeepEqual(before, after) {
				r.Fatalf("%s by rank = %v, by time = %v", point, after, before)
			}
		})
	}
}

// TestMemory_answersAsTheRulesDo asks one engine that remembers and compares
// with the rules.
func TestMemory_answersAsTheRulesDo(t *testing.T) {
	e, g := engine(t), golden(t)
	for _, point := range []string{agent.PointCollect, agent.PointUse, agent.PointDisclose} {
		rapid.Check(t, func(r *rapid.T) {
			in := drawInput(r, g, t, point)
			want := raw(e, point, door(in))
			for range 2 {
				if _, got := ask(e, in); !reflect.DeepEqual(got, want) {
					r.Fatalf("%s = %v, rules say %v", point, got, want)
				}
			}
		})
	}
}

// Every field that rules see is in the key: else two inputs would share an
// answer that the rules might not give to both.
func TestKey_holdsEveryField(t *testing.T) {
	keyOf := func(in any) string {
		switch in := in.(type) {
		case *agent.CollectInput:
			return string(collectKey(nil, in))
		case *agent.UseInput:
			return string(useKey(nil, in))
		default:
			return string(discloseKey(nil, in.(*agent.DiscloseInput)))
		}
	}
	for _, point := range []string{agent.PointCollect, agent.PointUse, agent.PointDisclose} {
		seen := map[string]string{keyOf(NewInput(point)): "nothing"}
		leaves(reflect.ValueOf(NewInput(point)).Elem(), "", func(path string, _ reflect.Value) {
			in := NewInput(point)
			leaves(reflect.ValueOf(in).Elem(), "", func(p string, v reflect.Value) {
				if p == path {
					mark(v)
				}
			})
			key := keyOf(in)
			if other, ok := seen[key]; ok {
				t.Errorf("%s: setting %s gives the key of setting %s", point, path, other)
			}
			seen[key] = path
		})
	}
}

// A text may not slide from one field or list into the next.
func TestKey_isUnambiguous(t *testing.T) {
	a := &agent.UseInput{Categories: []string{"ab", "c"}}
	b := &agent.UseInput{Categories: []string{"a", "bc"}}
	if string(useKey(nil, a)) == string(useKey(nil, b)) {
		t.Error("two lists share a key")
	}
	a = &agent.UseInput{Ground: agent.Ground{Purpose: "x", Mode: "yz"}}
	b = &agent.UseInput{Ground: agent.Ground{Purpose: "xy", Mode: "z"}}
	if string(useKey(nil, a)) == string(useKey(nil, b)) {
		t.Error("two texts share a key")
	}
}

func TestMemory_isBoundedAndCopies(t *testing.T) {
	var m memory
	for i := range 3 * generation {
		m.keep(fmt.Append(nil, i), answer{})
		if n := len(m.young) + len(m.old); n > 2*generation {
			t.Fatalf("%d answers held", n)
		}
	}
	if _, ok := m.recall(fmt.Append(nil, 0)); ok {
		t.Error("the oldest answer is still held")
	}
	if _, ok := m.recall(fmt.Append(nil, 3*generation-1)); !ok {
		t.Error("the newest answer is gone")
	}
	m = memory{}
	m.keep([]byte(strings.Repeat("x", keyLimit+1)), answer{})
	if len(m.young) > 0 {
		t.Error("an oversized key is held")
	}

	e, g := engine(t), golden(t)
	in := g.base(t, agent.PointDisclose, "disclose").(*agent.DiscloseInput)
	want := e.Disclose(context.Background(), in)
	for range 2 {
		d := e.Disclose(context.Background(), in)
		for i := range d.Claims {
			d.Claims[i] = "spoilt"
		}
	}
	if got := e.Disclose(context.Background(), in); !slices.Equal(got.Claims, want.Claims) {
		t.Errorf("a caller changed what is remembered: %v", got.Claims)
	}
}

func TestEngine_isSafeForConcurrentUse(t *testing.T) {
	e, g := engine(t), golden(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j, c := range g.Cases {
				if (i+j)%4 == 0 {
					if d, _ := ask(e, g.input(t, c)); d.Allow != c.Want.Allow {
						t.Errorf("%s: allow = %v", c.Name, d.Allow)
					}
				}
			}
		})
	}
	wg.Wait()
}

// TestFold_changesNoAnswer compares rules with constants put in and rules as
// they are written.
func TestFold_changesNoAnswer(t *testing.T) {
	testOnlyUnfolded = true
	plain := engine(t)
	testOnlyUnfolded = false
	folded, g := engine(t), golden(t)
	for _, c := range g.Cases {
		in := door(g.input(t, c))
		if a, b := raw(plain, c.Point, in), raw(folded, c.Point, in); !reflect.DeepEqual(a, b) {
			t.Errorf("%s: as written %v, folded %v", c.Name, a, b)
		}
	}
	for _, point := range decisions {
		rapid.Check(t, func(r *rapid.T) {
			in := door(drawInput(r, g, t, point))
			if a, b := raw(plain, point, in), raw(folded, point, in); !reflect.DeepEqual(a, b) {
				r.Fatalf("%s: as written %v, folded %v", point, a, b)
			}
		})
	}
}
