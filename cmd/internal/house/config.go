package house

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/policy"
)

// ConfigFile is the name of the configuration in an agent's folder.
const ConfigFile = "yanmen.yaml"

// Config is the whole configuration of an agent: one YAML file, read strictly.
// An unknown key is an error with its line. Paths that are not absolute are
// taken from the folder of the file.
type Config struct {
	// Agent is the name under which this agent enrolled at its platforms: the
	// issuer of its verdicts. Letters, digits, . _ - , at most 64. Required.
	Agent string `yaml:"agent"`
	// Lender is the lender's code; it is part of every message's subject.
	// Letters, digits, _ - , at most 64. Required.
	Lender string `yaml:"lender"`
	// PassphraseFile holds the passphrase that opens the keys, mode 0600. A
	// name that begins with $CREDENTIALS_DIRECTORY is resolved by systemd's
	// credential folder. Lose it and nothing in the store can be read again.
	// Default: passphrase.
	PassphraseFile string `yaml:"passphrase_file"`
	// TokenFile holds the bearer token of the HTTP door, mode 0600; init
	// writes it. Default: token.
	TokenFile string `yaml:"token_file"`
	// Listen is the address of the HTTP door. Only loopback addresses are
	// taken: the door speaks plain HTTP. Default: 127.0.0.1:7465.
	Listen string `yaml:"listen"`
	// Mode is strict (sensitive data need separate consent on every basis) or
	// balanced (only where consent is the basis). Default: strict.
	Mode string `yaml:"mode"`
	// LenderClass is bank, consumer_finance, microloan or private_lender: it
	// says which law caps the all-in cost of a loan. No default: without it no
	// application is accepted.
	LenderClass string `yaml:"lender_class"`
	// Consents is ledger if a consent counts only as the ledger of consents has
	// it, and file if a case file speaks for a consent that the ledger does not
	// know. What the ledger knows wins either way. Default: file.
	Consents string `yaml:"consents"`
	// ReaskBlockDays is for how many days nobody asks again after a person has
	// refused or withdrawn a consent. The law says not to ask often and names no
	// figure: this one is the lender's. 1 to 3650; default:
	// [policy.ReaskBlockDays].
	ReaskBlockDays int64 `yaml:"reask_block_days"`
	// MinFreeMiB is the free disk space below which nothing more is written:
	// verifications then answer disk full, and go on by themselves once there
	// is room. Default: 512.
	MinFreeMiB int64 `yaml:"min_free_mib"`
	// Policy says which rules this agent takes.
	Policy PolicyConfig `yaml:"policy"`

	// Contact says where a borrower turns to; it is printed with every
	// explanation.
	Contact Contact `yaml:"contact"`

	// Platforms are where verdicts go. Without one, verdicts wait in the queue.
	Platforms []Platform `yaml:"platforms"`

	// Notices, Assessments and Recipients are the registers that case files
	// refer to, by key. What is not registered is denied.
	Notices     map[string]Notice     `yaml:"notices"`
	Assessments map[string]Assessment `yaml:"assessments"`
	Recipients  map[string]Recipient  `yaml:"recipients"`

	// Sources are asked about a person before a case is answered, where that is
	// wanted. Without one nothing is asked.
	Sources Sources `yaml:"sources"`

	dir string
}

// Contact is where a borrower turns to (PIPL 50). Each text is printed as it
// stands, at most 200 characters on one line. What is left out, the lender still
// owes to the borrower: an explanation says that it is missing.
type Contact struct {
	// Objections is where to object to an answer and to have a person decide:
	// a telephone number, an address, a counter.
	Objections string `yaml:"objections"`
	// Complaints is the lender's own channel for complaints.
	Complaints string `yaml:"complaints"`
	// Authority is which authority takes complaints about this lender, and how
	// it is reached. There is no default: it depends on the lender.
	Authority string `yaml:"authority"`
}

