package seal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// testSigner is an agent's signing key, made with the standard library: what it
// signs must verify with Tink.
type testSigner struct {
	key *ecdsa.PrivateKey
	jwk jwk
}

func newSigner(t testing.TB) *testSigner {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	j := jwk{Kty: "EC", Crv: "P-256", X: text(p[1:33]), Y: text(p[33:]), Use: "sig", Alg: "ES256"}
	j.Kid = j.thumbprint()
	return &testSigner{k, j}
}

func (s *testSigner) KeyID() string { return s.jwk.Kid }

func (s *testSigner) Sign(data []byte) ([]byte, error) {
	sum := sha256.Sum256(data)
	r, v, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		return nil, err
	}
	return append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...), nil
}

func jwks(keys ...jwk) []byte {
	b, _ := json.Marshal(jwkSet{keys})
	return b
}

func keySet(t testing.TB, data []byte) *KeySet {
	t.Helper()
	k, err := ParseKeySet(data)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newEnds(t testing.TB) (*Agent, *Platform, *KeySet) {
	t.Helper()
	s := newSigner(t)
	p, err := GeneratePlatform()
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewAgent("agent-1", s, keySet(t, p.PublicKeys()))
	if err != nil {
		t.Fatal(err)
	}
	return a, p, keySet(t, jwks(s.jwk))
}

const subject = "yanmen.v1.bank.verdict"

var payload = []byte(`{"v":1,"seq":12345678901234567,"text":"é"}`)

func TestAgent_whatItSealsOpensOnceForItsPlaceOnly(t *testing.T) {
	a, p, keys := newEnds(t)
	for _, kind := range []string{"verdict", "tombstone", "erased"} {
		env, err := a.Seal(subject, kind, payload)
		if err != nil {
			t.Fatal(err)
		}
		got, token, err := p.Open(subject, kind, "agent-1", keys, env)
		if err != nil || !bytes.Equal(got, payload) {
			t.Fatalf("%s: Open = %q, %v", kind, got, err)
		}
		if again, err := keys.Verify(kind, token); err != nil || !bytes.Equal(again, payload) {
			t.Errorf("%s: the token that is kept does not verify: %v", kind, err)
		}
		if bytes.Contains(env, payload) || bytes.Contains(env, token[:20]) {
			t.Errorf("%s: the envelope shows what is in it", kind)
		}
		for _, place := range [][3]string{
			{"yanmen.v1.bank2.verdict", kind, "agent-1"}, {subject, "receipt", "agent-1"}, {subject, kind, "agent-2"},
			{subject, "", "agent-1"}, {subject + kind, "", "agent-1"}, {"", "", ""},
		} {
			if _, _, err := p.Open(place[0], place[1], place[2], keys, env); !errors.Is(err, ErrEnvelope) {
				t.Errorf("opened at %q: %v", place, err)
			}
		}
	}
}

func TestOpen_refusesEveryChangedByte(t *testing.T) {
	a, p, keys := newEnds(t)
	env, err := a.Seal(subject, "verdict", payload)
	if err != nil {
		t.Fatal(err)
	}
	for i := range env {
		// 0x80 also covers the top bit of the X25519 value, which RFC 7748 masks
		// and the key schedule does not.
		for _, x := range []byte{1, 0x80} {
			bad := slices.Clone(env)
			bad[i] ^= x
			if got, token, err := p.Open(subject, "verdict", "agent-1", keys, bad); err == nil || got != nil || token != nil {
				t.Errorf("byte %d changed: opened", i)
			}
		}
		if _, _, err := p.Open(subject, "verdict", "agent-1", keys, env[:i]); err == nil {
			t.Errorf("cut at %d: opened", i)
		}
	}
	if _, _, err := p.Open(subject, "verdict", "agent-1", keys, append(slices.Clone(env), 0)); err == nil {
		t.Error("with a tail: opened")
	}
	other, _ := GeneratePlatform()
	if _, _, err := other.Open(subject, "verdict", "agent-1", keys, env); !errors.Is(err, ErrRecipient) {
		t.Errorf("another platform: %v, want ErrRecipient", err)
	}
}

func TestVerify_takesOneFormOnly(t *testing.T) {
	s, stranger := newSigner(t), newSigner(t)
	keys := keySet(t, jwks(s.jwk))
	token, err := Sign(s, "verdict", payload)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := keys.Verify("verdict", token); err != nil || !bytes.Equal(got, payload) {
		t.Fatalf("Verify = %q, %v", got, err)
	}
	parts := strings.Split(string(token), ".")
	enc := base64.RawURLEncoding.EncodeToString
	// resign signs under a header of the attacker's choice with the right key.
	resign := func(h, p string) string {
		in := h + "." + p
		sig, _ := s.Sign([]byte(in))
		return in + "." + enc(lowS(sig))
	}
	kid := s.KeyID()
	headers := map[string]string{
		"none":        `{"alg":"none","kid":"` + kid + `","typ":"verdict+jwt"}`,
		"HS256":       `{"alg":"HS256","kid":"` + kid + `","typ":"verdict+jwt"}`,
		"ES384":       `{"alg":"ES384","kid":"` + kid + `","typ":"verdict+jwt"}`,
		"other typ":   header(kid, "receipt"),
		"plain typ":   `{"alg":"ES256","kid":"` + kid + `","typ":"JWT"}`,
		"no typ":      `{"alg":"ES256","kid":"` + kid + `"}`,
		"no kid":      `{"alg":"ES256","typ":"verdict+jwt"}`,
		"no alg":      `{"kid":"` + kid + `","typ":"verdict+jwt"}`,
		"extra":       `{"alg":"ES256","kid":"` + kid + `","typ":"verdict+jwt","x":1}`,
		"crit":        `{"alg":"ES256","crit":["x"],"kid":"` + kid + `","typ":"verdict+jwt"}`,
		"jwk":         `{"alg":"ES256","jwk":{},"kid":"` + kid + `","typ":"verdict+jwt"}`,
		"doubled":     `{"alg":"ES256","alg":"none","kid":"` + kid + `","typ":"verdict+jwt"}`,
		"other order": `{"typ":"verdict+jwt","alg":"ES256","kid":"` + kid + `"}`,
		"space":       `{"alg": "ES256","kid":"` + kid + `","typ":"verdict+jwt"}`,
		"empty":       "",
	}
	for name, h := range headers {
		if _, err := keys.Verify("verdict", []byte(resign(enc([]byte(h)), parts[1]))); !errors.Is(err, ErrToken) {
			t.Errorf("%s: %v, want ErrToken", name, err)
		}
	}
	sig, _ := base64.RawURLEncoding.DecodeString(parts[2])
	high := slices.Clone(sig)
	new(big.Int).Sub(order, new(big.Int).SetBytes(sig[32:])).FillBytes(high[32:])
	zero := make([]byte, 64)
	forms := map[string]string{
		"high s": parts[0] + "." + parts[1] + "." + enc(high), "zero signature": parts[0] + "." + parts[1] + "." + enc(zero),
		"no signature": parts[0] + "." + parts[1] + ".", "two parts": parts[0] + "." + parts[1], "one part": parts[0], "nothing": "", "dots": "..",
		"four parts": string(token) + ".", "padded": string(token) + "=", "line break": parts[0] + "." + parts[1] + "\n." + parts[2],
		"break in signature": parts[0] + "." + parts[1] + "." + parts[2][:10] + "\n" + parts[2][10:], "tail": string(token) + "A",
		"other payload": parts[0] + "." + enc([]byte("{}")) + "." + parts[2], "standard base64": strings.NewReplacer("-", "+", "_", "/").Replace(string(token)) + "==",
		"DER": parts[0] + "." + parts[1] + "." + enc(append([]byte{0x30, 0x44}, sig...)), "huge": strings.Repeat("a", maxToken+1),
	}
	for name, f := range forms {
		if _, err := keys.Verify("verdict", []byte(f)); !errors.Is(err, ErrToken) {
			t.Errorf("%s: %v, want ErrToken", name, err)
		}
	}
	for i := range token {
		bad := slices.Clone(token)
		bad[i]++
		if _, err := keys.Verify("verdict", bad); err == nil {
			t.Errorf("byte %d changed: verified", i)
		}
	}
	foreign, _ := Sign(stranger, "verdict", payload)
	if _, err := keys.Verify("verdict", foreign); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("another key: %v, want ErrUnknownKey", err)
	}
	for _, none := range []*KeySet{nil, {}} {
		if _, err := none.Verify("verdict", token); err == nil {
			t.Error("an empty key set verified a token")
		}
	}
	if _, err := keys.Verify("receipt", token); err == nil {
		t.Error("a verdict passed for a receipt")
	}
}

