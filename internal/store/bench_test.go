package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"prescreen/internal/live"
)

// everyBench runs a benchmark on both databases.
func everyBench(b *testing.B, do func(b *testing.B, p *place)) {
	b.Run("sqlite", func(b *testing.B) { do(b, atSQLite(b)) })
	b.Run("postgresql", func(b *testing.B) { do(b, atPostgreSQL(b)) })
}

// fsyncOf is how long it takes to append an amount to a file and make it durable: what no store can do without.
func fsyncOf(b *testing.B, amount int) time.Duration {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "file"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	text := newMaker().text(amount)
	const times = 10
	start := time.Now()
	for range times {
		if _, err := f.Write(text); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start) / times
}

func BenchmarkCommit(b *testing.B) {
	for _, size := range []struct {
		name             string
		versions, amount int
	}{{"600 versions", 600, 1_200_000}, {"1 version", 1, 2_000}} {
		b.Run(size.name, func(b *testing.B) {
			everyBench(b, func(b *testing.B, p *place) {
				s := p.open(b)
				ts := trials(b, s, 50)
				m := newMaker()
				ann, c := m.arrive("ehr", "ann", 600)
				commit(b, s, c)
				fsync := fsyncOf(b, size.amount)
				all := 0
				var spent time.Duration
				for b.Loop() {
					b.StopTimer()
					all++
					var c *live.Change
					if size.versions == 1 {
						c = m.renew(ann, 1+all%500, ts[0])
					} else {
						_, c = m.arrive("ehr", fmt.Sprint("p", all), size.versions, ts...)
					}
					b.StartTimer()
					start := time.Now()
					commit(b, s, c)
					spent += time.Since(start)
				}
				b.ReportMetric(float64(spent)/float64(all)/float64(fsync), "fsyncs")
			})
		})
	}
}

func BenchmarkRows(b *testing.B) {
	const rows = 10_000
	everyBench(b, func(b *testing.B, p *place) {
		s := p.open(b)
		ts := trials(b, s, 5)
		m := newMaker()
		for i := 0; i < rows; {
			c := m.change()
			for range 1000 {
				_, one := m.arrive("ehr", fmt.Sprint("p", i), 1, ts...)
				c.People, c.Charts = append(c.People, one.People...), append(c.Charts, one.Charts...)
				c.Open, c.Rows = append(c.Open, one.Open...), append(c.Rows, one.Rows...)
				i++
			}
			commit(b, s, c)
		}
		for b.Loop() {
			n := 0
			if err := s.EachRow(context.Background(), ts[2], func(*live.Chart, []byte) error { n++; return nil }); err != nil || n != rows {
				b.Fatal(n, err)
			}
		}
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}
