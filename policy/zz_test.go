package policy
import ("testing";"os";"github.com/open-policy-agent/opa/v1/format";"github.com/open-policy-agent/opa/v1/ast";"context";"github.com/yanmen/yanmen/agent";
"github.com/open-policy-agent/opa/v1/rego")
func TestZZFormat(t *testing.T){
 if os.Getenv("FMT")=="" {t.Skip()}
 for n,c := range regoFiles(t) {
  got,err:=format.SourceWithOpts(n,[]byte(c),format.Opts{RegoVersion: ast.RegoV1})
  if err!=nil {t.Error(err);continue}
  os.WriteFile("rego/"+n,got,0644)
 }}
func BenchmarkZZPartial(b *testing.B){
	e:=engine(b)
	g:=golden(b)
	q, err := rego.New(
			rego.Query("data.yanmen.judge.decision"),
			rego.Compiler(e.bundle.compiler),
			rego.Store(e.bundle.store),
			rego.Capabilities(e.bundle.capabilities),
			rego.StrictBuiltinErrors(true),
			rego.GenerateJSON(func(t *ast.Term, _ *rego.EvalContext) (any, error) { return t.Value, nil }),
		).PrepareForEval(context.Background(), rego.WithPartialEval())
	if err!=nil {b.Fatal(err)}
	in := judgeValue(g.base(b, agent.PointJudge, "application").(*agent.JudgeInput))
	b.Run("x",func(b *testing.B){
	b.ReportAllocs()
	for b.Loop(){
		rs,err:=q.Eval(context.Background(), rego.EvalParsedInput(in))
		if err!=nil||len(rs)!=1 {b.Fatal(err,rs)}
	}})
}
