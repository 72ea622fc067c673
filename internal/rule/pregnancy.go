package rule

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// The lengths of time that answers about pregnancy rest on.
var (
	pregnancyLasts = dates.Period{N: 42, Unit: dates.Weeks}
	denialLasts    = dates.Period{N: 14, Unit: dates.Days}
	feedingLasts   = dates.Period{N: 12, Unit: dates.Months}
)

// The ages, in completed years, between which a woman is taken to be able to bear children.
const (
	fertileFrom = 12
	fertileTo   = 55
)

// trace is a record that speaks for a pregnancy, or against one.
type trace struct {
	any  bool
	fact uint32
	when dates.When
	code verdict.Code
	test bool // hCG, which is found without a pregnancy too
}

// newer keeps the newer of two traces.
func (s *trace) newer(o trace) {
	if !s.any || !s.when.Known() || o.when.Known() && o.when.To >= s.when.To {
		*s = o
	}
}

// judgePregnant answers by what stands against it, then by a sign of a pregnancy that nothing has ended since, then by a
// recent denial. Records that contradict each other leave it open.
func judgePregnant(e *Evaluator, b *Bound, l *boundLeaf) {
	if e.tooOldOrMale() {
		return
	}
	t := e.startTally()
	pregnant, denied, stated := e.pregnancySigns(&t, l)
	womb := e.wombRemoved(&l.beside[slotWomb])
	recent := dates.Window{From: e.on.Sub(denialLasts), To: e.on}
	switch {
	case womb.any && pregnant.any && !pregnant.test && !womb.since(&pregnant):
		e.unknown(verdict.SourcesConflict, sayPregnancyOpen, womb.fact, pregnant.fact)
	case womb.any:
		e.notMet(sayNoWomb, womb.fact)
	case pregnant.any && pregnant.code == sayPregnant && stated.any && stated.since(&pregnant):
		e.unknown(verdict.SourcesConflict, sayPregnancyOpen, pregnant.fact, stated.fact)
	case pregnant.any && pregnant.test && denied.any && !pregnant.since(&denied):
		e.unknown(verdict.SourcesConflict, sayPregnancyOpen, pregnant.fact, denied.fact)
	case pregnant.any:
		e.met(pregnant.code, pregnant.fact)
		e.leaf.BySupply = true // that it will end is nothing to wait for
	case len(e.maybe) > 0:
		e.unknown(t.cause, t.code, newest(e.maybe)...)
	case denied.any && recent.Holds(denied.when) == dates.Yes:
		e.notMet(sayDenied, denied.fact)
	default:
		e.unknown(verdict.NeverRecorded, sayPregnancyOpen)
	}
}

// since tells that a trace is surely newer than another.
func (s *trace) since(o *trace) bool {
	return s.when.Known() && o.when.Known() && s.when.Compare(o.when) == dates.After
}

// tooOldOrMale answers a question that only concerns women of an age to bear children.
func (e *Evaluator) tooOldOrMale() bool {
	sex, _ := sexOf(&e.chart.Person)
	youngest, _, known := e.ages()
	switch {
	case sex == chart.Male:
		e.notMet(saySexExcludes)
	case known && youngest > fertileTo:
		e.notMet(sayTooOld)
	default:
		return false
	}
	return true
}

// ages gives the completed years on the day, at least and at most.
func (e *Evaluator) ages() (youngest, oldest int, known bool) {
	birth := e.chart.Person.Birth
	if !birth.Known() || birth.From > e.on {
		return 0, 0, false
	}
	return dates.YearsOn(min(birth.To, e.on), e.on), dates.YearsOn(birth.From, e.on), true
}

