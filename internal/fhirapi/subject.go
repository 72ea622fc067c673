package fhirapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/access"
	"prescreen/internal/chart"
	"prescreen/internal/live"
	"prescreen/internal/screen"
	"prescreen/internal/web"
)

// ours begins the ids of the ResearchSubjects that say what we propose: prescreen.<chart>.<trial>. What others send under
// such an id is not kept.
const ours = "prescreen."

func subjectID(chartNo int64, t live.InForce) string {
	return ours + strconv.FormatInt(chartNo, 10) + "." + nameOf(t.Trial.ID)
}

// candidate is one patient of a trial's list, as FHIR tells it.
type candidate struct {
	live.InForce
	screen.Ranked
	chart int64
	place int
}

// proposed are those of a list who may be for the trial, by place. The ineligible are not: a near miss stands in the List
// alone.
func proposed(of *live.Listing) []candidate {
	var out []candidate
	for place := range of.Len() {
		c := candidate{InForce: of.InForce, Ranked: *of.At(place), chart: of.Chart[place], place: place}
		if c.Outcome != screen.Ineligible {
			out = append(out, c)
		}
	}
	return out
}

// subjectOf is a candidate as a ResearchSubject: `candidate` who is potentially eligible, `potential-candidate` where
// something is open or only time stands in the way. More only a person's decision says.
func (a *api) subjectOf(ctx context.Context, c *candidate) (fhir.ResearchSubject, error) {
	s := fhir.ResearchSubject{
		Id: ptr(subjectID(c.chart, c.InForce)), Status: statusOf(c.Outcome),
		Meta:       &fhir.Meta{Tag: []fhir.Coding{outcomeCoding(c.Outcome, c.NearMiss)}},
		Study:      fhir.Reference{Reference: ptr("ResearchStudy/" + nameOf(c.Trial.ID))},
		Individual: patientReference(c.Key),
	}
	if c.Arm != "" {
		s.AssignedArm = ptr(c.Arm)
	}
	if a.Decided == nil {
		return s, nil
	}
	status, err := a.Decided(ctx, c.Trial.ID, c.chart)
	if err != nil || status == "" {
		return s, err
	}
	return s, s.Status.UnmarshalJSON([]byte(strconv.Quote(status)))
}

func statusOf(o screen.Outcome) fhir.ResearchSubjectStatus {
	if o == screen.PotentiallyEligible {
		return fhir.ResearchSubjectStatusCandidate
	}
	return fhir.ResearchSubjectStatusPotentialCandidate
}

// outcomeCoding is an outcome as a coding of ours.
func outcomeCoding(o screen.Outcome, near bool) fhir.Coding {
	text := o.String()
	if near {
		text = "near miss"
	}
	return fhir.Coding{System: ptr("urn:prescreen:outcome"), Code: ptr(strings.ReplaceAll(text, " ", "-")), Display: ptr(text)}
}

// patientReference names a patient; where a feed has a name, by an identifier of ours too, because ids are unique within
// a feed only.
func patientReference(k chart.Key) fhir.Reference {
	r := fhir.Reference{Reference: ptr("Patient/" + k.ID), Type: ptr("Patient")}
	if k.Source != "" {
		r.Identifier = &fhir.Identifier{System: ptr("urn:prescreen:patient"), Value: ptr(screen.ShownID(k))}
	}
	return r
}

// The sizes of a page of a search.
const (
	page     = 50
	longPage = 1000
)

// after is the place where a page begins: the last candidate of the page before, in the order of trials and charts, which
// no new result changes.
type after struct {
	Trial string
	Chart int64
}

