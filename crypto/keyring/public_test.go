package keyring

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/signature"
	"github.com/yanmen/yanmen/agent"
	"golang.org/x/mod/sumdb/note"
)

// The signature is checked by the standard library from the JWK alone, as a
// platform in another language would.
func TestSign_verifiesAgainstTheJWKSet(t *testing.T) {
	_, _, r := createRing(t)
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(r.JWKS(), &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("JWKS: %v, %d keys", err, len(set.Keys))
	}
	k := set.Keys[0]
	for name, want := range map[string]string{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": r.KeyID()} {
		if k[name] != want {
			t.Errorf("JWK %s = %q, want %q", name, k[name], want)
		}
	}
	if _, private := k["d"]; private || len(k) != 7 {
		t.Errorf("the JWK has %d members, want 7 and no d", len(k))
	}
	// encoding/json sorts a map: that is RFC 7638's form.
	canonical, err := json.Marshal(map[string]string{"kty": k["kty"], "crv": k["crv"], "x": k["x"], "y": k["y"]})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(canonical)
	if got := base64.RawURLEncoding.EncodeToString(sum[:]); got != r.KeyID() || got != r.Fingerprint() {
		t.Errorf("KeyID = %s, Fingerprint = %s, want %s", r.KeyID(), r.Fingerprint(), got)
	}
	point := []byte{4}
	for _, name := range []string{"x", "y"} {
		b := must[[]byte](t)(base64.RawURLEncoding.DecodeString(k[name]))
		if len(b) != 32 {
			t.Errorf("%s has %d bytes, want 32", name, len(b))
		}
		point = append(point, b...)
	}
	public := must[*ecdsa.PublicKey](t)(ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point))
	for i := range 64 { // often enough that r or s begins with a zero
		data := []byte{byte(i)}
		sig := must[[]byte](t)(r.Sign(data))
		if len(sig) != 64 {
			t.Fatalf("a signature of %d bytes, want 64", len(sig))
		}
		sum := sha256.Sum256(data)
		if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
			t.Fatal("the signature does not verify")
		}
	}
}

func TestJWKS_listsAllThatVerify(t *testing.T) {
	h, err := newHandles()
	if err != nil {
		t.Fatal(err)
	}
	old, _, err := h.public()
	if err != nil {
		t.Fatal(err)
	}
	rotate(t, h)
	m := keyset.NewManagerFromHandle(h.verdict)
	dead := must[uint32](t)(m.Add(signature.ECDSAP256RawKeyTemplate()))
	if err := m.Disable(dead); err != nil {
		t.Fatal(err)
	}
	h.verdict = must[*keyset.Handle](t)(m.Handle())
	b := must[[]byte](t)(h.marshal())
	if h, err = parseHandles(b); err != nil {
		t.Fatalf("parse rotated keyset: %v", err)
	}
	keyID, jwks, err := h.public()
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []jwk }
	if err := json.Unmarshal(jwks, &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 2 || set.Keys[0].Kid != keyID || set.Keys[1].Kid != old || keyID == old {
		t.Errorf("the set has %d keys, want the new and the old one", len(set.Keys))
	}
}

// rotate gives a keyset another verdict key and makes it the one that signs; the
// one before still verifies.
func rotate(t *testing.T, h *handles) {
	t.Helper()
	m := keyset.NewManagerFromHandle(h.verdict)
	if err := m.SetPrimary(must[uint32](t)(m.Add(signature.ECDSAP256RawKeyTemplate()))); err != nil {
		t.Fatal(err)
	}
	h.verdict = must[*keyset.Handle](t)(m.Handle())
}

func TestVerify_takesOwnSignaturesAlone(t *testing.T) {
	_, _, r := createRing(t)
	_, _, other := createRing(t)
	data := []byte("yanmen consent event 1\n")
	sig := must[[]byte](t)(r.Sign(data))
	if err := r.Verify(sig, data); err != nil {
		t.Fatalf("Verify of an own signature = %v", err)
	}
	if other.Verify(sig, data) == nil {
		t.Error("another agent's ring takes it")
	}
	if r.Verify(must[[]byte](t)(other.Sign(data)), data) == nil {
		t.Error("a signature by a key that the ring does not have is taken")
	}
	for i := range sig {
		bad := bytes.Clone(sig)
		bad[i] ^= 1
		if r.Verify(bad, data) == nil {
			t.Errorf("taken with byte %d of the signature changed", i)
		}
	}
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 0x80
		if r.Verify(sig, bad) == nil {
			t.Errorf("taken with byte %d of the data changed", i)
		}
	}
	for name, bad := range map[string][]byte{"none": nil, "short": sig[:63], "long": append(bytes.Clone(sig), 0), "zero": make([]byte, 64),
		"halves swapped": append(bytes.Clone(sig[32:]), sig[:32]...)} {
		err := r.Verify(bad, data)
		if err == nil {
			t.Errorf("%s: taken", name)
		} else if text := err.Error(); text != "verify signature: no key of this agent made it" {
			t.Errorf("%s: error is %q", name, text)
		}
	}
	if r.Verify(sig, nil) == nil || r.Verify(sig, data[:len(data)-1]) == nil || r.Verify(sig, append(bytes.Clone(data), 0)) == nil {
		t.Error("taken for other data")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(sig, data); !errors.Is(err, ErrClosed) {
		t.Errorf("Verify after Close = %v, want ErrClosed", err)
	}
}

