package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/server"
)

func TestLogin(t *testing.T) {
	d := newDoor()
	s, _ := up(t, func(o *server.Options) { o.Access = d })
	for name, c := range map[string]struct {
		body    string
		headers []string
		status  int
	}{
		"right":                    {`{"name":"ann","password":"right"}`, nil, 200},
		"right with an old cookie": {`{"name":"ann","password":"right"}`, []string{"Cookie: prescreen=expired"}, 200},
		"wrong password":           {`{"name":"ann","password":"secret"}`, nil, 401},
		"no password":              {`{"name":"ann"}`, nil, 401},
		"another member":           {`{"name":"ann","password":"right","admin":true}`, nil, 422},
		"a form":                   {`name=ann&password=right`, []string{"Content-Type: application/x-www-form-urlencoded"}, 415},
		"from our page":            {`{"name":"ann","password":"right"}`, []string{"Sec-Fetch-Site: same-origin"}, 200},
		"from another page":        {`{"name":"ann","password":"right"}`, []string{"Sec-Fetch-Site: cross-site"}, 403},
		"from a sister page":       {`{"name":"ann","password":"right"}`, []string{"Sec-Fetch-Site: same-site"}, 403},
		"from another origin":      {`{"name":"ann","password":"right"}`, []string{"Origin: https://elsewhere.example"}, 403},
		"too long":                 {`{"name":"` + strings.Repeat("a", 20000) + `"}`, nil, 413},
	} {
		t.Run(name, func(t *testing.T) {
			headers := append([]string{}, c.headers...)
			if len(headers) == 0 || !strings.HasPrefix(headers[0], "Content-Type") {
				headers = append(headers, isPlain)
			}
			w := ask(s, "POST", "/api/v1/session", c.body, headers...)
			cookie := w.Header().Get("Set-Cookie")
			if w.Code != c.status || (cookie != "") != (c.status == 200) {
				t.Fatal(w.Code, w.Body, cookie)
			}
			for _, part := range []string{"prescreen=of-ann", "HttpOnly", "SameSite=Strict", "Path=/"} {
				if c.status == 200 && !strings.Contains(cookie, part) {
					t.Errorf("%s is not in %s", part, cookie)
				}
			}
		})
	}
	if e := d.entered[0]; e.Route != "/api/v1/session" || e.Request == "" || e.At.IsZero() || e.Who != "" {
		t.Errorf("%+v", e)
	}
}

// Over TLS the cookie has the name that browsers take over TLS only.
func TestLoginOverTLS(t *testing.T) {
	s, _ := up(t, func(o *server.Options) { o.BehindProxy = true })
	w := ask(s, "POST", "/api/v1/session", `{"name":"ann","password":"right"}`, isPlain)
	if cookie := w.Header().Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-prescreen=of-ann; Path=/;") || !strings.Contains(cookie, "; Secure") {
		t.Error(cookie)
	}
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error(w.Header())
	}
	if w := ask(s, "GET", "/api/v1/session", "", asAnn); w.Code != 401 {
		t.Error("a cookie that may have come without TLS was taken")
	}
}

func TestMeAndLogout(t *testing.T) {
	d := newDoor()
	s, _ := up(t, func(o *server.Options) { o.Access = d })
	w := ask(s, "GET", "/api/v1/session", "", asAnn)
	if want := `{"id":"user-1","name":"Ann","kind":"user","grants":[{"role":"admin"}]}`; w.Body.String() != want {
		t.Error(w.Body)
	}
	if w := ask(s, "DELETE", "/api/v1/session", "", asAnn, "Sec-Fetch-Site: cross-site"); w.Code != 403 {
		t.Error("another site logged somebody out")
	}
	w = ask(s, "DELETE", "/api/v1/session", "", asAnn)
	if w.Code != 204 || !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") || d.entered[0].Who != "user-1" {
		t.Error(w.Code, w.Header(), d.entered)
	}
	if w := ask(s, "GET", "/api/v1/session", "", asAnn); w.Code != 401 {
		t.Error(w.Code)
	}
}

// Who guesses passwords from one address is held up, whatever the names.
func TestGuessing(t *testing.T) {
	s, _ := up(t, nil)
	var w *http.Response
	for range 30 {
		w = ask(s, "POST", "/api/v1/session", `{"name":"x","password":"y"}`, isPlain, "X-Forwarded-For: 10.0.0.1").Result()
	}
	if w.StatusCode != 429 || w.Header.Get("Retry-After") != "6" {
		t.Error(w.StatusCode, w.Header)
	}
}

