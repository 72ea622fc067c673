package server_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"prescreen/internal/server"
)

// What the rules of the door cost a request, beside a router of the standard library with the same handler.
func BenchmarkDoor(b *testing.B) {
	plenty := server.Rate{PerSecond: 1e9, AtOnce: 1e9}
	s, err := server.New(server.Options{Routes: sample(), Access: newDoor(), Limits: server.Limits{PerCaller: plenty, PerAddress: plenty}})
	if err != nil {
		b.Fatal(err)
	}
	handle := sample()[1].Handle
	bare := http.NewServeMux()
	bare.HandleFunc("GET /api/v1/trials", func(w http.ResponseWriter, r *http.Request) { _ = handle(w, r) })
	one := func(h http.Handler) time.Duration {
		r := httptest.NewRequest("GET", "/api/v1/trials", nil)
		r.Header.Set("Cookie", "prescreen=of-ann")
		began := time.Now()
		h.ServeHTTP(httptest.NewRecorder(), r)
		return time.Since(began)
	}
	var door, baseline time.Duration
	for b.Loop() {
		door += one(s.Handler())
		baseline += one(bare)
	}
	b.ReportMetric(float64(door)/float64(b.N), "ns/door")
	b.ReportMetric(float64(door)/float64(baseline), "x-bare-router")
}
