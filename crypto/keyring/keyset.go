package keyring

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/key"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/prf/hmacprf"
	"github.com/tink-crypto/tink-go/v2/signature"
	"github.com/tink-crypto/tink-go/v2/signature/ecdsa"
	"github.com/tink-crypto/tink-go/v2/signature/ed25519"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const (
	keysetHead = "yanmen keyset 1\n"
	shardsHead = "yanmen shards 1 aes-256-gcm %08x\n"
)

// handles are the Tink keysets of the agent; each is kept as one section of the
// keyset file.
type handles struct {
	opaque
	verdict *keyset.Handle // ECDSA P-256 with SHA-256, IEEE P1363, no prefix
	lookup  *keyset.Handle // HMAC-SHA-256 PRF; never rotated: it names the index
	journal *keyset.Handle // Ed25519, no prefix
	table   *keyset.Handle // AES-256-GCM, no prefix; always one key
}

// section is one keyset of the file: its role, and the check that what the file
// says is the algorithm that we make. The root authenticates the file, so the
// check is for keysets made by another version of this program.
type section struct {
	role  byte
	at    func(*handles) **keyset.Handle
	check func(key.Key) bool
	many  bool // may hold keys that were rotated out
}

var sections = []section{
	{'v', func(h *handles) **keyset.Handle { return &h.verdict }, isVerdictKey, true},
	{'l', func(h *handles) **keyset.Handle { return &h.lookup }, isLookupKey, false},
	{'j', func(h *handles) **keyset.Handle { return &h.journal }, isJournalKey, true},
	{'t', func(h *handles) **keyset.Handle { return &h.table }, isTableKey, false},
}

func isVerdictKey(k key.Key) bool {
	v, ok := k.(*ecdsa.PrivateKey)
	if !ok {
		return false
	}
	p, ok := v.Parameters().(*ecdsa.Parameters)
	return ok && p.CurveType() == ecdsa.NistP256 && p.HashType() == ecdsa.SHA256 &&
		p.SignatureEncoding() == ecdsa.IEEEP1363 && p.Variant() == ecdsa.VariantNoPrefix
}

func isLookupKey(k key.Key) bool {
	v, ok := k.(*hmacprf.Key)
	if !ok {
		return false
	}
	p, ok := v.Parameters().(*hmacprf.Parameters)
	return ok && p.HashType() == hmacprf.SHA256 && p.KeySizeInBytes() == 32
}

func isJournalKey(k key.Key) bool {
	v, ok := k.(*ed25519.PrivateKey)
	if !ok {
		return false
	}
	p, ok := v.Parameters().(*ed25519.Parameters)
	return ok && p.Variant() == ed25519.VariantNoPrefix
}

func isTableKey(k key.Key) bool {
	v, ok := k.(*aesgcm.Key)
	if !ok {
		return false
	}
	p, ok := v.Parameters().(*aesgcm.Parameters)
	return ok && p.KeySizeInBytes() == 32 && p.Variant() == aesgcm.VariantNoPrefix
}

func newHandles() (*handles, error) {
	h := &handles{}
	var errs [4]error
	h.verdict, errs[0] = keyset.NewHandle(signature.ECDSAP256RawKeyTemplate())
	h.lookup, errs[1] = keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	h.journal, errs[2] = keyset.NewHandle(signature.ED25519KeyWithoutPrefixTemplate())
	h.table, errs[3] = newTableHandle()
	for _, err := range errs {
		if err != nil {
			return nil, errors.New("make keys: generation failed")
		}
	}
	return h, nil
}

func newTableHandle() (*keyset.Handle, error) {
	return keyset.NewHandle(aead.AES256GCMNoPrefixKeyTemplate())
}

// marshal returns the keys in clear, for the root to seal at once: role ‖
// length (4) ‖ Tink's binary keyset, in the order of sections.
func (h *handles) marshal() ([]byte, error) {
	var out []byte
	for _, s := range sections {
		var buf bytes.Buffer
		if err := insecurecleartextkeyset.Write(*s.at(h), keyset.NewBinaryWriter(&buf)); err != nil {
			return nil, errors.New("write keyset: a key cannot be written")
		}
		out = append(out, s.role)
		out = binary.BigEndian.AppendUint32(out, uint32(buf.Len()))
		out = append(out, buf.Bytes()...)
		clear(buf.Bytes())
	}
	return out, nil
}

