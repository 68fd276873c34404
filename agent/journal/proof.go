package journal

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrProof is a proof that does not show what it should.
var ErrProof = errors.New("journal: the proof does not hold")

// maxProof is more hashes than any proof over maxSize leaves has.
const maxProof = 2 * 64

// ProveInclusion returns the proof (RFC 6962, section 2.1.1) that the journal
// held leaf n when it had size leaves, 0 ≤ n < size ≤ src.Size().
func ProveInclusion(src Source, n, size int64) ([][32]byte, error) {
	if n < 0 || n >= size || size > src.Size() {
		return nil, errors.New("prove inclusion: number out of range")
	}
	p, err := tlog.ProveRecord(size, n, reader(src))
	if err != nil {
		return nil, fmt.Errorf("prove inclusion: %w", err)
	}
	return fromHashes(p), nil
}

// CheckInclusion checks that these bytes are leaf n of the journal with this
// head. The error is [ErrProof].
func CheckInclusion(head Head, n int64, leaf []byte, proof [][32]byte) error {
	if n < 0 || n >= head.Size || head.Size > maxSize || len(proof) > maxProof {
		return ErrProof
	}
	if tlog.CheckRecord(toHashes(proof), head.Size, head.Root, n, tlog.RecordHash(leaf)) != nil {
		return ErrProof
	}
	return nil
}

// ProveConsistency returns the proof (RFC 6962, section 2.1.2) that the journal
// of size leaves begins with its first old leaves, 0 ≤ old ≤ size ≤ src.Size().
func ProveConsistency(src Source, old, size int64) ([][32]byte, error) {
	if old < 0 || old > size || size > src.Size() {
		return nil, errors.New("prove consistency: size out of range")
	}
	if old == 0 {
		return nil, nil // everything begins with nothing
	}
	p, err := tlog.ProveTree(size, old, reader(src))
	if err != nil {
		return nil, fmt.Errorf("prove consistency: %w", err)
	}
	return fromHashes(p), nil
}

// CheckConsistency checks that the journal with the first head only grew to
// become the one with the second. The error is [ErrProof].
func CheckConsistency(older, newer Head, proof [][32]byte) error {
	if older.Size < 0 || older.Size > newer.Size || newer.Size > maxSize || len(proof) > maxProof {
		return ErrProof
	}
	if older.Size == 0 {
		if older != emptyHead || len(proof) != 0 || newer.Size == 0 && newer != emptyHead {
			return ErrProof
		}
		return nil
	}
	if tlog.CheckTree(toHashes(proof), newer.Size, newer.Root, older.Size, older.Root) != nil {
		return ErrProof
	}
	return nil
}

func toHashes(p [][32]byte) []tlog.Hash {
	hashes := make([]tlog.Hash, len(p))
	for i, h := range p {
		hashes[i] = h
	}
	return hashes
}

func fromHashes(p []tlog.Hash) [][32]byte {
	hashes := make([][32]byte, len(p))
	for i, h := range p {
		hashes[i] = h
	}
	return hashes
}
