package rule

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
)

// turners notes the days of the words whose answers turn in a way of their own. A word with an empty entry is answered by
// what is on record alone, whatever the day.
var turners = map[string]func(*Evaluator, *Bound, *turns){
	"family_history": func(*Evaluator, *Bound, *turns) {},
	"speaks":         func(*Evaluator, *Bound, *turns) {},
	"note_mentions":  func(*Evaluator, *Bound, *turns) {},
	"age_at":         func(*Evaluator, *Bound, *turns) {},
	"pregnant":       (*Evaluator).personChanges,
	"breastfeeding":  (*Evaluator).personChanges,
	"childbearing":   (*Evaluator).personChanges,
	"enrolled":       (*Evaluator).standingChanges,
	"flagged":        (*Evaluator).standingChanges,
	"insured":        (*Evaluator).standingChanges,
	"days_since":     (*Evaluator).daysChanges,
	"daily_dose":     (*Evaluator).doseChanges,
}

// at notes a day and the one after it.
func (t *turns) at(d dates.Day) {
	for _, x := range [...]dates.Day{d, d + 1} {
		if t.seen < x && x <= t.until {
			t.days = append(t.days, x)
		}
	}
}

// ends notes the ends of a time.
func (t *turns) ends(w dates.When) {
	if w.Known() {
		t.at(w.From)
		t.at(w.To)
	}
}

// personChanges notes birthdays, and when a record about pregnancy grows too old to answer.
func (e *Evaluator) personChanges(b *Bound, t *turns) {
	e.birthdays(t)
	for slot := range t.leaf.beside {
		for _, kind := range [...]chart.Kind{chart.Diagnosis, chart.Procedure, chart.Result} {
			for _, n := range e.gather(&t.leaf.beside[slot], kind) {
				f := &e.chart.Facts[n]
				t.ends(f.End)
				for _, w := range [...]dates.When{f.Begin.Seen(e.seen), f.Noted.Seen(e.seen)} {
					if !w.Known() {
						continue
					}
					for _, p := range [...]dates.Period{pregnancyLasts, denialLasts, feedingLasts} {
						t.back(p, w.From)
						t.back(p, w.To)
					}
				}
			}
		}
	}
}

// standingChanges notes when a period begins to hold the day, and when it ceases to.
func (e *Evaluator) standingChanges(b *Bound, t *turns) {
	_, facts := e.chart.Of(t.leaf.kind)
	for i := range facts {
		if s := facts[i].Status; (s == chart.OffTrial || s == chart.Inactive) && !facts[i].End.Known() { // if it is over, it ended by the day up to which facts are seen
			t.leaves(e.seen)
		}
		t.when(facts[i].Begin.Seen(e.seen))
		t.when(facts[i].End)
	}
}

// daysChanges notes when the number of days since a record reaches the limit.
func (e *Evaluator) daysChanges(b *Bound, t *turns) {
	l := t.leaf
	e.wordChanges(t)
	var ends []dates.Day
	if l.kind == chart.Medication {
		e.exposures(b, l, e.gatherAll(&l.picked, chart.Medication), false)
		for i := range e.stays {
			s := &e.stays[i]
			ends = append(ends, s.mayFrom, s.sureFrom, s.sureTo, s.mayTo)
		}
	} else {
		for _, n := range e.gatherAll(&l.picked, l.kind) {
			f := &e.chart.Facts[n]
			if w := f.Noted.Seen(e.seen); w.Known() {
				ends = append(ends, w.To)
			}
			if w := e.endedAt(l, f); w.Known() {
				ends = append(ends, w.From, w.To)
			} else {
				ends = append(ends, e.seen)
			}
		}
	}
	for _, x := range ends {
		if x <= dates.Min || x >= dates.Max {
			continue
		}
		t.at(x)
		for _, bound := range limitEnds(l.limit) {
			t.at(x + dates.Day(bound))
		}
	}
}

// limitEnds gives the whole numbers at the ends of a range.
func limitEnds(r *quantity.Range) (ends []int) {
	if r == nil {
		return nil
	}
	for _, b := range [...]*quantity.Bound{r.Low, r.High} {
		if b != nil {
			ends = append(ends, int(b.Value.Float64()))
		}
	}
	return ends
}

// doseChanges notes when an order that may count begins, ends, or leaves the window.
func (e *Evaluator) doseChanges(b *Bound, t *turns) {
	e.doseOrders(b, t.leaf)
	for i := range e.stays {
		s := &e.stays[i]
		for _, x := range [...]dates.Day{s.mayFrom, s.sureFrom, s.sureTo, s.mayTo} {
			t.passes(x)
			t.reaches(x)
		}
	}
	e.silenceChanges(b, t)
}

// eventChanges notes the ends of the time that any record of the event's set would leave, and when its silence changes.
func (e *Evaluator) eventChanges(b *Bound, t *turns) {
	l := t.leaf
	own := *t
	own.leaf = l.event
	e.silenceChanges(b, &own)
	t.days = own.days
	for _, n := range e.gatherAll(&l.event.picked, l.event.kind) {
		_, when := e.counted(l.event, &e.chart.Facts[n])
		if !when.Known() {
			continue
		}
		f := frameOf(&l.When.Event, when)
		for _, x := range [...]dates.Day{f.sure.From, f.sure.To, f.may.From, f.may.To} {
			if x <= dates.Min || x >= dates.Max {
				continue
			}
			t.at(x)
			t.passes(x)
			if l.feed != nil {
				t.back(l.feed.LateBy, x)
			}
		}
	}
}
