package rule

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/mistake"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// Compile turns the text of a criterion into a program. Every mistake is told at once; with any error the program is nil.
func Compile(src Source, lib *terms.Library) (*Program, mistake.List) { panic("todo") }

// Bound is a program ready to be asked: its value sets resolved against a dictionary, its units against the units met.
// It is read-only and may be shared; it is bound again when the dictionary or the units have grown.
type Bound struct{ Program *Program }

// Bind resolves a program.
func Bind(p *Program, lib *terms.Library, dict *terms.Dictionary, units *chart.Units, s Settings) *Bound {
	panic("todo")
}

// Evaluator holds what evaluations reuse. One goroutine at a time.
type Evaluator struct{}

// Evaluate answers a criterion for a chart. Facts dated after seen are not seen; windows and ages are taken on day on:
// both are the as-of day, except when looking ahead.
func (e *Evaluator) Evaluate(b *Bound, c *chart.Chart, seen, on dates.Day) verdict.Judgement {
	panic("todo")
}

// Changes appends the days in (seen, until] on which the criterion may answer differently from the day before, by time
// alone: never too few, so asking on each of them and on seen tells the whole course.
func (e *Evaluator) Changes(dst []dates.Day, b *Bound, c *chart.Chart, seen, until dates.Day) []dates.Day {
	panic("todo")
}

// Sentence tells a judgement, fact first, limit second, source last.
func (e *Evaluator) Sentence(b *Bound, c *chart.Chart, j *verdict.Judgement, asOf dates.Day, flip *verdict.Flip) string {
	panic("todo")
}
