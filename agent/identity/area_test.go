package identity

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yanmen/yanmen/agent"
)

func TestAreas_decodeToWhatIsWritten(t *testing.T) {
	list := areas()
	if !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
		t.Fatal("areas are not in order")
	}
	var b strings.Builder
	prefix, valid := uint32(0), 0
	for _, a := range list {
		code, year := a>>8, a&0xFF
		if code < 110000 || code > 829999 || year > areasUntil-1980 {
			t.Fatalf("area %d, given up %d", code, year)
		}
		if code/100 != prefix {
			prefix = code / 100
			fmt.Fprintf(&b, "\n%d", prefix)
		}
		fmt.Fprintf(&b, " %02d", code%100)
		if year > 0 {
			fmt.Fprintf(&b, "-%02d", (1980+year)%100)
		} else {
			valid++
		}
	}
	head, table, _ := strings.Cut(areasText, "\n")
	if table != strings.TrimPrefix(b.String(), "\n")+"\n" {
		t.Error("areas.txt is not what was read of it")
	}
	if !strings.Contains(head, fmt.Sprintf("1981 to %d", areasUntil)) {
		t.Errorf("%q does not say until %d", head, areasUntil)
	}
	// The country has some 3,200 divisions from county to province.
	if valid < 3150 || valid > 3300 || len(list) < 6000 {
		t.Errorf("%d valid codes of %d", valid, len(list))
	}
	if len(areasText) > 60<<10 {
		t.Errorf("areas.txt has %d bytes", len(areasText))
	}
}

func TestLookArea_knowsWhatIsAndWhatWas(t *testing.T) {
	for code, want := range map[uint32]struct {
		gone  int
		known bool
	}{
		110101: {0, true}, 110103: {2010, true}, 110110: {1986, true}, 110229: {2015, true}, 310119: {2009, true},
		440301: {0, true}, 440303: {0, true}, 659012: {0, true}, 810000: {0, true}, 710000: {0, true},
		990101: {0, false}, 0: {0, false}, 1: {0, false}, 110199: {0, false}, 999999: {0, false}, 160101: {0, false},
	} {
		if gone, known := lookArea(code); gone != want.gone || known != want.known {
			t.Errorf("lookArea(%d) = %d, %v, want %d, %v", code, gone, known, want.gone, want.known)
		}
	}
}

func TestCheck_areaIsAWarningOnly(t *testing.T) {
	// Sequence 000 is given to nobody.
	for _, tt := range []struct{ area, born, codes string }{
		{"110101", "19900115", ""},
		{"310101", "19900115", ""},
		{"710000", "19900115", ""},
		{"820000", "19900115", ""},
		{"990101", "19900115", ""},
		{"911156", "19900115", ""},
		{"938156", "19900115", "area.unknown"},
		{"000000", "19900115", "area.unknown"},
		{"160000", "19900115", "area.unknown"},
		{"840000", "19900115", "area.unknown"},
		{"110103", "19900115", "area.abolished"},
		{"110110", "19910115", "area.abolished"}, // given up in 1986
		{"110110", "19920115", "area.abolished area.untimely"},
	} {
		digits := tt.area + tt.born + "000"
		id := digits + string(agent.CheckCharacter([]byte(digits)))
		got := Check(nil, agent.Person{Number: personal(id)}, asOf)
		if got.NumberForm != "valid" || strings.Join(got.Codes, " ") != tt.codes || got.Assurance != agent.AssuranceFormat {
			t.Errorf("area %s, born %s: %+v, want valid and %q", tt.area, tt.born, got, tt.codes)
		}
	}
}

func TestVariants_eachCharacterHasOneGroup(t *testing.T) {
	list := variants()
	clear, merged := 0, 0
	for i, v := range list {
		if i > 0 && list[i-1].char == v.char {
			t.Errorf("%c stands in two groups", rune(v.char))
		}
		if v.merged {
			merged++
		} else {
			clear++
		}
		if first, ok := lookVariant(rune(v.group)); !ok || first.group != v.group || first.merged != v.merged {
			t.Errorf("%c stands for a group that it is not in", rune(v.group))
		}
	}
	if clear < 5000 || merged < 700 || len(variantsText) > 32<<10 {
		t.Errorf("%d clear and %d merged characters in %d bytes", clear, merged, len(variantsText))
	}
	for _, group := range strings.Fields(variantsText[strings.IndexByte(variantsText, '\n'):]) {
		if utf8.RuneCountInString(group) < 2 || strings.ContainsFunc(group, func(r rune) bool { return r > 0xFFFF }) {
			t.Errorf("group %s", group)
		}
	}
}
