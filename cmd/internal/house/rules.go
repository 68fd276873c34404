package house

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/capacity"
	"github.com/yanmen/yanmen/agent/conduct"
	"github.com/yanmen/yanmen/agent/identity"
	"github.com/yanmen/yanmen/agent/loan"
	"github.com/yanmen/yanmen/agent/overdue"
	"github.com/yanmen/yanmen/policy"
	"github.com/yanmen/yanmen/policy/shelf"
)

// Which rules are in force. A command puts a bundle on the shelf; whoever has the
// store open takes it: the act goes into the journal first, then the agent is made
// anew with the rules of the bundle, and whatever is under way ends under the rules
// that it began with.

// rulesDir is the shelf in an agent's folder.
const rulesDir = "rules"

// PolicyConfig says which rules an agent takes.
type PolicyConfig struct {
	// Key is the file of the public key, PEM, that signs rule bundles; yanmen
	// policy keygen makes a pair. Without one no bundle is taken, and the rules
	// that are built in are in force. Optional.
	Key string `yaml:"key"`
	// MaxAgeDays is how many days old rules may grow, counted from the day of
	// their revision. Older ones stay in force; health and every decision say
	// that they are too old. 0, the default, is no limit.
	MaxAgeDays int64 `yaml:"max_age_days"`
}

// policyKey reads the pinned key.
func (c *Config) policyKey() (*policy.PublicKey, error) {
	if c.Policy.Key == "" {
		return nil, fmt.Errorf("%w: policy.key: required to take rule bundles; yanmen policy keygen makes a pair of keys", ErrConfig)
	}
	b, err := os.ReadFile(c.Path(c.Policy.Key))
	if err != nil {
		return nil, fmt.Errorf("%w: policy.key: the file cannot be read", ErrConfig)
	}
	k, err := policy.ParsePublicKey(b)
	if err != nil {
		return nil, fmt.Errorf("%w: policy.key: %w", ErrConfig, err)
	}
	return k, nil
}

func (c *Config) shelf() *shelf.Shelf { return shelf.New(filepath.Join(c.dir, rulesDir)) }

// RulesStatus tells which rules are in force.
type RulesStatus struct {
	Revision string
	Digest   [32]byte
	Bundle   string // id of the archive; "" for the rules that are built in
	// Damaged: a bundle that should be in force is not what was installed, and
	// the one before it is in force.
	Damaged bool
	Stale   bool // older than the configuration lets rules grow
	// Waiting: an act on the shelf could not be taken yet.
	Waiting bool
}

// String is a part of the line that health tells.
func (s RulesStatus) String() string {
	line := "rules " + s.Revision
	if s.Bundle == "" {
		line += " built in"
	}
	if s.Stale {
		line += ", too old"
	}
	if s.Damaged {
		line += ", bundle damaged: the one before it is in force"
	}
	if s.Waiting {
		line += ", newer rules not taken"
	}
	return line
}

// rules is what a house knows of its rules.
type rules struct {
	made  agent.Config // what the agent is made of, but for its policy and what rests on it
	live  atomic.Pointer[inForce]
	stamp string // of the shelf, when it was last read
	// waiting: the shelf was read and could not be taken.
	waiting atomic.Bool
}

type inForce struct {
	agent  *agent.Agent
	engine *policy.Engine
	status RulesStatus
}

// RulesStatus tells which rules are in force now.
func (h *House) RulesStatus() RulesStatus {
	f := h.rules.live.Load()
	s := f.status
	s.Stale = f.engine.Stale(h.rules.made.Now().Unix())
	s.Waiting = h.rules.waiting.Load()
	return s
}

