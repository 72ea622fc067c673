package rule

import (
	"fmt"
	"strings"

	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// bound is one limit of a comparison as its author wrote it.
type bound struct {
	at     *term
	sign   string // as read from the word: word sign limit
	value  quantity.Decimal
	number string // its digits as written
	unit   string
}

// limit checks the limits of a comparison and fills in the leaf's.
func (c *checker) limit(l *Leaf, t *term, w *Word, asked int) bool {
	var bounds []bound
	ok := true
	for i, a := range t.args {
		if i == asked {
			continue
		}
		b := bound{at: a}
		if i < asked {
			b.sign = turned[c.pieces[t.signs[i]].value]
		} else {
			b.sign = c.pieces[t.signs[i-1]].value
		}
		good := false
		if w.Gives == Whole {
			good = c.wholeBound(&b, w)
		} else {
			good = c.amountBound(&b, l.Set)
		}
		ok = ok && good
		bounds = append(bounds, b)
	}
	if w.Gives == Amount && l.Set != nil && l.Set.Analyte == nil {
		c.tellTerm(codeNoUnits, t, fmt.Sprintf("the value set %s lists no units, so its results cannot be compared; add its units to the value set", quoted(l.Set.Name)), "")
		return false
	}
	if !ok {
		return false
	}
	return c.fill(l, t, w, bounds)
}

// fill makes the range of one or two sound bounds.
func (c *checker) fill(l *Leaf, t *term, w *Word, bounds []bound) bool {
	limit := &Limit{Unit: bounds[0].unit}
	for i := range bounds {
		b := &bounds[i]
		if b.unit != limit.Unit {
			c.tellTerm(codeUnit, b.at, "both limits of a chain are written in the same unit", "")
			return false
		}
		end := &quantity.Bound{Value: b.value, Open: b.sign == "<" || b.sign == ">"}
		switch b.sign {
		case ">", ">=":
			limit.Range.Low = end
		case "<", "<=":
			limit.Range.High = end
		default:
			limit.Range = quantity.Range{Low: end, High: end}
			limit.Negate = b.sign == "!="
		}
	}
	if low, high := limit.Range.Low, limit.Range.High; low != nil && high != nil {
		if order := low.Value.Cmp(high.Value); order > 0 || order == 0 && (low.Open || high.Open) {
			c.tellTerm(codeEmptyRange, t, "no value lies in this range: its low limit is not below its high limit", "")
			return false
		}
	}
	limit.Text = limitText(limit, bounds, unitOf(limit, l.Word, l.Set))
	l.Limit = limit
	return true
}

// unitOf is the unit that a reader sees: the author's, or the one that a bare number means.
func unitOf(limit *Limit, word string, set *terms.ValueSet) string {
	if limit.Unit == "" && set != nil && set.Analyte != nil && word != "times" {
		return set.Analyte.Canonical
	}
	return limit.Unit
}

// maxAge is an age beyond which a limit is a slip.
const maxAge = 130

// wholeBound reads a limit of age or times.
func (c *checker) wholeBound(b *bound, w *Word) bool {
	p := &c.pieces[b.at.piece]
	if b.at.kind != termNumber {
		c.tellWhole(b, w, p)
		return false
	}
	n, ok := wholeNumber(p.value, 0, 1_000_000)
	if !ok {
		c.tellTerm(codeLimit, b.at, fmt.Sprintf("%s is compared with a whole number", w.Name), "")
		return false
	}
	if w.Name == "age" && n > maxAge {
		c.tellTerm(codeImplausible, b.at, "nobody reaches this age", "")
	}
	b.value, b.number = quantity.FromInt(int64(n)), p.value
	return true
}

func (c *checker) tellWhole(b *bound, w *Word, p *piece) {
	what := "completed years"
	if w.Name != "age" {
		what = "a count"
	}
	value, _, err := quantity.ParseQuantity(p.value)
	if _, ok := wholeNumber(value.String(), 0, 1_000_000); b.at.kind == termText && err == nil && ok {
		c.tellTerm(codeLimit, b.at, fmt.Sprintf("%s is %s: a whole number without quotes and unit", w.Name, what), value.String())
		return
	}
	c.tellTerm(codeLimit, b.at, fmt.Sprintf("%s is %s: it is compared with a whole number", w.Name, what), "")
}

// amountBound reads a limit of a result.
func (c *checker) amountBound(b *bound, set *terms.ValueSet) bool {
	p := &c.pieces[b.at.piece]
	value, unit, err := quantity.ParseQuantity(p.value)
	switch {
	case isUpperLimit(p.value) || err == nil && isUpperLimit(unit):
		c.tellTerm(codeUpperLimit, b.at, "multiples of the upper or lower limit of normal are not available yet: write the limit as a quantity", "")
		return false
	case b.at.kind == termList:
		c.tellTerm(codeLimit, b.at, "a quantity is expected here, not a list", "")
		return false
	case err != nil:
		c.tellTerm(codeLimit, b.at, err.Error(), pointFor(p.value))
		return false
	}
	b.value, b.unit = value, unit
	b.number = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(p.value), unit))
	if set == nil || set.Analyte == nil {
		return true
	}
	return c.amountUnit(b, set)
}

