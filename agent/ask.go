package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Fields of a person that a source may be sent.
const (
	FieldName   = "name"
	FieldNumber = "number" // of the document
	FieldPhone  = "phone"
	FieldCard   = "card" // the first card of the case
)

// Kinds of [Source] beside those of an [Answer].
const (
	SourceInsurance = string(CatSocialInsurance)
	SourceReport    = string(CatCreditReport)
)

// A SourceEntry says who is asked, what for and with what.
type SourceEntry struct {
	Key       string // names the source: the provider of its answers
	Kind      string // one of the Answer constants, SourceInsurance or SourceReport
	Recipient string // key in the register of recipients: policy decides on it
	Fields    []string
	MaxAge    int64 // seconds; what is younger is not asked for again
}

// An Inquiry holds the fields of a person that a source is sent: those that its
// entry lists, and no other.
type Inquiry map[string]Personal

// A Source answers about a person. Its methods are safe for concurrent use.
type Source interface {
	// Entry says what the source is. It is always the same.
	Entry() SourceEntry
	// Ask sends the fields, and nothing else about the person, and returns what
	// came back: [*Answers] of one item, [*SocialInsurance] or [*CreditReport],
	// by the kind. An answer that cannot be relied on is an [*Inconclusive],
	// never a guess. It returns soon after the context ends.
	Ask(context.Context, Inquiry) (Datum, error)
}

// Inconclusive is the error of a source that was asked and gave no answer that
// can be relied on: it is down or slow, or what it said is not what was agreed.
// Nothing is recorded, and it may be asked again later.
type Inconclusive struct{ Code Code }

// Error returns the code, which tells nothing of the person.
func (e *Inconclusive) Error() string { return string(e.Code) }

// AskMode says when sources are asked.
type AskMode string

// The modes of asking.
const (
	AskNever   AskMode = "never"
	AskMissing AskMode = "missing" // where there is no answer that is young enough
	AskAlways  AskMode = "always"
)

// What became of a source, see [Asked].
const (
	AskedAnswered     = "answered"
	AskedFresh        = "fresh"        // not asked: there is an answer that is young enough
	AskedLacking      = "lacking"      // not asked: the case lacks a field
	AskedPast         = "past"         // not asked: the case is about a time gone by
	AskedDenied       = "denied"       // not asked: policy denied it
	AskedInconclusive = "inconclusive" // asked, without an answer that can be relied on
)

// Asked is what became of one source.
type Asked struct {
	Source string `json:"source"`
	Kind   string `json:"kind"`
	State  string `json:"state"`
	Codes  []Code `json:"codes,omitempty"` // denials, why it is inconclusive, or what is odd about the answer
}

// Codes beside a source that the agent itself gives.
const (
	// codeAskFailed stands for an error of a source that has no code.
	codeAskFailed Code = "source.ask_failed"
	// codeAskAbandoned: whoever asked went away before there was an answer. It
	// says nothing of the source.
	codeAskAbandoned Code = "source.ask_abandoned"
	// codeContradicted stands beside an answer that says the opposite of what the
	// same source said before, within the age for which that counts.
	codeContradicted Code = "source.answer_contradicted"
)

// AskCauses are all codes that can stand beside a source that was asked. An
// [Inconclusive] with another code is taken for one without: what comes from
// outside chooses no text of journal, log or metrics.
var AskCauses = []Code{
	codeAskFailed, codeAskAbandoned, codeContradicted,
	"source.connection_failed", "source.answer_late", "source.rate_exceeded", "source.rate_refused", "source.circuit_open",
	"source.status_unexpected", "source.access_refused", "source.redirect_refused", "source.type_unexpected", "source.charset_unknown",
	"source.body_oversized", "source.body_truncated", "source.body_malformed", "source.member_duplicated", "source.member_malformed",
	"source.status_refused", "source.code_missing", "source.code_unknown", "source.code_error",
}

