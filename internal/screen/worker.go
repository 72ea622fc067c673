package screen

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// Row is what one trial comes to for one patient.
type Row struct {
	Withheld  Why
	Outcome   Outcome
	NearMiss  bool // ineligible by criteria alone that may be repeated
	BySilence bool // ineligible by silence alone
	Arm       int  // the arm with the best outcome
	Open      int  // criteria that hold the patient back by being unknown
	Soft      int  // soft criteria that pass

	EligibleFrom dates.Day // the joint day of `not yet`, else NoDay
	ClosesOn     dates.Day // the first day within the horizon on which a passing criterion stops passing, else NoDay
	Newest       dates.Day // of the evidence, else NoDay

	Answers []Answer // per criterion; empty if withheld
}

// Screened is one chart's answer to all trials of a plan.
type Screened struct {
	Key         chart.Key
	LastContact dates.Day // on or before the as-of day, else NoDay
	NextVisit   dates.Day // the first booked one after the as-of day, else NoDay
	Rows        []Row     // per trial
}

// Worker screens charts one at a time; each goroutine has its own.
type Worker struct {
	plan      *Plan
	evaluator rule.Evaluator
	screened  Screened
	days      []dates.Day
	courses   [][]turn // per criterion of the trial in hand; nil where it was not asked for
}

// NewWorker makes a worker for a plan.
func (p *Plan) NewWorker() *Worker {
	w := &Worker{plan: p}
	w.screened.Rows = make([]Row, len(p.trials))
	for i := range p.trials {
		w.screened.Rows[i].Answers = make([]Answer, len(p.trials[i].criteria))
	}
	return w
}

// Screen answers all trials for a chart. The answer is the worker's own until its next call.
func (w *Worker) Screen(c *chart.Chart) *Screened {
	s := &w.screened
	s.Key, s.LastContact, s.NextVisit = c.Person.Key, lastContact(c, w.plan.settings.AsOf), nextVisit(c, w.plan.settings.AsOf)
	for i := range w.plan.trials {
		w.screenInto(&s.Rows[i], c, &w.plan.trials[i])
	}
	return s
}

func (w *Worker) screenInto(row *Row, c *chart.Chart, t *plannedTrial) {
	if why := w.plan.withheld(c, t.Trial); why != NotWithheld {
		*row = Row{Withheld: why, EligibleFrom: NoDay, ClosesOn: NoDay, Newest: NoDay, Answers: row.Answers[:0]}
		return
	}
	*row = w.row(c, t, row.Answers[:0])
}

// row asks a trial's criteria of a chart, whether it is withheld or not.
func (w *Worker) row(c *chart.Chart, t *plannedTrial, answers []Answer) Row {
	row := Row{EligibleFrom: NoDay, ClosesOn: NoDay, Newest: NoDay, Answers: answers}
	asOf := w.plan.settings.AsOf
	for k := range t.criteria {
		a, newest := w.answer(c, &t.criteria[k], asOf)
		row.Answers = append(row.Answers, a)
		row.Newest = max(row.Newest, newest)
	}
	w.forgetCourses(len(t.criteria))
	for i := range t.arms {
		w.consider(&row, c, t, i)
	}
	return row
}

// consider takes an arm into the row if it is better than what stands there; the first arm always is.
func (w *Worker) consider(row *Row, c *chart.Chart, t *plannedTrial, arm int) {
	s := t.stand(&t.arms[arm], row.Answers)
	outcome, from := s.outcome(), NoDay
	if outcome == Ineligible {
		if day, ok := w.jointDay(c, t, &t.arms[arm], row.Answers); ok {
			outcome, from = NotYet, day
		}
	}
	if arm > 0 && (outcome > row.Outcome || outcome == row.Outcome && !sooner(from, row.EligibleFrom)) {
		return
	}
	row.Arm, row.Outcome, row.EligibleFrom = arm, outcome, from
	row.Open, row.Soft = s.open, s.softPasses
	row.NearMiss, row.BySilence = outcome == Ineligible && s.nearMiss, outcome == Ineligible && s.bySilence
	row.ClosesOn = NoDay
	if outcome != Ineligible {
		row.ClosesOn = w.closesOn(c, t, &t.arms[arm], row.Answers)
	}
}

// sooner compares days of which NoDay is the last.
func sooner(a, b dates.Day) bool { return a != NoDay && (b == NoDay || a < b) }

// answer judges one criterion on a day, seeing what was on record on the as-of day, and gives the day of its newest
// evidence.
func (w *Worker) answer(c *chart.Chart, k *criterion, on dates.Day) (Answer, dates.Day) {
	if k.bound == nil {
		return Answer{Causes: onlyManual, Basis: verdict.Person}, NoDay
	}
	j := w.evaluate(c, k, on)
	return settle(k, &j), newestOf(c, &j, w.plan.settings.AsOf)
}

// newestOf gives the day of a judgement's newest evidence up to a day.
func newestOf(c *chart.Chart, j *verdict.Judgement, upTo dates.Day) dates.Day {
	newest := NoDay
	for i := range j.Leaves {
		for _, f := range j.Leaves[i].Facts {
			if t := &c.Facts[f].Begin; t.Known() && t.To <= upTo {
				newest = max(newest, t.To)
			}
		}
	}
	return newest
}

// settle makes the answer of a judgement: the author's assumption about missing data comes last, and only where nothing
// but data is missing.
func settle(k *criterion, j *verdict.Judgement) Answer {
	a := Answer{Verdict: j.Verdict, Basis: j.Basis, Causes: j.Causes}
	if j.Verdict != verdict.Unknown {
		return a
	}
	if k.Missing != trial.MissingUnknown && j.Causes.Within(noData) {
		a = Answer{Verdict: verdict.NotMet, Basis: verdict.Assumed}
		if k.Missing == trial.MissingMet {
			a.Verdict = verdict.Met
		}
		return a
	}
	if j.Causes.Has(verdict.OutsideWindow) {
		a.ByLast = byLast(k.Program, j)
	}
	return a
}

// lastContact is the newest dated contact on or before a day. Contacts that are only partly dated count from their start.
func lastContact(c *chart.Chart, d dates.Day) dates.Day {
	last := NoDay
	for i := len(c.Contacts) - 1; i >= 0; i-- {
		t := c.Contacts[i]
		switch {
		case t.To <= d:
			return max(last, t.To)
		case t.From <= d:
			last = max(last, t.From)
		}
	}
	return last
}

// nextVisit is the first booked appointment or planned visit after a day.
func nextVisit(c *chart.Chart, d dates.Day) dates.Day {
	next := NoDay
	for _, kind := range [...]chart.Kind{chart.Appointment, chart.Visit} {
		_, facts := c.Of(kind)
		for i := range facts {
			f := &facts[i]
			booked := f.Status == chart.Planned && f.Begin.Known() && f.Begin.From > d && !(f.Noted.Known() && f.Noted.From > d)
			if booked && sooner(f.Begin.From, next) {
				next = f.Begin.From
			}
		}
	}
	return next
}
