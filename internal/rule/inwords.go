package rule

import (
	"cmp"
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// Records in words are those without a single code: text alone, an order whose drug could not be found. No set can pick
// them, and any of them may be the very thing that a question asks for. So they are no yes, and where one of them may count
// there is no silence either: the answer is open until somebody has read it.

// spokenKinds are the kinds of records of which silence, or a list that holds other things, can mean no.
var spokenKinds = [...]chart.Kind{chart.Diagnosis, chart.Medication, chart.Procedure, chart.Allergy}

// uncodedOf finds the records in words that are seen, newest last; most charts have none.
func (e *Evaluator) uncodedOf(c *chart.Chart) {
	e.uncoded = e.uncoded[:0]
	for _, n := range c.Uncoded {
		if f := &c.Facts[n]; slices.Contains(spokenKinds[:], f.Kind) && e.dated(f) && mayBeSo(f) {
			e.uncoded = append(e.uncoded, n)
		}
	}
	if len(e.uncoded) > 1 {
		slices.SortStableFunc(e.uncoded, func(x, y uint32) int { return cmp.Compare(lastDay(&c.Facts[x]), lastDay(&c.Facts[y])) })
	}
}

// lastDay is the day by which one record in words is newer than another.
func lastDay(f *chart.Fact) dates.Day {
	if w := written(f); w.Known() {
		return w.To
	}
	return dates.Min
}

// mayBeSo tells that a record states what its words say: nothing that was refuted, planned or not done. One whose modifier
// is not known may mean the opposite of what it reads.
func mayBeSo(f *chart.Fact) bool {
	switch f.Kind {
	case chart.Medication:
		return wasExposure(f)
	case chart.Procedure:
		return happened(f) != dates.No
	case chart.Allergy:
		return f.Certainty != chart.Refuted && f.Status != chart.Resolved || f.Flags.Has(chart.UnknownModifier)
	}
	return f.Certainty != chart.Refuted || f.Flags.Has(chart.UnknownModifier)
}

// inWords finds the records in words that may be what a leaf asks for in a window, newest last. Two of one day are both told
// even where they look alike: their words may differ.
func (e *Evaluator) inWords(l *boundLeaf, w dates.Window) []uint32 {
	e.worded = e.worded[:0]
	for _, n := range e.uncoded {
		if f := &e.chart.Facts[n]; f.Kind == l.kind && e.mayCount(l, w, f) {
			e.worded = append(e.worded, n)
		}
	}
	return e.worded
}

// mayCount tells that neither the time nor the place of a record rules it out. What has begun may go on, whatever end is on
// record: what an end means hangs on what it is the end of.
func (e *Evaluator) mayCount(l *boundLeaf, w dates.Window, f *chart.Fact) bool {
	switch {
	case l.kind == chart.Allergy:
		return true
	case l.Word == "times":
		return placed(l, f) != dates.No && e.holds(w, f.Begin.Seen(e.seen)) != dates.No
	case l.kind == chart.Medication:
		regular := l.When.Regular || !l.When.ForAtLeast.IsZero() && l.Word != "daily_dose"
		return !(regular && f.Flags.Has(chart.AsNeeded)) && (!begun(f).Known() || begun(f).From <= e.narrow(w).To)
	case placed(l, f) == dates.No:
		return false
	case l.kind == chart.Procedure:
		return e.eventIn(l, w, f) != dates.No
	case l.When.Current || l.When.Present:
		return !f.Begin.Known() || f.Begin.From <= e.narrow(w).To
	}
	return e.timeless(l) || e.holds(w, f.Begin.Seen(e.seen)) != dates.No
}

// wordsShown is how many records in words a sentence counts; of more it has one more as evidence.
const wordsShown = 5

// readWords leaves a leaf open for the newest of the records in words that were found last.
func (e *Evaluator) readWords() {
	e.unknown(verdict.NoteOnly, sayInWords, e.worded[max(0, len(e.worded)-wordsShown-1):]...)
}

// wordChanges notes when a record in words comes to lie in the window of a leaf, or no longer does.
func (e *Evaluator) wordChanges(t *turns) {
	for _, n := range e.uncoded {
		f := &e.chart.Facts[n]
		if f.Kind != t.leaf.kind {
			continue
		}
		t.when(f.Begin.Seen(e.seen))
		t.when(f.End)
		t.when(f.Noted.Seen(e.seen))
	}
}
