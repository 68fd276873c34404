package statement

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/statement/statementtest"
)

// long is a profile of about rows rows.
func long(rows int) statementtest.Profile {
	p := everything
	p.Months = 24
	p.SpendingRows = rows / p.Months
	p.Spending = int64(p.SpendingRows) * 5000
	p.Opening = 1_000_000_000
	return p
}

func BenchmarkRead(b *testing.B) {
	for _, g := range generators {
		b.Run(g.name, func(b *testing.B) {
			var file bytes.Buffer
			truth, err := g.write(&file, long(20_000))
			if err != nil {
				b.Fatal(err)
			}
			b.Run("csv", func(b *testing.B) { benchmark(b, file.Bytes(), file.Len(), truth.Rows, Options{Owner: "张样例"}) })
			if g.name == "cmb" {
				b.Run("map", func(b *testing.B) {
					benchmark(b, file.Bytes(), file.Len(), truth.Rows, Options{Owner: "张样例", Map: &cmbMap})
				})
			}
			if g.name == "wechat" { // MB/s are of the same statement as text
				text := file.Len()
				b.Run("xlsx", func(b *testing.B) {
					benchmark(b, asBook(b, file.Bytes()), text, truth.Rows, Options{Owner: "张样例"})
				})
			}
		})
	}
}

func benchmark(b *testing.B, file []byte, size int, rows int64, o Options) {
	b.SetBytes(int64(size))
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		if _, err := Read(bytes.NewReader(file), o); err != nil {
			b.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	n := float64(rows) * float64(b.N)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/row")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/n, "B/row")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/n, "allocs/row")
}

// underRace is whether the race detector is on: ten times slower, and the heap
// is not what it would be.
var underRace bool

// TestRead_aMillionRowsInLittleMemory reads a long statement of each format from
// a file and watches the heap, rubbish not yet collected included.
func TestRead_aMillionRowsInLittleMemory(t *testing.T) {
	for _, g := range generators {
		t.Run(g.name, func(t *testing.T) {
			rows, bound := 1_000_000, uint64(200<<20)
			if testing.Short() || underRace || g.name != "alipay" { // the dearest format stands for all
				rows, bound = 50_000, 48<<20
			}
			name := filepath.Join(t.TempDir(), "statement.csv")
			f, err := os.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			truth, err := g.write(f, long(rows))
			if err != nil {
				t.Fatal(err)
			}
			size, err := f.Seek(0, io.SeekCurrent)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			defer f.Close()

			var peak uint64
			read := func(what string, do func() (*agent.Statement, error)) {
				runtime.GC()
				peak = heap()
				start := time.Now()
				st, err := do()
				if err != nil {
					t.Fatal(err)
				}
				peak = max(peak, heap())
				t.Logf("%s: %d rows, %d MiB of file, peak heap %.1f MiB, %v", what, st.Rows, size>>20, float64(peak)/(1<<20), time.Since(start))
				if st.Rows != truth.Rows || st.Refused != 0 || len(st.Warnings) != 0 {
					t.Errorf("%d rows, %d refused, %v; want %d, none, none", st.Rows, st.Refused, st.Warnings, truth.Rows)
				}
				if peak > bound {
					t.Errorf("peak heap %d, want at most %d", peak, bound)
				}
			}
			n := 0
			read("rows", func() (*agent.Statement, error) {
				return Rows(f, Options{Owner: "张样例"}, func(agent.Transaction) error {
					if n++; n%10_000 == 0 {
						peak = max(peak, heap())
					}
					return nil
				})
			})
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			read("whole", func() (*agent.Statement, error) {
				return Read(&watched{r: f, peak: &peak}, Options{Owner: "张样例"})
			})
		})
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// watched looks at the heap every so often while it is read.
type watched struct {
	r    io.Reader
	n    int
	peak *uint64
}

func (w *watched) Read(p []byte) (int, error) {
	if w.n++; w.n%64 == 0 {
		*w.peak = max(*w.peak, heap())
	}
	return w.r.Read(p)
}
