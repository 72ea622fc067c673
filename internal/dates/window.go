package dates

// Truth is the answer of a window to a partial date. The zero value is the one that decides nothing.
type Truth uint8

// The three answers.
const (
	Maybe Truth = iota
	Yes
	No
)

// Window is a stretch of days, both ends included. It is empty when From lies after To.
type Window struct{ From, To Day }

// Holds tells whether something that happened at t happened inside the window. Unknown times give Maybe.
func (w Window) Holds(t When) Truth {
	switch {
	case w.From > w.To:
		return No
	case !t.Known():
		return Maybe
	case t.From >= w.From && t.To <= w.To:
		return Yes
	case t.To < w.From || t.From > w.To:
		return No
	}
	return Maybe
}

// Touches tells whether something that lasted from begin to end was there at any time in the window. An unknown begin
// or end gives its side's most cautious answer; an end that is still ahead is written as a day after the window.
func (w Window) Touches(begin, end When) Truth {
	if w.From > w.To {
		return No
	}
	bFrom, bTo, eFrom, eTo := Min, Max, Min, Max
	if begin.Known() {
		bFrom, bTo = begin.From, begin.To
	}
	if end.Known() {
		eFrom, eTo = end.From, end.To
	}
	switch {
	case bFrom > w.To || eTo < w.From:
		return No
	case bTo <= w.To && eFrom >= w.From:
		return Yes
	}
	return Maybe
}

// Lookback is a when phrase's window, still free of the day it is asked on.
type Lookback struct {
	Kind Kind
	Near Period // the end nearer to the day, for Ago and Between
	Far  Period // the end farther from it, for Last and Between
	From Day    // for Since
}

// Kind is the shape of a look-back window.
type Kind uint8

// Ever: up to the day. Last: the far period and the day itself. Ago: at least the near period before the day.
// Between: from the far to the near period before it. Since: from a fixed day. OnDay: the day alone.
const (
	Ever Kind = iota
	Last
	Ago
	Between
	Since
	OnDay
)

// On gives the window as of day d: inclusive calendar days, months and years clamped to the month's end. "last 28 days"
// is d and the 28 days before it.
func (l Lookback) On(d Day) Window {
	switch l.Kind {
	case Last:
		return Window{d.Sub(l.Far), d}
	case Ago:
		return Window{Min, d.Sub(l.Near)}
	case Between:
		return Window{d.Sub(l.Far), d.Sub(l.Near)}
	case Since:
		return Window{l.From, d}
	case OnDay:
		return Window{d, d}
	}
	return Window{Min, d}
}

// First finds the first day in (after, until] on which a test that turns once and stays turned holds, by asking the
// test itself; ok is false when there is none.
func First(after, until Day, turned func(Day) bool) (d Day, ok bool) {
	lo, hi := after+1, until
	if lo > hi || !turned(hi) {
		return 0, false
	}
	for lo < hi {
		mid := lo + (hi-lo)/2
		if turned(mid) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo, true
}
