package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/decision"
	"prescreen/internal/live"
	"prescreen/internal/screen"
	"prescreen/internal/verdict"
)

var decidedAt = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// withPersons opens a store in which so many persons are known, each in a chart of their own.
func withPersons(t testing.TB, p *place, n int) *Store {
	t.Helper()
	s := p.open(t)
	c := live.Change{At: decidedAt, Day: screen.NoDay}
	for i := range int64(n) {
		key := chart.Key{Source: "ward", ID: fmt.Sprintf("p%d", i+1)}
		c.People = append(c.People, live.Person{No: i + 1, Key: key, Known: true, Chart: i + 1})
		c.Charts = append(c.Charts, live.Chart{No: i + 1, Key: key, LastContact: screen.NoDay, NextVisit: screen.NoDay, NextLook: dates.Max})
	}
	if err := s.Commit(context.Background(), &c); err != nil {
		t.Fatal(err)
	}
	return s
}

// newLine is a line about a person, with everything set that can be.
func newLine(trial string, person int64) (decision.Decision, decision.Change) {
	return decision.Decision{
		Trial: trial, Version: 1, Person: person, Chart: person, Source: "ward", Patient: fmt.Sprintf("p%d", person),
		Proposed: dates.NewDay(2026, 11, 23), Then: decision.Then{Rules: "3", Protocol: "2.1", Outcome: "needs review"},
		Born: "1961-04-17", Sex: "female",
		Values: decision.Values{
			Status: decision.Contacted, Reason: decision.Reason{Kind: decision.Fails, Criterion: "INC-4"},
			Answers: []decision.Answer{{Criterion: "INC-1", Verdict: verdict.Met, By: "ana", At: decidedAt, Note: "said so"}},
			Owner:   "ana", Next: "call", Due: dates.NewDay(2026, 12, 1), Recheck: dates.NewDay(2027, 1, 1), Note: "a note",
		},
		Steps:   []decision.Step{{Status: decision.New, On: 10}, {Status: decision.Contacted, On: 12}},
		Closing: &decision.Closing{On: 12, Protocol: "2.1", Verdict: verdict.NotMet, Asked: true},
		Opened:  decidedAt, At: decidedAt, By: "ana",
	}, decision.Change{
		Version: 1, At: decidedAt, By: "ana", Fields: []decision.Field{{Name: "status", Was: "new", Is: "contacted"}},
	}
}

func entry() audit.Entry { return audit.Entry{At: decidedAt, Who: "ana", Action: audit.Create} }

func TestALineIsReadAsItWasWritten(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := withPersons(t, p, 2)
		ctx := context.Background()
		d, c := newLine("T", 1)
		if err := s.AddDecision(ctx, &d, c, entry()); err != nil {
			t.Fatal(err)
		}
		got, err := s.Decision(ctx, "T", 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, got); diff != "" {
			t.Error(diff)
		}
		history, err := s.DecisionHistory(ctx, "T", 1)
		if diff := cmp.Diff([]decision.Change{c}, history); err != nil || diff != "" {
			t.Error(err, diff)
		}
		of, err := s.DecisionsOf(ctx, 1)
		if err != nil || len(of) != 1 || of[0].Log != 1 {
			t.Errorf("%+v, %v", of, err)
		}
		if _, err := s.Decision(ctx, "T", 2); !errors.Is(err, decision.ErrNone) {
			t.Errorf("a line that is not there: %v", err)
		}
		again, c := newLine("T", 1)
		if err := s.AddDecision(ctx, &again, c, entry()); !errors.Is(err, decision.ErrTaken) {
			t.Errorf("a second line of one person: %v", err)
		}
		log, err := s.Audit(ctx, audit.Filter{}, 0, 10)
		if err != nil || len(log) != 1 || log[0].Object != "T/1" {
			t.Errorf("the audit log holds %+v, %v", log, err)
		}
		other, c := newLine("U", 1)
		if err := s.AddDecision(ctx, &other, c, entry()); err != nil || other.Log != 1 {
			t.Errorf("the first line of another trial has number %d, %v", other.Log, err)
		}
	})
}

func TestTheSecondOfTwoWritersIsRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := withPersons(t, p, 1)
		ctx := context.Background()
		d, c := newLine("T", 1)
		if err := s.AddDecision(ctx, &d, c, entry()); err != nil {
			t.Fatal(err)
		}
		first, second := d, d
		first.Version, second.Version = 2, 2
		first.Values.Note, second.Values.Note = "first", "second"
		if err := s.SaveDecision(ctx, &first, decision.Change{Version: 2}, entry()); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveDecision(ctx, &second, decision.Change{Version: 2}, entry()); !errors.Is(err, decision.ErrConflict) {
			t.Errorf("the second writer: %v", err)
		}
		got, err := s.Decision(ctx, "T", 1)
		if err != nil || got.Values.Note != "first" || got.Version != 2 {
			t.Errorf("%+v, %v", got.Values, err)
		}
	})
}

// TestLogNumbersHaveNoGapsAndComeOnce opens lines from many goroutines at once, while every so-manieth statement fails, and
// looks at the numbers of each trial.
func TestLogNumbersHaveNoGapsAndComeOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		const people = 12
		s := withPersons(t, p, people)
		planted := errors.New("planted")
		var statements, every atomic.Int64
		s.single.fail = func() error {
			if n := every.Load(); n > 0 && statements.Add(1)%n == 0 {
				return planted
			}
			return nil
		}
		trials := 0
		rapid.Check(t, func(rt *rapid.T) {
			trials++
			trial := fmt.Sprintf("T%d", trials)
			tries := rapid.SliceOfN(rapid.Int64Range(1, people), 1, 24).Draw(rt, "persons")
			every.Store(rapid.SampledFrom([]int64{0, 3, 7, 11}).Draw(rt, "every"))
			given := make(chan int, len(tries))
			var wg sync.WaitGroup
			for _, person := range tries {
				wg.Go(func() {
					d, c := newLine(trial, person)
					switch err := s.AddDecision(context.Background(), &d, c, entry()); {
					case err == nil:
						given <- d.Log
					case !errors.Is(err, decision.ErrTaken) && !errors.Is(err, planted):
						rt.Errorf("%v", err)
					}
				})
			}
			wg.Wait()
			every.Store(0)
			close(given)
			numbers := slices.Sorted(channel(given))
			for i, n := range numbers {
				if n != i+1 {
					rt.Fatalf("numbers given: %v", numbers)
				}
			}
			lines, err := s.Decisions(context.Background(), trial)
			if err != nil || len(lines) != len(numbers) {
				rt.Fatalf("%d lines, %d numbers given, %v", len(lines), len(numbers), err)
			}
			for i := range lines {
				if lines[i].Log != i+1 {
					rt.Fatalf("line %d has number %d", i+1, lines[i].Log)
				}
			}
		})
	})
}

func channel[T any](c <-chan T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v := range c {
			if !yield(v) {
				return
			}
		}
	}
}

