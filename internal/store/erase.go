package store

import (
	"context"
	"fmt"
	"slices"

	"prescreen/internal/audit"
	"prescreen/internal/live"
)

// erasers remove what tables hold of persons: one for each theme.
var erasers = []func(t *tx, persons []int64) error{eraseDecisions, eraseFlips, eraseRecords, erasePeople, eraseAudit, eraseUnmended}

// Erase removes persons from all tables in one transaction, then has the files written anew: when it returns nil, no byte of
// theirs is in the folder of the database. An error that came after the transaction is a live.ErrUnscrubbed; Scrub and Open
// go on with the files. Whose charts are to be made again, Unmended tells.
func (s *Store) Erase(ctx context.Context, persons []int64, by audit.Entry) error {
	persons = slices.Clone(persons)
	slices.Sort(persons)
	persons = slices.Compact(persons)
	if by.Subjects == nil {
		by.Subjects = persons
	}
	near, err := s.near(ctx, persons)
	if err != nil {
		return wrap("erasing", err)
	}
	var dead graves
	err = s.write(ctx, nil, func(t *tx) (err error) {
		if err := t.exist("person", persons); err != nil {
			return live.ErrNotFound
		}
		// The log's entry comes first: once the keys of pseudonyms are gone, it could no longer name them.
		if err := s.appendAudit(t, []audit.Entry{by}); err != nil {
			return err
		}
		if err := t.leave(near); err != nil {
			return err
		}
		dead, err = t.erase(persons, nanos(by.At))
		return err
	})
	if err != nil {
		return wrap("erasing", err)
	}
	if err := s.stones.add(dead); err != nil {
		return fmt.Errorf("%w, and it is not noted beside the store: %w", live.ErrUnscrubbed, err)
	}
	return s.Scrub(ctx)
}

// erase removes persons and gives their tombstones.
func (t *tx) erase(persons []int64, at int64) (graves, error) {
	seq, err := t.next(moment(at))
	if err != nil {
		return nil, err
	}
	dead, err := t.tombstones(persons)
	if err != nil {
		return nil, err
	}
	if err := t.loseHistory(persons, seq); err != nil {
		return nil, err
	}
	if err := t.blankUnused(persons); err != nil {
		return nil, err
	}
	for _, erase := range erasers {
		if err := erase(t, persons); err != nil {
			return nil, err
		}
	}
	t.state.unscrubbed++
	return dead, t.bury(dead)
}

func (t *tx) tombstones(persons []int64) (graves, error) {
	dead := graves{}
	secret, err := t.store.stones.secret()
	if err != nil {
		return nil, err
	}
	err = lists(persons, func(args []any) error {
		rows, err := t.query(`SELECT key FROM person WHERE no IN `+in(len(args)), args...)
		return each(rows, err, func(scan func(...any) error) error {
			var key []byte
			err := scan(&key)
			dead.add(secret, bury(secret, key))
			return err
		})
	})
	return dead, err
}

// loseHistory notes the states that can no longer be made again: all in which somebody of them was known.
func (t *tx) loseHistory(persons []int64, seq int64) error {
	first := seq
	err := lists(persons, func(args []any) error {
		var since int64
		err := t.row(`SELECT coalesce(min(since), ?) FROM version WHERE person IN `+in(len(args)), append([]any{seq}, args...)...).Scan(&since)
		first = min(first, since)
		return err
	})
	if err != nil {
		return err
	}
	return t.lose(first, seq)
}

// eraseFlips removes what moved persons' verdicts, and what their records moved in charts that they are no longer part of.
func eraseFlips(t *tx, persons []int64) error {
	return lists(persons, func(args []any) error {
		list := in(len(args))
		_, err := t.exec(`DELETE FROM flip WHERE chart IN `+list+` OR person IN `+list+` OR key IN (SELECT key FROM person WHERE no IN `+list+`)`,
			slices.Concat(args, args, args)...)
		return err
	})
}

