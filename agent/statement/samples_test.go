package statement

import (
	"bytes"
	"os"
	"testing"
)

// Exports of real form, which are no part of the project: where they lie beside
// it, each of their rows is accounted for.
func TestRead_accountsForEveryRowOfTheSamples(t *testing.T) {
	const folder = "../../../shared/data/statements/"
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the samples are not beside the project")
	}
	for _, c := range []struct {
		file, format string
		rows, read   int64 // counted by hand in the files
	}{
		{"example-alipay-records.csv", "alipay", 10, 10},
		{"example-wechat-records.csv", "wechat", 27, 27},
		{"example-icbc-debit-v2-records.csv", "icbc", 11, 11},
		{"example-cmb-debit-records.csv", "cmb", 5, 5},
		{"example-wechat-records.xlsx", "wechat", 27, 27},
	} {
		t.Run(c.file, func(t *testing.T) {
			b, err := os.ReadFile(folder + c.file)
			if err != nil {
				t.Fatal(err)
			}
			st := mustRead(t, b, Options{Refused: func(e Error) { t.Logf("refused: %v", &e) }})
			if st.Format != c.format || st.Rows != c.rows || st.Rows-st.Refused != c.read {
				t.Errorf("%s: %d rows, %d refused; want %s, %d rows, %d read", st.Format, st.Rows, st.Refused, c.format, c.rows, c.read)
			}
			unknown := 0
			for _, x := range st.Transactions {
				if x.Kind == 0 {
					unknown++
				}
			}
			t.Logf("%d rows of unknown kind, warnings %v", unknown, st.Warnings)
			if again := mustRead(t, bytes.Clone(b), Options{}); dump(again) != dump(st) {
				t.Error("reading again differs")
			}
		})
	}
}
