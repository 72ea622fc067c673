package rule

import "testing"

// What lies near in letters and far in meaning must not be offered to be pasted.
func TestAnotherThing(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"HIV", "MI", true},
		{"HDL", "LDL", true},
		{"AST", "ALT", true},
		{"hepatitis A", "hepatitis B", true},
		{"type 1 diabetes", "type 2 diabetes", true},
		{"hypotension", "hypertension", true},
		{"factor VIII", "factor IX", true},
		{"chronic pancreatitis", "acute pancreatitis", true},
		{"HbAlc", "HbA1c", false},
		{"hba1c", "HbA1c", false},
		{"strok", "stroke", false},
		{"LLD", "LDL", false},
		{"kidney transplant", "kidney transplantation", false},
		{"type 2 diabets", "type 2 diabetes", false},
	} {
		if got := anotherThing(c.a, c.b); got != c.want {
			t.Errorf("%s, %s: %v", c.a, c.b, got)
		}
	}
}
