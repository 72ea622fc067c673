package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/screen"
	"prescreen/internal/terms"
)

var newCodes = []terms.Coding{{System: "http://loinc.org", Code: "4548-4"}}

func TestWhatIsCommittedIsRead(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		s := p.open(t)
		m := newMaker()
		ts := trials(t, s, 3)
		ann, c := m.arrive("ehr", "ann", 40, ts...)
		c.Units, c.FirstUnit, c.Day = []string{"mg/dL"}, 1, dates.NewDay(2026, 11, 23)
		commit(t, s, c)
		if c.Seq != 1 || c.Open[0].Since != 1 {
			t.Fatalf("Seq %d, Since %d", c.Seq, c.Open[0].Since)
		}
		for range 2 { // the second time after opening it again
			same(t, s, ann, c, ts)
			sound(t, s)
			s.Close()
			s = p.open(t)
		}
		if d, err := s.Day(ctx); err != nil || d != dates.NewDay(2026, 11, 23) {
			t.Error(d, err)
		}
	})
}

// same holds the store against the one change that was made.
func same(t *testing.T, s *Store, ann *patient, c *live.Change, ts []int64) {
	t.Helper()
	ctx := context.Background()
	people, err := s.People(ctx, []chart.Key{ann.Key, {Source: "ehr", ID: "nobody"}}, true)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c.People, people); d != "" {
		t.Error(d)
	}
	charts, _ := s.Charts(ctx, []int64{ann.No, 99})
	if d := cmp.Diff(c.Charts, charts); d != "" {
		t.Error(d)
	}
	rows, _ := s.RowsOf(ctx, []int64{ann.No})
	if d := cmp.Diff(c.Rows, rows); d != "" {
		t.Error(d)
	}
	flips, _ := s.Flips(ctx, 0, "", 0, 0)
	if d := cmp.Diff(c.Flips, flips); d != "" {
		t.Error(d)
	}
	if f, _ := s.Flips(ctx, 1, "TRIAL-2", ann.No, 5); len(f) != 1 || f[0].Trial != ts[1] {
		t.Error(f)
	}
	v, err := s.Version(ctx, c.Open[5].Key, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := c.Open[5]
	want.Packed = nil
	if d := cmp.Diff(want, v); d != "" {
		t.Error(d)
	}
	held, _ := s.Holding(ctx, "Patient", ann.Identifiers[0])
	if d := cmp.Diff([]live.ResourceKey{c.Open[0].Key}, held); d != "" {
		t.Error(d)
	}
	if users, _ := s.Users(ctx, "ehr", []string{"drug-of-ann"}); len(users) != 1 {
		t.Error(users)
	}
	if no, err := s.ChartOf(ctx, ann.Key); no != ann.No || err != nil {
		t.Error(no, err)
	}
	units, _ := s.Units(ctx)
	codes, _ := s.Dictionary(ctx)
	if len(units) != 1 || units[0] != "mg/dL" || len(codes) != 1 || codes[0].Code != "c1" {
		t.Error(units, codes)
	}
	n := 0
	err = s.EachRow(ctx, ts[0], func(k *live.Chart, row []byte) error {
		n++
		if k.Key != ann.Key || k.LastContact != c.Charts[0].LastContact || !bytes.Equal(row, c.Rows[0].Bytes) {
			t.Error("another row than was written")
		}
		return nil
	})
	if n != 1 || err != nil {
		t.Error(n, err)
	}
}

func TestTextThatNoDatabaseLikes(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		m := newMaker()
		odd := "a\x00b\xff\xfe'\";--?$1"
		_, c := m.arrive("feed\x00", odd, 2)
		commit(t, s, c)
		people, err := s.People(context.Background(), []chart.Key{{Source: "feed\x00", ID: odd}}, true)
		if err != nil || len(people) != 1 {
			t.Fatal(people, err)
		}
		if d := cmp.Diff(c.People, people); d != "" {
			t.Error(d)
		}
	})
}

