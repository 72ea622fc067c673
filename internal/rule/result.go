package rule

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/verdict"
)

// state is what a result is good for.
type state uint8

const (
	usable state = iota
	unusable
)

// reading is one result of a leaf's set: whether it can be used, whether it lies in the window, and how its value
// compares with the limit.
type reading struct {
	fact  uint32
	when  dates.When
	state state
	cause verdict.Cause // why it is unusable, or why holds is open
	in    dates.Truth
	holds dates.Truth
	// doubt is why it is open whether it counts, where that is not a date; answer is its place among a set's answers.
	doubt  verdict.Cause
	answer int
}

// blur gives the cause and the reason that it is open whether a reading counts.
func (r *reading) blur() (verdict.Cause, verdict.Code) {
	if r.doubt != verdict.NoCause {
		return r.doubt, sayPlaceUnknown
	}
	return verdict.PartialDate, sayPartialDate
}

// judgeResult answers a comparison of a laboratory result or vital sign, by the leaf's picker.
func judgeResult(e *Evaluator, b *Bound, l *boundLeaf) {
	w := l.window(e.on)
	e.read(l, w, e.gather(&l.picked, chart.Result))
	switch l.When.Pick {
	case AnyOf:
		e.anyReading(l, e.inWindow())
	case AllOf:
		e.allReadings(l, e.inWindow())
	case Highest, Lowest:
		e.extreme(l, e.inWindow())
	case First:
		e.firstReading(l, e.inWindow())
	case LatestN:
		e.latestN(l)
	default:
		if l.When.Each == Average {
			e.average(l, e.inWindow())
		} else {
			e.latest(l)
		}
	}
	if l.Limit != nil && l.Limit.Negate {
		e.leaf.Verdict = e.leaf.Verdict.Not()
		e.leaf.ByLast = e.leaf.ByLast.Not()
	}
}

// read takes the facts of the set, oldest first, leaving out repeats and what is skipped.
func (e *Evaluator) read(l *boundLeaf, w dates.Window, facts []uint32) {
	e.readings = e.readings[:0]
	for _, n := range e.withUnread(facts) {
		f := &e.chart.Facts[n]
		if f.Flags.Has(chart.Repeat) {
			continue
		}
		r := reading{fact: n, when: f.Begin.Seen(e.seen)}
		if f.Status == chart.Cancelled || f.Flags.Has(chart.NotDone) {
			continue // as if it were not there
		}
		if r.in = e.holds(w, r.when); l.When.Place != Anywhere && r.in != dates.No {
			switch place := placed(l, f); {
			case place == dates.No:
				continue
			case place == dates.Maybe && r.in == dates.Yes:
				r.in, r.doubt = dates.Maybe, verdict.ResultNotUnderstood
			}
		}
		if r.in != dates.No {
			e.judgeReading(l, &r, f)
		}
		e.readings = append(e.readings, r)
	}
}

// judgeReading tells what a result is good for and how it compares. Those outside the window are judged only when the
// last of them is asked for.
func (e *Evaluator) judgeReading(l *boundLeaf, r *reading, f *chart.Fact) {
	if f.Flags.Has(chart.UnknownModifier) {
		r.state, r.cause = unusable, verdict.ResultNotUnderstood
		return
	}
	if l.special {
		e.judgeSpecial(l, r, f)
		return
	}
	if r.state, r.cause = l.use(f); r.state != usable {
		return
	}
	if r.holds = l.holds(f); r.holds == dates.Maybe {
		r.cause = verdict.Bound
	}
}

// use tells whether a result could answer at all.
func (m *measure) use(f *chart.Fact) (state, verdict.Cause) {
	if f.Status != chart.Final {
		return unusable, verdict.ResultNotUnderstood
	}
	switch f.Form {
	case chart.Number, chart.Interval:
	default:
		return unusable, verdict.ResultNotUnderstood
	}
	if int(f.Unit) >= len(m.units) || !m.units[f.Unit].accepted {
		return unusable, verdict.UnitNotConvertible
	}
	if f.Flags.Has(chart.Conflicting) {
		return unusable, verdict.SourcesConflict
	}
	return usable, verdict.NoCause
}

// holds asks the limit of a usable result; with none, being usable is the answer.
func (m *measure) holds(f *chart.Fact) dates.Truth {
	if m.limit == nil {
		return dates.Yes
	}
	return truthOf(rangeHolds(m.limit, f, m.units[f.Unit].toLimit))
}

// use adds the plausible range of the set to what a measure checks.
func (l *boundLeaf) use(f *chart.Fact) (state, verdict.Cause) {
	st, cause := l.measure.use(f)
	if st != usable || l.Set.Analyte == nil || l.Set.Analyte.Plausible == nil {
		return st, cause
	}
	if rangeHolds(l.Set.Analyte.Plausible, f, l.units[f.Unit].plausible) == quantity.No {
		return unusable, verdict.Implausible
	}
	return usable, verdict.NoCause
}

func rangeHolds(r *quantity.Range, f *chart.Fact, conv *quantity.Conversion) quantity.Truth {
	if f.Form == chart.Interval {
		return r.HoldsInterval(&quantity.Bound{Value: f.Value}, &quantity.Bound{Value: f.High}, conv)
	}
	return r.Holds(f.Value, f.Comparator, conv)
}

func truthOf(t quantity.Truth) dates.Truth { return dates.Truth(t) }

// inWindow gives the readings that lie or may lie in the window.
func (e *Evaluator) inWindow() []reading {
	e.inside = e.inside[:0]
	for i := range e.readings {
		if e.readings[i].in != dates.No {
			e.inside = append(e.inside, e.readings[i])
		}
	}
	return e.inside
}

