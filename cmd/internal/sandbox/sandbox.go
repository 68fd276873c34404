// Package sandbox is the other side of every kind of source, for trying and for
// tests: it answers questions about persons by a script and by their number, so
// that everything runs without a contract. It keeps nothing, knows nobody, and
// says nothing of who was asked about.
//
// What it answers is a function of the number, of the script and of how often a
// rule of the script was met; latency and faults are the script's.
package sandbox

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yanmen/yanmen/agent"
)

// Sources is the configuration of an agent for the sandbox at its default
// address: a "sources" section that has one source of each kind.
//
//go:embed sources.yaml
var Sources string

// Address is the default address of the sandbox.
const Address = "127.0.0.1:7470"

// Join adds the sandbox at a URL, such as http://127.0.0.1:7470, to the text of a
// configuration whose last section is that of recipients, and which names
// platform as the one recipient: the sandbox's two are named wherever that is.
func Join(config, platform, url string) string {
	return strings.ReplaceAll(config, "recipients: ["+platform+"]", "recipients: ["+platform+", sandbox, sandbox-bureau]") + Part(url)
}

// Part is what a configuration lacks whose last section is that of recipients:
// the sandbox's two recipients, and its sources at a URL.
func Part(url string) string {
	part := ""
	for _, r := range [][3]string{{"sandbox", "other_handler", "false"}, {"sandbox-bureau", "licensed_credit_agency", "true"}} {
		part += fmt.Sprintf("  %s:\n    {platform: %s, role: %s, country: CN, contract: true, items: [purpose, method, categories, measures],\n"+
			"    purposes: [application, overdue], pools: %s, valid_until: \"2099-01-01\"}\n", r[0], r[0], r[1], r[2])
	}
	return part + strings.ReplaceAll(Sources, "http://"+Address, url)
}

// A script says what the sandbox does. The zero script answers yes to all.
type script struct {
	// Bearer and HMACKey, if set, are what a question must prove to know.
	// HMACKey signs timestamp, nonce and body, with line feeds between.
	Bearer  string `yaml:"bearer"`
	HMACKey string `yaml:"hmac_key"`
	// LatencyMS is how long each answer takes.
	LatencyMS int64 `yaml:"latency_ms"`
	// No and Unknown are how many of a hundred numbers get that answer where no
	// rule speaks.
	No      int64  `yaml:"no"`
	Unknown int64  `yaml:"unknown"`
	Rules   []rule `yaml:"rules"`
}

// A rule of a script. The first that fits decides.
type rule struct {
	Kind string `yaml:"kind"` // "" fits all
	Ends string `yaml:"ends"` // of the number, or of the card where no number is sent; "" fits all
	// First lets the rule fit as many questions and then no more; 0: all.
	First     int64  `yaml:"first"`
	LatencyMS *int64 `yaml:"latency_ms"`
	Answer    string `yaml:"answer"` // yes, no or unknown
	Live      string `yaml:"live"`   // yes or no; of face
	Score     *int64 `yaml:"score"`  // 0 to 100; of face
	// Stopped is for how many months to now contributions have not been paid.
	Stopped int64  `yaml:"stopped"`
	Fault   string `yaml:"fault"` // one of Faults
}

var results = map[string]string{"yes": "1", "no": "2", "unknown": "3", "error": "9"}

var kinds = []string{agent.AnswerTwoFactor, agent.AnswerCarrierThree, agent.AnswerBankFour, agent.AnswerFace, agent.AnswerBankAccount,
	agent.SourceInsurance, agent.SourceReport}

// A Sandbox is an [http.Handler] that answers POST /v1/KIND.
type Sandbox struct {
	s   script
	now func() time.Time
	log io.Writer

	mu  sync.Mutex
	met []int64 // how often each rule has fitted
}

// New reads a script, strictly. log takes a line for each question that says its
// kind and what was answered, and of whom nothing.
func New(text []byte, log io.Writer) (*Sandbox, error) {
	b := &Sandbox{now: time.Now, log: log}
	if len(bytes.TrimSpace(text)) > 0 {
		if err := yaml.UnmarshalWithOptions(text, &b.s, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("read script: %s", strings.TrimSpace(yaml.FormatError(err, false, false)))
		}
	}
	if b.s.LatencyMS < 0 || b.s.LatencyMS > 600_000 || b.s.No < 0 || b.s.Unknown < 0 || b.s.No+b.s.Unknown > 100 {
		return nil, errors.New("read script: latency_ms takes 0 to 600000; no and unknown are shares of 100")
	}
	for i, r := range b.s.Rules {
		switch {
		case r.Kind != "" && !slices.Contains(kinds, r.Kind):
			return nil, fmt.Errorf("read script: rules[%d].kind: want one of %s", i, strings.Join(kinds, ", "))
		case r.Answer != "" && results[r.Answer] == "":
			return nil, fmt.Errorf("read script: rules[%d].answer: want yes, no, unknown or error", i)
		case r.Live != "" && r.Live != "yes" && r.Live != "no":
			return nil, fmt.Errorf("read script: rules[%d].live: want yes or no", i)
		case r.Fault != "" && faults[r.Fault] == nil:
			return nil, fmt.Errorf("read script: rules[%d].fault: want one of %s", i, strings.Join(Faults(), ", "))
		case r.LatencyMS != nil && (*r.LatencyMS < 0 || *r.LatencyMS > 600_000) || r.Score != nil && (*r.Score < 0 || *r.Score > 100) || r.Stopped < 0 || r.First < 0:
			return nil, fmt.Errorf("read script: rules[%d]: a figure is out of range", i)
		}
	}
	b.met = make([]int64, len(b.s.Rules))
	return b, nil
}

