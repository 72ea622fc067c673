package quantity

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
)

// Accepted is a unit that an analyte may be recorded in: canonical = value*Factor + Offset. Factor and Offset are decimals,
// or quotients of two, such as 1/88.4, where no decimal is exact. Without both the conversion is UCUM's.
type Accepted struct {
	Unit   string
	Factor string
	Offset string
}

// Analyte is what is measured, and the units that say so. Its list decides which units are accepted; UCUM checks the list
// and scales within it. Make it with NewAnalyte. It may be used from several goroutines.
//
// A unit u, after Alias, is accepted when
//   - its spelling is listed (Canonical is), or
//   - it has a dimension, carries exactly the annotations of some listed unit, and differs from that unit by a UCUM scaling:
//     mg/L where mg/dL is listed, mL/s/{1.73_m2} where mL/min/{1.73_m2} is.
//
// So a unit that differs from every listed one in its annotations is refused: mL/min is not mL/min/{1.73_m2}, and ug/mL is
// not ug/mL{FEU}. Units without a dimension, such as {score}, % or mmol/mol, are accepted only as they are listed.
type Analyte struct {
	Canonical    string
	Accepted     []Accepted
	Plausible    *Range // in the canonical unit
	UnitIfAbsent string // the unit of a value recorded without one; "" leaves such a value unknown

	listed []listedUnit

	mu    sync.RWMutex
	known map[[2]string]answer
}

// listedUnit is a unit of the list, ready for use.
type listedUnit struct {
	text        string // after Alias
	unit        Unit
	annotations string
	toCanonical []step
}

type answer struct {
	conversion *Conversion
	err        error
}

// maxKnown bounds what an analyte remembers, because records bring any text as a unit.
const maxKnown = 1024

