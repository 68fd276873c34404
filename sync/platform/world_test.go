package platform_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/crypto/seal"
	"github.com/yanmen/yanmen/sync/platform"
	"github.com/yanmen/yanmen/sync/uplink"
	"github.com/yanmen/yanmen/sync/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// signer is an agent's signing key.
type signer struct {
	key *ecdsa.PrivateKey
	pub wire.Key
}

func newSigner(t testing.TB) *signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return &signer{k, wire.Key{X: [32]byte(p[1:33]), Y: [32]byte(p[33:])}}
}

func (s *signer) KeyID() string { return s.pub.Thumbprint() }

func (s *signer) Sign(data []byte) ([]byte, error) {
	sum := sha256.Sum256(data)
	r, v, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		return nil, err
	}
	return append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...), nil
}

// outbox is an agent.Outbox in memory that accuses: what was delivered once
// must not be asked for with another digest.
type outbox struct {
	issuer, audience string

	mu    sync.Mutex
	items []agent.Queued // in order
	seq   uint64
	prev  [32]byte
	all   map[uint64][32]byte // every number ever given
	added chan struct{}
	fail  error
}

func newOutbox(issuer, audience string) *outbox {
	return &outbox{issuer: issuer, audience: audience, all: map[uint64][32]byte{}, added: make(chan struct{}, 1)}
}

func (o *outbox) push(q agent.Queued) {
	q.Platform, q.At = o.audience, time.Now().Unix()
	if q.Payload != nil {
		q.Digest = sha256.Sum256(q.Payload)
	}
	o.prev = q.Digest
	o.all[q.Seq] = q.Digest
	o.items = append(o.items, q)
	select {
	case o.added <- struct{}{}:
	default:
	}
}

func id(seq uint64) string { return fmt.Sprintf("01900000-0000-7000-8000-%012x", seq) }

func subjectOf(n int) [16]byte { return [16]byte{1, byte(n >> 16), byte(n >> 8), byte(n)} }

// verdicts queues n verdicts on the subject of this number.
func (o *outbox) verdicts(t testing.TB, n, subject int) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for range n {
		o.verdict(t, subject, func(*agent.Verdict) {})
	}
}

// retract queues a verdict without a claim in the place of another.
func (o *outbox) retract(t testing.TB, seq uint64, subject int) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	no := agent.NotAvailable
	o.verdict(t, subject, func(v *agent.Verdict) {
		v.Claims = agent.Claims{Outcome: no, Assurance: no, Class: no, Band: no, Disposition: no}
		v.Basis, v.Consent, v.Supersedes = "", [32]byte{}, id(seq)
	})
}

// verdict queues a verdict on the subject of this number. The caller holds mu.
func (o *outbox) verdict(t testing.TB, subject int, change func(*agent.Verdict)) {
	t.Helper()
	o.seq++
	v := &agent.Verdict{Issuer: o.issuer, Audience: o.audience, ID: id(o.seq), Subject: subjectOf(subject),
		Case: "CASE-1", Purpose: agent.PurposeOverdue, Claims: agent.Claims{Outcome: "pass", Assurance: "authority-3", Class: "hardship", Band: "C",
			Disposition: "instalments", Reasons: []agent.Code{"claim.supported", "overdue.current"}},
		IssuedAt: 1790000000, ValidUntil: 1792592000, Rules: [32]byte{1}, Basis: agent.BasisConsent, Consent: [32]byte{2}, Seq: o.seq, Prev: o.prev}
	change(v)
	payload, err := wire.Verdict(v)
	if err != nil {
		t.Fatal(err)
	}
	o.push(agent.Queued{Seq: o.seq, Kind: agent.QueuedVerdict, ID: id(o.seq), Payload: payload, Prev: o.prev})
}

// erase turns the waiting verdicts of a subject into tombstones and queues a notice.
func (o *outbox) erase(t testing.TB, subject int) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.items {
		if v, err := wire.ParseVerdict(o.items[i].Payload); err == nil && v.Subject == subjectOf(subject) {
			o.items[i].Kind, o.items[i].Payload = agent.QueuedTombstone, nil
		}
	}
	o.seq++
	n := wire.Erased{Issuer: o.issuer, Audience: o.audience, ID: id(o.seq), Subject: subjectOf(subject), IssuedAt: 1790000000, Seq: o.seq, Prev: o.prev}
	payload, err := n.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	o.push(agent.Queued{Seq: o.seq, Kind: agent.QueuedErased, ID: id(o.seq), Payload: payload, Prev: o.prev})
}

