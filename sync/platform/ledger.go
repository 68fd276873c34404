package platform

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"

	"github.com/yanmen/yanmen/sync/wire"
)

// Errors of a [FileLedger].
var (
	// ErrLedgerLocked: another process has the ledger open.
	ErrLedgerLocked = errors.New("platform: another process has the ledger open")
	// ErrLedgerCorrupt: a line is not what was written. Restore the file; the
	// agents do not send again what they have a receipt for.
	ErrLedgerCorrupt = errors.New("platform: the ledger is damaged")
	// ErrLedgerBroken: a sync failed and nobody knows what the disk holds. Open
	// the ledger again.
	ErrLedgerBroken = errors.New("platform: the ledger could not be synced; open it again")
)

const ledgerFile = "ledger.ndjson"

// erasedByte overwrites the token of an item that must be erased.
const erasedByte = '-'

// A FileLedger is a [Ledger] in one file of JSON lines, each an accepted item
// with its token. The file only grows, but for one thing: the token of an item
// whose subject is erased is overwritten in its place, and its number and digest
// stay, so that it is known for ever. What an overwritten block leaves on the
// medium is the disk's affair.
//
// Its methods are called by one goroutine; [ReadLedger] may read beside it. It
// keeps 8 bytes an item and 40 a verdict's subject in memory.
type FileLedger struct {
	f   *os.File
	end int64 // of the last whole line

	agents map[string]*history
	broken bool
}

// history is what is known of one agent.
type history struct {
	digest [32]byte // of the last item
	lines  []int64  // where the line of each number begins, from number 1
	gone   map[uint64]bool
	of     map[[16]byte][]uint64 // numbers of the verdicts on a subject that are not erased
}

// line is one line of the file. Members are written in this order.
type line struct {
	Kind   string `json:"kind"`
	Agent  string `json:"agent"`
	Lender string `json:"lender"`
	ID     string `json:"id"`
	Seq    uint64 `json:"seq"`
	Digest string `json:"digest"`
	Token  string `json:"token"`
}

const tokenMember = `,"token":"`

// OpenLedger opens the ledger in a folder, or makes one. The remains of a write
// that a crash cut short are removed, and erasures that it cut short are done.
// Close it.
func OpenLedger(dir string) (_ *FileLedger, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, errors.Join(errors.New("platform: make ledger"), cause(err))
	}
	f, err := os.OpenFile(filepath.Join(dir, ledgerFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errors.Join(errors.New("platform: open ledger"), cause(err))
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return nil, ErrLedgerLocked
	}
	if err := syncDir(dir); err != nil { // the file's name must be durable before its first line
		return nil, errors.Join(errors.New("platform: open ledger"), cause(err))
	}
	l := &FileLedger{f: f, agents: map[string]*history{}}
	if err := l.load(); err != nil {
		return nil, err
	}
	return l, nil
}

// cause drops the path from an error of the file system.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Close closes the file. What was accepted is durable already.
func (l *FileLedger) Close() error { return l.f.Close() }

func (l *FileLedger) load() error {
	var erase []Received
	end, err := readLines(l.f, 0, func(at int64, r Received) error {
		if err := l.index(at, &r); err != nil {
			return err
		}
		if r.Kind != wire.KindVerdict {
			erase = append(erase, Received{Kind: r.Kind, Agent: r.Agent, Seq: r.Seq, Subject: r.Subject})
		}
		return nil
	})
	if err != nil {
		return err
	}
	// Behind the last whole line lies what a crash left of a write that nobody
	// was told of. A cut in front of the next write could join the two.
	if err := l.f.Truncate(end); err != nil {
		return errors.Join(errors.New("platform: mend ledger"), cause(err))
	}
	l.end = end
	for i := range erase {
		if err := l.erase(&erase[i]); err != nil {
			return err
		}
	}
	if err := l.f.Sync(); err != nil {
		return ErrLedgerBroken
	}
	return nil
}

func (l *FileLedger) history(agent string) *history {
	h := l.agents[agent]
	if h == nil {
		h = &history{gone: map[uint64]bool{}, of: map[[16]byte][]uint64{}}
		l.agents[agent] = h
	}
	return h
}

