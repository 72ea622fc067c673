package terms

// Listing tells quickly whether any of some value sets may hold a coding, whatever they exclude: what was bound before such
// a coding was met is out of date.
type Listing struct {
	listed    *Dictionary
	prefixes  map[string][]string // by system
	hierarchy map[string]*Hierarchy
}

// NewListing lists the codings of sets, of their answers and of their equivalents.
func NewListing(sets []*ValueSet) *Listing {
	l := &Listing{listed: NewDictionary(), prefixes: map[string][]string{}, hierarchy: map[string]*Hierarchy{}}
	for _, v := range sets {
		for i := range v.Entries {
			l.add(v, &v.Entries[i])
		}
		for i := range v.Answers {
			for _, c := range v.Answers[i].Codes {
				l.itself(c)
			}
			for _, text := range append([]string{v.Answers[i].Value}, v.Answers[i].Texts...) {
				l.itself(Coding{TextSystem, text})
			}
		}
		for i := range v.Equivalents {
			for d := range v.Equivalents[i].Drugs {
				for _, e := range v.Equivalents[i].Drugs[d].Entries() {
					l.add(v, &e)
				}
			}
		}
	}
	return l
}

func (l *Listing) add(v *ValueSet, e *Entry) {
	switch e.Include {
	case Prefix:
		l.prefixes[e.System] = append(l.prefixes[e.System], e.Code)
	case Descendants:
		if h := v.over.Of(e.System); h != nil {
			l.hierarchy[e.System] = h
		}
	}
	l.itself(e.Coding)
}

func (l *Listing) itself(c Coding) {
	for _, code := range spellings(c) {
		l.listed.ID(Coding{c.System, code})
	}
}

// Has tells whether a set may hold the coding.
func (l *Listing) Has(c Coding) bool {
	if _, ok := l.listed.find(c); ok {
		return true
	}
	for _, p := range l.prefixes[c.System] {
		e := Entry{Coding: Coding{c.System, p}, Include: Prefix}
		if e.covers(c.System, c.Code) {
			return true
		}
	}
	_, below := l.hierarchy[c.System].findSpelt(c.Code)
	return below
}
