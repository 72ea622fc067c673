package live

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/intake"
)

// people are the persons of a change: those whose charts may be others for it, and, known by their Patients only, those who
// share an identifier with one of them.
type people struct {
	list    []*person // by number
	by      map[int64]*person
	byKey   map[chart.Key]*person
	sharing []Person
}

// person is one of them, before and after.
type person struct {
	Person
	before  Person
	isNew   bool
	opened  []*opened // whose subject it is
	closing map[int64]bool
}

func newPeople(group, sharing []Person) *people {
	p := &people{by: map[int64]*person{}, byKey: map[chart.Key]*person{}, sharing: sharing}
	for _, g := range group {
		p.add(&person{Person: g, before: g})
	}
	p.sort()
	return p
}

func (p *people) sort() {
	slices.SortFunc(p.list, func(a, b *person) int { return cmp.Compare(a.No, b.No) })
}

func (p *people) add(one *person) {
	if p.by[one.No] != nil {
		return
	}
	p.list = append(p.list, one)
	p.by[one.No], p.byKey[one.Key] = one, one
}

// gather loads everybody whose chart may be another for the change.
func (t *taking) gather() error {
	if t.change.idle() {
		return nil
	}
	numbers, keys, digests, err := t.affected()
	if err != nil {
		return err
	}
	if t.people, err = t.l.group(t, numbers, keys, digests); err != nil || t.want.grown {
		return err
	}
	for _, key := range keys {
		if t.people.byKey[key] == nil {
			no := t.l.numbers.person.Add(1)
			t.people.add(&person{Person: Person{No: no, Key: key}, isNew: true})
		}
	}
	t.people.sort()
	return nil
}

// affected gives the persons that the change is about: numbers of those the store has, keys of those it may have, and
// digests of the identifiers that Patients come to have.
func (t *taking) affected() (numbers []int64, keys []chart.Key, digests [][]byte, err error) {
	var drugs []string
	for _, v := range t.change.closed {
		numbers = append(numbers, v.Person)
		if v.Key.Type == "Medication" {
			drugs = append(drugs, v.Key.ID)
		}
	}
	for _, v := range t.change.kept {
		numbers = append(numbers, v.Person)
	}
	for _, o := range t.change.opened {
		if o.Key.Type == "Medication" {
			drugs = append(drugs, o.Key.ID)
		}
		if o.known {
			keys = append(keys, o.subject)
		}
		if o.Key.Type == "Patient" && o.res != nil {
			digests = append(append(digests, o.res.Identifiers...), o.res.Unique...)
			for _, s := range o.res.Links {
				if key, ok := t.subject(s); ok {
					keys = append(keys, key)
				}
			}
		}
	}
	if len(drugs) > 0 {
		users, err := t.l.store.Users(t.ctx, t.Source, unique(drugs, strings.Compare))
		if err != nil {
			return nil, nil, nil, err
		}
		numbers = append(numbers, users...)
	}
	numbers = slices.DeleteFunc(numbers, func(n int64) bool { return n == 0 })
	return unique(numbers, cmp.Compare[int64]), unique(keys, compareKeys), unique(digests, bytes.Compare), nil
}

// unique sorts a list and leaves each thing once.
func unique[T any](list []T, compare func(a, b T) int) []T {
	slices.SortFunc(list, compare)
	return slices.CompactFunc(list, func(a, b T) bool { return compare(a, b) == 0 })
}

func compareKeys(a, b chart.Key) int {
	return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.ID, b.ID))
}

// group loads persons with all whose charts they may be part of. What they rest on is claimed first.
func (l *Live) group(t *taking, numbers []int64, keys []chart.Key, digests [][]byte) (*people, error) {
	group, sharing, err := l.store.Group(t.ctx, numbers, keys, digests)
	if err != nil {
		return nil, err
	}
	p := newPeople(group, sharing)
	for _, one := range p.list {
		t.want.person(one.Key)
	}
	// Whoever gives an identifier up, or is erased of one, changes what waits for it.
	for _, v := range t.change.closed {
		if one := p.by[v.Person]; v.Key.Type == "Patient" && one != nil {
			for _, d := range one.Identifiers {
				t.want.identifier(d)
			}
		}
	}
	return p, nil
}

