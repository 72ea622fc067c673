package screen

import (
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/trial"
)

// Why says why a patient is not in a list at all.
type Why uint8

// The reasons to withhold. Opposed patients are counted nowhere.
const (
	NotWithheld Why = iota
	Deceased
	Enrolled
	Opposed
)

// String writes the reason as the JSON document does.
func (w Why) String() string { return [...]string{"", "deceased", "enrolled", "opposed"}[w] }

// withheld tells why a chart is in no list of a trial. Whoever is opposed is that before all else, so that the counts of
// the other reasons hold nobody who is.
func (p *Plan) withheld(c *chart.Chart, t *trial.Trial) Why {
	switch {
	case p.opposed(c, t):
		return Opposed
	case p.dead(c):
		return Deceased
	case p.enrolled(c, t):
		return Enrolled
	}
	return NotWithheld
}

// dead tells whether the patient died on or before the as-of day; a date that leaves it open is taken as a death.
func (p *Plan) dead(c *chart.Chart) bool {
	if !c.Person.Death.Known() {
		return c.Person.Deceased
	}
	return c.Person.Death.From <= p.settings.AsOf
}

// opposed tells whether a consent active on the as-of day denies research, or, where the site asks for one, none permits it.
func (p *Plan) opposed(c *chart.Chart, t *trial.Trial) bool {
	_, consents := c.Of(chart.Consent)
	permitted := false
	for i := range consents {
		f := &consents[i]
		if f.Status != chart.Active || !f.Flags.Has(chart.Research) || !p.lasts(f) || !p.covers(c, f, t) {
			continue
		}
		if f.Flags.Has(chart.Deny) {
			return true
		}
		permitted = permitted || !f.Flags.Has(chart.UnknownModifier)
	}
	return p.settings.OptIn && !permitted
}

// covers tells whether a consent is about a trial: one that names no study is about all.
func (p *Plan) covers(c *chart.Chart, f *chart.Fact, t *trial.Trial) bool {
	return f.Answer.Len == 0 || names(p.terms.Codes(c, f.Answer), t)
}

// lasts tells whether a fact's period may hold the as-of day.
func (p *Plan) lasts(f *chart.Fact) bool {
	d := p.settings.AsOf
	return (!f.Begin.Known() || f.Begin.From <= d) && (!f.End.Known() || f.End.To >= d)
}

// enrolled tells whether the patient is or was on this very trial.
func (p *Plan) enrolled(c *chart.Chart, t *trial.Trial) bool {
	_, subjects := c.Of(chart.Enrolment)
	for i := range subjects {
		f := &subjects[i]
		if f.Status != chart.OnTrial && f.Status != chart.OffTrial || f.Begin.Known() && f.Begin.From > p.settings.AsOf {
			continue
		}
		if names(p.terms.Codes(c, f.Codes), t) || names(p.terms.Codes(c, f.Answer), t) {
			return true
		}
	}
	return false
}

// names tells whether one of the codes, or the last part of a reference, is the trial's registry number or its id.
func names(codes []string, t *trial.Trial) bool {
	for _, code := range codes {
		last := code[strings.LastIndexByte(code, '/')+1:]
		for _, id := range []string{code, last} {
			if id != "" && (strings.EqualFold(id, t.NCT) || strings.EqualFold(id, t.ID)) {
				return true
			}
		}
	}
	return false
}
