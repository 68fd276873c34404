package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// A Verifier answers cases; [agent.Agent] is one. When Verify returns nil the
// answer must be durable. It must be safe for concurrent use.
type Verifier interface {
	Verify(context.Context, *agent.File) (*agent.Result, error)
}

// Defaults of [API].
const (
	DefaultInFlight = 128
	DefaultTimeout  = 30 * time.Second
)

// An API says what [Handler] serves. Without Verifier, Token or Ready the paths
// that need them refuse.
type API struct {
	// Verifier answers POST /v1/verify.
	Verifier Verifier
	// Token is the bearer token that /v1/verify and /metrics want. While it is
	// empty they refuse everybody.
	Token string
	// Ready says for /readyz in a line what the agent does and whether it takes
	// cases. The line is public: counts and states only. Nil is not ready.
	Ready func() (line string, ok bool)
	// Health says for /healthz in a line what an operator should look at although
	// the process answers. The line is public. Nil says ok.
	Health func() string
	// Metrics serves /metrics. Nil: there are none.
	Metrics http.Handler
	// Log takes one line a request: path, status, duration. Nil logs nothing.
	Log *slog.Logger
	// MaxBytes bounds a body. 0 is [HTTPMaxBytes].
	MaxBytes int64
	// InFlight bounds the requests that are read and answered at one time; more
	// are told to come again, as are those whose bodies would together exceed
	// eight times MaxBytes. 0 is [DefaultInFlight].
	InFlight int
	// Timeout bounds one verification. 0 is [DefaultTimeout].
	Timeout time.Duration
	// Now is the clock. Nil is the system's.
	Now func() time.Time
}

type api struct {
	API
	token [sha256.Size]byte
	slots chan struct{}
	held  atomic.Int64 // bytes of bodies that were announced and not yet answered
}

// maxBodies times MaxBytes is what all bodies together may take.
const maxBodies = 8

// Handler returns the HTTP API:
//
//	POST /v1/verify  a case file in (statements inline only), the agent.Result out
//	GET  /healthz    200 while the process answers
//	GET  /readyz     200 or 503, and a line that says why
//	GET  /metrics    for Prometheus
//
// A case that policy denies is an answer: 200, with the codes of the denial.
// Everything else than 200 is application/problem+json (RFC 9457) with a code,
// and for a faulty case file pointer, rule and hint of each fault; never a value.
//
//	400 case.syntax         not a JSON text in UTF-8
//	400 body.incomplete     the body ended early, or took too long
//	401 token.refused       no bearer token, or another
//	404 path.unknown  405 method.refused  415 type.refused
//	409 case.subject        the case id stands for another person
//	409 case.conflict       other writes came first again and again; ask again
//	413 body.large          more than MaxBytes
//	422 case.invalid        rules of the case file are broken
//	429 server.busy         InFlight is reached; ask again later
//	500 server.fault
//	500 store.corrupt       a stored value does not authenticate; run fsck
//	503 disk.full  server.closing  commit.uncertain  verify.timeout
//	                        ask again with the same file
//
// Whatever the client did not see the end of, it may ask again with the same
// bytes: the answer is the same and nothing happens twice.
func Handler(o API) http.Handler {
	if o.MaxBytes <= 0 {
		o.MaxBytes = HTTPMaxBytes
	}
	if o.InFlight <= 0 {
		o.InFlight = DefaultInFlight
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &api{API: o, token: sha256.Sum256([]byte(o.Token)), slots: make(chan struct{}, o.InFlight)}
	return http.HandlerFunc(a.serve)
}

// A reply is written whole, after everything that could fail.
type reply struct {
	status int
	code   string
	faults Errors
	body   []byte // of status 200
	kind   string // its content type
	retry  bool
}

func problem(status int, code string) reply { return reply{status: status, code: code} }

func again(status int, code string) reply { return reply{status: status, code: code, retry: true} }

// serve routes by hand, because an unknown path or method must be answered in
// our form, and logged by a name that is not the client's text.
func (a *api) serve(w http.ResponseWriter, r *http.Request) {
	start := a.Now()
	name, allow, handle := "unknown", "", func(http.ResponseWriter, *http.Request) reply {
		return problem(http.StatusNotFound, "path.unknown")
	}
	switch r.URL.Path {
	case "/v1/verify":
		name, allow, handle = "/v1/verify", "POST", a.guarded(a.verify)
	case "/healthz":
		name, allow, handle = "/healthz", "GET", a.healthz
	case "/readyz":
		name, allow, handle = "/readyz", "GET", a.readyz
	case "/metrics":
		name, allow, handle = "/metrics", "GET", a.guarded(a.metrics)
	}
	if allow != "" && r.Method != allow && (allow != "GET" || r.Method != http.MethodHead) {
		w.Header().Set("Allow", allow)
		handle = func(http.ResponseWriter, *http.Request) reply {
			return problem(http.StatusMethodNotAllowed, "method.refused")
		}
	}
	out := a.recovered(w, r, handle)
	out.write(w)
	a.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("path", name), slog.Int("status", out.status),
		slog.String("code", out.code), slog.Duration("took", a.Now().Sub(start)))
}

