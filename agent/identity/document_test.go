package identity

import (
	"strings"
	"testing"

	"github.com/yanmen/yanmen/agent"
)

// checked adds the check character to 17 digits.
func checked(digits string) string { return digits + string(agent.CheckCharacter([]byte(digits))) }

func TestCheck_numbersOfEveryKind(t *testing.T) {
	// Permits with sequence 000, which is given to nobody.
	hongKong, taiwan := checked("81000019900115000"), checked("83000019900115000")
	foreigner, demo := checked("91115619900115000"), checked("99010119900115000")
	old := strings.Repeat("T", 3) + strings.Repeat("0", 12)
	known, none := agent.Known(36), agent.Int{}
	tests := []struct {
		name, kind, number, form string
		age                      agent.Int
		sex, codes               string
	}{
		{"permit", agent.DocumentPermit, hongKong, "valid", known, "female", ""},
		{"permit of Taiwan", agent.DocumentPermit, taiwan, "valid", known, "female", ""},
		{"permit, kind not said", "", taiwan, "valid", known, "female", ""},
		{"permit said to be a citizen's", agent.DocumentCitizen, hongKong, "valid", known, "female", "number.kind_differs"},
		{"citizen's said to be a permit", agent.DocumentPermit, demo, "invalid", none, "unknown", "number.invalid number.kind_differs"},
		{"permit with a county", agent.DocumentPermit, checked("81000119900115000"), "invalid", none, "unknown", "number.invalid number.kind_differs"},
		{"permit, wrong check", agent.DocumentPermit, hongKong[:17] + string('0'+(hongKong[17]-'0'+1)%10), "invalid", none, "unknown", "number.invalid"},
		{"permit of 15 digits", agent.DocumentPermit, "810000900115000", "invalid", none, "unknown", "number.invalid"},
		{"foreigner", agent.DocumentForeigner, foreigner, "valid", known, "unknown", ""},
		{"foreigner, kind not said", "", foreigner, "valid", known, "unknown", ""},
		{"foreigner born on no day", agent.DocumentForeigner, checked("91115619900230000"), "invalid", none, "unknown", "number.invalid number.kind_differs"},
		{"99 is a citizen's", "", demo, "valid", known, "female", ""},
		{"99 said to be a foreigner's", agent.DocumentForeigner, demo, "valid", known, "unknown", ""},
		{"foreigner with another first digit", agent.DocumentForeigner, hongKong, "invalid", none, "unknown", "number.invalid number.kind_differs"},
		{"foreigner's old card", agent.DocumentForeigner, strings.ToLower(old), "valid", none, "unknown", ""},
		{"old card, kind not said", "", old, "invalid", none, "unknown", "number.invalid"},
		{"old card with two letters", agent.DocumentForeigner, "TT" + strings.Repeat("0", 13), "invalid", none, "unknown", "number.invalid"},
		{"pass of Hong Kong", agent.DocumentHKMacao, "H 00000001", "valid", none, "unknown", ""},
		{"pass of Macao, reissued", agent.DocumentHKMacao, "m0000000102", "valid", none, "unknown", ""},
		{"pass with a digit more", agent.DocumentHKMacao, "H000000011", "invalid", none, "unknown", "number.invalid"},
		{"pass with another letter", agent.DocumentHKMacao, "T00000001", "invalid", none, "unknown", "number.invalid"},
		{"pass of Taiwan", agent.DocumentTaiwan, "00000001", "valid", none, "unknown", ""},
		{"pass of Taiwan, short", agent.DocumentTaiwan, "0000001", "invalid", none, "unknown", "number.invalid"},
		{"passport", agent.DocumentPassport, "E00000001", "valid", none, "unknown", ""},
		{"passport of digits", agent.DocumentPassport, "000000001", "valid", none, "unknown", ""},
		{"passport without a digit", agent.DocumentPassport, "EEEEEEEEE", "invalid", none, "unknown", "number.invalid"},
		{"passport too long", agent.DocumentPassport, "E000000001", "invalid", none, "unknown", "number.invalid"},
		{"passport of the least length", agent.DocumentPassport, "E0001", "valid", none, "unknown", ""},
		{"passport too short", agent.DocumentPassport, "E001", "invalid", none, "unknown", "number.invalid"},
		{"passport with a sign", agent.DocumentPassport, "E0000/001", "invalid", none, "unknown", "number.invalid"},
		{"passport beyond all length", agent.DocumentPassport, strings.Repeat("E0", 40), "invalid", none, "unknown", "number.invalid"},
		{"citizen's number as a passport", agent.DocumentPassport, demo, "invalid", none, "unknown", "number.invalid"},
		{"blank", agent.DocumentPassport, " ", "unknown", none, "unknown", ""},
		{"unheard of", "licence", "00000001", "invalid", none, "unknown", "number.invalid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Check(nil, agent.Person{Number: personal(tt.number), Document: tt.kind}, asOf)
			if got.NumberForm != tt.form || got.Age != tt.age || got.Sex != tt.sex || strings.Join(got.Codes, " ") != tt.codes {
				t.Errorf("form %s, age %v, sex %s, codes %v; want %s, %v, %s, %s", got.NumberForm, got.Age, got.Sex, got.Codes, tt.form, tt.age, tt.sex, tt.codes)
			}
			if want := map[bool]string{true: agent.AssuranceFormat, false: agent.AssuranceNone}[tt.form == "valid"]; got.Assurance != want {
				t.Errorf("assurance %s, want %s", got.Assurance, want)
			}
			if got.Document != "" {
				t.Errorf("document %s, but none was seen", got.Document)
			}
		})
	}
}

