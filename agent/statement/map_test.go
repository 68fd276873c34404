package statement

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yanmen/yanmen/agent"
)

func named(s string) Column { return Column{Name: s} }

// cmbMap says of the columns of CMB's form what the reader knows of them.
var cmbMap = Map{Columns: Columns{Time: named("记账日期"), Amount: named("交易金额"), Balance: named("联机余额"), Party: named("对手信息"),
	Summary: named("交易摘要"), Note: named("客户摘要"), Currency: named("货币")}}

// A known table that is declared is read as it is known.
func TestRead_byMapSaysWhatTheFormatSays(t *testing.T) {
	b := fixture(t, "cmb.csv")
	o := Options{Owner: "张样例", Account: "a"}
	want := dump(mustRead(t, b, o))
	o.Map = &cmbMap
	got := mustRead(t, b, o)
	if got.Format != "map" {
		t.Errorf("format %s, want map", got.Format)
	}
	got.Format = "cmb"
	if dump(got) != want {
		t.Errorf("by map\n%s\nas known\n%s", dump(got), want)
	}
	byNumber := cmbMap
	byNumber.HeaderRow = 1
	for i, c := range []*Column{&byNumber.Columns.Time, &byNumber.Columns.Currency, &byNumber.Columns.Amount, &byNumber.Columns.Balance,
		&byNumber.Columns.Summary, &byNumber.Columns.Party, &byNumber.Columns.Note} {
		*c = Column{Number: i + 1}
	}
	byNumber.HeaderRow = 0
	o.Map = &byNumber
	_, rest, _ := bytes.Cut(b, []byte("\n")) // rows from the top
	got = mustRead(t, rest, o)
	if got.Format = "cmb"; strings.ReplaceAll(dump(got), "row.time", "") != strings.ReplaceAll(want, "row.time", "") {
		t.Errorf("by number\n%s\nas known\n%s", dump(got), want)
	}
}

