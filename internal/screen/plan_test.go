package screen

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// asOf is the day that the tables of this package ask about.
var asOf = dates.NewDay(2026, 11, 23)

// plain stands for a run whose codes mean nothing: programs are bound to themselves, and a chart's codes are looked up in a
// list.
type plain struct{ codes []string }

func (plain) Bind(_ *trial.Trial, p *rule.Program) *rule.Bound { return &rule.Bound{Program: p} }

func (plain) Coding(*rule.Leaf, *chart.Chart, *chart.Fact) (system, code string) { return "", "" }

func (t plain) Codes(c *chart.Chart, s chart.Span) []string {
	var out []string
	for _, id := range c.CodesIn(s) {
		out = append(out, t.codes[id])
	}
	return out
}

func (plain) Records(string, *chart.Chart) []uint32 { return nil }

func (plain) Occurring(*rule.Leaf) (listed, occurring int) { return 0, 0 }

// one makes a criterion of one question.
func one(id string, kind verdict.Kind, change ...func(*trial.Criterion)) trial.Criterion {
	c := trial.Criterion{ID: id, Kind: kind, Program: &rule.Program{
		Nodes: []rule.Node{{Op: rule.OpLeaf}}, Leaves: []rule.Leaf{{Word: "lab"}},
	}}
	for _, f := range change {
		f(&c)
	}
	return c
}

func inc(id string, change ...func(*trial.Criterion)) trial.Criterion {
	return one(id, verdict.Inclusion, change...)
}

func exc(id string, change ...func(*trial.Criterion)) trial.Criterion {
	return one(id, verdict.Exclusion, change...)
}

func isSoft(c *trial.Criterion)       { c.Soft = true }
func isVisit(c *trial.Criterion)      { c.Visit = true }
func isRepeatable(c *trial.Criterion) { c.Repeatable = true }
func isAssisted(c *trial.Criterion)   { c.Check = trial.Assisted }
func isManual(c *trial.Criterion)     { c.Check, c.Program, c.Question = trial.Manual, nil, "Agrees?" }

// planOf plans one trial.
func planOf(criteria ...trial.Criterion) *Plan {
	return NewPlan([]*trial.Trial{{ID: "t", NCT: "NCT00000001", Criteria: criteria}}, plain{},
		Settings{AsOf: asOf, Horizon: dates.Period{N: 180, Unit: dates.Days}})
}

// The answers of the tables, by the letter that stands for each.
var letters = map[byte]Answer{
	'M': {Verdict: verdict.Met},
	'N': {Verdict: verdict.NotMet},
	'm': {Verdict: verdict.Met, Basis: verdict.Silence},
	'n': {Verdict: verdict.NotMet, Basis: verdict.Silence},
	'a': {Verdict: verdict.Met, Basis: verdict.Assumed},
	'?': {Causes: verdict.Causes(0).With(verdict.NeverRecorded)},
	's': {Causes: verdict.Causes(0).With(verdict.OutsideWindow)},
	'+': {Causes: verdict.Causes(0).With(verdict.OutsideWindow), ByLast: verdict.Met},
	'-': {Causes: verdict.Causes(0).With(verdict.OutsideWindow), ByLast: verdict.NotMet},
	'p': {Causes: verdict.Causes(0).With(verdict.Manual)},
	'b': {Causes: verdict.Causes(0).With(verdict.Manual).With(verdict.NeverRecorded)},
}

func answersOf(s string) []Answer {
	out := make([]Answer, len(s))
	for i := range out {
		a, ok := letters[s[i]]
		if !ok {
			panic("no answer is written " + s[i:i+1])
		}
		out[i] = a
	}
	return out
}
