package keyring

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/yanmen/yanmen/agent"
	"golang.org/x/mod/sumdb/note"
)

// testRoot seals under a key of its own for each call and can destroy them, as
// a TPM or a key service does. It is quick, unlike a passphrase.
type testRoot struct {
	keys map[[16]byte][]byte
	// keep makes it a root that destroys nothing.
	keep bool
	// fail makes it unreachable, failAnchor for Anchor alone.
	fail, failAnchor error
}

func newTestRoot() *testRoot { return &testRoot{keys: map[[16]byte][]byte{}} }

func (r *testRoot) clone() *testRoot { return &testRoot{keys: maps.Clone(r.keys), keep: r.keep} }

func (r *testRoot) Seal(secret, aad []byte) ([]byte, error) {
	if r.fail != nil {
		return nil, r.fail
	}
	var id [16]byte
	rand.Read(id[:])
	key := make([]byte, 32)
	rand.Read(key)
	r.keys[id] = key
	a, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, err
	}
	sealed, err := a.Encrypt(secret, aad)
	return append(id[:], sealed...), err
}

func (r *testRoot) Open(sealed, aad []byte) ([]byte, error) {
	if r.fail != nil {
		return nil, r.fail
	}
	if len(sealed) < 16 || r.keys[[16]byte(sealed)] == nil {
		return nil, errors.New("no such key")
	}
	a, err := subtle.NewAESGCM(r.keys[[16]byte(sealed)])
	if err != nil {
		return nil, err
	}
	return a.Decrypt(sealed[16:], aad)
}

func (r *testRoot) Anchor(sealed []byte) error {
	if err := cmp.Or(r.fail, r.failAnchor); err != nil {
		return err
	}
	if !r.keep {
		maps.DeleteFunc(r.keys, func(id [16]byte, _ []byte) bool { return id != [16]byte(sealed) })
	}
	return nil
}

func createRing(t testing.TB) (dir string, root *testRoot, r *Ring) {
	t.Helper()
	dir, root = filepath.Join(t.TempDir(), "keys"), newTestRoot()
	r, err := Create(dir, root)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	t.Cleanup(func() { r.Close() })
	return dir, root, r
}

func reopen(t testing.TB, dir string, root Root) *Ring {
	t.Helper()
	r, err := Open(dir, root)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("unexpected error: %v", err)
		}
		return v
	}
}

var (
	alice = agent.SubjectID{15: 1}
	bob   = agent.SubjectID{15: 2}
)

func TestRing_keysSurviveReopening(t *testing.T) {
	dir, root, r := createRing(t)
	tag := must[agent.Tag](t)(r.Tag(agent.IndexNumber, []byte("value")))
	shard := r.ShardOf(tag)
	row := must[[]byte](t)(r.Row(shard, tag))
	ref := must[[]byte](t)(r.SealRef(shard, row, []byte("reference")))
	wrapped, k, err := r.NewData(shard, alice)
	if err != nil {
		t.Fatal(err)
	}
	sealed := must[[]byte](t)(k.Seal([]byte("plain"), []byte("aad")))
	mac := k.MAC([]byte("content"))
	keyID, jwks := r.KeyID(), r.JWKS()
	vkey := must[string](t)(r.JournalVerifier("yanmen.example/log"))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}

	r = reopen(t, dir, root)
	if got := must[agent.Tag](t)(r.Tag(agent.IndexNumber, []byte("value"))); got != tag {
		t.Error("the tag changed")
	}
	if got := must[[]byte](t)(r.Row(shard, tag)); !bytes.Equal(got, row) {
		t.Error("the row changed")
	}
	if got := must[[]byte](t)(r.OpenRef(shard, row, ref)); string(got) != "reference" {
		t.Errorf("OpenRef = %q", got)
	}
	k, err = r.OpenData(shard, alice, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if got := must[[]byte](t)(k.Open(sealed, []byte("aad"))); string(got) != "plain" {
		t.Errorf("DataKey.Open = %q", got)
	}
	if k.MAC([]byte("content")) != mac {
		t.Error("the MAC changed")
	}
	if r.KeyID() != keyID || !bytes.Equal(r.JWKS(), jwks) || must[string](t)(r.JournalVerifier("yanmen.example/log")) != vkey {
		t.Error("a public key changed")
	}
	if r.PendingRekey() != nil {
		t.Error("PendingRekey is not nil")
	}
}

