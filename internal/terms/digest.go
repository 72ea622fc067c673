package terms

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"prescreen/internal/quantity"
)

// Digest is of what a set says, in sorted order: the order of lines and files, displays and comments change nothing. Two
// libraries that answer alike have sets of equal digests.
func (v *ValueSet) Digest() [32]byte {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	add("name %q domain %s course %q panel %q", v.Name, v.Domain, v.Course, v.Panel)
	earlier := map[Entry]int{} // of entries for one code the first says what it states
	for i, e := range v.Entries {
		key := Entry{Coding: e.Coding, Include: e.Include}
		add("code %d %s except %s", earlier[key], e.line(), entryLines(v.origin(i).except))
		earlier[key]++
	}
	add("exclude %s", entryLines(v.Exclude))
	for _, s := range v.SuggestedBy {
		add("suggested %q %q %q", strings.ToLower(s.Set), s.Text, s.Unit)
	}
	for _, e := range v.asking() {
		codes, whole := v.over.Of(e.System).Descendants(e.Code)
		add("below %s whole %t %x", e.line(), whole, sha256.Sum256([]byte(strings.Join(codes, " "))))
	}
	for i, a := range v.Answers {
		add("answer %d %q codes %q texts %q", i, a.Value, sortedCodings(a.Codes), slices.Sorted(slices.Values(a.Texts)))
	}
	for _, t := range v.Equivalents {
		for i := range t.Drugs {
			add("as %q %d %s %s %s", t.As, i, t.Drugs[i].Factor, t.Drugs[i].Per, t.Drugs[i].lines())
		}
	}
	for _, s := range v.Synonyms {
		add("synonym %q", s)
	}
	if a := v.Analyte; a != nil {
		add("unit %q absent %q", a.Canonical, a.UnitIfAbsent)
		for _, u := range a.Accepted {
			add("accepted %q %q %q", u.Unit, u.Factor, u.Offset)
		}
		if a.Plausible != nil {
			add("plausible from %s to %s", end(a.Plausible.Low), end(a.Plausible.High))
		}
	}
	slices.Sort(lines)
	return sha256.Sum256([]byte(strings.Join(slices.Compact(lines), "\n")))
}

func end(b *quantity.Bound) string {
	if b == nil {
		return "-"
	}
	return fmt.Sprintf("%s %t", b.Value, b.Open)
}

func (e *Entry) line() string {
	return fmt.Sprintf("%s|%s|%d|%s", e.System, e.Code, e.Include, e.Says)
}

func entryLines(list []Entry) string {
	lines := make([]string, len(list))
	for i := range list {
		lines[i] = list[i].line()
	}
	slices.Sort(lines)
	return strings.Join(lines, ",")
}

func sortedCodings(codings []Coding) []string {
	lines := make([]string, len(codings))
	for i, c := range codings {
		lines[i] = c.System + "|" + c.Code
	}
	slices.Sort(lines)
	return lines
}

func (e *Equivalent) lines() string {
	lines := make([]string, len(e.of.Entries))
	for i := range e.of.Entries {
		lines[i] = e.of.Entries[i].line() + " except " + entryLines(e.of.origin(i).except)
	}
	slices.Sort(lines)
	return strings.Join(lines, ",") + " exclude " + entryLines(e.of.Exclude)
}
