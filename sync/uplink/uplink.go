// Package uplink is the agent's side of the way to a platform: it drains the
// queue of one platform in order and lets an item go only for a receipt.
//
// An item is checked once more against sync/wire, signed and sealed at the
// moment it is sent, and published to JetStream in a bounded window. The
// broker's acknowledgement means sent, which is remembered in memory only: the
// broker syncs its disk later than it says. The platform's signed receipt means
// delivered. What has no receipt in time is sent again from the lowest number
// on, one item first and then more as receipts come, so that a platform that is
// away for weeks finds no flood. Sending again is harmless: one id, one verdict.
//
// The uplink reconnects for ever and never fails for a fault outside the agent:
// it says what is wrong as a code in its [Status] and waits, longer each time.
// It only reads the queue, so no state of the broker delays a verification.
//
// Keys and the form of envelopes are left to the [Envelope], durability to the
// queue.
package uplink

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/sync/wire"
)

// An Envelope signs and seals what leaves and verifies what comes back. Its
// methods are safe for concurrent use.
type Envelope interface {
	// Seal signs a payload as a token of this kind and seals it for the
	// platform, bound to the subject that it is published on.
	Seal(subject, kind string, payload []byte) ([]byte, error)
	// Receipt verifies the platform's signature and returns the payload.
	Receipt(token []byte) ([]byte, error)
}

// Config is what an uplink needs. Fields are required unless it says otherwise.
type Config struct {
	Agent    string // the name that the agent enrolled with
	Lender   string // one token of a subject: no dot
	Platform string // the name of the platform, key of the queue

	Outbox   agent.Outbox
	Envelope Envelope

	// Servers are the broker's addresses, "tls://host:port". Put credentials
	// into files, not here.
	Servers []string
	// CredentialsFile holds the NATS user JWT and seed. Optional.
	CredentialsFile string
	// RootCAs is a PEM file of the authorities that may vouch for the broker.
	// Optional: the system's are used.
	RootCAs string
	// ClientCert and ClientKey are PEM files for mutual TLS. Optional, together.
	ClientCert, ClientKey string
	// InProcess connects to a server in this process instead of Servers; a
	// *nats-server.Server is one. Optional.
	InProcess interface{ InProcessConn() (net.Conn, error) }

	// Window is how many items may be published and not yet acknowledged by the
	// broker. Optional: 512.
	Window int
	// Ahead is how many items may be sent and not yet receipted; it bounds
	// memory here and what an absent platform's broker holds. Optional: 16,384.
	Ahead int
	// AckTimeout is how long the broker may take to acknowledge. Optional: 10 s.
	AckTimeout time.Duration
	// ReceiptTimeout is how long no receipt may come before the lowest item is
	// sent again; it doubles up to MaxWait. Optional: 30 s.
	ReceiptTimeout time.Duration
	// MaxWait is the longest pause between two attempts. Optional: 10 min.
	MaxWait time.Duration

	// Log takes codes and counts. Optional.
	Log *slog.Logger
}

// Codes that a [Status] may name. What to do is for docs to say; all but
// CodeQueueCorrupt and CodeReceiptForged mend themselves when the cause goes.
const (
	CodeBrokerUnreachable = "broker.unreachable" // no connection, or it was lost
	CodeBrokerDenied      = "broker.denied"      // the broker refuses the agent, or a subject
	CodeStreamMissing     = "stream.missing"     // the platform has not made its streams
	CodeStreamFull        = "stream.full"        // the broker takes no more
	CodePublishRefused    = "publish.refused"    // the broker refuses an item for another cause
	CodePublishTimeout    = "publish.timeout"    // no acknowledgement in time
	CodeReceiptTimeout    = "receipt.timeout"    // the platform is silent
	CodeReceiptForged     = "receipt.forged"     // not the platform's signature, or not its form
	CodeReceiptDiffers    = "receipt.differs"    // a receipt for another payload under one of our numbers
	CodeQueueUnreadable   = "queue.unreadable"   // the outbox returned an error
	CodeQueueCorrupt      = "queue.corrupt"      // an item that is not what it must be; nothing behind it is sent
	CodeSealFailed        = "seal.failed"        // signing or sealing returned an error
)

// Status is the state of an uplink. It holds no value from a message.
type Status struct {
	Connected bool
	Sent      uint64 // items acknowledged by the broker since start, again included
	Delivered uint64 // lines of receipts taken since start, again included
	Depth     int64  // items that wait for a receipt; -1 if the queue cannot be read
	Oldest    int64  // when the oldest of them was queued, seconds; 0 if none waits
	// Problem is the code of what is wrong now, "" if nothing is.
	Problem string
	// Problems counts each code since start.
	Problems map[string]uint64
}

