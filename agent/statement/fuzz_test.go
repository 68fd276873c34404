package statement

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// FuzzRead holds whatever bytes to what Read promises of every statement. Run it
// with -fuzzminimizetime=20x: by default the fuzzer spends its time on making
// one long statement shorter.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"alipay.csv", "wechat.csv", "icbc.csv", "cmb.csv"} {
		f.Add(fixture(f, name), "张样例")
	}
	// Short inputs too: the fuzzer changes them faster and to more effect.
	for _, name := range []string{"wechat.csv", "icbc.csv", "cmb.csv"} {
		all := bytes.SplitAfter(fixture(f, name), []byte("\n"))
		head := slices.IndexFunc(all, func(l []byte) bool {
			return bytes.Contains(l, []byte("日期,")) || bytes.HasPrefix(l, []byte("交易时间,"))
		})
		for i := head + 1; i < len(all); i += 5 {
			f.Add(slices.Concat(all[head], all[i]), "张样例")
		}
	}
	f.Add([]byte(cmbHead+"2026-01-02,CNY,\"-1,000.00\",1,转账汇款,\"张\n样例\",\n"), "")
	f.Add([]byte(wechatHead+"\"2026-01-02 10:00:00\",转账,\"a\"\"b,/,收入,¥1,/,已收钱,\n"), "a\"b")
	f.Fuzz(func(t *testing.T, b []byte, owner string) {
		holdPromises(t, b, Options{Owner: owner})
	})
}

// holdPromises reads bytes and holds the result to what Read promises.
func holdPromises(t *testing.T, b []byte, o Options) {
	t.Helper()
	refused := int64(0)
	o.MaxRows, o.MaxBytes = 1000, 1<<20
	o.Refused = func(e Error) {
		refused++
		if e.Line < 1 || e.Rule == "" {
			t.Errorf("refusal %+v names no line or rule", e)
		}
	}
	st, err := Read(bytes.NewReader(b), o)
	if err != nil {
		var e *Error
		if st != nil || !errors.As(err, &e) || e.Rule == "" {
			t.Fatalf("Read = %v, %v; want nil and an *Error", st, err)
		}
		return
	}
	if st.Rows != int64(len(st.Transactions))+st.Refused || st.Refused != refused || st.Rows > o.MaxRows {
		t.Errorf("%d rows, %d read, %d refused, %d told", st.Rows, len(st.Transactions), st.Refused, refused)
	}
	if !slices.IsSorted(st.Warnings) || len(slices.Compact(slices.Clone(st.Warnings))) != len(st.Warnings) {
		t.Errorf("warnings %v are not sorted and single", st.Warnings)
	}
	for i, x := range st.Transactions {
		if x.Amount < 0 || x.Amount > maxFen || x.At < 631123200 /* 1990 */ {
			t.Errorf("row %d: amount %d at %d", i, x.Amount, x.At)
		}
		if x.Kind.IsIncome() && x.Flow != agent.FlowIn {
			t.Errorf("row %d: %v does not come in", i, x.Kind)
		}
	}
	again, err := Read(bytes.NewReader(b), o)
	if err != nil || !reflect.DeepEqual(st, again) {
		t.Errorf("reading again differs")
	}
}

// FuzzSplit holds the splitter of cells to never losing its place.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", ",", `"`, `""`, `"a",b`, `"a""b" ,c`, `"a"b",c`, ` "x	",`, `"",""`, "a\"b\",c"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		before := bytes.Clone(line)
		cells, rule := split(line, ',', nil)
		if !bytes.Equal(line, before) {
			t.Errorf("split changed its input")
		}
		if rule == "" && len(cells) == 0 || len(cells) > maxCells || len(cells) > bytes.Count(line, []byte(","))+1 {
			t.Errorf("split(%q) = %d cells, %q", line, len(cells), rule)
		}
	})
}
