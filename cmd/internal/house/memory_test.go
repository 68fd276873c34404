package house

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/agent/statement/statementtest"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// underRace is whether the race detector is on: the heap is not what it would be.
var underRace bool

// What one verification takes at the limits of a case over HTTP: 32 MiB, 24
// statements, a million rows. docs/checks/statements.md states it.
func TestVerify_memoryAtTheLimits(t *testing.T) {
	const bound = 384 << 20
	size, rows := intake.HTTPMaxBytes, 1_000_000
	if testing.Short() || underRace {
		size, rows = size/16, rows/16
	}
	a := newAsker(t)
	for _, c := range []struct {
		name  string
		files [][]byte
		parts object
	}{
		{"text", texts(t, size*3/4/24-4096), object{"format": "cmb"}},
		{"workbooks", books(t, rows/24), object{"map": object{"columns": object{"time": 1, "amount": 2}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var doc object
			if err := json.Unmarshal(synthetic.Light.First(len(c.name)*2, "limit-"+c.name, a.now), &doc); err != nil {
				t.Fatal(err)
			}
			ev := doc["evidence"].(object)
			var list []any
			for i, f := range c.files {
				s := object{"source": "borrower", "collected_at": ev["identity"].(object)["collected_at"], "account": fmt.Sprint("a", i), "inline": base64.StdEncoding.EncodeToString(f)}
				for k, v := range c.parts {
					s[k] = v
				}
				list = append(list, s)
			}
			ev["statements"] = list
			b, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			c.files, list, doc, ev = nil, nil, nil, nil
			if len(b) > intake.HTTPMaxBytes {
				t.Fatalf("%d bytes are more than may be sent", len(b))
			}
			read, start := int64(0), time.Now()
			idle, peak := watch(func() {
				f, err := intake.Parse(b, intake.Options{Now: a.now.Add(time.Minute), MaxBytes: intake.HTTPMaxBytes})
				if err != nil {
					t.Error(err)
					return
				}
				for _, r := range f.Collected {
					if s, ok := r.Data.(*agent.Statement); ok {
						read += s.Rows
					}
				}
				if r, err := a.h.Verify(t.Context(), f); err != nil || r.Facts == nil {
					t.Errorf("Verify = %v", err)
				}
			})
			taken := peak - idle
			t.Logf("%d bytes, %d rows: %.0f MiB of heap above %.0f MiB, %v", len(b), read, float64(taken)/(1<<20), float64(idle)/(1<<20), time.Since(start))
			if taken > bound {
				t.Errorf("one verification took %d bytes of heap, want at most %d", taken, bound)
			}
		})
	}
}

// texts are statements of nearly so many bytes each, with as many rows as fit.
func texts(t *testing.T, size int) (files [][]byte) {
	for i := range 24 {
		var b bytes.Buffer
		if _, err := statementtest.CMB(&b, statementtest.Profile{Seed: uint64(i), Owner: "张样例", Months: 12, Spending: 1_000_000, SpendingRows: size / 12 / 60, Opening: 1_000_000_000}); err != nil {
			t.Fatal(err)
		}
		files = append(files, b.Bytes()[:min(b.Len(), bytes.LastIndexByte(b.Bytes()[:min(size, b.Len())], '\n')+1)])
	}
	return files
}

// books are workbooks of so many rows, each of as few bytes as there can be.
func books(t *testing.T, rows int) (files [][]byte) {
	parts := [...]struct{ name, text string }{
		{"_rels/.rels", `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="w.xml"/></Relationships>`},
		{"_rels/w.xml.rels", `<Relationships><Relationship Id="b" Type="x/worksheet" Target="s.xml"/></Relationships>`},
		{"w.xml", `<workbook><sheets><sheet name="s" r:id="b"/></sheets></workbook>`},
		{"s.xml", "<worksheet><sheetData>" + strings.Repeat(`<row><c t="str"><v>20260102</v></c><c><v>-1</v></c></row>`, rows) + "</sheetData></worksheet>"},
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		f, err := w.Create(p.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, p.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for range 24 {
		files = append(files, b.Bytes())
	}
	return files
}

// watch returns the heap before do and the largest that was seen while it ran,
// rubbish not yet collected included.
func watch(do func()) (idle, peak uint64) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	runtime.GC()
	idle = heap()
	peak = idle
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			peak = max(peak, heap())
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	do()
	close(stop)
	<-done
	return idle, peak
}
