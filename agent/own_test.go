package agent

import (
	"reflect"
	"testing"
)

// What of a debt is owed to the lender of the case is younger than the form of a
// record: one without it is written as before, and one with it in one form only.
func TestDatum_ownDebtsAreYounger(t *testing.T) {
	list := func(own ...Tri) *Liabilities {
		l := &Liabilities{Household: Known(3), Region: "99"}
		for i, o := range own {
			l.Obligations = append(l.Obligations, Obligation{Kind: "card", Lender: "L1", Balance: int64(i), Monthly: 1, Own: o})
		}
		return l
	}
	report := func(balance, monthly Int) *CreditReport {
		return &CreditReport{On: 20260101, Monthly: Known(920_00), OwnBalance: balance, OwnMonthly: monthly}
	}
	for _, tt := range []struct{ old, young Datum }{
		{list(Unknown, Unknown), list(Unknown, Yes)},
		{list(Unknown), list(No)},
		{report(Int{}, Int{}), report(Known(0), Int{})},
		{report(Int{}, Int{}), report(Int{}, Known(920_00))},
	} {
		old, err := EncodeDatum(tt.old)
		if err != nil {
			t.Fatal(err)
		}
		young, err := EncodeDatum(tt.young)
		if err != nil {
			t.Fatal(err)
		}
		if string(young[:len(old)]) != string(old) || len(young) == len(old) {
			t.Errorf("%s: what is younger is not at the end", tt.old.Category())
		}
		for n := len(old); n <= len(young); n++ {
			got, err := DecodeDatum(tt.old.Category(), young[:n])
			switch n {
			case len(old):
				if err != nil || !reflect.DeepEqual(got, tt.old) {
					t.Errorf("%s: an older record comes back as %+v, %v", tt.old.Category(), got, err)
				}
			case len(young):
				if err != nil || !reflect.DeepEqual(got, tt.young) {
					t.Errorf("%s: came back as %+v, %v", tt.old.Category(), got, err)
				}
			default:
				if err == nil {
					t.Errorf("%s: cut at %d of %d bytes it still decodes", tt.old.Category(), n, len(young))
				}
			}
		}
		// Nothing said, at length: a second form of the older record.
		if _, err := DecodeDatum(tt.old.Category(), append(old, make([]byte, 2)...)); err == nil {
			t.Errorf("%s: there are two forms of a record without it", tt.old.Category())
		}
	}
	none, err := EncodeDatum(list())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeDatum(CatLiabilities, append(none, 0)); err == nil {
		t.Error("a list without a debt says whose they are")
	}
}