func eraseRecords(t *tx, persons []int64) error {
	return lists(persons, func(args []any) error {
		list := in(len(args))
		held, err := t.holdings(`person IN `+list, args...)
		if err != nil {
			return err
		}
		if err := t.release(held); err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM original WHERE version IN (SELECT no FROM version WHERE person IN `+list+`)`, args...); err != nil {
			return err
		}
		_, err = t.exec(`DELETE FROM version WHERE person IN `+list, args...)
		return err
	})
}

// erasePeople removes persons, the charts that are named after them, and the links that others have to them.
func erasePeople(t *tx, persons []int64) error {
	if err := t.withoutCharts(persons); err != nil {
		return err
	}
	if err := t.unlink(persons); err != nil {
		return err
	}
	if err := t.withoutPeople(persons); err != nil {
		return err
	}
	return lists(persons, func(args []any) error {
		// Charts of those who stay are theirs to be made again; until then they have none.
		_, err := t.exec(`UPDATE person SET chart = 0 WHERE chart <> no AND chart IN `+in(len(args)), args...)
		return err
	})
}

// unlink takes the links to persons out of the lists of those who stay.
func (t *tx) unlink(persons []int64) error {
	texts := map[int64][]byte{}
	err := lists(persons, func(args []any) error {
		rows, err := t.query(`SELECT p.no, p.lists FROM link l JOIN person p ON p.no = l.person WHERE l.other IN `+in(len(args)), args...)
		return each(rows, err, func(scan func(...any) error) error {
			var no int64
			var text []byte
			err := scan(&no, &text)
			if _, gone := slices.BinarySearch(persons, no); !gone {
				texts[no] = text
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	for no, text := range texts {
		l, err := readBelongings(text)
		if err != nil {
			return err
		}
		l.links = slices.DeleteFunc(l.links, func(o int64) bool { _, gone := slices.BinarySearch(persons, o); return gone })
		if _, err := t.exec(`UPDATE person SET lists = ? WHERE no = ?`, l.append(nil), no); err != nil {
			return err
		}
	}
	return lists(persons, func(args []any) error {
		_, err := t.exec(`DELETE FROM link WHERE other IN `+in(len(args)), args...)
		return err
	})
}

// Scrub makes the files forget what was erased, and notes that they have. Where they have already, it does nothing.
func (s *Store) Scrub(ctx context.Context) error {
	err := s.scrub(ctx)
	if err != nil {
		err = fmt.Errorf("%w: %w", live.ErrUnscrubbed, err)
	}
	return err
}

func (s *Store) scrub(ctx context.Context) error {
	var of int64
	err := s.alone(ctx, func(w *writer) error {
		if of = w.state.unscrubbed; of == 0 {
			return nil
		}
		if err := s.stones.write(); err != nil {
			return err
		}
		names, err := s.tables(ctx)
		if err != nil {
			return err
		}
		return s.engine.scrub(ctx, w.conn, names)
	})
	if err != nil || of == 0 {
		return err
	}
	return s.write(ctx, nil, func(t *tx) error {
		if t.state.unscrubbed == of { // else somebody was erased meanwhile, and scrubs next
			t.state.unscrubbed = 0
		}
		return nil
	})
}

// eraseBuried erases persons who are in the store although a tombstone lies on them: the database was brought back from an
// older copy. The moment is that of the last change, as nobody has told another.
func (s *Store) eraseBuried(ctx context.Context) error {
	var persons []int64
	rows, err := s.query(ctx, `SELECT no, key FROM person ORDER BY no`)
	err = each(rows, err, func(scan func(...any) error) error {
		var no int64
		var key []byte
		if err := scan(&no, &key); err != nil {
			return err
		}
		if s.stones.over(key) {
			persons = append(persons, no)
		}
		return nil
	})
	if err != nil || len(persons) == 0 {
		return wrap("looking for erased patients", err)
	}
	_, at, err := s.LastSeq(ctx)
	if err != nil {
		return err
	}
	return s.Erase(ctx, persons, audit.Entry{At: at, Who: "system", Action: audit.Delete, Route: "tombstones", Outcome: "ok"})
}
