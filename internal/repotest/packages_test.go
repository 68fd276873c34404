package repotest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestPackages_areDocumentedInOnePlace(t *testing.T) {
	docs := make(map[string][]string) // folder → files with a package comment
	for _, f := range allGoFiles(t) {
		dir := path.Dir(f.path)
		if f.test {
			if f.syntax.Doc != nil {
				t.Errorf("%s: a test file has the package comment", f.path)
			}
			continue
		}
		if _, ok := docs[dir]; !ok {
			docs[dir] = nil
		}
		if f.syntax.Doc == nil {
			continue
		}
		docs[dir] = append(docs[dir], path.Base(f.path))
		text := f.syntax.Doc.Text()
		name, want := f.syntax.Name.Name, "Package "+f.syntax.Name.Name+" "
		if name == "main" {
			name = path.Base(dir)
			want = "Command " + name + " "
		}
		if !strings.HasPrefix(text, want) {
			t.Errorf("%s: the package comment does not begin with %q", f.path, want)
		}
		if n := strings.Count(text, "\n"); n < 3 {
			t.Errorf("%s: a package comment of %d lines; say what it is for, what it promises, what it leaves to others", f.path, n)
		}
		if base := path.Base(f.path); base != "doc.go" && base != name+".go" && base != "main.go" {
			t.Errorf("%s: the package comment belongs in %s.go or doc.go", f.path, name)
		}
	}
	for dir, in := range docs {
		if len(in) != 1 {
			t.Errorf("%s: package comment in %d files %v, want one", dir, len(in), in)
		}
	}
}

func TestPackages_areNamedByANoun(t *testing.T) {
	out, err := exec.Command("go", "list", "std").Output()
	if err != nil {
		t.Fatal(err)
	}
	taken := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if !strings.Contains("/"+line+"/", "/internal/") && !strings.HasPrefix(line, "vendor/") {
			taken[path.Base(line)] = line
		}
	}
	list := allPackages(t)
	for _, p := range list {
		for _, i := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if _, own := local(i); !own && !isStandard(i) {
				taken[vendorName(i)] = i
			}
		}
	}
	vague := []string{"util", "utils", "common", "helper", "helpers", "type", "types", "model", "models", "base", "core",
		"impl", "manager", "shared", "misc", "lib", "pkg"}
	form := regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	for _, p := range list {
		name := p.Name
		switch {
		case name == "main":
			continue
		case !form.MatchString(name):
			t.Errorf("%s: a package name is one lower-case word", p.path())
		case slices.Contains(vague, name):
			t.Errorf("%s: the name says nothing", p.path())
		case taken[name] != "":
			t.Errorf("%s bears the name of %s", p.path(), taken[name])
		}
		if path.Base(p.ImportPath) != name {
			t.Errorf("%s: the folder is not named as the package, %s", p.path(), name)
		}
	}
	for _, dir := range []string{"crypto", "sync"} {
		for _, f := range allGoFiles(t) {
			if path.Dir(f.path) == dir {
				t.Errorf("%s: no Go files in %s itself, whose name is the standard library's", f.path, dir)
			}
		}
	}
}

// vendorName guesses the package's name from its import path.
func vendorName(importPath string) string {
	if regexp.MustCompile(`/v[0-9]+$`).MatchString(importPath) {
		importPath = path.Dir(importPath)
	}
	return strings.TrimSuffix(strings.TrimPrefix(path.Base(importPath), "go-"), ".go")
}

func TestAgent_isMadeInCmdAndTestsOnly(t *testing.T) {
	for _, f := range allGoFiles(t) {
		if f.test || under(f.path, "cmd") || madeForTests(path.Dir(f.path)) {
			continue
		}
		if n := makesAgent(f.syntax, path.Dir(f.path)); n > 0 {
			t.Errorf("%s makes an agent: only cmd and tests may, so that nothing opens under another policy", f.path)
		}
	}
}

