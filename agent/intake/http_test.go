package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

const token = "tok-0123456789abcdef"

// verifier is a Verifier made of a function.
type verifier func(context.Context, *agent.File) (*agent.Result, error)

func (v verifier) Verify(ctx context.Context, f *agent.File) (*agent.Result, error) { return v(ctx, f) }

func answer(_ context.Context, f *agent.File) (*agent.Result, error) {
	return &agent.Result{Case: f.Case.ID, Purpose: f.Case.Purpose}, nil
}

// newAPI serves with a log that ends in the returned buffer.
func newAPI(v Verifier) (API, *lockedBuffer) {
	out := new(lockedBuffer)
	log := slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return API{Verifier: v, Token: token, Log: log, Now: func() time.Time { return clock }}, out
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func post(body io.Reader) *http.Request {
	r := httptest.NewRequest("POST", "/v1/verify", body)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	return r
}

func minimal(t testing.TB) io.Reader {
	return bytes.NewReader(readFile(t, "testdata/good/minimal.json"))
}

func do(o API, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	Handler(o).ServeHTTP(w, r)
	return w
}

// wantProblem holds an answer to problem+json with status and code.
func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, code string) problemBody {
	t.Helper()
	var p problemBody
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("body: %v", err)
	}
	if w.Code != status || p.Status != status || p.Code != code || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("answer %d %q (%s), want %d %q", w.Code, p.Code, w.Header().Get("Content-Type"), status, code)
	}
	return p
}

func TestHandler_answersACase(t *testing.T) {
	o, _ := newAPI(verifier(answer))
	for _, kind := range []string{"application/json", "application/json; charset=utf-8"} {
		r := post(minimal(t))
		r.Header.Set("Content-Type", kind)
		w := do(o, r)
		var got agent.Result
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || got.Case != "M" {
			t.Errorf("answer %d %s", w.Code, w.Body)
		}
		if w.Header().Get("Cache-Control") != "no-store" {
			t.Error("the answer may be cached")
		}
	}
}

func TestHandler_wantsTheToken(t *testing.T) {
	o, _ := newAPI(verifier(func(context.Context, *agent.File) (*agent.Result, error) {
		t.Error("verified without a token")
		return nil, errors.New("no")
	}))
	for _, path := range []string{"/v1/verify", "/metrics"} {
		for _, header := range []string{"", "Bearer", "Bearer ", "Bearer x", "Basic " + token, token, "Bearer " + token + " ", "Bearer " + token[:8]} {
			r := post(minimal(t))
			r.URL.Path = path
			if path == "/metrics" {
				r.Method = "GET"
			}
			r.Header.Del("Authorization")
			if header != "" {
				r.Header.Set("Authorization", header)
			}
			w := do(o, r)
			wantProblem(t, w, 401, "token.refused")
			if w.Header().Get("WWW-Authenticate") == "" {
				t.Error("no WWW-Authenticate")
			}
		}
	}
	// Without a configured token nobody comes in, not even with an empty one.
	o.Token = ""
	r := post(minimal(t))
	r.Header.Set("Authorization", "Bearer ")
	wantProblem(t, do(o, r), 401, "token.refused")
}

