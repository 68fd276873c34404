package scenario

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// The library decodes an alias inside of an anchor to nothing, without an error,
// and nothing means "not known" here. So its tree is read by hand.

// decode returns the one document as maps, lists, texts, numbers (uint64, int64),
// truths and nil. Errors name a line and quote nothing.
func decode(content []byte) (any, error) {
	f, err := parser.ParseBytes(content, 0)
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil && e.GetToken().Position != nil {
		return nil, fmt.Errorf("not YAML, or a key that stands twice, at line %d", e.GetToken().Position.Line)
	}
	if err != nil || len(f.Docs) != 1 || f.Docs[0].Body == nil {
		return nil, errors.New("not one YAML document")
	}
	return (&tree{anchors: map[string]any{}}).value(f.Docs[0].Body)
}

type tree struct {
	anchors map[string]any
	nodes   int
}

// maxNodes bounds what aliases can make of a small file.
const maxNodes = 1 << 20

func (t *tree) value(n ast.Node) (any, error) {
	if t.nodes++; t.nodes > maxNodes {
		return nil, errors.New("too large")
	}
	at := func(what string) error {
		if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
			return fmt.Errorf("%s at line %d", what, n.GetToken().Position.Line)
		}
		return errors.New(what)
	}
	switch n := n.(type) {
	case *ast.AnchorNode:
		v, err := t.value(n.Value)
		t.anchors[n.Name.GetToken().Value] = v
		return v, err
	case *ast.AliasNode:
		v, ok := t.anchors[n.Value.GetToken().Value]
		if !ok {
			return nil, at("an alias without its anchor")
		}
		return v, nil
	case ast.MapNode:
		own, merged := map[string]any{}, map[string]any{}
		for i := n.MapRange(); i.Next(); {
			v, err := t.value(i.Value())
			if err != nil {
				return nil, err
			}
			if i.Key().IsMergeKey() {
				m, ok := v.(map[string]any)
				if !ok {
					return nil, at("<< without a map")
				}
				for k, v := range m {
					merged[k] = v
				}
				continue
			}
			k := i.Key().GetToken().Value
			if _, twice := own[k]; twice {
				return nil, at("a key that stands twice in the map")
			}
			own[k] = v
		}
		for k, v := range own { // its own keys come before merged ones
			merged[k] = v
		}
		return merged, nil
	case *ast.SequenceNode:
		list := make([]any, 0, len(n.Values))
		for _, item := range n.Values {
			v, err := t.value(item)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case *ast.LiteralNode:
		return n.Value.Value, nil
	case *ast.StringNode, *ast.IntegerNode, *ast.BoolNode, *ast.NullNode, *ast.FloatNode:
		return n.(ast.ScalarNode).GetValue(), nil
	}
	return nil, at("a kind of value that scenarios have no use for")
}
