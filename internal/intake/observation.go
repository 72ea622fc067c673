package intake

import (
	"bytes"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
)

// https://hl7.org/fhir/R4/valueset-observation-status.html
var resultStatus = map[string]chart.Status{
	"registered": chart.Registered, "preliminary": chart.Preliminary, "final": chart.Final, "amended": chart.Final,
	"corrected": chart.Final, "cancelled": chart.Cancelled, "unknown": chart.OtherStatus,
	// DiagnosticReport has two more (https://hl7.org/fhir/R4/valueset-diagnostic-report-status.html).
	"partial": chart.Preliminary, "appended": chart.Final,
}

// observation reads an Observation and its components (https://hl7.org/fhir/R4/observation.html): a component has the code
// and value of its own and the time, status and focus of its parent, which is a fact itself only if it says something.
func (r *reader) observation(n node) {
	if r.erroneous(r.str(n.get("status")), n.get("status")) {
		return
	}
	e := r.draft.add(chart.Result)
	var flags chart.Flags
	var components, issued, absent, status node
	var value node
	var form string
	var at moment
	for name, v := range n.members {
		switch string(name) {
		case "status":
			status = v
		case "code":
			r.setCode(e, v)
		case "encounter":
			e.visit = r.local(v)
		case "effectiveDateTime", "effectiveInstant":
			at.point = v
		case "effectivePeriod":
			at.period = v
		case "effectiveTiming":
			at.timing = v
		case "issued":
			issued = v
		case "dataAbsentReason":
			absent = v
		case "referenceRange":
			e.ranges = r.ranges(v, e.ranges)
		case "component":
			components = v
		case "focus":
			if v.is(array) && v.next() > v.t+1 {
				flags |= chart.HasFocus
			}
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		default:
			if len(name) > 5 && string(name[:5]) == "value" {
				value, form = v, string(name[5:])
			}
		}
	}
	e.fact.Status = r.status(n, status, resultStatus)
	r.value(e, value, form, absent)
	r.resultTime(e, at, issued)
	if r.list(components) {
		r.components(components)
	}
	r.finish(flags)
}

// moment is an effective[x].
type moment struct{ point, period, timing node }

// resultTime takes the clinical time; the time of issue only stands in for it.
func (r *reader) resultTime(e *entry, at moment, issued node) {
	f := &e.fact
	var issuedText []byte
	f.Noted, issuedText = r.when(issued)
	switch {
	case at.point.given():
		f.Begin, e.date = r.when(at.point)
	case at.period.given():
		f.Begin, e.date = r.period(at.period).within()
	case at.timing.given():
		f.Begin, e.date = r.timing(at.timing)
	}
	if !f.Begin.Known() && f.Noted.Known() {
		f.Begin, e.date = f.Noted, issuedText
		f.Flags |= chart.ProxyTime
	}
}

// timing takes the events of a Timing: one is a time, several an interval.
func (r *reader) timing(n node) (dates.When, []byte) {
	if !r.obj(n) || !r.list(n.get("event")) {
		return dates.When{}, nil
	}
	var p period
	for _, v := range n.get("event").elements {
		w, b := r.when(v)
		if !w.Known() {
			continue
		}
		if !p.begin.Known() || w.From < p.begin.From {
			p.begin, p.beginText = w, b
		}
		if !p.end.Known() || w.To > p.end.To {
			p.end = w
		}
	}
	return p.within()
}

// maxComponents is far beyond any panel. Without it one resource could ask for more memory than all charts together.
const maxComponents = 10_000

// components adds a fact for each component and takes the parent away when it says nothing itself.
func (r *reader) components(n node) {
	d := &r.draft
	parent := d.facts[0]
	position := 0
	for _, c := range n.elements {
		if !r.obj(c) {
			return
		}
		if position++; position > maxComponents {
			r.fail(c, "more than 10,000 components in one Observation")
			return
		}
		e := d.add(chart.Result)
		e.position = position
		e.fact = chart.Fact{
			Kind: chart.Result, Origin: parent.fact.Origin, Status: parent.fact.Status, Begin: parent.fact.Begin,
			Noted: parent.fact.Noted, Flags: parent.fact.Flags&^chart.PerNumber | chart.Component,
		}
		e.date, e.visit = parent.date, parent.visit
		r.component(e, c)
	}
	if parent.fact.Form == chart.NoValue && position > 0 {
		last := len(d.facts) - 1
		emptied := d.facts[0]
		copy(d.facts, d.facts[1:])
		d.facts[last] = emptied
		d.facts = d.facts[:last]
	}
}

func (r *reader) component(e *entry, c node) {
	var value, absent node
	var form string
	for name, v := range c.members {
		switch string(name) {
		case "code":
			r.setCode(e, v)
		case "dataAbsentReason":
			absent = v
		case "referenceRange":
			e.ranges = r.ranges(v, e.ranges)
		case "modifierExtension":
			r.modifier(v, &e.fact.Flags)
		default:
			if len(name) > 5 && string(name[:5]) == "value" {
				value, form = v, string(name[5:])
			}
		}
	}
	r.value(e, value, form, absent)
}

