package store

import (
	"database/sql"
	"errors"
	"slices"
	"sync"

	"prescreen/internal/chart"
	"prescreen/internal/live"
	"prescreen/internal/terms"
)

// blanked are the numbers whose meaning Erase took away while this process has the store open: whoever still has them in a
// dictionary of its own must not write them.
type blanked struct {
	mu    sync.RWMutex
	codes map[terms.CodeID]bool
	units map[chart.UnitID]bool
}

// numbers are codes and units that something uses.
type numbers struct {
	codes map[terms.CodeID]bool
	units map[chart.UnitID]bool
}

var errAllUsed = errors.New("all are used by others")

// blankUnused blanks the codes and units that only persons' records use, and that no value set names: a code of a sender's
// own making can be as telling as a name.
func (t *tx) blankUnused(persons []int64) error {
	uses := t.store.options.Uses
	if uses == nil {
		return nil
	}
	n := numbers{map[terms.CodeID]bool{}, map[chart.UnitID]bool{}}
	err := lists(persons, func(args []any) error {
		return t.packed(` AND person IN `+in(len(args)), args, func(_ int64, packed []byte) error {
			return uses(packed, func(c terms.CodeID) { n.codes[c] = true }, func(u chart.UnitID) { n.units[u] = true })
		})
	})
	if err != nil {
		return err
	}
	delete(n.codes, 0)
	delete(n.units, 0)
	if err := t.leaveListed(&n); err != nil {
		return err
	}
	err = t.packed(``, nil, func(person int64, packed []byte) error {
		if len(n.codes)+len(n.units) == 0 {
			return errAllUsed
		}
		if _, gone := slices.BinarySearch(persons, person); gone {
			return nil
		}
		return uses(packed, func(c terms.CodeID) { delete(n.codes, c) }, func(u chart.UnitID) { delete(n.units, u) })
	})
	if err != nil && err != errAllUsed {
		return err
	}
	return t.blank(&n)
}

func (t *tx) packed(and string, args []any, visit func(person int64, packed []byte) error) error {
	rows, err := t.query(`SELECT person, packed FROM version WHERE packed IS NOT NULL`+and, args...)
	return each(rows, err, func(scan func(...any) error) error {
		var person int64
		var packed sql.RawBytes
		if err := scan(&person, &packed); err != nil {
			return err
		}
		return visit(person, packed)
	})
}

// leaveListed takes out the codings that a value set names: they say nothing of a patient.
func (t *tx) leaveListed(n *numbers) error {
	if t.store.options.Listed == nil {
		return nil
	}
	var all []int64
	for c := range n.codes {
		all = append(all, int64(c))
	}
	slices.Sort(all)
	return lists(all, func(args []any) error {
		rows, err := t.query(`SELECT no, system, code FROM code WHERE no IN `+in(len(args)), args...)
		return each(rows, err, func(scan func(...any) error) error {
			var no terms.CodeID
			var system, code []byte
			if err := scan(&no, &system, &code); err != nil {
				return err
			}
			if t.store.options.Listed(terms.Coding{System: string(system), Code: string(code)}) {
				delete(n.codes, no)
			}
			return nil
		})
	})
}

func (t *tx) blank(n *numbers) error {
	for c := range n.codes {
		if _, err := t.exec(`UPDATE code SET system = NULL, code = NULL WHERE no = ?`, int64(c)); err != nil {
			return err
		}
	}
	for u := range n.units {
		if _, err := t.exec(`UPDATE unit SET text = NULL WHERE no = ?`, int64(u)); err != nil {
			return err
		}
	}
	t.after(func() {
		b := &t.store.blanked
		b.mu.Lock()
		defer b.mu.Unlock()
		for c := range n.codes {
			b.codes[c] = true
		}
		for u := range n.units {
			b.units[u] = true
		}
	})
	return nil
}

// refuseBlanked refuses packed forms that use a number which no longer means anything: whoever wrote them has to read
// Dictionary and Units again.
func (c *change) refuseBlanked() error {
	b, uses := &c.store.blanked, c.store.options.Uses
	b.mu.RLock()
	defer b.mu.RUnlock()
	if uses == nil || len(b.codes)+len(b.units) == 0 {
		return nil
	}
	stale := false
	for i := range c.Open {
		if len(c.Open[i].Packed) == 0 {
			continue
		}
		err := uses(c.Open[i].Packed, func(k terms.CodeID) { stale = stale || b.codes[k] }, func(u chart.UnitID) { stale = stale || b.units[u] })
		if err != nil {
			return err
		}
	}
	if stale {
		return live.ErrStale
	}
	return nil
}
