package house

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/explanation"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// supposing is a scenario as the search asks it.
type supposing struct{ *agent.Scenario }

func (s supposing) Judge(f *agent.Facts, asOf int64) agent.Judgement {
	return s.Scenario.Judge(context.Background(), f, asOf)
}

// What a borrower can bring to be verified is checked, and not taken for granted: an
// authority that said no, a document in another name and another face stand against
// it.
func TestSuppose_identityIsCheckedAnew(t *testing.T) {
	h, file := demonstration(t, "demo-02")
	people := map[string]int{}
	said := func(items ...object) func(object) {
		return func(doc object) {
			for _, it := range items {
				it["provider"], it["at"] = "realname", time.Now().Add(-24*time.Hour).Format(time.RFC3339)
			}
			doc["answers"].(object)["items"] = items
		}
	}
	unasked := func(doc object) { delete(doc, "answers") }
	unseen := func(doc object) { delete(doc["evidence"].(object), "identity"); delete(doc, "answers") }
	expired := func(doc object) { doc["evidence"].(object)["identity"].(object)["expires_on"] = "2025-01-01" }
	other := func(doc object) {
		unasked(doc)
		doc["evidence"].(object)["identity"].(object)["name"] = "某人"
	}
	for _, tt := range []struct {
		id        string
		change    func(object)
		add       []string
		assurance string
		outcome   string
	}{
		{"not-asked", unasked, nil, "format", "inconclusive"},
		{"not-asked", unasked, []string{"identity"}, "authority-2", "pass"},
		{"not-asked", unasked, []string{"phone"}, "authority-3", "pass"},
		{"not-asked", unasked, []string{"card"}, "authority-4", "pass"},
		{"not-asked", unasked, []string{"document"}, "format", "inconclusive"},
		{"unseen", unseen, []string{"identity"}, "authority-2", "inconclusive"},
		{"unseen", unseen, []string{"document"}, "format", "inconclusive"},
		{"unseen", unseen, []string{"identity", "document"}, "authority-2", "pass"},
		{"expired", expired, nil, "authority-3", "inconclusive"},
		{"expired", expired, []string{"identity"}, "authority-3", "inconclusive"},
		{"expired", expired, []string{"document"}, "authority-3", "pass"},
		{"refuted", said(object{"kind": "two_factor", "match": "no"}), []string{"identity", "document"}, "format", "inconclusive"},
		{"phone-of-another", said(object{"kind": "two_factor", "match": "yes"}, object{"kind": "carrier", "match": "no"}), []string{"phone"}, "authority-3", "pass"},
		{"face", said(object{"kind": "two_factor", "match": "yes"}, object{"kind": "face", "match": "no"}), []string{"identity", "phone", "card"}, "authority-4", "review"},
		{"another", other, []string{"identity", "document", "phone", "card"}, "format", "review"},
	} {
		r := answer(t, h, file, "suppose-"+tt.id, func(doc object) {
			// Records of a person are those of all their cases: each case has its own.
			if _, known := people[tt.id]; !known {
				people[tt.id] = len(people)
			}
			n := synthetic.NewPerson(500+people[tt.id], 19900506).Number
			doc["subject"].(object)["number"], doc["evidence"].(object)["identity"].(object)["number"] = n, n
			tt.change(doc)
		})
		if r.Facts == nil {
			t.Fatalf("%s: denied by %v", tt.id, r.Denials)
		}
		s, err := h.Agent.Suppose(t.Context(), "suppose-"+tt.id)
		if err != nil {
			t.Fatal(err)
		}
		var changes []explanation.Change
		for _, a := range tt.add {
			c, err := explanation.Add(a)
			if err != nil {
				t.Fatal(err)
			}
			changes = append(changes, c)
		}
		then := explanation.After(supposing{s}, s.AsOf, changes)
		f := then.Facts.Identity
		if f.Assurance != tt.assurance || then.Judgement.Outcome != tt.outcome {
			t.Errorf("%s with %v: %s and %s, want %s and %s", tt.id, tt.add, f.Assurance, then.Judgement.Outcome, tt.assurance, tt.outcome)
		}
		// A document where there was none is supposed to be theirs.
		name, number := r.Facts.Identity.NameMatch, r.Facts.Identity.NumberMatch
		if tt.id == "unseen" && slices.Contains(tt.add, "document") {
			name, number = agent.Yes, agent.Yes
		}
		if f.Age != r.Facts.Identity.Age || f.Sex != r.Facts.Identity.Sex || f.NumberForm != r.Facts.Identity.NumberForm || f.NameMatch != name || f.NumberMatch != number {
			t.Errorf("%s with %v: it is about somebody else: %+v", tt.id, tt.add, f)
		}
		if tt.add == nil && !reflect.DeepEqual(f, r.Facts.Identity) {
			t.Errorf("%s: %+v, found %+v", tt.id, f, r.Facts.Identity)
		}
		if slices.Contains(tt.add, "document") && f.DocumentExpired != agent.No {
			t.Errorf("%s: a document that was renewed has expired: %v", tt.id, f.DocumentExpired)
		}
	}
}
