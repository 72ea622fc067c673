package terms

import (
	"slices"
	"strings"
	"sync"
)

// Hierarchy tells which codes of a code system stand below which. Codes are numbered in the order of their texts, so that
// equal contents make equal hierarchies whatever the order of their source; a code may have several parents.
type Hierarchy struct {
	System string

	text     string   // all codes, one after the other
	at       []uint32 // where each begins; one more than there are codes
	first    []uint32 // where the children of each begin; one more than there are codes
	children []uint32
	whole    bool     // all that is below any of its codes is in it
	known    []uint64 // else: the codes below which it has everything, as bits

	mu    sync.Mutex
	below map[uint32][]uint32
}

// Len is the number of codes.
func (h *Hierarchy) Len() int { return len(h.at) - 1 }

func (h *Hierarchy) code(n uint32) string { return h.text[h.at[n]:h.at[n+1]] }

func (h *Hierarchy) find(code string) (uint32, bool) {
	lo, hi := 0, h.Len()
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); h.code(uint32(mid)) < code {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return uint32(lo), lo < h.Len() && h.code(uint32(lo)) == code
}

// findSpelt finds a code with or without its dot.
func (h *Hierarchy) findSpelt(code string) (uint32, bool) {
	if h == nil {
		return 0, false
	}
	if !dotted[h.System] {
		return h.find(code)
	}
	for _, spelt := range spellings(Coding{h.System, code}) {
		if n, ok := h.find(spelt); ok {
			return n, true
		}
	}
	return 0, false
}

// Descendants gives a code and all that stands below it, sorted. It is whole if the hierarchy is known to hold all of
// them; a code that is not in the hierarchy has nothing below it that is known.
func (h *Hierarchy) Descendants(code string) (codes []string, whole bool) {
	below, whole := h.belowCode(code)
	for _, n := range below {
		codes = append(codes, h.code(n))
	}
	return codes, whole
}

func (h *Hierarchy) belowCode(code string) (below []uint32, whole bool) {
	if h == nil {
		return nil, false
	}
	n, ok := h.findSpelt(code)
	if !ok {
		return nil, false
	}
	return h.belowNumber(n), h.whole || has(h.known, n)
}

// belowNumber is kept, because the sets of a library ask about the same few codes for every run.
func (h *Hierarchy) belowNumber(top uint32) []uint32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if list, ok := h.below[top]; ok {
		return list
	}
	seen := make([]uint64, h.Len()/64+1)
	list := []uint32{top}
	set(seen, top)
	for i := 0; i < len(list); i++ {
		n := list[i]
		for _, c := range h.children[h.first[n]:h.first[n+1]] {
			if !has(seen, c) { // a ring in a broken source ends here
				set(seen, c)
				list = append(list, c)
			}
		}
	}
	slices.Sort(list)
	if h.below == nil {
		h.below = map[uint32][]uint32{}
	}
	h.below[top] = list
	return list
}

func has(bitset []uint64, n uint32) bool {
	return int(n/64) < len(bitset) && bitset[n/64]&(1<<(n%64)) != 0
}

func set(bitset []uint64, n uint32) { bitset[n/64] |= 1 << (n % 64) }

// growing is a hierarchy that is being read. Codes are numbered as they come.
type growing struct {
	numbers map[string]uint32
	edges   []uint64 // parent in the high half, child in the low one
	known   []uint32
	partial bool // it holds only some of its system's codes, or not all that is below them
}

func newGrowing() *growing { return &growing{numbers: map[string]uint32{}} }

func (g *growing) number(code []byte) uint32 {
	if n, ok := g.numbers[string(code)]; ok {
		return n
	}
	n := uint32(len(g.numbers))
	g.numbers[string(code)] = n
	return n
}

// add says that a code exists.
func (g *growing) add(code string) { g.number([]byte(code)) }

// under says that one code stands directly below another.
func (g *growing) under(child, parent []byte) {
	c, p := g.number(child), g.number(parent)
	if c != p {
		g.edges = append(g.edges, uint64(p)<<32|uint64(c))
	}
}

// allBelow says that everything below a code is known, in a source that is partial otherwise.
func (g *growing) allBelow(code string) { g.known = append(g.known, g.number([]byte(code))) }

// merge takes in another source of the same system. What one of them knows wholly stays whole.
func (g *growing) merge(o *growing) {
	own := uint32(len(g.numbers))
	names := make([]string, len(o.numbers))
	for code, n := range o.numbers {
		names[n] = code
	}
	renamed := make([]uint32, len(names))
	for n, code := range names {
		renamed[n] = g.number([]byte(code))
	}
	for _, e := range o.edges {
		g.edges = append(g.edges, uint64(renamed[e>>32])<<32|uint64(renamed[uint32(e)]))
	}
	for _, n := range o.known {
		g.known = append(g.known, renamed[n])
	}
	if g.partial == o.partial {
		return
	}
	if g.partial { // the whole one answers for its own codes only
		g.known = append(g.known, renamed...)
		return
	}
	for n := range own {
		g.known = append(g.known, n)
	}
	g.partial = true
}

// done gives what was read.
func (g *growing) done(system string) *Hierarchy {
	h := &Hierarchy{System: system, whole: !g.partial}
	codes := make([]string, 0, len(g.numbers))
	size := 0
	for code := range g.numbers {
		codes = append(codes, code)
		size += len(code)
	}
	slices.Sort(codes)
	sorted := make([]uint32, len(codes)) // by number of arrival
	var text strings.Builder
	text.Grow(size)
	for i, code := range codes {
		h.at = append(h.at, uint32(text.Len()))
		text.WriteString(code)
		sorted[g.numbers[code]] = uint32(i)
	}
	h.at = append(h.at, uint32(text.Len()))
	h.text = text.String()
	for i, e := range g.edges {
		g.edges[i] = uint64(sorted[e>>32])<<32 | uint64(sorted[uint32(e)])
	}
	slices.Sort(g.edges)
	h.link(slices.Compact(g.edges))
	h.known = make([]uint64, len(codes)/64+1)
	for _, n := range g.known {
		set(h.known, sorted[n])
	}
	return h
}

// link lays out the edges, sorted by parent and child.
func (h *Hierarchy) link(edges []uint64) {
	h.first = make([]uint32, h.Len()+1)
	h.children = make([]uint32, len(edges))
	for i, e := range edges {
		h.first[e>>32+1]++
		h.children[i] = uint32(e)
	}
	for i := 1; i < len(h.first); i++ {
		h.first[i] += h.first[i-1]
	}
}

// Hierarchies are those that a run may ask, by system. The zero value and nil have none.
type Hierarchies struct {
	sources  []HierarchySource
	bySystem map[string]*Hierarchy
}

// Of gives the hierarchy of a system, nil if none is loaded.
func (h *Hierarchies) Of(system string) *Hierarchy {
	if h == nil {
		return nil
	}
	return h.bySystem[system]
}

// Systems gives the systems of the hierarchies that are loaded, sorted.
func (h *Hierarchies) Systems() []string {
	if h == nil {
		return nil
	}
	var list []string
	for s := range h.bySystem {
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}
