package seal

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"

	"github.com/tink-crypto/tink-go/v2/key"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/signature"
	"github.com/tink-crypto/tink-go/v2/signature/ecdsa"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// maxKeys bounds a key set.
const maxKeys = 16

// A KeySet is a set of public keys, as another party published it: P-256 keys
// that verify tokens, X25519 keys to which envelopes are sealed. The zero and
// the nil KeySet verify nothing.
type KeySet struct {
	// verifiers by the encoded header of the tokens that the key may sign.
	verifiers  map[string]verifier
	recipients []recipient // in the order of the set: the first is in force
}

type verifier struct {
	tink.Verifier
	kind string
}

type recipient struct {
	id  keyID
	key hpke.PublicKey
}

// A keyID is the start of a key's thumbprint; it only chooses among our own keys.
type keyID [8]byte

// jwk is a JSON Web Key (RFC 7517) of the two kinds that we know. D makes it
// private.
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y,omitempty"`
	D   string `json:"d,omitempty"`
	Kid string `json:"kid"`
	Use string `json:"use"`
	Alg string `json:"alg,omitempty"`
}

type jwkSet struct {
	Keys []jwk `json:"keys"`
}

// thumbprint returns the RFC 7638 thumbprint of the key's own X and Y.
func (k *jwk) thumbprint() string {
	s := `{"crv":"` + k.Crv + `","kty":"` + k.Kty + `","x":"` + k.X
	if k.Kty == "EC" {
		s += `","y":"` + k.Y
	}
	sum := sha256.Sum256([]byte(s + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (k *jwk) id() (id keyID) {
	sum, _ := b64.DecodeString(k.Kid)
	copy(id[:], sum)
	return id
}

// parseJWKs reads a set and holds what both kinds of set have in common: known
// members only, and a kid that is the thumbprint, so that it cannot lie.
func parseJWKs(data []byte) ([]jwk, error) {
	var set jwkSet
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if d.Decode(&set) != nil || len(set.Keys) == 0 || len(set.Keys) > maxKeys {
		return nil, ErrKeys
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, ErrKeys
	}
	seen := map[string]bool{}
	for i := range set.Keys {
		k := &set.Keys[i]
		if k.Kid != k.thumbprint() || seen[k.Kid] {
			return nil, ErrKeys
		}
		seen[k.Kid] = true
		switch {
		case k.Kty == "EC" && k.Crv == "P-256" && k.Use == "sig" && k.Alg == "ES256":
		case k.Kty == "OKP" && k.Crv == "X25519" && k.Use == "enc" && k.Alg == "" && k.Y == "":
		default:
			return nil, ErrKeys
		}
	}
	return set.Keys, nil
}

// ParseKeySet reads a JWK Set of public keys: EC P-256 with use sig and alg
// ES256, OKP X25519 with use enc. Every kid must be the key's thumbprint. Any
// other key or member, a private one above all, is [ErrKeys].
func ParseKeySet(jwks []byte) (*KeySet, error) {
	keys, err := parseJWKs(jwks)
	if err != nil {
		return nil, err
	}
	set := &KeySet{verifiers: make(map[string]verifier)}
	for i := range keys {
		k := &keys[i]
		if k.D != "" {
			return nil, ErrKeys
		}
		if k.Kty == "OKP" {
			var x [32]byte
			if !decode(x[:], []byte(k.X)) {
				return nil, ErrKeys
			}
			pub, err := hpke.DHKEM(ecdh.X25519()).NewPublicKey(x[:])
			if err != nil {
				return nil, ErrKeys
			}
			set.recipients = append(set.recipients, recipient{k.id(), pub})
			continue
		}
		v, err := newVerifier(k)
		if err != nil {
			return nil, err
		}
		for _, kind := range kinds {
			set.verifiers[base64.RawURLEncoding.EncodeToString([]byte(header(k.Kid, kind)))] = verifier{v, kind}
		}
	}
	return set, nil
}

// es256 is Tink's name for what JOSE calls ES256.
func es256() (*ecdsa.Parameters, error) {
	return ecdsa.NewParameters(ecdsa.NistP256, ecdsa.SHA256, ecdsa.IEEEP1363, ecdsa.VariantNoPrefix)
}

func newVerifier(k *jwk) (tink.Verifier, error) {
	point := [65]byte{0: 4}
	if !decode(point[1:33], []byte(k.X)) || !decode(point[33:], []byte(k.Y)) {
		return nil, ErrKeys
	}
	params, err := es256()
	if err != nil {
		return nil, ErrKeys
	}
	pub, err := ecdsa.NewPublicKey(point[:], 0, params) // refuses a point off the curve
	if err != nil {
		return nil, ErrKeys
	}
	h, err := handle(pub)
	if err != nil {
		return nil, ErrKeys
	}
	v, err := signature.NewVerifier(h)
	if err != nil {
		return nil, ErrKeys
	}
	return v, nil
}

// handle makes a Tink keyset of one key.
func handle(k key.Key) (*keyset.Handle, error) {
	m := keyset.NewManager()
	id, err := m.AddKey(k)
	if err != nil {
		return nil, err
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, err
	}
	return m.Handle()
}
