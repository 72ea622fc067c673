package store

import (
	"context"

	"prescreen/internal/audit"
	"prescreen/internal/live"
)

// SaveRun keeps what a run is made again from. A run is never changed.
func (s *Store) SaveRun(ctx context.Context, r live.Run, a audit.Entry) error {
	return wrap("keeping a run", s.write(ctx, []audit.Entry{a}, func(t *tx) error {
		return t.one(`INSERT INTO run (id, at, who, as_of, known, zone, engine, rules_sha256, settings_sha256, book, patients, sha256)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
			[]byte(r.ID), nanos(r.At), some([]byte(r.By)), int64(r.AsOf), int64(r.Known), some([]byte(r.Zone)), int64(r.Engine),
			some([]byte(r.RulesSha256)), some([]byte(r.SettingsSha256)), some(r.Book), int64(r.Patients), some([]byte(r.Sha256)))
	}))
}

// Runs gives all runs, oldest first.
func (s *Store) Runs(ctx context.Context) (out []live.Run, err error) {
	rows, err := s.query(ctx, `SELECT id, at, who, as_of, known, zone, engine, rules_sha256, settings_sha256, book, patients, sha256 FROM run ORDER BY at, id`)
	err = each(rows, err, func(scan func(...any) error) error {
		var r live.Run
		var at int64
		var id, by, zone, rules, settings, sum []byte
		if err := scan(&id, &at, &by, &r.AsOf, &r.Known, &zone, &r.Engine, &rules, &settings, &r.Book, &r.Patients, &sum); err != nil {
			return err
		}
		r.ID, r.At, r.By, r.Zone, r.Sha256 = string(id), moment(at), string(by), string(zone), string(sum)
		r.RulesSha256, r.SettingsSha256 = string(rules), string(settings)
		out = append(out, r)
		return nil
	})
	return out, wrap("reading runs", err)
}
