package intake

import (
	"bytes"
	"encoding/base64"
	"math"
	"unicode/utf8"

	"prescreen/internal/chart"
)

const (
	clinicalSystem        = "http://terminology.hl7.org/CodeSystem/condition-clinical"
	verificationSystem    = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
	allergyClinicalSystem = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
	allergyVerifySystem   = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
)

var clinicalStatus = map[string]chart.Status{
	"active": chart.Active, "recurrence": chart.Recurrence, "relapse": chart.Relapse, "inactive": chart.Inactive,
	"remission": chart.Remission, "resolved": chart.Resolved,
	"unknown": chart.OtherStatus, // R5, and in use
}

var certainty = map[string]chart.Certainty{
	"unconfirmed": chart.Doubtful, "provisional": chart.Doubtful, "differential": chart.Doubtful,
	"confirmed": chart.Confirmed, "refuted": chart.Refuted,
	"presumed": chart.Doubtful, // AllergyIntolerance of later versions
}

// clinical reads clinicalStatus and verificationStatus; it is true for an entry in error. Neither is required.
func (r *reader) clinical(e *entry, clinical, verification node, systems [2]string) (erroneous bool) {
	code, at := r.statusConcept(verification, systems[1])
	if r.erroneous(code, at) {
		return true
	}
	if len(code) > 0 {
		c, ok := certainty[string(code)]
		if !ok {
			r.fail(at, "a code outside FHIR's list for this element")
		}
		e.fact.Certainty = c
	}
	if code, at = r.statusConcept(clinical, systems[0]); len(code) > 0 {
		s, ok := clinicalStatus[string(code)]
		if !ok {
			r.fail(at, "a code outside FHIR's list for this element")
		}
		e.fact.Status = s
	}
	return false
}

// condition reads a Condition (https://hl7.org/fhir/R4/condition.html). What the recorded date and the visit say of an
// onset is added when the chart is put together.
func (r *reader) condition(n node) {
	e := r.draft.add(chart.Diagnosis)
	var flags chart.Flags
	var clinical, verification, stages node
	for name, v := range n.members {
		switch string(name) {
		case "clinicalStatus":
			clinical = v
		case "verificationStatus":
			verification = v
		case "code":
			r.setCode(e, v)
		case "encounter":
			e.visit = r.local(v)
		case "recordedDate":
			e.fact.Noted, _ = r.when(v)
		case "stage":
			stages = v
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		default:
			r.onset(e, string(name), v)
		}
	}
	if r.clinical(e, clinical, verification, [2]string{clinicalSystem, verificationSystem}) {
		return
	}
	r.stages(stages)
	r.finish(flags)
}

// stages makes a result of each stage of a disease: asked by the code of the scale it is on, or by that of the disease. It
// is as old as the record of the disease; a stage of one that is not confirmed is not final.
func (r *reader) stages(n node) {
	if !r.list(n) {
		return
	}
	for _, v := range n.elements {
		if !r.obj(v) || !r.obj(v.get("summary")) {
			continue
		}
		e := r.draft.add(chart.Result)
		disease := &r.draft.facts[0] // add may have moved them
		if disease.fact.Certainty == chart.Refuted {
			r.draft.facts = r.draft.facts[:len(r.draft.facts)-1]
			return
		}
		var flags chart.Flags
		if m := v.get("modifierExtension"); m.given() {
			r.modifier(m, &flags)
		}
		e.fact.Flags, e.fact.Status = flags, chart.Final
		if disease.fact.Certainty == chart.Doubtful {
			e.fact.Status = chart.Preliminary
		}
		e.codes, e.display = r.concept(v.get("type"), e.codes)
		e.codes = append(e.codes, disease.codes...)
		if e.display == nil {
			e.display = disease.display
		}
		e.fact.Begin, e.fact.Noted, e.date, e.visit = disease.fact.Noted, disease.fact.Noted, nil, disease.visit
		if !e.fact.Begin.Known() {
			e.fact.Begin, e.date = disease.fact.Begin, disease.date
		}
		r.value(e, v.get("summary"), "CodeableConcept", node{})
	}
}

// onset reads onset[x] and abatement[x]. Text is kept to be shown: it dates nothing.
func (r *reader) onset(e *entry, name string, v node) {
	f := &e.fact
	switch name {
	case "onsetDateTime":
		f.Begin, e.date = r.when(v)
	case "onsetPeriod":
		f.Begin, e.date = r.period(v).within()
	case "onsetAge":
		e.onsetAge = r.age(v)
	case "onsetRange":
		e.onsetAge = r.ageRange(v)
	case "onsetString":
		e.date = r.str(v)
	case "abatementDateTime":
		f.End, e.dateEnd = r.when(v)
	case "abatementPeriod":
		f.End, e.dateEnd = r.period(v).within()
	case "abatementAge":
		e.endAge = r.age(v)
	case "abatementRange":
		e.endAge = r.ageRange(v)
	case "abatementString":
		e.dateEnd = r.str(v)
	}
}

