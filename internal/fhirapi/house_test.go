package fhirapi

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/live"
	"prescreen/internal/rulebook"
	"prescreen/internal/store"
	"prescreen/internal/trial"
	"prescreen/internal/web"
)

// house is the endpoints on a real store.
type house struct {
	t      *testing.T
	live   *live.Live
	store  *store.Store
	book   *rulebook.Book
	routes []web.Route
	mux    http.Handler
	jobs   *Jobs
	now    time.Time
	clock  func() // called when the time of a write is asked for
	caller access.Caller
	mu     sync.Mutex
	log    []audit.Entry
}

// machine may do all that is asked of the endpoints.
var machine = access.Caller{ID: "lab", Token: true, Scopes: []access.Right{
	access.SendRecords, access.SeeRecords, access.EraseRecords, access.SeeCandidates, access.SeeTrials, access.Evaluate, access.SignedIn,
}}

// shipped is the rules that come with the program.
var shipped = sync.OnceValues(func() (*rulebook.Book, error) {
	book, mistakes, err := rulebook.Read("../../rules")
	if err == nil && mistakes.HasErrors() {
		err = mistakes
	}
	return book, err
})

// newHouse opens a store in a folder of its own, with the given trials of the shipped rules in force.
func newHouse(t *testing.T, ids ...string) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 6, 30, 10, 0, 0, 0, time.UTC), caller: machine, clock: func() {}}
	whole, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	book := *whole
	if len(ids) > 0 {
		book.Trials = slices.DeleteFunc(slices.Clone(book.Trials), func(x *trial.Trial) bool { return !slices.Contains(ids, x.ID) })
	}
	h.book = &book
	ctx := context.Background()
	h.store, err = store.Open(ctx, filepath.Join(t.TempDir(), "prescreen.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.store.Close() })
	h.live, err = live.Open(ctx, h.store, h.book, live.Settings{
		Zone: time.UTC, UniqueIdentifiers: book.Site.UniqueIdentifiers, Originals: live.Full, Now: func() time.Time { h.clock(); return h.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.live.Tick(ctx, h.now, nil); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, x := range book.Trials {
		text, err := os.ReadFile(x.File)
		if err != nil {
			t.Fatal(err)
		}
		files[x.File] = text
	}
	if err := h.live.SetTrials(ctx, h.book, book.Trials, files, live.Actor{Who: "system"}, nil); err != nil {
		t.Fatal(err)
	}
	h.jobs, err = OpenJobs(t.TempDir(), "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h.mount(h.options())
	return h
}

func (h *house) options() Options {
	return Options{
		Live: h.live, Records: h.store, Jobs: h.jobs, CursorKey: bytes.Repeat([]byte{7}, 32), Started: h.now,
		Now:     func() time.Time { return h.now },
		BaseURL: func(*http.Request) string { return "http://example.test" },
		Record: func(_ context.Context, e audit.Entry) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.log = append(h.log, e)
			return nil
		},
	}
}

// mount serves the routes as the server would: with who calls and what is known of the request in its context.
func (h *house) mount(o Options) {
	h.routes = Routes(o)
	mux := chi.NewRouter()
	for i := range h.routes {
		route := &h.routes[i]
		mux.Method(route.Method, route.Pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx := web.WithRequest(r.Context(), web.Request{ID: "1", At: h.now, Route: route, Refusal: refusal})
			r = r.WithContext(web.WithCaller(ctx, h.caller))
			if err := route.Handle(w, r); err != nil {
				web.WriteError(w, r, err)
			}
		}))
	}
	h.mux = mux
}

func refusal(err error) *web.Error { return nil }

// answer is what a request got.
type answer struct {
	*httptest.ResponseRecorder
	t *testing.T
}

// ask makes a request. Headers are given as "Name: value".
func (h *house) ask(method, path, body string, headers ...string) answer {
	h.t.Helper()
	var from io.Reader
	if body != "" {
		from = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, from)
	if body != "" {
		r.Header.Set("Content-Type", web.FHIR)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.mux.ServeHTTP(w, r)
	return answer{w, h.t}
}

func (a answer) want(status int) answer {
	a.t.Helper()
	if a.Code != status {
		a.t.Fatalf("status %d, want %d: %s", a.Code, status, a.Body.String())
	}
	return a
}

// read decodes the body.
func read[T any](a answer) T {
	a.t.Helper()
	var v T
	if err := json.Unmarshal(a.Body.Bytes(), &v); err != nil {
		a.t.Fatalf("%v: %s", err, a.Body.String())
	}
	return v
}

// statuses gives the three digits of each response entry.
func statuses(b fhir.Bundle) string {
	var out []string
	for _, e := range b.Entry {
		out = append(out, e.Response.Status[:3])
	}
	return strings.Join(out, " ")
}

// expressions gives the places that an OperationOutcome names.
func (a answer) expressions() string {
	var out []string
	for _, i := range read[fhir.OperationOutcome](a).Issue {
		out = append(out, strings.Join(i.Expression, ","))
	}
	return strings.Join(out, " ")
}

// sharedBundles gives the first n bundles of public data; the test is skipped where they are absent.
func sharedBundles(t *testing.T, n int) [][]byte {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	z, err := zip.OpenReader(filepath.Join(dir, "..", "shared", "data", "synthea-r4.zip"))
	if err != nil {
		t.Skip("public data synthea-r4.zip is not here")
	}
	defer z.Close()
	var out [][]byte
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, ".json") || len(out) == n {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
		out = append(out, text)
	}
	return out
}
