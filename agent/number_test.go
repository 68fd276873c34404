package agent

import "testing"

// A number in full-width characters is the same number: it is found under the same
// entry and has the same age.
func TestNormalizeNumber_readsFullWidthCharacters(t *testing.T) {
	for wide, want := range map[string]string{
		"９９０１０１１９８８０４１２１０１７":   "990101198804121017",
		"990101１９８８０４１２１０１7":   "990101198804121017",
		"９９０１０１ １９８８０４１２　１０１ｘ": "99010119880412101X",
		"９９０１０１８８０４１２１０１":      NormalizeNumber("990101880412101"),
		"Ｅ１２３４５６７８":            "Ｅ１２３４５６７８", // no citizen's: found as it was stored
		"１２３":                  "１２３",
	} {
		if got := NormalizeNumber(wide); got != want {
			t.Errorf("a wide number of %d bytes is read as one of %d", len(wide), len(got))
		}
	}
	if age := AgeAt("９９０１０１１９８８０４１２１０１７", 20260302); age != Known(37) {
		t.Errorf("the age of a wide number is %v", age)
	}
}
