package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/live"
	"prescreen/internal/screen"
)

var seenAt = time.Date(2026, 11, 22, 9, 0, 0, 123456000, time.UTC)

// know makes so many persons known.
func know(t testing.TB, s *Store, n int) {
	t.Helper()
	c := live.Change{At: seenAt, Day: screen.NoDay}
	for i := range int64(n) {
		key := chart.Key{Source: "ward", ID: fmt.Sprintf("p%d", i+1)}
		c.People = append(c.People, live.Person{No: i + 1, Key: key, Known: true, Chart: i + 1})
		c.Charts = append(c.Charts, live.Chart{No: i + 1, Key: key, LastContact: screen.NoDay, NextVisit: screen.NoDay, NextLook: dates.Max})
	}
	if err := s.Commit(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
}

func looked(no int, persons ...int64) audit.Entry {
	return audit.Entry{
		At: seenAt.Add(time.Duration(no) * time.Hour), Who: fmt.Sprintf("user-%d", no%3), Role: "viewer", Action: audit.Read,
		Route: "/api/v1/patients/{id}", Trial: "T" + fmt.Sprint(no%2), Object: "o", Outcome: audit.OK, Request: fmt.Sprint("r", no),
		Subjects: persons,
	}
}

func record(t testing.TB, s *Store, entries ...audit.Entry) {
	t.Helper()
	if err := s.Record(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
}

// requests are what entries are told apart by.
func requests(t testing.TB, s *Store, f audit.Filter, after int64, limit int) string {
	t.Helper()
	entries, err := s.Audit(t.Context(), f, after, limit)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Request)
	}
	return strings.Join(out, " ")
}

func TestAuditIsReadAsItWasWritten(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		know(t, s, 3)
		odd := audit.Entry{At: time.Time{}, Who: "a\x00\xff", Outcome: "refused"}
		ask := []audit.Entry{looked(1, 3, 1, 3), odd, looked(3)}
		record(t, s, ask...)
		if len(ask[0].Subjects) != 3 || ask[0].No != 0 || ask[0].Patients != nil {
			t.Error("the entries handed in were changed")
		}
		got, err := s.Audit(t.Context(), audit.Filter{}, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(got[0].Patients) != 2 || !slices.IsSorted(got[0].Patients) || len(got[0].Patients[0]) != 32 {
			t.Fatalf("patients: %v", got[0].Patients)
		}
		want := slices.Clone(ask)
		for i := range want {
			want[i].No, want[i].Subjects = int64(i)+1, nil
		}
		want[0].Patients = got[0].Patients
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if _, err := s.VerifyAudit(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Record(t.Context(), []audit.Entry{{Patients: []string{"p1"}}}); err == nil {
			t.Error("an identifier was taken for a pseudonym")
		}
	})
}

func TestAuditFilters(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		know(t, s, 3)
		for i := range 12 {
			record(t, s, looked(i, int64(i%3)+1))
		}
		hour := func(n int) time.Time { return seenAt.Add(time.Duration(n) * time.Hour) }
		for name, c := range map[string]struct {
			f     audit.Filter
			after int64
			limit int
			want  string
		}{
			"all":            {audit.Filter{}, 0, 100, "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11"},
			"a page":         {audit.Filter{}, 3, 2, "r3 r4"},
			"past the end":   {audit.Filter{}, 12, 2, ""},
			"who":            {audit.Filter{Who: "user-1"}, 0, 100, "r1 r4 r7 r10"},
			"trial":          {audit.Filter{Trial: "T1"}, 4, 2, "r5 r7"},
			"days":           {audit.Filter{From: hour(2), To: hour(5)}, 0, 100, "r2 r3 r4"},
			"person":         {audit.Filter{Person: 3}, 0, 100, "r2 r5 r8 r11"},
			"unknown person": {audit.Filter{Person: 9}, 0, 100, ""},
			"all of them":    {audit.Filter{Person: 3, Who: "user-2", Trial: "T1", From: hour(6), To: hour(12)}, 0, 100, "r11"},
		} {
			if got := requests(t, s, c.f, c.after, c.limit); got != c.want {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
		}
	})
}

// TestNumbersHaveNoGaps: of many who write at once some fail, and leave nothing.
func TestNumbersHaveNoGaps(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		know(t, s, 5)
		refused := errors.New("refused")
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				err := s.write(context.Background(), []audit.Entry{looked(i, int64(i%5)+1), looked(i)}, func(*tx) error {
					if i%4 == 0 {
						return refused
					}
					return nil
				})
				if (i%4 == 0) != errors.Is(err, refused) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		all.Wait()
		entries, err := s.Audit(t.Context(), audit.Filter{}, 0, 100)
		if err != nil || len(entries) != 60 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		for i, e := range entries {
			if e.No != int64(i)+1 {
				t.Fatalf("entry %d is numbered %d", i+1, e.No)
			}
		}
		names := map[string]bool{}
		for _, e := range entries {
			for _, name := range e.Patients {
				names[name] = true
			}
		}
		if len(names) != 5 {
			t.Errorf("5 persons have %d pseudonyms", len(names))
		}
		if c, err := s.VerifyAudit(t.Context()); err != nil || c.Size != 60 {
			t.Error(c, err)
		}
	})
}

