package intake

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
)

// settle completes an item by what other resources of the patient say.
func (a *assembler) settle(it *chart.Item, x *extra) {
	f := &it.Fact
	if len(x.medicine) > 0 {
		a.medicine(it, x)
	}
	if x.onset.unit != noAge {
		f.Begin = x.onset.from(a.person.Birth)
	}
	if x.end.unit != noAge {
		f.End = x.end.from(a.person.Birth)
	}
	if f.Kind == chart.Visit {
		return
	}
	var s stay
	if len(x.visit) > 0 {
		if s = a.visits[string(x.visit)]; s.ambiguous {
			s = stay{}
		}
	}
	f.Flags |= s.place
	switch f.Kind {
	case chart.Diagnosis, chart.Allergy:
		settleOnset(f, s)
	case chart.Vaccination:
		if !f.Begin.Known() && f.Noted.Known() {
			f.Begin = f.Noted.UpTo()
			f.Flags |= chart.RecordedFor
		}
		settleByVisit(f, s, chart.ByVisit)
	case chart.Procedure:
		settleByVisit(f, s, chart.ByVisit)
	case chart.Result, chart.Document:
		settleByVisit(f, s, chart.ByVisit|chart.ProxyTime)
	}
}

// settleOnset bounds an onset by the day it was written down: nothing is recorded before it began. With nothing else said
// it began at an unknown day up to that, or up to the start of the visit.
func settleOnset(f *chart.Fact, s stay) {
	switch {
	case !f.Begin.Known() && f.Noted.Known():
		f.Begin = f.Noted.UpTo()
		f.Flags |= chart.RecordedFor
	case !f.Begin.Known() && s.begin.Known():
		f.Begin = s.begin.UpTo()
		f.Flags |= chart.ByVisit
	case f.Begin.Known() && f.Noted.Known() && f.Begin.From <= f.Noted.To && f.Begin.To > f.Noted.To:
		f.Begin = dates.Within(f.Begin.From, f.Noted.To)
	}
}

// settleByVisit dates what has no time of its own by the visit it belongs to.
func settleByVisit(f *chart.Fact, s stay, flags chart.Flags) {
	if f.Begin.Known() || !s.begin.Known() {
		return
	}
	f.Begin, _ = period{begin: s.begin, end: s.end}.within()
	f.Flags |= flags
}

// medicine gives an order the codes of the Medication it refers to.
func (a *assembler) medicine(it *chart.Item, x *extra) {
	r := &a.records[x.record]
	d, ok := a.cohort.run.registry.drugs[chart.Key{Source: r.feed, ID: string(x.medicine)}]
	if !ok || d.ambiguous {
		a.gaps = append(a.gaps, chart.Gap{Kind: GapReference, Resource: r.name(), Pointer: "/medicationReference"})
		it.Fact.Flags |= chart.Uncoded
		return
	}
	it.Codes = slices.Concat(it.Codes, d.codes)
	if len(d.codes) > 0 {
		it.Fact.Flags &^= chart.Uncoded
	} else {
		it.Fact.Flags |= chart.Uncoded
	}
	if x.entry != nil && len(x.entry.display) == 0 {
		x.entry.display = []byte(d.words)
	}
}

// from turns an age into days: at 5 years is from the fifth birthday to the eve of the sixth.
func (s span) from(birth dates.When) dates.When {
	if !birth.Known() {
		return dates.When{}
	}
	unit := [...]dates.Unit{ageDays: dates.Days, ageWeeks: dates.Weeks, ageMonths: dates.Months, ageYears: dates.Years}[s.unit]
	low := birth.From.Add(dates.Period{N: int(s.low), Unit: unit})
	high := birth.To.Add(dates.Period{N: int(s.high) + 1, Unit: unit}) - 1
	return dates.Within(low, max(low, high))
}

// source writes the cold part.
func (a *assembler) source(it *chart.Item, x *extra) {
	r, e := &a.records[x.record], x.entry
	s := &chart.Source{
		Feed: r.feed, ID: string(r.id), Version: string(r.version), Updated: string(r.updated),
		Display: string(e.display), Value: it.Fact.Comparator.String() + string(e.value), Unit: string(e.unit),
		Date: string(e.date), DateEnd: string(e.dateEnd), People: string(e.people), Text: string(e.text),
	}
	if len(e.visit) > 0 {
		s.Visit = "Encounter/" + string(e.visit)
	}
	if s.Date == "" && it.Fact.Flags.Has(chart.RecordedFor) && it.Fact.Noted.Known() {
		s.Date = it.Fact.Noted.To.String()
	}
	it.Source = s
}
