package uplink

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/sync/wire"
)

// readAhead is how many items are read, checked, signed and sealed together.
const readAhead = 128

// A sender publishes the queue. One goroutine owns it.
type sender struct {
	u    *Uplink
	nc   *nats.Conn
	acks chan ack

	// flight holds the items that were published since the last receipt for
	// them, in order of Seq. Everything up to cursor was published, or will not
	// be before the cursor goes back.
	flight []flying
	cursor uint64

	// open holds publications without an answer by the last token of their
	// reply subject; an answer to one that was given up finds nothing.
	open  map[string]publication
	check time.Time // before it no publication of open is overdue
	next  uint64    // number of the next publication
	inbox string

	fails   int       // in a row, for the pause after one
	pause   time.Time // nothing is published before
	stalled stall
}

type flying struct {
	seq  uint64
	done bool // receipted
}

// A publication waits for the broker's answer.
type publication struct {
	seq   uint64
	at    time.Time
	again bool // sent for want of a receipt: its failure moves no cursor
}

// A stall is the state of sending again for want of receipts. Size 0 means that
// all is well. It begins with one item; each receipt that moves the lowest
// number lets twice as many go the next time, until what was in flight when it
// began has been receipted.
type stall struct {
	deadline time.Time
	size     int
	until    uint64
	tries    int // in a row without any receipt
}

// grace is how long receipts may pause, once they come again, before more is
// sent again.
func (s *sender) grace() time.Duration { return min(time.Second, s.u.cfg.ReceiptTimeout/4) }

func newSender(u *Uplink, nc *nats.Conn) *sender {
	return &sender{u: u, nc: nc, acks: make(chan ack, 4*u.cfg.Window+1024), open: map[string]publication{}, inbox: nc.NewInbox()}
}

func (s *sender) run(ctx context.Context, changed <-chan struct{}, receipted <-chan []uint64) {
	for ctx.Err() == nil {
		_, err := s.nc.Subscribe(s.inbox+".*", func(m *nats.Msg) {
			select {
			case s.acks <- ack{m.Subject[len(s.inbox)+1:], readAck(m)}:
			default: // more answers than questions: a deadline will find what is missing
			}
		})
		if err == nil {
			break
		}
		if s.nc.IsClosed() || !sleep(ctx, time.Second) {
			return
		}
	}
	added := s.u.cfg.Outbox.Added(s.u.cfg.Platform)
	timer := time.NewTimer(0)
	defer timer.Stop()
	wasUp := false
	for {
		now := time.Now()
		up := s.nc.IsConnected()
		if up && !wasUp {
			// What was under way when the connection broke may be lost or not.
			s.fails, s.pause = 0, time.Time{}
			s.rewind()
			s.rearm(now)
		}
		wasUp = up
		if up {
			s.expire(now)
			s.repeat(ctx, now)
			s.fill(ctx, now)
		}
		timer.Reset(time.Until(s.wake(now, up)))
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-added:
		case <-timer.C:
		case a := <-s.acks:
			s.answered(a)
			s.drainAcks()
		case seqs := <-receipted:
			s.delivered(seqs)
		}
	}
}

// wake is when the loop must look again although nothing happened.
func (s *sender) wake(now time.Time, up bool) time.Time {
	at := now.Add(time.Minute) // also finds what a missed signal left
	if !up {
		return at
	}
	earlier := func(t time.Time) {
		if t.Before(at) {
			at = t
		}
	}
	if len(s.open) > 0 {
		earlier(s.check)
	}
	if s.pause.After(now) {
		earlier(s.pause)
	}
	if len(s.flight) > 0 {
		earlier(s.stalled.deadline)
	}
	return at
}

// fill publishes what is next in the queue while the windows allow it.
func (s *sender) fill(ctx context.Context, now time.Time) {
	for !s.pause.After(now) && ctx.Err() == nil {
		room := min(readAhead, s.u.cfg.Window-len(s.open), s.u.cfg.Ahead-len(s.flight))
		// Reading a few items at a time would sign on one core only.
		if room <= 0 || room < min(readAhead, s.u.cfg.Window)/2 && len(s.open) > 0 {
			return
		}
		items, err := s.u.cfg.Outbox.Next(ctx, s.u.cfg.Platform, s.cursor, room)
		if err != nil {
			s.stop(ctx, areaQueue, CodeQueueUnreadable)
			return
		}
		if len(items) == 0 {
			s.u.mended(areaQueue)
			return
		}
		if !s.publish(ctx, items, "") {
			return
		}
		s.u.mended(areaQueue)
		now = time.Now()
		s.drainAcks()
	}
}

