package policy

import (
	"cmp"
	"math"
	"math/bits"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// A builtin answers for two operands (for one, both are it); the answer may be
// nothing. False says that the operands are an error.
type builtin func(m *machine, a, b *value) (value, bool)

// builtinOf returns a built-in and its arity, or nil if programs have none.
// Those below take the ordinary operands themselves and leave all others, and
// so all that could be an error, to the library.
func builtinOf(name string) (builtin, int) {
	theirs := topdown.GetBuiltin(name)
	known := ast.BuiltinMap[name]
	if theirs == nil || known == nil {
		return nil, 0
	}
	arity := known.Decl.Arity()
	if arity < 1 || arity > 2 {
		return nil, 0
	}
	library := func(m *machine, a, b *value) (value, bool) { return askLibrary(m, theirs, arity, a, b) }
	// ints answers for whole numbers.
	ints := func(f func(x, y int64) (int64, bool)) builtin {
		return func(m *machine, a, b *value) (value, bool) {
			if a.kind == isWhole && b.kind == isWhole {
				if n, ok := f(a.n, b.n); ok {
					return whole(n), true
				}
			}
			return library(m, a, b)
		}
	}
	// extreme answers for lists of whole numbers.
	extreme := func(better func(x, y int64) bool) builtin {
		return func(m *machine, a, b *value) (value, bool) {
			if a.kind != isList || len(a.box.items) == 0 {
				return library(m, a, b)
			}
			best := &a.box.items[0]
			for i := range a.box.items {
				v := &a.box.items[i]
				if v.kind != isWhole {
					return library(m, a, b)
				}
				if better(v.n, best.n) {
					best = v
				}
			}
			return *best, m.spend(len(a.box.items) / 8)
		}
	}
	order := func(holds func(sign int) bool) builtin {
		return func(_ *machine, a, b *value) (value, bool) { return boolean(holds(a.compare(b))), true }
	}
	switch name {
	case "gt":
		return order(func(sign int) bool { return sign > 0 }), arity
	case "gte":
		return order(func(sign int) bool { return sign >= 0 }), arity
	case "lt":
		return order(func(sign int) bool { return sign < 0 }), arity
	case "lte":
		return order(func(sign int) bool { return sign <= 0 }), arity
	case "equal":
		return func(_ *machine, a, b *value) (value, bool) { return boolean(a.equal(b)), true }, arity
	case "neq":
		return func(_ *machine, a, b *value) (value, bool) { return boolean(!a.equal(b)), true }, arity
	case "is_number":
		return func(_ *machine, a, _ *value) (value, bool) {
			number := a.kind == isWhole
			if a.kind == isTerm {
				_, number = a.box.term.Value.(ast.Number)
			}
			return boolean(number), true
		}, arity
	case "internal.member_2":
		return func(m *machine, a, b *value) (value, bool) {
			switch {
			case b.kind < isList:
				return no, true
			case b.kind != isList:
				return library(m, a, b)
			}
			ok := m.spend(len(b.box.items) / 8)
			for i := range b.box.items {
				if a.equal(&b.box.items[i]) {
					return yes, ok
				}
			}
			return no, ok
		}, arity
	case "count":
		return func(m *machine, a, b *value) (value, bool) {
			if a.kind == isList {
				return whole(int64(len(a.box.items))), true
			}
			return library(m, a, b)
		}, arity
	case "min":
		return extreme(func(x, y int64) bool { return x < y }), arity
	case "max":
		return extreme(func(x, y int64) bool { return x > y }), arity
	case "plus":
		return ints(add), arity
	case "minus":
		return ints(func(x, y int64) (int64, bool) {
			if y == math.MinInt64 {
				return 0, false
			}
			return add(x, -y)
		}), arity
	case "mul":
		return ints(multiply), arity
	case "div":
		return ints(func(x, y int64) (int64, bool) {
			// The library writes the quotient 0 as a float may be, -0.
			if x == 0 || y == 0 || x == math.MinInt64 {
				return 0, false
			}
			return x / y, x%y == 0
		}), arity
	case "rem":
		return ints(func(x, y int64) (int64, bool) {
			if y == 0 {
				return 0, false
			}
			return x % y, true
		}), arity
	}
	return library, arity
}

func add(x, y int64) (int64, bool) {
	sum := x + y
	return sum, (sum > x) == (y > 0)
}

func multiply(x, y int64) (int64, bool) {
	if x == math.MinInt64 || y == math.MinInt64 {
		return 0, false
	}
	high, low := bits.Mul64(uint64(max(x, -x)), uint64(max(y, -y)))
	if high != 0 || low > math.MaxInt64 {
		return 0, false
	}
	return int64(low) * int64(cmp.Compare(x, 0)*cmp.Compare(y, 0)), true
}

// askLibrary lets the library answer.
func askLibrary(m *machine, f topdown.BuiltinFunc, arity int, a, b *value) (answer value, ok bool) {
	operands := make([]*ast.Term, 0, 2)
	operands = append(operands, a.term())
	if arity == 2 {
		operands = append(operands, b.term())
	}
	err := f(topdown.BuiltinContext{Context: m.ctx}, operands, func(t *ast.Term) error {
		answer = native(t)
		return nil
	})
	return answer, err == nil && m.spend(checkEvery/16)
}
