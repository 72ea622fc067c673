package server

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"prescreen/internal/access"
	"prescreen/internal/web"
)

// Limits bound what callers can ask of the server at once. Zero values are the defaults named.
type Limits struct {
	PerCaller  Rate // 300 a second, 600 at once
	PerAddress Rate // of requests without a login that is good: 50 a second, 100 at once
	Logins     Rate // from one address: one in 6 s, 20 at once; package access slows down tries of one name

	Concurrent int   // 64 requests at work
	Streams    int   // 64 more with long answers
	StreamsOf  int   // 8 of these for one caller
	BodyMemory int64 // 192 MiB of bodies held at once

	BodyGrace time.Duration // 10 s more than BodyRate allows for the whole of a body
	BodyRate  int64         // 16 KiB a second, the least
	Header    time.Duration // 5 s for a request's header
	Idle      time.Duration // 60 s between requests
	Work      time.Duration // 2 min for an answer that is no stream
	Again     time.Duration // 30 s after which who reads events is asked for the right to anew
	Piece     time.Duration // 30 s for a reader to take each piece of a stream, or the last of another answer
	Shutdown  time.Duration // 20 s for what runs to be done
}

// Rate is so many a second on average, and so many at once.
type Rate struct {
	PerSecond float64
	AtOnce    int
}

func (l Limits) whole() Limits {
	l.PerCaller = cmp.Or(l.PerCaller, Rate{300, 600})
	l.PerAddress = cmp.Or(l.PerAddress, Rate{50, 100})
	l.Logins = cmp.Or(l.Logins, Rate{1.0 / 6, 20})
	l.Concurrent, l.Streams = cmp.Or(l.Concurrent, 64), cmp.Or(l.Streams, 64)
	l.StreamsOf, l.Again = cmp.Or(l.StreamsOf, 8), cmp.Or(l.Again, 30*time.Second)
	l.BodyMemory, l.BodyRate = cmp.Or(l.BodyMemory, 192<<20), cmp.Or(l.BodyRate, 16<<10)
	l.BodyGrace, l.Header, l.Idle = cmp.Or(l.BodyGrace, 10*time.Second), cmp.Or(l.Header, 5*time.Second), cmp.Or(l.Idle, time.Minute)
	l.Work, l.Piece = cmp.Or(l.Work, 2*time.Minute), cmp.Or(l.Piece, 30*time.Second)
	l.Shutdown = cmp.Or(l.Shutdown, 20*time.Second)
	return l
}

// limiter holds a rate for each of many keys. It forgets those that have long been quiet.
type limiter struct {
	rate Rate
	now  func() time.Time

	mu   sync.Mutex
	keys map[string]*rate.Limiter
}

// mostKeys is how many keys a limiter remembers: beyond it, those that have their whole allowance again are forgotten, and if
// there are none, all are.
const mostKeys = 10_000

func newLimiter(r Rate, now func() time.Time) *limiter {
	return &limiter{rate: r, now: now, keys: map[string]*rate.Limiter{}}
}

// wait takes one from a key's allowance. It is 0 if there was one, else how long until there is.
func (l *limiter) wait(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	one, ok := l.keys[key]
	if !ok {
		l.forget(now)
		one = rate.NewLimiter(rate.Limit(l.rate.PerSecond), l.rate.AtOnce)
		l.keys[key] = one
	}
	if one.AllowN(now, 1) {
		return 0
	}
	return max(time.Duration((1-one.TokensAt(now))/l.rate.PerSecond*float64(time.Second)), time.Millisecond)
}

func (l *limiter) forget(now time.Time) {
	if len(l.keys) < mostKeys {
		return
	}
	for key, one := range l.keys {
		if one.TokensAt(now) >= float64(l.rate.AtOnce) {
			delete(l.keys, key)
		}
	}
	if len(l.keys) >= mostKeys {
		clear(l.keys)
	}
}