func TestRead_byMap(t *testing.T) {
	signed := Columns{Time: Column{Number: 1}, Amount: Column{Number: 2}}
	full := Map{
		Columns: Columns{Time: named("日期"), Clock: named("时刻"), Amount: named("金额（元）"), Direction: named("借贷"), Balance: named("余额"), Party: named("对方"),
			Summary: named("摘要"), State: named("状态"), Serial: named("流水号")},
		Directions: map[string]agent.Flow{"贷": agent.FlowIn, "借": agent.FlowOut},
		States:     map[string]agent.State{"成功": agent.StateSettled, "失败": agent.StateFailed},
		Kinds:      map[string]agent.Kind{"薪代": agent.KindSalary, "结算款": agent.KindReceipt, "扣息": agent.KindRepayment},
	}
	const head = "日期,时刻,金额(元),借贷,余额,对方,摘要,状态,流水号\n"
	for _, c := range []struct {
		name, in string
		m        Map
		want     string // the rows as text, without what is unknown; refusals
	}{
		{"plain", "2026-01-02,1.00\n2026-01-03,-2.50\n", Map{Columns: signed}, "01-02T00:00:00 in 100; 01-03T00:00:00 out 250"},
		{"positive is out", "2026-01-02,1.00\n2026-01-03,-2.50\n", Map{Columns: signed, Positive: "out"}, "01-02T00:00:00 out 100; 01-03T00:00:00 in 250"},
		{"semicolons", "2026-01-02;\"1,000.00\"\n", Map{Columns: signed, Delimiter: "semicolon"}, "01-02T00:00:00 in 100000"},
		{"tabs", "2026-01-02\t1.00\t\tx\n", Map{Columns: signed, Delimiter: "tab"}, "01-02T00:00:00 in 100"},
		{"the other delimiter", "2026-01-02;1.00\n", Map{Columns: signed}, "refused 1 row.cells"},
		{"day first", "03/01/2026 10:11,1.00\n", Map{Columns: signed, Date: "dmy"}, "01-03T10:11:00 in 100"},
		{"month first", "03.01.2026,1.00\n", Map{Columns: signed, Date: "mdy"}, "03-01T00:00:00 in 100"},
		{"Chinese", "2026年1月2日10:11:12,1.00\n", Map{Columns: signed}, "01-02T10:11:12 in 100"},
		{"all digits", "20260102101112,1.00\n20260103,1.00\n20260104 101112,1.00\n", Map{Columns: signed}, "01-02T10:11:12 in 100; 01-03T00:00:00 in 100; 01-04T10:11:12 in 100"},
		{"another order", "13/01/2026,1.00\n2026-01-13,1\n", Map{Columns: signed, Date: "mdy"}, "refused 1 row.time; refused 2 row.time"},
		{"mixed marks", "2026-01/02,1.00\n2026年01-02,1.00\n2026月01月02,1.00\n", Map{Columns: signed}, "refused 1 row.time; refused 2 row.time; refused 3 row.time"},
		{"no such time", "2026-01-02 25:61:00,1.00\n", Map{Columns: signed}, "refused 1 row.time"},
		{"in and out", "2026-01-02,1.00,\n2026-01-03,,2.00\n2026-01-04,1.00,2.00\n2026-01-05,-1.00,\n", Map{Columns: Columns{Time: Column{Number: 1}, In: Column{Number: 2}, Out: Column{Number: 3}}},
			"01-02T00:00:00 in 100; 01-03T00:00:00 out 200; refused 3 row.amount; refused 4 row.amount"},
		{"everything", "某银行\n户名：张样例\n" + head + "2026-01-02,100102,9000.00,贷,9000.00,样例公司,薪代,成功,1\n2026-01-03,10:00,10.00,借,8990.00,样例公司,薪代,成功,2\n" +
			"2026-01-04,,10.00,贷,9000.00,李测四,薪代,成功,3\n2026-01-05,,5.00,冲,,某,没有,没有,4\n合计,,9020.00\n",
			full, "01-02T10:01:02 in 900000 salary; 01-03T10:00:00 out 1000; 01-04T00:00:00 in 1000; 01-05T00:00:00 unknown 500 state unknown"},
		{"both clocks", head + "2026-01-02 10:00,100102,9000.00,贷,,,薪代,成功,1\n", full, "refused 2 row.time"},
		{"a sign beside a direction", head + "2026-01-02,,-1.00,贷,,,薪代,成功,1\n", full, "refused 2 row.amount"},
		{"a declared kind the wrong way", head + "2026-01-02,,1.00,贷,,,扣息,成功,1\n2026-01-02,,1.00,借,,,结算款,成功,2\n", full, "01-02T00:00:00 in 100; 01-02T00:00:00 out 100"},
		{"a banner's word in a name", head + "2026-01-02,,1.00,贷,,姓名：某,,成功,1\n02/01/2026,,1.00,贷,,姓名：某,,成功,2\n", full, "01-02T00:00:00 in 100; refused 3 row.time"},
		{"an open quotation mark", "03/01/2026,\"1.00\n04/01/2026,1.00\n05/01/2026,1.00\n", Map{Columns: signed, Date: "dmy"}, "01-04T00:00:00 in 100; 01-05T00:00:00 in 100; refused 1 row.quote"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if member, _ := c.m.Check(); member != "" {
				t.Fatalf("the map is wrong at %s", member)
			}
			gb, err := simplifiedchinese.GB18030.NewEncoder().String(c.in)
			if err != nil {
				t.Fatal(err)
			}
			for encoding, in := range map[string]string{"": c.in, "utf-8": c.in, "gb18030": gb} {
				c.m.Encoding = encoding
				var refused []string
				st := mustRead(t, []byte(in), Options{Map: &c.m, Owner: "张样例", Refused: func(e Error) { refused = append(refused, fmt.Sprintf("refused %d %s", e.Line, e.Rule)) }})
				var got []string
				for _, x := range st.Transactions {
					s := fmt.Sprintf("%s %s %d", strings.Replace(dumpTime(x.At), " ", "T", 1), flowNames[x.Flow], x.Amount)
					if x.Kind != agent.KindUnknown && c.name != "in and out" {
						s += " " + x.Kind.String()
					}
					if x.State != agent.StateSettled {
						s += " state " + stateNames[x.State]
					}
					got = append(got, strings.TrimPrefix(s, "2026-"))
				}
				if s := strings.Join(append(got, refused...), "; "); s != c.want {
					t.Errorf("%q: read\n%s\nwant\n%s", encoding, s, c.want)
				}
			}
		})
	}
}

func TestRead_refusesTheTableThatTheMapDoesNotFit(t *testing.T) {
	good := Map{Columns: Columns{Time: named("a"), Amount: named("b")}}
	for _, c := range []struct {
		name, in string
		o        Options
		want     Error
	}{
		{"no such column", "a,c\n2026-01-02,1\n", Options{Map: &good}, Error{0, "header.missing"}},
		{"a column twice", "a,b,b\n", Options{Map: &good}, Error{1, "header.duplicate"}},
		{"a column for two things", "a,b\n", Options{Map: &Map{Columns: Columns{Time: named("a"), Amount: named("b"), Note: Column{Number: 2}}}}, Error{1, "header.duplicate"}},
		{"the header is elsewhere", "a,b\nx\n", Options{Map: &Map{HeaderRow: 2, Columns: good.Columns}}, Error{0, "header.missing"}},
		{"a map without columns", "a,b\n", Options{Map: &Map{}}, Error{0, "map.invalid"}},
		{"a map and a format", "a,b\n", Options{Map: &good, Format: "cmb"}, Error{0, "map.invalid"}},
	} {
		st, err := Read(strings.NewReader(c.in), c.o)
		var e *Error
		if st != nil || !errors.As(err, &e) || *e != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, &c.want)
		}
	}
}

