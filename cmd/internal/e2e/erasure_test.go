package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
	"github.com/yanmen/yanmen/crypto/keyring"
	"github.com/yanmen/yanmen/sync/wire"
)

// A borrower is a synthetic person about whom cases were asked.
type borrower struct {
	synthetic.Person
	id       agent.SubjectID
	cases    []string
	verdicts []string
}

// ask asks a first case about each of the borrowers from one number to another,
// and a second about every other one.
func (w *world) ask(t *testing.T, from, to int) (all []*borrower) {
	t.Helper()
	now := time.Now()
	for n := from; n < to; n++ {
		b := &borrower{Person: synthetic.NewPerson(n, 19900506)}
		for i := range 1 + n%2 {
			id := fmt.Sprintf("erasure-%d-%d", n, i)
			template := synthetic.NewTemplate(synthetic.Light, i == 0, n%2 == 1, now)
			r := w.mustVerify(t, template.Fill(nil, b.Person, id))
			var err error
			if b.id, err = agent.ParseSubjectID(r.Subject); err != nil {
				t.Fatal(err)
			}
			b.cases, b.verdicts = append(b.cases, id), append(b.verdicts, r.Leaves.ID)
		}
		all = append(all, b)
	}
	return all
}

// A vault is what somebody holds who took an agent's files: all bytes, every
// version of every row that the database still gives, and every key.
type vault struct {
	ring *keyring.Ring
	raw  []byte
	rows []version
}

type version struct{ key, val []byte }

// openVault opens files with the keys and the passphrase of an agent's folder.
// Nothing of agent/store is used: this is the view of one who reads the format.
func openVault(t *testing.T, keys, files string) *vault {
	t.Helper()
	v := &vault{}
	err := filepath.WalkDir(files, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		v.raw = append(append(v.raw, bytes.TrimRight(b, "\x00")...), make([]byte, 64)...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if v.ring, err = keyring.Open(filepath.Join(keys, "keys"), keyring.PassphraseFile(filepath.Join(keys, "passphrase"))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.ring.Close() })
	db, err := badger.OpenManaged(badger.DefaultOptions(filepath.Join(files, "store")).WithReadOnly(true).WithLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	txn := db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{AllVersions: true})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		val, err := it.Item().ValueCopy(nil)
		if err != nil {
			t.Fatal(err)
		}
		v.rows = append(v.rows, version{it.Item().KeyCopy(nil), val})
	}
	return v
}

// The rows of agent/store's format that are about subjects.
const (
	rowSubject = 's'
	rowIndex   = 'x'
	rowQueue   = 'q'
	kindAt     = 1 + 16

	wrappedSize   = 62 // of a data key under its shard's key
	rowSize       = 48 // of an index row
	sealedVersion = "\x01\x01"
)

// dataKeys tries every version of the row that holds a subject's wrapped key,
// and everything among the raw bytes that could be one, with the shard keys
// that there are. homes are shards to try on the raw bytes.
func (v *vault) dataKeys(id agent.SubjectID, homes []uint16) (keys []agent.DataKey, fromRaw int) {
	for _, r := range v.rows {
		if len(r.key) != kindAt+1 || r.key[0] != rowSubject || r.key[kindAt] != 'k' || agent.SubjectID(r.key[1:]) != id || len(r.val) < 2 {
			continue
		}
		for shard := range uint16(keyring.Shards) {
			if k, err := v.ring.OpenData(shard, id, r.val[2:]); err == nil {
				keys = append(keys, k)
			}
		}
	}
	for at := 0; ; at++ {
		i := bytes.Index(v.raw[at:], []byte(sealedVersion))
		if i < 0 || at+i+wrappedSize > len(v.raw) {
			return keys, fromRaw
		}
		at += i
		for _, shard := range homes {
			if k, err := v.ring.OpenData(shard, id, v.raw[at:at+wrappedSize]); err == nil {
				keys, fromRaw = append(keys, k), fromRaw+1
			}
		}
	}
}

