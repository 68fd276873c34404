package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
	"github.com/yanmen/yanmen/agent/journal"
	"github.com/yanmen/yanmen/agent/store"
)

// Every kind of row is changed, and every kind dropped; Check tells each, and
// what reads it reports damage and never content.
func TestCheck_tellsEveryDamage(t *testing.T) {
	kind := func(b byte) func([]byte) bool {
		return func(k []byte) bool { return k[0] == 's' && k[17] == b }
	}
	row := func(b byte) func([]byte) bool { return func(k []byte) bool { return k[0] == b } }
	for _, c := range []struct {
		name    string
		is      func(key []byte) bool
		changed []string // row.code told when the last byte of the value is changed
		dropped []string // when the row is gone
	}{
		{"data key", kind('k'), []string{"key unauthentic"}, []string{"key absent", "index subject.absent", "member subject.absent"}},
		{"profile", kind('p'), []string{"profile unauthentic"}, nil},
		{"index list", kind('i'), []string{"index entry.unauthentic"}, nil},
		{"record", kind('r'), []string{"record unauthentic"}, nil},
		{"finding", kind('f'), []string{"finding unauthentic"}, nil},
		{"consent", kind('c'), []string{"consent unauthentic"}, nil},
		{"first event of a consent", func(k []byte) bool { return kind('c')(k) && k[len(k)-1] == 1 }, nil, []string{"consent event.absent"}},
		{"subject of an ended consent", kind('k'), nil, []string{"ended subject.absent"}},
		{"finding of a case that waits", kind('f'), nil, []string{"review finding.absent"}},
		{"body", kind('j'), []string{"body unauthentic"}, nil},
		{"pointer", kind('q'), nil, []string{"queue pointer.absent"}},
		{"index", row('x'), []string{"index unauthentic"}, []string{"index row.absent"}},
		{"member", row('k'), nil, []string{"member absent"}},
		{"queue", row('q'), []string{"queue unauthentic"}, []string{"queue pointer.dangling"}},
		{"head", row('h'), []string{"head behind"}, []string{"head behind"}},
		{"leaf", row('l'), []string{"leaf node.differs"}, []string{"body leaf.absent"}},
	} {
		for what, want := range map[string][]string{"changed": c.changed, "dropped": c.dropped} {
			if want == nil {
				continue
			}
			t.Run(c.name+" "+what, func(t *testing.T) {
				s := open(t, t.TempDir(), agenttest.NewKeyring(2), store.Options{MinFree: 1})
				p := people(t, s, 1)[0]
				consents(t, s, p)
				waits(t, s, p)
				err := s.Tamper(func(key, val []byte) ([]byte, bool) {
					if !c.is(key) {
						return nil, false
					}
					if what == "dropped" {
						return nil, true
					}
					val = bytes.Clone(val)
					val[len(val)-1] ^= 1
					return val, true
				})
				if err != nil {
					t.Fatal(err)
				}
				r, err := s.Check(ctx)
				if err != nil {
					t.Fatalf("Check = %v", err)
				}
				got := map[string]bool{}
				for _, p := range r.Problems {
					got[p.Row+" "+p.Code] = true
				}
				for _, w := range want {
					if !got[w] {
						t.Errorf("Check = %v, want %q among them", r.Problems, w)
					}
				}
			})
		}
	}
}

// A superseded finding is checked as the one in force is, and opens under its
// own version only.
func TestCheck_tellsADamagedOlderFinding(t *testing.T) {
	for _, what := range []string{"sound", "changed", "moved"} {
		s := open(t, t.TempDir(), agenttest.NewKeyring(2), store.Options{MinFree: 1})
		p := people(t, s, 1)[0]
		for v := uint64(2); v <= 3; v++ {
			if _, err := s.Commit(ctx, p.Supersede(v)); err != nil {
				t.Fatal(err)
			}
		}
		var first []byte
		n := 0
		err := s.Tamper(func(key, val []byte) ([]byte, bool) {
			if key[0] != 's' || key[17] != 'o' {
				return nil, false
			}
			n++
			if first == nil {
				first = bytes.Clone(val)
			}
			switch what {
			case "changed":
				val = bytes.Clone(val)
				val[len(val)-1] ^= 1
				return val, true
			case "moved": // the first answer in the place of the second
				return first, true
			}
			return nil, false
		})
		if err != nil || n != 2 {
			t.Fatalf("%d older findings, %v, want 2", n, err)
		}
		r, err := s.Check(ctx)
		if err != nil || (len(r.Problems) == 0) != (what == "sound") {
			t.Errorf("%s: Check = %v, %v", what, r.Problems, err)
		}
		scope := agent.GrantScope{Subject: p.ID, Purpose: agent.PurposeOversight, Findings: true}
		_, err = s.History(ctx, agenttest.UnauthorizedGrant(scope), p.Slot)
		if want := map[string]error{"changed": agent.ErrCorrupt, "moved": agent.ErrCorrupt}[what]; !errors.Is(err, want) {
			t.Errorf("%s: History = %v", what, err)
		}
	}
}

