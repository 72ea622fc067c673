package quantity

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func analyte(t testing.TB, canonical string, accepted ...Accepted) *Analyte {
	t.Helper()
	a, err := NewAnalyte(canonical, accepted, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnalyteConverts(t *testing.T) {
	hba1c := analyte(t, "%", Accepted{"mmol/mol", "0.09148", "2.152"})
	creatinine := analyte(t, "mg/dL", Accepted{"umol/L", "1/88.4", ""})
	glucose := analyte(t, "mg/dL", Accepted{"mmol/L", "18.016", ""})
	cholesterol := analyte(t, "mg/dL", Accepted{"mmol/L", "38.67", ""})
	haemoglobin := analyte(t, "g/dL", Accepted{"g/L", "", ""}, Accepted{"mmol/L", "1/0.6206", ""})
	uacr := analyte(t, "mg/g", Accepted{"mg/mmol", "8.84", ""}, Accepted{"ug/mg", "1", ""})
	egfr := analyte(t, "mL/min/{1.73_m2}")
	alt := analyte(t, "U/L", Accepted{"[iU]/L", "1", ""})
	potassium := analyte(t, "mmol/L", Accepted{"meq/L", "1", ""})
	temperature := analyte(t, "Cel", Accepted{"[degF]", "", ""})
	ph := analyte(t, "[pH]")
	ecog := analyte(t, "{score}")
	for _, c := range []struct {
		analyte               *Analyte
		value, from, to, want string
	}{
		{hba1c, "53", "mmol/mol", "%", "7.00044"},
		{hba1c, "7.00044", "%", "mmol/mol", "53"},
		{hba1c, "7.0", "percent", "%", "7.0"},
		{creatinine, "88.4", "umol/L", "mg/dL", "1"},
		{creatinine, "1.5", "mg/dL", "umol/L", "132.6"},
		{creatinine, "0.1326", "mmol/L", "mg/dL", "1.5"}, // scaled to umol/L, which is listed
		{creatinine, "15", "mg/L", "umol/L", "132.6"},
		{glucose, "7", "mmol/L", "mg/dL", "126.112"},
		{glucose, "1.26112", "g/L", "mmol/L", "7"},
		{cholesterol, "2.6", "mmol/L", "mg/dl", "100.542"},
		{haemoglobin, "100", "g/L", "g/dL", "10"},
		{haemoglobin, "10", "g/dL", "mmol/L", "6.206"},
		{haemoglobin, "6.206", "mmol/L", "g/L", "100"},
		{uacr, "30", "mg/mmol", "mg/g", "265.2"},
		{uacr, "300", "ug/mg", "mg/g", "300"},
		{egfr, "60", "mL/min/1.73 m2", "mL/min/1.73m\u00b2", "60"},
		{egfr, "1", "mL/s/{1.73_m2}", "mL/min/{1.73_m2}", "60"},
		{alt, "40", "IU/L", "U/L", "40"},
		{alt, "1", "ukat/L", "[IU]/L", "60"},
		{potassium, "5.1", "mEq/L", "mmol/L", "5.1"},
		{temperature, "98.6", "F", "C", "37"},
		{temperature, "310.15", "K", "[degF]", "98.6"},
		{ph, "40", "nmol/L", "pH", "7.39794000867203760957252221055101"},
		{ecog, "1", "(score)", "{score}", "1"},
	} {
		conv, err := c.analyte.Between(c.from, c.to)
		if err != nil {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
			continue
		}
		got, ok := conv.Exact(dec(t, c.value))
		want := dec2(t, c.want)
		if !ok || c.analyte != ph && got.CmpDecimal(want) != 0 || got.Round(30).Cmp(want.Ratio().Round(30)) != 0 {
			t.Errorf("%s %s = %s %s, want %s", c.value, c.from, got.Round(30), c.to, c.want)
		}
	}
}

// dec2 reads a number of any length.
func dec2(t *testing.T, s string) Decimal {
	t.Helper()
	if len(s) <= 30 {
		return dec(t, s)
	}
	whole, places, _ := strings.Cut(s, ".")
	d := dec(t, whole+"."+places[:28])
	rest := dec(t, "0."+places[28:])
	return d.Add(rest.Mul(dec(t, "1e-28")))
}

func TestAnalyteRefuses(t *testing.T) {
	egfr := analyte(t, "mL/min/{1.73_m2}")
	clearance := analyte(t, "mL/min")
	dimer := analyte(t, "ug/mL{FEU}")
	hba1c := analyte(t, "%", Accepted{"mmol/mol", "0.09148", "2.152"})
	ecog := analyte(t, "{score}")
	calcium := analyte(t, "mmol/L")
	for _, c := range []struct {
		analyte    *Analyte
		unit, want string
	}{
		{egfr, "mL/min", "mL/min is not mL/min/{1.73_m2}, though UCUM sets them equal up to a factor; accepted: mL/min/{1.73_m2}"},
		{egfr, "L/h", "L/h is not mL/min/{1.73_m2}, though"},
		{clearance, "mL/min/1.73m2", "mL/min/{1.73_m2} is not mL/min, though"},
		{dimer, "ug/mL", "ug/mL is not ug/mL{FEU}, though"},
		{dimer, "ng/mL{DDU}", "ng/mL{DDU} is not ug/mL{FEU}, though"},
		{hba1c, "mmol/mmol", "mmol/mmol and % are both plain numbers"},
		{hba1c, "1", "1 and % are both plain numbers"},
		{hba1c, "%{Hb}", "%{Hb} and % are both plain numbers"},
		{hba1c, "mg/dL", "mg/dL measures mass per volume, % a number"},
		{ecog, "{Score}", "{Score} and {score} are both plain numbers"},
		{ecog, "1", "1 and {score} are both plain numbers"},
		{calcium, "meq/L", "meq/L measures equivalents per volume, mmol/L amount of substance per volume: they convert only through the analyte; accepted: mmol/L"},
		{calcium, "mg/dL", "mg/dL measures mass per volume, mmol/L"},
		{calcium, "", "the unit is missing; accepted: mmol/L"},
		{calcium, "wat", `"wat" is not UCUM`},
	} {
		_, err := c.analyte.Between(c.unit, c.analyte.Canonical)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q for %s: %v, want %s", c.unit, c.analyte.Canonical, err, c.want)
		}
		if c.analyte.Accepts(c.unit) {
			t.Errorf("%s accepts %q", c.analyte.Canonical, c.unit)
		}
		if _, back := c.analyte.Between(c.analyte.Canonical, c.unit); back == nil {
			t.Errorf("%s converts into %q", c.analyte.Canonical, c.unit)
		}
	}
}

func TestAnalyteAcceptsAScalingOfAListedUnit(t *testing.T) {
	cholesterol := analyte(t, "mg/dL", Accepted{"mmol/L", "38.67", ""})
	for unit, want := range map[string]bool{
		"mg/L": true, "g/L": true, "mg/dl": true, "umol/L": true, "mg/dL": true, "mmol/l": true,
		"mg/dL{calc}": false, "mg": false, "mg/g": false, "%": false, "{score}": false,
	} {
		if got := cholesterol.Accepts(unit); got != want {
			t.Errorf("accepts %s: %v, want %v", unit, got, want)
		}
	}
}

func TestNewAnalyteRefuses(t *testing.T) {
	r := &Range{Low: &Bound{Value: FromInt(10)}, High: &Bound{Value: FromInt(5)}}
	for _, c := range []struct {
		canonical string
		accepted  []Accepted
		plausible *Range
		absent    string
		want      string
	}{
		{"wat", nil, nil, "", `"wat" is not UCUM: it has no unit "wat"`},
		{"mg/dL", []Accepted{{"mmol/L", "", ""}}, nil, "", "mmol/L measures amount of substance per volume, mg/dL mass per volume: they convert only through the analyte; give its factor"},
		{"%", []Accepted{{"mmol/mol", "", ""}}, nil, "", "mmol/mol and % are both plain numbers, and nothing says that they count the same: they convert only through the analyte; give its factor"},
		{"g/dL", []Accepted{{"g/L", "10", ""}}, nil, "", "the factors of g/L and g/dL contradict UCUM, by which 1 g/L is 0.10 g/dL"},
		{"g/dL", []Accepted{{"g/L", "0.1", "1"}}, nil, "", "the factors of g/L and g/dL contradict UCUM, by which 1 g/L is 0.10 g/dL"},
		{"mg/dL", []Accepted{{"mmol/L", "18.016", ""}, {"umol/L", "0.018", ""}}, nil, "", "the factors of umol/L and mmol/L contradict UCUM, by which 1 umol/L is 0.0010 mmol/L"},
		{"mg/dL", []Accepted{{"mmol/L", "0", ""}}, nil, "", `mmol/L: factor "0" is not a positive number, nor a quotient such as 1/88.4`},
		{"mg/dL", []Accepted{{"mmol/L", "-1", ""}}, nil, "", `mmol/L: factor "-1" is not a positive number, nor a quotient such as 1/88.4`},
		{"mg/dL", []Accepted{{"mmol/L", "1/0", ""}}, nil, "", `mmol/L: factor "1/0" is not a positive number, nor a quotient such as 1/88.4`},
		{"mg/dL", []Accepted{{"mmol/L", "1", "x"}}, nil, "", `mmol/L: offset "x" is not a number`},
		{"mg/dL", []Accepted{{"mg/L", "", "1"}}, nil, "", "mg/L: an offset needs a factor; write factor 1 if only the offset is meant"},
		{"mg/dL", []Accepted{{"mg/dl", "", ""}}, nil, "", "mg/dl is listed twice"},
		{"mg/dL", nil, nil, "%", "unit_if_absent % is not among the accepted units: mg/dL"},
		{"mg/dL", nil, r, "", "the plausible range holds no value: its low end lies above its high end"},
		{"mg/dL", []Accepted{{"wat", "", ""}, {"mmol/L", "x", ""}}, nil, "", "\"wat\" is not UCUM: it has no unit \"wat\"\nmmol/L: factor \"x\" is not a positive number, nor a quotient such as 1/88.4"},
	} {
		_, err := NewAnalyte(c.canonical, c.accepted, c.plausible, c.absent)
		if diff := cmp.Diff(c.want, fmt.Sprint(err)); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", c.canonical, c.accepted, diff)
		}
	}
}

