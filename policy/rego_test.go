package policy

import (
	"bytes"
	"context"
	"io/fs"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/util"
)

// regoFiles returns each Rego file of the bundle with its content.
func regoFiles(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(embedded(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".rego") {
			return err
		}
		b, err := fs.ReadFile(embedded(), name)
		out[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// parsed returns the modules of the bundle, with or without Rego tests.
func parsed(t testing.TB, tests bool) map[string]*ast.Module {
	t.Helper()
	out := map[string]*ast.Module{}
	for name, content := range regoFiles(t) {
		if !tests && strings.HasSuffix(name, "_test.rego") {
			continue
		}
		m, err := ast.ParseModuleWithOpts(name, content, ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		out[name] = m
	}
	return out
}

// bundleData returns the data of the bundle.
func bundleData(t testing.TB) map[string]any {
	t.Helper()
	b, err := bundle.NewCustomReader(bundle.NewFSLoaderWithRoot(embedded(), ".")).WithSkipBundleVerification(true).Read()
	if err != nil {
		t.Fatal(err)
	}
	return b.Data
}

func TestRego_isFormatted(t *testing.T) {
	for name, content := range regoFiles(t) {
		got, err := format.SourceWithOpts(name, []byte(content), format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.Equal(got, []byte(content)) {
			t.Errorf("%s is not formatted", name)
		}
		for i, line := range strings.Split(content, "\n") {
			if len([]rune(line)) > 140 && !strings.Contains(line, "# description:") {
				t.Errorf("%s:%d is too long to read", name, i+1)
			}
		}
	}
}

func TestRego_testsPassAndReachEveryRule(t *testing.T) {
	ctx := context.Background()
	store := inmem.NewFromObjectWithOpts(bundleData(t), inmem.OptReturnASTValuesOnRead(true))
	coverage := cover.New()
	modules := parsed(t, true)
	err := storage.Txn(ctx, store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		results, err := tester.NewRunner().
			SetCompiler(ast.NewCompiler().WithCapabilities(testCapabilities()).WithStrict(true)).
			SetStore(store).
			SetModules(modules).
			RaiseBuiltinErrors(true).
			SetCoverageQueryTracer(coverage).
			RunTests(ctx, txn)
		if err != nil {
			return err
		}
		n := 0
		for r := range results {
			if n++; !r.Pass() {
				t.Errorf("%s: %v", r, r.Error)
			}
		}
		if n < 30 {
			t.Errorf("%d Rego tests ran, want all", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range coverage.Report(modules).Files {
		if strings.HasSuffix(name, "_test.rego") {
			continue
		}
		for _, r := range file.NotCovered {
			t.Errorf("%s: lines %d to %d are reached by no Rego test", name, r.Start.Row, r.End.Row)
		}
	}
}

// schemas reads the schema of each point, as `schema.<point>`.
func schemas(t testing.TB) *ast.SchemaSet {
	t.Helper()
	set := ast.NewSchemaSet()
	for name := range schemaOf {
		var schema any
		if err := util.UnmarshalJSON(schemaFile(t, name), &schema); err != nil {
			t.Fatal(err)
		}
		set.Put(ast.MustParseRef("schema."+name), schema)
	}
	return set
}

func typedCompile(t testing.TB, modules map[string]*ast.Module) error {
	t.Helper()
	c := ast.NewCompiler().
		WithCapabilities(capabilities()).
		WithStrict(true).
		WithSchemas(schemas(t)).
		WithUseTypeCheckAnnotations(true)
	if c.Compile(modules); c.Failed() {
		return c.Errors
	}
	return nil
}

func TestRego_compilesTypedBySchema(t *testing.T) {
	if err := typedCompile(t, parsed(t, false)); err != nil {
		t.Fatal(err)
	}
}

func TestRego_misspeltFieldDoesNotCompile(t *testing.T) {
	for name, fields := range map[string][2]string{
		"yanmen/use/use.rego":             {"input.restricted", "input.restrcted"},
		"yanmen/consent/consent.rego":     {"input.consent.expires_at", "input.consent.expire_at"},
		"yanmen/recipient/recipient.rego": {"input.recipient.pools", "input.recipient.pool"},
		"yanmen/judge/judge.rego":         {"input.capacity.residual", "input.capacity.residuals"},
	} {
		modules := parsed(t, false)
		content := regoFiles(t)[name]
		if !strings.Contains(content, fields[0]) {
			t.Fatalf("%s does not read %s", name, fields[0])
		}
		m, err := ast.ParseModuleWithOpts(name, strings.ReplaceAll(content, fields[0], fields[1]),
			ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		modules[name] = m
		if typedCompile(t, modules) == nil {
			t.Errorf("%s compiles with %s", name, fields[1])
		}
	}
}

func TestRego_builtinsAreThoseAllowed(t *testing.T) {
	used := map[string]bool{}
	c := ast.NewCompiler().WithCapabilities(capabilities()).WithStrict(true)
	if c.Compile(parsed(t, false)); c.Failed() {
		t.Fatal(c.Errors)
	}
	note := func(m *ast.Module) {
		ast.WalkRefs(m, func(r ast.Ref) bool {
			used[r.String()] = true
			return false
		})
	}
	for _, m := range parsed(t, false) {
		note(m) // what compilation rewrites: :=, ==, metadata
	}
	for _, m := range c.Modules {
		note(m)
	}
	for _, b := range capabilities().Builtins {
		if b.Nondeterministic {
			t.Errorf("%s is allowed and not deterministic", b.Name)
		}
	}
	for _, call := range []string{`http.send({"method": "get", "url": "x"})`, "time.now_ns()", `rand.intn("x", 5)`,
		"opa.runtime()", `net.lookup_ip_addr("x")`, `uuid.rfc4122("x")`} {
		m, err := ast.ParseModuleWithOpts("x.rego", "package x\np := "+call, ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		if c := ast.NewCompiler().WithCapabilities(capabilities()); true {
			if c.Compile(map[string]*ast.Module{"x.rego": m}); !c.Failed() {
				t.Errorf("%s compiles", call)
			}
		}
	}
	for _, name := range allowedBuiltins {
		if b := ast.BuiltinMap[name]; b == nil {
			t.Errorf("%s is no built-in", name)
		} else if !used[b.Ref().String()] && !used[name] {
			t.Errorf("%s is allowed and not used", name)
		}
	}
}
