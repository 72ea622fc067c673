package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/klauspost/compress/gzhttp"

	"prescreen/internal/web"
)

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// router mounts every route once its table entry is seen to be whole. Reads answer to HEAD too.
func (s *Server) router() (http.Handler, error) {
	pack, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.CompressionLevel(3))
	if err != nil {
		return nil, err
	}
	mux := chi.NewRouter()
	taken, names := map[string]bool{}, map[string]bool{}
	for i := range s.routes {
		route := &s.routes[i]
		at := route.Method + " " + route.Pattern
		if fault := faultOf(*route); fault != "" {
			return nil, fmt.Errorf("route %s: %s", at, fault)
		}
		if id := route.Doc.ID; taken[at] || id != "" && names[id] {
			return nil, fmt.Errorf("route %s: it, or its operationId %q, is there twice", at, id)
		}
		taken[at], names[route.Doc.ID] = true, true
		var h http.Handler = s.endpoint(route)
		if !route.Stream && !strings.HasPrefix(route.Pattern, "/api/v1/session") && !strings.HasPrefix(route.Pattern, "/api/v1/tokens") && !strings.HasPrefix(route.Pattern, "/auth/") {
			h = pack(h) // a secret packed beside what a caller chose can be guessed from lengths
		}
		mux.Method(route.Method, route.Pattern, h)
	}
	for i := range s.routes {
		if route := &s.routes[i]; route.Method == http.MethodGet && !route.Stream && !taken["HEAD "+route.Pattern] {
			mux.Method(http.MethodHead, route.Pattern, s.endpoint(route))
		}
	}
	mux.NotFound(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, web.NotFound("there is nothing at this address: see /openapi.json, or /fhir/metadata"))
	})
	mux.MethodNotAllowed(s.otherMethod(mux))
	return mux, nil
}

// faultOf says why a route cannot be mounted.
func faultOf(r web.Route) string {
	switch {
	case !slices.Contains(methods, r.Method):
		return "this method is not served"
	case r.Handle == nil:
		return "it has no handler"
	case !knownRight(r.Needs):
		return "it names no right of package access"
	case r.Trial != "" && !strings.Contains(r.Pattern, "{"+r.Trial+"}") && !strings.Contains(r.Pattern, "{"+r.Trial+":"):
		return "its pattern has no parameter for the trial"
	case r.Trial != "" && r.Each:
		return "its right is held against one trial or against each, not both"
	case !strings.HasPrefix(r.Pattern, "/"), strings.Contains(r.Pattern, "*"):
		return "its pattern is no plain path"
	}
	return ""
}

// otherMethod answers what a path does not offer: 405 with Allow, or the list itself to OPTIONS.
func (s *Server) otherMethod(mux chi.Routes) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		allow := []string{}
		for _, m := range methods {
			if mux.Match(chi.NewRouteContext(), m, r.URL.Path) {
				allow = append(allow, m)
			}
		}
		w.Header().Set("Allow", strings.Join(append(allow, http.MethodOptions), ", "))
		switch {
		case len(allow) == 0: // a method that no router knows, on a path that is not there
			w.Header().Del("Allow")
			s.refuse(w, r, web.NotFound("there is nothing at this address: see /openapi.json, or /fhir/metadata"))
		case r.Method == http.MethodOptions:
			w.WriteHeader(http.StatusNoContent)
		default:
			s.refuse(w, r, web.Refuse(http.StatusMethodNotAllowed, "this address does not take that method: see Allow"))
		}
	}
}
