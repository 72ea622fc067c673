package rule

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/verdict"
)

// anyReading is met by one value that holds, else open by one that cannot be used.
func (e *Evaluator) anyReading(l *boundLeaf, rs []reading) {
	if len(rs) == 0 {
		e.nothing(l)
		return
	}
	e.yes, e.maybe = e.yes[:0], e.maybe[:0]
	open := noneSure(rs)
	for i := range rs {
		r := &rs[i]
		switch {
		case r.state == usable && r.holds == dates.Yes && r.in == dates.Yes:
			e.yes = append(e.yes, r.fact)
		case r.state == usable && r.holds == dates.No:
		default:
			open = r
		}
	}
	switch {
	case len(e.yes) > 0:
		e.met(sayAny, newest(e.yes)...)
	case open != nil:
		e.doubtful(open)
	default:
		e.notMet(sayAny, rs[len(rs)-1].fact)
	}
}

// allReadings is not met by one value that does not hold, else open by one that cannot be used.
func (e *Evaluator) allReadings(l *boundLeaf, rs []reading) {
	if len(rs) == 0 {
		e.nothing(l)
		return
	}
	e.yes = e.yes[:0]
	open := noneSure(rs)
	for i := range rs {
		r := &rs[i]
		switch {
		case r.state == usable && r.holds == dates.No && r.in == dates.Yes:
			e.yes = append(e.yes, r.fact)
		case r.state == usable && r.holds == dates.Yes:
		default:
			open = r
		}
	}
	switch {
	case len(e.yes) > 0:
		e.notMet(sayAll, newest(e.yes)...)
	case open != nil:
		e.doubtful(open)
	default:
		for i := range rs {
			e.yes = append(e.yes, rs[i].fact)
		}
		e.met(sayAll, newest(e.yes)...)
	}
}

// noneSure gives the newest reading where none lies in the window for certain, so that there may be nothing in it.
func noneSure(rs []reading) *reading {
	for i := range rs {
		if rs[i].in == dates.Yes {
			return nil
		}
	}
	return &rs[len(rs)-1]
}

// doubtful leaves the leaf open because of one reading.
func (e *Evaluator) doubtful(r *reading) {
	cause, code := r.cause, causeCode(r.cause)
	if r.state == usable && r.holds != dates.Maybe { // its value is clear; whether it lies in the window is not
		cause, code = r.blur()
	}
	e.unknown(cause, code, r.fact)
}

// allUsable tells that every reading is usable and surely in the window; else the leaf is left open.
func (e *Evaluator) allUsable(l *boundLeaf, rs []reading) bool {
	if len(rs) == 0 {
		e.nothing(l)
		return false
	}
	for i := len(rs) - 1; i >= 0; i-- {
		if rs[i].state != usable {
			e.unknown(rs[i].cause, causeCode(rs[i].cause), rs[i].fact)
			return false
		}
		if rs[i].in == dates.Maybe {
			cause, code := rs[i].blur()
			e.unknown(cause, code, rs[i].fact)
			return false
		}
	}
	return true
}

// extreme asks the highest or lowest value, without putting the values in order: the highest is at least L if any value
// is, and at most H if all are. So values in different units and half-lines such as "<5" need no common scale.
func (e *Evaluator) extreme(l *boundLeaf, rs []reading) {
	if !e.allUsable(l, rs) {
		return
	}
	highest := l.When.Pick == Highest
	if l.answers != nil {
		e.extremeAnswer(rs, highest)
		return
	}
	low, high := dates.Yes, dates.Yes
	if l.limit != nil && l.limit.Low != nil {
		low = e.over(l, rs, &quantity.Range{Low: l.limit.Low}, highest)
	}
	if l.limit != nil && l.limit.High != nil {
		high = e.over(l, rs, &quantity.Range{High: l.limit.High}, !highest)
	}
	e.outermost(l, rs, highest)
	switch {
	case low == dates.No || high == dates.No:
		e.notMet(sayValue, newest(e.yes)...)
	case low == dates.Yes && high == dates.Yes:
		e.met(sayValue, newest(e.yes)...)
	default:
		e.unknown(verdict.Bound, sayBound, newest(e.yes)...)
	}
}

// outermost leaves the highest or lowest readings in Evaluator.yes, for evidence and for what is asked around their time. A
// half-line or a recorded range has no place in the order, so with one among them all are named.
func (e *Evaluator) outermost(l *boundLeaf, rs []reading, highest bool) {
	e.yes = e.yes[:0]
	var best quantity.Ratio
	for i := range rs {
		f := &e.chart.Facts[rs[i].fact]
		v, ok := l.units[f.Unit].toLimit.Exact(f.Value)
		if !ok || f.Form != chart.Number || f.Comparator != quantity.None {
			e.yes = e.yes[:0]
			for k := range rs {
				e.yes = append(e.yes, rs[k].fact)
			}
			return
		}
		order := v.Cmp(best)
		switch {
		case i == 0 || order > 0 && highest || order < 0 && !highest:
			best, e.yes = v, append(e.yes[:0], rs[i].fact)
		case order == 0:
			e.yes = append(e.yes, rs[i].fact)
		}
	}
}

