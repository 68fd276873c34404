package agenttest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// A Rig is a fresh store under test, with the hands to break it.
type Rig struct {
	Backend
	// FailNext makes the next commit report [agent.ErrUncertain] although it
	// is durable (kept) or lost.
	FailNext func(kept bool)
	// SetFull makes the disk look full.
	SetFull func(bool)
}

// Platform is the one that the suite's writes queue for.
const Platform = "platform-a"

// TestStore holds a store to the contracts of [agent.Store] and [agent.Outbox].
// open returns a fresh one for each part and closes it with t.
func TestStore(t *testing.T, open func(t testing.TB) *Rig) {
	for _, part := range []struct {
		name string
		run  func(t *testing.T, r *Rig)
	}{
		{"Empty_knowsNobody", testEmpty},
		{"Commit_isReadBack", testReadBack},
		{"Commit_refusesUnsoundWrites", testUnsound},
		{"Commit_conflictsWriteNothing", testConflicts},
		{"Commit_sameRecordIsStoredOnce", testRecordsOnce},
		{"Commit_oneOfManyRivalsWins", testRivals},
		{"Commit_numbersWithoutGaps", testNumbers},
		{"Commit_entryWithoutSubject", testBareEntry},
		{"Commit_longRecord", testLongRecord},
		{"Commit_faultsBothWays", testFaults},
		{"Commit_fullDiskWritesNothing", testFull},
		{"Relink_movesTheCase", testRelink},
		{"Relink_onlyFromAnonymous", testRelinkRefused},
		{"Grant_opensItsScopeOnce", testGrants},
		{"History_keepsWhatWasSuperseded", testHistory},
		{"Cases_listsEachOnce", testCases},
		{"Consents_areAppendedInOrder", testConsents},
		{"Unsettled_staysUntilSettled", testUnsettled},
		{"Reviews_enterAndLeaveWithAFinding", testReviews},
		{"Delivered_removesByDigest", testDelivered},
		{"Erase_leavesTombstones", testErase},
		{"Erase_faultsBothWays", testEraseFaults},
		{"Erase_underLoad", testEraseUnderLoad},
		{"Context_isHeeded", testContext},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, open(t)) })
	}
}

var ctx = context.Background()

// A Person is a subject of the suite, with the write that makes it.
type Person struct {
	ID     agent.SubjectID
	Number []byte
	Case   []byte
	Slot   agent.Slot
	Write  *agent.Write
}

// NewPerson returns the n-th synthetic person and a write that makes it: an
// identity number that is nobody's, ten records, a finding, a queued verdict.
func NewPerson(n int) *Person {
	p := &Person{ID: agent.NewSubjectID(), Number: fmt.Appendf(nil, "99%06d19000101%04d", n/10000, n%10000), Case: fmt.Appendf(nil, "case-%d", n)}
	binary.BigEndian.PutUint64(p.Slot[8:], uint64(n)+1)
	records := Records(n)
	p.Write = &agent.Write{
		Subject: p.ID, New: true,
		Index: []agent.IndexEntry{
			{Kind: agent.IndexNumber, Value: p.Number, Ref: agent.Ref{Subject: p.ID}},
			{Kind: agent.IndexCase, Value: p.Case, Ref: agent.Ref{Subject: p.ID, Slot: p.Slot}},
		},
		Records: records, Retain: make([]int64, len(records)),
		Profile: &agent.Profile{Aliases: map[string]agent.Alias{Platform: {Sub: [16]byte(p.ID), Salt: [16]byte{1}}},
			Disclosed: []agent.Disclosed{{Platform: Platform, At: 1700000000, Bits: 9000}}},
		Slot: p.Slot, Version: 1, Finding: fmt.Appendf(nil, `{"finding":%d,"canary":"findingcanary"}`, n),
		Entry: withBody(entry("verify")),
	}
	for i := range p.Write.Retain {
		p.Write.Retain[i] = 1900000000
	}
	p.Queue(fmt.Sprintf("verdict-%d-1", n))
	return p
}

