package keyring

// A Root seals the keyset of an agent: a passphrase, or a key that does not
// leave its hardware or key service. It must be safe for use by one goroutine
// at a time. Its errors carry no key and no passphrase.
type Root interface {
	// Seal seals secret under a key or salt made for this call, bound to aad.
	// What was sealed before must still open until Anchor is called.
	Seal(secret, aad []byte) (sealed []byte, err error)
	// Open opens what Seal returned. A root that can tell that it is the wrong
	// one says so with a sentinel, as ErrPassphrase.
	Open(sealed, aad []byte) (secret []byte, err error)
	// Anchor destroys, as far as this root can, whatever opens something that
	// it sealed other than the one given, and is durable when it returns nil.
	// It is called after every replacement of the keyset and at every Open,
	// because a crash may have come between, and must be idempotent. A root
	// whose key cannot be destroyed, a passphrase for one, does nothing: then
	// an old copy of the folder, the blocks of an old disk included, still
	// opens.
	Anchor(sealed []byte) error
}
