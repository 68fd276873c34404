package agent

import (
	"encoding/binary"
	"errors"
	"slices"
)

// The form of a record's content at rest, version 1, inside the seal: one
// version byte, then the fields of the type in the order of its function below.
// Whole numbers are zig-zag varints, texts and lists carry their length first, a
// number that may be unknown carries a flag byte. Words of the vocabulary, see
// words, take a number in place of their letters. One function a type describes
// both directions, so they cannot drift apart. Decoding is strict: what is left
// over, cut short or out of range is an error, and what decodes encodes to the
// same bytes, but for words that were none when they were written.

// codecVersion is the first byte of every encoded datum.
const codecVersion = 1

var errDatum = errors.New("record: content does not decode")

// EncodeDatum returns the content of a record for sealing. The bytes are
// personal data in clear.
func EncodeDatum(d Datum) ([]byte, error) {
	c := coder{b: append(make([]byte, 0, 256), codecVersion)}
	if !c.datum(d) {
		return nil, errors.New("record: no datum")
	}
	return c.b, nil
}

// DecodeDatum reads what EncodeDatum wrote. The error carries no value.
func DecodeDatum(cat Category, b []byte) (Datum, error) {
	if len(b) == 0 || b[0] != codecVersion {
		return nil, errDatum
	}
	var d Datum
	switch cat {
	case CatIdentity:
		d = new(Identity)
	case CatPhone:
		d = new(Phone)
	case CatCard:
		d = new(Cards)
	case CatLoan:
		d = new(Loan)
	case CatClaim:
		d = new(Claim)
	case CatProof:
		d = new(Proofs)
	case CatEmployment:
		d = new(Employment)
	case CatSocialInsurance:
		d = new(SocialInsurance)
	case CatIncome:
		d = new(Income)
	case CatLiabilities:
		d = new(Liabilities)
	case CatCreditReport:
		d = new(CreditReport)
	case CatStatement:
		d = new(Statement)
	case CatContactLog:
		d = new(ContactLog)
	case CatDeviceLog:
		d = new(DeviceLog)
	case CatAnswer:
		d = new(Answers)
	case CatHistory:
		d = new(History)
	default:
		return nil, errDatum
	}
	c := coder{b: b[1:], decoding: true}
	c.datum(d)
	if c.bad || len(c.b) != 0 {
		return nil, errDatum
	}
	return d, nil
}

