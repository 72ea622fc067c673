package rule

import (
	"fmt"
	"strings"
)

// pairBrackets finds the partner of each bracket; it tells the first that has none.
func (r *reader) pairBrackets() bool {
	var open []int
	for i := range r.pieces {
		p := &r.pieces[i]
		if p.kind != pieceBracket {
			continue
		}
		switch p.value {
		case "(", "[":
			if open = append(open, i); len(open) > maxDepth {
				r.tellOnce(codeTooComplex, p.from, p.to, fmt.Sprintf("brackets are nested more than %d deep", maxDepth), "")
				return false
			}
		default:
			if len(open) == 0 {
				r.tellOnce(codeBrackets, p.from, p.to, "this bracket closes nothing", "")
				return false
			}
			o := open[len(open)-1]
			if partner := closing(r.pieces[o].value); partner != p.value {
				r.tellOnce(codeBrackets, p.from, p.to, fmt.Sprintf("`%s` is open here, so `%s` is expected before `%s`", r.pieces[o].value, partner, p.value), "")
				return false
			}
			open = open[:len(open)-1]
			p.pair, r.pieces[o].pair = o, i
		}
	}
	if len(open) > 0 {
		p := r.pieces[open[len(open)-1]]
		r.tellOnce(codeBrackets, p.from, p.to, "the bracket that opens here does not close", "")
	}
	return len(open) == 0
}

func closing(open string) string {
	if open == "[" {
		return "]"
	}
	return ")"
}

// calls tells whether a bracket belongs to the word before it.
func (r *reader) calls(i int) bool {
	return i > 0 && r.pieces[i].is(pieceBracket, "(") && r.pieces[i-1].kind == pieceName
}

// checkOrder tells the first place where two pieces cannot follow each other. What passes it, expr's parser can read.
func (r *reader) checkOrder() bool {
	if len(r.pieces) == 0 {
		r.tellOnce(codeEmpty, 0, 1, "there is no question here", "")
		return false
	}
	var inside []int // brackets open at this place
	ended := false   // a question, value or list has just ended
	for i := 0; i < len(r.pieces) && !r.syntax; i++ {
		p := &r.pieces[i]
		inCall := len(inside) > 0 && r.calls(inside[len(inside)-1])
		switch {
		case p.is(pieceBracket, ")") || p.is(pieceBracket, "]"):
			r.checkClose(i, ended)
			inside, ended = inside[:len(inside)-1], true
		case p.is(pieceSign, "not"):
			if ended && (i+1 == len(r.pieces) || !r.pieces[i+1].is(pieceSign, "in")) {
				r.missingBetween(i, inCall)
			} else if !ended && i+1 < len(r.pieces) && r.pieces[i+1].is(pieceSign, "in") {
				r.tellOnce(codeOrder, p.from, p.to, "a value is missing before `not in`", "")
			}
			if ended {
				i++
			}
			ended = false
		case p.kind == pieceSign:
			if !ended {
				r.missingBefore(i)
			} else if p.value == "," && !inCall && (len(inside) == 0 || r.pieces[inside[len(inside)-1]].value == "(") {
				r.tellOnce(codeOrder, p.from, p.to, "a comma only separates what stands in the brackets of a word; questions are joined by `and` or `or`", "")
			}
			ended = false
		case p.kind == pieceBracket:
			if ended && !r.calls(i) {
				r.missingBetween(i, inCall)
			}
			inside, ended = append(inside, i), false
		default:
			if ended {
				r.missingBetween(i, inCall)
			}
			ended = true
		}
	}
	if !ended && !r.syntax {
		last := r.pieces[len(r.pieces)-1]
		r.tellOnce(codeOrder, last.from, last.to, "something is missing after `"+last.value+"`", "")
	}
	return !r.syntax
}

// checkClose refuses brackets that end too early. The empty brackets of a word are judged with the word.
func (r *reader) checkClose(i int, ended bool) {
	open := r.pieces[i].pair
	empty := open == i-1
	if ended || empty && (r.calls(open) || r.pieces[open].value == "[") {
		return
	}
	p := r.pieces[i-1]
	if empty {
		r.tellOnce(codeOrder, p.from, r.pieces[i].to, "there is nothing between these brackets", "")
		return
	}
	r.tellOnce(codeOrder, p.from, p.to, "something is missing after `"+p.value+"`", "")
}

func (r *reader) missingBefore(i int) {
	p := r.pieces[i]
	if i > 0 && r.pieces[i-1].is(pieceSign, "and") && strings.ContainsAny(p.value, "<>=") {
		r.tellOnce(codeOrder, p.from, p.to, fmt.Sprintf("the word is missing between `and` and `%s`: write it again, or a range with the word in its middle, as in 18 <= age <= 75", p.value), r.again(i))
		return
	}
	if i > 0 && r.pieces[i-1].kind == pieceSign {
		r.tellOnce(codeOrder, r.pieces[i-1].from, p.to, fmt.Sprintf("something is missing between `%s` and `%s`", r.pieces[i-1].value, p.value), r.withJoint(i))
		return
	}
	r.tellOnce(codeOrder, p.from, p.to, "something is missing before `"+p.value+"`", "")
}

