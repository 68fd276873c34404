package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
	"github.com/yanmen/yanmen/agent/source"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// person is nobody.
var person = synthetic.NewPerson(7, 19900101)

var fields = agent.Inquiry{
	agent.FieldName: agent.NewPersonal(person.Name), agent.FieldNumber: agent.NewPersonal(person.Number),
	agent.FieldPhone: agent.NewPersonal(person.Phone), agent.FieldCard: agent.NewPersonal(person.Card),
}

// A recorder keeps what came to a sandbox.
type recorder struct {
	http.Handler
	mu   sync.Mutex
	text strings.Builder
	n    int
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	r.n++
	r.text.WriteString(req.URL.String() + "\n")
	req.Header.Write(&r.text)
	r.text.Write(body)
	h := r.Handler
	r.mu.Unlock()
	h.ServeHTTP(w, req)
}

// asked is how many questions came.
func (r *recorder) asked() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}

func (r *recorder) script(t testing.TB, script string) {
	t.Helper()
	b, err := New([]byte(script), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.Handler = b
	r.mu.Unlock()
}

// declared returns the source of a kind that the sandbox's configuration
// declares, led to a sandbox of the test.
func declared(t testing.TB, kind, script string, change func(*source.Config)) (*source.Source, *recorder) {
	t.Helper()
	r := new(recorder)
	r.script(t, script)
	srv := httptest.NewServer(r)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	var doc struct {
		Sources struct {
			Ask  string          `yaml:"ask"`
			List []source.Config `yaml:"list"`
		} `yaml:"sources"`
	}
	text := strings.ReplaceAll(Sources, "http://"+Address, srv.URL)
	if err := yaml.UnmarshalWithOptions([]byte(text), &doc, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(doc.Sources.List, func(c source.Config) bool { return c.Kind == kind })
	if i < 0 {
		t.Fatalf("no source of the kind %s", kind)
	}
	c := doc.Sources.List[i]
	if change != nil {
		change(&c)
	}
	s, err := source.New(c, func(p string) string { return p })
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

// listed takes the fields that a source lists.
func listed(s agent.Source) agent.Inquiry {
	q := agent.Inquiry{}
	for _, f := range s.Entry().Fields {
		q[f] = fields[f]
	}
	return q
}

func TestSandbox_everyKindIsAskedAsDeclared(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			s, r := declared(t, kind, "rules: [{kind: social_insurance, stopped: 3}]", nil)
			d, err := s.Ask(context.Background(), listed(s))
			if err != nil {
				t.Fatal(err)
			}
			switch d := d.(type) {
			case *agent.Answers:
				if d.Items[0].Match != agent.Yes {
					t.Errorf("match is %v, want yes", d.Items[0].Match)
				}
				if kind == agent.AnswerFace && (d.Items[0].Live != agent.Yes || d.Items[0].ScoreBP.Or(0) < 9000) {
					t.Errorf("face is %+v", d.Items[0])
				}
			case *agent.SocialInsurance:
				if len(d.Months) != 24 || d.Months[20].Paid != agent.Yes || d.Months[21].Paid != agent.No || d.Months[0].Base.Or(0) < 500_000 {
					t.Errorf("months are %+v", d.Months)
				}
			case *agent.CreditReport:
				if d.On == 0 || !d.Balance.IsKnown() || d.WorstLate24M != agent.Known(0) || d.Inquiries90.Or(-1) != 2*d.Inquiries30.Or(-1) {
					t.Errorf("report is %+v", d)
				}
			}
			url, _, _ := strings.Cut(r.text.String(), "\n")
			for _, v := range person.Values() {
				if strings.Contains(url, v) {
					t.Error("the URL holds a value")
				}
			}
		})
	}
}

func TestSource_keepsTheContract(t *testing.T) {
	agenttest.TestSource(t, func(t testing.TB) *agenttest.SourceRig {
		s, r := declared(t, agent.AnswerCarrierThree, "", nil)
		return &agenttest.SourceRig{Source: s,
			Say:      func(v agent.Tri) { r.script(t, "rules: [{answer: \""+v.String()+"\"}]") },
			Spoil:    func() { r.script(t, "rules: [{fault: html}]") },
			Hang:     func() { r.script(t, "rules: [{fault: hang}]") },
			Received: func() string { r.mu.Lock(); defer r.mu.Unlock(); return r.text.String() }}
	})
}

