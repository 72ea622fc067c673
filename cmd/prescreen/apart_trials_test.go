package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/server"
)

// door asks a server without a wire.
type door struct {
	t   *testing.T
	srv *server.Server
}

// ask sends a request; what never ends is cut off after a while.
func (d door) ask(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	d.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body == "" {
		r.Body = http.NoBody
	}
	r.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(path, "/fhir") {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	if strings.Contains(path, "/stream") {
		ctx, cancel := context.WithTimeout(r.Context(), 300*time.Millisecond)
		defer cancel()
		r = r.WithContext(ctx)
	}
	w := httptest.NewRecorder()
	d.srv.Handler().ServeHTTP(w, r)
	return w
}

func (d door) must(status int, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	d.t.Helper()
	w := d.ask(method, path, body, headers...)
	if w.Code != status {
		d.t.Fatalf("%s %s: %d, not %d: %s", method, path, w.Code, status, w.Body)
	}
	return w
}

// person makes a user with roles and gives the user's session.
func (k *keys) person(name string, grants ...access.Grant) string {
	k.t.Helper()
	_, err := k.CreateUser(k.t.Context(), name, "", pass, grants, byTest)
	session := ""
	if err == nil {
		session, _, err = k.Login(k.t.Context(), name, pass, byTest)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	return "Cookie: prescreen=" + session
}

// later is a result that moves verdicts of both trials.
const later = `{"resourceType":"Observation","id":"p1-late","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},
"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-06-20","valueQuantity":{"value":12.1,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}`

// ofBeta are words that stand in nothing but the other trial and what was decided under it.
var ofBeta = []string{"BETA-7", "Betatitle", "BIN-", "BEX-", "NCT00000777", "Betaline", "betanote", "betaowner"}

// A coordinator of one trial learns nothing of another, by whatever is asked.
func TestNothingOfAnotherTrial(t *testing.T) {
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	_, keeper, srv := inHouse(t, func() time.Time { return now })
	d, k := door{t, srv}, &keys{t: t, Keeper: keeper, at: &now}
	k.begin()
	lab, _ := k.token(access.SendRecords, nil, time.Hour)
	d.must(200, "POST", "/fhir/Bundle", smallPatients(t), lab)
	d.must(201, "PUT", "/fhir/Observation/p1-late", later, lab)
	cec := k.person("cec", access.Grant{Role: access.Coordinator})
	bob := k.person("bert", access.Grant{Role: access.Coordinator, Trial: "T1"})
	machine, _ := k.token(access.SeeCandidates, []string{"T1"}, time.Hour)
	for _, trial := range []string{"BETA-7", "T1"} {
		d.must(201, "POST", "/api/v1/trials/"+trial+"/decisions", `{"patient":{"source":"lab","id":"p1"},"note":"betanote","owner":"betaowner"}`, cec)
	}
	d.must(201, "POST", "/api/v1/runs", `{}`, cec)
	job := d.must(202, "GET", "/fhir/Group/BETA-7/$export", "", cec).Header().Get("Content-Location")
	job = strings.TrimPrefix(job, "http://prescreen.example")

	// What tells of all trials that the caller may see: of the other one nothing.
	asked := []string{
		"/api/v1/trials", "/api/v1/patients/p1?source=lab", "/api/v1/flips", "/api/v1/flips?since=2020-01-01T00:00:00Z", "/api/v1/flips/stream?since=0",
		"/fhir/ResearchStudy", "/fhir/ResearchSubject", "/fhir/ResearchSubject?patient=Patient/p2&_source=lab",
	}
	for _, path := range asked {
		if body := d.must(200, "GET", path, "", cec).Body.String(); !strings.Contains(body, "BETA-7") {
			t.Errorf("%s: it tells nobody of the other trial, and so proves nothing: %s", path, body)
		}
		for _, as := range []string{bob, machine} {
			w := d.ask("GET", path, "", as)
			if strings.HasPrefix(path, "/api/v1/trials") && as == machine || strings.HasSuffix(path, "ResearchStudy") && as == machine {
				continue // it may see no trials at all
			}
			if !strings.Contains(w.Body.String(), "T1") {
				t.Errorf("%s: nothing of the caller's own trial: %d %s", path, w.Code, w.Body)
			}
			for _, word := range ofBeta[:6] {
				if strings.Contains(w.Body.String(), word) {
					t.Errorf("%s tells %s", path, word)
				}
			}
		}
	}
	for _, media := range []string{"application/json", "application/fhir+json"} {
		w := d.must(200, "POST", "/fhir/$evaluate?all=true", smallPatients(t), bob, "Accept: "+media)
		if strings.Contains(w.Body.String(), "BETA-7") || !strings.Contains(w.Body.String(), "T1") {
			t.Errorf("$evaluate tells of the other trial: %s", w.Body)
		}
	}

	// What names the other trial, or tells of all at once: refused, and without a word of it.
	for _, path := range []string{
		"/api/v1/trials/BETA-7", "/api/v1/trials/BETA-7/candidates", "/api/v1/trials/BETA-7/funnel", "/api/v1/trials/BETA-7/versions",
		"/api/v1/trials/BETA-7/versions/1", "/api/v1/trials/BETA-7/versions/2", "/api/v1/trials/BETA-7/decisions", "/api/v1/trials/BETA-7/decisions/1",
		"/api/v1/trials/BETA-7/decisions/1/history", "/api/v1/trials/BETA-7/log", "/api/v1/trials/BETA-7/log/coded", "/api/v1/trials/BETA-7/log?format=csv",
		"/api/v1/trials/BETA-7/consort", "/api/v1/flips?trial=BETA-7", "/api/v1/flips/stream?trial=BETA-7", "/api/v1/runs",
		"/fhir/ResearchStudy/BETA-7", "/fhir/Group/BETA-7", "/fhir/List/BETA-7", "/fhir/Group/BETA-7/$export", "/fhir/Group/T1/$export",
		"/fhir/ResearchSubject?study=ResearchStudy/BETA-7", "/fhir/ResearchSubject/prescreen.1.BETA-7", "/fhir/Patient/p1?_source=lab",
		"/api/v1/trials/T1%2f..%2fBETA-7/funnel", "/api/v1/trials/%42ETA-7/funnel", job,
	} {
		d.refused("GET", path, "", bob)
	}
	d.refused("POST", "/fhir/$evaluate?trial=BETA-7", smallPatients(t), bob)
	d.refused("POST", "/api/v1/trials/BETA-7/decisions", `{"patient":{"source":"lab","id":"p2"}}`, bob)
	d.refused("PUT", "/api/v1/trials/BETA-7/decisions/1", `{"note":"x"}`, bob, `If-Match: W/"1"`)
	d.refused("DELETE", job, "", bob)

	// Numbers of versions and of lines are of the whole house or of each trial: one of the other trial is not there in this one.
	for no := range 4 {
		path := "/api/v1/trials/T1/versions/" + string(rune('0'+no))
		if w := d.ask("GET", path, "", bob); w.Code == 200 && strings.Contains(w.Body.String(), "BETA") {
			t.Errorf("%s: a version of the other trial", path)
		}
	}
}

func (d door) refused(method, path, body string, headers ...string) {
	d.t.Helper()
	w := d.ask(method, path, body, headers...)
	if w.Code != 403 && w.Code != 404 && w.Code != 400 {
		d.t.Errorf("%s %s: %d", method, path, w.Code)
	}
	for _, word := range ofBeta {
		if strings.Contains(w.Body.String(), word) {
			d.t.Errorf("%s %s tells %s: %s", method, path, word, w.Body)
		}
	}
}
