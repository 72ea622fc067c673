package main

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"prescreen/internal/access"
)

const opposes = `{"resourceType":"Consent","id":"$consent","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"research"}]},
"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/$patient"},"dateTime":"2026-06-01","policyRule":{"text":"x"},"provision":{"type":"deny"}}`

// stateOfStore is what moves with every write, whatever it says.
var stateOfStore = regexp.MustCompile(`"(state|next|version)":\d+|"at":"[^"]*"`)

// everywhere is all that is told of a trial's patients together.
func (d door) everywhere(draft string, as string) string {
	d.t.Helper()
	var out strings.Builder
	for _, path := range []string{
		"/api/v1/trials/T1/candidates?decided=all&limit=200", "/api/v1/trials/T1/candidates?decided=none&sort=likelihood&limit=200", "/api/v1/trials/T1/funnel",
		"/api/v1/trials/T1", "/api/v1/trials", "/api/v1/trials/BETA-7/candidates?decided=all&limit=200", "/api/v1/trials/BETA-7/funnel",
		"/fhir/ResearchStudy", "/fhir/ResearchSubject?_count=1000", "/fhir/Group/T1", "/fhir/List/T1", "/fhir/Group/BETA-7",
	} {
		out.WriteString(path + ": " + d.must(200, "GET", path, "", as).Body.String() + "\n")
	}
	out.WriteString("preview: " + d.must(200, "POST", "/api/v1/trials/T1/preview", draft, as).Body.String() + "\n")
	var run struct{ Patients int }
	if err := json.Unmarshal(d.must(201, "POST", "/api/v1/runs", "{}", as).Body.Bytes(), &run); err != nil {
		d.t.Fatal(err)
	}
	out.WriteString("patients of a run: " + string(rune('0'+run.Patients)))
	return stateOfStore.ReplaceAllString(out.String(), "")
}