func TestCheck_documentAgainstDeclared(t *testing.T) {
	demo, other := checked("99010119900115000"), checked("99010119900116000")
	taiwan := checked("83000019900115000")
	foreigner := checked("91115619900115000")
	tests := []struct {
		name                   string
		declaredKind, declared string
		kind, number           string
		document               string
		match                  agent.Tri
		codes                  string
	}{
		{"one document", "", demo, "", demo, agent.DocumentCitizen, agent.Yes, ""},
		{"kind said on one side", "", demo, agent.DocumentCitizen, demo, agent.DocumentCitizen, agent.Yes, ""},
		{"two persons", "", demo, agent.DocumentCitizen, other, agent.DocumentCitizen, agent.No, "number.mismatch"},
		{"card and passport", "", demo, agent.DocumentPassport, "E00000001", agent.DocumentPassport, agent.Unknown, "document.kind_differs"},
		{"two passports", agent.DocumentPassport, "E00000001", agent.DocumentPassport, "E00000002", agent.DocumentPassport, agent.No, "number.mismatch"},
		{"one passport", agent.DocumentPassport, "e0000 0001", agent.DocumentPassport, "E00000001", agent.DocumentPassport, agent.Yes, ""},
		{"pass before and after reissue", agent.DocumentHKMacao, "H0000000101", agent.DocumentHKMacao, "H00000001", agent.DocumentHKMacao, agent.Yes, ""},
		{"two passes", agent.DocumentHKMacao, "H00000002", agent.DocumentHKMacao, "H00000001", agent.DocumentHKMacao, agent.No, "number.mismatch"},
		{"permit without a word of its kind", "", taiwan, agent.DocumentPermit, taiwan, agent.DocumentPermit, agent.Yes, ""},
		{"foreigner's cards of both forms", agent.DocumentForeigner, foreigner, agent.DocumentForeigner, "TTT" + strings.Repeat("0", 12),
			agent.DocumentForeigner, agent.Unknown, ""},
		{"document without a number", "", demo, agent.DocumentCitizen, "", agent.DocumentCitizen, agent.Unknown, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := &agent.Evidence{Identity: &agent.Identity{Kind: tt.kind, Number: personal(tt.number)}}
			got := Check(e, agent.Person{Number: personal(tt.declared), Document: tt.declaredKind}, asOf)
			if got.Document != tt.document || got.NumberMatch != tt.match || strings.Join(got.Codes, " ") != tt.codes {
				t.Errorf("document %s, match %v, %v; want %s, %v, %s", got.Document, got.NumberMatch, got.Codes, tt.document, tt.match, tt.codes)
			}
		})
	}
}

func TestCheck_foreignNamesMayBeInTwoScripts(t *testing.T) {
	for kind, want := range map[string]agent.Tri{"": agent.No, agent.DocumentCitizen: agent.No, agent.DocumentPassport: agent.Unknown, agent.DocumentForeigner: agent.Unknown} {
		number := map[string]string{"": checked("99010119900115000"), agent.DocumentCitizen: checked("99010119900115000"),
			agent.DocumentPassport: "E00000001", agent.DocumentForeigner: checked("91115619900115000")}[kind]
		e := &agent.Evidence{Identity: &agent.Identity{Kind: kind, Number: personal(number), Name: personal("TEST SAMPLE")}}
		got := Check(e, agent.Person{Name: personal("验甲"), Number: personal(number), Document: kind}, asOf)
		if got.NameMatch != want {
			t.Errorf("%q: name match %v %v, want %v", kind, got.NameMatch, got.Codes, want)
		}
	}
}

