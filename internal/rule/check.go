package rule

import (
	"fmt"
	"strings"

	"prescreen/internal/mistake"
	"prescreen/internal/terms"
)

// checker judges what each part of an expression means and lowers it in the same walk: what is sound is appended to the
// program, what is not is told and left out, and the walk goes on. A program with holes is thrown away by Compile.
type checker struct {
	*reader
	program *Program
}

// none stands for a node that could not be made.
const none = -1

func (c *checker) tellTerm(code string, t *term, message, fix string) {
	c.tell(code, c.first(t), c.last(t), message, fix)
}

// first and last give a term's place in the author's text; pieces that were put in order may lie the other way round.
func (c *checker) first(t *term) int {
	from := c.pieces[t.from].from
	for i := t.from; i < t.to; i++ {
		from = min(from, c.pieces[i].from)
	}
	return from
}

func (c *checker) last(t *term) int {
	to := c.pieces[t.from].to
	for i := t.from; i < t.to; i++ {
		to = max(to, c.pieces[i].to)
	}
	return to
}

func (c *checker) textOf(t *term) string { return c.slice(c.first(t), c.last(t)) }

// word gives the word that a name or a call asks for, nil for anything else.
func (c *checker) word(t *term) *Word {
	if t.kind != termName && t.kind != termCall || c.pieces[t.piece].masked {
		return nil
	}
	return findWord(c.pieces[t.piece].value)
}

// answer checks a term that has to answer met, not met or unknown, and gives its node.
func (c *checker) answer(t *term) int {
	switch t.kind {
	case termAnd:
		return c.join(OpAnd, 0, t.args)
	case termOr:
		return c.join(OpOr, 0, t.args)
	case termNot:
		return c.join(OpNot, 0, t.args)
	case termCompare:
		return c.compare(t)
	case termName, termCall:
		return c.wordAnswer(t)
	case termNumber, termText, termList:
		c.tellTerm(codeOrder, t, quoted(c.textOf(t))+" answers nothing by itself: a question is expected here", c.asQuestion(t))
	}
	return none
}

func (c *checker) join(op Op, n int, args []*term) int {
	var nodes []int
	for _, a := range args {
		if node := c.answer(a); node != none {
			nodes = append(nodes, node)
		}
	}
	if len(nodes) < len(args) {
		return none
	}
	return c.node(Node{Op: op, N: n, Args: nodes})
}

func (c *checker) node(n Node) int {
	c.program.Nodes = append(c.program.Nodes, n)
	return len(c.program.Nodes) - 1
}

func (c *checker) leafNode(op Op, l Leaf) int {
	c.program.Leaves = append(c.program.Leaves, l)
	return c.node(Node{Op: op, Leaf: len(c.program.Leaves) - 1})
}

// wordAnswer checks a word that stands where an answer is needed.
func (c *checker) wordAnswer(t *term) int {
	w := c.word(t)
	if w == nil {
		c.loose(t)
		return none
	}
	switch w.Form {
	case Connective:
		return c.connective(t, w)
	case Value:
		c.leaf(t, w)
		c.tellTerm(codeBareValue, t, c.bareValue(t, w), "")
		return none
	}
	l, ok := c.leaf(t, w)
	if !ok {
		return none
	}
	return c.leafNode(OpLeaf, l)
}

func (c *checker) bareValue(t *term, w *Word) string {
	text := c.textOf(t)
	switch w.Gives {
	case Amount:
		return fmt.Sprintf("`%s` gives a value: compare it with a quantity, or ask known(%s)", w.Name, text)
	case Choice:
		return fmt.Sprintf(`%s is compared: %s == "%s"`, w.Name, w.Name, w.Choices[0])
	case Graded, Difference, Dose:
		return fmt.Sprintf("`%s` gives a value: compare it, as in %s", w.Name, w.Example)
	}
	limit := " >= 2"
	if len(w.Params) == 0 {
		limit = " >= 18"
	}
	return fmt.Sprintf("`%s` gives a number: compare it with a whole number, such as %s", w.Name, text+limit)
}