// value reads value[x]. A value beside a reason for its absence is neither.
func (r *reader) value(e *entry, v node, form string, absent node) {
	f := &e.fact
	switch {
	case absent.given() && v.given():
		r.gap(GapValue, absent)
		r.absent(e, absent)
		return
	case absent.given():
		r.absent(e, absent)
		return
	case !v.given():
		return
	}
	switch form {
	case "Quantity":
		r.quantityValue(e, v)
	case "CodeableConcept":
		e.answer, e.value = r.concept(v, e.answer)
		switch {
		case len(e.answer) > 0 && onlyAbsent(v):
			f.Form = chart.Absent
		case len(e.answer) > 0:
			f.Form = chart.Coded
		case len(e.value) > 0:
			f.Form = chart.Text
		}
		r.shortText(e)
	case "String":
		if e.value = r.str(v); len(e.value) > 0 {
			f.Form = chart.Text
		}
		r.shortText(e)
	case "Boolean":
		yes, _ := r.flag(v)
		f.Form, f.Value, e.value = chart.Boolean, quantity.FromInt(0), []byte("false")
		if yes {
			f.Value, e.value = quantity.FromInt(1), []byte("true")
		}
	case "Integer":
		if d, ok := r.decimal(v); ok {
			f.Form, f.Value, e.value = chart.Number, d, v.raw()
			f.Flags |= chart.PerNumber
		}
	case "Range":
		r.rangeValue(e, v)
	case "DateTime":
		f.Form, e.value = chart.OtherForm, r.str(v)
		f.End, _ = r.when(v)
	case "Time":
		f.Form, e.value = chart.OtherForm, r.str(v)
	case "Ratio", "SampledData", "Period":
		f.Form = chart.OtherForm
	}
}

// shortText adds a short text as a code of its own, so that the answers of a value set can be found by their texts.
func (r *reader) shortText(e *entry) {
	text := bytes.TrimSpace(e.value)
	if e.fact.Form != chart.Text && e.fact.Form != chart.Coded || len(text) == 0 || len(text) > longestText {
		return
	}
	e.answer = append(e.answer, r.codes.id([]byte(terms.TextSystem), text))
}

// longestText is what an answer's text may be long: anything longer is prose.
const longestText = 64

// onlyAbsent tells an answer that only says why there is none: US Core lets "unknown" stand as a code.
func onlyAbsent(n node) bool {
	for _, c := range n.get("coding").elements {
		switch s := c.get("system"); {
		case !s.is(text):
			return false
		case string(s.s.bytes(s.t)) == terms.AbsentCode, string(s.s.bytes(s.t)) == nullFlavor:
		default:
			return false
		}
	}
	return true
}

const nullFlavor = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"

func (r *reader) quantityValue(e *entry, v node) {
	m := r.quantity(v)
	if !m.given {
		return
	}
	f := &e.fact
	f.Form, f.Value, f.Comparator, f.Unit = chart.Number, m.value, m.comparator, r.codes.unit(m.unit)
	e.value, e.unit = m.number, m.unit
}

// rangeValue reads an interval; with one end it is that value and all beyond.
func (r *reader) rangeValue(e *entry, v node) {
	if !r.obj(v) {
		return
	}
	f := &e.fact
	low, high := r.quantity(v.get("low")), r.quantity(v.get("high"))
	f.Form = chart.OtherForm
	switch {
	case low.given && high.given && string(low.unit) == string(high.unit):
		f.Form, f.Value, f.High, f.Unit = chart.Interval, low.value, high.value, r.codes.unit(low.unit)
		e.value = append(append(append([]byte(nil), low.number...), '-'), high.number...)
		e.unit = low.unit
	case low.given && !high.given:
		f.Form, f.Value, f.Comparator, f.Unit = chart.Number, low.value, quantity.GreaterOrEqual, r.codes.unit(low.unit)
		e.value, e.unit = low.number, low.unit
	case high.given && !low.given:
		f.Form, f.Value, f.Comparator, f.Unit = chart.Number, high.value, quantity.LessOrEqual, r.codes.unit(high.unit)
		e.value, e.unit = high.number, high.unit
	}
}

func (r *reader) absent(e *entry, n node) {
	e.answer, e.value = r.concept(n, e.answer)
	e.fact.Form = chart.Absent
	for _, id := range e.answer {
		if r.codes.dictionary.Coding(id) == notPerformed {
			e.fact.Flags |= chart.NotDone
		}
	}
}

// notPerformed says that there is nothing to wait for: the test was not done.
var notPerformed = terms.Coding{System: terms.AbsentCode, Code: "not-performed"}
