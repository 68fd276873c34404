// Package policy is the typed door to the rules: Go structs in, decisions out,
// the rules themselves in Rego under rego/, their figures in YAML beside them.
//
// It promises that a decision is pure (same input, same bundle, same answer;
// no clock, no network, no randomness), that an error, a time-out, an undefined
// or malformed answer denies with [agent.CodeUndecided], and that no text of
// the rules' library ever comes out. Rules see purposes, categories, times and
// codes; who the subject is they cannot see, for no field could hold it.
//
// The rules of collect, use and disclose do nothing with times but compare them
// with each other and with zero; a test reads the rules to hold this. Their
// answer therefore depends on the order of the times alone, and the engine
// remembers answers by the exact input with every time replaced by its rank in
// that order. Judgement compares amounts, and is evaluated each time. What rules
// read of their data is put into them as constants when a bundle is loaded, and
// they run as programs made of the library's plan of them; where a program has
// nothing to say, the library's interpreter answers.
//
// Who may read, what was granted and what is written down is the core's
// business.
package policy

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/yanmen/yanmen/agent"
)

// decideWithin bounds one evaluation. Rules take well under a millisecond; the
// bound is for a replaced bundle that goes astray, and long enough that a
// machine which stalls for a moment denies nobody.
const decideWithin = 2 * time.Second

// Engine answers the points of decision from one bundle. It is immutable; a new
// bundle is a new engine. All methods are safe for concurrent use.
type Engine struct {
	bundle   *loaded
	watch    *watch              // over a bundle that is not built in; else nil
	stale    int64               // from when the bundle is too old, seconds; 0: never
	queries  map[string]string   // by point
	programs map[string]*program // without the points whose plan has what programs lack
	memory   memory
	limit    time.Duration

	lib       atomic.Pointer[library]
	compiling sync.Mutex
}

var _ agent.Policy = (*Engine)(nil)

// New returns an engine over the bundle that is built into the program.
func New() (*Engine, error) {
	b, err := load(embedded())
	if err != nil {
		return nil, err
	}
	return newEngine(b)
}

// Open returns an engine over a bundle in a folder or an archive, whoever made it:
// for tools that ask what its rules would say. Nothing is decided under it.
// Errors are [*Refusal]s, or tell that the path cannot be read.
func Open(name string) (*Engine, error) {
	files, err := Files(name)
	if err != nil {
		return nil, err
	}
	return openTree(files)
}

// OpenArchive is Open for the bytes of an archive.
func OpenArchive(archive []byte) (*Engine, error) {
	files, err := unpack(archive)
	if err != nil {
		return nil, err
	}
	return openTree(files)
}

// Installed returns an engine over an archive that the pinned key signed and that
// [Check] has passed before. Errors are [*Refusal]s.
func Installed(archive []byte, key *PublicKey) (*Engine, error) {
	files, err := unpack(archive)
	if err != nil {
		return nil, err
	}
	if err := files.verify(key); err != nil {
		return nil, err
	}
	return openTree(files)
}

func openTree(files fs.FS) (*Engine, error) {
	b, err := load(files)
	if err != nil {
		return nil, err
	}
	return watched(b)
}

// watched returns an engine over a bundle that somebody else made.
func watched(b *loaded) (*Engine, error) {
	e, err := newEngine(b)
	if err != nil {
		return nil, refuse(codeRules, "")
	}
	e.watch = new(watch)
	return e, nil
}

// Revision is the revision that the bundle's manifest tells, "" if it tells none.
func (e *Engine) Revision() string { return e.bundle.revision }

// LimitAge lets the bundle grow so many days old, counted from the day of its
// revision. Decisions about a later instant carry [CodeStale] as an obligation; a
// bundle without a revision is too old at once. 0 is no limit. Call it before the
// engine is shared.
func (e *Engine) LimitAge(days int64) {
	if e.stale = 0; days <= 0 {
		return
	}
	e.stale = 1
	if day, _, err := parseRevision(e.bundle.revision); err == nil {
		e.stale = day.Time().Unix() + days*86400
	}
}

