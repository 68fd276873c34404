package identity

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yanmen/yanmen/agent"
	"pgregory.net/rapid"
)

var levels = []string{agent.AssuranceNone, agent.AssuranceFormat, agent.AssuranceAuthority2, agent.AssuranceAuthority3,
	agent.AssuranceAuthority4, agent.AssuranceBiometric}

var tris = []agent.Tri{agent.Unknown, agent.No, agent.Yes}

func genAnswers() *rapid.Generator[[]agent.Answer] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) agent.Answer {
		return agent.Answer{
			Kind:     rapid.SampledFrom([]string{agent.AnswerTwoFactor, agent.AnswerCarrierThree, agent.AnswerBankFour, agent.AnswerFace}).Draw(t, "kind"),
			Provider: rapid.SampledFrom([]string{"", "p", "q"}).Draw(t, "provider"),
			At:       asOf - 86400*rapid.Int64Range(-2, 400).Draw(t, "days"),
			Match:    rapid.SampledFrom(tris).Draw(t, "match"),
			Live:     rapid.SampledFrom(tris).Draw(t, "live"),
			ScoreBP:  rapid.SampledFrom([]agent.Int{{}, agent.Known(0), agent.Known(9000)}).Draw(t, "score"),
		}
	}), 0, 6)
}

func TestCheck_orderOfAnswersChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := genAnswers().Draw(t, "answers")
		a := Check(&agent.Evidence{Answers: answers(items...)}, person(), asOf)
		b := Check(&agent.Evidence{Answers: answers(rapid.Permutation(items).Draw(t, "permuted")...)}, person(), asOf)
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v became %+v", a, b)
		}
	})
}

func TestCheck_refutedNeedsAFreshNo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := genAnswers().Draw(t, "answers")
		got := Check(&agent.Evidence{Answers: answers(items...)}, person(), asOf)
		no := slices.ContainsFunc(items, func(a agent.Answer) bool {
			return a.Match == agent.No && a.Kind != agent.AnswerFace && a.At <= asOf && a.At >= asOf-365*86400
		})
		if got.Refuted == agent.Yes && !no {
			t.Fatalf("refuted without a fresh no: %+v", items)
		}
		// A no that comes on top never raises the assurance.
		more := append(slices.Clone(items), answer(agent.AnswerTwoFactor, "new", 0, agent.No))
		after := Check(&agent.Evidence{Answers: answers(more...)}, person(), asOf)
		if slices.Index(levels, after.Assurance) > slices.Index(levels, got.Assurance) {
			t.Fatalf("a no raised %s to %s", got.Assurance, after.Assurance)
		}
	})
}

var suspicions = []string{agent.SuspicionUnknown, agent.SuspicionNone, agent.SuspicionSome, agent.SuspicionStrong}

func genEvents(t *rapid.T) []agent.DeviceEvent {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) agent.DeviceEvent {
		return agent.DeviceEvent{
			At:        asOf - rapid.OneOf(rapid.Int64Range(-1, 8), rapid.Int64Range(0, 200)).Draw(t, "days")*86400 - rapid.Int64Range(0, 24).Draw(t, "hours")*3600,
			Kind:      rapid.SampledFrom([]string{"login", "transaction", "transaction", "transaction", "phone_changed", "card_changed", "password_changed", "other"}).Draw(t, "kind"),
			Amount:    rapid.SampledFrom([]agent.Int{{}, agent.Known(50_00), agent.Known(900_00), agent.Known(9000_00), agent.Known(-1)}).Draw(t, "amount"),
			NewDevice: rapid.SampledFrom(tris).Draw(t, "device"),
			NewPlace:  rapid.SampledFrom(tris).Draw(t, "place"),
		}
	}), 0, 60).Draw(t, "events")
}

func genEvidence(t *rapid.T) (*agent.Evidence, agent.Person) {
	names := rapid.SampledFrom([]string{"", "验甲", "验·甲", "验後", "验后", "验乙", "TEST A"})
	numbers := rapid.SampledFrom([]string{"", citizen("19900115", "001"), citizen("19900116", "001"), "990101900115001", "H00000001", "12"})
	cards := rapid.SampledFrom([][]agent.Personal{nil, {personal("6299990000000009")}, {personal("6299990000000009"), personal("6299990000000000")}})
	kinds := rapid.SampledFrom([]string{"", agent.DocumentCitizen, agent.DocumentHKMacao, agent.DocumentPassport})
	days := rapid.SampledFrom([]agent.Date{0, 20160101, 20200101, 20260101, 20270101, 99991231})
	phones := rapid.SampledFrom([]string{"", "19900000001", "1"})
	e := &agent.Evidence{
		Identity: &agent.Identity{Kind: kinds.Draw(t, "seen kind"), Name: personal(names.Draw(t, "seen name")), Number: personal(numbers.Draw(t, "seen number")),
			IssuedOn: days.Draw(t, "issued"), ExpiresOn: days.Draw(t, "expires")},
		Phone: &agent.Phone{Number: personal(phones.Draw(t, "phone on file"))},
		Cards: &agent.Cards{Numbers: cards.Draw(t, "cards on file"), Payout: personal(rapid.SampledFrom([]string{"", "6299990000000009", "6299 9900 0000 0000"}).Draw(t, "payout")),
			PayoutHolder: personal(names.Draw(t, "holder"))},
		Answers:   answers(genAnswers().Draw(t, "answers")...),
		DeviceLog: &agent.DeviceLog{Events: genEvents(t)},
	}
	return e, agent.Person{Name: personal(names.Draw(t, "name")), Number: personal(numbers.Draw(t, "number")), Document: kinds.Draw(t, "kind"),
		Phone: personal(phones.Draw(t, "phone")), Cards: cards.Draw(t, "cards")}
}

