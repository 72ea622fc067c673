package author

import (
	"fmt"

	"prescreen/internal/dates"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// record is the question's set on record on a day.
func (p *prober) record(day dates.Day) trial.Patient { return p.recordAt(dates.On(day)) }

func (p *prober) recordAt(when dates.When) trial.Patient {
	e := []trial.Event{{Of: p.of(), On: when}}
	switch p.set.Domain {
	case terms.Diagnosis:
		return trial.Patient{Diagnoses: []trial.Diagnosis{{Of: p.of(), Began: when}}}
	case terms.Medication:
		return trial.Patient{Medications: []trial.Medication{p.drug(when)}}
	case terms.Procedure:
		return trial.Patient{Procedures: e}
	case terms.Allergy:
		return trial.Patient{Allergies: e}
	case terms.Vaccine:
		return trial.Patient{Vaccines: e}
	case terms.Visit:
		return trial.Patient{Visits: e}
	case terms.FamilyHistory:
		return trial.Patient{Family: e}
	case terms.Alert:
		return trial.Patient{Flags: e}
	}
	return trial.Patient{}
}

// drug is an order: one that goes on where the question is about now, else one that was over after the day.
func (p *prober) drug(from dates.When) trial.Medication {
	m := trial.Medication{Of: p.of(), From: from}
	switch {
	case p.leaf.Word == "taking" || p.leaf.When.ForAtLeast.N > 0:
		if p.leaf.When.ForAtLeast.N > 0 && from.Exact() {
			m.From = dates.On(min(from.From, p.asOf.Sub(p.leaf.When.ForAtLeast)-30))
		}
		m.Supply = dates.Period{N: int(p.asOf-m.From.From) + 30}
	default:
		m.To = from
	}
	return m
}

// happenings are the cases of what was or was not: diagnoses, drugs, procedures, visits and the like.
func (p *prober) happenings() []probe {
	name := p.set.Name
	if isNothing(p.record(p.asOf)) {
		return nil
	}
	var out []probe
	switch {
	case p.leaf.When.ForAtLeast.N > 0:
		out = p.since(p.asOf.Sub(p.leaf.When.ForAtLeast))
	case len(p.edges()) == 0 || p.leaf.When.Present:
		out = append(out, probe{name + " on record", p.record(p.inside())})
	}
	for _, edge := range p.edges() {
		for i, when := range [...]string{"the day before ", "on ", "the day after "} {
			out = append(out, probe{fmt.Sprintf("%s %sthe edge of the window, %s", name, when, edge), p.atEdge(edge + dates.Day(i-1))})
		}
	}
	out = append(out, p.doubtful()...)
	return append(out, probe{"no " + name + " on record", trial.Patient{}})
}

func isNothing(p trial.Patient) bool { return len(setsOf(&p)) == 0 }

// atEdge is the record as its window asks about it: a beginning, or for what may last an end.
func (p *prober) atEdge(day dates.Day) trial.Patient {
	if p.leaf.When.Present && p.set.Domain == terms.Diagnosis {
		began := dates.On(day.Sub(dates.Period{N: 30}))
		return trial.Patient{Diagnoses: []trial.Diagnosis{{Of: p.of(), Began: began, Ended: dates.On(day), Status: "resolved"}}}
	}
	if p.set.Domain == terms.Medication {
		from := dates.On(day.Sub(dates.Period{N: 30}))
		return trial.Patient{Medications: []trial.Medication{{Of: p.of(), From: from, To: dates.On(day), Status: "completed"}}}
	}
	return p.record(day)
}

// since are orders that began around a day and go on.
func (p *prober) since(edge dates.Day) []probe {
	var out []probe
	for i, when := range [...]string{"a day longer than asked", "exactly as long as asked", "a day shorter than asked"} {
		from := edge + dates.Day(i-1)
		m := trial.Medication{Of: p.of(), From: dates.On(from), Supply: dates.Period{N: int(p.asOf-from) + 30}}
		out = append(out, probe{p.set.Name + " " + when, trial.Patient{Medications: []trial.Medication{m}}})
	}
	return out
}

// doubtful are records that may not mean what they seem to, and one whose day is not given.
func (p *prober) doubtful() []probe {
	name := p.set.Name
	day := p.inside()
	if edges := p.edges(); len(edges) > 0 {
		day = edges[0]
	}
	y, _, _ := day.Civil()
	vague := probe{fmt.Sprintf("%s in %d, day not given", name, y), p.recordAt(yearOnly(y))}
	certain := func(words string, change func(*trial.Patient)) probe {
		but := p.record(p.inside())
		change(&but)
		return probe{name + " " + words, but}
	}
	switch p.set.Domain {
	case terms.Diagnosis:
		return []probe{
			vague,
			certain("refuted", func(x *trial.Patient) { x.Diagnoses[0].Certainty = "refuted" }),
			certain("provisional", func(x *trial.Patient) { x.Diagnoses[0].Certainty = "provisional" }),
			certain("resolved", func(x *trial.Patient) { x.Diagnoses[0].Status = "resolved" }),
		}
	case terms.Medication:
		return []probe{
			certain("in a draft order", func(x *trial.Patient) { x.Medications[0].Status = "draft" }),
			certain("as needed", func(x *trial.Patient) { x.Medications[0].AsNeeded = true }),
		}
	case terms.Procedure:
		return []probe{vague, certain("not done", func(x *trial.Patient) { x.Procedures[0].Status = "not-done" })}
	case terms.Vaccine:
		return []probe{vague, certain("not done", func(x *trial.Patient) { x.Vaccines[0].Status = "not-done" })}
	case terms.Allergy:
		return []probe{
			certain("refuted", func(x *trial.Patient) { x.Allergies[0].Certainty = "refuted" }),
			{"no known allergy", trial.Patient{NoKnownAllergies: true}},
		}
	case terms.Visit:
		return []probe{vague, certain("planned", func(x *trial.Patient) { x.Visits[0].Status = "planned" })}
	}
	return nil
}

// counts are one fewer, as many and one more than the limits of times.
func (p *prober) counts() []probe {
	var out []probe
	for _, limit := range p.wholeLimits() {
		for n := max(limit-1, 0); n <= limit+1; n++ {
			out = append(out, probe{p.set.Name + " on " + plural(int(n), "day", "days"), p.count(int(n))})
		}
	}
	return append(out, p.countsAtEdges()...)
}

// countsAtEdges are as many days as just decide, the oldest of them around the edge of the window.
func (p *prober) countsAtEdges() []probe {
	n := 0
	for n < 20 && p.holdsWhole(int64(n)) == p.holdsWhole(0) {
		n++
	}
	if n == 20 {
		return nil
	}
	var out []probe
	for _, edge := range p.edges() {
		for i, when := range [...]string{"the day before ", "on ", "the day after "} {
			name := fmt.Sprintf("%s on %s, the oldest %sthe edge of the window", p.set.Name, plural(n, "day", "days"), when)
			out = append(out, probe{name, together(p.count(n-1), p.counting(edge+dates.Day(i-1)))})
		}
	}
	return out
}

// counting is one day on which the set is on record.
func (p *prober) counting(day dates.Day) trial.Patient {
	if p.set.Domain.OfResults() {
		return p.resultsOf(trial.Result{Of: p.of(), On: dates.On(day), Answer: "done"})
	}
	return p.record(day)
}

func (p *prober) counted(met bool) trial.Patient {
	for n := range 20 {
		if p.holdsWhole(int64(n)) == met {
			return p.count(n)
		}
	}
	return trial.Patient{}
}

// count is the set on record on so many different days of the window.
func (p *prober) count(n int) trial.Patient {
	var out trial.Patient
	w := p.window()
	for i := range n {
		day := max(min(w.To, p.asOf)-dates.Day(1+7*i), w.From)
		out = together(out, p.counting(day))
	}
	return out
}

// together joins two patients who have records of the same sets.
func together(a, b trial.Patient) trial.Patient {
	a.Diagnoses, a.Medications = append(a.Diagnoses, b.Diagnoses...), append(a.Medications, b.Medications...)
	a.Procedures, a.Allergies = append(a.Procedures, b.Procedures...), append(a.Allergies, b.Allergies...)
	a.Vaccines, a.Visits = append(a.Vaccines, b.Vaccines...), append(a.Visits, b.Visits...)
	a.Family, a.Flags = append(a.Family, b.Family...), append(a.Flags, b.Flags...)
	a.Labs, a.Vitals, a.Scores = append(a.Labs, b.Labs...), append(a.Vitals, b.Vitals...), append(a.Scores, b.Scores...)
	return a
}
