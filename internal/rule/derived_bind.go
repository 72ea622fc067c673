package rule

import (
	"prescreen/internal/chart"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// boundDerived is a derivation with everything that does not depend on the chart.
type boundDerived struct {
	*Derivation
	inputs    []boundInput
	report    *boundLeaf // nil: nothing reports it
	forms     map[terms.CodeID]form
	beside    *boundLeaf
	items     [][]*boundLeaf // of a score, by line
	low, high *edge          // the limit in the formula's unit; nil: unbounded
	least     *edge          // the plausible range of the value; nil: none
	most      *edge
}

// boundInput is one input; its leaf looks its set up.
type boundInput struct {
	*input
	leaf    *boundLeaf           // nil where the library lacks the set
	rounded []float64            // by UnitID: the divisor in place of the conversion; 0 for none
	answers map[terms.CodeID]int // of a grade
}

// leads tells that an input lies inside the window, together with its like.
func (in *boundInput) leads() bool { return in.kind == measured && in.apart == together }

// edge is one end of a range in the formula's unit.
type edge struct {
	at    float64
	exact quantity.Ratio
	open  bool
}

// bindDerived makes the leaves that a formula's inputs are looked up by.
func (b *Bound) bindDerived(l *boundLeaf, lib *terms.Library) {
	d := &boundDerived{Derivation: l.Derived}
	l.derived, l.judge, l.kind = d, judgeDerived, chart.Result
	l.open, l.assumed = b.missingMeans(terms.Lab)
	for i, set := range l.Derived.inputs {
		d.inputs = append(d.inputs, b.bindInput(l, &l.Derived.formula.inputs[i], set, lib))
	}
	if set := l.Derived.report; set != nil {
		d.report = &boundLeaf{Leaf: &Leaf{Word: "lab", Set: set, When: When{Window: l.When.Window, HasWindow: l.When.HasWindow}, Limit: l.Limit}}
		b.bindSet(d.report, lib)
		if l.Limit != nil {
			d.report.limit = &l.Limit.Range
		}
		d.bindForms(b.dict)
	}
	if set := l.Derived.beside; set != nil {
		d.beside = &boundLeaf{Leaf: &Leaf{Word: "lab", Set: set, When: When{Window: l.When.Window, HasWindow: l.When.HasWindow}}}
		b.bindSet(d.beside, lib)
	}
	for _, line := range l.Derived.items {
		var leaves []*boundLeaf
		for _, set := range line {
			leaves = append(leaves, b.bindPart("diagnosed", set, lib))
		}
		d.items = append(d.items, leaves)
	}
	d.bindLimit(l, lib)
}

// bindInput binds one input. A limit without ends makes the set's own conversion lead to the formula's unit.
func (b *Bound) bindInput(l *boundLeaf, in *input, set *terms.ValueSet, lib *terms.Library) boundInput {
	bound := boundInput{input: in}
	if set == nil {
		return bound
	}
	switch in.kind {
	case dialysed:
		bound.leaf = b.bindPart("procedure", set, lib)
		return bound
	case diagnosedFlag:
		bound.leaf = b.bindPart("diagnosed", set, lib)
		return bound
	case graded:
		bound.answers = set.BindAnswers(b.dict)
	}
	leaf := &Leaf{Word: "lab", Set: set, Limit: &Limit{Unit: in.unit}}
	if in.apart == together {
		leaf.When = When{Window: l.When.Window, HasWindow: l.When.HasWindow}
	}
	bound.leaf = &boundLeaf{Leaf: leaf}
	b.bindSet(bound.leaf, lib)
	bound.leaf.limit = &leaf.Limit.Range
	if len(in.round) > 0 {
		bound.rounded = make([]float64, b.units.Len())
		for id := range bound.rounded {
			name, _ := quantity.Alias(b.units.Name(chart.UnitID(id)))
			bound.rounded[id] = in.round[name]
		}
	}
	return bound
}

// bindPart binds a diagnosis or procedure that a formula asks for. What suggests it makes its silence open, whichever way
// the criterion works: points may be missing or too many.
func (b *Bound) bindPart(word string, set *terms.ValueSet, lib *terms.Library) *boundLeaf {
	part := &boundLeaf{Leaf: &Leaf{Word: word, Set: set}, hard: true}
	b.bindSet(part, lib)
	part.assumed = false
	return part
}

// missingMeans gives what nothing on record of a kind is said to be: open, or not met by assumption.
func (b *Bound) missingMeans(d terms.Domain) (open, assumed bool) {
	open = b.Settings.SilenceOpen || b.Program.Source.Open
	notMet, said := b.Settings.Missing[d]
	return open || said && !notMet, notMet && !open
}

// bindForms finds the formula behind each code of the report, and leaves out the codes of other quantities.
func (d *boundDerived) bindForms(dict *terms.Dictionary) {
	r := d.formula.report
	d.forms = map[terms.CodeID]form{}
	var kept []terms.Member
	for _, m := range d.report.picked.members {
		c := dict.Coding(m.ID)
		f, known := r.forms[c.Code]
		known = known && c.System == terms.LOINC
		if known {
			d.forms[m.ID] = f
		}
		if known || !r.only {
			kept = append(kept, m)
		}
	}
	if r.only {
		d.report.picked = pickOf(kept)
	}
}

// pickOf makes a lookup of some members, sorted by number.
func pickOf(members []terms.Member) picked {
	p := picked{members: members}
	if n := len(members); n > 0 {
		p.bits = make([]uint64, members[n-1].ID/64+1)
		for _, m := range members {
			p.bits[m.ID/64] |= 1 << (m.ID % 64)
		}
	}
	return p
}

// bindLimit converts the limit and the plausible range to the formula's unit.
func (d *boundDerived) bindLimit(l *boundLeaf, lib *terms.Library) {
	if d.formula.score != nil {
		d.edges(l, nil)
		return
	}
	a := d.scaleOf(lib)
	d.edges(l, a)
	if p := a.Plausible; p != nil {
		d.least, d.most = edgeOf(p.Low, a, a.Canonical, d.formula.unit), edgeOf(p.High, a, a.Canonical, d.formula.unit)
	}
}

func (d *boundDerived) edges(l *boundLeaf, a *quantity.Analyte) {
	if l.Limit == nil {
		return
	}
	unit := l.Limit.Unit
	if unit == "" && a != nil {
		unit = a.Canonical
	}
	d.low, d.high = edgeOf(l.Limit.Range.Low, a, unit, d.formula.unit), edgeOf(l.Limit.Range.High, a, unit, d.formula.unit)
}

func edgeOf(b *quantity.Bound, a *quantity.Analyte, from, to string) *edge {
	if b == nil {
		return nil
	}
	e := &edge{exact: b.Value.Ratio(), open: b.Open}
	if a != nil {
		if conv, err := a.Between(from, to); err == nil {
			if exact, ok := conv.Exact(b.Value); ok {
				e.exact = exact
			}
		}
	}
	e.at = e.exact.Float64()
	return e
}
