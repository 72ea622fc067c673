package intake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// input is one file, or one member of an archive, or standard input.
type input struct {
	name     string // shown to the person at the terminal
	path     string
	source   string
	order    []int // place among the files by name, then in its archive
	size     int64
	explicit bool // named by the caller, not found in a folder or an archive
	parent   *input
	refused  error         // why it is not even opened
	seen     atomic.Uint32 // heldFHIR and its like
	misfits  []misfit      // guarded by the registry's mu
	dropped  int           // misfits that are only counted
}

const (
	heldFHIR = 1 << iota
	heldPatient
	heldMisfit
	heldFlaw   // a misfit that is not merely something else than FHIR
	heldOthers // an archive
)

func (in *input) note(bits uint32) { in.seen.Or(bits) }

func compareInputs(a, b *input) int { return slices.Compare(a.order, b.order) }

// misfit is a rejected thing with what its place in the list is decided by.
type misfit struct {
	Rejected
	line  int
	order int
}

// maxMisfits is how many rejected things of one input are named; the others are counted, lest a hostile input fill the
// memory with them.
const maxMisfits = 1000

// misfit notes a rejected thing. The first ones by their place are kept, whichever worker comes first.
func (in *input) misfit(m misfit) {
	in.note(heldMisfit)
	if m.Reason != reasonNoType && m.Reason != reasonNoObject {
		in.note(heldFlaw)
	}
	in.misfits = append(in.misfits, m)
	if len(in.misfits) >= 2*maxMisfits {
		in.trim()
	}
}

func (in *input) trim() {
	slices.SortFunc(in.misfits, func(a, b misfit) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.order, b.order), strings.Compare(a.Pointer, b.Pointer))
	})
	if n := len(in.misfits); n > maxMisfits {
		in.misfits = in.misfits[:maxMisfits]
		in.dropped += n - maxMisfits
	}
}

// rejected appends what could not be used of an input, in its order.
func (in *input) rejected(dst []Rejected) []Rejected {
	in.trim()
	for _, m := range in.misfits {
		m.Input, m.Number = in.name, in.order[0]
		dst = append(dst, m.Rejected)
	}
	if in.dropped > 0 {
		dst = append(dst, Rejected{Input: in.name, Number: in.order[0], Reason: fmt.Sprintf("and %d more of this input", in.dropped)})
	}
	return dst
}
