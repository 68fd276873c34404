//go:build interop

package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// stock builds the opa command from its own module.
func stock(t *testing.T) func(args ...string) []byte {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "opa")
	if out, err := exec.Command("go", "build", "-C", filepath.Join("..", "tools"), "-o", bin, "github.com/open-policy-agent/opa").CombinedOutput(); err != nil {
		t.Fatalf("build opa: %v\n%s", err, out)
	}
	return func(args ...string) []byte {
		t.Helper()
		var errs bytes.Buffer
		c := exec.Command(bin, args...)
		c.Stderr = &errs
		out, err := c.Output()
		if err != nil {
			t.Fatalf("opa %s: %v\n%s%s", strings.Join(args, " "), err, out, errs.String())
		}
		return out
	}
}

// The exported bundle is an ordinary one: the stock command tests it, inspects it,
// signs and verifies it, and decides every golden input as the engine does.
func TestBundle_stockCommandDecidesTheSame(t *testing.T) {
	opa, dir := stock(t), t.TempDir()
	rules, archive := filepath.Join(dir, "rules"), filepath.Join(dir, "rules.tar.gz")
	if err := Export(rules); err != nil {
		t.Fatal(err)
	}
	b, err := Build(rules)
	if err != nil {
		t.Fatal(err)
	}
	private, public := keys(t)
	signed := sign(t, b, private)
	for name, content := range map[string][]byte{archive: b, filepath.Join(dir, "key.pem"): private, filepath.Join(dir, "pub.pem"): []byte(public.pem),
		filepath.Join(dir, "signed.tar.gz"): signed} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opa("check", "--strict", "--bundle", rules)
	opa("test", "--bundle", rules)
	opa("test", "--bundle", archive)
	var inspected struct {
		Manifest struct {
			Revision string   `json:"revision"`
			Roots    []string `json:"roots"`
		} `json:"manifest"`
	}
	if err := json.Unmarshal(opa("inspect", "--format", "json", archive), &inspected); err != nil || inspected.Manifest.Revision != engine(t).Revision() {
		t.Errorf("opa inspect says %+v, %v", inspected, err)
	}

	// Our signature, read by them; theirs, read by us.
	opa("build", "--bundle", "--verification-key", filepath.Join(dir, "pub.pem"), "--verification-key-id", public.ID(),
		"--signing-alg", "ES256", "--output", filepath.Join(dir, "again.tar.gz"), filepath.Join(dir, "signed.tar.gz"))
	claims := filepath.Join(dir, "claims.json")
	if err := os.WriteFile(claims, []byte(`{"keyid": "`+public.ID()+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	opa("sign", "--signing-key", filepath.Join(dir, "key.pem"), "--signing-alg", "ES256", "--claims-file", claims, "--output-file-path", rules, "--bundle", archive)
	files, err := filesOf(os.DirFS(rules))
	if err != nil {
		t.Fatal(err)
	}
	if err := files.verify(public); err != nil {
		t.Errorf("a bundle that opa signed: %v", err)
	}

	e, g := engine(t), golden(t)
	byPoint := map[string][]any{}
	want := map[string][]any{}
	for _, c := range g.Cases {
		in := door(g.input(t, c))
		plain, err := ast.JSON(in)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := ast.JSON(e.evaluate(context.Background(), c.Point, in))
		if err != nil {
			t.Fatal(err)
		}
		byPoint[c.Point] = append(byPoint[c.Point], plain)
		want[c.Point] = append(want[c.Point], map[string]any{"name": c.Name, "decision": answer})
	}
	asked := 0
	for point, inputs := range byPoint {
		var named []any
		for i, in := range inputs {
			named = append(named, map[string]any{"name": want[point][i].(map[string]any)["name"], "input": in})
		}
		text, err := json.Marshal(map[string]any{"cases": named})
		if err != nil {
			t.Fatal(err)
		}
		cases := filepath.Join(dir, "cases.json")
		if err := os.WriteFile(cases, text, 0o600); err != nil {
			t.Fatal(err)
		}
		query := `[{"name": c.name, "decision": d} | some c in data.cases; i := c.input; d := data.yanmen.` + point + `.decision with input as i]`
		var got struct {
			Result []struct {
				Expressions []struct{ Value []any }
			}
		}
		if err := json.Unmarshal(opa("eval", "--strict-builtin-errors", "--bundle", archive, "--data", cases, query), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Result) != 1 || len(got.Result[0].Expressions) != 1 || len(got.Result[0].Expressions[0].Value) != len(inputs) {
			t.Fatalf("%s: opa has no answer to some of %d inputs", point, len(inputs))
		}
		for i, theirs := range got.Result[0].Expressions[0].Value {
			a, err := json.Marshal(theirs)
			if err != nil {
				t.Fatal(err)
			}
			ours, err := json.Marshal(want[point][i])
			if err != nil {
				t.Fatal(err)
			}
			if asked++; !bytes.Equal(a, ours) {
				t.Errorf("%s: opa says\n%s\nthe engine\n%s", point, a, ours)
			}
		}
	}
	if asked != len(g.Cases) {
		t.Errorf("%d of %d golden inputs asked", asked, len(g.Cases))
	}
}
