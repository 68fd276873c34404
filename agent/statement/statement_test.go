package statement

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/statement/statementtest"
)

var update = flag.Bool("update", false, "rewrite testdata/*.want; read the difference before keeping it")

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustRead(t testing.TB, b []byte, o Options) *agent.Statement {
	t.Helper()
	st, err := Read(bytes.NewReader(b), o)
	if err != nil {
		t.Fatal(err)
	}
	if st.Rows != int64(len(st.Transactions))+st.Refused {
		t.Fatalf("Rows = %d, want %d read + %d refused", st.Rows, len(st.Transactions), st.Refused)
	}
	return st
}

// TestRead_tellsEachRow holds the reader to a table of what each row of the
// fixtures is.
func TestRead_tellsEachRow(t *testing.T) {
	for _, name := range []string{"alipay", "wechat", "icbc", "cmb"} {
		t.Run(name, func(t *testing.T) {
			var refused strings.Builder
			st := mustRead(t, fixture(t, name+".csv"), Options{Owner: "张样例", Account: "a1",
				Refused: func(e Error) { fmt.Fprintf(&refused, "refused line %d %s\n", e.Line, e.Rule) }})
			if st.Account != "a1" {
				t.Errorf("Account = %q, want a1", st.Account)
			}
			got := dump(st) + refused.String()
			file := filepath.Join("testdata", name+".want")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(fixture(t, name+".want")); got != want {
				t.Errorf("Read(%s.csv) =\n%s\nwant\n%s", name, got, want)
			}
		})
	}
}

func TestRead_isTheSameHoweverTheInputArrives(t *testing.T) {
	for _, name := range []string{"alipay.csv", "wechat.csv", "icbc.csv", "cmb.csv"} {
		b := fixture(t, name)
		want := mustRead(t, b, Options{})
		for _, r := range []io.Reader{iotest.OneByteReader(bytes.NewReader(b)), iotest.DataErrReader(bytes.NewReader(b)),
			bytes.NewReader(bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")))} {
			got, err := Read(r, Options{})
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("Read(%s) differs by how it arrives (error %v)", name, err)
			}
		}
	}
}

// Without the holder's name a transfer to oneself stays a transfer: nothing
// that might be income is gained by leaving the name out.
func TestRead_withoutOwnerGainsNoIncome(t *testing.T) {
	for _, name := range []string{"alipay.csv", "wechat.csv", "icbc.csv", "cmb.csv"} {
		b := fixture(t, name)
		with, without := income(mustRead(t, b, Options{Owner: "张样例"})), income(mustRead(t, b, Options{}))
		if with != without {
			t.Errorf("%s: income %d with the owner's name, %d without", name, with, without)
		}
	}
}

func income(st *agent.Statement) (sum int64) {
	for _, t := range st.Transactions {
		if t.Kind.IsIncome() && t.Flow == agent.FlowIn && t.State == agent.StateSettled {
			sum += t.Amount
		}
	}
	return sum
}

func TestRead_findsWhatTheGeneratorMade(t *testing.T) {
	for _, g := range generators {
		t.Run(g.name, func(t *testing.T) {
			for seed := range uint64(20) {
				p := everything
				p.Seed = seed
				var b bytes.Buffer
				truth, err := g.write(&b, p)
				if err != nil {
					t.Fatal(err)
				}
				st := mustRead(t, b.Bytes(), Options{Format: g.name, Owner: "张样例"})
				if st.Rows != truth.Rows || st.Refused != 0 || len(st.Warnings) != 0 {
					t.Fatalf("seed %d: %d rows, %d refused, warnings %v; want %d, none, none", seed, st.Rows, st.Refused, st.Warnings, truth.Rows)
				}
				got, unsettled := map[agent.Kind]int64{}, int64(0)
				for _, x := range st.Transactions {
					if x.State == agent.StateSettled {
						got[x.Kind] += x.Amount
					} else {
						unsettled++
					}
				}
				if !reflect.DeepEqual(got, truth.Settled) || unsettled != truth.Unsettled {
					t.Errorf("seed %d: sums by kind %v and %d unsettled, want %v and %d", seed, got, unsettled, truth.Settled, truth.Unsettled)
				}
			}
		})
	}
}

var everything = statementtest.Profile{
	Owner: "张样例", Months: 6, Salary: 1_200_000, SalaryUntil: 20260501, Benefit: 180_000, HousingFund: 90_000, Receipts: 2_000_000,
	Spending: 600_000, Medical: 50_000, Repayment: 250_000, LoanIn: 300_000, Opening: 5_000_000,
}

var generators = []struct {
	name  string
	write func(io.Writer, statementtest.Profile) (statementtest.Truth, error)
}{
	{"alipay", statementtest.Alipay}, {"wechat", statementtest.WeChat}, {"icbc", statementtest.ICBC}, {"cmb", statementtest.CMB},
}