func TestSource_whatIsOddIsInconclusiveAndSaysWhy(t *testing.T) {
	want := map[string]agent.Code{
		"status_400": "source.status_unexpected", "status_401": "source.access_refused", "status_429": "source.rate_refused",
		"status_500": "source.status_unexpected", "status_503": "source.status_unexpected", "html": "source.type_unexpected",
		"html_as_json": "source.body_malformed", "plain": "source.type_unexpected", "error_inside": "source.status_refused",
		"no_data": "source.code_missing", "unknown_code": "source.code_unknown", "duplicate": "source.member_duplicated",
		"gbk": "", "gbk_unsaid": "source.charset_unknown", "truncated": "source.body_truncated", "cut_off": "source.body_truncated",
		"trailing": "source.body_malformed", "huge": "source.body_oversized", "redirect": "source.redirect_refused",
		"hang": "source.answer_late", "reset": "source.connection_failed",
	}
	for _, fault := range Faults() {
		t.Run(fault, func(t *testing.T) {
			s, r := declared(t, agent.AnswerTwoFactor, "rules: [{fault: "+fault+"}]", func(c *source.Config) {
				c.TimeoutMS, c.Retries = 1500, new(int64)
				if fault == "hang" {
					c.TimeoutMS = 60
				}
			})
			d, err := s.Ask(context.Background(), listed(s))
			code, known := want[fault]
			if !known {
				t.Fatal("nobody has said what this fault leads to")
			}
			var why *agent.Inconclusive
			switch {
			case code == "":
				if l, ok := d.(*agent.Answers); err != nil || !ok || l.Items[0].Match != agent.Yes {
					t.Errorf("Ask = %v, %v, want yes", d, err)
				}
			case d != nil || !errors.As(err, &why) || why.Code != code:
				t.Errorf("Ask = %v, %v, want %s", d, err, code)
			}
			if r.asked() != 1 {
				t.Errorf("it was asked %d times, want 1", r.asked())
			}
		})
	}
}

func TestSource_comesBackWhereThatIsOfUse(t *testing.T) {
	for fault, asked := range map[string]int{"status_503": 3, "status_429": 3, "reset": 3, "status_500": 1, "html": 1, "unknown_code": 1} {
		s, r := declared(t, agent.AnswerTwoFactor, "rules: [{fault: "+fault+", first: 2}]", func(c *source.Config) { c.TimeoutMS = 5000 })
		_, err := s.Ask(context.Background(), listed(s))
		if r.asked() != asked || (err == nil) != (asked == 3) {
			t.Errorf("%s: asked %d times (%v), want %d", fault, r.asked(), err, asked)
		}
	}
}

func TestSource_sparesAPartyThatFails(t *testing.T) {
	s, r := declared(t, agent.AnswerTwoFactor, "rules: [{fault: status_500, first: 3}]", func(c *source.Config) {
		c.Breaker = source.Breaker{Failures: 3, CooldownMS: 80}
	})
	ask := func() agent.Code {
		_, err := s.Ask(context.Background(), listed(s))
		var why *agent.Inconclusive
		if errors.As(err, &why) {
			return why.Code
		}
		return ""
	}
	for range 3 {
		ask()
	}
	if code := ask(); code != "source.circuit_open" || r.asked() != 3 {
		t.Errorf("after three failures: %q, %d questions arrived, want source.circuit_open and 3", code, r.asked())
	}
	time.Sleep(100 * time.Millisecond)
	if code := ask(); code != "" {
		t.Errorf("after the pause: %q, want an answer", code)
	}
	if code := ask(); code != "" {
		t.Errorf("after an answer: %q, want another", code)
	}
}

func TestSource_waitsForItsTurnAndNoLonger(t *testing.T) {
	s, r := declared(t, agent.AnswerTwoFactor, "", func(c *source.Config) {
		c.Rate, c.TimeoutMS = source.Rate{PerSecond: 1, Burst: 2}, 200
	})
	var refused int
	for range 4 {
		_, err := s.Ask(context.Background(), listed(s))
		var why *agent.Inconclusive
		if errors.As(err, &why) && why.Code == "source.rate_exceeded" {
			refused++
		}
	}
	if refused != 2 || r.asked() != 2 {
		t.Errorf("%d of 4 were refused and %d arrived, want 2 and 2", refused, r.asked())
	}
}

func TestSandbox_answersByNumber(t *testing.T) {
	b, err := New([]byte("{no: 30, unknown: 20}"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]int{}
	for n := range 400 {
		p := synthetic.NewPerson(n, 19850101)
		_, first := b.answer(agent.AnswerCarrierThree, p.Number, &rule{})
		_, again := b.answer(agent.AnswerCarrierThree, p.Number, &rule{})
		if first != again {
			t.Fatal("one number has two answers")
		}
		said[first]++
	}
	if said["no"] < 80 || said["no"] > 160 || said["unknown"] < 40 || said["unknown"] > 120 {
		t.Errorf("of 400: %v, want some 120 no and 80 unknown", said)
	}
}

func TestSandbox_wantsProof(t *testing.T) {
	s, _ := declared(t, agent.AnswerTwoFactor, "bearer: let-me-in", nil)
	if _, err := s.Ask(context.Background(), listed(s)); err == nil {
		t.Error("it answered whoever asked")
	}
}

func TestNew_refusesAScriptThatMeansNothing(t *testing.T) {
	for _, script := range []string{"rule: []", "no: 101", "rules: [{kind: other}]", "rules: [{answer: perhaps}]", "rules: [{fault: other}]", "rules: [{live: other}]", "rules: [{score: 101}]"} {
		if _, err := New([]byte(script), io.Discard); err == nil {
			t.Errorf("%s was taken", script)
		}
	}
}
