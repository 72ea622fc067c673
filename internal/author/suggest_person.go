package author

import (
	"fmt"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/rule"
	"prescreen/internal/trial"
)

// personal gives the cases of words about the person, which have no value set of the author's; ok is false for other words.
func (p *prober) personal() (probes []probe, ok bool) {
	recent := func(days dates.Day) dates.When { return dates.On(p.asOf - days) }
	switch p.leaf.Word {
	case "smoking":
		for _, s := range [...]string{"current", "former", "never", "unknown"} {
			probes = append(probes, probe{"smoking status " + s, trial.Patient{Smoking: trial.Smoking{Status: s, On: dates.On(p.inside())}}})
		}
		met := p.smoked(true)
		for _, edge := range p.edges() {
			for i, when := range [...]string{"the day before ", "on ", "the day after "} {
				moved := met
				moved.Smoking.On = dates.On(edge + dates.Day(i-1))
				probes = append(probes, probe{fmt.Sprintf("smoking status %sthe edge of the window, %s", when, edge), moved})
			}
		}
		return append(probes, probe{"no smoking status on record", trial.Patient{}}), true
	case "pregnant":
		due := func(days dates.Day) trial.Pregnancy {
			return trial.Pregnancy{Due: dates.On(p.asOf + days), On: recent(20)}
		}
		return []probe{
			{"pregnant", trial.Patient{Pregnancy: trial.Pregnancy{Status: "pregnant", On: recent(20)}}},
			{"not pregnant", trial.Patient{Pregnancy: trial.Pregnancy{Status: "not pregnant", On: recent(2)}}},
			{"possibly pregnant", trial.Patient{Pregnancy: trial.Pregnancy{Status: "possible", On: recent(2)}}},
			{"expected to give birth tomorrow", trial.Patient{Pregnancy: due(1)}},
			{"a man", trial.Patient{Sex: "male"}},
			{"turns 56 tomorrow", trial.Patient{Birth: dates.On(p.asOf.Sub(dates.Period{N: 56, Unit: dates.Years}) + 1)}},
			{"turns 56 today", trial.Patient{Birth: dates.On(p.asOf.Sub(dates.Period{N: 56, Unit: dates.Years}))}},
			{"nothing about a pregnancy on record", trial.Patient{}},
		}, true
	case "breastfeeding":
		return []probe{
			{"breast-feeding", trial.Patient{Breastfeeding: "yes"}},
			{"not breast-feeding", trial.Patient{Breastfeeding: "no"}},
			{"a man", trial.Patient{Sex: "male"}},
			{"nothing about breast-feeding on record", trial.Patient{}},
		}, true
	case "childbearing":
		return []probe{{"a woman of fifty", trial.Patient{}}, {"a man", trial.Patient{Sex: "male"}}}, true
	case "enrolled":
		return p.enrolments(), true
	case "insured":
		return []probe{
			{"insured", p.circumstance(true)},
			{"insurance that ended", trial.Patient{Coverage: []trial.Stay{{Name: "insurance", From: recent(1000), To: recent(1), Status: "active"}}}},
			{"insurance that was cancelled", trial.Patient{Coverage: []trial.Stay{{Name: "insurance", From: recent(1000), Status: "cancelled"}}}},
			{"no insurance on record", trial.Patient{}},
		}, true
	case "speaks":
		return []probe{
			{"speaks it", p.circumstance(true)},
			{"speaks another language", trial.Patient{Languages: []string{"tlh"}}},
			{"no language on record", trial.Patient{}},
		}, true
	}
	return nil, false
}

// enrolments are on another trial now, and until around the edge of the window.
func (p *prober) enrolments() []probe {
	on := func(name string, from, to dates.When, status string) probe {
		return probe{name, trial.Patient{Enrolled: []trial.Stay{{Name: "NCT00000000", From: from, To: to, Status: status}}}}
	}
	began := dates.On(p.asOf - 400)
	out := []probe{on("on another trial", began, dates.When{}, "on-study")}
	for _, edge := range p.edges() {
		for i, when := range [...]string{"the day before ", "on ", "the day after "} {
			out = append(out, on("off another trial "+when+"the edge of the window, "+edge.String(), began, dates.On(edge+dates.Day(i-1)), "off-study"))
		}
	}
	return append(out, on("a candidate of another trial", began, dates.When{}, "candidate"), probe{"no trial on record", trial.Patient{}})
}

