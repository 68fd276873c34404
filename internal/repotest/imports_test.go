package repotest

import (
	"slices"
	"strings"
	"testing"
)

// rooms says which other rooms a room may import besides agent, which all may.
// A room is a folder with all below it. all stands for every room.
var rooms = map[string][]string{
	"agent":             {},
	"agent/agenttest":   {},
	"agent/capacity":    {"agent/loan"},
	"agent/conduct":     {"agent/loan"},
	"agent/console":     {},
	"agent/explanation": {},
	"agent/identity":    {"agent/loan"},
	"agent/intake":      {"agent/statement"},
	"agent/journal":     {},
	"agent/loan":        {},
	"agent/overdue":     {"agent/loan"},
	"agent/source":      {},
	"agent/statement":   {},
	"agent/store":       {},
	"cmd/internal":      {all},
	"cmd/yanmen":        {all},
	"cmd/yanmen-hub":    {all},
	"crypto/keyring":    {},
	"crypto/seal":       {},
	"deploy":            {},
	"internal/repotest": {},
	"policy":            {},
	"sync/platform":     {"sync/wire", "crypto/seal"},
	"sync/uplink":       {"sync/wire"},
	"sync/wire":         {},
}

// testRooms says what the tests of a room may import beyond that, and beyond
// packages made for tests.
var testRooms = map[string][]string{
	"agent/store":   {"crypto/keyring", "agent/journal"},
	"policy":        {"agent/capacity", "agent/identity", "agent/overdue"},
	"sync/platform": {"sync/uplink"},
	"sync/uplink":   {"sync/platform", "crypto/seal"},
}

// testData says which packages made for tests another package may import
// outside of tests, and why that is no leak of test code into the agent.
var testData = map[[2]string]string{
	{"cmd/internal/synthetic", "agent/statement/statementtest"}: "the demonstration's statements are written by the tests' writers",
}

const all = "*"

// A vendor is a module of others and where it may be imported. Tests of a
// folder may import what the folder may, and what tests says.
type vendor struct {
	path  string
	in    []string
	tests []string
}

// vendors lists every module that is imported. What is not here is not used:
// whoever adds a dependency says here where it belongs.
var vendors = []vendor{
	// One vendor, one place.
	{"github.com/dgraph-io/badger", []string{"agent/store"}, []string{"cmd/internal/e2e"}},
	{"github.com/open-policy-agent/opa", []string{"policy"}, nil},
	{"github.com/tink-crypto/tink-go", []string{"crypto"}, nil},
	{"github.com/nats-io", []string{"sync/uplink", "sync/platform", "cmd/yanmen-hub"}, nil},

	{"filippo.io/age", []string{"crypto/keyring"}, nil},
	{"github.com/go-json-experiment/json", []string{"agent/intake"}, []string{"agent/journal", "sync"}},
	{"github.com/goccy/go-yaml", []string{"cmd", "policy"}, nil},
	{"github.com/prometheus", []string{"cmd"}, nil},
	{"github.com/spf13/cobra", []string{"cmd"}, nil},
	{"golang.org/x/crypto", []string{"crypto"}, nil},
	{"golang.org/x/mod", []string{"agent/journal", "crypto/keyring", "cmd"}, nil},
	{"golang.org/x/sys", []string{"agent/store", "crypto/keyring", "cmd"}, nil},
	{"golang.org/x/text", []string{"agent/statement", "agent/identity", "agent/source", "cmd"}, nil},

	// Tests alone.
	{"github.com/rogpeppe/go-internal", nil, []string{all}},
	{"github.com/santhosh-tekuri/jsonschema", nil, []string{all}},
	{"go.uber.org/goleak", nil, []string{all}},
	{"pgregory.net/rapid", nil, []string{all}},
}

// roomOf returns the room that a folder belongs to, "" if none is known.
func roomOf(dir string) string {
	best := ""
	for room := range rooms {
		if under(dir, room) && len(room) > len(best) {
			best = room
		}
	}
	// agent is the core alone: what is below it is a room of its own.
	if best == "agent" && dir != "agent" {
		return ""
	}
	return best
}

// madeForTests holds for packages that only tests may import.
func madeForTests(dir string) bool { return strings.HasSuffix(dir, "test") }

// mayImport reports whether the table lets one folder import another.
func mayImport(from, to string, test bool) bool {
	room, target := roomOf(from), roomOf(to)
	switch {
	case madeForTests(to):
		return test || madeForTests(from) || testData[[2]string{from, to}] != ""
	case target == room, target == "agent":
		return true
	}
	allowed := rooms[room]
	if test || madeForTests(from) {
		allowed = slices.Concat(allowed, testRooms[room])
	}
	return slices.Contains(allowed, all) || slices.Contains(allowed, target)
}

// mayUse reports whether the table lets a folder import a package of others.
func mayUse(from, importPath string, test bool) bool {
	for _, v := range vendors {
		if under(importPath, v.path) {
			tested := test || madeForTests(from)
			return underAny(from, v.in) || tested && (underAny(from, v.tests) || slices.Contains(v.tests, all))
		}
	}
	return false
}

