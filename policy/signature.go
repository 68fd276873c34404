package policy

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/util"
)

// Bundles are signed as the opa command signs them: a token over the hash of each
// file, ES256, that names its key. The name of a key is made of the key, so that
// nobody can give one key the name of another.

const algorithm = "ES256"

var errPublicKey = errors.New("read key: want a public key on the curve P-256 as PEM (PUBLIC KEY); yanmen policy keygen makes one")
var errPrivateKey = errors.New("read key: want a private key on the curve P-256 as PEM (PRIVATE KEY); yanmen policy keygen makes one")

// A PublicKey verifies bundles: the lender pins one.
type PublicKey struct {
	id  string
	pem string
}

// ID is SHA-256 over the key, hexadecimal: the keyid of what it verifies.
func (k *PublicKey) ID() string { return k.id }

// ParsePublicKey reads a public key of the curve P-256 as PEM.
func ParsePublicKey(b []byte) (*PublicKey, error) {
	block, rest := pem.Decode(b)
	if block == nil || block.Type != "PUBLIC KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errPublicKey
	}
	k, err := x509.ParsePKIXPublicKey(block.Bytes)
	if p, ok := k.(*ecdsa.PublicKey); err != nil || !ok || p.Curve != elliptic.P256() {
		return nil, errPublicKey
	}
	return newPublicKey(block.Bytes), nil
}

func newPublicKey(der []byte) *PublicKey {
	sum := sha256.Sum256(der)
	return &PublicKey{hex.EncodeToString(sum[:]), string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}
}

// NewKeys makes a pair of keys, both as PEM. Who has the private one decides which
// rules an agent takes: it belongs to compliance, and not on the agent's machine.
func NewKeys() (private, public []byte, err error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, errors.New("make key")
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	pub, perr := x509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil || perr != nil {
		return nil, nil, errors.New("make key")
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), []byte(newPublicKey(pub).pem), nil
}

// Sign returns the archive with a signature over its files. A signature that it
// has is replaced. It checks nothing else: [Check] does.
func Sign(archive, private []byte) ([]byte, error) {
	block, rest := pem.Decode(private)
	if block == nil || block.Type != "PRIVATE KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errPrivateKey
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	k, ok := parsed.(*ecdsa.PrivateKey)
	if err != nil || !ok || k.Curve != elliptic.P256() {
		return nil, errPrivateKey
	}
	der, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil {
		return nil, errPrivateKey
	}
	t, err := unpack(archive)
	if err != nil {
		return nil, err
	}
	signed := maps.Clone(t)
	delete(signed, signaturesFile)
	var files []bundle.FileInfo
	for _, name := range slices.Sorted(maps.Keys(signed)) {
		sum, err := hashOf(name, signed[name])
		if err != nil {
			return nil, err
		}
		files = append(files, bundle.NewFile(name, hex.EncodeToString(sum), string(bundle.SHA256)))
	}
	config := bundle.NewSigningConfig(string(pem.EncodeToMemory(block)), algorithm, "")
	token, err := bundle.GenerateSignedToken(files, config, newPublicKey(der).id)
	if err != nil {
		return nil, errors.New("sign bundle: the key does not sign")
	}
	if signed[signaturesFile], err = json.Marshal(map[string][]string{"signatures": {token}}); err != nil {
		return nil, errors.New("sign bundle")
	}
	return signed.pack()
}

// hashOf hashes a file as the library does: data and manifest by what they say,
// all else by its bytes.
func hashOf(name string, content []byte) ([]byte, error) {
	h, err := bundle.NewSignatureHasher(bundle.SHA256)
	if err != nil {
		return nil, errors.New("sign bundle: no hash")
	}
	var v any = content
	if bundle.IsStructuredDoc(name) {
		if util.Unmarshal(content, &v) != nil {
			return nil, refuse(codeRules, name)
		}
	}
	sum, err := h.HashFile(v)
	if err != nil {
		return nil, refuse(codeRules, name)
	}
	return sum, nil
}

// verify holds that the pinned key signed every file of the tree and none besides.
func (t fileTree) verify(key *PublicKey) error {
	var s bundle.SignaturesConfig
	text := t[signaturesFile]
	if text == nil {
		return refuse(codeUnsigned, "")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if d.Decode(&s) != nil || d.More() || len(s.Signatures) != 1 || s.Plugin != "" {
		return refuse(codeSignature, "")
	}
	if err := namesKey(s.Signatures[0], key.id); err != nil {
		return err
	}
	files, err := bundle.VerifyBundleSignature(s, bundle.NewVerificationConfig(
		map[string]*bundle.KeyConfig{key.id: {Key: key.pem, Algorithm: algorithm}}, "", "", nil))
	if err != nil {
		return refuse(codeSignature, "")
	}
	for _, f := range files {
		switch bundle.HashingAlgorithm(f.Algorithm) {
		case bundle.SHA256, bundle.SHA384, bundle.SHA512:
		default: // the library takes MD5 too
			return refuse(codeSignature, "")
		}
	}
	for name, content := range t {
		if name == signaturesFile {
			continue
		}
		if bundle.VerifyBundleFile(name, *bytes.NewBuffer(content), files) != nil {
			return refuse(codeSignature, name)
		}
	}
	if len(files) > 0 { // what was verified has been taken out
		return refuse(codeSignature, "")
	}
	return nil
}

// namesKey holds that a token says by which key it was made, and that it was the
// pinned one. The library would let a token without a name pass where one key is
// configured by name.
func namesKey(token, id string) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return refuse(codeSignature, "")
	}
	var header struct {
		KeyID string `json:"kid"`
		Alg   string `json:"alg"`
	}
	var claims struct {
		KeyID string `json:"keyid"`
	}
	for i, into := range []any{&header, &claims} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(b, into) != nil {
			return refuse(codeSignature, "")
		}
	}
	if header.Alg != algorithm {
		return refuse(codeSignature, "")
	}
	named := false
	for _, n := range []string{header.KeyID, claims.KeyID} {
		if n != "" && n != id {
			return refuse(codeKey, "")
		}
		named = named || n == id
	}
	if !named {
		return refuse(codeKey, "")
	}
	return nil
}
