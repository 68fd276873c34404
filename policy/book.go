package policy

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
)

// A Book is what a bundle says about itself: the register of law, the codes with
// what they rest on, the figures. A handbook is made of it.
type Book struct {
	Laws     map[string]Law
	Articles []Article // by law and article
	Points   []PointPages
	Figures  []Figure // by path
	// Data is all data of the bundle below yanmen, for tables of registers.
	Data map[string]any
	// Covered is how many of the lines that decide something its own tests
	// reach, of how many.
	Covered, Lines int
}

// A Law is a source of rules.
type Law struct {
	Words
	Since string `json:"since"` // in force, as a date
}

// An Article is one entry of the register: what a law, a standard or the product
// itself requires.
type Article struct {
	ID      string
	Law     string // key of Laws
	Article string
	Status  string // V, VS, M (to be confirmed) or P (a rule of this product)
	Text    Words
	// Outside says why no rule enforces it; nil if one does, or should.
	Outside *Words
}

// PointPages are the rules of one point of decision; or, under the names policy
// and consent, the codes that the program itself gives, which have no place.
type PointPages struct {
	Name        string
	Title, Asks string // English, from the annotations
	Codes       []CodeEntry
}

// A CodeEntry is one code and the rule that gives it.
type CodeEntry struct {
	Code        string
	Kind        string // denial, obligation, reason, remedy or row
	Gap         bool   // the denial says that a register has a gap
	Title       Words
	Description string // English, from the annotations; "" for reasons and remedies
	Cites       []string
	File        string // "" for what is in data
	Line        int
}

// A Figure is a number in the data, the compliance officer's to change, or the
// default of one in the agent's configuration.
type Figure struct {
	Path  string // below yanmen, with dots; of the configuration after "yanmen.yaml."
	Value string
	Since string // date from which it holds, if the data say so
	Cites []string
}

// ReadBook reads a bundle's own account of itself; nil means the bundle that is
// built in. It runs the bundle's tests for their coverage, which takes seconds.
func ReadBook(ctx context.Context, root fs.FS) (*Book, error) {
	if root == nil {
		root = embedded()
	}
	b, err := bundle.NewCustomReader(bundle.NewFSLoaderWithRoot(root, ".")).
		WithProcessAnnotations(true).
		WithRegoVersion(ast.RegoV1).
		WithSkipBundleVerification(true).
		Read()
	if err != nil {
		return nil, errors.New("read rules: not a bundle")
	}
	book := &Book{}
	if book.Data, _ = b.Data["yanmen"].(map[string]any); book.Data == nil {
		return nil, errors.New("read rules: no data below yanmen")
	}
	if err := book.readRegister(b.Data); err != nil {
		return nil, err
	}
	modules := map[string]*ast.Module{}
	for _, m := range b.Modules {
		modules[strings.TrimPrefix(m.Path, "/")] = m.Parsed
	}
	if err := book.readCodes(modules, b.Data); err != nil {
		return nil, err
	}
	book.readFigures("", book.Data, "", nil)
	book.Figures = append(book.Figures, ownFigures...)
	slices.SortFunc(book.Figures, func(a, b Figure) int { return cmp.Compare(a.Path, b.Path) })
	return book, book.readCoverage(ctx, modules, b.Data)
}

func (b *Book) readRegister(data map[string]any) error {
	var r register
	if err := section(data, "regulation", &r); err != nil {
		return err
	}
	b.Laws = r.Laws
	for id, e := range r.Rules {
		a := Article{ID: id, Law: e.Law, Article: e.Article, Status: e.Status, Text: e.Words}
		if why, ok := r.Outside[id]; ok {
			a.Outside = &why
		}
		b.Articles = append(b.Articles, a)
	}
	slices.SortFunc(b.Articles, func(x, y Article) int {
		return cmp.Or(cmp.Compare(x.Law, y.Law), cmp.Compare(leading(x.Article), leading(y.Article)), cmp.Compare(x.ID, y.ID))
	})
	return nil
}

// leading is the number with which a text begins, or 0.
func leading(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	v, _ := strconv.Atoi(s[:n])
	return v
}

