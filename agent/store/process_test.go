package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/agenttest"
	"github.com/yanmen/yanmen/agent/journal"
	"github.com/yanmen/yanmen/agent/store"
	"github.com/yanmen/yanmen/crypto/keyring"
)

// TestMain lets the test's own program be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("STORE_TEST_VICTIM"); dir != "" {
		victim(dir)
		os.Exit(1)
	}
	if dir := os.Getenv("STORE_TEST_UNSYNCED"); dir != "" {
		unsynced(dir)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func openRing(dir string) (*keyring.Ring, error) {
	return keyring.Open(filepath.Join(dir, "keys"), keyring.PassphraseFile(filepath.Join(dir, "passphrase")))
}

func newRing(t *testing.T, dir string) {
	t.Helper()
	pass := filepath.Join(dir, "passphrase")
	if err := os.WriteFile(pass, []byte("a passphrase for a test only"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := keyring.Create(filepath.Join(dir, "keys"), keyring.PassphraseFile(pass))
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
}

// victim commits and erases as fast as it can and says what was answered.
func victim(dir string) {
	r, err := openRing(dir)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	s, err := store.Open(filepath.Join(dir, "store"), r, journal.Log{}, store.Options{MinFree: 1}.WithMemory(2<<20))
	if err != nil {
		fmt.Println("error", err)
		return
	}
	var mu sync.Mutex
	say := func(format string, a ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Printf(format+"\n", a...)
	}
	base := int(s.Size())
	say("ready")
	var wg sync.WaitGroup
	for c := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				n := base*100 + i*8 + c
				p := agenttest.NewPerson(n)
				out, err := s.Commit(ctx, p.Write)
				if err != nil {
					say("error %v", err)
					return
				}
				say("commit %d %d %x", n, out.Seq, out.Digest)
				if i%3 == 2 && c == 0 {
					say("erasing %d", n)
					if _, err := s.Erase(ctx, erasure(p.ID)); err != nil {
						say("error %v", err)
						return
					}
					say("erased %d", n)
				}
			}
		})
	}
	wg.Wait()
}

// The process is killed again and again, at a random moment, among commits and
// erasures. What was answered is there, the chain has no gap, fsck is clean.
func TestStore_survivesKill(t *testing.T) {
	dir := t.TempDir()
	newRing(t, dir)
	var acked []agenttest.Acked
	gone := map[string]bool{} // by case
	unsure := map[string]bool{}
	for round := range 5 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "STORE_TEST_VICTIM="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			f := strings.Fields(lines.Text())
			switch f[0] {
			case "ready":
				time.AfterFunc(time.Duration(50+rand.IntN(250))*time.Millisecond, func() { cmd.Process.Kill() })
			case "commit":
				var n int
				a := agenttest.Acked{Version: 1}
				var digest []byte
				if _, err := fmt.Sscanf(lines.Text(), "commit %d %d %x", &n, &a.Seq, &digest); err != nil || len(digest) != 32 {
					continue // the line that was cut by the kill
				}
				a.Digest, a.Case, a.Verdict = [32]byte(digest), fmt.Appendf(nil, "case-%d", n), fmt.Sprintf("verdict-%d-1", n)
				acked = append(acked, a)
			case "erasing":
				unsure["case-"+f[1]] = true
			case "erased":
				gone["case-"+f[1]] = true
			default:
				t.Errorf("the process said %q", lines.Text())
			}
		}
		cmd.Wait()
		r, err := openRing(dir)
		if err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(filepath.Join(dir, "store"), r, journal.Log{}, store.Options{MinFree: 1}.WithMemory(2<<20))
		if err != nil {
			t.Fatalf("round %d: Open = %v", round, err)
		}
		report := clean(t, s)
		agenttest.CheckWorld(t, s, agenttest.Platform, acked)
		for _, a := range acked {
			_, ok, err := s.Find(ctx, agent.IndexCase, a.Case)
			erased, open := gone[string(a.Case)], unsure[string(a.Case)]
			if err != nil || ok == erased && (erased || !open) {
				t.Errorf("round %d: case found: %v, erased: %v, %v", round, ok, erased, err)
			}
		}
		// Every number up to the last one waits: none was given and lost.
		q, err := s.Next(ctx, agenttest.Platform, 0, 1<<20)
		if err != nil || len(q) == 0 || q[len(q)-1].Seq != uint64(len(q)) || report.Queued != int64(len(q)) {
			t.Errorf("round %d: %d items wait, %v; the chain has a gap", round, len(q), err)
		}
		t.Logf("round %d: %d answered, %d leaves", round, len(acked), report.Leaves)
		s.Close()
		r.Close()
	}
}

// smallDisk mounts a small disk, or leaves the test when that is not allowed.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root; TestCommit_belowTheWatermark holds the same without one")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skip("mounting a small disk is not allowed here; TestCommit_belowTheWatermark holds the same without one")
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	return dir
}

