package agent_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
)

const reask = 30 * 24 * 3600

// ledger signs with a key of the tests alone.
var ledger = agent.LedgerConfig{
	Sign:       func(msg []byte) ([]byte, error) { return mac(msg), nil },
	Key:        func() string { return "key-1" },
	Verify:     func(msg, sig []byte) bool { return hmac.Equal(mac(msg), sig) },
	ReaskBlock: reask,
}

func mac(msg []byte) []byte {
	h := hmac.New(sha256.New, []byte("a key for tests"))
	h.Write(msg)
	return h.Sum(nil)
}

// numberChild is nobody's: its bearer would be a child in every year from 2026.
const numberChild = "990101202001010010"

func header() *agent.ConsentHeader {
	return &agent.ConsentHeader{
		Controllers:      []agent.ConsentParty{{ID: "lender-1", Name: "示例机构", Address: "示例路 1 号", Contact: "privacy@lender.example", Type: "lender"}},
		Recipients:       []agent.ConsentParty{{ID: "hub", Name: "示例平台", Contact: "privacy@hub.example", Address: "示例路 2 号", Type: "processor"}},
		StorageLocations: []string{"CN"}, RetentionDays: 1095, ExpiryHandling: "delete", Jurisdiction: "CN", WithdrawalMethod: "app",
	}
}

// event is the event of one kind that may follow what comes before it in the
// usual course, n seconds after the first.
func (b *bench) event(kind string, n int) agent.ConsentEvent {
	at := b.now.Unix() - 1000 + int64(n)
	e := agent.ConsentEvent{Consent: "consent-1", Kind: kind, At: at, Actor: agent.ActorSubject, Channel: "app"}
	terms := &agent.ConsentTerms{Form: "separate", Basis: agent.BasisConsent, Purposes: []string{"overdue"}, Methods: []string{"automated"},
		Categories: []string{"identity", "income"}, Recipients: []string{"hub"}, ExpiresAt: at + 365*86400}
	switch kind {
	case agent.ConsentNotice:
		e.Actor = agent.ActorLender
		e.Notice = &agent.ConsentText{Version: "v1", Language: "zh-CN", Digest: sha256.Sum256([]byte("wording"))}
	case agent.ConsentRequested:
		e.Actor, e.Terms = agent.ActorLender, terms
	case agent.ConsentGiven, agent.ConsentRenewed:
		e.Terms = terms
	case agent.ConsentRevoked, agent.ConsentInvalidated:
		e.Actor = agent.ActorLender
	}
	return e
}

func (b *bench) record(t *testing.T, kinds ...string) *agent.ConsentOutcome {
	t.Helper()
	var out *agent.ConsentOutcome
	for i, kind := range kinds {
		e := b.event(kind, i)
		if i == 0 {
			e.Header = header()
		}
		var err error
		if out, err = b.RecordConsent(ctx, agent.NewPersonal(numberA), e); err != nil {
			t.Fatalf("RecordConsent(%s) = %v", kind, err)
		}
	}
	return out
}

func codesOf(err error) []agent.Code {
	var d *agent.Denied
	if errors.As(err, &d) {
		return d.Codes
	}
	return nil
}

// byConsent denies a case whose consent does not hold, as the rules do.
func (b *bench) byConsent() {
	held := func(g *agent.Ground) agent.Decision {
		switch {
		case g.Purpose == agent.PurposeOversight, g.Basis != agent.BasisConsent,
			slices.Contains([]string{agent.ConsentGiven, agent.ConsentRenewed}, g.Consent.State):
			return allow
		}
		return deny("use.consent_withdrawn")
	}
	b.rules.collect = func(in *agent.CollectInput) agent.Decision { return held(&in.Ground) }
	b.rules.use = func(in *agent.UseInput) agent.Decision { return held(&in.Ground) }
}