// datum codes d and reports whether it is of a known type and not nil.
func (c *coder) datum(d Datum) bool {
	switch d := d.(type) {
	case *Identity:
		c.text(&d.Kind)
		c.personal(&d.Name)
		c.personal(&d.Number)
		c.date(&d.IssuedOn)
		c.date(&d.ExpiresOn)
		c.date(&d.BornOn)
	case *Phone:
		c.personal(&d.Number)
	case *Cards:
		list(c, &d.Numbers, (*coder).personal)
		c.personal(&d.Payout)
		c.personal(&d.PayoutHolder)
	case *Loan:
		c.text(&d.Product)
		c.num(&d.Principal)
		c.num(&d.RateBP)
		c.text(&d.Method)
		c.num(&d.TermMonths)
		c.date(&d.StartsOn)
		list(c, &d.Schedule, func(c *coder, i *Instalment) {
			c.date(&i.DueOn)
			c.int(&i.Principal)
			c.int(&i.Interest)
			c.int(&i.Fee)
		})
		list(c, &d.Payments, func(c *coder, p *Payment) {
			c.date(&p.On)
			c.int(&p.Amount)
			c.text(&p.Result)
		})
		list(c, &d.Fees, func(c *coder, f *Fee) {
			c.text(&f.Kind)
			c.int(&f.Amount)
		})
		c.num(&d.Requested)
		c.num(&d.PenaltyBP)
		c.text(&d.Accrual)
		c.text(&d.Rounding)
		c.text(&d.Limit.Kind)
		c.num(&d.Limit.Total)
		c.num(&d.Limit.Drawn)
		c.num(&d.Limit.Draws)
		c.date(&d.Limit.ValidUntil)
		// Younger than version 1: a record without it ends here.
		if !c.decoding && d.Early != Unknown || c.decoding && len(c.b) > 0 {
			c.tri(&d.Early)
			c.bad = c.bad || d.Early == Unknown // else there are two forms of it
		}
	case *Claim:
		c.text(&d.Reason)
		c.date(&d.StatedOn)
		c.date(&d.Since)
		list(c, &d.Also, (*coder).text)
	case *Proofs:
		list(c, &d.Items, func(c *coder, p *Proof) {
			c.text(&p.Kind)
			c.tri(&p.Seen)
			c.date(&p.On)
		})
	case *Employment:
		c.text(&d.Status)
		c.date(&d.Since)
	case *SocialInsurance:
		list(c, &d.Months, func(c *coder, m *InsuredMonth) {
			c.date(&m.Month)
			c.tri(&m.Paid)
			c.num(&m.Base)
		})
	case *Income:
		c.num(&d.DeclaredMonthly)
		list(c, &d.Months, func(c *coder, m *MonthAmount) {
			c.date(&m.Month)
			c.int(&m.Amount)
		})
		c.tri(&d.Verified)
	case *Liabilities:
		list(c, &d.Obligations, func(c *coder, o *Obligation) {
			c.text(&o.Kind)
			c.text(&o.Lender)
			c.int(&o.Balance)
			c.int(&o.Monthly)
			c.date(&o.Since)
		})
		c.num(&d.Assets)
		c.num(&d.Household)
		c.text(&d.Region)
		// Younger than version 1, as are those of a report: see early repayment.
		told := slices.ContainsFunc(d.Obligations, func(o Obligation) bool { return o.Own != Unknown })
		if !c.decoding && told || c.decoding && len(c.b) > 0 {
			for i := range d.Obligations {
				c.tri(&d.Obligations[i].Own)
				told = told || d.Obligations[i].Own != Unknown
			}
			c.bad = c.bad || !told
		}
	case *CreditReport:
		c.date(&d.On)
		for _, n := range []*Int{&d.Lenders, &d.Balance, &d.Monthly, &d.Inquiries30, &d.Inquiries90, &d.NewLoans90, &d.Overdue, &d.WorstLate24M,
			&d.Inquiries180, &d.NewLoans30, &d.NewLoans180} {
			c.num(n)
		}
		if told := d.OwnBalance.IsKnown() || d.OwnMonthly.IsKnown(); !c.decoding && told || c.decoding && len(c.b) > 0 {
			c.num(&d.OwnBalance)
			c.num(&d.OwnMonthly)
			c.bad = c.bad || !d.OwnBalance.IsKnown() && !d.OwnMonthly.IsKnown()
		}
	case *Statement:
		c.text(&d.Format)
		c.text(&d.Account)
		c.date(&d.From)
		c.date(&d.To)
		c.int(&d.Rows)
		c.int(&d.Refused)
		list(c, &d.Warnings, (*coder).text)
		list(c, &d.Transactions, (*coder).transaction)
	case *ContactLog:
		list(c, &d.Attempts, func(c *coder, a *ContactAttempt) {
			c.int(&a.At)
			c.text(&a.Channel)
			c.tri(&a.Reached)
		})
		list(c, &d.Promises, func(c *coder, p *Promise) {
			c.int(&p.At)
			c.date(&p.DueOn)
			c.int(&p.Amount)
		})
	case *DeviceLog:
		list(c, &d.Events, func(c *coder, e *DeviceEvent) {
			c.int(&e.At)
			c.text(&e.Kind)
			c.tri(&e.NewDevice)
			c.tri(&e.NewPlace)
			c.num(&e.Amount)
		})
	case *Answers:
		list(c, &d.Items, func(c *coder, a *Answer) {
			c.text(&a.Kind)
			c.text(&a.Provider)
			c.int(&a.At)
			c.tri(&a.Match)
			c.tri(&a.Live)
			c.num(&a.ScoreBP)
		})
	case *History:
		list(c, &d.Applications, func(c *coder, a *PastApplication) {
			c.int(&a.At)
			c.num(&a.Requested)
			c.num(&a.Income)
			c.text(&a.Employment)
			c.num(&a.Household)
			c.text(&a.Outcome)
		})
	default:
		return false
	}
	return true
}

