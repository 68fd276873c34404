package house

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/source"
)

// Sources are the outside sources that may be asked about a person.
type Sources struct {
	// Ask says whether the HTTP door asks before it answers a case: never,
	// missing (where no answer is there that is young enough) or always. The
	// command line says it case by case: yanmen verify --ask. Default: never.
	Ask string `yaml:"ask"`
	// List declares them; see [source.Config] and docs/checks/sources.md. A
	// source is asked only as the rules allow for its recipient.
	List []source.Config `yaml:"list"`
}

func (c *Config) checkSources() error {
	switch agent.AskMode(c.Sources.Ask) {
	case "", agent.AskNever, agent.AskMissing, agent.AskAlways:
	default:
		return errors.New("sources.ask: want never, missing or always")
	}
	keys := map[string]bool{}
	for i := range c.Sources.List {
		s := &c.Sources.List[i]
		if err := s.Check(); err != nil {
			return fmt.Errorf("sources.list[%d].%w", i, err)
		}
		if keys[s.Key] {
			return fmt.Errorf("sources.list[%d].key: given twice", i)
		}
		if _, ok := c.Recipients[s.Recipient]; !ok {
			return fmt.Errorf("sources.list[%d].recipient: not in the register of recipients; add it there", i)
		}
		keys[s.Key] = true
	}
	return nil
}

// sources makes the sources of the configuration.
func (c *Config) sources() ([]agent.Source, error) {
	var all []agent.Source
	for i, conf := range c.Sources.List {
		s, err := source.New(conf, c.Path)
		if err != nil {
			return nil, fmt.Errorf("%w: sources.list[%d].%w", ErrConfig, i, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// VerifyAsking is Verify after sources were asked as mode says. See
// [agent.Agent.VerifyAsking].
func (h *House) VerifyAsking(ctx context.Context, f *agent.File, mode agent.AskMode) (*agent.Result, []agent.Asked, error) {
	return h.rules.live.Load().agent.VerifyAsking(ctx, f, mode)
}

// Verify answers a case under the rules in force when it begins, after sources
// were asked as the configuration says. See [agent.Agent.Verify].
func (h *House) Verify(ctx context.Context, f *agent.File) (*agent.Result, error) {
	r, asked, err := h.VerifyAsking(ctx, f, agent.AskMode(h.Config.Sources.Ask))
	for _, a := range asked {
		h.log.LogAttrs(ctx, slog.LevelInfo, "source", slog.String("source", a.Source), slog.String("kind", a.Kind),
			slog.String("state", a.State), slog.Any("codes", a.Codes))
	}
	return r, err
}