// index takes note of a line that begins at an offset.
func (l *FileLedger) index(at int64, r *Received) error {
	h := l.history(r.Agent)
	if last := uint64(len(h.lines)); r.Seq != last+1 {
		if r.Kind != wire.KindTombstone || r.Seq == 0 || r.Seq > last || h.gone[r.Seq] {
			return ErrLedgerCorrupt
		}
		h.gone[r.Seq] = true // a verdict that is withdrawn
		return nil
	}
	h.lines = append(h.lines, at)
	h.digest = r.Digest
	switch r.Kind {
	case wire.KindTombstone:
		h.gone[r.Seq] = true
	case wire.KindVerdict:
		if r.Token != nil {
			h.of[r.Subject] = append(h.of[r.Subject], r.Seq)
		}
	}
	return nil
}

// Head implements [Ledger].
func (l *FileLedger) Head(_ context.Context, agent string) (uint64, [32]byte, error) {
	if l.broken {
		return 0, [32]byte{}, ErrLedgerBroken
	}
	h := l.agents[agent]
	if h == nil {
		return 0, [32]byte{}, nil
	}
	return uint64(len(h.lines)), h.digest, nil
}

// Find implements [Ledger].
func (l *FileLedger) Find(_ context.Context, agent string, seq uint64) (Entry, error) {
	if l.broken {
		return Entry{}, ErrLedgerBroken
	}
	h := l.agents[agent]
	if h == nil || seq == 0 || seq > uint64(len(h.lines)) {
		return Entry{}, errors.New("platform: find in ledger: no such number")
	}
	at := h.lines[seq-1]
	var e Entry
	_, err := readLines(l.f, at, func(_ int64, r Received) error {
		if r.Agent != agent || r.Seq != seq {
			return ErrLedgerCorrupt
		}
		e = Entry{Digest: r.Digest, Gone: h.gone[seq]}
		return errEnough
	})
	if err != nil {
		return Entry{}, err
	}
	return e, nil
}

// Accept implements [Ledger]: one write and one sync.
func (l *FileLedger) Accept(_ context.Context, items []Received) error {
	if l.broken {
		return ErrLedgerBroken
	}
	var b []byte
	starts := make([]int64, len(items))
	for i := range items {
		starts[i] = l.end + int64(len(b))
		b = appendLine(b, &items[i])
	}
	if _, err := l.f.WriteAt(b, l.end); err != nil {
		// Part of a line may be there. Without it the next write begins at the
		// same place; if it cannot be cut off, reopening does.
		if l.f.Truncate(l.end) != nil {
			l.broken = true
		}
		return errors.Join(errors.New("platform: write ledger"), cause(err))
	}
	l.end += int64(len(b))
	for i := range items {
		if err := l.index(starts[i], &items[i]); err != nil {
			l.broken = true // what is in the file is not what was agreed
			return err
		}
		if err := l.erase(&items[i]); err != nil {
			l.broken = true
			return err
		}
	}
	// If the process dies before the sync, a prefix of the lines is there and
	// nobody was told; opening finishes the erasures of that prefix.
	if err := l.f.Sync(); err != nil {
		l.broken = true // after a failed sync the pages count as clean: never sync again and believe it
		return ErrLedgerBroken
	}
	return nil
}

// erase overwrites the tokens that a tombstone or a notice does away with.
func (l *FileLedger) erase(r *Received) error {
	h := l.history(r.Agent)
	switch r.Kind {
	case wire.KindErased:
		for _, seq := range h.of[r.Subject] {
			if err := l.overwrite(h.lines[seq-1]); err != nil {
				return err
			}
		}
		delete(h.of, r.Subject)
	case wire.KindTombstone:
		if r.Seq > uint64(len(h.lines)) {
			return ErrLedgerCorrupt
		}
		at := h.lines[r.Seq-1]
		return l.overwriteVerdict(at)
	}
	return nil
}

// overwriteVerdict overwrites the line at an offset if it is a verdict's: the
// line of a tombstone that came in its place has nothing to hide.
func (l *FileLedger) overwriteVerdict(at int64) error {
	verdict := false
	if _, err := readLines(l.f, at, func(_ int64, r Received) error {
		verdict = r.Kind == wire.KindVerdict
		return errEnough
	}); err != nil || !verdict {
		return err
	}
	return l.overwrite(at)
}

