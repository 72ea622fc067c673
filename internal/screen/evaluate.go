package screen

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/verdict"
)

// A mistake of this program in one criterion of one chart must neither end a run over thousands nor decide about the
// patient: such a verdict is unknown, internal error, and says so.

var onlyInternal = verdict.Causes(0).With(verdict.InternalError)

// evaluate judges a criterion on a day, seeing what was on record on the as-of day.
func (w *Worker) evaluate(c *chart.Chart, k *criterion, on dates.Day) verdict.Judgement {
	return w.judge(c, k, w.plan.settings.AsOf, on)
}

// judge judges a criterion on a day, seeing what was on record on another.
func (w *Worker) judge(c *chart.Chart, k *criterion, seen, on dates.Day) (j verdict.Judgement) {
	defer w.rescue(func() { j = verdict.Judgement{Causes: onlyInternal} })
	return w.evaluator.Evaluate(k.bound, c, seen, on)
}

// changes gives the days within the horizon on which a criterion may change.
func (w *Worker) changes(c *chart.Chart, k *criterion) (days []dates.Day) {
	defer w.rescue(func() { days = nil })
	return w.evaluator.Changes(w.days[:0], k.bound, c, w.plan.settings.AsOf, w.plan.horizon)
}

// sentence tells a judgement.
func (w *Worker) sentence(c *chart.Chart, k *criterion, j *verdict.Judgement, flip *verdict.Flip) (s string) {
	const broken = "This could not be evaluated because of a mistake in this program; please report it. To settle: read the chart."
	defer w.rescue(func() { s = broken })
	if j.Causes.Has(verdict.InternalError) && len(j.Leaves) == 0 {
		return broken
	}
	return w.evaluator.Sentence(k.bound, c, j, w.plan.settings.AsOf, flip)
}

// rescue is deferred: it takes up the evaluator's panic, with an evaluator that remembers nothing of it.
func (w *Worker) rescue(instead func()) {
	if recover() != nil {
		w.evaluator = rule.Evaluator{}
		instead()
	}
}