// What was signed before a rotation still verifies; a key that was taken out of
// use is unknown.
func TestVerify_knowsTheKeysBefore(t *testing.T) {
	h := must[*handles](t)(newHandles())
	before := must[primitives](t)(h.primitives())
	data := []byte("event")
	old := must[[]byte](t)(before.verdict.Sign(data))
	rotate(t, h)
	after := must[primitives](t)(h.primitives())
	now := must[[]byte](t)(after.verdict.Sign(data))
	if after.verified.Verify(old, data) != nil || after.verified.Verify(now, data) != nil {
		t.Error("after a rotation both keys verify, and one does not")
	}
	if before.verified.Verify(now, data) == nil {
		t.Error("the keyset from before the rotation knows the new key")
	}
	m := keyset.NewManagerFromHandle(h.verdict)
	if err := m.Disable(must[*keyset.Entry](t)(h.verdict.Entry(0)).KeyID()); err != nil {
		t.Fatal(err)
	}
	h.verdict = must[*keyset.Handle](t)(m.Handle())
	without := must[primitives](t)(h.primitives())
	if without.verified.Verify(old, data) == nil {
		t.Error("a key that is out of use verifies")
	}
	if without.verified.Verify(now, data) != nil {
		t.Error("the key that signs does not verify")
	}
}

func TestKeyset_refusesOtherAlgorithms(t *testing.T) {
	good, err := newHandles()
	if err != nil {
		t.Fatal(err)
	}
	der := must[*keyset.Handle](t)(keyset.NewHandle(signature.ECDSAP256KeyWithoutPrefixTemplate()))
	for name, change := range map[string]func(h *handles){
		"DER signatures":   func(h *handles) { h.verdict = der },
		"swapped sections": func(h *handles) { h.verdict, h.journal = h.journal, h.verdict },
		"table for lookup": func(h *handles) { h.lookup = h.table },
		"two table keys": func(h *handles) {
			other := must[*handles](t)(newHandles())
			m := keyset.NewManagerFromHandle(h.table)
			e := must[*keyset.Entry](t)(other.table.Primary())
			must[uint32](t)(m.AddKey(e.Key()))
			h.table = must[*keyset.Handle](t)(m.Handle())
		},
	} {
		h := *good
		change(&h)
		b := must[[]byte](t)(h.marshal())
		if _, err := parseHandles(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestJournalSigner_signsNotes(t *testing.T) {
	_, _, r := createRing(t)
	const origin = "yanmen.example/agent-1"
	s := must[note.Signer](t)(r.JournalSigner(origin))
	vkey := must[string](t)(r.JournalVerifier(origin))
	v := must[note.Verifier](t)(note.NewVerifier(vkey))
	if s.Name() != origin || s.KeyHash() != v.KeyHash() {
		t.Error("signer and verifier differ in name or hash")
	}
	signed := must[[]byte](t)(note.Sign(&note.Note{Text: "checkpoint\n"}, s))
	if _, err := note.Open(signed, note.VerifierList(v)); err != nil {
		t.Errorf("open note: %v", err)
	}
	for _, bad := range []string{"", "a b", "a+b", "a\nb"} {
		if _, err := r.JournalSigner(bad); err == nil {
			t.Errorf("JournalSigner took the name %q", bad)
		}
	}
}

func TestKeys_printAsAMark(t *testing.T) {
	_, _, r := createRing(t)
	_, data, err := r.NewData(1, alice)
	if err != nil {
		t.Fatal(err)
	}
	k := must[agent.Rekey](t)(r.BeginRekey([]uint16{1}))
	l := r.live.Load()
	s := must[*shard](t)(l.table.shard(1))
	secrets := [][]byte{l.table.keys[:64], l.table.at(1), k.(*rekey).keys}
	var p *passphraseFile = PassphraseFile("path").(*passphraseFile)
	for _, v := range []any{r, data, k, s, s.box, l.table, r.handles, p} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(verb, v); got != opaqueMark {
				t.Errorf("%T prints as %.40s with %s", v, got, verb)
			}
		}
		if got := must[[]byte](t)(json.Marshal(v)); string(got) != `"`+opaqueMark+`"` {
			t.Errorf("%T marshals as %.40s", v, got)
		}
		// Inside an unexported field fmt calls no method.
		var out bytes.Buffer
		hidden := struct{ v any }{v}
		fmt.Fprintf(&out, "%v %+v %#v %x", hidden, hidden, hidden, hidden)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v, "hidden", hidden)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		for _, secret := range secrets {
			decimal := strings.Trim(fmt.Sprint(secret[:8]), "[]")
			for _, form := range []string{string(secret[:8]), hex.EncodeToString(secret[:8]), decimal, base64.StdEncoding.EncodeToString(secret[:6])} {
				if strings.Contains(out.String(), form) {
					t.Errorf("%T shows a key", v)
				}
			}
		}
	}
}
