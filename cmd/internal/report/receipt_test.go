package report

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/yanmen/yanmen/agent"
)

const (
	receiptID = "00000000-0000-4000-8000-000000000001"
	recordID  = "00000000-0000-4000-8000-000000000002"
	start     = 1_790_000_000 // 2026-09-21
)

var person = agent.SubjectID{1, 2, 3, 15: 9}

// consents builds a record as the ledger does, one event a minute.
func consents(t *testing.T, key *ecdsa.PrivateKey, events ...agent.ConsentEvent) *agent.ConsentRecord {
	t.Helper()
	r := &agent.ConsentRecord{Subject: person}
	for i, e := range events {
		e.Consent, e.N, e.At, e.RecordedAt, e.Channel, e.Key = "C-1", int64(i)+1, start+int64(i)*60, start+int64(i)*60+5, "app", "thumbprint"
		if i == 0 {
			e.Header = &agent.ConsentHeader{
				RecordID:         recordID,
				Controllers:      []agent.ConsentParty{{ID: "lender-1", Name: "示例机构", Address: "示例路 1 号", Contact: "privacy@lender.example", Type: "lender"}},
				Recipients:       []agent.ConsentParty{{ID: "central", Name: "示例平台", Address: "示例路 2 号", Contact: "privacy@central.example", Type: "processor"}},
				StorageLocations: []string{"CN"}, RetentionDays: 1095, ExpiryHandling: "delete", Jurisdiction: "CN",
				WithdrawalMethod: "App：我的—撤回", Rights: "App：我的—隐私", Assessment: "pia-1",
			}
		} else {
			e.Prev = r.Events[i-1].Digest()
		}
		r.Events = append(r.Events, e)
		if key != nil {
			sum := sha256.Sum256(r.Signed(i))
			a, b, err := ecdsa.Sign(rand.Reader, key, sum[:])
			if err != nil {
				t.Fatal(err)
			}
			r.Events[i].Signature = append(a.FillBytes(make([]byte, 32)), b.FillBytes(make([]byte, 32))...)
		}
	}
	return r
}

func shown(version string) agent.ConsentEvent {
	return agent.ConsentEvent{Kind: agent.ConsentNotice, Actor: agent.ActorLender, ActorRef: "staff-3",
		Notice: &agent.ConsentText{Version: version, Language: "zh-CN", Digest: sha256.Sum256([]byte(version)), Necessity: "核验原因", Impact: "影响安排"}}
}

func given(kind, actor string) agent.ConsentEvent {
	e := agent.ConsentEvent{Kind: kind, Actor: actor, Evidence: "scan-4", Terms: &agent.ConsentTerms{Form: "separate", Basis: agent.BasisConsent,
		Purposes: []string{"overdue"}, Methods: []string{"automated"}, Categories: []string{"identity", "income"}, Recipients: []string{"central"},
		Reasons: []string{"central"}, ExpiresAt: start + 86400*365}}
	if actor == agent.ActorGuardian {
		e.ActorRef = "guardian-7"
	}
	return e
}

func ended(kind string) agent.ConsentEvent {
	e := agent.ConsentEvent{Kind: kind, Actor: agent.ActorSubject}
	if kind == agent.ConsentWithdrawn {
		e.ReaskUntil = start + 86400*30
	}
	return e
}

func receiptOf(t *testing.T, r *agent.ConsentRecord) (ConsentReceipt, map[string]any) {
	t.Helper()
	b, err := WriteReceipt(r, receiptID, time.Unix(start+3600, 0), func(c agent.Category) bool { return c == "income" })
	if err != nil {
		t.Fatal(err)
	}
	var out ConsentReceipt
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(b, &tree); err != nil {
		t.Fatal(err)
	}
	return out, tree
}

