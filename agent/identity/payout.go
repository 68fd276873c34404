package identity

import "github.com/yanmen/yanmen/agent"

// payout reports whether the account that a loan is paid out to is the
// subject's. A name on it other than the subject's says no. Yes takes the
// subject's name on it, or that it is the one card that a bank just confirmed
// with name, number and phone: an answer does not tell of which of several cards
// it is. A bank's no to that one card is a warning: it may be for the phone. What
// banks said of it comes second: no also where one says so and another does not.
func payout(c *agent.Cards, name agent.Personal, cards []agent.Personal, bank standing, codes *codeList) (own, said agent.Tri) {
	if c == nil || c.Payout.IsZero() && c.PayoutHolder.IsZero() || name.IsZero() {
		return agent.Unknown, agent.Unknown
	}
	// A holder's codes are not the document's. A name in another script is left
	// open whatever the document: without one nobody knows who is foreign.
	var scratch codeList
	holder := matchNames(name, c.PayoutHolder, true, &scratch)
	if only(cards, c.Payout) {
		switch bank {
		case standsYes:
			said = agent.Yes
		case standsNo, standsConflicting:
			said = agent.No
		}
	}
	switch {
	case holder == agent.No:
		codes.add("payout.holder_differs")
		return agent.No, said
	case holder == agent.Unknown && scratch.n > 0:
		codes.add("payout.holder_unclear")
	}
	switch said {
	case agent.Yes:
		return agent.Yes, said
	case agent.No:
		codes.add("payout.unmatched")
	}
	if holder == agent.Unknown {
		codes.add("payout.unconfirmed")
	}
	return holder, said
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
