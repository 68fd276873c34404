package house

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

func TestRegisters_comeBackByTheirDigest(t *testing.T) {
	c, err := ParseConfig([]byte(synthetic.Config("agent-1", "lender-1", "127.0.0.1:0", "")))
	if err != nil {
		t.Fatal(err)
	}
	dir, now := t.TempDir(), newRegisters(c)
	if past := pastRegisters(dir)(now.digest); past != nil {
		t.Fatal("registers that were never kept are there")
	}
	for range 2 { // what is there is not written again
		if err := keepRegisters(dir, now); err != nil {
			t.Fatal(err)
		}
	}
	c.Mode = "balanced"
	other := newRegisters(c)
	if err := keepRegisters(dir, other); err != nil {
		t.Fatal(err)
	}
	past := pastRegisters(dir)
	for _, want := range []*registers{now, other} {
		got, ok := past(want.digest).(*registers)
		if !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("the registers of mode %s do not come back as they were", want.mode)
		}
	}

	// Registers were written without the lender's class once.
	before := []byte(`["strict",{},{},{}]`)
	digest := sha256.Sum256(before)
	if err := os.WriteFile(filepath.Join(dir, registersDir, hex.EncodeToString(digest[:])+".json"), before, 0o600); err != nil {
		t.Fatal(err)
	}
	if r, ok := past(digest).(*registers); !ok || r.mode != "strict" || r.class != "" {
		t.Error("registers without a class are not read as such")
	}
	if err := os.Remove(filepath.Join(dir, registersDir, hex.EncodeToString(digest[:])+".json")); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, registersDir, "*.json"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files, %v, want 2", len(files), err)
	}

	// A file that is not what its name says is no register, and is mended when
	// the registers are in force.
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, []byte(strings.Replace(string(b), "entrusted_processor", "same_handler", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if pastRegisters(dir)(now.digest) != nil {
		t.Error("changed registers are taken")
	}
	if err := keepRegisters(dir, now); err != nil {
		t.Fatal(err)
	}
	if pastRegisters(dir)(now.digest) == nil || pastRegisters(dir)(other.digest) != nil {
		t.Error("the registers in force are not mended, or others are")
	}
}
