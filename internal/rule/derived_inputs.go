package rule

import (
	"math"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/verdict"
)

// ends gives the interval of a result in the formula's unit. Nothing that a formula takes is below zero.
func (e *Evaluator) ends(in *boundInput, f *chart.Fact) (lo, hi float64) {
	lo, hi = e.inUnit(in, f, f.Value), math.Inf(1)
	switch {
	case f.Form == chart.Interval:
		return lo, e.inUnit(in, f, f.High)
	case f.Comparator == quantity.Less || f.Comparator == quantity.LessOrEqual:
		return 0, lo
	case f.Comparator == quantity.None:
		return lo, lo
	}
	return lo, hi
}

func (e *Evaluator) inUnit(in *boundInput, f *chart.Fact, v quantity.Decimal) float64 {
	if int(f.Unit) < len(in.rounded) && in.rounded[f.Unit] != 0 {
		return v.Float64() / in.rounded[f.Unit]
	}
	x, ok := in.leaf.units[f.Unit].toLimit.Float64(v)
	if !ok {
		return math.NaN()
	}
	return x
}

// complete adds what does not lead - weight, height, grades, flags, age and sex - and computes.
func (e *Evaluator) complete(b *Bound, d *boundDerived) estimate {
	got := &e.derive.got
	leads := 0
	for i := range d.inputs {
		if d.inputs[i].leads() {
			leads++
		}
	}
	if leads > 1 && got.last > got.first.Add(sevenDays) {
		return estimate{there: true, why: whyDate, cause: verdict.PartialDate, fact: e.inexact(d), when: got.newest}
	}
	for i := range d.inputs {
		if open, ok := e.add(b, d, i); !ok {
			return open
		}
	}
	if d.formula.age {
		if open, ok := e.addAge(d.formula); !ok {
			return open
		}
	}
	return e.solve(d)
}

// inexact finds the input whose date is not clear.
func (e *Evaluator) inexact(d *boundDerived) uint32 {
	found := uint32(0)
	for i := range d.inputs {
		for _, n := range e.derive.got.facts[i] {
			if found = n; !e.chart.Facts[n].Begin.Exact() {
				return n
			}
		}
	}
	return found
}

// add draws one input that does not lead.
func (e *Evaluator) add(b *Bound, d *boundDerived, i int) (open estimate, ok bool) {
	in := &d.inputs[i]
	switch {
	case in.kind == dialysed:
		e.addDialysis(b, i, in)
	case in.kind == diagnosedFlag:
		e.addFlag(b, i, in)
	case in.kind == graded:
		e.addGrade(i, in)
	case !in.leads():
		return e.accompany(i, in)
	}
	return estimate{}, true
}

// accompany draws the newest weight or height that lies close enough to the inputs that lead, before or after them.
func (e *Evaluator) accompany(i int, in *boundInput) (open estimate, ok bool) {
	k := &e.derive
	event := e.frame.on
	e.frame.on = false
	e.read(in.leaf, dates.Window{From: dates.Min, To: dates.Max}, e.gather(&in.leaf.picked, chart.Result))
	e.frame.on = event
	k.of[i] = k.of[i][:0]
	for _, r := range e.readings {
		if r.in = e.close(in, r.when); r.in != dates.No {
			k.of[i] = append(k.of[i], r)
		}
	}
	switch {
	case len(k.of[i]) > 0:
		return e.draw(i, in, k.of[i])
	case len(e.readings) > 0:
		return estimate{why: whyApart, slot: i}, false
	}
	return estimate{why: whyMissing, slot: i}, false
}

// close tells whether a time lies close enough to the inputs that lead.
func (e *Evaluator) close(in *boundInput, w dates.When) dates.Truth {
	p, got := sevenDays, &e.derive.got
	switch {
	case !w.Known():
		return dates.Maybe
	case in.apart == ninetyDays:
		p = weightDays
	case in.apart == adultHeight && e.grownUpOn(w.From):
		p = heightTime
	}
	switch {
	case got.last.Sub(p) <= w.From && w.To <= got.first.Add(p):
		return dates.Yes
	case got.first.Sub(p) <= w.To && w.From <= got.last.Add(p):
		return dates.Maybe
	}
	return dates.No
}

func (e *Evaluator) grownUpOn(d dates.Day) bool {
	birth := e.chart.Person.Birth
	return birth.Known() && dates.YearsOn(birth.To, d) >= grownUp
}

