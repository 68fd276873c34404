// Package mutate tests the tests of rules. It changes the rules one small step at
// a time and asks whether any Rego test or scenario notices: a mutant that nobody
// notices is a rule that nobody holds.
//
// The steps: an expression is dropped, an expression is negated, a not is taken
// away, a comparison is moved by its edge or turned round, a default of false
// becomes true. To drop x in y is to widen the set to everything. Figures and lists
// in data are the officer's to change and are not mutated.
//
// A mutant that does not compile counts for nothing. One that nothing could notice,
// because the rules say the same without it, is explained in survivors.yaml.
package mutate

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// Rules are the sources of a bundle, its tests and data with them. They are
// immutable and safe for concurrent use.
type Rules struct {
	files   map[string][]byte      // every file, by path
	modules map[string]*ast.Module // tests and others
	order   []string               // names of modules, sorted
	uses    map[string]map[string]bool
	store   storage.Store
}

// Read reads a folder of rules. Errors name the stage alone, or the file.
func Read(root fs.FS) (*Rules, error) {
	r := &Rules{files: map[string][]byte{}, modules: map[string]*ast.Module{}, uses: map[string]map[string]bool{}}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".rego" && path.Ext(name) != ".yaml" && path.Ext(name) != ".json" {
			return err
		}
		r.files[name], err = fs.ReadFile(root, name)
		return err
	})
	if err != nil {
		return nil, errors.New("read rules: a file of the folder cannot be read")
	}
	b, err := bundle.NewCustomReader(bundle.NewFSLoaderWithRoot(root, ".")).
		WithProcessAnnotations(true).
		WithRegoVersion(ast.RegoV1).
		WithSkipBundleVerification(true).
		Read()
	if err != nil {
		return nil, errors.New("read rules: not a bundle")
	}
	for _, m := range b.Modules {
		r.modules[strings.TrimPrefix(m.Path, "/")] = m.Parsed
	}
	r.order = slices.Sorted(maps.Keys(r.modules))
	r.store = inmem.NewFromObjectWithOpts(b.Data, inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
	for _, name := range r.order {
		r.uses[name] = r.directly(name)
	}
	return r, nil
}

// directly tells which modules a module names, by import or reference, its own
// package's among them.
func (r *Rules) directly(name string) map[string]bool {
	m := r.modules[name]
	out := map[string]bool{}
	note := func(ref ast.Ref) {
		for _, other := range r.order {
			if p := r.modules[other].Package.Path; other != name && ref.HasPrefix(p) {
				out[other] = true
			}
		}
	}
	note(m.Package.Path)
	for _, i := range m.Imports {
		if ref, ok := i.Path.Value.(ast.Ref); ok {
			note(ref)
		}
	}
	ast.WalkRefs(m, func(ref ast.Ref) bool { note(ref); return false })
	return out
}

// closure is a module with all that it uses.
func (r *Rules) closure(names ...string) map[string]bool {
	out := map[string]bool{}
	var add func(string)
	add = func(name string) {
		if out[name] {
			return
		}
		out[name] = true
		for other := range r.uses[name] {
			add(other)
		}
	}
	for _, n := range names {
		add(n)
	}
	return out
}

func isTest(name string) bool { return strings.HasSuffix(name, "_test.rego") }

