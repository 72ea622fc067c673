package rule

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// point is one of several values of a formula: computed from one result of its first input with the others nearest to it,
// or reported.
type point struct {
	fact     uint32 // of the first input, or of the report
	reported bool
	est      estimate
	at, n    int     // its facts in deriving.partners
	lo, hi   float64 // over both sexes
}

// judgeSeries answers by the values that the picker picks.
func (e *Evaluator) judgeSeries(b *Bound, l *boundLeaf) {
	w := l.window(e.on)
	if e.readPoints(b, l, w); len(e.readings) == 0 {
		e.judgeNewest(b, l) // what is missing, or lies outside
		if e.leaf.Verdict, e.leaf.ByLast = verdict.Unknown, verdict.Unknown; e.leaf.Cause == verdict.NoCause {
			e.leaf.Cause, e.leaf.Basis = verdict.NeverRecorded, verdict.Record
		}
		return
	}
	switch l.When.Pick {
	case AnyOf:
		e.anyReading(l, e.inWindow())
	case AllOf:
		e.allReadings(l, e.inWindow())
	case First:
		e.firstReading(l, e.inWindow())
	case Highest, Lowest:
		e.extremePoint(l, e.inWindow())
	default:
		e.latestPoints(l)
	}
	e.leaf.Code = sayDerived
	e.expand()
}

// readPoints makes the points of a leaf, oldest first, as readings.
func (e *Evaluator) readPoints(b *Bound, l *boundLeaf, w dates.Window) {
	k := &e.derive
	k.points, k.partners = k.points[:0], k.partners[:0]
	e.computedPoints(b, l, w)
	e.reportedPoints(l, w)
	slices.SortStableFunc(k.points, func(a, b point) int { return int(a.fact) - int(b.fact) })
	e.readings = e.readings[:0]
	for i := range k.points {
		p := &k.points[i]
		r := reading{fact: p.fact, when: p.est.when, in: e.holds(w, p.est.when), holds: p.est.holds}
		if p.est.holds == dates.Maybe {
			r.cause = p.est.cause
			if p.est.why != whyLimits && p.est.why != whySex {
				r.state = unusable
			}
		}
		e.readings = append(e.readings, r)
	}
}

// computedPoints computes once for each result of the first input.
func (e *Evaluator) computedPoints(b *Bound, l *boundLeaf, w dates.Window) {
	d, k := l.derived, &e.derive
	var all [maxSlots][]reading
	for i := range d.inputs {
		if in := &d.inputs[i]; in.leads() {
			e.read(in.leaf, w, e.gather(&in.leaf.picked, chart.Result))
			all[i] = slices.Clone(e.inWindow())
		}
	}
	for n := range all[0] {
		lead := &all[0][n]
		if lead.state == usable && !lead.when.Known() {
			lead.state, lead.cause = unusable, verdict.PartialDate
		}
		k.got.reset()
		est := e.pointAt(b, d, all, lead)
		if !est.there {
			continue // without its partners a result is no value of the formula
		}
		est.when = lead.when
		e.addPoint(d, lead.fact, est)
	}
}

// pointAt draws one result of the first input and of each other the one nearest to it.
func (e *Evaluator) pointAt(b *Bound, d *boundDerived, all [maxSlots][]reading, lead *reading) estimate {
	for i := range d.inputs {
		in := &d.inputs[i]
		if !in.leads() {
			continue
		}
		r := lead
		if i > 0 {
			r = nearest(all[i], lead.when)
		}
		switch {
		case r == nil:
			return estimate{why: whyMissing, slot: i}
		case r.state != usable:
			return estimate{there: true, why: whyUnusable, cause: r.cause, fact: r.fact, slot: i, when: lead.when}
		}
		e.take(i, in, r)
	}
	return e.complete(b, d)
}

// nearest finds the result that lies nearest to a time, at most 7 days off; of two the newer.
func nearest(rs []reading, to dates.When) *reading {
	var best *reading
	distance := int64(8 * 24 * 3600 * 1000)
	for i := range rs {
		r := &rs[i]
		if !r.when.Exact() || !to.Exact() || r.when.From > to.From.Add(sevenDays) || r.when.To < to.To.Sub(sevenDays) {
			continue
		}
		if x := apartBy(r.when, to); x <= distance {
			best, distance = r, x
		}
	}
	return best
}

