package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/spf13/cobra"

	"prescreen/internal/audit"
	"prescreen/internal/store"
)

func newAudit() *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "check and export the log of who did what",
		Args:  oneOfCommands,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newAuditVerify(), newAuditExport())
	return c
}

// auditing is one call of prescreen audit.
type auditing struct {
	stored
	checkpoint, out string
}

func newAuditVerify() *cobra.Command {
	var a auditing
	c := &cobra.Command{
		Use:   "verify --db STORE",
		Short: "find any entry that was changed, removed or moved",
		Long: `verify makes the tree of hashes over the audit log anew from every entry, and holds it against what is stored and against
the checkpoint beside the store. With --checkpoint it is also held against one that was kept elsewhere: whoever can write
to this machine's disk can write all of it, but not what somebody else keeps. It prints the checkpoint of the log as it is.

Exit codes: 0 the log is whole, 1 it is not.`,
		Args: nothing,
		RunE: func(c *cobra.Command, _ []string) error { return a.verify(c.Context(), c.OutOrStdout()) },
	}
	a.place(c.Flags())
	c.Flags().StringVar(&a.checkpoint, "checkpoint", "", "file with a checkpoint that was kept elsewhere")
	return c
}

func (a *auditing) verify(ctx context.Context, stdout io.Writer) (err error) {
	var kept []audit.Checkpoint
	if a.checkpoint != "" {
		text, err := os.ReadFile(a.checkpoint)
		if err != nil {
			return wrongUsage("there is no checkpoint at %s", a.checkpoint)
		}
		c, err := audit.ParseCheckpoint(string(text))
		if err != nil {
			return wrongUsage("%s: %w", a.checkpoint, err)
		}
		kept = append(kept, c)
	}
	opened, err := a.reading(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	c, err := opened.VerifyAudit(ctx, kept...)
	if err != nil {
		return failed(err)
	}
	_, err = fmt.Fprintf(stdout, "the audit log is whole: %d entries\n%s", c.Size, c)
	return err
}

// verifyAudit gives the number of entries of a log that is whole, or what is wrong with it.
func verifyAudit(ctx context.Context, s *store.Store) (entries int64, wrong []string, err error) {
	c, err := s.VerifyAudit(ctx)
	var damage *audit.Damage
	if errors.As(err, &damage) {
		return c.Size, []string{damage.Error()}, nil
	}
	return c.Size, nil, err
}

func newAuditExport() *cobra.Command {
	var a auditing
	c := &cobra.Command{
		Use:   "export --db STORE",
		Short: "write the log as FHIR AuditEvents, one a line",
		Long: `export writes every entry of the audit log as a FHIR R4 AuditEvent, one a line. Patients stand in it as pseudonyms; whose
a pseudonym is, only the store can tell, and no longer once the patient was erased.`,
		Args: nothing,
		RunE: func(c *cobra.Command, _ []string) error { return a.export(c.Context(), c.OutOrStdout()) },
	}
	a.place(c.Flags())
	c.Flags().StringVarP(&a.out, "output", "o", "", "file to write to; stdout if left out")
	return c
}

func (a *auditing) export(ctx context.Context, stdout io.Writer) (err error) {
	if err := writable("-o", a.out); err != nil {
		return err
	}
	opened, err := a.reading(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	err = writeOut(a.out, stdout, func(w io.Writer) error { return audit.WriteEvents(w, entriesOf(ctx, opened)) })
	if err != nil {
		return failed(fmt.Errorf("writing the audit log: %w", err))
	}
	return nil
}

// entriesOf gives all entries of a log, oldest first.
func entriesOf(ctx context.Context, s *store.Store) iter.Seq2[audit.Entry, error] {
	return func(yield func(audit.Entry, error) bool) {
		for after := int64(0); ; {
			page, err := s.Audit(ctx, audit.Filter{}, after, 1000)
			if err != nil {
				yield(audit.Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				after = e.No
			}
			if len(page) == 0 {
				return
			}
		}
	}
}
