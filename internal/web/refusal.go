package web

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Media types of answers.
const (
	JSON        = "application/json"
	FHIR        = "application/fhir+json"
	NDJSON      = "application/fhir+ndjson"
	Problem     = "application/problem+json"
	EventStream = "text/event-stream"
)

// WriteError answers with a refusal: an OperationOutcome under /fhir, a problem document elsewhere.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	e := AsError(r.Context(), err)
	h := w.Header()
	for _, name := range []string{"ETag", "Last-Modified", "Location", "Content-Location", "Content-Length", "Content-Encoding"} {
		h.Del(name) // set for an answer that did not come about
	}
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(seconds(e.RetryAfter)))
	}
	media, body := Problem, e.problem(r.Context())
	if UnderFHIR(r) {
		media, body = FHIR, Outcome(r.Context(), e)
	}
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(e.Status)
	_, _ = w.Write(body) // whoever has gone needs no answer
}

// UnderFHIR tells whether a request is for the FHIR interface, whose errors are OperationOutcomes.
func UnderFHIR(r *http.Request) bool {
	return r.URL.Path == "/fhir" || strings.HasPrefix(r.URL.Path, "/fhir/")
}

type outcome struct {
	ResourceType string         `json:"resourceType"`
	Issue        []outcomeIssue `json:"issue"`
}

type outcomeIssue struct {
	Severity    string   `json:"severity"`
	Code        string   `json:"code"`
	Diagnostics string   `json:"diagnostics,omitempty"`
	Expression  []string `json:"expression,omitempty"`
}

// Outcome writes an error as an OperationOutcome (https://hl7.org/fhir/R4/operationoutcome.html), an issue for each thing
// wrong: an answer of its own, or that to one entry of a batch.
func Outcome(ctx context.Context, err error) []byte {
	e := AsError(ctx, err)
	o := outcome{ResourceType: "OperationOutcome"}
	for _, i := range e.all() {
		severity := "error"
		if e.Status >= 500 {
			severity = "fatal"
		}
		line := outcomeIssue{Severity: severity, Code: i.Code, Diagnostics: i.Message}
		if i.Expression != "" {
			line.Expression = []string{i.Expression}
		}
		o.Issue = append(o.Issue, line)
	}
	return marshal(o)
}

// all are the things wrong, each whole.
func (e *Error) all() []Issue {
	if len(e.Issues) == 0 {
		return []Issue{{Code: e.Code, Message: e.Message}}
	}
	list := make([]Issue, 0, len(e.Issues))
	for _, i := range e.Issues {
		if i.Code == "" {
			i.Code = e.Code
		}
		if i.Message == "" {
			i.Message = e.Message
		}
		list = append(list, i)
	}
	return list
}

// Failure is the form of a problem document (https://www.rfc-editor.org/rfc/rfc9457).
type Failure struct {
	Type     string         `json:"type"`
	Title    string         `json:"title"`
	Status   int            `json:"status"`
	Detail   string         `json:"detail"`
	Instance string         `json:"instance"`
	Issues   []FailureIssue `json:"issues,omitempty"`
}

// FailureIssue is one thing wrong.
type FailureIssue struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Pointer string `json:"pointer,omitempty"`
}

func (e *Error) problem(ctx context.Context) []byte {
	p := Failure{
		Type: "about:blank", Title: http.StatusText(e.Status), Status: e.Status,
		Detail: e.Message, Instance: "urn:uuid:" + RequestID(ctx),
	}
	if len(e.Issues) > 0 {
		for _, i := range e.all() {
			p.Issues = append(p.Issues, FailureIssue{i.Code, i.Message, i.Expression})
		}
	}
	return marshal(p)
}

// marshal writes a form of our own, which cannot fail.
func marshal(v any) []byte {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return []byte(`{}`)
	}
	return b
}

// seconds rounds up: what was asked to wait for has then passed.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