func TestErasedKeepTheirEntriesAndLoseTheirName(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		know(t, s, 2)
		record(t, s, looked(0, 1, 2), looked(1, 2))
		before, _ := s.Audit(t.Context(), audit.Filter{Person: 2}, 0, 10)
		if err := s.Erase(t.Context(), []int64{2}, audit.Entry{At: seenAt, Who: "ann", Action: audit.Delete, Outcome: audit.OK}); err != nil {
			t.Fatal(err)
		}
		entries, err := s.Audit(t.Context(), audit.Filter{}, 0, 10)
		if err != nil || len(entries) != 3 || len(before) != 2 {
			t.Fatalf("%d entries, before %d: %v", len(entries), len(before), err)
		}
		if !slices.Equal(entries[2].Patients, before[1].Patients) {
			t.Error("the entry of the erasure names somebody else")
		}
		if got := requests(t, s, audit.Filter{Person: 2}, 0, 10); got != "" {
			t.Errorf("still found: %s", got)
		}
		if got := requests(t, s, audit.Filter{Person: 1}, 0, 10); got != "r0" {
			t.Errorf("somebody else is not: %s", got)
		}
		if _, err := s.VerifyAudit(t.Context()); err != nil {
			t.Error(err)
		}
		var keys int
		if err := s.row(t.Context(), `SELECT count(*) FROM pseudonym`).Scan(&keys); err != nil || keys != 1 {
			t.Errorf("%d keys are left: %v", keys, err)
		}
	})
}

