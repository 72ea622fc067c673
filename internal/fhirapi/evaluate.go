package fhirapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/report"
	"prescreen/internal/screen"
	"prescreen/internal/web"
)

// Question is what $evaluate is asked: the trials' answers to records that are not kept.
type Question struct {
	Records []byte   // a Bundle or resource, as sent
	Trials  []string // ids, all in force, in the order of the store
	AsOf    dates.Day
	All     bool // the ineligible too
}

// Evaluate screens records that are not kept: not even their codes are, so each call has a dictionary of its own. close is
// called when the document has been written. A refusal is an error of package web.
type Evaluate func(context.Context, Question) (d *report.Document, close func() error, err error)

func (a *api) evaluateRoute() web.Route {
	d := doc("fhirEvaluate", "Candidates among the records of a Bundle; nothing is kept")
	d.Query = []web.Param{
		{Name: "trial", Type: "string", Summary: "id of a trial, also several times; all if left out"},
		{Name: "asOf", Type: "string", Summary: "the day to ask about, YYYY-MM-DD; the server's day if left out"},
		{Name: "all", Type: "boolean", Summary: "list the ineligible too"},
	}
	d.Media = web.JSON + ", " + web.FHIR
	return web.Route{
		Method: http.MethodPost, Pattern: "/fhir/$evaluate", Needs: access.Evaluate, Each: true, Body: bodyLimit, Handle: a.evaluate, Doc: d,
	}
}

func (a *api) evaluate(w http.ResponseWriter, r *http.Request) error {
	media, err := web.Negotiate(r, web.JSON, web.FHIR)
	if err != nil {
		return err
	}
	if err := web.Accepts(r, web.FHIR, web.JSON); err != nil {
		return err
	}
	data, err := web.ReadBody(r, 0)
	if err != nil {
		return err
	}
	q, err := a.question(r, data)
	if err != nil {
		return err
	}
	if err := a.record(r.Context(), web.Entry(r, audit.Execute)); err != nil {
		return err
	}
	document, closed, err := a.Evaluate(r.Context(), q)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if media == web.FHIR {
		err = subjectsOf(&body, document)
	} else {
		err = report.Write(&body, "json", document, report.Options{})
	}
	if err = errors.Join(err, closed()); err != nil {
		return fmt.Errorf("writing the answer to $evaluate: %w", err)
	}
	w.Header().Set("Content-Type", media)
	_, _ = w.Write(body.Bytes()) // whoever has gone needs no answer
	return nil
}

// question reads what is asked, of the body and the query.
func (a *api) question(r *http.Request, data []byte) (Question, error) {
	q, query := Question{Records: data, AsOf: a.Live.Day()}, r.URL.Query()
	if err := onlyParams(query, "trial", "asOf", "all"); err != nil {
		return q, err
	}
	trials, day := query["trial"], query.Get("asOf")
	switch all := query.Get("all"); all {
	case "", "false":
	case "true":
		q.All = true
	default:
		return q, web.BadRequest("all is true or false")
	}
	if p, ok := parametersIn(data); ok {
		var err error
		if q.Records, err = p.records(); err != nil {
			return q, err
		}
		for _, one := range p.Parameter {
			switch one.Name {
			case "trial":
				trials = append(trials, one.text())
			case "asOf":
				day = one.text()
			}
		}
	}
	if day != "" {
		var err error
		if q.AsOf, err = dates.ParseDay(day); err != nil {
			return q, web.BadRequest("asOf is a day, written YYYY-MM-DD")
		}
	}
	if q.AsOf == screen.NoDay {
		return q, web.Unavailable("the day to ask about is not known yet: say it by asOf, or ask again in a moment", 0)
	}
	var err error
	q.Trials, err = a.trialsAsked(r, trials)
	return q, err
}

// trialsAsked holds the trials that were named against those that the caller may ask about; without any, it is all of those.
func (a *api) trialsAsked(r *http.Request, named []string) ([]string, error) {
	for _, name := range named {
		if _, err := a.inForce(r, nameOf(name), access.Evaluate); err != nil {
			return nil, err
		}
	}
	var out []string
	for _, t := range a.visible(r, access.Evaluate) {
		if len(named) == 0 || slices.Contains(named, t.Trial.ID) {
			out = append(out, t.Trial.ID)
		}
	}
	if len(out) == 0 {
		return nil, web.NotFound("no trial is in force that you may ask about")
	}
	return out, nil
}

// parameters are those of $evaluate (https://hl7.org/fhir/R4/parameters.html).
type parameters struct {
	ResourceType string      `json:"resourceType"`
	Parameter    []parameter `json:"parameter"`
}

type parameter struct {
	Name        string         `json:"name"`
	Resource    jsontext.Value `json:"resource"`
	ValueString string         `json:"valueString"`
	ValueID     string         `json:"valueId"`
	ValueCode   string         `json:"valueCode"`
	ValueDate   string         `json:"valueDate"`
	ValueURL    string         `json:"valueUrl"`
	ValueURI    string         `json:"valueUri"`
	Part        []parameter    `json:"part"`
}

func (p *parameter) text() string {
	for _, s := range []string{p.ValueString, p.ValueID, p.ValueCode, p.ValueDate, p.ValueURL, p.ValueURI} {
		if s != "" {
			return s
		}
	}
	return ""
}

// parametersIn reads a body that is a Parameters; whatever else it is, reading records tells.
func parametersIn(data []byte) (p parameters, ok bool) {
	if !bytes.Contains(data[:min(len(data), 4096)], []byte("Parameters")) && !bytes.Contains(data[max(0, len(data)-4096):], []byte("Parameters")) {
		return p, false
	}
	return p, json.Unmarshal(data, &p) == nil && p.ResourceType == "Parameters"
}

func (p *parameters) records() ([]byte, error) {
	var found []byte
	for _, one := range p.Parameter {
		if len(one.Resource) == 0 {
			continue
		}
		if found != nil {
			return nil, misplaced("Parameters.parameter", "multiple-matches", "one parameter holds the records: put them into one Bundle")
		}
		found = one.Resource
	}
	if found == nil {
		return nil, misplaced("Parameters.parameter", "required", "a parameter named bundle is to hold the records, as its resource")
	}
	return found, nil
}

// subjectsOf writes a document's candidates as a collection of ResearchSubjects, in the order of the lists.
func subjectsOf(w *bytes.Buffer, d *report.Document) error {
	out := fhir.Bundle{Type: fhir.BundleTypeCollection, Entry: []fhir.BundleEntry{}}
	for i := range d.Trials {
		t := &d.Trials[i]
		for c, err := range t.Candidates {
			if err != nil {
				return err
			}
			if c.Outcome == screen.Ineligible {
				continue
			}
			s := fhir.ResearchSubject{
				Status:     statusOf(c.Outcome),
				Meta:       &fhir.Meta{Tag: []fhir.Coding{outcomeCoding(c.Outcome, false)}},
				Study:      fhir.Reference{Reference: ptr("ResearchStudy/" + nameOf(t.Trial.ID))},
				Individual: patientReference(chart.Key{ID: c.Patient.ID}),
			}
			if c.Arm != "" {
				s.AssignedArm = ptr(c.Arm)
			}
			out.Entry = append(out.Entry, fhir.BundleEntry{Resource: mustJSON(s)})
		}
	}
	body, err := json.Marshal(out)
	if err == nil {
		w.Write(body)
	}
	return err
}
