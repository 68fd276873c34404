package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// ReviewWord puts a code of the queue of reviews into words: why a case waits,
// why an act was refused, why somebody decided. A code that it does not know comes
// back without its group.
func ReviewWord(lang Lang, code agent.Code) string { return texts{lang}.s(string(code)) }

// WriteReviews prints the queue of reviews as it is at an instant: ids of cases,
// since when, what for, and who has them. Nothing about a person is among it.
func WriteReviews(w io.Writer, lang Lang, all []agent.Waiting, now time.Time) error {
	t := texts{lang}
	var b strings.Builder
	if len(all) == 0 {
		fmt.Fprintln(&b, t.s("queue_empty"))
	}
	for i := range all {
		r := &all[i]
		fmt.Fprintf(&b, "%s · %s · %s %s · %s\n", r.Case, t.s("purpose."+string(r.Purpose)), t.s("waits_since"),
			time.Unix(r.Since, 0).In(agent.Zone).Format("2006-01-02 15:04"), t.review(&r.Review))
		for _, why := range r.Why {
			fmt.Fprintf(&b, "  %s  %s\n", why, t.s(string(why)))
		}
		if r.Proposal != "" {
			fmt.Fprintf(&b, "  %s: %s\n", t.s("proposed"), t.proposal(r.Proposal))
		}
		if by := r.Holder(now.Unix()); by != "" {
			fmt.Fprintf(&b, "  %s %s\n", t.s("taken_by"), by)
		}
		for _, d := range r.Decisions {
			fmt.Fprintf(&b, "  %s %s: %s · %s · %s · %s", t.s("decided_by"), d.By, t.s("outcome."+d.Outcome), t.s("class."+d.Class),
				t.s("disposition."+d.Disposition), t.s(string(d.Reason)))
			for _, c := range d.Because {
				fmt.Fprintf(&b, " · %s", c)
			}
			b.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// proposal puts a class or a disposition into words.
func (t texts) proposal(p string) string {
	if slices.Contains(agent.Dispositions, p) {
		return t.s("disposition." + p)
	}
	return t.s("class." + p)
}

// review says where a case stands with people.
func (t texts) review(r *agent.Review) string {
	switch {
	case r.DoneAt != 0:
		return t.s("review_done")
	case r.Half:
		return t.s("review_half")
	}
	return t.s("review_waits")
}
