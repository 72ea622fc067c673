package fhirapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/audit"
)

func obs(value string) string { return result(value, `,"id":"o"`+about("Patient/p")) }

// The life of a resource over HTTP (https://hl7.org/fhir/R4/http.html).
func TestSingleResource(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	h.ask("GET", "/fhir/Observation/o", "").want(404)
	h.ask("PUT", "/fhir/Patient/p", patient(`,"id":"p"`)).want(201)
	made := h.ask("PUT", "/fhir/Observation/o", obs("7")).want(201)
	if got := made.Header().Get("Location"); got != "http://example.test/fhir/Observation/o/_history/1" {
		t.Errorf("Location %q", got)
	}
	if made.Header().Get("ETag") != `W/"1"` || made.Header().Get("Last-Modified") == "" || made.Body.Len() != 0 {
		t.Errorf("headers %v, body %s", made.Header(), made.Body)
	}
	h.ask("PUT", "/fhir/Observation/o", obs("7")).want(200)
	same := h.ask("GET", "/fhir/Observation/o", "").want(200)
	if same.Header().Get("ETag") != `W/"1"` || !strings.Contains(same.Body.String(), `"versionId":"1"`) {
		t.Errorf("sending the same again made a version: %v %s", same.Header(), same.Body)
	}
	h.ask("GET", "/fhir/Observation/o", "", `If-None-Match: W/"1"`).want(304)
	h.ask("PUT", "/fhir/Observation/o", obs("8"), `If-Match: W/"7"`).want(412)
	h.ask("PUT", "/fhir/Observation/o", obs("8"), `If-Match: 1, 2`).want(400)
	h.ask("PUT", "/fhir/Observation/o", obs("8"), `If-None-Match: *`).want(412)
	whole := h.ask("PUT", "/fhir/Observation/o", obs("8"), `If-Match: W/"1"`, "Prefer: return=representation").want(200)
	if !strings.Contains(whole.Body.String(), `"value":8`) || !strings.Contains(whole.Body.String(), `"versionId":"2"`) {
		t.Errorf("representation: %s", whole.Body)
	}
	told := h.ask("PUT", "/fhir/Observation/o", obs("9"), "Prefer: return=OperationOutcome").want(200)
	if !strings.Contains(told.Body.String(), "OperationOutcome") {
		t.Errorf("outcome: %s", told.Body)
	}
	if body := h.ask("GET", "/fhir/Observation/o/_history/1", "").want(200).Body.String(); !strings.Contains(body, `"value":7`) {
		t.Errorf("first version: %s", body)
	}
	h.ask("GET", "/fhir/Observation/o/_history/9", "").want(404)
	h.ask("GET", "/fhir/Observation/o/_history/x", "").want(404)
	h.ask("DELETE", "/fhir/Observation/o", "").want(204)
	h.ask("DELETE", "/fhir/Observation/o", "").want(204)
	h.ask("DELETE", "/fhir/Observation/never", "").want(204)
	h.ask("GET", "/fhir/Observation/o", "").want(410)
	h.ask("GET", "/fhir/Observation/o/_history/4", "").want(410)
	past := read[fhir.Bundle](h.ask("GET", "/fhir/Observation/o/_history", "").want(200))
	var line []string
	for _, e := range past.Entry {
		line = append(line, e.Request.Method.Code()+" "+*e.Response.Etag)
	}
	if got := strings.Join(line, ", "); got != `DELETE W/"4", PUT W/"3", PUT W/"2", PUT W/"1"` || past.Type != fhir.BundleTypeHistory {
		t.Errorf("history: %s", got)
	}
	h.ask("PUT", "/fhir/Observation/o", obs("7")).want(201)
	h.ask("GET", "/fhir/Observation/o", "").want(200)
}

// What a request for one resource is refused with.
func TestSingleRefusals(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	h.ask("PUT", "/fhir/Patient/p", patient(`,"id":"p"`)).want(201)
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		at                 string
	}{
		"another id":               {"PUT", "/fhir/Observation/x", obs("7"), 400, "Observation.id"},
		"no id":                    {"PUT", "/fhir/Observation/x", result("7", about("Patient/p")), 400, "Observation.id"},
		"another type":             {"PUT", "/fhir/Condition/o", obs("7"), 400, "Condition"},
		"a long id":                {"GET", "/fhir/Observation/" + strings.Repeat("a", 65), "", 400, ""},
		"an id of other letters":   {"GET", "/fhir/Observation/a_b", "", 400, ""},
		"no type of FHIR's":        {"GET", "/fhir/Nonsense/a", "", 404, ""},
		"an unusable resource":     {"PUT", "/fhir/Observation/o", obs(`"x"`), 422, "Observation.valueQuantity.value"},
		"no JSON":                  {"PUT", "/fhir/Observation/o", `{"a":`, 400, ""},
		"a list":                   {"POST", "/fhir/Observation", `[]`, 400, ""},
		"a search":                 {"GET", "/fhir/Observation?patient=p", "", 501, ""},
		"a search by patient":      {"GET", "/fhir/Patient", "", 501, ""},
		"a kind that is not read":  {"GET", "/fhir/Organization/o", "", 404, ""},
		"PUT without a name":       {"PUT", "/fhir/Observation", obs("7"), 400, ""},
		"DELETE without a name":    {"DELETE", "/fhir/Observation", "", 400, ""},
		"DELETE by another search": {"DELETE", "/fhir/Observation?code=1", "", 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := h.ask(c.method, c.path, c.body).want(c.status)
			if at := strings.TrimSpace(got.expressions()); c.at != "" && at != c.at {
				t.Errorf("refused at %q, want %q: %s", at, c.at, got.Body)
			}
		})
	}
}

