package live

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"prescreen/internal/audit"
	"prescreen/internal/screen"
	"prescreen/internal/trial"
)

// SetTrials brings the trials in force up to what a folder of rules holds: new and changed ones are screened over the whole
// store and then take the place of the older version; those that are no longer there are retired. A file that has not
// changed since it came from the folder does not undo a version that was approved here after it, nor that people retired the
// trial here. With other value sets or settings all trials are screened again.
func (l *Live) SetTrials(ctx context.Context, book Book, trials []*trial.Trial, files map[string][]byte, by Actor, progress func(trial string, done, all int)) error {
	l.chores.Lock()
	defer l.chores.Unlock()
	if l.state.Load().day == screen.NoDay {
		return ErrNotReady
	}
	a := &arrangement{l: l, ctx: ctx, book: book, by: by, progress: progress, ends: TrialFormer}
	if err := a.make(trials, files); err != nil {
		return fmt.Errorf("setting the trials: %w", err)
	}
	if err := a.install(); err != nil {
		return fmt.Errorf("setting the trials: %w", err)
	}
	return nil
}

// Install makes one version of a trial that the store holds (draft or preparing) current, screening the whole store for it.
func (l *Live) Install(ctx context.Context, no int64, by Actor, progress func(done, all int)) error {
	l.chores.Lock()
	defer l.chores.Unlock()
	st := l.state.Load()
	if st.day == screen.NoDay {
		return ErrNotReady
	}
	f, err := l.compile(ctx, st.book, no)
	if err != nil {
		return err
	}
	a := &arrangement{l: l, ctx: ctx, book: st.book, by: by, progress: func(_ string, done, all int) {
		if progress != nil {
			progress(done, all)
		}
	}}
	switch f.Version.State {
	case TrialPreparing:
	case TrialDraft:
		if err := a.prepare(&f); err != nil {
			return fmt.Errorf("installing a trial: %w", err)
		}
	default:
		return fmt.Errorf("only a draft can be installed, not a version that is %s", f.Version.State)
	}
	a.fresh, a.stay = []InForce{f}, slices.Clone(st.force)
	if err := a.install(); err != nil {
		return fmt.Errorf("installing a trial: %w", err)
	}
	return nil
}

// arrangement is a change of the trials in force.
type arrangement struct {
	l        *Live
	ctx      context.Context
	book     Book
	by       Actor
	progress func(trial string, done, all int)

	stay  []InForce // in force now; those that fresh ones replace among them
	fresh []InForce
	gone  []InForce  // to be out of force
	ends  TrialState // what they are then
	again bool       // the book is another: all is screened again
	made  []byte     // madeWith of the book
}

// make compares what the folder holds with what is in force.
func (a *arrangement) make(trials []*trial.Trial, files map[string][]byte) error {
	versions, err := a.l.store.Trials(a.ctx)
	if err != nil {
		return err
	}
	st := a.l.state.Load()
	a.made = madeWith(a.book)
	a.again = st.stale || !bytes.Equal(madeWith(st.book), a.made)
	there := map[string]bool{}
	for _, t := range trials {
		there[t.ID] = true
		if err := a.one(t, files, versions); err != nil {
			return err
		}
	}
	for _, v := range versions {
		if v.State != TrialCurrent || there[v.ID] {
			continue
		}
		if v.Author != "" {
			if err := a.keep(v); err != nil {
				return err
			}
			continue
		}
		a.gone = append(a.gone, InForce{Version: v})
	}
	sortByID(a.stay)
	sortByID(a.fresh)
	return nil
}