func TestVersionsComeAndGo(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		s := p.open(t)
		m := newMaker()
		ann, c := m.arrive("ehr", "ann", 3)
		commit(t, s, c)
		key := c.Open[1].Key
		again := m.renew(ann, 1)
		commit(t, s, again)
		stale := m.change()
		stale.Close = again.Close
		if err := s.Commit(ctx, stale); !errors.Is(err, live.ErrStale) {
			t.Errorf("closing what is closed: %v", err)
		}
		all, _ := s.Versions(ctx, key)
		if len(all) != 2 || all[0].Number != 2 || all[0].Until != 0 || all[1].Until != 2 || all[1].Since != 1 {
			t.Errorf("%+v", all)
		}
		open, _ := s.Current(ctx, []live.ResourceKey{key, key, {Source: "ehr", Type: "Observation", ID: "none"}})
		if len(open) != 1 || open[0].Number != 2 {
			t.Errorf("%+v", open)
		}
		for at, want := range map[live.Seq][]byte{1: c.Open[1].Packed, 2: again.Open[0].Packed, 0: again.Open[0].Packed} {
			found, n := false, 0
			err := s.EachPacked(ctx, at, func(source string, packed []byte) error {
				n++
				found = found || source == "ehr" && bytes.Equal(packed, want)
				return nil
			})
			if err != nil || !found || n != 3 {
				t.Errorf("at %d: %v, %d of them, %v", at, found, n, err)
			}
		}
		if v, err := s.Version(ctx, key, 1); err != nil || !bytes.Equal(v.Raw, c.Open[1].Raw) {
			t.Error("the older version is not what it was", err)
		}
		sound(t, s)
	})
}

func TestPartsThatDidNotChangeAreNotWritten(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		m := newMaker()
		ann, c := m.arrive("ehr", "ann", 1500)
		commit(t, s, c)
		was, is := c.People[0].Parcels, []byte(nil)
		c = m.renew(ann, len(ann.open)-1)
		is = c.People[0].Parcels
		if len(was) < 4*partSize || bytes.Equal(was, is) {
			t.Fatal("the test is of no use")
		}
		writes := 0
		s.single.fail = func() error { writes++; return nil }
		commit(t, s, c)
		s.single.fail = nil
		if writes > 14 {
			t.Errorf("%d statements wrote", writes)
		}
		people, _ := s.People(context.Background(), []chart.Key{ann.Key}, true)
		if !bytes.Equal(people[0].Parcels, is) {
			t.Error("the parcels are others than were written")
		}
		sound(t, s)
	})
}

func TestChangesThatAreStale(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		m := newMaker()
		ts := trials(t, s, 1)
		ann, c := m.arrive("ehr", "ann", 3, ts...)
		commit(t, s, c)
		before := dump(t, s)
		cases := map[string]func(c *live.Change){
			"a person's key under another number": func(c *live.Change) {
				p := ann.Person
				p.No = 77
				c.People = []live.Person{p}
			},
			"a version of nobody there": func(c *live.Change) {
				v := ann.open[0]
				v.No, v.Person = 99, 98
				c.Open = []live.Version{v}
			},
			"a chart of nobody there":     func(c *live.Change) { c.Charts = []live.Chart{{No: 98, NextLook: screen.NoDay}} },
			"a row of a chart not there":  func(c *live.Change) { c.Rows = []live.Row{{Trial: 1, Chart: 98}} },
			"a row of a trial not there":  func(c *live.Change) { c.Rows = []live.Row{{Trial: 9, Chart: ann.No}} },
			"a flip of a chart not there": func(c *live.Change) { c.Flips = []live.Flip{{No: 9, Chart: 98}} },
			"parcels that lack a version": func(c *live.Change) {
				*c = *m.renew(ann, 1)
				c.People[0].Parcels = nil
			},
			"parcels of another version": func(c *live.Change) {
				p := ann.Person
				p.Parcels = intake.AppendParcel(nil, 98, "ehr", []byte("x"))
				c.People = []live.Person{p}
			},
			"codes with a gap": func(c *live.Change) { c.Codes, c.FirstCode = newCodes, 7 },
		}
		for name, spoil := range cases {
			c := m.change()
			spoil(c)
			if err := s.Commit(context.Background(), c); !errors.Is(err, live.ErrStale) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if d := cmp.Diff(before, dump(t, s)); d != "" {
			t.Error(d)
		}
	})
}

