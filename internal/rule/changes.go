package rule

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// Changes appends the days in (seen, until] on which the criterion may answer differently from the day before, by time
// alone: never too few, so asking on each of them and on seen tells the whole course. They are sorted.
//
// Every condition on the day is one of "the window's start has passed x", "its end has reached x" or "the day has passed
// x", each of which turns once; the day is found by asking the window itself.
func (e *Evaluator) Changes(dst []dates.Day, b *Bound, c *chart.Chart, seen, until dates.Day) []dates.Day {
	e.look(c, seen, seen)
	at := len(dst)
	if b.anchor != nil { // asked on the day of the anchor, whatever the day
		return e.anchorChanges(dst, b, until)
	}
	for i := range b.leaves {
		t := turns{days: dst, seen: seen, until: until, leaf: &b.leaves[i]}
		t.start, t.end = t.leaf.window(seen), t.leaf.window(until)
		e.leafChanges(b, &t)
		if t.leaf.event != nil {
			e.eventChanges(b, &t)
		}
		dst = t.days
	}
	return inTurn(dst, at)
}

// inTurn sorts what was appended, each day once.
func inTurn(days []dates.Day, at int) []dates.Day {
	added := days[at:]
	slices.Sort(added)
	return days[:at+len(slices.Compact(added))]
}

// anchorChanges notes when it changes why a criterion is open whose anchor is not on record.
func (e *Evaluator) anchorChanges(dst []dates.Day, b *Bound, until dates.Day) []dates.Day {
	if b.anchor.kind == chart.Result {
		return dst
	}
	t := turns{days: dst, seen: e.seen, until: until, leaf: b.anchor}
	t.start, t.end = t.leaf.window(e.seen), t.leaf.window(until)
	e.silenceChanges(b, &t)
	return inTurn(t.days, len(dst))
}

// turns collects the days on which a leaf may change.
type turns struct {
	days        []dates.Day
	seen, until dates.Day
	leaf        *boundLeaf
	start, end  dates.Window // on seen and on until
}

// leaves notes when the window's start goes past x.
func (t *turns) leaves(x dates.Day) {
	if t.start.From <= x && x < t.end.From {
		t.first(func(d dates.Day) bool { return t.leaf.window(d).From > x })
	}
}

// passes notes when the window's start goes past x, and when its end reaches it.
func (t *turns) passes(x dates.Day) {
	if x <= dates.Min || x >= dates.Max {
		return
	}
	t.leaves(x)
	if t.start.To < x && x <= t.end.To {
		t.first(func(d dates.Day) bool { return t.leaf.window(d).To >= x })
	}
	if t.start.To <= x && x < t.end.To {
		t.first(func(d dates.Day) bool { return t.leaf.window(d).To > x })
	}
}

// reaches notes when the window's start reaches x: when it first lies at or after it.
func (t *turns) reaches(x dates.Day) { t.passes(x - 1) }

// back notes when the day less a period reaches x, and when it goes past it.
func (t *turns) back(p dates.Period, x dates.Day) {
	if x <= dates.Min || x >= dates.Max || x > t.until {
		return
	}
	t.first(func(d dates.Day) bool { return d.Sub(p) >= x })
	t.first(func(d dates.Day) bool { return d.Sub(p) > x })
}

func (t *turns) first(turned func(dates.Day) bool) {
	if turned(t.seen) {
		return
	}
	if d, ok := dates.First(t.seen, t.until, turned); ok {
		t.days = append(t.days, d)
	}
}

func (t *turns) when(w dates.When) {
	if w.Known() {
		t.passes(w.From)
		t.passes(w.To)
	}
}

func (e *Evaluator) leafChanges(b *Bound, t *turns) {
	switch l := t.leaf; {
	case l.derived != nil:
		e.derivedChanges(b, t)
	case turners[l.Word] != nil:
		turners[l.Word](e, b, t)
	case l.Word == "age":
		e.birthdays(t)
	case l.Set == nil:
	case l.kind == chart.Result && l.Word != "times":
		e.factChanges(t)
	case l.kind == chart.Medication:
		e.exposureChanges(b, t)
		e.silenceChanges(b, t)
	default:
		e.factChanges(t)
		e.silenceChanges(b, t)
	}
}

