package store

import (
	"context"

	"prescreen/internal/live"
)

// EachOf hands out the open versions of the resources of a chart's persons with their originals, by feed, type and id.
// Those without an original are left out.
func (s *Store) EachOf(ctx context.Context, chart int64, visit func(*live.Version) error) error {
	rows, err := s.query(ctx, `SELECT `+versionColumns+`, zip FROM version JOIN original ON original.version = version.no
		WHERE until = 0 AND deleted = 0 AND person IN (SELECT no FROM person WHERE no = ? AND chart = ?
			UNION ALL SELECT no FROM person WHERE chart = ? AND chart <> no)
		ORDER BY key, no`, chart, chart, chart)
	err = each(rows, err, func(scan func(...any) error) error {
		var zip []byte
		v, err := readVersion(scan, &zip)
		if err != nil {
			return err
		}
		if v.Raw, err = s.zip.unzip(zip); err != nil {
			return err
		}
		return visit(&v)
	})
	return wrap("reading a chart's originals", err)
}
