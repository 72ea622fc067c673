package server

import "net/http/httptest"

// Metrics are what Prometheus would read.
func Metrics(s *Server) string {
	w := httptest.NewRecorder()
	s.meter.handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}
