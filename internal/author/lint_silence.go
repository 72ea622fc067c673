package author

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"prescreen/internal/mistake"
)

// silence is one comment by which an author answers a lint: "# lint: L012 reason", on the line above. It holds for the next
// line and for all that is indented more deeply below that line: above a criterion it holds for the whole criterion.
type silence struct {
	at       mistake.Place
	codes    []string
	reason   string
	from, to int // lines
	used     []bool
}

// silences are all of a file.
type silences struct {
	page *mistake.Page
	all  []*silence
}

const silenceMark = "lint:"

func readSilences(page *mistake.Page) *silences {
	s := &silences{page: page}
	for i, row := range page.Rows() {
		text := strings.TrimLeft(row, " \t")
		comment, ok := strings.CutPrefix(text, "#")
		if !ok {
			comment, ok = strings.CutPrefix(text, "//")
		}
		if !ok {
			continue
		}
		if rest, ok := strings.CutPrefix(strings.TrimLeft(comment, " "), silenceMark); ok {
			s.add(i+1, len(row)-len(text)+1, rest)
		}
	}
	return s
}

func (s *silences) add(line, column int, text string) {
	n := &silence{at: mistake.Place{Line: line, Column: column, Length: utf8.RuneCountInString(s.page.Row(line)) - column + 1}}
	words := strings.Fields(text)
	for len(words) > 0 {
		code := strings.TrimSuffix(words[0], ",")
		if len(code) != 4 || !strings.ContainsAny(code[:1], "LE") || strings.Trim(code[1:], "0123456789") != "" {
			break
		}
		n.codes, words = append(n.codes, code), words[1:]
	}
	n.reason = strings.Trim(strings.Join(words, " "), " :-–—")
	n.used = make([]bool, len(n.codes))
	n.from, n.to = s.reach(line)
	s.all = append(s.all, n)
}

// reach gives the lines that a comment speaks about.
func (s *silences) reach(line int) (from, to int) {
	rows := s.page.Rows()
	i := line
	for i < len(rows) && (blank(rows[i]) || isComment(rows[i])) {
		i++
	}
	if i >= len(rows) {
		return 0, 0
	}
	depth, item := indentOf(rows[i]), strings.HasPrefix(strings.TrimLeft(rows[i], " "), "- ")
	to = i
	for k := i + 1; k < len(rows); k++ {
		if blank(rows[k]) {
			continue
		}
		d := indentOf(rows[k])
		listed := !item && d == depth && strings.HasPrefix(strings.TrimLeft(rows[k], " "), "- ")
		if d <= depth && !listed {
			break
		}
		to = k
	}
	return i + 1, to + 1
}

func blank(row string) bool { return strings.TrimSpace(row) == "" }

func isComment(row string) bool {
	text := strings.TrimLeft(row, " ")
	return strings.HasPrefix(text, "#") || strings.HasPrefix(text, "//")
}

func indentOf(row string) int { return len(row) - len(strings.TrimLeft(row, " ")) }

// hush takes out of a list what the author has answered. Errors are never answered by a comment.
func (s *silences) hush(list mistake.List) mistake.List {
	return slices.DeleteFunc(list, func(m mistake.Mistake) bool {
		return m.Severity != mistake.Error && s.answers(m)
	})
}

func (s *silences) answers(m mistake.Mistake) bool {
	answered := false
	for _, n := range s.all {
		i := slices.Index(n.codes, m.Code)
		if i >= 0 && n.reason != "" && m.Line >= n.from && m.Line <= n.to {
			n.used[i], answered = true, true
		}
	}
	return answered
}

// apply hushes a list and tells what is wrong with the comments themselves. In a file with errors not every lint could look,
// so none of its comments is called idle.
func (s *silences) apply(list mistake.List) mistake.List {
	broken := list.HasErrors()
	list = s.hush(list)
	for _, n := range s.all {
		switch {
		case len(n.codes) == 0:
			list = append(list, told(s.page, n.at, noReason, "this comment names no lint: write # lint: L022 and the reason"))
		case n.reason == "":
			m := told(s.page, n.at, noReason, "a lint is answered with a reason, so that the next reader knows it")
			m.Fix = "# lint: " + strings.Join(n.codes, ", ") + " why it is right so"
			list = append(list, m)
		case !broken:
			list = append(list, s.idle(n)...)
		}
	}
	return list
}

// idle tells codes of a comment that have nothing to answer any more. Lints that need the whole folder, or a cohort, cannot
// be missed in one file.
func (s *silences) idle(n *silence) mistake.List {
	var list mistake.List
	for i, code := range n.codes {
		l, known := findLint(code)
		switch {
		case n.used[i] || known && l.wide:
		case !known && code[0] == 'L':
			list = append(list, told(s.page, n.at, idleSilence, "there is no lint "+code))
		default:
			list = append(list, told(s.page, n.at, idleSilence, fmt.Sprintf("%s says nothing about the lines below: take the comment away", code)))
		}
	}
	return list
}
