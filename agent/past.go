package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Why a recorded answer cannot be put together again.
var (
	// ErrNoTrail: the answer was found before trails were kept.
	ErrNoTrail = errors.New("history: recorded before the questions were kept")
	// ErrNoRegisters: the registers by which it was decided are not there.
	ErrNoRegisters = errors.New("history: the registers of that time are missing")
)

// A Trail is what the questions of an answer held beside what the finding holds
// anyway: enough to put each of them again, word for word. It holds times,
// categories, codes and counts, and lies in the finding, under the subject's key.
type Trail struct {
	Now int64 // when it was decided, seconds
	Age Int   // of the subject then, full years

	Collected, Sources []string // of [CollectInput]

	Used        []string // categories of [UseInput]; nil also when use was not asked
	UsableUntil Int
	Restricted  bool

	Claims      []string // of [DiscloseInput], as all below up to Recall
	Outcome     string
	Sensitive   bool
	Bits, Spent int64
	Denied      bool
	Recall      bool

	// Disclosed and ValidFor are the answer of disclose.
	Disclosed []string
	ValidFor  int64
	// Said says for each obligation of the result which points said it, bit n
	// for asked[n]. Nil when each was said by the point that its name begins with.
	Said []byte
}

// asked lists the points in the order of a case. The order is part of the stored
// form.
var asked = []string{PointCollect, PointUse, PointJudge, PointDisclose}

// The vocabularies of a trail's sets. A word's place is its bit on the disk, so
// lists grow at their ends only.
var (
	trailCategories = []string{string(CatIdentity), string(CatPhone), string(CatCard), string(CatLoan), string(CatClaim), string(CatProof),
		string(CatEmployment), string(CatSocialInsurance), string(CatIncome), string(CatLiabilities), string(CatCreditReport),
		string(CatStatement), string(CatContactLog), string(CatDeviceLog), string(CatAnswer), string(CatHistory)}
	trailSources = []string{"borrower", "lender", "provider", ""}
	trailClaims  = []string{ClaimOutcome, ClaimAssurance, ClaimClass, ClaimBand, ClaimDisposition, ClaimReasons}
)

// trailed returns the trail of what was asked and answered, or nil if a word of
// it has no place in the vocabularies: then the answer cannot be put again, and
// says so. The obligations are those of the result, after it was put together.
func (q *question) trailed(obligations []Code) *Trail {
	t := &q.trail
	for _, s := range [][2][]string{{t.Collected, trailCategories}, {t.Used, trailCategories}, {t.Sources, trailSources},
		{t.Claims, trailClaims}, {t.Disclosed, trailClaims}} {
		for _, w := range s[0] {
			if !slices.Contains(s[1], w) {
				return nil
			}
		}
	}
	named := true
	said := make([]byte, len(obligations))
	for i, o := range obligations {
		for n, point := range asked {
			by := slices.ContainsFunc(q.points, func(p PointDecision) bool { return p.Point == point && slices.Contains(p.Obligations, o) })
			if by {
				said[i] |= 1 << n
			}
			named = named && by == namedFor(o, point)
		}
	}
	if !named {
		t.Said = said
	}
	return t
}

// namedFor reports whether a code's name begins with a point's.
func namedFor(c Code, point string) bool { return strings.HasPrefix(string(c), point+".") }

// A Decided is one recorded decision: the question as it was put, and the answer
// as it was given.
type Decided struct {
	// ID is case/version/point. The version counts the answers to a case from
	// 1. It holds the lender's own case id and nothing else of the case.
	ID    string
	Point string
	// Input is a *[CollectInput], *[UseInput], *[JudgeInput] or *[DiscloseInput].
	Input any
	// Outcome is a [Decision], [Judgement] or [Disclosure].
	Outcome any
}

// Decision returns the part of the outcome that all points share.
func (d *Decided) Decision() Decision {
	switch o := d.Outcome.(type) {
	case Decision:
		return o
	case Judgement:
		return o.Decision
	case Disclosure:
		return o.Decision
	}
	return Decision{}
}

// Recorded is one answer to a case with the decisions that led to it. It lives
// in memory, for oversight: the inputs hold facts about the subject.
type Recorded struct {
	Case      string
	Version   uint64
	At        int64 // when it was decided, seconds; the as-of time of the case where Err is ErrNoTrail
	Purpose   Purpose
	Rules     string // digest of the bundle that decided, hexadecimal
	Registers string // digest of the registers it was decided by, hexadecimal
	// Decisions lists what was asked, in order. Empty if Err is set.
	Decisions []Decided
	// Err is nil, ErrNoTrail or ErrNoRegisters.
	Err error
	// Undecided holds if a point gave no answer then (an error, a time-out):
	// the same question may be answered now.
	Undecided bool

	finding *Finding
	ground  Ground
}

