package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// The marked values. personal may be shown nowhere at all, kept in an answer to
// the lender and nowhere else, sealed neither outside the store nor in the clear.
var (
	personal = map[string]string{
		"name":                "金丝雀测试甲",
		"name in Latin":       "Zzcanary Birdwoman",
		"name in Uyghur form": "阿依金丝·卡那利",
		"name of rare signs":  "𠮷金丝雀㐂",
		"number":              "990101198804121017",
		"old number":          "990101900307123", // of somebody else
		"third number":        "990101199103081459",
		"phone":               "19900000471",
		"card":                "6299990000000004717",
		"second card":         "6299990000000004725",
		"basis":               "zzcanary-basis.471",
		"consent":             "zzcanary-consent.471",
		"e-mail":              "zzcanary@example.invalid",
		"nickname":            "金丝雀昵称",
		"counterparty":        "金丝雀对手样例行",
		"employer":            "金丝雀雇主有限公司",
		"note":                "金丝雀备注说明",
		"goods":               "金丝雀商品名目",
		"card alias":          "金丝雀卡别名",
		"order":               "ZZCANARYORDER471",
		"account number":      "629999047104710",
	}
	kept = map[string]string{
		"case":    "zzcanary-case-471",
		"account": "zzcanary-account-471",
	}
	sealed = map[string]string{
		"product":        "zzcanary-product-471",
		"source":         "zzcanary-source-471",
		"provider":       "zzcanary-provider-471",
		"lender of debt": "zzcanary-debt-471",
		"region":         "zzcanary-region-471",
		"fee":            "zzcanary-fee-471",
		"amount":         "471047104710",
	}
	// The platform's own reference of the case goes to the platform, under seal.
	reference = "zzcanary-reference-471"
)

type object = map[string]any

// canaryFile is a case that has every member of the format, with a marked
// value wherever the format takes a text.
func canaryFile(t testing.TB, purpose, id, number string, now time.Time) object {
	t.Helper()
	var doc, ground object
	read := func(b []byte, err error, v any) {
		if err == nil {
			err = json.Unmarshal(b, v)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "schema", "example.case.json"))
	read(b, err, &doc)
	// The legal ground of a borrower of the demonstration fits the world's registers.
	read(synthetic.Situations(now)[2].File, nil, &ground)
	doc["legal"] = ground["legal"]
	legal := doc["legal"].(object)
	legal["basis_ref"] = personal["basis"]
	consent := legal["consent"].(object)
	consent["id"], consent["purposes"] = personal["consent"], []any{"application", "overdue"}
	doc["case"] = object{"id": id, "reference": reference, "as_of": doc["case"].(object)["as_of"], "purpose": purpose, "recipient": synthetic.Recipient}

	subject := doc["subject"].(object)
	subject["name"], subject["number"], subject["phone"] = personal["name"], number, personal["phone"]
	subject["cards"] = []any{personal["card"], personal["second card"]}
	subject["payout"] = object{"number": personal["account number"], "holder": personal["name in Latin"]}
	evidence := doc["evidence"].(object)
	identity := evidence["identity"].(object)
	identity["name"], identity["number"] = personal["name"], number
	born := number[6:14]
	if len(number) == 15 {
		born = "19" + number[6:12]
	}
	identity["born_on"] = born[:4] + "-" + born[4:6] + "-" + born[6:]

	loan := doc["loan"].(object)
	loan["product"], loan["requested_fen"] = sealed["product"], 3_000_000
	loan["fees"].([]any)[0].(object)["kind"] = sealed["fee"]
	doc["answers"].(object)["items"].([]any)[0].(object)["provider"] = sealed["provider"]
	debts := evidence["liabilities"].(object)
	debts["region"] = sealed["region"]
	debts["obligations"].([]any)[0].(object)["lender"] = sealed["lender of debt"]
	amount, _ := strconv.Atoi(sealed["amount"])
	debts["obligations"].([]any)[0].(object)["balance_fen"] = amount
	debts["obligations"].([]any)[0].(object)["own"] = "no"
	report := evidence["credit_report"].(object)
	report["source"], report["own_balance_fen"], report["own_monthly_fen"] = sealed["source"], amount, 0
	statements := []any{}
	for _, format := range []string{"alipay", "wechat", "icbc", "cmb"} {
		statements = append(statements, object{"source": "borrower", "collected_at": evidence["identity"].(object)["collected_at"],
			"format": format, "account": kept["account"] + "-" + format, "inline": base64.StdEncoding.EncodeToString(canaryStatement(t, format))})
	}
	evidence["statements"] = statements
	return doc
}