func TestRecordConsent_followsTheCourse(t *testing.T) {
	for _, c := range []struct {
		before []string
		kind   string
		edit   func(*agent.ConsentEvent)
		want   agent.Code // "" is taken
	}{
		{nil, agent.ConsentNotice, nil, ""},
		{nil, agent.ConsentNotice, func(e *agent.ConsentEvent) { e.Header = nil }, agent.CodeConsentHeaderMissing},
		{nil, agent.ConsentNotice, func(e *agent.ConsentEvent) { e.Header.Controllers[0].Contact = "" }, agent.CodeConsentHeaderMissing},
		{nil, agent.ConsentNotice, func(e *agent.ConsentEvent) { e.Notice.Digest = [32]byte{} }, agent.CodeConsentNoticeIncomplete},
		{nil, agent.ConsentRequested, nil, agent.CodeConsentNoticeMissing},
		{nil, agent.ConsentGiven, nil, agent.CodeConsentNoticeMissing},
		{nil, agent.ConsentWithdrawn, nil, agent.CodeConsentTransitionUnfit},
		{nil, agent.ConsentNotice, func(e *agent.ConsentEvent) { e.At += 1 << 20 }, agent.CodeConsentTimeAhead},
		{nil, agent.ConsentNotice, func(e *agent.ConsentEvent) { e.At = 0 }, agent.CodeConsentTimeAhead},
		{nil, "approved", nil, agent.CodeConsentTransitionUnfit},
		{[]string{"notice_shown"}, agent.ConsentGiven, nil, ""},
		{[]string{"notice_shown"}, agent.ConsentGiven, func(e *agent.ConsentEvent) { e.Header = header() }, agent.CodeConsentHeaderRepeated},
		{[]string{"notice_shown"}, agent.ConsentGiven, func(e *agent.ConsentEvent) { e.At -= 100 }, agent.CodeConsentTimeBackward},
		{[]string{"notice_shown"}, agent.ConsentGiven, func(e *agent.ConsentEvent) { e.Terms = nil }, agent.CodeConsentTermsIncomplete},
		{[]string{"notice_shown"}, agent.ConsentGiven, func(e *agent.ConsentEvent) { e.Terms.ExpiresAt = e.At }, agent.CodeConsentTermsIncomplete},
		{[]string{"notice_shown"}, agent.ConsentGiven, func(e *agent.ConsentEvent) { e.Terms.Purposes = nil }, agent.CodeConsentTermsIncomplete},
		{[]string{"notice_shown"}, agent.ConsentGiven, func(e *agent.ConsentEvent) { e.Terms.Categories = nil }, agent.CodeConsentTermsIncomplete},
		{[]string{"notice_shown"}, agent.ConsentGiven, func(e *agent.ConsentEvent) { e.Terms.Form = "" }, agent.CodeConsentTermsIncomplete},
		{[]string{"notice_shown"}, agent.ConsentGiven, func(e *agent.ConsentEvent) { e.Terms.Recipients = []string{"other"} }, agent.CodeConsentRecipientUnnamed},
		{[]string{"notice_shown"}, agent.ConsentGiven, func(e *agent.ConsentEvent) { e.Terms.Reasons = []string{"other"} }, agent.CodeConsentRecipientUnnamed},
		{[]string{"notice_shown"}, agent.ConsentGiven, func(e *agent.ConsentEvent) { e.Terms.Form = "written" }, agent.CodeConsentEvidenceMissing},
		{[]string{"notice_shown"}, agent.ConsentGiven, func(e *agent.ConsentEvent) { e.Actor = agent.ActorLender }, agent.CodeConsentActorUnfit},
		{[]string{"notice_shown"}, agent.ConsentGiven, func(e *agent.ConsentEvent) { e.Actor = agent.ActorGuardian }, agent.CodeConsentActorUnfit},
		{[]string{"notice_shown"}, agent.ConsentNotice, func(e *agent.ConsentEvent) { e.Actor = agent.ActorSubject }, agent.CodeConsentActorUnfit},
		{[]string{"notice_shown", "requested"}, agent.ConsentDeferred, nil, ""},
		{[]string{"notice_shown", "requested", "request_deferred"}, agent.ConsentRefused, nil, ""},
		{[]string{"notice_shown", "requested", "refused"}, agent.ConsentRequested, nil, agent.CodeConsentReaskBlocked},
		{[]string{"notice_shown", "requested", "refused"}, agent.ConsentGiven, nil, ""}, // of one's own accord
		{[]string{"notice_shown", "given"}, agent.ConsentGiven, nil, agent.CodeConsentTransitionUnfit},
		{[]string{"notice_shown", "given"}, agent.ConsentRenewed, nil, ""},
		{[]string{"notice_shown", "given"}, agent.ConsentRefused, nil, agent.CodeConsentTransitionUnfit},
		{[]string{"notice_shown", "given"}, agent.ConsentRevoked, nil, ""},
		{[]string{"notice_shown", "given"}, agent.ConsentInvalidated, nil, ""},
		{[]string{"notice_shown", "given"}, agent.ConsentInvalidated, func(e *agent.ConsentEvent) { e.Actor = agent.ActorSubject }, agent.CodeConsentActorUnfit},
		{[]string{"notice_shown", "given", "withdrawn"}, agent.ConsentRenewed, nil, agent.CodeConsentTransitionUnfit},
		{[]string{"notice_shown", "given", "withdrawn"}, agent.ConsentRequested, nil, agent.CodeConsentReaskBlocked},
		{[]string{"notice_shown", "given", "withdrawn"}, agent.ConsentGiven, nil, ""},
	} {
		b := newBench(t, nil)
		b.record(t, c.before...)
		e := b.event(c.kind, len(c.before))
		if len(c.before) == 0 {
			e.Header = header()
		}
		if c.edit != nil {
			c.edit(&e)
		}
		_, err := b.RecordConsent(ctx, agent.NewPersonal(numberA), e)
		if got := codesOf(err); (c.want == "") != (err == nil) || c.want != "" && !slices.Contains(got, c.want) {
			t.Errorf("%v then %s = %v, want %q", c.before, c.kind, err, c.want)
		}
	}
}

