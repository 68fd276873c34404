package statementtest

import (
	"bufio"
	"io"

	"github.com/yanmen/yanmen/agent"
)

// entry is the text of one row on a bank's statement.
type entry struct{ summary, place, party string }

func bankEntry(e event) (entry, bool) {
	switch e.kind {
	case agent.KindSalary:
		return entry{"代发工资", "", e.party}, true
	case agent.KindBenefit:
		return entry{"失业保险金", "", e.party}, true
	case agent.KindHousingFund:
		return entry{"代发住房公积金", "", e.party}, true
	case agent.KindReceipt:
		return entry{"商户结算", "", "样例支付有限公司"}, true
	case agent.KindPurchase, agent.KindMedical:
		return entry{"快捷支付", "样例支付", e.party}, true
	case agent.KindRepayment:
		return entry{"贷款还款", "", e.party}, true
	case agent.KindLoanIn:
		return entry{"贷款放款", "", e.party}, true
	case agent.KindTransferIn:
		return entry{"汇入汇款", "工资", e.party}, true // the sender's note must not count
	case agent.KindTransferOut, agent.KindOwnTransfer:
		return entry{"转账汇款", "转账", e.party}, true
	case agent.KindWithdrawal:
		return entry{"ATM取款", "", ""}, true
	case agent.KindRefund:
		return entry{"快捷支付退款", "样例支付", e.party}, true
	case agent.KindInvestment:
		return entry{"理财申购", "", e.party}, true
	case agent.KindInterest:
		return entry{"账户结息", "", ""}, true
	case agent.KindFee:
		return entry{"短信费", "", ""}, true
	}
	return entry{}, false
}

func bankPrints(k agent.Kind) bool { _, ok := bankEntry(event{kind: k}); return ok }

func never(agent.Kind) bool { return false }

// booked leaves out what a bank never books.
func (p Profile) booked() Profile {
	p = p.withDefaults()
	p.closedOut = true
	return p
}

// CMB writes a China Merchants Bank statement: UTF-8, no banner, signed amounts
// with a running balance, oldest row first.
func CMB(w io.Writer, p Profile) (Truth, error) {
	p = p.booked()
	b := p.books(bankPrints, never)
	o := out{bufio.NewWriterSize(w, 64<<10)}
	o.printf("记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要\n")
	balance := p.Opening
	for e := range p.events(false, bankPrints) {
		l, _ := bankEntry(e)
		balance += e.delta()
		party := l.party
		if party != "" {
			party += " 9999000000"
		}
		o.printf("%s,CNY,\"%s\",\"%s\",%s,%s,%s\n", e.day(), grouped(e.delta()), grouped(balance), l.summary, party, l.place)
	}
	return b.Truth, o.Flush()
}

// ICBC writes an Industrial and Commercial Bank of China statement: UTF-8,
// padded cells, a column each way, newest row first, a closing row of sums.
func ICBC(w io.Writer, p Profile) (Truth, error) {
	p = p.booked()
	b := p.books(bankPrints, never)
	o := out{bufio.NewWriterSize(w, 64<<10)}
	o.printf("明细查询文件下载\n\n卡号: 9999****0000,\"卡别名: 样例\"\n\n子账户序号: 00000,子账户类别: 活期,\"子账户别名: \"\n\n")
	o.printf("交易日期,摘要,交易详情,交易场所,交易国家或地区简称,钞/汇,交易金额(收入),交易金额(支出),交易币种,记账金额(收入),记账金额(支出),记账币种,余额,对方户名,对方账户\n")
	balance := b.closing
	for e := range p.events(true, bankPrints) {
		l, _ := bankEntry(e)
		var in, paid string
		if e.out {
			paid = grouped(e.amount)
		} else {
			in = grouped(e.amount)
		}
		o.printf("%s     \t,\"%s                \t\",\"                    \t\",\"%s                    \t\",\"CHN                 \t\",钞        \t,"+
			"\"-                   \t\",\"-                   \t\",-              \t,\"%s                \t\",\"%s                \t\",人民币         \t,"+
			"\"%s          \t\",\"%s                    \t\",\"9999****0000       \t\",\n",
			e.day(), l.summary, l.place, in, paid, grouped(balance), l.party)
		balance -= e.delta()
	}
	o.printf(" \n人民币合计,,,,,,,,,\"%s          \t\",\"%s          \t\",\n", grouped(b.in.sum), grouped(b.out.sum))
	return b.Truth, o.Flush()
}
