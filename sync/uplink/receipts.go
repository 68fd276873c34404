package uplink

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/sync/wire"
)

// receiptStream is the stream in which the platform keeps what is for agents.
const receiptStream = "YANMEN_DOWN"

// together is how many receipts are taken in one write to the queue.
const together = 32

// receipts reads receipts until ctx ends, and opens its consumer again whenever
// it is lost.
func (u *Uplink) receipts(ctx context.Context, nc *nats.Conn, receipted chan<- []uint64) {
	js, err := jetstream.New(nc)
	if err != nil {
		panic("uplink: jetstream without a domain has no error")
	}
	for n := 0; ctx.Err() == nil; n++ {
		if nc.IsConnected() {
			if u.consume(ctx, js, receipted) {
				n = 0
			}
		}
		if !sleep(ctx, backoff(n, 250*time.Millisecond, min(30*time.Second, u.cfg.MaxWait))) {
			return
		}
	}
}

// consumerName is this agent's durable place in the stream. Names of consumers
// have no dot, and names of agents no equals sign.
func consumerName(agent string) string {
	return "agent-" + strings.ReplaceAll(agent, ".", "=")
}

// consume reads until the consumer fails. It reports whether it worked at all.
func (u *Uplink) consume(ctx context.Context, js jetstream.JetStream, receipted chan<- []uint64) (worked bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	name := consumerName(u.cfg.Agent)
	call, done := context.WithTimeout(ctx, u.cfg.AckTimeout)
	defer done()
	// Look first: a platform may have made the consumer and allow no more.
	cons, err := js.Consumer(call, receiptStream, name)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		cons, err = js.CreateConsumer(call, receiptStream, jetstream.ConsumerConfig{
			Durable: name, FilterSubject: wire.Subject(u.cfg.Lender, wire.KindReceipt),
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: 10 * time.Second, MaxAckPending: 512,
		})
	}
	if err != nil {
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			u.problem(areaReceipt, CodeStreamMissing)
		}
		return false // unreachable and denied are said by the connection
	}
	failed := make(chan struct{}, 1)
	msgs := make(chan jetstream.Msg, together)
	cc, err := cons.Consume(func(m jetstream.Msg) {
		select {
		case msgs <- m:
		case <-ctx.Done():
			m.Nak() // the next to read need not wait for it
		}
	}, jetstream.PullMaxMessages(4*together), jetstream.ConsumeErrHandler(func(jetstream.ConsumeContext, error) {
		// Whatever it was, opening again is harmless; the words stay here.
		select {
		case failed <- struct{}{}:
		default:
		}
	}))
	if err != nil {
		return false
	}
	defer func() {
		cancel() // frees the handler first
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
			if !u.take(ctx, append([]jetstream.Msg{m}, waiting(msgs)...), receipted) {
				return true
			}
		}
	}
}

// waiting returns what has already come, up to one write's worth.
func waiting(msgs <-chan jetstream.Msg) (more []jetstream.Msg) {
	for len(more) < together-1 {
		select {
		case m := <-msgs:
			more = append(more, m)
		default:
			return more
		}
	}
	return more
}

// take lets the receipted items go. Receipts are acknowledged after that is
// durable; if the process dies between, they come again and name nothing any
// more. It returns false when the queue could not be written.
func (u *Uplink) take(ctx context.Context, msgs []jetstream.Msg, receipted chan<- []uint64) bool {
	var valid []*wire.Receipt
	var seqs []uint64
	var digests [][32]byte
	for _, m := range msgs {
		r, mine, ok := u.open(m.Data())
		if !ok {
			u.problem(areaReceipt, CodeReceiptForged)
			continue
		}
		if !mine {
			continue // for another agent of this lender
		}
		valid = append(valid, r)
		for i := range r.Lines {
			seqs = append(seqs, r.Lines[i].Seq)
			digests = append(digests, r.Lines[i].Digest)
		}
	}
	err := error(nil)
	if len(seqs) > 0 {
		err = u.cfg.Outbox.Delivered(ctx, u.cfg.Platform, seqs, digests)
	}
	if errors.Is(err, agent.ErrCorrupt) {
		// One line is wrong and spoils the write: find it.
		seqs, err = u.lineByLine(ctx, valid)
	}
	if err != nil {
		if ctx.Err() == nil {
			u.problem(areaQueue, CodeQueueUnreadable)
		}
		return false
	}
	for _, m := range msgs {
		m.Ack() // an acknowledgement that is lost brings the receipt again
	}
	if len(seqs) == 0 {
		return true
	}
	u.count(0, len(seqs))
	select {
	case receipted <- seqs:
	case <-ctx.Done():
	}
	return true
}

// lineByLine takes the lines one at a time and passes over those whose digest
// is not that of our item: the platform speaks of another payload, which a
// person must look into.
func (u *Uplink) lineByLine(ctx context.Context, rs []*wire.Receipt) (seqs []uint64, err error) {
	for _, r := range rs {
		for i := range r.Lines {
			l := &r.Lines[i]
			err := u.cfg.Outbox.Delivered(ctx, u.cfg.Platform, []uint64{l.Seq}, [][32]byte{l.Digest})
			if errors.Is(err, agent.ErrCorrupt) {
				u.problem(areaReceipt, CodeReceiptDiffers)
				continue
			}
			if err != nil {
				return nil, err
			}
			seqs = append(seqs, l.Seq)
		}
	}
	return seqs, nil
}

// open verifies a receipt. Mine is false for one of the platform's receipts for
// another agent.
func (u *Uplink) open(token []byte) (r *wire.Receipt, mine, ok bool) {
	payload, err := u.cfg.Envelope.Receipt(token)
	if err != nil {
		return nil, false, false
	}
	r, err = wire.ParseReceipt(payload)
	if err != nil || r.Issuer != u.cfg.Platform {
		return nil, false, false
	}
	return r, r.Audience == u.cfg.Agent, true
}
