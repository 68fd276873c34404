package policy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/yanmen/yanmen/agent"
)

// A LivingCost is a row of the bundle's table of what living costs: fen a month
// for the first person of a household and for each further one.
type LivingCost struct {
	From           agent.Date // the row holds from this day until the next row of its region
	Region         string     // leading digits of a GB/T 2260 code; "" for all others
	First, Further int64
}

// LivingCosts returns the table, sorted by region and then by day. It is empty if
// the bundle has none: then nobody's cost of living is known.
func (e *Engine) LivingCosts() []LivingCost { return slices.Clone(e.bundle.living) }

// The bounds of the table. What lies outside is a slip of the pen: a floor of
// nothing would make everybody able to pay.
const (
	mostLivingRows = 10_000
	mostLivingCost = 100_000_00 // fen a month and person
)

// readLiving reads the table. A bundle may lack it, and may not have half of it.
func readLiving(data map[string]any) ([]LivingCost, error) {
	const name = "living"
	yanmen, _ := data["yanmen"].(map[string]any)
	if yanmen[name] == nil {
		return nil, nil
	}
	var table struct {
		Title  Words    `json:"title"`
		Status string   `json:"status"`
		Source Words    `json:"source"`
		Cites  []string `json:"cites"`
		Floors []struct {
			From    string    `json:"from"`
			Region  string    `json:"region"`
			First   agent.Int `json:"first"`
			Further agent.Int `json:"further"`
		} `json:"floors"`
	}
	b, err := json.Marshal(yanmen[name])
	if err != nil {
		return nil, refuse(codeRules, "data.yanmen."+name)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(&table) != nil || len(table.Floors) > mostLivingRows || table.Status == "" ||
		table.Title.ZH == "" || table.Title.EN == "" || table.Source.ZH == "" || table.Source.EN == "" {
		return nil, refuse(codeRules, "data.yanmen."+name)
	}
	rows := make([]LivingCost, len(table.Floors))
	for i, f := range table.Floors {
		from, err := agent.ParseDate(f.From)
		row := LivingCost{from, f.Region, f.First.Or(0), f.Further.Or(-1)}
		digits := strings.Trim(f.Region, "0123456789") == ""
		if err != nil || !digits || len(f.Region) > 6 || len(f.Region)%2 != 0 ||
			row.First <= 0 || row.First > mostLivingCost || row.Further < 0 || row.Further > mostLivingCost ||
			i > 0 && byRegion(rows[i-1], row) >= 0 {
			return nil, refuse(codeRules, fmt.Sprintf("data.yanmen.%s.floors[%d]", name, i))
		}
		rows[i] = row
	}
	return rows, nil
}

func byRegion(a, b LivingCost) int {
	return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.From, b.From))
}