func TestSign_sIsAlwaysLow(t *testing.T) {
	s := newSigner(t)
	keys := keySet(t, jwks(s.jwk))
	for range 64 { // half of them would be high
		token, err := Sign(s, "receipt", payload)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Verify("receipt", token); err != nil {
			t.Fatal(err)
		}
	}
}

type badSigner struct {
	sig []byte
	err error
	kid string
}

func (s badSigner) Sign([]byte) ([]byte, error) { return s.sig, s.err }
func (s badSigner) KeyID() string               { return s.kid }

func TestSign_refusesASignerThatFails(t *testing.T) {
	kid := newSigner(t).KeyID()
	for name, s := range map[string]Signer{
		"nil": nil, "error": badSigner{err: errors.New("CANARY"), kid: kid}, "short": badSigner{sig: make([]byte, 63), kid: kid},
		"DER": badSigner{sig: make([]byte, 71), kid: kid}, "no kid": badSigner{sig: make([]byte, 64)}, "injection": badSigner{sig: make([]byte, 64), kid: `x","alg":"none`},
	} {
		token, err := Sign(s, "verdict", payload)
		if !errors.Is(err, ErrSign) || token != nil || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
	s := newSigner(t)
	if _, err := Sign(s, "other", payload); err == nil {
		t.Error("an unknown kind was signed")
	}
	if _, err := Sign(s, "verdict", nil); err == nil {
		t.Error("nothing was signed")
	}
}

func TestReceipt_isSignedByThePlatformAlone(t *testing.T) {
	a, p, _ := newEnds(t)
	token, err := p.Receipt(payload)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := a.Receipt(token); err != nil || !bytes.Equal(got, payload) {
		t.Errorf("Receipt = %q, %v", got, err)
	}
	other, _ := GeneratePlatform()
	forged, _ := other.Receipt(payload)
	if _, err := a.Receipt(forged); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("another platform's receipt: %v", err)
	}
	own, _ := Sign(a.signer, "receipt", payload)
	if _, err := a.Receipt(own); err == nil {
		t.Error("the agent's own signature passed for the platform's")
	}
}

