package keyring

import (
	"path/filepath"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

func BenchmarkTag(b *testing.B) {
	_, _, r := createRing(b)
	value := make([]byte, 18)
	b.ReportAllocs()
	for b.Loop() {
		r.Tag(agent.IndexNumber, value)
	}
}

func BenchmarkRow(b *testing.B) {
	_, _, r := createRing(b)
	b.ReportAllocs()
	for b.Loop() {
		r.Row(1, agent.Tag{1})
	}
}

func BenchmarkOpenRef(b *testing.B) {
	_, _, r := createRing(b)
	row := must[[]byte](b)(r.Row(1, agent.Tag{1}))
	sealed := must[[]byte](b)(r.SealRef(1, row, make([]byte, 32)))
	b.ReportAllocs()
	for b.Loop() {
		r.OpenRef(1, row, sealed)
	}
}

func BenchmarkNewData(b *testing.B) {
	_, _, r := createRing(b)
	b.ReportAllocs()
	for b.Loop() {
		r.NewData(1, alice)
	}
}

func BenchmarkOpenData(b *testing.B) {
	_, _, r := createRing(b)
	wrapped, _, err := r.NewData(1, alice)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.OpenData(1, alice, wrapped)
	}
}

func BenchmarkDataKey(b *testing.B) {
	_, _, r := createRing(b)
	_, k, err := r.NewData(1, alice)
	if err != nil {
		b.Fatal(err)
	}
	plain, aad := make([]byte, 1024), make([]byte, 40)
	sealed := must[[]byte](b)(k.Seal(plain, aad))
	b.Run("Seal1K", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			k.Seal(plain, aad)
		}
	})
	b.Run("Open1K", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			k.Open(sealed, aad)
		}
	})
	b.Run("MAC1K", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			k.MAC(plain)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	_, _, r := createRing(b)
	data := make([]byte, 800)
	b.ReportAllocs()
	for b.Loop() {
		r.Sign(data)
	}
}

// BenchmarkShard is what the first use of a shard costs.
func BenchmarkShard(b *testing.B) {
	key := make([]byte, shardKeySize)
	b.ReportAllocs()
	for b.Loop() {
		newShard(1, key)
	}
}

func BenchmarkOpen(b *testing.B) {
	for name, root := range map[string]Root{"quick": newTestRoot(), "passphrase": PassphraseFile(passphrase(b, "p"))} {
		b.Run(name, func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "keys")
			r, err := Create(dir, root)
			if err != nil {
				b.Fatal(err)
			}
			r.Close()
			for b.Loop() {
				r, err := Open(dir, root)
				if err != nil {
					b.Fatal(err)
				}
				r.Close()
			}
		})
	}
}

func BenchmarkRekey(b *testing.B) {
	for name, root := range map[string]Root{"quick": newTestRoot(), "passphrase": PassphraseFile(passphrase(b, "p"))} {
		b.Run(name, func(b *testing.B) {
			r, err := Create(filepath.Join(b.TempDir(), "keys"), root)
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			for b.Loop() {
				k, err := r.BeginRekey([]uint16{1, 2})
				if err != nil {
					b.Fatal(err)
				}
				if err := k.Finish(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
