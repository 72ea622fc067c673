package rule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// turned gives a comparison sign as read from its other side.
var turned = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

// compare checks a comparison and gives its leaf's node.
func (c *checker) compare(t *term) int {
	if !c.comparable(t) {
		return none
	}
	asked := 0
	for i, a := range t.args {
		if a.kind == termName || a.kind == termCall {
			asked = i
		}
	}
	word := t.args[asked]
	w := c.word(word)
	l, ok := c.leaf(word, w)
	if !c.shape(t, asked) {
		return none
	}
	switch w.Gives {
	case Choice:
		ok = c.choice(&l, t, w, asked) && ok
	case Graded:
		ok = c.answers(&l, t, w, asked) && ok
	default:
		ok = c.derivedLimit(&l, t, w, asked) && ok
	}
	if !ok {
		return none
	}
	l.At, l.Len, l.Text = c.first(t), c.last(t)-c.first(t), c.textOf(t)
	return c.leafNode(OpLeaf, l)
}

// comparable checks that exactly one value word is compared, and only with numbers, texts and lists.
func (c *checker) comparable(t *term) bool {
	values, sound := 0, true
	broken := slices.ContainsFunc(t.args, func(a *term) bool { return a.kind == termBroken })
	for _, a := range t.args {
		switch a.kind {
		case termNumber, termText, termList:
			continue
		case termName, termCall:
			w := c.word(a)
			switch {
			case w == nil:
				c.loose(a)
				sound = false
			case w.Form == Value:
				values++
			default:
				c.wordAnswer(a)
				sound = false
				if broken { // told already, and mostly because of true or false
					continue
				}
				c.tell(codeYesNo, c.first(a), c.last(a), c.yesNoCompared(a, w), c.timesInstead(t, a, w))
			}
		case termBroken:
			sound = false
		default:
			c.answer(a)
			c.tellTerm(codeYesNo, a, quoted(c.textOf(a))+" is answered met or not met and cannot be compared", "")
			sound = false
		}
	}
	if !sound || values == 1 {
		return sound
	}
	if values == 0 {
		c.tellTerm(codeComparison, t, "nothing is asked here: a comparison holds a word such as age or lab(...) against a limit", "")
		return false
	}
	for _, a := range t.args {
		if w := c.word(a); w != nil {
			c.leaf(a, w)
		}
	}
	c.tellTerm(codeComparison, t, "two values cannot be compared with each other: compare each with a limit", "")
	return false
}

func (c *checker) yesNoCompared(a *term, w *Word) string {
	if countable(w) {
		return fmt.Sprintf("`%s` answers yes or no by itself; did you mean times(…)?", w.Name)
	}
	return fmt.Sprintf("`%s` answers yes or no by itself and cannot be compared", w.Name)
}

// countable tells whether what a yes/no word asks about can be counted by times.
func countable(w *Word) bool {
	times := findWord("times")
	for _, d := range w.Domains {
		for _, e := range times.Domains {
			if d == e {
				return true
			}
		}
	}
	return false
}

func (c *checker) timesInstead(t, a *term, w *Word) string {
	if !countable(w) || a.kind != termCall {
		return ""
	}
	text := []rune(c.textOf(t))
	before := len([]rune(c.slice(c.first(t), c.first(a))))
	if before > 0 {
		before++ // the blank that slice dropped
	}
	if before+len(w.Name) > len(text) {
		return ""
	}
	return string(text[:before]) + "times" + string(text[before+len(w.Name):])
}

// shape checks the signs: one, or two that point the same way around the word.
func (c *checker) shape(t *term, asked int) bool {
	signs := make([]string, len(t.signs))
	for i, s := range t.signs {
		signs[i] = c.pieces[s].value
	}
	switch {
	case len(signs) == 1:
		return c.listOnlyAfterIn(t, asked, signs[0])
	case len(signs) > 2 || asked != 1:
		c.tellTerm(codeComparison, t, "a chain has one limit on each side of its word, as in 18 <= age <= 75", "")
	case signs[0][0] != signs[1][0] || signs[0][0] != '<' && signs[0][0] != '>':
		c.tellTerm(codeComparison, t, fmt.Sprintf("the signs of a chain point the same way; here they are `%s` and `%s`", signs[0], signs[1]), "")
	default:
		return true
	}
	return false
}

