// Package web is what all endpoints share: the form of a route, who calls, how errors become answers, how bodies are read
// and entries of the audit log are begun.
//
// A route says which right it needs; package server mounts nothing that does not. Handlers return errors: one table turns
// them into a status, and into an OperationOutcome under /fhir or a problem document (RFC 9457) elsewhere. Neither ever
// holds a value of a patient.
package web

import (
	"net/http"
	"time"

	"prescreen/internal/access"
)

// Handler answers a request, or says why not.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is one operation of the server.
type Route struct {
	Method  string
	Pattern string       // chi's: /api/v1/trials/{trial}/candidates
	Needs   access.Right // deny by default: a route without one is not mounted
	Trial   string       // the path parameter that names the trial on which the right is needed; "" where the right is held against all trials, or the handler asks for each (Each)
	Each    bool         // the handler itself holds the right against every trial it tells of; a caller needs it on some trial
	Body    int64        // most bytes of a request's body; 0 for none
	Stream  bool         // the answer may take long: no write deadline
	Doc     Doc
	Handle  Handler
}

// Events tells whether the answer is a stream of events, which has no end.
func (r *Route) Events() bool { return r.Stream && r.Doc.Media == EventStream }

// Doc is a route's part of the OpenAPI document. FHIR routes have a Summary only: their CapabilityStatement tells the rest.
type Doc struct {
	ID       string // operationId
	Summary  string
	Query    []Param
	Request  any    // a value of the Go type of the JSON body; nil for none
	Response any    // of the answer with status 200 or 201
	Status   int    // of success; 0 is 200
	Refusals []int  // statuses that it may refuse with beside the usual ones
	Refused  any    // form of its refusals with 400 and 401, where a standard asks for one of its own
	Takes    string // media type of the body if it is not application/json, or under /fhir application/fhir+json
	Media    string // of the answer if it is not application/json, or under /fhir application/fhir+json; several, best first, with commas
}

// Param is a query parameter.
type Param struct{ Name, Type, Summary string }

// Error is a refusal with its status. Message says what to do next, for the person who reads it.
type Error struct {
	Status     int
	Code       string // FHIR's IssueType (https://hl7.org/fhir/R4/valueset-issue-type.html)
	Message    string
	Issues     []Issue // more than one thing wrong: told all at once
	RetryAfter time.Duration
	Err        error // ours, for the log's kind only; never in an answer
}

// Issue is one thing wrong.
type Issue struct {
	Code       string
	Message    string
	Expression string // FHIRPath or JSON pointer
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.Err }
