package rule

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// judgeFamily answers whether a relative had a disease: by the family history, or by a code of the set that says so.
func judgeFamily(e *Evaluator, b *Bound, l *boundLeaf) {
	t := e.startTally()
	for _, n := range e.gather(&l.picked, chart.FamilyHistory) {
		f := &e.chart.Facts[n]
		switch says := e.says(&l.picked, f); {
		case f.Flags.Has(chart.Conflicting):
			e.addMaybe(&t, n, verdict.SourcesConflict, sayConflict)
		case says == terms.Suspected:
			e.addMaybe(&t, n, verdict.OnlySuspected, saySuspected)
		case says != terms.Screening:
			e.addYes(n)
		}
	}
	for _, n := range e.gather(&l.picked, chart.Diagnosis) {
		f := &e.chart.Facts[n]
		if e.says(&l.picked, f) != terms.Family && l.Set.Domain != terms.FamilyHistory || f.Certainty == chart.Refuted {
			continue
		}
		if f.Certainty == chart.Doubtful {
			e.addMaybe(&t, n, verdict.OnlySuspected, saySuspected)
		} else {
			e.addYes(n)
		}
	}
	if !e.settle(&t, sayFamily) {
		e.unknown(verdict.NeverRecorded, sayNever)
		e.assume(l)
	}
}

// judgeEnrolled answers whether the patient was on a trial at any time in the window.
func judgeEnrolled(e *Evaluator, b *Bound, l *boundLeaf) {
	w := l.window(e.on)
	first, subjects := e.chart.Of(chart.Enrolment)
	t := e.startTally()
	past := e.group[:0]
	for i := range subjects {
		f, n := &subjects[i], first+uint32(i)
		if f.Status != chart.OnTrial && f.Status != chart.OffTrial || !e.dated(f) || f.Flags.Has(chart.UnknownModifier) {
			continue
		}
		switch e.lasting(w, f, f.Status == chart.OffTrial) {
		case dates.Yes:
			e.addYes(n)
		case dates.Maybe:
			e.addMaybe(&t, n, verdict.PartialDate, sayPartialDate)
		default:
			past = append(past, n)
		}
	}
	e.group = past
	switch {
	case e.settle(&t, sayOnTrial):
	case len(past) > 0:
		e.unknown(verdict.OutsideWindow, sayOutside, e.lastOf(past)...)
	default:
		e.unknown(verdict.NeverRecorded, sayNever)
	}
}

// lasting asks whether something with a period touched a window; without an end it goes on unless it is known to be over.
func (e *Evaluator) lasting(w dates.Window, f *chart.Fact, over bool) dates.Truth {
	begin, end := f.Begin.Seen(e.seen), f.End
	switch {
	case !end.Known() && over:
		from := dates.Min
		if begin.Known() {
			from = begin.From
		}
		end = dates.Within(from, e.seen)
	case !end.Known():
		end = still
	}
	if !begin.Known() {
		begin = dates.Within(dates.Min, e.seen)
	}
	return w.Touches(begin, end)
}

// judgeFlagged answers whether a flag of the set stands on the chart.
func judgeFlagged(e *Evaluator, b *Bound, l *boundLeaf) {
	e.judgeStanding(l, e.gather(&l.picked, chart.Flag), sayFlagged, sayFlagEnded)
}

// judgeInsured answers whether a coverage is active.
func judgeInsured(e *Evaluator, b *Bound, l *boundLeaf) {
	if l.Set != nil {
		e.judgeStanding(l, e.gather(&l.picked, chart.Coverage), sayInsured, sayNothing)
		return
	}
	first, covers := e.chart.Of(chart.Coverage)
	e.numbers = e.numbers[:0]
	for i := range covers {
		e.see(first + uint32(i))
	}
	e.judgeStanding(l, e.numbers, sayInsured, sayNothing)
}

// judgeStanding is met by a record whose period holds the day. Records that are all over answer not met with a reason of
// their own, where there is one; else nothing is known of others.
func (e *Evaluator) judgeStanding(l *boundLeaf, facts []uint32, yes, ended verdict.Code) {
	w := l.window(e.on)
	t := e.startTally()
	var past []uint32
	for _, n := range facts {
		f := &e.chart.Facts[n]
		switch f.Status {
		case chart.Cancelled, chart.Draft, chart.Planned:
			continue
		}
		switch in := e.lasting(w, f, f.Status == chart.Inactive); {
		case f.Status == chart.Inactive && !f.End.Known(), in == dates.No:
			past = append(past, n)
		case f.Flags.Has(chart.Conflicting) || f.Status == chart.OtherStatus || f.Status == chart.NoStatus:
			e.addMaybe(&t, n, verdict.SourcesConflict, sayStatusUnknown)
		case in == dates.Maybe:
			e.addMaybe(&t, n, verdict.PartialDate, sayPartialDate)
		default:
			e.addYes(n)
		}
	}
	switch {
	case e.settle(&t, yes):
	case len(past) > 0 && ended != sayNothing:
		e.notMet(ended, e.lastOf(past)...)
	case len(past) > 0:
		e.unknown(verdict.OutsideWindow, sayOutside, e.lastOf(past)...)
	default:
		e.unknown(verdict.NeverRecorded, sayNever)
		e.assume(l)
	}
}

// judgeSpeaks answers whether a language is among those on record. A list without it leaves it open: it holds what was
// asked for, not all that somebody speaks.
func judgeSpeaks(e *Evaluator, b *Bound, l *boundLeaf) {
	known := false
	for _, id := range e.chart.Person.Languages {
		coding := b.dict.Coding(id)
		if coding.System == terms.TextSystem {
			continue
		}
		known = true
		if l.Set != nil && l.picked.has(id) || l.Set == nil && ofLanguages(coding.System) && l.Language.has(coding.Code) {
			e.met(saySpeaks)
			return
		}
	}
	if known {
		e.unknown(verdict.NeverRecorded, saySpeaksOthers)
		return
	}
	e.unknown(verdict.NeverRecorded, sayNever)
}

// ofLanguages tells the systems whose codes are language tags: BCP 47, which FHIR binds, and ISO 639, which senders use for it.
func ofLanguages(system string) bool {
	switch system {
	case "", "urn:ietf:bcp:47", "urn:iso:std:iso:639", "urn:oid:2.16.840.1.113883.6.121", "http://hl7.org/fhir/ValueSet/languages":
		return true
	}
	return false
}

// judgeNotes is open until notes are read.
func judgeNotes(e *Evaluator, b *Bound, l *boundLeaf) {
	e.unknown(verdict.NoteOnly, sayNoteOnly)
}
