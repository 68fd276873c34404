// Package house joins the rooms of an agent for the commands: it reads the
// configuration, opens keys, store, journal and policy in an agent's folder and
// hands out the agent. Nothing else in the repository builds one. It holds no
// judgement of its own.
//
// An agent's folder:
//
//	yanmen.yaml      the configuration
//	passphrase       opens the keys, 0600
//	token            bearer token of the HTTP door, 0600
//	enrolment.json   what the platform enrols: name, lender, public keys
//	keys/            the keyring; never in a dated backup
//	store/           the database
//	rules/           rule bundles that were installed, and who approved them
//	checkpoints      heads of the journal that this agent signed, for verify
//	registers/       each version of the registers that cases were decided by
package house

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/journal"
	"github.com/yanmen/yanmen/agent/store"
	"github.com/yanmen/yanmen/crypto/keyring"
	"github.com/yanmen/yanmen/deploy"
	"github.com/yanmen/yanmen/policy"
	"github.com/yanmen/yanmen/sync/wire"
)

// ErrConfig is an error in the configuration: what to mend is in its text.
var ErrConfig = errors.New("configuration")

// Names in an agent's folder.
const (
	keysDir         = "keys"
	storeDir        = "store"
	EnrolmentFile   = "enrolment.json"
	checkpointsFile = "checkpoints"
)

