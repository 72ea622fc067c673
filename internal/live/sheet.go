package live

import (
	"context"
	"fmt"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/screen"
)

// Sheet is one patient's answers.
type Sheet struct {
	Chart  int64
	Key    chart.Key
	Day    dates.Day
	Trials []SheetTrial
}

// SheetTrial is a patient under one trial.
type SheetTrial struct {
	InForce
	Candidate *screen.Candidate
}

// Sheet tells all about one patient under every trial in force, or under one; also for those who are withheld, save who is
// opposed, for whom it gives ErrNotFound. Who is opposed to one study only has a sheet without it.
func (l *Live) Sheet(ctx context.Context, key chart.Key, trialID string) (*Sheet, error) {
	if !l.ready.Load() {
		return nil, ErrNotReady
	}
	l.world.RLock()
	defer l.world.RUnlock()
	st := l.current()
	no, err := l.store.ChartOf(ctx, key)
	if err != nil {
		return nil, err
	}
	m, err := l.look(ctx, []int64{no})
	if err != nil {
		return nil, fmt.Errorf("making a sheet: %w", err)
	}
	defer m.cohort.Close()
	c, err := m.whole(key)
	if err != nil {
		return nil, err
	}
	of := st.force
	if trialID != "" {
		f, ok := st.find(trialID)
		if !ok {
			return nil, ErrNotFound
		}
		of = []InForce{f}
	}
	s := &Sheet{Chart: no, Key: c.Person.Key, Day: st.day}
	w := st.workers.Get().(*screen.Worker)
	defer st.workers.Put(w)
	for _, f := range of {
		if told := w.Describe(c, f.Number); told.Withheld != screen.Opposed {
			s.Trials = append(s.Trials, SheetTrial{f, told})
		}
	}
	if len(s.Trials) == 0 && len(of) > 0 {
		return nil, ErrNotFound
	}
	return s, nil
}

// Person gives the number and the chart of a patient key, for decisions and audit.
func (l *Live) Person(ctx context.Context, key chart.Key) (person, chartNo int64, err error) {
	found, err := l.store.People(ctx, []chart.Key{key}, false)
	if err != nil {
		return 0, 0, err
	}
	if len(found) == 0 {
		return 0, 0, ErrNotFound
	}
	return found[0].No, found[0].Chart, nil
}

// Verdicts gives the row of a chart under a trial in force; ok is false while it has none or is withheld.
func (l *Live) Verdicts(ctx context.Context, chartNo int64, trialID string) (row *screen.Row, ok bool, err error) {
	f, found := l.state.Load().find(trialID)
	if !found {
		return nil, false, ErrNotFound
	}
	rows, err := l.store.RowsOf(ctx, []int64{chartNo})
	if err != nil {
		return nil, false, err
	}
	for _, r := range rows {
		if r.Trial == f.Version.No {
			row = &screen.Row{}
			if err := screen.DecodeRow(r.Bytes, row); err != nil {
				return nil, false, err
			}
			return row, row.Withheld == screen.NotWithheld, nil
		}
	}
	return nil, false, nil
}
