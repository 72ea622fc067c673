package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Source is a log as it lies in a store.
type Source interface {
	// Entries gives entries after a number, ascending, whatever their numbers; what belongs to an entry that is not there
	// (a patient of it) comes as an entry of that number.
	Entries(ctx context.Context, after int64, limit int) ([]Entry, error)
	// Hashes gives the stored hashes from an index on, ascending.
	Hashes(ctx context.Context, from int64, limit int) ([]Stored, error)
}

// Harm is what was done to a log.
type Harm string

// What can be found. Of a log with several harms the first is told. Rewritten means that the log is whole in itself and yet
// not the one that a checkpoint was made of.
const (
	Changed   Harm = "changed"
	Moved     Harm = "moved"
	Removed   Harm = "removed"
	Added     Harm = "added"
	TreeHarm  Harm = "a hash of the tree was changed or removed"
	Rewritten Harm = "rewritten"
)

// Damage tells that a log is not what was written.
type Damage struct {
	Harm  Harm
	Entry int64 // the first that is not as it was written
	Other int64 // of Moved: where the entry stood; of Rewritten and Removed: the last that may be concerned, 0 if that is not known
}

func (d *Damage) Error() string {
	switch d.Harm {
	case Moved:
		return fmt.Sprintf("in place of entry %d of the audit log stands entry %d", d.Entry, d.Other)
	case Removed:
		if d.Other > d.Entry {
			return fmt.Sprintf("entries %d to %d of the audit log were removed", d.Entry, d.Other)
		}
		return fmt.Sprintf("entry %d of the audit log was removed", d.Entry)
	case TreeHarm:
		return fmt.Sprintf("at entry %d of the audit log, %s", d.Entry, d.Harm)
	case Rewritten:
		return fmt.Sprintf("the audit log was rewritten: among entries %d to %d one is not what the checkpoint was made of", d.Entry, d.Other)
	default:
		return fmt.Sprintf("entry %d of the audit log was %s", d.Entry, d.Harm)
	}
}

// pageOf is how many rows are read at a time.
const pageOf = 1024

