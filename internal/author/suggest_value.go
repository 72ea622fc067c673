package author

import (
	"fmt"
	"slices"
	"strings"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// holdsWhole tells whether a whole number lies within the question's limit.
func (p *prober) holdsWhole(n int64) bool {
	if p.leaf.Limit == nil {
		return true
	}
	in := p.leaf.Limit.Range.Holds(quantity.FromInt(n), quantity.None, nil) == quantity.Yes
	return in != p.leaf.Limit.Negate
}

func (p *prober) wholeLimits() []int64 {
	var out []int64
	for _, b := range p.bounds() {
		if n, exp, ok := b.Small(); ok && exp == 0 {
			out = append(out, n)
		}
	}
	return out
}

// bounds are the ends of the question's limit, the lower first; one that both ends share stands once.
func (p *prober) bounds() []quantity.Decimal {
	if p.leaf.Limit == nil {
		return nil
	}
	r := &p.leaf.Limit.Range
	var out []quantity.Decimal
	if r.Low != nil {
		out = append(out, r.Low.Value)
	}
	if r.High != nil && (r.Low == nil || r.High.Value.Cmp(r.Low.Value) != 0) {
		out = append(out, r.High.Value)
	}
	return out
}

// upper and lower limits of normal that made-up results carry when a limit is a multiple of them.
const (
	madeUpLow  = "10"
	madeUpHigh = "40"
)

// scale is the unit of a limit and what stands for it in a result.
type scale struct {
	unit   string
	factor quantity.Decimal // 1, or the limit of normal
	normal bool
}

func (p *prober) scale() scale {
	s := scale{unit: p.leaf.Limit.Unit, factor: quantity.FromInt(1)}
	if p.leaf.Limit.Of != rule.NoNormal {
		s.normal, s.factor = true, quantity.FromInt(40)
		if p.leaf.Limit.Of == rule.LLN {
			s.factor = quantity.FromInt(10)
		}
		s.unit = ""
	}
	if s.unit == "" && p.set.Analyte != nil {
		s.unit = p.set.Analyte.Canonical
	}
	return s
}

// result makes a result of a value in the unit of the limit.
func (p *prober) result(v quantity.Decimal, on dates.When) trial.Result {
	s := p.scale()
	r := trial.Result{Of: p.of(), HasValue: true, Value: v, Unit: s.unit, On: on}
	if s.normal {
		r.Low, r.High = madeUpLow, madeUpHigh
	}
	return r
}

// resultsOf puts results where their domain is written.
func (p *prober) resultsOf(list ...trial.Result) trial.Patient {
	switch p.set.Domain {
	case terms.Lab:
		return trial.Patient{Labs: list}
	case terms.Vital:
		return trial.Patient{Vitals: list}
	}
	return trial.Patient{Scores: list}
}

// repeated is a result as often as the question asks for, each on a day of its own.
func (p *prober) repeated(r trial.Result) trial.Patient {
	apart := dates.Day(7)
	if w := &p.leaf.When; w.Apart.N > 0 {
		apart = p.asOf.Add(w.Apart) - p.asOf
	}
	last, first := min(p.window().To, p.asOf), p.window().From
	var list []trial.Result
	for n := range max(p.leaf.When.N, 1) {
		again := r
		if p.leaf.When.N > 1 {
			again.On = dates.On(max(last-dates.Day(n)*apart, first))
		}
		list = append(list, again)
	}
	return p.resultsOf(list...)
}

// measured is a result within the limit, or beyond it.
func (p *prober) measured(met bool) trial.Patient {
	if len(p.leaf.OneOf) > 0 || len(p.bounds()) == 0 {
		return p.answered(met)
	}
	for _, around := range p.around() {
		in := p.leaf.Limit.Range.Holds(around.value, quantity.None, nil) == quantity.Yes
		if in != p.leaf.Limit.Negate == met {
			return p.repeated(p.result(around.recorded, dates.On(p.inside())))
		}
	}
	return trial.Patient{}
}

// near is a value at or beside a limit: as it is held against the limit, and as a result gives it.
type near struct {
	value, recorded quantity.Decimal
	words           string
}

// around are the values one last digit below, at and above each limit.
func (p *prober) around() []near {
	s := p.scale()
	var out []near
	for _, b := range p.bounds() {
		at := b.Mul(s.factor)
		for i, words := range [...]string{"just below", "at", "just above"} {
			moved, ok := Neighbour(at.String(), int64(i-1))
			v, err := quantity.Parse(moved)
			if !ok || err != nil {
				continue
			}
			held := v
			if s.normal {
				held = held.Mul(reciprocal(s.factor))
			}
			out = append(out, near{held, v, words + " " + strings.TrimSpace(at.String()+" "+s.unit)})
		}
	}
	return out
}

// reciprocal is exact for the made-up limits of normal, 10 and 40.
func reciprocal(d quantity.Decimal) quantity.Decimal {
	if d.Cmp(quantity.FromInt(40)) == 0 {
		return quantity.FromSmall(25, -3)
	}
	return map[bool]quantity.Decimal{true: quantity.FromSmall(1, -1), false: quantity.FromInt(1)}[d.Cmp(quantity.FromInt(10)) == 0]
}

// results are the cases of a laboratory result, a vital sign, a score, a marker or a stage.
func (p *prober) results() []probe {
	name := p.set.Name
	if p.leaf.Limit == nil || len(p.leaf.OneOf) > 0 || len(p.bounds()) == 0 {
		return p.answers()
	}
	var out []probe
	on := dates.On(p.inside())
	for _, n := range p.around() {
		out = append(out, probe{name + " " + n.words, p.repeated(p.result(n.recorded, on))})
	}
	within := p.measured(true)
	list := slices.Concat(within.Labs, within.Vitals, within.Scores)
	if len(list) == 0 {
		return out
	}
	out = append(out, p.otherUnit(on)...)
	at := list[0]
	out = append(out, p.atEdges(list)...)
	day := p.inside()
	if edges := p.edges(); len(edges) > 0 {
		day = edges[0]
	}
	y, _, _ := day.Civil()
	vague, early, bounded := at, at, at
	vague.On, early.Status = yearOnly(y), "preliminary"
	bounded.Comparator = quantity.Less
	return append(out,
		probe{fmt.Sprintf("%s in %d, day not given", name, y), p.resultsOf(vague)},
		probe{name + " preliminary", p.resultsOf(early)},
		probe{name + " given as less than a value", p.resultsOf(bounded)},
		probe{"no " + name + " on record", trial.Patient{}},
	)
}

// atEdges moves a result that answers to the edges of the window; of several the oldest, the others stay inside.
func (p *prober) atEdges(list []trial.Result) []probe {
	if len(list) == 0 {
		return nil
	}
	var out []probe
	for _, edge := range p.edges() {
		for i, when := range [...]string{"the day before ", "on ", "the day after "} {
			moved := slices.Clone(list)
			moved[len(moved)-1].On = dates.On(edge + dates.Day(i-1))
			out = append(out, probe{fmt.Sprintf("%s %sthe edge of the window, %s", p.set.Name, when, edge), p.resultsOf(moved...)})
		}
	}
	return out
}

// otherUnit gives the limits in another unit that the value set accepts.
func (p *prober) otherUnit(on dates.When) []probe {
	a, s := p.set.Analyte, p.scale()
	if a == nil || s.normal {
		return nil
	}
	for _, unit := range strings.Split(a.Units(), ", ") {
		if unit == s.unit || unit == "no unit" {
			continue
		}
		c, err := a.Between(s.unit, unit)
		if err != nil || c.Identity() {
			continue
		}
		var out []probe
		for _, b := range p.bounds() {
			v, err := quantity.Parse(c.ApplyText(b))
			if err != nil {
				continue
			}
			r := p.result(v, on)
			r.Unit = unit
			words := fmt.Sprintf("%s %s, about %s %s", p.set.Name, v.String()+" "+unit, b.String(), s.unit)
			out = append(out, probe{words, p.repeated(r)})
		}
		return out
	}
	return nil
}

// answers are the cases of a result that is one of the answers of its set.
func (p *prober) answers() []probe {
	name := p.set.Name
	var out []probe
	for _, a := range p.set.Answers {
		out = append(out, probe{name + " " + a.Value, p.resultsOf(trial.Result{Of: p.of(), Answer: a.Value, On: dates.On(p.inside())})})
	}
	if len(out) == 0 {
		return nil
	}
	at := p.answered(true)
	list := slices.Concat(at.Labs, at.Vitals, at.Scores)
	return append(append(out, p.atEdges(list)...),
		probe{name + " with an answer that is none of them", p.resultsOf(trial.Result{Of: p.of(), Answer: "see report", On: dates.On(p.inside())})},
		probe{"no " + name + " on record", trial.Patient{}},
	)
}

func (p *prober) answered(met bool) trial.Patient {
	for _, a := range p.set.Answers {
		asked := false
		for _, o := range p.leaf.OneOf {
			asked = asked || strings.EqualFold(o, a.Value)
		}
		if p.leaf.Limit != nil && p.leaf.Limit.Negate {
			asked = !asked
		}
		if asked == met {
			return p.resultsOf(trial.Result{Of: p.of(), Answer: a.Value, On: dates.On(p.inside())})
		}
	}
	return trial.Patient{}
}
