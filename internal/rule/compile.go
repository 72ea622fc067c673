package rule

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"prescreen/internal/mistake"
	"prescreen/internal/terms"
)

// maxText is the longest expression in bytes.
const maxText = 4096

// Compile turns the text of a criterion into a program. Every mistake is told at once; with any error the program is nil.
// Warnings come beside a program. A program never changes after it was compiled and may be shared.
func Compile(src Source, lib *terms.Library) (*Program, mistake.List) {
	if len(src.Text) > maxText {
		t := newTold(Source{File: src.File, Line: src.Line, Column: src.Column, Text: strings.ToValidUTF8(firstLine(src.Text), "�")})
		t.tell(codeTooLong, 0, 1, fmt.Sprintf("the expression is %d bytes long; at most %d are read", len(src.Text), maxText), "")
		return nil, t.list
	}
	t := newTold(src)
	if !utf8.ValidString(src.Text) {
		t.tell(codeCharacter, 0, 1, "the text holds bytes that are no characters: save the file as UTF-8", "")
		return nil, t.list
	}
	if lib == nil {
		lib = terms.NewLibrary(nil)
	}
	p := compile(t, lib)
	if p == nil && !t.list.HasErrors() { // a program with holes must never pass in silence
		t.tell(codeOrder, 0, 1, cannotRead, "")
	}
	t.list.Sort()
	if t.list.HasErrors() {
		return nil, t.list
	}
	return p, t.list
}

// firstLine is as much of a text that is too long as a message can show.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line[:min(len(line), 200)]
}

func compile(t *told, lib *terms.Library) *Program {
	pieces, whole := scan(t)
	r := &reader{told: t, lib: lib, pieces: pieces}
	if !whole {
		r.maskNames()
		return nil
	}
	root := r.parse()
	if root == nil {
		return nil
	}
	c := &checker{reader: r, program: &Program{Source: t.src}}
	if c.answer(root) == none {
		return nil
	}
	return c.program
}
