package platform

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/yanmen/yanmen/sync/wire"
)

// parse fills an item from its payload and returns for whom it is. It reports
// whether the item is whole and names the agent that signed it.
func parse(r *Received, payload []byte) (aud string, ok bool) {
	var iss string
	r.Digest = sha256.Sum256(payload)
	switch r.Kind {
	case wire.KindVerdict:
		v, err := wire.ParseVerdict(payload)
		if err != nil {
			return "", false
		}
		r.Verdict, r.Subject = v, v.Subject
		iss, aud, r.ID, r.Seq, r.Prev = v.Issuer, v.Audience, v.ID, v.Seq, v.Prev
	case wire.KindTombstone:
		t, err := wire.ParseTombstone(payload)
		if err != nil {
			return "", false
		}
		r.Digest = t.Digest // the chain goes on from what is gone
		iss, aud, r.ID, r.Seq, r.Prev = t.Issuer, t.Audience, t.ID, t.Seq, t.Prev
	case wire.KindErased:
		e, err := wire.ParseErased(payload)
		if err != nil {
			return "", false
		}
		r.Subject = e.Subject
		iss, aud, r.ID, r.Seq, r.Prev = e.Issuer, e.Audience, e.ID, e.Seq, e.Prev
	default:
		return "", false
	}
	return aud, iss == r.Agent
}

// maxWaiting bounds the items of one agent that wait for a gap to fill. What
// is above the bound is dropped; the agent sends it again.
const maxWaiting = 4096

// A gap holds an agent's items that came before their turn.
type gap struct {
	items map[uint64]Received
	said  bool // the alarm was given
}

// A plan is what a batch will do, agent by agent: what the ledger must take and
// what is receipted then.
type plan struct {
	accept []Received
	chains map[string]*chain
	order  []string // of agents, as they came
}

type chain struct {
	lender string
	seq    uint64
	digest [32]byte
	lines  []wire.Line
	// taken holds what this batch accepts, by number, and whether it withdraws.
	taken map[uint64]Entry
}

// settle takes one opened batch through the ledger, answers and acknowledges.
// If the process dies before the ledger returns, the broker or the agent sends
// again; if it dies after, the items are repeated and receipted then.
func (p *Platform) settle(ctx context.Context, js jetstream.JetStream, batch []*message) {
	refused := 0
	for _, m := range batch {
		if m.alarm.Code != "" {
			refused++
			p.alarm(m.alarm)
			m.msg.Term() // never again from the broker; the agent may
		}
	}
	p.tally(func(s *Stats) { s.Received += uint64(len(batch)); s.Refused += uint64(refused) })

	pl, err := p.plan(ctx, batch)
	if err == nil && len(pl.accept) > 0 {
		err = p.cfg.Ledger.Accept(ctx, pl.accept)
	}
	if err != nil {
		if ctx.Err() == nil {
			p.alarm(Alarm{Code: AlarmLedger})
		}
		for _, m := range batch {
			if m.alarm.Code == "" {
				m.msg.NakWithDelay(5 * time.Second)
			}
		}
		return
	}
	p.advance(pl)
	if len(pl.accept) > 0 && p.cfg.Accepted != nil {
		p.cfg.Accepted(pl.accept)
	}
	sent := true
	for _, name := range pl.order {
		if !p.receipt(ctx, js, name, pl.chains[name]) {
			sent = false
		}
	}
	for _, m := range batch {
		switch {
		case m.alarm.Code != "":
		case sent:
			m.msg.Ack()
		default:
			m.msg.NakWithDelay(time.Second) // comes again, and is receipted as repeated
		}
	}
}

// plan puts a batch into the order of its chains. It changes nothing but the
// waiting items, which may be lost at any time.
func (p *Platform) plan(ctx context.Context, batch []*message) (*plan, error) {
	pl := &plan{chains: map[string]*chain{}}
	for _, m := range batch {
		if m.alarm.Code != "" {
			continue
		}
		c, err := p.chain(ctx, pl, &m.item)
		if err != nil {
			return nil, err
		}
		if err := p.place(ctx, pl, c, m.item, m); err != nil {
			return nil, err
		}
	}
	for _, name := range pl.order {
		c, g := pl.chains[name], p.waiting[name]
		for g != nil {
			r, ok := g.items[c.seq+1]
			if !ok {
				break
			}
			if err := p.place(ctx, pl, c, r, nil); err != nil {
				return nil, err
			}
			if c.seq < r.Seq {
				delete(g.items, r.Seq) // it forked
				break
			}
		}
	}
	return pl, nil
}

