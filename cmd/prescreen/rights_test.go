package main

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/server"
	"prescreen/internal/web"
)

// who may do something: these roles, held on all trials, on the trial asked about, or on any; and machines with this scope.
type who struct{ on, roles, scope string }

const (
	seers   = "viewer coordinator investigator"
	readers = "viewer coordinator investigator, rule author, admin"
)

var (
	anybody    = who{on: "open"}
	everybody  = who{on: "signed in"}
	senders    = who{"all", "admin", "send records"}
	recordKept = who{"all", "coordinator investigator", "see records"}
	trialSeen  = who{"trial", readers, "see trials"}
	anyTrial   = who{"some", readers, "see trials"}
	listSeen   = who{"trial", seers, "see candidates"}
	anyList    = who{"some", seers, "see candidates"}
	deciders   = who{"trial", "coordinator investigator", "decide"}
	drafters   = who{"trial", "rule author", "write rules"}
	approvers  = who{"trial", "rule author", ""}
	checkers   = who{"some", "rule author", "write rules"}
	runners    = who{"all", "coordinator", "run"}
	admins     = who{"all", "admin", ""}
	auditors   = who{"all", "auditor", "see audit"}
)

// mayDo is who may do what, written down apart from the routes.
var mayDo = map[string]who{
	"GET /": anybody, "GET /home.js": anybody, "GET /setup": anybody, "GET /setup.js": anybody, "GET /setup.css": anybody,
	"GET /healthz": anybody, "GET /readyz": anybody, "GET /openapi.json": anybody,
	"GET /fhir/metadata": anybody, "GET /fhir/.well-known/smart-configuration": anybody, "POST /auth/token": anybody,
	"GET /auth/oidc": anybody, "GET /auth/oidc/back": anybody,
	"POST /api/v1/session": anybody, "POST /api/v1/session/setup": anybody,
	"GET /api/v1/session": everybody, "DELETE /api/v1/session": everybody, "PUT /api/v1/session/password": everybody,
	"GET /fhir/$job/{job}": everybody, "DELETE /fhir/$job/{job}": everybody, "GET /fhir/$job/{job}/{file}": everybody,

	"POST /fhir": senders, "POST /fhir/Bundle": senders, "POST /fhir/{type}": senders, "PUT /fhir/{type}": senders, "DELETE /fhir/{type}": senders,
	"PUT /fhir/{type}/{id}": senders, "DELETE /fhir/{type}/{id}": senders, "POST /fhir/$import": senders,
	"DELETE /fhir/Patient/{id}": {"all", "admin", "erase"},
	"GET /fhir/{type}":          recordKept, "GET /fhir/{type}/{id}": recordKept,
	"GET /fhir/{type}/{id}/_history": recordKept, "GET /fhir/{type}/{id}/_history/{vid}": recordKept, "GET /fhir/Group/{id}/$export": recordKept,
	"GET /fhir/ResearchStudy": anyTrial, "GET /fhir/ResearchStudy/{id}": anyTrial,
	"GET /fhir/ResearchSubject": anyList, "GET /fhir/ResearchSubject/{id}": anyList, "GET /fhir/Group/{id}": anyList, "GET /fhir/List/{id}": anyList,
	"POST /fhir/$evaluate": {"some", "coordinator", "evaluate"},

	"GET /api/v1/trials": anyTrial, "GET /api/v1/trials/{trial}": trialSeen, "GET /api/v1/trials/{trial}/funnel": trialSeen,
	"GET /api/v1/trials/{trial}/versions": trialSeen, "GET /api/v1/trials/{trial}/versions/{no}": trialSeen, "GET /api/v1/trials/{trial}/consort": trialSeen,
	"GET /api/v1/trials/{trial}/candidates": listSeen, "GET /api/v1/patients/{id}": anyList, "GET /api/v1/flips": anyList, "GET /api/v1/flips/stream": anyList,
	"GET /api/v1/trials/{trial}/decisions": listSeen, "GET /api/v1/trials/{trial}/decisions/{log}": listSeen,
	"GET /api/v1/trials/{trial}/decisions/{log}/history": listSeen, "GET /api/v1/trials/{trial}/log": listSeen, "GET /api/v1/trials/{trial}/log/coded": listSeen,
	"POST /api/v1/trials/{trial}/decisions": deciders, "PUT /api/v1/trials/{trial}/decisions/{log}": deciders,
	"POST /api/v1/rules/check": checkers, "POST /api/v1/rules/read": checkers, "POST /api/v1/rules/test": checkers,
	"POST /api/v1/trials/{trial}/preview": drafters, "POST /api/v1/trials/{trial}/drafts": drafters,
	"POST /api/v1/trials/{trial}/versions/{no}/approve": approvers, "POST /api/v1/trials/{trial}/versions/{no}/retire": approvers,
	"POST /api/v1/runs": runners, "GET /api/v1/runs": runners, "GET /api/v1/runs/{run}": runners, "POST /api/v1/runs/{run}/replay": runners,
	"GET /api/v1/users": admins, "POST /api/v1/users": admins, "PUT /api/v1/users/{user}/grants": admins, "PUT /api/v1/users/{user}/display": admins,
	"PUT /api/v1/users/{user}/password": admins, "PUT /api/v1/users/{user}/disabled": admins,
	"GET /api/v1/tokens": admins, "POST /api/v1/tokens": admins, "DELETE /api/v1/tokens/{token}": admins,
	"GET /api/v1/clients": admins, "POST /api/v1/clients": admins, "DELETE /api/v1/clients/{client}": admins,
	"GET /api/v1/audit": auditors, "GET /api/v1/audit/checkpoint": auditors, "POST /api/v1/audit/verification": auditors,
}

