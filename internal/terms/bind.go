package terms

import (
	"slices"
	"strings"
)

// Bind resolves a value set against the codings that the dictionary holds now. What is excluded is out whatever else says
// it is in. Where several entries stand for a code the one that is nearest to it says what the code states: the code
// itself, then what stands above it with the fewest below, then a longer prefix before a shorter, and of equals the first.
func (v *ValueSet) Bind(d *Dictionary) *Members {
	m := &Members{HierarchyMissing: len(v.Unloaded()) > 0}
	for id, entry := range v.Bringing(d) {
		m.list = append(m.list, Member{id, v.Entries[entry].Says})
	}
	slices.SortFunc(m.list, func(a, b Member) int { return int(a.ID) - int(b.ID) })
	return m
}

// Bringing gives, for each coding of the dictionary that belongs to the set, the number of the entry that is nearest to it.
func (v *ValueSet) Bringing(d *Dictionary) map[CodeID]int {
	found, nearest := map[CodeID]int{}, map[CodeID]int{}
	v.walk(d, func(id CodeID, near, entry int) {
		if had, ok := nearest[id]; !ok || near > had {
			found[id], nearest[id] = entry, near
		}
	})
	return found
}

// walk calls yield for every coding of the dictionary that an entry brings and nothing excludes, with how near the entry
// stands to it.
func (v *ValueSet) walk(d *Dictionary, yield func(id CodeID, near, entry int)) {
	for i := range v.Entries {
		e := &v.Entries[i]
		v.each(d, e, func(id CodeID, code string, near int) {
			if !v.excludes(i, code) {
				yield(id, near, i)
			}
		})
	}
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

// Below gives what a set takes from below an entry's code, sorted, and whether that is known to be all.
func (v *ValueSet) Below(entry int) (codes []string, whole bool) {
	e := &v.Entries[entry]
	if e.Include != Descendants {
		return nil, true
	}
	below, whole := v.over.Of(e.System).Descendants(e.Code)
	for _, c := range below {
		if c != e.Code && !v.excludes(entry, c) {
			codes = append(codes, c)
		}
	}
	return codes, whole
}

// Out tells that the code of an entry is excluded itself.
func (v *ValueSet) Out(entry int) bool { return v.excludes(entry, v.Entries[entry].Code) }

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
