package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A capture keeps what passed somewhere.
type capture struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (c *capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.b.Write(p)
}

func (c *capture) bytes() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.b.Bytes())
}

// tap listens between agent and broker and keeps every byte of both directions.
func tap(t testing.TB, to string, seen *capture) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			a, err := l.Accept()
			if err != nil {
				return
			}
			b, err := net.Dial("tcp", to)
			if err != nil {
				a.Close()
				continue
			}
			pass := func(from, to net.Conn) {
				io.Copy(io.MultiWriter(to, seen), from)
				from.Close()
				to.Close()
			}
			go pass(a, b)
			go pass(b, a)
		}
	}()
	return l.Addr().String()
}

// subscribe keeps every message of the broker, whoever sends it. It speaks the
// protocol by itself: no client decides what is worth showing.
func subscribe(t testing.TB, broker string, seen *capture) {
	t.Helper()
	c, err := net.Dial("tcp", broker)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	fmt.Fprint(c, "CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB > 1\r\nPING\r\n")
	in := bufio.NewReader(c)
	ready := make(chan struct{})
	go func() {
		open := false
		for {
			line, err := in.ReadBytes('\n')
			seen.Write(line)
			switch {
			case err != nil:
				return
			case bytes.HasPrefix(line, []byte("PING")):
				fmt.Fprint(c, "PONG\r\n")
			case bytes.HasPrefix(line, []byte("PONG")) && !open:
				open = true
				close(ready)
			}
		}
	}()
	select {
	case <-ready:
	case <-time.After(patience):
		t.Fatal("the broker does not answer")
	}
}

// says searches what a page says, headers included, and gives its status.
func (w *world) says(t testing.TB, s *search, r *http.Request) (status int, body []byte) {
	t.Helper()
	answer, err := w.client.Do(r)
	if err != nil {
		t.Fatalf("%s: no answer", r.URL.Path)
	}
	defer answer.Body.Close()
	if body, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal("an answer broke off")
	}
	s.absent(t, "an answer", append(body, fmt.Sprint(answer.Header)...))
	return answer.StatusCode, body
}

func (w *world) newRequest(t testing.TB, method, path string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, *w.base.Load()+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	r.Header.Set("Content-Type", "application/json")
	return r
}

