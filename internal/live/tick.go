package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prescreen/internal/dates"
	"prescreen/internal/screen"
)

// ErrDayPassed is returned by a Tick to a day before the one that rows hold for.
var ErrDayPassed = errors.New("that day has passed already: set the clock of this machine right")

// dayOf is the day of a moment at the site.
func (l *Live) dayOf(now time.Time) dates.Day {
	zone := l.settings.Zone
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	return dates.NewDay(y, int(m), d)
}

// Tick moves the day on to that of a moment and screens again the charts whose next look has come. progress may be nil.
//
// Writes go on meanwhile and see the new day at once; lists wait, or are given as they were. The store is told the day when
// all is done: after a crash in the middle the charts that are left are still due, and nothing is served before another Tick
// has come to them. What an erasure left to be done is done too.
func (l *Live) Tick(ctx context.Context, now time.Time, progress func(done, all int)) error {
	l.chores.Lock()
	defer l.chores.Unlock()
	day := l.dayOf(now)
	st := l.state.Load()
	if st.day != screen.NoDay && day < st.day {
		return ErrDayPassed
	}
	if err := l.tick(ctx, day, st.stale, progress); err != nil {
		return fmt.Errorf("screening for a new day: %w", err)
	}
	l.counted.ticks.Add(1)
	if err := l.store.Scrub(ctx); err != nil {
		return fmt.Errorf("ending an erasure: %w", err)
	}
	return nil
}

func (l *Live) tick(ctx context.Context, day dates.Day, stale bool, progress func(done, all int)) error {
	l.begin(func(st *state) { st.day, st.whole = day, stale })
	s := &sweep{l: l, why: whyTime, which: func(st *state) []int { return upTo(len(st.force) + len(st.next)) }, progress: progress}
	next := l.due(ctx, day)
	if stale {
		s.why, s.all, next = whyRules, int(l.counted.patients.Load()), l.every(ctx)
	}
	err := l.mendLeft(ctx)
	if err == nil {
		err = s.over(ctx, next)
	}
	if err == nil && stale {
		err = l.remember(ctx, l.state.Load().force)
	}
	if err == nil {
		err = l.markDay(ctx, day)
	}
	l.end(err, func(st *state) { st.stale, st.whole = stale && err != nil, false })
	return err
}

// begin changes the state so that rows have to follow.
func (l *Live) begin(change func(*state)) {
	l.world.Lock()
	defer l.world.Unlock()
	l.replace(func(st *state) {
		change(st)
		st.busy = make(chan struct{})
	})
}

// end says that they have; or, with an error, that nothing can be served until a Tick has got through.
func (l *Live) end(err error, change func(*state)) {
	l.world.Lock()
	defer l.world.Unlock()
	busy := l.state.Load().busy
	l.replace(func(st *state) {
		change(st)
		st.busy = nil
	})
	l.ready.Store(err == nil)
	if busy != nil {
		close(busy)
	}
}

// markDay tells the store for which day rows hold.
func (l *Live) markDay(ctx context.Context, day dates.Day) error {
	had, err := l.store.Day(ctx)
	if err != nil || had == day {
		return err
	}
	return l.commit(ctx, &Change{At: l.settings.Now().UTC(), Day: day})
}
