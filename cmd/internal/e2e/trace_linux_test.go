//go:build amd64 || arm64

package e2e

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A tracer follows the system calls of a program that it started, in all its
// threads, and notes what matters for durability. It needs no tool: the test
// is the debugger (ptrace(2), PTRACE_GET_SYSCALL_INFO of Linux 5.3).
type tracer struct {
	*process
	store string // folder whose .mem files are the log, and .vlog files the value log
	// says, if set, is what standard output must not say anything before: the
	// kind of a journal entry, or "verdict" for the verdict that it names.
	says  string
	pid   int
	mem   *os.File
	calls map[int]*call // under way, by thread
	conns map[uint64]*conn
	next  int
	logs  map[string]*logFile
	exit  unix.WaitStatus

	// Complete once the process has ended.
	steps []step
	odd   []string // ways out that the tracer does not understand
}

type call struct {
	nr    uint64
	args  [6]uint64
	file  string // of what will be synced or made
	ids   []string
	began int
	fresh bool
}

// A conn is one connection that the agent accepted.
type conn struct {
	n    int
	in   []byte // how the request under way begins
	head bool   // its answer has not begun
	out  []byte // its answer
	step int    // of the answer, -1 if it is of no interest
}

// A logFile remembers how far a log was read.
type logFile struct {
	at  int64
	ids []string
}

// askCase is how a request begins that asks a case.
const askCase = "POST /v1/verify "

var errNoTrace = errors.New("tracing is not allowed here")

