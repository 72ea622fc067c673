package synth

// condition is the Condition resource (https://hl7.org/fhir/R4/condition.html).
func (w *writer) condition(p *problem) {
	o := append(w.begin("Condition", p.id),
		member{"clinicalStatus", object{{"coding", list{object{{"system", terminology + "condition-clinical"}, {"code", p.clinical}}}}}},
		member{"verificationStatus", object{{"coding", list{object{{"system", terminology + "condition-ver-status"}, {"code", p.certainty}}}}}})
	if w.style == newer {
		o = append(o, member{"category", list{coded(terminology+"condition-category", "encounter-diagnosis", "Encounter Diagnosis")}})
	}
	o = append(o,
		member{"code", w.coded(p.code).codeable()},
		member{"subject", w.self()},
		member{"encounter", w.visitRef(p.visit)},
		member{"onsetDateTime", w.clinicalDay(p.onset, p.visit.minute, p.onsetText)})
	if p.abated != 0 {
		o = append(o, member{"abatementDateTime", w.stamp(p.abated, p.visit.minute, "")})
	}
	w.emit("Condition", p.id, append(o, member{"recordedDate", w.begins(p.visit)}))
}

// observation is the Observation resource (https://hl7.org/fhir/R4/observation.html).
func (w *writer) observation(v *visit, r *result) {
	status := "final"
	if r.status != "" {
		status = r.status
	}
	o := append(w.begin("Observation", r.id),
		member{"status", status},
		member{"category", list{coded(terminology+"observation-category", r.category, r.category)}},
		member{"code", w.coded(r.code).codeable()},
		member{"subject", w.self()},
		member{"encounter", w.visitRef(v)},
		member{"effectiveDateTime", w.begins(v)},
		member{"issued", w.stamp(v.day, v.minute, ".205")})
	var parts list
	for _, p := range r.parts {
		parts = append(parts, append(object{{"code", p.code.codeable()}}, p.answered()...))
	}
	o = append(o, r.answered()...)
	w.emit("Observation", r.id, append(o, member{"component", parts}))
}

// answered is the value of a result, or why there is none.
func (r *result) answered() object {
	switch {
	case r.absent != "":
		return object{{"dataAbsentReason", coded(terminology+"data-absent-reason", r.absent, r.absent)}}
	case r.answer.code != "":
		return object{{"valueCodeableConcept", r.answer.codeable()}}
	case r.value == "":
		return nil
	case r.noUnit:
		return object{{"valueQuantity", object{{"value", r.value}, {"comparator", r.comparator}, {"system", ucum}}}}
	}
	return object{{"valueQuantity", object{{"value", r.value}, {"comparator", r.comparator}, {"unit", r.unit}, {"system", ucum}, {"code", r.unit}}}}
}

// report is the DiagnosticReport over the results of a panel.
func (w *writer) report(v *visit, p *panel) {
	var results list
	for _, r := range p.results {
		results = append(results, append(w.ref("Observation", r.id), member{"display", r.code.display}))
	}
	if len(results) == 0 {
		return
	}
	w.emit("DiagnosticReport", p.id, append(w.begin("DiagnosticReport", p.id),
		member{"status", "final"},
		member{"category", list{coded(terminology+"v2-0074", "LAB", "Laboratory")}},
		member{"code", p.code.codeable()},
		member{"subject", w.self()},
		member{"encounter", w.visitRef(v)},
		member{"effectiveDateTime", w.begins(v)},
		member{"issued", w.stamp(v.day, v.minute, ".205")},
		member{"result", results}))
}

// procedure is the Procedure resource.
func (w *writer) procedure(v *visit, p *procedure) {
	o := append(w.begin("Procedure", p.id),
		member{"status", "completed"},
		member{"code", p.code.codeable()},
		member{"subject", w.self()},
		member{"encounter", w.visitRef(v)},
		member{"performedPeriod", object{{"start", w.begins(v)}, {"end", w.stamp(v.day, v.minute+p.minutes, "")}}},
		member{"location", w.siteRef(v)})
	if p.reason != nil {
		o = append(o, member{"reasonReference", list{append(w.ref("Condition", p.reason.id), member{"display", w.coded(p.reason.code).display})}})
	}
	w.emit("Procedure", p.id, o)
}

// request is the MedicationRequest and, where it points to one, the Medication.
func (w *writer) request(v *visit, r *order) {
	o := append(w.begin("MedicationRequest", r.id), member{"status", r.status}, member{"intent", "order"})
	if r.medication != "" {
		w.emit("Medication", r.medication, append(w.begin("Medication", r.medication), member{"code", r.drug.codeable()}, member{"status", "active"}))
		o = append(o, member{"medicationReference", w.ref("Medication", r.medication)})
	} else {
		o = append(o, member{"medicationCodeableConcept", r.drug.codeable()})
	}
	o = append(o,
		member{"subject", w.self()},
		member{"encounter", w.visitRef(v)},
		member{"authoredOn", w.begins(v)},
		member{"requester", w.doctorRef(v)})
	if r.reason != nil {
		o = append(o, member{"reasonReference", list{w.ref("Condition", r.reason.id)}})
	}
	w.emit("MedicationRequest", r.id, append(o, member{"dosageInstruction", r.dosage()}))
	w.pharmacyClaim(v, r)
}

func (r *order) dosage() list {
	if r.times == 0 {
		return nil
	}
	one := number("1")
	d := object{
		{"sequence", 1},
		{"timing", object{{"repeat", object{{"frequency", r.times}, {"period", one}, {"periodUnit", "d"}}}}},
		{"asNeededBoolean", r.asNeeded},
		{"doseAndRate", list{object{{"type", coded(terminology+"dose-rate-type", "ordered", "Ordered")}, {"doseQuantity", object{{"value", one}}}}}},
	}
	if r.asNeeded {
		d = object{d[0], {"asNeededBoolean", true}}
	}
	return list{d}
}

// immunization is the Immunization resource.
func (w *writer) immunization(v *visit, m *vaccine) {
	w.emit("Immunization", m.id, append(w.begin("Immunization", m.id),
		member{"status", "completed"},
		member{"vaccineCode", m.code.codeable()},
		member{"patient", w.self()},
		member{"encounter", w.visitRef(v)},
		member{"occurrenceDateTime", w.begins(v)},
		member{"primarySource", true},
		member{"location", w.siteRef(v)}))
}
