package main

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"sync"

	"prescreen/internal/chart"
	"prescreen/internal/intake"
	"prescreen/internal/screen"
)

// Candidates are described some at a time by all cores and handed out in their order; charts are kept for the next trials,
// for most patients stand in several lists.
const (
	describedAtOnce = 64
	keptCharts      = 256
)

// describer describes candidates of one run.
type describer struct {
	plan    *screen.Plan
	cohort  *intake.Cohort
	workers []*screen.Worker

	mu    sync.Mutex
	kept  map[chart.Key]*chart.Chart
	order []chart.Key // of kept, oldest first
}

func newDescriber(plan *screen.Plan, cohort *intake.Cohort, workers int) *describer {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	d := &describer{plan: plan, cohort: cohort, kept: map[chart.Key]*chart.Chart{}}
	for range workers {
		d.workers = append(d.workers, plan.NewWorker())
	}
	return d
}

// first describes the first n of a list as they are asked for.
func (d *describer) first(ctx context.Context, list *screen.List, n int) iter.Seq2[*screen.Candidate, error] {
	return func(yield func(*screen.Candidate, error) bool) {
		for lo := 0; lo < n; lo += describedAtOnce {
			candidates, err := d.some(ctx, list, lo, min(lo+describedAtOnce, n))
			if err != nil {
				yield(nil, err)
				return
			}
			for _, c := range candidates {
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}

// some describes the places from lo up to hi.
func (d *describer) some(ctx context.Context, list *screen.List, lo, hi int) ([]*screen.Candidate, error) {
	candidates, errs := make([]*screen.Candidate, hi-lo), make([]error, len(d.workers))
	var group sync.WaitGroup
	for i, worker := range d.workers {
		group.Go(func() {
			for place := lo + i; place < hi && errs[i] == nil; place += len(d.workers) {
				record, err := d.chart(list.At(place).Key)
				if errs[i] = errors.Join(err, ctx.Err()); errs[i] == nil {
					candidates[place-lo] = list.Describe(worker, record, place)
				}
			}
		})
	}
	group.Wait()
	return candidates, errors.Join(errs...)
}

// chart gives a patient's chart with its cold part.
func (d *describer) chart(key chart.Key) (*chart.Chart, error) {
	d.mu.Lock()
	record, ok := d.kept[key]
	d.mu.Unlock()
	if ok {
		return record, nil
	}
	record, err := d.cohort.Chart(key)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.kept[key]; !ok {
		if len(d.order) == keptCharts {
			delete(d.kept, d.order[0])
			d.order = d.order[1:]
		}
		d.kept[key] = record
		d.order = append(d.order, key)
	}
	return record, nil
}
