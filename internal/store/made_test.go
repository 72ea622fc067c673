package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/screen"
	"prescreen/internal/terms"
)

// maker makes changes as package live would: numbers, parcels and lists that agree with each other.
type maker struct {
	n     live.Numbers
	codes int
	at    time.Time
	rand  *rand.Rand
}

func newMaker() *maker {
	return &maker{at: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), rand: rand.New(rand.NewPCG(1, 2))}
}

// resume goes on after what a store has.
func resume(t testing.TB, s *Store) *maker {
	m := newMaker()
	var err error
	if m.n, err = s.Numbers(context.Background()); err != nil {
		t.Fatal(err)
	}
	codes, err := s.Dictionary(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	m.codes = len(codes)
	return m
}

// patient is somebody in the making, with what is open of them.
type patient struct {
	live.Person
	open []live.Version
}

func (m *maker) patient(source, id string) *patient {
	m.n.Person++
	p := &patient{Person: live.Person{No: m.n.Person, Key: chart.Key{Source: source, ID: id}, Chart: m.n.Person, Known: true}}
	return p
}

func (m *maker) text(n int) []byte {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[m.rand.IntN(len(letters))]
	}
	return b
}

// version makes one more open version of a patient's.
func (m *maker) version(p *patient, typ, id string, number, size int) live.Version {
	m.n.Version++
	raw := append([]byte(`{"resourceType":"`+typ+`","id":"`+id+`","text":"`), m.text(size)...)
	sum := sha256.Sum256(raw)
	v := live.Version{
		No: m.n.Version, Key: live.ResourceKey{Source: p.Key.Source, Type: typ, ID: id}, Number: number, At: m.at,
		SourceVersion: "7", SourceUpdated: "2026-11-01T08:00:00Z", Digest: sum[:], Person: p.No,
		Packed: append([]byte("packed "+id+" "), m.text(40)...), Raw: raw,
	}
	p.open = append(p.open, v)
	return v
}

// person puts the parcels together anew.
func (p *patient) person() live.Person {
	p.Parcels, p.Patient = nil, nil
	for _, v := range p.open {
		if v.Key.Type == "Patient" {
			p.Patient = intake.AppendParcel(p.Patient, v.No, v.Key.Source, v.Packed)
		} else {
			p.Parcels = intake.AppendParcel(p.Parcels, v.No, v.Key.Source, v.Packed)
		}
	}
	return p.Person
}

func (p *patient) chart(next dates.Day) live.Chart {
	return live.Chart{
		No: p.Chart, Key: p.Key, Hot: fmt.Appendf(nil, "hot of %s with %d", p.Key.ID, len(p.open)),
		LastContact: dates.NewDay(2026, 11, 3), NextVisit: screen.NoDay, NextLook: next,
	}
}

// arrive makes the change that takes a new patient in: a Patient and n-1 results, a row in each trial.
func (m *maker) arrive(source, id string, n int, trials ...int64) (*patient, *live.Change) {
	p := m.patient(source, id)
	c := m.change()
	m.codes++
	c.Codes, c.FirstCode = []terms.Coding{{System: "http://loinc.org", Code: fmt.Sprint("c", m.codes)}}, terms.CodeID(m.codes)
	who := sha256.Sum256([]byte("mrn|" + id))
	p.Identifiers = [][]byte{who[:16]}
	p.Drugs = []string{"drug-of-" + id}
	first := m.version(p, "Patient", id, 1, 300)
	first.Identifiers = p.Identifiers
	c.Open = append(c.Open, first)
	for i := range n - 1 {
		c.Open = append(c.Open, m.version(p, "Observation", fmt.Sprintf("%s-o%d", id, i), 1, 1900))
	}
	c.People = []live.Person{p.person()}
	c.Charts = []live.Chart{p.chart(dates.NewDay(2026, 12, 1))}
	m.standings(c, p, trials)
	return p, c
}

func (m *maker) standings(c *live.Change, p *patient, trials []int64) {
	for _, t := range trials {
		c.Rows = append(c.Rows, live.Row{Trial: t, Chart: p.Chart, Bytes: m.text(60)})
		m.n.Flip++
		c.Flips = append(c.Flips, live.Flip{
			No: m.n.Flip, At: m.at, Trial: t, TrialID: fmt.Sprint("TRIAL-", t), Chart: p.Chart, Key: p.Key, Criterion: "INC-1",
			From: 0, To: 1, Why: "resource", Resource: "Observation/" + p.Key.ID + "-o0", What: "HbA1c 7.9 %",
		})
	}
}

// renew makes the change that brings another version of a patient's resource.
func (m *maker) renew(p *patient, i int, trials ...int64) *live.Change {
	c := m.change()
	old := p.open[i]
	p.open = append(p.open[:i:i], p.open[i+1:]...)
	v := m.version(p, old.Key.Type, old.Key.ID, old.Number+1, 1900)
	c.Close, c.Open = []int64{old.No}, []live.Version{v}
	c.People = []live.Person{p.person()}
	c.Charts = []live.Chart{p.chart(dates.NewDay(2026, 12, 2))}
	m.standings(c, p, trials)
	return c
}

func (m *maker) change() *live.Change {
	m.at = m.at.Add(time.Second)
	return &live.Change{
		At: m.at, Day: screen.NoDay,
		Audit: []audit.Entry{{At: m.at, Who: "feed", Action: audit.Create, Route: "/fhir", Outcome: "ok"}},
	}
}

func commit(t testing.TB, s *Store, c *live.Change) {
	t.Helper()
	if err := s.Commit(context.Background(), c); err != nil {
		t.Fatal(err)
	}
}

// trials makes versions of trials that keep rows.
func trials(t testing.TB, s *Store, n int) (out []int64) {
	t.Helper()
	for i := range n {
		no := int64(i + 1)
		v := live.TrialVersion{No: no, ID: fmt.Sprint("TRIAL-", no), File: "t.yaml", Source: []byte("trial: x"), State: live.TrialCurrent}
		if err := s.SaveTrial(context.Background(), v, "", audit.Entry{At: time.Unix(1, 0), Who: "system"}); err != nil {
			t.Fatal(err)
		}
		out = append(out, no)
	}
	return out
}
