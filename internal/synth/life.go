package synth

import (
	"cmp"
	"slices"

	"prescreen/internal/dates"
)

// life is a record under way.
type life struct {
	record
	dice       dice
	profile    *profile
	body       *body
	start, end dates.Day // the first and the last day on which something may happen
	routine    []*visit  // oldest first
	regimens   []regimen
	wanted     []wanted
}

// regimen is a drug that goes on from a visit.
type regimen struct {
	dosing
	from   *visit
	reason *problem
}

// wanted is a group of tests taken from a day on.
type wanted struct {
	from  dates.Day
	tests tests
}

// live makes the record of one patient.
func live(seed uint64, patient int, asOf dates.Day) *record {
	d := roll(seed, uint64(patient))
	p := profileFor(d, patient)
	l := begin(d, p, asOf)
	l.style = styleFor(patient)
	for _, b := range p.courses {
		l.follow(b)
	}
	for _, t := range p.drugs {
		v := l.visitFor(back(asOf, t.ago), atOffice)
		l.regimens = append(l.regimens, regimen{dosing: t.dosing, from: v})
	}
	l.minorIllness()
	l.arrange()
	l.prescribe()
	l.examine()
	l.allergyList()
	for _, q := range p.quirks {
		q(l)
	}
	l.arrange()
	return &l.record
}

// styleFor deals the two shapes out: a third of the patients in the newer one.
func styleFor(patient int) style {
	if patient%3 == 1 {
		return newer
	}
	return older
}

// begin draws the person, the body and the routine visits.
func begin(d dice, p *profile, asOf dates.Day) *life {
	l := &life{record: record{asOf: asOf}, dice: d, profile: p}
	l.person = newPerson(d, p.female)
	l.person.birth = birthFor(d, p, asOf)
	l.body = newBody(d, p.female, p.age)
	for _, pin := range p.pins {
		l.body.pin(pin.of, pin.at)
	}
	for _, m := range p.never {
		l.body.never[m] = true
	}
	l.wanted = []wanted{{dates.Min, metabolicTest | lipidTest | countTest | p.tests}}
	last := back(asOf, p.lastSeen)
	l.end = asOf - 2
	if p.lastSeen > 365 {
		l.end = last
	}
	if p.dead > 0 {
		l.person.death = back(asOf, p.dead)
		l.end, last = l.person.death-1, min(last, l.person.death-10)
	}
	l.routineVisits(last)
	return l
}

// birthFor gives the birth day of somebody of the profile's age on the as-of day.
func birthFor(d dice, p *profile, asOf dates.Day) dates.Day {
	ago := d.between(20, 340)
	age := p.age
	if p.birthdayIn > 0 {
		return (asOf + dates.Day(p.birthdayIn)).Sub(dates.Period{N: age + 1, Unit: dates.Years})
	}
	return back(asOf, ago).Sub(dates.Period{N: age, Unit: dates.Years})
}

// routineVisits sets the visits of every half year, from the last one back to the beginning of the record.
func (l *life) routineVisits(last dates.Day) {
	begins := back(l.asOf, l.profile.years*365)
	for day := last; day >= begins || len(l.routine) < 2; day -= dates.Day(l.dice.between(170, 195)) {
		kind := wellnessVisit
		if len(l.routine)%2 == 1 {
			kind = checkUp
		}
		v := l.visit(day, "AMB", kind, 15)
		v.routine = true
		l.routine = append(l.routine, v)
	}
	slices.Reverse(l.routine)
	l.start = l.routine[0].day
}

// visit adds a visit, in working hours: its day is the same in every time zone of Europe and the Americas.
func (l *life) visit(day dates.Day, class string, kind concept, minutes int) *visit {
	v := &visit{
		id: l.dice.uuid(), day: day, minute: 9*60 + l.dice.IntN(7*60), length: minutes, class: class, kind: kind,
		doctor: l.dice.IntN(staffSize), claim: l.dice.uuid(), benefit: l.dice.uuid(), note: l.dice.uuid(), document: l.dice.uuid(),
	}
	l.visits = append(l.visits, v)
	return v
}

// arrange puts the visits in the order of time; those of one minute keep the order in which they were made.
func (l *life) arrange() {
	slices.SortStableFunc(l.visits, func(a, b *visit) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.minute, b.minute))
	})
}

// ageOn is the completed years on a day.
func (l *life) ageOn(day dates.Day) int { return dates.YearsOn(l.person.birth, day) }

// allergyList writes what the profile says of allergies.
func (l *life) allergyList() {
	day := l.routine[0].day
	switch l.profile.allergies {
	case nothingKnown:
		l.allergies = append(l.allergies, &allergy{l.dice.uuid(), noKnownAllergy, "", day})
	case someAllergies:
		for _, i := range l.dice.Perm(len(allergens))[:l.dice.between(1, 3)] {
			a := allergens[i]
			l.allergies = append(l.allergies, &allergy{l.dice.uuid(), a.code, a.category, day})
		}
	}
}

// allergens are what patients are allergic to.
var allergens = []allergy{
	{"", snomed("419474003", "Allergy to mould"), "environment", 0},
	{"", snomed("419263009", "Allergy to tree pollen"), "environment", 0},
	{"", snomed("232347008", "Dander (animal) allergy"), "environment", 0},
	{"", snomed("300913006", "Shellfish allergy"), "food", 0},
	{"", snomed("91935009", "Allergy to peanuts"), "food", 0},
	{"", snomed("300916003", "Latex allergy"), "environment", 0},
}
