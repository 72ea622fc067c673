// Package mistake holds what an author did wrong in a trial, value-set or site file, told so that it can be put right.
//
// Mistakes are collected, never returned at the first: an author sees all of a file's at once, each with the file's own
// line and column, the line itself, a caret, why, and the text to write instead.
package mistake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Severity says how much a mistake matters.
type Severity uint8

// An Error stops the file from being used; a Warning and a Question do not.
const (
	Error Severity = iota
	Warning
	Question
)

// String writes the severity for people.
func (s Severity) String() string { return [...]string{"error", "warning", "question"}[s] }

// Mistake is one thing an author should change.
type Mistake struct {
	Code     string // stable, such as E012
	Severity Severity
	File     string
	Line     int    // from 1; 0 when the whole file is meant
	Column   int    // from 1, in characters
	Length   int    // characters under the caret, at least 1
	Source   string // the line as it stands in the file
	Message  string // what is wrong
	Why      string // why it matters; may be empty
	Fix      string // text to write instead; may be empty
}

// String writes file:line:column, message, the line with its caret, why and fix.
func (m Mistake) String() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", m.Line, m.Column)
	}
	fmt.Fprintf(&b, ": %s %s: %s\n", m.Severity, m.Code, m.Message)
	if m.Source != "" {
		source, column, length := m.around()
		fmt.Fprintf(&b, "  %s\n  %s%s\n", source, indent(source, column-1), strings.Repeat("^", length))
	}
	if m.Why != "" {
		fmt.Fprintf(&b, "  why: %s\n", m.Why)
	}
	if m.Fix != "" {
		fmt.Fprintf(&b, "  write: %s\n", m.Fix)
	}
	return clean(b.String())
}

// A line longer than longLine is shown from before characters ahead of its caret on.
const longLine, before = 300, 80

// around gives the line, or the part of a long one that the caret stands in, with the caret's place in it.
func (m Mistake) around() (source string, column, length int) {
	line := []rune(m.Source)
	column, length = max(m.Column, 1), max(m.Length, 1)
	if len(line) <= longLine {
		return m.Source, column, min(length, longLine)
	}
	start := max(0, min(column-before, len(line)-1))
	end := min(start+longLine, len(line))
	part := string(line[start:end])
	column -= start
	if start > 0 {
		part, column = "…"+part, column+1
	}
	if end < len(line) {
		part += "…"
	}
	return part, column, max(1, min(length, end-start-column+1))
}

// clean keeps control characters of a file from steering the terminal; each stays one character, for the caret's sake.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (r < ' ' || r >= 0x7f && r < 0xa0) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// indent keeps tabs, so that the caret stands under its character whatever a tab's width.
func indent(line string, n int) string {
	var b strings.Builder
	for _, r := range line {
		if n <= 0 {
			break
		}
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
		n--
	}
	b.WriteString(strings.Repeat(" ", max(n, 0)))
	return b.String()
}

// List is all the mistakes found, as an error.
type List []Mistake

// Error tells every mistake.
func (l List) Error() string {
	var b strings.Builder
	for _, m := range l {
		b.WriteString(m.String())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// HasErrors tells whether any of them stops the file from being used.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(m Mistake) bool { return m.Severity == Error })
}

// Sort puts them in the order of the files.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code))
	})
}

// Or returns the list as an error if it holds errors, else nil.
func (l List) Or() error {
	if l.HasErrors() {
		return l
	}
	return nil
}

// Nearest gives the candidate that a misspelt name most likely means, or the only one of which it is the beginning, or ""
// when none is near. A third of a name may be wrong, of a short one a single letter: a wild guess that is pasted asks
// something else.
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", max(min(1, utf8.RuneCountInString(name)-1), utf8.RuneCountInString(name)/3)+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	if best == "" && name != "" {
		best = onlyBegun(name, candidates)
	}
	return best
}

// onlyBegun gives the one candidate that begins with a name, "" if none or several do.
func onlyBegun(name string, candidates []string) string {
	found := ""
	for _, c := range candidates {
		if len(c) < len(name) || !strings.EqualFold(c[:len(name)], name) {
			continue
		}
		if found != "" {
			return ""
		}
		found = c
	}
	return found
}

// Distance is how many characters must be inserted, deleted, replaced or swapped to make one name of the other; letter
// case does not count.
func Distance(a, b string) int { return distance(strings.ToLower(a), strings.ToLower(b)) }

// distance is the number of inserted, deleted, replaced or swapped characters.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	prev2, prev, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev, row = prev, row, prev2
	}
	return prev[len(t)]
}
