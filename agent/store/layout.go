package store

import (
	"encoding/binary"
	"math/bits"

	"github.com/yanmen/yanmen/agent"
)

const formatVersion = 1

// First bytes of the rows.
const (
	rowSubject = 's'
	rowIndex   = 'x'
	rowMember  = 'k'
	rowQueue   = 'q'
	rowHead    = 'h'
	rowLeaf    = 'l'
	rowPending = 'e'
	rowEnded   = 'u'
	rowReview  = 'w'
	rowMeta    = 'm'
)

// Kinds of a subject's rows.
const (
	kindKey     = 'k'
	kindProfile = 'p'
	kindIndex   = 'i'
	kindRecord  = 'r'
	kindBlob    = 'b'
	kindFinding = 'f'
	kindOlder   = 'o'
	kindBody    = 'j'
	kindQueued  = 'q'
	kindConsent = 'c'
)

// kindPayload stands for a queue row's payload in associated data; there is no
// such kind of row.
const kindPayload = 'Q'

var (
	metaFormat = []byte{rowMeta, 'f', 'o', 'r', 'm', 'a', 't'}
	metaRekey  = []byte{rowMeta, 'r', 'e', 'k', 'e', 'y'}
)

// kindAt is where a subject row's kind stands.
const kindAt = 1 + len(agent.SubjectID{})

// catByte numbers the categories. Part of the format: append only.
var catByte = map[agent.Category]byte{
	agent.CatIdentity: 1, agent.CatPhone: 2, agent.CatCard: 3, agent.CatLoan: 4, agent.CatClaim: 5,
	agent.CatProof: 6, agent.CatEmployment: 7, agent.CatSocialInsurance: 8, agent.CatIncome: 9,
	agent.CatLiabilities: 10, agent.CatCreditReport: 11, agent.CatStatement: 12, agent.CatContactLog: 13,
	agent.CatDeviceLog: 14, agent.CatAnswer: 15, agent.CatHistory: 16,
}

var catOf = func() (m [256]agent.Category) {
	for c, b := range catByte {
		m[b] = c
	}
	return m
}()

func subjectKey(id agent.SubjectID, kind byte, rest ...byte) []byte {
	k := make([]byte, 0, kindAt+1+max(len(rest), 24)) // room for what callers append
	k = append(k, rowSubject)
	k = append(k, id[:]...)
	k = append(k, kind)
	return append(k, rest...)
}

func subjectPrefix(id agent.SubjectID) []byte { return append([]byte{rowSubject}, id[:]...) }

func indexKey(shard uint16, row []byte) []byte {
	k := make([]byte, 0, 3+len(row))
	return append(binary.BigEndian.AppendUint16(append(k, rowIndex), shard), row...)
}

func memberKey(shard uint16, id agent.SubjectID) []byte {
	k := make([]byte, 0, 3+len(id))
	return append(binary.BigEndian.AppendUint16(append(k, rowMember), shard), id[:]...)
}

func shardPrefix(row byte, shard uint16) []byte {
	return binary.BigEndian.AppendUint16([]byte{row}, shard)
}

func queuePrefix(platform string) []byte {
	k := make([]byte, 0, 2+len(platform)+8)
	return append(append(k, rowQueue, byte(len(platform))), platform...)
}

func queueKey(platform string, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(queuePrefix(platform), seq)
}

// parseQueueKey is the inverse of queueKey.
func parseQueueKey(k []byte) (platform string, seq uint64, ok bool) {
	if len(k) < 2 || len(k) != 2+int(k[1])+8 {
		return "", 0, false
	}
	return string(k[2 : 2+k[1]]), binary.BigEndian.Uint64(k[len(k)-8:]), true
}

func queuedKey(id agent.SubjectID, seq uint64, platform string) []byte {
	return append(binary.BigEndian.AppendUint64(subjectKey(id, kindQueued), seq), platform...)
}

func headKey(platform string) []byte { return append([]byte{rowHead}, platform...) }

func leafKey(n int64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 9), rowLeaf), uint64(n))
}

func pendingKey(id agent.SubjectID, blob uint64) []byte {
	k := append(make([]byte, 0, 1+len(id)+8), rowPending)
	return binary.BigEndian.AppendUint64(append(k, id[:]...), blob)
}

func reviewKey(id agent.SubjectID, slot agent.Slot) []byte {
	return append(append([]byte{rowReview}, id[:]...), slot[:]...)
}

func endedKey(id agent.SubjectID) []byte { return append([]byte{rowEnded}, id[:]...) }

// splitLeaf cuts a leaf row into its nodes and the leaf. What it returns
// shares memory with val.
func splitLeaf(val []byte) (nodes, leaf []byte, ok bool) {
	if len(val) == 0 || val[0] == 0 || len(val) < 1+32*int(val[0]) {
		return nil, nil, false
	}
	cut := 1 + 32*int(val[0])
	return val[1:cut], val[cut:], true
}

// firstNode is the number of stored nodes before those of leaf n.
func firstNode(n int64) int64 { return 2*n - int64(bits.OnesCount64(uint64(n))) }

// nodeRow returns the leaf whose row holds stored node i, and its place there.
func nodeRow(i int64) (n int64, at int) {
	// firstNode(n) lies between 2n-63 and 2n, so the row is near i/2.
	n = i / 2
	for firstNode(n+1) <= i {
		n++
	}
	return n, int(i - firstNode(n))
}

// A queuedItem is the value of a queue row.
type queuedItem struct {
	kind         byte
	at           int64
	subject      agent.SubjectID // zero but for a verdict
	digest, prev [32]byte
	id           string
	payload      []byte // sealed for a verdict, clear for a notice, nil for a tombstone
}

var queuedKinds = [...]string{1: agent.QueuedVerdict, 2: agent.QueuedTombstone, 3: agent.QueuedErased}

const (
	itemVerdict   = 1
	itemTombstone = 2
	itemErased    = 3
)

func (q *queuedItem) encode() []byte {
	b := make([]byte, 0, 1+8+16+64+1+len(q.id)+len(q.payload))
	b = append(b, q.kind)
	b = binary.BigEndian.AppendUint64(b, uint64(q.at))
	b = append(b, q.subject[:]...)
	b = append(b, q.digest[:]...)
	b = append(b, q.prev[:]...)
	b = append(b, byte(len(q.id)))
	b = append(b, q.id...)
	return append(b, q.payload...)
}

// decodeItem reads what encode wrote; the payload shares memory with b.
func decodeItem(b []byte) (q queuedItem, ok bool) {
	const fixed = 1 + 8 + 16 + 64 + 1
	if len(b) < fixed || b[0] == 0 || int(b[0]) >= len(queuedKinds) || len(b) < fixed+int(b[fixed-1]) {
		return queuedItem{}, false
	}
	q.kind = b[0]
	q.at = int64(binary.BigEndian.Uint64(b[1:]))
	q.subject = agent.SubjectID(b[9:25])
	q.digest = [32]byte(b[25:57])
	q.prev = [32]byte(b[57:89])
	q.id = string(b[fixed : fixed+int(b[fixed-1])])
	q.payload = b[fixed+int(b[fixed-1]):]
	if (q.kind == itemTombstone) != (len(q.payload) == 0) || (q.kind == itemVerdict) == q.subject.IsZero() {
		return queuedItem{}, false
	}
	return q, true
}
