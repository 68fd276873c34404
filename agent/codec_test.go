package agent

import (
	"bytes"
	"reflect"
	"testing"
)

func sampleData() []Datum {
	return []Datum{
		&Identity{Name: NewPersonal("甲乙"), Number: NewPersonal("990101190001010000"), ExpiresOn: 99991231},
		&Identity{Kind: DocumentPassport, Number: NewPersonal("E00000001"), BornOn: 19000101},
		&Phone{Number: NewPersonal("19900000001")},
		&Cards{Numbers: []Personal{NewPersonal("6299990000000000"), {}}},
		&Loan{Product: "p1", Principal: Known(5_000_00), RateBP: Known(1200), Method: MethodEqualInstalment, TermMonths: Known(12),
			Schedule: []Instalment{{DueOn: 20260101, Principal: 1, Interest: 2, Fee: 3}}, Payments: []Payment{{On: 20260102, Amount: 6, Result: "settled"}},
			Fees: []Fee{{"setup", 7}}, Requested: Known(0)},
		&Claim{Reason: ReasonLostCard, StatedOn: 20260103},
		&Proofs{Items: []Proof{{Kind: ProofCardLoss, Seen: Yes, On: 20260103}}},
		&Proofs{},
		&Proofs{Items: []Proof{}},
		&Employment{Status: "employed"},
		&SocialInsurance{Months: []InsuredMonth{{Month: 20260101, Paid: No}}},
		&Income{DeclaredMonthly: Known(20_000_00), Months: []MonthAmount{{20260101, -5}}, Verified: Yes},
		&Liabilities{Obligations: []Obligation{{Kind: "card", Lender: "L1", Balance: 9, Monthly: 1}}, Household: Known(3), Region: "99"},
		&CreditReport{On: 20260101, Lenders: Known(3)},
		&Statement{Format: "cmb", Account: "a", Rows: 2, Refused: 1, Warnings: []string{"count.differs"},
			Transactions: []Transaction{{At: 1, Amount: 1 << 60, Balance: Known(-4), Flow: FlowIn, Kind: KindSalary, Party: PartyEmployer, Channel: ChannelBank, State: StateSettled, Payer: 65535}}},
		&ContactLog{Attempts: []ContactAttempt{{At: 5, Channel: "call", Reached: No}}},
		&DeviceLog{Events: []DeviceEvent{{At: 6, Kind: "login", NewDevice: Yes}}},
		&Answers{Items: []Answer{{Kind: AnswerTwoFactor, Provider: "p", At: 7, Match: Yes}}},
	}
}

func TestDatum_comesBackAsItWent(t *testing.T) {
	for _, d := range sampleData() {
		b, err := EncodeDatum(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeDatum(d.Category(), b)
		if err != nil {
			t.Fatalf("%s: %v", d.Category(), err)
		}
		if !reflect.DeepEqual(got, d) {
			t.Errorf("%s: came back changed", d.Category())
		}
		for n := range len(b) {
			if _, err := DecodeDatum(d.Category(), b[:n]); err == nil {
				t.Errorf("%s: cut at %d of %d bytes still decodes", d.Category(), n, len(b))
			}
		}
		if _, err := DecodeDatum(d.Category(), append(b, 0)); err == nil {
			t.Errorf("%s: a byte too many still decodes", d.Category())
		}
	}
	if _, err := EncodeDatum(nil); err == nil {
		t.Error("no datum encodes")
	}
	if _, err := DecodeDatum("nothing", []byte{1}); err == nil {
		t.Error("unknown category decodes")
	}
}

func FuzzDecodeDatum(f *testing.F) {
	cats := []Category{}
	for i, d := range sampleData() {
		b, _ := EncodeDatum(d)
		cats = append(cats, d.Category())
		f.Add(byte(i), b)
	}
	f.Fuzz(func(t *testing.T, i byte, b []byte) {
		d, err := DecodeDatum(cats[int(i)%len(cats)], b)
		if err != nil {
			return
		}
		// Bytes from before a word was one may change once, and then no more.
		again, err := EncodeDatum(d)
		if err != nil {
			t.Fatal("decodes but does not encode")
		}
		back, err := DecodeDatum(cats[int(i)%len(cats)], again)
		if err != nil {
			t.Fatal("what was encoded does not decode")
		}
		if last, _ := EncodeDatum(back); !bytes.Equal(last, again) || len(again) > len(b) {
			t.Fatal("decodes but encodes to other bytes")
		}
	})
}

// The vocabulary grows. What was written in full before a word was one still
// decodes, and what is signed does not depend on the vocabulary at all.
func TestWords_mayBeAdded(t *testing.T) {
	full := coder{plain: true}
	s := "history"
	full.text(&s)
	var got string
	if c := (&coder{b: full.b, decoding: true}); true {
		if c.text(&got); c.bad || got != s || len(c.b) != 0 {
			t.Errorf("a word in full decodes to %q", got)
		}
	}
	e := &ConsentEvent{Kind: ConsentGiven, Terms: &ConsentTerms{Categories: []string{s}}}
	for _, w := range []string{ConsentGiven, s} {
		if !bytes.Contains(e.encode(), []byte(w)) {
			t.Errorf("an event does not hold %q in full", w)
		}
	}
}

func BenchmarkDatum_statement600(b *testing.B) {
	s := &Statement{Transactions: make([]Transaction, 600)}
	for i := range s.Transactions {
		s.Transactions[i] = Transaction{At: 1_780_000_000 + int64(i)*3600, Amount: 12_34, Kind: KindPurchase, Flow: FlowOut, State: StateSettled, Payer: uint16(i)}
	}
	enc, _ := EncodeDatum(s)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			EncodeDatum(s)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(enc)))
		for b.Loop() {
			DecodeDatum(CatStatement, enc)
		}
	})
}
