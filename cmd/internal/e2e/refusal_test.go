package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/cmd/internal/synthetic"
	"github.com/yanmen/yanmen/crypto/seal"
)

// light returns the file of a first case about a person.
func light(n int, id string) []byte {
	template := synthetic.NewTemplate(synthetic.Light, true, n%2 == 1, time.Now())
	return template.Fill(nil, synthetic.NewPerson(n, 19900506), id)
}

func TestSecondAgent_isRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false, 64)
	w.startAgent(t)
	r := w.mustVerify(t, light(1, "second-1"))
	for _, args := range [][]string{{"run"}, {"fsck"}, {"show", "second-1"}, {"erase", r.Subject}, {"init"}} {
		code, out, errs := w.yanmen(t, "", args...)
		if code != exitLocked || errs == "" || out != "" {
			t.Errorf("%s beside a running agent: exit %d, want %d\n%s%s", args[0], code, exitLocked, out, errs)
		}
	}
	// The first one has not noticed.
	w.mustVerify(t, light(2, "second-2"))
	w.stopAgent(t)
	w.sound(t)
}

func TestPassphrase_wrongIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false, 64)
	path := filepath.Join(w.agentDir, "passphrase")
	right, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const wrong = "quite another passphrase"
	if err := os.WriteFile(path, []byte(wrong+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := contents(t, filepath.Join(w.agentDir, "keys"))
	for _, args := range [][]string{{"run"}, {"fsck"}, {"init"}} {
		code, out, errs := w.yanmen(t, "", args...)
		if code != exitKeys || !strings.Contains(errs, "passphrase") || strings.Contains(errs+out, wrong) {
			t.Errorf("%s with a wrong passphrase: exit %d, want %d\n%s%s", args[0], code, exitKeys, out, errs)
		}
	}
	if !slices.Equal(keys, contents(t, filepath.Join(w.agentDir, "keys"))) {
		t.Error("a wrong passphrase changed the keys")
	}
	if err := os.WriteFile(path, right, 0o600); err != nil {
		t.Fatal(err)
	}
	w.sound(t)
}

// contents lists names and contents of a folder's files.
func contents(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Name(), string(b))
	}
	return all
}

// Whether the broker refuses connections or takes them and says nothing:
// answers come as without one, and health says that verdicts wait.
func TestBroker_unreachableDoesNotDelay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		setup func(t *testing.T, address string)
	}{
		{"nobody listens", func(*testing.T, string) {}},
		{"it is silent", func(t *testing.T, address string) {
			l, err := net.Listen("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.Close() })
			go func() {
				for {
					if _, err := l.Accept(); err != nil {
						return
					}
				}
			}()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false, 64)
			w.broker = freeAddress(t)
			c.setup(t, w.broker)
			platform, err := seal.GeneratePlatform()
			if err != nil {
				t.Fatal(err)
			}
			keys := filepath.Join(w.agentDir, "platform.jwks.json")
			if err := os.WriteFile(keys, platform.PublicKeys(), 0o600); err != nil {
				t.Fatal(err)
			}
			w.configure(t, w.platforms(keys), 64)
			w.startAgent(t)
			const cases = 20
			took := make([]time.Duration, cases)
			for i := range took {
				begun := time.Now()
				w.mustVerify(t, light(i, fmt.Sprintf("alone-%d", i)))
				took[i] = time.Since(begun)
			}
			// A wait for the network would be in every answer; the machine's
			// own delays are not. Attempts to connect take seconds to give up.
			slices.Sort(took)
			if median := took[cases/2]; median > time.Second {
				t.Errorf("half of the answers took more than %s", median)
			}
			status, line, err := w.get("/readyz")
			want := fmt.Sprintf("serving, %s not syncing, %d queued, oldest ", synthetic.Recipient, cases)
			if err != nil || status != 200 || !strings.HasPrefix(line, want) {
				t.Errorf("readyz says %d %q, %v; want 200 %q…", status, line, err, want)
			}
			w.stopAgent(t)
			w.sound(t)
		})
	}
}