// refusals are the causes by which a source itself says that it gives no answer.
var refusals = []Code{"source.status_refused", "source.rate_refused", "source.access_refused"}

// Classes of what a source that was asked made of it, see [Asked.Outcome].
const (
	OutcomeAnswered     = "answered"
	OutcomeContradicted = "contradicted" // answered, and it had said the opposite
	OutcomeRefused      = "refused"      // it said that it does not answer
	OutcomeInconclusive = "inconclusive" // nothing that can be relied on
)

// Outcome is the class of what a source that was asked made of it, and the code
// beside it; "" of one that was not asked.
func (a *Asked) Outcome() (class string, cause Code) {
	if len(a.Codes) > 0 {
		cause = a.Codes[0]
	}
	switch {
	case a.State == AskedAnswered && cause == codeContradicted:
		return OutcomeContradicted, cause
	case a.State == AskedAnswered:
		return OutcomeAnswered, ""
	case a.State == AskedInconclusive && slices.Contains(refusals, cause):
		return OutcomeRefused, cause
	case a.State == AskedInconclusive:
		return OutcomeInconclusive, cause
	}
	return "", ""
}

// askWindow is how long after the instant that a case is about sources may be
// asked for it: what they say is of now.
const askWindow = 24 * 3600

// providing is what a policy answers besides where there are sources.
type providing interface {
	Provide(context.Context, *ProvideInput) Decision
}

// VerifyAsking is [Agent.Verify] after the sources of the agent were asked about
// what is missing, or about everything. Each question is decided by policy, and
// the decision is on the record before anything is sent. What comes back is
// taken in with the case, as what came with the file is: through policy, and in
// the write of the answer. The case stays one as of its own time: days past due
// are those up to which the lender's data reach, and what sources say within a
// day counts as said then. A source that does not answer holds nothing up but
// its time-out.
//
// What became of each question is on the record too, by class and code, before
// anything is made of it. If the process dies between question and answer, the
// journal holds a question without an outcome: that the source may have been
// asked, and nobody knows what it said. If it dies before the case is answered,
// sources are asked again.
func (a *Agent) VerifyAsking(ctx context.Context, f *File, mode AskMode) (*Result, []Asked, error) {
	if err := answerable(f); err != nil {
		return nil, nil, err
	}
	f = f.bound()
	asked, got, asks, err := a.ask(ctx, f, mode)
	if err != nil {
		return nil, asked, err
	}
	if len(got) > 0 {
		more := *f
		more.Collected = slices.Concat(f.Collected, got)
		f = &more
	}
	r, err := a.verifyTries(ctx, f, len(got) > 0, asks...)
	return r, asked, err
}

