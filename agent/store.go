package agent

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Errors of a [Store]. Callers test them with errors.Is.
var (
	// ErrConflict: what the write expected, or what was read before, no longer
	// holds: another write or an erasure came between. Nothing of it was
	// written. Read again and decide again.
	ErrConflict = errors.New("store: another write came first")
	// ErrDiskFull: free space is below the watermark. Nothing was written;
	// free space and retry.
	ErrDiskFull = errors.New("store: free disk space is below the watermark")
	// ErrUncertain: the commit may or may not be durable. Ask again with the
	// same case id: what was committed is then found.
	ErrUncertain = errors.New("store: commit reported an error; ask again with the same case id")
	// ErrClosed: the store is closing or closed.
	ErrClosed = errors.New("store: closed")
	// ErrCorrupt: a stored value does not authenticate. Run fsck.
	ErrCorrupt = errors.New("store: a stored value does not authenticate; run fsck")
	// ErrUnknownSubject: the subject to erase is not there, or not any more.
	ErrUnknownSubject = errors.New("store: there is no such subject")
	// ErrGrant: the grant is nil, used, expired or does not name what was asked.
	ErrGrant = errors.New("store: no grant for this")
)

// A Grant is an allow that opens named categories of one subject, once. The
// core alone makes grants, after policy allowed the use; the zero Grant and a
// burnt one open nothing.
type Grant struct {
	scope GrantScope
	live  atomic.Bool
}

// GrantScope is what a grant opens.
type GrantScope struct {
	Subject    SubjectID
	Purpose    Purpose
	Categories []Category
	// Findings says that the finding of the named case may be opened.
	Findings bool
	// Consents says that the subject's ledger of consents may be opened.
	Consents bool
	// Held is what [Store.Held] returned when the use was asked for. Optional;
	// of the categories named, only these records are then opened.
	Held    []Held
	Expires time.Time
}

// Burn returns the scope and makes the grant useless. It succeeds once.
func (g *Grant) Burn(now time.Time) (GrantScope, error) {
	if g == nil || !g.live.CompareAndSwap(true, false) || g.scope.Subject.IsZero() || !now.Before(g.scope.Expires) {
		return GrantScope{}, ErrGrant
	}
	return g.scope, nil
}

// Kinds of index by which a subject is found. The index keys die with the
// subject: afterwards nobody can test whether a value was there.
type IndexKind byte

// The index kinds.
const (
	IndexNumber  IndexKind = 'n' // normalised identity number → subject
	IndexCase    IndexKind = 'c' // case id → subject and case slot
	IndexConsent IndexKind = 'w' // the lender's id of a consent record → subject
)

// A Slot names one case of one subject; random.
type Slot [16]byte

// A Ref is what an index entry leads to.
type Ref struct {
	Subject SubjectID
	Slot    Slot // zero but for IndexCase
}

// Profile is what the agent keeps about a subject beside records: sealed with
// the subject's key, replaced whole by a write that saw the same Version.
type Profile struct {
	Version uint64 // 0: never written
	// Aliases are the random names of the subject at each platform, with the
	// salt of consent commitments.
	Aliases map[string]Alias
	// Disclosed lists what was said, by platform, newest last; entries older
	// than 30 days are dropped.
	Disclosed []Disclosed
	// Anonymous holds for a subject that stands for a refused case only: no
	// person's data and no number index belong to it.
	Anonymous bool
	// Consents counts the events in the subject's ledger of consents. Whoever
	// decided without one of them has seen another version of the profile.
	Consents int64
}

// Alias is the subject's name at one platform.
type Alias struct {
	Sub  [16]byte
	Salt [16]byte
}

// Disclosed is one disclosure.
type Disclosed struct {
	Platform string
	At       int64 // seconds
	Bits     int64 // thousandths
}

// StoredCase is the state of one case.
type StoredCase struct {
	Version uint64 // 1 for the first answer, then one more for each supersession
	// Finding is the sealed finding's plaintext, opened under a grant.
	Finding []byte
}

// StoredRecord is an opened record.
type StoredRecord struct {
	Record
	RetainUntil int64 // seconds
}

// Held is one category of which records are stored.
type Held struct {
	Category Category
	Until    int64 // earliest end of retention, seconds
	// Rows are the sealed records as the store read them, in a form of its own.
	// A grant that carries them spares reading twice.
	Rows any
}

// A Write commits wholly or not at all, in one transaction with one sync.
type Write struct {
	// Subject is whose write it is. With the zero id the write is its journal
	// entry alone, which then has no body.
	Subject SubjectID
	// New makes the subject: its data key is created in this transaction. The
	// write conflicts if one of Index is taken.
	New bool
	// Index lists entries to add. An entry that exists must lead to the same
	// Ref, else the write conflicts; with Relink the case entry may lead away
	// from an anonymous subject, which is then erased with this write.
	Index  []IndexEntry
	Relink bool

	Records []Record
	Retain  []int64 // RetainUntil of each record, seconds

	// Profile replaces the subject's profile if it is still at
	// Profile.Version, else the write conflicts. Nil leaves it.
	Profile *Profile

	// Case, if set, stores a finding under Slot; it must be at Version-1.
	Slot    Slot
	Version uint64
	Finding []byte
	// Review says whether the case waits for a person once this finding is
	// stored: it enters the queue of reviews, or leaves it, with the finding.
	Review bool

	// Consents are appended to the subject's ledger of consents. Each must
	// follow the event before it in its record, else the write conflicts.
	Consents []ConsentRow
	// Unsettled marks the subject: a consent has ended, and what rested on it
	// has not all been decided anew. Settled takes the mark away.
	Unsettled, Settled bool

	// Verdict, if set, queues a verdict for Platform. The committer calls
	// Payload with the number and the digest of the payload before, under its
	// lock: it must be quick and must not call the store. It may be called
	// more than once; the last call counts.
	Platform  string
	VerdictID string
	Payload   func(seq uint64, prev [32]byte) []byte

	// Entry goes to the journal in the same transaction.
	Entry Entry
}