// An Uplink drains one platform's queue. Its methods are safe for concurrent
// use; Run is called once.
type Uplink struct {
	cfg Config

	mu        sync.Mutex // guards what follows
	connected bool
	sent      uint64
	delivered uint64
	current   map[string]string // area → code of what is wrong there now
	problems  map[string]uint64
}

// Areas in which one thing at a time can be wrong. What mends one says nothing
// about another.
const (
	areaConnection = "1" // sorted by what a reader wants to know first
	areaDenied     = "2"
	areaQueue      = "3"
	areaPublish    = "4"
	areaReceipt    = "5"
)

// New checks the configuration. It connects to nothing.
func New(c Config) (*Uplink, error) {
	switch {
	case !wire.IsName(c.Agent), !wire.IsName(c.Platform):
		return nil, errors.New("uplink: agent and platform: want 1 to 64 of A-Z a-z 0-9 . _ -")
	case !wire.IsLender(c.Lender):
		return nil, errors.New("uplink: lender: want 1 to 64 of A-Z a-z 0-9 _ -")
	case c.Outbox == nil || c.Envelope == nil:
		return nil, errors.New("uplink: want an outbox and an envelope")
	case len(c.Servers) == 0 && c.InProcess == nil:
		return nil, errors.New("uplink: want the address of a server")
	case (c.ClientCert == "") != (c.ClientKey == ""):
		return nil, errors.New("uplink: want both of client certificate and key, or none")
	case c.Window < 0 || c.Ahead < 0 || c.AckTimeout < 0 || c.ReceiptTimeout < 0 || c.MaxWait < 0:
		return nil, errors.New("uplink: want no negative limit")
	}
	for _, s := range c.Servers {
		if strings.Contains(s, "@") {
			return nil, errors.New("uplink: servers: put credentials into a file, not into an address")
		}
	}
	def(&c.Window, 512)
	def(&c.Ahead, 16384)
	def(&c.AckTimeout, 10*time.Second)
	def(&c.ReceiptTimeout, 30*time.Second)
	def(&c.MaxWait, 10*time.Minute)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	u := &Uplink{cfg: c, current: map[string]string{}, problems: map[string]uint64{}}
	u.current[areaConnection] = CodeBrokerUnreachable // until it is reached
	return u, nil
}

func def[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Run drains the queue until ctx ends, and then returns nil. It returns an error
// only for a configuration that can never work, such as a file that is missing.
func (u *Uplink) Run(ctx context.Context) error {
	// The connection outlives ctx by a moment, so that what was taken from the
	// broker and not yet used can be given back.
	line, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(2*time.Second, cut) })()
	nc, changed, err := u.connect(line)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	receipted := make(chan []uint64, 64)
	wg.Go(func() { u.receipts(ctx, nc, receipted) })
	s := newSender(u, nc)
	wg.Go(func() { s.run(ctx, changed, receipted) })
	wg.Wait() // both end with ctx
	nc.Close()
	u.setConnected(false)
	return nil
}

// Status returns the state. Depth and Oldest are read from the outbox.
func (u *Uplink) Status() Status {
	n, oldest, err := u.cfg.Outbox.Depth(u.cfg.Platform)
	if err != nil {
		n, oldest = -1, 0
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	s := Status{Connected: u.connected, Sent: u.sent, Delivered: u.delivered, Depth: n, Oldest: oldest,
		Problems: make(map[string]uint64, len(u.problems))}
	for code, count := range u.problems {
		s.Problems[code] = count
	}
	for _, area := range [...]string{areaConnection, areaDenied, areaQueue, areaPublish, areaReceipt} {
		if code := u.current[area]; code != "" {
			s.Problem = code
			break
		}
	}
	return s
}

// problem counts a code, and logs it when it is news. mended clears an area.
func (u *Uplink) problem(area, code string) {
	u.mu.Lock()
	news := u.current[area] != code
	u.current[area] = code
	u.problems[code]++
	u.mu.Unlock()
	if news {
		u.cfg.Log.Warn("uplink", slog.String("platform", u.cfg.Platform), slog.String("code", code))
	}
}

func (u *Uplink) mended(area string) {
	u.mu.Lock()
	was := u.current[area]
	delete(u.current, area)
	u.mu.Unlock()
	if was != "" {
		u.cfg.Log.Info("uplink: mended", slog.String("platform", u.cfg.Platform), slog.String("code", was))
	}
}

func (u *Uplink) setConnected(c bool) {
	u.mu.Lock()
	u.connected = c
	u.mu.Unlock()
}

func (u *Uplink) count(sent, delivered int) {
	u.mu.Lock()
	u.sent += uint64(sent)
	u.delivered += uint64(delivered)
	u.mu.Unlock()
}
