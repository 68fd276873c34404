package report

import (
	"strings"

	"github.com/yanmen/yanmen/agent"
)

// terms tells what an officer may propose: where the limit may move, what settles a
// late loan today, and the plan that the disposition comes to.
func (t texts) terms(r *agent.Result) (rows []Row) {
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, Row{t.s("fact.terms." + key), value})
		}
	}
	f := &r.Facts.Terms
	if f.NextLimit.IsKnown() || r.Purpose == agent.PurposeDrawdown {
		add("next_limit", yuan(f.NextLimit))
		var why []string
		for _, code := range f.NextWhy {
			word, ok := CodeWord(t.lang, code)
			if !ok {
				word = code
			}
			why = append(why, word)
		}
		add("next_why", strings.Join(why, t.s("comma")))
	}
	add("settle", yuan(f.Settle))
	if p := r.Plan; p != nil {
		kind := r.Judgement.Disposition + "."
		add(kind+"months", count(p.Months, t.s("months")))
		add(kind+"instalment", yuan(p.Instalment))
		if p.Last != p.Instalment {
			add(kind+"last", yuan(p.Last))
		}
		add(kind+"total", yuan(p.Total))
		add(kind+"first_on", p.FirstOn.String())
		add(kind+"last_on", p.LastOn.String())
	}
	return rows
}
