package source

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

func same(p string) string { return p }

// plain is a declaration that has nothing special.
func plain(url string) Config {
	return Config{Key: "realname", Kind: agent.AnswerTwoFactor, Recipient: "hub", URL: url,
		Request:  Request{Members: map[string]string{"name": "name", "id": "number"}},
		Response: Response{Status: "/code", Accepted: []string{"200"}, Code: "/data/bizCode", Codes: map[string]string{"1": "yes", "2": "no", "3": "unknown", "9": "error"}},
		Retries:  new(int64), TimeoutMS: 2000}
}

const good = `{"code":"200","data":{"bizCode":"1"}}`

func answerWith(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{kind}
		io.WriteString(w, body)
	}
}

var about = agent.Inquiry{agent.FieldName: agent.NewPersonal("验样甲"), agent.FieldNumber: agent.NewPersonal("990101199003071237")}

func ask(t *testing.T, c Config) (agent.Datum, agent.Code) {
	t.Helper()
	s, err := New(c, same)
	if err != nil {
		t.Fatal(err)
	}
	defer s.client.CloseIdleConnections()
	d, err := s.Ask(context.Background(), about)
	var why *agent.Inconclusive
	if err != nil && !errors.As(err, &why) {
		t.Fatalf("Ask = %v, want a code", err)
	}
	if why != nil {
		return d, why.Code
	}
	return d, ""
}

func TestAsk_recordedAnswers(t *testing.T) {
	files, err := filepath.Glob("testdata/answers/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d recorded answers (%v)", len(files), err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			kind, rest, _ := strings.Cut(string(b), "\n")
			want, body, _ := strings.Cut(rest, "\n")
			srv := httptest.NewServer(answerWith(kind, body))
			defer srv.Close()
			d, code := ask(t, plain(srv.URL))
			got := string(code)
			if l, ok := d.(*agent.Answers); ok {
				got = l.Items[0].Match.String()
			}
			if got != want {
				t.Errorf("it says %s, want %s", got, want)
			}
		})
	}
}

func TestAsk_sendsWhatIsDeclaredAndNoMore(t *testing.T) {
	var body, kind, uri string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body, kind, uri = string(b), r.Header.Get("Content-Type"), r.RequestURI
		answerWith("application/json", good)(w, r)
	}))
	defer srv.Close()
	c := plain(srv.URL + "/check?product=2")
	c.Request = Request{Members: map[string]string{"/person/name": "name", "/person/id": "number", "at": "timestamp"}, Constants: map[string]string{"/person/kind": "01"}}
	if _, code := ask(t, c); code != "" {
		t.Fatal(code)
	}
	want := `{"at":"` + body[7:17] + `","person":{"id":"990101199003071237","kind":"01","name":"验样甲"}}`
	if body != want || uri != "/check?product=2" {
		t.Errorf("sent %s to %s, want %s", body, uri, want)
	}
	c.Request = Request{Format: "form", Members: map[string]string{"name": "name", "id": "number"}}
	if _, code := ask(t, c); code != "" {
		t.Fatal(code)
	}
	if body != "id=990101199003071237&name=%E9%AA%8C%E6%A0%B7%E7%94%B2" || !strings.HasPrefix(kind, "application/x-www-form-urlencoded") {
		t.Errorf("sent %s as %s", body, kind)
	}
}