// Kinds that are not read are answered as not kept, and never as a failure.
func TestNotKept(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	for _, c := range [][3]string{
		{"PUT", "/fhir/Organization/o", `{"resourceType":"Organization","id":"o"}`},
		{"POST", "/fhir/Organization", `{"resourceType":"Organization"}`},
		{"PUT", "/fhir/Organization?identifier=a|b", `{"resourceType":"Organization"}`},
	} {
		got := h.ask(c[0], c[1], c[2]).want(200)
		if out := read[fhir.OperationOutcome](got); out.Issue[0].Severity != fhir.IssueSeverityInformation || got.Header().Get("Location") != "" {
			t.Errorf("%s %s: %s", c[0], c[1], got.Body)
		}
	}
	h.ask("DELETE", "/fhir/Organization/o", "").want(204)
}

// By condition: one resource is found by its identifier, made if there is none, and never guessed among several.
func TestConditions(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	h.ask("POST", "/fhir", before).want(200)
	found := h.ask("POST", "/fhir/Observation", result("6", about("Patient/p")), "If-None-Exist: identifier=urn:lab|1").want(200)
	if !strings.HasSuffix(found.Header().Get("Location"), "/Observation/o/_history/1") {
		t.Errorf("found %q", found.Header().Get("Location"))
	}
	h.ask("POST", "/fhir/Observation", result("6", about("Patient/p")), "If-None-Exist: identifier=urn:lab|2").want(412)
	h.ask("PUT", "/fhir/Observation?identifier=urn:lab%7C1", result("6", `,"identifier":[{"system":"urn:lab","value":"1"}]`+about("Patient/p"))).want(200)
	h.ask("PUT", "/fhir/Observation?identifier=urn:lab%7C1", result("6", `,"id":"other"`+about("Patient/p"))).want(400)
	h.ask("PUT", "/fhir/Observation?identifier=urn:lab%7C2", result("6", about("Patient/p"))).want(412)
	h.ask("PUT", "/fhir/Observation?identifier=urn:lab%7C3", result("6", `,"id":"third"`+about("Patient/p"))).want(201)
	h.ask("GET", "/fhir/Observation/third", "").want(200)
	h.ask("DELETE", "/fhir/Observation?identifier=urn:lab%7C2", "").want(412)
}

// A token's records are its own: another feed's resource of the same id is another resource.
func TestFeeds(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	h.caller.Source = "lab"
	h.ask("PUT", "/fhir/Patient/p", patient(`,"id":"p"`)).want(201)
	h.caller.Source = "ward"
	h.ask("GET", "/fhir/Patient/p", "").want(404)
	h.ask("GET", "/fhir/Patient/p?_source=lab", "").want(404)
	h.ask("PUT", "/fhir/Patient/p", patient(`,"id":"p"`)).want(201)
	one := result("7", `,"identifier":[{"system":"urn:lab","value":"1"}]`+about("Patient/p"))
	h.ask("PUT", "/fhir/Observation?identifier=urn:lab%7C1", one).want(201)
	h.caller.Source = "lab"
	h.ask("PUT", "/fhir/Observation?identifier=urn:lab%7C1", one).want(201)
	h.ask("DELETE", "/fhir/Observation?identifier=urn:lab%7C1", "").want(204)
	h.caller.Source = ""
	h.ask("GET", "/fhir/Patient/p", "").want(404)
	h.ask("GET", "/fhir/Patient/p?_source=lab", "").want(200)
}

// Erasing takes away every version of every record, says nothing of whether there was one, and stops another intake.
func TestErase(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	h.ask("POST", "/fhir", before).want(200)
	h.ask("PUT", "/fhir/Patient/p", patient(`,"id":"p","active":true`)).want(200)
	for range 2 {
		h.ask("DELETE", "/fhir/Patient/p", "").want(204)
	}
	h.ask("DELETE", "/fhir/Patient/never", "").want(204)
	for _, path := range []string{"Patient/p", "Patient/p/_history", "Patient/p/_history/1", "Observation/o", "Observation/o/_history"} {
		h.ask("GET", "/fhir/"+path, "").want(404)
	}
	h.ask("PUT", "/fhir/Patient/p", patient(`,"id":"p"`)).want(409)
	h.ask("PUT", "/fhir/Observation/o", obs("7")).want(409)
	h.ask("POST", "/fhir", before).want(409)
	if out := read[fhir.Bundle](h.ask("POST", "/fhir", strings.Replace(before, "transaction", "batch", 1)).want(200)); statuses(out) != "409 409 409 409" {
		t.Errorf("batch: %s", statuses(out))
	}
}

