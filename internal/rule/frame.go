package rule

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// frame is the time that the event of a when phrase leaves for an answer. Where the event's day is not known exactly, what
// lies in sure is inside whatever the day was, and what lies outside may is outside.
type frame struct {
	on        bool
	sure, may dates.Window
	event     dates.When
	strict    Side // Before or After without a distance: two instants of one day can be told apart
}

// narrow gives the part of a window that the event may leave.
func (e *Evaluator) narrow(w dates.Window) dates.Window {
	if !e.frame.on {
		return w
	}
	return meet(w, e.frame.may)
}

func meet(v, w dates.Window) dates.Window {
	return dates.Window{From: max(v.From, w.From), To: min(v.To, w.To)}
}

// holds tells whether something that happened at t happened in the window, and as the event asks.
func (e *Evaluator) holds(w dates.Window, t dates.When) dates.Truth {
	f := &e.frame
	if !f.on {
		return w.Holds(t)
	}
	if f.strict != Around && t.Precision == dates.ToInstant && f.event.Precision == dates.ToInstant {
		order := t.Compare(f.event)
		switch {
		case order == dates.Tied:
			return dates.Maybe
		case (order == dates.Before) != (f.strict == Before):
			return dates.No
		}
		return w.Holds(t)
	}
	return both(meet(w, f.sure).Holds(t), meet(w, f.may).Holds(t))
}

// touches tells the same of something that lasted.
func (e *Evaluator) touches(w dates.Window, begin, end dates.When) dates.Truth {
	if !e.frame.on {
		return w.Touches(begin, end)
	}
	return both(meet(w, e.frame.sure).Touches(begin, end), meet(w, e.frame.may).Touches(begin, end))
}

// both joins the answers of the windows that are sure and that may be.
func both(sure, may dates.Truth) dates.Truth {
	switch {
	case sure == dates.Yes:
		return dates.Yes
	case may == dates.No:
		return dates.No
	}
	return dates.Maybe
}

// timeless tells that a leaf asks about any time at all.
func (e *Evaluator) timeless(l *boundLeaf) bool {
	return (!l.When.HasWindow || l.When.Window.Kind == dates.Ever) && !e.frame.on && !e.anchored
}

// tie sets the frame of a leaf with an event; without the event on record the leaf is answered by that.
func (e *Evaluator) tie(b *Bound, l *boundLeaf) bool {
	if l.event == nil {
		e.frame.on = false
		return true
	}
	found := e.usedHere(b, l)
	if !found.when.Known() {
		found = e.latestEvent(l.event)
	}
	if !found.when.Known() {
		e.noEvent(b, l, &found)
		return false
	}
	e.frame = frameOf(&l.When.Event, found.when)
	return true
}

func frameOf(v *Event, t dates.When) frame {
	f := frame{on: true, event: t}
	near, far := dates.Window{From: dates.Min, To: dates.Max}, dates.Window{From: dates.Min, To: dates.Max}
	if v.Side != Before { // up to so long after
		near.To, far.To = dates.Max, dates.Max
		if !v.Within.IsZero() {
			near.To, far.To = t.From.Add(v.Within), t.To.Add(v.Within)
		}
	} else if near.To, far.To = t.From, t.To; v.Within.IsZero() {
		near.To--
	}
	if v.Side != After {
		near.From, far.From = dates.Min, dates.Min
		if !v.Within.IsZero() {
			near.From, far.From = t.To.Sub(v.Within), t.From.Sub(v.Within)
		}
	} else if near.From, far.From = t.To, t.From; v.Within.IsZero() {
		near.From++
	}
	f.sure, f.may = near, far
	if v.Within.IsZero() {
		f.strict = v.Side
	}
	return f
}

// found is an event on record: when it was, or why that cannot be said.
type found struct {
	when  dates.When
	cause verdict.Cause
	fact  uint32
	any   bool // fact is one
}

// usedHere gives the time of the result that another question of the criterion about the same set rests on.
func (e *Evaluator) usedHere(b *Bound, l *boundLeaf) found {
	for i := range b.leaves {
		other, leaf := &b.leaves[i], &e.leaves[i]
		if other == l || other.Set != l.event.Set || len(leaf.Facts) == 0 || leaf.Basis == verdict.Silence {
			continue
		}
		if leaf.Verdict == verdict.Met || leaf.Verdict == verdict.NotMet && other.kind == chart.Result && other.event == nil {
			n := leaf.Facts[len(leaf.Facts)-1]
			return found{when: e.chart.Facts[n].Begin.Seen(e.seen), fact: n, any: true}
		}
	}
	return found{}
}

