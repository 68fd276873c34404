package statement

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// book writes workbooks for tests, as spreadsheet programs do or as they never
// would. Parts that are set stand instead of the usual ones; "" leaves one out.
type book struct {
	sheets []string          // content of worksheet
	states []string          // of each sheet: "" or hidden
	parts  map[string]string // by name
	main   string            // attributes and elements at the beginning of workbook
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

func (k book) bytes(t testing.TB) []byte {
	t.Helper()
	parts := map[string]string{
		"[Content_Types].xml": `<Types/>`,
		"_rels/.rels":         `<Relationships><Relationship Id="rId1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/styles.xml": `<styleSheet><numFmts count="2"><numFmt numFmtId="166" formatCode="\¥#,##0.00"/><numFmt numFmtId="167" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts>` +
			`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="166"/><xf numFmtId="167"/><xf numFmtId="21"/></cellXfs></styleSheet>`,
	}
	sheets, links := "", `<Relationship Id="s" Type="http://x/styles" Target="styles.xml"/><Relationship Id="t" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/>`
	for i, s := range k.sheets {
		state := ""
		if i < len(k.states) && k.states[i] != "" {
			state = ` state="` + k.states[i] + `"`
		}
		sheets += fmt.Sprintf(`<sheet name="s%d" sheetId="%d"%s r:id="r%d"/>`, i, i+1, state, i)
		links += fmt.Sprintf(`<Relationship Id="r%d" Type="http://x/worksheet" Target="worksheets/sheet%d.xml"/>`, i, i)
		parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", i)] = `<worksheet>` + s + `</worksheet>`
	}
	parts["xl/workbook.xml"] = `<workbook>` + k.main + `<sheets>` + sheets + `</sheets></workbook>`
	parts["xl/_rels/workbook.xml.rels"] = `<Relationships>` + links + `</Relationships>`
	parts["xl/sharedStrings.xml"] = `<sst/>`
	for name, s := range k.parts {
		parts[name] = s
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	names := []string{}
	for name, s := range parts {
		if s != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, xmlHead+parts[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// textCell writes a cell with its text inside.
func textCell(s string) string {
	return `<c t="inlineStr"><is><t>` + escape.Replace(s) + `</t></is></c>`
}

// rows writes a sheet of ready cells.
func rows(list ...[]string) string {
	var b strings.Builder
	b.WriteString("<sheetData>")
	for _, cells := range list {
		b.WriteString("<row>" + strings.Join(cells, "") + "</row>")
	}
	return b.String() + "</sheetData>"
}

func texts(cells ...string) []string {
	for i, c := range cells {
		cells[i] = textCell(c)
	}
	return cells
}

// asBook makes a workbook of a CSV statement in UTF-8, as WeChat's own export
// is made: texts are shared, blank cells are left out, amounts are numbers with
// the sign of the currency in their style.
func asBook(t testing.TB, text []byte) []byte {
	t.Helper()
	var shared, sheet strings.Builder
	index := map[string]int{}
	sheet.WriteString(`<sheetViews/><sheetData>`)
	for n, line := range bytes.Split(bytes.TrimPrefix(text, []byte("\ufeff")), []byte("\n")) {
		r := csv.NewReader(bytes.NewReader(line))
		r.LazyQuotes = true
		cells, err := r.Read()
		if err != nil {
			continue
		}
		fmt.Fprintf(&sheet, `<row r="%d" spans="1:11">`, n+1)
		for i, c := range cells {
			ref := fmt.Sprintf(`r="%c%d"`, 'A'+i, n+1)
			if yuan, ok := strings.CutPrefix(c, "¥"); ok && len(cells) == 11 {
				fmt.Fprintf(&sheet, `<c %s s="2"><v>%s</v></c>`, ref, strings.ReplaceAll(yuan, ",", ""))
				continue
			}
			if c == "" {
				fmt.Fprintf(&sheet, `<c %s s="1"/>`, ref)
				continue
			}
			at, ok := index[c]
			if !ok {
				at = len(index)
				index[c] = at
				fmt.Fprintf(&shared, `<si><r><t>%s</t></r><r><t xml:space="preserve"></t></r><rPh><t>pinyin</t></rPh></si>`, escape.Replace(c))
			}
			fmt.Fprintf(&sheet, `<c %s t="s"><v>%d</v></c>`, ref, at)
		}
		sheet.WriteString(`</row>`)
	}
	sheet.WriteString(`</sheetData><mergeCells><mergeCell ref="A1:K1"/></mergeCells>`)
	return book{sheets: []string{sheet.String()}, parts: map[string]string{
		"xl/sharedStrings.xml": `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` + shared.String() + `</sst>`}}.bytes(t)
}

// The same statement as text and as a workbook is the same statement.
func TestRead_workbookSaysWhatTheTextSays(t *testing.T) {
	var b bytes.Buffer
	if _, err := generators[1].write(&b, everything); err != nil {
		t.Fatal(err)
	}
	o := Options{Owner: "张样例", Account: "a"}
	want, got := mustRead(t, b.Bytes(), o), mustRead(t, asBook(t, b.Bytes()), o)
	if dump(got) != dump(want) || got.Format != "wechat" || len(got.Transactions) < 300 {
		t.Errorf("the workbook says\n%.2000s\nthe text\n%.2000s", dump(got), dump(want))
	}
}

var wechatRow = func(amount string) []string {
	return append(append(texts("2026-01-02 10:00:00", "二维码收款", "样例", "/", "收入"), amount), texts("零钱", "已收钱", "W", "M", "/")...)
}

func wechatHeader() []string {
	return texts(strings.Split(strings.TrimSpace(wechatHead), ",")...)
}

func TestRead_readsCellsOfAWorkbookStrictly(t *testing.T) {
	for _, c := range []struct {
		name, cell string
		fen        int64 // -1: refused by rule
		rule       string
	}{
		{"number", `<c><v>12.5</v></c>`, 1250, ""},
		{"number as stored", `<c s="2"><v>548.58000000000004</v></c>`, 54858, ""},
		{"number with exponent", `<c t="n"><v>7.0000000000000007E-2</v></c>`, 7, ""},
		{"text", textCell("¥1,234.50"), 123450, ""},
		{"text in pieces", `<c t="inlineStr"><is><r><t>1</t></r><r><t>2</t></r><rPh><t>9</t></rPh></is></c>`, 1200, ""},
		{"characters of XML", `<c><v>1<![CDATA[2]]>&#51;</v></c>`, 12300, ""},
		{"a sum that was not rounded", `<c><v>0.30000000000000004</v></c>`, -1, "amount.decimals"},
		{"formula", `<c><f>SUM(F1:F2)</f><v>12.5</v></c>`, -1, "row.formula"},
		{"formula of text", `<c t="str"><f>"1"</f><v>1</v></c>`, -1, "row.formula"},
		{"shared formula", `<c><f t="shared" si="0"/><v>12.5</v></c>`, -1, "row.formula"},
		{"boolean", `<c t="b"><v>1</v></c>`, -1, "row.amount"},
		{"error", `<c t="e"><v>#REF!</v></c>`, -1, "row.amount"},
		{"date", `<c s="1"><v>12.5</v></c>`, -1, "row.amount"},
		{"blank", `<c/>`, -1, "row.amount"},
		{"too large for its digits", `<c><v>1e22</v></c>`, -1, "row.amount"},
		{"not finite", `<c><v>1e999</v></c>`, -1, "row.amount"},
		{"not a number", `<c><v>NaN</v></c>`, -1, "row.amount"},
		{"a long text", textCell(strings.Repeat("9", maxLine+1)), -1, "row.long"},
		{"a long number", `<c><v>` + strings.Repeat("9", maxLine+1) + `</v></c>`, -1, "row.long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := book{sheets: []string{rows(wechatHeader(), wechatRow(`<c><v>1</v></c>`), wechatRow(c.cell))}}.bytes(t)
			var told []Error
			st := mustRead(t, b, Options{Refused: func(e Error) { told = append(told, e) }})
			if c.fen >= 0 {
				if len(st.Transactions) != 2 || st.Transactions[1].Amount != c.fen {
					t.Errorf("read %s%v", dump(st), told)
				}
				return
			}
			if len(told) != 1 || told[0].Line != 3 || !slices.Contains(st.Warnings, c.rule) {
				t.Errorf("told %v, warnings %v; want row 3 and %s", told, st.Warnings, c.rule)
			}
		})
	}
}

