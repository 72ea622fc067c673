package quantity

import (
	"math"
	"math/big"
)

// margin is the relative distance from a limit within which floating point is not trusted. The error of approx, one
// multiplication and one addition stays a thousand times below it.
const margin = 1e-12

// step is one part of a conversion: y = a*x + b, or a curve, forwards or backwards.
type step struct {
	a, b    *big.Rat
	curve   *curve
	inverse bool
}

// Conversion leads from one unit to another. Rational conversions are exact; where a unit is defined by a logarithm or a
// tangent the result is right to 34 significant digits. A nil Conversion leads from a unit to itself. It is never changed
// after it was made and may be used from several goroutines.
type Conversion struct {
	from, to string
	steps    []step // none: the same unit
	mul, off float64
	affine   bool // mul and off say it all
	falling  bool // turns the order round
}

// From is the unit the conversion starts from, as written there.
func (c *Conversion) From() string {
	if c == nil {
		return ""
	}
	return c.from
}

// To is the unit the conversion leads to.
func (c *Conversion) To() string {
	if c == nil {
		return ""
	}
	return c.to
}

// Identity says that the value stays as it is recorded.
func (c *Conversion) Identity() bool { return c == nil || len(c.steps) == 0 }

func (c *Conversion) decreasing() bool { return c != nil && c.falling }

// newConversion joins neighbouring linear steps and drops those that do nothing.
func newConversion(from, to string, steps ...step) *Conversion {
	c := &Conversion{from: from, to: to}
	for _, s := range steps {
		c.add(s)
	}
	c.affine = len(c.steps) == 1 && c.steps[0].curve == nil
	if c.affine {
		c.mul, _ = c.steps[0].a.Float64()
		c.off, _ = c.steps[0].b.Float64()
	}
	for _, s := range c.steps {
		if s.falling() {
			c.falling = !c.falling
		}
	}
	return c
}

func (c *Conversion) add(s step) {
	if last := len(c.steps) - 1; s.curve == nil && last >= 0 && c.steps[last].curve == nil {
		p := c.steps[last]
		c.steps = c.steps[:last]
		s = affine(new(big.Rat).Mul(s.a, p.a), new(big.Rat).Add(new(big.Rat).Mul(s.a, p.b), s.b))
	}
	if s.curve == nil && s.b.Sign() == 0 && s.a.Cmp(one) == 0 {
		return
	}
	c.steps = append(c.steps, s)
}

var one = big.NewRat(1, 1)

func affine(a, b *big.Rat) step { return step{a: a, b: b} }

func scaling(a *big.Rat) step { return step{a: a, b: new(big.Rat)} }

func (s step) falling() bool {
	if s.curve != nil {
		return s.curve.falling
	}
	return s.a.Sign() < 0
}

func (s step) invert() step {
	if s.curve != nil {
		s.inverse = !s.inverse
		return s
	}
	a := new(big.Rat).Inv(s.a)
	return affine(a, new(big.Rat).Neg(new(big.Rat).Mul(a, s.b)))
}

// backwards gives the steps that undo steps.
func backwards(steps []step) []step {
	undo := make([]step, 0, len(steps))
	for i := len(steps) - 1; i >= 0; i-- {
		undo = append(undo, steps[i].invert())
	}
	return undo
}

// eval converts exactly. ok is false where a curve is not defined, as for the logarithm of zero.
func (c *Conversion) eval(x *big.Rat) (y *big.Rat, ok bool) {
	if c.Identity() {
		return x, true
	}
	y = x
	for _, s := range c.steps {
		if s.curve != nil {
			if y, ok = s.curve.at(y, s.inverse); !ok {
				return nil, false
			}
			continue
		}
		y = new(big.Rat).Mul(s.a, y)
		y.Add(y, s.b)
	}
	return y, true
}

// cmp compares the converted v with limit, exactly. Both come by pointer to keep the hot path free of copies.
func (c *Conversion) cmp(v, limit *Decimal) (order int, ok bool) {
	if c.Identity() {
		return v.Cmp(*limit), true
	}
	if c.affine {
		scaled, bound := v.approx()*c.mul, limit.approx()
		near := margin * (math.Abs(scaled) + math.Abs(c.off) + math.Abs(bound))
		// Where a factor overflows, near is infinite or NaN, and both tests fail.
		switch d := scaled + c.off - bound; {
		case d > near:
			return 1, true
		case d < -near:
			return -1, true
		}
	}
	return c.cmpExact(*v, *limit)
}

func (c *Conversion) cmpExact(v, limit Decimal) (order int, ok bool) {
	y, ok := c.eval(v.rat())
	if !ok {
		return 0, false
	}
	return y.Cmp(limit.rat()), true
}

// Exact converts without rounding. ok is false where the conversion has no answer for v.
func (c *Conversion) Exact(v Decimal) (converted Ratio, ok bool) {
	y, ok := c.eval(v.rat())
	return Ratio{y}, ok
}

// maxShown keeps a value recorded with fifteen decimals from being printed with sixteen.
const maxShown = 6

// Apply converts for a sentence: to one significant digit more than was recorded, six at most. Nothing is ever compared with
// its result; the zero Decimal stands where the conversion has no answer.
func (c *Conversion) Apply(v Decimal) Decimal {
	if c.Identity() {
		return v
	}
	y, ok := c.eval(v.rat())
	if !ok {
		return Decimal{}
	}
	return Ratio{y}.Round(min(v.significant()+1, maxShown))
}

// ApplyText is Apply as text, "?" where the conversion has no answer.
func (c *Conversion) ApplyText(v Decimal) string {
	if _, ok := c.eval(v.rat()); !ok {
		return "?"
	}
	return c.Apply(v).String()
}

// Float64 converts for a formula, to the precision of floating point. ok is false where the conversion has no answer for v.
func (c *Conversion) Float64(v Decimal) (converted float64, ok bool) {
	switch {
	case c.Identity():
		return v.Float64(), true
	case c.affine:
		return v.Float64()*c.mul + c.off, true
	}
	y, ok := c.eval(v.rat())
	return Ratio{y}.Float64(), ok
}
