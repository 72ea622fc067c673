package rule

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// judgeProcedure answers whether a procedure was done. It lasts from begin to end: any part of it in a look-back window
// counts, while "more than … ago" asks that all of it was over by then.
func judgeProcedure(e *Evaluator, b *Bound, l *boundLeaf) {
	e.judgeEvent(b, l, e.gatherAll(&l.picked, chart.Procedure), happened)
}

// judgeVisit answers whether there was a visit of a type or class. A visit has no list that could be empty: the contact
// conditions alone tell what silence means.
func judgeVisit(e *Evaluator, b *Bound, l *boundLeaf) {
	e.judgeEvent(b, l, e.gatherAll(&l.picked, chart.Visit), happened)
}

// happened tells whether a status says that the event took place.
func happened(f *chart.Fact) dates.Truth {
	switch f.Status {
	case chart.Completed, chart.InProgress, chart.Stopped, chart.OnHold, chart.Final:
		return dates.Yes
	case chart.OtherStatus, chart.NoStatus:
		return dates.Maybe
	}
	return dates.No
}

func (e *Evaluator) judgeEvent(b *Bound, l *boundLeaf, facts []uint32, happened func(*chart.Fact) dates.Truth) {
	w := l.window(e.on)
	t := e.startTally()
	for _, n := range facts {
		f := &e.chart.Facts[n]
		done := happened(f)
		if done == dates.No || f.Flags.Has(chart.Repeat) {
			continue
		}
		in, place := e.eventIn(l, w, f), placed(l, f)
		switch {
		case in == dates.No || place == dates.No:
		case f.Flags.Has(chart.UnknownModifier):
			e.addMaybe(&t, n, verdict.ResultNotUnderstood, sayUnread)
		case f.Flags.Has(chart.Conflicting):
			e.addMaybe(&t, n, verdict.SourcesConflict, sayConflict)
		case done == dates.Maybe:
			e.addMaybe(&t, n, verdict.SourcesConflict, sayStatusUnknown)
		case in == dates.Maybe:
			e.addMaybe(&t, n, verdict.PartialDate, sayPartialDate)
		case place == dates.Maybe:
			e.addMaybe(&t, n, verdict.ResultNotUnderstood, sayPlaceUnknown)
		default:
			e.addYes(n)
		}
	}
	if !e.settle(&t, sayHappened) {
		e.silence(b, l, w, e.lastOf(facts))
	}
}

func (e *Evaluator) eventIn(l *boundLeaf, w dates.Window, f *chart.Fact) dates.Truth {
	begin := f.Begin.Seen(e.seen)
	switch {
	case e.timeless(l) && !l.When.Current:
		return dates.Yes
	case f.Status == chart.InProgress && !f.End.Known() && begin.Known() && e.holds(w, begin) == dates.No:
		return e.touches(w, begin, dates.When{}) // whether it still goes on, or was never closed, is not on record
	case !f.End.Known() || !begin.Known():
		return e.holds(w, begin)
	case l.When.Window.Kind == dates.Ago || l.When.Window.Kind == dates.Between && w.To < e.on && f.End.From > w.To:
		return e.holds(w, f.End.Seen(e.seen))
	}
	return e.touches(w, begin, f.End)
}

// judgeVaccinated answers whether a vaccine was given. Its silence is always unknown.
func judgeVaccinated(e *Evaluator, b *Bound, l *boundLeaf) {
	facts := e.gatherAll(&l.picked, chart.Vaccination)
	w := l.window(e.on)
	t := e.startTally()
	outside := false
	for _, n := range facts {
		f := &e.chart.Facts[n]
		switch in := e.eventIn(l, w, f); {
		case happened(f) == dates.No:
		case in == dates.No:
			outside = true
		case f.Flags.Has(chart.UnknownModifier):
			e.addMaybe(&t, n, verdict.ResultNotUnderstood, sayUnread)
		case f.Flags.Has(chart.Conflicting) || happened(f) == dates.Maybe:
			e.addMaybe(&t, n, verdict.SourcesConflict, sayConflict)
		case in == dates.Maybe:
			e.addMaybe(&t, n, verdict.PartialDate, sayPartialDate)
		default:
			e.addYes(n)
		}
	}
	switch {
	case e.settle(&t, sayHappened):
	case outside:
		e.unknown(verdict.OutsideWindow, sayOutside, e.lastOf(facts)...)
		e.assume(l)
	default:
		e.unknown(verdict.NeverRecorded, sayNever)
		e.assume(l)
	}
}

