package screen

import (
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// Step is one criterion of a trial's funnel. Pass, Fail and Open count everybody who is not withheld by this criterion
// alone. In, Unknown and Out count everybody by this and all earlier steps: In pass them all, Out fail at least one,
// Unknown fail none and are open on at least one; the three always add up to the same number.
//
// Steps are the hard automatic criteria in the order of the protocol. Manual, assisted, visit and soft criteria are left
// out: what they come to is not yet known or holds nobody back.
type Step struct {
	Criterion        *trial.Criterion
	Pass, Fail, Open int
	BySilence        int // of Pass and Fail
	In, Unknown, Out int
}

// funnel counts one trial's steps.
type funnel []Step

func newFunnel(t *plannedTrial) funnel {
	var f funnel
	for k := range t.criteria {
		if t.criteria[k].role == deciding {
			f = append(f, Step{Criterion: t.criteria[k].Criterion})
		}
	}
	return f
}

// add takes one patient through the steps.
func (f funnel) add(t *plannedTrial, answers []Answer) {
	so := verdict.Pass
	for k, step := 0, 0; k < len(answers); k++ {
		if t.criteria[k].role != deciding {
			continue
		}
		a, s := &answers[k], &f[step]
		step++
		effect := t.criteria[k].Kind.Effect(a.Verdict)
		s.one(effect)
		if a.Verdict != verdict.Unknown && a.Basis == verdict.Silence {
			s.BySilence++
		}
		so = both(so, effect)
		s.all(so)
	}
}

// both joins two effects: one that fails decides.
func both(a, b verdict.Effect) verdict.Effect {
	switch {
	case a == verdict.Fail || b == verdict.Fail:
		return verdict.Fail
	case a == verdict.Open || b == verdict.Open:
		return verdict.Open
	}
	return verdict.Pass
}

func (s *Step) one(e verdict.Effect) {
	switch e {
	case verdict.Pass:
		s.Pass++
	case verdict.Fail:
		s.Fail++
	default:
		s.Open++
	}
}

func (s *Step) all(e verdict.Effect) {
	switch e {
	case verdict.Pass:
		s.In++
	case verdict.Fail:
		s.Out++
	default:
		s.Unknown++
	}
}

func (f funnel) merge(g funnel) {
	for i := range f {
		a, b := &f[i], &g[i]
		a.Pass, a.Fail, a.Open, a.BySilence = a.Pass+b.Pass, a.Fail+b.Fail, a.Open+b.Open, a.BySilence+b.BySilence
		a.In, a.Unknown, a.Out = a.In+b.In, a.Unknown+b.Unknown, a.Out+b.Out
	}
}