func TestMap_saysWhereItIsWrong(t *testing.T) {
	time, amount := named("a"), named("b")
	in := map[string]agent.Flow{"x": agent.FlowIn}
	for want, list := range map[string][]Map{
		"":                  {{Columns: Columns{Time: time, Amount: amount}}, {Columns: Columns{Time: time, In: amount, Out: named("c")}, Date: "dmy", Delimiter: "tab"}},
		"columns/time":      {{}, {Columns: Columns{Amount: amount}}},
		"columns":           {{Columns: Columns{Time: time}}, {Columns: Columns{Time: time, In: amount}}, {Columns: Columns{Time: time, Amount: amount, Out: named("c")}}, {Columns: Columns{Time: time, Amount: time}}, {Columns: Columns{Time: time, Amount: Column{Number: 65}}}, {Columns: Columns{Time: time, Amount: Column{Number: -1}}}, {Columns: Columns{Time: time, Amount: Column{Name: "b", Number: 2}}}, {Columns: Columns{Time: time, Amount: named(" ")}}, {Columns: Columns{Time: time, Amount: named(strings.Repeat("b", 193))}}},
		"columns/direction": {{Columns: Columns{Time: time, In: amount, Out: named("c"), Direction: named("d")}, Directions: in}},
		"directions":        {{Columns: Columns{Time: time, Amount: amount}, Directions: in}, {Columns: Columns{Time: time, Amount: amount, Direction: named("d")}}},
		"states":            {{Columns: Columns{Time: time, Amount: amount, State: named("d")}}},
		"kinds":             {{Columns: Columns{Time: time, Amount: amount}, Kinds: map[string]agent.Kind{"x": agent.KindSalary}}},
		"positive":          {{Columns: Columns{Time: time, Amount: amount}, Positive: "x"}, {Columns: Columns{Time: time, In: amount, Out: named("c")}, Positive: "in"}},
		"date":              {{Columns: Columns{Time: time, Amount: amount}, Date: "x"}},
		"encoding":          {{Columns: Columns{Time: time, Amount: amount}, Encoding: "x"}},
		"delimiter":         {{Columns: Columns{Time: time, Amount: amount}, Delimiter: "x"}},
		"header_row":        {{Columns: Columns{Time: time, Amount: amount}, HeaderRow: 201}, {Columns: Columns{Time: time, Amount: amount}, HeaderRow: -1}},
		"sheet":             {{Columns: Columns{Time: time, Amount: amount}, Sheet: 65}, {Columns: Columns{Time: time, Amount: amount}, Sheet: -1}},
	} {
		for i, m := range list {
			if got, remedy := m.Check(); got != want || (remedy == "") != (want == "") {
				t.Errorf("%s %d: wrong at %q, remedy %q", want, i, got, remedy)
			}
		}
	}
}

