// Package source asks outside sources about a person over HTTP: real-name,
// carrier, bank card, face, social insurance, credit report. Each is declared,
// not programmed: address, proof of who asks, which fields go where, what the
// answers mean.
//
// It promises that nothing is sent but the fields that are listed, over TLS, to
// the host that is named and no other; that no value of a person stands in a
// URL, a header or an error; and that whatever is not an answer as agreed is
// inconclusive with a code that says why, never a guess. A code is all that is
// known of a failure: texts of sources and of libraries are dropped.
//
// Whether a source may be asked is not decided here: see
// [agent.Agent.VerifyAsking].
package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// A Config declares one source. It is part of the agent's configuration, which
// is read strictly: an unknown key is an error.
type Config struct {
	// Key names the source; it stands in answers as their provider. Required.
	Key string `yaml:"key"`
	// Kind is what it answers: two_factor (name and number), carrier (… and
	// phone), bank_card (… and card), face, bank_account, social_insurance or
	// credit_report. Required.
	Kind string `yaml:"kind"`
	// Recipient is its key in the register of recipients: the rules decide by
	// that entry whether it may be asked. Required.
	Recipient string `yaml:"recipient"`
	// URL is where questions go: https, or http to a loopback address for the
	// sandbox. A redirect is never followed. Required.
	URL string `yaml:"url"`
	// Method is POST or PUT; what is sent is in the body. Default: POST.
	Method string `yaml:"method"`
	// Proxy is the URL of a proxy; that of the environment is never used. Default: none.
	Proxy    string   `yaml:"proxy"`
	Auth     Auth     `yaml:"auth"`
	TLS      TLS      `yaml:"tls"`
	Request  Request  `yaml:"request"`
	Response Response `yaml:"response"`
	// TimeoutMS bounds one question with all its retries, milliseconds: 50 to
	// 120000. Default: 5000.
	TimeoutMS int64 `yaml:"timeout_ms"`
	// MaxAgeDays is for how long an answer is not asked for again: 0 (always
	// asked) to 365. Default: 30.
	MaxAgeDays *int64 `yaml:"max_age_days"`
	// Retries is how often a question is sent again where no answer came or the
	// source said to come back: 0 to 5. Default: 2.
	Retries *int64  `yaml:"retries"`
	Rate    Rate    `yaml:"rate"`
	Breaker Breaker `yaml:"breaker"`
}

// Auth is how the agent proves who asks. Key files have mode 0600 and are read
// when the agent starts.
type Auth struct {
	// Type is none, bearer, hmac-sha256 or mtls (see [TLS]). Default: none.
	Type string `yaml:"type"`
	// TokenFile holds the token of bearer.
	TokenFile string `yaml:"token_file"`
	// KeyFile holds the key of hmac-sha256, KeyID names it to the source.
	KeyFile string `yaml:"key_file"`
	KeyID   string `yaml:"key_id"`
	// Parts are signed in this order, joined by Separator (default: a line
	// feed): key_id, method, path, timestamp, nonce, body, body_sha256 (in
	// hexadecimal digits). timestamp, nonce and one of the last two are required.
	Parts     []string `yaml:"parts"`
	Separator string   `yaml:"separator"`
	// Encoding of the signature is hex or base64. Default: hex.
	Encoding string `yaml:"encoding"`
	// Headers in which these travel. Defaults: X-Key-Id, X-Timestamp (seconds
	// since 1970), X-Nonce, X-Signature.
	KeyIDHeader     string `yaml:"key_id_header"`
	TimestampHeader string `yaml:"timestamp_header"`
	NonceHeader     string `yaml:"nonce_header"`
	SignatureHeader string `yaml:"signature_header"`
}

