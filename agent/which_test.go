package agent

import "testing"

// What tells loans apart: a change of any of it is another loan, and what changes
// while a loan runs is not.
func TestLoanKey_isOfWhatDoesNotChange(t *testing.T) {
	base := func() *Loan {
		return &Loan{Product: "p", Principal: Known(1_000_000), StartsOn: 20260105, Limit: Limit{Kind: LimitRevolving, Total: Known(5_000_000)}}
	}
	key := base().Key()
	for name, change := range map[string]func(*Loan){
		"product":   func(l *Loan) { l.Product = "q" },
		"principal": func(l *Loan) { l.Principal = Known(1_000_001) },
		"no sum":    func(l *Loan) { l.Principal = Int{} },
		"first day": func(l *Loan) { l.StartsOn = 20260106 },
		"requested": func(l *Loan) { l.Requested = Known(0) },
		"limit":     func(l *Loan) { l.Limit.Kind = LimitSingleDraw },
		"total":     func(l *Loan) { l.Limit.Total = Known(0) },
	} {
		l := base()
		if change(l); l.Key() == key {
			t.Errorf("%s: it is the same loan", name)
		}
	}
	l := base()
	l.Payments = []Payment{{On: 20260205, Amount: 1}}
	l.Schedule = []Instalment{{DueOn: 20260205}}
	l.Limit.Drawn, l.Limit.Draws, l.Limit.ValidUntil, l.RateBP, l.TermMonths = Known(1), Known(2), 20270101, Known(1500), Known(24)
	if l.Key() != key {
		t.Error("a payment, a draw or a new plan makes it another loan")
	}
	if k := new(Loan).Key(); k == "" || k == key {
		t.Errorf("an empty loan has the key %q", k)
	}
}

// A file without a loan leaves its records unbound, and its own is not changed.
func TestBound_bindsWhatIsAboutTheLoan(t *testing.T) {
	f := &File{Collected: []Record{{Category: CatClaim, Data: new(Claim)}, {Category: CatIncome, Data: new(Income)}}}
	if got := f.bound(); got != f {
		t.Error("a file without a loan is bound to one")
	}
	l := &Loan{Product: "p"}
	f.Collected = append(f.Collected, Record{Category: CatLoan, Data: l})
	got := f.bound()
	if got.Collected[0].Loan != l.Key() || got.Collected[1].Loan != "" || got.Collected[2].Loan != l.Key() || f.Collected[0].Loan != "" {
		t.Errorf("bound: %q, %q, %q; the file: %q", got.Collected[0].Loan, got.Collected[1].Loan, got.Collected[2].Loan, f.Collected[0].Loan)
	}
}

// Whoever is called is called, whichever loan it is about: logs of different loans
// are joined, and of one loan the newest counts.
func TestCalls_joinsTheLogsOfLoans(t *testing.T) {
	log := func(loan string, at int64, calls ...int64) StoredRecord {
		l := new(ContactLog)
		for _, c := range calls {
			l.Attempts = append(l.Attempts, ContactAttempt{At: c})
		}
		return StoredRecord{Record: Record{Category: CatContactLog, Loan: loan, CollectedAt: at, Data: l}}
	}
	all := calls([]StoredRecord{log("a", 2, 10, 11), log("b", 1, 20), log("a", 1, 30), {Record: Record{Category: CatClaim, Data: new(Claim)}}})
	var sum int64
	for _, c := range all.Attempts {
		sum += c.At
	}
	if len(all.Attempts) != 3 || sum != 41 {
		t.Errorf("attempts = %v, want those at 10, 11 and 20", all.Attempts)
	}
	if got := calls(nil); got != nil {
		t.Errorf("without a log there is %v", got)
	}
}