// chain returns the state of an item's chain within the plan.
func (p *Platform) chain(ctx context.Context, pl *plan, r *Received) (*chain, error) {
	if c, ok := pl.chains[r.Agent]; ok {
		return c, nil
	}
	seq, digest, err := p.cfg.Ledger.Head(ctx, r.Agent)
	if err != nil {
		return nil, err
	}
	c := &chain{lender: r.Lender, seq: seq, digest: digest, taken: map[uint64]Entry{}}
	pl.chains[r.Agent] = c
	pl.order = append(pl.order, r.Agent)
	return c, nil
}

// place puts one item where it belongs: accepted, repeated, waiting or refused.
func (p *Platform) place(ctx context.Context, pl *plan, c *chain, r Received, m *message) error {
	switch {
	case r.Seq == c.seq+1 && r.Prev == c.digest:
		pl.accept = append(pl.accept, r)
		c.seq, c.digest = r.Seq, r.Digest
		c.taken[r.Seq] = Entry{r.Digest, r.Kind == wire.KindTombstone}
	case r.Seq <= c.seq:
		old, ok := c.taken[r.Seq]
		if !ok {
			var err error
			if old, err = p.cfg.Ledger.Find(ctx, r.Agent, r.Seq); err != nil {
				return err
			}
		}
		if old.Digest != r.Digest {
			p.refuse(r, m)
			return nil
		}
		if r.Kind == wire.KindTombstone && !old.Gone {
			// The verdict came before its subject was erased: withdraw it.
			pl.accept = append(pl.accept, r)
			c.taken[r.Seq] = Entry{r.Digest, true}
		} else {
			p.tally(func(s *Stats) { s.Repeated++ })
		}
	case r.Seq > c.seq+1:
		p.wait(r)
		return nil // no receipt before its turn
	default:
		p.refuse(r, m)
		return nil
	}
	c.lines = append(c.lines, wire.Line{Seq: r.Seq, Digest: r.Digest, ID: r.ID})
	return nil
}

// refuse says that an agent's chain has forked.
func (p *Platform) refuse(r Received, m *message) {
	p.alarm(Alarm{Code: AlarmFork, Lender: r.Lender, Agent: r.Agent, Seq: r.Seq})
	p.tally(func(s *Stats) { s.Refused++ })
	if m != nil {
		m.alarm = Alarm{Code: AlarmFork}
		m.msg.Term()
	}
}

// wait keeps an item until those before it have come.
func (p *Platform) wait(r Received) {
	g := p.waiting[r.Agent]
	if g == nil {
		g = &gap{items: map[uint64]Received{}}
		p.waiting[r.Agent] = g
	}
	if old, ok := g.items[r.Seq]; !ok && len(g.items) >= maxWaiting || ok && old.Kind == wire.KindTombstone {
		return
	}
	g.items[r.Seq] = r
}

// advance drops what no longer waits, once the ledger has the plan.
func (p *Platform) advance(pl *plan) {
	for _, name := range pl.order {
		g := p.waiting[name]
		if g == nil {
			continue
		}
		for seq := range g.items {
			if seq <= pl.chains[name].seq {
				delete(g.items, seq)
			}
		}
		switch {
		case len(g.items) == 0:
			delete(p.waiting, name)
		case !g.said:
			g.said = true
			p.alarm(Alarm{Code: AlarmGap, Lender: pl.chains[name].lender, Agent: name, Seq: pl.chains[name].seq + 1})
		}
	}
	n := 0
	for _, g := range p.waiting {
		n += len(g.items)
	}
	p.tally(func(s *Stats) { s.Accepted += uint64(len(pl.accept)); s.Waiting = n })
}

// receipt answers one agent for all that it sent in a batch. It reports whether
// the broker took it.
func (p *Platform) receipt(ctx context.Context, js jetstream.JetStream, name string, c *chain) bool {
	slices.SortFunc(c.lines, func(a, b wire.Line) int { return cmp.Compare(a.Seq, b.Seq) })
	lines := slices.CompactFunc(c.lines, func(a, b wire.Line) bool { return a.Seq == b.Seq })
	for part := range slices.Chunk(lines, wire.MaxLines) {
		r := wire.Receipt{Issuer: p.cfg.Name, Audience: name, IssuedAt: time.Now().Unix(), Lines: part}
		payload, err := r.Marshal()
		var token []byte
		if err == nil {
			token, err = p.cfg.Keys.Receipt(payload)
		}
		if err == nil {
			call, done := context.WithTimeout(ctx, 10*time.Second)
			_, err = js.PublishMsg(call, &nats.Msg{Subject: wire.Subject(c.lender, wire.KindReceipt), Data: token, Header: wire.Event{
				ID: part[0].ID, Kind: wire.KindReceipt, Source: p.cfg.Name, Lender: c.lender, Time: r.IssuedAt}.Header()})
			done()
		}
		if err != nil {
			if ctx.Err() == nil {
				p.alarm(Alarm{Code: AlarmPublishing, Lender: c.lender, Agent: name})
			}
			return false
		}
		p.tally(func(s *Stats) { s.Receipts++ })
	}
	return true
}
