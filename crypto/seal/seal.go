// Package seal is the envelope of what leaves: signed by the agent so that any
// language can verify it, and sealed to the platform so that the broker sees
// neither the verdict nor who signed it.
//
//	token     b64(header) "." b64(payload) "." b64(r ‖ s)
//	header    {"alg":"ES256","kid":"<RFC 7638 thumbprint>","typ":"<kind>+jwt"}
//	envelope  version 1 · suite 1 · key id 8 · enc 32 · nonce 12 · ciphertext and tag
//
// A token is a JWS in compact form (RFC 7515) whose payload keeps the exact
// bytes that it was given. There is one header for a key and a kind, compared
// byte by byte, so no other algorithm, type or member is ever looked at; base64
// has its canonical form and s lies in the lower half of the group, so nobody
// without the key can write a second token for a payload.
//
// The envelope is HPKE (RFC 9180, base mode, DHKEM(X25519, HKDF-SHA256),
// HKDF-SHA256, export only): one encapsulation an epoch gives an AES-256-GCM
// key, under which each token has a random nonce. Associated data binds the
// NATS subject, the kind and the agent's name. Who sent it is proved by the
// token inside and by nothing else.
//
// Receipts are tokens of the platform, signed and not sealed: they name numbers,
// random ids and digests that nobody can guess the payload of.
//
// What payloads mean is left to sync/wire. All types are safe for concurrent
// use. No error carries a byte of a token, an envelope or a key.
package seal

import "errors"

// The errors of this package; test them with errors.Is.
var (
	// ErrToken: not a token of this form, kind and key set, or its signature
	// does not hold. It proves nothing; drop it.
	ErrToken = errors.New("seal: token does not verify")
	// ErrUnknownKey: a token of the right form by a key that is not in the set.
	// Whoever signed it may be enrolled later.
	ErrUnknownKey = errors.New("seal: token is signed by a key that is not in the set")
	// ErrEnvelope: not an envelope for this subject, kind and agent, or it was
	// changed under way.
	ErrEnvelope = errors.New("seal: envelope does not open")
	// ErrRecipient: an envelope that is sealed to a key that is not ours.
	ErrRecipient = errors.New("seal: envelope is sealed to another key")
	// ErrKeys: a key or key set that is not of the form that this package takes.
	ErrKeys = errors.New("seal: keys are not of the form that is wanted")
	// ErrSign: the signer failed or gave no ES256 signature.
	ErrSign = errors.New("seal: cannot sign")
)

// An Agent is an agent's end: it signs and seals what leaves and verifies the
// receipts that come back. The zero Agent refuses everything.
type Agent struct {
	name     string
	signer   Signer
	sealer   *sealer
	platform *KeySet
}

// NewAgent returns the end of the agent with this name. It signs with s, seals
// to the first X25519 key of the platform's public keys, and believes receipts
// by any P-256 key among them.
func NewAgent(name string, s Signer, platform *KeySet) (*Agent, error) {
	if name == "" || s == nil || platform == nil || len(platform.verifiers) == 0 || len(platform.recipients) == 0 {
		return nil, ErrKeys
	}
	return &Agent{name: name, signer: s, sealer: newSealer(platform.recipients[0]), platform: platform}, nil
}

// Seal signs a payload as a token of this kind and seals the token for the
// platform, bound to the subject that it will be published on.
func (a *Agent) Seal(subject, kind string, payload []byte) ([]byte, error) {
	if a == nil || a.sealer == nil {
		return nil, ErrKeys
	}
	token, err := Sign(a.signer, kind, payload)
	if err != nil {
		return nil, err
	}
	return a.sealer.seal(subject, kind, a.name, token)
}

// Receipt verifies a receipt's signature and returns its payload, which may
// still be meant for another agent.
func (a *Agent) Receipt(token []byte) ([]byte, error) {
	if a == nil {
		return nil, ErrToken
	}
	return a.platform.Verify(kindReceipt, token)
}