// a caller with a role on a trial, "" for all, or with a scope.
type credential struct {
	header             string
	role, trial, scope string
}

// may tells what the table says of a caller who asks about T1.
func (w who) may(c credential) bool {
	switch {
	case w.on == "open" || w.on == "signed in":
		return true
	case c.scope != "" && (w.scope != c.scope || c.trial != "" && w.on == "all"):
		return false
	case c.role != "" && !strings.Contains(w.roles, c.role):
		return false
	}
	return c.trial == "" || w.on == "some" || w.on == "trial" && c.trial == "T1"
}

// Every route of the program as it is served, as nobody, with what is wrong, expired or revoked, in every role and with every
// scope, on all trials, on the one asked about and on another.
func TestRightsOfEveryRoute(t *testing.T) {
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	_, keeper, srv := inHouse(t, func() time.Time { return now })
	k := &keys{t: t, Keeper: keeper, at: &now}
	k.begin()
	bad, g := k.bad(), gateOf(srv)
	now = now.Add(2 * time.Minute) // one token and one session are over
	left := maps.Clone(mayDo)
	for _, route := range srv.Routes() {
		name := plain(route)
		if _, told := mayDo[name]; !told {
			t.Errorf("%s: who may do this is not written down", name)
		}
		delete(left, name)
	}
	for name := range left {
		t.Errorf("%s is written down and not there", name)
	}
	check := func(route web.Route, c credential, want bool) {
		t.Helper()
		if got := g.letIn(t, route, c.header); got != want {
			t.Errorf("%s: %+v is let in: %v, not %v", plain(route), c, got, want)
		}
	}
	for _, route := range srv.Routes() {
		for _, header := range bad {
			check(route, credential{header: header}, mayDo[plain(route)] == anybody && !strings.HasPrefix(header, "Authorization"))
		}
	}
	for _, right := range append(access.Rights(), "") {
		for _, c := range k.tokens(right) {
			for _, route := range srv.Routes() {
				check(route, c, mayDo[plain(route)].may(c))
			}
		}
	}
	for _, role := range access.Roles() {
		for _, trial := range []string{"", "T1", "BETA-7"} {
			for _, route := range srv.Routes() {
				c := k.as(role, trial)
				check(route, c, mayDo[plain(route)].may(c))
			}
		}
	}
}

// keys hands out what lets callers in.
type keys struct {
	t *testing.T
	*access.Keeper
	at      *time.Time
	user    access.User
	session string
}

var byTest = audit.Entry{Who: "system", Route: "test"}

func (k *keys) begin() {
	k.t.Helper()
	secret, err := k.NewSetup(k.t.Context(), byTest)
	if err == nil {
		_, err = k.Setup(k.t.Context(), secret, "ann", "", pass, byTest)
	}
	if err == nil {
		k.user, err = k.CreateUser(k.t.Context(), "bob", "", pass, nil, byTest)
	}
	if err != nil {
		k.t.Fatal(err)
	}
}

// as gives the one user a role, which holds from the next request on, and a session if the last was ended.
func (k *keys) as(role access.Role, trial string) credential {
	k.t.Helper()
	if err := k.SetGrants(k.t.Context(), k.user.ID, []access.Grant{{Role: role, Trial: trial}}, byTest); err != nil {
		k.t.Fatal(err)
	}
	if _, err := k.CallerOfSession(k.t.Context(), k.session); err != nil {
		if k.session, _, err = k.Login(k.t.Context(), "bob", pass, byTest); err != nil {
			k.t.Fatal(err)
		}
	}
	return credential{header: "Cookie: prescreen=" + k.session, role: string(role), trial: trial}
}

