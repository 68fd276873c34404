package intake

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// The example on the pages about statements is read as they say.
func TestParse_readsTheTableOfThePages(t *testing.T) {
	for _, page := range []string{"statements.md", "statements.zh-CN.md"} {
		text := string(readFile(t, "../../docs/checks/"+page))
		block := func(kind string) string {
			_, rest, _ := strings.Cut(text, "```"+kind+"\n")
			b, _, ok := strings.Cut(rest, "```")
			if !ok {
				t.Fatalf("%s has no %s", page, kind)
			}
			return b
		}
		v := tree(t, readFile(t, "testdata/good/full.json"))
		set(t, v, "/evidence/statements/2/map", tree(t, []byte(block("json"))))
		set(t, v, "/evidence/statements/2/inline", base64.StdEncoding.EncodeToString([]byte(block("csv"))))
		f, err := Parse(marshal(t, v), options(t))
		if err != nil {
			t.Fatalf("%s: %v", page, err)
		}
		for _, r := range f.Collected {
			st, ok := r.Data.(*agent.Statement)
			if !ok || st.Account != "other-bank" {
				continue
			}
			if st.Rows != 2 || st.Refused != 0 || len(st.Warnings) != 0 || st.Transactions[0].Kind != agent.KindSalary ||
				st.Transactions[0].Amount != 900_000 || st.Transactions[1].Kind != agent.KindPurchase {
				t.Errorf("%s: read %+v", page, st)
			}
		}
	}
}

// A damaged workbook is told at its place, with a remedy and without a value.
func TestParse_saysWhatHelpsAWorkbook(t *testing.T) {
	for head, rule := range map[string]string{
		"PK\x03\x04": "statement.xlsx.damaged", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "statement.xlsx.encrypted", "\xff\xfe": "statement.encoding.unsupported",
	} {
		v := tree(t, readFile(t, "testdata/good/full.json"))
		set(t, v, "/evidence/statements/2/inline", base64.StdEncoding.EncodeToString([]byte(head+"金丝雀")))
		_, err := Parse(marshal(t, v), options(t))
		if got := faults(t, err); len(got) != 1 || got[0] != "/evidence/statements/2/inline "+rule {
			t.Errorf("%q: faults are %q", head, got)
		}
		if err == nil || strings.Contains(err.Error(), "金丝雀") || !strings.Contains(err.Error(), ".xlsx") {
			t.Errorf("%q: %v", head, err)
		}
	}
}