// entry is a journal entry in valid form.
func entry(kind string) agent.Entry {
	return agent.Entry{Kind: kind, At: 1700000000_000, Public: []byte(`{"purpose":"overdue"}`)}
}

func withBody(e agent.Entry) agent.Entry {
	e.Body = []byte(`{"canary":"bodycanary"}`)
	return e
}

// Queue adds a verdict to the person's write.
func (p *Person) Queue(id string) {
	w := p.Write
	w.Platform, w.VerdictID = Platform, id
	w.Payload = func(seq uint64, prev [32]byte) []byte {
		return fmt.Appendf(nil, `{"jti":%q,"seq":%d,"prev":"%x","canary":"payloadcanary"}`, id, seq, prev)
	}
}

// Supersede turns the person's write into the one that answers again.
func (p *Person) Supersede(version uint64) *agent.Write {
	w := *p.Write
	w.New, w.Version = false, version
	w.Index = w.Index[1:]
	w.Records, w.Retain, w.Profile = nil, nil, nil
	w.Finding = fmt.Appendf(nil, `{"version":%d}`, version)
	q := &Person{Write: &w}
	q.Queue(fmt.Sprintf("%s-v%d", p.Case, version))
	return &w
}

// Records returns ten records of ten categories with made-up content.
func Records(n int) []agent.Record {
	number := fmt.Sprintf("99%06d19000101%04d", n/10000, n%10000)
	months := make([]agent.MonthAmount, 12)
	for i := range months {
		months[i] = agent.MonthAmount{Month: agent.Date(20250001 + 100*(i+1)), Amount: int64(800000 + n)}
	}
	owed := make([]agent.Obligation, 10)
	for i := range owed {
		owed[i] = agent.Obligation{Kind: "consumer_loan", Lender: fmt.Sprintf("L%02d", i), Balance: 100000, Monthly: 10000, Since: 20240101}
	}
	data := []agent.Datum{
		&agent.Identity{Name: agent.NewPersonal("测试人"), Number: agent.NewPersonal(number), IssuedOn: 20200101, ExpiresOn: 20400101},
		&agent.Phone{Number: agent.NewPersonal("19900000001")},
		&agent.Cards{Numbers: []agent.Personal{agent.NewPersonal("6299990000000005")}},
		&agent.Loan{Product: "p1", Principal: agent.Known(1000000), RateBP: agent.Known(1800), Method: agent.MethodEqualInstalment, TermMonths: agent.Known(12), StartsOn: 20250101,
			Schedule: []agent.Instalment{{DueOn: 20250201, Principal: 80000, Interest: 15000}}},
		&agent.Claim{Reason: agent.ReasonJobLoss, StatedOn: 20250301, Since: 20250201},
		&agent.Proofs{Items: []agent.Proof{{Kind: agent.ProofTermination, Seen: agent.Yes, On: 20250201}}},
		&agent.Employment{Status: "employed", Since: 20200101},
		&agent.Income{DeclaredMonthly: agent.Known(1000000), Months: months, Verified: agent.Yes},
		&agent.Liabilities{Obligations: owed, Assets: agent.Known(5000000), Household: agent.Known(2), Region: "990000"},
		&agent.CreditReport{On: 20250301, Lenders: agent.Known(3), Balance: agent.Known(1000000)},
	}
	out := make([]agent.Record, len(data))
	for i, d := range data {
		out[i] = agent.Record{Category: d.Category(), Source: "lender", CollectedAt: 1700000000, Data: d}
	}
	return out
}

