package platform_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/yanmen/yanmen/sync/platform"
	"github.com/yanmen/yanmen/sync/platform/ledgertest"
)

func TestFileLedger_keepsTheContract(t *testing.T) {
	ledgertest.TestLedger(t, func(t *testing.T) ledgertest.Open {
		dir := t.TempDir()
		return func(t *testing.T) (platform.Ledger, func() error) {
			l, err := platform.OpenLedger(dir)
			if err != nil {
				t.Fatal(err)
			}
			return l, l.Close
		}
	})
}

func openLedger(t testing.TB, dir string) *platform.FileLedger {
	t.Helper()
	l, err := platform.OpenLedger(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestFileLedger_isOpenOnce(t *testing.T) {
	dir := t.TempDir()
	l := openLedger(t, dir)
	if _, err := platform.OpenLedger(dir); !errors.Is(err, platform.ErrLedgerLocked) {
		t.Errorf("second: %v, want ErrLedgerLocked", err)
	}
	l.Close()
	openLedger(t, dir)
}

// A write that was cut short anywhere leaves the items before it, and the ledger
// goes on from there.
func TestFileLedger_survivesAWriteCutShort(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	l := openLedger(t, dir)
	c := ledgertest.NewChain("agent-1")
	a, b := c.Verdict(1), c.Verdict(2)
	e, d := c.Erased(1), c.Verdict(3)
	if err := l.Accept(ctx, []platform.Received{a, b}); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(dir, "ledger.ndjson"))
	if err := l.Accept(ctx, []platform.Received{e, d}); err != nil {
		t.Fatal(err)
	}
	after, _ := os.ReadFile(filepath.Join(dir, "ledger.ndjson"))
	l.Close()
	for cut := len(before); cut <= len(after); cut += 9 {
		dir := t.TempDir()
		// The erasure may not have reached the disk when the crash came.
		text := append(bytes.Clone(before), after[len(before):cut]...)
		if err := os.WriteFile(filepath.Join(dir, "ledger.ndjson"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := platform.OpenLedger(dir)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		seq, _, err := l.Head(ctx, "agent-1")
		if err != nil || seq < 2 {
			t.Fatalf("cut at %d: head %d, %v", cut, seq, err)
		}
		rest := []platform.Received{a, b, e, d}[seq:]
		if err := l.Accept(ctx, rest); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		l.Close()
		got, _ := os.ReadFile(filepath.Join(dir, "ledger.ndjson"))
		if !bytes.Equal(got, after) {
			t.Fatalf("cut at %d: the file went on otherwise", cut)
		}
	}
}

func TestFileLedger_overwritesWhatIsErased(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	l := openLedger(t, dir)
	c := ledgertest.NewChain("agent-1")
	a, b, a2, w := c.Verdict(1), c.Verdict(2), c.Verdict(1), c.Verdict(3)
	if err := l.Accept(ctx, []platform.Received{a, b, a2, w}); err != nil {
		t.Fatal(err)
	}
	if err := l.Accept(ctx, []platform.Received{c.Erased(1), ledgertest.Withdraw(w)}); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "ledger.ndjson"))
	for name, r := range map[string]platform.Received{"a": a, "a2": a2, "w": w} {
		if bytes.Contains(text, r.Token) || bytes.Contains(text, r.Token[100:400]) {
			t.Errorf("the token of %s is still there", name)
		}
	}
	if !bytes.Contains(text, b.Token) {
		t.Error("the token of another subject is gone")
	}
	var got []platform.Received
	next, err := platform.ReadLedger(dir, 0, func(r platform.Received) error { got = append(got, r); return nil })
	if err != nil || next != int64(len(text)) || len(got) != 6 {
		t.Fatalf("ReadLedger: %d items to %d, %v", len(got), next, err)
	}
	for i, r := range got {
		erased := i == 0 || i == 2 || i == 3
		if erased != (r.Token == nil) || erased && (r.Verdict != nil || r.Subject != [16]byte{}) {
			t.Errorf("item %d: %+v", i, r)
		}
	}
	if got[1].Verdict == nil || got[1].Verdict.Claims.Outcome != "pass" {
		t.Errorf("item 1: %+v", got[1])
	}
}

func TestFileLedger_refusesADamagedFile(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	l := openLedger(t, dir)
	c := ledgertest.NewChain("agent-1")
	if err := l.Accept(ctx, []platform.Received{c.Verdict(1), c.Verdict(2), c.Verdict(3)}); err != nil {
		t.Fatal(err)
	}
	l.Close()
	path := filepath.Join(dir, "ledger.ndjson")
	good, _ := os.ReadFile(path)
	lines := bytes.SplitAfter(good, []byte("\n"))
	for name, bad := range map[string][]byte{
		"a line missing": bytes.Join([][]byte{lines[0], lines[2]}, nil), "a line twice": bytes.Join([][]byte{lines[0], lines[0], lines[1]}, nil),
		"digest changed": bytes.Replace(good, []byte(`"digest":"`), []byte(`"digest":"0`), 1), "no JSON": append([]byte("x\n"), good...),
		"payload changed": bytes.Replace(good, lines[1][300:304], []byte("AAAA"), 1),
	} {
		os.WriteFile(path, bad, 0o600)
		if _, err := platform.OpenLedger(dir); !errors.Is(err, platform.ErrLedgerCorrupt) {
			t.Errorf("%s: %v, want ErrLedgerCorrupt", name, err)
		}
	}
}