func TestRecordConsent_askingAgainWaits(t *testing.T) {
	b := newBench(t, nil)
	b.record(t, "notice_shown", "requested", "refused")
	start := b.now
	ask := func(id, purpose string) error {
		n, r := b.event(agent.ConsentNotice, 1000), b.event(agent.ConsentRequested, 1000)
		n.Header = header()
		r.Terms.Purposes = []string{purpose}
		n.Consent, r.Consent = id, id
		if _, err := b.RecordConsent(ctx, agent.NewPersonal(numberA), n); err != nil {
			t.Fatal(err)
		}
		_, err := b.RecordConsent(ctx, agent.NewPersonal(numberA), r)
		return err
	}
	// Under another record too: it is the purpose that counts.
	if got := codesOf(ask("consent-2", "overdue")); !slices.Equal(got, []agent.Code{agent.CodeConsentReaskBlocked}) {
		t.Errorf("asking again at once = %v", got)
	}
	if err := ask("consent-3", "application"); err != nil {
		t.Errorf("asking for something else = %v", err)
	}
	b.now = start.Add((reask - 1000) * time.Second)
	if got := codesOf(ask("consent-4", "overdue")); len(got) != 1 {
		t.Errorf("asking again a moment early = %v", got)
	}
	b.now = start.Add(reask * time.Second)
	if err := ask("consent-5", "overdue"); err != nil {
		t.Errorf("asking again after the block = %v", err)
	}
}

func TestRecordConsent_childWantsAGuardian(t *testing.T) {
	b := newBench(t, nil)
	b.now = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for number, want := range map[string]agent.Code{numberChild: agent.CodeConsentGuardianMissing, "not a number": agent.CodeConsentAgeUnknown} {
		n, e := b.event(agent.ConsentNotice, 0), b.event(agent.ConsentGiven, 1)
		n.Header = header()
		n.Consent = fmt.Sprintf("c-%d", len(number))
		e.Consent = n.Consent
		if _, err := b.RecordConsent(ctx, agent.NewPersonal(number), n); err != nil {
			t.Fatal(err)
		}
		_, err := b.RecordConsent(ctx, agent.NewPersonal(number), e)
		if !slices.Equal(codesOf(err), []agent.Code{want}) {
			t.Errorf("without a guardian = %v, want %s", err, want)
		}
		e.Actor, e.ActorRef = agent.ActorGuardian, "guardianship-1"
		if _, err := b.RecordConsent(ctx, agent.NewPersonal(number), e); err != nil {
			t.Errorf("with a guardian = %v", err)
		}
	}
}

func TestRecordConsent_isChainedSignedAndStoredOnce(t *testing.T) {
	b := newBench(t, nil)
	b.record(t, "notice_shown", "requested", "given")
	out, err := b.RecordConsent(ctx, agent.NewPersonal(numberA), b.event(agent.ConsentGiven, 2))
	if err != nil || !out.Known || len(out.Record.Events) != 3 {
		t.Errorf("the same event again = %v, %v", out, err)
	}
	r, err := b.Consent(ctx, "consent-1")
	if err != nil || len(r.Events) != 3 || r.State(b.now.Unix()) != agent.ConsentGiven {
		t.Fatalf("Consent = %v", err)
	}
	if got := r.State(b.now.Unix() + 366*86400); got != agent.ConsentExpired {
		t.Errorf("a year later the state is %s", got)
	}
	for i := range r.Events {
		if i > 0 && r.Events[i].Prev != r.Events[i-1].Digest() {
			t.Errorf("event %d does not follow", i+1)
		}
	}
	if r.Header().RecordID == "" || r.Subject.IsZero() {
		t.Error("the record has no id of its own")
	}
	// Another person cannot have the same record, and nothing of that is kept.
	_, err = b.RecordConsent(ctx, agent.NewPersonal(numberB), b.event(agent.ConsentWithdrawn, 9))
	if !slices.Equal(codesOf(err), []agent.Code{agent.CodeConsentSubjectUnfit}) {
		t.Errorf("another person's event = %v", err)
	}
	if _, ok, _ := b.Subject(ctx, agent.IndexNumber, agent.NewPersonal(numberB)); ok {
		t.Error("a refused event made a person known")
	}
	if _, err := b.Consent(ctx, "consent-9"); !errors.Is(err, agent.ErrUnknownConsent) {
		t.Errorf("Consent of an unknown id = %v", err)
	}
}

