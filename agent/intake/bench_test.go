package intake

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// light is the case of the light profile: ten records, twelve months, ten
// obligations, no statements; in one line, as machines write it.
func light(t testing.TB) []byte {
	v := tree(t, readFile(t, "testdata/good/full.json"))
	remove(t, v, "/evidence/statements")
	remove(t, v, "/evidence/device_log")
	remove(t, v, "/evidence/contact_log")
	remove(t, v, "/claim")
	remove(t, v, "/proofs")
	c, _ := at(t, v, "/evidence/liabilities/obligations")
	var debts []any
	for i := range 10 {
		debts = append(debts, map[string]any{"kind": "card", "lender": fmt.Sprintf("L%02d", i), "balance_fen": 350000 + i, "monthly_fen": 35000, "since": "2021-06-01"})
	}
	c.(map[string]any)["obligations"] = debts
	b := marshal(t, v)
	f, err := Parse(b, options(t))
	if err != nil || len(f.Collected) != 10 {
		t.Fatalf("%d records, %v", len(f.Collected), err)
	}
	return b
}

func BenchmarkParse_light(b *testing.B) {
	src := light(b)
	o := Options{Now: clock}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(src, o); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse_statement(b *testing.B) {
	var csv strings.Builder
	csv.WriteString("记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要\n")
	for i := range 600 {
		fmt.Fprintf(&csv, "2025-%02d-%02d,CNY,-%d.00,%d.00,快捷支付,某某商户,午餐\n", i/50+1, i%28+1, i+1, 900000-i)
	}
	v := tree(b, readFile(b, "testdata/good/full.json"))
	c, _ := at(b, v, "/evidence/statements")
	c.(map[string]any)["statements"] = c.(map[string]any)["statements"].([]any)[:1]
	set(b, v, "/evidence/statements/0/inline", base64.StdEncoding.EncodeToString([]byte(csv.String())))
	src := marshal(b, v)
	o := Options{Now: clock}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(src, o); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHandler_light(b *testing.B) {
	src := light(b)
	o := API{Verifier: verifier(answer), Token: token}
	h := Handler(o)
	b.ReportAllocs()
	for b.Loop() {
		w := discard{}
		h.ServeHTTP(w, post(bytes.NewReader(src)))
	}
}

// discard is a client that reads nothing.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}
