package identity

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"pgregory.net/rapid"
)

// asOf is noon of 28 February 2026 in China.
var asOf = time.Date(2026, 2, 28, 12, 0, 0, 0, agent.Zone).Unix()

// citizen makes a number with the area 99, which nobody has.
func citizen(born, sequence string) string {
	digits := "990101" + born + sequence
	return digits + string(agent.CheckCharacter([]byte(digits)))
}

func personal(s string) agent.Personal { return agent.NewPersonal(s) }

func person() agent.Person {
	return agent.Person{
		Name:   personal("验甲"),
		Number: personal(citizen("19900115", "001")),
		Phone:  personal("19900000001"),
		Cards:  []agent.Personal{personal("6299990000000009")},
	}
}

func document() *agent.Identity {
	return &agent.Identity{Name: person().Name, Number: person().Number, IssuedOn: 20200101, ExpiresOn: 20400101}
}

func answers(items ...agent.Answer) *agent.Answers { return &agent.Answers{Items: items} }

// answer is given some days before asOf.
func answer(kind, provider string, days int64, match agent.Tri) agent.Answer {
	a := agent.Answer{Kind: kind, Provider: provider, At: asOf - days*86400, Match: match}
	if kind == agent.AnswerFace {
		a.Live = agent.Yes
	}
	return a
}

func TestCheck_cleanCase(t *testing.T) {
	e := &agent.Evidence{Identity: document(), Answers: answers(answer(agent.AnswerBankFour, "p1", 3, agent.Yes))}
	got := Check(e, person(), asOf)
	want := agent.IdentityFacts{
		Assurance: agent.AssuranceAuthority4, NumberForm: "valid", Age: agent.Known(36), Sex: "male",
		DocumentExpired: agent.No, NameMatch: agent.Yes, NumberMatch: agent.Yes,
		CardForm: agent.Yes, PhoneForm: agent.Yes, Refuted: agent.No, Document: agent.DocumentCitizen, Takeover: "unknown",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Check = %+v, want %+v", got, want)
	}
}

func TestCheck_nothingKnown(t *testing.T) {
	for _, e := range []*agent.Evidence{nil, {}, {Identity: &agent.Identity{}, Phone: &agent.Phone{}, Cards: &agent.Cards{}, Answers: &agent.Answers{}}} {
		got := Check(e, agent.Person{}, asOf)
		if !reflect.DeepEqual(got, agent.IdentityFacts{Assurance: agent.AssuranceNone, NumberForm: "unknown", Sex: "unknown", Takeover: "unknown"}) {
			t.Errorf("Check of nothing = %+v, want everything unknown", got)
		}
	}
}

