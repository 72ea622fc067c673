package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"prescreen/internal/chart"
	"prescreen/internal/fhirapi"
	"prescreen/internal/live"
)

// erasing is one call of prescreen erase.
type erasing struct {
	stored
	patient, feed string
}

func newErase() *cobra.Command {
	var e erasing
	c := &cobra.Command{
		Use:   "erase --db STORE --patient ID",
		Short: "erase every byte about a patient from a store",
		Long: `erase removes every version of every record of a patient, charts, rows, decisions and notes, and everything said of those
whose records were joined with it. It cannot be undone, and the patient is not taken in again. docs/erasure.md tells what
older backups keep. While a server runs on the store, send it DELETE /fhir/Patient/ID instead.`,
		Args:    nothing,
		PreRunE: func(c *cobra.Command, _ []string) error { return needs(c, "patient") },
		RunE: func(c *cobra.Command, _ []string) error {
			return e.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	e.flags(c.Flags())
	c.Flags().StringVar(&e.patient, "patient", "", "Patient.id, whole")
	c.Flags().StringVar(&e.feed, "feed", "", "the feed that the patient came from")
	return c
}

func (e *erasing) run(ctx context.Context, stdout, stderr io.Writer) (err error) {
	d, err := e.open(ctx, "erase", slog.New(slog.DiscardHandler), stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	err = d.live.Erase(ctx, chart.Key{Source: e.feed, ID: e.patient}, commandActor("erase"))
	if errors.Is(err, live.ErrNotFound) {
		return wrongUsage("no patient of the store has this id: name the feed with --feed if it came from one")
	}
	if err != nil {
		return failed(err)
	}
	jobs, err := fhirapi.OpenJobs(e.spoolFolder(), "", slog.New(slog.DiscardHandler))
	if err != nil {
		return failed(err)
	}
	jobs.DropExports()
	if err := jobs.Close(); err != nil {
		return failed(err)
	}
	_, err = fmt.Fprintln(stdout, "erased")
	return err
}
