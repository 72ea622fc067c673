package rule

import (
	"slices"
	"strings"
	"unicode"

	"prescreen/internal/mistake"
)

// pieceKind says what a piece of an expression's text is.
type pieceKind uint8

const (
	pieceNumber pieceKind = iota
	pieceText
	pieceName
	pieceSign // comparison signs, the comma, and the words and or not in
	pieceBracket
)

// piece is one token, as the author would have written it without slips: after a slip was told, reading goes on with what
// was meant. Positions are always those of the author's text.
type piece struct {
	kind     pieceKind
	value    string // of a text: what stands between the quotes
	from, to int    // in characters
	masked   bool   // a name that is no word, already told
	pair     int    // of a bracket: the piece that opens or closes it
}

func (p *piece) is(kind pieceKind, value string) bool { return p.kind == kind && p.value == value }

// scanner cuts the text into pieces. It knows the slips that people make and tells each of them in their words, so that the
// parser never sees a character it could complain about in its own.
type scanner struct {
	*told
	i      int
	pieces []piece
	square int // depth of square brackets
}

// maxPieces bounds what one expression may hold; maxDepth how deep its brackets may nest.
const (
	maxPieces = 1000
	maxDepth  = 32
)

// scan cuts the whole text; ok is false when it cannot be read further.
func scan(t *told) (pieces []piece, ok bool) {
	s := &scanner{told: t}
	for s.i < len(s.text) {
		s.next()
		if len(s.pieces) > maxPieces {
			s.tellOnce(codeTooComplex, s.i-1, s.i, "the expression holds more than 1000 words and signs", "")
			return nil, false
		}
	}
	return s.pieces, !t.syntax
}

func (s *scanner) next() {
	r := s.text[s.i]
	switch {
	case unicode.IsSpace(r):
		s.i++
	case isQuote(r):
		s.quotedText()
	case r >= '0' && r <= '9':
		s.number()
	case r == '_' || unicode.IsLetter(r):
		s.word()
	case strings.ContainsRune("()[]", r):
		s.square += strings.Count("[", string(r)) - strings.Count("]", string(r))
		s.add(pieceBracket, string(r), 1)
	default:
		s.symbol()
	}
}

// add adds a piece of the next n characters.
func (s *scanner) add(kind pieceKind, value string, n int) {
	s.pieces = append(s.pieces, piece{kind: kind, value: value, from: s.i, to: s.i + n})
	s.i += n
}

func (s *scanner) at(i int) rune {
	if i < 0 || i >= len(s.text) {
		return 0
	}
	return s.text[i]
}

func (s *scanner) begins(with string) bool { return s.after(s.i, with) }

// after tells whether a text stands at a place.
func (s *scanner) after(i int, text string) bool {
	for k, r := range []rune(text) {
		if s.at(i+k) != r {
			return false
		}
	}
	return true
}

func (s *scanner) endOfLine() int {
	i := s.i
	for i < len(s.text) && s.text[i] != '\n' {
		i++
	}
	return i
}

const curly = "“”„‟«»‹›‘’‚‛′″"

func isQuote(r rune) bool { return strings.ContainsRune("\"'`"+curly, r) }

// quotedText reads a text between quotes. There is no way to write a quote inside its own kind, so a position inside the
// text is a position in the file.
func (s *scanner) quotedText() {
	open, start := s.text[s.i], s.i
	straight := open == '"' || open == '\''
	line, end := s.endOfLine(), -1
	for i := start + 1; i < line && end < 0; i++ {
		if r := s.text[i]; r == open || !straight && isQuote(r) && (r == '"' || strings.ContainsRune(curly, r) && open != '`') {
			end = i
		}
	}
	if end < 0 && straight { // opened straight, closed as Word closes it
		for i := start + 1; i < line && end < 0; i++ {
			if strings.ContainsRune(curly, s.text[i]) {
				end, straight = i, false
			}
		}
	}
	if end < 0 {
		s.forgetLine(start)
		s.tellOnce(codeQuotes, start, line, "the quotes on this line do not pair: the one that opens here does not close, or one before it is missing", "")
		s.i = line
		return
	}
	value := string(s.text[start+1 : end])
	if !straight {
		s.tell(codeQuotes, start, end+1, "these are not straight quotes: text from Word or a PDF brings its own", `"`+value+`"`)
	}
	s.checkText(value, start+1)
	s.add(pieceText, value, end+1-start)
}

