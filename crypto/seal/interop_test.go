//go:build interop

package seal

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A library that shares no code with this one verifies our tokens against our
// published keys and reads the same bytes.
func TestToken_verifiesInAnotherLanguage(t *testing.T) {
	dir := filepath.Join("..", "..", "sync", "wire", "interop")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "jose")); err != nil {
		t.Fatal("npm ci was not run in sync/wire/interop; make interop does both")
	}
	verify := func(token, keys []byte, typ string) ([]byte, error) {
		tmp := t.TempDir()
		tokenFile, keysFile := filepath.Join(tmp, "token"), filepath.Join(tmp, "jwks")
		if err := os.WriteFile(tokenFile, token, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(keysFile, keys, 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.Command("node", filepath.Join(dir, "verify.mjs"), tokenFile, keysFile, typ).Output()
	}
	payload, err := os.ReadFile(filepath.Join("..", "..", "sync", "wire", "testdata", "verdict.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(t)
	p, err := GeneratePlatform()
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := Sign(s, kindVerdict, payload)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := p.Receipt(payload)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		typ         string
		token, keys []byte
	}{{"verdict+jwt", verdict, jwks(s.jwk)}, {"receipt+jwt", receipt, p.PublicKeys()}} {
		got, err := verify(c.token, c.keys, c.typ)
		if err != nil || !bytes.Equal(got, payload) {
			t.Errorf("%s: got %q, %v", c.typ, got, err)
		}
		if _, err := verify(c.token, c.keys, "JWT"); err == nil {
			t.Errorf("%s: taken for another type", c.typ)
		}
		if _, err := verify(c.token, jwks(newSigner(t).jwk), c.typ); err == nil {
			t.Errorf("%s: verified by a stranger's key", c.typ)
		}
	}
}