func (k *keys) token(right access.Right, trials []string, holds time.Duration) (string, string) {
	k.t.Helper()
	clear, made, err := k.CreateToken(k.t.Context(), access.NewToken{Name: "m", Scopes: []access.Right{right}, Trials: trials, Source: "lab", Expires: k.at.Add(holds)}, byTest)
	if err != nil {
		k.t.Fatal(err)
	}
	return "Authorization: Bearer " + clear, made.ID
}

// tokens have one scope, on all trials and, where the scope is about trials, on one.
func (k *keys) tokens(right access.Right) []credential {
	if right == "" {
		return nil
	}
	all, _ := k.token(right, nil, time.Hour)
	out := []credential{{header: all, scope: string(right)}}
	if !slices.Contains([]access.Right{access.SeeRecords, access.SendRecords, access.EraseRecords, access.SeeAudit}, right) {
		for _, trial := range []string{"T1", "BETA-7"} {
			one, _ := k.token(right, []string{trial}, time.Hour)
			out = append(out, credential{header: one, scope: string(right), trial: trial})
		}
	}
	return out
}

// bad are headers that let nobody in a minute later.
func (k *keys) bad() []string {
	expired, _ := k.token(access.SeeTrials, nil, time.Minute)
	revoked, id := k.token(access.SeeTrials, nil, time.Hour)
	eve, err := k.CreateUser(k.t.Context(), "eve", "", pass, []access.Grant{{Role: access.Admin}, {Role: access.Coordinator}}, byTest)
	sessions := make([]string, 2)
	for i := range sessions {
		if err == nil {
			sessions[i], _, err = k.Login(k.t.Context(), "eve", pass, byTest)
		}
	}
	if err == nil {
		err = k.Logout(k.t.Context(), sessions[0], byTest)
	}
	if err == nil {
		err = k.Disable(k.t.Context(), eve.ID, true, byTest)
	}
	if err == nil {
		err = k.RevokeToken(k.t.Context(), id, byTest)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	return []string{
		"X-Nobody: ", expired, revoked, expired + "0", "Authorization: Bearer", "Authorization: Basic YW5uOmZvdXI=", "Authorization: Bearer null",
		"Cookie: prescreen=" + sessions[0], "Cookie: prescreen=" + sessions[1], "Cookie: prescreen=x", "Cookie: __Host-prescreen=" + sessions[1],
	}
}

// plain is a route's method and path with the bare names of its parameters.
func plain(r web.Route) string {
	out, rest := r.Method+" ", r.Pattern
	for {
		before, after, ok := strings.Cut(rest, "{")
		if out += before; !ok {
			return out
		}
		name, left, _ := strings.Cut(after, "}")
		name, _, _ = strings.Cut(name, ":")
		out, rest = out+"{"+name+"}", left
	}
}

// gate is the server with handlers that only tell that they were reached.
type gate struct {
	handler http.Handler
	reached bool
}

func gateOf(s *server.Server) *gate {
	g := &gate{handler: s.Handler()}
	routes := s.Routes()
	for i := range routes {
		routes[i].Handle = func(http.ResponseWriter, *http.Request) error { g.reached = true; return nil }
	}
	return g
}

// letIn tells whether a request about T1 reaches its handler. Who is not let in is told that the login lacks, or the right.
func (g *gate) letIn(t *testing.T, route web.Route, header string) bool {
	t.Helper()
	path := strings.NewReplacer("{trial}", "T1", "{type}", "Observation", "{vid}", "1", "{no}", "99", "{log}", "99").Replace(strings.TrimPrefix(plain(route), route.Method+" "))
	for strings.Contains(path, "{") {
		before, rest, _ := strings.Cut(path, "{")
		_, after, _ := strings.Cut(rest, "}")
		path = before + "1" + after
	}
	r := httptest.NewRequest(route.Method, path, http.NoBody)
	r.Header.Set("Accept", "*/*")
	name, value, _ := strings.Cut(header, ": ")
	r.Header.Set(name, value)
	w := httptest.NewRecorder()
	g.reached = false
	g.handler.ServeHTTP(w, r)
	if refused := w.Code == http.StatusUnauthorized || w.Code == http.StatusForbidden; g.reached == refused {
		t.Errorf("%s with %s: %d", plain(route), name, w.Code)
	}
	return g.reached
}
