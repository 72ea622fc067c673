package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"prescreen/internal/web"
)

// exchange is what is kept of one request and its answer, for the log and the metrics.
type exchange struct {
	id      string
	at      time.Time
	pattern string // of the route; "none" where there is none
	kind    string // of the caller
	w       *counted
}

type exchangeKey struct{}

func exchangeOf(r *http.Request) *exchange {
	x, _ := r.Context().Value(exchangeKey{}).(*exchange)
	return x
}

// frame stands around everything: it names the request, sets the headers of every answer, logs and counts, and turns a
// panic outside a handler into an answer.
func (s *Server) frame(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		began := time.Now()
		w := &counted{ResponseWriter: out}
		x := &exchange{id: requestID(), at: s.Now(), pattern: "none", kind: "nobody", w: w}
		r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
		r.URL.RawPath = "" // one spelling of a path: what is routed is what is authorised is what a handler reads
		s.headers(w.Header(), x.id)
		if theirs := r.Header.Get("X-Request-Id"); uuid.MatchString(theirs) {
			w.Header().Set("X-Correlation-Id", theirs) // https://hl7.org/fhir/R4/http.html#custom
		}
		s.meter.begin()
		defer func() {
			v := recover()
			if v != nil && v != http.ErrAbortHandler {
				v = s.late(w, r, v)
			}
			took := time.Since(began)
			s.meter.end(x.pattern, r.Method, w.status, took)
			s.logRequest(r, x, took, v != nil)
			if v != nil {
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// late answers after a panic of the server's own; it gives what is left to panic with, nil if an answer went out.
func (s *Server) late(w http.ResponseWriter, r *http.Request, v any) (left any) {
	defer func() { left = recover() }()
	s.refuse(w, r, panicked(v))
	return nil
}

// headers are set on every answer: nothing of ours is to be framed, sniffed, kept or shared by a browser.
func (s *Server) headers(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if s.overTLS() {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// requestID is never the caller's: whatever that is, a uuid too, may be a patient's id, and the log must not hold one.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// ownPagesOnly refuses what another site's page makes a browser send along with our cookie.
func (s *Server) ownPagesOnly(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if protection.Check(r) != nil {
			s.refuse(w, r, web.Forbidden("this was sent by a page of another site: open prescreen itself"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// counted knows the status and the length of an answer.
type counted struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (c *counted) WriteHeader(status int) {
	if c.status == 0 && status >= 200 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *counted) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	return n, err
}

// Flush is for handlers that ask for http.Flusher.
func (c *counted) Flush() { _ = http.NewResponseController(c.ResponseWriter).Flush() }

// Unwrap is for http.ResponseController.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }
