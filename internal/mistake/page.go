package mistake

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Place is where something stands in a file: line and column from 1, in characters, and how many characters it takes.
// The zero Place is nowhere: the thing was not written.
type Place struct{ Line, Column, Length int }

// Given tells that something was written.
func (p Place) Given() bool { return p.Line > 0 }

// Page is a file as its author sees it: its name and its lines.
type Page struct {
	Name string
	data []byte
	rows []string

	once sync.Once // root and told are read once
	root *Node
	told List
}

// NewPage keeps the lines of a file. A byte order mark at its beginning, which some editors write, is no part of it, and
// neither are the carriage returns at the ends of its lines.
func NewPage(name string, data []byte) *Page {
	text := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n") // a parser would count the ends twice
	rows := strings.Split(text, "\n")
	return &Page{Name: name, data: []byte(text), rows: rows}
}

// Rows gives all lines as they stand in the file; they must not be changed.
func (p *Page) Rows() []string { return p.rows }

// Tree gives what stands in a file, nil if it cannot be read, with the mistakes of its YAML. A page is read once, however
// often it is asked; the tree is shared and must not be changed.
func (p *Page) Tree() (*Node, List) {
	p.once.Do(func() { p.root, p.told = parse(p) })
	return p.root, slices.Clone(p.told)
}

// Row gives a line as it stands in the file, "" for one that it does not have.
func (p *Page) Row(line int) string {
	if line < 1 || line > len(p.rows) {
		return ""
	}
	return p.rows[line-1]
}

// Mistake places a mistake. Bytes that are no text are shown as question marks.
func (p *Page) Mistake(at Place, code, message string) Mistake {
	row := strings.ToValidUTF8(p.Row(at.Line), "?")
	room := utf8.RuneCountInString(row) - at.Column + 1
	return Mistake{
		Code: code, File: p.Name, Line: at.Line, Column: at.Column, Length: max(1, min(at.Length, room)),
		Source: row, Message: message,
	}
}

// Because adds why it matters and what to write instead; both may be empty.
func (m *Mistake) Because(why, fix string) { m.Why, m.Fix = why, fix }
