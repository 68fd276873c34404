package backtesting

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yanmen/yanmen/policy"
)

var documents = []string{"backtest.md", "backtest.zh-CN.md"}

// example is the map that a document shows.
func example(t *testing.T, name string) (document, text string) {
	t.Helper()
	b, err := os.ReadFile("../../../docs/checks/" + name)
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(b)
	if shown == nil {
		t.Fatalf("%s shows no map", name)
	}
	return string(b), string(shown[1])
}

func TestDocs_areTrue(t *testing.T) {
	for _, name := range documents {
		document, _ := example(t, name)
		for code := range causes {
			if !strings.Contains(document, "`"+code+"`") {
				t.Errorf("%s does not tell of %s", name, code)
			}
		}
		for _, path := range wanted {
			_, last, _ := strings.Cut(path, ".")
			if !strings.Contains(document, path) && !strings.Contains(document, "`."+last+"`") {
				t.Errorf("%s does not tell of %s", name, path)
			}
		}
	}
}

// exampleHistory has the columns of the map that the documents show: loans of each
// band and of none, and one that costs too much, on which nothing is judged.
func exampleHistory(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("合同号,放款日,身份核验,月收入,月还款,月供,放款金额,收入材料,收入月数,机构数,查询次数,新增贷款,逾期账户,此前逾期,综合成本,结局\n")
	for i, x := range []struct {
		income, owed, due int
		proof, outcome    string
	}{
		{20000, 2000, 2000, "流水", "正常"}, {12000, 2000, 2000, "流水", "0"}, {10000, 2000, 2500, "证明", "正常"}, {10000, 2000, 3200, "流水", "违约"},
		{8000, 7000, 1000, "证明", "1"}, {9000, 2000, 1000, "自报", "正常"}, {20000, 2000, 2000, "NA", "-"},
	} {
		fmt.Fprintf(&b, "H%d,2026-%02d-05,三要素,%d,%d,%d,1.2,%s,6,1,0,0,0,0,18%%,%s\n", i, i+1, x.income, x.owed, x.due, x.proof, x.outcome)
	}
	b.WriteString("H9,2026-09-05,两要素,20000,2000,2000,1.2,流水,6,1,0,0,0,0,30%,0\n")
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(b.String())
	if err != nil {
		t.Fatal(err)
	}
	return gb
}

func TestDocs_theMapThatIsShownLetsLoansPass(t *testing.T) {
	e, err := policy.New()
	if err != nil {
		t.Fatal(err)
	}
	history := exampleHistory(t)
	judged := func(m *Map) *Report {
		t.Helper()
		r, err := Run(context.Background(), strings.NewReader(history), m, "结局", e)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, name := range documents {
		_, text := example(t, name)
		r := judged(readMap(t, text))
		if got, want := counts(r.Judged[0].Bands), "A 0/1, B 0/1, C 0/1, D 1/1, E 1/1, U 0/2"; got != want {
			t.Errorf("%s: bands = %s, want %s", name, got, want)
		}
		if got := r.Judged[0].Accepted; got.N != 4 || got.Defaults != 1 {
			t.Errorf("%s: %d pass and %d of them default, want 4 and 1; rows: %s", name, got.N, got.Defaults, counts(r.Judged[0].Deciding))
		}
		if len(r.Lacking) != 0 || len(r.Rows.LeftOut) != 1 || r.Rows.LeftOut["outcome.open"] != 1 {
			t.Errorf("%s: lacking %v, left out %v", name, r.Lacking, r.Rows.LeftOut)
		}

		// Without any fact that is said to be wanted nothing passes, and the report names it;
		// without any other some still do.
		var all map[string]any
		if err := yaml.Unmarshal([]byte(text), &all); err != nil {
			t.Fatal(err)
		}
		facts, computed := all["facts"].(map[string]any), all["computed"].([]any)
		for _, path := range append(slices.Sorted(maps.Keys(facts)), "capacity.debt_service_bp", "capacity.residual", "capacity.shock_20") {
			fewer, rest := maps.Clone(facts), slices.Clone(computed)
			delete(fewer, path)
			if path == "cost.lender_class" {
				delete(fewer, "cost.all_in_bp") // which wants the class
			}
			rest = slices.DeleteFunc(rest, func(x any) bool {
				return x == path || slices.Contains(formulas[x.(string)].of, path)
			})
			part := maps.Clone(all)
			part["facts"], part["computed"] = fewer, rest
			b, err := yaml.Marshal(part)
			if err != nil {
				t.Fatal(err)
			}
			r := judged(readMap(t, string(b)))
			passed := r.Judged[0].Accepted.N > 0
			if passed != (len(r.Lacking) == 0) || slices.Contains(wanted, path) != slices.Contains(r.Lacking, path) {
				t.Errorf("%s without %s: some pass: %v; lacking %v", name, path, passed, r.Lacking)
			}
		}
	}
}
