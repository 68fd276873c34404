package identity

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/yanmen/yanmen/agent"
)

//go:generate go run ../../cmd/internal/tablegen $TABLES

// areasUntil is the last year whose changes areas.txt has: the yearly lists of
// the Ministry of Civil Affairs from 1981 on, as gathered by areacodes (CC0-1.0),
// commit eed219a of 2025-11-04.
const areasUntil = 2024

//go:embed areas.txt
var areasText string

// areas returns the codes, sorted: six digits in the upper bits, and in the lower
// eight the year in which the code was given up, counted from 1980; 0 for valid.
var areas = sync.OnceValue(func() []uint32 {
	list := make([]uint32, 0, 6500)
	for line := range strings.Lines(areasText) {
		if line[0] == '#' {
			continue
		}
		prefix := uint32(0)
		for i, f := range strings.Fields(line) {
			if i == 0 {
				prefix = digits(f) * 100
				continue
			}
			code, until, gone := strings.Cut(f, "-")
			year := uint32(0)
			if gone {
				year = (digits(until) + 20) % 100 // 81 is 1, 24 is 44
			}
			list = append(list, (prefix+digits(code))<<8|year)
		}
	}
	return list
})

func digits(s string) (n uint32) {
	for i := range len(s) {
		n = n*10 + uint32(s[i]-'0')
	}
	return n
}

// lookArea reports whether a code was ever given out, and in which year it was
// given up, 0 while it is valid. 01 at the end of a city's code stands for its
// districts as a whole: numbers have it, the yearly lists do not.
func lookArea(code uint32) (gone int, known bool) {
	list := areas()
	for _, c := range [2]uint32{code, code - 1} {
		i, _ := slices.BinarySearch(list, c<<8)
		if i < len(list) && list[i]>>8 == c {
			if year := int(list[i] & 0xFF); year > 0 {
				gone = 1980 + year
			}
			return gone, true
		}
		if code%100 != 1 {
			break
		}
	}
	return 0, false
}

// checkArea adds what there is to say of the area of a number. It is never more
// than a warning: codes are given up and merged all the time, so that most
// people of middle age have one that is no more, and a table is never complete.
func (n *number) checkArea(kind string, lagYears int, codes *codeList) {
	code := digits(string(n[:6]))
	switch {
	case n[0] == '9' && n[1] == '9':
		return // given to nobody: the people of demonstrations and tests
	case kind == agent.DocumentForeigner:
		code = digits(string(n[1:3])) * 10000 // the place that gave the card
	case code == 830000:
		return // residents from Taiwan; the code of the province is 710000
	}
	gone, known := lookArea(code)
	switch {
	case !known:
		codes.add("area.unknown")
	case gone > 0:
		codes.add("area.abolished")
		if lagYears > 0 && int(n.born()/10000) > gone+lagYears {
			codes.add("area.untimely")
		}
	}
}