// consents gives a person a consent record of three events, the last of which
// ended it.
func consents(t testing.TB, s *store.Store, p *agenttest.Person) {
	t.Helper()
	w := &agent.Write{Subject: p.ID, Unsettled: true, Entry: agent.Entry{Kind: "consent", At: 1700000000_000}}
	for n := range uint32(3) {
		w.Consents = append(w.Consents, agent.ConsentRow{Record: "consentidcanary", N: n + 1, Event: []byte("consentcanary")})
	}
	w.Index = []agent.IndexEntry{{Kind: agent.IndexConsent, Value: []byte("consentidcanary"), Ref: agent.Ref{Subject: p.ID}}}
	if _, err := s.Commit(ctx, w); err != nil {
		t.Fatalf("Commit = %v", err)
	}
}

// An event opens at its own place only, so that none stands for another.
func TestConsents_refuseAnEventFromElsewhere(t *testing.T) {
	s := open(t, t.TempDir(), agenttest.NewKeyring(2), store.Options{MinFree: 1})
	p := people(t, s, 1)[0]
	consents(t, s, p)
	var last []byte
	s.Tamper(func(key, val []byte) ([]byte, bool) {
		if key[0] == 's' && key[17] == 'c' {
			last = bytes.Clone(val)
		}
		return nil, false
	})
	s.Tamper(func(key, val []byte) ([]byte, bool) {
		return last, key[0] == 's' && key[17] == 'c' && key[len(key)-1] == 1
	})
	if _, err := s.Consents(ctx, agenttest.UnauthorizedGrant(agent.GrantScope{Subject: p.ID, Consents: true})); !errors.Is(err, agent.ErrCorrupt) {
		t.Errorf("Consents with an event at another's place = %v, want damage", err)
	}
}

// waits puts a person's case into the queue of reviews.
func waits(t *testing.T, s *store.Store, p *agenttest.Person) {
	t.Helper()
	w := p.Supersede(2)
	w.Review = true
	if _, err := s.Commit(ctx, w); err != nil {
		t.Fatal(err)
	}
}

// A case waits for a person after a restart too, and no longer when its person
// is erased; its mark is of a case that has a finding.
func TestReviews_areThereAfterARestart(t *testing.T) {
	dir, keys := t.TempDir(), agenttest.NewKeyring(2)
	s := open(t, dir, keys, store.Options{MinFree: 1})
	p := people(t, s, 2)[1]
	waits(t, s, p)
	s.Close()
	s = open(t, dir, keys, store.Options{MinFree: 1})
	if refs, err := s.Reviews(ctx); err != nil || !slices.Equal(refs, []agent.Ref{{Subject: p.ID, Slot: p.Slot}}) {
		t.Errorf("Reviews after a restart = %v, %v", refs, err)
	}
	clean(t, s)
	if _, err := s.Erase(ctx, erasure(p.ID)); err != nil {
		t.Fatal(err)
	}
	if refs, err := s.Reviews(ctx); err != nil || len(refs) != 0 {
		t.Errorf("Reviews after an erasure = %v, %v", refs, err)
	}
	clean(t, s)
}

