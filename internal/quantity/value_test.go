package quantity

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestParseComparator(t *testing.T) {
	for text, want := range map[string]Comparator{"": None, "<": Less, "<=": LessOrEqual, ">=": GreaterOrEqual, ">": Greater} {
		got, err := ParseComparator(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("ParseComparator(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"ad", "~", "=", "=<", " <"} {
		if c, err := ParseComparator(text); err == nil {
			t.Errorf("ParseComparator(%q) = %v", text, c)
		}
	}
}

func TestZeroTruthIsUndecided(t *testing.T) {
	var zero Truth
	if zero != Undecided || zero.String() != "undecided" {
		t.Errorf("zero Truth is %v", zero)
	}
}

// within builds a range from "[7" or "(7" and "10]" or "10)"; "" is unbounded.
func within(t testing.TB, low, high string) *Range {
	r := &Range{}
	if low != "" {
		r.Low = &Bound{Value: dec(t, low[1:]), Open: low[0] == '('}
	}
	if high != "" {
		n := len(high) - 1
		r.High = &Bound{Value: dec(t, high[:n]), Open: high[n] == ')'}
	}
	return r
}

func TestHolds(t *testing.T) {
	for _, c := range []struct {
		low, high  string
		comparator Comparator
		value      string
		want       Truth
	}{
		{"[7.0", "10.5]", None, "7", Yes},
		{"[7.0", "10.5]", None, "7.00", Yes},
		{"(7.0", "10.5]", None, "7.00", No},
		{"[7.0", "10.5]", None, "10.50", Yes},
		{"[7.0", "10.5)", None, "10.50", No},
		{"[7.0", "10.5]", None, "6.9999999999999999", No},
		{"", "3]", Less, "5", Undecided}, // CRP <5 mg/L does not settle a limit of 3
		{"", "5]", Less, "5", Yes},
		{"", "5)", Less, "5", Yes},
		{"", "5)", LessOrEqual, "5", Undecided},
		{"", "5]", LessOrEqual, "5", Yes},
		{"[5", "", Less, "5", No},
		{"[5", "", LessOrEqual, "5", Undecided},
		{"(5", "", LessOrEqual, "5", No},
		{"[5", "", Greater, "5", Yes},
		{"(5", "", Greater, "5", Yes},
		{"(5", "", GreaterOrEqual, "5", Undecided},
		{"", "5]", Greater, "5", No},
		{"", "5]", GreaterOrEqual, "5", Undecided},
		{"[0", "10]", Less, "5", Undecided},
		{"", "", Greater, "5", Yes},
		{"[9", "5]", Less, "20", No}, // nothing lies within
	} {
		if got := within(t, c.low, c.high).Holds(dec(t, c.value), c.comparator, nil); got != c.want {
			t.Errorf("%v%s in %s,%s: %v, want %v", c.comparator, c.value, c.low, c.high, got, c.want)
		}
	}
	if got := (*Range)(nil).Holds(dec(t, "1"), Less, nil); got != Yes {
		t.Errorf("a nil range holds everything, not %v", got)
	}
}

func TestHoldsInterval(t *testing.T) {
	closed := func(s string) *Bound { return &Bound{Value: dec(t, s)} }
	asked := within(t, "", "60]")
	for _, c := range []struct {
		low, high *Bound
		want      Truth
	}{
		{closed("55"), closed("60"), Yes},
		{closed("55"), closed("61"), Undecided},
		{closed("61"), closed("65"), No},
		{&Bound{Value: dec(t, "60"), Open: true}, nil, No},
		{closed("60"), closed("55"), Undecided}, // the wrong way round
		{closed("60"), closed("60"), Yes},
		{nil, closed("60"), Yes},
		{nil, nil, Undecided},
	} {
		if got := asked.HoldsInterval(c.low, c.high, nil); got != c.want {
			t.Errorf("%v to %v: %v, want %v", c.low, c.high, got, c.want)
		}
	}
}

// conversions draws none, linear ones in either direction, and curves in either direction.
func conversions(t *rapid.T) *Conversion {
	switch rapid.IntRange(0, 4).Draw(t, "conversion") {
	case 0:
		return nil
	case 1:
		a := big.NewRat(rapid.Int64Range(1, 9).Draw(t, "num"), rapid.Int64Range(1, 9).Draw(t, "den"))
		return newConversion("a", "b", affine(a, big.NewRat(rapid.Int64Range(-9, 9).Draw(t, "offset"), 2)))
	case 2:
		return newConversion("a", "b", affine(big.NewRat(-2, 1), big.NewRat(1, 1)))
	case 3:
		return newConversion("a", "b", step{curve: specialFunctions["lg"].curve})
	}
	return newConversion("a", "b", step{curve: specialFunctions["pH"].curve})
}

// TestHoldsAgreesWithBruteForce asks every point of a grid whether it belongs to the recorded value and whether it lies
// within the range after conversion, and draws the conclusion from all of them.
func TestHoldsAgreesWithBruteForce(t *testing.T) {
	bound := func(t *rapid.T, name string) *Bound {
		if rapid.IntRange(0, 3).Draw(t, name+" none") == 0 {
			return nil
		}
		return &Bound{Value: FromInt(rapid.Int64Range(-3, 3).Draw(t, name)), Open: rapid.Bool().Draw(t, name+" open")}
	}
	rapid.Check(t, func(t *rapid.T) {
		conv := conversions(t)
		low, high := bound(t, "recorded low"), bound(t, "recorded high")
		if low != nil && high != nil {
			if c := low.Value.Cmp(high.Value); c > 0 || c == 0 && (low.Open || high.Open) {
				return
			}
		}
		// The ends of the range are images of grid points, so that they fall on and between recorded values.
		r := &Range{Low: image(conv, bound(t, "low")), High: image(conv, bound(t, "high"))}
		some, all := false, true
		for x := int64(-10); x <= 10; x++ {
			point := big.NewRat(x, 2)
			if !inside(point, &Range{Low: low, High: high}) {
				continue
			}
			y, _ := conv.eval(point)
			if inside(y, r) {
				some = true
			} else {
				all = false
			}
		}
		want := Undecided
		switch {
		case all:
			want = Yes
		case !some:
			want = No
		}
		if got := r.HoldsInterval(low, high, conv); got != want {
			t.Fatalf("interval: %v, want %v", got, want)
		}
		if low != nil && high == nil {
			c := GreaterOrEqual
			if low.Open {
				c = Greater
			}
			if got := r.Holds(low.Value, c, conv); got != want {
				t.Fatalf("%v%s: %v, want %v", c, low.Value, got, want)
			}
		}
		if low != nil && high != nil && low.Value.Cmp(high.Value) == 0 {
			if got := r.Holds(low.Value, None, conv); got != want {
				t.Fatalf("point %s: %v, want %v", low.Value, got, want)
			}
			if got := r.HoldsRatio(low.Value.Ratio(), conv); got != want {
				t.Fatalf("ratio %s: %v, want %v", low.Value, got, want)
			}
		}
	})
}

// image converts an end; one that is no finite decimal afterwards is dropped, because an end between the points of the grid
// would escape it.
func image(conv *Conversion, b *Bound) *Bound {
	if b == nil {
		return nil
	}
	y, ok := conv.eval(b.Value.rat())
	if !ok {
		return nil
	}
	v := Ratio{y}.Round(30)
	if v.rat().Cmp(y) != 0 {
		return nil
	}
	return &Bound{Value: v, Open: b.Open}
}

func inside(x *big.Rat, r *Range) bool {
	if r.Low != nil {
		if c := x.Cmp(r.Low.Value.rat()); c < 0 || c == 0 && r.Low.Open {
			return false
		}
	}
	if r.High != nil {
		if c := x.Cmp(r.High.Value.rat()); c > 0 || c == 0 && r.High.Open {
			return false
		}
	}
	return true
}

// TestConvertedComparisonIsExact puts limits at, just above and just below the converted value, where floating point alone
// cannot tell.
func TestConvertedComparisonIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := decimals().Draw(t, "v")
		a := big.NewRat(rapid.Int64Range(1, 1e9).Draw(t, "num"), rapid.Int64Range(1, 1e9).Draw(t, "den"))
		b := big.NewRat(rapid.Int64Range(-1e6, 1e6).Draw(t, "offset"), 1000)
		conv := newConversion("a", "b", affine(a, b))
		y, _ := conv.eval(v.rat())
		limit := Ratio{y}.Round(rapid.IntRange(1, 40).Draw(t, "digits"))
		if rapid.Bool().Draw(t, "moved") {
			limit = limit.Add(Decimal{coef: rapid.Int64Range(-3, 3).Draw(t, "by"), exp: limit.exp - 2})
		}
		got, ok := conv.cmp(&v, &limit)
		if want := y.Cmp(limit.rat()); !ok || got != want {
			t.Fatalf("%s through %s x + %s against %s: %d, want %d", v, a, b, limit, got, want)
		}
	})
}
