package fhirapi

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"
)

// Bundles that state resources are taken in under the ids that these go by.
func TestCollections(t *testing.T) {
	for _, kind := range []string{"collection", "searchset", "document", "message"} {
		t.Run(kind, func(t *testing.T) {
			h := newHouse(t, "dapagliflozin-ckd")
			body := bundle(kind,
				`{"resource":`+patient(`,"id":"p"`)+`}`,
				`{`+full(uuid1)+`,"resource":`+result("7", about("Patient/p"))+`}`,
				`{"resource":`+result("8", about("Patient/p"))+`}`,
				`{"resource":{"resourceType":"Organization","id":"o"}}`,
				`{"resource":`+result(`"x"`, `,"id":"bad"`+about("Patient/p"))+`}`,
				`{"fullUrl":"urn:uuid:`+uuid2+`"}`,
				`{"resource":`+result("9", `,"id":"a_b"`+about("Patient/p"))+`}`,
			)
			first := read[fhir.Bundle](h.ask("POST", "/fhir/Bundle", body).want(200))
			if got := statuses(first); got != "201 201 201 200 422 400 400" || first.Type != fhir.BundleTypeBatchResponse {
				t.Fatalf("%s", got)
			}
			again := read[fhir.Bundle](h.ask("POST", "/fhir/Bundle", body).want(200))
			if got := statuses(again); got != "200 200 200 200 422 400 400" {
				t.Errorf("again: %s", got)
			}
			for i := range 3 {
				if a, b := *first.Entry[i].Response.Location, *again.Entry[i].Response.Location; a != b {
					t.Errorf("entry %d went to %s, then to %s", i, a, b)
				}
			}
			h.ask("GET", "/fhir/Observation/"+uuid1, "").want(200)
		})
	}
}

// What a history ends in counts, whatever order its entries are carried out in.
func TestHistoryBundle(t *testing.T) {
	put := func(value, version string) string {
		return asks("PUT", "Observation/o", result(value, `,"id":"o","meta":{"versionId":"`+version+`"}`+about("Patient/p")))
	}
	gone := asks("DELETE", "Observation/o", "")
	for name, c := range map[string]struct {
		entries []string
		each    string
		status  int
		value   string
	}{
		"newest first":              {[]string{put("9", "3"), put("8", "2"), put("7", "1")}, "200 201 200 200", 200, `"value":9`},
		"deleted in the end":        {[]string{gone, put("7", "1")}, "200 204 200", 404, ""},
		"deleted, and there again":  {[]string{put("9", "3"), gone, put("7", "1")}, "200 201 200 200", 200, `"value":9`},
		"a kind that is not read":   {[]string{asks("DELETE", "Organization/o", ""), asks("PUT", "Organization/o", `{"resourceType":"Organization","id":"o"}`)}, "200 204 200", 404, ""},
		"entries without a request": {[]string{`{"resource":` + result("7", `,"id":"o"`+about("Patient/p")) + `}`}, "200 201", 200, `"value":7`},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, "dapagliflozin-ckd")
			h.ask("PUT", "/fhir/Patient/p", patient(`,"id":"p"`)).want(201)
			entries := append([]string{asks("PUT", "Patient/p", patient(`,"id":"p"`))}, c.entries...)
			if got := statuses(read[fhir.Bundle](h.ask("POST", "/fhir/Bundle", bundle("history", entries...)).want(200))); got != c.each {
				t.Errorf("%s, want %s", got, c.each)
			}
			if body := h.ask("GET", "/fhir/Observation/o", "").want(c.status).Body.String(); !strings.Contains(body, c.value) {
				t.Errorf("%s", body)
			}
		})
	}
}

// Real transactions post as they are, also those that repeat an organization, and posting one twice changes nothing.
func TestRealBundlesTwice(t *testing.T) {
	bundles := sharedBundles(t, 10)
	h := newHouse(t)
	for n, text := range bundles {
		first := h.ask("POST", "/fhir", string(text))
		if first.Code != 200 {
			t.Fatalf("bundle %d: %d %.2000s", n, first.Code, first.Body)
		}
		again := h.ask("POST", "/fhir", string(text)).want(200)
		a, b := read[fhir.Bundle](first), read[fhir.Bundle](again)
		if len(a.Entry) != bytes.Count(text, []byte(`"fullUrl"`)) || len(a.Entry) != len(b.Entry) {
			t.Fatalf("bundle %d: %d entries answered, then %d", n, len(a.Entry), len(b.Entry))
		}
		kept := 0
		for i := range a.Entry {
			x, y := a.Entry[i].Response, b.Entry[i].Response
			if x.Location == nil {
				continue
			}
			kept++
			if y.Location == nil || *x.Location != *y.Location || *x.Etag != *y.Etag || y.Status != "200 OK" {
				t.Fatalf("bundle %d, entry %d: %+v, then %+v", n, i, x, y)
			}
		}
		if kept == 0 {
			t.Errorf("bundle %d: nothing was kept", n)
		}
	}
	if got := h.live.Counts().Patients; got != int64(len(bundles)) {
		t.Errorf("%d patients of %s bundles", got, strconv.Itoa(len(bundles)))
	}
}