func TestCheck_number(t *testing.T) {
	check := func(born, seq string) string { s := citizen(born, seq); return s[len(s)-1:] }
	lower := ""
	for day := 1; day <= 28 && lower == ""; day++ { // some number that ends in X
		born := "199001" + string([]byte{'0' + byte(day/10), '0' + byte(day%10)})
		if check(born, "002") == "X" {
			lower = strings.ToLower(citizen(born, "002"))
		}
	}
	good := citizen("19900115", "001")
	tests := []struct {
		name, number, form, sex string
		age                     agent.Int
		codes                   []string
	}{
		{"absent", "", "unknown", "unknown", agent.Int{}, nil},
		{"only spaces", "   ", "unknown", "unknown", agent.Int{}, nil},
		{"valid", good, "valid", "male", agent.Known(36), nil},
		{"spaces", good[:6] + " " + good[6:14] + " " + good[14:], "valid", "male", agent.Known(36), nil},
		{"lower x", lower, "valid", "female", agent.Known(36), nil},
		{"legacy", "990101900115001", "legacy", "male", agent.Known(36), []string{"number.legacy"}},
		{"legacy with x", "99010190011500X", "invalid", "unknown", agent.Int{}, []string{"number.invalid"}},
		{"wrong check", good[:17] + string('0'+(good[17]-'0'+1)%10), "invalid", "unknown", agent.Int{}, []string{"number.invalid"}},
		{"17 digits", good[:17], "invalid", "unknown", agent.Int{}, []string{"number.invalid"}},
		{"19 digits", good + "0", "invalid", "unknown", agent.Int{}, []string{"number.invalid"}},
		{"letters", "99010119900115OO11", "invalid", "unknown", agent.Int{}, []string{"number.invalid"}},
		{"full width", "９９０１０１", "invalid", "unknown", agent.Int{}, []string{"number.invalid"}},
		{"30 February", citizen("19900230", "001"), "invalid", "unknown", agent.Int{}, []string{"number.invalid"}},
		{"month 13", citizen("19901301", "001"), "invalid", "unknown", agent.Int{}, []string{"number.invalid"}},
		{"month 0", citizen("19900001", "001"), "invalid", "unknown", agent.Int{}, []string{"number.invalid"}},
		{"29 February of a common year", citizen("19000229", "001"), "invalid", "unknown", agent.Int{}, []string{"number.invalid"}},
		{"born tomorrow", citizen("20260301", "001"), "invalid", "unknown", agent.Int{}, []string{"number.invalid"}},
		{"born today", citizen("20260228", "002"), "valid", "female", agent.Known(0), nil},
		{"120 years", citizen("19050301", "001"), "valid", "male", agent.Known(120), nil},
		{"121 years", citizen("19050228", "001"), "invalid", "unknown", agent.Int{}, []string{"number.invalid"}},
		{"18 yesterday", citizen("20080227", "001"), "valid", "male", agent.Known(18), nil},
		{"18 today", citizen("20080228", "001"), "valid", "male", agent.Known(18), nil},
		{"18 tomorrow", citizen("20080301", "001"), "valid", "male", agent.Known(17), nil},
		{"29 February, day before 1 March", citizen("20080229", "001"), "valid", "male", agent.Known(17), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Check(nil, agent.Person{Number: personal(tt.number)}, asOf)
			if got.NumberForm != tt.form || got.Age != tt.age || got.Sex != tt.sex || !slices.Equal(got.Codes, tt.codes) {
				t.Errorf("form %s, age %v, sex %s, codes %v; want %s, %v, %s, %v",
					got.NumberForm, got.Age, got.Sex, got.Codes, tt.form, tt.age, tt.sex, tt.codes)
			}
			want := agent.AssuranceNone
			if tt.form == "valid" || tt.form == "legacy" {
				want = agent.AssuranceFormat
			}
			if got.Assurance != want {
				t.Errorf("assurance = %s, want %s", got.Assurance, want)
			}
		})
	}
}

func TestCheck_leapBirthdayIsOnTheFirstOfMarch(t *testing.T) {
	p := agent.Person{Number: personal(citizen("20080229", "001"))}
	midnight := time.Date(2026, 3, 1, 0, 0, 0, 0, agent.Zone).Unix()
	if got := Check(nil, p, midnight-1).Age; got != agent.Known(17) {
		t.Errorf("age a second before = %v, want 17", got)
	}
	if got := Check(nil, p, midnight).Age; got != agent.Known(18) {
		t.Errorf("age on 1 March = %v, want 18", got)
	}
}

