package quantity

import "math/big"

// Ratio is an exact rational number: a mean, or a converted value before anybody rounds it. The zero Ratio is 0. It is never
// changed after it was made.
type Ratio struct{ r *big.Rat }

func (q Ratio) rat() *big.Rat {
	if q.r == nil {
		return new(big.Rat)
	}
	return q.r
}

// Ratio is d as a Ratio.
func (d Decimal) Ratio() Ratio { return Ratio{d.rat()} }

// MeanRatio is the exact arithmetic mean of values in one unit; of no values it is not defined and ok is false.
func MeanRatio(values []Ratio) (mean Ratio, ok bool) {
	if len(values) == 0 {
		return Ratio{}, false
	}
	r := new(big.Rat)
	for _, v := range values {
		r.Add(r, v.rat())
	}
	return Ratio{r.Quo(r, new(big.Rat).SetInt64(int64(len(values))))}, true
}

// Cmp is -1, 0 or 1 as q is below, equal to or above p, exactly.
func (q Ratio) Cmp(p Ratio) int { return q.rat().Cmp(p.rat()) }

// CmpDecimal compares q with d exactly.
func (q Ratio) CmpDecimal(d Decimal) int { return q.rat().Cmp(d.rat()) }

// Float64 is the float64 nearest to q.
func (q Ratio) Float64() float64 {
	f, _ := q.rat().Float64()
	return f
}

// Round gives q to the given number of significant digits, halves away from zero. It is for sentences, never for
// comparisons.
func (q Ratio) Round(significant int) Decimal {
	r := q.rat()
	if r.Sign() == 0 {
		return Decimal{}
	}
	places := significant - integerDigits(r)
	coef := scaledHalfUp(r, places)
	// Rounding 9.99 to two digits gives 10.0, one digit too many.
	if len(new(big.Int).Abs(coef).String()) > significant {
		places--
		coef = scaledHalfUp(r, places)
	}
	if places < 0 {
		return fromBig(coef.Mul(coef, bigPow10(-places)), 0)
	}
	return fromBig(coef, int32(-places))
}

// integerDigits counts the digits before the point; for 0.05 it is -1, so that significant digits are counted from the 5.
func integerDigits(r *big.Rat) int {
	abs := new(big.Rat).Abs(r)
	n := len(abs.Num().String()) - len(abs.Denom().String())
	// The quotient of the lengths is right or one too small.
	if abs.Cmp(ratPow10(n)) >= 0 {
		n++
	}
	return n
}

func ratPow10(n int) *big.Rat {
	if n < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), bigPow10(-n))
	}
	return new(big.Rat).SetInt(bigPow10(n))
}

// scaledHalfUp is r*10^places as the nearest integer, halves away from zero.
func scaledHalfUp(r *big.Rat, places int) *big.Int {
	scaled := new(big.Rat).Mul(r, ratPow10(places))
	num := new(big.Int).Abs(scaled.Num())
	num.Lsh(num, 1).Add(num, scaled.Denom())
	num.Quo(num, new(big.Int).Lsh(scaled.Denom(), 1))
	if r.Sign() < 0 {
		num.Neg(num)
	}
	return num
}

// Rat is a copy of q, for formulas that compute without rounding.
func (q Ratio) Rat() *big.Rat { return new(big.Rat).Set(q.rat()) }

// FromRat is a Ratio of a copy of r.
func FromRat(r *big.Rat) Ratio { return Ratio{new(big.Rat).Set(r)} }