// TLS is what the connection is verified with. Files are PEM.
type TLS struct {
	// CAFile holds the authorities that the source's certificate is checked
	// against, in the place of those of the machine.
	CAFile string `yaml:"ca_file"`
	// CertFile and KeyFile are the agent's own; required where auth is mtls.
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

// Request says what is sent.
type Request struct {
	// Format is json or form. Default: json.
	Format string `yaml:"format"`
	// Members says which member of the body holds what: name, number, phone,
	// card, nonce or timestamp (seconds). A name that begins with / is a JSON
	// pointer of an object in an object. Required.
	Members map[string]string `yaml:"members"`
	// Constants are members with a fixed text.
	Constants map[string]string `yaml:"constants"`
}

// Response says what answers mean. Places are JSON pointers.
type Response struct {
	// Types are media types that are read as JSON beside those of JSON.
	Types []string `yaml:"types"`
	// Status is the place of the code that says whether the question was
	// answered at all; Accepted lists its good values. Optional.
	Status   string   `yaml:"status"`
	Accepted []string `yaml:"accepted"`
	// Code is the place of the result, and Codes say what its values mean: yes,
	// no, unknown or error. Any other value is inconclusive. Required where a
	// factor is compared.
	Code  string            `yaml:"code"`
	Codes map[string]string `yaml:"codes"`
	// Live is the place, and LiveCodes the table, of whether a living person was
	// there; Score of the likeness, of which ScoreMax is the highest. Of face alone.
	Live      string            `yaml:"live"`
	LiveCodes map[string]string `yaml:"live_codes"`
	Score     string            `yaml:"score"`
	ScoreMax  int64             `yaml:"score_max"`
	// Amounts are in fen (whole) or yuan (two decimals). Default: fen.
	Amounts string `yaml:"amounts"`
	// Months is the place of the list of a social_insurance: Month, Paid (by the
	// table PaidCodes) and Base are places in each of its elements.
	Months    string            `yaml:"months"`
	Month     string            `yaml:"month"`
	Paid      string            `yaml:"paid"`
	PaidCodes map[string]string `yaml:"paid_codes"`
	Base      string            `yaml:"base"`
	// Report says where the members of a credit_report are: on, lenders,
	// balance, monthly, inquiries_30, inquiries_90, inquiries_180, new_loans_30,
	// new_loans_90, new_loans_180, overdue, worst_late_24m, own_balance,
	// own_monthly. What is not there is unknown; on is required.
	Report map[string]string `yaml:"report"`
}

// Rate bounds how often a source is asked. A question waits for its turn within
// its time-out.
type Rate struct {
	PerSecond int64 `yaml:"per_second"` // 1 to 1000; 0: no bound
	Burst     int64 `yaml:"burst"`      // default: per_second
}

// Breaker spares a source that fails: after Failures in a row, nothing is asked
// for CooldownMS; then one question tries.
type Breaker struct {
	Failures   int64 `yaml:"failures"`    // 1 to 1000; default: 5
	CooldownMS int64 `yaml:"cooldown_ms"` // default: 30000
}

// factors lists the fields that each kind of source compares.
var factors = map[string][]string{
	agent.AnswerTwoFactor:    {agent.FieldName, agent.FieldNumber},
	agent.AnswerCarrierThree: {agent.FieldName, agent.FieldNumber, agent.FieldPhone},
	agent.AnswerBankFour:     {agent.FieldName, agent.FieldNumber, agent.FieldPhone, agent.FieldCard},
	agent.AnswerFace:         {agent.FieldName, agent.FieldNumber},
	agent.AnswerBankAccount:  {agent.FieldCard},
	agent.SourceInsurance:    {agent.FieldName, agent.FieldNumber},
	agent.SourceReport:       {agent.FieldName, agent.FieldNumber},
}

var reportMembers = []string{"on", "lenders", "balance", "monthly", "inquiries_30", "inquiries_90", "inquiries_180",
	"new_loans_30", "new_loans_90", "new_loans_180", "overdue", "worst_late_24m", "own_balance", "own_monthly"}

// Check reports the first fault of a declaration, with its place.
func (c *Config) Check() error {
	if !named(c.Key) {
		return errors.New("key: want 1 to 64 of A-Z a-z 0-9 . _ -, and a letter")
	}
	need, ok := factors[c.Kind]
	if !ok {
		return errors.New("kind: want one of " + strings.Join(slices.Sorted(maps.Keys(factors)), ", "))
	}
	if c.Recipient == "" {
		return errors.New("recipient: required; it is a key of the register of recipients")
	}
	if _, err := c.target(); err != nil {
		return err
	}
	between := func(name string, v, least, most int64) error {
		if v < least || v > most {
			return errors.New(name + ": out of range; the manual says which")
		}
		return nil
	}
	if err := errors.Join(
		between("timeout_ms", or(c.TimeoutMS, 5000), 50, 120_000),
		between("max_age_days", orPointer(c.MaxAgeDays, 30), 0, 365),
		between("retries", orPointer(c.Retries, 2), 0, 5),
		between("rate.per_second", c.Rate.PerSecond, 0, 1000),
		between("rate.burst", c.Rate.Burst, 0, 10_000),
		between("breaker.failures", or(c.Breaker.Failures, 5), 1, 1000),
		between("breaker.cooldown_ms", or(c.Breaker.CooldownMS, 30_000), 1, 86_400_000),
	); err != nil {
		return err
	}
	if c.Method != "" && c.Method != http.MethodPost && c.Method != http.MethodPut {
		return errors.New("method: want POST or PUT: what is sent belongs in the body")
	}
	if err := c.Auth.check(&c.TLS); err != nil {
		return err
	}
	if err := c.Request.check(need); err != nil {
		return err
	}
	return c.Response.check(c.Kind)
}

func (a *Auth) check(t *TLS) error {
	switch a.Type {
	case "", "none":
	case "bearer":
		if a.TokenFile == "" {
			return errors.New("auth.token_file: required for bearer")
		}
	case "mtls":
		if t.CertFile == "" {
			return errors.New("tls.cert_file: required for mtls")
		}
	case "hmac-sha256":
		if a.KeyFile == "" {
			return errors.New("auth.key_file: required for hmac-sha256")
		}
		for _, p := range a.Parts {
			if !slices.Contains([]string{"key_id", "method", "path", "timestamp", "nonce", "body", "body_sha256"}, p) {
				return errors.New("auth.parts: want of key_id, method, path, timestamp, nonce, body, body_sha256")
			}
		}
		if !slices.Contains(a.Parts, "timestamp") || !slices.Contains(a.Parts, "nonce") ||
			!slices.Contains(a.Parts, "body") && !slices.Contains(a.Parts, "body_sha256") {
			return errors.New("auth.parts: timestamp, nonce and the body must be signed")
		}
		if a.Encoding != "" && a.Encoding != "hex" && a.Encoding != "base64" {
			return errors.New("auth.encoding: want hex or base64")
		}
	default:
		return errors.New("auth.type: want none, bearer, hmac-sha256 or mtls")
	}
	if (t.CertFile == "") != (t.KeyFile == "") {
		return errors.New("tls: cert_file and key_file belong together")
	}
	return nil
}

func (r *Request) check(need []string) error {
	if r.Format != "" && r.Format != "json" && r.Format != "form" {
		return errors.New("request.format: want json or form")
	}
	var sent []string
	taken := func(places map[string]string) error {
		for place := range places {
			steps := steps(place)
			if place == "" || r.Format == "form" && len(steps) > 1 || slices.Contains(steps, "") {
				return errors.New("request: a member has no name, or a pointer in a form")
			}
		}
		return nil
	}
	if err := errors.Join(taken(r.Members), taken(r.Constants)); err != nil {
		return err
	}
	for place, what := range r.Members {
		if _, twice := r.Constants[place]; twice {
			return errors.New("request: one member is in members and in constants")
		}
		switch what {
		case agent.FieldName, agent.FieldNumber, agent.FieldPhone, agent.FieldCard:
			sent = append(sent, what)
		case "nonce", "timestamp":
		default:
			return errors.New("request.members: want of name, number, phone, card, nonce, timestamp")
		}
	}
	for _, f := range need {
		if !slices.Contains(sent, f) {
			return errors.New("request.members: this kind of source compares " + strings.Join(need, ", ") + "; each needs a member")
		}
	}
	for _, f := range sent {
		if !slices.Contains(need, f) {
			return errors.New("request.members: this kind of source needs no more than " + strings.Join(need, ", "))
		}
	}
	if _, err := r.body(agent.Inquiry{}, "", ""); err != nil {
		return err
	}
	return nil
}

func (r *Response) check(kind string) error {
	table := func(name string, codes map[string]string) error {
		for _, v := range codes {
			if !slices.Contains([]string{"yes", "no", "unknown", "error"}, v) {
				return errors.New("response." + name + ": codes mean yes, no, unknown or error")
			}
		}
		return nil
	}
	for _, p := range []string{r.Status, r.Code, r.Live, r.Score, r.Months, r.Month, r.Paid, r.Base} {
		if p != "" && p[0] != '/' {
			return errors.New("response: a place is a JSON pointer and begins with /")
		}
	}
	for name, p := range r.Report {
		if !slices.Contains(reportMembers, name) || p == "" || p[0] != '/' {
			return errors.New("response.report: want JSON pointers for " + strings.Join(reportMembers, ", "))
		}
	}
	if err := errors.Join(table("codes", r.Codes), table("live_codes", r.LiveCodes), table("paid_codes", r.PaidCodes)); err != nil {
		return err
	}
	switch {
	case r.Amounts != "" && r.Amounts != "fen" && r.Amounts != "yuan":
		return errors.New("response.amounts: want fen or yuan")
	case (r.Status == "") != (len(r.Accepted) == 0):
		return errors.New("response: status and accepted belong together")
	case kind == agent.SourceInsurance && (r.Months == "" || r.Month == "" || r.Paid == "" || len(r.PaidCodes) == 0):
		return errors.New("response: social_insurance takes months, month, paid and paid_codes")
	case kind == agent.SourceReport && r.Report["on"] == "":
		return errors.New("response.report: credit_report takes at least on")
	case kind != agent.SourceInsurance && kind != agent.SourceReport && (r.Code == "" || len(r.Codes) == 0):
		return errors.New("response: code and codes are required")
	case kind != agent.AnswerFace && (r.Live != "" || r.Score != ""):
		return errors.New("response: live and score belong to face alone")
	case (r.Live == "") != (len(r.LiveCodes) == 0):
		return errors.New("response: live and live_codes belong together")
	case r.Score != "" && (r.ScoreMax < 1 || r.ScoreMax > 1_000_000):
		return errors.New("response.score_max: want 1 to 1000000")
	}
	return nil
}

// named holds for keys: they stand in answers and in the journal.
func named(s string) bool {
	letter := false
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			letter = true
		case r >= '0' && r <= '9', r == '.', r == '_', r == '-':
		default:
			return false
		}
	}
	return letter && len(s) <= 64
}

