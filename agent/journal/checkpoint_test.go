package journal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/mod/sumdb/note"
)

func testCheckpoint(t testing.TB, m *memory, s note.Signer) []byte {
	t.Helper()
	msg, err := Checkpoint(m, s)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

func TestCheckpoint_opensToTheHead(t *testing.T) {
	s, v := testKey(t, testOrigin, 1)
	m := new(memory)
	for n := range 71 {
		msg := testCheckpoint(t, m, s)
		got, err := OpenCheckpoint(msg, testOrigin, note.VerifierList(v))
		if err != nil {
			t.Fatalf("size %d: %v", n, err)
		}
		var tr tree
		for _, leaf := range m.leaves {
			tr.add(hashOf(leaf), ignore)
		}
		if got != tr.head() {
			t.Fatalf("size %d: head differs from that of the leaves", n)
		}
		m.append(t, testLeaf(t, n))
	}
}

// The text of a checkpoint is C2SP's; its bytes never change.
func TestCheckpoint_goldenText(t *testing.T) {
	s, _ := testKey(t, testOrigin, 1)
	text := func(m *memory) string {
		body, _, _ := strings.Cut(string(testCheckpoint(t, m, s)), "\n\n")
		return body
	}
	if got, want := text(new(memory)), "lender-a/journal\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; got != want {
		t.Errorf("checkpoint of no leaves = %q, want %q", got, want)
	}
	m := new(memory)
	m.append(t, []byte(golden[0].want))
	h := hashOf([]byte(golden[0].want))
	if got, want := text(m), "lender-a/journal\n1\n"+base64.StdEncoding.EncodeToString(h[:]); got != want {
		t.Errorf("checkpoint of one leaf = %q, want %q", got, want)
	}
}

func TestOpenCheckpoint_refusesEveryFlippedBit(t *testing.T) {
	s, v := testKey(t, testOrigin, 1)
	msg := testCheckpoint(t, testJournal(t, 9), s)
	want, err := OpenCheckpoint(msg, testOrigin, note.VerifierList(v))
	if err != nil {
		t.Fatal(err)
	}
	for i := range msg {
		for bit := range 8 {
			wrong := bytes.Clone(msg)
			wrong[i] ^= 1 << bit
			// Base64 has bits that decode to nothing, in the signature line; a
			// note that still opens must say the same.
			if h, err := OpenCheckpoint(wrong, testOrigin, note.VerifierList(v)); err == nil && h != want {
				t.Errorf("byte %d bit %d: opens to another head", i, bit)
			}
		}
	}
}

func TestOpenCheckpoint_refusesOthers(t *testing.T) {
	s, v := testKey(t, testOrigin, 1)
	other, otherV := testKey(t, "lender-b/journal", 2)
	impostor, _ := testKey(t, testOrigin, 3)
	known := note.VerifierList(v, otherV)
	m := testJournal(t, 5)
	sign := func(text string, signers ...note.Signer) []byte {
		msg, err := note.Sign(&note.Note{Text: text}, signers...)
		if err != nil {
			t.Fatal(err)
		}
		return msg
	}
	text := headOf(t, m, 5).text(testOrigin)
	root := strings.Split(text, "\n")[2]
	if _, err := OpenCheckpoint(sign(text, s), testOrigin, known); err != nil {
		t.Fatalf("the right one: %v", err)
	}
	if _, err := OpenCheckpoint(sign(text, s, other), testOrigin, note.VerifierList(v)); err != nil {
		t.Errorf("with a witness: %v", err)
	}
	for name, msg := range map[string][]byte{
		"empty":               nil,
		"another origin":      sign(headOf(t, m, 5).text("lender-b/journal"), other),
		"another's signature": sign(text, other),
		"an impostor's":       sign(text, impostor),
		"origin of another":   sign(headOf(t, m, 5).text("lender-b/journal"), s),
		"extension":           sign(text+"more\n", s),
		"no root":             sign(testOrigin+"\n5\n", s),
		"leading zero":        sign(testOrigin+"\n05\n"+root+"\n", s),
		"sign":                sign(testOrigin+"\n+5\n"+root+"\n", s),
		"negative":            sign(testOrigin+"\n-5\n"+root+"\n", s),
		"far too large":       sign(testOrigin+"\n9223372036854775807\n"+root+"\n", s),
		"too large":           sign(testOrigin+"\n281474976710657\n"+root+"\n", s),
		"short root":          sign(testOrigin+"\n5\n"+root[4:]+"\n", s),
		"root's unused bits":  sign(testOrigin+"\n5\n"+root[:42]+string(root[42]+1)+"=\n", s),
		"empty with root":     sign(testOrigin+"\n0\n"+root+"\n", s),
		"too long":            append(sign(text, s), bytes.Repeat([]byte("— a AAAAAAAA\n"), 2000)...),
		"signature cut":       sign(text, s)[:len(text)+1],
	} {
		if h, err := OpenCheckpoint(msg, testOrigin, known); err != ErrCheckpoint || h != (Head{}) {
			t.Errorf("%s: OpenCheckpoint = %d, %v, want ErrCheckpoint", name, h.Size, err)
		}
	}
	if _, err := OpenCheckpoint(sign(text, s), testOrigin, nil); err != ErrCheckpoint {
		t.Errorf("with no known key: %v, want ErrCheckpoint", err)
	}
}

