package shelf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func install(t *testing.T, s *Shelf, archive, revision string) Act {
	t.Helper()
	a, err := s.Install([]byte(archive), Act{At: 1, By: "co-1", Revision: revision, Rules: ID([]byte(revision))})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// onTop returns the archive in force, "" for what is built in. It reads all.
func onTop(t *testing.T, s *Shelf) string {
	t.Helper()
	acts, err := s.Acts()
	if err != nil {
		t.Fatal(err)
	}
	stack := Stack(acts, last(acts))
	if len(stack) == 0 {
		return ""
	}
	b, err := s.Archive(stack[0].Bundle)
	if err != nil {
		t.Fatalf("the bundle in force: %v", err)
	}
	return string(b)
}

func TestShelf_keepsWhoApprovedWhat(t *testing.T) {
	s := New(filepath.Join(t.TempDir(), "rules"))
	if acts, err := s.Acts(); acts != nil || err != nil || s.Stamp() != "" || s.Taken() != 0 {
		t.Fatalf("an empty shelf: %v %v", acts, err)
	}
	if _, err := s.Rollback("co-1", 1); !errors.Is(err, ErrNothing) {
		t.Errorf("rollback of nothing: %v", err)
	}
	install(t, s, "a", "2026-01-01")
	stamp := s.Stamp()
	b := install(t, s, "b", "2026-01-02")
	if s.Stamp() == stamp {
		t.Error("the stamp stays")
	}
	if again := install(t, s, "b", "2026-01-02"); again != b {
		t.Errorf("installed twice: %+v", again)
	}
	if err := s.Refuse(Act{At: 2, By: "co-2", Bundle: ID([]byte("c")), Code: "bundle.tests_failed"}); err != nil {
		t.Fatal(err)
	}
	if got := onTop(t, s); got != "b" {
		t.Errorf("in force: %q", got)
	}
	if a, err := s.Rollback("co-3", 3); err != nil || a.Revision != "2026-01-01" || onTop(t, s) != "a" {
		t.Errorf("rollback: %+v %v", a, err)
	}
	if a, err := s.Rollback("co-3", 4); err != nil || a.Bundle != "" || onTop(t, s) != "" {
		t.Errorf("rollback to what is built in: %+v %v", a, err)
	}
	install(t, s, "b", "2026-01-02")
	acts, err := New(s.dir).Acts()
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, a := range acts {
		said = append(said, fmt.Sprintf("%d %s %s %s", a.Seq, a.Kind, a.By, a.Revision))
	}
	want := []string{"1 install co-1 2026-01-01", "2 install co-1 2026-01-02", "3 refuse co-2 ", "4 rollback co-3 2026-01-01", "5 rollback co-3 ", "6 install co-1 2026-01-02"}
	if !reflect.DeepEqual(said, want) {
		t.Errorf("acts = %q", said)
	}
	for n, want := range []int{0, 1, 2, 2, 1, 0, 1} {
		if got := len(Stack(acts, int64(n))); got != want {
			t.Errorf("after %d acts %d lie on each other, want %d", n, got, want)
		}
	}
	if err := s.SetTaken(4); err != nil || s.Taken() != 4 {
		t.Errorf("taken = %d, %v", s.Taken(), err)
	}
	for i := range mostRefusals + 10 {
		if err := s.Refuse(Act{At: int64(i), By: "co-2", Code: "bundle.tests_failed"}); err != nil {
			t.Fatal(err)
		}
	}
	if acts, _ := s.Acts(); len(acts) != 5+mostRefusals || acts[0].Kind != Install || onTop(t, s) != "b" {
		t.Errorf("%d acts are kept", len(acts))
	}
}

func TestShelf_wantsAnIdThatApproves(t *testing.T) {
	s := New(t.TempDir())
	for _, by := range []string{"", "Zhang San", "张三", "13800000000", "11010119000101001X", strings.Repeat("a", 65)} {
		if _, err := s.Install([]byte("a"), Act{By: by}); err == nil {
			t.Errorf("approved by what is no id")
		}
		if _, err := s.Rollback(by, 1); err == nil || errors.Is(err, ErrNothing) {
			t.Errorf("rolled back by what is no id")
		}
		if s.Refuse(Act{By: by}) == nil {
			t.Errorf("refused by what is no id")
		}
	}
}

func TestShelf_noticesDamage(t *testing.T) {
	s := New(t.TempDir())
	a := install(t, s, "first", "2026-01-01")
	state := filepath.Join(s.dir, stateFile)
	whole, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		broken := bytes.Clone(whole)
		broken[i] ^= 1
		if err := os.WriteFile(state, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Acts(); !errors.Is(err, ErrDamaged) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, err := s.Rollback("co-1", 1); !errors.Is(err, ErrDamaged) {
			t.Fatalf("rollback with byte %d changed: %v", i, err)
		}
	}
	if err := os.WriteFile(state, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Acts(); !errors.Is(err, ErrDamaged) {
		t.Errorf("half a record: %v", err)
	}
	if err := os.WriteFile(s.archive(a.Bundle), []byte("fist"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{a.Bundle, ID([]byte("none")), "", "../state"} {
		if _, err := s.Archive(id); !errors.Is(err, ErrDamaged) {
			t.Errorf("archive %q: %v", id, err)
		}
	}
	if err := os.WriteFile(filepath.Join(s.dir, takenFile), []byte("many"), 0o600); err != nil || s.Taken() != 0 {
		t.Error("a damaged number is taken")
	}
	// What lies damaged under its own name is replaced by what is installed again.
	if err := os.WriteFile(state, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	install(t, s, "second", "2026-01-02")
	install(t, s, "first", "2026-01-03")
	if onTop(t, s) != "first" {
		t.Error("a damaged archive stays")
	}
}

type killed struct{}

// die carries f out until its nth step, and stops there as a kill would. It reports
// whether there was such a step.
func die(n int, f func() error) (died bool, err error) {
	step := 0
	testOnlyStep = func(string) {
		if step++; step == n {
			panic(killed{})
		}
	}
	defer func() {
		testOnlyStep = func(string) {}
		if r := recover(); r != nil {
			if _, ok := r.(killed); !ok {
				panic(r)
			}
			died = true
		}
	}()
	return false, f()
}

// Killed at any step, a shelf holds all of the old or all of the new, and the same
// act done again ends as if nothing had happened.
func TestShelf_killedAtAnyStepHoldsOldOrNew(t *testing.T) {
	for name, c := range map[string]struct {
		act      func(*Shelf) error
		old, new string
	}{
		"first install": {func(s *Shelf) error {
			_, err := s.Install([]byte("first"), Act{By: "co-1", Revision: "2026-01-01"})
			return err
		}, "", "first"},
		"install": {func(s *Shelf) error {
			_, err := s.Install([]byte("new"), Act{By: "co-1", Revision: "2026-01-02"})
			return err
		}, "old", "new"},
		"rollback": {func(s *Shelf) error { _, err := s.Rollback("co-1", 1); return err }, "old", ""},
		"refusal":  {func(s *Shelf) error { return s.Refuse(Act{By: "co-1", Code: "bundle.tests_failed"}) }, "old", "old"},
		"taken":    {func(s *Shelf) error { return s.SetTaken(1) }, "old", "old"},
	} {
		steps := 0
		for n := 1; ; n++ {
			s := New(filepath.Join(t.TempDir(), "rules"))
			if c.old != "" {
				install(t, s, c.old, "2026-01-01")
			}
			died, err := die(n, func() error { return c.act(s) })
			if err != nil {
				t.Fatal(err)
			}
			top := onTop(t, s)
			if top != c.old && top != c.new {
				t.Fatalf("%s killed at step %d: in force is %q", name, n, top)
			}
			if taken := s.Taken(); taken > 1 {
				t.Fatalf("%s killed at step %d: taken is %d", name, n, taken)
			}
			if !died {
				break
			}
			steps++
			if name == "rollback" && top == c.new {
				continue // done again it would find nothing
			}
			if err := c.act(s); err != nil || onTop(t, s) != c.new {
				t.Fatalf("%s killed at step %d and done again: %v, %q", name, n, err, onTop(t, s))
			}
		}
		if steps < 5 {
			t.Errorf("%s has %d steps", name, steps)
		}
	}
}

// Commands that change a shelf at the same time wait for each other.
func TestShelf_actsDoNotGetLost(t *testing.T) {
	s := New(filepath.Join(t.TempDir(), "rules"))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := New(s.dir).Install(fmt.Appendf(nil, "%d", i), Act{By: "co-1"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	acts, err := s.Acts()
	if err != nil || len(acts) != 8 || last(acts) != 8 {
		t.Errorf("%d acts: %v", len(acts), err)
	}
}
