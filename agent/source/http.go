package source

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// maxBody bounds what is read of an answer, bytes.
const maxBody = 1 << 20

// target reads the URL.
func (c *Config) target() (*url.URL, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("url: want https://host/path")
	case u.User != nil || u.Fragment != "":
		return nil, errors.New("url: want no user and no fragment; auth says who asks")
	case u.Scheme == "http" && (!loopback(u.Hostname()) || c.Proxy != ""):
		return nil, errors.New("url: want https; plain http is for the sandbox on a loopback address alone")
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// client makes a client that goes to one place: no proxy of the environment, no
// redirect, no other protocol.
func (c *Config) client(path func(string) string) (*http.Client, error) {
	u, err := c.target()
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLS.CAFile != "" {
		pem, err := os.ReadFile(path(c.TLS.CAFile))
		if conf.RootCAs = x509.NewCertPool(); err != nil || !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("tls.ca_file: cannot be read, or holds no certificate")
		}
	}
	if c.TLS.CertFile != "" {
		if _, err := secret("tls.key_file", path(c.TLS.KeyFile)); err != nil {
			return nil, err
		}
		pair, err := tls.LoadX509KeyPair(path(c.TLS.CertFile), path(c.TLS.KeyFile))
		if err != nil {
			return nil, errors.New("tls: cert_file and key_file cannot be read, or do not belong together")
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	d := &net.Dialer{Timeout: 10 * time.Second}
	if u.Scheme == "http" {
		// A name may lead elsewhere than it says.
		d.Control = func(_, addr string, _ syscall.RawConn) error {
			if host, _, err := net.SplitHostPort(addr); err != nil || !loopback(host) {
				return errors.New("not a loopback address")
			}
			return nil
		}
	}
	t := &http.Transport{DialContext: d.DialContext, TLSClientConfig: conf, DisableCompression: true, ForceAttemptHTTP2: true,
		MaxResponseHeaderBytes: 64 << 10, MaxIdleConnsPerHost: 8, IdleConnTimeout: 60 * time.Second}
	if c.Proxy != "" {
		p, err := url.Parse(c.Proxy)
		if err != nil || p.Host == "" || p.Scheme != "http" && p.Scheme != "https" {
			return nil, errors.New("proxy: want http://host:port or https://host:port")
		}
		t.Proxy = http.ProxyURL(p)
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

// secret reads a file that only its owner may read.
func secret(key, path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.New(key + ": the file is not there")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, errors.New(key + ": others than the owner have access to the file; want mode 0600")
	}
	b, err := os.ReadFile(path)
	if b = bytes.TrimSpace(b); err != nil || len(b) == 0 {
		return nil, errors.New(key + ": the file cannot be read, or is empty")
	}
	return b, nil
}

// ask sends a question until there is an answer, it is no use, or time is over.
func (s *Source) ask(ctx context.Context, about agent.Inquiry) (agent.Datum, agent.Code) {
	for try := int64(0); ; try++ {
		if !s.rate.wait(ctx, s.now()) {
			return nil, rateExceeded
		}
		d, code, after := s.once(ctx, about)
		if code != "" && ctx.Err() != nil {
			return nil, answerLate
		}
		if after < 0 || try >= orPointer(s.c.Retries, 2) {
			return d, code
		}
		// Twice as long each time, and somewhere between half and all of it, so
		// that many agents do not come back at once.
		most := 100 * time.Millisecond << try
		after = max(after, most/2+jitter(most/2))
		if end, ok := ctx.Deadline(); ok && after > time.Until(end) || !pause(ctx, after) {
			return nil, code
		}
	}
}

func jitter(most time.Duration) time.Duration {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(most)+1))
	if err != nil {
		return most
	}
	return time.Duration(n.Int64())
}

// once sends a question once. after says how long to wait before it is sent
// again; below 0 it is not: the source has answered, whatever it was.
func (s *Source) once(ctx context.Context, about agent.Inquiry) (_ agent.Datum, _ agent.Code, after time.Duration) {
	const final = -1
	req, err := s.request(ctx, about)
	if err != nil {
		return nil, connectionFailed, final
	}
	resp, err := s.client.Do(req)
	if err != nil {
		// Also a certificate that does not verify; its error is dropped, for it
		// may quote what the other side sent.
		return nil, connectionFailed, 0
	}
	defer resp.Body.Close()
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests:
		return nil, rateRefused, retryAfter(resp)
	case code == http.StatusBadGateway || code == http.StatusServiceUnavailable || code == http.StatusGatewayTimeout:
		return nil, statusUnexpected, retryAfter(resp)
	case code >= 300 && code < 400:
		return nil, redirectRefused, final
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return nil, accessRefused, final
	case code != http.StatusOK:
		return nil, statusUnexpected, final
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case len(b) > maxBody:
		return nil, bodyOversized, final
	case err != nil:
		return nil, bodyTruncated, final
	}
	doc, code := decode(resp.Header, b, s.c.Response.Types)
	if code != "" {
		return nil, code, final
	}
	d, code := s.c.Response.read(s.c.Kind, doc)
	return d, code, final
}

