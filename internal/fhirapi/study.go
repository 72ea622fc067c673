package fhirapi

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/access"
	"prescreen/internal/live"
	"prescreen/internal/web"
)

func (a *api) studyRoutes() []web.Route {
	route := func(pattern string, needs access.Right, handle web.Handler, id, summary string) web.Route {
		return web.Route{Method: http.MethodGet, Pattern: pattern, Needs: needs, Each: true, Handle: handle, Doc: doc(id, summary)}
	}
	subjects := route("/fhir/ResearchSubject", access.SeeCandidates, a.subjects, "fhirResearchSubjects", "Candidates of trials, by study and patient")
	subjects.Doc.Query = []web.Param{
		{Name: "study", Type: "string", Summary: "ResearchStudy/{id}"},
		{Name: "individual", Type: "string", Summary: "Patient/{id}"},
		{Name: "patient", Type: "string", Summary: "the same as individual"},
		{Name: "_count", Type: "integer", Summary: "how many on a page, up to 1000"},
		{Name: web.CursorParam, Type: "string", Summary: "where the page begins, from the link of the one before"},
	}
	return []web.Route{
		route("/fhir/ResearchStudy", access.SeeTrials, a.studies, "fhirResearchStudies", "The trials in force"),
		route("/fhir/ResearchStudy/{id}", access.SeeTrials, a.study, "fhirResearchStudy", "A trial in force"),
		subjects,
		route("/fhir/ResearchSubject/{id}", access.SeeCandidates, a.subject, "fhirResearchSubject", "A candidate of a trial, or a ResearchSubject as it was sent"),
		route("/fhir/Group/{id}", access.SeeCandidates, a.group, "fhirGroup", "The patients that a trial may be for"),
		route("/fhir/List/{id}", access.SeeCandidates, a.list, "fhirList", "A trial's list in its order"),
	}
}

// longestName is the longest id of a trial that the id of a ResearchSubject has room for.
const longestName = 34

// nameOf is the id that a trial goes by in FHIR: its own where that is one.
func nameOf(trial string) string {
	if idForm.MatchString(trial) && len(trial) <= longestName {
		return trial
	}
	sum := sha256.Sum256([]byte(trial))
	return "t-" + hex.EncodeToString(sum[:16])
}

// visible are the trials in force on which a caller has a right.
func (a *api) visible(r *http.Request, right access.Right) []live.InForce {
	var out []live.InForce
	for _, t := range a.Live.Trials() {
		if web.Caller(r.Context()).May(right, t.Trial.ID) {
			out = append(out, t)
		}
	}
	return out
}

// inForce gives the trial of a name, if the caller has the rights on it.
func (a *api) inForce(r *http.Request, name string, rights ...access.Right) (live.InForce, error) {
	for _, t := range a.Live.Trials() {
		if nameOf(t.Trial.ID) != name {
			continue
		}
		for _, right := range rights {
			if !web.Caller(r.Context()).May(right, t.Trial.ID) {
				return t, web.Forbidden("you do not have this right on this trial: ask an administrator for it")
			}
		}
		return t, nil
	}
	return live.InForce{}, web.NotFound("no trial of this id is in force")
}

// studies answers the search for trials; _id is the one parameter.
func (a *api) studies(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParams(q, "_id"); err != nil {
		return err
	}
	out := fhir.Bundle{Type: fhir.BundleTypeSearchset}
	for _, t := range a.visible(r, access.SeeTrials) {
		if id := q.Get("_id"); id == "" || id == nameOf(t.Trial.ID) {
			out.Entry = append(out.Entry, a.found(r, "ResearchStudy/"+nameOf(t.Trial.ID), studyOf(t)))
		}
	}
	out.Total = ptr(len(out.Entry))
	return writeResource(w, r, http.StatusOK, out)
}

// onlyParams refuses search parameters that would be passed over: the answer would be another than was asked for.
func onlyParams(q map[string][]string, known ...string) error {
	known = append(known, "_format", "_pretty", "_source")
search:
	for name := range q {
		for _, k := range known {
			if name == k {
				continue search
			}
		}
		return web.BadRequest("this search takes " + strings.Join(known, ", ") + ": leave the others out")
	}
	return nil
}

// found is an entry of a searchset.
func (a *api) found(r *http.Request, name string, resource any) fhir.BundleEntry {
	return fhir.BundleEntry{
		FullUrl: ptr(a.base(r) + "/" + name), Resource: mustJSON(resource),
		Search: &fhir.BundleEntrySearch{Mode: ptr(fhir.SearchEntryModeMatch)},
	}
}

func (a *api) study(w http.ResponseWriter, r *http.Request) error {
	t, err := a.inForce(r, r.PathValue("id"), access.SeeTrials)
	if err != nil {
		return err
	}
	if web.NotModified(w, r, int(t.Version.No), t.Version.Since) {
		return nil
	}
	web.SetVersion(w, int(t.Version.No), t.Version.Since)
	return writeResource(w, r, http.StatusOK, studyOf(t))
}

// studyStatus is what a trial file's recruiting state is in FHIR.
var studyStatus = map[string]fhir.ResearchStudyStatus{
	"open": fhir.ResearchStudyStatusActive, "not yet open": fhir.ResearchStudyStatusApproved,
	"paused": fhir.ResearchStudyStatusTemporarilyClosedToAccrual, "closed": fhir.ResearchStudyStatusClosedToAccrual,
}

// studyOf is a trial as a ResearchStudy.
func studyOf(t live.InForce) fhir.ResearchStudy {
	name := nameOf(t.Trial.ID)
	s := fhir.ResearchStudy{
		Id: &name, Status: studyStatus[t.Trial.Recruiting.String()],
		Meta:       &fhir.Meta{VersionId: ptr(strconv.FormatInt(t.Version.No, 10)), LastUpdated: ptr(instant(t.Version.Since))},
		Identifier: []fhir.Identifier{{System: ptr("urn:prescreen:trial"), Value: ptr(t.Trial.ID)}},
		Enrollment: []fhir.Reference{{Reference: ptr("Group/" + name)}},
	}
	if t.Trial.NCT != "" {
		s.Identifier = append(s.Identifier, fhir.Identifier{System: ptr("http://clinicaltrials.gov"), Value: ptr(t.Trial.NCT)})
	}
	if t.Trial.Title != "" {
		s.Title = ptr(t.Trial.Title)
	}
	if t.Trial.Phase != "" {
		s.Phase = &fhir.CodeableConcept{Text: ptr(t.Trial.Phase)}
	}
	if t.Trial.Sponsor != "" {
		s.Sponsor = &fhir.Reference{Display: ptr(t.Trial.Sponsor)}
	}
	for _, arm := range t.Trial.Arms {
		s.Arm = append(s.Arm, fhir.ResearchStudyArm{Name: arm})
	}
	return s
}
