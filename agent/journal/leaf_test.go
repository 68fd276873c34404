package journal

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/yanmen/yanmen/agent"
)

// The bytes of these leaves are the format: they never change.
var golden = []struct {
	name string
	leaf Leaf
	want string
}{
	{"bare", Leaf{Kind: "start", At: 1},
		`{"v":1,"kind":"start","at":1,"public":{}}`},
	{"body", Leaf{Kind: "verify", At: 1_700_000_000_000, Public: []byte(`{"denials":["consent.absent"]}`), Body: [32]byte{0xab, 31: 0x01}},
		`{"v":1,"kind":"verify","at":1700000000000,"public":{"denials":["consent.absent"]},` +
			`"body":"ab00000000000000000000000000000000000000000000000000000000000001"}`},
	{"verdict", Leaf{Kind: "verify", At: 2, Public: []byte(`{}`), Body: [32]byte{31: 1}, Payload: [32]byte{31: 2}, Seq: 18446744073709551615},
		`{"v":1,"kind":"verify","at":2,"public":{},` +
			`"body":"0000000000000000000000000000000000000000000000000000000000000001",` +
			`"payload":"0000000000000000000000000000000000000000000000000000000000000002","seq":18446744073709551615}`},
	{"payload alone", Leaf{Kind: "erase", At: 3, Payload: [32]byte{31: 2}, Seq: 1},
		`{"v":1,"kind":"erase","at":3,"public":{},` +
			`"payload":"0000000000000000000000000000000000000000000000000000000000000002","seq":1}`},
}

func TestLeaf_goldenBytes(t *testing.T) {
	for _, g := range golden {
		got, err := g.leaf.Marshal()
		if err != nil || string(got) != g.want {
			t.Errorf("%s: Marshal = %s, %v, want %s", g.name, got, err, g.want)
		}
		l, err := ParseLeaf([]byte(g.want))
		if err != nil {
			t.Errorf("%s: ParseLeaf = %v", g.name, err)
			continue
		}
		want := g.leaf
		if want.Public == nil {
			want.Public = []byte("{}")
		}
		if l.Kind != want.Kind || l.At != want.At || !bytes.Equal(l.Public, want.Public) ||
			l.Body != want.Body || l.Payload != want.Payload || l.Seq != want.Seq {
			t.Errorf("%s: ParseLeaf = %+v, want %+v", g.name, l, want)
		}
		entry := agent.Entry{Kind: g.leaf.Kind, At: g.leaf.At, Public: g.leaf.Public}
		if got := (Log{}).Leaf(&entry, g.leaf.Body, g.leaf.Payload, g.leaf.Seq); string(got) != g.want {
			t.Errorf("%s: Log.Leaf = %s, want %s", g.name, got, g.want)
		}
	}
}

func TestLeaf_incompleteHasNoForm(t *testing.T) {
	whole := func() Leaf {
		return Leaf{Kind: "verify", At: 1, Public: []byte(`{}`), Body: [32]byte{1}, Payload: [32]byte{1}, Seq: 1}
	}
	for name, spoil := range map[string]func(*Leaf){
		"no kind":             func(l *Leaf) { l.Kind = "" },
		"no time":             func(l *Leaf) { l.At = 0 },
		"negative time":       func(l *Leaf) { l.At = -1 },
		"time too large":      func(l *Leaf) { l.At = maxNumber },
		"payload without seq": func(l *Leaf) { l.Seq = 0 },
		"seq without payload": func(l *Leaf) { l.Payload = [32]byte{} },
		"kind upper case":     func(l *Leaf) { l.Kind = "Verify" },
		"kind with quote":     func(l *Leaf) { l.Kind = `a","at":1` },
		"kind digit first":    func(l *Leaf) { l.Kind = "1a" },
		"kind too long":       func(l *Leaf) { l.Kind = strings.Repeat("a", maxKind+1) },
		"public empty":        func(l *Leaf) { l.Public = []byte{} },
	} {
		l := whole()
		if _, err := l.Marshal(); err != nil {
			t.Fatalf("the whole leaf does not marshal")
		}
		spoil(&l)
		if b, err := l.Marshal(); err != ErrMalformed || b != nil {
			t.Errorf("%s: Marshal = %d bytes, %v, want ErrMalformed", name, len(b), err)
		}
	}
	if b, err := new(Leaf).Marshal(); err == nil {
		t.Errorf("the zero leaf marshals to %s", b)
	}
}

