package agent

import "math"

// A Verdict is what leaves: claims from closed lists, and identifiers that link
// to nothing else. sync/wire writes its bytes.
type Verdict struct {
	Issuer   string   // the agent, by the name it enrolled with
	Audience string   // the platform
	ID       string   // UUIDv7
	Subject  [16]byte // random, per subject and platform
	Case     string   // the platform's own reference, or random
	Purpose  Purpose

	Claims Claims

	IssuedAt   int64 // seconds
	ValidUntil int64 // seconds; nothing expires by itself: a verdict may be weeks under way

	Rules      [32]byte // digest of the bundle that judged
	Basis      Basis
	Consent    [32]byte // SHA-256(salt ‖ consent id), salt per subject and platform; zero: no consent
	Reviewed   bool     // a person has reviewed it
	Supersedes string   // id of the verdict that this one replaces, or ""

	Seq  uint64   // place in the chain of this agent and platform, from 1
	Prev [32]byte // SHA-256 of the payload before; zero for the first
}

// NotAvailable stands for a claim that does not leave, for whatever cause: not
// known, withheld by policy, or no consent. One word, so that the cause does
// not leave either.
const NotAvailable = "not_available"

// Claims are the closed vocabulary. Every field but Reasons holds one of the
// values of its list below, or [NotAvailable].
type Claims struct {
	Outcome     string `json:"outcome"`
	Assurance   string `json:"identity_assurance"`
	Class       string `json:"overdue_class"`
	Band        string `json:"capacity_band"`
	Disposition string `json:"disposition"`
	Reasons     []Code `json:"reasons"` // at most MaxReasons, sorted, without duplicates
}

// MaxReasons is how many reason codes may leave.
const MaxReasons = 4

// The closed lists of the wire, version 1 draft. Order is fixed; appending is a
// new version.
var (
	Outcomes     = []string{"pass", "fail", "review", "inconclusive"}
	Assurances   = []string{AssuranceNone, AssuranceFormat, AssuranceAuthority2, AssuranceAuthority3, AssuranceAuthority4, AssuranceBiometric}
	Classes      = []string{"none", "technical", "hardship", "dispute", "not_the_borrower", "over_indebted", "unproven", "able_unwilling"}
	Bands        = []string{"A", "B", "C", "D", "E", "U"}
	Dispositions = []string{"none", "remind", "grace", "instalments", "restructure", "review", "freeze", "secure", "legal", "accept", "accept_less", "decline"}
	// ReasonCodes are the reason codes that may leave.
	ReasonCodes = []Code{
		"amount.reduced", "claim.contradicted", "claim.supported", "claim.unproven",
		"debt_service.high", "document.expired", "employment.unstable",
		"evidence.conflicting", "evidence.missing", "evidence.stale", "face.unmatched",
		"history.short", "identity.unmatched", "identity.unverified", "income.insufficient",
		"income.unverified", "inquiries.many", "lenders.many", "limit.used",
		"overdue.current", "overdue.recent", "review.needed",
	}
)

// Bits returns the budget of a set of claims by name, in thousandths of a bit:
// the sum of log2 of what each could have said, [NotAvailable] included, each
// rounded up. Up to four sorted reason codes out of n count as log2 ΣC(n,k).
func Bits(claims []string) (total int64) {
	for _, c := range claims {
		said := 1.0
		switch c {
		case ClaimOutcome:
			said += float64(len(Outcomes))
		case ClaimAssurance:
			said += float64(len(Assurances))
		case ClaimClass:
			said += float64(len(Classes))
		case ClaimBand:
			said += float64(len(Bands))
		case ClaimDisposition:
			said += float64(len(Dispositions))
		case ClaimReasons:
			n, choose := float64(len(ReasonCodes)), 1.0
			for k := range MaxReasons {
				choose = choose * (n - float64(k)) / float64(k+1)
				said += choose
			}
		}
		total += int64(math.Ceil(math.Log2(said) * 1000))
	}
	return total
}
