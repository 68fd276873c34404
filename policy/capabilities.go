package policy

import (
	"errors"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// allowedBuiltins is all that rules may call. It is a list of what is allowed,
// so that a built-in of a later library version stays out until someone has
// read it. None knows the time, the network, randomness or the host.
var allowedBuiltins = []string{
	"assign", "count", "div", "eq", "equal", "gt", "gte", "internal.member_2",
	"is_number", "lt", "lte", "max", "min", "minus", "mul", "neq", "plus",
	"rego.metadata.rule", "rem", "sum",
}

// testBuiltins are what Rego tests may call besides. The tester itself adds calls
// to what is internal; of that, nothing that makes long texts of short ones.
var testBuiltins = []string{"internal.print", "internal.test_case", "json.patch", "object.union"}

// capabilities returns what rules are compiled with. No host may be reached.
func capabilities() *ast.Capabilities {
	return capabilitiesOf(func(name string) bool { return slices.Contains(allowedBuiltins, name) })
}

// testCapabilities returns what rules are compiled with beside their tests.
func testCapabilities() *ast.Capabilities {
	return capabilitiesOf(func(name string) bool {
		return slices.Contains(allowedBuiltins, name) || slices.Contains(testBuiltins, name)
	})
}

func capabilitiesOf(allowed func(name string) bool) *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(slices.Clone(c.Builtins), func(b *ast.Builtin) bool { return !allowed(b.Name) })
	c.AllowNet = []string{}
	return c
}

// longestNumber is how many characters an operand of arithmetic may have: more
// than any sum of money has, and few enough that no chain of products takes long.
const longestNumber = 64

var errLongNumber = errors.New("a number is too long")

// The library multiplies numbers of any length, and looks at no clock while it
// does: squaring thirty times would keep a machine for days. Its list of built-ins
// may only be written at a start.
func init() {
	for _, name := range []string{"plus", "minus", "mul", "div", "rem"} {
		ask := topdown.GetBuiltin(name)
		topdown.RegisterBuiltinFunc(name, func(c topdown.BuiltinContext, operands []*ast.Term, yield func(*ast.Term) error) error {
			for _, o := range operands {
				if n, ok := o.Value.(ast.Number); ok && len(n) > longestNumber {
					return errLongNumber
				}
			}
			return ask(c, operands, yield)
		})
	}
}
