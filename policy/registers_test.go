package policy

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// catalogued is a category of the catalogue as its readers see it.
type catalogued struct {
	Title     Words
	Sensitive *bool
	Class     string
	Expiry    string
	Uses      map[string]struct{ Days int64 }
	Fields    map[string]struct {
		Type, Class, Mask string
		Sensitive         *bool
	}
}

func catalogueData(t testing.TB) (out struct {
	Categories map[string]catalogued
	Types      []string
	Masks      map[string]Words
	Never      map[string]struct {
		Title, Why Words
		Class      string
		Cites      []string
	}
}) {
	t.Helper()
	if err := section(bundleData(t), "catalogue", &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// datums are the types behind the categories that may be collected.
var datums = []agent.Datum{
	new(agent.Identity), new(agent.Phone), new(agent.Cards), new(agent.Loan), new(agent.Claim), new(agent.Proofs),
	new(agent.Employment), new(agent.SocialInsurance), new(agent.Income), new(agent.Liabilities), new(agent.CreditReport),
	new(agent.Statement), new(agent.ContactLog), new(agent.DeviceLog), new(agent.Answers), new(agent.History),
}

// fieldTypes lists the fields of a record with the types that the catalogue may
// say they are of; the fields of a list follow a dot.
func fieldTypes(t reflect.Type, at string, visit func(name string, types []string)) {
	for i := range t.NumField() {
		f, name := t.Field(i).Type, at+ruleName(t.Field(i))
		of := f
		if f.Kind() == reflect.Slice {
			of = f.Elem()
		}
		switch {
		case of == reflect.TypeFor[agent.Personal]():
			visit(name, []string{"personal"})
		case of == reflect.TypeFor[agent.Date]():
			visit(name, []string{"date"})
		case of == reflect.TypeFor[agent.Tri]():
			visit(name, []string{"tri"})
		case of == reflect.TypeFor[agent.Int](), of.Kind() == reflect.Int64, of.Kind() == reflect.Uint16:
			visit(name, []string{"amount", "rate", "count", "instant"})
		case of.Kind() == reflect.Struct:
			fieldTypes(of, name+".", visit)
		default: // texts, and the small numbers that stand for words
			visit(name, []string{"code"})
		}
	}
}

// What the catalogue says a record holds is what the record's type holds: a field
// that nobody registered is neither taken nor kept.
func TestCatalogue_fieldsAreThoseOfTheTypes(t *testing.T) {
	c := catalogueData(t)
	typed := map[string]bool{}
	for _, d := range datums {
		name := string(d.Category())
		typed[name] = true
		left := map[string]bool{}
		for f := range c.Categories[name].Fields {
			left[f] = true
		}
		fieldTypes(reflect.TypeOf(d).Elem(), "", func(f string, types []string) {
			got, ok := c.Categories[name].Fields[f]
			if !ok {
				t.Errorf("the catalogue does not know %s of %s", f, name)
			} else if !slices.Contains(types, got.Type) {
				t.Errorf("%s of %s is of type %q, want one of %v", f, name, got.Type, types)
			}
			delete(left, f)
		})
		for f := range left {
			t.Errorf("%s has no field %s", name, f)
		}
	}
	for name, category := range c.Categories {
		taken := false
		for _, use := range category.Uses {
			taken = taken || use.Days > 0
		}
		// What the agent makes itself is never taken in, and has no fields here.
		if taken != typed[name] || taken != (len(category.Fields) > 0) {
			t.Errorf("the category %s is taken in: %v; has a type: %v; has %d fields", name, taken, typed[name], len(category.Fields))
		}
	}
}

// A category is as sensitive, and of as high a class, as the highest of its fields.
func TestCatalogue_categoryIsAsItsFields(t *testing.T) {
	c := catalogueData(t)
	for name, category := range c.Categories {
		if category.Title.ZH == "" || category.Title.EN == "" || !slices.Contains([]string{"delete", "anonymise", "restrict"}, category.Expiry) || category.Sensitive == nil {
			t.Errorf("%s lacks title, sensitivity or what becomes of it", name)
			continue
		}
		sensitive, class := false, ""
		for f, field := range category.Fields {
			if field.Sensitive == nil || !slices.Contains([]string{"C1", "C2", "C3"}, field.Class) || !slices.Contains(c.Types, field.Type) || c.Masks[field.Mask].ZH == "" {
				t.Errorf("%s of %s lacks type, class, sensitivity or mask", f, name)
				continue
			}
			sensitive, class = sensitive || *field.Sensitive, max(class, field.Class)
			if (field.Type == "personal") != (field.Mask != "none") {
				t.Errorf("%s of %s is %s and masked %s", f, name, field.Type, field.Mask)
			}
		}
		if len(category.Fields) > 0 && (sensitive != *category.Sensitive || class != category.Class) {
			t.Errorf("%s is sensitive %v and %s, its fields %v and %s", name, *category.Sensitive, category.Class, sensitive, class)
		}
	}
}

// What is never taken has a reason and a rule, and is in no other register.
func TestCatalogue_neverTakesWhatItLists(t *testing.T) {
	e, c := engine(t), catalogueData(t)
	for name, n := range c.Never {
		if n.Title.ZH == "" || n.Title.EN == "" || n.Why.ZH == "" || n.Why.EN == "" || len(n.Cites) == 0 {
			t.Errorf("%s lacks title, reason or rule", name)
		}
		for _, id := range n.Cites {
			if e.bundle.register.Rules[id].Status == "" {
				t.Errorf("%s cites %s, which the register does not know", name, id)
			}
		}
		if _, both := c.Categories[name]; both {
			t.Errorf("%s is never taken and in the catalogue", name)
		}
		if slices.ContainsFunc(datums, func(d agent.Datum) bool { return string(d.Category()) == name }) {
			t.Errorf("%s is never taken and has a type", name)
		}
	}
	// Named by the rules of the product; the list may only grow.
	for _, name := range []string{"phone_book", "call_content", "message_content", "collection_contact", "religion", "ethnicity",
		"genes", "blood_type", "fingerprint", "face_image", "illness_history"} {
		if _, ok := c.Never[name]; !ok {
			t.Errorf("%s is not among what is never taken", name)
		}
	}
}

// A comma cuts a text without quotes in two, and makes the rest a name.
func TestData_noTextIsCutInTwo(t *testing.T) {
	var walk func(string, any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, e := range v {
				if strings.Contains(k, " ") {
					t.Errorf("%s: %q is the rest of a text; put the whole in quotes", path, k)
				}
				walk(path+"."+k, e)
			}
		case []any:
			for _, e := range v {
				walk(path, e)
			}
		}
	}
	walk("data", bundleData(t))
}

// citesIn gathers the rules that data name under "cites" or "statutes".
func citesIn(v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if list, ok := e.([]any); ok && (k == "cites" || k == "statutes") {
				for _, id := range list {
					if s, ok := id.(string); ok {
						into[s] = true
					}
				}
			}
			citesIn(e, into)
		}
	case []any:
		for _, e := range v {
			citesIn(e, into)
		}
	}
}

