package rule

import (
	"math"
	"strconv"
	"strings"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/verdict"
)

// derived tells a derived value: the value, its limit, the formula with its version, and each input as recorded, in the
// formula's unit and with its date. The computation is done again here: a judgement keeps no numbers.
func (t *teller) derived() string {
	s := &derivedTeller{teller: t, d: t.bound.derived}
	s.e.Evaluate(t.b, t.chart, t.asOf, t.asOf)
	s.e.judgeLeaf(t.b, int(t.leaf.Number))
	switch k := &s.e.derive; {
	case s.d.formula.score != nil:
		return s.score()
	case t.bound.When.Pick != Latest && len(k.points) > 0:
		return s.series()
	case k.outside:
		return s.outsideWindow()
	case k.chosen == byFormula:
		return s.computed() + s.reportNotUsed()
	case k.chosen == byReport:
		return s.reported()
	case k.chosen == byConflict:
		return s.conflict()
	}
	return s.missing()
}

// DerivedValue writes the value that a decided question about a derived value came to, and the day of its newest input; ok
// is false for other questions and where the value was reported.
func (b *Bound) DerivedValue(c *chart.Chart, leaf *verdict.Leaf, asOf dates.Day) (value string, on dates.Day, ok bool) {
	l := &b.leaves[leaf.Number]
	if l.derived == nil || l.derived.formula.score != nil || l.When.Pick != Latest || leaf.Verdict == verdict.Unknown {
		return "", 0, false
	}
	s := &derivedTeller{teller: &teller{b: b, chart: c, asOf: asOf, leaf: leaf, bound: l}, d: l.derived}
	s.e.Evaluate(b, c, asOf, asOf)
	s.e.judgeLeaf(b, int(leaf.Number))
	if s.e.derive.chosen != byFormula {
		return "", 0, false
	}
	return s.values(&s.e.derive.formula), s.e.derive.formula.when.To, true
}

type derivedTeller struct {
	*teller
	d *boundDerived
	e Evaluator
}

// title is the value's name; unit follows its numbers.
func (s *derivedTeller) title() string { return s.d.formula.title }

func (s *derivedTeller) inside() string {
	if s.d.formula.inside != "" {
		return s.d.formula.inside
	}
	return s.d.formula.title
}

func (s *derivedTeller) unit() string {
	if s.d.formula.unit == "" {
		return ""
	}
	return " " + unitName(s.d.formula.unit)
}

// asked is the limit, without the unit where the value has just shown it.
func (s *derivedTeller) asked() string {
	text := s.teller.asked()
	if s.d.formula.unit != "" {
		text = strings.Replace(text, " "+s.d.formula.unit, "", 1)
	}
	return unitName(text)
}

// number writes a value as people do, with as many decimals as it takes not to look as if it lay on the other side of, or
// on, a limit.
func (s *derivedTeller) number(v float64) string {
	for decimals := s.d.formula.decimals; ; decimals++ {
		text := strconv.FormatFloat(v, 'f', decimals, 64)
		shown, _ := strconv.ParseFloat(text, 64)
		if decimals >= 9 || onSameSide(v, shown, s.d.low) && onSameSide(v, shown, s.d.high) {
			return text
		}
	}
}

func onSameSide(v, shown float64, x *edge) bool {
	return x == nil || x.near(v) || sign(v-x.at) == sign(shown-x.at)
}

// span writes a value that may be an interval.
func (s *derivedTeller) span(v value) string {
	switch {
	case v.point():
		return s.number(v.lo)
	case math.IsInf(v.lo, 0) && math.IsInf(v.hi, 0):
		return "any value"
	case math.IsInf(v.hi, 1):
		return s.number(v.lo) + " or more"
	case math.IsInf(v.lo, -1):
		return s.number(v.hi) + " or less"
	}
	return s.number(v.lo) + " to " + s.number(v.hi)
}

