package policy

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"runtime/metrics"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/yanmen/yanmen/agent"
)

// Bounds of what a bundle may take that nobody trusts yet. checkWithin bounds all
// checks, stageWithin each stage of them, testWithin one of its tests. Neither
// compiler nor comparisons look at a clock, and a value that holds itself in two to
// the fortieth copies keeps them for ever. mostMemory is by how many bytes the
// process may grow while it is checked; the rules that are built in take a tenth.
var (
	checkWithin        = 2 * time.Minute
	stageWithin        = time.Minute
	testWithin         = 10 * time.Second
	mostMemory  uint64 = 512 << 20
)

// lookEvery is how often memory is looked at: rules that do nothing but grow a value
// take about a hundredth of mostMemory meanwhile.
const lookEvery = 5 * time.Millisecond

//go:embed schemas/*.json
var schemaFiles embed.FS

// A Report tells of a bundle that passed its checks.
type Report struct {
	Revision string
	Digest   [sha256.Size]byte // of what decides: rules and data, without tests
	Rules    int
	Tests    int // of its own, all passed
	Denials  int // codes with which it denies
}

// Check says whether a bundle may be taken: it is within bounds, every file is
// signed by the pinned key, its manifest and revision are in order, its rules
// compile with the built-ins allowed and against the schemas of the inputs, every
// code has its texts and citations, its own tests pass, and the invariants of the
// agent hold, which no bundle may change: absence denies, named denials stay, and
// what goes against somebody takes a person.
// What the figures in its data should be, its tests alone say.
//
// Without a key the signature is not looked at: so may whoever builds a bundle
// check it before signing. Errors are [*Refusal]s. It takes seconds, and ends
// within two minutes, and soon after the process has grown by 512 MiB, whatever the
// bundle holds; then its work may run on, so that the process should end.
func Check(ctx context.Context, archive []byte, key *PublicKey) (Report, error) {
	type result struct {
		Report
		err error
	}
	ctx, cancel := context.WithTimeoutCause(ctx, checkWithin, refuse(codeTime, ""))
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go watchMemory(ctx, stop)
	stage := time.AfterFunc(stageWithin, func() { stop(refuse(codeTime, "")) })
	defer stage.Stop()
	done := make(chan result, 1)
	go func() {
		r := result{err: refuse(codeRules, "")}
		defer func() {
			if recover() != nil { // what was thrown may quote a file
				r = result{err: refuse(codeRules, "")}
			}
			done <- r
		}()
		r.Report, r.err = check(ctx, stop, stage, archive, key)
	}()
	select {
	case r := <-done:
		if r.err != nil && ctx.Err() != nil {
			return Report{}, cut(ctx)
		}
		return r.Report, r.err
	case <-ctx.Done():
		return Report{}, cut(ctx)
	}
}

// cut says which bound a check has met.
func cut(ctx context.Context) *Refusal {
	if r := new(Refusal); errors.As(context.Cause(ctx), &r) {
		return r
	}
	return refuse(codeTime, "")
}

// watchMemory stops a check when the process has grown too much, in values or in
// the stacks of deep calls. It counts the whole process, garbage included.
func watchMemory(ctx context.Context, stop context.CancelCauseFunc) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	taken := func() uint64 {
		metrics.Read(samples)
		return samples[0].Value.Uint64() + samples[1].Value.Uint64()
	}
	most := taken() + mostMemory
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if taken() > most {
			stop(refuse(codeMemory, ""))
			return
		}
	}
}

