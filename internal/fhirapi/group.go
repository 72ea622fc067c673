package fhirapi

import (
	"net/http"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/access"
	"prescreen/internal/live"
	"prescreen/internal/screen"
)

// listing gives the list of the trial that a request names.
func (a *api) listing(r *http.Request, rights ...access.Right) (*live.Listing, error) {
	t, err := a.inForce(r, r.PathValue("id"), rights...)
	if err != nil {
		return nil, err
	}
	return a.Live.List(r.Context(), t.Trial.ID)
}

// group answers with the patients that a trial may be for. Who can join only later is a member that is inactive until then.
func (a *api) group(w http.ResponseWriter, r *http.Request) error {
	of, err := a.listing(r, access.SeeCandidates)
	if err != nil {
		return err
	}
	members := proposed(of)
	if err := a.seenPersons(r, charts(members)); err != nil {
		return err
	}
	return writeResource(w, r, http.StatusOK, groupOf(of, members))
}

func groupOf(of *live.Listing, members []candidate) fhir.Group {
	g := fhir.Group{
		Id: ptr(nameOf(of.Trial.ID)), Active: ptr(true), Type: fhir.GroupTypePerson, Actual: true,
		Name: ptr("Candidates of " + of.Trial.ID), Quantity: ptr(len(members)),
		Identifier: []fhir.Identifier{{System: ptr("urn:prescreen:trial"), Value: ptr(of.Trial.ID)}},
	}
	for i := range members {
		c := &members[i]
		m := fhir.GroupMember{Entity: patientReference(c.Key), Inactive: ptr(c.Outcome == screen.NotYet)}
		if c.EligibleFrom != screen.NoDay || c.ClosesOn != screen.NoDay {
			m.Period = &fhir.Period{}
		}
		if c.EligibleFrom != screen.NoDay {
			m.Period.Start = ptr(c.EligibleFrom.String())
		}
		if c.ClosesOn != screen.NoDay {
			m.Period.End = ptr((c.ClosesOn - 1).String())
		}
		g.Member = append(g.Member, m)
	}
	return g
}

// list answers with a trial's list in its order, near misses at the end.
func (a *api) list(w http.ResponseWriter, r *http.Request) error {
	of, err := a.listing(r, access.SeeCandidates)
	if err != nil {
		return err
	}
	var subjects []int64
	out := fhir.List{
		Id: ptr(nameOf(of.Trial.ID)), Status: fhir.ListStatusCurrent, Mode: fhir.ListModeSnapshot,
		Title: ptr("Candidates of " + of.Trial.ID), Date: ptr(of.Day.String()),
		OrderedBy: &fhir.CodeableConcept{Coding: []fhir.Coding{{
			System: ptr("http://terminology.hl7.org/CodeSystem/list-order"), Code: ptr("priority"), Display: ptr("Sorted by Priority"),
		}}},
	}
	for place := range of.Len() {
		c := of.At(place)
		if c.Outcome == screen.Ineligible && !c.NearMiss {
			continue
		}
		subjects = append(subjects, of.Chart[place])
		out.Entry = append(out.Entry, fhir.ListEntry{
			Item: patientReference(c.Key),
			Flag: &fhir.CodeableConcept{Coding: []fhir.Coding{outcomeCoding(c.Outcome, c.NearMiss)}, Text: ptr(flagText(c))},
		})
	}
	if out.Entry == nil {
		out.EmptyReason = &fhir.CodeableConcept{Coding: []fhir.Coding{{
			System: ptr("http://terminology.hl7.org/CodeSystem/list-empty-reason"), Code: ptr("nilknown"), Display: ptr("Nil Known"),
		}}}
	}
	if err := a.seenPersons(r, subjects); err != nil {
		return err
	}
	return writeResource(w, r, http.StatusOK, out)
}

// flagText is an outcome with the day that goes with it.
func flagText(c *screen.Ranked) string {
	switch {
	case c.Outcome == screen.NotYet && c.EligibleFrom != screen.NoDay:
		return "not yet: from " + c.EligibleFrom.String()
	case c.NearMiss:
		return "near miss"
	case c.ClosesOn != screen.NoDay:
		return c.Outcome.String() + ", until " + (c.ClosesOn - 1).String()
	}
	return c.Outcome.String()
}
