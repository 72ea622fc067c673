package synth

import "strconv"

// staffSize is how many practitioners there are, two to a house.
const staffSize = 12

// house is an organization with the place it is at.
type house struct {
	id, site, name, street, city, phone string
}

// doctor is a practitioner of a house.
type doctor struct {
	id, npi, given, family string
	female                 bool
	house                  *house
}

// staff is the houses and practitioners of a run: the same for all its patients.
type staff struct {
	houses  []*house
	doctors []*doctor
}

// staffStream is the stream of draws that no patient has.
const staffStream = 1 << 63

func newStaff(seed uint64) *staff {
	d := roll(seed, staffStream)
	s := &staff{}
	kinds := []string{"GENERAL HOSPITAL", "COMMUNITY HEALTH CENTER", "MEDICAL GROUP", "FAMILY PRACTICE", "CARDIOLOGY CLINIC", "KIDNEY CLINIC"}
	for i, kind := range kinds {
		s.houses = append(s.houses, &house{
			id: d.uuid(), site: d.uuid(), name: upper(towns[i]) + " " + kind,
			street: strconv.Itoa(d.between(1, 400)) + " " + upper(pick(d, streets)), city: upper(towns[i]), phone: "555-" + d.digits(3) + "-" + d.digits(4),
		})
	}
	for i := range staffSize {
		m := &doctor{id: d.uuid(), npi: "99999" + d.digits(5), female: d.percent(50), house: s.houses[i/2]}
		m.given, m.family = d.named(mensNames), d.named(surnames)
		if m.female {
			m.given = d.named(womensNames)
		}
		s.doctors = append(s.doctors, m)
	}
	return s
}

func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// name is the practitioner's name as people write it.
func (m *doctor) name() string { return "Dr. " + m.given + " " + m.family }

// organization is a house as the resource.
func (h *house) organization(st style) object {
	o := resource(st, "Organization", h.id)
	return append(o,
		member{"identifier", list{object{{"system", exporterSystem}, {"value", h.id}}}},
		member{"active", true},
		member{"type", list{object{
			{"coding", list{object{{"system", "http://terminology.hl7.org/CodeSystem/organization-type"}, {"code", "prov"}, {"display", "Healthcare Provider"}}}},
			{"text", "Healthcare Provider"},
		}}},
		member{"name", h.name},
		member{"telecom", list{object{{"system", "phone"}, {"value", h.phone}}}},
		member{"address", list{h.address()}})
}

func (h *house) address() object {
	return object{{"line", list{h.street}}, {"city", h.city}, {"state", "MA"}, {"postalCode", "01999"}, {"country", "US"}}
}

// location is the place that a house is at.
func (h *house) location() object {
	return append(resource(newer, "Location", h.site),
		member{"identifier", list{object{{"system", exporterSystem}, {"value", h.site}}}},
		member{"status", "active"},
		member{"name", h.name},
		member{"telecom", list{object{{"system", "phone"}, {"value", h.phone}}}},
		member{"address", h.address()},
		member{"managingOrganization", object{{"identifier", object{{"system", exporterSystem}, {"value", h.id}}}, {"display", h.name}}})
}

// practitioner is a doctor as the resource.
func (m *doctor) practitioner(st style) object {
	gender := "male"
	if m.female {
		gender = "female"
	}
	return append(resource(st, "Practitioner", m.id),
		member{"identifier", list{object{{"system", npiSystem}, {"value", m.npi}}}},
		member{"active", true},
		member{"name", list{object{{"family", m.family}, {"given", list{m.given}}, {"prefix", list{"Dr."}}}}},
		member{"telecom", list{object{{"system", "email"}, {"value", m.given + "." + m.family + "@example.com"}, {"use", "work"}}}},
		member{"address", list{m.house.address()}},
		member{"gender", gender})
}