func check(ctx context.Context, stop context.CancelCauseFunc, stage *time.Timer, archive []byte, key *PublicKey) (Report, error) {
	files, err := unpack(archive)
	if err != nil {
		return Report{}, err
	}
	if key != nil {
		if err := files.verify(key); err != nil {
			return Report{}, err
		}
	}
	b, err := readTree(files, testCapabilities(), true)
	if err != nil {
		return Report{}, err
	}
	rules, tests := map[string]*ast.Module{}, map[string]*ast.Module{}
	own := *b
	own.Modules = nil
	r := Report{}
	for _, m := range b.Modules {
		name := strings.TrimPrefix(m.Path, "/")
		if isTest(name, nil, 0) {
			tests[name] = m.Parsed
			continue
		}
		rules[name] = m.Parsed
		r.Rules += len(m.Parsed.Rules)
		m.Parsed = m.Parsed.Copy() // what decides is changed: constants are put in
		own.Modules = append(own.Modules, m)
	}
	l, err := compiled(files, &own)
	if err != nil {
		return Report{}, err
	}
	e, err := watched(l)
	if err != nil {
		return Report{}, err
	}
	if e.Revision() == "" {
		return Report{}, refuse(codeRevision, "")
	}
	r.Revision, r.Digest = e.Revision(), e.Digest()
	stage.Reset(stageWithin)
	inputs, err := inputSchemas()
	if err != nil {
		return Report{}, err
	}
	if err := checkNamed(rules, inputs); err != nil {
		return Report{}, err
	}
	if r.Denials, err = checkTexts(rules); err != nil {
		return Report{}, err
	}
	if r.Tests, err = checkTests(ctx, stop, stage, b.Data, inputs, rules, tests); err != nil {
		return Report{}, err
	}
	stage.Reset(stageWithin)
	if err := checkPersons(b.Data); err != nil {
		return Report{}, err
	}
	return r, checkInvariants(ctx, e)
}

// checkPersons holds that no row of judgement's tables that a person has to do with
// says that it needs none. Where a table stands does not matter.
func checkPersons(data map[string]any) error {
	var judge any
	if err := section(data, "judge", &judge); err != nil {
		return refuse(codeRules, "")
	}
	var walk func(at string, v any) string
	walk = func(at string, v any) string {
		switch v := v.(type) {
		case []any:
			for i, x := range v {
				if found := walk(fmt.Sprint(at, ".", i), x); found != "" {
					return found
				}
			}
		case map[string]any:
			then, ok := v["then"].(map[string]any)
			said := func(key string) string { s, _ := then[key].(string); return s }
			j := agent.Judgement{Outcome: said("outcome"), OverdueClass: said("class"), Disposition: said("disposition"), Proposal: said("proposal")}
			if human, told := v["human_review"].(bool); ok && told && !human && j.WantsPerson() {
				if code, _ := v["code"].(string); printable(agent.Code(code)) != "" {
					return code
				}
				return plain(at)
			}
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if found := walk(at+"."+key, v[key]); found != "" {
					return found
				}
			}
		}
		return ""
	}
	if row := walk("judge", judge); row != "" {
		return refuse(codePerson, row)
	}
	return nil
}

// inputSchemas are the schemas of the inputs, for the compiler.
func inputSchemas() (*ast.SchemaSet, error) {
	set := ast.NewSchemaSet()
	entries, err := schemaFiles.ReadDir("schemas")
	if err != nil {
		return nil, errors.New("check bundle: no schemas")
	}
	for _, f := range entries {
		b, err := schemaFiles.ReadFile("schemas/" + f.Name())
		var schema any
		if err != nil || util.UnmarshalJSON(b, &schema) != nil {
			return nil, errors.New("check bundle: no schemas")
		}
		ref, err := ast.ParseRef("schema." + strings.TrimSuffix(f.Name(), ".json"))
		if err != nil {
			return nil, errors.New("check bundle: no schemas")
		}
		set.Put(ref, schema)
	}
	return set, nil
}

