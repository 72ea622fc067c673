package rule

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// judgeDiagnosis answers whether a diagnosis is on record: ever, begun in a window, present in one, or current.
func judgeDiagnosis(e *Evaluator, b *Bound, l *boundLeaf) {
	facts := e.gatherAll(&l.picked, chart.Diagnosis)
	w := l.window(e.on)
	t := e.startTally()
	for _, n := range facts {
		e.weighDiagnosis(&t, l, w, n, facts)
	}
	if e.settle(&t, sayDiagnosed) {
		return
	}
	ended := l.When.Current && t.ended > 0 && t.refuted == 0 || t.refuted > 0 && l.onlyCode
	if ended && len(e.inWords(l, w)) == 0 { // that there is no other is silence
		e.notMet(sayEnded, facts[len(facts)-1])
		if t.refuted > 0 {
			e.leaf.Code = sayRefuted
		}
		return
	}
	e.silence(b, l, w, e.lastOf(facts))
}

// tally counts what the facts of a leaf say; the facts themselves are in Evaluator.yes and .maybe.
type tally struct {
	cause          verdict.Cause // of the first doubt
	code           verdict.Code
	ended, refuted int
}

// startTally empties the lists.
func (e *Evaluator) startTally() tally {
	e.yes, e.maybe = e.yes[:0], e.maybe[:0]
	return tally{}
}

func (e *Evaluator) addYes(n uint32) { e.yes = append(e.yes, n) }

func (e *Evaluator) addMaybe(t *tally, n uint32, cause verdict.Cause, code verdict.Code) {
	if len(e.maybe) == 0 {
		t.cause, t.code = cause, code
	}
	e.maybe = append(e.maybe, n)
}

// settle decides a leaf by its tally: one yes is enough, else one doubt.
func (e *Evaluator) settle(t *tally, yes verdict.Code) bool {
	switch {
	case len(e.yes) > 0:
		e.met(yes, newest(e.yes)...)
	case len(e.maybe) > 0:
		e.unknown(t.cause, t.code, newest(e.maybe)...)
	default:
		return false
	}
	return true
}

// newest keeps the evidence readable: of many facts that say the same the last few are shown.
func newest(facts []uint32) []uint32 {
	const shown = 5
	return facts[max(0, len(facts)-shown):]
}

// lastOf gives the newest of some facts as evidence.
func (e *Evaluator) lastOf(facts []uint32) []uint32 {
	if len(facts) == 0 {
		return nil
	}
	return facts[len(facts)-1:]
}

func (e *Evaluator) weighDiagnosis(t *tally, l *boundLeaf, w dates.Window, n uint32, facts []uint32) {
	f := &e.chart.Facts[n]
	says := e.says(&l.picked, f)
	switch {
	case says == terms.Family || says == terms.Screening:
		return
	case f.Certainty == chart.Refuted && !f.Flags.Has(chart.UnknownModifier):
		t.refuted++
		return
	}
	truth, cause := e.diagnosisHolds(l, w, f, says)
	place := placed(l, f)
	switch {
	case place == dates.No:
	case f.Flags.Has(chart.UnknownModifier):
		if truth != dates.No {
			e.addMaybe(t, n, verdict.ResultNotUnderstood, sayUnread)
		}
	case truth == dates.No:
		if says != terms.History {
			t.ended++
		}
	case says == terms.Suspected || f.Certainty == chart.Doubtful:
		e.addMaybe(t, n, verdict.OnlySuspected, saySuspected)
	case truth == dates.Maybe:
		e.addMaybe(t, n, cause, causeCode(cause))
	case place == dates.Maybe:
		e.addMaybe(t, n, verdict.ResultNotUnderstood, sayPlaceUnknown)
	case e.refutedLater(f, facts):
		e.addMaybe(t, n, verdict.SourcesConflict, sayConflict)
	case f.Flags.Has(chart.Conflicting) && !e.twinsAgree(l, w, facts):
		e.addMaybe(t, n, verdict.SourcesConflict, sayConflict)
	default:
		e.addYes(n)
	}
}

