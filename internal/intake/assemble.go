package intake

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"sync"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
)

// assembler makes charts of fragments. One goroutine at a time.
type assembler struct {
	cohort  *Cohort
	builder chart.Builder
	records []stored
	sorted  []stored
	order   []int32
	extras  []extra
	visits  map[string]stay
	bases   [][]byte
	entry   entry
	parts   [][]byte
	gaps    []chart.Gap
	person  chart.Person
}

// stored is a record with the feed it came from.
type stored struct {
	head
	feed     string
	number   uint32 // of the patient it came in for
	conflict bool
}

// extra is what an item still waits for.
type extra struct {
	entry    *entry // for the cold part; nil without one
	visit    []byte
	medicine []byte
	onset    span
	end      span
	record   int
}

// stay is what other facts need of a visit.
type stay struct {
	begin, end dates.When
	place      chart.Flags // Inpatient or Outpatient
	ambiguous  bool
}

// spare are assemblers that are not in use, for their buffers: a store puts a chart together for every result that comes in.
var spare = sync.Pool{New: func() any { return &assembler{visits: map[string]stay{}} }}

func newAssembler(c *Cohort) *assembler {
	a := spare.Get().(*assembler)
	a.cohort = c
	return a
}

// release gives the buffers back, without anything of a patient's. The charts made have nothing in common with them.
func (a *assembler) release() {
	clear(a.records[:cap(a.records)])
	clear(a.sorted[:cap(a.sorted)])
	clear(a.extras[:cap(a.extras)])
	clear(a.bases[:cap(a.bases)])
	clear(a.parts[:cap(a.parts)])
	clear(a.visits)
	a.builder.Forget()
	a.cohort, a.entry, a.gaps, a.person = nil, entry{}, nil, chart.Person{}
	spare.Put(a)
}

// chart puts one patient together: fragments from everywhere, each resource once, references resolved inside the patient.
func (a *assembler) chart(w *window, n uint32, cold bool) (*chart.Chart, error) {
	a.records, a.extras, a.bases, a.gaps = a.records[:0], a.extras[:0], a.bases[:0], nil
	clear(a.visits)
	if err := a.gather(w, n); err != nil {
		return nil, err
	}
	a.settleVersions()
	a.dropShared(n)
	if err := a.people(n); err != nil {
		return nil, err
	}
	for i := range a.records {
		if a.records[i].origin != chart.FromPatient {
			if err := a.unpack(i, cold); err != nil {
				return nil, err
			}
		}
	}
	items := a.builder.Items()
	for i := range items {
		a.settle(&items[i], &a.extras[i])
	}
	if cold {
		for i := range items {
			a.source(&items[i], &a.extras[i])
		}
	}
	slices.SortFunc(a.gaps, func(x, y chart.Gap) int {
		return cmp.Or(strings.Compare(x.Resource, y.Resource), strings.Compare(x.Pointer, y.Pointer), strings.Compare(string(x.Kind), string(y.Kind)))
	})
	return a.builder.Build(a.person, a.gaps, cold), nil
}

// gather reads the heads of all records of a patient and of those joined with it.
func (a *assembler) gather(w *window, n uint32) error {
	c := a.cohort
	if err := a.gatherOne(w, n); err != nil {
		return err
	}
	for _, m := range c.people.members[n] {
		r := c.people.rank[m]
		other, err := c.run.fragments.open(r, r+1)
		if err != nil {
			return err
		}
		if err := a.gatherOne(other, m); err != nil {
			return err
		}
	}
	return nil
}

func (a *assembler) gatherOne(w *window, n uint32) error {
	feed := strings.TrimSuffix(a.cohort.run.registry.patients[n].key.Source, standIn)
	a.parts = w.of(a.cohort.people.rank[n], a.parts[:0])
	for _, part := range a.parts {
		for len(part) > 0 {
			h, rest, err := nextRecord(part)
			if err != nil {
				return err
			}
			a.records = append(a.records, stored{head: h, feed: feed, number: n})
			part = rest
		}
	}
	return nil
}

