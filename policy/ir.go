package policy

import (
	"context"
	"errors"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/rego"
)

// The library's planner turns a query into an intermediate representation:
// functions of straight statements over numbered locals, with blocks in them
// that end early where something is undefined. A program is such a plan made
// ready to run; docs/design/rules-from-ir.md says why.

// A program answers one point. It is immutable and safe for concurrent use.
type program struct {
	code      [][]step // the blocks of the query
	functions []function
	constants []value
	extras    []extra
	locals    int // of the query
	room      int // locals of the deepest chain of calls
	machines  sync.Pool
}

// A function is one rule, or all rules of one name.
type function struct {
	blocks [][]step
	params []int // locals, without input and data; a function of none is asked once in a run
	locals int
	depth  int // locals of its deepest chain of calls, its own included
	calls  map[int]bool
}

type opcode uint8

const (
	opMove opcode = iota
	opReset
	opDot       // to = a[b], or end the block
	opEqual     // or end the block, as all tests do
	opDiffer    //
	opDefined   // a, a local
	opUndefined // a, a local
	opIsArray   //
	opIsObject  //
	opIsSet     //
	opOnce      // to = a; it is a conflict if to is already another value
	opBlock     // bodies, one after the other
	opBreak     // out of n blocks besides this one
	opNot       // the body must not come to its end
	opScan      // the body, for each key and value of a
	opCall      // to = functions[n](args)
	opBuiltin   // to = builtin(a, b)
	opMakeArray // to = an array with room for n
	opMakeObject
	opMakeSet
	opAppend // a to the array to
	opInsert // b under the text a into the object to
	opAdd    // a to the set to
	opReturn // a, a local
	opResult // a, a local, is a result of the query
)

// A step is an instruction as it is run. A decision runs some two thousand, each
// few times, and between two decisions of one point the processor has long
// forgotten them: how soon they are read again is most of what they cost. So they
// are small and lie in the order in which they run.
type step struct {
	op   opcode
	a, b int32 // a local; if negative, the constant ^a
	to   int32
	key  int32 // of opScan; its value goes to to
	n    int32
	more int32 // the extra of those that have one
}

// An extra is what few steps need.
type extra struct {
	args    []int32 // as a and b
	bodies  [][]step
	builtin builtin
}

// An operand is a constant, or if nil a local.
type operand struct {
	constant *value
	local    int32
}

// An instruction is a step as it is translated.
type instruction struct {
	op      opcode
	a, b    operand
	to      int32
	key     int32
	n       int
	args    []operand
	bodies  [][]instruction
	builtin builtin
}

// errUnsupported says that a plan has a part that programs have none for. Its
// point is then interpreted.
var errUnsupported = errors.New("plan rules: a statement is not supported")

const planTarget = "yanmen/plan"

// planner is a target of the library that hands the plan over and runs nothing.
type planner struct{}

type planKey struct{}

func (planner) IsTarget(name string) bool { return name == planTarget }

func (planner) PrepareForEval(ctx context.Context, plan *ir.Policy, _ ...rego.PrepareOption) (rego.TargetPluginEval, error) {
	*ctx.Value(planKey{}).(**ir.Policy) = plan
	return nil, nil
}

// The library looks targets up in a list that only a start may write.
func init() { rego.RegisterPlugin(planTarget, planner{}) }

// newProgram plans a query over compiled rules. Data are constants of it.
func newProgram(b *loaded, query string) (*program, error) {
	var plan *ir.Policy
	_, err := rego.New(
		rego.Query(query),
		rego.Compiler(b.lib.compiler),
		rego.Store(b.lib.store),
		rego.Capabilities(capabilities()),
		rego.EvalMode(ast.EvalModeTopdown), // of the compiler, which the interpreter shares
		rego.Target(planTarget),
	).PrepareForEval(context.WithValue(context.Background(), planKey{}, &plan))
	if err != nil || plan == nil {
		return nil, errors.New("plan rules: they cannot be planned")
	}
	return translate(plan, &b.data)
}
