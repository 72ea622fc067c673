package screen

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/verdict"
)

// NextLook is the first day after the plan's on which, by time alone, anything that is kept of a chart may be another: an
// answer, a day or a flag of a row of any trial, its last contact or next visit, whether it is withheld. It is never too late,
// and at the latest the horizon's last day.
//
// A row tells of the day and of the days ahead up to the horizon. Both move: on the day itself something new comes into view,
// and at the far end too. So each day of change is waited for twice: once when it comes within the horizon, once when it comes.
func (w *Worker) NextLook(c *chart.Chart) dates.Day {
	asOf := w.plan.settings.AsOf
	next := looking{from: asOf, day: max(w.plan.horizon, asOf+1)}
	next.datesOf(c)
	moving := rule.MovingOn(c, asOf)
	reach := next.day.Add(w.plan.settings.Horizon)
	for i := range w.plan.trials {
		w.lookAtOne(&next, c, i, moving, reach)
	}
	return next.day
}

// lookAtOne notes when the row of a trial, by its number, may be another.
func (w *Worker) lookAtOne(next *looking, c *chart.Chart, number int, moving *rule.Moving, reach dates.Day) {
	t := &w.plan.trials[number]
	if next.day > next.from+1 && w.plan.withheld(c, t.Trial) == NotWithheld {
		w.lookAt(next, c, t, w.plan.reads()[number], moving, reach)
	}
}

// NextLookAfter is NextLook for a chart that came in place of another of the same patient, whose look was still ahead, where
// only some trials are touched by the difference. It is never too late either, but may be earlier than NextLook: at the latest
// the look that was.
//
// The other trials rest on nothing that differs. So until the look that was, and while nothing dated comes into view, their
// rows stay what they were for the chart before. But each day sees farther ahead than the day before: trials that can tell
// the two charts apart by silence as far as can be seen until then are asked again.
func (w *Worker) NextLookAfter(old, now *chart.Chart, was dates.Day, touched []int) dates.Day {
	asOf := w.plan.settings.AsOf
	if was <= asOf || firstContactMoves(now, asOf) {
		return w.NextLook(now)
	}
	moving := rule.MovingOn(now, asOf)
	next := looking{from: asOf, day: was}
	next.datesOf(now)
	reach := next.day.Add(w.plan.settings.Horizon)
	before, after := rule.SilenceOf(old, asOf), rule.SilenceOf(now, asOf)
	hears := func(r *rule.Reads) bool { return r != nil && r.Hears(&before, &after, reach) }
	for i := range w.plan.trials {
		reads := w.plan.reads()[i]
		if slices.Contains(touched, i) || slices.ContainsFunc(reads, hears) {
			w.lookAtOne(&next, now, i, moving, reach)
		}
	}
	return next.day
}

// firstContactMoves tells that the first contact was on an unknown day up to the day, which moves along with it.
func firstContactMoves(c *chart.Chart, d dates.Day) bool {
	i := slices.IndexFunc(c.Contacts, func(w dates.When) bool { return w.From <= d })
	return i >= 0 && c.Contacts[i].To > d
}

// looking is the earliest day found so far, after a day.
type looking struct{ from, day dates.Day }

// at notes a day.
func (n *looking) at(d dates.Day) {
	if d > n.from && d < n.day {
		n.day = d
	}
}

// datesOf notes every date on record that lies ahead: on it a fact comes into view, a period begins or ends, a patient dies. What
// holds to the end of a day is another on the next.
func (n *looking) datesOf(c *chart.Chart) {
	for _, t := range [...]dates.When{c.Person.Birth, c.Person.Death} {
		n.ends(t)
	}
	for i := range c.Facts {
		f := &c.Facts[i]
		n.ends(f.Begin)
		n.ends(f.End)
		n.ends(f.Noted)
		if f.Kind == chart.Consent && f.End.Known() {
			n.at(f.End.To + 1)
		}
	}
}

func (n *looking) ends(t dates.When) {
	if t.Known() && t.To > n.from {
		n.at(t.From)
		n.at(t.To)
	}
}

