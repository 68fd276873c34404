package policy

import (
	"context"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// BenchmarkEngine measures each point: asked of the rules, and remembered.
func BenchmarkEngine(b *testing.B) {
	e, g := engine(b), golden(b)
	ctx := context.Background()
	collect := g.base(b, agent.PointCollect, "collect").(*agent.CollectInput)
	use := g.base(b, agent.PointUse, "use").(*agent.UseInput)
	disclose := g.base(b, agent.PointDisclose, "disclose").(*agent.DiscloseInput)
	for name, ask := range map[string]func(){
		"collect/rules":   func() { e.memory.young, e.memory.old = nil, nil; e.Collect(ctx, collect) },
		"use/rules":       func() { e.memory.young, e.memory.old = nil, nil; e.Use(ctx, use) },
		"disclose/rules":  func() { e.memory.young, e.memory.old = nil, nil; e.Disclose(ctx, disclose) },
		"collect/memory":  func() { e.Collect(ctx, collect) },
		"use/memory":      func() { e.Use(ctx, use) },
		"disclose/memory": func() { e.Disclose(ctx, disclose) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
	for _, base := range []string{"application", "overdue"} {
		in := g.base(b, agent.PointJudge, base).(*agent.JudgeInput)
		b.Run("judge/"+base, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !e.Judge(ctx, in).Allow {
					b.Fatal("denied")
				}
			}
		})
		b.Run("judge-input/"+base, func(b *testing.B) {
			b.ReportAllocs()
			var a arena
			for b.Loop() {
				judgeInput(&a, in)
				a.reset()
			}
		})
	}
}

// BenchmarkNew is what the rules cost at start.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(); err != nil {
			b.Fatal(err)
		}
	}
}
