package policy

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/yanmen/yanmen/agent"
)

var (
	codeForm  = regexp.MustCompile(`^[a-z]+\.[a-z]+(_[a-z]+)+$`)
	statuses  = []string{"V", "VS", "M", "P"}
	decisions = ruled()
)

// ruled are the points that have rules.
func ruled() (out []string) {
	for _, p := range points {
		if _, err := fs.Stat(embedded(), "yanmen/"+p); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// annotationsOf returns the annotations of a module by what they stand on.
func annotationsOf(m *ast.Module) (pkg *ast.Annotations, rules map[*ast.Rule][]*ast.Annotations) {
	rules = map[*ast.Rule][]*ast.Annotations{}
	for _, a := range m.Annotations {
		if a.Scope == "package" {
			pkg = a
		}
	}
	for _, r := range m.Rules {
		rules[r] = r.Annotations
	}
	return pkg, rules
}

func TestAnnotations_followTheConventions(t *testing.T) {
	data := engine(t).bundle.register
	seen := map[string]bool{}
	for name, m := range parsed(t, false) {
		folder := name[:strings.LastIndexByte(name, '/')]
		if got := strings.ReplaceAll(strings.TrimPrefix(m.Package.Path.String(), "data."), ".", "/"); got != folder {
			t.Errorf("%s is package %s", name, got)
		}
		if _, ok := regoFiles(t)[strings.TrimSuffix(name, ".rego")+"_test.rego"]; !ok {
			t.Errorf("%s has no tests", name)
		}
		pkg, rules := annotationsOf(m)
		if pkg == nil || pkg.Title == "" || pkg.Description == "" || len(pkg.Schemas) == 0 {
			t.Errorf("%s: the package lacks title, description or schema", name)
		}
		point := folder[strings.LastIndexByte(folder, '/')+1:]
		documented := map[string]bool{}
		for _, as := range rules {
			for _, a := range as {
				if a.Scope == "document" {
					documented[a.GetTargetPath().String()] = true
				}
			}
		}
		for r, as := range rules {
			rule := string(r.Head.Ref()[0].Value.(ast.Var))
			at := fmt.Sprintf("%s:%d", name, r.Location.Row)
			if strings.HasPrefix(rule, "_") {
				continue
			}
			if len(as) == 0 && !documented[r.Module.Package.Path.Extend(r.Ref().GroundPrefix()).String()] && !documented["data."+strings.ReplaceAll(folder, "/", ".")+"."+rule] {
				t.Errorf("%s: %s has no metadata", at, rule)
			}
			var coded bool
			for _, a := range as {
				if a.Title == "" || a.Description == "" {
					t.Errorf("%s: %s lacks title or description", at, rule)
				}
				s, ok := sentenceOf(a)
				if !ok {
					continue
				}
				coded = true
				code := string(s.Code)
				if !codeForm.MatchString(code) || !strings.HasPrefix(code, point+".") {
					t.Errorf("%s: code %s is not %s.noun_state", at, code, point)
				}
				if seen[code] {
					t.Errorf("%s: code %s stands twice", at, code)
				}
				seen[code] = true
				if s.ZH == "" || len(s.Cites) == 0 {
					t.Errorf("%s: code %s lacks Chinese text or citation", at, code)
				}
				for _, id := range s.Cites {
					rule, ok := data.Rules[id]
					if !ok || !slices.Contains(statuses, rule.Status) {
						t.Errorf("%s: %s is not in the register with a status", at, id)
					}
				}
			}
			if rule == "denials" && !coded {
				t.Errorf("%s: a denial has no code", at)
			}
			if rule == "decision" && (len(as) == 0 || !as[0].Entrypoint) {
				t.Errorf("%s: the decision is no entry point", at)
			}
		}
	}
	for _, point := range decisions {
		if n := len(seen); n == 0 || !slices.ContainsFunc(sortedKeys(seen), func(c string) bool { return strings.HasPrefix(c, point+".") }) {
			t.Errorf("%s has no codes", point)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func TestRegister_isWhole(t *testing.T) {
	r := engine(t).bundle.register
	for id, rule := range r.Rules {
		law, ok := r.Laws[rule.Law]
		if !ok || law.ZH == "" || law.EN == "" || rule.ZH == "" || rule.EN == "" || !slices.Contains(statuses, rule.Status) {
			t.Errorf("%s lacks law, text or status", id)
		}
		// What was read in its own text is cited by its number.
		if rule.Article == "" && rule.Status == "V" && id != "PBL-SCOPE" {
			t.Errorf("%s lacks its article", id)
		}
	}
}

// Every code that can come out of the engine explains itself.
func TestExplain_knowsEveryCode(t *testing.T) {
	e := engine(t)
	all := slices.Concat(agent.ReasonCodes, []agent.Code{agent.CodeUndecided})
	for code := range e.bundle.sentences {
		all = append(all, code)
	}
	for _, code := range all {
		en, cites, ok := e.Explain(code, "en")
		zh, _, _ := e.Explain(code, "zh")
		if !ok || en == "" || zh == "" || en == zh {
			t.Errorf("Explain(%s) = %q, %q, %v", code, en, zh, ok)
		}
		for _, c := range cites {
			if c.Law == "" || c.Text == "" || c.Status == "" {
				t.Errorf("Explain(%s) cites %+v", code, c)
			}
		}
	}
	if title, cites, ok := e.Explain("use.nothing_known", "en"); ok || title != "" || cites != nil {
		t.Errorf("Explain of an unknown code = %q, %v, %v", title, cites, ok)
	}
	_, cites, _ := e.Explain("use.consent_withdrawn", "zh")
	if len(cites) != 1 || cites[0].Rule != "PIPL-15-1" || cites[0].Article != "15" || cites[0].Law != "中华人民共和国个人信息保护法" {
		t.Errorf("consent_withdrawn cites %+v", cites)
	}
}

// reckoning are the rules of points that are asked anew each time.
var reckoning = []string{"judge.rego", "retain.rego", "rights.rego", "contact.rego", "access.rego"}

// The rules of the points that are remembered may do nothing with an instant
// but compare it with another or with zero, and ask whether it is a number or
// null: then the order of instants alone decides.
func TestRules_onlyCompareTimes(t *testing.T) {
	compare := []string{"lt", "lte", "gt", "gte", "equal", "neq", "eq"}
	isInstant := func(x *ast.Term) bool {
		r, ok := x.Value.(ast.Ref)
		if !ok || !r.HasPrefix(ast.InputRootRef) || len(r) < 2 {
			return false
		}
		last, ok := r[len(r)-1].Value.(ast.String)
		return ok && isTime(string(last))
	}
	isZero := func(x *ast.Term) bool { return x.Equal(ast.InternedTerm(0)) || x.Equal(ast.NullTerm()) }
	found := 0
	for name, m := range parsed(t, false) {
		if slices.Contains(reckoning, name[strings.LastIndexByte(name, '/')+1:]) {
			continue
		}
		allowed := map[*ast.Term]bool{}
		ast.WalkExprs(m, func(x *ast.Expr) bool {
			if !x.IsCall() {
				return false
			}
			args := x.Operands()
			switch op := x.Operator().String(); {
			case op == "is_number" && isInstant(args[0]):
				allowed[args[0]] = true
			case slices.Contains(compare, op) && len(args) == 2:
				for i, a := range args {
					if other := args[1-i]; isInstant(a) && (isInstant(other) || isZero(other)) {
						allowed[a] = true
					}
				}
			}
			return false
		})
		ast.WalkTerms(m, func(x *ast.Term) bool {
			if isInstant(x) {
				found++
				if !allowed[x] {
					t.Errorf("%s: %s is used for more than comparing", x.Location, x)
				}
			}
			return false
		})
		// Nobody may reach an instant by a way that the search above misses.
		ast.WalkRefs(m, func(r ast.Ref) bool {
			if r.HasPrefix(ast.InputRootRef) && (len(r) == 1 || !r.IsGround() || isGroup(r)) {
				t.Errorf("%s: %s could hold an instant", name, r)
			}
			return false
		})
	}
	if found < 20 {
		t.Errorf("%d instants found, want all", found)
	}
}

// isGroup tells references to a whole part of the input that holds instants.
func isGroup(r ast.Ref) bool {
	last, _ := r[len(r)-1].Value.(ast.String)
	switch last {
	case "notice":
		return len(r) == 2 // input.consent.notice is a version
	case "consent", "assessment", "recipient":
		return len(r) == 2
	}
	return false
}
