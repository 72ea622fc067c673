package rule

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// estimate is the answer of the formula, or of what is reported.
type estimate struct {
	there bool // there is something to answer with; else lacks says what is missing
	holds dates.Truth
	cause verdict.Cause // why holds is open
	why   whyOpen
	fact  uint32 // that leaves it open, for why
	slot  int    // of the input that is missing or leaves it open
	when  dates.When
	basis verdict.Basis
	value [2]value // of the formula: for a man, for a woman
	sexes [2]bool
	form  form // of the report
	// bare is what the number of an unusable report would answer if its unit were the limit's. It never answers; it can
	// only contradict.
	bare dates.Truth
}

// whyOpen says what the sentence of an open estimate tells.
type whyOpen uint8

const (
	whyNothing  whyOpen = iota
	whyMissing          // an input is not on record in the window
	whyApart            // the inputs lie too far from each other
	whyUnusable         // the newest result of an input cannot be used
	whyDate             // the date of an input is not clear
	whyNoAge            // no birth date
	whyYoung            // not defined at that age
	whyLimits           // the value lies on both sides of the limit
	whySex              // the answers for a man and a woman differ
	whyImplausible
	whyTwins // two values that differ by race
	whyNewerReport
)

// deriving is what an Evaluator keeps of the derived value at hand.
type deriving struct {
	of       [maxSlots][]reading
	n        [maxSlots]int
	got      drawn
	args     arguments
	group    []uint32 // facts of the report
	formula  estimate
	report   estimate
	chosen   choice
	outside  bool
	points   []point
	partners []uint32 // facts of the points, or of a score
	parts    []scorePart
}

// choice tells which estimate answers.
type choice uint8

const (
	neither choice = iota
	byFormula
	byReport
	byConflict
)

// estimateNow computes from the newest inputs that lie close enough to each other.
func (e *Evaluator) estimateNow(b *Bound, l *boundLeaf, w dates.Window) estimate {
	d, k := l.derived, &e.derive
	k.got.reset()
	for i := range d.inputs {
		in := &d.inputs[i]
		if !in.leads() {
			continue
		}
		e.read(in.leaf, w, e.gather(&in.leaf.picked, chart.Result))
		k.of[i] = append(k.of[i][:0], e.inWindow()...)
		k.n[i] = len(k.of[i])
	}
	for i := range d.inputs {
		if d.inputs[i].leads() && k.n[i] == 0 {
			return estimate{why: whyMissing, slot: i}
		}
	}
	if slot, ok := k.align(d); !ok {
		return estimate{why: whyApart, slot: slot}
	}
	for i := range d.inputs {
		if d.inputs[i].leads() {
			if open, ok := e.draw(i, &d.inputs[i], k.of[i][:k.n[i]]); !ok {
				return open
			}
		}
	}
	return e.complete(b, d)
}

// align walks back from the newest results to the newest ones that lie within 7 days of each other. slot is the input that
// has none near the others.
func (k *deriving) align(d *boundDerived) (slot int, ok bool) {
	for {
		newest, oldest := dates.Min, dates.Max
		for i := range d.inputs {
			if d.inputs[i].leads() {
				day := k.of[i][k.n[i]-1].when.To
				newest = max(newest, day)
				if day < oldest {
					oldest, slot = day, i
				}
			}
		}
		until := oldest.Add(sevenDays)
		if newest <= until {
			return 0, true
		}
		moved := false
		for i := range d.inputs {
			for d.inputs[i].leads() && k.n[i] > 0 && k.of[i][k.n[i]-1].when.From > until {
				k.n[i]--
				moved = true
			}
			if d.inputs[i].leads() && k.n[i] == 0 {
				return slot, false
			}
		}
		if !moved { // a date that is not clear: draw tells
			return 0, true
		}
	}
}

// draw takes the newest of some results, with all that tie with it.
func (e *Evaluator) draw(slot int, in *boundInput, rs []reading) (open estimate, ok bool) {
	e.top(rs, len(rs))
	got := &e.derive.got
	unusableOne := -1
	for _, i := range e.group {
		r := &rs[i]
		switch {
		case r.state != usable:
			unusableOne = int(i)
			continue
		case r.in == dates.Maybe:
			return estimate{there: true, why: whyDate, cause: verdict.PartialDate, fact: r.fact, slot: slot, when: r.when}, false
		}
		e.take(slot, in, r)
	}
	if len(got.facts[slot]) == 0 {
		r := &rs[max(unusableOne, 0)]
		return estimate{there: true, why: whyUnusable, cause: r.cause, fact: r.fact, slot: slot, when: r.when}, false
	}
	return estimate{}, true
}

// take adds one usable result to an input.
func (e *Evaluator) take(slot int, in *boundInput, r *reading) {
	got, f := &e.derive.got, &e.chart.Facts[r.fact]
	lo, hi := e.ends(in, f)
	if len(got.facts[slot]) == 0 {
		got.lo[slot], got.hi[slot] = lo, hi
	} else {
		if lo != got.lo[slot] || hi != got.hi[slot] {
			got.loose |= byTie
		}
		got.lo[slot], got.hi[slot] = min(got.lo[slot], lo), max(got.hi[slot], hi)
	}
	if lo != hi {
		got.loose |= byComparator
	}
	got.facts[slot] = append(got.facts[slot], r.fact)
	if !got.newest.Known() || r.when.Compare(got.newest) == dates.After {
		got.newest = r.when
	}
	if in.leads() {
		got.first, got.last = min(got.first, r.when.From), max(got.last, r.when.To)
	}
}
