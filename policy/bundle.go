package policy

import (
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"

	"github.com/yanmen/yanmen/agent"
)

//go:embed all:rego
var files embed.FS

// embedded returns the bundle that is built in, rooted where a bundle is.
func embedded() fs.FS {
	sub, err := fs.Sub(files, "rego")
	if err != nil {
		panic("policy: embedded rules: " + err.Error()) // cannot happen: the name is valid
	}
	return sub
}

// A loaded bundle: compiled rules, data as the rules read them, and the parts
// of the data that Go reads too.
type loaded struct {
	files  fileTree
	lib    *library // nil once an engine has its programs
	data   value    // as constants
	digest [sha256.Size]byte
	// revision is what the manifest says; "" if it says nothing.
	revision string

	catalogue  catalogue
	forPurpose map[agent.Purpose][]agent.Category
	sentences  map[agent.Code]sentence
	order      map[agent.Code]int // of reasons and improvements
	remedies   map[agent.Code][]agent.Code
	register   register
	living     []LivingCost
}

// catalogue is yanmen/catalogue/data.yaml as far as Go needs it.
type catalogue struct {
	Categories map[agent.Category]struct {
		Sensitive *bool `json:"sensitive"`
		Uses      map[agent.Purpose]struct {
			Days int64 `json:"days"`
		} `json:"uses"`
	} `json:"categories"`
}

// testOnlyUnfolded leaves references to data as they are written.
var testOnlyUnfolded bool

// load reads, parses and compiles a bundle within the bounds of one. Rego tests
// in it are passed over. Errors are [*Refusal]s: a library's text may quote a file.
func load(root fs.FS) (*loaded, error) {
	files, err := filesOf(root)
	if err != nil {
		return nil, err
	}
	b, err := readTree(files, capabilities(), false)
	if err != nil {
		return nil, err
	}
	return compiled(files, b)
}

// compiled is load for a bundle that was parsed without its tests. It changes the
// modules.
func compiled(files fileTree, b *bundle.Bundle) (*loaded, error) {
	data, err := ast.InterfaceToValue(b.Data)
	if err != nil {
		return nil, refuse(codeRules, "")
	}
	lib, modules, err := compile(b, data)
	if err != nil {
		return nil, err
	}
	l := &loaded{
		revision: b.Manifest.Revision,
		files:    files,
		lib:      lib,
		data:     constant(ast.NewTerm(data)),
	}
	if l.digest, err = digest(files); err != nil {
		return nil, errors.New("digest rules: a file cannot be read")
	}
	if err := section(b.Data, "catalogue", &l.catalogue); err != nil {
		return nil, err
	}
	l.forPurpose = map[agent.Purpose][]agent.Category{}
	for c, entry := range l.catalogue.Categories {
		for p := range entry.Uses {
			l.forPurpose[p] = append(l.forPurpose[p], c)
		}
	}
	for _, cs := range l.forPurpose {
		slices.Sort(cs)
	}
	if l.living, err = readLiving(b.Data); err != nil {
		return nil, err
	}
	if err := l.readSentences(modules, b.Data); err != nil {
		return nil, err
	}
	return l, l.readRemedies(b.Data)
}

// readTree parses a bundle, with or without its Rego tests.
func readTree(files fileTree, caps *ast.Capabilities, tests bool) (*bundle.Bundle, error) {
	if err := checkManifest(files[manifestFile]); err != nil {
		return nil, err
	}
	from := bundle.NewFSLoaderWithRoot(files, ".")
	if !tests {
		from = from.WithFilter(isTest)
	}
	b, err := bundle.NewCustomReader(from).
		WithCapabilities(caps).
		WithProcessAnnotations(true).
		WithRegoVersion(ast.RegoV1).
		WithSkipBundleVerification(true). // fileTree.verify does it
		Read()
	if err != nil {
		return nil, refuse(codeRules, placeOf(err))
	}
	rules := 0
	for _, m := range b.Modules {
		rules += len(m.Parsed.Rules)
	}
	if rules > mostRules {
		return nil, refuse(codeSize, "")
	}
	return &b, nil
}

// placeOf tells where a library's error is, and not what it says.
func placeOf(err error) string {
	var errs ast.Errors
	if !errors.As(err, &errs) || len(errs) == 0 || errs[0].Location == nil {
		return ""
	}
	return strings.TrimPrefix(errs[0].Location.File, "/") + ":" + strconv.Itoa(errs[0].Location.Row)
}

// checkManifest holds that a bundle says nothing outside its root and is Rego of
// the version that is read here, and nothing else.
func checkManifest(text []byte) error {
	var m bundle.Manifest
	if text == nil || json.Unmarshal(text, &m) != nil || m.Roots == nil || !slices.Equal(*m.Roots, []string{"yanmen"}) ||
		m.RegoVersion == nil || *m.RegoVersion != 1 || len(m.FileRegoVersions) > 0 || len(m.WasmResolvers) > 0 {
		return refuse(codeManifest, "")
	}
	if m.Revision != "" {
		if _, _, err := parseRevision(m.Revision); err != nil {
			return err
		}
	}
	return nil
}

// parseRevision reads a revision: the day of the rules, and which of that day.
func parseRevision(s string) (day agent.Date, n int, err error) {
	date, number, several := strings.Cut(s, ".")
	day, derr := agent.ParseDate(date)
	n = 1
	if several {
		n, err = strconv.Atoi(number)
	}
	if derr != nil || err != nil || several && (n < 2 || n > 999 || strconv.Itoa(n) != number) {
		return 0, 0, refuse(codeRevision, "")
	}
	return day, n, nil
}

func isTest(name string, _ os.FileInfo, _ int) bool { return strings.HasSuffix(name, "_test.rego") }

// section decodes data.yanmen.<name>.
func section(data map[string]any, name string, into any) error {
	yanmen, _ := data["yanmen"].(map[string]any)
	b, err := json.Marshal(yanmen[name])
	if err != nil || yanmen[name] == nil || json.Unmarshal(b, into) != nil {
		return refuse(codeRules, "data.yanmen."+name)
	}
	return nil
}

// digest hashes each file that decides anything, by path, with lengths before
// path and content so that nothing can move from one into the other.
func digest(root fs.FS) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.rego") || name == signaturesFile {
			return err
		}
		switch path.Ext(name) {
		case ".rego", ".yaml", ".json", ".manifest":
		default:
			return nil
		}
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		content, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		for _, part := range [][]byte{[]byte(name), content} {
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
			h.Write(part)
		}
		return nil
	}) // WalkDir goes by name, so the order is fixed
	h.Sum(sum[:0])
	return sum, err
}