// TestCanary_nothingPersonalLeaves plants marked values in every member of a
// case file and of the statements in it, sends it through the real programs by
// HTTP and by the command line, well-formed and broken in every place, and
// looks for the values, in every form, in all that the programs leave behind or
// let out: files of agent, hub and broker, temporary files, both outputs,
// answers, metrics, health, every byte between agent and broker, every message
// of the broker, arguments and environment.
//
// An answer to the lender's own question may show facts about the case, the
// case's id and the label of an account. It shows no name and no number.
func TestCanary_nothingPersonalLeaves(t *testing.T) {
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
	controls := func(what string, b []byte, v string) {
		t.Helper()
		var s search
		s.add("control", v)
		if len(s.in(b)) == 0 {
			t.Errorf("%s: the search does not find what is there", what)
		}
	}

	w := newWorldIn(t, root, true, 64)
	var line, bus capture
	through := tap(t, w.broker, &line)
	subscribe(t, w.broker, &bus)
	platforms := strings.Replace(w.platforms(filepath.Join(w.hubDir, "platform.jwks.json")), w.broker, through, 1)
	w.configure(t, platforms, 64)

	now := time.Now()
	good := canaryFile(t, "overdue", kept["case"], personal["number"], now)
	second := canaryFile(t, "application", kept["case"]+"-2", personal["number"], now)
	second["subject"].(object)["name"] = personal["name in Latin"]
	old := canaryFile(t, "overdue", kept["case"]+"-3", personal["old number"], now)
	denied := canaryFile(t, "overdue", kept["case"]+"-4", personal["number"], now)
	denied["legal"].(object)["consent"].(object)["state"] = "withdrawn"
	changed := clone(t, good).(object)
	changed["claim"].(object)["reason"] = "illness"

	broken := brokenFiles(t, good)

	// By the commands first. What they queue goes out once the agent runs: a
	// tombstone, and the notice of an erasure.
	byCommandLine(t, w, &answers, controls, broken, canaryFile(t, "overdue", kept["case"]+"-5", personal["third number"], now))
	w.startAgent(t)

	// Well-formed: each is answered.
	verdict := ""
	for _, doc := range []object{good, second, old, denied, changed, good} {
		status, body := w.says(t, &answers, w.newRequest(t, "POST", "/v1/verify", marshal(t, doc)))
		if status != http.StatusOK {
			t.Fatalf("a well-formed case: %d %s", status, body)
		}
		if _, rest, ok := strings.Cut(string(body), `"leaves":{"id":"`); ok && verdict == "" {
			verdict = rest[:36]
		}
		controls("answers", body, kept["case"])
	}
	if verdict == "" {
		t.Fatal("nothing left; there is nothing to look at")
	}

	// Broken: nothing of it comes back, nothing is an error of ours.
	statuses := map[int]int{}
	for _, b := range broken {
		status, body := w.says(t, &answers, w.newRequest(t, "POST", "/v1/verify", b))
		statuses[status]++
		if status >= 500 {
			t.Errorf("a broken file: %d %s", status, body)
		}
		if status == http.StatusBadRequest || status == http.StatusUnprocessableEntity {
			everywhere.absent(t, "an answer to a broken file", body)
		}
	}
	t.Logf("%d broken files: %v by status", len(broken), statuses)
	if statuses[http.StatusUnprocessableEntity] < 500 || statuses[http.StatusBadRequest] < 100 {
		t.Error("the broken files are not broken")
	}

	// Around the file.
	for _, v := range slices.Sorted(maps.Values(personal)) {
		for _, path := range []string{"/" + url.PathEscape(v), "/v1/verify/" + url.PathEscape(v), "/healthz?" + url.QueryEscape(v), "/metrics?id=" + url.QueryEscape(v)} {
			w.says(t, &everywhere, w.newRequest(t, "GET", path, nil))
		}
		for _, header := range []string{"Authorization", "Content-Type", "Content-Encoding", "User-Agent", "X-Forwarded-For", "Cookie", "Referer"} {
			r := w.newRequest(t, "POST", "/v1/verify", []byte(v))
			r.Header.Set(header, "x "+url.PathEscape(v))
			w.says(t, &everywhere, r)
		}
		raw(t, w, &everywhere, "GET / HTTP/1.1\r\nHost: a\r\n"+v+"\r\n\r\n")
		raw(t, w, &everywhere, v+"\r\n\r\n")
		raw(t, w, &everywhere, "GET /"+v+" HTTP/9.9\r\n\r\n")
		raw(t, w, &everywhere, "POST /v1/verify HTTP/1.1\r\nHost: "+v+"\r\nContent-Length: "+v+"\r\n\r\n")
		raw(t, w, &everywhere, "POST /v1/verify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"+v+"\r\n")
	}
	w.delivered(t)
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		if status, body := w.says(t, &everywhere, w.newRequest(t, "GET", path, nil)); status != http.StatusOK || len(body) == 0 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if runtime.GOOS == "linux" {
		for _, p := range []*process{w.agent, w.hub} {
			for _, name := range []string{"cmdline", "environ", "comm", "maps"} {
				b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, name))
				if err != nil || name == "environ" && !bytes.Contains(b, []byte("TMPDIR=")) {
					t.Errorf("/proc: %s cannot be read: %v", name, err)
				}
				everywhere.absent(t, name+" of a process", b)
			}
		}
	}
	everywhere.under(t, temp) // while both are at work
	w.stopAgent(t)
	w.hub.stop(t)

	files, size := everywhere.under(t, temp)
	everywhere.absent(t, "the line between agent and broker", line.bytes())
	everywhere.absent(t, "a message of the broker", bus.bytes())
	t.Logf("%d files, %.1f MB; line %.0f kB, messages %.0f kB; %d forms", files, float64(size)/1e6, float64(len(line.bytes()))/1e3, float64(len(bus.bytes()))/1e3, everywhere.forms)

	// The search can fail: in each place it finds what must be there.
	controls("line", line.bytes(), lenderName)
	controls("messages", bus.bytes(), lenderName)
	ledger := read(t, filepath.Join(w.hubDir, "ledger"))
	controls("ledger", ledger, verdict) // inside a JWT: in base64
	controls("agent's log", read(t, w.agent.err), agentName)
	controls("hub's log", read(t, w.hub.err), agentName)
	controls("agent's folder", read(t, w.agentDir), lenderName)

	var toPlatform search // the broker is not the platform
	toPlatform.add("the platform's reference", reference)
	toPlatform.absent(t, "the line between agent and broker", line.bytes())
	toPlatform.absent(t, "a message of the broker", bus.bytes())
	toPlatform.under(t, w.agentDir)
	toPlatform.under(t, filepath.Join(w.hubDir, "broker"))
	controls("ledger", ledger, reference)
}

