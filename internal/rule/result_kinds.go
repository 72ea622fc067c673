package rule

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/verdict"
)

// judgeSpecial judges a result as an answer of its set, or as a multiple of a limit of normal.
func (e *Evaluator) judgeSpecial(l *boundLeaf, r *reading, f *chart.Fact) {
	if l.answers != nil {
		if r.state, r.cause = l.answers.use(e.chart, f, &l.measure, r); r.state == usable {
			r.holds = l.answers.holds(r.answer)
		}
		return
	}
	if r.state, r.cause = l.use(f); r.state != usable {
		return
	}
	if !e.hasNormal(l, f) {
		r.state, r.cause = unusable, verdict.NoReferenceRange
		return
	}
	if r.holds = e.within(l, l.limit, f); r.holds == dates.Maybe {
		if r.cause = verdict.NoReferenceRange; f.Comparator != quantity.None || f.Form == chart.Interval {
			r.cause = verdict.Bound
		}
	}
}

// within asks a range, or one end of it, of a usable result.
func (e *Evaluator) within(l *boundLeaf, r *quantity.Range, f *chart.Fact) dates.Truth {
	if r == nil {
		return dates.Yes
	}
	if l.Limit != nil && l.Limit.Of != NoNormal {
		return e.multiples(l, r, f)
	}
	return truthOf(rangeHolds(r, f, l.units[f.Unit].toLimit))
}

// use finds the one answer that a result gives.
func (s *answerScale) use(c *chart.Chart, f *chart.Fact, m *measure, r *reading) (state, verdict.Cause) {
	if f.Status != chart.Final {
		return unusable, verdict.ResultNotUnderstood
	}
	n := -1
	switch f.Form {
	case chart.Coded, chart.Text:
		n = s.coded(c, f)
	case chart.Boolean:
		n = s.truth[f.Value.Sign()]
	case chart.Number:
		if int(f.Unit) >= len(m.units) || !m.units[f.Unit].accepted {
			return unusable, verdict.UnitNotConvertible
		}
		if f.Comparator != quantity.None {
			return unusable, verdict.Bound
		}
		n = s.number(f.Value)
	}
	switch {
	case n < 0:
		return unusable, verdict.ResultNotUnderstood
	case f.Flags.Has(chart.Conflicting):
		return unusable, verdict.SourcesConflict
	}
	r.answer = n
	return usable, verdict.NoCause
}

// coded gives the answer of a result's codes, or of its text where no code is an answer; -1 for none, or for several that
// differ.
func (s *answerScale) coded(c *chart.Chart, f *chart.Fact) int {
	n := -1
	for _, id := range c.CodesIn(f.Answer) {
		if k, ok := s.codes[id]; ok {
			if n >= 0 && n != k {
				return -1
			}
			n = k
		}
	}
	if n >= 0 {
		return n
	}
	for _, id := range c.CodesIn(f.Answer) {
		if k, ok := s.texts[id]; ok {
			n = k
		}
	}
	return n
}

func (s *answerScale) number(v quantity.Decimal) int {
	for i := range s.numbers {
		if s.isNumber[i] && s.numbers[i].Cmp(v) == 0 {
			return i
		}
	}
	return -1
}

func (s *answerScale) holds(answer int) dates.Truth {
	if s.accepted == nil || s.accepted[answer] {
		return dates.Yes
	}
	return dates.No
}

// extremeAnswer asks the highest or lowest answer of usable results.
func (e *Evaluator) extremeAnswer(rs []reading, highest bool) {
	best := 0
	for i := range rs {
		if rs[i].answer != rs[best].answer && (rs[i].answer > rs[best].answer) == highest {
			best = i
		}
	}
	e.yes = e.yes[:0]
	for i := range rs {
		if rs[i].answer == rs[best].answer {
			e.yes = append(e.yes, rs[i].fact)
		}
	}
	if rs[best].holds == dates.Yes {
		e.met(sayValue, newest(e.yes)...)
	} else {
		e.notMet(sayValue, newest(e.yes)...)
	}
}

// latestDays asks all or any of the results of the newest so many calendar days that have any. A result that may lie on
// another day leaves it open.
func (e *Evaluator) latestDays(l *boundLeaf, rs []reading) {
	e.points = e.points[:0]
	from := len(rs)
	for from > 0 {
		r := &rs[from-1]
		if !r.when.Exact() {
			e.doubtful(&reading{fact: r.fact, state: usable, holds: dates.Yes, doubt: r.doubt})
			return
		}
		day := r.when.From
		if n := len(e.points); n == 0 || e.points[n-1] != day {
			switch {
			case n == l.When.N:
				e.judgeDays(l, rs[from:])
				return
			case n > 0 && !l.When.Apart.IsZero() && day > e.points[n-1].Sub(l.When.Apart):
				from--
				continue
			}
			e.points = append(e.points, day)
		}
		from--
	}
	if len(e.points) < l.When.N {
		e.tooFew(l, rs)
		return
	}
	e.judgeDays(l, rs)
}

// judgeDays asks the results that lie on one of the days in Evaluator.points.
func (e *Evaluator) judgeDays(l *boundLeaf, rs []reading) {
	kept := make([]reading, 0, len(rs))
	for i := range rs {
		for _, day := range e.points {
			if rs[i].when.From == day {
				kept = append(kept, rs[i])
			}
		}
	}
	if l.When.Each == EachAny {
		e.anyReading(l, kept)
		return
	}
	e.allReadings(l, kept)
}