func TestChartsGoWithTheirRows(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		s := p.open(t)
		m := newMaker()
		ts := trials(t, s, 2)
		ann, c := m.arrive("ehr", "ann", 3, ts...)
		commit(t, s, c)
		bob, c := m.arrive("ehr", "bob", 3, ts...)
		commit(t, s, c)
		c = m.change() // bob's record turns out to be ann's
		ann.Links = []int64{bob.No}
		bob.Chart = ann.No
		c.People = []live.Person{ann.person(), bob.person()}
		c.GoneCharts = []int64{bob.No}
		c.Charts = []live.Chart{ann.chart(screen.NoDay)}
		c.GoneRows = []live.Row{{Trial: ts[1], Chart: ann.No}}
		commit(t, s, c)
		rows, _ := s.RowsOf(ctx, []int64{ann.No, bob.No})
		if len(rows) != 1 || rows[0].Chart != ann.No || rows[0].Trial != ts[0] {
			t.Errorf("%+v", rows)
		}
		if no, _ := s.ChartOf(ctx, bob.Key); no != ann.No {
			t.Error(no)
		}
		var seen []int64
		err := s.EachChart(ctx, 0, 0, func(k *live.Chart) error { seen = append(seen, k.No); return nil })
		if d := cmp.Diff([]int64{ann.No}, seen); d != "" || err != nil {
			t.Error(d, err)
		}
		sound(t, s)
		c = m.change() // and not after all
		ann.Links, bob.Chart = nil, bob.No
		c.People = []live.Person{ann.person(), bob.person()}
		c.Charts = []live.Chart{ann.chart(screen.NoDay), bob.chart(dates.NewDay(2026, 11, 24))}
		commit(t, s, c)
		due, err := s.Due(ctx, dates.NewDay(2026, 11, 24), 0, 10)
		if d := cmp.Diff([]int64{bob.No}, due); d != "" || err != nil {
			t.Error(d, err)
		}
		if due, _ := s.Due(ctx, dates.NewDay(2026, 11, 24), bob.No, 10); len(due) != 0 {
			t.Error(due)
		}
		sound(t, s)
	})
}

func TestManyWriteAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		s := p.open(t)
		m := newMaker()
		var changes []*live.Change
		for i := range 60 {
			_, c := m.arrive("ehr", fmt.Sprint("p", i), 4)
			c.Codes = nil
			if i%5 == 4 { // fails in the middle of others
				c.Open[2].Person = 9999
			}
			changes = append(changes, c)
		}
		var wg sync.WaitGroup
		errs := make([]error, len(changes))
		for i, c := range changes {
			wg.Go(func() { errs[i] = s.Commit(ctx, c) })
		}
		wg.Wait()
		seqs := map[live.Seq]bool{}
		for i, err := range errs {
			if i%5 == 4 != errors.Is(err, live.ErrStale) || i%5 != 4 && err != nil {
				t.Errorf("%d: %v", i, err)
			}
			if err == nil {
				seqs[changes[i].Seq] = true
			}
		}
		if last, at, err := s.LastSeq(ctx); last != 48 || len(seqs) != 48 || err != nil || at.IsZero() {
			t.Error(last, len(seqs), at, err)
		}
		sound(t, s)
	})
}

// TestAnyStatementMayFail lets each statement of a commit fail in turn: the store is then what it was, and takes the same
// change afterwards.
func TestAnyStatementMayFail(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		m := newMaker()
		ts := trials(t, s, 2)
		ann, c := m.arrive("ehr", "ann", 12, ts...)
		commit(t, s, c)
		bob, c := m.arrive("ehr", "bob", 12, ts...)
		commit(t, s, c)
		c = m.renew(ann, 2, ts...)
		ann.Links, bob.Chart = []int64{bob.No}, ann.No
		ann.Drugs, ann.Identifiers = nil, append(ann.Identifiers, []byte("0123456789abcdef"))
		c.People = []live.Person{ann.person(), bob.person()}
		c.GoneCharts = []int64{bob.No}
		c.Units, c.FirstUnit, c.Day = []string{"kg"}, 1, dates.NewDay(2027, 1, 1)
		before := dump(t, s)
		planted := errors.New("the disk is full")
		failed := 0
		for n := 1; ; n++ {
			left := n
			s.single.fail = func() error {
				if left--; left == 0 {
					return planted
				}
				return nil
			}
			try := *c
			try.Open = append([]live.Version(nil), c.Open...)
			err := s.Commit(context.Background(), &try)
			s.single.fail = nil
			if err == nil {
				break
			}
			if !errors.Is(err, planted) || try.Seq != 0 {
				t.Fatalf("statement %d: %v, Seq %d", n, err, try.Seq)
			}
			failed++
			if d := cmp.Diff(before, dump(t, s)); d != "" {
				t.Fatalf("after statement %d failed: %s", n, d)
			}
		}
		if failed < 15 {
			t.Errorf("only %d statements could fail", failed)
		}
		sound(t, s)
	})
}

func TestAPanicIsTheCallers(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			_ = s.write(context.Background(), nil, func(t *tx) error {
				if _, err := t.exec(`UPDATE state SET seq = 12`); err != nil {
					return err
				}
				panic("a bug")
			})
		}()
		if seq, _, err := s.LastSeq(context.Background()); seq != 0 || err != nil {
			t.Error(seq, err)
		}
	})
}
