package statement

import (
	"fmt"
	"strings"
	"time"

	"github.com/yanmen/yanmen/agent"
)

var (
	flowNames    = [...]string{"unknown", "in", "out", "neutral"}
	partyNames   = [...]string{"unknown", "self", "person", "merchant", "employer", "public", "bank", "platform"}
	channelNames = [...]string{"unknown", "bank", "card", "alipay", "wechat", "cash"}
	stateNames   = [...]string{"unknown", "settled", "pending", "failed", "closed", "refunded"}
)

// dump writes a statement as a table that a person can check against the file.
func dump(st *agent.Statement) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %v to %v: %d rows, %d refused\n", st.Format, st.From, st.To, st.Rows, st.Refused)
	for _, w := range st.Warnings {
		fmt.Fprintf(&b, "warning %s\n", w)
	}
	for _, t := range st.Transactions {
		balance := "-"
		if v, ok := t.Balance.Value(); ok {
			balance = fmt.Sprint(v)
		}
		fmt.Fprintf(&b, "%s %8d %-7s %-12s %-8s %-6s %-8s payer %-2d balance %s\n",
			dumpTime(t.At), t.Amount, flowNames[t.Flow], t.Kind,
			partyNames[t.Party], channelNames[t.Channel], stateNames[t.State], t.Payer, balance)
	}
	return b.String()
}

func dumpTime(at int64) string { return time.Unix(at, 0).In(agent.Zone).Format("2006-01-02 15:04:05") }
