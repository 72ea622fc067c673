package fhirapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/live"
	"prescreen/internal/web"
)

// reply is what one request, or one entry of a bundle, is answered with.
type reply struct {
	status  int
	key     live.ResourceKey // of the resource it is about; zero for none
	version int
	at      time.Time
	outcome []byte // an OperationOutcome, where there is something to say
	body    []byte // the resource, where it was asked for
}

// instant writes FHIR's instant (https://hl7.org/fhir/R4/datatypes.html#instant).
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// etag is a version as FHIR's HTTP writes it (https://hl7.org/fhir/R4/http.html#concurrency).
func etag(version int) string { return `W/"` + strconv.Itoa(version) + `"` }

// location is where a version of a resource stands, below the base.
func (p *reply) location() string {
	name := p.key.Type + "/" + p.key.ID
	if p.version > 0 {
		name += "/_history/" + strconv.Itoa(p.version)
	}
	return name
}

// entry is the reply as a bundle's response entry.
func (p *reply) entry(base string) fhir.BundleEntry {
	out := fhir.BundleEntryResponse{Status: strconv.Itoa(p.status) + " " + http.StatusText(p.status), Outcome: p.outcome}
	e := fhir.BundleEntry{Response: &out, Resource: p.body}
	if p.version > 0 {
		out.Etag = ptr(etag(p.version))
	}
	if !p.at.IsZero() {
		out.LastModified = ptr(instant(p.at))
	}
	if p.key.ID != "" && p.status < http.StatusNoContent {
		out.Location, e.FullUrl = ptr(p.location()), ptr(base+"/"+p.key.Type+"/"+p.key.ID)
	}
	return e
}

// write answers a request with the reply.
func (a *api) write(w http.ResponseWriter, r *http.Request, p reply) error {
	if p.version > 0 {
		web.SetVersion(w, p.version, p.at)
	}
	if p.key.ID != "" && (r.Method == http.MethodPost || r.Method == http.MethodPut) {
		w.Header().Set("Location", a.base(r)+"/"+p.location())
	}
	body := p.body
	if body == nil {
		body = p.outcome
	}
	if body == nil {
		w.WriteHeader(p.status)
		return nil
	}
	return web.WriteFHIR(w, r, p.status, body)
}

// writeResource answers with a resource of the library's types.
func writeResource(w http.ResponseWriter, r *http.Request, status int, resource any) error {
	body, err := json.Marshal(resource)
	if err != nil {
		return err
	}
	return web.WriteFHIR(w, r, status, body)
}

// base is the address of the FHIR endpoints as the caller sees them. It is taken from what the request says and used in
// links only.
func (a *api) base(r *http.Request) string {
	if a.BaseURL == nil {
		return "/fhir"
	}
	return strings.TrimSuffix(a.BaseURL(r), "/") + "/fhir"
}

// note is something to say beside a success.
func note(severity fhir.IssueSeverity, code fhir.IssueType, text string) []byte {
	return mustJSON(fhir.OperationOutcome{Issue: []fhir.OperationOutcomeIssue{{Severity: severity, Code: code, Diagnostics: &text}}})
}

// mustJSON writes a value of the library's types, which holds nothing that could fail.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func ptr[T any](v T) *T { return &v }

// isResourceType tells the names of R4's resource types by the library's table.
func isResourceType(name string) bool {
	var t fhir.ResourceType
	return t.UnmarshalJSON([]byte(strconv.Quote(name))) == nil
}