// take makes the agent anew with the rules that are on top of the shelf. If that
// cannot be, the house is as it was. made is what an agent is made of.
func (h *House) take(ctx context.Context, made agent.Config) error {
	s := h.Config.shelf()
	stamp := s.Stamp()
	acts, err := actsOf(s)
	if err != nil {
		return err
	}
	if err := h.record(ctx, s, acts, made.Now()); err != nil && !errors.Is(err, agent.ErrDiskFull) {
		return err
	}
	// A full disk leaves newer acts for later: what is not in the journal is not
	// in force.
	engine, status, err := h.Config.engine(s, acts)
	if err != nil {
		return err
	}
	made.Policy = engine
	made.Checks = Checks(engine)
	a, err := agent.New(made)
	if err != nil {
		return err
	}
	if h.rules.live.Load() == nil {
		h.rules.made = made // read by others from here on
	}
	h.rules.stamp = stamp
	h.rules.waiting.Store(len(acts) > 0 && acts[len(acts)-1].Seq > s.Taken())
	h.rules.live.Store(&inForce{a, engine, status})
	return nil
}

// Checks returns the checks by which every case is answered under these rules: what
// living costs is in their bundle, one table for what can be carried and for what
// could have been paid. Likewise one line says for how long a credit report counts.
func Checks(e *policy.Engine) agent.Checks {
	f := capacity.Defaults()
	for _, row := range e.LivingCosts() {
		f.Floors = append(f.Floors, capacity.Floor(row))
	}
	c, o := conduct.Defaults(), overdue.Defaults()
	f.ReportDays, o.Living = c.ReportDays, f.Living
	terms := loan.Defaults().Terms
	return agent.Checks{Identity: identity.Check, Overdue: o.Check, Capacity: f.Check, Conduct: c.Check,
		Contract: loan.Defaults().Contract, Cost: loan.Cost,
		Terms: func(e *agent.Evidence, facts *agent.Facts, p agent.Purpose, asOf int64) agent.TermsFacts {
			t := terms(e, facts, p, asOf)
			t.MonthsMissing = f.Missing(e, &facts.Capacity, asOf)
			return t
		}}
}

// actsOf reads a shelf. A record that is damaged is for a person to mend: which
// rules should be in force, nobody could tell.
func actsOf(s *shelf.Shelf) ([]shelf.Act, error) {
	acts, err := s.Acts()
	if errors.Is(err, shelf.ErrDamaged) {
		err = fmt.Errorf("%w: %w", agent.ErrCorrupt, err)
	}
	return acts, err
}

// record writes the acts that are not in the journal yet into it. If the process
// dies between journal and shelf, an act is journalled twice, with one number.
func (h *House) record(ctx context.Context, s *shelf.Shelf, acts []shelf.Act, now time.Time) error {
	taken := s.Taken()
	for _, a := range acts {
		if a.Seq <= taken {
			continue
		}
		// Ids, digests and codes alone: shelf and policy hold their forms.
		public := fmt.Sprintf(`{"seq":%d,"by":"%s","at":%d,"bundle":"%s","revision":"%s","rules":"%s","code":"%s"}`,
			a.Seq, a.By, a.At, a.Bundle, a.Revision, a.Rules, a.Code)
		w := &agent.Write{Entry: agent.Entry{Kind: "rules." + a.Kind, At: now.UnixMilli(), Public: []byte(public)}}
		if _, err := h.Store.Commit(ctx, w); err != nil {
			return err
		}
		if err := s.SetTaken(a.Seq); err != nil {
			return err
		}
	}
	return nil
}

// engine opens the rules that the acts in the journal put in force: the bundle on
// top, or if it is damaged the next below it, and under all the rules that are
// built in.
func (c *Config) engine(s *shelf.Shelf, acts []shelf.Act) (*policy.Engine, RulesStatus, error) {
	var status RulesStatus
	stack := shelf.Stack(acts, s.Taken())
	var key *policy.PublicKey
	if len(stack) > 0 {
		var err error
		if key, err = c.policyKey(); err != nil {
			return nil, status, err
		}
	}
	done := func(e *policy.Engine) (*policy.Engine, RulesStatus, error) {
		e.LimitAge(c.Policy.MaxAgeDays)
		status.Revision, status.Digest = e.Revision(), e.Digest()
		return e, status, nil
	}
	for _, a := range stack {
		b, err := s.Archive(a.Bundle)
		if err == nil {
			var e *policy.Engine
			if e, err = policy.Installed(b, key); err == nil {
				status.Bundle = a.Bundle
				return done(e)
			}
		}
		status.Damaged = true
	}
	e, err := policy.New()
	if err != nil {
		return nil, status, fmt.Errorf("open policy: %w", err)
	}
	return done(e)
}

