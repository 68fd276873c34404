// Package scenario reads scenarios and puts them to the rules: small cases, in
// words that a lawyer can read, each with the decision that is expected.
// policy/scenarios/README.md is the format.
//
// A scenario starts from a base, changes what it is about, and says what the
// rules must answer. It may say which denial it proves (the case that the rule
// denies) and which it spares (the nearest case that it must not deny).
//
// Reading is strict: what is not understood is an error that names the file, the
// scenario and the remedy, and never a value.
package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/policy"
)

// A Scenario is one case and what the rules must answer. It is immutable.
type Scenario struct {
	File      string // base name of the file it stands in
	Point     string // one of the points of decision
	ID        string // unique in all files read together
	Title     policy.Words
	Situation policy.Words
	Absent    []string // the fields of the input that it leaves unknown, sorted
	// Proves are denials that the scenario reaches, Spares those that it comes
	// near and must not reach; sorted.
	Proves []agent.Code
	Spares []agent.Code
	// Cites are ids of the register of regulation; empty where the file leaves
	// them to be derived from the codes.
	Cites []string

	input func() any
	want  map[string]any // of the answer's fields, by name
}

// Input returns the input of the scenario: a new pointer to the input type of its
// point (*[agent.CollectInput] and so on), which the caller may change.
func (s *Scenario) Input() any { return s.input() }

// Document returns the input of the scenario as rules see it, for who asks them
// without the engine: maps, lists, texts, int64, truths and nil.
func (s *Scenario) Document() map[string]any { return document(s.input()) }

// Holds names the fields of the answer that the scenario compares, sorted.
func (s *Scenario) Holds() []string { return slices.Sorted(maps.Keys(s.want)) }

// Denials are the denials that are expected, sorted.
func (s *Scenario) Denials() []agent.Code {
	d, _ := s.want["denials"].([]agent.Code)
	return slices.Clone(d)
}

// Codes are all denials that the scenario is about: proved or spared; sorted.
func (s *Scenario) Codes() []agent.Code {
	all := slices.Concat(s.Proves, s.Spares)
	slices.Sort(all)
	return slices.Compact(all)
}

// ReadAll reads every *.yaml file directly in a folder, by name. An error names
// file and scenario; a folder without a scenario is an error too.
func ReadAll(dir fs.FS) ([]*Scenario, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil || len(names) == 0 {
		return nil, errors.New("scenarios: the folder holds no *.yaml file")
	}
	var all []*Scenario
	where := map[string]string{}
	for _, name := range names {
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be read", name)
		}
		read, err := Read(name, b)
		if err != nil {
			return nil, err
		}
		for _, s := range read {
			if other, twice := where[s.ID]; twice {
				return nil, fmt.Errorf("%s: scenario %s: the id stands in %s already; take another", s.File, s.ID, other)
			}
			where[s.ID] = s.File
		}
		all = append(all, read...)
	}
	return all, nil
}

// Read reads one file. The name is for errors alone.
func Read(name string, content []byte) ([]*Scenario, error) {
	name = path.Base(name)
	doc, err := decode(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f := file{name: name, bases: map[string]map[string]any{}}
	return f.read(doc)
}

// idForm is what an id looks like: lower case, digits and hyphens.
var idForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

type file struct {
	name  string
	point string
	bases map[string]map[string]any // flat
}

func (f *file) read(doc any) ([]*Scenario, error) {
	top, ok := doc.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: not a map of point, bases and scenarios", f.name)
	}
	if err := known(top, "point", "bases", "scenarios"); err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	f.point, _ = top["point"].(string)
	if policy.NewInput(f.point) == nil {
		return nil, fmt.Errorf("%s: point is none of the nine points of decision", f.name)
	}
	bases, ok := top["bases"].(map[string]any)
	if !ok || len(bases) == 0 {
		return nil, fmt.Errorf("%s: bases must name at least one base", f.name)
	}
	for base, values := range bases {
		fields, ok := values.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s: base %s: not a map of fields", f.name, base)
		}
		f.bases[base] = flatten(fields)
		if err := fill(policy.NewInput(f.point), f.bases[base]); err != nil {
			return nil, fmt.Errorf("%s: base %s: %w", f.name, base, err)
		}
	}
	list, ok := top["scenarios"].([]any)
	if !ok || len(list) == 0 {
		return nil, fmt.Errorf("%s: scenarios must be a list with at least one scenario", f.name)
	}
	all := make([]*Scenario, 0, len(list))
	for i, item := range list {
		m, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s: scenario %d: not a map", f.name, i+1)
		}
		id, _ := m["id"].(string)
		if !idForm.MatchString(id) {
			return nil, fmt.Errorf("%s: scenario %d: id must be words of a-z and 0-9 with hyphens between", f.name, i+1)
		}
		if slices.ContainsFunc(all, func(s *Scenario) bool { return s.ID == id }) {
			return nil, fmt.Errorf("%s: scenario %s: the id stands twice; take another", f.name, id)
		}
		s, err := f.scenario(id, m)
		if err != nil {
			return nil, fmt.Errorf("%s: scenario %s: %w", f.name, id, err)
		}
		all = append(all, s)
	}
	return all, nil
}