// overwrite blanks the token of the line that begins at an offset.
func (l *FileLedger) overwrite(at int64) error {
	s := bufio.NewReaderSize(io.NewSectionReader(l.f, at, l.end-at), 4096)
	text, err := s.ReadBytes('\n')
	i := bytes.Index(text, []byte(tokenMember))
	if err != nil || i < 0 {
		return ErrLedgerCorrupt
	}
	i += len(tokenMember)
	n := bytes.IndexByte(text[i:], '"')
	if n < 0 {
		return ErrLedgerCorrupt
	}
	if _, err := l.f.WriteAt(bytes.Repeat([]byte{erasedByte}, n), at+int64(i)); err != nil {
		return errors.Join(errors.New("platform: erase in ledger"), cause(err))
	}
	return nil
}

// appendLine writes one item. None of its texts needs an escape: wire and seal
// have held their alphabets.
func appendLine(b []byte, r *Received) []byte {
	b = append(b, `{"kind":"`...)
	b = append(b, r.Kind...)
	b = append(b, `","agent":"`...)
	b = append(b, r.Agent...)
	b = append(b, `","lender":"`...)
	b = append(b, r.Lender...)
	b = append(b, `","id":"`...)
	b = append(b, r.ID...)
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, r.Seq, 10)
	b = append(b, `,"digest":"`...)
	b = hex.AppendEncode(b, r.Digest[:])
	b = append(b, '"')
	b = append(b, tokenMember...)
	b = append(b, r.Token...)
	return append(b, "\"}\n"...)
}

// errEnough ends a reading without being an error.
var errEnough = errors.New("enough")

// buffers are reused between readings: a duplicate costs one.
var buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 16<<10) }}

// readLines gives each whole line from an offset on to f and returns where the
// last of them ends.
func readLines(file io.ReaderAt, from int64, f func(at int64, r Received) error) (end int64, err error) {
	br := buffers.Get().(*bufio.Reader)
	defer buffers.Put(br)
	br.Reset(io.NewSectionReader(file, from, 1<<62-from))
	for end = from; ; {
		text, err := br.ReadBytes('\n')
		if err == io.EOF {
			return end, nil
		}
		if err != nil {
			return end, errors.Join(errors.New("platform: read ledger"), cause(err))
		}
		r, ok := parseLine(text)
		if !ok {
			return end, ErrLedgerCorrupt
		}
		if err := f(end, r); err != nil {
			if err == errEnough {
				err = nil
			}
			return end, err
		}
		end += int64(len(text))
	}
}

// parseLine reads what appendLine wrote, erased or not. An erased item has no
// token and nothing that was in it.
func parseLine(text []byte) (Received, bool) {
	var n line
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if d.Decode(&n) != nil {
		return Received{}, false
	}
	r := Received{Kind: n.Kind, Agent: n.Agent, Lender: n.Lender}
	want, err := hex.DecodeString(n.Digest)
	if err != nil || len(want) != 32 || n.Token == "" {
		return Received{}, false
	}
	if n.Token[0] == erasedByte {
		r.ID, r.Seq = n.ID, n.Seq
		copy(r.Digest[:], want)
		return r, true
	}
	_, rest, _ := bytes.Cut([]byte(n.Token), []byte("."))
	body, _, _ := bytes.Cut(rest, []byte("."))
	payload, err := base64.RawURLEncoding.AppendDecode(nil, body)
	if err != nil {
		return Received{}, false
	}
	if _, ok := parse(&r, payload); !ok || r.ID != n.ID || r.Seq != n.Seq || !bytes.Equal(r.Digest[:], want) {
		return Received{}, false
	}
	r.Token = []byte(n.Token)
	return r, true
}

// ReadLedger gives every item from an offset of the ledger in dir on to f, in
// the order in which they were accepted, and returns the offset behind the last.
// It begins at 0; later calls go on from what the call before returned. It may
// run beside the process that has the ledger open, and may see an item just
// before it is durable. An erased verdict comes without Verdict, Subject and
// Token. It ends with the first error of f.
func ReadLedger(dir string, from int64, f func(Received) error) (next int64, err error) {
	file, err := os.Open(filepath.Join(dir, ledgerFile))
	if err != nil {
		return from, errors.Join(errors.New("platform: open ledger"), cause(err))
	}
	defer file.Close()
	return readLines(file, from, func(_ int64, r Received) error { return f(r) })
}
