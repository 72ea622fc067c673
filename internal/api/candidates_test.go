package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/access"
	"prescreen/internal/audit"
)

func (s *site) pages(query string) (all []Candidate, pages int) {
	s.t.Helper()
	cursor := ""
	for {
		var page CandidatePage
		s.call(coordinator, "GET", "/trials/"+kidney+"/candidates?"+query+cursor, nil).is(200).into(&page)
		all, pages = append(all, page.Candidates...), pages+1
		if page.Next == "" {
			if page.Chosen != len(all) {
				s.t.Errorf("%s: %d chosen, %d on %d pages", query, page.Chosen, len(all), pages)
			}
			return all, pages
		}
		cursor = "&cursor=" + page.Next
	}
}

func keyOf(c *Candidate) string { return c.Patient.Source + "/" + c.Patient.ID }

func TestPagesGiveEveryCandidateOnceInOrder(t *testing.T) {
	s := newSite(t)
	whole, _ := s.pages("limit=200")
	if len(whole) < 30 {
		t.Fatalf("%d candidates", len(whole))
	}
	for _, sort := range sorts {
		inOne, _ := s.pages("limit=200&sort=" + sort)
		inMany, pages := s.pages("limit=7&sort=" + sort)
		if pages != (len(whole)+6)/7 || len(inOne) != len(whole) {
			t.Errorf("%s: %d pages", sort, pages)
		}
		for i := range inMany {
			if keyOf(&inMany[i]) != keyOf(&inOne[i]) {
				t.Fatalf("%s: place %d differs between one page and many", sort, i)
			}
		}
	}
	for i := range whole {
		if whole[i].Rank != i+1 || whole[i].Patient.Source != "ward" || strings.Contains(whole[i].Patient.ID, "/") {
			t.Fatalf("place %d: %+v", i, whole[i].Patient)
		}
	}
	byLast, _ := s.pages("sort=lastContact")
	if !slices.IsSortedFunc(byLast, func(a, b Candidate) int { return strings.Compare(b.LastContact, a.LastContact) }) {
		t.Error("not by last contact")
	}
}

// TestFiltersChooseWhatTheAnswersSay holds each filter against what the candidates themselves say.
func TestFiltersChooseWhatTheAnswersSay(t *testing.T) {
	s := newSite(t)
	whole, _ := s.pages("limit=200")
	effectOf := func(c *Candidate, id string) string {
		for _, k := range c.Criteria {
			if k.ID == id {
				return k.Effect
			}
		}
		return ""
	}
	some := whole[3]
	criterion := whole[0].Criteria[1].ID
	for query, fits := range map[string]func(*Candidate) bool{
		"outcome=ineligible":           func(c *Candidate) bool { return c.Outcome == "ineligible" },
		"outcome=needs+review,not+yet": func(c *Candidate) bool { return c.Outcome == "needs review" || c.Outcome == "not yet" },
		"action=order":                 func(c *Candidate) bool { return c.Actions != nil && c.Actions.Order > 0 },
		"action=ask":                   func(c *Candidate) bool { return c.Actions != nil && c.Actions.Ask > 0 },
		"action=read":                  func(c *Candidate) bool { return c.Actions != nil && c.Actions.Read > 0 },
		"action=repair":                func(c *Candidate) bool { return c.Actions != nil && c.Actions.Repair > 0 },
		"action=wait":                  func(c *Candidate) bool { return c.Actions != nil && c.Actions.Wait > 0 },
		"criterion=" + criterion + "&effect=fail": func(c *Candidate) bool { return effectOf(c, criterion) == "fail" },
		"criterion=" + criterion:                  func(c *Candidate) bool { return effectOf(c, criterion) == "open" },
		"q=" + some.Patient.ID:                    func(c *Candidate) bool { return keyOf(c) == keyOf(&some) },
		"q=ward/" + some.Patient.ID:               func(c *Candidate) bool { return keyOf(c) == keyOf(&some) },
		"q=" + some.Patient.ID[:8]:                func(*Candidate) bool { return false },
		"decided=none":                            func(*Candidate) bool { return true },
		"decided=returned":                        func(*Candidate) bool { return false },
		"owner=ana":                               func(*Candidate) bool { return false },
	} {
		t.Run(query, func(t *testing.T) {
			want := []string{}
			for i := range whole {
				if fits(&whole[i]) {
					want = append(want, keyOf(&whole[i]))
				}
			}
			all, _ := s.pages("limit=6&" + query)
			got := []string{}
			for i := range all {
				got = append(got, keyOf(&all[i]))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d chosen, %d fit", len(got), len(want))
			}
		})
	}
	for _, query := range []string{
		"outcome=eligible", "action=call", "effect=pass", "effect=maybe&criterion=" + criterion, "criterion=NONE", "arm=A", "decided=maybe",
		"sort=name", "limit=0", "limit=many", "cursor=AAAA", "cursor=!",
	} {
		s.call(coordinator, "GET", "/trials/"+kidney+"/candidates?"+query, nil).is(400)
	}
}

