package keyring

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func passphrase(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPassphraseFile_opensItsRing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	r, err := Create(dir, PassphraseFile(passphrase(t, "correct horse\n")))
	if err != nil {
		t.Fatal(err)
	}
	s := fill(t, r)
	r.Close()
	before, err := os.ReadFile(filepath.Join(dir, keysetFile))
	if err != nil {
		t.Fatal(err)
	}

	if _, err := Open(dir, PassphraseFile(passphrase(t, "wrong horse"))); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong passphrase: got %v, want ErrPassphrase", err)
	}
	if _, err := Open(dir, PassphraseFile(passphrase(t, "correct horse\n\n"))); !errors.Is(err, ErrPassphrase) {
		t.Errorf("two newlines: got %v, want ErrPassphrase", err)
	}
	start := time.Now()
	r = reopen(t, dir, PassphraseFile(passphrase(t, "correct horse\r\n"))) // as an editor on Windows leaves it
	t.Logf("opened in %v", time.Since(start).Round(time.Millisecond))
	if !s.opens(t, r, alice) {
		t.Error("the keys changed")
	}

	// An erasure seals the keyset anew: another salt, another key.
	if err := s.erase(r, func() {}); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(filepath.Join(dir, keysetFile))
	if err != nil {
		t.Fatal(err)
	}
	n := len(keysetHead) + 1
	if bytes.Equal(before[n:n+saltSize], after[n:n+saltSize]) {
		t.Error("the salt is the same after an erasure")
	}
}

func TestPassphraseFile_refuses(t *testing.T) {
	loose := passphrase(t, "secret\n")
	os.Chmod(loose, 0o640)
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"no file":            {filepath.Join(t.TempDir(), "none"), os.ErrNotExist},
		"readable by others": {loose, ErrMode},
		"a folder":           {t.TempDir(), nil},
		"empty":              {passphrase(t, ""), nil},
		"a newline":          {passphrase(t, "\n"), nil},
		"too long":           {passphrase(t, strings.Repeat("x", maxPassphrase+1)), nil},
	} {
		dir := filepath.Join(t.TempDir(), "keys")
		_, err := Create(dir, PassphraseFile(c.path))
		if err == nil || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error shows the passphrase", name)
		}
		if _, err := Open(dir, PassphraseFile(c.path)); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: after a failed Create got %v, want ErrNotFound", name, err)
		}
	}
}

func TestPassphraseFile_bindsItsHeader(t *testing.T) {
	root := PassphraseFile(passphrase(t, "p"))
	sealed := must[[]byte](t)(root.Seal([]byte("secret"), []byte("aad")))
	if got := must[[]byte](t)(root.Open(sealed, []byte("aad"))); string(got) != "secret" {
		t.Errorf("Open = %q", got)
	}
	if _, err := root.Open(sealed, []byte("other")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("other associated data: got %v, want ErrPassphrase", err)
	}
	for i, want := range map[int]error{0: ErrDamaged, 1: ErrPassphrase, len(sealed) - 1: ErrPassphrase} {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := root.Open(bad, []byte("aad")); !errors.Is(err, want) {
			t.Errorf("byte %d changed: got %v, want %v", i, err, want)
		}
	}
	for _, n := range []int{0, 1, saltSize} {
		if _, err := root.Open(sealed[:n], []byte("aad")); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut to %d bytes: got %v, want ErrDamaged", n, err)
		}
	}
}

// systemd shows a credential as readable by the group, which stands for one user.
func TestCredentialFile_maySeemReadableByTheGroup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(path, []byte("a long and random passphrase\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[os.FileMode]error{0o400: nil, 0o440: nil, 0o460: ErrMode, 0o444: ErrMode, 0o450: ErrMode} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := CredentialFile(path).Seal([]byte("secret"), nil); !errors.Is(err, want) {
			t.Errorf("Seal with mode %o = %v, want %v", mode, err, want)
		}
	}
}