// A disk that runs full refuses writes by name, keeps being read, survives a
// restart and goes on when there is room again.
func TestCommit_onADiskThatRunsFull(t *testing.T) {
	disk := smallDisk(t, 64<<20)
	dir, keys := filepath.Join(disk, "store"), agenttest.NewKeyring(64)
	o := store.Options{MinFree: 24 << 20}.WithMemory(1 << 20)
	s, err := store.Open(dir, keys, journal.Log{}, o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if s != nil {
			s.Close()
		}
	}()
	ballast := filepath.Join(disk, "ballast")
	fill := func(size int) {
		t.Helper()
		if err := os.WriteFile(ballast, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fill(28 << 20)
	var acked []*agenttest.Person
	for n := 0; ; n++ {
		p := agenttest.NewPerson(n)
		if _, err = s.Commit(ctx, p.Write); err != nil {
			break
		}
		acked = append(acked, p)
		if n > 100_000 {
			t.Fatal("the disk never ran full")
		}
	}
	if !errors.Is(err, agent.ErrDiskFull) {
		t.Fatalf("Commit on a full disk = %v, want %v", err, agent.ErrDiskFull)
	}
	if !whole(t, s, acked[0]) || !whole(t, s, acked[len(acked)-1]) {
		t.Error("a full disk is not read")
	}
	if err := s.Close(); err != nil {
		t.Fatalf("Close = %v", err)
	}
	fill(44 << 20) // closing gave back what the logs had set aside
	if s, err = store.Open(dir, keys, journal.Log{}, o); !errors.Is(err, agent.ErrDiskFull) {
		t.Fatalf("Open on a full disk = %v, want %v", err, agent.ErrDiskFull)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(dir, keys, journal.Log{}, o); err != nil {
		t.Fatalf("Open = %v", err)
	}
	if _, err := s.Commit(ctx, agenttest.NewPerson(200_000).Write); err != nil {
		t.Errorf("Commit with room again = %v", err)
	}
	if r := clean(t, s); r.Subjects != int64(len(acked))+1 {
		t.Errorf("Check counts %d subjects, want %d", r.Subjects, len(acked)+1)
	}
	t.Logf("%d subjects until the disk was full", len(acked))
}

func TestCommit_belowTheWatermark(t *testing.T) {
	free := uint64(1 << 30)
	o := store.Options{MinFree: 512 << 20}.WithFree(func(string) (uint64, error) {
		if free == 0 {
			return 0, errors.New("cannot tell")
		}
		return free, nil
	})
	dir, keys := t.TempDir(), agenttest.NewKeyring(1)
	s := open(t, dir, keys, o)
	p := people(t, s, 1)[0]
	for _, free = range []uint64{512<<20 - 1, 1, 0} {
		if _, err := s.Commit(ctx, p.Supersede(2)); !errors.Is(err, agent.ErrDiskFull) {
			t.Errorf("Commit with %d bytes free = %v, want %v", free, err, agent.ErrDiskFull)
		}
	}
	if !whole(t, s, p) {
		t.Error("a full disk is not read")
	}
	s.Close()
	if _, err := store.Open(dir, keys, journal.Log{}, o); !errors.Is(err, agent.ErrDiskFull) {
		t.Errorf("Open on a full disk = %v, want %v", err, agent.ErrDiskFull)
	}
}

// unsynced commits one person, makes the sync of the value log fail, and commits
// another.
func unsynced(dir string) {
	s, err := store.Open(dir, agenttest.NewKeyring(1), journal.Log{}, store.Options{MinFree: 1})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	commit := func(n int) {
		_, err := s.Commit(ctx, agenttest.NewPerson(n).Write)
		fmt.Println("answered", n, err)
	}
	commit(0)
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		fmt.Println("error", err)
		return
	}
	// The kernel refuses to sync a range in which a page is not mapped. The last
	// page of the log is one that nothing was written to yet.
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		if !strings.Contains(line, ".vlog") {
			continue
		}
		if _, err := fmt.Sscanf(line, "%x-%x ", &from, &to); err != nil {
			fmt.Println("error", err)
			return
		}
		if _, _, no := syscall.Syscall(syscall.SYS_MUNMAP, to-4096, 4096, 0); no != 0 {
			fmt.Println("error", no)
			return
		}
	}
	commit(1)
}

// Badger says of a failed sync of values to its logger only. Nobody is answered
// after one, and nothing points to values that may not be there.
func TestCommit_endsWhereValuesAreNotSynced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_TEST_UNSYNCED="+dir)
	var said, died strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &died
	err := cmd.Run()
	if said.String() != "answered 0 <nil>\n" || err == nil || !strings.Contains(died.String(), "panic: store: the disk refused") {
		t.Fatalf("the process said %q and ended with %v: %.300s", said.String(), err, died.String())
	}
	s := open(t, dir, agenttest.NewKeyring(1), store.Options{MinFree: 1})
	n, _, err := s.Depth(agenttest.Platform)
	if _, lerr := s.Leaf(0); s.Size() != 1 || n != 1 || err != nil || lerr != nil {
		t.Errorf("after the restart %d leaves and %d items, %v, %v; want 1 and 1", s.Size(), n, err, lerr)
	}
}
