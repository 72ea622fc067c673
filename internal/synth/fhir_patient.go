package synth

import (
	"strconv"

	"prescreen/internal/dates"
)

// patient is the Patient resource (https://hl7.org/fhir/R4/patient.html).
func (w *writer) patient() object {
	p := &w.person
	gender, sex := "male", "M"
	if p.female {
		gender, sex = "female", "F"
	}
	o := append(w.begin("Patient", p.id),
		member{"text", object{{"status", "generated"}, {"div", `<div xmlns="http://www.w3.org/1999/xhtml">A synthetic patient, made by prescreen synth.</div>`}}},
		member{"extension", w.patientExtensions(sex)},
		member{"identifier", w.identifiers()},
		member{"name", list{object{{"use", "official"}, {"family", p.family}, {"given", list{p.given}}, {"prefix", list{p.prefix}}}}},
		member{"telecom", list{object{{"system", "phone"}, {"value", p.phone}, {"use", "home"}}}},
		member{"gender", gender},
		member{"birthDate", p.birth.String()})
	if p.death != 0 {
		o = append(o, member{"deceasedDateTime", w.stamp(p.death, 15*60, "")})
	}
	return append(o,
		member{"address", list{object{{"line", list{p.street}}, {"city", p.city}, {"state", "Massachusetts"}, {"postalCode", "01999"}, {"country", "US"}}}},
		member{"maritalStatus", object{{"coding", list{object{{"system", terminology + "v3-MaritalStatus"}, {"code", "M"}, {"display", "M"}}}}, {"text", "M"}}},
		member{"multipleBirthBoolean", false},
		member{"communication", list{object{{"language", p.language.codeable()}}}})
}

func (w *writer) patientExtensions(sex string) list {
	omb := func(url, code, display string) object {
		return object{{"url", profileBase + url}, {"extension", list{
			object{{"url", "ombCategory"}, {"valueCoding", object{{"system", "urn:oid:2.16.840.1.113883.6.238"}, {"code", code}, {"display", display}}}},
			object{{"url", "text"}, {"valueString", display}},
		}}}
	}
	born := 10 + int(w.person.birth)%7*3
	return list{
		omb("us-core-race", "2106-3", "White"),
		omb("us-core-ethnicity", "2186-5", "Not Hispanic or Latino"),
		object{{"url", "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName"}, {"valueString", w.person.maiden}},
		object{{"url", profileBase + "us-core-birthsex"}, {"valueCode", sex}},
		object{{"url", "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"}, {"valueAddress", object{{"city", w.person.city}, {"state", "Massachusetts"}, {"country", "US"}}}},
		object{{"url", "http://synthetichealth.github.io/synthea/quality-adjusted-life-years"}, {"valueDecimal", number(strconv.Itoa(born) + ".5")}},
	}
}

func (w *writer) identifiers() list {
	typed := func(code, display, system, value string) object {
		return object{
			{"type", object{{"coding", list{object{{"system", terminology + "v2-0203"}, {"code", code}, {"display", display}}}}, {"text", display}}},
			{"system", system},
			{"value", value},
		}
	}
	p := &w.person
	return list{
		object{{"system", exporterSystem}, {"value", p.id}},
		typed("MR", "Medical Record Number", "http://hospital.smarthealthit.org", p.id),
		typed("SS", "Social Security Number", "http://hl7.org/fhir/sid/us-ssn", p.ssn),
	}
}

