package rule

import (
	"math/big"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/verdict"
)

// judgeAgeAt compares the completed years at the first record of a set: the onset of a disease, the day of a procedure.
func judgeAgeAt(e *Evaluator, b *Bound, l *boundLeaf) {
	first, fact, cause := e.firstOf(l)
	birth := e.chart.Person.Birth
	switch {
	case cause != verdict.NoCause && len(e.maybe) > 0:
		e.unknown(cause, causeCode(cause), newest(e.maybe)...)
		return
	case !first.Known() && len(e.inWords(l, l.window(e.on))) > 0:
		e.readWords()
		return
	case !first.Known():
		e.unknown(verdict.NeverRecorded, sayNever)
		e.assume(l)
		return
	case !birth.Known():
		e.unknown(verdict.NeverRecorded, sayNoBirthDate)
		return
	}
	from, to := max(first.From, birth.From), max(first.To, birth.From)
	youngest := quantity.FromInt(int64(dates.YearsOn(min(birth.To, from), from)))
	oldest := quantity.FromInt(int64(dates.YearsOn(birth.From, to)))
	truth := l.limit.HoldsInterval(&quantity.Bound{Value: youngest}, &quantity.Bound{Value: oldest}, nil)
	if l.limit == nil && youngest.Cmp(oldest) != 0 {
		truth = quantity.Undecided
	}
	e.compared(l, truthOf(truth), sayAgeAt, fact)
}

// firstOf gives the time of the first record of a set that counts. One that may count and be earlier leaves it open from
// there on; where only such are on record there is a cause. They are in Evaluator.maybe.
func (e *Evaluator) firstOf(l *boundLeaf) (first dates.When, fact uint32, cause verdict.Cause) {
	e.maybe = e.maybe[:0]
	from, to := dates.Max, dates.Max
	for _, n := range e.gatherAll(&l.picked, l.kind) {
		truth, t := e.counted(l, &e.chart.Facts[n])
		switch {
		case truth == dates.No:
			continue
		case !t.Known():
			t = dates.Within(dates.Min, e.seen)
		}
		from = min(from, t.From)
		if truth == dates.Yes && t.To <= to {
			to, fact = t.To, n
		} else if truth != dates.Yes {
			e.maybe = append(e.maybe, n)
		}
	}
	switch {
	case to < dates.Max:
		e.maybe = e.maybe[:0]
		return dates.Within(min(from, to), to), fact, verdict.NoCause
	case len(e.maybe) > 0:
		return first, 0, e.doubtOf(e.maybe, verdict.OnlySuspected)
	}
	return first, 0, verdict.NoCause
}

// judgeDaysSince compares the days from the end of the latest record of a set to the day asked about.
func judgeDaysSince(e *Evaluator, b *Bound, l *boundLeaf) {
	e.yes, e.maybe = e.yes[:0], e.maybe[:0]
	from, to := dates.Min, dates.Min
	if l.kind == chart.Medication {
		from, to = e.lastExposure(b, l)
	} else {
		from, to = e.lastRecord(l)
	}
	if len(e.yes) == 0 && len(e.maybe) > 0 {
		e.unknown(verdict.OnlySuspected, saySuspected, newest(e.maybe)...)
		return
	}
	if len(e.yes) == 0 && len(e.inWords(l, l.window(e.on))) > 0 {
		e.readWords()
		return
	}
	if len(e.yes) == 0 {
		e.unknown(verdict.NeverRecorded, sayNever)
		return
	}
	least := quantity.FromInt(int64(max(0, e.on-to)))
	var most *quantity.Bound
	if from > dates.Min {
		most = &quantity.Bound{Value: quantity.FromInt(int64(max(0, e.on-from)))}
	}
	truth := l.limit.HoldsInterval(&quantity.Bound{Value: least}, most, nil)
	if l.limit == nil && (most == nil || most.Value.Cmp(least) != 0) {
		truth = quantity.Undecided
	}
	e.compared(l, truthOf(truth), sayDaysSince, e.lastOf(e.yes)...)
	if n := len(e.maybe); e.leaf.Verdict == verdict.Unknown && n > 0 && e.inDoubt(l, e.maybe[n-1]) {
		e.leaf.Cause = verdict.OnlySuspected // the newest that may count is doubted, not undated
	}
}

// inDoubt tells that a dated record is itself in doubt.
func (e *Evaluator) inDoubt(l *boundLeaf, n uint32) bool {
	truth, t := e.counted(l, &e.chart.Facts[n])
	return truth == dates.Maybe && t.Exact()
}

// lastRecord gives the days between which the latest record of a set ended. The record is the last of Evaluator.yes.
func (e *Evaluator) lastRecord(l *boundLeaf) (from, to dates.Day) {
	from, to = dates.Min, dates.Min
	best := dates.Min
	for _, n := range e.gatherAll(&l.picked, l.kind) {
		f := &e.chart.Facts[n]
		truth, t := e.counted(l, f)
		place := placed(l, f)
		if truth == dates.No || place == dates.No {
			continue
		}
		if l.kind != chart.Diagnosis {
			t = e.endedAt(l, f)
		}
		if truth == dates.Maybe || place == dates.Maybe || f.Flags.Has(chart.Conflicting) || !t.Known() {
			e.maybe = append(e.maybe, n)
			if !t.Known() {
				t = dates.Within(dates.Min, e.seen)
			}
			to = max(to, t.To)
			if truth == dates.Yes && place == dates.Yes {
				e.yes = append(e.yes, n)
			}
			continue
		}
		from, to = max(from, t.From), max(to, t.To)
		if e.yes = append(e.yes, n); t.To >= best { // the newest stands last
			best = t.To
		} else {
			last := len(e.yes) - 1
			e.yes[last], e.yes[max(last-1, 0)] = e.yes[max(last-1, 0)], e.yes[last]
		}
	}
	return from, to
}