// Whatever is left out, nothing turns against the person by it; and nothing gets
// better but what two things that contradict each other held down.
func TestCheck_leavingOutACategoryNeverAccuses(t *testing.T) {
	leave := map[string]func(*agent.Evidence){
		"identity":   func(e *agent.Evidence) { e.Identity = nil },
		"phone":      func(e *agent.Evidence) { e.Phone = nil },
		"card":       func(e *agent.Evidence) { e.Cards = nil },
		"answers":    func(e *agent.Evidence) { e.Answers = nil },
		"device log": func(e *agent.Evidence) { e.DeviceLog = nil },
	}
	rapid.Check(t, func(t *rapid.T) {
		e, p := genEvidence(t)
		before := Check(e, p, asOf)
		for name, out := range leave {
			less := *e
			out(&less)
			after := Check(&less, p, asOf)
			for _, f := range [][2]agent.Tri{{before.NameMatch, after.NameMatch}, {before.NumberMatch, after.NumberMatch}, {before.Payout, after.Payout},
				{before.Live, after.Live}, {before.CardForm, after.CardForm}, {before.PhoneForm, after.PhoneForm}} {
				if f[1] == agent.No && f[0] != agent.No || f[1] == agent.Yes && f[0] != agent.Yes {
					t.Fatalf("without %s: %+v became %+v", name, before, after)
				}
			}
			if after.Refuted != before.Refuted && after.Refuted != agent.Unknown || after.DocumentExpired != before.DocumentExpired && after.DocumentExpired != agent.Unknown {
				t.Fatalf("without %s: %+v became %+v", name, before, after)
			}
			if slices.Index(suspicions, after.Takeover) > slices.Index(suspicions, before.Takeover) {
				t.Fatalf("without %s: takeover %s became %s", name, before.Takeover, after.Takeover)
			}
			if slices.Index(levels, after.Assurance) > slices.Index(levels, before.Assurance) && before.NameMatch != agent.No && before.NumberMatch != agent.No {
				t.Fatalf("without %s: assurance %s became %s", name, before.Assurance, after.Assurance)
			}
		}
	})
}

// Whoever will not have the face compared reaches all that the other factors give.
func TestCheck_aFaceNotComparedCostsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, p := genEvidence(t)
		before := Check(e, p, asOf)
		less := *e
		less.Answers = answers(slices.DeleteFunc(slices.Clone(e.Answers.Items), func(a agent.Answer) bool { return a.Kind == agent.AnswerFace })...)
		after := Check(&less, p, asOf)
		if after.Live != agent.Unknown || after.Refuted != before.Refuted || slices.ContainsFunc(after.Codes, func(c string) bool { return strings.HasPrefix(c, "face.") }) {
			t.Fatalf("%+v became %+v", before, after)
		}
		if before.Assurance == agent.AssuranceBiometric {
			if slices.Index(levels, after.Assurance) < slices.Index(levels, agent.AssuranceAuthority2) {
				t.Fatalf("without the face: %s", after.Assurance)
			}
		} else if after.Assurance != before.Assurance {
			t.Fatalf("without the face: %s became %s", before.Assurance, after.Assurance)
		}
	})
}

func TestCheck_orderAndRepetitionOfEventsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := genEvents(t)
		want := Check(&agent.Evidence{DeviceLog: &agent.DeviceLog{Events: events}}, person(), asOf)
		twice := rapid.Permutation(slices.Concat(events, events)).Draw(t, "mixed")
		got := Check(&agent.Evidence{DeviceLog: &agent.DeviceLog{Events: twice}}, person(), asOf)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v became %+v", want, got)
		}
	})
}

func TestCheck_aFurtherSignNeverCalms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := genEvents(t)
		before := Check(&agent.Evidence{DeviceLog: &agent.DeviceLog{Events: events}}, person(), asOf)
		more := append(slices.Clone(events), agent.DeviceEvent{At: asOf - rapid.Int64Range(0, 7*86400).Draw(t, "ago"),
			Kind: rapid.SampledFrom([]string{"login", "transaction", "phone_changed"}).Draw(t, "kind"), NewDevice: agent.Yes, Amount: agent.Known(1 << 40)})
		after := Check(&agent.Evidence{DeviceLog: &agent.DeviceLog{Events: more}}, person(), asOf)
		if slices.Index(suspicions, after.Takeover) < slices.Index(suspicions, before.Takeover) || after.Takeover == agent.SuspicionNone {
			t.Fatalf("%s %v became %s %v", before.Takeover, before.Codes, after.Takeover, after.Codes)
		}
	})
}

