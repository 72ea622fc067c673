package author

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/dates"
	"prescreen/internal/terms"
	"prescreen/internal/trial"
)

// Codes and systems of FHIR's own that made-up records are written with.
const (
	clinicalSystem        = "http://terminology.hl7.org/CodeSystem/condition-clinical"
	verificationSystem    = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
	allergyVerifySystem   = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
	allergyClinicalSystem = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
	noSetSystem           = "urn:prescreen:made-up"
)

// writer makes FHIR R4 resources of a shorthand patient. Their ids are numbered by kind, in the order of the shorthand, so
// that reasons point at something the author can find.
type writer struct {
	lib     *terms.Library
	id      string
	numbers map[string]int
	entries []fhir.BundleEntry
}

// Bundle writes a shorthand patient as a FHIR R4 bundle, the patient under the given id. The patient must not be one that
// names a bundle itself.
func Bundle(p *trial.Patient, id string, lib *terms.Library) ([]byte, error) {
	w := &writer{lib: lib, id: id, numbers: map[string]int{}}
	w.person(p)
	w.background(p)
	for i := range p.Diagnoses {
		w.diagnosis(&p.Diagnoses[i])
	}
	for i := range p.Medications {
		w.medication(&p.Medications[i])
	}
	w.events(p)
	for _, list := range [][]trial.Result{p.Labs, p.Vitals, p.Scores} {
		for i := range list {
			w.result(&list[i])
		}
	}
	w.circumstances(p)
	data, err := json.Marshal(fhir.Bundle{Type: fhir.BundleTypeCollection, Entry: w.entries})
	if err != nil {
		return nil, fmt.Errorf("writing a made-up patient: %w", err)
	}
	return data, nil
}

// add takes a resource into the bundle. What the writer makes can always be written.
func (w *writer) add(resource any) {
	data, err := json.Marshal(resource)
	if err != nil {
		panic("author: a made-up resource cannot be written: " + err.Error())
	}
	w.entries = append(w.entries, fhir.BundleEntry{Resource: data})
}

// next gives the id of the next resource of a kind.
func (w *writer) next(kind string) *string {
	w.numbers[kind]++
	id := fmt.Sprintf("%s-%s-%d", w.id, kind, w.numbers[kind])
	return &id
}

func (w *writer) subject() fhir.Reference {
	return fhir.Reference{Reference: text("Patient/" + w.id)}
}

// person writes the Patient (https://hl7.org/fhir/R4/patient.html).
func (w *writer) person(p *trial.Patient) {
	out := fhir.Patient{Id: &w.id, BirthDate: moment(p.Birth), DeceasedDateTime: moment(p.Died)}
	for _, g := range [...]fhir.AdministrativeGender{
		fhir.AdministrativeGenderMale, fhir.AdministrativeGenderFemale, fhir.AdministrativeGenderOther, fhir.AdministrativeGenderUnknown,
	} {
		if g.Code() == p.Sex {
			out.Gender = &g
		}
	}
	for _, l := range p.Languages {
		out.Communication = append(out.Communication, fhir.PatientCommunication{Language: w.named(l, terms.BCP47)})
	}
	w.add(out)
}

// named is what a name stands for: a value set of that name, else a code of the system.
func (w *writer) named(name, system string) fhir.CodeableConcept {
	if _, ok := w.lib.Find(name); ok {
		return w.concept(&trial.Of{Set: name})
	}
	return concept(system, name, "")
}

// background writes what makes a record a record: a visit, a diagnosis, a procedure and an order on its first day, of no
// value set, and a visit on the last.
func (w *writer) background(p *trial.Patient) {
	if p.LastContact.Known() {
		w.visit(&trial.Event{On: p.LastContact})
	}
	if !p.RecordSince.Known() {
		return
	}
	w.visit(&trial.Event{On: p.RecordSince})
	w.diagnosis(&trial.Diagnosis{Began: p.RecordSince, Ended: p.RecordSince, Recorded: p.RecordSince, Status: "resolved"})
	w.procedure(&trial.Event{On: p.RecordSince})
	w.medication(&trial.Medication{From: p.RecordSince, To: p.RecordSince, Status: "stopped"})
}

// concept is the code of a made-up record: the one it asks for, else the first of its set that states the disease.
func (w *writer) concept(of *trial.Of) fhir.CodeableConcept {
	if short, code, ok := strings.Cut(of.Code, " "); ok {
		system, known := terms.SystemNamed(short)
		if !known {
			system = short
		}
		return concept(system, strings.TrimSpace(code), w.display(of.Set, system, code))
	}
	set, ok := w.lib.Find(of.Set)
	if !ok || len(set.Entries) == 0 {
		return concept(noSetSystem, "other", "Something else")
	}
	entry := &set.Entries[0]
	for i := range set.Entries {
		if set.Entries[i].Says == terms.Disease {
			entry = &set.Entries[i]
			break
		}
	}
	return concept(entry.System, entry.Code, entry.Display)
}

func (w *writer) display(name, system, code string) string {
	set, ok := w.lib.Find(name)
	if !ok {
		return ""
	}
	for i := range set.Entries {
		if e := &set.Entries[i]; e.System == system && e.Code == code {
			return e.Display
		}
	}
	return ""
}

func concept(system, code, display string) fhir.CodeableConcept {
	return fhir.CodeableConcept{Coding: []fhir.Coding{{System: text(system), Code: text(code), Display: text(display)}}}
}

func conceptOf(system, code string) *fhir.CodeableConcept {
	if code == "" {
		return nil
	}
	c := concept(system, code, "")
	return &c
}

// text is an optional string: FHIR has no empty ones.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// moment writes a time as exactly as it was said (https://hl7.org/fhir/R4/datatypes.html#dateTime).
func moment(w dates.When) *string {
	day := w.From.String()
	switch w.Precision {
	case dates.None:
		return nil
	case dates.ToYear:
		return text(day[:4])
	case dates.ToMonth:
		return text(day[:7])
	case dates.ToInstant:
		return text(instant(w))
	}
	return text(day)
}

// instant writes an instant at the offset nearest to UTC at which it lies on the day its author wrote.
func instant(w dates.When) string {
	const hour = 3_600_000
	at := time.UnixMilli(w.Milli)
	for h := range 15 {
		for _, offset := range [2]int{h, -h} {
			if dates.Day((w.Milli+int64(offset)*hour)/(24*hour)) == w.From {
				at = at.In(time.FixedZone("", offset*3600))
				return at.Format("2006-01-02T15:04:05.000Z07:00")
			}
		}
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

func period(from, to dates.When) *fhir.Period {
	if !from.Known() && !to.Known() {
		return nil
	}
	return &fhir.Period{Start: moment(from), End: moment(to)}
}

// or is the first text that says something.
func or(said, otherwise string) string {
	if said != "" {
		return said
	}
	return otherwise
}