func (c *coder) transaction(t *Transaction) {
	c.int(&t.At)
	c.int(&t.Amount)
	c.num(&t.Balance)
	c.byte((*byte)(&t.Flow), byte(FlowNeutral))
	c.byte((*byte)(&t.Kind), byte(numKinds-1))
	c.byte((*byte)(&t.Party), byte(PartyPlatform))
	c.byte((*byte)(&t.Channel), byte(ChannelCash))
	c.byte((*byte)(&t.State), byte(StateRefunded))
	n := int64(t.Payer)
	c.int(&n)
	if n < 0 || n > 1<<16-1 {
		c.bad = true
	}
	t.Payer = uint16(n)
}

// A coder writes fields to the end of b or reads them from its front. After a
// failed read bad is set and every field comes back zero.
type coder struct {
	b        []byte
	decoding bool
	bad      bool
	// plain writes every text in full: for bytes that are signed or digested,
	// which must not change when the vocabulary grows.
	plain bool
}

func (c *coder) int(v *int64) {
	if !c.decoding {
		c.b = binary.AppendVarint(c.b, *v)
		return
	}
	x, n := binary.Varint(c.b)
	// A padded varint would decode to the same number from other bytes.
	if n <= 0 || (n > 1 && c.b[n-1] == 0) {
		c.bad, c.b, *v = true, nil, 0
		return
	}
	c.b, *v = c.b[n:], x
}

func (c *coder) byte(v *byte, limit byte) {
	if !c.decoding {
		c.b = append(c.b, *v)
		return
	}
	if len(c.b) == 0 || c.b[0] > limit {
		c.bad, c.b, *v = true, nil, 0
		return
	}
	*v, c.b = c.b[0], c.b[1:]
}

// text codes a text with its length, or a word of the vocabulary as a negative
// number. A word may stand in full where it was written before it was one.
func (c *coder) text(s *string) {
	if !c.decoding {
		if i, ok := wordIndex[*s]; ok && !c.plain {
			n := -1 - i
			c.int(&n)
			return
		}
		n := int64(len(*s))
		c.int(&n)
		c.b = append(c.b, *s...)
		return
	}
	var n int64
	c.int(&n)
	if n < 0 {
		if i := -1 - n; i < int64(len(words)) && !c.plain {
			*s = words[i]
			return
		}
		c.bad, c.b, *s = true, nil, ""
		return
	}
	if n > int64(len(c.b)) {
		c.bad, c.b, *s = true, nil, ""
		return
	}
	*s, c.b = string(c.b[:n]), c.b[n:]
}

func (c *coder) personal(p *Personal) {
	s := p.Reveal()
	c.text(&s)
	if c.decoding {
		*p = NewPersonal(s)
	}
}

func (c *coder) num(n *Int) {
	known := byte(0)
	if n.known {
		known = 1
	}
	c.byte(&known, 1)
	if known == 1 {
		c.int(&n.v)
	}
	if c.decoding {
		n.known = known == 1 && !c.bad
	}
}

func (c *coder) tri(t *Tri) { c.byte((*byte)(t), byte(Yes)) }

func (c *coder) date(d *Date) {
	v := int64(*d)
	c.int(&v)
	if v < 0 || v > 99991231 {
		c.bad, v = true, 0
	}
	*d = Date(v)
}

// list codes 0 for a nil list and one more than the length for any other: a list
// that was not given is unknown, an empty one says that there is none.
func list[T any](c *coder, s *[]T, code func(*coder, *T)) {
	n := int64(0)
	if *s != nil {
		n = int64(len(*s)) + 1
	}
	c.int(&n)
	if c.decoding {
		*s = nil
		// Elements take a byte at least: a forged count allocates nothing.
		if n < 0 || n > int64(len(c.b))+1 {
			c.bad, c.b, n = true, nil, 0
		}
		if n > 0 {
			*s = make([]T, n-1)
		}
	}
	for i := range *s {
		code(c, &(*s)[i])
	}
}
