package wire_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
	"github.com/yanmen/yanmen/sync/wire"
)

var update = flag.Bool("update", false, "write the golden files (while version 1 is a draft)")

func sampleVerdict() *agent.Verdict {
	return &agent.Verdict{
		Issuer: "agent-1", Audience: "platform-1", ID: "01900000-0000-7000-8000-000000000001",
		Subject: [16]byte{1, 2, 3}, Case: "CASE-1", Purpose: agent.PurposeOverdue,
		Claims: agent.Claims{Outcome: "pass", Assurance: agent.AssuranceAuthority3, Class: "hardship", Band: "C",
			Disposition: "instalments", Reasons: []agent.Code{"claim.supported", "evidence.missing", "overdue.current"}},
		IssuedAt: 1790000000, ValidUntil: 1792592000, Rules: sha256.Sum256([]byte("rules")),
		Basis: agent.BasisConsent, Consent: sha256.Sum256([]byte("consent")), Reviewed: true,
		Supersedes: "01900000-0000-7000-8000-000000000000", Seq: 7, Prev: sha256.Sum256([]byte("prev")),
	}
}

// firstVerdict has every member that may be absent absent.
func firstVerdict() *agent.Verdict {
	v := sampleVerdict()
	v.Claims = agent.Claims{Outcome: agent.NotAvailable, Assurance: agent.NotAvailable, Class: agent.NotAvailable,
		Band: agent.NotAvailable, Disposition: agent.NotAvailable}
	v.Basis, v.Consent, v.Reviewed, v.Supersedes, v.Seq, v.Prev = "", [32]byte{}, false, "", 1, [32]byte{}
	return v
}

func sampleTombstone() *wire.Tombstone {
	return &wire.Tombstone{Issuer: "agent-1", Audience: "platform-1", ID: "01900000-0000-7000-8000-000000000001", Seq: 7,
		Prev: sha256.Sum256([]byte("prev")), Digest: sha256.Sum256([]byte("gone"))}
}

func sampleErased() *wire.Erased {
	return &wire.Erased{Issuer: "agent-1", Audience: "platform-1", ID: "01900000-0000-7000-8000-000000000002",
		Subject: [16]byte{1, 2, 3}, IssuedAt: 1790000000, Seq: 8, Prev: sha256.Sum256([]byte("prev"))}
}

func sampleReceipt() *wire.Receipt {
	return &wire.Receipt{Issuer: "platform-1", Audience: "agent-1", IssuedAt: 1790000000, Lines: []wire.Line{
		{Seq: 7, Digest: sha256.Sum256([]byte("a")), ID: "01900000-0000-7000-8000-000000000001"},
		{Seq: 9, Digest: sha256.Sum256([]byte("b")), ID: "01900000-0000-7000-8000-000000000002"},
	}}
}

func sampleEnrolment() *wire.Enrolment {
	return &wire.Enrolment{Agent: "agent-1", Lender: "lender-1", Keys: []wire.Key{{X: [32]byte{1}, Y: [32]byte{2}}, {X: [32]byte{3}, Y: [32]byte{4}}}}
}

// forms lists every message with a reader that writes it again.
var forms = []struct {
	name   string
	write  func() ([]byte, error)
	reread func([]byte) ([]byte, error)
}{
	{"verdict", func() ([]byte, error) { return wire.Verdict(sampleVerdict()) }, rereadVerdict},
	{"verdict_first", func() ([]byte, error) { return wire.Verdict(firstVerdict()) }, rereadVerdict},
	{"tombstone", sampleTombstone().Marshal, func(b []byte) ([]byte, error) {
		m, err := wire.ParseTombstone(b)
		if err != nil {
			return nil, err
		}
		return m.Marshal()
	}},
	{"erased", sampleErased().Marshal, func(b []byte) ([]byte, error) {
		m, err := wire.ParseErased(b)
		if err != nil {
			return nil, err
		}
		return m.Marshal()
	}},
	{"receipt", sampleReceipt().Marshal, func(b []byte) ([]byte, error) {
		m, err := wire.ParseReceipt(b)
		if err != nil {
			return nil, err
		}
		return m.Marshal()
	}},
	{"enrolment", sampleEnrolment().Marshal, func(b []byte) ([]byte, error) {
		m, err := wire.ParseEnrolment(b)
		if err != nil {
			return nil, err
		}
		return m.Marshal()
	}},
}

