package quantity

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func dec(t testing.TB, s string) Decimal {
	t.Helper()
	d, err := Parse(s)
	if err != nil {
		t.Fatalf("Parse(%q): %v", s, err)
	}
	return d
}

func TestParseKeepsWhatWasRecorded(t *testing.T) {
	for text, want := range map[string]string{
		"7.0": "7.0", "7.00": "7.00", "7": "7", "0": "0", "0.00": "0.00", "-0.0": "0.0", "-12.50": "-12.50", "+5": "5",
		"0.001": "0.001", "1.5e2": "1.5e2", "1E2": "1e2", "1e-3": "0.001", "100": "100", "0e3": "0e3", "1.50e1": "15.0",
		"9223372036854775807":               "9223372036854775807",
		"9223372036854775808":               "9223372036854775808",
		"-9223372036854775808":              "-9223372036854775808",
		"6.040773863315352":                 "6.040773863315352",
		"123456789012345678901234567890":    "123456789012345678901234567890",
		"123456789012345678901234567890e30": "123456789012345678901234567890e30",
		"0.000000000000000000000000000001":  "0.000000000000000000000000000001",
	} {
		d := dec(t, text)
		if got := d.String(); got != want {
			t.Errorf("Parse(%q).String() = %q, want %q", text, got, want)
		}
		again := dec(t, d.String())
		if again.Cmp(d) != 0 || again.exp != d.exp {
			t.Errorf("%q does not read back as itself", text)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]error{
		"": ErrNotNumber, "-": ErrNotNumber, ".5": ErrNotNumber, "5.": ErrNotNumber, "007": ErrNotNumber, "1.2.3": ErrNotNumber,
		"1e": ErrNotNumber, "1e+": ErrNotNumber, "1e1.0": ErrNotNumber, "NaN": ErrNotNumber, "Inf": ErrNotNumber,
		"0x10": ErrNotNumber, " 1": ErrNotNumber, "1 ": ErrNotNumber, "7,5": ErrNotNumber, "--1": ErrNotNumber, "1_000": ErrNotNumber,
		"\u0661": ErrNotNumber, "-01": ErrNotNumber,
		"1e31": ErrExponent, "1e-31": ErrExponent, "1e99999999999999999999": ErrExponent,
		"1234567890123456789012345678901":    ErrDigits,
		"0." + strings.Repeat("0", 61):       ErrDigits,
		"0." + strings.Repeat("0", 60) + "1": ErrDigits,
	} {
		_, err := Parse(text)
		if !errors.Is(err, want) {
			t.Errorf("Parse(%q): %v, want %v", text, err, want)
		}
		if _, fromBytes := ParseBytes([]byte(text)); !errors.Is(fromBytes, want) {
			t.Errorf("ParseBytes(%q): %v, want %v", text, fromBytes, want)
		}
		if len(text) > 3 && err != nil && strings.Contains(err.Error(), text) {
			t.Errorf("the error for %q carries the value: %v", text, err)
		}
	}
}

// decimals draws numbers of every form: small, at the edge of int64, beyond it, far apart in scale.
func decimals() *rapid.Generator[Decimal] {
	return rapid.Custom(func(t *rapid.T) Decimal {
		exp := rapid.Int32Range(-30, 30).Draw(t, "exp")
		if rapid.Bool().Draw(t, "near") {
			exp = rapid.Int32Range(-3, 3).Draw(t, "near exp")
		}
		coef := rapid.OneOf(
			rapid.Int64Range(-1000, 1000),
			rapid.Int64(),
			rapid.SampledFrom([]int64{math.MaxInt64, -math.MaxInt64, 0, 1, 10, 1e18}),
		).Draw(t, "coef")
		b := big.NewInt(coef)
		if rapid.IntRange(0, 3).Draw(t, "big") == 0 {
			b.Mul(b, big.NewInt(rapid.Int64Range(1, 1e10).Draw(t, "times")))
		}
		return fromBig(b, exp)
	})
}

func TestCmpAgreesWithRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, e := decimals().Draw(t, "d"), decimals().Draw(t, "e")
		if got, want := d.Cmp(e), d.rat().Cmp(e.rat()); got != want {
			t.Fatalf("%s Cmp %s = %d, want %d", d, e, got, want)
		}
		// The same number with other trailing zeros is equal.
		if same := d.Mul(FromInt(10)); (Decimal{coef: same.coef, big: same.big, exp: same.exp - 1}).Cmp(d) != 0 {
			t.Fatalf("%s is not equal to itself with a zero more", d)
		}
	})
}

func TestEdgesOfInt64(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"2e19", "9000000000000000000", 1},
		{"-2e19", "-9000000000000000000", -1},
		{"1e30", "9223372036854775807", 1},
		{"0.9223372036854775807", "1", -1},
		{"9223372036854775807", "9223372036854775808", -1},
		{"0e30", "0.000", 0},
	} {
		if got := dec(t, c.a).Cmp(dec(t, c.b)); got != c.want {
			t.Errorf("%s Cmp %s = %d, want %d", c.a, c.b, got, c.want)
		}
	}
	least := dec(t, "-9223372036854775807").Add(FromInt(-1))
	if got := least.Neg().String(); got != "9223372036854775808" {
		t.Errorf("the smallest int64 is negated as %s", got)
	}
}

func TestArithmeticAgreesWithRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, e := decimals().Draw(t, "d"), decimals().Draw(t, "e")
		x, y := d.rat(), e.rat()
		check := func(name string, got Decimal, want *big.Rat) {
			if got.rat().Cmp(want) != 0 {
				t.Fatalf("%s %s %s = %s, want %s", d, name, e, got, want)
			}
		}
		check("+", d.Add(e), new(big.Rat).Add(x, y))
		check("-", d.Sub(e), new(big.Rat).Sub(x, y))
		check("*", d.Mul(e), new(big.Rat).Mul(x, y))
		check("neg", d.Neg(), new(big.Rat).Neg(x))
		if d.Sign() != x.Sign() || d.IsZero() != (x.Sign() == 0) {
			t.Fatalf("sign of %s", d)
		}
		if want, _ := x.Float64(); d.Float64() != want {
			t.Fatalf("%s as float64 is %v, want %v", d, d.Float64(), want)
		}
		if f, want := d.approx(), d.Float64(); math.Abs(f-want) > 1e-15*math.Abs(want) {
			t.Fatalf("%s is about %v, want %v", d, f, want)
		}
	})
}

func TestSmallPacks(t *testing.T) {
	for _, text := range []string{"7.0", "0.00", "-12.5e3", "9223372036854775807"} {
		d := dec(t, text)
		coef, exp, ok := d.Small()
		if !ok || FromSmall(coef, exp).String() != d.String() {
			t.Errorf("%s does not survive packing", text)
		}
	}
	if _, _, ok := dec(t, "9223372036854775808").Small(); ok {
		t.Error("a coefficient beyond int64 packs as small")
	}
	defer func() {
		if recover() == nil {
			t.Error("an impossible exponent is unpacked")
		}
	}()
	FromSmall(1, 1000)
}

func TestTheSmallestIntegerIsNoCoefficient(t *testing.T) {
	if got := FromInt(math.MinInt64).String(); got != "-9223372036854775808" {
		t.Errorf("FromInt of the smallest = %s", got)
	}
}

func TestMeanRatio(t *testing.T) {
	of := func(texts ...string) []Ratio {
		var values []Ratio
		for _, s := range texts {
			values = append(values, dec(t, s).Ratio())
		}
		return values
	}
	mean, ok := MeanRatio(of("7.0", "7.1", "6.9", "7.1"))
	if !ok || mean.Cmp(dec(t, "7.025").Ratio()) != 0 {
		t.Errorf("mean %v, %v", mean.Float64(), ok)
	}
	third, _ := MeanRatio(of("7", "7", "7.1"))
	if third.CmpDecimal(dec(t, "7.03333333333333333333333333333")) <= 0 {
		t.Error("a mean that is no decimal was rounded")
	}
	if _, ok := MeanRatio(nil); ok {
		t.Error("no values have a mean")
	}
	var zero Ratio
	if zero.Cmp(Decimal{}.Ratio()) != 0 {
		t.Error("the zero Ratio is not 0")
	}
}

func TestRound(t *testing.T) {
	for _, c := range []struct {
		num, den int64
		digits   int
		want     string
	}{
		{700044, 100000, 3, "7.00"},
		{999, 100, 2, "10"},
		{1, 3, 3, "0.333"},
		{2, 3, 2, "0.67"},
		{-2, 3, 2, "-0.67"},
		{123456, 1, 2, "120000"},
		{5, 1000, 1, "0.005"},
		{0, 1, 3, "0"},
		{25, 10, 1, "3"},
		{9999, 1, 3, "10000"},
		{1, 1, 3, "1.00"},
	} {
		if got := (Ratio{big.NewRat(c.num, c.den)}).Round(c.digits).String(); got != c.want {
			t.Errorf("%d/%d to %d digits = %s, want %s", c.num, c.den, c.digits, got, c.want)
		}
	}
}

func TestHotPathDoesNotAllocate(t *testing.T) {
	text := []byte("6.040773863315352")
	v, limit := dec(t, "6.04"), dec(t, "10.5")
	r := &Range{Low: &Bound{Value: dec(t, "7.0")}, High: &Bound{Value: limit}}
	conv := newConversion("a", "b", affine(big.NewRat(9148, 100000), big.NewRat(2152, 1000)))
	for name, f := range map[string]func(){
		"ParseBytes":      func() { _, _ = ParseBytes(text) },
		"Cmp":             func() { v.Cmp(limit) },
		"Holds":           func() { r.Holds(v, None, nil) },
		"Holds converted": func() { r.Holds(v, None, conv) },
		"Holds <":         func() { r.Holds(v, Less, conv) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"7.0", "-0.00", "+1.5e2", "1e-30", "123456789012345678901234567890", "9223372036854775808", "1e31", "007", ".5", "", "1e+"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		b, errBytes := ParseBytes([]byte(s))
		if (err == nil) != (errBytes == nil) || err == nil && b.String() != d.String() {
			t.Fatalf("Parse and ParseBytes differ on %q", s)
		}
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok || want.Cmp(d.rat()) != 0 {
			t.Fatalf("%q was read as %s", s, d)
		}
		again, err := Parse(d.String())
		if err != nil || again.Cmp(d) != 0 || again.exp != d.exp {
			t.Fatalf("%q is printed as %q, which reads as %s, %v", s, d, again, err)
		}
		if coef, exp, ok := d.Small(); ok && (!ValidExponent(exp) || FromSmall(coef, exp).String() != d.String()) {
			t.Fatalf("%q does not pack", s)
		}
	})
}