// publish seals items side by side and publishes them in order. It stops at the
// first that fails, and then nothing goes out for a while.
func (s *sender) publish(ctx context.Context, items []agent.Queued, round string) bool {
	msgs, code := s.prepare(items, round)
	for i, m := range msgs {
		if m == nil {
			area := areaQueue
			if code[i] == CodeSealFailed {
				area = areaPublish
			}
			s.stop(ctx, area, code[i])
			return false
		}
		s.next++
		token := strconv.FormatUint(s.next, 36)
		m.Reply = s.inbox + "." + token
		if err := s.nc.PublishMsg(m); err != nil {
			code := CodePublishRefused
			if errors.Is(err, nats.ErrReconnectBufExceeded) || errors.Is(err, nats.ErrConnectionClosed) ||
				errors.Is(err, nats.ErrConnectionReconnecting) || errors.Is(err, nats.ErrDisconnected) {
				code = CodeBrokerUnreachable
			}
			s.stop(ctx, areaPublish, code)
			return false
		}
		now := time.Now()
		if len(s.open) == 0 {
			s.check = now.Add(s.u.cfg.AckTimeout)
		}
		s.open[token] = publication{seq: items[i].Seq, at: now, again: round != ""}
		if round == "" {
			if len(s.flight) == 0 {
				s.rearm(now)
			}
			s.flight = append(s.flight, flying{seq: items[i].Seq})
			s.cursor = items[i].Seq
		}
	}
	return true
}

// prepare makes the messages on two goroutines: signing is most of the work,
// and the agent's other work needs the cores too. A nil message has a code.
func (s *sender) prepare(items []agent.Queued, round string) ([]*nats.Msg, []string) {
	msgs, codes := make([]*nats.Msg, len(items)), make([]string, len(items))
	var wg sync.WaitGroup
	half := (len(items) + 1) / 2
	for from := 0; from < len(items); from += half {
		wg.Go(func() {
			for i := from; i < min(from+half, len(items)); i++ {
				msgs[i], codes[i] = s.u.message(&items[i], round)
			}
		})
	}
	wg.Wait()
	return msgs, codes
}

// message is the last gate: what is not a message of sync/wire, from this agent
// to this platform, in its place of the chain, does not leave.
func (u *Uplink) message(q *agent.Queued, round string) (*nats.Msg, string) {
	payload, ok := u.gate(q)
	if !ok {
		return nil, CodeQueueCorrupt
	}
	subject := wire.Subject(u.cfg.Lender, q.Kind)
	body, err := u.cfg.Envelope.Seal(subject, q.Kind, payload)
	if err != nil {
		return nil, CodeSealFailed
	}
	m := &nats.Msg{Subject: subject, Data: body, Header: wire.Event{
		ID: q.ID, Kind: q.Kind, Source: u.cfg.Agent, Lender: u.cfg.Lender, Time: q.At}.Header()}
	// The broker drops a second message of one id for some minutes. That is
	// wanted when a connection broke, and not when a receipt is missing or a
	// tombstone takes the place of its verdict. The stream is shared, so the
	// agent's name goes first.
	id := u.cfg.Agent + "." + q.ID
	if q.Kind == agent.QueuedTombstone {
		id += ".t"
	}
	m.Header[nats.MsgIdHdr] = []string{id + round}
	return m, ""
}

func (u *Uplink) gate(q *agent.Queued) ([]byte, bool) {
	mine := func(iss, aud, id string, seq uint64, prev [32]byte) bool {
		return iss == u.cfg.Agent && aud == u.cfg.Platform && id == q.ID && seq == q.Seq && prev == q.Prev
	}
	switch q.Kind {
	case agent.QueuedVerdict:
		v, err := wire.ParseVerdict(q.Payload)
		return q.Payload, err == nil && mine(v.Issuer, v.Audience, v.ID, v.Seq, v.Prev) && sha256.Sum256(q.Payload) == q.Digest
	case agent.QueuedErased:
		e, err := wire.ParseErased(q.Payload)
		return q.Payload, err == nil && mine(e.Issuer, e.Audience, e.ID, e.Seq, e.Prev) && sha256.Sum256(q.Payload) == q.Digest
	case agent.QueuedTombstone:
		t := wire.Tombstone{Issuer: u.cfg.Agent, Audience: u.cfg.Platform, ID: q.ID, Seq: q.Seq, Prev: q.Prev, Digest: q.Digest}
		payload, err := t.Marshal()
		return payload, err == nil && len(q.Payload) == 0
	}
	return nil, false
}

// stop notes what failed and pauses, longer each time.
func (s *sender) stop(ctx context.Context, area, code string) {
	if ctx.Err() != nil {
		return
	}
	s.u.problem(area, code)
	s.pause = time.Now().Add(backoff(s.fails, 250*time.Millisecond, s.u.cfg.MaxWait))
	s.fails++
}

