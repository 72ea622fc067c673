package rule

import (
	"fmt"
	"strings"

	"prescreen/internal/quantity"
)

// multiple is a limit as a multiple of a limit of normal.
type multiple struct {
	value  quantity.Decimal
	number string
	of     Normal
}

// readNormal reads "3 xULN" as people write it: with or without blanks, x, × or *. ok tells that a limit of normal is meant,
// even if its number is missing.
func readNormal(text string) (m multiple, ok bool) {
	s := strings.ToUpper(strings.Join(strings.Fields(text), ""))
	number := ""
	switch {
	case strings.HasSuffix(s, "ULN"):
		m.of, number = ULN, strings.TrimSuffix(s, "ULN")
	case strings.HasSuffix(s, "LLN"):
		m.of, number = LLN, strings.TrimSuffix(s, "LLN")
	default:
		return m, false
	}
	number = strings.TrimRight(number, "X×*")
	value, err := quantity.Parse(number)
	if err != nil || value.Sign() <= 0 {
		return multiple{of: NoNormal, number: number}, true
	}
	m.value, m.number = value, number
	return m, true
}

var normalNames = [...]string{ULN: "xULN", LLN: "xLLN"}

// normalBound reads a limit that is a multiple of a limit of normal.
func (c *checker) normalBound(b *bound, w *Word, m multiple) bool {
	switch {
	case w.Gives != Amount && w.Gives != Graded || findFormula(w.Name) != nil:
		c.tellTerm(codeUpperLimit, b.at, fmt.Sprintf("%s has no upper or lower limit of normal: write the limit out", w.Name), "")
	case m.of == NoNormal:
		c.tellTerm(codeUpperLimit, b.at, `a multiple of a limit of normal has its number first: "1.5 xULN"`, normalFix(c.pieces[b.at.piece].value))
	default:
		b.value, b.number, b.of, b.unit = m.value, m.number, m.of, normalNames[m.of]
		return true
	}
	return false
}

func normalFix(text string) string {
	s := strings.ToUpper(strings.TrimLeft(strings.TrimSpace(text), "xX×* "))
	if s == "ULN" || s == "LLN" {
		return `"1 x` + s + `"`
	}
	return ""
}

// differenceBound reads a limit of change: in per cent of the first value, unless the results themselves are in per cent.
func (c *checker) differenceBound(b *bound, l *Leaf, w *Word) bool {
	p := &c.pieces[b.at.piece]
	if m, ok := readNormal(p.value); ok && b.at.kind == termText {
		return c.normalBound(b, w, m)
	}
	value, unit, err := quantity.ParseQuantity(p.value)
	switch {
	case b.at.kind != termText && b.at.kind != termNumber:
		c.tellTerm(codeLimit, b.at, "a quantity is expected here, not a list", "")
		return false
	case err != nil:
		c.tellTerm(codeLimit, b.at, err.Error(), pointFor(p.value))
		return false
	}
	b.value, b.unit = value, unit
	b.number = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(p.value), unit))
	if l.Set == nil {
		return true
	}
	a := l.Set.Analyte
	if unit == "%" && (a == nil || !a.Accepts("%")) {
		b.relative = true
		return true
	}
	if a == nil {
		if unit == "" {
			return true
		}
		c.tellTerm(codeNoUnits, b.at, fmt.Sprintf("the value set %s lists no units, so its results change by a plain number or by per cent", quoted(l.Set.Name)), "")
		return false
	}
	if unit == "" && a.Canonical != "" {
		meant := `"` + b.number + " " + a.Canonical + `"`
		c.tellTerm(codeBareNumber, b.at, fmt.Sprintf("a number without a unit is read as %s", meant), meant)
		return true
	}
	if _, err := a.Between(unit, a.Canonical); err != nil {
		c.tellTerm(codeUnit, b.at, fmt.Sprintf("the unit of this limit does not fit %s: %s", quoted(l.Set.Name), err), "")
		return false
	}
	return true
}

// doseBound reads a limit of daily_dose: an amount with its unit; that it is taken in a day is in the word.
func (c *checker) doseBound(b *bound, w *Word) bool {
	p := &c.pieces[b.at.piece]
	if m, ok := readNormal(p.value); ok && b.at.kind == termText {
		return c.normalBound(b, w, m)
	}
	value, unit, err := quantity.ParseQuantity(p.value)
	switch {
	case b.at.kind == termNumber || err == nil && unit == "":
		c.tellTerm(codeLimit, b.at, fmt.Sprintf("a dose needs its unit: \"%s mg\"", p.value), `"`+p.value+` mg"`)
		return false
	case b.at.kind != termText:
		c.tellTerm(codeLimit, b.at, "a quantity is expected here, not a list", "")
		return false
	case err != nil:
		c.tellTerm(codeLimit, b.at, err.Error(), pointFor(p.value))
		return false
	}
	b.number = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(p.value), unit))
	for _, day := range []string{"/d", "/day", "/24h", " per day", " a day", " daily"} {
		unit = strings.TrimSpace(strings.TrimSuffix(unit, day))
	}
	ucum, _ := quantity.Alias(unit)
	if _, err := quantity.ParseUnit(ucum); err != nil {
		c.tellTerm(codeUnit, b.at, fmt.Sprintf("%s is not a unit that doses are written in: %s", quoted(unit), err), "")
		return false
	}
	b.value, b.unit = value, unit
	return true
}

// plainBound reads the limit of a score without answers and units: a plain number.
func (c *checker) plainBound(b *bound, w *Word) bool {
	p := &c.pieces[b.at.piece]
	if _, ok := readNormal(p.value); ok && b.at.kind == termText {
		c.tellTerm(codeUpperLimit, b.at, fmt.Sprintf("%s has no upper or lower limit of normal here: write the limit as a number", w.Name), "")
		return false
	}
	value, err := quantity.Parse(strings.TrimSpace(p.value))
	if b.at.kind != termNumber && b.at.kind != termText || err != nil {
		c.tellTerm(codeLimit, b.at, fmt.Sprintf("%s is held against a number here, because the value set lists no answers", w.Name), "")
		return false
	}
	b.value, b.number = value, strings.TrimSpace(p.value)
	return true
}