// startTraced starts a program under trace. Where tracing is not allowed the
// test ends; in CI, which must run it, as a failure.
func startTraced(t testing.TB, store, says, program string, args ...string) *tracer {
	t.Helper()
	tr := &tracer{process: &process{cmd: command(t, program, args...), done: make(chan struct{})}, store: store, says: says,
		calls: map[int]*call{}, conns: map[uint64]*conn{}, logs: map[string]*logFile{}}
	tr.redirect(t)
	tr.cmd.SysProcAttr.Ptrace = true
	started := make(chan error)
	go tr.follow(started)
	switch err := <-started; {
	case errors.Is(err, errNoTrace) && os.Getenv("CI") == "":
		t.Skipf("%v; where it is allowed this test runs, and with CI set it must", err)
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(tr.kill)
	return tr
}

// follow starts the program and traces it to its end. Requests to the kernel
// about a traced program must come from the one thread that traces it.
func (tr *tracer) follow(started chan<- error) {
	runtime.LockOSThread() // and the thread ends with this function
	if err := tr.cmd.Start(); err != nil {
		close(tr.done)
		started <- fmt.Errorf("%w: %w", errNoTrace, err)
		return
	}
	defer close(tr.done)
	tr.pid = tr.cmd.Process.Pid
	var ws unix.WaitStatus
	_, err := unix.Wait4(tr.pid, &ws, 0, nil)
	if err == nil {
		err = unix.PtraceSetOptions(tr.pid, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_EXITKILL)
	}
	if err == nil {
		tr.mem, err = os.Open(fmt.Sprintf("/proc/%d/mem", tr.pid))
	}
	if err != nil {
		tr.cmd.Process.Kill()
		unix.Wait4(tr.pid, &ws, 0, nil)
		started <- fmt.Errorf("%w: %w", errNoTrace, err)
		return
	}
	defer tr.mem.Close()
	if tr.says != "" {
		tr.steps = append(tr.steps, step{what: "request"})
	}
	started <- nil
	unix.PtraceSyscall(tr.pid, 0)
	for {
		// Children of other threads are not waited for: they have their own waiters.
		tid, err := unix.Wait4(-1, &ws, unix.WALL|unix.WNOTHREAD, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return
		}
		switch {
		case ws.Exited() || ws.Signaled():
			delete(tr.calls, tid)
			if tid == tr.pid {
				tr.exit = ws
				return
			}
		case ws.Stopped():
			deliver := 0
			switch sig := ws.StopSignal(); sig {
			case unix.SIGTRAP | 0x80:
				tr.stopped(tid)
			case unix.SIGTRAP, unix.SIGSTOP: // a thread was made, or begins
			default:
				deliver = int(sig)
			}
			unix.PtraceSyscall(tid, deliver) // fails for a thread that was killed; Wait4 tells
		}
	}
}

// stopped handles a stop at the entry or the exit of a system call.
func (tr *tracer) stopped(tid int) {
	var info [88]byte
	if _, _, e := unix.Syscall6(unix.SYS_PTRACE, 0x420e, uintptr(tid), uintptr(len(info)), uintptr(unsafe.Pointer(&info)), 0, 0); e != 0 {
		if e != unix.ESRCH {
			tr.odd = append(tr.odd, "system call not told: "+e.Error())
		}
		return
	}
	word := func(i int) uint64 { return binary.NativeEndian.Uint64(info[24+8*i:]) }
	switch info[0] {
	case 1:
		c := &call{nr: word(0)}
		for i := range c.args {
			c.args[i] = word(1 + i)
		}
		tr.calls[tid] = c
		tr.enter(c)
	case 2:
		if c := tr.calls[tid]; c != nil {
			delete(tr.calls, tid)
			tr.leave(c, int64(word(0)))
		}
	}
}

// enter sees a system call before the kernel does.
func (tr *tracer) enter(c *call) {
	switch c.nr {
	case unix.SYS_WRITE:
		tr.written(c.args[0], tr.peek(c.args[1], c.args[2]))
	case unix.SYS_WRITEV:
		iov := tr.peek(c.args[1], 16*c.args[2])
		for ; len(iov) >= 16; iov = iov[16:] {
			tr.written(c.args[0], tr.peek(binary.NativeEndian.Uint64(iov), binary.NativeEndian.Uint64(iov[8:])))
		}
	case unix.SYS_SENDTO, unix.SYS_SENDMSG, unix.SYS_SENDMMSG, unix.SYS_SENDFILE, unix.SYS_SPLICE:
		// Looking up a name may send; an answer or a message never leaves so.
		if tr.conns[c.args[0]] != nil {
			tr.odd = append(tr.odd, fmt.Sprintf("system call %d on a connection", c.nr))
		}
	case unix.SYS_CLOSE:
		delete(tr.conns, c.args[0])
	case unix.SYS_MSYNC:
		if c.args[2]&unix.MS_SYNC != 0 {
			tr.syncing(c, tr.mapped(c.args[0], c.args[1]))
		}
	case unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		tr.syncing(c, tr.path(c.args[0]))
	case unix.SYS_OPENAT:
		c.file = tr.text(c.args[1])
		_, err := os.Lstat(c.file)
		c.fresh = errors.Is(err, os.ErrNotExist) && c.args[2]&unix.O_CREAT != 0
	}
}

// leave sees a system call after the kernel has answered.
func (tr *tracer) leave(c *call, result int64) {
	switch c.nr {
	case unix.SYS_ACCEPT4:
		if result >= 0 {
			tr.next++
			tr.conns[uint64(result)] = &conn{n: tr.next, head: true}
		}
	case unix.SYS_READ:
		if k := tr.conns[c.args[0]]; k != nil && result > 0 {
			if len(k.in) < len(askCase) { // the server may read the first byte alone
				k.in = append(k.in, tr.peek(c.args[1], uint64(result))...)
			}
			tr.steps = append(tr.steps, step{what: "request", conn: k.n})
		}
	case unix.SYS_MSYNC, unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		switch {
		case c.file == tr.store:
			tr.steps = append(tr.steps, step{what: "name", ok: result == 0})
		case tr.isLog(c.file):
			what := "sync"
			if filepath.Ext(c.file) == ".vlog" {
				what = "values"
			}
			tr.steps = append(tr.steps, step{what: what, file: c.file, ids: c.ids, began: c.began, ok: result == 0})
		}
	case unix.SYS_OPENAT:
		if result >= 0 && c.fresh && tr.isLog(c.file) {
			tr.steps = append(tr.steps, step{what: "create", file: c.file})
		}
	}
}

func (tr *tracer) isLog(path string) bool {
	ext := filepath.Ext(path)
	return filepath.Dir(path) == tr.store && (ext == ".mem" || ext == ".vlog")
}

var (
	uuids    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	verdicts = regexp.MustCompile(`"verdict":"(` + uuids.String() + `)"`)
	kinds    = regexp.MustCompile(`\{"v":1,"kind":"([a-z]+)","at":`)
	leaving  = regexp.MustCompile(`"leaves":\{"id":"(` + uuids.String() + `)"`)
	length   = regexp.MustCompile(`\r\nContent-Length: (\d+)\r\n`)
)

// written sees bytes on their way out of the process.
func (tr *tracer) written(fd uint64, b []byte) {
	k := tr.conns[fd]
	if fd == 1 && tr.says != "" {
		s := step{what: "answer", ids: []string{tr.says}}
		if m := leaving.FindSubmatch(b); tr.says == "verdict" && m != nil {
			s.ids = []string{string(m[1])}
		}
		tr.steps = append(tr.steps, s)
		return
	}
	if k == nil {
		if ids := uuids.FindAllString(string(b), -1); ids != nil && strings.HasPrefix(tr.path(fd), "socket:") {
			tr.steps = append(tr.steps, step{what: "publish", ids: ids})
		}
		return
	}
	if k.head {
		k.head, k.step = false, -1
		if bytes.HasPrefix(k.in, []byte(askCase)) && bytes.HasPrefix(b, []byte("HTTP/1.1 200 ")) {
			k.step = len(tr.steps)
			tr.steps = append(tr.steps, step{what: "answer", conn: k.n})
		}
	}
	k.out = append(k.out, b...)
	head, body, _ := bytes.Cut(k.out, []byte("\r\n\r\n"))
	m := length.FindSubmatch(append(head, "\r\n"...))
	if m == nil {
		tr.odd = append(tr.odd, "an answer without a length")
		return
	}
	if n, _ := strconv.Atoi(string(m[1])); len(body) < n {
		return
	}
	// The answer is whole. What is read next is another request.
	if k.step >= 0 {
		if m := leaving.FindSubmatch(body); m != nil {
			tr.steps[k.step].ids = []string{string(m[1])}
		}
	}
	k.head, k.in, k.out = true, nil, nil
}

// syncing notes what a sync that begins now will cover.
func (tr *tracer) syncing(c *call, path string) {
	c.file, c.began = path, len(tr.steps)
	if !tr.isLog(path) {
		return
	}
	l := tr.logs[path]
	if l == nil {
		l = &logFile{}
		tr.logs[path] = l
	}
	f, err := os.Open(path)
	if err != nil {
		tr.odd = append(tr.odd, "a log cannot be read")
		return
	}
	defer f.Close()
	// A log is a file of zeros that fills from the front; its one writer is the
	// thread that stands still here.
	buf := make([]byte, 1<<20)
	for {
		from := max(0, l.at-256) // an id may lie across
		n, _ := f.ReadAt(buf, from)
		used := bytes.TrimRight(buf[:n], "\x00")
		if from+int64(len(used)) <= l.at {
			break
		}
		for _, form := range []*regexp.Regexp{verdicts, kinds} {
			for _, m := range form.FindAllSubmatch(used, -1) {
				l.ids = append(l.ids, string(m[1]))
			}
		}
		l.at = from + int64(len(used))
	}
	c.ids = l.ids[:len(l.ids):len(l.ids)]
}

// peek reads memory of the program.
func (tr *tracer) peek(at, n uint64) []byte {
	b := make([]byte, min(n, 4<<20))
	m, _ := tr.mem.ReadAt(b, int64(at))
	return b[:m]
}

// text reads a string that ends with a zero.
func (tr *tracer) text(at uint64) string {
	s, _, _ := bytes.Cut(tr.peek(at, 4096), []byte{0})
	return string(s)
}

func (tr *tracer) path(fd uint64) string {
	p, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tr.pid, fd))
	return p
}

// mapped returns the file that lies at an address, if the whole range is its.
func (tr *tracer) mapped(at, n uint64) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/maps", tr.pid))
	for line := range strings.Lines(string(b)) {
		var from, to uint64
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err == nil && from <= at && at+n <= to {
			if f := strings.Fields(line); len(f) == 6 {
				return f[5]
			}
		}
	}
	return ""
}

// stop asks the program to end and waits.
func (tr *tracer) stop(t testing.TB) {
	t.Helper()
	tr.cmd.Process.Signal(syscall.SIGTERM)
	tr.wait(t)
}

// wait waits for an orderly end.
func (tr *tracer) wait(t testing.TB) {
	t.Helper()
	eventually(t, "the traced program ends", tr.ended)
	if !tr.exit.Exited() || tr.exit.ExitStatus() != 0 {
		t.Errorf("the traced program ended with %#x\n%s", tr.exit, tr.log())
	}
	for _, o := range tr.odd {
		t.Error(o)
	}
}