// homes returns the shards that ever wrapped the subject's key.
func (v *vault) homes(id agent.SubjectID) (homes []uint16) {
	for _, r := range v.rows {
		if len(r.key) == kindAt+1 && r.key[0] == rowSubject && r.key[kindAt] == 'k' && agent.SubjectID(r.key[1:]) == id && len(r.val) >= 2 {
			homes = append(homes, binary.BigEndian.Uint16(r.val))
		}
	}
	slices.Sort(homes)
	return slices.Compact(homes)
}

// sealed returns the sealed part of a row that belongs to the subject, with the
// associated data that the format says it has.
func (r *version) sealed(id agent.SubjectID) (kind byte, value, aad []byte) {
	bound := func(kind byte, parts ...[]byte) []byte {
		b := append(id[:len(id):len(id)], kind)
		for _, p := range parts {
			b = append(b, p...)
		}
		return append(b, 1)
	}
	const recordHeader, queueFixed = 20, 1 + 8 + 16 + 64 + 1
	switch {
	case len(r.key) > kindAt && r.key[0] == rowSubject && agent.SubjectID(r.key[1:]) == id:
		kind, rest := r.key[kindAt], r.key[kindAt+1:]
		header := map[byte]int{'p': 8, 'i': 0, 'r': recordHeader, 'f': 8, 'j': 32}
		n, ok := header[kind]
		if !ok || len(r.val) < n {
			return 0, nil, nil
		}
		if kind == 'p' || kind == 'j' {
			rest = nil
		}
		return kind, r.val[n:], bound(kind, rest, r.val[:n])
	case r.key[0] == rowQueue && len(r.val) > queueFixed && agent.SubjectID(r.val[9:]) == id:
		n := queueFixed + int(r.val[queueFixed-1])
		if len(r.val) > n {
			return rowQueue, r.val[n:], bound('Q', r.val[57:89], r.key)
		}
	}
	return 0, nil, nil
}

// reach is what of a subject is within reach.
type reach struct {
	keys, rawKeys int          // data keys that open, among rows and raw bytes
	values        map[byte]int // sealed values that open, by kind of row
	tested        int          // sealed values that were tried
	index         int          // rows that a guess hits, or that lead to the subject
	rawIndex      int          // index rows among the raw bytes that a guess hits
}

func (r reach) nothing() bool {
	return r.keys+r.rawKeys+len(r.values)+r.index+r.rawIndex == 0
}

// of tries to reach a borrower: with every key, from every side.
func (v *vault) of(t *testing.T, b *borrower, homes []uint16, others []agent.DataKey) reach {
	t.Helper()
	out := reach{values: map[byte]int{}}
	keys, raw := v.dataKeys(b.id, homes)
	out.keys, out.rawKeys = len(keys)-raw, raw
	keys = append(keys, others...)
	for i := range v.rows {
		kind, value, aad := v.rows[i].sealed(b.id)
		if kind == 0 {
			continue
		}
		out.tested++
		for _, k := range keys {
			if _, err := k.Open(value, aad); err == nil {
				out.values[kind]++
				break
			}
		}
	}
	// Who knows the person can compute the tag: the lookup key is there. It
	// must not say whether the person was here.
	there := map[string]bool{}
	for _, r := range v.rows {
		if r.key[0] != rowIndex || len(r.key) != 3+rowSize {
			continue
		}
		there[string(r.key[3:])] = true
		shard := binary.BigEndian.Uint16(r.key[1:])
		if plain, err := v.ring.OpenRef(shard, r.key[3:], r.val); err == nil && agent.SubjectID(plain) == b.id {
			out.index++
		}
	}
	guess := func(kind agent.IndexKind, value string) {
		tag, err := v.ring.Tag(kind, []byte(value))
		if err != nil {
			t.Fatal(err)
		}
		for shard := range uint16(keyring.Shards) {
			row, err := v.ring.Row(shard, tag)
			if err != nil {
				t.Fatal(err)
			}
			if there[string(row)] {
				out.index++
			}
			if shard == v.ring.ShardOf(tag) && bytes.Contains(v.raw, row) {
				out.rawIndex++
			}
		}
	}
	guess(agent.IndexNumber, agent.NormalizeNumber(b.Number))
	for _, c := range b.cases {
		guess(agent.IndexCase, c)
	}
	return out
}