// makesAgent counts the uses of agent.New in a file. Naming it is use enough:
// the function could be called through a variable.
func makesAgent(f *ast.File, dir string) (n int) {
	name := ""
	for _, i := range f.Imports {
		if p, _ := strconv.Unquote(i.Path.Value); p == module+"/agent" {
			name = "agent"
			if i.Name != nil {
				name = i.Name.Name
			}
		}
	}
	ast.Inspect(f, func(node ast.Node) bool {
		switch x := node.(type) {
		case *ast.SelectorExpr:
			if id, ok := x.X.(*ast.Ident); ok && id.Name == name && x.Sel.Name == "New" {
				n++
			}
		case *ast.CallExpr:
			// Inside the core itself, and behind a dot import.
			if id, ok := x.Fun.(*ast.Ident); ok && id.Name == "New" && (dir == "agent" || name == ".") {
				n++
			}
		}
		return true
	})
	return n
}

func TestMakesAgent_seesEveryWay(t *testing.T) {
	const head = "package x\nimport "
	for src, want := range map[string]int{
		head + `"` + module + `/agent"` + "\nvar a, _ = agent.New(agent.Config{})":      1,
		head + `a "` + module + `/agent"` + "\nvar make = a.New":                        1,
		head + `. "` + module + `/agent"` + "\nvar a, _ = New(Config{})":                1,
		head + `"` + module + `/agent"` + "\nvar id = agent.NewSubjectID()":             0,
		head + `agent "errors"` + "\nvar e = agent.New(\"\")":                           0,
		head + `"` + module + `/agent"` + "\nvar e = errors.New(\"\"); var _ agent.Int": 0,
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", src, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := makesAgent(f, "x"); got != want {
			t.Errorf("makesAgent = %d, want %d, in\n%s", got, want, src)
		}
	}
}

// Rooms return what they have to say; the commands alone print and exit.
func TestRooms_neitherPrintNorExit(t *testing.T) {
	banned := []string{"fmt.Print", "fmt.Printf", "fmt.Println", "os.Exit", "os.Stdout", "os.Stderr",
		"log.Print", "log.Printf", "log.Println", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Default", "slog.Default",
		"debug.PrintStack"}
	for _, f := range allGoFiles(t) {
		if f.test || under(f.path, "cmd") {
			continue
		}
		ast.Inspect(f.syntax, func(node ast.Node) bool {
			switch x := node.(type) {
			case *ast.SelectorExpr:
				if id, ok := x.X.(*ast.Ident); ok && slices.Contains(banned, id.Name+"."+x.Sel.Name) {
					t.Errorf("%s uses %s.%s", f.path, id.Name, x.Sel.Name)
				}
			case *ast.CallExpr:
				if id, ok := x.Fun.(*ast.Ident); ok && (id.Name == "print" || id.Name == "println") {
					t.Errorf("%s uses %s", f.path, id.Name)
				}
			}
			return true
		})
	}
}

func TestImports_areNeitherDottedNorBlank(t *testing.T) {
	for _, f := range allGoFiles(t) {
		for _, i := range f.syntax.Imports {
			p, _ := strconv.Unquote(i.Path.Value)
			if i.Name != nil && (i.Name.Name == "." || i.Name.Name == "_" && p != "embed") {
				t.Errorf("%s imports %s as %s: nothing registers itself, and every name shows where it is from", f.path, p, i.Name.Name)
			}
		}
	}
}

func TestTests_sayWhatHolds(t *testing.T) {
	form := regexp.MustCompile(`^Test[A-Z][A-Za-z0-9]*_[a-z0-9]\w*$`)
	for name, files := range testFunctions(t) {
		if strings.HasPrefix(name, "Test") && name != "TestMain" && !form.MatchString(name) && !strings.Contains(files[0], "agenttest/") {
			t.Errorf("%s in %s: name it TestThing_whatHolds", name, files[0])
		}
	}
}

// testFunctions returns the tests, fuzz targets and benchmarks by name, with
// the files they stand in.
func testFunctions(t *testing.T) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	for _, f := range allGoFiles(t) {
		if !f.test {
			continue
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil {
				continue
			}
			for _, prefix := range []string{"Test", "Fuzz", "Benchmark"} {
				if rest, ok := strings.CutPrefix(fn.Name.Name, prefix); ok && (rest == "" || token.IsExported(rest)) {
					found[fn.Name.Name] = append(found[fn.Name.Name], f.path)
				}
			}
		}
	}
	return found
}