// The rate is a caller's own: who uses it up keeps nobody else from anything.
func TestRates(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	s, _ := up(t, func(o *server.Options) {
		o.Limits.PerCaller, o.Limits.PerAddress = server.Rate{PerSecond: 1, AtOnce: 5}, server.Rate{PerSecond: 1, AtOnce: 3}
		o.Now = func() time.Time { return now }
	})
	count := func(want int, headers ...string) {
		t.Helper()
		ok := 0
		for range 20 {
			w := ask(s, "GET", "/api/v1/session", "", headers...)
			if w.Code != 429 {
				ok++
			} else if w.Header().Get("Retry-After") != "1" {
				t.Error(w.Header())
			}
		}
		if ok != want {
			t.Errorf("%d requests of %v, not %d", ok, headers, want)
		}
	}
	count(5, asAnn)
	count(5, "Authorization: Bearer any")
	count(3, "Authorization: Bearer wrong")
	count(0)
	now = now.Add(2 * time.Second)
	count(2, asAnn)
}

func TestConcurrent(t *testing.T) {
	begun, end := make(chan bool), make(chan bool)
	s, _ := up(t, func(o *server.Options) {
		o.Limits.Concurrent = 1
		o.Routes[0].Handle = func(http.ResponseWriter, *http.Request) error {
			begun <- true
			<-end
			return nil
		}
	})
	done := make(chan bool)
	go func() {
		ask(s, "GET", "/api/v1/trials/T-1/funnel", "", asAnn)
		close(done)
	}()
	<-begun
	if w := ask(s, "GET", "/api/v1/trials", "", asAnn); w.Code != 503 || w.Header().Get("Retry-After") != "1" {
		t.Error(w.Code, w.Header())
	}
	close(end)
	<-done
	for range 2 {
		if w := ask(s, "POST", "/fhir", strings.Repeat("x", 1<<20+1), asFeed); w.Code != 413 {
			t.Error("the place of one that was refused was not given back", w.Code)
		}
	}
	if w := ask(s, "GET", "/api/v1/trials", "", asAnn); w.Code != 200 {
		t.Error("the place was not given back")
	}
}

// Bodies that together take more memory than there is wait for each other, for a while.
func TestBodyMemory(t *testing.T) {
	begun, end := make(chan bool), make(chan bool)
	s, _ := up(t, func(o *server.Options) {
		o.Limits.BodyMemory, o.Limits.BodyGrace = 1<<20, 20*time.Millisecond
		hold := o.Routes[6]
		hold.Pattern, hold.Handle = "/fhir/Bundle", func(http.ResponseWriter, *http.Request) error {
			begun <- true
			<-end
			return nil
		}
		o.Routes = append(o.Routes, hold)
	})
	done := make(chan bool)
	body := strings.Repeat("x", 700<<10)
	go func() {
		ask(s, "POST", "/fhir/Bundle", body, asFeed, ofFHIR)
		close(done)
	}()
	<-begun
	if w := ask(s, "POST", "/fhir", body, asFeed, ofFHIR); w.Code != 503 || w.Header().Get("Retry-After") != "2" {
		t.Error(w.Code, w.Header())
	}
	if w := ask(s, "POST", "/fhir", "{}", asFeed, ofFHIR); w.Code != 200 {
		t.Error("a small one waits for large ones", w.Code)
	}
	close(end)
	<-done
	if w := ask(s, "POST", "/fhir", body, asFeed, ofFHIR); w.Code != 200 {
		t.Error("the memory was not given back", w.Code)
	}
}

func TestUsersNeedAnAdmin(t *testing.T) {
	s, _ := up(t, nil)
	if w := ask(s, "GET", "/api/v1/users", "", asAnn); w.Code != 200 || w.Body.String() != `{"users":[]}` {
		t.Error(w.Code, w.Body)
	}
	for _, role := range access.Roles() {
		if w := ask(s, "GET", "/api/v1/users", "", "Cookie: prescreen="+string(role)); (w.Code == 200) != (role == access.Admin) {
			t.Error(role, w.Code)
		}
	}
}
