package policy

import (
	"context"
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

func TestReadBook_tellsEveryCodeAndArticle(t *testing.T) {
	e := engine(t)
	b, err := ReadBook(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	told, ours := map[agent.Code]CodeEntry{}, map[string]bool{}
	for _, p := range own {
		ours[p.name] = true // given by no rule
	}
	for _, p := range b.Points {
		if p.Title == "" || p.Asks == "" {
			t.Errorf("%s has no title or question", p.Name)
		}
		for _, c := range p.Codes {
			if _, twice := told[agent.Code(c.Code)]; twice {
				t.Errorf("%s is told twice", c.Code)
			}
			told[agent.Code(c.Code)] = c
			if c.Kind == "denial" && !ours[p.Name] && (c.Line == 0 || c.Description == "") {
				t.Errorf("%s has no place or description", c.Code)
			}
		}
	}
	for code := range e.bundle.sentences {
		if _, ok := told[code]; !ok {
			t.Errorf("%s is not told", code)
		}
	}
	if len(told) != len(e.bundle.sentences) {
		t.Errorf("%d codes told of %d", len(told), len(e.bundle.sentences))
	}
	if len(b.Articles) != len(e.bundle.register.Rules) {
		t.Errorf("%d articles told of %d", len(b.Articles), len(e.bundle.register.Rules))
	}
	if b.Covered != b.Lines || b.Lines < 500 {
		t.Errorf("%d of %d lines covered", b.Covered, b.Lines)
	}
	if !slices.ContainsFunc(b.Figures, func(f Figure) bool { return f.Path == "judge.lines.debt_service_bp" && f.Value == "5500" }) {
		t.Error("a figure is missing")
	}
	if !slices.ContainsFunc(b.Figures, func(f Figure) bool { return f.Path == "yanmen.yaml.reask_block_days" && f.Value == "30" }) {
		t.Error("the figure of the configuration is missing")
	}
}
