package agent

import (
	"bytes"
	"reflect"
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

func filledFinding() *Finding {
	f, n := new(Finding), int64(0)
	fill(reflect.ValueOf(f).Elem(), &n)
	return f
}

func TestFinding_comesBackAsItWent(t *testing.T) {
	for name, f := range map[string]*Finding{"full": filledFinding(), "empty": new(Finding)} {
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
	f.Add(encodeFinding(new(Finding)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, ok := decodeFinding(b); ok && !bytes.Equal(encodeFinding(got), b) {
			t.Fatal("decodes but encodes to other bytes")
		}
	})
}
