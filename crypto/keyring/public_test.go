package keyring

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
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
	m := keyset.NewManagerFromHandle(h.verdict)
	id := must[uint32](t)(m.Add(signature.ECDSAP256RawKeyTemplate()))
	if err := m.SetPrimary(id); err != nil {
		t.Fatal(err)
	}
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
