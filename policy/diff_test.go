package policy

import (
	"slices"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

func TestCompare_sameBundleHasNoChanges(t *testing.T) {
	c, err := Compare(nil, copyOf(t, "yanmen/use/use.rego", func(s string) string { return s + "\n# a remark\n" }))
	if err != nil {
		t.Fatal(err)
	}
	if !c.None() {
		t.Errorf("changes = %+v", c)
	}
}

func TestCompare_tellsAFigure(t *testing.T) {
	c, err := Compare(nil, copyOf(t, "yanmen/judge/data.yaml", func(s string) string {
		return strings.Replace(s, "debt_service_bp: 5500", "debt_service_bp: 5000", 1)
	}))
	if err != nil {
		t.Fatal(err)
	}
	if want := []DataChange{{"judge.lines.debt_service_bp", "5500", "5000"}}; !slices.Equal(c.Data, want) || len(c.Rules)+len(c.Codes) != 0 {
		t.Errorf("changes = %+v", c)
	}
}

func TestCompare_tellsARuleAndTheCodesThatItReaches(t *testing.T) {
	c, err := Compare(nil, copyOf(t, "yanmen/consent/consent.rego", func(s string) string {
		return strings.Replace(s, "input.now < input.consent.expires_at", "input.now <= input.consent.expires_at", 1)
	}))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Rules) != 1 || len(c.Data)+len(c.Codes) != 0 {
		t.Fatalf("changes = %+v", c)
	}
	r := c.Rules[0]
	if r.Package != "consent" || r.Rule != "unexpired" || r.Change != "changed" || r.Code != "" || r.Title.EN != "Unexpired" ||
		!strings.Contains(r.After, "\n\tinput.now <= input.consent.expires_at\n") || strings.Contains(r.Before, "<=") {
		t.Errorf("rule = %+v", r)
	}
	for _, code := range []agent.Code{"collect.consent_lapsed", "use.consent_lapsed", "disclose.consent_missing"} {
		if !slices.Contains(r.Reaches, code) {
			t.Errorf("%s is not reached by %v", code, r.Reaches)
		}
	}
	if slices.Contains(r.Reaches, "use.retention_over") {
		t.Error("use.retention_over is reached")
	}
}

func TestCompare_tellsCodes(t *testing.T) {
	gone := copyOf(t, "yanmen/use/use.rego", func(s string) string {
		from := strings.Index(s, "# METADATA\n# title: Processing restricted")
		to := from + strings.Index(s[from:], "\n\n")
		return s[:from] + strings.Replace(s[to:], "title: Kept too long", "title: Kept for too long", 1)
	})
	said := copyOf(t, "yanmen/use/use.rego", func(s string) string { return strings.Replace(s, "zh: 已限制处理", "zh: 处理已受限制", 1) })
	for _, test := range []struct {
		name, want string
		changes    func() (*Changes, error)
	}{
		{"gone", "removed", func() (*Changes, error) { return Compare(nil, gone) }},
		{"new", "added", func() (*Changes, error) { return Compare(gone, nil) }},
		{"said", "changed", func() (*Changes, error) { return Compare(nil, said) }},
	} {
		c, err := test.changes()
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Codes) != 1 || c.Codes[0].Code != "use.subject_restricted" || c.Codes[0].Change != test.want {
			t.Errorf("%s: codes = %+v", test.name, c.Codes)
		}
		if hasRule := slices.ContainsFunc(c.Rules, func(r RuleChange) bool {
			return r.Code == "use.subject_restricted" && r.Change == test.want && r.Title.ZH == "已限制处理"
		}); hasRule == (test.name == "said") {
			t.Errorf("%s: rules = %+v", test.name, c.Rules)
		}
	}
}

func TestCompare_refusesWhatIsNoBundle(t *testing.T) {
	if _, err := Compare(nil, copyOf(t, "yanmen/use/use.rego", func(s string) string { return s + "\nallow if nothing_known\n" })); err == nil {
		t.Error("rules that do not compile are compared")
	}
}
