package screen

import (
	"slices"

	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// RoleOf says why a criterion stands in no funnel, "" for those that decide.
func RoleOf(c *trial.Criterion) string { return roleOf(c).String() }

// Actions counts what a row's answers leave to do, by action: those of the Candidate that a description gives.
func (r *Row) Actions(t *trial.Trial) [verdict.ActionCount]int {
	var n [verdict.ActionCount]int
	for k := range r.Answers {
		switch roleOf(&t.Criteria[k]) {
		case byPerson:
			n[verdict.Ask]++
		case deciding:
			for c := verdict.NeverRecorded; c <= verdict.PartialDate; c++ {
				if r.Answers[k].Causes.Has(c) && r.Answers[k].Verdict == verdict.Unknown {
					n[c.Action()]++
				}
			}
		}
	}
	return n
}

// Verdict is that of a criterion, by its place in the trial, for the patient at a place of the list.
func (l *List) Verdict(place, criterion int) verdict.Verdict {
	return l.tally.answers[int(l.rows[place])*len(l.trial.criteria)+criterion].verdict()
}

// Criteria says of each criterion what its verdicts rest on.
func (l *List) Criteria() []CriterionReport {
	var out []CriterionReport
	for k := range l.trial.criteria {
		c := &l.trial.criteria[k]
		out = append(out, CriterionReport{c.Criterion, l.tally.bases[k], c.role.String()})
	}
	return out
}

// EmptySets gives the value sets of a trial of the plan of which no code has been met.
func (p *Plan) EmptySets(number int) []EmptySet {
	var out []EmptySet
	for k := range p.trials[number].criteria {
		c := &p.trials[number].criteria[k]
		if c.Program == nil {
			continue
		}
		for l := range c.Program.Leaves {
			q := &c.Program.Leaves[l]
			listed, occurring := p.terms.Occurring(q)
			told := slices.ContainsFunc(out, func(e EmptySet) bool { return q.Set != nil && e.Name == q.Set.Name })
			if listed > 0 && occurring == 0 && !told {
				out = append(out, EmptySet{q.Set.Name, listed, c.ID})
			}
		}
	}
	return out
}