func TestFactorThatAgreesWithUCUM(t *testing.T) {
	analyte(t, "g/dL", Accepted{"g/L", "0.1", ""}, Accepted{"mg/dL", "1/1000", ""})
	analyte(t, "mg/dL", Accepted{"mmol/L", "18.016", ""}, Accepted{"umol/L", "0.018016", ""})
}

func TestPlausibleAndUnitIfAbsent(t *testing.T) {
	r := &Range{Low: &Bound{Value: dec(t, "0.1")}, High: &Bound{Value: dec(t, "30"), Open: true}}
	a, err := NewAnalyte("mg/dL", []Accepted{{"umol/L", "1/88.4", ""}}, r, "mg/dL")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		value, unit string
		want        Truth
	}{
		{"1.0", "mg/dL", Yes},
		{"30", "mg/dL", No},
		{"40.97", "mg/dL", No},
		{"88.4", "umol/L", Yes},
		{"8.84", "umol/L", Yes},
		{"8.83", "umol/L", No},
		{"2652", "umol/L", No},
		{"1.0", "", Yes},
		{"1.0", "%", Undecided},
	} {
		if got := a.IsPlausible(dec(t, c.value), c.unit); got != c.want {
			t.Errorf("%s %s plausible: %v, want %v", c.value, c.unit, got, c.want)
		}
	}
	if got := analyte(t, "%").IsPlausible(dec(t, "1e9"), "%"); got != Yes {
		t.Errorf("without a range: %v", got)
	}
}