func TestAsk_provesWhoAsks(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	if err := os.WriteFile(key, []byte("a key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var nonces []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		sum := sha256.Sum256(b)
		h := r.Header
		mac := hmac.New(sha256.New, []byte("a key"))
		fmt.Fprintf(mac, "id-1&POST&/check&%s&%s&%x", h.Get("X-Timestamp"), h.Get("X-Nonce"), sum)
		nonces = append(nonces, h.Get("X-Nonce"))
		if h.Get("X-Key-Id") != "id-1" || h.Get("X-Signature") != hex.EncodeToString(mac.Sum(nil)) && h.Get("Authorization") != "Bearer a key" {
			http.Error(w, "", http.StatusForbidden)
			return
		}
		answerWith("application/json", good)(w, r)
	}))
	defer srv.Close()
	c := plain(srv.URL + "/check")
	c.Auth = Auth{Type: "hmac-sha256", KeyFile: key, KeyID: "id-1", Separator: "&", Parts: []string{"key_id", "method", "path", "timestamp", "nonce", "body_sha256"}}
	for range 2 {
		if _, code := ask(t, c); code != "" {
			t.Errorf("signed: %s", code)
		}
	}
	if nonces[0] == nonces[1] || len(nonces[0]) != 32 {
		t.Error("a nonce was used twice, or is short")
	}
	c.Auth.Parts = c.Auth.Parts[:5]
	if err := c.Check(); err == nil {
		t.Error("a signature that does not cover the body was taken")
	}
	if s := fmt.Sprintf("%v %+v %#v", must(t, plain(srv.URL)), must(t, plain(srv.URL)), must(t, plain(srv.URL))); strings.Contains(s, "a key") {
		t.Error("printing a source prints its key")
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	c.Auth = Auth{Type: "bearer", TokenFile: key}
	if _, err := New(c, same); err == nil || !strings.Contains(err.Error(), "0600") {
		t.Errorf("a token that others can read: %v", err)
	}
}

func must(t *testing.T, c Config) *Source {
	t.Helper()
	s, err := New(c, same)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// pair writes a certificate for 127.0.0.1 and its key.
func pair(t *testing.T, name string) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	pk, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	return write("cert", "CERTIFICATE", der), write("key", "PRIVATE KEY", pk)
}

func TestAsk_overTLSWithBothSidesKnown(t *testing.T) {
	cert, key := pair(t, "agent-1")
	pool := x509.NewCertPool()
	b, err := os.ReadFile(cert)
	if err != nil || !pool.AppendCertsFromPEM(b) {
		t.Fatal("no certificate")
	}
	srv := httptest.NewUnstartedServer(answerWith("application/json", good))
	srv.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	srv.Config.ErrorLog = nil
	srv.StartTLS()
	defer srv.Close()
	ca := filepath.Join(t.TempDir(), "ca")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o644); err != nil {
		t.Fatal(err)
	}
	c := plain(srv.URL)
	c.Auth, c.TLS = Auth{Type: "mtls"}, TLS{CAFile: ca, CertFile: cert, KeyFile: key}
	if _, code := ask(t, c); code != "" {
		t.Errorf("both known: %s", code)
	}
	c.TLS.CAFile = ""
	if _, code := ask(t, c); code != connectionFailed {
		t.Errorf("a source nobody vouches for: %q, want %s", code, connectionFailed)
	}
	c.Auth.Type, c.TLS = "none", TLS{CAFile: ca}
	if _, code := ask(t, c); code != connectionFailed {
		t.Errorf("an agent that shows nothing: %q, want %s", code, connectionFailed)
	}
}

func TestAsk_takesNoProxyOfTheEnvironmentAndNoOtherWay(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		elsewhere++
		answerWith("application/json", good)(w, r)
	}))
	defer other.Close()
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, other.URL)
	}
	c := plain("https://source.invalid/check")
	if s := must(t, c); s.client.Transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy that nobody configured")
	}
	for _, code := range []int{301, 302, 303, 307, 308} {
		srv := httptest.NewServer(http.RedirectHandler(other.URL, code))
		if _, got := ask(t, plain(srv.URL)); got != redirectRefused {
			t.Errorf("%d: %q, want %s", code, got, redirectRefused)
		}
		srv.Close()
	}
	if elsewhere != 0 {
		t.Error("a question went elsewhere")
	}
}

