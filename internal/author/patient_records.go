package author

import (
	"encoding/json"
	"strconv"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/dates"
	"prescreen/internal/quantity"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// diagnosis writes a Condition (https://hl7.org/fhir/R4/condition.html). One without a status is active, unless it ended.
func (w *writer) diagnosis(d *trial.Diagnosis) {
	status := "active"
	if d.Ended.Known() {
		status = "resolved"
	}
	code := w.concept(&d.Of)
	w.add(fhir.Condition{
		Id: w.next("diagnosis"), Subject: w.subject(), Code: &code,
		ClinicalStatus:     conceptOf(clinicalSystem, or(d.Status, status)),
		VerificationStatus: conceptOf(verificationSystem, or(d.Certainty, "confirmed")),
		OnsetDateTime:      moment(d.Began), AbatementDateTime: moment(d.Ended), RecordedDate: moment(d.Recorded),
	})
}

// The library writes both choices of medication[x], effective[x] and occurrence[x], so these resources are our own structs
// of the library's data types.
type (
	drug struct {
		ResourceType              string                                 `json:"resourceType"`
		ID                        *string                                `json:"id"`
		Status                    string                                 `json:"status"`
		Intent                    string                                 `json:"intent,omitempty"`
		MedicationCodeableConcept fhir.CodeableConcept                   `json:"medicationCodeableConcept"`
		Subject                   fhir.Reference                         `json:"subject"`
		AuthoredOn                *string                                `json:"authoredOn,omitempty"`
		WhenHandedOver            *string                                `json:"whenHandedOver,omitempty"`
		EffectivePeriod           *fhir.Period                           `json:"effectivePeriod,omitempty"`
		DateAsserted              *string                                `json:"dateAsserted,omitempty"`
		DaysSupply                *fhir.Quantity                         `json:"daysSupply,omitempty"`
		DosageInstruction         []fhir.Dosage                          `json:"dosageInstruction,omitempty"`
		Dosage                    any                                    `json:"dosage,omitempty"`
		DispenseRequest           *fhir.MedicationRequestDispenseRequest `json:"dispenseRequest,omitempty"`
	}
	vaccination struct {
		ResourceType       string               `json:"resourceType"`
		ID                 *string              `json:"id"`
		Status             string               `json:"status"`
		VaccineCode        fhir.CodeableConcept `json:"vaccineCode"`
		Patient            fhir.Reference       `json:"patient"`
		OccurrenceDateTime *string              `json:"occurrenceDateTime,omitempty"`
	}
)

// medication writes an order, a dispense, an administration or a statement. What is not said is as it would be: an order
// is active, what was handed over or given is completed.
func (w *writer) medication(m *trial.Medication) {
	d := drug{ID: w.next("medication"), Status: m.Status, MedicationCodeableConcept: w.concept(&m.Of), Subject: w.subject()}
	switch m.As {
	case "dispensed":
		d.ResourceType, d.Status = "MedicationDispense", or(d.Status, "completed")
		d.WhenHandedOver, d.DosageInstruction = moment(m.From), w.dosages(m, dates.When{})
		if days := supplied(m); days > 0 {
			d.DaysSupply = days.quantity()
		}
	case "given":
		d.ResourceType, d.Status = "MedicationAdministration", or(d.Status, "completed")
		to := m.To
		if !to.Known() {
			to = m.From
		}
		d.EffectivePeriod, d.Dosage = period(m.From, to), givenDose(m)
	case "stated":
		d.ResourceType, d.Status = "MedicationStatement", or(d.Status, "active")
		d.EffectivePeriod, d.DateAsserted = period(m.From, m.To), moment(m.From)
		if list := w.dosages(m, dates.When{}); len(list) > 0 {
			d.Dosage = list
		}
	default:
		d.ResourceType, d.Status, d.Intent = "MedicationRequest", or(d.Status, "active"), "order"
		d.AuthoredOn, d.DosageInstruction = moment(m.From), w.dosages(m, m.To)
		if days := supplied(m); days > 0 {
			d.DispenseRequest = &fhir.MedicationRequestDispenseRequest{ExpectedSupplyDuration: days.duration()}
			if m.Refills > 0 {
				d.DispenseRequest.NumberOfRepeatsAllowed = &m.Refills
			}
		}
	}
	w.add(d)
}

// supplyDays is how long a supply lasts.
type supplyDays int

func supplied(m *trial.Medication) supplyDays {
	if m.Supply.IsZero() || !m.From.Known() {
		return 0
	}
	return supplyDays(m.From.From.Add(m.Supply) - m.From.From)
}

func (d supplyDays) quantity() *fhir.Quantity {
	return &fhir.Quantity{Value: number(strconv.Itoa(int(d))), Unit: text("days"), System: text(terms.UCUM), Code: text("d")}
}

func (d supplyDays) duration() *fhir.Duration {
	q := d.quantity()
	return &fhir.Duration{Value: q.Value, Unit: q.Unit, System: q.System, Code: q.Code}
}

// dosages is empty when nothing is said about dose, end and need.
func (w *writer) dosages(m *trial.Medication, to dates.When) []fhir.Dosage {
	if m.Dose == "" && !m.AsNeeded && !to.Known() {
		return nil
	}
	var d fhir.Dosage
	if m.AsNeeded {
		d.AsNeededBoolean = &m.AsNeeded
	}
	var repeat fhir.TimingRepeat
	if to.Known() {
		repeat.BoundsPeriod = period(m.From, to)
	}
	if m.Dose != "" {
		perDay := max(m.PerDay, 1)
		d.DoseAndRate = []fhir.DosageDoseAndRate{{DoseQuantity: amount(m.Dose)}}
		repeat.Frequency, repeat.Period, repeat.PeriodUnit = &perDay, number("1"), text("d")
	}
	if m.Dose != "" || to.Known() {
		d.Timing = &fhir.Timing{Repeat: &repeat}
	}
	return []fhir.Dosage{d}
}

func givenDose(m *trial.Medication) any {
	if m.Dose == "" {
		return nil
	}
	return fhir.MedicationAdministrationDosage{Dose: amount(m.Dose)}
}

func number(s string) *json.Number {
	n := json.Number(s)
	return &n
}

// amount writes a quantity as its author did; the trial file has been read, so it is one.
func amount(s string) *fhir.Quantity {
	value, unit, err := quantity.ParseQuantity(s)
	if err != nil {
		return nil
	}
	return measured(value.String(), unit)
}

func measured(value, unit string) *fhir.Quantity {
	q := &fhir.Quantity{Value: number(value)}
	if unit != "" {
		q.Unit, q.System, q.Code = text(unit), text(terms.UCUM), text(unit)
	}
	return q
}

func (w *writer) events(p *trial.Patient) {
	for i := range p.Procedures {
		w.procedure(&p.Procedures[i])
	}
	if p.NoKnownAllergies {
		w.allergy(&trial.Event{Of: trial.Of{Code: "snomed 716186003"}, On: p.RecordSince})
	}
	for i := range p.Allergies {
		w.allergy(&p.Allergies[i])
	}
	for i := range p.Vaccines {
		e := &p.Vaccines[i]
		w.add(vaccination{
			ResourceType: "Immunization", ID: w.next("vaccine"), Status: or(e.Status, "completed"), Patient: w.subject(),
			VaccineCode: w.concept(&e.Of), OccurrenceDateTime: moment(e.On),
		})
	}
	for i := range p.Visits {
		w.visit(&p.Visits[i])
	}
	for i := range p.Family {
		w.relative(&p.Family[i])
	}
	for i := range p.Flags {
		w.flag(&p.Flags[i])
	}
}

// procedure writes a Procedure (https://hl7.org/fhir/R4/procedure.html). A status that FHIR does not have is left to intake
// to refuse, as it would be in a record.
func (w *writer) procedure(e *trial.Event) {
	out := struct {
		ResourceType      string               `json:"resourceType"`
		ID                *string              `json:"id"`
		Status            string               `json:"status"`
		Subject           fhir.Reference       `json:"subject"`
		Code              fhir.CodeableConcept `json:"code"`
		PerformedDateTime *string              `json:"performedDateTime,omitempty"`
		PerformedPeriod   *fhir.Period         `json:"performedPeriod,omitempty"`
	}{
		ResourceType: "Procedure", ID: w.next("procedure"), Status: or(e.Status, "completed"), Subject: w.subject(), Code: w.concept(&e.Of),
	}
	if e.To.Known() {
		out.PerformedPeriod = period(e.On, e.To)
	} else {
		out.PerformedDateTime = moment(e.On)
	}
	w.add(out)
}

func (w *writer) allergy(e *trial.Event) {
	code := w.concept(&e.Of)
	certainty := or(e.Certainty, "confirmed")
	clinical := or(e.Status, "active")
	if certainty == "refuted" {
		clinical = e.Status // FHIR gives a refuted one no clinical status
	}
	w.add(fhir.AllergyIntolerance{
		Id: w.next("allergy"), Patient: w.subject(), Code: &code, RecordedDate: moment(e.On),
		VerificationStatus: conceptOf(allergyVerifySystem, certainty), ClinicalStatus: conceptOf(allergyClinicalSystem, clinical),
	})
}

// classes are FHIR's codes of a visit's class (https://terminology.hl7.org/ValueSet-v3-ActEncounterCode.html).
var classes = map[string]string{"": "AMB", "outpatient": "AMB", "inpatient": "IMP", "emergency": "EMER"}

// visit writes an Encounter and gives its reference. It is over on the day it began unless an end is said.
func (w *writer) visit(e *trial.Event) *fhir.Reference {
	id := w.next("visit")
	to := e.To
	if !to.Known() {
		to = e.On
	}
	subject := w.subject()
	w.add(struct {
		ResourceType string                 `json:"resourceType"`
		ID           *string                `json:"id"`
		Status       string                 `json:"status"`
		Class        fhir.Coding            `json:"class"`
		Type         []fhir.CodeableConcept `json:"type"`
		Subject      *fhir.Reference        `json:"subject"`
		Period       *fhir.Period           `json:"period,omitempty"`
	}{
		"Encounter", id, or(e.Status, "finished"),
		fhir.Coding{System: text(terms.ActCode), Code: text(classes[e.Class])},
		[]fhir.CodeableConcept{w.concept(&e.Of)},
		&subject, period(e.On, to),
	})
	return &fhir.Reference{Reference: text("Encounter/" + *id)}
}