func commit(t testing.TB, r Backend, w *agent.Write) agent.Committed {
	t.Helper()
	c, err := r.Commit(ctx, w)
	if err != nil {
		t.Fatalf("Commit = %v", err)
	}
	return c
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func find(t testing.TB, r Backend, kind agent.IndexKind, value []byte) (agent.Ref, bool) {
	t.Helper()
	ref, ok, err := r.Find(ctx, kind, value)
	if err != nil {
		t.Fatalf("Find = %v", err)
	}
	return ref, ok
}

// openRecords opens records as a grant may ask for them: by name alone, and with
// what Held returned. Both ways must give the same number.
func openRecords(r Backend, id agent.SubjectID, cats ...agent.Category) ([]agent.StoredRecord, error) {
	scope := agent.GrantScope{Subject: id, Categories: cats}
	got, err := r.Records(ctx, UnauthorizedGrant(scope))
	if err != nil {
		return got, err
	}
	if scope.Held, err = r.Held(ctx, id); err != nil {
		return nil, err
	}
	again, err := r.Records(ctx, UnauthorizedGrant(scope))
	if err == nil && len(again) != len(got) {
		err = fmt.Errorf("Records with what Held returned gives %d, without it %d", len(again), len(got))
	}
	return again, err
}

func openCase(r Backend, id agent.SubjectID, slot agent.Slot) (agent.StoredCase, error) {
	return r.Case(ctx, UnauthorizedGrant(agent.GrantScope{Subject: id, Purpose: agent.PurposeOversight, Findings: true}), slot)
}

func allCategories(p *Person) []agent.Category {
	var cats []agent.Category
	for _, r := range p.Write.Records {
		cats = append(cats, r.Category)
	}
	return cats
}

func testEmpty(t *testing.T, r *Rig) {
	if _, ok := find(t, r, agent.IndexNumber, []byte("990000190001010000")); ok {
		t.Error("Find found somebody in an empty store")
	}
	id := agent.NewSubjectID()
	_, err := r.Profile(ctx, id)
	wantErr(t, "Profile of nobody", err, agent.ErrConflict)
	_, err = openRecords(r, id, agent.CatIdentity)
	wantErr(t, "Records of nobody", err, agent.ErrConflict)
	_, err = openCase(r, id, agent.Slot{1})
	wantErr(t, "Case of nobody", err, agent.ErrConflict)
	if held, err := r.Held(ctx, id); err != nil || len(held) > 0 {
		t.Errorf("Held of nobody = %v, %v", held, err)
	}
	_, err = r.Erase(ctx, erasure(id))
	wantErr(t, "Erase of nobody", err, agent.ErrUnknownSubject)
	if n, oldest, err := r.Depth(Platform); n != 0 || oldest != 0 || err != nil {
		t.Errorf("Depth = %d, %d, %v, want nothing", n, oldest, err)
	}
	if q, err := r.Next(ctx, Platform, 0, 10); len(q) != 0 || err != nil {
		t.Errorf("Next = %v, %v, want nothing", q, err)
	}
	if err := r.Delivered(ctx, Platform, []uint64{1}, [][32]byte{{}}); err != nil {
		t.Errorf("Delivered of an unknown number = %v, want nil", err)
	}
}

func testReadBack(t *testing.T, r *Rig) {
	p := NewPerson(1)
	added := r.Added(Platform)
	c := commit(t, r, p.Write)
	if c.Leaf != 0 || c.Seq != 1 {
		t.Errorf("Committed = %+v, want leaf 0, number 1", c)
	}
	select {
	case <-added:
	case <-time.After(5 * time.Second):
		t.Error("Added gave no signal")
	}
	if ref, ok := find(t, r, agent.IndexNumber, p.Number); !ok || ref != (agent.Ref{Subject: p.ID}) {
		t.Errorf("Find(number) = %v, %v", ref, ok)
	}
	if ref, ok := find(t, r, agent.IndexCase, p.Case); !ok || ref != (agent.Ref{Subject: p.ID, Slot: p.Slot}) {
		t.Errorf("Find(case) = %v, %v", ref, ok)
	}
	if _, ok := find(t, r, agent.IndexCase, p.Number); ok {
		t.Error("a number was found among the cases")
	}
	want := *p.Write.Profile
	want.Version = 1
	if got, err := r.Profile(ctx, p.ID); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Profile = %+v, %v, want %+v", got, err, want)
	}
	if held, err := r.Held(ctx, p.ID); err != nil || len(held) != 10 {
		t.Errorf("Held = %v, %v, want 10 categories", held, err)
	}
	got, err := openRecords(r, p.ID, allCategories(p)...)
	if err != nil || len(got) != 10 {
		t.Fatalf("Records = %d records, %v, want 10", len(got), err)
	}
	for _, g := range got {
		i := slices.IndexFunc(p.Write.Records, func(r agent.Record) bool { return r.Category == g.Category })
		if i < 0 || !reflect.DeepEqual(g.Record, p.Write.Records[i]) || g.RetainUntil != p.Write.Retain[i] {
			t.Errorf("record %s came back changed", g.Category)
		}
	}
	if sc, err := openCase(r, p.ID, p.Slot); err != nil || sc.Version != 1 || !bytes.Equal(sc.Finding, p.Write.Finding) {
		t.Errorf("Case = version %d, %v", sc.Version, err)
	}
	if sc, err := openCase(r, p.ID, agent.Slot{9}); err != nil || sc.Version != 0 || sc.Finding != nil {
		t.Errorf("Case of an empty slot = version %d, %v, want the zero case", sc.Version, err)
	}
	q, err := r.Next(ctx, Platform, 0, 10)
	if err != nil || len(q) != 1 {
		t.Fatalf("Next = %d items, %v, want 1", len(q), err)
	}
	wantItem := agent.Queued{Platform: Platform, Seq: 1, Kind: agent.QueuedVerdict, ID: p.Write.VerdictID,
		Payload: p.Write.Payload(1, [32]byte{}), Digest: c.Digest, At: 1700000000}
	if !reflect.DeepEqual(q[0], wantItem) || sha256.Sum256(q[0].Payload) != c.Digest {
		t.Errorf("Next = %+v, want %+v", q[0], wantItem)
	}
	if n, oldest, err := r.Depth(Platform); n != 1 || oldest != 1700000000 || err != nil {
		t.Errorf("Depth = %d, %d, %v", n, oldest, err)
	}
	// Answer again: another version, another verdict, the same subject.
	c2 := commit(t, r, p.Supersede(2))
	if c2.Leaf != 1 || c2.Seq != 2 {
		t.Errorf("Committed = %+v, want leaf 1, number 2", c2)
	}
	if sc, err := openCase(r, p.ID, p.Slot); err != nil || sc.Version != 2 {
		t.Errorf("Case = version %d, %v, want 2", sc.Version, err)
	}
	q, err = r.Next(ctx, Platform, 1, 10)
	if err != nil || len(q) != 1 || q[0].Seq != 2 || q[0].Prev != c.Digest {
		t.Errorf("Next after 1 = %+v, %v", q, err)
	}
	CheckWorld(t, r, Platform, nil)
}

