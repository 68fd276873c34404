package agent

import (
	"bytes"
	"reflect"
	"slices"
	"testing"
)

// fill sets every field that it can reach to something that is not zero, so that
// a field which the codec forgets comes back changed.
func fill(v reflect.Value, n *int64) {
	*n++
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Int]() {
			v.Set(reflect.ValueOf(Known(*n)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.String:
		v.SetString("abcdef"[:2+*n%2*2]) // hexadecimal too
	case reflect.Int64:
		v.SetInt(*n)
	case reflect.Int32:
		v.SetInt(20260101 + *n%9)
	case reflect.Uint8:
		if v.Type() == reflect.TypeFor[Tri]() {
			v.SetUint(uint64(*n%2 + 1))
			return
		}
		v.SetUint(uint64(*n % 251))
	case reflect.Bool:
		v.SetBool(true)
	default:
		panic("a kind that no finding had before: " + v.Kind().String())
	}
}

// filledFinding has every field set, those of the trail to words that it has.
func filledFinding() *Finding {
	f, n := new(Finding), int64(0)
	fill(reflect.ValueOf(f).Elem(), &n)
	t := f.Trail
	t.Collected, t.Used = trailCategories[:3], trailCategories[2:]
	t.Sources, t.Claims, t.Disclosed = trailSources, trailClaims, trailClaims[1:4]
	t.Said = []byte{1, 15}
	f.Result.Case, f.Result.Purpose, f.Result.Plan = f.Case, f.Purpose, nil // a plan follows from the rest
	return f
}

// trailless is a finding as it was before trails were kept.
func trailless() *Finding {
	f := filledFinding()
	f.Trail, f.Result.Case, f.Result.Purpose = nil, "another", "other"
	f.Result.Stands, f.Result.Recalled, f.Result.Facts.Cost = "", nil, CostFacts{}
	return f
}

func TestFinding_comesBackAsItWent(t *testing.T) {
	for name, f := range map[string]*Finding{"full": filledFinding(), "empty": new(Finding),
		"without a trail": trailless(), "with an empty trail": {Trail: new(Trail)}} {
		b := encodeFinding(f)
		got, ok := decodeFinding(b)
		if !ok {
			t.Fatalf("%s: does not decode", name)
		}
		if !reflect.DeepEqual(got, f) {
			t.Errorf("%s: came back changed", name)
		}
		for n := range len(b) {
			if _, ok := decodeFinding(b[:n]); ok {
				t.Errorf("%s: cut at %d of %d bytes still decodes", name, n, len(b))
			}
		}
		if _, ok := decodeFinding(append(b, 0)); ok {
			t.Errorf("%s: a byte too many still decodes", name)
		}
	}
}

func FuzzDecodeFinding(f *testing.F) {
	f.Add(encodeFinding(filledFinding()))
	f.Add(encodeFinding(trailless()))
	f.Add(encodeFinding(new(Finding)))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, ok := decodeFinding(b)
		if !ok {
			return
		}
		again := encodeFinding(got)
		if back, ok := decodeFinding(again); !ok || !bytes.Equal(encodeFinding(back), again) || len(again) > len(b) {
			t.Fatal("decodes but encodes to other bytes")
		}
	})
}

// A word that is added to the catalogue needs a place in the vocabulary of
// trails, else no case with it could be replayed.
func TestTrail_knowsEveryWordThatIsAsked(t *testing.T) {
	for _, d := range []Datum{&Identity{}, &Phone{}, &Cards{}, &Loan{}, &Claim{}, &Proofs{}, &Employment{}, &SocialInsurance{}, &Income{},
		&Liabilities{}, &CreditReport{}, &Statement{}, &ContactLog{}, &DeviceLog{}, &Answers{}} {
		if !slices.Contains(trailCategories, string(d.Category())) {
			t.Errorf("the category %s has no place in a trail", d.Category())
		}
	}
	// Told is of categories that are counted already.
	if n := reflect.TypeFor[Evidence]().NumField() - 1; n != len(trailCategories) {
		t.Errorf("evidence has %d kinds, trails know %d", n, len(trailCategories))
	}
	for _, s := range []string{"", "borrower", "lender", "bureau"} {
		if !slices.Contains(trailSources, sourceKind(s)) {
			t.Errorf("the source %q has no place in a trail", s)
		}
	}
	for _, c := range allClaims {
		if !slices.Contains(trailClaims, c) {
			t.Errorf("the claim %s has no place in a trail", c)
		}
	}
}
