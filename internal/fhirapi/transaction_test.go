package fhirapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/access"
)

const (
	uuid1 = "11111111-1111-4111-8111-111111111111"
	uuid2 = "22222222-2222-4222-8222-222222222222"
	uuid3 = "33333333-3333-4333-8333-333333333333"
)

// A patient and a result, with the given members beside the type.
func patient(members string) string {
	return `{"resourceType":"Patient","birthDate":"1970-01-01","gender":"female"` + members + `}`
}

func result(value, members string) string {
	return `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},` +
		`"effectiveDateTime":"2026-05-01","valueQuantity":{"value":` + value + `,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}` + members + `}`
}

func about(ref string) string { return `,"subject":{"reference":"` + ref + `"}` }

// asks is an entry of a transaction.
func asks(method, url, resource string, members ...string) string {
	var parts []string
	for _, m := range members {
		if strings.HasPrefix(m, `"fullUrl"`) {
			parts = append(parts, m)
		}
	}
	if resource != "" {
		parts = append(parts, `"resource":`+resource)
	}
	request := `"method":"` + method + `","url":"` + url + `"`
	for _, m := range members {
		if !strings.HasPrefix(m, `"fullUrl"`) {
			request += "," + m
		}
	}
	return `{` + strings.Join(append(parts, `"request":{`+request+`}`), ",") + `}`
}

func full(uuid string) string { return `"fullUrl":"urn:uuid:` + uuid + `"` }

