package screen_test

import (
	"fmt"
	"testing"
	"time"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/screen"
)

// BenchmarkRanking ranks 10,000 kept rows of a trial, and reports the time as a ratio to unpacking them.
func BenchmarkRanking(b *testing.B) {
	s := shipped(b, false, "../../fixtures/cohort")
	plan := s.plan(dates.NewDay(2026, 6, 30))
	worker := plan.NewWorker()
	type kept struct {
		key  chart.Key
		last dates.Day
		row  []byte
	}
	const number = 1
	var rows []kept
	for i := 0; len(rows) < 10_000; i++ {
		c := s.charts[i%len(s.charts)]
		row := worker.ScreenOne(c, number)
		if row.Withheld == screen.NotWithheld {
			key := chart.Key{ID: fmt.Sprintf("%s-%d", c.Person.Key.ID, i*7919%10007)}
			rows = append(rows, kept{key, plan.LastContact(c) - dates.Day(i%97), screen.AppendRow(nil, row)})
		}
	}
	var row screen.Row
	var unpacked, ranked time.Duration
	for b.Loop() {
		start := time.Now()
		for i := range rows {
			if err := screen.DecodeRow(rows[i].row, &row); err != nil {
				b.Fatal(err)
			}
		}
		unpacked += time.Since(start)
		start = time.Now()
		ranking := plan.NewRanking(number)
		ranking.Grow(len(rows))
		for i := range rows {
			if err := screen.DecodeRow(rows[i].row, &row); err != nil {
				b.Fatal(err)
			}
			ranking.Add(rows[i].key, rows[i].last, screen.NoDay, &row)
		}
		if list, _ := ranking.List(); list.Len() != len(rows) {
			b.Fatal("rows lost")
		}
		ranked += time.Since(start)
	}
	b.ReportMetric(float64(ranked.Microseconds())/float64(b.N), "us/10000-rows")
	b.ReportMetric(float64(ranked)/float64(unpacked), "ratio-to-unpack")
	b.ReportMetric(float64(len(rows[0].row)), "bytes/row")
}

// BenchmarkNextLook finds the next look of real charts for the shipped trials, and reports the time as a ratio to screening
// them; BenchmarkTouched finds the trials that a chart like the last one touches.
func BenchmarkNextLook(b *testing.B) {
	benchmarkBeside(b, func(w *screen.Worker, _ *screen.Plan, c, _ *chart.Chart) { w.NextLook(c) })
}

func BenchmarkTouched(b *testing.B) {
	benchmarkBeside(b, func(_ *screen.Worker, p *screen.Plan, c, again *chart.Chart) { p.Touched(c, again) })
}

func benchmarkBeside(b *testing.B, ask func(w *screen.Worker, p *screen.Plan, c, again *chart.Chart)) {
	path := synthea()
	if path == "" {
		b.Skip("no synthea-r4.zip in ../shared/data")
	}
	s := shipped(b, false, path)
	plan := s.plan(dates.NewDay(2021, 4, 1))
	worker := plan.NewWorker()
	var charts, again []*chart.Chart
	for _, c := range s.charts {
		if worker.ScreenOne(c, 0).Withheld == screen.NotWithheld {
			items := itemsOf(c)
			charts, again = append(charts, c), append(again, built(c.Person, items[:len(items)-1]))
		}
	}
	var screened, asked time.Duration
	for b.Loop() {
		start := time.Now()
		for _, c := range charts {
			worker.Screen(c)
		}
		screened += time.Since(start)
		start = time.Now()
		for i, c := range charts {
			ask(worker, plan, c, again[i])
		}
		asked += time.Since(start)
	}
	b.ReportMetric(float64(asked.Nanoseconds())/float64(b.N*len(charts)), "ns/chart")
	b.ReportMetric(float64(asked)/float64(screened), "ratio-to-screen")
}