// lookAt notes when a trial's row may be another.
func (w *Worker) lookAt(next *looking, c *chart.Chart, t *plannedTrial, reads []*rule.Reads, moving *rule.Moving, reach dates.Day) {
	var drifting []bool
	for k := range t.criteria {
		cr := &t.criteria[k]
		if cr.bound == nil {
			continue
		}
		motion := rule.Steady
		if !moving.Still() {
			var days []dates.Day
			days, motion = moving.Of(nil, cr.bound, reads[k])
			for _, d := range days {
				next.at(d)
			}
		}
		switch motion {
		case rule.Restless:
			next.at(next.from + 1)
			return
		case rule.Drifting:
			if drifting == nil {
				drifting = make([]bool, len(t.criteria))
			}
			drifting[k] = true
		default:
			w.lookAhead(next, c, cr, reach)
		}
	}
	if drifting != nil {
		w.lookAlong(next, c, t, drifting, reach)
	}
}

// lookAlong notes when the row of a trial may be another of which some criteria move along with the day: tomorrow, if the days
// on which they will change may show in it, else when today's answer changes.
func (w *Worker) lookAlong(next *looking, c *chart.Chart, t *plannedTrial, drifting []bool, reach dates.Day) {
	row := w.row(c, t, nil)
	if w.shifts(c, t, row.Answers, drifting, reach) {
		next.at(next.from + 1)
		return
	}
	for k := range t.criteria {
		if !drifting[k] {
			continue
		}
		answer, newest := w.answerAsOf(c, &t.criteria[k], next.from)
		for _, d := range slices.Clone(w.foretold(c, &t.criteria[k], next.day)) {
			if then, from := w.answerAsOf(c, &t.criteria[k], d); then != answer || from != newest {
				next.at(d)
				break
			}
		}
	}
}

// answerAsOf answers a criterion as a plan of that day would.
func (w *Worker) answerAsOf(c *chart.Chart, k *criterion, d dates.Day) (a Answer, newest dates.Day) {
	j := w.judge(c, k, d, d)
	return settle(k, &j), newestOf(c, &j, d)
}

// lookAhead notes when a criterion's answer may be another, on the day or, if it counts ahead, at the end of the horizon.
func (w *Worker) lookAhead(next *looking, c *chart.Chart, k *criterion, reach dates.Day) {
	until := next.day
	if k.role.hard() {
		until = reach
	}
	w.days = w.foretold(c, k, until)
	for _, d := range w.days {
		if d <= w.plan.horizon || !k.role.hard() {
			next.at(d)
			continue
		}
		seen := func(day dates.Day) bool { return day.Add(w.plan.settings.Horizon) >= d }
		if in, ok := dates.First(next.from, next.day, seen); ok {
			next.at(in)
		}
	}
}

// foretold gives the days up to a day on which a criterion may change.
func (w *Worker) foretold(c *chart.Chart, k *criterion, until dates.Day) (days []dates.Day) {
	defer w.rescue(func() { days = append(w.days[:0], w.plan.settings.AsOf+1) })
	return w.evaluator.Changes(w.days[:0], k.bound, c, w.plan.settings.AsOf, until)
}

// shifts tells whether days that move along with the day may show in a row: as the end of a criterion that passes, or in what
// is waited for. Nothing is waited for where a criterion fails that will never pass.
func (w *Worker) shifts(c *chart.Chart, t *plannedTrial, answers []Answer, drifting []bool, reach dates.Day) bool {
	for i := range t.arms {
		a := &t.arms[i]
		s := t.stand(a, answers)
		for k := range t.criteria {
			cr := &t.criteria[k]
			if !a.holds[k] || !drifting[k] || !cr.role.hard() {
				continue
			}
			passes := cr.Kind.Effect(answers[k].Verdict) == verdict.Pass
			if s.fails == 0 && passes || s.fails > 0 && w.mayJoin(c, t, a, answers, drifting, reach) {
				return true
			}
		}
	}
	return false
}

// mayJoin tells whether every criterion that fails and stays where it is passes on some day that a horizon may reach before the
// next look.
func (w *Worker) mayJoin(c *chart.Chart, t *plannedTrial, a *arm, answers []Answer, drifting []bool, reach dates.Day) bool {
	if t.RecruitmentEnds != 0 {
		reach = min(reach, t.RecruitmentEnds)
	}
	for k := range t.criteria {
		cr := &t.criteria[k]
		if !a.holds[k] || !cr.role.hard() || drifting[k] || cr.Kind.Effect(answers[k].Verdict) != verdict.Fail {
			continue
		}
		days := slices.Clone(w.foretold(c, cr, reach))
		if !slices.ContainsFunc(days, func(d dates.Day) bool { x := w.turn(c, cr, d, nil); return x.passes(cr.Kind) }) {
			return false
		}
	}
	return reach > w.plan.settings.AsOf
}
