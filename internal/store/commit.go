package store

import (
	"context"
	"slices"

	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/screen"
)

// Commit makes a change durable. It refuses one that was made from what is no longer so (ErrStale): a version to close that
// is closed, parcels that are not a person's open versions, a chart or person that is gone, a trial that has no rows any more.
func (s *Store) Commit(ctx context.Context, c *live.Change) error {
	if s.single == nil {
		return errReadOnly
	}
	zips := make([][]byte, len(c.Open)) // compressed here, on the caller's goroutine, not on the one that all wait for
	for i := range c.Open {
		if len(c.Open[i].Raw) > 0 {
			zips[i] = s.zip.zip(c.Open[i].Raw)
		}
	}
	var seq int64
	err := s.write(ctx, c.Audit, func(t *tx) error {
		w := &change{tx: t, Change: c, zips: zips}
		err := w.write()
		seq = w.seq
		return err
	})
	if err != nil {
		return err
	}
	c.Seq = live.Seq(seq)
	for i := range c.Open {
		c.Open[i].Since = c.Seq
	}
	for i := range c.Flips {
		c.Flips[i].Seq = c.Seq
	}
	return nil
}

// change is a Change on its way into the tables.
type change struct {
	*tx
	*live.Change
	zips [][]byte
	seq  int64
}

func (c *change) write() (err error) {
	if err := c.refuseErased(); err != nil {
		return err
	}
	if c.seq, err = c.next(c.At); err != nil {
		return err
	}
	for _, step := range []func() error{
		c.writeCodes, c.writeUnits, c.openVersions, c.closeVersions, c.dropPeople, c.writePeople, c.checkParcels,
		c.dropCharts, c.writeCharts, c.checkCharts, c.dropRows, c.writeRows, c.writeFlips, c.switchTrial,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	if c.Day != screen.NoDay {
		c.state.day = c.Day
	}
	return nil
}

// refuseErased is asked inside of the transaction: a change may have been made before the erasure it follows.
func (c *change) refuseErased() error {
	stones := c.store.stones
	if stones.none() {
		return nil
	}
	for i := range c.People {
		if stones.over(keyOf(c.People[i].Key)) {
			return live.ErrErased
		}
	}
	for i := range c.Open {
		if k := c.Open[i].Key; k.Type == "Patient" && stones.over(patientKey(k)) {
			return live.ErrErased
		}
	}
	return c.refuseBlanked()
}

// tally is how many versions there are, and the sum of their numbers: no two sets of versions that one and the same person
// ever had agree in both by mistake.
type tally struct{ count, sum int64 }

// checkParcels refuses parcels that are not the open versions of a person: two changes that were made from the same state
// would otherwise each lose what the other brought.
func (c *change) checkParcels() error {
	said := map[int64]tally{}
	var numbers []int64
	for i := range c.People {
		p := &c.People[i]
		var n tally
		for _, text := range [][]byte{p.Patient, p.Parcels} {
			err := intake.EachParcel(text, func(version int64, _ string, _ []byte) error {
				n.count++
				n.sum += version
				return nil
			})
			if err != nil {
				return err
			}
		}
		said[p.No] = n
		numbers = append(numbers, p.No)
	}
	err := lists(numbers, func(args []any) error {
		rows, err := c.query(`SELECT person, count(*), CAST(sum(no) AS BIGINT) FROM version
			WHERE until = 0 AND deleted = 0 AND packed IS NOT NULL AND person IN `+in(len(args))+` GROUP BY person`, args...)
		return each(rows, err, func(scan func(...any) error) error {
			var no int64
			var n tally
			err := scan(&no, &n.count, &n.sum)
			if err == nil && said[no] != n {
				err = live.ErrStale
			}
			delete(said, no)
			return err
		})
	})
	for _, n := range said {
		if err == nil && n != (tally{}) {
			err = live.ErrStale
		}
	}
	return err
}

// checkCharts refuses rows and flips of charts that are gone: a change may have been made before an erasure.
func (c *change) checkCharts() error {
	here := map[int64]bool{}
	for i := range c.Charts {
		here[c.Charts[i].No] = true
	}
	var asked []int64
	ask := func(no int64) {
		if !here[no] {
			here[no] = true
			asked = append(asked, no)
		}
	}
	for i := range c.Rows {
		ask(c.Rows[i].Chart)
	}
	for i := range c.Flips {
		if c.Flips[i].Chart != 0 && !slices.Contains(c.GoneCharts, c.Flips[i].Chart) {
			ask(c.Flips[i].Chart)
		}
	}
	return c.exist("chart", asked)
}

// exist refuses numbers that a table does not have.
func (t *tx) exist(table string, numbers []int64) error {
	numbers = slices.Clone(numbers)
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	found := 0
	err := lists(numbers, func(args []any) error {
		var n int
		err := t.row("SELECT count(*) FROM "+table+" WHERE no IN "+in(len(args)), args...).Scan(&n)
		found += n
		return err
	})
	if err == nil && found != len(numbers) {
		return live.ErrStale
	}
	return err
}