func TestCheck_namesThePlace(t *testing.T) {
	if c := plain("https://source.invalid/check"); c.Check() != nil {
		t.Fatalf("Check = %v, want nil", c.Check())
	}
	minus := int64(-1)
	for place, change := range map[string]func(*Config){
		"key":                    func(c *Config) { c.Key = "13000000001" },
		"kind":                   func(c *Config) { c.Kind = "other" },
		"recipient":              func(c *Config) { c.Recipient = "" },
		"url: want https://":     func(c *Config) { c.URL = "ftp://source.invalid" },
		"url: want https; plain": func(c *Config) { c.URL = "http://source.invalid" },
		"url: want no user":      func(c *Config) { c.URL = "https://a:b@source.invalid" },
		"method":                 func(c *Config) { c.Method = "GET" },
		"auth.type":              func(c *Config) { c.Auth.Type = "other" },
		"auth.token_file":        func(c *Config) { c.Auth.Type = "bearer" },
		"auth.key_file":          func(c *Config) { c.Auth.Type = "hmac-sha256" },
		"tls.cert_file":          func(c *Config) { c.Auth.Type = "mtls" },
		"tls: ":                  func(c *Config) { c.TLS.CertFile = "cert" },
		"request.format":         func(c *Config) { c.Request.Format = "xml" },
		"request.members: this kind of source compares": func(c *Config) { delete(c.Request.Members, "id") },
		"request.members: this kind of source needs no": func(c *Config) { c.Request.Members["mobile"] = "phone" },
		"request.members: want of":                      func(c *Config) { c.Request.Members["mobile"] = "address" },
		"request: one member":                           func(c *Config) { c.Request.Constants = map[string]string{"id": "1"} },
		"request: one place":                            func(c *Config) { c.Request.Constants = map[string]string{"/id": "1"} },
		"response.codes":                                func(c *Config) { c.Response.Codes["4"] = "perhaps" },
		"response: code and codes":                      func(c *Config) { c.Response.Code = "" },
		"response: a place":                             func(c *Config) { c.Response.Code = "data.code" },
		"response: status and accepted":                 func(c *Config) { c.Response.Accepted = nil },
		"response: live and score":                      func(c *Config) { c.Response.Live = "/live" },
		"response: social_insurance":                    func(c *Config) { c.Kind = agent.SourceInsurance },
		"response.report: credit_report takes":          func(c *Config) { c.Kind = agent.SourceReport },
		"response.amounts":                              func(c *Config) { c.Response.Amounts = "cent" },
		"timeout_ms":                                    func(c *Config) { c.TimeoutMS = 1 },
		"max_age_days":                                  func(c *Config) { c.MaxAgeDays = &minus },
		"retries":                                       func(c *Config) { c.Retries = &minus },
		"rate.per_second":                               func(c *Config) { c.Rate.PerSecond = -1 },
		"breaker.failures":                              func(c *Config) { c.Breaker.Failures = -1 },
		"breaker.cooldown_ms":                           func(c *Config) { c.Breaker.CooldownMS = -1 },
		"request: a member has no name":                 func(c *Config) { c.Request.Constants = map[string]string{"": "1"} },
		"request: a member has no name, or a pointer in ": func(c *Config) {
			c.Request = Request{Format: "form", Members: map[string]string{"/a/b": "name", "id": "number"}}
		},
	} {
		c := plain("https://source.invalid/check")
		change(&c)
		if err := c.Check(); err == nil || !strings.HasPrefix(err.Error(), place) {
			t.Errorf("Check = %v, want a fault of %s", err, place)
		}
	}
	c := plain("https://source.invalid/check")
	c.Proxy = "socks://x"
	if _, err := New(c, same); err == nil || !strings.HasPrefix(err.Error(), "proxy") {
		t.Errorf("New = %v, want a fault of proxy", err)
	}
}

func TestDecimal_isExactOrNot(t *testing.T) {
	for _, tc := range []struct {
		s      string
		places int
		want   int64
		ok     bool
	}{
		{"0", 0, 0, true}, {"12", 2, 1200, true}, {"12.3", 2, 1230, true}, {"12.34", 2, 1234, true}, {"12.340", 2, 1234, true},
		{"12.345", 2, 0, false}, {"12.00", 0, 12, true}, {"12.5", 0, 0, false}, {"-1", 2, 0, false}, {"1e3", 0, 0, false}, {"", 0, 0, false},
		{".5", 2, 0, false}, {"1,000", 0, 0, false}, {"99.99999999", 4, 999999, true}, {"999999999999999", 0, 999999999999999, true},
		{"1000000000000000", 0, 0, false}, {"9999999999999.99", 2, 999999999999999, true}, {"99999999999999.99", 2, 0, false}, {"1.2.3", 4, 0, false},
	} {
		if got, ok := decimal(tc.s, tc.places); got != tc.want || ok != tc.ok {
			t.Errorf("decimal(%q, %d) = %d, %v, want %d, %v", tc.s, tc.places, got, ok, tc.want, tc.ok)
		}
	}
}