func or[T comparable](v, otherwise T) T {
	if v == *new(T) {
		return otherwise
	}
	return v
}

func orPointer(v *int64, otherwise int64) int64 {
	if v == nil {
		return otherwise
	}
	return *v
}

// A Source is one declared source. It is safe for concurrent use.
type Source struct {
	c      Config
	entry  agent.SourceEntry
	client *http.Client
	secret []byte // token or key; nil where there is none
	rate   *limiter
	trip   *breaker
	now    func() time.Time
}

// New makes a source of its declaration. path resolves the names of files. The
// errors name the key of the configuration and never what a file holds.
func New(c Config, path func(string) string) (*Source, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	s := &Source{c: c, now: time.Now}
	s.entry = agent.SourceEntry{Key: c.Key, Kind: c.Kind, Recipient: c.Recipient, Fields: factors[c.Kind], MaxAge: orPointer(c.MaxAgeDays, 30) * 86400}
	s.rate = newLimiter(c.Rate.PerSecond, or(c.Rate.Burst, c.Rate.PerSecond))
	s.trip = &breaker{most: or(c.Breaker.Failures, 5), cooldown: time.Duration(or(c.Breaker.CooldownMS, 30_000)) * time.Millisecond}
	var err error
	switch c.Auth.Type {
	case "bearer":
		s.secret, err = secret("auth.token_file", path(c.Auth.TokenFile))
	case "hmac-sha256":
		s.secret, err = secret("auth.key_file", path(c.Auth.KeyFile))
	}
	if err != nil {
		return nil, err
	}
	s.client, err = c.client(path)
	return s, err
}