func TestConsent_isOpenedOnTheRecordOrNotAtAll(t *testing.T) {
	b := newBench(t, nil)
	b.record(t, "notice_shown", "given")
	n := len(b.store.Entries())
	if _, err := b.Consent(ctx, "consent-1"); err != nil {
		t.Fatal(err)
	}
	if got := b.store.Entries(); len(got) != n+1 || got[n].Kind != "open" {
		t.Errorf("opening a consent left %d entries", len(got)-n)
	}
	b.rules.use = func(*agent.UseInput) agent.Decision { return deny("use.basis_unknown") }
	if r, err := b.Consent(ctx, "consent-1"); r != nil || !slices.Equal(codesOf(err), []agent.Code{"use.basis_unknown"}) {
		t.Errorf("Consent against the rules = %v, %v", r, err)
	}
}

// forged changes what is read of the ledger.
type forged struct {
	*agenttest.Memory
	change func([][]byte) [][]byte
}

func (s *forged) Consents(ctx context.Context, g *agent.Grant) ([][]byte, error) {
	rows, err := s.Memory.Consents(ctx, g)
	if s.change != nil {
		rows = s.change(rows)
	}
	return rows, err
}

func TestConsent_tellsWhatWasChanged(t *testing.T) {
	var s *forged
	b := newBench(t, func(m *agenttest.Memory) agent.Store { s = &forged{Memory: m}; return s })
	b.record(t, "notice_shown", "given", "withdrawn")
	for name, change := range map[string]func([][]byte) [][]byte{
		"last event dropped and one before": func(r [][]byte) [][]byte { return r[:0] },
		"middle event dropped":              func(r [][]byte) [][]byte { return [][]byte{r[0], r[2]} },
		"first event dropped":               func(r [][]byte) [][]byte { return r[1:] },
		"order changed":                     func(r [][]byte) [][]byte { return [][]byte{r[0], r[2], r[1]} },
		"signature changed":                 func(r [][]byte) [][]byte { r[2][len(r[2])-1] ^= 1; return r },
		"byte too many":                     func(r [][]byte) [][]byte { r[0] = append(r[0], 0); return r },
	} {
		s.change = change
		if _, err := b.Consent(ctx, "consent-1"); !errors.Is(err, agent.ErrCorrupt) {
			t.Errorf("%s: Consent = %v", name, err)
		}
	}
}

func TestVerify_ledgerWinsOverTheFile(t *testing.T) {
	b := newBench(t, nil)
	b.byConsent()
	b.record(t, "notice_shown", "given", "withdrawn")
	r := b.must(t, file("case-1", numberA, 1)) // the file says given
	if len(r.Denials) == 0 || r.Denials[0].Codes[0] != "use.consent_withdrawn" || r.Leaves != nil {
		t.Errorf("a withdrawn consent answers %v", r.Denials)
	}
	fd, err := b.Show(ctx, "case-1")
	if err != nil || fd.Legal.Consent.State != agent.ConsentWithdrawn {
		t.Errorf("the finding keeps the state %q, %v", fd.Legal.Consent.State, err)
	}
	// Given again, the same bytes are a new question: the ground is another.
	if _, err := b.RecordConsent(ctx, agent.NewPersonal(numberA), b.event(agent.ConsentGiven, 5)); err != nil {
		t.Fatal(err)
	}
	if r := b.must(t, file("case-1", numberA, 1)); len(r.Denials) > 0 || r.Leaves == nil {
		t.Errorf("a consent given again answers %v", r.Denials)
	}
}

func TestVerify_fileSpeaksForAConsentThatTheLedgerLacks(t *testing.T) {
	b := newBench(t, nil)
	b.byConsent()
	b.record(t, "notice_shown", "given", "withdrawn")
	f := file("case-1", numberA, 1)
	f.Legal.Consent.ID = "consent-7"
	if r := b.must(t, f); len(r.Denials) > 0 {
		t.Errorf("the file's own consent answers %v", r.Denials)
	}
	defer func(l agent.LedgerConfig) { ledger = l }(ledger)
	ledger.Only = true
	b = newBench(t, nil)
	b.byConsent()
	f = file("case-1", numberA, 1)
	if r := b.must(t, f); len(r.Denials) == 0 {
		t.Error("with the ledger alone a consent that it lacks counts")
	}
	if f.Legal.Consent.State != "given" {
		t.Error("the caller's file was changed")
	}
}

