package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/author"
	"prescreen/internal/chart"
	"prescreen/internal/decision"
	"prescreen/internal/intake"
	"prescreen/internal/live"
	"prescreen/internal/rulebook"
	"prescreen/internal/screen"
	"prescreen/internal/store"
	"prescreen/internal/terms"
	"prescreen/internal/web"
)

const (
	kidney   = "dapagliflozin-ckd"
	diabetes = "metformin-second-drug"
)

var morning = time.Date(2026, 6, 30, 9, 0, 0, 0, time.UTC)

// site is the interface over a store of its own, with the made-up cohort and two trials.
type site struct {
	t      testing.TB
	live   *live.Live
	store  *store.Store
	book   *rulebook.Book
	mux    http.Handler
	routes []web.Route
	schema *jsonschema.Compiler

	mu      sync.Mutex
	now     time.Time
	entries []audit.Entry // of reads
	jobs    sync.WaitGroup
}

func newSite(t testing.TB, more ...func(*Options)) *site {
	t.Helper()
	filled(t)
	s := opened(t, t.TempDir())
	t.Cleanup(func() { s.jobs.Wait(); s.store.Close() })
	s.mount(more)
	return s
}

// template is the folder of a store with cohort and trials, that those of the tests are copies of.
var template struct {
	once sync.Once
	dir  string
}

func filled(t testing.TB) {
	template.once.Do(func() {
		dir, err := os.MkdirTemp("", "prescreen-api-")
		if err != nil {
			t.Fatal(err)
		}
		s := opened(t, dir)
		s.ingest(cohort(t)...)
		if err := s.live.SetTrials(context.Background(), s.book, s.book.Trials, s.book.Files, live.Actor{Who: "system"}, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.store.Close(); err != nil {
			t.Fatal(err)
		}
		template.dir = dir
	})
	if template.dir == "" {
		t.Fatal("the store of all tests could not be made")
	}
}

// opened opens a store in a folder: the template's copy, where there is one.
func opened(t testing.TB, dir string) *site {
	t.Helper()
	book, mistakes, err := rulebook.Read(filepath.Join("..", "..", "rules"), kidney, diabetes)
	if err != nil || mistakes.HasErrors() {
		t.Fatal(err, mistakes)
	}
	if template.dir != "" {
		if err := os.CopyFS(dir, os.DirFS(template.dir)); err != nil {
			t.Fatal(err)
		}
	}
	s := &site{t: t, book: book, now: morning}
	ctx := context.Background()
	if s.store, err = store.Open(ctx, filepath.Join(dir, "s.db"), store.Options{}); err != nil {
		t.Fatal(err)
	}
	s.live, err = live.Open(ctx, s.store, book, live.Settings{Zone: book.Site.Location, Originals: live.None, Now: s.clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.live.Tick(ctx, morning, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) mount(more []func(*Options)) {
	o := Options{
		Live: s.live, Decisions: decision.NewKeeper(s.store), Versions: s.store, CursorKey: bytes.Repeat([]byte{7}, 32),
		Rules: func() Rules {
			return Rules{
				Checker: author.NewChecker(valueSets(s.book)), Book: s.book, Missing: s.book.Site.Missing, Packed: s.book.Pack,
				Site: author.Site{
					Library: s.book.Library, Zone: s.book.Site.Location, Horizon: s.book.Site.Horizon, OptIn: s.book.Site.OptIn,
					Terms: func(d *terms.Dictionary, u *chart.Units) screen.Terms { return s.book.Codes(d, u) },
				},
			}
		},
		Record: func(ctx context.Context, e audit.Entry) error {
			s.mu.Lock()
			s.entries = append(s.entries, e)
			s.mu.Unlock()
			return s.store.Record(ctx, []audit.Entry{e})
		},
		Background: func(run func(context.Context)) { s.jobs.Go(func() { run(context.Background()) }) },
	}
	for _, m := range more {
		m(&o)
	}
	s.routes = Routes(o)
	doc, err := web.OpenAPI(s.routes, "test")
	if err != nil {
		s.t.Fatal(err)
	}
	var parsed any
	if err := json.Unmarshal(doc, &parsed); err != nil {
		s.t.Fatal(err)
	}
	s.schema = jsonschema.NewCompiler()
	s.schema.AssertFormat()
	if err := s.schema.AddResource("openapi.json", parsed); err != nil {
		s.t.Fatal(err)
	}
	mux := chi.NewMux()
	for i := range s.routes {
		mux.Method(s.routes[i].Method, s.routes[i].Pattern, s.endpoint(&s.routes[i]))
	}
	s.mux = mux
}

func valueSets(b *rulebook.Book) map[string][]byte {
	out := map[string][]byte{}
	for name, data := range b.Files {
		if strings.HasPrefix(name, "valuesets/") {
			out[name] = data
		}
	}
	return out
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// lastEntry is what was entered last of reads.
func (s *site) lastEntry() audit.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries[len(s.entries)-1]
}

type asCaller struct{}

// endpoint does what the server does before a handler: who calls, what may the caller do.
func (s *site) endpoint(route *web.Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := r.Context().Value(asCaller{}).(access.Caller)
		ctx := web.WithRequest(web.WithCaller(r.Context(), c), web.Request{ID: "00000000-0000-4000-8000-000000000000", At: s.clock(), Route: route})
		r = r.WithContext(ctx)
		var err error
		switch {
		case route.Trial != "" && !c.May(route.Needs, r.PathValue(route.Trial)), route.Each && !c.MayAnywhere(route.Needs),
			route.Trial == "" && !route.Each && !c.May(route.Needs, ""):
			err = web.Forbidden("no")
		default:
			err = route.Handle(w, r)
		}
		if err != nil {
			web.WriteError(w, r, err)
		}
	})
}

// cohort is the made-up bundles, read once.
var cohort = func() func(testing.TB) [][]byte {
	var once sync.Once
	var all [][]byte
	return func(t testing.TB) [][]byte {
		once.Do(func() {
			names, _ := filepath.Glob(filepath.Join("..", "..", "fixtures", "cohort", "*.json*"))
			for _, name := range names {
				f, err := os.Open(name)
				if err != nil {
					t.Fatal(err)
				}
				var in io.Reader = f
				if strings.HasSuffix(name, ".gz") {
					if in, err = gzip.NewReader(f); err != nil {
						t.Fatal(err)
					}
				}
				data, err := io.ReadAll(in)
				f.Close()
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, data)
			}
		})
		return all
	}
}()

// ingest takes bundles in as the FHIR interface would.
func (s *site) ingest(bundles ...[]byte) {
	s.t.Helper()
	for _, data := range bundles {
		doc, err := intake.ReadDocument(s.live.Options(), data)
		if err != nil {
			s.t.Fatal(err)
		}
		b := live.Batch{Source: "ward", Document: doc, By: live.Actor{Who: "feed"}}
		for i := range doc.Resources {
			if r := &doc.Resources[i]; r.Kept && len(r.Problems) == 0 {
				b.Writes = append(b.Writes, live.Write{Verb: live.Create, Resource: r, Type: r.Type, ID: r.ID})
			}
		}
		if _, err := s.live.Apply(context.Background(), b); err != nil {
			s.t.Fatal(err)
		}
	}
}

// People of the tests, each with one role on all trials.
func caller(role access.Role) access.Caller {
	return access.Caller{ID: string(role), Name: "Name of " + string(role), Grants: []access.Grant{{Role: role}}}
}

var (
	coordinator  = caller(access.Coordinator)
	investigator = caller(access.Investigator)
	ruleAuthor   = caller(access.RuleAuthor)
)

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
	t testing.TB
}

