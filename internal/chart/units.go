package chart

import "sync"

// Units numbers the units as recorded. Like the dictionary of codes it only grows and serves several goroutines.
type Units struct {
	mu    sync.RWMutex
	ids   map[string]UnitID
	names []string
}

// NewUnits makes an empty table.
func NewUnits() *Units { return &Units{ids: map[string]UnitID{}, names: make([]string, 1)} }

// ID gives the number of a unit; 0 for the empty one.
func (u *Units) ID(unit []byte) UnitID {
	if len(unit) == 0 {
		return 0
	}
	u.mu.RLock()
	id, ok := u.ids[string(unit)]
	u.mu.RUnlock()
	if ok {
		return id
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if id, ok := u.ids[string(unit)]; ok {
		return id
	}
	id = UnitID(len(u.names))
	u.names = append(u.names, string(unit))
	u.ids[u.names[id]] = id
	return id
}

// Name gives the unit of a number.
func (u *Units) Name(id UnitID) string {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.names[id]
}

// Len is one more than the greatest number given out.
func (u *Units) Len() int {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return len(u.names)
}

// Replace lets a number stand for another unit. What it stood for before gets a new number when it comes again.
func (u *Units) Replace(id UnitID, unit string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.ids, u.names[id])
	u.names[id], u.ids[unit] = unit, id
}
