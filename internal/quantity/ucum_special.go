package quantity

import (
	"math/big"

	"github.com/cockroachdb/apd/v3"
)

// Special units are read on a scale of their own: their value is not proportional to the quantity.
// https://ucum.org/ucum#section-Special-Units-on-Non-ratio-Scales
//
// Temperatures are linear and stay rational. The others are curves, computed with workDigits digits and rounded to
// curveDigits, so that a round value such as pH 7.0 gives exactly 1e-7 mol/L.
const (
	workDigits  = 60
	curveDigits = 34
	// curveReach bounds what a curve is asked for, as a power of ten; beyond it stands no quantity.
	curveReach = 400
)

// curve leads from the reading on the special scale to the proper unit (proper) and back (reading).
type curve struct {
	proper, reading func(x *apd.Decimal) (*apd.Decimal, error)
	falling         bool
}

var curveContext = func() *apd.Context {
	c := apd.BaseContext.WithPrecision(workDigits)
	c.Rounding = apd.RoundHalfEven
	return c
}()

// specialFunctions are the functions named in the table of atoms: a linear step, or a curve.
var specialFunctions = map[string]step{
	"cel":   affine(big.NewRat(1, 1), big.NewRat(27315, 100)),
	"degf":  affine(big.NewRat(1, 1), big.NewRat(45967, 100)),
	"degre": affine(big.NewRat(1, 1), big.NewRat(21852, 100)), // 273.15 K on the scale of 4/5 K
	"pH":    {curve: power(apd.New(10, 0), 1, true)},
	"ln":    {curve: &curve{proper: exp, reading: ln}},
	"lg":    {curve: power(apd.New(10, 0), 1, false)},
	"2lg":   {curve: power(apd.New(10, 0), 2, false)},
	"ld":    {curve: power(apd.New(2, 0), 1, false)},
	"hpX":   {curve: power(apd.New(10, 0), 1, true)},
	"hpC":   {curve: power(apd.New(100, 0), 1, true)},
	"hpM":   {curve: power(apd.New(1000, 0), 1, true)},
	"hpQ":   {curve: power(apd.New(50000, 0), 1, true)},
	"tan":   {curve: &curve{proper: slopeToAngle, reading: angleToSlope}},
	"sqrt":  {curve: &curve{proper: square, reading: root}},
}

// at is the curve at x. ok is false outside its domain.
func (c *curve) at(x *big.Rat, reading bool) (y *big.Rat, ok bool) {
	if n := integerDigits(x); x.Sign() != 0 && (n > curveReach || n < -curveReach) {
		return nil, false
	}
	in, err := toDecimal(x)
	if err != nil {
		return nil, false
	}
	f := c.proper
	if reading {
		f = c.reading
	}
	out, err := f(in)
	if err != nil || out.Form != apd.Finite {
		return nil, false
	}
	if _, err := curveContext.WithPrecision(curveDigits).Round(out, out); err != nil {
		return nil, false
	}
	return toRat(out), true
}

func toDecimal(x *big.Rat) (*apd.Decimal, error) {
	num := apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(x.Num()), 0)
	den := apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(x.Denom()), 0)
	out := new(apd.Decimal)
	_, err := curveContext.Quo(out, num, den)
	return out, err
}

func toRat(d *apd.Decimal) *big.Rat {
	coef := d.Coeff.MathBigInt()
	if d.Negative {
		coef = new(big.Int).Neg(coef)
	}
	r := new(big.Rat).SetInt(coef)
	return r.Mul(r, ratPow10(int(d.Exponent)))
}

// power is base^(x/divisor), or base^-(x/divisor) where falling, with its logarithm.
func power(base *apd.Decimal, divisor int64, falling bool) *curve {
	by := apd.New(divisor, 0)
	if falling {
		by.Negative = true
	}
	return &curve{
		falling: falling,
		proper: func(x *apd.Decimal) (*apd.Decimal, error) {
			y := new(apd.Decimal)
			if _, err := curveContext.Quo(y, x, by); err != nil {
				return nil, err
			}
			if y.Cmp(apd.New(curveReach, 0)) > 0 || y.Cmp(apd.New(-curveReach, 0)) < 0 {
				return nil, ErrExponent
			}
			_, err := curveContext.Pow(y, base, y)
			return y, err
		},
		reading: func(m *apd.Decimal) (*apd.Decimal, error) {
			y, scale := new(apd.Decimal), new(apd.Decimal)
			if _, err := curveContext.Log10(y, m); err != nil {
				return nil, err
			}
			if _, err := curveContext.Log10(scale, base); err != nil {
				return nil, err
			}
			if _, err := curveContext.Quo(y, y, scale); err != nil {
				return nil, err
			}
			_, err := curveContext.Mul(y, y, by)
			return y, err
		},
	}
}

func exp(x *apd.Decimal) (*apd.Decimal, error) {
	if x.Cmp(apd.New(2*curveReach, 0)) > 0 || x.Cmp(apd.New(-2*curveReach, 0)) < 0 {
		return nil, ErrExponent
	}
	y := new(apd.Decimal)
	_, err := curveContext.Exp(y, x)
	return y, err
}

func ln(x *apd.Decimal) (*apd.Decimal, error) {
	y := new(apd.Decimal)
	_, err := curveContext.Ln(y, x)
	return y, err
}

func square(x *apd.Decimal) (*apd.Decimal, error) {
	y := new(apd.Decimal)
	_, err := curveContext.Mul(y, x, x)
	return y, err
}

func root(x *apd.Decimal) (*apd.Decimal, error) {
	y := new(apd.Decimal)
	_, err := curveContext.Sqrt(y, x)
	return y, err
}
