package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/live"
	"prescreen/internal/screen"
	"prescreen/internal/terms"
)

// planted are random strings that must not be found after an erasure.
func planted(n int) (out []string) {
	for range n {
		out = append(out, fmt.Sprintf("Zq%016x%016x", rand.Uint64(), rand.Uint64()))
	}
	return out
}

// marked takes in a patient who has the strings everywhere, and other versions of the same later.
func marked(t *testing.T, s *Store, m *maker, marks []string, ts []int64) *patient {
	t.Helper()
	p, c := m.arrive("feed-"+marks[0], marks[1], 30, ts...)
	p.Identifiers = [][]byte{[]byte(marks[2])}
	p.Unique, p.Drugs = [][]byte{[]byte(marks[3])}, []string{marks[4]}
	for i := range c.Open {
		v := &c.Open[i]
		v.Packed = append(v.Packed, marks[5]...)
		v.Raw = append([]byte(marks[6]), v.Raw...) // compressed, yet literals come first
		v.SourceVersion, v.SourceUpdated, v.Digest = marks[7], marks[8], []byte(marks[9])
		v.Key.ID += marks[10]
		v.Identifiers = [][]byte{[]byte(marks[2])}
	}
	p.open = append([]live.Version(nil), c.Open...)
	c.People = []live.Person{p.person()}
	c.Charts[0].Hot = []byte(marks[11])
	c.Charts[0].Key.ID = marks[12]
	for i := range c.Rows {
		c.Rows[i].Bytes = []byte(marks[13])
	}
	for i := range c.Flips {
		f := &c.Flips[i]
		f.What, f.Resource, f.Key.ID = "Display "+marks[14], "Observation/"+marks[15], marks[16]
	}
	commit(t, s, c)
	for i := range 8 {
		c := m.renew(p, 3+i, ts...)
		c.Open[0].Packed = append(c.Open[0].Packed, marks[17]...)
		c.Open[0].Raw = append(c.Open[0].Raw, marks[18]...)
		p.open[len(p.open)-1] = c.Open[0]
		c.People = []live.Person{p.person()}
		c.Charts[0].Hot = []byte(marks[19])
		commit(t, s, c)
	}
	return p
}

func TestNoByteIsLeft(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		s := p.open(t)
		m := newMaker()
		ts := trials(t, s, 5)
		marks := planted(20)
		var others []*patient
		crowd := func(from, to int) {
			for i := from; i < to; i++ {
				o, c := m.arrive("ehr", fmt.Sprint("p", i), 12, ts...)
				commit(t, s, c)
				others = append(others, o)
			}
		}
		crowd(0, 40)
		ann := marked(t, s, m, marks, ts)
		crowd(40, 80)
		for i, o := range others { // pages fill, split and empty around what is erased
			commit(t, s, m.renew(o, 1+i%10, ts...))
		}
		if _, ok := s.engine.(*post); ok {
			if _, err := s.readers.Exec("CHECKPOINT"); err != nil { // its log may tell only in part what changed
				t.Fatal(err)
			}
		}
		there, seen := strings.Join(filesWith(t, p.folder, marks), "\n"), 0
		for _, mark := range marks {
			if strings.Contains(there, mark) {
				seen++
			}
		}
		if seen < 12 { // some are compressed, or were overwritten since
			t.Errorf("only %d strings were there before", seen)
		}
		if err := s.Erase(ctx, []int64{ann.No}, audit.Entry{At: m.at, Who: "eve", Action: audit.Delete}); err != nil {
			t.Fatal(err)
		}
		if found := filesWith(t, p.folder, marks); len(found) > 0 {
			t.Error(strings.Join(found, "\n"))
		}
		if p.options.Tombstones != "" {
			if found := filesWith(t, filepath.Dir(p.options.Tombstones), marks); len(found) > 0 {
				t.Error(found)
			}
		}
		sound(t, s)
		if s.single.state.unscrubbed != 0 {
			t.Error("the store thinks that its files still tell of it")
		}
		if err := s.Erase(ctx, []int64{ann.No}, audit.Entry{}); !errors.Is(err, live.ErrNotFound) {
			t.Error("erased twice:", err)
		}
		seq, _, _ := s.LastSeq(ctx)
		for at, want := range map[live.Seq]bool{40: true, 41: false, seq - 1: false, seq: true} {
			if ok, _ := s.Replayable(ctx, at); ok != want {
				t.Errorf("replayable at %d: %v", at, ok)
			}
		}
		if all, err := s.Charts(ctx, []int64{others[0].No, others[79].No}); len(all) != 2 || err != nil {
			t.Error("others are gone too", err)
		}
	})
}

