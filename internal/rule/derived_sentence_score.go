package rule

import (
	"strconv"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
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
	if len(open) > 0 {
		text += " Open: " + strings.Join(open, ", ") + "."
	}
	if t.silent > 0 {
		text += " Nothing on record of the rest: absence is assumed, not proven."
	}
	if t.possible > 0 && t.possible+t.known > 0 && len(open) > 0 && s.leaf.Cause != 0 {
		text += " To settle: read the chart."
	}
	return text
}

// scorePerson tells age and, where it counts, sex on the day asked about.
func (s *derivedTeller) scorePerson(birth dates.When) string {
	young, old := dates.YearsOn(min(birth.To, s.asOf), s.asOf), dates.YearsOn(birth.From, s.asOf)
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
