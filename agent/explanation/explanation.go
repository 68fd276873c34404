// Package explanation says why a case was answered as it was: to the borrower in
// at most four reasons, each with what would change it, and to an officer fact by
// fact, with what each rests on and why what is unknown is unknown.
//
// It is pure and works on codes; words are for whoever prints them. What is told
// to the borrower is narrower than what is known, see [Tell].
package explanation

import (
	"slices"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// MaxReasons is how many reasons a borrower is told: more explain less.
const MaxReasons = 4

// A Reason is one reason and what of the borrower's would change it.
type Reason struct {
	Code    agent.Code   `json:"code"`
	Improve []agent.Code `json:"improve"`
}

// Kinds of what is not told, see [Sheet].
const (
	// WithheldSensitive: what would show the sensitive ground of a claim (health,
	// family) is told to nobody but the verified borrower (PIPL 28, 29).
	WithheldSensitive = "sensitive"
	// WithheldSigns: where the account may be in other hands, what showed it
	// would teach whoever holds it. A person tells the borrower, face to face.
	WithheldSigns = "signs"
)

// Where a case stands with people.
const (
	PersonWaits   = "waits"   // what the rules answered holds once a person has decided
	PersonDecided = "decided" // a person has decided it
)

// A Sheet is what a borrower is told.
type Sheet struct {
	Case        string        `json:"case"`
	Purpose     agent.Purpose `json:"purpose"`
	Outcome     string        `json:"outcome"`     // "" if nothing was judged
	Disposition string        `json:"disposition"` // likewise
	Offer       agent.Int     `json:"offer"`       // fen
	// Person is one of the Person constants, "" if none is needed.
	Person string `json:"person"`
	// Unwilling: people have found that the borrower could pay and would not.
	Unwilling bool     `json:"unwilling"`
	Reasons   []Reason `json:"reasons"` // most important first, at most MaxReasons
	// More lists what would help besides.
	More []agent.Code `json:"more"`
	// Denials is why nothing was judged: what the lender lacks to look at the
	// data at all, or, where Seen holds, to decide on what it has looked at.
	Denials []agent.Code `json:"denials"`
	// Seen holds where the data were looked at.
	Seen bool `json:"seen"`
	// Months tells which months of statements are meant, where they would help: those
	// before the instant as of which the case was judged.
	Months *Months `json:"months"`
	// Withheld lists what is not told, by kind.
	Withheld []string `json:"withheld"`
}

// Months are the complete calendar months that statements should cover.
type Months struct {
	From   agent.Date `json:"from"` // first day of the first
	To     agent.Date `json:"to"`   // last day of the last
	Wanted int64      `json:"wanted"`
	// Missing are the first days of those of which no income could be verified, the
	// oldest first. Nil if that is not known.
	Missing []agent.Date `json:"missing"`
	// AsOf is the day before whose month they lie. Stale holds where it is so long ago
	// that who applies again is judged by other months.
	AsOf  agent.Date `json:"as_of"`
	Stale bool       `json:"stale"`
}

// staleAfter is for how long evidence of an income counts, seconds.
const staleAfter = 90 * 86400

// CodeStatements is the remedy that months belong to.
const CodeStatements agent.Code = "provide.statements_6m"

// wanted is how many months that remedy names.
const wanted = 6

// Codes with a part of their own here.
const (
	codeReview    agent.Code = "review.needed"
	codeSensitive agent.Code = "judge.reason_sensitive"
	codeHuman     agent.Code = "judge.human_review"
	codeSettle    agent.Code = "settle.overdue"
)

// theirs is the class of a loan that somebody else has taken.
const theirs = "not_the_borrower"

// unwilling is the class that only people find.
const unwilling = "able_unwilling"

// Tell puts a finding into a sheet for the borrower. now is when it is told,
// seconds; remedies says which remedies belong to a reason; self holds if who is
// told is the verified borrower and nobody else.
//
// Facts, figures of others, sources and the signs of a fraud are never told. Where
// the answer stops everything because it may not be the borrower, only that a
// person looks is.
func Tell(fd *agent.Finding, now int64, remedies func(agent.Code) []agent.Code, self bool) *Sheet {
	s := &Sheet{Case: fd.Case, Purpose: fd.Purpose, Reasons: []Reason{}, More: []agent.Code{}, Denials: []agent.Code{}, Withheld: []string{}}
	j := fd.Result.Judgement
	if j == nil {
		if len(fd.Result.Denials) > 0 { // what comes later follows from the first
			s.Denials, s.Seen = head(fd.Result.Denials[0].Codes), fd.Result.Denials[0].Point == agent.PointJudge
		}
		return s
	}
	s.Outcome, s.Disposition, s.Offer = j.Outcome, j.Disposition, j.Offer
	if r := fd.Result.Review; r != nil && r.DoneAt != 0 {
		s.Person = PersonDecided
	} else if r != nil || slices.Contains(j.Obligations, codeHuman) {
		s.Person = PersonWaits
	}
	if j.Disposition == "freeze" || j.OverdueClass == theirs || j.Proposal == theirs && s.Person != PersonDecided {
		s.Disposition, s.Withheld = "review", append(s.Withheld, WithheldSigns)
		s.Reasons = append(s.Reasons, Reason{codeReview, []agent.Code{}})
		return s
	}
	s.Unwilling = s.Person == PersonDecided && j.OverdueClass == unwilling
	improve := j.Improve
	if s.Person == PersonDecided {
		improve = append(slices.Clone(improve), given(fd.Result.Review, j, remedies)...)
	}
	if !self && sensitive(fd) {
		s.Withheld = append(s.Withheld, WithheldSensitive)
		// A remedy names the proof, and the proof the illness.
		improve = slices.DeleteFunc(slices.Clone(improve), func(c agent.Code) bool { return isProof(c) })
	}
	told := map[agent.Code]bool{}
	for _, code := range head(j.Reasons) {
		r := Reason{code, []agent.Code{}}
		own := remedies(code)
		for _, c := range improve {
			if slices.Contains(own, c) {
				r.Improve = append(r.Improve, c)
				told[c] = true
			}
		}
		s.Reasons = append(s.Reasons, r)
	}
	for _, c := range improve {
		if !told[c] {
			s.More = append(s.More, c)
		}
	}
	if slices.Contains(improve, CodeStatements) {
		s.Months = months(fd, now)
	}
	return s
}

// given returns what would change the reasons that people gave, as far as the rules
// did not find them: of proofs nobody knows then which would help. Whatever was found,
// what is late can be settled before anybody goes to law.
func given(r *agent.Review, j *agent.Judgement, remedies func(agent.Code) []agent.Code) (out []agent.Code) {
	add := func(c agent.Code) {
		if !slices.Contains(j.Improve, c) && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	for _, code := range head(j.Reasons) {
		if r.Ruled != nil && slices.Contains(r.Ruled.Reasons, code) {
			continue
		}
		for _, c := range remedies(code) {
			if !isProof(c) {
				add(c)
			}
		}
	}
	if j.OverdueClass == unwilling || j.Disposition == "legal" || j.Disposition == "secure" {
		add(codeSettle)
	}
	return out
}

// head returns the first reasons, as many as are told.
func head(codes []agent.Code) []agent.Code { return codes[:min(len(codes), MaxReasons)] }

// isProof holds for remedies that ask for a document about what happened. Those
// about means are no more telling than the loan itself.
func isProof(c agent.Code) bool {
	return len(c) > 8 && c[:8] == "provide." && c != CodeStatements && c != "provide.contract" &&
		c != "provide.credit_report" && c != "provide.identity" && c != "provide.document" && c != "provide.statement_whole"
}

// sensitive holds if what the borrower said rests on sensitive data: by the rules,
// and in any case for health and family.
func sensitive(fd *agent.Finding) bool {
	kind := func(reason string) bool { return reason == agent.ReasonIllness || reason == agent.ReasonFamily }
	f := fd.Result.Facts
	return slices.Contains(fd.Result.Judgement.Obligations, codeSensitive) || f != nil && (kind(f.Overdue.Claim) ||
		slices.ContainsFunc(f.Overdue.Reasons, func(r agent.ReasonFacts) bool { return kind(r.Reason) }))
}

// months returns the complete months before the month as of which a case was judged.
func months(fd *agent.Finding, now int64) *Months {
	today := agent.DateOf(time.Unix(fd.AsOf, 0))
	out := &Months{From: monthBefore(today, wanted), To: monthBefore(today, 0).AddDays(-1), Wanted: wanted,
		AsOf: today, Stale: now-fd.AsOf > staleAfter}
	if f := fd.Result.Facts; f != nil {
		out.Missing = f.Terms.MonthsMissing
	}
	return out
}
