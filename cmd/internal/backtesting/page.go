package backtesting

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"

	"github.com/yanmen/yanmen/cmd/internal/report"
)

// style is all that the page looks by: it loads nothing, and runs nothing.
const style = `body{font:15px/1.5 "Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif;color:#222;background:#fff;max-width:62em;margin:2em auto;padding:0 1em}
h1{font-size:1.5em}h2{font-size:1.1em;margin:2em 0 .4em}p{margin:.2em 0;overflow-wrap:anywhere}
.wide{overflow-x:auto}table{border-collapse:collapse;margin:.6em 0;font-variant-numeric:tabular-nums}
th,td{padding:.2em .7em;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}th{font-weight:600;border-color:#888}
th.t,td.t{text-align:left}svg{width:100%;max-width:700px;height:auto;display:block;margin:.6em 0}
@media print{section{break-inside:avoid}}`

// WriteHTML writes the report as one page with its pictures in it. It has neither
// scripts nor links, and a browser that opens it asks nobody for anything.
func (r *Report) WriteHTML(w io.Writer, lang report.Lang) error {
	s := r.sheet(lang)
	b := new(strings.Builder)
	tag := "en"
	if lang == report.Chinese {
		tag = "zh-CN"
	}
	fmt.Fprintf(b, `<!doctype html>
<html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>%s</title><style>%s</style></head><body>
<h1>%[2]s</h1>
`, tag, html.EscapeString(s.title), style)
	for _, x := range s.sections {
		fmt.Fprintf(b, "<section><h2>%s</h2>\n", html.EscapeString(x.head))
		for _, line := range x.lines {
			fmt.Fprintf(b, "<p>%s</p>\n", html.EscapeString(line))
		}
		if x.draw != nil {
			d := &drawing{title: x.head, texts: texts{lang}}
			x.draw(d)
			b.WriteString(d.svg())
		}
		pageTable(b, x.table)
		b.WriteString("</section>\n")
	}
	b.WriteString("</body></html>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func pageTable(b *strings.Builder, table [][]string) {
	if table == nil {
		return
	}
	left := textColumns(table)
	b.WriteString("<div class=\"wide\"><table>\n")
	for i, line := range table {
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		b.WriteString("<tr>")
		for k, cell := range line {
			class := ""
			if left[k] {
				class = ` class="t"`
			}
			fmt.Fprintf(b, "<%s%s>%s</%[1]s>", tag, class, html.EscapeString(cell))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table></div>\n")
}

// A drawing is one picture, 700 wide. Coordinates are pixels from the upper left.
type drawing struct {
	title  string
	texts  texts
	body   strings.Builder
	height float64
}

const (
	width  = 700.0
	blue   = "#3b6ea5"
	orange = "#b3541e"
	grey   = "#999"
	black  = "#222"
)

func (d *drawing) svg() string {
	if d.height == 0 {
		return ""
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" font-family="sans-serif" font-size="12"><title>%s</title>
<rect width="%[1]g" height="%[2]g" fill="#fff"/>
%[4]s</svg>
`, width, d.height, html.EscapeString(d.title), d.body.String())
}

func (d *drawing) line(x1, y1, x2, y2 float64, colour string, thick float64) {
	fmt.Fprintf(&d.body, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g"/>`+"\n", x1, y1, x2, y2, colour, thick)
}

func (d *drawing) text(x, y float64, anchor, s string) {
	fmt.Fprintf(&d.body, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, black, html.EscapeString(s))
}

func (d *drawing) dot(x, y float64, colour string) {
	fmt.Fprintf(&d.body, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>`+"\n", x, y, colour)
}

// whisker is an interval, upright.
func (d *drawing) whisker(x, low, high float64) {
	d.line(x, low, x, high, black, 1.5)
	d.line(x-5, low, x+5, low, black, 1.5)
	d.line(x-5, high, x+5, high, black, 1.5)
}

// The frame of pictures with rates on the upright axis.
const (
	frameLeft, frameRight = 60.0, 690.0
	frameTop, frameBottom = 30.0, 230.0
)

// rates draws the axis up to the highest rate and returns where a rate lies.
func (d *drawing) rates(highest float64) func(float64) float64 {
	step := 0.01
	for _, s := range []float64{0.02, 0.05, 0.1, 0.2, 0.25} {
		if highest/step > 6 {
			step = s
		}
	}
	top := max(step, step*math.Ceil(highest/step-1e-9))
	y := func(rate float64) float64 { return frameBottom - rate/top*(frameBottom-frameTop) }
	for i := 0; float64(i)*step <= top+1e-9; i++ {
		at := y(float64(i) * step)
		d.line(frameLeft, at, frameRight, at, "#ddd", 1)
		d.text(frameLeft-6, at+4, "end", fmt.Sprintf("%.0f%s", 100*float64(i)*step, d.texts.sign()))
	}
	d.text(frameLeft, 16, "start", d.texts.s("rate")+" · "+d.texts.s("interval"))
	return y
}

// bands draws the default rate of each band with its interval, and how many loans
// there are. U stands apart in grey.
func (d *drawing) bands(groups []Group, highest float64) {
	y := d.rates(highest)
	slot := (frameRight - frameLeft) / float64(len(groups))
	for i, g := range groups {
		centre := frameLeft + (float64(i)+0.5)*slot
		colour := blue
		if g.Name == "U" {
			colour = grey
		}
		if g.N > 0 {
			at := y(g.Rate.Rate)
			fmt.Fprintf(&d.body, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", centre-slot*0.3, at, slot*0.6, frameBottom-at, colour)
			d.whisker(centre, y(g.Low), y(g.High))
		}
		d.text(centre, frameBottom+18, "middle", g.Name)
		d.text(centre, frameBottom+34, "middle", fmt.Sprintf("n = %d", g.N))
	}
	d.line(frameLeft, frameBottom, frameRight, frameBottom, black, 1)
	d.height = frameBottom + 44
}

// rankings draws the AUC of each measure with its interval, and the line of 0.5, on
// which a measure says nothing.
func (d *drawing) rankings(all []Ranking) {
	const left, right, top, row = 250.0, 680.0, 40.0, 26.0
	lowest, n := 0.4, 0
	for _, r := range all {
		if r.AUC != nil {
			lowest = min(lowest, math.Floor(r.AUC.Low*10+1e-9)/10)
			n++
		}
	}
	if n == 0 {
		return
	}
	x := func(v float64) float64 { return left + (v-lowest)/(1-lowest)*(right-left) }
	bottom := top + float64(n)*row
	for i := 0; i <= 10; i++ {
		if v := float64(i) / 10; v >= lowest-1e-9 {
			colour, thick := "#ddd", 1.0
			if i == 5 {
				colour, thick = black, 1.5
			}
			d.line(x(v), top, x(v), bottom, colour, thick)
			d.text(x(v), bottom+16, "middle", fmt.Sprintf("%.1f", v))
		}
	}
	d.text(left, 16, "start", "AUC · "+d.texts.s("interval"))
	at := top + row/2
	for _, r := range all {
		if r.AUC == nil {
			continue
		}
		colour := map[string]string{"affordability": blue, "behaviour": orange}[r.Kind]
		if colour == "" {
			colour = "#5f7f3a"
		}
		d.text(left-10, at+4, "end", r.Name)
		d.line(x(r.AUC.Low), at, x(r.AUC.High), at, colour, 2)
		d.dot(x(r.AUC.Value), at, colour)
		at += row
	}
	d.height = bottom + 26
}

// periods draws the default rate over time.
func (d *drawing) periods(all []Period) {
	highest := 0.0
	for _, p := range all {
		highest = max(highest, p.Rate.High)
	}
	y := d.rates(highest)
	slot := (frameRight - frameLeft) / float64(len(all))
	every := int(math.Ceil(70 / slot)) // a label takes some 70
	lastX, lastY := 0.0, 0.0
	for i, p := range all {
		x, at := frameLeft+(float64(i)+0.5)*slot, y(p.Rate.Rate)
		if i > 0 {
			d.line(lastX, lastY, x, at, blue, 1.5)
		}
		lastX, lastY = x, at
		d.line(x, y(p.Rate.Low), x, y(p.Rate.High), black, 1)
		d.dot(x, at, blue)
		if i%every == 0 {
			d.text(x, frameBottom+18, "middle", p.Name)
		}
	}
	d.line(frameLeft, frameBottom, frameRight, frameBottom, black, 1)
	d.height = frameBottom + 30
}
