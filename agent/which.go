package agent

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math"
)

// One person may have several loans with one lender, and what is on file of one of
// them is nothing to the others: a payment that is late, a reason that was given for
// it, a paper that bears the reason out, a call. What a borrower earns and owes, and
// who the borrower is, belongs to the person.

// ofLoan reports whether records of a category are about one loan.
func ofLoan(c Category) bool {
	switch c {
	case CatLoan, CatClaim, CatProof, CatContactLog:
		return true
	}
	return false
}

// Key tells one loan of a person from the others by what does not change while it
// runs: product, sum, first day, and the limit on which it is drawn; of an
// application what is asked for. Two loans that agree in all of it have one key. It
// is kept under seal only.
func (l *Loan) Key() string {
	b := make([]byte, 0, 128)
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	num := func(n Int) {
		v, ok := n.Value()
		if !ok {
			v = -1 // a sum is never negative
		}
		b = binary.AppendVarint(b, v)
	}
	text(l.Product)
	num(l.Principal)
	b = binary.AppendVarint(b, int64(l.StartsOn))
	num(l.Requested)
	text(l.Limit.Kind)
	num(l.Limit.Total)
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// bound returns the file with each record that is about a loan bound to the loan of
// the file. A file without a loan leaves them unbound.
func (f *File) bound() *File {
	loan := ""
	for i := range f.Collected {
		if l, ok := f.Collected[i].Data.(*Loan); ok {
			loan = l.Key()
		}
	}
	if loan == "" {
		return f
	}
	out := *f
	out.Collected = append(make([]Record, 0, len(f.Collected)), f.Collected...)
	for i := range out.Collected {
		if r := &out.Collected[i]; ofLoan(r.Category) {
			r.Loan = loan
		}
	}
	return &out
}

// loanOf returns which loan a case is about: that which came with its file, or else
// that which it was about before, or else the newest on file.
func loanOf(f *File, prior *Finding, opened []StoredRecord) string {
	for i := range f.Collected {
		if f.Collected[i].Category == CatLoan {
			return f.Collected[i].Loan
		}
	}
	return prior.loan(opened)
}

// loan returns which loan a finding is about. Of one that does not say it is the
// newest on file.
func (f *Finding) loan(opened []StoredRecord) (loan string) {
	if f != nil && f.Loan != "" {
		return f.Loan
	}
	at := int64(math.MinInt64)
	for i := range opened {
		if r := &opened[i].Record; r.Category == CatLoan && r.CollectedAt >= at {
			loan, at = r.Loan, r.CollectedAt
		}
	}
	return loan
}

// about reports whether a record says something in a case about a loan.
func (r *Record) about(loan string) bool { return r.Loan == "" || r.Loan == loan }