// age reads an Age as the interval of ages that people call by that number: at 5 years lasts until the sixth birthday.
func (r *reader) age(n node) span {
	m := r.quantity(n)
	return r.ageSpan(n, m, m)
}

func (r *reader) ageRange(n node) span {
	if !r.obj(n) {
		return span{}
	}
	return r.ageSpan(n, r.quantity(n.get("low")), r.quantity(n.get("high")))
}

func (r *reader) ageSpan(n node, low, high measure) span {
	if !low.given || !high.given || low.comparator != 0 || high.comparator != 0 || string(low.unit) != string(high.unit) {
		r.gap(GapDate, n)
		return span{}
	}
	units := map[string]ageUnit{
		"a": ageYears, "mo": ageMonths, "wk": ageWeeks, "d": ageDays,
		"years": ageYears, "year": ageYears, "months": ageMonths, "weeks": ageWeeks, "days": ageDays,
	}
	unit := units[string(low.unit)]
	x, y := low.value.Float64(), high.value.Float64()
	if unit == noAge || x < 0 || y < x || y > 60_000 {
		r.gap(GapDate, n)
		return span{}
	}
	return span{unit, int32(math.Floor(x)), int32(math.Floor(y))}
}

// allergy reads an AllergyIntolerance; "no known allergy" is a code like any other, and the substances of its reactions
// are codes of it too.
func (r *reader) allergy(n node) {
	e := r.draft.add(chart.Allergy)
	var flags chart.Flags
	var clinical, verification node
	for name, v := range n.members {
		switch string(name) {
		case "clinicalStatus":
			clinical = v
		case "verificationStatus":
			verification = v
		case "code":
			r.setCode(e, v)
		case "encounter":
			e.visit = r.local(v)
		case "recordedDate":
			e.fact.Noted, _ = r.when(v)
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		default:
			r.onset(e, string(name), v)
		}
	}
	if reactions := n.get("reaction"); r.list(reactions) {
		for _, v := range reactions.elements {
			if r.obj(v) {
				e.codes, _ = r.concept(v.get("substance"), e.codes)
			}
		}
	}
	if r.clinical(e, clinical, verification, [2]string{allergyClinicalSystem, allergyVerifySystem}) {
		return
	}
	r.finish(flags)
}

// https://hl7.org/fhir/R4/valueset-event-status.html
var eventStatus = map[string]chart.Status{
	"preparation": chart.Planned, "in-progress": chart.InProgress, "not-done": chart.NotTaken, "on-hold": chart.OnHold,
	"stopped": chart.Stopped, "completed": chart.Completed, "unknown": chart.OtherStatus,
}

func (r *reader) procedure(n node) {
	if r.erroneous(r.str(n.get("status")), n.get("status")) {
		return
	}
	e := r.draft.add(chart.Procedure)
	f := &e.fact
	var flags chart.Flags
	f.Status = r.status(n, n.get("status"), eventStatus)
	for name, v := range n.members {
		switch string(name) {
		case "code":
			r.setCode(e, v)
		case "encounter":
			e.visit = r.local(v)
		case "performedDateTime":
			f.Begin, e.date = r.when(v)
			f.End, e.dateEnd = f.Begin, e.date
		case "performedPeriod":
			p := r.period(v)
			f.Begin, f.End, e.date, e.dateEnd = p.begin, p.end, p.beginText, p.endText
		case "performedAge":
			e.onsetAge = r.age(v)
		case "performedRange":
			e.onsetAge = r.ageRange(v)
		case "performedString":
			e.date = r.str(v)
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		}
	}
	r.finish(flags)
}

func (r *reader) immunization(n node) {
	if r.erroneous(r.str(n.get("status")), n.get("status")) {
		return
	}
	e := r.draft.add(chart.Vaccination)
	f := &e.fact
	var flags chart.Flags
	f.Status = r.status(n, n.get("status"), eventStatus)
	for name, v := range n.members {
		switch string(name) {
		case "vaccineCode":
			r.setCode(e, v)
		case "encounter":
			e.visit = r.local(v)
		case "occurrenceDateTime":
			f.Begin, e.date = r.when(v)
		case "occurrenceString":
			e.date = r.str(v)
		case "recorded":
			f.Noted, _ = r.when(v)
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		}
	}
	r.finish(flags)
}

// https://hl7.org/fhir/R4/valueset-encounter-status.html
var visitStatus = map[string]chart.Status{
	"planned": chart.Planned, "arrived": chart.InProgress, "triaged": chart.InProgress, "in-progress": chart.InProgress,
	"onleave": chart.InProgress, "finished": chart.Completed, "cancelled": chart.Cancelled, "unknown": chart.OtherStatus,
}