// Faults lists the faults that a script can name.
func Faults() []string { return slices.Sorted(maps.Keys(faults)) }

// ServeHTTP implements [http.Handler].
func (b *Sandbox) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	kind, ok := strings.CutPrefix(req.URL.Path, "/v1/")
	if !ok || !slices.Contains(kinds, kind) || req.Method != http.MethodPost {
		http.Error(w, "POST /v1/KIND", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, 64<<10))
	if err != nil {
		return
	}
	if !b.proven(req.Header, body) {
		http.Error(w, "who asks is not proven", http.StatusUnauthorized)
		b.say(kind, "unauthorized")
		return
	}
	number := about(req, body)
	if number == "" {
		write(w, `{"code":"400","message":"no number","data":null}`)
		b.say(kind, "no number")
		return
	}
	r := b.rule(kind, number)
	latency := b.s.LatencyMS
	if r.LatencyMS != nil {
		latency = *r.LatencyMS
	}
	select {
	case <-time.After(time.Duration(latency) * time.Millisecond):
	case <-req.Context().Done():
		return
	}
	if r.Fault != "" {
		b.say(kind, r.Fault)
		faults[r.Fault](w, req)
		return
	}
	doc, said := b.answer(kind, number, r)
	text, err := json.Marshal(map[string]any{"code": "0", "message": "ok", "data": doc})
	if err != nil {
		panic("sandbox: an answer does not encode") // cannot happen: texts and numbers
	}
	b.say(kind, said)
	write(w, string(text))
}

func (b *Sandbox) say(kind, what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Fprintf(b.log, "%s %s\n", kind, what)
}

func write(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	io.WriteString(w, text)
}

// proven reports whether whoever asks knows what the script wants known.
func (b *Sandbox) proven(h http.Header, body []byte) bool {
	if b.s.Bearer != "" && !hmac.Equal([]byte(h.Get("Authorization")), []byte("Bearer "+b.s.Bearer)) {
		return false
	}
	if b.s.HMACKey == "" {
		return true
	}
	mac := hmac.New(sha256.New, []byte(b.s.HMACKey))
	fmt.Fprintf(mac, "%s\n%s\n%s", h.Get("X-Timestamp"), h.Get("X-Nonce"), body)
	return hmac.Equal([]byte(h.Get("X-Signature")), []byte(hex.EncodeToString(mac.Sum(nil))))
}

// about finds whom a question is about: the number, or the card.
func about(req *http.Request, body []byte) string {
	values := map[string]string{}
	if strings.HasPrefix(req.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		req.Body = io.NopCloser(bytes.NewReader(body))
		if req.ParseForm() == nil {
			for k := range req.PostForm {
				values[k] = req.PostForm.Get(k)
			}
		}
	} else {
		var doc map[string]any
		if json.Unmarshal(body, &doc) == nil {
			flatten(doc, values)
		}
	}
	if n := values["idNumber"]; n != "" {
		return n
	}
	return values["bankCard"]
}

func flatten(doc map[string]any, to map[string]string) {
	for k, v := range doc {
		switch v := v.(type) {
		case string:
			to[k] = v
		case map[string]any:
			flatten(v, to)
		}
	}
}

// rule returns the first rule that fits, or one that says nothing.
func (b *Sandbox) rule(kind, number string) *rule {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.s.Rules {
		r := &b.s.Rules[i]
		if r.Kind != "" && r.Kind != kind || !strings.HasSuffix(number, r.Ends) || r.First > 0 && b.met[i] >= r.First {
			continue
		}
		b.met[i]++
		return r
	}
	return &rule{}
}