func TestImports_followTheTable(t *testing.T) {
	for _, p := range allPackages(t) {
		from := p.path()
		if roomOf(from) == "" {
			t.Errorf("%s is in no room: add the room to the table of imports", from)
			continue
		}
		check := func(imports []string, test bool) {
			for _, i := range imports {
				to, isLocal := local(i)
				switch {
				case isStandard(i):
				case isLocal && !mayImport(from, to, test):
					t.Errorf("%s imports %s (test: %v): rooms do not import each other", from, to, test)
				case !isLocal && !mayUse(from, i, test):
					t.Errorf("%s imports %s (test: %v): not its place, see the table of vendors", from, i, test)
				}
			}
		}
		check(p.Imports, false)
		check(p.TestImports, true)
		check(p.XTestImports, true)
	}
}

func TestImports_tableHoldsWhatDesignSays(t *testing.T) {
	for _, c := range []struct {
		from, to string
		test     bool
		want     bool
	}{
		{"agent/store", "agent", false, true},
		{"agent/intake", "agent/statement", false, true},
		{"cmd/yanmen", "agent/store", false, true},
		{"sync/platform", "crypto/seal", false, true},
		{"crypto/keyring/tpm", "crypto/keyring", false, true},
		{"agent/store", "agent/agenttest", true, true},
		{"agent/agenttest", "agent", false, true},

		{"agent/store", "agent/journal", false, false},
		{"agent/intake", "agent/store", false, false},
		{"agent", "agent/store", false, false},
		{"sync/wire", "crypto/seal", false, false},
		{"sync/platform", "agent/store", true, false},
		{"cmd/yanmen", "agent/agenttest", false, false},
		{"agent/store", "agent/statement/statementtest", false, false},
	} {
		if got := mayImport(c.from, c.to, c.test); got != c.want {
			t.Errorf("mayImport(%s, %s, test %v) = %v, want %v", c.from, c.to, c.test, got, c.want)
		}
	}
	for _, c := range []struct {
		from, to string
		test     bool
		want     bool
	}{
		{"agent/store", "github.com/dgraph-io/badger/v4", false, true},
		{"policy", "github.com/open-policy-agent/opa/v1/rego", false, true},
		{"cmd/yanmen-hub", "github.com/nats-io/nats-server/v2/server", false, true},
		{"agent/journal", "pgregory.net/rapid", true, true},

		{"agent/intake", "github.com/dgraph-io/badger/v4", false, false},
		{"cmd/yanmen", "github.com/nats-io/nats.go", false, false},
		{"cmd/yanmen", "github.com/open-policy-agent/opa/v1/rego", true, false},
		{"sync/uplink", "github.com/tink-crypto/tink-go/v2/aead", true, false},
		{"agent/journal", "pgregory.net/rapid", false, false},
		{"agent/journal", "github.com/stretchr/testify/assert", true, false},
	} {
		if got := mayUse(c.from, c.to, c.test); got != c.want {
			t.Errorf("mayUse(%s, %s, test %v) = %v, want %v", c.from, c.to, c.test, got, c.want)
		}
	}
}

func TestImports_theCoreNeedsTheStandardLibraryAlone(t *testing.T) {
	for _, p := range allPackages(t) {
		if p.path() != "agent" {
			continue
		}
		for _, d := range p.Deps {
			if !isStandard(d) {
				t.Errorf("agent depends on %s", d)
			}
		}
		return
	}
	t.Error("there is no package agent")
}

func TestImports_aPlatformNeedsNoRoomOfTheAgent(t *testing.T) {
	for _, p := range allPackages(t) {
		if p.path() != "sync/platform" {
			continue
		}
		for _, d := range p.Deps {
			dir, _ := local(d)
			if under(dir, "agent") && dir != "agent" || strings.Contains(d, "/badger") || strings.Contains(d, "/opa/") {
				t.Errorf("sync/platform depends on %s", d)
			}
		}
	}
}

// What these would bring, the project has chosen to be without.
func TestImports_avoidWhatWeDoWithout(t *testing.T) {
	reasons := map[string]string{
		"math/rand": "crypto/rand for secrets and ids, math/rand/v2 elsewhere",
		"io/ioutil": "deprecated",
		"plugin":    "the agent loads no code",
		"unsafe":    "nothing here needs it",
		"C":         "the build is static and without cgo",
	}
	for _, p := range allPackages(t) {
		if madeForTests(p.path()) {
			continue
		}
		for _, i := range p.Imports {
			if why := reasons[i]; why != "" {
				t.Errorf("%s imports %s: %s", p.path(), i, why)
			}
			if i == "math/rand/v2" && under(p.path(), "crypto") {
				t.Errorf("%s imports %s: keys and nonces come from crypto/rand", p.path(), i)
			}
		}
	}
}