func TestParseLeaf_refusesOtherForms(t *testing.T) {
	const hash = "ab00000000000000000000000000000000000000000000000000000000000001"
	for name, b := range map[string]string{
		"empty":               "",
		"no object":           "null",
		"version":             `{"v":2,"kind":"start","at":1,"public":{}}`,
		"white space":         `{"v":1, "kind":"start","at":1,"public":{}}`,
		"newline":             `{"v":1,"kind":"start","at":1,"public":{}}` + "\n",
		"order":               `{"v":1,"at":1,"kind":"start","public":{}}`,
		"sign":                `{"v":1,"kind":"start","at":+1,"public":{}}`,
		"leading zero":        `{"v":1,"kind":"start","at":01,"public":{}}`,
		"exponent":            `{"v":1,"kind":"start","at":1e3,"public":{}}`,
		"time too large":      `{"v":1,"kind":"start","at":99999999999999999999,"public":{}}`,
		"no public":           `{"v":1,"kind":"start","at":1}`,
		"public array":        `{"v":1,"kind":"start","at":1,"public":[]}`,
		"escape":              `{"v":1,"kind":"st\u0061rt","at":1,"public":{}}`,
		"unknown member":      `{"v":1,"kind":"start","at":1,"public":{},"x":1}`,
		"member twice":        `{"v":1,"kind":"start","at":1,"public":{},"public":{}}`,
		"body upper case":     `{"v":1,"kind":"start","at":1,"public":{},"body":"` + strings.ToUpper(hash) + `"}`,
		"body short":          `{"v":1,"kind":"start","at":1,"public":{},"body":"` + hash[2:] + `"}`,
		"body zero":           `{"v":1,"kind":"start","at":1,"public":{},"body":"` + strings.Repeat("0", 64) + `"}`,
		"body null":           `{"v":1,"kind":"start","at":1,"public":{},"body":null}`,
		"payload alone":       `{"v":1,"kind":"start","at":1,"public":{},"payload":"` + hash + `"}`,
		"payload zero":        `{"v":1,"kind":"start","at":1,"public":{},"payload":"` + strings.Repeat("0", 64) + `","seq":1}`,
		"payload before body": `{"v":1,"kind":"start","at":1,"public":{},"payload":"` + hash + `","seq":1,"body":"` + hash + `"}`,
		"seq zero":            `{"v":1,"kind":"start","at":1,"public":{},"payload":"` + hash + `","seq":0}`,
		"seq leading zero":    `{"v":1,"kind":"start","at":1,"public":{},"payload":"` + hash + `","seq":01}`,
		"seq absent":          `{"v":1,"kind":"start","at":1,"public":{},"payload":"` + hash + `","seq":}`,
		"seq too large":       `{"v":1,"kind":"start","at":1,"public":{},"payload":"` + hash + `","seq":18446744073709551616}`,
		"trailing":            `{"v":1,"kind":"start","at":1,"public":{}}}`,
		"two":                 `{"v":1,"kind":"start","at":1,"public":{}}{"v":1,"kind":"start","at":1,"public":{}}`,
		"cut short":           `{"v":1,"kind":"start","at":1,"public":{}`,
		"too long":            `{"v":1,"kind":"start","at":1,"public":{"a":[` + strings.Repeat("1,", maxLeaf) + `1]}}`,
	} {
		if _, err := ParseLeaf([]byte(b)); err != ErrMalformed {
			t.Errorf("%s: ParseLeaf = %v, want ErrMalformed", name, err)
		}
	}
}

func TestParseLeaf_refusesEveryPrefixAndInsertion(t *testing.T) {
	for _, g := range golden {
		for i := range g.want {
			if _, err := ParseLeaf([]byte(g.want[:i])); err == nil {
				t.Errorf("%s: the first %d bytes parse", g.name, i)
			}
			for _, c := range " \n\t,\x00" {
				if _, err := ParseLeaf([]byte(g.want[:i] + string(c) + g.want[i:])); err == nil {
					t.Errorf("%s: parses with %q inserted at %d", g.name, c, i)
				}
			}
		}
	}
}