func TestCheck_names(t *testing.T) {
	tests := []struct {
		declared, document string
		want               agent.Tri
		code               string
	}{
		{"验甲", "验甲", agent.Yes, ""},
		{"验 甲", "验\u3000甲\u200b", agent.Yes, ""},
		{"验甲", "验乙", agent.No, "name.mismatch"},
		{"验甲", "验甲乙", agent.No, "name.mismatch"},
		{"验甲乙", "验甲", agent.No, "name.mismatch"},
		{"验·试甲", "验•试甲", agent.Yes, ""},
		{"验・试甲", "验･试甲", agent.Yes, ""},
		{"验.试甲", "验．试甲", agent.Yes, ""},
		{"验试甲", "验·试甲", agent.Yes, "name.dot_differs"},
		{"验·试甲·", "验试·甲", agent.Yes, "name.dot_differs"},
		{"验偉", "验伟", agent.Yes, "name.shape_differs"},
		{"验䶮", "验龑", agent.Yes, "name.shape_differs"},
		{"验為", "验爲", agent.Yes, "name.shape_differs"},
		{"驗為", "验为", agent.Yes, "name.shape_differs"},
		{"验後", "验后", agent.Unknown, "name.ambiguous name.shape_differs"},
		{"验於", "验于", agent.Unknown, "name.ambiguous name.shape_differs"},
		{"验鍾", "验鐘", agent.Unknown, "name.ambiguous name.shape_differs"},
		{"验后", "验后", agent.Yes, ""},
		{"验後乙", "验后甲", agent.No, "name.mismatch"},
		{"驗·伟", "验偉", agent.Yes, "name.dot_differs name.shape_differs"},
		{"TEST SAMPLE", "SAMPLE, TEST", agent.Unknown, "name.order_differs"},
		{"TEST-SAMPLE", "test sample", agent.Yes, ""},
		{"TEST SAMPLE", "验甲", agent.No, "name.mismatch"},
		{"ＴＥＳＴ Ａ", "testa", agent.Yes, ""},
		{"TEST A", "TEST B", agent.No, "name.mismatch"},
		{"", "验甲", agent.Unknown, ""},
		{"验甲", "", agent.Unknown, ""},
		{"  ", "\t", agent.Unknown, ""},
		{"·", "•", agent.Unknown, ""},
		{"验甲", "  ", agent.Unknown, ""},
		{"验\xff甲", "验甲", agent.Unknown, "name.malformed"},
		{"验甲", "验\ufffd", agent.No, "name.mismatch"},
	}
	for _, tt := range tests {
		for range 2 {
			e := &agent.Evidence{Identity: &agent.Identity{Name: personal(tt.document)}}
			got := Check(e, agent.Person{Name: personal(tt.declared)}, asOf)
			if got.NameMatch != tt.want || strings.Join(got.Codes, " ") != tt.code {
				t.Errorf("%q against %q: %v %v, want %v %v", tt.declared, tt.document, got.NameMatch, got.Codes, tt.want, tt.code)
			}
			tt.declared, tt.document = tt.document, tt.declared
		}
	}
}

func TestCheck_numberMatch(t *testing.T) {
	long, short := citizen("19900115", "001"), "990101900115001"
	tests := []struct {
		a, b string
		want agent.Tri
	}{
		{long, long, agent.Yes}, {long, short, agent.Yes}, {short, long, agent.Yes},
		{long, strings.ToLower(long) + " ", agent.Yes}, {long, citizen("19900116", "001"), agent.No},
		{long, "", agent.Unknown}, {"", long, agent.Unknown}, {long, "123", agent.Unknown},
	}
	for _, tt := range tests {
		got := Check(&agent.Evidence{Identity: &agent.Identity{Number: personal(tt.b)}}, agent.Person{Number: personal(tt.a)}, asOf)
		if got.NumberMatch != tt.want {
			t.Errorf("match of %q and %q = %v, want %v", tt.a, tt.b, got.NumberMatch, tt.want)
		}
		if tt.want == agent.No && (got.Age.IsKnown() || got.Sex != "unknown" || !slices.Contains(got.Codes, "number.mismatch")) {
			t.Errorf("two persons: %+v, want age and sex unknown and number.mismatch", got)
		}
	}
}

func TestCheck_mismatchHoldsAssuranceAtTheForm(t *testing.T) {
	yes := answers(answer(agent.AnswerTwoFactor, "p", 1, agent.Yes), answer(agent.AnswerFace, "f", 1, agent.Yes))
	other := document()
	other.Name = personal("验乙")
	if got := Check(&agent.Evidence{Identity: other, Answers: yes}, person(), asOf); got.Assurance != agent.AssuranceFormat {
		t.Errorf("another name: assurance = %s, want format", got.Assurance)
	}
	other = document()
	other.Number = personal(citizen("19900116", "001"))
	if got := Check(&agent.Evidence{Identity: other, Answers: yes}, person(), asOf); got.Assurance != agent.AssuranceFormat {
		t.Errorf("another number: assurance = %s, want format", got.Assurance)
	}
	if got := Check(&agent.Evidence{Answers: yes}, agent.Person{Number: person().Number}, asOf); got.Assurance != agent.AssuranceFormat {
		t.Errorf("no name: assurance = %s, want format", got.Assurance)
	}
	if got := Check(&agent.Evidence{Answers: yes}, agent.Person{Name: person().Name}, asOf); got.Assurance != agent.AssuranceNone {
		t.Errorf("no number: assurance = %s, want none", got.Assurance)
	}
}

