//go:build interop

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/sync/platform"
	"github.com/yanmen/yanmen/sync/wire"
)

// Every verdict of the demonstration verifies with a JOSE library that shares no
// code with this one, against the keys that the agent exported.
func TestVerdict_verifiesInAnotherLanguage(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"demo", "--keep", "--lang", "en"}, &out, &errs); code != exitOK {
		t.Fatalf("demo ended with %d: %s", code, errs.Bytes())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	dir := lines[len(lines)-1]
	tokens := 0
	_, err := platform.ReadLedger(filepath.Join(dir, "hub", ledgerDir), 0, func(r platform.Received) error {
		if r.Kind != wire.KindVerdict || len(r.Token) == 0 {
			return nil
		}
		tokens++
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, r.Token, 0o600); err != nil {
			return err
		}
		got, err := exec.Command("node", filepath.Join("..", "..", "sync", "wire", "interop", "verify.mjs"), file,
			filepath.Join(dir, "agent", house.EnrolmentFile), "verdict+jwt").CombinedOutput()
		if err != nil {
			t.Errorf("number %d does not verify: %s", r.Seq, got)
			return nil
		}
		if want, err := wire.Verdict(r.Verdict); err != nil || !bytes.Equal(got, want) {
			t.Errorf("number %d: the other library reads other bytes", r.Seq)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if tokens < 8 {
		t.Errorf("verified %d verdicts, want those of the demonstration", tokens)
	}
}