// checkNamed holds that every file of rules names the input that it reads. That it
// reads nothing else the compiler says, before tests run.
func checkNamed(rules map[string]*ast.Module, inputs *ast.SchemaSet) error {
	for name, m := range rules {
		named := false
		for _, a := range m.Annotations {
			for _, s := range a.Schemas {
				// A schema of its own could say that anything is there.
				if s.Definition != nil || inputs.Get(s.Schema) == nil {
					return refuse(codeSchema, name)
				}
				named = named || a.Scope == "package" && s.Path.Equal(ast.InputRootRef)
			}
		}
		if !named {
			return refuse(codeSchema, name)
		}
	}
	return nil
}

// checkTexts holds that each denial and obligation has a code of its point, and
// the code its texts and citations. A denial whose code is not there would not
// deny. It returns how many codes deny.
func checkTexts(rules map[string]*ast.Module) (int, error) {
	denials := 0
	for name, m := range rules {
		point := path.Base(path.Dir(name))
		for _, r := range m.Rules {
			kind := string(r.Head.Ref()[0].Value.(ast.Var))
			if kind != "denials" && kind != "obligations" {
				continue
			}
			coded := false
			for _, a := range r.Annotations {
				s, ok := sentenceOf(a)
				if !ok {
					continue
				}
				coded = true
				if printable(s.Code) == "" || !strings.HasPrefix(string(s.Code), point+".") || s.ZH == "" || s.EN == "" || len(s.Cites) == 0 {
					return 0, refuse(codeText, printable(s.Code))
				}
			}
			if kind == "denials" {
				if !coded {
					return 0, refuse(codeText, fmt.Sprintf("%s:%d", name, r.Location.Row))
				}
				denials++
			}
		}
	}
	return denials, nil
}

// checkTests holds that each file of rules has tests beside it, in a package of
// their own, that rules read nothing that no input has, and that all tests pass. It
// returns how many there are. It changes the modules: one compilation is enough for
// all this.
func checkTests(ctx context.Context, stop context.CancelCauseFunc, stage *time.Timer, data map[string]any, inputs *ast.SchemaSet, rules, tests map[string]*ast.Module) (int, error) {
	all := make(map[string]*ast.Module, len(rules)+len(tests))
	for name, m := range rules {
		beside := tests[strings.TrimSuffix(name, ".rego")+"_test.rego"]
		if beside == nil || !slices.ContainsFunc(beside.Rules, func(r *ast.Rule) bool {
			return strings.HasPrefix(string(r.Head.Ref()[0].Value.(ast.Var)), "test_")
		}) {
			return 0, refuse(codeUntested, name)
		}
		all[name] = m
	}
	for name, m := range tests {
		p := m.Package.Path
		// A test inside the package of its rules could add to them.
		if last, ok := p[len(p)-1].Value.(ast.String); !ok || !strings.HasSuffix(string(last), "_test") {
			return 0, refuse(codeTests, name)
		}
		all[name] = m
	}
	compiler := ast.NewCompiler().
		WithCapabilities(testCapabilities()).
		WithStrict(true).
		WithDefaultRegoVersion(ast.RegoV1).
		WithSchemas(inputs).
		WithUseTypeCheckAnnotations(true)
	store := inmem.NewFromObjectWithOpts(data, inmem.OptReturnASTValuesOnRead(true))
	passed := 0
	err := storage.Txn(ctx, store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		results, err := tester.NewRunner().
			SetCompiler(compiler).
			SetStore(store).
			SetModules(all).
			RaiseBuiltinErrors(true).
			SetTimeout(testWithin).
			RunTests(ctx, txn)
		if place := placeOf(err); err != nil && tests[strings.Split(place, ":")[0]] == nil {
			return refuse(codeSchema, place) // in all else the rules have compiled
		} else if err != nil {
			return refuse(codeTests, place)
		}
		var failed []string
		for r := range results {
			stage.Reset(stageWithin) // a test that no deadline stops gives no result either
			passed++
			if r.Pass() {
				continue
			}
			name := plain(strings.TrimPrefix(r.Package, "data.") + "." + r.Name)
			if topdown.IsCancel(r.Error) {
				stop(refuse(codeTime, name)) // the others would take as long
			}
			failed = append(failed, name)
		}
		if len(failed) > 0 {
			return refuse(codeTests, slices.Min(failed))
		}
		return nil
	})
	return passed, err
}