func TestCheck_document(t *testing.T) {
	tests := []struct {
		issued, expires agent.Date
		want            agent.Tri
		code            string
	}{
		{0, 0, agent.Unknown, ""},
		{20160228, 20260228, agent.No, ""},
		{20160227, 20260227, agent.Yes, "document.expired"},
		{0, 20260227, agent.Yes, "document.expired"},
		{20200101, 99991231, agent.No, ""},
		{20260301, 20460301, agent.Unknown, "document.inconsistent"},
		{20200101, 20190101, agent.Unknown, "document.inconsistent"},
		{20200101, 0, agent.Unknown, ""},
		{20200101, 20250102, agent.Yes, "document.expired"}, // a day late
		{20200229, 20300228, agent.No, ""},
		{20200229, 20300301, agent.No, ""},
		{20200101, 20270101, agent.No, "document.span_unusual"},
		{20200101, 20300103, agent.No, "document.span_unusual"},
		{20200230, 20270101, agent.No, ""}, // no day to count from
	}
	for _, tt := range tests {
		got := Check(&agent.Evidence{Identity: &agent.Identity{IssuedOn: tt.issued, ExpiresOn: tt.expires}}, agent.Person{}, asOf)
		if got.DocumentExpired != tt.want || len(got.Codes) > 0 != (tt.code != "") || tt.code != "" && got.Codes[0] != tt.code {
			t.Errorf("%v to %v: %v %v, want %v %q", tt.issued, tt.expires, got.DocumentExpired, got.Codes, tt.want, tt.code)
		}
	}
}

func TestCheck_phoneAndCards(t *testing.T) {
	for s, want := range map[string]agent.Tri{"": agent.Unknown, "19900000001": agent.Yes, "+8619900000001": agent.Yes,
		"+86 199-0000-0001": agent.Yes, "8619900000001": agent.Yes, "008619900000001": agent.Yes, "+119900000001": agent.No,
		"12900000001": agent.No, "1990000000": agent.No, "199000000011": agent.No, "1990000000a": agent.No, " ": agent.No,
		"+": agent.No, "+86": agent.No, "29900000001": agent.No, strings.Repeat("1", 99): agent.No} {
		if got := Check(nil, agent.Person{Phone: personal(s)}, asOf); got.PhoneForm != want ||
			slices.Contains(got.Codes, "phone.invalid") != (want == agent.No) {
			t.Errorf("phone %q: %v %v, want %v", s, got.PhoneForm, got.Codes, want)
		}
	}
	for s, want := range map[string]agent.Tri{"": agent.Unknown, "6299990000000009": agent.Yes, "6299 9900 0000 0009": agent.Yes,
		"6299990000000000": agent.No, "629999000000": agent.No, "62999900000000000000": agent.No, "629999000000000x": agent.No} {
		if got := Check(nil, agent.Person{Cards: []agent.Personal{personal(s)}}, asOf); got.CardForm != want ||
			slices.Contains(got.Codes, "card.unusual") != (want == agent.No) {
			t.Errorf("card %q: %v %v, want %v", s, got.CardForm, got.Codes, want)
		}
	}
	e := &agent.Evidence{Phone: &agent.Phone{Number: personal("+8619900000001")}}
	if got := Check(e, person(), asOf); len(got.Codes) != 0 {
		t.Errorf("one phone written twice: codes %v, want none", got.Codes)
	}
	e.Phone.Number = personal("19900000002")
	if got := Check(e, person(), asOf); !slices.Equal(got.Codes, []string{"phone.differs"}) {
		t.Errorf("another phone: codes %v, want phone.differs", got.Codes)
	}
}