// loose checks what stands in the brackets of a word that does not exist, for whatever it holds.
func (c *checker) loose(t *term) {
	for _, a := range t.args {
		if w := c.word(a); w != nil && w.Form == Value {
			c.leaf(a, w)
		} else if a.kind != termNumber && a.kind != termText && a.kind != termList {
			c.answer(a)
		}
	}
}

// connective checks at_least, none_of and known.
func (c *checker) connective(t *term, w *Word) int {
	if !c.calledRight(t, w) {
		return none
	}
	args := t.args
	switch w.Params[0] {
	case ValueParam:
		return c.known(t, w)
	case AnswerParam:
		return c.assume(t, w)
	case CountParam:
		n, ok := c.count(t, w)
		if len(args) > 0 && args[0].kind == termNumber {
			args = args[1:]
		}
		if node := c.join(OpAtLeast, n, args); ok {
			return node
		}
		return none
	}
	if len(args) == 0 {
		c.tellTerm(codeInBrackets, t, w.Name+" joins questions: "+w.Example, "")
		return none
	}
	return c.join(OpNoneOf, 0, args)
}

// count reads the number of at_least.
func (c *checker) count(t *term, w *Word) (int, bool) {
	if len(t.args) < 2 || t.args[0].kind != termNumber {
		c.tellTerm(codeInBrackets, t, w.Name+" takes a number, then the questions: "+w.Example, "")
		return 0, false
	}
	items := len(t.args) - 1
	n, ok := wholeNumber(c.pieces[t.args[0].piece].value, 1, items)
	if !ok {
		c.tellTerm(codeInBrackets, t.args[0], fmt.Sprintf("the number is from 1 to %d, as there are questions", items), "")
	}
	return n, ok
}

// asQuestion writes the name of a value set that stands alone as the question about it, where that needs nothing else.
func (c *checker) asQuestion(t *term) string {
	if t.kind != termText {
		return ""
	}
	set, ok := c.lib.Find(strings.TrimSpace(c.pieces[t.piece].value))
	if !ok {
		return ""
	}
	if w := wordFor(set.Domain); w != nil && w.Form == YesNo {
		return w.Name + `("` + set.Name + `")`
	}
	return ""
}

// known checks known(value word).
func (c *checker) known(t *term, w *Word) int {
	if len(t.args) != 1 {
		c.tellTerm(codeInBrackets, t, w.Name+" takes one value word: "+w.Example, "")
		c.loose(t)
		return none
	}
	inner := t.args[0]
	v := c.word(inner)
	if v == nil || v.Form != Value {
		c.loose(t)
		if inner.kind != termBroken && (v != nil || inner.kind != termCall) {
			c.tellTerm(codeInBrackets, inner, fmt.Sprintf("known asks whether a value is on record; %s is not a value word such as lab or vital", quoted(c.textOf(inner))), "")
		}
		return none
	}
	l, ok := c.leaf(inner, v)
	if !ok {
		return none
	}
	return c.leafNode(OpKnown, l)
}

// assume checks assume(question, "reason").
func (c *checker) assume(t *term, w *Word) int {
	if len(t.args) != 2 {
		c.tellTerm(codeInBrackets, t, w.Name+" takes a question and, in quotes, the reason: "+w.Example, "")
		c.loose(t)
		return none
	}
	inner := c.answer(t.args[0])
	reason := t.args[1]
	if reason.kind != termText || strings.TrimSpace(c.pieces[reason.piece].value) == "" {
		if reason.kind != termBroken {
			c.tellTerm(codeInBrackets, reason, "the reason of the assumption is expected here, in quotes: "+w.Example, "")
		}
		return none
	}
	if inner == none {
		return none
	}
	return c.node(Node{Op: OpAssume, Args: []int{inner}, Text: strings.TrimSpace(c.pieces[reason.piece].value)})
}