func TestPublic_takesCodesTimesAndIDsOnly(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"a":`, n-1) + `{}` + strings.Repeat("}", n-1) }
	good := []string{
		`{}`, `{"a":1}`, `{"a":-1,"b":0}`, `{"a":999999999999999}`, `{"a":true,"b":false,"c":null}`,
		`{"a":[]}`, `{"a":[1,"x",{"a":1},[null]]}`, `{"a":{"a":1}}`, `{"a":""}`,
		`{"id":"0192f0c4-a7b0-7cc1-a9e0-5d6b7f1e2d3c","t":"2026-01-02T03:04:05Z","h":"aGVsbG8+/w=="}`,
		`{"case":"` + strings.Repeat("0", 9) + `"}`, `{"h":"` + strings.Repeat("a1", 64) + `"}`, deep(maxDepth),
	}
	for _, p := range good {
		if scanPublic([]byte(p)) != len(p) {
			t.Errorf("%.80s is refused", p)
		}
	}
	bad := []string{
		``, `null`, `[]`, `{`, `{}}`, `{ }`, `{"a": 1}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{"":1}`, `{a:1}`,
		`{"a":1,"a":2}`, `{"a":{"b":1,"b":2}}`, `{"A":1}`, `{"a":01}`, `{"a":-}`, `{"a":-0}`, `{"a":-01}`, `{"a":1.5}`, `{"a":1e3}`, `{"a":+1}`,
		`{"a":1000000000000000}`, `{"a":NaN}`, `{"a":tru}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1}`, `{"a":"x}`,
		`{"a":"two words"}`, `{"a":"王五"}`, `{"a":"\u738b"}`, `{"a":"a\"b"}`, "{\"a\":\"\x00\"}", "{\"a\":\"\n\"}",
		`{"a":"` + "199" + "00000001" + `"}`, // digits alone, as a telephone number has
		`{"a":"` + "99000019000101" + "000X" + `"}`, `{"a":"` + "99000019000101" + "000x" + `"}`,
		`{"a":"` + strings.Repeat("a", maxString+1) + `"}`, `{"` + strings.Repeat("a", maxString+1) + `":1}`,
		deep(maxDepth + 1), `{"a":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + `}`,
		`{"a":[` + strings.Repeat("1,", maxPublic/2) + `1]}`,
	}
	for _, p := range bad {
		if n := scanPublic([]byte(p)); n == len(p) && n > 0 {
			t.Errorf("%.80s is taken", p)
		}
	}
}

func TestCheckBody_wantsTheVeryBody(t *testing.T) {
	salted := append(bytes.Repeat([]byte{7}, saltSize), "the body"...)
	commitment := sha256.Sum256(append([]byte("yanmen/journal/body/v1"), salted...))
	if err := CheckBody(salted, commitment); err != nil {
		t.Errorf("CheckBody of the right body = %v", err)
	}
	empty := salted[:saltSize]
	if err := CheckBody(empty, sha256.Sum256(append([]byte("yanmen/journal/body/v1"), empty...))); err != nil {
		t.Errorf("CheckBody of an empty body = %v", err)
	}
	for i := range salted {
		wrong := bytes.Clone(salted)
		wrong[i] ^= 1
		if CheckBody(wrong, commitment) != ErrBody {
			t.Errorf("CheckBody passes with byte %d changed", i)
		}
	}
	for _, wrong := range [][]byte{nil, salted[:saltSize-1], salted[:len(salted)-1], append(bytes.Clone(salted), 0)} {
		if CheckBody(wrong, commitment) != ErrBody {
			t.Errorf("CheckBody passes a body of %d bytes", len(wrong))
		}
	}
	if CheckBody(salted, [32]byte{}) != ErrBody {
		t.Error("CheckBody passes against no commitment")
	}
}

func TestLeaf_anyValidLeafComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hash := rapid.Custom(func(t *rapid.T) (h [32]byte) {
			copy(h[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
			return h
		})
		l := Leaf{
			Kind:   rapid.StringMatching(`[a-z][a-z0-9_.]{0,31}`).Draw(t, "kind"),
			At:     rapid.Int64Range(1, maxNumber-1).Draw(t, "at"),
			Public: []byte(rapid.StringMatching(`\{("a":"[a-z.]{0,10}"(,"b":[1-9][0-9]{0,14})?(,"c":\[true,null\])?)?\}`).Draw(t, "public")),
			Body:   hash.Draw(t, "body"),
		}
		if rapid.Bool().Draw(t, "queued") {
			l.Payload, l.Seq = hash.Draw(t, "payload"), rapid.Uint64Min(1).Draw(t, "seq")
			if l.Payload == ([32]byte{}) {
				l.Payload[0] = 1
			}
		}
		b, err := l.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseLeaf(b)
		if err != nil {
			t.Fatal(err)
		}
		if got.Kind != l.Kind || got.At != l.At || !bytes.Equal(got.Public, l.Public) ||
			got.Body != l.Body || got.Payload != l.Payload || got.Seq != l.Seq {
			t.Fatalf("got %+v, want %+v", got, l)
		}
	})
}

// FuzzParseLeaf holds that whatever parses is valid JSON in the one form.
func FuzzParseLeaf(f *testing.F) {
	for _, g := range golden {
		f.Add([]byte(g.want))
	}
	f.Add([]byte(`{"v":1,"kind":"a","at":1,"public":{"a":[1,{"b":"c"}],"d":null}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ParseLeaf(b)
		if err != nil {
			return
		}
		again, err := l.Marshal()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q marshals to %q, %v", b, again, err)
		}
		checkJSON(t, b)
	})
}

// FuzzPublic holds that the narrow scanner takes a subset of JSON.
func FuzzPublic(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"c"}],"d":null,"e":-0}`))
	f.Add([]byte(`{"a":{"a":{"a":"0x"}},"b":true}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := scanPublic(b); n > 0 {
			checkJSON(t, b[:n])
		}
	})
}
