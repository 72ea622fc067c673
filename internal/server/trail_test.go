package server_test

import (
	"bufio"
	"encoding/json"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/server"
	"prescreen/internal/store"
)

// open is a store in a file of its own.
func open(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "prescreen.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestTrail(t *testing.T) {
	log := open(t)
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	entries := make([]audit.Entry, 2500)
	for i := range entries {
		entries[i] = audit.Entry{At: at, Who: "user-1", Action: audit.Read, Route: "/fhir/{type}/{id}", Outcome: audit.OK}
	}
	entries[7].Who = "user-2"
	if err := log.Record(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	s, _ := up(t, func(o *server.Options) { o.Trail = log })
	const auditor = "Cookie: prescreen=auditor"

	if w := ask(s, "GET", "/api/v1/audit", "", asAnn); w.Code != 403 {
		t.Error("an admin reads the audit log", w.Code)
	}
	type page struct {
		Entries []struct {
			No  int64
			Who string
		}
		Next json.Number
	}
	get := func(query string) (p page) {
		t.Helper()
		w := ask(s, "GET", "/api/v1/audit?"+query, "", auditor)
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 200 {
			t.Fatal(err, w.Body)
		}
		return p
	}
	seen := 0
	for after := "0"; after != ""; {
		p := get("limit=1000&after=" + after)
		for _, e := range p.Entries {
			if seen++; e.No != int64(seen) {
				t.Fatal(e.No, seen)
			}
		}
		after = p.Next.String()
	}
	if seen != 2503 { // and the three readings
		t.Error(seen)
	}
	if p := get("who=user-2&from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z"); len(p.Entries) != 1 || p.Entries[0].No != 8 || p.Next != "" {
		t.Error(p)
	}
	if p := get("limit=0"); len(p.Entries) != 1 || p.Next != "1" {
		t.Error(p)
	}
	for _, query := range []string{"limit=x", "limit=-1", "limit=1001", "after=1.5", "after=99999999999999999999", "from=yesterday"} {
		if w := ask(s, "GET", "/api/v1/audit?"+query, "", auditor); w.Code != 400 {
			t.Error(query, w.Code)
		}
	}

	w := ask(s, "GET", "/api/v1/audit", "", auditor, "Accept: application/fhir+ndjson")
	lines := 0
	for scan := bufio.NewScanner(w.Body); scan.Scan(); lines++ {
		if !strings.HasPrefix(scan.Text(), `{`) || !strings.Contains(scan.Text(), `"resourceType":"AuditEvent"`) {
			t.Fatal(scan.Text())
		}
	}
	if lines != 2506 || w.Header().Get("Content-Type") != "application/fhir+ndjson" {
		t.Error(lines, w.Header())
	}
}

func TestTrailIsVerified(t *testing.T) {
	log := open(t)
	s, _ := up(t, func(o *server.Options) { o.Trail = log })
	const auditor = "Cookie: prescreen=auditor"
	type found struct {
		Whole              bool
		Size, Entry        int64
		Checkpoint, Damage string
	}
	verify := func(checkpoint string) (v found) {
		t.Helper()
		body, _ := json.Marshal(map[string]string{"checkpoint": checkpoint})
		w := ask(s, "POST", "/api/v1/audit/verification", string(body), auditor, isPlain)
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != 200 {
			t.Fatal(w.Code, w.Body)
		}
		return v
	}
	if v := verify(""); !v.Whole || v.Size != 1 { // whoever verifies stands in the log
		t.Errorf("%+v", v)
	}
	var kept struct {
		Size       int64
		Checkpoint string
	}
	w := ask(s, "GET", "/api/v1/audit/checkpoint", "", auditor)
	if err := json.Unmarshal(w.Body.Bytes(), &kept); err != nil || kept.Size != 1 {
		t.Fatal(w.Body)
	}
	if v := verify(kept.Checkpoint); !v.Whole || v.Size != 2 {
		t.Errorf("%+v", v)
	}
	c, err := audit.ParseCheckpoint(kept.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	c.Root[0] ^= 1
	if v := verify(c.String()); v.Whole || v.Entry != 1 || v.Damage == "" {
		t.Errorf("%+v", v)
	}
	if w := ask(s, "POST", "/api/v1/audit/verification", `{"checkpoint":"x"}`, auditor, isPlain); w.Code != 422 {
		t.Error(w.Code)
	}
}

// From the set-up link to a revoked token, over what lets people in for real.
func TestFromSetUpOn(t *testing.T) {
	log := open(t)
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	keeper := access.New(log.Access(), access.Options{Now: func() time.Time { return now }})
	secret, err := keeper.NewSetup(t.Context(), audit.Entry{Who: "system", Outcome: audit.OK})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := up(t, func(o *server.Options) {
		o.Access, o.Trail, o.Now = keeper, log, func() time.Time { return now }
	})
	do := func(status int, method, path, body string, headers ...string) *httptest.ResponseRecorder {
		t.Helper()
		w := ask(s, method, path, body, append(headers, isPlain)...)
		if w.Code != status {
			t.Fatalf("%s %s: %d, not %d: %s", method, path, w.Code, status, w.Body)
		}
		conforms(t, s, method, path, w)
		return w
	}
	cookieOf := func(w *httptest.ResponseRecorder) string {
		value, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
		return "Cookie: " + value
	}

	do(401, "POST", "/api/v1/session/setup", `{"secret":"x","name":"ann","password":"four words nobody guesses"}`)
	do(422, "POST", "/api/v1/session/setup", `{"secret":"`+secret+`","name":"ann","password":"short"}`)
	ann := cookieOf(do(201, "POST", "/api/v1/session/setup", `{"secret":"`+secret+`","name":"ann","password":"four words nobody guesses"}`))
	do(409, "POST", "/api/v1/session/setup", `{"secret":"`+secret+`","name":"eve","password":"four words nobody guesses"}`)
	do(200, "GET", "/api/v1/session", "", ann)

	var made struct{ ID string }
	w := do(201, "POST", "/api/v1/users", `{"name":"bob","display":"Bob","password":"other words nobody guesses","grants":[{"role":"coordinator","trial":"T-1"}]}`, ann)
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil {
		t.Fatal(err)
	}
	do(409, "POST", "/api/v1/users", `{"name":"bob","password":"other words nobody guesses"}`, ann)
	do(422, "POST", "/api/v1/users", `{"name":"cec","password":"other words nobody guesses","grants":[{"role":"king"}]}`, ann)
	if w := do(200, "GET", "/api/v1/users", "", ann); strings.Contains(w.Body.String(), "argon2") || !strings.Contains(w.Body.String(), `"bob"`) {
		t.Error(w.Body)
	}
	bob := cookieOf(do(200, "POST", "/api/v1/session", `{"name":"bob","password":"other words nobody guesses"}`))
	do(200, "GET", "/api/v1/trials/T-1/funnel", "", bob)
	do(403, "GET", "/api/v1/trials/T-2/funnel", "", bob)
	do(403, "GET", "/api/v1/users", "", bob)
	do(422, "PUT", "/api/v1/session/password", `{"old":"wrong","new":"new words nobody guesses"}`, bob)
	do(204, "PUT", "/api/v1/users/"+made.ID+"/grants", `{"grants":[]}`, ann)
	do(403, "GET", "/api/v1/trials/T-1/funnel", "", bob)
	do(204, "PUT", "/api/v1/users/"+made.ID+"/display", `{"display":"Robert"}`, ann)
	do(204, "PUT", "/api/v1/session/password", `{"old":"other words nobody guesses","new":"new words nobody guesses"}`, bob)
	do(401, "GET", "/api/v1/session", "", bob)
	bob = cookieOf(do(200, "POST", "/api/v1/session", `{"name":"bob","password":"new words nobody guesses"}`))
	do(204, "PUT", "/api/v1/users/"+made.ID+"/disabled", `{"disabled":true}`, ann)
	do(401, "GET", "/api/v1/session", "", bob)
	do(404, "PUT", "/api/v1/users/nobody/disabled", `{"disabled":true}`, ann)

	var token struct {
		Token string
		About struct{ ID string }
	}
	w = do(201, "POST", "/api/v1/tokens", `{"name":"lab","scopes":["send records"],"source":"lab","expires":"2027-01-01T00:00:00Z"}`, ann)
	if err := json.Unmarshal(w.Body.Bytes(), &token); err != nil {
		t.Fatal(err)
	}
	do(422, "POST", "/api/v1/tokens", `{"name":"lab","scopes":["administer"],"expires":"2027-01-01T00:00:00Z"}`, ann)
	as := "Authorization: Bearer " + token.Token
	do(200, "GET", "/api/v1/session", "", as)
	do(403, "GET", "/api/v1/trials/T-1/funnel", "", as)
	do(403, "PUT", "/api/v1/session/password", `{"old":"x","new":"y"}`, as)
	if w := do(200, "GET", "/api/v1/tokens", "", ann); strings.Contains(w.Body.String(), token.Token) {
		t.Error("a token is told again")
	}
	do(200, "GET", "/api/v1/clients", "", ann)
	do(422, "POST", "/api/v1/clients", `{"name":"c","keys":{},"scopes":["send records"],"source":"lab"}`, ann)
	do(204, "DELETE", "/api/v1/tokens/"+token.About.ID, "", ann)
	do(401, "GET", "/api/v1/session", "", as)
	now = now.Add(13 * time.Hour)
	do(401, "GET", "/api/v1/session", "", ann)

	if _, err := log.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
	all, err := log.Audit(t.Context(), audit.Filter{}, 0, 1000)
	if err != nil || len(all) < 14 {
		t.Error(len(all), err)
	}
	for _, e := range all {
		if e.Who == "" && e.Outcome == audit.OK || e.Route == "" && e.Who != "system" {
			t.Errorf("%+v", e)
		}
	}
}