func TestRead_monthsAndReports(t *testing.T) {
	r := Response{Amounts: "yuan", Months: "/m", Month: "/k", Paid: "/p", PaidCodes: map[string]string{"1": "yes", "0": "no"}, Base: "/b",
		Report: map[string]string{"on": "/on", "balance": "/b", "lenders": "/n", "own_balance": "/o", "own_monthly": "/p"}}
	for body, want := range map[string]agent.Code{
		`{"m":[{"k":"202512","p":1,"b":"5000.10"},{"k":"2025-11-30","p":"0"}]}`: "",
		`{"m":[]}`:                                           "",
		`{"m":{}}`:                                           codeMissing,
		`{"m":[{"k":"2025-13","p":1}]}`:                      memberMalformed,
		`{"m":[{"k":"2025-02-30","p":1}]}`:                   memberMalformed,
		`{"m":[{"k":"202512","p":7}]}`:                       codeUnknown,
		`{"m":[{"k":"202512"}]}`:                             codeMissing,
		`{"m":[{"k":"202512","p":1,"b":-1}]}`:                memberMalformed,
		`{"m":[{"k":"202512","p":1},{"k":"2025-12","p":0}]}`: memberDuplicated,
		`{"m":["202512"]}`:                                   memberMalformed,
	} {
		doc, code := decode(http.Header{"Content-Type": {"application/json"}}, []byte(body), nil)
		if code != "" {
			t.Fatal(code)
		}
		d, code := r.read(agent.SourceInsurance, doc)
		if code != want || (d == nil) == (want == "") {
			t.Errorf("%s: %v, %q, want %q", body, d, code, want)
		}
		if l, ok := d.(*agent.SocialInsurance); ok && len(l.Months) == 2 {
			if l.Months[0] != (agent.InsuredMonth{Month: 20251101, Paid: agent.No}) || l.Months[1] != (agent.InsuredMonth{Month: 20251201, Paid: agent.Yes, Base: agent.Known(500_010)}) {
				t.Errorf("months are %+v", l.Months)
			}
		}
	}
	for body, want := range map[string]agent.Code{
		`{"on":"2026-01-02","b":"10.5","n":3,"o":"9.2"}`: "",
		`{"on":"2026-01-02","o":"-1"}`:                   memberMalformed,
		`{"b":"10.5"}`:                                   memberMalformed,
		`{"on":"2026-01","b":1}`:                         memberMalformed,
		`{"on":"20260102","n":"many"}`:                   memberMalformed,
		`{"on":"20260102","n":{}}`:                       memberMalformed,
	} {
		doc, _ := decode(http.Header{"Content-Type": {"application/json"}}, []byte(body), nil)
		d, code := r.read(agent.SourceReport, doc)
		if code != want {
			t.Errorf("%s: %q, want %q", body, code, want)
		}
		if c, ok := d.(*agent.CreditReport); ok && (c.On != 20260102 || c.Balance != agent.Known(1050) || c.Lenders != agent.Known(3) || c.Monthly.IsKnown() || c.OwnBalance != agent.Known(920) || c.OwnMonthly.IsKnown()) {
			t.Errorf("report is %+v", c)
		}
	}
}

// FuzzAnswer holds that no body makes a panic, and that what is read is one of
// the answers that were agreed, or none with a code.
func FuzzAnswer(f *testing.F) {
	files, _ := filepath.Glob("testdata/answers/*.txt")
	for _, p := range files {
		b, _ := os.ReadFile(p)
		kind, rest, _ := strings.Cut(string(b), "\n")
		_, body, _ := strings.Cut(rest, "\n")
		f.Add(kind, []byte(body))
	}
	f.Add("application/json", []byte(`{"m":[{"k":"202512","p":1,"b":"5000.10"}],"on":"20260101"}`))
	c := plain("https://source.invalid")
	c.Response.Months, c.Response.Month, c.Response.Paid, c.Response.PaidCodes = "/m", "/k", "/p", map[string]string{"1": "yes"}
	c.Response.Report = map[string]string{"on": "/on"}
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		doc, code := decode(http.Header{"Content-Type": {kind}}, body, nil)
		if code != "" {
			return
		}
		for _, k := range []string{agent.AnswerTwoFactor, agent.SourceInsurance, agent.SourceReport} {
			if d, code := c.Response.read(k, doc); (d == nil) == (code == "") {
				t.Errorf("%s: %v, %q", k, d, code)
			}
		}
	})
}
