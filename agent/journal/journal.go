// Package journal is the form of the agent's record of what it decided and did:
// a Merkle log (RFC 6962 hashes) of JSON leaves, with signed checkpoints (C2SP
// tlog-checkpoint) and proofs.
//
// A leaf is one line of JSON without white space, members in this order, those
// in brackets only when there is something to say:
//
//	{"v":1,"kind":"verify","at":<ms>,"public":{…}[,"body":"<hex>"][,"payload":"<hex>","seq":<n>]}
//
// body is the commitment to the sealed part of the entry (see [CheckBody]),
// payload the SHA-256 of what was queued for a platform and seq its number.
// There is one way to write a leaf and [ParseLeaf] takes no other, so the bytes
// of an export are the bytes that were hashed.
//
// The package promises that any change to a leaf, its place or the length of
// the log shows against a checkpoint that was kept elsewhere. It leaves to the
// store where leaves and hashes lie and that they are durable together, to the
// keyring the signing key, and to the platform to keep checkpoints.
package journal

import (
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/yanmen/yanmen/agent"
)

// maxSize bounds the number of leaves in what is read from outside. It is far
// beyond any journal, and below the sizes at which tlog's arithmetic overflows
// and its search for a power of two no longer ends.
const maxSize = 1 << 48

// A Source is a journal as it is stored. Leaves and nodes below Size never
// change, so a Source may grow while it is read.
type Source interface {
	// Size returns the number of leaves.
	Size() int64
	// Leaf returns the bytes of leaf n, 0 ≤ n < Size.
	Leaf(n int64) ([]byte, error)
	// Node returns stored tree hash i, numbered as tlog.StoredHashIndex does.
	Node(i int64) ([32]byte, error)
}

// A Head is the size of a journal and its root hash. The zero Head is that of
// no journal: the empty one has the hash of nothing as its root.
type Head struct {
	Size int64
	Root [32]byte
}

// Log makes leaves and tree hashes for the store. It has no state and is safe
// for concurrent use.
type Log struct{}

// Leaf returns the bytes of the leaf for an entry. A zero commitment means that
// there is no body, a zero payload with seq 0 that nothing was queued. For an
// entry that has no valid form (see [Leaf]) it returns nil, which Nodes
// refuses: a malformed entry cannot be committed.
func (Log) Leaf(e *agent.Entry, commitment, payload [32]byte, seq uint64) []byte {
	l := Leaf{Kind: e.Kind, At: e.At, Public: e.Public, Body: commitment, Payload: payload, Seq: seq}
	b, err := l.Marshal()
	if err != nil {
		return nil
	}
	return b
}

// Nodes returns the tree hashes to store when leaf number n (from 0) is
// appended: the leaf's own, then those of the subtrees that it completes. They
// go to consecutive places from tlog.StoredHashIndex(0, n) on. read returns an
// earlier hash by its place; at most log2 n are read.
func (Log) Nodes(n int64, leaf []byte, read func(i int64) ([32]byte, error)) ([][32]byte, error) {
	if len(leaf) == 0 {
		return nil, fmt.Errorf("append leaf %d: %w", n, ErrMalformed)
	}
	if n < 0 || n >= maxSize {
		return nil, errors.New("append leaf: number out of range")
	}
	h := tlog.RecordHash(leaf)
	// Each trailing one bit of n is a subtree to the left that this leaf completes.
	done := bits.TrailingZeros64(uint64(n + 1))
	nodes := make([][32]byte, 1, 1+done)
	nodes[0] = h
	for level := range done {
		left, err := read(tlog.StoredHashIndex(level, n>>level-1))
		if err != nil {
			return nil, fmt.Errorf("read journal node: %w", err)
		}
		h = tlog.NodeHash(left, h)
		nodes = append(nodes, h)
	}
	return nodes, nil
}

// headAt computes the head that src had at a size, from its stored nodes.
func headAt(src Source, size int64) (Head, error) {
	root, err := tlog.TreeHash(size, reader(src))
	if err != nil {
		return Head{}, err
	}
	return Head{size, root}, nil
}

// reader lets tlog read the nodes of src.
func reader(src Source) tlog.HashReader {
	return tlog.HashReaderFunc(func(places []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(places))
		for i, place := range places {
			h, err := src.Node(place)
			if err != nil {
				return nil, fmt.Errorf("read journal node: %w", err)
			}
			hashes[i] = h
		}
		return hashes, nil
	})
}

// A tree computes hashes from leaves alone, trusting no stored node.
type tree struct {
	size  int64
	stack []tlog.Hash // roots of the complete subtrees, largest first
}

// add appends a leaf by its hash and calls node with each hash that a store
// holds for it, in order.
func (t *tree) add(h tlog.Hash, node func(tlog.Hash)) {
	node(h)
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.stack) - 1
		h = tlog.NodeHash(t.stack[last], h)
		t.stack = t.stack[:last]
		node(h)
	}
	t.stack = append(t.stack, h)
	t.size++
}

// head returns the head after the leaves added so far.
func (t *tree) head() Head {
	if t.size == 0 {
		return emptyHead
	}
	h := t.stack[len(t.stack)-1]
	for i := len(t.stack) - 2; i >= 0; i-- {
		h = tlog.NodeHash(t.stack[i], h)
	}
	return Head{t.size, h}
}