// In a bundle a DELETE of a Patient takes it away and says that nothing was erased.
func TestDeletedPatientIsNotErased(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	h.ask("POST", "/fhir", before).want(200)
	out := read[fhir.Bundle](h.ask("POST", "/fhir", bundle("transaction", asks("DELETE", "Patient/p", ""))).want(200))
	if statuses(out) != "200" || !strings.Contains(string(out.Entry[0].Response.Outcome), "erase") {
		t.Errorf("%+v", out.Entry[0].Response)
	}
	h.ask("GET", "/fhir/Patient/p", "").want(410)
	h.ask("GET", "/fhir/Patient/p/_history/1", "").want(200)
	h.ask("PUT", "/fhir/Patient/p", patient(`,"id":"p"`)).want(201)
}

// Every read is recorded before it is answered, with whose record it is; what cannot be recorded is not shown.
func TestReadsAreRecorded(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	h.ask("POST", "/fhir", before).want(200)
	for _, path := range []string{"/fhir/Observation/o", "/fhir/Observation/o/_history", "/fhir/Observation/o/_history/1"} {
		h.log = nil
		h.ask("GET", path, "").want(200)
		if len(h.log) != 1 || h.log[0].Action != audit.Read || len(h.log[0].Subjects) != 1 || strings.Contains(h.log[0].Route, "Observation") {
			t.Errorf("%s: %+v", path, h.log)
		}
	}
	o := h.options()
	o.Record = nil
	h.mount(o)
	for _, path := range []string{"/fhir/Observation/o", "/fhir/Observation/o/_history", "/fhir/Group/dapagliflozin-ckd", "/fhir/List/dapagliflozin-ckd", "/fhir/ResearchSubject"} {
		h.ask("GET", path, "").want(500)
	}
}

// No refusal holds what was sent.
func TestRefusalsHoldNoValue(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	const planted = "Plantagenet"
	bad := `{"resourceType":"Patient","id":"` + planted + `","name":[{"family":"` + planted + `"}],"gender":"` + planted + `","birthDate":"` + planted + `"}`
	for _, c := range [][3]string{
		{"PUT", "/fhir/Patient/" + planted, bad},
		{"PUT", "/fhir/Patient/x", bad},
		{"POST", "/fhir/Patient", bad},
		{"POST", "/fhir", bundle("transaction", asks("PUT", "Patient/"+planted, bad), asks("PUT", planted+"/"+planted, bad))},
		{"POST", "/fhir", bundle("batch", asks("PUT", "Patient/"+planted, bad), asks(planted, planted, bad), asks("GET", "Patient/"+planted, ""))},
		{"POST", "/fhir/Bundle", bundle("collection", `{"resource":`+bad+`}`)},
		{"GET", "/fhir/Patient/" + planted, ""},
		{"GET", "/fhir/Patient?name=" + planted, ""},
		{"GET", "/fhir/ResearchSubject?patient=" + planted + "&_count=" + planted, ""},
		{"GET", "/fhir/ResearchStudy?title=" + planted, ""},
	} {
		if body := h.ask(c[0], c[1], c[2]).Body.String(); strings.Contains(body, planted) {
			t.Errorf("%s %.40s: %s", c[0], c[1], body)
		}
	}
}

// What is kept of a resource in part is marked, so that no client takes it for the whole.
func TestSubsetted(t *testing.T) {
	for in, want := range map[string]string{
		`{"meta":{"versionId":"1"},"id":"a"}`:             `{"meta":{"tag":[` + subsetTag + `],"versionId":"1"},"id":"a"}`,
		`{"id":"a","meta":{"tag":[{"code":"x"}]},"b":{}}`: `{"id":"a","meta":{"tag":[` + subsetTag + `,{"code":"x"}]},"b":{}}`,
		`{"id":"a","meta":{"tag":[]}}`:                    `{"id":"a","meta":{"tag":[` + subsetTag + `]}}`,
		`{"id":"a"}`:                                      `{"meta":{"tag":[` + subsetTag + `]},"id":"a"}`,
		`{}`:                                              `{"meta":{"tag":[` + subsetTag + `]}}`,
	} {
		got, err := subsetted([]byte(in))
		if err != nil || string(got) != want || !json.Valid(got) {
			t.Errorf("%s became %s, %v", in, got, err)
		}
	}
}