const cmbHead = "记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要\n"

const wechatHead = "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n"

func TestRead_refusesTheRowAndKeepsTheRest(t *testing.T) {
	const good = "2026-01-02 10:00:00,商户消费,样例,/,支出,¥1.00,零钱,支付成功,W,M,/\n"
	for _, c := range []struct{ name, row, rule string }{
		{"too few cells", "2026-01-02 10:00:00,商户消费\n", "row.cells"},
		{"too many cells", "2026-01-02 10:00:00,商户消费,样例,a,b,支出,¥1.00,零钱,支付成功,W,M,/\n", "row.cells"},
		{"a million cells in a line", strings.Repeat(",x", 1_000_000) + "\n", "row.long"},
		{"many cells", strings.Repeat("x,", 200) + "\n", "row.cells"},
		{"ten million bytes", strings.Repeat("x", 10_000_000) + "\n", "row.long"},
		{"open quotation mark", "2026-01-02 10:00:00,\"商户消费,样例,/,支出,¥1.00,零钱,支付成功,W,M,/\n", "row.quote"},
		{"NUL", "2026-01-02 10:00:00,商户\x00消费,样例,/,支出,¥1.00,零钱,支付成功,W,M,/\n", "row.encoding"},
		{"bytes of another encoding", "2026-01-02 10:00:00,\xc9\xcc\xbb\xa7,样例,/,支出,¥1.00,零钱,支付成功,W,M,/\n", "row.encoding"},
		{"no time", ",商户消费,样例,/,支出,¥1.00,零钱,支付成功,W,M,/\n", "row.time"},
		{"year 0000", "0000-01-02 10:00:00,商户消费,样例,/,支出,¥1.00,零钱,支付成功,W,M,/\n", "row.time"},
		{"year 9999", "9999-12-31 10:00:00,商户消费,样例,/,支出,¥1.00,零钱,支付成功,W,M,/\n", "row.time"},
		{"no such day", "2026-02-29 10:00:00,商户消费,样例,/,支出,¥1.00,零钱,支付成功,W,M,/\n", "row.time"},
		{"hour 24", "2026-01-02 24:00:00,商户消费,样例,/,支出,¥1.00,零钱,支付成功,W,M,/\n", "row.time"},
		{"no amount", "2026-01-02 10:00:00,商户消费,样例,/,支出,,零钱,支付成功,W,M,/\n", "row.amount"},
		{"no number", "2026-01-02 10:00:00,商户消费,样例,/,支出,NaN,零钱,支付成功,W,M,/\n", "row.amount"},
		{"a sign", "2026-01-02 10:00:00,商户消费,样例,/,支出,-1.00,零钱,支付成功,W,M,/\n", "row.amount"},
		{"an absurd amount", "2026-01-02 10:00:00,商户消费,样例,/,支出,¥99999999999999999999999999.00,零钱,支付成功,W,M,/\n", "row.amount"},
		{"a footer's prose", "以上为全部记录\n", "row.cells"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told []Error
			st := mustRead(t, []byte(wechatHead+good+c.row+good), Options{Refused: func(e Error) { told = append(told, e) }})
			if st.Rows != 3 || st.Refused != 1 || !slices.Contains(st.Warnings, c.rule) {
				t.Errorf("%d rows, %d refused, warnings %v; want 3, 1, %s", st.Rows, st.Refused, st.Warnings, c.rule)
			}
			if want := []Error{{Line: 3, Rule: c.rule}}; !slices.Equal(told, want) {
				t.Errorf("told of %v, want %v", told, want)
			}
		})
	}
}