func TestPlainNumberAnalyte(t *testing.T) {
	a, err := NewAnalyte("", []Accepted{{"{score}", "1", ""}}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if !a.Accepts("") || !a.Accepts("(score)") || a.Accepts("%") || a.Accepts("mg") {
		t.Errorf("accepts the wrong units of %s", a.Units())
	}
}

func TestApplyText(t *testing.T) {
	hba1c := analyte(t, "%", Accepted{"mmol/mol", "0.09148", "2.152"})
	creatinine := analyte(t, "mg/dL", Accepted{"umol/L", "1/88.4", ""})
	ph := analyte(t, "[pH]")
	for _, c := range []struct {
		analyte         *Analyte
		value, from, to string
		want            string
	}{
		{hba1c, "53", "mmol/mol", "%", "7.00"},
		{hba1c, "7.0", "%", "%", "7.0"},
		{creatinine, "110", "umol/L", "mg/dL", "1.244"},
		{creatinine, "1.144636390445751", "mg/dL", "umol/L", "101.186"},
		{creatinine, "0", "mg/dL", "umol/L", "0"},
		{ph, "0", "nmol/L", "[pH]", "?"},
	} {
		conv, err := c.analyte.Between(c.from, c.to)
		if err != nil {
			t.Fatal(err)
		}
		if got := conv.ApplyText(dec(t, c.value)); got != c.want {
			t.Errorf("%s %s = %q %s, want %q", c.value, c.from, got, c.to, c.want)
		}
	}
	if conv, _ := ph.Between("nmol/L", "[pH]"); (&Range{}).Holds(Decimal{}, None, conv) != Yes ||
		(&Range{Low: &Bound{Value: FromInt(7)}}).Holds(Decimal{}, None, conv) != Undecided {
		t.Error("the pH of no protons is undecided")
	}
}

func TestAnalyteTurnsHalfLinesRound(t *testing.T) {
	ph := analyte(t, "[pH]")
	conv, err := ph.Between("nmol/L", "[pH]")
	if err != nil {
		t.Fatal(err)
	}
	asked := &Range{Low: &Bound{Value: dec(t, "7.0")}}
	// Fewer protons are a higher pH.
	if got := asked.Holds(dec(t, "50"), Less, conv); got != Yes {
		t.Errorf("<50 nmol/L, pH at least 7: %v", got)
	}
	if got := asked.Holds(dec(t, "50"), Greater, conv); got != Undecided {
		t.Errorf(">50 nmol/L, pH at least 7: %v", got)
	}
	if got := asked.Holds(dec(t, "100"), Greater, conv); got != No {
		t.Errorf(">100 nmol/L, pH at least 7: %v", got)
	}
}

func TestAnalyteRemembersABoundedNumberOfUnits(t *testing.T) {
	a := analyte(t, "mg/dL")
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			for i := range maxKnown {
				_, _ = a.Between(fmt.Sprintf("{%d-%d}", n, i), "mg/dL")
			}
		})
	}
	wg.Wait()
	if len(a.known) > maxKnown {
		t.Errorf("%d units are remembered", len(a.known))
	}
	if !a.Accepts("g/L") || a.Accepts("mmol/L") {
		t.Error("a full memory changes answers")
	}
	fresh := analyte(t, "mg/dL")
	if fresh.Accepts(strings.Repeat("long", 100)) || len(fresh.known) != 0 {
		t.Error("a text too long for a unit is remembered")
	}
}
