package screen

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// Bases counts what the verdicts of one criterion rest on, and what they do.
type Bases struct {
	Record, Silence, Assumed, Open int
	effects                        [3]int
}

func (b *Bases) add(k verdict.Kind, a *Answer) {
	b.effects[k.Effect(a.Verdict)]++
	switch {
	case a.Verdict == verdict.Unknown:
		b.Open++
	case a.Basis == verdict.Silence:
		b.Silence++
	case a.Basis == verdict.Assumed:
		b.Assumed++
	default:
		b.Record++
	}
}

func (b *Bases) merge(o Bases) {
	b.Record, b.Silence, b.Assumed, b.Open = b.Record+o.Record, b.Silence+o.Silence, b.Assumed+o.Assumed, b.Open+o.Open
	for i := range b.effects {
		b.effects[i] += o.effects[i]
	}
}

// Total is everybody the criterion was asked of.
func (b *Bases) Total() int { return b.Record + b.Silence + b.Assumed + b.Open }

// Same tells whether everybody got the same effect, and which: more often than not a mistake in the rule.
func (b *Bases) Same() (verdict.Effect, bool) {
	for e, n := range b.effects {
		if n > 0 && n == b.Total() {
			return verdict.Effect(e), true
		}
	}
	return verdict.Open, false
}

// Records is what the charts of a run hold, as of its day.
type Records struct {
	Patients int // all but those who are opposed
	Later    int // facts dated after the as-of day, which are not seen
	Newest   [chart.KindCount]dates.Day
	seen     bool
}

// Seen tells whether any chart has been counted.
func (r *Records) Seen() bool { return r.seen }

// see counts a chart's facts. What may be booked ahead is not late.
func (r *Records) see(c *chart.Chart, asOf dates.Day) {
	r.start()
	for i := range c.Facts {
		f := &c.Facts[i]
		switch {
		case !f.Begin.Known():
		case f.Begin.To <= asOf:
			r.Newest[f.Kind] = max(r.Newest[f.Kind], f.Begin.To)
		case f.Begin.From > asOf && f.Kind != chart.Appointment && f.Status != chart.Planned:
			r.Later++
		}
	}
}

// Newest gives the day of the newest record of each kind in a chart, by its hot part, as Records counts it: nothing of one
// that stands in no list of the plan.
func (p *Plan) Newest(c *chart.Chart) [chart.KindCount]dates.Day {
	var r Records
	r.start()
	for i := range p.trials {
		if p.withheld(c, p.trials[i].Trial) == NotWithheld {
			r.see(c, p.settings.AsOf)
			break
		}
	}
	return r.Newest
}

func (r *Records) start() {
	if !r.seen {
		for k := range r.Newest {
			r.Newest[k] = NoDay
		}
		r.seen = true
	}
}

func (r *Records) merge(o *Records) {
	r.start()
	r.Patients += o.Patients
	r.Later += o.Later
	for k := range r.Newest {
		if o.seen {
			r.Newest[k] = max(r.Newest[k], o.Newest[k])
		}
	}
}

// CriterionReport is what a run says about one criterion.
type CriterionReport struct {
	Criterion *trial.Criterion
	Bases     Bases
	Role      string // "" for those that decide; else why it stands in no funnel
}

// EmptySet is a value set of which no code occurs in any chart of the run.
type EmptySet struct {
	Name      string
	Codes     int
	Criterion string // the first that asks about it
}

// TrialReport is what a run says about one trial.
type TrialReport struct {
	Trial     *trial.Trial
	Asked     int // patients its criteria were asked of
	Empty     []EmptySet
	Criteria  []CriterionReport
	BySilence int // ineligible by silence alone
}

// SelfReport is what a run says about itself: the line that catches most mistakes of authors before anybody is called.
type SelfReport struct {
	Records  Records
	Withheld []Withheld
	Trials   []TrialReport
}

// Withheld counts patients who are in no list, by reason.
type Withheld struct {
	Why   Why
	Count int
}

// Report makes the report of a finished tally.
func (t *Tally) Report() SelfReport {
	t.records.start()
	r := SelfReport{Records: t.records, Withheld: withheldCounts(&t.withheld)}
	for i := range t.trials {
		r.Trials = append(r.Trials, t.plan.report(i, &t.trials[i]))
	}
	return r
}

func withheldCounts(counts *[Opposed]int) (list []Withheld) {
	for w := Deceased; w < Opposed; w++ {
		if counts[w] > 0 {
			list = append(list, Withheld{w, counts[w]})
		}
	}
	return list
}

func (p *Plan) report(i int, tt *trialTally) TrialReport {
	pt := &p.trials[i]
	r := TrialReport{Trial: pt.Trial, Asked: len(tt.rows), BySilence: tt.silence}
	for k := range pt.criteria {
		r.Criteria = append(r.Criteria, CriterionReport{pt.criteria[k].Criterion, tt.bases[k], pt.criteria[k].role.String()})
	}
	r.Empty = p.EmptySets(i)
	return r
}

// The reasons for which a criterion stands in no funnel.
const (
	RoleVisit  = "at the visit"
	RoleSoft   = "soft"
	RolePerson = "by a person"
)

// String says why a criterion stands in no funnel.
func (r role) String() string { return [...]string{"", RoleVisit, RoleSoft, RolePerson}[r] }