// The fields are those that ISO/IEC TS 27560 makes mandatory, and those of PIPL;
// the values are those of the record.
func TestWriteReceipt_holdsWhatTheRecordSays(t *testing.T) {
	out, tree := receiptOf(t, consents(t, nil, shown("v1"), given(agent.ConsentGiven, agent.ActorSubject), shown("v2")))
	mandatory := map[string][]string{
		"": {"schema_version", "receipt_id", "record_id", "pii_principal_id", "pii_processing", "party_identification", "events", "pipl"},
		"pii_processing": {"privacy_notice", "language", "purpose", "lawful_basis", "pii_information", "pii_controllers", "collection_method",
			"processing_method", "storage_locations", "retention_period", "jurisdiction", "recipient_third_parties", "withdrawal_method",
			"privacy_rights", "impact_assessment"},
		"party_identification": {"party_id", "party_name", "party_address", "party_contact", "party_type", "party_role"},
		"events":               {"event_time", "validity_duration", "entity_id", "event_type", "event_state"},
		"pipl": {"consent_form", "basis_item", "notice_hash", "necessity_text", "impact_text", "recipient_contact", "expiry_handling", "pia_id",
			"signature_algorithm", "guardian", "expires_at", "consent_id"},
	}
	for at, names := range mandatory {
		objects := []any{tree}
		if at != "" {
			var ok bool
			if objects, ok = tree[at].([]any); !ok {
				objects = []any{tree[at]}
			}
		}
		for _, o := range objects {
			m, _ := o.(map[string]any)
			for _, n := range names {
				if v, ok := m[n]; !ok || v == "" || v == nil {
					t.Errorf("%s/%s is missing", at, n)
				}
			}
		}
	}
	sum := sha256.Sum256([]byte("v1"))
	p, x := out.Processing, out.PIPL
	if out.SchemaVersion != "ISO/IEC TS 27560:2023" || out.ReceiptID != receiptID || out.RecordID != recordID || out.PrincipalID != person.String() ||
		// What was shown after the choice was not what was agreed to.
		p.Notice != "v1" || x.NoticeHash != hex.EncodeToString(sum[:]) || p.Language != "zh-CN" || p.Basis != "consent" || x.BasisItem != "13(1)" ||
		!slices.Equal(p.Purposes, []string{"overdue"}) || !slices.Equal(p.Methods, []string{"automated"}) || p.Collection != "app" ||
		!slices.Equal(p.Information, []receiptPII{{"identity", false}, {"income", true}}) ||
		!slices.Equal(p.Controllers, []string{"lender-1"}) || !slices.Equal(p.Recipients, []string{"central"}) ||
		p.Retention != "P1095D" || p.Jurisdiction != "CN" || !slices.Equal(p.Storage, []string{"CN"}) || p.Withdrawal != "App：我的—撤回" ||
		x.State != agent.ConsentGiven || x.Form != "separate" || x.Expiry != "delete" || x.Guardian || x.WithdrawnAt != "" || x.ReaskBlock != "" ||
		!slices.Equal(x.Contacts, []string{"privacy@central.example"}) || !slices.Equal(x.Reasons, []string{"central"}) || x.ConsentID != "C-1" ||
		x.ExpiresAt != "2027-09-21T14:13:20Z" {
		t.Errorf("receipt %s of %s for %s says %+v, %+v", out.ReceiptID, out.RecordID, out.PrincipalID, p, x)
	}
	if e := out.Events; len(e) != 3 || e[0].Type != agent.ConsentNotice || e[0].State != agent.ConsentUnknown || e[0].Entity != "lender-1" ||
		e[1].Entity != person.String() || e[1].Validity != "PT31535940S" || e[1].Time != "2026-09-21T14:14:20Z" ||
		e[2].State != agent.ConsentGiven {
		for i := range e {
			t.Errorf("event %d: %s %s %s %s %s", i, e[i].Time, e[i].Validity, e[i].Entity, e[i].Type, e[i].State)
		}
	}
}

func TestWriteReceipt_followsTheState(t *testing.T) {
	first := []agent.ConsentEvent{shown("v1"), given(agent.ConsentGiven, agent.ActorSubject), ended(agent.ConsentWithdrawn)}
	out, _ := receiptOf(t, consents(t, nil, first...))
	if x := out.PIPL; x.State != agent.ConsentWithdrawn || x.WithdrawnAt != "2026-09-21T14:15:20Z" || x.ReaskBlock != "2026-10-21T14:13:20Z" {
		t.Errorf("withdrawn: %+v", x)
	}
	// Given once more by the guardian: what was withdrawn before is in the events.
	out, _ = receiptOf(t, consents(t, nil, append(first, given(agent.ConsentGiven, agent.ActorGuardian))...))
	if x := out.PIPL; x.State != agent.ConsentGiven || x.WithdrawnAt != "" || x.ReaskBlock != "" || !x.Guardian || out.Events[3].Entity != agent.ActorGuardian {
		t.Errorf("given again: %+v", x)
	}
	// Nobody takes what was never recorded for an answer.
	out, tree := receiptOf(t, consents(t, nil, shown("v1")))
	p := tree["pii_processing"].(map[string]any)
	if x := out.PIPL; x.State != agent.ConsentUnknown || x.Form != notRecorded || x.NoticeHash != notRecorded || x.ExpiresAt != "" ||
		p["privacy_notice"] != notRecorded || p["collection_method"] != notRecorded || p["language"] != notRecorded {
		t.Errorf("only told: %v, %+v", p, x)
	}
	for _, name := range []string{"purpose", "pii_information", "processing_method", "recipient_third_parties"} {
		if l, ok := p[name].([]any); !ok || len(l) != 0 {
			t.Errorf("only told: %s is %v, want an empty list", name, p[name])
		}
	}
}