// values writes what the formula came to, for both sexes where they differ.
func (s *derivedTeller) values(est *estimate) string {
	switch {
	case est.sexes[0] && est.sexes[1] && s.d.formula.sex:
		return s.span(est.value[0]) + s.unit() + " for a man, " + s.span(est.value[1]) + s.unit() + " for a woman"
	case est.sexes[1]:
		return s.span(est.value[1]) + s.unit()
	}
	return s.span(est.value[0]) + s.unit()
}

func (s *derivedTeller) computed() string {
	est := &s.e.derive.formula
	switch est.why {
	case whyUnusable, whyDate, whyNoAge, whyYoung:
		return s.title() + " cannot be computed" + s.asked() + ": " + s.whyNot(est)
	}
	text := s.title() + " " + s.values(est) + s.asked() + ". Computed: " + s.basis() + "."
	switch est.why {
	case whyLimits:
		text += " Not decided" + s.openBecause(est) + "."
	case whySex:
		text += " The answers differ by sex, which is not clear on record. To settle: ask."
	case whyImplausible:
		text += " That lies outside the plausible range. To settle: check the inputs, or repeat."
	}
	return text
}

// openBecause tells what makes a value an interval.
func (s *derivedTeller) openBecause(est *estimate) string {
	return map[verdict.Cause]string{
		verdict.SameTimeResults: ": results of the same time differ. To settle: ask the laboratory, or repeat",
		verdict.Bound:           ": the bound does not decide. To settle: a result with a number",
		verdict.NeverRecorded:   ": " + s.openInputs() + " not on record. To settle: read the chart",
		verdict.NoteOnly:        ": " + s.openInputs() + " may be on record in words only. To settle: read the chart",
		verdict.PartialDate:     ": the age is not clear. To settle: ask for the birth date",
	}[est.cause]
}

// openInputs names the grades and diagnoses that are open.
func (s *derivedTeller) openInputs() string {
	var names []string
	got := &s.e.derive.got
	for i := range s.d.inputs {
		if in := &s.d.inputs[i]; in.kind != measured && got.lo[i] != got.hi[i] {
			names = append(names, in.label)
		}
	}
	return strings.Join(names, ", ")
}

// basis names formula, person and inputs: "CKD-EPI 2021, woman of 58, creatinine 110 umol/L (= 1.24 mg/dL) on 2026-11-12".
func (s *derivedTeller) basis() string {
	parts := []string{s.d.formula.name}
	if p := s.person(); p != "" {
		parts = append(parts, p)
	}
	got := &s.e.derive.got
	for i := range s.d.inputs {
		in := &s.d.inputs[i]
		switch {
		case in.kind == dialysed || in.kind == diagnosedFlag:
			parts = append(parts, flagText(in, got.lo[i], got.hi[i]))
			continue
		case in.kind == graded && len(got.facts[i]) == 0:
			parts = append(parts, in.label+" not on record")
			continue
		}
		for _, n := range got.facts[i] {
			parts = append(parts, s.inputText(in, n))
		}
	}
	return strings.Join(parts, ", ")
}

func flagText(in *boundInput, lo, hi float64) string {
	switch {
	case lo != hi:
		return in.label + " not clear"
	case lo == 1:
		return in.label
	}
	return "no " + in.label + " on record"
}

// person tells the age and the sex that were computed with.
func (s *derivedTeller) person() string {
	f, got := s.d.formula, &s.e.derive.got
	who := ""
	if f.sex {
		male, female := sexes(&s.chart.Person)
		who = [...]string{"man", "woman", "sex not clear"}[bothOr(male, female)]
	}
	if !f.age {
		return who
	}
	age := strconv.Itoa(got.young)
	if got.young != got.old {
		age += " or " + strconv.Itoa(got.old)
	}
	switch who {
	case "":
		return "age " + age
	case "sex not clear":
		return "age " + age + ", " + who
	}
	return who + " of " + age
}

