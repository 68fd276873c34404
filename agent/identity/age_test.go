package identity

import (
	"slices"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// The number tells the age; where numbers of its kind hold no date, the document
// does, if it was seen and is of that person. It verifies nobody.
func TestCheck_ageByTheDocument(t *testing.T) {
	passport := func(number, name string, born agent.Date) *agent.Identity {
		return &agent.Identity{Kind: agent.DocumentPassport, Number: personal(number), Name: personal(name), IssuedOn: 20200101, ExpiresOn: 20300101, BornOn: born}
	}
	declared := agent.Person{Name: personal("YANMEN JIA"), Number: personal("E00000001"), Document: agent.DocumentPassport}
	citizenship := document()
	citizenship.BornOn = 19900115
	differs := document()
	differs.BornOn = 19900116
	older := passport("E00000001", "YANMEN JIA", 20210101)
	tests := []struct {
		name     string
		who      agent.Person
		document *agent.Identity
		want     agent.Int
		code     string
	}{
		{"a passport that was seen", declared, passport("E00000001", "YANMEN JIA", 19900301), agent.Known(35), ""},
		{"of a minor", declared, passport("E00000001", "YANMEN JIA", 20080301), agent.Known(17), ""},
		{"declared by the document alone", agent.Person{}, passport("E00000001", "YANMEN JIA", 19900301), agent.Known(35), ""},
		{"none seen", declared, nil, agent.Int{}, ""},
		{"no day on it", declared, passport("E00000001", "YANMEN JIA", 0), agent.Int{}, ""},
		{"another number", declared, passport("E00000002", "YANMEN JIA", 19900301), agent.Int{}, "number.mismatch"},
		{"another name", declared, passport("E00000001", "YANMEN YI", 19900301), agent.Int{}, "name.mismatch"},
		{"no number of a passport", agent.Person{Name: declared.Name, Number: personal("E001"), Document: agent.DocumentPassport}, passport("E001", "YANMEN JIA", 19900301), agent.Int{}, "number.invalid"},
		{"issued before birth", declared, older, agent.Int{}, "document.inconsistent"},
		{"a citizen's card that says the same", person(), citizenship, agent.Known(36), ""},
		{"a citizen's card that says another day", person(), differs, agent.Int{}, "document.inconsistent"},
	}
	for _, tt := range tests {
		got := Check(&agent.Evidence{Identity: tt.document}, tt.who, asOf)
		if got.Age != tt.want || tt.code != "" && !slices.Contains(got.Codes, tt.code) || tt.code == "" && slices.Contains(got.Codes, "document.inconsistent") {
			t.Errorf("%s: age %v, want %v; codes %v", tt.name, got.Age, tt.want, got.Codes)
		}
		if got.Assurance != agent.AssuranceFormat && got.Assurance != agent.AssuranceNone {
			t.Errorf("%s: assurance %s", tt.name, got.Assurance)
		}
		if tt.document != nil && tt.document.Kind == agent.DocumentPassport && got.Sex != "unknown" {
			t.Errorf("%s: sex %s", tt.name, got.Sex)
		}
	}
}