func TestRead_refusesTheStatement(t *testing.T) {
	row := strings.Repeat("2026-01-02,CNY,1.00,1.00,账户结息,,\n", 10)
	for _, c := range []struct {
		name, in string
		o        Options
		want     Error
	}{
		{"empty", "", Options{}, Error{0, "header.missing"}},
		{"prose", "记账\n", Options{}, Error{0, "header.missing"}},
		{"no header near the top", strings.Repeat("记账\n", maxBanner) + cmbHead, Options{}, Error{0, "header.missing"}},
		{"UTF-16", "\xff\xfe\x01\x02", Options{}, Error{0, "encoding.unsupported"}},
		{"NUL at the top", "a\x00b", Options{}, Error{0, "encoding.unsupported"}},
		{"a damaged workbook", "PK\x03\x04rest", Options{}, Error{0, "xlsx.damaged"}},
		{"an old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Options{}, Error{0, "xlsx.encrypted"}},
		{"unknown format", cmbHead, Options{Format: "boc"}, Error{0, "format.unknown"}},
		{"another format", cmbHead, Options{Format: "icbc"}, Error{1, "format.differs"}},
		{"a column twice", "\n" + strings.Replace(cmbHead, "货币", "货币,交易金额", 1), Options{}, Error{2, "header.duplicate"}},
		{"too many rows", cmbHead + row, Options{MaxRows: 9}, Error{11, "rows.many"}},
		{"too many bytes", cmbHead + row, Options{MaxBytes: int64(len(cmbHead+row)) - 1}, Error{0, "size.large"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			st, err := Read(strings.NewReader(c.in), c.o)
			var e *Error
			if st != nil || !errors.As(err, &e) || *e != c.want {
				t.Errorf("Read = %v, %v; want nil, %v", st, err, &c.want)
			}
		})
	}
	for _, o := range []Options{{MaxRows: 10}, {MaxBytes: int64(len(cmbHead + row))}} {
		if _, err := Read(strings.NewReader(cmbHead+row), o); err != nil {
			t.Errorf("Read at the bound: %v", err)
		}
	}
}

func TestRead_passesOnTheReadersError(t *testing.T) {
	broken := errors.New("broken")
	for _, head := range []string{"", cmbHead + "2026-01-02,CNY"} {
		st, err := Read(io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)), Options{})
		if st != nil || !errors.Is(err, broken) {
			t.Errorf("Read = %v, %v; want the reader's error", st, err)
		}
	}
}

// A quoted cell may go over lines, but never over the beginning of a row.
func TestRead_joinsQuotedLines(t *testing.T) {
	row := func(item string) string {
		return "2026-01-02 10:00:00,商户消费,样例," + item + ",支出,¥1.00,零钱,支付成功,W,M,/\n"
	}
	for _, c := range []struct {
		name, rows string
		read       int
		refused    []Error
	}{
		{"two lines", row("\"a\n\"\"b\"\"\"") + row("/"), 2, nil},
		{"to the next row only", row("\"a\nb") + row("/"), 1, []Error{{2, "row.quote"}}},
		{"to the end", row("/") + "2026-01-02 10:00:00,\"a\nb\n", 1, []Error{{3, "row.quote"}}},
		{"too many lines", row("\"a"+strings.Repeat("\nb", 14)) + row("/"), 1, []Error{{2, "row.quote"}}},
		{"too long", row("\"a\n"+strings.Repeat("b", maxLine-8)) + row("/"), 1, []Error{{2, "row.long"}}},
		{"far too long", row("\"a\n"+strings.Repeat("b", 2*maxLine)) + row("/"), 1, []Error{{2, "row.long"}}},
		{"wrong bytes", row("\"a\n\xff\"") + row("/"), 1, []Error{{2, "row.encoding"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told []Error
			st := mustRead(t, []byte(wechatHead+c.rows), Options{Refused: func(e Error) { told = append(told, e) }})
			if len(st.Transactions) != c.read || !slices.Equal(told, c.refused) {
				t.Errorf("read %d, refused %v; want %d, %v", len(st.Transactions), told, c.read, c.refused)
			}
		})
	}
}

func TestRows_endsWithYieldsError(t *testing.T) {
	stop := errors.New("stop")
	n := 0
	st, err := Rows(bytes.NewReader(fixture(t, "cmb.csv")), Options{}, func(agent.Transaction) error {
		if n++; n == 3 {
			return stop
		}
		return nil
	})
	if st != nil || err != stop || n != 3 {
		t.Errorf("Rows = %v, %v after %d rows; want nil, stop, 3", st, err, n)
	}
}

func TestError_namesLineAndRule(t *testing.T) {
	for e, want := range map[Error]string{
		{Rule: "header.missing"}:         "read statement: header.missing",
		{Line: 12, Rule: "row.encoding"}: "read statement: line 12: row.encoding",
	} {
		if got := e.Error(); got != want {
			t.Errorf("Error = %q, want %q", got, want)
		}
	}
}

// No error tells what was in the file, however it is printed.
func TestError_carriesNoValue(t *testing.T) {
	const canary = "金丝雀"
	for _, in := range []string{
		canary, wechatHead + canary + "\n", strings.Replace(cmbHead, "货币", "货币,交易金额", 1) + canary,
		cmbHead + "2026-01-02,CNY," + canary + ",1.00,账户结息,,\n", "\xff\xfe" + canary,
	} {
		o := Options{MaxRows: 1, Refused: func(e Error) {
			if strings.Contains(fmt.Sprintf("%+v %v", e, &e), canary) {
				t.Errorf("refusal carries a value")
			}
		}}
		if _, err := Read(strings.NewReader(in), o); err != nil && strings.Contains(fmt.Sprintf("%+v", err), canary) {
			t.Errorf("error carries a value")
		}
	}
}
