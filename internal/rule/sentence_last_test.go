package rule

import (
	"strings"
	"testing"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/verdict"
)

// TestTheLastValueIsToldByItsEffect: an HbA1c of 8 % of two years ago, asked about the last three months. What an
// exclusion would do is not said in the words of an inclusion, and a negation turns it.
func TestTheLastValueIsToldByItsEffect(t *testing.T) {
	w, lib := newWorld(), testLibrary(t)
	var b chart.Builder
	it := b.Grow()
	*it = chart.Item{ID: []byte("a"), Source: &chart.Source{Value: "8", Unit: "%"}}
	it.Codes = append(it.Codes, w.codes["4548-4"])
	it.Fact = chart.Fact{
		Kind: chart.Result, Origin: chart.FromObservation, Status: chart.Final, Form: chart.Number,
		Value: quantity.FromInt(8), Unit: w.units.ID([]byte("%")), Begin: dates.On(asOf - 730),
	}
	c := b.Build(chart.Person{}, nil, true)
	for _, q := range []struct {
		kind       verdict.Kind
		expr, says string
	}{
		{verdict.Inclusion, `lab("HbA1c", "last 3 months") >= "7 %"`, "By its last value it would be fulfilled."},
		{verdict.Inclusion, `lab("HbA1c", "last 3 months") >= "9 %"`, "By its last value it would not be fulfilled."},
		{verdict.Exclusion, `lab("HbA1c", "last 3 months") >= "7 %"`, "By its last value it would exclude."},
		{verdict.Exclusion, `lab("HbA1c", "last 3 months") >= "9 %"`, "By its last value it would not apply."},
		{verdict.Inclusion, `not (lab("HbA1c", "last 3 months") >= "7 %")`, "By its last value it would not be fulfilled."},
		{verdict.Inclusion, `lab("HbA1c", "last 3 months") >= "7 %" or manual("Known?")`, "By its last value this would hold."},
	} {
		p, list := Compile(Source{File: "t.yaml", Line: 1, Column: 1, Text: q.expr, Kind: q.kind}, lib)
		if p == nil {
			t.Fatal(list)
		}
		var e Evaluator
		bound := Bind(p, lib, w.dict, w.units, Defaults())
		j := e.Evaluate(bound, c, asOf, asOf)
		if got := e.Sentence(bound, c, &j, asOf, nil); !strings.Contains(got, q.says) {
			t.Errorf("%v %s: %s", q.kind, q.expr, got)
		}
	}
}
