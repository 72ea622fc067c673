package intake

import (
	"prescreen/internal/chart"
	"prescreen/internal/quantity"
)

// rate is how often something is taken: so many times in so many days. One without days cannot be told.
type rate struct{ times, days int64 }

// taken is how much of a medicine is taken in how many days; without days it cannot be told.
type taken struct {
	low, high quantity.Decimal
	days      int64
	unit      []byte
}

// doses reads the amount that dosage instructions give per time (https://hl7.org/fhir/R4/dosage.html). Instructions that
// hold side by side add up; of what is taken as needed any part may be. Instructions that follow each other, such as a
// dose that is reduced step by step, and amounts without a unit, cannot be told as one amount.
func (r *reader) doses(e *entry, n node) {
	if !r.list(n) {
		return
	}
	var sum taken
	count, given, sequences, clear := 0, 0, 0, true
	for _, v := range n.elements {
		if !r.obj(v) {
			return
		}
		count++
		if s, ok := r.decimal(v.get("sequence")); ok && s.Float64() > 1 {
			sequences++
		}
		one, has := r.instruction(v)
		if !has {
			continue
		}
		given++
		if given == 1 {
			sum, clear = one, one.days > 0
		} else {
			sum, clear = sum.with(one, clear)
		}
	}
	if given > 0 {
		e.setDose(sum, clear && given == count && sequences == 0 && len(sum.unit) > 0, &r.codes)
	}
}

func (e *entry) setDose(t taken, clear bool, codes *codeTable) {
	f := &e.fact
	if !clear {
		f.Form = chart.OtherForm
		return
	}
	f.Form, f.Value, f.Unit = chart.Number, t.low, codes.unit(t.unit)
	if t.low.Cmp(t.high) != 0 {
		f.Form, f.High = chart.Interval, t.high
	}
	e.supply.PerDays = int32(t.days)
}

// instruction reads one Dosage; has is false where it says nothing of an amount.
func (r *reader) instruction(n node) (t taken, has bool) {
	if !r.list(n.get("doseAndRate")) {
		return t, false
	}
	amounts := 0
	clear := true
	for _, v := range n.get("doseAndRate").elements {
		if !r.obj(v) {
			return t, false
		}
		if one, ok, sure := r.amount(v); ok {
			amounts++
			t, clear = one, clear && sure
		}
	}
	if amounts == 0 {
		return t, false
	}
	least, most := r.rates(n.get("timing"))
	if !clear || amounts > 1 || least.days == 0 {
		return taken{}, true
	}
	days := lcm(least.days, most.days)
	t.low = t.low.Mul(quantity.FromInt(least.times * (days / least.days)))
	t.high = t.high.Mul(quantity.FromInt(most.times * (days / most.days)))
	t.days = days
	if yes, given := r.flag(n.get("asNeededBoolean")); yes || !given && n.get("asNeededCodeableConcept").given() {
		t.low = quantity.FromInt(0)
	}
	return t, true
}

// amount reads dose[x]; sure is false for one with a comparator or in two units.
func (r *reader) amount(n node) (t taken, ok, sure bool) {
	if m := r.quantity(n.get("doseQuantity")); m.given {
		return taken{low: m.value, high: m.value, unit: m.unit}, true, m.comparator == quantity.None && m.value.Sign() >= 0
	}
	v := n.get("doseRange")
	if !r.obj(v) {
		return t, false, false
	}
	low, high := r.quantity(v.get("low")), r.quantity(v.get("high"))
	sure = low.given && high.given && string(low.unit) == string(high.unit) && low.value.Sign() >= 0 && low.value.Cmp(high.value) <= 0
	return taken{low: low.value, high: high.value, unit: low.unit}, low.given || high.given, sure
}

// with adds what is taken beside it.
func (t taken) with(o taken, clear bool) (taken, bool) {
	if !clear || o.days == 0 || string(t.unit) != string(o.unit) {
		return t, false
	}
	days := lcm(t.days, o.days)
	if days > maxRate {
		return t, false
	}
	a, b := quantity.FromInt(days/t.days), quantity.FromInt(days/o.days)
	return taken{low: t.low.Mul(a).Add(o.low.Mul(b)), high: t.high.Mul(a).Add(o.high.Mul(b)), days: days, unit: t.unit}, true
}

// maxRate bounds times and days, so that nothing overflows.
const maxRate = 10_000

