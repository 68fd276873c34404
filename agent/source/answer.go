package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yanmen/yanmen/agent"
)

// decode reads a body as JSON, by the type and charset that the header names.
func decode(h http.Header, b []byte, types []string) (any, agent.Code) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/json" && kind != "text/json" && !strings.HasSuffix(kind, "+json") && !slices.Contains(types, kind) ||
		h.Get("Content-Encoding") != "" {
		return nil, typeUnexpected
	}
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8":
		if !utf8.Valid(b) {
			return nil, charsetUnknown
		}
	case "gbk", "gb2312", "gb18030": // each is part of the next
		// The decoder puts a mark in the place of what it cannot read.
		if b, err = simplifiedchinese.GB18030.NewDecoder().Bytes(b); err != nil || bytes.ContainsRune(b, utf8.RuneError) {
			return nil, charsetUnknown
		}
	default:
		return nil, charsetUnknown
	}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	d.UseNumber()
	doc, err := tree(d, 0)
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			return doc, ""
		}
		err = errors.New("more than one value")
	}
	switch {
	case errors.Is(err, errTwice):
		return nil, memberDuplicated
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, bodyTruncated
	}
	return nil, bodyMalformed
}

var errTwice = errors.New("an object has a member twice")

// tree reads one value. Of an object that has a member twice nobody can say
// which one holds, so it is refused; encoding/json would take the last.
func tree(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if depth > 32 {
		return nil, errors.New("too deep")
	}
	object, list := map[string]any{}, []any{}
	for d.More() {
		name := ""
		if open == '{' {
			n, err := d.Token()
			if err != nil {
				return nil, err
			}
			if name, ok = n.(string); !ok {
				return nil, errors.New("a name is no text")
			}
			if _, twice := object[name]; twice {
				return nil, errTwice
			}
		}
		v, err := tree(d, depth+1)
		if err != nil {
			return nil, err
		}
		if open == '{' {
			object[name] = v
		} else {
			list = append(list, v)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if open == '{' {
		return object, nil
	}
	return list, nil
}

// at returns what stands at a JSON pointer; nil if nothing does.
func at(doc any, pointer string) any {
	if pointer == "" {
		return nil
	}
	for _, s := range steps(pointer) {
		switch d := doc.(type) {
		case map[string]any:
			doc = d[s]
		case []any:
			n, err := strconv.ParseUint(s, 10, 16)
			if err != nil || n >= uint64(len(d)) {
				return nil
			}
			doc = d[n]
		default:
			return nil
		}
	}
	return doc
}

// text returns a code or a figure as text: sources write 1 and "1" for the same.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, v != ""
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// lookup says what the code at a place means.
func lookup(doc any, place string, codes map[string]string) (agent.Tri, agent.Code) {
	s, ok := text(at(doc, place))
	if !ok {
		return agent.Unknown, codeMissing
	}
	switch codes[s] {
	case "yes":
		return agent.Yes, ""
	case "no":
		return agent.No, ""
	case "unknown":
		return agent.Unknown, ""
	case "error":
		return agent.Unknown, codeError
	}
	return agent.Unknown, codeUnknown
}

// read takes out of an answer what was agreed, and no more.
func (r *Response) read(kind string, doc any) (agent.Datum, agent.Code) {
	if r.Status != "" {
		s, ok := text(at(doc, r.Status))
		if !ok {
			return nil, codeMissing
		}
		if !slices.Contains(r.Accepted, s) {
			return nil, statusRefused
		}
	}
	switch kind {
	case agent.SourceInsurance:
		return r.insurance(doc)
	case agent.SourceReport:
		return r.report(doc)
	}
	var a agent.Answer
	var code agent.Code
	if a.Match, code = lookup(doc, r.Code, r.Codes); code != "" {
		return nil, code
	}
	if r.Live != "" && at(doc, r.Live) != nil {
		if a.Live, code = lookup(doc, r.Live, r.LiveCodes); code != "" {
			return nil, code
		}
	}
	if v := at(doc, r.Score); v != nil {
		s, _ := text(v)
		n, ok := decimal(s, 4)
		if !ok || n > r.ScoreMax*10_000 {
			return nil, memberMalformed
		}
		a.ScoreBP = agent.Known(n / r.ScoreMax)
	}
	return &agent.Answers{Items: []agent.Answer{a}}, ""
}

// maxMonths bounds a list of months: eighty years.
const maxMonths = 960

func (r *Response) insurance(doc any) (agent.Datum, agent.Code) {
	list, ok := at(doc, r.Months).([]any)
	if !ok {
		return nil, codeMissing
	}
	if len(list) > maxMonths {
		return nil, memberMalformed
	}
	out := new(agent.SocialInsurance)
	for _, e := range list {
		var m agent.InsuredMonth
		s, _ := text(at(e, r.Month))
		if m.Month, ok = date(s, true); !ok {
			return nil, memberMalformed
		}
		var code agent.Code
		if m.Paid, code = lookup(e, r.Paid, r.PaidCodes); code != "" {
			return nil, code
		}
		if m.Base, ok = r.amount(at(e, r.Base)); !ok {
			return nil, memberMalformed
		}
		out.Months = append(out.Months, m)
	}
	slices.SortFunc(out.Months, func(a, b agent.InsuredMonth) int { return int(a.Month) - int(b.Month) })
	for i := 1; i < len(out.Months); i++ {
		if out.Months[i].Month == out.Months[i-1].Month {
			return nil, memberDuplicated // nobody could say which of the two holds
		}
	}
	return out, ""
}

func (r *Response) report(doc any) (agent.Datum, agent.Code) {
	c := new(agent.CreditReport)
	s, _ := text(at(doc, r.Report["on"]))
	var ok bool
	if c.On, ok = date(s, false); !ok {
		return nil, memberMalformed
	}
	for name, to := range map[string]*agent.Int{"lenders": &c.Lenders, "inquiries_30": &c.Inquiries30, "inquiries_90": &c.Inquiries90,
		"inquiries_180": &c.Inquiries180, "new_loans_30": &c.NewLoans30, "new_loans_90": &c.NewLoans90, "new_loans_180": &c.NewLoans180,
		"overdue": &c.Overdue, "worst_late_24m": &c.WorstLate24M} {
		if *to, ok = whole(at(doc, r.Report[name]), 0); !ok {
			return nil, memberMalformed
		}
	}
	for name, to := range map[string]*agent.Int{"balance": &c.Balance, "monthly": &c.Monthly,
		"own_balance": &c.OwnBalance, "own_monthly": &c.OwnMonthly} {
		if *to, ok = r.amount(at(doc, r.Report[name])); !ok {
			return nil, memberMalformed
		}
	}
	return c, ""
}

func (r *Response) amount(v any) (agent.Int, bool) {
	if r.Amounts == "yuan" {
		return whole(v, 2)
	}
	return whole(v, 0)
}

// whole reads a number that may be absent; ok is false if it is no such number.
func whole(v any, places int) (_ agent.Int, ok bool) {
	if v == nil {
		return agent.Int{}, true
	}
	s, _ := text(v)
	n, ok := decimal(s, places)
	if !ok {
		return agent.Int{}, false
	}
	return agent.Known(n), true
}

// decimal reads a decimal number as a whole number of its last place. It takes
// no sign, no exponent, and at most 15 digits.
func decimal(s string, places int) (int64, bool) {
	head, tail, _ := strings.Cut(s, ".")
	if len(tail) > places {
		if strings.Trim(tail[places:], "0123456789") != "" || places < 4 && strings.Trim(tail[places:], "0") != "" {
			return 0, false
		}
		tail = tail[:places]
	}
	digits := head + tail + strings.Repeat("0", places-len(tail))
	if head == "" || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}

// date reads 2006-01-02 or 20060102; of a month the day may be left out, and
// its first is returned.
func date(s string, month bool) (agent.Date, bool) {
	s = strings.ReplaceAll(s, "-", "")
	if month && len(s) >= 6 {
		if len(s) == 8 {
			if _, ok := date(s, false); !ok {
				return 0, false
			}
		} else if len(s) != 6 {
			return 0, false
		}
		s = s[:6] + "01"
	}
	if len(s) != 8 {
		return 0, false
	}
	d, err := agent.ParseDate(s[:4] + "-" + s[4:6] + "-" + s[6:])
	return d, err == nil
}