// people reads the Patients of the chart; the person is the one of its key.
func (a *assembler) people(n uint32) error {
	c := a.cohort
	key := c.run.registry.patients[n].key
	var main *chart.Person
	deceased, death := false, dates.When{}
	for i := range a.records {
		r := &a.records[i]
		if r.origin != chart.FromPatient {
			continue
		}
		body := r.open()
		for _, g := range body.gaps {
			a.gaps = append(a.gaps, chart.Gap{Kind: g.kind, Resource: r.name(), Pointer: g.pointer})
		}
		p := body.person()
		if body.u.Bad {
			return errRecord
		}
		if len(body.base) > 0 {
			a.bases = append(a.bases, body.base)
		}
		deceased = deceased || p.Deceased
		if !death.Known() || p.Death.Known() && chart.CompareTimes(p.Death, death) < 0 {
			death = p.Death
		}
		if r.feed == key.Source && string(r.id) == key.ID {
			main = joinPerson(main, &p)
		}
	}
	if main == nil {
		return errRecord
	}
	a.person = *main
	a.person.Key = key
	a.person.Deceased, a.person.Death = deceased, death
	a.person.MultiplePatient = c.people.multiples[n]
	for kind, marked := range map[chart.GapKind]bool{GapDuplicatePatient: c.people.doubles[n], GapLink: c.people.badLinks[n]} {
		if marked {
			a.gaps = append(a.gaps, chart.Gap{Kind: kind, Resource: "Patient/" + key.ID})
		}
	}
	return nil
}

// joinPerson makes one of two copies of a Patient that are both kept: the birth date written more exactly, each sex that
// one of them gives.
func joinPerson(p, q *chart.Person) *chart.Person {
	if p == nil {
		return q
	}
	if q.Birth.Known() && (!p.Birth.Known() || q.Birth.To-q.Birth.From < p.Birth.To-p.Birth.From) {
		p, q = q, p
	}
	p.ClinicalSex, p.BirthSex, p.Gender = max(p.ClinicalSex, q.ClinicalSex), max(p.BirthSex, q.BirthSex), max(p.Gender, q.Gender)
	p.Inactive = p.Inactive || q.Inactive
	return p
}

func (r *stored) name() string { return r.origin.String() + "/" + string(r.id) }

// unpack turns a record into items.
func (a *assembler) unpack(i int, cold bool) error {
	r := &a.records[i]
	body := r.open()
	for _, g := range body.gaps {
		a.gaps = append(a.gaps, chart.Gap{Kind: g.kind, Resource: r.name(), Pointer: g.pointer})
	}
	if len(body.base) > 0 && len(a.bases) > 0 && !a.fromHere(body.base) {
		a.gaps = append(a.gaps, chart.Gap{Kind: GapSubject, Resource: r.name()})
		return nil
	}
	for range body.facts {
		it := a.builder.Grow()
		e := &a.entry
		if cold {
			e = new(entry)
		}
		e.codes, e.answer, e.ranges = it.Codes, it.Answer, it.Ranges
		body.next(e)
		if body.u.Bad {
			return errRecord
		}
		*it = chart.Item{
			Fact: e.fact, Codes: e.codes, Answer: e.answer, Ranges: e.ranges, Supply: e.supply,
			Feed: r.feed, ID: r.id, Position: e.position,
		}
		if e.fact.Form == chart.Text || e.fact.Form == chart.OtherForm {
			it.Text = e.value
		}
		it.Fact.Origin = r.origin
		if r.conflict {
			it.Fact.Flags |= chart.Conflicting
		}
		x := extra{visit: e.visit, medicine: e.medication, onset: e.onsetAge, end: e.endAge, record: i}
		if cold {
			x.entry = e
		} else {
			e.codes, e.answer, e.ranges = nil, nil, nil // the item keeps them
		}
		a.extras = append(a.extras, x)
		if e.fact.Kind == chart.Visit {
			a.visit(r, &e.fact)
		}
	}
	return nil
}

// fromHere tells whether an absolute reference names the server that this patient came from.
func (a *assembler) fromHere(base []byte) bool {
	for _, b := range a.bases {
		if bytes.Equal(b, base) {
			return true
		}
	}
	return false
}

