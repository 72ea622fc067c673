package screen_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/rule"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// bench is real charts, with their cold part, and the criteria of the first four trials bound to them.
type bench struct {
	charts []*chart.Chart
	bound  []*rule.Bound
	asOf   dates.Day
}

func newBench(b *testing.B) *bench {
	path := filepath.Join("..", "..", "..", "shared", "data", "synthea-r4.zip")
	if _, err := os.Stat(path); err != nil {
		b.Skip("no synthea-r4.zip in ../shared/data")
	}
	trials, lib, list := trial.ReadFolder("../../rules", "vitamin-d", "dapagliflozin-ckd", "intensive-bp", "semaglutide-cvd")
	if list.HasErrors() {
		b.Fatal(list)
	}
	cohort, err := intake.Read(b.Context(), intake.Options{}, []string{path}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer cohort.Close()
	w := &bench{asOf: dates.NewDay(2021, 4, 1)}
	for _, key := range cohort.Keys() {
		c, err := cohort.Chart(key)
		if err != nil {
			b.Fatal(err)
		}
		w.charts = append(w.charts, c)
	}
	for _, t := range trials {
		for i := range t.Criteria {
			if p := t.Criteria[i].Program; p != nil {
				w.bound = append(w.bound, rule.Bind(p, lib, cohort.Dictionary, cohort.Units, rule.Defaults()))
			}
		}
	}
	return w
}

// each times a question over all charts and criteria and reports the mean, and its ratio to walking over a chart's facts
// once, which is the least that a program without an index has to do.
func (w *bench) each(b *testing.B, ask func(*rule.Evaluator, *rule.Bound, *chart.Chart)) {
	var e rule.Evaluator
	var asked, walked time.Duration
	n, sum := 0, 0
	for b.Loop() {
		start := time.Now()
		for _, c := range w.charts {
			for _, p := range w.bound {
				ask(&e, p, c)
			}
		}
		asked += time.Since(start)
		start = time.Now()
		for _, c := range w.charts {
			for range w.bound {
				for i := range c.Facts {
					sum += int(c.Facts[i].Kind)
				}
			}
		}
		walked += time.Since(start)
		n += len(w.charts) * len(w.bound)
	}
	if sum == 0 {
		b.Fatal("no facts")
	}
	b.ReportMetric(float64(asked.Nanoseconds())/float64(n), "ns/criterion")
	b.ReportMetric(float64(asked)/float64(walked), "ratio-to-walk")
}

func BenchmarkVerdict(b *testing.B) {
	w := newBench(b)
	w.each(b, func(e *rule.Evaluator, p *rule.Bound, c *chart.Chart) { e.Evaluate(p, c, w.asOf, w.asOf) })
}

// BenchmarkSentence times what is made for printed candidates only: the verdict again, its first flip and its sentence.
func BenchmarkSentence(b *testing.B) {
	w := newBench(b)
	until := w.asOf.Add(dates.Period{N: 180, Unit: dates.Days})
	w.each(b, func(e *rule.Evaluator, p *rule.Bound, c *chart.Chart) {
		j := e.Evaluate(p, c, w.asOf, w.asOf)
		var flip *verdict.Flip
		if f, ok := e.FirstFlip(p, c, w.asOf, until, j.Verdict); ok {
			flip = &f
		}
		j = e.Evaluate(p, c, w.asOf, w.asOf)
		if e.Sentence(p, c, &j, w.asOf, flip) == "" {
			b.Fatal("no sentence")
		}
	})
}