// History opens every answer to a case for oversight, oldest first. That they
// were opened is on the record before History returns.
func (a *Agent) History(ctx context.Context, caseID string) ([]*Recorded, error) {
	ref, ok, err := a.c.Store.Find(ctx, IndexCase, []byte(caseID))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrUnknownCase
	}
	all, d, err := a.history(ctx, ref)
	if err != nil {
		return nil, err
	}
	if _, err := a.c.Store.Commit(ctx, &Write{Subject: ref.Subject, Entry: a.openEntry(d, categoryFinding)}); err != nil {
		return nil, err
	}
	return all, nil
}

// Histories opens every answer to every case for oversight and hands each to
// visit, in no promised order. One entry in the journal, durable before anything
// is opened, stands for the whole run. A subject erased meanwhile is passed over.
func (a *Agent) Histories(ctx context.Context, visit func(*Recorded) error) error {
	d := a.c.Policy.Use(ctx, a.oversight())
	e := a.entry("replay", a.c.Now(), PurposeOversight, []PointDecision{{PointUse, d}}, nil)
	if _, err := a.c.Store.Commit(ctx, &Write{Entry: e}); err != nil {
		return err
	}
	if !d.Allow {
		return &Denied{Point: PointUse, Codes: d.Denials}
	}
	const page = 256
	for after := (Ref{}); ; {
		refs, err := a.c.Store.Cases(ctx, after, page)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			all, _, err := a.history(ctx, ref)
			if errors.Is(err, ErrConflict) {
				continue
			}
			if err != nil {
				return err
			}
			for _, r := range all {
				if err := visit(r); err != nil {
					return err
				}
			}
			after = ref
		}
		if len(refs) < page {
			return nil
		}
		after = refs[page-1]
	}
}

// history opens what a slot held, oldest first. The caller commits the decision
// before it shows anything of it; a denial is on the record when it returns.
func (a *Agent) history(ctx context.Context, ref Ref) ([]*Recorded, Decision, error) {
	g, d := a.Authorize(ctx, a.oversight(), ref.Subject)
	if !d.Allow {
		if _, err := a.c.Store.Commit(ctx, &Write{Entry: a.openEntry(d)}); err != nil {
			return nil, d, err
		}
		return nil, d, &Denied{Point: PointUse, Codes: d.Denials}
	}
	stored, err := a.c.Store.History(ctx, g, ref.Slot)
	if err != nil {
		return nil, d, err
	}
	var all []*Recorded
	for _, sc := range stored {
		fd, ok := decodeFinding(sc.Finding)
		if !ok {
			return nil, d, ErrCorrupt
		}
		noted := fd.Result.Stands != "" || fd.Result.Review != nil && fd.Result.Review.Note
		if noted && len(all) > 0 {
			continue // the answer before, with a note that it stays
		}
		all = append(all, a.recorded(fd, sc.Version))
	}
	return all, d, nil
}

// recorded puts questions and answers together again.
func (a *Agent) recorded(f *Finding, version uint64) *Recorded {
	r := &Recorded{Case: f.Case, Version: version, At: f.AsOf, Purpose: f.Purpose, Rules: f.Result.Rules,
		Registers: encodeHex(f.Registers[:]), Undecided: f.undecided(), finding: f}
	t := f.Trail
	if t == nil {
		r.Err = ErrNoTrail
		return r
	}
	r.At = t.Now
	rs := a.c.Registers
	if f.Registers != a.registers {
		if rs = nil; a.c.Past != nil {
			rs = a.c.Past(f.Registers)
		}
	}
	if rs == nil {
		r.Err = ErrNoRegisters
		return r
	}
	r.ground = groundOf(&f.Legal, f.Purpose, t.Age, t.Now, rs)
	collect := f.decision(PointCollect)
	r.add(PointCollect, r.collect(), collect)
	if collect.Allow {
		use := f.decision(PointUse)
		r.add(PointUse, r.use(), use)
		if use.Allow && f.Result.Facts != nil {
			j := Judgement{Decision: f.decision(PointJudge)}
			if f.Result.Judgement != nil {
				j = *f.Result.Judgement
				if people := f.Result.Review; people != nil && people.Ruled != nil {
					j = *people.Ruled // what the rules had answered
				}
			}
			r.add(PointJudge, JudgeInputOf(f.AsOf, f.Purpose, f.Result.Facts, rs.LenderClass()), j)
		}
	}
	in := r.disclose()
	in.Recipient = rs.Recipient(f.Recipient)
	d := Disclosure{Decision: f.decision(PointDisclose), Claims: slices.Sorted(slices.Values(t.Disclosed)), ValidFor: t.ValidFor}
	d.Retraction = d.Allow && len(d.Claims) == 0 // else nothing is allowed without a claim
	r.add(PointDisclose, in, d)
	return r
}

