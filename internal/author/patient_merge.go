package author

import (
	"slices"

	"prescreen/internal/trial"
)

// CasePatient is the patient of a case: the test's own, without what the case takes away, and with what it says in the place
// of all that the test's patient has of the same value sets. A case that names a bundle has that patient instead.
func CasePatient(base *trial.Patient, but *trial.Patient, without []string) trial.Patient {
	if but.Bundle != "" {
		return *but
	}
	p := *base
	gone := slices.Concat(without, setsOf(but))
	drop := func(of *trial.Of) bool { return slices.Contains(gone, of.Set) }
	p.Diagnoses = join(p.Diagnoses, but.Diagnoses, func(x *trial.Diagnosis) *trial.Of { return &x.Of }, drop)
	p.Medications = join(p.Medications, but.Medications, func(x *trial.Medication) *trial.Of { return &x.Of }, drop)
	event := func(x *trial.Event) *trial.Of { return &x.Of }
	for _, k := range [...]struct{ into, from *[]trial.Event }{
		{&p.Procedures, &but.Procedures},
		{&p.Allergies, &but.Allergies},
		{&p.Vaccines, &but.Vaccines},
		{&p.Visits, &but.Visits},
		{&p.Family, &but.Family},
		{&p.Flags, &but.Flags},
	} {
		*k.into = join(*k.into, *k.from, event, drop)
	}
	result := func(x *trial.Result) *trial.Of { return &x.Of }
	for _, k := range [...]struct{ into, from *[]trial.Result }{{&p.Labs, &but.Labs}, {&p.Vitals, &but.Vitals}, {&p.Scores, &but.Scores}} {
		*k.into = join(*k.into, *k.from, result, drop)
	}
	circumstances(&p, but)
	return p
}

// circumstances takes over what a case says of the person.
func circumstances(p, but *trial.Patient) {
	take(&p.Sex, but.Sex)
	take(&p.Birth, but.Birth)
	take(&p.Died, but.Died)
	take(&p.RecordSince, but.RecordSince)
	take(&p.LastContact, but.LastContact)
	take(&p.NoKnownAllergies, but.NoKnownAllergies)
	take(&p.Breastfeeding, but.Breastfeeding)
	take(&p.Pregnancy, but.Pregnancy)
	take(&p.Smoking, but.Smoking)
	if but.Languages != nil {
		p.Languages = but.Languages
	}
	if but.Enrolled != nil {
		p.Enrolled = but.Enrolled
	}
	if but.Coverage != nil {
		p.Coverage = but.Coverage
	}
}

// take replaces what is said.
func take[T comparable](into *T, said T) {
	var nothing T
	if said != nothing {
		*into = said
	}
}

func join[T any](base, more []T, of func(*T) *trial.Of, drop func(*trial.Of) bool) []T {
	var out []T
	for i := range base {
		if !drop(of(&base[i])) {
			out = append(out, base[i])
		}
	}
	return append(out, more...)
}

// setsOf names the value sets of which a patient has something written.
func setsOf(p *trial.Patient) []string {
	var names []string
	for i := range p.Diagnoses {
		names = append(names, p.Diagnoses[i].Set)
	}
	for i := range p.Medications {
		names = append(names, p.Medications[i].Set)
	}
	for _, list := range [...][]trial.Event{p.Procedures, p.Allergies, p.Vaccines, p.Visits, p.Family, p.Flags} {
		for i := range list {
			names = append(names, list[i].Set)
		}
	}
	for _, list := range [...][]trial.Result{p.Labs, p.Vitals, p.Scores} {
		for i := range list {
			names = append(names, list[i].Set)
		}
	}
	return names
}