// Platform is one central platform.
type Platform struct {
	// ID names the platform: the audience of verdicts, and the id of
	// recipients below. Required.
	ID string `yaml:"id"`
	// Servers are the NATS servers, tried in turn. Required.
	Servers []string `yaml:"servers"`
	// KeysFile is the platform's public keys as a JWK Set. Get them from the
	// platform by a way you trust: they decide who can read verdicts and whose
	// receipts count. Required.
	KeysFile string `yaml:"keys_file"`
	// CredentialsFile is a NATS credentials file; optional.
	CredentialsFile string `yaml:"credentials_file"`
}

// Notice is a version of a privacy notice that borrowers were shown (PIPL 17, 30).
type Notice struct {
	Version string `yaml:"version"`
	// Items lists what the notice tells: handler_name, handler_contact,
	// purpose, method, categories, retention, expiry (what happens at its end),
	// rights_procedure, and for sensitive data necessity, impact.
	Items      []string `yaml:"items"`
	Purposes   []string `yaml:"purposes"`
	Categories []string `yaml:"categories"`
	Recipients []string `yaml:"recipients"`
	ValidFrom  string   `yaml:"valid_from"` // YYYY-MM-DD
	// ValidUntil is the first day on which the notice no longer serves, or
	// "open" while it is the one in force.
	ValidUntil string `yaml:"valid_until"`
}

// Assessment is an impact assessment that was done (PIPL 55, 56).
type Assessment struct {
	DoneOn     string   `yaml:"done_on"`     // YYYY-MM-DD
	ValidUntil string   `yaml:"valid_until"` // YYYY-MM-DD
	Purposes   []string `yaml:"purposes"`
	Categories []string `yaml:"categories"`
	Recipients []string `yaml:"recipients"`
	// Automated says that it covers automated decisions.
	Automated bool `yaml:"automated"`
}

// Recipient is who may receive verdicts (PIPL 20 to 23, 38).
type Recipient struct {
	Platform string `yaml:"platform"` // id of a platform
	// Role is the recipient's legal role towards the lender; it decides what the
	// rules ask for (PIPL 20 to 23):
	//   - same_handler: the lender itself, under another roof. No contract.
	//   - entrusted_processor: works for the lender and on its word alone. A
	//     contract with all items; sub; named in the assessment.
	//   - joint_handler: decides together with the lender. A contract with all
	//     items but period; separate consent that names it.
	//   - other_handler: decides for itself. A contract with purpose, method,
	//     categories and measures; separate consent that names it.
	//   - licensed_credit_agency: licensed for personal credit reporting. The same
	//     contract; written consent that names it. It alone may pool.
	//   - authority: by a duty under law. Receives no verdicts.
	Role     string `yaml:"role"`
	Country  string `yaml:"country"` // two letters; anything but CN is denied
	Contract bool   `yaml:"contract"`
	// Items lists what the contract settles: purpose, period, method,
	// categories, measures, duties (PIPL 21, NDR 12).
	Items    []string `yaml:"items"`
	Purposes []string `yaml:"purposes"`
	// Pools says that the recipient compiles judgements of several lenders for
	// others, which takes a licence. Required: to say nothing is not to say no.
	Pools *bool `yaml:"pools"`
	// Sub says that an entrusted processor hands work on to others, SubApproved
	// that the lender agreed to those (PIPL 21). Sub is required for an entrusted
	// processor, as to say nothing is not to say no; others may leave it out.
	Sub         *bool  `yaml:"sub"`
	SubApproved bool   `yaml:"sub_approved"`
	ValidUntil  string `yaml:"valid_until"` // YYYY-MM-DD
}

var lenderClasses = []string{"bank", "consumer_finance", "microloan", "private_lender"}

// roles are the legal roles that a recipient may have.
var roles = []string{"same_handler", "entrusted_processor", "joint_handler", "other_handler", "licensed_credit_agency", "authority"}

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	// allDigits has no form in the journal: it could be a telephone number.
	allDigits  = regexp.MustCompile(`^[0-9]{11,}$`)
	lenderForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// ReadConfig reads the configuration in a folder, fills in the defaults and
