package house

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/policy"
)

func TestConfig_exampleParses(t *testing.T) {
	b, err := os.ReadFile("../../../deploy/yanmen.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseConfig(b)
	if err != nil {
		t.Fatal(err)
	}
	if c.ReaskBlockDays != policy.ReaskBlockDays {
		t.Errorf("the example's reask_block_days = %d, want the default, %d", c.ReaskBlockDays, policy.ReaskBlockDays)
	}
	r := newRegisters(c)
	if got := r.LenderClass(); got != "bank" {
		t.Errorf("the class of the example's lender = %q, want bank", got)
	}
	if n := r.Notice("privacy-2025-03"); !n.Found || !n.OpenEnded || !n.ValidFrom.IsKnown() {
		t.Error("the notice of the example is not in the register")
	}
	if a := r.Assessment("pia-2025-02"); !a.Found || !a.Automated || !a.ValidUntil.IsKnown() {
		t.Error("the assessment of the example is not in the register")
	}
	if p := r.Recipient("central"); !p.Found || p.ID != "central" {
		t.Error("the recipient of the example is not in the register")
	}
	if p := r.Recipient("nobody"); p.Found || p.ID != "" || p.ValidUntil.IsKnown() {
		t.Error("an unregistered recipient is not the zero entry")
	}
}

// Every key of the config struct stands in the example, so that the example is
// the manual.
func TestConfig_exampleNamesEveryKey(t *testing.T) {
	b, err := os.ReadFile("../../../deploy/yanmen.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	var walk func(reflect.Type)
	walk = func(s reflect.Type) {
		for i := range s.NumField() {
			f := s.Field(i)
			key, ok := f.Tag.Lookup("yaml")
			if !ok {
				continue
			}
			if !strings.Contains(text, key+":") {
				t.Errorf("the example does not name %s", key)
			}
			ft := f.Type
			for ft.Kind() == reflect.Slice || ft.Kind() == reflect.Map {
				ft = ft.Elem()
			}
			if ft.Kind() == reflect.Struct {
				walk(ft)
			}
		}
	}
	walk(reflect.TypeFor[Config]())
}

func TestConfig_refusesWhatIsWrong(t *testing.T) {
	const good = "agent: a\nlender: b\n"
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":     {good + "listne: x\n", "unknown field"},
		"no agent":        {"lender: b\n", "agent:"},
		"no lender":       {"agent: a\n", "lender:"},
		"lender with dot": {"agent: a\nlender: b.c\n", "lender:"},
		"mode":            {good + "mode: lax\n", "mode:"},
		"lender class":    {good + "lender_class: pawnshop\n", "lender_class:"},
		"not loopback":    {good + "listen: 0.0.0.0:1\n", "loopback"},
		"no port":         {good + "listen: localhost\n", "listen:"},
		"too little room": {good + "min_free_mib: 1\n", "min_free_mib"},
		"contact long":    {good + "contact: {complaints: " + strings.Repeat("长", 201) + "}\n", "contact.complaints"},
		"contact lines":   {good + "contact: {authority: \"a\\nb\"}\n", "contact.authority"},
		"platform id":     {good + "platforms: [{servers: [a], keys_file: k}]\n", "platforms[0].id"},
		"platform server": {good + "platforms: [{id: p, keys_file: k}]\n", "platforms[0].servers"},
		"platform keys":   {good + "platforms: [{id: p, servers: [a]}]\n", "platforms[0].keys_file"},
		"platform twice":  {good + "platforms: [{id: p, servers: [a], keys_file: k}, {id: p, servers: [a], keys_file: k}]\n", "twice"},
		"notice date":     {good + "notices: {n: {version: v, valid_from: soon, valid_until: open}}\n", "notices.n.valid_from"},
		"notice version":  {good + "notices: {n: {valid_from: \"2026-01-01\", valid_until: open}}\n", "notices.n.version"},
		"notice end":      {good + "notices: {n: {version: v, valid_from: \"2026-01-01\"}}\n", "notices.n.valid_until"},
		"assessment":      {good + "assessments: {a: {done_on: x, valid_until: \"2026-01-01\"}}\n", "assessments.a.done_on"},
		"recipient":       {good + "recipients: {r: {platform: p, valid_until: never}}\n", "recipients.r.valid_until"},
		"recipient pools": {good + "recipients: {r: {platform: p, role: other_handler, valid_until: \"2030-01-01\"}}\n", "recipients.r.pools"},
		"recipient role":  {good + "recipients: {r: {platform: p, role: friend, pools: false, valid_until: \"2030-01-01\"}}\n", "recipients.r.role"},
		"no role":         {good + "recipients: {r: {platform: p, pools: false, valid_until: \"2030-01-01\"}}\n", "recipients.r.role"},
		"processor sub":   {good + "recipients: {r: {platform: p, role: entrusted_processor, pools: false, valid_until: \"2030-01-01\"}}\n", "recipients.r.sub"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseConfig([]byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("ParseConfig = %v, want an error that names %q", err, c.want)
			}
		})
	}
}

// What the register of recipients says reaches the rules, and what it leaves out
// says no more than no.
func TestRegisters_carryTheRole(t *testing.T) {
	for role := range map[string]bool{"same_handler": true, "joint_handler": true, "other_handler": true, "licensed_credit_agency": true, "authority": true} {
		c, err := ParseConfig([]byte("agent: a\nlender: b\nrecipients: {r: {platform: p, role: " + role + ", pools: false, valid_until: \"2030-01-01\"}}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if e := newRegisters(c).Recipient("r"); e.Role != role || e.Sub || e.SubApproved || e.Pools {
			t.Errorf("%s is registered as %+v", role, e)
		}
	}
	c, err := ParseConfig([]byte("agent: a\nlender: b\nrecipients: {r: {platform: p, role: entrusted_processor, pools: true, sub: true, sub_approved: true, valid_until: \"2030-01-01\"}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if e := newRegisters(c).Recipient("r"); !e.Sub || !e.SubApproved || !e.Pools {
		t.Errorf("a processor that hands on is registered as %+v", e)
	}
}

func TestConfig_errorsShowNoSource(t *testing.T) {
	_, err := ParseConfig([]byte("agent: a\nlender: b\nsecret_key: CANARY-7731\n"))
	if err == nil || strings.Contains(err.Error(), "CANARY-7731") {
		t.Errorf("ParseConfig = %v, want an error without the value", err)
	}
}
