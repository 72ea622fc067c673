package synth

import (
	"strconv"

	"prescreen/internal/dates"
)

// Systems and profiles of the exporter whose shape is followed.
const (
	exporterSystem = "https://github.com/synthetichealth/synthea"
	npiSystem      = "http://hl7.org/fhir/sid/us-npi"
	terminology    = "http://terminology.hl7.org/CodeSystem/"
	profileBase    = "http://hl7.org/fhir/us/core/StructureDefinition/"
	ucum           = "http://unitsofmeasure.org"
)

// writer turns one record into resources, in the order of its visits. A bulk export refers by Type/id, a bundle by
// urn:uuid.
type writer struct {
	*record
	staff *staff
	bulk  bool
	emit  func(kind, id string, r object)
	used  [staffSize]bool // practitioners already written into this bundle
}

// write emits the whole record, the patient first.
func (w *writer) write() {
	w.emit("Patient", w.person.id, w.patient())
	for i, v := range w.visits {
		w.actors(v)
		w.encounter(v)
		if i == 0 {
			w.allergyList()
		}
		for _, p := range v.problems {
			w.condition(p)
		}
		for _, r := range v.results {
			w.observation(v, r)
		}
		for _, p := range v.procedures {
			w.procedure(v, p)
		}
		for _, o := range v.orders {
			w.request(v, o)
		}
		for _, m := range v.vaccines {
			w.immunization(v, m)
		}
		for _, p := range v.panels {
			w.report(v, p)
		}
		for _, p := range v.plans {
			w.carePlan(v, p)
		}
		w.study(v)
		w.notes(v)
		w.claim(v)
		w.benefit(v)
	}
	w.participation()
}

// actors writes the organization and the practitioner of a visit the first time each is met: the older bundles hold
// them, the newer ones refer by identifier.
func (w *writer) actors(v *visit) {
	if w.style == newer || w.bulk || w.used[v.doctor] {
		return
	}
	m := w.staff.doctors[v.doctor]
	first := !w.used[v.doctor^1] // the other one of the house
	w.used[v.doctor] = true
	if first {
		w.emit("Organization", m.house.id, m.house.organization(older))
	}
	w.emit("Practitioner", m.id, m.practitioner(older))
}

// resource begins a resource: type, id and, in the newer style, the profile.
func resource(st style, kind, id string) object {
	o := object{{"resourceType", kind}, {"id", id}}
	if st == newer {
		if p := profileOf(kind); p != "" {
			o = append(o, member{"meta", object{{"profile", list{profileBase + p}}}})
		}
	}
	return o
}

func profileOf(kind string) string {
	switch kind {
	case "Patient", "Encounter", "Condition", "Procedure", "Immunization", "Practitioner", "Organization", "Location",
		"AllergyIntolerance", "MedicationRequest", "Medication", "CarePlan", "CareTeam", "DocumentReference":
		return "us-core-" + lower(kind)
	}
	return ""
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c - 'A' + 'a'
		}
	}
	return string(b)
}

func (w *writer) begin(kind, id string) object { return resource(w.style, kind, id) }

// to is a reference to a resource of this record.
func (w *writer) to(kind, id string) string {
	if w.bulk {
		return kind + "/" + id
	}
	return "urn:uuid:" + id
}

func (w *writer) ref(kind, id string) object { return object{{"reference", w.to(kind, id)}} }

func (w *writer) self() object { return w.ref("Patient", w.person.id) }

func (w *writer) visitRef(v *visit) object { return w.ref("Encounter", v.id) }

// doctorRef refers to the practitioner of a visit: by identifier in the newer bundles, whose target stands in another
// file (https://hl7.org/fhir/R4/http.html#trules).
func (w *writer) doctorRef(v *visit) object {
	m := w.staff.doctors[v.doctor]
	if w.style == newer && !w.bulk {
		return object{{"reference", "Practitioner?identifier=" + npiSystem + "|" + m.npi}, {"display", m.name()}}
	}
	return w.ref("Practitioner", m.id)
}

func (w *writer) houseRef(v *visit) object {
	h := w.staff.doctors[v.doctor].house
	if w.style == newer && !w.bulk {
		return object{{"reference", "Organization?identifier=" + exporterSystem + "|" + h.id}, {"display", h.name}}
	}
	return w.ref("Organization", h.id)
}

// siteRef refers to the place of a visit; the older style knows none.
func (w *writer) siteRef(v *visit) object {
	h := w.staff.doctors[v.doctor].house
	switch {
	case w.bulk:
		return object{{"reference", "Location/" + h.site}, {"display", h.name}}
	case w.style == newer:
		return object{{"reference", "Location?identifier=" + exporterSystem + "|" + h.site}, {"display", h.name}}
	}
	return nil
}

// begins and ends are the times of a visit.
func (w *writer) begins(v *visit) string { return w.stamp(v.day, v.minute, "") }
func (w *writer) ends(v *visit) string   { return w.stamp(v.day, v.minute+v.length, "") }

func (w *writer) period(v *visit) object {
	return object{{"start", w.begins(v)}, {"end", w.ends(v)}}
}

// stamp writes an instant: in UTC in the older style, with a local offset in the newer one.
func (w *writer) stamp(day dates.Day, minute int, fraction string) string {
	day += dates.Day(minute / 1440)
	minute %= 1440
	zone := "+00:00"
	if w.style == newer {
		zone = "+01:00"
		if _, month, _ := day.Civil(); month >= 4 && month <= 10 {
			zone = "+02:00"
		}
	}
	b := append(make([]byte, 0, 32), day.String()...)
	b = append(b, 'T')
	b = append(two(b, minute/60), ':')
	b = append(two(b, minute%60), ':')
	b = two(b, (int(w.person.birth)%60+60)%60)
	return string(append(append(b, fraction...), zone...))
}

func two(b []byte, n int) []byte {
	return strconv.AppendInt(append(b, byte('0'+n/10)), int64(n%10), 10)
}

// coded is a CodeableConcept of one coding without a text.
func coded(system, code, display string) object {
	return object{{"coding", list{object{{"system", system}, {"code", code}, {"display", display}}}}}
}
