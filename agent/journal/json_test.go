package journal

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// checkJSON fails if b is not one compact JSON object as two independent
// readers see it, the stricter of which refuses duplicate names.
func checkJSON(t *testing.T, b []byte) {
	t.Helper()
	if !jsontext.Value(b).IsValid() {
		t.Fatalf("%q is not strict JSON", b)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, b); err != nil || !bytes.Equal(compact.Bytes(), b) {
		t.Fatalf("%q is not compact JSON", b)
	}
	var object map[string]any
	if err := json.Unmarshal(b, &object); err != nil {
		t.Fatalf("%q is not an object", b)
	}
}
