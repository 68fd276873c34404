package agent

import "testing"

// BenchmarkEncodeFinding measures the coding of a finding with its trail and, for
// comparison, without.
func BenchmarkEncodeFinding(b *testing.B) {
	with := filledFinding()
	t := with.Trail
	t.Now, t.Age, t.UsableUntil = with.AsOf+3600, Known(38), Known(with.AsOf+86400*400)
	t.Outcome, t.Bits, t.Spent, t.ValidFor, t.Said = "pass", 16000, 0, 2592000, nil
	with.Result.Leaves.IssuedAt, with.Result.Leaves.ValidUntil = t.Now, t.Now+t.ValidFor
	without := *with
	without.Trail = nil
	for name, f := range map[string]*Finding{"trail": with, "without": &without} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				b.SetBytes(int64(len(encodeFinding(f))))
			}
			b.ReportMetric(float64(len(encodeFinding(f))), "bytes")
		})
	}
}
