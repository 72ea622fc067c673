package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/server"
	"prescreen/internal/web"
)

// door lets in who stands in its maps. What it is not asked for in these tests panics.
type door struct {
	server.Keeper
	users    bool
	staying  bool // logging out ends no session
	sessions map[string]access.Caller
	tokens   map[string]access.Caller
	entered  []audit.Entry
}

var errBroken = errors.New("the store holds secret Jane Doe 1961")

func (d *door) HasUsers(context.Context) (bool, error) { return d.users, nil }

func (d *door) CallerOfSession(_ context.Context, s string) (access.Caller, error) {
	return find(d.sessions, s)
}

func (d *door) CallerOfToken(_ context.Context, t string) (access.Caller, error) {
	return find(d.tokens, t)
}

func find(in map[string]access.Caller, key string) (access.Caller, error) {
	switch key {
	case "expired":
		return access.Caller{}, access.ErrExpired
	case "broken":
		return access.Caller{}, errBroken
	case "hollow":
		return access.Caller{}, nil
	}
	if c, ok := in[key]; ok {
		return c, nil
	}
	return access.Caller{}, access.ErrWrong
}

func (d *door) Login(_ context.Context, name, password string, by audit.Entry) (string, access.Caller, error) {
	d.entered = append(d.entered, by)
	if name != "ann" || password != "right" {
		return "", access.Caller{}, access.ErrWrong
	}
	return "of-ann", d.sessions["of-ann"], nil
}

func (d *door) Logout(_ context.Context, secret string, by audit.Entry) error {
	d.entered = append(d.entered, by)
	if !d.staying {
		delete(d.sessions, secret)
	}
	return nil
}

func (d *door) ListUsers(context.Context) ([]access.User, error) { return nil, nil }

var admin = access.Caller{ID: "user-1", Name: "Ann", Grants: []access.Grant{{Role: access.Admin}}}

// newDoor knows one caller of each role on all trials and on T-1 alone, as session and, for an admin's sake, as token.
func newDoor() *door {
	d := &door{users: true, sessions: map[string]access.Caller{"of-ann": admin}, tokens: map[string]access.Caller{}}
	for _, role := range access.Roles() {
		d.sessions[string(role)] = access.Caller{ID: "all-" + string(role), Grants: []access.Grant{{Role: role}}}
		d.sessions[string(role)+" on T-1"] = access.Caller{ID: "one-" + string(role), Grants: []access.Grant{{Role: role, Trial: "T-1"}}}
	}
	for _, right := range access.Rights() {
		d.tokens[string(right)] = access.Caller{ID: "token-" + string(right), Token: true, Scopes: []access.Right{right}}
	}
	d.tokens["any"] = access.Caller{ID: "token-any", Token: true, Scopes: access.Rights()}
	return d
}

// sample are routes of every kind.
func sample() []web.Route {
	get := func(pattern string, needs access.Right, handle web.Handler) web.Route {
		return web.Route{Method: "GET", Pattern: pattern, Needs: needs, Doc: web.Doc{Summary: "s"}, Handle: handle}
	}
	echo := func(w http.ResponseWriter, r *http.Request) error {
		b, err := web.ReadBody(r, 0)
		if err != nil {
			return err
		}
		return web.WriteJSON(w, r, 200, map[string]int{"bytes": len(b)})
	}
	ok := func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteJSON(w, r, 200, map[string]string{})
	}
	one := get("/api/v1/trials/{trial}/funnel", access.SeeTrials, ok)
	one.Trial, one.Doc.Response = "trial", map[string]string{}
	each := get("/api/v1/trials", access.SeeTrials, ok)
	each.Each = true
	return []web.Route{
		one, each, get("/api/v1/runs", access.Run, ok),
		get("/fhir/metadata", access.Anybody, ok),
		get("/fhir/{type}/{id}", access.SeeRecords, ok),
		{Method: "DELETE", Pattern: "/fhir/Patient/{id}", Needs: access.EraseRecords, Doc: web.Doc{Status: 204}, Handle: ok},
		{Method: "POST", Pattern: "/fhir", Needs: access.SendRecords, Body: 1 << 20, Handle: echo},
		get("/api/v1/panic", access.SignedIn, func(http.ResponseWriter, *http.Request) error { panic(errBroken) }),
		get("/api/v1/broken", access.SignedIn, func(http.ResponseWriter, *http.Request) error { return errBroken }),
		get("/fhir/broken", access.SignedIn, func(http.ResponseWriter, *http.Request) error { return errBroken }),
		get("/api/v1/half", access.SignedIn, func(w http.ResponseWriter, _ *http.Request) error {
			_, _ = io.WriteString(w, strings.Repeat("x", 5000))
			_ = http.NewResponseController(w).Flush()
			return errBroken
		}),
		get("/api/v1/long", access.SignedIn, func(w http.ResponseWriter, r *http.Request) error {
			return web.WriteJSON(w, r, 200, strings.Repeat("long ", 2000))
		}),
		{Method: "GET", Pattern: "/api/v1/events", Needs: access.SignedIn, Stream: true, Doc: web.Doc{Media: web.EventStream}, Handle: func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Content-Type", web.EventStream)
			_, _ = io.WriteString(w, "data: 1\n\n")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return nil
		}},
	}
}

// up makes a server whose log is kept.
func up(t *testing.T, change func(*server.Options)) (*server.Server, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	o := server.Options{
		Routes: sample(), Access: newDoor(), Version: "1",
		Log: slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now: func() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) },
	}
	if change != nil {
		change(&o)
	}
	s, err := server.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

// ask sends a request with headers given as "Name: value".
func ask(s *server.Server, method, url, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	func() {
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler {
				panic(v)
			}
		}()
		s.Handler().ServeHTTP(w, r)
	}()
	return w
}

const (
	asAnn   = "Cookie: prescreen=of-ann"
	asFeed  = "Authorization: Bearer send records"
	ofFHIR  = "Content-Type: application/fhir+json"
	isPlain = "Content-Type: application/json"
)