func TestRecordConsent_withdrawalSupersedesWhatRestedOnIt(t *testing.T) {
	b := newBench(t, nil)
	b.byConsent()
	b.record(t, "notice_shown", "given")
	b.must(t, file("case-1", numberA, 1))
	leaves := b.must(t, file("case-1", numberA, 1)).Leaves
	contract := file("case-2", numberA, 2)
	contract.Legal.Basis = agent.BasisContract
	b.must(t, contract)
	duty := file("case-3", numberA, 3)
	duty.Legal.Basis = agent.BasisLegalDuty
	b.must(t, duty)
	other := file("case-4", numberA, 4)
	other.Legal.Consent.ID = "consent-7"
	b.must(t, other)

	out, err := b.RecordConsent(ctx, agent.Personal{}, b.event(agent.ConsentWithdrawn, 5))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range out.Effects {
		got = append(got, fmt.Sprintf("%s %s %v", e.Case, e.Stands, len(e.Denials) > 0))
	}
	want := []string{"case-1  true", "case-2 consent.contract_carries false", "case-3 consent.duty_carries false"}
	if !slices.Equal(got, want) {
		t.Errorf("effects are %q, want %q", got, want)
	}
	if out.Effects[0].Verdict != leaves.ID {
		t.Error("the verdict that left is not named")
	}
	fd, err := b.Show(ctx, "case-1")
	if err != nil || fd.Result.Leaves != nil || fd.Result.Facts != nil || fd.Result.Recalled == nil || fd.Result.Recalled.ID != leaves.ID ||
		fd.Legal.Consent.State != agent.ConsentWithdrawn {
		t.Errorf("the case shows %+v, %v", fd.Result, err)
	}
	if fd, _ = b.Show(ctx, "case-2"); fd.Result.Stands != agent.CodeConsentContractCarries || fd.Result.Leaves == nil {
		t.Errorf("the case on a contract shows %+v", fd.Result)
	}
	if ids, _ := b.store.Unsettled(ctx); len(ids) > 0 {
		t.Error("the mark stays")
	}
	// Withdrawn again nothing more happens.
	if out, err = b.RecordConsent(ctx, agent.Personal{}, b.event(agent.ConsentWithdrawn, 5)); err != nil || !out.Known || len(out.Effects) > 0 {
		t.Errorf("withdrawn again = %+v, %v", out, err)
	}
	// A new verdict of the case says which one it takes the place of.
	if _, err := b.RecordConsent(ctx, agent.NewPersonal(numberA), b.event(agent.ConsentGiven, 6)); err != nil {
		t.Fatal(err)
	}
	if r := b.must(t, file("case-1", numberA, 1)); r.Leaves == nil || r.Leaves.Supersedes != leaves.ID {
		t.Errorf("after a new consent %+v leaves", r.Leaves)
	}
}

// retracting lets all claims of an answer leave, and of a denied case that what
// the recipient has holds no longer.
func retracting(in *agent.DiscloseInput) agent.Disclosure {
	switch {
	case !in.Denied:
		return agent.Disclosure{Decision: allow, Claims: everyClaim, ValidFor: 60}
	case in.Recall:
		return agent.Disclosure{Decision: allow, ValidFor: 60, Retraction: true}
	}
	return agent.Disclosure{Decision: deny("disclose.case_denied")}
}

func TestRecordConsent_withdrawalTakesBackWhatLeft(t *testing.T) {
	b := newBench(t, nil)
	b.byConsent()
	b.rules.disclose = retracting
	b.record(t, "notice_shown", "given")
	left := b.must(t, file("case-1", numberA, 1)).Leaves
	first := b.payloads[len(b.payloads)-1]
	out, err := b.RecordConsent(ctx, agent.Personal{}, b.event(agent.ConsentWithdrawn, 5))
	if err != nil || len(out.Effects) != 1 || out.Effects[0].Superseded == "" || out.Effects[0].Verdict != left.ID || len(out.Effects[0].Denials) == 0 {
		t.Fatalf("RecordConsent = %+v, %v", out, err)
	}
	v := b.payloads[len(b.payloads)-1]
	empty := agent.Claims{Outcome: agent.NotAvailable, Assurance: agent.NotAvailable, Class: agent.NotAvailable, Band: agent.NotAvailable,
		Disposition: agent.NotAvailable}
	if v.ID != out.Effects[0].Superseded || v.Supersedes != left.ID || !reflect.DeepEqual(v.Claims, empty) || v.Basis != "" || v.Consent != [32]byte{} ||
		v.Subject != first.Subject {
		t.Errorf("what leaves is %+v", v)
	}
	if q := b.queue(t); len(q) != 2 || q[1].ID != v.ID {
		t.Errorf("%d items wait, want the verdict and the one that takes it back", len(q))
	}
	// It is an answer to keep; and once taken back there is nothing to take back.
	if r := b.must(t, file("case-1", numberA, 1)); len(r.Denials) == 0 || r.Leaves == nil || r.Leaves.ID != v.ID || !r.Leaves.Retraction() || r.Recalled != nil {
		t.Errorf("asked again the case answers %+v", r)
	}
	if r := b.must(t, file("case-1", numberA, 2)); r.Leaves != nil || r.Recalled == nil || r.Recalled.ID != v.ID {
		t.Errorf("with other bytes the case answers %+v", r)
	}
	if q := b.queue(t); len(q) != 2 {
		t.Errorf("%d items wait, want no more", len(q))
	}
	// What comes later follows it, and knows of its cost: none.
	if _, err := b.RecordConsent(ctx, agent.NewPersonal(numberA), b.event(agent.ConsentGiven, 6)); err != nil {
		t.Fatal(err)
	}
	r := b.must(t, file("case-1", numberA, 1))
	if r.Leaves == nil || r.Leaves.Supersedes != v.ID || r.Leaves.Retraction() {
		t.Errorf("after a new consent %+v leaves", r.Leaves)
	}
	if spent := b.rules.spent[len(b.rules.spent)-1]; spent != agent.Bits(everyClaim) {
		t.Errorf("spent = %d, want what one verdict costs", spent)
	}
}

