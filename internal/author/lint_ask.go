package author

import (
	"fmt"
	"slices"
	"strings"

	"prescreen/internal/dates"
	"prescreen/internal/mistake"
	"prescreen/internal/quantity"
	"prescreen/internal/rule"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// ask puts the questions that a protocol's line leaves open and that neither the line nor the expression answers.
func (l *linter) ask(i int, c *trial.Criterion, line protocolLine) {
	src := &c.Program.Source
	for k := range c.Program.Leaves {
		q := &c.Program.Leaves[k]
		at := leafPlace(src, q)
		l.askResult(c, q, line, at)
		l.askDiagnosis(c, q, line, at)
		l.askTherapy(c, q, line, at)
		l.askLimit(c, q, line, at)
		if q.Word == "times" && q.Set != nil && !q.Set.Domain.OfResults() && !line.has("day*", "occasion*", "date*", "separate", "distinct", "different") {
			l.tell(at, askRepeated, fmt.Sprintf("%s counts the days on which %s is on record: is that how the protocol counts?", q.Text, q.Set.Name))
		}
	}
	l.askTime(i, c, line)
	l.askWhole(i, c, line)
}

// ofSeveral are words of a line that speaks of more than one result.
var ofSeveral = []string{
	"average", "mean", "any", "every", "readings", "measurements", "values", "repeat*", "consecutive", "confirmed", "persistent*",
	"highest", "lowest", "duplicate", "triplicate", "occasions",
}

// latestUnsaid asks, once a file, about results for which neither the line nor the expression says which of several counts.
func (l *linter) latestUnsaid() {
	var ids []string
	var first mistake.Place
	window := "" // what the first of them asks already
	for i := range l.trial.Criteria {
		c := &l.trial.Criteria[i]
		if c.Program == nil || wordsOf(c.Text).has(append([]string{"latest", "last", "most recent", "newest"}, ofSeveral...)...) {
			continue
		}
		for k := range c.Program.Leaves {
			if q := &c.Program.Leaves[k]; isResult(q) && ages(q) && pickUnsaid(q) {
				if len(ids) == 0 {
					first = leafPlace(&c.Program.Source, q)
					if q.When.Text != "" {
						window = ", " + q.When.Text
					}
				}
				ids = append(ids, c.ID)
				break
			}
		}
	}
	if len(ids) > 0 {
		l.tell(first, askWhich, fmt.Sprintf("the latest result answers in %s: is that what the protocol asks?", joined(ids))).
			Fix = `"latest` + window + `", or "any", "all", "highest", "average of latest 3"; or # lint: L052 and the reason, above "criteria:"`
	}
}

func pickUnsaid(q *rule.Leaf) bool {
	return q.When.Pick == rule.Latest && !strings.Contains(foldCase(q.When.Text), "latest")
}

// askResult: which of several results, which specimen.
func (l *linter) askResult(c *trial.Criterion, q *rule.Leaf, line protocolLine, at mistake.Place) {
	if !isResult(q) {
		return
	}
	if pickUnsaid(q) && ages(q) && line.has(ofSeveral...) {
		l.tell(at, askWhich, fmt.Sprintf("%s takes the latest result, and the line of %s speaks of more than one: which is meant?", q.Text, c.ID)).
			Fix = `"latest", or "all of latest 2", "average of latest 3", "any", "highest"`
	}
	if q.Set == nil || q.Set.Domain != terms.Lab {
		return
	}
	for _, specimen := range specimens {
		if line.has(specimen) && !slices.ContainsFunc(c.Program.Leaves, func(o rule.Leaf) bool { return o.Set != nil && speaksOf(o.Set, specimen) }) {
			l.tell(at, askSpecimen, fmt.Sprintf("the line of %s says %q, and the value set %q does not: are its codes the right ones?", c.ID, specimen, q.Set.Name))
			return
		}
	}
}

var specimens = []string{"fasting", "random", "postprandial", "urine", "urinary", "capillary", "arterial", "venous", "point-of-care", "synovial"}

func speaksOf(set *terms.ValueSet, word string) bool {
	stem := strings.TrimSuffix(strings.TrimSuffix(word, "ary"), "e")
	in := func(s string) bool { return strings.Contains(foldCase(s), stem) }
	return in(set.Name) || slices.ContainsFunc(set.Synonyms, in) ||
		slices.ContainsFunc(set.Entries, func(e terms.Entry) bool { return in(e.Display) })
}

// askDiagnosis: ever or still there, began or was there.
func (l *linter) askDiagnosis(c *trial.Criterion, q *rule.Leaf, line protocolLine, at mistake.Place) {
	if !isDiagnosis(q) {
		return
	}
	ever := !q.When.HasWindow && !q.When.Current && !q.When.Present
	switch {
	case q.When.Current && line.has("history of", "prior", "previous*", "ever"):
		l.tell(at, askActive, fmt.Sprintf("%s asks whether it is there today, and the line of %s speaks of the past", q.Text, c.ID)).Fix = `"ever"`
	case ever && q.Set.Course != terms.Chronic && !strings.Contains(foldCase(q.When.Text), "ever") && line.has("active", "current*", "ongoing", "acute", "uncontrolled", "symptomatic"):
		l.tell(at, askActive, fmt.Sprintf("%s asks whether there ever was one, and the line of %s speaks of today", q.Text, c.ID)).Fix = `"current"`
	}
	kind := q.When.Window.Kind
	if q.When.HasWindow && !q.When.Present && (kind == dates.Last || kind == dates.Since || kind == dates.Between) &&
		(q.Set.Course == terms.Chronic || q.Set.Course == terms.Episode) && !line.has("diagnos*", "onset", "new", "newly", "first", "began", "develop*", "since") {
		l.tell(at, askBegan, fmt.Sprintf("%s asks whether %s began in that time; one that began earlier and goes on is not met", q.Text, q.Set.Name)).
			Fix = `"present in the ` + strings.TrimPrefix(foldCase(q.When.Text), "in the ") + `"`
	}
}

// askTherapy: now, ever, unchanged for how long.
func (l *linter) askTherapy(c *trial.Criterion, q *rule.Leaf, line protocolLine, at mistake.Place) {
	when := foldCase(q.When.Text)
	switch {
	case q.Word == "taking" && q.When.ForAtLeast.IsZero() && line.has("stable", "unchanged", "for at least", "maximum tolerated", "maximally tolerated"):
		l.tell(at, askTherapy, fmt.Sprintf("the line of %s asks for a steady therapy, and %s asks only about the day itself", c.ID, q.Text)).
			Fix = `"for at least 3 months"`
	case q.Word == "took" && when == "" && !line.has("ever", "prior", "previous*", "history of", "any time", "received", "past"):
		l.tell(at, askTherapy, fmt.Sprintf("%s asks whether there ever was an order, however long ago: is that what %s asks?", q.Text, c.ID)).
			Fix = `"last 90 days", or taking, or "ever"`
	}
}

// askLimit: at least or more than, and slips of the number. Both are read where the line and the expression name the same
// kind of number.
func (l *linter) askLimit(c *trial.Criterion, q *rule.Leaf, line protocolLine, at mistake.Place) {
	if q.Limit == nil || q.Limit.Negate {
		return
	}
	if q.OneOf != nil {
		return
	}
	if q.Limit.Of != rule.NoNormal {
		l.askUpperLimit(q, at)
	}
	l.askSide(c, q, line, at, q.Limit.Range.Low, true)
	l.askSide(c, q, line, at, q.Limit.Range.High, false)
	if numbers := line.numbers(); len(numbers) > 0 && len(line.lengths()) == 0 && !slices.ContainsFunc(numbers, func(n quantity.Decimal) bool {
		return q.Limit.Range.Low != nil && n.Cmp(q.Limit.Range.Low.Value) == 0 || q.Limit.Range.High != nil && n.Cmp(q.Limit.Range.High.Value) == 0
	}) && strings.Contains(foldCase(c.Text), foldCase(unitOf(q))) && len(c.Program.Leaves) == 1 {
		l.tell(at, otherNumber, fmt.Sprintf("the line of %s names no number that stands here", c.ID))
	}
}

func (l *linter) askSide(c *trial.Criterion, q *rule.Leaf, line protocolLine, at mistake.Place, end *quantity.Bound, above bool) {
	if end == nil {
		return
	}
	for _, s := range line.limits() {
		if s.value.Cmp(end.Value) != 0 {
			continue
		}
		if s.above == above && s.open == end.Open {
			return
		}
		if s.above == above {
			said, asked := "includes", "leaves out"
			if s.open {
				said, asked = asked, said
			}
			l.tell(at, askBound, fmt.Sprintf("the line of %s %s %s itself, and the expression %s it", c.ID, said, end.Value, asked))
			return
		}
	}
}

// askUpperLimit: whose limit of normal, where a result has none of its own.
func (l *linter) askUpperLimit(q *rule.Leaf, at mistake.Place) {
	if q.Set != nil && !l.check.limits[foldCase(q.Set.Name)] {
		l.tell(at, askUpper, fmt.Sprintf("results of %s that carry no reference range stay open: does the laboratory send them?", q.Set.Name)).
			Fix = fmt.Sprintf("upper_limits: [{set: %s, value: \"…\"}] in site.yaml", q.Set.Name)
	}
}

// askTime compares the lengths of time of a line with those of its expression.
func (l *linter) askTime(i int, c *trial.Criterion, line protocolLine) {
	src := &c.Program.Source
	if line.has("hours", "hour", "h") && len(c.Program.Leaves) > 0 && !strings.Contains(foldCase(src.Text), "hour") && anyWindow(c.Program) {
		l.tell(l.at(i, "text"), askHours, fmt.Sprintf("the line of %s counts hours, and windows are whole days", c.ID))
	}
	l.askAnchorOf(i, c, line)
	said := line.lengths()
	if len(said) == 0 {
		return
	}
	windows := 0
	for k := range c.Program.Leaves {
		q := &c.Program.Leaves[k]
		for _, p := range []dates.Period{q.When.Window.Far, q.When.Window.Near, q.When.ForAtLeast, q.When.Event.Within} {
			if p.IsZero() {
				continue
			}
			windows++
			if !slices.ContainsFunc(said, func(s dates.Period) bool { return sameLength(s, p) }) {
				l.tell(leafPlace(src, q), askMonths, fmt.Sprintf("the line of %s says %s, the expression %s", c.ID, said[0], p)).Fix = said[0].String()
			}
		}
		if hasWindow(q) || q.When.Current || !q.When.Apart.IsZero() || q.Question != "" || q.Word == "days_since" || q.Word == "age_at" {
			windows++
		}
	}
	if windows == 0 && c.Check != trial.Manual {
		l.tell(l.at(i, "text"), askMonths, fmt.Sprintf("the line of %s says %s, and the expression has no when phrase", c.ID, said[0]))
	}
}

func anyWindow(p *rule.Program) bool {
	return slices.ContainsFunc(p.Leaves, func(q rule.Leaf) bool { return q.When.HasWindow })
}

var anchors = []string{
	"first dose", "first administration", "randomi*", "enrol*", "informed consent", "consent", "baseline", "index", "start of treatment",
	"study drug", "study treatment", "first infusion", "surgery", "transplant*", "inclusion",
}

// askAnchorOf: counted from which day.
func (l *linter) askAnchorOf(i int, c *trial.Criterion, line protocolLine) {
	byEvent := slices.ContainsFunc(c.Program.Leaves, func(q rule.Leaf) bool { return q.When.Event.Set != nil })
	if !anyWindow(c.Program) || c.Anchor != "" || byEvent || len(line.lengths()) == 0 {
		return
	}
	for _, a := range anchors {
		for _, before := range []string{"before ", "prior to ", "preceding ", "before the ", "prior to the ", "after ", "since ", "of ", "from "} {
			if line.has(before + a) {
				l.tell(l.at(i, "text"), askAnchor, fmt.Sprintf("the line of %s counts from %s, the expression from the day of screening", c.ID, strings.TrimSuffix(a, "*"))).
					Fix = "an anchor, or a shorter window if the day lies some weeks ahead"
				return
			}
		}
	}
}

// askWhole: exceptions, and what has not happened to the patient.
func (l *linter) askWhole(i int, c *trial.Criterion, line protocolLine) {
	text := foldCase(c.Program.Source.Text)
	if line.has("unless", "except", "except for", "other than", "excluding", "apart from", "exception") &&
		!hasException(c.Program) && !hasNot(c.Program) && !strings.Contains(text, "manual(") {
		l.tell(l.at(i, "text"), askException, fmt.Sprintf("the line of %s makes an exception, and the expression none", c.ID)).
			Fix = `… and not diagnosed("…"), or "except '…'"`
	}
	if line.has("planned", "scheduled", "suspected", "possible", "probable", "family history", "relative", "first-degree") &&
		!strings.Contains(text, "family_history(") && !strings.Contains(text, "manual(") && !strings.Contains(text, "visit(") {
		l.tell(l.at(i, "text"), askPlanned, fmt.Sprintf("the line of %s speaks of what is planned, suspected or in the family; the expression asks what is on record of the patient", c.ID)).
			Fix = `manual("…") for what only a person can tell`
	}
}

func hasException(p *rule.Program) bool {
	return slices.ContainsFunc(p.Leaves, func(q rule.Leaf) bool { return len(q.When.Except) > 0 })
}

func hasNot(p *rule.Program) bool {
	return slices.ContainsFunc(p.Nodes, func(n rule.Node) bool { return n.Op == rule.OpNot || n.Op == rule.OpNoneOf })
}
