package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/server"
	"prescreen/internal/web"
)

func TestAnswers(t *testing.T) {
	s, _ := up(t, nil)
	for name, c := range map[string]struct {
		method, url, body string
		headers           []string
		status            int
		header            string // Name: value, that the answer must have
	}{
		"health":                   {"GET", "/healthz", "", nil, 200, "Content-Type: application/json"},
		"ready":                    {"GET", "/readyz", "", nil, 200, ""},
		"the document":             {"GET", "/openapi.json", "", nil, 200, "Content-Type: application/json"},
		"nobody":                   {"GET", "/api/v1/trials", "", nil, 401, `WWW-Authenticate: Bearer realm="prescreen"`},
		"a session":                {"GET", "/api/v1/trials", "", []string{asAnn}, 200, ""},
		"a token":                  {"GET", "/api/v1/trials", "", []string{"Authorization: Bearer see trials"}, 200, ""},
		"a token in small letters": {"GET", "/api/v1/trials", "", []string{"Authorization: bearer see trials"}, 200, ""},
		"a wrong token":            {"GET", "/api/v1/trials", "", []string{"Authorization: Bearer x"}, 401, ""},
		"an expired token":         {"GET", "/api/v1/trials", "", []string{"Authorization: Bearer expired"}, 401, ""},
		"another scheme":           {"GET", "/api/v1/trials", "", []string{"Authorization: Basic YTpi"}, 401, ""},
		"an empty token":           {"GET", "/api/v1/trials", "", []string{"Authorization: Bearer "}, 401, ""},
		"two tokens":               {"GET", "/api/v1/trials", "", []string{"Authorization: Bearer x", "Authorization: Bearer see trials"}, 401, ""},
		"wrong token, good cookie": {"GET", "/api/v1/trials", "", []string{"Authorization: Bearer x", asAnn}, 401, ""},
		"an expired session":       {"GET", "/api/v1/trials", "", []string{"Cookie: prescreen=expired"}, 401, ""},
		"a caller without id":      {"GET", "/api/v1/trials", "", []string{"Authorization: Bearer hollow"}, 401, ""},
		"a broken store":           {"GET", "/api/v1/trials", "", []string{"Authorization: Bearer broken"}, 500, ""},
		"an old cookie at health":  {"GET", "/healthz", "", []string{"Cookie: prescreen=expired"}, 200, ""},
		"an old token at metadata": {"GET", "/fhir/metadata", "", []string{"Authorization: Bearer expired"}, 401, ""},
		"the wrong right":          {"GET", "/fhir/Patient/1", "", []string{"Authorization: Bearer see trials"}, 403, "Content-Type: application/fhir+json"},
		"nothing there":            {"GET", "/api/v1/nothing", "", nil, 404, "Content-Type: application/problem+json"},
		"nothing there in FHIR":    {"GET", "/fhir/x/y/z/w", "", nil, 404, "Content-Type: application/fhir+json"},
		"another method":           {"PUT", "/fhir/metadata", "", nil, 405, "Allow: GET, HEAD, OPTIONS"},
		"a method of nobody":       {"BREW", "/fhir/metadata", "", nil, 405, "Allow: GET, HEAD, OPTIONS"},
		"a method of nobody there": {"BREW", "/nothing", "", nil, 404, ""},
		"two handlers of a path":   {"PATCH", "/fhir/Patient/1", "", nil, 405, "Allow: GET, HEAD, DELETE, OPTIONS"},
		"options":                  {"OPTIONS", "/fhir/metadata", "", nil, 204, "Allow: GET, HEAD, OPTIONS"},
		"options from elsewhere":   {"OPTIONS", "/fhir/metadata", "", []string{"Origin: https://elsewhere.example", "Access-Control-Request-Method: GET"}, 204, "Access-Control-Allow-Origin: "},
		"head":                     {"HEAD", "/api/v1/trials", "", []string{asAnn}, 200, ""},
		"head of nobody":           {"HEAD", "/api/v1/trials", "", nil, 401, ""},
		"another media type":       {"GET", "/api/v1/trials", "", []string{asAnn, "Accept: text/html"}, 406, ""},
		"another format":           {"GET", "/fhir/metadata?_format=xml", "", nil, 406, ""},
		"a body":                   {"POST", "/fhir", "{}", []string{asFeed, ofFHIR}, 200, ""},
		"a body too long":          {"POST", "/fhir", strings.Repeat("x", 1<<20+1), []string{asFeed, ofFHIR}, 413, "Connection: close"},
		"a body not asked for":     {"DELETE", "/fhir/Patient/1", "{}", []string{"Authorization: Bearer erase"}, 413, ""},
		"a coding we do not take":  {"POST", "/fhir", "{}", []string{asFeed, ofFHIR, "Content-Encoding: br"}, 415, "Accept-Encoding: gzip"},
		"a gzip bomb":              {"POST", "/fhir", packed(8 << 20), []string{asFeed, ofFHIR, "Content-Encoding: gzip"}, 413, ""},
		"a long path":              {"GET", "/" + strings.Repeat("x", 2048), "", nil, 414, ""},
		"a long query":             {"GET", "/healthz?" + strings.Repeat("x", 9000), "", nil, 414, ""},
		"an empty part":            {"GET", "/fhir//1", "", []string{asAnn}, 400, ""},
		"a dotted part":            {"GET", "/fhir/../fhir/Patient/1", "", []string{asAnn}, 400, ""},
		"a hidden dotted part":     {"GET", "/fhir/%2e%2e/Patient/1", "", []string{asAnn}, 400, ""},
		"a control character":      {"GET", "/fhir/Patient/%00", "", []string{asAnn}, 400, ""},
		"no UTF-8":                 {"GET", "/fhir/Patient/%ff", "", []string{asAnn}, 400, ""},
		"a panic":                  {"GET", "/api/v1/panic", "", []string{asAnn}, 500, "Content-Type: application/problem+json"},
		"a failure":                {"GET", "/fhir/broken", "", []string{asAnn}, 500, "Content-Type: application/fhir+json"},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(s, c.method, c.url, c.body, c.headers...)
			if w.Code != c.status {
				t.Errorf("%d: %s", w.Code, w.Body)
			}
			if name, value, _ := strings.Cut(c.header, ": "); c.header != "" && w.Header().Get(name) != value {
				t.Errorf("%s: %q", name, w.Header().Values(name))
			}
			strict(t, w.Header())
			if w.Code >= 400 && !strings.Contains(w.Body.String(), "diagnostics") && !strings.Contains(w.Body.String(), "about:blank") {
				t.Errorf("no error in the form of ours: %s", w.Body)
			}
			if strings.Contains(w.Body.String(), "Jane") {
				t.Errorf("an answer tells of the failure: %s", w.Body)
			}
		})
	}
}

