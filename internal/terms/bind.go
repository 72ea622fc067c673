package terms

import (
	"slices"
	"strings"
)

// Bind resolves a value set against the codings that the dictionary holds now. What is excluded is out whatever else says
// it is in. Where several entries stand for a code the one that is nearest to it says what the code states: the code
// itself, then what stands above it with the fewest below, then a longer prefix before a shorter, and of equals the first.
func (v *ValueSet) Bind(d *Dictionary) *Members {
	b := binding{found: map[CodeID]nearest{}}
	v.walk(d, b.add)
	return b.members(len(v.Unloaded()) > 0)
}

// walk calls yield for every coding of the dictionary that an entry brings and nothing excludes, with how near the entry
// stands to it.
func (v *ValueSet) walk(d *Dictionary, yield func(id CodeID, near int, e *Entry)) {
	for i := range v.Entries {
		e := &v.Entries[i]
		v.each(d, e, func(id CodeID, code string, near int) {
			if !v.excludes(i, code) {
				yield(id, near, e)
			}
		})
	}
}

type binding struct{ found map[CodeID]nearest }

type nearest struct {
	says Says
	near int
}

func (b *binding) add(id CodeID, near int, e *Entry) {
	if had, ok := b.found[id]; !ok || near > had.near {
		b.found[id] = nearest{e.Says, near}
	}
}

func (b *binding) members(missing bool) *Members {
	m := &Members{HierarchyMissing: missing, list: make([]Member, 0, len(b.found))}
	for id, n := range b.found {
		m.list = append(m.list, Member{id, n.says})
	}
	slices.SortFunc(m.list, func(a, b Member) int { return int(a.ID) - int(b.ID) })
	return m
}

// itself is how near an entry stands to its own code.
const itself = 1 << 20

// each calls yield for every coding of the dictionary that an entry stands for, with how near it stands to it.
func (v *ValueSet) each(d *Dictionary, e *Entry, yield func(id CodeID, code string, near int)) {
	switch e.Include {
	case Prefix:
		d.ofSystem(e.System, func(id CodeID, code string) {
			if e.covers(e.System, code) {
				yield(id, code, len(e.Code))
			}
		})
		return
	case Descendants:
		v.eachBelow(d, e, yield)
	}
	for _, code := range spellings(e.Coding) {
		if id, ok := d.find(Coding{e.System, code}); ok {
			yield(id, code, itself)
		}
	}
}

// eachBelow looks up what stands below a code in the dictionary, or the dictionary's codes in what stands below: whichever
// is fewer.
func (v *ValueSet) eachBelow(d *Dictionary, e *Entry, yield func(id CodeID, code string, near int)) {
	h := v.over.Of(e.System)
	below, _ := h.belowCode(e.Code)
	near := itself - min(len(below), itself/2)
	if len(below) > d.countOf(e.System) {
		d.ofSystem(e.System, func(id CodeID, code string) {
			if n, ok := h.findSpelt(code); ok {
				if _, in := slices.BinarySearch(below, n); in {
					yield(id, code, near)
				}
			}
		})
		return
	}
	for _, n := range below {
		for _, code := range spellings(Coding{e.System, h.code(n)}) {
			if id, ok := d.find(Coding{e.System, code}); ok {
				yield(id, code, near)
			}
		}
	}
}

// spellings are the ways in which a code is sent.
func spellings(c Coding) []string {
	if !dotted[c.System] {
		return []string{c.Code}
	}
	bare := strings.ReplaceAll(c.Code, ".", "")
	if len(bare) < 4 {
		return []string{c.Code}
	}
	all := []string{bare, bare[:3] + "." + bare[3:]}
	if !slices.Contains(all, c.Code) { // ICD-9's E codes have theirs after the fourth character
		all = append(all, c.Code)
	}
	return all
}

// excludes tells whether a code that an entry brings is out: because the set says so, or one of the sets it came through.
// Where an exclusion asks for a hierarchy that is not loaded a code is out as well, for it may be meant, unless the very
// set that excludes has the code written out: the answer is open then, never yes.
func (v *ValueSet) excludes(entry int, code string) bool {
	e, o := &v.Entries[entry], v.origin(entry)
	written := e.Include != Prefix && slices.Contains(spellings(e.Coding), code)
	for i := range o.except {
		if v.out(&o.except[i], e.System, code, written && i < o.ownExcept) {
			return true
		}
	}
	for i := range v.Exclude {
		if v.out(&v.Exclude[i], e.System, code, written && o.set == "") {
			return true
		}
	}
	return false
}

// out tells whether an exclusion stands for a code, or may stand for one that is not written.
func (v *ValueSet) out(x *Entry, system, code string, written bool) bool {
	if x.System != system || x.Include != Descendants || x.covers(system, code) {
		return x.covers(system, code)
	}
	h := v.over.Of(system)
	below, whole := h.belowCode(x.Code)
	if n, ok := h.findSpelt(code); ok {
		if _, in := slices.BinarySearch(below, n); in {
			return true
		}
	}
	return !whole && !written
}

// covers tells whether an entry stands for a coding, leaving out what only a hierarchy can tell.
func (e *Entry) covers(system, code string) bool {
	if e.System != system {
		return false
	}
	want := e.Code
	if dotted[system] {
		want, code = strings.ReplaceAll(want, ".", ""), strings.ReplaceAll(code, ".", "")
	}
	if e.Include == Prefix {
		return strings.HasPrefix(code, want)
	}
	return code == want
}

// asking gives the entries that want what stands below a code, exclusions and tables of doses included.
func (v *ValueSet) asking() []*Entry {
	list := v.resting()
	for i := range v.Equivalents {
		for k := range v.Equivalents[i].Drugs {
			list = append(list, v.Equivalents[i].Drugs[k].of.resting()...)
		}
	}
	return list
}

// resting gives those of them that the set's own members rest on.
func (v *ValueSet) resting() []*Entry {
	var list []*Entry
	add := func(entries []Entry) {
		for i := range entries {
			if entries[i].Include == Descendants {
				list = append(list, &entries[i])
			}
		}
	}
	add(v.Entries)
	add(v.Exclude)
	for i := range v.origins {
		add(v.origins[i].except)
	}
	return list
}

// Unloaded gives the systems whose hierarchies the set asks for and does not have, or not wholly, sorted.
func (v *ValueSet) Unloaded() []string {
	var systems []string
	for _, e := range v.resting() {
		if _, whole := v.over.Of(e.System).belowCode(e.Code); !whole {
			systems = append(systems, e.System)
		}
	}
	slices.Sort(systems)
	return slices.Compact(systems)
}