func TestCheck_answers(t *testing.T) {
	two, three, four, face := agent.AnswerTwoFactor, agent.AnswerCarrierThree, agent.AnswerBankFour, agent.AnswerFace
	const Y, N, U = agent.Yes, agent.No, agent.Unknown
	future := agent.Answer{Kind: two, Provider: "p", At: asOf + 1, Match: Y}
	undated := agent.Answer{Kind: two, Provider: "p", Match: N}
	tests := []struct {
		name      string
		items     []agent.Answer
		assurance string
		refuted   agent.Tri
		codes     string
	}{
		{"none", nil, "format", U, ""},
		{"two factors", []agent.Answer{answer(two, "p", 1, Y)}, "authority-2", N, ""},
		{"three factors", []agent.Answer{answer(three, "p", 1, Y)}, "authority-3", N, ""},
		{"face and two", []agent.Answer{answer(face, "f", 1, Y), answer(two, "p", 1, Y)}, "biometric", N, ""},
		{"face alone", []agent.Answer{answer(face, "f", 1, Y)}, "format", U, "face.unanchored"},
		{"face no", []agent.Answer{answer(face, "f", 1, N), answer(two, "p", 1, Y)}, "authority-2", N, "face.unmatched"},
		{"face not live", []agent.Answer{{Kind: face, Provider: "f", At: asOf, Match: Y, Live: N}, answer(two, "p", 1, Y)}, "authority-2", N, "face.not_live"},
		{"face of unknown life", []agent.Answer{{Kind: face, Provider: "f", At: asOf, Match: Y}, answer(two, "p", 1, Y)}, "authority-2", N, "face.unanswered"},
		{"faces disagree on life", []agent.Answer{answer(face, "f", 1, Y), {Kind: face, Provider: "g", At: asOf, Match: Y, Live: N}, answer(two, "p", 1, Y)}, "authority-2", N, "face.conflicting"},
		{"narrow face", []agent.Answer{{Kind: face, Provider: "f", At: asOf, Match: Y, Live: Y, ScoreBP: agent.Known(7999)}, answer(two, "p", 1, Y)}, "biometric", N, "face.score_low"},
		{"score on the line", []agent.Answer{{Kind: face, Provider: "f", At: asOf, Match: Y, Live: Y, ScoreBP: agent.Known(8000)}, answer(two, "p", 1, Y)}, "biometric", N, ""},
		{"high score without a match", []agent.Answer{{Kind: face, Provider: "f", At: asOf, Match: N, Live: Y, ScoreBP: agent.Known(9999)}, answer(two, "p", 1, Y)}, "authority-2", N, "face.unmatched"},
		{"stale face", []agent.Answer{answer(face, "f", 31, Y), answer(two, "p", 1, Y)}, "authority-2", N, "answer.stale face.stale"},
		{"face no alone", []agent.Answer{answer(face, "f", 1, N)}, "format", U, "face.unmatched"},
		{"last fresh day", []agent.Answer{answer(three, "p", 90, Y)}, "authority-3", N, ""},
		{"stale yes", []agent.Answer{answer(three, "p", 91, Y)}, "format", U, "answer.stale carrier.stale"},
		{"stale no", []agent.Answer{answer(two, "p", 366, N)}, "format", U, "answer.stale two_factor.stale"},
		{"no answer", []agent.Answer{answer(two, "p", 1, U)}, "format", U, "two_factor.unanswered"},
		{"silence keeps the older yes", []agent.Answer{answer(two, "p", 1, U), answer(two, "p", 9, Y)}, "authority-2", N, ""},
		{"no", []agent.Answer{answer(two, "p", 1, N)}, "format", Y, "two_factor.unmatched"},
		{"phone of another", []agent.Answer{answer(two, "p", 1, Y), answer(three, "q", 1, N)}, "authority-2", Y, "carrier.unmatched"},
		{"newer yes of one provider", []agent.Answer{answer(two, "p", 9, N), answer(two, "p", 1, Y)}, "format", U, "answer.contradicted two_factor.conflicting"},
		{"newer no of one provider", []agent.Answer{answer(two, "p", 9, Y), answer(two, "p", 1, N)}, "format", U, "answer.contradicted two_factor.conflicting"},
		{"both at once of one provider", []agent.Answer{answer(two, "p", 1, Y), answer(two, "p", 1, N)}, "format", U, "answer.contradicted two_factor.conflicting"},
		{"no between of one provider", []agent.Answer{answer(two, "p", 9, Y), answer(two, "p", 5, N), answer(two, "p", 1, Y)}, "format", U, "answer.contradicted two_factor.conflicting"},
		{"the same twice of one provider", []agent.Answer{answer(two, "p", 9, Y), answer(two, "p", 1, Y)}, "authority-2", N, ""},
		{"stale no, newer yes of one provider", []agent.Answer{answer(two, "p", 366, N), answer(two, "p", 1, Y)}, "authority-2", N, ""},
		{"phones of two days of one provider", []agent.Answer{answer(three, "p", 2, N), answer(three, "p", 1, Y)}, "authority-3", N, ""},
		{"one phone of one provider", []agent.Answer{{Kind: three, Provider: "p", At: asOf - 2*86400 + 1, Match: N}, answer(three, "p", 1, Y)}, "format", U, "answer.contradicted carrier.conflicting"},
		{"cards of two days of one provider", []agent.Answer{answer(four, "p", 2, N), answer(four, "p", 1, Y)}, "authority-4", N, ""},
		{"faces of one provider", []agent.Answer{answer(face, "f", 1, N), {Kind: face, Provider: "f", At: asOf, Match: Y, Live: Y}, answer(two, "p", 1, Y)}, "biometric", N, ""},
		{"contradiction that is still to come", []agent.Answer{answer(two, "p", 1, N), future}, "format", Y, "answer.future two_factor.unmatched"},
		{"providers disagree", []agent.Answer{answer(two, "p", 9, N), answer(two, "q", 1, Y)}, "format", U, "two_factor.conflicting"},
		{"provider unnamed", []agent.Answer{answer(two, "", 9, N), answer(two, "", 1, Y)}, "format", U, "two_factor.conflicting"},
		{"wider yes against no", []agent.Answer{answer(three, "p", 1, N), answer(four, "q", 1, Y)}, "format", U, "carrier.unmatched"},
		{"conflict above two", []agent.Answer{answer(two, "p", 1, Y), answer(four, "q", 1, N), answer(four, "r", 1, Y), answer(face, "f", 1, Y)},
			"authority-2", U, "bank_card.conflicting face.unanchored"},
		{"future", []agent.Answer{future}, "format", U, "answer.future"},
		{"undated", []agent.Answer{undated}, "format", U, "answer.undated"},
		{"future does not supersede", []agent.Answer{answer(two, "p", 1, N), future}, "format", Y, "answer.future two_factor.unmatched"},
		{"other kind", []agent.Answer{answer("bank_account", "p", 1, N), answer("", "p", 1, N)}, "format", U, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Check(&agent.Evidence{Answers: answers(tt.items...)}, person(), asOf)
			if got.Assurance != tt.assurance || got.Refuted != tt.refuted || strings.Join(got.Codes, " ") != tt.codes {
				t.Errorf("%s, refuted %v, %v; want %s, %v, %s", got.Assurance, got.Refuted, got.Codes, tt.assurance, tt.refuted, tt.codes)
			}
		})
	}
}

