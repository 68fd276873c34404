package agent

import (
	"reflect"
	"slices"
)

// Who is asked about is not kept, so a supposed identity is checked for somebody who
// stands for them: whom the document in the evidence names or, where there is none, a
// person who cannot be. What differs between that check of the evidence as it is and
// of the evidence as it is supposed is what the supposition changes of the facts that
// were found; all else stays.

// nobody has a number of the area 99, which nobody has.
var nobody = func() Person {
	n := []byte("99010119900101001")
	return Person{Name: NewPersonal("某"), Number: NewPersonal(string(append(n, CheckCharacter(n))))}
}()

// standIn returns who stands for the person that a finding is about.
func standIn(e *Evidence, found *IdentityFacts) Person {
	switch d := e.Identity; {
	case d != nil && !d.Number.IsZero():
		who := Person{Name: d.Name, Number: d.Number, Document: d.Kind}
		who.BornOn = d.Birth(&who)
		return who
	case found.NumberForm == "valid" || found.NumberForm == "legacy":
		return nobody
	}
	return Person{}
}

// resupposed returns the facts that were found with what differs between two checks.
// Nobody is verified by supposing so whom a document or an authority spoke against:
// a name or number that differs, and a refutation that the evidence no longer shows,
// stay with the level that was found.
func resupposed(found, is, then *IdentityFacts) IdentityFacts {
	out := *found
	to, a, b := reflect.ValueOf(&out).Elem(), reflect.ValueOf(is).Elem(), reflect.ValueOf(then).Elem()
	for i := range to.NumField() {
		if x, y := a.Field(i), b.Field(i); !reflect.DeepEqual(x.Interface(), y.Interface()) {
			to.Field(i).Set(y)
		}
	}
	out.Codes = nil
	for _, c := range found.Codes {
		if !slices.Contains(is.Codes, c) || slices.Contains(then.Codes, c) {
			out.Codes = append(out.Codes, c)
		}
	}
	for _, c := range then.Codes {
		if !slices.Contains(is.Codes, c) && !slices.Contains(out.Codes, c) {
			out.Codes = append(out.Codes, c)
		}
	}
	slices.Sort(out.Codes)
	// Who somebody is does not change with what they bring. A document where there was
	// none is supposed to be theirs.
	out.Age, out.Sex, out.NumberForm = found.Age, found.Sex, found.NumberForm
	if found.NameMatch != Unknown || is.NameMatch != Unknown {
		out.NameMatch = found.NameMatch
	}
	if found.NumberMatch != Unknown || is.NumberMatch != Unknown {
		out.NumberMatch = found.NumberMatch
	}
	if found.NameMatch == No || found.NumberMatch == No || found.Refuted == Yes && is.Refuted != Yes {
		out.Assurance, out.Refuted = found.Assurance, found.Refuted
	}
	return out
}

// shown returns evidence in which a document that was supposed where none was on file
// is that of the person.
func shown(e *Evidence, who *Person) *Evidence {
	if e.Identity == nil || !e.Identity.Number.IsZero() || !e.Identity.Name.IsZero() || who.Number.IsZero() {
		return e
	}
	d, with := *e.Identity, *e
	d.Kind, d.Name, d.Number = who.Document, who.Name, who.Number
	with.Identity = &d
	return &with
}
