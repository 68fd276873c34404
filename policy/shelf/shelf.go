// Package shelf keeps the rule bundles that a lender installed, in a folder of the
// agent, and who approved which, when. It holds no judgement of a bundle: package
// policy checks, this one keeps.
//
// The folder:
//
//	state              every act, oldest first, as JSON; then the SHA-256 of that line
//	bundles/ID.tar.gz  archives by their SHA-256; never changed, never removed
//	taken              the number of the last act that the agent has in its journal
//	lock               held while state changes
//	*.new              what a crash left half written; it has no meaning
//
// An act is an install, a rollback or a refusal. Installs lie on each other: the
// bundle in force is the one on top, a rollback takes it off, and under the first
// one lie the rules that are built in, whose id is "". An agent acts by the acts up
// to taken alone: an act is in its journal before it is in force.
//
// Two processes may use a shelf at a time: a command that changes state, under the
// lock, and the agent, which alone writes taken, for it alone can have its store
// open.
//
// Every file is written beside its name, made durable, renamed, and the folder made
// durable after it. So at each moment a name holds all of the old or all of the new.
package shelf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"

	"github.com/yanmen/yanmen/agent"
)

// Kinds of acts.
const (
	Install  = "install"
	Rollback = "rollback"
	Refuse   = "refuse"
)

// ErrDamaged: what is stored is not what was written.
var ErrDamaged = errors.New("shelf: damaged")

// ErrNothing: the rules that are built in are in force; there is nothing below them.
var ErrNothing = errors.New("shelf: no rules were installed; there is nothing to go back to")

// mostRefusals is how many refusals are kept here; the journal has all.
const mostRefusals = 100

// An Act is one line of the record.
type Act struct {
	Seq  int64  `json:"seq"` // from 1, without a gap but for refusals that were dropped
	Kind string `json:"kind"`
	At   int64  `json:"at"` // seconds
	By   string `json:"by"` // id of who approved, or had it tried
	// Bundle is the archive that is in force after the act, or was refused. "" is
	// what is built in.
	Bundle   string `json:"bundle"`
	Revision string `json:"revision"` // "" if it has none, or could not be read
	Rules    string `json:"rules"`    // digest of its rules and data; "" if not known
	// Code is why a bundle was refused.
	Code agent.Code `json:"code,omitempty"`
}

// A Shelf is one folder. Its methods are safe for concurrent use by processes.
type Shelf struct {
	dir string
}

// New returns the shelf in a folder, which need not be there yet.
func New(dir string) *Shelf { return &Shelf{dir} }

// testOnlyStep is called before each step that changes the disk.
var testOnlyStep = func(string) {}

// ID is the id of an archive: its SHA-256, hexadecimal.
func ID(archive []byte) string {
	sum := sha256.Sum256(archive)
	return hex.EncodeToString(sum[:])
}

const (
	stateFile  = "state"
	takenFile  = "taken"
	bundlesDir = "bundles"
)

var (
	idForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
	byForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	// A telephone or document number is nobody's id.
	digits = regexp.MustCompile(`^[0-9]{11,}[Xx]?$`)
)

// CheckBy refuses what cannot be the id of who approves: an id, not a name.
func CheckBy(by string) error {
	if !byForm.MatchString(by) || digits.MatchString(by) {
		return errors.New("approved-by: want the id of a person, 1 to 64 of A-Z a-z 0-9 . _ -, not a name and not a number of 11 digits or more")
	}
	return nil
}

// Acts returns the record, oldest first; nil if there is none. [ErrDamaged] if it is
// not what was written.
func (s *Shelf) Acts() ([]Act, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read installed rules: %w", bare(err))
	}
	line, sum, ok := bytes.Cut(b, []byte("\n"))
	var acts []Act
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if !ok || string(sum) != ID(line)+"\n" || d.Decode(&acts) != nil || d.More() {
		return nil, fmt.Errorf("read installed rules: %w: restore rules/state from a backup", ErrDamaged)
	}
	return acts, nil
}

// Stack returns the bundles that the acts up to a number leave on each other, the
// one in force first; what is built in is not listed.
func Stack(acts []Act, upTo int64) []Act {
	var stack []Act
	for _, a := range acts {
		switch {
		case a.Seq > upTo:
		case a.Kind == Install:
			stack = append(stack, a)
		case a.Kind == Rollback && len(stack) > 0:
			stack = stack[:len(stack)-1]
		}
	}
	slices.Reverse(stack)
	return stack
}

// Install puts an archive that was checked on top. When it returns nil archive and
// act are durable. An archive that is on top already changes nothing.
func (s *Shelf) Install(archive []byte, a Act) (Act, error) {
	if err := CheckBy(a.By); err != nil {
		return Act{}, err
	}
	a.Kind, a.Bundle = Install, ID(archive)
	err := s.change(func(acts []Act) ([]Act, error) {
		if stack := Stack(acts, last(acts)); len(stack) > 0 && stack[0].Bundle == a.Bundle {
			a = stack[0]
			return nil, nil
		}
		// 1. The archive is on disk and nothing names it. A crash after this costs
		// its room.
		if err := s.putArchive(archive, a.Bundle); err != nil {
			return nil, err
		}
		a.Seq = last(acts) + 1
		// 2. The state names it, at once and wholly.
		return append(acts, a), nil
	})
	return a, err
}

