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

// demonstration opens a new house and returns the file of a case of the
// demonstration.
func demonstration(t *testing.T, id string) (*House, []byte) {
	t.Helper()
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
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	situations := synthetic.Situations(time.Now())
	return h, situations[slices.IndexFunc(situations, func(s synthetic.Situation) bool { return s.ID == id })].File
}

// answer puts a file of which something was changed to a house.
func answer(t *testing.T, h *House, file []byte, id string, change func(doc object)) *agent.Result {
	t.Helper()
	var doc object
	if err := json.Unmarshal(file, &doc); err != nil {
		t.Fatal(err)
	}
	doc["case"].(object)["id"] = id
	change(doc)
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	f, err := intake.Parse(b, intake.Options{Now: time.Now().Add(time.Minute)})
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	r, err := h.Verify(context.Background(), f)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return r
}

// A borrower whose document has a number without a date is answered if the document
// shows the day of birth, and refused like everybody else if it shows none or that of
// a minor. A day on a document of somebody else counts for nobody.
func TestVerify_passportsAreOfAgeByTheDocument(t *testing.T) {
	h, file := demonstration(t, "demo-02")
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
		r := answer(t, h, file, "age-"+tt.id, func(doc object) {
			subject, evidence := doc["subject"].(object), doc["evidence"].(object)
			subject["document"], subject["number"] = tt.kind, tt.number
			if tt.document == nil {
				delete(evidence, "identity")
				return
			}
			seen := evidence["identity"].(object)
			seen["document"], seen["number"] = tt.kind, tt.number
			for k, v := range tt.document {
				seen[k] = v
			}
			if tt.document["born_on"] != nil {
				seen["issued_on"] = age(1)
			}
		})
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
