package server

import (
	"io"
	"net/http"
	"time"

	"prescreen/internal/web"
)

// body bounds a request's body in length and in slowness.
func (s *Server) body(w http.ResponseWriter, r *http.Request, route *web.Route) io.ReadCloser {
	if route.Body == 0 || r.Body == nil || r.Body == http.NoBody {
		return http.NoBody
	}
	p := &paced{ReadCloser: r.Body, conn: http.NewResponseController(w), grace: s.Limits.BodyGrace, rate: s.Limits.BodyRate, began: time.Now()}
	p.allow()
	return http.MaxBytesReader(w, p, route.Body)
}

// paced is a body that is cut off when it comes more slowly than rate, counted over the whole of it, but for a grace at its
// beginning: a sender that drips bytes holds a place no longer than it is worth.
type paced struct {
	io.ReadCloser
	conn  *http.ResponseController
	grace time.Duration
	rate  int64
	began time.Time
	read  int64
}

func (p *paced) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.read += int64(n)
	if err == nil {
		p.allow()
	}
	return n, err
}

func (p *paced) allow() {
	_ = p.conn.SetReadDeadline(p.began.Add(p.grace + time.Duration(float64(p.read)/float64(p.rate)*float64(time.Second))))
}
