package intake

import (
	"time"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
)

// codeTable is one worker's view of the dictionary and the units: what it has met it finds again without a lock.
type codeTable struct {
	dictionary *terms.Dictionary
	units      *chart.Units
	ids        map[string]terms.CodeID
	unitIDs    map[string]chart.UnitID
	key        []byte
}

func newCodeTable(d *terms.Dictionary, u *chart.Units) codeTable {
	return codeTable{dictionary: d, units: u, ids: map[string]terms.CodeID{}, unitIDs: map[string]chart.UnitID{}}
}

// maxKnown bounds what a hostile input can make a worker remember.
const maxKnown = 1 << 16

func (t *codeTable) id(system, code []byte) terms.CodeID {
	if len(code) == 0 {
		return 0
	}
	t.key = append(append(append(t.key[:0], system...), 0), code...)
	if id, ok := t.ids[string(t.key)]; ok {
		return id
	}
	id := t.dictionary.Intern(system, code)
	if len(t.ids) < maxKnown {
		t.ids[string(t.key)] = id
	}
	return id
}

func (t *codeTable) unit(unit []byte) chart.UnitID {
	if id, ok := t.unitIDs[string(unit)]; ok {
		return id
	}
	id := t.units.ID(unit)
	if len(t.unitIDs) < maxKnown {
		t.unitIDs[string(unit)] = id
	}
	return id
}

// zone reads times into the zone of the site.
type zone struct {
	place *time.Location
}

func (z *zone) when(b []byte) (dates.When, error) { return dates.ParseBytes(b, z.place) }