// observation is one new creatinine result, of a made-up patient, in a bundle of its own.
func observation(patient string, n int) []byte {
	return fmt.Appendf(nil, `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:0a000000-0000-4000-8000-%012d","resource":{
		"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"2160-0"}]},
		"subject":{"reference":"Patient/%s"},"effectiveDateTime":"2026-06-%02d","valueQuantity":{"value":1.%d,"unit":"mg/dL","system":"http://unitsofmeasure.org","code":"mg/dL"}}}]}`,
		n, patient, 10+n%18, n%10)
}

func TestAPatientIsNamedWithTheFeed(t *testing.T) {
	s := newSite(t)
	all, _ := s.pages("limit=1")
	id := all[0].Patient.ID
	for _, told := range []string{
		s.call(coordinator, "GET", "/patients/"+id, nil).is(404).Body.String(),
		s.call(coordinator, "POST", "/trials/"+kidney+"/decisions", Opening{Patient: PatientKey{ID: id}}).is(404).Body.String(),
	} {
		if !strings.Contains(told, "feed") || !strings.Contains(told, "source") {
			t.Errorf("whoever names no feed is told %s", told)
		}
	}
	if told := s.call(coordinator, "GET", "/patients/none?source=ward", nil).is(404).Body.String(); strings.Contains(told, "feed") {
		t.Errorf("whoever names one is told %s", told)
	}
}

func TestACursorLastsAsLongAsItsList(t *testing.T) {
	s := newSite(t)
	var first, second CandidatePage
	path := "/trials/" + kidney + "/candidates?limit=5"
	s.call(coordinator, "GET", path, nil).is(200).into(&first)
	next := path + "&cursor=" + first.Next
	s.call(investigator, "GET", next, nil).is(400) // another person's
	s.call(coordinator, "GET", next+"&outcome=ineligible", nil).is(400)
	s.call(coordinator, "GET", "/trials/"+diabetes+"/candidates?limit=5&cursor="+first.Next, nil).is(400)
	for n := range keptListings {
		s.ingest(observation(first.Candidates[0].Patient.ID, n))
		s.call(coordinator, "GET", next, nil).is(200).into(&second)
		if second.State != first.State || second.Candidates[0].Rank != 6 {
			t.Fatalf("after a change the next page is of state %d, rank %d", second.State, second.Candidates[0].Rank)
		}
		s.call(coordinator, "GET", "/trials/"+kidney, nil).is(200) // makes and keeps a newer list
		if n == keptListings-1 {
			s.call(coordinator, "GET", next, nil).is(410)
		}
	}
}

func TestNothingIsToldThatTheAuditLogDoesNotKnow(t *testing.T) {
	var fail bool
	s := newSite(t, func(o *Options) {
		record := o.Record
		o.Record = func(ctx context.Context, e audit.Entry) error {
			if fail {
				return errors.New("no room")
			}
			return record(ctx, e)
		}
	})
	var page CandidatePage
	s.call(coordinator, "GET", "/trials/"+kidney+"/candidates?limit=3", nil).is(200).into(&page)
	last := s.lastEntry()
	if len(last.Subjects) != 3 || last.Action != audit.Read || last.Trial != kidney || last.Who != coordinator.ID || last.Route != base+"/trials/{trial}/candidates" {
		t.Errorf("%+v", last)
	}
	id := page.Candidates[0].Patient.ID
	paths := []string{
		"/trials/" + kidney + "/candidates", "/patients/" + id + "?source=ward", "/flips", "/trials/" + kidney + "/decisions",
		"/trials/" + kidney + "/log", "/trials/" + kidney + "/log/coded",
	}
	var opened Line
	s.call(coordinator, "POST", "/trials/"+kidney+"/decisions", Opening{Patient: PatientKey{"ward", id}}).is(201).into(&opened)
	paths = append(paths, "/trials/"+kidney+"/decisions/1", "/trials/"+kidney+"/decisions/1/history")
	fail = true
	for _, path := range paths {
		a := s.call(coordinator, "GET", path, nil).is(500)
		if strings.Contains(a.Body.String(), id) {
			t.Errorf("%s tells of a patient although the audit log failed", path)
		}
	}
}

