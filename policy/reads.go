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
	lib := e.library()
	if lib == nil {
		return nil
	}
	var out []string
	for _, rules := range codedRules(lib.compiler)[code] {
		out = append(out, readsOf(lib.compiler, rules)...)
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

// readsOf lists the fields of the input that a rule and those that it uses read.
func readsOf(c *ast.Compiler, rule *ast.Rule) []string {
	var paths []string
	for r := range usedBy(c, rule) {
		ast.WalkRefs(r, func(ref ast.Ref) bool {
			if p := inputPath(ref); p != "" {
				paths = append(paths, p)
			}
			return false
		})
	}
	return paths
}

// usedBy is a rule with all that it uses, directly or not. Every reference is
// followed, in branches that are taken and in others alike.
func usedBy(c *ast.Compiler, rule *ast.Rule) map[*ast.Rule]bool {
	seen := map[*ast.Rule]bool{}
	var follow func(*ast.Rule)
	follow = func(r *ast.Rule) {
		if seen[r] {
			return
		}
		seen[r] = true
		ast.WalkRefs(r, func(ref ast.Ref) bool {
			if ref.HasPrefix(ast.DefaultRootRef) {
				for _, other := range c.GetRules(ref.ConstantPrefix()) {
					follow(other)
				}
			}
			return false
		})
	}
	follow(rule)
	return seen
}

// inputPath writes the constant part of a reference to the input, "" for any other.
func inputPath(ref ast.Ref) string {
	if !ref.HasPrefix(ast.InputRootRef) {
		return ""
	}
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