// again writes the word of the comparison before once more: lab("potassium") < "3.5 mmol/L" or > "5.5 mmol/L"; "" where
// there is none.
func (r *reader) again(i int) string {
	if i < 4 || !r.isLimit(i-2) || r.pieces[i-3].kind != pieceSign || !strings.ContainsAny(r.pieces[i].value, "<>=") || !strings.ContainsAny(r.pieces[i-3].value, "<>=") {
		return ""
	}
	start := r.operandStart(i - 3)
	if findWord(r.pieces[start].value) == nil {
		return ""
	}
	return r.slice(r.pieces[start].from, r.pieces[i-4].to) + " " + r.pieces[i].value
}

func (r *reader) withJoint(i int) string {
	word := r.again(i)
	if word == "" || !r.pieces[i-1].is(pieceSign, "or") {
		return ""
	}
	return "or " + word
}

func (r *reader) missingBetween(i int, inCall bool) {
	p, before := r.pieces[i], r.pieces[i-1]
	if before.masked || p.masked { // a word that does not exist was told, and may have been meant as the missing link
		r.syntax = true
		return
	}
	missing := "`and`, `or` or a comparison"
	switch {
	case p.value == "[":
		r.tellOnce(codeOrder, p.from, p.to, "square brackets stand only after `in`, as in sex in [\"female\", \"male\"]", "")
		return
	case inCall && p.kind == pieceText:
		missing = "a comma"
	case inCall:
		missing = "a comma, " + missing
	}
	message := missing + " is missing before " + quoted(r.slice(p.from, p.to))
	r.tellOnce(codeOrder, p.from, p.to, message, "")
}

// checkMixing tells and beside or within one pair of brackets.
func (r *reader) checkMixing() {
	type level struct{ and, or int } // the first of each, as a piece number from 1
	levels := []level{{}}
	for i := range r.pieces {
		p, top := &r.pieces[i], &levels[len(levels)-1]
		switch {
		case p.is(pieceBracket, "(") || p.is(pieceBracket, "["):
			levels = append(levels, level{})
		case p.kind == pieceBracket:
			levels = levels[:len(levels)-1]
		case p.is(pieceSign, ","):
			*top = level{}
		case p.is(pieceSign, "and") && top.and == 0:
			if top.and = i + 1; top.or > 0 {
				r.mixed(i)
			}
		case p.is(pieceSign, "or") && top.or == 0:
			if top.or = i + 1; top.and > 0 {
				r.mixed(i)
			}
		}
	}
}

func (r *reader) mixed(i int) {
	p := r.pieces[i]
	r.tell(codeMixed, p.from, p.to, "`and` stands beside `or` without brackets: put brackets around what belongs together", r.bracketed(i))
}

// bracketed offers both readings of a group with exactly one and, one or.
func (r *reader) bracketed(i int) string {
	first, last := r.groupOf(i)
	var joints []int
	for k := first; k < last; k++ {
		if p := &r.pieces[k]; p.is(pieceBracket, "(") || p.is(pieceBracket, "[") {
			k = p.pair
		} else if p.is(pieceSign, "and") || p.is(pieceSign, "or") {
			joints = append(joints, k)
		}
	}
	if len(joints) != 2 {
		return ""
	}
	part := func(from, to int) string { return r.slice(r.pieces[from].from, r.pieces[to-1].to) }
	a, b, c := part(first, joints[0]), part(joints[0]+1, joints[1]), part(joints[1]+1, last)
	one, two := r.pieces[joints[0]].value, r.pieces[joints[1]].value
	return fmt.Sprintf("(%s %s %s) %s %s  — or —  %s %s (%s %s %s)", a, one, b, two, c, a, one, b, two, c)
}

// groupOf gives the pieces around piece i up to the brackets or commas that enclose it.
func (r *reader) groupOf(i int) (first, last int) {
	for first = i; first > 0; first-- {
		p := &r.pieces[first-1]
		if p.is(pieceBracket, ")") || p.is(pieceBracket, "]") {
			first = p.pair + 1
		} else if p.kind == pieceBracket || p.is(pieceSign, ",") {
			break
		}
	}
	for last = i; last < len(r.pieces); last++ {
		p := &r.pieces[last]
		if p.is(pieceBracket, "(") || p.is(pieceBracket, "[") {
			last = p.pair
		} else if p.kind == pieceBracket || p.is(pieceSign, ",") {
			break
		}
	}
	return first, last
}
