package rule

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// stay is one stretch of exposure: surely from sureFrom to sureTo, possibly from mayFrom to mayTo. It is empty on the
// sure side when sureFrom lies after sureTo.
type stay struct {
	mayFrom, sureFrom dates.Day
	sureTo, mayTo     dates.Day
	fact              uint32 // the newest order in it
	code              terms.CodeID
	start             dates.When // of that order
	cause             verdict.Cause
	doubt             bool // status unknown, on hold, or conflicting: never sure
	running           bool // its end is a supply or an open order
	asNeeded          bool
}

// judgeExposure answers whether a medication was on order, dispensed or given: on the day (taking), in a window (took),
// or unbroken for a time.
func judgeExposure(e *Evaluator, b *Bound, l *boundLeaf) {
	facts := e.gatherAll(&l.picked, chart.Medication)
	w := l.window(e.on)
	steady := !l.When.ForAtLeast.IsZero()
	e.exposures(b, l, facts, steady)
	if steady {
		e.union(b)
	}
	slices.SortFunc(e.stays, func(x, y stay) int { return int(x.fact) - int(y.fact) }) // codes are numbered by arrival
	t := e.startTally()
	for i := range e.stays {
		s := &e.stays[i]
		truth := e.overlaps(s, w)
		if steady {
			truth = e.lasts(s, l, w)
		}
		if truth == dates.Yes && s.doubt {
			truth = dates.Maybe
		}
		switch truth {
		case dates.Yes:
			e.addYes(s.fact)
			e.leaf.BySupply = e.leaf.BySupply || s.running
		case dates.Maybe:
			e.addMaybe(&t, s.fact, s.cause, causeCode(s.cause))
			e.leaf.BySupply = e.leaf.BySupply || s.running
		}
	}
	if e.settle(&t, sayExposed) {
		return
	}
	silent := w
	if steady && w.From == e.on {
		silent.From = e.on.Sub(l.When.ForAtLeast)
	}
	e.silence(b, l, silent, e.lastOf(facts))
}

// touches asks whether the exposure overlaps a window.
func (s *stay) touches(w dates.Window) dates.Truth {
	switch {
	case s.mayFrom > w.To || s.mayTo < w.From:
		return dates.No
	case s.sureFrom <= s.sureTo && s.sureFrom <= w.To && s.sureTo >= w.From:
		return dates.Yes
	}
	return dates.Maybe
}

// overlaps asks the same where an event may leave only a part of the window.
func (e *Evaluator) overlaps(s *stay, w dates.Window) dates.Truth {
	if !e.frame.on {
		return s.touches(w)
	}
	sure, may := meet(w, e.frame.sure), meet(w, e.frame.may)
	if sure.From <= sure.To && s.touches(sure) == dates.Yes {
		return dates.Yes
	}
	if may.From > may.To || s.touches(may) == dates.No {
		return dates.No
	}
	return dates.Maybe
}

// lasts asks whether the exposure was unbroken for the length asked: up to the day for taking, anywhere touching the
// window for took.
func (e *Evaluator) lasts(s *stay, l *boundLeaf, w dates.Window) dates.Truth {
	on := e.on
	if l.Word == "taking" {
		from := on.Sub(l.When.ForAtLeast)
		switch {
		case s.mayFrom > from || s.mayTo < on:
			return dates.No
		case s.sureFrom <= from && s.sureTo >= on:
			return dates.Yes
		}
		return dates.Maybe
	}
	switch {
	case e.overlaps(s, w) == dates.No || s.mayFrom.Add(l.When.ForAtLeast) > min(s.mayTo, on):
		return dates.No
	case e.overlaps(s, w) == dates.Yes && s.sureFrom.Add(l.When.ForAtLeast) <= min(s.sureTo, on):
		return dates.Yes
	}
	return dates.Maybe
}

// exposures makes the stays of a set's facts, consecutive orders of one code merged.
func (e *Evaluator) exposures(b *Bound, l *boundLeaf, facts []uint32, steady bool) {
	e.orders(b, l, facts, steady || l.When.Regular)
	e.merge(b)
}

