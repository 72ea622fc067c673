package rule

import (
	"fmt"
	"slices"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// answers checks what a graded word is held against: answers of its value set, in their order, a quantity where the set
// has units, or a plain number where it has neither.
func (c *checker) answers(l *Leaf, t *term, w *Word, asked int) bool {
	set := l.Set
	if set == nil {
		return false
	}
	limits := c.limitTerms(t, asked)
	if len(set.Answers) == 0 || set.Analyte != nil && c.allQuantities(limits, set) {
		switch {
		case c.hasList(limits):
			c.tellTerm(codeComparison, t, fmt.Sprintf("the value set %s lists no answers, so it is held against a limit, not a list", quoted(set.Name)), "")
			return false
		case set.Analyte != nil:
			return c.limit(l, t, w, asked)
		case w.Name == "score":
			return c.limit(l, t, w, asked)
		}
		c.tellTerm(codeNoAnswers, t, fmt.Sprintf("the value set %s lists neither answers nor units, so nothing can be compared with it; add its answers to the value set", quoted(set.Name)), "")
		return false
	}
	if l.When.Each == Average {
		c.tellTerm(codePhraseUse, t, fmt.Sprintf("answers have no average: ask any or all of the results of %s", quoted(set.Name)), "")
		return false
	}
	accepted, ok := c.accepted(set, t, asked)
	if !ok {
		return false
	}
	for i, a := range set.Answers {
		if accepted[i] {
			l.OneOf = append(l.OneOf, a.Value)
		}
	}
	if len(l.OneOf) == 0 {
		c.tellTerm(codeEmptyRange, t, "no answer lies in this range, so nobody could ever meet the criterion", "")
		return false
	}
	l.Limit = &Limit{Text: c.answersText(l, t, asked)}
	return true
}

// limitTerms gives what stands on the other sides of the word, a list as its items.
func (c *checker) limitTerms(t *term, asked int) []*term {
	var out []*term
	for i, a := range t.args {
		if i != asked {
			out = append(out, a)
		}
	}
	return out
}

func (c *checker) hasList(limits []*term) bool {
	return slices.ContainsFunc(limits, func(a *term) bool { return a.kind == termList })
}

// allQuantities tells that the limits are quantities in a unit of the set and none of them is an answer.
func (c *checker) allQuantities(limits []*term, set *terms.ValueSet) bool {
	for _, a := range limits {
		if a.kind != termText {
			return false
		}
		text := c.pieces[a.piece].value
		if _, ok := set.AnswerNamed(strings.TrimSpace(text)); ok {
			return false
		}
		if of, ok := readNormal(text); ok && of.of != NoNormal {
			continue
		}
		if _, unit, err := quantity.ParseQuantity(text); err != nil || unit == "" || !set.Analyte.Accepts(unit) {
			return false
		}
	}
	return true
}

// accepted tells for each answer of a set whether a comparison holds for it.
func (c *checker) accepted(set *terms.ValueSet, t *term, asked int) ([]bool, bool) {
	accepted := make([]bool, len(set.Answers))
	for i := range accepted {
		accepted[i] = true
	}
	sound := true
	for i, a := range t.args {
		if i == asked {
			continue
		}
		sign := c.pieces[t.signs[max(i-1, 0)]].value
		if i < asked {
			sign = turned[c.pieces[t.signs[i]].value]
		}
		items := []*term{a}
		if sign == "in" {
			if items = a.args; len(items) == 0 {
				c.tellTerm(codeChoice, a, "the list is empty: nobody could ever be in it", "")
				return nil, false
			}
		}
		listed := make([]bool, len(set.Answers))
		at := 0
		for _, item := range items {
			n, ok := c.answerOf(item, set)
			if sound = sound && ok; ok {
				listed[n], at = true, n
			}
		}
		for k := range accepted {
			accepted[k] = accepted[k] && holdsAnswer(sign, k, at, listed)
		}
	}
	return accepted, sound
}

func holdsAnswer(sign string, k, at int, listed []bool) bool {
	switch sign {
	case "<":
		return k < at
	case "<=":
		return k <= at
	case ">":
		return k > at
	case ">=":
		return k >= at
	case "!=":
		return !listed[k]
	}
	return listed[k]
}

// answerOf finds the answer that a number or text stands for.
func (c *checker) answerOf(item *term, set *terms.ValueSet) (int, bool) {
	if item.kind == termNumber || item.kind == termText {
		text := strings.TrimSpace(c.pieces[item.piece].value)
		if n, ok := set.AnswerNamed(text); ok {
			return n, true
		}
		if v, err := quantity.Parse(text); err == nil {
			if n, ok := set.AnswerOfNumber(v); ok {
				return n, true
			}
		}
		var names []string
		for _, a := range set.Answers {
			names = append(names, a.Value)
		}
		fix := ""
		if near := mistake.Nearest(text, names); near != "" && len(text) <= maxGuessed && !anotherThing(text, near) && mistake.Distance(text, near) < len(near) {
			fix = `"` + near + `"`
		}
		c.tellTerm(codeChoice, item, fmt.Sprintf("%s is answered %s, not %s", quoted(set.Name), alternatives(names), quoted(text)), fix)
		return 0, false
	}
	if item.kind != termBroken {
		c.tellTerm(codeLimit, item, fmt.Sprintf("an answer of %s is expected here, in quotes", quoted(set.Name)), "")
	}
	return 0, false
}

// alternatives writes a, b or c; of many only the ends.
func alternatives(names []string) string {
	quotedNames := make([]string, len(names))
	for i, n := range names {
		quotedNames[i] = `"` + n + `"`
	}
	switch n := len(quotedNames); {
	case n > 8:
		return quotedNames[0] + ", " + quotedNames[1] + " … " + quotedNames[n-1]
	case n > 1:
		return strings.Join(quotedNames[:n-1], ", ") + " or " + quotedNames[n-1]
	}
	return strings.Join(quotedNames, "")
}

// answersText writes the comparison for reasons: ">= II", "negative", "I to III".
func (c *checker) answersText(l *Leaf, t *term, asked int) string {
	limits := c.limitTerms(t, asked)
	sign := c.pieces[t.signs[0]].value
	if asked > 0 {
		sign = turned[sign]
	}
	name := func(a *term) string { return strings.TrimSpace(c.pieces[a.piece].value) }
	switch {
	case len(limits) > 1 || sign == "in":
		return strings.Join(l.OneOf, " or ")
	case sign == "==":
		return name(limits[0])
	case sign == "!=":
		return "not " + name(limits[0])
	}
	return sign + " " + name(limits[0])
}