func testUnsound(t *testing.T, r *Rig) {
	for name, spoil := range map[string]func(w *agent.Write){
		"no entry":               func(w *agent.Write) { w.Entry.Kind = "" },
		"no subject":             func(w *agent.Write) { w.Subject = agent.SubjectID{} },
		"no retention":           func(w *agent.Write) { w.Retain = w.Retain[1:] },
		"no platform":            func(w *agent.Write) { w.Platform = "" },
		"no verdict id":          func(w *agent.Write) { w.VerdictID = "" },
		"no payload":             func(w *agent.Write) { w.Payload = nil },
		"empty payload":          func(w *agent.Write) { w.Payload = func(uint64, [32]byte) []byte { return nil } },
		"no slot":                func(w *agent.Write) { w.Slot = agent.Slot{} },
		"no version":             func(w *agent.Write) { w.Version = 0 },
		"index of another":       func(w *agent.Write) { w.Index[0].Ref.Subject = agent.NewSubjectID() },
		"empty index value":      func(w *agent.Write) { w.Index[0].Value = nil },
		"record without content": func(w *agent.Write) { w.Records[0].Data = nil },
		"record misnamed":        func(w *agent.Write) { w.Records[0].Category = agent.CatPhone },
	} {
		w := NewPerson(1).Write
		spoil(w)
		if _, err := r.Commit(ctx, w); err == nil || errors.Is(err, agent.ErrUncertain) {
			t.Errorf("%s: Commit = %v, want a refusal", name, err)
		}
	}
	if c := commit(t, r, NewPerson(1).Write); c.Leaf != 0 || c.Seq != 1 {
		t.Errorf("Committed = %+v after refusals only, want leaf 0, number 1", c)
	}
}

