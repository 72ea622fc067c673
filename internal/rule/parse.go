package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/parser"

	"prescreen/internal/terms"
)

// reader turns pieces into a tree. Brackets, order and the mixing of and with or are judged on the pieces, because a tree
// has forgotten them; precedence and chains are left to expr's parser.
type reader struct {
	*told
	lib    *terms.Library
	pieces []piece
}

// cannotRead and notOurs are told when expr's parser refuses, or reads, what the scan let through: never, the tests say.
const (
	cannotRead = "this expression cannot be read"
	notOurs    = "this is not part of the language"
)

// parse gives the tree of an expression, nil if it cannot be read.
func (r *reader) parse() *term {
	r.rewriteBetween()
	r.countAnswers()
	r.quoteChoices()
	r.quoteNames()
	r.quotePhrases()
	r.maskNames()
	if !r.pairBrackets() || !r.checkOrder() {
		return nil
	}
	r.checkMixing()
	text, starts := r.render()
	tree, err := parser.Parse(text)
	if err != nil {
		r.tellOnce(codeOrder, 0, len(r.text), cannotRead, "")
		return nil
	}
	return (&grower{reader: r, starts: starts}).grow(tree.Node)
}

// render writes the pieces for expr's parser and gives the place of each in what is written.
func (r *reader) render() (text string, starts []int) {
	var b strings.Builder
	n := 0
	for i := range r.pieces {
		p := &r.pieces[i]
		value := p.value
		switch {
		case p.masked:
			value = "_"
		case p.kind == pieceNumber: // its digits are read from the piece
			value = "0"
		case p.kind == pieceText:
			value = `""`
		}
		starts = append(starts, n)
		b.WriteString(value)
		b.WriteByte(' ')
		n += len(value) + 1
	}
	return b.String(), starts
}

// rewriteBetween reads "age between 18 and 75" as the chain that was meant.
func (r *reader) rewriteBetween() {
	for i := 1; i < len(r.pieces); i++ {
		p := r.pieces[i]
		if p.kind != pieceName || p.value != "between" || r.pieces[i-1].kind == pieceSign {
			continue
		}
		first := r.operandStart(i)
		if i+3 >= len(r.pieces) || !r.isLimit(i+1) || !r.pieces[i+2].is(pieceSign, "and") || !r.isLimit(i+3) {
			continue
		}
		low, high := r.pieces[i+1], r.pieces[i+3]
		word := r.slice(r.pieces[first].from, r.pieces[i-1].to)
		fix := low.shown() + " <= " + word + " <= " + high.shown()
		r.tell(codeBetween, r.pieces[first].from, high.to, "`between` is not a word of the language: a range has its word in the middle", fix)
		sign := piece{kind: pieceSign, value: "<=", from: p.from, to: p.to}
		chain := append([]piece{low, sign}, r.pieces[first:i]...)
		chain = append(chain, sign, high)
		r.pieces = slices.Replace(r.pieces, first, i+4, chain...)
	}
}

func (r *reader) isLimit(i int) bool {
	return r.pieces[i].kind == pieceNumber || r.pieces[i].kind == pieceText
}

// operandStart gives the first piece of the word that ends just before piece i.
func (r *reader) operandStart(i int) int {
	i--
	if !r.pieces[i].is(pieceBracket, ")") {
		return i
	}
	depth := 0
	for k := i; k >= 0; k-- {
		switch {
		case r.pieces[k].is(pieceBracket, ")"):
			depth++
		case r.pieces[k].is(pieceBracket, "("):
			depth--
		}
		if depth == 0 {
			if k > 0 && r.pieces[k-1].kind == pieceName {
				return k - 1
			}
			return k
		}
	}
	return i
}

// shown writes a limit as it should stand in an expression.
func (p *piece) shown() string {
	if p.kind == pieceText {
		return `"` + p.value + `"`
	}
	return p.value
}

// maskNames tells names that are no words, and hides them from expr's parser, which would know some of them as its own.
func (r *reader) maskNames() {
	for i := range r.pieces {
		p := &r.pieces[i]
		if p.kind != pieceName || p.masked || findWord(p.value) != nil {
			continue
		}
		p.masked = true
		switch strings.ToLower(p.value) {
		case "between":
			r.tellOnce(codeBetween, p.from, p.to, "`between` is not a word of the language: a range has its word in the middle, as in 18 <= age <= 75", "")
		case "true", "false", "yes", "no":
			from, fix := r.withoutTruth(i)
			r.tell(codeTruth, from, p.to, quoted(p.value)+" is not written: a yes/no word such as deceased stands by itself, turned round with not", fix)
		case "nil", "null", "none", "unknown", "missing":
			if !r.opens(i + 1) {
				r.tell(codeTruth, p.from, p.to, quoted(p.value)+" is not written: whether a value is on record is asked by known, as in known(lab(\"HbA1c\"))", "")
				continue
			}
			r.unknownWord(p)
		default:
			r.unknownWord(p)
		}
	}
}

