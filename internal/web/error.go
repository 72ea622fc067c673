package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// codes are FHIR's issue types for the statuses we answer with (https://hl7.org/fhir/R4/valueset-issue-type.html).
var codes = map[int]string{
	http.StatusBadRequest:            "invalid",
	http.StatusUnauthorized:          "login",
	http.StatusForbidden:             "forbidden",
	http.StatusNotFound:              "not-found",
	http.StatusMethodNotAllowed:      "not-supported",
	http.StatusNotAcceptable:         "not-supported",
	http.StatusRequestTimeout:        "timeout",
	http.StatusConflict:              "conflict",
	http.StatusGone:                  "deleted",
	http.StatusPreconditionFailed:    "conflict",
	http.StatusRequestEntityTooLarge: "too-long",
	http.StatusRequestURITooLong:     "too-long",
	http.StatusUnsupportedMediaType:  "not-supported",
	http.StatusUnprocessableEntity:   "processing",
	http.StatusPreconditionRequired:  "required",
	http.StatusTooManyRequests:       "throttled",
	http.StatusInternalServerError:   "exception",
	http.StatusBadGateway:            "transient",
	http.StatusNotImplemented:        "not-supported",
	http.StatusServiceUnavailable:    "transient",
	http.StatusGatewayTimeout:        "timeout",
}

// Refuse makes a refusal with a status, its usual code, and what is wrong: one message, and where there is more than one
// thing, each.
func Refuse(status int, message string, issues ...Issue) *Error {
	return &Error{Status: status, Code: codes[status], Message: message, Issues: issues}
}

// BadRequest: the request cannot be understood.
func BadRequest(message string, issues ...Issue) *Error {
	return Refuse(http.StatusBadRequest, message, issues...)
}

// Unauthorized: who calls is not known.
func Unauthorized(message string) *Error { return Refuse(http.StatusUnauthorized, message) }

// Forbidden: who calls is known, and may not.
func Forbidden(message string) *Error { return Refuse(http.StatusForbidden, message) }

// NotFound: there is no such thing, or the caller is not to know of it.
func NotFound(message string) *Error { return Refuse(http.StatusNotFound, message) }

// Conflict: what is asked for does not go with what is there.
func Conflict(message string, issues ...Issue) *Error {
	return Refuse(http.StatusConflict, message, issues...)
}

// Gone: it was there, and was deleted.
func Gone(message string) *Error { return Refuse(http.StatusGone, message) }

// PreconditionFailed: what If-Match, If-None-Exist or a conditional reference asked for does not hold.
func PreconditionFailed(message string) *Error {
	return Refuse(http.StatusPreconditionFailed, message)
}

// TooLarge: more than is taken in at once.
func TooLarge(message string) *Error { return Refuse(http.StatusRequestEntityTooLarge, message) }

// UnsupportedMedia: a body of another media type or coding than the operation takes.
func UnsupportedMedia(message string) *Error {
	return Refuse(http.StatusUnsupportedMediaType, message)
}

// NotAcceptable: an answer of a media type that there is none in.
func NotAcceptable(message string) *Error { return Refuse(http.StatusNotAcceptable, message) }

// Unprocessable: the request is understood, and its content breaks a rule.
func Unprocessable(message string, issues ...Issue) *Error {
	return Refuse(http.StatusUnprocessableEntity, message, issues...)
}

// TooMany: asked too often; again after a while.
func TooMany(message string, after time.Duration) *Error {
	e := Refuse(http.StatusTooManyRequests, message)
	e.RetryAfter = after
	return e
}

// Unavailable: not now; again after a while.
func Unavailable(message string, after time.Duration) *Error {
	e := Refuse(http.StatusServiceUnavailable, message)
	e.RetryAfter = after
	return e
}

// AsError turns any error into a refusal: one that is a refusal already, one that the server's table knows, and otherwise a
// failure of ours, of which the caller learns the number of the request only.
func AsError(ctx context.Context, err error) *Error {
	q := about(ctx)
	var e *Error
	if errors.As(err, &e) {
		return e.whole()
	}
	if q.Refusal != nil {
		if e = q.Refusal(err); e != nil {
			return e.whole()
		}
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		e = TooLarge("the body is larger than this operation takes: send less at once")
	case errors.Is(err, context.DeadlineExceeded):
		e = Unavailable("this took too long and was given up: ask again, for less at once", 5*time.Second)
	case errors.Is(err, context.Canceled), errors.Is(err, io.ErrClosedPipe):
		e = Unavailable("the request was given up before it was done", time.Second)
	default:
		e = Refuse(http.StatusInternalServerError, "internal error; tell your administrator the number of the request: "+q.ID)
	}
	e.Err = err
	return e
}

// whole fills in what follows from the status.
func (e *Error) whole() *Error {
	c := *e
	if c.Status < 400 || c.Status > 599 {
		c.Status = http.StatusInternalServerError
	}
	if c.Code == "" {
		c.Code = codes[c.Status]
	}
	if c.Code == "" {
		c.Code = "processing"
	}
	return &c
}
