package quantity

import (
	"errors"
	"math"
	"math/big"
	"strconv"
)

// Limits of Parse. They are far beyond any clinical value and keep a hostile number from costing more than a plain one.
const (
	maxDigits   = 30
	maxExponent = 30
	// maxScale bounds every exponent: maxDigits places after the point and a written exponent of -maxExponent.
	maxScale = maxDigits + maxExponent
)

// Errors of Parse. None carries the text it refuses: it may be a patient's value.
var (
	ErrNotNumber = errors.New("not a number: digits with an optional decimal point are expected, such as 7.5")
	ErrDigits    = errors.New("a number with more than 30 digits")
	ErrExponent  = errors.New("a number with an exponent beyond 30")
)

// Decimal is a number exactly as it was recorded, trailing zeros included: "7.0" stays "7.0" and still equals "7.00" under
// Cmp. The zero Decimal is 0. It is coefficient times ten to the exponent; coefficients beyond int64 live in a big.Int that
// is never changed after it was made, so a Decimal may be copied freely. Compare with Cmp, never with ==.
// https://hl7.org/fhir/R4/datatypes.html#decimal
type Decimal struct {
	coef int64
	big  *big.Int // set only when the coefficient does not fit coef
	exp  int32
}

// Parse reads the JSON number grammar, also with a leading plus sign: at most 30 significant digits and a written exponent
// of at most 30 either way. What it refuses it refuses with an error that never contains the text.
// https://www.rfc-editor.org/rfc/rfc8259#section-6
func Parse(s string) (Decimal, error) { return parse(s) }

// ParseBytes is Parse without a string; it allocates only for coefficients beyond int64.
func ParseBytes(b []byte) (Decimal, error) { return parse(b) }

// digits gathers the significand of one number.
type digits struct {
	coef uint64 // right for up to 19 digits
	n    int
	buf  [maxDigits]byte
}

func (d *digits) add(c byte) bool {
	if d.n == 0 && c == '0' {
		return true
	}
	if d.n == maxDigits {
		return false
	}
	d.buf[d.n] = c
	d.n++
	d.coef = d.coef*10 + uint64(c-'0')
	return true
}

// run adds the digits of s from i on and returns where they end.
func run[T string | []byte](d *digits, s T, i int) (end int, err error) {
	start := i
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if !d.add(s[i]) {
			return i, ErrDigits
		}
	}
	if i == start {
		return i, ErrNotNumber
	}
	return i, nil
}

func parse[T string | []byte](s T) (Decimal, error) {
	var d digits
	i, neg := 0, false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		i, neg = 1, s[0] == '-'
	}
	start := i
	i, err := run(&d, s, i)
	if err != nil {
		return Decimal{}, err
	}
	if s[start] == '0' && i > start+1 {
		return Decimal{}, ErrNotNumber
	}
	exp := 0
	if i < len(s) && s[i] == '.' {
		point := i + 1
		if i, err = run(&d, s, point); err != nil {
			return Decimal{}, err
		}
		exp = point - i
	}
	if i < len(s) {
		written, err := exponent(s, i)
		if err != nil {
			return Decimal{}, err
		}
		exp += written
	}
	if exp < -maxScale {
		return Decimal{}, ErrDigits
	}
	return d.decimal(neg, exp), nil
}

// exponent reads all that is left of s from i on as the exponent of a number.
func exponent[T string | []byte](s T, i int) (int, error) {
	if s[i] != 'e' && s[i] != 'E' {
		return 0, ErrNotNumber
	}
	i++
	neg := false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		neg = s[i] == '-'
		i++
	}
	if i == len(s) {
		return 0, ErrNotNumber
	}
	n := 0
	for ; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, ErrNotNumber
		}
		// Kept just above the limit, so that a long exponent stays too large instead of wrapping round.
		n = min(n*10+int(s[i]-'0'), maxExponent+1)
	}
	if n > maxExponent {
		return 0, ErrExponent
	}
	if neg {
		n = -n
	}
	return n, nil
}

