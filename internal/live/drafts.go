package live

import (
	"context"
	"fmt"

	"prescreen/internal/audit"
)

// SaveDraft keeps a version of a trial as a draft, under a number of its own. The entry's object names it.
func (l *Live) SaveDraft(ctx context.Context, v TrialVersion, e audit.Entry) (TrialVersion, error) {
	v.No, v.State = l.numbers.trial.Add(1), TrialDraft
	e.Object = fmt.Sprintf("%s/%d", v.ID, v.No)
	return v, l.store.SaveTrial(ctx, v, "", e)
}

// Retire takes the current version of a trial out of force; nothing takes its place.
func (l *Live) Retire(ctx context.Context, no int64, by Actor) error {
	l.chores.Lock()
	defer l.chores.Unlock()
	st := l.state.Load()
	a := &arrangement{l: l, ctx: ctx, book: st.book, by: by, ends: TrialRetired}
	for _, f := range st.force {
		if f.Version.No == no {
			a.gone = append(a.gone, f)
		} else {
			a.stay = append(a.stay, f)
		}
	}
	if len(a.gone) == 0 {
		return ErrConflict
	}
	if err := a.install(); err != nil {
		return fmt.Errorf("retiring a trial: %w", err)
	}
	return nil
}
