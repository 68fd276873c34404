package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/sandbox"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// sources adds the sandbox's sources, at a URL, to the agent's configuration: each
// is asked about every case.
func (w *world) sources(t testing.TB, url string) {
	t.Helper()
	text := synthetic.Config(agentName, lenderName, "127.0.0.1:0", "")
	text = strings.Replace(sandbox.Join(text, synthetic.Recipient, url), "ask: missing", "ask: always", 1)
	if err := os.WriteFile(filepath.Join(w.agentDir, house.ConfigFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// asked lets the sources be asked about a case file.
func asked(doc object, now time.Time) object {
	doc["case"].(object)["as_of"] = now.Add(-time.Second).Format(time.RFC3339)
	doc["legal"].(object)["consent"].(object)["recipients"] = []any{synthetic.Recipient, "sandbox", "sandbox-bureau"}
	return doc
}

// The agent is killed while sources have their questions and have not answered.
// The journal then holds the questions, each without an outcome, and it holds
// together. Asked again, the case is answered, and each question that was sent
// since has its outcome.
func TestSources_killedBetweenQuestionAndAnswer(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	box, err := sandbox.New(nil, &log)
	if err != nil {
		t.Fatal(err)
	}
	var hold atomic.Bool
	var held atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if hold.Load() {
			io.Copy(io.Discard, r.Body)
			held.Add(1)
			<-r.Context().Done()
			return
		}
		box.ServeHTTP(rw, r)
	}))
	t.Cleanup(srv.Close)
	w := newWorld(t, false, 64)
	w.sources(t, srv.URL)
	w.startAgent(t)
	var doc object
	now := time.Now()
	if err := json.Unmarshal(synthetic.Situations(now)[2].File, &doc); err != nil {
		t.Fatal(err)
	}
	delete(doc, "answers")
	file := marshal(t, asked(doc, now))

	const sources = 7
	for kill := 1; kill <= 2; kill++ {
		hold.Store(true)
		held.Store(0)
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			if status, _, err := w.post(file); err == nil {
				t.Errorf("the case is answered with %d, and no source had answered", status)
			}
		}()
		eventually(t, "every source has its question", func() bool { return held.Load() >= sources })
		w.killAgent()
		<-gone
		hold.Store(false)
		journal := w.sound(t)
		if n, m := entries(journal, "provide"), entries(journal, "answer"); n != kill*sources || m != 0 {
			t.Errorf("after %d kills the journal holds %d questions and %d outcomes, want %d and 0", kill, n, m, kill*sources)
		}
		w.startAgent(t)
	}
	w.mustAnswer(t, file)
	w.stopAgent(t)
	journal := w.sound(t)
	if n, m := entries(journal, "provide"), entries(journal, "answer"); n != 3*sources || m != sources {
		t.Errorf("the journal holds %d questions and %d outcomes, want %d and %d", n, m, 3*sources, sources)
	}
}

// mustAnswer is verify for a case of which nothing need leave.
func (w *world) mustAnswer(t testing.TB, file []byte) {
	t.Helper()
	if _, err := w.verify(file); err != nil {
		t.Fatal(err)
	}
}

// right is the one of oddAnswers that is an answer.
const right = "a right answer that says more"

// oddAnswers are what sources answer that quote back what they were sent.
var oddAnswers = map[string]func(w http.ResponseWriter, sent string){
	"an error page": func(w http.ResponseWriter, sent string) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<html>%s</html>", sent)
	},
	"an error inside": func(w http.ResponseWriter, sent string) {
		reply(w, object{"code": personal["number"], "message": sent})
	},
	"a code that is a value": func(w http.ResponseWriter, sent string) {
		reply(w, object{"code": "0", "message": sent, "data": object{"result": personal["number"], "months": []any{object{"month": personal["name"]}}, "date": personal["name"]}})
	},
	"figures that are values": func(w http.ResponseWriter, sent string) {
		reply(w, object{"code": "0", "data": object{"result": "1", "live": personal["name"], "score": personal["card"], "lenders": personal["name"], "date": "2026-01-01",
			"months": []any{object{"month": "2026-01", "paid": true, "base": personal["name in Latin"]}}}})
	},
	right: func(w http.ResponseWriter, sent string) {
		reply(w, object{"code": "0", "message": sent, "data": object{"result": "1", "name": personal["name"], "live": "1"}, personal["name"]: personal["card"]})
	},
	"a member twice": func(w http.ResponseWriter, sent string) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{%q:1,%q:2,"x":%q}`, personal["name"], personal["name"], sent)
	},
	"a broken text": func(w http.ResponseWriter, sent string) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"code":"`+sent)
	},
	"a status": func(w http.ResponseWriter, sent string) { http.Error(w, sent, http.StatusInternalServerError) },
	"a refusal": func(w http.ResponseWriter, sent string) {
		w.Header().Set("WWW-Authenticate", "Basic realm="+personal["name in Latin"])
		http.Error(w, sent, http.StatusUnauthorized)
	},
	"too many": func(w http.ResponseWriter, sent string) {
		w.Header().Set("Retry-After", personal["phone"])
		http.Error(w, sent, http.StatusTooManyRequests)
	},
	"a redirect": func(w http.ResponseWriter, sent string) {
		w.Header().Set("Location", "/"+url.QueryEscape(sent))
		w.Header().Set("Set-Cookie", "who="+personal["number"])
		w.WriteHeader(http.StatusTemporaryRedirect)
	},
	"a type": func(w http.ResponseWriter, sent string) {
		w.Header().Set("Content-Type", "application/json; charset="+personal["number"])
		io.WriteString(w, `{"code":"0","data":{"result":"1"}}`)
	},
	"no header": func(w http.ResponseWriter, sent string) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "HTTP/1.1 %s %s\r\n%s\r\n\r\n", personal["phone"], personal["name"], sent)
	},
	"a length": func(w http.ResponseWriter, sent string) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %s\r\nTransfer-Encoding: %s\r\n\r\n%s", personal["name in Latin"], personal["number"], sent)
	},
}