// subjects answers the search for candidates.
func (a *api) subjects(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := onlyParams(q, "study", "individual", "patient", "_count", web.CursorParam); err != nil {
		return err
	}
	count, from, err := a.pageOf(r, q)
	if err != nil {
		return err
	}
	all, err := a.asked(r, q)
	if err != nil {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(all), func(c candidate) bool {
		return cmp.Or(strings.Compare(c.Trial.ID, from.Trial), cmp.Compare(c.chart, from.Chart)) <= 0
	})
	out := fhir.Bundle{Type: fhir.BundleTypeSearchset, Total: ptr(len(all))}
	out.Link = append(out.Link, fhir.BundleLink{Relation: "self", Url: a.link(r, q.Get(web.CursorParam))})
	if len(rest) > count {
		last := rest[count-1]
		next, err := web.EncodeCursor(a.CursorKey, r, after{last.Trial.ID, last.chart})
		if err != nil {
			return err
		}
		rest = rest[:count]
		out.Link = append(out.Link, fhir.BundleLink{Relation: "next", Url: a.link(r, next)})
	}
	if err := a.seenPersons(r, charts(rest)); err != nil {
		return err
	}
	for i := range rest {
		s, err := a.subjectOf(r.Context(), &rest[i])
		if err != nil {
			return err
		}
		out.Entry = append(out.Entry, a.found(r, "ResearchSubject/"+*s.Id, s))
	}
	return writeResource(w, r, http.StatusOK, out)
}

func charts(list []candidate) []int64 {
	out := make([]int64, len(list))
	for i := range list {
		out[i] = list[i].chart
	}
	return out
}

func (a *api) pageOf(r *http.Request, q url.Values) (count int, from after, err error) {
	count = page
	if text := q.Get("_count"); text != "" {
		if count, err = strconv.Atoi(text); err != nil || count < 1 {
			return 0, from, web.BadRequest("_count is a number from 1 to " + strconv.Itoa(longPage))
		}
		count = min(count, longPage)
	}
	if cursor := q.Get(web.CursorParam); cursor != "" {
		err = web.DecodeCursor(a.CursorKey, r, cursor, &from)
	}
	return count, from, err
}

// link is the request's own address with another cursor.
func (a *api) link(r *http.Request, cursor string) string {
	q := r.URL.Query()
	q.Del(web.CursorParam)
	if cursor != "" {
		q.Set(web.CursorParam, cursor)
	}
	address := a.base(r) + strings.TrimPrefix(r.URL.Path, "/fhir")
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	return address
}

// asked gives the candidates that a search asks for, by trial and chart.
func (a *api) asked(r *http.Request, q url.Values) ([]candidate, error) {
	trials := a.visible(r, access.SeeCandidates)
	if name := strings.TrimPrefix(q.Get("study"), "ResearchStudy/"); name != "" {
		t, err := a.inForce(r, name, access.SeeCandidates)
		if err != nil {
			return nil, err
		}
		trials = []live.InForce{t}
	}
	only := int64(0)
	if id := strings.TrimPrefix(cmp.Or(q.Get("individual"), q.Get("patient")), "Patient/"); id != "" {
		var err error
		_, only, err = a.Live.Person(r.Context(), chart.Key{Source: a.feed(r), ID: id})
		if errors.Is(err, live.ErrNotFound) || errors.Is(err, live.ErrErased) || err == nil && only == 0 {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	var out []candidate
	for _, t := range trials {
		of, err := a.Live.List(r.Context(), t.Trial.ID)
		if err != nil {
			return nil, err
		}
		for _, c := range proposed(of) {
			if only == 0 || c.chart == only {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(x, y candidate) int {
		return cmp.Or(strings.Compare(x.Trial.ID, y.Trial.ID), cmp.Compare(x.chart, y.chart))
	})
	return out, nil
}

// subject answers with one candidate, or with a ResearchSubject that somebody sent.
func (a *api) subject(w http.ResponseWriter, r *http.Request) error {
	rest, own := strings.CutPrefix(r.PathValue("id"), ours)
	if !own {
		if !web.Caller(r.Context()).May(access.SeeRecords, "") {
			return web.Forbidden("reading records needs a right of its own, which you do not have")
		}
		return a.read(w, r)
	}
	number, name, _ := strings.Cut(rest, ".")
	chartNo, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return web.NotFound("no candidate of this id")
	}
	t, err := a.inForce(r, name, access.SeeCandidates)
	if err != nil {
		return err
	}
	of, err := a.Live.List(r.Context(), t.Trial.ID)
	if err != nil {
		return err
	}
	for _, c := range proposed(of) {
		if c.chart != chartNo {
			continue
		}
		if err := a.seenPersons(r, []int64{chartNo}); err != nil {
			return err
		}
		s, err := a.subjectOf(r.Context(), &c)
		if err != nil {
			return err
		}
		return writeResource(w, r, http.StatusOK, s)
	}
	return web.NotFound("no candidate of this id: who leaves a list leaves no ResearchSubject of ours behind")
}
