package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/web"
)

func TestNegotiate(t *testing.T) {
	for asked, want := range map[string]string{
		"":                            web.FHIR,
		"*/*":                         web.FHIR,
		"application/*":               web.FHIR,
		"application/json":            web.JSON,
		"application/fhir+json":       web.FHIR,
		"application/json, */*;q=0.1": web.JSON,
		"application/fhir+json;q=0.5, application/json": web.JSON,
		"application/fhir+json; fhirVersion=4.0":        web.FHIR,
		"text/html, */*;q=0.8":                          web.FHIR,
		"*/*, application/fhir+json;q=0":                web.JSON,
		"application/xml":                               "",
		"application/fhir+xml, text/xml":                "",
		"text/*":                                        "",
		"application/json;q=0":                          "",
		"application/json;q=x":                          "",
		"?_format=json":                                 web.JSON,
		"?_format=application/fhir%2Bjson":              web.FHIR,
		"?_format=application/fhir+json":                web.FHIR,
		"?_format=xml":                                  "",
		"?_format=json application/xml":                 "",
	} {
		query, accept := "", asked
		if strings.HasPrefix(asked, "?") {
			query, accept, _ = strings.Cut(asked, " ")
		}
		r := httptest.NewRequest("GET", "/fhir/Patient/1"+query, nil)
		r.Header.Set("Accept", accept)
		got, err := web.Negotiate(r, web.FHIR, web.JSON)
		if asked == "?_format=json application/xml" {
			want = web.JSON // _format goes before Accept
		}
		if got != want || (err == nil) != (want != "") || err != nil && statusOf(t, err) != 406 {
			t.Errorf("%q: %q %v", asked, got, err)
		}
	}
	r := httptest.NewRequest("GET", "/api/v1/trials?_format=xml", nil)
	if got, err := web.Negotiate(r, web.JSON); got != web.JSON {
		t.Error("_format is FHIR's alone", err)
	}
}

func TestWriteJSONIsOrdered(t *testing.T) {
	var first string
	for range 20 {
		w := httptest.NewRecorder()
		if err := web.WriteJSON(w, httptest.NewRequest("GET", "/", nil), 201, map[string]int{"b": 1, "a": 2, "c": 3, "d": 4}); err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = w.Body.String()
		}
		if w.Body.String() != first || first != `{"a":2,"b":1,"c":3,"d":4}` || w.Code != 201 || w.Header().Get("Content-Type") != web.JSON {
			t.Fatal(w.Code, w.Body)
		}
	}
}

var errKnown = errors.New("known to the server's table")