// often holds a known caller, or the address of an unknown one, to its rate.
func (s *Server) often(r *http.Request, route *web.Route, c access.Caller) error {
	var wait time.Duration
	if c.ID != "" && route.Needs != access.Anybody {
		wait = s.perCaller.wait(kindOfCaller(c) + " " + c.ID)
	} else {
		wait = s.perAddress.wait(addressOf(r))
	}
	if wait > 0 {
		return tooOften(wait)
	}
	return nil
}

func tooOften(wait time.Duration) error {
	return web.TooMany("this is asked too often: wait as long as Retry-After says", wait)
}

// addressOf is where a connection comes from; of IPv6 the network of a house. What a header says about it is anybody's to
// write, and not read.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}

// enter takes a place among the requests at work and memory for the body. The function gives both back.
func (s *Server) enter(r *http.Request, route *web.Route, c access.Caller) (func(), error) {
	places, leave := s.working, func() {}
	if route.Stream {
		places = s.streaming
		var ok bool
		if leave, ok = s.streams.enter(kindOfCaller(c) + " " + c.ID); !ok {
			return nil, web.TooMany("you have as many long answers open as one caller may: close one, or wait for its end", time.Second)
		}
	}
	select {
	case places <- struct{}{}:
	default:
		leave()
		return nil, web.Unavailable("the server has as much to do as it can: ask again soon", time.Second)
	}
	weight, err := s.weigh(r, route)
	if err == nil && weight > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), s.Limits.BodyGrace)
		defer cancel()
		if s.bodies.Acquire(ctx, weight) != nil {
			err = web.Unavailable("the server takes in as much as it can: send again soon", 2*time.Second)
		}
	}
	if err != nil {
		<-places
		leave()
		return nil, err
	}
	return func() {
		if weight > 0 {
			s.bodies.Release(weight)
		}
		<-places
		leave()
	}, nil
}

// shares counts what each caller has of something that all have to get along with.
type shares struct {
	most int
	mu   sync.Mutex
	of   map[string]int
}

// enter takes one more; the function gives it back.
func (s *shares) enter(caller string) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[caller] >= s.most {
		return nil, false
	}
	s.of[caller]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.of[caller]--; s.of[caller] == 0 {
			delete(s.of, caller)
		}
	}, true
}

// weigh tells how much memory a body may take, and refuses one that is too long by what it says of itself.
func (s *Server) weigh(r *http.Request, route *web.Route) (int64, error) {
	switch {
	case r.ContentLength > route.Body && route.Body == 0:
		return 0, web.TooLarge("this operation takes no body")
	case r.ContentLength > route.Body:
		return 0, web.TooLarge("the body is longer than this operation takes: send less at once")
	case route.Body == 0, route.Stream: // a stream is read piece by piece
		return 0, nil
	}
	weight := r.ContentLength
	if weight < 0 || r.Header.Get("Content-Encoding") != "" {
		weight = route.Body
	}
	if weight < 64<<10 {
		return 0, nil
	}
	return min(weight, s.Limits.BodyMemory), nil
}

// shaped refuses addresses that no caller of ours writes, before anything reads them.
func (s *Server) shaped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case len(path) > 2048, len(r.URL.RawQuery) > 8192:
			s.refuse(w, r, web.Refuse(http.StatusRequestURITooLong, "the address is too long: search by POST, or ask for less at once"))
		case r.Method == http.MethodOptions && path == "*":
			w.WriteHeader(http.StatusNoContent)
		case !strings.HasPrefix(path, "/"), strings.Contains(path, "//"), strings.Contains(path, "/./"), strings.Contains(path, "/../"),
			strings.HasSuffix(path, "/."), strings.HasSuffix(path, "/.."), !utf8.ValidString(path), strings.ContainsFunc(path, unicode.IsControl):
			s.refuse(w, r, web.BadRequest("this is no address of ours: write it without empty, dotted or hidden parts"))
		default:
			next.ServeHTTP(w, r)
		}
	})
}