// visit makes a visit known under its id and, where it differs, the uuid of its fullUrl.
func (a *assembler) visit(r *stored, f *chart.Fact) {
	s := stay{begin: f.Begin, end: f.End, place: f.Flags & (chart.Inpatient | chart.Outpatient)}
	for _, id := range [2][]byte{r.id, r.alias} {
		if len(id) == 0 {
			continue
		}
		if old, taken := a.visits[string(id)]; taken && old != s {
			s.ambiguous = true
		}
		a.visits[string(id)] = s
	}
}

// settleVersions leaves each resource once: the higher version, else the later change. Copies that differ with nothing to
// tell them apart are all kept, and marked.
func (a *assembler) settleVersions() {
	a.sortRecords()
	kept := a.records[:0]
	for i := 0; i < len(a.records); {
		j := i + 1
		for j < len(a.records) && sameResource(&a.records[i], &a.records[j]) {
			j++
		}
		if j == i+1 || len(a.records[i].id) == 0 {
			kept = append(kept, a.records[i:j]...)
		} else {
			kept = a.versions(kept, slices.Clone(a.records[i:j]))
		}
		i = j
	}
	a.records = kept
}

// sortRecords brings the copies of a resource together, in the order in which they came. Numbers are sorted, for records are
// large.
func (a *assembler) sortRecords() {
	a.order = a.order[:0]
	for i := range a.records {
		a.order = append(a.order, int32(i))
	}
	slices.SortFunc(a.order, func(i, j int32) int {
		x, y := &a.records[i], &a.records[j]
		return cmp.Or(cmp.Compare(x.origin, y.origin), bytes.Compare(x.id, y.id), strings.Compare(x.feed, y.feed), cmp.Compare(i, j))
	})
	a.sorted = a.sorted[:0]
	for _, i := range a.order {
		a.sorted = append(a.sorted, a.records[i])
	}
	a.records, a.sorted = a.sorted, a.records
}

func sameResource(x, y *stored) bool {
	return x.origin == y.origin && bytes.Equal(x.id, y.id) && x.feed == y.feed
}

// manyVersions is where comparing each copy with each other would cost too much.
const manyVersions = 64

func (a *assembler) versions(dst, copies []stored) []stored {
	slices.SortFunc(copies, func(x, y stored) int {
		return cmp.Or(bytes.Compare(x.version, y.version), bytes.Compare(x.updated, y.updated), bytes.Compare(x.content, y.content))
	})
	copies = slices.CompactFunc(copies, func(x, y stored) bool {
		return bytes.Equal(x.version, y.version) && bytes.Equal(x.updated, y.updated) && bytes.Equal(x.content, y.content)
	})
	copies = usable(copies)
	from := len(dst)
	for i := range copies {
		if len(copies) > manyVersions || !beaten(copies, i) {
			if !slices.ContainsFunc(dst[from:], func(r stored) bool { return bytes.Equal(r.content, copies[i].content) }) {
				dst = append(dst, copies[i])
			}
		}
	}
	if len(dst)-from > 1 {
		for i := from; i < len(dst); i++ {
			dst[i].conflict = true
		}
		a.gaps = append(a.gaps, chart.Gap{Kind: GapConflict, Resource: dst[from].name()})
	}
	return dst
}

// usable leaves the copies that could be used, if there are any: what was read once is the best that is known.
func usable(copies []stored) []stored {
	unusable := func(r stored) bool { return rejected(r.open().gaps) }
	if slices.ContainsFunc(copies, func(r stored) bool { return !unusable(r) }) {
		return slices.DeleteFunc(copies, unusable)
	}
	return copies
}

// rejected tells the record of a resource that cannot be used by its gaps.
func rejected(gaps []gap) bool {
	return slices.ContainsFunc(gaps, func(g gap) bool { return g.kind == GapRejected })
}

func beaten(copies []stored, i int) bool {
	for j := range copies {
		if j != i && newer(&copies[j], &copies[i]) {
			return true
		}
	}
	return false
}

// newer tells that x is a later version of the same resource than y.
func newer(x, y *stored) bool {
	v, ok1 := versionNumber(x.version)
	w, ok2 := versionNumber(y.version)
	if ok1 && ok2 && v != w {
		return v > w
	}
	t, err1 := dates.ParseBytes(x.updated, nil)
	u, err2 := dates.ParseBytes(y.updated, nil)
	return err1 == nil && err2 == nil && t.Compare(u) == dates.After
}

func versionNumber(b []byte) (n uint64, ok bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}