// strict holds the headers that stand on every answer.
func strict(t *testing.T, h http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY",
	} {
		if h.Get(name) != want {
			t.Errorf("%s: %q", name, h.Get(name))
		}
	}
	if len(h.Get("X-Request-Id")) != 36 || h.Get("Permissions-Policy") == "" {
		t.Error(h)
	}
	if h.Get("Access-Control-Allow-Origin") != "" {
		t.Error("another site may read this")
	}
}

func packed(n int) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(make([]byte, n))
	_ = z.Close()
	return b.String()
}

// However a path is spelled, the right asked for is that of what the handler will act on.
func TestSpellingsOfAPath(t *testing.T) {
	var seen []string
	tell := func(as string) web.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			seen = append(seen, as+" "+r.PathValue("type")+" "+r.PathValue("id"))
			return nil
		}
	}
	s, _ := up(t, func(o *server.Options) {
		o.Routes = []web.Route{
			{Method: "DELETE", Pattern: "/fhir/Patient/{id}", Needs: access.EraseRecords, Handle: tell("erase")},
			{Method: "DELETE", Pattern: "/fhir/{type}/{id}", Needs: access.SendRecords, Handle: tell("delete")},
		}
	})
	for url, want := range map[string]int{
		"/fhir/Patient/1": 403, "/fhir/%50atient/1": 403, "/fhir/%50%61%74ient/%31": 403, "/fhir/Observation/1": 200,
		"/fhir/Patient%2F1": 403, "/fhir/patient/1": 200, "/fhir/Patient%2f1": 403,
	} {
		if w := ask(s, "DELETE", url, "", asFeed); w.Code != want {
			t.Errorf("%s: %d", url, w.Code)
		}
	}
	for _, one := range seen {
		if strings.Contains(one, "Patient") || strings.Contains(one, "%") {
			t.Error(one)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	s, log := up(t, nil)
	given := "8f14e45f-ceea-467f-a0e0-1d2c3b4a5f60"
	for theirs, told := range map[string]string{given: given, "Jane Doe": "", given + "1": "", strings.ToUpper(given): "", "": ""} {
		w := ask(s, "GET", "/healthz", "", "X-Request-Id: "+theirs)
		if id := w.Header().Get("X-Request-Id"); id == theirs || len(id) != 36 || w.Header().Get("X-Correlation-Id") != told {
			t.Errorf("%q: %v", theirs, w.Header())
		}
	}
	if strings.Contains(log.String(), given) {
		t.Error("what a caller calls a request is in the log")
	}
	var p web.Failure
	w := ask(s, "GET", "/api/v1/broken", "", asAnn)
	id := w.Header().Get("X-Request-Id")
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Instance != "urn:uuid:"+id || !strings.Contains(p.Detail, id) || !strings.Contains(log.String(), id) {
		t.Error(err, p)
	}
}

// Half an answer is cut off, so that nobody takes it for whole.
func TestHalfAnAnswer(t *testing.T) {
	s, log := up(t, nil)
	w := ask(s, "GET", "/api/v1/half", "", asAnn)
	if !strings.Contains(log.String(), `"cut":true`) || strings.Contains(w.Body.String(), "about:blank") {
		t.Error(log, w.Body)
	}
}

func TestPacking(t *testing.T) {
	s, _ := up(t, nil)
	long := ask(s, "GET", "/api/v1/long", "", asAnn, "Accept-Encoding: gzip")
	z, err := gzip.NewReader(long.Body)
	if err != nil || long.Header().Get("Content-Encoding") != "gzip" || long.Header().Get("Content-Length") != "" {
		t.Fatal(err, long.Header())
	}
	var b bytes.Buffer
	if n, err := b.ReadFrom(z); err != nil || n != 10002 {
		t.Error(n, err)
	}
	for name, w := range map[string]http.Header{
		"small":     ask(s, "GET", "/healthz", "", "Accept-Encoding: gzip").Header(),
		"not asked": ask(s, "GET", "/api/v1/long", "", asAnn).Header(),
		"secret":    ask(s, "GET", "/api/v1/session", "", asAnn, "Accept-Encoding: gzip").Header(),
	} {
		if w.Get("Content-Encoding") != "" {
			t.Errorf("%s: %v", name, w)
		}
	}
}

func TestReady(t *testing.T) {
	s, log := up(t, func(o *server.Options) { o.Ready = func(context.Context) error { return errBroken } })
	if w := ask(s, "GET", "/readyz", ""); w.Code != 503 || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String()+log.String(), "Jane") {
		t.Error(w.Code, w.Body)
	}
	if w := ask(s, "GET", "/healthz", ""); w.Code != 200 {
		t.Error("what is not ready is still alive")
	}
}

