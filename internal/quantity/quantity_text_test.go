package quantity

import (
	"strings"
	"testing"
)

func TestParseQuantity(t *testing.T) {
	for _, c := range []struct{ text, value, unit string }{
		{"7.5 %", "7.5", "%"},
		{"7.5%", "7.5", "%"},
		{"1.5 mg/dL", "1.5", "mg/dL"},
		{"3 xULN", "3", "xULN"},
		{"5", "5", ""},
		{" 7.0  mL/min/1.73 m2 ", "7.0", "mL/min/1.73 m2"},
		{"-2.5 {T-score}", "-2.5", "{T-score}"},
		{"5 eq/L", "5", "eq/L"},
		{"5eq/L", "5", "eq/L"},
		{"1.5 10*9/L", "1.5", "10*9/L"},
		{"1.5x10^9/L", "1.5", "x10^9/L"},
		{"100 x10E9/L", "100", "x10E9/L"},
		{"2 10^9/L", "2", "10^9/L"},
		{"5e3 /L", "5e3", "/L"},
		{"38 \u00b0C", "38", "\u00b0C"},
		{"18 years", "18", "years"},
		{"5 1/min", "5", "1/min"},
		{"0.5 10E9/L", "0.5", "10E9/L"},
	} {
		v, unit, err := ParseQuantity(c.text)
		if err != nil || v.String() != c.value || unit != c.unit {
			t.Errorf("ParseQuantity(%q) = %s, %q, %v, want %s, %q", c.text, v, unit, err, c.value, c.unit)
		}
	}
}

func TestParseQuantityOffers(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "a number with its unit is missing",
		"7,5 %":                           `"7,5 %" is written with a decimal comma: write a decimal point, "7.5 %"`,
		"-0,25 g":                         `write a decimal point, "-0.25 g"`,
		"1,000 mg":                        `write a decimal point, "1.000 mg", or no separator for thousands, "1000 mg"`,
		"7, %":                            "a comma does not belong into a number",
		",5":                              `write a decimal point, "0.5"`,
		"-,5 g":                           `write a decimal point, "-0.5 g"`,
		"<5 mg/L":                         "the comparison stands outside the quotation marks",
		"\u2265 5":                        "the comparison stands outside the quotation marks",
		"\u22122 g":                       "write a minus as -",
		"mg/dL":                           `"mg/dL" does not begin with a number`,
		"-":                               `"-" does not begin with a number`,
		"10*9/L":                          "the number is missing",
		"1 000 mg":                        "holds two numbers: write 1000 without a space",
		"007 mg":                          "not a number",
		"1e31":                            "exponent beyond 30",
		"5. mg":                           "not a number",
		".5 mg":                           "not a number",
		"1.2.3 mg":                        "",
		"7.5.1 xULN":                      "",
		"1234567890123456789012345678901": "more than 30 digits",
	} {
		v, unit, err := ParseQuantity(text)
		if want == "" {
			// What stands behind a number is a unit, and the analyte refuses it.
			if err == nil && validUnit(unit) {
				t.Errorf("ParseQuantity(%q) = %s, %q", text, v, unit)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseQuantity(%q) = %s, %q, %v, want %s", text, v, unit, err, want)
		}
	}
}

func FuzzQuantity(f *testing.F) {
	for _, s := range []string{"7.5 %", "1.5 mg/dL", "3 xULN", "5", "7,5 %", "1,000 mg", "<5", "\u22121", "1 000 mg", "5eq/L", "1.5 10*9/L", "1e5 /L", "10*9/L", ",", "+", "5,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, unit, err := ParseQuantity(s)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without words")
			}
			return
		}
		if unit != strings.TrimSpace(unit) {
			t.Fatalf("%q: the unit %q keeps its spaces", s, unit)
		}
		again, unitAgain, err := ParseQuantity(v.String() + " " + unit)
		if err != nil || again.Cmp(v) != 0 || unitAgain != unit {
			t.Fatalf("%q is %s, %q and reads back as %s, %q, %v", s, v, unit, again, unitAgain, err)
		}
	})
}