// Dates that a spreadsheet counts in days, against days counted by hand.
func TestRead_readsCountedDates(t *testing.T) {
	for _, c := range []struct{ cell, main, want string }{
		{`<c s="1"><v>46024</v></c>`, "", "2026-01-02 00:00:00"},
		{`<c s="3"><v>46024.5</v></c>`, "", "2026-01-02 12:00:00"},
		{`<c s="1"><v>46024.520833333336</v></c>`, "", "2026-01-02 12:30:00"},
		{`<c s="1"><v>44562</v></c>`, `<workbookPr date1904="1"/>`, "2026-01-02 00:00:00"},
		{`<c t="d"><v>2026-01-02T03:04:05</v></c>`, "", "2026-01-02 03:04:05"},
		{`<c><v>20260102</v></c>`, "", "2026-01-02 00:00:00"},
		{`<c><v>46024</v></c>`, "", ""},           // a number that does not say that it is a date
		{`<c s="1"><v>-1</v></c>`, "", ""},        // no day
		{`<c s="1"><v>1e9</v></c>`, "", ""},       // no year
		{`<c s="1"><v>0.5</v></c>`, "", ""},       // a time of day alone
		{`<c s="70000"><v>46024</v></c>`, "", ""}, // no such style
	} {
		b := book{main: c.main, sheets: []string{rows(wechatHeader(), append([]string{c.cell}, wechatRow(`<c><v>1</v></c>`)[1:]...))}}.bytes(t)
		st := mustRead(t, b, Options{})
		if c.want == "" {
			if st.Refused != 1 || !slices.Contains(st.Warnings, "row.time") {
				t.Errorf("%s: %s", c.cell, dump(st))
			}
		} else if st.Refused != 0 || !strings.Contains(dump(st), c.want) {
			t.Errorf("%s: want %s in\n%s", c.cell, c.want, dump(st))
		}
	}
}

