package store

import (
	"context"
	"database/sql"

	"prescreen/internal/audit"
	"prescreen/internal/live"
)

// Trials gives all versions of all trials without their files, by number.
func (s *Store) Trials(ctx context.Context) (out []live.TrialVersion, err error) {
	rows, err := s.query(ctx, `SELECT no, id, file, NULL, digest, book, state, author, approver, since, until FROM trial ORDER BY no`)
	err = each(rows, err, func(scan func(...any) error) error {
		t, err := readTrial(scan)
		out = append(out, t)
		return err
	})
	return out, wrap("reading trials", err)
}

// Trial gives one version with its file.
func (s *Store) Trial(ctx context.Context, no int64) (live.TrialVersion, error) {
	t, err := readTrial(s.row(ctx, `SELECT no, id, file, source, digest, book, state, author, approver, since, until FROM trial WHERE no = ?`, no).Scan)
	if err == sql.ErrNoRows {
		err = live.ErrNotFound
	}
	return t, wrap("reading a trial", err)
}

func readTrial(scan func(...any) error) (t live.TrialVersion, err error) {
	var id, file, author, approver []byte
	var since, until int64
	err = scan(&t.No, &id, &file, &t.Source, &t.Digest, &t.Book, &t.State, &author, &approver, &since, &until)
	t.ID, t.File, t.Author, t.Approver = string(id), string(file), string(author), string(approver)
	t.Since, t.Until = moment(since), moment(until)
	return t, err
}

// SaveTrial writes a version whole, if its state is still was. A version that is neither current nor preparing has no rows:
// they are dropped.
func (s *Store) SaveTrial(ctx context.Context, v live.TrialVersion, was live.TrialState, a audit.Entry) error {
	return wrap("saving a trial", s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		row := []any{
			[]byte(v.ID), some([]byte(v.File)), some(v.Source), some(v.Digest), some(v.Book), string(v.State), some([]byte(v.Author)),
			some([]byte(v.Approver)), nanos(v.Since), nanos(v.Until), v.No,
		}
		query := `UPDATE trial SET id = ?, file = ?, source = ?, digest = ?, book = ?, state = ?, author = ?, approver = ?, since = ?, until = ? WHERE no = ? AND state = ?`
		if was == "" {
			query = `INSERT INTO trial (id, file, source, digest, book, state, author, approver, since, until, no) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`
			t.state.trial = max(t.state.trial, v.No)
		} else {
			row = append(row, string(was))
		}
		if err := t.one(query, row...); err != nil {
			return err
		}
		if v.State == live.TrialCurrent || v.State == live.TrialPreparing {
			return nil
		}
		_, err := t.exec(`DELETE FROM standing WHERE trial = ?`, v.No)
		return err
	}))
}

// one executes what must change one row: if there is none, somebody else was first.
func (t *tx) one(query string, args ...any) error {
	res, err := t.exec(query, args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return firstOf(err, live.ErrConflict)
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Switch makes a preparing version current; the one that was becomes a former one and loses its rows. The moment is the
// entry's.
func (s *Store) Switch(ctx context.Context, no int64, a audit.Entry) error {
	return wrap("making a trial's version current", s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		return t.makeCurrent(no, nanos(a.At))
	}))
}

func (t *tx) makeCurrent(no, at int64) error {
	var id []byte
	switch err := t.row(`SELECT id FROM trial WHERE no = ? AND state = 'preparing'`, no).Scan(&id); err {
	case nil:
	case sql.ErrNoRows:
		return live.ErrConflict
	default:
		return err
	}
	if _, err := t.exec(`DELETE FROM standing WHERE trial IN (SELECT no FROM trial WHERE id = ? AND state = 'current')`, id); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE trial SET state = 'former', until = ? WHERE id = ? AND state = 'current'`, at, id); err != nil {
		return err
	}
	return t.one(`UPDATE trial SET state = 'current', since = ?, until = 0 WHERE no = ?`, at, no)
}

// switchTrial does so with the flips that the new version brings, so that a crash cannot part them.
func (c *change) switchTrial() error {
	if c.Current == 0 {
		return nil
	}
	return c.makeCurrent(c.Current, nanos(c.At))
}

// SaveBook keeps the files of rules under their digest; to keep them twice changes nothing.
func (s *Store) SaveBook(ctx context.Context, digest, packed []byte) error {
	return wrap("keeping the rules", s.write(ctx, nil, func(t *tx) error {
		_, err := t.exec(`INSERT INTO book (digest, packed) VALUES (?, ?) ON CONFLICT DO NOTHING`, digest, notNil(packed))
		return err
	}))
}

// Book gives files of rules back; ErrNotFound also for those that Keep dropped.
func (s *Store) Book(ctx context.Context, digest []byte) (packed []byte, err error) {
	err = s.row(ctx, `SELECT packed FROM book WHERE digest = ?`, digest).Scan(&packed)
	if err == sql.ErrNoRows {
		err = live.ErrNotFound
	}
	return packed, wrap("reading the rules of a run", err)
}