func (b *Book) readCodes(modules map[string]*ast.Module, data map[string]any) error {
	pages := map[string]*PointPages{}
	for _, p := range points {
		pages[p] = &PointPages{Name: p}
	}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		m := modules[name]
		folder := name[:max(strings.LastIndexByte(name, '/'), 0)]
		page := pages[folder[strings.LastIndexByte(folder, '/')+1:]]
		if page == nil || strings.HasSuffix(name, "_test.rego") {
			continue
		}
		for _, a := range m.Annotations {
			if a.Scope == "package" {
				page.Title, page.Asks = a.Title, a.Description
			}
		}
		for _, r := range m.Rules {
			for _, a := range r.Annotations {
				s, ok := sentenceOf(a)
				if !ok {
					continue
				}
				kind := "denial"
				if r.Head.Name == "obligations" || len(r.Head.Ref()) > 0 && r.Head.Ref()[0].Value.Compare(ast.Var("obligations")) == 0 {
					kind = "obligation"
				}
				k, _ := a.Custom["kind"].(string)
				page.Codes = append(page.Codes, CodeEntry{
					Code: string(s.Code), Kind: kind, Gap: k == "gap", Title: s.Words, Description: a.Description,
					Cites: s.Cites, File: name, Line: r.Location.Row,
				})
			}
		}
	}
	parts, err := readWritten(data)
	if err != nil {
		return err
	}
	for _, part := range parts {
		page := pages[part.point]
		for _, s := range part.of {
			page.Codes = append(page.Codes, CodeEntry{Code: string(s.Code), Kind: part.kind, Title: s.Words, Cites: s.Cites})
		}
	}
	for _, p := range points {
		if len(pages[p].Codes) > 0 {
			b.Points = append(b.Points, *pages[p])
		}
	}
	for _, part := range own {
		page := PointPages{Name: part.name, Title: part.title, Asks: part.asks}
		for _, c := range part.codes {
			page.Codes = append(page.Codes, CodeEntry{Code: string(c.Code), Kind: c.kind, Title: c.Words, Cites: c.Cites})
		}
		b.Points = append(b.Points, page)
	}
	return nil
}

// readFigures walks the data. A date under "from" or "since", and rule ids under
// "cites", hold for all that lies beside and below them.
func (b *Book) readFigures(path string, v any, since string, cites []string) {
	if path == "regulation" || path == "audit" {
		return
	}
	join := func(k string) string { return strings.TrimPrefix(path+"."+k, ".") }
	switch v := v.(type) {
	case map[string]any:
		for _, k := range []string{"from", "since"} {
			if s, ok := v[k].(string); ok {
				since = s
			}
		}
		if list, ok := v["cites"].([]any); ok {
			cites = nil
			for _, c := range list {
				if s, ok := c.(string); ok {
					cites = append(cites, s)
				}
			}
		}
		for k, e := range v {
			b.readFigures(join(k), e, since, cites)
		}
	case []any:
		for i, e := range v {
			b.readFigures(join(strconv.Itoa(i)), e, since, cites)
		}
	case json.Number:
		b.Figures = append(b.Figures, Figure{path, string(v), since, cites})
	}
}

func (b *Book) readCoverage(ctx context.Context, modules map[string]*ast.Module, data map[string]any) error {
	coverage := cover.New()
	store := inmem.NewFromObjectWithOpts(data, inmem.OptReturnASTValuesOnRead(true))
	err := storage.Txn(ctx, store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		results, err := tester.NewRunner().
			SetCompiler(ast.NewCompiler()).
			SetStore(store).
			SetModules(modules).
			SetCoverageQueryTracer(coverage).
			RunTests(ctx, txn)
		if err != nil {
			return err
		}
		for range results {
		}
		return nil
	})
	if err != nil {
		return errors.New("read rules: their tests do not run")
	}
	for name, f := range coverage.Report(modules).Files {
		if !strings.HasSuffix(name, "_test.rego") {
			b.Covered += f.CoveredLines
			b.Lines += f.CoveredLines + f.NotCoveredLines
		}
	}
	return nil
}