func bothOr(male, female bool) int {
	switch {
	case male && female:
		return 2
	case female:
		return 1
	}
	return 0
}

// inputText is an input as recorded, in the formula's unit, with its date.
func (s *derivedTeller) inputText(in *boundInput, n uint32) string {
	f := &s.chart.Facts[n]
	src := s.sourceOf(n)
	text := in.label + " " + recordedText(src)
	if in.kind == measured && f.Form == chart.Number {
		unit, _ := quantity.Alias(src.Unit)
		if want, _ := quantity.Alias(in.unit); src.Unit != "" && unit != want && int(f.Unit) < len(in.leaf.units) && in.leaf.units[f.Unit].accepted {
			text += " (= " + f.Comparator.String() + strconv.FormatFloat(roundTo3(s.e.inUnit(in, f, f.Value)), 'f', -1, 64) + " " + unitName(in.unit) + ")"
		}
	}
	return text + " on " + s.day(f.Begin, src.Date)
}

// roundTo3 keeps three significant digits: a converted value is shown, never compared.
func roundTo3(x float64) float64 {
	shown, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	return shown
}

func recordedText(src chart.Source) string { return strings.TrimSpace(src.Value + " " + src.Unit) }

func (s *derivedTeller) sourceOf(n uint32) chart.Source {
	if int(n) < len(s.chart.Sources) {
		return s.chart.Sources[n]
	}
	return chart.Source{}
}

// about gives the teller of single results for one fact, to say why it cannot be used.
func (s *derivedTeller) about(n uint32) *teller {
	one := *s.teller
	one.leaf = &verdict.Leaf{Facts: []uint32{n}}
	return &one
}

// whyNot tells why the formula has no value.
func (s *derivedTeller) whyNot(est *estimate) string {
	switch est.why {
	case whyUnusable:
		return s.inputText(&s.d.inputs[est.slot], est.fact) + " " + s.about(est.fact).whyUnusable(est.cause, 0)
	case whyDate:
		return s.inputText(&s.d.inputs[est.slot], est.fact) + " may or may not lie in the time asked for. To settle: its date."
	case whyNoAge:
		return "no birth date on record. To settle: ask for it."
	case whyYoung:
		return s.d.formula.name + " is not defined below 18 years. To settle: a value reported by the laboratory."
	}
	return ""
}

// reportNotUsed names the reported value that did not answer.
func (s *derivedTeller) reportNotUsed() string {
	k := &s.e.derive
	if !k.report.there || len(k.group) == 0 {
		return ""
	}
	n := k.group[len(k.group)-1]
	text := " The reported " + s.inside() + " " + unitName(recordedText(s.sourceOf(n))) + " of " + s.day(s.chart.Facts[n].Begin, s.sourceOf(n).Date)
	switch {
	case k.report.why == whyUnusable:
		return text + " was not used: it " + s.about(n).whyUnusable(k.report.cause, 0)
	case k.report.when.Compare(k.formula.when) == dates.Before:
		return text + " is older and was not used."
	}
	return text + " does not decide and was not used."
}

// reportText is the reported value with its formula and date.
func (s *derivedTeller) reportText() string {
	k := &s.e.derive
	var parts []string
	for _, n := range k.group {
		src := s.sourceOf(n)
		text := unitName(recordedText(src)) + " on " + s.day(s.chart.Facts[n].Begin, src.Date)
		if f := &s.chart.Facts[n]; f.Begin.Exact() {
			text += " (" + s.ago(f.Begin.From) + ")"
		}
		parts = append(parts, text)
	}
	name := ""
	if s.d.formula.report.forms != nil && k.report.form.name != "" {
		name = " (" + k.report.form.name + ")"
	}
	return strings.Join(parts, " and ") + ", reported" + name
}