func (d *digits) decimal(neg bool, exp int) Decimal {
	if d.n <= 19 && d.coef <= math.MaxInt64 {
		c := int64(d.coef)
		if neg {
			c = -c
		}
		return Decimal{coef: c, exp: int32(exp)}
	}
	b, _ := new(big.Int).SetString(string(d.buf[:d.n]), 10)
	if neg {
		b.Neg(b)
	}
	return fromBig(b, int32(exp))
}

// fromBig takes over b.
func fromBig(b *big.Int, exp int32) Decimal {
	if b.IsInt64() && b.Int64() != math.MinInt64 {
		return Decimal{coef: b.Int64(), exp: exp}
	}
	return Decimal{big: b, exp: exp}
}

// FromInt gives n as a Decimal without decimal places.
func FromInt(n int64) Decimal {
	if n == math.MinInt64 {
		return fromBig(big.NewInt(n), 0)
	}
	return Decimal{coef: n}
}

// Small gives the packed form: coef times ten to exp. ok is false for coefficients beyond int64, which pack as their String.
func (d Decimal) Small() (coef int64, exp int32, ok bool) {
	return d.coef, d.exp, d.big == nil
}

// FromSmall is the inverse of Small. It panics on an exponent that no parsed number has, so whoever unpacks untrusted bytes
// checks ValidExponent first.
func FromSmall(coef int64, exp int32) Decimal {
	if !ValidExponent(exp) {
		panic("quantity: packed decimal with an impossible exponent")
	}
	return Decimal{coef: coef, exp: exp}
}

// ValidExponent says whether a number that Parse accepts can have exp as its packed exponent.
func ValidExponent(exp int32) bool { return exp >= -maxScale && exp <= maxExponent }

// String gives the number as recorded: the same digits and the same trailing zeros. Only the spelling of exponents, a plus
// sign and the sign of zero are not kept: numbers below one are written out, exponents above zero as in 1.5e2.
func (d Decimal) String() string {
	var buf [80]byte
	return string(d.AppendText(buf[:0]))
}

// AppendText appends String to dst.
func (d Decimal) AppendText(dst []byte) []byte {
	var buf [40]byte
	neg, text := d.Sign() < 0, d.appendCoefficient(buf[:0])
	if neg {
		dst = append(dst, '-')
	}
	switch {
	case d.exp == 0:
		return append(dst, text...)
	case d.exp > 0:
		return appendScientific(dst, text, int(d.exp))
	}
	places := int(-d.exp)
	if whole := len(text) - places; whole > 0 {
		dst = append(dst, text[:whole]...)
		dst = append(dst, '.')
		return append(dst, text[whole:]...)
	}
	dst = append(dst, '0', '.')
	for range places - len(text) {
		dst = append(dst, '0')
	}
	return append(dst, text...)
}

// appendScientific keeps the exponent within what Parse reads back.
func appendScientific(dst, text []byte, exp int) []byte {
	if adjusted := exp + len(text) - 1; len(text) > 1 && adjusted <= maxExponent {
		dst = append(dst, text[0], '.')
		dst = append(dst, text[1:]...)
		dst = append(dst, 'e')
		return strconv.AppendInt(dst, int64(adjusted), 10)
	}
	dst = append(dst, text...)
	dst = append(dst, 'e')
	return strconv.AppendInt(dst, int64(exp), 10)
}

// appendCoefficient appends the digits of the coefficient without a sign.
func (d Decimal) appendCoefficient(dst []byte) []byte {
	if d.big != nil {
		return new(big.Int).Abs(d.big).Append(dst, 10)
	}
	return strconv.AppendUint(dst, magnitude(d.coef), 10)
}

// significant counts the digits of the coefficient; 0 has one.
func (d Decimal) significant() int {
	var buf [40]byte
	return len(d.appendCoefficient(buf[:0]))
}
