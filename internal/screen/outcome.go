package screen

import "prescreen/internal/verdict"

// Outcome is what a trial's criteria come to for one patient. Nobody is ever "eligible": a person decides that.
type Outcome uint8

// The outcomes, in the order in which they are listed.
const (
	PotentiallyEligible Outcome = iota
	NeedsReview
	NotYet
	Ineligible
	OutcomeCount
)

// String writes the outcome as lists and the JSON document do.
func (o Outcome) String() string {
	return [...]string{"potentially eligible", "needs review", "not yet", "ineligible"}[o]
}

// Answer is what is kept of one criterion's judgement.
type Answer struct {
	Verdict verdict.Verdict
	Basis   verdict.Basis
	Causes  verdict.Causes
	// ByLast is what the criterion would be if its last values, outside the window, still held; Unknown if that does not
	// decide it.
	ByLast verdict.Verdict
}

var (
	onlyManual = verdict.Causes(0).With(verdict.Manual)
	onlyStale  = verdict.Causes(0).With(verdict.OutsideWindow)
	noData     = onlyStale.With(verdict.NeverRecorded)
)

// waitsForPerson tells that only somebody's answer is missing.
func (a *Answer) waitsForPerson() bool {
	return a.Verdict == verdict.Unknown && a.Causes.Within(onlyManual)
}

// standing is what the answers come to as of one day in one arm.
type standing struct {
	fails, open int
	nearMiss    bool // every failing criterion may be repeated
	bySilence   bool // every failing criterion fails by silence
	softPasses  int
}

// stand counts the answers of one arm.
func (t *plannedTrial) stand(a *arm, answers []Answer) standing {
	s := standing{nearMiss: true, bySilence: true}
	for k := range t.criteria {
		if a.holds[k] {
			s.count(&t.criteria[k], &answers[k])
		}
	}
	s.nearMiss = s.nearMiss && s.fails > 0
	s.bySilence = s.bySilence && s.fails > 0
	return s
}

func (s *standing) count(c *criterion, a *Answer) {
	effect := c.Kind.Effect(a.Verdict)
	switch {
	case c.role == soft:
		if effect == verdict.Pass {
			s.softPasses++
		}
	case !c.role.hard():
	case effect == verdict.Fail:
		s.fails++
		s.nearMiss = s.nearMiss && c.Repeatable
		s.bySilence = s.bySilence && a.Basis == verdict.Silence
	case effect == verdict.Open && c.role == deciding && !a.waitsForPerson():
		s.open++
	}
}

// outcome is the outcome without looking ahead.
func (s *standing) outcome() Outcome {
	switch {
	case s.fails > 0:
		return Ineligible
	case s.open > 0:
		return NeedsReview
	}
	return PotentiallyEligible
}
