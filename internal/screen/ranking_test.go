package screen_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"prescreen/internal/dates"
	"prescreen/internal/screen"
)

// A list made of kept rows, in whatever order they come, is the one that a tally of the charts gives, and so is everything
// that a run says of the trial.
func TestRankingOfRowsIsTheTallysList(t *testing.T) {
	s := shipped(t, false, "../../fixtures/cohort")
	plan := s.plan(dates.NewDay(2026, 6, 30))
	tally, worker := plan.NewTally(), plan.NewWorker()
	kept := make([][][]byte, len(s.trials))
	for _, c := range s.charts {
		screened := worker.Screen(c)
		tally.Add(c, screened)
		for i := range s.trials {
			kept[i] = append(kept[i], screen.AppendRow(nil, &screened.Rows[i]))
		}
	}
	lists, report := tally.Lists(), tally.Report()
	same := cmp.Options{
		cmpopts.IgnoreUnexported(screen.List{}), cmp.AllowUnexported(screen.Bases{}), cmpopts.IgnoreFields(screen.Step{}, "Criterion"),
		cmpopts.IgnoreFields(screen.TrialReport{}, "Trial"), cmpopts.IgnoreFields(screen.CriterionReport{}, "Criterion"),
		cmpopts.IgnoreFields(screen.Told{}, "Criterion"),
	}
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.IntRange(0, len(s.trials)-1).Draw(t, "trial")
		order := rapid.Permutation(indices(len(s.charts))).Draw(t, "order")
		ranking := plan.NewRanking(number)
		ranking.Grow(rapid.IntRange(0, len(order)).Draw(t, "foreseen"))
		var row screen.Row
		for _, i := range order {
			c := s.charts[i]
			if err := screen.DecodeRow(kept[number][i], &row); err != nil {
				t.Fatal(err)
			}
			ranking.Add(c.Person.Key, plan.LastContact(c), plan.NextVisit(c), &row)
		}
		list, added := ranking.List()
		want := lists[number]
		if diff := cmp.Diff(want, list, same); diff != "" {
			t.Fatal(diff)
		}
		if list.Len() != want.Len() || len(added) != want.Len() {
			t.Fatalf("%d of %d places, %d numbers", list.Len(), want.Len(), len(added))
		}
		for place := range want.Len() {
			if diff := cmp.Diff(want.At(place), list.At(place)); diff != "" {
				t.Fatal(diff)
			}
			if diff := cmp.Diff(want.Shares(place), list.Shares(place)); diff != "" {
				t.Fatal(diff)
			}
			c := s.charts[order[added[place]]]
			if c.Person.Key != list.At(place).Key {
				t.Fatalf("place %d is said to be another's", place)
			}
			if place < 3 {
				x, y := want.Describe(worker, c, place), list.Describe(worker, c, place)
				if diff := cmp.Diff(x, y, same); diff != "" {
					t.Fatal(diff)
				}
			}
		}
		if diff := cmp.Diff(report.Trials[number], ranking.Report(), same); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Whoever died is withheld by every trial and counted by each; whoever is opposed is counted by none.
func TestRankingCountsTheWithheld(t *testing.T) {
	s := shipped(t, false, "../../fixtures/cohort")
	plan := s.plan(dates.NewDay(2026, 6, 30))
	worker := plan.NewWorker()
	for number := range s.trials {
		ranking := plan.NewRanking(number)
		var want [screen.Opposed + 1]int
		for _, c := range s.charts {
			row := worker.ScreenOne(c, number)
			want[row.Withheld]++
			ranking.Add(c.Person.Key, screen.NoDay, screen.NoDay, row)
		}
		got := map[screen.Why]int{}
		for _, w := range ranking.Withheld() {
			got[w.Why] = w.Count
		}
		if got[screen.Deceased] != want[screen.Deceased] || got[screen.Enrolled] != want[screen.Enrolled] || got[screen.Opposed] != 0 {
			t.Errorf("%s: %v, want %v", s.trials[number].ID, got, want)
		}
		if want[screen.Opposed] == 0 || want[screen.Deceased] == 0 {
			t.Fatal("nobody is withheld")
		}
	}
}

func TestRowOfAnotherVersionIsNoRowOfTheTrial(t *testing.T) {
	s := shipped(t, false, "../../fixtures/cohort")
	plan := s.plan(dates.NewDay(2026, 6, 30))
	n := len(s.trials[0].Criteria)
	for name, c := range map[string]struct {
		row  screen.Row
		fits bool
	}{
		"its own":               {screen.Row{Answers: make([]screen.Answer, n)}, true},
		"one criterion more":    {screen.Row{Answers: make([]screen.Answer, n+1)}, false},
		"withheld":              {screen.Row{Withheld: screen.Deceased}, true},
		"withheld, yet asked":   {screen.Row{Withheld: screen.Deceased, Answers: make([]screen.Answer, n)}, false},
		"an arm there is not":   {screen.Row{Arm: 1, Answers: make([]screen.Answer, n)}, false},
		"not withheld, unasked": {screen.Row{}, false},
	} {
		if got := plan.Fits(0, &c.row); got != c.fits {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
