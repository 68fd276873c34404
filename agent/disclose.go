package agent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"slices"
)

// obligationSensitive is how the rules say that the overdue reason rests on
// sensitive data.
const obligationSensitive Code = "judge.reason_sensitive"

// sensitiveReason reports whether the overdue reason rests on sensitive data: by
// the rules, and in any case for what concerns health and family.
func sensitiveReason(f *Facts, j *Judgement) bool {
	return f.Overdue.Claim == ReasonIllness || f.Overdue.Claim == ReasonFamily || slices.Contains(j.Obligations, obligationSensitive)
}

// claimsOf puts facts and judgement into the closed vocabulary. What is not in
// a list says the same as what is not known. agreed says that two persons have
// decided so.
func claimsOf(f *Facts, j *Judgement, agreed bool) Claims {
	in := func(v string, list []string) string {
		if slices.Contains(list, v) {
			return v
		}
		return NotAvailable
	}
	c := Claims{
		Outcome:     in(j.Outcome, Outcomes),
		Assurance:   in(f.Identity.Assurance, Assurances),
		Class:       in(j.OverdueClass, Classes),
		Band:        in(j.Band, Bands),
		Disposition: in(j.Disposition, Dispositions),
	}
	// Unwillingness is never said unless two persons have found it.
	// So are the ways that follow from it.
	if c.Class == "able_unwilling" && !agreed {
		c.Class = "unproven"
	}
	if (c.Disposition == "secure" || c.Disposition == "legal") && !agreed {
		c.Disposition = "review"
	}
	for _, r := range j.Reasons {
		if len(c.Reasons) < MaxReasons && slices.Contains(ReasonCodes, r) && !slices.Contains(c.Reasons, r) {
			c.Reasons = append(c.Reasons, r)
		}
	}
	slices.Sort(c.Reasons)
	return c
}

var allClaims = []string{ClaimBand, ClaimDisposition, ClaimAssurance, ClaimOutcome, ClaimClass, ClaimReasons}

// spentWindow is over how long disclosures add up against the budget.
const spentWindow = 30 * 24 * 3600

// disclose decides which claims may leave and returns the verdict, or nil. Of a
// case that was denied nothing leaves but a retraction: a verdict without a
// claim, in place of one that a platform still has.
func (a *Agent) disclose(ctx context.Context, q *question, to RecipientEntry, c Claims, denied, sensitive bool) *Verdict {
	in := &DiscloseInput{Ground: q.ground, Recipient: to, Claims: slices.Sorted(slices.Values(allClaims)),
		Outcome: c.Outcome, Sensitive: sensitive, Bits: Bits(allClaims), Denied: denied}
	before := q.prior.outside()
	if before != nil && before.Platform != to.ID {
		before = nil
	}
	in.Recall = before != nil && !before.Retraction()
	for _, d := range q.profile.Disclosed {
		if d.Platform == to.ID && d.At > in.Now-spentWindow {
			in.Spent += d.Bits
		}
	}
	d := a.c.Policy.Disclose(ctx, in)
	t := &q.trail
	t.Claims, t.Outcome, t.Sensitive, t.Bits, t.Spent, t.Denied, t.Recall = in.Claims, in.Outcome, in.Sensitive, in.Bits, in.Spent, in.Denied, in.Recall
	t.Disclosed, t.ValidFor = d.Claims, d.ValidFor
	q.points = append(q.points, PointDecision{PointDisclose, d.Decision})
	if !d.Allow || !wellFormed(to.ID) || d.ValidFor <= 0 {
		return nil
	}
	if d.Retraction != denied || denied && !in.Recall {
		return nil // no rules make more of a denied case, nor less of another
	}
	keep := func(name, v string) string {
		if v == "" || !slices.Contains(d.Claims, name) {
			return NotAvailable
		}
		return v
	}
	v := &Verdict{Issuer: a.c.Name, Audience: to.ID, ID: NewUUIDv7(q.now), Case: q.f.Case.Reference, Purpose: q.f.Case.Purpose,
		Claims: Claims{
			Outcome:     keep(ClaimOutcome, c.Outcome),
			Assurance:   keep(ClaimAssurance, c.Assurance),
			Class:       keep(ClaimClass, c.Class),
			Band:        keep(ClaimBand, c.Band),
			Disposition: keep(ClaimDisposition, c.Disposition),
		},
		IssuedAt: q.now.Unix(), ValidUntil: q.now.Unix() + d.ValidFor, Rules: a.c.Policy.Digest()}
	if slices.Contains(d.Claims, ClaimReasons) {
		v.Claims.Reasons = c.Reasons
	}
	if v.Case == "" {
		v.Case = NewUUIDv4()
	}
	if before != nil {
		v.Supersedes = before.ID
	}
	if alias, ok := q.profile.Aliases[to.ID]; !ok {
		rand.Read(alias.Sub[:])
		rand.Read(alias.Salt[:])
		q.setAlias(to.ID, alias)
	}
	alias := q.profile.Aliases[to.ID]
	v.Subject = alias.Sub
	q.w.Profile = &q.profile
	if d.Retraction {
		return v // it tells of no ground and costs nothing
	}
	v.Basis, v.Reviewed = q.f.Legal.Basis, q.reviewed
	if id := q.f.Legal.Consent.ID; id != "" {
		v.Consent = sha256.Sum256(append(alias.Salt[:], id...))
	}
	fresh := q.profile.Disclosed[:0:0]
	for _, d := range q.profile.Disclosed {
		if d.At > in.Now-spentWindow {
			fresh = append(fresh, d)
		}
	}
	q.profile.Disclosed = append(fresh, Disclosed{Platform: to.ID, At: in.Now, Bits: Bits(d.Claims)})
	return v
}

// setAlias adds an alias without touching a map that the store may share.
func (q *question) setAlias(platform string, a Alias) {
	m := make(map[string]Alias, len(q.profile.Aliases)+1)
	for k, v := range q.profile.Aliases {
		m[k] = v
	}
	m[platform] = a
	q.profile.Aliases = m
}
