package intake

import (
	"cmp"
	"hash/maphash"
	"slices"

	"prescreen/internal/chart"
)

// names is the type and id, as a digest, of every record and whom it was read for: what shows that one resource was
// written for two patients, as when a result that stood with the wrong one was put right.
type names struct{ list []named }

type named struct {
	name   uint64
	number uint32
}

func (s *names) add(name uint64, number uint32) {
	if name != 0 {
		s.list = append(s.list, named{name, number})
	}
}

// shared is a resource in the chart of one of several patients, by the number of the chart.
type shared struct {
	number uint32
	name   uint64
}

type sharedState uint8

const (
	sharedMoved sharedState = iota + 1 // a later version stands with another patient: taken out
	sharedBoth                         // nothing tells which is right: kept in both
)

// settleShared finds the resources that stand with several patients. The versions rule holds for them as for any other:
// the later one is right.
func (c *Cohort) settleShared() error {
	if len(c.run.registry.patients) < 2 {
		return nil
	}
	list := c.run.names.list
	slices.SortFunc(list, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.number, b.number))
	})
	list = slices.Compact(list)
	for i := 0; i < len(list); {
		j := i + 1
		for j < len(list) && list[j].name == list[i].name {
			j++
		}
		if j-i > 1 {
			if err := c.settleName(list[i:j]); err != nil {
				return err
			}
		}
		i = j
	}
	c.run.names.list = nil
	return nil
}

func (c *Cohort) settleName(holders []named) error {
	a := newAssembler(c)
	defer a.release()
	charts := map[uint32][]stored{} // the copies in each chart
	for _, h := range holders {
		r := c.people.rank[h.number]
		w, err := c.run.fragments.open(r, r+1)
		if err != nil {
			return err
		}
		a.records = a.records[:0]
		if err := a.gatherOne(w, h.number); err != nil {
			return err
		}
		if chief, ok := c.people.chartOf[c.run.registry.patients[h.number].key]; ok {
			for _, r := range a.records {
				if c.run.nameOf(&r.head) == h.name {
					charts[chief] = append(charts[chief], r)
				}
			}
		}
	}
	for chief, copies := range charts {
		if state := stateAmong(chief, copies, charts); state != 0 {
			if c.shared == nil {
				c.shared = map[shared]sharedState{}
			}
			c.shared[shared{chief, holders[0].name}] = state
		}
	}
	return nil
}

// stateAmong compares one chart's copies of a resource with those of all other charts.
func stateAmong(chief uint32, copies []stored, charts map[uint32][]stored) (state sharedState) {
	var others []stored
	for n, list := range charts {
		if n != chief {
			others = append(others, list...)
		}
	}
	moved := 0
	for i := range copies {
		same := func(y stored) bool { return sameResource(&copies[i], &y) && !newer(&copies[i], &y) }
		later := func(y stored) bool { return same(y) && newer(&y, &copies[i]) }
		if slices.ContainsFunc(others, later) {
			moved++
		}
		if slices.ContainsFunc(others, same) {
			state = sharedBoth
		}
	}
	if moved == len(copies) {
		return sharedMoved
	}
	return state
}

func (r *run) nameOf(h *head) uint64 {
	if len(h.id) == 0 || h.origin == chart.FromPatient {
		return 0
	}
	return maphash.Bytes(r.seed, h.id) ^ uint64(h.origin)*0x9E3779B97F4A7C15
}

// dropShared takes away what stands with another patient in a later version. Where nothing tells which is right both are
// kept, as a gap: the facts are not marked, for senders that number their resources anew for every patient are far more
// common than results that were moved without a version.
func (a *assembler) dropShared(n uint32) {
	if len(a.cohort.shared) == 0 {
		return
	}
	kept := a.records[:0]
	for _, r := range a.records {
		state := a.cohort.shared[shared{n, a.cohort.run.nameOf(&r.head)}]
		switch state {
		case sharedMoved:
			a.gaps = append(a.gaps, chart.Gap{Kind: GapMoved, Resource: r.name()})
			continue
		case sharedBoth:
			a.gaps = append(a.gaps, chart.Gap{Kind: GapConflict, Resource: r.name()})
		}
		kept = append(kept, r)
	}
	a.records = kept
}