func TestRing_keysAreApart(t *testing.T) {
	_, _, r := createRing(t)
	tag := must[agent.Tag](t)(r.Tag(agent.IndexNumber, []byte("value")))
	other := must[agent.Tag](t)(r.Tag(agent.IndexCase, []byte("value")))
	if tag == other {
		t.Error("two kinds of index give one tag")
	}
	row := must[[]byte](t)(r.Row(7, tag))
	if bytes.Equal(row, must[[]byte](t)(r.Row(8, tag))) {
		t.Error("two shards give one row")
	}
	if bytes.Contains(row, tag[:8]) {
		t.Error("the row shows the tag")
	}
	ref := must[[]byte](t)(r.SealRef(7, row, make([]byte, dataKeySize)))
	wrapped, k, err := r.NewData(7, alice)
	if err != nil {
		t.Fatal(err)
	}
	_, k2, err := r.NewData(7, alice)
	if err != nil {
		t.Fatal(err)
	}
	sealed := must[[]byte](t)(k.Seal([]byte("plain"), []byte("aad")))
	if k.MAC([]byte("x")) == k2.MAC([]byte("x")) {
		t.Error("two data keys give one MAC")
	}
	for name, open := range map[string]func() error{
		"reference, another shard": func() error { _, err := r.OpenRef(8, row, ref); return err },
		"reference, another row":   func() error { _, err := r.OpenRef(7, row[1:], ref); return err },
		"reference as data key":    func() error { _, err := r.OpenData(7, agent.SubjectID(row), ref); return err },
		"data key, another shard":  func() error { _, err := r.OpenData(8, alice, wrapped); return err },
		"data key, another person": func() error { _, err := r.OpenData(7, bob, wrapped); return err },
		"data key as reference":    func() error { _, err := r.OpenRef(7, alice[:], wrapped); return err },
		"value, another key":       func() error { _, err := k2.Open(sealed, []byte("aad")); return err },
		"value, other data":        func() error { _, err := k.Open(sealed, []byte("aae")); return err },
		"value, nothing":           func() error { _, err := k.Open(nil, []byte("aad")); return err },
		"value, unknown algorithm": func() error {
			_, err := k.Open(append([]byte{9}, sealed[1:]...), []byte("aad"))
			return err
		},
		"value, unknown layout": func() error {
			_, err := k.Open(append([]byte{sealed[0], 9}, sealed[2:]...), []byte("aad"))
			return err
		},
	} {
		if err := open(); !errors.Is(err, agent.ErrCorrupt) {
			t.Errorf("%s: got %v, want ErrCorrupt", name, err)
		}
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := k.Open(bad, []byte("aad")); !errors.Is(err, agent.ErrCorrupt) {
			t.Errorf("value with byte %d changed: got %v, want ErrCorrupt", i, err)
		}
		if _, err := k.Open(sealed[:i], []byte("aad")); !errors.Is(err, agent.ErrCorrupt) {
			t.Errorf("value cut to %d bytes: got %v, want ErrCorrupt", i, err)
		}
	}
}

func TestShard_keysBelongToTheirPlace(t *testing.T) {
	key := make([]byte, shardKeySize)
	a, b := must[*shard](t)(newShard(1, key)), must[*shard](t)(newShard(2, key))
	if bytes.Equal(must[[]byte](t)(a.row(agent.Tag{})), must[[]byte](t)(b.row(agent.Tag{}))) {
		t.Error("one key in two places of the table gives one row")
	}
	if _, err := b.unwrap(alice, must[[]byte](t)(a.wrap(alice, key))); !errors.Is(err, agent.ErrCorrupt) {
		t.Errorf("one key in two places of the table: got %v, want ErrCorrupt", err)
	}
}

