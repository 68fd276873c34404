package keyring

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Names in the folder.
const (
	keysetFile = "keyset"
	shardsFile = "shards"
	lockFile   = "lock"
	newSuffix  = ".new"
	oldSuffix  = ".old"

	maxFile = 1 << 20 // many times what either file can be
)

// testOnlyStep, if set, is called at each durable step with what has just been
// done. If it returns an error the step fails, although it was done.
var testOnlyStep func(dir, step string) error

func (f *folder) step(what string) error {
	if testOnlyStep == nil {
		return nil
	}
	return testOnlyStep(f.root.Name(), what)
}

// A folder is the locked folder of one ring. Names cannot lead out of it.
type folder struct {
	root *os.Root
	lock *os.File
}

func createFolder(dir string) (*folder, error) {
	switch err := os.Mkdir(dir, 0o700); {
	case err == nil:
		if err := syncPath(filepath.Dir(filepath.Clean(dir))); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrExist):
		return nil, err
	}
	return openFolder(dir)
}

func openFolder(dir string) (_ *folder, err error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	f := &folder{root: root}
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	info, err := root.Stat(".")
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("check folder: %w", ErrMode)
	}
	f.lock, err = root.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	// The kernel lets go of the lock when the process dies, however it dies.
	switch err := syscall.Flock(int(f.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, ErrLocked
	case err != nil:
		return nil, fmt.Errorf("lock folder: %w", err)
	}
	return f, nil
}

func (f *folder) close() error {
	if f.lock != nil {
		f.lock.Close()
	}
	return f.root.Close()
}

func (f *folder) exists(name string) (bool, error) {
	switch _, err := f.root.Lstat(name); {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	default:
		return false, err
	}
}

// read returns the content of a file without the digest at its end.
func (f *folder) read(name string) ([]byte, error) {
	file, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, ErrDamaged
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("check file %s: %w", name, ErrMode)
	}
	b, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	n := len(b) - sha256.Size
	if n < 0 || len(b) > maxFile {
		return nil, ErrDamaged
	}
	if sum := sha256.Sum256(b[:n]); !bytes.Equal(sum[:], b[n:]) {
		return nil, ErrDamaged
	}
	return b[:n:n], nil
}

// stage writes content and its digest beside the file of that name. When it
// returns nil they are durable there. If the process dies in stage, the file
// itself is as it was and the next Open sweeps what was staged.
func (f *folder) stage(name string, content []byte) error {
	sum := sha256.Sum256(content)
	if err := f.writeNew(name+newSuffix, content, sum[:]); err != nil {
		return err
	}
	if err := f.sync(); err != nil {
		return err
	}
	return f.step("stage " + name)
}

func (f *folder) writeNew(name string, parts ...[]byte) error {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	// If the process dies here, or in the midst of writing, name is torn.
	if err := f.step("tear " + name); err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := file.Write(p); err != nil {
			return err
		}
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return file.Close()
}

// install puts what was staged in place of the file of that name and destroys
// what was there. After an error or a crash it may be called again, also when
// it had come to its end.
func (f *folder) install(name string) error {
	if ok, err := f.exists(name + newSuffix); err != nil {
		return err
	} else if ok {
		// A second name keeps hold of the old content, so that it can be
		// overwritten and not only forgotten.
		if err := f.wipe(name, oldSuffix); err != nil {
			return err
		}
		// Overwriting is an attempt, and some file systems have no links.
		_ = f.root.Link(name, name+oldSuffix)
		// If the process dies here both names lead to the old content; sweep
		// sees that they are one file and drops the second name only.
		if err := f.step("link " + name); err != nil {
			return err
		}
		if err := f.root.Rename(name+newSuffix, name); err != nil {
			return err
		}
		if err := f.step("rename " + name); err != nil {
			return err
		}
	}
	if err := f.sync(); err != nil {
		return err
	}
	// The new content is durable under its name: the old may go.
	if err := f.step("install " + name); err != nil {
		return err
	}
	if err := f.wipe(name, oldSuffix); err != nil {
		return err
	}
	if err := f.sync(); err != nil {
		return err
	}
	return f.step("wipe " + name)
}

func (f *folder) replace(name string, content []byte) error {
	if err := f.stage(name, content); err != nil {
		return err
	}
	return f.install(name)
}

// sweep destroys what a crash left beside the files in force.
func (f *folder) sweep() error {
	for _, name := range []string{keysetFile, shardsFile} {
		for _, suffix := range []string{newSuffix, oldSuffix} {
			if err := f.wipe(name, suffix); err != nil {
				return err
			}
		}
	}
	return f.sync()
}

// wipe overwrites and removes name+suffix, if it is there. Overwriting is an
// attempt: many disks and file systems write elsewhere. If it is another name
// of the file in force, that name alone is removed.
func (f *folder) wipe(name, suffix string) error {
	gone, err := f.root.Lstat(name + suffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	kept, err := f.root.Lstat(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if gone.Mode().IsRegular() && (kept == nil || !os.SameFile(gone, kept)) {
		f.overwrite(name+suffix, gone.Size())
	}
	return f.root.Remove(name + suffix)
}

func (f *folder) overwrite(name string, size int64) {
	file, err := f.root.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer file.Close()
	if _, err := file.Write(make([]byte, min(size, maxFile))); err == nil {
		file.Sync()
	}
}

func (f *folder) sync() error {
	d, err := f.root.Open(".")
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func syncPath(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