// orders makes a stay of each order, dispense or administration, sorted by code and time.
func (e *Evaluator) orders(b *Bound, l *boundLeaf, facts []uint32, regular bool) {
	e.stays = e.stays[:0]
	for _, n := range facts {
		f := &e.chart.Facts[n]
		if f.Flags.Has(chart.Repeat) || !wasExposure(f) || regular && f.Flags.Has(chart.AsNeeded) {
			continue
		}
		e.stays = append(e.stays, e.stayOf(b, l, n, f))
	}
	slices.SortStableFunc(e.stays, func(x, y stay) int {
		if x.code != y.code {
			return int(x.code) - int(y.code)
		}
		return int(x.mayFrom) - int(y.mayFrom)
	})
	e.boundStops(b)
}

// wasExposure tells that a status and intent stand for something ordered, dispensed or given.
func wasExposure(f *chart.Fact) bool {
	switch f.Status {
	case chart.NotTaken, chart.Draft, chart.Cancelled, chart.Intended, chart.Planned, chart.Registered:
		return false
	}
	return true
}

// openEnd marks an end that the resource does not give and a later step finds: an order that is active, or one that is over.
const (
	openActive = dates.Max
	openOver   = dates.Max - 1
)

func (e *Evaluator) stayOf(b *Bound, l *boundLeaf, n uint32, f *chart.Fact) stay {
	begin := f.Begin
	if !begin.Known() {
		begin = f.Noted
	}
	begin = begin.Seen(e.seen)
	s := stay{
		mayFrom: dates.Min, sureFrom: dates.Max, fact: n, code: e.codeIn(&l.picked, f), start: begin, cause: verdict.PartialDate,
		asNeeded: f.Flags.Has(chart.AsNeeded),
	}
	if begin.Known() {
		s.mayFrom, s.sureFrom = begin.From, begin.To
	}
	s.doubt = f.Status == chart.OtherStatus || f.Status == chart.NoStatus || f.Flags.Has(chart.Conflicting)
	if f.Flags.Has(chart.Conflicting) {
		s.cause = verdict.SourcesConflict
	}
	if f.Flags.Has(chart.UnknownModifier) {
		s.doubt, s.cause = true, verdict.ResultNotUnderstood
	}
	e.endOf(&s, f)
	return s
}

// endOf finds the end as the resource tells it; dates win over statuses, and an end after the day has not happened.
func (e *Evaluator) endOf(s *stay, f *chart.Fact) {
	over := f.Status == chart.Completed || f.Status == chart.Stopped
	switch {
	case f.End.Known() && f.Status == chart.OnHold:
		s.sureTo, s.mayTo = s.sureFrom, f.End.To
	case f.Status == chart.Stopped && e.endsBySupply(f): // stopped on an unknown day before
		s.sureTo, s.mayTo = s.sureFrom, max(s.sureFrom, min(f.End.To, e.seen))
	case f.End.Known():
		s.sureTo, s.mayTo = f.End.From, f.End.To
		s.running = f.End.To > e.seen
	case f.Origin == chart.FromMedicationAdministration && f.Status != chart.InProgress:
		s.sureTo, s.mayTo = s.sureFrom, max(s.sureFrom, s.mayFrom)
	case f.Status == chart.OnHold:
		s.sureTo, s.mayTo, s.running = s.sureFrom, openActive, true
	case over || f.Origin == chart.FromMedicationDispense:
		s.sureTo, s.mayTo = s.sureFrom, openOver
	default:
		s.sureTo, s.mayTo, s.running = openActive, openActive, true
	}
	if s.sureFrom == dates.Max { // no start on record
		s.sureTo = dates.Min
	}
}

// endsBySupply tells that the end of an order is only the day up to which its supply would have lasted.
func (e *Evaluator) endsBySupply(f *chart.Fact) bool {
	if f.Origin != chart.FromMedicationRequest || f.Supply < 0 || !f.End.Known() {
		return false
	}
	s := &e.chart.Supplies[f.Supply]
	return s.Days > 0 && f.End.To == f.Begin.To+dates.Day(s.Days*(1+s.Refills))-1
}

