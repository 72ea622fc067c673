package author

import (
	"strings"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// observation is an Observation (https://hl7.org/fhir/R4/observation.html) whose status is text, so that a test can hold
// one that is no longer of the standard.
type observation struct {
	ResourceType         string                           `json:"resourceType"`
	ID                   *string                          `json:"id"`
	Status               string                           `json:"status"`
	Code                 fhir.CodeableConcept             `json:"code"`
	Subject              fhir.Reference                   `json:"subject"`
	Encounter            *fhir.Reference                  `json:"encounter,omitempty"`
	EffectiveDateTime    *string                          `json:"effectiveDateTime,omitempty"`
	ValueQuantity        *value                           `json:"valueQuantity,omitempty"`
	ValueCodeableConcept *fhir.CodeableConcept            `json:"valueCodeableConcept,omitempty"`
	ValueString          *string                          `json:"valueString,omitempty"`
	ValueDateTime        *string                          `json:"valueDateTime,omitempty"`
	DataAbsentReason     *fhir.CodeableConcept            `json:"dataAbsentReason,omitempty"`
	ReferenceRange       []fhir.ObservationReferenceRange `json:"referenceRange,omitempty"`
}

// value is a Quantity with its comparator as text, which the library's own cannot read back.
type value struct {
	fhir.Quantity
	Comparator string `json:"comparator,omitempty"`
}

func (w *writer) observed(code fhir.CodeableConcept, on dates.When) observation {
	return observation{
		ResourceType: "Observation", ID: w.next("result"), Status: "final", Code: code, Subject: w.subject(), EffectiveDateTime: moment(on),
	}
}

// result writes a laboratory result, a vital sign, a score, a marker or a stage.
func (w *writer) result(r *trial.Result) {
	o := w.observed(w.concept(&r.Of), r.On)
	o.Status = or(r.Status, "final")
	if r.Class != "" {
		o.Encounter = w.visit(&trial.Event{On: r.On, Class: r.Class})
	}
	switch {
	case r.Answer != "":
		w.answer(&o, r)
	case r.HasValue:
		o.ValueQuantity = &value{Quantity: *measured(r.Value.String(), r.Unit)}
		if r.Comparator != quantity.None {
			o.ValueQuantity.Comparator = r.Comparator.String()
		}
		o.ReferenceRange = rangeOf(r)
	default:
		unknown := concept(terms.AbsentCode, "unknown", "")
		o.DataAbsentReason = &unknown
	}
	w.add(o)
}

// answer writes one of the set's answers by its code, a code with its system before it as that, and all else as text.
func (w *writer) answer(o *observation, r *trial.Result) {
	if set, ok := w.lib.Find(r.Set); ok {
		if i, ok := set.AnswerNamed(r.Answer); ok && len(set.Answers[i].Codes) > 0 {
			c := set.Answers[i].Codes[0]
			coded := concept(c.System, c.Code, r.Answer)
			o.ValueCodeableConcept = &coded
			return
		}
	}
	if system, code, ok := strings.Cut(r.Answer, " "); ok {
		if uri, known := terms.SystemNamed(system); known {
			coded := concept(uri, strings.TrimSpace(code), "")
			o.ValueCodeableConcept = &coded
			return
		}
	}
	o.ValueString = &r.Answer
}

func rangeOf(r *trial.Result) []fhir.ObservationReferenceRange {
	if r.Low == "" && r.High == "" {
		return nil
	}
	var out fhir.ObservationReferenceRange
	if r.Low != "" {
		out.Low = measured(r.Low, r.Unit)
	}
	if r.High != "" {
		out.High = measured(r.High, r.Unit)
	}
	return []fhir.ObservationReferenceRange{out}
}

// The codes by which a patient's circumstances stand in records.
const (
	pregnancyStatus = "82810-3" // LOINC: Pregnancy status
	deliveryDate    = "11778-8" // LOINC: Delivery date Estimated
	breastfeeding   = "63895-7" // LOINC: Breastfeeding status
	smokingStatus   = "72166-2" // LOINC: Tobacco smoking status
	packYears       = "8664-5"  // LOINC: Cigarettes smoked total (pack per year) - Reported
)

// answers of those questions, in SNOMED CT.
var (
	pregnancyAnswers = map[string]string{"pregnant": "77386006", "not pregnant": "60001007", "possible": "146799005", "unknown": "261665006"}
	feedingAnswers   = map[string]string{"yes": "169741004", "no": "405029003"}
	smokingAnswers   = map[string]string{"current": "77176002", "former": "8517006", "never": "266919005", "unknown": "266927001"}
)

// coded writes an observation that answers with a SNOMED CT code.
func (w *writer) coded(loinc, snomed, words string, on dates.When) {
	o := w.observed(concept(terms.LOINC, loinc, ""), on)
	answer := concept(terms.SNOMED, snomed, words)
	o.ValueCodeableConcept = &answer
	w.add(o)
}

func (w *writer) circumstances(p *trial.Patient) {
	if g := &p.Pregnancy; g.Status != "" {
		w.coded(pregnancyStatus, pregnancyAnswers[g.Status], g.Status, onOr(g.On, p.LastContact))
	}
	if g := &p.Pregnancy; g.Due.Known() {
		o := w.observed(concept(terms.LOINC, deliveryDate, "Expected date of delivery"), onOr(g.On, p.LastContact))
		o.ValueDateTime = moment(g.Due)
		w.add(o)
	}
	if p.Breastfeeding != "" {
		w.coded(breastfeeding, feedingAnswers[p.Breastfeeding], p.Breastfeeding, p.LastContact)
	}
	if s := &p.Smoking; s.Status != "" {
		w.coded(smokingStatus, smokingAnswers[s.Status], s.Status, onOr(s.On, p.LastContact))
	}
	if s := &p.Smoking; s.PackYears != "" {
		o := w.observed(concept(terms.LOINC, packYears, "Pack-years"), onOr(s.On, p.LastContact))
		o.ValueQuantity = &value{Quantity: *measured(s.PackYears, "{PackYears}")}
		w.add(o)
	}
	for i := range p.Enrolled {
		w.enrolment(&p.Enrolled[i])
	}
	for i := range p.Coverage {
		w.coverage(&p.Coverage[i])
	}
}

// onOr is when something was noted: when it is said, else at the last contact.
func onOr(on, otherwise dates.When) dates.When {
	if on.Known() {
		return on
	}
	return otherwise
}

// enrolment writes a ResearchSubject (https://hl7.org/fhir/R4/researchsubject.html).
func (w *writer) enrolment(s *trial.Stay) {
	w.add(struct {
		ResourceType string         `json:"resourceType"`
		ID           *string        `json:"id"`
		Status       string         `json:"status"`
		Period       *fhir.Period   `json:"period,omitempty"`
		Study        fhir.Reference `json:"study"`
		Individual   fhir.Reference `json:"individual"`
	}{
		"ResearchSubject", w.next("enrolment"), or(s.Status, "on-study"), period(s.From, s.To),
		fhir.Reference{Reference: text("ResearchStudy/" + or(s.Name, "another")), Display: text(s.Name)},
		w.subject(),
	})
}

// coverage writes a Coverage (https://hl7.org/fhir/R4/coverage.html).
func (w *writer) coverage(s *trial.Stay) {
	kind := fhir.CodeableConcept{Text: text(s.Name)}
	if _, ok := w.lib.Find(s.Name); ok {
		kind = w.concept(&trial.Of{Set: s.Name})
	}
	w.add(struct {
		ResourceType string               `json:"resourceType"`
		ID           *string              `json:"id"`
		Status       string               `json:"status"`
		Type         fhir.CodeableConcept `json:"type"`
		Beneficiary  fhir.Reference       `json:"beneficiary"`
		Period       *fhir.Period         `json:"period,omitempty"`
	}{"Coverage", w.next("coverage"), or(s.Status, "active"), kind, w.subject(), period(s.From, s.To)})
}

// relatives are codes of the relationship (https://terminology.hl7.org/CodeSystem-v3-RoleCode.html).
var relatives = map[string]string{
	"mother": "MTH", "father": "FTH", "sister": "SIS", "brother": "BRO", "daughter": "DAUC", "son": "SONC",
	"grandmother": "GRMTH", "grandfather": "GRFTH", "aunt": "AUNT", "uncle": "UNCLE",
}

// relative writes a FamilyMemberHistory (https://hl7.org/fhir/R4/familymemberhistory.html).
func (w *writer) relative(e *trial.Event) {
	relation := or(e.Relation, "mother")
	w.add(struct {
		ResourceType string                              `json:"resourceType"`
		ID           *string                             `json:"id"`
		Status       string                              `json:"status"`
		Patient      fhir.Reference                      `json:"patient"`
		Date         *string                             `json:"date,omitempty"`
		Relationship fhir.CodeableConcept                `json:"relationship"`
		Condition    []fhir.FamilyMemberHistoryCondition `json:"condition"`
	}{
		"FamilyMemberHistory", w.next("family"), or(e.Status, "completed"), w.subject(), moment(e.On),
		concept("http://terminology.hl7.org/CodeSystem/v3-RoleCode", or(relatives[relation], relation), relation),
		[]fhir.FamilyMemberHistoryCondition{{Code: w.concept(&e.Of)}},
	})
}

// flag writes a Flag (https://hl7.org/fhir/R4/flag.html).
func (w *writer) flag(e *trial.Event) {
	w.add(struct {
		ResourceType string               `json:"resourceType"`
		ID           *string              `json:"id"`
		Status       string               `json:"status"`
		Code         fhir.CodeableConcept `json:"code"`
		Subject      fhir.Reference       `json:"subject"`
		Period       *fhir.Period         `json:"period,omitempty"`
	}{"Flag", w.next("flag"), or(e.Status, "active"), w.concept(&e.Of), w.subject(), period(e.On, e.To)})
}
