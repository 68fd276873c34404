package seal

import (
	"container/list"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hpke"
	"encoding/binary"
	"sync"
	"time"
)

const (
	envelopeVersion = 1
	// suiteX25519 is DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, export only, and
	// AES-256-GCM with a random nonce under the exported key.
	suiteX25519 = 1

	encLen    = 32
	headLen   = 2 + 8 + encLen
	nonceLen  = 12
	tagLen    = 16
	hpkeInfo  = "yanmen envelope v1"
	exportFor = "yanmen token key"
)

// An epoch ends after so many tokens or so much time. Random nonces of 96 bits
// are safe for 2^32 messages under a key (NIST SP 800-38D 8.3); we stay 4,096
// times below. The time bounds what a key that leaks from memory would open.
const (
	epochTokens = 1 << 20
	epochAge    = time.Hour
)

// context binds where and what an envelope is for. Lengths go first, so that no
// two triples give the same bytes.
func context(subject, kind, agent string) []byte {
	b := make([]byte, 0, 12+len(subject)+len(kind)+len(agent))
	for _, s := range [...]string{subject, kind, agent} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return b
}

// exporter is what both ends of HPKE offer.
type exporter interface {
	Export(exporterContext string, length int) ([]byte, error)
}

// tokenKey derives the key of an epoch.
func tokenKey(e exporter) (cipher.AEAD, error) {
	k, err := e.Export(exportFor, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// A sealer seals to one key, under one encapsulation an epoch.
type sealer struct {
	to recipient

	mu    sync.Mutex // guards what follows
	aead  cipher.AEAD
	enc   []byte
	used  int
	since time.Time
}

// testOnlyNow is the clock of epochs.
var testOnlyNow = time.Now

func newSealer(to recipient) *sealer { return &sealer{to: to} }

// epoch returns the key of the running epoch, or begins one.
func (s *sealer) epoch() (enc []byte, aead cipher.AEAD, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := testOnlyNow()
	if s.aead == nil || s.used >= epochTokens || now.Sub(s.since) >= epochAge || now.Before(s.since) {
		enc, sender, err := hpke.NewSender(s.to.key, hpke.HKDFSHA256(), hpke.ExportOnly(), []byte(hpkeInfo))
		if err != nil {
			return nil, nil, ErrEnvelope
		}
		aead, err := tokenKey(sender)
		if err != nil {
			return nil, nil, ErrEnvelope
		}
		s.enc, s.aead, s.used, s.since = enc, aead, 0, now
	}
	s.used++
	return s.enc, s.aead, nil
}

func (s *sealer) seal(subject, kind, agent string, token []byte) ([]byte, error) {
	enc, aead, err := s.epoch()
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, headLen+nonceLen+len(token)+tagLen)
	b = append(b, envelopeVersion, suiteX25519)
	b = append(b, s.to.id[:]...)
	b = append(b, enc...)
	return aead.Seal(b, nil, token, context(subject, kind, agent)), nil
}

// maxEpochs bounds the keys that an opener remembers: a few for each of many
// agents. A sender who invents epochs costs one X25519 each and no memory.
const maxEpochs = 1024

// An opener opens what was sealed to any of its keys and remembers the keys of
// the epochs that it saw last.
type opener struct {
	keys map[keyID]hpke.PrivateKey

	mu   sync.Mutex // guards what follows
	seen map[epochID]*list.Element
	lru  *list.List // of *epoch, newest first
}

type epochID struct {
	key keyID
	enc [encLen]byte
}

type epoch struct {
	id   epochID
	aead cipher.AEAD
}

func newOpener(keys map[keyID]hpke.PrivateKey) *opener {
	return &opener{keys: keys, seen: make(map[epochID]*list.Element), lru: list.New()}
}

func (o *opener) open(subject, kind, agent string, envelope []byte) ([]byte, error) {
	if len(envelope) < headLen+nonceLen+tagLen || len(envelope) > maxToken ||
		envelope[0] != envelopeVersion || envelope[1] != suiteX25519 {
		return nil, ErrEnvelope
	}
	var id epochID
	copy(id.key[:], envelope[2:])
	copy(id.enc[:], envelope[2+len(id.key):])
	aead, known := o.lookup(id)
	if !known {
		k, ok := o.keys[id.key]
		if !ok {
			return nil, ErrRecipient
		}
		r, err := hpke.NewRecipient(id.enc[:], k, hpke.HKDFSHA256(), hpke.ExportOnly(), []byte(hpkeInfo))
		if err != nil {
			return nil, ErrEnvelope
		}
		if aead, err = tokenKey(r); err != nil {
			return nil, ErrEnvelope
		}
	}
	token, err := aead.Open(nil, nil, envelope[headLen:], context(subject, kind, agent))
	if err != nil {
		return nil, ErrEnvelope
	}
	if !known {
		o.remember(id, aead) // only what opened something is worth remembering
	}
	return token, nil
}

func (o *opener) lookup(id epochID) (cipher.AEAD, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e, ok := o.seen[id]
	if !ok {
		return nil, false
	}
	o.lru.MoveToFront(e)
	return e.Value.(*epoch).aead, true
}

func (o *opener) remember(id epochID, aead cipher.AEAD) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.seen[id]; ok {
		return
	}
	o.seen[id] = o.lru.PushFront(&epoch{id, aead})
	if o.lru.Len() > maxEpochs {
		oldest := o.lru.Back()
		delete(o.seen, oldest.Value.(*epoch).id)
		o.lru.Remove(oldest)
	}
}
