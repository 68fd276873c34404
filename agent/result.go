package agent

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"
)

// A Result is the answer to a case: what stays and what leaves. It goes to the
// lender alone.
type Result struct {
	Case    string  `json:"case"`
	Subject string  `json:"subject"` // random id; name it to erase
	Purpose Purpose `json:"purpose"`
	// Denials lists the points that denied, in the order they were asked.
	Denials     []Denied `json:"denials,omitempty"`
	Obligations []Code   `json:"obligations,omitempty"`
	// Facts and Judgement stay. Nil if a point denied before them.
	Facts     *Facts     `json:"facts,omitempty"`
	Judgement *Judgement `json:"judgement,omitempty"`
	// Plan is what the disposition comes to where it is restructure or instalments.
	// Nil where it is another, or no plan fits.
	Plan *PlanFacts `json:"plan,omitempty"`
	// Leaves is what goes to the platform. Nil if nothing does.
	Leaves *Leaving `json:"leaves,omitempty"`
	// Recalled left before and is not to be relied on any more: the case was
	// asked again or the consent that it rested on has ended, and policy let
	// nothing leave in its place.
	Recalled *Leaving `json:"recalled,omitempty"`
	// Stands says why the answer stays although the consent has ended.
	Stands Code `json:"stands,omitempty"`
	// Review says what people are asked for, or have decided. Nil if nothing was.
	Review *Review `json:"review,omitempty"`
	Rules  string  `json:"rules"` // digest of the bundle, hexadecimal
}

// planOf returns the plan that belongs to the disposition of a result.
func planOf(r *Result) *PlanFacts {
	if r.Facts == nil || r.Judgement == nil {
		return nil
	}
	plan := r.Facts.Terms.Restructure
	switch r.Judgement.Disposition {
	case "restructure":
	case "instalments":
		plan = r.Facts.Terms.Instalments
	default:
		return nil
	}
	if !plan.Months.IsKnown() {
		return nil
	}
	return &plan
}

// Leaving is the part of a verdict that a person of the lender wants to see.
type Leaving struct {
	ID         string `json:"id"`
	Platform   string `json:"platform"`
	Claims     Claims `json:"claims"`
	IssuedAt   int64  `json:"issued_at"`
	ValidUntil int64  `json:"valid_until"`
	Supersedes string `json:"supersedes,omitempty"`
}

// Retraction reports whether it says nothing but that an earlier verdict holds
// no longer.
func (l *Leaving) Retraction() bool {
	c := &l.Claims
	for _, s := range []string{c.Outcome, c.Assurance, c.Class, c.Band, c.Disposition} {
		if s != NotAvailable {
			return false
		}
	}
	return len(c.Reasons) == 0 && l.Supersedes != ""
}

// Denied is one point that denied. As an error it says that an act was refused.
type Denied struct {
	Point string `json:"point"`
	Codes []Code `json:"codes"`
}

// Error lists point and codes.
func (d *Denied) Error() string {
	codes := make([]string, len(d.Codes))
	for i, c := range d.Codes {
		codes[i] = string(c)
	}
	return "policy denies " + d.Point + ": " + strings.Join(codes, ", ")
}

// PointDecision is one decision and the point that made it.
type PointDecision struct {
	Point string
	Decision
}

func encodeHex(b []byte) string { return hex.EncodeToString(b) }

// Stage names a part of a verification for timing.
type Stage uint8

// The stages, in order.
const (
	StageFind Stage = iota
	StageCollect
	StageOpen
	StageChecks
	StageJudge
	StageDisclose
	StageSeal
	StageCommit
	NumStages
)

var stageNames = [NumStages]string{"find", "collect", "use+open", "checks", "judge", "disclose", "prepare", "commit"}

// String returns the stage's name.
func (s Stage) String() string {
	if s < NumStages {
		return stageNames[s]
	}
	return "unknown"
}

// SetTiming makes the agent call f at the end of each stage of a verification,
// on the caller's goroutine. Nil ends that. Call it while nothing is verified.
func (a *Agent) SetTiming(f func(Stage)) { a.timing = f }

// stopwatch returns what marks the end of a stage.
func (a *Agent) stopwatch() func(Stage) {
	if a.timing == nil {
		return func(Stage) {}
	}
	return a.timing
}

// NewUUIDv7 returns a UUID of version 7 (RFC 9562): milliseconds, then random bits.
func NewUUIDv7(now time.Time) string {
	var b [16]byte
	rand.Read(b[6:])
	ms := now.UnixMilli()
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6] = b[6]&0x0f | 0x70
	return formatUUID(b)
}

// NewUUIDv4 returns a random UUID (RFC 9562).
func NewUUIDv4() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	return formatUUID(b)
}

func formatUUID(b [16]byte) string {
	b[8] = b[8]&0x3f | 0x80
	var s [36]byte
	hex.Encode(s[:8], b[:4])
	hex.Encode(s[9:13], b[4:6])
	hex.Encode(s[14:18], b[6:8])
	hex.Encode(s[19:23], b[8:10])
	hex.Encode(s[24:], b[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}