func TestCheck_answersCountOnlyForFactorsOnFile(t *testing.T) {
	four := &agent.Evidence{Answers: answers(answer(agent.AnswerBankFour, "p", 1, agent.Yes))}
	p := person()
	p.Cards = nil
	if got := Check(four, p, asOf); got.Assurance != agent.AssuranceAuthority3 || !slices.Contains(got.Codes, "bank_card.unanchored") {
		t.Errorf("without a card: %s %v, want authority-3", got.Assurance, got.Codes)
	}
	p.Phone = agent.Personal{}
	if got := Check(four, p, asOf); got.Assurance != agent.AssuranceAuthority2 {
		t.Errorf("without card and phone: %s, want authority-2", got.Assurance)
	}
	if got := (Figures{}).Check(four, person(), asOf); got.Assurance != agent.AssuranceFormat || got.Refuted != agent.Unknown {
		t.Errorf("zero figures: %s, refuted %v, want format and unknown", got.Assurance, got.Refuted)
	}
}

func TestCheck_manyBadAnswersDoNotCrowdOutCodes(t *testing.T) {
	items := make([]agent.Answer, 100)
	for i := range items {
		items[i] = agent.Answer{Kind: agent.AnswerTwoFactor}
	}
	items = append(items, answer(agent.AnswerTwoFactor, "p", 1, agent.No))
	got := Check(&agent.Evidence{Answers: answers(items...)}, person(), asOf)
	if !slices.Equal(got.Codes, []string{"answer.undated", "two_factor.unmatched"}) {
		t.Errorf("codes = %v", got.Codes)
	}
}

