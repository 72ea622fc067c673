package live

import (
	"bytes"
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/screen"
)

// sweep screens many charts again, chunk by chunk, while writes go on.
type sweep struct {
	l        *Live
	why      string
	which    func(*state) []int // trials to answer
	all      int
	progress func(done, all int)
	done     int
}

// chunk is how many charts are screened and committed together: few enough that nobody waits long for one of them.
const chunk = 256

// over goes through the charts that next gives after a number, until there are none.
func (s *sweep) over(ctx context.Context, next func(after int64) ([]int64, error)) error {
	after := int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		numbers, err := next(after)
		if err != nil || len(numbers) == 0 {
			return err
		}
		if err := s.chunk(ctx, numbers); err != nil {
			return err
		}
		after = numbers[len(numbers)-1]
		s.done += len(numbers)
		if s.progress != nil {
			s.progress(s.done, max(s.all, s.done))
		}
	}
}

// due gives the charts whose next look has come.
func (l *Live) due(ctx context.Context, day dates.Day) func(int64) ([]int64, error) {
	return func(after int64) ([]int64, error) { return l.store.Due(ctx, day, after, chunk) }
}

// every gives all charts.
func (l *Live) every(ctx context.Context) func(int64) ([]int64, error) {
	return func(after int64) (numbers []int64, err error) {
		err = l.store.EachChart(ctx, after, chunk, func(c *Chart) error {
			numbers = append(numbers, c.No)
			return nil
		})
		return numbers, err
	}
}

// chunk screens some charts as they are once nobody else can change them.
func (s *sweep) chunk(ctx context.Context, numbers []int64) error {
	l := s.l
	l.world.RLock()
	defer l.world.RUnlock()
	charts, err := l.store.Charts(ctx, numbers)
	if err != nil {
		return err
	}
	var want wants
	for i := range charts {
		want.person(charts[i].Key)
	}
	defer l.claims.claim(&want)()
	if charts, err = l.store.Charts(ctx, numbers); err != nil {
		return err
	}
	rows, err := l.store.RowsOf(ctx, numbers)
	if err != nil {
		return err
	}
	change, err := s.screen(l.current(), charts, byChart(rows))
	if err != nil || len(change.Charts) == 0 && len(change.Rows) == 0 {
		return err
	}
	return l.commit(ctx, change)
}

// screen shares charts out among all cores; what comes of it is in the order of the charts.
func (s *sweep) screen(st *state, charts []Chart, rows map[int64][]Row) (*Change, error) {
	workers := min(runtime.GOMAXPROCS(0), len(charts))
	parts := make([]Change, workers)
	errs := make([]error, workers)
	numbers := s.which(st)
	at := s.l.settings.Now().UTC()
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() {
			w := st.workers.Get().(*screen.Worker)
			defer st.workers.Put(w)
			parts[i].At = at
			r := &rescreening{l: s.l, state: st, worker: w, change: &parts[i], why: s.why}
			for k := len(charts) * i / workers; k < len(charts)*(i+1)/workers && errs[i] == nil; k++ {
				errs[i] = r.again(&charts[k], rows[charts[k].No], numbers)
			}
		})
	}
	group.Wait()
	sum := newChange(at)
	for i := range parts {
		sum.Charts = append(sum.Charts, parts[i].Charts...)
		sum.Rows = append(sum.Rows, parts[i].Rows...)
		sum.Flips = append(sum.Flips, parts[i].Flips...)
	}
	return sum, firstOf(errs...)
}

// again answers trials for a chart that is what it was.
func (r *rescreening) again(was *Chart, rows []Row, numbers []int) error {
	c, err := chart.DecodeHot(was.Hot)
	if err != nil {
		return err
	}
	return r.chart(was.No, c, was.Hot, was, &touching{numbers, rows, r.worker.NextLook(c)})
}

func byChart(rows []Row) map[int64][]Row {
	by := map[int64][]Row{}
	for _, r := range rows {
		by[r.Chart] = append(by[r.Chart], r)
	}
	return by
}

// turned gives the verdicts that are others under a new version of a trial than under the one before: criteria that both
// have, of charts that both answer.
func (l *Live) turned(ctx context.Context, old, now InForce) ([]Flip, error) {
	before := map[int64][]byte{}
	err := l.store.EachRow(ctx, old.Version.No, func(c *Chart, row []byte) error {
		before[c.No] = bytes.Clone(row)
		return nil
	})
	if err != nil {
		return nil, err
	}
	same := map[string]int{}
	for k := range old.Trial.Criteria {
		same[old.Trial.Criteria[k].ID] = k
	}
	change := Change{At: l.settings.Now().UTC()}
	r := &rescreening{change: &change, why: whyRules}
	var was, is screen.Row
	err = l.store.EachRow(ctx, now.Version.No, func(c *Chart, row []byte) error {
		if before[c.No] == nil {
			return nil
		}
		if err := firstOf(screen.DecodeRow(before[c.No], &was), screen.DecodeRow(row, &is)); err != nil {
			return err
		}
		if len(was.Answers) != len(old.Trial.Criteria) || len(is.Answers) != len(now.Trial.Criteria) {
			return nil
		}
		for k := range is.Answers {
			id := now.Trial.Criteria[k].ID
			if o, ok := same[id]; ok && was.Answers[o].Verdict != is.Answers[k].Verdict {
				change.Flips = append(change.Flips, r.flip(now, c.No, c.Key, id, was.Answers[o].Verdict, is.Answers[k].Verdict))
			}
		}
		return nil
	})
	slices.SortStableFunc(change.Flips, func(a, b Flip) int { return cmp.Compare(a.Chart, b.Chart) })
	return change.Flips, err
}
