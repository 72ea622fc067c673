package live

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
	"sync"

	"prescreen/internal/chart"
)

// claims keeps apart changes that are made from the same things. All that a change wants is given to it at once, in the
// order of asking, so nobody waits for each other in a circle and nobody starves.
type claims struct {
	mu      sync.Mutex
	held    map[uint64]int // how many share it; -1 for one who has it alone
	waiting []*wanting
}

type wanting struct {
	want  map[uint64]bool
	given chan struct{}
}

// wants are the digests of what is claimed, and whether alone.
type wants struct {
	things map[uint64]bool
	grown  bool // since they were last claimed
}

var claimSeed = maphash.MakeSeed()

func (w *wants) add(alone bool, kind byte, parts ...string) {
	var h maphash.Hash
	h.SetSeed(claimSeed)
	h.WriteByte(kind)
	for _, p := range parts {
		var n [4]byte
		binary.LittleEndian.PutUint32(n[:], uint32(len(p)))
		h.Write(n[:])
		h.WriteString(p)
	}
	thing := h.Sum64()
	if w.things == nil {
		w.things = map[uint64]bool{}
	}
	if had, ok := w.things[thing]; !ok || alone && !had {
		w.things[thing] = alone
		w.grown = true
	}
}

// person claims a patient key: its records and its place in a chart.
func (w *wants) person(k chart.Key) { w.add(true, 'p', k.Source, k.ID) }

// identifier claims who holds an identifier.
func (w *wants) identifier(digest []byte) { w.add(true, 'i', string(digest)) }

// drug claims a Medication: alone to write it, shared to refer to it.
func (w *wants) drug(source, id string, alone bool) { w.add(alone, 'd', source, id) }

func (w *wants) resource(k ResourceKey) { w.add(true, 'r', k.Source, k.Type, k.ID) }

// claim waits until all that is wanted is free.
func (c *claims) claim(w *wants) (release func()) {
	w.grown = false
	mine := &wanting{want: w.things, given: make(chan struct{})}
	if len(w.things) == 0 {
		return func() {}
	}
	// The map may grow while it is held: what was given is what must be given back.
	mine.want = make(map[uint64]bool, len(w.things))
	for k, v := range w.things {
		mine.want[k] = v
	}
	c.mu.Lock()
	if c.held == nil {
		c.held = map[uint64]int{}
	}
	c.waiting = append(c.waiting, mine)
	c.give()
	c.mu.Unlock()
	<-mine.given
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for thing, alone := range mine.want {
			if n := c.held[thing]; alone || n == 1 {
				delete(c.held, thing)
			} else {
				c.held[thing] = n - 1
			}
		}
		c.give()
	}
}

// give hands out what is free, first come, first served: nobody overtakes who waits for the same.
func (c *claims) give() {
	ahead := map[uint64]bool{}
	c.waiting = slices.DeleteFunc(c.waiting, func(w *wanting) bool {
		if !c.free(w, ahead) {
			for thing, alone := range w.want {
				ahead[thing] = ahead[thing] || alone
			}
			return false
		}
		for thing, alone := range w.want {
			if alone {
				c.held[thing] = -1
			} else {
				c.held[thing]++
			}
		}
		close(w.given)
		return true
	})
}

func (c *claims) free(w *wanting, ahead map[uint64]bool) bool {
	for thing, alone := range w.want {
		n, taken := c.held[thing]
		before, waited := ahead[thing]
		if taken && (alone || n < 0) || waited && (alone || before) {
			return false
		}
	}
	return true
}
