package live

import (
	"context"
	"iter"
	"sync"
)

// flipOrder numbers flips. Changes are committed at the same time and end in any order, so a flip may become visible after
// one with a higher number: settled tells up to which number none can come any more.
type flipOrder struct {
	mu      sync.Mutex
	last    int64
	open    map[int64]bool // first numbers of changes under way
	changed chan struct{}
}

func (o *flipOrder) start(last int64) {
	o.last, o.open, o.changed = last, map[int64]bool{}, make(chan struct{})
}

func (o *flipOrder) number(flips []Flip) {
	if len(flips) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open[o.last+1] = true
	for i := range flips {
		o.last++
		flips[i].No = o.last
	}
}

// settle ends what number began, whether the change was committed or not.
func (o *flipOrder) settle(flips []Flip) {
	if len(flips) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.open, flips[0].No)
	close(o.changed)
	o.changed = make(chan struct{})
}

// settled gives the last number up to which all is visible, and a channel that is closed when that may have changed.
func (o *flipOrder) settled() (int64, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	last := o.last
	for first := range o.open {
		last = min(last, first-1)
	}
	return last, o.changed
}

// watched is how many flips are read at once.
const watched = 256

// Flips gives flips after a number, oldest first, of a trial or ("") of all: those up to which no other can come any more,
// so that whoever asks again after the last one has missed none.
func (l *Live) Flips(ctx context.Context, after int64, trialID string, limit int) ([]Flip, error) {
	last, _ := l.flips.settled()
	return l.flipsTo(ctx, last, after, trialID, limit)
}

func (l *Live) flipsTo(ctx context.Context, last, after int64, trialID string, limit int) ([]Flip, error) {
	list, err := l.store.Flips(ctx, after, trialID, 0, limit)
	for i := range list {
		if list[i].No > last {
			return list[:i], err
		}
	}
	return list, err
}

// Watch gives flips as they are committed, from after a number on, until ctx ends. They are read from the store, so a slow
// reader costs nothing but its own time.
func (l *Live) Watch(ctx context.Context, after int64, trialID string) iter.Seq2[Flip, error] {
	return func(yield func(Flip, error) bool) {
		for ctx.Err() == nil {
			last, changed := l.flips.settled()
			list, err := l.flipsTo(ctx, last, after, trialID, watched)
			if err != nil {
				if ctx.Err() == nil {
					yield(Flip{}, err)
				}
				return
			}
			for _, f := range list {
				if !yield(f, nil) {
					return
				}
				after = f.No
			}
			if len(list) == watched {
				continue
			}
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
	}
}
