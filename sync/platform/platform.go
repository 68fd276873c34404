// Package platform is what a central platform imports to receive verdicts: it
// takes envelopes from JetStream, opens and verifies them, checks each agent's
// chain, hands every item to a [Ledger] once, and answers with signed receipts.
//
// An item is accepted only if its agent is enrolled and owns the lender of the
// subject, its signature holds, its bytes are the one way to write it, and it
// continues the agent's chain. What comes before its turn waits in memory until
// the gap fills. What was accepted before is receipted again and not handed on
// again, for ever. A second item under one number is a fork: it is refused and
// an alarm, and so is whatever does not open; neither holds up anything else.
//
// A receipt is sent only after the ledger holds the item durably. The broker's
// acknowledgement says no more than that we looked: whatever we drop, the agent
// sends again until it has a receipt.
//
// Storage beyond [OpenLedger]'s file, and what becomes of verdicts, are left to
// the ledger.
package platform

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/crypto/seal"
	"github.com/yanmen/yanmen/sync/wire"
)

// Received is one item that was opened, verified and found in its place.
type Received struct {
	Kind   string // wire.KindVerdict, KindTombstone or KindErased
	Agent  string // who signed it
	Lender string
	ID     string // UUIDv7 of the verdict or notice
	Seq    uint64
	Prev   [32]byte
	Digest [32]byte // SHA-256 of the payload; for a tombstone of the one that is gone

	// Verdict is set for a verdict. One that supersedes another takes its place;
	// if it holds no claim, nothing does, and the other holds no longer.
	Verdict *agent.Verdict
	Subject [16]byte // set for an erased notice and a verdict

	Token []byte // the JWT, with which anyone can verify the item again
}

// An Entry is what a ledger remembers of an accepted number.
type Entry struct {
	Digest [32]byte
	// Gone says that a tombstone took the place of the verdict.
	Gone bool
}

// A Ledger is the platform's memory of what it accepted, and the way on from
// there. Its methods are called by one goroutine. [ledgertest] holds an
// implementation to this contract.
//
// [ledgertest]: https://pkg.go.dev/github.com/yanmen/yanmen/sync/platform/ledgertest
type Ledger interface {
	// Head returns the highest number that was accepted from the agent and its
	// digest; 0 and zeros if there is none.
	Head(ctx context.Context, agent string) (seq uint64, digest [32]byte, err error)
	// Find returns what was accepted under a number from 1 to Head.
	Find(ctx context.Context, agent string, seq uint64) (Entry, error)
	// Accept takes items over. When it returns nil all of them are durable; on
	// an error, none or the first few, and Head tells which. Items of one agent
	// come in order and continue its head, except a tombstone for a number that
	// was accepted as a verdict: that verdict is withdrawn and must be erased.
	// An erased notice means that everything held of its subject, from that
	// agent, must be erased; it is durable when that is done.
	Accept(ctx context.Context, items []Received) error
}

// An Alarm is something that a person should know. It names no value of a
// message that did not verify.
type Alarm struct {
	Code   string
	Lender string // "" if not known
	Agent  string // as enrolled, "" if not known
	Seq    uint64 // 0 if not known
}

// Codes of alarms.
const (
	AlarmHeaders    = "message.malformed"   // subject or headers are not ours
	AlarmAgent      = "agent.unknown"       // not enrolled, or for another lender
	AlarmKey        = "agent.key_unknown"   // signed with a key that is not enrolled
	AlarmEnvelope   = "envelope.unreadable" // does not open: changed, moved, or sealed to another key
	AlarmToken      = "token.invalid"       // the signature does not hold
	AlarmPayload    = "payload.invalid"     // verified, but not a message of sync/wire, or not for us
	AlarmFork       = "chain.forked"        // another payload under a number that was accepted, or another past
	AlarmGap        = "chain.gap"           // items wait for one that is missing
	AlarmLedger     = "ledger.failed"       // the ledger returned an error; nothing is receipted meanwhile
	AlarmPublishing = "receipt.unsent"      // the broker did not take a receipt
)

