package live

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/intake"
)

// medicine is the Medications that records of a group refer to, by the numbers of their versions.
type medicine map[int64]Version

// medicines loads the Medications that persons refer to.
func (l *Live) medicines(ctx context.Context, list []*person) (medicine, error) {
	var keys []ResourceKey
	for _, p := range list {
		for _, id := range p.Drugs {
			keys = append(keys, ResourceKey{p.feed(), "Medication", id})
		}
	}
	m := medicine{}
	if len(keys) == 0 {
		return m, nil
	}
	versions, err := l.store.Packed(ctx, unique(keys, compareResources))
	for _, v := range versions {
		m[v.No] = v
	}
	return m, err
}

func compareResources(a, b ResourceKey) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
}

var errEnough = errors.New("enough was seen")

// feed is where a person's records came from: the key of one that only an identifier names is of no feed.
func (p *person) feed() string {
	source := p.Key.Source
	_ = intake.EachParcel(p.Parcels, func(_ int64, s string, _ []byte) error {
		source = s
		return errEnough
	})
	return source
}

// made is charts put together of a group of persons.
type made struct {
	cohort *intake.Cohort
	people *people
	charts []*chart.Chart // without their cold parts, in the order of keys
}

// assemble puts the charts of a group together, as a run over files that hold no more than their records would: before the
// change or after it.
func (l *Live) assemble(ctx context.Context, p *people, drugs medicine, before bool) (*made, error) {
	g := intake.NewGathering(l.options)
	add := func(parcels []byte) error {
		return intake.EachParcel(parcels, func(_ int64, source string, packed []byte) error { return g.Add(source, packed) })
	}
	for _, one := range p.list {
		of := &one.Person
		if before {
			of = &one.before
		}
		if err := firstOf(add(of.Patient), add(of.Parcels)); err != nil {
			return nil, err
		}
	}
	for i := range p.sharing {
		if err := add(p.sharing[i].Patient); err != nil {
			return nil, err
		}
	}
	for _, v := range drugs {
		if err := g.Add(v.Key.Source, v.Packed); err != nil {
			return nil, err
		}
	}
	cohort, err := g.Cohort()
	if err != nil {
		return nil, err
	}
	return &made{cohort: cohort, people: p}, nil
}

// hot makes the charts of the persons themselves; those who only share an identifier have no chart here.
func (m *made) hot(ctx context.Context, workers int) error {
	all := make([]*chart.Chart, m.cohort.Patients)
	err := m.cohort.Each(ctx, workers, func(v intake.Visit) error {
		all[v.Number] = v.Chart
		return nil
	})
	m.charts = slices.DeleteFunc(all, func(c *chart.Chart) bool { return c == nil || m.people.byKey[c.Person.Key] == nil })
	return err
}

// chartOf gives the key of the chart that a person is part of.
func (m *made) chartOf(p *person) (key chart.Key, ok bool, err error) {
	_, own := slices.BinarySearchFunc(m.charts, p.Key, func(c *chart.Chart, k chart.Key) int { return compareKeys(c.Person.Key, k) })
	if own {
		return p.Key, true, nil
	}
	if len(m.charts) == 0 || len(m.people.list) == 1 && len(m.people.sharing) == 0 {
		return key, false, nil
	}
	c, err := m.cohort.Chart(p.Key)
	if errors.Is(err, intake.ErrNoPatient) {
		return key, false, nil
	}
	if err != nil {
		return key, false, err
	}
	return c.Person.Key, m.people.byKey[c.Person.Key] != nil, nil
}

// screen makes the charts after the change, and of those that are others the rows.
func (t *taking) screen() error {
	if t.change.idle() {
		return nil
	}
	drugs, err := t.medicinesAfter()
	if err != nil {
		return err
	}
	after, err := t.l.assemble(t.ctx, t.people, drugs, false)
	if err != nil {
		return err
	}
	defer after.cohort.Close()
	if err := after.hot(t.ctx, 1); err != nil {
		return err
	}
	if err := t.place(after); err != nil {
		return err
	}
	for _, p := range t.people.list {
		if p.changed() {
			t.change.People = append(t.change.People, p.Person)
		}
	}
	return t.rescreen(after)
}

// medicinesAfter gives the Medications as they are after the change.
func (t *taking) medicinesAfter() (medicine, error) {
	m, err := t.l.medicines(t.ctx, t.people.list)
	if err != nil {
		return nil, err
	}
	for _, v := range t.change.closed {
		delete(m, v.No)
	}
	for _, o := range t.change.opened {
		if o.Key.Type == "Medication" && !o.Deleted && o.Packed != nil {
			m[o.No] = o.Version
		}
	}
	return m, nil
}

// place tells each person its chart.
func (t *taking) place(after *made) error {
	for _, p := range t.people.list {
		key, ok, err := after.chartOf(p)
		if err != nil {
			return err
		}
		p.Chart = 0
		if ok {
			p.Chart = t.people.byKey[key].No
		}
	}
	return nil
}
