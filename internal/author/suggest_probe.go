package author

import (
	"fmt"

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
	birth dates.Day
}

// of names the question's value set.
func (p *prober) of() trial.Of { return trial.Of{Set: p.leaf.Set.Name} }

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
	switch {
	case p.leaf.Set == nil:
		return nil
	case p.leaf.Set.Domain.OfResults():
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
	case p.leaf.Set == nil:
		return trial.Patient{}
	case p.leaf.Word == "times":
		return p.counted(met)
	case p.leaf.Set.Domain.OfResults():
		return p.measured(met)
	case met:
		return p.record(p.inside())
	case p.leaf.Set.Domain == terms.Allergy:
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
	if w := &p.leaf.When; w.HasWindow {
		return w.Window.On(p.asOf)
	}
	return dates.Window{From: dates.Min, To: p.asOf}
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
		asked := false
		for _, o := range p.leaf.OneOf {
			asked = asked || o == s
		}
		if p.leaf.Limit != nil && p.leaf.Limit.Negate {
			asked = !asked
		}
		if asked == met {
			return trial.Patient{Sex: s}
		}
	}
	return trial.Patient{}
}
