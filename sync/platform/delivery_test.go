package platform_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/crypto/seal"
	"github.com/yanmen/yanmen/sync/platform"
	"github.com/yanmen/yanmen/sync/uplink"
	"github.com/yanmen/yanmen/sync/wire"
)

func TestDelivery_nothingIsLostAndNothingComesTwice(t *testing.T) {
	w := newWorld(t)
	w.startBroker()
	w.startPlatform()
	a, b := w.agent("agent-1").enrol(), w.agent("agent.2").enrol()
	a.out.verdicts(t, 1500, 1)
	a.start()
	b.start()
	b.out.verdicts(t, 700, 2)
	w.check(a)
	w.check(b)
	a.out.verdicts(t, 1, 1) // an idle uplink wakes up
	w.check(a)
	s := a.up.Status()
	if !s.Connected || s.Sent < 1501 || s.Delivered < 1501 || s.Depth != 0 || s.Oldest != 0 {
		t.Errorf("status %+v", s)
	}
	if p := w.plat.Stats(); p.Accepted != 2201 || p.Refused != 0 {
		t.Errorf("stats %+v", p)
	}
}

// A verdict that is taken back is known by what took its place, which holds
// nothing; both stay in the ledger and verify.
func TestDelivery_aVerdictIsTakenBack(t *testing.T) {
	w := newWorld(t)
	w.startBroker()
	w.startPlatform()
	a := w.agent("agent-1").enrol()
	a.out.verdicts(t, 2, 1)
	a.start()
	w.check(a)
	a.out.retract(t, 1, 1)
	w.check(a)
	w.stopPlatform()
	var all []platform.Received
	if _, err := platform.ReadLedger(filepath.Join(w.dir, "ledger"), 0, func(r platform.Received) error { all = append(all, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 || all[0].Verdict == nil || all[2].Verdict == nil {
		t.Fatalf("the ledger has %d items, want 3 verdicts", len(all))
	}
	v := all[2].Verdict
	l := agent.Leaving{Claims: v.Claims, Supersedes: v.Supersedes}
	if v.Supersedes != all[0].ID || !l.Retraction() || v.Basis != "" || v.Consent != [32]byte{} || v.Subject != all[0].Subject || all[2].Token == nil {
		t.Errorf("what takes it back is %+v", v)
	}
	if left := (agent.Leaving{Claims: all[1].Verdict.Claims, Supersedes: id(1)}); left.Retraction() {
		t.Error("a verdict that says something takes nothing back")
	}
}

func TestDelivery_survivesABrokerThatRestarts(t *testing.T) {
	for _, wipe := range []bool{false, true} {
		w := newWorld(t)
		w.startBroker()
		w.startPlatform()
		a := w.agent("agent-1").enrol()
		a.out.verdicts(t, 6000, 1)
		a.start()
		for range 3 {
			n := a.out.depth()
			eventually(t, "some are delivered", func() bool { d := a.out.depth(); return d < n || d == 0 })
			w.stopBroker()
			if wipe {
				w.wipeBroker()
			}
			w.startBroker()
		}
		w.check(a)
		w.stopPlatform()
	}
}

func TestDelivery_survivesAPlatformThatRestarts(t *testing.T) {
	w := newWorld(t)
	w.startBroker()
	w.startPlatform()
	a := w.agent("agent-1").enrol()
	a.out.verdicts(t, 6000, 1)
	a.start()
	for range 3 {
		n := a.out.depth()
		eventually(t, "some are delivered", func() bool { d := a.out.depth(); return d < n || d == 0 })
		w.stopPlatform()
		w.startPlatform()
	}
	w.check(a)
}

func TestDelivery_survivesAnUplinkThatRestarts(t *testing.T) {
	w := newWorld(t)
	w.startBroker()
	w.startPlatform()
	a := w.agent("agent-1").enrol()
	a.out.verdicts(t, 4000, 1)
	for range 3 {
		n := a.out.depth()
		a.start()
		eventually(t, "some are delivered", func() bool { d := a.out.depth(); return d < n || d == 0 })
		a.stop()
	}
	a.start()
	w.check(a)
}

// The platform may be away while the broker is there, and the other way round.
func TestDelivery_waitsForAPlatformThatIsAway(t *testing.T) {
	w := newWorld(t)
	a := w.agent("agent-1").enrol()
	a.out.verdicts(t, 300, 1)
	a.start()
	if s := a.up.Status(); s.Connected || s.Problem != uplink.CodeBrokerUnreachable || s.Depth != 300 || s.Oldest == 0 {
		t.Errorf("without a broker: %+v", s)
	}
	w.startBroker()
	eventually(t, "no streams", func() bool { return a.up.Status().Problems[uplink.CodeStreamMissing] > 0 })
	w.startPlatform()
	w.check(a)
	w.stopPlatform()
	a.out.verdicts(t, 300, 1)
	eventually(t, "silence is noticed", func() bool { return a.up.Status().Problem == uplink.CodeReceiptTimeout })
	if sent := a.up.Status().Sent; sent > 620 {
		t.Errorf("%d items sent to an absent platform, want hardly more than 600", sent)
	}
	w.startPlatform()
	w.check(a)
	eventually(t, "all is well", func() bool { return a.up.Status().Problem == "" })
}

func TestDelivery_reachesAPlatformThatEnrolsLater(t *testing.T) {
	w := newWorld(t)
	w.startBroker()
	w.startPlatform()
	a := w.agent("agent-1")
	a.out.verdicts(t, 200, 1)
	a.start()
	eventually(t, "the stranger is noticed", w.alarmed(platform.AlarmAgent))
	if s := w.plat.Stats(); s.Accepted != 0 {
		t.Fatalf("a stranger's items were accepted: %+v", s)
	}
	a.enrol()
	w.check(a)
}

func TestErasure_goesThroughAtEveryStage(t *testing.T) {
	w := newWorld(t)
	w.startBroker()
	a := w.agent("agent-1").enrol()
	a.out.verdicts(t, 5, 1)
	a.out.verdicts(t, 5, 2)
	a.out.erase(t, 1) // before anything was sent: tombstones
	w.startPlatform()
	a.start()
	w.check(a)
	w.mu.Lock()
	kinds := map[string]int{}
	for _, r := range w.accepted {
		kinds[r.Kind]++
	}
	w.mu.Unlock()
	if kinds[wire.KindTombstone] != 5 || kinds[wire.KindVerdict] != 5 || kinds[wire.KindErased] != 1 {
		t.Errorf("accepted %v", kinds)
	}
	// Sent and accepted, but the receipt never came: the verdict is withdrawn.
	a.stop()
	a.out.verdicts(t, 2, 3)
	q := a.out.items[0]
	w.publish(w.conn, a.message(q))
	eventually(t, "accepted", func() bool { return w.plat.Stats().Accepted == 12 })
	a.out.erase(t, 3)
	w.publish(w.conn, a.message(a.out.items[0])) // the uplink may find the receipt first, and then sends none
	eventually(t, "withdrawn", func() bool { return w.plat.Stats().Accepted == 13 })
	a.start()
	w.check(a)
	seen := map[uint64]bool{}
	if _, err := platform.ReadLedger(filepath.Join(w.dir, "ledger"), 0, func(r platform.Received) error {
		if r.Verdict != nil {
			seen[r.Seq] = true
			if r.Subject != subjectOf(2) {
				t.Errorf("number %d of an erased subject is still in the ledger", r.Seq)
			}
		}
		return nil
	}); err != nil || len(seen) != 5 {
		t.Errorf("%d verdicts in the ledger, %v", len(seen), err)
	}
	// A verdict that comes late, from a stream that lay about, stays gone.
	w.publish(w.conn, a.message(q))
	eventually(t, "repeated", func() bool { return w.plat.Stats().Repeated > 0 })
	if n := w.plat.Stats().Accepted; n != 15 {
		t.Errorf("%d accepted, want 15: 11, one verdict, its tombstone, one tombstone, one notice", n)
	}
}

func TestPlatform_ordersAndRepeats(t *testing.T) {
	w := newWorld(t)
	w.startBroker()
	w.startPlatform()
	a := w.agent("agent-1").enrol()
	a.out.verdicts(t, 400, 1)
	w.streams(w.conn)
	order := append(rand.Perm(400), rand.Perm(400)...)
	for _, i := range order {
		w.publish(w.conn, a.message(a.out.items[i]))
	}
	eventually(t, "all accepted", func() bool { s := w.plat.Stats(); return s.Accepted == 400 && s.Received == 800 && s.Waiting == 0 })
	a.start() // everything is receipted by now: the queue empties by receipts alone or by one round more
	w.check(a)
}

func TestPlatform_refusesWhatIsNotRightAndGoesOn(t *testing.T) {
	w := newWorld(t)
	w.startBroker()
	w.startPlatform()
	a := w.agent("agent-1").enrol()
	stranger := w.agent("agent-9")
	other := w.agent("agent-1") // the name of the first, another key
	a.out.verdicts(t, 3, 1)
	w.streams(w.conn)
	w.publish(w.conn, a.message(a.out.items[0]))
	eventually(t, "the first is accepted", func() bool { return w.plat.Stats().Accepted == 1 })
	first := a.out.items[1]

	garbage := a.message(first)
	garbage.Data = []byte("garbage")
	flipped := a.message(first)
	flipped.Data[len(flipped.Data)-1] ^= 1
	moved := a.message(first)
	moved.Subject = wire.Subject("lender-2", wire.KindVerdict)
	lender := a.message(first)
	lender.Subject = wire.Subject("lender-2", wire.KindVerdict)
	lender.Header["ce-lender"] = []string{"lender-2"}
	relabelled := a.message(first)
	relabelled.Header["ce-type"] = []string{"cn.yanmen.tombstone.v1"}
	misplaced := a.message(first)
	misplaced.Header["ce-type"] = []string{"cn.yanmen.erased.v1"}
	bare := a.message(first)
	bare.Header = nil
	stranger.out.verdicts(t, 1, 1)
	other.out.verdicts(t, 2, 1)
	forPlatform2 := a.message(agent.Queued{Kind: wire.KindVerdict, ID: first.ID, Payload: func() []byte {
		v, _ := wire.ParseVerdict(first.Payload)
		v.Audience = "platform-2"
		b, _ := wire.Verdict(v)
		return b
	}()})
	fork := a.message(agent.Queued{Kind: wire.KindVerdict, ID: first.ID, Payload: func() []byte {
		v, _ := wire.ParseVerdict(a.out.items[0].Payload)
		v.Claims.Outcome = "fail"
		b, _ := wire.Verdict(v)
		return b
	}()})
	wrongPast := a.message(agent.Queued{Kind: wire.KindVerdict, ID: first.ID, Payload: func() []byte {
		v, _ := wire.ParseVerdict(first.Payload)
		v.Prev[0] ^= 1
		b, _ := wire.Verdict(v)
		return b
	}()})
	notWire := a.message(agent.Queued{Kind: wire.KindVerdict, ID: first.ID, Payload: append([]byte(" "), first.Payload...)})
	otherPlatform, _ := seal.GeneratePlatform()
	set, _ := seal.ParseKeySet(otherPlatform.PublicKeys())
	misled := w.agent("agent-1")
	misled.seal, _ = seal.NewAgent("agent-1", a.signer, set)

	for _, c := range []struct {
		name string
		msg  func() // publishes
		code string
	}{
		{"garbage", func() { w.publish(w.conn, garbage) }, platform.AlarmEnvelope},
		{"flipped", func() { w.publish(w.conn, flipped) }, platform.AlarmEnvelope},
		{"moved to another lender", func() { w.publish(w.conn, moved) }, platform.AlarmHeaders},
		{"given another lender", func() { w.publish(w.conn, lender) }, platform.AlarmAgent},
		{"relabelled", func() { w.publish(w.conn, relabelled) }, platform.AlarmEnvelope},
		{"misplaced", func() { w.publish(w.conn, misplaced) }, platform.AlarmAgent},
		{"bare", func() { w.publish(w.conn, bare) }, platform.AlarmHeaders},
		{"stranger", func() { w.publish(w.conn, stranger.message(stranger.out.items[0])) }, platform.AlarmAgent},
		{"another key", func() { w.publish(w.conn, other.message(other.out.items[1])) }, platform.AlarmKey},
		{"sealed to another", func() { w.publish(w.conn, misled.message(first)) }, platform.AlarmEnvelope},
		{"for another platform", func() { w.publish(w.conn, forPlatform2) }, platform.AlarmPayload},
		{"not canonical", func() { w.publish(w.conn, notWire) }, platform.AlarmPayload},
		{"fork", func() { w.publish(w.conn, fork) }, platform.AlarmFork},
		{"another past", func() { w.publish(w.conn, wrongPast) }, platform.AlarmFork},
	} {
		before := w.plat.Stats()
		c.msg()
		eventually(t, c.name, func() bool { return w.plat.Stats().Refused > before.Refused })
		after := w.plat.Stats()
		if after.Alarms[c.code] != before.Alarms[c.code]+1 || after.Accepted != before.Accepted || after.Receipts != before.Receipts {
			t.Errorf("%s: %+v, want one alarm %s and nothing accepted or receipted", c.name, after, c.code)
		}
	}
	a.start()
	w.check(a)
}

// A gap is an alarm, and closes when the missing item comes.
func TestPlatform_waitsForAGapToFill(t *testing.T) {
	w := newWorld(t)
	w.startBroker()
	w.startPlatform()
	a := w.agent("agent-1").enrol()
	a.out.verdicts(t, 10, 1)
	w.streams(w.conn)
	for _, q := range a.out.items[1:] {
		w.publish(w.conn, a.message(q))
	}
	eventually(t, "nine wait", func() bool { return w.plat.Stats().Waiting == 9 })
	if !w.alarmed(platform.AlarmGap)() {
		t.Error("no alarm for the gap")
	}
	w.publish(w.conn, a.message(a.out.items[0]))
	eventually(t, "all accepted", func() bool { s := w.plat.Stats(); return s.Accepted == 10 && s.Waiting == 0 })
	a.start()
	w.check(a)
}

func TestUplink_believesOnlyRightReceipts(t *testing.T) {
	w := newWorld(t)
	w.startBroker()
	c := w.connect()
	defer c.Close()
	w.startPlatform()
	w.streams(c)
	w.stopPlatform() // its streams stay
	a := w.agent("agent-1").enrol()
	a.out.verdicts(t, 3, 1)
	a.start()
	eventually(t, "sent", func() bool { return a.up.Status().Sent >= 3 })
	q := slices.Clone(a.out.items)
	receipt := func(p *seal.Platform, change func(*wire.Receipt)) []byte {
		r := &wire.Receipt{Issuer: "platform-1", Audience: "agent-1", IssuedAt: 1790000000}
		for _, q := range q {
			r.Lines = append(r.Lines, wire.Line{Seq: q.Seq, Digest: q.Digest, ID: q.ID})
		}
		change(r)
		payload, err := r.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		token, err := p.Receipt(payload)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	send := func(token []byte) {
		m := a.message(q[0])
		m.Subject, m.Data, m.Header = wire.Subject("lender-1", wire.KindReceipt), token, nil
		w.publish(c, m)
	}
	stranger, _ := seal.GeneratePlatform()
	forged := func() uint64 { return a.up.Status().Problems[uplink.CodeReceiptForged] }
	for i, token := range [][]byte{
		[]byte("garbage"), nil, receipt(stranger, func(*wire.Receipt) {}),
		receipt(w.keys, func(r *wire.Receipt) { r.Issuer = "platform-2" }),
	} {
		send(token)
		eventually(t, "forgery is noticed", func() bool { return forged() == uint64(i+1) })
	}
	send(receipt(w.keys, func(r *wire.Receipt) { r.Audience = "agent-2" }))
	send(receipt(w.keys, func(r *wire.Receipt) { r.Lines[0].Digest[0] ^= 1; r.Lines = r.Lines[:1] }))
	eventually(t, "another digest is noticed", func() bool { return a.up.Status().Problems[uplink.CodeReceiptDiffers] == 1 })
	if n := a.out.depth(); n != 3 {
		t.Fatalf("%d items left, want 3: a receipt was believed that must not be", n)
	}
	send(receipt(w.keys, func(r *wire.Receipt) { r.Lines[0].Digest[0] ^= 1 })) // one bad line does not spoil the others
	eventually(t, "two are delivered", func() bool { return a.out.depth() == 1 })
	send(receipt(w.keys, func(r *wire.Receipt) { r.Lines = r.Lines[:1] }))
	eventually(t, "all are delivered", func() bool { return a.out.depth() == 0 })
	send(receipt(w.keys, func(*wire.Receipt) {})) // once more
	w.startPlatform()
	a.out.verdicts(t, 1, 1)
	w.check(a)
}

func TestUplink_lastGateLetsNothingElseOut(t *testing.T) {
	w := newWorld(t)
	w.startBroker()
	w.startPlatform()
	for name, spoil := range map[string]func(q *agent.Queued){
		"free text":         func(q *agent.Queued) { q.Payload = []byte(`{"name":"CANARY"}`) },
		"another digest":    func(q *agent.Queued) { q.Digest[0] ^= 1 },
		"another number":    func(q *agent.Queued) { q.Seq++ },
		"another past":      func(q *agent.Queued) { q.Prev[0] ^= 1 },
		"another id":        func(q *agent.Queued) { q.ID = id(99) },
		"another kind":      func(q *agent.Queued) { q.Kind = agent.QueuedErased },
		"unknown kind":      func(q *agent.Queued) { q.Kind = "finding" },
		"laden tombstone":   func(q *agent.Queued) { q.Kind = agent.QueuedTombstone },
		"no payload at all": func(q *agent.Queued) { q.Payload = nil },
	} {
		a := w.agent("agent-1")
		a.out.verdicts(t, 2, 1)
		spoil(&a.out.items[1])
		a.start()
		eventually(t, name, func() bool { return a.up.Status().Problem == uplink.CodeQueueCorrupt })
		a.stop()
		if s := a.up.Status(); s.Sent > 1 {
			t.Errorf("%s: %d items left the agent, want 1 at most", name, s.Sent)
		}
	}
}

func TestUplink_outlivesABrokerThatDenies(t *testing.T) {
	w := newWorld(t)
	w.users = []*server.User{{Username: "somebody", Password: "else"}}
	w.startBroker()
	a := w.agent("agent-1")
	a.out.verdicts(t, 1, 1)
	a.start()
	eventually(t, "the denial is named", func() bool { return a.up.Status().Problem == uplink.CodeBrokerDenied })
	w.stopBroker()
	w.users = nil
	w.startBroker()
	w.startPlatform()
	a.enrol()
	w.check(a)
}

// A broker that accepts connections and says nothing must not hold up anybody.
func TestUplink_outlivesABrokerThatIsSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
		}
	}()
	w := newWorld(t)
	a := w.agent("agent-1")
	a.out.verdicts(t, 1, 1)
	a.start(func(c *uplink.Config) { c.Servers = []string{"nats://" + l.Addr().String()} })
	time.Sleep(300 * time.Millisecond)
	if s := a.up.Status(); s.Connected || s.Problem != uplink.CodeBrokerUnreachable {
		t.Errorf("status %+v", s)
	}
	begin := time.Now()
	a.stop()
	if d := time.Since(begin); d > 4*time.Second {
		t.Errorf("Run ended %v after its context", d)
	}
	l.Close()
	<-done
}

func TestUplink_waitsOutAQueueThatFails(t *testing.T) {
	w := newWorld(t)
	w.startBroker()
	w.startPlatform()
	a := w.agent("agent-1").enrol()
	a.out.fail = errors.New("CANARY")
	a.out.verdicts(t, 10, 1)
	a.start()
	eventually(t, "the fault is named", func() bool { return a.up.Status().Problem == uplink.CodeQueueUnreadable })
	a.out.mu.Lock()
	a.out.fail = nil
	a.out.mu.Unlock()
	w.check(a)
}

// failingLedger fails before, or after, the real one took the items.
type failingLedger struct {
	platform.Ledger
	before, after func() error
}

func (l *failingLedger) Accept(ctx context.Context, items []platform.Received) error {
	if err := l.before(); err != nil {
		return err
	}
	if err := l.Ledger.Accept(ctx, items); err != nil {
		return err
	}
	return l.after()
}

// A ledger that fails, and one that takes the items and reports failure, both
// lose nothing and hand nothing on twice.
func TestPlatform_ledgerThatFailsLosesNothing(t *testing.T) {
	for _, persists := range []bool{false, true} {
		w := newWorld(t)
		w.startBroker()
		real := openLedger(t, filepath.Join(w.dir, "ledger"))
		n := 0
		fault := func() error {
			if n++; n <= 3 {
				return errors.New("CANARY")
			}
			return nil
		}
		fine := func() error { return nil }
		l := &failingLedger{Ledger: real, before: fault, after: fine}
		if persists {
			l.before, l.after = fine, fault
		}
		w.startPlatformWith(l)
		a := w.agent("agent-1").enrol()
		a.out.verdicts(t, 300, 1)
		a.start()
		eventually(t, "the queue is empty", func() bool { return a.out.depth() == 0 })
		a.stop()
		w.stopPlatform()
		var next uint64
		if _, err := platform.ReadLedger(filepath.Join(w.dir, "ledger"), 0, func(r platform.Received) error {
			if next++; r.Seq != next || r.Digest != a.out.all[next] {
				t.Errorf("number %d in the ledger when %d was due", r.Seq, next)
			}
			return nil
		}); err != nil || next != 300 {
			t.Errorf("%d items in the ledger, %v", next, err)
		}
		if w.plat.Stats().Alarms[platform.AlarmLedger] == 0 {
			t.Error("no alarm")
		}
	}
}

func TestRegistry_enrolsByFingerprint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agents")
	r, err := platform.OpenRegistry(path)
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(t)
	e := &wire.Enrolment{Agent: "agent-1", Lender: "lender-1", Keys: []wire.Key{s.pub}}
	for name, fp := range map[string]string{"none": "", "another": newSigner(t).KeyID()} {
		if err := r.Enrol(e, fp); !errors.Is(err, platform.ErrFingerprint) {
			t.Errorf("%s: %v, want ErrFingerprint", name, err)
		}
	}
	off := &wire.Enrolment{Agent: "agent-1", Lender: "lender-1", Keys: []wire.Key{{X: [32]byte{1}}}}
	if err := r.Enrol(off, off.Fingerprint()); err == nil {
		t.Error("a key off the curve was enrolled")
	}
	if err := r.Enrol(e, e.Fingerprint()); err != nil {
		t.Fatal(err)
	}
	thief := &wire.Enrolment{Agent: "agent-1", Lender: "lender-2", Keys: []wire.Key{newSigner(t).pub}}
	if err := r.Enrol(thief, thief.Fingerprint()); !errors.Is(err, platform.ErrEnrolled) {
		t.Errorf("another lender took the name: %v", err)
	}
	again, err := platform.OpenRegistry(path)
	if err != nil || len(again.Agents()) != 1 || again.Agents()[0].Fingerprint() != s.KeyID() {
		t.Fatalf("read again: %v, %v", again, err)
	}
	rotated := &wire.Enrolment{Agent: "agent-1", Lender: "lender-1", Keys: []wire.Key{newSigner(t).pub, s.pub}}
	if err := again.Enrol(rotated, rotated.Fingerprint()); err != nil {
		t.Fatal(err)
	}
	if err := r.Enrol(&wire.Enrolment{Agent: "agent-2", Lender: "lender-1", Keys: []wire.Key{s.pub}}, s.KeyID()); err != nil {
		t.Fatal(err)
	}
	if got, _ := platform.OpenRegistry(path); len(got.Agents()) != 2 || len(got.Agents()[0].Keys) != 2 {
		t.Error("the second process wrote over what the first had enrolled")
	}
}

// All in one process and no port: how the demonstration runs.
func TestDelivery_worksWithoutAPort(t *testing.T) {
	w := newWorld(t)
	s, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: filepath.Join(w.dir, "broker"), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("broker not ready")
	}
	w.broker = s
	w.inProcess = nats.InProcessServer(s)
	w.startPlatform()
	a := w.agent("agent-1").enrol()
	a.out.verdicts(t, 100, 1)
	a.start(func(c *uplink.Config) { c.Servers, c.InProcess = nil, s })
	w.check(a)
	a.stop()
}