func TestRead_readsOneSheetAndSaysWhatItLeft(t *testing.T) {
	table := rows(wechatHeader(), wechatRow(`<c><v>1</v></c>`))
	other := rows(wechatHeader(), wechatRow(`<c><v>2</v></c>`), wechatRow(`<c><v>3</v></c>`))
	prose := rows(texts("说明"), nil, texts("没有流水"))
	merged := func(ref string) string { return table + `<mergeCells><mergeCell ref="` + ref + `"/></mergeCells>` }
	byNumber := &Map{Sheet: 2, Columns: Columns{Time: Column{Name: "交易时间"}, Amount: Column{Name: "金额(元)"}}}
	bank := rows(texts(strings.Split(strings.TrimSpace(cmbHead), ",")...), texts("2026-01-02", "CNY", "9.00", "9.00", "账户结息", "", ""))
	for _, c := range []struct {
		name string
		book book
		m    *Map
		fen  int64
		want []string
	}{
		{"a bank's after it", book{sheets: []string{table, bank}}, nil, 100, []string{"sheet.many"}},
		{"a bank's before it", book{sheets: []string{bank, table}}, nil, 100, []string{"sheet.many"}},
		{"one", book{sheets: []string{table}}, nil, 100, nil},
		{"the first is prose", book{sheets: []string{prose, table}}, nil, 100, nil},
		{"two", book{sheets: []string{table, other}}, nil, 100, []string{"sheet.many"}},
		{"the first is hidden", book{sheets: []string{other, table}, states: []string{"hidden"}}, nil, 100, []string{"sheet.hidden"}},
		{"one is very hidden", book{sheets: []string{table, other}, states: []string{"", "veryHidden"}}, nil, 100, []string{"sheet.hidden"}},
		{"merged above the table", book{sheets: []string{merged("A1:K1")}}, nil, 100, nil},
		{"merged in the table", book{sheets: []string{merged("C2:C3")}}, nil, 100, []string{"cells.merged"}},
		{"asked for", book{sheets: []string{table, other}}, byNumber, 500, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{Map: c.m}
			if strings.HasPrefix(c.name, "a bank's") {
				o.Format = "wechat"
			}
			st := mustRead(t, c.book.bytes(t), o)
			sum := int64(0)
			for _, x := range st.Transactions {
				sum += x.Amount
			}
			if sum != c.fen || st.Refused != 0 || !slices.Equal(st.Warnings, c.want) {
				t.Errorf("%d fen, %d refused, %v; want %d, none, %v", sum, st.Refused, st.Warnings, c.fen, c.want)
			}
		})
	}
}

