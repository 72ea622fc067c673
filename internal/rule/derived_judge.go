package rule

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// judgeDerived answers a comparison of a derived value, by the leaf's picker.
func judgeDerived(e *Evaluator, b *Bound, l *boundLeaf) {
	switch {
	case l.derived.formula.score != nil:
		e.judgeScore(b, l)
	case l.When.Pick == Latest:
		e.judgeNewest(b, l)
	default:
		e.judgeSeries(b, l)
	}
	if l.Limit != nil && l.Limit.Negate {
		e.leaf.Verdict = e.leaf.Verdict.Not()
		e.leaf.ByLast = e.leaf.ByLast.Not()
	}
}

// judgeNewest answers by the newest value, reported or computed.
func (e *Evaluator) judgeNewest(b *Bound, l *boundLeaf) {
	k := &e.derive
	k.outside = false
	e.leaf.Code = sayDerived
	if e.weighBoth(b, l, l.window(e.on)) {
		return
	}
	formula := k.formula // the reason names what is missing in the window
	if e.weighOutside(b, l) {
		return
	}
	k.formula = formula
	if n, ok := e.besides(l); ok {
		e.unknown(verdict.ResultNotUnderstood, sayDerived, n)
		return
	}
	e.unknown(verdict.NeverRecorded, sayDerived)
	e.assume(l)
}

// weighOutside asks without window and event, for what the last value would answer if it still held.
func (e *Evaluator) weighOutside(b *Bound, l *boundLeaf) bool {
	if !l.When.HasWindow && !e.frame.on {
		return false
	}
	e.frame.on = false
	if !e.weighBoth(b, l, dates.Window{From: dates.Min, To: e.on}) {
		return false
	}
	e.derive.outside = true
	e.leaf.ByLast = e.leaf.Verdict
	e.leaf.Verdict, e.leaf.Cause, e.leaf.Basis = verdict.Unknown, verdict.OutsideWindow, verdict.Record
	e.assume(l)
	return true
}

// besides finds a result that looks like the value and is none, such as a QTc by a formula not named.
func (e *Evaluator) besides(l *boundLeaf) (uint32, bool) {
	if l.derived.beside == nil {
		return 0, false
	}
	w := l.window(e.on)
	e.read(l.derived.beside, w, e.gather(&l.derived.beside.picked, chart.Result))
	if rs := e.inWindow(); len(rs) > 0 {
		return rs[len(rs)-1].fact, true
	}
	return 0, false
}

// weighBoth makes both estimates and lets one of them answer; false when there is neither.
func (e *Evaluator) weighBoth(b *Bound, l *boundLeaf, w dates.Window) bool {
	k := &e.derive
	k.formula = e.estimateNow(b, l, w)
	k.report = e.reportedNow(l, w)
	k.chosen = k.choose()
	switch k.chosen {
	case byFormula:
		e.answer(&k.formula, e.evidenceOf(l, byFormula))
	case byReport:
		e.answer(&k.report, e.evidenceOf(l, byReport))
	case byConflict:
		e.unknown(verdict.SourcesConflict, sayDerived, e.evidenceOf(l, byConflict)...)
	}
	return k.chosen != neither
}

// choose takes the reported value only if it is not older than the newest inputs. The two on different sides of the limit
// answer nothing; one that is open for itself leaves the answer to the other, unless it is the newer one.
func (k *deriving) choose() choice {
	f, r := &k.formula, &k.report
	switch {
	case !f.there && !r.there:
		return neither
	case !r.there:
		return byFormula
	case !f.there:
		return byReport
	}
	order := r.when.Compare(f.when)
	switch {
	case f.holds != dates.Maybe && r.holds != dates.Maybe && f.holds != r.holds:
		return byConflict
	case f.holds != dates.Maybe && r.bare != dates.Maybe && f.holds != r.bare && order == dates.Tied:
		return byConflict // whatever the report's unit stands for, the two do not agree
	case r.holds != dates.Maybe && (order != dates.Before || unusableInput(f.why)):
		return byReport
	case r.holds == dates.Maybe && f.holds != dates.Maybe:
		if order == dates.After || r.why == whyTwins && order == dates.Tied {
			return byReport
		}
	case r.holds == dates.Maybe && order == dates.After:
		return byReport
	}
	return byFormula
}

// unusableInput tells that the formula had nothing to compute with, so that any reported value is newer than its inputs.
func unusableInput(w whyOpen) bool {
	return w == whyUnusable || w == whyDate || w == whyNoAge || w == whyYoung || w == whyImplausible
}