// ConsentRow is one event of one record in a subject's ledger of consents.
type ConsentRow struct {
	Record string // the lender's id of the record
	N      uint32 // from 1, without gaps
	Event  []byte
}

// IndexEntry is one way to find a subject.
type IndexEntry struct {
	Kind  IndexKind
	Value []byte
	Ref   Ref
}

// An Entry is one line of the journal. Public is readable by whoever holds the
// journal and is kept for ever: codes, times and random ids only. Body is
// sealed with the subject's key, and the leaf commits to it with a salt that is
// sealed too: after an erasure the leaf still proves that an entry was there
// and nobody can test a guess against it.
type Entry struct {
	Kind   string // verify, import, open, erase, start, …
	At     int64  // milliseconds since 1970
	Public []byte // JSON object, made by the core
	Body   []byte // nil: no body
}

// Committed says where a write went.
type Committed struct {
	Leaf   int64  // index in the journal
	Seq    uint64 // number of the verdict in its chain; 0 if none was queued
	Digest [32]byte
}

// Store is the durable place of the agent. All methods are safe for concurrent
// use. No method's error carries a stored value.
type Store interface {
	// Find looks an index value up. ok is false when there is no entry.
	Find(ctx context.Context, kind IndexKind, value []byte) (ref Ref, ok bool, err error)
	// Profile returns the subject's profile: it holds random ids and counts,
	// no data about the person, and needs no grant.
	Profile(ctx context.Context, id SubjectID) (Profile, error)
	// Held lists the categories of stored records, each with its earliest end
	// of retention. Like Profile it opens nothing.
	Held(ctx context.Context, id SubjectID) ([]Held, error)
	// Records opens what the grant names and burns it.
	Records(ctx context.Context, g *Grant) ([]StoredRecord, error)
	// Case opens the finding in a slot and burns the grant.
	Case(ctx context.Context, g *Grant, slot Slot) (StoredCase, error)
	// Cases lists at most max slots that hold a finding, after the given one in
	// an order of the store's own; the zero Ref begins. It opens nothing.
	Cases(ctx context.Context, after Ref, max int) ([]Ref, error)
	// History opens every finding that a slot has held, oldest first, and burns
	// the grant. A finding that is superseded stays for this, sealed as it was.
	History(ctx context.Context, g *Grant, slot Slot) ([]StoredCase, error)
	// Slots lists the cases of a subject in no promised order. Like Profile it
	// opens nothing.
	Slots(ctx context.Context, id SubjectID) ([]Slot, error)
	// Consents opens the subject's ledger of consents and burns the grant: the
	// events of each record together and in their order.
	Consents(ctx context.Context, g *Grant) ([][]byte, error)
	// Unsettled lists the subjects that a write has marked so.
	Unsettled(ctx context.Context) ([]SubjectID, error)
	// Reviews lists the cases that wait for a person, in no promised order. It
	// opens nothing.
	Reviews(ctx context.Context) ([]Ref, error)
	// Commit makes the write durable before it returns nil. On ErrConflict and
	// ErrDiskFull nothing was written; on ErrUncertain either all or nothing.
	Commit(ctx context.Context, w *Write) (Committed, error)
	// Erase destroys what opens the subject: data key, index entries and every
	// older copy of the keys that opened these. It is complete when it
	// returns nil, and may be called again after any error or crash. Undelivered verdicts become
	// tombstones, delivered ones are followed by a notice to the platform.
	Erase(ctx context.Context, e *Erasure) (Committed, error)
}

// An Erasure is what [Store.Erase] needs to know.
type Erasure struct {
	Subject SubjectID
	Entry   Entry // goes to the journal in the transaction that erases
	// Notice makes the notice that tells a platform to erase: its id and payload.
	// It is called under the committer's lock, once for each platform that may
	// hold a verdict.
	Notice func(platform string, sub [16]byte, seq uint64, prev [32]byte) (id string, payload []byte)
}

// Kinds of [Queued] item.
const (
	QueuedVerdict   = "verdict"
	QueuedTombstone = "tombstone" // an undelivered verdict whose subject was erased
	QueuedErased    = "erased"    // tells the platform to erase
)

// Queued is one item on its way to a platform.
type Queued struct {
	Platform string
	Seq      uint64
	Kind     string
	ID       string   // of the verdict or notice
	Payload  []byte   // exact bytes; nil for a tombstone
	Digest   [32]byte // SHA-256 of the payload, also of a payload that is gone
	Prev     [32]byte
	At       int64 // when it was queued, seconds
}

// Outbox is the queue as the uplink needs it. All methods are safe for
// concurrent use.
type Outbox interface {
	// Next returns at most max items with Seq > after, in order of Seq.
	Next(ctx context.Context, platform string, after uint64, max int) ([]Queued, error)
	// Delivered removes the items with these numbers, if their digests are
	// those given, and is durable when it returns nil. Unknown numbers are
	// passed over: a receipt may come twice. A digest that differs is
	// [ErrCorrupt] and removes nothing.
	Delivered(ctx context.Context, platform string, seqs []uint64, digests [][32]byte) error
	// Added returns a channel that receives after items were queued; one
	// reader a platform.
	Added(platform string) <-chan struct{}
	// Depth returns how many items wait and when the oldest was queued
	// (seconds; 0 if none).
	Depth(platform string) (n int64, oldest int64, err error)
}