// answer makes the data of an answer, and the word for the log.
func (b *Sandbox) answer(kind, number string, r *rule) (doc any, said string) {
	sum := sha256.Sum256([]byte(kind + " " + number))
	draw := func(i int, n uint32) int64 { return int64(binary.BigEndian.Uint32(sum[4*i:]) % n) }
	now := b.now().In(agent.Zone)
	switch kind {
	case agent.SourceInsurance:
		var months []map[string]any
		base := 5000 + draw(0, 11)*1000
		for i := int64(24); i > 0; i-- {
			y, m, _ := now.Date()
			month := time.Date(y, m-time.Month(i), 1, 0, 0, 0, 0, agent.Zone)
			months = append(months, map[string]any{"month": month.Format("2006-01"), "paid": i > r.Stopped, "base": base})
		}
		return map[string]any{"months": months}, "months"
	case agent.SourceReport:
		inquiries, loans := draw(0, 4), draw(1, 2)
		return map[string]any{"date": now.Format(time.DateOnly), "lenders": draw(2, 4), "balance": fmt.Sprintf("%d.00", draw(3, 50_000)),
			"monthly": fmt.Sprintf("%d.00", draw(4, 3000)), "overdue": 0, "worstLate24m": 0,
			"inquiries": map[string]any{"d30": inquiries, "d90": inquiries * 2, "d180": inquiries * 3},
			"loans":     map[string]any{"d30": 0, "d90": loans, "d180": loans * 2}}, "report"
	}
	said = r.Answer
	if said == "" {
		switch share := draw(0, 100); {
		case share < b.s.No:
			said = "no"
		case share < b.s.No+b.s.Unknown:
			said = "unknown"
		default:
			said = "yes"
		}
	}
	data := map[string]any{"result": results[said]}
	if kind == agent.AnswerFace {
		data["live"], data["score"] = "1", 90+draw(1, 10)
		if r.Live == "no" {
			data["live"] = "0"
		}
		if r.Score != nil {
			data["score"] = *r.Score
		}
	}
	return data, said
}

// faults are the odd things that sources do.
var faults = map[string]func(http.ResponseWriter, *http.Request){
	"status_400": status(http.StatusBadRequest), "status_401": status(http.StatusUnauthorized), "status_429": status(http.StatusTooManyRequests),
	"status_500": status(http.StatusInternalServerError), "status_503": status(http.StatusServiceUnavailable),
	"html": func(w http.ResponseWriter, _ *http.Request) { // an error page with a good status
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<html><body>系统繁忙</body></html>")
	},
	"html_as_json": func(w http.ResponseWriter, _ *http.Request) { write(w, "<html><body>502</body></html>") },
	"plain": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, `{"code":"0","data":{"result":"1"}}`)
	},
	"error_inside": func(w http.ResponseWriter, _ *http.Request) {
		write(w, `{"code":"500","message":"系统异常","data":{"result":"1"}}`)
	},
	"no_data": func(w http.ResponseWriter, _ *http.Request) { write(w, `{"code":"0","message":"ok"}`) },
	"unknown_code": func(w http.ResponseWriter, _ *http.Request) {
		write(w, `{"code":"0","data":{"result":"77"}}`)
	},
	"duplicate": func(w http.ResponseWriter, _ *http.Request) {
		write(w, `{"code":"0","data":{"result":"2","result":"1"}}`)
	},
	"gbk": func(w http.ResponseWriter, _ *http.Request) { // a right answer, in the old charset
		b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(`{"code":"0","message":"认证一致","data":{"result":"1"}}`))
		if err != nil {
			panic("sandbox: text does not encode") // cannot happen: it is fixed
		}
		w.Header().Set("Content-Type", "application/json; charset=GBK")
		w.Write(b)
	},
	"gbk_unsaid": func(w http.ResponseWriter, _ *http.Request) {
		write(w, "{\"code\":\"0\",\"message\":\"\xc8\xcf\xd6\xa4\",\"data\":{\"result\":\"1\"}}")
	},
	"truncated": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "200")
		write(w, `{"code":"0","data":{"resu`)
	},
	"cut_off": func(w http.ResponseWriter, _ *http.Request) { write(w, `{"code":"0","data":{"result":"1"`) },
	"trailing": func(w http.ResponseWriter, _ *http.Request) {
		write(w, `{"code":"0","data":{"result":"1"}}{"code":"0","data":{"result":"2"}}`)
	},
	"huge": func(w http.ResponseWriter, _ *http.Request) { // 50 MB
		write(w, `{"code":"0","pad":"`)
		pad := bytes.Repeat([]byte("x"), 1<<20)
		for range 50 {
			if _, err := w.Write(pad); err != nil {
				return
			}
		}
		io.WriteString(w, `","data":{"result":"1"}}`)
	},
	"redirect": func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, "http://localhost:1/elsewhere", http.StatusTemporaryRedirect)
	},
	"hang": func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() },
	"reset": func(w http.ResponseWriter, _ *http.Request) {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	},
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "busy", code) }
}