func TestRing_refusesWhatIsAbsent(t *testing.T) {
	_, _, r := createRing(t)
	if _, err := r.Tag(0, []byte("value")); err == nil {
		t.Error("Tag took a zero kind")
	}
	if _, err := r.Tag(agent.IndexNumber, nil); err == nil {
		t.Error("Tag took no value")
	}
	if _, _, err := r.NewData(1, agent.SubjectID{}); err == nil {
		t.Error("NewData took no subject")
	}
	if _, err := r.Row(Shards, agent.Tag{}); err == nil {
		t.Error("Row took a shard that is none")
	}
	if _, err := r.BeginRekey(nil); err == nil {
		t.Error("BeginRekey took no shard")
	}
	if _, err := r.BeginRekey([]uint16{Shards}); err == nil {
		t.Error("BeginRekey took a shard that is none")
	}
}

func TestShardOf_reachesEveryShardEvenly(t *testing.T) {
	_, _, r := createRing(t)
	if a, b := r.ShardOf(agent.Tag{}), r.ShardOf(agent.Tag{0xff, 0xff, 0xff}); a != 0 || b != Shards-1 {
		t.Errorf("ShardOf spans %d to %d, want 0 to %d", a, b, Shards-1)
	}
	var seen [Shards]int
	for i := range 16 * Shards {
		seen[r.ShardOf(agent.Tag{byte(i >> 8), byte(i)})]++
	}
	for n, c := range seen {
		if c != 16 {
			t.Fatalf("shard %d gets %d of the tags, want 16", n, c)
		}
	}
}

func TestClose_endsEverything(t *testing.T) {
	dir, root, r := createRing(t)
	k := must[agent.Rekey](t)(r.BeginRekey([]uint16{1}))
	wrapped, data, err := r.NewData(1, alice)
	if err != nil {
		t.Fatal(err)
	}
	signer := must[note.Signer](t)(r.JournalSigner("log"))
	for range 2 {
		if err := r.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	for name, use := range map[string]func() error{
		"Tag":             func() error { _, err := r.Tag('n', []byte("v")); return err },
		"Row":             func() error { _, err := r.Row(1, agent.Tag{}); return err },
		"SealRef":         func() error { _, err := r.SealRef(1, nil, nil); return err },
		"OpenRef":         func() error { _, err := r.OpenRef(1, nil, nil); return err },
		"NewData":         func() error { _, _, err := r.NewData(1, alice); return err },
		"OpenData":        func() error { _, err := r.OpenData(1, alice, wrapped); return err },
		"Sign":            func() error { _, err := r.Sign(nil); return err },
		"JournalSigner":   func() error { _, err := r.JournalSigner("log"); return err },
		"journal's Sign":  func() error { _, err := signer.Sign(nil); return err },
		"BeginRekey":      func() error { _, err := r.BeginRekey([]uint16{2}); return err },
		"Finish":          k.Finish,
		"Abort":           k.Abort,
		"JournalVerifier": func() error { _, err := r.JournalVerifier("log"); return err },
	} {
		if err := use(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s after Close: got %v, want ErrClosed", name, err)
		}
	}
	if _, err := k.Rewrap(1, alice, wrapped); err == nil {
		t.Error("Rewrap worked after Close")
	}
	if r.PendingRekey() != nil {
		t.Error("PendingRekey after Close is not nil")
	}
	if _, err := data.Seal([]byte("x"), nil); err != nil {
		t.Errorf("a data key handed out: %v", err)
	}
	if reopen(t, dir, root).PendingRekey() == nil {
		t.Error("Close forgot the prepared rekey")
	}
}

func TestRing_isSafeForConcurrentUse(t *testing.T) {
	_, _, r := createRing(t)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				n := uint16(g*i) % 8
				wrapped, k, err := r.NewData(n, alice)
				if errors.Is(err, ErrClosed) {
					return
				}
				if err != nil {
					t.Errorf("NewData: %v", err)
					return
				}
				k.MAC([]byte("x"))
				if _, err := r.OpenData(n, alice, wrapped); err != nil && !errors.Is(err, ErrClosed) {
					t.Errorf("OpenData: %v", err)
				}
				if _, err := r.Sign([]byte("x")); err != nil && !errors.Is(err, ErrClosed) {
					t.Errorf("Sign: %v", err)
				}
				if g == 0 && i == 40 {
					r.Close()
				}
			}
		})
	}
	wg.Wait()
}

