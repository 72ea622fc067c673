package rule

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/verdict"
)

// feeds are settings under which every condition of silence may fail.
func feeds() Settings {
	s := Defaults()
	s.Feeds = []Feed{
		{Kind: "procedure", CompleteSince: dates.NewDay(2026, 2, 1)},
		{Kind: "medication", LateBy: dates.Period{N: 10, Unit: dates.Days}},
		{Kind: "diagnosis", LateBy: dates.Period{N: 91, Unit: dates.Days}}, // about as long as 3 months
	}
	s.UpperLimits = []UpperLimit{{Set: "ALT", Sex: "female", From: dates.Min, To: dates.Max, Value: quantity.FromInt(35), Unit: "U/L"}}
	return s
}

// spell writes down all of a judgement that is kept or told.
func spell(j verdict.Judgement) string {
	s := fmt.Sprintf("%v %v %b", j.Verdict, j.Basis, j.Causes)
	for _, l := range j.Leaves {
		s += fmt.Sprintf(" [%d %v %v %v %v %v %v]", l.Number, l.Verdict, l.Basis, l.Cause, l.ByLast, l.BySupply, l.Facts)
	}
	return s
}

// firstDate gives the first day after a day that stands on a chart.
func firstDate(c *chart.Chart, after dates.Day) dates.Day {
	first := dates.Max
	note := func(w dates.When) {
		for _, d := range [...]dates.Day{w.From, w.To} {
			if w.Known() && d > after {
				first = min(first, d)
			}
		}
	}
	note(c.Person.Birth)
	for i := range c.Facts {
		note(c.Facts[i].Begin)
		note(c.Facts[i].End)
		note(c.Facts[i].Noted)
	}
	return first
}

// TestWhatIsSteadyStays lets the day move on to before the next date on record: what is steady answers on every day ahead as
// was foretold, and what drifts answers on each new day as it did on the first, unless that was foretold too.
func TestWhatIsSteadyStays(t *testing.T) {
	w, lib := newWorld(), testLibrary(t)
	bound := compileAll(t, w, lib, feeds())
	var counts [3]int
	rapid.Check(t, func(t *rapid.T) {
		c := w.drawChart(t)
		moving, next := MovingOn(c, asOf), min(firstDate(c, asOf), asOf+200)
		var e Evaluator
		for _, b := range bound {
			days, motion := moving.Of(nil, b, b.Reads())
			until := next
			for _, d := range days {
				if d > asOf {
					until = min(until, d)
				}
			}
			counts[motion]++
			if motion == Restless || until <= asOf+1 {
				continue
			}
			if motion == Drifting {
				foretold := e.Changes(nil, b, c, asOf, until)
				was := spell(e.Evaluate(b, c, asOf, asOf))
				for d := asOf + 1; d < until; d++ {
					is := spell(e.Evaluate(b, c, d, d))
					if was != is && !slices.Contains(foretold, d) {
						t.Fatalf("%s drifts: %s becomes on %v\n%s\nforetold were %v", b.Program.Source.Text, was, d, is, foretold)
					}
					was = is
				}
				continue
			}
			seen := asOf + 1 + dates.Day(rapid.IntRange(0, int(until-asOf)-2).Draw(t, "days later"))
			for ahead := seen; ahead <= seen+180; ahead += dates.Day(rapid.IntRange(1, 60).Draw(t, "days ahead")) {
				was, is := spell(e.Evaluate(b, c, asOf, ahead)), spell(e.Evaluate(b, c, seen, ahead))
				if was != is {
					t.Fatalf("%s is steady: %s, asked on %v for %v, becomes on %v\n%s", b.Program.Source.Text, was, asOf, ahead, seen, is)
				}
			}
		}
	})
	t.Logf("steady %d, drifting %d, restless %d", counts[Steady], counts[Drifting], counts[Restless])
	if slices.Contains(counts[:], 0) {
		t.Error("not every sort of motion was met")
	}
}

// TestReadsMissNothing takes away and adds records that no question reads: its answers stay.
func TestReadsMissNothing(t *testing.T) {
	w, lib := newWorld(), testLibrary(t)
	bound := compileAll(t, w, lib, feeds())
	until := asOf.Add(dates.Period{N: 180, Unit: dates.Days})
	spared := 0
	rapid.Check(t, func(t *rapid.T) {
		old, now := w.drawChart(t), w.drawChart(t)
		now.Person = old.Person
		d := chart.Compare(old, now)
		x, y := SilenceOf(old, asOf), SilenceOf(now, asOf)
		var e, f Evaluator
		for _, b := range bound {
			r := b.Reads()
			reads := func(c *chart.Chart, facts []uint32) bool {
				return slices.ContainsFunc(facts, func(n uint32) bool { return r.Fact(c, &c.Facts[n]) })
			}
			if reads(old, d.Gone) || reads(now, d.Came) || r.Hears(&x, &y, until) {
				continue
			}
			spared++
			for _, on := range [...]dates.Day{asOf, asOf + 1, asOf + 90, until} {
				was, is := e.Evaluate(b, old, asOf, on), f.Evaluate(b, now, asOf, on)
				if was.Verdict != is.Verdict || was.Basis != is.Basis || was.Causes != is.Causes {
					t.Fatalf("%s reads nothing that differs, but %s becomes %s", b.Program.Source.Text, spell(was), spell(is))
				}
			}
		}
	})
	if spared == 0 {
		t.Error("every question read what differed")
	}
}