func TestVerify_deniedFileTakesBackWhatLeft(t *testing.T) {
	b := newBench(t, nil)
	b.rules.disclose = retracting
	left := b.must(t, file("case", numberA, 1)).Leaves
	b.rules.collect = func(*agent.CollectInput) agent.Decision { return deny("collect.notice_missing") }
	elsewhere := file("case", numberA, 2)
	elsewhere.Case.Recipient = "other"
	if r := b.must(t, elsewhere); r.Leaves != nil || r.Recalled == nil || r.Recalled.ID != left.ID {
		t.Errorf("a platform that has nothing of the case is told %+v", r.Leaves)
	}
	r := b.must(t, file("case", numberA, 3))
	if r.Leaves == nil || !r.Leaves.Retraction() || r.Leaves.Supersedes != left.ID || r.Facts != nil {
		t.Errorf("a denied file answers %+v", r)
	}
	if r := b.must(t, file("new", numberA, 4)); r.Leaves != nil {
		t.Errorf("of a case of which nothing left, %+v leaves", r.Leaves)
	}
	// The consent ends of a case that was denied: nothing rested on it.
	b.record(t, "notice_shown", "given")
	out, err := b.RecordConsent(ctx, agent.Personal{}, b.event(agent.ConsentWithdrawn, 5))
	if err != nil || len(out.Effects) != 0 {
		t.Errorf("RecordConsent = %+v, %v", out, err)
	}
}

// What could not be taken back is not forgotten.
func TestVerify_deniedFileRemembersWhatLeft(t *testing.T) {
	b := newBench(t, nil)
	left := b.must(t, file("case", numberA, 1)).Leaves
	b.rules.collect = func(*agent.CollectInput) agent.Decision { return deny("collect.notice_missing") }
	for i := range byte(2) {
		if r := b.must(t, file("case", numberA, 2+i)); r.Leaves != nil || r.Recalled == nil || r.Recalled.ID != left.ID {
			t.Errorf("a denied file answers %+v", r)
		}
	}
	b.rules.collect = nil
	if r := b.must(t, file("case", numberA, 4)); r.Leaves == nil || r.Leaves.Supersedes != left.ID || r.Recalled != nil {
		t.Errorf("the next answer is %+v", r)
	}
}

// Rules that let a claim of a denied case leave, or take back without need, or
// hide an answer behind a retraction, let nothing leave.
func TestVerify_retractionIsForDeniedCasesAlone(t *testing.T) {
	claims := agent.Disclosure{Decision: allow, Claims: everyClaim, ValidFor: 60}
	retraction := agent.Disclosure{Decision: allow, ValidFor: 60, Retraction: true}
	denied := func(*agent.CollectInput) agent.Decision { return deny("collect.notice_missing") }
	for name, c := range map[string]struct {
		left    bool // a verdict before
		collect func(*agent.CollectInput) agent.Decision
		answer  agent.Disclosure
	}{
		"claims of a denied case":                 {true, denied, claims},
		"a retraction where nothing left":         {false, denied, retraction},
		"a retraction of a case that is answered": {true, nil, retraction},
		"both": {true, denied, agent.Disclosure{Decision: deny("disclose.case_denied"), ValidFor: 60, Retraction: true}},
	} {
		b := newBench(t, nil)
		if c.left {
			b.must(t, file("case", numberA, 1))
		}
		b.rules.collect = c.collect
		b.rules.disclose = func(*agent.DiscloseInput) agent.Disclosure { return c.answer }
		if r := b.must(t, file("case", numberA, 2)); r.Leaves != nil || (r.Recalled != nil) != c.left {
			t.Errorf("%s: %+v leaves", name, r.Leaves)
		}
	}
}

