package house

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/policy"
)

// officer makes an agent's folder with a pinned key, and returns what signs.
func officer(t *testing.T) (c *Config, private []byte) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "agent")
	if _, err := Init(dir, "agent-1", "lender-1", false); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, ConfigFile), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("policy: {key: rules.pub}\n"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	private = pin(t, dir)
	if c, err = ReadConfig(dir); err != nil {
		t.Fatal(err)
	}
	return c, private
}

func pin(t *testing.T, dir string) (private []byte) {
	t.Helper()
	private, public, err := policy.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "rules.pub"), public, 0o600); err != nil {
		t.Fatal(err)
	}
	return private
}

// bundle returns the rules that are built in under another revision.
func bundle(t *testing.T, revision string) []byte {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "rules")
	if err := policy.Export(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".manifest"), []byte(`{"revision": "`+revision+`", "roots": ["yanmen"], "rego_version": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := policy.Build(dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func signed(t *testing.T, b, private []byte) []byte {
	t.Helper()
	b, err := policy.Sign(b, private)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// opened opens the house and returns its rules and how many installs its journal has.
func opened(t *testing.T, c *Config) (RulesStatus, int64) {
	t.Helper()
	h, err := OpenConfig(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	r, err := h.VerifyJournal(context.Background())
	if err != nil || !r.OK() {
		t.Fatalf("journal: %+v %v", r, err)
	}
	return h.RulesStatus(), int64(r.Kinds["rules.install"])
}

func TestRules_areInTheJournalBeforeTheyAreInForce(t *testing.T) {
	c, private := officer(t)
	r, err := InstallRules(context.Background(), c, signed(t, bundle(t, "2099-01-01"), private), "co-1")
	if err != nil {
		t.Fatal(err)
	}
	// Whoever has no store open cannot journal: the old rules are in force.
	if _, s, err := InForce(c); err != nil || s.Bundle != "" {
		t.Errorf("in force before the journal knows: %+v %v", s, err)
	}
	if s, n := opened(t, c); s.Revision != r.Revision || s.Digest != r.Digest || n != 1 {
		t.Errorf("opened: %+v, %d in the journal", s, n)
	}
	if _, n := opened(t, c); n != 1 {
		t.Errorf("opened again: %d in the journal", n)
	}
	// Killed after the journal and before the shelf: said twice, in force all the same.
	if err := os.Remove(filepath.Join(c.Dir(), rulesDir, "taken")); err != nil {
		t.Fatal(err)
	}
	if s, n := opened(t, c); s.Revision != r.Revision || n != 2 {
		t.Errorf("opened after a loss: %+v, %d in the journal", s, n)
	}
}

func TestRules_damagedBundleLeavesTheOneBefore(t *testing.T) {
	c, private := officer(t)
	for _, revision := range []string{"2099-01-01", "2099-01-02"} {
		if _, err := InstallRules(context.Background(), c, signed(t, bundle(t, revision), private), "co-1"); err != nil {
			t.Fatal(err)
		}
	}
	whole, _ := opened(t, c)
	path := filepath.Join(c.Dir(), rulesDir, "bundles", whole.Bundle+".tar.gz")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, _ := opened(t, c); !s.Damaged || s.Revision != "2099-01-01" || !strings.Contains(s.String(), "damaged") {
		t.Errorf("with a damaged bundle: %+v", s)
	}
}

func TestRules_anotherKeyMaySignTheSameRules(t *testing.T) {
	c, private := officer(t)
	b := bundle(t, "2099-01-01")
	if _, err := InstallRules(context.Background(), c, signed(t, b, private), "co-1"); err != nil {
		t.Fatal(err)
	}
	opened(t, c)
	fresh := pin(t, c.Dir())
	if s, _ := opened(t, c); !s.Damaged || s.Bundle != "" {
		t.Errorf("rules that the pinned key did not sign: %+v", s)
	}
	if _, err := InstallRules(context.Background(), c, signed(t, b, fresh), "co-1"); err != nil {
		t.Fatal(err)
	}
	if s, _ := opened(t, c); s.Damaged || s.Revision != "2099-01-01" {
		t.Errorf("signed anew: %+v", s)
	}
}
