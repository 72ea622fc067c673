package intake

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strings"
	"sync"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
)

// registry is who and what the run has met: patients by key, their identifiers and links, and the medications that
// references name. Numbers are given in the order of arrival and never show.
type registry struct {
	mu         sync.Mutex
	numbers    map[chart.Key]uint32
	patients   []patient
	identities map[holder][]uint32
	links      []linkTo
	drugs      map[chart.Key]drugEntry
}

// patient is one key: a Patient, a subject that no Patient resource has named yet, or a conditional reference waiting to
// be resolved.
type patient struct {
	key     chart.Key
	known   bool
	clashed bool // came twice with another birth date or sex
	waits   bool // stands for a conditional reference
	birth   dates.When
	sex     [3]chart.Sex
	records int // of others than Patient
	inputs  []place
}

// place is where a Patient resource stood.
type place struct {
	input   *input
	pointer string
}

// holder is an identifier within a feed: equal identifiers of two feeds are compared too, so the feed is not part of it.
type holder struct {
	identity identity
	unique   bool
}

type linkTo struct {
	from, to uint32
	kind     linkKind
}

type drugEntry struct {
	codes     []terms.CodeID
	words     string
	ambiguous bool
}

func newRegistry() *registry {
	return &registry{
		numbers: map[chart.Key]uint32{}, identities: map[holder][]uint32{}, drugs: map[chart.Key]drugEntry{},
	}
}

// number gives the number of a key, a new one if need be.
func (g *registry) number(source string, id []byte) uint32 {
	if n, ok := g.numbers[chart.Key{Source: source, ID: string(id)}]; ok {
		return n
	}
	return g.newNumber(chart.Key{Source: source, ID: string(id)})
}

func (g *registry) newNumber(k chart.Key) uint32 {
	n := uint32(len(g.patients))
	g.numbers[k] = n
	g.patients = append(g.patients, patient{key: k})
	return n
}

// standIn marks the feed of a key that stands for a conditional reference: no feed is named so, and it may be kept as text.
const standIn = "\x1f"

func standInKey(source string, id identity) chart.Key {
	return chart.Key{Source: source + standIn, ID: hex.EncodeToString(id[:])}
}

// waiting gives the number that stands for a conditional reference.
func (g *registry) waiting(source string, id identity) uint32 {
	k := standInKey(source, id)
	n := g.number(k.Source, []byte(k.ID))
	g.patients[n].waits = true
	return n
}

// owned gives the number of whose a record is.
func (g *registry) owned(source string, o owner) uint32 {
	if o.identity != (identity{}) {
		return g.waiting(source, o.identity)
	}
	return g.number(source, o.id)
}

// arrive notes a Patient.
func (g *registry) arrive(source string, a *arrival, from place) uint32 {
	n := g.number(source, []byte(a.id))
	p := &g.patients[n]
	f := &a.fields.person
	p.clashed = !p.agrees(f) || p.clashed
	p.known = true
	if from.input != nil {
		p.inputs = append(p.inputs, from)
	}
	for _, i := range a.fields.identities {
		h := holder(i)
		if have := g.identities[h]; !slices.Contains(have, n) {
			g.identities[h] = append(have, n)
		}
	}
	for _, k := range a.links {
		g.links = append(g.links, linkTo{n, g.owned(source, k.to), k.kind})
	}
	return n
}

// agrees tells whether a Patient can be the one met before under its key, and learns from it. What one of two leaves out,
// or writes less exactly, does not contradict the other.
func (p *patient) agrees(f *chart.Person) bool {
	ok := true
	switch {
	case !p.birth.Known():
		p.birth = f.Birth
	case f.Birth.Known():
		ok = p.birth.From <= f.Birth.To && f.Birth.From <= p.birth.To
		p.birth = dates.Within(max(p.birth.From, f.Birth.From), min(p.birth.To, f.Birth.To))
	}
	for i, s := range [3]chart.Sex{f.ClinicalSex, f.BirthSex, f.Gender} {
		if p.sex[i] == chart.NoSex {
			p.sex[i] = s
		}
		ok = ok && (s == chart.NoSex || p.sex[i] == s)
	}
	return ok
}

// prescribe notes a Medication. Two of one id that differ name nothing for certain.
func (g *registry) prescribe(source string, d *drug) {
	for _, id := range d.ids {
		if id == "" {
			continue
		}
		k := chart.Key{Source: source, ID: id}
		e := drugEntry{codes: d.codes, words: d.words}
		if old, ok := g.drugs[k]; ok && (old.ambiguous || !slices.Equal(old.codes, e.codes)) {
			e = drugEntry{ambiguous: true}
		}
		g.drugs[k] = e
	}
}

// people is what is known once everything was read: who is handed out, in which order, and whose records belong together.
type people struct {
	rank      []uint32            // of a number, in the order of keys
	byRank    []uint32            // number of a rank
	list      []uint32            // numbers handed out, in the order of keys
	members   map[uint32][]uint32 // of those handed out: others whose records are theirs
	doubles   map[uint32]bool     // share an identifier with another
	badLinks  map[uint32]bool     // linked to nobody known
	unknown   int                 // records of nobody
	clashed   []uint32            // rejected
	chartOf   map[chart.Key]uint32
	multiples map[uint32]bool // several Patients
}