// ask asks the sources and returns what became of each, in their order, the
// records that came of it, and the names of the questions in the journal.
func (a *Agent) ask(ctx context.Context, f *File, mode AskMode) ([]Asked, []Record, []string, error) {
	if mode != AskMissing && mode != AskAlways || len(a.c.Sources) == 0 {
		return nil, nil, nil, nil
	}
	asked := make([]Asked, len(a.c.Sources))
	due := make([]bool, len(asked))
	for i, s := range a.c.Sources {
		e := s.Entry()
		asked[i] = Asked{Source: e.Key, Kind: e.Kind}
		switch _, complete := inquiry(&f.Subject, e.Fields); {
		case !complete:
			asked[i].State = AskedLacking
		case a.c.Now().Unix()-f.Case.AsOf > askWindow:
			asked[i].State = AskedPast
		default:
			due[i] = true
		}
	}
	var known []Record
	if slices.Contains(due, true) {
		var err error
		if known, err = a.answered(ctx, f, asked, due); err != nil {
			return nil, nil, nil, err
		}
	}
	for i, s := range a.c.Sources {
		if e := s.Entry(); due[i] && mode == AskMissing && slices.ContainsFunc(known, func(r Record) bool { return e.young(&r, a.c.Now().Unix()) }) {
			due[i], asked[i].State = false, AskedFresh
		}
	}
	// Every question is decided before the first is sent: a store that fails
	// then has let nothing out.
	ids := make([]string, len(asked))
	for i, s := range a.c.Sources {
		if !due[i] {
			continue
		}
		id, d, err := a.mayAsk(ctx, f, s.Entry())
		if err != nil {
			return nil, nil, nil, err
		}
		if due[i], ids[i] = d.Allow, id; !d.Allow {
			asked[i].State, asked[i].Codes = AskedDenied, d.Denials
		}
	}
	records, errs := make([]*Record, len(asked)), make([]error, len(asked))
	var wg sync.WaitGroup
	for i, s := range a.c.Sources {
		if due[i] {
			wg.Go(func() {
				records[i], asked[i].State, asked[i].Codes = a.put(ctx, s, &f.Subject)
				// Both answers stay; what to make of them is the check's.
				if e, r := s.Entry(), records[i]; r != nil &&
					slices.ContainsFunc(known, func(old Record) bool { return e.young(&old, r.CollectedAt) && contradicts(r, &old) }) {
					asked[i].Codes = []Code{codeContradicted}
				}
				errs[i] = a.recordOutcome(ctx, f, ids[i], &asked[i])
			})
		}
	}
	wg.Wait()
	var got []Record
	var asks []string
	for i, r := range records {
		if due[i] {
			asks = append(asks, ids[i])
		}
		if r != nil {
			got = append(got, *r)
		}
	}
	return asked, got, asks, errors.Join(append(errs, ctx.Err())...)
}

// inquiry takes the listed fields of a person; complete says that none is absent.
func inquiry(who *Person, fields []string) (q Inquiry, complete bool) {
	q, complete = Inquiry{}, len(fields) > 0
	for _, name := range fields {
		switch name {
		case FieldName:
			q[name] = who.Name
		case FieldNumber:
			q[name] = who.Number
		case FieldPhone:
			q[name] = who.Phone
		case FieldCard:
			if len(who.Cards) > 0 {
				q[name] = who.Cards[0]
			}
		}
		complete = complete && !q[name].IsZero()
	}
	return q, complete
}

// answers is the category in which a kind of source answers.
func answers(kind string) Category {
	if kind == SourceInsurance || kind == SourceReport {
		return Category(kind)
	}
	return CatAnswer
}

// fieldCategories are the categories of the fields that may be sent.
var fieldCategories = map[string]Category{FieldName: CatIdentity, FieldNumber: CatIdentity, FieldPhone: CatPhone, FieldCard: CatCard}

// standing resolves person and consent of a case for a question to a source.
func (a *Agent) standing(ctx context.Context, f *File) (*question, error) {
	q := &question{f: f, now: a.c.Now()}
	l, err := a.locate(ctx, f)
	if err != nil {
		return nil, err
	}
	if q.subject, q.known = l.number.Subject, l.haveNumber; q.known {
		if q.profile, err = a.c.Store.Profile(ctx, q.subject); err != nil {
			return nil, err
		}
	}
	if err := a.resolve(ctx, q); err != nil {
		return nil, err
	}
	q.ground = a.ground(&q.f.Legal, f.Case.Purpose, &f.Subject, q.now)
	return q, nil
}