func TestWriteError(t *testing.T) {
	two := []web.Issue{{Message: "first", Expression: "Bundle.entry[0]"}, {Code: "value", Message: "second"}}
	for name, c := range map[string]struct {
		err     error
		status  int
		codes   []string
		message string
		after   string
	}{
		"a refusal":            {web.NotFound("no such"), 404, []string{"not-found"}, "no such", ""},
		"wrapped":              {fmt.Errorf("secret: %w", web.Gone("gone")), 410, []string{"deleted"}, "gone", ""},
		"two issues":           {web.Unprocessable("both", two...), 422, []string{"processing", "value"}, "both", ""},
		"too many":             {web.TooMany("often", 1500*time.Millisecond), 429, []string{"throttled"}, "often", "2"},
		"in the table":         {fmt.Errorf("secret: %w", errKnown), 409, []string{"conflict"}, "table", ""},
		"not known":            {errors.New("secret"), 500, []string{"exception"}, "internal error; tell your administrator the number of the request: " + requestID, ""},
		"took too long":        {fmt.Errorf("secret: %w", context.DeadlineExceeded), 503, []string{"transient"}, "this took too long and was given up: ask again, for less at once", "5"},
		"body past its bounds": {&http.MaxBytesError{Limit: 3}, 413, []string{"too-long"}, "the body is larger than this operation takes: send less at once", ""},
		"an unset status":      {&web.Error{Message: "m"}, 500, []string{"exception"}, "m", ""},
		"a status of its own":  {&web.Error{Status: 418, Message: "m"}, 418, []string{"processing"}, "m", ""},
	} {
		for _, path := range []string{"/fhir/Patient", "/fhir", "/api/v1/trials", "/fhirx"} {
			t.Run(name+" "+path, func(t *testing.T) {
				r := httptest.NewRequest("GET", path, nil)
				r = r.WithContext(web.WithRequest(r.Context(), web.Request{ID: requestID, Refusal: func(err error) *web.Error {
					if errors.Is(err, errKnown) {
						return web.Conflict("table")
					}
					return nil
				}}))
				w := httptest.NewRecorder()
				w.Header().Set("ETag", `W/"3"`)
				web.WriteError(w, r, c.err)
				if w.Code != c.status || w.Header().Get("Retry-After") != c.after || w.Header().Get("ETag") != "" || strings.Contains(w.Body.String(), "secret") {
					t.Error(w.Code, w.Header(), w.Body)
				}
				if strings.HasPrefix(path, "/fhir") && path != "/fhirx" {
					heldOutcome(t, w, c.codes)
					return
				}
				var p web.Failure
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" {
					t.Fatal(err, w.Header())
				}
				want := web.Failure{Type: "about:blank", Title: http.StatusText(c.status), Status: c.status, Detail: c.message, Instance: "urn:uuid:" + requestID}
				if len(c.codes) > 1 {
					want.Issues = []web.FailureIssue{{Code: "processing", Message: "first", Pointer: "Bundle.entry[0]"}, {Code: "value", Message: "second"}}
				}
				if d := cmp.Diff(want, p); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

func heldOutcome(t *testing.T, w *httptest.ResponseRecorder, codes []string) {
	t.Helper()
	var o struct {
		ResourceType string
		Issue        []struct {
			Severity, Code, Diagnostics string
			Expression                  []string
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil || o.ResourceType != "OperationOutcome" || w.Header().Get("Content-Type") != web.FHIR {
		t.Fatal(err, w.Body, w.Header())
	}
	var got []string
	for _, i := range o.Issue {
		got = append(got, i.Code)
		if i.Diagnostics == "" || i.Severity != "error" && i.Severity != "fatal" {
			t.Error(i)
		}
	}
	if d := cmp.Diff(codes, got); d != "" {
		t.Error(d)
	}
}

func TestVersions(t *testing.T) {
	at := time.Date(2026, 11, 23, 10, 0, 0, 500e6, time.UTC)
	for name, c := range map[string]struct {
		header, value string
		version       string
		status        int // of If-Match against 3
		have          bool
	}{
		"none":                     {"", "", "", 200, false},
		"weak":                     {"If-Match", `W/"3"`, "3", 200, false},
		"strong":                   {"If-Match", `"3"`, "3", 200, false},
		"another":                  {"If-Match", `W/"2"`, "2", 412, false},
		"any":                      {"If-Match", `*`, "*", 200, false},
		"bare":                     {"If-Match", `3`, "", 400, false},
		"two":                      {"If-Match", `"3", "2"`, "", 400, false},
		"injected":                 {"If-Match", `W/"3' or 1"`, "", 400, false},
		"has it":                   {"If-None-Match", `W/"3"`, "", 200, true},
		"has it among others":      {"If-None-Match", `"1", W/"3"`, "", 200, true},
		"has any":                  {"If-None-Match", `*`, "", 200, true},
		"has an older":             {"If-None-Match", `W/"2"`, "", 200, false},
		"since then":               {"If-Modified-Since", "Mon, 23 Nov 2026 10:00:00 GMT", "", 200, true},
		"since before":             {"If-Modified-Since", "Mon, 23 Nov 2026 09:59:59 GMT", "", 200, false},
		"since an unreadable time": {"If-Modified-Since", "yesterday", "", 200, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			if c.header != "" {
				r.Header.Set(c.header, c.value)
			}
			if got, err := web.IfMatch(r); got != c.version || err != nil && c.status != 400 {
				t.Error(got, err)
			}
			if got := statusOf(t, web.CheckIfMatch(r, 3, false)); got != c.status {
				t.Error(got)
			}
			w := httptest.NewRecorder()
			if got := web.NotModified(w, r, 3, at); got != c.have || c.have && (w.Code != 304 || w.Header().Get("ETag") != `W/"3"`) {
				t.Error(got, w.Code, w.Header())
			}
		})
	}
	if err := web.CheckIfMatch(httptest.NewRequest("PUT", "/", nil), 3, true); statusOf(t, err) != 428 {
		t.Error(err)
	}
	w := httptest.NewRecorder()
	web.SetVersion(w, 3, at)
	if w.Header().Get("Last-Modified") != "Mon, 23 Nov 2026 10:00:00 GMT" {
		t.Error(w.Header())
	}
}

func TestEntry(t *testing.T) {
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	route := web.Route{Pattern: "/api/v1/trials/{trial}/candidates", Trial: "trial", Needs: access.SeeCandidates}
	r := httptest.NewRequest("GET", "/api/v1/trials/T-1/candidates", nil)
	r.SetPathValue("trial", "T-1")
	ctx := web.WithRequest(r.Context(), web.Request{ID: requestID, At: at, Route: &route})
	caller := access.Caller{ID: "u1", Name: "n", Grants: []access.Grant{{Role: access.Admin, Trial: "T-2"}, {Role: access.Coordinator, Trial: "T-1"}}}
	r = r.WithContext(web.WithCaller(ctx, caller))
	want := audit.Entry{At: at, Who: "u1", Role: "coordinator", Action: audit.Read, Route: route.Pattern, Trial: "T-1", Outcome: "ok", Request: requestID}
	if d := cmp.Diff(want, web.Entry(r, audit.Read)); d != "" {
		t.Error(d)
	}
	if got := web.RoleIn(access.Caller{ID: "t", Token: true, Scopes: []access.Right{access.SeeCandidates}}, access.SeeCandidates, "T-1"); got != "token" {
		t.Error(got)
	}
}
