package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"prescreen/internal/audit"
	"prescreen/internal/decision"
)

// somebody gives a candidate of the kidney trial at a place, with a line in its log.
func (s *site) somebody(place int) (Candidate, string) {
	s.t.Helper()
	all, _ := s.pages("limit=200&decided=all")
	c := all[place]
	var line Line
	a := s.call(coordinator, "POST", "/trials/"+kidney+"/decisions", Opening{Patient: PatientKey{"ward", c.Patient.ID}}).is(201).into(&line)
	if want := fmt.Sprintf("%s/trials/%s/decisions/%d", base, kidney, line.Log); a.Header().Get("Location") != want {
		s.t.Errorf("Location %s, want %s", a.Header().Get("Location"), want)
	}
	return c, fmt.Sprintf("/trials/%s/decisions/%d", kidney, line.Log)
}

func TestAReasonThatIsNoneIsToldWhichThereAre(t *testing.T) {
	s := newSite(t)
	all, _ := s.pages("limit=1")
	open := Opening{Patient: PatientKey{"ward", all[0].Patient.ID}, Edit: Edit{Reason: &WhyNot{Why: "bored"}}}
	if told := s.call(coordinator, "POST", "/trials/"+kidney+"/decisions", open).is(422).Body.String(); !strings.Contains(told, "physician disagrees, no slot") {
		t.Error(told)
	}
}

func TestALineIsChangedByWhoeverSawItsLastVersion(t *testing.T) {
	s := newSite(t)
	c, path := s.somebody(0)
	first := s.call(coordinator, "GET", path, nil).is(200)
	var line Line
	first.into(&line)
	if line.Status != "new" || line.Then.Outcome != c.Outcome || line.Proposed != "2026-06-30" || line.Patient.ID != c.Patient.ID || line.By != coordinator.Name {
		t.Errorf("%+v", line)
	}
	etag := first.Header().Get("ETag")
	s.call(coordinator, "PUT", path, Edit{Status: "contacted"}).is(428)
	s.call(coordinator, "PUT", path, Edit{Status: "contacted"}, "If-Match", etag).is(200)
	s.call(coordinator, "PUT", path, Edit{Status: "consented"}, "If-Match", etag).is(412)
	same := s.call(coordinator, "PUT", path, Edit{Status: "contacted"}, "If-Match", `W/"2"`).is(200)
	if same.Header().Get("ETag") != `W/"2"` {
		t.Errorf("a change of nothing gave version %s", same.Header().Get("ETag"))
	}
	a := s.call(coordinator, "PUT", path, Edit{Status: "new"}, "If-Match", `W/"2"`).is(422)
	if !strings.Contains(a.Body.String(), "correctionReason") {
		t.Error(a.Body.String())
	}
	s.call(coordinator, "PUT", path, Edit{Status: "new", CorrectionReason: "the wrong line"}, "If-Match", `W/"2"`).is(200)
	var history History
	s.call(coordinator, "GET", path+"/history", nil).is(200).into(&history)
	if n := len(history.Changes); n != 3 || history.Changes[2].CorrectionReason != "the wrong line" || history.Changes[2].Fields[0].Was != "contacted" {
		t.Errorf("%+v", history)
	}
	s.call(coordinator, "POST", "/trials/"+kidney+"/decisions", Opening{Patient: PatientKey{"ward", c.Patient.ID}}).is(409)
	s.call(coordinator, "POST", "/trials/"+kidney+"/decisions", Opening{Patient: PatientKey{"ward", "nobody"}}).is(404)
	s.call(coordinator, "GET", "/trials/"+kidney+"/decisions/99", nil).is(404)
	s.call(coordinator, "GET", "/trials/"+diabetes+"/decisions/1", nil).is(404)
	s.call(coordinator, "PUT", path, map[string]any{"status": "contacted", "colour": "red"}, "If-Match", `W/"3"`).is(422)
}

func TestOnlyAnInvestigatorSaysEnrolled(t *testing.T) {
	s := newSite(t)
	_, path := s.somebody(0)
	s.call(coordinator, "PUT", path, Edit{Status: "consented"}, "If-Match", `W/"1"`).is(200)
	s.call(coordinator, "PUT", path, Edit{Status: "enrolled"}, "If-Match", `W/"2"`).is(403)
	s.call(investigator, "PUT", path, Edit{Status: "enrolled"}, "If-Match", `W/"2"`).is(200)
	s.call(coordinator, "PUT", path, Edit{Status: "consented", CorrectionReason: "no"}, "If-Match", `W/"3"`).is(403)
	s.call(coordinator, "PUT", path, Edit{Status: "enrolled", Note: "visit 1 done"}, "If-Match", `W/"3"`).is(200)
}

