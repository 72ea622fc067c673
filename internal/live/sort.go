package live

import (
	"context"
	"slices"
	"time"

	"prescreen/internal/intake"
)

// taking is one attempt to take a batch in.
type taking struct {
	*asked
	l         *Live
	ctx       context.Context
	at        time.Time
	results   []Result
	items     []*item
	resolved  map[string]string // references as written, to Type/id
	people    *people
	change    changing
	newCharts int
}

// item is a write that may change something.
type item struct {
	write  int
	verb   Verb
	key    ResourceKey
	res    *intake.Resource // as it will be kept
	sent   []byte           // digest of it as sent
	stored []byte           // nil until it was made
	gap    bool             // it has problems: what is kept is the gap that it leaves
}

var kept = intake.Kinds()

func isKept(typ string) bool {
	_, ok := slices.BinarySearch(kept, typ)
	return ok
}

// sort puts aside what changes nothing: kinds that are not read, and what cannot be used.
func (t *taking) sort() error {
	for i := range t.Writes {
		if err := t.sortOne(i); err != nil {
			return err
		}
	}
	return nil
}

func (t *taking) sortOne(i int) error {
	w := &t.Writes[i]
	r := w.Resource
	key := ResourceKey{t.Source, w.Type, w.ID}
	if r != nil && key.Type == "" {
		key.Type = r.Type
	}
	if r != nil && key.ID == "" && w.Verb == Put {
		key.ID = r.ID
	}
	it := &item{write: i, verb: w.Verb, key: key, res: r}
	switch {
	case w.Verb == Delete && !isKept(key.Type) || r != nil && !r.Kept && len(r.Problems) == 0:
		t.results[i] = Result{Status: NotKept, Key: key}
		return nil
	case w.Verb == Delete && key.ID == "" || w.Verb != Delete && r == nil:
		return t.refuse(it, intake.Problem{Reason: "the entry names no resource"})
	case w.Verb == Delete:
	case len(r.Problems) > 0:
		if err := t.refuse(it, r.Problems[0]); err != nil {
			return err
		}
		if r.Packed == nil || r.ID == "" || r.Subject.ID == "" && r.Subject.Identifier == nil {
			return nil
		}
		it.gap, it.sent = true, r.Digest[:]
		it.verb = Put
		it.key = ResourceKey{t.Source, r.Type, r.ID}
	case key.Type != r.Type:
		return t.refuse(it, intake.Problem{Pointer: "/resourceType", Path: "resourceType", Reason: "the request is for another type of resource"})
	default:
		it.sent = r.Digest[:]
	}
	t.items = append(t.items, it)
	return nil
}

// refuse gives a write its reason; an atomic batch ends with it.
func (t *taking) refuse(it *item, p intake.Problem) error {
	return t.settle(it, Result{Status: Refused, Key: it.key, Problem: &p})
}

// settle gives a write its result, which in an atomic batch may end it.
func (t *taking) settle(it *item, r Result) error {
	if it.gap {
		return nil // its result is that it was refused
	}
	t.results[it.write] = r
	switch r.Status {
	case Refused, Mismatch, Ambiguous, WasErased:
		if t.Atomic {
			return &Failed{Write: it.write, Result: r}
		}
	}
	return nil
}

// drop takes items out that need nothing more.
func (t *taking) drop(done func(*item) bool) {
	t.items = slices.DeleteFunc(t.items, done)
}