func (r *reader) encounter(n node) {
	if r.erroneous(r.str(n.get("status")), n.get("status")) {
		return
	}
	e := r.draft.add(chart.Visit)
	f := &e.fact
	var flags chart.Flags
	f.Status = r.status(n, n.get("status"), visitStatus)
	for name, v := range n.members {
		switch string(name) {
		case "type":
			e.codes, e.display = r.concepts(v, e.codes)
		case "class":
			id, shown := r.coding(v)
			if id != 0 {
				e.answer = append(e.answer, id)
			}
			e.value = shown
			switch code := r.str(v.get("code")); {
			case len(code) == 0:
			case inpatient(code):
				flags |= chart.Inpatient
			case outpatient(code):
				flags |= chart.Outpatient
			}
		case "period":
			p := r.period(v)
			f.Begin, f.End, e.date, e.dateEnd = p.begin, p.end, p.beginText, p.endText
		case "participant":
			e.people = r.people(v, "individual", e.people)
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		}
	}
	r.finish(flags)
}

// people gives the references of those who took part, as written, joined by blanks.
func (r *reader) people(n node, role string, dst []byte) []byte {
	for _, p := range n.elements {
		if !r.obj(p) {
			return dst
		}
		who := p.get(role)
		if !who.given() || !r.obj(who) {
			continue
		}
		if ref := r.str(who.get("reference")); len(ref) > 0 {
			if len(dst) > 0 {
				dst = append(dst, ' ')
			}
			dst = append(dst, ref...)
		}
	}
	return dst
}

// outpatient tells the classes of a visit that is neither a stay nor an emergency.
func outpatient(code []byte) bool {
	switch string(code) {
	case "AMB", "HH", "VR", "FLD", "SS":
		return true
	}
	return false
}

// inpatient tells the classes of a stay (https://terminology.hl7.org/ValueSet-v3-ActEncounterCode.html).
func inpatient(code []byte) bool {
	switch string(code) {
	case "IMP", "ACUTE", "NONAC":
		return true
	}
	return false
}

// diagnosticReport and documentReference are kept as documents. Their text stands in the cold part, for those who read it
// later; nothing here looks into it.
func (r *reader) diagnosticReport(n node) {
	if r.erroneous(r.str(n.get("status")), n.get("status")) {
		return
	}
	e := r.draft.add(chart.Document)
	var flags chart.Flags
	var at moment
	var issued node
	e.fact.Status = r.status(n, n.get("status"), resultStatus)
	for name, v := range n.members {
		switch string(name) {
		case "code":
			r.setCode(e, v)
		case "encounter":
			e.visit = r.local(v)
		case "effectiveDateTime":
			at.point = v
		case "effectivePeriod":
			at.period = v
		case "issued":
			issued = v
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		}
	}
	e.text = paragraph(e.text, r.str(n.get("conclusion")))
	for _, form := range n.get("presentedForm").elements {
		r.attachment(e, form)
	}
	r.resultTime(e, at, issued)
	r.finish(flags)
}

// attachment adds the text of an attachment (https://hl7.org/fhir/R4/datatypes.html#Attachment). One that is no text, or
// only a reference to one elsewhere, adds nothing.
func (r *reader) attachment(e *entry, n node) {
	if !r.obj(n) {
		return
	}
	data := n.get("data")
	if !data.given() || !bytes.HasPrefix(r.str(n.get("contentType")), []byte("text/")) {
		return
	}
	text, err := base64.StdEncoding.AppendDecode(nil, r.str(data))
	if err != nil || !utf8.Valid(text) {
		r.gap(GapText, data)
		return
	}
	e.text = paragraph(e.text, text)
}

func paragraph(text, more []byte) []byte {
	if len(text) > 0 && len(more) > 0 {
		text = append(text, "\n\n"...)
	}
	return append(text, more...)
}

var documentStatus = map[string]chart.Status{"current": chart.Final, "superseded": chart.Cancelled}

func (r *reader) documentReference(n node) {
	status, inner := n.get("status"), n.get("docStatus")
	if r.erroneous(r.str(status), status) || r.erroneous(r.str(inner), inner) {
		return
	}
	e := r.draft.add(chart.Document)
	f := &e.fact
	var flags chart.Flags
	f.Status = r.status(n, status, documentStatus)
	if s := r.str(inner); string(s) == "preliminary" && f.Status == chart.Final {
		f.Status = chart.Preliminary
	}
	for name, v := range n.members {
		switch string(name) {
		case "type":
			r.setCode(e, v)
		case "date":
			f.Noted, e.date = r.when(v)
		case "context":
			r.documentContext(e, v)
		case "content":
			for _, c := range v.elements {
				if r.obj(c) {
					r.attachment(e, c.get("attachment"))
				}
			}
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		}
	}
	if !f.Begin.Known() {
		f.Begin = f.Noted
	}
	r.finish(flags)
}

func (r *reader) documentContext(e *entry, n node) {
	if !r.obj(n) {
		return
	}
	if p, b := r.period(n.get("period")).within(); p.Known() {
		e.fact.Begin, e.date = p, b
	}
	if visits := n.get("encounter"); r.list(visits) {
		for _, v := range visits.elements {
			e.visit = r.local(v)
			break
		}
	}
}
