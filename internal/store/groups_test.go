package store

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"prescreen/internal/chart"
	"prescreen/internal/live"
)

// crowd writes persons as they are described: by name, in the feed before the colon.
type crowd struct {
	t  testing.TB
	s  *Store
	m  *maker
	by map[string]*patient
}

func newCrowd(t testing.TB, s *Store) *crowd {
	return &crowd{t, s, newMaker(), map[string]*patient{}}
}

func (c *crowd) person(name string, fill func(p *patient)) *patient {
	p := c.m.patient("ehr", name)
	p.Chart = 0
	if fill != nil {
		fill(p)
	}
	c.by[name] = p
	change := c.m.change()
	for i := range 300 {
		change.Open = append(change.Open, c.m.version(p, "Observation", fmt.Sprint(name, i), 1, 20))
	}
	change.People = []live.Person{p.person()}
	commit(c.t, c.s, change)
	return p
}

func identifier(s string) []byte { return []byte(fmt.Sprintf("%-16s", s)) }

func names(people []live.Person) (out []string) {
	for _, p := range people {
		out = append(out, p.Key.ID)
	}
	return out
}

func TestGroupsOfPeople(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		c := newCrowd(t, p.open(t))
		alone := c.person("alone", func(p *patient) { p.Identifiers = [][]byte{identifier("mrn 1")} })
		old := c.person("old", nil)
		c.person("new", func(p *patient) { p.Links = []int64{old.No}; p.Identifiers = [][]byte{identifier("mrn 2")} })
		unique := func(id string) func(*patient) {
			return func(p *patient) { p.Identifiers, p.Unique = [][]byte{identifier(id)}, [][]byte{identifier(id)} }
		}
		c.person("twin a", unique("national 7"))
		c.person("twin b", func(p *patient) {
			unique("national 7")(p)
			p.Identifiers = append(p.Identifiers, identifier("family 3"))
		})
		c.person("cousin", func(p *patient) { p.Identifiers = [][]byte{identifier("family 3")} })
		waits := c.person("waits", func(p *patient) { p.Key, p.Known = live.StandIn("ehr", identifier("mrn 9")), false })
		c.by[waits.Key.ID] = waits
		c.person("awaited", func(p *patient) { p.Identifiers = [][]byte{identifier("mrn 9")} })
		c.person("elsewhere", func(p *patient) { p.Key.Source = "lab"; p.Identifiers = [][]byte{identifier("mrn 9")} })
		chief := c.person("chief", nil)
		c.person("member", func(p *patient) { p.Chart = chief.No })
		for name, want := range map[string][2][]string{
			"alone":       {{"alone"}, nil},
			"old":         {{"new", "old"}, nil},
			"new":         {{"new", "old"}, nil},
			"twin a":      {{"twin a", "twin b"}, {"cousin"}},
			"cousin":      {{"cousin"}, {"twin b"}},
			"awaited":     {{"awaited", waits.Key.ID}, {"elsewhere"}},
			waits.Key.ID:  {{"awaited", waits.Key.ID}, {"elsewhere"}},
			"elsewhere":   {{"elsewhere"}, {"awaited"}},
			"chief":       {{"chief", "member"}, nil},
			"member":      {{"chief", "member"}, nil},
			"nobody here": {nil, nil},
		} {
			var numbers []int64
			if p := c.by[name]; p != nil {
				numbers = []int64{p.No}
			}
			group, sharing, err := c.s.Group(ctx, numbers, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, [2][]string{names(group), names(sharing)}); d != "" {
				t.Errorf("%s: %s", name, d)
			}
			for i := range group {
				p := c.by[group[i].Key.ID].Person
				if d := cmp.Diff(p, group[i]); d != "" {
					t.Errorf("%s: %s", name, d)
				}
			}
			for i := range sharing {
				if sharing[i].Parcels != nil {
					t.Error("parcels of who only shares an identifier")
				}
			}
		}
		// About to be written: a new key with identifiers, and a new stand-in.
		group, sharing, err := c.s.Group(ctx, nil, []chart.Key{{Source: "ehr", ID: "unborn"}},
			[][]byte{identifier("national 7"), identifier("mrn 9"), identifier("mrn 1")})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"awaited", "twin a", "twin b", waits.Key.ID}, names(group)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"alone", "cousin", "elsewhere"}, names(sharing)); d != "" {
			t.Error(d)
		}
		group, _, err = c.s.Group(ctx, nil, []chart.Key{live.StandIn("ehr", identifier("mrn 1")), alone.Key}, nil)
		if d := cmp.Diff([]string{"alone"}, names(group)); d != "" || err != nil {
			t.Error(d, err)
		}
	})
}

// TestGroupsAreWhatJoinsPeople holds Group against a plain closure over all pairs.
func TestGroupsAreWhatJoinsPeople(t *testing.T) {
	everywhere(t, func(t *testing.T, place *place) {
		ctx := context.Background()
		c := newCrowd(t, place.open(t))
		var all []live.Person
		run := func(t *rapid.T) {
			change := c.m.change()
			for _, p := range all {
				change.GonePeople = append(change.GonePeople, p.No)
			}
			all = nil
			first := c.m.n.Person + 1
			n := rapid.IntRange(1, 9).Draw(t, "persons")
			digest := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
			for i := range n {
				source := rapid.SampledFrom([]string{"ehr", "lab"}).Draw(t, "feed")
				p := c.m.patient(source, fmt.Sprint("p", i))
				p.Chart = 0
				switch d := digest.Draw(t, "identifier"); rapid.IntRange(0, 5).Draw(t, "joined by") {
				case 0:
					p.Links = []int64{first + rapid.Int64Range(0, int64(n)-1).Draw(t, "other")}
				case 1:
					p.Chart = first + rapid.Int64Range(0, int64(n)-1).Draw(t, "chief")
				case 2: // some identifiers are of systems that name one person
					p.Identifiers = [][]byte{identifier(d), identifier("x" + d)}
					if d <= "b" {
						p.Unique = [][]byte{identifier(d)}
					}
				case 3:
					key := live.StandIn(source, identifier(d))
					if !slices.ContainsFunc(change.People, func(o live.Person) bool { return o.Key == key }) {
						p.Key = key
					}
				}
				change.People = append(change.People, p.Person)
			}
			all = change.People
			if err := c.s.Commit(ctx, change); err != nil {
				t.Fatal(err)
			}
			of := rapid.IntRange(0, n-1).Draw(t, "of")
			group, sharing, err := c.s.Group(ctx, []int64{all[of].No}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			wantGroup, wantSharing := closure(all, of)
			if d := cmp.Diff([2][]int64{wantGroup, wantSharing}, [2][]int64{numbersOf(group), numbersOf(sharing)}); d != "" {
				t.Fatalf("%s\n%+v", d, all)
			}
		}
		rapid.Check(t, run)
	})
}

func numbersOf(people []live.Person) (out []int64) {
	for _, p := range people {
		out = append(out, p.No)
	}
	slices.Sort(out)
	return out
}

func closure(all []live.Person, of int) (group, sharing []int64) {
	in := map[int]bool{of: true}
	for grown := true; grown; {
		grown = false
		for i := range all {
			for j := range all {
				if in[i] && !in[j] && (joined2(&all[i], &all[j]) || joined2(&all[j], &all[i])) {
					in[j], grown = true, true
				}
			}
		}
	}
	for j := range all {
		shares := false
		for i := range all {
			shares = shares || in[i] && overlap(all[i].Identifiers, all[j].Identifiers)
			// Who has an awaited identifier in another feed is told too.
			shares = shares || in[i] && standsIn(all[i].Key) && overlap(awaitedBy(all[i].Key), all[j].Identifiers)
		}
		switch {
		case in[j]:
			group = append(group, all[j].No)
		case shares:
			sharing = append(sharing, all[j].No)
		}
	}
	return group, sharing
}

func overlap(a, b [][]byte) bool {
	return slices.ContainsFunc(a, func(x []byte) bool {
		return slices.ContainsFunc(b, func(y []byte) bool { return string(x) == string(y) })
	})
}

func joined2(a, b *live.Person) bool {
	return slices.Contains(a.Links, b.No) || a.Chart != 0 && (a.Chart == b.No || a.Chart == b.Chart) || overlap(a.Unique, b.Unique) ||
		standsIn(a.Key) && feedOf(a.Key) == b.Key.Source && overlap(awaitedBy(a.Key), b.Identifiers)
}

func TestOnePersonIsReadByTwoStatements(t *testing.T) {
	c := newCrowd(t, atSQLite(t).open(t))
	p := c.person("alone", func(p *patient) { p.Identifiers = [][]byte{identifier("mrn 1")} })
	if _, _, err := c.s.Group(context.Background(), []int64{p.No}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if n := len(c.s.reads.by); n != 4 { // two of them were prepared by Open
		t.Errorf("%d statements", n)
		for q := range c.s.reads.by {
			t.Log(q)
		}
	}
}

func awaitedBy(k chart.Key) [][]byte {
	_, digest, _ := live.StandsFor(k)
	return [][]byte{digest}
}
