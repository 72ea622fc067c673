package author_test

import (
	"bytes"
	"strings"
	"testing"

	"prescreen/internal/author"
	"prescreen/internal/dates"
)

var suggestedOn = dates.NewDay(2026, 11, 23)

func suggested(t *testing.T, text string) string {
	t.Helper()
	tr, s := parse(t, "x.yaml", text)
	list, err := author.Suggest(t.Context(), tr, s, suggestedOn, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	author.WriteSuggested(&b, tr, list)
	return b.String()
}

// The cases of a laboratory limit and of the edges of a window, as they are pasted, with answers that were worked out by hand.
func TestSuggestedCasesOfALimitAndAWindow(t *testing.T) {
	golden(t, "testdata/made-up/suggested-lab.txt", []byte(suggested(t, head+`lab("HbA1c", "last 90 days") >= "7.0 %"`+"\n")))
	golden(t, "testdata/made-up/suggested-event.txt", []byte(suggested(t, head+`diagnosed("stroke", "last 6 months") or age >= 75`+"\n")))
}

// What is suggested can be pasted as it is, comes out as it says, and notices every small change of most criteria.
func TestSuggestedCasesArePastedAndNoticeChanges(t *testing.T) {
	for expr, alive := range map[string]int{
		`age >= 18`:                     0,
		`18 <= age < 76`:                0,
		`sex == "female" and age >= 18`: 0,
		`deceased`:                      0,
		`"7.0 %" <= lab("HbA1c", "last 3 months") <= "10.5 %"`:                                  0,
		`lab("ALT", "last 28 days") <= "3 xULN"`:                                                0,
		`score("ECOG", "last 28 days") <= 1`:                                                    0,
		`marker("HBsAg") == "negative"`:                                                         0,
		`diagnosed("stroke", "between 3 and 12 months ago")`:                                    0,
		`diagnosed("stroke", "more than 2 weeks ago")`:                                          0,
		`diagnosed("diabetes", "present in the last 5 years")`:                                  0,
		`procedure("dialysis", "last 3 months") or diagnosed("stroke", "last 90 days")`:         0,
		`not taking("metformin") and lab("HbA1c", "last 90 days") >= "6.5 %"`:                   0,
		`taking("metformin", "for at least 8 weeks")`:                                           0,
		`took("metformin", "last 90 days")`:                                                     0,
		`vaccinated("live vaccine", "last 30 days")`:                                            0,
		`visit("emergency visit", "last 6 months")`:                                             0,
		`none_of(diagnosed("stroke"), allergic("penicillin"))`:                                  0,
		`at_least(2, age >= 65, diagnosed("diabetes"), lab("HbA1c", "last 1 year") >= "6.5 %")`: 0,
		`times("emergency visit", "last 12 months") >= 2`:                                       0,
	} {
		t.Run(expr, func(t *testing.T) {
			text := head + expr + "\n"
			pasted := suggested(t, text)
			if !strings.Contains(pasted, author.Tick) {
				t.Fatalf("nothing is suggested:\n%s", pasted)
			}
			tr, s := parse(t, "x.yaml", text+"tests:\n"+pasted)
			bench, err := author.NewBench(t.Context(), tr, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range bench.Run(tr) {
				if r.Failed() {
					t.Errorf("%s: %s %+v", r.Name(), r.Problem, r.Cells)
				}
			}
			left, err := bench.Survivors(t.Context(), tr, author.Mutants(tr, s.Library), func(int) {})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range left {
				t.Logf("not noticed: %s: %s", m.What, m.Text)
			}
			if len(left) != alive {
				t.Errorf("%d changes are not noticed, want %d", len(left), alive)
			}
		})
	}
}