// diagnosisHolds asks one record, taken at its word.
func (e *Evaluator) diagnosisHolds(l *boundLeaf, w dates.Window, f *chart.Fact, says terms.Says) (dates.Truth, verdict.Cause) {
	if says == terms.History {
		return e.historyHolds(l, w, f)
	}
	begin := f.Begin.Seen(e.seen)
	switch {
	case l.When.Current || l.When.Present:
		return e.presentHolds(l, w, f, begin)
	case !e.timeless(l):
		return e.holds(w, begin), verdict.PartialDate
	}
	return dates.Yes, verdict.NoCause
}

// historyHolds: "history of" is the disease at an unknown day up to the record's date. It answers ever, never current.
func (e *Evaluator) historyHolds(l *boundLeaf, w dates.Window, f *chart.Fact) (dates.Truth, verdict.Cause) {
	switch {
	case l.When.Current:
		return dates.No, verdict.NoCause
	case e.timeless(l) && !l.When.Present:
		return dates.Yes, verdict.NoCause
	}
	upTo := f.Begin
	if !upTo.Known() {
		upTo = f.Noted
	}
	return e.holds(w, upTo.Seen(e.seen).UpTo()), verdict.PartialDate
}

// presentHolds asks whether the disease was there at any time in the window: from onset to abatement, on to today where
// neither an end nor a closing status is on record. What is marked over in a chronic disease may not be.
func (e *Evaluator) presentHolds(l *boundLeaf, w dates.Window, f *chart.Fact, begin dates.When) (dates.Truth, verdict.Cause) {
	if !begin.Known() {
		begin = dates.Within(dates.Min, e.seen)
	}
	chronic := l.Set.Course == terms.Chronic
	end, cause := dates.When{}, verdict.PartialDate
	over := f.Status == chart.Resolved || f.Status == chart.Inactive || f.Status == chart.Remission
	switch {
	case f.End.Known() && f.End.From > e.seen: // an end after the day has not happened yet
		return w.Touches(begin, still), cause
	case f.End.Known():
		end = f.End
	case over:
		end = dates.Within(begin.From, e.seen)
	case f.Status == chart.NoStatus && !chronic && l.When.Current:
		end = dates.Within(begin.From, dates.Max)
	default:
		return w.Touches(begin, still), cause
	}
	truth := w.Touches(begin, end)
	if chronic && truth != dates.Yes && f.Status != chart.Remission && w.Touches(begin, still) != dates.No {
		return dates.Maybe, verdict.ResolvedButChronic
	}
	if f.Status == chart.Remission && l.When.Current && !f.End.Known() {
		return dates.No, verdict.NoCause
	}
	if over && l.When.Current && !f.End.Known() {
		return dates.No, verdict.NoCause // the status says so, on an unknown day up to this one
	}
	return truth, cause
}

// still is the end of what goes on.
var still = dates.When{From: dates.Max, To: dates.Max, Precision: dates.Span}

// refutedLater tells that a later record refutes one of the same code.
func (e *Evaluator) refutedLater(f *chart.Fact, facts []uint32) bool {
	for _, n := range facts {
		r := &e.chart.Facts[n]
		if r.Certainty == chart.Refuted && !r.Flags.Has(chart.UnknownModifier) && e.sharesCode(f, r) && !notLater(r, f) {
			return true
		}
	}
	return false
}

// notLater tells that r was written down before f or at the same time.
func notLater(r, f *chart.Fact) bool {
	a, b := written(r), written(f)
	return a.Known() && b.Known() && a.Compare(b) != dates.After
}

func written(f *chart.Fact) dates.When {
	if f.Noted.Known() {
		return f.Noted
	}
	return f.Begin
}

func (e *Evaluator) sharesCode(f, g *chart.Fact) bool {
	for _, a := range e.chart.CodesIn(f.Codes) {
		for _, b := range e.chart.CodesIn(g.Codes) {
			if a == b {
				return true
			}
		}
	}
	return false
}

// twinsAgree tells that all the versions of resources that came twice answer yes.
func (e *Evaluator) twinsAgree(l *boundLeaf, w dates.Window, facts []uint32) bool {
	for _, n := range facts {
		f := &e.chart.Facts[n]
		if !f.Flags.Has(chart.Conflicting) {
			continue
		}
		truth, _ := e.diagnosisHolds(l, w, f, e.says(&l.picked, f))
		if truth != dates.Yes || f.Certainty == chart.Refuted || f.Certainty == chart.Doubtful {
			return false
		}
	}
	return true
}
