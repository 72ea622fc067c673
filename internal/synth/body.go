package synth

import "prescreen/internal/dates"

// body is how a patient's measures run over the years.
type body struct {
	base   [measureCount]int64 // thousandths
	pinned [measureCount]bool  // base is what the last routine visit finds, exactly
	never  [measureCount]bool  // never measured
	shifts []shift
}

// shift is a lasting change of a measure from a day on: what a disease or its treatment does.
type shift struct {
	from dates.Day
	of   measure
	by   int64
}

// newBody draws a healthy one.
func newBody(d dice, female bool, age int) *body {
	b := &body{}
	for m := range measureCount {
		q := quantities[m]
		b.base[m] = q.typical + d.wobble(q.spread)
	}
	if female {
		b.base[height] -= 10000
		b.base[hemoglobin] -= 1000
	}
	b.base[filtration] += int64(45-age) * 600
	b.base[systolic] += int64(age-50) * 250
	return b
}

// pin fixes what the last routine visit finds.
func (b *body) pin(m measure, thousandths int64) { b.base[m], b.pinned[m] = thousandths, true }

// at gives a measure on a day, in thousandths, with the noise of the visit unless exact.
func (b *body) at(d dice, m measure, day dates.Day, exact bool) int64 {
	v := b.base[m]
	if exact && b.pinned[m] {
		return v
	}
	if !b.pinned[m] {
		for _, s := range b.shifts {
			if s.of == m && s.from <= day {
				v += s.by
			}
		}
	}
	return max(v+d.wobble(quantities[m].noise), quantities[m].noise+100)
}
