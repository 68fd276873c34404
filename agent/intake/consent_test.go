package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/yanmen/yanmen/agent"
)

const fullConsent = "testdata/consent/full.json"

// readConsent reads one event.
func readConsent(b []byte) (f *ConsentFile, err error) {
	for f, err = range ReadConsents(bytes.NewReader(b), false, clock.Unix()) {
	}
	return f, err
}

// said is what a reading gives: of each line its number and the id, or the faults.
func said(t *testing.T, text string) (out []string) {
	t.Helper()
	for f, err := range ReadConsents(strings.NewReader(text), true, clock.Unix()) {
		if (f == nil) == (err == nil) {
			t.Fatal("want an event or an error")
		}
		if err != nil {
			out = append(out, strings.Join(faults(t, err), ";"))
		} else {
			out = append(out, strconv.Itoa(f.Line)+" "+f.Event.Consent)
		}
	}
	return out
}

func TestConsentSchema_saysWhatTheTablesSay(t *testing.T) {
	sayTheSame(t, loadSchema(t, consentSchema), map[string][]string{
		"": members(consentFileObject), "subject": members(consentSubjectObject), "event": members(consentEventObject),
		"header": members(consentHeaderObject), "party": members(consentPartyObject), "notice": members(consentTextObject),
		"terms": members(consentTermsObject),
	})
}

