package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"prescreen/internal/dates"
	"prescreen/internal/store"
)

func newBackup() *cobra.Command {
	var s stored
	c := &cobra.Command{
		Use:   "backup --db STORE FILE",
		Short: "copy a store into a file, also while a server runs on it",
		Long: `backup writes everything in a store into one new file, as of one moment. The file holds patients' data: keep it as the
store itself. It can be restored to a file or to PostgreSQL, whichever it came from.`,
		Example: "  prescreen backup --db records.db records-2026-11-23.backup",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return wrongUsage("name the file to write")
			}
			return s.backup(c.Context(), args[0], c.OutOrStdout())
		},
	}
	s.place(c.Flags())
	return c
}

func (s *stored) backup(ctx context.Context, path string, stdout io.Writer) (err error) {
	if _, err := os.Stat(path); err == nil {
		return wrongUsage("%s is there already: name a new file", path)
	}
	opened, err := s.reading(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	if err := opened.Backup(ctx, path); err != nil {
		return failed(err)
	}
	_, err = fmt.Fprintf(stdout, "%s written\n", path)
	return err
}

func newRestore() *cobra.Command {
	var s stored
	c := &cobra.Command{
		Use:   "restore --db STORE FILE",
		Short: "make a store of a backup",
		Long: `restore fills a new store with a backup. Patients who were erased since stay erased: name the file of tombstones of the
store that was lost with --tombstones where it does not lie beside the new one.`,
		Example: "  prescreen restore --db records.db records-2026-11-23.backup",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return wrongUsage("name the backup to restore")
			}
			return s.restore(c.Context(), args[0], c.OutOrStdout())
		},
	}
	s.place(c.Flags())
	return c
}

func (s *stored) restore(ctx context.Context, path string, stdout io.Writer) error {
	if err := s.named(); err != nil {
		return err
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return wrongUsage("there is no backup at %s", path)
	}
	if err := store.Restore(ctx, path, s.db, s.options(false, nil, slog.New(slog.DiscardHandler))); err != nil {
		return failed(err)
	}
	_, err := fmt.Fprintln(stdout, "restored; prescreen verify holds it against a fresh screening")
	return err
}

// keeping is one call of prescreen keep.
type keeping struct {
	stored
	since string
}

func newKeep() *cobra.Command {
	var k keeping
	c := &cobra.Command{
		Use:   "keep --db STORE --since DATE",
		Short: "drop versions of records that were replaced before a day",
		Long: `keep drops every version of a record that was replaced or deleted before a day. Runs that rest on one of them can no
longer be made again, and say so. What is current stays whole.`,
		Args:    nothing,
		PreRunE: func(c *cobra.Command, _ []string) error { return needs(c, "since") },
		RunE: func(c *cobra.Command, _ []string) error {
			return k.run(c.Context(), c.OutOrStdout())
		},
	}
	k.place(c.Flags())
	c.Flags().StringVar(&k.since, "since", "", "the first day to keep, YYYY-MM-DD")
	return c
}

func (k *keeping) run(ctx context.Context, stdout io.Writer) (err error) {
	if err := k.named(); err != nil {
		return err
	}
	since, err := dates.ParseDay(k.since)
	if err != nil {
		return wrongUsage("--since: %w", err)
	}
	opened, err := store.Open(ctx, k.db, k.options(false, nil, slog.New(slog.DiscardHandler)))
	if err != nil {
		return failed(err)
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	dropped, err := opened.Keep(ctx, startOf(since))
	if err != nil {
		return failed(err)
	}
	_, err = fmt.Fprintf(stdout, "%d versions dropped\n", dropped)
	return err
}