func TestTheErasedStayAway(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		s := p.open(t)
		m := newMaker()
		ts := trials(t, s, 1)
		ann, c := m.arrive("ehr", "ann", 5, ts...)
		commit(t, s, c)
		bob, c := m.arrive("ehr", "bob", 5, ts...)
		bob.Links = []int64{ann.No}
		c.People = []live.Person{bob.person()}
		commit(t, s, c)
		late := m.renew(ann, 1, ts...) // made before, committed after
		tick := m.change()
		tick.Charts = []live.Chart{ann.chart(screen.NoDay)}
		if err := s.Erase(ctx, []int64{ann.No}, audit.Entry{At: m.at}); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time after opening it again
			if err := s.Commit(ctx, late); !errors.Is(err, live.ErrErased) {
				t.Error("a late change:", err)
			}
			if err := s.Commit(ctx, tick); !errors.Is(err, live.ErrStale) {
				t.Error("a late tick:", err)
			}
			_, again := resume(t, s).arrive("ehr", "ann", 2)
			if err := s.Commit(ctx, again); !errors.Is(err, live.ErrErased) {
				t.Error("taken in again:", err)
			}
			keys, err := s.Erased(ctx, []chart.Key{{Source: "ehr", ID: "bob"}, {Source: "ehr", ID: "ann"}, {Source: "lab", ID: "ann"}})
			if d := cmp.Diff([]chart.Key{{Source: "ehr", ID: "ann"}}, keys); d != "" || err != nil {
				t.Error(d, err)
			}
			people, _ := s.People(ctx, []chart.Key{bob.Key}, true)
			if len(people) != 1 || len(people[0].Links) != 0 {
				t.Errorf("%+v", people)
			}
			sound(t, s)
			s.Close()
			s = p.open(t)
		}
	})
}

func TestAnyStatementOfAnErasureMayFail(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		s := p.open(t)
		m := newMaker()
		ts := trials(t, s, 2)
		ann, c := m.arrive("ehr", "ann", 5, ts...)
		commit(t, s, c)
		bob, c := m.arrive("ehr", "bob", 5, ts...)
		bob.Links = []int64{ann.No}
		c.People = []live.Person{bob.person()}
		commit(t, s, c)
		before := dump(t, s)
		full := errors.New("the disk is full")
		for n := 1; n < 200; n++ {
			left := n
			s.single.fail = func() error {
				if left--; left == 0 {
					return full
				}
				return nil
			}
			err := s.Erase(ctx, []int64{ann.No}, audit.Entry{At: m.at})
			s.single.fail = nil
			people, _ := s.People(ctx, []chart.Key{ann.Key}, false)
			if len(people) == 0 { // only what comes after the transaction can fail now
				s.Close()
				s = p.open(t)
				if s.single.state.unscrubbed != 0 || err != nil && !errors.Is(err, full) {
					t.Error("opening did not end it", err)
				}
				sound(t, s)
				return
			}
			if !errors.Is(err, full) {
				t.Fatal(err)
			}
			if d := cmp.Diff(before, dump(t, s)); d != "" {
				t.Fatalf("after statement %d failed: %s", n, d)
			}
		}
	})
}