// Whoever objects to research is, from the moment it is known, in no list, count, log, flip, page or export, though all of them
// had the patient before: what is told of everybody is again what it was before the patient came.
func TestOpposedShowNowhere(t *testing.T) {
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	_, keeper, srv := inHouse(t, func() time.Time { return now })
	d, k, s := door{t, srv}, &keys{t: t, Keeper: keeper, at: &now}, plants{}
	k.begin()
	lab, _ := k.token(access.SendRecords, nil, time.Hour)
	cec := k.person("cec", access.Grant{Role: access.Coordinator}, access.Grant{Role: access.RuleAuthor})
	text, _ := json.Marshal(strings.Replace(d.source(cec), "age >= 18", "age >= 40", 1))
	draft := `{"text":` + string(text) + `}`
	d.must(200, "POST", "/fhir/Bundle", smallPatients(t), lab)
	d.must(201, "POST", "/api/v1/trials/T1/decisions", `{"patient":{"source":"lab","id":"p1"},"owner":"somebody"}`, cec)
	without := d.everywhere(draft, cec)

	d.must(200, "POST", "/fhir/Bundle", s.bundle(), lab)
	d.must(200, "PUT", s.fill("/fhir/Observation/$observation"), s.fill(strings.NewReplacer("p1-late", "$observation", "Patient/p1", "Patient/$patient", "12.1", "8.4").Replace(later)), lab)
	d.must(201, "POST", "/api/v1/trials/T1/decisions", s.fill(`{"patient":{"source":"lab","id":"$patient"},"status":"consented","note":"$decision","owner":"$owner"}`), cec)
	if with := d.everywhere(draft, cec); with == without || strings.Count(with, s["patient"]) < 8 {
		t.Fatal("the patient came in vain: ", with)
	}
	cursors := d.pages(cec)
	export, _ := url.Parse(d.must(202, "GET", "/fhir/Group/T1/$export", "", cec).Header().Get("Content-Location"))
	for range 400 {
		if d.ask("GET", export.Path, "", cec).Code == 200 {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	d.must(200, "GET", export.Path+"/Patient.ndjson", "", cec)

	d.must(201, "PUT", s.fill("/fhir/Consent/$consent"), s.fill(opposes), lab)
	if after := d.everywhere(draft, cec); after != without {
		a, b := strings.Split(after, "\n"), strings.Split(without, "\n")
		for i := range a {
			if a[i] != b[i] {
				t.Errorf("with one who is opposed:\n%s\nbefore:\n%s", a[i], b[i])
			}
		}
	}
	for _, path := range append(cursors,
		"/api/v1/flips", "/api/v1/flips?trial=T1", "/api/v1/flips/stream?since=0", "/api/v1/trials/T1/log", "/api/v1/trials/T1/log?format=csv",
		"/api/v1/trials/T1/log/coded", "/api/v1/trials/T1/log/coded?format=csv", "/api/v1/trials/T1/consort", "/api/v1/trials/T1/consort?format=csv",
		"/api/v1/trials/T1/decisions", s.fill("/api/v1/trials/T1/decisions?owner=$owner"), "/api/v1/trials/T1/decisions?decided=consented",
		"/api/v1/trials/T1/decisions/2", "/api/v1/trials/T1/decisions/2/history", s.fill("/api/v1/patients/$patient?source=lab"),
		s.fill("/api/v1/trials/T1/candidates?q=$patient"), s.fill("/api/v1/trials/T1/candidates?owner=$owner&decided=all"),
		s.fill("/fhir/ResearchSubject?patient=$patient&_source=lab"), export.Path+"/Patient.ndjson", export.Path+"/Observation.ndjson",
	) {
		w := d.ask("GET", path, "", cec)
		if what := s.in(w.Body.String()); what != "" && !strings.Contains(path, "ResearchSubject?patient") { // which repeats what was asked
			t.Errorf("%s tells $%s of one who is opposed: %d %s", path, what, w.Code, w.Body)
		}
	}
	for _, path := range []string{s.fill("/api/v1/patients/$patient?source=lab")} {
		d.must(404, "GET", path, "", cec)
	}
	d.must(404, "POST", "/api/v1/trials/BETA-7/decisions", s.fill(`{"patient":{"source":"lab","id":"$patient"}}`), cec)
	d.must(410, "PUT", "/api/v1/trials/T1/decisions/2", `{"note":"x"}`, cec, "If-Match: *")
	d.must(410, "GET", export.Path+"/Patient.ndjson", "", cec)
	var totals struct{ Proposed, Consented, Assessed int }
	if err := json.Unmarshal(d.must(200, "GET", "/api/v1/trials/T1/consort", "", cec).Body.Bytes(), &totals); err != nil || totals.Proposed != 1 || totals.Consented != 0 {
		t.Errorf("%v %+v", err, totals)
	}
	if body := d.must(200, "GET", s.fill("/fhir/ResearchSubject?patient=$patient&_source=lab"), "", cec).Body.String(); !strings.Contains(body, `"total":0`) {
		t.Error(body)
	}
}

// source is the text of T1 in force.
func (d door) source(as string) string {
	d.t.Helper()
	var versions struct{ Versions []struct{ No json.Number } }
	if err := json.Unmarshal(d.must(200, "GET", "/api/v1/trials/T1/versions", "", as).Body.Bytes(), &versions); err != nil {
		d.t.Fatal(err)
	}
	var page struct{ Text string }
	if err := json.Unmarshal(d.must(200, "GET", "/api/v1/trials/T1/versions/"+versions.Versions[0].No.String(), "", as).Body.Bytes(), &page); err != nil {
		d.t.Fatal(err)
	}
	return page.Text
}

// pages goes through a list by one patient a page, and gives the addresses of all of its pages.
func (d door) pages(as string) (out []string) {
	d.t.Helper()
	const first = "/api/v1/trials/T1/candidates?decided=all&limit=1"
	for path := first; ; {
		var page struct{ Next string }
		if err := json.Unmarshal(d.must(200, "GET", path, "", as).Body.Bytes(), &page); err != nil {
			d.t.Fatal(err)
		}
		if page.Next == "" {
			return out
		}
		path = first + "&cursor=" + page.Next
		out = append(out, path)
	}
}
