package synth

import "prescreen/internal/dates"

// prescribe turns the regimens into orders: a drug that goes on is ordered anew about once a year, the older orders
// being stopped with no end written, as exports have it. Nothing is renewed in the last two months, so that how long a
// current order has run does not hang on the day of the last visit.
func (l *life) prescribe() {
	for _, r := range l.regimens {
		last := l.order(r, r.from)
		if r.days > 0 {
			if r.from.day+dates.Day(r.days) < l.asOf {
				last.status = "stopped"
			}
			continue
		}
		since := r.from.day
		for _, v := range l.routine {
			if v.day-since < 300 || l.asOf-v.day < 60 {
				continue
			}
			last.status = "stopped"
			last = l.order(r, v)
			since = v.day
		}
		if l.person.death != 0 {
			last.status = "stopped"
		}
	}
}

func (l *life) order(r regimen, v *visit) *order {
	o := &order{id: l.dice.uuid(), claim: l.dice.uuid(), drug: r.drug, status: "active", reason: r.reason, asNeeded: r.asNeeded}
	if r.asNeeded || l.dice.percent(50) {
		o.times = max(r.times, 1)
	}
	if l.style == newer && l.dice.percent(15) {
		o.medication = l.dice.uuid()
	}
	v.orders = append(v.orders, o)
	return o
}

// illness is something that passes.
type illness struct {
	code  concept
	lasts span
	drug  dosing
}

var illnesses = []illness{
	{viralSinusitis, span{7, 21}, dosing{acetaminophen, 4, 7, true}},
	{viralPharyngitis, span{5, 14}, dosing{ibuprofen, 3, 5, true}},
	{acuteBronchitis, span{7, 21}, dosing{amoxicillin, 3, 7, false}},
	{ankleSprain, span{14, 30}, dosing{naproxen, 2, 10, true}},
	{lowBackPain, span{30, 90}, dosing{ibuprofen, 3, 14, true}},
}

// minorIllness gives everybody a few passing illnesses, the first of them long ago, so that a record holds diagnoses,
// medicines and procedures of its own.
func (l *life) minorIllness() {
	days := int(l.end - l.start)
	for i := range l.dice.between(2, 4) {
		in := l.dice.between(20, max(days-60, 21))
		if i == 0 {
			in = l.dice.between(10, 90)
		}
		ill := pick(l.dice, illnesses)
		day := l.start + dates.Day(in)
		v := l.visit(day, "AMB", symptomVisit, 15)
		p := l.diagnose(v, ill.code, day, ill.lasts)
		l.regimens = append(l.regimens, regimen{ill.drug, v, p})
	}
}
