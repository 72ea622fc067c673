package server

import (
	"net/http"
	"slices"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/web"
)

// own are the routes that the server answers itself.
func (s *Server) own() []web.Route {
	return slices.Concat(s.health(), s.sessionRoutes(), s.signInRoutes(), s.userRoutes(), s.tokenRoutes(), s.clientRoutes(), s.trailRoutes(), s.ownPages())
}

func (s *Server) health() []web.Route {
	return []web.Route{
		open("/healthz", web.Doc{ID: "health", Summary: "Whether the program runs", Response: state{}}, func(w http.ResponseWriter, r *http.Request) error {
			return web.WriteJSON(w, r, http.StatusOK, state{"ok"})
		}),
		open("/readyz", web.Doc{ID: "ready", Summary: "Whether it can answer requests now", Response: state{}}, s.ready),
	}
}

// open is a read that needs no login.
func open(pattern string, doc web.Doc, handle web.Handler) web.Route {
	return web.Route{Method: http.MethodGet, Pattern: pattern, Needs: access.Anybody, Doc: doc, Handle: handle}
}

type state struct {
	Status string `json:"status"`
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	if s.draining.Load() {
		return web.Unavailable("the server is shutting down", time.Second)
	}
	if s.Ready != nil {
		if err := s.Ready(r.Context()); err != nil {
			e := web.Unavailable("the server cannot answer yet: see its log", 5*time.Second)
			e.Err = err
			return e
		}
	}
	return web.WriteJSON(w, r, http.StatusOK, state{"ready"})
}