func reply(w http.ResponseWriter, doc object) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(doc)
}

// Sources are asked about a person whose every value is marked, by the commands
// and over HTTP; they answer rightly, oddly, and with what they were sent. Nothing
// of it is in what the agent or the sandbox leave behind or let out.
func TestCanary_sourcesShowNobody(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	temp := filepath.Dir(root) // every process of this test has its TMPDIR and its outputs below
	var everywhere, answers search
	for _, list := range []map[string]string{personal, kept, sealed} {
		for what, v := range list {
			everywhere.add(what, v)
		}
	}
	for what, v := range personal {
		answers.add(what, v)
	}
	w := newWorldIn(t, root, false, 64)
	now := time.Now()
	n := 0
	file := func() []byte { // a case each, or the answer would be the one before
		n++
		doc := asked(canaryFile(t, "overdue", fmt.Sprintf("%s-%d", kept["case"], n), personal["number"], now), now)
		delete(doc, "answers")
		return marshal(t, doc)
	}
	files, err := os.MkdirTemp("", "canary-") // the lender's own folder: what is in it is not ours
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(files) })
	byCommand := func(lang, what string) (errs string) {
		t.Helper()
		path := filepath.Join(files, fmt.Sprint(n, ".json"))
		if err := os.WriteFile(path, file(), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := w.yanmen(t, "", "verify", "--ask=always", "--lang", lang, path)
		if code != 0 && code != 4 {
			t.Errorf("%s: exit %d: %s%s", what, code, errs, out)
		}
		answers.absent(t, "standard output after "+what, []byte(out))
		everywhere.absent(t, "standard error after "+what, []byte(errs))
		return errs
	}

	// The sandbox, with each of its faults once.
	address := freeAddress(t)
	script := "rules:\n"
	for _, fault := range sandbox.Faults() {
		if fault != "hang" {
			script += fmt.Sprintf("  - {kind: carrier, first: 1, fault: %s}\n", fault)
		}
	}
	scriptFile := filepath.Join(root, "script.yaml")
	if err := os.WriteFile(scriptFile, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	box := start(t, "yanmen-hub", "sources", "--listen", address, "--script", scriptFile)
	box.says(t, "sources at ")
	w.sources(t, "http://"+address)
	byCommand("en", "the sandbox")
	byCommand("zh", "the sandbox")
	w.startAgent(t)
	for range 6 {
		status, body := w.says(t, &answers, w.newRequest(t, "POST", "/v1/verify", file()))
		if status != http.StatusOK {
			t.Fatalf("a case: %d %s", status, body)
		}
	}
	w.stopAgent(t)
	box.stop(t)
	if b := read(t, box.out); !bytes.Contains(b, []byte("two_factor yes\n")) {
		t.Errorf("the sandbox answered nobody: %s", b)
	}

	// A source that quotes back.
	var odd atomic.Pointer[func(http.ResponseWriter, string)]
	var sent capture
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		text, err := url.QueryUnescape(string(b))
		if err != nil {
			text = string(b)
		}
		fmt.Fprintln(&sent, text, r.URL, r.Header)
		(*odd.Load())(rw, text)
	}))
	t.Cleanup(srv.Close)
	w.sources(t, srv.URL)
	names := slices.Sorted(maps.Keys(oddAnswers))
	cause := regexp.MustCompile(`(?m)^  source\.[a-z_]+  \S`)
	for i, name := range names {
		answer := oddAnswers[name]
		odd.Store(&answer)
		errs := byCommand([]string{"en", "zh"}[i%2], name)
		if name != right && !cause.MatchString(errs) {
			t.Errorf("%s: no cause is told: %s", name, errs)
		}
	}
	w.startAgent(t)
	// One of them more often, so that the circuit opens.
	for _, name := range append(names, slices.Repeat([]string{"a status"}, 6)...) {
		answer := oddAnswers[name]
		odd.Store(&answer)
		w.says(t, &answers, w.newRequest(t, "POST", "/v1/verify", file()))
	}
	status, metrics := w.says(t, &everywhere, w.newRequest(t, "GET", "/metrics", nil))
	for _, line := range []string{`yanmen_source_circuit_open{source="carrier"} 1`, `yanmen_source_outcomes_total{cause="circuit_open",outcome="inconclusive",source="carrier"}`,
		`yanmen_source_asked_total{source="realname"}`} {
		if status != http.StatusOK || !bytes.Contains(metrics, []byte(line)) {
			t.Errorf("metrics do not say %s", line)
		}
	}
	w.stopAgent(t)
	journal := w.sound(t)
	if asks, outcomes := entries(journal, "provide"), entries(journal, "answer"); outcomes == 0 || asks < outcomes {
		t.Errorf("the journal holds %d questions and %d outcomes", asks, outcomes)
	}
	everywhere.under(t, temp)

	// The search can fail, and the sources were sent what it looks for.
	for _, what := range []string{"name", "number", "phone", "card"} {
		var s search
		s.add(what, personal[what])
		if len(s.in(sent.bytes())) == 0 {
			t.Errorf("no source was sent the %s", what)
		}
	}
	if b := string(read(t, w.agent.err)); !strings.Contains(b, `"state":"inconclusive"`) {
		t.Error("the agent's log tells of no source")
	}
}