func TestReadNumber_agreesWithTheLookup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringMatching(`[0-9]{15}`), rapid.StringMatching(`[0-9 ]{17}[0-9xX]`),
			rapid.StringMatching(`[0-9xX ]{0,20}`)).Draw(t, "number")
		if n, form := readNumber(s); form >= formLegacy && string(n[:]) != agent.NormalizeNumber(s) {
			t.Fatalf("readNumber(%q) = %s, the lookup uses %s", s, n, agent.NormalizeNumber(s))
		}
	})
}

func FuzzNumber(f *testing.F) {
	kinds := []string{"", agent.DocumentCitizen, agent.DocumentPermit, agent.DocumentForeigner, agent.DocumentHKMacao, agent.DocumentTaiwan, agent.DocumentPassport}
	f.Add(citizen("19900115", "001"), 0)
	f.Add("990101900115001", 1)
	f.Add("99010119900230001x", 2)
	f.Add(checked("91115619900115000"), 3)
	f.Add("H0000000101", 4)
	f.Fuzz(func(t *testing.T, s string, k int) {
		kind := kinds[uint(k)%uint(len(kinds))]
		e := &agent.Evidence{Identity: &agent.Identity{Kind: kind, Number: personal(s)}}
		got := Check(e, agent.Person{Number: personal(s), Document: kind, Phone: personal(s), Cards: []agent.Personal{personal(s)}}, asOf)
		known := got.NumberForm == "valid" || got.NumberForm == "legacy"
		if known != (got.Assurance == agent.AssuranceFormat) || known != (got.NumberMatch == agent.Yes) || got.NumberMatch == agent.No ||
			got.Age.IsKnown() && !known || got.Sex != "unknown" && !got.Age.IsKnown() {
			t.Fatalf("inconsistent facts %+v", got)
		}
		if kind == agent.DocumentCitizen && known != got.Age.IsKnown() {
			t.Fatalf("a citizen's number without an age: %+v", got)
		}
		if age, ok := got.Age.Value(); ok && (age < 0 || age > 120) {
			t.Fatalf("age %d", age)
		}
		if !slices.IsSorted(got.Codes) {
			t.Fatalf("codes %v", got.Codes)
		}
	})
}

func FuzzName(f *testing.F) {
	f.Add("验·试甲", "验试 甲")
	f.Add("ＴＥＳＴ", "test")
	f.Add("\xff", "·")
	f.Fuzz(func(t *testing.T, a, b string) {
		match := func(a, b string) agent.Tri {
			var codes codeList
			return matchNames(personal(a), personal(b), true, &codes)
		}
		if match(a, b) != match(b, a) {
			t.Fatal("match depends on the order")
		}
		if match(a, a) == agent.No {
			t.Fatal("a name does not match itself")
		}
		if match(a, a+" ") != match(a, a) || match(a, "\u3000"+a) != match(a, a) {
			t.Fatal("a space counts")
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	e := &agent.Evidence{Identity: document(), Phone: &agent.Phone{Number: person().Phone}, Answers: answers(
		answer(agent.AnswerTwoFactor, "p", 1, agent.Yes), answer(agent.AnswerCarrierThree, "q", 1, agent.Yes))}
	p := person()
	b.ReportAllocs()
	for b.Loop() {
		Check(e, p, asOf)
	}
}

// A number in full-width characters is read, and is that of the document.
func TestReadNumber_readsFullWidthCharacters(t *testing.T) {
	plain, form := readNumber("990101198804121017")
	wide, wideForm := readNumber("９９０１０１１９８８０４１２１０１７")
	if plain != wide || form != formValid || wideForm != formValid {
		t.Errorf("a wide number is read as of form %v, and a plain one as %v", wideForm, form)
	}
}
