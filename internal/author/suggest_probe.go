package author

import (
	"fmt"
	"slices"

	"prescreen/internal/dates"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
	"prescreen/internal/verdict"
)

// probe is a made-up change to the patient that puts one question to its limit.
type probe struct {
	name string
	but  trial.Patient
}

// prober makes up records for one question.
type prober struct {
	lib   *terms.Library
	asOf  dates.Day
	leaf  *rule.Leaf
	set   *terms.ValueSet // that records are made up of; nil where none can be
	birth dates.Day
	event dates.Day // of the record that the question is tied to by before, after or within
}

func newProber(lib *terms.Library, asOf dates.Day, leaf *rule.Leaf, birth dates.Day) *prober {
	p := &prober{lib: lib, asOf: asOf, leaf: leaf, set: leaf.Set, birth: birth, event: asOf - 60}
	if p.set == nil && leaf.Limit != nil { // a computed value has records of its own too: reported ones
		for _, set := range leaf.Besides {
			if p.set == nil && set.Analyte != nil && leaf.Limit.Unit != "" && set.Analyte.Accepts(leaf.Limit.Unit) {
				p.set = set
			}
		}
	}
	if p.set != nil {
		if _, known := lib.Find(p.set.Name); !known {
			p.set = nil // built into the language: no test can name it
		}
	}
	return p
}

// of names the question's value set.
func (p *prober) of() trial.Of { return trial.Of{Set: p.set.Name} }

// tie finds the record that the question is tied to, or makes one up.
func (p *prober) tie(around *trial.Patient) {
	set := p.leaf.When.Event.Set
	if set == nil {
		return
	}
	for _, r := range slices.Concat(around.Labs, around.Vitals, around.Scores) {
		if r.Set == set.Name {
			p.event = r.On.From
			return
		}
	}
	other := &prober{lib: p.lib, asOf: p.asOf, leaf: &rule.Leaf{Word: "times", Set: set}, set: set, birth: p.birth}
	*around = together(*around, other.counting(p.event))
}

// probes gives the cases of the question; none for what no record can be made up for.
func (p *prober) probes() []probe {
	switch p.leaf.Word {
	case "age":
		return p.ages()
	case "sex":
		return p.sexes()
	case "deceased":
		return []probe{
			{"died today", trial.Patient{Died: dates.On(p.asOf)}},
			{"dies tomorrow", trial.Patient{Died: dates.On(p.asOf + 1)}},
			{"alive", trial.Patient{}},
		}
	case "times":
		return p.counts()
	}
	if probes, ok := p.personal(); ok {
		return probes
	}
	switch {
	case p.set == nil:
		return nil
	case p.leaf.Word == "age_at":
		return p.onsets()
	case p.leaf.Word == "days_since":
		return p.elapsed()
	case p.leaf.Word == "daily_dose":
		return p.doses()
	case p.set.Domain.OfResults():
		return p.results()
	}
	return p.happenings()
}

// answering gives records that make the question met or not met, as far as any can be made up.
func (p *prober) answering(want verdict.Verdict) trial.Patient {
	met := want == verdict.Met
	switch {
	case p.leaf.Word == "age":
		return p.aged(met)
	case p.leaf.Word == "sex":
		return p.sexed(met)
	case p.leaf.Word == "deceased" && met:
		return trial.Patient{Died: dates.On(p.asOf)}
	case p.set == nil:
		return p.circumstance(met)
	case p.leaf.Word == "times":
		return p.counted(met)
	case p.set.Domain.OfResults():
		return p.measured(met)
	case met:
		return p.record(p.inside())
	case p.set.Domain == terms.Allergy:
		return trial.Patient{NoKnownAllergies: true}
	}
	return trial.Patient{}
}

// inside is a day well within the question's window.
func (p *prober) inside() dates.Day {
	w := p.window()
	switch from, to := max(w.From, p.asOf.Sub(dates.Period{N: 60})), min(w.To, p.asOf); {
	case from > to: // the window ends long ago
		return max(w.To-30, w.From)
	default:
		return from + (to-from)/2
	}
}

// window is the question's window on the as-of day.
func (p *prober) window() dates.Window {
	if e := &p.leaf.When.Event; e.Set != nil {
		return p.aroundEvent(e)
	}
	if w := &p.leaf.When; w.HasWindow {
		return w.Window.On(p.asOf)
	}
	return dates.Window{From: dates.Min, To: p.asOf}
}

// aroundEvent is where a question that is tied to another record looks.
func (p *prober) aroundEvent(e *rule.Event) dates.Window {
	w := dates.Window{From: dates.Min, To: p.asOf}
	if !e.Within.IsZero() {
		w = dates.Window{From: p.event.Sub(e.Within), To: min(p.event.Add(e.Within), p.asOf)}
	}
	switch same := !e.Within.IsZero(); {
	case e.Side == rule.Before && same:
		w.To = p.event
	case e.Side == rule.After && same:
		w.From = p.event
	case e.Side == rule.Before:
		w.To = p.event - 1
	case e.Side == rule.After:
		w.From = p.event + 1
	}
	return w
}

// edges are the days between which the window opens and closes.
func (p *prober) edges() []dates.Day {
	var days []dates.Day
	w := p.window()
	if w.From > dates.Min {
		days = append(days, w.From)
	}
	if w.To < p.asOf {
		days = append(days, w.To)
	}
	return days
}

// aged is the birth date of somebody who is within the limit, or not.
func (p *prober) aged(met bool) trial.Patient {
	for years := range 120 {
		if p.holdsWhole(int64(years)) == met {
			if years < 40 && p.holdsWhole(50) == met {
				continue
			}
			return trial.Patient{Birth: dates.On(p.asOf.Sub(dates.Period{N: years, Unit: dates.Years}) - 100)}
		}
	}
	return trial.Patient{}
}

// ages are birthdays around each limit: tomorrow, today.
func (p *prober) ages() []probe {
	var out []probe
	for _, limit := range p.wholeLimits() {
		if limit < 1 || limit > 120 {
			continue
		}
		for _, years := range [2]int{int(limit), int(limit) + 1} {
			day := p.asOf.Sub(dates.Period{N: years, Unit: dates.Years})
			out = append(out,
				probe{fmt.Sprintf("turns %d tomorrow", years), trial.Patient{Birth: dates.On(day + 1)}},
				probe{fmt.Sprintf("turns %d today", years), trial.Patient{Birth: dates.On(day)}},
			)
		}
		y, _, _ := p.asOf.Sub(dates.Period{N: int(limit), Unit: dates.Years}).Civil()
		out = append(out, probe{fmt.Sprintf("born in %d, day not given", y), trial.Patient{Birth: yearOnly(y)}})
	}
	return out
}

func yearOnly(y int) dates.When {
	return dates.When{From: dates.NewDay(y, 1, 1), To: dates.NewDay(y, 12, 31), Precision: dates.ToYear}
}

func (p *prober) sexes() []probe {
	var out []probe
	for _, s := range [...]string{"female", "male", "unknown"} {
		out = append(out, probe{"sex " + s, trial.Patient{Sex: s}})
	}
	return out
}

func (p *prober) sexed(met bool) trial.Patient {
	for _, s := range [...]string{"female", "male"} {
		if p.asksFor(s) == met {
			return trial.Patient{Sex: s}
		}
	}
	return trial.Patient{}
}
