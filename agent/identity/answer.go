package identity

import "github.com/yanmen/yanmen/agent"

// The kinds of answers in the order of the factors they compare: each of the
// first three holds the factors of the one before.
const (
	twoFactor = iota
	carrier
	bankCard
	face
	numKinds
)

// answerCodes are indexed by kind.
var answerCodes = [numKinds]struct{ conflicting, stale, unanchored, unanswered, unmatched string }{
	{"two_factor.conflicting", "two_factor.stale", "two_factor.unanchored", "two_factor.unanswered", "two_factor.unmatched"},
	{"carrier.conflicting", "carrier.stale", "carrier.unanchored", "carrier.unanswered", "carrier.unmatched"},
	{"bank_card.conflicting", "bank_card.stale", "bank_card.unanchored", "bank_card.unanswered", "bank_card.unmatched"},
	{"face.conflicting", "face.stale", "face.unanchored", "face.unanswered", "face.unmatched"},
}

type standing uint8

const (
	standsUnknown standing = iota // never asked, stale, or not answered
	standsYes
	standsNo
	standsConflicting // sources contradict each other
)

// weighed is where each kind stands.
type weighed [numKinds]standing

// weigh takes of each provider its newest answer of each kind, and of those the
// fresh ones. A source that did not answer does not take back what it said
// before; a provider without a name cannot be known to be the same one. One that
// says yes and no to one question while both are fresh contradicts itself, whichever
// it said last: both count, as if two had said it.
//
// A face counts if the vendor says that it matched and that a living person was
// there; one of a lifeless picture is a no, and no other face for that. live is what
// the fresh answers say of that alone.
func (f Figures) weigh(a *agent.Answers, asOf int64, codes *codeList) (w weighed, live agent.Tri) {
	if a == nil {
		return w, agent.Unknown
	}
	var alive, lifeless, another bool
	maxAge := [numKinds]int64{f.TwoFactorDays, f.CarrierDays, f.BankCardDays, f.FaceDays}
	var yes, no, stale, unanswered [numKinds]bool
	for i := range a.Items {
		item := &a.Items[i]
		kind, ok := kindOf(item.Kind)
		switch {
		case !ok:
			continue
		case item.At <= 0:
			codes.add("answer.undated")
			continue
		case item.At > asOf:
			codes.add("answer.future")
			continue
		case item.Match != agent.Yes && item.Match != agent.No:
			unanswered[kind] = true
			continue
		}
		old := asOf-item.At > maxAge[kind]*86400 || maxAge[kind] <= 0
		later, opposite := f.superseded(a.Items, i, kind, asOf)
		if opposite = opposite && !old; opposite {
			codes.add("answer.contradicted")
		}
		switch {
		case later && !opposite:
			continue
		case old:
			stale[kind] = true
			continue
		}
		if kind == face {
			alive, lifeless = alive || item.Live == agent.Yes, lifeless || item.Live == agent.No
			if item.Match == agent.Yes && item.Live != agent.Yes {
				no[kind] = no[kind] || item.Live == agent.No
				unanswered[kind] = true
				continue
			}
			another = another || item.Match == agent.No
			if score, ok := item.ScoreBP.Value(); ok && score < f.FaceScoreBP && item.Match == agent.Yes {
				codes.add("face.score_low")
			}
		}
		if item.Match == agent.Yes {
			yes[kind] = true
		} else {
			no[kind] = true
		}
	}
	switch {
	case alive && lifeless:
		codes.add(answerCodes[face].conflicting)
	case lifeless:
		live = agent.No
		codes.add("face.not_live")
	case alive:
		live = agent.Yes
	}
	for k := range w {
		c := &answerCodes[k]
		switch {
		case yes[k] && no[k]:
			w[k] = standsConflicting
			codes.add(c.conflicting)
		case yes[k]:
			w[k] = standsYes
		case no[k]:
			w[k] = standsNo
			if k != face || another {
				codes.add(c.unmatched)
			}
		case stale[k]:
			codes.add("answer.stale")
			codes.add(c.stale)
		case unanswered[k]:
			codes.add(c.unanswered)
		}
	}
	return w, live
}

// superseded reports whether the same provider answered the same kind later, no
// later than asOf, and whether, then or at the same time, it said the opposite to
// the same question. Lists are short: the reader bounds them.
//
// Name and number of a person stay, so that answers about them are to one question
// whenever they were given. An answer does not say which phone or card was asked
// about, and who is told that one is in another name brings another: those are to
// one question if they are near in time. Each face is a picture of its own.
func (f Figures) superseded(items []agent.Answer, i, kind int, asOf int64) (later, opposite bool) {
	it := &items[i]
	if it.Provider == "" {
		return false, false
	}
	for j := range items {
		o := &items[j]
		if o.At < it.At || o.At > asOf || o.Kind != it.Kind || o.Provider != it.Provider || o.Match != agent.Yes && o.Match != agent.No {
			continue
		}
		later = later || o.At > it.At
		opposite = opposite || o.Match != it.Match && kind != face && (kind == twoFactor || o.At-it.At < f.OneQuestionDays*86400)
	}
	return later, opposite
}

func kindOf(s string) (int, bool) {
	switch s {
	case agent.AnswerTwoFactor:
		return twoFactor, true
	case agent.AnswerCarrierThree:
		return carrier, true
	case agent.AnswerBankFour:
		return bankCard, true
	case agent.AnswerFace:
		return face, true
	}
	return 0, false
}

// refuted is Yes if an authority said no and none that compared the same
// factors, or more, said yes. Where they contradict each other it is unknown. A
// face that did not match says nothing about name and number.
func (w *weighed) refuted() agent.Tri {
	result := agent.Unknown
	for k := twoFactor; k <= bankCard; k++ {
		switch w[k] {
		case standsConflicting:
			return agent.Unknown
		case standsNo:
			for wider := k + 1; wider <= bankCard; wider++ {
				if w[wider] == standsYes || w[wider] == standsConflicting {
					return agent.Unknown
				}
			}
			return agent.Yes
		case standsYes:
			result = agent.No
		}
	}
	return result
}

// assurance returns the highest level that the answers reach, given a formally
// valid number. It climbs kind by kind and stops below the first no or
// contradiction; an answer counts only for factors that are on file, for nobody
// can have been asked about others.
func (w *weighed) assurance(phone, card bool, codes *codeList) string {
	reached, clean := -1, true
	for k := twoFactor; k <= bankCard && clean; k++ {
		switch w[k] {
		case standsYes:
			bound := k
			if bound == bankCard && !card {
				bound = carrier
			}
			if bound >= carrier && !phone {
				bound = twoFactor
			}
			if bound != k {
				codes.add(answerCodes[k].unanchored)
			}
			reached = max(reached, bound)
		case standsNo, standsConflicting:
			clean = false
		}
	}
	if w[face] == standsYes {
		if reached >= twoFactor && clean {
			return agent.AssuranceBiometric
		}
		// A face likened to a picture that no authority stands behind.
		codes.add(answerCodes[face].unanchored)
	}
	switch reached {
	case twoFactor:
		return agent.AssuranceAuthority2
	case carrier:
		return agent.AssuranceAuthority3
	case bankCard:
		return agent.AssuranceAuthority4
	}
	return agent.AssuranceFormat
}
