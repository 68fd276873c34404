package policy

import (
	"maps"
	"regexp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/yanmen/yanmen/agent"
)

// A Citation is one rule of law or of the product that a code rests on.
type Citation struct {
	Rule    string // id in the register, for example PIPL-13-1
	Law     string // in the language asked for
	Article string // article and paragraph
	Text    string // what it says, in our own words; with status M it ends in "to confirm"
	// Status is V (read in the full primary text), VS (from a secondary
	// source), M (from memory, to be confirmed with the official text) or P (a
	// rule of this product, not law).
	Status string
	Plain  string // Text without that ending, for whoever is not to confirm anything
}

// Kinds of denial. A gap is for the lender's registers to close: nobody has
// breached a rule.
const (
	KindViolation = "violation"
	KindGap       = "gap"
)

// Kind returns the kind of a denial, [KindGap] where a register does not know what
// was asked for; "" for a code that is no denial of this bundle.
func (e *Engine) Kind(code agent.Code) string { return e.bundle.sentences[code].Kind }

// Explain returns what a code means, in Chinese for "zh" and in English for any
// other language, and what it rests on. Of a denial that is a gap the text says
// so. It is false for a code that is none of this bundle's; then nothing is said.
func (e *Engine) Explain(code agent.Code, lang string) (title string, cites []Citation, ok bool) {
	s, ok := e.bundle.sentences[code]
	if !ok {
		return "", nil, false
	}
	for _, id := range s.Cites {
		r := e.bundle.register.Rules[id]
		law := e.bundle.register.Laws[r.Law]
		text, plain := r.In(lang), r.In(lang)
		if r.Status == "M" {
			text += toConfirm.In(lang)
		}
		cites = append(cites, Citation{id, law.In(lang), r.Article, text, r.Status, plain})
	}
	title = s.In(lang)
	if s.Kind == KindGap {
		title += gapped.In(lang)
	}
	return title, cites, true
}

var (
	toConfirm = Words{"（待确认）", " (to confirm)"}
	gapped    = Words{"（登记缺口）", " (a gap in the registers)"}
)

// Words is one thing said in both languages.
type Words struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the words in a language: Chinese for "zh", else English.
func (w Words) In(lang string) string {
	if lang == "zh" {
		return w.ZH
	}
	return w.EN
}

// sentence is a code's text and what it rests on.
type sentence struct {
	Words
	Code  agent.Code `json:"code"`
	Cites []string   `json:"cites"`
	// Kind is KindViolation or KindGap of a denial, else "".
	Kind string `json:"-"`
}

// register is yanmen/regulation/data.yaml.
type register struct {
	Laws  map[string]Law `json:"laws"`
	Rules map[string]struct {
		Words
		Law     string `json:"law"`
		Article string `json:"article"`
		Status  string `json:"status"`
	} `json:"rules"`
	// Outside says of rules that no decision can keep why that is.
	Outside map[string]Words `json:"outside"`
}

// A written is sentences that stand in the data and not with a rule.
type written struct {
	point, kind string // kind as [CodeEntry] has it
	of          []sentence
}

// readWritten reads the sentences of the data, in the order in which judgement
// gives its reasons.
func readWritten(data map[string]any) ([]written, error) {
	var judge struct {
		Reasons     []sentence `json:"reason_texts"`
		Improve     []sentence `json:"improve_texts"`
		Obligations []sentence `json:"obligation_texts"`
		Overdue     []sentence `json:"overdue"`
		Application map[string]sentence
		Drawdown    map[string]sentence
	}
	if err := section(data, "judge", &judge); err != nil {
		return nil, err
	}
	var rights struct {
		Refusals []sentence `json:"refusals"`
	}
	if err := section(data, "rights", &rights); err != nil {
		return nil, err
	}
	rows := judge.Overdue
	for _, table := range []map[string]sentence{judge.Application, judge.Drawdown} {
		for _, name := range slices.Sorted(maps.Keys(table)) {
			rows = append(rows, table[name])
		}
	}
	return []written{{agent.PointJudge, "obligation", judge.Obligations}, {agent.PointJudge, "reason", judge.Reasons},
		{agent.PointJudge, "remedy", judge.Improve}, {agent.PointJudge, "row", rows}, {agent.PointRights, "reason", rights.Refusals}}, nil
}

// readSentences gathers the text of every code: denials and obligations from
// the metadata of their rules, reasons and improvements from the data.
func (l *loaded) readSentences(modules map[string]*ast.Module, data map[string]any) error {
	if err := section(data, "regulation", &l.register); err != nil {
		return err
	}
	parts, err := readWritten(data)
	if err != nil {
		return err
	}
	l.order = map[agent.Code]int{}
	all := ownSentences(&l.register)
	for _, part := range parts {
		for _, s := range part.of {
			if part.point == agent.PointJudge {
				l.order[s.Code] = len(all)
			}
			all = append(all, s)
		}
	}
	for _, m := range modules {
		for _, a := range m.Annotations {
			if s, ok := sentenceOf(a); ok {
				all = append(all, s)
			}
		}
	}
	l.sentences = make(map[agent.Code]sentence, len(all))
	for _, s := range all {
		if _, twice := l.sentences[s.Code]; twice || s.Code == "" || s.ZH == "" || s.EN == "" {
			return refuse(codeText, printable(s.Code))
		}
		for _, id := range s.Cites {
			if l.register.Rules[id].Status == "" {
				return refuse(codeText, printable(s.Code))
			}
		}
		l.sentences[s.Code] = s
	}
	return nil
}

var codePattern = regexp.MustCompile(`^[a-z]+\.[a-z]+(_[a-z]+)+$`)

// printable returns a code, or nothing if it is none.
func printable(c agent.Code) string {
	if !codePattern.MatchString(string(c)) {
		return ""
	}
	return string(c)
}

// sentenceOf reads the annotation of a rule that has a code.
func sentenceOf(a *ast.Annotations) (sentence, bool) {
	code, ok := a.Custom["code"].(string)
	if !ok {
		return sentence{}, false
	}
	zh, _ := a.Custom["zh"].(string)
	s := sentence{Words{zh, a.Title}, agent.Code(code), nil, ""}
	if path := a.GetTargetPath(); len(path) > 0 && path[len(path)-1].Equal(ast.StringTerm("denials")) {
		s.Kind = KindViolation
		if kind, ok := a.Custom["kind"].(string); ok {
			s.Kind = kind
		}
	}
	cites, _ := a.Custom["cites"].([]any)
	for _, c := range cites {
		id, _ := c.(string)
		s.Cites = append(s.Cites, id)
	}
	return s, true
}
