package synth

import (
	"strconv"

	"prescreen/internal/dates"
)

// newest finds the newest result of a measure, components included.
func (l *life) newest(m measure) (found *result) {
	for _, v := range l.visits {
		for _, r := range v.results {
			for _, one := range append([]*result{r}, r.parts...) {
				if one.of == m && len(one.parts) == 0 && one.code.code == m.codeFor(l.style).code {
					found = one
				}
			}
		}
	}
	return found
}

// on makes a quirk of a change to the newest result of a measure; nothing happens where there is none.
func on(m measure, change func(*life, *result)) quirk {
	return func(l *life) {
		if r := l.newest(m); r != nil {
			change(l, r)
		}
	}
}

// unitless leaves the unit out, as some interfaces do.
func unitless(m measure) quirk { return on(m, func(_ *life, r *result) { r.noUnit = true }) }

// inUnit writes the same finding in another unit: factor and offset in thousandths of the value as it stands.
func inUnit(m measure, unit string, places int, convert func(thousandths int64) int64) quirk {
	return on(m, func(l *life, r *result) {
		r.value, r.unit = number(decimal(convert(thousandths(r.value)), places)), unit
	})
}

// ifccUnit writes HbA1c as the IFCC does; the master equation is NGSP = 0.09148 IFCC + 2.152
// (https://ngsp.org/ifcc.asp).
func ifccUnit() quirk {
	return inUnit(hba1c, "mmol/mol", 0, func(v int64) int64 { return (v - 2152) * 100000 / 9148 })
}

// molarGlucose writes fasting glucose in mmol/L; glucose is 180.156 g/mol.
func molarGlucose(m measure) quirk {
	return inUnit(m, "mmol/L", 1, func(v int64) int64 { return v * 10000 / 180156 })
}

// molarCreatinine writes creatinine in umol/L; creatinine is 113.12 g/mol.
func molarCreatinine() quirk {
	return inUnit(creatinine, "umol/L", 0, func(v int64) int64 { return v * 1000000 / 11312 })
}

// bounded writes a value as a half-line.
func bounded(m measure, comparator, value string) quirk {
	return on(m, func(_ *life, r *result) { r.comparator, r.value = comparator, number(value) })
}

// preliminary marks the newest result as not final.
func preliminary(m measure) quirk {
	return on(m, func(_ *life, r *result) { r.status = "preliminary" })
}

// missing puts a reason in the place of the value.
func missing(m measure, reason string) quirk {
	return on(m, func(_ *life, r *result) { r.absent, r.value = reason, "" })
}

// twin adds another value of the same time.
func twin(m measure, value string) quirk {
	return on(m, func(l *life, r *result) {
		other := *r
		other.id, other.value = l.dice.uuid(), number(value)
		r.visit.results = append(r.visit.results, &other)
	})
}

// vague writes the onset of a diagnosis with so many characters of its date: 4 for the year, 7 for the month.
func vague(code concept, characters int) quirk {
	return func(l *life) {
		for _, v := range l.visits {
			for _, p := range v.problems {
				if p.code == code {
					p.onsetText = p.onset.String()[:characters]
				}
			}
		}
	}
}

// states writes one more code onto the problem list at the last routine visit, with that certainty.
func states(code concept, certainty string) quirk {
	return func(l *life) {
		v := l.routine[len(l.routine)-1]
		p := l.diagnose(v, code, v.day, span{})
		p.certainty = certainty
	}
}

// forgotten is an order that nobody ended: still active years after.
func forgotten(drug concept) quirk {
	return func(l *life) { l.order(regimen{dosing: dosing{drug: drug, times: 1}}, l.routine[0]) }
}

// opposes refuses research.
func opposes(l *life) { l.opposed = &optOut{l.dice.uuid(), back(l.asOf, 300)} }

// takesPart is a subject of a trial that began so many days ago.
func takesPart(registry, title string, ago int) quirk {
	return func(l *life) {
		l.enrolled = &enrolment{l.dice.uuid(), l.dice.uuid(), registry, title, back(l.asOf, ago)}
	}
}

// done adds a procedure of so many days ago, and again every so many days since.
func done(code concept, ago, every int) quirk {
	return func(l *life) {
		for day := back(l.asOf, ago); day <= l.end; day += dates.Day(every) {
			v := l.visit(day, "AMB", followUpVisit, 240)
			v.procedures = append(v.procedures, &procedure{id: l.dice.uuid(), code: code, minutes: 240})
		}
	}
}

// thousandths reads what decimal wrote; digits beyond the third are dropped.
func thousandths(n number) int64 {
	whole, frac := string(n), "000"
	for i, c := range n {
		if c == '.' {
			whole, frac = string(n[:i]), (string(n[i+1:]) + "000")[:3]
			break
		}
	}
	v, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		panic("synth: a value that is no number")
	}
	return v
}
