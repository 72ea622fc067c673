package rule

import (
	"slices"
	"sort"
	"strings"

	"prescreen/internal/mistake"
)

// maxErrors is how many errors of one expression are told: text with more is no attempt at an expression.
const maxErrors = 100

// told collects the mistakes of one expression and knows where its characters stand in the file.
type told struct {
	src    Source
	text   []rune
	starts []int // of the lines of text, in characters
	list   mistake.List
	errors int
	syntax bool // the one syntax mistake has been told
	// syntaxLine is the line of the file that it was told about.
	syntaxLine int
}

func newTold(src Source) *told {
	t := &told{src: src, text: []rune(src.Text), starts: []int{0}}
	for i, r := range t.text {
		if r == '\n' {
			t.starts = append(t.starts, i+1)
		}
	}
	return t
}

// tell notes a mistake about the characters from from up to to.
func (t *told) tell(code string, from, to int, message, fix string) {
	from = max(min(from, len(t.text)), 0)
	line := sort.SearchInts(t.starts, from+1) - 1
	start, end := t.starts[line], len(t.text)
	if line+1 < len(t.starts) {
		end = t.starts[line+1] - 1
	}
	c := findCode(code)
	m := mistake.Mistake{
		Code: code, Severity: c.Severity, File: t.src.File,
		Line: t.src.Line + line, Column: t.src.Column + from - start, Length: max(min(to, end)-from, 1),
		Source:  strings.Repeat(" ", max(t.src.Column-1, 0)) + strings.TrimRight(string(t.text[start:end]), "\r"),
		Message: message, Why: c.Why, Fix: fix,
	}
	if slices.Contains(t.list, m) || c.Severity == mistake.Error && t.errors == maxErrors {
		return
	}
	if t.list = append(t.list, m); c.Severity == mistake.Error {
		t.errors++
	}
}

// tellOnce notes a mistake after which the rest of the text cannot be read: one for an expression, because the second
// would mostly be a consequence of the first.
func (t *told) tellOnce(code string, from, to int, message, fix string) {
	if !t.syntax {
		t.tell(code, from, to, message, fix)
		t.syntaxLine = t.src.Line + strings.Count(string(t.text[:min(from, len(t.text))]), "\n")
	}
	t.syntax = true
}

// slice gives the author's text, line breaks and runs of blanks written as one blank.
func (t *told) slice(from, to int) string {
	return strings.Join(strings.Fields(string(t.text[max(from, 0):min(to, len(t.text))])), " ")
}

// quoted shows the author's own text in a message, shortened.
func quoted(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	if strings.Contains(s, `"`) {
		return "`" + s + "`"
	}
	return `"` + s + `"`
}