// latestEvent gives the time of the latest record of a set that counts. A record that may not count, or whose day is not
// given, leaves it open if it may be the later one.
func (e *Evaluator) latestEvent(l *boundLeaf) (out found) {
	facts := e.gatherAll(&l.picked, l.kind)
	for _, n := range facts {
		truth, t := e.counted(l, &e.chart.Facts[n])
		if truth == dates.Yes && t.Known() && (!out.when.Known() || t.To >= out.when.To) {
			if out.when.Known() && out.when.From > t.From {
				t = dates.Within(out.when.From, t.To)
			}
			out.when, out.fact, out.any = t, n, true
		}
	}
	for _, n := range facts {
		truth, t := e.counted(l, &e.chart.Facts[n])
		switch {
		case truth == dates.No || truth == dates.Yes && t.Known():
		case t.Known() && out.when.Known() && t.To <= out.when.From:
		default:
			cause := e.doubtOf([]uint32{n}, verdict.OnlySuspected)
			if truth == dates.Yes {
				cause = verdict.PartialDate
			}
			return found{cause: cause, fact: n, any: true}
		}
	}
	return out
}

// counted tells whether a record of a set counts, and when it was. "History of" is the disease at an unknown day up to the
// record's.
func (e *Evaluator) counted(l *boundLeaf, f *chart.Fact) (dates.Truth, dates.When) {
	truth, t := e.counts(l, f), begun(f).Seen(e.seen)
	sure := l.kind == chart.Diagnosis && f.Certainty != chart.Doubtful && f.Certainty != chart.Refuted &&
		f.Flags&(chart.Conflicting|chart.UnknownModifier) == 0
	if sure && truth == dates.Maybe && e.says(&l.picked, f) == terms.History {
		if !t.Known() {
			t = f.Noted.Seen(e.seen)
		}
		return dates.Yes, t.UpTo()
	}
	return truth, t
}

// begun is when something began, by whatever the record tells of it.
func begun(f *chart.Fact) dates.When {
	if !f.Begin.Known() && f.Kind == chart.Medication {
		return f.Noted
	}
	return f.Begin
}

// noEvent answers a leaf whose event is not on record: nothing can lie before, after or near it if the chart would have it.
func (e *Evaluator) noEvent(b *Bound, l *boundLeaf, event *found) {
	e.frame.on = false
	switch {
	case event.any:
		e.unknown(event.cause, sayEventUnclear, event.fact)
		return
	case l.event.kind == chart.Result:
		e.unknown(verdict.NeverRecorded, sayNoEvent)
		return
	}
	cause, day := e.silent(b, l.event, dates.Window{From: dates.Min, To: e.on})
	switch {
	case cause == verdict.NoteOnly:
		e.readWords()
	case cause != verdict.NoCause:
		e.unknown(cause, sayNoEvent)
		e.leaf.Day = day
	case findWord(l.Word).Form != YesNo:
		e.unknown(verdict.NeverRecorded, sayNoEvent)
	default:
		e.notMet(sayNoEvent)
		e.leaf.Basis = verdict.Silence
	}
}

// moveTo sets the day asked about to the anchor of the criterion; false leaves the whole criterion open.
func (e *Evaluator) moveTo(b *Bound) bool {
	event := e.latestEvent(b.anchor)
	if event.when.Exact() {
		e.on, e.anchored = event.when.From, true
		return true
	}
	e.leaf = verdict.Leaf{}
	switch {
	case event.any && !event.when.Known():
		e.unknown(event.cause, sayAnchorUnclear, event.fact)
	case event.any:
		e.unknown(verdict.PartialDate, sayAnchorUnclear, event.fact)
	default:
		cause := verdict.NeverRecorded
		if b.anchor.kind != chart.Result {
			if c, day := e.silent(b, b.anchor, dates.Window{From: dates.Min, To: e.on}); c != verdict.NoCause {
				cause, e.leaf.Day = c, day
			}
		}
		if cause == verdict.NoteOnly {
			e.readWords()
			e.leaf.Code = sayNoAnchor
		} else {
			e.unknown(cause, sayNoAnchor)
		}
	}
	return false
}

// adrift is the answer of a criterion whose anchor is not on record.
func (e *Evaluator) adrift() verdict.Judgement {
	e.decide = append(e.decide[:0], e.leaf)
	return verdict.Judgement{Causes: verdict.Causes(0).With(e.leaf.Cause), Leaves: e.decide}
}

// placed tells whether a record was made at the kind of visit that a leaf asks for.
func placed(l *boundLeaf, f *chart.Fact) dates.Truth {
	in, out := f.Flags.Has(chart.Inpatient), f.Flags.Has(chart.Outpatient)
	switch {
	case l.When.Place == Anywhere:
		return dates.Yes
	case in == out:
		return dates.Maybe
	case in == (l.When.Place == AsInpatient):
		return dates.Yes
	}
	return dates.No
}