// withoutTruth writes "pregnant == true" as the word by itself; from is where that comparison begins.
func (r *reader) withoutTruth(i int) (from int, fix string) {
	from = r.pieces[i].from
	if i < 2 || !r.pieces[i-1].is(pieceSign, "==") && !r.pieces[i-1].is(pieceSign, "!=") {
		return from, ""
	}
	start := r.operandStart(i - 1)
	w := findWord(r.pieces[start].value)
	if r.pieces[start].kind != pieceName || w == nil || w.Form != YesNo {
		return from, ""
	}
	from, fix = r.pieces[start].from, r.slice(r.pieces[start].from, r.pieces[i-2].to)
	truth := strings.ToLower(r.pieces[i].value)
	if (truth == "true" || truth == "yes") != r.pieces[i-1].is(pieceSign, "==") {
		fix = "not " + fix
	}
	return from, fix
}

// countAnswers reads "at least 2 of (…)" as what was meant.
func (r *reader) countAnswers() {
	for i := 0; i+3 < len(r.pieces); i++ {
		number := i + 2
		if !strings.EqualFold(r.pieces[i].value, "at") || !strings.EqualFold(r.pieces[i+1].value, "least") || r.pieces[number].kind != pieceNumber {
			continue
		}
		open := number + 1
		if r.pieces[open].kind == pieceName && strings.EqualFold(r.pieces[open].value, "of") {
			open++
		}
		if !r.opens(open) {
			continue
		}
		from, to, n := r.pieces[i].from, r.pieces[open].to, r.pieces[number]
		end, fix := to, ""
		if last := r.closes(open); last > 0 {
			end = r.pieces[last].to
			fix = "at_least(" + n.value + ", " + r.slice(to, end)
		}
		r.tell(codeUnknownWord, from, end, "at least so many of several answers are counted by `at_least`", fix)
		r.pieces = slices.Replace(r.pieces, i, open+1,
			piece{kind: pieceName, value: "at_least", from: from, to: n.from}, piece{kind: pieceBracket, value: "(", from: r.pieces[open].from, to: to},
			n, piece{kind: pieceSign, value: ",", from: n.to, to: n.to})
	}
}

// closes gives the piece that closes a bracket, 0 if none does.
func (r *reader) closes(open int) int {
	depth := 0
	for i := open; i < len(r.pieces); i++ {
		switch {
		case r.pieces[i].is(pieceBracket, "("):
			depth++
		case r.pieces[i].is(pieceBracket, ")"):
			depth--
		}
		if depth == 0 {
			return i
		}
	}
	return 0
}

// quoteNames reads the name of a value set whose quotes are missing, as in diagnosed(myocardial infarction).
func (r *reader) quoteNames() {
	for first := 2; first < len(r.pieces); first++ { // the pieces grow fewer
		if r.pieces[first].kind != pieceName || !r.calls(first-1) {
			continue
		}
		last := first
		for last+1 < len(r.pieces) && (r.pieces[last+1].kind == pieceName || r.pieces[last+1].kind == pieceNumber) {
			last++
		}
		w := findWord(r.pieces[first-2].value)
		if w == nil || len(w.Params) == 0 || w.Params[0] != SetParam || r.opens(last+1) {
			continue
		}
		from, to := r.pieces[first].from, r.pieces[last].to
		name := r.slice(from, to)
		r.tell(codeInBrackets, from, to, `the name of a value set stands in quotes: "`+name+`"`, `"`+name+`"`)
		r.pieces = slices.Replace(r.pieces, first, last+1, piece{kind: pieceText, value: name, from: from, to: to})
	}
}

// quotePhrases reads a when phrase whose quotes are missing, as in lab("HbA1c", last 3 months).
func (r *reader) quotePhrases() {
	var inside []bool                    // in the brackets of a word that takes when phrases
	for i := 0; i < len(r.pieces); i++ { // the pieces grow fewer
		switch p := &r.pieces[i]; {
		case p.is(pieceBracket, "(") || p.is(pieceBracket, "["):
			inside = append(inside, r.calls(i) && takesWhen(r.pieces[i-1].value))
		case p.kind == pieceBracket && len(inside) > 0:
			inside = inside[:len(inside)-1]
		case p.is(pieceSign, ",") && len(inside) > 0 && inside[len(inside)-1]:
			r.quotePhrase(i + 1)
		}
	}
}

