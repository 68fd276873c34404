package policy

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Build reads a folder of rules, data and tests and returns it as an archive,
// unsigned. The same folder gives the same bytes. A signature in the folder is
// left out: it would be of something else. Nothing is checked but the bounds and
// the manifest; [Check] does the rest.
func Build(dir string) ([]byte, error) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, errors.New("build bundle: no such folder")
	}
	t, err := filesOf(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	delete(t, signaturesFile)
	if err := checkManifest(t[manifestFile]); err != nil {
		return nil, err
	}
	var m struct {
		Revision string `json:"revision"`
	}
	if json.Unmarshal(t[manifestFile], &m) != nil || m.Revision == "" {
		return nil, refuse(codeRevision, "")
	}
	return t.pack()
}

// Export writes the bundle that is built in to a folder that is not there yet, to
// be copied from and changed.
func Export(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return errors.New("export bundle: the folder is there already; name one that is not")
		}
		return errors.New("export bundle: the folder cannot be made")
	}
	t, err := filesOf(embedded())
	if err != nil {
		return err
	}
	for name, content := range t {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return errors.New("export bundle: a folder cannot be made")
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return errors.New("export bundle: a file cannot be written")
		}
	}
	return nil
}

// Follows reports whether a bundle with one revision may come after one with
// another: its own is later. A bundle without a revision is before all others.
// What is no revision is refused.
func Follows(next, before string) error {
	day, n, err := parseRevision(next)
	if err != nil {
		return err
	}
	if before == "" {
		return nil
	}
	oldDay, oldN, err := parseRevision(before)
	if err != nil {
		return err
	}
	switch {
	case next == before:
		return refuse(CodeReused, next)
	case day < oldDay, day == oldDay && n < oldN:
		return refuse(CodeBack, next)
	}
	return nil
}
