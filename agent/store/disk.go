package store

import (
	"fmt"
	"os"
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

// makeFolder makes the folder, readable by its owner alone.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	return nil
}