func TestCheck_spanOfADocument(t *testing.T) {
	citizenBorn := func(day string) string { return checked("990101" + day + "000") }
	permit := checked("81000019900115000")
	tests := []struct {
		name, number    string
		issued, expires agent.Date
		usual           bool
	}{
		{"child", citizenBorn("20050102"), 20210101, 20260101, true},
		{"child, long", citizenBorn("20050102"), 20210101, 20310101, false},
		{"16 on the day", citizenBorn("20050101"), 20210101, 20310101, true},
		{"25", citizenBorn("19950102"), 20210101, 20310101, true},
		{"26 on the day", citizenBorn("19950101"), 20210101, 20410101, true},
		{"26, a day too long", citizenBorn("19950101"), 20210101, 20410102, false},
		{"26, to the eve", citizenBorn("19950101"), 20210101, 20401231, true},
		{"26, short", citizenBorn("19950101"), 20210101, 20310101, false},
		{"45", citizenBorn("19750102"), 20210101, 20410101, true},
		{"46 on the day", citizenBorn("19750101"), 20210101, longTerm, true},
		{"46, not for long", citizenBorn("19750101"), 20210101, 20410101, false},
		{"45, for long", citizenBorn("19750102"), 20210101, longTerm, false},
		{"permit", permit, 20240101, 20290101, true},
		{"permit, long", permit, 20240101, 20440101, false},
		{"pass", "H00000001", 20240101, 20250101, true}, // nothing is said of other kinds
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := &agent.Identity{Number: personal(tt.number), IssuedOn: tt.issued, ExpiresOn: tt.expires}
			if tt.number[0] == 'H' {
				d.Kind = agent.DocumentHKMacao
			}
			got := Check(&agent.Evidence{Identity: d}, agent.Person{}, asOf)
			if unusual := strings.Contains(strings.Join(got.Codes, " "), "document.span_unusual"); unusual == tt.usual {
				t.Errorf("codes %v, want usual=%v", got.Codes, tt.usual)
			}
		})
	}
	d := &agent.Identity{Number: personal(citizenBorn("20240101")), IssuedOn: 20230101, ExpiresOn: 20280101}
	if got := Check(&agent.Evidence{Identity: d}, agent.Person{}, asOf); got.DocumentExpired != agent.Unknown || !strings.Contains(strings.Join(got.Codes, " "), "document.inconsistent") {
		t.Errorf("issued before birth: %v %v, want unknown and inconsistent", got.DocumentExpired, got.Codes)
	}
}

func TestCheck_payout(t *testing.T) {
	const one, two = "6299990000000009", "6299990000000017"
	yes, no := answer(agent.AnswerBankFour, "p", 1, agent.Yes), answer(agent.AnswerBankFour, "p", 1, agent.No)
	tests := []struct {
		name           string
		cards          []string
		payout, holder string
		answer         *agent.Answer
		want           agent.Tri
		codes          string
	}{
		{"none", []string{one}, "", "", &yes, agent.Unknown, ""},
		{"own name", []string{one}, two, "验甲", nil, agent.Yes, ""},
		{"own name alone", nil, "", "验 甲", nil, agent.Yes, ""},
		{"own name in the other script", nil, two, "驗甲", nil, agent.Yes, ""},
		{"another's name", []string{one}, one, "验乙", &yes, agent.No, "payout.holder_differs"},
		{"name in letters", nil, two, "YAN JIA", nil, agent.Unknown, "payout.holder_unclear payout.unconfirmed"},
		{"the confirmed card", []string{one}, "6299 9900 0000-0009", "", &yes, agent.Yes, ""},
		{"the confirmed card twice", []string{one, one}, one, "", &yes, agent.Yes, ""},
		{"one of two cards", []string{one, two}, one, "", &yes, agent.Unknown, "payout.unconfirmed"},
		{"another card", []string{one}, two, "", &yes, agent.Unknown, "payout.unconfirmed"},
		{"a longer number", []string{one}, one + "0", "", &yes, agent.Unknown, "payout.unconfirmed"},
		{"no answer", []string{one}, one, "", nil, agent.Unknown, "payout.unconfirmed"},
		{"own name, the bank says no", []string{one}, one, "验甲", &no, agent.Yes, "payout.unmatched"},
		{"the bank says no", []string{one}, one, "", &no, agent.Unknown, "payout.unconfirmed payout.unmatched"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := &agent.Evidence{Cards: &agent.Cards{Payout: personal(tt.payout), PayoutHolder: personal(tt.holder)}, Answers: answers()}
			for _, c := range tt.cards {
				e.Cards.Numbers = append(e.Cards.Numbers, personal(c))
			}
			if tt.answer != nil {
				e.Answers.Items = append(e.Answers.Items, *tt.answer)
			}
			p := person()
			p.Cards = nil
			got := Check(e, p, asOf)
			var codes []string
			for _, c := range got.Codes {
				if strings.HasPrefix(c, "payout.") {
					codes = append(codes, c)
				}
			}
			if got.Payout != tt.want || strings.Join(codes, " ") != tt.codes {
				t.Errorf("payout %v %v, want %v %s", got.Payout, codes, tt.want, tt.codes)
			}
		})
	}
	stale := answer(agent.AnswerBankFour, "p", 91, agent.Yes)
	e := &agent.Evidence{Cards: &agent.Cards{Numbers: []agent.Personal{personal(one)}, Payout: personal(one)}, Answers: answers(stale)}
	if got := Check(e, person(), asOf).Payout; got != agent.Unknown {
		t.Errorf("stale answer: payout %v, want unknown", got)
	}
	e.Answers = answers(yes)
	if got := Check(e, person(), asOf).Payout; got != agent.Yes {
		t.Errorf("fresh answer: payout %v, want yes", got)
	}
	if got := Check(e, agent.Person{}, asOf).Payout; got != agent.Unknown {
		t.Errorf("nobody's name: payout %v, want unknown", got)
	}
}