// pregnancySigns finds the newest sign of a pregnancy that has not ended, the newest test that denies one, and the newest
// status that does. What may be a sign
// goes into the tally.
func (e *Evaluator) pregnancySigns(t *tally, l *boundLeaf) (pregnant, denied, stated trace) {
	recent := dates.Window{From: e.on.Sub(pregnancyLasts) + 1, To: e.on}
	tumour := e.onRecord(&l.beside[slotTumour])
	ends := e.group[:0]
	for _, kind := range [...]chart.Kind{chart.Diagnosis, chart.Procedure} {
		for _, n := range e.gather(&l.beside[slotEnd], kind) {
			if f := &e.chart.Facts[n]; f.Certainty != chart.Refuted && f.Certainty != chart.Doubtful && (kind == chart.Diagnosis || e.happened(f) == dates.Yes) {
				ends = append(ends, n)
			}
		}
	}
	e.group = ends
	test := false
	note := func(n uint32, when dates.When, in dates.Truth, sure bool, code verdict.Code) {
		s := trace{any: true, fact: n, when: when, code: code, test: test}
		ended := e.endedAfter(ends, when)
		switch {
		case in == dates.No || ended == dates.Yes:
		case ended == dates.Maybe:
			e.addMaybe(t, n, verdict.SourcesConflict, sayPregnancyOpen)
		case in == dates.Maybe:
			e.addMaybe(t, n, verdict.PartialDate, sayPartialDate)
		case !sure:
			e.addMaybe(t, n, verdict.OnlySuspected, saySuspected)
		default:
			pregnant.newer(s)
		}
	}
	for _, n := range e.gather(&l.beside[slotPregnancy], chart.Diagnosis) {
		f := &e.chart.Facts[n]
		over := f.Status == chart.Resolved || f.Status == chart.Inactive || f.Status == chart.Remission || f.End.Known() && f.End.To <= e.seen
		if f.Certainty == chart.Refuted || over {
			continue
		}
		when := f.Begin.Seen(e.seen)
		if !when.Exact() && f.Noted.Known() {
			when = f.Noted.Seen(e.seen)
		}
		note(n, when, recent.Holds(when), f.Certainty != chart.Doubtful && !f.Flags.Has(chart.Conflicting), sayPregnant)
	}
	for _, slot := range [...]int{slotStatus, slotTest} {
		scale := l.scales[slot]
		test = slot == slotTest
		for _, n := range e.gather(&l.beside[slot], chart.Result) {
			f := &e.chart.Facts[n]
			var r reading
			if st, _ := scale.use(e.chart, f, &l.measure, &r); st != usable || slot == slotTest && tumour {
				continue
			}
			when := f.Begin.Seen(e.seen)
			switch scale.signs[r.answer] {
			case dates.Yes:
				note(n, when, recent.Holds(when), true, sayPregnant)
			case dates.No:
				if !test { // a status is somebody's word: it can contradict, but not clear
					stated.newer(trace{any: true, fact: n, when: when, code: sayDenied})
				} else {
					denied.newer(trace{any: true, fact: n, when: when, code: sayDenied})
				}
			default:
				note(n, when, recent.Holds(when), false, sayPregnant)
			}
		}
	}
	test = false
	due := e.gather(&l.beside[slotDue], chart.Result)
	for i, n := range due {
		f := &e.chart.Facts[n]
		if f.Status != chart.Final || !f.End.Known() || e.replaced(f, due[i+1:]) {
			continue
		}
		note(n, f.Begin.Seen(e.seen), dates.Window{From: e.on, To: dates.Max}.Holds(f.End), true, sayDueDate)
	}
	return pregnant, denied, stated
}

// replaced tells that a later observation gives another expected date.
func (e *Evaluator) replaced(f *chart.Fact, later []uint32) bool {
	for _, n := range later {
		g := &e.chart.Facts[n]
		if g.Status == chart.Final && g.End.Known() && f.Begin.Known() && g.Begin.Known() && g.Begin.Compare(f.Begin) == dates.After {
			return true
		}
	}
	return false
}

// endedAfter tells whether one of the ends on record came after a time.
func (e *Evaluator) endedAfter(ends []uint32, t dates.When) dates.Truth {
	truth := dates.No
	for _, n := range ends {
		end := begun(&e.chart.Facts[n]).Seen(e.seen)
		if !end.Known() || !t.Known() {
			truth = dates.Maybe
			continue
		}
		switch end.Compare(t) {
		case dates.After:
			return dates.Yes
		case dates.Tied:
			truth = dates.Maybe
		}
	}
	return truth
}

