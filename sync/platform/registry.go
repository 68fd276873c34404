package platform

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/yanmen/yanmen/crypto/seal"
	"github.com/yanmen/yanmen/sync/wire"
)

// Errors of a [Registry].
var (
	// ErrFingerprint: the enrolment's key is not the one whose fingerprint a
	// person gave. Compare again, by another way than the file came.
	ErrFingerprint = errors.New("platform: the fingerprint is not that of the enrolment")
	// ErrEnrolled: an agent of this name is enrolled for another lender. Names
	// are never given away: its chain belongs to the first.
	ErrEnrolled = errors.New("platform: an agent of this name is enrolled for another lender")
)

// A Registry holds the enrolled agents, in one file with one enrolment a line.
// Its methods are safe for concurrent use. Another process may enrol an agent:
// that is seen within seconds.
type Registry struct {
	path string

	mu     sync.RWMutex // guards what follows
	agents map[string]*enrolled
	read   os.FileInfo // of the file that agents was read from; nil: none
	looked time.Time   // when the file was last compared with that
}

// lookAfter is how often the file is looked at.
const lookAfter = 2 * time.Second

type enrolled struct {
	enrolment *wire.Enrolment
	lender    string
	keys      *seal.KeySet
}

// OpenRegistry reads the registry at path. A file that is not there is an empty
// registry; one that is damaged is an error, because a missing agent would be
// refused in silence.
func OpenRegistry(path string) (*Registry, error) {
	r := &Registry{path: path}
	return r, r.load()
}

// load reads the file. On an error the registry stays as it was.
func (r *Registry) load() error {
	agents := map[string]*enrolled{}
	info, err := os.Stat(r.path)
	if errors.Is(err, os.ErrNotExist) {
		r.agents, r.read = agents, nil
		return nil
	}
	b, errRead := os.ReadFile(r.path)
	if err != nil || errRead != nil {
		return errors.New("platform: read registry: not readable")
	}
	for line := range bytes.Lines(b) {
		e, err := wire.ParseEnrolment(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			return errors.Join(errors.New("platform: read registry"), err)
		}
		known, err := newEnrolled(e)
		if err != nil || agents[e.Agent] != nil {
			return errors.New("platform: read registry: a key or a name is not right")
		}
		agents[e.Agent] = known
	}
	r.agents, r.read = agents, info
	return nil
}

func newEnrolled(e *wire.Enrolment) (*enrolled, error) {
	keys, err := seal.ParseKeySet(e.JWKS())
	if err != nil {
		return nil, err
	}
	return &enrolled{enrolment: e, lender: e.Lender, keys: keys}, nil
}

// Enrol believes an agent from now on. The fingerprint is what a person
// compared, and must be that of the key in force. An agent that is enrolled
// already gets the new keys in place of the old. It is durable when it returns
// nil.
func (r *Registry) Enrol(e *wire.Enrolment, fingerprint string) error {
	if e == nil || fingerprint == "" || fingerprint != e.Fingerprint() {
		return ErrFingerprint
	}
	known, err := newEnrolled(e)
	if err != nil {
		return err
	}
	if _, err := e.Marshal(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(); err != nil {
		return err
	}
	old := r.agents[e.Agent]
	if old != nil && old.lender != e.Lender {
		return ErrEnrolled
	}
	r.agents[e.Agent] = known
	if err := r.save(); err != nil {
		if r.agents[e.Agent] = old; old == nil {
			delete(r.agents, e.Agent)
		}
		return err
	}
	return nil
}

// Agents returns the enrolments, sorted by name.
func (r *Registry) Agents() []*wire.Enrolment {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []*wire.Enrolment
	for _, name := range r.names() {
		list = append(list, r.agents[name].enrolment)
	}
	return list
}

func (r *Registry) names() []string {
	names := make([]string, 0, len(r.agents))
	for name := range r.agents {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (r *Registry) find(name string) (*enrolled, bool) {
	r.mu.RLock()
	e, ok := r.agents[name]
	fresh := time.Since(r.looked) < lookAfter
	r.mu.RUnlock()
	if fresh {
		return e, ok
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.looked) >= lookAfter {
		r.looked = time.Now()
		if info, err := os.Stat(r.path); err == nil && (r.read == nil || !os.SameFile(info, r.read) || info.ModTime() != r.read.ModTime()) {
			r.load() // a file that is damaged leaves what was read before in force
		}
	}
	e, ok = r.agents[name]
	return e, ok
}

// save replaces the file. A crash leaves the old one or the new one.
func (r *Registry) save() error {
	var b []byte
	for _, name := range r.names() {
		line, err := r.agents[name].enrolment.Marshal()
		if err != nil {
			return err
		}
		b = append(append(b, line...), '\n')
	}
	if err := replaceFile(r.path, b); err != nil {
		return errors.Join(errors.New("platform: write registry"), err)
	}
	return nil
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // not there any more if all went well
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
