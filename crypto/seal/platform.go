package seal

import (
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/hpke"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	stdecdsa "crypto/ecdsa"
	"crypto/rand"

	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/secretdata"
	"github.com/tink-crypto/tink-go/v2/signature"
	"github.com/tink-crypto/tink-go/v2/signature/ecdsa"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// A Platform is a platform's end: it opens and verifies what agents send and
// signs receipts. It holds private keys and prints as a fixed mark.
type Platform struct {
	keys   []jwk // private; as saved, the ones in force first of their kind
	signer tink.Signer
	kid    string
	opener *opener
}

// GeneratePlatform makes a platform with fresh keys: one on P-256 that signs
// receipts, one on X25519 that envelopes are sealed to. Save it before use.
func GeneratePlatform() (*Platform, error) {
	sk, err := stdecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, ErrKeys
	}
	d, err := sk.Bytes()
	if err != nil {
		return nil, ErrKeys
	}
	point, err := sk.PublicKey.Bytes()
	if err != nil {
		return nil, ErrKeys
	}
	xk, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, ErrKeys
	}
	text := base64.RawURLEncoding.EncodeToString
	keys := []jwk{
		{Kty: "EC", Crv: "P-256", X: text(point[1:33]), Y: text(point[33:]), D: text(d), Use: "sig", Alg: "ES256"},
		{Kty: "OKP", Crv: "X25519", X: text(xk.PublicKey().Bytes()), D: text(xk.Bytes()), Use: "enc"},
	}
	for i := range keys {
		keys[i].Kid = keys[i].thumbprint()
	}
	return newPlatform(keys)
}

func newPlatform(keys []jwk) (*Platform, error) {
	p := &Platform{keys: keys}
	private := make(map[keyID]hpke.PrivateKey)
	for i := range keys {
		k := &keys[i]
		var d [32]byte
		if !decode(d[:], []byte(k.D)) {
			return nil, ErrKeys
		}
		if k.Kty == "OKP" {
			xk, err := hpke.DHKEM(ecdh.X25519()).NewPrivateKey(d[:])
			if err != nil || base64.RawURLEncoding.EncodeToString(xk.PublicKey().Bytes()) != k.X {
				return nil, ErrKeys
			}
			private[k.id()] = xk
			continue
		}
		params, err := es256()
		if err != nil {
			return nil, ErrKeys
		}
		sk, err := ecdsa.NewPrivateKey(secretdata.NewBytesFromData(d[:], insecuresecretdataaccess.Token{}), 0, params)
		if err != nil {
			return nil, ErrKeys
		}
		pub, err := sk.PublicKey()
		if err != nil {
			return nil, ErrKeys
		}
		point := pub.(*ecdsa.PublicKey).PublicPoint()
		if base64.RawURLEncoding.EncodeToString(point[1:33]) != k.X || base64.RawURLEncoding.EncodeToString(point[33:]) != k.Y {
			return nil, ErrKeys
		}
		if p.signer != nil {
			continue // an older key, published until its receipts are read
		}
		h, err := handle(sk)
		if err != nil {
			return nil, ErrKeys
		}
		if p.signer, err = signature.NewSigner(h); err != nil {
			return nil, ErrKeys
		}
		p.kid = k.Kid
	}
	if p.signer == nil || len(private) == 0 {
		return nil, ErrKeys
	}
	p.opener = newOpener(private)
	return p, nil
}

// Save writes the private keys, in clear, to a new file that its owner alone may
// read. It never overwrites: the keys of a platform open what is under way to
// it. The file is durable when Save returns nil.
func (p *Platform) Save(path string) (err error) {
	b, err := json.MarshalIndent(jwkSet{p.keys}, "", "  ")
	if err != nil {
		return ErrKeys
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return saveError(err)
	}
	_, err = f.Write(append(b, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		os.Remove(path) // half a key file would block the next attempt
		return saveError(err)
	}
	return nil
}

func saveError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return errors.Join(errors.New("seal: save platform keys"), err)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// LoadPlatform reads what Save wrote. A file that others than its owner may read
// is refused with [ErrKeys]: its keys can no longer be trusted.
func LoadPlatform(path string) (*Platform, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.Mode().Perm()&0o077 != 0 || !st.Mode().IsRegular() || st.Size() > 1<<16 {
		return nil, errors.Join(ErrKeys, errors.New("want a regular file of mode 0600"))
	}
	b := make([]byte, st.Size())
	if n, err := f.Read(b); err != nil || n != len(b) {
		return nil, ErrKeys
	}
	keys, err := parseJWKs(b)
	if err != nil {
		return nil, err
	}
	return newPlatform(keys)
}

// PublicKeys returns the public keys as a JWK Set: what agents pin.
func (p *Platform) PublicKeys() []byte {
	public := make([]jwk, len(p.keys))
	for i, k := range p.keys {
		public[i] = jwk{Kty: k.Kty, Crv: k.Crv, X: k.X, Y: k.Y, Kid: k.Kid, Use: k.Use, Alg: k.Alg}
	}
	b, err := json.Marshal(jwkSet{public})
	if err != nil {
		panic("seal: a key set of texts does not marshal")
	}
	return b
}

// Open opens an envelope that came from the named agent as this kind on this
// subject, and verifies the token in it against the agent's keys. It returns
// the payload and the token, which is the proof to keep.
func (p *Platform) Open(subject, kind, agent string, keys *KeySet, envelope []byte) (payload, token []byte, err error) {
	if p == nil || p.opener == nil {
		return nil, nil, ErrKeys
	}
	token, err = p.opener.open(subject, kind, agent, envelope)
	if err != nil {
		return nil, nil, err
	}
	payload, err = keys.Verify(kind, token)
	if err != nil {
		return nil, nil, err
	}
	return payload, token, nil
}

// Receipt signs the payload of a receipt.
func (p *Platform) Receipt(payload []byte) ([]byte, error) {
	if p == nil || p.signer == nil {
		return nil, ErrSign
	}
	return Sign(platformSigner{p}, kindReceipt, payload)
}

type platformSigner struct{ p *Platform }

func (s platformSigner) Sign(data []byte) ([]byte, error) { return s.p.signer.Sign(data) }
func (s platformSigner) KeyID() string                    { return s.p.kid }

// String returns a fixed mark.
func (*Platform) String() string { return "[platform keys]" }

// GoString returns a fixed mark.
func (*Platform) GoString() string { return "[platform keys]" }
