package rule

import (
	"slices"

	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// tallied is what a score came to: the points that are known, and those that may be added.
type tallied struct {
	known, possible int
	silent          int           // points that only silence denies
	cause           verdict.Cause // why the first open part is open
	parts           []scorePart
}

// scorePart is a diagnosis of a score that counts or may count.
type scorePart struct {
	set    string
	points int
	open   bool
}

// judgeScore adds up points and compares the range of what the score may be.
func (e *Evaluator) judgeScore(b *Bound, l *boundLeaf) {
	d := l.derived
	t, facts := e.tally(b, d)
	e.leaf.Code = sayDerived
	if d.formula.score.age != nil && !e.chart.Person.Birth.Known() {
		e.unknown(verdict.NeverRecorded, sayDerived, facts...)
		return
	}
	v := value{lo: float64(t.known), hi: float64(t.known + t.possible), whole: true}
	switch v.holds(d.low, d.high) {
	case dates.Yes:
		e.met(sayDerived, facts...)
	case dates.No:
		e.notMet(sayDerived, facts...)
	default:
		e.unknown(t.cause, sayDerived, facts...)
		return
	}
	e.leaf.Basis = verdict.Derived
	without := value{lo: v.lo, hi: v.hi + float64(t.silent), whole: true}
	if without.holds(d.low, d.high) == dates.Maybe {
		e.leaf.Basis = verdict.Silence
	}
}

// tally adds up the points of age, sex and diagnoses.
func (e *Evaluator) tally(b *Bound, d *boundDerived) (tallied, []uint32) {
	t := tallied{parts: e.derive.parts[:0]}
	facts := e.derive.partners[:0]
	for i := range d.items {
		facts = e.tallyLine(b, &t, d.formula.score.lines[i], d.items[i], facts)
	}
	s := d.formula.score
	if birth := e.chart.Person.Birth; s.age != nil && birth.Known() {
		young := max(dates.YearsOn(min(birth.To, e.on), e.on), 0)
		low, high := s.age(young), s.age(max(dates.YearsOn(birth.From, e.on), young))
		t.known += low
		t.may(high-low, verdict.PartialDate)
	}
	if male, female := sexes(&e.chart.Person); s.female > 0 && female {
		if male {
			t.may(s.female, sexCause(&e.chart.Person))
		} else {
			t.known += s.female
		}
	}
	slices.Sort(facts)
	e.derive.parts, e.derive.partners = t.parts, slices.Compact(facts)
	return t, e.derive.partners
}

// may notes points that the score may have beside the known ones.
func (t *tallied) may(points int, cause verdict.Cause) {
	if points <= 0 {
		return
	}
	if t.possible += points; t.cause == verdict.NoCause {
		t.cause = cause
	}
}

// tallyLine takes the heaviest of the diagnoses of a line.
func (e *Evaluator) tallyLine(b *Bound, t *tallied, line scoreLine, items []*boundLeaf, facts []uint32) []uint32 {
	known, most, loudest := 0, 0, 0
	cause := verdict.NoCause
	for i := range items {
		part := e.judgePart(b, items[i])
		points := line[i].points
		switch part.Verdict {
		case verdict.Met:
			known = max(known, points)
		case verdict.Unknown:
			if most = max(most, points); cause == verdict.NoCause {
				cause = part.Cause
			}
		default:
			if part.Basis == verdict.Silence {
				loudest = max(loudest, points)
			}
			continue
		}
		facts = append(facts, part.Facts...)
		t.parts = append(t.parts, scorePart{line[i].set, points, part.Verdict == verdict.Unknown})
	}
	t.known += known
	t.may(most-known, cause)
	t.silent += max(loudest-max(known, most), 0)
	return facts
}