// The mark of an ended consent is there after a restart, and gone after an
// erasure, with the record.
func TestUnsettled_isThereAfterARestart(t *testing.T) {
	dir, keys := t.TempDir(), agenttest.NewKeyring(2)
	s := open(t, dir, keys, store.Options{MinFree: 1})
	p := people(t, s, 2)[1]
	consents(t, s, p)
	s.Close()
	s = open(t, dir, keys, store.Options{MinFree: 1})
	if ids, err := s.Unsettled(ctx); err != nil || !slices.Equal(ids, []agent.SubjectID{p.ID}) {
		t.Errorf("Unsettled after a restart = %v, %v", ids, err)
	}
	if r := clean(t, s); r.Consents != 3 {
		t.Errorf("Check counts %d events, want 3", r.Consents)
	}
	if _, err := s.Erase(ctx, erasure(p.ID)); err != nil {
		t.Fatal(err)
	}
	if r := clean(t, s); r.Consents != 0 {
		t.Errorf("Check counts %d events of an erased subject", r.Consents)
	}
	if _, ok, err := s.Find(ctx, agent.IndexConsent, []byte("consentidcanary")); ok || err != nil {
		t.Errorf("the record of an erased subject is found: %v, %v", ok, err)
	}
}

// A value moved to another place does not open there.
func TestRecords_refuseAValueFromElsewhere(t *testing.T) {
	s := open(t, t.TempDir(), agenttest.NewKeyring(2), store.Options{MinFree: 1})
	all := people(t, s, 2)
	values := map[string][]byte{}
	s.Tamper(func(key, val []byte) ([]byte, bool) {
		if key[0] == 's' && key[17] == 'r' && agent.SubjectID(key[1:]) == all[0].ID {
			values[string(key[18:19])] = bytes.Clone(val)
		}
		return nil, false
	})
	s.Tamper(func(key, val []byte) ([]byte, bool) {
		if key[0] == 's' && key[17] == 'r' && agent.SubjectID(key[1:]) == all[1].ID {
			return values[string(key[18:19])], true
		}
		return nil, false
	})
	_, err := s.Records(ctx, agenttest.UnauthorizedGrant(agent.GrantScope{Subject: all[1].ID, Categories: categories(all[1])}))
	if !errors.Is(err, agent.ErrCorrupt) {
		t.Errorf("Records of another subject's rows = %v, want damage", err)
	}
	s.Tamper(func(key, val []byte) ([]byte, bool) { // a clear header is authenticated too
		if key[0] == 's' && key[17] == 'r' && agent.SubjectID(key[1:]) == all[0].ID {
			val = bytes.Clone(val)
			val[7]++
			return val, true
		}
		return nil, false
	})
	_, err = s.Records(ctx, agenttest.UnauthorizedGrant(agent.GrantScope{Subject: all[0].ID, Categories: categories(all[0])}))
	if !errors.Is(err, agent.ErrCorrupt) {
		t.Errorf("Records with another end of retention = %v, want damage", err)
	}
}

// canaries are what the suite's people consist of.
func canaries(ps []*agenttest.Person) (out [][]byte) {
	for _, p := range ps {
		out = append(out, p.Number, p.Case)
	}
	for _, s := range []string{"测试人", "19900000001", "6299990000000005", "findingcanary", "bodycanary", "payloadcanary", "consentcanary", "consentidcanary", "job_loss", "consumer_loan"} {
		out = append(out, []byte(s))
	}
	return out
}

func TestStore_nothingInClearOnDisk(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, agenttest.NewKeyring(16), store.Options{MinFree: 1}.WithMemory(1<<20))
	all := people(t, s, 120) // more than a memtable, so that tables are written too
	consents(t, s, all[5])
	if _, err := s.Erase(ctx, erasure(all[3].ID)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, size := 0, int64(0)
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		size += int64(len(b))
		for _, c := range canaries(all) {
			if bytes.Contains(b, c) {
				t.Errorf("%s holds a value in clear", filepath.Base(path))
			}
		}
		return nil
	})
	if err != nil || files < 3 || size < 100_000 {
		t.Fatalf("searched %d files with %d bytes, %v", files, size, err)
	}
}

