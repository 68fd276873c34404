package house

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/yanmen/yanmen/crypto/seal"
	"github.com/yanmen/yanmen/sync/uplink"
)

// Uplink makes the uplink to one platform. It connects when it runs.
func (h *House) Uplink(p Platform, log *slog.Logger) (*uplink.Uplink, error) {
	return h.uplink(p, log, nil)
}

// UplinkInProcess is Uplink to a broker in this process.
func (h *House) UplinkInProcess(p Platform, log *slog.Logger, broker interface{ InProcessConn() (net.Conn, error) }) (*uplink.Uplink, error) {
	return h.uplink(p, log, broker)
}

func (h *House) uplink(p Platform, log *slog.Logger, broker interface{ InProcessConn() (net.Conn, error) }) (*uplink.Uplink, error) {
	b, err := os.ReadFile(h.Config.Path(p.KeysFile))
	if err != nil {
		return nil, fmt.Errorf("%w: keys_file of platform %s cannot be read", ErrConfig, p.ID)
	}
	keys, err := seal.ParseKeySet(b)
	if err != nil {
		return nil, fmt.Errorf("%w: keys_file of platform %s: %w", ErrConfig, p.ID, err)
	}
	envelope, err := seal.NewAgent(h.Config.Agent, h.Ring, keys)
	if err != nil {
		return nil, err
	}
	c := uplink.Config{Agent: h.Config.Agent, Lender: h.Config.Lender, Platform: p.ID, Outbox: h.Store, Envelope: envelope,
		Servers: p.Servers, InProcess: broker, Log: log}
	if p.CredentialsFile != "" {
		c.CredentialsFile = h.Config.Path(p.CredentialsFile)
	}
	u, err := uplink.New(c)
	if err != nil {
		return nil, errors.Join(ErrConfig, err)
	}
	return u, nil
}
