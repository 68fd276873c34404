package report

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/yanmen/yanmen/agent"
)

// ConsentReceipt is a consent record for the person it is about, by the field
// names of ISO/IEC TS 27560:2023 as the W3C community group maps them, with what
// PIPL asks for besides under "pipl". Every mandatory field is there; what was
// never recorded is an empty list or "not_recorded", so that nobody takes it for
// an answer.
type ConsentReceipt struct {
	SchemaVersion string `json:"schema_version"`
	ReceiptID     string `json:"receipt_id"`
	RecordID      string `json:"record_id"`
	PrincipalID   string `json:"pii_principal_id"`

	Processing receiptProcessing `json:"pii_processing"`
	Parties    []receiptParty    `json:"party_identification"`
	Events     []receiptEvent    `json:"events"`
	PIPL       receiptPIPL       `json:"pipl"`
}

type receiptProcessing struct {
	Notice       string       `json:"privacy_notice"`
	Language     string       `json:"language"`
	Purposes     []string     `json:"purpose"`
	Basis        string       `json:"lawful_basis"`
	Information  []receiptPII `json:"pii_information"`
	Controllers  []string     `json:"pii_controllers"`
	Collection   string       `json:"collection_method"`
	Methods      []string     `json:"processing_method"`
	Storage      []string     `json:"storage_locations"`
	Retention    string       `json:"retention_period"`
	Jurisdiction string       `json:"jurisdiction"`
	Recipients   []string     `json:"recipient_third_parties"`
	Withdrawal   string       `json:"withdrawal_method"`
	Rights       string       `json:"privacy_rights,omitempty"`
	Assessment   string       `json:"impact_assessment,omitempty"`
}

type receiptPII struct {
	Type      string `json:"pii_type"`
	Sensitive bool   `json:"sensitive_pii_category"`
}

type receiptParty struct {
	ID      string `json:"party_id"`
	Name    string `json:"party_name"`
	Address string `json:"party_address"`
	Contact string `json:"party_contact"`
	Type    string `json:"party_type"`
	Role    string `json:"party_role"`
}

type receiptEvent struct {
	Time     string `json:"event_time"`
	Validity string `json:"validity_duration"`
	Entity   string `json:"entity_id"`
	Type     string `json:"event_type"`
	State    string `json:"event_state"`
	// What proves that nobody changed the event afterwards, to whoever has the
	// lender's public keys: Signature (r ‖ s) is over the bytes of Signed by the
	// key with the thumbprint Key; Digest is SHA-256 over those bytes without
	// their first 39, the last (1, for no signature) replaced by 128, 1 (for 64
	// bytes) and the signature; Previous is the Digest of the event before.
	Notice    string `json:"notice_hash,omitempty"`
	Previous  string `json:"previous_record_hash,omitempty"`
	Digest    string `json:"record_hash"`
	Key       string `json:"signature_key"`
	Signed    []byte `json:"signed"` // base64
	Signature string `json:"signature"`
}

type receiptPIPL struct {
	State       string   `json:"consent_state"`
	Form        string   `json:"consent_form"`
	BasisItem   string   `json:"basis_item"`
	NoticeHash  string   `json:"notice_hash"`
	Necessity   string   `json:"necessity_text,omitempty"`
	Impact      string   `json:"impact_text,omitempty"`
	Contacts    []string `json:"recipient_contact"`
	Reasons     []string `json:"sensitive_reason_recipients"`
	Expiry      string   `json:"expiry_handling"`
	ExpiresAt   string   `json:"expires_at,omitempty"`
	WithdrawnAt string   `json:"withdrawn_at,omitempty"`
	ReaskBlock  string   `json:"reask_block_until,omitempty"`
	Assessment  string   `json:"pia_id,omitempty"`
	Guardian    bool     `json:"guardian"`
	Algorithm   string   `json:"signature_algorithm"`
	ConsentID   string   `json:"consent_id"`
}

const notRecorded = "not_recorded"

func utc(sec int64) string {
	if sec == 0 {
		return ""
	}
	return time.Unix(sec, 0).UTC().Format(time.RFC3339)
}

func orNot(s string) string {
	if s == "" {
		return notRecorded
	}
	return s
}

