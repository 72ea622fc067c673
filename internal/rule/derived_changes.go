package rule

import "prescreen/internal/dates"

// derivedChanges notes the days on which a derived value may change: an input or a report passes an end of the window, an
// age adds points, a diagnosis or its silence turns. Ages and distances of inputs belong to the day of the sample and stay.
func (e *Evaluator) derivedChanges(b *Bound, t *turns) {
	d := t.leaf.derived
	for i := range d.inputs {
		switch in := &d.inputs[i]; in.kind {
		case dialysed:
			e.dialysisChanges(b, t, in)
		case diagnosedFlag:
			e.partChanges(b, t, in.leaf)
		default:
			e.inputChanges(t, in.leaf)
		}
	}
	e.inputChanges(t, d.report)
	e.inputChanges(t, d.beside)
	for i := range d.items {
		for j := range d.items[i] {
			e.partChanges(b, t, d.items[i][j])
		}
	}
	if d.formula.score != nil {
		e.birthdays(t)
	}
}

// inputChanges uses the window of the whole leaf.
func (e *Evaluator) inputChanges(t *turns, in *boundLeaf) {
	if in == nil {
		return
	}
	for _, n := range e.gather(&in.picked, in.kind) {
		t.when(e.chart.Facts[n].Begin.Seen(e.seen))
	}
}

// partChanges asks a diagnosis as a leaf of its own.
func (e *Evaluator) partChanges(b *Bound, t *turns, part *boundLeaf) {
	if part == nil {
		return
	}
	own := turns{days: t.days, seen: t.seen, until: t.until, leaf: part}
	own.start, own.end = part.window(t.seen), part.window(t.until)
	e.factChanges(&own)
	e.silenceChanges(b, &own)
	t.days = own.days
}

// dialysisChanges: the week of dialysis hangs on the sample, so that only what silence needs can change.
func (e *Evaluator) dialysisChanges(b *Bound, t *turns, in *boundInput) {
	if e.contact.any {
		t.back(b.Settings.ContactWithin, e.contact.last)
	}
	f := in.leaf.feed
	if f == nil || f.LateBy.IsZero() {
		return
	}
	for i := range t.leaf.derived.inputs {
		lead := &t.leaf.derived.inputs[i]
		if !lead.leads() {
			continue
		}
		for _, n := range e.gather(&lead.leaf.picked, lead.leaf.kind) {
			w := e.chart.Facts[n].Begin.Seen(e.seen)
			for _, x := range [...]dates.Day{w.From, w.To} {
				t.back(f.LateBy, x)
			}
		}
	}
}