// addDialysis sets the flag if there were two days with dialysis in the week up to the sample, or none: one leaves it open.
func (e *Evaluator) addDialysis(b *Bound, i int, in *boundInput) {
	got := &e.derive.got
	w := dates.Window{From: got.first.Sub(sevenDays), To: got.last}
	e.points, e.maybe = e.points[:0], e.maybe[:0]
	for _, n := range e.gather(&in.leaf.picked, chart.Procedure) {
		f := &e.chart.Facts[n]
		done, inside := happened(f), w.Touches(f.Begin.Seen(e.seen), endOf(f))
		switch {
		case done == dates.No || inside == dates.No || f.Flags.Has(chart.Repeat):
		case done == dates.Yes && inside == dates.Yes && f.Begin.Exact():
			e.points = append(e.points, f.Begin.From)
			got.facts[i] = append(got.facts[i], n)
		default:
			e.maybe = append(e.maybe, n)
			got.facts[i] = append(got.facts[i], n)
		}
	}
	words := 0
	for _, n := range e.uncoded {
		if f := &e.chart.Facts[n]; f.Kind == chart.Procedure && w.Touches(f.Begin.Seen(e.seen), endOf(f)) != dates.No {
			words++
			got.facts[i] = append(got.facts[i], n)
		}
	}
	switch cause, _ := e.wouldHave(b, in.leaf, w); {
	case distinct(e.points) >= 2:
		got.lo[i], got.hi[i] = 1, 1
	case len(e.points)+len(e.maybe) > 0:
		e.open(i, verdict.SourcesConflict)
	case words > 0:
		e.open(i, verdict.NoteOnly)
	case cause != verdict.NoCause:
		e.open(i, cause)
	default:
		got.silent[i] = true
	}
}

func endOf(f *chart.Fact) dates.When {
	if f.End.Known() {
		return f.End
	}
	return f.Begin
}

// distinct counts the days of a sorted list.
func distinct(days []dates.Day) int {
	n := 0
	for i, d := range days {
		if i == 0 || d != days[i-1] {
			n++
		}
	}
	return n
}

// open leaves a flag open.
func (e *Evaluator) open(i int, cause verdict.Cause) {
	got := &e.derive.got
	got.lo[i], got.hi[i], got.doubt[i] = 0, 1, cause
	got.loose |= byFlag
}

// addFlag sets the flag of a diagnosis.
func (e *Evaluator) addFlag(b *Bound, i int, in *boundInput) {
	got := &e.derive.got
	if in.leaf == nil {
		e.open(i, verdict.NeverRecorded)
		return
	}
	switch part := e.judgePart(b, in.leaf); part.Verdict {
	case verdict.Met:
		got.lo[i], got.hi[i] = 1, 1
		got.facts[i] = append(got.facts[i], part.Facts...)
	case verdict.Unknown:
		e.open(i, part.Cause)
		got.facts[i] = append(got.facts[i], part.Facts...)
	default:
		got.silent[i] = part.Basis == verdict.Silence
	}
}

// judgePart asks a diagnosis of a formula, leaving the leaf at hand as it is.
func (e *Evaluator) judgePart(b *Bound, part *boundLeaf) verdict.Leaf {
	kept, event := e.leaf, e.frame.on
	e.leaf, e.frame.on = verdict.Leaf{}, false
	judgeDiagnosis(e, b, part)
	if part.picked.unloaded {
		e.unloaded(part)
	}
	answer := e.leaf
	e.leaf, e.frame.on = kept, event
	return answer
}

// addGrade draws the newest grade within 7 days of the inputs that lead. What is not on record, or not understood, may be
// any grade.
func (e *Evaluator) addGrade(i int, in *boundInput) {
	got := &e.derive.got
	got.lo[i], got.hi[i] = 1, 3
	var newest dates.When
	if in.leaf != nil {
		for _, n := range e.gather(&in.leaf.picked, chart.Result) {
			f := &e.chart.Facts[n]
			when := f.Begin.Seen(e.seen)
			if f.Status == chart.Cancelled || e.close(in, when) != dates.Yes {
				continue
			}
			tied := newest.Known() && when.Compare(newest) == dates.Tied
			lo, hi := e.grade(in, f)
			if tied {
				lo, hi = min(lo, got.lo[i]), max(hi, got.hi[i])
			} else {
				got.facts[i] = got.facts[i][:0]
			}
			newest, got.lo[i], got.hi[i] = when, lo, hi
			got.facts[i] = append(got.facts[i], n)
		}
	}
	if got.lo[i] != got.hi[i] {
		got.loose |= byGrade
	}
}