// Options change how a house is opened. The zero Options are right for every
// command.
type Options struct {
	// Logger takes warnings of the store and the uplink; nil discards them.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// A House is an open agent with its rooms.
type House struct {
	Config *Config
	Agent  *agent.Agent   // under the rules that were in force at opening
	Policy *policy.Engine // those
	Store  *store.Store
	Ring   *keyring.Ring
	rules  rules
	log    *slog.Logger
	asked  tally
}

// Open opens the agent in a folder. One process can have it open at a time.
func Open(dir string, o Options) (_ *House, err error) {
	c, err := ReadConfig(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return OpenConfig(c, o)
}

// OpenConfig is Open for a configuration that was read before.
func OpenConfig(c *Config, o Options) (_ *House, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	h := &House{Config: c, log: o.Logger}
	defer func() {
		if err != nil {
			h.Close()
		}
	}()
	if h.Ring, err = keyring.Open(filepath.Join(c.dir, keysDir), c.root()); err != nil {
		return nil, err
	}
	if h.Store, err = store.Open(filepath.Join(c.dir, storeDir), h.Ring, journal.Log{}, store.Options{
		MinFree: uint64(c.MinFreeMiB) << 20, Logger: o.Logger, Now: o.Now}); err != nil {
		return nil, err
	}
	registers := newRegisters(c)
	if err := keepRegisters(c.dir, registers); err != nil {
		return nil, err
	}
	sources, err := c.sources()
	if err != nil {
		return nil, err
	}
	h.asked.sources = sources
	err = h.take(context.Background(), agent.Config{
		Name: c.Agent, Store: h.Store, Sources: sources, Registers: registers, Past: pastRegisters(c.dir), Now: o.Now,
		Payload: wire.Verdict,
		Ledger: agent.LedgerConfig{Sign: h.Ring.Sign, Key: h.Ring.KeyID, ReaskBlock: c.ReaskBlockDays * 86400, Only: c.Consents == "ledger",
			Verify: func(msg, sig []byte) bool { return h.Ring.Verify(sig, msg) == nil }},
		Notice: func(issuer, platform, id string, sub [16]byte, at int64, seq uint64, prev [32]byte) []byte {
			n := wire.Erased{Issuer: issuer, Audience: platform, ID: id, Subject: sub, IssuedAt: at, Seq: seq, Prev: prev}
			b, err := n.Marshal()
			if err != nil {
				panic("house: a notice of erasure is not valid") // cannot happen: names were checked with the config
			}
			return b
		},
	})
	if err != nil {
		return nil, err
	}
	f := h.rules.live.Load()
	h.Agent, h.Policy = f.agent, f.engine
	// A full disk keeps what a crash left undecided for the next start: what is
	// stored can be read meanwhile, and no case is answered.
	if err := h.Agent.SettleConsents(context.Background()); err != nil && !errors.Is(err, agent.ErrDiskFull) {
		return nil, fmt.Errorf("decide anew what rested on an ended consent: %w", err)
	}
	return h, nil
}

// Close closes what is open. It may be called on a half-open house.
func (h *House) Close() (err error) {
	if h.Store != nil {
		err = h.Store.Close()
	}
	if h.Ring != nil {
		err = errors.Join(err, h.Ring.Close())
	}
	return err
}

// Explain puts a code of the rules into words with its articles.
func (h *House) Explain(code agent.Code, lang string) (title string, cites []string, ok bool) {
	return Words(h.Policy, code, lang)
}

// Words is Explain by the text of a given bundle.
func Words(p *policy.Engine, code agent.Code, lang string) (title string, cites []string, ok bool) {
	t, cs, ok := p.Explain(code, lang)
	for _, c := range cs {
		cites = append(cites, citation(c, lang))
	}
	return t, cites, ok
}

// Told is Words for a borrower: what of a rule somebody still has to confirm is the
// lender's care, and no mark says so.
func Told(p *policy.Engine, code agent.Code, lang string) (title string, cites []string, ok bool) {
	t, cs, ok := p.Explain(code, lang)
	for _, c := range cs {
		c.Status, c.Text = "", c.Plain
		cites = append(cites, citation(c, lang))
	}
	return t, cites, ok
}

// citation writes a rule as a reader quotes it. What was read in a secondary
// source only says so: it is to be confirmed before anybody relies on it.
func citation(c policy.Citation, lang string) string {
	toConfirm := ""
	if c.Status == "VS" { // of M the text itself says it
		if toConfirm = " (to confirm)"; lang == "zh" {
			toConfirm = "（待核对原文）"
		}
	}
	where := " " + c.Article
	if lang == "zh" {
		where = articleZH(c.Article)
	}
	return strings.TrimSpace(c.Law+where) + toConfirm + " [" + c.Rule + "] " + c.Text
}

// articleZH writes an article of the register as Chinese texts quote it: 24 ¶3 is
// 第24条第3款, 62(7) 第62条第7项. Numbers of sections, as standards have them, stay.
func articleZH(article string) string {
	m := articleForm.FindStringSubmatch(article)
	if m == nil {
		return " " + article
	}
	where := "第" + strings.NewReplacer(", ", "、", "–", "至").Replace(m[1]) + "条"
	if m[2] != "" {
		where += "第" + m[2] + "款"
	}
	if m[3] != "" {
		where += "第" + m[3] + "项"
	}
	return where
}

var articleForm = regexp.MustCompile(`^(\d+(?:(?:, |–)\d+)*)(?: ¶(\d+))?(?: ?\((\d+)\))?$`)

// RulesDigest returns the digest of the rules that are built in.
func RulesDigest() ([32]byte, error) {
	p, err := policy.New()
	if err != nil {
		return [32]byte{}, fmt.Errorf("open policy: %w", err)
	}
	return p.Digest(), nil
}

// Init makes an agent's folder: configuration, passphrase, keys, token and
// enrolment, each only if it is not there. It returns the fingerprint by which
// the platform enrols the agent. Called again it changes nothing. With example
// the configuration is the one of the manual, with its registers filled in.
func Init(dir, agentName, lender string, example bool) (fingerprint string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	text := fmt.Sprintf(minimalConfig, agentName, lender)
	if example {
		text = named.ReplaceAllString(deploy.ExampleConfig, "")
		text = fmt.Sprintf("agent: %s\nlender: %s\n", agentName, lender) + text
	}
	if _, err := ParseConfig([]byte(text)); err != nil {
		return "", fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if err := writeNew(filepath.Join(dir, ConfigFile), []byte(text), 0o600); err != nil {
		return "", err
	}
	c, err := ReadConfig(dir)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if err := writeNew(c.Path(c.PassphraseFile), secret(), 0o600); err != nil {
		return "", err
	}
	if err := writeNew(c.Path(c.TokenFile), secret(), 0o600); err != nil {
		return "", err
	}
	root := c.root()
	ring, err := keyring.Create(filepath.Join(dir, keysDir), root)
	if errors.Is(err, keyring.ErrExists) {
		ring, err = keyring.Open(filepath.Join(dir, keysDir), root)
	}
	if err != nil {
		return "", err
	}
	defer ring.Close()
	e, err := wire.NewEnrolment(c.Agent, c.Lender, ring.JWKS())
	if err != nil {
		return "", fmt.Errorf("write enrolment: %w", err)
	}
	b, err := e.Marshal()
	if err != nil {
		return "", fmt.Errorf("write enrolment: %w", err)
	}
	return ring.Fingerprint(), writeNew(filepath.Join(dir, EnrolmentFile), b, 0o644)
}

// named matches the two keys of the example that init sets.
var named = regexp.MustCompile(`(?m)^(agent|lender): .*\n`)

// root is what opens the keys.
func (c *Config) root() keyring.Root {
	if strings.HasPrefix(c.PassphraseFile, credentials) {
		return keyring.CredentialFile(c.Path(c.PassphraseFile))
	}
	return keyring.PassphraseFile(c.Path(c.PassphraseFile))
}

const minimalConfig = `# Configuration of this agent. Every key is described in deploy/yanmen.example.yaml.
# 本代理的配置。每个键的说明见 deploy/yanmen.example.yaml。
agent: %s
lender: %s
`

// writeNew writes a file that is not there yet, durably and wholly: whoever sees
// its name sees all of it. A file that is there stays as it is.
func writeNew(path string, b []byte, mode os.FileMode) error {
	name, dir := filepath.Base(path), filepath.Dir(path)
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	f, err := os.CreateTemp(dir, ".new-")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Unwrap(err))
	}
	defer os.Remove(f.Name()) // if the process dies before, a file without a meaning stays
	_, err = f.Write(b)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	// A link, unlike a rename, never replaces what somebody else put there.
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("write %s: %w", name, errors.Unwrap(err))
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Unwrap(err))
	}
	return errors.Join(d.Sync(), d.Close())
}

