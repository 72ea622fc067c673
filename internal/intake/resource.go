package intake

import "prescreen/internal/chart"

// kindReader says how a kind of resource is read.
type kindReader struct {
	origin  chart.Origin
	subject string // member that names the patient
	read    func(*reader, node)
}

// kindReaders is the one table of the resource kinds that are read, beside Patient and Medication: everything else is only
// checked to be well-formed.
var kindReaders = map[string]kindReader{
	"Condition":                {chart.FromCondition, "subject", (*reader).condition},
	"Observation":              {chart.FromObservation, "subject", (*reader).observation},
	"MedicationRequest":        {chart.FromMedicationRequest, "subject", (*reader).medicationRequest},
	"MedicationStatement":      {chart.FromMedicationStatement, "subject", (*reader).medicationStatement},
	"MedicationAdministration": {chart.FromMedicationAdministration, "subject", (*reader).medicationAdministration},
	"MedicationDispense":       {chart.FromMedicationDispense, "subject", (*reader).medicationDispense},
	"Procedure":                {chart.FromProcedure, "subject", (*reader).procedure},
	"AllergyIntolerance":       {chart.FromAllergyIntolerance, "patient", (*reader).allergy},
	"Immunization":             {chart.FromImmunization, "patient", (*reader).immunization},
	"Encounter":                {chart.FromEncounter, "subject", (*reader).encounter},
	"Appointment":              {chart.FromAppointment, "", (*reader).appointment},
	"FamilyMemberHistory":      {chart.FromFamilyMemberHistory, "patient", (*reader).familyHistory},
	"DiagnosticReport":         {chart.FromDiagnosticReport, "subject", (*reader).diagnosticReport},
	"DocumentReference":        {chart.FromDocumentReference, "subject", (*reader).documentReference},
	"Consent":                  {chart.FromConsent, "patient", (*reader).consent},
	"ResearchSubject":          {chart.FromResearchSubject, "individual", (*reader).researchSubject},
	"Coverage":                 {chart.FromCoverage, "beneficiary", (*reader).coverage},
	"Flag":                     {chart.FromFlag, "subject", (*reader).flagged},
	"CareTeam":                 {chart.FromCareTeam, "subject", (*reader).careTeam},
}

// resource reads the resource at n into the draft; it gives false for one that is rejected.
func (r *reader) resource(n node, k kindReader) bool {
	r.begin(n, k.origin)
	if k.subject != "" {
		r.draft.subject = r.reference(n.get(k.subject))
	}
	k.read(r, n)
	return r.bad.reason == ""
}

// begin reads what all resources share.
func (r *reader) begin(n node, o chart.Origin) {
	r.bad = badField{}
	r.root = n.t
	d := &r.draft
	d.reset(o)
	d.id = r.str(n.get("id"))
	if m := n.get("meta"); r.obj(m) {
		d.version = r.str(m.get("versionId"))
		d.updated = r.str(m.get("lastUpdated"))
	}
}

// erroneous tells a resource that its author took back; it is a gap.
func (r *reader) erroneous(code []byte, at node) bool {
	if string(code) != "entered-in-error" {
		return false
	}
	r.gap(GapEnteredInError, at)
	r.draft.facts = r.draft.facts[:0]
	return true
}

// status looks up the code of a required element. A code outside the list rejects the resource: guessing what it may mean
// would be worse. An absent one is a gap.
func (r *reader) status(n, at node, list map[string]chart.Status) chart.Status {
	code := r.str(at)
	if len(code) == 0 {
		r.gap(GapStatus, n)
		return chart.NoStatus
	}
	s, ok := list[string(code)]
	if !ok {
		r.fail(at, "a code outside FHIR's list for this element")
	}
	return s
}

// finish sets what each fact of the resource needs at the end.
func (r *reader) finish(flags chart.Flags) {
	for i := range r.draft.facts {
		e := &r.draft.facts[i]
		e.fact.Flags |= flags
		if len(e.codes) == 0 && len(e.display) > 0 {
			e.fact.Flags |= chart.Uncoded
		}
	}
}