// over asks one-sided limits of any or of all values.
func (e *Evaluator) over(l *boundLeaf, rs []reading, r *quantity.Range, anyOne bool) dates.Truth {
	yes, no := 0, 0
	for i := range rs {
		f := &e.chart.Facts[rs[i].fact]
		switch e.within(l, r, f) {
		case dates.Yes:
			yes++
		case dates.No:
			no++
		}
	}
	return ofAll(anyOne, yes, no, len(rs))
}

// ofAll tells whether any one, or else each, of n answers is yes, given how many are yes and how many no.
func ofAll(anyOne bool, yes, no, n int) dates.Truth {
	switch {
	case anyOne && yes > 0, !anyOne && yes == n:
		return dates.Yes
	case anyOne && no == n, !anyOne && no > 0:
		return dates.No
	}
	return dates.Maybe
}

// firstReading asks the oldest result in the window; any that cannot be used leaves it open.
func (e *Evaluator) firstReading(l *boundLeaf, rs []reading) {
	if !e.allUsable(l, rs) {
		return
	}
	e.group = e.group[:0]
	for i := range rs {
		oldest := true
		for j := range rs {
			oldest = oldest && (j == i || rs[j].when.Compare(rs[i].when) != dates.Before)
		}
		if oldest {
			e.group = append(e.group, uint32(i))
		}
	}
	e.agree(rs)
}

// average asks the mean of the readings, exactly; a half-line has none.
func (e *Evaluator) average(l *boundLeaf, rs []reading) {
	if !e.allUsable(l, rs) {
		return
	}
	values := make([]quantity.Ratio, 0, len(rs))
	e.yes = e.yes[:0]
	for i := range rs {
		f := &e.chart.Facts[rs[i].fact]
		v, ok := l.units[f.Unit].toLimit.Exact(f.Value)
		if !ok || f.Form != chart.Number || f.Comparator != quantity.None {
			e.unknown(verdict.Bound, sayBound, rs[i].fact)
			return
		}
		values = append(values, v)
		e.yes = append(e.yes, rs[i].fact)
	}
	mean, _ := quantity.MeanRatio(values)
	switch l.limit.HoldsRatio(mean, nil) {
	case quantity.Yes:
		e.met(sayAverage, newest(e.yes)...)
	case quantity.No:
		e.notMet(sayAverage, newest(e.yes)...)
	default:
		e.unknown(verdict.Bound, sayBound, newest(e.yes)...)
	}
}

// latestN asks the newest so many results, as far apart as asked; fewer on record leave it open.
func (e *Evaluator) latestN(l *boundLeaf) {
	rs := e.inWindow()
	if l.When.Days {
		e.latestDays(l, rs)
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
	if i := slices.IndexFunc(kept, func(r reading) bool { return r.in == dates.Maybe }); i >= 0 {
		e.doubtful(&kept[i]) // without it they may be fewer, or others
		return
	}
	switch {
	case l.When.Each == Average && split:
		e.unknown(verdict.SameTimeResults, saySameTime, kept[0].fact)
	case l.When.Each == Average:
		e.average(l, kept)
	case l.When.Each == EachAny:
		e.anyReading(l, kept)
	default:
		e.allReadings(l, kept)
	}
	if split && e.leaf.Verdict != verdict.Unknown {
		e.boundaryTie(kept)
	}
}

// takeNewest walks back from the newest reading, taking those that lie far enough before the one taken last, until there
// are enough; readings that tie with the last one taken are taken too, and split tells so. The positions are left in
// Evaluator.group, oldest first.
func (e *Evaluator) takeNewest(l *boundLeaf, rs []reading) (split bool) {
	e.group = e.group[:0]
	for i := len(rs) - 1; i >= 0; i-- {
		r := &rs[i]
		if n := len(e.group); n > 0 {
			last := &rs[e.group[n-1]]
			tied := last.when.Compare(r.when) == dates.Tied
			switch {
			case n >= l.When.N && !tied:
				reverse(e.group)
				return split
			case n >= l.When.N:
				split = true
			case !l.When.Apart.IsZero() && r.when.To > last.when.From.Sub(l.When.Apart):
				continue
			}
		}
		e.group = append(e.group, uint32(i))
	}
	reverse(e.group)
	return split
}

// boundaryTie leaves the leaf open where which of several results of one time belongs to the last N would change the answer.
func (e *Evaluator) boundaryTie(rs []reading) {
	first := rs[0]
	for i := range rs {
		if rs[i].when.Compare(first.when) == dates.Tied && rs[i].holds != first.holds {
			e.unknown(verdict.SameTimeResults, saySameTime, first.fact, rs[i].fact)
			return
		}
	}
}

func (e *Evaluator) tooFew(l *boundLeaf, rs []reading) {
	e.yes = e.yes[:0]
	for i := range rs {
		e.yes = append(e.yes, rs[i].fact)
	}
	cause := verdict.NeverRecorded
	if len(e.readings) >= l.When.N && (!l.When.Days || len(e.readings) > len(rs)) {
		cause = verdict.OutsideWindow
	}
	e.unknown(cause, sayTooFew, newest(e.yes)...)
}
