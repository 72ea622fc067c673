package rule

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/dates"
)

func TestWhen(t *testing.T) {
	window := func(l dates.Lookback) When { return When{HasWindow: true, Window: l} }
	period := func(n int, u dates.Unit) dates.Period { return dates.Period{N: n, Unit: u} }
	for text, want := range map[string]When{
		`diagnosed("stroke")`:                                                {},
		`diagnosed("stroke", "ever")`:                                        window(dates.Lookback{Kind: dates.Ever}),
		`diagnosed("stroke", "last 1 day")`:                                  window(dates.Lookback{Kind: dates.Last, Far: period(1, dates.Days)}),
		`diagnosed("stroke", "last 90 days")`:                                window(dates.Lookback{Kind: dates.Last, Far: period(90, dates.Days)}),
		`diagnosed("stroke", "Last 2 Weeks")`:                                window(dates.Lookback{Kind: dates.Last, Far: period(2, dates.Weeks)}),
		`diagnosed("stroke", "more than 1 year ago")`:                        window(dates.Lookback{Kind: dates.Ago, Near: period(1, dates.Years)}),
		`diagnosed("stroke", "between 3 and 12 months ago")`:                 window(dates.Lookback{Kind: dates.Between, Near: period(3, dates.Months), Far: period(12, dates.Months)}),
		`diagnosed("stroke", "between 30 days and 2 years ago")`:             window(dates.Lookback{Kind: dates.Between, Near: period(30, dates.Days), Far: period(2, dates.Years)}),
		`diagnosed("stroke", "since 2020-02-29")`:                            window(dates.Lookback{Kind: dates.Since, From: dates.NewDay(2020, 2, 29)}),
		`diagnosed("stroke", "current")`:                                     {Current: true},
		`diagnosed("stroke", "present in the last 5 years")`:                 {Present: true, HasWindow: true, Window: dates.Lookback{Kind: dates.Last, Far: period(5, dates.Years)}},
		`taking("statin", "for at least 4 weeks")`:                           {ForAtLeast: period(4, dates.Weeks)},
		`took("statin", "for at least 4 weeks", "last 6 months")`:            {ForAtLeast: period(4, dates.Weeks), HasWindow: true, Window: dates.Lookback{Kind: dates.Last, Far: period(6, dates.Months)}},
		`lab("HbA1c", "latest") > "7 %"`:                                     {},
		`lab("HbA1c", "latest 1") > "7 %"`:                                   {},
		`lab("HbA1c", "first") > "7 %"`:                                      {Pick: First},
		`lab("HbA1c", "highest") > "7 %"`:                                    {Pick: Highest},
		`lab("HbA1c", "lowest") > "7 %"`:                                     {Pick: Lowest},
		`lab("HbA1c", "any") > "7 %"`:                                        {Pick: AnyOf},
		`lab("HbA1c", "all") > "7 %"`:                                        {Pick: AllOf},
		`lab("HbA1c", "latest 3") > "7 %"`:                                   {Pick: LatestN, N: 3, Each: EachAll},
		`lab("HbA1c", "all of latest 2") > "7 %"`:                            {Pick: LatestN, N: 2, Each: EachAll},
		`lab("HbA1c", "any of latest 2") > "7 %"`:                            {Pick: LatestN, N: 2, Each: EachAny},
		`lab("HbA1c", "average of latest 3") > "7 %"`:                        {Pick: LatestN, N: 3, Each: Average},
		`lab("HbA1c", "latest 2, at least 90 days apart", "ever") > "7 %"`:   {Pick: LatestN, N: 2, Apart: period(90, dates.Days), HasWindow: true},
		`lab("HbA1c", " at least 3 months  apart ,all of latest 2") > "7 %"`: {Pick: LatestN, N: 2, Apart: period(3, dates.Months)},
	} {
		t.Run(text, func(t *testing.T) {
			got := mustCompile(t, text).Leaves[0].When
			got.Text = ""
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhenText(t *testing.T) {
	p := mustCompile(t, `lab("HbA1c", " at least 3 months  apart ,all of latest 2", "ever") > "7 %"`)
	if got, want := p.Leaves[0].When.Text, "at least 3 months apart, all of latest 2, ever"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Which kinds of phrase each word takes, by the reference of the language; everything else is refused.
func TestWhichPhrasesAWordTakes(t *testing.T) {
	takes := map[string]string{
		"diagnosed": "window current present", "taking": "for", "took": "window for", "procedure": "window", "visit": "window",
		"allergic": "", "vaccinated": "window", "lab": "window pick apart", "vital": "window pick apart", "times": "window",
	}
	kinds := map[string]string{
		"window": "last 90 days", "current": "current", "present": "present in the last 5 years", "for": "for at least 4 weeks",
		"pick": "highest", "apart": "latest 2, at least 90 days apart",
	}
	sets := map[string]string{
		"diagnosed": `diagnosed("stroke"%s)`, "taking": `taking("statin"%s)`, "took": `took("statin"%s)`, "procedure": `procedure("dialysis"%s)`,
		"visit": `visit("emergency visit"%s)`, "allergic": `allergic("penicillin"%s)`, "vaccinated": `vaccinated("live vaccine"%s)`,
		"lab": `lab("HbA1c"%s) > "7 %%"`, "vital": `vital("systolic blood pressure"%s) > "130 mmHg"`, "times": `times("stroke"%s) > 1`,
	}
	for word, allowed := range takes {
		for kind, phrase := range kinds {
			text := fmt.Sprintf(sets[word], `, "`+phrase+`"`)
			p, list := compileText(t, text)
			if want := containsWord(allowed, kind); (p != nil) != want {
				t.Errorf("%s: compiled %v, want %v: %v", text, p != nil, want, list)
			}
		}
	}
}

func containsWord(list, word string) bool {
	for _, f := range fields(list) {
		if f.text == word {
			return true
		}
	}
	return false
}