// Borrowers are erased through the real program, some with verdicts that were
// delivered and some with verdicts that still wait. Then all files are taken,
// with the passphrase, and every key that exists is tried on every version of
// every row and on the raw bytes. Nothing opens of the erased, and no guess
// about them can be tested; everything opens of the others. The same search
// with the keys from before finds the erased, so it can fail.
func TestErasure_nothingOpens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true, 64)
	w.startAgent(t)
	all := w.ask(t, 0, 6)
	w.delivered(t)
	w.hub.kill()
	all = append(all, w.ask(t, 6, 12)...)
	w.stopAgent(t)
	before := filepath.Join(t.TempDir(), "before")
	take(t, w.agentDir, before)

	gone := []*borrower{all[0], all[1], all[6], all[7]}
	living := slices.DeleteFunc(slices.Clone(all), func(b *borrower) bool { return slices.Contains(gone, b) })
	for i, args := range [][]string{{gone[0].id.String()}, {"--case", gone[1].cases[1]}, {"--number-stdin"}, {gone[3].id.String()}} {
		stdin := ""
		if i == 2 {
			stdin = gone[2].Number + "\n"
		}
		if code, out, errs := w.yanmen(t, stdin, append([]string{"erase"}, args...)...); code != 0 {
			t.Fatalf("erase %d: exit %d\n%s%s", i, code, out, errs)
		}
	}
	for _, b := range gone {
		if code, _, _ := w.yanmen(t, "", "erase", b.id.String()); code != exitUnknown {
			t.Errorf("erase of an erased borrower: exit %d, want %d", code, exitUnknown)
		}
	}
	w.sound(t)
	after := filepath.Join(t.TempDir(), "after")
	take(t, w.agentDir, after)

	old := openVault(t, before, before)
	homes := map[agent.SubjectID][]uint16{}
	for _, b := range all {
		homes[b.id] = old.homes(b.id)
	}
	for _, b := range gone { // the search finds what is there
		if r := old.of(t, b, homes[b.id], nil); r.keys == 0 || r.rawKeys == 0 || r.index < 2 || r.rawIndex == 0 || r.values['f'] == 0 || r.values['r'] == 0 || r.values['j'] == 0 {
			t.Fatalf("with the keys from before, the search finds too little: %+v", r)
		}
	}
	old.ring.Close()

	now := openVault(t, after, after)
	var others []agent.DataKey
	for _, b := range living {
		keys, _ := now.dataKeys(b.id, nil)
		others = append(others, keys...)
	}
	tested := 0
	for _, b := range living {
		r := now.of(t, b, homes[b.id], nil)
		opened := 0
		for _, n := range r.values {
			opened += n
		}
		if r.keys == 0 || r.rawKeys == 0 || r.index < 2 || r.rawIndex == 0 || opened != r.tested || opened == 0 {
			t.Errorf("of a borrower who was not erased, %d of %d values open: %+v", opened, r.tested, r)
		}
	}
	for i, b := range gone {
		r := now.of(t, b, homes[b.id], others)
		tested += r.tested
		if !r.nothing() {
			t.Errorf("of erased borrower %d something is left: %+v", i, r)
		}
	}
	// Whether old values still lie in the files depends on compactions. An old copy
	// of the store, which a backup is, has them all: with the keys of today.
	now.ring.Close()
	backup := openVault(t, after, before)
	for i, b := range gone {
		if r := backup.of(t, b, homes[b.id], others); !r.nothing() || r.tested == 0 {
			t.Errorf("with the keys of today an old store gives of erased borrower %d: %+v", i, r)
		}
	}
	backup.ring.Close()
	for _, b := range all {
		for _, value := range b.Values() {
			if bytes.Contains(now.raw, []byte(value)) {
				t.Error("a personal value is in clear among the files")
			}
		}
	}
	asksNothing(t, after, gone, living)
	t.Logf("%d bytes, %d versions of rows, %d old values of the erased tried with %d keys of others", len(now.raw), len(now.rows), tested, len(others))

	// The platform hears of it once it is back.
	w.startHub(t)
	w.startAgent(t)
	w.delivered(t)
	w.stopAgent(t)
	w.hub.stop(t)
	kinds := map[string]int{}
	for _, r := range w.ledger(t) {
		kinds[r.Kind]++
		for _, b := range gone {
			if slices.Contains(b.verdicts, r.ID) && (r.Verdict != nil || r.Kind == wire.KindVerdict && r.Token != nil) {
				t.Errorf("the platform still has verdict %d of an erased borrower", r.Seq)
			}
		}
	}
	if kinds[wire.KindTombstone] != 3 || kinds[wire.KindErased] != 4 || kinds[wire.KindVerdict] != 15 {
		t.Errorf("the platform has %v, want 3 tombstones, 4 notices, 15 verdicts", kinds)
	}
}

