package server_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"prescreen/internal/server"
	"prescreen/internal/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a server that listens.
type running struct {
	t             *testing.T
	addr, metrics string
	stop          context.CancelFunc
	done          chan error
}

func run(t *testing.T, change func(*server.Options)) *running {
	t.Helper()
	up := make(chan [2]net.Addr, 1)
	o := server.Options{Routes: sample(), Access: newDoor(), Addr: "127.0.0.1:0", Listening: func(a, m net.Addr) { up <- [2]net.Addr{a, m} }}
	o.Limits.Header, o.Limits.BodyGrace, o.Limits.BodyRate = 200*time.Millisecond, 300*time.Millisecond, 1<<20
	if change != nil {
		change(&o)
	}
	s, err := server.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	r := &running{t: t, stop: stop, done: make(chan error, 1)}
	go func() { r.done <- s.Run(ctx) }()
	select {
	case addrs := <-up:
		r.addr = addrs[0].String()
		if addrs[1] != nil {
			r.metrics = addrs[1].String()
		}
	case err := <-r.done:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		http.DefaultClient.CloseIdleConnections()
		if err, ok := <-r.done; ok && err != nil {
			t.Error(err)
		}
	})
	return r
}

// say opens a connection and writes to it as it is told.
func (r *running) say(text string) net.Conn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *running) get(path string, headers ...string) (int, string) {
	r.t.Helper()
	c := r.say("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// A header that never ends is cut off.
func TestSlowHeader(t *testing.T) {
	r := run(t, nil)
	c := r.say("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	if _, err := io.ReadAll(c); err != nil {
		t.Error("the connection was still open after 20 s:", err)
	}
}

// A body that drips is answered with 408 and cut off, however long it says it will be, though every byte comes in time for
// the next.
func TestSlowBody(t *testing.T) {
	for name, head := range map[string]string{
		"with a length": "Content-Length: 100000\r\n\r\n",
		"chunked":       "Transfer-Encoding: chunked\r\n\r\n186a0\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, nil)
			c := r.say("POST /fhir HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer send records\r\nContent-Type: application/fhir+json\r\n" + head)
			stop := make(chan bool)
			dripped := make(chan bool)
			go func() {
				defer close(dripped)
				for {
					select {
					case <-stop:
						return
					case <-time.After(20 * time.Millisecond):
						if _, err := io.WriteString(c, "x"); err != nil {
							return
						}
					}
				}
			}()
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			close(stop)
			<-dripped
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != 408 || !resp.Close {
				t.Error(resp.StatusCode, resp.Header)
			}
		})
	}
}

// Work that takes longer than a body may take to come is not cut off by the body's deadline.
func TestWorkAfterABody(t *testing.T) {
	r := run(t, func(o *server.Options) {
		o.Routes[6].Handle = func(w http.ResponseWriter, r *http.Request) error {
			if _, err := web.ReadBody(r, 0); err != nil {
				return err
			}
			select {
			case <-r.Context().Done():
				return r.Context().Err()
			case <-time.After(700 * time.Millisecond):
				return web.WriteJSON(w, r, 200, "done")
			}
		}
	})
	c := r.say("POST /fhir HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer send records\r\nContent-Type: application/fhir+json\r\nContent-Length: 2\r\n\r\n{}")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Error(resp.StatusCode)
	}
}

func TestHugeHeader(t *testing.T) {
	r := run(t, nil)
	if status, _ := r.get("/healthz", "X-Long: "+strings.Repeat("x", 64<<10)); status != 431 {
		t.Error(status)
	}
}

