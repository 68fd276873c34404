package journal

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/yanmen/yanmen/agent"
)

const testOrigin = "lender-a/journal"

// memory is a journal in memory. It keeps rules of the store that the package
// relies on: nodes are dense, in order, and never written twice.
type memory struct {
	leaves [][]byte
	nodes  [][32]byte
}

var errAbsent = errors.New("absent")

func (m *memory) Size() int64 { return int64(len(m.leaves)) }

func (m *memory) Leaf(n int64) ([]byte, error) {
	if n < 0 || n >= m.Size() || m.leaves[n] == nil {
		return nil, errAbsent
	}
	return m.leaves[n], nil
}

func (m *memory) Node(i int64) ([32]byte, error) {
	if i < 0 || i >= int64(len(m.nodes)) {
		return [32]byte{}, errAbsent
	}
	return m.nodes[i], nil
}

func (m *memory) append(t testing.TB, leaf []byte) {
	t.Helper()
	n := m.Size()
	if at := tlog.StoredHashIndex(0, n); at != int64(len(m.nodes)) {
		t.Fatalf("leaf %d goes to place %d, want %d", n, len(m.nodes), at)
	}
	nodes, err := Log{}.Nodes(n, leaf, m.Node)
	if err != nil {
		t.Fatal(err)
	}
	m.leaves = append(m.leaves, leaf)
	m.nodes = append(m.nodes, nodes...)
}

func (m *memory) clone() *memory {
	return &memory{slices.Clone(m.leaves), slices.Clone(m.nodes)}
}

// entry returns the n-th test entry: some with a body, some with a verdict.
func entry(n int) (e agent.Entry, body, payload [32]byte, seq uint64) {
	e = agent.Entry{
		Kind:   [...]string{"verify", "import", "open", "erase"}[n%4],
		At:     1_700_000_000_000 + int64(n),
		Public: fmt.Appendf(nil, `{"n":%d,"codes":["consent.absent"]}`, n),
	}
	if n%2 == 0 {
		body[0], body[31] = byte(n), 1
	}
	if n%3 == 0 {
		payload[0], payload[31] = byte(n), 2
		seq = uint64(n/3 + 1)
	}
	return e, body, payload, seq
}

func testLeaf(t testing.TB, n int) []byte {
	t.Helper()
	e, body, payload, seq := entry(n)
	b := Log{}.Leaf(&e, body, payload, seq)
	if b == nil {
		t.Fatalf("entry %d has no leaf", n)
	}
	return b
}

func testJournal(t testing.TB, size int) *memory {
	t.Helper()
	m := new(memory)
	for n := range size {
		m.append(t, testLeaf(t, n))
	}
	return m
}

