package store

import (
	"encoding/binary"
	"sync"

	"github.com/yanmen/yanmen/agent"
)

func beUint64(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

// aad binds a sealed value to its place: whose it is, what it is, the rest of
// its key and its clear header. Within one kind all parts but the last have a
// fixed length, so no two places give the same bytes.
func aad(buf []byte, id agent.SubjectID, kind byte, parts ...[]byte) []byte {
	buf = append(buf[:0], id[:]...)
	buf = append(buf, kind)
	for _, p := range parts {
		buf = append(buf, p...)
	}
	return append(buf, formatVersion)
}

// dataKey returns the subject's data key, or nil if there is no such subject.
// The caller holds mu, so the subject stays while it works.
func (s *Store) dataKey(v *view, id agent.SubjectID) (agent.DataKey, error) {
	if k := s.data.get(id); k != nil {
		return k, nil
	}
	row, err := v.get(subjectKey(id, kindKey))
	if err != nil || row == nil {
		return nil, err
	}
	k, err := s.openKey(id, row)
	if err != nil {
		return nil, err
	}
	s.data.put(id, k)
	return k, nil
}

// openKey unwraps the value of a subject's key row.
func (s *Store) openKey(id agent.SubjectID, row []byte) (agent.DataKey, error) {
	if len(row) < 2 {
		return nil, agent.ErrCorrupt
	}
	k, err := s.keys.OpenData(binary.BigEndian.Uint16(row), id, row[2:])
	if err != nil {
		return nil, agent.ErrCorrupt
	}
	return k, nil
}

// keyCache keeps the data keys that were used last, at most twice keysKept.
type keyCache struct {
	mu       sync.Mutex
	hot, old map[agent.SubjectID]agent.DataKey
}

// keysKept serves cases that come together: a later one opens the key again, for
// one read. Each key is several objects that every garbage collection visits.
const keysKept = 1024

func (c *keyCache) get(id agent.SubjectID) agent.DataKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok := c.hot[id]; ok {
		return k
	}
	if k, ok := c.old[id]; ok {
		c.keep(id, k)
		return k
	}
	return nil
}

func (c *keyCache) put(id agent.SubjectID, k agent.DataKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(id, k)
}

func (c *keyCache) keep(id agent.SubjectID, k agent.DataKey) {
	if len(c.hot) >= keysKept {
		c.hot, c.old = nil, c.hot
	}
	if c.hot == nil {
		c.hot = make(map[agent.SubjectID]agent.DataKey)
	}
	c.hot[id] = k
}

func (c *keyCache) drop(id agent.SubjectID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.hot, id)
	delete(c.old, id)
}

func (c *keyCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hot, c.old = nil, nil
}