// one decides about one trial of the folder.
func (a *arrangement) one(t *trial.Trial, files map[string][]byte, versions []TrialVersion) error {
	source, ok := sourceOf(t, files)
	if !ok {
		return fmt.Errorf("the file of trial %s was not handed over", t.ID)
	}
	digest := sha256.Sum256(source)
	var current, preparing, folder, last *TrialVersion
	for i := range versions {
		v := &versions[i]
		if v.ID != t.ID {
			continue
		}
		switch {
		case v.State == TrialCurrent:
			current = v
		case v.State == TrialPreparing && bytes.Equal(v.Digest, digest[:]):
			preparing = v
		}
		if v.Author == "" && (v.State == TrialCurrent || v.State == TrialFormer || v.State == TrialRetired) {
			folder = v
		}
		if v.State == TrialFormer || v.State == TrialRetired && len(v.Book) > 0 { // it was current: no discarded draft
			last = v
		}
	}
	if current == nil && last != nil && last.State == TrialRetired && folder != nil && bytes.Equal(folder.Digest, digest[:]) {
		a.l.log("a trial of the folder was retired here, and stays so until its file changes", "version", last.No)
		return nil
	}
	if current != nil {
		same := bytes.Equal(current.Digest, digest[:])
		if same || current.Author != "" && folder != nil && bytes.Equal(folder.Digest, digest[:]) {
			return a.stays(*current, t, same)
		}
		if err := a.replaced(*current); err != nil {
			return err
		}
	}
	f := InForce{Trial: t, Version: TrialVersion{ID: t.ID, File: path.Base(t.File), Source: source, Digest: digest[:]}}
	if preparing != nil {
		f.Version = *preparing
	} else if err := a.prepare(&f); err != nil {
		return err
	}
	f.Version.Source = nil
	a.fresh = append(a.fresh, f)
	return nil
}

// sourceOf finds a trial's file among files by their names, with or without their folder.
func sourceOf(t *trial.Trial, files map[string][]byte) ([]byte, bool) {
	for _, name := range []string{t.File, "trials/" + path.Base(t.File), path.Base(t.File)} {
		if b, ok := files[name]; ok {
			return b, true
		}
	}
	return nil, false
}

// stays keeps a version in force, read with the new book.
func (a *arrangement) stays(v TrialVersion, t *trial.Trial, same bool) error {
	if !same {
		return a.keep(v)
	}
	a.again = a.again || !a.inForce(v.No)
	a.stay = append(a.stay, InForce{Trial: t, Version: v})
	return nil
}

// keep does so for a version that is not the folder's. One that cannot be read with the new book stays as it was.
func (a *arrangement) keep(v TrialVersion) error {
	f, err := a.l.compile(a.ctx, a.book, v.No)
	if err != nil {
		if errors.Is(err, ErrNotFound) {
			return err
		}
		return fmt.Errorf("trial %s, which was approved here, cannot be read with these value sets: %w", v.ID, err)
	}
	a.again = a.again || !a.inForce(v.No)
	a.stay = append(a.stay, f)
	return nil
}

// replaced leaves a version as it is until the fresh one takes its place.
func (a *arrangement) replaced(v TrialVersion) error {
	for _, f := range a.l.state.Load().force {
		if f.Version.No == v.No {
			a.stay = append(a.stay, f)
		}
	}
	return nil
}

func (a *arrangement) inForce(no int64) bool {
	return slices.ContainsFunc(a.l.state.Load().force, func(f InForce) bool { return f.Version.No == no })
}

// prepare writes a version that is about to be screened.
func (a *arrangement) prepare(f *InForce) error {
	v, was := f.Version, f.Version.State
	if v.No == 0 {
		v.No = a.l.numbers.trial.Add(1)
		v.Since = a.l.settings.Now().UTC()
	} else {
		whole, err := a.l.store.Trial(a.ctx, v.No)
		if err != nil {
			return err
		}
		v.Source = whole.Source
	}
	if a.made == nil {
		a.made = madeWith(a.book)
	}
	v.State, v.Book = TrialPreparing, a.made
	err := a.l.store.SaveTrial(a.ctx, v, was, a.entry(v.ID))
	v.Source = nil
	f.Version = v
	return err
}

func (a *arrangement) entry(trialID string) audit.Entry {
	e := entryOf(a.by, a.now(), audit.Update)
	e.Trial = trialID
	return e
}

func (a *arrangement) now() time.Time { return a.l.settings.Now().UTC() }

// install screens the store for what is fresh, or for all, and lets it take its place.
func (a *arrangement) install() error {
	l := a.l
	staying := map[int64]bool{}
	for _, f := range a.stay {
		if !slices.ContainsFunc(a.fresh, func(n InForce) bool { return n.Trial.ID == f.Trial.ID }) {
			staying[f.Version.No] = true
		}
	}
	l.begin(func(st *state) {
		st.book, st.force, st.next, st.whole = a.book, slices.Clone(a.stay), slices.Clone(a.fresh), a.again
		st.stale = st.stale || a.again
	})
	if !a.again { // what is in force is as it was: nobody has to wait
		l.end(a.readiness(), func(*state) {})
	}
	err := a.sweep(staying)
	if err == nil {
		err = a.change()
	}
	for i := 0; i < len(a.gone) && err == nil; i++ {
		err = a.retire(a.gone[i].Version, a.ends)
	}
	if err == nil && a.again {
		err = l.remember(a.ctx, l.state.Load().force)
	}
	if !a.again {
		l.world.Lock()
		defer l.world.Unlock()
		l.replace(func(st *state) { st.next = nil })
		return err
	}
	l.end(firstOf(err, a.readiness()), func(st *state) { st.next, st.whole, st.stale = nil, false, err != nil })
	return err
}