func TestFolder_belongsToOneProcess(t *testing.T) {
	dir, root, r := createRing(t)
	if _, err := Open(dir, root); !errors.Is(err, ErrLocked) {
		t.Errorf("second Open: got %v, want ErrLocked", err)
	}
	if _, err := Create(dir, root); !errors.Is(err, ErrLocked) {
		t.Errorf("Create of an open folder: got %v, want ErrLocked", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, root); !errors.Is(err, ErrExists) {
		t.Errorf("Create of a used folder: got %v, want ErrExists", err)
	}
	reopen(t, dir, root)
}

func TestFolder_refusesOthers(t *testing.T) {
	dir, root, r := createRing(t)
	r.Close()
	for _, name := range []string{keysetFile, shardsFile, lockFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode of %s = %v, %v, want 0600", name, info.Mode(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode of the folder = %v, %v, want 0700", info.Mode(), err)
	}
	for _, name := range []string{".", keysetFile, shardsFile} {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		os.Chmod(path, info.Mode()|0o040)
		if _, err := Open(dir, root); !errors.Is(err, ErrMode) {
			t.Errorf("Open with a readable %s: got %v, want ErrMode", name, err)
		}
		os.Chmod(path, info.Mode())
	}
	reopen(t, dir, root)
	open := t.TempDir() // mode 0755 under a usual umask
	os.Chmod(open, 0o755)
	if _, err := Create(open, root); !errors.Is(err, ErrMode) {
		t.Errorf("Create in a readable folder: got %v, want ErrMode", err)
	}
}

func TestOpen_missingFiles(t *testing.T) {
	dir, root, r := createRing(t)
	r.Close()
	if _, err := Open(filepath.Join(dir, "none"), root); !errors.Is(err, ErrNotFound) {
		t.Errorf("Open of no folder: got %v, want ErrNotFound", err)
	}
	for name, want := range map[string]error{keysetFile: ErrNotFound, shardsFile: ErrDamaged} {
		c := copyFolder(t, dir)
		if err := os.Remove(filepath.Join(c, name)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(c, root); !errors.Is(err, want) {
			t.Errorf("Open without %s: got %v, want %v", name, err, want)
		}
		if _, err := Create(c, root); !errors.Is(err, ErrExists) {
			t.Errorf("Create over a folder that lacks %s: got %v, want ErrExists", name, err)
		}
	}
	// A folder in place of a file, and another agent's table.
	c := copyFolder(t, dir)
	os.Remove(filepath.Join(c, shardsFile))
	os.Mkdir(filepath.Join(c, shardsFile), 0o700)
	if _, err := Open(c, root); !errors.Is(err, ErrDamaged) {
		t.Errorf("Open with a folder for a table: got %v, want ErrDamaged", err)
	}
	other, _, r2 := createRing(t)
	r2.Close()
	c = copyFolder(t, dir)
	copyFile(t, filepath.Join(other, shardsFile), filepath.Join(c, shardsFile))
	if _, err := Open(c, root); !errors.Is(err, ErrDamaged) {
		t.Errorf("Open with another agent's table: got %v, want ErrDamaged", err)
	}
}

func copyFolder(t testing.TB, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "keys")
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		copyFile(t, filepath.Join(dir, e.Name()), filepath.Join(to, e.Name()))
	}
	return to
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