// Errors of every read over damaged rows carry nothing of them.
func TestErrors_carryNoValue(t *testing.T) {
	s := open(t, t.TempDir(), agenttest.NewKeyring(2), store.Options{MinFree: 1})
	all := people(t, s, 1)
	p := all[0]
	s.Tamper(func(key, val []byte) ([]byte, bool) {
		if key[0] == 'm' || key[0] == 's' && key[17] == 'k' || len(val) == 0 {
			return nil, false
		}
		return val[:len(val)-1], true
	})
	_, _, err1 := s.Find(ctx, agent.IndexNumber, p.Number)
	_, err2 := s.Profile(ctx, p.ID)
	_, err3 := s.Records(ctx, agenttest.UnauthorizedGrant(agent.GrantScope{Subject: p.ID, Categories: categories(p)}))
	_, err4 := s.Case(ctx, agenttest.UnauthorizedGrant(agent.GrantScope{Subject: p.ID, Findings: true}), p.Slot)
	_, err5 := s.Next(ctx, agenttest.Platform, 0, 1)
	_, err6 := s.Erase(ctx, erasure(p.ID))
	_, _, err7 := s.Body(ctx, agenttest.UnauthorizedGrant(agent.GrantScope{Subject: p.ID, Purpose: agent.PurposeOversight, Findings: true}), 0)
	for i, err := range []error{err1, err2, err3, err4, err5, err6, err7} {
		if !errors.Is(err, agent.ErrCorrupt) {
			t.Errorf("read %d of damaged rows = %v, want damage", i+1, err)
			continue
		}
		for _, c := range append(canaries(all), []byte(p.ID.String())) {
			if strings.Contains(err.Error(), string(c)) {
				t.Errorf("error %d carries a value", i+1)
			}
		}
	}
}

func TestBody_opensForOversightOnly(t *testing.T) {
	s := open(t, t.TempDir(), agenttest.NewKeyring(2), store.Options{MinFree: 1})
	p := people(t, s, 2)[1]
	scope := agent.GrantScope{Subject: p.ID, Purpose: agent.PurposeOversight, Findings: true}
	_, body, err := s.Body(ctx, agenttest.UnauthorizedGrant(scope), 1)
	if err != nil || !bytes.Equal(body, p.Write.Entry.Body) {
		t.Errorf("Body = %d bytes, %v", len(body), err)
	}
	if _, _, err := s.Body(ctx, agenttest.UnauthorizedGrant(scope), 0); err == nil {
		t.Error("Body opened another subject's entry")
	}
	scope.Purpose = agent.PurposeOverdue
	if _, _, err := s.Body(ctx, agenttest.UnauthorizedGrant(scope), 1); !errors.Is(err, agent.ErrGrant) {
		t.Errorf("Body for another purpose = %v", err)
	}
	if _, _, err := s.Body(ctx, nil, 1); !errors.Is(err, agent.ErrGrant) {
		t.Errorf("Body without a grant = %v", err)
	}
}

// What the store keeps of the journal is a journal, before and after a restart.
func TestLeaf_makesAJournal(t *testing.T) {
	dir, keys := t.TempDir(), agenttest.NewKeyring(4)
	s := open(t, dir, keys, store.Options{MinFree: 1})
	all := people(t, s, 37)
	if _, err := s.Erase(ctx, erasure(all[5].ID)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, keys, store.Options{MinFree: 1})
	if _, err := s.Commit(ctx, all[7].Supersede(2)); err != nil {
		t.Fatal(err)
	}
	if s.Size() != 39 {
		t.Fatalf("Size = %d, want 39", s.Size())
	}
	for n := range s.Size() {
		b, err := s.Leaf(n)
		if err != nil {
			t.Fatal(err)
		}
		l, err := journal.ParseLeaf(b)
		if err != nil || (l.Kind == "erase") != (n == 37) || (l.Body == [32]byte{}) != (n == 37) {
			t.Errorf("leaf %d is %q, %v", n, l.Kind, err)
		}
	}
	for _, n := range []int64{-1, 39, 1 << 40} {
		if _, err := s.Leaf(n); err == nil {
			t.Errorf("Leaf(%d) gave a leaf", n)
		}
	}
	if _, err := s.Node(1 << 40); err == nil {
		t.Error("Node gave a node of no leaf")
	}
	clean(t, s)
}

