package seal

import (
	"bytes"
	"crypto/elliptic"
	"encoding/base64"
	"math/big"
	"strings"
)

// Kinds of token.
const (
	kindVerdict   = "verdict"
	kindTombstone = "tombstone"
	kindErased    = "erased"
	kindReceipt   = "receipt"
)

var kinds = [...]string{kindVerdict, kindTombstone, kindErased, kindReceipt}

func isKind(kind string) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// maxToken bounds what is looked at: a receipt of 1,024 lines is below 256 KiB.
const maxToken = 512 << 10

// sigLen is the length of an ES256 signature: r and s, 32 bytes each.
const sigLen = 64

var (
	order     = elliptic.P256().Params().N
	halfOrder = new(big.Int).Rsh(order, 1).FillBytes(make([]byte, 32))
	b64       = base64.RawURLEncoding.Strict()
)

// A Signer makes ES256 signatures: P-256, SHA-256, r ‖ s in 64 bytes (IEEE
// P1363). KeyID is the RFC 7638 thumbprint of its public key.
type Signer interface {
	Sign(data []byte) ([]byte, error)
	KeyID() string
}

// header returns the one header that a token of this key and kind may have.
func header(kid, kind string) string {
	return `{"alg":"ES256","kid":"` + kid + `","typ":"` + kind + `+jwt"}`
}

// Sign returns the token of a payload. Kind is one of verdict, tombstone,
// erased and receipt. The payload's bytes are kept as they are.
func Sign(s Signer, kind string, payload []byte) ([]byte, error) {
	if s == nil || !isKind(kind) || len(payload) == 0 {
		return nil, ErrSign
	}
	kid := s.KeyID()
	if !isThumbprint(kid) {
		return nil, ErrSign
	}
	h := header(kid, kind)
	b := make([]byte, 0, b64.EncodedLen(len(h))+b64.EncodedLen(len(payload))+b64.EncodedLen(sigLen)+2)
	b = b64.AppendEncode(b, []byte(h))
	b = append(b, '.')
	b = b64.AppendEncode(b, payload)
	sig, err := s.Sign(b)
	if err != nil || len(sig) != sigLen {
		return nil, ErrSign // a signer's own words might say more than they should
	}
	b = append(b, '.')
	return b64.AppendEncode(b, lowS(sig)), nil
}

// lowS returns the signature with s in the lower half of the group: (r, s) and
// (r, n-s) verify alike, and anyone can turn one into the other. A signature is
// public, so this need not be constant in time.
func lowS(sig []byte) []byte {
	if bytes.Compare(sig[32:], halfOrder) <= 0 {
		return sig
	}
	low := bytes.Clone(sig)
	s := new(big.Int).SetBytes(sig[32:])
	if s.Sub(order, s).Sign() <= 0 {
		return sig // s ≥ n is no signature; the verifier says so
	}
	s.FillBytes(low[32:])
	return low
}

// Verify checks that token was signed by a key of the set as a token of this
// kind and returns its payload, exactly as it was signed.
func (k *KeySet) Verify(kind string, token []byte) ([]byte, error) {
	if k == nil || !isKind(kind) || len(token) > maxToken {
		return nil, ErrToken
	}
	i := bytes.IndexByte(token, '.')
	j := bytes.LastIndexByte(token, '.')
	if i < 0 || i == j {
		return nil, ErrToken
	}
	v, ok := k.verifiers[string(token[:i])]
	if !ok || v.kind != kind {
		if !ok && isOurForm(token[:i], kind) {
			return nil, ErrUnknownKey
		}
		return nil, ErrToken
	}
	var sig [sigLen]byte
	if !decode(sig[:], token[j+1:]) || bytes.Compare(sig[32:], halfOrder) > 0 {
		return nil, ErrToken
	}
	payload := make([]byte, b64.DecodedLen(j-i-1))
	if !decode(payload, token[i+1:j]) {
		return nil, ErrToken
	}
	if v.Verify(sig[:], token[:j]) != nil {
		return nil, ErrToken
	}
	return payload, nil
}

// decode fills dst from base64url and reports whether src was exactly that: no
// padding, no stray bits, and no line breaks, which the library passes over.
func decode(dst, src []byte) bool {
	if len(src) != b64.EncodedLen(len(dst)) || bytes.ContainsAny(src, "\r\n") {
		return false
	}
	n, err := b64.Decode(dst, src)
	return err == nil && n == len(dst)
}

// isOurForm reports whether an encoded header is one of ours for some key.
func isOurForm(enc []byte, kind string) bool {
	h, err := b64.AppendDecode(nil, enc)
	if err != nil {
		return false
	}
	rest, ok := strings.CutPrefix(string(h), `{"alg":"ES256","kid":"`)
	return ok && len(rest) > 43 && isThumbprint(rest[:43]) && string(h) == header(rest[:43], kind)
}

// isThumbprint reports whether s has the form of an RFC 7638 SHA-256 thumbprint.
func isThumbprint(s string) bool {
	var sum [32]byte
	return decode(sum[:], []byte(s))
}
