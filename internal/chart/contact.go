package chart

import (
	"slices"

	"prescreen/internal/dates"
)

// Contact gives the time at which a fact shows that the patient was seen by those who keep this record: visits that took
// place, results, orders, things given, done or written down. Onsets, appointments ahead, coverage and flags are none. A
// long visit counts to its end.
func Contact(f *Fact) (dates.When, bool) {
	w := dates.When{}
	if f.Flags.Has(UnknownModifier) {
		return w, false
	}
	switch f.Kind {
	case Visit:
		if f.Status == Completed || f.Status == InProgress || f.Status == Active {
			w = f.Begin
			if f.End.Known() {
				w = f.End
			}
		}
	case Result, Document:
		if f.Status == Final || f.Status == Preliminary {
			w = f.Begin
		}
	case Medication:
		switch f.Status {
		case Active, Completed, Stopped, OnHold, InProgress:
			w = seenAt(f)
		}
	case Procedure, Vaccination:
		if f.Status == Completed || f.Status == InProgress || f.Status == Stopped {
			w = f.Begin
		}
	case Diagnosis, Allergy:
		w = f.Noted
	}
	return w, w.Known() && w.From > dates.Min
}

// seenAt tells an order by the day it was written, and what was given or dispensed by its own day.
func seenAt(f *Fact) dates.When {
	if f.Origin == FromMedicationAdministration || f.Origin == FromMedicationDispense {
		return f.Begin
	}
	return f.Noted
}

// contacts gathers the days of all contacts, each once, oldest first by its last day.
func contacts(facts []Fact) []dates.When {
	var all []dates.When
	for i := range facts {
		if w, ok := Contact(&facts[i]); ok {
			if w.Exact() {
				w = dates.On(w.To)
			} else {
				w = dates.Within(w.From, w.To)
			}
			if n := len(all); n == 0 || all[n-1] != w {
				all = append(all, w)
			}
		}
	}
	slices.SortFunc(all, func(a, b dates.When) int {
		if a.To != b.To {
			return int(a.To) - int(b.To)
		}
		return int(a.From) - int(b.From)
	})
	return slices.Compact(all)
}
