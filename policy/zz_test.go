package policy

import (
	"context"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/yanmen/yanmen/agent"
	"os"
	"syscall"
	"testing"
)

func TestZZFormat(t *testing.T) {
	if os.Getenv("FMT") == "" {
		t.Skip()
	}
	for n, c := range regoFiles(t) {
		got, err := format.SourceWithOpts(n, []byte(c), format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Error(err)
			continue
		}
		os.WriteFile("rego/"+n, got, 0644)
	}
}
func cpu() int64 {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return r.Utime.Nano() + r.Stime.Nano()
}
func BenchmarkZZ(b *testing.B) {
	root := embedded()
	if d := os.Getenv("DIR"); d != "" {
		root = os.DirFS(d)
	}
	l, err := load(root)
	if err != nil {
		b.Fatal(err)
	}
	e, err := newEngine(l)
	if err != nil {
		b.Fatal(err)
	}
	g := golden(b)
	ctx := context.Background()
	run := func(n string, f func()) {
		b.Run(n, func(b *testing.B) {
			b.ReportAllocs()
			c := cpu()
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(cpu()-c)/float64(b.N)/1000, "cpu-us/op")
		})
	}
	for _, p := range []string{"application", "overdue"} {
		in := g.base(b, agent.PointJudge, p).(*agent.JudgeInput)
		run("judge-"+p, func() { e.Judge(ctx, in) })
	}
	use := g.base(b, agent.PointUse, "use").(*agent.UseInput)
	disclose := g.base(b, agent.PointDisclose, "disclose").(*agent.DiscloseInput)
	run("use", func() { e.memory.young, e.memory.old = nil, nil; e.Use(ctx, use) })
	run("disclose", func() { e.memory.young, e.memory.old = nil, nil; e.Disclose(ctx, disclose) })
	run("use-mem", func() { e.Use(ctx, use) })
	run("disclose-mem", func() { e.Disclose(ctx, disclose) })
}
