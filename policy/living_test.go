package policy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// livingFile is the table of a bundle as a file of its own.
const livingFile = "yanmen/living/data.yaml"

// withLiving opens the bundle that is built in with another table.
func withLiving(t *testing.T, table string) (*Engine, error) {
	t.Helper()
	files, err := filesOf(embedded())
	if err != nil {
		t.Fatal(err)
	}
	if files[livingFile] == nil {
		t.Fatal("the bundle has no table of living costs")
	}
	if files[livingFile] = []byte(table); table == "" {
		delete(files, livingFile)
	}
	return openTree(files)
}

const livingHead = "title: {zh: 甲, en: a}\nstatus: P\nsource: {zh: 乙, en: b}\ncites: [YM-5]\nfloors:\n"

func TestLiving_tableOfTheBundle(t *testing.T) {
	rows := engine(t).LivingCosts()
	if !slices.Contains(rows, LivingCost{20200101, "31", 2200_00, 1300_00}) || !slices.Contains(rows, LivingCost{20200101, "", 1500_00, 900_00}) {
		t.Errorf("the table built in is %v", rows)
	}
	rows[0].First = 1
	if engine(t).LivingCosts()[0].First == 1 {
		t.Error("a caller can change the table")
	}
	e, err := withLiving(t, livingHead+`  - {from: "2024-01-01", region: "", first: 1, further: 0}
  - {from: "2026-01-01", region: "", first: 2, further: 1}
  - {from: "2025-01-01", region: "1101", first: 4, further: 3}
`)
	want := []LivingCost{{20240101, "", 1, 0}, {20260101, "", 2, 1}, {20250101, "1101", 4, 3}}
	if err != nil || !slices.Equal(e.LivingCosts(), want) {
		t.Errorf("another table gives %v, %v", e, err)
	}
}

// A bundle without the table is taken, and then no floor is known; one with a
// table that is not in order is not taken.
func TestLiving_absentIsEmptyAndMalformedIsRefused(t *testing.T) {
	if e, err := withLiving(t, ""); err != nil || len(e.LivingCosts()) != 0 {
		t.Errorf("without the table: %v", err)
	}
	row := func(s string) string { return livingHead + "  - {" + s + "}\n" }
	good := `from: "2024-01-01", region: "11", first: 2, further: 1`
	if _, err := withLiving(t, row(good)); err != nil {
		t.Fatalf("the table to spoil is refused: %v", err)
	}
	for name, table := range map[string]string{
		"no title":        strings.Replace(row(good), "title", "titel", 1),
		"no English":      strings.Replace(row(good), "en: a", `en: ""`, 1),
		"no source":       strings.Replace(row(good), "zh: 乙, ", "", 1),
		"no status":       strings.Replace(row(good), "status: P\n", "", 1),
		"no such day":     row(`from: "2024-02-30", region: "11", first: 2, further: 1`),
		"no day":          row(`region: "11", first: 2, further: 1`),
		"no first":        row(`from: "2024-01-01", region: "11", further: 1`),
		"no further":      row(`from: "2024-01-01", region: "11", first: 2`),
		"first of zero":   row(`from: "2024-01-01", region: "11", first: 0, further: 1`),
		"negative":        row(`from: "2024-01-01", region: "11", first: 2, further: -1`),
		"yuan or fen":     row(`from: "2024-01-01", region: "11", first: 10000001, further: 1`),
		"a fraction":      row(`from: "2024-01-01", region: "11", first: 2.5, further: 1`),
		"a text":          row(`from: "2024-01-01", region: "11", first: "2", further: 1`),
		"a region's name": row(`from: "2024-01-01", region: "bj", first: 2, further: 1`),
		"half a region":   row(`from: "2024-01-01", region: "1", first: 2, further: 1`),
		"a long region":   row(`from: "2024-01-01", region: "11010101", first: 2, further: 1`),
		"another field":   row(good + ", second: 1"),
		"twice":           row(good) + "  - {" + good + "}\n",
		"not sorted":      row(good) + `  - {from: "2024-01-01", region: "", first: 2, further: 1}` + "\n",
		"days backwards":  row(good) + `  - {from: "2023-01-01", region: "11", first: 2, further: 1}` + "\n",
		"a list":          "[1]",
	} {
		var refusal *Refusal
		if _, err := withLiving(t, table); !errors.As(err, &refusal) || refusal.Code != codeRules {
			t.Errorf("%s: %v, want %s", name, err, codeRules)
		}
	}
}

// The figures are in the handbook's index, with the day from which they hold and
// what they rest on.
func TestLiving_isAmongTheFigures(t *testing.T) {
	book := &Book{}
	data, _ := bundleData(t)["yanmen"].(map[string]any)
	book.readFigures("", data, "", nil)
	i := slices.IndexFunc(book.Figures, func(f Figure) bool { return f.Path == "living.floors.0.first" })
	if i < 0 {
		t.Fatal("no figure of the table is in the index")
	}
	if f := book.Figures[i]; f.Value != "150000" || f.Since != "2020-01-01" || !slices.Equal(f.Cites, []string{"YM-5"}) {
		t.Errorf("the index tells %+v", f)
	}
}

// No rule reads the table: who judges sees the floor that the check found.
func TestLiving_isReadByNoRule(t *testing.T) {
	without, err := withLiving(t, "")
	if err != nil {
		t.Fatal(err)
	}
	e, g := engine(t), golden(t)
	for _, c := range g.Cases {
		if c.Point != agent.PointJudge {
			continue
		}
		in := door(g.input(t, c))
		if a, b := e.evaluate(context.Background(), c.Point, in), without.evaluate(context.Background(), c.Point, in); a == nil || a.Compare(b) != 0 {
			t.Errorf("%s is judged otherwise without the table", c.Name)
		}
	}
}
