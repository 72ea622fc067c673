package quantity

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func unit(t testing.TB, code string) Unit {
	t.Helper()
	u, err := ParseUnit(code)
	if err != nil {
		t.Fatalf("ParseUnit(%q): %v", code, err)
	}
	return u
}

func TestParseUnitRefuses(t *testing.T) {
	for _, code := range []string{
		"", " ", "mg/ dL", "mg//dL", "mg/dL/", ".m", "m.", "(m", "m)", "()", "m2.", "m-", "m+", "m0", "m41", "10+3/uL", "0", "-1", "+2",
		"{", "}", "{}", "{a", "a}", "{a{b}}", "m{a}{b}", "{a}m", "µg", "k[in_i]", "kmin", "mm[HG]", "Mg/DL", "12h", "[mg",
		"Cel2", "Cel/min", "2.Cel", "pH2{", "da", "kkg", "(m)2", "((((((((((m))))))))))", "10*", "10^",
		strings.Repeat("m.", 100) + "m", "99999999999999999999999999999999999",
	} {
		if code == "10*" || code == "10^" {
			unit(t, code) // ten itself
			continue
		}
		if u, err := ParseUnit(code); err == nil {
			t.Errorf("ParseUnit(%q) = %v %v", code, u.dims, u.size())
		}
	}
}

func TestEveryAtomResolves(t *testing.T) {
	atoms := allAtoms()
	if len(atoms.rows) < 310 {
		t.Errorf("%d atoms: the table is not whole", len(atoms.rows))
	}
	for code, row := range atoms.rows {
		u := unit(t, code)
		if u.size().Sign() <= 0 {
			t.Errorf("%s has the size %s", code, u.size())
		}
		_, err := ParseUnit("m" + code)
		if metricAtom := row.kind&metric != 0; metricAtom && err != nil {
			t.Errorf("m%s: %v", code, err)
		}
		if strings.HasPrefix(code, "[") && row.kind&metric == 0 {
			if _, err := ParseUnit("k" + code); err == nil {
				t.Errorf("k%s is accepted, but %s takes no prefix", code, code)
			}
		}
	}
}

// Values from the definitions of the units and from handbooks, not from the table under test.
func TestConvert(t *testing.T) {
	for _, c := range []struct{ value, from, to, want string }{
		{"1", "mg/dL", "g/L", "0.01"},
		{"100", "mg/L", "mg/dL", "10"},
		{"1", "10*3/uL", "10*9/L", "1"},
		{"5", "g/dL", "g/L", "50"},
		{"120", "mm[Hg]", "kPa", "15.99864"},
		{"70", "[lb_av]", "kg", "31.7514659"},
		{"5", "[ft_i]", "cm", "152.4"},
		{"12", "[in_i]", "[ft_i]", "1"},
		{"1", "a", "d", "365.25"},
		{"6", "mo", "d", "182.625"},
		{"1", "ukat/L", "U/L", "60"},
		{"1", "[IU]/L", "m[iU]/mL", "1"},
		{"1", "kcal", "kJ", "4.184"},
		{"20", "mL/min", "L/h", "1.2"},
		{"1", "By", "bit", "8"},
		{"37", "Cel", "K", "310.15"},
		{"98.6", "[degF]", "Cel", "37"},
		{"0", "[degF]", "K", "255.37222"},
		{"80", "[degRe]", "Cel", "100"},
		{"491.67", "[degR]", "K", "273.15"},
		{"7", "[pH]", "mol/L", "0.0000001"},
		{"7.40", "[pH]", "nmol/L", "39.8107"},
		{"0.001", "mol/L", "[pH]", "3"},
		{"20", "dB", "B", "2"},
		{"60", "dB[SPL]", "Pa", "0.02"},
		{"3", "B[W]", "kW", "1"},
		{"20", "dB[mV]", "mV", "10"},
		{"100", "%[slope]", "deg", "45"},
		{"45", "deg", "[p'diop]", "100"},
		{"180", "deg", "circ", "0.5"},
		{"3", "[m/s2/Hz^(1/2)]", "m2/s4/Hz", "9"},
		{"16", "m2/s4/Hz", "[m/s2/Hz^(1/2)]", "4"},
		{"1", "[drp]", "uL", "50"},
		{"9", "[Ch]", "mm", "3"},
	} {
		got, err := Convert(dec(t, c.value), unit(t, c.from), unit(t, c.to))
		if err != nil {
			t.Errorf("%s %s: %v", c.value, c.from, err)
			continue
		}
		want := dec(t, c.want)
		if r := got.Round(want.significant()); r.Cmp(want) != 0 {
			t.Errorf("%s %s = %s %s, want %s", c.value, c.from, r, c.to, c.want)
		}
	}
}

