package quantity

import (
	"math/big"

	"github.com/cockroachdb/apd/v3"
)

// The prism diopter and the slope in percent are 100 tan of an angle. Neither apd nor math/big knows trigonometry, so the
// two series stand here; both work on a small argument, where they gain several digits a term.

const slopeBits = 320 // about 96 digits: ample for workDigits

var hundred = apd.New(100, 0)

func newFloat(x int64) *big.Float { return new(big.Float).SetPrec(slopeBits).SetInt64(x) }

func toFloat(d *apd.Decimal) *big.Float {
	return new(big.Float).SetPrec(slopeBits).SetRat(toRat(d))
}

func fromFloat(f *big.Float) (*apd.Decimal, error) {
	r, _ := f.Rat(nil)
	if r == nil {
		return nil, ErrNotNumber
	}
	return toDecimal(r)
}

func slopeToAngle(x *apd.Decimal) (*apd.Decimal, error) {
	t := new(apd.Decimal)
	if _, err := curveContext.Quo(t, x, hundred); err != nil {
		return nil, err
	}
	return fromFloat(arctan(toFloat(t)))
}

// arctan halves its argument's angle until the series converges quickly: atan t = 2 atan(t / (1 + sqrt(1 + t*t))).
func arctan(t *big.Float) *big.Float {
	halvings := 0
	for limit := new(big.Float).SetFloat64(1.0 / 64); new(big.Float).Abs(t).Cmp(limit) > 0; halvings++ {
		d := newFloat(0).Mul(t, t)
		d.Sqrt(d.Add(d, newFloat(1)))
		t = newFloat(0).Quo(t, d.Add(d, newFloat(1)))
	}
	square := newFloat(0).Mul(t, t)
	sum, term := newFloat(0), newFloat(0).Set(t)
	for n := int64(1); matters(term, sum); n += 2 {
		sum.Add(sum, newFloat(0).Quo(term, newFloat(n)))
		term.Neg(term.Mul(term, square))
	}
	return sum.SetMantExp(sum, halvings)
}

// matters says whether a term still changes the sum.
func matters(term, sum *big.Float) bool {
	return term.Sign() != 0 && (sum.Sign() == 0 || term.MantExp(nil) > sum.MantExp(nil)-slopeBits)
}

func angleToSlope(x *apd.Decimal) (*apd.Decimal, error) {
	// A slope is read within a quarter turn; beyond it the tangent starts again and the way back would not be this angle.
	quarter, _, err := apd.NewFromString("1.5707963267948966192313216916397514")
	if err != nil {
		return nil, err
	}
	if new(apd.Decimal).Abs(x).Cmp(quarter) >= 0 {
		return nil, ErrNotNumber
	}
	sin, cos := sincos(toFloat(x))
	out, err := fromFloat(sin.Quo(sin, cos))
	if err != nil {
		return nil, err
	}
	_, err = curveContext.Mul(out, out, hundred)
	return out, err
}

func sincos(x *big.Float) (sin, cos *big.Float) {
	sin, cos = newFloat(0), newFloat(0)
	term := newFloat(1)
	for n := int64(1); n <= 2 || matters(term, newFloat(1)); n++ {
		sum := cos
		if n%2 == 0 {
			sum = sin
		}
		if (n-1)%4 < 2 {
			sum.Add(sum, term)
		} else {
			sum.Sub(sum, term)
		}
		term.Quo(newFloat(0).Mul(term, x), newFloat(n))
	}
	return sin, cos
}
