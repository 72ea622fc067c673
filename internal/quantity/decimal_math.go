package quantity

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// pow10 holds the powers of ten that fit uint64.
var pow10 = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// floatPow10 holds 10^(i-maxScale), each the nearest float64.
var floatPow10 = func() (p [2*maxScale + 1]float64) {
	for i := range p {
		p[i] = math.Pow10(i - maxScale)
	}
	return p
}()

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func bigPow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case d.big != nil:
		return d.big.Sign()
	case d.coef < 0:
		return -1
	case d.coef > 0:
		return 1
	}
	return 0
}

// IsZero says whether d is zero, however it is written.
func (d Decimal) IsZero() bool { return d.Sign() == 0 }

// Cmp is -1, 0 or 1 as d is below, equal to or above e, exactly: 7.0 and 7.00 are equal. It does not allocate unless a
// coefficient is beyond int64.
func (d Decimal) Cmp(e Decimal) int {
	if d.big == nil && e.big == nil {
		if d.exp == e.exp {
			return cmpInt(d.coef, e.coef)
		}
		return d.cmpSmall(e)
	}
	x, y := align(d, e)
	return x.Cmp(y)
}

func cmpInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// cmpSmall compares small coefficients with different exponents in 128 bits.
func (d Decimal) cmpSmall(e Decimal) int {
	sign := d.Sign()
	if other := e.Sign(); sign != other || sign == 0 {
		return cmpInt(int64(sign), int64(other))
	}
	if d.exp > e.exp {
		return sign * cmpScaled(magnitude(d.coef), int(d.exp-e.exp), magnitude(e.coef))
	}
	return -sign * cmpScaled(magnitude(e.coef), int(e.exp-d.exp), magnitude(d.coef))
}

// cmpScaled compares a*10^shift with b; a is not zero.
func cmpScaled(a uint64, shift int, b uint64) int {
	if shift >= len(pow10) {
		return 1 // at least 10^20, more than any uint64
	}
	hi, lo := bits.Mul64(a, pow10[shift])
	switch {
	case hi > 0 || lo > b:
		return 1
	case lo < b:
		return -1
	}
	return 0
}

func (d Decimal) bigInt() *big.Int {
	if d.big != nil {
		return d.big
	}
	return big.NewInt(d.coef)
}

// align gives both coefficients at the smaller exponent.
func align(d, e Decimal) (x, y *big.Int) {
	x, y = d.bigInt(), e.bigInt()
	switch {
	case d.exp > e.exp:
		x = new(big.Int).Mul(x, bigPow10(int(d.exp-e.exp)))
	case e.exp > d.exp:
		y = new(big.Int).Mul(y, bigPow10(int(e.exp-d.exp)))
	}
	return x, y
}

// Neg is -d, with the same decimal places.
func (d Decimal) Neg() Decimal {
	if d.big != nil {
		return fromBig(new(big.Int).Neg(d.big), d.exp)
	}
	return Decimal{coef: -d.coef, exp: d.exp}
}

// Add is the exact sum, with the decimal places of the finer of the two.
func (d Decimal) Add(e Decimal) Decimal {
	if d.big == nil && e.big == nil && d.exp == e.exp {
		if sum := d.coef + e.coef; (sum > d.coef) == (e.coef > 0) && sum != math.MinInt64 {
			return Decimal{coef: sum, exp: d.exp}
		}
	}
	x, y := align(d, e)
	return fromBig(new(big.Int).Add(x, y), min(d.exp, e.exp))
}

// Sub is the exact difference.
func (d Decimal) Sub(e Decimal) Decimal { return d.Add(e.Neg()) }

// Mul is the exact product, with the decimal places of both together: 1.5 times 2.0 is 3.00.
func (d Decimal) Mul(e Decimal) Decimal {
	exp := d.exp + e.exp
	if d.big == nil && e.big == nil {
		if hi, lo := bits.Mul64(magnitude(d.coef), magnitude(e.coef)); hi == 0 && lo <= math.MaxInt64 {
			return Decimal{coef: int64(lo) * int64(d.Sign()) * int64(e.Sign()), exp: exp}
		}
	}
	return fromBig(new(big.Int).Mul(d.bigInt(), e.bigInt()), exp)
}

// Float64 is the float64 nearest to d. It is for formulas and for drawing; comparisons use Cmp.
func (d Decimal) Float64() float64 {
	if d.big == nil && magnitude(d.coef) < 1<<53 && d.exp >= -22 && d.exp <= 22 {
		// Both operands are exact, so the one operation rounds once.
		if d.exp < 0 {
			return float64(d.coef) / floatPow10[maxScale-d.exp]
		}
		return float64(d.coef) * floatPow10[maxScale+d.exp]
	}
	var buf [80]byte
	f, _ := strconv.ParseFloat(string(d.AppendText(buf[:0])), 64)
	return f
}

// approx is d with a relative error below 1e-15, quickly.
func (d Decimal) approx() float64 {
	if d.big == nil && d.exp >= -maxScale && d.exp <= maxScale {
		return float64(d.coef) * floatPow10[maxScale+d.exp]
	}
	return d.Float64()
}

// rat is d as a new rational.
func (d Decimal) rat() *big.Rat {
	if d.exp >= 0 {
		return new(big.Rat).SetInt(new(big.Int).Mul(d.bigInt(), bigPow10(int(d.exp))))
	}
	return new(big.Rat).SetFrac(d.bigInt(), bigPow10(int(-d.exp)))
}
