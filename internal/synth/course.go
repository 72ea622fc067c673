package synth

import "prescreen/internal/dates"

// course is one disease as a chain of stages: each is reached some time after the one before, or not at all.
type course struct {
	stages []stage
}

// stage is what a disease brings onto the record when it gets there.
type stage struct {
	wait       span     // days since the stage before
	chance     int      // in a hundred, of those in the stage before; 0 is all
	state      concept  // the diagnosis written down, if any
	lasts      span     // days until it is over; zero is for life
	where      setting  // the visit at which it is met
	drugs      []dosing // from then on
	procedures []concept
	effects    []effect
	tests      tests // taken at routine visits from then on
	plan       concept
	advice     []concept
	echo       bool // an echocardiogram measures the ejection fraction
	imaging    bool
}

// span is a number of days from lo to hi.
type span struct{ lo, hi int }

// effect is a lasting change of a measure, in thousandths of its unit.
type effect struct {
	of measure
	by int64
}

// setting is the kind of visit at which a stage is met.
type setting uint8

const (
	atRoutine setting = iota // at the next routine visit
	atOffice
	atEmergency
	atHospital
)

// dosing is a drug and how it is taken.
type dosing struct {
	drug     concept
	times    int // a day
	days     int // of a short course; 0 goes on
	asNeeded bool
}

// begun is a course that began so many days before the as-of day; stages limits how far it goes (0: as it comes).
type begun struct {
	course course
	ago    int
	stages int
}

// follow lets a course run from its beginning to the last day of the record.
func (l *life) follow(b begun) {
	day := back(l.asOf, b.ago)
	for i, s := range b.course.stages {
		day += dates.Day(l.dice.between(s.wait.lo, s.wait.hi))
		limited := b.stages > 0
		if limited && i >= b.stages || day > l.end {
			return
		}
		if s.chance > 0 && !limited && !l.dice.percent(s.chance) {
			return
		}
		l.enter(day, s)
	}
}

// enter writes a stage onto the record.
func (l *life) enter(day dates.Day, s stage) {
	v := l.visitFor(day, s.where)
	var p *problem
	if s.state.code != "" {
		p = l.diagnose(v, s.state, day, s.lasts)
	}
	for _, t := range s.drugs {
		l.regimens = append(l.regimens, regimen{dosing: t, from: v, reason: p})
	}
	for _, c := range s.procedures {
		v.procedures = append(v.procedures, &procedure{id: l.dice.uuid(), code: c, reason: p, minutes: l.dice.between(10, 60)})
	}
	for _, e := range s.effects {
		l.body.shifts = append(l.body.shifts, shift{day, e.of, e.by})
	}
	if s.tests != 0 {
		l.wanted = append(l.wanted, wanted{day, s.tests})
	}
	if s.plan.code != "" {
		v.plans = append(v.plans, &plan{id: l.dice.uuid(), team: l.dice.uuid(), code: s.plan, reason: p, activities: s.advice})
	}
	if s.echo {
		v.procedures = append(v.procedures, &procedure{id: l.dice.uuid(), code: echocardiography, reason: p, minutes: 40})
		l.result(v, ejection, "procedure", true)
	}
	if s.imaging && v.image == "" {
		v.image = l.dice.uuid()
	}
}

// diagnose writes a diagnosis down at a visit.
func (l *life) diagnose(v *visit, code concept, onset dates.Day, lasts span) *problem {
	p := &problem{id: l.dice.uuid(), code: code, onset: onset, clinical: "active", certainty: "confirmed", visit: v}
	if lasts.hi > 0 {
		if over := onset + dates.Day(l.dice.between(lasts.lo, lasts.hi)); over <= l.end {
			p.abated, p.clinical = over, "resolved"
		}
	}
	v.problems = append(v.problems, p)
	if v.reason == nil {
		v.reason = p
	}
	return p
}

// visitFor finds or makes the visit at which something that began on a day is met: never before the record begins.
func (l *life) visitFor(day dates.Day, where setting) *visit {
	if day < l.start {
		return l.routine[0]
	}
	switch where {
	case atEmergency:
		return l.visit(day, "EMER", emergencyVisit, l.dice.between(60, 240))
	case atHospital:
		return l.visit(day, "IMP", inpatientVisit, min(l.dice.between(1, 5), int(l.asOf-day))*1440)
	case atRoutine:
		for _, v := range l.routine {
			if v.day >= day {
				return v
			}
		}
	}
	return l.visit(day, "AMB", problemVisit, 15)
}