// TestAClosedLineLeavesTheWorkingListAndComesBack closes a line by a criterion that is open, and then settles it.
func TestAClosedLineLeavesTheWorkingListAndComesBack(t *testing.T) {
	s := newSite(t)
	all, _ := s.pages("limit=200")
	place, criterion := -1, ""
	for i := range all {
		for _, k := range all[i].Criteria {
			for _, e := range k.Evidence {
				if strings.Contains(strings.ToLower(k.ID+k.Text), "egfr") && all[i].Outcome != "ineligible" && e.Code != "" && place < 0 {
					place, criterion = i, k.ID
				}
			}
		}
	}
	if place < 0 {
		t.Skip("nobody of the cohort has an eGFR and is not ineligible")
	}
	c, path := s.somebody(place)
	s.call(coordinator, "PUT", path, Edit{Reason: &WhyNot{"fails", criterion}}, "If-Match", `W/"1"`).is(200)
	there := func(query string) (Candidate, bool) {
		for _, x := range first(s.pages("limit=200&" + query)) {
			if x.Patient.ID == c.Patient.ID {
				return x, true
			}
		}
		return Candidate{}, false
	}
	if _, ok := there(""); ok {
		t.Fatal("a closed line is in the working list")
	}
	for _, query := range []string{"decided=closed", "decided=all", "decided=new", "q=" + c.Patient.ID} {
		if x, ok := there(query); !ok || x.Decision == nil || !x.Decision.Closed || x.Decision.Criterion != criterion {
			t.Errorf("%s: %+v", query, x.Decision)
		}
	}
	s.ingest([]byte(fmt.Sprintf(`{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:0c000000-0000-4000-8000-000000000001","resource":{
		"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"98979-8"}]},"subject":{"reference":"Patient/%s"},
		"effectiveDateTime":"2026-06-29","valueQuantity":{"value":%s,"unit":"mL/min/{1.73_m2}","system":"http://unitsofmeasure.org","code":"mL/min/{1.73_m2}"}}}]}`,
		c.Patient.ID, "110")))
	x, ok := there("")
	if !ok || !strings.HasPrefix(x.Returned, criterion+" is ") {
		t.Fatalf("not back, or without a reason: %q", x.Returned)
	}
	var line Line
	s.call(coordinator, "GET", path, nil).is(200).into(&line)
	if line.Returned != x.Returned {
		t.Errorf("the line says %q, the list %q", line.Returned, x.Returned)
	}
	var lines Lines
	s.call(coordinator, "GET", "/trials/"+kidney+"/decisions?decided=returned", nil).is(200).into(&lines)
	if len(lines.Lines) != 1 {
		t.Errorf("%+v", lines)
	}
	s.call(coordinator, "PUT", path, Edit{Reason: &WhyNot{"fails", criterion}, CloseAgain: true}, "If-Match", `W/"2"`).is(200)
	if _, ok := there(""); ok {
		t.Error("closed again, and still in the working list")
	}
}

func first[T, U any](t T, _ U) T { return t }