// answer fills in the leaf at hand.
func (e *Evaluator) answer(est *estimate, facts []uint32) {
	switch est.holds {
	case dates.Yes:
		e.met(sayDerived, facts...)
	case dates.No:
		e.notMet(sayDerived, facts...)
	default:
		e.unknown(est.cause, sayDerived, facts...)
	}
	e.leaf.Basis = est.basis
}

// evidenceOf lists the facts that an answer rests on, in the order of the chart.
func (e *Evaluator) evidenceOf(l *boundLeaf, c choice) []uint32 {
	k := &e.derive
	k.partners = k.partners[:0]
	if c == byFormula || c == byConflict {
		for i := range l.derived.inputs {
			k.partners = append(k.partners, k.got.facts[i]...)
		}
		if w := k.formula.why; w == whyUnusable || w == whyDate {
			k.partners = append(k.partners, k.formula.fact)
		}
	}
	if c == byReport || c == byConflict {
		k.partners = append(k.partners, k.group...)
	}
	slices.Sort(k.partners)
	k.partners = slices.Compact(k.partners)
	return k.partners
}

// reportedNow asks the newest reported values; of those of one time the best formula's.
func (e *Evaluator) reportedNow(l *boundLeaf, w dates.Window) estimate {
	d, k := l.derived, &e.derive
	k.group = k.group[:0]
	if d.report == nil {
		return estimate{}
	}
	e.read(d.report, w, e.gather(&d.report.picked, chart.Result))
	rs := e.inWindow()
	if len(rs) == 0 {
		return estimate{}
	}
	e.top(rs, len(rs))
	best := form{rank: 1 << 10}
	for _, i := range e.group {
		if f := d.formOf(e.chart, rs[i].fact); rs[i].state == usable && f.before(best) {
			best = f
		}
	}
	return e.weighReported(d, rs, best)
}

func (f form) before(g form) bool { return f.rank < g.rank || f.rank == g.rank && !f.race && g.race }

// formOf tells which formula a reported value comes from.
func (d *boundDerived) formOf(c *chart.Chart, n uint32) form {
	best, found := formUnnamed, false
	for _, id := range c.CodesIn(c.Facts[n].Codes) {
		if f, ok := d.forms[id]; ok && (!found || f.before(best)) {
			best, found = f, true
		}
	}
	return best
}

func (e *Evaluator) weighReported(d *boundDerived, rs []reading, best form) estimate {
	k := &e.derive
	est := estimate{there: true, basis: verdict.Record, form: best}
	twins := false
	for _, i := range e.group {
		r := &rs[i]
		switch {
		case r.state != usable && best.rank == 1<<10:
			est.why, est.cause, est.fact, est.when = whyUnusable, r.cause, r.fact, r.when
			if f := &e.chart.Facts[r.fact]; r.cause == verdict.UnitNotConvertible && d.report.limit != nil {
				est.bare = truthOf(rangeHolds(d.report.limit, f, nil))
			}
			k.group = append(k.group[:0], r.fact)
			return est
		case r.state != usable:
			continue
		}
		if f := d.formOf(e.chart, r.fact); f.before(best) || best.before(f) {
			continue
		}
		if r.in == dates.Maybe {
			est.why, est.cause, est.fact = whyDate, verdict.PartialDate, r.fact
		}
		if len(k.group) == 0 {
			est.holds, est.when = r.holds, r.when
		} else {
			twins = twins || best.race && !e.alike(r.fact, k.group[0])
			if r.holds != est.holds {
				est.holds, est.why, est.cause = dates.Maybe, whyLimits, verdict.SameTimeResults
			}
		}
		k.group = append(k.group, r.fact)
	}
	switch {
	case twins:
		est.holds, est.why, est.cause = dates.Maybe, whyTwins, verdict.SameTimeResults
	case est.why == whyDate:
		est.holds = dates.Maybe
	case est.holds == dates.Maybe && est.why == whyNothing:
		est.why, est.cause = whyLimits, verdict.Bound
	}
	return est
}

// alike tells that two results have the same value as recorded.
func (e *Evaluator) alike(m, n uint32) bool {
	f, g := &e.chart.Facts[m], &e.chart.Facts[n]
	return f.Value.Cmp(g.Value) == 0 && f.Comparator == g.Comparator && f.Unit == g.Unit
}
