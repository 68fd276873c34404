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