// A mistake in the table of routes is found when the server is made.
func TestRoutesRefused(t *testing.T) {
	ok := func(http.ResponseWriter, *http.Request) error { return nil }
	good := web.Route{Method: "GET", Pattern: "/x/{trial}", Needs: access.SeeTrials, Trial: "trial", Handle: ok}
	for name, change := range map[string]func(*web.Route){
		"no right":             func(r *web.Route) { r.Needs = "" },
		"a right of nobody":    func(r *web.Route) { r.Needs = "see all" },
		"no handler":           func(r *web.Route) { r.Handle = nil },
		"another method":       func(r *web.Route) { r.Method = "TRACE" },
		"a missing parameter":  func(r *web.Route) { r.Trial = "study" },
		"both each and one":    func(r *web.Route) { r.Each = true },
		"everything below":     func(r *web.Route) { r.Pattern = "/x/{trial}/*" },
		"one that is ours":     func(r *web.Route) { r.Pattern, r.Trial = "/healthz", "" },
		"a name that is taken": func(r *web.Route) { r.Doc.ID = "login" },
	} {
		r := good
		change(&r)
		if _, err := server.New(server.Options{Access: newDoor(), Routes: []web.Route{r}}); err == nil {
			t.Error(name)
		}
	}
	if _, err := server.New(server.Options{Access: newDoor(), Routes: []web.Route{good}}); err != nil {
		t.Error(err)
	}
	if _, err := server.New(server.Options{Routes: []web.Route{good}}); err == nil {
		t.Error("without access")
	}
}

func TestTimeIsUp(t *testing.T) {
	s, _ := up(t, func(o *server.Options) {
		o.Limits.Work = 10 * time.Millisecond
		o.Routes = []web.Route{{Method: "GET", Pattern: "/fhir/slow", Needs: access.Anybody, Handle: func(_ http.ResponseWriter, r *http.Request) error {
			<-r.Context().Done()
			return errors.Join(errBroken, r.Context().Err())
		}}}
	})
	if w := ask(s, "GET", "/fhir/slow", ""); w.Code != 503 || w.Header().Get("Retry-After") != "5" {
		t.Error(w.Code, w.Body)
	}
}
