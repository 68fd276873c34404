package journal

import (
	"errors"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

const exhaustive = 70 // past 64, so that trees of seven levels are met

func hashOf(leaf []byte) tlog.Hash { return tlog.RecordHash(leaf) }

func ignore(tlog.Hash) {}

func TestInclusion_eachLeafAtEachSize(t *testing.T) {
	m := testJournal(t, exhaustive)
	for size := int64(1); size <= exhaustive; size++ {
		head := headOf(t, m, size)
		for n := range size {
			p, err := ProveInclusion(m, n, size)
			if err != nil {
				t.Fatal(err)
			}
			if err := CheckInclusion(head, n, m.leaves[n], p); err != nil {
				t.Fatalf("leaf %d of %d: %v", n, size, err)
			}
			other := (n + 1) % size
			if size > 1 && CheckInclusion(head, n, m.leaves[other], p) != ErrProof {
				t.Fatalf("leaf %d passes as leaf %d of %d", other, n, size)
			}
			if size > 1 && CheckInclusion(head, other, m.leaves[n], p) != ErrProof {
				t.Fatalf("leaf %d passes at place %d of %d", n, other, size)
			}
			for i := range p {
				wrong := slices.Clone(p)
				wrong[i][0] ^= 1
				if CheckInclusion(head, n, m.leaves[n], wrong) != ErrProof {
					t.Fatalf("leaf %d of %d passes with hash %d changed", n, size, i)
				}
				if CheckInclusion(head, n, m.leaves[n], slices.Delete(slices.Clone(p), i, i+1)) != ErrProof {
					t.Fatalf("leaf %d of %d passes without hash %d", n, size, i)
				}
			}
			if CheckInclusion(head, n, m.leaves[n], append(slices.Clone(p), [32]byte{})) != ErrProof {
				t.Fatalf("leaf %d of %d passes with a hash too many", n, size)
			}
		}
	}
}

func TestConsistency_eachPairOfSizes(t *testing.T) {
	m := testJournal(t, exhaustive)
	for size := int64(0); size <= exhaustive; size++ {
		newer := headOf(t, m, size)
		for old := range size + 1 {
			older := headOf(t, m, old)
			p, err := ProveConsistency(m, old, size)
			if err != nil {
				t.Fatal(err)
			}
			if err := CheckConsistency(older, newer, p); err != nil {
				t.Fatalf("%d → %d: %v", old, size, err)
			}
			wrong := older
			wrong.Root[5] ^= 1
			if CheckConsistency(wrong, newer, p) != ErrProof {
				t.Fatalf("%d → %d passes from another root", old, size)
			}
			wrong = newer
			wrong.Root[5] ^= 1
			if old > 0 && CheckConsistency(older, wrong, p) != ErrProof {
				t.Fatalf("%d → %d passes to another root", old, size)
			}
			for i := range p {
				bad := slices.Clone(p)
				bad[i][31] ^= 0x80
				if CheckConsistency(older, newer, bad) != ErrProof {
					t.Fatalf("%d → %d passes with hash %d changed", old, size, i)
				}
			}
			if old < size && CheckConsistency(newer, older, p) != ErrProof {
				t.Fatalf("%d → %d passes: a journal that shrank", size, old)
			}
		}
	}
}

func TestProofs_refuseNumbersOutOfRange(t *testing.T) {
	m := testJournal(t, 5)
	for _, c := range [][2]int64{{-1, 5}, {5, 5}, {0, 6}, {0, 0}, {0, -1}, {6, 5}} {
		if _, err := ProveInclusion(m, c[0], c[1]); err == nil {
			t.Errorf("ProveInclusion(%d, %d) passed", c[0], c[1])
		}
	}
	for _, c := range [][2]int64{{-1, 5}, {6, 5}, {0, 6}, {1, 0}} {
		if _, err := ProveConsistency(m, c[0], c[1]); err == nil {
			t.Errorf("ProveConsistency(%d, %d) passed", c[0], c[1])
		}
	}
	// Sizes at which tlog would search for ever for a power of two.
	huge := Head{Size: 1<<63 - 1}
	if CheckInclusion(huge, 3, nil, nil) != ErrProof || CheckInclusion(Head{Size: maxSize + 1}, 3, nil, nil) != ErrProof {
		t.Error("CheckInclusion takes a head that no journal reaches")
	}
	if CheckConsistency(Head{Size: 1}, huge, nil) != ErrProof || CheckConsistency(huge, huge, nil) != ErrProof {
		t.Error("CheckConsistency takes a head that no journal reaches")
	}
	if CheckInclusion(Head{Size: maxSize}, maxSize-1, nil, make([][32]byte, maxProof+1)) != ErrProof {
		t.Error("CheckInclusion takes a proof longer than any")
	}
	if CheckConsistency(Head{}, Head{}, nil) != ErrProof || CheckConsistency(emptyHead, Head{}, nil) != ErrProof {
		t.Error("CheckConsistency takes the zero head, which is that of no journal")
	}
}

func TestProofs_sayWhenANodeIsUnreadable(t *testing.T) {
	m := testJournal(t, 9)
	m.nodes = m.nodes[:3]
	if _, err := ProveInclusion(m, 8, 9); !errors.Is(err, errAbsent) {
		t.Errorf("ProveInclusion = %v, want the source's error", err)
	}
	if _, err := ProveConsistency(m, 5, 9); !errors.Is(err, errAbsent) {
		t.Errorf("ProveConsistency = %v, want the source's error", err)
	}
	s, _ := testKey(t, testOrigin, 1)
	if _, err := Checkpoint(m, s); !errors.Is(err, errAbsent) {
		t.Errorf("Checkpoint = %v, want the source's error", err)
	}
}

// FuzzCheckInclusion holds that no proof but the true one passes, and that
// hostile sizes and proofs end quickly.
func FuzzCheckInclusion(f *testing.F) {
	m := testJournal(f, exhaustive)
	f.Add(int64(70), int64(3), []byte("x"))
	f.Add(int64(1<<63-1), int64(1<<62), make([]byte, 32*64))
	f.Fuzz(func(t *testing.T, size, n int64, proof []byte) {
		var p [][32]byte
		for len(proof) >= 32 {
			p = append(p, [32]byte(proof[:32]))
			proof = proof[32:]
		}
		head := Head{Size: size}
		if size >= 0 && size <= exhaustive {
			head = headOf(t, m, size)
		}
		const foreign = "not a leaf"
		if CheckInclusion(head, n, []byte(foreign), p) == nil {
			t.Fatalf("a foreign leaf passes at %d of %d", n, size)
		}
		_ = CheckConsistency(head, Head{Size: size + n}, p)
	})
}
