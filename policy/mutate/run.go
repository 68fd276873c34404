package mutate

import (
	"context"
	"errors"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
)

// within bounds one mutant: one that goes astray was noticed.
const within = 2 * time.Minute

// runTests runs the tests of some modules until the first fails.
func (r *Rules) runTests(ctx context.Context, modules map[string]*ast.Module, tests []string) (failed bool, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	err = storage.Txn(ctx, r.store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		results, err := tester.NewRunner().
			SetCompiler(ast.NewCompiler().WithDefaultRegoVersion(ast.RegoV1)).
			SetStore(r.store).
			SetModules(modules).
			SetParallel(1).
			RaiseBuiltinErrors(true).
			RunTests(ctx, txn)
		if err != nil {
			return errStillborn
		}
		for t := range results { // to the end, so that nothing is left behind
			if !failed && !t.Pass() && !t.Skip {
				failed = true
				stop()
			}
		}
		return nil
	})
	if errors.Is(err, errStillborn) {
		return false, err
	}
	return failed, nil
}

// A caseSet is cases with the answers of the rules as they are.
type caseSet struct {
	cases map[string][]Case
	want  map[string][]map[string]any
}

// answers asks a point with cases, until each says to stop.
func (r *Rules) answers(ctx context.Context, modules map[string]*ast.Module, point string, cases []Case, each func(i int, answer map[string]any) bool) error {
	c := ast.NewCompiler().WithDefaultRegoVersion(ast.RegoV1)
	if c.Compile(modules); c.Failed() {
		return errStillborn
	}
	q, err := rego.New(rego.Query("data.yanmen."+point+".decision"), rego.Compiler(c), rego.Store(r.store),
		rego.StrictBuiltinErrors(true)).PrepareForEval(ctx)
	if err != nil {
		return errStillborn
	}
	for i, in := range cases {
		rs, err := q.Eval(ctx, rego.EvalInput(in.Input))
		var answer map[string]any
		if err == nil && len(rs) == 1 && len(rs[0].Expressions) == 1 {
			answer, _ = rs[0].Expressions[0].Value.(map[string]any)
		}
		if !each(i, answer) {
			return nil
		}
	}
	return nil
}

// entry is the module of a point.
func (r *Rules) entry(point string) string {
	for _, name := range r.order {
		if !isTest(name) && r.modules[name].Package.Path.String() == "data.yanmen."+point {
			return name
		}
	}
	return ""
}

func (r *Rules) newCases(ctx context.Context, cases []Case) (*caseSet, error) {
	s := &caseSet{map[string][]Case{}, map[string][]map[string]any{}}
	for _, c := range cases {
		s.cases[c.Point] = append(s.cases[c.Point], c)
	}
	for point, cs := range s.cases {
		entry := r.entry(point)
		if entry == "" {
			return nil, errors.New("mutate: there are cases of a point without rules: " + point)
		}
		err := r.answers(ctx, r.with(nil, entry), point, cs, func(_ int, a map[string]any) bool {
			s.want[point] = append(s.want[point], a)
			return true
		})
		if err != nil {
			return nil, errors.New("mutate: the rules of " + point + " do not compile as they are")
		}
	}
	return s, nil
}

// notice tells whether a case of a point that uses the changed module has another
// answer, in a field that is held.
func (s *caseSet) notice(ctx context.Context, r *Rules, changed map[string]*ast.Module, file string) (bool, error) {
	points := make([]string, 0, len(s.cases))
	for point := range s.cases {
		points = append(points, point)
	}
	slices.Sort(points)
	noticed := false
	for _, point := range points {
		entry := r.entry(point)
		if !r.closure(entry)[file] {
			continue
		}
		cases, want := s.cases[point], s.want[point]
		err := r.answers(ctx, r.with(changed, entry), point, cases, func(i int, got map[string]any) bool {
			noticed = (got == nil) != (want[i] == nil) || ctx.Err() != nil
			for _, field := range cases[i].Holds {
				noticed = noticed || !reflect.DeepEqual(got[field], want[i][field])
			}
			return !noticed
		})
		if noticed || err != nil {
			return noticed, err
		}
	}
	return false, nil
}

// An Outcome is what became of the mutants of one module.
type Outcome struct {
	File      string
	Killed    int
	Stillborn int
	Survived  []Mutant // by place
}

// Run makes the mutants of some modules and tells what became of them, in order.
// As many run at a time as the program may use cores. An error is that of the
// context, or that the rules are not in order as they are.
func (r *Rules) Run(ctx context.Context, modules []string, cases []Case, done func(Mutant, bool)) ([]Outcome, error) {
	if len(modules) == 0 {
		return nil, nil
	}
	set, err := r.newCases(ctx, cases)
	if err != nil {
		return nil, err
	}
	for _, name := range r.order {
		if !isTest(name) || strings.HasPrefix(path.Base(name), "fixture") {
			continue
		}
		if failed, err := r.runTests(ctx, r.with(nil, name), []string{name}); failed || err != nil {
			return nil, errors.New("mutate: the tests of " + name + " fail as they are")
		}
	}
	type job struct {
		module int
		mutant Mutant
	}
	out := make([]Outcome, len(modules))
	jobs := make(chan job)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for j := range jobs {
				one, stop := context.WithTimeout(ctx, within)
				killed, err := r.killed(one, j.mutant, set)
				killed = killed || one.Err() != nil
				stop()
				mu.Lock()
				o := &out[j.module]
				switch {
				case errors.Is(err, errStillborn):
					o.Stillborn++
				case killed:
					o.Killed++
				default:
					o.Survived = append(o.Survived, j.mutant)
				}
				if done != nil && !errors.Is(err, errStillborn) {
					done(j.mutant, killed)
				}
				mu.Unlock()
			}
		})
	}
	for i, name := range modules {
		out[i].File = name
		for _, m := range r.Mutants(name) {
			if ctx.Err() == nil {
				jobs <- job{i, m}
			}
		}
	}
	close(jobs)
	wg.Wait()
	for i := range out {
		slices.SortFunc(out[i].Survived, func(a, b Mutant) int { return a.offset - b.offset })
	}
	return out, ctx.Err()
}
