package house

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/agent/intake"
	"github.com/yanmen/yanmen/cmd/internal/synthetic"
)

// A borrower whose document has a number without a date is answered if the document
// shows the day of birth, and refused like everybody else if it shows none or that of
// a minor. A day on a document of somebody else counts for nobody.
func TestVerify_passportsAreOfAgeByTheDocument(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "agent")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ConfigFile), []byte(synthetic.Config("agent-1", "lender-1", "127.0.0.1:0", "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Init(dir, "agent-1", "lender-1", false); err != nil {
		t.Fatal(err)
	}
	c, err := ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	h, err := OpenConfig(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	situations := synthetic.Situations(time.Now())
	file := situations[slices.IndexFunc(situations, func(s synthetic.Situation) bool { return s.ID == "demo-02" })].File
	today := agent.DateOf(time.Now())
	age := func(years agent.Date) string { return (today - years*10000 - (today%10000 - 101)).String() } // on 1 January of that year
	for _, tt := range []struct {
		id, kind, number string
		document         object
		deny             agent.Code
	}{
		{"adult", "passport", "E00000001", object{"born_on": age(30)}, ""},
		{"permit", "travel_permit_hkm", "H00000001", object{"born_on": age(30)}, ""},
		{"card", "permanent_residence", "XXX990000000001", object{"born_on": age(30)}, ""},
		{"minor", "passport", "E00000002", object{"born_on": age(16)}, "collect.subject_minor"},
		{"silent", "passport", "E00000003", object{}, "collect.subject_age_unknown"},
		{"unseen", "passport", "E00000004", nil, "collect.subject_age_unknown"},
		{"other", "passport", "E00000005", object{"born_on": age(30), "number": "E00000006"}, "collect.subject_age_unknown"},
		{"another-kind", "passport", "E00000007", object{"born_on": age(30), "document": "travel_permit_tw"}, "collect.subject_age_unknown"},
		{"citizen", "citizen_id", "E00000008", object{"born_on": age(30)}, "collect.subject_age_unknown"},
	} {
		var doc object
		if err := json.Unmarshal(file, &doc); err != nil {
			t.Fatal(err)
		}
		doc["case"].(object)["id"] = "age-" + tt.id
		subject, evidence := doc["subject"].(object), doc["evidence"].(object)
		subject["document"], subject["number"] = tt.kind, tt.number
		if tt.document == nil {
			delete(evidence, "identity")
		} else {
			seen := evidence["identity"].(object)
			seen["document"], seen["number"] = tt.kind, tt.number
			for k, v := range tt.document {
				seen[k] = v
			}
			if tt.document["born_on"] != nil {
				seen["issued_on"] = age(1)
			}
		}
		b, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		f, err := intake.Parse(b, intake.Options{Now: time.Now().Add(time.Minute)})
		if err != nil {
			t.Fatalf("%s: %v", tt.id, err)
		}
		r, err := h.Verify(context.Background(), f)
		if err != nil {
			t.Fatalf("%s: %v", tt.id, err)
		}
		switch {
		case tt.deny != "":
			if len(r.Denials) == 0 || !slices.Contains(r.Denials[0].Codes, tt.deny) || r.Facts != nil {
				t.Errorf("%s: denials %v, want %s", tt.id, r.Denials, tt.deny)
			}
		case r.Facts == nil || r.Judgement == nil:
			t.Errorf("%s: denied by %v", tt.id, r.Denials)
		case r.Facts.Identity.Age.Or(0) < 18:
			t.Errorf("%s: age %v", tt.id, r.Facts.Identity.Age)
		}
	}
}
