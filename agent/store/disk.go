package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/yanmen/yanmen/agent"
)

// freeSpace returns the bytes that this process may still write.
func freeSpace(dir string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil
}

// checkSpace is called before the database is opened and before every batch: a
// page of a memory-mapped file that finds no room ends the process, so nothing
// may be begun that might not fit.
func (s *Store) checkSpace() error {
	free, err := s.o.free(s.dir)
	if err != nil {
		return fmt.Errorf("read free space: %w", agent.ErrDiskFull)
	}
	if free < s.o.MinFree {
		return agent.ErrDiskFull
	}
	return nil
}

// dropEmptyLogs removes logs that have no byte. Badger makes a log before it
// gives it its size, and empties one before it removes it; a process that is
// killed between leaves such a file, for which Badger would not open the
// folder. The caller holds the folder's lock.
func dropEmptyLogs(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return errors.New("list logs")
	}
	for _, f := range files {
		if ext := filepath.Ext(f.Name()); ext != ".mem" && ext != ".vlog" {
			continue
		}
		info, err := f.Info()
		if err == nil && info.Mode().IsRegular() && info.Size() == 0 {
			err = os.Remove(filepath.Join(dir, f.Name()))
		}
		if err != nil {
			return errors.New("remove an empty log")
		}
	}
	return nil
}

// How Badger names its logs, of writes and of values; it counts them up.
var logNames = [...]string{"%05d.mem", "%06d.vlog"}

// nextFiles are the numbers of the logs that come next.
type nextFiles [len(logNames)]int

// findLogs learns which logs come next, and makes the names of those that are
// there durable.
func (s *Store) findLogs() error {
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return errors.New("list logs")
	}
	for i, name := range logNames {
		s.next[i] = 1
		for _, f := range files {
			var n int
			if _, err := fmt.Sscanf(f.Name(), name, &n); err == nil {
				s.next[i] = max(s.next[i], n+1)
			}
		}
	}
	return syncFolder(s.dir)
}

// syncLogNames is called after each commit. Badger syncs what it writes to a
// log, but when it begins a new one it leaves the name to chance: after a power
// cut a file without a name is lost, and with it what was answered.
func (s *Store) syncLogNames() error {
	begun := false
	for i, name := range logNames {
		for {
			_, err := os.Lstat(filepath.Join(s.dir, fmt.Sprintf(name, s.next[i])))
			if errors.Is(err, os.ErrNotExist) {
				break
			}
			if err != nil {
				return errors.New("look for a new log")
			}
			s.next[i]++
			begun = true
		}
	}
	if !begun {
		return nil
	}
	return syncFolder(s.dir)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return errors.New("sync folder")
	}
	defer d.Close()
	if d.Sync() != nil {
		return errors.New("sync folder")
	}
	return nil
}

// lockFolder makes the folder, readable by its owner alone, and takes it for
// this process until the file is closed. Badger has a lock of its own; that
// somebody else holds it, it says in words only.
func lockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "yanmen.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("lock folder: %w", err)
	}
	return f, nil
}