// What runs is done before the server ends, and what would never end is ended; nothing new is let in.
func TestShutdown(t *testing.T) {
	begun, end := make(chan bool), make(chan bool)
	r := run(t, func(o *server.Options) {
		o.Routes[0].Handle = func(w http.ResponseWriter, r *http.Request) error {
			begun <- true
			<-end
			return web.WriteJSON(w, r, 200, r.Context().Err() == nil)
		}
	})
	const head = " HTTP/1.1\r\nHost: x\r\nCookie: prescreen=of-ann\r\n\r\n"
	running := r.say("GET /api/v1/trials/T-1/funnel" + head)
	<-begun
	events := bufio.NewReader(r.say("GET /api/v1/events" + head))
	for line := ""; line != "data: 1\n"; {
		var err error
		if line, err = events.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	r.stop()
	if _, err := io.ReadAll(events); err != nil {
		t.Error("events went on while the server was to end:", err)
	}
	for range 100 { // the listener closes a moment after
		c, err := net.Dial("tcp", r.addr)
		if err != nil {
			break
		}
		c.Close()
		time.Sleep(10 * time.Millisecond)
	}
	if c, err := net.Dial("tcp", r.addr); err == nil {
		c.Close()
		t.Error("a new connection was let in")
	}
	close(end)
	resp, err := http.ReadResponse(bufio.NewReader(running), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || string(b) != "true" {
		t.Error(resp.StatusCode, string(b))
	}
	if err := <-r.done; err != nil {
		t.Error(err)
	}
	close(r.done)
}

// What takes too long is cut, and said to be.
func TestShutdownCuts(t *testing.T) {
	begun := make(chan bool)
	r := run(t, func(o *server.Options) {
		o.Limits.Shutdown = 50 * time.Millisecond
		o.Routes[0].Handle = func(_ http.ResponseWriter, r *http.Request) error {
			begun <- true
			<-r.Context().Done()
			return r.Context().Err()
		}
	})
	c := r.say("GET /api/v1/trials/T-1/funnel HTTP/1.1\r\nHost: x\r\nCookie: prescreen=of-ann\r\n\r\n")
	<-begun
	r.stop()
	if err := <-r.done; err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Error(err)
	}
	_, _ = io.ReadAll(c)
	close(r.done)
}

func TestMetricsListener(t *testing.T) {
	r := run(t, func(o *server.Options) {
		o.Metrics = func() []server.Gauge {
			return []server.Gauge{{Name: "patients", Help: "h", Value: 3}, {Name: "writes_total", Help: "h", Value: 4, Counter: true}}
		}
	})
	r.get("/healthz")
	if status, _ := r.get("/metrics"); status != 404 {
		t.Error("the metrics stand on the main listener", status)
	}
	r.addr = r.metrics
	status, body := r.get("/metrics")
	for _, want := range []string{
		"prescreen_patients 3", "# TYPE prescreen_writes_total counter", `prescreen_http_requests_total{method="GET",route="/healthz",status="2xx"} 1`,
		`prescreen_http_requests_total{method="GET",route="none",status="4xx"} 1`, "prescreen_http_requests_in_flight 0", "prescreen_http_request_seconds_bucket",
	} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("%d: no %s", status, want)
		}
	}
}

// Where others could reach it, a server without users or without TLS does not listen.
func TestWhereToListen(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*server.Options)
		says   string
	}{
		"everywhere, without users": {func(o *server.Options) { o.Addr, o.Access, o.BehindProxy = ":0", &door{}, true }, "no users"},
		"another, without users":    {func(o *server.Options) { o.Addr, o.Access, o.BehindProxy = "192.0.2.1:0", &door{}, true }, "set-up link"},
		"everywhere, without TLS":   {func(o *server.Options) { o.Addr = "0.0.0.0:0" }, "without TLS"},
		"IPv6, without TLS":         {func(o *server.Options) { o.Addr = "[::]:0" }, "without TLS"},
		"metrics everywhere":        {func(o *server.Options) { o.MetricsAddr = ":0" }, "this machine only"},
		"a certificate alone":       {func(o *server.Options) { o.CertFile = "x" }, "key file"},
		"no such certificate":       {func(o *server.Options) { o.CertFile, o.KeyFile = "x", "y" }, "certificate"},
		"an address that is none":   {func(o *server.Options) { o.Addr = "127.0.0.1:x" }, "listening on"},
	} {
		o := server.Options{Access: newDoor(), Addr: "127.0.0.1:0", Listening: func(net.Addr, net.Addr) { t.Errorf("%s: it listens", name) }}
		c.change(&o)
		s, err := server.New(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		if err := s.Run(ctx); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		stop()
	}
	r := run(t, func(o *server.Options) { o.Addr, o.BehindProxy, o.MetricsAddr = "0.0.0.0:0", true, "off" })
	r.addr = strings.Replace(r.addr, "0.0.0.0", "127.0.0.1", 1)
	r.addr = strings.Replace(r.addr, "[::]", "127.0.0.1", 1)
	if status, _ := r.get("/healthz"); status != 200 || r.metrics != "" {
		t.Error(status, r.metrics)
	}
}

// Over TLS, with HTTP/2, and nothing older than TLS 1.2.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	pool := x509.NewCertPool()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write(t, pool, certFile, keyFile)
	r := run(t, func(o *server.Options) { o.CertFile, o.KeyFile = certFile, keyFile })
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	resp, err := client.Get("https://" + r.addr + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.Header.Get("Strict-Transport-Security") == "" || resp.StatusCode != 200 {
		t.Error(resp.Proto, resp.StatusCode, resp.Header)
	}
	if _, err := tls.Dial("tcp", r.addr, &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was taken")
	}
}

func write(t *testing.T, pool *x509.CertPool, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if parsed, err := x509.ParseCertificate(der); err == nil {
		pool.AddCert(parsed)
	}
	for file, b := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(fmt.Errorf("writing a certificate: %w", err))
		}
	}
}
