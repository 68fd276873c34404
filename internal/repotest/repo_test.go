package repotest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/yanmen/yanmen"

// root is the repository, seen from this folder.
const root = "../.."

// A pkg is a package as the go command lists it. Deps leaves tests out.
type pkg struct {
	ImportPath, Name, Dir                    string
	Imports, TestImports, XTestImports, Deps []string
	GoFiles, TestGoFiles, XTestGoFiles       []string
}

// path returns the folder inside the repository, "." for the root.
func (p *pkg) path() string {
	return path.Clean(strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/"))
}

// packages lists the packages of the module, without the network.
var packages = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Dir,Imports,TestImports,XTestImports,Deps,GoFiles,TestGoFiles,XTestGoFiles", "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var list []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		switch err := dec.Decode(&p); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, err
		}
		list = append(list, p)
	}
})

func allPackages(t *testing.T) []pkg {
	t.Helper()
	list, err := packages()
	if err != nil || len(list) < 2 {
		t.Fatalf("go list: %d packages, %v", len(list), err)
	}
	return list
}

// local returns the folder of an import of this module, and whether it is one.
func local(importPath string) (string, bool) {
	dir, ok := strings.CutPrefix(importPath, module+"/")
	return dir, ok
}

// isStandard holds for packages of the standard library: only their first
// element has no dot.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// under reports whether an import path or folder is p or below it.
func under(s, p string) bool { return s == p || strings.HasPrefix(s, p+"/") }

func underAny(s string, list []string) bool {
	return slices.ContainsFunc(list, func(p string) bool { return under(s, p) })
}

// A goFile is one parsed source file.
type goFile struct {
	path   string // inside the repository
	test   bool   // _test.go
	syntax *ast.File
}

// goFiles parses all Go files of the repository, those of other modules in it too.
var goFiles = sync.OnceValues(func() ([]goFile, error) {
	names, err := files()
	if err != nil {
		return nil, err
	}
	var list []goFile
	for _, name := range names {
		if !strings.HasSuffix(name, ".go") || strings.Contains("/"+name, "/testdata/") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		list = append(list, goFile{name, strings.HasSuffix(name, "_test.go"), f})
	}
	return list, nil
})

func allGoFiles(t *testing.T) []goFile {
	t.Helper()
	list, err := goFiles()
	if err != nil || len(list) == 0 {
		t.Fatalf("parse: %d files, %v", len(list), err)
	}
	return list
}

// files lists the files of the repository by slash-separated name: those that
// git tracks or would, or where there is no git (an unpacked archive), all.
var files = sync.OnceValues(func() ([]string, error) {
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	if out, err := cmd.Output(); err == nil {
		names := strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
		return slices.DeleteFunc(names, func(name string) bool {
			st, err := os.Lstat(filepath.Join(root, name))
			return err != nil || !st.Mode().IsRegular()
		}), nil
	}
	var names []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "bin", "demo", "node_modules"}, d.Name()) {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			names = append(names, filepath.ToSlash(rel))
		}
		return nil
	})
	return names, err
})

func allFiles(t *testing.T) []string {
	t.Helper()
	names, err := files()
	if err != nil || len(names) == 0 {
		t.Fatalf("list files: %d, %v", len(names), err)
	}
	return names
}

// eachText calls do with each file that is text, GB 18030 included. A file
// that vanishes meanwhile is none of the repository's.
func eachText(t *testing.T, do func(name string, text []byte)) {
	t.Helper()
	for _, name := range allFiles(t) {
		b, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.ContainsRune(b[:min(len(b), 8192)], 0) {
			do(name, b)
		}
	}
}

// lineOf returns the number of the line at an offset, from 1.
func lineOf(text []byte, offset int) int { return 1 + bytes.Count(text[:offset], []byte("\n")) }
