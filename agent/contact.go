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
	o, err := a.openRecords(ctx, caseID, func(c Category) bool { return c == CatContactLog || c == CatLoan })
	if err != nil {
		return nil, none, err
	}
	if codes := o.denials(); len(codes) > 0 {
		if _, err := a.c.Store.Commit(ctx, a.writeOpening(o, caseID, "contact")); err != nil {
			return nil, none, err
		}
		return nil, none, &Denied{Point: PointUse, Codes: codes}
	}
	a.tell(&in, o.fd, o.records)
	answer := ask(ctx, &in)
	question, err := json.Marshal(&in)
	if err != nil {
		return nil, none, errors.New("contact: encode question")
	}
	w := a.writeOpening(o, caseID, "contact", PointDecision{PointContact, answer.Decision})
	// The id of a case cannot hold a brace: there the question begins.
	w.Entry.Body = append(w.Entry.Body, question...)
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
	ev := gather(fd.loan(opened), opened, nil)
	// Whoever is called is called, whichever loan it is about.
	ev.ContactLog = calls(opened)
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

// calls joins the newest log of each loan, in no order. Nil if there is none.
func calls(opened []StoredRecord) *ContactLog {
	newest := map[string]*Record{}
	for i := range opened {
		r := &opened[i].Record
		if r.Category != CatContactLog {
			continue
		}
		if old := newest[r.Loan]; old == nil || old.CollectedAt <= r.CollectedAt {
			newest[r.Loan] = r
		}
	}
	if len(newest) == 0 {
		return nil
	}
	all := new(ContactLog)
	for _, r := range newest {
		if l, ok := r.Data.(*ContactLog); ok {
			all.Attempts = append(all.Attempts, l.Attempts...)
		}
	}
	return all
}