// Entry implements [agent.Source].
func (s *Source) Entry() agent.SourceEntry { return s.entry }

// Ask implements [agent.Source].
func (s *Source) Ask(ctx context.Context, about agent.Inquiry) (agent.Datum, error) {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, time.Duration(or(s.c.TimeoutMS, 5000))*time.Millisecond)
	defer cancel()
	if !s.trip.enter(s.now()) {
		return nil, because(circuitOpen)
	}
	d, code := s.ask(ctx, about)
	if caller.Err() == nil { // who goes away says nothing of the source
		s.trip.leave(s.now(), code)
	}
	if code != "" {
		return nil, because(code)
	}
	return d, nil
}

// Spared reports whether the source has failed so often in a row that it is not
// asked for now.
func (s *Source) Spared() bool { return s.trip.open(s.now()) }

// Format writes the key of the source, whatever the verb: it holds secrets.
func (s *Source) Format(f fmt.State, _ rune) { f.Write([]byte("source " + s.c.Key)) }

var _ agent.Source = (*Source)(nil)

func because(code agent.Code) error { return &agent.Inconclusive{Code: code} }

// Why an answer is inconclusive: each is one of [agent.AskCauses].
const (
	connectionFailed agent.Code = "source.connection_failed"
	answerLate       agent.Code = "source.answer_late"
	rateExceeded     agent.Code = "source.rate_exceeded" // ours: no turn within the time-out
	rateRefused      agent.Code = "source.rate_refused"  // theirs
	circuitOpen      agent.Code = "source.circuit_open"
	statusUnexpected agent.Code = "source.status_unexpected"
	accessRefused    agent.Code = "source.access_refused" // who asks was not accepted
	redirectRefused  agent.Code = "source.redirect_refused"
	typeUnexpected   agent.Code = "source.type_unexpected"
	charsetUnknown   agent.Code = "source.charset_unknown"
	bodyOversized    agent.Code = "source.body_oversized"
	bodyTruncated    agent.Code = "source.body_truncated"
	bodyMalformed    agent.Code = "source.body_malformed"
	memberDuplicated agent.Code = "source.member_duplicated"
	statusRefused    agent.Code = "source.status_refused" // answered, and said that it did not
	codeMissing      agent.Code = "source.code_missing"
	codeUnknown      agent.Code = "source.code_unknown"
	codeError        agent.Code = "source.code_error"
	memberMalformed  agent.Code = "source.member_malformed"
)
