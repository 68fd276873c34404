package statement

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"github.com/yanmen/yanmen/agent"
)

// how a word is looked for in a cell.
type how uint8

const (
	anything how = iota // the zero match holds of every cell
	exact
	prefix
	suffix
	contains
)

// A match holds of a cell if one of its words does.
type match struct {
	how   how
	words []string
}

func (m match) holds(cell []byte) bool {
	if m.how == anything {
		return true
	}
	for _, w := range m.words {
		var ok bool
		switch m.how {
		case exact:
			ok = string(cell) == w
		case prefix:
			ok = len(cell) >= len(w) && string(cell[:len(w)]) == w
		case suffix:
			ok = len(cell) >= len(w) && string(cell[len(cell)-len(w):]) == w
		case contains:
			ok = bytes.Contains(cell, []byte(w))
		}
		if ok {
			return true
		}
	}
	return false
}

// trait is what the name of the other side says of it.
type trait uint8

const (
	self     trait = 1 << iota // bears the holder's own name
	person                     // a natural person's name, or a masked one
	org                        // an organisation of any sort
	public                     // a state body, social insurance, housing fund
	bank                       // a bank
	platform                   // a payment or fund platform
	medical                    // a hospital or pharmacy
)

// A rule says what a row is. The rules of a format are tried in order and the
// first that holds decides; if none does the kind is unknown.
type rule struct {
	class match      // of the class column, the institution's own word
	text  match      // of the item, the detail or the other side
	flow  agent.Flow // as stated; zero: any
	is    trait      // all of these
	not   trait      // none of these
	kind  agent.Kind
	who   agent.Party // zero: told by the traits
	// to is the direction of money that the kind implies. It stands where the
	// statement counts the row as neither (a refund outside 收/支); where the
	// statement says the opposite, the rule does not hold.
	to agent.Flow
}

// A stateRule reads the column of states.
type stateRule struct {
	match
	state agent.State
}

// classifier tells what rows are, and remembers what it worked out for each
// class and each other side. Both memories are bounded.
type classifier struct {
	f       *format
	owner   string
	classes map[string][]*rule
	parties map[string]party
	crowded bool // an other side got no number
}

type party struct {
	traits trait
	payer  uint16
}

const (
	maxClasses = 1024
	maxParties = 1<<16 - 1
	maxParty   = 256 // bytes of a name
)

func newClassifier(f *format, owner string) *classifier {
	return &classifier{f: f, owner: normalName([]byte(owner)),
		classes: make(map[string][]*rule), parties: make(map[string]party)}
}

// row is the text of a row, in cells that hold until the next one is read.
type row struct {
	class, party, item, detail, state []byte
}

// classify fills in what the row is. The transaction has its flow as stated.
func (c *classifier) classify(t *agent.Transaction, r row) {
	name := partyName(r.party, c.f.realNames)
	p := c.party(name)
	t.Payer = p.payer
	t.State = c.state(r.state)
	t.Channel = c.channel(r)
	if c.f.realNames { // a nickname says nothing of who bears it
		t.Party = partyOf(p.traits)
	}
	for _, u := range c.rules(r.class) {
		if u.flow != agent.FlowUnknown && u.flow != t.Flow ||
			p.traits&u.is != u.is || p.traits&u.not != 0 ||
			u.text.how != anything && !u.text.holds(r.item) && !u.text.holds(r.detail) && !u.text.holds(name) ||
			u.to != agent.FlowUnknown && u.to != t.Flow && (t.Flow == agent.FlowIn || t.Flow == agent.FlowOut) {
			continue
		}
		t.Kind = u.kind
		if u.who != agent.PartyUnknown {
			t.Party = u.who
		}
		if u.to != agent.FlowUnknown {
			t.Flow = u.to
		}
		break
	}
	if t.Kind == agent.KindRefund && t.State == agent.StateRefunded {
		t.State = agent.StateSettled // the refund itself is done
	}
}