func (o *outbox) Next(_ context.Context, _ string, after uint64, max int) ([]agent.Queued, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return nil, o.fail
	}
	i, _ := slices.BinarySearchFunc(o.items, after+1, func(q agent.Queued, seq uint64) int { return int(int64(q.Seq) - int64(seq)) })
	return slices.Clone(o.items[i:min(len(o.items), i+max)]), nil
}

func (o *outbox) Delivered(_ context.Context, _ string, seqs []uint64, digests [][32]byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	done := map[uint64]bool{}
	for i, seq := range seqs {
		j, ok := slices.BinarySearchFunc(o.items, seq, func(q agent.Queued, seq uint64) int { return int(int64(q.Seq) - int64(seq)) })
		if !ok {
			continue
		}
		if o.items[j].Digest != digests[i] {
			return agent.ErrCorrupt
		}
		done[seq] = true
	}
	o.items = slices.DeleteFunc(o.items, func(q agent.Queued) bool { return done[q.Seq] })
	return nil
}

func (o *outbox) Added(string) <-chan struct{} { return o.added }

func (o *outbox) Depth(string) (int64, int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.items) == 0 {
		return 0, 0, nil
	}
	return int64(len(o.items)), o.items[0].At, nil
}

func (o *outbox) depth() int64 { n, _, _ := o.Depth(""); return n }

// world is a broker, a platform and agents.
type world struct {
	t      testing.TB
	dir    string
	port   int
	broker *server.Server
	users  []*server.User

	inProcess nats.Option // set if the broker has no port

	keys     *seal.Platform
	registry *platform.Registry

	conn   *nats.Conn
	ledger *platform.FileLedger
	plat   *platform.Platform
	halt   func()

	mu       sync.Mutex
	accepted []platform.Received
	alarms   []platform.Alarm
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, dir: t.TempDir()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	if w.keys, err = seal.GeneratePlatform(); err != nil {
		t.Fatal(err)
	}
	if w.registry, err = platform.OpenRegistry(filepath.Join(w.dir, "agents")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.stopPlatform(); w.stopBroker() })
	return w
}

func (w *world) startBroker() {
	w.t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: w.port, JetStream: true, StoreDir: filepath.Join(w.dir, "broker"),
		NoSigs: true, NoLog: true, Users: w.users})
	if err != nil {
		w.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		w.t.Fatal("broker not ready")
	}
	w.broker = s
}

func (w *world) stopBroker() {
	if w.broker != nil {
		w.broker.Shutdown()
		w.broker.WaitForShutdown()
		w.broker = nil
	}
}

func (w *world) wipeBroker() { os.RemoveAll(filepath.Join(w.dir, "broker")) }

func (w *world) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", w.port) }

func (w *world) connect(o ...nats.Option) *nats.Conn {
	w.t.Helper()
	if w.inProcess != nil {
		o = append(o, w.inProcess)
	}
	c, err := nats.Connect(w.url(), append(o, nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.ReconnectBufSize(-1))...)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) startPlatform() {
	w.t.Helper()
	var err error
	if w.ledger, err = platform.OpenLedger(filepath.Join(w.dir, "ledger")); err != nil {
		w.t.Fatal(err)
	}
	w.startPlatformWith(w.ledger)
}

