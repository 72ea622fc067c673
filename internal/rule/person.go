package rule

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// judgeAge compares the completed years on the day. A partial birth date is an interval of ages.
func judgeAge(e *Evaluator, b *Bound, l *boundLeaf) {
	birth := e.chart.Person.Birth
	if !birth.Known() || birth.From > e.on {
		e.unknown(verdict.NeverRecorded, sayNoBirthDate)
		return
	}
	youngest := quantity.FromInt(int64(dates.YearsOn(min(birth.To, e.on), e.on)))
	oldest := quantity.FromInt(int64(dates.YearsOn(birth.From, e.on)))
	truth := l.limit.HoldsInterval(&quantity.Bound{Value: youngest}, &quantity.Bound{Value: oldest}, nil)
	e.compared(l, truthOf(truth), sayAge)
}

// compared fills in a leaf whose value is clear but for a partial date.
func (e *Evaluator) compared(l *boundLeaf, truth dates.Truth, code verdict.Code, facts ...uint32) {
	switch truth {
	case dates.Yes:
		e.met(code, facts...)
	case dates.No:
		e.notMet(code, facts...)
	default:
		e.unknown(verdict.PartialDate, code, facts...)
	}
	if l.Limit != nil && l.Limit.Negate {
		e.leaf.Verdict = e.leaf.Verdict.Not()
	}
}

// judgeSex asks for one of the sexes written in the rule. What differs between the places where sex is written, or says
// other or unknown, is unknown.
func judgeSex(e *Evaluator, b *Bound, l *boundLeaf) {
	sex, differs := sexOf(&e.chart.Person)
	switch {
	case differs:
		e.unknown(verdict.SourcesConflict, saySexDiffers)
		return
	case sex == chart.NoSex:
		e.unknown(verdict.NeverRecorded, saySexUnknown)
		return
	}
	truth := dates.No
	if slices.Contains(l.OneOf, sex.String()) {
		truth = dates.Yes
	}
	e.compared(l, truth, saySex)
}

// sexOf gives the sex if all the places where it is written agree on female or male; differs tells that they do not agree.
func sexOf(p *chart.Person) (sex chart.Sex, differs bool) {
	sex = p.ClinicalSex
	for _, s := range [...]chart.Sex{p.BirthSex, p.Gender} {
		switch {
		case sex == chart.NoSex:
			sex = s
		case s != chart.NoSex && s != sex:
			return chart.NoSex, true
		}
	}
	if sex != chart.Male && sex != chart.Female {
		return chart.NoSex, false
	}
	return sex, false
}

// judgeDeceased asks whether the patient was dead on the day. A death after it has not happened.
func judgeDeceased(e *Evaluator, b *Bound, l *boundLeaf) {
	p := &e.chart.Person
	switch {
	case !p.Deceased:
		e.notMet(sayDeceased)
	case !p.Death.Known() || p.Death.To <= e.seen:
		e.met(sayDeceased)
	case p.Death.From > e.seen:
		e.notMet(sayDeceased)
	default:
		e.unknown(verdict.PartialDate, sayDeceased)
	}
}

// judgeManual is a question that only a person answers.
func judgeManual(e *Evaluator, b *Bound, l *boundLeaf) {
	e.unknown(verdict.Manual, sayManual)
	e.leaf.Basis = verdict.Person
}

// judgeTimes compares on how many days something is on record. Partial dates and doubtful records make the number an
// interval; where silence does not mean no, there may be more than are on record.
func judgeTimes(e *Evaluator, b *Bound, l *boundLeaf) {
	facts := e.gatherAll(&l.picked, l.kind)
	w := l.window(e.on)
	e.yes, e.maybe, e.points = e.yes[:0], e.maybe[:0], e.points[:0]
	for _, n := range facts {
		f := &e.chart.Facts[n]
		truth := e.countsAmong(l, f, facts)
		in, place := e.holds(w, f.Begin.Seen(e.seen)), placed(l, f)
		switch {
		case truth == dates.No || in == dates.No || place == dates.No || f.Flags.Has(chart.Repeat):
		case truth == dates.Yes && in == dates.Yes && place == dates.Yes && f.Begin.Exact():
			e.points = append(e.points, f.Begin.From)
			e.yes = append(e.yes, n)
		default:
			e.maybe = append(e.maybe, n)
		}
	}
	slices.Sort(e.points)
	surely := len(slices.Compact(e.points))
	e.judgeCount(b, l, w, surely)
}