// Stale reports whether the bundle is too old at an instant, seconds.
func (e *Engine) Stale(at int64) bool { return e.stale != 0 && at >= e.stale }

// aged adds what follows from the bundle's age at an instant. The decision is the
// caller's own.
func (e *Engine) aged(d agent.Decision, at int64) agent.Decision {
	if e.Stale(at) {
		d.Obligations = append(d.Obligations, CodeStale)
		slices.Sort(d.Obligations)
	}
	return d
}

// testOnlyInterpreted leaves the rules to the library's interpreter.
var testOnlyInterpreted bool

func newEngine(b *loaded) (*Engine, error) {
	queries := map[string]string{}
	for _, point := range points {
		queries[point] = "data.yanmen." + point + ".decision"
	}
	return engineFor(b, queries)
}

// engineFor returns an engine that answers the query of each point.
func engineFor(b *loaded, queries map[string]string) (*Engine, error) {
	e := &Engine{bundle: b, queries: queries, programs: map[string]*program{}, limit: decideWithin}
	for point, query := range queries {
		if testOnlyInterpreted {
			break
		}
		if p, err := newProgram(b, query); err == nil {
			e.programs[point] = p
		}
	}
	if len(e.programs) == len(queries) {
		b.lib, b.data = nil, value{}
		return e, nil
	}
	if err := b.lib.prepare(queries); err != nil {
		return nil, errors.New("prepare rules: a point of decision does not compile")
	}
	e.lib.Store(b.lib)
	return e, nil
}

// Collect says whether categories may be taken in. See [agent.Policy].
func (e *Engine) Collect(ctx context.Context, in *agent.CollectInput) agent.Decision {
	if in == nil {
		return undecided()
	}
	room := rooms.Get().(*[keyRoom]byte)
	defer rooms.Put(room)
	key := collectKey(room[:0], in)
	if a, ok := e.memory.recall(key); ok {
		return e.aged(a.decision(), in.Now)
	}
	d, ok := readDecision(decide(ctx, e, agent.PointCollect, in, collectInput))
	if !ok {
		return undecided()
	}
	e.memory.keep(key, answer{Decision: d})
	return e.aged(copied(d), in.Now)
}

// Use says whether categories may be opened. See [agent.Policy].
func (e *Engine) Use(ctx context.Context, in *agent.UseInput) agent.Decision {
	if in == nil {
		return undecided()
	}
	room := rooms.Get().(*[keyRoom]byte)
	defer rooms.Put(room)
	key := useKey(room[:0], in)
	if a, ok := e.memory.recall(key); ok {
		return e.aged(a.decision(), in.Now)
	}
	d, ok := readDecision(decide(ctx, e, agent.PointUse, in, useInput))
	if !ok {
		return undecided()
	}
	e.memory.keep(key, answer{Decision: d})
	return e.aged(copied(d), in.Now)
}

// Judge says what the facts mean. See [agent.Policy].
func (e *Engine) Judge(ctx context.Context, in *agent.JudgeInput) agent.Judgement {
	if in != nil {
		if j, ok := e.bundle.readJudgement(decide(ctx, e, agent.PointJudge, in, judgeInput)); ok {
			j.Decision = e.aged(j.Decision, in.AsOf)
			return j
		}
	}
	return agent.Judgement{Decision: undecided()}
}

// Disclose says which claims may leave. See [agent.Policy].
func (e *Engine) Disclose(ctx context.Context, in *agent.DiscloseInput) agent.Disclosure {
	if in == nil {
		return agent.Disclosure{Decision: undecided()}
	}
	room := rooms.Get().(*[keyRoom]byte)
	defer rooms.Put(room)
	key := discloseKey(room[:0], in)
	told := func(a answer) agent.Disclosure {
		d := a.disclosure()
		d.Decision = e.aged(d.Decision, in.Now)
		return d
	}
	if a, ok := e.memory.recall(key); ok {
		return told(a)
	}
	d, ok := readDisclosure(decide(ctx, e, agent.PointDisclose, in, discloseInput), in.Claims)
	if !ok {
		return agent.Disclosure{Decision: undecided()}
	}
	a := answer{d.Decision, d.Claims, d.ValidFor, d.Retraction}
	e.memory.keep(key, a)
	return told(a)
}

