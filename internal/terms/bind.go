package terms

import (
	"slices"
	"strings"
)

// Bind resolves a value set against the codings that the dictionary holds now. What is excluded is out whatever else says
// it is in. Where several entries stand for a code the one that is nearest to it says what the code states: the code
// itself before a prefix, a longer prefix before a shorter, and of equals the first.
func (v *ValueSet) Bind(d *Dictionary) *Members {
	b := binding{found: map[CodeID]nearest{}}
	v.walk(d, b.add)
	for i := range v.Entries {
		b.missing = b.missing || v.Entries[i].Include == Descendants
	}
	return b.members()
}

// walk calls yield for every coding of the dictionary that an entry brings and nothing excludes, with how near the entry
// stands to it.
func (v *ValueSet) walk(d *Dictionary, yield func(id CodeID, near int, e *Entry)) {
	for i := range v.Entries {
		e := &v.Entries[i]
		var except []Entry
		if i < len(v.except) {
			except = v.except[i]
		}
		near := e.near()
		e.each(d, func(id CodeID, code string) {
			if !excluded(except, e.System, code) && !excluded(v.Exclude, e.System, code) {
				yield(id, near, e)
			}
		})
	}
}

// near is greater the fewer codes an entry stands for.
func (e *Entry) near() int {
	if e.Include != Prefix {
		return 1 << 20
	}
	return len(e.Code)
}

type binding struct {
	found   map[CodeID]nearest
	missing bool
}

type nearest struct {
	says Says
	near int
}

func (b *binding) add(id CodeID, near int, e *Entry) {
	if had, ok := b.found[id]; !ok || near > had.near {
		b.found[id] = nearest{e.Says, near}
	}
}

func (b *binding) members() *Members {
	m := &Members{HierarchyMissing: b.missing, list: make([]Member, 0, len(b.found))}
	for id, n := range b.found {
		m.list = append(m.list, Member{id, n.says})
	}
	slices.SortFunc(m.list, func(a, b Member) int { return int(a.ID) - int(b.ID) })
	return m
}

// each calls yield for every coding of the dictionary that an entry stands for. Only a prefix needs to look at all codes
// of its system.
func (e *Entry) each(d *Dictionary, yield func(CodeID, string)) {
	if e.Include == Prefix {
		d.ofSystem(e.System, func(id CodeID, code string) {
			if e.covers(e.System, code) {
				yield(id, code)
			}
		})
		return
	}
	for _, code := range spellings(e.Coding) {
		if id, ok := d.find(Coding{e.System, code}); ok {
			yield(id, code)
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

func excluded(list []Entry, system, code string) bool {
	for i := range list {
		if list[i].covers(system, code) {
			return true
		}
	}
	return false
}

// covers tells whether an entry stands for a coding.
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
