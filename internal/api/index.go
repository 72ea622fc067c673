package api

import (
	"context"
	"sync"

	"prescreen/internal/live"
	"prescreen/internal/screen"
	"prescreen/internal/verdict"
)

// keptListings is how many states of a trial's list are kept for those who page through them.
const keptListings = 4

// kept is the lists that were given out last, and what is made of them only when it is asked for.
type kept struct {
	mu      sync.Mutex
	by      map[string][]*live.Listing // by trial, oldest first
	places  map[*live.Listing]map[int64]int
	indexes map[*live.Listing]*index
}

// listing gives the list of a trial as it is now, and keeps it for its further pages.
func (a *api) listing(ctx context.Context, trialID string) (*live.Listing, error) {
	if _, err := a.inForce(trialID); err != nil {
		return nil, err
	}
	l, err := a.Live.List(ctx, trialID)
	if err != nil {
		return nil, notReady(err)
	}
	a.kept.keep(trialID, l)
	return l, nil
}

func (k *kept) keep(trialID string, l *live.Listing) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.by == nil {
		k.by, k.places, k.indexes = map[string][]*live.Listing{}, map[*live.Listing]map[int64]int{}, map[*live.Listing]*index{}
	}
	list := k.by[trialID]
	if n := len(list); n > 0 && list[n-1] == l {
		return
	}
	list = append(list, l)
	for len(list) > keptListings {
		delete(k.places, list[0])
		delete(k.indexes, list[0])
		list = list[1:]
	}
	k.by[trialID] = list
}

// again gives the list that a cursor was made for.
func (a *api) again(trialID string, seq live.Seq, version int64) (*live.Listing, error) {
	a.kept.mu.Lock()
	defer a.kept.mu.Unlock()
	for _, l := range a.kept.by[trialID] {
		if l.Seq == seq && l.Version.No == version {
			return l, nil
		}
	}
	return nil, listChanged()
}

// places gives where charts stand in a list.
func (a *api) places(l *live.Listing) map[int64]int {
	a.kept.mu.Lock()
	defer a.kept.mu.Unlock()
	if m := a.kept.places[l]; m != nil {
		return m
	}
	m := make(map[int64]int, len(l.Chart))
	for place, chart := range l.Chart {
		m[chart] = place
	}
	if a.kept.places != nil {
		a.kept.places[l] = m
	}
	return m
}

// index is what a list does not hold of its rows: what is left to do, and who is withheld.
type index struct {
	actions [][verdict.ActionCount]int // by place
	why     map[int64]screen.Why       // of charts in no list
}

// index reads the rows of a list's trial. Where they have moved on meanwhile, charts that are new in them are left out.
func (a *api) index(ctx context.Context, l *live.Listing) (*index, error) {
	a.kept.mu.Lock()
	x := a.kept.indexes[l]
	a.kept.mu.Unlock()
	if x != nil {
		return x, nil
	}
	places := a.places(l)
	x = &index{actions: make([][verdict.ActionCount]int, l.Len()), why: map[int64]screen.Why{}}
	err := a.Live.EachRow(ctx, l.Version.No, func(chart int64, row *screen.Row) error {
		if row.Withheld != screen.NotWithheld {
			x.why[chart] = row.Withheld
			return nil
		}
		if place, ok := places[chart]; ok {
			x.actions[place] = row.Actions(l.Trial)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.kept.mu.Lock()
	if a.kept.indexes != nil {
		a.kept.indexes[l] = x
	}
	a.kept.mu.Unlock()
	return x, nil
}

// seen tells whether a chart may be told of under a trial: it stands in the list, or is withheld for another reason than
// that the patient is opposed.
func (a *api) seen(ctx context.Context, l *live.Listing, chart int64) (bool, error) {
	if _, listed := a.places(l)[chart]; listed {
		return true, nil
	}
	x, err := a.index(ctx, l)
	if err != nil {
		return false, err
	}
	why, known := x.why[chart]
	return known && why != screen.Opposed, nil
}