// A kill can come between the making of a log and its first byte, and between
// the emptying of one and its removal.
func TestOpen_passesOverEmptyLogs(t *testing.T) {
	dir, keys := t.TempDir(), agenttest.NewKeyring(1)
	s := open(t, dir, keys, store.Options{MinFree: 1})
	p := people(t, s, 1)[0]
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"00001.mem", "00077.mem", "000050.vlog", "000099.vlog"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, dir, keys, store.Options{MinFree: 1})
	if !whole(t, s, p) {
		t.Error("what was there is gone")
	}
	if _, err := s.Commit(ctx, agenttest.NewPerson(1).Write); err != nil {
		t.Errorf("Commit = %v", err)
	}
	clean(t, s)
}

func TestOpen_refusesAnotherFormat(t *testing.T) {
	dir, keys := t.TempDir(), agenttest.NewKeyring(1)
	s := open(t, dir, keys, store.Options{MinFree: 1})
	people(t, s, 1)
	s.Tamper(func(key, _ []byte) ([]byte, bool) { return []byte{2}, bytes.Equal(key, []byte("mformat")) })
	s.Close()
	if _, err := store.Open(dir, keys, journal.Log{}, store.Options{MinFree: 1}); !errors.Is(err, store.ErrFormat) {
		t.Errorf("Open of a newer format = %v, want %v", err, store.ErrFormat)
	}
}

func TestOpen_isForOneProcess(t *testing.T) {
	dir, keys := t.TempDir(), agenttest.NewKeyring(1)
	s := open(t, dir, keys, store.Options{MinFree: 1})
	if _, err := store.Open(dir, keys, journal.Log{}, store.Options{MinFree: 1}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("Open of an open folder = %v, want %v", err, store.ErrLocked)
	}
	people(t, s, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close again = %v", err)
	}
	if _, err := s.Commit(ctx, agenttest.NewPerson(9).Write); !errors.Is(err, agent.ErrClosed) {
		t.Errorf("Commit to a closed store = %v", err)
	}
	if _, _, err := s.Find(ctx, agent.IndexCase, []byte("c")); !errors.Is(err, agent.ErrClosed) {
		t.Errorf("Find in a closed store = %v", err)
	}
	if _, err := s.Erase(ctx, erasure(agent.NewSubjectID())); !errors.Is(err, agent.ErrClosed) {
		t.Errorf("Erase in a closed store = %v", err)
	}
	if _, err := s.Check(ctx); !errors.Is(err, agent.ErrClosed) {
		t.Errorf("Check of a closed store = %v", err)
	}
	open(t, dir, keys, store.Options{MinFree: 1})
}

func TestOpen_countsTheQueueAgain(t *testing.T) {
	dir, keys := t.TempDir(), agenttest.NewKeyring(4)
	s := open(t, dir, keys, store.Options{MinFree: 1})
	all := people(t, s, 9)
	var d [][32]byte
	q, err := s.Next(ctx, agenttest.Platform, 0, 4)
	for _, i := range q {
		d = append(d, i.Digest)
	}
	if err != nil || s.Delivered(ctx, agenttest.Platform, []uint64{1, 2, 3, 4}, d) != nil {
		t.Fatal("Delivered failed")
	}
	s.Close()
	s = open(t, dir, keys, store.Options{MinFree: 1})
	if n, oldest, err := s.Depth(agenttest.Platform); n != 5 || oldest != 1700000000 || err != nil {
		t.Errorf("Depth = %d, %d, %v, want 5", n, oldest, err)
	}
	c, err := s.Commit(ctx, all[0].Supersede(2))
	if err != nil || c.Seq != 10 || c.Leaf != 9 {
		t.Errorf("Committed = %+v, %v, want number 10, leaf 9", c, err)
	}
	agenttest.CheckWorld(t, s, agenttest.Platform, nil)
	clean(t, s)
}

