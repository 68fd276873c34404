package main

import (
	"encoding/json"
	"math/big"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCarried holds what explain --for officer --json just said of an application
// against the case file: the instalment of the offer is within what is left of the
// verified income, both computed here a second way.
func scriptCarried(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 || args[1] != "whole" && args[1] != "less" {
		ts.Fatalf("usage: carried FILE whole|less")
	}
	var file struct {
		Loan struct {
			Rate      int64 `json:"rate_bp"`
			Months    int64 `json:"term_months"`
			Requested int64 `json:"requested_fen"`
		} `json:"loan"`
		Evidence struct {
			Liabilities struct {
				Household   int64 `json:"household"`
				Obligations []struct {
					Monthly int64 `json:"monthly_fen"`
				} `json:"obligations"`
			} `json:"liabilities"`
			Report struct {
				Monthly int64 `json:"monthly_fen"`
			} `json:"credit_report"`
		} `json:"evidence"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &file))
	var said struct {
		Judgement struct {
			Outcome string `json:"outcome"`
			Offer   int64  `json:"offer"`
		} `json:"judgement"`
		Facts []struct {
			Path  string          `json:"path"`
			Value json.RawMessage `json:"value"`
		} `json:"facts"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &said))
	fact := func(path string) (n int64) {
		for _, f := range said.Facts {
			if f.Path == path {
				ts.Check(json.Unmarshal(f.Value, &n))
				return n
			}
		}
		ts.Fatalf("there is no fact %s", path)
		return 0
	}
	const firstPerson, furtherPerson = 1500_00, 900_00 // where no region of the table is the borrower's
	var owed int64
	for _, o := range file.Evidence.Liabilities.Obligations {
		owed += o.Monthly
	}
	owed = max(owed, file.Evidence.Report.Monthly)
	income := fact("capacity.verified_income")
	left := income - owed - firstPerson - (file.Evidence.Liabilities.Household-1)*furtherPerson
	if got := fact("capacity.instalment"); got != left {
		ts.Fatalf("the instalment that is carried is %d, by hand %d", got, left)
	}
	// What the payments of a fen a month are worth today, each discounted by its own
	// months, gives the instalment without the formula of annuities.
	month := big.NewRat(12*10_000, 12*10_000+file.Loan.Rate)
	worth, factor := new(big.Rat), big.NewRat(1, 1)
	for range file.Loan.Months {
		worth.Add(worth, factor.Mul(factor, month))
	}
	within := func(fen, most int64) bool { // half a fen is rounded up
		instalment := new(big.Rat).Quo(big.NewRat(fen, 1), worth)
		return instalment.Cmp(big.NewRat(2*most+1, 2)) < 0
	}
	// The rules offer no more than the line on debt service lets be, in thousands.
	const lineBP, step = 5500, 1000_00
	most := min(left, income*lineBP/10_000-owed)
	offer := said.Judgement.Offer
	switch {
	case said.Judgement.Outcome != "pass" || offer <= 0:
		ts.Fatalf("nothing is offered: %s", said.Judgement.Outcome)
	case !within(offer, left):
		ts.Fatalf("%d is offered, and its instalment is more than the %d that are left", offer, left)
	case args[1] == "whole" && offer != file.Loan.Requested:
		ts.Fatalf("%d is offered of %d", offer, file.Loan.Requested)
	case args[1] == "less" && (offer >= file.Loan.Requested || !within(offer, most) || within(offer+step, most)):
		ts.Fatalf("%d is offered of %d, where an instalment of %d is carried", offer, file.Loan.Requested, most)
	}
}
