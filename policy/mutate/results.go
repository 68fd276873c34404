package mutate

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/goccy/go-yaml"
)

// version is part of every digest: raise it when the mutants change.
const version = "1"

// Results are what became of mutants, by module: what is committed beside the
// rules, so that a module that did not change is not run again.
type Results struct {
	Modules map[string]Result `yaml:"modules"`
}

// A Result is the outcome of one module. It holds while the digest does: over the
// module, all that it uses, the tests and the cases that reach it.
type Result struct {
	Digest    string `yaml:"digest"`
	Killed    int    `yaml:"killed"`
	Stillborn int    `yaml:"stillborn"`
	Survived  []Name `yaml:"survived,omitempty"`
}

// A Name is what a mutant is called in files: by what it changes, not by its line.
type Name struct {
	Rule   string `yaml:"rule"`
	Before string `yaml:"before"`
	After  string `yaml:"after"`
	Nth    int    `yaml:"nth,omitempty"` // of equal changes in the rule; 0 is the first
}

// A Survivor is a mutant that nothing can notice, and why.
type Survivor struct {
	File string `yaml:"file"`
	Name `yaml:",inline"`
	Why  struct {
		ZH string `yaml:"zh"`
		EN string `yaml:"en"`
	} `yaml:"why"`
}

func (m Mutant) name() Name {
	n := Name{m.Rule, m.Before, m.After, m.Nth}
	if n.Nth == 1 {
		n.Nth = 0
	}
	return n
}

// ReadResults reads results; none from no bytes.
func ReadResults(content []byte) (Results, error) {
	r := Results{}
	if err := yaml.UnmarshalWithOptions(content, &r, yaml.DisallowUnknownField()); err != nil && len(bytes.TrimSpace(content)) > 0 {
		return Results{}, errors.New("mutate: the results are malformed; take the file away and run again")
	}
	if r.Modules == nil {
		r.Modules = map[string]Result{}
	}
	return r, nil
}

// Bytes writes results as a file, modules by name.
func (r Results) Bytes() []byte {
	b := []byte("# What became of each mutant of the rules; written by yanmen policy mutate.\nmodules:\n")
	for _, name := range slices.Sorted(maps.Keys(r.Modules)) {
		part, err := yaml.MarshalWithOptions(map[string]Result{name: r.Modules[name]}, yaml.Indent(2), yaml.IndentSequence(true))
		if err != nil {
			panic("mutate: results cannot be written") // cannot happen: texts and numbers
		}
		for line := range bytes.Lines(part) {
			b = append(append(b, "  "...), line...)
		}
	}
	return b
}

// ReadSurvivors reads the file that explains survivors. An entry without a reason
// in both languages, or one that stands twice, is an error.
func ReadSurvivors(content []byte) ([]Survivor, error) {
	var file struct {
		Survivors []Survivor `yaml:"survivors"`
	}
	if err := yaml.UnmarshalWithOptions(content, &file, yaml.DisallowUnknownField()); err != nil {
		return nil, errors.New("mutate: the survivors' file is malformed")
	}
	seen := map[string]bool{}
	for i, s := range file.Survivors {
		at := fmt.Sprintf("mutate: survivor %d (%s: %s)", i+1, s.File, s.Rule)
		if s.File == "" || s.Rule == "" || s.Before == "" || s.Why.ZH == "" || s.Why.EN == "" {
			return nil, errors.New(at + " lacks its place or its reason in zh and en")
		}
		if k := fmt.Sprint(s.File, s.Name); seen[k] {
			return nil, errors.New(at + " stands twice")
		} else {
			seen[k] = true
		}
	}
	return file.Survivors, nil
}

// Digest is what the outcome of a module rests on.
func (r *Rules) Digest(module string, cases []Case) string {
	parts := map[string][]byte{"version": []byte(version)}
	use := r.closure(append(r.testsOf(module), module)...)
	points := map[string]bool{}
	for _, c := range cases {
		if _, known := points[c.Point]; !known {
			reached := r.closure(r.entry(c.Point))
			if points[c.Point] = reached[module]; reached[module] {
				maps.Copy(use, reached)
			}
		}
	}
	for name := range use {
		parts[name] = r.files[name]
		for _, data := range []string{"data.yaml", "data.json"} {
			if p := path.Join(path.Dir(name), data); r.files[p] != nil {
				parts[p] = r.files[p]
			}
		}
	}
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		fmt.Fprintf(h, "%d:%s%d:", len(name), name, len(parts[name]))
		h.Write(parts[name])
	}
	for _, c := range cases {
		if points[c.Point] {
			b, err := json.Marshal(c) // maps go by key
			if err != nil {
				panic("mutate: a case is no JSON")
			}
			fmt.Fprintf(h, "%d:", len(b))
			h.Write(b)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Stale lists the modules whose results do not hold any more, or never did.
func (r *Rules) Stale(known Results, cases []Case) []string {
	var out []string
	for _, name := range r.Modules() {
		if known.Modules[name].Digest != r.Digest(name, cases) {
			out = append(out, name)
		}
	}
	return out
}

// Update takes outcomes into results and drops modules that are no more.
func (r *Rules) Update(known Results, outcomes []Outcome, cases []Case) {
	for _, o := range outcomes {
		res := Result{Digest: r.Digest(o.File, cases), Killed: o.Killed, Stillborn: o.Stillborn}
		for _, m := range o.Survived {
			res.Survived = append(res.Survived, m.name())
		}
		known.Modules[o.File] = res
	}
	maps.DeleteFunc(known.Modules, func(name string, _ Result) bool { return r.modules[name] == nil })
}

// A Score is what the results say of all mutants that live.
type Score struct {
	Killed    int
	Survived  []Mutant // not explained, by place
	Explained int
}

// BasisPoints is the share that was killed of all that is not explained, 10000 at
// most, rounded down.
func (s Score) BasisPoints() int {
	all := s.Killed + len(s.Survived)
	if all == 0 {
		return 0
	}
	return s.Killed * 10000 / all
}

// Score counts results against the explanations. An explanation of a mutant that
// does not survive, or is none, is an error: it names the entry to take out.
func (r *Rules) Score(known Results, why []Survivor) (Score, error) {
	var s Score
	explained := map[string]map[Name]bool{}
	for _, w := range why {
		n := w.Name
		if n.Nth == 1 {
			n.Nth = 0
		}
		if !slices.Contains(known.Modules[w.File].Survived, n) {
			return Score{}, fmt.Errorf("mutate: survivors: %s: %s: %s => %s does not survive; take the entry out", w.File, n.Rule, n.Before, n.After)
		}
		if explained[w.File] == nil {
			explained[w.File] = map[Name]bool{}
		}
		explained[w.File][n] = true
	}
	for _, file := range slices.Sorted(maps.Keys(known.Modules)) {
		res := known.Modules[file]
		s.Killed += res.Killed
		places := map[Name]Mutant{}
		for _, m := range r.Mutants(file) {
			places[m.name()] = m
		}
		for _, n := range res.Survived {
			if explained[file][n] {
				s.Explained++
				continue
			}
			m, ok := places[n]
			if !ok {
				m = Mutant{File: file, Rule: n.Rule, Before: n.Before, After: n.After, Nth: max(n.Nth, 1)}
			}
			s.Survived = append(s.Survived, m)
		}
	}
	slices.SortStableFunc(s.Survived, func(a, b Mutant) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Row, b.Row))
	})
	return s, nil
}