// leaves calls f for every text of a tree.
func leaves(v any, f func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			leaves(x, f)
		}
	case []any:
		for _, x := range v {
			leaves(x, f)
		}
	case string:
		f(v)
	}
}

// Whatever is in a receipt is in the record, or one of the words listed here.
// The number and name of the person are in neither.
func TestWriteReceipt_holdsNothingBeyondTheRecord(t *testing.T) {
	r := consents(t, nil, shown("v1"), given(agent.ConsentGiven, agent.ActorGuardian), ended(agent.ConsentWithdrawn))
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var record any
	if err := json.Unmarshal(b, &record); err != nil {
		t.Fatal(err)
	}
	known := []string{agent.ConsentSchema, receiptID, person.String(), "13(1)", "ES256", "pii_controller", "recipient_third_party", "consent",
		agent.ConsentUnknown, "P0D", "P1095D", "PT31535940S"}
	leaves(record, func(s string) { known = append(known, s) })
	for i := range r.Events {
		e := &r.Events[i]
		sum := e.Digest()
		known = append(known, utc(e.At), utc(e.ReaskUntil), hex.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(r.Signed(i)))
		if e.Notice != nil {
			known = append(known, hex.EncodeToString(e.Notice.Digest[:]))
		}
		if e.Terms != nil {
			known = append(known, utc(e.Terms.ExpiresAt))
		}
	}
	_, tree := receiptOf(t, r)
	n := 0
	leaves(tree, func(s string) {
		if n++; !slices.Contains(known, s) {
			t.Errorf("%q is not in the record", s)
		}
	})
	if n < 60 {
		t.Errorf("%d texts in the receipt", n)
	}
}

// verifies checks a receipt with nothing but itself and the public key, as
// somebody would who has neither the agent nor its code.
func verifies(out *ConsentReceipt, key *ecdsa.PublicKey) bool {
	const begins = "yanmen consent event 1\n"
	previous := ""
	for _, e := range out.Events {
		sig, err := hex.DecodeString(e.Signature)
		if err != nil || len(sig) != 64 || len(e.Signed) < 40 {
			return false
		}
		sum := sha256.Sum256(e.Signed)
		if !bytes.HasPrefix(e.Signed, []byte(begins)) || hex.EncodeToString(e.Signed[23:39]) != strings.ReplaceAll(out.PrincipalID, "-", "") ||
			!ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
			return false
		}
		stored := slices.Concat(e.Signed[39:len(e.Signed)-1], []byte{0x80, 0x01}, sig) // 64, as a signed varint
		sum = sha256.Sum256(stored)
		if e.Signed[len(e.Signed)-1] != 0 || hex.EncodeToString(sum[:]) != e.Digest || e.Previous != previous {
			return false
		}
		previous = e.Digest
	}
	return len(out.Events) > 0
}

func TestWriteReceipt_verifiesOffline(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := consents(t, key, shown("v1"), given(agent.ConsentGiven, agent.ActorSubject), ended(agent.ConsentWithdrawn))
	out, _ := receiptOf(t, r)
	if !verifies(&out, &key.PublicKey) {
		t.Fatal("the receipt does not verify")
	}
	if verifies(&out, &other.PublicKey) {
		t.Error("it verifies under another key")
	}
	for why, change := range map[string]func(o *ConsentReceipt){
		"a byte of what was signed": func(o *ConsentReceipt) { o.Events[1].Signed[50] ^= 1 },
		"a byte of a signature":     func(o *ConsentReceipt) { o.Events[1].Signature = strings.Repeat("00", 64) },
		"an event left out":         func(o *ConsentReceipt) { o.Events = slices.Delete(o.Events, 1, 2) },
		"events in another order":   func(o *ConsentReceipt) { slices.Reverse(o.Events) },
		"another person":            func(o *ConsentReceipt) { o.PrincipalID = agent.SubjectID{7}.String() },
	} {
		changed, _ := receiptOf(t, r)
		change(&changed)
		if verifies(&changed, &key.PublicKey) {
			t.Errorf("%s: it still verifies", why)
		}
	}
}

// Each state, kind and actor has a word in both languages.
func TestConsentWord_hasBothLanguages(t *testing.T) {
	words := slices.Concat(agent.ConsentKinds, agent.ConsentActors, []string{agent.ConsentUnknown, agent.ConsentExpired})
	for _, w := range words {
		zh, en := ConsentWord(Chinese, w), ConsentWord(English, w)
		if !strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || en == "" || zh == en {
			t.Errorf("ConsentWord(%s) = %q, %q", w, zh, en)
		}
	}
	if got := ConsentWord(Chinese, "novel"); got != "novel" {
		t.Errorf("ConsentWord(novel) = %q", got)
	}
	if len(words) != len(consentWords) {
		t.Errorf("%d words of %d", len(consentWords), len(words))
	}
}