// write makes the persons of the change what they are after it.
func (t *taking) write() error {
	if t.change.idle() {
		return nil
	}
	for _, v := range t.change.closed {
		t.change.Close = append(t.change.Close, v.No)
		if one := t.people.by[v.Person]; one != nil {
			one.close(v.No)
		}
	}
	for _, o := range t.change.opened {
		if o.known {
			one := t.people.byKey[o.subject]
			o.Person = one.No
			one.opened = append(one.opened, o)
		}
	}
	for _, one := range t.people.list {
		t.rewrite(one)
	}
	t.joinCopies()
	for _, o := range t.change.opened {
		t.change.Open = append(t.change.Open, o.Version)
	}
	return nil
}

func (p *person) close(version int64) {
	if p.closing == nil {
		p.closing = map[int64]bool{}
	}
	p.closing[version] = true
}

// rewrite takes out what was closed and puts in what was opened.
func (t *taking) rewrite(p *person) {
	if len(p.closing) == 0 && len(p.opened) == 0 {
		return
	}
	gone := func(version int64) bool { return p.closing[version] }
	// The one before is still wanted, and may lie in the same place: nothing of it is written over.
	patients := intake.RemoveParcels(p.Patient, gone)
	others := intake.RemoveParcels(p.Parcels, gone)
	if len(p.closing) > 0 && len(patients) == 0 {
		p.Identifiers, p.Unique = nil, nil
	}
	for _, o := range p.opened {
		if o.Deleted || o.Packed == nil {
			continue
		}
		if o.Key.Type == "Patient" {
			patients = intake.AppendParcel(patients, o.No, o.Key.Source, o.Packed)
			p.Identifiers = unique(append(slices.Clone(p.Identifiers), o.res.Identifiers...), bytes.Compare)
			p.Unique = unique(append(slices.Clone(p.Unique), o.res.Unique...), bytes.Compare)
			t.link(p, o.res.Links)
			continue
		}
		others = intake.AppendParcel(others, o.No, o.Key.Source, o.Packed)
		p.Drugs = unique(append(slices.Clone(p.Drugs), o.res.Drugs...), strings.Compare)
	}
	p.Patient, p.Parcels, p.Known = patients, others, len(patients) > 0
}

// link notes whom a Patient names. Links that a later version no longer has stay here: they only say whose charts to look at.
func (t *taking) link(p *person, to []intake.Subject) {
	for _, s := range to {
		if key, ok := t.subject(s); ok {
			p.linkTo(t.people.byKey[key])
		}
	}
}

func (p *person) linkTo(other *person) {
	if other != nil && other != p {
		p.Links = unique(append(slices.Clone(p.Links), other.No), cmp.Compare[int64])
	}
}

// joinCopies links persons of whom each has a copy of one resource, so that the charts of both are made together: only then
// the copies show that they contradict each other.
func (t *taking) joinCopies() {
	by := map[ResourceKey]*person{}
	note := func(v *Version) {
		one := t.people.by[v.Person]
		if one == nil || v.Deleted {
			return
		}
		if first := by[v.Key]; first != nil {
			first.linkTo(one)
		} else {
			by[v.Key] = one
		}
	}
	for _, o := range t.change.opened {
		note(&o.Version)
	}
	for i := range t.change.kept {
		note(&t.change.kept[i])
	}
}

// changed tells whether a person has to be written.
func (p *person) changed() bool {
	a, b := &p.Person, &p.before
	return p.isNew || a.Known != b.Known || a.Chart != b.Chart || !bytes.Equal(a.Patient, b.Patient) || !bytes.Equal(a.Parcels, b.Parcels) ||
		!slices.EqualFunc(a.Identifiers, b.Identifiers, bytes.Equal) || !slices.EqualFunc(a.Unique, b.Unique, bytes.Equal) ||
		!slices.Equal(a.Links, b.Links) || !slices.Equal(a.Drugs, b.Drugs)
}