func (e *Evaluator) birthdays(t *turns) {
	birth := e.chart.Person.Birth
	if !birth.Known() {
		return
	}
	for _, b := range []dates.Day{birth.From, birth.To} {
		from := t.seen
		for {
			years := dates.YearsOn(b, from)
			d, ok := dates.First(from, t.until, func(d dates.Day) bool { return dates.YearsOn(b, d) > years })
			if !ok {
				break
			}
			t.days = append(t.days, d)
			from = d
		}
	}
	t.first(func(d dates.Day) bool { return d > birth.To })
}

func (e *Evaluator) factChanges(t *turns) {
	for _, n := range e.gatherAll(&t.leaf.picked, t.leaf.kind) {
		f := &e.chart.Facts[n]
		t.when(f.Begin.Seen(e.seen))
		t.when(f.End)
		if !f.Begin.Known() {
			t.when(f.Noted.Seen(e.seen))
		}
		if t.leaf.When.Present && !f.End.Known() { // if it is over, it ended by the day up to which facts are seen
			t.leaves(e.seen)
		}
	}
}

func (e *Evaluator) exposureChanges(b *Bound, t *turns) {
	steady := !t.leaf.When.ForAtLeast.IsZero()
	e.exposures(b, t.leaf, e.gatherAll(&t.leaf.picked, chart.Medication), steady)
	if steady {
		e.union(b)
	}
	for i := range e.stays {
		s := &e.stays[i]
		for _, x := range [...]dates.Day{s.mayFrom, s.sureFrom, s.sureTo, s.mayTo} {
			t.passes(x)
			if steady {
				t.back(t.leaf.When.ForAtLeast, x)
				x := x
				t.first(func(d dates.Day) bool { return x > dates.Min && x < dates.Max && x.Add(t.leaf.When.ForAtLeast) <= d })
			}
		}
	}
}

// silenceChanges notes when a condition of silence starts or ceases to hold.
func (e *Evaluator) silenceChanges(b *Bound, t *turns) {
	e.wordChanges(t)
	if !e.contact.any {
		return
	}
	s := &b.Settings
	t.reaches(e.contact.first)
	t.back(s.RecordAtLeast, e.contact.first)
	t.back(s.ContactWithin, e.contact.last)
	if p := t.leaf.When.ForAtLeast; !p.IsZero() {
		t.back(p, e.contact.first)
	}
	if f := t.leaf.feed; f != nil {
		t.reaches(f.CompleteSince)
		t.back(s.RecordAtLeast, f.CompleteSince)
		if p := t.leaf.When.ForAtLeast; !p.IsZero() {
			t.back(p, f.CompleteSince)
		}
		t.lateness(f)
	}
}

// lateness notes the days on which the end of a window that lies in the past comes to lie, or no longer lies, in the time for
// which a feed is late. Periods of months and of days may overtake each other more than once.
func (t *turns) lateness(f *Feed) {
	if f.LateBy.IsZero() || t.start.To == t.seen {
		return
	}
	late := t.start.To > t.seen.Sub(f.LateBy)
	for d := t.seen + 1; d <= t.until; d++ {
		if now := t.leaf.window(d).To > d.Sub(f.LateBy); now != late {
			late = now
			t.days = append(t.days, d)
		}
	}
}

// FirstFlip finds the first day in (asOf, until] on which the verdict is another than v.
func (e *Evaluator) FirstFlip(b *Bound, c *chart.Chart, asOf, until dates.Day, v verdict.Verdict) (verdict.Flip, bool) {
	e.days = e.Changes(e.days[:0], b, c, asOf, until)
	for _, d := range e.days {
		if j := e.Evaluate(b, c, asOf, d); j.Verdict != v {
			return verdict.Flip{On: d, To: j.Verdict}, true
		}
	}
	return verdict.Flip{}, false
}