// nothing is the silence of results: unknown, with the last value outside the window where there is one.
func (e *Evaluator) nothing(l *boundLeaf) {
	for i := len(e.readings) - 1; i >= 0; i-- {
		r := &e.readings[i]
		if r.in == dates.No {
			e.judgeReading(l, r, &e.chart.Facts[r.fact])
		}
		if r.state != usable {
			continue
		}
		e.unknown(verdict.OutsideWindow, sayOutside, r.fact)
		e.leaf.ByLast = verdictOf(r.holds)
		e.assume(l)
		return
	}
	if n := len(e.readings); n > 0 && e.readings[n-1].in != dates.No {
		r := &e.readings[n-1]
		e.unknown(r.cause, causeCode(r.cause), r.fact)
		return
	}
	e.unknown(verdict.NeverRecorded, sayNever)
	e.assume(l)
}

func verdictOf(t dates.Truth) verdict.Verdict {
	return [...]verdict.Verdict{dates.Maybe: verdict.Unknown, dates.Yes: verdict.Met, dates.No: verdict.NotMet}[t]
}

// latest asks the newest result in the window. One that may or may not lie in the window decides only if the answer is
// the same without it.
func (e *Evaluator) latest(l *boundLeaf) {
	rest := e.inWindow()
	if len(rest) == 0 {
		e.nothing(l)
		return
	}
	e.newestOf(l, rest)
	first := e.leaf
	for e.leaf.Verdict == first.Verdict {
		if first.Verdict == verdict.Unknown || !e.groupInDoubt(rest) {
			e.leaf = first
			return
		}
		if rest = e.withoutDoubted(rest); len(rest) == 0 {
			break
		}
		e.newestOf(l, rest)
	}
	rest = e.inWindow()
	cause, code := verdict.PartialDate, verdict.Code(sayPartialDate)
	for i := range rest {
		if rest[i].doubt != verdict.NoCause {
			cause, code = rest[i].blur()
		}
	}
	e.leaf.Verdict, e.leaf.Cause, e.leaf.Code, e.leaf.Facts = verdict.Unknown, cause, code, first.Facts
}

// groupInDoubt tells that one of the newest readings may not lie in the window.
func (e *Evaluator) groupInDoubt(rs []reading) bool {
	for _, n := range e.group {
		if rs[n].in == dates.Maybe {
			return true
		}
	}
	return false
}

// withoutDoubted leaves out those of the newest readings that may not lie in the window.
func (e *Evaluator) withoutDoubted(rs []reading) []reading {
	kept, at := rs[:0], 0
	for i := range rs {
		for at < len(e.group) && int(e.group[at]) < i {
			at++
		}
		newest := at < len(e.group) && int(e.group[at]) == i
		if !newest || rs[i].in != dates.Maybe {
			kept = append(kept, rs[i])
		}
	}
	return kept
}

// newestOf judges the newest of some readings, with all that tie with it: usable ones before unusable ones of the same
// time. The positions that were asked are left in Evaluator.group.
func (e *Evaluator) newestOf(l *boundLeaf, rs []reading) {
	e.top(rs, len(rs))
	open := rs[e.group[0]]
	usableOnes := 0
	for _, i := range e.group {
		if rs[i].state == usable {
			usableOnes++
		} else {
			open = rs[i]
		}
	}
	if usableOnes == 0 {
		e.newerUnusable(l, rs, open)
		return
	}
	kept := e.group[:0]
	for _, i := range e.group {
		if rs[i].state == usable {
			kept = append(kept, i)
		}
	}
	e.group = kept
	e.agree(rs)
}

// top finds the readings that none of the first n is newer than.
func (e *Evaluator) top(rs []reading, n int) {
	e.group = e.group[:0]
	for i := n - 1; i >= 0; i-- {
		newest := true
		for j := 0; j < n && newest; j++ {
			newest = j == i || !rs[i].when.Known() || !rs[j].when.Known() || rs[j].when.Compare(rs[i].when) != dates.After
		}
		if newest {
			e.group = append(e.group, uint32(i))
		}
		if len(e.group) > 0 && rs[i].when.Exact() && !newest {
			break // sorted by day: everything older is older still
		}
	}
	reverse(e.group)
}

func reverse(s []uint32) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}

// newerUnusable tells that the newest result cannot be used, naming it and the last usable one.
func (e *Evaluator) newerUnusable(l *boundLeaf, rs []reading, open reading) {
	for i := len(rs) - 1; i >= 0; i-- {
		if rs[i].state == usable {
			e.unknown(open.cause, sayNewerUnusable, open.fact, rs[i].fact)
			return
		}
	}
	e.unknown(open.cause, causeCode(open.cause), open.fact)
}

// agree decides by the readings of the group if all answer the same.
func (e *Evaluator) agree(rs []reading) {
	e.yes = e.yes[:0]
	first := rs[e.group[0]]
	same := true
	for _, i := range e.group {
		e.yes = append(e.yes, rs[i].fact)
		same = same && rs[i].holds == first.holds
	}
	switch {
	case !same:
		e.unknown(verdict.SameTimeResults, saySameTime, newest(e.yes)...)
	case first.holds == dates.Yes:
		e.met(sayValue, newest(e.yes)...)
	case first.holds == dates.No:
		e.notMet(sayValue, newest(e.yes)...)
	case first.cause == verdict.NoReferenceRange:
		e.unknown(first.cause, causeCode(first.cause), newest(e.yes)...)
	default:
		e.unknown(verdict.Bound, sayBound, newest(e.yes)...)
	}
}