// rates reads how often at least and at most (https://hl7.org/fhir/R4/datatypes.html#Timing).
func (r *reader) rates(n node) (least, most rate) {
	if !r.obj(n) {
		return least, most
	}
	if repeat := n.get("repeat"); r.obj(repeat) {
		if least, most = r.repeated(repeat); least.days > 0 {
			return least, most
		}
		if repeat.get("frequency").given() || repeat.get("period").given() || repeat.get("dayOfWeek").given() {
			return rate{}, rate{}
		}
	}
	if code := n.get("code"); r.obj(code) && r.list(code.get("coding")) {
		for _, c := range code.get("coding").elements {
			if one, ok := timingCodes[string(r.str(c.get("code")))]; ok {
				return one, one
			}
		}
	}
	return rate{}, rate{}
}

// timingCodes are those of FHIR's list that say how often in a day
// (https://terminology.hl7.org/CodeSystem-v3-GTSAbbreviation.html).
var timingCodes = map[string]rate{
	"QD": {1, 1}, "BID": {2, 1}, "TID": {3, 1}, "QID": {4, 1}, "AM": {1, 1}, "PM": {1, 1}, "BED": {1, 1}, "QOD": {1, 2},
	"Q1H": {24, 1}, "Q2H": {12, 1}, "Q3H": {8, 1}, "Q4H": {6, 1}, "Q6H": {4, 1}, "Q8H": {3, 1}, "WK": {1, 7},
}

func (r *reader) repeated(n node) (least, most rate) {
	moments := max(count(r, n.get("when")), count(r, n.get("timeOfDay")))
	days := count(r, n.get("dayOfWeek"))
	period := n.get("period")
	switch {
	case days > 0 && (period.given() || n.get("frequency").given()):
		return rate{}, rate{} // once a day, or once on each of those days: it does not say
	case days > 0:
		least = rate{days * max(moments, 1), 7}
		return least, least
	case !period.given() && moments > 0 && !n.get("frequency").given():
		least = rate{moments, 1}
		return least, least
	}
	often, oftenMost := r.times(n.get("frequency"), 1), r.times(n.get("frequencyMax"), 0)
	unit := string(r.str(n.get("periodUnit")))
	shortest, ok1 := r.decimal(period)
	longest, ok2 := r.decimal(n.get("periodMax"))
	if !ok1 {
		return rate{}, rate{}
	}
	if !ok2 {
		longest = shortest
	}
	least, most = perDays(often, longest, unit), perDays(max(often, oftenMost), shortest, unit)
	if least.days == 0 || most.days == 0 {
		return rate{}, rate{}
	}
	return least, most
}

func (r *reader) times(n node, otherwise int64) int64 {
	d, ok := r.decimal(n)
	if !ok {
		return otherwise
	}
	coef, exp, small := d.Small()
	if !small || exp != 0 || coef < 1 || coef > maxRate {
		return 0
	}
	return coef
}

// perDays writes "so many times in a period" as times in whole days. Months and years have no fixed number of days.
func perDays(times int64, period quantity.Decimal, unit string) rate {
	coef, exp, small := period.Small()
	if !small || coef < 1 || coef > maxRate || exp < -3 || exp > 3 || times < 1 {
		return rate{}
	}
	r := rate{times: times, days: coef}
	for ; exp < 0; exp++ {
		r.times *= 10
	}
	for ; exp > 0; exp-- {
		r.days *= 10
	}
	switch unit {
	case "h":
		r.times *= 24
	case "d":
	case "wk":
		r.days *= 7
	default:
		return rate{}
	}
	g := gcd(r.times, r.days)
	if r.times /= g; r.times > maxRate {
		return rate{}
	}
	if r.days /= g; r.days > maxRate {
		return rate{}
	}
	return r
}

func count(r *reader, n node) (items int64) {
	if r.list(n) {
		for range n.elements {
			items++
		}
	}
	return items
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func lcm(a, b int64) int64 { return a / gcd(a, b) * b }

// givenDose reads the amount of an administration: it was given once, at its time.
func (r *reader) givenDose(e *entry, n node) {
	if !r.obj(n) {
		return
	}
	m := r.quantity(n.get("dose"))
	if m.given {
		clear := m.comparator == quantity.None && m.value.Sign() >= 0 && len(m.unit) > 0
		e.setDose(taken{low: m.value, high: m.value, unit: m.unit}, clear, &r.codes)
	} else if n.get("rateQuantity").given() || n.get("rateRatio").given() {
		e.fact.Form = chart.OtherForm
	}
}