func (s *derivedTeller) reported() string {
	k := &s.e.derive
	text := s.title() + " " + s.reportText() + s.asked() + "."
	switch k.report.why {
	case whyUnusable:
		return text + " It " + s.about(k.report.fact).whyUnusable(k.report.cause, 0)
	case whyDate:
		return text + " It may or may not lie in the time asked for. To settle: its date."
	case whyTwins:
		return text + " The two differ by race. Not decided. To settle: a value without race."
	case whyLimits:
		if k.report.cause == verdict.SameTimeResults {
			return text + " Two results at the same time. To settle: ask the laboratory, or repeat."
		}
		return text + " The bound does not decide. To settle: a result with a number."
	}
	return text
}

func (s *derivedTeller) conflict() string {
	return s.title() + ": " + s.reportText() + ", and " + s.values(&s.e.derive.formula) + " computed (" + s.basis() + ")" + s.asked() +
		": on different sides of the limit. Not decided. To settle: read both."
}

func (s *derivedTeller) outsideWindow() string {
	what := s.reportedOrComputed()
	text := "Last " + s.inside() + " " + what + "; asked " + strings.TrimPrefix(s.asked(), ", asked ") + "."
	return text + s.byLast() + " To settle: repeat."
}

func (s *derivedTeller) reportedOrComputed() string {
	k := &s.e.derive
	switch {
	case k.chosen == byReport:
		return s.reportText()
	case k.formula.why == whyNothing || k.formula.why == whyLimits || k.formula.why == whySex:
		return s.values(&k.formula) + " (computed: " + s.basis() + ")"
	}
	return "cannot be computed (" + strings.TrimSuffix(s.whyNot(&k.formula), ".") + ")"
}

// missing tells which input keeps the formula from its value.
func (s *derivedTeller) missing() string {
	est := &s.e.derive.formula
	if s.leaf.Cause == verdict.ResultNotUnderstood && len(s.leaf.Facts) == 1 {
		n := s.leaf.Facts[0]
		return capital(s.d.beside.Set.Name) + " " + recordedText(s.sourceOf(n)) + " on " + s.day(s.chart.Facts[n].Begin, s.sourceOf(n).Date) +
			" is no " + s.inside() + s.asked() + ". To settle: ask by which formula, or QT and heart rate."
	}
	in := &s.d.inputs[est.slot]
	lacks := in.label
	switch {
	case est.why == whyApart && in.apart == ninetyDays:
		lacks += " within 90 days of the other results"
	case est.why == whyApart && in.apart == adultHeight:
		lacks += " close enough in time (5 years, 7 days before the age of 18)"
	case est.why == whyApart:
		lacks += " within 7 days of the other results"
	}
	return "No " + s.inside() + " on record, nor " + lacks + " to compute it from" + s.asked() + ". To settle: order it, or read outside reports."
}

// series tells the values that the picker picked.
func (s *derivedTeller) series() string {
	k := &s.e.derive
	var parts []string
	for i := range k.points {
		p := &k.points[i]
		if !contains(s.leaf.Facts, p.fact) {
			continue
		}
		f, src := &s.chart.Facts[p.fact], s.sourceOf(p.fact)
		text := "unknown"
		switch {
		case p.reported:
			text = unitName(recordedText(src)) + " reported"
		case p.est.why != whyUnusable && p.est.why != whyDate && p.est.why != whyNoAge && p.est.why != whyYoung:
			text = s.span(value{lo: p.lo, hi: p.hi}) + s.unit()
		}
		parts = append(parts, text+" on "+s.day(f.Begin, src.Date))
	}
	if len(parts) == 0 {
		return s.missing()
	}
	text := s.title() + ": " + strings.Join(parts, ", ") + s.asked() + ". Computed by " + s.d.formula.name + " where not reported."
	if s.leaf.Verdict == verdict.Unknown {
		text += " Not decided. To settle: repeat."
	}
	return text
}

func contains(facts []uint32, n uint32) bool {
	for _, f := range facts {
		if f == n {
			return true
		}
	}
	return false
}