// forgetLine takes back what was told about a line up to a place: without its quotes in pairs it was read wrongly.
func (s *scanner) forgetLine(at int) {
	line := s.src.Line + strings.Count(string(s.text[:at]), "\n")
	s.list = slices.DeleteFunc(s.list, func(m mistake.Mistake) bool { return m.Line == line })
	s.errors = len(s.list) // nothing but errors so far
	s.syntax = s.syntax && s.syntaxLine != line
	s.pieces = slices.DeleteFunc(s.pieces, func(p piece) bool {
		return s.src.Line+strings.Count(string(s.text[:p.from]), "\n") == line
	})
}

// checkText refuses what has no meaning inside quotes.
func (s *scanner) checkText(value string, start int) {
	for k, r := range []rune(value) {
		if r == '\\' {
			s.tell(codeQuotes, start+k, start+k+1, `a \ has no meaning here; a text that holds double quotes stands between single ones`, "")
			return
		}
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			s.tell(codeCharacter, start+k, start+k+1, "a character that cannot be printed stands in the quotes", "")
			return
		}
	}
}

// joining are the small words that join questions; foreignWords those that the parser would take for its own.
var joining = []string{"and", "or", "not", "in"}

var foreignWords = map[string]string{
	"matches":    "`matches` is not part of the language: name a value set, and let its codes decide",
	"contains":   "`contains` is not part of the language: name a value set, and let its codes decide",
	"startsWith": "`startsWith` is not part of the language: name a value set, and let its codes decide",
	"endsWith":   "`endsWith` is not part of the language: name a value set, and let its codes decide",
	"let":        "`let` is not part of the language: nothing can be given a name of its own; write the question where it is needed",
	"if":         "`if` is not part of the language: join questions with and, or and not",
	"else":       "`else` is not part of the language: join questions with and, or and not",
}

func (s *scanner) word() {
	end := s.i
	for isWordRune(s.at(end)) {
		end++
	}
	text := string(s.text[s.i:end])
	n := end - s.i
	if message, ok := foreignWords[text]; ok {
		s.tellOnce(codeForeign, s.i, end, message, "")
		if s.i = end; text == "let" { // what it would name is no word
			s.i = len(s.text)
		}
		return
	}
	if slices.Contains([]string{"is", "equals", "equal"}, text) {
		m := meant{text, "==", codeSign}
		if s.after(end, " not ") {
			m = meant{text + " not", "!=", codeSign}
		}
		s.sign(m)
		return
	}
	if sign := signWords[text]; sign != "" && s.beforeLimit(end) {
		s.sign(meant{text, sign, codeSign})
		return
	}
	for _, j := range joining {
		if text == j {
			s.add(pieceSign, j, n)
			return
		}
		if strings.EqualFold(text, j) {
			s.tell(codeJoining, s.i, end, "`"+text+"` is written in small letters: `"+j+"`", j)
			s.add(pieceSign, j, n)
			return
		}
	}
	if s.hyphened(end) {
		return
	}
	s.add(pieceName, text, n)
}

// beforeLimit tells that what stands here parts a value from its limit: a name or bracket before it, a number or text behind.
func (s *scanner) beforeLimit(end int) bool {
	if len(s.pieces) == 0 {
		return false
	}
	last := &s.pieces[len(s.pieces)-1]
	for s.at(end) == ' ' {
		end++
	}
	behind := s.at(end)
	return (last.is(pieceBracket, ")") || last.kind == pieceName && findWord(last.value) != nil) && (isDigit(behind) || isQuote(behind))
}

// hyphened tells a word that is written in two parts, such as breast-feeding, and reads it as what was meant.
func (s *scanner) hyphened(end int) bool {
	if !isDash(s.at(end)) || !unicode.IsLetter(s.at(end+1)) {
		return false
	}
	start, second := s.i, end+1
	for end = second; isWordRune(s.at(end)); {
		end++
	}
	for _, joint := range []string{"", "_"} {
		if w := findWord(string(s.text[start:second-1]) + joint + string(s.text[second:end])); w != nil {
			s.tell(codeUnknownWord, start, end, quoted(string(s.text[start:end]))+" is not a word of the language; did you mean `"+w.Name+"`?", w.Name)
			s.add(pieceName, w.Name, end-start)
			return true
		}
	}
	return false
}

func isWordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