// noKnownAllergy are the codes that assert an empty allergy list: SNOMED CT "no known allergy".
var noKnownAllergy = []terms.Coding{{System: terms.SNOMED, Code: "716186003"}, {System: terms.SNOMED, Code: "160244002"}}

// noneOfOneSort are the codes that assert that there is no allergy of one sort: to drugs, the environment, insects, food,
// latex. Whether the allergy asked for is of that sort is not known, so they neither deny it nor fill the list.
var noneOfOneSort = []terms.Coding{
	{System: terms.SNOMED, Code: "409137002"},
	{System: terms.SNOMED, Code: "428607008"},
	{System: terms.SNOMED, Code: "428197003"},
	{System: terms.SNOMED, Code: "429625007"},
	{System: terms.SNOMED, Code: "1003774007"},
}

// judgeAllergic answers whether an allergy is on the list. Silence means no only where the list says something: another
// allergy, or "no known allergy".
func judgeAllergic(e *Evaluator, b *Bound, l *boundLeaf) {
	facts := e.gatherAll(&l.picked, chart.Allergy)
	t := e.startTally()
	for _, n := range facts {
		f := &e.chart.Facts[n]
		switch {
		case f.Flags.Has(chart.UnknownModifier):
			e.addMaybe(&t, n, verdict.ResultNotUnderstood, sayUnread)
		case f.Certainty == chart.Refuted, f.Status == chart.Resolved:
			t.refuted++
		case f.Flags.Has(chart.Conflicting):
			e.addMaybe(&t, n, verdict.SourcesConflict, sayConflict)
		case f.Status == chart.Inactive || f.Certainty == chart.Doubtful:
			e.addMaybe(&t, n, verdict.OnlySuspected, saySuspected)
		default:
			e.addYes(n)
		}
	}
	if e.settle(&t, sayAllergic) {
		return
	}
	e.allergySilence(b, l, facts)
}

func (e *Evaluator) allergySilence(b *Bound, l *boundLeaf, evidence []uint32) {
	if len(e.inWords(l, dates.Window{})) > 0 {
		e.readWords()
		return
	}
	first, list := e.chart.Of(chart.Allergy)
	listed := false
	for i := range list {
		f := &list[i]
		if !e.dated(f) || f.Certainty == chart.Refuted || f.Flags.Has(chart.UnknownModifier) {
			continue
		}
		if e.codedAs(b, f, noKnownAllergy) {
			if (f.Status == chart.NoStatus || f.Status == chart.Active) && !f.Flags.Has(chart.Conflicting) {
				e.notMet(sayNoKnownAllergy, first+uint32(i))
				return
			}
			continue
		}
		if e.codedAs(b, f, noneOfOneSort) {
			continue
		}
		listed = true
	}
	switch {
	case l.open || !listed:
		e.unknown(verdict.ListEmpty, saySilenceOpen, evidence...)
		e.assume(l)
	default:
		e.notMet(saySilence, evidence...)
		e.leaf.Basis = verdict.Silence
	}
}

func (e *Evaluator) codedAs(b *Bound, f *chart.Fact, codings []terms.Coding) bool {
	for _, id := range e.chart.CodesIn(f.Codes) {
		if slices.Contains(codings, b.dict.Coding(id)) {
			return true
		}
	}
	return false
}