func lists(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// WriteReceipt returns the receipt of a record as indented JSON. sensitive tells
// whether the catalogue marks a category as sensitive.
func WriteReceipt(r *agent.ConsentRecord, receiptID string, now time.Time, sensitive func(agent.Category) bool) ([]byte, error) {
	h, c := r.Header(), r.Consent()
	out := ConsentReceipt{SchemaVersion: agent.ConsentSchema, ReceiptID: receiptID, RecordID: h.RecordID, PrincipalID: r.Subject.String(),
		Processing: receiptProcessing{Notice: orNot(c.Notice), Language: notRecorded, Purposes: lists(c.Purposes), Basis: string(agent.BasisConsent),
			Information: []receiptPII{}, Controllers: []string{}, Collection: notRecorded, Methods: []string{}, Storage: lists(h.StorageLocations),
			Retention: fmt.Sprintf("P%dD", h.RetentionDays), Jurisdiction: h.Jurisdiction, Recipients: lists(c.Recipients),
			Withdrawal: h.WithdrawalMethod, Rights: h.Rights, Assessment: h.Assessment},
		PIPL: receiptPIPL{State: r.State(now.Unix()), Form: orNot(c.Form), BasisItem: "13(1)", NoticeHash: notRecorded, Contacts: []string{},
			Reasons: lists(c.Reasons), Expiry: h.ExpiryHandling, ExpiresAt: utc(c.ExpiresAt), Assessment: h.Assessment,
			Algorithm: "ES256", ConsentID: r.ID()}}
	for _, cat := range c.Categories {
		out.Processing.Information = append(out.Processing.Information, receiptPII{cat, sensitive(agent.Category(cat))})
	}
	for _, p := range h.Controllers {
		out.Processing.Controllers = append(out.Processing.Controllers, p.ID)
		out.Parties = append(out.Parties, receiptParty{p.ID, p.Name, p.Address, p.Contact, p.Type, "pii_controller"})
	}
	for _, p := range h.Recipients {
		out.PIPL.Contacts = append(out.PIPL.Contacts, p.Contact)
		out.Parties = append(out.Parties, receiptParty{p.ID, p.Name, p.Address, p.Contact, p.Type, "recipient_third_party"})
	}
	for i := range r.Events {
		e := &r.Events[i]
		digest := e.Digest()
		v := receiptEvent{Time: utc(e.At), Validity: "P0D", Entity: e.Actor, Type: e.Kind, State: e.Kind,
			Digest: hex.EncodeToString(digest[:]), Key: e.Key, Signed: r.Signed(i), Signature: hex.EncodeToString(e.Signature)}
		switch e.Actor {
		case agent.ActorSubject:
			v.Entity = r.Subject.String()
		case agent.ActorLender:
			v.Entity = h.Controllers[0].ID
		}
		if e.Prev != [32]byte{} {
			v.Previous = hex.EncodeToString(e.Prev[:])
		}
		if t := e.Terms; t != nil {
			v.Validity = fmt.Sprintf("PT%dS", t.ExpiresAt-e.At)
		}
		if n := e.Notice; n != nil {
			v.Notice, v.State = hex.EncodeToString(n.Digest[:]), stateBefore(r, i)
		}
		switch e.Kind {
		case agent.ConsentGiven, agent.ConsentRenewed:
			out.Processing.Collection, out.Processing.Methods = e.Channel, lists(e.Terms.Methods)
			out.PIPL.Guardian = e.Actor == agent.ActorGuardian
			out.PIPL.WithdrawnAt, out.PIPL.ReaskBlock = "", ""
			for j := range r.Events[:i] {
				if n := r.Events[j].Notice; n != nil {
					out.Processing.Language, out.PIPL.NoticeHash = n.Language, hex.EncodeToString(n.Digest[:])
					out.PIPL.Necessity, out.PIPL.Impact = n.Necessity, n.Impact
				}
			}
		case agent.ConsentWithdrawn:
			out.PIPL.WithdrawnAt = utc(e.At)
		}
		if e.ReaskUntil > 0 {
			out.PIPL.ReaskBlock = utc(e.ReaskUntil)
		}
		out.Events = append(out.Events, v)
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, errors.New("encode receipt")
	}
	return append(b, '\n'), nil
}

// stateBefore is the state that a notice leaves as it was.
func stateBefore(r *agent.ConsentRecord, i int) string {
	for i--; i >= 0; i-- {
		if r.Events[i].Notice == nil {
			return r.Events[i].Kind
		}
	}
	return agent.ConsentUnknown
}
