package live

import (
	"context"
	"errors"
	"fmt"

	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// Erase removes every byte about a patient and those its record was joined with. Charts of others that were waiting for one
// of them, or were in doubt because of one, are made again.
func (l *Live) Erase(ctx context.Context, key chart.Key, by Actor) error {
	if !l.ready.Load() {
		return ErrNotReady
	}
	l.chores.Lock()
	defer l.chores.Unlock()
	defer l.lists.forget()
	var want wants
	want.person(key)
	err := errMore
	for errors.Is(err, errMore) {
		err = l.eraseClaimed(ctx, key, by, &want)
	}
	if err != nil {
		return fmt.Errorf("erasing a patient: %w", err)
	}
	l.world.Lock()
	defer l.world.Unlock()
	if err := l.forgetCodes(ctx); err != nil {
		return fmt.Errorf("erasing a patient: %w", err)
	}
	return l.counted.load(ctx, l.store)
}

// eraseClaimed erases once all is claimed that the patient's record is joined with or near to. Others write meanwhile: to
// rewrite the files of the store takes long.
func (l *Live) eraseClaimed(ctx context.Context, key chart.Key, by Actor, want *wants) error {
	l.world.RLock()
	defer l.world.RUnlock()
	defer l.claims.claim(want)()
	persons, left, err := l.belonging(ctx, key, want)
	if err != nil {
		return err
	}
	if want.grown {
		return errMore
	}
	// What is not durable yet has to be, so that the numbers of codes that are blanked show.
	if err := l.spellAll(ctx); err != nil {
		return err
	}
	e := entryOf(by, l.settings.Now().UTC(), audit.Delete)
	e.Subjects = persons
	if err := l.store.Erase(ctx, persons, e); err != nil {
		return err
	}
	if err := l.mend(ctx, left); err != nil {
		return fmt.Errorf("making the charts of others again: %w", err)
	}
	seq, _, err := l.store.LastSeq(ctx)
	raise(&l.seq, int64(seq))
	return err
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
