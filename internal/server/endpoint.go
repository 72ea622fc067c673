package server

import (
	"context"
	"net/http"
	"reflect"
	"sync"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/web"
)

// endpoint holds a request to what its route asks for, and lets the handler answer.
func (s *Server) endpoint(route *web.Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := exchangeOf(r)
		x.pattern = route.Pattern
		ctx := web.WithRequest(r.Context(), web.Request{ID: x.id, At: x.at, Route: route, Refusal: refusal})
		r = r.WithContext(ctx)
		if err := s.serve(w, r, route, x); err != nil {
			s.refuse(w, r, err)
		}
	})
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, route *web.Route, x *exchange) error {
	caller, err := s.caller(r, route)
	if err == nil {
		x.kind = kindOfCaller(caller)
		err = s.often(r, route, caller)
	} else if s.perAddress.wait(addressOf(r)) > 0 {
		err = tooOften(s.perAddress.wait(addressOf(r)))
	}
	if err != nil {
		return err
	}
	if err := allowed(caller, route, r); err != nil {
		return err
	}
	if _, err := web.Negotiate(r, route.Media()...); err != nil {
		return err
	}
	done, err := s.enter(r, route, caller)
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := s.bounded(web.WithCaller(r.Context(), caller), route)
	defer cancel()
	if route.Events() {
		defer s.askAgain(r, route, caller, cancel)()
	}
	r = r.WithContext(ctx)
	r.Body = s.body(w, r, route)
	return s.handle(s.deadline(w, route), r, route)
}

// bounded gives a request's work an end: after a while; for events that would never end, when the server is to stop.
func (s *Server) bounded(ctx context.Context, route *web.Route) (context.Context, context.CancelFunc) {
	if !route.Stream {
		return context.WithTimeout(ctx, s.Limits.Work)
	}
	ctx, cancel := context.WithCancel(ctx)
	if !route.Events() {
		return ctx, cancel
	}
	stop := context.AfterFunc(s.closing, cancel)
	return ctx, func() { stop(); cancel() }
}

// askAgain asks every so often who reads events and whether they still may, and ends the events where the answer is another:
// a session that is over or a right that was taken away holds for what goes on, too. The function ends the asking.
func (s *Server) askAgain(r *http.Request, route *web.Route, was access.Caller, end context.CancelFunc) (stop func()) {
	done := make(chan struct{})
	var asking sync.WaitGroup
	asking.Go(func() {
		every := time.NewTicker(s.Limits.Again)
		defer every.Stop()
		for {
			select {
			case <-done:
				return
			case <-every.C:
			}
			if is, err := s.caller(r, route); err != nil || !reflect.DeepEqual(is, was) {
				end()
				return
			}
		}
	})
	return func() { close(done); asking.Wait() }
}

// handle calls the handler; what it panics with becomes an error that names its kind only.
func (s *Server) handle(w http.ResponseWriter, r *http.Request, route *web.Route) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler {
				panic(v)
			}
			err = panicked(v)
		}
	}()
	return route.Handle(w, r)
}

// refuse answers with an error, if nothing has been answered yet, and logs the kind of those that are ours.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	x := exchangeOf(r)
	if web.RequestID(r.Context()) == "" {
		r = r.WithContext(web.WithRequest(r.Context(), web.Request{ID: x.id, At: x.at, Refusal: refusal}))
	}
	e := web.AsError(r.Context(), err)
	if e.Status >= http.StatusInternalServerError {
		s.logFailure(r, x, err)
	}
	if x.w.status != 0 {
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
	if e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="prescreen"`)
	}
	if e.Status == http.StatusUnsupportedMediaType {
		w.Header().Set("Accept-Encoding", "gzip") // https://www.rfc-editor.org/rfc/rfc7694
	}
	if e.Status == http.StatusRequestEntityTooLarge || e.Status == http.StatusRequestTimeout {
		w.Header().Set("Connection", "close")
	}
	web.WriteError(w, r, e)
}

// allowed holds the right that a route needs against the caller. Whatever is not given is refused.
func allowed(c access.Caller, route *web.Route, r *http.Request) error {
	if route.Needs == access.Anybody {
		return nil
	}
	if c.ID == "" {
		return web.Unauthorized("log in, or send a token: Authorization: Bearer …")
	}
	var may bool
	where := ""
	switch trial := r.PathValue(route.Trial); {
	case route.Trial != "":
		may, where = trial != "" && c.May(route.Needs, trial), " on this trial"
	case route.Each:
		may, where = c.MayAnywhere(route.Needs), " on some trial"
	default:
		may, where = c.May(route.Needs, ""), " on all trials"
	}
	if !may {
		return web.Forbidden(`this needs the right "` + string(route.Needs) + `"` + where + ": ask your administrator for a role or token that has it")
	}
	return nil
}

// deadline bounds how long an answer may take to be taken: as a whole, or of a stream each piece.
func (s *Server) deadline(w http.ResponseWriter, route *web.Route) http.ResponseWriter {
	out := http.NewResponseController(w)
	if route.Stream {
		return &stream{ResponseWriter: w, out: out, each: s.Limits.Piece}
	}
	_ = out.SetWriteDeadline(time.Now().Add(s.Limits.Work + s.Limits.Piece)) // not every writer in tests has deadlines
	return w
}

// stream is an answer without an end in sight, every piece of which must be taken in time.
type stream struct {
	http.ResponseWriter
	out  *http.ResponseController
	each time.Duration
}

func (s *stream) Write(p []byte) (int, error) {
	_ = s.out.SetWriteDeadline(time.Now().Add(s.each))
	return s.ResponseWriter.Write(p)
}

// Flush is for handlers that ask for http.Flusher.
func (s *stream) Flush() { _ = s.FlushError() }

// FlushError sends what was written.
func (s *stream) FlushError() error {
	_ = s.out.SetWriteDeadline(time.Now().Add(s.each))
	return s.out.Flush()
}

// Unwrap is for http.ResponseController.
func (s *stream) Unwrap() http.ResponseWriter { return s.ResponseWriter }
