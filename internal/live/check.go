package live

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"prescreen/internal/chart"
	"prescreen/internal/intake"
	"prescreen/internal/screen"
)

// Cohort gathers everything that was known at a Seq (0: now), as a run over files would have read it.
func (l *Live) Cohort(ctx context.Context, at Seq) (*intake.Cohort, error) {
	return Cohort(ctx, l.store, at, l.settings)
}

// Cohort gathers what a store knew at a Seq, without the rest of a Live. The caller closes it.
func Cohort(ctx context.Context, store Store, at Seq, s Settings) (*intake.Cohort, error) {
	l := &Live{store: store, settings: s, options: optionsOf(s)}
	if err := l.load(ctx); err != nil {
		return nil, fmt.Errorf("gathering what was known: %w", err)
	}
	if was, err := store.ReadAs(ctx); err != nil || was != "" && was != s.readAs() {
		return nil, fmt.Errorf("gathering what was known: %w", cmp.Or[error](err, &ReadOtherwise{was, s.readAs()}))
	}
	g := intake.NewGathering(l.options)
	if err := store.EachPacked(ctx, at, g.Add); err != nil {
		return nil, fmt.Errorf("gathering what was known: %w", err)
	}
	return g.Cohort()
}

// Check holds every chart, row and day against what a fresh screening gives, and tells what differs, by numbers only.
// Writes wait meanwhile.
func (l *Live) Check(ctx context.Context, progress func(done, all int)) ([]string, error) {
	l.world.Lock()
	defer l.world.Unlock()
	st := l.current()
	if st.day == screen.NoDay {
		return nil, ErrNotReady
	}
	c := &checking{l: l, ctx: ctx, state: st, kept: map[chart.Key]*Chart{}, progress: progress}
	if err := c.load(); err != nil {
		return nil, err
	}
	cohort, err := l.Cohort(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer cohort.Close()
	c.all = cohort.Patients
	if err := cohort.Each(ctx, 0, func(v intake.Visit) error { return c.one(v.Chart) }); err != nil {
		return nil, err
	}
	for _, k := range c.kept {
		c.tell("chart %d has no records", k.No)
	}
	slices.Sort(c.wrong)
	return c.wrong, nil
}

type checking struct {
	l        *Live
	ctx      context.Context
	state    *state
	progress func(done, all int)

	mu        sync.Mutex
	kept      map[chart.Key]*Chart // not yet met
	wrong     []string
	done, all int
}

func (c *checking) tell(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

func (c *checking) load() error {
	return c.l.store.EachChart(c.ctx, 0, 0, func(k *Chart) error {
		own := *k
		own.Hot = bytes.Clone(k.Hot)
		c.kept[own.Key] = &own
		return nil
	})
}

func (c *checking) one(fresh *chart.Chart) error {
	c.mu.Lock()
	kept := c.kept[fresh.Person.Key]
	delete(c.kept, fresh.Person.Key)
	c.done++
	if kept == nil {
		c.tell("a patient has no chart")
	}
	if c.progress != nil {
		c.progress(c.done, c.all)
	}
	c.mu.Unlock()
	if kept == nil {
		return nil
	}
	rows, err := c.l.store.RowsOf(c.ctx, []int64{kept.No})
	if err != nil {
		return err
	}
	w := c.state.workers.Get().(*screen.Worker)
	defer c.state.workers.Put(w)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !bytes.Equal(kept.Hot, fresh.AppendHot(nil)) {
		c.tell("chart %d is not what its records say", kept.No)
	}
	if kept.LastContact != c.state.plan.LastContact(fresh) || kept.NextVisit != c.state.plan.NextVisit(fresh) {
		c.tell("the days of chart %d are others", kept.No)
	}
	if kept.NextLook <= c.state.day {
		c.tell("chart %d is due", kept.No)
	}
	for n, f := range c.state.all() {
		i := slices.IndexFunc(rows, func(r Row) bool { return r.Trial == f.Version.No })
		switch {
		case i < 0:
			c.tell("chart %d has no row in trial version %d", kept.No, f.Version.No)
		case !bytes.Equal(rows[i].Bytes, screen.AppendRow(nil, w.ScreenOne(fresh, n))):
			c.tell("the row of chart %d in trial version %d is another", kept.No, f.Version.No)
		}
	}
	return nil
}
