package policy

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// A library is what the interpreter needs of a bundle.
type library struct {
	compiler *ast.Compiler
	store    storage.Store
	// reading is a read transaction on the store that is never ended: nothing
	// is ever written, so one serves all evaluations.
	reading storage.Transaction
	points  map[string]rego.PreparedEvalQuery // nil before prepare
}

// compile makes a library of parsed rules, and puts data into them as constants.
// It changes the modules and returns them by path.
func compile(b *bundle.Bundle, data ast.Value) (*library, map[string]*ast.Module, error) {
	modules := make(map[string]*ast.Module, len(b.Modules))
	for _, m := range b.Modules {
		if !testOnlyUnfolded {
			if err := fold(m.Parsed, data); err != nil {
				return nil, nil, refuse(codeRules, m.Path)
			}
		}
		modules[m.Path] = m.Parsed
	}
	compiler := ast.NewCompiler().
		WithCapabilities(capabilities()).
		WithStrict(true).
		WithDefaultRegoVersion(ast.RegoV1)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, nil, refuse(codeRules, placeOf(compiler.Errors))
	}
	lib := &library{
		compiler: compiler,
		store: inmem.NewFromObjectWithOpts(b.Data,
			inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true)),
	}
	var err error
	if lib.reading, err = lib.store.NewTransaction(context.Background()); err != nil {
		return nil, nil, refuse(codeRules, "")
	}
	return lib, modules, nil
}

// prepare makes the interpreter ready to answer the query of each point.
func (lib *library) prepare(queries map[string]string) error {
	prepared := map[string]rego.PreparedEvalQuery{}
	for point, query := range queries {
		q, err := rego.New(
			rego.Query(query),
			rego.Compiler(lib.compiler),
			rego.Store(lib.store),
			rego.Capabilities(capabilities()),
			rego.StrictBuiltinErrors(true),
			rego.GenerateJSON(func(t *ast.Term, _ *rego.EvalContext) (any, error) { return t.Value, nil }),
		).PrepareForEval(context.Background())
		if err != nil {
			return refuse(codeRules, "")
		}
		prepared[point] = q
	}
	lib.points = prepared
	return nil
}

// library returns what the interpreter needs, or nil if it cannot be made.
//
// Where every point has a program, the interpreter is asked next to never, and
// the compiled rules are most of what a garbage collection would have to visit.
// They are let go when the programs are made. Who needs them waits until they
// are compiled again, some hundred milliseconds; from then on they stay.
func (e *Engine) library() *library {
	if lib := e.lib.Load(); lib != nil {
		return lib
	}
	e.compiling.Lock()
	defer e.compiling.Unlock()
	if lib := e.lib.Load(); lib != nil {
		return lib
	}
	b, err := readTree(e.bundle.files, capabilities(), false)
	if err != nil {
		return nil // unreachable: the same files were read before
	}
	data, err := ast.InterfaceToValue(b.Data)
	if err != nil {
		return nil
	}
	lib, _, err := compile(b, data)
	if err != nil || lib.prepare(e.queries) != nil {
		return nil
	}
	e.lib.Store(lib)
	return lib
}
