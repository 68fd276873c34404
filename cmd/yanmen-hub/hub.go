package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/yanmen/yanmen/crypto/seal"
	"github.com/yanmen/yanmen/sync/platform"
)

// Names in a hub's folder.
const (
	keyFile    = "platform.key"
	publicFile = "platform.jwks.json"
	agentsFile = "agents"
	ledgerDir  = "ledger"
	brokerDir  = "broker"
)

// A hub is a running broker and the platform behind it.
type hub struct {
	broker   *server.Server
	conn     *nats.Conn
	ledger   *platform.FileLedger
	registry *platform.Registry
	platform *platform.Platform
}

// hubConfig is how a hub is opened.
type hubConfig struct {
	dir      string
	name     string // of the platform: the audience of verdicts
	listen   string // host:port of the broker; "" for connections in this process only
	accepted func([]platform.Received)
	log      *slog.Logger
}

// openHub makes what is missing in the folder and starts the broker. Nothing is
// received until the platform runs.
func openHub(c hubConfig) (_ *hub, err error) {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, errors.New("open hub: cannot make the folder")
	}
	keys, err := platformKeys(c.dir)
	if err != nil {
		return nil, err
	}
	h := &hub{}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.registry, err = platform.OpenRegistry(filepath.Join(c.dir, agentsFile)); err != nil {
		return nil, err
	}
	if h.ledger, err = platform.OpenLedger(filepath.Join(c.dir, ledgerDir)); err != nil {
		return nil, err
	}
	if h.broker, err = startBroker(filepath.Join(c.dir, brokerDir), c.listen); err != nil {
		return nil, err
	}
	if h.conn, err = nats.Connect("", nats.InProcessServer(h.broker), nats.MaxReconnects(-1)); err != nil {
		return nil, errors.New("open hub: cannot connect to the broker")
	}
	h.platform, err = platform.New(platform.Config{Name: c.name, Keys: keys, Registry: h.registry, Ledger: h.ledger, Conn: h.conn,
		Accepted: c.accepted, Log: c.log,
		Alarm: func(a platform.Alarm) {
			if c.log != nil {
				c.log.Warn("alarm", slog.String("code", a.Code), slog.String("agent", a.Agent), slog.Uint64("seq", a.Seq))
			}
		}})
	return h, err
}

// platformKeys loads the platform's keys or makes them, and writes the public
// half that agents pin.
func platformKeys(dir string) (*seal.Platform, error) {
	path := filepath.Join(dir, keyFile)
	keys, err := seal.LoadPlatform(path)
	if errors.Is(err, fs.ErrNotExist) {
		if keys, err = seal.GeneratePlatform(); err == nil {
			err = keys.Save(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open hub: platform keys: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, publicFile), keys.PublicKeys(), 0o644); err != nil {
		return nil, errors.New("open hub: cannot write the public keys")
	}
	return keys, nil
}

// startBroker runs a JetStream server that syncs every write: an
// acknowledgement of this broker survives a power cut.
func startBroker(dir, listen string) (*server.Server, error) {
	o := &server.Options{ServerName: "yanmen-hub", JetStream: true, StoreDir: dir, SyncAlways: true, NoSigs: true, NoLog: true, DontListen: listen == ""}
	if listen != "" {
		host, port, err := net.SplitHostPort(listen)
		if err != nil {
			return nil, fmt.Errorf("%w: listen: want host:port", errUsage)
		}
		if o.Port, err = strconv.Atoi(port); err != nil {
			return nil, fmt.Errorf("%w: listen: want host:port", errUsage)
		}
		if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
			// Without accounts and TLS of its own this broker is for one machine.
			return nil, fmt.Errorf("%w: listen: want a loopback address; run a broker of your own to serve others", errUsage)
		}
		o.Host = host
		if o.Port == 0 {
			o.Port = server.RANDOM_PORT
		}
	}
	s, err := server.NewServer(o)
	if err != nil {
		return nil, errors.New("start broker: the options do not fit")
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		s.Shutdown()
		return nil, errors.New("start broker: not ready in 20 s; is its port taken, or its folder in use?")
	}
	return s, nil
}

// run receives until the context ends.
func (h *hub) run(ctx context.Context) error { return h.platform.Run(ctx) }

func (h *hub) close() error {
	if h.conn != nil {
		h.conn.Close()
	}
	if h.broker != nil {
		h.broker.Shutdown()
		h.broker.WaitForShutdown()
	}
	if h.ledger != nil {
		return h.ledger.Close()
	}
	return nil
}
