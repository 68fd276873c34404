package agent

import (
	"context"
	"encoding/json"
	"errors"
)

// MayContact asks whether the borrower of a case may be contacted at in.Now. What
// the case tells is filled in: the calls and attempts of that day and the failures
// in a row from the log of contacts, the days past due from the loan, the class of
// lender from the registers, and a dispute or misuse that was found, beside what
// the caller knows of. The rest of the question is the caller's; of these fields
// only the attempts are taken from it, for whoever is not the debtor, because the
// log is about the debtor alone.
//
// Nothing is known of a day on which the log was not yet taken in, and what is not
// known denies. A record whose use has ended is as if it were not there.
//
// The decision, each opening and the question are on the record before MayContact
// returns. An opening that policy denies is a [*Denied].
func (a *Agent) MayContact(ctx context.Context, caseID string, in ContactInput,
	ask func(context.Context, *ContactInput) ContactAnswer) (*ContactInput, ContactAnswer, error) {
	for range maxTries {
		out, answer, err := a.mayContact(ctx, caseID, in, ask)
		if !errors.Is(err, ErrConflict) {
			return out, answer, err
		}
	}
	return nil, ContactAnswer{}, ErrConflict
}

func (a *Agent) mayContact(ctx context.Context, caseID string, in ContactInput,
	ask func(context.Context, *ContactInput) ContactAnswer) (*ContactInput, ContactAnswer, error) {
	none := ContactAnswer{}
	ref, ok, err := a.c.Store.Find(ctx, IndexCase, []byte(caseID))
	if err != nil {
		return nil, none, err
	}
	if !ok {
		return nil, none, ErrUnknownCase
	}
	// Read first: an event of the ledger that comes later conflicts with the
	// write below, so nobody is told an answer that a withdrawal has overtaken.
	profile, err := a.c.Store.Profile(ctx, ref.Subject)
	if err != nil {
		return nil, none, err
	}
	fd, _, d, err := a.open(ctx, ref)
	if err != nil {
		return nil, none, err
	}
	if _, err := a.c.Store.Commit(ctx, &Write{Subject: ref.Subject, Entry: a.openEntry(d, categoryFinding)}); err != nil {
		return nil, none, err
	}
	var points []PointDecision
	now := a.c.Now()
	use := &UseInput{Ground: groundOf(&fd.Legal, fd.Purpose, ageIn(fd), now.Unix(), a.c.Registers)}
	held, err := a.held(ctx, use, ref.Subject, func(c Category) bool { return c == CatContactLog || c == CatLoan })
	if err != nil {
		return nil, none, err
	}
	use.Categories = sortedSet(use.Categories)
	var opened []StoredRecord
	if len(held) > 0 {
		g, d := a.Authorize(ctx, use, ref.Subject)
		points = append(points, PointDecision{PointUse, d})
		if g == nil {
			w := &Write{Subject: ref.Subject, Entry: a.entry("contact", now, fd.Purpose, points, nil)}
			if _, err := a.c.Store.Commit(ctx, w); err != nil {
				return nil, none, err
			}
			return nil, none, &Denied{Point: PointUse, Codes: d.Denials}
		}
		g.scope.Held = held
		if opened, err = a.c.Store.Records(ctx, g); err != nil {
			return nil, none, err
		}
	}
	a.tell(&in, fd, opened)
	answer := ask(ctx, &in)
	points = append(points, PointDecision{PointContact, answer.Decision})
	question, err := json.Marshal(&in)
	if err != nil {
		return nil, none, errors.New("contact: encode question")
	}
	w := &Write{Subject: ref.Subject, Profile: &profile, Entry: a.entry("contact", now, fd.Purpose, points, nil)}
	// The id of a case cannot hold a brace: there the question begins.
	w.Entry.Body = append(entryBody(caseID, fd.Digest), question...)
	if _, err := a.c.Store.Commit(ctx, w); err != nil {
		return nil, none, err
	}
	return &in, answer, nil
}

// ageIn returns the age of the subject when the case was decided.
func ageIn(fd *Finding) Int {
	switch {
	case fd.Trail != nil:
		return fd.Trail.Age
	case fd.Result.Facts != nil:
		return fd.Result.Facts.Identity.Age
	}
	return Int{}
}

// notAhead returns days past due for whom it is all one how far the due date lies
// ahead: 0 until it has passed.
func notAhead(days Int) Int {
	if d, ok := days.Value(); ok && d < 0 {
		return Known(0)
	}
	return days
}

// tell fills a question in with what a case knows.
func (a *Agent) tell(in *ContactInput, fd *Finding, opened []StoredRecord) {
	in.LenderClass = a.c.Registers.LenderClass()
	// Where nothing was judged nobody looked, and both may be so.
	j := fd.Result.Judgement
	in.Disputed = in.Disputed || j == nil || j.OverdueClass == "dispute"
	in.NotTheBorrower = in.NotTheBorrower || j == nil || j.OverdueClass == "not_the_borrower" || j.Disposition == "freeze"
	ev := gather(opened, nil)
	in.DaysPastDue = Int{}
	if ev.Loan != nil {
		in.DaysPastDue = notAhead(a.c.Checks.Overdue(&Evidence{Loan: ev.Loan}, in.Now).DaysPastDue)
	}
	if in.Target == "debtor" {
		in.AttemptsToday = Int{}
	}
	in.CallsToday, in.FailedInRow = Int{}, Int{}
	if ev.ContactLog == nil {
		return
	}
	in.FailedInRow = Known(failures(ev.ContactLog, in.Now))
	var taken int64 // when the log was taken in
	for i := range opened {
		if opened[i].Category == CatContactLog {
			taken = max(taken, opened[i].CollectedAt)
		}
	}
	day := dayOf(in.Now)
	if taken < day {
		return
	}
	var calls, attempts int64
	for _, c := range ev.ContactLog.Attempts {
		if c.At < day || c.At > in.Now {
			continue
		}
		// Where nobody noted whether somebody answered, it counts as both.
		if c.Channel == "call" && c.Reached != No {
			calls++
		}
		if c.Reached != Yes && pointOf(c.Channel) == pointOf(in.Channel) {
			attempts++
		}
	}
	in.CallsToday = Known(calls)
	if in.Target == "debtor" {
		in.AttemptsToday = Known(attempts)
	}
}

// failures counts the calls and visits that failed after the debtor was last
// reached, or may have been, in whatever way.
func failures(log *ContactLog, now int64) (n int64) {
	var reached int64
	for _, c := range log.Attempts {
		if c.Reached != No && c.At <= now {
			reached = max(reached, c.At)
		}
	}
	for _, c := range log.Attempts {
		if c.Reached == No && c.At > reached && c.At <= now && (c.Channel == "call" || c.Channel == "visit") {
			n++
		}
	}
	return n
}

// pointOf tells channels that lead to the same number, app or address.
func pointOf(channel string) string {
	switch channel {
	case "call", "voice", "ai_voice", "sms":
		return "phone"
	case "visit", "letter", "mail":
		return "address"
	}
	return channel
}

// dayOf returns the first second of the day in China that holds an instant.
func dayOf(sec int64) int64 {
	const ahead, day = 8 * 3600, 24 * 3600
	return sec - (sec+ahead)%day
}
