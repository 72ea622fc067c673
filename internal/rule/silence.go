package rule

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// contacts sums up when a patient was seen, on the cautious side: the first contact as late, the last as early as it
// may have been.
type contacts struct {
	any         bool
	first, last dates.Day
}

func contactsUpTo(c *chart.Chart, seen dates.Day) contacts {
	var k contacts
	for i := range c.Contacts {
		if w := c.Contacts[i]; w.From <= seen {
			k.any, k.first = true, min(w.To, seen)
			break
		}
	}
	k.last = dates.Min
	for i := len(c.Contacts) - 1; i >= 0 && c.Contacts[i].To > k.last; i-- {
		if c.Contacts[i].From <= seen {
			k.last = max(k.last, c.Contacts[i].From)
		}
	}
	return k
}

// silence judges that nothing is on record: not met only where the chart would have it, else unknown with the condition
// that fails. What stands there in words only may be the thing, whatever the chart would have. evidence are the facts of the set that lie outside the question.
func (e *Evaluator) silence(b *Bound, l *boundLeaf, w dates.Window, evidence []uint32) {
	cause, day := e.silent(b, l, w)
	if cause != verdict.NoCause && cause != verdict.NoteOnly {
		e.unknown(cause, saySilenceOpen, evidence...)
		e.leaf.Day = day
		e.assume(l)
		return
	}
	evidence = e.evidence(evidence...)                     // looking for suggestions reuses the list
	if n, ok := e.suggested(l); ok && len(evidence) == 0 { // what lies outside the window is coded
		e.unknown(verdict.SuggestedNotCoded, saySuggested, n)
		return
	}
	if cause == verdict.NoteOnly {
		e.readWords()
		return
	}
	if l.suggestionUnloaded() != nil {
		e.unknown(verdict.HierarchyNotLoaded, sayHierarchy, evidence...)
		return
	}
	e.notMet(saySilence, evidence...)
	e.leaf.Basis = verdict.Silence
}

// silent gives the first condition for silence to mean no that does not hold, or NoCause. The first is that there is silence:
// else the records in words are in Evaluator.worded.
func (e *Evaluator) silent(b *Bound, l *boundLeaf, w dates.Window) (verdict.Cause, dates.Day) {
	if len(e.uncoded) > 0 && len(e.inWords(l, w)) > 0 {
		return verdict.NoteOnly, 0
	}
	return e.wouldHave(b, l, w)
}

// wouldHave gives the first reason why the chart may lack what was, or NoCause.
func (e *Evaluator) wouldHave(b *Bound, l *boundLeaf, w dates.Window) (verdict.Cause, dates.Day) {
	s := &b.Settings
	w = e.narrow(w)
	start := w.From
	if start <= dates.Min {
		start = e.before(s.RecordAtLeast, &e.recordFrom)
	}
	switch {
	case l.open:
		return verdict.NeverRecorded, 0
	case l.kind != chart.Visit && !e.keeps(l.kind):
		return verdict.ListEmpty, 0
	case !e.contact.any || e.contact.first > start:
		return verdict.RecordTooShort, e.contact.first
	case e.contact.last < e.before(s.ContactWithin, &e.contactFrom):
		return verdict.NotSeenSince, e.contact.last
	case late(l.feed, start, w.To, e.on):
		return verdict.FeedLate, 0
	}
	return verdict.NoCause, 0
}

// assume turns a leaf that is open because nothing is on record into not met, where the author or the site says so for
// the kind of record; the verdict is marked as an assumption.
func (e *Evaluator) assume(l *boundLeaf) {
	if l.assumed {
		e.leaf.Verdict, e.leaf.Basis, e.leaf.Cause = verdict.NotMet, verdict.Assumed, verdict.NoCause
	}
}

// dayBefore is a day less a period, kept because all questions of a run ask for the same.
type dayBefore struct {
	on, day dates.Day
	period  dates.Period
}

func (e *Evaluator) before(p dates.Period, kept *dayBefore) dates.Day {
	if kept.on != e.on || kept.period != p {
		*kept = dayBefore{e.on, e.on.Sub(p), p}
	}
	return kept.day
}

// keeps tells that the chart has records of a kind at all.
func (e *Evaluator) keeps(k chart.Kind) bool {
	_, facts := e.chart.Of(k)
	for i := range facts {
		if e.dated(&facts[i]) {
			return true
		}
	}
	return false
}

// late tells that the site declares its feed of the kind partial, not complete since the window's start, or late for its end.
func late(f *Feed, start, end, on dates.Day) bool {
	if f == nil {
		return false
	}
	return f.Partial || f.CompleteSince > start || !f.LateBy.IsZero() && end > on.Sub(f.LateBy)
}

// suggested finds something on record that makes silence doubtful, where silence would work against the patient.
func (e *Evaluator) suggested(l *boundLeaf) (uint32, bool) {
	if !l.hard {
		return 0, false
	}
	for i := range l.suggest {
		s := &l.suggest[i]
		facts := e.gather(&s.picked, s.kind)
		for j := len(facts) - 1; j >= 0; j-- {
			f := &e.chart.Facts[facts[j]]
			if s.limited && s.measure.suggests(f) || !s.limited && suggestive(f, e.says(&s.picked, f)) {
				return facts[j], true
			}
		}
	}
	return 0, false
}

// suggests tells that a usable result lies beyond the limit.
func (m *measure) suggests(f *chart.Fact) bool {
	state, _ := m.use(f)
	return state == usable && m.holds(f) == dates.Yes
}

// suggestive tells that a record of any certainty short of refuted speaks for its own code.
func suggestive(f *chart.Fact, says terms.Says) bool {
	if says == terms.Family || says == terms.Screening || f.Certainty == chart.Refuted {
		return false
	}
	switch f.Status {
	case chart.NotTaken, chart.Draft, chart.Cancelled, chart.Intended, chart.Planned:
		return false
	}
	return true
}