// answered returns what was answered before by the sources that are due: from
// the file, and from the store, which is opened for that under a grant.
func (a *Agent) answered(ctx context.Context, f *File, asked []Asked, due []bool) ([]Record, error) {
	var wanted []Category
	for i := range asked {
		if due[i] {
			wanted = append(wanted, answers(asked[i].Kind))
		}
	}
	for range maxTries {
		// An event of the consent, or an erasure, that comes meanwhile conflicts:
		// what was opened is dropped, and it is decided anew.
		known, err := a.answeredOnce(ctx, f, wanted)
		if !errors.Is(err, ErrConflict) {
			return known, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, ErrConflict
}

func (a *Agent) answeredOnce(ctx context.Context, f *File, wanted []Category) ([]Record, error) {
	known := slices.Clone(f.Collected)
	q, err := a.standing(ctx, f)
	if err != nil || !q.known {
		return known, err
	}
	use := &UseInput{Ground: q.ground}
	held, err := a.held(ctx, use, q.subject, func(c Category) bool { return slices.Contains(wanted, c) })
	if err != nil {
		return nil, err
	}
	if len(held) > 0 {
		use.Categories = sortedSet(use.Categories)
		g, d := a.Authorize(ctx, use, q.subject)
		q.points = append(q.points, PointDecision{PointUse, d})
		if g != nil { // without a grant it is as if nothing were there
			g.scope.Held = held
			opened, err := a.c.Store.Records(ctx, g)
			if err != nil {
				return nil, err
			}
			for i := range opened {
				known = append(known, opened[i].Record)
			}
		}
	}
	if len(q.points) > 0 || len(q.opened) > 0 {
		err = a.recordAsk(ctx, q, "", "")
	}
	return known, err
}

// young reports whether a record holds an answer of the source that is not to
// be asked for again.
func (e *SourceEntry) young(r *Record, now int64) bool {
	since := func(at int64) bool { return at > 0 && at <= now && now-at < e.MaxAge }
	if l, ok := r.Data.(*Answers); ok && answers(e.Kind) == CatAnswer {
		return slices.ContainsFunc(l.Items, func(it Answer) bool { return it.Provider == e.Key && it.Kind == e.Kind && since(it.At) })
	}
	return r.Category == answers(e.Kind) && r.Source == e.Key && since(r.CollectedAt)
}

// contradicts reports whether an answer, which has one item, says yes where an
// earlier one of the same source said no, or the other way round. Each face is a
// picture of its own, and each day of an account a day of its own. Of what is no such
// answer see [Record.Contradicts].
func contradicts(r, old *Record) bool {
	now, ok := r.Data.(*Answers)
	if !ok {
		return r.Contradicts(old)
	}
	before, ok := old.Data.(*Answers)
	return ok && slices.ContainsFunc(before.Items, func(it Answer) bool {
		n := now.Items[0]
		return n.Kind != AnswerFace && n.Kind != AnswerBankAccount && it.Provider == n.Provider && it.Kind == n.Kind && it.Match != n.Match && it.Match != Unknown && n.Match != Unknown
	})
}

// mayAsk decides whether a source may be asked. The decision is on the record
// when it returns, and with an allow the random name of the question.
func (a *Agent) mayAsk(ctx context.Context, f *File, e SourceEntry) (id string, d Decision, err error) {
	in := &ProvideInput{Recipient: a.c.Registers.Recipient(e.Recipient), Act: "query",
		// Who asks for a report asks for the consent that a report takes.
		Categories: []string{string(answers(e.Kind))}}
	for _, name := range e.Fields {
		in.Categories = append(in.Categories, string(fieldCategories[name]))
	}
	in.Categories = sortedSet(in.Categories)
	for range maxTries {
		q, err := a.standing(ctx, f)
		if err != nil {
			return "", Decision{}, err
		}
		in.Ground = q.ground
		d := a.c.Policy.(providing).Provide(ctx, in)
		if d.Allow = d.Allow && len(d.Denials) == 0; d.Allow {
			id = NewUUIDv7(q.now)
		}
		q.points = append(q.points, PointDecision{PointProvide, d})
		// A withdrawal that came meanwhile conflicts here, before anything is sent.
		if err = a.recordAsk(ctx, q, e.Key, id); !errors.Is(err, ErrConflict) {
			return id, d, err
		}
		if id = ""; ctx.Err() != nil {
			return "", Decision{}, ctx.Err()
		}
	}
	return "", Decision{}, ErrConflict
}

// recordAsk puts decisions about a source on the record. Of a person who is not
// known nothing is kept but the decision.
func (a *Agent) recordAsk(ctx context.Context, q *question, source, id string) error {
	w := &Write{Entry: a.entry("provide", q.now, q.f.Case.Purpose, q.points, nil)}
	w.Entry.opened(q.opened)
	w.Entry.member("source", source)
	w.Entry.member("ask", id)
	if q.known {
		w.Subject, w.Entry.Body = q.subject, entryBody(q.f.Case.ID, q.f.Digest)
		if q.f.Legal.Consent.ID != "" {
			w.Profile = &q.profile
		}
	}
	_, err := a.c.Store.Commit(ctx, w)
	return err
}

// recordOutcome puts on the record what became of a question: who was asked, the
// class, the code, and nothing of the answer. The case is in the sealed part if
// the person is known; of one who is not, the entry of the answer to the case
// names the question. It is written though whoever asked has gone away: the
// question was sent.
func (a *Agent) recordOutcome(ctx context.Context, f *File, id string, asked *Asked) error {
	ctx = context.WithoutCancel(ctx)
	class, cause := asked.Outcome()
	number := []byte(NormalizeNumber(f.Subject.Number.Reveal()))
	for range maxTries {
		ref, known, err := a.c.Store.Find(ctx, IndexNumber, number)
		if err != nil {
			return err
		}
		w := &Write{Entry: a.entry("answer", a.c.Now(), f.Case.Purpose, nil, nil)}
		w.Entry.member("source", asked.Source)
		w.Entry.member("ask", id)
		w.Entry.member("outcome", class)
		w.Entry.member("cause", string(cause))
		if known {
			w.Subject, w.Entry.Body = ref.Subject, entryBody(f.Case.ID, f.Digest)
		}
		// An erasure that came between conflicts: then there is no person to name.
		if _, err := a.c.Store.Commit(ctx, w); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return ErrConflict
}

// member adds a code or a random id to the public part of an entry; what is no
// such thing, or empty, is left out.
func (e *Entry) member(name, value string) {
	if wellFormed(value) {
		e.Public = fmt.Appendf(e.Public[:len(e.Public)-1], `,"%s":"%s"}`, name, value)
	}
}

// asks adds to the entry of an answer which questions to sources came before it.
func (e *Entry) asks(ids []string) {
	if len(ids) > 0 {
		e.Public = fmt.Appendf(e.Public[:len(e.Public)-1], `,"asks":["%s"]}`, strings.Join(ids, `","`))
	}
}

// put asks a source, which policy has allowed, and makes a record of its answer.
// What the record says of kind, source and time is the agent's own.
func (a *Agent) put(ctx context.Context, s Source, who *Person) (*Record, string, []Code) {
	e := s.Entry()
	about, _ := inquiry(who, e.Fields)
	d, err := s.Ask(ctx, about)
	now := a.c.Now().Unix()
	r := &Record{Category: answers(e.Kind), Source: e.Key, CollectedAt: now, Data: d}
	var why *Inconclusive
	switch l, isAnswer := d.(*Answers); {
	case err != nil && ctx.Err() != nil:
		return nil, AskedInconclusive, []Code{codeAskAbandoned}
	case errors.As(err, &why) && why.Code != codeContradicted && slices.Contains(AskCauses, why.Code):
		return nil, AskedInconclusive, []Code{why.Code}
	case err != nil || d == nil || d.Category() != r.Category || isAnswer && len(l.Items) != 1:
		return nil, AskedInconclusive, []Code{codeAskFailed}
	case isAnswer:
		it := l.Items[0]
		it.Kind, it.Provider, it.At = e.Kind, e.Key, now
		r.Data = &Answers{Items: []Answer{it}}
	}
	return r, AskedAnswered, nil
}