// rules returns those of the format's rules whose class holds of the cell.
func (c *classifier) rules(class []byte) []*rule {
	if us, ok := c.classes[string(class)]; ok {
		return us
	}
	var us []*rule
	for i := range c.f.rules {
		if u := &c.f.rules[i]; u.class.holds(class) {
			us = append(us, u)
		}
	}
	if len(c.classes) < maxClasses && len(class) <= maxParty {
		c.classes[string(class)] = us
	}
	return us
}

// party returns the traits and the number of an other side.
func (c *classifier) party(name []byte) party {
	if p, ok := c.parties[string(name)]; ok {
		return p
	}
	var p party
	if len(name) == 0 {
		return p
	}
	if len(name) > maxParty {
		c.crowded = true
		return p
	}
	p.traits = c.traits(string(name))
	if len(c.parties) == maxParties {
		c.crowded = true
		return p
	}
	p.payer = uint16(len(c.parties) + 1)
	c.parties[string(name)] = p
	return p
}

func (c *classifier) traits(name string) (t trait) {
	if c.owner != "" && normalName([]byte(name)) == c.owner {
		return self | person
	}
	for _, w := range traitWords {
		if slices.ContainsFunc(w.not, func(s string) bool { return strings.Contains(name, s) }) {
			continue
		}
		if slices.ContainsFunc(w.words, func(s string) bool { return strings.Contains(name, s) }) ||
			slices.ContainsFunc(w.endings, func(s string) bool { return strings.HasSuffix(name, s) }) {
			t |= w.traits
		}
	}
	if t == 0 && c.f.realNames && isPersonName(name) {
		t = person
	}
	return t
}

func (c *classifier) state(cell []byte) agent.State {
	if len(c.f.states) == 0 {
		return agent.StateSettled
	}
	for _, s := range c.f.states {
		if s.holds(cell) {
			return s.state
		}
	}
	return agent.StateUnknown
}

func (c *classifier) channel(r row) agent.Channel {
	if c.f.channel != agent.ChannelUnknown {
		return c.f.channel
	}
	for _, w := range channelWords {
		m := match{contains, w.words}
		if m.holds(r.class) || w.everywhere && (m.holds(r.party) || m.holds(r.item) || m.holds(r.detail)) {
			return w.channel
		}
	}
	return agent.ChannelBank
}

func partyOf(t trait) agent.Party {
	switch {
	case t&self != 0:
		return agent.PartySelf
	case t&public != 0:
		return agent.PartyPublic
	case t&bank != 0:
		return agent.PartyBank
	case t&platform != 0:
		return agent.PartyPlatform
	case t&medical != 0:
		return agent.PartyMerchant
	case t&person != 0:
		return agent.PartyPerson
	}
	return agent.PartyUnknown
}

// partyName cuts the account number that some banks print after the name, and
// takes the dashes that stand for no name as none.
func partyName(cell []byte, numbered bool) []byte {
	if numbered {
		end, digits := len(cell), 0
		for ; end > 0; end-- {
			c := cell[end-1]
			if c >= '0' && c <= '9' {
				digits++
			} else if c != '*' && c != ' ' && c != '\t' && c != '-' {
				break
			}
		}
		if digits >= 6 && end > 0 { // fewer may belong to the name
			cell = trim(cell[:end])
		}
	}
	switch string(cell) {
	case "/", "-", "--", "无":
		return nil
	}
	return cell
}

// isPersonName reports whether a name that no word marks as an organisation's
// has the form of a natural person's: two to four Han characters that begin
// with a surname, a name with a middle dot, or a masked one.
func isPersonName(name string) bool {
	rs := []rune(nameWriting.Replace(name))
	if len(rs) < 2 || len(rs) > 24 {
		return false
	}
	masked, dotted := false, false
	for i, r := range rs {
		switch {
		case r == '*':
			masked = true
		case r == '·' && i > 0 && i < len(rs)-1:
			dotted = true
		case !unicode.Is(unicode.Han, r):
			return false
		}
	}
	if masked || dotted {
		return masked && len(rs) <= 4 || dotted
	}
	return len(rs) <= 4 && strings.ContainsRune(surnames, rs[0])
}
