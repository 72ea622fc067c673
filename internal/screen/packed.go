package screen

import "prescreen/internal/verdict"

// packed is an Answer as a tally keeps it, in one byte: verdict, verdict by last value, basis, and whether only a person's
// answer is missing. A million patients under four trials of fifteen criteria take 60 MB.
type packed uint8

func pack(a *Answer) packed {
	p := packed(a.Verdict) | packed(a.ByLast)<<2 | packed(a.Basis)<<4
	if a.waitsForPerson() {
		p |= 1 << 7
	}
	return p
}

func (p packed) verdict() verdict.Verdict { return verdict.Verdict(p & 3) }
func (p packed) byLast() verdict.Verdict  { return verdict.Verdict(p >> 2 & 3) }
func (p packed) basis() verdict.Basis     { return verdict.Basis(p >> 4 & 7) }
func (p packed) waitsForPerson() bool     { return p&(1<<7) != 0 }

// holdsBack tells whether the answer keeps a patient from being potentially eligible by being unknown.
func (p packed) holdsBack(r role) bool {
	return r == deciding && p.verdict() == verdict.Unknown && !p.waitsForPerson()
}
