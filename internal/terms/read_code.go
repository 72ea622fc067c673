package terms

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	rangeForm = regexp.MustCompile(`^([A-Z])([0-9]{2})(?:\.[0-9A-Z]+)?[-–]([A-Z])([0-9]{2})(?:\.[0-9A-Z]+)?$`)
	signs     = regexp.MustCompile(`(?:\.?[-–]|[*%†+!]|\.[xX]+)+$`)
)

// numbered are the systems whose codes are numbers without a meaning: two that begin alike have nothing in common.
var numbered = map[string]bool{SNOMED: true, LOINC: true, RxNorm: true, CVX: true}

// formed refuses codes that are written as books print them and that no record holds: ranges, and signs behind a code.
func (r *reader) formed(d *draft, c codeText, e *Entry) bool {
	switch {
	case e.Include == Prefix && numbered[e.System]:
		m := r.tell(d, c.Include.Place, prefixOfNumbers, fmt.Sprintf("codes of %s are numbers: those that begin alike have nothing in common", ShortName(e.System)))
		if e.System == SNOMED || e.System == RxNorm {
			m.Why, m.Fix = "what stands below a code is found over a hierarchy", "with-descendants"
		}
	case !dotted[e.System]:
		return true
	case rangeForm.MatchString(e.Code):
		m := r.tell(d, c.Code.Place, codeRange, fmt.Sprintf("%s is a range, and no record holds it", e.Code))
		m.Why, m.Fix = "write one line for each of its categories, each with include: prefix", categories(e, c.Column)
	case signs.MatchString(e.Code):
		m := r.tell(d, c.Code.Place, codeWithSign, fmt.Sprintf("%s is written with a sign that no record holds", e.Code))
		m.Why = "for a code with all below it, write the code and add include: prefix"
		m.Fix = prefixLine(e.System, signs.ReplaceAllString(e.Code, ""))
	default:
		return true
	}
	return false
}

// mostLines is how many lines a range may be written out in.
const mostLines = 30

// categories writes out a range within one letter, each line as deep as that of the range, whose group begins in column;
// "" where that cannot be done in a few lines.
func categories(e *Entry, column int) string {
	m := rangeForm.FindStringSubmatch(e.Code)
	from, to := m[2], m[4]
	if m[1] != m[3] || strings.Contains(e.Code, ".") || from > to {
		return ""
	}
	var lines []string
	for i := 0; i < 100; i++ {
		if n := fmt.Sprintf("%02d", i); from <= n && n <= to {
			lines = append(lines, prefixLine(e.System, m[1]+n))
		}
	}
	if len(lines) > mostLines {
		return ""
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", max(column-3, 0)))
}

func prefixLine(system, code string) string {
	e := Entry{Coding: Coding{system, code}, Include: Prefix}
	return "- " + e.yaml()
}
