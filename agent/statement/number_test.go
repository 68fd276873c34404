package statement

import (
	"testing"

	"github.com/yanmen/yanmen/agent"
)

func TestParseFen_readsYuanExactly(t *testing.T) {
	for _, c := range []struct {
		in     string
		signed bool
		want   int64
	}{
		{"0", false, 0}, {"0.01", false, 1}, {"1.5", false, 150}, {"¥28.16", false, 2816}, {"￥1,234.00", false, 123400},
		{"1,234,567.89", false, 123456789}, {"1234567.89", false, 123456789}, {"-1,000.00", true, -100000}, {"+3", true, 300},
		{"10000000000.00", false, maxFen}, {".5", false, -1}, {"1.", false, -1}, {"1.234", false, -1}, {"1,23", false, -1},
		{"1234,567", false, -1}, {",123", false, -1}, {"1,,234", false, -1}, {"1,234,56.00", false, -1}, {"-1", false, -1}, {"--1", true, 1},
		{"", false, -1}, {"¥", false, -1}, {"1e3", false, -1}, {"１２", false, -1}, {"NaN", false, -1}, {"1 000", false, -1},
		{"10000000000.01", false, -1}, {"99999999999999999999999999", false, -1}, {"0x10", false, -1}, {"1.-1", false, -1},
	} {
		got, ok := parseFen([]byte(c.in), c.signed)
		bad := c.want == -1 && !c.signed || c.in == "--1"
		if ok == bad || ok && got != c.want {
			t.Errorf("parseFen(%q, %v) = %d, %v; want %d, %v", c.in, c.signed, got, ok, c.want, !bad)
		}
	}
}

func TestParseTime_readsChinaTimeAndRefusesWhatIsNone(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string // in agent.Zone; empty: refused
	}{
		{"2024-01-02 03:04:05", "2024-01-02 03:04:05"}, {"2024-01-02", "2024-01-02 00:00:00"}, {"2024/1/2 3:04", "2024-01-02 03:04:00"},
		{"20240229", "2024-02-29 00:00:00"}, {"2023-02-29", ""}, {"2024-04-31", ""}, {"2024-00-01", ""}, {"2024-01-00", ""},
		{"2024-13-01", ""}, {"2024-1/2", ""}, {"2024-01-02T03:04:05", ""}, {"2024-01-02 25:00:00", ""}, {"2024-01-02 10:60:00", ""},
		{"2024-01-02 10:00:60", ""}, {"2024-01-02 10", ""}, {"2024-01-02 10:00:00.5", ""}, {"1989-12-31", ""}, {"2101-01-01", ""},
		{"0000-00-00", ""}, {"9999-12-31", ""}, {"2024", ""}, {"202401", ""}, {"", ""}, {"-024-01-02", ""}, {"2024-01-02 ", ""},
		{"2024-01-02 03:04:05 ", ""}, {"999999999999", ""},
	} {
		at, on, ok := parseTime([]byte(c.in))
		if ok != (c.want != "") {
			t.Errorf("parseTime(%q) ok = %v", c.in, ok)
			continue
		}
		if !ok {
			continue
		}
		day, err := agent.ParseDate(c.want[:10])
		if err != nil {
			t.Fatal(err)
		}
		sec := at - day.Time().Unix()
		h, m, s := int64(c.want[11]-'0')*10+int64(c.want[12]-'0'), int64(c.want[14]-'0')*10+int64(c.want[15]-'0'),
			int64(c.want[17]-'0')*10+int64(c.want[18]-'0')
		if on != day || sec != h*3600+m*60+s {
			t.Errorf("parseTime(%q) = %v and %d s, want %s", c.in, on, sec, c.want)
		}
	}
}
