package live

import (
	"context"
	"fmt"

	"prescreen/internal/chart"
	"prescreen/internal/screen"
	"prescreen/internal/trial"
)

// Preview screens the whole store for a trial that is not in force and keeps nothing.
func (l *Live) Preview(ctx context.Context, t *trial.Trial, progress func(done, all int)) (*screen.List, *screen.Plan, error) {
	st := l.state.Load()
	if st.day == screen.NoDay {
		return nil, nil, ErrNotReady
	}
	plan := st.book.Plan([]*trial.Trial{t}, l.options.Dictionary, l.options.Units, st.day)
	ranking := plan.NewRanking(0)
	after, done := int64(0), 0
	for {
		charts, err := l.page(ctx, after)
		if err != nil {
			return nil, nil, fmt.Errorf("previewing a trial: %w", err)
		}
		if len(charts) == 0 {
			break
		}
		if err := previewed(plan, ranking, charts); err != nil {
			return nil, nil, fmt.Errorf("previewing a trial: %w", err)
		}
		after, done = charts[len(charts)-1].No, done+len(charts)
		if progress != nil {
			progress(done, max(done, int(l.counted.patients.Load())))
		}
	}
	list, _ := ranking.List()
	return list, plan, nil
}

// page reads some charts after a number.
func (l *Live) page(ctx context.Context, after int64) (charts []Chart, err error) {
	err = l.store.EachChart(ctx, after, chunk, func(c *Chart) error {
		own := *c
		own.Hot = append([]byte(nil), c.Hot...)
		charts = append(charts, own)
		return nil
	})
	return charts, firstOf(err, ctx.Err())
}

// previewed answers one trial for some charts, on all cores.
func previewed(plan *screen.Plan, ranking *screen.Ranking, charts []Chart) error {
	const each = 32
	rows := make([][]byte, len(charts))
	err := inParallel((len(charts)+each-1)/each, func(part int) error {
		w := plan.NewWorker()
		for i := part * each; i < min(len(charts), (part+1)*each); i++ {
			c, err := chart.DecodeHot(charts[i].Hot)
			if err != nil {
				return err
			}
			charts[i].LastContact, charts[i].NextVisit = plan.LastContact(c), plan.NextVisit(c)
			rows[i] = screen.AppendRow(nil, w.ScreenOne(c, 0))
		}
		return nil
	})
	var row screen.Row
	for i := range charts {
		if err = firstOf(err, screen.DecodeRow(rows[i], &row)); err != nil {
			return err
		}
		ranking.Add(charts[i].Key, charts[i].LastContact, charts[i].NextVisit, &row)
	}
	return nil
}
