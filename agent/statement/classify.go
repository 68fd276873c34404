package statement

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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

func (m match) holds(cell []byte) bool { return m.holdsOf(cell, anyLetters) }

// holdsOf is holds for a cell whose letters are known.
func (m match) holdsOf(cell []byte, l letters) bool {
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
			ok = l.may(w) && bytes.Contains(cell, []byte(w))
		}
		if ok {
			return true
		}
	}
	return false
}

// letters is which characters a text has, as far as 64 bits tell: of hundreds of
// words it rules out nearly all at once.
type letters uint64

const anyLetters = ^letters(0)

func lettersOf[T string | []byte](s T) (l letters) {
	for i := 0; i+2 < len(s); i++ {
		if s[i]&0xc0 != 0x80 { // where a character begins, and so where a word does
			l |= letterOf(s[i], s[i+1], s[i+2])
		}
	}
	return l
}

func letterOf(a, b, c byte) letters { return 1 << ((a ^ b<<3 ^ c) & 63) }

// may is false if the text cannot hold the word.
func (l letters) may(w string) bool { return len(w) < 3 || l&letterOf(w[0], w[1], w[2]) != 0 }

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

// classifier tells what rows are, and remembers what it worked out for each text
// and each other side. Its memories are bounded.
type classifier struct {
	f          *format
	owner      string
	ownLetters letters  // those of the owner that every writing of the name has
	bits       []uint64 // of the text of each rule; 0: none left
	texts      map[string]*wording
	none       wording    // of a blank cell
	spare      [5]wording // for what is not remembered, a place for each cell
	parties    map[string]party
	crowded    bool // an other side got no number
}

// A wording is what is known of the text of a cell: banks print few, and most of them
// thousands of times.
type wording struct {
	b           []byte
	letters     letters
	asked, held uint64 // which matches were tried, which of them hold; see bits
	rules       []ranked
	ruled       bool
	state       agent.State
	stated      bool
	name        *wording // as another side
	who         party
}

// A ranked is a rule whose class holds, and the bit of its text.
type ranked struct {
	*rule
	bit uint64
}

type party struct {
	traits trait
	payer  uint16
}

const (
	maxTexts   = 4096
	maxParties = 1<<16 - 1
	maxParty   = 256 // bytes of a name
)

func newClassifier(f *format, owner string) *classifier {
	c := &classifier{f: f, owner: normalName([]byte(owner)), texts: make(map[string]*wording), parties: make(map[string]party)}
	for i, r := range c.owner {
		if unicode.Is(unicode.Han, r) && utf8.RuneLen(r) == 3 {
			c.ownLetters |= lettersOf(c.owner[i : i+3])
		}
	}
	c.bits = make([]uint64, len(f.rules))
	bit := uint64(1) << len(channelWords) // those below are of the channels
	for i := range f.rules {
		if f.rules[i].text.how != anything {
			c.bits[i] = bit
			bit <<= 1 // to 0, once there are no more
		}
	}
	return c
}

// row is the text of a row, in cells that hold until the next one is read.
type row struct {
	class, party, item, detail, state []byte
}

// The places of cells that are not remembered.
const (
	ofClass = iota
	ofParty
	ofName
	ofNote // the item or the detail, one at a time
	ofState
)

// look returns what is known of a cell's text. What is not remembered holds until
// the next call for its place.
func (c *classifier) look(cell []byte, place int) *wording {
	if len(cell) == 0 {
		return &c.none
	}
	if x := c.texts[string(cell)]; x != nil {
		return x
	}
	if len(c.texts) < maxTexts && len(cell) <= maxParty {
		x := &wording{b: bytes.Clone(cell), letters: lettersOf(cell)}
		c.texts[string(cell)] = x
		return x
	}
	x := &c.spare[place]
	*x = wording{b: cell, letters: lettersOf(cell)}
	return x
}

// holds reports whether a match holds of the text. Each match has its own bit, or 0.
func (x *wording) holds(m match, bit uint64) bool {
	if bit == 0 {
		return m.holdsOf(x.b, x.letters)
	}
	if x.asked&bit == 0 {
		x.asked |= bit
		if m.holdsOf(x.b, x.letters) {
			x.held |= bit
		}
	}
	return x.held&bit != 0
}

// classify fills in what the row is. The transaction has its flow as stated.
func (c *classifier) classify(t *agent.Transaction, r row) {
	side := c.look(r.party, ofParty)
	name, p := side.name, side.who
	if name == nil {
		n := partyName(side.b, c.f.realNames)
		name, p = c.look(n, ofName), c.party(n)
		if name != &c.spare[ofName] { // which the next row changes
			side.name, side.who = name, p
		}
	}
	class := c.look(r.class, ofClass)
	t.Payer = p.payer
	t.State = c.state(r.state)
	t.Channel = c.channel(class, side, r)
	if c.f.realNames { // a nickname says nothing of who bears it
		t.Party = partyOf(p.traits)
	}
	for _, u := range c.rules(class) {
		if u.flow != agent.FlowUnknown && u.flow != t.Flow ||
			p.traits&u.is != u.is || p.traits&u.not != 0 ||
			u.text.how != anything && !c.note(r.item, u) && !c.note(r.detail, u) && !name.holds(u.text, u.bit) ||
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

// note reports whether the text of a rule holds of an item or a detail. In a wallet
// nearly each of them is another one, and few are asked for.
func (c *classifier) note(cell []byte, u ranked) bool {
	if c.f.channel != agent.ChannelUnknown {
		return u.text.holds(cell)
	}
	return c.look(cell, ofNote).holds(u.text, u.bit)
}

// rules returns those of the format's rules whose class holds of the text.
func (c *classifier) rules(class *wording) []ranked {
	if !class.ruled {
		class.ruled = true
		for i := range c.f.rules {
			if u := &c.f.rules[i]; u.class.holdsOf(class.b, class.letters) {
				class.rules = append(class.rules, ranked{u, c.bits[i]})
			}
		}
	}
	return class.rules
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
	own := string(name)
	p.traits = c.traits(own)
	if len(c.parties) == maxParties {
		c.crowded = true
		return p
	}
	p.payer = uint16(len(c.parties) + 1)
	c.parties[own] = p
	return p
}

func (c *classifier) traits(name string) (t trait) {
	l := lettersOf(name)
	if c.owner != "" && l&c.ownLetters == c.ownLetters && normalName([]byte(name)) == c.owner {
		return self | person
	}
	has := func(s string) bool { return l.may(s) && strings.Contains(name, s) }
	for _, w := range traitWords {
		if slices.ContainsFunc(w.not, has) {
			continue
		}
		if slices.ContainsFunc(w.words, has) ||
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
	x := c.look(cell, ofState)
	if !x.stated {
		x.stated = true
		for _, s := range c.f.states {
			if s.holds(x.b) {
				x.state = s.state
				break
			}
		}
	}
	return x.state
}

func (c *classifier) channel(class, side *wording, r row) agent.Channel {
	if c.f.channel != agent.ChannelUnknown {
		return c.f.channel
	}
	for i, w := range channelWords {
		m, bit := match{contains, w.words}, uint64(1)<<i
		if class.holds(m, bit) || w.everywhere && (side.holds(m, bit) || c.look(r.item, ofNote).holds(m, bit) || c.look(r.detail, ofNote).holds(m, bit)) {
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
	var room [32]rune
	rs := room[:0]
	for _, r := range name {
		if r = nameRune(r); r >= 0 {
			rs = append(rs, r)
		}
	}
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
