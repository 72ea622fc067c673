package terms

import (
	"slices"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/quantity"
)

// Domain is the kind of record that a value set picks from.
type Domain uint8

// The domains.
const (
	Diagnosis Domain = iota
	Procedure
	Medication
	Allergy
	Vaccine
	Visit
	Lab
	Vital
	Score
	Marker
	Stage
	FamilyHistory
	Alert
	Language
	Insurance
)

var domainNames = [...]string{
	"diagnosis", "procedure", "medication", "allergy", "vaccine", "visit", "lab", "vital",
	"score", "marker", "stage", "family", "flag", "language", "coverage",
}

// OfResults tells that the sets of a domain pick from results, so that they may have units, plausible ranges and answers.
func (d Domain) OfResults() bool {
	return d == Lab || d == Vital || d == Score || d == Marker || d == Stage
}

// DomainNames gives the names of all domains in their order.
func DomainNames() []string { return slices.Clone(domainNames[:]) }

// String writes the domain as value-set files do.
func (d Domain) String() string { return domainNames[d] }

// ParseDomain reads what String writes.
func ParseDomain(s string) (Domain, bool) {
	i := slices.Index(domainNames[:], s)
	return Domain(max(i, 0)), i >= 0
}

// Says is what a code states about the patient.
type Says uint8

// The statements. History: the disease at an unknown day up to the record's date. Family and Screening are never
// evidence of the disease.
const (
	Disease Says = iota
	History
	Suspected
	Family
	Screening
)

var saysNames = [...]string{"disease", "history", "suspected", "family", "screening"}

// String writes the statement as value-set files do.
func (s Says) String() string { return saysNames[s] }

// ParseSays reads what String writes; empty is Disease.
func ParseSays(s string) (Says, bool) {
	if s == "" {
		return Disease, true
	}
	i := slices.Index(saysNames[:], s)
	return Says(max(i, 0)), i >= 0
}

// Course says how a disease goes; it decides what a resolved or unmarked record still tells.
type Course uint8

// The courses; the zero one is "not said".
const (
	NoCourse Course = iota
	Event
	Chronic
	Episode
)

var courseNames = [...]string{"", "event", "chronic", "episode"}

// String writes the course as value-set files do.
func (c Course) String() string { return courseNames[c] }

// ParseCourse reads what String writes.
func ParseCourse(s string) (Course, bool) {
	i := slices.Index(courseNames[:], s)
	return Course(max(i, 0)), i >= 0
}

// Include says which codes an entry stands for.
type Include uint8

// Self is the code alone, Prefix every code of the system that begins with it, Descendants it and all below it in the
// system's hierarchy.
const (
	Self Include = iota
	Prefix
	Descendants
)

// Entry is one line of a value set.
type Entry struct {
	Coding
	Display string
	Include Include
	Says    Says
}

// Suggestion is something whose presence makes silence about the set doubtful: a set on record, or a result beyond a
// limit.
type Suggestion struct {
	Set   string
	Limit *quantity.Range // nil: any record of the set; else a result inside, in Unit
	Unit  string
	Text  string // the limit as its author wrote it
}

// ValueSet is a named list of codes of one domain, with what is known about all of them.
type ValueSet struct {
	Name        string
	Synonyms    []string
	Domain      Domain
	Entries     []Entry // composition already resolved
	Exclude     []Entry
	Course      Course
	SuggestedBy []Suggestion
	Panel       string            // the order that settles this set and its like at once
	Analyte     *quantity.Analyte // for results; nil when its values have no unit list
	Answers     []Answer          // for results, in the order of the scale
	Equivalents []Equivalents     // for medications
	File        string
	Line        int

	origins []origin // per entry; none for sets that were not read from a file
	over    *Hierarchies
}

// origin tells where an entry was written.
type origin struct {
	set       string // the set that brings it; "" for the set itself
	file      string
	at        mistake.Place
	except    []Entry // what the sets that it came through exclude
	ownExcept int     // how many of those the set in which it was written excludes itself
}

func (v *ValueSet) origin(entry int) origin {
	if entry < len(v.origins) {
		return v.origins[entry]
	}
	return origin{file: v.File, at: mistake.Place{Line: v.Line}}
}

// Origin tells where an entry was written: the set that brings it in, which is the set's own name for its own, the file
// and the place there.
func (v *ValueSet) Origin(entry int) (set, file string, at mistake.Place) {
	o := v.origin(entry)
	if o.set == "" {
		o.set = v.Name
	}
	return o.set, o.file, o.at
}

// Own gives the entries that were written in the set itself, leaving out those of the sets it is made of.
func (v *ValueSet) Own() []Entry {
	n := 0
	for n < len(v.Entries) && v.origin(n).set == "" {
		n++
	}
	return v.Entries[:n]
}

// Member tells that a code belongs to a bound value set and what it says.
type Member struct {
	ID   CodeID
	Says Says
}

// Members is a value set resolved against a dictionary: sorted by number.
type Members struct {
	list []Member
	// HierarchyMissing tells that an entry asked for a hierarchy that is not loaded: there may be further members.
	HierarchyMissing bool
}

// All gives the members sorted by number.
func (m *Members) All() []Member { return m.list }

// Find tells what a code says in the set.
func (m *Members) Find(id CodeID) (Says, bool) {
	i, ok := slices.BinarySearchFunc(m.list, id, func(a Member, b CodeID) int { return int(a.ID) - int(b) })
	if !ok {
		return 0, false
	}
	return m.list[i].Says, true
}

// Library is all the value sets of a run, by name and synonym.
type Library struct {
	byName map[string]*ValueSet
	sets   []*ValueSet
}

// Find gives the set of a name or synonym; names do not differ by letter case.
func (l *Library) Find(name string) (*ValueSet, bool) {
	v, ok := l.byName[strings.ToLower(name)]
	return v, ok
}

// Sets gives all sets in the order of their names.
func (l *Library) Sets() []*ValueSet { return l.sets }

// Names gives every name and synonym, sorted, for suggestions.
func (l *Library) Names() []string {
	var names []string
	for _, v := range l.sets {
		names = append(names, v.Name)
		names = append(names, v.Synonyms...)
	}
	slices.Sort(names)
	return names
}

// NewLibrary collects sets; a name that is taken is reported by the caller, who has the files: the first one stays.
func NewLibrary(sets []*ValueSet) *Library {
	l := &Library{byName: map[string]*ValueSet{}}
	for _, v := range sets {
		for _, n := range append([]string{v.Name}, v.Synonyms...) {
			if _, taken := l.byName[strings.ToLower(n)]; !taken {
				l.byName[strings.ToLower(n)] = v
			}
		}
		l.sets = append(l.sets, v)
	}
	slices.SortFunc(l.sets, func(a, b *ValueSet) int { return strings.Compare(a.Name, b.Name) })
	return l
}