// checks every field.
func ReadConfig(dir string) (*Config, error) {
	b, err := os.ReadFile(filepath.Join(dir, ConfigFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read config: there is no %s in the folder; run yanmen init first", ConfigFile)
	}
	if err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	c, err := ParseConfig(b)
	if err != nil {
		return nil, err
	}
	if c.dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	return c, nil
}

// ParseConfig reads a configuration from its text.
func ParseConfig(b []byte) (*Config, error) {
	c := &Config{PassphraseFile: "passphrase", TokenFile: "token", Listen: "127.0.0.1:7465", Mode: "strict", MinFreeMiB: 512, Consents: "file", ReaskBlockDays: policy.ReaskBlockDays}
	if err := yaml.UnmarshalWithOptions(b, c, yaml.Strict()); err != nil {
		// Without the source: a config may hold what a log must not.
		return nil, fmt.Errorf("read config: %s", strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	return c, nil
}

func (c *Config) check() error {
	switch {
	case allDigits.MatchString(c.Agent) || allDigits.MatchString(c.Lender):
		return errors.New("agent, lender: want a name, not a number of 11 digits or more")
	case !nameForm.MatchString(c.Agent):
		return errors.New("agent: want 1 to 64 of A-Z a-z 0-9 . _ -")
	case !lenderForm.MatchString(c.Lender):
		return errors.New("lender: want 1 to 64 of A-Z a-z 0-9 _ -")
	case c.Mode != "strict" && c.Mode != "balanced":
		return errors.New("mode: want strict or balanced")
	case c.LenderClass != "" && !slices.Contains(lenderClasses, c.LenderClass):
		return errors.New("lender_class: want bank, consumer_finance, microloan or private_lender")
	case c.Consents != "file" && c.Consents != "ledger":
		return errors.New("consents: want file or ledger")
	case c.ReaskBlockDays < 1 || c.ReaskBlockDays > 3650:
		return errors.New("reask_block_days: want 1 to 3650")
	case c.MinFreeMiB < 16:
		return errors.New("min_free_mib: want at least 16")
	case c.Policy.MaxAgeDays < 0 || c.Policy.MaxAgeDays > 36500:
		return errors.New("policy.max_age_days: want 0 to 36500")
	}
	for _, t := range []struct{ key, text string }{
		{"objections", c.Contact.Objections}, {"complaints", c.Contact.Complaints}, {"authority", c.Contact.Authority}} {
		if utf8.RuneCountInString(t.text) > 200 || strings.ContainsFunc(t.text, unicode.IsControl) {
			return fmt.Errorf("contact.%s: want at most 200 characters on one line", t.key)
		}
	}
	if err := checkLoopback(c.Listen); err != nil {
		return err
	}
	ids := map[string]bool{}
	for i, p := range c.Platforms {
		switch {
		case !nameForm.MatchString(p.ID) || allDigits.MatchString(p.ID):
			return fmt.Errorf("platforms[%d].id: want 1 to 64 of A-Z a-z 0-9 . _ -, not a number of 11 digits or more", i)
		case ids[p.ID]:
			return fmt.Errorf("platforms[%d].id: given twice", i)
		case len(p.Servers) == 0:
			return fmt.Errorf("platforms[%d].servers: want at least one", i)
		case p.KeysFile == "":
			return fmt.Errorf("platforms[%d].keys_file: required", i)
		}
		ids[p.ID] = true
	}
	for k, n := range c.Notices {
		if n.Version == "" {
			return fmt.Errorf("notices.%s.version: required", k)
		}
		if _, err := day(n.ValidFrom); err != nil {
			return fmt.Errorf("notices.%s.valid_from: %w", k, err)
		}
		if n.ValidUntil != "open" {
			if _, err := day(n.ValidUntil); err != nil {
				return fmt.Errorf("notices.%s.valid_until: %w, or open", k, err)
			}
		}
	}
	for k, a := range c.Assessments {
		if _, err := day(a.DoneOn); err != nil {
			return fmt.Errorf("assessments.%s.done_on: %w", k, err)
		}
		if _, err := day(a.ValidUntil); err != nil {
			return fmt.Errorf("assessments.%s.valid_until: %w", k, err)
		}
	}
	for k, r := range c.Recipients {
		if !nameForm.MatchString(r.Platform) {
			return fmt.Errorf("recipients.%s.platform: want 1 to 64 of A-Z a-z 0-9 . _ -", k)
		}
		if _, err := day(r.ValidUntil); err != nil {
			return fmt.Errorf("recipients.%s.valid_until: %w", k, err)
		}
		if r.Pools == nil {
			return fmt.Errorf("recipients.%s.pools: required", k)
		}
		if !slices.Contains(roles, r.Role) {
			return fmt.Errorf("recipients.%s.role: want one of %s", k, strings.Join(roles, ", "))
		}
		if r.Sub == nil && r.Role == "entrusted_processor" {
			return fmt.Errorf("recipients.%s.sub: required for an entrusted_processor", k)
		}
	}
	return c.checkSources()
}

func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return errors.New("listen: want host:port")
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("listen: want a loopback address; put a TLS proxy before it to serve others")
	}
	return nil
}

func day(s string) (agent.Int, error) {
	d, err := agent.ParseDate(s)
	if err != nil {
		return agent.Int{}, err
	}
	return agent.Known(d.Time().Unix()), nil
}

// credentials stands for the folder in which systemd hands credentials out.
const credentials = "$CREDENTIALS_DIRECTORY"

// Path resolves a path of the configuration.
func (c *Config) Path(p string) string {
	if rest, ok := strings.CutPrefix(p, credentials); ok {
		return filepath.Join(os.Getenv("CREDENTIALS_DIRECTORY"), rest)
	}
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.dir, p)
}