// apartBy is how far two days or instants lie from each other, in milliseconds.
func apartBy(a, b dates.When) int64 {
	if a.Precision == dates.ToInstant && b.Precision == dates.ToInstant {
		return max(a.Milli-b.Milli, b.Milli-a.Milli)
	}
	return int64(max(a.From-b.From, b.From-a.From)) * 24 * 3600 * 1000
}

func (e *Evaluator) addPoint(d *boundDerived, fact uint32, est estimate) {
	k := &e.derive
	p := point{fact: fact, est: est, at: len(k.partners)}
	for i := range d.inputs {
		k.partners = append(k.partners, k.got.facts[i]...)
	}
	p.n = len(k.partners) - p.at
	first := true
	for s, asked := range est.sexes {
		switch v := est.value[s]; {
		case !asked:
		case first:
			p.lo, p.hi, first = v.lo, v.hi, false
		default:
			p.lo, p.hi = min(p.lo, v.lo), max(p.hi, v.hi)
		}
	}
	k.points = append(k.points, p)
}

// reportedPoints adds the reported values. One of the same time as a computed one takes its place, unless the two lie on
// different sides of the limit.
func (e *Evaluator) reportedPoints(l *boundLeaf, w dates.Window) {
	d, k := l.derived, &e.derive
	if d.report == nil {
		return
	}
	e.read(d.report, w, e.gather(&d.report.picked, chart.Result))
	computed := len(k.points)
	rs := e.inWindow()
	for i := range rs {
		r := &rs[i]
		est := estimate{there: true, holds: r.holds, cause: r.cause, when: r.when, basis: verdict.Record, form: d.formOf(e.chart, r.fact)}
		p := point{fact: r.fact, reported: true, est: est, at: len(k.partners), n: 1}
		k.partners = append(k.partners, r.fact)
		if r.state != usable {
			if k.tied(computed, r.when) < 0 {
				p.est.why, p.est.holds = whyUnusable, dates.Maybe
				k.points = append(k.points, p)
			}
			continue
		}
		if r.holds == dates.Maybe {
			p.est.why = whyLimits
		}
		f := &e.chart.Facts[r.fact]
		in := boundInput{input: &input{}, leaf: d.report}
		p.lo, p.hi = e.ends(&in, f)
		if n := k.tied(computed, r.when); n >= 0 {
			k.merge(n, &p)
			continue
		}
		k.points = append(k.points, p)
	}
}

// tied finds the computed point of a time; -1 for none.
func (k *deriving) tied(computed int, w dates.When) int {
	for i := range k.points[:computed] {
		if k.points[i].est.when.Known() && w.Known() && k.points[i].est.when.Compare(w) == dates.Tied {
			return i
		}
	}
	return -1
}

// merge lets a reported value stand for the computed one of its time.
func (k *deriving) merge(n int, p *point) {
	c := &k.points[n]
	switch {
	case c.est.holds != dates.Maybe && p.est.holds != dates.Maybe && c.est.holds != p.est.holds:
		c.est.holds, c.est.cause, c.est.why = dates.Maybe, verdict.SourcesConflict, whyTwins
		at := len(k.partners)
		k.partners = append(append(k.partners, k.partners[c.at:c.at+c.n]...), p.fact)
		c.at, c.n = at, c.n+1
	case p.est.holds != dates.Maybe || c.est.holds == dates.Maybe:
		*c = *p
	}
}

// extremePoint asks the highest or lowest value: the highest is at least L if any value is, and at most H if all are.
func (e *Evaluator) extremePoint(l *boundLeaf, rs []reading) {
	if !e.allUsable(l, rs) {
		return
	}
	highest := l.When.Pick == Highest
	low, high := e.overPoints(l, rs, true, highest), e.overPoints(l, rs, false, !highest)
	e.yes = e.yes[:0]
	for i := range rs {
		e.yes = append(e.yes, rs[i].fact)
	}
	switch {
	case low == dates.No || high == dates.No:
		e.notMet(sayDerived, newest(e.yes)...)
	case low == dates.Yes && high == dates.Yes:
		e.met(sayDerived, newest(e.yes)...)
	default:
		e.unknown(verdict.Bound, sayDerived, newest(e.yes)...)
	}
}

