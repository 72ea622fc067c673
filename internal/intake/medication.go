package intake

import (
	"math"

	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/terms"
)

// https://hl7.org/fhir/R4/valueset-medicationrequest-status.html
var orderStatus = map[string]chart.Status{
	"active": chart.Active, "on-hold": chart.OnHold, "cancelled": chart.Cancelled, "completed": chart.Completed,
	"stopped": chart.Stopped, "draft": chart.Draft, "unknown": chart.OtherStatus,
}

// Intents that order something, and those that only speak of it
// (https://hl7.org/fhir/R4/valueset-medicationrequest-intent.html).
var orderIntent = map[string]bool{
	"order": true, "original-order": true, "reflex-order": true, "filler-order": true, "instance-order": true,
	"plan": false, "proposal": false, "option": false,
}

func (r *reader) medicationRequest(n node) {
	if r.erroneous(r.str(n.get("status")), n.get("status")) {
		return
	}
	e := r.draft.add(chart.Medication)
	f := &e.fact
	var flags chart.Flags
	f.Status = r.status(n, n.get("status"), orderStatus)
	var authoredText []byte
	var dispense, doses node
	for name, v := range n.members {
		switch string(name) {
		case "medicationCodeableConcept", "medicationReference":
			r.medicine(e, n, v)
		case "encounter":
			e.visit = r.local(v)
		case "authoredOn":
			f.Noted, authoredText = r.when(v)
		case "dosageInstruction":
			doses = v
		case "dispenseRequest":
			dispense = v
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		}
	}
	r.intent(n, f)
	r.dosages(e, doses)
	if !f.Begin.Known() {
		f.Begin, e.date = f.Noted, authoredText
	}
	r.supply(e, dispense)
	r.finish(flags)
}

// intent turns an order that is none into its status.
func (r *reader) intent(n node, f *chart.Fact) {
	at := n.get("intent")
	code := r.str(at)
	orders, known := orderIntent[string(code)]
	switch {
	case len(code) == 0:
		r.gap(GapStatus, n)
		f.Status = chart.OtherStatus
	case !known:
		r.fail(at, "a code outside FHIR's list for this element")
	case !orders:
		f.Status = chart.Intended
	}
	if not, _ := r.flag(n.get("doNotPerform")); not {
		f.Status = chart.NotTaken
	}
}

// medicine reads medication[x]: a concept, or a reference to a Medication inside the resource or anywhere in the run.
func (r *reader) medicine(e *entry, n, v node) {
	if !r.obj(v) {
		return
	}
	ref := v.get("reference")
	if !ref.given() {
		if v.get("coding").given() || v.get("text").given() {
			r.setCode(e, v)
		} else if shown := v.get("display"); shown.given() {
			e.display = r.str(shown)
		}
		return
	}
	e.display = r.str(v.get("display"))
	b := r.str(ref)
	if len(b) > 1 && b[0] == '#' {
		r.contained(e, n, b[1:], ref)
		return
	}
	if e.medication = r.local(v); e.medication == nil {
		r.gap(GapReference, ref)
	}
}

func (r *reader) contained(e *entry, n node, id []byte, at node) {
	if list := n.get("contained"); r.list(list) {
		for _, c := range list.elements {
			if r.obj(c) && string(r.str(c.get("id"))) == string(id) && string(r.str(c.get("resourceType"))) == "Medication" {
				var words []byte
				if e.codes, words = r.medicationCodes(c, e.codes); e.display == nil {
					e.display = words
				}
				return
			}
		}
	}
	r.gap(GapReference, at)
}

// medicationCodes gives the codes of a Medication and of its active ingredients.
func (r *reader) medicationCodes(n node, dst []terms.CodeID) ([]terms.CodeID, []byte) {
	dst, words := r.concept(n.get("code"), dst)
	if list := n.get("ingredient"); r.list(list) {
		for _, v := range list.elements {
			if !r.obj(v) {
				break
			}
			if active, given := r.flag(v.get("isActive")); given && !active {
				continue
			}
			dst, _ = r.concept(v.get("itemCodeableConcept"), dst)
		}
	}
	return dst, words
}