// Each rule of the register is one that a rule of the bundle or its data cite, or
// one of which the register says why no decision can keep it. None is both.
func TestRegister_everyRuleIsCitedOrOutside(t *testing.T) {
	b := engine(t).bundle
	if missing := len(points) - len(decisions); missing > 0 {
		t.Fatalf("%d points have no rules", missing)
	}
	cited := map[string]bool{}
	for _, s := range b.sentences {
		for _, id := range s.Cites {
			cited[id] = true
		}
	}
	citesIn(bundleData(t), cited)
	for id := range b.register.Rules {
		_, outside := b.register.Outside[id]
		switch {
		case cited[id] && outside:
			t.Errorf("%s is cited and said to be outside", id)
		case !cited[id] && !outside:
			t.Errorf("%s is cited by nothing, and the register does not say why", id)
		}
	}
	for id, why := range b.register.Outside {
		if b.register.Rules[id].Status == "" || why.ZH == "" || why.EN == "" {
			t.Errorf("%s is outside and not in the register, or without a reason", id)
		}
	}
	for id := range cited {
		if b.register.Rules[id].Status == "" {
			t.Errorf("%s is cited and not in the register", id)
		}
	}
}

// A gap says so wherever it is explained; a violation and a duty do not.
func TestExplain_tellsAGapFromAViolation(t *testing.T) {
	e := engine(t)
	gaps := map[string]bool{}
	for code, s := range e.bundle.sentences {
		zh, _, _ := e.Explain(code, "zh")
		en, _, _ := e.Explain(code, "en")
		switch kind := e.Kind(code); kind {
		case KindGap:
			gaps[string(code)] = true
			if !strings.HasSuffix(zh, "（登记缺口）") || !strings.HasSuffix(en, "(a gap in the registers)") {
				t.Errorf("%s is a gap and its text does not say so", code)
			}
		case KindViolation, "":
			if zh != s.ZH || en != s.EN {
				t.Errorf("%s is no gap and is explained as %q", code, en)
			}
		default:
			t.Errorf("%s is of kind %q", code, kind)
		}
	}
	for _, code := range []string{"collect.category_unregistered", "collect.purpose_unregistered", "use.category_unregistered",
		"use.purpose_unregistered", "provide.category_unregistered", "provide.purpose_unregistered", "provide.recipient_missing",
		"disclose.purpose_unregistered", "disclose.recipient_missing"} {
		if !gaps[code] {
			t.Errorf("%s is no gap", code)
		}
	}
	if got := e.Kind("collect.category_banned"); got != KindViolation {
		t.Errorf("Kind(collect.category_banned) = %q", got)
	}
	if got := e.Kind("use.decision_explained"); got != "" {
		t.Errorf("Kind of an obligation = %q", got)
	}
	if got := e.Kind("use.nothing_known"); got != "" {
		t.Errorf("Kind of an unknown code = %q", got)
	}
}

// What was not read in its own text says that it is to be confirmed.
func TestExplain_memoryIsToBeConfirmed(t *testing.T) {
	e, seen := engine(t), 0
	for code := range e.bundle.sentences {
		for lang, mark := range map[string]string{"zh": "（待确认）", "en": "(to confirm)"} {
			_, cites, _ := e.Explain(code, lang)
			for _, c := range cites {
				if strings.HasSuffix(c.Text, mark) != (c.Status == "M") {
					t.Errorf("%s cites %s, status %s, as %q", code, c.Rule, c.Status, c.Text)
				}
				if c.Status == "M" {
					seen++
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no code cites a rule of status M")
	}
}
