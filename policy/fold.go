package policy

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// fold replaces each reference of a module to a constant of the bundle's data
// by the constant. Data of a bundle never change while it is loaded, so this
// changes no answer (a test compares); it spares rules a walk through the tree
// of data, which costs more than most of what they compute.
func fold(m *ast.Module, data ast.Value) error {
	_, err := ast.TransformRefs(m, func(r ast.Ref) (ast.Value, error) {
		if len(r) < 3 || !r[0].Equal(ast.DefaultRootDocument) || !r.IsGround() {
			return r, nil
		}
		v, err := data.Find(r[1:])
		if err != nil {
			return r, nil // names a rule, or data that are not there
		}
		if _, tree := v.(ast.Object); tree {
			return r, nil // may be a folder that rules live in too
		}
		return v, nil
	})
	return err
}