func takesWhen(name string) bool {
	w := findWord(name)
	return w != nil && slices.Contains(w.Params, WhenParam)
}

// quotePhrase makes one text of the names and numbers from piece i on, if they end where a phrase would end.
func (r *reader) quotePhrase(i int) {
	end := i
	for end < len(r.pieces) && (r.pieces[end].kind == pieceName || r.pieces[end].kind == pieceNumber || r.pieces[end].is(pieceSign, "and")) {
		end++
	}
	if end == i || end == len(r.pieces) || r.pieces[i].kind != pieceName || findWord(r.pieces[i].value) != nil {
		return
	}
	if last := &r.pieces[end]; !last.is(pieceSign, ",") && !last.is(pieceBracket, ")") {
		return
	}
	from, to := r.pieces[i].from, r.pieces[end-1].to
	value := r.slice(from, to)
	r.tell(codeInBrackets, from, to, `a when phrase stands in quotes: "`+value+`"`, `"`+value+`"`)
	r.pieces = slices.Replace(r.pieces, i, end, piece{kind: pieceText, value: value, from: from, to: to})
}

// quoteChoices reads sex == male as what was meant.
func (r *reader) quoteChoices() {
	for i := 1; i < len(r.pieces); i++ {
		p, before := &r.pieces[i], &r.pieces[i-1]
		if r.isAnswer(i) {
			r.tell(codeChoice, p.from, p.to, fmt.Sprintf(`an answer stands in quotes: "%s"`, p.value), `"`+p.value+`"`)
			p.kind = pieceText
			continue
		}
		if r.truthOfChoice(i) { // what may be said instead is told with the word
			p.kind = pieceText
			continue
		}
		if p.kind != pieceName || before.kind == pieceName || before.is(pieceBracket, "(") || !isChoice(p.value) {
			continue
		}
		value := strings.ToLower(p.value)
		r.tell(codeChoice, p.from, p.to, fmt.Sprintf(`%s stands in quotes: "%s"`, value, value), `"`+value+`"`)
		p.kind, p.value = pieceText, value
	}
}

// isAnswer tells a name that is no word and is compared with a word that is answered in words, as in marker("HBsAg") ==
// negative.
func (r *reader) isAnswer(i int) bool {
	p, before := &r.pieces[i], &r.pieces[i-1]
	if p.kind != pieceName || p.masked || findWord(p.value) != nil || i < 2 || before.kind != pieceSign || !strings.ContainsAny(before.value, "<>=!") {
		return false
	}
	w := findWord(r.pieces[r.operandStart(i-1)].value)
	return w != nil && w.Gives == Graded
}

// truthOfChoice tells yes or no that is compared with a word of several choices, as in smoking == yes.
func (r *reader) truthOfChoice(i int) bool {
	before := &r.pieces[i-1]
	if i < 2 || r.pieces[i].kind != pieceName || !before.is(pieceSign, "==") && !before.is(pieceSign, "!=") {
		return false
	}
	w := findWord(r.pieces[r.operandStart(i-1)].value)
	return w != nil && len(w.Choices) > 0 && slices.Contains([]string{"true", "false", "yes", "no"}, strings.ToLower(r.pieces[i].value))
}

func isChoice(value string) bool {
	return slices.ContainsFunc(words, func(w Word) bool { return slices.Contains(w.Choices, strings.ToLower(value)) })
}

func (r *reader) opens(i int) bool { return i < len(r.pieces) && r.pieces[i].is(pieceBracket, "(") }

// phraseStarts are words that begin a when phrase, or what people write for one.
var phraseStarts = []string{"last", "past", "within", "since", "before", "after", "ever", "current", "currently", "ago", "during", "recent", "recently", "latest", "highest", "lowest", "first", "for"}

func (r *reader) unknownWord(p *piece) {
	message := quoted(p.value) + " is not a word of the language"
	fix := ""
	if w := nearestWord(p.value); w != nil && slices.Contains(w.Instead, p.value) && !slices.Contains(w.Params, SetParam) {
		fix = w.Name
		message += "; did you mean `" + w.Name + "`?"
	} else if set, ok := r.lib.Find(p.value); ok {
		w := wordFor(set.Domain)
		fix = w.Name + `("` + set.Name + `")`
		message += "; it is the name of a value set: " + fix
	} else if slices.Contains(phraseStarts, strings.ToLower(p.value)) {
		message += `; a when phrase stands in quotes in the brackets of its word: diagnosed("stroke", "last 90 days")`
	} else if w := nearestWord(p.value); w != nil {
		fix = w.Name
		message += "; did you mean `" + w.Name + "`?"
	}
	r.tell(codeUnknownWord, p.from, p.to, message, fix)
}