func TestAnErasedLineLeavesItsNumberAndNothingElse(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := withPersons(t, p, 2)
		ctx := context.Background()
		planted := []string{"PLANTEDNOTE", "PLANTEDOWNER", "PLANTEDANSWER", "PLANTEDNEXT", "PLANTEDOLD", "PLANTEDWHY"}
		for person := range int64(2) {
			d, c := newLine("T", person+1)
			if person == 1 {
				d.Values.Note, d.Values.Owner, d.Values.Next = planted[0], planted[1], planted[3]
				d.Values.Answers[0].Note = planted[2]
				c.Fields[0].Was, c.Why = planted[4], planted[5]
			}
			if err := s.AddDecision(ctx, &d, c, entry()); err != nil {
				t.Fatal(err)
			}
		}
		before, err := s.DecisionState(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Erase(ctx, []int64{2}, entry()); err != nil {
			t.Fatal(err)
		}
		if after, err := s.DecisionState(ctx); err != nil || after <= before {
			t.Errorf("the state of the logs went from %d to %d, %v", before, after, err)
		}
		lines, err := s.Decisions(ctx, "T")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(decision.Decision{Trial: "T", Log: 2, Version: 2, Erased: true}, lines[1]); diff != "" {
			t.Error(diff)
		}
		if lines[0].Values.Note == "" {
			t.Error("another line was erased too")
		}
		if history, err := s.DecisionHistory(ctx, "T", 2); err != nil || len(history) != 0 {
			t.Errorf("%+v, %v", history, err)
		}
		changed := lines[1]
		changed.Version++
		if err := s.SaveDecision(ctx, &changed, decision.Change{Version: 3}, entry()); !errors.Is(err, decision.ErrErased) {
			t.Errorf("an erased line was changed: %v", err)
		}
		next := live.Change{At: decidedAt, Day: screen.NoDay, People: []live.Person{{No: 3, Key: chart.Key{Source: "ward", ID: "p3"}, Known: true, Chart: 3}}}
		if err := s.Commit(ctx, &next); err != nil {
			t.Fatal(err)
		}
		d, c := newLine("T", 3)
		if err := s.AddDecision(ctx, &d, c, entry()); err != nil || d.Log != 3 {
			t.Errorf("after the erased line 2 comes %d, %v", d.Log, err)
		}
		s.Close()
		err = filepath.WalkDir(p.folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil // PostgreSQL makes and removes files meanwhile
			}
			content, err := os.ReadFile(name)
			for _, word := range planted {
				if err == nil && bytes.Contains(content, []byte(word)) {
					t.Errorf("%s is still in %s", word, filepath.Base(name))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestALineFollowsThePersonIntoAJoinedChart(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := withPersons(t, p, 2)
		ctx := context.Background()
		d, c := newLine("T", 2)
		if err := s.AddDecision(ctx, &d, c, entry()); err != nil {
			t.Fatal(err)
		}
		before, err := s.DecisionState(ctx)
		if err != nil {
			t.Fatal(err)
		}
		join := live.Change{
			At: decidedAt, Day: screen.NoDay, GoneCharts: []int64{2},
			People: []live.Person{{No: 2, Key: chart.Key{Source: "ward", ID: "p2"}, Known: true, Chart: 1}},
		}
		if err := s.Commit(ctx, &join); err != nil {
			t.Fatal(err)
		}
		if after, err := s.DecisionState(ctx); err != nil || after <= before {
			t.Errorf("the state of the logs went from %d to %d, %v", before, after, err)
		}
		of, err := s.DecisionsOf(ctx, 1)
		if err != nil || len(of) != 1 || of[0].Person != 2 || of[0].Chart != 1 {
			t.Errorf("%+v, %v", of, err)
		}
		board, err := decision.NewKeeper(s).Board(ctx, "T")
		if err != nil || board.Of(1) == nil || board.Of(2) != nil {
			t.Errorf("%+v, %v", board, err)
		}
	})
}

func TestTheKeeperSeesEveryChange(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := withPersons(t, p, 2)
		ctx := context.Background()
		k := decision.NewKeeper(s)
		var logs []int
		for person := range int64(2) {
			d, c := newLine("T", person+1)
			if err := k.AddDecision(ctx, &d, c, entry()); err != nil {
				t.Fatal(err)
			}
			board, err := k.Board(ctx, "T")
			if err != nil {
				t.Fatal(err)
			}
			logs = append(logs, len(board.Lines))
		}
		if !slices.Equal(logs, []int{1, 2}) {
			t.Errorf("lines seen after each was opened: %v", logs)
		}
		one, err := k.Board(ctx, "T")
		if err != nil {
			t.Fatal(err)
		}
		if two, err := k.Board(ctx, "T"); err != nil || one != two {
			t.Error("a board was read again although nothing changed")
		}
	})
}
