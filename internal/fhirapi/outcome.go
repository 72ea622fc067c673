package fhirapi

import (
	"net/http"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/web"
)

// What is said beside a success.
var (
	saysNotKept = note(fhir.IssueSeverityInformation, fhir.IssueTypeNotSupported,
		"prescreen does not read this kind of resource: it was not kept, and references to it do no harm")
	saysDone  = note(fhir.IssueSeverityInformation, fhir.IssueTypeInformational, "taken in")
	saysOlder = note(fhir.IssueSeverityInformation, fhir.IssueTypeConflict,
		"the store has a later version of this resource by its meta: that one stays")
	saysTakenAway = note(fhir.IssueSeverityInformation, fhir.IssueTypeInformational,
		"the Patient was taken away and its history kept; to erase it, send DELETE /fhir/Patient/{id} by itself")
)

// notKept answers what is of a kind that is not read.
func notKept() reply { return reply{status: http.StatusOK, outcome: saysNotKept} }

// replyTo turns what became of a write into its answer, or into a refusal whose issues name the place.
func replyTo(res live.Result, place string) (reply, *web.Error) {
	p := reply{key: res.Key, version: res.Version, at: res.At}
	switch res.Status {
	case live.Created:
		p.status = http.StatusCreated
	case live.Updated, live.Unchanged:
		p.status = http.StatusOK
	case live.Older:
		p.status, p.outcome = http.StatusOK, saysOlder
	case live.NotKept:
		return notKept(), nil
	case live.Deleted:
		p.status = http.StatusNoContent
		if res.Key.Type == "Patient" {
			p.status, p.outcome = http.StatusOK, saysTakenAway
		}
	case live.Gone:
		return reply{status: http.StatusNoContent}, nil
	default:
		return reply{}, refusalOf(res, place)
	}
	return p, nil
}

// refusalOf is the refusal of a write that was not made.
func refusalOf(res live.Result, place string) *web.Error {
	at := func(e *web.Error) *web.Error {
		e.Issues = []web.Issue{{Code: e.Code, Message: e.Message, Expression: place}}
		return e
	}
	switch res.Status {
	case live.Mismatch:
		return at(web.PreconditionFailed("the resource is not at the version that If-Match names: read it again, and change that"))
	case live.Ambiguous:
		e := web.PreconditionFailed("a conditional reference or If-None-Exist fits more than one resource, or none: name the one that is meant")
		e.Code = "multiple-matches"
		return at(e)
	case live.WasErased:
		return at(web.Conflict("this patient was erased here, and is not taken in again; nothing that is sent can lift that"))
	case live.NotPerformed:
		return at(web.Refuse(http.StatusFailedDependency, "not done, because another entry of the transaction was refused"))
	}
	if res.Problem != nil {
		return unusable([]intake.Problem{*res.Problem}, place)
	}
	return at(web.Unprocessable("this resource cannot be taken in"))
}

// unusable refuses a resource for what is wrong with it; place stands for problems that have none of their own.
func unusable(problems []intake.Problem, place string) *web.Error {
	e := web.Unprocessable("this resource cannot be used: mend what the issues name, and send it again")
	e.Code, e.Issues = "invalid", issuesOf(problems, place)
	return e
}

// unreadable refuses a body.
func unreadable(problems []intake.Problem) *web.Error {
	e := web.BadRequest("the body cannot be read: mend what the issues name, and send it again", issuesOf(problems, "")...)
	e.Code = "structure"
	return e
}

func issuesOf(problems []intake.Problem, place string) []web.Issue {
	issues := make([]web.Issue, 0, len(problems))
	for _, p := range problems {
		at := p.Path
		if at == "" {
			at = place
		}
		issues = append(issues, web.Issue{Code: "invalid", Message: p.Reason, Expression: at})
	}
	return issues
}

// misplaced is a 400 about one place of the request.
func misplaced(place, code, message string) *web.Error {
	e := web.BadRequest(message, web.Issue{Code: code, Message: message, Expression: place})
	e.Code = code
	return e
}