func TestHandler_refusesOtherRequests(t *testing.T) {
	o, _ := newAPI(verifier(answer))
	o.MaxBytes = 400
	change := func(f func(*http.Request)) *http.Request {
		r := post(minimal(t))
		f(r)
		return r
	}
	wantProblem(t, do(o, change(func(r *http.Request) { r.Method = "GET" })), 405, "method.refused")
	wantProblem(t, do(o, change(func(r *http.Request) { r.URL.Path = "/v1/verify/x" })), 404, "path.unknown")
	wantProblem(t, do(o, change(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") })), 415, "type.refused")
	wantProblem(t, do(o, change(func(r *http.Request) { r.Header.Del("Content-Type") })), 415, "type.refused")
	wantProblem(t, do(o, change(func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") })), 415, "type.refused")
	wantProblem(t, do(o, post(strings.NewReader(strings.Repeat(" ", 401)))), 413, "body.large")
	wantProblem(t, do(o, post(io.MultiReader(strings.NewReader(strings.Repeat(" ", 401))))), 413, "body.large") // length not announced
	wantProblem(t, do(o, post(io.MultiReader(minimal(t), failing{strings.NewReader("")}))), 400, "body.incomplete")
}

func TestHandler_namesTheFaultsOfACase(t *testing.T) {
	o, _ := newAPI(verifier(answer))
	p := wantProblem(t, do(o, post(strings.NewReader(`{"version": 2}`))), 422, "case.invalid")
	if p.Pointer != "/version" || p.Rule != "version" || p.Hint == "" || len(p.Errors) != 3 || p.Errors[1] != (fault{"/case", "required", "the member is missing"}) {
		t.Errorf("problem is %+v", p)
	}
	wantProblem(t, do(o, post(strings.NewReader(`{"version": `))), 400, "case.syntax")
	full := readFile(t, "testdata/good/full.json")
	p = wantProblem(t, do(o, post(bytes.NewReader(full))), 422, "case.invalid")
	if p.Rule != "file.refused" {
		t.Errorf("a statement file over HTTP: %+v", p)
	}
}

func TestHandler_mapsErrorsOfTheCore(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
		code   string
		again  bool
	}{
		{agent.ErrCaseSubject, 409, "case.subject", false},
		{agent.ErrConflict, 409, "case.conflict", true},
		{agent.ErrDiskFull, 503, "disk.full", true},
		{agent.ErrClosed, 503, "server.closing", true},
		{agent.ErrUncertain, 503, "commit.uncertain", true},
		{agent.ErrCorrupt, 500, "store.corrupt", false},
		{context.DeadlineExceeded, 503, "verify.timeout", true},
		{errors.New("验门甲"), 500, "server.fault", false},
	} {
		o, _ := newAPI(verifier(func(context.Context, *agent.File) (*agent.Result, error) {
			return &agent.Result{Case: "not durable"}, fmt.Errorf("verify 验门甲: %w", tt.err)
		}))
		w := do(o, post(minimal(t)))
		wantProblem(t, w, tt.status, tt.code)
		if (w.Header().Get("Retry-After") != "") != tt.again {
			t.Errorf("%s: Retry-After is %q", tt.code, w.Header().Get("Retry-After"))
		}
		if strings.Contains(w.Body.String(), "验门甲") || strings.Contains(w.Body.String(), "durable") {
			t.Errorf("%s: the answer carries the error's text or result", tt.code)
		}
	}
	// No result without an error is no answer either, and no verifier at all.
	o, _ := newAPI(verifier(func(context.Context, *agent.File) (*agent.Result, error) { return nil, nil }))
	wantProblem(t, do(o, post(minimal(t))), 500, "server.fault")
	o.Verifier = nil
	wantProblem(t, do(o, post(minimal(t))), 503, "server.closing")
}

func TestHandler_givesAVerificationItsTime(t *testing.T) {
	o, _ := newAPI(verifier(func(ctx context.Context, _ *agent.File) (*agent.Result, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}))
	o.Timeout = time.Millisecond
	wantProblem(t, do(o, post(minimal(t))), 503, "verify.timeout")
}

func TestHandler_bounds(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	o, _ := newAPI(verifier(func(ctx context.Context, f *agent.File) (*agent.Result, error) {
		entered <- struct{}{}
		<-leave
		return answer(ctx, f)
	}))
	o.InFlight = 2
	h := Handler(o)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, post(minimal(t)))
			if w.Code != 200 {
				t.Errorf("answer %d", w.Code)
			}
		})
		<-entered
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, post(minimal(t)))
	wantProblem(t, w, 429, "server.busy")
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	close(leave)
	wg.Wait()
	go func() { <-entered }()
	w = httptest.NewRecorder()
	h.ServeHTTP(w, post(minimal(t)))
	if w.Code != 200 {
		t.Errorf("after the rush: answer %d", w.Code)
	}
}

// Bodies that are announced as large count before they arrive.
func TestHandler_boundsBodiesTogether(t *testing.T) {
	o, _ := newAPI(verifier(answer))
	o.MaxBytes = 1000
	h := Handler(o)
	var writers []*io.PipeWriter
	var wg sync.WaitGroup
	begun := make(chan struct{})
	for range maxBodies {
		pr, pw := io.Pipe()
		writers = append(writers, pw)
		r := post(pr)
		r.ContentLength = -1
		wg.Go(func() { h.ServeHTTP(httptest.NewRecorder(), r) })
		go func() { pw.Write([]byte(" ")); begun <- struct{}{} }()
		<-begun // its body is being read
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, post(minimal(t)))
	wantProblem(t, w, 429, "server.busy")
	for _, pw := range writers {
		pw.Close()
	}
	wg.Wait()
	w = httptest.NewRecorder()
	h.ServeHTTP(w, post(minimal(t)))
	if w.Code != 200 {
		t.Errorf("after the rush: answer %d", w.Code)
	}
}

func TestHandler_tellsHealth(t *testing.T) {
	o, _ := newAPI(verifier(answer))
	get := func(path string) *httptest.ResponseRecorder { return do(o, httptest.NewRequest("GET", path, nil)) }
	if w := get("/healthz"); w.Code != 200 || w.Body.String() != "ok\n" {
		t.Errorf("healthz: %d %s", w.Code, w.Body)
	}
	if w := get("/readyz"); w.Code != 503 {
		t.Errorf("readyz without a source: %d", w.Code)
	}
	line, ok := "serving, not syncing, 1,204 queued, oldest 3 h", true
	o.Ready = func() (string, bool) { return line, ok }
	if w := get("/readyz"); w.Code != 200 || w.Body.String() != line+"\n" {
		t.Errorf("readyz: %d %s", w.Code, w.Body)
	}
	ok = false
	if w := get("/readyz"); w.Code != 503 {
		t.Errorf("readyz: %d", w.Code)
	}
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Authorization", "bearer "+token)
	wantProblem(t, do(o, r), 404, "path.unknown")
	o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "yanmen_up 1\n") })
	if w := do(o, r); w.Code != 200 || w.Body.String() != "yanmen_up 1\n" {
		t.Errorf("metrics: %d %s", w.Code, w.Body)
	}
}

