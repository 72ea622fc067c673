package author

import (
	"strings"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/rule"
)

// clause is a question told as a statement, and as its opposite.
type clause struct{ yes, no string }

func (c clause) of(yes bool) string {
	if yes {
		return c.yes
	}
	return c.no
}

// there tells of a record that is there or not.
func there(what string) clause {
	return clause{"there is " + article(what) + what, "there is no " + what}
}

func article(s string) string {
	if s != "" && strings.ContainsRune("aeiou", rune(s[0])) {
		return "an "
	}
	return "a "
}

// is tells of a value that fits its limit or not.
func is(subject, limit string) clause {
	return clause{subject + " is " + limit, subject + " is not " + limit}
}

// clause tells a question. A word that has no sentence here is told as it is written, so that nothing is hidden.
func (r *reader) clause(l *rule.Leaf) clause {
	name, when := "", r.when(l)
	if l.Set != nil {
		name = "“" + l.Set.Name + "”"
	}
	switch l.Word {
	case "age":
		return is("the age in completed years", r.limit(l))
	case "sex":
		return r.choice("the sex for clinical use", l)
	case "smoking":
		return r.choice("the latest smoking status"+when, l)
	case "deceased":
		return clause{"the patient has died", "the patient has not died"}
	case "diagnosed":
		return there(r.diagnosis(l, name))
	case "taking":
		return there("medication " + name + " that covers the day asked about" + when)
	case "took":
		return there("medication " + name + " of which any day lies" + orEver(when))
	case "procedure":
		return there("procedure " + name + " done" + orEver(when))
	case "visit":
		return there("visit or stay " + name + orEver(when))
	case "allergic":
		return there("allergy or intolerance to " + name + " on record" + when)
	case "vaccinated":
		return there("vaccination " + name + " given" + orEver(when))
	case "family_history":
		return there("relative with " + name + " on record" + when)
	case "flagged":
		return there("flag " + name + " on the chart")
	case "enrolled":
		return clause{"the patient is or was on a trial" + orNow(when), "the patient is on no trial" + orNow(when)}
	case "insured":
		return there(strings.TrimSpace("coverage " + name + " that is active"))
	case "speaks":
		return clause{"the patient speaks " + r.language(l), "the patient does not speak " + r.language(l)}
	case "pregnant", "breastfeeding":
		return clause{"the patient is " + l.Word, "the patient is not " + l.Word}
	case "childbearing":
		return clause{"the patient can bear children", "the patient cannot bear children"}
	case "note_mentions":
		return clause{"a note speaks of " + name, "no note speaks of " + name}
	case "manual":
		return clause{"a person answers yes to: " + l.Question, "a person answers no to: " + l.Question}
	case "times":
		return is("the number of different days with "+name+" on record"+orEver(when), r.limit(l))
	case "age_at":
		return is("the age in completed years when "+name+" was first on record"+when, r.limit(l))
	case "days_since":
		return is("the number of days since the latest "+name+when, r.limit(l))
	case "change":
		return is("the change of "+name+" from the first to the latest result"+orEver(when), r.limit(l))
	case "daily_dose":
		return is("the daily dose of "+name+when, r.limit(l))
	}
	return r.value(l, name, when)
}

// value tells a word that gives a value: results, and values that are computed of them.
func (r *reader) value(l *rule.Leaf, name, when string) clause {
	if name == "" {
		name = strings.ReplaceAll(l.Word, "_", " ")
	}
	if l.Derived != nil {
		name += " (" + l.Derived.Name() + ")"
	}
	if l.Limit == nil && len(l.OneOf) == 0 {
		text := strings.Join(strings.Fields(l.Text), " ")
		return clause{"this is met: " + text, "this is not met: " + text}
	}
	subject := r.pick(&l.When, name) + when
	if len(l.OneOf) > 0 {
		return r.choice(subject, l)
	}
	return is(subject, r.limit(l))
}

// known tells that there is any value at all.
func (r *reader) known(l *rule.Leaf) clause {
	name := strings.ReplaceAll(l.Word, "_", " ")
	if l.Set != nil {
		name = "“" + l.Set.Name + "”"
	}
	when := orEver(r.when(l))
	return clause{"a usable value of " + name + when + " is on record", "no usable value of " + name + when + " is on record"}
}

func (r *reader) choice(subject string, l *rule.Leaf) clause {
	c := is(subject, strings.Join(l.OneOf, " or "))
	if l.Limit != nil && l.Limit.Negate {
		c.yes, c.no = c.no, c.yes
	}
	return c
}

func (r *reader) language(l *rule.Leaf) string {
	if l.Set != nil {
		return "“" + l.Set.Name + "”"
	}
	return l.Language.Name
}

// pick names the results that are asked.
func (r *reader) pick(w *rule.When, name string) string {
	several := plural(w.N, "result", "results")
	if w.Days {
		several = "results of the latest " + plural(w.N, "day", "days") + " with any"
	} else {
		several = "latest " + several
	}
	switch w.Pick {
	case rule.First:
		return "the first " + name
	case rule.Highest:
		return "the highest " + name
	case rule.Lowest:
		return "the lowest " + name
	case rule.AnyOf:
		return "some one " + name
	case rule.AllOf:
		return "every " + name
	case rule.LatestN:
		each := map[rule.Each]string{rule.EachAll: "each", rule.EachAny: "some one", rule.Average: "the average"}[w.Each]
		return each + " of the " + several + " of " + name + spaced(w)
	}
	return "the latest " + name
}