// settle resolves conditional references, joins linked patients and puts everybody in order.
func (g *registry) settle() *people {
	p := &people{members: map[uint32][]uint32{}, doubles: map[uint32]bool{}, badLinks: map[uint32]bool{}, multiples: map[uint32]bool{}}
	g.order(p)
	join := newUnion(len(g.patients))
	replaced := map[uint32]bool{}
	found := g.resolveWaiting(join)
	for _, k := range g.links {
		to := k.to
		if n, ok := found[to]; ok {
			to = n
		}
		if !g.patients[to].known {
			p.badLinks[k.from] = true
			continue
		}
		switch k.kind {
		case replacedBy:
			replaced[k.from] = true
		case replaces:
			replaced[to] = true
		}
		join.merge(k.from, to)
	}
	g.joinIdentities(p, join)
	g.collect(p, join, replaced)
	return p
}

func (g *registry) order(p *people) {
	p.byRank = make([]uint32, len(g.patients))
	for i := range p.byRank {
		p.byRank[i] = uint32(i)
	}
	slices.SortFunc(p.byRank, func(a, b uint32) int { return compareKeys(g.patients[a].key, g.patients[b].key) })
	p.rank = make([]uint32, len(g.patients))
	for r, n := range p.byRank {
		p.rank[n] = uint32(r)
	}
}

func compareKeys(a, b chart.Key) int {
	return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.ID, b.ID))
}

// resolveWaiting gives a conditional reference to the one patient of its feed who has that identifier.
func (g *registry) resolveWaiting(join *union) map[uint32]uint32 {
	resolved := map[uint32]uint32{}
	for n := range g.patients {
		w := &g.patients[n]
		if !w.waits {
			continue
		}
		var id identity
		_, _ = hex.Decode(id[:], []byte(w.key.ID))
		source := strings.TrimSuffix(w.key.Source, standIn)
		var found []uint32
		for _, unique := range [2]bool{false, true} {
			for _, m := range g.identities[holder{id, unique}] {
				if g.patients[m].key.Source == source {
					found = append(found, m)
				}
			}
		}
		if len(found) == 1 {
			join.merge(uint32(n), found[0])
			resolved[uint32(n)] = found[0]
		}
	}
	return resolved
}

// joinIdentities joins those who share an identifier that names one person, and marks those who share another.
func (g *registry) joinIdentities(p *people, join *union) {
	for h, numbers := range g.identities {
		for _, n := range numbers[1:] {
			if h.unique {
				join.merge(numbers[0], n)
			}
		}
	}
	for h, numbers := range g.identities {
		if h.unique {
			continue
		}
		for _, n := range numbers[1:] {
			if join.root(n) != join.root(numbers[0]) {
				p.doubles[n], p.doubles[numbers[0]] = true, true
			}
		}
	}
}

// collect makes one chart of each group: under the smallest key among those that did not give way to another.
func (g *registry) collect(p *people, join *union, replaced map[uint32]bool) {
	groups := map[uint32][]uint32{}
	for _, n := range p.byRank { // so that each group is in the order of keys
		groups[join.root(n)] = append(groups[join.root(n)], n)
	}
	p.chartOf = map[chart.Key]uint32{}
	for _, n := range p.byRank {
		group := groups[join.root(n)]
		if group == nil {
			continue
		}
		delete(groups, join.root(n))
		g.collectGroup(p, group, replaced)
	}
	slices.SortFunc(p.list, func(a, b uint32) int { return cmp.Compare(p.rank[a], p.rank[b]) })
	slices.SortFunc(p.clashed, func(a, b uint32) int { return cmp.Compare(p.rank[a], p.rank[b]) })
}

func (g *registry) collectGroup(p *people, group []uint32, replaced map[uint32]bool) {
	head, known, clashed := -1, 0, false
	for i, n := range group {
		m := &g.patients[n]
		if m.clashed {
			p.clashed = append(p.clashed, n)
			clashed = true
		}
		if !m.known {
			continue
		}
		known++
		if head < 0 || replaced[group[head]] && !replaced[n] {
			head = i
		}
	}
	if head < 0 || clashed {
		for _, n := range group {
			if head < 0 {
				p.unknown += g.patients[n].records
			}
		}
		return
	}
	chief := group[head]
	p.list = append(p.list, chief)
	for _, n := range group {
		p.chartOf[g.patients[n].key] = chief
		if n != chief {
			p.members[chief] = append(p.members[chief], n)
		}
		if p.doubles[n] {
			p.doubles[chief] = true
		}
		if p.badLinks[n] {
			p.badLinks[chief] = true
		}
	}
	p.multiples[chief] = known > 1
}

// union joins numbers into groups.
type union struct{ parent []uint32 }

func newUnion(n int) *union {
	u := &union{make([]uint32, n)}
	for i := range u.parent {
		u.parent[i] = uint32(i)
	}
	return u
}

func (u *union) root(n uint32) uint32 {
	for u.parent[n] != n {
		u.parent[n] = u.parent[u.parent[n]]
		n = u.parent[n]
	}
	return n
}

func (u *union) merge(a, b uint32) {
	a, b = u.root(a), u.root(b)
	u.parent[max(a, b)] = min(a, b)
}