func TestZeroEnds_refuse(t *testing.T) {
	var a Agent
	var p Platform
	if _, err := a.Seal(subject, "verdict", payload); err == nil {
		t.Error("the zero Agent seals")
	}
	if _, err := a.Receipt([]byte("a.b.c")); err == nil {
		t.Error("the zero Agent believes")
	}
	if _, _, err := p.Open(subject, "verdict", "a", nil, make([]byte, 100)); err == nil {
		t.Error("the zero Platform opens")
	}
	if _, err := p.Receipt(payload); err == nil {
		t.Error("the zero Platform signs")
	}
	s := newSigner(t)
	pub, _ := GeneratePlatform()
	keys := keySet(t, pub.PublicKeys())
	for i, err := range []error{
		second(NewAgent("", s, keys)), second(NewAgent("a", nil, keys)), second(NewAgent("a", s, nil)),
		second(NewAgent("a", s, &KeySet{})), second(NewAgent("a", s, keySet(t, jwks(s.jwk)))), // a set without a key to seal to
	} {
		if err == nil {
			t.Errorf("NewAgent %d took what is missing", i)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestSealer_beginsAnEpochByCountAndTime(t *testing.T) {
	a, p, keys := newEnds(t)
	now := time.Unix(1_790_000_000, 0)
	testOnlyNow = func() time.Time { return now }
	defer func() { testOnlyNow = time.Now }()
	enc := func() string {
		t.Helper()
		env, err := a.Seal(subject, "verdict", payload)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.Open(subject, "verdict", "agent-1", keys, env); err != nil {
			t.Fatal(err)
		}
		return string(env[10:headLen])
	}
	first := enc()
	if enc() != first {
		t.Error("an epoch of one token")
	}
	a.sealer.used = epochTokens
	byCount := enc()
	if byCount == first {
		t.Error("no new epoch after its count")
	}
	now = now.Add(epochAge)
	byTime := enc()
	if byTime == byCount {
		t.Error("no new epoch after its time")
	}
	now = now.Add(-time.Minute)
	if enc() == byTime {
		t.Error("no new epoch when the clock went back")
	}
}

func TestOpener_remembersABoundedNumberOfEpochs(t *testing.T) {
	a, p, keys := newEnds(t)
	var first []byte
	for i := range maxEpochs + 10 {
		a.sealer = newSealer(a.platform.recipients[0])
		env, err := a.Seal(subject, "verdict", payload)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = env
		}
		if _, err := p.opener.open(subject, "verdict", "agent-1", env); err != nil {
			t.Fatal(err)
		}
	}
	if n, m := p.opener.lru.Len(), len(p.opener.seen); n != maxEpochs || m != maxEpochs {
		t.Errorf("%d and %d epochs remembered, want %d", n, m, maxEpochs)
	}
	if _, _, err := p.Open(subject, "verdict", "agent-1", keys, first); err != nil {
		t.Errorf("a forgotten epoch no longer opens: %v", err)
	}
}

func TestPlatform_savesAndLoads(t *testing.T) {
	a, p, keys := newEnds(t)
	path := filepath.Join(t.TempDir(), "platform.jwks")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	if err := p.Save(path); err == nil {
		t.Error("Save overwrote a key file")
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	loaded, err := LoadPlatform(path)
	if err != nil {
		t.Fatal(err)
	}
	env, _ := a.Seal(subject, "verdict", payload)
	if _, _, err := loaded.Open(subject, "verdict", "agent-1", keys, env); err != nil {
		t.Errorf("the loaded platform does not open: %v", err)
	}
	token, err := loaded.Receipt(payload)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Receipt(token); err != nil {
		t.Errorf("the loaded platform's receipt does not verify: %v", err)
	}
	if !bytes.Equal(loaded.PublicKeys(), p.PublicKeys()) {
		t.Error("other public keys after loading")
	}
	saved, _ := os.ReadFile(path)
	if _, err := ParseKeySet(saved); !errors.Is(err, ErrKeys) {
		t.Errorf("private keys were taken for public ones: %v", err)
	}
	for i := 0; i < len(saved); i++ {
		bad := slices.Clone(saved)
		bad[i] ^= 1
		other := filepath.Join(t.TempDir(), "k")
		os.WriteFile(other, bad, 0o600)
		if got, err := LoadPlatform(other); err == nil && !bytes.Equal(got.PublicKeys(), p.PublicKeys()) {
			t.Errorf("byte %d changed: loaded other keys", i)
		}
	}
	os.Chmod(path, 0o640)
	if _, err := LoadPlatform(path); !errors.Is(err, ErrKeys) {
		t.Errorf("a file that the group may read was loaded: %v", err)
	}
	if _, err := LoadPlatform(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, p); strings.Contains(s, p.keys[0].D) || s != "[platform keys]" {
			t.Errorf("%s prints %s", verb, s)
		}
	}
}

func TestParseKeySet_refusesWhatItDoesNotKnow(t *testing.T) {
	s := newSigner(t)
	p, _ := GeneratePlatform()
	change := func(f func(*jwk)) string {
		k := s.jwk
		f(&k)
		return string(jwks(k))
	}
	rekid := func(f func(*jwk)) string {
		return change(func(k *jwk) { f(k); k.Kid = k.thumbprint() })
	}
	x := p.keys[1]
	x.D = ""
	lowOrder := x
	lowOrder.X, lowOrder.Y = base64.RawURLEncoding.EncodeToString(make([]byte, 31)), ""
	lowOrder.Kid = lowOrder.thumbprint()
	for name, set := range map[string]string{
		"nothing": "", "null": "null", "array": "[]", "no keys": `{"keys":[]}`, "tail": string(jwks(s.jwk)) + "{}",
		"other member": `{"keys":[],"x":1}`, "kid lies": change(func(k *jwk) { k.Kid = x.Kid }), "no kid": change(func(k *jwk) { k.Kid = "" }),
		"off the curve": rekid(func(k *jwk) { k.X = k.Y }), "short": rekid(func(k *jwk) { k.X = k.X[:40] }), "private": rekid(func(k *jwk) { k.D = k.X }),
		"alg none": rekid(func(k *jwk) { k.Alg = "none" }), "no alg": rekid(func(k *jwk) { k.Alg = "" }), "use enc": rekid(func(k *jwk) { k.Use = "enc" }),
		"crv": rekid(func(k *jwk) { k.Crv = "P-384" }), "kty": rekid(func(k *jwk) { k.Kty = "oct" }), "twice": string(jwks(s.jwk, s.jwk)),
		"too many": string(jwks(slices.Repeat([]jwk{s.jwk}, maxKeys+1)...)), "short x25519": string(jwks(lowOrder)),
		"padded": rekid(func(k *jwk) { k.X += "=" }),
	} {
		if _, err := ParseKeySet([]byte(set)); !errors.Is(err, ErrKeys) {
			t.Errorf("%s: %v, want ErrKeys", name, err)
		}
	}
	if _, err := ParseKeySet(jwks(s.jwk, x)); err != nil {
		t.Errorf("a good set: %v", err)
	}
}

func FuzzOpenAndVerify(f *testing.F) {
	a, p, keys := newEnds(f)
	env, _ := a.Seal(subject, "verdict", payload)
	token, _ := Sign(a.signer, "verdict", payload)
	f.Add(env)
	f.Add(token)
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := keys.Verify("verdict", b); err == nil && !bytes.Equal(got, payload) {
			t.Error("a forged token verified")
		}
		if got, _, err := p.Open(subject, "verdict", "agent-1", keys, b); err == nil && !bytes.Equal(got, payload) {
			t.Error("a forged envelope opened")
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	a, _, _ := newEnds(b)
	big := bytes.Repeat([]byte("x"), 900)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Seal(subject, "verdict", big); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	a, p, keys := newEnds(b)
	env, _ := a.Seal(subject, "verdict", bytes.Repeat([]byte("x"), 900))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := p.Open(subject, "verdict", "agent-1", keys, env); err != nil {
			b.Fatal(err)
		}
	}
}
