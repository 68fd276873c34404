package statement

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yanmen/yanmen/agent"
)

func TestIsPersonName_isNarrow(t *testing.T) {
	for name, want := range map[string]bool{
		"李测四": true, "王 试": true, "欧阳测试": true, "阿依·样例": true, "*四": true, "李*": true, "李**": true,
		"美团": false, "样例": false, "李": false, "李测四五六": false, "Li Ce": false, "李a": false, "": false, "9": false,
		"·李": false, "********": false,
	} {
		if got := isPersonName(name); got != want {
			t.Errorf("isPersonName(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestPartyName_cutsTheAccountNumber(t *testing.T) {
	for in, want := range map[string]string{
		"张样例 9999000000": "张样例", "样例公司99990000": "样例公司", "张样例 9999****0000": "张样例", "样例店1": "样例店1",
		"/": "", "-": "", "": "", "9999000000": "9999000000",
	} {
		if got := string(partyName([]byte(in), true)); got != want {
			t.Errorf("partyName(%q) = %q, want %q", in, got, want)
		}
	}
	if got := string(partyName([]byte("昵称20260101"), false)); got != "昵称20260101" {
		t.Errorf("partyName of a wallet cut a nickname to %q", got)
	}
}

// Every rule can be reached, and none makes income of money going out or of a
// payer's own text.
func TestRules_keepIncomeNarrow(t *testing.T) {
	for _, f := range formats {
		for i, u := range f.rules {
			if u.kind.IsIncome() && u.flow != agent.FlowIn {
				t.Errorf("%s rule %d: income that need not come in", f.name, i)
			}
			if u.kind == agent.KindUnknown && u.who == agent.PartyUnknown && u.class.how == anything {
				t.Errorf("%s rule %d says nothing", f.name, i)
			}
			if u.to != agent.FlowUnknown && u.flow != agent.FlowUnknown && u.to != u.flow {
				t.Errorf("%s rule %d turns money round", f.name, i)
			}
			for j, w := range f.rules[:i] {
				if w.class.how == u.class.how && slices.Equal(w.class.words, u.class.words) && w.text.how == anything &&
					w.is&^u.is == 0 && w.not == 0 && w.to == agent.FlowUnknown && (w.flow == agent.FlowUnknown || w.flow == u.flow) {
					t.Errorf("%s rule %d is never reached, for rule %d", f.name, i, j)
				}
			}
		}
	}
}

// A sender's words never make a salary: neither in the note, nor as the bank's
// summary where a person is named as the payer.
func TestRead_friendCannotPaySalary(t *testing.T) {
	for _, in := range []string{
		wechatHead + "2026-01-02 10:00:00,转账,工资发放有限公司,转账备注:工资,收入,¥9000.00,/,已存入零钱,W,M,工资\n",
		wechatHead + "2026-01-02 10:00:00,微信红包,工资,工资,收入,¥200.00,/,已存入零钱,W,M,工资\n",
		"交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,\n" +
			"2026-01-02 10:00:00,转账红包,样例有限公司,/,代发工资,收入,9000.00,余额,交易成功,A,B,工资,\n",
		cmbHead + "2026-01-02,CNY,9000.00,9000.00,汇入汇款,李测四 9999000000,工资\n",
		cmbHead + "2026-01-02,CNY,9000.00,9000.00,工资,李测四 9999000000,工资\n",
		cmbHead + "2026-01-02,CNY,9000.00,9000.00,汇入汇款,样例有限公司9999000000,代发工资\n",
		cmbHead + "2026-01-02,CNY,9000.00,9000.00,代发工资,张样例 9999000000,工资\n",
		cmbHead + "2026-01-02,CNY,9000.00,9000.00,工资,支付宝样例有限公司9999000000,工资\n",
	} {
		if st := mustRead(t, []byte(in), Options{Owner: "张 样例"}); st.Refused != 0 || income(st) != 0 {
			t.Errorf("income %d, %d refused; want none of:\n%s", income(st), st.Refused, in)
		}
	}
}

func TestRead_warnsOfWhatDoesNotAddUp(t *testing.T) {
	wechat := func(banner string) string {
		return banner + wechatHead + "2026-01-03 10:00:00,商户消费,样例,/,支出,¥1.00,零钱,支付成功,W,M,/\n" +
			"2026-01-02 10:00:00,商户消费,样例,/,支出,¥2.00,零钱,已关闭,W,M,/\n2026-01-01 10:00:00,二维码收款,样例,/,收入,¥4.00,零钱,已收钱,W,M,/\n"
	}
	cmb := func(rows ...string) string { return cmbHead + strings.Join(rows, "") }
	row := func(amount, balance string) string { return "2026-01-02,CNY," + amount + "," + balance + ",转账,,\n" }
	for _, c := range []struct{ name, in, want string }{
		{"right banner", wechat("起始时间：[2026-01-01 00:00:00] 终止时间：[2026-01-03 23:59:59],,\n共3笔记录,,\n收入：1笔 4.00元,,\n支出：2笔 3.00元,,\n"), ""},
		{"right without closed", wechat("收入：1笔 4.00元\n支出：1笔 1.00元\n"), ""},
		{"first line stands", wechat("共3笔记录\n共4笔记录\n"), ""},
		{"count", wechat("共4笔记录\n"), "count.differs"},
		{"income", wechat("收入：2笔 5.00元\n"), "income_count.differs income_total.differs"},
		{"expense", wechat("支出：2笔 9.00元\n"), "expense_total.differs"},
		{"neutral", wechat("中性交易：1笔 0.00元\n"), "neutral_count.differs"},
		{"period", wechat("起始时间：[2026-01-02 00:00:00] 终止时间：[2026-01-03 23:59:59]\n"), "period.differs"},
		{"period turned round", wechat("起始时间：[2026-01-05 00:00:00] 终止时间：[2026-01-01 23:59:59]\n"), "period.differs"},
		{"balance, oldest first", cmb(row("1.00", "1.00"), row("2.00", "3.00"), row("-1.50", "1.50")), ""},
		{"balance, newest first", cmb(row("-1.50", "1.50"), row("2.00", "3.00"), row("1.00", "1.00")), ""},
		{"a row was cut out", cmb(row("1.00", "1.00"), row("-1.50", "1.50")), "balance.differs"},
		{"a row was raised", cmb(row("1.00", "1.00"), row("9.00", "3.00"), row("-1.50", "1.50")), "balance.differs"},
		{"nothing across a refused row", cmb(row("1.00", "1.00"), row("x", "3.00"), row("-1.50", "1.50")), "row.amount"},
		{"unreadable balance", cmb(row("1.00", "x")), "balance.unreadable"},
		{"absent balance", cmb(row("1.00", "")), ""},
		{"another holder", wechat("姓名：李测四\n"), "owner.differs"},
		{"masked holder", wechat("姓名：*样例\n"), ""},
		{"masked other holder", wechat("姓名：*测四\n"), "owner.differs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := mustRead(t, []byte(c.in), Options{Owner: "张样例"})
			if got := strings.Join(st.Warnings, " "); got != c.want {
				t.Errorf("warnings %q, want %q", got, c.want)
			}
		})
	}
}

func TestRead_anyFormatInEitherEncoding(t *testing.T) {
	utf8Alipay, err := simplifiedchinese.GB18030.NewDecoder().Bytes(fixture(t, "alipay.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := dump(mustRead(t, utf8Alipay, Options{})), dump(mustRead(t, fixture(t, "alipay.csv"), Options{})); got != want {
		t.Errorf("Alipay in UTF-8 = %s, want %s", got, want)
	}
	for _, name := range []string{"icbc.csv", "cmb.csv", "wechat.csv"} {
		b := bytes.TrimPrefix(fixture(t, name), []byte("\ufeff"))
		gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes(b)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := dump(mustRead(t, gb, Options{})), dump(mustRead(t, b, Options{})); got != want {
			t.Errorf("%s in GB18030 = %s, want %s", name, got, want)
		}
	}
}

// More other sides than numbers: the rest has none, which says unknown.
func TestRead_numbersPayersUpToTheBound(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(cmbHead)
	for i := range maxParties + 10 {
		fmt.Fprintf(&b, "2026-01-02,CNY,1.00,,代发工资,样例%d有限公司,\n", i)
	}
	b.WriteString("2026-01-02,CNY,1.00,,代发工资,样例0有限公司,\n")
	b.WriteString("2026-01-02,CNY,1.00,,代发工资," + strings.Repeat("长", maxParty) + ",\n")
	st := mustRead(t, b.Bytes(), Options{})
	n := len(st.Transactions)
	for i, want := range map[int]uint16{0: 1, maxParties - 1: maxParties, maxParties: 0, n - 3: 0, n - 2: 1, n - 1: 0} {
		if got := st.Transactions[i].Payer; got != want {
			t.Errorf("row %d: payer %d, want %d", i, got, want)
		}
	}
	if !slices.Equal(st.Warnings, []string{"payers.many"}) {
		t.Errorf("warnings %v, want payers.many", st.Warnings)
	}
}

// What is remembered of a text changes nothing: each row is what it is alone, in a
// statement with more notes and other sides than are remembered.
func TestClassify_remembersNothingButTheText(t *testing.T) {
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			words := []string{"", "样例", "微信转账", "财付通", "支付宝-样例", "零钱提现", "商家收款", "样例大药房", "张样例", "还款", "退款-样例", "工资", "提现", "公积金中心", "余额宝-收益发放", "/"}
			classes := []string{"", "转账红包", "投资理财", "快捷支付", "代发工资", "转账汇款", "提现", "商户消费", "信用借还", "消费", "汇入汇款", "理财申购", "样例"}
			states := []string{"", "交易成功", "支付成功", "退款成功", "已全额退款", "等待付款", "提现失败", "样例"}
			flows := []agent.Flow{agent.FlowUnknown, agent.FlowIn, agent.FlowOut, agent.FlowNeutral}
			rnd := rand.New(rand.NewPCG(1, 2))
			any := func(list []string, n int) []byte {
				s := list[rnd.IntN(len(list))]
				if n > 0 && rnd.IntN(2) == 0 {
					s += strconv.Itoa(n)
				}
				return []byte(s)
			}
			all := newClassifier(f, "张样例")
			for i := range 3 * maxTexts {
				r := row{class: any(classes, 0), party: any(words, 100_000_000+i), item: any(words, i), detail: any(words, i), state: any(states, 0)}
				if i%100 == 0 {
					r.class = any(classes, i)
				}
				flow := flows[rnd.IntN(len(flows))]
				got, want := agent.Transaction{Flow: flow}, agent.Transaction{Flow: flow}
				all.classify(&got, r)
				newClassifier(f, "张样例").classify(&want, r)
				if (got.Payer == 0) != (want.Payer == 0) {
					t.Fatalf("row %d: payer %d, alone %d", i, got.Payer, want.Payer)
				}
				if want.Payer = got.Payer; got != want {
					t.Fatalf("row %d: %+v, alone %+v", i, got, want)
				}
			}
			if len(all.texts) != maxTexts {
				t.Errorf("%d texts are remembered: the test has too few", len(all.texts))
			}
		})
	}
}
