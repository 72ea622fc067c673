package live

import (
	"context"
	"fmt"
	"sync"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/screen"
)

// Newest is the day of the newest record of each kind, NoDay where there is none.
type Newest = [chart.KindCount]dates.Day

// freshness knows the newest records of all charts. It follows the changes: charts are gone through only for another day or
// other trials, or when a chart that held the newest record of a kind holds it no longer.
type freshness struct {
	finding sync.Mutex // held while charts are gone through: those who come meanwhile get the same

	mu     sync.Mutex
	known  bool
	under  view
	newest Newest
	holder [chart.KindCount]int64 // a chart with it
	missed []seen                 // what was written while charts are gone through; nil when none are
}

// view is what it depends on beside the charts whose records are told of.
type view struct {
	day      dates.Day
	book     Book
	versions string
}

// seen is what a change made of a chart.
type seen struct {
	chart  int64
	newest Newest
}

func viewOf(st *state) view {
	v := view{day: st.day, book: st.book}
	for _, f := range st.all() {
		v.versions += fmt.Sprint(f.Version.No, " ")
	}
	return v
}

// Newest tells how fresh the records are that lists rest on. Who is opposed, or in no list, adds nothing to it.
func (l *Live) Newest(ctx context.Context) (Newest, error) {
	if !l.ready.Load() {
		return Newest{}, ErrNotReady
	}
	f := &l.fresh
	f.finding.Lock()
	defer f.finding.Unlock()
	l.world.RLock()
	defer l.world.RUnlock()
	st := l.current()
	if now, ok := f.begin(viewOf(st)); ok {
		return now, nil
	}
	err := l.store.EachChart(ctx, 0, 0, func(c *Chart) error {
		newest, err := newestOf(st.plan, c)
		if err == nil {
			f.raise(seen{c.No, newest})
		}
		return err
	})
	return f.end(err)
}

func newestOf(plan *screen.Plan, c *Chart) (Newest, error) {
	hot, err := chart.DecodeHot(c.Hot)
	if err != nil {
		return Newest{}, err
	}
	return plan.Newest(hot), nil
}

// begin gives what is known, or begins to find it out.
func (f *freshness) begin(under view) (Newest, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known && f.under == under {
		return f.newest, true
	}
	f.known, f.under, f.missed = false, under, []seen{}
	for k := range f.newest {
		f.newest[k], f.holder[k] = screen.NoDay, 0
	}
	return Newest{}, false
}

// raise takes in a chart while charts are gone through: nobody else changes what is found.
func (f *freshness) raise(s seen) {
	for k, day := range s.newest {
		if day > f.newest[k] {
			f.newest[k], f.holder[k] = day, s.chart
		}
	}
}

// end takes in what was written meanwhile. Where that leaves a doubt, what was found is told, and found out again next time.
func (f *freshness) end(err error) (Newest, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	missed := f.missed
	f.missed, f.known = nil, err == nil
	if err != nil {
		return Newest{}, fmt.Errorf("looking for the newest records: %w", err)
	}
	for _, s := range missed {
		f.follow(s)
	}
	return f.newest, nil
}

// follow takes in a chart as it is after a change.
func (f *freshness) follow(s seen) {
	for k, day := range s.newest {
		switch {
		case day >= f.newest[k] && day != screen.NoDay:
			f.newest[k], f.holder[k] = day, s.chart
		case f.holder[k] == s.chart:
			f.known = false // who holds it now?
		}
	}
}

// took follows a change that was committed.
func (f *freshness) took(c *Change, st *state) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.known && f.missed == nil || st.plan == nil {
		return
	}
	if under := viewOf(st); f.under != under {
		f.known = false
		return
	}
	for i := range c.Charts {
		newest, err := newestOf(st.plan, &c.Charts[i])
		f.take(seen{c.Charts[i].No, newest}, err)
	}
	for _, no := range c.GoneCharts {
		var none Newest
		for k := range none {
			none[k] = screen.NoDay
		}
		f.take(seen{no, none}, nil)
	}
}

// forget drops what is known: whoever held a newest record may be gone.
func (f *freshness) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known = false
}

func (f *freshness) take(s seen, err error) {
	switch {
	case err != nil:
		f.known = false
	case f.missed != nil:
		f.missed = append(f.missed, s)
	default:
		f.follow(s)
	}
}
