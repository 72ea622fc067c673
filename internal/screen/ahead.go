package screen

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// turn is a stretch of days with one answer, from its first day on.
type turn struct {
	on     dates.Day
	answer Answer
	// bySupply tells that the criterion is no longer what it was on the as-of day because a supply ran out.
	bySupply bool
}

// course gives the answers of a criterion by time alone from the as-of day to the plan's horizon; the first is today's.
func (w *Worker) course(c *chart.Chart, t *plannedTrial, k int, today Answer) []turn {
	if w.courses[k] != nil {
		return w.courses[k]
	}
	asOf := w.plan.settings.AsOf
	turns := append(w.courses[k], turn{on: asOf, answer: today})
	if cr := &t.criteria[k]; cr.bound != nil {
		w.days = w.changes(c, cr)
		slices.Sort(w.days)
		w.days = slices.Compact(w.days)
		supplied := w.supplied(c, cr, len(w.days))
		for _, d := range w.days {
			turns = append(turns, w.turn(c, cr, d, supplied))
		}
	}
	w.courses[k] = turns
	return turns
}

func (w *Worker) forgetCourses(n int) {
	w.courses = w.courses[:0]
	for range n {
		w.courses = append(w.courses, nil)
	}
}

// suppliedAnswer is a question that a running supply answers on the as-of day.
type suppliedAnswer struct {
	question uint16
	verdict  verdict.Verdict
}

// supplied gives the questions that a running supply decides on the as-of day; no question is asked if there is no other
// day.
func (w *Worker) supplied(c *chart.Chart, k *criterion, days int) (answers []suppliedAnswer) {
	if days == 0 {
		return nil
	}
	j := w.evaluate(c, k, w.plan.settings.AsOf)
	for i := range j.Leaves {
		if l := &j.Leaves[i]; l.BySupply && l.Verdict != verdict.Unknown {
			answers = append(answers, suppliedAnswer{l.Number, l.Verdict})
		}
	}
	return answers
}

// turn judges a criterion on a day ahead.
func (w *Worker) turn(c *chart.Chart, k *criterion, d dates.Day, supplied []suppliedAnswer) turn {
	j := w.evaluate(c, k, d)
	out := turn{on: d, answer: settle(k, &j)}
	for i := range j.Leaves {
		l := &j.Leaves[i]
		for _, s := range supplied {
			out.bySupply = out.bySupply || s.question == l.Number && s.verdict != l.Verdict
		}
	}
	return out
}

// passes tells whether the answer is a pass to wait for: not one that comes of a supply running out, nor one that is assumed
// because the value that fails will by then be too old.
func (x *turn) passes(k verdict.Kind) bool {
	return k.Effect(x.answer.Verdict) == verdict.Pass && !x.bySupply && x.answer.Basis != verdict.Assumed
}

// at gives the answer of a course on a day.
func at(turns []turn, d dates.Day) *turn {
	i := len(turns) - 1
	for i > 0 && turns[i].on > d {
		i--
	}
	return &turns[i]
}

// jointDay finds the first day on which, by time alone, no hard criterion of an arm fails, everything that fails today
// passes, and everything that passes today still passes or has merely gone stale.
func (w *Worker) jointDay(c *chart.Chart, t *plannedTrial, a *arm, answers []Answer) (dates.Day, bool) {
	if t.until <= w.plan.settings.AsOf || !w.mayTurn(c, t, a, answers) {
		return NoDay, false
	}
	var days []dates.Day
	for k := range t.criteria {
		if !a.holds[k] || !t.criteria[k].role.hard() {
			continue
		}
		for _, turn := range w.course(c, t, k, answers[k])[1:] {
			days = append(days, turn.on)
		}
	}
	slices.Sort(days)
	for _, d := range slices.Compact(days) {
		if d <= t.until && w.joint(t, a, answers, d) {
			return d, true
		}
	}
	return NoDay, false
}

// mayTurn tells whether each failing criterion passes on some day of its own: most that fail never do, and then nothing
// else need be asked.
func (w *Worker) mayTurn(c *chart.Chart, t *plannedTrial, a *arm, answers []Answer) bool {
	for k := range t.criteria {
		cr := &t.criteria[k]
		if !a.holds[k] || !cr.role.hard() || cr.Kind.Effect(answers[k].Verdict) != verdict.Fail {
			continue
		}
		passes := func(x turn) bool {
			return x.on <= t.until && x.passes(cr.Kind)
		}
		if !slices.ContainsFunc(w.course(c, t, k, answers[k]), passes) {
			return false
		}
	}
	return true
}

// joint tells whether a day is one on which the patient could join.
func (w *Worker) joint(t *plannedTrial, a *arm, answers []Answer, d dates.Day) bool {
	for k := range t.criteria {
		cr := &t.criteria[k]
		if !a.holds[k] || !cr.role.hard() {
			continue
		}
		then := at(w.courses[k], d)
		now, effect := cr.Kind.Effect(answers[k].Verdict), cr.Kind.Effect(then.answer.Verdict)
		switch {
		case effect == verdict.Fail:
			return false
		case now == verdict.Fail && !then.passes(cr.Kind):
			return false
		case now == verdict.Pass && effect == verdict.Open && cr.role == deciding && !stale(&then.answer):
			return false
		}
	}
	return true
}

// stale tells that an answer is unknown for no other reason than that the last value has grown old.
func stale(a *Answer) bool { return a.Verdict == verdict.Unknown && a.Causes.Within(onlyStale) }

// closesOn finds the first day within the horizon on which a passing criterion of the arm stops passing.
func (w *Worker) closesOn(c *chart.Chart, t *plannedTrial, a *arm, answers []Answer) dates.Day {
	first := NoDay
	for k := range t.criteria {
		cr := &t.criteria[k]
		if !a.holds[k] || cr.role != deciding || cr.Kind.Effect(answers[k].Verdict) != verdict.Pass {
			continue
		}
		for _, x := range w.course(c, t, k, answers[k])[1:] {
			if cr.Kind.Effect(x.answer.Verdict) != verdict.Pass {
				if sooner(x.on, first) {
					first = x.on
				}
				break
			}
		}
	}
	return first
}

// flip is the next change of a criterion by time alone within the horizon.
func (w *Worker) flip(c *chart.Chart, t *plannedTrial, k int, today Answer) *verdict.Flip {
	for _, x := range w.course(c, t, k, today)[1:] {
		if x.answer.Verdict != today.Verdict {
			return &verdict.Flip{On: x.on, To: x.answer.Verdict}
		}
	}
	return nil
}