func testConflicts(t *testing.T, r *Rig) {
	p := NewPerson(1)
	commit(t, r, p.Write)
	taken := NewPerson(2)
	taken.Write.Index[0].Value = p.Number
	takenCase := NewPerson(3)
	takenCase.Write.Index[1].Value = p.Case
	gone := NewPerson(4)
	gone.Write.New = false
	again := *p.Write
	again.VerdictID = "verdict-again"
	moved := p.Supersede(2)
	moved.Index = []agent.IndexEntry{{Kind: agent.IndexCase, Value: p.Case, Ref: agent.Ref{Subject: p.ID, Slot: agent.Slot{7}}}}
	stale := p.Supersede(2)
	stale.Profile = &agent.Profile{Version: 7}
	for name, w := range map[string]*agent.Write{
		"number taken": taken.Write, "case taken": takenCase.Write, "subject unknown": gone.Write, "subject made twice": &again,
		"case moved": moved, "profile stale": stale, "version skipped": p.Supersede(3), "version repeated": p.Supersede(1),
	} {
		_, err := r.Commit(ctx, w)
		wantErr(t, name, err, agent.ErrConflict)
	}
	if c := commit(t, r, p.Supersede(2)); c.Leaf != 1 || c.Seq != 2 {
		t.Errorf("Committed = %+v after conflicts, want leaf 1, number 2", c)
	}
	for _, q := range []*Person{taken, takenCase, gone} {
		if _, err := r.Profile(ctx, q.ID); !errors.Is(err, agent.ErrConflict) {
			t.Errorf("a write that conflicted left its subject: %v", err)
		}
	}
	CheckWorld(t, r, Platform, nil)
}

