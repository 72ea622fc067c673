package rule

import (
	"slices"
	"strconv"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/verdict"
)

// recorded is the value with its unit as it stands in the record.
func (t *teller) recorded(i int) string {
	s := t.source(i)
	if s.Unit == "" {
		return s.Value
	}
	return s.Value + " " + s.Unit
}

// valued is "HbA1c 8.2 % on 2026-10-14 (40 days ago)".
func (t *teller) valued(i int) string {
	return t.subject() + " " + t.recorded(i) + t.multiple(i) + " " + t.dated(i)
}

func (t *teller) value() string {
	s := t.valued(t.last())
	if len(t.leaf.Facts) > 1 {
		s = t.subject() + " " + t.list()
	} else if n := t.repeated(t.last()); n > 1 {
		s += ", recorded " + strconv.Itoa(n) + " times"
	}
	return s + t.asked() + ". " + t.status()
}

// repeated counts how often a fact is on record: facts that are alike stand together and count as one.
func (t *teller) repeated(i int) int {
	f, n := t.fact(i), 1
	_, all := t.chart.Of(f.Kind)
	for k := range all {
		g := &all[k]
		if g != f && g.Flags.Has(chart.Repeat) && g.Begin == f.Begin && g.Unit == f.Unit && g.Comparator == f.Comparator &&
			g.Value.Cmp(f.Value) == 0 && slices.Equal(t.chart.CodesIn(g.Codes), t.chart.CodesIn(f.Codes)) {
			n++
		}
	}
	return n
}

// status tells the kind and state of the newest result of the evidence.
func (t *teller) status() string {
	f := t.fact(t.last())
	s := "Lab, final."
	switch t.bound.Word {
	case "vital":
		s = "Vital sign, final."
	case "score", "marker", "stage":
		s = capital(t.bound.Word) + ", final."
		if f.Origin == chart.FromCondition {
			s = "From the diagnosis list."
		}
	case "smoking":
		s = "Social history, final."
	}
	if f.Flags.Has(chart.ProxyTime) {
		s = strings.TrimSuffix(s, ".") + ", dated by its report."
	}
	return s
}

// list writes the values of the evidence, newest last.
func (t *teller) list() string {
	parts := make([]string, 0, len(t.leaf.Facts))
	for i := range t.leaf.Facts {
		parts = append(parts, t.recorded(i)+t.multiple(i)+" on "+t.day(t.fact(i).Begin, t.source(i).Date))
	}
	return strings.Join(parts, ", ")
}

func (t *teller) several() string {
	what := ""
	if t.leaf.Code == sayAverage {
		what = "average of "
	}
	return t.subject() + ": " + what + t.list() + t.asked() + "."
}

func (t *teller) bounded() string {
	i := t.last()
	s := t.source(i)
	return t.subject() + " “" + strings.TrimSpace(s.Value+" "+s.Unit) + "” " + t.dated(i) + t.asked() +
		": the bound does not decide. To settle: a result with a number."
}

func (t *teller) sameTime() string {
	return t.subject() + ": two results at the same time, " + t.list() + t.asked() + ". To settle: ask the laboratory, or repeat."
}

func (t *teller) unusable() string {
	i := t.last()
	return t.valuedOrMissing(i) + " " + t.whyUnusable(t.leaf.Cause, i)
}

// valuedOrMissing names a result that may have no value.
func (t *teller) valuedOrMissing(i int) string {
	if t.source(i).Value == "" {
		return t.subject() + " " + t.dated(i)
	}
	return t.valued(i)
}

