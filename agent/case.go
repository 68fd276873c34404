package agent

import "crypto/sha256"

// Purpose says why data is used. The register of purposes is data of the rules;
// the core knows only those that it acts on.
type Purpose string

// The purposes that a case may have, and the one under which the agent opens
// what it already found: to show it, explain it or answer the same case again.
const (
	PurposeApplication Purpose = "application"
	PurposeDrawdown    Purpose = "drawdown"
	PurposeOverdue     Purpose = "overdue"
	PurposeOversight   Purpose = "oversight"
)

// A File is one case file after intake: who is asked about, on what legal
// ground, the question, and the evidence that came with it. Nothing in it has
// been decided, checked or stored yet.
type File struct {
	// Digest is SHA-256 over the bytes of the file. It is personal: whoever
	// can guess the file can test the guess. It is kept under seal only.
	Digest [sha256.Size]byte

	Case    Case
	Subject Person
	Legal   Legal

	// Collected lists what came with the file, one entry a record.
	Collected []Record
}

// A Case is one question about one subject and one loan, for one purpose.
type Case struct {
	// ID is the lender's own reference: 1 to 64 of A-Z a-z 0-9 . _ - and not
	// itself an identity, phone or card number.
	ID string
	// Reference is the platform's own reference for the case, of the same
	// form. If empty a random one is made.
	Reference string
	// AsOf is the instant at which facts are judged, in seconds.
	AsOf      int64
	Purpose   Purpose
	Recipient string // key in the register of recipients
}

// A Person is what identifies a subject in a case file.
type Person struct {
	Name   Personal
	Number Personal // of the document, as it was given; a citizen identity number has 15 or 18 characters
	// Document is the kind of document that the number is of, see [Identity];
	// "" is a citizen identity card.
	Document string
	// BornOn is the day of birth on a document of that kind and number that was
	// seen; zero: none was, or it was not given.
	BornOn Date
	Phone  Personal // may be absent
	Cards  []Personal
}

// Legal is the ground on which a case stands, as references into the registers
// and the consent that the file names.
type Legal struct {
	Basis      Basis   `json:"basis"`
	BasisRef   string  `json:"basis_ref,omitempty"` // evidence of the basis: a contract, a statute
	Notice     string  `json:"notice,omitempty"`    // key in the register of notices
	NoticeAt   int64   `json:"notice_shown_at"`     // when the notice was shown, seconds; 0 is unknown
	Consent    Consent `json:"consent"`
	Assessment string  `json:"assessment,omitempty"` // key in the register of assessments
}

// Basis is one of the seven grounds of PIPL article 13 paragraph 1.
type Basis string

// The grounds of PIPL article 13 paragraph 1, (1) to (7).
const (
	BasisConsent        Basis = "consent"
	BasisContract       Basis = "contract"
	BasisLegalDuty      Basis = "legal_duty"
	BasisEmergency      Basis = "emergency"
	BasisPublicInterest Basis = "public_interest"
	BasisPublic         Basis = "lawfully_public"
	BasisOther          Basis = "other_statute"
)

// Consent is the state of one consent record. Times are seconds, 0 is unknown.
type Consent struct {
	ID         string   `json:"id,omitempty"`
	State      string   `json:"state,omitempty"` // DPV's names in lower case: given, renewed, withdrawn, refused, expired, …
	Form       string   `json:"form,omitempty"`  // general, separate, written
	GivenAt    int64    `json:"given_at,omitempty"`
	ExpiresAt  int64    `json:"expires_at,omitempty"`
	Notice     string   `json:"notice,omitempty"`     // the version of the notice that was shown for it
	Purposes   []string `json:"purposes,omitempty"`   // purposes it covers
	Categories []string `json:"categories,omitempty"` // categories it covers
	Recipients []string `json:"recipients,omitempty"` // recipients it covers
	// Reasons lists the recipients that may learn a sensitive overdue reason.
	Reasons []string `json:"reasons,omitempty"`
}

// NormalizeNumber returns the 18-character form of a citizen identity number:
// upper-case X, and for the 15-digit form of GB 11643-1989 the century 19 and
// the check character of GB 11643-1999 added. A text of another form comes back
// with only spaces removed and letters raised, so that looking it up still
// finds what was stored under it.
func NormalizeNumber(s string) string {
	s = NarrowNumber(s)
	b := make([]byte, 0, 18)
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
		case c >= 'a' && c <= 'z':
			b = append(b, c-'a'+'A')
		default:
			b = append(b, c)
		}
	}
	if len(b) != 15 {
		return string(b)
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return string(b)
		}
	}
	n := make([]byte, 0, 18)
	n = append(n, b[:6]...)
	n = append(n, '1', '9')
	n = append(n, b[6:]...)
	return string(append(n, CheckCharacter(n)))
}

// NarrowNumber returns a citizen identity number in full-width characters, as some
// forms type it, in plain ones; any other text as it is.
func NarrowNumber(s string) string {
	b := make([]byte, 0, 20)
	wide := false
	for _, c := range s {
		if c >= '０' && c <= '９' || c == 'Ｘ' || c == 'ｘ' {
			c, wide = c-'０'+'0', true
		}
		switch {
		case c == ' ' || c == '\u3000':
		case c < '0' || c > '9' && c != 'X' && c != 'x' || len(b) == 18:
			return s
		default:
			b = append(b, byte(c))
		}
	}
	if !wide || len(b) != 15 && len(b) != 18 {
		return s
	}
	return string(b)
}

// CheckCharacter returns the ISO 7064 MOD 11-2 check character over the first
// 17 digits of a citizen identity number (GB 11643-1999).
func CheckCharacter(digits []byte) byte {
	sum := 0
	for i := range 17 {
		sum += int(digits[i]-'0') * ((1 << (17 - i)) % 11)
	}
	return "10X98765432"[sum%11]
}

// AgeAt returns the full years between the birth date in a citizen identity
// number and a day, or unknown if the number has no date that exists or the
// date lies ahead. Whoever was born on 29 February ages on 1 March.
func AgeAt(number string, on Date) Int {
	n := NormalizeNumber(number)
	if len(n) != 18 {
		return Int{}
	}
	born := 0
	for _, c := range []byte(n[6:14]) {
		if c < '0' || c > '9' {
			return Int{}
		}
		born = born*10 + int(c-'0')
	}
	if Date(born) != DateOf(Date(born).Time()) || Date(born) > on {
		return Int{}
	}
	return Known(int64(int(on)-born) / 10000)
}