func (e *Evaluator) judgeCount(b *Bound, l *boundLeaf, w dates.Window, surely int) {
	high := &quantity.Bound{Value: quantity.FromInt(int64(surely + len(e.maybe)))}
	if surely == 0 && e.sureOne(l, w) {
		surely = 1
	}
	low := quantity.FromInt(int64(surely))
	cause, day := verdict.NeverRecorded, dates.Day(0)
	if l.kind != chart.Result {
		cause, day = e.silent(b, l, w)
	}
	if (cause == verdict.NoCause || cause == verdict.NoteOnly) && surely == 0 && len(e.maybe) == 0 && len(e.numbers) == 0 {
		if _, ok := e.suggested(l); ok {
			cause = verdict.SuggestedNotCoded
		}
	}
	if cause != verdict.NoCause {
		high = nil
	}
	truth := l.limit.HoldsInterval(&quantity.Bound{Value: low}, high, nil)
	if truth == quantity.Undecided && len(e.maybe) > 0 && cause == verdict.NoCause {
		cause = e.doubtOf(e.maybe, verdict.PartialDate)
	}
	e.compared(l, truthOf(truth), sayTimes, newest(e.yes)...)
	if e.leaf.Verdict == verdict.Unknown {
		e.leaf.Cause, e.leaf.Day = cause, day
		if cause == verdict.NoteOnly {
			e.readWords()
		} else if len(e.yes) == 0 {
			e.leaf.Facts = e.evidence(newest(e.maybe)...)
		}
	} else if surely == 0 {
		e.leaf.Basis = verdict.Silence
	}
}

// sureOne tells that one of the doubtful records counts for certain though its day is open.
func (e *Evaluator) sureOne(l *boundLeaf, w dates.Window) bool {
	for _, n := range e.maybe {
		f := &e.chart.Facts[n]
		if e.countsAmong(l, f, e.numbers) == dates.Yes && placed(l, f) == dates.Yes && e.holds(w, f.Begin.Seen(e.seen)) == dates.Yes {
			return true
		}
	}
	return false
}

// doubtOf says why records may or may not count, where they themselves tell; else it is otherwise.
func (e *Evaluator) doubtOf(facts []uint32, otherwise verdict.Cause) verdict.Cause {
	for _, n := range facts {
		switch f := &e.chart.Facts[n]; {
		case f.Flags.Has(chart.UnknownModifier):
			return verdict.ResultNotUnderstood
		case f.Flags.Has(chart.Conflicting):
			return verdict.SourcesConflict
		}
	}
	return otherwise
}

// countsAmong tells whether a record counts beside others of the set: a diagnosis that a later one refutes may or may not.
func (e *Evaluator) countsAmong(l *boundLeaf, f *chart.Fact, facts []uint32) dates.Truth {
	truth := e.counts(l, f)
	if truth == dates.Yes && l.kind == chart.Diagnosis && e.refutedLater(f, facts) {
		return dates.Maybe
	}
	return truth
}

// counts tells whether a record of the set is one of what is counted. A version that another contradicts may be, and so
// may one whose modifier is not known.
func (e *Evaluator) counts(l *boundLeaf, f *chart.Fact) dates.Truth {
	truth := e.countsAlone(l, f)
	if truth == dates.Yes && f.Flags&(chart.Conflicting|chart.UnknownModifier) != 0 {
		return dates.Maybe
	}
	return truth
}

func (e *Evaluator) countsAlone(l *boundLeaf, f *chart.Fact) dates.Truth {
	switch l.kind {
	case chart.Diagnosis:
		switch says := e.says(&l.picked, f); {
		case says == terms.Family || says == terms.Screening || f.Certainty == chart.Refuted:
			return dates.No
		case says != terms.Disease || f.Certainty == chart.Doubtful:
			return dates.Maybe
		}
		return dates.Yes
	case chart.Result:
		if f.Status == chart.Cancelled || f.Form == chart.Absent || f.Form == chart.NoValue {
			return dates.No
		}
		if f.Status != chart.Final {
			return dates.Maybe
		}
		return dates.Yes
	case chart.Medication:
		switch {
		case !wasExposure(f):
			return dates.No
		case f.Status == chart.OtherStatus || f.Status == chart.NoStatus:
			return dates.Maybe
		}
		return dates.Yes
	}
	return happened(f)
}

// judgeKnown asks whether a usable value is on record: the one question about the record itself.
func judgeKnown(e *Evaluator, l *boundLeaf) {
	switch {
	case e.leaf.Verdict != verdict.Unknown:
		e.leaf.Verdict = verdict.Met
	case e.leaf.Cause == verdict.NeverRecorded || e.leaf.Cause == verdict.OutsideWindow:
		e.leaf.Verdict, e.leaf.Cause = verdict.NotMet, verdict.NoCause
	}
}
