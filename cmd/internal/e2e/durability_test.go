package e2e

import (
	"fmt"
	"slices"
	"testing"
)

// A step is something that a traced agent did, seen from outside, in the order
// in which it could have caused what came after: what came in when it was read,
// what left before it was written, a sync when the kernel had answered.
type step struct {
	what string // request, answer, publish, sync, create, name
	conn int    // of a request and an answer

	// ids are verdicts: that of an answer; those that a message to the broker
	// names; those in the log file when a sync of it began.
	ids   []string
	file  string // of a sync and a create
	began int    // of a sync: how many steps there were when it began
	ok    bool   // of a sync and a name: the kernel reported success
}

// unsynced returns what left the process before it was durable. An answer must
// follow a successful sync of the log that began after its request was read and
// found its verdict in the file; a message to the broker must follow such a
// sync of the verdicts that it names. A file made meanwhile counts from when
// its folder was synced.
func unsynced(steps []step) (bad []string, answers, published int) {
	asked := map[int]int{}         // connection → step that read its request
	durable := map[string]string{} // verdict → file that holds it
	unnamed := map[string]bool{}   // files whose folder was not synced since
	latest := -1                   // when the last sync that succeeded began
	safe := func(id string) error {
		file, ok := durable[id]
		switch {
		case !ok:
			return fmt.Errorf("no sync covers its verdict")
		case unnamed[file]:
			return fmt.Errorf("the folder of the file that holds its verdict was not synced")
		}
		return nil
	}
	for i, s := range steps {
		switch s.what {
		case "request":
			asked[s.conn] = i
		case "create":
			unnamed[s.file] = true
		case "name":
			if s.ok {
				clear(unnamed)
			}
		case "sync":
			if !s.ok {
				continue
			}
			latest = max(latest, s.began)
			for _, id := range s.ids {
				durable[id] = s.file
			}
		case "answer":
			answers++
			if at, ok := asked[s.conn]; !ok || latest <= at {
				bad = append(bad, fmt.Sprintf("step %d: an answer with no sync since its request", i))
				continue
			}
			for _, id := range s.ids {
				if err := safe(id); err != nil {
					bad = append(bad, fmt.Sprintf("step %d: an answer: %v", i, err))
				}
			}
		case "publish":
			for _, id := range s.ids {
				published++
				if err := safe(id); err != nil {
					bad = append(bad, fmt.Sprintf("step %d: a message: %v", i, err))
				}
			}
		}
	}
	return bad, answers, published
}

// A check that cannot fail shows nothing.
func TestUnsynced_seesWhatIsMissing(t *testing.T) {
	sound := []step{
		{what: "create", file: "1.mem"},
		{what: "name", ok: true},
		{what: "request", conn: 1},
		{what: "sync", file: "1.mem", began: 3, ok: true, ids: []string{"a"}},
		{what: "publish", ids: []string{"a"}},
		{what: "answer", conn: 1, ids: []string{"a"}},
		{what: "request", conn: 1}, // the same case again: an answer without a new verdict
		{what: "sync", file: "1.mem", began: 7, ok: true},
		{what: "answer", conn: 1, ids: []string{"a"}},
	}
	if bad, answers, published := unsynced(sound); len(bad) > 0 || answers != 2 || published != 1 {
		t.Fatalf("unsynced = %v, %d answers, %d published; want none, 2, 1", bad, answers, published)
	}
	for what, spoil := range map[string]func(s []step) []step{
		"no sync":                             func(s []step) []step { return slices.Delete(s, 3, 4) },
		"a sync that failed":                  func(s []step) []step { s[3].ok = false; return s },
		"a sync that began too early":         func(s []step) []step { s[3].began = 2; return s },
		"a sync before the verdict was there": func(s []step) []step { s[3].ids = nil; return s },
		"an answer before the sync":           func(s []step) []step { s[3], s[5] = s[5], s[3]; return s },
		"a message before the sync":           func(s []step) []step { s[3], s[4] = s[4], s[3]; return s },
		"a repeated answer with no sync":      func(s []step) []step { return slices.Delete(s, 7, 8) },
		"a folder that was not synced":        func(s []step) []step { return slices.Delete(s, 1, 2) },
		"an answer to nobody":                 func(s []step) []step { s[2].conn = 2; return s },
	} {
		if bad, _, _ := unsynced(spoil(slices.Clone(sound))); len(bad) == 0 {
			t.Errorf("unsynced does not see %s", what)
		}
	}
}