// canaryStatement is a statement of one of the formats with a marked text in
// every column that takes one.
func canaryStatement(t testing.TB, format string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "agent", "statement", "testdata", format+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	gb := format == "alipay"
	if gb {
		if b, err = simplifiedchinese.GB18030.NewDecoder().Bytes(b); err != nil {
			t.Fatal(err)
		}
	}
	text := string(b)
	for _, r := range [][2]string{
		{"张样例", personal["name"]}, {"sample@example.invalid", personal["e-mail"]}, {"sa***@example.invalid", personal["e-mail"]},
		{`样例"乙"`, personal["nickname"]}, {"昵称", personal["nickname"]}, {"北坡面馆", personal["counterparty"]}, {"房东", personal["counterparty"]},
		{"样例制造有限公司", personal["employer"]}, {"样例快餐有限公司", personal["counterparty"]}, {"午餐", personal["goods"]}, {"订单", personal["goods"]},
		{"转账备注:微信转账", "转账备注:" + personal["note"]}, {"赞赏作者的收款", personal["note"]}, {"五月", personal["note"]}, {"供电", personal["goods"]},
		{"卡别名: 样例", "卡别名: " + personal["card alias"]}, {"A0001", personal["order"]}, {"B0001", personal["order"]}, {"W0001", personal["order"]},
		{"M0001", personal["order"]}, {"9999****0000", personal["account number"]}, {"9999000000000004", personal["card"]},
		{"李测四", personal["name in Uyghur form"]}, {"赵测一", personal["name of rare signs"]}, {"王试丁", personal["name in Latin"]},
		{"样例电商商家", personal["phone"]},
	} {
		text = strings.ReplaceAll(text, r[0], r[1])
	}
	if !gb {
		return []byte(text)
	}
	out, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// brokenFiles are case files in which marked values stand where they must not:
// of a wrong type, too long, under unknown members, twice, in broken JSON, in
// broken statements, in wrong encodings.
func brokenFiles(t testing.TB, good object) (all [][]byte) {
	t.Helper()
	// Not those that may stand as a reference: there they would be right.
	marks := slices.Sorted(maps.Values(personal))
	marks = slices.DeleteFunc(marks, func(v string) bool {
		return v == personal["basis"] || v == personal["consent"] || v == personal["order"] || v == personal["account number"]
	})
	next := 0
	mark := func() string { next++; return marks[next%len(marks)] }
	with := func(edit func(object)) {
		doc := clone(t, good).(object)
		edit(doc)
		all = append(all, marshal(t, doc))
	}

	// Every member, with values of every wrong kind.
	for _, path := range paths(good, nil) {
		for _, wrong := range []func() any{
			func() any { return mark() },
			func() any { return object{mark(): mark()} },
			func() any { return []any{mark(), []any{mark()}} },
			func() any { return strings.Repeat(mark()+" ", 40) },
			func() any { return mark() + "\x00" + mark() },
			func() any { return json.Number(personal["number"]) },
		} {
			with(func(doc object) { put(doc, path, wrong()) })
		}
	}
	// Unknown members, everywhere.
	for _, path := range objects(good, nil) {
		with(func(doc object) { put(doc, append(path, mark()), object{mark(): mark()}) })
	}
	text := string(marshal(t, good))
	raw := func(s string) { all = append(all, []byte(s)) }
	for _, v := range marks {
		raw(v)
		raw(v + text)
		raw(text + v)
		raw(text + text)
		raw(`{"version":1,"` + v + `":1,"` + v + `":2}`)
		raw(`{"version":` + v + `}`)
		raw(`{"subject":{"name":"` + v)
		raw(strings.Replace(text, `"version":1`, `"version":1,"version":"`+v+`"`, 1))
		if gb, err := simplifiedchinese.GB18030.NewEncoder().String(v); err == nil {
			raw(strings.Replace(text, personal["name"], gb, 1))
		}
		raw(strings.Replace(text, personal["name"], v+"\xff", 1))
		raw(strings.Replace(text, personal["name"], v+`\ud800`, 1))
		raw(strings.Repeat(`{"`+v+`":`, 200))
	}
	for at := 100; at < len(text); at += max(1, len(text)/60) {
		raw(text[:at])
	}
	raw("\xef\xbb\xbf" + text)
	raw(utf16LE(text))

	// Statements that are none, or broken at a marked value.
	for i, format := range []string{"alipay", "wechat", "icbc", "cmb"} {
		csv := string(canaryStatement(t, format))
		lines := strings.SplitAfter(csv, "\n")
		last := lines[len(lines)-2]
		for _, broken := range []string{
			personal["name"], `"` + personal["name"], csv + `"` + personal["note"], csv[:len(csv)/2] + "\x00" + personal["note"],
			strings.ReplaceAll(csv, ",", personal["note"]), strings.Replace(csv, "2026", personal["number"], -1), csv + strings.Repeat(personal["phone"]+",", 300) + "\n",
			csv + strings.Repeat(personal["note"], 200_000), utf16LE(csv), strings.ReplaceAll(csv, last, strings.ReplaceAll(last, ".", personal["card"])),
		} {
			for _, named := range []string{format, "cmb", ""} {
				with(func(doc object) {
					st := doc["evidence"].(object)["statements"].([]any)[i].(object)
					st["inline"] = base64.StdEncoding.EncodeToString([]byte(broken))
					if st["format"] = named; named == "" {
						delete(st, "format")
					}
				})
			}
		}
		for _, inline := range []string{csv, personal["name"], base64.StdEncoding.EncodeToString([]byte(csv)) + personal["phone"], "====" + personal["phone"]} {
			with(func(doc object) {
				doc["evidence"].(object)["statements"].([]any)[i].(object)["inline"] = inline
			})
		}
		with(func(doc object) {
			st := doc["evidence"].(object)["statements"].([]any)[i].(object)
			delete(st, "inline")
			st["file"] = personal["name"] + ".csv"
		})
	}
	return all
}

func utf16LE(s string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for _, r := range s {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}

func clone(t testing.TB, v any) (c any) {
	t.Helper()
	if err := json.Unmarshal(marshal(t, v), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// paths lists the members of a document; of a list the first element alone.
func paths(v any, at []string) (all [][]string) {
	switch v := v.(type) {
	case object:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			p := append(slices.Clone(at), k)
			all = append(all, p)
			all = append(all, paths(v[k], p)...)
		}
	case []any:
		if len(v) > 0 {
			p := append(slices.Clone(at), "0")
			all = append(all, p)
			all = append(all, paths(v[0], p)...)
		}
	}
	return all
}

// objects lists the objects among them.
func objects(v any, at []string) (all [][]string) {
	all = append(all, []string{})
	for _, p := range paths(v, at) {
		var d any = v
		for _, s := range p {
			switch x := d.(type) {
			case object:
				d = x[s]
			case []any:
				n, _ := strconv.Atoi(s)
				d = x[n]
			}
		}
		if _, ok := d.(object); ok {
			all = append(all, p)
		}
	}
	return all
}

func put(doc any, path []string, v any) {
	for i, s := range path {
		switch d := doc.(type) {
		case object:
			if i == len(path)-1 {
				d[s] = v
			}
			doc = d[s]
		case []any:
			n, _ := strconv.Atoi(s)
			if i == len(path)-1 {
				d[n] = v
			}
			doc = d[n]
		default:
			panic(fmt.Sprint("nothing at ", path))
		}
	}
}

// The canary has what the format has: a member that is new to the schema is
// planted too, or this fails.
func TestCanary_plantsEveryMember(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "schema", "case.v1.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]json.RawMessage
		Defs       map[string]struct {
			Properties map[string]json.RawMessage
		} `json:"$defs"`
	}
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for k := range schema.Properties {
		want[k] = true
	}
	for name, d := range schema.Defs {
		// What columns mean is the lender's word on a table, and nobody's data.
		if slices.Contains([]string{"column_map", "columns", "directions", "states", "kinds"}, name) {
			continue
		}
		for k := range d.Properties {
			want[k] = true
		}
	}
	delete(want, "reasons") // a list of recipients, empty here
	delete(want, "map")     // of columns, as above
	delete(want, "file")    // in the place of inline; the command line's cases have it
	good := canaryFile(t, "overdue", kept["case"], personal["number"], time.Now())
	for _, p := range paths(good, nil) {
		delete(want, p[len(p)-1])
	}
	if len(want) > 0 {
		t.Errorf("not planted: %v", slices.Sorted(maps.Keys(want)))
	}
	text := string(marshal(t, good))
	for _, format := range []string{"alipay", "wechat", "icbc", "cmb"} {
		b := canaryStatement(t, format)
		if format == "alipay" {
			b, _ = simplifiedchinese.GB18030.NewDecoder().Bytes(b)
		}
		text += string(b)
	}
	for _, list := range []map[string]string{personal, kept, sealed} {
		for what, v := range list {
			if what != "old number" && what != "third number" && !strings.Contains(text, v) {
				t.Errorf("the %s is not planted", what)
			}
		}
	}
}