// The words of the schema are those of the reader: each is taken, and the
// reader's lists have no other.
func TestConsentSchema_hasTheReadersWords(t *testing.T) {
	var schema struct {
		Defs map[string]struct {
			Properties map[string]struct{ Enum []string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(readDoc(t, consentSchema), &schema); err != nil {
		t.Fatal(err)
	}
	want := map[string]enum{"event/kind": consentKinds, "event/actor": consentActors, "event/channel": consentChannels,
		"header/expiry_handling": expiryHandlings, "party/type": partyTypes, "terms/form": consentForms}
	for object, d := range schema.Defs {
		for name, p := range d.Properties {
			if len(p.Enum) == 0 {
				continue
			}
			at := object + "/" + name
			if !slices.Equal(p.Enum, want[at].words) {
				t.Errorf("%s: the schema has %q, the reader %q", at, p.Enum, want[at].words)
			}
			delete(want, at)
		}
	}
	if len(want) > 0 {
		t.Errorf("lists that the schema lacks: %d", len(want))
	}
}

func TestReadConsents_agreesWithTheSchemaOnEveryMember(t *testing.T) {
	required, objects := agreeOnEveryMember(t, consentSchema, fullConsent, func(b []byte) error {
		_, err := readConsent(b)
		return err
	})
	if required < 30 || objects != 8 {
		t.Errorf("%d members are required in %d objects", required, objects)
	}
}

func TestReadConsents_namesPointerAndRuleOfWhatIsBad(t *testing.T) {
	nameWhatIsBad(t, consentSchema, "testdata/consent/bad.json", fullConsent, func(b []byte) (bool, error) {
		f, err := readConsent(b)
		return f != nil, err
	})
}

// Every text of a bad file is a mark, so that a value in an error would show.
func TestReadConsents_tellsNoValue(t *testing.T) {
	const mark = "zzmark"
	v := tree(t, readFile(t, fullConsent))
	walk(v, "", func(_ string, m map[string]any) {
		for k, x := range m {
			if _, text := x.(string); text {
				m[k] = mark + " \x01"
			}
		}
		m[mark] = mark
	})
	_, err := readConsent(marshal(t, v))
	var list Errors
	if !errors.As(err, &list) || len(list) < MaxErrors {
		t.Fatalf("%d faults, want %d", len(list), MaxErrors)
	}
	if strings.Contains(err.Error(), mark) {
		t.Error("an error tells what was read")
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		if !strings.HasPrefix(line, "consent file: ") {
			t.Errorf("%q does not say what was read", line)
		}
	}
}

func TestReadConsents_namesFaultsOfTheText(t *testing.T) {
	full := string(readFile(t, fullConsent))
	deep := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	for _, tt := range []struct{ why, old, new, want string }{
		{"member twice", `"form": "written"`, `"form": "written", "form": "general"`, "/terms/form duplicate"},
		{"member twice, once escaped", `"form": "written"`, `"form": "written", "f\u006frm": "written"`, "/terms/form duplicate"},
		{"object twice", `"notice": {`, `"notice": {}, "notice": {`, "/notice duplicate;/notice/language required;/notice/sha256 required;/notice/version required"},
		{"number with an exponent", `"retention_days": 1095`, `"retention_days": 1e3`, "/header/retention_days type"},
		{"bytes that are not UTF-8", `核验`, "\xba\xcb", "/notice/necessity encoding"},
		{"byte order mark", "{\n", "\xef\xbb\xbf{\n", " encoding"},
		{"trailing comma", `"form": "written",`, `"form": "written",,`, "/terms syntax"},
		{"deep nesting in an unknown member", `"version": 1`, `"version": 1, "x": ` + deep, " depth; unknown"},
		{"another event behind", "\n}\n", "\n}\n{}", " syntax"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			s := strings.Replace(full, tt.old, tt.new, 1)
			if s == full {
				t.Fatal("nothing replaced")
			}
			_, err := readConsent([]byte(s))
			if got := strings.Join(faults(t, err), ";"); got != tt.want {
				t.Errorf("faults are %q, want %q", got, tt.want)
			}
		})
	}
	for why, s := range map[string]string{"nothing": "", "white space": " \n", "half an event": full[:len(full)/2]} {
		if _, err := readConsent([]byte(s)); len(faults(t, err)) == 0 || !strings.HasSuffix(faults(t, err)[0], " syntax") {
			t.Errorf("%s: faults are %q, want rule syntax", why, faults(t, err))
		}
	}
}

// A huge event is turned away without being walked through, in a file of its own
// and as a line; the lines around it go on.
func TestReadConsents_boundsAnEvent(t *testing.T) {
	line := string(marshal(t, tree(t, readFile(t, fullConsent))))
	most := line + strings.Repeat(" ", maxConsentBytes-len(line))
	if f, err := readConsent([]byte(most)); err != nil || f == nil {
		t.Errorf("an event of %d bytes: %v", len(most), err)
	}
	over := most + " "
	if _, err := readConsent([]byte(over)); !slices.Equal(faults(t, err), []string{" size"}) {
		t.Errorf("an event of %d bytes: faults are %q", len(over), faults(t, err))
	}
	got := said(t, line+"\n"+over+strings.Repeat("x", 1<<20)+"\n"+most+"\n")
	if want := []string{"1 C-2025-000117", " size", "3 C-2025-000117"}; !slices.Equal(got, want) {
		t.Errorf("lines give %q, want %q", got, want)
	}
	want := "consent file: line 2: size: an event has at most " + strconv.Itoa(maxConsentBytes) + " bytes"
	n := 0
	for _, err := range ReadConsents(strings.NewReader(line+"\n"+over), true, 0) {
		if n++; n == 2 && err.Error() != want {
			t.Errorf("error is %q, want %q", err, want)
		}
	}
}

// An event a line: a bad one is told with its line, and the others come.
func TestReadConsents_goesOnAfterABadLine(t *testing.T) {
	line := string(marshal(t, tree(t, readFile(t, fullConsent))))
	bad := strings.Replace(line, `"written"`, `"oral"`, 1)
	got := said(t, line+"\n\n"+bad+"\r\n"+line)
	if want := []string{"1 C-2025-000117", "/terms/form enum", "4 C-2025-000117"}; !slices.Equal(got, want) {
		t.Errorf("lines give %q, want %q", got, want)
	}
	for _, err := range ReadConsents(strings.NewReader("\n \n"+bad), true, clock.Unix()) {
		var e *Error
		if !errors.As(err, &e) || e.Line != 3 || e.Pointer != "/terms/form" {
			t.Errorf("error is %v", err)
		}
	}
	if got := said(t, "\n \r\n"); got != nil {
		t.Errorf("a file of blank lines gives %q", got)
	}
	for range ReadConsents(strings.NewReader(line+"\n"+line), true, clock.Unix()) {
		break // and nothing runs on
	}
}

func TestReadConsents_tellsThatItCannotRead(t *testing.T) {
	for _, lines := range []bool{false, true} {
		n := 0
		r := io.MultiReader(strings.NewReader("{}"), iotest.ErrReader(errors.New("zzmark")))
		for f, err := range ReadConsents(r, lines, clock.Unix()) {
			var list Errors
			if n++; f != nil || err == nil || errors.As(err, &list) || strings.Contains(err.Error(), "zzmark") {
				t.Errorf("lines %v: %v", lines, err)
			}
		}
		if n != 1 {
			t.Errorf("lines %v: %d answers, want one", lines, n)
		}
	}
}

// Every member of the file comes out, and what is the agent's own stays zero.
func TestReadConsents_mapsEveryMember(t *testing.T) {
	f, err := readConsent(readFile(t, fullConsent))
	if err != nil {
		t.Fatal(err)
	}
	if f.Number.Reveal() != "990101198804121017" {
		t.Error("the number is not the file's")
	}
	sum := [32]byte{}
	for i := range 8 {
		copy(sum[4*i:], []byte{0x00, 0xc0, 0xff, 0xee})
	}
	at := clock.Unix() - 2*86400 - 2*3600 + 120
	want := agent.ConsentEvent{
		Consent: "C-2025-000117", Kind: agent.ConsentGiven, At: at, Actor: agent.ActorGuardian, ActorRef: "guardian-7.proof-3",
		Channel: "counter", Evidence: "scan-2026-03-01-4",
		Header: &agent.ConsentHeader{
			Controllers:      []agent.ConsentParty{{ID: "lender-1", Name: "示例出借机构", Address: "示例路 1 号", Contact: "privacy@lender-1.example", Type: "lender"}},
			Recipients:       []agent.ConsentParty{{ID: "central", Name: "示例平台", Address: "示例路 2 号", Contact: "privacy@central.example", Type: "processor"}},
			StorageLocations: []string{"CN"}, RetentionDays: 1095, ExpiryHandling: "delete", Jurisdiction: "CN",
			WithdrawalMethod: "App：我的—隐私—撤回同意", Rights: "App：我的—隐私", Assessment: "pia-2025-01",
		},
		Notice: &agent.ConsentText{Version: "privacy-2026-05", Language: "zh-CN", Digest: sum, Necessity: "核验逾期原因", Impact: "可能影响还款安排"},
		Terms: &agent.ConsentTerms{Form: "written", Basis: agent.BasisConsent, Purposes: []string{"overdue"}, Methods: []string{"automated"},
			Categories: []string{"identity", "income"}, Recipients: []string{"central"}, Reasons: []string{"central"},
			ExpiresAt: at - 120 - 10*3600 + 365*86400},
	}
	if !reflect.DeepEqual(f.Event, want) {
		t.Errorf("event is %+v, want %+v", f.Event, want)
	}
}

// The example of the pages is one that the reader takes, line by line, and that
// the schema allows.
func TestReadConsents_takesTheExample(t *testing.T) {
	text := string(readDoc(t, "example.consent.ndjson"))
	schema := compileSchema(t, consentSchema)
	var kinds []string
	for f, err := range ReadConsents(strings.NewReader(text), true, clock.AddDate(1, 0, 0).Unix()) {
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, f.Event.Kind)
	}
	for line := range strings.Lines(text) {
		if err := schema.Validate(tree(t, []byte(line))); err != nil {
			t.Error(err)
		}
	}
	if want := []string{agent.ConsentNotice, agent.ConsentRequested, agent.ConsentGiven}; !slices.Equal(kinds, want) {
		t.Errorf("the example has %q", kinds)
	}
}

// FuzzReadConsents holds that any bytes give events or faults, never both, and
// that a fault consists of our own words.
func FuzzReadConsents(f *testing.F) {
	f.Add(readFile(f, fullConsent), false)
	f.Add(readDoc(f, "example.consent.ndjson"), true)
	f.Add([]byte(`{"version":1,"version":[{"a":1e9}]}`), false)
	f.Add([]byte("{}\n\n{\"version\":1}\n\xff"), true)
	f.Add([]byte(`{"notice":{"sha256":"\u0030"},"event":{"at":"2026-03-01T10:02:00.1+08:00"}}`), false)
	check := ourWords(f, consentSchema)
	f.Fuzz(func(t *testing.T, b []byte, lines bool) {
		n := 0
		for e, err := range ReadConsents(bytes.NewReader(b), lines, clock.Unix()) {
			n++
			switch {
			case (e == nil) == (err == nil):
				t.Fatal("want an event or an error")
			case err != nil:
				check(t, err, lines)
			case e.Number.IsZero() || e.Event.Consent == "" || e.Event.Kind == "" || e.Event.At == 0 || e.Event.Actor == "" || e.Event.Channel == "":
				t.Fatal("a required member is not there")
			case e.Event.Terms != nil && e.Event.Terms.Basis != agent.BasisConsent:
				t.Fatal("terms on another basis")
			}
		}
		if n == 0 && !lines {
			t.Fatal("nothing came")
		}
	})
}
