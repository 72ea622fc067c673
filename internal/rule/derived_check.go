package rule

import (
	"fmt"
	"strings"

	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// derive fills in the formula of a leaf whose word is a derived value, and the value sets that it reads. A set that the
// library lacks is the author's to add: without it nobody could ever be computed.
func (c *checker) derive(l *Leaf, t *term, w *Word) bool {
	f := findFormula(w.Name)
	if f == nil {
		return true
	}
	d := &Derivation{formula: f}
	ok := true
	for i := range f.inputs {
		in := &f.inputs[i]
		set, found := c.formulaSet(t, f, in.sets, in.kind.domain(), in.kind == graded || in.kind == diagnosedFlag)
		d.inputs = append(d.inputs, set)
		ok = found && c.inputUnit(t, f, in, set) && ok
	}
	if r := f.report; r != nil {
		found := false
		d.report, found = c.formulaSet(t, f, r.sets, terms.Lab, r.optional)
		ok = found && ok
	}
	d.beside, _ = c.formulaSet(t, f, f.beside, terms.Lab, true)
	if f.score != nil {
		ok = c.items(t, d) && ok
	}
	d.gather()
	l.Derived, l.Besides = d, append(l.Besides, d.Sets...)
	return ok
}

func (k inputKind) domain() terms.Domain {
	switch k {
	case dialysed:
		return terms.Procedure
	case diagnosedFlag:
		return terms.Diagnosis
	}
	return terms.Lab
}

// items finds the sets of a score's diagnoses.
func (c *checker) items(t *term, d *Derivation) bool {
	ok := true
	for _, line := range d.formula.score.lines {
		var sets []*terms.ValueSet
		for _, item := range line {
			set, found := c.formulaSet(t, d.formula, []string{item.set}, terms.Diagnosis, false)
			sets, ok = append(sets, set), found && ok
		}
		d.items = append(d.items, sets)
	}
	return ok
}

// gather lists the sets of a derivation, each once.
func (d *Derivation) gather() {
	seen := map[*terms.ValueSet]bool{nil: true}
	add := func(sets ...*terms.ValueSet) {
		for _, s := range sets {
			if !seen[s] {
				seen[s], d.Sets = true, append(d.Sets, s)
			}
		}
	}
	add(d.inputs...)
	for _, line := range d.items {
		add(line...)
	}
	add(d.report, d.beside)
}

// formulaSet finds a value set by the first of its fixed names that the library has.
func (c *checker) formulaSet(t *term, f *formula, names []string, domain terms.Domain, optional bool) (*terms.ValueSet, bool) {
	for _, name := range names {
		set, ok := c.lib.Find(name)
		if !ok {
			continue
		}
		if fitsFormula(set.Domain, domain) {
			return set, true
		}
		c.tellTerm(codeFormulaSet, t, fmt.Sprintf("%s reads the value set %s, which holds %s here; it needs %s of that name", f.word, quoted(set.Name), domainNames[set.Domain], domainNames[domain]), "")
		return nil, false
	}
	if !optional {
		c.tellTerm(codeFormulaSet, t, fmt.Sprintf("%s reads the value set %s, and there is none: add a set of %s of this name", f.word, quoted(names[0]), domainNames[domain]), "")
	}
	return nil, optional
}

// fitsFormula takes body measures for results: both are observations.
func fitsFormula(has, needs terms.Domain) bool {
	return has == needs || has.OfResults() && needs.OfResults()
}

// inputUnit checks that the results of a set lead to the unit that the formula takes.
func (c *checker) inputUnit(t *term, f *formula, in *input, set *terms.ValueSet) bool {
	if set == nil || in.kind != measured {
		return true
	}
	if set.Analyte != nil {
		if _, err := set.Analyte.Between(set.Analyte.Canonical, in.unit); err == nil {
			return true
		}
	}
	c.tellTerm(codeFormulaSet, t, fmt.Sprintf("%s computes with %s in %s: list that unit in the value set", f.word, quoted(set.Name), unitName(in.unit)), "")
	return false
}

// unitName writes a unit as people read it.
func unitName(unit string) string {
	return strings.NewReplacer("{1.73_m2}", "1.73 m2", "{", "", "}", "").Replace(unit)
}

// scaleOf is what the limit of a derived value may be written in: the units of the set that reports it, else of the set
// named for it, else the formula's own unit.
func (d *Derivation) scaleOf(lib *terms.Library) *quantity.Analyte {
	sets := []*terms.ValueSet{d.report}
	for _, name := range d.formula.scale {
		set, _ := lib.Find(name)
		sets = append(sets, set)
	}
	for _, s := range sets {
		if s != nil && s.Analyte != nil && s.Analyte.Canonical != "" {
			if _, err := s.Analyte.Between(s.Analyte.Canonical, d.formula.unit); err == nil {
				return s.Analyte
			}
		}
	}
	a, err := quantity.NewAnalyte(d.formula.unit, nil, nil, "")
	if err != nil {
		return nil
	}
	return a
}

// derivedLimit checks a limit; that of a derived value against the units it may be written in.
func (c *checker) derivedLimit(l *Leaf, t *term, w *Word, asked int) bool {
	if l.Derived != nil && w.Gives == Amount {
		l.Set = &terms.ValueSet{Name: w.Name, Domain: terms.Lab, Analyte: l.Derived.scaleOf(c.lib)}
		defer func() { l.Set = nil }()
	}
	ok := c.limit(l, t, w, asked)
	if ok && l.Derived != nil && l.Limit != nil && l.Limit.Of != NoNormal {
		c.tellTerm(codeUpperLimit, t, w.Name+" is computed: no result carries a limit of normal for it; write the limit as a quantity", "")
		return false
	}
	return ok
}