// call asks as somebody, and holds a good answer against the OpenAPI document.
func (s *site) call(as access.Caller, method, path string, body any, headers ...string) answer {
	s.t.Helper()
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	r := httptest.NewRequest(method, base+path, in)
	if body != nil {
		r.Header.Set("Content-Type", web.JSON)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), asCaller{}, as)))
	s.hold(method, r.URL.Path, w)
	return answer{w, s.t}
}

// answered names the operations that gave an answer which the document describes, in all tests together.
var answered sync.Map

// TestMain holds that every operation was seen to answer as the document says, where all tests ran.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		for _, r := range Routes(Options{}) {
			if _, ok := answered.Load(r.Doc.ID); !ok && r.Media()[0] == web.JSON {
				fmt.Fprintf(os.Stderr, "no test sees %s answer\n", r.Doc.ID)
				code = 1
			}
		}
	}
	os.RemoveAll(template.dir)
	os.Exit(code)
}

// hold checks an answer against what the document says of its operation.
func (s *site) hold(method, path string, w *httptest.ResponseRecorder) {
	s.t.Helper()
	route := s.routeOf(method, path)
	if route == nil || !strings.Contains(w.Header().Get("Content-Type"), "json") {
		return
	}
	want := http.StatusOK
	if route.Doc.Status != 0 {
		want = route.Doc.Status
	}
	at := "openapi.json#/components/schemas/Failure"
	switch {
	case w.Code == want:
		answered.Store(route.Doc.ID, true)
		plain := plainPattern.ReplaceAllString(route.Pattern, "{$1}")
		at = "openapi.json#/paths/" + url.PathEscape(strings.ReplaceAll(plain, "/", "~1")) + "/" + strings.ToLower(method) +
			"/responses/" + http.StatusText(want)
		at = strings.Replace(at, http.StatusText(want), itoa(want), 1) + "/content/application~1json/schema"
	case w.Code < 400:
		s.t.Errorf("%s %s answered %d, the document says %d", method, route.Pattern, w.Code, want)
		return
	}
	form, err := s.schema.Compile(at)
	if err != nil {
		s.t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err == nil {
		err = form.Validate(value)
	}
	if err != nil {
		s.t.Errorf("%s %s: %v\n%.600s", method, route.Pattern, err, w.Body.String())
	}
}

func (s *site) routeOf(method, path string) *web.Route {
	probe := chi.NewRouteContext()
	mux, _ := s.mux.(*chi.Mux)
	if !mux.Match(probe, method, path) {
		return nil
	}
	for i := range s.routes {
		if s.routes[i].Method == method && s.routes[i].Pattern == probe.RoutePattern() {
			return &s.routes[i]
		}
	}
	return nil
}

// is holds the status; into reads the body.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.Code != status {
		a.t.Fatalf("answered %d, want %d: %.600s", a.Code, status, a.Body.String())
	}
	return a
}

func (a answer) into(v any) answer {
	a.t.Helper()
	if err := json.Unmarshal(a.Body.Bytes(), v); err != nil {
		a.t.Fatalf("%v: %.300s", err, a.Body.String())
	}
	return a
}
