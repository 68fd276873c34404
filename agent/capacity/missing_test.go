package capacity

import (
	"slices"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// Of the last six complete months those are missing in which nothing was earned; with
// statements of exactly these, none is.
func TestMissing_namesTheMonthsThatTurnIt(t *testing.T) {
	const label = "wallet"
	asOf := time.Date(2026, 3, 15, 9, 0, 0, 0, agent.Zone).Unix()
	month := func(y int, m time.Month) *agent.Statement {
		first := time.Date(y, m, 1, 0, 0, 0, 0, agent.Zone)
		return &agent.Statement{Format: "wechat", Account: label, From: agent.DateOf(first), To: agent.DateOf(first.AddDate(0, 1, -1)), Rows: 1,
			Transactions: []agent.Transaction{{At: first.AddDate(0, 0, 9).Unix(), Amount: 9000_00, Flow: agent.FlowIn, Kind: agent.KindReceipt,
				Party: agent.PartyMerchant, Channel: agent.ChannelWeChat, State: agent.StateSettled}}}
	}
	f := Defaults()
	missing := func(e *agent.Evidence) []agent.Date {
		facts := f.Check(e, asOf)
		return f.Missing(e, &facts, asOf)
	}
	six := []agent.Date{20250901, 20251001, 20251101, 20251201, 20260101, 20260201}
	if got := missing(&agent.Evidence{}); !slices.Equal(got, six) {
		t.Errorf("of nothing %v are missing", got)
	}
	seen := []*agent.Statement{month(2025, 9), month(2025, 10), month(2025, 12), month(2026, 2)}
	if got := missing(&agent.Evidence{Statements: seen}); !slices.Equal(got, []agent.Date{20251101, 20260101}) {
		t.Errorf("with two gaps %v are missing", got)
	}
	// A statement that shows no income leaves its month missing.
	empty := month(2025, 11)
	empty.Transactions, empty.Rows = nil, 0
	if got := missing(&agent.Evidence{Statements: append(slices.Clone(seen), empty)}); !slices.Equal(got, []agent.Date{20251101, 20260101}) {
		t.Errorf("with an empty statement %v are missing", got)
	}
	// Income of long ago is old, however much of it there is.
	old := []*agent.Statement{month(2025, 3), month(2025, 4), month(2025, 5), month(2025, 6), month(2025, 7), month(2025, 8)}
	if got := missing(&agent.Evidence{Statements: old}); !slices.Equal(got, six) {
		t.Errorf("with old statements %v are missing", got)
	}
	if got := missing(&agent.Evidence{Statements: append(seen, month(2025, 11), month(2026, 1))}); got != nil {
		t.Errorf("with all of them %v are missing", got)
	}
	if got := f.Missing(nil, new(agent.CapacityFacts), asOf); got != nil {
		t.Errorf("without evidence %v", got)
	}
}