func (t *teller) whyUnusable(c verdict.Cause, i int) string {
	f := t.fact(i)
	switch {
	case c == verdict.UnitNotConvertible && f.Unit == 0:
		return "carries no unit. To settle: ask the laboratory, or repeat."
	case c == verdict.UnitNotConvertible:
		return "is in a unit that does not convert. To settle: have the unit added to the value set, or repeat."
	case c == verdict.Implausible:
		return "lies outside the plausible range. To settle: check the result, or repeat."
	case c == verdict.NoReferenceRange && t.multiple(i) != "":
		return "may have either limit of normal, and they do not answer alike. To settle: ask for sex and birth date."
	case c == verdict.NoReferenceRange:
		return "carries no reference range that fits, and the site's table has none. To settle: ask the laboratory for its limits."
	case c == verdict.SourcesConflict:
		return "came twice with different content. To settle: ask the laboratory."
	case f.Status == chart.Preliminary || f.Status == chart.Registered:
		return "is not final yet. To settle: wait for the final result."
	case f.Form == chart.Absent || f.Form == chart.NoValue:
		return "has no value. To settle: repeat."
	}
	return "is not understood. To settle: read it."
}

func (t *teller) newerUnusable() string {
	s := t.valuedOrMissing(0) + " " + t.whyUnusable(t.leaf.Cause, 0)
	if len(t.leaf.Facts) > 1 {
		s = strings.Replace(s, " To settle:", " Last usable "+t.recorded(1)+" "+t.dated(1)+". To settle:", 1)
	}
	return s
}

func (t *teller) outside() string {
	if t.bound.kind != chart.Result {
		i := t.last()
		return "Last " + t.name() + " on " + t.day(t.fact(i).Begin, t.source(i).Date) + t.asks() + ". To settle: ask."
	}
	i := t.last()
	f := t.fact(i)
	s := "Last " + t.name() + " " + t.recorded(i) + " on " + t.day(f.Begin, t.source(i).Date)
	if f.Begin.Exact() {
		s += ", " + t.ago(f.Begin.From)
	}
	s += "; asked " + t.within() + "."
	return s + t.byLast() + " To settle: repeat."
}

func (t *teller) never() string {
	since := ""
	if k := contactsUpTo(t.chart, t.asOf); k.any {
		y, _, _ := k.first.Civil()
		since = " (since " + strconv.Itoa(y) + ")"
	}
	settle, name := "order it, or read outside reports", t.name()
	if t.bound.kind != chart.Result || t.bound.Word == "smoking" {
		settle = "ask"
	}
	if t.bound.Word == "speaks" {
		name = "language"
	}
	return "No " + name + " on record" + since + ". To settle: " + settle + "."
}

func (t *teller) tooFew() string {
	have := strconv.Itoa(t.had())
	s := t.subject() + ": " + have + " of " + t.wantedResults() + " on record"
	if len(t.leaf.Facts) > 0 {
		s += ", " + t.list()
	}
	return s + t.asked() + ". To settle: repeat."
}

// had counts the results of the evidence, or their days where those are asked for.
func (t *teller) had() int {
	n := 0
	for i := range t.leaf.Facts {
		if !t.bound.When.Days || i == 0 || t.fact(i).Begin.From != t.fact(i-1).Begin.From {
			n++
		}
	}
	return n
}

func (t *teller) age() string {
	birth := t.chart.Person.Birth
	young, old := dates.YearsOn(min(birth.To, t.asOf), t.asOf), dates.YearsOn(birth.From, t.asOf)
	age := strconv.Itoa(young)
	if young != old {
		age += " or " + strconv.Itoa(old)
	}
	s := "Age " + age + t.asked() + "."
	if t.leaf.Verdict == verdict.Unknown {
		s += " Born “" + t.chart.Person.BirthText + "” (day not given). To settle: ask for the birth date."
	}
	return s
}

func (t *teller) sex() string {
	p := &t.chart.Person
	for _, x := range []struct {
		sex   chart.Sex
		field string
	}{{p.ClinicalSex, "sex for clinical use"}, {p.BirthSex, "birth sex"}, {p.Gender, "administrative gender"}} {
		if x.sex != chart.NoSex {
			return capital(x.sex.String()) + " (" + x.field + "), asked " + strings.Join(t.bound.OneOf, " or ") + "."
		}
	}
	return "Sex not recorded."
}

func (t *teller) deceased() string {
	if !t.chart.Person.Deceased {
		return "No death on record."
	}
	return "Recorded as deceased."
}
