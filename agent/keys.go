package agent

// A Tag is the keyed hash of an index value. It is never stored in clear.
type Tag [32]byte

// Keys is what a [Store] needs of the keyring. All methods are safe for
// concurrent use, except that a [Rekey] is used by one goroutine, and its
// Finish and Abort while no other call is under way. Errors carry no value and
// no key.
type Keys interface {
	// Tag returns PRF(kind ‖ value) under the agent's lookup key.
	Tag(kind IndexKind, value []byte) (Tag, error)
	// ShardOf returns the shard of a tag: a few of its bits.
	ShardOf(Tag) uint16
	// Row returns the index row for a tag: AES-SIV under the shard's key.
	Row(shard uint16, t Tag) ([]byte, error)
	// SealRef and OpenRef seal the value of an index row under the shard's
	// key; the row is associated data.
	SealRef(shard uint16, row, plain []byte) ([]byte, error)
	OpenRef(shard uint16, row, sealed []byte) ([]byte, error)
	// NewData makes a data key for a subject and returns it wrapped by the
	// shard's key; OpenData unwraps it. The subject id is associated data.
	NewData(shard uint16, id SubjectID) (wrapped []byte, k DataKey, err error)
	OpenData(shard uint16, id SubjectID, wrapped []byte) (DataKey, error)

	// BeginRekey makes fresh keys for the shards and records durably that they
	// are prepared; the old keys stay in force.
	BeginRekey(shards []uint16) (Rekey, error)
	// PendingRekey returns what a crash left prepared, or nil.
	PendingRekey() Rekey
}

// A DataKey seals and opens the values of one subject. Safe for concurrent use.
type DataKey interface {
	// Seal returns header ‖ nonce ‖ ciphertext; the header names the algorithm.
	Seal(plain, aad []byte) ([]byte, error)
	Open(sealed, aad []byte) ([]byte, error)
	// MAC returns a keyed hash that dies with the key: ids of records are made
	// with it, so that the same content gets the same id.
	MAC(data []byte) [16]byte
}

// A Rekey replaces the keys of some shards. The store rewrites its rows with it
// in one transaction that also writes the marker ID, then calls Finish. After a
// crash the store asks PendingRekey: if the marker is there it calls Finish,
// else Abort.
type Rekey interface {
	ID() [16]byte
	Shards() []uint16
	// Row, Ref and Rewrap translate from the old keys of the shard to the new.
	Row(shard uint16, old []byte) ([]byte, error)
	Ref(shard uint16, oldRow, newRow, sealed []byte) ([]byte, error)
	Rewrap(shard uint16, id SubjectID, wrapped []byte) ([]byte, error)
	// Finish makes the new keys the only ones. When it returns nil no file of
	// the keyring holds an old key, nor a key that opens an old copy of it as
	// far as the root can destroy it. Idempotent.
	Finish() error
	// Abort drops the new keys. Idempotent.
	Abort() error
}
