package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/mod/sumdb/note"

	"github.com/yanmen/yanmen/agent"
)

func verify(t testing.TB, src Source, kept ...Head) Report {
	t.Helper()
	r, err := Verify(t.Context(), src, kept...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rebuild returns a journal of the same leaves with all hashes made anew, as
// someone would make it who holds the whole store.
func rebuild(t testing.TB, leaves [][]byte) *memory {
	t.Helper()
	m := new(memory)
	for _, leaf := range leaves {
		m.append(t, leaf)
	}
	return m
}

func TestVerify_anHonestJournalPasses(t *testing.T) {
	m := testJournal(t, exhaustive)
	var kept []Head
	for size := int64(0); size <= exhaustive; size++ {
		kept = append(kept, headOf(t, m, size))
		part := &memory{m.leaves[:size], m.nodes}
		r := verify(t, part, kept...)
		if !r.OK() || r.Head != headOf(t, m, size) || r.Kept != len(kept) {
			t.Fatalf("size %d: %+v", size, r)
		}
	}
	r := verify(t, m)
	if !r.OK() || r.Kept != 0 {
		t.Errorf("without kept heads: %+v", r)
	}
	if first, ok := r.First.Value(); !ok || first != 1_700_000_000_000 {
		t.Errorf("First = %d, %v", first, ok)
	}
	if last, ok := r.Last.Value(); !ok || last != 1_700_000_000_000+exhaustive-1 {
		t.Errorf("Last = %d, %v", last, ok)
	}
	if got := fmt.Sprint(r.Kinds); got != "map[erase:17 import:18 open:17 verify:18]" {
		t.Errorf("Kinds = %s", got)
	}
}

func TestReport_zeroIsNotOK(t *testing.T) {
	if new(Report).OK() {
		t.Error("the zero report is OK")
	}
	empty := verify(t, new(memory))
	if !empty.OK() || empty.First.IsKnown() || empty.Last.IsKnown() {
		t.Errorf("report on an empty journal = %+v", empty)
	}
}

// What someone could do to the stored leaves, each with and without making all
// hashes anew. Every one must show against one kept head; without new hashes it
// must show by itself.
func TestVerify_findsEveryChange(t *testing.T) {
	changes := map[string]func(l [][]byte, n int64) [][]byte{
		"flip": func(l [][]byte, n int64) [][]byte {
			l[n] = bytes.Clone(l[n])
			l[n][len(l[n])/2] ^= 1
			return l
		},
		"rewrite": func(l [][]byte, n int64) [][]byte {
			l[n] = []byte(`{"v":1,"kind":"verify","at":1,"public":{}}`)
			return l
		},
		"drop": func(l [][]byte, n int64) [][]byte { return append(l[:n:n], l[n+1:]...) },
		"swap": func(l [][]byte, n int64) [][]byte {
			other := (n + 1) % int64(len(l))
			l[n], l[other] = l[other], l[n]
			return l
		},
		"double":   func(l [][]byte, n int64) [][]byte { return append(l[:n+1:n+1], l[n:]...) },
		"truncate": func(l [][]byte, n int64) [][]byte { return l[:n] },
	}
	for _, size := range []int64{2, 3, 7, 8, 21, 64, exhaustive} {
		honest := testJournal(t, int(size))
		kept := headOf(t, honest, size)
		for name, change := range changes {
			for n := range size {
				if name == "double" && n == size-1 {
					continue // that is an append
				}
				copied := honest.clone()
				leaves := change(copied.leaves, n)
				want := CheckpointDiffers
				if len(leaves) < int(size) {
					want = CheckpointAhead
				}
				if r := verify(t, rebuild(t, leaves), kept); r.OK() || r.Found[want] != 1 {
					t.Errorf("%s leaf %d of %d with new hashes: %v, want one %s", name, n, size, r.Found, want)
				}
				if name == "truncate" || name == "drop" && n == size-1 {
					continue // a journal cut off is whole in itself: only the kept head shows it
				}
				if r, err := Verify(t.Context(), &memory{leaves, copied.nodes}); err == nil && r.OK() {
					t.Errorf("%s leaf %d of %d with the old hashes passes", name, n, size)
				}
			}
		}
	}
}

func TestVerify_findsEveryChangedNode(t *testing.T) {
	honest := testJournal(t, exhaustive)
	for i := range honest.nodes {
		m := honest.clone()
		m.nodes[i][i%32] ^= 0x10
		r := verify(t, m)
		if r.OK() || len(r.Faults) != 1 || r.Faults[0] != (Fault{NodeDiffers, int64(i)}) {
			t.Errorf("node %d changed: %+v", i, r.Faults)
		}
		if want := headOf(t, honest, exhaustive); r.Head != want {
			t.Errorf("node %d changed: the head is not that of the leaves", i)
		}
	}
	cut := honest.clone()
	cut.nodes = cut.nodes[:len(cut.nodes)-1]
	r := verify(t, cut)
	if len(r.Faults) != 1 || r.Faults[0].Code != NodeUnreadable {
		t.Errorf("last node gone: %+v", r.Faults)
	}
}

func TestVerify_goesOnOverALostLeaf(t *testing.T) {
	m := testJournal(t, 20)
	m.leaves[7] = nil
	m.nodes[0][0] ^= 1
	r := verify(t, m)
	if r.OK() || r.Found[LeafUnreadable] != 1 || r.Found[NodeDiffers] != 1 {
		t.Errorf("a lost leaf and a changed node: %v", r.Found)
	}
	gone := &memory{make([][]byte, 3), nil}
	if r, err := Verify(t.Context(), gone); err == nil || r.OK() {
		t.Errorf("leaf and node gone: %v, OK %v; want an error", err, r.OK())
	}
}

func TestVerify_refusesHeadsThatNoJournalHas(t *testing.T) {
	m := testJournal(t, 4)
	for name, h := range map[string]Head{
		"zero":            {},
		"negative":        {Size: -1},
		"two at one size": {Size: 4, Root: [32]byte{1}},
	} {
		if r := verify(t, m, headOf(t, m, 4), h); r.OK() || r.Found[CheckpointDiffers] != 1 {
			t.Errorf("%s: %v, want one %s", name, r.Found, CheckpointDiffers)
		}
	}
}

func TestVerify_listsAHundredAndCountsAll(t *testing.T) {
	m := testJournal(t, 300)
	for i := range m.nodes {
		m.nodes[i][0] ^= 1
	}
	r := verify(t, m)
	if len(r.Faults) != maxFaults || r.Found[NodeDiffers] != int64(len(m.nodes)) {
		t.Errorf("%d listed, %d counted; want %d and %d", len(r.Faults), r.Found[NodeDiffers], maxFaults, len(m.nodes))
	}
}

func TestVerify_endsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, v := testKey(t, testOrigin, 1)
	m := testJournal(t, 3)
	if r, err := Verify(ctx, m); err != context.Canceled || r.OK() {
		t.Errorf("Verify = OK %v, %v", r.OK(), err)
	}
	if err := Export(ctx, io.Discard, m, s); err != context.Canceled {
		t.Errorf("Export = %v", err)
	}
	if r, err := VerifyExport(ctx, strings.NewReader("x\n"), testOrigin, note.VerifierList(v)); err != context.Canceled || r.OK() {
		t.Errorf("VerifyExport = OK %v, %v", r.OK(), err)
	}
}

func export(t testing.TB, m *memory, s note.Signer) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Export(t.Context(), &b, m, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func verifyExport(t testing.TB, b []byte, v note.Verifier, kept ...Head) Report {
	t.Helper()
	r, err := VerifyExport(t.Context(), iotest.HalfReader(bytes.NewReader(b)), testOrigin, note.VerifierList(v), kept...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestExport_verifiesAtEachSize(t *testing.T) {
	s, v := testKey(t, testOrigin, 1)
	for size := range exhaustive + 1 {
		m := testJournal(t, size)
		r := verifyExport(t, export(t, m, s), v, headOf(t, m, int64(size)/2), headOf(t, m, int64(size)))
		if !r.OK() || r.Head != headOf(t, m, int64(size)) {
			t.Fatalf("size %d: %+v", size, r)
		}
	}
}

func TestExport_isTheLeavesAndOneCheckpoint(t *testing.T) {
	s, v := testKey(t, testOrigin, 1)
	m := testJournal(t, 6)
	lines := bytes.Split(export(t, m, s), []byte("\n"))
	if len(lines) != 8 || len(lines[7]) != 0 {
		t.Fatalf("%d lines", len(lines))
	}
	for n, leaf := range m.leaves {
		if !bytes.Equal(lines[n], leaf) {
			t.Errorf("line %d is not leaf %d", n, n)
		}
	}
	heads, err := ReadKept(bytes.NewReader(append(lines[6], '\n')), testOrigin, note.VerifierList(v))
	if err != nil || len(heads) != 1 || heads[0] != headOf(t, m, 6) {
		t.Errorf("last line = %v, %v", heads, err)
	}
}

func TestVerifyExport_findsEveryFlippedBit(t *testing.T) {
	s, v := testKey(t, testOrigin, 1)
	m := testJournal(t, 5)
	b := export(t, m, s)
	signature := bytes.LastIndexByte(b, ' ')
	for i := range signature {
		wrong := bytes.Clone(b)
		wrong[i] ^= 1 << (i % 8)
		if r := verifyExport(t, wrong, v); r.OK() {
			t.Errorf("byte %d changed: passes", i)
		}
	}
	for i := range b {
		if r := verifyExport(t, b[:i], v); r.OK() {
			t.Errorf("cut after %d bytes: passes", i)
		}
	}
}

func TestVerifyExport_findsWhatDoesNotBelong(t *testing.T) {
	s, v := testKey(t, testOrigin, 1)
	other, _ := testKey(t, "lender-b/journal", 2)
	m := testJournal(t, 5)
	b := export(t, m, s)
	lines := bytes.SplitAfter(b, []byte("\n"))
	last := lines[5]
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for name, c := range map[string]struct {
		b    []byte
		want agent.Code
	}{
		"empty":                 {nil, CheckpointMissing},
		"no checkpoint":         {join(lines[:5]...), CheckpointMissing},
		"torn":                  {b[:len(b)-1], CheckpointMissing},
		"leaf dropped":          {join(lines[0], lines[2], lines[3], lines[4], last), CheckpointAhead},
		"leaf added":            {join(lines[0], lines[0], lines[1], lines[2], lines[3], lines[4], last), CheckpointDiffers},
		"leaves swapped":        {join(lines[1], lines[0], lines[2], lines[3], lines[4], last), CheckpointDiffers},
		"blank line":            {join([]byte("\n"), b), LeafMalformed},
		"leaf after":            {join(b, lines[0]), ExportTrailing},
		"checkpoint twice":      {join(b, last), ExportTrailing},
		"torn after":            {join(b, []byte("x")), ExportTrailing},
		"long after":            {join(b, bytes.Repeat([]byte("x"), 3*maxLeaf)), ExportTrailing},
		"line too long":         {bytes.Repeat([]byte("x"), 3*maxLeaf), LeafMalformed},
		"another's checkpoint":  {export(t, m, other), CheckpointMalformed},
		"checkpoint of no note": {join(lines[0], []byte(`{"checkpoint":"x"}`+"\n")), CheckpointMalformed},
		"checkpoint of no JSON": {join(lines[0], []byte(`{"checkpoint":`+"\n")), CheckpointMalformed},
	} {
		r := verifyExport(t, c.b, v)
		if r.OK() || r.Found[c.want] == 0 {
			t.Errorf("%s: %v, want %s", name, r.Found, c.want)
		}
	}
	// An export rewritten by whoever holds the key shows against a kept head only.
	forged := testJournal(t, 5)
	forged.leaves[2] = []byte(golden[0].want)
	forged = rebuild(t, forged.leaves)
	if r := verifyExport(t, export(t, forged, s), v, headOf(t, m, 3)); r.OK() || r.Found[CheckpointDiffers] != 1 {
		t.Errorf("forged with the key: %v", r.Found)
	}
	fail := errors.New("disk")
	r, err := VerifyExport(t.Context(), iotest.ErrReader(fail), testOrigin, note.VerifierList(v))
	if !errors.Is(err, fail) || r.OK() {
		t.Errorf("failing reader: OK %v, %v", r.OK(), err)
	}
	if err := Export(t.Context(), failWriter{fail}, m, s); !errors.Is(err, fail) {
		t.Errorf("failing writer: %v", err)
	}
}

type failWriter struct{ err error }

func (w failWriter) Write([]byte) (int, error) { return 0, w.err }

// FuzzVerifyExport holds that nothing passes without the journal's own
// signature, and that no input ends the reader early.
func FuzzVerifyExport(f *testing.F) {
	s, v := testKey(f, testOrigin, 1)
	_, stranger := testKey(f, testOrigin, 9)
	b := export(f, testJournal(f, 3), s)
	f.Add(b)
	f.Add(b[:len(b)-9])
	f.Add([]byte("\n\n{\"checkpoint\":\"\"}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r := verifyExport(t, b, stranger); r.OK() {
			t.Fatalf("%q passes under another key", b)
		}
		if r := verifyExport(t, b, v); r.OK() && !bytes.HasSuffix(b, []byte("\\n\"}\n")) {
			t.Fatalf("%q passes", b)
		}
	})
}