// plain returns a text that can hold no sentence, cut where it is long.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-:/", r) {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 100)]
}

// mustDeny are the denials that stay, whatever a bundle says: without one of them
// a promise of the agent would be empty. Where only the figures or lists in a
// bundle's data say what is denied, its tests speak for it.
var mustDeny = []agent.Code{
	"collect.assessment_missing", "collect.basis_unproven", "collect.category_surplus", "collect.consent_missing", "collect.notice_incomplete",
	"collect.notice_missing", "collect.sensitive_consent_missing", "collect.source_unknown", "collect.subject_age_unknown", "collect.subject_child",
	"collect.subject_minor",
	"use.category_surplus", "use.consent_withdrawn", "use.retention_over", "use.subject_restricted",
	"provide.basis_unproven", "provide.category_banned", "provide.clock_missing", "provide.consent_missing", "provide.consent_withdrawn",
	"provide.notice_missing", "provide.publication_unconsented", "provide.recipient_missing", "provide.recipient_overseas",
	"provide.recipient_unconsented", "provide.recipient_unlicensed", "provide.sensitive_consent_missing", "provide.subject_restricted",
	"judge.clock_missing",
	"disclose.case_denied", "disclose.recipient_missing", "disclose.recipient_overseas", "disclose.recipient_unconsented",
	"disclose.recipient_unlicensed",
	"retain.collection_undated", "retain.consent_missing", "retain.consent_withdrawn", "retain.data_unlawful", "retain.period_ended",
	"retain.purpose_ended",
	"rights.mandate_missing", "rights.refusal_unfounded", "rights.request_unknown", "rights.requester_unfit", "rights.requester_unknown",
	"rights.requester_unverified",
	"contact.agency_uncontracted", "contact.clock_missing", "contact.debt_told", "contact.hours_quiet", "contact.identity_misused",
	"contact.plan_running", "contact.target_unfit", "contact.third_refused", "contact.third_unneeded",
	"access.act_unregistered", "access.actor_unverified", "access.category_missing", "access.clear_unverified", "access.clock_missing",
	"access.decision_own", "access.decision_repeated", "access.role_unregistered", "access.secret_shown",
}

// A probe is an input by which invariants are tried: one that the rules that are
// built in allow, or one that they deny with codes that must stay.
type probe struct {
	Point string       `json:"point"`
	Name  string       `json:"name"`
	Deny  []agent.Code `json:"deny,omitempty"`
	// Absent and Zero are the fields, by path, without which or with whose zero
	// the rules that are built in allow the input all the same.
	Absent []string       `json:"absent,omitempty"`
	Zero   []string       `json:"zero,omitempty"`
	Input  map[string]any `json:"input"`
}

// The probes are golden decisions; go test ./policy -run Probes -update takes them anew.
//
//go:embed probes.json
var probeFile []byte

func readProbes() ([]probe, error) {
	var ps []probe
	if err := util.UnmarshalJSON(probeFile, &ps); err != nil {
		return nil, errors.New("check bundle: no probes")
	}
	return ps, nil
}

