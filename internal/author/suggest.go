package author

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// Suggested is a test for one criterion, to be pasted: a patient of whom nothing speaks for or against the criterion, and
// cases at its limits, each with the answer that the criterion gives today.
type Suggested struct {
	Criterion *trial.Criterion
	Test      trial.Test
	Besides   []string // questions of the criterion for which no case can be made up
}

// Suggest makes a test of boundary cases for every automatic criterion that only accepts; nil accepts all. The answers are
// what the criteria say, not what they should: a person confirms each.
func Suggest(ctx context.Context, t *trial.Trial, site Site, asOf dates.Day, only func(id string) bool) ([]Suggested, error) {
	var out []Suggested
	for i := range t.Criteria {
		c := &t.Criteria[i]
		if c.Program == nil || onlyUnknown(c) || only != nil && !only(c.ID) {
			continue
		}
		s := suggester{criterion: c, lib: site.Library, asOf: asOf, base: basePatient(c.Program, asOf)}
		one := s.suggest()
		if len(one.Test.Cases) > 0 {
			if err := answer(ctx, t, site, &one); err != nil {
				return nil, err
			}
		}
		out = append(out, one)
	}
	return out, nil
}

// answer asks the criterion of the cases and writes down what it says.
func answer(ctx context.Context, t *trial.Trial, site Site, s *Suggested) error {
	asked := *t
	criterion := *s.Criterion
	criterion.Arm, asked.Arms = nil, nil
	asked.Criteria, asked.Tests = []trial.Criterion{criterion}, []trial.Test{s.Test}
	bench, err := NewBench(ctx, &asked, site, nil)
	if err != nil {
		return err
	}
	for i, r := range bench.Run(&asked) {
		if len(r.Cells) == 1 {
			v, _ := verdict.Parse(r.Cells[0].Got)
			s.Test.Cases[i].Expect.Verdicts[0].Verdict = v
		}
	}
	return nil
}

// basePatient is a woman of fifty with a record long enough for every window of a criterion and seen ten days ago.
func basePatient(p *rule.Program, asOf dates.Day) trial.Patient {
	since := asOf.Sub(dates.Period{N: 10, Unit: dates.Years})
	for i := range p.Leaves {
		w := &p.Leaves[i].When.Window
		for _, far := range [...]dates.Day{asOf.Sub(w.Far), asOf.Sub(w.Near), w.From} {
			if far > 0 {
				since = min(since, far.Sub(dates.Period{N: 2, Unit: dates.Years}))
			}
		}
	}
	return trial.Patient{
		Birth: dates.On(asOf.Sub(dates.Period{N: 50, Unit: dates.Years})), Sex: "female",
		RecordSince: dates.On(since), LastContact: dates.On(asOf.Sub(dates.Period{N: 10})),
	}
}

type suggester struct {
	criterion *trial.Criterion
	lib       *terms.Library
	asOf      dates.Day
	base      trial.Patient
}

func (s *suggester) suggest() Suggested {
	out := Suggested{Criterion: s.criterion, Test: trial.Test{Name: s.criterion.ID + " at its limits", AsOf: s.asOf, Patient: s.base}}
	p := s.criterion.Program
	for i := range p.Leaves {
		around, asked := s.around(i), s.prober(i)
		asked.tie(&around)
		probes := asked.probes()
		if len(probes) == 0 && p.Leaves[i].Question == "" {
			out.Besides = append(out.Besides, p.Leaves[i].Text)
		}
		for _, probe := range probes {
			s.add(&out.Test, &p.Leaves[i], probe, around)
		}
	}
	return out
}

// add takes a case unless the very same one is there: a value set may be asked about twice, with two limits or windows.
func (s *suggester) add(t *trial.Test, l *rule.Leaf, p probe, around trial.Patient) {
	but := CasePatient(&around, &p.but, nil)
	name := p.name
	for n := 2; ; n++ {
		i := slices.IndexFunc(t.Cases, func(c trial.Case) bool { return c.Name == name })
		if i < 0 {
			break
		}
		if samePatient(&t.Cases[i].But, &but) {
			return
		}
		if name = p.name; l.Limit != nil && n == 2 {
			name += ", asked " + l.Limit.Text
		} else {
			name += fmt.Sprintf(" (%d)", n)
		}
	}
	t.Cases = append(t.Cases, trial.Case{
		Name: name, AsOf: s.asOf, But: but, Expect: trial.Expect{Verdicts: []trial.Expected{{Criterion: s.criterion.ID}}},
	})
}

// samePatient compares what would be written.
func samePatient(a, b *trial.Patient) bool {
	var x, y strings.Builder
	writePatient(&x, a, "")
	writePatient(&y, b, "")
	return x.String() == y.String()
}

func (s *suggester) prober(leaf int) *prober {
	return newProber(s.lib, s.asOf, &s.criterion.Program.Leaves[leaf], s.base.Birth.From)
}

// around makes the other questions of the criterion such that this one decides: those that an "and" joins with it are met,
// those that an "or" joins are not.
func (s *suggester) around(leaf int) trial.Patient {
	var context trial.Patient
	p := s.criterion.Program
	if len(p.Nodes) == 0 {
		return context
	}
	s.surround(len(p.Nodes)-1, leaf, &context)
	set := p.Leaves[leaf].Set
	if set == nil {
		return context
	}
	return CasePatient(&context, &trial.Patient{}, []string{set.Name})
}

// surround walks down to a leaf and settles what stands beside the way; it tells whether the leaf is below the node.
func (s *suggester) surround(node, leaf int, into *trial.Patient) bool {
	n := &s.criterion.Program.Nodes[node]
	if len(n.Args) == 0 {
		return (n.Op == rule.OpLeaf || n.Op == rule.OpKnown) && n.Leaf == leaf
	}
	at := slices.IndexFunc(n.Args, func(a int) bool { return s.surround(a, leaf, into) })
	if at < 0 {
		return false
	}
	met := 0
	for i, a := range n.Args {
		if i == at {
			continue
		}
		want := verdict.NotMet
		if n.Op == rule.OpAnd || n.Op == rule.OpAtLeast && met < n.N-1 {
			want = verdict.Met
			met++
		}
		s.settle(a, want, into)
	}
	return true
}

// settle makes a part of the criterion come to a verdict, as far as records can be made up for it.
func (s *suggester) settle(node int, want verdict.Verdict, into *trial.Patient) {
	n := &s.criterion.Program.Nodes[node]
	switch n.Op {
	case rule.OpLeaf, rule.OpKnown:
		but := s.prober(n.Leaf).answering(want)
		*into = CasePatient(into, &but, nil)
	case rule.OpNot, rule.OpNoneOf:
		if n.Op == rule.OpNoneOf && want == verdict.NotMet {
			s.settle(n.Args[0], verdict.Met, into)
			return
		}
		for _, a := range n.Args {
			s.settle(a, want.Not(), into)
		}
	case rule.OpOr, rule.OpAnd, rule.OpAtLeast, rule.OpAssume:
		for i, a := range n.Args {
			if s.needed(n, i, want) {
				s.settle(a, want, into)
			}
		}
	}
}

// needed tells whether the i-th operand must come to the verdict for the whole to come to it.
func (s *suggester) needed(n *rule.Node, i int, want verdict.Verdict) bool {
	switch {
	case n.Op == rule.OpAnd && want == verdict.Met, n.Op == rule.OpOr && want == verdict.NotMet:
		return true
	case n.Op == rule.OpAtLeast:
		return want == verdict.NotMet || i < n.N
	}
	return i == 0
}
