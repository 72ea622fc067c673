package rule

import (
	"strconv"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
	"prescreen/internal/verdict"
)

// shown names a record by its own words, else by its value set.
func (t *teller) shown(i int) string {
	if s := t.source(i).Display; s != "" {
		return capital(s)
	}
	return t.subject()
}

// on is "on 2026-10-14 (40 days ago)" of a record, by whatever date it has.
func (t *teller) on(i int) string {
	f := t.fact(i)
	when := begun(f)
	if !when.Known() {
		when = f.Noted
	}
	if when.Exact() {
		return "on " + when.From.String() + " (" + t.ago(when.From) + ")"
	}
	return "on " + t.day(when, t.source(i).Date)
}

func (t *teller) family() string {
	i := t.last()
	relative := t.source(i).Value
	if t.fact(i).Kind == chart.Diagnosis || relative == "" {
		return t.subject() + " in the family: " + t.shown(i) + ", noted " + t.day(written(t.fact(i)), "") + "."
	}
	return t.subject() + " in the family: " + t.shown(i) + " (" + relative + "), noted " + t.day(t.fact(i).Noted, "") + "."
}

func (t *teller) pregnant() string {
	i := t.last()
	value := ""
	if v := t.source(i).Value; v != "" {
		value = ": " + v + ","
	}
	return t.shown(i) + value + " " + t.on(i) + ", less than 42 weeks ago; no end of it on record."
}

func (t *teller) dueDate() string {
	i := t.last()
	return "Expected date of delivery " + t.day(t.fact(i).End, t.source(i).Value) + ", noted " + t.on(i) + "; no end of it on record."
}

func (t *teller) denied() string {
	i := t.last()
	return t.shown(i) + ": " + t.source(i).Value + ", " + t.on(i) + "."
}

func (t *teller) wombRemoved() string { return t.shown(t.last()) + " " + t.on(t.last()) + "." }

func (t *teller) pregnancyOpen() string {
	settle := " To settle: pregnancy test."
	if t.bound.Word == "breastfeeding" {
		settle = " To settle: ask."
	}
	if len(t.leaf.Facts) > 0 {
		parts := make([]string, 0, len(t.leaf.Facts))
		for i := range t.leaf.Facts {
			part := t.shown(i)
			if v := t.source(i).Value; v != "" {
				part += ": " + v
			}
			parts = append(parts, part+" "+t.on(i))
		}
		return strings.Join(parts, "; ") + ": it is open which holds today." + settle
	}
	return "Nothing on record tells whether the patient is " + t.bound.Word + " now." + settle
}

func (t *teller) sexExcludes() string { return "Male." }

func (t *teller) tooOld() string {
	return t.years() + ", beyond " + strconv.Itoa(fertileTo) + " years."
}

func (t *teller) tooYoung() string {
	return t.years() + ", below " + strconv.Itoa(fertileFrom) + " years."
}

func (t *teller) years() string {
	birth := t.chart.Person.Birth
	return "Age " + strconv.Itoa(dates.YearsOn(min(birth.To, t.asOf), t.asOf))
}

func (t *teller) childbearing() string {
	return t.years() + ", female; the removal of neither uterus nor ovaries is on record."
}

func (t *teller) onTrial() string {
	i := t.last()
	f := t.fact(i)
	name := t.source(i).Display
	if name != "" {
		name = " (" + name + ")"
	}
	s := "On a trial" + name
	if f.Begin.Known() {
		s += " since " + t.day(f.Begin, t.source(i).Date)
	}
	if f.End.Known() {
		s += ", until " + t.day(f.End, t.source(i).DateEnd)
	}
	return s + t.asks() + "."
}

func (t *teller) flagged() string {
	i := t.last()
	s := "Flag: " + t.shown(i)
	if f := t.fact(i); f.Begin.Known() {
		s += ", since " + t.day(f.Begin, t.source(i).Date)
	}
	return s + "."
}

func (t *teller) flagEnded() string {
	i := t.last()
	s := "Flag: " + t.shown(i) + ", no longer active"
	if f := t.fact(i); f.End.Known() {
		s += ", ended " + t.day(f.End, t.source(i).DateEnd)
	}
	return s + "."
}

func (t *teller) insured() string {
	i := t.last()
	s := "Insured"
	if d := t.source(i).Display; d != "" {
		s += ": " + d
	}
	if f := t.fact(i); f.End.Known() {
		s += ", until " + t.day(f.End, t.source(i).DateEnd)
	}
	return s + "."
}

// languages are the codes on record, as they stand there.
func (t *teller) languages() string {
	var codes []string
	for _, id := range t.chart.Person.Languages {
		if c := t.b.dict.Coding(id); c.System != terms.TextSystem {
			codes = append(codes, c.Code)
		}
	}
	return strings.Join(codes, ", ")
}

func (t *teller) speaks() string {
	return "Languages on record: " + t.languages() + "; asked " + t.name() + "."
}

func (t *teller) noteOnly() string {
	_, documents := t.chart.Of(chart.Document)
	n := 0
	for i := range documents {
		if w := documents[i].Begin; !w.Known() || w.From <= t.asOf {
			n++
		}
	}
	if n == 0 {
		return "Whether clinical text mentions " + t.name() + " is not known: no document is on record. To settle: read the chart."
	}
	return "Whether clinical text mentions " + t.name() + " is not known: " + strconv.Itoa(n) + " documents are not read by this program yet. To settle: read them."
}

func (t *teller) ageAt() string {
	i := t.last()
	f := t.fact(i)
	s := t.thing(i) + ", " + t.began(i)
	if f.Kind != chart.Diagnosis {
		s = t.thing(i) + " on " + t.day(f.Begin, t.source(i).Date)
	}
	if birth := t.chart.Person.Birth; birth.Known() && f.Begin.Known() && f.Begin.From > dates.Min {
		from := max(f.Begin.From, birth.From)
		young, old := dates.YearsOn(min(birth.To, from), from), dates.YearsOn(birth.From, max(f.Begin.To, birth.From))
		s += ", at " + strconv.Itoa(young)
		if old != young {
			s += " to " + strconv.Itoa(old)
		}
		s += " years"
	}
	s += t.asked() + "."
	if t.leaf.Verdict == verdict.Unknown {
		s += " To settle: ask when it began."
	}
	return s
}

func (t *teller) daysSince() string {
	i := t.last()
	f := t.fact(i)
	when := begun(f)
	what := t.thing(i)
	if f.Kind == chart.Medication {
		what = t.drug(i)
		if f.End.Known() {
			what += ", to " + t.day(f.End, t.source(i).DateEnd)
		}
		return what + t.askedDays() + "."
	}
	if (f.Kind == chart.Procedure || f.Kind == chart.Visit) && f.End.Known() && f.End.From <= t.asOf {
		when = f.End
	}
	s := what + " " + "on " + t.day(when, t.source(i).Date)
	if when.Exact() {
		s += ", " + strconv.Itoa(int(t.asOf-when.From)) + " days ago"
	}
	s += t.askedDays() + "."
	switch {
	case t.leaf.Cause == verdict.OnlySuspected:
		s += " A newer one is only suspected. To settle: read the chart."
	case t.leaf.Verdict == verdict.Unknown:
		s += " To settle: date of the event."
	}
	return s
}

func (t *teller) askedDays() string {
	if t.bound.Limit == nil {
		return ""
	}
	return ", asked " + t.bound.Limit.Text + " days"
}
