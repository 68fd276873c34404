package house

import (
	"testing"

	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// FuzzParseConfig holds that a configuration is read or refused.
func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(synthetic.Config("agent-1", "lender-1", "127.0.0.1:0", "")))
	f.Add([]byte("agent: a\nlender: b\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := ParseConfig(b); (c == nil) == (err == nil) {
			t.Errorf("ParseConfig = %v, %v", c, err)
		}
	})
}
