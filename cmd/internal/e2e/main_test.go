package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// binaries is the folder of the two programs.
var binaries string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "yanmen-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", dir, "./cmd/yanmen", "./cmd/yanmen-hub")
	build.Dir = filepath.Join("..", "..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	binaries = dir
	return m.Run()
}

// Exit codes of yanmen that the tests name.
const (
	exitLocked   = 5
	exitKeys     = 6
	exitDiskFull = 7
	exitUnknown  = 9
)

// patience bounds every wait for a condition. It is for machines that are slow
// and busy: no test that passes waits so long.
const patience = 60 * time.Second

// eventually polls until ok holds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %s in vain: %s", patience, what)
		}
	}
}

// A process is one of the programs, running. It is killed when its test ends,
// and by the kernel when the test's own process does.
type process struct {
	cmd  *exec.Cmd
	out  string // file of its standard output
	err  string // file of its standard error
	done chan struct{}
}

// command prepares a program with an environment of its own.
func command(t testing.TB, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(filepath.Join(binaries, program), args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=en", "TMPDIR=" + t.TempDir()}
	cmd.SysProcAttr = dieWithParent()
	return cmd
}

func start(t testing.TB, program string, args ...string) *process {
	t.Helper()
	p := &process{cmd: command(t, program, args...), done: make(chan struct{})}
	p.redirect(t)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() { p.kill() })
	return p
}

// redirect gives the program files to write to, which outlive it.
func (p *process) redirect(t testing.TB) {
	t.Helper()
	dir := t.TempDir()
	for name, to := range map[string]*string{"out": &p.out, "err": &p.err} {
		*to = filepath.Join(dir, name)
		f, err := os.Create(*to)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		if name == "out" {
			p.cmd.Stdout = f
		} else {
			p.cmd.Stderr = f
		}
	}
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// said returns what follows prefix in the first whole line that begins with it.
func (p *process) said(prefix string) (rest string, ok bool) {
	b, _ := os.ReadFile(p.out)
	for line := range strings.Lines(string(b)) {
		if rest, ok = strings.CutPrefix(line, prefix); ok && strings.HasSuffix(line, "\n") {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

// says waits for a line of standard output.
func (p *process) says(t testing.TB, prefix string) (rest string) {
	t.Helper()
	eventually(t, "the program says "+prefix, func() (ok bool) {
		over := p.ended()
		if rest, ok = p.said(prefix); !ok && over {
			t.Fatalf("the program ended before it said %q: %s\n%s", prefix, p.cmd.ProcessState, p.log())
		}
		return ok
	})
	return rest
}

// log returns the end of standard error, for messages.
func (p *process) log() string {
	b, _ := os.ReadFile(p.err)
	return string(b[max(0, len(b)-4096):])
}

// kill ends the process at once, as a power cut would, and waits for it.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// stop asks the process to end and wants it to end well.
func (p *process) stop(t testing.TB) {
	t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	eventually(t, "the program ends", p.ended)
	if !p.cmd.ProcessState.Success() {
		t.Errorf("%s: %s\n%s", filepath.Base(p.cmd.Path), p.cmd.ProcessState, p.log())
	}
}

// run carries out one command to its end.
func run(t testing.TB, stdin string, program string, args ...string) (code int, out, errs string) {
	t.Helper()
	cmd := command(t, program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), o.String(), e.String()
}

// mustRun is run for a command that must succeed.
func mustRun(t testing.TB, program string, args ...string) (out string) {
	t.Helper()
	code, out, errs := run(t, "", program, args...)
	if code != 0 {
		t.Fatalf("%s %s: exit %d\n%s%s", program, args[0], code, out, errs)
	}
	return out
}