// Rollback takes the bundle on top off. When it returns nil the act is durable.
// [ErrNothing] if there is none.
func (s *Shelf) Rollback(by string, at int64) (a Act, err error) {
	if err := CheckBy(by); err != nil {
		return Act{}, err
	}
	err = s.change(func(acts []Act) ([]Act, error) {
		stack := Stack(acts, last(acts))
		if len(stack) == 0 {
			return nil, ErrNothing
		}
		a = Act{Seq: last(acts) + 1, Kind: Rollback, At: at, By: by}
		if len(stack) > 1 {
			a.Bundle, a.Revision, a.Rules = stack[1].Bundle, stack[1].Revision, stack[1].Rules
		}
		return append(acts, a), nil
	})
	return a, err
}

// Refuse records that a bundle was not taken, and why. The archive is not kept.
func (s *Shelf) Refuse(a Act) error {
	if err := CheckBy(a.By); err != nil {
		return err
	}
	a.Kind = Refuse
	return s.change(func(acts []Act) ([]Act, error) {
		a.Seq = last(acts) + 1
		acts = append(acts, a)
		refusals := 0
		for i := len(acts) - 1; i >= 0; i-- {
			if acts[i].Kind == Refuse {
				if refusals++; refusals > mostRefusals {
					acts = slices.Delete(acts, i, i+1)
				}
			}
		}
		return acts, nil
	})
}

// Archive returns a bundle by its id. [ErrDamaged] if it is not what was installed.
func (s *Shelf) Archive(id string) ([]byte, error) {
	if !idForm.MatchString(id) {
		return nil, ErrDamaged
	}
	b, err := os.ReadFile(s.archive(id))
	if err != nil || ID(b) != id {
		return nil, ErrDamaged
	}
	return b, nil
}

// Taken returns the number of the last act that the agent has in its journal, 0 if
// none. A file that is damaged or lost counts as 0: the acts are then journalled
// again, under the numbers they had.
func (s *Shelf) Taken() int64 {
	b, err := os.ReadFile(filepath.Join(s.dir, takenFile))
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// SetTaken notes that the agent has all acts up to a number in its journal. Only
// who has the agent's store open may call it. It is durable when it returns nil.
func (s *Shelf) SetTaken(seq int64) error {
	return s.put(takenFile, strconv.AppendInt(nil, seq, 10))
}

// Stamp changes when the record does: it tells whether to read it again.
func (s *Shelf) Stamp() string {
	info, err := os.Stat(filepath.Join(s.dir, stateFile))
	if err != nil {
		return ""
	}
	stamp := fmt.Sprint(info.ModTime().UnixNano(), info.Size())
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		stamp += fmt.Sprint(" ", st.Ino)
	}
	return stamp
}

func last(acts []Act) int64 {
	if len(acts) == 0 {
		return 0
	}
	return acts[len(acts)-1].Seq
}

// change replaces the record by what f makes of it, nil for no change.
func (s *Shelf) change(f func([]Act) ([]Act, error)) error {
	testOnlyStep("make folder")
	if err := os.MkdirAll(filepath.Join(s.dir, bundlesDir), 0o700); err != nil {
		return fmt.Errorf("write installed rules: %w", bare(err))
	}
	lock, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("lock installed rules: %w", bare(err))
	}
	defer lock.Close() // the kernel lets go of the lock when the process dies, however it dies
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock installed rules: %w", err)
	}
	acts, err := s.Acts()
	if err != nil {
		return err
	}
	next, err := f(acts)
	if err != nil || next == nil {
		return err
	}
	line, err := json.Marshal(next)
	if err != nil {
		return errors.New("write installed rules")
	}
	return s.put(stateFile, []byte(string(line)+"\n"+ID(line)+"\n"))
}

func (s *Shelf) archive(id string) string { return filepath.Join(s.dir, bundlesDir, id+".tar.gz") }

// putArchive keeps an archive. One that is there already and whole stays.
func (s *Shelf) putArchive(archive []byte, id string) error {
	if _, err := s.Archive(id); err == nil {
		return nil
	}
	return s.put(filepath.Join(bundlesDir, id+".tar.gz"), archive)
}

// put replaces a file durably and wholly. If the process dies
//
//	before the rename: the name holds what it held; a file *.new has no meaning,
//	and the next put of the name writes over it;
//	after the rename: the name holds the new content, which is on disk already; if
//	the power fails too before the folder is durable, it may hold the old again.
//
// In no case does the name hold a part.
func (s *Shelf) put(name string, b []byte) (err error) {
	path := filepath.Join(s.dir, name)
	fail := func(err error) error { return fmt.Errorf("write installed rules: %w", bare(err)) }
	testOnlyStep("create " + name)
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fail(err)
	}
	testOnlyStep("write " + name)
	_, err = f.Write(b)
	if err == nil {
		testOnlyStep("sync " + name)
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fail(err)
	}
	testOnlyStep("rename " + name)
	if err := os.Rename(path+".new", path); err != nil {
		return fail(err)
	}
	testOnlyStep("sync folder of " + name)
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fail(err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fail(err)
	}
	return nil
}

// bare drops the path from an error.
func bare(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}