// TestNobodyKeepsAPseudonym: a stand-in that is no more leaves no key behind that tells who it stood for.
func TestNobodyKeepsAPseudonym(t *testing.T) {
	s := atSQLite(t).open(t)
	know(t, s, 1)
	c := live.Change{At: seenAt, Day: screen.NoDay, People: []live.Person{{No: 2, Key: chart.Key{Source: "ward", ID: "x"}}}, Audit: []audit.Entry{looked(0, 2)}}
	if err := s.Commit(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	c = live.Change{At: seenAt, Day: screen.NoDay, GonePeople: []int64{2}, Audit: []audit.Entry{looked(1, 2, 1)}}
	if err := s.Commit(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	if got, err := s.numbers(t.Context(), `SELECT person FROM pseudonym`); err != nil || !slices.Equal(got, []int64{1}) {
		t.Errorf("%v have pseudonyms, %v", got, err)
	}
	entries, err := s.Audit(t.Context(), audit.Filter{}, 0, 10)
	if err != nil || len(entries) != 2 || len(entries[1].Patients) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
}

// meddle changes the database behind the store's back.
func (p *place) meddle(t testing.TB, queries ...string) {
	t.Helper()
	p.meddler(t, func(exec func(string, ...any)) {
		for _, query := range queries {
			exec(query)
		}
	})
}

func (p *place) meddler(t testing.TB, do func(exec func(query string, args ...any))) {
	t.Helper()
	driver, rebind := "sqlite", func(q string) string { return q }
	if isPostgreSQL(p.dsn) {
		driver, rebind = "pgx", rebindDollar
	}
	db, err := sql.Open(driver, p.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	do(func(query string, args ...any) {
		if _, err := db.Exec(rebind(query), args...); err != nil {
			t.Fatal(err)
		}
	})
}

const logged = 9 // entries in the log that is tampered with; the 8 before complete a tree of their own

// tampered opens a store with a log, closes it, has somebody meddle and opens it again.
func tampered(t *testing.T, p *place, meddle func()) error {
	t.Helper()
	s := p.open(t)
	know(t, s, 2)
	for i := range logged {
		record(t, s, looked(i, int64(i%2)+1))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	meddle()
	s = p.open(t)
	defer s.Close()
	_, err := s.VerifyAudit(t.Context())
	return err
}

func TestTamperingIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		query string
		want  audit.Damage
	}{
		"row deleted":       {`DELETE FROM audit WHERE no = 4`, audit.Damage{Harm: audit.Changed, Entry: 4}}, // its patients are still there
		"row, all of it":    {`DELETE FROM audit_patient WHERE no = 4; DELETE FROM audit WHERE no = 4`, audit.Damage{Harm: audit.Removed, Entry: 4, Other: 4}},
		"patient deleted":   {`DELETE FROM audit_patient WHERE no = 2`, audit.Damage{Harm: audit.Changed, Entry: 2}},
		"patient added":     {`INSERT INTO audit_patient SELECT 3, pseudonym FROM audit_patient WHERE no = 2`, audit.Damage{Harm: audit.Changed, Entry: 3}},
		"patient of nobody": {`INSERT INTO audit_patient SELECT 77, pseudonym FROM audit_patient WHERE no = 2`, audit.Damage{Harm: audit.Added, Entry: 77}},
		"patient before":    {`INSERT INTO audit_patient SELECT -7, pseudonym FROM audit_patient WHERE no = 2`, audit.Damage{Harm: audit.Added, Entry: -7}},
		"two rows swapped": {`UPDATE audit SET no = -no WHERE no IN (3, 5); UPDATE audit SET no = CASE no WHEN -3 THEN 5 ELSE 3 END WHERE no < 0;
			UPDATE audit_patient SET no = -no WHERE no IN (3, 5); UPDATE audit_patient SET no = CASE no WHEN -3 THEN 5 ELSE 3 END WHERE no < 0`, audit.Damage{Harm: audit.Moved, Entry: 3, Other: 5}},
		"row added":           {`INSERT INTO audit SELECT 10, at, who, role, action, route, trial, object, outcome, request FROM audit WHERE no = 9`, audit.Damage{Harm: audit.Added, Entry: 10}},
		"hash":                {`DELETE FROM audit_hash WHERE no = 6`, audit.Damage{Harm: audit.TreeHarm, Entry: 4}},
		"tail cut, tree left": {`DELETE FROM audit WHERE no > 7; DELETE FROM audit_patient WHERE no > 7`, audit.Damage{Harm: audit.Removed, Entry: 8, Other: 9}},
		"tail cut":            {`DELETE FROM audit WHERE no > 8; DELETE FROM audit_patient WHERE no > 8; DELETE FROM audit_hash WHERE no >= 15`, audit.Damage{Harm: audit.Removed, Entry: 9, Other: 9}},
		"all cut":             {`DELETE FROM audit; DELETE FROM audit_patient; DELETE FROM audit_hash`, audit.Damage{Harm: audit.Removed, Entry: 1, Other: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			p := atSQLite(t)
			err := tampered(t, p, func() { p.meddle(t, strings.Split(c.query, ";")...) })
			d, ok := errors.AsType[*audit.Damage](err)
			if !ok {
				t.Fatalf("not found: %v", err)
			}
			if diff := cmp.Diff(c.want, *d); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAnyByteOfAnyColumn changes one value after the other, in every table of the log, and finds each.
func TestAnyByteOfAnyColumn(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		know(t, s, 2)
		for i := range logged {
			record(t, s, looked(i, int64(i%2)+1))
		}
		changed := 0
		p.meddler(t, func(exec func(string, ...any)) {
			for table, columns := range map[string]string{
				"audit": "at who role action route trial object outcome request", "audit_patient": "pseudonym", "audit_hash": "hash",
			} {
				for column := range strings.FieldsSeq(columns) {
					changed += eachChange(t, s, exec, table, column)
				}
			}
		})
		if _, err := s.VerifyAudit(t.Context()); err != nil || changed < 100 {
			t.Errorf("%d changes, all put back: %v", changed, err)
		}
	})
}

// eachChange changes a column of every entry in several ways, and puts it back.
func eachChange(t *testing.T, s *Store, exec func(string, ...any), table, column string) (changed int) {
	for no := int64(1); no <= logged; no++ {
		var value any
		if err := s.row(t.Context(), `SELECT `+column+` FROM `+table+` WHERE no = ?`, no).Scan(&value); err != nil {
			t.Fatal(err)
		}
		for _, other := range others(value) {
			exec(`UPDATE `+table+` SET `+column+` = ? WHERE no = ?`, other, no)
			if _, err := s.VerifyAudit(t.Context()); err == nil {
				t.Errorf("%s.%s of %d: %x instead of %x was not found", table, column, no, other, value)
			}
			changed++
		}
		exec(`UPDATE `+table+` SET `+column+` = ? WHERE no = ?`, value, no)
	}
	return changed
}

// others are values that differ in one byte: the first, one within, the last, one more, one less.
func others(v any) []any {
	switch v := v.(type) {
	case int64:
		return []any{v + 1, v ^ 1<<40}
	case []byte:
		out := []any{append(slices.Clone(v), 0), v[:len(v)-1]}
		for _, i := range []int{0, len(v) / 2, len(v) - 1} {
			b := slices.Clone(v)
			b[i] ^= 0x20
			out = append(out, b)
		}
		return out
	}
	panic(fmt.Sprintf("%T", v))
}

// TestTamperingWithTypes: SQLite takes any type in any column.
func TestTamperingWithTypes(t *testing.T) {
	for _, query := range []string{
		`UPDATE audit SET at = 'x' WHERE no = 3`, `UPDATE audit SET who = 7.5 WHERE no = 3`, `UPDATE audit_hash SET hash = 'x' WHERE no = 3`,
		`INSERT INTO audit_patient (no, pseudonym) VALUES ('x', 'y')`,
	} {
		p := atSQLite(t)
		err := tampered(t, p, func() { p.meddle(t, query) })
		if _, ok := errors.AsType[*audit.Damage](err); !ok {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// TestCheckpointIsKept: one that does not fit is put aside and told of until it is taken away.
func TestCheckpointIsKept(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		err := tampered(t, p, func() {
			p.meddle(t, `DELETE FROM audit WHERE no > 8`, `DELETE FROM audit_patient WHERE no > 8`, `DELETE FROM audit_hash WHERE no >= 15`)
		})
		if err == nil {
			t.Fatal("not found")
		}
		s := p.open(t)
		for i := range 5 {
			record(t, s, looked(20+i, 1))
		}
		_, err = s.VerifyAudit(t.Context())
		if d, ok := errors.AsType[*audit.Damage](err); !ok || d.Harm != audit.Rewritten || d.Other != 9 {
			t.Errorf("after it has grown again: %v", err)
		}
		path := s.marks.path
		aside, _ := filepath.Glob(path + "-*")
		if len(aside) != 1 || os.Remove(aside[0]) != nil {
			t.Fatalf("put aside: %v", aside)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = p.open(t)
		now, err := s.VerifyAudit(t.Context())
		kept, ok, _ := audit.ReadCheckpoint(path)
		if err != nil || !ok || kept != now || now.Size != 13 {
			t.Errorf("after it was taken away: %v; in the file %v", err, kept.Size)
		}
	})
}

func TestProofsFromTheStore(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := p.open(t)
		know(t, s, 1)
		for i := range 11 {
			record(t, s, looked(i, 1))
		}
		older, err := s.AuditCheckpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		record(t, s, looked(11), looked(12))
		newer, _ := s.AuditCheckpoint(t.Context())
		entries, _ := s.Audit(t.Context(), audit.Filter{}, 0, 20)
		for _, e := range entries {
			proof, err := audit.Inclusion(newer.Size, e.No, s.AuditHashes(t.Context()))
			if err := errors.Join(err, audit.CheckInclusion(proof, newer, &e)); err != nil {
				t.Errorf("entry %d: %v", e.No, err)
			}
		}
		proof, err := audit.Consistency(newer.Size, older.Size, s.AuditHashes(t.Context()))
		if err := errors.Join(err, audit.CheckConsistency(proof, newer, older)); err != nil {
			t.Error(err)
		}
	})
}

// TestPatientsDoNotShowInTheLog looks for a person's key in all that the log is.
func TestPatientsDoNotShowInTheLog(t *testing.T) {
	p := atSQLite(t)
	s := p.open(t)
	c := live.Change{At: seenAt, Day: screen.NoDay, People: []live.Person{{No: 1, Key: chart.Key{Source: "ward", ID: "mrn-0815-4711"}, Known: true}}}
	if err := s.Commit(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	record(t, s, looked(1, 1))
	var out bytes.Buffer
	err := audit.WriteEvents(&out, func(yield func(audit.Entry, error) bool) {
		entries, err := s.Audit(t.Context(), audit.Filter{}, 0, 10)
		for _, e := range entries {
			yield(e, err)
		}
	})
	if err != nil || out.Len() == 0 || strings.Contains(out.String(), "4711") {
		t.Errorf("%v: %s", err, out.String())
	}
	for _, table := range strings.Fields("audit audit_patient audit_hash pseudonym") {
		_, rest, _ := strings.Cut(dump(t, s), "\n"+table+"\n")
		rows, _, _ := strings.Cut(rest, "\n\n")
		if strings.Contains(rows, fmt.Sprintf("%x", "4711")) {
			t.Errorf("%s holds it", table)
		}
	}
}

// BenchmarkAudit tells what an entry of the log adds to a write that says nothing.
func BenchmarkAudit(b *testing.B) {
	s := atSQLite(b).open(b)
	know(b, s, 10)
	for _, entries := range []int{1, 50} {
		b.Run(fmt.Sprintf("%d-entries", entries), func(b *testing.B) {
			batch := make([]audit.Entry, entries)
			var plain time.Duration
			for b.Loop() {
				for i := range batch {
					batch[i] = looked(i, int64(i%10)+1)
				}
				start := time.Now()
				if err := s.write(b.Context(), nil, func(t *tx) error { t.state.at++; return nil }); err != nil {
					b.Fatal(err)
				}
				plain += time.Since(start)
				record(b, s, batch...)
			}
			b.ReportMetric(float64(b.Elapsed()-plain)/float64(plain), "x-plain-write")
		})
	}
}
