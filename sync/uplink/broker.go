package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"time"

	"github.com/nats-io/nats.go"
)

// A dialer makes connections that end with its context, also in the middle of a
// read or a write that a silent broker holds up.
type dialer struct{ ctx context.Context }

func (d dialer) Dial(network, address string) (net.Conn, error) {
	ctx, done := context.WithTimeout(d.ctx, 5*time.Second)
	defer done()
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &dialed{c, context.AfterFunc(d.ctx, func() { c.Close() })}, nil
}

type dialed struct {
	net.Conn
	forget func() bool
}

func (c *dialed) Close() error {
	c.forget()
	return c.Conn.Close()
}

// connect starts a connection that lives until it is closed or ctx ends. It
// waits a few seconds at most for the broker. The channel receives after each
// change of state.
func (u *Uplink) connect(ctx context.Context) (*nats.Conn, <-chan struct{}, error) {
	changed := make(chan struct{}, 1)
	signal := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	down := func(err error) {
		u.setConnected(false)
		u.problem(areaConnection, connectionCode(err))
		signal()
	}
	up := func(*nats.Conn) {
		u.setConnected(true)
		u.mended(areaConnection)
		u.mended(areaDenied)
		signal()
	}
	c := &u.cfg
	o := []nats.Option{
		nats.Name("yanmen"), nats.NoEcho(), nats.SetCustomDialer(dialer{ctx}), nats.Timeout(5 * time.Second),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(),
		// A message that waits inside the client for a connection would be
		// neither sent nor refused: we wait with it in the queue instead.
		nats.ReconnectBufSize(-1),
		nats.CustomReconnectDelay(func(attempts int) time.Duration {
			return backoff(attempts-1, 250*time.Millisecond, min(30*time.Second, c.MaxWait))
		}),
		// A broker that takes no bytes is found out in seconds.
		nats.PingInterval(10 * time.Second), nats.MaxPingsOutstanding(2), nats.FlusherTimeout(10 * time.Second),
		nats.ConnectHandler(up), nats.ReconnectHandler(up),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { down(err) }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { down(err) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrPermissionViolation) {
				u.problem(areaDenied, CodeBrokerDenied)
			}
		}),
	}
	for _, f := range []string{c.CredentialsFile, c.RootCAs, c.ClientCert, c.ClientKey} {
		if f == "" {
			continue
		}
		if _, err := os.Stat(f); err != nil {
			return nil, nil, errors.New("uplink: a file of the connection is missing or not readable")
		}
	}
	if c.CredentialsFile != "" {
		o = append(o, nats.UserCredentials(c.CredentialsFile))
	}
	if c.RootCAs != "" {
		o = append(o, nats.RootCAs(c.RootCAs))
	}
	if c.ClientCert != "" {
		o = append(o, nats.ClientCert(c.ClientCert, c.ClientKey))
	}
	if c.InProcess != nil {
		o = append(o, nats.InProcessServer(c.InProcess))
	}
	opts := nats.GetDefaultOptions()
	for _, f := range o {
		if err := f(&opts); err != nil {
			return nil, nil, errors.New("uplink: the options of the connection do not fit together")
		}
	}
	opts.Servers = c.Servers
	nc, err := opts.Connect()
	if err != nil {
		return nil, nil, errors.New("uplink: the options of the connection do not fit together") // a fault of the net is retried
	}
	return nc, changed, nil
}

// connectionCode tells a broker that says no from one that says nothing.
func connectionCode(err error) string {
	if errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked) ||
		errors.Is(err, nats.ErrAccountAuthExpired) || errors.Is(err, nats.ErrPermissionViolation) {
		return CodeBrokerDenied
	}
	return CodeBrokerUnreachable
}

// backoff is the pause before attempt n (from 0): base doubled n times, at most
// limit, and of that a random part between one half and all, so that many
// agents do not come back at one moment.
func backoff(n int, base, limit time.Duration) time.Duration {
	d := limit
	if n >= 0 && n < 30 {
		d = min(limit, base<<n)
	}
	return d/2 + time.Duration(rand.Int64N(int64(d/2)+1))
}

// sleep waits and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// An ack is the broker's answer to one published message.
type ack struct {
	token string // last token of the reply subject
	code  string // "" if the message is stored
}

// readAck maps an answer to a code. The broker's own words are dropped.
func readAck(m *nats.Msg) string {
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		return CodeStreamMissing // no stream listens on the subject
	}
	var a struct {
		Stream string `json:"stream"`
		Error  *struct {
			Code    int `json:"code"`
			ErrCode int `json:"err_code"`
		} `json:"error"`
	}
	if err := json.Unmarshal(m.Data, &a); err != nil {
		return CodePublishRefused
	}
	switch {
	case a.Error == nil && a.Stream != "":
		return ""
	case a.Error == nil:
		return CodePublishRefused
	}
	switch a.Error.ErrCode {
	case 10023, 10028, 10047, 10077: // insufficient resources, memory, storage; store failed, which covers limits
		return CodeStreamFull
	case 10059: // stream not found
		return CodeStreamMissing
	}
	return CodePublishRefused
}
