package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"prescreen/internal/server"
)

// dripping is a body of which a byte comes now and then, without end.
type dripping struct{ stop chan bool }

func (d dripping) Read(p []byte) (int, error) {
	select {
	case <-d.stop:
		return 0, io.EOF
	case <-time.After(20 * time.Millisecond):
		p[0] = 'x'
		return 1, nil
	}
}

// Over HTTP/2 a body that drips is cut off too, and those who share the connection go on.
func TestSlowBodyOverHTTP2(t *testing.T) {
	dir, pool := t.TempDir(), x509.NewCertPool()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write(t, pool, certFile, keyFile)
	r := run(t, func(o *server.Options) { o.CertFile, o.KeyFile = certFile, keyFile })
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ask := func(method, path string, body io.Reader) (*http.Response, error) {
		q, err := http.NewRequestWithContext(ctx, method, "https://"+r.addr+path, body)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer send records")
		q.Header.Set("Content-Type", "application/fhir+json")
		return transport.RoundTrip(q)
	}
	d := dripping{make(chan bool)}
	slow := make(chan int, 1)
	go func() {
		resp, err := ask("POST", "/fhir", d)
		if err != nil {
			slow <- 0 // the stream was reset, which is an answer too
			return
		}
		resp.Body.Close()
		slow <- resp.StatusCode
	}()
	for range 3 {
		resp, err := ask("GET", "/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.ProtoMajor != 2 || resp.StatusCode != 401 && resp.StatusCode != 200 {
			t.Error(resp.Proto, resp.StatusCode)
		}
	}
	if status := <-slow; ctx.Err() != nil || status != 408 && status != 0 {
		t.Error(status, ctx.Err())
	}
	close(d.stop)
	resp, err := ask("GET", "/healthz", nil)
	if err != nil {
		t.Fatal("the connection of the others was cut off:", err)
	}
	resp.Body.Close()
}