// usesOf reads packed forms of the form "packed … uses 3 5 units 2".
func usesOf(packed []byte, code func(terms.CodeID), unit func(chart.UnitID)) error {
	_, list, ok := strings.Cut(string(packed), " uses ")
	if !ok {
		return nil
	}
	for _, f := range strings.Fields(list) {
		var n uint32
		if k, _ := fmt.Sscanf(f, "u%d", &n); k == 1 {
			unit(chart.UnitID(n))
		} else if k, _ := fmt.Sscan(f, &n); k == 1 {
			code(terms.CodeID(n))
		}
	}
	return nil
}

func TestCodesOfTheErasedAreBlanked(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		p.options.Uses = usesOf
		p.options.Listed = func(c terms.Coding) bool { return c.Code == "listed" }
		s := p.open(t)
		m := newMaker()
		own := planted(2)
		ann, c := m.arrive("ehr", "ann", 2)
		c.Codes = []terms.Coding{{System: "urn:local", Code: own[0]}, {System: "s", Code: "listed"}, {System: "s", Code: "shared"}, {System: "s", Code: "last"}}
		m.codes = 4
		c.Units, c.FirstUnit = []string{own[1], "mg"}, 1
		c.Open[1].Packed = append(c.Open[1].Packed, " uses 1 2 3 u1 u2"...)
		ann.open[1] = c.Open[1]
		c.People = []live.Person{ann.person()}
		commit(t, s, c)
		bob, c := m.arrive("ehr", "bob", 2)
		c.Codes = nil
		c.Open[1].Packed = append(c.Open[1].Packed, " uses 3 4 u2"...)
		bob.open[1] = c.Open[1]
		c.People = []live.Person{bob.person()}
		commit(t, s, c)
		late := m.renew(bob, 1)
		late.Open[0].Packed = append(late.Open[0].Packed, " uses 1"...)
		if err := s.Erase(ctx, []int64{ann.No}, audit.Entry{At: m.at}); err != nil {
			t.Fatal(err)
		}
		if found := filesWith(t, p.folder, own); len(found) > 0 {
			t.Error(found)
		}
		codes, _ := s.Dictionary(ctx)
		want := []terms.Coding{{System: erasedSystem, Code: "1"}, {System: "s", Code: "listed"}, {System: "s", Code: "shared"}, {System: "s", Code: "last"}}
		if d := cmp.Diff(want, codes); d != "" {
			t.Error(d)
		}
		units, _ := s.Units(ctx)
		if d := cmp.Diff([]string{"{erased 1}", "mg"}, units); d != "" {
			t.Error(d)
		}
		if err := s.Commit(ctx, late); !errors.Is(err, live.ErrStale) {
			t.Error("a number without a meaning was written:", err)
		}
		sound(t, s)
	})
}

func TestBackupAndRestore(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		s := p.open(t)
		m := newMaker()
		ts := trials(t, s, 2)
		_, c := m.arrive("ehr", "ann", 30, ts...)
		commit(t, s, c)
		_, c = m.arrive("ehr", "bob", 30, ts...)
		commit(t, s, c)
		cid, c := m.arrive("ehr", "cid", 3, ts...)
		commit(t, s, c)
		if err := s.Erase(ctx, []int64{cid.No}, audit.Entry{At: m.at}); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "backup")
		if err := s.Backup(ctx, file); err != nil {
			t.Fatal(err)
		}
		if i, err := os.Stat(file); err != nil || i.Mode().Perm() != 0o600 {
			t.Error(i.Mode(), err)
		}
		if err := s.Backup(ctx, file); err == nil {
			t.Error("a backup was written over another")
		}
		if err := Restore(ctx, file, p.dsn, p.options); err == nil {
			t.Error("restored into a store that is open")
		}
		whole := dump(t, s)
		s.Close()
		if err := Restore(ctx, file, p.dsn, p.options); err == nil {
			t.Error("restored into a store that is not empty")
		}
		everywhere(t, func(t *testing.T, to *place) { // from each database to each
			if err := Restore(ctx, file, to.dsn, to.options); err != nil {
				t.Fatal(err)
			}
			r := to.open(t)
			if d := cmp.Diff(whole, dump(t, r)); d != "" {
				t.Error(d)
			}
			sound(t, r)
			if gone, _ := r.Erased(ctx, []chart.Key{cid.Key}); len(gone) != 1 {
				t.Error("the tombstone was lost")
			}
			_, next := resume(t, r).arrive("ehr", "dan", 3, ts...)
			commit(t, r, next)
		})
	})
}