// readiness keeps what is not ready before from being so after.
func (a *arrangement) readiness() error {
	if !a.l.ready.Load() {
		return ErrNotReady
	}
	return nil
}

func (a *arrangement) sweep(staying map[int64]bool) error {
	if len(a.fresh) == 0 && !a.again {
		return nil
	}
	s := &sweep{l: a.l, why: whyRules, all: int(a.l.counted.patients.Load()), progress: a.tell, which: func(st *state) []int {
		var list []int
		for i, f := range st.all() {
			if i >= len(st.force) || a.again && staying[f.Version.No] {
				list = append(list, i)
			}
		}
		return list
	}}
	return s.over(a.ctx, a.l.every(a.ctx))
}

func (a *arrangement) tell(done, all int) {
	if a.progress == nil {
		return
	}
	for _, f := range a.fresh {
		a.progress(f.Trial.ID, done, all)
	}
	if len(a.fresh) == 0 {
		a.progress("", done, all)
	}
}

// change lets the fresh versions take the place of those before; if one of them cannot, those that did are in force.
func (a *arrangement) change() error {
	if len(a.fresh) == 0 {
		return nil
	}
	l := a.l
	l.world.Lock()
	defer l.world.Unlock()
	var err error
	done := map[int64]bool{}
	for i := 0; i < len(a.fresh) && err == nil; i++ {
		if err = a.switchTo(&a.fresh[i]); err == nil {
			done[a.fresh[i].Version.No] = true
		}
	}
	l.lists.forget()
	l.replace(func(st *state) {
		for _, f := range a.fresh {
			if done[f.Version.No] {
				st.next = slices.DeleteFunc(st.next, func(n InForce) bool { return n.Version.No == f.Version.No })
				st.force = slices.DeleteFunc(st.force, func(n InForce) bool { return n.Trial.ID == f.Trial.ID })
				st.force = append(st.force, f)
			}
		}
		sortByID(st.force)
	})
	return err
}

func (a *arrangement) switchTo(f *InForce) error {
	l := a.l
	if old, ok := l.state.Load().find(f.Trial.ID); ok {
		flips, err := l.turned(a.ctx, old, *f)
		if err != nil {
			return err
		}
		if len(flips) > 0 { // with the version or not at all: after a crash they would be found again
			c := newChange(a.now())
			c.Flips, c.Current, c.Audit = flips, f.Version.No, []audit.Entry{a.entry(f.Trial.ID)}
			if err := l.commit(a.ctx, c); err != nil {
				return err
			}
			f.Version.State = TrialCurrent
			return nil
		}
	}
	if err := l.store.Switch(a.ctx, f.Version.No, a.entry(f.Trial.ID)); err != nil {
		return err
	}
	f.Version.State = TrialCurrent
	return nil
}

// retire ends a trial: one that the folder holds no longer comes back with its file.
func (a *arrangement) retire(v TrialVersion, as TrialState) error {
	whole, err := a.l.store.Trial(a.ctx, v.No)
	if err != nil {
		return err
	}
	whole.State, whole.Until = as, a.now()
	return a.l.store.SaveTrial(a.ctx, whole, TrialCurrent, a.entry(v.ID))
}

// remember notes with what the rows of trials were made.
func (l *Live) remember(ctx context.Context, list []InForce) error {
	made := madeWith(l.state.Load().book)
	for _, f := range list {
		if bytes.Equal(f.Version.Book, made) {
			continue
		}
		v, err := l.store.Trial(ctx, f.Version.No)
		if err != nil {
			return err
		}
		v.Book = made
		if err := l.store.SaveTrial(ctx, v, v.State, entryOf(Actor{}, l.settings.Now().UTC(), audit.Update)); err != nil {
			return err
		}
	}
	return nil
}
