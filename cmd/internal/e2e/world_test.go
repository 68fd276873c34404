package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/cmd/internal/house"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
	"github.com/yanmen/yanmen/sync/platform"
)

const (
	agentName  = "e2e-agent"
	lenderName = "e2e-lender"
)

// A world is an agent and, if it was asked for, the hub that it is enrolled at.
// Either may be down.
type world struct {
	agentDir, hubDir string
	broker           string // host:port
	hub, agent       *process
	base             atomic.Pointer[string] // URL of the agent's door, nil while it is down
	token            string
	client           *http.Client
	answers          atomic.Int64 // cases that were answered with 200
}

// newWorld makes an agent's folder, and with withHub a hub that runs and
// believes the agent. minFree is the agent's watermark in MiB. The agent does
// not run yet.
func newWorld(t testing.TB, withHub bool, minFree int) *world {
	t.Helper()
	return newWorldIn(t, t.TempDir(), withHub, minFree)
}

func newWorldIn(t testing.TB, dir string, withHub bool, minFree int) *world {
	t.Helper()
	w := &world{agentDir: filepath.Join(dir, "agent"), hubDir: filepath.Join(dir, "hub"), client: &http.Client{
		Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	t.Cleanup(w.client.CloseIdleConnections)
	platforms := ""
	if withHub {
		w.broker = freeAddress(t)
		w.startHub(t)
		platforms = w.platforms(filepath.Join(w.hubDir, "platform.jwks.json"))
	}
	w.configure(t, platforms, minFree)
	init := mustRun(t, "yanmen", "init", "--dir", w.agentDir, "--agent", agentName, "--lender", lenderName)
	said := strings.Fields(init)
	if len(said) == 0 {
		t.Fatal("init printed no fingerprint")
	}
	fingerprint := said[0]
	if withHub {
		mustRun(t, "yanmen-hub", "enrol", "--dir", w.hubDir, "--fingerprint", fingerprint, filepath.Join(w.agentDir, house.EnrolmentFile))
	}
	b, err := os.ReadFile(filepath.Join(w.agentDir, "token"))
	if err != nil {
		t.Fatal(err)
	}
	w.token = strings.TrimSpace(string(b))
	return w
}

// platforms is the part of the configuration about the world's platform.
func (w *world) platforms(keys string) string {
	return fmt.Sprintf("platforms:\n  - id: %s\n    servers: [\"nats://%s\"]\n    keys_file: %s\n", synthetic.Recipient, w.broker, keys)
}

// configure writes the agent's configuration.
func (w *world) configure(t testing.TB, platforms string, minFree int) {
	t.Helper()
	text := synthetic.Config(agentName, lenderName, "127.0.0.1:0", platforms)
	text = strings.Replace(text, "min_free_mib: 64", fmt.Sprintf("min_free_mib: %d", minFree), 1)
	if err := os.MkdirAll(w.agentDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.agentDir, house.ConfigFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// freeAddress returns an address of this machine on which nobody listens. It
// lies below the ports that the kernel gives out by itself, so that it stays
// free while the hub is down: on others a client can even connect to itself.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 12000+rand.IntN(16000))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

func (w *world) startHub(t testing.TB) {
	t.Helper()
	w.hub = start(t, "yanmen-hub", "serve", "--dir", w.hubDir, "--listen", w.broker, "--name", synthetic.Recipient)
	w.hub.says(t, "public keys")
}

func (w *world) startAgent(t testing.TB) {
	t.Helper()
	w.agent = start(t, "yanmen", "run", "--dir", w.agentDir)
	w.attend(t)
}

// attend waits until the agent's door is open.
func (w *world) attend(t testing.TB) {
	t.Helper()
	base := w.agent.says(t, "listening on ")
	w.base.Store(&base)
}

func (w *world) killAgent() {
	w.base.Store(nil)
	w.agent.kill()
}

func (w *world) stopAgent(t testing.TB) {
	t.Helper()
	w.base.Store(nil)
	w.agent.stop(t)
}

// yanmen carries out a command on the agent's folder.
func (w *world) yanmen(t testing.TB, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	return run(t, stdin, "yanmen", append(args, "--dir", w.agentDir)...)
}

// sound wants fsck and the journal to find nothing.
func (w *world) sound(t testing.TB) (journal string) {
	t.Helper()
	if code, out, errs := w.yanmen(t, "", "fsck"); code != 0 {
		t.Errorf("fsck: exit %d\n%s%s", code, out, errs)
	}
	code, journal, errs := w.yanmen(t, "", "journal", "verify")
	if code != 0 {
		t.Errorf("journal verify: exit %d\n%s%s", code, journal, errs)
	}
	return journal
}

var errDown = errors.New("the agent is down")

// post sends a case file once.
func (w *world) post(file []byte) (status int, body []byte, err error) {
	status, body, err = w.request("POST", "/v1/verify", file)
	if err == nil && status == http.StatusOK {
		w.answers.Add(1)
	}
	return status, body, err
}

// get returns what a page says.
func (w *world) get(path string) (status int, body string, err error) {
	status, b, err := w.request("GET", path, nil)
	return status, strings.TrimSpace(string(b)), err
}

func (w *world) request(method, path string, file []byte) (status int, body []byte, err error) {
	base := w.base.Load()
	if base == nil {
		return 0, nil, errDown
	}
	r, err := http.NewRequest(method, *base+path, bytes.NewReader(file))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := w.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// verify sends a case file until it is answered. What the agent says to ask
// again is asked again, as is what got no answer.
func (w *world) verify(file []byte) (*agent.Result, error) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(3 * time.Millisecond) {
		status, body, err := w.post(file)
		switch {
		case err != nil || status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests:
			continue
		case status != http.StatusOK:
			return nil, fmt.Errorf("the agent answers %d: %s", status, body)
		}
		r := new(agent.Result)
		if err := json.Unmarshal(body, r); err != nil {
			return nil, err
		}
		return r, nil
	}
	return nil, errors.New("a case got no answer")
}

// mustVerify is verify for a case whose verdict must leave.
func (w *world) mustVerify(t testing.TB, file []byte) *agent.Result {
	t.Helper()
	r, err := w.verify(file)
	if err != nil {
		t.Fatal(err)
	}
	if r.Leaves == nil {
		t.Fatalf("nothing leaves: %v", r.Denials)
	}
	return r
}

// delivered waits until the agent's queue is empty: the platform has signed for
// everything.
func (w *world) delivered(t testing.TB) {
	t.Helper()
	eventually(t, "the queue drains", func() bool {
		status, line, err := w.get("/readyz")
		return err == nil && status == http.StatusOK && strings.Contains(line, " syncing, 0 queued")
	})
}

// ledger reads what the platform accepted, and holds the chain together: each
// item has the next number and names the digest of the one before.
func (w *world) ledger(t testing.TB) (items []platform.Received) {
	t.Helper()
	var prev [32]byte
	_, err := platform.ReadLedger(filepath.Join(w.hubDir, "ledger"), 0, func(r platform.Received) error {
		items = append(items, r)
		if r.Seq != uint64(len(items)) {
			t.Errorf("item %d of the ledger has number %d", len(items), r.Seq)
		}
		if v := r.Verdict; v != nil && (v.Prev != prev || v.Seq != r.Seq || v.ID != r.ID) {
			t.Errorf("item %d does not follow the one before", len(items))
		}
		prev = r.Digest
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return items
}
