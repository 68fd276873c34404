package house

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/agent/source"
	"github.com/yanmen/yanmen/cmd/internal/sandbox"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
	"github.com/yanmen/yanmen/deploy"
)

func TestVerify_asksSourcesAsConfigured(t *testing.T) {
	var said, logged bytes.Buffer
	b, err := sandbox.New([]byte("rules: [{kind: face, fault: html}]"), &said)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(b)
	defer srv.Close()
	dir := t.TempDir()
	config := sandbox.Join(synthetic.Config("agent-1", "lender-1", "127.0.0.1:0", ""), synthetic.Recipient, srv.URL)
	if err := os.WriteFile(filepath.Join(dir, ConfigFile), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Init(dir, "agent-1", "lender-1", false); err != nil {
		t.Fatal(err)
	}
	h, err := Open(dir, Options{Logger: slog.New(slog.NewJSONHandler(&logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	situation := synthetic.Situations(time.Now())[2]
	verify := func() {
		t.Helper()
		text := strings.ReplaceAll(string(situation.File), `"recipients":["central"]`, `"recipients":["central","sandbox","sandbox-bureau"]`)
		f, err := intake.Parse([]byte(text), intake.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Verify(context.Background(), f); err != nil {
			t.Fatal(err)
		}
	}
	h.Config.Sources.Ask = string(agent.AskNever)
	if verify(); said.Len() > 0 {
		t.Fatal("a source was asked, and nobody wanted that")
	}
	h.Config.Sources.Ask = string(agent.AskMissing)
	verify()
	if !strings.Contains(said.String(), "carrier yes\n") || !strings.Contains(logged.String(), `"source":"facecheck","kind":"face","state":"inconclusive","codes":["source.type_unexpected"]`) {
		t.Errorf("the sandbox said %q; the log is %s", said.String(), logged.String())
	}
	for _, v := range situation.Person.Values() {
		if strings.Contains(logged.String(), v) {
			t.Error("the log holds a value")
		}
	}
	before := said.Len()
	verify()
	if again := said.String()[before:]; again != "face html\n" {
		t.Errorf("asked again: %q, want the one that gave no answer", again)
	}

	// What became of them is counted by source, class and cause.
	status := func(key string) SourceStatus {
		all := h.Sources()
		return all[slices.IndexFunc(all, func(s SourceStatus) bool { return s.Source == key })]
	}
	if got, want := status("carrier"), (SourceStatus{"carrier", 1, false, []AskCount{{"carrier", "answered", "", 1}}}); !reflect.DeepEqual(got, want) {
		t.Errorf("counted: %+v, want %+v", got, want)
	}
	for range 4 { // the fifth failure in a row opens the circuit
		verify()
	}
	want := SourceStatus{"facecheck", 6, true, []AskCount{{"facecheck", "inconclusive", "circuit_open", 1}, {"facecheck", "inconclusive", "type_unexpected", 5}}}
	if got := status("facecheck"); !reflect.DeepEqual(got, want) {
		t.Errorf("counted: %+v, want %+v", got, want)
	}
}

func TestConfig_sourcesNameTheirPlace(t *testing.T) {
	good := sandbox.Join(synthetic.Config("agent-1", "lender-1", "127.0.0.1:0", ""), synthetic.Recipient, "http://"+sandbox.Address)
	if _, err := ParseConfig([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for want, edit := range map[string][2]string{
		"sources.ask: want never":                                  {"ask: missing", "ask: often"},
		"sources.list[1].key: given twice":                         {"key: carrier", "key: realname"},
		"sources.list[6].recipient: not in the register":           {"recipient: sandbox-bureau", "recipient: other"},
		"sources.list[0].url: want https; plain http":              {"http://127.0.0.1:7470/v1/two_factor", "http://192.0.2.1/v1"},
		`unknown field "timeout"`:                                  {"timeout_ms", "timeout"},
		"sources.list[0].request.members: want of name, number, p": {"idNumber: number, requestId", "idNumber: address, requestId"},
	} {
		if _, err := ParseConfig([]byte(strings.Replace(good, edit[0], edit[1], 1))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseConfig = %v, want %s", err, want)
		}
	}
}

// The sources of the example are comments, for there is no key beside it; they
// are declarations all the same.
func TestConfig_exampleSourcesAreInOrder(t *testing.T) {
	_, list, ok := strings.Cut(deploy.ExampleConfig, "\n  list:\n")
	if !ok {
		t.Fatal("the example has no list of sources")
	}
	var doc []source.Config
	if err := yaml.UnmarshalWithOptions([]byte(strings.ReplaceAll("\n"+list, "\n    # ", "\n")), &doc, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if len(doc) != 3 {
		t.Errorf("%d sources, want 3", len(doc))
	}
	for _, c := range doc {
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", c.Key, err)
		}
	}
}