func rereadVerdict(b []byte) ([]byte, error) {
	v, err := wire.ParseVerdict(b)
	if err != nil {
		return nil, err
	}
	return wire.Verdict(v)
}

func TestMessages_matchTheirGoldenFilesAndAreJSON(t *testing.T) {
	for _, f := range forms {
		got, err := f.write()
		if err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		path := filepath.Join("testdata", f.name+".json")
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: got %s, want %s", f.name, got, want)
		}
		if !json.Valid(got) {
			t.Errorf("%s: not JSON", f.name)
		}
		again, err := f.reread(want)
		if err != nil || !bytes.Equal(again, want) {
			t.Errorf("%s: read again: %s, %v", f.name, again, err)
		}
	}
}

// Every single byte changed, dropped or doubled gives another message or none.
func TestParse_isNotMalleable(t *testing.T) {
	for _, f := range forms {
		good, err := f.write()
		if err != nil {
			t.Fatal(err)
		}
		check := func(b []byte) {
			t.Helper()
			if again, err := f.reread(b); err == nil && !bytes.Equal(again, b) {
				t.Errorf("%s: %q was read and written otherwise", f.name, b)
			}
		}
		for i := range good {
			for _, c := range []byte{0, ' ', '"', '0', '1', 'A', 'a', '}', good[i] ^ 0x20, good[i] + 1} {
				b := slices.Clone(good)
				b[i] = c
				check(b)
			}
			check(slices.Delete(slices.Clone(good), i, i+1))
			check(slices.Insert(slices.Clone(good), i, good[i]))
			if _, err := f.reread(good[:i]); err == nil {
				t.Errorf("%s: the first %d bytes were read", f.name, i)
			}
		}
		for _, tail := range []string{" ", "\n", "}", "\x00", string(good)} {
			if _, err := f.reread(append(slices.Clone(good), tail...)); err == nil {
				t.Errorf("%s: read with a tail", f.name)
			}
		}
	}
}

func TestParse_tellsVersionsItDoesNotKnow(t *testing.T) {
	for _, f := range forms {
		good, _ := f.write()
		if _, err := f.reread(bytes.Replace(good, []byte(`"v":1`), []byte(`"v":2`), 1)); !errors.Is(err, wire.ErrVersion) {
			t.Errorf("%s: version 2: %v, want ErrVersion", f.name, err)
		}
	}
}

