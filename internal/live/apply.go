package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prescreen/internal/intake"
	"prescreen/internal/screen"
)

// Actor is who asks, for the audit log.
type Actor struct{ Who, Role, Route, Request string }

// Verb is what a sender wants done with a resource.
type Verb uint8

// Put creates or replaces under the id given; Create makes a new resource, under the uuid of its fullUrl if it has one, so
// that sending it twice changes nothing; Delete takes it away.
const (
	Put Verb = iota
	Create
	Delete
)

// Write is one thing a sender asks for.
type Write struct {
	Verb        Verb
	Resource    *intake.Resource // nil for Delete
	Type, ID    string           // of Put and Delete
	IfMatch     string           // version number, without quotes and W/; "" for any
	IfNew       bool             // of Put: only where there is none, or it was deleted
	IfNoneExist string           // search parameters of a conditional Create
}

// Batch is writes of one sender, in their order (Delete, Create, Put is the server's to arrange). Atomic: all or none.
type Batch struct {
	Source   string
	Document *intake.Document // for references between its entries
	Writes   []Write
	Atomic   bool
	By       Actor
}

// Result says what became of one write. Nothing in it is a value.
type Result struct {
	Status  Status
	Key     ResourceKey
	Version int
	At      time.Time
	Problem *intake.Problem // of Refused
}

// Status is what became of a write.
type Status uint8

// NotKept: of a kind that is not read. Older: the store has a later version, which stays. Unchanged: nothing to do.
const (
	Refused Status = iota
	Created
	Updated
	Unchanged
	Older
	NotKept
	Deleted
	Gone         // there was nothing to delete
	Mismatch     // IfMatch named another version, or IfNew found one (412)
	Ambiguous    // a conditional reference or create fits several (412)
	WasErased    // the patient was erased (409, and not taken in again)
	NotPerformed // in an atomic batch of which another write failed
)

// errMore tells that an attempt met something that it had not claimed.
var errMore = errors.New("more has to be claimed")

// staleTries is how often a change is made again because the store has moved on. Claims keep changes of this process
// apart; it happens when a patient was erased since the records were read, and codes of theirs with it.
const staleTries = 20

// Apply takes a batch in. The results are one per write, in order. The error is the machine's or, of an atomic batch,
// *Failed, naming the write that stopped it.
//
// An attempt first finds out what it is made from. What it had not claimed it claims, and begins again; so the change that
// is committed was made while nobody else could change anything that it rests on.
func (l *Live) Apply(ctx context.Context, b Batch) ([]Result, error) {
	if !l.ready.Load() {
		return nil, ErrNotReady
	}
	a := &asked{Batch: b, made: make([]string, len(b.Writes))}
	stale := 0
	for {
		results, err := l.attempt(ctx, a)
		switch {
		case errors.Is(err, errMore):
		case (errors.Is(err, ErrStale) || errors.Is(err, ErrErased)) && stale < staleTries:
			stale++
			a.again = true
		default:
			l.counted.wrote(results, err)
			var failed *Failed
			if err != nil && !errors.As(err, &failed) {
				return nil, fmt.Errorf("taking records in: %w", err)
			}
			return results, err
		}
	}
}

// asked is a batch with what outlives an attempt to take it in.
type asked struct {
	Batch
	want  wants
	made  []string // ids given to new resources, by write
	again bool     // all is to be read again: numbers of codes may mean nothing any more
}

func (l *Live) attempt(ctx context.Context, a *asked) ([]Result, error) {
	l.world.RLock()
	defer l.world.RUnlock()
	defer l.claims.claim(&a.want)()
	t := &taking{
		l: l, ctx: ctx, asked: a, at: l.settings.Now().UTC(),
		results: make([]Result, len(a.Writes)), resolved: map[string]string{},
	}
	if err := t.prepare(); err != nil {
		return t.failed(err)
	}
	if t.change.idle() {
		return t.results, nil
	}
	if err := l.commit(ctx, &t.change.Change); err != nil {
		return nil, err
	}
	l.counted.took(t)
	return t.results, nil
}

// failed gives the results of an atomic batch that one write stopped.
func (t *taking) failed(err error) ([]Result, error) {
	var f *Failed
	if !errors.As(err, &f) {
		return nil, err
	}
	for i := range t.results {
		t.results[i] = Result{Status: NotPerformed}
	}
	t.results[f.Write] = f.Result
	return t.results, f
}

// prepare makes the change, in steps that each end an attempt when they want more claimed.
func (t *taking) prepare() error {
	steps := []func() error{
		t.sort, t.identify, t.claimSubjects, t.refuseErased, t.decide, t.gather, t.write, t.screen, t.sign,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
		if t.want.grown {
			return errMore
		}
	}
	return nil
}

// newChange begins a change that leaves the day as it is.
func newChange(at time.Time) *Change { return &Change{At: at.UTC(), Day: screen.NoDay} }

// commit makes a change durable, with the codes and units that are not yet.
func (l *Live) commit(ctx context.Context, c *Change) error {
	l.spell(c)
	l.flips.number(c.Flips)
	defer l.flips.settle(c.Flips)
	if err := l.store.Commit(ctx, c); err != nil {
		return err
	}
	l.spelt(c)
	l.fresh.took(c, l.state.Load())
	raise(&l.seq, int64(c.Seq))
	l.counted.flips.Add(int64(len(c.Flips)))
	return nil
}