// The process dies at each durable step of a withdrawal in turn. Whatever was
// there, the next start ends it, and asking again finds it ended.
func TestRecordConsent_isFinishedAfterACrashAtEachStep(t *testing.T) {
	for step := 1; ; step++ {
		for _, kept := range []bool{false, true} {
			var s *between
			b := newBench(t, func(m *agenttest.Memory) agent.Store { s = &between{Memory: m}; return s })
			b.byConsent()
			b.rules.disclose = retracting
			b.record(t, "notice_shown", "given")
			for i := range 3 {
				b.must(t, file(fmt.Sprintf("case-%d", i), numberA, byte(i)))
			}
			calls := 0
			s.after = func() error {
				calls++
				if calls == step {
					b.store.FailNext(kept)
				}
				if calls > step {
					return agent.ErrClosed // the process is gone
				}
				return nil
			}
			_, err := b.RecordConsent(ctx, agent.Personal{}, b.event(agent.ConsentWithdrawn, 5))
			s.after = nil
			if calls < step {
				if err != nil {
					t.Fatalf("RecordConsent = %v", err)
				}
				if step < 6 {
					t.Errorf("a withdrawal with three cases takes %d commits: too few to mean anything", step-1)
				}
				return
			}
			if err == nil {
				t.Errorf("step %d failed and nobody was told", step)
			}
			if err := b.SettleConsents(ctx); err != nil { // the next start
				t.Fatalf("step %d: SettleConsents = %v", step, err)
			}
			r, err := b.Consent(ctx, "consent-1")
			if err != nil {
				t.Fatal(err)
			}
			withdrawn := r.State(b.now.Unix()) == agent.ConsentWithdrawn
			if !withdrawn && (step > 1 || kept) {
				t.Errorf("step %d: the event was durable and is gone", step)
			}
			for i := range 3 {
				fd, err := b.Show(ctx, fmt.Sprintf("case-%d", i))
				if err != nil || fd.Result.Leaves.Retraction() != withdrawn {
					t.Errorf("step %d, kept %v: withdrawn %v, and the case shows %+v, %v", step, kept, withdrawn, fd.Result, err)
				}
			}
			back := map[string]int{}
			for _, q := range b.queue(t) {
				var v agent.Verdict
				if err := json.Unmarshal(q.Payload, &v); err != nil {
					t.Fatal(err)
				}
				if back[v.ID]++; v.Supersedes != "" {
					back[v.Supersedes] += 10
				}
			}
			for id, n := range back {
				if n != 1 && n != 11 {
					t.Errorf("step %d, kept %v: %s is taken back otherwise than once", step, kept, id)
				}
			}
			if want := map[bool]int{false: 3, true: 6}[withdrawn]; len(back) != want {
				t.Errorf("step %d, kept %v: %d verdicts wait, want %d", step, kept, len(back), want)
			}
			if out, err := b.RecordConsent(ctx, agent.Personal{}, b.event(agent.ConsentWithdrawn, 5)); err != nil || out.Known != withdrawn {
				t.Errorf("step %d: asking again = %+v, %v", step, out, err)
			}
		}
	}
}

// A case that is decided while its consent is withdrawn is decided again, also
// when nothing would have left.
func TestVerify_losesToAWithdrawalMeanwhile(t *testing.T) {
	for _, leaves := range []bool{true, false} {
		var s *between
		b := newBench(t, func(m *agenttest.Memory) agent.Store { s = &between{Memory: m}; return s })
		b.byConsent()
		b.record(t, "notice_shown", "given")
		if !leaves {
			b.rules.disclose = func(*agent.DiscloseInput) agent.Disclosure {
				return agent.Disclosure{Decision: deny("disclose.recipient_unknown")}
			}
		}
		s.before = func() {
			if _, err := b.RecordConsent(ctx, agent.Personal{}, b.event(agent.ConsentWithdrawn, 5)); err != nil {
				t.Error(err)
			}
		}
		if r := b.must(t, file("case-1", numberA, 1)); r.Leaves != nil || r.Facts != nil {
			t.Errorf("leaves %v: a case was answered on a consent that was withdrawn before", leaves)
		}
	}
}

// opening is a store that says what was opened.
type opening struct {
	*agenttest.Memory
	seen []string
}

func (s *opening) Records(ctx context.Context, g *agent.Grant) ([]agent.StoredRecord, error) {
	s.seen = append(s.seen, "records")
	return s.Memory.Records(ctx, g)
}

func (s *opening) Case(ctx context.Context, g *agent.Grant, slot agent.Slot) (agent.StoredCase, error) {
	s.seen = append(s.seen, "finding")
	return s.Memory.Case(ctx, g, slot)
}

func (s *opening) History(ctx context.Context, g *agent.Grant, slot agent.Slot) ([]agent.StoredCase, error) {
	s.seen = append(s.seen, "finding")
	return s.Memory.History(ctx, g, slot)
}