// watchEvery is how often a running agent looks at its shelf.
var watchEvery = 2 * time.Second

// WatchRules takes what is put on the shelf while the house is open, until the
// context ends. What cannot be taken changes nothing, and is tried again.
func (h *House) WatchRules(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if h.Config.shelf().Stamp() == h.rules.stamp && !h.rules.waiting.Load() {
			continue
		}
		before, told := h.RulesStatus(), h.rules.waiting.Load()
		err := h.take(ctx, h.rules.made)
		if err != nil {
			h.rules.waiting.Store(true)
		}
		switch after := h.RulesStatus(); {
		case ctx.Err() != nil:
		case err != nil && !told:
			log.Error("newer rules not taken", slog.String("error", err.Error()))
		case err == nil && (after.Digest != before.Digest || after.Bundle != before.Bundle || after.Damaged != before.Damaged):
			log.Info("rules taken", slog.String("revision", after.Revision), slog.String("rules", fmt.Sprintf("%x", after.Digest)), slog.Bool("damaged", after.Damaged))
		}
	}
}

// InForce opens the rules that are in force in an agent's folder, without the
// agent: to ask them something. An agent may be running.
func InForce(c *Config) (*policy.Engine, RulesStatus, error) {
	s := c.shelf()
	acts, err := actsOf(s)
	if err != nil {
		return nil, RulesStatus{}, err
	}
	e, status, err := c.engine(s, acts)
	if err == nil {
		status.Stale = e.Stale(time.Now().Unix())
	}
	return e, status, err
}