// calledRight checks that a word has brackets if it needs them.
func (c *checker) calledRight(t *term, w *Word) bool {
	switch {
	case len(w.Params) == 0 && t.kind == termCall:
		c.tellTerm(codeWordUse, t, w.Name+" stands alone, without brackets", w.Name)
		return false
	case len(w.Params) > 0 && t.kind == termName && !w.standsAlone():
		c.tellTerm(codeWordUse, t, fmt.Sprintf("%s needs brackets: %s", w.Name, w.Example), w.Example)
		return false
	}
	return true
}

// leaf checks a word with what stands in its brackets; the limit is filled in by compare.
func (c *checker) leaf(t *term, w *Word) (Leaf, bool) {
	if !c.calledRight(t, w) {
		return Leaf{}, false
	}
	l := Leaf{Word: w.Name, At: c.first(t), Len: c.last(t) - c.first(t), Text: c.textOf(t)}
	ok := true
	args := t.args
	for _, p := range w.Params {
		switch p {
		case SetParam:
			if ok = c.set(&l, t, w, args); len(args) > 0 {
				args = args[1:]
			}
		case QuestionParam:
			ok = c.question(&l, t, args)
			args = nil
		case OptionalSetParam:
			if len(args) > 0 {
				ok = c.set(&l, t, w, args) && c.onlySet(w, args[1:])
			}
			args = nil
		case LanguageParam:
			ok = c.language(&l, t, w, args)
			args = nil
		case WhenParam:
			ok = c.when(&l, w, args) && ok
			args = nil
		}
	}
	if len(args) > 0 {
		ok = c.onlySet(w, args) && ok
	}
	c.personSets(&l, w)
	return l, c.derive(&l, t, w) && ok
}

// onlySet refuses what stands behind the name of a value set where nothing may.
func (c *checker) onlySet(w *Word, args []*term) bool {
	for _, a := range args {
		c.tellTerm(codeInBrackets, a, fmt.Sprintf("%s takes only the name of a value set: %s", w.Name, w.Example), "")
	}
	return len(args) == 0
}

// language finds what speaks asks for: a value set of languages, or a language by name or tag.
func (c *checker) language(l *Leaf, t *term, w *Word, args []*term) bool {
	if len(args) != 1 || args[0].kind != termText {
		c.tellTerm(codeInBrackets, t, fmt.Sprintf("%s takes a language in quotes: %s", w.Name, w.Example), "")
		return false
	}
	name := strings.TrimSpace(c.pieces[args[0].piece].value)
	if set, ok := c.lib.Find(name); ok && set.Domain == terms.Language {
		l.Set = set
		return true
	}
	found, ok := languageNamed(name)
	if !ok {
		var names []string
		for _, s := range spokenLanguages {
			names = append(names, s.name)
		}
		message, fix := "there is no language "+quoted(name), ""
		if near := mistake.Nearest(name, names); near != "" && len(name) <= maxGuessed {
			message, fix = message+"; did you mean "+quoted(near)+"?", `"`+near+`"`
		}
		c.tellTerm(codeUnknownSet, args[0], message, fix)
		return false
	}
	l.Language = found
	return true
}

// personSets gives a word about the person the sets that it finds its records by.
func (c *checker) personSets(l *Leaf, w *Word) {
	for _, name := range personWords[w.Name] {
		set := personSet(c.lib, name)
		if w.Gives != Nothing {
			l.Set = set
		} else {
			l.Besides = append(l.Besides, set)
		}
	}
}

func (c *checker) question(l *Leaf, t *term, args []*term) bool {
	if len(args) != 1 || args[0].kind != termText || strings.TrimSpace(c.pieces[args[0].piece].value) == "" {
		c.tellTerm(codeInBrackets, t, `manual takes the question in quotes: manual("...")`, "")
		return false
	}
	l.Question = strings.TrimSpace(c.pieces[args[0].piece].value)
	return true
}
