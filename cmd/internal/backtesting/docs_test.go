package backtesting

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestDocs_areTrue(t *testing.T) {
	for _, name := range []string{"backtest.md", "backtest.zh-CN.md"} {
		b, err := os.ReadFile("../../../docs/checks/" + name)
		if err != nil {
			t.Fatal(err)
		}
		example := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(b)
		if example == nil {
			t.Fatalf("%s shows no map", name)
		}
		if _, err := ReadMap(example[1]); err != nil {
			t.Errorf("the map in %s: %v", name, err)
		}
		for code := range causes {
			if !strings.Contains(string(b), "`"+code+"`") {
				t.Errorf("%s does not tell of %s", name, code)
			}
		}
	}
}
