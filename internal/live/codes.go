package live

import (
	"sync/atomic"

	"prescreen/internal/chart"
	"prescreen/internal/terms"
)

// spell adds to a change every code and unit that is not known to be durable: what two changes bring at once the store
// writes once. So a code is never written later than a record that uses it, and changes need not wait for each other.
func (l *Live) spell(c *Change) {
	first := terms.CodeID(l.written.codes.Load() + 1)
	c.FirstCode, c.Codes = first, nil
	for id := first; int(id) < l.options.Dictionary.Len(); id++ {
		c.Codes = append(c.Codes, l.options.Dictionary.Coding(id))
	}
	unit := chart.UnitID(l.written.units.Load() + 1)
	c.FirstUnit, c.Units = unit, nil
	for id := unit; int(id) < l.options.Units.Len(); id++ {
		c.Units = append(c.Units, l.options.Units.Name(id))
	}
}

func (l *Live) spelt(c *Change) {
	raise(&l.written.codes, int64(c.FirstCode)+int64(len(c.Codes))-1)
	raise(&l.written.units, int64(c.FirstUnit)+int64(len(c.Units))-1)
}

// raise lets a number only grow.
func raise(n *atomic.Int64, to int64) {
	for {
		had := n.Load()
		if had >= to || n.CompareAndSwap(had, to) {
			return
		}
	}
}
