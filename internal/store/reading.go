package store

import (
	"context"
	"database/sql"
	"errors"
)

// ReadAs gives how the records of the store were read; "" where none were yet.
func (s *Store) ReadAs(ctx context.Context) (string, error) {
	var how []byte
	err := s.row(ctx, `SELECT how FROM reading`).Scan(&how)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return string(how), wrap("reading the state of the store", err)
}

// SetReadAs notes how records are read from now on.
func (s *Store) SetReadAs(ctx context.Context, how string) error {
	return s.write(ctx, nil, func(t *tx) error {
		if _, err := t.exec(`DELETE FROM reading`); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO reading (one, how) VALUES (1, ?)`, []byte(how))
		return err
	})
}
