package statement

import (
	"archive/zip"
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
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
			if g.name == "cmb" { // one that names another party and place in each row
				lines := bytes.SplitAfter(file.Bytes(), []byte("\n"))
				for i := range lines[1:] {
					lines[i+1] = bytes.Replace(bytes.Replace(lines[i+1], []byte(" 9999000000,"), fmt.Appendf(nil, "%d,", i), 1), []byte("\n"), fmt.Appendf(nil, "附言%d\n", i), 1)
				}
				other := bytes.Join(lines, nil)
				b.Run("notes", func(b *testing.B) { benchmark(b, other, len(other), truth.Rows, Options{Owner: "张样例"}) })
				b.Run("map", func(b *testing.B) {
					benchmark(b, file.Bytes(), file.Len(), truth.Rows, Options{Owner: "张样例", Map: &cmbMap})
				})
			}
			if g.name == "wechat" { // MB/s are of the same statement as text
				text := file.Len()
				b.Run("xlsx", func(b *testing.B) {
					packed := asBook(b, file.Bytes())
					unpacked := int64(0)
					r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
					if err != nil {
						b.Fatal(err)
					}
					for _, p := range r.File {
						unpacked += int64(p.UncompressedSize64)
					}
					benchmark(b, packed, text, truth.Rows, Options{Owner: "张样例"})
					perSecond := float64(b.N) / b.Elapsed().Seconds()
					b.ReportMetric(float64(unpacked)*perSecond/1e6, "xml-MB/s")
					b.ReportMetric(float64(len(packed))*perSecond/1e6, "file-MB/s")
					b.ReportMetric(float64(truth.Rows)*perSecond, "rows/s")
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
			if underRace {
				rows = 10_000
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

var manyRows = flag.Int("rows", 30_000, "rows of the workbook whose reading is watched")

// TestRead_aLongWorkbookInLittleMemory watches the heap while a workbook of
// WeChat's form is read, in which each row has two texts of its own.
func TestRead_aLongWorkbookInLittleMemory(t *testing.T) {
	name := filepath.Join(t.TempDir(), "statement.xlsx")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	part := func(name string, write func(w io.Writer)) {
		p, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		b := bufio.NewWriterSize(p, 64<<10)
		write(b)
		if err := b.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	frame := book{sheets: []string{""}}.bytes(t)
	r, err := zip.NewReader(bytes.NewReader(frame), int64(len(frame)))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.File {
		if p.Name != "xl/worksheets/sheet0.xml" && p.Name != "xl/sharedStrings.xml" {
			if err := w.Copy(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	part("xl/sharedStrings.xml", func(w io.Writer) {
		fmt.Fprint(w, "<sst>")
		for i := range *manyRows {
			fmt.Fprintf(w, "<si><t>4200000099%s%010d</t></si><si><t>M%027d</t></si>", "20260102", i, uint64(i)*6364136223846793005)
		}
		fmt.Fprint(w, "</sst>")
	})
	part("xl/worksheets/sheet0.xml", func(w io.Writer) {
		fmt.Fprint(w, "<worksheet><sheetData><row>", strings.Join(wechatHeader(), ""), "</row>")
		cells := strings.Join(texts("二维码收款", "样例", "/", "收入"), "")
		for i := range *manyRows {
			fmt.Fprintf(w, `<row r="%d"><c t="inlineStr"><is><t>2026-01-02 %02d:%02d:%02d</t></is></c>%s<c s="2"><v>%d.%02d</v></c>%s<c t="s"><v>%d</v></c><c t="s"><v>%d</v></c></row>`,
				i+2, 23 - i*24 / *manyRows, 0, 0, cells, i%5000, i%100, strings.Join(texts("零钱", "已收钱"), ""), 2*i, 2*i+1)
		}
		fmt.Fprint(w, "</sheetData></worksheet>")
	})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	for _, way := range []struct {
		name string
		read func() (*agent.Statement, error)
	}{
		{"rows", func() (*agent.Statement, error) {
			return Rows(f, Options{MaxBytes: 1 << 30}, func(agent.Transaction) error { return nil })
		}},
		{"whole", func() (*agent.Statement, error) { return Read(f, Options{MaxBytes: 1 << 30}) }},
	} {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		var st *agent.Statement
		var err error
		peak := watch(func() { st, err = way.read() })
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d rows, %d MiB of file, peak heap %.1f MiB, %v", way.name, st.Rows, size>>20, float64(peak)/(1<<20), time.Since(start))
		if st.Rows != int64(*manyRows) || st.Refused != 0 || len(st.Warnings) != 0 {
			t.Errorf("%d rows, %d refused, %v; want %d, none, none", st.Rows, st.Refused, st.Warnings, *manyRows)
		}
		bound := uint64(48 << 20)
		if *manyRows > 100_000 {
			bound = 200 << 20
		}
		if peak > bound && !underRace {
			t.Errorf("peak heap %d, want at most %d", peak, bound)
		}
	}
}

// watch returns the largest heap that was seen while do ran, rubbish not yet
// collected included.
func watch(do func()) uint64 {
	runtime.GC()
	peak := heap()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			peak = max(peak, heap())
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	do()
	close(stop)
	<-done
	return peak
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