// dosages takes start and end from dosage timing; the order is as needed when every dosage is.
func (r *reader) dosages(e *entry, n node) {
	if !r.list(n) {
		return
	}
	count, asNeeded := 0, 0
	f := &e.fact
	for _, v := range n.elements {
		if !r.obj(v) {
			return
		}
		count++
		if yes, given := r.flag(v.get("asNeededBoolean")); yes || !given && v.get("asNeededCodeableConcept").given() {
			asNeeded++
		}
		if timing := v.get("timing"); r.obj(timing) {
			r.bounds(e, timing)
		}
	}
	if count > 0 && asNeeded == count {
		f.Flags |= chart.AsNeeded
	}
	r.doses(e, n)
}

// bounds widens begin and end by one dosage's timing.
func (r *reader) bounds(e *entry, timing node) {
	var p period
	if repeat := timing.get("repeat"); r.obj(repeat) {
		p = r.period(repeat.get("boundsPeriod"))
		if days := r.days(repeat.get("boundsDuration")); days > 0 {
			e.supply.Days = max(e.supply.Days, days)
		}
	}
	if timing.get("event").given() {
		p.begin, p.beginText = r.timing(timing)
		p.end, p.endText = p.begin, p.beginText
	}
	f := &e.fact
	if p.begin.Known() && (!f.Begin.Known() || p.begin.From < f.Begin.From) {
		f.Begin, e.date = p.begin, p.beginText
	}
	if p.end.Known() && (!f.End.Known() || p.end.To > f.End.To) {
		f.End, e.dateEnd = p.end, p.endText
	}
}

// supply reads how long an order lasts: supply times one and the refills. validityPeriod is how long it may be dispensed
// and says nothing about exposure.
func (r *reader) supply(e *entry, n node) {
	f := &e.fact
	if e.supply.Days > 0 && !f.End.Known() { // a dosage's own duration
		f.End = lasting(f.Begin, int64(e.supply.Days))
	}
	if !r.obj(n) {
		return
	}
	days := r.days(n.get("expectedSupplyDuration"))
	if days == 0 {
		return
	}
	e.supply.Days = days
	if refills, ok := r.decimal(n.get("numberOfRepeatsAllowed")); ok {
		e.supply.Refills = int32(min(max(refills.Float64(), 0), 1000))
	}
	if !f.End.Known() {
		f.End = lasting(f.Begin, int64(days)*int64(1+e.supply.Refills))
	}
}

// lasting is the last day of something that begins at w and is enough for a number of days.
func lasting(w dates.When, days int64) dates.When {
	if !w.Known() || days <= 0 || days > 40_000 {
		return dates.When{}
	}
	n := dates.Day(days - 1)
	if w.From == w.To {
		return dates.On(w.To + n)
	}
	return dates.Within(w.From+n, w.To+n)
}

var daysPer = map[string]float64{
	"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7, "mo": 30, "month": 30, "months": 30, "a": 365, "year": 365, "years": 365,
	"h": 1.0 / 24, "min": 1.0 / 1440,
}

// days reads a Duration, or a quantity of days, as whole days begun. What has no unit we know says nothing.
func (r *reader) days(n node) int32 {
	m := r.quantity(n)
	per, ok := daysPer[string(m.unit)]
	if !m.given || !ok || m.comparator != 0 {
		return 0
	}
	d := math.Ceil(m.value.Float64() * per)
	if d <= 0 || d > 40_000 {
		return 0
	}
	return int32(d)
}

// https://hl7.org/fhir/R4/valueset-medication-statement-status.html
var statementStatus = map[string]chart.Status{
	"active": chart.Active, "completed": chart.Completed, "intended": chart.Intended, "stopped": chart.Stopped,
	"on-hold": chart.OnHold, "unknown": chart.OtherStatus, "not-taken": chart.NotTaken,
}