func TestVerdict_refusesWhatIsAbsentOrForeign(t *testing.T) {
	const canary = "CANARY"
	cases := map[string]func(*agent.Verdict){
		"no iss":             func(v *agent.Verdict) { v.Issuer = "" },
		"iss quote":          func(v *agent.Verdict) { v.Issuer = canary + `"` },
		"iss long":           func(v *agent.Verdict) { v.Issuer = strings.Repeat("a", 65) },
		"no aud":             func(v *agent.Verdict) { v.Audience = "" },
		"no jti":             func(v *agent.Verdict) { v.ID = "" },
		"jti v4":             func(v *agent.Verdict) { v.ID = "01900000-0000-4000-8000-000000000001" },
		"jti upper":          func(v *agent.Verdict) { v.ID = "0190000A-0000-7000-8000-000000000001" },
		"no sub":             func(v *agent.Verdict) { v.Subject = [16]byte{} },
		"no case":            func(v *agent.Verdict) { v.Case = "" },
		"case hanzi":         func(v *agent.Verdict) { v.Case = "案" },
		"no purpose":         func(v *agent.Verdict) { v.Purpose = "" },
		"purpose oversight":  func(v *agent.Verdict) { v.Purpose = agent.PurposeOversight },
		"no outcome":         func(v *agent.Verdict) { v.Claims.Outcome = "" },
		"outcome":            func(v *agent.Verdict) { v.Claims.Outcome = canary },
		"no assurance":       func(v *agent.Verdict) { v.Claims.Assurance = "" },
		"assurance":          func(v *agent.Verdict) { v.Claims.Assurance = canary },
		"no class":           func(v *agent.Verdict) { v.Claims.Class = "" },
		"class illness":      func(v *agent.Verdict) { v.Claims.Class = "illness" },
		"no band":            func(v *agent.Verdict) { v.Claims.Band = "" },
		"band":               func(v *agent.Verdict) { v.Claims.Band = "F" },
		"no disposition":     func(v *agent.Verdict) { v.Claims.Disposition = "" },
		"disposition":        func(v *agent.Verdict) { v.Claims.Disposition = canary },
		"reason":             func(v *agent.Verdict) { v.Claims.Reasons = []agent.Code{canary} },
		"reason empty":       func(v *agent.Verdict) { v.Claims.Reasons = []agent.Code{""} },
		"reason n/a":         func(v *agent.Verdict) { v.Claims.Reasons = []agent.Code{agent.NotAvailable} },
		"reasons unsorted":   func(v *agent.Verdict) { v.Claims.Reasons = []agent.Code{"review.needed", "claim.supported"} },
		"reasons doubled":    func(v *agent.Verdict) { v.Claims.Reasons = []agent.Code{"review.needed", "review.needed"} },
		"reasons five":       func(v *agent.Verdict) { v.Claims.Reasons = agent.ReasonCodes[:5] },
		"able unreviewed":    func(v *agent.Verdict) { v.Claims.Class, v.Reviewed = "able_unwilling", false },
		"no iat":             func(v *agent.Verdict) { v.IssuedAt = 0 },
		"iat far":            func(v *agent.Verdict) { v.IssuedAt, v.ValidUntil = 1<<62, 1<<62 },
		"no valid_until":     func(v *agent.Verdict) { v.ValidUntil = 0 },
		"valid_until before": func(v *agent.Verdict) { v.ValidUntil = v.IssuedAt - 1 },
		"no rules":           func(v *agent.Verdict) { v.Rules = [32]byte{} },
		"basis":              func(v *agent.Verdict) { v.Basis = canary },
		"supersedes":         func(v *agent.Verdict) { v.Supersedes = canary },
		"supersedes itself":  func(v *agent.Verdict) { v.Supersedes = v.ID },
		"no seq":             func(v *agent.Verdict) { v.Seq = 0 },
		"seq inexact":        func(v *agent.Verdict) { v.Seq = 1 << 53 },
		"no prev":            func(v *agent.Verdict) { v.Prev = [32]byte{} },
		"first with prev":    func(v *agent.Verdict) { v.Seq = 1 },
	}
	for name, change := range cases {
		v := sampleVerdict()
		change(v)
		b, err := wire.Verdict(v)
		if err == nil || b != nil {
			t.Errorf("%s: written", name)
		} else if strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error carries the value", name)
		}
	}
	if _, err := wire.Verdict(nil); err == nil {
		t.Error("nil: written")
	}
	if _, err := wire.Verdict(new(agent.Verdict)); err == nil {
		t.Error("zero: written")
	}
}

// A member that Verdict gained must be written, or be refused here on purpose.
func TestVerdict_writesEveryMember(t *testing.T) {
	base, err := wire.Verdict(sampleVerdict())
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(*agent.Verdict){
		"Issuer": func(v *agent.Verdict) { v.Issuer = "x" }, "Audience": func(v *agent.Verdict) { v.Audience = "x" },
		"ID": func(v *agent.Verdict) { v.ID = "01900000-0000-7000-8000-00000000000f" }, "Subject": func(v *agent.Verdict) { v.Subject[0]++ },
		"Case": func(v *agent.Verdict) { v.Case = "x" }, "Purpose": func(v *agent.Verdict) { v.Purpose = agent.PurposeApplication },
		"Outcome": func(v *agent.Verdict) { v.Claims.Outcome = "fail" }, "Assurance": func(v *agent.Verdict) { v.Claims.Assurance = "none" },
		"Class": func(v *agent.Verdict) { v.Claims.Class = "none" }, "Band": func(v *agent.Verdict) { v.Claims.Band = "A" },
		"Disposition": func(v *agent.Verdict) { v.Claims.Disposition = "none" }, "Reasons": func(v *agent.Verdict) { v.Claims.Reasons = nil },
		"IssuedAt": func(v *agent.Verdict) { v.IssuedAt++ }, "ValidUntil": func(v *agent.Verdict) { v.ValidUntil++ },
		"Rules": func(v *agent.Verdict) { v.Rules[0]++ }, "Basis": func(v *agent.Verdict) { v.Basis = agent.BasisContract },
		"Consent": func(v *agent.Verdict) { v.Consent[0]++ }, "Reviewed": func(v *agent.Verdict) { v.Reviewed = false },
		"Supersedes": func(v *agent.Verdict) { v.Supersedes = "" }, "Seq": func(v *agent.Verdict) { v.Seq++ },
		"Prev": func(v *agent.Verdict) { v.Prev[0]++ },
	}
	for name, change := range changes {
		v := sampleVerdict()
		change(v)
		b, err := wire.Verdict(v)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if bytes.Equal(b, base) {
			t.Errorf("%s does not show in the bytes", name)
		}
	}
}