func TestRoundReadingsOfCurvesAreExact(t *testing.T) {
	for _, c := range []struct{ value, from, to, want string }{
		{"7", "[pH]", "mol/L", "0.0000001"},
		{"7.0", "[pH]", "nmol/L", "100"},
		{"98.6", "[degF]", "Cel", "37"},
		{"1e-7", "mol/L", "[pH]", "7"},
	} {
		got, err := Convert(dec(t, c.value), unit(t, c.from), unit(t, c.to))
		if err != nil || got.CmpDecimal(dec(t, c.want)) != 0 {
			t.Errorf("%s %s = %v, %v, want exactly %s %s", c.value, c.from, got.Float64(), err, c.want, c.to)
		}
	}
}

// The curves whose proper unit is a bare number convert to nothing by UCUM alone; their definition is checked here.
func TestCurvesOfPlainNumbers(t *testing.T) {
	for _, c := range []struct {
		value, code string
		want        float64
	}{
		{"1", "Np", math.E},
		{"2", "B", 100},
		{"8", "bit_s", 256},
		{"3", "[hp'_X]", 1e-3},
		{"2", "[hp'_C]", 1e-4},
		{"2", "[hp'_M]", 1e-6},
		{"1", "[hp'_Q]", 2e-5},
	} {
		u := unit(t, c.code)
		there := newConversion(c.code, "1", u.base()...)
		y, ok := there.eval(dec(t, c.value).rat())
		if !ok {
			t.Errorf("%s %s has no value", c.value, c.code)
			continue
		}
		if f, _ := y.Float64(); math.Abs(f-c.want) > 1e-14*c.want {
			t.Errorf("%s %s = %v, want %v", c.value, c.code, f, c.want)
		}
		back, ok := newConversion("1", c.code, backwards(u.base())...).eval(y)
		if want := dec(t, c.value); !ok || (Ratio{back}).Round(30).Cmp(want) != 0 {
			t.Errorf("%s %s does not come back", c.value, c.code)
		}
	}
}

// The atoms that end in l without being a litre must not be taken for one in the one spelling.
func TestOnlyLitresAreSpeltWithACapital(t *testing.T) {
	for code := range allAtoms().rows {
		if prefix, l := strings.CutSuffix(code, "l"); l && code != "l" && isPrefix(prefix) {
			t.Errorf("%s would be spelt %sL", code, prefix)
		}
	}
}

func TestTangentAgreesWithFloat(t *testing.T) {
	slope, deg := unit(t, "%[slope]"), unit(t, "rad")
	for _, text := range []string{"0", "0.0000001", "1", "-35", "100", "12345", "1e20"} {
		v := dec(t, text)
		got, err := Convert(v, slope, deg)
		if want := math.Atan(v.Float64() / 100); err != nil || math.Abs(got.Float64()-want) > 1e-15 {
			t.Errorf("a slope of %s %% is %v rad, %v, want %v", text, got.Float64(), err, want)
		}
	}
}