func TestRead_warnsOfSignsOfEditing(t *testing.T) {
	const alipayHead = "交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,\n"
	serial := func(s string) string { return "4200001234" + s + "0000000001" }
	wechat := func(day, kind, flow, serial string) string {
		return "2026-01-" + day + " 10:00:00," + kind + ",样例,/," + flow + ",¥1.00,零钱,支付成功," + serial + "\t,M,/\n"
	}
	alipay := func(day, kind, serial string) string {
		return "2026-01-" + day + " 10:00:00," + kind + ",样例,/,x,支出,1.00,余额,交易成功," + serial + "\t,B,,\n"
	}
	for _, c := range []struct{ name, in, want string }{
		{"serials of their days", wechatHead + wechat("03", "商户消费", "支出", serial("20260103")) + wechat("02", "商户消费", "支出", serial("20260102")), ""},
		{"around midnight", wechatHead + wechat("03", "商户消费", "支出", serial("20260104")) + wechat("02", "商户消费", "支出", serial("20260101")), ""},
		{"a serial of a later day", wechatHead + wechat("03", "商户消费", "支出", serial("20260105")), "serial.date_differs"},
		{"a serial of long before", wechatHead + wechat("30", "商户消费", "支出", serial("20260101")), "serial.date_differs"},
		{"a refund's", wechatHead + wechat("30", "商户消费-退款", "收入", serial("20260101")), ""},
		{"no day", wechatHead + wechat("30", "商户消费", "支出", serial("20261399")), ""},
		{"one serial twice", wechatHead + wechat("03", "商户消费", "支出", serial("20260103")) + wechat("03", "商户消费", "支出", serial("20260103")), "serial.duplicate"},
		{"one serial in and out", wechatHead + wechat("03", "商户消费", "支出", serial("20260103")) + wechat("03", "二维码收款", "收入", serial("20260103")), ""},
		{"one serial of payment and refund", wechatHead + wechat("03", "商户消费", "收入", serial("20260103")) + wechat("03", "商户消费-退款", "收入", serial("20260103")), ""},
		{"masked serials", wechatHead + wechat("03", "商户消费", "支出", "2026xxxxxxxxxxxxxxxxxxxxxx88") + wechat("03", "商户消费", "支出", "2026xxxxxxxxxxxxxxxxxxxxxx88"), ""},
		{"rounded serials", wechatHead + wechat("03", "商户消费", "支出", "4.20000123420260E+27") + wechat("03", "商户消费", "支出", "4.20000123420260E+27"), ""},
		{"Alipay: paid on arrival", alipayHead + alipay("30", "日用百货", "2025112022001400000000000001"), ""},
		{"Alipay: long before", alipayHead + alipay("30", "日用百货", "2025102022001400000000000001"), "serial.date_differs"},
		{"Alipay: a later day", alipayHead + alipay("01", "日用百货", "2026010322001400000000000001"), "serial.date_differs"},
		{"after the export", "导出时间：[2026-01-02 09:00:00]\n" + wechatHead + wechat("02", "商户消费", "支出", "/"), "time.later"},
		{"before the export", "导出时间：[2026-01-02 10:00:00]\n" + wechatHead + wechat("02", "商户消费", "支出", "/"), ""},
		{"exported that day", "导出时间：2026-01-02\n" + wechatHead + wechat("02", "商户消费", "支出", "/"), ""},
		{"a weekend and a holiday", wechatHead + wechat("04", "商户消费", "支出", "/") + wechat("01", "商户消费", "支出", "/"), ""},
		{"25:61", wechatHead + "2026-01-02 25:61:00,商户消费,样例,/,支出,¥1.00,零钱,支付成功,W,M,/\n", "row.time time.impossible"},
		{"no time", wechatHead + "2026-01-02 noon,商户消费,样例,/,支出,¥1.00,零钱,支付成功,W,M,/\n", "row.time"},
		{"a part of a fen", wechatHead + "2026-01-02 10:00:00,商户消费,样例,/,支出,¥1.005,零钱,支付成功,W,M,/\n", "amount.decimals row.amount"},
		{"no amount", wechatHead + "2026-01-02 10:00:00,商户消费,样例,/,支出,¥1.0x5,零钱,支付成功,W,M,/\n", "row.amount"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(mustRead(t, []byte(c.in), Options{}).Warnings, " "); got != c.want {
				t.Errorf("warnings %q, want %q", got, c.want)
			}
		})
	}
}

// Each rule that refuses a statement has a remedy, and none has a value in it.
func TestError_hasARemedy(t *testing.T) {
	for _, rule := range slices.Sorted(maps.Keys(remedies)) {
		if e := (&Error{Rule: rule}); e.Remedy() == "" || strings.Contains(e.Remedy(), "%") {
			t.Errorf("%s has no remedy", rule)
		}
	}
	if (&Error{Rule: "row.cells"}).Remedy() != "" {
		t.Error("a row has a remedy")
	}
}

// FuzzMapped reads whatever bytes by maps of every sort.
func FuzzMapped(f *testing.F) {
	f.Add([]byte("日期,金额,方向\n2026-01-02,1.00,入\n"), "ymd", "comma")
	f.Add([]byte("02/01/2026 10:11;\"1,000.00\";入\n"), "dmy", "semicolon")
	f.Add([]byte("2026年1月2日\t-1\t出\n"), "", "tab")
	f.Fuzz(func(t *testing.T, b []byte, date, delimiter string) {
		for _, c := range []Columns{
			{Time: Column{Number: 1}, Amount: Column{Number: 2}},
			{Time: named("日期"), Amount: named("金额"), Direction: named("方向")},
			{Time: Column{Number: 2}, Clock: Column{Number: 1}, In: Column{Number: 3}, Out: Column{Number: 4}, Serial: Column{Number: 5}},
		} {
			m := Map{Columns: c, Date: date, Delimiter: delimiter}
			if c.Direction.is() {
				m.Directions = map[string]agent.Flow{"入": agent.FlowIn, "出": agent.FlowOut}
			}
			holdPromises(t, b, Options{Map: &m})
		}
	})
}