func secret() []byte {
	var b [32]byte
	rand.Read(b[:])
	return []byte(base64.RawURLEncoding.EncodeToString(b[:]) + "\n")
}

// Token returns the bearer token of the HTTP door.
func (c *Config) Token() (string, error) {
	path := c.Path(c.TokenFile)
	info, err := os.Stat(path)
	if err != nil {
		return "", errors.New("read token: the file is not there; yanmen init writes it")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", errors.New("read token: others than the owner have access to the file; want mode 0600")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", errors.New("read token")
	}
	t := strings.TrimSpace(string(b))
	if len(t) < 32 {
		return "", errors.New("read token: want at least 32 characters")
	}
	return t, nil
}

// VerifyJournal computes every hash of the journal anew, compares it with the
// checkpoints this agent kept, and, if all is well, keeps a new one.
func (h *House) VerifyJournal(ctx context.Context) (journal.Report, error) {
	origin := h.origin()
	text, err := h.Ring.JournalVerifier(origin)
	if err != nil {
		return journal.Report{}, err
	}
	v, err := note.NewVerifier(text)
	if err != nil {
		return journal.Report{}, errors.New("journal key")
	}
	path := filepath.Join(h.Config.dir, checkpointsFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return journal.Report{}, errors.New("open checkpoints")
	}
	defer f.Close()
	if err := cutRemains(f); err != nil {
		return journal.Report{}, err
	}
	kept, err := journal.ReadKept(f, origin, note.VerifierList(v))
	if err != nil {
		return journal.Report{}, err
	}
	r, err := journal.Verify(ctx, h.Store, kept...)
	if err != nil || !r.OK() || len(kept) > 0 && kept[len(kept)-1].Size == r.Head.Size {
		return r, err
	}
	s, err := h.Ring.JournalSigner(origin)
	if err != nil {
		return r, err
	}
	cp, err := r.Head.Sign(s)
	if err != nil {
		return r, err
	}
	line, err := journal.FormatKept(cp)
	if err != nil {
		return r, err
	}
	if _, err := f.Write(line); err != nil {
		return r, errors.New("write checkpoints")
	}
	return r, f.Sync()
}

// cutRemains removes what a crash or a full disk left of the last line of a file
// of lines: nobody was told of it, and the next line must not join it.
func cutRemains(f *os.File) error {
	b, err := io.ReadAll(f)
	if err == nil && len(b) > 0 && b[len(b)-1] != '\n' {
		err = f.Truncate(int64(bytes.LastIndexByte(b, '\n') + 1))
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return errors.New("mend checkpoints")
	}
	return nil
}

// origin names the journal in its checkpoints.
func (h *House) origin() string { return h.Config.Lender + "/" + h.Config.Agent + "/journal" }