// rewind takes back to the lowest item without an acknowledgement: the broker
// has it or not, and drops it if it comes a second time.
func (s *sender) rewind() {
	low, any := uint64(0), false
	for _, p := range s.open {
		if !p.again && (!any || p.seq < low) {
			low, any = p.seq, true
		}
	}
	clear(s.open)
	if !any {
		return
	}
	i, _ := slices.BinarySearchFunc(s.flight, low, func(f flying, seq uint64) int { return cmp.Compare(f.seq, seq) })
	s.flight = s.flight[:i]
	s.cursor = min(s.cursor, low-1)
}

// expire gives up on a broker that does not answer.
func (s *sender) expire(now time.Time) {
	if len(s.open) == 0 || now.Before(s.check) {
		return
	}
	oldest := now
	for _, p := range s.open {
		if p.at.Before(oldest) {
			oldest = p.at
		}
	}
	if s.check = oldest.Add(s.u.cfg.AckTimeout); s.check.After(now) {
		return
	}
	s.u.problem(areaPublish, CodePublishTimeout)
	s.pause = now.Add(backoff(s.fails, 250*time.Millisecond, s.u.cfg.MaxWait))
	s.fails++
	s.rewind()
}

func (s *sender) drainAcks() {
	for {
		select {
		case a := <-s.acks:
			s.answered(a)
		default:
			return
		}
	}
}

// answered takes the broker's word on one publication. A refusal takes the
// whole window back: what follows it in order must not overtake it for long.
func (s *sender) answered(a ack) {
	p, ok := s.open[a.token]
	if !ok {
		return // given up before
	}
	if a.code == "" {
		delete(s.open, a.token)
		s.fails = 0
		s.u.count(1, 0)
		s.u.mended(areaPublish)
		return
	}
	s.u.problem(areaPublish, a.code)
	s.pause = time.Now().Add(backoff(s.fails, 250*time.Millisecond, s.u.cfg.MaxWait))
	s.fails++
	if p.again {
		delete(s.open, a.token)
		return
	}
	s.rewind()
}

// delivered takes note of receipts whose items have left the queue.
func (s *sender) delivered(seqs []uint64) {
	for _, seq := range seqs {
		i, ok := slices.BinarySearchFunc(s.flight, seq, func(f flying, seq uint64) int { return cmp.Compare(f.seq, seq) })
		if ok {
			s.flight[i].done = true
		}
	}
	n := 0
	for n < len(s.flight) && s.flight[n].done {
		n++
	}
	if n == 0 {
		return
	}
	s.flight = s.flight[n:]
	if cap(s.flight) > 4*s.u.cfg.Ahead || len(s.flight) == 0 {
		s.flight = slices.Clone(s.flight) // lets the part that was cut off go
	}
	s.u.mended(areaReceipt)
	s.u.mended(areaDenied)
	st := &s.stalled
	st.tries = 0
	if st.size == 0 || len(s.flight) == 0 || s.flight[0].seq > st.until {
		s.rearm(time.Now())
		return
	}
	st.size = min(2*st.size, s.u.cfg.Window)
	st.deadline = time.Now().Add(s.grace())
}

// rearm says that receipts are as expected.
func (s *sender) rearm(now time.Time) {
	s.stalled = stall{deadline: now.Add(s.u.cfg.ReceiptTimeout)}
}

// repeat sends again what should have been receipted by now.
func (s *sender) repeat(ctx context.Context, now time.Time) {
	st := &s.stalled
	if len(s.flight) == 0 || now.Before(st.deadline) || s.pause.After(now) {
		return
	}
	progress := st.size > 0 && st.tries == 0
	if !progress {
		if st.size == 0 {
			st.until = s.flight[len(s.flight)-1].seq
		}
		st.size = 1
		s.u.problem(areaReceipt, CodeReceiptTimeout)
	}
	st.tries++
	st.deadline = now.Add(backoff(st.tries, s.u.cfg.ReceiptTimeout, s.u.cfg.MaxWait))
	items, err := s.u.cfg.Outbox.Next(ctx, s.u.cfg.Platform, s.flight[0].seq-1, st.size)
	if err != nil {
		s.stop(ctx, areaQueue, CodeQueueUnreadable)
		return
	}
	items = slices.DeleteFunc(items, func(q agent.Queued) bool { return q.Seq > s.cursor }) // not sent even once
	if len(items) == 0 {
		// The queue let them go by another way than a receipt that we saw.
		s.flight = nil
		return
	}
	s.u.cfg.Log.Info("uplink: sending again", slog.String("platform", s.u.cfg.Platform), slog.Int("items", len(items)))
	s.publish(ctx, items, "."+strconv.FormatInt(now.Unix(), 36))
}