func TestRead_refusesTheWorkbook(t *testing.T) {
	table := rows(wechatHeader(), wechatRow(`<c><v>1</v></c>`))
	part := func(name, content string) book {
		return book{sheets: []string{table}, parts: map[string]string{name: content}}
	}
	sheet := func(s string) book { return book{sheets: []string{s}} }
	good := sheet(table).bytes(t)
	zipOf := func(write func(w *zip.Writer)) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		write(w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	add := func(w *zip.Writer, name, content string) {
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	locked := bytes.Clone(good) // mark each part as encrypted, in the directory
	for i := range locked {
		if bytes.HasPrefix(locked[i:], []byte("PK\x01\x02")) {
			locked[i+8] |= 1
		}
	}
	bent := bytes.Clone(good) // a byte of content is not what its sum says
	at := bytes.Index(bent, []byte("xl/worksheets/sheet0.xml")) + len("xl/worksheets/sheet0.xml") + 60
	bent[at] ^= 0x20

	for _, c := range []struct {
		name string
		in   []byte
		o    Options
		rule string
	}{
		{"another archive", zipOf(func(w *zip.Writer) { add(w, "statement.csv", wechatHead) }), Options{}, "xlsx.absent"},
		{"cut off", good[:len(good)-30], Options{}, "xlsx.damaged"},
		{"a changed byte", bent, Options{}, "xlsx.damaged"},
		{"locked", locked, Options{}, "xlsx.encrypted"},
		{"a part twice", zipOf(func(w *zip.Writer) { add(w, "a", ""); add(w, "A", "") }), Options{}, "xlsx.damaged"},
		{"many parts", zipOf(func(w *zip.Writer) {
			for i := range maxParts + 1 {
				add(w, fmt.Sprint(i), "")
			}
		}), Options{}, "xlsx.bomb"},
		{"a sheet of spaces", sheet("<sheetData>" + strings.Repeat(" ", 8<<20) + "</sheetData>").bytes(t), Options{}, "xlsx.damaged"},
		{"a sheet of empty rows", sheet(strings.TrimSuffix(table, "</sheetData>") + strings.Repeat("<row/>", 4<<20) + "</sheetData>").bytes(t), Options{}, "xlsx.bomb"},
		{"more than it may unpack to", sheet(rows(append([][]string{wechatHeader()}, slices.Repeat([][]string{wechatRow(`<c><v>1</v></c>`)}, 5000)...)...)).bytes(t), Options{MaxBytes: 100 << 10}, "size.large"},
		{"more than it may be packed", good, Options{MaxBytes: int64(len(good)) - 1}, "size.large"},
		{"deep", sheet(strings.Repeat("<x>", 1000) + strings.Repeat("</x>", 1000)).bytes(t), Options{}, "xlsx.damaged"},
		{"a long tag", sheet(`<x y="` + strings.Repeat("y", 2*maxXMLToken) + `"/>`).bytes(t), Options{}, "xlsx.damaged"},
		{"entities", part("xl/sharedStrings.xml", `<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]><sst><si><t>&y;</t></si></sst>`).bytes(t), Options{}, "xlsx.damaged"},
		{"no such shared text", sheet(rows(wechatHeader(), []string{`<c t="s"><v>7</v></c>`})).bytes(t), Options{}, "xlsx.damaged"},
		{"more shared texts than may be", part("xl/sharedStrings.xml", "<sst>"+strings.Repeat("<si><t>"+noise(60_000)+"</t></si>", 1200)+"</sst>").bytes(t), Options{}, "size.large"},
		{"shared texts that unpack to much", part("xl/sharedStrings.xml", "<sst>"+strings.Repeat("<si><t>"+strings.Repeat("x", 60_000)+"</t></si>", 1200)+"</sst>").bytes(t), Options{}, "xlsx.bomb"},
		{"rows backwards", sheet(`<sheetData><row r="2"/><row r="1"/></sheetData>`).bytes(t), Options{}, "xlsx.damaged"},
		{"cells backwards", sheet(`<sheetData><row r="1"><c r="B1"/><c r="A1"/></row></sheetData>`).bytes(t), Options{}, "xlsx.damaged"},
		{"a cell beyond the last column", sheet(`<sheetData><row r="1"><c r="ZZZZ1"/></row></sheetData>`).bytes(t), Options{}, "xlsx.damaged"},
		{"ends that do not meet", sheet(`<sheetData></row>`).bytes(t), Options{}, "xlsx.damaged"},
		{"no rows", sheet(`<x/>`).bytes(t), Options{}, "xlsx.damaged"},
		{"no sheet", part("xl/worksheets/sheet0.xml", "").bytes(t), Options{}, "xlsx.damaged"},
		{"no header", sheet(rows(texts("说明"))).bytes(t), Options{}, "header.missing"},
		{"another format", good, Options{Format: "cmb"}, "format.differs"},
		{"all hidden", book{sheets: []string{table}, states: []string{"hidden"}}.bytes(t), Options{}, "header.missing"},
		{"a hidden sheet asked for", book{sheets: []string{table, table}, states: []string{"", "hidden"}}.bytes(t), Options{Map: &Map{Sheet: 2, Columns: Columns{Time: Column{Number: 1}, Amount: Column{Number: 6}}}}, "xlsx.sheet"},
		{"a sheet that is not there", good, Options{Map: &Map{Sheet: 3, Columns: Columns{Time: Column{Number: 1}, Amount: Column{Number: 6}}}}, "xlsx.sheet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			st, err := Read(bytes.NewReader(c.in), c.o)
			var e *Error
			if st != nil || !errors.As(err, &e) || e.Rule != c.rule || e.Remedy() == "" {
				t.Errorf("Read = %v, %v; want nil and %s with a remedy", st, err, c.rule)
			}
		})
	}
}

// noise is text that packs badly.
func noise(n int) string {
	b, x := make([]byte, n), uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = "0123456789abcdef"[x>>28]
	}
	return string(b)
}