// testKey returns a note key pair that is the same in every run.
func testKey(t testing.TB, name string, seed byte) (note.Signer, note.Verifier) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, ed25519.SeedSize)), name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func headOf(t testing.TB, m *memory, size int64) Head {
	t.Helper()
	h, err := headAt(m, size)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestNodes_areThoseOfTlog(t *testing.T) {
	m := new(memory)
	for n := range 300 {
		leaf := testLeaf(t, n)
		want, err := tlog.StoredHashes(int64(n), leaf, reader(m))
		if err != nil {
			t.Fatal(err)
		}
		before := len(m.nodes)
		m.append(t, leaf)
		if got := m.nodes[before:]; !slices.EqualFunc(got, want, func(a [32]byte, b tlog.Hash) bool { return a == b }) {
			t.Fatalf("Nodes(%d) differ from tlog's", n)
		}
		if got, want := int64(len(m.nodes)), tlog.StoredHashCount(int64(n)+1); got != want {
			t.Fatalf("%d nodes after leaf %d, want %d", got, n, want)
		}
	}
}

func TestNodes_ofOneBatchAreReadBack(t *testing.T) {
	// The committer has the nodes of its batch in memory only.
	m, pending := testJournal(t, 5), map[int64][32]byte{}
	want := testJournal(t, 24)
	read := func(i int64) ([32]byte, error) {
		if h, ok := pending[i]; ok {
			return h, nil
		}
		return m.Node(i)
	}
	for n := int64(5); n < 24; n++ {
		nodes, err := Log{}.Nodes(n, testLeaf(t, int(n)), read)
		if err != nil {
			t.Fatal(err)
		}
		for k, h := range nodes {
			i := tlog.StoredHashIndex(0, n) + int64(k)
			pending[i] = h
			if h != want.nodes[i] {
				t.Fatalf("node %d of the batch differs", i)
			}
		}
	}
}

func TestNodes_refuseWhatCannotBeAppended(t *testing.T) {
	read := func(int64) ([32]byte, error) { return [32]byte{}, nil }
	if _, err := (Log{}).Nodes(0, nil, read); !errors.Is(err, ErrMalformed) {
		t.Errorf("Nodes of a nil leaf = %v, want ErrMalformed", err)
	}
	for _, n := range []int64{-1, maxSize, 1<<63 - 1} {
		if _, err := (Log{}).Nodes(n, []byte("{}"), read); err == nil {
			t.Errorf("Nodes(%d) passed", n)
		}
	}
	fail := errors.New("disk")
	_, err := Log{}.Nodes(3, []byte("{}"), func(int64) ([32]byte, error) { return [32]byte{}, fail })
	if !errors.Is(err, fail) {
		t.Errorf("Nodes with a failing read = %v, want the read's error", err)
	}
}

func TestTree_headIsThatOfStoredNodes(t *testing.T) {
	m := testJournal(t, 70)
	var tr tree
	for n := int64(0); ; n++ {
		if got, want := tr.head(), headOf(t, m, n); got != want {
			t.Fatalf("head of %d leaves = %x, want %x", n, got.Root, want.Root)
		}
		if n == m.Size() {
			return
		}
		tr.add(tlog.RecordHash(m.leaves[n]), func(tlog.Hash) {})
	}
}

func TestErrors_nameNoInput(t *testing.T) {
	const secret = "张三canary"
	e := agent.Entry{Kind: "verify", At: 1, Public: []byte(`{"name":"` + secret + `"}`)}
	if (Log{}).Leaf(&e, [32]byte{}, [32]byte{}, 0) != nil {
		t.Error("a name went into the public part")
	}
	_, v := testKey(t, testOrigin, 1)
	known := note.VerifierList(v)
	_, err1 := ParseLeaf([]byte(`{"v":1,"kind":"x","at":` + secret + `,"public":{}}`))
	_, err2 := OpenCheckpoint([]byte(secret+"\n0\n\n\n— "+secret+" AAAA\n"), testOrigin, known)
	_, err3 := ReadKept(strings.NewReader(`{"checkpoint":"`+secret+`"}`+"\n"), testOrigin, known)
	_, err4 := ReadKept(strings.NewReader(secret+"\n"), testOrigin, known)
	for i, err := range []error{err1, err2, err3, err4} {
		if err == nil || strings.Contains(err.Error(), "张") || strings.Contains(err.Error(), "canary") {
			t.Errorf("error %d is nil or quotes its input", i+1)
		}
	}
}

func BenchmarkNodes(b *testing.B) {
	m := testJournal(b, 0)
	leaf := testLeaf(b, 0)
	m.nodes = make([][32]byte, 0, 2*b.N+64)
	b.ReportAllocs()
	for n := int64(0); b.Loop(); n++ {
		nodes, err := Log{}.Nodes(n, leaf, m.Node)
		if err != nil {
			b.Fatal(err)
		}
		m.nodes = append(m.nodes, nodes...)
	}
}

func BenchmarkLeaf(b *testing.B) {
	e := agent.Entry{Kind: "verify", At: 1_700_000_000_000, Public: []byte(`{"case":"0192f0c4a7b07cc1a9e05d6b7f1e2d3c","purpose":"overdue","outcome":"pass",` +
		`"rules":"5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef","decisions":[{"point":"collect","allow":true,"denials":[]},{"point":"use","allow":true,"denials":[]}]}`)}
	b.ReportAllocs()
	for b.Loop() {
		if (Log{}).Leaf(&e, [32]byte{1}, [32]byte{2}, 77) == nil {
			b.Fatal("no leaf")
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	m := testJournal(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if r, err := Verify(b.Context(), m); err != nil || !r.OK() {
			b.Fatal("not OK")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/leaf")
}
