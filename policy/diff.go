package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/yanmen/yanmen/agent"
)

// Changes are what differs between two bundles. Comments, order and layout are no
// difference.
type Changes struct {
	Codes []CodeChange `json:"codes"` // by code
	Rules []RuleChange `json:"rules"` // by package and name
	Data  []DataChange `json:"data"`  // by path
}

// None holds when the bundles decide and say the same.
func (c *Changes) None() bool { return len(c.Codes)+len(c.Rules)+len(c.Data) == 0 }

// A CodeChange is a code that is new, gone, or says or cites something else.
type CodeChange struct {
	Code   agent.Code `json:"code"`
	Change string     `json:"change"` // added, removed or changed
	Before *Said      `json:"before"` // nil where it is new
	After  *Said      `json:"after"`  // nil where it is gone
}

// Said is what a code says and cites.
type Said struct {
	Words
	Cites []string `json:"cites"`
}

// A RuleChange is a rule, with all its bodies, that is new, gone or different.
type RuleChange struct {
	Package string     `json:"package"` // below yanmen
	Rule    string     `json:"rule"`
	Code    agent.Code `json:"code"` // "" for a rule that others use
	Title   Words      `json:"title"`
	Change  string     `json:"change"` // added, removed or changed
	// Before and After are the rule in Rego; "" where there is none.
	Before string `json:"before"`
	After  string `json:"after"`
	// Reaches are the codes whose rules use this one, sorted.
	Reaches []agent.Code `json:"reaches"`
}

// A DataChange is a value of the data. Before and After are JSON; "" where there
// is none.
type DataChange struct {
	Path   string `json:"path"` // below yanmen, with dots
	Before string `json:"before"`
	After  string `json:"after"`
}

// Compare tells what changed from one bundle to another; nil stands for the bundle
// that is built in. Errors are [*Refusal]s: a bundle that cannot be read.
func Compare(before, after fs.FS) (*Changes, error) {
	a, err := readEdition(before)
	if err != nil {
		return nil, err
	}
	b, err := readEdition(after)
	if err != nil {
		return nil, err
	}
	c := &Changes{Codes: []CodeChange{}, Rules: []RuleChange{}, Data: []DataChange{}}
	for _, code := range keysOf(a.said, b.said) {
		from, to := a.said[code], b.said[code]
		if ch := changeOf(from != nil, to != nil, from != nil && to != nil && from.Words == to.Words && slices.Equal(from.Cites, to.Cites)); ch != "" {
			c.Codes = append(c.Codes, CodeChange{code, ch, from, to})
		}
	}
	for _, k := range keysOf(a.rules, b.rules) {
		from, to := a.rules[k], b.rules[k]
		ch := changeOf(from.form != "", to.form != "", from.form == to.form)
		if ch == "" {
			continue
		}
		last, in := to, b
		if ch == "removed" {
			last, in = from, a
		}
		c.Rules = append(c.Rules, RuleChange{k.pkg, k.name, agent.Code(k.code), last.title, ch, from.text, to.text, in.reaches(k)})
	}
	for _, p := range keysOf(a.data, b.data) {
		if a.data[p] != b.data[p] {
			c.Data = append(c.Data, DataChange{p, a.data[p], b.data[p]})
		}
	}
	return c, nil
}

func changeOf(before, after, same bool) string {
	switch {
	case !before:
		return "added"
	case !after:
		return "removed"
	case !same:
		return "changed"
	}
	return ""
}

// keysOf lists the keys of two maps, each once, sorted by how they print.
func keysOf[K comparable, V any](a, b map[K]V) []K {
	both := map[K]bool{}
	for k := range a {
		both[k] = true
	}
	for k := range b {
		both[k] = true
	}
	return slices.SortedFunc(maps.Keys(both), func(a, b K) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

type ruleKey struct{ pkg, name, code string }

type ruleText struct {
	form  string // what is compared: without comments and layout
	text  string // what is shown
	title Words
}

// An edition is a bundle taken apart.
type edition struct {
	said     map[agent.Code]*Said
	rules    map[ruleKey]ruleText
	data     map[string]string
	compiler *ast.Compiler
}

func readEdition(root fs.FS) (*edition, error) {
	if root == nil {
		root = embedded()
	}
	files, err := filesOf(root)
	if err != nil {
		return nil, err
	}
	l, err := load(files)
	if err != nil {
		return nil, err
	}
	// As written: loading puts data into rules.
	tree, err := readTree(files, capabilities(), false)
	if err != nil {
		return nil, err
	}
	e := &edition{map[agent.Code]*Said{}, map[ruleKey]ruleText{}, map[string]string{}, l.lib.compiler}
	for code, s := range l.sentences {
		e.said[code] = &Said{s.Words, s.Cites}
	}
	for _, m := range tree.Modules {
		for _, r := range m.Parsed.Rules {
			k := keyOf(r)
			t := e.rules[k]
			bare := *r
			bare.Annotations = nil
			t.form += bare.String() + "\n"
			written, err := format.AstWithOpts(&bare, format.Opts{RegoVersion: ast.RegoV1})
			if err != nil {
				return nil, refuse(codeRules, m.Path)
			}
			t.text = strings.TrimPrefix(t.text+"\n"+strings.TrimSpace(string(written)), "\n")
			for _, a := range r.Annotations {
				if t.title.EN == "" {
					t.title.EN = a.Title
				}
				if zh, ok := a.Custom["zh"].(string); ok {
					t.title.ZH = zh
				}
			}
			e.rules[k] = t
		}
	}
	yanmen, _ := tree.Data["yanmen"].(map[string]any)
	flattenData(e.data, "", yanmen)
	return e, nil
}

func keyOf(r *ast.Rule) ruleKey {
	k := ruleKey{
		pkg:  strings.TrimPrefix(r.Module.Package.Path.String(), "data.yanmen."),
		name: r.Head.Ref().GroundPrefix().String(),
	}
	for _, a := range r.Annotations {
		if s, ok := sentenceOf(a); ok {
			k.code = string(s.Code)
		}
	}
	return k
}

// flattenData writes data as paths; a list is one value.
func flattenData(into map[string]string, path string, v any) {
	if m, ok := v.(map[string]any); ok && len(m) > 0 {
		for k, v := range m {
			flattenData(into, strings.TrimPrefix(path+"."+k, "."), v)
		}
		return
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic("policy: data of a bundle are no JSON") // they were read as such
	}
	into[path] = string(b)
}

// reaches lists the codes whose rules use a rule.
func (e *edition) reaches(k ruleKey) []agent.Code {
	out := []agent.Code{}
	for code, rules := range codedRules(e.compiler) {
		for _, r := range rules {
			for used := range usedBy(e.compiler, r) {
				if keyOf(used) == k {
					out = append(out, code)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
