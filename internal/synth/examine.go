package synth

// examine fills the routine visits: measurements, laboratory, the usual procedures and vaccines.
func (l *life) examine() {
	last := len(l.routine) - 1
	for i, v := range l.routine {
		exact := i == last
		l.vitals(v, exact)
		if (last-i)%2 == 0 {
			l.laboratory(v, exact)
		}
		l.upkeep(v, last-i)
	}
	if l.person.death != 0 {
		v := l.visit(l.person.death, "AMB", deathCertification, 15)
		v.minute = 16 * 60
	}
}

// vitals takes what is taken at every routine visit.
func (l *life) vitals(v *visit, exact bool) {
	mass, tall := l.value(bodyMass, v, exact), l.body.base[height]
	if !l.body.never[bodyMass] {
		l.note(v, height, tall, "vital-signs", exact)
		l.note(v, weight, mass*tall/100000*tall/100000, "vital-signs", exact)
		l.note(v, bodyMass, mass, "vital-signs", exact)
	}
	l.result(v, pain, "vital-signs", exact)
	if !l.body.never[systolic] {
		l.pressure(v, exact)
	}
	l.result(v, heartRate, "vital-signs", exact)
	l.result(v, breathing, "vital-signs", exact)
	v.results = append(v.results, &result{id: l.dice.uuid(), code: smokingStatus, category: "survey", answer: l.person.smoker, visit: v})
}

// pressure is one observation with two components.
func (l *life) pressure(v *visit, exact bool) {
	r := &result{id: l.dice.uuid(), code: bloodPressure, category: "vital-signs", visit: v}
	for _, m := range []measure{diastolic, systolic} {
		r.parts = append(r.parts, l.written(m, l.value(m, v, exact), exact))
	}
	v.results = append(v.results, r)
}

// laboratory takes the tests wanted by that day.
func (l *life) laboratory(v *visit, exact bool) {
	var now tests
	for _, w := range l.wanted {
		if w.from <= v.day {
			now |= w.tests
		}
	}
	if now&glycaemicTest != 0 {
		l.result(v, hba1c, "laboratory", exact)
	}
	if now&toleranceTest != 0 {
		l.result(v, toleranceGlucose, "laboratory", exact)
	}
	if now&metabolicTest != 0 {
		l.metabolic(v, exact, now)
	}
	if now&lipidTest != 0 {
		l.panel(v, lipidPanel, exact, cholesterol, triglycerides, lowDensity, highDensity)
	}
	if now&countTest != 0 {
		l.panel(v, bloodCountPanel, exact, leukocytes, erythrocytes, hemoglobin, hematocrit, meanVolume, platelets)
	}
	if now&kidneyTest != 0 {
		l.result(v, albuminRatio, "laboratory", exact)
	}
	if now&airflowTest != 0 {
		l.result(v, airflow, "procedure", exact)
	}
}

// metabolic is the panel whose creatinine goes with the filtration rate and whose glucose with the fasting one.
func (l *life) metabolic(v *visit, exact bool, now tests) {
	p := &panel{id: l.dice.uuid(), code: metabolicPanel}
	sugar, rate := l.value(fastingGlucose, v, exact), l.value(filtration, v, exact)
	add := func(m measure, at int64) {
		if r := l.note(v, m, at, "laboratory", exact); r != nil {
			p.results = append(p.results, r)
		}
	}
	add(glucose, sugar)
	add(urea, l.value(urea, v, exact))
	add(creatinine, creatinineFor(rate, l.ageOn(v.day), l.person.female))
	for _, m := range []measure{calcium, sodium, potassium, chloride, bicarbonate} {
		add(m, l.value(m, v, exact))
	}
	v.panels = append(v.panels, p)
	if now&(glycaemicTest|toleranceTest) != 0 {
		l.note(v, fastingGlucose, sugar, "laboratory", exact)
	}
	if now&kidneyTest != 0 || l.ageOn(v.day) >= 40 {
		l.note(v, filtration, rate, "laboratory", exact)
	}
}

func (l *life) panel(v *visit, code concept, exact bool, measures ...measure) {
	p := &panel{id: l.dice.uuid(), code: code}
	for _, m := range measures {
		if r := l.result(v, m, "laboratory", exact); r != nil {
			p.results = append(p.results, r)
		}
	}
	v.panels = append(v.panels, p)
}

func (l *life) value(m measure, v *visit, exact bool) int64 {
	return l.body.at(l.dice, m, v.day, exact)
}

// result measures something at a visit; nil if it never is in this patient.
func (l *life) result(v *visit, m measure, category string, exact bool) *result {
	return l.note(v, m, l.value(m, v, exact), category, exact)
}

func (l *life) note(v *visit, m measure, at int64, category string, exact bool) *result {
	if l.body.never[m] {
		return nil
	}
	r := l.written(m, at, exact && l.body.pinned[m])
	r.category, r.visit = category, v
	v.results = append(v.results, r)
	return r
}

// written is a value as text. The older exporter prints all the digits of its arithmetic, up to fifteen of them; what a
// profile pinned is printed round.
func (l *life) written(m measure, at int64, round bool) *result {
	q := quantities[m]
	r := &result{id: l.dice.uuid(), code: m.codeFor(l.style), unit: q.unit, of: m}
	r.value = number(decimal(at, q.places))
	if l.style == older && !round && q.places > 0 && l.dice.percent(60) {
		r.value = number(decimal(at, 3) + l.dice.digits(l.dice.between(8, 12)))
	}
	return r
}

// upkeep adds the procedures and vaccines of a routine visit; so many visits are still to come.
func (l *life) upkeep(v *visit, left int) {
	do := func(c concept, minutes int) {
		v.procedures = append(v.procedures, &procedure{id: l.dice.uuid(), code: c, minutes: minutes})
	}
	give := func(c concept) { v.vaccines = append(v.vaccines, &vaccine{l.dice.uuid(), c}) }
	do(medicationReview, 15)
	if l.style == newer {
		do(medicationReconcile, 10)
	}
	if l.dice.percent(15) {
		do(depressionScreening, 20)
	}
	if left%2 == 0 {
		give(fluVaccine)
	}
	if l.dice.percent(8) {
		give(pick(l.dice, []concept{tetanusVaccine, pneumococcalVaccine, zosterVaccine}))
	}
	if l.ageOn(v.day) >= 50 && l.dice.percent(5) {
		do(colonoscopy, 45)
	}
}