// grade reads a result's answer: the first of its scale gives 1 point, the second 2, all further ones 3.
func (e *Evaluator) grade(in *boundInput, f *chart.Fact) (lo, hi float64) {
	if place, ok := e.answered(in, f); ok && f.Status == chart.Final {
		points := float64(min(place, 2) + 1)
		return points, points
	}
	return 1, 3
}

// answered gives the place of a result's answer on the scale of its set.
func (e *Evaluator) answered(in *boundInput, f *chart.Fact) (place int, ok bool) {
	switch f.Form {
	case chart.Number:
		if f.Comparator == quantity.None {
			return in.leaf.Set.AnswerOfNumber(f.Value)
		}
	case chart.Coded:
		for _, id := range e.chart.CodesIn(f.Answer) {
			if place, ok := in.answers[id]; ok {
				return place, true
			}
		}
	}
	return 0, false
}

// addAge adds the age on the day of the sample, as the laboratory would.
func (e *Evaluator) addAge(f *formula) (open estimate, ok bool) {
	got, birth := &e.derive.got, e.chart.Person.Birth
	if !birth.Known() || birth.From > got.last {
		return estimate{there: true, why: whyNoAge, cause: verdict.NeverRecorded, when: got.newest}, false
	}
	got.young = dates.YearsOn(min(birth.To, got.first), got.first)
	got.old = dates.YearsOn(birth.From, got.last)
	if f.adult && got.young < grownUp {
		cause := verdict.NeverRecorded
		if got.old >= grownUp {
			cause = verdict.PartialDate
		}
		return estimate{there: true, why: whyYoung, cause: cause, when: got.newest}, false
	}
	got.lo[ageAt], got.hi[ageAt] = float64(got.young), float64(got.old)
	if got.young != got.old {
		got.loose |= byBirth
	}
	return estimate{}, true
}

// solve computes for each sex that the patient may be of, and decides if they agree.
func (e *Evaluator) solve(d *boundDerived) estimate {
	got := &e.derive.got
	est := estimate{there: true, when: got.newest, basis: verdict.Derived, sexes: [2]bool{true, false}}
	if d.formula.sex {
		est.sexes[0], est.sexes[1] = sexes(&e.chart.Person)
	}
	first := true
	for s, asked := range est.sexes {
		if !asked {
			continue
		}
		v := e.derive.compute(d, s == 1)
		if v.point() && e.implausible(d, v.lo) {
			est.value[s] = v
			est.holds, est.why, est.cause = dates.Maybe, whyImplausible, verdict.Implausible
			return est
		}
		e.settleExactly(d, got, s == 1, &v)
		truth := v.holds(d.low, d.high)
		est.value[s] = v
		switch {
		case first:
			est.holds, first = truth, false
		case truth != est.holds:
			est.holds, est.why, est.cause = dates.Maybe, whySex, sexCause(&e.chart.Person)
			return est
		}
	}
	if est.holds == dates.Maybe {
		est.why, est.cause = whyLimits, got.cause()
		return est
	}
	e.weighSilence(d, &est)
	return est
}

// weighSilence marks an answer that would be open if what nothing on record denies might be there.
func (e *Evaluator) weighSilence(d *boundDerived, est *estimate) {
	got, widened := &e.derive.got, false
	for i := range d.inputs {
		if got.silent[i] {
			got.hi[i], widened = 1, true
		}
	}
	if !widened {
		return
	}
	for s, asked := range est.sexes {
		if asked {
			if v := e.derive.compute(d, s == 1); v.holds(d.low, d.high) != est.holds {
				est.basis = verdict.Silence
			}
		}
	}
	for i := range d.inputs {
		if got.silent[i] {
			got.hi[i] = 0
		}
	}
}

// implausible tells that a computed value lies outside what is plausible for it.
func (e *Evaluator) implausible(d *boundDerived, v float64) bool {
	return d.least != nil && v < d.least.at || d.most != nil && v > d.most.at
}
