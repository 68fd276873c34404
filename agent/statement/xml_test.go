package statement

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
)

// tokensOf lists the tokens of a part in one writing, and whether it is whole.
func tokensOf(r io.Reader) (list string, whole bool) {
	x := &xmlPart{w: &workbook{unpacked: math.MaxInt64}, r: io.NopCloser(r), most: math.MaxInt64}
	var b strings.Builder
	for {
		t, depth, err := x.next()
		if err != nil {
			return b.String(), err == io.EOF
		}
		switch t.kind {
		case begins:
			fmt.Fprintf(&b, "\n%d<%s", depth, t.name)
			for _, a := range t.attrs {
				fmt.Fprintf(&b, " %s=%q", a.name, a.value)
			}
			fmt.Fprint(&b, ">")
		case ends:
			fmt.Fprintf(&b, "\n%d</%s>", depth, t.name)
		case isText:
			b.Write(t.text)
		}
	}
}

// libraryTokens is the same by package encoding/xml.
func libraryTokens(r io.Reader) (list string, whole bool) {
	d := xml.NewDecoder(r)
	var b strings.Builder
	var open []string
	for {
		t, err := d.RawToken()
		if err != nil {
			return b.String(), err == io.EOF && len(open) == 0
		}
		switch t := t.(type) {
		case xml.StartElement:
			open = append(open, t.Name.Local)
			fmt.Fprintf(&b, "\n%d<%s", len(open), t.Name.Local)
			for _, a := range t.Attr {
				fmt.Fprintf(&b, " %s=%q", a.Name.Local, a.Value)
			}
			fmt.Fprint(&b, ">")
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != t.Name.Local {
				return b.String(), false
			}
			open = open[:len(open)-1]
			fmt.Fprintf(&b, "\n%d</%s>", len(open), t.Name.Local)
		case xml.CharData:
			b.Write(t)
		case xml.Directive:
			return b.String(), false
		}
	}
}

var xmlWhole = []string{
	"", "<a/>", "<a></a>", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n<a/>\r\n", "\ufeff<a>文</a>",
	`<x:a r:id="1" b='2"' c = "&lt;&#39;&#x6587;&quot;" d=""><b e=">"/>t&amp;x&apos;&gt;` + "\r\n\r</x:a >",
	"<a><!-- c --><![CDATA[<&]]>]] ></a>", "<a:/>", "<:a/>", "<?p?><a/>", `<a b="1"c="2"/>`, "<a.b-c_1/>", "<!---->", "<a>\t&#xd;\n</a>",
	"<a><b><c/></b>text</a>", `<?xml version='1.0'?><a/>`, "text", "<a>\ufffd</a>",
}

var xmlBroken = []string{
	"<", "<a", "<a>", "</a>", "<a></b>", "< a/>", "<a b/>", "<a b=1/>", `<a b="<"/>`, `<a b="1/>`, "<a>&nbsp;</a>", "<a>&amp</a>", "<a>&#0;</a>", "<a>&#x110000;</a>",
	"<a>]]></a>", "<a>\x01</a>", "<a>\xff</a>", "<a>\uffff</a>", "<!DOCTYPE a><a/>", "<!-- -- --><a/>", "<!--", "<![CDATA[", "<a:b:c/>", "<a/ >", "<?xml version='1.1'?><a/>",
	"<?xml version='1.0' encoding='gbk'?><a/>", "<??>", "<a>&#-1;</a>", "<a>&;</a>", "<a>&#x;</a>", "</>", "<>", "<a b='\x01'/>", `<a b="&x;"/>`, "<?xml?", "<!-->",
}

// What package encoding/xml makes of a part this reader makes of it too.
func TestXML_readsWhatTheLibraryReads(t *testing.T) {
	for i, s := range append(xmlWhole, xmlBroken...) {
		want, whole := libraryTokens(strings.NewReader(s))
		if good := i < len(xmlWhole); whole != good {
			t.Errorf("%q: the library says %v", s, whole)
		}
		got, ok := tokensOf(strings.NewReader(s))
		if ok != whole || ok && got != want {
			t.Errorf("%q: %v %s\nwant %v %s", s, ok, got, whole, want)
		}
	}
	deep := strings.Repeat("<a>", maxXMLDepth+1) + strings.Repeat("</a>", maxXMLDepth+1)
	if _, ok := tokensOf(strings.NewReader(deep)); ok {
		t.Error("a part that nests too deep is read")
	}
	for _, s := range []string{"<a>" + strings.Repeat("x", maxXMLToken) + "</a>", "<a b='" + strings.Repeat("x", maxXMLToken) + "'/>", "<!--" + strings.Repeat("x", maxXMLToken) + "--><a/>"} {
		if _, ok := tokensOf(strings.NewReader(s)); ok {
			t.Error("a token that is too long is read")
		}
	}
	// Tokens of every length across the ends of what is held.
	for _, n := range []int{1, 7, 60_000, 65_530, 65_535, 65_536, 65_537, 131_072, 500_000} {
		s := "<r>" + strings.Repeat("<c r='1' t=\"s\"><v>样例&amp;</v></c>", 3000) + "<t>" + strings.Repeat("x", n) + "</t>" + strings.Repeat("<c/>", 3000) + "</r>"
		want, _ := libraryTokens(strings.NewReader(s))
		if got, ok := tokensOf(strings.NewReader(s)); !ok || got != want {
			t.Errorf("a text of %d bytes: %v, or other tokens", n, ok)
		}
	}
}

// FuzzXML holds the reader to the library: what it takes for whole, the library
// does, with the same tokens; and how the bytes come in changes nothing.
func FuzzXML(f *testing.F) {
	for _, s := range append(xmlWhole, xmlBroken...) {
		f.Add([]byte(s))
	}
	f.Add([]byte(`<worksheet xmlns:r="x"><sheetData><row r="1"><c r="A1" s="2" t="s"><v>0</v></c><c t="inlineStr"><is><t xml:space="preserve"> 样例 </t></is></c></row></sheetData></worksheet>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := tokensOf(bytes.NewReader(b))
		if again, ok2 := tokensOf(iotest.OneByteReader(bytes.NewReader(b))); got != again || ok != ok2 {
			t.Fatalf("byte by byte %v %q, else %v %q", ok2, again, ok, got)
		}
		if !ok {
			return
		}
		if want, whole := libraryTokens(bytes.NewReader(b)); !whole || got != want {
			t.Fatalf("%q\nlibrary %v %q", got, whole, want)
		}
	})
}