// Two gigabytes end at the bound, not at the end.
func TestRead_endsWithinTwoGigabytes(t *testing.T) {
	for name, head := range map[string]string{"workbook": "PK\x03\x04", "text": wechatHead} {
		in := &endless{head: []byte(head), left: 2 << 30}
		_, err := Read(in, Options{MaxBytes: 80 << 20})
		var e *Error
		if !errors.As(err, &e) || e.Rule != "size.large" || in.read > 90<<20 {
			t.Errorf("%s: %v after %d bytes", name, err, in.read)
		}
	}
}

type endless struct {
	head       []byte
	left, read int64
}

func (r *endless) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, r.head)
	r.head = r.head[n:]
	for ; n < len(p); n++ {
		p[n] = 'x'
	}
	r.left -= int64(n)
	r.read += int64(n)
	return n, nil
}

func TestShowsDate_looksOutsideOfQuotes(t *testing.T) {
	for code, want := range map[string]bool{
		"yyyy-mm-dd": true, "h:mm": true, `yyyy"年"`: true, "[$-804]d": true, "General": false, "0.00": false, `"days" 0`: false,
		"[Red]0": false, `\d0`: false, "_d0": false, `"open`: false, "[open": false, "": false,
	} {
		if got := showsDate(code); got != want {
			t.Errorf("showsDate(%q) = %v, want %v", code, got, want)
		}
	}
}

// FuzzWorkbook holds whatever sheets, shared texts and styles to what Read
// promises of every statement.
func FuzzWorkbook(f *testing.F) {
	styles := `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>`
	f.Add(rows(wechatHeader(), wechatRow(`<c><v>1</v></c>`), wechatRow(`<c><f/><v>1</v></c>`)), `<sst/>`, styles)
	f.Add(`<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="F1" s="1"><v>45000.5</v></c></row></sheetData>`, `<sst><si><t>交易时间</t></si></sst>`, styles)
	f.Add(`<sheetData/><mergeCells><mergeCell ref="A1:B9"/></mergeCells>`, `<sst><si><r><t>a</t></r><rPh><t>b</t></rPh></si></sst>`, styles)
	f.Fuzz(func(t *testing.T, sheet, shared, styles string) {
		b := book{sheets: []string{sheet}, parts: map[string]string{"xl/sharedStrings.xml": shared, "xl/styles.xml": styles}}.bytes(t)
		for _, m := range []*Map{nil, {Columns: Columns{Time: Column{Number: 1}, Amount: Column{Number: 6}}}} {
			holdPromises(t, b, Options{Map: m})
		}
	})
}

// FuzzArchive changes the bytes of the archive itself.
func FuzzArchive(f *testing.F) {
	good := book{sheets: []string{rows(wechatHeader(), wechatRow(`<c><v>1</v></c>`))}}.bytes(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, b []byte) { holdPromises(t, b, Options{}) })
}