func parseHandles(b []byte) (*handles, error) {
	h := &handles{}
	for _, s := range sections {
		if len(b) < 5 || b[0] != s.role {
			return nil, ErrDamaged
		}
		n := binary.BigEndian.Uint32(b[1:])
		b = b[5:]
		if uint64(n) > uint64(len(b)) {
			return nil, ErrDamaged
		}
		kh, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(b[:n])))
		if err != nil || !s.accepts(kh) {
			return nil, ErrDamaged
		}
		*s.at(h), b = kh, b[n:]
	}
	if len(b) > 0 {
		return nil, ErrDamaged
	}
	return h, nil
}

func (s section) accepts(kh *keyset.Handle) bool {
	if _, err := kh.Primary(); err != nil || (kh.Len() > 1 && !s.many) {
		return false
	}
	for i := range kh.Len() {
		e, err := kh.Entry(i)
		if err != nil || !s.check(e.Key()) {
			return false
		}
	}
	return true
}

// replaceKeyset seals h with a fresh key or salt of the root and puts it in
// force; it returns what the root is to be anchored to.
func (f *folder) replaceKeyset(h *handles, root Root) (anchor []byte, err error) {
	secret, err := h.marshal()
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	sealed, err := root.Seal(secret, []byte(keysetHead))
	if err != nil {
		return nil, fmt.Errorf("seal keyset: %w", err)
	}
	return sealed, f.replace(keysetFile, append([]byte(keysetHead), sealed...))
}

func (f *folder) readKeyset(root Root) (h *handles, anchor []byte, err error) {
	b, err := f.read(keysetFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, ErrNotFound
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read keyset: %w", err)
	}
	sealed, ok := bytes.CutPrefix(b, []byte(keysetHead))
	if !ok {
		return nil, nil, fmt.Errorf("read keyset: %w", ErrDamaged)
	}
	secret, err := root.Open(sealed, []byte(keysetHead))
	if err != nil {
		return nil, nil, fmt.Errorf("open keyset: %w", err)
	}
	defer clear(secret)
	h, err = parseHandles(secret)
	if err != nil {
		return nil, nil, fmt.Errorf("read keyset: %w", err)
	}
	return h, sealed, nil
}

// tableHead returns the first line of the shards file; it names the table key
// and is associated data of what follows.
func (h *handles) tableHead() ([]byte, error) {
	e, err := h.table.Primary()
	if err != nil {
		return nil, errors.New("find table key: none")
	}
	return fmt.Appendf(nil, shardsHead, e.KeyID()), nil
}

func (h *handles) tableAEAD() (tink.AEAD, error) {
	a, err := aead.New(h.table)
	if err != nil {
		return nil, errors.New("use table key: no cipher")
	}
	return a, nil
}

// sealTable returns the shards file, without its digest, and clears plain.
func (h *handles) sealTable(plain []byte) ([]byte, error) {
	defer clear(plain)
	head, err := h.tableHead()
	if err != nil {
		return nil, err
	}
	a, err := h.tableAEAD()
	if err != nil {
		return nil, err
	}
	sealed, err := a.Encrypt(plain, head)
	if err != nil {
		return nil, errors.New("seal shard keys: encryption failed")
	}
	return append(head, sealed...), nil
}

// readTable opens a shards file with the table key of h.
func (f *folder) readTable(h *handles, name string) (*table, *rekey, error) {
	b, err := f.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("read shard keys: no file: %w", ErrDamaged)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read shard keys: %w", err)
	}
	head, err := h.tableHead()
	if err != nil {
		return nil, nil, err
	}
	sealed, ok := bytes.CutPrefix(b, head)
	if !ok {
		return nil, nil, fmt.Errorf("read shard keys: %w", ErrDamaged)
	}
	a, err := h.tableAEAD()
	if err != nil {
		return nil, nil, err
	}
	plain, err := a.Decrypt(sealed, head)
	if err != nil {
		return nil, nil, fmt.Errorf("open shard keys: %w", ErrDamaged)
	}
	defer clear(plain)
	return parseTable(plain)
}
