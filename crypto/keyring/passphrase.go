package keyring

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"golang.org/x/crypto/argon2"
)

// The cost of trying one passphrase: argon2id of RFC 9106 with the parameters
// that its section 4 recommends for 64 MiB of memory. They belong to the
// algorithm id; another cost takes another id, so that nothing read from a file
// decides how much memory is taken.
const (
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 4
)

const (
	algArgon2idAES256GCM = 1
	saltSize             = 16
	maxPassphrase        = 4096
)

// PassphraseFile returns a root that derives its key from the passphrase in a
// file. The file is read anew for each use and must be there whenever the
// keyset is sealed: at the start and for each erasure. It must be a regular
// file of at most 4,096 bytes that its owner alone may read, else [ErrMode];
// one newline at its end is not part of the passphrase, and an empty one is
// refused. Each use takes 64 MiB and some 0.2 s on two cores.
//
// A passphrase cannot be destroyed, so Anchor does nothing: see [Root].
func PassphraseFile(path string) Root { return &passphraseFile{path: path, others: 0o077} }

// CredentialFile is PassphraseFile for a file in the credential folder of
// systemd, which may show as readable by the group: since version 254 the one
// user of the service is let in by an access list, whose mask stands where the
// group's bits do. The folder itself is closed to everybody else.
func CredentialFile(path string) Root { return &passphraseFile{path: path, others: 0o037} }

type passphraseFile struct {
	opaque
	path   string
	others os.FileMode // bits that must not be set
}

// Seal returns algorithm id ‖ salt ‖ nonce ‖ ciphertext.
func (p *passphraseFile) Seal(secret, aad []byte) ([]byte, error) {
	head := make([]byte, 1+saltSize)
	head[0] = algArgon2idAES256GCM
	rand.Read(head[1:])
	aead, err := p.derive(head[1:])
	if err != nil {
		return nil, err
	}
	sealed, err := aead.Encrypt(secret, append(aad[:len(aad):len(aad)], head...))
	if err != nil {
		return nil, errors.New("seal with passphrase: encryption failed")
	}
	return append(head, sealed...), nil
}

func (p *passphraseFile) Open(sealed, aad []byte) ([]byte, error) {
	if len(sealed) < 1+saltSize || sealed[0] != algArgon2idAES256GCM {
		return nil, ErrDamaged
	}
	head, body := sealed[:1+saltSize], sealed[1+saltSize:]
	aead, err := p.derive(head[1:])
	if err != nil {
		return nil, err
	}
	secret, err := aead.Decrypt(body, append(aad[:len(aad):len(aad)], head...))
	if err != nil {
		return nil, ErrPassphrase
	}
	return secret, nil
}

func (*passphraseFile) Anchor([]byte) error { return nil }

func (p *passphraseFile) derive(salt []byte) (*subtle.AESGCM, error) {
	phrase, err := p.read()
	if err != nil {
		return nil, fmt.Errorf("read passphrase file: %w", err)
	}
	defer clear(phrase)
	key := argon2.IDKey(phrase, salt, argonTime, argonMemory, argonThreads, 32)
	defer clear(key)
	aead, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, errors.New("derive key from passphrase: no cipher")
	}
	return aead, nil
}

func (p *passphraseFile) read() ([]byte, error) {
	f, err := os.Open(p.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// The open file is asked, not the path: nobody can change it in between.
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if info.Mode().Perm()&p.others != 0 {
		return nil, ErrMode
	}
	b, err := io.ReadAll(io.LimitReader(f, maxPassphrase+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxPassphrase {
		clear(b)
		return nil, errors.New("longer than 4,096 bytes")
	}
	phrase := bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	if len(phrase) == 0 {
		return nil, errors.New("the passphrase is empty")
	}
	return phrase, nil
}
