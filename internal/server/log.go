package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"prescreen/internal/access"
	"prescreen/internal/web"
)

// logRequest writes one line for a request. The attributes are these and no others.
func (s *Server) logRequest(r *http.Request, x *exchange, took time.Duration, cut bool) {
	status := x.w.status
	if status == 0 && !cut {
		status = http.StatusOK
	}
	level := slog.LevelInfo
	if status >= 500 || cut {
		level = slog.LevelError
	}
	s.Log.LogAttrs(r.Context(), level, "request",
		slog.String("method", methodLabel(r.Method)), slog.String("route", x.pattern), slog.Int("status", status),
		slog.Int64("bytes", x.w.bytes), slog.Duration("took", took.Round(time.Microsecond)), slog.String("request", x.id),
		slog.String("caller", x.kind), slog.Bool("cut", cut))
}

// logFailure writes what kind of failure stands behind a status of ours: the types of the errors and, of a panic, where it
// was; never their texts, which may hold what a request said.
func (s *Server) logFailure(r *http.Request, x *exchange, err error) {
	attrs := []slog.Attr{slog.String("request", x.id), slog.String("route", x.pattern), slog.String("kind", kindOf(err))}
	var p *panicError
	if errors.As(err, &p) {
		attrs = append(attrs, slog.String("panic", p.kind), slog.String("at", strings.Join(p.frames, " < ")))
	}
	s.Log.LogAttrs(r.Context(), slog.LevelError, "failure", attrs...)
}

// kindOf names the types of an error and of those it wraps.
func kindOf(err error) string {
	var kinds []string
	for err != nil && len(kinds) < 8 {
		var e *web.Error
		if kind := fmt.Sprintf("%T", err); errors.As(err, &e) && error(e) == err {
			kinds = append(kinds, kind+" "+strconv.Itoa(e.Status))
		} else {
			kinds = append(kinds, kind)
		}
		if many, ok := err.(interface{ Unwrap() []error }); ok && len(many.Unwrap()) > 0 {
			err = many.Unwrap()[len(many.Unwrap())-1] // fmt.Errorf with a kind first and a cause last
			continue
		}
		err = errors.Unwrap(err)
	}
	return strings.Join(kinds, " < ")
}

// panicError is a panic's kind and place.
type panicError struct {
	kind   string
	frames []string
}

func (*panicError) Error() string { return "a panic" }

// panicked keeps of a panic what may be told: the type of its value and the frames it came through.
func panicked(v any) error {
	p := &panicError{kind: fmt.Sprintf("%T", v)}
	pcs := make([]uintptr, 48)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for more := true; more && len(p.frames) < 16; {
		var f runtime.Frame
		f, more = frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") && !strings.HasPrefix(f.Function, "net/http.") {
			p.frames = append(p.frames, f.Function+" "+filepath.Base(f.File)+":"+strconv.Itoa(f.Line))
		}
	}
	return p
}

// methodLabel is a method that we know, or "other": a label must not be the sender's to choose.
func methodLabel(method string) string {
	if method == http.MethodOptions || slices.Contains(methods, method) {
		return method
	}
	return "other"
}

func kindOfCaller(c access.Caller) string {
	switch {
	case c.Token:
		return "token"
	case c.ID != "":
		return "user"
	}
	return "nobody"
}

// quiet takes what net/http would print about connections, which may repeat what was sent, and keeps the fact only.
type quiet struct{ log *slog.Logger }

func (q quiet) Write(p []byte) (int, error) {
	q.log.Debug("a connection failed before a request was read from it")
	return len(p), nil
}