// boundStops gives the orders that are over without a date the latest day on which they can have ended: the next order of
// the same drug, the day itself, or the site's bound. Active ones go on for the site's time after the last order.
func (e *Evaluator) boundStops(b *Bound) {
	for i := range e.stays {
		s := &e.stays[i]
		last := s
		for j := i + 1; j < len(e.stays) && e.stays[j].code == s.code; j++ {
			last = &e.stays[j]
		}
		from := s.start.To
		if !s.start.Known() {
			from = e.seen
		}
		switch {
		case s.mayTo == openOver:
			s.mayTo = min(e.seen, from.Add(b.Settings.StoppedWithin))
			if next := i + 1; next < len(e.stays) && e.stays[next].code == s.code && e.stays[next].start.Known() {
				s.mayTo = min(s.mayTo, max(e.stays[next].start.To, from))
			}
			s.mayTo = max(s.mayTo, s.sureTo)
		case s.mayTo == openActive:
			lastFrom := from
			if last.start.Known() {
				lastFrom = max(from, last.start.From)
			}
			if s.sureTo == openActive {
				s.sureTo = lastFrom.Add(b.Settings.OldOrder)
			}
			if s.cause == verdict.PartialDate {
				s.cause = verdict.OldOrderActive
			}
		}
	}
}

// merge joins consecutive orders of one code over gaps up to the site's or this patient's usual refill interval.
func (e *Evaluator) merge(b *Bound) {
	merged := e.stays[:0]
	for i := 0; i < len(e.stays); {
		j := i
		for j < len(e.stays) && e.stays[j].code == e.stays[i].code {
			j++
		}
		gap := e.refillGap(b, e.stays[i:j])
		cur := e.stays[i]
		for k := i + 1; k < j; k++ {
			next := e.stays[k]
			if !joins(&cur, &next, gap) {
				merged = append(merged, cur)
				cur = next
				continue
			}
			cur = cur.with(&next)
		}
		merged = append(merged, cur)
		i = j
	}
	e.stays = merged
}

// joins tells that no gap longer than allowed can lie between two consecutive stays.
func joins(a, b *stay, gap dates.Day) bool {
	return !a.doubt && !b.doubt && b.sureFrom < dates.Max && a.sureFrom <= a.sureTo && b.sureFrom-gap <= a.sureTo
}

// with is a followed by b.
func (s stay) with(b *stay) stay {
	s.sureFrom = min(s.sureFrom, b.sureFrom)
	if b.mayTo >= s.mayTo {
		s.fact, s.start, s.cause = b.fact, b.start, b.cause
		s.running = b.running
	}
	s.sureTo, s.mayTo = max(s.sureTo, b.sureTo), max(s.mayTo, b.mayTo)
	s.asNeeded = s.asNeeded && b.asNeeded
	return s
}

// refillGap is the gap that still counts as unbroken: the site's, or the usual time between this patient's orders if longer.
func (e *Evaluator) refillGap(b *Bound, orders []stay) dates.Day {
	site := dates.Day(0).Add(b.Settings.RefillGap)
	if len(orders) < 3 {
		return site
	}
	e.points = e.points[:0]
	for i := 1; i < len(orders); i++ {
		if orders[i].start.Known() && orders[i-1].start.Known() {
			e.points = append(e.points, orders[i].start.From-orders[i-1].start.From)
		}
	}
	if len(e.points) == 0 {
		return site
	}
	slices.Sort(e.points)
	return max(site, e.points[(len(e.points)-1)/2])
}

// union joins the stays of different codes of the set into unbroken stretches: a change of strength or product is no
// interruption.
func (e *Evaluator) union(b *Bound) {
	if len(e.stays) < 2 {
		return
	}
	slices.SortStableFunc(e.stays, func(x, y stay) int { return int(x.mayFrom) - int(y.mayFrom) })
	gap := dates.Day(0).Add(b.Settings.RefillGap)
	merged := e.stays[:1]
	for _, s := range e.stays[1:] {
		if last := &merged[len(merged)-1]; joins(last, &s, gap) {
			*last = last.with(&s)
		} else {
			merged = append(merged, s)
		}
	}
	e.stays = merged
}

// codeIn gives the code by which a fact is in the set: the lowest system and code, whatever the order of arrival.
func (e *Evaluator) codeIn(p *picked, f *chart.Fact) terms.CodeID {
	for _, id := range e.chart.CodesIn(f.Codes) {
		if p.has(id) {
			return id
		}
	}
	return 0
}
