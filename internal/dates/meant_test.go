package dates

import "testing"

func TestDayMeant(t *testing.T) {
	for text, want := range map[string]string{
		"2024-03-01": "2024-03-01", "1.3.2024": "2024-03-01", "01.03.2024": "2024-03-01", "31.12.2024": "2024-12-31",
		"31.2.2024": "", "1.3.24": "", "3/1/2024": "", "1.13.2024": "", "2024": "", "": "", "1..2024": "", "7.5": "",
	} {
		d, ok := DayMeant(text)
		if ok != (want != "") || ok && d.String() != want {
			t.Errorf("%q: %v %v, want %q", text, d, ok, want)
		}
	}
}