func retryAfter(resp *http.Response) time.Duration {
	n, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// request writes the question and proves who asks.
func (s *Source) request(ctx context.Context, about agent.Inquiry) (*http.Request, error) {
	u, err := s.c.target()
	if err != nil {
		return nil, err
	}
	var raw [16]byte
	rand.Read(raw[:])
	nonce, at := hex.EncodeToString(raw[:]), strconv.FormatInt(s.now().Unix(), 10)
	body, err := s.c.Request.body(about, nonce, at)
	if err != nil {
		return nil, err
	}
	method := or(s.c.Method, http.MethodPost)
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "yanmen")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if s.c.Request.Format == "form" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	a := &s.c.Auth
	switch a.Type {
	case "bearer":
		req.Header.Set("Authorization", "Bearer "+string(s.secret))
	case "hmac-sha256":
		sum := sha256.Sum256(body)
		parts := map[string]string{"key_id": a.KeyID, "method": method, "path": u.EscapedPath(), "timestamp": at, "nonce": nonce,
			"body": string(body), "body_sha256": hex.EncodeToString(sum[:])}
		var signed []string
		for _, p := range a.Parts {
			signed = append(signed, parts[p])
		}
		mac := hmac.New(sha256.New, s.secret)
		mac.Write([]byte(strings.Join(signed, or(a.Separator, "\n"))))
		signature := hex.EncodeToString(mac.Sum(nil))
		if a.Encoding == "base64" {
			signature = base64.StdEncoding.EncodeToString(mac.Sum(nil))
		}
		if a.KeyID != "" {
			req.Header.Set(or(a.KeyIDHeader, "X-Key-Id"), a.KeyID)
		}
		req.Header.Set(or(a.TimestampHeader, "X-Timestamp"), at)
		req.Header.Set(or(a.NonceHeader, "X-Nonce"), nonce)
		req.Header.Set(or(a.SignatureHeader, "X-Signature"), signature)
	}
	return req, nil
}

// steps splits the place of a member: a plain name, or a JSON pointer.
func steps(place string) []string {
	rest, pointer := strings.CutPrefix(place, "/")
	if !pointer {
		return []string{place}
	}
	all := strings.Split(rest, "/")
	for i := range all {
		all[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(all[i])
	}
	return all
}

// body writes what is sent: the listed members and the constants.
func (r *Request) body(about agent.Inquiry, nonce, at string) ([]byte, error) {
	doc, form := map[string]any{}, url.Values{}
	put := func(place, v string) error {
		form.Set(place, v)
		o := doc
		all := steps(place)
		for _, s := range all[:len(all)-1] {
			if o[s] == nil {
				o[s] = map[string]any{}
			}
			inner, ok := o[s].(map[string]any)
			if !ok {
				return errors.New("request: a member is a text and holds others")
			}
			o = inner
		}
		last := all[len(all)-1]
		if _, taken := o[last]; taken {
			return errors.New("request: one place is named twice, or a member is a text and holds others")
		}
		o[last] = v
		return nil
	}
	for place, v := range r.Constants {
		if err := put(place, v); err != nil {
			return nil, err
		}
	}
	for place, what := range r.Members {
		v := about[what].Reveal()
		switch what {
		case "nonce":
			v = nonce
		case "timestamp":
			v = at
		}
		if err := put(place, v); err != nil {
			return nil, err
		}
	}
	if r.Format == "form" {
		return []byte(form.Encode()), nil
	}
	return json.Marshal(doc)
}
