package rule

import (
	"strconv"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// score tells a score: what gives points, what may give more, and that nothing else is on record.
func (s *derivedTeller) score() string {
	birth := s.chart.Person.Birth
	if s.d.formula.score.age != nil && !birth.Known() {
		return s.title() + s.asked() + ": no birth date on record. To settle: ask for it."
	}
	t, _ := s.e.tally(s.b, s.d)
	total := strconv.Itoa(t.known)
	if t.possible > 0 {
		total += " to " + strconv.Itoa(t.known+t.possible)
	}
	counted := []string{s.d.formula.name, s.scorePerson(birth)}
	var open []string
	for _, p := range t.parts {
		if p.open {
			open = append(open, p.set+" ("+strconv.Itoa(p.points)+")")
		} else {
			counted = append(counted, p.set+" ("+strconv.Itoa(p.points)+")")
		}
	}
	text := s.title() + " " + total + s.asked() + ". Computed: " + strings.Join(counted, ", ") + "."
	if s.leaf.Verdict == verdict.Unknown {
		return text + s.openParts(open)
	}
	if s.leaf.Basis == verdict.Silence {
		text += " Nothing on record of the rest: absence is assumed, not proven."
	}
	return text
}

// openParts names what may give points, the first few of many, and who settles it.
func (s *derivedTeller) openParts(open []string) string {
	const shown = 3
	if len(open) == 0 {
		return " Age or sex is not clear. To settle: ask."
	}
	if more := len(open) - shown; more > 0 {
		open = append(open[:shown], "and "+strconv.Itoa(more)+" more")
	}
	text := " Open: " + strings.Join(open, ", ") + "."
	if s.leaf.Cause.Action() == verdict.Read {
		return text + " To settle: read the chart."
	}
	return text + " To settle: ask."
}

// scorePerson tells age and, where it counts, sex on the day asked about.
func (s *derivedTeller) scorePerson(birth dates.When) string {
	on := s.e.on
	young, old := dates.YearsOn(min(birth.To, on), on), dates.YearsOn(birth.From, on)
	s.e.derive.got.young, s.e.derive.got.old = max(young, 0), max(old, 0)
	points := s.d.formula.score.age(max(young, 0))
	if s.d.formula.score.female > 0 && onlyFemale(&s.chart.Person) {
		points += s.d.formula.score.female
	}
	return s.person() + " (" + strconv.Itoa(points) + ")"
}

func onlyFemale(p *chart.Person) bool {
	male, female := sexes(p)
	return female && !male
}