// pointFor writes a quantity with a decimal comma the right way; three digits behind the comma may as well be thousands.
func pointFor(s string) string {
	whole, part, found := strings.Cut(s, ",")
	fix := whole + "." + part
	_, unit, err := quantity.ParseQuantity(fix)
	if digits := strings.TrimSpace(strings.TrimSuffix(part, unit)); !found || err != nil || len(digits) == 3 {
		return ""
	}
	return `"` + fix + `"`
}

func isUpperLimit(unit string) bool {
	u := strings.ToUpper(strings.Join(strings.Fields(unit), ""))
	u = strings.TrimPrefix(strings.TrimPrefix(u, "X"), "×")
	return u == "ULN" || u == "LLN"
}

// amountUnit checks that the limit's unit leads to the results' unit, and that the limit can be a result at all.
func (c *checker) amountUnit(b *bound, set *terms.ValueSet) bool {
	a := set.Analyte
	from := b.unit
	if from == "" {
		from = a.Canonical
		if from != "" {
			meant := `"` + b.number + " " + from + `"`
			c.tellTerm(codeBareNumber, b.at, fmt.Sprintf("a number without a unit is read as %s", meant), meant)
		}
	}
	conv, err := a.Between(from, a.Canonical)
	if err != nil {
		c.tellTerm(codeUnit, b.at, fmt.Sprintf("the unit of this limit does not fit %s: %s", quoted(set.Name), err), "")
		return false
	}
	if a.Plausible.Holds(b.value, quantity.None, conv) == quantity.No {
		c.tellTerm(codeImplausible, b.at, fmt.Sprintf("%s lies outside what is plausible for %s", c.textOf(b.at), quoted(set.Name)), "")
	}
	return true
}

// limitText writes a limit for reasons: "7.0-10.5 %", ">= 18", "30 to below 60 mL/min".
func limitText(l *Limit, bounds []bound, unit string) string {
	number := map[*quantity.Bound]string{}
	ends := map[string]string{}
	for _, b := range bounds {
		ends[b.sign[:1]] = b.number
	}
	low, high := l.Range.Low, l.Range.High
	number[low], number[high] = ends[">"], ends["<"]
	text := ""
	switch {
	case l.Negate:
		text = "not " + bounds[0].number
	case bounds[0].sign == "==":
		text = "exactly " + bounds[0].number
	case high == nil || low == nil:
		text = bounds[0].sign + " " + bounds[0].number
	case !low.Open && !high.Open && !strings.HasPrefix(number[low], "-") && !strings.HasPrefix(number[high], "-"):
		text = number[low] + "-" + number[high]
	default:
		text = openly("above ", low, number[low]) + " to " + openly("below ", high, number[high])
	}
	if unit == "" {
		return text
	}
	return text + " " + unit
}

func openly(word string, b *quantity.Bound, number string) string {
	if b.Open {
		return word + number
	}
	return number
}
