package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Gauge is one number about the whole of the program, for its metrics: prescreen_<Name>. Nothing of a patient, a trial or a
// caller is a gauge.
type Gauge struct {
	Name, Help string
	Value      float64
	Counter    bool // it only grows
}

// meter counts requests, in a registry of its own.
type meter struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

func newMeter(gauges func() []Gauge) *meter {
	m := &meter{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "prescreen_http_requests_total", Help: "Requests by route, method and class of status.",
		}, []string{"route", "method", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "prescreen_http_request_seconds", Help: "Time to answer, by route and method.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"route", "method"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "prescreen_http_requests_in_flight", Help: "Requests that are being answered.",
		}),
	}
	m.registry.MustRegister(m.requests, m.took, m.inFlight, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if gauges != nil {
		m.registry.MustRegister(totals(gauges))
	}
	return m
}

func (m *meter) begin() { m.inFlight.Inc() }

func (m *meter) end(pattern, method string, status int, took time.Duration) {
	m.inFlight.Dec()
	class := "cut"
	if status >= 100 {
		class = strconv.Itoa(status/100) + "xx"
	}
	m.requests.WithLabelValues(pattern, methodLabel(method), class).Inc()
	m.took.WithLabelValues(pattern, methodLabel(method)).Observe(took.Seconds())
}

// handler answers what Prometheus asks.
func (m *meter) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	return mux
}

// totals asks for the gauges whenever the metrics are read.
type totals func() []Gauge

// Describe tells nothing beforehand: which gauges there are is known when they are read.
func (totals) Describe(chan<- *prometheus.Desc) {}

// Collect hands the gauges out.
func (t totals) Collect(out chan<- prometheus.Metric) {
	for _, g := range t() {
		kind := prometheus.GaugeValue
		if g.Counter {
			kind = prometheus.CounterValue
		}
		m, err := prometheus.NewConstMetric(prometheus.NewDesc("prescreen_"+g.Name, g.Help, nil, nil), kind, g.Value)
		if err == nil {
			out <- m
		}
	}
}
