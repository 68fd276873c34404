package scenario

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// Rules answer the points of decision; [policy.Engine] does.
type Rules interface {
	Ask(ctx context.Context, in any) (agent.Decision, any)
}

// A Difference is one field of the answer that is not as expected. Want and Got
// are its values as texts; instants are in China's time.
type Difference struct {
	Field string
	Want  string
	Got   string
}

// A Result is what came of one scenario. It is as expected without differences.
type Result struct {
	Scenario    *Scenario
	Differences []Difference // by field
}

// Run puts each scenario to the rules, in order. It stops early, with the results
// so far and the context's error, when the context ends.
func Run(ctx context.Context, rules Rules, all []*Scenario) ([]Result, error) {
	results := make([]Result, 0, len(all))
	for _, s := range all {
		_, got := rules.Ask(ctx, s.Input())
		if err := ctx.Err(); err != nil {
			return results, err // what the rules said then is that there was no time
		}
		results = append(results, Result{s, s.compare(got)})
	}
	return results, nil
}

func (s *Scenario) compare(answer any) []Difference {
	got := fieldsOf(reflect.ValueOf(answer))
	var out []Difference
	for name, want := range s.want {
		if w, g := write(name, want), write(name, got[name]); w != g {
			out = append(out, Difference{name, w, g})
		}
	}
	slices.SortFunc(out, func(a, b Difference) int { return strings.Compare(a.Field, b.Field) })
	return out
}

// write writes a value of an answer, so that equal answers are equal texts. Codes
// whose order says nothing are sorted.
func write(name string, value any) string {
	at := func(n int64) string {
		if isInstant(name) {
			return time.Unix(n, 0).In(china).Format("2006-01-02T15:04:05")
		}
		return fmt.Sprint(n)
	}
	switch v := value.(type) {
	case agent.Int:
		if n, ok := v.Value(); ok {
			return at(n)
		}
		return "null"
	case int64:
		return at(v)
	}
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(value)
	}
	list := make([]string, v.Len())
	for i := range list {
		list[i] = v.Index(i).String()
	}
	if name != "reasons" && name != "improve" {
		slices.Sort(list)
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// Miscited compares the citations that a scenario names with those of the codes
// that it is about. It returns what is named and not cited, and what is cited and
// not named; nothing where the scenario names none.
func (s *Scenario) Miscited(cites func(agent.Code) []string) (surplus, missing []string) {
	if len(s.Cites) == 0 {
		return nil, nil
	}
	var of []string
	for _, c := range s.Codes() {
		of = append(of, cites(c)...)
	}
	for _, id := range s.Cites {
		if !slices.Contains(of, id) {
			surplus = append(surplus, id)
		}
	}
	slices.Sort(of)
	for _, id := range slices.Compact(of) {
		if !slices.Contains(s.Cites, id) {
			missing = append(missing, id)
		}
	}
	return surplus, missing
}