func spaced(w *rule.When) string {
	if w.Apart.IsZero() {
		return ""
	}
	return ", at least " + w.Apart.String() + " apart,"
}

// diagnosis tells what a window asks of a disease: that it began, was there, or is there.
func (r *reader) diagnosis(l *rule.Leaf, name string) string {
	when := r.when(l)
	switch {
	case l.When.Current:
		return "diagnosis of " + name + " that is present on the day asked about" + when
	case l.When.Present:
		return "diagnosis of " + name + " that was present at any time" + when + ", whenever it began"
	case l.When.HasWindow && l.When.Window.Kind != dates.Ever:
		return "diagnosis of " + name + " that began" + when
	}
	return "diagnosis of " + name + orEver(when)
}

func orEver(when string) string {
	if when == "" {
		return " at any time"
	}
	return when
}

func orNow(when string) string {
	if when == "" {
		return " on the day asked about"
	}
	return when
}

// when tells the when phrases of a question, its window with both dates.
func (r *reader) when(l *rule.Leaf) string {
	w := &l.When
	var parts []string
	if s := r.window(w); s != "" {
		parts = append(parts, s)
	}
	if !w.ForAtLeast.IsZero() {
		parts = append(parts, "for at least "+w.ForAtLeast.String()+" without a gap"+r.dated("since "+r.asOf.Sub(w.ForAtLeast).String()+" or earlier"))
	}
	if w.Event.Set != nil {
		parts = append(parts, r.event(&w.Event))
	}
	switch w.Place {
	case rule.AsOutpatient:
		parts = append(parts, "recorded at a visit that was no stay")
	case rule.AsInpatient:
		parts = append(parts, "recorded during a stay")
	}
	if w.Regular {
		parts = append(parts, "orders as needed not counted")
	}
	if w.As != "" {
		parts = append(parts, "counted as doses of "+w.As)
	}
	for _, s := range w.Except {
		parts = append(parts, "records with a code of “"+s.Name+"” not counted")
	}
	if len(parts) == 0 {
		return ""
	}
	return " " + strings.Join(parts, ", ")
}

func (r *reader) window(w *rule.When) string {
	if !w.HasWindow {
		return ""
	}
	on := w.Window.On(r.asOf)
	both := r.dated(on.From.String() + " to " + on.To.String())
	if r.program.Source.Anchor != nil {
		both = " before the latest “" + r.program.Source.Anchor.Name + "”"
	}
	switch w.Window.Kind {
	case dates.Last:
		return "in the last " + w.Window.Far.String() + both
	case dates.Ago:
		return "at least " + w.Window.Near.String() + " ago" + r.dated("up to "+on.To.String())
	case dates.Between:
		return "between " + w.Window.Near.String() + " and " + w.Window.Far.String() + " ago" + both
	case dates.Since:
		return "since " + on.From.String()
	}
	return "at any time up to the day asked about"
}

func (r *reader) dated(s string) string {
	if r.undated {
		return ""
	}
	return " (" + s + ")"
}

func (r *reader) event(e *rule.Event) string {
	side := [...]string{rule.Around: "of", rule.Before: "before", rule.After: "after"}[e.Side]
	if e.Within.IsZero() {
		return side + " the record of “" + e.Set.Name + "”"
	}
	return "within " + e.Within.String() + " " + side + " the record of “" + e.Set.Name + "”"
}

// limit tells a limit in words: neither sign has to be remembered.
func (r *reader) limit(l *rule.Leaf) string {
	if l.Limit == nil {
		return "on record"
	}
	text := r.span(l)
	if l.Limit.Negate {
		return "anything but " + text
	}
	return text
}

func (r *reader) span(l *rule.Leaf) string {
	low, high, unit := l.Limit.Range.Low, l.Limit.Range.High, r.unit(l)
	at := func(b *quantity.Bound) string { return b.Value.String() + unit }
	switch {
	case low != nil && high != nil && low.Value.Cmp(high.Value) == 0:
		return "exactly " + at(low)
	case low != nil && high != nil && !low.Open && !high.Open:
		return "from " + low.Value.String() + " to " + at(high)
	case low != nil && high != nil:
		return map[bool]string{true: "above ", false: "at least "}[low.Open] + at(low) + " and " +
			map[bool]string{true: "below ", false: "at most "}[high.Open] + at(high)
	case low != nil:
		return map[bool]string{true: "above ", false: "at least "}[low.Open] + at(low)
	case high != nil:
		return map[bool]string{true: "below ", false: "at most "}[high.Open] + at(high)
	}
	return "anything"
}

func (r *reader) unit(l *rule.Leaf) string {
	switch l.Limit.Of {
	case rule.ULN:
		return " times the upper limit of normal of that result"
	case rule.LLN:
		return " times the lower limit of normal of that result"
	}
	if l.Limit.Relative {
		return " % of the first value"
	}
	if unit := l.Limit.Unit; unit != "" {
		return " " + unit
	}
	if l.Set != nil && l.Set.Analyte != nil && l.Word != "times" && l.Word != "age_at" && l.Word != "days_since" && l.Set.Analyte.Canonical != "" {
		return " " + l.Set.Analyte.Canonical
	}
	return ""
}
