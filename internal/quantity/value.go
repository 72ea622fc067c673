package quantity

import "errors"

// Truth is the answer to whether a value lies within limits. The zero Truth is Undecided.
type Truth uint8

// The three answers.
const (
	Undecided Truth = iota
	Yes
	No
)

func (t Truth) String() string {
	switch t {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "undecided"
}

// Comparator says how a recorded number is to be read; all but None make it a half-line.
// https://hl7.org/fhir/R4/valueset-quantity-comparator.html
type Comparator uint8

// The comparators of FHIR R4.
const (
	None Comparator = iota
	Less
	LessOrEqual
	GreaterOrEqual
	Greater
)

var comparators = [...]string{None: "", Less: "<", LessOrEqual: "<=", GreaterOrEqual: ">=", Greater: ">"}

func (c Comparator) String() string {
	if int(c) < len(comparators) {
		return comparators[c]
	}
	return "?"
}

// ParseComparator reads a comparator code; no text is None. Any other code is an error and never None, because reading
// "ad" or "~" as an exact value would decide what is not known.
func ParseComparator(s string) (Comparator, error) {
	for c, text := range comparators {
		if s == text {
			return Comparator(c), nil
		}
	}
	return None, errors.New("a comparator is one of <, <=, >=, >")
}

// Bound is one end of a range; Open leaves the value itself outside.
type Bound struct {
	Value Decimal
	Open  bool
}

// Range is what a rule asks for, in one unit; a nil end is unbounded, and a nil Range holds everything.
type Range struct{ Low, High *Bound }

// Holds asks whether a recorded value lies within r. conv leads from the unit of the value to the unit of r; nil means they
// are the same. With a comparator the value is a half-line: Yes if all of it lies within r, No if none of it, else
// Undecided. It is also Undecided where conv has no answer for the value.
func (r *Range) Holds(v Decimal, c Comparator, conv *Conversion) Truth {
	if r == nil {
		return Yes
	}
	if c == None {
		return r.holdsPoint(v, conv)
	}
	b := Bound{Value: v, Open: c == Less || c == Greater}
	if c == Less || c == LessOrEqual {
		return r.HoldsInterval(nil, &b, conv)
	}
	return r.HoldsInterval(&b, nil, conv)
}

func (r *Range) holdsPoint(v Decimal, conv *Conversion) Truth {
	if r.Low != nil {
		if c, ok := conv.cmp(&v, &r.Low.Value); !ok {
			return Undecided
		} else if c < 0 || c == 0 && r.Low.Open {
			return No
		}
	}
	if r.High != nil {
		if c, ok := conv.cmp(&v, &r.High.Value); !ok {
			return Undecided
		} else if c > 0 || c == 0 && r.High.Open {
			return No
		}
	}
	return Yes
}

// HoldsInterval is Holds for a recorded range, such as an ejection fraction of 55 to 60 %; a nil end is unbounded. A range
// recorded the wrong way round is Undecided.
func (r *Range) HoldsInterval(low, high *Bound, conv *Conversion) Truth {
	if r == nil {
		return Yes
	}
	if low != nil && high != nil {
		if c := low.Value.Cmp(high.Value); c > 0 || c == 0 && (low.Open || high.Open) {
			return Undecided
		}
	}
	if conv.decreasing() {
		low, high = high, low
	}
	aboveLow, ok1 := beyond(low, r.Low, conv, 1)
	belowHigh, ok2 := beyond(high, r.High, conv, -1)
	if !ok1 || !ok2 {
		return Undecided
	}
	if aboveLow && belowHigh {
		return Yes
	}
	if r.outside(low, high, conv) || r.empty() {
		return No
	}
	return Undecided
}

// beyond says whether the end of a recorded interval lies on the inner side of the asked end; side is 1 for low ends, where
// inner is above, and -1 for high ends. An open asked end is respected by an open recorded end of the same value.
func beyond(recorded, asked *Bound, conv *Conversion, side int) (inner, ok bool) {
	if asked == nil {
		return true, true
	}
	if recorded == nil {
		return false, true
	}
	c, ok := conv.cmp(&recorded.Value, &asked.Value)
	c *= side
	return c > 0 || c == 0 && (recorded.Open || !asked.Open), ok
}

// outside says that nothing of the recorded interval lies within r.
func (r *Range) outside(low, high *Bound, conv *Conversion) bool {
	if low != nil && r.High != nil {
		if c, ok := conv.cmp(&low.Value, &r.High.Value); ok && (c > 0 || c == 0 && (low.Open || r.High.Open)) {
			return true
		}
	}
	if high != nil && r.Low != nil {
		if c, ok := conv.cmp(&high.Value, &r.Low.Value); ok && (c < 0 || c == 0 && (high.Open || r.Low.Open)) {
			return true
		}
	}
	return false
}

// empty says that no value at all lies within r.
func (r *Range) empty() bool {
	if r.Low == nil || r.High == nil {
		return false
	}
	c := r.Low.Value.Cmp(r.High.Value)
	return c > 0 || c == 0 && (r.Low.Open || r.High.Open)
}

// HoldsRatio is Holds for a mean or another exact result in the unit that conv leads from.
func (r *Range) HoldsRatio(v Ratio, conv *Conversion) Truth {
	if r == nil {
		return Yes
	}
	y, ok := conv.eval(v.rat())
	if !ok {
		return Undecided
	}
	if r.Low != nil {
		if c := y.Cmp(r.Low.Value.rat()); c < 0 || c == 0 && r.Low.Open {
			return No
		}
	}
	if r.High != nil {
		if c := y.Cmp(r.High.Value.rat()); c > 0 || c == 0 && r.High.Open {
			return No
		}
	}
	return Yes
}
