// Package screen turns trials and charts into candidates: who is withheld, the outcome, the funnel, the ranking.
//
// It is pure. The as-of day is handed in, nothing is read or written, and no answer depends on the order in which charts
// arrive: workers screen one chart at a time, tallies of several workers are merged, and the order of the list is total.
// The turning-round of exclusions is verdict.Kind.Effect; everything after it speaks of effects.
package screen

import (
	"sync"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/trial"
)

// Engine is the number of the semantics. It is raised in every change after which some chart may get another verdict,
// outcome or rank than before under the same rules and settings; never for sentences, layout or speed.
const Engine = 2

// NoDay stands for a day that there is not.
const NoDay = dates.Min

// Settings are what screening needs to know beside trials and charts.
type Settings struct {
	AsOf    dates.Day
	Horizon dates.Period // how far `not yet` looks ahead
	OptIn   bool         // only patients with a consent to research on record are shown
}

// Terms is what screening asks about codes. Only its implementation knows the run's dictionary of codes and units.
type Terms interface {
	// Bind makes a criterion of a trial ready to be asked.
	Bind(t *trial.Trial, p *rule.Program) *rule.Bound
	// Coding gives the coding by which a fact answers a question: the first of its codes that lies in the question's value
	// set, else its first.
	Coding(q *rule.Leaf, c *chart.Chart, f *chart.Fact) (system, code string)
	// Codes gives the codes of a span of a chart, without their systems.
	Codes(c *chart.Chart, s chart.Span) []string
	// Records gives the facts of a chart that a value set, by its name, picks, in the order of the chart.
	Records(set string, c *chart.Chart) []uint32
	// Occurring tells how many codes a question's value set lists, and how many of those occur in the cohort; a question
	// without one has none.
	Occurring(q *rule.Leaf) (listed, occurring int)
}

// role says what a criterion's answer may do to the outcome.
type role uint8

// Deciding criteria hold back by failing and by being open. At the visit, only failing counts. Soft ones are compared,
// and what a person answers is listed to ask.
const (
	deciding role = iota
	atVisit
	soft
	byPerson
)

func roleOf(c *trial.Criterion) role {
	switch {
	case c.Soft:
		return soft
	case c.Check != trial.Auto || c.Program == nil:
		return byPerson
	case c.Visit:
		return atVisit
	}
	return deciding
}

// hard tells whether failing it makes a patient ineligible.
func (r role) hard() bool { return r == deciding || r == atVisit }

// criterion is a criterion ready to be asked.
type criterion struct {
	*trial.Criterion
	bound *rule.Bound // nil for a question
	role  role
	panel string // the order that settles all its questions; "" for none or several
}

// plannedTrial is a trial ready to be asked.
type plannedTrial struct {
	*trial.Trial
	criteria []criterion
	arms     []arm
	until    dates.Day // how far ahead somebody could still join: horizon or end of recruitment
}

// arm is one way to take part: the criteria that hold for it.
type arm struct {
	name  string
	holds []bool
}

// Plan is trials bound for one run. It is read-only and shared by the workers.
type Plan struct {
	settings Settings
	terms    Terms
	trials   []plannedTrial
	horizon  dates.Day

	readOnce sync.Once
	read     [][]*rule.Reads
}

// NewPlan binds trials; charts are screened in the order given here.
func NewPlan(trials []*trial.Trial, terms Terms, s Settings) *Plan {
	p := &Plan{settings: s, terms: terms, horizon: s.AsOf.Add(s.Horizon)}
	for _, t := range trials {
		p.trials = append(p.trials, p.bind(t))
	}
	return p
}

// Trials gives the trials of the plan in their order.
func (p *Plan) Trials() []*trial.Trial {
	out := make([]*trial.Trial, len(p.trials))
	for i := range p.trials {
		out[i] = p.trials[i].Trial
	}
	return out
}

// AsOf is the day the plan asks about.
func (p *Plan) AsOf() dates.Day { return p.settings.AsOf }

func (p *Plan) bind(t *trial.Trial) plannedTrial {
	pt := plannedTrial{Trial: t, until: p.horizon, arms: armsOf(t)}
	if t.RecruitmentEnds != 0 {
		pt.until = min(pt.until, t.RecruitmentEnds)
	}
	for i := range t.Criteria {
		c := criterion{Criterion: &t.Criteria[i], role: roleOf(&t.Criteria[i])}
		if c.Program != nil {
			c.bound = p.terms.Bind(t, c.Program)
			c.panel = panelOf(c.Program)
		}
		pt.criteria = append(pt.criteria, c)
	}
	return pt
}

// armsOf gives the arms of a trial; one without arms has a single nameless one.
func armsOf(t *trial.Trial) []arm {
	names := t.Arms
	if len(names) == 0 {
		names = []string{""}
	}
	arms := make([]arm, len(names))
	for i, n := range names {
		arms[i] = arm{name: n, holds: make([]bool, len(t.Criteria))}
		for k := range t.Criteria {
			arms[i].holds[k] = t.Criteria[k].HoldsFor(n)
		}
	}
	return arms
}

func panelOf(p *rule.Program) string {
	panel := ""
	for i := range p.Leaves {
		one := p.Leaves[i].Panel()
		if one == "" || panel != "" && panel != one {
			return ""
		}
		panel = one
	}
	return panel
}