func TestVerdict_takesOneAllocationAtMost(t *testing.T) {
	v := sampleVerdict()
	v.Issuer, v.Audience, v.Case = strings.Repeat("a", 64), strings.Repeat("b", 64), strings.Repeat("c", 64)
	v.Purpose, v.Basis = agent.PurposeApplication, agent.BasisPublicInterest
	v.Claims.Reasons = []agent.Code{"evidence.conflicting", "identity.unverified", "income.insufficient", "income.unverified"}
	v.Claims.Class, v.Claims.Outcome, v.Claims.Assurance = "not_the_borrower", "inconclusive", agent.NotAvailable
	v.Claims.Band, v.Claims.Disposition = agent.NotAvailable, agent.NotAvailable
	v.Seq, v.IssuedAt, v.ValidUntil = 1<<53-1, 253402300799, 253402300799
	if n := testing.AllocsPerRun(100, func() { wire.Verdict(v) }); n > 1 {
		t.Errorf("the largest verdict takes %v allocations, want 1", n)
	}
}

func TestReceipt_refusesDisorder(t *testing.T) {
	for name, change := range map[string]func(*wire.Receipt){
		"no lines":   func(r *wire.Receipt) { r.Lines = nil },
		"too many":   func(r *wire.Receipt) { r.Lines = make([]wire.Line, wire.MaxLines+1) },
		"same twice": func(r *wire.Receipt) { r.Lines[1].Seq = r.Lines[0].Seq },
		"descending": func(r *wire.Receipt) { slices.Reverse(r.Lines) },
		"no number":  func(r *wire.Receipt) { r.Lines[0].Seq = 0 },
		"no digest":  func(r *wire.Receipt) { r.Lines[0].Digest = [32]byte{} },
		"no id":      func(r *wire.Receipt) { r.Lines[0].ID = "" },
		"no iss":     func(r *wire.Receipt) { r.Issuer = "" },
		"no aud":     func(r *wire.Receipt) { r.Audience = "" },
		"no iat":     func(r *wire.Receipt) { r.IssuedAt = 0 },
	} {
		r := sampleReceipt()
		change(r)
		if _, err := r.Marshal(); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func TestNotices_refuseWhatIsAbsent(t *testing.T) {
	for name, change := range map[string]func(*wire.Tombstone){
		"iss": func(m *wire.Tombstone) { m.Issuer = "" }, "aud": func(m *wire.Tombstone) { m.Audience = "" },
		"jti": func(m *wire.Tombstone) { m.ID = "" }, "seq": func(m *wire.Tombstone) { m.Seq = 0 },
		"prev": func(m *wire.Tombstone) { m.Prev = [32]byte{} }, "digest": func(m *wire.Tombstone) { m.Digest = [32]byte{} },
	} {
		m := sampleTombstone()
		change(m)
		if _, err := m.Marshal(); err == nil {
			t.Errorf("tombstone without %s: written", name)
		}
	}
	for name, change := range map[string]func(*wire.Erased){
		"iss": func(m *wire.Erased) { m.Issuer = "" }, "aud": func(m *wire.Erased) { m.Audience = "" },
		"jti": func(m *wire.Erased) { m.ID = "" }, "seq": func(m *wire.Erased) { m.Seq = 0 },
		"prev": func(m *wire.Erased) { m.Prev = [32]byte{} }, "sub": func(m *wire.Erased) { m.Subject = [16]byte{} },
		"iat": func(m *wire.Erased) { m.IssuedAt = 0 },
	} {
		m := sampleErased()
		change(m)
		if _, err := m.Marshal(); err == nil {
			t.Errorf("erased without %s: written", name)
		}
	}
}

func TestEnrolment_comesFromAPublicJWKSet(t *testing.T) {
	e := sampleEnrolment()
	got, err := wire.NewEnrolment(e.Agent, e.Lender, e.JWKS())
	if err != nil {
		t.Fatal(err)
	}
	a, _ := e.Marshal()
	b, _ := got.Marshal()
	if !bytes.Equal(a, b) {
		t.Errorf("got %s, want %s", b, a)
	}
	if got.Fingerprint() != e.Keys[0].Thumbprint() || len(got.Fingerprint()) != 43 {
		t.Errorf("fingerprint %q", got.Fingerprint())
	}
	for name, jwks := range map[string]string{
		"nothing": "", "no keys": `{"keys":[]}`, "not a set": `[]`,
		"private":   strings.Replace(string(e.JWKS()), `"kid"`, `"d":"AAAA","kid"`, 1),
		"other kty": strings.Replace(string(e.JWKS()), `"EC"`, `"OKP"`, 1),
		"other crv": strings.Replace(string(e.JWKS()), `P-256`, `P-521`, 1),
		"short":     `{"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]}`,
	} {
		if _, err := wire.NewEnrolment(e.Agent, e.Lender, []byte(jwks)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := wire.NewEnrolment("a", "lender.with.dots", e.JWKS()); err == nil {
		t.Error("a lender with dots was taken")
	}
}

func TestSubject_saysTheLender(t *testing.T) {
	if got := wire.Subject("bank-1", wire.KindTombstone); got != "yanmen.v1.bank-1.verdict" {
		t.Errorf("Subject = %q", got)
	}
	lender, last, err := wire.ParseSubject("yanmen.v1.bank-1.erased")
	if err != nil || lender != "bank-1" || last != wire.KindErased {
		t.Errorf("ParseSubject = %q, %q, %v", lender, last, err)
	}
	for _, s := range []string{"", "yanmen.v1.", "yanmen.v1.a", "yanmen.v1.a.b.c", "yanmen.v1.*.verdict", "yanmen.v1..verdict", "other.v1.a.verdict", "yanmen.v1.a.>"} {
		if _, _, err := wire.ParseSubject(s); err == nil {
			t.Errorf("ParseSubject(%q) was taken", s)
		}
	}
}

func TestEvent_isCloudEventsInBinaryMode(t *testing.T) {
	e := wire.Event{ID: "01900000-0000-7000-8000-000000000001", Kind: wire.KindVerdict, Source: "agent-1", Lender: "bank-1", Time: 1790000000}
	h := e.Header()
	want := map[string]string{"ce-specversion": "1.0", "ce-id": e.ID, "ce-type": "cn.yanmen.verdict.v1", "ce-source": "agent-1",
		"ce-time": "2026-09-21T14:13:20Z", "ce-lender": "bank-1", "ce-datacontenttype": "application/octet-stream"}
	if len(h) != len(want) {
		t.Errorf("headers %v", h)
	}
	for k, v := range want {
		if len(h[k]) != 1 || h[k][0] != v {
			t.Errorf("%s = %q, want %q", k, h[k], v)
		}
	}
	if got, err := wire.ParseEvent(h); err != nil || got != e {
		t.Errorf("ParseEvent = %+v, %v", got, err)
	}
	for k := range want {
		if k == "ce-datacontenttype" {
			continue
		}
		h := e.Header()
		delete(h, k)
		if _, err := wire.ParseEvent(h); err == nil {
			t.Errorf("taken without %s", k)
		}
		h[k] = []string{want[k], want[k]}
		if _, err := wire.ParseEvent(h); err == nil {
			t.Errorf("taken with %s twice", k)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, m := range forms {
		b, err := m.write()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range forms {
			if again, err := m.reread(b); err == nil && !bytes.Equal(again, b) {
				t.Errorf("%s: %q was read and written otherwise", m.name, b)
			}
		}
	})
}

func BenchmarkVerdict(b *testing.B) {
	v := sampleVerdict()
	b.ReportAllocs()
	for b.Loop() {
		wire.Verdict(v)
	}
}

func BenchmarkParseVerdict(b *testing.B) {
	p, _ := wire.Verdict(sampleVerdict())
	b.ReportAllocs()
	for b.Loop() {
		wire.ParseVerdict(p)
	}
}

func TestReasonCodes_areSorted(t *testing.T) {
	if !slices.IsSorted(agent.ReasonCodes) {
		t.Error("the writer searches the list and needs it sorted")
	}
}