// The pieces of a long record whose write was lost do not stay.
func TestCommit_lostLongRecordLeavesNothing(t *testing.T) {
	st := &agent.Statement{Format: "icbc", Transactions: make([]agent.Transaction, 60_000)}
	for i := range st.Transactions {
		st.Transactions[i] = agent.Transaction{At: int64(i) * 7919, Amount: int64(i) * 104729}
	}
	rec := []agent.Record{{Category: agent.CatStatement, Source: "borrower", Data: st}}
	for _, known := range []bool{false, true} {
		for fail := 1; fail <= 4; fail++ {
			t.Run(fmt.Sprintf("known=%v,commit=%d", known, fail), func(t *testing.T) {
				commits, failAt := 0, 0
				o := store.Options{MinFree: 1}.WithMemory(2 << 20).WithCommit(func(commit func() error) error {
					if commits++; commits == failAt {
						return errDisk
					}
					return commit()
				})
				dir, keys := t.TempDir(), agenttest.NewKeyring(2)
				s := open(t, dir, keys, o)
				p := agenttest.NewPerson(1)
				w := p.Write
				if known {
					if _, err := s.Commit(ctx, w); err != nil {
						t.Fatal(err)
					}
					w = p.Supersede(2)
				}
				w.Records, w.Retain = append(slices.Clone(w.Records), rec...), append(slices.Clone(w.Retain), 1900000000)
				failAt = commits + fail
				if _, err := s.Commit(ctx, w); !errors.Is(err, agent.ErrUncertain) {
					t.Fatalf("Commit = %v, want the fault; %d commits", err, commits)
				}
				s.Close()
				s = open(t, dir, keys, o)
				clean(t, s)
				s.Tamper(func(key, _ []byte) ([]byte, bool) {
					if key[0] == 's' && key[17] == 'b' || key[0] == 'e' {
						t.Error("a piece of the lost record stayed")
					}
					return nil, false
				})
				if _, err := s.Commit(ctx, w); err != nil {
					t.Errorf("Commit again = %v", err)
				}
				clean(t, s)
			})
		}
	}
}

func FuzzQueuedItem(f *testing.F) {
	f.Add([]byte{})
	b := make([]byte, 90)
	b[0], b[89] = 2, 0
	f.Add(b)
	f.Add(append(append([]byte{1}, bytes.Repeat([]byte{7}, 88)...), append([]byte{3, 'a', 'b', 'c'}, "payload"...)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, ok := store.RecodeItem(b); ok && !bytes.Equal(got, b) {
			t.Errorf("what decodes encodes to other bytes")
		}
	})
}

func FuzzProfile(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0})
	f.Add(store.EncodeProfile(&agent.Profile{Anonymous: true, Aliases: map[string]agent.Alias{"a": {}, "b": {Sub: [16]byte{1}}}, Disclosed: []agent.Disclosed{{Platform: "a", At: -1, Bits: 12}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := store.DecodeProfile(b)
		if !ok {
			return
		}
		if q, ok := store.DecodeProfile(store.EncodeProfile(&p)); !ok || !bytes.Equal(store.EncodeProfile(&q), store.EncodeProfile(&p)) {
			t.Error("a profile changed on its way through the codec")
		}
	})
}

// One value that cannot be read is told by Check, which reads on, and stops nobody
// else: not the reads of others, nor an erasure, nor the next start.
func TestCheck_tellsADamagedFileAndReadsOn(t *testing.T) {
	dir, keys := t.TempDir(), agenttest.NewKeyring(4)
	s := open(t, dir, keys, store.Options{MinFree: 1})
	all := people(t, s, 20)
	long := all[10].Supersede(2) // the middle of the file lies in its finding
	long.Finding = bytes.Repeat([]byte("findingcanary"), 15_000)
	if _, err := s.Commit(ctx, long); err != nil {
		t.Fatal(err)
	}
	for _, p := range all[:10] {
		if _, err := s.Commit(ctx, p.Supersede(2)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the newest file of the value log is cut off at damage, others are not
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir, keys, store.Options{MinFree: 1})
	}
	s.Close()
	path := filepath.Join(dir, "000001.vlog")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0x55
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, keys, store.Options{MinFree: 1})
	r, err := s.Check(ctx)
	if err != nil || !slices.ContainsFunc(r.Problems, func(p store.Problem) bool { return p.Row == "value" && p.Code == "unreadable" }) {
		t.Fatalf("Check of a store with a damaged value = %v, %v", r.Problems, err)
	}
	if r.Subjects != int64(len(all)) {
		t.Errorf("Check counts %d subjects, want %d", r.Subjects, len(all))
	}
	for _, p := range all {
		if _, err := s.Erase(ctx, erasure(p.ID)); err != nil {
			t.Errorf("Erase = %v", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s = open(t, dir, keys, store.Options{MinFree: 1})
	if r := clean(t, s); r.Subjects != 0 {
		t.Errorf("after a restart Check counts %d subjects, want none", r.Subjects)
	}
}
