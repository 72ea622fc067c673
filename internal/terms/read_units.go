package terms

import (
	"errors"
	"fmt"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/quantity"
)

// analyte makes the list of units of a set of results; nil for a set without one. Each row is checked on top of those
// before it, so that a mistake stands at its own row.
func (r *reader) analyte(d *draft) *quantity.Analyte {
	t := d.text
	if !t.Unit.Given() {
		for _, at := range []mistake.Place{t.UnitIfAbsent.Place, firstUnit(t.Units), plausiblePlace(t.Plausible)} {
			if at.Given() {
				r.tell(d, at, wrongUnit, "this needs the key \"unit\": the unit that the others lead to")
				return nil
			}
		}
		return nil
	}
	a, err := quantity.NewAnalyte(t.Unit.Value, nil, nil, "")
	if err != nil {
		r.tell(d, t.Unit.Place, wrongUnit, "the unit "+t.Unit.Value+" cannot be used: "+err.Error())
		return nil
	}
	var accepted []quantity.Accepted
	for _, u := range t.Units {
		if u.Unit.Given() {
			row := quantity.Accepted{Unit: u.Unit.Value, Factor: u.Factor.Value, Offset: u.Offset.Value}
			with := append(accepted[:len(accepted):len(accepted)], row)
			if _, err := quantity.NewAnalyte(t.Unit.Value, with, nil, ""); err != nil {
				r.tell(d, u.Unit.Place, wrongUnit, err.Error())
			} else {
				accepted = with
			}
		}
	}
	if listed, err := quantity.NewAnalyte(t.Unit.Value, accepted, nil, ""); err == nil {
		a = listed
	}
	if t.UnitIfAbsent.Given() && !a.Accepts(t.UnitIfAbsent.Value) {
		r.tell(d, t.UnitIfAbsent.Place, wrongUnit, fmt.Sprintf("%s is not among the units of this set: %s", t.UnitIfAbsent.Value, a.Units()))
		t.UnitIfAbsent.Value = ""
	}
	full, err := quantity.NewAnalyte(t.Unit.Value, accepted, r.plausible(d), t.UnitIfAbsent.Value)
	if err != nil {
		r.tell(d, plausiblePlace(t.Plausible), wrongQuantity, err.Error())
		return a
	}
	return full
}

func firstUnit(units []unitText) mistake.Place {
	for _, u := range units {
		return u.Unit.Place
	}
	return mistake.Place{}
}

func plausiblePlace(p *rangeText) mistake.Place {
	switch {
	case p == nil:
		return mistake.Place{}
	case p.Low.Given():
		return p.Low.Place
	}
	return p.High.Place
}

// plausible reads the limits beyond which a value is a mistake of the record. They are written in the canonical unit,
// because a reader compares them with it.
func (r *reader) plausible(d *draft) *quantity.Range {
	p := d.text.Plausible
	if p == nil {
		return nil
	}
	low, high := r.plausibleEnd(d, p.Low), r.plausibleEnd(d, p.High)
	if low == nil && high == nil {
		return nil
	}
	return &quantity.Range{Low: low, High: high}
}

func (r *reader) plausibleEnd(d *draft, t mistake.Text) *quantity.Bound {
	if !t.Given() {
		return nil
	}
	v, unit, err := quantity.ParseQuantity(t.Value)
	if err == nil && unit != d.text.Unit.Value {
		err = errors.New("write it in the set's own unit")
	}
	if err != nil {
		r.tell(d, t.Place, wrongQuantity, err.Error()).Fix = "\"" + numberOf(t.Value) + " " + d.text.Unit.Value + "\""
		return nil
	}
	return &quantity.Bound{Value: v}
}

// numberOf is the number at the beginning of a text, for a suggestion; 0 where there is none.
func numberOf(s string) string {
	end := strings.IndexFunc(s, func(r rune) bool { return r != '.' && r != '-' && (r < '0' || r > '9') })
	if end < 0 {
		end = len(s)
	}
	if s[:end] == "" {
		return "0"
	}
	return s[:end]
}

// suggestions reads what makes silence about a set doubtful, once all sets are known.
func (r *reader) suggestions(d *draft) {
	for _, s := range d.text.SuggestedBy {
		if !s.Set.Given() {
			continue
		}
		other, ok := r.byName[strings.ToLower(s.Set.Value)]
		if !ok {
			r.unknownSet(d, s.Set)
			continue
		}
		g := Suggestion{Set: other.set.Name, Unit: "", Limit: nil}
		if s.AtLeast.Given() || s.AtMost.Given() {
			if !r.limit(d, s, other.set, &g) {
				continue
			}
		} else if other.set.Domain.OfResults() {
			r.tell(d, s.Set.Place, suggestionLimits, fmt.Sprintf("%q is measured in everybody: say from which value on it suggests %q", other.set.Name, d.set.Name)).
				Fix = fmt.Sprintf("{set: %s, at_least: \"…\"}", other.set.Name)
			continue
		}
		d.set.SuggestedBy = append(d.set.SuggestedBy, g)
	}
}

func (r *reader) limit(d *draft, s suggestionText, of *ValueSet, g *Suggestion) bool {
	g.Limit = &quantity.Range{}
	low, okLow := r.limitEnd(d, s.AtLeast, of, g, ">= ")
	high, okHigh := r.limitEnd(d, s.AtMost, of, g, "<= ")
	g.Limit.Low, g.Limit.High = low, high
	return okLow && okHigh
}

func (r *reader) limitEnd(d *draft, t mistake.Text, of *ValueSet, g *Suggestion, sign string) (*quantity.Bound, bool) {
	if !t.Given() {
		return nil, true
	}
	v, unit, err := quantity.ParseQuantity(t.Value)
	switch {
	case err != nil:
	case of.Analyte == nil:
		err = fmt.Errorf("%q has no values to compare with", of.Name)
	case g.Unit != "" && g.Unit != unit:
		err = errors.New("both limits are written in one unit")
	default:
		_, err = of.Analyte.Between(unit, of.Analyte.Canonical)
	}
	if err != nil {
		r.tell(d, t.Place, wrongQuantity, err.Error())
		return nil, false
	}
	g.Unit, g.Text = unit, strings.TrimSpace(g.Text+" "+sign+t.Value)
	return &quantity.Bound{Value: v}, true
}