func TestASheetHoldsTheTrialsThatTheCallerMaySee(t *testing.T) {
	s := newSite(t)
	var page CandidatePage
	s.call(coordinator, "GET", "/trials/"+kidney+"/candidates?limit=1", nil).is(200).into(&page)
	c := page.Candidates[0]
	var sheet PatientSheet
	s.call(coordinator, "GET", "/patients/"+c.Patient.ID+"?source=ward", nil).is(200).into(&sheet)
	if len(sheet.Trials) != 2 || sheet.Trials[0].Candidate.Outcome != c.Outcome || len(sheet.Trials[0].Candidate.Criteria) != len(c.Criteria) {
		t.Errorf("%+v", sheet)
	}
	one := access.Caller{ID: "x", Grants: []access.Grant{{Role: access.Coordinator, Trial: diabetes}}}
	s.call(one, "GET", "/patients/"+c.Patient.ID+"?source=ward", nil).is(200).into(&sheet)
	if len(sheet.Trials) != 1 || sheet.Trials[0].Trial.ID != diabetes {
		t.Errorf("%d trials", len(sheet.Trials))
	}
	s.call(coordinator, "GET", "/patients/"+c.Patient.ID, nil).is(404)
	s.call(coordinator, "GET", "/patients/nobody?source=ward", nil).is(404)
}

// TestWhoeverIsOpposedIsNowhere objects on behalf of somebody with a line in the log, and looks everywhere.
func TestWhoeverIsOpposedIsNowhere(t *testing.T) {
	s := newSite(t)
	all, _ := s.pages("limit=200")
	id := all[0].Patient.ID
	s.call(coordinator, "POST", "/trials/"+kidney+"/decisions", Opening{Patient: PatientKey{"ward", id}, Edit: Edit{Note: "a note", Owner: "ana"}}).is(201)
	s.ingest(observation(id, 3))
	s.ingest(fmt.Appendf(nil, `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:0b000000-0000-4000-8000-000000000001","resource":{
		"resourceType":"Consent","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"research"}]},
		"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/%s"},"dateTime":"2026-06-01","provision":{"type":"deny"}}}]}`, id))
	less, _ := s.pages("limit=200")
	if len(less) != len(all)-1 {
		t.Fatalf("%d in the list, before %d", len(less), len(all))
	}
	for _, path := range []string{
		"/trials/" + kidney + "/candidates?limit=200", "/trials/" + kidney + "/candidates?q=" + id, "/trials/" + kidney + "/decisions",
		"/trials/" + kidney + "/decisions/1", "/trials/" + kidney + "/decisions/1/history", "/trials/" + kidney + "/log",
		"/trials/" + kidney + "/log/coded", "/flips?limit=1000", "/trials/" + kidney + "/log?format=csv",
	} {
		if text := s.call(coordinator, "GET", path, nil).is(200).Body.String(); strings.Contains(text, id) || strings.Contains(text, "a note") {
			t.Errorf("%s tells of somebody who is opposed", path)
		}
	}
	s.call(coordinator, "GET", "/patients/"+id+"?source=ward", nil).is(404)
	s.call(coordinator, "POST", "/trials/"+diabetes+"/decisions", Opening{Patient: PatientKey{"ward", id}}).is(404)
	s.call(coordinator, "PUT", "/trials/"+kidney+"/decisions/1", Edit{}, "If-Match", `W/"1"`).is(410)
	var totals struct{ Assessed, Proposed int }
	s.call(coordinator, "GET", "/trials/"+kidney+"/consort", nil).is(200).into(&totals)
	if totals.Assessed != len(less) || totals.Proposed != 0 {
		t.Errorf("%+v with %d in the list", totals, len(less))
	}
}