func (w *world) startPlatformWith(l platform.Ledger) {
	w.t.Helper()
	w.conn = w.connect()
	var err error
	w.plat, err = platform.New(platform.Config{Name: "platform-1", Keys: w.keys, Registry: w.registry, Ledger: l, Conn: w.conn,
		Accepted: func(r []platform.Received) { w.mu.Lock(); w.accepted = append(w.accepted, r...); w.mu.Unlock() },
		Alarm:    func(a platform.Alarm) { w.mu.Lock(); w.alarms = append(w.alarms, a); w.mu.Unlock() },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.plat.Run(ctx) }()
	w.halt = func() { cancel(); <-done; w.conn.Close() }
}

func (w *world) stopPlatform() {
	if w.halt != nil {
		w.halt()
		w.halt = nil
		if w.ledger != nil {
			w.ledger.Close()
			w.ledger = nil
		}
	}
}

// an agentEnd is one agent with its queue.
type agentEnd struct {
	w      *world
	name   string
	out    *outbox
	signer *signer
	seal   *seal.Agent
	up     *uplink.Uplink
	halt   func()
}

func (w *world) agent(name string) *agentEnd {
	w.t.Helper()
	a := &agentEnd{w: w, name: name, out: newOutbox(name, "platform-1"), signer: newSigner(w.t)}
	set, err := seal.ParseKeySet(w.keys.PublicKeys())
	if err != nil {
		w.t.Fatal(err)
	}
	if a.seal, err = seal.NewAgent(name, a.signer, set); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(a.stop)
	return a
}

func (a *agentEnd) enrol() *agentEnd {
	a.w.t.Helper()
	e := &wire.Enrolment{Agent: a.name, Lender: "lender-1", Keys: []wire.Key{a.signer.pub}}
	if err := a.w.registry.Enrol(e, e.Fingerprint()); err != nil {
		a.w.t.Fatal(err)
	}
	return a
}

func (a *agentEnd) start(change ...func(*uplink.Config)) *agentEnd {
	a.w.t.Helper()
	c := uplink.Config{Agent: a.name, Lender: "lender-1", Platform: "platform-1", Outbox: a.out, Envelope: a.seal, Servers: []string{a.w.url()},
		AckTimeout: 2 * time.Second, ReceiptTimeout: time.Second, MaxWait: 2 * time.Second}
	for _, f := range change {
		f(&c)
	}
	u, err := uplink.New(c)
	if err != nil {
		a.w.t.Fatal(err)
	}
	a.up = u
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := u.Run(ctx); err != nil {
			a.w.t.Errorf("Run: %v", err)
		}
	}()
	a.halt = func() { cancel(); <-done }
	return a
}

func (a *agentEnd) stop() {
	if a.halt != nil {
		a.halt()
		a.halt = nil
	}
}

// message returns what the agent's uplink would publish for an item.
func (a *agentEnd) message(q agent.Queued) *nats.Msg {
	a.w.t.Helper()
	payload := q.Payload
	if q.Kind == agent.QueuedTombstone {
		t := wire.Tombstone{Issuer: a.name, Audience: "platform-1", ID: q.ID, Seq: q.Seq, Prev: q.Prev, Digest: q.Digest}
		payload, _ = t.Marshal()
	}
	subject := wire.Subject("lender-1", q.Kind)
	body, err := a.seal.Seal(subject, q.Kind, payload)
	if err != nil {
		a.w.t.Fatal(err)
	}
	return &nats.Msg{Subject: subject, Data: body, Header: wire.Event{ID: q.ID, Kind: q.Kind, Source: a.name, Lender: "lender-1", Time: q.At}.Header()}
}

func (w *world) publish(c *nats.Conn, m *nats.Msg) {
	w.t.Helper()
	js, err := jetstream.New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, done := context.WithTimeout(context.Background(), 10*time.Second)
	defer done()
	if _, err := js.PublishMsg(ctx, m); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) alarmed(code string) func() bool {
	return func() bool { return w.plat.Stats().Alarms[code] > 0 }
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not: %s", what)
		}
	}
}

// check holds the promise: everything that the agent ever queued was accepted
// once, in order, with its digest, and the queue is empty.
func (w *world) check(a *agentEnd) {
	w.t.Helper()
	eventually(w.t, a.name+"'s queue is empty", func() bool { return a.out.depth() == 0 })
	w.mu.Lock()
	defer w.mu.Unlock()
	var next uint64
	for _, r := range w.accepted {
		if r.Agent != a.name {
			continue
		}
		if r.Kind == wire.KindTombstone && r.Seq <= next {
			continue // a verdict withdrawn
		}
		if next++; r.Seq != next || r.Digest != a.out.all[r.Seq] {
			w.t.Fatalf("%s: accepted number %d when %d was due, or with another digest", a.name, r.Seq, next)
		}
	}
	if next != a.out.seq {
		w.t.Fatalf("%s: %d items accepted, %d queued", a.name, next, a.out.seq)
	}
}

// streams waits until the platform has made its streams.
func (w *world) streams(c *nats.Conn) {
	w.t.Helper()
	js, err := jetstream.New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	eventually(w.t, "the platform has its streams", func() bool {
		ctx, done := context.WithTimeout(context.Background(), time.Second)
		defer done()
		_, err := js.Consumer(ctx, platform.UpStream, "platform")
		return err == nil
	})
}