// A second way to the habits of a log: every pair of events over plain calendar
// times, so that the code does not certify itself.
func TestHabits_agreeWithASecondComputation(t *testing.T) {
	f := Defaults().Takeover
	rapid.Check(t, func(t *rapid.T) {
		var want habits
		var list []event
		for _, e := range genEvents(t) {
			kind, ok := eventKind(e.Kind)
			amount, _ := e.Amount.Value()
			if x := (event{e.At, amount, kind}); ok && !slices.Contains(list, x) {
				list = append(list, x)
			}
		}
		for _, a := range list {
			if a.kind != eventLogin && a.kind != eventTransaction {
				continue
			}
			want.events++
			if time.Unix(a.at, 0).In(agent.Zone).Hour() < 5 {
				want.nights++
			}
			if a.kind == eventLogin {
				continue
			}
			want.transactions++
			want.largest = max(want.largest, a.amount)
			n := int64(0)
			for _, b := range list {
				if b.kind == eventTransaction && !time.Unix(b.at, 0).Before(time.Unix(a.at, 0)) && time.Unix(b.at, 0).Before(time.Unix(a.at, 0).Add(24*time.Hour)) {
					n++
				}
			}
			want.busiest = max(want.busiest, n)
		}
		slices.SortFunc(list, func(a, b event) int { return int(a.at - b.at) })
		if got := f.habits(list); got != want {
			t.Fatalf("habits %+v, want %+v", got, want)
		}
	})
}

// Sex, the place of first registration and the people that a name is of change
// no fact but the one of that name.
func TestCheck_protectedAttributesChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, p := genEvidence(t)
		with := func(area, sequence, name string) agent.IdentityFacts {
			digits := area + "19900115" + sequence
			number := personal(digits + string(agent.CheckCharacter([]byte(digits))))
			e, p := *e, p
			identity := *e.Identity
			p.Name, p.Number, p.Document = personal(name), number, ""
			identity.Name, identity.Number, identity.Kind = p.Name, number, ""
			e.Identity = &identity
			return Check(&e, p, asOf)
		}
		// Area 99 and sequence 000 are given to nobody.
		want := with("990101", "000", "验甲")
		got := with("990101", "001", "验甲")
		if got.Sex == want.Sex {
			t.Fatal("sex did not change")
		}
		if got.Sex = want.Sex; !reflect.DeepEqual(got, want) {
			t.Fatalf("another sex: %+v, want %+v", got, want)
		}
		for _, area := range []string{"110101", "654202", "540102"} {
			if got := with(area, "000", "验甲"); !reflect.DeepEqual(got, want) {
				t.Fatalf("area %s: %+v, want %+v", area, got, want)
			}
		}
		e.Cards = &agent.Cards{Numbers: e.Cards.Numbers, Payout: e.Cards.Payout} // the holder keeps his name
		if got := with("990101", "000", "验·甲·乙"); !reflect.DeepEqual(got, with("990101", "000", "验甲")) {
			t.Fatalf("another name: %+v", got)
		}
	})
}

func TestCheck_limitsOfNumbersDoNotBreak(t *testing.T) {
	limits := rapid.SampledFrom([]int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, asOf, math.MaxInt64 - 1, math.MaxInt64})
	dates := rapid.SampledFrom([]agent.Date{math.MinInt32, -1, 0, 1, 20200101, 20201399, 99991231, math.MaxInt32})
	rapid.Check(t, func(t *rapid.T) {
		e, p := genEvidence(t)
		e.Identity.IssuedOn, e.Identity.ExpiresOn = dates.Draw(t, "issued"), dates.Draw(t, "expires")
		for i := range e.DeviceLog.Events {
			e.DeviceLog.Events[i].At, e.DeviceLog.Events[i].Amount = limits.Draw(t, "at"), agent.Known(limits.Draw(t, "amount"))
		}
		for i := range e.Answers.Items {
			e.Answers.Items[i].At, e.Answers.Items[i].ScoreBP = limits.Draw(t, "answered"), agent.Known(limits.Draw(t, "score"))
		}
		at := limits.Draw(t, "as of")
		f := Defaults()
		if got := f.Check(e, p, at); !slices.Contains(levels, got.Assurance) || !slices.Contains(suspicions, got.Takeover) || !slices.IsSorted(got.Codes) {
			t.Fatalf("Check = %+v", got)
		}
	})
}

func TestCheck_zeroFiguresTrustNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, p := genEvidence(t)
		got := (Figures{}).Check(e, p, asOf)
		if got.Takeover != agent.SuspicionUnknown || got.Live != agent.Unknown || got.Refuted != agent.Unknown ||
			got.Assurance != agent.AssuranceNone && got.Assurance != agent.AssuranceFormat {
			t.Fatalf("zero figures: %+v", got)
		}
	})
}
