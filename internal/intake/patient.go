package intake

import (
	"prescreen/internal/chart"
	"prescreen/internal/dates"
)

// patientFields is a Patient read.
type patientFields struct {
	person     chart.Person
	deathText  []byte
	identities []identifier
	links      []link
	base       []byte // server base of the fullUrl, when it had one
}

// identifier is one of a patient's, as a digest.
type identifier struct {
	identity identity
	unique   bool // of a system that names one person
}

// link is Patient.link (https://hl7.org/fhir/R4/patient.html#links).
type link struct {
	other reference
	kind  linkKind
}

type linkKind uint8

const (
	sameAs     linkKind = iota
	replacedBy          // this patient gave way to the other
	replaces            // the other gave way to this one
)

var genders = map[string]chart.Sex{
	"male": chart.Male, "female": chart.Female, "other": chart.OtherSex, "unknown": chart.UnknownSex,
}

// patient reads a Patient. Of its birth sex and sex for clinical use the extensions of US Core and of FHIR's core are known.
func (r *reader) patient(n node, unique func(system []byte) bool) bool {
	r.begin(n, chart.FromPatient)
	p := &r.out
	*p = patientFields{identities: p.identities[:0], links: p.links[:0]}
	var flags chart.Flags
	for name, v := range n.members {
		switch string(name) {
		case "birthDate":
			var b []byte
			if p.person.Birth, b = r.when(v); b != nil {
				p.person.BirthText = string(b)
			}
		case "gender":
			p.person.Gender = r.sexCode(v)
		case "active":
			active, given := r.flag(v)
			p.person.Inactive = given && !active
		case "deceasedBoolean":
			dead, _ := r.flag(v)
			p.person.Deceased = p.person.Deceased || dead
		case "deceasedDateTime":
			if len(r.str(v)) > 0 {
				p.person.Deceased = true
				p.person.Death, p.deathText = r.when(v)
			}
		case "extension":
			r.patientExtensions(v)
		case "identifier":
			r.identifiers(v, unique)
		case "link":
			r.links(v)
		case "communication":
			r.languages(v)
		case "generalPractitioner":
			r.practitioners(v)
		case "modifierExtension", "implicitRules":
			r.modifier(v, &flags)
		}
	}
	if flags.Has(chart.UnknownModifier) {
		// Who this is may not be what it says: neither birth nor sex can be relied on.
		p.person.Birth, p.person.BirthText, p.person.Gender, p.person.BirthSex, p.person.ClinicalSex =
			dates.When{}, "", chart.NoSex, chart.NoSex, chart.NoSex
	}
	return r.bad.reason == ""
}

func (r *reader) sexCode(v node) chart.Sex {
	code := r.str(v)
	if len(code) == 0 {
		return chart.NoSex
	}
	s, ok := genders[string(code)]
	if !ok {
		r.fail(v, "a code outside FHIR's list for this element")
	}
	return s
}

const (
	birthSexURL    = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
	sexURL         = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-sex"
	clinicalSexURL = "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse"
)

func (r *reader) patientExtensions(n node) {
	if !r.list(n) {
		return
	}
	for _, v := range n.elements {
		if !r.obj(v) {
			return
		}
		p := &r.out.person
		switch string(r.str(v.get("url"))) {
		case birthSexURL:
			p.BirthSex = sexOf(r.str(v.get("valueCode")))
		case sexURL:
			if s := r.sexValue(v); p.BirthSex == chart.NoSex {
				p.BirthSex = s
			}
		case clinicalSexURL:
			p.ClinicalSex = r.clinicalSex(v)
		}
	}
}

// clinicalSex reads the extension's value part. Several that differ are unknown.
func (r *reader) clinicalSex(n node) chart.Sex {
	sex := chart.NoSex
	parts := n.get("extension")
	if !r.list(parts) {
		return sex
	}
	for _, v := range parts.elements {
		if !r.obj(v) || string(r.str(v.get("url"))) != "value" {
			continue
		}
		s := r.sexValue(v)
		if sex != chart.NoSex && s != sex {
			return chart.UnknownSex
		}
		sex = s
	}
	if old := r.out.person.ClinicalSex; old != chart.NoSex && old != sex {
		return chart.UnknownSex
	}
	return sex
}

func (r *reader) sexValue(v node) chart.Sex {
	if c := v.get("valueCode"); c.given() {
		return sexOf(r.str(c))
	}
	if c := v.get("valueCodeableConcept"); r.obj(c) && r.list(c.get("coding")) {
		for _, coding := range c.get("coding").elements {
			if s := sexOf(r.str(coding.get("code"))); s != chart.UnknownSex {
				return s
			}
		}
		return chart.UnknownSex
	}
	if c := v.get("valueCoding"); r.obj(c) {
		return sexOf(r.str(c.get("code")))
	}
	return chart.UnknownSex
}

// sexOf reads the codes in use: administrative gender, v3, US Core and SNOMED CT.
func sexOf(code []byte) chart.Sex {
	switch string(code) {
	case "M", "male", "248153007", "male-typical":
		return chart.Male
	case "F", "female", "248152002", "female-typical":
		return chart.Female
	case "other", "OTH", "X":
		return chart.OtherSex
	}
	return chart.UnknownSex
}

func (r *reader) identifiers(n node, unique func([]byte) bool) {
	if !r.list(n) {
		return
	}
	for _, v := range n.elements {
		if !r.obj(v) {
			return
		}
		system, value := r.str(v.get("system")), r.str(v.get("value"))
		if len(system) > 0 && len(value) > 0 {
			r.out.identities = append(r.out.identities, identifier{identityOf(system, value), unique(system)})
		}
	}
}

func (r *reader) links(n node) {
	if !r.list(n) {
		return
	}
	for _, v := range n.elements {
		if !r.obj(v) {
			return
		}
		switch kind := v.get("type"); string(r.str(kind)) {
		case "replaced-by":
			r.out.links = append(r.out.links, link{r.reference(v.get("other")), replacedBy})
		case "replaces":
			r.out.links = append(r.out.links, link{r.reference(v.get("other")), replaces})
		case "refer", "seealso":
			r.out.links = append(r.out.links, link{r.reference(v.get("other")), sameAs})
		default:
			r.fail(kind, "a code outside FHIR's list for this element")
		}
	}
}

func (r *reader) languages(n node) {
	if !r.list(n) {
		return
	}
	for _, v := range n.elements {
		if r.obj(v) {
			r.out.person.Languages, _ = r.concept(v.get("language"), r.out.person.Languages)
		}
	}
}

func (r *reader) practitioners(n node) {
	if !r.list(n) {
		return
	}
	for _, v := range n.elements {
		if r.obj(v) {
			if ref := r.str(v.get("reference")); len(ref) > 0 {
				r.out.person.Practitioners = append(r.out.person.Practitioners, string(ref))
			}
		}
	}
}
