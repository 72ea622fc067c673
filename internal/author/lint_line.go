package author

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
)

// protocolLine is a line of the protocol as small words, numbers and signs, in order.
type protocolLine []string

// wordsOf cuts a line: "HbA1c ≥7.0 % (53 mmol/mol)" is hba1c, >=, 7.0, %, 53, mmol/mol.
func wordsOf(text string) protocolLine {
	var line protocolLine
	start := -1
	text = foldCase(text) + " "
	kind := 0
	for i, r := range text {
		k := classOf(r)
		if start >= 0 && (k != kind && !(kind == 1 && k == 3) && !(kind == 3 && (k == 1 || k == 3)) || k == 0) {
			line = append(line, tidy(text[start:i]))
			start = -1
		}
		if start < 0 && k != 0 {
			start, kind = i, k
		}
	}
	return line
}

// classOf sorts characters: 0 parts words, 1 letters, 2 signs of comparison, 3 digits.
func classOf(r rune) int {
	switch {
	case unicode.IsDigit(r):
		return 3
	case strings.ContainsRune("<>=≤≥", r):
		return 2
	case unicode.IsLetter(r), strings.ContainsRune(".,'%/", r):
		return 1
	}
	return 0
}

var tidied = map[string]string{"≥": ">=", "≤": "<=", "=>": ">=", "=<": "<="}

func tidy(word string) string {
	if same, ok := tidied[word]; ok {
		return same
	}
	return strings.Trim(word, ".,'")
}

// has tells whether one of the phrases stands in the line; a word that ends with * may go on.
func (l protocolLine) has(phrases ...string) bool {
	return slices.ContainsFunc(phrases, func(p string) bool { return l.find(p) >= 0 })
}

// find gives the place behind a phrase, -1 if it is not there.
func (l protocolLine) find(phrase string) int {
	for i := range l {
		if n := l[i:].startsWith(phrase); n > 0 {
			return i + n
		}
	}
	return -1
}

// startsWith gives the number of words of a phrase with which the line begins, 0 if it does not.
func (l protocolLine) startsWith(phrase string) int {
	n := 0
	for word := range strings.SplitSeq(phrase, " ") {
		if n == len(l) {
			return 0
		}
		if stem, open := strings.CutSuffix(word, "*"); open && strings.HasPrefix(l[n], stem) || !open && l[n] == word {
			n++
			continue
		}
		return 0
	}
	return n
}

func (l protocolLine) begins(phrases ...string) bool {
	return slices.ContainsFunc(phrases, func(p string) bool { return l.startsWith(p) > 0 })
}

var lineUnits = map[string]dates.Unit{
	"day": dates.Days, "days": dates.Days, "week": dates.Weeks, "weeks": dates.Weeks, "wk": dates.Weeks, "wks": dates.Weeks,
	"month": dates.Months, "months": dates.Months, "mo": dates.Months, "year": dates.Years, "years": dates.Years, "yrs": dates.Years,
}

var lineNumbers = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
	"previous": 1, "past": 1, "last": 1, "preceding": 1, "fortnight": 2,
}

// lengths gives the lengths of time that a line names, ages left out.
func (l protocolLine) lengths() []dates.Period {
	var all []dates.Period
	for i := 0; i+1 < len(l); i++ {
		unit, ok := lineUnits[l[i+1]]
		if !ok || isAge(l, i) || i > 0 && l[i-1] == "on" { // "on two days" is a count
			continue
		}
		n, err := strconv.Atoi(l[i])
		if err != nil {
			n, ok = lineNumbers[l[i]]
		}
		if ok && n > 0 {
			all = append(all, dates.Period{N: n, Unit: unit})
		}
	}
	return all
}

// isAge tells that "18 years" at place i is how old somebody is.
func isAge(l protocolLine, i int) bool {
	behind := l[i+2:]
	if behind.begins("old", "or older", "of age", "and older", "or younger", "or above", "and above", "or over", "to", "at diagnosis", "at screening") {
		return true
	}
	for k := max(0, i-4); k < i; k++ {
		if strings.HasPrefix(l[k], "age") || strings.HasPrefix(l[k], "adult") || l[k] == "older" || l[k] == "younger" {
			return true
		}
	}
	return false
}

// sameLength tells that two lengths are equal on every calendar.
func sameLength(a, b dates.Period) bool {
	return inSmall(a) == inSmall(b)
}

func inSmall(p dates.Period) dates.Period {
	switch p.Unit {
	case dates.Weeks:
		return dates.Period{N: 7 * p.N, Unit: dates.Days}
	case dates.Years:
		return dates.Period{N: 12 * p.N, Unit: dates.Months}
	}
	return p
}

// side is how a line speaks of a limit.
type side struct {
	value quantity.Decimal
	above bool // the value and what lies above it, else below
	open  bool // without the value itself
}

// comparing are the words before a number that say on which side of it one has to be.
var comparing = []struct {
	phrase      string
	above, open bool
}{
	{">=", true, false},
	{"<=", false, false},
	{">", true, true},
	{"<", false, true},
	{"at least", true, false},
	{"no less than", true, false},
	{"not less than", true, false},
	{"minimum of", true, false},
	{"at most", false, false},
	{"no more than", false, false},
	{"not more than", false, false},
	{"not exceeding", false, false},
	{"maximum of", false, false},
	{"up to", false, false},
	{"greater than or equal to", true, false},
	{"less than or equal to", false, false},
	{"more than", true, true},
	{"greater than", true, true},
	{"higher than", true, true},
	{"older than", true, true},
	{"above", true, true},
	{"over", true, true},
	{"exceeding", true, true},
	{"less than", false, true},
	{"fewer than", false, true},
	{"lower than", false, true},
	{"younger than", false, true},
	{"below", false, true},
	{"under", false, true},
}

// behindNumber are the words behind a number that say the same.
var behindNumber = []struct {
	phrase string
	above  bool
}{
	{"or older", true},
	{"and older", true},
	{"or more", true},
	{"and more", true},
	{"or above", true},
	{"and above", true},
	{"or over", true},
	{"or higher", true},
	{"or greater", true},
	{"or younger", false},
	{"or less", false},
	{"or lower", false},
	{"or below", false},
	{"or fewer", false},
}

// limits gives the numbers of a line for which it says on which side one has to be.
func (l protocolLine) limits() []side {
	var all []side
	for i, word := range l {
		value, err := quantity.Parse(word)
		if err != nil {
			continue
		}
		if s, ok := l.sideOf(i); ok {
			s.value = value
			all = append(all, s)
		}
	}
	return all
}

func (l protocolLine) sideOf(i int) (side, bool) {
	for k := i + 1; k < min(i+4, len(l)); k++ {
		for _, b := range behindNumber {
			if l[k:].startsWith(b.phrase) > 0 {
				return side{above: b.above}, true
			}
		}
	}
	best, length := side{}, 0
	for _, c := range comparing { // the longest phrase that ends at the number
		if n := strings.Count(c.phrase, " ") + 1; n > length && n <= i && l[i-n:].startsWith(c.phrase) == n {
			best, length = side{above: c.above, open: c.open}, n
		}
	}
	return best, length > 0
}

// numbers gives every number of a line.
func (l protocolLine) numbers() []quantity.Decimal {
	var all []quantity.Decimal
	for _, word := range l {
		if v, err := quantity.Parse(word); err == nil {
			all = append(all, v)
		}
	}
	return all
}
