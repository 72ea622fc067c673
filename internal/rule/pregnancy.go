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
	found := e.pregnancySigns(&t, l)
	pregnant, denied, stated := &found.pregnant, &found.denied, &found.stated
	womb := e.wombRemoved(&l.beside[slotWomb])
	recent := dates.Window{From: e.on.Sub(denialLasts), To: e.on}
	switch {
	case womb.any && pregnant.any && !pregnant.test && !womb.since(pregnant):
		e.unknown(verdict.SourcesConflict, sayPregnancyOpen, womb.fact, pregnant.fact)
	case womb.any:
		e.notMet(sayNoWomb, womb.fact)
	case pregnant.any && pregnant.code == sayPregnant && stated.any && stated.since(pregnant):
		e.unknown(verdict.SourcesConflict, sayPregnancyOpen, pregnant.fact, stated.fact)
	case pregnant.any && pregnant.test && denied.any && !pregnant.since(denied):
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

// pregnancyRecord is what the chart says of a pregnancy: the newest sign of one that has not ended, the newest test that denies one,
// and the newest status that does. What may be a sign goes into the tally.
type pregnancyRecord struct {
	tally                    *tally
	ends                     []uint32
	recent                   dates.Window
	pregnant, denied, stated trace
}

func (e *Evaluator) pregnancySigns(t *tally, l *boundLeaf) *pregnancyRecord {
	s := &pregnancyRecord{tally: t, recent: dates.Window{From: e.on.Sub(pregnancyLasts) + 1, To: e.on}, ends: e.pregnancyEnds(l)}
	e.pregnancyDiagnoses(s, l)
	e.pregnancyAnswers(s, l, slotStatus)
	if !e.onRecord(&l.beside[slotTumour]) {
		e.pregnancyAnswers(s, l, slotTest)
	}
	e.dueDates(s, l)
	return s
}

// pregnancyEnds finds deliveries, losses and terminations.
func (e *Evaluator) pregnancyEnds(l *boundLeaf) []uint32 {
	ends := e.group[:0]
	for _, kind := range [...]chart.Kind{chart.Diagnosis, chart.Procedure} {
		for _, n := range e.gather(&l.beside[slotEnd], kind) {
			f := &e.chart.Facts[n]
			stated := f.Certainty != chart.Refuted && f.Certainty != chart.Doubtful
			if stated && (kind == chart.Diagnosis || happened(f) == dates.Yes) {
				ends = append(ends, n)
			}
		}
	}
	e.group = ends
	return ends
}

// note weighs one sign: in tells whether it is recent enough, sure whether the record itself is in no doubt.
func (e *Evaluator) note(s *pregnancyRecord, sign trace, in dates.Truth, sure bool) {
	ended := e.endedAfter(s.ends, sign.when)
	switch {
	case in == dates.No || ended == dates.Yes:
	case ended == dates.Maybe:
		e.addMaybe(s.tally, sign.fact, verdict.SourcesConflict, sayPregnancyOpen)
	case in == dates.Maybe:
		e.addMaybe(s.tally, sign.fact, verdict.PartialDate, sayPartialDate)
	case !sure:
		e.addMaybe(s.tally, sign.fact, verdict.OnlySuspected, saySuspected)
	default:
		s.pregnant.newer(sign)
	}
}

func (e *Evaluator) pregnancyDiagnoses(s *pregnancyRecord, l *boundLeaf) {
	for _, n := range e.gatherAll(&l.beside[slotPregnancy], chart.Diagnosis) {
		f := &e.chart.Facts[n]
		if f.Certainty == chart.Refuted || e.hasEnded(f) {
			continue
		}
		when := f.Begin.Seen(e.seen)
		if !when.Exact() && f.Noted.Known() {
			when = f.Noted.Seen(e.seen)
		}
		sure := f.Certainty != chart.Doubtful && f.Flags&(chart.Conflicting|chart.UnknownModifier) == 0
		e.note(s, trace{any: true, fact: n, when: when, code: sayPregnant}, s.recent.Holds(when), sure)
	}
}

// hasEnded tells that a state has ended: by its end, which wins over the status, else by the status.
func (e *Evaluator) hasEnded(f *chart.Fact) bool {
	switch {
	case f.End.Known() && f.End.To <= e.seen:
		return true
	case f.End.Known() && f.End.From > e.seen:
		return false
	}
	return f.Status == chart.Resolved || f.Status == chart.Inactive || f.Status == chart.Remission
}

// pregnancyAnswers reads statuses or tests. A status is somebody's word: it can contradict, but not clear.
func (e *Evaluator) pregnancyAnswers(s *pregnancyRecord, l *boundLeaf, slot int) {
	scale := l.scales[slot]
	for _, n := range e.gather(&l.beside[slot], chart.Result) {
		f := &e.chart.Facts[n]
		var r reading
		if st, _ := scale.use(e.chart, f, &l.measure, &r); st != usable {
			continue
		}
		when := f.Begin.Seen(e.seen)
		sign := trace{any: true, fact: n, when: when, code: sayPregnant, test: slot == slotTest}
		switch scale.signs[r.answer] {
		case dates.Yes:
			e.note(s, sign, s.recent.Holds(when), true)
		case dates.Maybe:
			e.note(s, sign, s.recent.Holds(when), false)
		default:
			sign.code, sign.test = sayDenied, false
			if slot == slotTest {
				s.denied.newer(sign)
			} else {
				s.stated.newer(sign)
			}
		}
	}
}

// dueDates reads the expected dates of delivery that no later one has replaced.
func (e *Evaluator) dueDates(s *pregnancyRecord, l *boundLeaf) {
	due := e.gather(&l.beside[slotDue], chart.Result)
	for i, n := range due {
		f := &e.chart.Facts[n]
		if f.Status == chart.Final && f.End.Known() && !e.replaced(f, due[i+1:]) {
			ahead := dates.Window{From: e.on, To: dates.Max}.Holds(f.End)
			e.note(s, trace{any: true, fact: n, when: f.Begin.Seen(e.seen), code: sayDueDate}, ahead, true)
		}
	}
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
			sure := kind == chart.Procedure && happened(f) == dates.Yes ||
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
		if !e.hasEnded(f) && f.Certainty != chart.Refuted && f.Certainty != chart.Doubtful {
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
	case len(e.removedInWords()) > 0:
		e.readWords()
	default:
		e.met(sayChildbearing)
	}
}

// removedInWords finds the records in words that may tell of the removal of uterus or ovaries: procedures, and diagnoses that
// speak of one.
func (e *Evaluator) removedInWords() []uint32 {
	e.worded = e.worded[:0]
	for _, n := range e.uncoded {
		if k := e.chart.Facts[n].Kind; k == chart.Procedure || k == chart.Diagnosis {
			e.worded = append(e.worded, n)
		}
	}
	return e.worded
}