// checkInvariants holds what no bundle may change. The empty input denies at every
// point, and so does the zero of every input. Where the rules that are built in
// deny an input because a field is absent or zero, so does the bundle; what it asks
// for besides is its own business. What must be denied is, with its code. Whatever
// judgement answers where a field is missing, a person is asked for where one is due.
func checkInvariants(ctx context.Context, e *Engine) error {
	for _, point := range points {
		if zero, _ := e.Ask(ctx, NewInput(point)); zero.Allow || e.gives(ctx, point, map[string]any{}) {
			return refuse(codeAbsence, point)
		}
	}
	for _, code := range mustDeny {
		if _, ok := e.bundle.sentences[code]; !ok {
			return refuse(codeDenial, string(code))
		}
	}
	probes, err := readProbes()
	if err != nil {
		return err
	}
	for _, p := range probes {
		if len(p.Deny) > 0 {
			d, _ := e.asked(ctx, p.Point, p.Input)
			for _, code := range p.Deny {
				if d.Allow || !slices.Contains(d.Denials, code) {
					return refuse(codeDenial, string(code))
				}
			}
		}
	}
	for _, p := range probes {
		if ctx.Err() != nil {
			return refuse(codeTime, "")
		}
		if !e.gives(ctx, p.Point, p.Input) {
			continue // it is stricter, or was denied above
		}
		for _, at := range places(p.Input, nil) {
			path := strings.Join(at, ".")
			if !slices.Contains(p.Absent, path) && e.gives(ctx, p.Point, changed(p.Input, at, true)) ||
				!slices.Contains(p.Zero, path) && e.gives(ctx, p.Point, changed(p.Input, at, false)) {
				return refuse(codeAbsence, p.Point+"."+path)
			}
			if p.Point == agent.PointJudge {
				for _, absent := range []bool{true, false} {
					if row, alone := e.unattended(ctx, changed(p.Input, at, absent)); alone {
						return refuse(codePerson, printable(row))
					}
				}
			}
		}
	}
	return nil
}

// unattended reports whether judgement answers what a person has to do with, and
// asks for none; and the row by which it does.
func (e *Engine) unattended(ctx context.Context, in map[string]any) (agent.Code, bool) {
	v, err := ast.InterfaceToValue(in)
	if err != nil {
		return "", false
	}
	j, ok := e.bundle.readJudgement(e.evaluate(ctx, agent.PointJudge, v))
	return j.Row, ok && j.Allow && j.WantsPerson() && !slices.Contains(j.Obligations, agent.CodeHumanReview)
}

// asked asks past the typed door. The outcome is that of judgement, else "".
func (e *Engine) asked(ctx context.Context, point string, in map[string]any) (d agent.Decision, outcome string) {
	v, err := ast.InterfaceToValue(in)
	if err != nil {
		return undecided(), ""
	}
	r, ok := open(e.evaluate(ctx, point, v))
	if !ok {
		return undecided(), ""
	}
	d = r.decision()
	if point == agent.PointJudge {
		outcome = r.text(kOutcome)
	}
	if r.bad {
		return undecided(), ""
	}
	return d, outcome
}

// gives reports whether an answer gives something: an allow, of judgement a pass.
func (e *Engine) gives(ctx context.Context, point string, in map[string]any) bool {
	d, outcome := e.asked(ctx, point, in)
	return d.Allow && (point != agent.PointJudge || outcome == "pass")
}

// places are the paths of all fields, those that hold fields included.
func places(in map[string]any, above []string) (out [][]string) {
	for k, v := range in {
		at := append(slices.Clone(above), k)
		out = append(out, at)
		if m, ok := v.(map[string]any); ok {
			out = append(out, places(m, at)...)
		}
	}
	slices.SortFunc(out, slices.Compare)
	return out
}

// changed returns a copy in which one field is absent, or zero.
func changed(in map[string]any, at []string, absent bool) map[string]any {
	out := make(map[string]any, len(in))
	for k, v := range in {
		switch {
		case k != at[0]:
			out[k] = v
		case len(at) > 1:
			out[k] = changed(v.(map[string]any), at[1:], absent)
		case !absent:
			out[k] = zeroOf(v)
		}
	}
	return out
}

func zeroOf(v any) any {
	switch v.(type) {
	case string:
		return ""
	case bool:
		return false
	case json.Number:
		return json.Number("0")
	case []any:
		return []any{}
	case map[string]any:
		return map[string]any{}
	}
	return nil
}
