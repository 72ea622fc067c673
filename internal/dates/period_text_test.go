package dates_test

import (
	"testing"

	"prescreen/internal/dates"
)

func TestParsePeriod(t *testing.T) {
	for text, want := range map[string]dates.Period{
		"30 days": {N: 30, Unit: dates.Days}, "1 day": {N: 1, Unit: dates.Days}, "2 weeks": {N: 2, Unit: dates.Weeks},
		"15 months": {N: 15, Unit: dates.Months}, "10 years": {N: 10, Unit: dates.Years}, "0 days": {},
	} {
		if got, ok := dates.ParsePeriod(text); !ok || got != want {
			t.Errorf("%s: %v, %t", text, got, ok)
		}
	}
	for _, text := range []string{"", "30", "days", "12 hours", "-1 day", "+1 day", "1.5 months", "30  days", "30 Days", "100000 days", "x days"} {
		if got, ok := dates.ParsePeriod(text); ok {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}
