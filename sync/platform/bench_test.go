package platform_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/yanmen/yanmen/sync/uplink"
)

// cpuTime is what the process has used of the cores; it stays true when other
// work shares them.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkDrain drains 20,000 verdicts end to end: checked, signed and sealed,
// through JetStream on disk, opened, verified, synced into the file ledger,
// receipted, and gone from the queue. Agent, broker and platform share the
// machine, so each gets a part of its cores.
func BenchmarkDrain(b *testing.B) {
	const n = 20000
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b)
		w.startBroker()
		w.startPlatform()
		w.streams(w.conn)
		a := w.agent("agent-1").enrol()
		a.out.verdicts(b, n, 1)
		b.StartTimer()
		begin, cpu := time.Now(), cpuTime(b)
		a.start(func(c *uplink.Config) { c.ReceiptTimeout, c.AckTimeout = 30*time.Second, 10*time.Second })
		eventually(b, "drained", func() bool { return a.out.depth() == 0 })
		b.ReportMetric(float64(n)/time.Since(begin).Seconds(), "verdicts/s")
		b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/n, "cpu-µs/verdict")
		b.StopTimer()
		w.check(a)
		if s := w.plat.Stats(); s.Repeated != 0 || s.Refused != 0 {
			b.Errorf("stats %+v", s)
		}
		b.ReportMetric(float64(n)/float64(w.plat.Stats().Receipts), "lines/receipt")
		a.stop()
		w.stopPlatform()
		w.stopBroker()
		b.StartTimer()
	}
}