// Config is what a platform needs. Fields are required unless it says otherwise.
type Config struct {
	Name     string // the audience of verdicts
	Keys     *seal.Platform
	Registry *Registry
	Ledger   Ledger
	Conn     *nats.Conn // stays the caller's

	// Accepted is told of items after the ledger took them, in order, at most
	// once; a tombstone or notice too. Optional: for logs and screens.
	Accepted func([]Received)
	// Alarm is told of what went wrong. Optional. It must not block.
	Alarm func(Alarm)
	// Log takes codes. Optional.
	Log *slog.Logger
	// Streams are the limits of the streams that Run makes. Optional.
	Streams StreamLimits
}

// Stats counts since start.
type Stats struct {
	Received  uint64 // messages taken from the broker
	Accepted  uint64 // items handed to the ledger
	Repeated  uint64 // items that had been accepted before
	Refused   uint64 // messages that were refused
	Receipts  uint64
	Waiting   int               // items that wait for a gap to fill
	Alarms    map[string]uint64 // by code
	Connected bool
}

// A Platform receives. Its methods are safe for concurrent use; Run is called
// once.
type Platform struct {
	cfg Config

	mu    sync.Mutex // guards stats
	stats Stats

	// Owned by the goroutine that settles.
	waiting map[string]*gap
}

// New checks the configuration. It talks to nobody.
func New(c Config) (*Platform, error) {
	if !wire.IsName(c.Name) || c.Keys == nil || c.Registry == nil || c.Ledger == nil || c.Conn == nil {
		return nil, errors.New("platform: want a name, keys, a registry, a ledger and a connection")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Platform{cfg: c, stats: Stats{Alarms: map[string]uint64{}}, waiting: map[string]*gap{}}, nil
}

// Stats returns the counts.
func (p *Platform) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Alarms = make(map[string]uint64, len(p.stats.Alarms))
	for k, v := range p.stats.Alarms {
		s.Alarms[k] = v
	}
	s.Connected = p.cfg.Conn.IsConnected()
	return s
}

func (p *Platform) alarm(a Alarm) {
	p.mu.Lock()
	p.stats.Alarms[a.Code]++
	p.mu.Unlock()
	p.cfg.Log.Warn("platform", slog.String("code", a.Code), slog.String("lender", a.Lender), slog.String("agent", a.Agent), slog.Uint64("seq", a.Seq))
	if p.cfg.Alarm != nil {
		p.cfg.Alarm(a)
	}
}

func (p *Platform) tally(f func(*Stats)) {
	p.mu.Lock()
	f(&p.stats)
	p.mu.Unlock()
}

// batchSize is how many messages are opened together, accepted in one write and
// receipted by one signature an agent. It is at most wire.MaxLines.
const batchSize = 512

// ackWait is after what time the broker gives a message again that a crash left
// with us. One that is merely slow is then repeated, which does no harm.
const ackWait = 10 * time.Second

// Run makes the streams and receives until ctx ends, and then returns nil. It
// goes on through every fault of the broker and of the ledger.
func (p *Platform) Run(ctx context.Context) error {
	js, err := jetstream.New(p.cfg.Conn)
	if err != nil {
		return fmt.Errorf("platform: %w", err)
	}
	for n := 0; ctx.Err() == nil; n++ {
		if p.receive(ctx, js) {
			n = 0
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(10*time.Second, 200*time.Millisecond<<min(n, 10))):
		}
	}
	return nil
}