// Verify makes the whole tree anew from the entries, and holds every hash against the stored one and every checkpoint
// against the root of its size. It gives the checkpoint of what is there; the error is a *Damage where the log is not what
// was written.
func Verify(ctx context.Context, s Source, checkpoints ...Checkpoint) (Checkpoint, error) {
	v := &verifier{source: s, checkpoints: slices.Clone(checkpoints), tree: empty()}
	slices.SortFunc(v.checkpoints, func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	err := v.run(ctx)
	if d, ok := errors.AsType[*Damage](err); ok && d.Harm == Changed {
		err = v.moved(ctx, d)
	}
	return Checkpoint{v.tree.size, v.tree.Root()}, err
}

type verifier struct {
	source      Source
	checkpoints []Checkpoint // not yet held against the tree, by size
	sound       int64        // size of the last checkpoint that was right
	tree        *Tree
	hashes      []Stored // read and not yet held against the tree
	next        int64    // index to read hashes from
	odd         Entry    // the one that was found changed
}

func (v *verifier) run(ctx context.Context) error {
	if err := v.atCheckpoint(); err != nil {
		return err
	}
	for after := int64(math.MinInt64); ; {
		entries, err := v.source.Entries(ctx, after, pageOf)
		if err != nil {
			return fmt.Errorf("reading the audit log after entry %d: %w", v.tree.size, err)
		}
		if len(entries) == 0 {
			return v.end(ctx)
		}
		for i := range entries {
			if err := v.entry(ctx, &entries[i]); err != nil {
				return err
			}
		}
		after = entries[len(entries)-1].No
	}
}

// entry holds one row against its place in the tree.
func (v *verifier) entry(ctx context.Context, e *Entry) error {
	no := v.tree.size + 1
	if e.No < no {
		return &Damage{Harm: Added, Entry: e.No}
	}
	stored, err := v.hash(ctx)
	if err != nil {
		return err
	}
	if stored == nil && len(v.checkpoints) > 0 {
		return &Damage{Harm: TreeHarm, Entry: no} // a checkpoint knows of more
	}
	if stored == nil {
		return &Damage{Harm: Added, Entry: e.No}
	}
	if e.No > no {
		return &Damage{Harm: Removed, Entry: no, Other: e.No - 1}
	}
	hashes, err := v.tree.add(e.Leaf())
	if err != nil {
		return err
	}
	for i, h := range hashes {
		if i > 0 {
			if stored, err = v.hash(ctx); err != nil {
				return err
			}
		}
		switch {
		case stored == nil || stored.Index != h.Index:
			return &Damage{Harm: TreeHarm, Entry: no}
		case stored.Hash != h.Hash && i == 0:
			v.odd = *e
			return &Damage{Harm: Changed, Entry: no}
		case stored.Hash != h.Hash:
			return &Damage{Harm: TreeHarm, Entry: no}
		}
	}
	return v.atCheckpoint()
}

// hash gives the next stored hash; nil at the end.
func (v *verifier) hash(ctx context.Context) (*Stored, error) {
	if len(v.hashes) == 0 {
		from := v.next
		if from == 0 {
			from = math.MinInt64 // a row before the first would be one that nobody wrote
		}
		var err error
		if v.hashes, err = v.source.Hashes(ctx, from, pageOf); err != nil || len(v.hashes) == 0 {
			return nil, err
		}
		v.next = v.hashes[len(v.hashes)-1].Index + 1
	}
	h := &v.hashes[0]
	v.hashes = v.hashes[1:]
	return h, nil
}

// end holds what is left, once the entries are through, against them.
func (v *verifier) end(ctx context.Context) error {
	size := v.tree.size
	var last int64
	for {
		h, err := v.hash(ctx)
		if err != nil {
			return err
		}
		if h == nil {
			break
		}
		level, n := splitIndex(h.Index)
		if level < 0 {
			return &Damage{Harm: TreeHarm, Entry: size}
		}
		if level == 0 {
			last = n + 1
		}
	}
	if last <= size && len(v.checkpoints) > 0 {
		last = v.checkpoints[len(v.checkpoints)-1].Size
	}
	switch {
	case last > size:
		return &Damage{Harm: Removed, Entry: size + 1, Other: last}
	case v.next > tlog.StoredHashCount(size):
		return &Damage{Harm: TreeHarm, Entry: size}
	}
	return nil
}

// splitIndex is tlog.SplitStoredHashIndex for indexes that anybody may have written.
func splitIndex(index int64) (level int, n int64) {
	if index < 0 || index > 1<<60 {
		return -1, -1
	}
	return tlog.SplitStoredHashIndex(index)
}

// atCheckpoint holds the checkpoints of the present size against the root.
func (v *verifier) atCheckpoint() error {
	for len(v.checkpoints) > 0 && v.checkpoints[0].Size == v.tree.size {
		if v.checkpoints[0].Root != v.tree.Root() {
			return &Damage{Harm: Rewritten, Entry: v.sound + 1, Other: v.tree.size}
		}
		v.sound, v.checkpoints = v.tree.size, v.checkpoints[1:]
	}
	return nil
}

// moved looks whether a changed entry is one that was written with another number.
func (v *verifier) moved(ctx context.Context, d *Damage) error {
	e := v.odd
	for from := int64(0); ; {
		page, err := v.source.Hashes(ctx, from, pageOf)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return d
		}
		for _, h := range page {
			level, n := splitIndex(h.Index)
			e.No = n + 1
			if level == 0 && e.No != d.Entry && e.Leaf() == h.Hash {
				return &Damage{Harm: Moved, Entry: d.Entry, Other: e.No}
			}
		}
		from = page[len(page)-1].Index + 1
	}
}
