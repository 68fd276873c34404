package statementtest

import (
	"bytes"
	"io"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

var writers = map[string]func(io.Writer, Profile) (Truth, error){"alipay": Alipay, "wechat": WeChat, "icbc": ICBC, "cmb": CMB}

func TestWriters_dependOnTheSeedAlone(t *testing.T) {
	for name, write := range writers {
		p := Profile{Seed: 7, Receipts: 2_000_000, Spending: 300_000}
		var a, b, c bytes.Buffer
		for w, seed := range map[*bytes.Buffer]uint64{&a: 7, &b: 7, &c: 8} {
			p.Seed = seed
			if _, err := write(w, p); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: the same profile gave other bytes", name)
		}
		if bytes.Equal(a.Bytes(), c.Bytes()) {
			t.Errorf("%s: another seed gave the same bytes", name)
		}
	}
}

func TestTruth_holdsTheProfilesSums(t *testing.T) {
	var b bytes.Buffer
	truth, err := CMB(&b, Profile{Salary: 800_000, SalaryUntil: 20260401, Benefit: 150_000, Spending: 300_000, Months: 6, Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[agent.Kind]int64{agent.KindSalary: 3 * 800_000, agent.KindBenefit: 3 * 150_000, agent.KindPurchase: 6 * 300_000} {
		if truth.Settled[kind] != want {
			t.Errorf("sum of %v = %d, want %d", kind, truth.Settled[kind], want)
		}
	}
	if len(truth.Settled) != 3 || truth.Unsettled != 0 {
		t.Errorf("a plain profile holds %v and %d unsettled", truth.Settled, truth.Unsettled)
	}
}

func TestWriters_passOnTheWritersError(t *testing.T) {
	for name, write := range writers {
		if _, err := write(fullDisk{}, Profile{Spending: 100_000, SpendingRows: 2000}); err == nil {
			t.Errorf("%s: no error from a writer that fails", name)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
