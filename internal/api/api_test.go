package api

import (
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"prescreen/internal/access"
)

var plainPattern = regexp.MustCompile(`\{([A-Za-z]+)(?::[^{}]+)?\}`)

func itoa(n int) string { return strconv.Itoa(n) }

func TestEveryRouteSaysWhatItNeedsAndIs(t *testing.T) {
	ids := map[string]bool{}
	for _, r := range Routes(Options{}) {
		if r.Needs == "" || r.Doc.ID == "" || r.Doc.Summary == "" || ids[r.Doc.ID] {
			t.Errorf("%s %s: %+v", r.Method, r.Pattern, r.Doc)
		}
		ids[r.Doc.ID] = true
		if r.Doc.Response == nil && r.Doc.Media == "" {
			t.Errorf("%s has no form of an answer", r.Doc.ID)
		}
		if (r.Doc.Request != nil) != (r.Body > 0) {
			t.Errorf("%s takes a body of %d bytes", r.Doc.ID, r.Body)
		}
		if r.Method != http.MethodGet && r.Needs == access.SeeTrials {
			t.Errorf("%s changes something for whoever looks", r.Doc.ID)
		}
	}
}

func TestTrialsAndFunnel(t *testing.T) {
	s := newSite(t)
	var trials Trials
	s.call(coordinator, "GET", "/trials", nil).is(200).into(&trials)
	if len(trials.Trials) != 2 || trials.Trials[0].ID != kidney || trials.Day != "2026-06-30" {
		t.Fatalf("%+v", trials)
	}
	only := access.Caller{ID: "x", Grants: []access.Grant{{Role: access.Viewer, Trial: diabetes}}}
	s.call(only, "GET", "/trials", nil).is(200).into(&trials)
	if len(trials.Trials) != 1 || trials.Trials[0].ID != diabetes {
		t.Errorf("somebody with a role on one trial sees %+v", trials.Trials)
	}
	s.call(only, "GET", "/trials/"+kidney, nil).is(403)
	var page TrialPage
	s.call(coordinator, "GET", "/trials/"+kidney, nil).is(200).into(&page)
	if page.Outcomes.Patients == 0 || len(page.Criteria) == 0 {
		t.Fatalf("%+v", page)
	}
	o := page.Outcomes
	if o.PotentiallyEligible+o.NeedsReview+o.NotYet+o.Ineligible != o.Patients {
		t.Errorf("outcomes do not add up: %+v", o)
	}
	var funnel Funnel
	s.call(coordinator, "GET", "/trials/"+kidney+"/funnel", nil).is(200).into(&funnel)
	for _, step := range funnel.Steps {
		if step.In+step.Unknown+step.Out != o.Patients || step.Pass+step.Fail+step.Open != o.Patients {
			t.Errorf("%+v of %d patients", step, o.Patients)
		}
	}
	if len(funnel.Criteria) != len(page.Criteria) {
		t.Errorf("%d of %d criteria in the self-report", len(funnel.Criteria), len(page.Criteria))
	}
	s.call(coordinator, "GET", "/trials/none", nil).is(404)
}