// raw sends bytes that are no request, and searches the answer.
func raw(t testing.TB, w *world, s *search, text string) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(*w.base.Load(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, text)
	c.(*net.TCPConn).CloseWrite()
	b, _ := io.ReadAll(c)
	s.absent(t, "an answer to no request", b)
}

// byCommandLine asks by the commands, while no agent runs.
func byCommandLine(t testing.TB, w *world, answers *search, controls func(string, []byte, string), broken [][]byte, doc object) {
	t.Helper()
	files, err := os.MkdirTemp("", "canary-") // the lender's own folder: what is in it is not ours
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(files) })
	write := func(name string, b []byte) string {
		t.Helper()
		path := filepath.Join(files, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, st := range doc["evidence"].(object)["statements"].([]any) {
		st := st.(object)
		delete(st, "inline")
		st["file"] = personal["name"] + "-" + st["format"].(string) + ".csv"
		write(st["file"].(string), canaryStatement(t, st["format"].(string)))
	}
	path := write(personal["name"]+".json", marshal(t, doc))
	said := func(what string, want int, stdin string, args ...string) string {
		t.Helper()
		code, out, errs := w.yanmen(t, stdin, args...)
		if code != want {
			t.Errorf("%s: exit %d, want %d: %s%s", what, code, want, errs, out)
		}
		answers.absent(t, what, []byte(out+errs))
		return out
	}
	for _, lang := range []string{"en", "zh"} {
		out := said("verify", 0, "", "verify", "--lang", lang, path)
		controls("verify", []byte(out), kept["case"]+"-5")
		controls("verify", []byte(out), kept["account"])
		said("show", 0, "", "show", "--lang", lang, kept["case"]+"-5")
	}
	said("verify --json", 0, "", "verify", "--json", path)
	said("show --json", 0, "", "show", "--json", kept["case"]+"-5")

	var lines bytes.Buffer
	for _, b := range broken {
		lines.Write(bytes.ReplaceAll(b, []byte("\n"), []byte(" ")))
		lines.WriteByte('\n')
	}
	for _, args := range [][]string{{"verify"}, {"verify", "--lang", "zh", "--json"}} {
		code, out, errs := w.yanmen(t, lines.String(), args...)
		// A case id that now stands for somebody else ends the run.
		if code != 3 && code != 1 {
			t.Errorf("broken lines: exit %d", code)
		}
		answers.absent(t, "broken lines", []byte(out+errs))
	}
	code, out, errs := w.yanmen(t, "", "import", "--purpose", "overdue", write("lines.ndjson", lines.Bytes()))
	if code == 0 {
		t.Error("broken lines are imported")
	}
	answers.absent(t, "import", []byte(out+errs))
	for i, b := range broken {
		if i%211 == 0 {
			_, out, errs := w.yanmen(t, "", "verify", write(fmt.Sprint(personal["number"], i, ".json"), b))
			answers.absent(t, "a broken file", []byte(out+errs))
		}
	}

	said("a file that is missing", 3, "", "verify", filepath.Join(files, personal["phone"]+".json"))
	said("a folder", 3, "", "verify", files)
	said("show of nobody", 9, "", "show", personal["number"])
	said("erase of no id", 2, "", "erase", personal["number"])
	said("erase of no case", 9, "", "erase", "--case", personal["name"])
	said("erase of nobody", 9, personal["card"], "erase", "--number-stdin")
	said("journal", 0, "", "journal", "verify")
	said("fsck", 0, "", "fsck")
	said("erase", 0, personal["third number"], "erase", "--number-stdin")
	said("version", 0, "", "version")
}

// read returns a file, or all files of a folder one after another.
func read(t testing.TB, path string) (all []byte) {
	t.Helper()
	err := filepath.WalkDir(path, func(p string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(p)
		all = append(all, b...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