func (r *Recorded) add(point string, in, outcome any) {
	r.Decisions = append(r.Decisions, r.decided(point, in, outcome))
}

func (r *Recorded) decided(point string, in, outcome any) Decided {
	return Decided{fmt.Sprintf("%s/%d/%s", r.Case, r.Version, point), point, in, outcome}
}

// decision returns what a point answered.
func (f *Finding) decision(point string) Decision {
	d := Decision{Allow: true}
	for _, p := range f.Result.Denials {
		if p.Point == point {
			d.Allow, d.Denials = false, slices.Clone(p.Codes)
		}
	}
	for i, o := range f.Result.Obligations {
		by := namedFor(o, point)
		if said := f.Trail.Said; said != nil {
			by = i < len(said) && said[i]>>slices.Index(asked, point)&1 == 1
		}
		if by {
			d.Obligations = append(d.Obligations, o)
		}
	}
	return d
}

// sorted returns a list of the inputs' form.
func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func (r *Recorded) collect() *CollectInput {
	t := r.finding.Trail
	return &CollectInput{Ground: r.ground, Categories: sorted(t.Collected), Sources: sorted(t.Sources)}
}

func (r *Recorded) use() *UseInput {
	t := r.finding.Trail
	return &UseInput{Ground: r.ground, Categories: sorted(t.Used), UsableUntil: t.UsableUntil, Restricted: t.Restricted}
}

func (r *Recorded) disclose() *DiscloseInput {
	t := r.finding.Trail
	return &DiscloseInput{Ground: r.ground, Claims: sorted(t.Claims), Outcome: t.Outcome, Sensitive: t.Sensitive,
		Bits: t.Bits, Spent: t.Spent, Denied: t.Denied, Recall: t.Recall}
}

// Replay puts the recorded questions to a policy, as the pipeline would have:
// after a denial the points up to disclose are not asked, and what disclose is
// asked follows from the judgement of p. Facts, the categories that were opened
// and the ends of retention stay as they were.
//
// open is true where p allows what was denied then: what later points would
// have been asked nobody knows, so the list ends there. Call it for a Recorded
// without Err.
func (r *Recorded) Replay(ctx context.Context, p Policy) (decisions []Decided, open bool) {
	if r.Err != nil {
		return nil, true
	}
	f := r.finding
	was := func(point string) *Decided {
		i := slices.IndexFunc(r.Decisions, func(d Decided) bool { return d.Point == point })
		if i < 0 {
			return nil
		}
		return &r.Decisions[i]
	}
	add := func(point string, in, outcome any) { decisions = append(decisions, r.decided(point, in, outcome)) }

	ci := was(PointCollect).Input.(*CollectInput)
	d := p.Collect(ctx, ci)
	for _, c := range ci.Categories {
		if _, ok := p.RetainFor(Category(c), f.Purpose); !ok && d.Allow {
			d = Decision{Denials: []Code{CodeUndecided}}
		}
	}
	add(PointCollect, ci, d)
	allowed := d.Allow
	if allowed {
		before := was(PointUse)
		if before == nil {
			return decisions, true
		}
		ui := before.Input.(*UseInput)
		d := p.Use(ctx, ui)
		d.Allow = d.Allow && len(d.Denials) == 0
		add(PointUse, ui, d)
		allowed = d.Allow
	}
	var claims Claims
	var sensitive bool
	if allowed {
		before := was(PointJudge)
		if before == nil {
			return decisions, true
		}
		ji := before.Input.(*JudgeInput)
		j := judged(ctx, p, ji)
		add(PointJudge, ji, j)
		if allowed = j.Allow; allowed {
			j = f.Result.Review.decided(j)
			claims, sensitive = claimsOf(f.Result.Facts, &j, f.Result.Review.agreed()), sensitiveReason(f.Result.Facts, &j)
		}
	}
	di := *was(PointDisclose).Input.(*DiscloseInput)
	di.Outcome, di.Sensitive, di.Denied = claims.Outcome, sensitive, !allowed
	add(PointDisclose, &di, p.Disclose(ctx, &di))
	return decisions, false
}
