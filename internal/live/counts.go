package live

import (
	"context"
	"sync/atomic"
)

// Counts are totals for metrics: nothing of a patient.
type Counts struct {
	Patients, Resources, Trials    int64
	Writes, Refused                int64 // since the start
	ChartsScreened, TrialsScreened int64 // TrialsScreened counts (chart, trial) pairs that were evaluated
	FlipsWritten, TicksDone        int64
}

type counters struct {
	patients, resources          atomic.Int64
	writes, refused              atomic.Int64
	charts, trials, flips, ticks atomic.Int64
}

// load counts what the store holds.
func (c *counters) load(ctx context.Context, store Store) error {
	patients, resources, err := store.Totals(ctx)
	c.patients.Store(patients)
	c.resources.Store(resources)
	return err
}

func (c *counters) wrote(results []Result, err error) {
	for _, r := range results {
		switch r.Status {
		case Created, Updated, Deleted:
			if err == nil {
				c.writes.Add(1)
			}
		case Refused, Mismatch, Ambiguous, WasErased:
			c.refused.Add(1)
		}
	}
}

func (c *counters) screened(trials int) {
	c.charts.Add(1)
	c.trials.Add(int64(trials))
}

// took counts what a change brought and took away.
func (c *counters) took(t *taking) {
	resources := int64(0)
	for _, o := range t.change.opened {
		if !o.Deleted {
			resources++
		}
	}
	for _, v := range t.change.closed {
		if !v.Deleted {
			resources--
		}
	}
	c.resources.Add(resources)
	c.patients.Add(int64(t.newCharts) - int64(len(t.change.GoneCharts)))
}

// Counts gives the totals.
func (l *Live) Counts() Counts {
	c := &l.counted
	return Counts{
		Patients: c.patients.Load(), Resources: c.resources.Load(), Trials: int64(len(l.state.Load().force)),
		Writes: c.writes.Load(), Refused: c.refused.Load(), ChartsScreened: c.charts.Load(), TrialsScreened: c.trials.Load(),
		FlipsWritten: c.flips.Load(), TicksDone: c.ticks.Load(),
	}
}