// take copies an agent's folder.
func take(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	// Copies are as private as what they are copies of.
	err := filepath.WalkDir(to, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return errors.Join(err, os.Chmod(path, 0o600))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// asksNothing opens a folder as the agent does and asks in the ordinary ways.
func asksNothing(t *testing.T, dir string, gone, living []*borrower) {
	t.Helper()
	ctx := context.Background()
	h, err := house.Open(dir, house.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for _, b := range slices.Concat(gone, living) {
		there := slices.Contains(living, b)
		if _, ok, err := h.Agent.Subject(ctx, agent.IndexNumber, agent.NewPersonal(b.Number)); err != nil || ok != there {
			t.Errorf("found by number: %v, %v; want %v", ok, err, there)
		}
		for _, c := range b.cases {
			if _, ok, err := h.Agent.Subject(ctx, agent.IndexCase, agent.NewPersonal(c)); err != nil || ok != there {
				t.Errorf("found by case: %v, %v; want %v", ok, err, there)
			}
			if _, err := h.Agent.Show(ctx, c); there && err != nil || !there && !errors.Is(err, agent.ErrUnknownCase) {
				t.Errorf("Show = %v; the borrower is there: %v", err, there)
			}
		}
		if _, err := h.Store.Profile(ctx, b.id); there && err != nil || !there && !errors.Is(err, agent.ErrConflict) {
			t.Errorf("Profile = %v; the borrower is there: %v", err, there)
		}
	}
}

// An erasure is killed at random moments, again and again. The store is whole
// after each kill, nobody else is touched, and repeating it completes it.
func TestErasure_survivesKill(t *testing.T) {
	t.Parallel()
	kills := 15
	if testing.Short() {
		kills = 5
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	w := newWorld(t, false, 64)
	w.startAgent(t)
	all := w.ask(t, 20, 26)
	w.stopAgent(t)
	witness := all[len(all)-1]
	// How long an erasure takes here tells when to kill one.
	begun := time.Now()
	if code, _, errs := w.yanmen(t, "", "erase", all[0].id.String()); code != 0 {
		t.Fatalf("erase: exit %d\n%s", code, errs)
	}
	whole := time.Since(begun)
	erased := 1
	for i := range kills {
		b := all[min(erased, len(all)-2)]
		p := start(t, "yanmen", "erase", b.id.String(), "--dir", w.agentDir)
		time.Sleep(whole/5 + time.Duration(random.Int64N(int64(whole))))
		p.kill()
		if i%5 != 4 {
			continue // the next one finds what this one left
		}
		if code, out, errs := w.yanmen(t, "", "fsck"); code != 0 {
			t.Errorf("fsck: exit %d\n%s%s", code, out, errs)
		}
		// The kill may have come when all was done: then nobody is there to erase.
		if code, _, errs := w.yanmen(t, "", "erase", b.id.String()); code != 0 && code != exitUnknown {
			t.Fatalf("erase again: exit %d\n%s", code, errs)
		}
		if code, _, _ := w.yanmen(t, "", "show", b.cases[0]); code != exitUnknown {
			t.Errorf("show of an erased borrower's case: exit %d, want %d", code, exitUnknown)
		}
		erased++
	}
	if code, _, errs := w.yanmen(t, "", "show", witness.cases[0]); code != 0 {
		t.Errorf("show of another borrower's case: exit %d\n%s", code, errs)
	}
	w.sound(t)
}
