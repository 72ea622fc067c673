package mistake

import "testing"

// A guess that is pasted asks something else, so a wild one is worse than none.
func TestNearest(t *testing.T) {
	sets := []string{"MI", "myocardial infarction", "COPD", "HbA1c", "kidney transplantation", "chemotherapy", "female", "male"}
	for name, want := range map[string]string{
		"HIV": "", "nope": "", "HbAlc": "HbA1c", "hba1": "HbA1c", "kidney transplant": "kidney transplantation",
		"myocardial infraction": "myocardial infarction", "chemo": "chemotherapy", "F": "female", "m": "", "": "",
	} {
		if got := Nearest(name, sets); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
