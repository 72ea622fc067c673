package rule

import (
	"math/big"
	"strconv"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/quantity"
	"prescreen/internal/verdict"
)

func (t *teller) change() string {
	e := Evaluator{chart: t.chart}
	first, last := t.leaf.Facts[0], t.leaf.Facts[t.last()]
	diff, ok := e.changed(t.bound, first, last)
	by := ""
	if ok {
		unit := t.bound.Set.Name
		if t.bound.Limit != nil {
			unit = t.bound.Limit.Unit
		}
		if unit == "" && t.bound.Set.Analyte != nil {
			unit = t.bound.Set.Analyte.Canonical
		}
		by = ", a change of " + signed(diff) + " " + unit
	}
	return t.subject() + " " + t.recorded(0) + " on " + t.day(t.fact(0).Begin, t.source(0).Date) + ", then " + t.recorded(t.last()) + " " +
		t.dated(t.last()) + strings.TrimRight(by, " ") + t.asked() + "."
}

// signed writes a difference rounded for reading.
func signed(r *big.Rat) string {
	if r.Sign() > 0 {
		return "+" + rounded(r)
	}
	return rounded(r)
}

// rounded writes a number with three digits, more only where it has more before its point.
func rounded(r *big.Rat) string {
	whole := new(big.Int).Quo(r.Num(), r.Denom())
	s := quantity.FromRat(r).Round(max(3, len(whole.Abs(whole).String()))).String()
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func (t *teller) oneResult() string {
	return t.valued(t.last()) + ": a change needs two results at different times" + t.asked() + ". To settle: repeat, or read outside reports."
}

func (t *teller) dose() string {
	if len(t.leaf.Facts) == 0 {
		return "No " + t.name() + " on record: nothing is taken" + t.asked() + " a day. Absence is assumed, not proven."
	}
	return t.doses() + t.asked() + " a day" + t.countedAs() + "."
}

func (t *teller) countedAs() string {
	if as := t.bound.When.As; as != "" {
		return ", counted as " + as
	}
	return ""
}

// doses lists the orders with the amounts that their dosages come to.
func (t *teller) doses() string {
	parts := make([]string, 0, len(t.leaf.Facts))
	for i := range t.leaf.Facts {
		f := t.fact(i)
		parts = append(parts, t.drug(i)+", "+t.perDay(f))
	}
	return strings.Join(parts, "; ")
}

func (t *teller) perDay(f *chart.Fact) string {
	a := t.bound.doses.of(t.chart, f)
	if a.high == nil {
		return "daily amount not told"
	}
	unit := "mg"
	if t.bound.Limit != nil {
		unit = t.bound.Limit.Unit
	}
	low, high := rounded(a.low), rounded(a.high)
	if low != high {
		low += "-" + high
	}
	as := ""
	if t.bound.doses.factors != nil {
		as = " as " + t.bound.When.As
	}
	once := " a day"
	if f.Origin == chart.FromMedicationAdministration && (f.Supply < 0 || t.chart.Supplies[f.Supply].PerDays == 0) {
		once = ""
	}
	return low + " " + unit + as + once
}

func (t *teller) doseUnclear() string {
	why, settle := "how much is taken in a day is not told clearly enough", "read the dosage"
	switch t.leaf.Cause {
	case verdict.OldOrderActive:
		why, settle = "an older order may have been replaced", "ask what is taken"
	case verdict.PartialDate:
		why, settle = "whether it was taken at that time is not on record", "ask when it ended"
	case verdict.SourcesConflict:
		why, settle = "the records contradict each other", "read them"
	}
	if len(t.leaf.Facts) == 0 {
		return "No " + t.name() + " on record" + t.asked() + " a day: the record may not be complete for this time. To settle: ask."
	}
	return t.doses() + t.asked() + " a day: " + why + ". To settle: " + settle + "."
}

func (t *teller) placeUnknown() string {
	i := t.last()
	where := map[Place]string{AsInpatient: "during a stay", AsOutpatient: "at an outpatient visit"}[t.bound.When.Place]
	what := t.thing(i) + " " + t.on(i)
	if t.fact(i).Kind == chart.Result {
		what = t.valued(i)
	}
	return what + ": no visit on record tells whether it was made " + where + ". To settle: read the chart."
}

func (t *teller) unread() string {
	i := t.last()
	what := t.thing(i)
	if w := t.on(i); w != "" {
		what += " " + w
	}
	return what + " is on record with something in it that is not understood, so it says neither yes nor no. To settle: read the record."
}

func (t *teller) noEvent() string {
	v := &t.bound.When.Event
	s := "No " + v.Set.Name + " on record, so nothing is " + sideNames[v.Side] + " it."
	switch {
	case t.leaf.Basis == verdict.Silence:
		return s + " Absence is assumed, not proven."
	case t.bound.event.kind == chart.Result:
		return s + " To settle: order it, or read outside reports."
	}
	return s + " To settle: ask."
}

var sideNames = [...]string{Around: "near", Before: "before", After: "after"}

func (t *teller) eventUnclear() string {
	i := t.last()
	display := t.source(i).Display
	if display != "" {
		display = " (" + display + ")"
	}
	return "The latest " + t.bound.When.Event.Set.Name + display + " that this is counted from is not clear: " + doubtOf(t.leaf.Cause) + ". To settle: read the chart."
}

func doubtOf(c verdict.Cause) string {
	switch c {
	case verdict.OnlySuspected:
		return "one on record is not confirmed"
	case verdict.PartialDate:
		return "its day is not given"
	}
	return "the records leave it open"
}

func (t *teller) noAnchor() string {
	none := "No " + t.b.anchor.Set.Name + " on record, from which this criterion is counted."
	if t.leaf.Cause == verdict.NoteOnly {
		return none + " " + t.inWords()
	}
	return none + " To settle: ask, or read outside reports."
}

func (t *teller) anchorUnclear() string {
	return "The latest " + t.b.anchor.Set.Name + ", from which this criterion is counted, is not clear: " + doubtOf(t.leaf.Cause) + ". To settle: date of the event."
}

// countedFrom tells the day that a criterion with an anchor was asked on.
func (t *teller) countedFrom() string {
	if t.b.anchor == nil || t.anchor == t.asOf {
		return ""
	}
	return "Counted from " + t.b.anchor.Set.Name + " on " + t.anchor.String() + "."
}

// tied is the part of a question that its event, place and way of taking make: "within 7 days of creatinine".
func (t *teller) tied() string {
	w := &t.bound.When
	var parts []string
	if v := &w.Event; v.Set != nil {
		near := [...]string{Around: "of", Before: "before", After: "after"}[v.Side]
		if !v.Within.IsZero() {
			near = "within " + v.Within.String() + " " + near
		}
		parts = append(parts, near+" "+v.Set.Name)
	}
	switch w.Place {
	case AsInpatient:
		parts = append(parts, "during a stay")
	case AsOutpatient:
		parts = append(parts, "as an outpatient")
	}
	if w.Regular {
		parts = append(parts, "not as needed")
	}
	return strings.Join(parts, ", ")
}

// multiple tells how a result compares with its limit of normal, and where that limit stands.
func (t *teller) multiple(i int) string {
	if t.bound.Limit == nil || t.bound.Limit.Of == NoNormal {
		return ""
	}
	f := t.fact(i)
	e := Evaluator{chart: t.chart}
	name := map[Normal]string{ULN: "ULN", LLN: "LLN"}[t.bound.Limit.Of]
	var told []string
	e.normals(t.bound, f, func(limit quantity.Decimal, _ *quantity.Conversion, site *siteLimit) {
		s := name + " " + limit.String()
		if site != nil {
			s = "site " + s + " " + site.Unit
		} else if u := t.source(i).Unit; u != "" {
			s += " " + u
		}
		for _, other := range told {
			if other == s {
				return
			}
		}
		told = append(told, s)
	})
	if len(told) == 0 {
		return ""
	}
	return " (" + strings.Join(told, " or ") + ")"
}

// wantedResults is what "latest N days" asks for, in words.
func (t *teller) wantedResults() string {
	n := strconv.Itoa(t.bound.When.N)
	if t.bound.When.Days {
		return n + " days with results"
	}
	return n + " results"
}
