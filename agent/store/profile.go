package store

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/yanmen/yanmen/agent"
)

// A profile inside its seal: version 1 ‖ flags ‖ aliases ‖ disclosures. Counts
// and numbers are varints, a platform is its length and bytes, aliases stand in
// the order of their platforms. Flag 2 says that the count of consent events
// follows at the end. The version of the profile is in the row's clear header.

const profileVersion = 1

func encodeProfile(p *agent.Profile) []byte {
	b := make([]byte, 0, 16+64*len(p.Aliases)+24*len(p.Disclosed))
	b = append(b, profileVersion, 0)
	if p.Anonymous {
		b[1] = 1
	}
	b = binary.AppendUvarint(b, uint64(len(p.Aliases)))
	for _, platform := range slices.Sorted(maps.Keys(p.Aliases)) {
		a := p.Aliases[platform]
		b = appendText(b, platform)
		b = append(b, a.Sub[:]...)
		b = append(b, a.Salt[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(p.Disclosed)))
	for _, d := range p.Disclosed {
		b = appendText(b, d.Platform)
		b = binary.AppendVarint(b, d.At)
		b = binary.AppendVarint(b, d.Bits)
	}
	if p.Consents > 0 {
		b[1] |= 2
		b = binary.AppendVarint(b, p.Consents)
	}
	return b
}

func decodeProfile(b []byte) (p agent.Profile, ok bool) {
	if len(b) < 2 || b[0] != profileVersion || b[1] > 3 {
		return agent.Profile{}, false
	}
	p.Anonymous = b[1]&1 != 0
	r := reader{b: b[2:]}
	for n := r.count(); n > 0 && !r.bad; n-- {
		platform := r.text()
		var a agent.Alias
		copy(a.Sub[:], r.take(16))
		copy(a.Salt[:], r.take(16))
		if p.Aliases == nil {
			p.Aliases = make(map[string]agent.Alias)
		}
		p.Aliases[platform] = a
	}
	for n := r.count(); n > 0 && !r.bad; n-- {
		p.Disclosed = append(p.Disclosed, agent.Disclosed{Platform: r.text(), At: r.varint(), Bits: r.varint()})
	}
	if b[1]&2 != 0 {
		p.Consents = r.varint()
		r.bad = r.bad || p.Consents <= 0
	}
	if r.bad || len(r.b) > 0 {
		return agent.Profile{}, false
	}
	return p, true
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// A reader takes values from the front of b. After a failed read bad is set
// and every value is zero.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.b) {
		r.bad = true
		return nil
	}
	t := r.b[:n]
	r.b = r.b[n:]
	return t
}

// count reads the length of what follows, which cannot exceed the bytes left.
func (r *reader) count() int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > uint64(len(r.b)) {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

func (r *reader) text() string { return string(r.take(r.count())) }

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}
