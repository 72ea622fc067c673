package screen

import (
	"slices"

	"prescreen/internal/chart"
	"prescreen/internal/rule"
)

// Touched gives the trials of the plan, by number, whose rows may be others for the new chart than for the old one of the
// same patient: those that read what differs. Either may be nil for none, which touches all.
//
// A row holds answers as of the day and what time alone will make of them within the horizon, so nothing but what a
// criterion reads can change it. Whether the patient is withheld is asked outright; whoever is withheld as before has the
// same row whatever else came.
func (p *Plan) Touched(old, now *chart.Chart) []int {
	touched := make([]int, 0, len(p.trials))
	if old == nil || now == nil {
		for i := range p.trials {
			touched = append(touched, i)
		}
		return touched
	}
	d := chart.Compare(old, now)
	if d.None() {
		return touched
	}
	before, after := rule.SilenceOf(old, p.settings.AsOf), rule.SilenceOf(now, p.settings.AsOf)
	reads := p.reads()
	for i := range p.trials {
		was, is := p.withheld(old, p.trials[i].Trial), p.withheld(now, p.trials[i].Trial)
		switch {
		case was != is:
			touched = append(touched, i)
		case is == NotWithheld && slices.ContainsFunc(reads[i], func(r *rule.Reads) bool {
			return r != nil && (d.Person && r.Person() || anyRead(r, old, d.Gone) || anyRead(r, now, d.Came) || r.Hears(&before, &after, p.horizon))
		}):
			touched = append(touched, i)
		}
	}
	return touched
}

func anyRead(r *rule.Reads, c *chart.Chart, facts []uint32) bool {
	for _, n := range facts {
		if r.Fact(c, &c.Facts[n]) {
			return true
		}
	}
	return false
}

// reads gives what each criterion of each trial reads; nil for a question. It is made once, when first asked for.
func (p *Plan) reads() [][]*rule.Reads {
	p.readOnce.Do(func() {
		p.read = make([][]*rule.Reads, len(p.trials))
		for i := range p.trials {
			for k := range p.trials[i].criteria {
				var r *rule.Reads
				if b := p.trials[i].criteria[k].bound; b != nil {
					r = b.Reads()
				}
				p.read[i] = append(p.read[i], r)
			}
		}
	})
	return p.read
}