// testsOf are the test modules that reach a module, its own folder's first.
func (r *Rules) testsOf(name string) []string {
	var out []string
	for _, t := range r.order {
		if isTest(t) && r.closure(t)[name] {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int {
		own := func(t string) int {
			if path.Dir(t) == path.Dir(name) {
				return 0
			}
			return 1
		}
		return cmp.Compare(own(a), own(b))
	})
	return out
}

// A Mutant is one small change of one module.
type Mutant struct {
	File   string // in the folder of rules
	Row    int
	Rule   string // its name, with its code where it has one
	Before string // what stands there, on one line
	After  string // what the mutant says instead
	// Nth tells equal changes within one rule apart, from 1.
	Nth int

	offset, length int
	text           string
}

// String writes the place and the change.
func (m Mutant) String() string {
	s := fmt.Sprintf("%s:%d: %s: %s => %s", m.File, m.Row, m.Rule, m.Before, m.After)
	if m.Nth > 1 {
		s += fmt.Sprintf(" (%d)", m.Nth)
	}
	return s
}

// key names a mutant by what it is, so that it keeps its name when lines move.
func (m Mutant) key() string {
	return fmt.Sprintf("%s\x00%s\x00%s\x00%s\x00%d", m.File, m.Rule, m.Before, m.After, m.Nth)
}

// Modules lists the modules that have mutants: all but tests.
func (r *Rules) Modules() []string {
	return slices.DeleteFunc(slices.Clone(r.order), isTest)
}

// Mutants lists the mutants of a module, by place.
func (r *Rules) Mutants(name string) []Mutant {
	m, source := r.modules[name], r.files[name]
	if m == nil || isTest(name) {
		return nil
	}
	var out []Mutant
	seen := map[string]bool{}
	add := func(rule *ast.Rule, loc *ast.Location, offset, length int, after string) {
		if at := fmt.Sprint(offset, length, after); seen[at] {
			return
		} else {
			seen[at] = true
		}
		out = append(out, Mutant{
			File: name, Row: loc.Row, Rule: ruleName(rule),
			Before: oneLine(string(loc.Text)), After: oneLine(string(replace(loc.Text, offset-loc.Offset, length, after))),
			offset: offset, length: length, text: after,
		})
	}
	var rule *ast.Rule
	visit := func(x *ast.Expr) bool {
		loc := x.Location
		if loc == nil || len(loc.Text) == 0 || !strings.HasPrefix(string(source[min(loc.Offset, len(source)):]), string(loc.Text)) {
			return false // the parser's own
		}
		text := string(loc.Text)
		switch {
		case isTrue(x) || isDeclaration(x):
			return false
		case x.Negated:
			add(rule, loc, loc.Offset, len(text), "true")
			add(rule, loc, loc.Offset, len("not "), "")
			return false
		}
		add(rule, loc, loc.Offset, len(text), "true")
		if _, every := x.Terms.(*ast.Every); !every {
			add(rule, loc, loc.Offset, 0, "not ")
		}
		if at, op, ok := comparison(text); ok {
			add(rule, loc, loc.Offset+at, len(op), swapped[op])
		}
		return false
	}
	for _, rule = range m.Rules {
		if rule.Default {
			if rule.Head.Value.Equal(ast.BooleanTerm(false)) {
				loc := *rule.Location
				loc.Text, _, _ = bytes.Cut(source[loc.Offset:], []byte("\n"))
				if at := bytes.LastIndex(loc.Text, []byte("false")); at > 0 {
					add(rule, &loc, loc.Offset+at, len("false"), "true")
				}
			}
			continue
		}
		ast.WalkExprs(rule, visit)
	}
	slices.SortStableFunc(out, func(a, b Mutant) int { return cmp.Compare(a.offset, b.offset) })
	times := map[string]int{}
	for i := range out {
		out[i].Nth = 1
		k := out[i].key()
		times[k]++
		out[i].Nth = times[k]
	}
	return out
}

// ruleName names a rule, with its code where it has one.
func ruleName(r *ast.Rule) string {
	name := r.Head.Ref().GroundPrefix().String()
	for _, a := range r.Annotations {
		if code, ok := a.Custom["code"].(string); ok {
			name += " (" + code + ")"
		}
	}
	return name
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func replace(text []byte, offset, length int, by string) []byte {
	return slices.Concat(text[:offset], []byte(by), text[offset+length:])
}

// isTrue holds for the body that a rule without one has.
func isTrue(x *ast.Expr) bool {
	t, ok := x.Terms.(*ast.Term)
	return ok && t.Equal(ast.BooleanTerm(true))
}

// isDeclaration holds for what names a variable: without it nothing compiles.
func isDeclaration(x *ast.Expr) bool {
	if _, some := x.Terms.(*ast.SomeDecl); some {
		return true
	}
	return x.IsAssignment()
}

// swapped are comparisons and what they become.
var swapped = map[string]string{"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}

// comparison finds the operator of a comparison, outside of brackets and texts.
func comparison(text string) (at int, op string, ok bool) {
	depth, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '`':
			quote = c
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case depth == 0 && strings.IndexByte("<>=!", c) >= 0:
			op = string(c)
			if i+1 < len(text) && text[i+1] == '=' {
				op += "="
			}
			_, known := swapped[op]
			return i, op, known
		}
	}
	return 0, "", false
}

// apply parses the module with the change made.
func (r *Rules) apply(m Mutant) (*ast.Module, error) {
	source := replace(r.files[m.File], m.offset, m.length, m.text)
	return ast.ParseModuleWithOpts(m.File, string(source), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
}

// A Case is an input that a point of decision is asked with, and the fields of
// the answer that somebody holds.
type Case struct {
	Point string         // package yanmen.<Point>
	Input map[string]any // as rules see it
	Holds []string       // fields of the decision
}

// errStillborn says that a mutant is no rule.
var errStillborn = errors.New("does not compile")

// killed tells whether tests or cases notice a mutant.
func (r *Rules) killed(ctx context.Context, m Mutant, cases *caseSet) (bool, error) {
	changed, err := r.apply(m)
	if err != nil {
		return false, errStillborn
	}
	modules := map[string]*ast.Module{m.File: changed}
	tests := r.testsOf(m.File)
	own := slices.IndexFunc(tests, func(t string) bool { return path.Dir(t) != path.Dir(m.File) })
	if own < 0 {
		own = len(tests)
	}
	for _, part := range [][]string{tests[:own], tests[own:]} {
		if len(part) == 0 {
			continue
		}
		failed, err := r.runTests(ctx, r.with(modules, part...), part)
		if failed || err != nil {
			return failed, err
		}
	}
	return cases.notice(ctx, r, modules, m.File)
}

// with returns the modules that some modules need, the changed ones in their place.
func (r *Rules) with(changed map[string]*ast.Module, names ...string) map[string]*ast.Module {
	out := map[string]*ast.Module{}
	for name := range r.closure(names...) {
		out[name] = r.modules[name]
		if m := changed[name]; m != nil {
			out[name] = m
		}
	}
	return out
}
