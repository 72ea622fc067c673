package screen

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/chart"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

var noChart = chart.Chart{}

func keyed(n int) chart.Key { return chart.Key{ID: fmt.Sprintf("p%04d", n)} }

func TestLikelihood(t *testing.T) {
	panel := func(c *trial.Criterion) {
		c.Program.Leaves[0].Set = &terms.ValueSet{Name: c.ID, Panel: "metabolic panel"}
	}
	plain2 := []trial.Criterion{inc("i"), exc("e")}
	for _, c := range []struct {
		name     string
		criteria []trial.Criterion
		others   map[string]int
		one      string
		want     float64
		shares   []Share
	}{
		{"nothing unknown", plain2, map[string]int{"MN": 30}, "MN", 1, nil},
		{
			"among those who fail nothing else", plain2,
			map[string]int{"MN": 15, "NN": 5, "NM": 100},
			"?N", 16.0 / 22,
			[]Share{{0, 15, 20, ByOthers}},
		},
		{"whoever fails it alone counts", plain2, map[string]int{"NN": 20}, "?N", 1.0 / 22, []Share{{0, 0, 20, ByOthers}}},
		{"too few: the whole cohort", plain2, map[string]int{"MN": 10, "NM": 5, "MM": 10}, "?N", 21.0 / 27, []Share{{0, 20, 25, ByCohort}}},
		{"too few again: not used", plain2, map[string]int{"MN": 10, "NM": 5}, "?N", 1, []Share{{0, 10, 15, Neutral}}},
		{"19 is too few, 20 is not", plain2, map[string]int{"MN": 19}, "?N", 1, []Share{{0, 19, 19, Neutral}}},
		{"silence is data, assumption is not", plain2, map[string]int{"mN": 20, "aN": 50}, "?N", 21.0 / 22, []Share{{0, 20, 20, ByOthers}}},
		{"by the last value, passing", plain2, map[string]int{"MN": 30}, "+N", 0.8, []Share{{0, 0, 0, ByLastPasses}}},
		{"by the last value, failing", plain2, map[string]int{"MN": 30}, "-N", 0.2, []Share{{0, 0, 0, ByLastFails}}},
		{"an exclusion's last value", plain2, map[string]int{"MN": 30}, "M+", 0.2, []Share{{1, 0, 0, ByLastFails}}},
		{"in the order of the criteria", plain2, map[string]int{"MN": 20}, "+?", 0.8 * 21.0 / 22, []Share{{0, 0, 0, ByLastPasses}, {1, 20, 20, ByOthers}}},
		{
			"a panel counts once, with the lowest",
			[]trial.Criterion{inc("i", panel), inc("x"), inc("j", panel)},
			map[string]int{"MMM": 30, "MMN": 20},
			"?M?", 31.0 / 52,
			[]Share{{2, 30, 50, ByOthers}},
		},
		{
			"a panel counts once, whichever comes first",
			[]trial.Criterion{inc("i", panel), inc("x"), inc("j", panel)},
			map[string]int{"MMM": 30, "NMM": 20},
			"?M?", 31.0 / 52,
			[]Share{{0, 30, 50, ByOthers}},
		},
		{
			"visit, soft and manual are no factors",
			[]trial.Criterion{inc("i"), inc("v", isVisit), inc("s", isSoft), inc("m", isManual)},
			map[string]int{"MMMp": 30, "MNNp": 30},
			"M??p", 1, nil,
		},
		{"a question alone is no factor", plain2, map[string]int{"MN": 30}, "pN", 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			tally := planOf(c.criteria...).NewTally()
			n := 0
			for answers, times := range c.others {
				for range times {
					n++
					addPatient(tally, n, answers)
				}
			}
			addPatient(tally, 0, c.one)
			list := tally.Lists()[0]
			for place := range list.Len() {
				if list.At(place).Key != keyed(0) {
					continue
				}
				if got := list.At(place).Likelihood; math.Abs(got-c.want) > 1e-12 {
					t.Errorf("likelihood %v, want %v", got, c.want)
				}
				if diff := cmp.Diff(c.shares, list.Shares(place)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestCohortOfOneHasNoShares(t *testing.T) {
	tally := planOf(inc("i")).NewTally()
	addPatient(tally, 0, "+")
	if s := tally.Lists()[0].Shares(0); s != nil {
		t.Errorf("shares %v", s)
	}
}

// The compositions follow Kleene's tables with the stale questions replaced by their last answers.
func TestByLast(t *testing.T) {
	leaf := func(n int) rule.Node { return rule.Node{Op: rule.OpLeaf, Leaf: n} }
	node := func(op rule.Op, n int, args ...int) rule.Node { return rule.Node{Op: op, N: n, Args: args} }
	for _, c := range []struct {
		name   string
		nodes  []rule.Node
		leaves string // by number; ' ' for one that does not decide
		want   byte
	}{
		{"alone", []rule.Node{leaf(0)}, "+", 'M'},
		{"negated", []rule.Node{leaf(0), node(rule.OpNot, 0, 0)}, "+", 'N'},
		{"and: the other was met", []rule.Node{leaf(0), leaf(1), node(rule.OpAnd, 0, 0, 1)}, "+ ", 'M'},
		{"and: both stale", []rule.Node{leaf(0), leaf(1), node(rule.OpAnd, 0, 0, 1)}, "+-", 'N'},
		{"and: the other has no value", []rule.Node{leaf(0), leaf(1), node(rule.OpAnd, 0, 0, 1)}, "+?", '?'},
		{"and: the other has no value, but this fails", []rule.Node{leaf(0), leaf(1), node(rule.OpAnd, 0, 0, 1)}, "-?", 'N'},
		{"or: one passes", []rule.Node{leaf(0), leaf(1), node(rule.OpOr, 0, 0, 1)}, "+?", 'M'},
		{"none of", []rule.Node{leaf(0), leaf(1), node(rule.OpNoneOf, 0, 0, 1)}, "-+", 'N'},
		{"a count does not know who else was met", []rule.Node{leaf(0), leaf(1), leaf(2), node(rule.OpAtLeast, 2, 0, 1, 2)}, "+ ?", '?'},
		{"a count that is met anyhow", []rule.Node{leaf(0), leaf(1), leaf(2), node(rule.OpAtLeast, 2, 0, 1, 2)}, "++ ", 'M'},
	} {
		p := &rule.Program{Nodes: c.nodes, Leaves: make([]rule.Leaf, len(c.leaves))}
		if got := byLast(p, judgementOf(c.leaves)); got != letters[c.want].Verdict {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}
