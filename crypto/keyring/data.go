package keyring

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"hash"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/yanmen/yanmen/agent"
)

// Every sealed value begins with the algorithm and the version of its layout.
const (
	algAES256GCM  = 1
	layoutVersion = 1
	headerSize    = 2
)

// A box seals values: algorithm ‖ version ‖ nonce (12) ‖ AES-256-GCM. The header
// needs no authentication: whatever stands there but what we know is refused,
// and another algorithm gets a key of its own. Nonces are random: one key may
// seal some four thousand million values.
type box struct {
	opaque
	aead *subtle.AESGCM
}

func newBox(key []byte) (*box, error) {
	a, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, errors.New("use key: no cipher")
	}
	return &box{aead: a}, nil
}

func (b *box) seal(plain, aad []byte) ([]byte, error) {
	sealed, err := b.aead.Encrypt(plain, aad)
	if err != nil {
		return nil, errors.New("encryption failed")
	}
	out := make([]byte, headerSize+len(sealed))
	out[0], out[1] = algAES256GCM, layoutVersion
	copy(out[headerSize:], sealed)
	return out, nil
}

func (b *box) open(sealed, aad []byte) ([]byte, error) {
	if len(sealed) < headerSize || sealed[0] != algAES256GCM || sealed[1] != layoutVersion {
		return nil, agent.ErrCorrupt
	}
	plain, err := b.aead.Decrypt(sealed[headerSize:], aad)
	if err != nil {
		return nil, agent.ErrCorrupt
	}
	return plain, nil
}

const dataKeySize = 32

// A dataKey seals the values of one subject. It stays good after the ring is
// closed, for as long as somebody holds it.
type dataKey struct {
	opaque
	*box

	mu     sync.Mutex // guards what follows
	secret []byte     // until the key of MAC was derived from it
	mac    hash.Hash  // nil before; used again, for a new one costs more than what it hashes
}

func newDataKey(secret []byte) (*dataKey, error) {
	enc, err := expand(secret, "yanmen data 1 aes-256-gcm", 0, 32)
	if err != nil {
		return nil, err
	}
	defer clear(enc)
	b, err := newBox(enc)
	if err != nil {
		return nil, err
	}
	return &dataKey{box: b, secret: bytes.Clone(secret)}, nil
}

// Seal returns algorithm ‖ version ‖ nonce ‖ ciphertext: 30 bytes more than
// plain.
func (k *dataKey) Seal(plain, aad []byte) ([]byte, error) {
	out, err := k.seal(plain, aad)
	if err != nil {
		return nil, errors.New("seal value: encryption failed")
	}
	return out, nil
}

// Open opens what Seal returned, with the same associated data.
func (k *dataKey) Open(sealed, aad []byte) ([]byte, error) {
	out, err := k.open(sealed, aad)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// MAC returns the first half of HMAC-SHA-256.
func (k *dataKey) MAC(data []byte) (out [16]byte) {
	var sum [sha256.Size]byte
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.mac == nil {
		key, err := expand(k.secret, "yanmen data 1 hmac-sha-256", 0, 32)
		if err != nil {
			panic("keyring: 32 bytes cannot be expanded") // unreachable: only too long an output fails
		}
		k.mac = hmac.New(sha256.New, key)
		clear(key)
		clear(k.secret)
		k.secret = nil
	}
	k.mac.Reset()
	k.mac.Write(data)
	copy(out[:], k.mac.Sum(sum[:0]))
	return out
}
