package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Run listens and answers until ctx ends; then it takes no more requests, lets those that run be done for as long as
// Limits.Shutdown says, and returns. It returns an error if it cannot listen, or is asked to listen where that is not safe.
func (s *Server) Run(ctx context.Context) error {
	defer s.close()
	if err := s.safe(ctx); err != nil {
		return err
	}
	cert, err := s.certificate()
	if err != nil {
		return err
	}
	main, err := s.listen(ctx, s.Addr)
	if err != nil {
		return err
	}
	defer main.Close()
	var beside net.Listener
	if s.MetricsAddr != "off" {
		if beside, err = s.listen(ctx, s.MetricsAddr); err != nil {
			return err
		}
		defer beside.Close()
	}
	if s.Listening != nil {
		s.Listening(main.Addr(), addrOf(beside))
	}
	return s.run(ctx, main, beside, cert)
}

func (s *Server) listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %s (is another server running there? choose another address): %w", addr, err)
	}
	return l, nil
}

func addrOf(l net.Listener) net.Addr {
	if l == nil {
		return nil
	}
	return l.Addr()
}

func (s *Server) run(ctx context.Context, main, beside net.Listener, cert *tls.Config) error {
	first := s.over(s.handler)
	servers := []*http.Server{first}
	failed := make(chan error, 2)
	var running sync.WaitGroup
	if cert != nil {
		first.TLSConfig = cert
		running.Go(func() { failed <- first.ServeTLS(main, "", "") })
	} else {
		running.Go(func() { failed <- first.Serve(main) })
	}
	if beside != nil {
		metrics := s.over(s.meter.handler())
		metrics.WriteTimeout = s.Limits.Piece
		servers = append(servers, metrics)
		running.Go(func() { failed <- metrics.Serve(beside) })
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	err = cmp.Or(err, s.stop(servers))
	running.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// over is an http.Server with everything that a slow or hostile caller could hold on to bounded.
func (s *Server) over(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: s.Limits.Header,
		IdleTimeout:       s.Limits.Idle,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          log.New(quiet{s.Log}, "", 0),
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: 100, SendPingTimeout: s.Limits.Idle, WriteByteTimeout: s.Limits.Piece},
	}
}

// stop lets what runs be done, and cuts what takes too long.
func (s *Server) stop(servers []*http.Server) error {
	s.draining.Store(true)
	s.close()
	ctx, cancel := context.WithTimeout(context.Background(), s.Limits.Shutdown)
	defer cancel()
	var errs []error
	for _, one := range servers {
		if err := one.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("requests were cut off after %s of waiting for them: %w", s.Limits.Shutdown, err), one.Close())
		}
	}
	return errors.Join(errs...)
}

// safe refuses addresses on which others than this machine could reach a server without users, or without encryption.
func (s *Server) safe(ctx context.Context) error {
	if s.MetricsAddr != "off" && !loopback(s.MetricsAddr) {
		return fmt.Errorf("metrics are for this machine only: give them an address on 127.0.0.1, or off, not %s", s.MetricsAddr)
	}
	if (s.CertFile == "") != (s.KeyFile == "") {
		return errors.New("TLS needs both a certificate file and a key file")
	}
	if loopback(s.Addr) {
		return nil
	}
	some, err := s.Access.HasUsers(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("asking whether there are users: %w", err)
	case !some:
		return fmt.Errorf("there are no users yet, so anybody who reaches %s could become the first: start on 127.0.0.1, open the set-up link it prints, then listen elsewhere", s.Addr)
	case !s.overTLS():
		return fmt.Errorf("listening on %s without TLS would send patients' records in the clear: give a certificate and a key, or say that a proxy in front does TLS", s.Addr)
	}
	return nil
}

// loopback tells whether only this machine can reach an address.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// certificate reads the certificate now, so that a wrong one is told at the start, and again whenever its file has changed.
func (s *Server) certificate() (*tls.Config, error) {
	if s.CertFile == "" {
		return nil, nil
	}
	c := &certificate{certFile: s.CertFile, keyFile: s.KeyFile}
	if err := c.read(); err != nil {
		return nil, fmt.Errorf("reading the certificate and its key: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}, nil
}

type certificate struct {
	certFile, keyFile string

	mu      sync.Mutex
	written time.Time
	looked  time.Time
	pair    *tls.Certificate
}

func (c *certificate) read() error {
	info, err := os.Stat(c.certFile)
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.written, c.pair = info.ModTime(), &pair
	return nil
}

// get gives the certificate; one that cannot be read does not take the place of one that could.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) > 10*time.Second {
		c.looked = time.Now()
		if info, err := os.Stat(c.certFile); err == nil && !info.ModTime().Equal(c.written) {
			_ = c.read()
		}
	}
	return c.pair, nil
}
