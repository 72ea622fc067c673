package store

import (
	"context"
	"time"

	"prescreen/internal/live"
)

// stride is how many versions are looked at in one transaction, so that others who write do not wait long.
const stride = 20_000

// Keep drops the versions that were closed before a time, with their originals, and the rules of runs that can no longer be
// made again. Runs themselves stay.
func (s *Store) Keep(ctx context.Context, since time.Time) (dropped int, err error) {
	var horizon, top int64
	err = s.row(ctx, `SELECT coalesce(max(seq), 0) FROM moment WHERE at < ?`, nanos(since)).Scan(&horizon)
	if err == nil {
		err = s.row(ctx, `SELECT version FROM state`).Scan(&top)
	}
	for from := int64(0); err == nil && from <= top; from += stride {
		err = s.write(ctx, nil, func(t *tx) error {
			n, err := t.forget(horizon, from, from+stride)
			dropped += n
			return err
		})
	}
	if err == nil {
		err = s.dropBooks(ctx)
	}
	return dropped, wrap("dropping old versions", err)
}

// forget drops closed versions of a range of numbers and notes which states can no longer be made again.
func (t *tx) forget(horizon, from, to int64) (int, error) {
	const those = ` until <> 0 AND until <= ? AND no >= ? AND no < ?`
	args := []any{horizon, from, to}
	var n, first, last int64
	err := t.row(`SELECT count(*), coalesce(min(since), 0), coalesce(max(until), 0) FROM version WHERE`+those, args...).Scan(&n, &first, &last)
	if err != nil || n == 0 {
		return 0, err
	}
	if err := t.lose(first, last); err != nil {
		return 0, err
	}
	if _, err := t.exec(`DELETE FROM original WHERE version IN (SELECT no FROM version WHERE`+those+`)`, args...); err != nil {
		return 0, err
	}
	_, err = t.exec(`DELETE FROM version WHERE`+those, args...)
	return int(n), err
}

// lose notes that what was known from a Seq on, until another, is not all there any more.
func (t *tx) lose(since, until int64) error {
	if since >= until {
		return nil
	}
	_, err := t.exec(`DELETE FROM lost WHERE since >= ? AND until <= ?`, since, until)
	if err == nil {
		_, err = t.exec(`INSERT INTO lost (since, until) VALUES (?, ?)`, since, until)
	}
	return err
}

// dropBooks drops the rules that only runs used that can no longer be made again.
func (s *Store) dropBooks(ctx context.Context) error {
	return s.write(ctx, nil, func(t *tx) error {
		_, err := t.exec(`DELETE FROM book WHERE digest IN (SELECT book FROM run) AND digest NOT IN (
			SELECT book FROM run r WHERE book IS NOT NULL
				AND NOT EXISTS (SELECT 1 FROM lost l WHERE l.since <= r.known AND r.known < l.until))`)
		return err
	})
}

// Replayable tells whether everything known at a Seq is still there: neither dropped by Keep nor erased.
func (s *Store) Replayable(ctx context.Context, at live.Seq) (bool, error) {
	var holes int
	err := s.row(ctx, `SELECT count(*) FROM lost WHERE since <= ? AND until > ?`, int64(at), int64(at)).Scan(&holes)
	return holes == 0, wrap("looking for dropped versions", err)
}
