package live

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/screen"
)

// Listing is a ranked list at one state of the store.
type Listing struct {
	*screen.List
	InForce
	Day      dates.Day
	Seq      Seq     // state: a page of it may be asked for again while this is the newest
	Chart    []int64 // chart numbers by place
	Withheld []screen.Withheld
	Report   screen.TrialReport // what a run says about the trial

	state *state
}

// listings keeps the newest listing of each trial's version.
type listings struct {
	mu sync.Mutex
	by map[int64]*listed
}

type listed struct {
	mu sync.Mutex // held while it is made: those who come meanwhile get the same one
	of *Listing
}

func (l *listings) at(trial int64) *listed {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by == nil {
		l.by = map[int64]*listed{}
	}
	if l.by[trial] == nil {
		l.by[trial] = &listed{}
	}
	return l.by[trial]
}

// forget drops all that is kept, and with it what it says of anybody.
func (l *listings) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.by = nil
}

// List ranks a trial's patients as of the day. Equal states give the same list again without work. While all charts are
// being screened for a new day or new rules it gives the list from before, or waits.
func (l *Live) List(ctx context.Context, trialID string) (*Listing, error) {
	for {
		of, busy, err := l.listNow(ctx, trialID)
		if busy == nil {
			return of, err
		}
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (l *Live) listNow(ctx context.Context, trialID string) (of *Listing, busy <-chan struct{}, err error) {
	l.world.RLock()
	defer l.world.RUnlock()
	st := l.current()
	f, ok := st.find(trialID)
	if !ok {
		return nil, nil, ErrNotFound
	}
	kept := l.lists.at(f.Version.No)
	kept.mu.Lock()
	defer kept.mu.Unlock()
	switch {
	case st.busy != nil && kept.of != nil:
		return kept.of, nil, nil
	case st.busy != nil:
		return nil, st.busy, nil
	case !l.ready.Load():
		return nil, nil, ErrNotReady
	case kept.of != nil && kept.of.Seq == Seq(l.seq.Load()) && kept.of.state.plan == st.plan:
		return kept.of, nil, nil
	}
	made, err := l.rank(ctx, st, f)
	if err != nil {
		return nil, nil, fmt.Errorf("listing a trial: %w", err)
	}
	kept.of = made
	return made, nil, nil
}

// rank makes a list of the rows that are kept.
func (l *Live) rank(ctx context.Context, st *state, f InForce) (*Listing, error) {
	of := &Listing{InForce: f, Day: st.day, Seq: Seq(l.seq.Load()), state: st}
	ranking := st.plan.NewRanking(f.Number)
	var row screen.Row
	var charts []int64
	err := l.store.EachRow(ctx, f.Version.No, func(c *Chart, b []byte) error {
		if err := screen.DecodeRow(b, &row); err != nil {
			return err
		}
		if !st.plan.Fits(f.Number, &row) {
			return screen.ErrRow
		}
		ranking.Add(c.Key, c.LastContact, c.NextVisit, &row)
		charts = append(charts, c.No)
		return nil
	})
	if err != nil {
		return nil, err
	}
	of.Withheld, of.Report = ranking.Withheld(), ranking.Report()
	list, added := ranking.List()
	of.List, of.Chart = list, make([]int64, len(added))
	for place, n := range added {
		of.Chart[place] = charts[n]
	}
	return of, nil
}

// Describe tells all about the candidates at places of a listing: reasons and evidence, from their charts.
func (l *Live) Describe(ctx context.Context, of *Listing, places []int) ([]*screen.Candidate, error) {
	var numbers []int64
	for _, p := range places {
		if p < 0 || p >= len(of.Chart) {
			return nil, ErrNotFound
		}
		numbers = append(numbers, of.Chart[p])
	}
	m, err := l.look(ctx, numbers)
	if err != nil {
		return nil, fmt.Errorf("describing candidates: %w", err)
	}
	defer m.cohort.Close()
	out := make([]*screen.Candidate, len(places))
	return out, inParallel(len(places), func(i int) error {
		c, err := m.whole(of.At(places[i]).Key)
		if err != nil {
			return err
		}
		w := of.state.workers.Get().(*screen.Worker)
		defer of.state.workers.Put(w)
		out[i] = of.List.Describe(w, c, places[i])
		return nil
	})
}

// inParallel calls do for 0 to n-1 on all cores; the first error by number counts.
func inParallel(n int, do func(int) error) error {
	var group sync.WaitGroup
	var next atomic.Int64
	errs := make([]error, n)
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				errs[i] = do(i)
			}
		})
	}
	group.Wait()
	return firstOf(errs...)
}

// look puts charts together with all they rest on, for reading.
func (l *Live) look(ctx context.Context, numbers []int64) (*made, error) {
	group, sharing, err := l.store.Group(ctx, numbers, nil, nil)
	if err != nil {
		return nil, err
	}
	p := newPeople(group, sharing)
	drugs, err := l.medicines(ctx, p.list)
	if err != nil {
		return nil, err
	}
	return l.assemble(ctx, p, drugs, false)
}

// whole gives a chart with its cold part. One that is gone was joined with another, or erased, a moment ago.
func (m *made) whole(key chart.Key) (*chart.Chart, error) {
	c, err := m.cohort.Chart(key)
	if err != nil {
		return nil, ErrConflict
	}
	return c, nil
}
