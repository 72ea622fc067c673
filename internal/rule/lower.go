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
	of     Normal // a multiple of a limit of normal
	// relative says that a change is meant in per cent of the first value.
	relative bool
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
		ok = c.bound(&b, l, w) && ok
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

// bound reads one limit in the way that its word is compared.
func (c *checker) bound(b *bound, l *Leaf, w *Word) bool {
	switch {
	case w.Gives == Whole:
		return c.wholeBound(b, w)
	case w.Gives == Difference:
		return c.differenceBound(b, l, w)
	case w.Gives == Dose:
		return c.doseBound(b, w)
	case w.Gives == Graded && l.Set != nil && l.Set.Analyte == nil:
		return c.plainBound(b, w)
	}
	return c.amountBound(b, l.Set, w)
}

// fill makes the range of one or two sound bounds.
func (c *checker) fill(l *Leaf, t *term, w *Word, bounds []bound) bool {
	limit := &Limit{Unit: bounds[0].unit, Of: bounds[0].of, Relative: bounds[0].relative}
	if limit.Of != NoNormal && l.When.Each == Average {
		c.tellTerm(codeUpperLimit, bounds[0].at, "an average is held against a quantity: each result has limits of normal of its own", "")
		return false
	}
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
	limit.Text = limitText(limit, bounds, unitOf(limit, w, l.Set))
	l.Limit = limit
	return true
}

// unitOf is the unit that a reader sees: the author's, or the one that a bare number means.
func unitOf(limit *Limit, w *Word, set *terms.ValueSet) string {
	if limit.Unit == "" && set != nil && set.Analyte != nil && w.Gives != Whole {
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
	if (w.Name == "age" || w.Name == "age_at") && n > maxAge {
		c.tellTerm(codeImplausible, b.at, "nobody reaches this age", "")
	}
	b.value, b.number = quantity.FromInt(int64(n)), p.value
	return true
}

func (c *checker) tellWhole(b *bound, w *Word, p *piece) {
	what := "a count"
	switch w.Name {
	case "age", "age_at":
		what = "completed years"
	case "days_since":
		what = "a number of days"
	}
	value, _, err := quantity.ParseQuantity(p.value)
	if _, ok := wholeNumber(value.String(), 0, 1_000_000); b.at.kind == termText && err == nil && ok {
		c.tellTerm(codeLimit, b.at, fmt.Sprintf("%s is %s: a whole number without quotes and unit", w.Name, what), value.String())
		return
	}
	c.tellTerm(codeLimit, b.at, fmt.Sprintf("%s is %s: it is compared with a whole number", w.Name, what), "")
}

// amountBound reads a limit of a result.
func (c *checker) amountBound(b *bound, set *terms.ValueSet, w *Word) bool {
	p := &c.pieces[b.at.piece]
	if m, ok := readNormal(p.value); ok && b.at.kind == termText {
		return c.normalBound(b, w, m)
	}
	value, unit, err := quantity.ParseQuantity(p.value)
	switch {
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
	return c.amountUnit(b, set, w)
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

// amountUnit checks that the limit's unit leads to the results' unit, and that the limit can be a result at all.
func (c *checker) amountUnit(b *bound, set *terms.ValueSet, w *Word) bool {
	a := set.Analyte
	from := b.unit
	if from == "" {
		from = a.Canonical
		if from != "" && (w.Gives != Graded || !strings.HasPrefix(from, "{")) {
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