func TestRestoreLeavesTheErasedOut(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		s := p.open(t)
		m := newMaker()
		ts := trials(t, s, 2)
		marks := planted(20)
		ann := marked(t, s, m, marks, ts)
		_, c := m.arrive("ehr", "bob", 3, ts...)
		commit(t, s, c)
		file := filepath.Join(t.TempDir(), "backup")
		if err := s.Backup(ctx, file); err != nil {
			t.Fatal(err)
		}
		if err := s.Erase(ctx, []int64{ann.No}, audit.Entry{At: m.at}); err != nil {
			t.Fatal(err)
		}
		tombstones := s.options.Tombstones
		s.Close()
		everywhere(t, func(t *testing.T, to *place) { // the database is lost, the tombstones beside it are not
			text, err := os.ReadFile(tombstones)
			if err != nil {
				t.Fatal(err)
			}
			if to.options.Tombstones == "" {
				to.options.Tombstones = to.dsn + ".tombstones"
				if err := os.MkdirAll(to.folder, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(to.options.Tombstones, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := Restore(ctx, file, to.dsn, to.options); err != nil {
				t.Fatal(err)
			}
			r := to.open(t)
			if people, _ := r.People(ctx, []chart.Key{ann.Key, {Source: "ehr", ID: "bob"}}, false); len(people) != 1 {
				t.Errorf("%d persons", len(people))
			}
			if found := filesWith(t, to.folder, marks); len(found) > 0 {
				t.Error(found)
			}
			sound(t, r)
		})
	})
}

// TestAnOlderCopyComesBack puts an older file of the database itself in place: who was erased since is erased again.
func TestAnOlderCopyComesBack(t *testing.T) {
	ctx := context.Background()
	p := atSQLite(t)
	s := p.open(t)
	m := newMaker()
	marks := planted(20)
	ann := marked(t, s, m, marks, trials(t, s, 1))
	s.Close()
	old, err := os.ReadFile(p.dsn)
	if err != nil {
		t.Fatal(err)
	}
	s = p.open(t)
	if err := s.Erase(ctx, []int64{ann.No}, audit.Entry{At: m.at}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := os.WriteFile(p.dsn, old, 0o600); err != nil {
		t.Fatal(err)
	}
	s = p.open(t)
	if people, _ := s.People(ctx, []chart.Key{ann.Key}, false); len(people) != 0 {
		t.Error("who was erased is back")
	}
	if found := filesWith(t, p.folder, marks); len(found) > 0 {
		t.Error(found)
	}
	sound(t, s)
}

func TestTombstonesThatAreDamaged(t *testing.T) {
	for name, text := range map[string]string{
		"empty":          "",
		"another head":   "prescreen tombstones 2\n",
		"no secret":      stonesHead + "\n" + strings.Repeat("ab", 32) + "\n",
		"a short digest": stonesHead + "\nsecret " + strings.Repeat("ab", 32) + "\nabab\n",
		"cut off":        stonesHead + "\nsecret " + strings.Repeat("ab", 20),
	} {
		p := atSQLite(t)
		p.open(t).Close()
		if err := os.WriteFile(p.dsn+".tombstones", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(context.Background(), p.dsn, p.options); !errors.Is(err, errStones) {
			s.Close()
			t.Errorf("%s: %v", name, err)
		}
	}
}
