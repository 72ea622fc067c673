package store

import (
	"context"
	"slices"

	"prescreen/internal/chart"
)

var unmendedTable = table{"unmended (person)", 1, " ON CONFLICT DO NOTHING"}

// near gives everybody else whose chart may rest on one of persons: who is joined with one, waits for one, or shares an
// identifier.
func (s *Store) near(ctx context.Context, persons []int64) (out []int64, err error) {
	group, sharing, err := s.Group(ctx, persons, nil, nil)
	for _, p := range slices.Concat(group, sharing) {
		if _, gone := slices.BinarySearch(persons, p.No); !gone {
			out = append(out, p.No)
		}
	}
	return out, err
}

// leave notes whose charts are to be made again, in the transaction that erases.
func (t *tx) leave(near []int64) error {
	rows := make([][]any, len(near))
	for i, no := range near {
		rows[i] = []any{no}
	}
	return t.insert(unmendedTable, rows)
}

// Unmended gives the persons whose charts are to be made again after an erasure.
func (s *Store) Unmended(ctx context.Context) (out []chart.Key, err error) {
	rows, err := s.query(ctx, `SELECT p.key FROM unmended u JOIN person p ON p.no = u.person ORDER BY p.no`)
	err = each(rows, err, func(scan func(...any) error) error {
		var key []byte
		if err := scan(&key); err != nil {
			return err
		}
		k, err := readKey(key)
		out = append(out, k)
		return err
	})
	return out, wrap("reading whose charts are to be made again", err)
}

// Mended is told that they were.
func (s *Store) Mended(ctx context.Context, keys []chart.Key) error {
	if len(keys) == 0 {
		return nil
	}
	return wrap("noting that charts were made again", s.write(ctx, nil, func(t *tx) error {
		texts := make([][]byte, len(keys))
		for i, k := range keys {
			texts[i] = keyOf(k)
		}
		return lists(texts, func(args []any) error {
			_, err := t.exec(`DELETE FROM unmended WHERE person IN (SELECT no FROM person WHERE key IN `+in(len(args))+`)`, args...)
			return err
		})
	}))
}

// eraseUnmended is named in erasers (erase.go): who is erased has no chart to be made again.
func eraseUnmended(t *tx, persons []int64) error {
	return lists(persons, func(args []any) error {
		_, err := t.exec(`DELETE FROM unmended WHERE person IN `+in(len(args)), args...)
		return err
	})
}
