package wire

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// maxKeys is how many keys an agent may sign with at one time: the one in force
// and those that verdicts still under way were signed with.
const maxKeys = 8

// An Enrolment is what a platform must know of an agent before it believes it:
// who it is, whose it is, and the public keys that it signs with. Its bytes are
// a JWK Set (RFC 7517) with two more members. They prove nothing by themselves:
// a person compares the fingerprint.
type Enrolment struct {
	Agent  string
	Lender string // one token of a subject: no dot
	Keys   []Key  // 1 to 8, the one in force first
}

// A Key is a public key on P-256 for ES256.
type Key struct{ X, Y [32]byte }

// Thumbprint returns the key's RFC 7638 thumbprint (SHA-256, base64url), which
// is also its kid.
func (k *Key) Thumbprint() string {
	b := append(make([]byte, 0, 128), `{"crv":"P-256","kty":"EC","x":"`...)
	b = base64.RawURLEncoding.AppendEncode(b, k.X[:])
	b = append(b, `","y":"`...)
	b = base64.RawURLEncoding.AppendEncode(b, k.Y[:])
	sum := sha256.Sum256(append(b, `"}`...))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// NewEnrolment makes the enrolment of an agent out of its public JWK Set. It
// takes the EC P-256 keys and refuses a set with any other.
func NewEnrolment(agentName, lender string, jwks []byte) (*Enrolment, error) {
	const m = "enrolment"
	var set struct {
		Keys []struct {
			Kty string `json:"kty"`
			Crv string `json:"crv"`
			X   string `json:"x"`
			Y   string `json:"y"`
			D   string `json:"d"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(jwks, &set); err != nil {
		return nil, field(m, "keys", "want a JWK Set") // the library's error quotes the input
	}
	e := &Enrolment{Agent: agentName, Lender: lender}
	for _, k := range set.Keys {
		if k.Kty != "EC" || k.Crv != "P-256" {
			return nil, field(m, "keys", "want kty EC and crv P-256")
		}
		if k.D != "" {
			return nil, field(m, "keys", "a private key does not leave")
		}
		var key Key
		x, errX := base64.RawURLEncoding.Strict().DecodeString(k.X)
		y, errY := base64.RawURLEncoding.Strict().DecodeString(k.Y)
		if errX != nil || errY != nil || copy(key.X[:], x) != 32 || copy(key.Y[:], y) != 32 || len(x)+len(y) != 64 {
			return nil, field(m, "keys", "want two coordinates of 32 bytes")
		}
		e.Keys = append(e.Keys, key)
	}
	if _, err := e.Marshal(); err != nil {
		return nil, err
	}
	return e, nil
}

// Fingerprint is what people compare: the thumbprint of the key in force. It is
// "" if there is no key.
func (e *Enrolment) Fingerprint() string {
	if len(e.Keys) == 0 {
		return ""
	}
	return e.Keys[0].Thumbprint()
}

// JWKS returns the keys alone as a JWK Set.
func (e *Enrolment) JWKS() []byte {
	return append(e.appendKeys([]byte("{")), '}')
}

func (e *Enrolment) appendKeys(b []byte) []byte {
	b = append(b, `"keys":[`...)
	for i := range e.Keys {
		k := &e.Keys[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"kty":"EC","crv":"P-256","x":"`...)
		b = base64.RawURLEncoding.AppendEncode(b, k.X[:])
		b = append(b, `","y":"`...)
		b = base64.RawURLEncoding.AppendEncode(b, k.Y[:])
		b = append(b, `","kid":"`...)
		b = append(b, k.Thumbprint()...)
		b = append(b, `","use":"sig","alg":"ES256"}`...)
	}
	return append(b, ']')
}

// Marshal returns the bytes. It refuses an enrolment with a member that is
// absent or out of range. Whether a key lies on its curve is for seal to say.
func (e *Enrolment) Marshal() ([]byte, error) {
	const m = "enrolment"
	switch {
	case !isName(e.Agent):
		return nil, field(m, "agent", "want 1 to 64 of A-Z a-z 0-9 . _ -")
	case !isToken(e.Lender):
		return nil, field(m, "lender", "want 1 to 64 of A-Z a-z 0-9 _ -")
	case len(e.Keys) == 0 || len(e.Keys) > maxKeys:
		return nil, field(m, "keys", "want 1 to 8")
	}
	for i, k := range e.Keys {
		for _, other := range e.Keys[:i] {
			if k == other {
				return nil, field(m, "keys", "want different keys")
			}
		}
	}
	b := append([]byte(nil), `{"v":1,"agent":"`...)
	b = append(b, e.Agent...)
	b = append(b, `","lender":"`...)
	b = append(b, e.Lender...)
	b = append(b, `",`...)
	return append(e.appendKeys(b), '}'), nil
}

// ParseEnrolment reads exactly what [Enrolment.Marshal] writes and refuses all
// else.
func ParseEnrolment(b []byte) (*Enrolment, error) {
	s, err := begin("enrolment", b)
	if err != nil {
		return nil, err
	}
	e := new(Enrolment)
	s.lit(`"agent":"`)
	e.Agent = s.text()
	s.lit(`","lender":"`)
	e.Lender = s.text()
	s.lit(`","keys":[`)
	for !s.bad && !s.try("]") {
		if len(e.Keys) > 0 {
			s.lit(",")
		}
		var k Key
		s.lit(`{"kty":"EC","crv":"P-256","x":"`)
		s.base64(k.X[:])
		s.lit(`","y":"`)
		s.base64(k.Y[:])
		s.lit(`","kid":"`)
		s.text() // compared with the thumbprint when the bytes are compared
		s.lit(`","use":"sig","alg":"ES256"}`)
		if e.Keys = append(e.Keys, k); len(e.Keys) > maxKeys {
			s.fail()
		}
	}
	s.lit("}")
	if !s.end() {
		return nil, malformed("enrolment")
	}
	out, err := e.Marshal()
	if err := same("enrolment", b, out, err); err != nil {
		return nil, err
	}
	return e, nil
}

// base64 fills dst from base64url without padding.
func (s *scanner) base64(dst []byte) {
	n := base64.RawURLEncoding.EncodedLen(len(dst))
	if len(s.b) < n {
		s.fail()
		return
	}
	if _, err := base64.RawURLEncoding.Strict().Decode(dst, s.b[:n]); err != nil {
		s.fail()
		return
	}
	s.b = s.b[n:]
}
