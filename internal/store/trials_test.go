package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"prescreen/internal/audit"
	"prescreen/internal/dates"
	"prescreen/internal/live"
)

func TestTrialsAndRuns(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		s := p.open(t)
		m := newMaker()
		trials(t, s, 1)
		ann, c := m.arrive("ehr", "ann", 2, 1)
		commit(t, s, c)
		by := audit.Entry{At: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), Who: "system"}
		v := live.TrialVersion{No: 2, ID: "TRIAL-1", Source: []byte("two"), Digest: []byte{2}, State: live.TrialDraft, Author: "eve", Since: by.At}
		steps := []struct {
			to, was live.TrialState
			want    error
		}{
			{live.TrialDraft, "", nil},
			{live.TrialDraft, "", live.ErrConflict},
			{live.TrialPreparing, live.TrialCurrent, live.ErrConflict},
			{live.TrialPreparing, live.TrialDraft, nil},
		}
		for _, step := range steps {
			v.State = step.to
			if err := s.SaveTrial(ctx, v, step.was, by); !errors.Is(err, step.want) {
				t.Fatalf("%+v: %v", step, err)
			}
		}
		c = m.change()
		c.Rows = []live.Row{{Trial: 2, Chart: ann.No, Bytes: []byte("x")}}
		commit(t, s, c)
		if err := s.Switch(ctx, 2, by); err != nil {
			t.Fatal(err)
		}
		if err := s.Switch(ctx, 2, by); !errors.Is(err, live.ErrConflict) {
			t.Error(err)
		}
		all, _ := s.Trials(ctx)
		if len(all) != 2 || all[0].State != live.TrialFormer || !all[0].Until.Equal(by.At) || all[1].State != live.TrialCurrent || all[1].Source != nil {
			t.Errorf("%+v", all)
		}
		if rows, _ := s.RowsOf(ctx, []int64{ann.No}); len(rows) != 1 || rows[0].Trial != 2 {
			t.Error(rows)
		}
		if one, err := s.Trial(ctx, 2); err != nil || string(one.Source) != "two" || one.Author != "eve" {
			t.Error(one, err)
		}
		if _, err := s.Trial(ctx, 3); !errors.Is(err, live.ErrNotFound) {
			t.Error(err)
		}
		if n, _ := s.Numbers(ctx); n.Trial != 2 {
			t.Error(n)
		}
		sound(t, s)
	})
}

func TestKeepDropsWhatClosedBefore(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		s := p.open(t)
		m := newMaker()
		ann, c := m.arrive("ehr", "ann", 3)
		commit(t, s, c)
		for range 3 {
			commit(t, s, m.renew(ann, 1))
		}
		for at, book := range map[live.Seq]string{1: "old", 3: "new"} {
			if err := s.SaveBook(ctx, []byte(book), []byte("files")); err != nil {
				t.Fatal(err)
			}
			r := live.Run{ID: book, At: m.at, Known: at, Zone: "UTC", Book: []byte(book), AsOf: dates.NewDay(2026, 11, 23)}
			if err := s.SaveRun(ctx, r, audit.Entry{}); err != nil {
				t.Fatal(err)
			}
		}
		dropped, err := s.Keep(ctx, m.at) // the last change was now: its closing stays
		if dropped != 2 || err != nil {
			t.Fatal(dropped, err)
		}
		for at, want := range map[live.Seq]bool{1: false, 2: false, 3: true, 4: true} {
			if ok, err := s.Replayable(ctx, at); ok != want || err != nil {
				t.Errorf("at %d: %v, %v", at, ok, err)
			}
		}
		if _, err := s.Book(ctx, []byte("old")); !errors.Is(err, live.ErrNotFound) {
			t.Error("the rules of a run that cannot be made again are there")
		}
		if b, err := s.Book(ctx, []byte("new")); string(b) != "files" || err != nil {
			t.Error(b, err)
		}
		if runs, err := s.Runs(ctx); len(runs) != 2 || err != nil || runs[0].AsOf != dates.NewDay(2026, 11, 23) {
			t.Error(runs, err)
		}
		sound(t, s)
	})
}