func (r *reader) medicationStatement(n node) {
	if r.erroneous(r.str(n.get("status")), n.get("status")) {
		return
	}
	e := r.draft.add(chart.Medication)
	f := &e.fact
	var flags chart.Flags
	f.Status = r.status(n, n.get("status"), statementStatus)
	var doses node
	var asserted []byte
	for name, v := range n.members {
		switch string(name) {
		case "medicationCodeableConcept", "medicationReference":
			r.medicine(e, n, v)
		case "context":
			e.visit = r.local(v)
		case "dateAsserted":
			f.Noted, asserted = r.when(v)
		case "dosage":
			doses = v
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		}
	}
	r.dosages(e, doses)
	r.effective(e, n)
	if !f.Begin.Known() && f.Noted.Known() {
		f.Begin, e.date = f.Noted.UpTo(), asserted
		f.Flags |= chart.RecordedFor
	}
	r.finish(flags)
}

// effective reads effective[x] of a statement or an administration; it wins over what a dosage says.
func (r *reader) effective(e *entry, n node) {
	f := &e.fact
	if v := n.get("effectiveDateTime"); v.given() {
		if w, b := r.when(v); w.Known() {
			f.Begin, e.date = w, b
		}
	}
	if v := n.get("effectivePeriod"); v.given() {
		p := r.period(v)
		if p.begin.Known() {
			f.Begin, e.date = p.begin, p.beginText
		}
		if p.end.Known() {
			f.End, e.dateEnd = p.end, p.endText
		}
	}
}

// https://hl7.org/fhir/R4/valueset-medication-admin-status.html
var administrationStatus = map[string]chart.Status{
	"in-progress": chart.InProgress, "not-done": chart.NotTaken, "on-hold": chart.OnHold, "completed": chart.Completed,
	"stopped": chart.Stopped, "unknown": chart.OtherStatus,
}

func (r *reader) medicationAdministration(n node) {
	if r.erroneous(r.str(n.get("status")), n.get("status")) {
		return
	}
	e := r.draft.add(chart.Medication)
	f := &e.fact
	var flags chart.Flags
	f.Status = r.status(n, n.get("status"), administrationStatus)
	for name, v := range n.members {
		switch string(name) {
		case "medicationCodeableConcept", "medicationReference":
			r.medicine(e, n, v)
		case "context":
			e.visit = r.local(v)
		case "dosage":
			r.givenDose(e, v)
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		}
	}
	r.effective(e, n)
	if n.get("effectiveDateTime").given() {
		f.End, e.dateEnd = f.Begin, e.date
	}
	f.Noted = f.Begin
	r.finish(flags)
}

// https://hl7.org/fhir/R4/valueset-medicationdispense-status.html
var dispenseStatus = map[string]chart.Status{
	"preparation": chart.Draft, "in-progress": chart.InProgress, "cancelled": chart.Cancelled, "on-hold": chart.OnHold,
	"completed": chart.Completed, "stopped": chart.Stopped, "declined": chart.NotTaken, "unknown": chart.OtherStatus,
}

func (r *reader) medicationDispense(n node) {
	if r.erroneous(r.str(n.get("status")), n.get("status")) {
		return
	}
	e := r.draft.add(chart.Medication)
	f := &e.fact
	var flags chart.Flags
	f.Status = r.status(n, n.get("status"), dispenseStatus)
	var doses node
	var handed, prepared node
	for name, v := range n.members {
		switch string(name) {
		case "medicationCodeableConcept", "medicationReference":
			r.medicine(e, n, v)
		case "context":
			e.visit = r.local(v)
		case "whenHandedOver":
			handed = v
		case "whenPrepared":
			prepared = v
		case "dosageInstruction":
			doses = v
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		}
	}
	r.dosages(e, doses)
	f.End, e.dateEnd, e.supply = dates.When{}, nil, chart.Supply{PerDays: e.supply.PerDays}
	if f.Noted, e.date = r.when(handed); !f.Noted.Known() {
		f.Noted, e.date = r.when(prepared)
	}
	f.Begin = f.Noted
	if days := r.dispensedDays(n.get("daysSupply")); days > 0 {
		e.supply.Days = days
		f.End = lasting(f.Begin, int64(days))
	}
	r.finish(flags)
}

// dispensedDays reads daysSupply, which is in days also when its unit is left out.
func (r *reader) dispensedDays(n node) int32 {
	m := r.quantity(n)
	if m.given && len(m.unit) == 0 && m.comparator == 0 {
		if d := math.Ceil(m.value.Float64()); d > 0 && d <= 40_000 {
			return int32(d)
		}
	}
	return r.days(n)
}
