// Package server is the one door to the program over HTTP: it mounts the routes of the packages below and its own, and holds
// every request to the same rules before a handler sees it.
//
// A request passes, in this order: the frame (request id, headers of every answer, log, metrics, recovery), the shape of
// its address, the protection against foreign pages, the router; then, knowing its route: who calls, how often, whether they
// may, what answer they take, how much they send and how fast, how many are at work. What is not in the table of routes
// with a right is not there.
//
// Neither the log nor the metrics ever hold what a request says: they know routes by their patterns, callers by their kind
// and failures by the types of their errors.
package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"prescreen/internal/web"
)

// Options are what a server is made of. Zero values are the defaults named.
type Options struct {
	Routes  []web.Route // of fhirapi and api; the server adds its own
	Access  Keeper
	Trail   Trail        // the audit log; nil leaves its routes out
	SignIn  SignIn       // by an issuer of the house; nil leaves its routes out
	Log     *slog.Logger // discarded
	Version string       // of the program, for the OpenAPI document

	Addr        string // 127.0.0.1:8475
	MetricsAddr string // 127.0.0.1:0; "off" for none. Loopback only
	CertFile    string // TLS, with KeyFile; read again when they change
	KeyFile     string
	BehindProxy bool // a proxy in front of this server does TLS: it may listen beyond loopback without

	TokenEndpoint string // address of POST /auth/token as clients see it, the same that access was given; "" leaves it out

	Ready     func(context.Context) error // whether requests can be answered now; nil: always
	Metrics   func() []Gauge
	Listening func(addr, metrics net.Addr) // called once both listen; metrics is nil where there are none
	Limits    Limits
	Now       func() time.Time // time.Now
}

// Server answers requests. Make it with New.
type Server struct {
	Options
	routes  []web.Route // all, with the server's own
	handler http.Handler
	meter   *meter

	perCaller, perAddress, logins *limiter
	working, streaming            chan struct{}
	streams                       shares
	bodies                        *semaphore.Weighted

	closing  context.Context // done as soon as the server begins to shut down
	close    context.CancelFunc
	draining atomic.Bool
}

// New makes a server of its routes. A route that names no right, or whose right is held against a parameter that its pattern
// does not have, is a mistake in the program and refused.
func New(o Options) (*Server, error) {
	if o.Access == nil {
		return nil, errors.New("a server needs Access: nobody could be told from anybody")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:8475"
	}
	if o.MetricsAddr == "" {
		o.MetricsAddr = "127.0.0.1:0"
	}
	if o.BehindProxy && o.Limits.Logins == (Rate{}) {
		o.Limits.Logins = Rate{2, 100} // everybody comes from the proxy's address
	}
	o.Limits = o.Limits.whole()
	s := &Server{Options: o, meter: newMeter(o.Metrics)}
	l := s.Limits
	s.perCaller, s.perAddress, s.logins = newLimiter(l.PerCaller, s.Now), newLimiter(l.PerAddress, s.Now), newLimiter(l.Logins, s.Now)
	s.working, s.streaming = make(chan struct{}, l.Concurrent), make(chan struct{}, l.Streams)
	s.streams = shares{most: l.StreamsOf, of: map[string]int{}}
	s.bodies = semaphore.NewWeighted(l.BodyMemory)
	s.closing, s.close = context.WithCancel(context.Background())
	s.routes = append(s.own(), o.Routes...)
	if err := s.describe(); err != nil {
		return nil, err
	}
	router, err := s.router()
	if err != nil {
		return nil, err
	}
	s.handler = s.frame(s.shaped(s.ownPagesOnly(router)))
	return s, nil
}

// Handler is the whole of what the server answers with, for tests and for who listens by themselves.
func (s *Server) Handler() http.Handler { return s.handler }

// Routes are all routes that are mounted, the server's own with them.
func (s *Server) Routes() []web.Route { return s.routes }

// overTLS tells whether browsers see this server over TLS.
func (s *Server) overTLS() bool { return s.CertFile != "" || s.BehindProxy }

// describe adds the OpenAPI document, which tells of all routes and of itself.
func (s *Server) describe() error {
	var document []byte
	s.routes = append(s.routes, open("/openapi.json", web.Doc{ID: "openapi", Summary: "This document"},
		func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", web.JSON)
			_, err := w.Write(document)
			return err
		}))
	var err error
	document, err = web.OpenAPI(s.routes, s.Version)
	return err
}