// encounter is the Encounter resource (https://hl7.org/fhir/R4/encounter.html).
func (w *writer) encounter(v *visit) {
	subject := w.self()
	participant := object{{"individual", w.doctorRef(v)}}
	var places, ids list
	if w.style == newer {
		subject = append(subject, member{"display", w.person.name()})
		role := object{{"system", terminology + "v3-ParticipationType"}, {"code", "PPRF"}, {"display", "primary performer"}}
		participant = object{{"type", list{object{{"coding", list{role}}, {"text", "primary performer"}}}}, {"period", w.period(v)}, {"individual", w.doctorRef(v)}}
		ids = list{object{{"use", "official"}, {"system", exporterSystem}, {"value", v.id}}}
		places = list{object{{"location", w.siteRef(v)}}}
	}
	o := append(w.begin("Encounter", v.id),
		member{"identifier", ids},
		member{"status", "finished"},
		member{"class", object{{"system", terminology + "v3-ActCode"}, {"code", v.class}}},
		member{"type", list{v.kind.codeable()}},
		member{"subject", subject},
		member{"participant", list{participant}},
		member{"period", w.period(v)})
	if v.reason != nil {
		o = append(o, member{"reasonCode", list{object{{"coding", list{w.coded(v.reason.code).coding()}}}}})
	}
	if v.class != "AMB" {
		home := concept{"http://www.nubc.org/patient-discharge", "01", "Discharged to home care or self care (routine discharge)"}
		o = append(o, member{"hospitalization", object{{"dischargeDisposition", home.codeable()}}})
	}
	w.emit("Encounter", v.id, append(o, member{"location", places}, member{"serviceProvider", w.houseRef(v)}))
}

// coded gives a code as the record's style writes it.
func (w *writer) coded(c concept) concept {
	if w.style == newer {
		return c.newer()
	}
	return c
}

// allergyList is what is known about allergies.
func (w *writer) allergyList() {
	for _, a := range w.allergies {
		o := append(w.begin("AllergyIntolerance", a.id),
			member{"clinicalStatus", object{{"coding", list{object{{"system", terminology + "allergyintolerance-clinical"}, {"code", "active"}}}}}},
			member{"verificationStatus", object{{"coding", list{object{{"system", terminology + "allergyintolerance-verification"}, {"code", "confirmed"}}}}}})
		if a.category != "" {
			o = append(o, member{"type", "allergy"}, member{"category", list{a.category}}, member{"criticality", "low"})
		}
		w.emit("AllergyIntolerance", a.id, append(o,
			member{"code", a.code.codeable()},
			member{"patient", w.self()},
			member{"recordedDate", w.stamp(a.day, 600, "")}))
	}
}

// participation is the patient's word on research: a refusal, a place in a trial.
func (w *writer) participation() {
	if c := w.opposed; c != nil {
		w.emit("Consent", c.id, append(w.begin("Consent", c.id),
			member{"status", "active"},
			member{"scope", coded(terminology+"consentscope", "research", "Research")},
			member{"category", list{coded("http://loinc.org", "59284-0", "Patient Consent")}},
			member{"patient", w.self()},
			member{"dateTime", w.stamp(c.day, 600, "")},
			member{"policyRule", coded(terminology+"v3-ActCode", "OPTOUT", "opt out")},
			member{"provision", object{{"type", "deny"}, {"purpose", list{object{{"system", terminology + "v3-ActReason"}, {"code", "HRESCH"}, {"display", "healthcare research"}}}}}}))
	}
	if s := w.enrolled; s != nil {
		registered := object{{"system", "https://clinicaltrials.gov"}, {"value", s.registry}}
		w.emit("ResearchStudy", s.study, append(w.begin("ResearchStudy", s.study),
			member{"identifier", list{registered}}, member{"title", s.title}, member{"status", "active"}))
		w.emit("ResearchSubject", s.id, append(w.begin("ResearchSubject", s.id),
			member{"status", "on-study"},
			member{"period", object{{"start", s.from.String()}}},
			member{"study", append(w.ref("ResearchStudy", s.study), member{"identifier", registered}, member{"display", s.title})},
			member{"individual", w.self()}))
	}
}

// clinicalDay is a day as written: whole when a text says less.
func (w *writer) clinicalDay(day dates.Day, minute int, text string) string {
	if text != "" {
		return text
	}
	return w.stamp(day, minute, "")
}
