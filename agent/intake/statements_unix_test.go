//go:build unix

package intake

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// A pipe would make the reader wait for a writer that never comes.
func TestParse_opensNoPipe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.csv"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	v := tree(t, readFile(t, "testdata/good/full.json"))
	set(t, v, "/evidence/statements/1/file", "pipe.csv")
	_, err = Parse(marshal(t, v), Options{Now: clock, Files: root})
	if got := faults(t, err); !slices.Equal(got, []string{"/evidence/statements/1/file file.unreadable"}) {
		t.Errorf("faults are %q", got)
	}
}