func bundle(kind string, entries ...string) string {
	return `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + strings.Join(entries, ",") + `]}`
}

// before is what stands in the store before each case of the table.
var before = bundle("transaction",
	asks("PUT", "Patient/p", patient(`,"id":"p","identifier":[{"system":"urn:mrn","value":"1"}]`)),
	asks("PUT", "Observation/o", result("7", `,"id":"o","identifier":[{"system":"urn:lab","value":"1"}]`+about("Patient/p"))),
	asks("PUT", "Observation/twin1", result("8", `,"id":"twin1","identifier":[{"system":"urn:lab","value":"2"}]`+about("Patient/p"))),
	asks("PUT", "Observation/twin2", result("9", `,"id":"twin2","identifier":[{"system":"urn:lab","value":"2"}]`+about("Patient/p"))),
)

// The rules of https://hl7.org/fhir/R4/http.html#trules, one by one. A batch of the same entries is answered entry by entry.
func TestTransactionRules(t *testing.T) {
	organization := `{"resourceType":"Organization","name":"a hospital"}`
	for _, c := range []struct {
		name    string
		entries []string
		status  int    // of the transaction
		each    string // the statuses of its entries
		at      string // the places of its refusal
		batch   string // the statuses of the same entries as a batch; "" for the same as each
		after   string // path, then a text that it holds, or !text for one that it does not
	}{
		{
			"urn:uuid becomes the id, and references follow",
			[]string{asks("POST", "Observation", result("6", about("urn:uuid:"+uuid1))), asks("POST", "Patient", patient(""), full(uuid1))},
			200, "201 201", "", "", "/fhir/Patient/" + uuid1 + " " + uuid1,
		},
		{
			"order of the entries does not matter: deletes first, reads last",
			[]string{
				asks("GET", "Observation/new", ""), asks("PUT", "Observation/new", result("6", `,"id":"new"`+about("Patient/p"))),
				asks("DELETE", "Observation/o", ""),
			},
			200, "200 201 204", "", "", "/fhir/Observation/new 4548-4",
		},
		{
			"all or nothing",
			[]string{asks("PUT", "Observation/new", result("6", `,"id":"new"`+about("Patient/p"))), asks("PUT", "Observation/bad", result(`"six"`, `,"id":"bad"`+about("Patient/p")))},
			422, "", "Bundle.entry[1].resource.valueQuantity.value", "201 422", "/fhir/Observation/new !4548-4",
		},
		{
			"one resource is written once",
			[]string{asks("DELETE", "Observation/o", ""), asks("PUT", "Observation/o", result("6", `,"id":"o"`+about("Patient/p")))},
			400, "", "Bundle.entry[1]", "204 200", "",
		},
		{
			"a conditional update may not meet another entry",
			[]string{asks("PUT", "Observation/o", result("6", `,"id":"o"`+about("Patient/p"))), asks("PUT", "Observation?identifier=urn:lab|1", result("5", about("Patient/p")))},
			400, "", "Bundle.entry[1]", "", "",
		},
		{
			"ifNoneExist finds the one that is there",
			[]string{asks("POST", "Observation", result("6", about("Patient/p")), full(uuid2), `"ifNoneExist":"identifier=urn:lab|1"`)},
			200, "200", "", "", "/fhir/Observation/" + uuid2 + " !4548-4",
		},
		{
			"ifNoneExist makes what is not there",
			[]string{asks("POST", "Observation", result("6", about("Patient/p")), full(uuid2), `"ifNoneExist":"identifier=urn:lab|none"`)},
			200, "201", "", "", "/fhir/Observation/" + uuid2 + " 4548-4",
		},
		{
			"ifNoneExist that fits several",
			[]string{asks("POST", "Observation", result("6", about("Patient/p")), `"ifNoneExist":"identifier=urn:lab|2"`)},
			412, "", "Bundle.entry[0]", "412", "",
		},
		{
			"ifNoneExist with another search",
			[]string{asks("POST", "Observation", result("6", about("Patient/p")), `"ifNoneExist":"code=4548-4"`)},
			400, "", "Bundle.entry[0].request.ifNoneExist", "400", "",
		},
		{
			"ifNoneExist of the same twice",
			[]string{
				asks("POST", "Observation", result("6", `,"identifier":[{"system":"urn:lab","value":"n"}]`+about("Patient/p")), full(uuid2), `"ifNoneExist":"identifier=urn:lab|n"`),
				asks("POST", "Observation", result("7", `,"identifier":[{"system":"urn:lab","value":"n"}]`+about("Patient/p")), full(uuid3), `"ifNoneExist":"identifier=urn:lab|n"`),
			},
			400, "", "Bundle.entry[1]", "201 200", "",
		},
		{
			"a conditional update of the same twice",
			[]string{
				asks("PUT", "Observation?identifier=urn:lab|n", result("6", `,"identifier":[{"system":"urn:lab","value":"n"}]`+about("Patient/p"))),
				asks("PUT", "Observation?identifier=urn:lab|n", result("7", `,"identifier":[{"system":"urn:lab","value":"n"}]`+about("Patient/p"))),
			},
			400, "", "Bundle.entry[1]", "201 200", "",
		},
		{
			"ifMatch of the version that is there",
			[]string{asks("PUT", "Observation/o", result("6", `,"id":"o"`+about("Patient/p")), `"ifMatch":"W/\"1\""`)},
			200, "200", "", "", "",
		},
		{
			"ifMatch of another version",
			[]string{asks("PUT", "Observation/o", result("6", `,"id":"o"`+about("Patient/p")), `"ifMatch":"W/\"4\""`)},
			412, "", "Bundle.entry[0]", "412", "",
		},
		{
			"a conditional update of the one that is there",
			[]string{asks("PUT", "Observation?identifier=urn:lab|1", result("6", about("Patient/p")))},
			200, "200", "", "", `/fhir/Observation/o "value":6`,
		},
		{
			"a conditional update of several",
			[]string{asks("PUT", "Observation?identifier=urn:lab|2", result("6", about("Patient/p")))},
			412, "", "Bundle.entry[0].request.url", "412", "",
		},
		{
			"a conditional update of none, under the uuid of its fullUrl",
			[]string{asks("PUT", "Observation?identifier=urn:lab|none", result("6", `,"identifier":[{"system":"urn:lab","value":"none"}]`+about("Patient/p")), full(uuid2))},
			200, "201", "", "", "/fhir/Observation/" + uuid2 + " 4548-4",
		},
		{
			"a conditional delete",
			[]string{asks("DELETE", "Observation?identifier=urn:lab|1", "")},
			200, "204", "", "", "/fhir/Observation/o !4548-4",
		},
		{
			"a conditional delete of none",
			[]string{asks("DELETE", "Observation?identifier=urn:lab|none", "")},
			200, "204", "", "", "",
		},
		{
			"a conditional reference to the one that fits",
			[]string{asks("PUT", "Observation/new", result("6", `,"id":"new"`+about("Patient?identifier=urn:mrn|1")))},
			200, "201", "", "", "/fhir/Observation/new 4548-4",
		},
		{
			"a conditional reference that fits nothing",
			[]string{asks("PUT", "Observation/new", result("6", `,"id":"new"`+about("Patient?identifier=urn:mrn|9")))},
			422, "", "Bundle.entry[0]", "201", "",
		},
		{
			"what is not read is not kept, twice over, and can be referred to",
			[]string{
				asks("POST", "Organization", organization, full(uuid1)), asks("POST", "Organization", organization, full(uuid1)),
				asks("POST", "Observation", result("6", about("Patient/p")+`,"performer":[{"reference":"urn:uuid:`+uuid1+`"}]`), full(uuid2)),
				asks("PUT", "Practitioner?identifier=urn:npi|1", `{"resourceType":"Practitioner"}`),
			},
			200, "200 200 201 200", "", "", "/fhir/Observation/" + uuid2 + " 4548-4",
		},
		{
			"the same thing said twice",
			[]string{asks("POST", "Observation", result("6", about("Patient/p")), full(uuid2)), asks("POST", "Observation", result("6", about("Patient/p")), full(uuid2))},
			200, "201 200", "", "", "/fhir/Observation/" + uuid2 + " 4548-4",
		},
		{
			"everything wrong is told at once",
			[]string{
				`{"resource":` + patient("") + `}`, asks("PATCH", "Patient/p", patient("")), asks("PUT", "Patient/q", patient(`,"id":"p"`)),
				asks("PUT", "Patient/q", patient("")), asks("POST", "Observation", patient("")), asks("POST", "Observation", ""), asks("GET", "Observation?code=1", ""),
				asks("DELETE", "Observation", ""), asks("POST", "Observation/$lastn", patient("")), asks("PUT", "Patient/a_b", patient(`,"id":"a_b"`)),
				asks("POST", "Nonsense", patient("")),
			},
			400, "", "Bundle.entry[0].request Bundle.entry[1].request.method Bundle.entry[2].resource.id Bundle.entry[3].resource.id Bundle.entry[4].resource " +
				"Bundle.entry[5].resource Bundle.entry[6].request.url Bundle.entry[7].request.url Bundle.entry[8].request.url Bundle.entry[9].request.url Bundle.entry[10].request.url",
			"400 400 400 400 400 400 400 400 400 400 400", "",
		},
		{
			"an empty bundle", nil, 200, "", "", "", "",
		},
	} {
		for _, kind := range []string{"transaction", "batch"} {
			t.Run(c.name+"/"+kind, func(t *testing.T) {
				h := newHouse(t, "dapagliflozin-ckd")
				h.ask("POST", "/fhir", before).want(200)
				got := h.ask("POST", "/fhir", bundle(kind, c.entries...))
				if kind == "batch" {
					each := c.each
					if c.batch != "" {
						each = c.batch
					}
					if out := read[fhir.Bundle](got.want(200)); statuses(out) != each && (c.batch != "" || c.status == 200) {
						t.Errorf("statuses %s, want %s: %s", statuses(out), each, got.Body)
					}
					return
				}
				got.want(c.status)
				if c.status != 200 {
					if at := got.expressions(); at != c.at {
						t.Errorf("refused at %s, want %s: %s", at, c.at, got.Body)
					}
				} else if out := read[fhir.Bundle](got); statuses(out) != c.each || out.Type != fhir.BundleTypeTransactionResponse {
					t.Errorf("statuses %s, want %s: %s", statuses(out), c.each, got.Body)
				}
				if path, text, ok := strings.Cut(c.after, " "); ok {
					no := strings.HasPrefix(text, "!")
					text = strings.TrimPrefix(text, "!")
					if body := h.ask("GET", path, "").Body.String(); strings.Contains(body, text) == no {
						t.Errorf("%s holds %s", path, body)
					}
				}
			})
		}
	}
}

// One response entry for each request entry, with all that a client needs to go on from.
func TestResponseEntries(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	out := read[fhir.Bundle](h.ask("POST", "/fhir", bundle("transaction",
		asks("POST", "Patient", patient(""), full(uuid1)), asks("POST", "Organization", `{"resourceType":"Organization"}`, full(uuid2)),
	)).want(200))
	made, unread := out.Entry[0].Response, out.Entry[1].Response
	if *made.Location != "Patient/"+uuid1+"/_history/1" || *made.Etag != `W/"1"` || made.Status != "201 Created" || made.LastModified == nil {
		t.Errorf("created: %+v", made)
	}
	if unread.Location != nil || unread.Etag != nil || unread.Status != "200 OK" || !strings.Contains(string(unread.Outcome), `"information"`) {
		t.Errorf("not kept: %+v", unread)
	}
	changed := read[fhir.Bundle](h.ask("POST", "/fhir", bundle("batch", asks("PUT", "Patient/"+uuid1, patient(`,"id":"`+uuid1+`","active":true`)))).want(200))
	if r := changed.Entry[0].Response; *r.Etag != `W/"2"` || r.Status != "200 OK" {
		t.Errorf("updated: %+v", r)
	}
}

// Reading in a bundle needs the right to read; the writes beside it are made nevertheless.
func TestReadInABatchNeedsItsRight(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	h.caller.Scopes = []access.Right{access.SendRecords}
	h.ask("POST", "/fhir", before).want(200)
	out := read[fhir.Bundle](h.ask("POST", "/fhir", bundle("batch", asks("GET", "Patient/p", ""))).want(200))
	if statuses(out) != "403" || len(h.log) != 0 {
		t.Errorf("statuses %s, %d audit entries", statuses(out), len(h.log))
	}
}

// The bounds of one request.
func TestBounds(t *testing.T) {
	h := newHouse(t, "dapagliflozin-ckd")
	entries := make([]string, entryLimit+1)
	for i := range entries {
		entries[i] = asks("DELETE", fmt.Sprintf("Observation/%d", i), "")
	}
	for name, c := range map[string]struct {
		path, body string
		headers    []string
		status     int
	}{
		"too many entries":    {"/fhir", bundle("batch", entries...), nil, 413},
		"too many bytes":      {"/fhir", strings.Repeat(" ", bodyLimit+1), nil, 413},
		"no JSON":             {"/fhir", "{", nil, 400},
		"no Bundle":           {"/fhir", patient(""), nil, 400},
		"no body":             {"/fhir", " ", nil, 400},
		"another media type":  {"/fhir", bundle("batch"), []string{"Content-Type: application/fhir+xml"}, 415},
		"no type":             {"/fhir", `{"resourceType":"Bundle"}`, nil, 400},
		"a collection here":   {"/fhir", bundle("collection"), nil, 400},
		"a transaction there": {"/fhir/Bundle", bundle("transaction"), nil, 400},
	} {
		t.Run(name, func(t *testing.T) {
			h.ask(http.MethodPost, c.path, c.body, c.headers...).want(c.status)
		})
	}
}
