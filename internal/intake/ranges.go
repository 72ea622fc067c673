package intake

import (
	"math"

	"prescreen/internal/chart"
)

// ranges reads Observation.referenceRange. One that holds for a population we cannot tell, that is in another unit, or
// that is text only, is left out: it must never be taken for the normal range.
func (r *reader) ranges(n node, dst []chart.ReferenceRange) []chart.ReferenceRange {
	if !r.list(n) {
		return dst
	}
	for _, v := range n.elements {
		if !r.obj(v) {
			return dst
		}
		if one, ok := r.oneRange(v); ok {
			dst = append(dst, one)
		}
	}
	return dst
}

func (r *reader) oneRange(n node) (one chart.ReferenceRange, ok bool) {
	low, high := r.quantity(n.get("low")), r.quantity(n.get("high"))
	one = chart.ReferenceRange{
		Low: low.value, High: high.value, HasLow: low.given, HasHigh: high.given, AgeLow: -1, AgeHigh: -1,
	}
	kind, _ := r.statusConcept(n.get("type"), "http://terminology.hl7.org/CodeSystem/referencerange-meaning")
	one.Normal = !n.get("type").given() || string(kind) == "normal"
	if one.Sex, ok = r.appliesTo(n.get("appliesTo")); !ok {
		return one, false
	}
	if one.AgeLow, one.AgeHigh, ok = r.ages(n.get("age")); !ok {
		return one, false
	}
	return one, (low.given || high.given) && r.sameUnit(n, low, high)
}

// sameUnit compares with the unit of the value beside the range; ranges without a unit are in the value's.
func (r *reader) sameUnit(n node, low, high measure) bool {
	if low.given && high.given && string(low.unit) != string(high.unit) {
		return false
	}
	unit := low.unit
	if !low.given {
		unit = high.unit
	}
	return len(unit) == 0 || string(unit) == string(r.unitBeside(n))
}

// unitBeside finds the unit of the valueQuantity in the object that holds the range.
func (r *reader) unitBeside(n node) []byte {
	parent := node{&r.scan, r.root}
	if c := parent.get("component"); c.is(array) && n.t > c.t && n.t < c.next() {
		for _, v := range c.elements {
			if n.t < v.next() {
				parent = v
				break
			}
		}
	}
	return r.quantity(parent.get("valueQuantity")).unit
}

// appliesTo tells the sex a range holds for; ok is false for any other population.
func (r *reader) appliesTo(n node) (chart.Sex, bool) {
	if !r.list(n) {
		return chart.NoSex, true
	}
	sex := chart.NoSex
	for _, c := range n.elements {
		if !r.obj(c) || !r.list(c.get("coding")) {
			return sex, false
		}
		s := chart.NoSex
		for _, coding := range c.get("coding").elements {
			switch string(r.str(coding.get("code"))) {
			case "male", "M", "248153007":
				s = chart.Male
			case "female", "F", "248152002":
				s = chart.Female
			}
		}
		if s == chart.NoSex || sex != chart.NoSex && sex != s {
			return sex, false
		}
		sex = s
	}
	return sex, true
}

// ages reads an age range in years.
func (r *reader) ages(n node) (low, high int16, ok bool) {
	if !r.obj(n) {
		return -1, -1, true
	}
	low, ok1 := r.years(n.get("low"))
	high, ok2 := r.years(n.get("high"))
	return low, high, ok1 && ok2
}

func (r *reader) years(n node) (int16, bool) {
	m := r.quantity(n)
	if !m.given {
		return -1, true
	}
	y := m.value.Float64()
	if string(m.unit) != "a" || y < 0 || y > 200 || y != math.Trunc(y) {
		return -1, false
	}
	return int16(y), true
}