func TestReadKept_readsWhatWasAppended(t *testing.T) {
	s, v := testKey(t, testOrigin, 1)
	known := note.VerifierList(v)
	var file bytes.Buffer
	var want []Head
	m := new(memory)
	for n := range 20 {
		msg := testCheckpoint(t, m, s)
		b, err := FormatKept(msg)
		if err != nil {
			t.Fatal(err)
		}
		file.Write(b)
		want = append(want, headOf(t, m, int64(n)))
		m.append(t, testLeaf(t, n))
	}
	got, err := ReadKept(iotest.OneByteReader(bytes.NewReader(file.Bytes())), testOrigin, known)
	if err != nil || len(got) != len(want) {
		t.Fatalf("ReadKept = %d heads, %v, want %d", len(got), err, len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("head %d differs", i)
		}
	}
	if got, err := ReadKept(strings.NewReader(""), testOrigin, known); err != nil || got != nil {
		t.Errorf("ReadKept of nothing = %v, %v", got, err)
	}
}

func TestReadKept_leavesOutTheTornLineOnly(t *testing.T) {
	s, v := testKey(t, testOrigin, 1)
	known := note.VerifierList(v)
	b, err := FormatKept(testCheckpoint(t, testJournal(t, 3), s))
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(b) {
		heads, err := ReadKept(bytes.NewReader(append(bytes.Clone(b), b[:i]...)), testOrigin, known)
		if err != nil || len(heads) != 1 {
			t.Fatalf("torn after %d bytes: %d heads, %v, want 1", i, len(heads), err)
		}
	}
	for name, file := range map[string]string{
		"torn in the middle": string(b[:20]) + "\n" + string(b),
		"blank line":         "\n" + string(b),
		"another member":     strings.Replace(string(b), `{"checkpoint"`, `{"x":1,"checkpoint"`, 1),
		"space":              strings.Replace(string(b), `{"checkpoint":`, `{"checkpoint": `, 1),
		"escape":             strings.Replace(string(b), `lender`, `\u006cender`, 1),
		"no note":            `{"checkpoint":"x"}` + "\n",
		"null":               "null\n",
		"too long":           `{"checkpoint":"` + strings.Repeat("x", 2*maxCheckpoint) + `"}` + "\n",
	} {
		if heads, err := ReadKept(strings.NewReader(file), testOrigin, known); err != ErrCheckpoint || heads != nil {
			t.Errorf("%s: ReadKept = %d heads, %v, want ErrCheckpoint", name, len(heads), err)
		}
	}
	fail := errors.New("disk")
	if _, err := ReadKept(iotest.ErrReader(fail), testOrigin, known); !errors.Is(err, fail) {
		t.Errorf("ReadKept of a failing reader = %v, want its error", err)
	}
}

func FuzzOpenCheckpoint(f *testing.F) {
	s, v := testKey(f, testOrigin, 1)
	known := note.VerifierList(v)
	for _, n := range []int{0, 1, 7} {
		f.Add(testCheckpoint(f, testJournal(f, n), s))
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		h, err := OpenCheckpoint(msg, testOrigin, known)
		if err != nil {
			return
		}
		if !bytes.HasPrefix(msg, []byte(h.text(testOrigin)+"\n")) {
			t.Fatalf("%q opens to a head of another text", msg)
		}
	})
}

// FuzzKept holds that a line of a kept file has one form.
func FuzzKept(f *testing.F) {
	f.Add([]byte(`{"checkpoint":"a\n1\nAA==\n\n— a AAAA\n"}`))
	f.Add([]byte(`{"checkpoint":"\ufffd\u2028<"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		msg, err := parseKept(b)
		if err != nil {
			return
		}
		again, err := FormatKept(msg)
		if err != nil || !bytes.Equal(again, append(bytes.Clone(b), '\n')) {
			t.Fatalf("%q comes back as %q", b, again)
		}
	})
}
