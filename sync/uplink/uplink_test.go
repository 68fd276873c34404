package uplink

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/yanmen/yanmen/agent"
)

// What needs a broker is tested in sync/platform, where both ends and a real
// broker meet.

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type nothing struct{}

func (nothing) Seal(string, string, []byte) ([]byte, error) { return nil, errors.New("none") }
func (nothing) Receipt([]byte) ([]byte, error)              { return nil, errors.New("none") }
func (nothing) Next(context.Context, string, uint64, int) ([]agent.Queued, error) {
	return nil, errors.New("none")
}
func (nothing) Delivered(context.Context, string, []uint64, [][32]byte) error {
	return errors.New("none")
}
func (nothing) Added(string) <-chan struct{}       { return nil }
func (nothing) Depth(string) (int64, int64, error) { return 0, 0, errors.New("none") }

func config() Config {
	return Config{Agent: "agent-1", Lender: "lender-1", Platform: "platform-1", Outbox: nothing{}, Envelope: nothing{}, Servers: []string{"tls://127.0.0.1:1"}}
}

func TestNew_refusesWhatIsMissing(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"agent": func(c *Config) { c.Agent = "" }, "agent form": func(c *Config) { c.Agent = "a b" },
		"lender": func(c *Config) { c.Lender = "" }, "lender with dots": func(c *Config) { c.Lender = "a.b" },
		"lender wildcard": func(c *Config) { c.Lender = "*" }, "platform": func(c *Config) { c.Platform = "" },
		"outbox": func(c *Config) { c.Outbox = nil }, "envelope": func(c *Config) { c.Envelope = nil },
		"servers": func(c *Config) { c.Servers = nil }, "certificate without key": func(c *Config) { c.ClientCert = "x" },
		"negative": func(c *Config) { c.Window = -1 }, "password in address": func(c *Config) { c.Servers = []string{"nats://a:CANARY@h"} },
	} {
		c := config()
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: taken", name)
		} else if strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: the error carries the value", name)
		}
	}
	u, err := New(config())
	if err != nil {
		t.Fatal(err)
	}
	if s := u.Status(); s.Connected || s.Problem != CodeBrokerUnreachable || s.Depth != -1 {
		t.Errorf("before Run: %+v", s)
	}
}

func TestRun_refusesFilesThatAreMissing(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"credentials": func(c *Config) { c.CredentialsFile = "/nonexistent" }, "authorities": func(c *Config) { c.RootCAs = "/nonexistent" },
		"certificate": func(c *Config) { c.ClientCert, c.ClientKey = "/nonexistent", "/nonexistent" },
	} {
		c := config()
		change(&c)
		u, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := u.Run(context.Background()); err == nil {
			t.Errorf("%s: Run returned nil", name)
		}
	}
}

func TestBackoff_growsWithinItsLimit(t *testing.T) {
	const base, limit = time.Second, time.Minute
	for n := -2; n < 100; n++ {
		want := limit
		if n >= 0 && n < 6 {
			want = base << n
		}
		for range 20 {
			if d := backoff(n, base, limit); d < want/2 || d > want {
				t.Fatalf("backoff(%d) = %v, want %v to %v", n, d, want/2, want)
			}
		}
	}
}

func TestReadAck_believesOnlyAStream(t *testing.T) {
	for _, c := range []struct {
		data, status, want string
	}{
		{`{"stream":"YANMEN_UP","seq":7}`, "", ""},
		{`{"stream":"YANMEN_UP","seq":7,"duplicate":true}`, "", ""},
		{"", "503", CodeStreamMissing},
		{"", "", CodePublishRefused},
		{"{}", "", CodePublishRefused},
		{"x", "", CodePublishRefused},
		{`{"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"}}`, "", CodeStreamFull},
		{`{"error":{"code":404,"err_code":10059}}`, "", CodeStreamMissing},
		{`{"error":{"code":400,"err_code":10060},"stream":"YANMEN_UP"}`, "", CodePublishRefused},
	} {
		m := &nats.Msg{Data: []byte(c.data), Header: nats.Header{}}
		if c.status != "" {
			m.Header.Set("Status", c.status)
		}
		if got := readAck(m); got != c.want {
			t.Errorf("readAck(%q, %q) = %q, want %q", c.data, c.status, got, c.want)
		}
	}
}
