package quantity

import (
	"fmt"
	"maps"
	"math/big"
	"strings"
)

// Unit is a parsed UCUM unit. The zero Unit is unity.
// https://ucum.org/ucum
type Unit struct {
	code    string
	scale   *big.Rat // size in base units; nil is 1
	dims    dimension
	special *scaleUnit // set for units on a scale of their own
}

// scaleUnit is what makes a unit special: its atom, the number before its function, and the function.
type scaleUnit struct {
	atom   string
	prefix *big.Rat
	fn     step
}

// dimension counts the base units of a unit, without zero entries. Besides the seven of UCUM, amount of substance and every
// arbitrary unit count as bases.
type dimension map[string]int

func (d dimension) add(e dimension, sign int) dimension {
	sum := maps.Clone(d)
	if sum == nil {
		sum = dimension{}
	}
	for base, n := range e {
		if sum[base] += sign * n; sum[base] == 0 {
			delete(sum, base)
		}
	}
	return sum
}

// Code is the unit as it was written.
func (u Unit) Code() string { return u.code }

func (u Unit) size() *big.Rat {
	if u.scale == nil {
		return one
	}
	return u.scale
}

// Dimensionless says that the unit is a bare number, such as %, {score} or mmol/mol.
func (u Unit) Dimensionless() bool { return len(u.dims) == 0 }

// Comparable says whether UCUM alone converts between u and v: they measure the same, and are not two different
// dimensionless units. mmol/mol and %, {a} and {b}, 10*3 and 1 are not comparable although UCUM gives them a ratio, because
// the number says nothing about what was counted.
func (u Unit) Comparable(v Unit) bool {
	if !maps.Equal(u.dims, v.dims) {
		return false
	}
	if !u.Dimensionless() {
		return true
	}
	if u.special != nil && v.special != nil {
		return u.special.atom == v.special.atom
	}
	return u.code == v.code
}

// base gives the steps from a number in u to base units.
func (u Unit) base() []step {
	if u.special == nil {
		return []step{scaling(u.size())}
	}
	return []step{scaling(u.special.prefix), u.special.fn, scaling(u.size())}
}

// To is the conversion that UCUM alone gives from u to v; the error is a sentence for the person who wrote one of them.
func (u Unit) To(v Unit) (*Conversion, error) {
	if !u.Comparable(v) {
		return nil, incomparable(u, v)
	}
	if u.code == v.code {
		return newConversion(u.code, v.code), nil
	}
	return newConversion(u.code, v.code, append(u.base(), backwards(v.base())...)...), nil
}

// Convert converts d by UCUM alone, without rounding; curves are right to 34 digits.
func Convert(d Decimal, from, to Unit) (Ratio, error) {
	c, err := from.To(to)
	if err != nil {
		return Ratio{}, err
	}
	converted, ok := c.Exact(d)
	if !ok {
		return Ratio{}, fmt.Errorf("this number of %s cannot be said in %s", from.code, to.code)
	}
	return converted, nil
}

// Times is the unit of a product.
func (u Unit) Times(v Unit) (Unit, error) { return u.combine(v, '.') }

// Per is the unit of a quotient.
func (u Unit) Per(v Unit) (Unit, error) { return u.combine(v, '/') }

func (u Unit) combine(v Unit, op byte) (Unit, error) {
	if s := firstSpecial(u, v); s != "" {
		return Unit{}, fmt.Errorf("%s is read on a scale of its own and cannot be part of a product or quotient", s)
	}
	out := Unit{code: joined(u.code, v.code, op)}
	if op == '/' {
		out.dims = u.dims.add(v.dims, -1)
		out.scale = new(big.Rat).Quo(u.size(), v.size())
		return out, nil
	}
	out.dims = u.dims.add(v.dims, 1)
	out.scale = new(big.Rat).Mul(u.size(), v.size())
	return out, nil
}

func joined(u, v string, op byte) string {
	if strings.ContainsAny(v, "./") {
		v = "(" + v + ")"
	}
	if u == "" && op == '.' {
		return v
	}
	return u + string(op) + v
}

func firstSpecial(units ...Unit) string {
	for _, u := range units {
		if u.special != nil {
			return u.code
		}
	}
	return ""
}

// power raises a unit that is not special.
func (u Unit) power(n int) Unit {
	out := Unit{code: u.code, dims: dimension{}}
	for base, k := range u.dims {
		if k*n != 0 {
			out.dims[base] = k * n
		}
	}
	e := big.NewInt(int64(max(n, -n)))
	num := new(big.Int).Exp(u.size().Num(), e, nil)
	den := new(big.Int).Exp(u.size().Denom(), e, nil)
	if n < 0 {
		num, den = den, num
	}
	out.scale = new(big.Rat).SetFrac(num, den)
	return out
}
