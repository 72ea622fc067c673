package store

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"prescreen/internal/live"
)

// Parts make the same parcels in whatever order a database hands them out, and if it hands one out twice.
func TestPartsInAnyOrder(t *testing.T) {
	whole := newMaker().text(4*partSize + 17)
	parts := cutParts(whole)
	for _, size := range []int{0, 1, 2, len(parts)} {
		for seed := range uint64(20) {
			order := rand.New(rand.NewPCG(seed, 1)).Perm(size)
			p, late := &live.Person{No: 7}, map[int64]map[int][]byte{}
			for _, i := range append(order, order...) {
				takePart(p, i, bytes.Clone(parts[i]), late)
			}
			if want := bytes.Join(parts[:size], nil); !bytes.Equal(p.Parcels, want) {
				t.Fatalf("%d parts in the order %v make %d bytes, want %d", size, order, len(p.Parcels), len(want))
			}
		}
	}
}
