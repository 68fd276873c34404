package keyring

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/signature"
	"github.com/tink-crypto/tink-go/v2/signature/ecdsa"
	"github.com/tink-crypto/tink-go/v2/signature/ed25519"
	"github.com/tink-crypto/tink-go/v2/tink"
	"golang.org/x/mod/sumdb/note"
)

// primitives are what the keyset does, but for the table. Safe for concurrent
// use.
type primitives struct {
	verdict    tink.Signer
	verified   tink.Verifier // of all verdict keys, past ones too
	lookup     *prf.Set
	journal    tink.Signer
	journalKey []byte // public
}

func (h *handles) primitives() (p primitives, err error) {
	fail := func() (primitives, error) { return primitives{}, errors.New("use keyset: a key cannot be used") }
	if p.verdict, err = signature.NewSigner(h.verdict); err != nil {
		return fail()
	}
	public, err := h.verdict.Public()
	if err != nil {
		return fail()
	}
	if p.verified, err = signature.NewVerifier(public); err != nil {
		return fail()
	}
	if p.lookup, err = prf.NewPRFSet(h.lookup); err != nil {
		return fail()
	}
	if p.journal, err = signature.NewSigner(h.journal); err != nil {
		return fail()
	}
	e, err := h.journal.Primary()
	if err != nil {
		return fail()
	}
	private, ok := e.Key().(*ed25519.PrivateKey)
	if !ok {
		return fail()
	}
	half, err := private.PublicKey()
	if err != nil {
		return fail()
	}
	p.journalKey = half.(*ed25519.PublicKey).KeyBytes()
	return p, nil
}

// A jwk is a public P-256 key as RFC 7517 and 7518 write it.
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
	Kid string `json:"kid"`
	Use string `json:"use"`
	Alg string `json:"alg"`
}

// public returns the thumbprint of the key that signs, and all keys that still
// verify, that one first.
func (h *handles) public() (keyID string, jwks []byte, err error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	for i := range h.verdict.Len() {
		e, err := h.verdict.Entry(i)
		if err != nil {
			return "", nil, errors.New("export public keys: unreadable keyset")
		}
		if e.KeyStatus() != keyset.Enabled {
			continue
		}
		private, ok := e.Key().(*ecdsa.PrivateKey)
		if !ok {
			return "", nil, errors.New("export public keys: not a P-256 key")
		}
		public, err := private.PublicKey()
		if err != nil {
			return "", nil, errors.New("export public keys: no public half")
		}
		k, err := newJWK(public.(*ecdsa.PublicKey).PublicPoint())
		if err != nil {
			return "", nil, err
		}
		if e.IsPrimary() {
			keyID = k.Kid
			set.Keys = append([]jwk{k}, set.Keys...)
		} else {
			set.Keys = append(set.Keys, k)
		}
	}
	if keyID == "" {
		return "", nil, errors.New("export public keys: no key signs")
	}
	jwks, err = json.Marshal(set)
	if err != nil {
		return "", nil, errors.New("export public keys: encoding failed")
	}
	return keyID, jwks, nil
}

// newJWK takes an uncompressed point: 4 ‖ x ‖ y.
func newJWK(point []byte) (jwk, error) {
	if len(point) != 65 || point[0] != 4 {
		return jwk{}, errors.New("export public keys: not a P-256 point")
	}
	b64 := base64.RawURLEncoding.EncodeToString
	k := jwk{Kty: "EC", Crv: "P-256", X: b64(point[1:33]), Y: b64(point[33:]), Use: "sig", Alg: "ES256"}
	// RFC 7638, section 3: the required members alone, sorted, without spaces.
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":%q,"kty":%q,"x":%q,"y":%q}`, k.Crv, k.Kty, k.X, k.Y))
	k.Kid = b64(sum[:])
	return k, nil
}

// KeyID returns the id of the key that signs verdicts: its RFC 7638 thumbprint
// with SHA-256, base64url without padding. It stays after Close.
func (r *Ring) KeyID() string { return r.keyID }

// Fingerprint returns what a platform is told to enrol this agent by. It is the
// same as [Ring.KeyID].
func (r *Ring) Fingerprint() string { return r.keyID }

// JWKS returns the public keys that verify the agent's verdicts as a JWK Set
// (RFC 7517) in JSON, the key that signs first. It stays after Close.
func (r *Ring) JWKS() []byte { return append([]byte(nil), r.jwks...) }

// Sign signs data with the verdict key: ES256 as RFC 7518 has it, the 64 bytes
// r ‖ s.
func (r *Ring) Sign(data []byte) ([]byte, error) {
	l := r.live.Load()
	if l == nil {
		return nil, ErrClosed
	}
	sig, err := l.verdict.Sign(data)
	if err != nil || len(sig) != 64 {
		return nil, errors.New("sign verdict: the key failed")
	}
	return sig, nil
}

// Verify checks a signature of [Ring.Sign] by the present verdict key or one
// before it. The error says that it is none, or is [ErrClosed].
func (r *Ring) Verify(sig, data []byte) error {
	l := r.live.Load()
	if l == nil {
		return ErrClosed
	}
	if l.verified.Verify(sig, data) != nil {
		return errors.New("verify signature: no key of this agent made it")
	}
	return nil
}

// JournalSigner returns a signer of notes under the given name, the journal's
// origin, with the journal's Ed25519 key. It returns [ErrClosed] from Sign once
// the ring is closed. A name that is empty or holds a plus sign or a space is
// refused.
func (r *Ring) JournalSigner(name string) (note.Signer, error) {
	vkey, err := r.JournalVerifier(name)
	if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, errors.New("make journal signer: not a name for a note's key")
	}
	return &journalSigner{ring: r, name: name, hash: v.KeyHash()}, nil
}

// JournalVerifier returns the public half of [Ring.JournalSigner] as
// golang.org/x/mod/sumdb/note writes it.
func (r *Ring) JournalVerifier(name string) (string, error) {
	l := r.live.Load()
	if l == nil {
		return "", ErrClosed
	}
	vkey, err := note.NewEd25519VerifierKey(name, l.journalKey)
	if err != nil {
		return "", errors.New("make journal verifier: not a key")
	}
	if _, err := note.NewVerifier(vkey); err != nil {
		return "", errors.New("make journal verifier: not a name for a note's key")
	}
	return vkey, nil
}

type journalSigner struct {
	ring *Ring
	name string
	hash uint32
}

func (s *journalSigner) Name() string    { return s.name }
func (s *journalSigner) KeyHash() uint32 { return s.hash }

func (s *journalSigner) Sign(msg []byte) ([]byte, error) {
	l := s.ring.live.Load()
	if l == nil {
		return nil, ErrClosed
	}
	sig, err := l.journal.Sign(msg)
	if err != nil {
		return nil, errors.New("sign note: the key failed")
	}
	return sig, nil
}
