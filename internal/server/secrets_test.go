package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"prescreen/internal/access"
	"prescreen/internal/server"
	"prescreen/internal/web"
)

// planted stand wherever a request can hold anything; none may ever be in the log or the metrics.
var planted = []string{"Zebulon", "MRN-7741", "stroke-word", "user-secret", "tok-secret", "1961-02-03"}

func TestNothingInTheLog(t *testing.T) {
	fail := func(_ http.ResponseWriter, r *http.Request) error {
		b, _ := io.ReadAll(r.Body)
		switch r.URL.Query().Get("how") {
		case "panic":
			panic(string(b) + r.URL.String() + r.Header.Get("X-Name"))
		case "nil":
			var known []string
			known[len(b)] = string(b)
		}
		return &wordy{string(b) + r.URL.String()}
	}
	routes := []web.Route{
		{Method: "POST", Pattern: "/fhir/{type}/{id}", Needs: access.SendRecords, Body: 1000, Handle: fail},
		{Method: "GET", Pattern: "/api/v1/patients/{id}", Needs: access.SeeTrials, Handle: fail},
	}
	s, log := up(t, func(o *server.Options) {
		o.Routes = routes
		o.Metrics = func() []server.Gauge { return []server.Gauge{{Name: "patients", Value: 3}} }
	})
	for _, url := range []string{"/fhir/Zebulon/MRN-7741", "/api/v1/patients/MRN-7741", "/nothing/MRN-7741", "/fhir//Zebulon", "/Zebulon%00"} {
		for _, how := range []string{"panic", "nil", "error"} {
			for _, method := range []string{"GET", "POST", "PUT", "ZEBULON"} {
				for _, auth := range []string{"Authorization: Bearer any", "Authorization: Bearer tok-secret", "Cookie: prescreen=tok-secret", "X-Request-Id: MRN-7741"} {
					ask(s, method, url+"?how="+how+"&born=1961-02-03", `{"note":"stroke-word"}`, auth,
						"X-Name: Zebulon", "User-Agent: user-secret", "Content-Type: application/Zebulon", "Accept: */*", "Referer: http://x/MRN-7741")
				}
			}
		}
	}
	ask(s, "POST", "/api/v1/session", `{"name":"Zebulon","password":"user-secret"}`, isPlain)
	if strings.Count(log.String(), "\n") < 100 || !strings.Contains(log.String(), "panic") {
		t.Fatal("the log is too short to have been looked through")
	}
	held(t, log.String())
	held(t, server.Metrics(s))
	if !strings.Contains(server.Metrics(s), `prescreen_http_requests_total{method="POST",route="/fhir/{type}/{id}",status="5xx"}`) {
		t.Error(server.Metrics(s))
	}
	allowed := map[string][]string{
		"request": {"bytes", "caller", "cut", "level", "method", "msg", "request", "route", "status", "time", "took"},
		"failure": {"at", "kind", "level", "msg", "panic", "request", "route", "time"},
	}
	for line := range strings.Lines(log.String()) {
		var attrs map[string]any
		if err := json.Unmarshal([]byte(line), &attrs); err != nil {
			t.Fatal(err)
		}
		for name := range attrs {
			if !slices.Contains(allowed[attrs["msg"].(string)], name) {
				t.Fatalf("%s in the log: %s", name, line)
			}
		}
	}
}

func held(t *testing.T, text string) {
	t.Helper()
	for _, word := range planted {
		for line := range strings.Lines(text) {
			if strings.Contains(strings.ToLower(line), strings.ToLower(word)) {
				t.Fatalf("%s: %s", word, line)
			}
		}
	}
}

type wordy struct{ text string }

func (w *wordy) Error() string { return w.text }