// endedAt is the end of a procedure or visit, the onset of a disease, the time of all else.
func (e *Evaluator) endedAt(l *boundLeaf, f *chart.Fact) dates.When {
	t := f.Begin.Seen(e.seen)
	if l.kind != chart.Procedure && l.kind != chart.Visit {
		return t
	}
	switch {
	case f.End.Known() && f.End.From <= e.seen:
		return f.End.Seen(e.seen)
	case f.End.Known() || f.Status == chart.InProgress: // not over yet
		return dates.On(e.seen)
	}
	return t
}

// lastExposure gives the days between which the last exposure ended; one that goes on ends on the day asked about.
func (e *Evaluator) lastExposure(b *Bound, l *boundLeaf) (from, to dates.Day) {
	from, to = dates.Min, dates.Min
	e.exposures(b, l, e.gatherAll(&l.picked, chart.Medication), false)
	for i := range e.stays {
		s := &e.stays[i]
		if s.mayFrom > e.on {
			continue
		}
		if to = max(to, min(s.mayTo, e.on)); s.doubt || s.sureFrom > s.sureTo {
			e.maybe = append(e.maybe, s.fact)
			continue
		}
		if end := min(s.sureTo, e.on); end >= from {
			from = end
			e.yes = append(e.yes, s.fact)
		}
		e.leaf.BySupply = e.leaf.BySupply || s.running && s.mayTo >= e.on
	}
	return from, to
}

// judgeChange compares the difference between the first and the latest usable result in the window. Where several share
// the first or the latest time, all pairs have to answer alike.
func judgeChange(e *Evaluator, b *Bound, l *boundLeaf) {
	e.read(l, l.window(e.on), e.gather(&l.picked, chart.Result))
	rs := e.inWindow()
	if len(rs) == 0 {
		e.nothing(l)
		e.leaf.ByLast = verdict.Unknown
		return
	}
	e.top(rs, len(rs))
	latest := append([]uint32(nil), e.group...)
	e.bottom(rs)
	for _, group := range [][]uint32{e.group, latest} {
		for _, i := range group {
			if r := &rs[i]; r.state != usable {
				e.unknown(r.cause, causeCode(r.cause), r.fact)
				return
			} else if r.in == dates.Maybe {
				cause, code := r.blur()
				e.unknown(cause, code, r.fact)
				return
			}
		}
	}
	first, last := &rs[e.group[0]], &rs[latest[len(latest)-1]]
	if first.when.Compare(last.when) != dates.Before {
		e.unknown(verdict.OutsideWindow, sayOneResult, last.fact)
		if len(e.readings) == len(rs) {
			e.leaf.Cause = verdict.NeverRecorded
		}
		return
	}
	truth, n := dates.Maybe, 0
	for _, i := range e.group {
		for _, k := range latest {
			one, ok := e.difference(l, &rs[i], &rs[k])
			if !ok {
				e.unknown(verdict.Bound, sayBound, rs[i].fact, rs[k].fact)
				return
			}
			if n++; n > 1 && one != truth {
				e.unknown(verdict.SameTimeResults, saySameTime, rs[i].fact, rs[k].fact)
				return
			}
			truth = one
		}
	}
	e.compared(l, truth, sayChange, first.fact, last.fact)
}

// bottom finds the readings that none is older than.
func (e *Evaluator) bottom(rs []reading) {
	e.group = e.group[:0]
	for i := range rs {
		oldest := true
		for j := range rs {
			oldest = oldest && (j == i || !rs[i].when.Known() || !rs[j].when.Known() || rs[j].when.Compare(rs[i].when) != dates.Before)
		}
		if oldest {
			e.group = append(e.group, uint32(i))
		}
	}
}

// difference asks the limit of the change between two results; a bound has none.
func (e *Evaluator) difference(l *boundLeaf, first, last *reading) (dates.Truth, bool) {
	diff, ok := e.changed(l, first.fact, last.fact)
	if !ok {
		return dates.Maybe, false
	}
	return truthOf(l.change.HoldsRatio(quantity.FromRat(diff), nil)), true
}

// changed is the change between two results, in the unit of the limit or in per cent of the first.
func (e *Evaluator) changed(l *boundLeaf, first, last uint32) (*big.Rat, bool) {
	var values [2]*big.Rat
	for i, n := range [...]uint32{first, last} {
		f := &e.chart.Facts[n]
		if f.Form != chart.Number || f.Comparator != quantity.None {
			return nil, false
		}
		v, ok := l.units[f.Unit].toLimit.Exact(f.Value)
		if !ok {
			return nil, false
		}
		values[i] = v.Rat()
	}
	diff := new(big.Rat).Sub(values[1], values[0])
	if l.Limit == nil || !l.Limit.Relative {
		return diff, true
	}
	if values[0].Sign() == 0 {
		return nil, false
	}
	diff.Quo(diff, values[0])
	return diff.Mul(diff, big.NewRat(100, 1)), true
}
