package wire

import (
	"errors"
	"strings"
	"time"
)

// Kinds of message, and the last token of their subjects. A tombstone travels
// on the subject of verdicts, in its place of the chain.
const (
	KindVerdict    = "verdict"
	KindTombstone  = "tombstone"
	KindErased     = "erased"
	KindReceipt    = "receipt"
	KindRequest    = "request"
	KindRules      = "rules"
	KindCheckpoint = "checkpoint"
)

const (
	subjectPrefix = "yanmen.v1."
	typePrefix    = "cn.yanmen."
	typeSuffix    = ".v1"
)

// Subject returns the NATS subject for a kind of message of a lender:
// yanmen.v1.<lender>.<kind>. A lender of "*" gives the wildcard over lenders.
func Subject(lender, kind string) string {
	if kind == KindTombstone {
		kind = KindVerdict
	}
	return subjectPrefix + lender + "." + kind
}

// ParseSubject returns the lender and the last token of a subject.
func ParseSubject(subject string) (lender, last string, err error) {
	rest, ok := strings.CutPrefix(subject, subjectPrefix)
	lender, last, two := strings.Cut(rest, ".")
	if !ok || !two || !isToken(lender) || !isToken(last) {
		return "", "", errors.New("wire: subject: not in canonical form")
	}
	return lender, last, nil
}

// IsName reports whether a text may name an agent or a platform: 1 to 64 of
// A-Z a-z 0-9 . _ -
func IsName(s string) bool { return isName(s) }

// IsLender reports whether a text may name a lender: as a name, without dots.
func IsLender(s string) bool { return isToken(s) }

// An Event is the part of a message that the broker may see: the attributes of
// CloudEvents 1.0, as headers in the binary mode of its NATS binding. The
// values need no percent-encoding.
type Event struct {
	ID     string // id of the message: UUIDv7
	Kind   string // one of the Kind constants
	Source string // the agent or platform that sends
	Lender string
	Time   int64 // seconds
}

// Header returns the headers of the event.
func (e Event) Header() map[string][]string {
	return map[string][]string{
		"ce-specversion":     {"1.0"},
		"ce-id":              {e.ID},
		"ce-type":            {typePrefix + e.Kind + typeSuffix},
		"ce-source":          {e.Source},
		"ce-time":            {time.Unix(e.Time, 0).UTC().Format(time.RFC3339)},
		"ce-lender":          {e.Lender},
		"ce-datacontenttype": {contentType(e.Kind)},
	}
}

// contentType names the body: what agents send is sealed, a receipt is a JWT.
func contentType(kind string) string {
	if kind == KindReceipt {
		return "application/jwt"
	}
	return "application/octet-stream"
}

// ParseEvent reads the headers that [Event.Header] writes and refuses what is
// absent, given twice or not in its form. Headers of other names are passed
// over. Nothing in them is to be believed before the body has opened: the
// envelope binds Kind, Source and the subject.
func ParseEvent(h map[string][]string) (Event, error) {
	bad := errors.New("wire: event: not in canonical form")
	one := func(name string) string {
		if v := h[name]; len(v) == 1 {
			return v[0]
		}
		return ""
	}
	kind, ok := strings.CutPrefix(one("ce-type"), typePrefix)
	kind, end := strings.CutSuffix(kind, typeSuffix)
	at, err := time.Parse(time.RFC3339, one("ce-time"))
	e := Event{ID: one("ce-id"), Kind: kind, Source: one("ce-source"), Lender: one("ce-lender"), Time: at.Unix()}
	if !ok || !end || err != nil || one("ce-specversion") != "1.0" || !isUUIDv7(e.ID) || !isName(e.Source) || !isToken(e.Lender) {
		return Event{}, bad // the library's error quotes the input
	}
	switch kind {
	case KindVerdict, KindTombstone, KindErased, KindReceipt, KindRequest, KindRules, KindCheckpoint:
		return e, nil
	}
	return Event{}, bad
}