// recovered turns a panic into an answer. What was thrown may hold a value: its
// type is logged and where it came from, no more.
func (a *api) recovered(w http.ResponseWriter, r *http.Request, handle func(http.ResponseWriter, *http.Request) reply) (out reply) {
	defer func() {
		thrown := recover()
		if thrown == nil {
			return
		}
		a.Log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("type", fmt.Sprintf("%T", thrown)), slog.String("at", frames()))
		out = problem(http.StatusInternalServerError, "server.fault")
	}()
	return handle(w, r)
}

// frames lists functions and lines of the stack, without arguments.
func frames() string {
	pc := make([]uintptr, 32)
	stack := runtime.CallersFrames(pc[:runtime.Callers(3, pc)])
	var b strings.Builder
	for {
		f, more := stack.Next()
		fmt.Fprintf(&b, "%s:%d ", f.Function, f.Line)
		if !more {
			return strings.TrimSpace(b.String())
		}
	}
}

// guarded asks for the token. Digests are compared, so that neither the time
// nor the length of the comparison tells about the token.
func (a *api) guarded(next func(http.ResponseWriter, *http.Request) reply) func(http.ResponseWriter, *http.Request) reply {
	return func(w http.ResponseWriter, r *http.Request) reply {
		scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		sum := sha256.Sum256([]byte(given))
		same := subtle.ConstantTimeCompare(sum[:], a.token[:]) == 1
		if !same || a.Token == "" || !strings.EqualFold(scheme, "Bearer") {
			w.Header().Set("WWW-Authenticate", `Bearer realm="yanmen"`)
			return problem(http.StatusUnauthorized, "token.refused")
		}
		return next(w, r)
	}
}

// bodies are buffers for request bodies. They are overwritten before they are
// put back, and those that grew beyond what is common are dropped.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const keepBody = 1 << 20

func putBody(b *bytes.Buffer) {
	clear(b.Bytes()[:b.Len()])
	if b.Cap() <= keepBody {
		b.Reset()
		bodies.Put(b)
	}
}

func (a *api) verify(w http.ResponseWriter, r *http.Request) reply {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" || r.Header.Get("Content-Encoding") != "" {
		return problem(http.StatusUnsupportedMediaType, "type.refused")
	}
	if r.ContentLength > a.MaxBytes {
		return problem(http.StatusRequestEntityTooLarge, "body.large")
	}
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	default:
		return again(http.StatusTooManyRequests, "server.busy")
	}
	size := r.ContentLength
	if size < 0 {
		size = a.MaxBytes // not announced: the largest there may be
	}
	defer a.held.Add(-size)
	if a.held.Add(size) > maxBodies*a.MaxBytes {
		return again(http.StatusTooManyRequests, "server.busy")
	}
	f, out := a.read(w, r)
	if f == nil {
		return out
	}
	if a.Verifier == nil {
		return problem(http.StatusServiceUnavailable, "server.closing")
	}
	ctx, cancel := context.WithTimeout(r.Context(), a.Timeout)
	defer cancel()
	result, err := a.Verifier.Verify(ctx, f)
	if err != nil {
		return refusal(err)
	}
	body, err := json.Marshal(result)
	if err != nil || result == nil {
		return problem(http.StatusInternalServerError, "server.fault")
	}
	return reply{status: http.StatusOK, body: append(body, '\n'), kind: "application/json"}
}