// Marked values are put wherever a client can put one; neither an answer nor
// the log may show them.
func TestHandler_tellsNoValues(t *testing.T) {
	const mark = "CANARY7f3a"
	check := func(what, s string) {
		t.Helper()
		if strings.Contains(s, mark) || strings.Contains(s, token) {
			t.Errorf("%s shows a marked value: %s", what, s)
		}
	}
	o, log := newAPI(verifier(func(context.Context, *agent.File) (*agent.Result, error) { panic(mark) }))
	w := do(o, post(minimal(t)))
	wantProblem(t, w, 500, "server.fault")
	check("answer to a panic", w.Body.String())
	if !strings.Contains(log.String(), `"type":"string"`) || !strings.Contains(log.String(), "http_test.go") && !strings.Contains(log.String(), "TestHandler_tellsNoValues") {
		t.Error("the log does not say where it panicked")
	}

	o, log2 := newAPI(verifier(func(_ context.Context, f *agent.File) (*agent.Result, error) {
		return nil, fmt.Errorf("verify %s %s", mark, f.Subject.Name.Reveal())
	}))
	full := readFile(t, "testdata/good/full.json")
	bodies := []string{
		strings.Replace(string(full), "验门甲", mark, 2),
		`{"` + mark + `": 1}`,
		`{"version": "` + mark + `"}`,
		`{"version": ` + mark,
		mark,
		`{"version": 1, "version": "` + mark + `"}`,
		`{"subject": {"` + mark + `": {"` + mark + `": "` + mark + `"}}}`,
		"{\"" + mark + "\xff\": 1}",
	}
	v := tree(t, full)
	var pointers []string
	walk(v, "", func(p string, m map[string]any) {
		for k := range m {
			pointers = append(pointers, p+"/"+k)
		}
	})
	for _, p := range pointers {
		v := tree(t, full)
		for _, to := range []any{mark, []any{mark}, map[string]any{mark: mark}, mark + " " + mark} {
			set(t, v, p, to)
			bodies = append(bodies, string(marshal(t, v)))
		}
	}
	h := Handler(o)
	for _, b := range bodies {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, post(strings.NewReader(b)))
		check("answer", w.Body.String()+fmt.Sprint(w.Header()))
		_, err := Parse([]byte(b), options(t))
		if err != nil {
			check("error", err.Error()+fmt.Sprintf("%v %+v %#v", err, err, err))
		}
	}
	for _, r := range []*http.Request{
		httptest.NewRequest("GET", "/"+mark, nil), httptest.NewRequest("GET", "/healthz?"+mark, nil),
		httptest.NewRequest(mark, "/v1/verify", nil), post(minimal(t)),
	} {
		r.Header.Set("Content-Type", mark)
		r.Header.Set("User-Agent", mark)
		r.Header.Set("X-Forwarded-For", mark)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		check("answer", w.Body.String()+fmt.Sprint(w.Header()))
	}
	check("log", log.String()+log2.String())
	if strings.Count(log2.String(), `"msg":"request"`) != len(bodies)+4 {
		t.Error("not every request is in the log")
	}
}

func TestListen_staysOnLoopback(t *testing.T) {
	for _, a := range []string{"0.0.0.0:0", ":0", "[::]:0", "localhost:0", "192.0.2.1:0", "x", ""} {
		if l, err := Listen(a, false); err == nil {
			l.Close()
			t.Errorf("Listen(%q) succeeded", a)
		}
	}
	l, err := Listen("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

func TestServe_finishesWhatIsUnderWay(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	o, log := newAPI(verifier(func(ctx context.Context, f *agent.File) (*agent.Result, error) {
		close(entered)
		<-leave
		return answer(ctx, f)
	}))
	l, err := Listen("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, Handler(o), o.Log) }()
	url := "http://" + l.Addr().String()

	got := make(chan string, 1)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		r, _ := http.NewRequest("POST", url+"/v1/verify", minimal(t))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(r)
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		got <- string(b)
	}()
	<-entered
	// A client that talks nonsense meanwhile: the log must not quote it.
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		io.WriteString(c, "CANARY7f3a\r\n\r\n")
		io.ReadAll(c)
		c.Close()
	}
	stop()
	time.Sleep(20 * time.Millisecond) // let Serve begin to close; right in either case
	close(leave)
	if s := <-got; !strings.Contains(s, `"case":"M"`) {
		t.Errorf("the request under way got %s", s)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String(), "CANARY") {
		t.Error("the log quotes a client")
	}
}
