package rule

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
)

// A limit of normal is taken from the range on the result itself, in its own unit. Where it carries several, those of type
// normal that fit the patient's sex and age are asked, and decide only if they answer alike; where none, the site's table
// for the day of the result. There is no third source: a textbook's value is nobody's limit.

// fit tells how a limit of normal fits the patient.
type fit uint8

const (
	unfit  fit = iota
	mayFit     // sex or age leave it open
	fitting
)

// normals calls yield for each limit of normal that fits or may fit, with the conversion from the result's unit to its own.
// It tells whether they settle the question: one fits for sure, or those of both sexes are there.
func (e *Evaluator) normals(l *boundLeaf, f *chart.Fact, yield func(limit quantity.Decimal, conv *quantity.Conversion, site *siteLimit)) bool {
	sure, sexes := false, [3]bool{}
	note := func(how fit, sex chart.Sex) {
		sure = sure || how == fitting
		if sex == chart.Male || sex == chart.Female {
			sexes[sex] = true
		}
	}
	found := false
	for i := range e.chart.Ranges[f.Ranges.At : f.Ranges.At+uint32(f.Ranges.Len)] {
		r := &e.chart.Ranges[int(f.Ranges.At)+i]
		limit, has := r.High, r.HasHigh
		if l.Limit.Of == LLN {
			limit, has = r.Low, r.HasLow
		}
		if how := e.rangeFits(r, f); has && limit.Sign() > 0 && r.Normal && how != unfit {
			found = true
			note(how, r.Sex)
			yield(limit, nil, nil)
		}
	}
	for i := range l.sites {
		s := &l.sites[i]
		if found || s.days.Holds(f.Begin) != dates.Yes || int(f.Unit) >= len(s.usable) || !s.usable[f.Unit] {
			continue
		}
		if how := e.sexFits(s.sex); how != unfit {
			note(how, s.sex)
			yield(s.Value, s.toLimit[f.Unit], s)
		}
	}
	return sure || sexes[chart.Male] && sexes[chart.Female]
}

func (e *Evaluator) hasNormal(l *boundLeaf, f *chart.Fact) bool {
	return e.normals(l, f, func(quantity.Decimal, *quantity.Conversion, *siteLimit) {})
}

// multiples asks a range that counts multiples of a limit of normal.
func (e *Evaluator) multiples(l *boundLeaf, r *quantity.Range, f *chart.Fact) dates.Truth {
	yes, no, n := 0, 0, 0
	settled := e.normals(l, f, func(limit quantity.Decimal, conv *quantity.Conversion, _ *siteLimit) {
		n++
		switch rangeHolds(multiply(r, limit), f, conv) {
		case quantity.Yes:
			yes++
		case quantity.No:
			no++
		}
	})
	switch {
	case !settled || n == 0:
		return dates.Maybe
	case yes == n:
		return dates.Yes
	case no == n:
		return dates.No
	}
	return dates.Maybe
}

func multiply(r *quantity.Range, limit quantity.Decimal) *quantity.Range {
	end := func(b *quantity.Bound) *quantity.Bound {
		if b == nil {
			return nil
		}
		return &quantity.Bound{Value: b.Value.Mul(limit), Open: b.Open}
	}
	return &quantity.Range{Low: end(r.Low), High: end(r.High)}
}

func (e *Evaluator) rangeFits(r *chart.ReferenceRange, f *chart.Fact) fit {
	how := e.sexFits(r.Sex)
	if how == unfit || r.AgeLow < 0 && r.AgeHigh < 0 {
		return how
	}
	birth := e.chart.Person.Birth
	if !birth.Known() || !f.Begin.Known() || birth.From > f.Begin.To {
		return mayFit
	}
	youngest, oldest := dates.YearsOn(min(birth.To, f.Begin.From), f.Begin.From), dates.YearsOn(birth.From, f.Begin.To)
	low, high := int(r.AgeLow), int(r.AgeHigh)
	if r.AgeHigh < 0 {
		high = 1 << 15
	}
	switch {
	case oldest < low || youngest > high:
		return unfit
	case youngest < low || oldest > high:
		return mayFit
	}
	return how
}

func (e *Evaluator) sexFits(sex chart.Sex) fit {
	own, _ := sexOf(&e.chart.Person)
	switch {
	case sex == chart.NoSex || sex == own:
		return fitting
	case own == chart.NoSex:
		return mayFit
	}
	return unfit
}