// Digest returns SHA-256 over the rules and data of the bundle, without tests.
func (e *Engine) Digest() [sha256.Size]byte { return e.bundle.digest }

// RetainFor returns how long, in seconds, a category is kept when it was
// collected for a purpose; false if it may not be collected for it.
func (e *Engine) RetainFor(c agent.Category, p agent.Purpose) (int64, bool) {
	days := e.bundle.catalogue.Categories[c].Uses[p].Days
	return days * 86400, days > 0
}

// CategoriesFor returns the categories that a purpose may use, sorted.
func (e *Engine) CategoriesFor(p agent.Purpose) []agent.Category {
	return slices.Clone(e.bundle.forPurpose[p])
}

// Sensitive reports whether a category is sensitive (PIPL 28). A category that
// the catalogue does not know is.
func (e *Engine) Sensitive(c agent.Category) bool {
	entry, ok := e.bundle.catalogue.Categories[c]
	return !ok || entry.Sensitive == nil || *entry.Sensitive
}

// decide returns the rules' answer to an input, or nil when there is none: an
// error, an undefined decision and a time-out look the same from outside.
//
// The program of a point answers. It looks into rules that the interpreter may
// pass over, and may so meet an error that the interpreter does not; what an
// error makes of the answer is for the interpreter to say.
func decide[I any](ctx context.Context, e *Engine, point string, in *I, write func(*arena, *I) value) ast.Value {
	if ctx.Err() != nil {
		return nil
	}
	until := time.Now().Add(e.limit)
	p := e.programs[point]
	if p == nil {
		input := write(new(arena), in)
		v := input.term().Value
		if e.watch == nil {
			return e.interpret(ctx, point, v, until)
		}
		return e.watch.over(until, func() ast.Value { return e.interpret(ctx, point, v, until) })
	}
	m := p.machine()
	input := write(&m.arena, in)
	if e.watch == nil {
		return e.run(ctx, point, m, input, until)
	}
	return e.watch.over(until, func() ast.Value { return e.run(ctx, point, m, input, until) })
}

// run lets a machine answer, and gives it back.
func (e *Engine) run(ctx context.Context, point string, m *machine, input value, until time.Time) ast.Value {
	defer m.release()
	answer, erred := m.run(ctx, until, input)
	if erred {
		return e.interpret(ctx, point, input.term().Value, until)
	}
	return answer
}

// evaluate is decide for an input as the library holds it.
func (e *Engine) evaluate(ctx context.Context, point string, input ast.Value) ast.Value {
	return decide(ctx, e, point, &input, func(_ *arena, in *ast.Value) value { return native(ast.NewTerm(*in)) })
}

// interpret lets the library evaluate the rules.
func (e *Engine) interpret(ctx context.Context, point string, input ast.Value, until time.Time) ast.Value {
	lib := e.library()
	if lib == nil {
		return nil
	}
	cancel := topdown.NewCancel()
	timer := time.AfterFunc(time.Until(until), cancel.Cancel)
	defer timer.Stop()
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, cancel.Cancel)()
	}
	rs, err := lib.points[point].Eval(ctx,
		rego.EvalParsedInput(input),
		rego.EvalExternalCancel(cancel), // spares the goroutine that Eval would start for ctx
		rego.EvalMetrics(metrics.NoOp()),
		rego.EvalTransaction(lib.reading))
	if err != nil || len(rs) != 1 || len(rs[0].Expressions) != 1 {
		return nil
	}
	v, _ := rs[0].Expressions[0].Value.(ast.Value)
	return v
}

func undecided() agent.Decision {
	return agent.Decision{Denials: []agent.Code{agent.CodeUndecided}}
}
