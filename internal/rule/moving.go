package rule

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
)

// Changes foretells what time does to an answer that rests on what is seen today. When the day itself moves on, more is
// seen: facts dated later come into view on the days they are dated, and what is known only to have been "up to the day"
// reaches a day farther every day. Most charts have nothing of that sort.

// Motion says what a day's passing does to the records that a criterion reads, beside what Changes foretells.
type Motion uint8

const (
	// Steady: nothing, before the next date on record.
	Steady Motion = iota
	// Drifting: today's answer stays, but days foretold may move along with the day.
	Drifting
	// Restless: the answer may be another tomorrow.
	Restless
)

// Moving is what moves of a chart on a day.
type Moving struct {
	chart     *chart.Chart
	seen      dates.Day
	straddles []uint32 // a date of theirs is not known exactly and may lie on either side of the day
	open      []uint32 // they begin or end on an unknown day up to the day
	today     bool     // something is dated on the day
	contact   bool     // the first contact does
}

// MovingOn finds what moves of a chart.
func MovingOn(c *chart.Chart, seen dates.Day) *Moving {
	m := &Moving{chart: c, seen: seen}
	e := Evaluator{chart: c, seen: seen}
	for i := range c.Facts {
		f := &c.Facts[i]
		if !e.dated(f) {
			continue
		}
		if straddles(f.Begin, seen) || straddles(f.End, seen) || straddles(f.Noted, seen) {
			m.straddles = append(m.straddles, uint32(i))
		} else if undated(f) || openEnded(f, seen) {
			m.open = append(m.open, uint32(i))
		}
		m.today = m.today || datedOn(f.Begin, seen) || datedOn(f.End, seen) || datedOn(f.Noted, seen)
	}
	for i := range c.Contacts {
		if w := c.Contacts[i]; w.From <= seen {
			m.contact = w.To > seen
			break
		}
	}
	return m
}

func straddles(w dates.When, d dates.Day) bool { return w.Known() && w.From <= d && w.To > d }

func datedOn(w dates.When, d dates.Day) bool { return w.Known() && (w.From == d || w.To == d) }

// undated tells that a record does not say when it began.
func undated(f *chart.Fact) bool { return !begun(f).Known() }

// openEnded tells that a record may have ended on any day up to the day: an order that is over without a date, or was stopped
// before its supply ran out; a disease, or taking part in a trial, that is over; a stay that goes on.
func openEnded(f *chart.Fact, seen dates.Day) bool {
	switch f.Kind {
	case chart.Medication:
		if f.End.Known() {
			return f.Status == chart.Stopped && f.End.To > seen
		}
		over := f.Status == chart.Completed || f.Status == chart.Stopped || f.Origin == chart.FromMedicationDispense
		return over && wasExposure(f) && f.Origin != chart.FromMedicationAdministration
	case chart.Diagnosis:
		return !f.End.Known() && (f.Status == chart.Resolved || f.Status == chart.Inactive || f.Status == chart.Remission)
	case chart.Procedure, chart.Visit:
		return f.End.Known() && f.End.From > seen || f.Status == chart.InProgress
	case chart.Enrolment:
		return !f.End.Known() && f.Status == chart.OffTrial
	}
	return false
}

// Still tells that nothing of the chart moves for any criterion.
func (m *Moving) Still() bool {
	return len(m.straddles) == 0 && len(m.open) == 0 && !m.contact
}

// Of tells what moves for a criterion, and appends the days after the day of the chart on which that itself changes.
//
// What is open lies, as far as it goes, at the day itself, so that it stands to every window that ends with the day as it
// did the day before, and to every date before the day too. It may stand otherwise to a date of that very day, or to a
// window that is counted back from an anchor.
func (m *Moving) Of(dst []dates.Day, b *Bound, r *Reads) ([]dates.Day, Motion) {
	read := func(n uint32) bool { return r.Fact(m.chart, &m.chart.Facts[n]) }
	if m.contact && len(r.within) > 0 || slices.ContainsFunc(m.straddles, read) {
		return dst, Restless
	}
	motion := Steady
	for _, n := range m.open {
		if !read(n) {
			continue
		}
		drifts := false
		if dst, drifts = m.drift(dst, b, &m.chart.Facts[n]); drifts {
			motion = Drifting
		}
	}
	if motion == Drifting && (m.today || b.anchor != nil && hasEvents(b)) {
		return dst, Restless
	}
	return dst, motion
}

// drift tells whether an open record moves for a criterion.
func (m *Moving) drift(dst []dates.Day, b *Bound, f *chart.Fact) ([]dates.Day, bool) {
	drifts := f.Kind == chart.Enrolment
	for i := range b.leaves {
		l := &b.leaves[i]
		switch {
		case l.Word == "days_since":
			drifts = true
		case l.Word == "age_at" && undated(f):
			dst = m.birthday(dst)
		case l.When.Present && f.Kind == chart.Diagnosis:
			drifts = true
		}
		if l.When.HasWindow && l.When.Window.Kind == dates.Since && l.When.Window.From > m.seen {
			dst = append(dst, l.When.Window.From, l.When.Window.From+1)
		}
	}
	if f.Kind != chart.Medication || undated(f) {
		return dst, drifts || f.Kind == chart.Medication
	}
	until := begun(f).To.Add(b.Settings.StoppedWithin) // from then on that is the end
	if f.End.Known() {
		until = max(until, f.End.To)
	}
	return append(dst, until, until+1), drifts || until >= m.seen
}

// birthday appends the next day on which the age changes.
func (m *Moving) birthday(dst []dates.Day) []dates.Day {
	birth := m.chart.Person.Birth
	if !birth.Known() {
		return dst
	}
	for _, b := range [...]dates.Day{birth.From, birth.To} {
		years := dates.YearsOn(b, m.seen)
		if d, ok := dates.First(m.seen, m.seen+367, func(d dates.Day) bool { return dates.YearsOn(b, d) > years }); ok {
			dst = append(dst, d)
		}
	}
	return dst
}

// hasEvents tells that a question is tied to another record.
func hasEvents(b *Bound) bool {
	for i := range b.leaves {
		if b.leaves[i].event != nil {
			return true
		}
	}
	return false
}