// circumstance makes a word about the person met, or not met as far as a record can.
func (p *prober) circumstance(met bool) trial.Patient {
	switch p.leaf.Word {
	case "smoking":
		return p.smoked(met)
	case "pregnant":
		if met {
			return trial.Patient{Pregnancy: trial.Pregnancy{Status: "pregnant", On: dates.On(p.asOf - 20)}}
		}
		return trial.Patient{Sex: "male"}
	case "breastfeeding":
		return trial.Patient{Breastfeeding: yesNo(met)}
	case "childbearing":
		return trial.Patient{Sex: map[bool]string{true: "female", false: "male"}[met]}
	case "enrolled":
		if met {
			return trial.Patient{Enrolled: []trial.Stay{{Name: "NCT00000000", From: dates.On(p.asOf - 400)}}}
		}
	case "insured":
		if met {
			return trial.Patient{Coverage: []trial.Stay{{Name: "insurance", From: dates.On(p.asOf - 1000)}}}
		}
	case "speaks":
		language := "tlh" // which no trial asks for
		if met && len(p.leaf.Language.Codes) > 0 {
			language = p.leaf.Language.Codes[0]
		} else if met && p.set != nil {
			language = p.set.Name
		}
		return trial.Patient{Languages: []string{language}}
	}
	return trial.Patient{}
}

func (p *prober) smoked(met bool) trial.Patient {
	for _, s := range [...]string{"current", "former", "never"} {
		if p.asksFor(s) == met {
			return trial.Patient{Smoking: trial.Smoking{Status: s, On: dates.On(p.inside())}}
		}
	}
	return trial.Patient{}
}

// asksFor tells whether a choice is among those asked for.
func (p *prober) asksFor(choice string) bool {
	asked := false
	for _, o := range p.leaf.OneOf {
		asked = asked || o == choice
	}
	return asked != (p.leaf.Limit != nil && p.leaf.Limit.Negate)
}

// onsets are first records around the birthdays that the limit names.
func (p *prober) onsets() []probe {
	var out []probe
	for _, limit := range p.wholeLimits() {
		birthday := p.birth.Add(dates.Period{N: int(limit), Unit: dates.Years})
		for i, when := range [...]string{"the day before", "on", "the day after"} {
			if day := birthday + dates.Day(i-1); day <= p.asOf {
				out = append(out, probe{fmt.Sprintf("%s %s the birthday of %d years", p.set.Name, when, limit), p.record(day)})
			}
		}
	}
	return append(out, probe{"no " + p.set.Name + " on record", trial.Patient{}})
}

// elapsed are records one day fewer ago than the limit, as many, and one more.
func (p *prober) elapsed() []probe {
	var out []probe
	for _, limit := range p.wholeLimits() {
		for n := max(limit-1, 0); n <= limit+1; n++ {
			out = append(out, probe{p.set.Name + " " + plural(int(n), "day", "days") + " ago", p.counting(p.asOf - dates.Day(n))})
		}
	}
	return append(out, probe{"no " + p.set.Name + " on record", trial.Patient{}})
}

// doses are orders of one last digit less than the limit, as much, and more.
func (p *prober) doses() []probe {
	unit := p.leaf.Limit.Unit
	if p.leaf.Limit.Of != rule.NoNormal || unit == "" || p.leaf.When.As != "" {
		return nil
	}
	var out []probe
	for _, b := range p.bounds() {
		for by := int64(-1); by <= 1; by++ {
			amount, ok := Neighbour(b.String(), by)
			if _, err := quantity.Parse(amount); !ok || err != nil {
				continue
			}
			m := p.drug(dates.On(p.inside()))
			m.To, m.Supply = dates.When{}, dates.Period{N: int(p.asOf-m.From.From) + 30}
			m.Dose = amount + " " + unit
			out = append(out, probe{p.set.Name + " " + m.Dose + " a day", trial.Patient{Medications: []trial.Medication{m}}})
		}
	}
	m := p.drug(dates.On(p.inside()))
	m.To, m.Supply = dates.When{}, dates.Period{N: int(p.asOf-m.From.From) + 30}
	return append(out, probe{p.set.Name + " without a dose", trial.Patient{Medications: []trial.Medication{m}}}, probe{"no " + p.set.Name + " on record", trial.Patient{}})
}