func testRecordsOnce(t *testing.T, r *Rig) {
	p := NewPerson(1)
	commit(t, r, p.Write)
	again := &agent.Write{Subject: p.ID, Records: p.Write.Records, Retain: slices.Repeat([]int64{1800000000}, 10), Entry: entry("import")}
	commit(t, r, again)
	held := func() (out []int64) {
		hs, err := r.Held(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hs {
			out = append(out, h.Until)
		}
		return out
	}
	if got, want := held(), slices.Repeat([]int64{1900000000}, 10); !slices.Equal(got, want) {
		t.Errorf("Held = %v: retention of stored content was shortened", got)
	}
	again.Retain = slices.Repeat([]int64{2000000000}, 10)
	commit(t, r, again)
	if got, want := held(), slices.Repeat([]int64{2000000000}, 10); !slices.Equal(got, want) {
		t.Errorf("Held = %v, want %v", got, want)
	}
	if got, err := openRecords(r, p.ID, allCategories(p)...); err != nil || len(got) != 10 {
		t.Errorf("Records = %d records, %v: the same content was stored twice", len(got), err)
	}
	other := p.Write.Records[0]
	other.CollectedAt++
	commit(t, r, &agent.Write{Subject: p.ID, Records: []agent.Record{other}, Retain: []int64{1600000000}, Entry: entry("import")})
	if got, err := openRecords(r, p.ID, other.Category); err != nil || len(got) != 2 {
		t.Errorf("Records = %d records, %v, want 2 of two times", len(got), err)
	}
	hs, err := r.Held(ctx, p.ID)
	i := slices.IndexFunc(hs, func(h agent.Held) bool { return h.Category == other.Category })
	if err != nil || i < 0 || hs[i].Until != 1600000000 {
		t.Errorf("Held = %v, %v, want the earliest end of retention", hs, err)
	}
}

func testRivals(t *testing.T, r *Rig) {
	p := NewPerson(1)
	const rivals = 24
	race := func(write func(i int) *agent.Write) {
		t.Helper()
		var wg sync.WaitGroup
		errs := make([]error, rivals)
		for i := range rivals {
			wg.Go(func() { _, errs[i] = r.Commit(ctx, write(i)) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, agent.ErrConflict) {
				t.Errorf("Commit = %v, want nil or a conflict", err)
			}
		}
		if won != 1 {
			t.Errorf("%d rivals won, want 1", won)
		}
	}
	race(func(i int) *agent.Write {
		q := NewPerson(1)
		q.Queue(fmt.Sprintf("rival-%d", i))
		return q.Write
	})
	ref, ok := find(t, r, agent.IndexNumber, p.Number)
	if !ok {
		t.Fatal("nobody won")
	}
	p.ID, p.Write.Subject = ref.Subject, ref.Subject
	for i := range p.Write.Index {
		p.Write.Index[i].Ref.Subject = ref.Subject
	}
	race(func(i int) *agent.Write {
		w := p.Supersede(2)
		(&Person{Write: w}).Queue(fmt.Sprintf("second-%d", i))
		return w
	})
	if n, _, _ := r.Depth(Platform); n != 2 {
		t.Errorf("Depth = %d, want the winners' 2", n)
	}
	CheckWorld(t, r, Platform, nil)
}

func testNumbers(t *testing.T, r *Rig) {
	const callers, each = 16, 12
	var mu sync.Mutex
	var acked []Acked
	leaves := map[int64]bool{}
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for j := range each {
				p := NewPerson(i*each + j)
				if j%3 == 2 {
					p.Write.Platform = "platform-b"
				}
				c, err := r.Commit(ctx, p.Write)
				if err != nil {
					t.Errorf("Commit = %v", err)
					return
				}
				mu.Lock()
				if leaves[c.Leaf] {
					t.Errorf("leaf %d was given twice", c.Leaf)
				}
				leaves[c.Leaf] = true
				if p.Write.Platform == Platform {
					acked = append(acked, Acked{Case: p.Case, Version: 1, Verdict: p.Write.VerdictID, Committed: c})
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for n := range int64(callers * each) {
		if !leaves[n] {
			t.Errorf("leaf %d is missing", n)
		}
	}
	CheckWorld(t, r, Platform, acked)
	CheckWorld(t, r, "platform-b", nil)
}

func testBareEntry(t *testing.T, r *Rig) {
	if c := commit(t, r, &agent.Write{Entry: entry("start")}); c != (agent.Committed{Leaf: 0}) {
		t.Errorf("Committed = %+v, want leaf 0 and no verdict", c)
	}
	if _, err := r.Commit(ctx, &agent.Write{Entry: withBody(entry("start"))}); err == nil {
		t.Error("Commit sealed a body for nobody")
	}
}

func testLongRecord(t *testing.T, r *Rig) {
	const rows = 120_000 // several MB: longer than one row and than one transaction may be
	st := &agent.Statement{Format: "icbc", Account: "a1", From: 20240101, To: 20241231, Rows: rows, Transactions: make([]agent.Transaction, rows)}
	for i := range st.Transactions {
		st.Transactions[i] = agent.Transaction{At: 1700000000 + int64(i)*7919, Amount: int64(i) * 104729, Balance: agent.Known(int64(i) * 7), Flow: agent.FlowIn, Kind: agent.KindSalary, State: agent.StateSettled}
	}
	p := NewPerson(1)
	rec := agent.Record{Category: agent.CatStatement, Source: "borrower", CollectedAt: 1700000000, Data: st}
	p.Write.Records, p.Write.Retain = append(p.Write.Records, rec), append(p.Write.Retain, 1900000000)
	commit(t, r, p.Write)
	check := func(until int64) {
		t.Helper()
		got, err := openRecords(r, p.ID, agent.CatStatement)
		if err != nil || len(got) != 1 || got[0].RetainUntil != until || !reflect.DeepEqual(got[0].Record, rec) {
			t.Errorf("Records = %d statements, %v: a long record did not come back whole", len(got), err)
		}
	}
	check(1900000000)
	commit(t, r, &agent.Write{Subject: p.ID, Records: []agent.Record{rec}, Retain: []int64{1950000000}, Entry: entry("import")})
	check(1950000000)
}
