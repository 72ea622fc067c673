package store

import (
	"context"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// TestDamageIsFound damages a store in each way that Verify looks for.
func TestDamageIsFound(t *testing.T) {
	damages := map[string]string{
		"versions have a person that is not there":      `UPDATE version SET person = 99 WHERE no = 3`,
		"versions end before they begin":                `UPDATE version SET since = 77 WHERE no = 3`,
		"originals have no version":                     `INSERT INTO original (version, zip) SELECT 9999, zip FROM original WHERE version = 3`,
		"identifiers are held by no open version":       `UPDATE holding SET version = 9999`,
		"a version is not found by its identifiers":     `DELETE FROM holding`,
		"parcels have no person":                        `UPDATE parcel SET person = 99 WHERE part = 0`,
		"identifiers have no person":                    `UPDATE identifier SET person = 99`,
		"a person is not found by the index identifier": `DELETE FROM identifier`,
		"a person is not found by the index drug_use":   `DELETE FROM drug_use`,
		"links have no person":                          `INSERT INTO link (other, person) VALUES (1, 99)`,
		"a person is not found by the index link":       `INSERT INTO link (other, person) VALUES (1, 1)`,
		"uses of medications have no person":            `UPDATE drug_use SET person = 99`,
		"persons are in a chart that is not there":      `UPDATE person SET chart = 99`,
		"charts have no person":                         `UPDATE person SET chart = 0`,
		"charts have no facts":                          `DELETE FROM hot`,
		"facts have no chart":                           `UPDATE hot SET chart = 99`,
		"rows have no chart":                            `UPDATE standing SET chart = 99 WHERE trial = 1`,
		"rows are of a trial's version that keeps none": `UPDATE trial SET state = 'retired' WHERE no = 1`,
		"current beside another of the same trial":      `UPDATE trial SET id = (SELECT id FROM trial WHERE no = 1)`,
		"flips lie ahead of the store":                  `UPDATE flip SET seq = 99`,
		"moments lie ahead of the store":                `INSERT INTO moment (seq, at) VALUES (99, 0)`,
		"numbers of the store are too low":              `DELETE FROM code`,
		"the original of a version is damaged":          `UPDATE original SET zip = (SELECT bytes FROM hot) WHERE version = 3`,
		"the key of a version is damaged":               `UPDATE version SET hash = hash + 1 WHERE no = 3`,
		"the lists of a person are damaged":             `UPDATE person SET lists = patient`,
		"the parcels of a person are damaged":           `DELETE FROM parcel WHERE part = 1`,
		"a parcel that is no open version, or another":  `UPDATE version SET packed = key WHERE no = 3`,
		"an open version is missing":                    `UPDATE person SET patient = NULL`,
	}
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		_, c := newMaker().arrive("ehr", "ann", 600, trials(t, s, 2)...)
		commit(t, s, c)
		sound(t, s)
		for told, damage := range damages {
			err := s.alone(context.Background(), func(w *writer) error {
				for _, command := range []string{"BEGIN", damage} {
					if _, err := w.conn.ExecContext(context.Background(), command); err != nil {
						return err
					}
				}
				defer w.conn.ExecContext(context.Background(), "ROLLBACK")
				found, err := verifyInside(s, w)
				if all := strings.Join(found, "\n"); !strings.Contains(all, told) {
					t.Errorf("%s: found %q", told, all)
				}
				return err
			})
			if err != nil {
				t.Fatal(told, err)
			}
		}
		sound(t, s)
	})
}

// verifyInside lets a transaction that is not committed be verified.
func verifyInside(s *Store, w *writer) ([]string, error) {
	inside := &Store{engine: noFiles{s.engine}, zip: s.zip, stones: s.stones}
	inside.reads.prepare = w.stmts.prepare
	return inside.Verify(context.Background())
}

// noFiles leaves the check of the files out.
type noFiles struct{ engine }

func (noFiles) sound(context.Context) ([]string, error) { return nil, nil }

func TestNothingGoesOnAfterClose(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	s := atSQLite(t).open(t)
	_, c := newMaker().arrive("ehr", "ann", 3)
	commit(t, s, c)
	sound(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, ignore)
}