// receive makes streams and consumer and reads until the consumer fails. It
// reports whether it worked at all.
func (p *Platform) receive(ctx context.Context, js jetstream.JetStream) (worked bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	call, done := context.WithTimeout(ctx, 10*time.Second)
	defer done()
	if err := Streams(call, js, p.cfg.Streams); err != nil {
		return false
	}
	cons, err := js.CreateOrUpdateConsumer(call, UpStream, jetstream.ConsumerConfig{
		Durable: "platform", AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: 16 * batchSize,
	})
	if err != nil {
		return false
	}
	failed := make(chan struct{}, 1)
	msgs := make(chan jetstream.Msg, 2*batchSize)
	cc, err := cons.Consume(func(m jetstream.Msg) {
		select {
		case msgs <- m:
		case <-ctx.Done():
			m.Nak() // the next to read need not wait for it
		}
	}, jetstream.PullMaxMessages(4*batchSize), jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		select {
		case failed <- struct{}{}: // opening again is harmless, whatever it was
		default:
		}
	}))
	if err != nil {
		return false
	}
	// Opening a batch and settling the one before it overlap: the first needs
	// the cores, the second the disk.
	opened := make(chan []*message, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		for batch := range opened {
			p.settle(ctx, js, batch)
		}
	})
	defer func() {
		cancel()
		close(opened)
		wg.Wait()
		cc.Drain()
		select {
		case <-cc.Closed():
		case <-time.After(time.Second): // without a connection there is nothing to drain to
			cc.Stop()
		}
		for len(msgs) > 0 {
			(<-msgs).Nak()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return true
		case <-failed:
			return true
		case m := <-msgs:
			batch := p.openAll(gather(m, msgs))
			select {
			case opened <- batch:
			case <-ctx.Done():
				for _, m := range batch {
					m.msg.Nak()
				}
				return true
			}
		}
	}
}

// gather returns what has come, up to a batch.
func gather(first jetstream.Msg, msgs <-chan jetstream.Msg) []*message {
	batch := []*message{{msg: first}}
	for len(batch) < batchSize {
		select {
		case m := <-msgs:
			batch = append(batch, &message{msg: m})
		default:
			return batch
		}
	}
	return batch
}

// A message on its way through a batch.
type message struct {
	msg   jetstream.Msg
	item  Received
	alarm Alarm // set if refused
}

// openAll opens a batch on all cores.
func (p *Platform) openAll(batch []*message) []*message {
	workers := min(runtime.GOMAXPROCS(0), (len(batch)+15)/16)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(batch); i += workers {
				p.open(batch[i])
			}
		})
	}
	wg.Wait()
	return batch
}

// open goes from the outside in; what one step has not proved, no later one
// relies on.
func (p *Platform) open(m *message) {
	lender, last, err := wire.ParseSubject(m.msg.Subject())
	e, errEvent := wire.ParseEvent(m.msg.Headers())
	if err != nil || errEvent != nil || e.Lender != lender {
		m.alarm = Alarm{Code: AlarmHeaders}
		return
	}
	switch e.Kind {
	case wire.KindVerdict, wire.KindTombstone, wire.KindErased:
	default:
		m.alarm = Alarm{Code: AlarmHeaders, Lender: lender}
		return
	}
	enrolled, ok := p.cfg.Registry.find(e.Source)
	if !ok || enrolled.lender != lender || last == wire.KindErased != (e.Kind == wire.KindErased) {
		m.alarm = Alarm{Code: AlarmAgent, Lender: lender}
		return
	}
	payload, token, err := p.cfg.Keys.Open(m.msg.Subject(), e.Kind, e.Source, enrolled.keys, m.msg.Data())
	if err != nil {
		code := AlarmEnvelope
		if errors.Is(err, seal.ErrUnknownKey) {
			code = AlarmKey
		} else if errors.Is(err, seal.ErrToken) {
			code = AlarmToken
		}
		m.alarm = Alarm{Code: code, Lender: lender, Agent: e.Source}
		return
	}
	m.item = Received{Kind: e.Kind, Agent: e.Source, Lender: lender, Token: token}
	if aud, ok := parse(&m.item, payload); !ok || aud != p.cfg.Name {
		m.alarm = Alarm{Code: AlarmPayload, Lender: lender, Agent: e.Source}
	}
}
