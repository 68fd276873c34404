package agent

import "testing"

func TestPerson_ageIsOfTheNumberOrTheDocument(t *testing.T) {
	const on Date = 20260301
	citizen := "99010120080301001" // eighteen on the day, but for its check character
	citizen += string(CheckCharacter([]byte(citizen)))
	tests := []struct {
		name, kind, number string
		born               Date
		want               Int
	}{
		{"citizen", "", citizen, 0, Known(18)},
		{"citizen, and the document says the same", "", citizen, 20080301, Known(18)},
		{"citizen, and the document says another day", "", citizen, 20070301, Int{}},
		{"citizen, and the document says a century more", "", citizen, 19080301, Int{}},
		{"citizen, and the document says nonsense", "", citizen, -20080301, Int{}},
		{"citizen of fifteen digits", "", "990101080301001", 19080301, Known(118)},
		{"citizen with a number cut short", "", citizen[:17], 19900101, Int{}},
		{"citizen with a date that is none", "", "990101199013010010", 19900101, Int{}},
		{"residence permit without its date", DocumentPermit, "8100001", 19900101, Int{}},
		{"passport", DocumentPassport, "E00000001", 19900302, Known(35)},
		{"passport on the birthday", DocumentPassport, "E00000001", 19900301, Known(36)},
		{"passport without a day", DocumentPassport, "E00000001", 0, Int{}},
		{"passport, a day short of eighteen", DocumentPassport, "E00000001", 20080302, Known(17)},
		{"passport, born on 29 February", DocumentPassport, "E00000001", 20080229, Known(18)},
		{"passport, born tomorrow", DocumentPassport, "E00000001", 20260302, Int{}},
		{"passport, born today", DocumentPassport, "E00000001", 20260301, Known(0)},
		{"passport, a day that is none", DocumentPassport, "E00000001", 19900230, Int{}},
		{"passport, no date", DocumentPassport, "E00000001", 5, Int{}},
		{"passport, before all dates", DocumentPassport, "E00000001", -19900301, Int{}},
		{"passport, too old to be", DocumentPassport, "E00000001", 19050301, Int{}},
		{"passport, as old as anybody", DocumentPassport, "E00000001", 19050302, Known(120)},
		{"passport with a citizen's length", DocumentPassport, "990101199013010010", 19900101, Int{}},
		{"permit of Hong Kong and Macao", DocumentHKMacao, "H00000001", 19900302, Known(35)},
		{"permit of Taiwan", DocumentTaiwan, "00000001", 19900302, Known(35)},
		{"foreigner's card before 2023", DocumentForeigner, "XXX990000000001", 19900302, Known(35)},
		{"foreigner's card of now without its date", DocumentForeigner, "9990010000001", 19900302, Int{}},
		{"a kind that nobody knows", "library_card", "E00000001", 19900302, Int{}},
	}
	for _, tt := range tests {
		p := Person{Number: NewPersonal(tt.number), Document: tt.kind, BornOn: tt.born}
		if got := p.AgeAt(on); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestIdentity_birthIsOfTheSamePerson(t *testing.T) {
	passport := Identity{Kind: DocumentPassport, Number: NewPersonal("e0000 0001"), BornOn: 19900302}
	permit := Identity{Kind: DocumentHKMacao, Number: NewPersonal("H0000000102"), BornOn: 19900302}
	issued := passport
	issued.IssuedOn = 19900301
	tests := []struct {
		name         string
		document     Identity
		kind, number string
		want         Date
	}{
		{"theirs", passport, DocumentPassport, "E00000001", 19900302},
		{"of another number", passport, DocumentPassport, "E00000002", 0},
		{"of another kind", passport, DocumentTaiwan, "E00000001", 0},
		{"of a kind that was not said", passport, "", "E00000001", 0},
		{"a citizen's, as neither says", Identity{Number: NewPersonal("1"), BornOn: 5}, DocumentCitizen, "1", 5},
		{"reissued", permit, DocumentHKMacao, "H00000001", 19900302},
		{"reissued again", permit, DocumentHKMacao, "H0000000103", 19900302},
		{"of another holder", permit, DocumentHKMacao, "H0000000202", 0},
		{"of nobody", Identity{Kind: DocumentPassport, BornOn: 19900302}, DocumentPassport, "", 0},
		{"issued before birth", issued, DocumentPassport, "E00000001", 0},
		{"without a day", Identity{Kind: DocumentPassport, Number: passport.Number}, DocumentPassport, "E00000001", 0},
	}
	for _, tt := range tests {
		if got := tt.document.Birth(&Person{Number: NewPersonal(tt.number), Document: tt.kind}); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
