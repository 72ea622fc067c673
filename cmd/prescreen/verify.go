package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
)

func newVerify() *cobra.Command {
	var s stored
	c := &cobra.Command{
		Use:   "verify --db STORE",
		Short: "hold a store against everything that must be true of it",
		Long: `verify checks the files of a store, that what belongs together is there, the audit log from its first entry on, and every
chart and row, once they are brought up to today, against a screening from nothing. It names what is wrong by numbers, never by a patient.

Exit codes: 0 everything is as it must be, 1 something is not.`,
		Args: nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.verify(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	s.flags(c.Flags())
	return c
}

func (s *stored) verify(ctx context.Context, stdout, stderr io.Writer) (err error) {
	d, err := s.open(ctx, "verify", slog.New(slog.DiscardHandler), stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	wrong, err := d.store.Verify(ctx)
	if err != nil {
		return failed(fmt.Errorf("reading the store: %w", err))
	}
	entries, damage, err := verifyAudit(ctx, d.store)
	if err != nil {
		return failed(err)
	}
	wrong = append(wrong, damage...)
	bar := newBar(stderr, "screening from nothing")
	differ, err := d.live.Check(ctx, func(done, all int) { bar.set(int64(done), int64(all), "") })
	bar.finish()
	if err != nil {
		return failed(fmt.Errorf("screening from nothing: %w", err))
	}
	wrong = append(wrong, differ...)
	for _, w := range wrong {
		fmt.Fprintln(stdout, w)
	}
	if len(wrong) > 0 {
		return failed(fmt.Errorf("%d things are not as they must be: restore the last backup that verifies", len(wrong)))
	}
	n := d.live.Counts()
	_, err = fmt.Fprintf(stdout, "everything is as it must be: %d patients, %d resources, %d trials in force, %d audit entries\n", n.Patients, n.Resources, n.Trials, entries)
	return err
}
