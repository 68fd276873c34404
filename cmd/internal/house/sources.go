package house

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

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
	r, asked, err := h.rules.live.Load().agent.VerifyAsking(ctx, f, mode)
	h.asked.add(asked)
	return r, asked, err
}

// An AskCount is how many questions to one source came out one way since the
// agent was opened. It holds no value of a person.
type AskCount struct {
	Source  string // its key
	Outcome string // one of the agent's Outcome constants
	Cause   string // one of [agent.AskCauses] without its first word; "" for an answer
	N       int64
}

// A SourceStatus is where one source stands.
type SourceStatus struct {
	Source string
	Asked  int64 // questions since the agent was opened
	Spared bool  // it has failed so often that it is not asked for now
	Counts []AskCount
}

// A tally counts what became of questions. It is safe for concurrent use.
type tally struct {
	sources []agent.Source
	mu      sync.Mutex
	counts  map[AskCount]int64 // by all but N
}

func (t *tally) add(asked []agent.Asked) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range asked {
		class, cause := asked[i].Outcome()
		if class == "" {
			continue
		}
		if t.counts == nil {
			t.counts = map[AskCount]int64{}
		}
		_, word, _ := strings.Cut(string(cause), ".")
		t.counts[AskCount{Source: asked[i].Source, Outcome: class, Cause: word}]++
	}
}

// Sources tells where each source stands, in the order of the configuration.
func (h *House) Sources() (all []SourceStatus) {
	t := &h.asked
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.sources {
		st := SourceStatus{Source: s.Entry().Key}
		if b, ok := s.(interface{ Spared() bool }); ok {
			st.Spared = b.Spared()
		}
		for c, n := range t.counts {
			if c.Source == st.Source {
				c.N = n
				st.Asked += n
				st.Counts = append(st.Counts, c)
			}
		}
		slices.SortFunc(st.Counts, func(a, b AskCount) int {
			return cmp.Or(strings.Compare(a.Outcome, b.Outcome), strings.Compare(a.Cause, b.Cause))
		})
		all = append(all, st)
	}
	return all
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
