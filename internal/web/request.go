package web

import (
	"context"
	"net/http"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
)

// Request is what is known of a request before its handler sees it. The server puts it into the context.
type Request struct {
	ID      string    // a uuid, made by the server
	At      time.Time // when it came in: the only clock that handlers read
	Route   *Route
	Refusal func(error) *Error // the table from errors of the packages below to refusals; nil for what it does not hold
}

type (
	requestKey struct{}
	callerKey  struct{}
)

// WithRequest keeps what is known of a request in its context.
func WithRequest(ctx context.Context, q Request) context.Context {
	return context.WithValue(ctx, requestKey{}, q)
}

// WithCaller keeps who calls in the context of a request.
func WithCaller(ctx context.Context, c access.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// Caller tells who a request comes from: nobody where the route needs no login.
func Caller(ctx context.Context) access.Caller {
	c, _ := ctx.Value(callerKey{}).(access.Caller)
	return c
}

// RequestID is the number of a request, which the log, the audit log and every error answer name.
func RequestID(ctx context.Context) string { return about(ctx).ID }

// At is the moment a request came in.
func At(ctx context.Context) time.Time { return about(ctx).At }

func about(ctx context.Context) Request {
	q, _ := ctx.Value(requestKey{}).(Request)
	return q
}

// Trial is the trial that a request's path names; "" where it names none.
func Trial(r *http.Request) string {
	if route := about(r.Context()).Route; route != nil && route.Trial != "" {
		return r.PathValue(route.Trial)
	}
	return ""
}

// Entry begins the audit entry of what a request does: everything but the object, the patients and the outcome, which is
// "ok" until it is set.
func Entry(r *http.Request, action audit.Action) audit.Entry {
	q, c, trial := about(r.Context()), Caller(r.Context()), Trial(r)
	e := audit.Entry{At: q.At, Who: c.ID, Action: action, Trial: trial, Outcome: "ok", Request: q.ID}
	if q.Route != nil {
		e.Route = q.Route.Pattern
		e.Role = RoleIn(c, q.Route.Needs, trial)
	}
	return e
}

// RoleIn names what gives a caller a right on a trial, or on any where trial is "": a role, "token", or nothing.
func RoleIn(c access.Caller, right access.Right, trial string) string {
	if as := c.As(right, trial); as != "" || trial != "" {
		return as
	}
	for _, g := range c.Grants {
		if as := c.As(right, g.Trial); as != "" {
			return as
		}
	}
	for _, t := range c.Trials {
		if as := c.As(right, t); as != "" {
			return as
		}
	}
	return ""
}