// onRecord tells that a disease of a set stands on record, whatever its date.
func (e *Evaluator) onRecord(p *picked) bool {
	for _, n := range e.gather(p, chart.Diagnosis) {
		if e.chart.Facts[n].Certainty != chart.Refuted {
			return true
		}
	}
	return false
}

// wombRemoved finds the removal of the uterus or of both ovaries.
func (e *Evaluator) wombRemoved(p *picked) (s trace) {
	for _, kind := range [...]chart.Kind{chart.Procedure, chart.Diagnosis} {
		for _, n := range e.gather(p, kind) {
			f := &e.chart.Facts[n]
			sure := kind == chart.Procedure && e.happened(f) == dates.Yes ||
				kind == chart.Diagnosis && f.Certainty != chart.Refuted && f.Certainty != chart.Doubtful
			if sure && !f.Flags.Has(chart.Conflicting) {
				s.newer(trace{any: true, fact: n, when: f.Begin.Seen(e.seen), code: sayNoWomb})
			}
		}
	}
	return s
}

// judgeBreastfeeding answers by the newest record that says so.
func judgeBreastfeeding(e *Evaluator, b *Bound, l *boundLeaf) {
	if e.tooOldOrMale() {
		return
	}
	var feeding, denied trace
	for _, n := range e.gather(&l.beside[0], chart.Diagnosis) {
		f := &e.chart.Facts[n]
		over := f.Status == chart.Resolved || f.Status == chart.Inactive || f.End.Known() && f.End.To <= e.seen
		if !over && f.Certainty != chart.Refuted && f.Certainty != chart.Doubtful {
			feeding.newer(trace{any: true, fact: n, when: f.Begin.Seen(e.seen), code: sayBreastfeeding})
		}
	}
	for _, n := range e.gather(&l.beside[0], chart.Result) {
		f := &e.chart.Facts[n]
		var r reading
		if st, _ := l.scales[0].use(e.chart, f, &l.measure, &r); st != usable {
			continue
		}
		when := f.Begin.Seen(e.seen)
		switch l.scales[0].signs[r.answer] {
		case dates.Yes:
			feeding.newer(trace{any: true, fact: n, when: when, code: sayBreastfeeding})
		case dates.No:
			denied.newer(trace{any: true, fact: n, when: when, code: sayDenied})
		}
	}
	year, days := dates.Window{From: e.on.Sub(feedingLasts), To: e.on}, dates.Window{From: e.on.Sub(denialLasts), To: e.on}
	switch {
	case feeding.any && year.Holds(feeding.when) == dates.Yes && (!denied.any || feeding.since(&denied)):
		e.met(sayBreastfeeding, feeding.fact)
		e.leaf.BySupply = true
	case denied.any && days.Holds(denied.when) == dates.Yes && (!feeding.any || denied.since(&feeding)):
		e.notMet(sayDenied, denied.fact)
	default:
		e.unknown(verdict.NeverRecorded, sayPregnancyOpen)
	}
}

// judgeChildbearing answers by sex, age, and what has been removed.
func judgeChildbearing(e *Evaluator, b *Bound, l *boundLeaf) {
	sex, differs := sexOf(&e.chart.Person)
	youngest, oldest, known := e.ages()
	womb := e.wombRemoved(&l.beside[0])
	switch {
	case sex == chart.Male:
		e.notMet(saySexExcludes)
	case known && youngest > fertileTo:
		e.notMet(sayTooOld)
	case known && oldest < fertileFrom:
		e.notMet(sayTooYoung)
	case womb.any:
		e.notMet(sayNoWomb, womb.fact)
	case differs:
		e.unknown(verdict.SourcesConflict, saySexDiffers)
	case sex == chart.NoSex:
		e.unknown(verdict.NeverRecorded, saySexUnknown)
	case !known:
		e.unknown(verdict.NeverRecorded, sayNoBirthDate)
	case youngest < fertileFrom || oldest > fertileTo:
		e.unknown(verdict.PartialDate, sayAge)
	case !e.keeps(chart.Procedure):
		e.unknown(verdict.ListEmpty, sayNoProcedures)
	default:
		e.met(sayChildbearing)
	}
}
