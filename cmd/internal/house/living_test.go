package house

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
	"github.com/yanmen/yanmen/policy"
)

// What living costs is what the rules in force say: a bundle that is installed
// brings its own table, and one without a table leaves the floor, and what is
// left, unknown.
func TestRules_theirTableIsWhatCapacityIsCheckedBy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "agent")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	config := synthetic.Config("agent-1", "lender-1", "127.0.0.1:0", "") + "policy: {key: rules.pub}\n"
	if err := os.WriteFile(filepath.Join(dir, ConfigFile), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Init(dir, "agent-1", "lender-1", false); err != nil {
		t.Fatal(err)
	}
	private := pin(t, dir)
	c, err := ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	situations := synthetic.Situations(time.Now())
	i := slices.IndexFunc(situations, func(s synthetic.Situation) bool { return s.ID == "demo-02" })
	facts := func(id string) *agent.CapacityFacts {
		t.Helper()
		h, err := OpenConfig(c, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		var doc object
		if err := json.Unmarshal(situations[i].File, &doc); err != nil {
			t.Fatal(err)
		}
		doc["case"].(object)["id"] = id
		b, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		f, err := intake.Parse(b, intake.Options{Now: time.Now().Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		r, err := h.Verify(context.Background(), f)
		if err != nil || r.Facts == nil {
			t.Fatalf("Verify = %v, %v", r, err)
		}
		return &r.Facts.Capacity
	}
	install := func(revision string, change func(path string)) {
		t.Helper()
		rules := filepath.Join(t.TempDir(), "rules")
		if err := policy.Export(rules); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(rules, ".manifest"), fmt.Appendf(nil, `{"revision": %q, "roots": ["yanmen"], "rego_version": 1}`, revision), 0o600); err != nil {
			t.Fatal(err)
		}
		change(filepath.Join(rules, "yanmen", "living", "data.yaml"))
		b, err := policy.Build(rules)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := InstallRules(context.Background(), c, signed(t, b, private), "co-1"); err != nil {
			t.Fatal(err)
		}
	}
	before := facts("living-1")
	floor, ok := before.LivingFloor.Value()
	if !ok || !before.Residual.IsKnown() {
		t.Fatalf("the situation knows no floor: %+v", before)
	}
	install("2099-01-01", func(path string) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, figure := range []string{"first: ", "further: "} { // ten times as dear
			for _, n := range []string{"220000", "180000", "150000", "130000", "110000", "90000"} {
				b = bytes.ReplaceAll(b, []byte(figure+n), []byte(figure+n+"0"))
			}
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	})
	if got := facts("living-2").LivingFloor; got != agent.Known(10*floor) {
		t.Errorf("by the bundle the floor is %v, want %d", got, 10*floor)
	}
	install("2099-01-02", func(path string) {
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
	})
	if got := facts("living-3"); got.LivingFloor.IsKnown() || got.Residual.IsKnown() {
		t.Errorf("by a bundle without a table: %+v", got)
	}
}
