package author

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"prescreen/internal/mistake"
)

// Changed is one thing that Fix wrote otherwise.
type Changed struct {
	Line, Column int // in the file as it was
	From, To     string
}

// safe are the slips whose meaning nobody doubts. The text at the place must be one of them: the same codes also tell slips
// that could mean more than one thing.
func safe(m *mistake.Mistake, typed string) bool {
	switch {
	case m.Fix == "":
		return false
	case m.Code == "E107":
		return typed == "≥" && m.Fix == ">=" || typed == "≤" && m.Fix == "<="
	case m.Code == "E106":
		return strings.EqualFold(typed, m.Fix) && slices.Contains([]string{"and", "or", "not"}, m.Fix)
	case m.Code == "E105":
		return curlyOnly(typed, m.Fix)
	}
	return false
}

const curlyQuotes = "“”„‟«»‘’‚‛″′"

// curlyOnly tells that a text in curly quotes becomes the same text in straight ones.
func curlyOnly(typed, fix string) bool {
	t, f := []rune(typed), []rune(fix)
	if len(t) != len(f) || len(t) < 2 {
		return false
	}
	last := len(t) - 1
	isQuote := func(r rune) bool { return r == '"' || r == '\'' || strings.ContainsRune(curlyQuotes, r) }
	return isQuote(t[0]) && isQuote(t[last]) && f[0] == '"' && f[last] == '"' && slices.Equal(t[1:last], f[1:last]) &&
		!strings.ContainsRune(string(t[1:last]), '"')
}

// Fix writes the safe slips of a trial file right and leaves every other byte as it is. It gives what it changed; with
// nothing to change the text is the one that was given.
func (c *Checker) Fix(file string, data []byte) ([]byte, []Changed) {
	var all []Changed
	for range 3 { // a slip may hide another one behind it
		text, changed := splice(data, c.Trial(file, data).Mistakes)
		if len(changed) == 0 {
			break
		}
		data, all = text, append(all, changed...)
	}
	slices.SortFunc(all, func(a, b Changed) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return data, all
}

// splice replaces from the end to the beginning, so that the places before stay right.
func splice(data []byte, told mistake.List) ([]byte, []Changed) {
	lines := lineStarts(data)
	var changed []Changed
	for _, m := range slices.Backward(told) {
		from, to, ok := span(data, lines, &m)
		if !ok {
			continue
		}
		typed := string(data[from:to])
		if !safe(&m, typed) || len(changed) > 0 && overlaps(&changed[len(changed)-1], &m) {
			continue
		}
		data = slices.Concat(data[:from], []byte(m.Fix), data[to:])
		changed = append(changed, Changed{m.Line, m.Column, typed, m.Fix})
	}
	return data, changed
}

func overlaps(c *Changed, m *mistake.Mistake) bool {
	return c.Line == m.Line && m.Column+m.Length > c.Column
}

// lineStarts are the offsets of the lines; a byte order mark is no part of the first one.
func lineStarts(data []byte) []int {
	start := 0
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		start = len("\ufeff")
	}
	starts := []int{start}
	for i, b := range data {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// span gives the bytes that a mistake is about.
func span(data []byte, lines []int, m *mistake.Mistake) (from, to int, ok bool) {
	if m.Line < 1 || m.Line > len(lines) {
		return 0, 0, false
	}
	from = lines[m.Line-1]
	end := len(data)
	if m.Line < len(lines) {
		end = lines[m.Line]
	}
	skip := func(at, n int) (int, bool) {
		for ; n > 0; n-- {
			if at >= end {
				return at, false
			}
			_, size := utf8.DecodeRune(data[at:])
			at += size
		}
		return at, true
	}
	if from, ok = skip(from, m.Column-1); !ok {
		return 0, 0, false
	}
	to, ok = skip(from, m.Length)
	return from, to, ok
}

// WriteFile puts a text in the place of a file, whole or not at all, and keeps the file's permissions.
func WriteFile(name string, data []byte) (err error) {
	info, err := os.Stat(name)
	if err != nil {
		return fmt.Errorf("looking at %s: %w", name, err)
	}
	if link, linked := filepath.EvalSymlinks(name); linked == nil {
		name = link
	}
	temp, err := os.CreateTemp(filepath.Dir(name), ".prescreen-*")
	if err != nil {
		return fmt.Errorf("making a file beside %s: %w", name, err)
	}
	defer os.Remove(temp.Name()) // of no effect once it is renamed
	_, err = temp.Write(data)
	if err := errors.Join(err, temp.Chmod(info.Mode().Perm()), temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := os.Rename(temp.Name(), name); err != nil {
		return fmt.Errorf("putting %s in its place: %w", name, err)
	}
	return nil
}
