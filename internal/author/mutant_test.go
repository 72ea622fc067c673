package author_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/author"
)

const head = "format: 1\ntrial: {id: x, title: x}\nrules: {version: \"1\", state: draft, authors: [x]}\ncriteria:\n  - id: A\n    kind: inclusion\n    text: x\n    expr: |\n      "

// What is changed in an expression, and to what. Changes that make no sense (a window of 0 days, at least 0 of 2) are not
// there.
func TestMutantsOfExpressions(t *testing.T) {
	for expr, want := range map[string][]string{
		`age >= 18`:                               {">= to >", "18 to 17", "18 to 19"},
		`18 <= age < 76`:                          {"18 to 17", "18 to 19", "<= to <", "< to <=", "76 to 75", "76 to 77"},
		`sex == "female"`:                         {"== to !="},
		`diagnosed("stroke")`:                     nil,
		`not diagnosed("stroke")`:                 {"not left out"},
		`diagnosed("stroke", "last 90 days")`:     {"90 days to 89 days", "90 days to 91 days"},
		`diagnosed("stroke", "last 1 day")`:       {"1 day to 2 days"},
		`diagnosed("stroke", "last 8 weeks")`:     {"8 weeks to 55 days", "8 weeks to 57 days"},
		`diagnosed("stroke", "last 6 months")`:    {"6 months to 6 months less a day", "6 months to 6 months and a day"},
		`diagnosed("stroke", "since 2020-01-01")`: {"2020-01-01 to 2019-12-31", "2020-01-01 to 2020-01-02"},
		`taking("metformin", "for at least 1 year")`: {
			"1 year to 1 year less a day", "1 year to 1 year and a day",
		},
		`lab("HbA1c") < "7.0 %"`: {"< to <=", "7.0 to 6.9", "7.0 to 7.1"},
		`age >= 18 and not diagnosed("stroke") and sex == "male"`: {
			">= to >", "18 to 17", "18 to 19", "and to or", "not left out", "== to !=",
		},
		`(age >= 18 or deceased) and sex == "male"`: {
			">= to >", "18 to 17", "18 to 19", "or to and", "and to or", "== to !=",
		},
		`at_least(2, deceased, sex == "male", age < 5)`: {
			"2 to 1", "2 to 3", "== to !=", "< to <=", "5 to 4", "5 to 6",
		},
		`lab("HbA1c", "average of latest 3") >= "7 %"`: {
			"3 to 2", "3 to 4", ">= to >", "7 to 6", "7 to 8",
		},
		`score("ECOG") <= 1`: {"<= to <", "1 to 0", "1 to 2"},
	} {
		t.Run(expr, func(t *testing.T) {
			tr, s := parse(t, "x.yaml", head+expr+"\n")
			var got []string
			for _, m := range author.Mutants(tr, s.Library) {
				got = append(got, m.What)
				if m.Line != 9 {
					t.Errorf("%s: line %d", m.What, m.Line)
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

const ages = head + `age >= 18
tests:
  - name: around 18
    as_of: 2026-11-23
    patient: {birth: 1976-01-01, sex: female}
    cases:
`

// A limit is held by nothing less than a case on each side of it.
func TestSurvivorsAreWhatNoCaseNotices(t *testing.T) {
	below := "      - {name: below, but: {birth: 2008-11-24}, expect: {A: not met}}\n"
	at := "      - {name: at, but: {birth: 2008-11-23}, expect: {A: met}}\n"
	far := "      - {name: far, but: {birth: 1950-01-01}, expect: {A: met}}\n"
	outcome := "      - {name: outcome, but: {birth: 2008-11-23}, expect: {outcome: potentially eligible}}\n"
	for name, c := range map[string]struct {
		cases string
		alive []string
	}{
		"far away":       {far, []string{">= to >", "18 to 17", "18 to 19"}},
		"below":          {below, []string{">= to >", "18 to 19"}},
		"at":             {at, []string{"18 to 17"}},
		"both":           {below + at, nil},
		"by the outcome": {below + outcome, nil},
		"nothing at all": {"      - {name: other, expect: {outcome: potentially eligible}}\n", []string{">= to >", "18 to 17", "18 to 19"}},
	} {
		t.Run(name, func(t *testing.T) {
			tr, s := parse(t, "x.yaml", ages+c.cases)
			bench, err := author.NewBench(t.Context(), tr, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			mutants := author.Mutants(tr, s.Library)
			done := 0
			alive, err := bench.Survivors(t.Context(), tr, mutants, func(n int) { done = n })
			if err != nil || done != len(mutants) {
				t.Fatal(err, done)
			}
			var got []string
			for _, m := range alive {
				got = append(got, m.What)
			}
			if !slices.Equal(got, c.alive) {
				t.Errorf("%v, want %v", got, c.alive)
			}
		})
	}
}

func TestNeighbours(t *testing.T) {
	for _, c := range []struct {
		number string
		by     int64
		want   string
	}{{"7.0", 1, "7.1"}, {"7.0", -1, "6.9"}, {"18", 1, "19"}, {"0", -1, ""}, {"0.5", -1, "0.4"}, {"1.50", 1, "1.51"}, {"x", 1, ""}} {
		if got, _ := author.Neighbour(c.number, c.by); got != c.want {
			t.Errorf("%s by %d: %q, want %q", c.number, c.by, got, c.want)
		}
	}
}
