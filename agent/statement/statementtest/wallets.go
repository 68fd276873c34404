package statementtest

import (
	"bufio"
	"fmt"
	"io"

	"github.com/yanmen/yanmen/agent"
)

// line is the text of one row on a wallet's statement.
type line struct{ class, party, item, flow, method, state string }

func wechatLine(e event) (line, bool) {
	l := line{party: e.party, item: "/", flow: "支出", method: "零钱", state: "支付成功"}
	switch e.kind {
	case agent.KindReceipt:
		return line{"二维码收款", e.party, "收款方备注:二维码收款", "收入", "零钱", "已收钱"}, true
	case agent.KindPurchase, agent.KindMedical:
		l.class, l.item = "商户消费", fmt.Sprintf("订单-%07d", e.n)
		if e.closed {
			l.state = "已关闭"
		}
	case agent.KindRepayment:
		return line{"信用卡还款", "样例银行信用卡还款", "/", "/", "零钱", "支付成功"}, true
	case agent.KindTransferIn:
		return line{"转账", e.party, "转账备注:工资", "收入", "/", "已存入零钱"}, true // the note must not count
	case agent.KindTransferOut:
		return line{"转账", e.party, "转账备注:微信转账", "支出", "零钱", "对方已收钱"}, true
	case agent.KindRedPacket:
		return line{"微信红包", e.party, "/", "收入", "/", "已存入零钱"}, true
	case agent.KindOwnTransfer:
		return line{"转入零钱通-来自零钱", "/", "/", "/", "零钱", "支付成功"}, true
	case agent.KindWithdrawal:
		return line{"零钱提现", "样例银行(0000)", "/", "/", "样例银行", "提现已到账"}, true
	case agent.KindTopUp:
		return line{"零钱充值", "样例银行(0000)", "/", "/", "样例银行(0000)", "充值完成"}, true
	case agent.KindRefund:
		return line{"商户消费-退款", e.party, "/", "收入", "/", "已全额退款"}, true
	case agent.KindInvestment:
		return line{"购买理财通", "理财通", "样例货币基金", "/", "样例银行", "支付成功"}, true
	default:
		return line{}, false
	}
	return l, true
}

func alipayLine(e event) (line, bool) {
	l := line{party: e.party, item: fmt.Sprintf("商品%07d", e.n), flow: "支出", method: "余额宝", state: "交易成功"}
	switch e.kind {
	case agent.KindReceipt:
		return line{"商业服务", e.party, "收钱码收款", "收入", "余额", "交易成功"}, true
	case agent.KindPurchase:
		l.class = [...]string{"日用百货", "餐饮美食", "交通出行", "充值缴费"}[e.n%4]
		if e.closed {
			l.state = "交易关闭"
		}
	case agent.KindMedical:
		l.class = "医疗健康"
	case agent.KindRepayment:
		return line{"信用借还", "花呗", "花呗自动还款", "不计收支", "余额", "还款成功"}, true
	case agent.KindLoanIn:
		return line{"信用借还", "借呗", "借呗放款至余额", "不计收支", "", "放款成功"}, true
	case agent.KindTransferIn:
		return line{"转账红包", e.party, "工资", "收入", "余额", "交易成功"}, true // the note must not count
	case agent.KindTransferOut:
		return line{"转账红包", e.party, "转账", "支出", "余额", "交易成功"}, true
	case agent.KindRedPacket:
		return line{"转账红包", e.party, "普通红包", "收入", "余额", "交易成功"}, true
	case agent.KindOwnTransfer:
		return line{"投资理财", "余额宝", "余额宝-单次转入", "不计收支", "余额", "交易成功"}, true
	case agent.KindWithdrawal:
		return line{"账户存取", "样例银行", "提现-快速提现", "不计收支", "余额", "提现成功"}, true
	case agent.KindTopUp:
		return line{"账户存取", "样例银行", "充值-普通充值", "不计收支", "样例银行", "充值成功"}, true
	case agent.KindRefund:
		return line{"退款", e.party, "退款-商品", "不计收支", "余额", "退款成功"}, true
	case agent.KindInvestment:
		return line{"投资理财", "样例基金销售有限公司", "样例混合-买入", "不计收支", "余额宝", "交易成功"}, true
	case agent.KindInterest:
		return line{"投资理财", "样例基金管理有限公司", "余额宝-收益发放", "不计收支", "余额宝", "交易成功"}, true
	default:
		return line{}, false
	}
	return l, true
}