func (f *file) scenario(id string, m map[string]any) (*Scenario, error) {
	if err := known(m, "id", "title", "situation", "base", "set", "absent", "expect", "proves", "spares", "cites"); err != nil {
		return nil, err
	}
	s := &Scenario{File: f.name, Point: f.point, ID: id}
	var err error
	if s.Title, err = text(m, "title"); err != nil {
		return nil, err
	}
	if s.Situation, err = text(m, "situation"); err != nil {
		return nil, err
	}
	name, _ := m["base"].(string)
	base, ok := f.bases[name]
	if !ok {
		return nil, errors.New("base is none of the file's bases")
	}
	set, ok := m["set"].(map[string]any)
	if !ok && m["set"] != nil {
		return nil, errors.New("set is not a map from field to value")
	}
	changes := flatten(set)
	if s.Absent, err = texts[string](m, "absent"); err != nil {
		return nil, err
	}
	build := func() (any, error) {
		in := policy.NewInput(f.point)
		for _, values := range []map[string]any{base, changes} {
			if err := fill(in, values); err != nil {
				return nil, err
			}
		}
		return in, clear(in, s.Absent)
	}
	if _, err := build(); err != nil {
		return nil, err
	}
	for _, p := range s.Absent {
		if _, both := changes[p]; both {
			return nil, fmt.Errorf("%s is both set and absent; take one out", p)
		}
	}
	s.input = func() any { in, _ := build(); return in } // it could be built above
	if s.want, err = f.expectation(m["expect"]); err != nil {
		return nil, err
	}
	if s.Proves, err = texts[agent.Code](m, "proves"); err != nil {
		return nil, err
	}
	if s.Spares, err = texts[agent.Code](m, "spares"); err != nil {
		return nil, err
	}
	if s.Cites, err = texts[string](m, "cites"); err != nil {
		return nil, err
	}
	denials := s.Denials()
	for _, c := range s.Proves {
		if !slices.Contains(denials, c) {
			return nil, fmt.Errorf("proves %s, which is not among the denials expected", c)
		}
	}
	for _, c := range s.Spares {
		if slices.Contains(denials, c) {
			return nil, fmt.Errorf("spares %s, which is among the denials expected", c)
		}
	}
	return s, nil
}

// expectation reads what is expected into values of the answer's types. Denials
// and obligations that are left out are none.
func (f *file) expectation(v any) (map[string]any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("expect is missing; it names allow and what else matters")
	}
	if _, ok := m["allow"].(bool); !ok {
		return nil, errors.New("expect names no allow (true or false)")
	}
	answer := policy.NewAnswer(f.point)
	if err := fill(answer, m); err != nil {
		return nil, fmt.Errorf("expect: %w", err)
	}
	want := map[string]any{}
	for name, value := range fields(answer) {
		if _, given := m[name]; given || name == "denials" || name == "obligations" {
			want[name] = value
		}
	}
	if (want["allow"] == true) != (len(want["denials"].([]agent.Code)) == 0) {
		return nil, errors.New("expect: what is allowed has no denials, and what is not allowed has one")
	}
	return want, nil
}

func known(m map[string]any, keys ...string) error {
	for k := range m {
		if !slices.Contains(keys, k) {
			return fmt.Errorf("unknown key %s; known are %s", k, strings.Join(keys, ", "))
		}
	}
	return nil
}

func text(m map[string]any, key string) (policy.Words, error) {
	t, _ := m[key].(map[string]any)
	zh, _ := t["zh"].(string)
	en, _ := t["en"].(string)
	if len(t) != 2 || zh == "" || en == "" {
		return policy.Words{}, fmt.Errorf("%s must have a zh and an en text", key)
	}
	return policy.Words{ZH: zh, EN: en}, nil
}

// texts reads a list of texts, sorted.
func texts[S ~string](m map[string]any, key string) ([]S, error) {
	if m[key] == nil {
		return nil, nil
	}
	list, ok := m[key].([]any)
	out := make([]S, 0, len(list))
	for _, v := range list {
		s, isText := v.(string)
		ok = ok && isText && s != ""
		out = append(out, S(s))
	}
	slices.Sort(out)
	if !ok || len(slices.Compact(slices.Clone(out))) != len(out) {
		return nil, fmt.Errorf("%s must be a list of names, each once", key)
	}
	return out, nil
}
