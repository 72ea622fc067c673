package fhirapi

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/chart"
	"prescreen/internal/dates"
	"prescreen/internal/intake"
	"prescreen/internal/report"
	"prescreen/internal/screen"
	"prescreen/internal/terms"
)

// asFiles answers $evaluate as prescreen screen answers for the same records in a file.
func (h *house) asFiles(ctx context.Context, q Question) (*report.Document, func() error, error) {
	o := intake.Options{Dictionary: terms.NewDictionary(), Units: chart.NewUnits(), TempDir: h.t.TempDir()}
	cohort, err := intake.Read(ctx, o, []string{"-"}, bytes.NewReader(q.Records))
	if err != nil {
		return nil, nil, err
	}
	trials := h.book.Trials[:0:0]
	for _, x := range h.book.Trials {
		for _, id := range q.Trials {
			if x.ID == id {
				trials = append(trials, x)
			}
		}
	}
	plan := h.book.Plan(trials, cohort.Dictionary, cohort.Units, q.AsOf)
	tally, worker := plan.NewTally(), plan.NewWorker()
	if err := cohort.Each(ctx, 1, func(v intake.Visit) error { tally.Add(v.Chart, worker.Screen(v.Chart)); return nil }); err != nil {
		return nil, nil, err
	}
	d := &report.Document{Run: screen.Run{AsOf: q.AsOf}}
	for i, list := range tally.Lists() {
		d.Trials = append(d.Trials, report.Trial{Trial: trials[i], Funnel: list.Funnel, Candidates: func(yield func(*screen.Candidate, error) bool) {
			for place := range list.Len() {
				if list.At(place).Outcome == screen.Ineligible && !q.All {
					return
				}
				c, err := cohort.Chart(list.At(place).Key)
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(list.Describe(worker, c, place), nil) {
					return
				}
			}
		}})
	}
	return d, cohort.Close, nil
}

// $evaluate answers with the same document as screen, takes its question from the body or the query, and keeps nothing.
func TestEvaluate(t *testing.T) {
	h := newHouse(t)
	var asked Question
	o := h.options()
	o.Evaluate = func(ctx context.Context, q Question) (*report.Document, func() error, error) {
		asked = q
		return h.asFiles(ctx, q)
	}
	h.mount(o)
	records := string(sharedBundles(t, 1)[0])
	codes := h.live.Options().Dictionary.Len()
	first, second := h.book.Trials[0].ID, h.book.Trials[1].ID
	day, _ := dates.ParseDay("2026-01-31")
	parameters := func(more string) string {
		return `{"resourceType":"Parameters","parameter":[{"name":"bundle","resource":` + records + `}` + more + `]}`
	}
	for name, c := range map[string]struct {
		path, body string
		trials     string
		asOf       dates.Day
	}{
		"a bundle":            {"", records, "", h.live.Day()},
		"the query":           {"?trial=" + second + "&trial=" + first + "&asOf=2026-01-31", records, first + " " + second, day},
		"parameters":          {"", parameters(`,{"name":"trial","valueString":"` + first + `"},{"name":"asOf","valueDate":"2026-01-31"}`), first, day},
		"parameters, no more": {"", parameters(""), "", h.live.Day()},
		"a single resource":   {"?all=true", patient(`,"id":"p"`), "", h.live.Day()},
	} {
		t.Run(name, func(t *testing.T) {
			h.log = nil
			got := h.ask("POST", "/fhir/$evaluate"+c.path, c.body, "Accept: */*").want(200)
			var document struct{ Trials []struct{ ID string } }
			if err := json.Unmarshal(got.Body.Bytes(), &document); err != nil || got.Header().Get("Content-Type") != "application/json" {
				t.Fatalf("%v %s", err, got.Header())
			}
			if c.trials != "" && strings.Join(asked.Trials, " ") != c.trials || c.trials == "" && len(asked.Trials) != len(h.book.Trials) || asked.AsOf != c.asOf {
				t.Errorf("asked %v as of %s", asked.Trials, asked.AsOf)
			}
			if len(document.Trials) != len(asked.Trials) {
				t.Errorf("%d trials answered", len(document.Trials))
			}
			if len(h.log) != 1 || h.log[0].Action != audit.Execute || len(h.log[0].Subjects) != 0 {
				t.Errorf("audit %+v", h.log)
			}
		})
	}
	if n := h.live.Counts(); n.Patients != 0 || n.Resources != 0 {
		t.Errorf("kept %+v", n)
	}
	if n := h.live.Options().Dictionary.Len(); n != codes {
		t.Errorf("%d codes were kept", n-codes)
	}
}

// As FHIR the answer is ResearchSubjects, of which none is eligible.
func TestEvaluateAsFHIR(t *testing.T) {
	h := newHouse(t)
	o := h.options()
	o.Evaluate = h.asFiles
	h.mount(o)
	n := 0
	for _, records := range sharedBundles(t, 6) {
		out := read[fhir.Bundle](h.ask("POST", "/fhir/$evaluate", string(records), "Accept: application/fhir+json").want(200))
		if out.Type != fhir.BundleTypeCollection {
			t.Errorf("a %s", out.Type.Code())
		}
		for _, e := range out.Entry {
			s, err := fhir.UnmarshalResearchSubject(e.Resource)
			if c := s.Status.Code(); err != nil || c != "candidate" && c != "potential-candidate" {
				t.Errorf("%s %v", c, err)
			}
			n++
		}
	}
	if n == 0 {
		t.Error("nobody was proposed: this proves nothing")
	}
}

// What $evaluate refuses.
func TestEvaluateRefusals(t *testing.T) {
	h := newHouse(t)
	o := h.options()
	o.Evaluate = h.asFiles
	h.mount(o)
	for name, c := range map[string]struct {
		path, body string
		status     int
	}{
		"no such trial":      {"?trial=none", patient(""), 404},
		"no day":             {"?asOf=yesterday", patient(""), 400},
		"another parameter":  {"?day=2026-01-01", patient(""), 400},
		"no records":         {"", `{"resourceType":"Parameters","parameter":[]}`, 400},
		"records twice over": {"", `{"resourceType":"Parameters","parameter":[{"name":"a","resource":{}},{"name":"b","resource":{}}]}`, 400},
	} {
		t.Run(name, func(t *testing.T) { h.ask("POST", "/fhir/$evaluate"+c.path, c.body).want(c.status) })
	}
	h.caller = access.Caller{ID: "lab", Token: true, Scopes: []access.Right{access.Evaluate}, Trials: []string{h.book.Trials[0].ID}}
	h.ask("POST", "/fhir/$evaluate?trial="+h.book.Trials[0].ID, patient("")).want(200)
	h.ask("POST", "/fhir/$evaluate?trial="+h.book.Trials[1].ID, patient("")).want(403)
}
