package live

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/screen"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// state is day and rules at one moment. It is never changed: another takes its place.
type state struct {
	day   dates.Day
	book  Book
	force []InForce     // by id
	next  []InForce     // being screened for the first time: their rows are kept up, nobody sees them
	stale bool          // some rows were made with another book: the next Tick makes all again
	whole bool          // all charts are being screened again: a chart that is written is screened for every trial
	busy  chan struct{} // closed when the rows of all charts hold for this state again; nil when they do

	plan         *screen.Plan // nil while there is no day
	workers      *sync.Pool
	codes, units int // met when it was bound
}

// all gives the trials of the plan in its order.
func (s *state) all() []InForce { return slices.Concat(s.force, s.next) }

func (s *state) find(trialID string) (InForce, bool) {
	for _, f := range s.force {
		if f.Trial.ID == trialID {
			return f, true
		}
	}
	return InForce{}, false
}

// Open loads what is needed to go on: dictionary, units, rules, day. It does not screen: Tick comes first.
func Open(ctx context.Context, store Store, book Book, s Settings) (*Live, error) {
	l := &Live{store: store, settings: s, options: optionsOf(s)}
	if err := l.load(ctx); err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	if err := l.sameReading(ctx); err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	st := &state{book: book}
	var err error
	if st.day, err = store.Day(ctx); err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	if err := l.loadTrials(ctx, st); err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	l.bind(st)
	l.state.Store(st)
	return l, l.counted.load(ctx, store)
}

func optionsOf(s Settings) intake.Options {
	return intake.Options{
		Zone: s.Zone, UniqueIdentifiers: s.UniqueIdentifiers, Limits: s.Limits,
		Dictionary: terms.NewDictionary(), Units: chart.NewUnits(),
	}
}

func (l *Live) load(ctx context.Context) error {
	codes, err := l.store.Dictionary(ctx)
	if err != nil {
		return err
	}
	for i, c := range codes {
		if got := l.options.Dictionary.ID(c); int(got) != i+1 {
			return fmt.Errorf("code number %d of the store stands there twice: restore a backup", i+1)
		}
	}
	units, err := l.store.Units(ctx)
	if err != nil {
		return err
	}
	for i, u := range units {
		if got := l.options.Units.ID([]byte(u)); int(got) != i+1 {
			return fmt.Errorf("unit number %d of the store stands there twice: restore a backup", i+1)
		}
	}
	l.written.codes.Store(int64(len(codes)))
	l.written.units.Store(int64(len(units)))
	n, err := l.store.Numbers(ctx)
	if err != nil {
		return err
	}
	l.numbers.version.Store(n.Version)
	l.numbers.person.Store(n.Person)
	l.numbers.trial.Store(n.Trial)
	l.flips.start(n.Flip)
	seq, _, err := l.store.LastSeq(ctx)
	l.seq.Store(int64(seq))
	return err
}

// loadTrials compiles the trials that are current. One that can no longer be read with this book is not in force until
// SetTrials brings one that can.
func (l *Live) loadTrials(ctx context.Context, st *state) error {
	versions, err := l.store.Trials(ctx)
	if err != nil {
		return err
	}
	made := madeWith(st.book)
	for _, v := range versions {
		if v.State != TrialCurrent {
			continue
		}
		f, err := l.compile(ctx, st.book, v.No)
		if err != nil {
			var mistakes interface{ HasErrors() bool }
			if !errors.As(err, &mistakes) {
				return err
			}
			l.log("a trial in force cannot be read with these rules", "version", v.No)
			continue
		}
		st.force = append(st.force, f)
		st.stale = st.stale || string(v.Book) != string(made)
	}
	sortByID(st.force)
	return nil
}

func (l *Live) compile(ctx context.Context, book Book, no int64) (InForce, error) {
	v, err := l.store.Trial(ctx, no)
	if err != nil {
		return InForce{}, err
	}
	t, err := book.Compile(v.File, v.Source)
	if err != nil {
		return InForce{}, err
	}
	v.Source = nil
	return InForce{Trial: t, Version: v}, nil
}

func sortByID(list []InForce) {
	slices.SortFunc(list, func(a, b InForce) int { return strings.Compare(a.Trial.ID, b.Trial.ID) })
}

// madeWith is the digest of all that rows depend on beside trials, records and day.
func madeWith(b Book) []byte {
	d := b.Digest()
	sum := sha256.Sum256(binary.AppendUvarint(d[:], screen.Engine))
	return sum[:]
}

// bind makes the plan of a state for the codes and units met so far.
func (l *Live) bind(st *state) {
	for i := range st.force {
		st.force[i].Number = i
	}
	for i := range st.next {
		st.next[i].Number = len(st.force) + i
	}
	if st.day == screen.NoDay {
		return
	}
	st.codes, st.units = l.options.Dictionary.Len(), l.options.Units.Len()
	var trials []*trial.Trial
	for _, f := range st.all() {
		trials = append(trials, f.Trial)
	}
	plan := st.book.Plan(trials, l.options.Dictionary, l.options.Units, st.day)
	st.plan = plan
	st.workers = &sync.Pool{New: func() any { return plan.NewWorker() }}
}

// replace puts a state made of the present one in its place, with world held alone.
func (l *Live) replace(change func(*state)) {
	l.planning.Lock()
	defer l.planning.Unlock()
	st := *l.state.Load()
	st.force, st.next = slices.Clone(st.force), slices.Clone(st.next)
	change(&st)
	l.bind(&st)
	l.state.Store(&st)
}

// current gives the state with a plan that knows every listed code and every unit met so far. The caller holds world.
func (l *Live) current() *state {
	st := l.state.Load()
	if st.plan == nil || st.codes == l.options.Dictionary.Len() && st.units == l.options.Units.Len() {
		return st
	}
	l.planning.Lock()
	defer l.planning.Unlock()
	st = l.state.Load()
	codes, units := l.options.Dictionary.Len(), l.options.Units.Len()
	fresh := *st
	fresh.codes = codes
	listed := units != st.units
	for id := st.codes; id < codes && !listed; id++ {
		listed = st.book.Lists(l.options.Dictionary.Coding(terms.CodeID(id)))
	}
	if listed {
		fresh.force, fresh.next = slices.Clone(st.force), slices.Clone(st.next)
		l.bind(&fresh)
	}
	l.state.Store(&fresh)
	return &fresh
}

// Plan is the plan of the trials in force; it changes when trials, day or codes do.
func (l *Live) Plan() *screen.Plan {
	l.world.RLock()
	defer l.world.RUnlock()
	return l.current().plan
}

// Trials gives the trials in force with their versions, by id.
func (l *Live) Trials() []InForce { return slices.Clone(l.state.Load().force) }

func (l *Live) log(msg string, args ...any) {
	if l.settings.Log != nil {
		l.settings.Log.Info(msg, args...)
	}
}
