package handbook

import (
	"html"
	"strings"
)

// A document is what both forms are written from: blocks, in order. Texts are
// plain; they are escaped where they are written.
type document struct {
	lang   string
	title  string
	blocks []block
}

type block struct {
	kind  string // h2, h3, p, code, table
	text  string
	head  []string
	cells [][]string
}

func (d *document) h2(s string)   { d.blocks = append(d.blocks, block{kind: "h2", text: s}) }
func (d *document) h3(s string)   { d.blocks = append(d.blocks, block{kind: "h3", text: s}) }
func (d *document) p(s string)    { d.blocks = append(d.blocks, block{kind: "p", text: s}) }
func (d *document) code(s string) { d.blocks = append(d.blocks, block{kind: "code", text: s}) }

func (d *document) table(head []string, cells [][]string) {
	d.blocks = append(d.blocks, block{kind: "table", head: head, cells: cells})
}

// markdown escapes what Markdown would read.
var markdown = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "\n", " ")

// cell escapes a cell; what looks like a name of the program is set as code.
func cell(s string) string {
	if isName(s) {
		return "`" + strings.ReplaceAll(s, ", ", "`, `") + "`"
	}
	return markdown.Replace(s)
}

// isName tells codes and paths: lower-case words joined by dots or slashes.
func isName(s string) bool {
	if !strings.ContainsAny(s, "./_") || strings.HasSuffix(s, ".") {
		return false
	}
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("._/-:, ", r)) {
			return false
		}
	}
	return !strings.Contains(s, ". ")
}

func (d *document) markdown() []byte {
	var b strings.Builder
	b.WriteString("# " + markdown.Replace(d.title) + "\n")
	for _, x := range d.blocks {
		b.WriteByte('\n')
		switch x.kind {
		case "h2":
			b.WriteString("## " + markdown.Replace(x.text) + "\n")
		case "h3":
			b.WriteString("### " + markdown.Replace(x.text) + "\n")
		case "p":
			b.WriteString(markdown.Replace(x.text) + "\n")
		case "code":
			b.WriteString("```\n" + x.text + "\n```\n")
		case "table":
			b.WriteString("| " + strings.Join(x.head, " | ") + " |\n|" + strings.Repeat("---|", len(x.head)) + "\n")
			for _, row := range x.cells {
				b.WriteByte('|')
				for _, c := range row {
					b.WriteString(" " + cell(c) + " |")
				}
				b.WriteByte('\n')
			}
		}
	}
	return []byte(b.String())
}

const style = `body{font:15px/1.6 system-ui,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c2733}
h2{margin-top:2.5rem;border-bottom:1px solid #cbd5df;padding-bottom:.2rem}table{border-collapse:collapse;width:100%;font-size:.92em}
th,td{border:1px solid #dde4ea;padding:.3rem .5rem;text-align:left;vertical-align:top}th{background:#f2f5f8;position:sticky;top:0}
code,pre{font:13px/1.5 ui-monospace,monospace;background:#f2f5f8}pre{padding:.7rem}tr:nth-child(even) td{background:#fafbfc}`

func (d *document) html() []byte {
	var b strings.Builder
	e := html.EscapeString
	lang := "en"
	if d.lang == "zh" {
		lang = "zh-CN"
	}
	b.WriteString("<!doctype html>\n<html lang=\"" + lang + "\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
		e(d.title) + "</title>\n<style>\n" + style + "\n</style>\n<h1>" + e(d.title) + "</h1>\n")
	for _, x := range d.blocks {
		switch x.kind {
		case "h2", "h3", "p":
			b.WriteString("<" + x.kind + ">" + e(x.text) + "</" + x.kind + ">\n")
		case "code":
			b.WriteString("<pre>" + e(x.text) + "</pre>\n")
		case "table":
			b.WriteString("<table>\n<tr>")
			for _, h := range x.head {
				b.WriteString("<th>" + e(h) + "</th>")
			}
			b.WriteString("</tr>\n")
			for _, row := range x.cells {
				b.WriteString("<tr>")
				for _, c := range row {
					if isName(c) {
						b.WriteString("<td><code>" + strings.ReplaceAll(e(c), ", ", "</code>, <code>") + "</code></td>")
					} else {
						b.WriteString("<td>" + e(c) + "</td>")
					}
				}
				b.WriteString("</tr>\n")
			}
			b.WriteString("</table>\n")
		}
	}
	b.WriteString("</html>\n")
	return []byte(b.String())
}
