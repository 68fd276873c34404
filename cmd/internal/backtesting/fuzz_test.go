package backtesting

import (
	"bytes"
	"context"
	"testing"
)

// FuzzReadMap holds that a map is read or refused, and that what is read finds a
// header or says why not.
func FuzzReadMap(f *testing.F) {
	f.Add([]byte(mapText))
	f.Add([]byte("as_of: {column: a}\noutcomes: {b: {good: [x], bad: [y]}}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ReadMap(b)
		if (m == nil) == (err == nil) {
			t.Fatalf("ReadMap = %v, %v", m, err)
		}
		if m == nil {
			return
		}
		if h, err := openHistory(bytes.NewReader([]byte(small)), m, "结果"); (h == nil) == (err == nil) {
			t.Errorf("openHistory = %v, %v", h, err)
		}
	})
}

// FuzzHistory holds that every row of a history is judged or left out, whatever
// bytes it has.
func FuzzHistory(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(header + "a,2025-01-05,10%,0,生病,正常,\"x\ny\"\n"))
	f.Add([]byte("\xef\xbb\xbf" + header))
	f.Add([]byte("\xff\xfe"))
	m := readMap(f, mapText)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Run(context.Background(), bytes.NewReader(b), m, "结果", line(2000))
		if (r == nil) == (err == nil) {
			t.Fatalf("Run = %v, %v", r, err)
		}
		if r == nil {
			return
		}
		var left int64
		for _, n := range r.Rows.LeftOut {
			left += n
		}
		if r.Rows.Read != r.Rows.Used+left {
			t.Errorf("of %d rows %d are used and %d are left out", r.Rows.Read, r.Rows.Used, left)
		}
	})
}
