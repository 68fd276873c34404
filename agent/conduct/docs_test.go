package conduct

import (
	"os"
	"strings"
	"testing"
)

// The pages name every sign, and the reader knows each of those that are its own.
func TestDefaults_signsAreExplainedAndKnown(t *testing.T) {
	text := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	en, zh, reader := text("../../docs/checks/conduct.md"), text("../../docs/checks/conduct.zh-CN.md"), text("../statement/statement.go")
	ours := " " + strings.Join([]string{codeBalanceSkips, codeOverlapDiffers, codeSalaryRest, codeSalaryEven, codeReceiptsEven}, " ") + " "
	for _, s := range Defaults().Signs {
		if !strings.Contains(en, "`"+s.Code+"`") || !strings.Contains(zh, "`"+s.Code+"`") {
			t.Errorf("%s is on no page", s.Code)
		}
		if own := strings.Contains(ours, " "+s.Code+" "); own == strings.Contains(reader, s.Code) {
			t.Errorf("%s: ours %v, and the same of the reader", s.Code, own)
		}
	}
	for _, code := range []string{codeReportStale, codeReportDiffers, codeReportContradicted, codeInsuranceContradicted, codeIncomeRose, codeHouseholdDiffers, codeWorkDiffers} {
		if !strings.Contains(en, "`"+code+"`") || !strings.Contains(zh, "`"+code+"`") {
			t.Errorf("%s is on no page", code)
		}
	}
}