func (s *opening) Consents(ctx context.Context, g *agent.Grant) ([][]byte, error) {
	s.seen = append(s.seen, "consent")
	return s.Memory.Consents(ctx, g)
}

// recorded returns what an entry says was opened.
func recorded(t *testing.T, e *agent.Entry) []string {
	t.Helper()
	var p struct {
		Points map[string][]string
		Opened []string
	}
	if err := json.Unmarshal(e.Public, &p); err != nil {
		t.Fatalf("%s does not read: %v", e.Kind, err)
	}
	use := p.Points["use"]
	switch allowed := len(use) > 0 && use[0] == "allow"; {
	case !allowed || e.Kind == "open":
		return p.Opened
	case e.Kind == "consent":
		return []string{"consent"}
	}
	return append(p.Opened, "records")
}

// Whatever was opened on the way to an answer is in the journal when the answer
// is there, also where nothing was decided, or something denied.
func TestJournal_holdsEveryOpening(t *testing.T) {
	var s *opening
	b := newBench(t, func(m *agenttest.Memory) agent.Store { s = &opening{Memory: m}; return s })
	b.byConsent()
	b.rules.disclose = retracting
	record := func(kind string, n int) func() error {
		return func() error {
			e := b.event(kind, n)
			if n == 0 {
				e.Header = header()
			}
			_, err := b.RecordConsent(ctx, agent.NewPersonal(numberA), e)
			return err
		}
	}
	verify := func(id string, version byte, edit func(*agent.File)) func() error {
		return func() error {
			f := file(id, numberA, version)
			if edit != nil {
				edit(f)
			}
			_, err := b.Verify(ctx, f)
			return err
		}
	}
	take := func(version byte, edit func(*agent.File)) func() error {
		return func() error {
			f := file("", numberA, version)
			if edit != nil {
				edit(f)
			}
			_, err := b.Import(ctx, f)
			return err
		}
	}
	denied := func(f *agent.File) {
		f.Legal.Consent.ID = "consent-7"
		f.Legal.Consent.State = "refused"
	}
	for _, act := range []struct {
		what string
		do   func() error
		want string // what is opened, each kind once, sorted
		code agent.Code
	}{
		{"first event", record(agent.ConsentNotice, 0), "", ""},
		{"second event", record(agent.ConsentGiven, 1), "consent", ""},
		{"the same event", record(agent.ConsentGiven, 1), "consent", ""},
		{"an event that is refused", record(agent.ConsentGiven, 2), "consent", agent.CodeConsentTransitionUnfit},
		{"a case", verify("case", 1, nil), "consent", ""},
		{"the same case", verify("case", 1, nil), "consent finding", ""},
		{"the case in other words", verify("case", 2, nil), "consent finding records", ""},
		{"the case denied", verify("case", 3, denied), "consent finding", ""},
		{"the case as before", verify("case", 4, nil), "consent finding records", ""},
		{"evidence alone", take(5, nil), "consent", ""},
		{"evidence denied", take(6, denied), "consent", "use.consent_withdrawn"},
		{"a consent shown", func() error { _, err := b.Consent(ctx, "consent-1"); return err }, "consent", ""},
		{"a case shown", func() error { _, err := b.Show(ctx, "case"); return err }, "finding", ""},
		{"a history", func() error { _, err := b.History(ctx, "case"); return err }, "finding", ""},
		{"a withdrawal", record(agent.ConsentWithdrawn, 5), "consent finding", ""},
		{"withdrawn again", record(agent.ConsentWithdrawn, 5), "consent finding", ""},
	} {
		s.seen = nil
		before := len(b.store.Entries())
		if err := act.do(); (err != nil) != (act.code != "") || act.code != "" && !slices.Contains(codesOf(err), act.code) {
			t.Fatalf("%s = %v", act.what, err)
		}
		slices.Sort(s.seen)
		seen := slices.Compact(s.seen)
		if strings.Join(seen, " ") != act.want {
			t.Errorf("%s opens %q, want %q", act.what, seen, act.want)
		}
		var told []string
		for _, e := range b.store.Entries()[before:] {
			told = append(told, recorded(t, &e)...)
		}
		for _, what := range seen {
			if !slices.Contains(told, what) {
				t.Errorf("%s opens %s, and the journal does not say so", act.what, what)
			}
		}
	}
}

// The same event again is shown only once the journal has that it was opened.
func TestRecordConsent_knownEventIsOnTheRecordFirst(t *testing.T) {
	b := newBench(t, nil)
	b.record(t, "notice_shown", "given")
	b.store.FailNext(false)
	out, err := b.RecordConsent(ctx, agent.NewPersonal(numberA), b.event(agent.ConsentGiven, 1))
	if !errors.Is(err, agent.ErrUncertain) || out != nil {
		t.Errorf("RecordConsent = %+v, %v, want no record and ErrUncertain", out, err)
	}
}