// listOnlyAfterIn checks that in and lists come together, and only for words with choices.
func (c *checker) listOnlyAfterIn(t *term, asked int, sign string) bool {
	other := t.args[1-min(asked, 1)]
	w := c.word(t.args[asked])
	lists := w.Gives == Choice || w.Gives == Graded
	switch {
	case sign != "in" && other.kind != termList:
		return true
	case !lists && sign == "in":
		c.tellTerm(codeComparison, t, fmt.Sprintf("`in` is for lists of words; write a range as %s", rangeExample(c.textOf(t.args[asked]), w)), "")
	case !lists || sign != "in":
		c.tellTerm(codeComparison, other, "a list stands only after `in`, as in sex in [\"female\", \"male\"]", "")
	case other.kind != termList || asked != 0:
		c.tellTerm(codeComparison, t, "`in` takes a list in square brackets, as in sex in [\"female\", \"male\"]", "")
	default:
		return true
	}
	return false
}

func rangeExample(text string, w *Word) string {
	switch w.Gives {
	case Whole:
		return "18 <= " + text + " <= 75"
	case Difference:
		return text + ` <= "-5 %"`
	}
	return `"5 ..." <= ` + text + ` <= "7 ..."`
}

// choice checks sex == "female" and sex in [...].
func (c *checker) choice(l *Leaf, t *term, w *Word, asked int) bool {
	sign := c.pieces[t.signs[0]].value
	if len(t.signs) != 1 || sign != "==" && sign != "!=" && sign != "in" {
		c.tellTerm(codeComparison, t, fmt.Sprintf("%s is compared with == or in", w.Name), fmt.Sprintf(`%s == "%s"`, w.Name, w.Choices[0]))
		return false
	}
	items := []*term{t.args[1-asked]}
	if sign == "in" {
		if items = t.args[1].args; len(items) == 0 {
			c.tellTerm(codeChoice, t.args[1], "the list is empty: nobody could ever be in it", "")
			return false
		}
	}
	chosen := map[string]bool{}
	ok := true
	for _, item := range items {
		value, good := c.choiceOf(item, w)
		chosen[value], ok = true, ok && good
	}
	for _, v := range w.Choices {
		if chosen[v] != (sign == "!=") {
			l.OneOf = append(l.OneOf, v)
		}
	}
	if l.Set != nil { // a choice among answers of a value set
		l.Limit = &Limit{Text: strings.Join(l.OneOf, " or ")}
	}
	return ok
}

func (c *checker) choiceOf(item *term, w *Word) (string, bool) {
	all := `"` + strings.Join(w.Choices, `" or "`) + `"`
	if item.kind != termText {
		if item.kind != termBroken {
			c.tellTerm(codeChoice, item, fmt.Sprintf("%s is %s, in quotes", w.Name, all), "")
		}
		return "", false
	}
	value := c.pieces[item.piece].value
	for _, v := range w.Choices {
		if v == value {
			return v, true
		}
	}
	fix := ""
	for _, v := range w.Choices {
		if s := strings.ToLower(strings.TrimSpace(value)); s != "" && (strings.HasPrefix(v, s) || strings.HasPrefix(s, v)) {
			fix = `"` + v + `"`
		}
	}
	for typed, v := range map[string]string{"woman": "female", "women": "female", "man": "male", "men": "male"} {
		if strings.EqualFold(value, typed) {
			fix = `"` + v + `"`
		}
	}
	c.tellTerm(codeChoice, item, fmt.Sprintf("%s is %s, not %s", w.Name, all, quoted(value)), fix)
	return "", false
}

// wholeNumber reads a whole number between two ends.
func wholeNumber(text string, low, high int) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= low && n <= high
}