func TestLogs(t *testing.T) {
	s := newSite(t)
	c, path := s.somebody(0)
	s.somebody(1)
	note := Edit{Status: "contacted", Owner: "=OWNER", Note: "=HYPERLINK(1)", Reason: &WhyNot{Why: "not reachable"}}
	s.call(coordinator, "PUT", path, note, "If-Match", `W/"1"`).is(200)
	var log Log
	s.call(coordinator, "GET", "/trials/"+kidney+"/log", nil).is(200).into(&log)
	if len(log.Lines) != 2 || log.Lines[0].Log != 1 || log.Lines[0].Patient != c.Patient.ID || log.Lines[0].Note != note.Note {
		t.Errorf("%+v", log)
	}
	table := s.call(coordinator, "GET", "/trials/"+kidney+"/log", nil, "Accept", "text/csv").is(200)
	if text := table.Body.String(); !strings.Contains(text, ",'=HYPERLINK(1),") || !strings.Contains(text, c.Patient.ID) {
		t.Error(text)
	}
	if h := table.Header(); h.Get("Content-Disposition") != "attachment" || !strings.HasPrefix(h.Get("Content-Type"), "text/csv") {
		t.Errorf("%v", h)
	}
	for _, as := range []string{"", "?format=csv"} {
		text := s.call(coordinator, "GET", "/trials/"+kidney+"/log/coded"+as, nil).is(200).Body.String()
		for _, secret := range []string{c.Patient.ID, "ward", "OWNER", "HYPERLINK", coordinator.Name, c.Patient.BirthDate} {
			if strings.Contains(text, secret) {
				t.Errorf("the coded log holds %q: %s", secret, text)
			}
		}
		if !strings.Contains(text, "REACH") || !strings.Contains(text, c.Patient.BirthDate[:4]) {
			t.Error(text)
		}
	}
	s.call(ruleAuthor, "GET", "/trials/"+kidney+"/log/coded", nil).is(403)
	var totals decision.Totals
	text := s.call(coordinator, "GET", "/trials/"+kidney+"/consort", nil).is(200).Body.Bytes()
	if err := json.Unmarshal(text, &totals); err != nil || totals.Proposed != 2 || totals.Open != 1 || totals.Other != 1 {
		t.Errorf("%+v, %v", totals, err)
	}
	first := 0
	for _, e := range totals.By {
		if first += e.First; e.Every < e.First {
			t.Errorf("%+v", e)
		}
	}
	if first != totals.Ineligible {
		t.Errorf("%d ineligible, %d with a first failing criterion", totals.Ineligible, first)
	}
	s.call(coordinator, "GET", "/trials/"+kidney+"/consort?format=csv", nil).is(200)
	s.call(coordinator, "GET", "/trials/"+kidney+"/consort?format=pdf", nil).is(400)
}

func TestLinesAreFilteredAndPaged(t *testing.T) {
	s := newSite(t)
	for i := range 3 {
		_, path := s.somebody(i)
		s.call(coordinator, "PUT", path, Edit{Owner: []string{"ana", "ben", "ana"}[i], Next: "call", Due: fmt.Sprintf("2026-07-%02d", i+1)}, "If-Match", `W/"1"`).is(200)
	}
	for query, want := range map[string]string{
		"":                            "1 2 3",
		"?owner=ana":                  "1 3",
		"?dueBy=2026-07-02":           "1 2",
		"?dueBy=2026-07-02&owner=ana": "1",
		"?decided=closed":             "",
		"?decided=open&after=1":       "2 3",
		"?limit=2":                    "1 2 next 2",
		"?limit=2&after=2":            "3",
	} {
		var lines Lines
		s.call(coordinator, "GET", "/trials/"+kidney+"/decisions"+query, nil).is(200).into(&lines)
		var got []string
		for _, l := range lines.Lines {
			got = append(got, itoa(l.Log))
		}
		if lines.Next > 0 {
			got = append(got, "next", itoa(lines.Next))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", query, got, want)
		}
	}
	s.call(coordinator, "GET", "/trials/"+kidney+"/decisions", nil).is(200)
	last := s.lastEntry()
	if last.Action != audit.Read || len(last.Subjects) == 0 {
		t.Errorf("%+v", last)
	}
	for _, query := range []string{"?decided=maybe", "?dueBy=soon", "?limit=0", "?after=x"} {
		s.call(coordinator, "GET", "/trials/"+kidney+"/decisions"+query, nil).is(400)
	}
}

// TestRefusedDecisionsSayWhere and never repeat what was sent.
func TestRefusedDecisionsSayWhere(t *testing.T) {
	s := newSite(t)
	_, path := s.somebody(0)
	for want, e := range map[string]Edit{
		"/status":            {Status: "PLANTED"},
		"/reason/why":        {Reason: &WhyNot{Why: "PLANTED"}},
		"reason.criterion":   {Reason: &WhyNot{"fails", "PLANTED"}},
		"/answers/0/verdict": {Answers: []NewAnswer{{"INC-1", "PLANTED", ""}}},
		"answers":            {Answers: []NewAnswer{{"PLANTED", "met", ""}}},
		"/due":               {Due: "PLANTED"},
		"/recheck":           {Recheck: "2026-02-30"},
		"recheck":            {Recheck: "2026-06-30"},
	} {
		text := s.call(coordinator, "PUT", path, e, "If-Match", `W/"1"`).is(422).Body.String()
		if !strings.Contains(text, `"pointer":"`+want+`"`) || strings.Contains(text, "PLANTED") {
			t.Errorf("%s: %s", want, text)
		}
	}
}
