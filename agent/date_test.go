package agent

import (
	"testing"
	"time"
)

// The reckoning of dates is that of package time, for days that there are and for
// those that there are not.
func TestDate_startsWherePackageTimeSays(t *testing.T) {
	hold := func(d Date) {
		t.Helper()
		want := time.Date(int(d)/10000, time.Month(int(d)/100%100), int(d)%100, 0, 0, 0, 0, Zone)
		if got := d.Time(); got != want {
			t.Fatalf("%d starts at %v, want %v", d, got, want)
		}
		if got := d.Days(20260101); got != (want.Unix()-Date(20260101).Time().Unix())/86400 {
			t.Fatalf("%d is %d days after 2026-01-01", d, got)
		}
	}
	for y := Date(1); y <= 2400; y++ {
		for m := Date(0); m <= 14; m++ {
			for _, day := range []Date{0, 1, 2, 28, 29, 30, 31, 32, 99} {
				if d := y*10000 + m*100 + day; d != 0 {
					hold(d)
				}
			}
		}
	}
	for _, d := range []Date{1, 99, 100, 1231, -1, -20260101, 1<<31 - 1, -1 << 31, 99991231} {
		hold(d)
	}
	if !Date(0).Time().IsZero() {
		t.Error("the unknown date has a time")
	}
}
