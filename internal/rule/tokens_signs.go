package rule

import (
	"fmt"
	"strings"
	"unicode"
)

// meant is a sign as people type it, and the sign that is meant by it; code is "" where that is the same.
type meant struct{ typed, sign, code string }

// signs is in the order in which they are tried: longer ones first.
var signs = []meant{
	{"===", "==", codeSign},
	{"!==", "!=", codeSign},
	{"==", "==", ""},
	{"!=", "!=", ""},
	{"<=", "<=", ""},
	{">=", ">=", ""},
	{"=>", ">=", codeSign},
	{"=<", "<=", codeSign},
	{"<>", "!=", codeSign},
	{"=!", "!=", codeSign},
	{"&&", "and", codeJoining},
	{"||", "or", codeJoining},
	{"<", "<", ""},
	{">", ">", ""},
	{",", ",", ""},
	{"=", "==", codeSign},
	{"!", "not", codeJoining},
	{"&", "and", codeJoining},
	{"≥", ">=", codeSign},
	{"≧", ">=", codeSign},
	{"⩾", ">=", codeSign},
	{"≤", "<=", codeSign},
	{"≦", "<=", codeSign},
	{"⩽", "<=", codeSign},
	{"≠", "!=", codeSign},
	{"∧", "and", codeJoining},
	{"∨", "or", codeJoining},
	{"¬", "not", codeJoining},
}

var signNames = map[string]string{"==": "equal", "!=": "not equal", ">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}

// signWords are words that stand for a sign between a value and its limit.
var signWords = map[string]string{"over": ">", "above": ">", "exceeds": ">", "under": "<", "below": "<"}

// foreignSigns have no place in the language; the first that fits is told.
var foreignSigns = []struct{ typed, message string }{
	{"??", "`??` is not part of the language: what is not on record is unknown by itself"},
	{"?", "`?` is not part of the language: join questions with and, or and not"},
	{"::", "`::` is not part of the language"},
	{":", "`:` is not part of the language"},
	{";", "`;` is not part of the language: one expression is one question; join questions with and"},
	{"|", "`|` is not part of the language: write or between questions"},
	{"..", "`..` is not part of the language: a range is written 18 <= age <= 75"},
	{".", "a point stands only inside a number, after a digit and before one, as in 0.5"},
	{"{", "curly brackets are not part of the language"},
	{"}", "curly brackets are not part of the language"},
	{"$", "`$` is not part of the language"},
	{"@", "`@` is not part of the language"},
	{"\\", "`\\` is not part of the language"},
	{"~", "`~` is not part of the language: a range is written with two limits"},
	{"-", "`-` is not part of the language: nothing is calculated here; a quantity below zero stands in quotes with its unit"},
	{"−", "`−` is not part of the language: nothing is calculated here; a quantity below zero stands in quotes with its unit"},
	{"–", "`–` is not part of the language: a range is written 18 <= age <= 75"},
	{"—", "`—` is not part of the language: a range is written 18 <= age <= 75"},
	{"±", "`±` is not part of the language: a range is written with two limits"},
	{"%", "`%` belongs to a quantity, in its quotes: \"7.5 %\""},
	{"**", "`**` is not part of the language: nothing is calculated here"},
	{"*", "`*` is not part of the language: nothing is calculated here"},
	{"+", "`+` is not part of the language: nothing is calculated here"},
	{"/", "`/` is not part of the language: nothing is calculated here"},
	{"^", "`^` is not part of the language: nothing is calculated here"},
}

func (s *scanner) symbol() {
	switch {
	case s.begins("//"):
		s.i = s.endOfLine()
		return
	case s.begins("/*"):
		s.blockComment()
		return
	case s.begins("#"):
		end := s.endOfLine()
		s.tell(codeComment, s.i, s.i+1, "comments start with //", strings.TrimRight("//"+string(s.text[s.i+1:end]), "\r"))
		s.i = end
		return
	}
	for _, m := range signs {
		if s.begins(m.typed) {
			s.sign(m)
			return
		}
	}
	if s.begins(";") && s.inCall() {
		s.tell(codeForeign, s.i, s.i+1, "a comma separates what stands in the brackets of a word", ",")
		s.add(pieceSign, ",", 1)
		return
	}
	s.foreign()
}

// inCall tells whether a round bracket is open here.
func (s *scanner) inCall() bool {
	open := 0
	for i := range s.pieces {
		if s.pieces[i].is(pieceBracket, "(") {
			open++
		} else if s.pieces[i].is(pieceBracket, ")") {
			open--
		}
	}
	return open > 0
}

func (s *scanner) sign(m meant) {
	n := len([]rune(m.typed))
	switch m.code {
	case codeSign:
		s.tell(m.code, s.i, s.i+n, fmt.Sprintf("`%s` is written `%s` (%s)", m.typed, m.sign, signNames[m.sign]), m.sign)
	case codeJoining:
		s.tell(m.code, s.i, s.i+n, fmt.Sprintf("`%s` is written as the word `%s`", m.typed, m.sign), m.sign)
	}
	s.add(pieceSign, m.sign, n)
}

func isDash(r rune) bool { return strings.ContainsRune("-−–—", r) }

func (s *scanner) blockComment() {
	start := s.i
	s.tell(codeComment, start, start+2, "comments start with // and end with their line", "//")
	for s.i < len(s.text) && !s.begins("*/") {
		s.i++
	}
	s.i = min(s.i+2, len(s.text))
}

// foreign tells a character that has no meaning. One that cannot be seen is passed over like a blank.
func (s *scanner) foreign() {
	r := s.text[s.i]
	for _, f := range foreignSigns {
		if s.begins(f.typed) {
			n := len([]rune(f.typed))
			message := f.message
			if isDash(r) && isDigit(s.at(s.i-1)) {
				message = "a range is written with its word in the middle: 18 <= age <= 75"
			}
			s.tellOnce(codeForeign, s.i, s.i+n, message, "")
			for s.i += n; n == 1 && strings.ContainsRune(".$@", r) && isWordRune(s.at(s.i)); { // what hangs on it is no word
				s.i++
			}
			return
		}
	}
	if unicode.IsPrint(r) {
		s.tellOnce(codeCharacter, s.i, s.i+1, "`"+string(r)+"` has no meaning here", "")
	} else {
		s.tell(codeCharacter, s.i, s.i+1, "an invisible character stands here: delete it", "")
	}
	s.i++
}