func printsBy(f func(event) (line, bool)) func(agent.Kind) bool {
	return func(k agent.Kind) bool { _, ok := f(event{kind: k}); return ok }
}

// neutralBy tells the kinds that a wallet counts as neither income nor expense.
func neutralBy(f func(event) (line, bool)) func(agent.Kind) bool {
	return func(k agent.Kind) bool {
		l, _ := f(event{kind: k})
		return l.flow == "/" || l.flow == "不计收支"
	}
}

// WeChat writes a WeChat Pay statement: UTF-8 with a byte order mark, newest
// row first.
func WeChat(w io.Writer, p Profile) (Truth, error) {
	p = p.withDefaults()
	prints := printsBy(wechatLine)
	b := p.books(prints, neutralBy(wechatLine))
	o := out{bufio.NewWriterSize(w, 64<<10)}
	o.printf("\ufeff微信支付账单明细,,,,,,,,,,\n微信昵称：[样例],,,,,,,,,,\n")
	o.printf("起始时间：[%s 00:00:00] 终止时间：[%s 23:59:59],,,,,,,,,,\n", p.From, p.to())
	o.printf("导出类型：[全部],,,,,,,,,,\n,,,,,,,,,,\n共%d笔记录,,,,,,,,,,\n", b.Rows)
	o.printf("收入：%d笔 %s元,,,,,,,,,,\n支出：%d笔 %s元,,,,,,,,,,\n中性交易：%d笔 %s元,,,,,,,,,,\n", b.in.count, yuan(b.in.sum),
		b.out.count, yuan(b.out.sum), b.neutral.count, yuan(b.neutral.sum))
	o.printf("注：,,,,,,,,,,\n1. 本明细仅供个人对账使用,,,,,,,,,,\n,,,,,,,,,,\n")
	o.printf("----------------------微信支付账单明细列表--------------------,,,,,,,,,,\n")
	o.printf("交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n")
	for e := range p.events(true, prints) {
		l, _ := wechatLine(e)
		o.printf("%s,%s,%s,%q,%s,¥%s,%s,%s,\"%s\t\",\"M%07d\t\",\"/\"\n", e.clock(), l.class, l.party, l.item, l.flow,
			yuan(e.amount), l.method, l.state, e.serial("42000"), e.n)
	}
	return b.Truth, o.Flush()
}

// Alipay writes an Alipay statement: GB18030, padded cells, newest row first.
func Alipay(w io.Writer, p Profile) (Truth, error) {
	p = p.withDefaults()
	prints := printsBy(alipayLine)
	b := p.books(prints, neutralBy(alipayLine))
	enc := gb18030(w)
	o := out{bufio.NewWriterSize(enc, 64<<10)}
	o.printf("------------------------------------------------------------------------------------\n导出信息：\n")
	if p.Owner != "" {
		o.printf("姓名：%s\n", p.Owner)
	}
	o.printf("支付宝账户：sample@example.invalid\n")
	o.printf("起始时间：[%s 00:00:00]    终止时间：[%s 23:59:59]\n导出交易类型：[全部]\n", p.From, p.to())
	o.printf("共%d笔记录\n收入：%d笔 %s元\n支出：%d笔 %s元\n不计收支：%d笔 %s元\n\n", b.Rows, b.in.count, yuan(b.in.sum),
		b.out.count, yuan(b.out.sum), b.neutral.count, yuan(b.neutral.sum))
	o.printf("特别提示：\n1.本明细仅供个人对账使用。\n\n")
	o.printf("------------------------电子客户回单------------------------\n")
	o.printf("交易时间            ,交易分类                ,交易对方                ,对方账号                ,商品说明                ," +
		"收/支                 ,金额                  ,收/付款方式              ,交易状态                ,交易订单号     ,商家订单号           ,备注                  ,\n")
	for e := range p.events(true, prints) {
		l, _ := alipayLine(e)
		o.printf("%s ,%s                ,%s                ,/                   ,%s                ,%s                 ,%s                ,"+
			"%s       ,%s                ,%s\t,B%07d\t,                    ,\n",
			e.clock(), l.class, l.party, l.item, l.flow, yuan(e.amount), l.method, l.state, e.serial(""), e.n)
	}
	if err := o.Flush(); err != nil {
		return Truth{}, err
	}
	return b.Truth, enc.Close()
}
