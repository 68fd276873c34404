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
	what string // request, answer, publish, values, sync, create, name
	conn int    // of a request and an answer

	// ids are verdicts: that of an answer; those that a message to the broker
	// names; those in the file of the value log when a sync of it began.
	ids   []string
	file  string // of values, a sync and a create
	began int    // of values and a sync: how many steps there were when it began
	ok    bool   // of values, a sync and a name: the kernel reported success
}

// unsynced returns what left the process before it was durable. The value log
// holds the verdicts, the log what leads to them. An answer must follow a
// successful sync of the log that began after its request was read, and after a
// sync of the value log that found its verdict there had succeeded; a message to
// the broker must follow such syncs of the verdicts that it names. A file made
// meanwhile counts from when its folder was synced.
func unsynced(steps []step) (bad []string, answers, published int) {
	type place struct {
		values, log string // files
		at          int    // step that wrote the values
	}
	asked := map[int]int{}        // connection → step that read its request
	written := map[string]place{} // verdict → where it is, and nothing leads there yet
	durable := map[string]place{} // verdict → where it is
	unnamed := map[string]bool{}  // files whose folder was not synced since
	latest := -1                  // when the last sync that succeeded began
	safe := func(id string) error {
		at, ok := durable[id]
		switch {
		case !ok:
			return fmt.Errorf("no sync covers its verdict")
		case unnamed[at.values] || unnamed[at.log]:
			return fmt.Errorf("the folder of a file that holds its verdict was not synced")
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
			for id, at := range written {
				if s.began > at.at {
					durable[id] = place{at.values, s.file, at.at}
					delete(written, id)
				}
			}
		case "values":
			for _, id := range s.ids {
				if _, ok := durable[id]; s.ok && !ok {
					written[id] = place{values: s.file, at: i}
				}
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
		{what: "create", file: "1.vlog"},
		{what: "create", file: "1.mem"},
		{what: "name", ok: true},
		{what: "request", conn: 1},
		{what: "values", file: "1.vlog", began: 4, ok: true, ids: []string{"a"}},
		{what: "sync", file: "1.mem", began: 5, ok: true},
		{what: "publish", ids: []string{"a"}},
		{what: "answer", conn: 1, ids: []string{"a"}},
		{what: "request", conn: 1}, // the same case again: an answer without a new verdict
		{what: "sync", file: "1.mem", began: 9, ok: true},
		{what: "answer", conn: 1, ids: []string{"a"}},
	}
	if bad, answers, published := unsynced(sound); len(bad) > 0 || answers != 2 || published != 1 {
		t.Fatalf("unsynced = %v, %d answers, %d published; want none, 2, 1", bad, answers, published)
	}
	for what, spoil := range map[string]func(s []step) []step{
		"no sync":                             func(s []step) []step { return slices.Delete(s, 5, 6) },
		"no sync of values":                   func(s []step) []step { s[4].what = ""; return s },
		"a sync that failed":                  func(s []step) []step { s[5].ok = false; return s },
		"a sync of values that failed":        func(s []step) []step { s[4].ok = false; return s },
		"a sync that began too early":         func(s []step) []step { s[5].began = 3; return s },
		"a sync that began before the values": func(s []step) []step { s[5].began = 4; return s },
		"a sync before the verdict was there": func(s []step) []step { s[4].ids = nil; return s },
		"an answer before the sync":           func(s []step) []step { s[5], s[7] = s[7], s[5]; return s },
		"a message before the sync":           func(s []step) []step { s[5], s[6] = s[6], s[5]; return s },
		"a repeated answer with no sync":      func(s []step) []step { return slices.Delete(s, 9, 10) },
		"a folder that was not synced":        func(s []step) []step { return slices.Delete(s, 2, 3) },
		"a log that was made later":           func(s []step) []step { s[1], s[2] = s[2], s[1]; return s },
		"a value log that was made later":     func(s []step) []step { s[0], s[2] = s[2], s[0]; return s },
		"an answer to nobody":                 func(s []step) []step { s[3].conn = 2; return s },
	} {
		if bad, _, _ := unsynced(spoil(slices.Clone(sound))); len(bad) == 0 {
			t.Errorf("unsynced does not see %s", what)
		}
	}
}