// read gives the case of a request, or nil and the reply.
func (a *api) read(w http.ResponseWriter, r *http.Request) (*agent.File, reply) {
	buf := bodies.Get().(*bytes.Buffer)
	defer putBody(buf)
	if n := r.ContentLength; n > 0 {
		buf.Grow(int(min(n, keepBody)) + bytes.MinRead) // more only as it arrives
	}
	if _, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, a.MaxBytes)); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, problem(http.StatusRequestEntityTooLarge, "body.large")
		}
		return nil, problem(http.StatusBadRequest, "body.incomplete")
	}
	f, err := Parse(buf.Bytes(), Options{MaxBytes: a.MaxBytes, Now: a.Now()})
	var faults Errors
	if errors.As(err, &faults) {
		out := reply{status: http.StatusUnprocessableEntity, code: "case.invalid", faults: faults}
		if rule := faults[0].Rule; rule == ruleSyntax || rule == ruleEncoding {
			out.status, out.code = http.StatusBadRequest, "case.syntax"
		}
		return nil, out
	}
	return f, reply{}
}

// refusal maps an error of the core. Its text is dropped: it is made for the
// agent's own log.
func refusal(err error) reply {
	switch {
	case errors.Is(err, agent.ErrCaseSubject):
		return problem(http.StatusConflict, "case.subject")
	case errors.Is(err, agent.ErrConflict):
		return again(http.StatusConflict, "case.conflict")
	case errors.Is(err, agent.ErrDiskFull):
		return again(http.StatusServiceUnavailable, "disk.full")
	case errors.Is(err, agent.ErrClosed):
		return again(http.StatusServiceUnavailable, "server.closing")
	case errors.Is(err, agent.ErrUncertain):
		return again(http.StatusServiceUnavailable, "commit.uncertain")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return again(http.StatusServiceUnavailable, "verify.timeout")
	case errors.Is(err, agent.ErrCorrupt):
		return problem(http.StatusInternalServerError, "store.corrupt")
	}
	return problem(http.StatusInternalServerError, "server.fault")
}

func (a *api) healthz(http.ResponseWriter, *http.Request) reply {
	if a.Health == nil {
		return text(http.StatusOK, "ok")
	}
	return text(http.StatusOK, a.Health())
}

func (a *api) readyz(http.ResponseWriter, *http.Request) reply {
	if a.Ready == nil {
		return text(http.StatusServiceUnavailable, "not ready")
	}
	line, ok := a.Ready()
	if !ok {
		return text(http.StatusServiceUnavailable, line)
	}
	return text(http.StatusOK, line)
}

func text(status int, line string) reply {
	return reply{status: status, body: []byte(line + "\n"), kind: "text/plain; charset=utf-8"}
}

func (a *api) metrics(w http.ResponseWriter, r *http.Request) reply {
	if a.Metrics == nil {
		return problem(http.StatusNotFound, "path.unknown")
	}
	a.Metrics.ServeHTTP(w, r)
	return reply{status: http.StatusOK}
}

// A problemBody is problem+json. Its type is about:blank: status and code say
// it all.
type problemBody struct {
	Title   string  `json:"title"`
	Status  int     `json:"status"`
	Code    string  `json:"code"`
	Pointer string  `json:"pointer,omitempty"` // of the first fault
	Rule    string  `json:"rule,omitempty"`
	Hint    string  `json:"hint,omitempty"`
	Errors  []fault `json:"errors,omitempty"`
}

type fault struct {
	Pointer string `json:"pointer"`
	Rule    string `json:"rule"`
	Hint    string `json:"hint"`
}

func (p *reply) write(w http.ResponseWriter) {
	h := w.Header()
	if p.status == http.StatusOK && p.kind == "" {
		return // written by another handler
	}
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if p.retry {
		h.Set("Retry-After", "1")
	}
	body := p.body
	if p.kind == "" {
		doc := problemBody{Title: http.StatusText(p.status), Status: p.status, Code: p.code}
		for _, e := range p.faults {
			doc.Errors = append(doc.Errors, fault{e.Pointer, e.Rule, e.Hint})
		}
		if len(doc.Errors) > 0 {
			doc.Pointer, doc.Rule, doc.Hint = doc.Errors[0].Pointer, doc.Errors[0].Rule, doc.Errors[0].Hint
		}
		body, _ = json.Marshal(doc) // strings and numbers only: cannot fail
		body = append(body, '\n')
		p.kind = "application/problem+json"
	}
	h.Set("Content-Type", p.kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(p.status)
	io.Copy(w, bytes.NewReader(body)) // an error means that the client is gone
}
