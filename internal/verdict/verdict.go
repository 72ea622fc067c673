// Package verdict is the three-valued logic of prescreening: met, not met, unknown, and why.
//
// It is the file to read first: everything else in the program exists to fill in a Judgement. Missing data never becomes
// a yes or a no here; the zero Verdict is unknown.
package verdict

// Verdict is the answer to a criterion as the protocol states it: an exclusion that is met bars the patient.
type Verdict uint8

// The three verdicts; the zero one is Unknown.
const (
	Unknown Verdict = iota
	Met
	NotMet
)

var verdictNames = [...]string{"unknown", "met", "not met"}

// String writes the verdict as files, JSON and tests do.
func (v Verdict) String() string { return verdictNames[v] }

// Parse reads what String writes.
func Parse(s string) (Verdict, bool) {
	for i, n := range verdictNames {
		if n == s {
			return Verdict(i), true
		}
	}
	return Unknown, false
}

// Not is Kleene's negation.
func (v Verdict) Not() Verdict {
	switch v {
	case Met:
		return NotMet
	case NotMet:
		return Met
	}
	return Unknown
}

// And is Kleene's conjunction: one not met decides, whatever is unknown beside it.
func (v Verdict) And(w Verdict) Verdict {
	switch {
	case v == NotMet || w == NotMet:
		return NotMet
	case v == Met && w == Met:
		return Met
	}
	return Unknown
}

// Or is Kleene's disjunction: one met decides, whatever is unknown beside it.
func (v Verdict) Or(w Verdict) Verdict { return v.Not().And(w.Not()).Not() }

// AtLeast tells whether at least n of some answers are met, given how many are met and how many are unknown.
func AtLeast(n, met, unknown int) Verdict {
	switch {
	case met >= n:
		return Met
	case met+unknown < n:
		return NotMet
	}
	return Unknown
}

// Kind says which way a criterion works.
type Kind uint8

// Inclusion asks for the verdict met, Exclusion for not met.
const (
	Inclusion Kind = iota
	Exclusion
)

// String writes the kind as trial files do.
func (k Kind) String() string {
	if k == Exclusion {
		return "exclusion"
	}
	return "inclusion"
}

// Effect is what a verdict does to the patient: people read effects, rules speak verdicts.
type Effect uint8

// The effects; the zero one is Open.
const (
	Open Effect = iota
	Pass
	Fail
)

// String writes the effect as the JSON document does.
func (e Effect) String() string { return [...]string{"open", "pass", "fail"}[e] }

// Effect turns a verdict into its effect; the turning-round of exclusions happens here and nowhere else.
func (k Kind) Effect(v Verdict) Effect {
	if k == Exclusion {
		v = v.Not()
	}
	switch v {
	case Met:
		return Pass
	case NotMet:
		return Fail
	}
	return Open
}
