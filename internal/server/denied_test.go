package server_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/access"
	"prescreen/internal/api"
	"prescreen/internal/fhirapi"
	"prescreen/internal/report"
	"prescreen/internal/server"
	"prescreen/internal/web"
)

// Every route of the sample and of the server's own, as nobody, with what is wrong or expired, and in each role.
func TestDeniedByDefault(t *testing.T) { deniedByDefault(t, sample()) }

// The same of the program's own routes. Their handlers stand on nothing here: what they do once they are let in is for
// their own packages to test.
func TestAllDeniedByDefault(t *testing.T) {
	deniedByDefault(t, slices.Concat(
		fhirapi.Routes(fhirapi.Options{CursorKey: make([]byte, 32), Jobs: new(fhirapi.Jobs), Evaluate: func(context.Context, fhirapi.Question) (*report.Document, func() error, error) {
			return nil, nil, errBroken
		}}),
		api.Routes(api.Options{CursorKey: make([]byte, 32)}),
	))
}

// openToAll are the operations that need no login, and no others do.
var openToAll = map[string]bool{
	"GET /healthz": true, "GET /readyz": true, "GET /openapi.json": true, "GET /fhir/metadata": true,
	"GET /fhir/.well-known/smart-configuration": true, "POST /auth/token": true,
	"GET /auth/oidc": true, "GET /auth/oidc/back": true, "GET /": true, "GET /home.js": true,
	"GET /setup": true, "GET /setup.js": true, "GET /setup.css": true,
	"POST /api/v1/session": true, "POST /api/v1/session/setup": true,
}

// deniedByDefault tries every route with no, wrong, expired and each role's credentials, by a door that knows a caller of each
// role on all trials and on T-1. Whoever has no right is refused before a handler runs.
func deniedByDefault(t *testing.T, routes []web.Route) {
	t.Helper()
	d, plenty := newDoor(), server.Rate{PerSecond: 1e6, AtOnce: 1e6}
	d.staying = true
	s, _ := up(t, func(o *server.Options) {
		o.Routes, o.Access, o.Trail = routes, d, open(t)
		o.TokenEndpoint = "https://prescreen.example/auth/token"
		o.Limits.PerAddress, o.Limits.PerCaller, o.Limits.Logins = plenty, plenty, plenty
	})
	handled := 0
	for _, route := range s.Routes() {
		at := route.Method + " " + route.Pattern
		if (route.Needs == access.Anybody) != openToAll[at] {
			t.Errorf("%s needs %q: who may call it without a login is written down in this test", at, route.Needs)
		}
		try := func(want int, headers ...string) {
			t.Helper()
			got := knock(s, route, headers...)
			if want != 0 && got != want || want == 0 && (got == 401 || got == 403) {
				t.Errorf("%s with %v: %d, not %d", at, headers, got, want)
			}
			if want == 0 {
				handled++
			}
		}
		if route.Needs == access.Anybody {
			try(401, "Authorization: Bearer wrong")
			continue
		}
		try(401)
		for _, bad := range []string{"Authorization: Bearer wrong", "Authorization: Bearer expired", "Authorization: Bearer hollow", "Authorization: Basic YTpi", "Cookie: prescreen=wrong", "Cookie: prescreen=expired", "Cookie: prescreen="} {
			try(401, bad)
		}
		for session, c := range d.sessions {
			try(verdict(c, route), "Cookie: prescreen="+session)
		}
		for clear, c := range d.tokens {
			try(verdict(c, route), "Authorization: Bearer "+clear)
		}
	}
	if handled == 0 {
		t.Error("nobody got in anywhere: the test holds nothing")
	}
}

// verdict is what a caller is answered on T-2, a trial on which those of T-1 are nobody: 0 for whatever a handler says.
func verdict(c access.Caller, route web.Route) int {
	may := c.May(route.Needs, "")
	switch {
	case route.Trial != "":
		may = c.May(route.Needs, "T-2")
	case route.Each:
		may = c.May(route.Needs, "") || c.May(route.Needs, "T-1")
	}
	if may {
		return 0
	}
	return 403
}

// knock sends a request to a route; what happens once its handler runs is of no interest here.
// A refusal that a handler gives itself is not the router's.
func knock(s *server.Server, route web.Route, headers ...string) int {
	path := route.Pattern
	for strings.Contains(path, "{") {
		before, rest, _ := strings.Cut(path, "{")
		name, after, _ := strings.Cut(rest, "}")
		value := "1"
		if name, _, _ = strings.Cut(name, ":"); name == route.Trial && name != "" {
			value = "T-2"
		}
		path = before + value + after
	}
	r := httptest.NewRequest(route.Method, path, nil)
	ctx, cancel := context.WithCancel(r.Context())
	cancel() // a stream ends at once
	r = r.WithContext(ctx)
	r.Header.Set("Accept", "*/*")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	func() {
		defer func() { _ = recover() }()
		s.Handler().ServeHTTP(w, r)
	}()
	if w.Code == 403 && !strings.Contains(w.Body.String(), "this needs the right") {
		return 200
	}
	return w.Code
}
