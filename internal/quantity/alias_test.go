package quantity

import (
	"strings"
	"testing"
)

func TestAlias(t *testing.T) {
	for _, c := range []struct {
		written, want string
		changed       bool
	}{
		// Synthea.
		{"mmHg", "mm[Hg]", true},
		{"C", "Cel", true},
		{"beats/minute", "/min", true},
		{"pH", "[pH]", true},
		{"(score)", "{score}", true},
		{"IU/L", "[iU]/L", true},
		{"K/uL", "10*3/uL", true},
		{"M/uL", "10*6/uL", true},
		{"ng/dl", "ng/dL", false},
		{"{nominal}", "{nominal}", false},
		{"{T-score}", "{T-score}", false},
		{"m[IU]/L", "m[iU]/L", false},
		{"mL/min/{1.73_m2}", "mL/min/{1.73_m2}", false},
		// Valid UCUM in its one spelling.
		{"mg/dl", "mg/dL", false},
		{"mg/dL", "mg/dL", false},
		{"mmol/l", "mmol/L", false},
		{"10^9/L", "10*9/L", false},
		{"10*9/l", "10*9/L", false},
		{"g%", "g%", false},
		{"cal", "cal", false},
		{"mol", "mol", false},
		{"Gal", "Gal", false},
		{"m[H2O]", "m[H2O]", false},
		{"U/L", "U/L", false},
		{"{l}", "{l}", false},
		{"{l/min}", "{l/min}", false},
		{"%", "%", false},
		{"dl{plasma/l}", "dL{plasma/l}", false},
		// Counts.
		{"x10^9/L", "10*9/L", true},
		{"10E9/L", "10*9/L", true},
		{"10e9/L", "10*9/L", true},
		{"x10*9/L", "10*9/L", true},
		{"x10E3/uL", "10*3/uL", true},
		{"10(3)/mcL", "10*3/uL", true},
		{"\u00d710\u2079/L", "10*9/L", true},
		{"G/L", "10*9/L", true},
		{"T/L", "10*12/L", true},
		{"K/mcL", "10*3/uL", true},
		{"thou/uL", "10*3/uL", true},
		{"Gpt/l", "10*9/L", true},
		{"cells/uL", "{cells}/uL", true},
		{"/HPF", "/[HPF]", true},
		// Characters and spacing.
		{"\u00b5mol/L", "umol/L", true},
		{"\u03bcmol/L", "umol/L", true},
		{"mcg", "ug", true},
		{"mcg/dL", "ug/dL", true},
		{" mg/dL", "mg/dL", true},
		{"mg / dL", "mg/dL", true},
		{"mm Hg", "mm[Hg]", true},
		{"10*9 /L", "10*9/L", true},
		{"kg/m^2", "kg/m2", true},
		{"kg/m\u00b2", "kg/m2", true},
		{"kg/m**2", "kg/m2", true},
		{"{T score}", "{T_score}", true},
		// Per body surface.
		{"mL/min/1.73m2", "mL/min/{1.73_m2}", true},
		{"mL/min/1.73 m2", "mL/min/{1.73_m2}", true},
		{"mL/min/1.73m\u00b2", "mL/min/{1.73_m2}", true},
		{"mL/min/1.73.m2", "mL/min/{1.73_m2}", true},
		{"ml/min/1,73 m\u00b2", "mL/min/{1.73_m2}", true},
		{"mL/min/1.73_m2", "mL/min/{1.73_m2}", true},
		{"mL/min/1.73m^2", "mL/min/{1.73_m2}", true},
		{"mL/min/1.73", "mL/min/{1.73_m2}", true},
		{"mL/min per 1.73 m2", "mL/min/{1.73_m2}", true},
		{"mL/min/{1.73 m2}", "mL/min/{1.73_m2}", true},
		{"mL/min/{1.73m2}", "mL/min/{1.73_m2}", false},
		{"ml/min/{1.73_m2}", "mL/min/{1.73_m2}", false},
		{"mL/s/1.73m2", "mL/s/{1.73_m2}", true},
		{"mL/min", "mL/min", false},
		{"mL/min/m2", "mL/min/m2", false},
		// People and other systems.
		{"percent", "%", true},
		{"bpm", "/min", true},
		{"Beats per minute", "/min", true},
		{"\u00b0C", "Cel", true},
		{"deg C", "Cel", true},
		{"F", "[degF]", true},
		{"mEq/L", "meq/L", true},
		{"gm/dL", "g/dL", true},
		{"uIU/mL", "u[iU]/mL", true},
		{"mIU/L", "m[iU]/L", true},
		{"MG/DL", "mg/dL", true},
		{"MMOL/L", "mmol/L", true},
		{"mg/24h", "mg/d", true},
		{"mm/hr", "mm/h", true},
		{"lbs", "[lb_av]", true},
		{"mg/g creat", "mg/g{creat}", true},
		{"mg/L FEU", "mg/L{FEU}", true},
		{"mmol/mol Hb", "mmol/mol", true},
		{"INR", "{INR}", true},
		{"mOsm/kg", "mosm/kg", true},
		{"years", "a", true},
		{"points", "{score}", true},
		{"MS", "ms", true},
		{"Ml", "mL", true},
		{"K/ul", "10*3/uL", true},
		{" K / uL", "10*3/uL", true},
		{" C", "Cel", true},
		{"MSEC", "ms", true},
		{"ft", "[ft_i]", true},
		{"PG/ML", "pg/mL", true},
		{"g/Day", "g/d", true},
		// No unit at all: not ours to say.
		{"", "", false},
		{"foo", "foo", false},
		{"see comment", "see comment", false},
		{"1.73", "1.73", false},
		{"/1.73m2", "/1.73m2", false},
	} {
		got, changed := Alias(c.written)
		if got != c.want || changed != c.changed {
			t.Errorf("Alias(%q) = %q, %v, want %q, %v", c.written, got, changed, c.want, c.changed)
		}
	}
}

// TestAliasTables keeps the tables free of rows that can never be reached or that lead nowhere.
func TestAliasTables(t *testing.T) {
	target := func(table, from, to string) {
		if !validUnit(to) || spell(to) != to {
			t.Errorf("%s: %q leads to %q, which is not UCUM in its one spelling", table, from, to)
		}
	}
	for from, to := range misread {
		target("misread", from, to)
		if !validUnit(from) || spell(from) != from {
			t.Errorf("misread: %q is never looked up: it is not UCUM in its one spelling", from)
		}
	}
	for from, to := range wholeUnits {
		target("wholeUnits", from, to)
		if from != strings.ToLower(from) || strings.Contains(from, " ") {
			t.Errorf("wholeUnits: %q is never looked up", from)
		}
	}
	for from, to := range unitWords {
		target("unitWords", from, to)
		if validUnit(from) && !misplaced[from] {
			t.Errorf("unitWords: %q is UCUM by itself", from)
		}
	}
}

// misplaced are words that are UCUM alone but mean something else in a text that is not.
var misplaced = map[string]bool{"ML": true, "MG": true, "ft": true}
