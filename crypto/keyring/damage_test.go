package keyring

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// damage lets contents try others in place of what a file holds, then restores it.
func damage(t *testing.T, dir, name string, contents func(good []byte, try func(bad []byte))) {
	t.Helper()
	path := filepath.Join(dir, name)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	contents(good, func(bad []byte) {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
	})
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
}

func resum(b []byte) []byte {
	n := len(b) - sha256.Size
	sum := sha256.Sum256(b[:n])
	return append(b[:n:n], sum[:]...)
}

// Every byte of the keyset and the ends and many bytes of the table are changed,
// first as a disk would do it and then as somebody would who mends the digest.
func TestOpen_changedFiles(t *testing.T) {
	dir, root, r := createRing(t)
	if _, err := r.BeginRekey([]uint16{1, 2}); err != nil { // so that all parts of the table are there
		t.Fatal(err)
	}
	r.Close()
	for name, stride := range map[string]int{keysetFile: 1, shardsFile: 1009} {
		damage(t, dir, name, func(good []byte, try func([]byte)) {
			for i := 0; i < len(good); i++ {
				if i > 80 && i < len(good)-160 && i%stride != 0 {
					continue
				}
				bad := bytes.Clone(good)
				bad[i] ^= 1 << (i % 8)
				try(bad)
				if _, err := Open(dir, root); !errors.Is(err, ErrDamaged) {
					t.Errorf("Open with byte %d of %s changed: got %v, want ErrDamaged", i, name, err)
				}
				if i >= len(good)-sha256.Size {
					continue
				}
				try(resum(bad))
				if _, err := Open(dir, root); err == nil {
					t.Errorf("Open with byte %d of %s changed and the digest mended: no error", i, name)
				}
			}
		})
	}
	reopen(t, dir, root)
}

func TestOpen_cutAndLongFiles(t *testing.T) {
	dir, root, r := createRing(t)
	r.Close()
	for name, stride := range map[string]int{keysetFile: 1, shardsFile: 4001} {
		damage(t, dir, name, func(good []byte, try func([]byte)) {
			for n := 0; n < len(good); n += stride {
				try(good[:n])
				if _, err := Open(dir, root); !errors.Is(err, ErrDamaged) {
					t.Errorf("Open with %s cut to %d bytes: got %v, want ErrDamaged", name, n, err)
				}
				if n < sha256.Size {
					continue
				}
				try(resum(bytes.Clone(good[:n])))
				if _, err := Open(dir, root); err == nil {
					t.Errorf("Open with %s cut to %d bytes and a digest: no error", name, n)
				}
			}
			for _, more := range []int{1, 32, maxFile} {
				try(append(bytes.Clone(good), make([]byte, more)...))
				if _, err := Open(dir, root); !errors.Is(err, ErrDamaged) {
					t.Errorf("Open with %d bytes more in %s: got %v, want ErrDamaged", more, name, err)
				}
			}
		})
	}
	reopen(t, dir, root)
}

// What a crash may leave beside the files never decides what opens.
func TestOpen_sweepsWhatIsHalfWritten(t *testing.T) {
	dir, root, r := createRing(t)
	s := fill(t, r)
	r.Close()
	for _, name := range []string{keysetFile, shardsFile} {
		good, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, suffix := range []string{newSuffix, oldSuffix} {
			for _, junk := range [][]byte{nil, []byte("half"), good[:len(good)/2], good} {
				if err := os.WriteFile(filepath.Join(dir, name+suffix), junk, 0o600); err != nil {
					t.Fatal(err)
				}
				r := reopen(t, dir, root)
				if !s.opens(t, r, alice) {
					t.Errorf("a stray %s%s changed the keys", name, suffix)
				}
				r.Close()
				if _, err := os.Stat(filepath.Join(dir, name+suffix)); err == nil {
					t.Errorf("Open left %s%s", name, suffix)
				}
			}
		}
	}
}

// A damaged table is not replaced by a staged one that is not its successor, and
// nothing is removed while nothing opens.
func TestOpen_leavesADamagedFolderAlone(t *testing.T) {
	dir, root, r := createRing(t)
	r.Close()
	for _, name := range []string{shardsFile, shardsFile + newSuffix, shardsFile + oldSuffix, keysetFile + oldSuffix} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("not a table, but long enough for a digest at its end"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(dir, root); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	for _, name := range []string{shardsFile, shardsFile + newSuffix, shardsFile + oldSuffix, keysetFile + oldSuffix} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is gone", name)
		}
	}
}

// Create dies at each step: the folder counts as empty, or it opens.
func TestCreate_survivesDyingAtEveryStep(t *testing.T) {
	root := newTestRoot()
	dir := filepath.Join(t.TempDir(), "keys")
	var moments []moment
	onStep(t, func(dir, step string) error {
		moments = append(moments, moment{step, linkedCopy(t, dir), root.clone(), nil})
		return nil
	})
	r, err := Create(dir, root)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	testOnlyStep = nil
	opened, made := 0, 0
	for _, m := range moments {
		r, err := Open(m.dir, m.root)
		switch {
		case err == nil:
			opened++
			if _, err := Create(m.dir, m.root); !errors.Is(err, ErrLocked) {
				t.Errorf("%s: Create over an open ring: %v", m.name, err)
			}
		case errors.Is(err, ErrNotFound):
			made++
			if r, err = Create(m.dir, m.root); err != nil {
				t.Errorf("%s: Create again: %v", m.name, err)
				continue
			}
		default:
			t.Errorf("%s: got %v, want success or ErrNotFound", m.name, err)
			continue
		}
		m.rows = fill(t, r)
		r.Close()
		r = reopen(t, m.dir, m.root)
		checkSettled(t, m, r)
		r.Close()
	}
	if opened == 0 || made == 0 {
		t.Errorf("%d opened, %d made anew: want some of each", opened, made)
	}
}

func FuzzParse_neverPanics(f *testing.F) {
	h, err := newHandles()
	if err != nil {
		f.Fatal(err)
	}
	b, err := h.marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	k := &rekey{shards: []uint16{1, 2}, keys: make([]byte, 2*shardKeySize)}
	tail := newTable().marshal(k)[Shards*shardKeySize:]
	f.Add(tail)
	prefix := make([]byte, Shards*shardKeySize)
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := parseHandles(b); err == nil {
			if _, err := h.primitives(); err != nil {
				t.Errorf("an accepted keyset cannot be used: %v", err)
			}
		}
		tab, k, err := parseTable(append(prefix[:len(prefix):len(prefix)], b...))
		if err == nil && !bytes.Equal(tab.marshal(k)[len(prefix):], b) {
			t.Error("parse and marshal differ")
		}
	})
}
