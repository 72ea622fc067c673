package live

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// Erase removes every byte about a patient and those its record was joined with. Charts of others that were waiting for one
// of them, or were in doubt because of one, are made again. Once it has begun to write, it goes on though ctx ends. With
// ErrUnscrubbed the patient is erased, and to erase again ends what is left to do; so does Tick.
func (l *Live) Erase(ctx context.Context, key chart.Key, by Actor) error {
	if !l.ready.Load() {
		return ErrNotReady
	}
	l.chores.Lock()
	defer l.chores.Unlock()
	defer l.lists.forget()
	defer l.fresh.forget()
	var want wants
	want.person(key)
	erased, err := false, errMore
	for errors.Is(err, errMore) {
		erased, err = l.eraseClaimed(ctx, key, by, &want)
	}
	ctx = context.WithoutCancel(ctx)
	switch {
	case erased:
		err = firstOf(err, l.forget(ctx))
	case errors.Is(err, ErrErased): // perhaps by a call that failed at the files
		err = firstOf(l.store.Scrub(ctx), err)
	}
	if err != nil {
		return fmt.Errorf("erasing a patient: %w", err)
	}
	return nil
}

// forget takes out of memory what is no longer in the store.
func (l *Live) forget(ctx context.Context) error {
	l.world.Lock()
	defer l.world.Unlock()
	return firstOf(l.forgetCodes(ctx), l.counted.load(ctx, l.store))
}

// eraseClaimed erases once all is claimed that the patient's record is joined with or near to. Others write meanwhile: to
// rewrite the files of the store takes long.
func (l *Live) eraseClaimed(ctx context.Context, key chart.Key, by Actor, want *wants) (erased bool, err error) {
	l.world.RLock()
	defer l.world.RUnlock()
	defer l.claims.claim(want)()
	persons, left, err := l.belonging(ctx, key, want)
	if err != nil {
		return false, err
	}
	if want.grown {
		return false, errMore
	}
	// What is not durable yet has to be, so that the numbers of codes that are blanked show.
	if err := l.spellAll(ctx); err != nil {
		return false, err
	}
	ctx = context.WithoutCancel(ctx) // whoever asked may go away; what is erased must not stay in the files for that
	e := entryOf(by, l.settings.Now().UTC(), audit.Delete)
	e.Subjects = persons
	unclean := l.store.Erase(ctx, persons, e)
	if unclean != nil && !errors.Is(unclean, ErrUnscrubbed) {
		return false, unclean
	}
	if err := firstOf(l.mend(ctx, left), l.store.Mended(ctx, left)); err != nil {
		return true, fmt.Errorf("making the charts of others again: %w", err)
	}
	seq, _, err := l.store.LastSeq(ctx)
	raise(&l.seq, int64(seq))
	return true, firstOf(unclean, err)
}

// mendLeft makes the charts again that an erasure left: a crash, or a failure, came between.
func (l *Live) mendLeft(ctx context.Context) error {
	var want wants
	err := errMore
	for errors.Is(err, errMore) {
		err = l.mendClaimed(ctx, &want)
	}
	return err
}

func (l *Live) mendClaimed(ctx context.Context, want *wants) error {
	l.world.RLock()
	defer l.world.RUnlock()
	defer l.claims.claim(want)()
	keys, err := l.store.Unmended(ctx)
	if err != nil || len(keys) == 0 {
		return err
	}
	group, sharing, err := l.store.Group(ctx, nil, keys, nil)
	if err != nil {
		return err
	}
	for _, p := range slices.Concat(group, sharing) {
		want.person(p.Key)
		for _, d := range p.Identifiers {
			want.identifier(d)
		}
	}
	if want.grown {
		return errMore
	}
	return firstOf(l.mend(ctx, keys), l.store.Mended(ctx, keys))
}

// belonging gives the persons of a patient's chart, and the keys of those who are only near to it.
func (l *Live) belonging(ctx context.Context, key chart.Key, want *wants) (persons []int64, left []chart.Key, err error) {
	gone, err := l.store.Erased(ctx, []chart.Key{key})
	if err != nil {
		return nil, nil, err
	}
	if len(gone) > 0 {
		return nil, nil, ErrErased
	}
	group, sharing, err := l.store.Group(ctx, nil, []chart.Key{key}, nil)
	if err != nil {
		return nil, nil, err
	}
	var its *Person
	for i := range group {
		if group[i].Key == key {
			its = &group[i]
		}
	}
	if its == nil {
		return nil, nil, ErrNotFound
	}
	for _, p := range group {
		want.person(p.Key)
		for _, d := range p.Identifiers {
			want.identifier(d)
		}
		if p.No == its.No || its.Chart != 0 && p.Chart == its.Chart {
			persons = append(persons, p.No)
		} else {
			left = append(left, p.Key)
		}
	}
	for _, p := range sharing {
		want.person(p.Key)
		left = append(left, p.Key)
	}
	return persons, left, nil
}

// spellAll makes all codes and units durable.
func (l *Live) spellAll(ctx context.Context) error {
	var c Change
	if l.spell(&c); len(c.Codes)+len(c.Units) == 0 {
		return nil
	}
	return l.commit(ctx, newChange(l.settings.Now()))
}

// forgetCodes takes out of memory what the store blanked: who brings such a code again gets a new number for it.
func (l *Live) forgetCodes(ctx context.Context) error {
	codes, err := l.store.Dictionary(ctx)
	if err != nil {
		return err
	}
	for i, c := range codes {
		if id := terms.CodeID(i + 1); l.options.Dictionary.Coding(id) != c {
			l.options.Dictionary.Replace(id, c)
		}
	}
	units, err := l.store.Units(ctx)
	if err != nil {
		return err
	}
	for i, u := range units {
		if id := chart.UnitID(i + 1); l.options.Units.Name(id) != u {
			l.options.Units.Replace(id, u)
		}
	}
	l.replace(func(*state) {})
	return nil
}

// mend makes the charts of persons again, which the caller has claimed.
func (l *Live) mend(ctx context.Context, keys []chart.Key) error {
	if len(keys) == 0 {
		return nil
	}
	t := &taking{l: l, ctx: ctx, asked: &asked{}, at: l.settings.Now().UTC()}
	group, sharing, err := l.store.Group(ctx, nil, keys, nil)
	if err != nil || len(group) == 0 {
		return err
	}
	t.people = newPeople(group, sharing)
	t.change.mending = true
	if err := firstOf(t.write(), t.screen(), t.sign()); err != nil {
		return err
	}
	if c := &t.change; len(c.People)+len(c.Charts)+len(c.Rows)+len(c.GoneCharts) == 0 {
		return nil
	}
	return l.commit(ctx, &t.change.Change)
}
