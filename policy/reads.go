package policy

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/yanmen/yanmen/agent"
)

// Reads returns the fields of the input on which a denial or an obligation of
// this bundle rests, by path and sorted: those that its rule reads itself, and
// those that the rules read which it uses, wherever they stand. It is nil for a
// code that is none of a rule.
func (e *Engine) Reads(code agent.Code) []string {
	var out []string
	for _, rules := range codedRules(e.bundle.compiler)[code] {
		out = append(out, readsOf(e.bundle.compiler, rules)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// codedRules returns the rules that make each code.
func codedRules(c *ast.Compiler) map[agent.Code][]*ast.Rule {
	out := map[agent.Code][]*ast.Rule{}
	for _, m := range c.Modules {
		for _, r := range m.Rules {
			for _, a := range r.Annotations {
				if s, ok := sentenceOf(a); ok {
					out[s.Code] = append(out[s.Code], r)
				}
			}
		}
	}
	return out
}

// readsOf follows every reference of a rule, taken branches and others alike.
func readsOf(c *ast.Compiler, rule *ast.Rule) []string {
	var paths []string
	seen := map[*ast.Rule]bool{}
	var follow func(*ast.Rule)
	follow = func(r *ast.Rule) {
		if seen[r] {
			return
		}
		seen[r] = true
		ast.WalkRefs(r, func(ref ast.Ref) bool {
			switch {
			case ref.HasPrefix(ast.InputRootRef):
				if p := inputPath(ref); p != "" {
					paths = append(paths, p)
				}
			case ref.HasPrefix(ast.DefaultRootRef):
				for _, other := range c.GetRules(ref.ConstantPrefix()) {
					follow(other)
				}
			}
			return false
		})
	}
	follow(rule)
	return paths
}

// inputPath writes the constant part of a reference to the input.
func inputPath(ref ast.Ref) string {
	var names []string
	for _, t := range ref.ConstantPrefix()[1:] {
		s, ok := t.Value.(ast.String)
		if !ok {
			break
		}
		names = append(names, string(s))
	}
	return strings.Join(names, ".")
}