// overPoints asks one end of the limit of any or of all values.
func (e *Evaluator) overPoints(l *boundLeaf, rs []reading, lowEnd, anyOne bool) dates.Truth {
	yes, no := 0, 0
	for i := range rs {
		p := e.derive.pointOf(rs[i].fact)
		v := value{lo: p.lo, hi: p.hi}
		truth := v.beyond(l.derived.high, -1)
		if lowEnd {
			truth = v.beyond(l.derived.low, 1)
		}
		switch truth {
		case dates.Yes:
			yes++
		case dates.No:
			no++
		}
	}
	return ofAll(anyOne, yes, no, len(rs))
}

func (k *deriving) pointOf(fact uint32) *point {
	for i := range k.points {
		if k.points[i].fact == fact {
			return &k.points[i]
		}
	}
	return &point{}
}

// latestPoints asks the newest so many values, as far apart as asked, of all, any, or their average.
func (e *Evaluator) latestPoints(l *boundLeaf) {
	if l.When.Each != Average {
		e.latestN(l)
		return
	}
	rs := e.inWindow()
	if l.When.Days {
		e.averageDays(l, rs)
		return
	}
	split := e.takeNewest(l, rs)
	if len(e.group) < l.When.N {
		e.tooFew(l, rs)
		return
	}
	kept := make([]reading, 0, len(e.group))
	for _, i := range e.group {
		kept = append(kept, rs[i])
	}
	if split {
		e.unknown(verdict.SameTimeResults, sayDerived, kept[0].fact)
		return
	}
	e.averagePoints(l, kept)
}

// averageDays asks the mean of all values of the newest so many days with values.
func (e *Evaluator) averageDays(l *boundLeaf, rs []reading) {
	days, from := 0, len(rs)
	for ; from > 0; from-- {
		if first := from == len(rs) || rs[from-1].when.From != rs[from].when.From; first && days == l.When.N {
			break
		} else if first {
			days++
		}
	}
	if days < l.When.N {
		e.tooFew(l, rs)
		return
	}
	e.averagePoints(l, rs[from:])
}

// averagePoints asks the mean of values. Each was rounded by floating point, so a mean within 1e-9 of the limit is the limit.
func (e *Evaluator) averagePoints(l *boundLeaf, rs []reading) {
	if !e.allUsable(l, rs) {
		return
	}
	v := value{level: true}
	e.yes = e.yes[:0]
	for i := range rs {
		p := e.derive.pointOf(rs[i].fact)
		v.lo, v.hi = v.lo+p.lo, v.hi+p.hi
		e.yes = append(e.yes, rs[i].fact)
	}
	n := float64(len(rs))
	v.lo, v.hi = v.lo/n, v.hi/n
	switch v.holds(l.derived.low, l.derived.high) {
	case dates.Yes:
		e.met(sayDerived, newest(e.yes)...)
	case dates.No:
		e.notMet(sayDerived, newest(e.yes)...)
	default:
		e.unknown(verdict.Bound, sayDerived, newest(e.yes)...)
	}
}

// expand puts all inputs of the points that decide into the evidence, and finds the basis: of computed values derived, and
// silence where nothing on record was needed.
func (e *Evaluator) expand() {
	k := &e.derive
	all := append(e.maybe[:0], e.leaf.Facts...)
	for _, n := range e.leaf.Facts {
		p := k.pointOf(n)
		all = append(all, k.partners[p.at:p.at+p.n]...)
		if decided := e.leaf.Verdict != verdict.Unknown; decided && p.est.basis == verdict.Silence {
			e.leaf.Basis = verdict.Silence
		} else if decided && e.leaf.Basis == verdict.Record {
			e.leaf.Basis = p.est.basis
		}
	}
	slices.Sort(all)
	e.maybe = slices.Compact(all)
	e.leaf.Facts = e.evidence(e.maybe...)
}