// Dir is the agent's folder.
func (c *Config) Dir() string { return c.dir }

// registers resolve references of case files. The entries are made once: rules
// see the same slices each time and change none of them.
type registers struct {
	mode        string
	class       string // of the lender
	text        []byte // all of it, see encode
	digest      [32]byte
	notices     map[string]agent.NoticeEntry
	assessments map[string]agent.AssessmentEntry
	recipients  map[string]agent.RecipientEntry
}

func newRegisters(c *Config) *registers {
	r := &registers{mode: c.Mode, class: c.LenderClass, notices: map[string]agent.NoticeEntry{}, assessments: map[string]agent.AssessmentEntry{}, recipients: map[string]agent.RecipientEntry{}}
	must := func(s string) agent.Int { n, _ := day(s); return n } // checked by check; what is wrong stays unknown, which denies
	for k, n := range c.Notices {
		e := agent.NoticeEntry{Found: true, Version: n.Version, Items: n.Items, Purposes: n.Purposes, Categories: n.Categories,
			Recipients: n.Recipients, ValidFrom: must(n.ValidFrom), OpenEnded: n.ValidUntil == "open"}
		if !e.OpenEnded {
			e.ValidUntil = must(n.ValidUntil)
		}
		r.notices[k] = e
	}
	for k, a := range c.Assessments {
		r.assessments[k] = agent.AssessmentEntry{Found: true, DoneAt: must(a.DoneOn), ValidUntil: must(a.ValidUntil),
			Purposes: a.Purposes, Categories: a.Categories, Recipients: a.Recipients, Automated: a.Automated}
	}
	for k, p := range c.Recipients {
		r.recipients[k] = agent.RecipientEntry{Found: true, ID: p.Platform, Role: p.Role, Country: p.Country, Contract: p.Contract,
			Items: p.Items, Purposes: p.Purposes, Pools: p.Pools == nil || *p.Pools,
			Sub: p.Sub != nil && *p.Sub, SubApproved: p.SubApproved, ValidUntil: must(p.ValidUntil)}
	}
	r.encode()
	return r
}

func (r *registers) Notice(key string) agent.NoticeEntry         { return r.notices[key] }
func (r *registers) Assessment(key string) agent.AssessmentEntry { return r.assessments[key] }
func (r *registers) Recipient(key string) agent.RecipientEntry   { return r.recipients[key] }
func (r *registers) Mode() string                                { return r.mode }
func (r *registers) LenderClass() string                         { return r.class }
func (r *registers) Digest() [32]byte                            { return r.digest }

var _ agent.Registers = (*registers)(nil)
