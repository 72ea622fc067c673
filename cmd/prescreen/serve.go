package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"prescreen/internal/access"
	"prescreen/internal/audit"
	"prescreen/internal/dates"
	"prescreen/internal/fhirapi"
	"prescreen/internal/server"
)

// serving is one call of prescreen serve.
type serving struct {
	stored
	listen, metrics, cert, key, importDir, publicURL, level, keep string
	behindProxy                                                   bool
	issuer                                                        issuer
}

func newServe() *cobra.Command {
	var s serving
	c := &cobra.Command{
		Use:   "serve --db STORE",
		Short: "run the screening service",
		Long: `serve runs the service of a hospital: systems send FHIR records over HTTP, every new result moves the candidates it
touches, and coordinators' tools read ranked lists and record decisions. No patient's data leaves the machine, and without
TLS it listens on this machine only. The first start prints a link with which the first user is made.

docs/service.md tells how to run it, docs/erasure.md how a patient is erased.`,
		Example: "  prescreen serve --db records.db\n  prescreen serve --db postgres://prescreen@/prescreen?host=/run/postgresql --listen 0.0.0.0:8475 --tls-cert cert.pem --tls-key key.pem",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	s.flags(f)
	f.StringVar(&s.listen, "listen", "127.0.0.1:8475", "address to answer on")
	f.StringVar(&s.metrics, "metrics", "127.0.0.1:9475", "address of the metrics, on this machine only; off for none")
	f.StringVar(&s.cert, "tls-cert", "", "certificate file; needed to listen beyond this machine")
	f.StringVar(&s.key, "tls-key", "", "key file of the certificate")
	f.BoolVar(&s.behindProxy, "behind-proxy", false, "a proxy on the way does TLS")
	f.StringVar(&s.publicURL, "url", "", "address under which callers reach the server, such as https://prescreen.hospital.example; from --listen if left out")
	f.StringVar(&s.importDir, "import-dir", "", "folder whose files $import may name; none if left out")
	s.issuer.flags(f)
	f.StringVar(&s.keep, "keep", "", "drop versions of records that were replaced so long ago, such as 24 months; all are kept if left out")
	f.StringVar(&s.level, "log", "info", "what is logged to stderr: debug, info, warn or error")
	return c
}

func (s *serving) run(ctx context.Context, stdout, stderr io.Writer) (err error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.level)); err != nil {
		return wrongUsage("--log %s: it is debug, info, warn or error", s.level)
	}
	var keep dates.Period
	if s.keep != "" {
		var ok bool
		if keep, ok = dates.ParsePeriod(s.keep); !ok || keep.IsZero() {
			return wrongUsage("--keep %s: write a length of time such as 24 months", s.keep)
		}
	}
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: level}))
	d, err := s.open(ctx, "serve", log, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	jobs, err := fhirapi.OpenJobs(s.spoolFolder(), s.importDir, log)
	if err != nil {
		return failed(err)
	}
	defer func() { err = errors.Join(err, jobs.Close()) }()
	h := newHouse(d, jobs, log)
	h.keep = keep
	keeper, o, err := s.doors(h)
	if err != nil {
		return err
	}
	o.Listening = func(addr, metrics net.Addr) { s.announce(ctx, stdout, keeper, addr, metrics) }
	srv, err := server.New(o)
	if err != nil {
		return failed(err)
	}
	if err := h.serve(ctx, srv); err != nil {
		return failed(err)
	}
	return nil
}

// doors are what a house is entered by: who is let in, and all that can be asked.
func (s *serving) doors(h *house) (*access.Keeper, server.Options, error) {
	h.address = s.address()
	keeper := access.New(h.store.Access(), access.Options{Now: h.now, TokenEndpoint: h.address + "/auth/token"})
	o := server.Options{
		Routes: h.routes(), Access: keeper, Trail: h.store, Log: h.log, Version: built(),
		Addr: s.listen, MetricsAddr: s.metrics, CertFile: s.cert, KeyFile: s.key, BehindProxy: s.behindProxy,
		TokenEndpoint: h.address + "/auth/token",
		Ready:         func(ctx context.Context) error { _, _, err := h.store.LastSeq(ctx); return err },
		Metrics:       h.gauges, Now: time.Now,
	}
	signIn, err := s.issuer.signIn(keeper, s.publicURL)
	if signIn != nil {
		o.SignIn = signIn
	}
	return keeper, o, err
}

// spoolFolder is where the files of jobs lie, beside the store if nothing else is said.
func (s *stored) spoolFolder() string {
	switch {
	case s.spool != "":
		return s.spool
	case strings.HasPrefix(s.db, "postgres"):
		return filepath.Join(stateFolder(), "jobs")
	}
	return s.db + ".jobs"
}

// address is where callers find the server.
func (s *serving) address() string {
	switch {
	case s.publicURL != "":
		return strings.TrimSuffix(s.publicURL, "/")
	case s.cert != "":
		return "https://" + s.listen
	}
	return "http://" + s.listen
}

// announce tells the person at the terminal where the server is, and, before there is a user, how to make the first.
func (s *serving) announce(ctx context.Context, stdout io.Writer, keeper *access.Keeper, addr, metrics net.Addr) {
	fmt.Fprintf(stdout, "prescreen answers on %s\n", addr)
	if metrics != nil {
		fmt.Fprintf(stdout, "metrics on http://%s/metrics\n", metrics)
	}
	secret, err := keeper.NewSetup(ctx, audit.Entry{Who: "system", Role: "operator", Route: "prescreen serve"})
	switch {
	case errors.Is(err, access.ErrSetUp):
	case err != nil:
		fmt.Fprintf(stdout, "no set-up link could be made: %v\n", err)
	default:
		fmt.Fprintf(stdout, "There is no user yet. Make the first one, an admin, within 24 hours:\n\n    %s/setup#%s\n\n", s.address(), secret)
	}
}

// baseURL is what links in answers begin with: what the operator says, never what a request says.
func (h *house) baseURL(*http.Request) string { return h.address }
