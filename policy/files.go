package policy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// Bounds of a bundle. They are held before anything of it is parsed, and are some
// ten times what the rules that are built in need.
const (
	mostPacked = 4 << 20  // bytes of an archive
	mostBytes  = 16 << 20 // bytes of all files
	mostFiles  = 1000
	mostName   = 200   // bytes of a path
	mostRules  = 7_000 // rules that call each other take the square of their number in time
)

const (
	manifestFile   = ".manifest"
	signaturesFile = ".signatures.json"
)

// A fileTree is the files of a bundle in memory, by path. It is never changed once it
// is handed out.
type fileTree map[string][]byte

// Files reads a bundle's files from a folder, or from an archive as the opa
// command makes them, and bounds them. It looks into none. Errors are
// [*Refusal]s, or tell that the path cannot be read.
func Files(name string) (fs.FS, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, errors.New("read bundle: no such file or folder")
	}
	if info.IsDir() {
		return filesOf(os.DirFS(name))
	}
	b, err := ReadArchive(name)
	if err != nil {
		return nil, err
	}
	return unpack(b)
}

// FilesOf is Files for the bytes of an archive.
func FilesOf(archive []byte) (fs.FS, error) { return unpack(archive) }

// ReadArchive reads the bytes of an archive and bounds their number. It looks into
// nothing.
func ReadArchive(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, errors.New("read bundle: the file cannot be opened")
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostPacked+1))
	if err != nil {
		return nil, errors.New("read bundle: the file cannot be read")
	}
	if len(b) > mostPacked {
		return nil, refuse(codeSize, "")
	}
	return b, nil
}

// isBundleFile holds for what may be in a bundle. What evaluates something else
// than Rego, or changes data after they are loaded, may not.
func isBundleFile(name string) bool {
	switch name {
	case manifestFile, signaturesFile:
		return true
	}
	switch path.Base(name) {
	case "data.json", "data.yaml", "data.yml":
		return true
	}
	return path.Ext(name) == ".rego"
}

// add takes one file in, within bounds.
func (t fileTree) add(name string, content []byte, total *int) error {
	*total += len(content)
	switch {
	case len(t) >= mostFiles || *total > mostBytes || len(name) > mostName:
		return refuse(codeSize, "")
	case !fs.ValidPath(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' || r == '\\' }):
		return refuse(codeArchive, "")
	case t[name] != nil:
		return refuse(codeArchive, name)
	}
	t[name] = append([]byte{}, content...) // not nil when it is empty
	return nil
}

// filesOf reads a folder. What is no file of a bundle is passed over: an editor may
// have left it there.
func filesOf(root fs.FS) (fileTree, error) {
	if t, ok := root.(fileTree); ok {
		return t, nil
	}
	t, total := fileTree{}, 0
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isBundleFile(name) {
			return err
		}
		if !d.Type().IsRegular() {
			return refuse(codeFile, name)
		}
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
		if err != nil {
			return err
		}
		return t.add(name, b, &total)
	})
	if r := new(Refusal); errors.As(err, &r) {
		return nil, r
	}
	if err != nil {
		return nil, errors.New("read bundle: a file of the folder cannot be read")
	}
	return t, nil
}

// unpack reads an archive. Anything besides files of a bundle refuses the whole.
func unpack(archive []byte) (fileTree, error) {
	if len(archive) > mostPacked {
		return nil, refuse(codeSize, "")
	}
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, refuse(codeArchive, "")
	}
	// An archive is bounded by what comes out of it, headers included.
	const room = mostBytes + mostFiles*2048
	limited := &io.LimitedReader{R: z, N: room + 1}
	r := tar.NewReader(limited)
	t, total := fileTree{}, 0
	for {
		h, err := r.Next()
		if err == io.EOF {
			return t, nil
		}
		if limited.N <= 0 {
			return nil, refuse(codeSize, "")
		}
		if err != nil {
			return nil, refuse(codeArchive, "")
		}
		if h.Typeflag == tar.TypeDir {
			continue
		}
		name := strings.TrimPrefix(strings.TrimPrefix(h.Name, "/"), "./")
		if h.Typeflag != tar.TypeReg || !isBundleFile(name) {
			return nil, refuse(codeFile, "")
		}
		if h.Size > mostBytes {
			return nil, refuse(codeSize, "")
		}
		b, err := io.ReadAll(r)
		if limited.N <= 0 {
			return nil, refuse(codeSize, "")
		}
		if err != nil {
			return nil, refuse(codeArchive, "")
		}
		if err := t.add(name, b, &total); err != nil {
			return nil, err
		}
	}
}

// pack writes an archive. The same files give the same bytes.
func (t fileTree) pack() ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(t)) {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: "/" + name, Size: int64(len(t[name])), Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
		err := w.WriteHeader(h)
		if err == nil {
			_, err = w.Write(t[name])
		}
		if err != nil {
			return nil, errors.New("write bundle: a file has no place in an archive")
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		return nil, errors.New("write bundle")
	}
	if b.Len() > mostPacked {
		return nil, refuse(codeSize, "")
	}
	return b.Bytes(), nil
}

// Open returns a file or folder of the tree.
func (t fileTree) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if b, ok := t[name]; ok {
		return &treeFile{Reader: bytes.NewReader(b), info: treeInfo{name: path.Base(name), size: int64(len(b))}}, nil
	}
	entries := t.entries(name)
	if entries == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &treeFile{Reader: bytes.NewReader(nil), info: treeInfo{name: path.Base(name), dir: true}}, nil
}

// ReadDir lists a folder of the tree, by name.
func (t fileTree) ReadDir(name string) ([]fs.DirEntry, error) {
	entries := t.entries(name)
	if entries == nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return entries, nil
}

// entries is nil for what is no folder.
func (t fileTree) entries(dir string) []fs.DirEntry {
	prefix := dir + "/"
	if dir == "." {
		prefix = ""
	}
	found := map[string]treeInfo{}
	for name, b := range t {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		if first, _, deeper := strings.Cut(rest, "/"); deeper {
			found[first] = treeInfo{name: first, dir: true}
		} else {
			found[first] = treeInfo{name: first, size: int64(len(b))}
		}
	}
	if len(found) == 0 && dir != "." {
		return nil
	}
	entries := []fs.DirEntry{}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		entries = append(entries, fs.FileInfoToDirEntry(found[name]))
	}
	return entries
}

type treeFile struct {
	*bytes.Reader
	info treeInfo
}

func (f *treeFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *treeFile) Close() error               { return nil }

type treeInfo struct {
	name string
	size int64
	dir  bool
}

func (i treeInfo) Name() string       { return i.name }
func (i treeInfo) Size() int64        { return i.size }
func (i treeInfo) ModTime() time.Time { return time.Time{} }
func (i treeInfo) IsDir() bool        { return i.dir }
func (i treeInfo) Sys() any           { return nil }
func (i treeInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