func TestTangentOfATinyAngleIsTheAngle(t *testing.T) {
	got, err := Convert(dec(t, "1e-30"), unit(t, "10*-40.10*-40.rad"), unit(t, "%[slope]"))
	if err != nil || got.Cmp(Ratio{ratPow10(-108)}) != 0 {
		t.Errorf("1e-110 rad is a slope of %v %%, %v", got.Float64(), err)
	}
}

func TestCurvesEnd(t *testing.T) {
	for _, c := range []struct{ value, from, to string }{
		{"500", "[pH]", "mol/L"},
		{"1e30", "[pH]", "mol/L"},
		{"-500", "[pH]", "mol/L"},
		{"0", "mol/L", "[pH]"},
		{"-1", "W", "B[W]"},
		{"90", "deg", "%[slope]"},
		{"100", "deg", "[p'diop]"},
		{"-1", "m2/s4/Hz", "[m/s2/Hz^(1/2)]"},
		{"1e30", "10*40.10*40.10*40.10*40.10*40.10*40.10*40.10*40.10*40.10*40.W", "B[W]"},
	} {
		got, err := Convert(dec(t, c.value), unit(t, c.from), unit(t, c.to))
		if err == nil {
			t.Errorf("%s %s = %v %s", c.value, c.from, got.Float64(), c.to)
		}
	}
	if y, ok := newConversion("Np", "1", unit(t, "Np").base()...).eval(big.NewRat(1000, 1)); ok {
		t.Errorf("1000 Np = %s", y)
	}
}

func TestConvertRefuses(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"mg/dL", "mmol/L", "mg/dL measures mass per volume, mmol/L amount of substance per volume: they convert only through the analyte"},
		{"[iU]/L", "U/L", "[iU]/L measures international units per volume, U/L catalytic activity per volume: they convert only through the analyte"},
		{"kg", "cm", "kg measures mass, cm length: they do not convert"},
		{"mm[Hg]", "mg/dL", "mm[Hg] measures pressure, mg/dL mass per volume: they do not convert"},
		{"meq/L", "mmol/L", "meq/L measures equivalents per volume, mmol/L amount of substance per volume: they convert only through the analyte"},
		{"mmol/mol", "%", "mmol/mol and % are both plain numbers, and nothing says that they count the same: they convert only through the analyte"},
		{"{a}", "%", "{a} and % are both plain numbers"},
		{"{a}", "{b}", "{a} and {b} are both plain numbers"},
		{"10*3", "1", "10*3 and 1 are both plain numbers"},
		{"mg/g", "ug/mg", "mg/g and ug/mg are both plain numbers"},
		{"mg/g", "mg/mmol", "mg/g measures a number, mg/mmol mass per amount of substance"},
		{"/[HPF]", "/[LPF]", "/[HPF] measures a number per high power fields, /[LPF] a number per low power fields"},
		{"[iU]", "[arb'U]", "[iU] measures international units, [arb'U] arbitrary units"},
		{"Np", "B", "Np and B are both plain numbers"},
		{"mL/min", "mL", "mL/min measures volume per time, mL volume: they do not convert"},
		{"mol/L", "[pH]", ""}, // below
	} {
		value := "1"
		if c.want == "" {
			value, c.want = "0", "this number of mol/L cannot be said in [pH]"
		}
		_, err := Convert(dec(t, value), unit(t, c.from), unit(t, c.to))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s to %s: %v, want %s", c.from, c.to, err, c.want)
		}
	}
}

// ratioUnits draws units that convert among themselves.
func ratioUnits(t *rapid.T) (from, to string) {
	families := [][]string{
		{"mg/dL", "g/L", "ug/mL", "ng/mL", "kg/m3", "[oz_av]/[gal_us]", "g%"},
		{"mmol/L", "umol/L", "mol/m3", "nmol/mL"},
		{"mm[Hg]", "kPa", "cm[H2O]", "[psi]", "bar", "atm"},
		{"Cel", "[degF]", "K", "[degRe]", "[degR]", "mCel"},
		{"d", "wk", "mo", "a", "h", "min"},
		{"rad", "deg", "gon", "circ", "'"},
		{"/uL", "10*9/L", "10*3/mm3"},
	}
	family := rapid.SampledFrom(families).Draw(t, "family")
	return rapid.SampledFrom(family).Draw(t, "from"), rapid.SampledFrom(family).Draw(t, "to")
}

func TestConvertThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := ratioUnits(t)
		u, _ := ParseUnit(from)
		v, _ := ParseUnit(to)
		there, err := u.To(v)
		if err != nil {
			t.Fatal(err)
		}
		back, err := v.To(u)
		if err != nil {
			t.Fatal(err)
		}
		d := decimals().Draw(t, "d")
		y, _ := there.eval(d.rat())
		x, _ := back.eval(y)
		if x.Cmp(d.rat()) != 0 {
			t.Fatalf("%s %s is %s %s and comes back as %s", d, from, y, to, x)
		}
	})
}

func TestCurvesThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pair := rapid.SampledFrom([][2]string{{"[pH]", "mol/L"}, {"dB[SPL]", "Pa"}, {"B[kW]", "W"}, {"%[slope]", "rad"}}).Draw(t, "pair")
		u, _ := ParseUnit(pair[0])
		v, _ := ParseUnit(pair[1])
		d := Decimal{coef: rapid.Int64Range(-999, 999).Draw(t, "coef"), exp: -2}
		y, err := Convert(d, u, v)
		if err != nil {
			t.Fatal(err)
		}
		back, err := v.To(u)
		if err != nil {
			t.Fatal(err)
		}
		x, ok := back.eval(y.rat())
		if !ok {
			t.Fatalf("%s %s does not come back", d, pair[0])
		}
		if diff := x.Sub(x, d.rat()); diff.Abs(diff).Cmp(big.NewRat(1, 1e18)) > 0 {
			t.Fatalf("%s %s comes back %s off", d, pair[0], diff.FloatString(40))
		}
	})
}

func TestSpecialUnitsStandAlone(t *testing.T) {
	cel, s := unit(t, "Cel"), unit(t, "s")
	if _, err := cel.Per(s); err == nil {
		t.Error("Cel/s was made")
	}
	if _, err := s.Times(cel); err == nil {
		t.Error("s.Cel was made")
	}
}

func FuzzUnit(f *testing.F) {
	for _, s := range []string{
		"mg/dL", "mL/min/{1.73_m2}", "10*-3/ul", "4.[pi].10*-7.N/A2", "dB[10.nV]", "[m/s2/Hz^(1/2)]", "mmol/(8.h.kg)", "m[H2O]", "{a}rad2{b}",
		"(((m)))", "m-40", "µg", "mL/min/1,73 m²", "x10^9/L", "C", "(score)", "mg / dL", "[", "10^", "%[slope]", "B/1,73 ", "Ml",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseUnit(s)
		alias, changed := Alias(s)
		if err == nil {
			if u.size().Sign() <= 0 || u.what() == "" {
				t.Fatalf("%q measures %q", s, u.what())
			}
			if !u.Comparable(u) {
				t.Fatalf("%q does not convert into itself", s)
			}
			if _, misreadHere := misread[spell(s)]; changed && !misreadHere && !strings.Contains(s, "1.73") && !strings.Contains(s, "1,73") {
				t.Fatalf("%q is UCUM and was changed into %q", s, alias)
			}
		}
		if err != nil && !changed && alias != s {
			t.Fatalf("%q became %q without a word", s, alias)
		}
		if changed || err == nil {
			v, err := ParseUnit(alias)
			if err != nil {
				t.Fatalf("Alias(%q) = %q: %v", s, alias, err)
			}
			if again, changedAgain := Alias(alias); again != alias || changedAgain {
				t.Fatalf("Alias(%q) = %q, which becomes %q", s, alias, again)
			}
			if !changed && (u.size().Cmp(v.size()) != 0 || u.what() != v.what()) {
				t.Fatalf("the spelling %q of %q says something else", alias, s)
			}
		}
	})
}