// NewAnalyte checks the list and tells every mistake in it at once: units that are not UCUM, conversions that UCUM cannot
// make by itself, and factors that contradict UCUM or each other.
func NewAnalyte(canonical string, accepted []Accepted, plausible *Range, unitIfAbsent string) (*Analyte, error) {
	a := &Analyte{
		Canonical: canonical, Accepted: accepted, Plausible: plausible, UnitIfAbsent: unitIfAbsent,
		known: map[[2]string]answer{},
	}
	first, err := readListed(canonical)
	if err != nil {
		return nil, err
	}
	a.listed = append(a.listed, first)
	var mistakes []error
	for _, row := range accepted {
		if err := a.list(row); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	mistakes = append(mistakes, a.contradictions()...)
	if unitIfAbsent != "" && !a.Accepts(unitIfAbsent) {
		mistakes = append(mistakes, fmt.Errorf("unit_if_absent %s is not among the accepted units: %s", unitIfAbsent, a.Units()))
	}
	if plausible != nil && plausible.empty() {
		mistakes = append(mistakes, errors.New("the plausible range holds no value: its low end lies above its high end"))
	}
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	return a, nil
}

// readListed reads a unit of the list; no text is a plain number.
func readListed(written string) (listedUnit, error) {
	if written == "" {
		return listedUnit{}, nil
	}
	text, _ := Alias(written)
	u, err := ParseUnit(text)
	if err != nil {
		return listedUnit{}, err
	}
	return listedUnit{text: text, unit: u, annotations: annotations(text)}, nil
}

// annotations are all annotations of a unit, in order.
func annotations(code string) string {
	var b strings.Builder
	for {
		_, after, found := strings.Cut(code, "{")
		if !found {
			return b.String()
		}
		text, rest, _ := strings.Cut(after, "}")
		b.WriteString("{" + text + "}")
		code = rest
	}
}

func (a *Analyte) list(row Accepted) error {
	l, err := readListed(row.Unit)
	if err != nil {
		return err
	}
	for _, other := range a.listed {
		if other.text == l.text {
			return fmt.Errorf("%s is listed twice", row.Unit)
		}
	}
	if l.toCanonical, err = a.steps(l.unit, row); err != nil {
		return err
	}
	a.listed = append(a.listed, l)
	return nil
}

// steps leads from a listed unit to the canonical one.
func (a *Analyte) steps(u Unit, row Accepted) ([]step, error) {
	if row.Factor == "" {
		if row.Offset != "" {
			return nil, fmt.Errorf("%s: an offset needs a factor; write factor 1 if only the offset is meant", row.Unit)
		}
		c, err := u.To(a.listed[0].unit)
		if err != nil {
			return nil, fmt.Errorf("%w; give its factor", err)
		}
		return c.steps, nil
	}
	factor, err := quotient(row.Factor)
	if err != nil || factor.Sign() <= 0 {
		return nil, fmt.Errorf("%s: factor %q is not a positive number, nor a quotient such as 1/88.4", row.Unit, row.Factor)
	}
	offset := new(big.Rat)
	if row.Offset != "" {
		if offset, err = quotient(row.Offset); err != nil {
			return nil, fmt.Errorf("%s: offset %q is not a number", row.Unit, row.Offset)
		}
	}
	return []step{affine(factor, offset)}, nil
}

// quotient reads a decimal, or two with a slash between.
func quotient(s string) (*big.Rat, error) {
	over, under, divided := strings.Cut(s, "/")
	n, err := Parse(strings.TrimSpace(over))
	if err != nil || !divided {
		return n.rat(), err
	}
	d, err := Parse(strings.TrimSpace(under))
	if err != nil {
		return nil, err
	}
	if d.IsZero() {
		return nil, ErrNotNumber
	}
	return new(big.Rat).Quo(n.rat(), d.rat()), nil
}

// contradictions compares every two listed units that UCUM itself converts: both ways to the canonical unit must agree.
func (a *Analyte) contradictions() []error {
	var mistakes []error
	for i, l := range a.listed {
		for _, m := range a.listed[:i] {
			c, err := l.unit.To(m.unit)
			if err != nil || l.unit.Dimensionless() {
				continue
			}
			way := newConversion("", "", append(c.steps[:len(c.steps):len(c.steps)], m.toCanonical...)...)
			if !way.sameAs(newConversion("", "", l.toCanonical...)) {
				mistakes = append(mistakes, fmt.Errorf("the factors of %s and %s contradict UCUM, by which 1 %s is %s %s",
					l.text, m.text, l.text, c.ApplyText(FromInt(1)), m.text))
			}
		}
	}
	return mistakes
}

// sameAs compares two conversions; curves are the same only if they are the same steps.
func (c *Conversion) sameAs(d *Conversion) bool {
	if len(c.steps) != len(d.steps) {
		return false
	}
	for i, s := range c.steps {
		t := d.steps[i]
		if s.curve != t.curve || s.inverse != t.inverse {
			return false
		}
		if s.curve == nil && (s.a.Cmp(t.a) != 0 || s.b.Cmp(t.b) != 0) {
			return false
		}
	}
	return true
}

// Units names the listed units, the canonical one first.
func (a *Analyte) Units() string {
	names := make([]string, len(a.listed))
	for i, l := range a.listed {
		if names[i] = l.text; l.text == "" {
			names[i] = "no unit"
		}
	}
	return strings.Join(names, ", ")
}

// Accepts says whether a value in unit can be used for this analyte.
func (a *Analyte) Accepts(unit string) bool {
	_, err := a.Between(unit, a.Canonical)
	return err == nil
}

// IsPlausible says whether v lies within the plausible range, whose ends are plausible unless they are open; without a range
// every value is. It is Undecided where the unit is not accepted.
func (a *Analyte) IsPlausible(v Decimal, unit string) Truth {
	c, err := a.Between(unit, a.Canonical)
	if err != nil {
		return Undecided
	}
	return a.Plausible.Holds(v, None, c)
}

// Between is the conversion from one accepted unit to another: none if they are the same after Alias, else through the list,
// with UCUM scaling up to the nearest listed unit. Its errors are sentences for a coordinator. Answers are remembered, so it
// may be asked for every value.
func (a *Analyte) Between(from, to string) (*Conversion, error) {
	key := [2]string{from, to}
	a.mu.RLock()
	known, ok := a.known[key]
	a.mu.RUnlock()
	if ok {
		return known.conversion, known.err
	}
	c, err := a.between(from, to)
	if len(from)+len(to) > 2*maxUnitLength {
		return c, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.known) < maxKnown {
		a.known[key] = answer{c, err}
	}
	return c, err
}

func (a *Analyte) between(from, to string) (*Conversion, error) {
	start, err := a.find(from)
	if err != nil {
		return nil, err
	}
	end, err := a.find(to)
	if err != nil {
		return nil, err
	}
	if start.text == end.text {
		return newConversion(from, to), nil
	}
	steps := append(start.toCanonical[:len(start.toCanonical):len(start.toCanonical)], backwards(end.toCanonical)...)
	return newConversion(from, to, steps...), nil
}

// find is the rule of acceptance that stands at Analyte.
func (a *Analyte) find(written string) (listedUnit, error) {
	if written == "" && a.listed[0].text != "" {
		if a.UnitIfAbsent == "" {
			return listedUnit{}, fmt.Errorf("the unit is missing; accepted: %s", a.Units())
		}
		written = a.UnitIfAbsent
	}
	text, _ := Alias(written)
	for _, l := range a.listed {
		if l.text == text {
			return l, nil
		}
	}
	u, err := readListed(text)
	if err != nil {
		return listedUnit{}, fmt.Errorf("%w; accepted: %s", err, a.Units())
	}
	for _, l := range a.listed {
		if u.annotations != l.annotations || u.unit.Dimensionless() {
			continue
		}
		if c, err := u.unit.To(l.unit); err == nil {
			u.toCanonical = append(c.steps[:len(c.steps):len(c.steps)], l.toCanonical...)
			return u, nil
		}
	}
	return listedUnit{}, a.refusal(u)
}

func (a *Analyte) refusal(u listedUnit) error {
	for _, l := range a.listed {
		if !u.unit.Dimensionless() && u.unit.Comparable(l.unit) {
			return fmt.Errorf("%s is not %s, though UCUM sets them equal up to a factor; accepted: %s", u.text, l.text, a.Units())
		}
	}
	return fmt.Errorf("%w; accepted: %s", incomparable(u.unit, a.listed[0].unit), a.Units())
}