// RulesIn is InForce for an agent's folder; where there is no configuration in it,
// the rules that are built in are meant. One that is there and not in order is an
// error: nobody should take the answer of one set of rules for that of another.
func RulesIn(dir string) (*policy.Engine, RulesStatus, error) {
	if _, err := os.Stat(filepath.Join(dir, ConfigFile)); errors.Is(err, os.ErrNotExist) {
		e, err := policy.New()
		if err != nil {
			return nil, RulesStatus{}, fmt.Errorf("open policy: %w", err)
		}
		return e, RulesStatus{Revision: e.Revision(), Digest: e.Digest()}, nil
	}
	c, err := ReadConfig(dir)
	if err != nil {
		return nil, RulesStatus{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return InForce(c)
}

// RulesFiles returns the files of the rules that [RulesIn] told of, nil for those that
// are built in.
func RulesFiles(dir string, s RulesStatus) (fs.FS, error) {
	if s.Bundle == "" {
		return nil, nil
	}
	b, err := shelf.New(filepath.Join(dir, rulesDir)).Archive(s.Bundle)
	if err != nil {
		return nil, err
	}
	return policy.FilesOf(b)
}

// RulesBy finds the rules that have a digest, hexadecimal: those in force, those
// built in, or any that was ever installed and is still on the shelf, whatever key
// signed it: the digest says that they are the ones. It is nil if there are none.
// They are to be asked about the past, and decide nothing.
func (h *House) RulesBy(digest string) (*policy.Engine, error) {
	is := func(e *policy.Engine) bool { return fmt.Sprintf("%x", e.Digest()) == digest }
	if is(h.Policy) {
		return h.Policy, nil
	}
	s := h.Config.shelf()
	acts, err := actsOf(s)
	if err != nil {
		return nil, err
	}
	for _, a := range acts {
		if a.Kind != shelf.Install || a.Rules != digest {
			continue
		}
		if b, err := s.Archive(a.Bundle); err == nil {
			if e, err := policy.OpenArchive(b); err == nil && is(e) {
				return e, nil
			}
		}
	}
	e, err := policy.New()
	if err != nil {
		return nil, fmt.Errorf("open policy: %w", err)
	}
	if is(e) {
		return e, nil
	}
	return nil, nil
}

// CheckRules checks a bundle as [InstallRules] does, and takes nothing.
func CheckRules(ctx context.Context, c *Config, archive []byte) (policy.Report, error) {
	key, err := c.policyKey()
	if err != nil {
		return policy.Report{}, err
	}
	return policy.Check(ctx, archive, key)
}

// InstallRules checks a bundle and puts it on the shelf of the agent's folder. That
// it was refused is recorded too; the error is then a [*policy.Refusal]. The agent
// takes it when it next opens, or within seconds if it runs.
func InstallRules(ctx context.Context, c *Config, archive []byte, by string) (policy.Report, error) {
	if err := shelf.CheckBy(by); err != nil {
		return policy.Report{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	s := c.shelf()
	acts, err := actsOf(s)
	if err != nil {
		return policy.Report{}, err
	}
	a := shelf.Act{At: time.Now().Unix(), By: by, Bundle: shelf.ID(archive)}
	r, err := CheckRules(ctx, c, archive)
	if err == nil {
		a.Revision, a.Rules = r.Revision, fmt.Sprintf("%x", r.Digest)
		err = c.follows(acts, a)
	}
	if refusal := new(policy.Refusal); errors.As(err, &refusal) {
		a.Code = refusal.Code
		return r, errors.Join(err, s.Refuse(a))
	}
	if err != nil {
		return r, err
	}
	_, err = s.Install(archive, a)
	return r, err
}

// follows holds that revisions go forward. The bundle that is on top may be
// installed again, and so may the same rules under another signature: the pinned
// key may have been replaced.
func (c *Config) follows(acts []shelf.Act, next shelf.Act) error {
	var newest int64
	if len(acts) > 0 {
		newest = acts[len(acts)-1].Seq
	}
	stack := shelf.Stack(acts, newest)
	if len(stack) > 0 {
		if stack[0].Bundle == next.Bundle || stack[0].Rules == next.Rules {
			return nil
		}
		return policy.Follows(next.Revision, stack[0].Revision)
	}
	e, err := policy.New()
	if err != nil {
		return err
	}
	if fmt.Sprintf("%x", e.Digest()) == next.Rules {
		return nil // the same rules, signed by the lender
	}
	return policy.Follows(next.Revision, e.Revision())
}

// RollbackRules takes the bundle on top of the shelf off and returns what is on top
// then. What lies below must still be what was installed.
func RollbackRules(c *Config, by string) (shelf.Act, error) {
	if err := shelf.CheckBy(by); err != nil {
		return shelf.Act{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	s := c.shelf()
	acts, err := actsOf(s)
	if err != nil {
		return shelf.Act{}, err
	}
	if len(acts) > 0 {
		if stack := shelf.Stack(acts, acts[len(acts)-1].Seq); len(stack) > 1 {
			key, err := c.policyKey()
			if err != nil {
				return shelf.Act{}, err
			}
			b, err := s.Archive(stack[1].Bundle)
			if err != nil {
				return shelf.Act{}, err
			}
			if _, err := policy.Installed(b, key); err != nil {
				return shelf.Act{}, err
			}
		}
	}
	return s.Rollback(by, time.Now().Unix())
}

// RulesRecord returns what was installed, taken back and refused, oldest first, and
// the number of the last act that the agent has taken.
func RulesRecord(c *Config) (acts []shelf.Act, taken int64, err error) {
	s := c.shelf()
	acts, err = actsOf(s)
	return acts, s.Taken(), err
}
