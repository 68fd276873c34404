package identity

import "github.com/yanmen/yanmen/agent"

// payout reports whether the account that a loan is paid out to is the
// subject's. A name on it other than the subject's says no. Yes takes the
// subject's name on it, or that it is the one card that a bank just confirmed
// with name, number and phone: an answer does not tell of which of several cards
// it is. A bank's no to that one card leaves it open.
func payout(c *agent.Cards, names [2]agent.Personal, cards []agent.Personal, foreign bool, bank standing, codes *codeList) agent.Tri {
	if c == nil || c.Payout.IsZero() && c.PayoutHolder.IsZero() {
		return agent.Unknown
	}
	holder := agent.Unknown
	for _, name := range names { // declared, then documented
		var scratch codeList
		switch m := matchNames(name, c.PayoutHolder, foreign, &scratch); {
		case m == agent.Yes, m == agent.No && holder == agent.Unknown:
			holder = m
		case scratch.n > 0 && m == agent.Unknown:
			codes.add("payout.holder_unclear")
		}
	}
	if holder == agent.No {
		codes.add("payout.holder_differs")
		return agent.No
	}
	if only(cards, c.Payout) {
		switch bank {
		case standsYes:
			return agent.Yes
		case standsNo, standsConflicting:
			codes.add("payout.unmatched")
			return agent.Unknown
		}
	}
	if holder == agent.Unknown {
		codes.add("payout.unconfirmed")
	}
	return holder
}

// only reports whether every card is the one account, however it is written.
func only(cards []agent.Personal, account agent.Personal) bool {
	found := false
	for _, card := range cards {
		if card.IsZero() {
			continue
		}
		if !sameCard(card.Reveal(), account.Reveal()) {
			return false
		}
		found = true
	}
	return found
}

// sameCard compares two card numbers without spaces and dashes.
func sameCard(a, b string) bool {
	for {
		a, b = trimCard(a), trimCard(b)
		if a == "" || b == "" {
			return a == b
		}
		if a[0] != b[0] {
			return false
		}
		a, b = a[1:], b[1:]
	}
}

func trimCard(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '-') {
		s = s[1:]
	}
	return s
}
